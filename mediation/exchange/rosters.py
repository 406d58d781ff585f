"""The post of the roster: entries of files, listings, recognitions and complaints in the envelopes of the cases.

Lives here: gathering such entries, reading what the peer says of them, hearing the peer's, taking back what was lost
and making up for it. Does not live here: the batch and the line (``outbox``, ``inbox``), the rules (``roster.moves``),
comparing (``reconcile``).
Called by: outbox and inbox, wherever the kind of an envelope begins with ``roster.``; shelves, reconcile, the desk.

Same family: numbers and heads on receipts, APPLIED repeated verbatim, early entries wait, forks and breaches park.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from mediation import chain, log, moves, rosters
from mediation.actor import Actor
from mediation.chain import PublicKey
from mediation.exchange import envelope
from mediation.exchange.models import Outcome, Peer
from mediation.exchange.peers import RESTORING
from roster import moves as door
from roster.facts import Malformed
from roster.lifecycle import MOVES
from roster.models import RosterDelivery, RosterEvent

FAMILY = "roster."
LONGEST_WAIT = timedelta(seconds=30)
MOST_REFS = 500
RETURNED = f"{RESTORING} #"
"""Why a row is held whose lost entries have come back, followed by the number of the first of them."""

Key = tuple[str, UUID]


@dataclass
class Letter:
    """One envelope to be sent and the row it is sent for."""

    row: RosterDelivery
    body: dict[str, Any]


def is_one(item: dict[str, Any]) -> bool:
    """Tell whether an envelope is of the roster's family."""
    return str(item["kind"]).startswith(FAMILY)


# Telling.


def gather(peer: Peer, at: datetime, most: int, room: int) -> list[Letter]:
    """Return the next letters in journal order per aggregate, none overtaking an older one: at most a hundred of them,
    so that a push of the whole roster leaves the line to the cases, and at most ``room`` bytes.
    """
    letters: list[Letter] = []
    for row in _heads_of_line(peer.platform, at, min(most, door.MOST_AT_ONCE)):
        body = envelope_of(row.event, row.envelope, peer.own_epoch, peer.peer)
        room -= len(chain.canonical(body))
        if letters and room < 0:
            break
        letters.append(Letter(row, body))
    return letters


def envelope_of(event: RosterEvent, name: UUID, epoch: int, audience: str) -> dict[str, Any]:
    """Return the envelope of an entry for the peer."""
    return {**event.entry(), "id": str(name), "epoch": epoch, "source": event.platform, "audience": audience}


def _heads_of_line(code: str, at: datetime, most: int) -> list[RosterDelivery]:
    due = RosterDelivery.objects.filter(platform=code, state=RosterDelivery.WAITING, next_at__lte=at)
    keys: list[Key] = list(
        dict.fromkeys(due.order_by("attempts", "id").values_list("event__aggregate", "event__ref")[:most])
    )
    refs = [ref for _aggregate, ref in keys]
    open_now = RosterDelivery.objects.filter(platform=code, event__ref__in=refs).exclude(state=RosterDelivery.APPLIED)
    standing: dict[Key, list[RosterDelivery]] = defaultdict(list)
    for row in open_now.select_related("event").order_by("event__number"):
        standing[row.event.aggregate, row.event.ref].append(row)
    chosen: list[RosterDelivery] = []
    for key in keys:
        for row in standing[key]:
            if row.state == RosterDelivery.PARKED or row.next_at > at or len(chosen) == most:
                break
            chosen.append(row)
    return chosen


def read(letters: list[Letter], given: dict[str, dict[str, Any]], at: datetime) -> None:
    """Note what the receipts say, all in one transaction; what got none simply waits."""
    with transaction.atomic():
        for letter in letters:
            receipt = given.get(letter.body["id"])
            if receipt is None:
                continue
            row = RosterDelivery.objects.filter(pk=letter.row.pk)
            row.update(receipt=receipt, why=receipt["why"], attempts=F("attempts") + 1)
            if receipt["outcome"] == Outcome.APPLIED:
                row.update(state=RosterDelivery.APPLIED)
            elif receipt["outcome"] == Outcome.PARKED:
                row.update(state=RosterDelivery.PARKED)
                _freeze(letter.row.event, f"对方未接收第 {letter.body['number']} 条流水：{receipt['why']}")
            else:
                _wait(letter.row, receipt, at)
            if not _is_our_head(letter, receipt):
                _freeze(letter.row.event, f"第 {receipt['number']} 条流水与对方不一致")


def _is_our_head(letter: Letter, receipt: dict[str, Any]) -> bool:
    held = journal(letter.row.event).filter(number=receipt["number"]).values_list("hash", flat=True).first()
    return held is None or held == receipt["head"]


def _wait(row: RosterDelivery, receipt: dict[str, Any], at: datetime) -> None:
    """Try again later; where the peer lacks entries of ours before this one, tell it of those again."""
    pause = min(timedelta(seconds=2 ** min(row.attempts, 5)), LONGEST_WAIT)
    RosterDelivery.objects.filter(pk=row.pk).update(next_at=at + pause)
    lacking = journal(row.event).filter(number__gt=receipt["number"], number__lt=row.event.number)
    RosterDelivery.objects.filter(event__in=lacking, state=RosterDelivery.APPLIED).update(
        state=RosterDelivery.WAITING, next_at=at
    )


def journal(about: Any) -> QuerySet[RosterEvent]:
    """Return the entries of the copy that a row is, or that an entry is about."""
    return RosterEvent.objects.filter(platform=about.platform, aggregate=about.aggregate, ref=about.ref)


def _freeze(event: RosterEvent, why: str) -> None:
    row = door.locked_row(event.platform, event.aggregate, event.ref)
    if row.pk and not row.frozen:
        door.freeze(row, why)


def try_again(code: str, at: datetime) -> int:
    """This function will make everything of the roster that waits or is parked due now and return how much that is."""
    due = RosterDelivery.objects.filter(~Q(state=RosterDelivery.APPLIED), platform=code)
    return due.update(state=RosterDelivery.WAITING, next_at=at)


# Hearing.


def lock(platform: str, item: dict[str, Any]) -> Any:
    """Return the row an envelope is about, locked, or one not yet written; a kind unknown here has no row."""
    aggregate = str(item["kind"]).split(".")[1] if item["kind"].count(".") else ""
    return door.locked_row(platform, aggregate, UUID(item["ref"])) if aggregate in MOVES else Nowhere()


@dataclass
class Nowhere:
    """What stands in the place of a row of a kind that this platform does not know."""

    pk: None = None
    entries: int = 0
    head: str = ""
    frozen: str = ""


def hear(platform: str, source: str, item: dict[str, Any], row: Any, at: datetime, trusted: Any) -> None:
    """Apply one entry of the peer's roster to the locked row; raises ``moves.Early`` or ``moves.Illegal``."""
    entry = envelope.entry_of(item)
    if entry["platform"] != source:
        raise moves.Illegal("author")
    if isinstance(row, Nowhere):
        raise moves.Illegal("kind")
    _apply(platform, entry, row, at, trusted)


def _apply(
    platform: str,
    entry: dict[str, Any],
    row: Any,
    at: datetime,
    trusted: Mapping[str, PublicKey],
    *,
    lent: bool = False,
) -> None:
    try:
        with transaction.atomic():
            door.replay(entry, hand=rosters.hand(platform), at=at, trusted=trusted, row=row, lent=lent)
    except (door.Refused, Malformed, IntegrityError) as ours:
        # What this platform owes in answer went wrong, or its own tables are in the way: not the peer's breach.
        raise moves.Refused("error", str(ours)) from ours
    except door.Early as early:
        raise moves.Early(early.expected) from early
    except door.Illegal as wrong:
        raise moves.Illegal(wrong.code) from wrong


def note_breach(row: Any, number: int, code: str) -> None:
    """Freeze the copy about which the peer said something illegal."""
    if row.pk and not row.frozen:
        door.freeze(row, f"对方第 {number} 条流水未通过校验：{code}")


# What was lost comes back.


def take_back(
    platform: str, aggregate: str, entry: dict[str, Any], at: datetime, trusted: Mapping[str, PublicKey]
) -> None:
    """Apply one entry the peer lent, and hold the row, naming the first such entry, until ``make_up``: what is owed
    after it may have come back too, or be still to come.
    """
    with transaction.atomic():
        row = door.locked_row(platform, aggregate, UUID(entry["ref"]))
        before = row.entries
        _apply(platform, entry, row, at, trusted, lent=True)
        if row.entries > before and row.frozen in ("", RESTORING):
            door.freeze(row, f"{RETURNED}{row.entries}")


def make_up(platform: str, at: datetime) -> int:
    """This function will do what this platform owes after the entries that came back, as far as none of them shows
    that it was done, let the rows go on and return how many; what cannot be done freezes the row it is owed after.
    """
    with transaction.atomic():
        since: dict[Key, int] = {}
        for aggregate, table in door.TABLES.items():
            held = table._default_manager.select_for_update().filter(platform=platform, frozen__startswith=RETURNED)
            for ref, frozen in held.values_list("ref", "frozen"):
                since[aggregate, ref] = int(frozen.removeprefix(RETURNED))
            held.update(frozen="")
        hand, answers, kinds = rosters.hand(platform), set[int](), list(door.TABLES)
        # Of the same instant organisations come before their mediators, as whoever pushed both has told them.
        told = sorted(
            _returned(platform, since),
            key=lambda event: (event.at, kinds.index(event.aggregate), event.number, event.ref),
        )
        for event in told:
            try:
                door.make_up(event, hand=hand, at=at, answers=answers)
            except (door.Refused, Malformed, IntegrityError) as wrong:
                _freeze(event, f"第 {event.number} 条流水取回后未能补办：{getattr(wrong, 'code', wrong)}")
    return len(since)


def _returned(platform: str, since: Mapping[Key, int]) -> list[RosterEvent]:
    refs = sorted({ref for _aggregate, ref in since})
    found: list[RosterEvent] = []
    for place in range(0, len(refs), MOST_REFS):
        events = RosterEvent.objects.filter(platform=platform, ref__in=refs[place : place + MOST_REFS])
        for event in events.order_by("number").iterator():
            if event.number >= since.get((event.aggregate, event.ref), event.number + 1):
                found.append(event)
    return found


# For the people who run the post.


def waiting(platform: str) -> QuerySet[RosterDelivery]:
    """Return entries of the roster that the peer has not acknowledged, oldest first."""
    return _told(platform, RosterDelivery.WAITING)


def parked(platform: str) -> QuerySet[RosterDelivery]:
    """Return entries of the roster that the peer refused as a breach of protocol."""
    return _told(platform, RosterDelivery.PARKED)


def retried(platform: str) -> QuerySet[RosterDelivery]:
    """Return waiting entries of the roster that have been told more than once, most often first."""
    return waiting(platform).filter(attempts__gt=1).order_by("-attempts", "id")


def _told(platform: str, state: str) -> QuerySet[RosterDelivery]:
    return RosterDelivery.objects.filter(platform=platform, state=state).select_related("event").order_by("since", "id")


def frozen(platform: str) -> dict[str, QuerySet[Any]]:
    """Return by aggregate the rows of the roster in which nothing may happen until a human has looked."""
    return {
        aggregate: table._default_manager.filter(platform=platform).exclude(frozen="").order_by("id")
        for aggregate, table in door.TABLES.items()
    }


def named(platform: str, ref: UUID) -> list[Any]:
    """Return the rows of the roster that bear a reference, of whichever kind: hardly ever more than one."""
    kept = (table._default_manager.filter(platform=platform, ref=ref).first() for table in door.TABLES.values())
    return [row for row in kept if row is not None]


def thaw(row: Any, *, by: Actor, at: datetime) -> int | None:
    """This function will let a frozen row of the roster go on, make what waits or is parked of it due now, note who did
    so, and return how much that is, None where it was not frozen; should the cause remain, the next envelope freezes it
    again.
    """
    with transaction.atomic():
        locked = door.locked_row(row.platform, row.aggregate, row.ref)
        if not locked.frozen:
            return None
        due = RosterDelivery.objects.filter(~Q(state=RosterDelivery.APPLIED), event__in=journal(row))
        count = due.update(state=RosterDelivery.WAITING, next_at=at)
        facts = {"frozen": locked.frozen, "count": count}
        door.freeze(locked, "")
        log.note(row.platform, str(row.ref), "exchange.thaw", by=by, at=at, facts=facts)
    return count
