"""The changes of a platform's cases in one order that never skips and never repeats.

Lives here: giving positions to what has been committed, reading on after a position. Does not live here: writing
changes (``rows``, with the entry itself), who may see which case (``rights``), telling subscribers.
Called by: the REST windows, ``exchange.callbacks``.

A row's key is given out when it is written and can be read only when its transaction ends, so keys alone would let a
reader pass an entry by. Here whoever reads first gives positions, one reader at a time, to everything committed by
then: what gets a position later gets a higher one. Moves never wait for this, and it needs nothing of the database
but a row lock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from mediation.models import CaseSet, Change, FeedHead

AT_ONCE = 1_000


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
    return FeedHead.objects.values_list("position", flat=True).filter(platform=platform).first() or 0


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


def read(platform: str, cases: CaseSet | None, since: int, *, most: int, kinds: Collection[str] = ()) -> Page:
    """This function will return up to ``most`` changes after a position, of these cases (all if None) and kinds (all if
    none is named).
    """
    head = number(platform)
    found = Change.objects.filter(platform=platform, position__gt=since, position__lte=head)
    if cases is not None:
        found = found.filter(case__in=cases.values("pk"))
    if kinds:
        found = found.filter(kind__in=kinds)
    rows = list(found.select_related("case").order_by("position")[: most + 1])
    if len(rows) > most:
        return Page(rows[:most], rows[most - 1].position or 0, more=True)
    return Page(rows, max(head, since), more=False)
