"""What a mediation asks of a party, and its answers: times, notices, the record, undisputed facts, an extension.

Lives here: the same questions and answers for a party in its account and behind a link. Does not live here: pages
(``meetings``, ``meetpages``), what is lawful (the door).
Called by: those pages.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from mediation import guards, moves
from mediation.actor import Actor
from mediation.lifecycle import MEDIATION_STATES, MOVES
from mediation.meeting import sessions
from mediation.models import Case, MediationSession
from mediation.vocabulary import (
    Audience,
    Role,
    SessionMode,
    SessionState,
    State,
    Verification,
    gettext_noop,
)
from mediation.windows.moveforms import SHEET_SECTION, frozen_text
from mediation.windows.pages import label_of, spoken_day, spoken_instant

CONFIRMED = ("confirm_record", "confirm_undisputed")
NOTICES: tuple[tuple[str, str], ...] = (
    (
        gettext_noop("您的权利和义务"),
        gettext_noop(
            "是否参加、是否达成协议都由您决定，随时可以退出，退出不影响您在法院的权利。"
            "可以委托代理人，可以申请调解员回避。请如实陈述，尊重对方，不泄露调解的过程和内容。"
        ),
    ),
    (
        gettext_noop("调解规则和程序"),
        gettext_noop(
            "调解不公开。您单独告诉调解员的内容，未经您同意不会转告对方。"
            "调解不成的，除各方共同确认的无争议事实外，调解中的陈述和让步不作为诉讼中对任何一方不利的证据。"
        ),
    ),
    (
        gettext_noop("协议的效力和司法确认"),
        gettext_noop(
            "调解协议经各方签署后有约束力，应当按约定履行；可以共同向法院申请司法确认，确认后一方不履行的，可以申请强制执行。"
        ),
    ),
    (
        gettext_noop("虚假调解的后果"),
        gettext_noop(
            "恶意串通、伪造证据、捏造事实进行调解，侵害他人合法权益的，法院不予确认，并可以罚款、拘留；构成犯罪的，依法追究刑事责任。"
        ),
    ),
)
"""What everybody is told before a session (TY-14, ZX-17), as headings and texts."""


class Unanswerable(Exception):
    """这一项已经处理过，或者目前不能办理，请查看最新情况"""

    def __str__(self) -> str:
        return _("这一项已经处理过，或者目前不能办理，请查看最新情况")


@dataclass(frozen=True)
class Asked:
    """One thing that is asked of a party; ``what`` and ``ref`` name it in the answer."""

    what: str
    ref: str
    label: str
    text: str = ""
    digest: str = ""
    times: Sequence[Mapping[str, Any]] = ()
    where: str = ""
    done: str = ""


def asked(case: Case, parties: Sequence[str], channels: Iterable[Audience]) -> list[Asked]:
    """Return what waits for these parties, and what they have answered already, in the order of a mediation."""
    if case.state not in MEDIATION_STATES or not parties:
        return []
    found = [one for session in sessions.of(case, channels) for one in _about(session, parties)]
    return [*found, *_texts(case, parties), *_extension(case, parties)]


def _about(session: MediationSession, parties: Sequence[str]) -> list[Asked]:
    if session.state == SessionState.PROPOSED:
        said = sessions.choices(session)
        chosen = all(set(parties) & set(one) for one in said.values())
        times = [
            {
                "pk": time.pk,
                "when": spoken_instant(time.starts_at),
                "fits": any(said[time.pk].get(ref) for ref in parties),
            }
            for time in session.times.all()
        ]
        label = _("选择调解时间")
        done = _("您已经选择，调解员确定后会通知您；确定前可以更改。") if chosen else ""
        return [Asked("times", str(session.ref), label, times=times, where=where_of(session), done=done)]
    if session.state == SessionState.FIXED and session.starts_at:
        known = sessions.attended(session)
        read = all(ref in known and known[ref].acknowledged_at for ref in parties)
        return [
            Asked(
                "notices",
                str(session.ref),
                _("调解时间：%(when)s") % {"when": spoken_instant(session.starts_at)},
                where=where_of(session),
                done=_("您已经确认阅知。") if read else "",
            )
        ]
    return []


def where_of(session: MediationSession) -> str:
    """Return how and where a session is held, and how long it may take."""
    parts = [label_of(SessionMode(session.mode)), session.place, _("约%(count)d分钟") % {"count": session.minutes}]
    if session.channel != Audience.PARTIES:
        parts.append(_("只与您一方"))
    return " · ".join(part for part in parts if part)


def _texts(case: Case, parties: Sequence[str]) -> list[Asked]:
    found = []
    for move in CONFIRMED:
        text, _nonce, digest = frozen_text(case, move) if case.state != State.ACCEPTED else ("", "", "")
        if not text:
            continue
        yes = case.sheet[SHEET_SECTION[move]]["yes"]
        done = _("您已经确认这一版本。") if all(ref in yes for ref in parties) else ""
        found.append(Asked(move, "", _(MOVES[move].label), text=text, digest=digest, done=done))
    return found


def _extension(case: Case, parties: Sequence[str]) -> list[Asked]:
    proposal = case.sheet.get("proposals", {}).get("extend")
    if not proposal or guards.all_agree(case, "extend"):
        return []
    until = proposal["terms"]["until"]
    done = _("您已经同意。") if all(ref in proposal["yes"] for ref in parties) else ""
    label = _("同意把调解期限延长至%(day)s") % {"day": spoken_day(date.fromisoformat(until))}
    return [Asked("extend", until, label, done=done)]


def answer(
    case: Case,
    posted: Mapping[str, Any],
    *,
    by: Actor,
    parties: Sequence[str],
    channels: Iterable[Audience],
    how: Verification,
    at: datetime,
    key: str,
    fits: Iterable[str] = (),
) -> str:
    """This function will do what a party answers, and return what to tell it. ``key`` names the way it came.

    Raises Unanswerable, and what the door raises.
    """
    what, ref = str(posted.get("what", "")), str(posted.get("ref", ""))
    if not any(one.what == what and one.ref == ref for one in asked(case, parties, channels)):
        raise Unanswerable
    try:
        match what:
            case "times":
                wanted = [int(one) for one in fits if one.isdecimal()]
                sessions.choose(_session(case, ref), parties, wanted, at)
                return _("已记下您的时间选择。")
            case "notices":
                if not posted.get("read"):
                    return ""
                sessions.acknowledge(_session(case, ref), [by.ref, *parties], how, at)
                return _("已确认阅知调解须知。")
    except sessions.NotNow as late:
        raise Unanswerable from late
    for party in parties:
        stated = {"party": party, **({"until": ref} if what == "extend" else {"digest": str(posted.get("digest", ""))})}
        said = uuid.uuid5(uuid.NAMESPACE_OID, f"{what}/{party}/{ref or stated['digest']}")
        moves.perform(case, what, by=by, at=at, facts=stated, key=f"{key}/{said.hex}")
    return _("已办理“%(label)s”。") % {"label": _(MOVES[what].label)}


def _session(case: Case, ref: str) -> MediationSession:
    return MediationSession.objects.select_related("case").get(case=case, ref=ref)


def standing(case: Case, move: str) -> dict[str, bool]:
    """Return which parties have said yes to a text or an extension that is on the table; empty where none is."""
    if move == "extend":
        proposal = case.sheet.get("proposals", {}).get("extend")
        yes = proposal["yes"] if proposal else None
    else:
        held = case.sheet.get(SHEET_SECTION[move], {})
        yes = held.get("yes") if held.get("digest") else None
    return {} if yes is None else {ref: ref in yes for ref in guards.parties(case)}


def spoken_for(case: Case, actors: Iterable[Actor]) -> tuple[Actor | None, list[str]]:
    """Return the first capacity in which somebody is or acts for parties, and those parties."""
    for actor in actors:
        if actor.role in (Role.PARTY, Role.AGENT) and (found := guards.acts_for(case, actor)):
            return actor, found
    return None, []
