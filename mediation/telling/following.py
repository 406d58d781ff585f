"""Following the journal: every entry is read once, and what the table says of it is written down as notices.

Lives here: how far the journal has been read, and the notices of one entry. Does not live here: the table, sending.
Called by: ``tasks``.

The journal is the queue: nothing is done in the request that made an entry, and nothing is lost if nobody looks for a
while. A notice is told once by its key, however many tasks read at the same time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from mediation.actor import Actor
from mediation.models import CaseEvent, Notice, ReadingMark
from mediation.telling import service
from mediation.telling.people import Place, places
from mediation.telling.table import ASKS_WITHIN, REMINDS, TELLS
from mediation.vocabulary import ClockKind, Errand

READER = "notices"
logger = logging.getLogger(__name__)
GIVEN_UP = timedelta(hours=1)
"""After how long a key that never appeared counts as one whose transaction was undone."""

MOST_GAPS = 10_000
STALE = timedelta(days=3)
"""News older than this goes to the inbox only: after a long standstill nobody's telephone rings for what is past."""


def follow(at: datetime, *, most: int = 500) -> int:
    """This function will write the notices of up to ``most`` entries not read yet, and return how many it read."""
    ReadingMark.objects.get_or_create(reader=READER)
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        mark = ReadingMark.objects.select_for_update(skip_locked=skip).filter(reader=READER).first()
        if mark is None:
            return 0
        events = CaseEvent.objects.select_related("case")
        late = list(events.filter(pk__in=[int(pk) for pk in mark.gaps])) if mark.gaps else []
        fresh = list(events.filter(pk__gt=mark.reached).order_by("pk")[:most])
        told: list[Notice] = []
        unread = {event.pk for event in (*late, *fresh) if not _read(event, at, told)}
        Notice.objects.bulk_create(told, ignore_conflicts=True)
        _advance(mark, {event.pk for event in late} - unread, [event.pk for event in fresh], unread, at)
    return len(late) + len(fresh) - len(unread)


def _read(event: CaseEvent, at: datetime, told: list[Notice]) -> bool:
    """Add to ``told`` what an entry tells, and go on with the service it is about; False where that fails, which holds
    up no other entry.
    """
    try:
        found = notices_of(event, at)
        if event.move in service.HEEDED:
            with transaction.atomic():
                service.heed(event, at)
    except Exception:
        logger.exception("entry %s could not be read for notices", event.pk)
        return False
    told += found
    return True


def _advance(mark: ReadingMark, found: set[int], fresh: list[int], unread: set[int], at: datetime) -> None:
    """Note how far has been read; a key that is missing below, or could not be read, is looked for again until it is
    given up.
    """
    since = (at - GIVEN_UP).isoformat()
    gaps = {pk: missed for pk, missed in mark.gaps.items() if int(pk) not in found and missed > since}
    gaps |= {str(pk): at.isoformat() for pk in unread if str(pk) not in mark.gaps}
    if fresh:
        first = max(mark.reached + 1, fresh[-1] - MOST_GAPS)
        missing = set(range(first, fresh[-1])) - set(fresh)
        # Before the first reading there is nothing that could still be under way.
        gaps |= {str(pk): at.isoformat() for pk in missing} if mark.reached else {}
        mark.reached = fresh[-1]
    if fresh or gaps != mark.gaps:
        mark.gaps = gaps
        mark.save(update_fields=["reached", "gaps"])


def notices_of(event: CaseEvent, at: datetime) -> list[Notice]:
    """Return what the table tells of one entry on the platform of this copy, unsaved; nothing of an unknown kind."""
    case, by = event.case, Actor.from_entry(event.by)
    told: dict[str, Notice] = {}
    ends = _ends(event)
    for line in TELLS.get(event.move, ()):
        for role, seat in places(case, line.whom, by, event.facts):
            # The platform that wrote the entry rings; on the other the same news waits in the inbox.
            loud = line.loud and event.author == case.platform and event.at > at - STALE
            key = f"entry/{case.ref}/{event.number}/{role.value}/{seat}"
            told.setdefault(
                key,
                Notice(
                    platform=case.platform,
                    case=case,
                    number=event.number,
                    role=role,
                    seat=seat,
                    errand=Errand.NOTICE,
                    text=line.text,
                    values=ends.get((role, seat), {}),
                    at=event.at,
                    loud=loud,
                    next_at=at,
                    key=key,
                ),
            )
    return list(told.values())


def _ends(event: CaseEvent) -> dict[Place, dict[str, str]]:
    """Return, for every place that an entry gives or leaves a period to act in, which it is and when it ends; of
    several the earliest.
    """
    periods = {clock["kind"]: clock["due"] for clock in event.clocks}
    asked = ASKS_WITHIN.get(event.move)
    if asked and (running := event.case.sheet.get("clocks", {}).get(asked)):
        periods[asked.value] = running["due"]
    found: dict[Place, dict[str, str]] = {}
    for kind, due in sorted(periods.items(), key=lambda one: one[1]):
        # The hand-over is the platforms' own affair; a newer platform may count what is not known here.
        known = kind in ClockKind.__members__ and kind != ClockKind.RECEIPT
        for whom in REMINDS[ClockKind(kind)] if known else ():
            for place in places(event.case, whom):
                found.setdefault(place, {"until": kind, "due": due})
    return found
