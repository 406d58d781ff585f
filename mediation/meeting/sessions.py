"""Sessions: times proposed, chosen by the parties, fixed; who attended, who was identified how, who was told what.

Lives here: the acts on a session. Does not live here: opening the mediation (a move, which ``hold`` makes with the
first session of all parties), pages, the text of its record (``records``).
Called by: pages.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mediation import moves
from mediation.actor import Actor
from mediation.lifecycle import MEDIATION_STATES
from mediation.meeting.telling import members, tell_mediators, tell_parties
from mediation.models import Attendance, Case, MediationSession, SessionChoice, SessionTime
from mediation.vocabulary import Audience, SessionMode, SessionState, State, Verification, gettext_noop

MOST_SESSIONS = 100
FARTHEST = timedelta(days=200)
ASKED = gettext_noop("调解员提出了调解时间，最早的是%(when)s，请在此以前选择您方便的时间。")
CHOSEN = gettext_noop("有当事人选择了调解时间，请查看。")
FIXED = gettext_noop("调解时间已定：%(when)s。请准时参加，并先阅读调解须知。")
CANCELLED = gettext_noop("原定%(when)s的调解取消，调解员会另行约定。")


class NotNow(Exception):
    """案件或者这次调解目前的状态下不能这样做"""

    def __str__(self) -> str:
        return gettext_noop("案件或者这次调解目前的状态下不能这样做")


class Incomplete(Exception):
    """还不能开始这次调解"""

    def __init__(self, lacking: list[str]) -> None:
        super().__init__(self.__doc__)
        self.lacking = lacking


NOBODY = gettext_noop("没有登记出席的人。")
UNVERIFIED = gettext_noop("有出席的人还没有核实身份（在线调解规则第十七条）。")
UNREAD = gettext_noop("有出席的一方还没有本人或者由出席的代理人确认阅知调解须知（特邀调解规定第十四条）。")
UNTOLD = gettext_noop("还没有确认已经告知权利义务、调解规则、程序和协议效力，并警示虚假调解的后果。")


@dataclass(frozen=True)
class Seen:
    """What the mediator records of one person in a session; ``read`` where they acknowledged the notices face to face.

    Only who is there is identified and acknowledges.
    """

    person: str
    present: bool
    verified: str
    read: bool = False


def of(case: Case, channels: Iterable[Audience]) -> list[MediationSession]:
    """Return the sessions of a case held in these channels, oldest first."""
    return list(MediationSession.objects.filter(case=case, channel__in=[one.value for one in channels]))


def propose(
    case: Case,
    channel: Audience,
    mode: SessionMode,
    times: Iterable[datetime],
    *,
    place: str,
    minutes: int,
    by: Actor,
    at: datetime,
    key: str,
) -> MediationSession:
    """This function will propose times for a session and ask its parties; a single time is proposed like several.

    Sent twice under one key, it is proposed once. Raises NotNow.
    """
    if held := MediationSession.objects.filter(case=case, key=key).first():
        return held
    if case.state not in MEDIATION_STATES or case.sessions.count() >= MOST_SESSIONS:
        raise NotNow
    with transaction.atomic():
        session = MediationSession.objects.create(
            platform=case.platform,
            case=case,
            channel=channel.value,
            mode=mode.value,
            place=place,
            minutes=minutes,
            author=by.ref,
            created_at=at,
            key=key,
        )
        offered = sorted(set(times))
        SessionTime.objects.bulk_create([SessionTime(session=session, starts_at=one) for one in offered])
        when = {"when": offered[0].isoformat()}
        tell_parties(case, members(case, channel), ASKED, f"session/{session.ref}", at, when)
    return session


def choose(session: MediationSession, parties: Iterable[str], fits: Iterable[int], at: datetime) -> None:
    """This function will note which times suit these parties: those with a key in ``fits``, the others do not.

    Raises NotNow.
    """
    if session.state != SessionState.PROPOSED:
        raise NotNow
    suiting = set(fits)
    own = [ref for ref in parties if ref in members(session.case, session.channel)]
    with transaction.atomic():
        for time in session.times.all():
            for party in own:
                SessionChoice.objects.update_or_create(
                    time=time, party=party, defaults={"fits": time.pk in suiting, "at": at}
                )
        for party in own:
            tell_mediators(session.case, CHOSEN, f"session/{session.ref}/chosen/{party}", at)


def choices(session: MediationSession) -> dict[int, dict[str, bool]]:
    """Return what each party said about each time, by the key of the time."""
    found: dict[int, dict[str, bool]] = {time.pk: {} for time in session.times.all()}
    for one in SessionChoice.objects.filter(time__session=session):
        found[one.time_id][str(one.party)] = one.fits
    return found


def fix(session: MediationSession, time: int, at: datetime) -> None:
    """This function will fix one of the proposed times and tell the parties. Raises NotNow."""
    chosen = session.times.filter(pk=time).first()
    open_now = MediationSession.objects.filter(pk=session.pk, state=SessionState.PROPOSED)
    with transaction.atomic():
        if chosen is None or not open_now.update(state=SessionState.FIXED.value, starts_at=chosen.starts_at):
            raise NotNow
        session.refresh_from_db()
        tell_parties(
            session.case,
            members(session.case, session.channel),
            FIXED,
            f"session/{session.ref}/fixed",
            at,
            {"when": chosen.starts_at.isoformat()},
        )


def cancel(session: MediationSession, at: datetime) -> None:
    """This function will call a session off and tell the parties. Raises NotNow."""
    open_now = MediationSession.objects.filter(
        pk=session.pk, state__in=[SessionState.PROPOSED.value, SessionState.FIXED.value]
    )
    with transaction.atomic():
        if not open_now.update(state=SessionState.CANCELLED.value):
            raise NotNow
        if session.starts_at:
            tell_parties(
                session.case,
                members(session.case, session.channel),
                CANCELLED,
                f"session/{session.ref}/cancelled",
                at,
                {"when": session.starts_at.isoformat()},
            )
    session.refresh_from_db()


def acknowledge(session: MediationSession, persons: Iterable[str], how: Verification, at: datetime) -> None:
    """This function will note that people themselves acknowledge the notices of TY-14 and the warning of ZX-17.

    The first acknowledgement stays. Raises NotNow.
    """
    if session.state not in (SessionState.PROPOSED, SessionState.FIXED):
        raise NotNow
    for person in persons:
        row, _made = Attendance.objects.get_or_create(session=session, person=person)
        Attendance.objects.filter(pk=row.pk, acknowledged_at=None).update(
            acknowledged_at=at, acknowledged_how=how.value
        )


def acknowledged(case: Case) -> set[str]:
    """Return who has acknowledged the notices in this mediation, before whichever of its sessions (TY-14)."""
    rows = Attendance.objects.filter(session__case=case, acknowledged_at__isnull=False)
    return {str(ref) for ref in rows.values_list("person", flat=True)}


def attended(session: MediationSession) -> dict[str, Attendance]:
    """Return what is recorded of each person."""
    return {str(one.person): one for one in session.attendances.all()}


def keep(
    session: MediationSession, people: Collection[Seen], *, others: str, told: bool, place: str, at: datetime
) -> None:
    """This function will record who attends, who was identified how, and whether all were told. Raises NotNow."""
    if session.state != SessionState.FIXED or session.case.state not in MEDIATION_STATES:
        raise NotNow
    with transaction.atomic():
        for one in people:
            verified = one.verified if one.present else ""
            seen = {"present": one.present, "verified": verified, "verified_at": at if verified else None}
            Attendance.objects.update_or_create(session=session, person=one.person, defaults=seen)
        acknowledge(session, [one.person for one in people if one.present and one.read], Verification.IN_PERSON, at)
        session.others, session.place = others, place
        session.told_at = (session.told_at or at) if told else None
        session.save(update_fields=["others", "place", "told_at"])


def lacking(session: MediationSession) -> list[str]:
    """Return what must still be done before the session may be held, as source strings."""
    present, read = [one for one in attended(session).values() if one.present], acknowledged(session.case)
    checks: Mapping[str, bool] = {
        NOBODY: bool(present),
        UNVERIFIED: all(one.verified for one in present),
        UNREAD: all(_have_read(session.case, read, str(one.person)) for one in present),
        UNTOLD: session.told_at is not None,
    }
    return [text for text, done in checks.items() if not done]


def _acting(session: MediationSession, party: str) -> set[str]:
    """Return the agents of a party."""
    return {ref for ref, held in session.case.sheet.get("agents", {}).items() if party in held["for"]}


def _stands_for(session: MediationSession, known: Mapping[str, Attendance], party: str) -> bool:
    """Tell whether a party is there, itself or by an agent, and whoever is there for it was identified (ZX-17)."""
    own = [known[ref] for ref in (party, *_acting(session, party)) if ref in known]
    return any(one.present and one.verified for one in own)


def _have_read(case: Case, read: Container[str], person: str) -> bool:
    """Tell whether somebody who is there has acknowledged the notices, or everybody for whom they act has (TY-14)."""
    principals = case.sheet.get("agents", {}).get(person, {}).get("for", ())
    return person in read or (bool(principals) and all(one in read for one in principals))


def hold(session: MediationSession, *, by: Actor, at: datetime, key: str) -> None:
    """This function will record a session as held; the first one of all parties opens the mediation by its move.

    Raises NotNow, Incomplete, and what the door raises.
    """
    if session.state == SessionState.HELD:
        return
    if session.state != SessionState.FIXED or session.case.state not in MEDIATION_STATES:
        raise NotNow
    if missing := lacking(session):
        raise Incomplete(missing)
    known = attended(session)
    with transaction.atomic():
        if session.case.state == State.ACCEPTED and session.channel == Audience.PARTIES:
            # Whoever is there has been identified and has read: what is left to ask is whether each party is there.
            there = [ref for ref in members(session.case, session.channel) if _stands_for(session, known, ref)]
            stated = {"mode": session.mode, "verified": there, "acknowledged": there, "informed": True, "warned": True}
            moves.perform(session.case, "open_session", by=by, at=at, facts=stated, key=key)
        session.state, session.held_at = SessionState.HELD.value, at
        session.save(update_fields=["state", "held_at"])
