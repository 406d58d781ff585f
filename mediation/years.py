"""Loading the State Council's arrangement of one year, and recomputing what was only provisionally due.

Lives here: the act of loading, and its trace in the local log. Does not live here: reading the file (``workdays``), the
recomputed entry itself (``moves.reckon``).
Called by: the calendar page of both admin sites, ``manage.py load_calendar``, ``mediation.tasks.reckon``.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from mediation import chain, log, moves, platform, queries, workdays
from mediation.actor import Actor
from mediation.models import CalendarYear

AT_ONCE = 200
"""How many cases of each platform are recomputed while the administrator waits; a task does the rest."""


def load_year(text: str, *, by: Actor, at: datetime) -> tuple[CalendarYear, int]:
    """This function will store one year's arrangement, note it, and return it with how many cases got new due instants.

    At most ``AT_ONCE`` cases of each platform are looked at; ``recompute`` does all of them. Raises
    ``workdays.BadCalendarFile``, in Chinese, naming the line.
    """
    year, arrangement = workdays.parse_year(text)
    with transaction.atomic():
        row, _created = CalendarYear.objects.update_or_create(
            year=year,
            defaults={
                "days": arrangement.days(),
                "notice": arrangement.notice,
                "loaded_at": at,
                "loaded_by": by.ref[:80],
            },
        )
        facts = {
            "year": year,
            "notice": arrangement.notice,
            "days": chain.digest("sha256", chain.canonical(arrangement.days())),
        }
        for config in platform.installed():
            log.note(config.code, "", "calendar.load.v1", by=by, at=at, facts=facts)
    return row, sum(recompute(config.code, at, most=AT_ONCE) for config in platform.installed())


def recompute(code: str, at: datetime, *, most: int | None = None) -> int:
    """This function will journal the due instants that the calendar now gives differently and return of how many cases.

    ``most`` looks at so many of the provisional ones only; without it, at every clock still to end, because a notice
    may also correct a year already known. Safe to run again: a case whose instants stand already is left as it is.
    """
    ahead = queries.waiting_cases(code, at).iterator(chunk_size=500)
    cases = queries.provisional_cases(code)[:most] if most else ahead
    return sum(moves.reckon(case, at) is not None for case in cases)
