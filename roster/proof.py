"""Whether the roster's tables say what its journals say: chain, signatures, head, row.

Lives here: reading a platform's journals and comparing. Does not live here: what a chain fault is (``chain``), how a
journal is played (``moves``).
Called by: ``manage.py verify_journal``. Reads a few hundred rows at a time and writes nothing.

Beyond the faults of ``chain.FaultKind``: ROW (the row differs from its played journal), UNPLAYABLE, STRAY (an entry of
no row), RECEIPT (the peer has acknowledged another entry under this number).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from mediation import chain
from roster import moves
from roster.models import RosterDelivery, RosterEvent

_BATCH = 200
_BROKEN = (moves.Refused, moves.Illegal, LookupError, ValueError, TypeError, AttributeError)


def faults(
    platform: str, verify: Callable[[Mapping[str, Any]], bool], ref: UUID | None = None
) -> Iterator[tuple[str, str, int, str]]:
    """Yield (aggregate, ref, number, kind) of everything that is wrong with a platform's roster; rows that were loaded
    bare and have no journal are passed over.
    """
    for aggregate, table in moves.TABLES.items():
        kept = table._default_manager.filter(platform=platform).order_by("pk")
        stream = (kept.filter(ref=ref) if ref else kept).iterator(chunk_size=_BATCH)
        while rows := {row.ref: row for row in islice(stream, _BATCH)}:
            journals: dict[UUID, list[RosterEvent]] = defaultdict(list)
            found = RosterEvent.objects.filter(platform=platform, aggregate=aggregate, ref__in=rows)
            for event in found.order_by("number", "pk").iterator():
                journals[event.ref].append(event)
            for row in rows.values():
                for number, kind in _faults_of(row, journals[row.ref], verify):
                    yield aggregate, str(row.ref), number, kind
        strays = RosterEvent.objects.filter(platform=platform, aggregate=aggregate).exclude(ref__in=kept.values("ref"))
        for event in (strays.filter(ref=ref) if ref else strays).order_by("ref", "number").iterator():
            yield aggregate, str(event.ref), event.number, "STRAY"
    told = RosterDelivery.objects.filter(platform=platform, state=RosterDelivery.APPLIED, receipt__isnull=False)
    for delivery in (told.filter(event__ref=ref) if ref else told).select_related("event").iterator():
        if (delivery.receipt["number"], delivery.receipt["head"]) != (delivery.event.number, delivery.event.hash):
            later = RosterEvent.objects.filter(
                platform=platform, aggregate=delivery.event.aggregate, ref=delivery.event.ref,
                number=delivery.receipt["number"], hash=delivery.receipt["head"],
            )  # fmt: skip
            if not later.exists():
                yield delivery.event.aggregate, str(delivery.event.ref), delivery.event.number, "RECEIPT"


def _faults_of(
    row: Any, events: list[RosterEvent], verify: Callable[[Mapping[str, Any]], bool]
) -> Iterator[tuple[int, str]]:
    if not events and not row.entries:
        return
    entries = [event.entry() for event in events]
    broken = [
        (fault.number, str(fault.kind)) for fault in chain.check_chain(entries, verify, head=(row.entries, row.head))
    ]
    yield from broken
    if broken:
        return
    try:
        played = moves.fold(row.platform, entries)
    except _BROKEN:
        yield len(entries), "UNPLAYABLE"
        return
    if different := moves.differences(row, played):
        yield row.entries, f"ROW {', '.join(different)}"
