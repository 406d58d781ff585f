"""One-time codes: issuing and verifying.

Lives here: the limits on tries and on new codes, which together keep guessing hopeless.
Does not live here: sending (the caller does), texts. Called by: signing, invitations, consent by link.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from roster.models import Account, OneTimeCode

LIFETIME = timedelta(minutes=10)
TRIES = 5
# New codes per receiver and purpose within WINDOW: at most 25 guesses an hour at a million codes.
ISSUES = 5
WINDOW = timedelta(hours=1)


class TooManyCodes(Exception):
    """验证码发送过于频繁，请一小时后再试。"""

    def __str__(self) -> str:
        return str(_("验证码发送过于频繁，请一小时后再试。"))


def issue(purpose: str, at: datetime, *, account: Account | None = None, phone_index: str = "") -> str:
    """Create a code for one receiver and purpose and return its six digits for sending; older ones stop working.

    The receiver is an account or the blind index of a phone number. Raises TooManyCodes beyond ISSUES in WINDOW.
    """
    plain = f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        earlier = _codes(purpose, account, phone_index)
        if earlier.filter(issued_at__gt=at - WINDOW).count() >= ISSUES:
            raise TooManyCodes
        earlier.filter(used_at__isnull=True, expires_at__gt=at).update(expires_at=at)
        OneTimeCode.objects.create(
            account=account,
            phone_index=phone_index,
            purpose=purpose,
            digest=_digest(purpose, account, phone_index, plain),
            issued_at=at,
            expires_at=at + LIFETIME,
        )
    return plain


def verify(purpose: str, plain: str, at: datetime, *, account: Account | None = None, phone_index: str = "") -> bool:
    """Answer whether this is the receiver's current code, and use it up if so: it is right only once.

    Each call counts as a try, whether right or wrong; after TRIES the code is dead.
    """
    alive = _codes(purpose, account, phone_index).filter(used_at__isnull=True, expires_at__gt=at, attempts__lt=TRIES)
    code = alive.first()
    if code is None:
        return False
    # The try is counted before looking, in one statement, so that parallel guesses cannot share one.
    counted = OneTimeCode.objects.filter(pk=code.pk, attempts__lt=TRIES).update(attempts=F("attempts") + 1)
    if not counted or not constant_time_compare(code.digest, _digest(purpose, account, phone_index, plain.strip())):
        return False
    return bool(OneTimeCode.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=at))


def _codes(purpose: str, account: Account | None, phone_index: str) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(account=account, phone_index=phone_index, purpose=purpose)


def _digest(purpose: str, account: Account | None, phone_index: str, plain: str) -> str:
    # Keyed, because six digits alone could be searched by whoever reads the table.
    receiver = str(account.ref) if account else phone_index
    return salted_hmac("roster.codes", f"{purpose}\n{receiver}\n{plain}", algorithm="sha256").hexdigest()
