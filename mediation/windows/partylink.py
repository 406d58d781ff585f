"""Links to a party's telephone: found by their token, alive or dead, opened by a one-time code, locked after too many.

Lives here: what links for consent, signing and mediation have in common. Does not live here: what one lets its bearer
do.
Called by: ``consentlink``, ``signlink``, ``meetlink``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from mediation import log, tasks
from mediation.actor import Actor
from mediation.models import Case, ConsentLink, MeetingLink, Party, SigningLink
from mediation.telling import dispatch
from mediation.vocabulary import Errand, Medium, Role
from roster import codes

LIFETIME = timedelta(days=30)
MOST_WRONG = 10

Link = TypeVar("Link", ConsentLink, SigningLink, MeetingLink)


class LinkRefused(Exception):
    """链接不能使用"""


def find(model: type[Link], platform: str, digest: str, token: str) -> Link | None:
    """Return the link of a token, alive or dead, or None for a token nobody was sent."""
    if not 20 <= len(token) <= 64:
        return None
    links = model._default_manager.select_related("case").filter(platform=platform)
    return links.filter(digest=digest).first()


def check_alive(link: ConsentLink | SigningLink | MeetingLink, at: datetime, sender: str) -> Party:
    """Return the party whom a link is for; raises LinkRefused with the reason if the link is dead."""
    person = Party.objects.filter(case=link.case, ref=link.party).first()
    if link.wrong >= MOST_WRONG:
        raise LinkRefused(_("验证码多次错误，链接已锁定。请联系%(sender)s重新发送。") % {"sender": sender})
    if link.revoked_at is not None or person is None or person.phone_index != link.phone_index:
        raise LinkRefused(_("这个链接已经失效。%(sender)s可能已经给您发送了新的链接。") % {"sender": sender})
    if link.expires_at <= at:
        raise LinkRefused(_("这个链接已经过期。需要答复的，请联系%(sender)s重新发送。") % {"sender": sender})
    return person


def check_code(link: Link, kind: str, purpose: str, plain: str, at: datetime, facts: Mapping[str, object]) -> bool:
    """Answer whether this is the current code of a link; a wrong one is counted, and too many lock the link.

    ``kind`` is what the local log calls such links.
    """
    told = {"by": bearer(link), "at": at, "facts": dict(facts)}
    rows = type(link)._default_manager.filter(pk=link.pk)
    if codes.verify(purpose, plain, at, phone_index=link.phone_index):
        rows.filter(opened_at__isnull=True).update(opened_at=at)
        log.note(link.platform, str(link.case.ref), f"{kind}.opened", **told)  # type: ignore[arg-type]
        return True
    rows.update(wrong=F("wrong") + 1)
    link.refresh_from_db(fields=["wrong"])
    if link.wrong >= MOST_WRONG:
        log.note(link.platform, str(link.case.ref), f"{kind}.locked", **told)  # type: ignore[arg-type]
    return False


def write(case: Case, person: Party, errand: Errand, text: str, at: datetime) -> None:
    """This function will send a short message to a party's telephone."""
    dispatch.write(case.platform, Medium.SMS, person.phone, text, errand, at, case=case, party=person.ref)
    tasks.ring_tell()


def bearer(link: Any) -> Actor:
    """Return the party that a link speaks for."""
    return Actor(Role.PARTY, str(link.party), "", link.platform)


def keyed(salt: str, platform: str, token: str) -> str:
    """Return the digest under which a token is kept."""
    return salted_hmac(salt, f"{platform}\n{token}", algorithm="sha256").hexdigest()
