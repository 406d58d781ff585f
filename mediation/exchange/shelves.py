"""What the two platforms hold copies of: cases, and each kind of aggregate of the roster, all of them with journals.

Lives here: everything in which these kinds differ when two books are compared, lent from and mended. Does not live
here: comparing (``digests``), asking and mending (``reconcile``), the ordinary post (``inbox``, ``outbox``,
``rosters``).
Called by: digests and reconcile, which know no kind.

A copy is named by its key: the bare reference of a case, ``<aggregate>/<reference>`` in the roster.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from mediation import guards, moves
from mediation.chain import PublicKey, SealingPublicKey
from mediation.exchange import envelope, rosters, vouching
from mediation.exchange.models import Inbound, Outcome, Peer, Receipt
from mediation.exchange.peers import RESTORING
from mediation.lifecycle import MOVES
from mediation.models import Case, CaseEvent, Delivery, Enclosure, NumberSeries
from mediation.numbers import CaseNumber, CaseNumberError
from mediation.platform import home_of
from roster import moves as door
from roster.lifecycle import STAYS_HOME
from roster.models import RosterDelivery, RosterEvent

Row = tuple[str, int, str]


class Shelf(ABC):
    """One kind of copies with journals. A row, of whichever kind, has ``ref``, ``entries``, ``head`` and ``frozen``."""

    name = ""

    @property
    def prefix(self) -> str:
        """What the keys of this shelf begin with."""
        return f"{self.name}/" if self.name else ""

    def key(self, row: Any) -> str:
        """Return the key of a copy."""
        return f"{self.prefix}{row.ref}"

    @abstractmethod
    def in_flight(self, platform: str, most: int) -> list[str]:
        """Return the keys of copies with an entry the peer has not acknowledged, at most so many."""

    @abstractmethod
    def heads(self, platform: str, low: uuid.UUID, high: uuid.UUID) -> Iterable[Row]:
        """Return (key, number, head) of the shared copies in a range of references, as the journal itself says."""

    @abstractmethod
    def cut_off(self, platform: str, most: int) -> list[Any]:
        """Return shared copies whose own last entry is not in this platform's journal any more."""

    @abstractmethod
    def row(self, platform: str, ref: uuid.UUID) -> Any | None:
        """Return this platform's copy, or None."""

    @abstractmethod
    def reached(self, platform: str, refs: Iterable[str]) -> dict[str, int]:
        """Return by key the number of the last entry of the copies held of these references."""

    @abstractmethod
    def journal(self, row: Any) -> QuerySet[Any]:
        """Return the entries of a copy in order."""

    @abstractmethod
    def lend(
        self, row: Any, events: Sequence[Any], epoch: int, peer: str, key: SealingPublicKey
    ) -> list[dict[str, Any]]:
        """Return these entries as envelopes for the peer, with what it may read."""

    @abstractmethod
    def proofs(self, row: Any) -> list[dict[str, Any]]:
        """Return the receipts given and held for a copy's entries, in the order of the journal."""

    @abstractmethod
    def was_told(self, row: Any, after: int) -> bool:
        """Tell whether the peer has once acknowledged an entry after this one."""

    @abstractmethod
    def tell_again(self, row: Any, after: int, at: datetime) -> None:
        """Make the telling of every entry after this one due now."""

    @abstractmethod
    def take(
        self, peer: Peer, item: dict[str, Any], entry: dict[str, Any], trusted: dict[str, PublicKey], at: datetime
    ) -> None:
        """Apply one entry the peer lent, whoever wrote it."""

    @abstractmethod
    def settle(self, row: Any, at: datetime, *, read_only: bool) -> None:
        """Do what is owed once a lent tail is applied, or hold the copy until the comparison has ended."""

    @abstractmethod
    def freeze(self, row: Any, why: str) -> None:
        """Stop all moves on a copy until a human has looked."""

    @abstractmethod
    def hold(self, platform: str) -> None:
        """Hold every copy that can differ from the peer's after a restore."""

    @abstractmethod
    def release(self, platform: str, at: datetime) -> None:
        """Let the copies go on that only waited for the comparison, and do what is then owed."""


class Cases(Shelf):
    """The cases."""

    def in_flight(self, platform: str, most: int) -> list[str]:
        """See ``Shelf``."""
        open_now = Delivery.objects.filter(platform=platform).exclude(state=Delivery.APPLIED)
        return [str(ref) for ref in open_now.values_list("case__ref", flat=True).distinct()[:most]]

    def heads(self, platform: str, low: uuid.UUID, high: uuid.UUID) -> Iterable[Row]:
        """See ``Shelf``."""
        found = CaseEvent.objects.filter(
            platform=platform,
            case__platform=platform,
            case__shared=True,
            number=F("case__entries"),
            case__ref__gte=low,
            case__ref__lte=high,
        ).values_list("case__ref", "number", "hash")
        return ((str(ref), number, head) for ref, number, head in found.iterator())

    def cut_off(self, platform: str, most: int) -> list[Any]:
        """See ``Shelf``."""
        last = CaseEvent.objects.filter(case=OuterRef("pk"), number=OuterRef("entries"), hash=OuterRef("head"))
        return list(Case.objects.of(platform).filter(~Exists(last), shared=True)[:most])

    def row(self, platform: str, ref: uuid.UUID) -> Case | None:
        """See ``Shelf``."""
        return Case.objects.of(platform).filter(ref=ref).first()

    def reached(self, platform: str, refs: Iterable[str]) -> dict[str, int]:
        """See ``Shelf``."""
        found = Case.objects.of(platform).filter(ref__in=list(refs)).values_list("ref", "entries")
        return {str(ref): number for ref, number in found}

    def journal(self, row: Any) -> QuerySet[Any]:
        """See ``Shelf``."""
        return CaseEvent.objects.filter(case=row).select_related("case").order_by("number")

    def lend(
        self, row: Any, events: Sequence[Any], epoch: int, peer: str, key: SealingPublicKey
    ) -> list[dict[str, Any]]:
        """See ``Shelf``."""
        held: dict[int | None, list[Enclosure]] = {}
        for part in Enclosure.objects.filter(case=row, number__in=[event.number for event in events]):
            held.setdefault(part.number, []).append(part)
        return [
            envelope.of_entry(
                event, held.get(event.number, []), uuid.uuid5(row.ref, str(event.number)), epoch, peer, key
            )
            for event in events
        ]

    def proofs(self, row: Any) -> list[dict[str, Any]]:
        """See ``Shelf``."""
        given = Inbound.objects.filter(
            platform=row.platform, ref=str(row.ref), outcome=Outcome.APPLIED, number__gt=0, kind__startswith="case."
        )
        held = Receipt.objects.filter(case=row, outcome=Outcome.APPLIED, number__gt=0)
        return [
            *given.order_by("number").values_list("receipt", flat=True),
            *held.order_by("number").values_list("body", flat=True),
        ]

    def was_told(self, row: Any, after: int) -> bool:
        """See ``Shelf``."""
        return Receipt.objects.filter(case=row, number__gt=after, outcome=Outcome.APPLIED).exists()

    def tell_again(self, row: Any, after: int, at: datetime) -> None:
        """See ``Shelf``."""
        deliveries = Delivery.objects.filter(case=row, number__gt=after).exclude(state=Delivery.PARKED)
        deliveries.update(state=Delivery.WAITING, next_at=at)

    def take(
        self, peer: Peer, item: dict[str, Any], entry: dict[str, Any], trusted: dict[str, PublicKey], at: datetime
    ) -> None:
        """See ``Shelf``."""
        if entry["platform"] == peer.peer and not peer.read_only:
            vouching.check(peer.platform, peer.peer, entry)
        carried = envelope.carried_in(item, peer.platform)
        moves.replay(peer.platform, entry, carried, at=at, own=True, trusted=trusted)
        if entry["platform"] == peer.platform:
            _take_number(peer.platform, entry)

    def settle(self, row: Any, at: datetime, *, read_only: bool) -> None:
        """See ``Shelf``."""
        if read_only:
            self.freeze(row, RESTORING)
        else:
            moves.run_errands(row, at)

    def freeze(self, row: Any, why: str) -> None:
        """See ``Shelf``."""
        if row.frozen in ("", RESTORING) and row.frozen != why:
            moves.freeze(row, why)

    def hold(self, platform: str) -> None:
        """See ``Shelf``."""
        Case.objects.of(platform).filter(shared=True, frozen="").update(frozen=RESTORING)

    def release(self, platform: str, at: datetime) -> None:
        """See ``Shelf``."""
        held = Case.objects.of(platform).filter(frozen=RESTORING)
        for case in list(held.filter(sheet__handed_over__gt="")):
            Case.objects.filter(pk=case.pk).update(frozen="")
            case.refresh_from_db()
            if case.owner is not None and home_of(case.owner) == platform and guards.is_awaiting_receipt(case):
                moves.run_errands(case, at)
        held.update(frozen="")


class RosterShelf(Shelf):
    """The copies of one kind of aggregate of the roster."""

    def __init__(self, aggregate: str) -> None:
        self.name = aggregate
        self.table = door.TABLES[aggregate]._default_manager

    def in_flight(self, platform: str, most: int) -> list[str]:
        """See ``Shelf``."""
        open_now = RosterDelivery.objects.filter(platform=platform, event__aggregate=self.name)
        open_now = open_now.exclude(state=RosterDelivery.APPLIED)
        return [f"{self.prefix}{ref}" for ref in open_now.values_list("event__ref", flat=True).distinct()[:most]]

    def heads(self, platform: str, low: uuid.UUID, high: uuid.UUID) -> Iterable[Row]:
        """See ``Shelf``."""
        found = (
            self.table.filter(platform=platform, shared=True, entries__gt=0, ref__gte=low, ref__lte=high)
            .annotate(said=Subquery(self._last(platform).values("hash")[:1]))
            .exclude(said=None)
            .values_list("ref", "entries", "said")
        )
        return ((f"{self.prefix}{ref}", number, head) for ref, number, head in found.iterator())

    def _last(self, platform: str) -> QuerySet[RosterEvent]:
        return RosterEvent.objects.filter(
            platform=platform, aggregate=self.name, ref=OuterRef("ref"), number=OuterRef("entries")
        )

    def cut_off(self, platform: str, most: int) -> list[Any]:
        """See ``Shelf``."""
        last = self._last(platform).filter(hash=OuterRef("head"))
        return list(self.table.filter(~Exists(last), platform=platform, shared=True, entries__gt=0)[:most])

    def row(self, platform: str, ref: uuid.UUID) -> Any | None:
        """See ``Shelf``."""
        return self.table.filter(platform=platform, ref=ref).first()

    def reached(self, platform: str, refs: Iterable[str]) -> dict[str, int]:
        """See ``Shelf``."""
        found = self.table.filter(platform=platform, ref__in=list(refs)).values_list("ref", "entries")
        return {f"{self.prefix}{ref}": number for ref, number in found}

    def journal(self, row: Any) -> QuerySet[Any]:
        """See ``Shelf``."""
        return rosters.journal(row).order_by("number")

    def lend(
        self, row: Any, events: Sequence[Any], epoch: int, peer: str, key: SealingPublicKey
    ) -> list[dict[str, Any]]:
        """See ``Shelf``."""
        return [
            rosters.envelope_of(event, uuid.uuid5(row.ref, f"{self.name} {event.number}"), epoch, peer)
            for event in events
        ]

    def proofs(self, row: Any) -> list[dict[str, Any]]:
        """See ``Shelf``."""
        given = Inbound.objects.filter(
            platform=row.platform, ref=str(row.ref), outcome=Outcome.APPLIED, kind__startswith=f"roster.{self.name}."
        )
        held = self._told(row, 0)
        return [
            *given.order_by("number").values_list("receipt", flat=True),
            *held.order_by("event__number").values_list("receipt", flat=True),
        ]

    def _told(self, row: Any, after: int) -> QuerySet[RosterDelivery]:
        return self._deliveries(row, after).filter(receipt__outcome=Outcome.APPLIED.value)

    def _deliveries(self, row: Any, after: int) -> QuerySet[RosterDelivery]:
        return RosterDelivery.objects.filter(event__in=rosters.journal(row).filter(number__gt=after))

    def was_told(self, row: Any, after: int) -> bool:
        """See ``Shelf``."""
        return self._told(row, after).exists()

    def tell_again(self, row: Any, after: int, at: datetime) -> None:
        """See ``Shelf``."""
        deliveries = self._deliveries(row, after).exclude(state=RosterDelivery.PARKED)
        deliveries.update(state=RosterDelivery.WAITING, next_at=at)

    def take(
        self, peer: Peer, item: dict[str, Any], entry: dict[str, Any], trusted: dict[str, PublicKey], at: datetime
    ) -> None:
        """See ``Shelf``."""
        rosters.take_back(peer.platform, self.name, entry, at, trusted)

    def settle(self, row: Any, at: datetime, *, read_only: bool) -> None:
        """See ``Shelf``: what came back is held by ``rosters.take_back`` and made up for once all of it is back."""

    def freeze(self, row: Any, why: str) -> None:
        """See ``Shelf``."""
        if row.pk and (not row.frozen or row.frozen.startswith(RESTORING)) and row.frozen != why:
            door.freeze(row, why)

    def hold(self, platform: str) -> None:
        """See ``Shelf``: rows the peer did not know of when the backup was made may have been pushed since."""
        self.table.filter(platform=platform, frozen="").update(frozen=RESTORING)

    def release(self, platform: str, at: datetime) -> None:
        """See ``Shelf``: ``rosters.make_up`` does what is owed, once every shelf is released."""
        self.table.filter(platform=platform, frozen=RESTORING).update(frozen="")


CASES = Cases()
ROSTER = {aggregate: RosterShelf(aggregate) for aggregate in door.TABLES if aggregate not in STAYS_HOME}
SHELVES: tuple[Shelf, ...] = (CASES, *ROSTER.values())


def find(key: str) -> tuple[Shelf | None, str]:
    """Return the shelf that a key or the prefix of a bucket names, None for an unknown one, and the rest of it."""
    name, slash, rest = key.rpartition("/")
    return (ROSTER.get(name) if slash else CASES), rest


def locate(key: Any) -> tuple[Shelf, uuid.UUID] | None:
    """Return the shelf and the reference that a key names, or None where it is not written in the one right way."""
    if not isinstance(key, str):
        return None
    shelf, ref = find(key)
    return (shelf, uuid.UUID(ref)) if shelf and envelope.is_ref(ref) else None


def key_of(kind: str, ref: str) -> str:
    """Return the key of what an envelope of this kind is about."""
    return f"{kind.split('.')[1]}/{ref}" if kind.startswith(rosters.FAMILY) else ref


def _take_number(platform: str, entry: dict[str, Any]) -> None:
    """Never hand out again a case number that a lost entry of ours had handed out."""
    declared = MOVES[str(entry["kind"]).split(".")[1]]
    text = entry["facts"].get("number")
    if not declared.allocates or not text:
        return
    try:
        number = CaseNumber.parse(text)
    except CaseNumberError:
        return
    run = {"platform": platform, "court": number.court, "year": number.year, "code": number.code}
    NumberSeries.objects.bulk_create([NumberSeries(**run)], ignore_conflicts=True)
    NumberSeries.objects.filter(**run, last__lt=number.serial).update(last=number.serial)
