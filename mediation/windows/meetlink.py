"""What a mediation asks of a party, answered by a link to its telephone: issuing one, opening it by a one-time code.

Lives here: what a meeting link lets its bearer do. Does not live here: the questions and answers (``meetacts``), pages
(``meetpages``), what is lawful (the door: each answer goes through it as the party's own act).
Called by: those pages. A link shows nothing of what was said in confidence.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from mediation import log
from mediation.actor import Actor
from mediation.lifecycle import MEDIATION_STATES
from mediation.models import Case, MeetingLink, Party
from mediation.telling.people import language_of
from mediation.vocabulary import Errand
from mediation.windows import partylink
from mediation.windows.pages import spoken_instant
from mediation.windows.partylink import LIFETIME, LinkRefused, bearer, keyed, write
from mediation.windows.signlink import sender
from roster import codes

__all__ = ["LinkRefused", "ask", "bearer", "check_alive", "check_code", "find", "send_code", "sender"]


def ask(case: Case, person: Party, *, by: Actor, at: datetime, address: str) -> MeetingLink:
    """This function will send one party a link to what the mediation asks of it; its earlier links die.

    ``address`` is where the pages of links are, to be completed by the token. Raises LinkRefused without a telephone or
    where the case is not in mediation.
    """
    if case.state not in MEDIATION_STATES or not person.side:
        raise LinkRefused(_("案件目前不在调解阶段。"))
    if not person.phone or not person.phone_index:
        raise LinkRefused(_("该当事人没有登记手机号码，不能发送链接。请先补充号码，或者请其登录办理。"))
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        MeetingLink.objects.filter(case=case, party=person.ref, revoked_at=None).update(revoked_at=at)
        link = MeetingLink.objects.create(
            platform=case.platform,
            case=case,
            party=person.ref,
            digest=_digest(case.platform, token),
            phone_index=person.phone_index,
            issued_at=at,
            issued_by=by.ref,
            expires_at=at + LIFETIME,
        )
        with translation.override(language_of(case, str(person.ref), at)):
            text = _("【%(house)s】调解员请您选择时间或者确认调解内容，请打开 %(url)s 办理，%(until)s前有效。") % {
                "house": sender(case),
                "url": urljoin(settings.PUBLIC_URL, f"{address}{token}/"),
                "until": spoken_instant(link.expires_at),
            }
        write(case, person, Errand.MEET, text, at)
        log.note(case.platform, str(case.ref), "meeting_link.sent", by=by, at=at, facts=_facts(link))
    return link


def find(platform: str, token: str) -> MeetingLink | None:
    """Return the link of a token, alive or dead, or None for a token nobody was sent."""
    return partylink.find(MeetingLink, platform, _digest(platform, token), token)


def check_alive(link: MeetingLink, at: datetime) -> Party:
    """Return the party whom a link is for; raises LinkRefused with the reason if the link is dead."""
    person = partylink.check_alive(link, at, sender(link.case))
    if link.case.state not in MEDIATION_STATES:
        raise LinkRefused(_("案件已经不在调解阶段，没有需要您在这里办理的事项。"))
    return person


def send_code(link: MeetingLink, at: datetime) -> None:
    """This function will send a one-time code to the telephone of a link. Raises LinkRefused, TooManyCodes."""
    person = check_alive(link, at)
    plain = codes.issue(_purpose(link), at, phone_index=link.phone_index)
    text = _("【%(house)s】验证码%(code)s，用于查看和确认调解事项，10分钟内有效，请勿告诉他人。") % {
        "house": sender(link.case),
        "code": plain,
    }
    write(link.case, person, Errand.CODE, text, at)


def check_code(link: MeetingLink, plain: str, at: datetime) -> bool:
    """Answer whether this is the current code of a link; a wrong one is counted, and too many lock the link."""
    check_alive(link, at)
    return partylink.check_code(link, "meeting_link", _purpose(link), plain, at, _facts(link))


def _facts(link: MeetingLink) -> dict[str, object]:
    return {"party": str(link.party), "link": link.pk}


def _purpose(link: MeetingLink) -> str:
    return f"meeting/{link.pk}"


def _digest(platform: str, token: str) -> str:
    return keyed("mediation.meetlink", platform, token)
