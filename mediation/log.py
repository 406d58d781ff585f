"""The local log: a platform's own business that never crosses, chained per case.

Lives here: appending and checking entries. Does not live here: the case journal (``moves``).
Called by: windows (who revealed or read what), exchange (delivery and file traces), notices (what was sent).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from mediation import chain
from mediation.actor import Actor
from mediation.models import LocalEntry

_TRIES = 20


def note(
    platform: str, chain_ref: str, kind: str, *, by: Actor, at: datetime, facts: dict[str, Any] | None = None
) -> LocalEntry:
    """This function will append one entry to a chain of the local log: of a case by its reference, or "" for the
    platform's own.

    Two writers of one chain race for the number; the loser takes the next one.
    """
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                return _append(platform, chain_ref, kind, by, at, facts or {})
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _append(platform: str, chain_ref: str, kind: str, by: Actor, at: datetime, facts: dict[str, Any]) -> LocalEntry:
    last = LocalEntry.objects.filter(platform=platform, chain=chain_ref).order_by("-number").first()
    entry = LocalEntry(
        platform=platform,
        chain=chain_ref,
        number=last.number + 1 if last else 1,
        at=at,
        kind=kind,
        by=by.entry(),
        facts=facts,
        previous=last.hash if last else chain.GENESIS,
        algorithm=settings.JOURNAL_ALGORITHM,
    )
    entry.hash = chain.entry_hash(entry.body(), entry.algorithm)
    entry.save(force_insert=True)
    return entry


def faults(entries: Iterable[LocalEntry]) -> Iterator[tuple[int, str]]:
    """Yield the number and kind of every entry of one whole chain, in order of number, that was altered, removed,
    inserted or put elsewhere.
    """
    previous, expected = chain.GENESIS, 1
    for entry in entries:
        if entry.number != expected:
            yield expected, "REMOVED"
        if entry.previous != previous:
            yield entry.number, "UNLINKED"
        if chain.entry_hash(entry.body(), entry.algorithm) != entry.hash:
            yield entry.number, "ALTERED"
        previous, expected = entry.hash, entry.number + 1
