"""Asking a party by link: issuing, opening behind a one-time code, answering, taking back (N-4.5f, ZS-4, ZS-5).

Lives here: what a link lets its bearer do. Does not live here: pages (``consentpages``), the desk (``adminkit``), what
is lawful (the door: every answer goes through it as that party's own act, with how it was verified in the entry).
Called by: those two.

A link is for one party of one case and for the stages it names. Its token holds 192 random bits and is kept only as a
keyed digest; it opens nothing without a code sent to the number in the file. It dies when it is revoked, replaced, past
its time, when the party's number changes or after too many wrong codes. Who sent, opened, answered goes to the local
log, never a token, code or number.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from mediation import guards, log, moves
from mediation.actor import Actor
from mediation.models import Case, ConsentLink, Party
from mediation.telling.people import language_of
from mediation.vocabulary import Answer, Channel, Errand, Stage, Verification
from mediation.windows import partylink
from mediation.windows.pages import spoken_instant
from mediation.windows.partylink import LIFETIME, MOST_WRONG, LinkRefused, bearer, keyed, write
from roster import codes
from roster import queries as roster

__all__ = ["MOST_WRONG", "LinkRefused"]

ORDER = (Stage.SENSITIVE_DATA, Stage.DATA_SHARING, Stage.E_SERVICE, Stage.ONLINE, Stage.MEDIATION)
"""Answers are given in this order: the one that may move the case comes last."""


def ask(case: Case, person: Party, stages: Sequence[Stage], *, by: Actor, at: datetime, address: str) -> ConsentLink:
    """This function will send one party a link to answer for these stages; its earlier links die.

    ``address`` is where the pages of links are, to be completed by the token. Raises LinkRefused without a telephone.
    """
    if not person.phone or not person.phone_index or not person.side:
        raise LinkRefused(_("该当事人没有登记手机号码，不能发送链接。请先补充号码，或者以电话、书面方式征求意见。"))
    if not stages:
        raise LinkRefused(_("请至少选择一项要征求意见的事项。"))
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        _alive(case, person, at).update(revoked_at=at)
        link = ConsentLink.objects.create(
            platform=case.platform,
            case=case,
            party=person.ref,
            stages=[stage.value for stage in ORDER if stage in stages],
            digest=_digest(case.platform, token),
            phone_index=person.phone_index,
            issued_at=at,
            issued_by=by.ref,
            expires_at=at + LIFETIME,
        )
        with translation.override(language_of(case, str(person.ref), at)):
            text = _(
                "【%(court)s】就您的证券期货纠纷征求调解意见，请打开 %(url)s 查看并答复，%(until)s前有效。调解自愿。"
            ) % {
                "court": _sender(case),
                "url": urljoin(settings.PUBLIC_URL, f"{address}{token}/"),
                "until": spoken_instant(link.expires_at),
            }
        write(case, person, Errand.LINK, text, at)
        log.note(case.platform, str(case.ref), "consent_link.sent", by=by, at=at, facts=_facts(link))
    return link


def revoke(link: ConsentLink, *, by: Actor, at: datetime) -> None:
    """This function will end a link; ending one that is dead does nothing."""
    with transaction.atomic():
        if ConsentLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=at):
            log.note(link.platform, str(link.case.ref), "consent_link.revoked", by=by, at=at, facts=_facts(link))


def find(platform: str, token: str) -> ConsentLink | None:
    """Return the link of a token, alive or dead, or None for a token nobody was sent."""
    return partylink.find(ConsentLink, platform, _digest(platform, token), token)


def check_alive(link: ConsentLink, at: datetime) -> Party:
    """Return the party whom a link is for; raises LinkRefused with the reason if the link is dead."""
    return partylink.check_alive(link, at, _("法院"))


def send_code(link: ConsentLink, at: datetime) -> None:
    """This function will send a one-time code to the telephone of a link. Raises LinkRefused, TooManyCodes."""
    person = check_alive(link, at)
    plain = codes.issue(_purpose(link), at, phone_index=link.phone_index)
    text = _("【%(court)s】验证码%(code)s，用于查看并答复调解征求意见，10分钟内有效，请勿告诉他人。") % {
        "court": _sender(link.case),
        "code": plain,
    }
    write(link.case, person, Errand.CODE, text, at)


def check_code(link: ConsentLink, plain: str, at: datetime) -> bool:
    """Answer whether this is the current code of a link; a wrong one is counted, and too many lock the link."""
    check_alive(link, at)
    return partylink.check_code(link, "consent_link", _purpose(link), plain, at, _facts(link))


def unanswered(link: ConsentLink) -> list[Stage]:
    """Return the stages of a link that still wait for a yes or no."""
    open_ones = (None, Answer.LATER.value)
    return [stage for stage in Stage if stage.value in link.stages and link.answers.get(stage.value) in open_ones]


def withdrawable(link: ConsentLink) -> list[Stage]:
    """Return the stages to which this party said yes by this link and still stands by."""
    party = str(link.party)
    return [
        Stage(code)
        for code in link.stages
        if link.answers.get(code) == Answer.YES and guards.has_consented(link.case, party, Stage(code))
    ]


def answer(link: ConsentLink, said: Mapping[Stage, Answer], at: datetime) -> None:
    """This function will give the party's answers through the door, all or none, each stage once.

    Yes is a consent. No to mediation is a refusal and ends the matter, whatever else was said. No to another stage
    leaves it without consent, as does ``LATER``, which may be answered by the same link another day. Raises
    LinkRefused, or what the door raises.
    """
    with transaction.atomic():
        locked = ConsentLink.objects.select_for_update().get(pk=link.pk)
        locked.case = Case.objects.get(pk=locked.case_id)
        check_alive(locked, at)
        given = {stage: said[stage] for stage in unanswered(locked) if stage in said}
        if not given or Answer.WITHDRAWN in given.values():
            raise LinkRefused(_("您已经答复过，不需要再次答复。需要改变的，可以撤回同意或者联系法院。"))
        refusing = given.get(Stage.MEDIATION) is Answer.NO
        for stage in ORDER:
            if stage is Stage.MEDIATION and refusing:
                _perform(locked, "refuse_consent", at, party=str(locked.party), channel=Channel.SMS.value)
            elif (
                given.get(stage) is Answer.YES
                and not refusing
                and not guards.has_consented(locked.case, str(locked.party), stage)
            ):
                stated = {"party": str(locked.party), "stage": stage.value, "channel": Channel.SMS.value}
                _perform(locked, "consent", at, **stated)
        locked.answers = {**locked.answers, **{stage.value: one.value for stage, one in given.items()}}
        locked.answered_at = at
        locked.save(update_fields=["answers", "answered_at"])
        told = {"answers": {stage.value: one.value for stage, one in given.items()}}
        by = bearer(locked)
        log.note(
            locked.platform, str(locked.case.ref), "consent_link.answered", by=by, at=at, facts=_facts(locked) | told
        )
    link.refresh_from_db()


def withdraw(link: ConsentLink, stage: Stage, at: datetime) -> None:
    """This function will take back a yes given by this link (ZS-5). Raises LinkRefused, or what the door raises."""
    with transaction.atomic():
        locked = ConsentLink.objects.select_for_update().get(pk=link.pk)
        locked.case = Case.objects.get(pk=locked.case_id)
        check_alive(locked, at)
        if stage not in withdrawable(locked):
            raise LinkRefused(_("没有可以撤回的同意。"))
        _perform(locked, "withdraw_consent", at, party=str(locked.party), stage=stage.value)
        locked.answers = {**locked.answers, stage.value: Answer.WITHDRAWN.value}
        locked.save(update_fields=["answers"])
    link.refresh_from_db()


def _perform(link: ConsentLink, move: str, at: datetime, **stated: str) -> None:
    facts = {**stated, "verified": Verification.LINK_CODE.value}
    # The same answer of the same link is one act, however often the button is pressed.
    key = f"consent-link/{link.pk}/{move}/{stated.get('stage', '')}/{len(link.answers)}"
    moves.perform(link.case, move, by=bearer(link), at=at, facts=facts, key=key)


def _alive(case: Case, person: Party, at: datetime) -> QuerySet[ConsentLink]:
    return ConsentLink.objects.filter(case=case, party=person.ref, revoked_at__isnull=True, expires_at__gt=at)


def _sender(case: Case) -> str:
    court = roster.court(case.court)
    return court.name if court else _("人民法院")


def _facts(link: ConsentLink) -> dict[str, object]:
    return {"party": str(link.party), "stages": list(link.stages), "link": link.pk}


def _purpose(link: ConsentLink) -> str:
    return f"consent/{link.pk}"


def _digest(platform: str, token: str) -> str:
    return keyed("mediation.consentlink", platform, token)
