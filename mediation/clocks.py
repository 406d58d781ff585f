"""Due instants: what the law makes of an order, and the rows a sweep searches.

Lives here: computing a clock for a journal entry, keeping the ``Clock`` rows in step with it.
Does not live here: which clocks a move starts (``lifecycle``), the lapse itself (``moves``).
Called by: the door.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from mediation import chain, law, workdays
from mediation.lifecycle import LAPSES, Order
from mediation.models import Announcement, Case, Clock
from mediation.platform import home_of
from mediation.rows import Rows
from mediation.vocabulary import ClockKind, Procedure, State, Track
from mediation.workdays import Calendar, Due

PERSONAL = frozenset(LAPSES) - {ClockKind.REPLY, ClockKind.PROVE}
"""Clocks whose end closes off what a person may do, on whichever platform that person is signed in. The others are the
organisation's own, and its people sit with the writer."""


def reckon(case: Case, wanted: Iterable[Order], calendar: Calendar) -> list[dict[str, Any]]:
    """Return the journal form of the clocks ordered: kind, rule row, since, due, flag, provisional (house D7, D8)."""
    made: dict[ClockKind, dict[str, Any]] = {}
    for order in wanted:
        since = order.since
        if order.after and order.after in made:
            since = datetime.fromisoformat(made[order.after]["due"])
        made[order.kind] = _clock(case, order, since, calendar)
    return list(made.values())


def _clock(case: Case, order: Order, since: datetime, calendar: Calendar) -> dict[str, Any]:
    procedure = case.sheet.get("procedure")
    rule = law.rule_for(
        order.kind,
        track=Track(case.track),
        on=workdays.local_day(since),
        procedure=Procedure(procedure) if procedure else None,
        figures=settings.OWN_FIGURES,
    )
    if order.until:
        return _entry(order.kind, rule.row, _since(order, since), _set(order.until, calendar), agreed=True)
    if order.days is not None:
        last = workdays.local_day(since) + timedelta(days=order.days)
        return _entry(order.kind, rule.row, since, _set(last.isoformat(), calendar), agreed=True)
    if order.shift or order.old:
        # Of the peer's newer rule this version only knows the id: it is reckoned by the rule of the day.
        rule = _rule_of(order.old) or rule
        old = workdays.due(rule, datetime.fromisoformat(order.old["since"]), calendar)
        moved = workdays.shift(_as_last_set(old, order.old), order.shift, calendar)
        return _entry(order.kind, rule.row, _since(order, since), moved, agreed=True)
    return _entry(order.kind, rule.row, since, workdays.due(rule, since, calendar))


def _rule_of(clock: dict[str, Any]) -> law.Rule | None:
    """Return the rule a clock was started under; None for one of the peer's that this version does not know."""
    try:
        return law.row(clock["rule"], settings.OWN_FIGURES)
    except law.NoRule:
        return None


def _since(order: Order, since: datetime) -> datetime:
    return datetime.fromisoformat(order.old["since"]) if order.old else since


def _set(day_text: str, calendar: Calendar) -> Due:
    """Return a due day that people or a court set, rolled on from a rest day."""
    day = calendar.roll(date.fromisoformat(day_text))
    return Due(workdays.end_of_day(day), day, day, None, None, calendar.is_provisional(day))


def _as_last_set(computed: Due, old: dict[str, Any]) -> Due:
    """Give back the due day the clock really had, which an agreed extension may have moved."""
    day = workdays.local_day(datetime.fromisoformat(old["due"]))
    return (
        computed if day == computed.day else Due(workdays.end_of_day(day), day, day, None, None, computed.provisional)
    )


def _entry(kind: ClockKind, row: str, since: datetime, due: Due, *, agreed: bool = False) -> dict[str, Any]:
    flag = due.flag_on or due.soft_on
    return {
        "kind": kind.value,
        "rule": row,
        "since": chain.stamp(since),
        "due": chain.stamp(due.at),
        "flag": chain.stamp(workdays.end_of_day(flag)) if flag else "",
        "provisional": due.provisional,
        "agreed": agreed,
    }


def recomputed(case: Case, calendar: Calendar) -> list[dict[str, Any]]:
    """Return the running clocks whose due instant the calendar now gives differently, or now gives for sure.

    One that people agreed or a court set is only rolled on from a rest day; it is never cut back to the law's figure.
    """
    fresh = []
    for clock in case.sheet.get("clocks", {}).values():
        rule, since = _rule_of(clock), datetime.fromisoformat(clock["since"])
        if rule is None:
            continue
        found = workdays.due(rule, since, calendar)
        if clock["agreed"]:
            day = calendar.roll(workdays.local_day(datetime.fromisoformat(clock["due"])))
            found = Due(workdays.end_of_day(day), day, day, None, None, calendar.is_provisional(day))
        again = _entry(ClockKind(clock["kind"]), clock["rule"], since, found, agreed=clock["agreed"])
        if again != clock:
            fresh.append(again)
    return fresh


def lapse_of(case: Case, kind: str) -> str:
    """Return the move the end of this clock makes in the case's present state, or an empty string."""
    return LAPSES.get(ClockKind(kind), {}).get(State(case.state), "")


def first_due(case: Case, at: datetime) -> dict[str, Any] | None:
    """Return the earliest running clock whose end makes a move and has passed at ``at``, or None."""
    due = [
        clock
        for clock in case.sheet.get("clocks", {}).values()
        if datetime.fromisoformat(clock["due"]) < at and lapse_of(case, clock["kind"])
    ]
    return min(due, key=lambda clock: clock["due"], default=None)


def overdue(platform: str, at: datetime) -> QuerySet[Clock]:
    """Return the clocks that have passed and whose lapse this platform is to make."""
    return Clock.objects.filter(platform=platform, state=Clock.RUNNING, owned=True, due_at__lt=at).exclude(lapse="")


def held(platform: str, at: datetime) -> QuerySet[Clock]:
    """Return the overdue clocks that must wait: what people asked for at the peer in time may still be on its way.

    They wait until the peer has said that nothing is, at most the grace of ``law`` (ADR 8).
    """
    if not Announcement.objects.filter(platform=platform, tells=True).exists():
        return Clock.objects.none()
    unknown = Q(asked_until=None) | Q(asked_until__lte=F("due_at"))
    within = at - law.grace(settings.OWN_FIGURES)
    return overdue(platform, at).filter(unknown, kind__in=PERSONAL, due_at__gte=within, case__shared=True)


def is_held(case: Case, clock: dict[str, Any], at: datetime) -> bool:
    """Tell whether the lapse of a due clock must wait (see ``held``)."""
    return case.shared and held(case.platform, at).filter(case=case, kind=clock["kind"]).exists()


def keep(
    case: Case,
    started: list[dict[str, Any]],
    ended: Iterable[str],
    number: int,
    lapsed: str = "",
    *,
    rows: Rows | None = None,
) -> None:
    """Bring the ``Clock`` rows of a case in step with its sheet: ``ended`` and replaced ones stop, ``started`` ones
    run. Gathered in ``rows``, or written at once.
    """
    sent_with_others, rows = rows is not None, rows or Rows()
    stopped = {*ended, *(clock["kind"] for clock in started)} - {lapsed}
    rows.end(case, [lapsed] if lapsed else [], Clock.LAPSED)
    rows.end(case, sorted(stopped), Clock.STOPPED)
    owner = case.owner
    mine = owner is not None and home_of(owner) == case.platform
    rows.start(
        Clock(
            platform=case.platform,
            case=case,
            kind=clock["kind"],
            rule=clock["rule"],
            since=datetime.fromisoformat(clock["since"]),
            due_at=datetime.fromisoformat(clock["due"]),
            flag_at=datetime.fromisoformat(clock["flag"]) if clock["flag"] else None,
            provisional=clock["provisional"],
            owned=mine,
            lapse=lapse_of(case, clock["kind"]) if case.state else "",
            number=number,
        )
        for clock in started
    )
    if not sent_with_others:
        rows.send()
