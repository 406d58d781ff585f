"""Verify all that the tables say of every case: chain, signatures, head, row, clocks, enclosures, log, peer's receipts;
and of every row of the roster that has a journal (``roster.proof`` says what its faults are).

Lives here: the reading and comparing. Does not live here: what a chain fault is (``chain.check_chain``), how a journal
is played (``moves``). Reads a few hundred cases at a time, on as many cores as there are, and writes nothing; exit code
1 if anything is wrong.

Beyond the faults of ``chain.FaultKind``: BEYOND_HEAD (an entry after the row's head), MISPLACED (another platform's
entry), STATE, UNPLAYABLE, ROW, CLOCKS (the tables differ from the played journal), ENCLOSURE (content, salt or list
differ from the entry), MISSING (own content gone without an erasure), STRAY (an enclosure, clock or delivery of no
entry), LOG (the local log's own chain is broken).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import uuid
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby, islice, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from mediation import chain, keyring, log, moves, platform
from mediation.chain import PublicKey
from mediation.exchange import receipts
from mediation.exchange.models import Outcome, Receipt
from mediation.models import Case, CaseEvent, Clock, Delivery, Enclosure, LocalEntry
from roster import proof
from roster.sealed import open_bytes

_BATCH = 200
_SHARED_CASES = 1000
_BROKEN = (moves.Refused, moves.Illegal, LookupError, ValueError, TypeError, AttributeError)

Fault = tuple[int, str]


@dataclass
class Book:
    """Everything the tables hold of one copy of a case."""

    case: Case
    events: list[CaseEvent] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


class Command(BaseCommand):
    """Print every fault, naming platform, case and entry."""

    help = (
        "Verify journals of cases and rosters, rows, clocks, enclosures and the local log; --export writes for "
        "verify_journal_offline.py."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--platform", help="only this platform's book")
        parser.add_argument("--case", help="only the case, or the row of the roster, with this reference")
        parser.add_argument(
            "--heads",
            type=Path,
            help='a file of heads known before: {"<ref>": [<number>, "<hash>"]}, "<aggregate>/<ref>" in the roster',
        )
        parser.add_argument(
            "--export",
            type=Path,
            help="write the journal of one platform here, its keys and heads beside it (.keys.json, .heads.json)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known = [config.code for config in platform.installed()]
        wanted = [options["platform"]] if options["platform"] else known
        if not set(wanted) <= set(known):
            raise CommandError(f"This deployment keeps the books of {', '.join(known)}, not of {wanted[0]}.")
        if options["export"] and len(wanted) > 1:
            raise CommandError("Name the platform whose journal is to be exported: --platform.")
        ref = _reference(options["case"])
        anchors = _anchors(options["heads"])
        verify = partial(_verify_share, wanted, anchors)
        verify_rosters = partial(_verify_rosters, wanted, anchors, ref)
        shares = [Share(ref, ref)] if ref else _shares(Case.objects.filter(platform__in=wanted).count())
        if options["export"]:
            found = _export(options["export"], wanted[0], shares, verify, verify_rosters)
        else:
            found = [*_verify_at_once(shares, verify), verify_rosters()]
        lines = [line for part in found for line in part.lines]
        lines += [
            f"{code} {name or code} #{number} LOG {kind}" for code in wanted for name, number, kind in _log(code, ref)
        ]
        met = {name for part in found for name in part.met}
        expected = [name for name in anchors if ref is None or name.rpartition("/")[2] == str(ref)]
        for name in (name for name in expected if name not in met):
            lines.append(f"{' '.join(wanted)} {name} #1 REMOVED, known until #{anchors[name][0]}")
        for line in lines:
            self.stdout.write(line)
        told = (
            f"{sum(part.entries for part in found)} entries of {sum(part.cases for part in found)} cases and "
            f"{sum(part.rows for part in found)} rows of the rosters"
        )
        if lines:
            raise CommandError(f"{told}: {len(lines)} faults")
        self.stdout.write(f"{told}: no fault")


# Sharing the work out. The copies of a case on several platforms fall to the same share, so that a signature that
# both copies bear is checked once.


@dataclass(frozen=True)
class Share:
    """The cases whose references lie between two, both included."""

    first: uuid.UUID
    last: uuid.UUID


@dataclass
class Found:
    """What one share showed: a line for each fault, how much was read, and which of the known heads were met."""

    lines: list[str] = field(default_factory=list)
    cases: int = 0
    rows: int = 0
    entries: int = 0
    met: set[str] = field(default_factory=set)


def _shares(cases: int) -> list[Share]:
    count = cases // _SHARED_CASES + 1
    bounds = [(1 << 128) * place // count for place in range(count + 1)]
    return [Share(uuid.UUID(int=low), uuid.UUID(int=high - 1)) for low, high in pairwise(bounds)]


def _verify_at_once(shares: list[Share], verify: Callable[[Share], Found]) -> list[Found]:
    """Verify the shares on as many cores as there are."""
    workers = min(os.cpu_count() or 1, len(shares))
    if workers == 1:
        return [verify(share) for share in shares]
    # A connection cannot be shared with a forked process: each opens its own.
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return pool.map(verify, shares, chunksize=1)


def _export(
    path: Path, code: str, shares: list[Share], verify: Callable[..., Found], verify_rosters: Callable[..., Found]
) -> list[Found]:
    """Verify the shares one by one, then the rosters, and write their entries, beside them the keys and the heads."""
    heads: dict[str, list[Any]] = {}
    found = []
    with path.open("w", encoding="utf-8") as journal:

        def keep(name: str, row: Any, events: list[Any]) -> None:
            heads[name] = [row.entries, row.head]
            journal.writelines(json.dumps(event.entry(), ensure_ascii=False) + "\n" for event in events)

        found = [*(verify(share, keep=keep) for share in shares), verify_rosters(keep=keep)]
    keys = {code: [key.text for key in keyring.trusted(code).values()] for code in platform.known()}
    _beside(path, "keys").write_text(json.dumps(keys))
    _beside(path, "heads").write_text(json.dumps(heads))
    return found


Keep = Callable[[str, Any, list[Any]], None]
"""What takes each copy that was read: its name, row and entries."""


def _verify_share(
    wanted: list[str], anchors: dict[str, tuple[int, str]], share: Share, keep: Keep | None = None
) -> Found:
    found = Found()
    keys = {code: keyring.trusted(code) for code in platform.known()}
    verify = _remembering(chain.verifier(keys))
    for code in wanted:
        for book in _books(code, share):
            name = str(book.case.ref)
            found.cases += 1
            found.entries += len(book.events)
            if name in anchors:
                found.met.add(name)
            found.lines += [
                f"{code} {name} #{number} {kind}" for number, kind in faults(book, verify, keys, anchors.get(name))
            ]
            if keep:
                keep(name, book.case, book.events)
    return found


def _verify_rosters(
    wanted: list[str], anchors: dict[str, tuple[int, str]], ref: uuid.UUID | None, keep: Keep | None = None
) -> Found:
    found = Found()
    verify = _remembering(chain.verifier({code: keyring.trusted(code) for code in platform.known()}))
    for code in wanted:
        for book in proof.books(code, ref):
            found.rows += 1
            found.entries += len(book.events)
            if book.name in anchors:
                found.met.add(book.name)
            found.lines += [
                f"{code} {book.name} #{number} {kind}"
                for number, kind in proof.faults(book, verify, anchors.get(book.name))
            ]
            if keep:
                keep(book.name, book.row, book.events)
        found.lines += [f"{code} {name} #{number} STRAY" for name, number in proof.strays(code, ref)]
    return found


Verify = Callable[[Mapping[str, Any]], bool]


def _remembering(verify: Verify) -> Verify:
    """Return the same check of signatures, made once where several copies of an entry bear the same one."""
    genuine: set[tuple[Any, ...]] = set()

    def remember(entry: Mapping[str, Any]) -> bool:
        seal = entry["platform"], entry["key"], entry["hash"], entry["signature"]
        if seal not in genuine:
            if not verify(entry):
                return False
            genuine.add(seal)
        return True

    return remember


def faults(
    book: Book, verify: Verify, keys: Mapping[str, Mapping[str, PublicKey]], anchor: tuple[int, str] | None = None
) -> Iterator[Fault]:
    """Yield the number and kind of everything that is wrong with one copy of a case, chain faults first."""
    case, entries = book.case, [event.entry() for event in book.events]
    bad = [
        (fault.number, str(fault.kind)) for fault in chain.check_chain(entries, verify, head=(case.entries, case.head))
    ]
    bad += [(event.number, "MISPLACED") for event in book.events if event.platform != case.platform]
    if entries and entries[-1]["number"] > case.entries:
        bad.append((case.entries + 1, "BEYOND_HEAD"))
    hashes = {event.number: event.hash for event in book.events}
    bad += _against(hashes, [*_receipt_heads(book, hashes, keys), *([anchor] if anchor else [])])
    bad += [(number, "STRAY") for number in book.deliveries if number not in hashes]
    # A stable sort: of two faults at one entry the chain's own comes first.
    yield from sorted(dict.fromkeys(bad), key=lambda fault: fault[0])
    broken = {number for number, _ in bad}
    if not bad:
        yield from _play_faults(book, entries)
    yield from _enclosure_faults(book, broken)


def _against(hashes: Mapping[int, str], known: Iterable[tuple[int, str]]) -> list[Fault]:
    """Compare a journal with numbers and hashes known from elsewhere; an empty hash only says that the entry exists."""
    last, bad = max(hashes, default=0), []
    for number, value in known:
        if number > last:
            bad.append((last + 1, "TRUNCATED"))
        elif value and hashes.get(number, value) != value:
            bad.append((number, "FORKED"))
    return bad


def _receipt_heads(
    book: Book, hashes: Mapping[int, str], keys: Mapping[str, Mapping[str, PublicKey]]
) -> Iterator[tuple[int, str]]:
    """Yield what the peer has signed for: that it applied our entry, and the head its copy then had."""
    for receipt in book.receipts:
        if receipts.is_genuine(receipt.body, keys.get(receipt.peer, {})):
            yield receipt.number, ""
            # The peer may go on writing after our entry, so its own head may be ahead of this copy.
            if receipt.body["number"] in hashes:
                yield receipt.body["number"], receipt.body["head"]


def _play_faults(book: Book, entries: list[dict[str, Any]]) -> Iterator[Fault]:
    case, played = book.case, Case(platform=book.case.platform, ref=book.case.ref)
    for event, entry in zip(book.events, entries, strict=True):
        try:
            declared, by, at, stated = moves.read(entry, hashed=True)
            moves.advance(played, declared, by, at, stated, lambda wanted, given=list(entry["clocks"]): given)  # type: ignore[misc]
        except _BROKEN:
            yield event.number, "UNPLAYABLE"
            return
        played.entries, played.head = event.number, event.hash
        if event.state != played.state:
            yield event.number, "STATE"
    if columns := moves.differences(case, played):
        yield case.entries, f"ROW {' '.join(columns)}"
    running = {clock.kind: _clock(clock) for clock in book.clocks if clock.state == Clock.RUNNING}
    if running != {kind: _sheet_clock(clock) for kind, clock in played.sheet.get("clocks", {}).items()}:
        yield case.entries, "CLOCKS"
    started = {(entry["number"], clock["kind"]): _sheet_clock(clock) for entry in entries for clock in entry["clocks"]}
    for clock in book.clocks:
        if started.get((clock.number, clock.kind)) != _clock(clock):
            yield clock.number, "STRAY"


def _clock(clock: Clock) -> tuple[Any, ...]:
    return clock.rule, clock.since, clock.due_at, clock.flag_at, clock.provisional


def _sheet_clock(clock: Mapping[str, Any]) -> tuple[Any, ...]:
    flag = datetime.fromisoformat(clock["flag"]) if clock["flag"] else None
    return (
        clock["rule"],
        datetime.fromisoformat(clock["since"]),
        datetime.fromisoformat(clock["due"]),
        flag,
        clock["provisional"],
    )


def _enclosure_faults(book: Book, broken: set[int]) -> Iterator[Fault]:
    held: dict[int, list[Enclosure]] = defaultdict(list)
    for row in book.enclosures:
        held[row.number or 0].append(row)
    for event in book.events:
        rows = held.pop(event.number, [])
        if event.number in broken:
            continue
        if [row.reference() for row in rows] != event.enclosures:
            yield event.number, "ENCLOSURE"
            continue
        for row in rows:
            if kind := _enclosure_fault(row, event):
                yield event.number, kind
    for number in held:
        yield number, "STRAY"


def _enclosure_fault(row: Enclosure, event: CaseEvent) -> str:
    if not row.sealed:
        return "MISSING" if event.author == event.platform and not row.erased_at else ""
    if row.erased_at:
        return "ENCLOSURE"
    try:
        digest = chain.salted_digest(event.algorithm, row.salt, open_bytes(bytes(row.sealed)))
    except ValueError:
        return "ENCLOSURE"
    return "" if digest == row.digest else "ENCLOSURE"


def _books(code: str, share: Share) -> Iterator[Book]:
    cases = Case.objects.of(code).filter(ref__gte=share.first, ref__lte=share.last).order_by("ref")
    stream = cases.iterator(chunk_size=_BATCH)
    while batch := {case.pk: Book(case) for case in islice(stream, _BATCH)}:
        for event in CaseEvent.objects.filter(case__in=batch).order_by("case", "number", "pk").iterator():
            event.case = batch[event.case_id].case
            batch[event.case_id].events.append(event)
        for row in Enclosure.objects.filter(case__in=batch, number__isnull=False).order_by("pk").iterator():
            batch[row.case_id].enclosures.append(row)
        for clock in Clock.objects.filter(case__in=batch).order_by("pk").iterator():
            batch[clock.case_id].clocks.append(clock)
        for case, number in Delivery.objects.filter(case__in=batch).order_by("number").values_list("case", "number"):
            batch[case].deliveries.append(number)
        for receipt in Receipt.objects.filter(case__in=batch, number__gt=0, outcome=Outcome.APPLIED).iterator():
            batch[receipt.case_id].receipts.append(receipt)
        yield from batch.values()


def _log(code: str, ref: uuid.UUID | None) -> Iterator[tuple[str, int, str]]:
    entries = LocalEntry.objects.filter(platform=code).order_by("chain", "number")
    for name, several in groupby((entries.filter(chain=str(ref)) if ref else entries).iterator(), attrgetter("chain")):
        for number, kind in log.faults(several):
            yield name, number, kind


def _reference(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise CommandError(f"{text!r} is not a case's reference (a UUID).") from None


def _anchors(path: Path | None) -> dict[str, tuple[int, str]]:
    if path is None:
        return {}
    try:
        known = json.loads(path.read_text())
        return {str(ref): (int(number), str(value)) for ref, (number, value) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError) as wrong:
        raise CommandError(f"{path} cannot be read: {wrong!r}") from wrong


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}.json")
