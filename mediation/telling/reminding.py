"""Reminding people before a clock runs out: two days, one day and the last day, as the clock counts; and of every
obligation of an agreement, a week, two days, one day before, on the day, and once when it is late.

Lives here: which reminder is due at an instant. Does not live here: the clocks (``clocks``), the lapse (``moves``).
Called by: ``tasks``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from mediation import guards, law, queries, workdays
from mediation.lifecycle import PERFORMABLE
from mediation.models import Case, Clock, Notice
from mediation.platform import home_of
from mediation.telling.people import places
from mediation.telling.table import DUTY_LATE, DUTY_REMINDERS, REMINDERS, REMINDS, SPARES, WORKING_REMINDERS
from mediation.vocabulary import ClockKind, Errand, Role, Unit
from mediation.workdays import Calendar

BATCH = 500


def remind(platform: str, at: datetime) -> int:
    """This function will write every reminder that is due on this platform, each once; returns how many were new.

    One that was missed while nothing ran is left out if a later one is due already.
    """
    calendar, written = queries.calendar(), 0
    end = workdays.end_of_day(_last_day(workdays.local_day(at), calendar))
    running = Clock.objects.filter(platform=platform, state=Clock.RUNNING, due_at__gte=at, due_at__lte=end)
    running = running.select_related("case")
    due = [
        (clock, left)
        for clock in running.iterator(chunk_size=BATCH)
        if (left := days_left(clock, at, calendar)) is not None
    ]
    for start in range(0, len(due), BATCH):
        written += _write(due[start : start + BATCH], at)
    return written


# Before and after every obligation of an agreement.


def remind_of_duties(platform: str, at: datetime) -> int:
    """This function will remind of the obligations of agreements that fall due or have just fallen due on this
    platform, each once; returns how many reminders were new.

    Only the platform that owns the case also sends them by SMS and e-mail.
    """
    today = workdays.local_day(at)
    # The last instalment of an agreement is its latest: one that lies behind needs no look.
    since = (today - timedelta(days=1)).isoformat()
    cases = Case.objects.of(platform).filter(state__in=PERFORMABLE, sheet__agreement__last_due__gte=since)
    wanted = [
        notice
        for case in cases.iterator(chunk_size=BATCH)
        for one in guards.open_obligations(case)
        for notice in _duty_notices(case, one, today, at)
    ]
    return sum(_store(wanted[start : start + BATCH]) for start in range(0, len(wanted), BATCH))


def _duty_notices(case: Case, one: dict[str, Any], today: date, at: datetime) -> Iterator[Notice]:
    left = (date.fromisoformat(one["due_on"]) - today).days
    if one["reported_at"] or not (left == -1 or 0 <= left <= max(DUTY_REMINDERS)):
        return
    step = -1 if left < 0 else next(days for days in sorted(DUTY_REMINDERS) if left <= days)
    told = (
        zip((one["payer"], one["payee"]), DUTY_LATE, strict=True)
        if left < 0
        else [(one["payer"], DUTY_REMINDERS[step])]
    )
    loud = case.owner is not None and home_of(case.owner) == case.platform
    for party, words in told:
        yield Notice(
            platform=case.platform,
            case=case,
            role=Role.PARTY,
            seat=party,
            errand=Errand.REMINDER,
            text=words,
            values={"due": one["due_on"]},
            at=at,
            loud=loud,
            next_at=at,
            key=f"duty/{case.ref}/{one['ref']}/{step}/{party[:8]}",
        )


def _write(batch: list[tuple[Clock, int]], at: datetime) -> int:
    return _store([notice for clock, left in batch for notice in _notices(clock, left, at)])


def _store(wanted: list[Notice]) -> int:
    known = set(Notice.objects.filter(key__in=[one.key for one in wanted]).values_list("platform", "key"))
    fresh = [one for one in wanted if (one.platform, one.key) not in known]
    Notice.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def days_left(clock: Clock, at: datetime, calendar: Calendar) -> int | None:
    """Return 2, 1 or 0 if that reminder of a running clock is due on the day of ``at`` or was due since the one before;
    None where it is too early.
    """
    today, last = workdays.local_day(at), workdays.local_day(clock.due_at)
    working = counts_working_days(clock)
    return next((left for left in sorted(REMINDERS) if today >= _day_before(last, left, working, calendar)), None)


def counts_working_days(clock: Clock) -> bool:
    """Tell whether a clock counts working days; one under a rule this version does not know counts days."""
    try:
        return law.row(clock.rule, settings.OWN_FIGURES).unit is Unit.WORKING_DAY
    except law.NoRule:
        return False


def _last_day(today: date, calendar: Calendar) -> date:
    """Return the latest last day of which anybody is reminded today: that of a clock that counts working days."""
    last = today + timedelta(days=max(REMINDERS))
    while _day_before(last + timedelta(days=1), max(REMINDERS), True, calendar) <= today:
        last += timedelta(days=1)
    return last


def _day_before(last: date, left: int, working: bool, calendar: Calendar) -> date:
    if not working:
        return last - timedelta(days=left)
    day = last
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_working_day(day)
    return day


def _key(clock: Clock, left: int) -> str:
    return f"clock/{clock.pk}/{workdays.local_day(clock.due_at)}/{left}"


def _notices(clock: Clock, left: int, at: datetime) -> Iterator[Notice]:
    kind = ClockKind(clock.kind)
    words = (WORKING_REMINDERS if counts_working_days(clock) else REMINDERS)[left]
    move, missing = queries.lacking(clock.case)
    spared = set(guards.parties(clock.case)) - set(missing) if move and SPARES.get(kind) == move else set()
    for whom in REMINDS[kind]:
        for role, seat in places(clock.case, whom):
            if seat in spared:
                continue
            yield Notice(
                platform=clock.platform,
                case=clock.case,
                role=role,
                seat=seat,
                errand=Errand.REMINDER,
                text=words,
                values={"clock": kind.value, "due": clock.due_at.isoformat()},
                at=at,
                loud=clock.owned,
                next_at=at,
                key=f"{_key(clock, left)}/{role.value}/{seat}",
            )
