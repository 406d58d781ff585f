"""Taking one's place in a case by a one-time code.

Lives here: issuing a code for one party and redeeming it. Does not live here: who may issue (the window asks).
Called by: portal and admin of both platforms. Who invited and who came goes to the local log; it never crosses.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from mediation import log
from mediation.actor import Actor
from mediation.models import Case, Claim, Invitation, Party
from mediation.rights import HANDLERS, Rights
from mediation.vocabulary import PartyKind, Role
from roster.models import Account

LIFETIME = timedelta(days=14)
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 16


class CodeRefused(Exception):
    """邀请码无效、已经用过或者已经过期。"""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or _("邀请码无效、已经用过或者已经过期。请向邀请您的法院或者调解组织索取新的邀请码。"))


def invite(case: Case, party: Party, *, by: Actor, at: datetime) -> str:
    """This function will issue a one-time code for one party and return it in groups of four; older ones die.

    It is shown once: only its digest is kept.
    """
    plain = "".join(secrets.choice(SIGNS) for _place in range(LENGTH))
    with transaction.atomic():
        Invitation.objects.filter(case=case, party=party.ref, used_at__isnull=True, expires_at__gt=at).update(
            expires_at=at
        )
        Invitation.objects.create(
            case=case, party=party.ref, digest=digest(case.platform, plain), issued_at=at, expires_at=at + LIFETIME
        )
        log.note(case.platform, str(case.ref), "invite", by=by, at=at, facts={"party": str(party.ref)})
    return "-".join(plain[place : place + 4] for place in range(0, LENGTH, 4))


def redeem(rights: Rights, code: str, account: Account, at: datetime) -> Case:
    """This function will give an account the place the code was issued for, and return the case. Raises CodeRefused."""
    plain = typed(code)
    with transaction.atomic():
        open_ones = Invitation.objects.select_related("case").filter(case__platform=rights.platform)
        held = open_ones.filter(digest=digest(rights.platform, plain), used_at__isnull=True, expires_at__gt=at).first()
        if held is None:
            raise CodeRefused
        person = Party.objects.get(case=held.case, ref=held.party)
        _check_person(rights, held.case, person, account)
        if any(actor.role in HANDLERS for actor in rights.actors(account, held.case, at)):
            raise CodeRefused(_("您是办理该案的人员，不能作为当事人参加。"))
        if not Invitation.objects.filter(pk=held.pk, used_at__isnull=True).update(used_at=at):
            raise CodeRefused
        Claim.objects.get_or_create(case=held.case, party=held.party, account=account, defaults={"claimed_at": at})
        by = Actor(Role.PARTY if person.side else Role.AGENT, str(person.ref), "", rights.platform)
        log.note(rights.platform, str(held.case.ref), "claim", by=by, at=at, facts={"account": str(account.ref)})
    return held.case


def _check_person(rights: Rights, case: Case, person: Party, account: Account) -> None:
    """Refuse an account that is proven to be somebody else, or that already stands on the other side."""
    known = person.kind == PartyKind.NATURAL and person.identity_index and account.identity_verified_at
    if known and (person.identity_kind, person.identity_index) != (account.identity_kind, account.identity_index):
        raise CodeRefused(_("该邀请码是发给另一位当事人的，与您账户核验的身份不一致。"))
    if any(other.side and person.side and other.side != person.side for other in rights.standing(account, case)):
        raise CodeRefused(_("您已经是本案对方当事人，不能再作为这一方参加。"))


def typed(code: str) -> str:
    """Return a code as it was issued, however somebody typed it."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code[:80]).upper() if sign in SIGNS)


def digest(platform: str, plain: str) -> str:
    """Return the digest under which a code is kept."""
    return salted_hmac("mediation.invitations", f"{platform}\n{plain}", algorithm="sha256").hexdigest()
