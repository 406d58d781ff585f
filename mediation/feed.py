"""The changes of a platform's cases and rosters in one order that never skips and never repeats.

Lives here: giving positions to what has been committed, reading on after a position, which positions are good still
after a backup was restored, writing the roster's changes. Does not live here: writing those of cases (``rows``, with
the entry itself), who may see what (``rights``), telling subscribers.
Called by: the REST windows, ``subscriptions``, ``rosters``, ``exchange.callbacks``, ``exchange.reconcile``.

A row's key is given out when it is written and can be read only when its transaction ends, so keys alone would let a
reader pass an entry by. Here whoever reads first gives positions, one reader at a time, to everything committed by
then: what gets a position later gets a higher one. Moves never wait for this, and it needs nothing of the database
but a row lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from mediation.models import CaseSet, Change, FeedHead
from roster.models import RosterEvent

AT_ONCE = 1_000
LARGEST = 2**63 - 1
A_SECOND = 1_000_000
"""How many positions a second is worth where positions begin anew after a restore: more than can be given in it."""


class Lost(Exception):
    """这一位置不是现有的变更"""

    def __init__(self, kept: int, *, undone: bool) -> None:
        super().__init__(kept)
        self.kept = kept
        """The last position before it that still says what it said."""
        self.undone = undone
        """Whether a restore undid it; otherwise it was never given."""


@dataclass(frozen=True)
class Page:
    """Changes in order, the position to go on after, and whether there is more at once."""

    changes: list[Change]
    reached: int
    more: bool


def number(platform: str) -> int:
    """This function will give positions to all changes committed by now, and return the last position given."""
    while _number_some(platform) == AT_ONCE:
        pass
    return _last(platform, LARGEST)


def _last(platform: str, most: int) -> int:
    """Return the last position given up to one. A head that was put forward has not been given yet."""
    given = Change.objects.filter(platform=platform, position__lte=most).order_by("-position")
    return given.values_list("position", flat=True).first() or 0


def check(platform: str, since: int) -> None:
    """This function will raise Lost where a reader holds a position that was never given, or that a restore undid.

    Only positions that were given to a change are ever told to a reader. One that no change has now was told by a
    platform whose database has since been replaced by an older one: what followed it is not what follows it now.
    """
    if (kept := _last(platform, since)) != since:
        head = FeedHead.objects.filter(platform=platform).values_list("position", flat=True).first() or 0
        # A restore puts the head beyond all positions it undid (``begin_anew``); what lies further was never given.
        raise Lost(kept, undone=since <= head)


def begin_anew(platform: str, at: datetime) -> None:
    """This function will put the next positions beyond all that may have been given since the backup was made.

    By the clock, because nothing in an older database tells how far the lost one had come, nor how often it was
    restored. Whoever holds a lost position is then told so (``check``), and no position says two things.
    """
    FeedHead.objects.get_or_create(platform=platform)
    with transaction.atomic():
        head = FeedHead.objects.select_for_update().get(platform=platform)
        head.position = max(head.position, int(at.timestamp()) * A_SECOND)
        head.save(update_fields=["position"])


def _number_some(platform: str) -> int:
    unnumbered = Change.objects.filter(platform=platform, position__isnull=True).order_by("pk")
    if not unnumbered.exists():
        return 0
    FeedHead.objects.get_or_create(platform=platform)
    with transaction.atomic():
        head = FeedHead.objects.select_for_update().get(platform=platform)
        # Asked anew: the reader before us may have given them their positions.
        found = list(unnumbered[:AT_ONCE])
        for change in found:
            head.position += 1
            change.position = head.position
        Change.objects.bulk_update(found, ["position"], batch_size=200)
        head.save(update_fields=["position"])
    return len(found)


def note_entries(events: Sequence[RosterEvent]) -> None:
    """This function will have readers told of entries of the roster; called in the transaction that writes them."""
    Change.objects.bulk_create(
        Change(
            platform=event.platform, aggregate=event.aggregate, row=event.ref, number=event.number, kind=event.kind,
            state=event.state, at=event.recorded_at,
        )
        for event in events
    )  # fmt: skip


def read(
    platform: str,
    cases: CaseSet | None,
    since: int,
    *,
    most: int,
    kinds: Collection[str] = (),
    books: Mapping[str, QuerySet[Any]] | None = None,
    seats: Collection[str] = (),
) -> Page:
    """This function will return up to ``most`` changes after a position, of these cases (all if None) and of what these
    seats had then, of these rows of the roster by aggregate, and of these kinds (all if none is named).
    """
    head = number(platform)
    found = Change.objects.filter(platform=platform, position__gt=since, position__lte=head)
    wanted = Q(case__isnull=False) if cases is None else Q(case__in=cases.values("pk"))
    if seats:
        wanted |= Q(case__isnull=False, seat__in=seats)
    for aggregate, held in (books or {}).items():
        wanted |= Q(case__isnull=True, aggregate=aggregate, row__in=held.values("ref"))
    found = found.filter(wanted)
    if kinds:
        found = found.filter(kind__in=kinds)
    rows = list(found.select_related("case").order_by("position")[: most + 1])
    if len(rows) > most:
        return Page(rows[:most], rows[most - 1].position or 0, more=True)
    return Page(rows, max(head, since), more=False)
