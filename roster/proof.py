"""Whether the roster's tables say what its journals say: chain, signatures, head, receipts, row, sealed texts.

Lives here: reading a platform's journals and comparing. Does not live here: what a chain fault is (``chain``), how a
move changes a row (``moves``).
Called by: ``manage.py verify_journal``. Reads a few hundred rows at a time and writes nothing.

Beyond the faults of ``chain.FaultKind``: BEYOND_HEAD (an entry after the row's own head), RECEIPT (the peer has
acknowledged another entry), UNPLAYABLE, STATE and ROW (entry and row differ from the played journal), TEXT and MISSING
(a sealed text is not the one its entry names, or gone), STRAY (something of no entry, an entry of no row).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from mediation import chain
from roster import moves
from roster.lifecycle import MOVES
from roster.models import ComplaintText, RosterDelivery, RosterEvent
from roster.sealed import open_bytes

_BATCH = 200
_BROKEN = (moves.Refused, moves.Illegal, LookupError, ValueError, TypeError, AttributeError)

Fault = tuple[int, str]
Verify = Callable[[Mapping[str, Any]], bool]


@dataclass
class Book:
    """Everything the tables hold of one copy in the roster; ``told`` are the peer's words by the number told."""

    row: Any
    events: list[RosterEvent] = field(default_factory=list)
    told: list[tuple[int, Any]] = field(default_factory=list)
    texts: dict[int, ComplaintText] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the copy is called wherever cases stand beside it."""
        return f"{self.row.aggregate}/{self.row.ref}"


def books(platform: str, ref: UUID | None = None) -> Iterator[Book]:
    """Yield a platform's copies, or those of one reference; rows loaded bare, without a journal, are passed over."""
    for aggregate, table in moves.TABLES.items():
        kept = table._default_manager.filter(platform=platform).order_by("pk")
        stream = (kept.filter(ref=ref) if ref else kept).iterator(chunk_size=_BATCH)
        while batch := {row.ref: Book(row) for row in islice(stream, _BATCH)}:
            of_batch = {"platform": platform, "aggregate": aggregate, "ref__in": batch}
            for event in RosterEvent.objects.filter(**of_batch).order_by("number", "pk").iterator():
                batch[event.ref].events.append(event)
            told = RosterDelivery.objects.filter(
                event__in=RosterEvent.objects.filter(**of_batch), state=RosterDelivery.APPLIED, receipt__isnull=False
            )
            for name, number, receipt in told.order_by("pk").values_list("event__ref", "event__number", "receipt"):
                batch[name].told.append((number, receipt))
            if any(declared.text for declared in MOVES[aggregate].values()):
                texts = ComplaintText.objects.filter(complaint__platform=platform, complaint__ref__in=batch)
                for text in texts.select_related("complaint").order_by("pk"):
                    batch[text.complaint.ref].texts[text.number] = text
            yield from (book for book in batch.values() if book.events or book.row.entries)


def faults(book: Book, verify: Verify, anchor: tuple[int, str] | None = None) -> Iterator[Fault]:
    """Yield the number and kind of everything that is wrong with one copy, the first bad entry first.

    ``anchor`` is a number and hash known from elsewhere, by which a journal rolled back as a whole is found.
    """
    row, entries = book.row, [event.entry() for event in book.events]
    head = (row.entries, row.head)
    bad = [(fault.number, str(fault.kind)) for fault in chain.check_chain(entries, verify, head=head)]
    hashes = {event.number: event.hash for event in book.events}
    last = max(hashes, default=0)
    if last > row.entries:
        bad.append((row.entries + 1, "BEYOND_HEAD"))
    heads = [[number, head] for number, head in hashes.items()]
    bad += [(number, "RECEIPT") for number, said in book.told if _acknowledged(said) not in heads]
    if anchor and anchor[0] > last:
        bad.append((last + 1, "TRUNCATED"))
    elif anchor and hashes.get(anchor[0], anchor[1]) != anchor[1]:
        bad.append((anchor[0], "FORKED"))
    # A stable sort: of two faults at one entry the chain's own comes first.
    yield from sorted(dict.fromkeys(bad), key=lambda fault: fault[0])
    if not bad:
        yield from _play_faults(row, book.events)
        yield from _text_faults(book)


def _acknowledged(receipt: Any) -> list[Any]:
    return [receipt.get("number"), receipt.get("head")] if isinstance(receipt, dict) else []


def strays(platform: str, ref: UUID | None = None) -> Iterator[tuple[str, int]]:
    """Yield the name and number of a platform's entries, or those of one reference, that belong to no row."""
    for aggregate, table in moves.TABLES.items():
        kept = table._default_manager.filter(platform=platform).values("ref")
        loose = RosterEvent.objects.filter(platform=platform, aggregate=aggregate).exclude(ref__in=kept)
        for event in (loose.filter(ref=ref) if ref else loose).order_by("ref", "number").iterator():
            yield f"{aggregate}/{event.ref}", event.number


def _play_faults(row: Any, events: Iterable[RosterEvent]) -> Iterator[Fault]:
    played = moves.new(row.aggregate, row.platform, row.ref)
    for event in events:
        try:
            moves.advance(played, *moves.read(event.entry()))
        except _BROKEN:
            yield event.number, "UNPLAYABLE"
            return
        played.entries, played.head = event.number, event.hash
        if event.state != played.standing:
            yield event.number, "STATE"
    if different := moves.differences(row, played):
        yield row.entries, f"ROW {' '.join(different)}"


def _text_faults(book: Book) -> Iterator[Fault]:
    left = dict(book.texts)
    for event in book.events:
        if event.author == event.platform and MOVES[event.aggregate][event.move].text:
            text = left.pop(event.number, None)
            if text is None:
                yield event.number, "MISSING"
            elif _digest(text, event.algorithm) not in ("", event.facts.get("digest")):
                yield event.number, "TEXT"
    for number in sorted(left):
        yield number, "STRAY"


def _digest(text: ComplaintText, algorithm: str) -> str:
    """Return the digest of what is kept of a text: none once it is erased, no true one if it cannot be opened."""
    if text.erased_at:
        return "" if not text.sealed else "?"
    try:
        return chain.salted_digest(algorithm, text.salt, open_bytes(bytes(text.sealed)))
    except ValueError:
        return "?"
