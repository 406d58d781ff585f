"""Due instants: what the law makes of an order, and the rows a sweep searches.

Lives here: computing a clock for a journal entry, keeping the ``Clock`` rows in step with it.
Does not live here: which clocks a move starts (``lifecycle``), the lapse itself (``moves``).
Called by: the door.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings

from mediation import chain, law, workdays
from mediation.lifecycle import LAPSES, Order
from mediation.models import Case, Clock
from mediation.platform import home_of
from mediation.vocabulary import ClockKind, Procedure, State, Track
from mediation.workdays import Calendar, Due


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
        day = calendar.roll(date.fromisoformat(order.until))
        base = order.old or _entry(order.kind, rule.row, since, since, None, False)
        return {
            **base,
            "due": chain.stamp(workdays.end_of_day(day)),
            "flag": "",
            "provisional": calendar.is_provisional(day),
        }
    if order.days is not None:
        day = calendar.roll(date.fromordinal(workdays.local_day(since).toordinal() + order.days))
        return _entry(order.kind, rule.row, since, workdays.end_of_day(day), None, calendar.is_provisional(day))
    if order.shift:
        rule = law.row(order.old["rule"], settings.OWN_FIGURES)
        old = workdays.due(rule, datetime.fromisoformat(order.old["since"]), calendar)
        moved = workdays.shift(_as_last_set(old, order.old), order.shift, calendar)
        return _entry(
            order.kind, rule.row, datetime.fromisoformat(order.old["since"]), moved.at, moved.flag_on, moved.provisional
        )
    found = workdays.due(rule, since, calendar)
    return _entry(order.kind, rule.row, since, found.at, found.flag_on or found.soft_on, found.provisional)


def _as_last_set(computed: Due, old: dict[str, Any]) -> Due:
    """Give back the due day the clock really had, which an agreed extension may have moved."""
    day = workdays.local_day(datetime.fromisoformat(old["due"]))
    return (
        computed if day == computed.day else Due(workdays.end_of_day(day), day, day, None, None, computed.provisional)
    )


def _entry(
    kind: ClockKind, row: str, since: datetime, due: datetime, flag: date | None, provisional: bool
) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "rule": row,
        "since": chain.stamp(since),
        "due": chain.stamp(due),
        "flag": chain.stamp(workdays.end_of_day(flag)) if flag else "",
        "provisional": provisional,
    }


def recomputed(case: Case, calendar: Calendar) -> list[dict[str, Any]]:
    """Return the running provisional clocks whose due instant the calendar now gives differently, or now gives for
    sure.
    """
    fresh = []
    for clock in case.sheet.get("clocks", {}).values():
        if not clock["provisional"]:
            continue
        rule = law.row(clock["rule"], settings.OWN_FIGURES)
        found = workdays.due(rule, datetime.fromisoformat(clock["since"]), calendar)
        if not _is_as_reckoned(rule, clock, calendar):
            day = calendar.roll(workdays.local_day(datetime.fromisoformat(clock["due"])))
            found = Due(workdays.end_of_day(day), day, day, None, None, calendar.is_provisional(day))
        again = _entry(
            ClockKind(clock["kind"]),
            clock["rule"],
            datetime.fromisoformat(clock["since"]),
            found.at,
            found.flag_on or found.soft_on,
            found.provisional,
        )
        if again != clock:
            fresh.append(again)
    return fresh


def _is_as_reckoned(rule: law.Rule, clock: dict[str, Any], calendar: Calendar) -> bool:
    """Tell whether a provisional clock ends where its rule put it, and was not set by agreement or by the court."""
    since, day = datetime.fromisoformat(clock["since"]), workdays.local_day(datetime.fromisoformat(clock["due"]))
    # Which years were still missing when it was started is not noted, so every possibility is tried.
    known = (
        Calendar({year: value for year, value in calendar.years.items() if year < missing})
        for missing in range(workdays.local_day(since).year, day.year + 1)
    )
    return any(workdays.due(rule, since, before).day == day for before in known)


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


def keep(case: Case, started: list[dict[str, Any]], ended: Iterable[str], number: int, lapsed: str = "") -> None:
    """Bring the ``Clock`` rows of a case in step with its sheet: ``ended`` and replaced ones stop, ``started`` ones
    run.
    """
    gone = {*ended, *(clock["kind"] for clock in started)}
    running = Clock.objects.filter(case=case, state=Clock.RUNNING)
    if lapsed:
        running.filter(kind=lapsed).update(state=Clock.LAPSED)
    if gone:
        running.filter(kind__in=gone).update(state=Clock.STOPPED)
    owner = case.owner
    mine = owner is not None and home_of(owner) == case.platform
    Clock.objects.bulk_create(
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
