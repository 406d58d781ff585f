"""The post of the roster: entries of files, listings, recognitions and complaints in the envelopes of the cases.

Lives here: gathering such entries, reading what the peer says of them, hearing the peer's. Does not live here: the
batch and the line (``outbox``, ``inbox``), the rules (``roster.moves``).
Called by: outbox and inbox, wherever the kind of an envelope begins with ``roster.``.

Same family: numbers and heads on receipts, APPLIED repeated verbatim, early entries wait, forks and breaches park.
"""

from __future__ import annotations

from collections import defaultdict
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
from roster import moves as door
from roster.facts import Malformed
from roster.lifecycle import MOVES
from roster.models import RosterDelivery, RosterEvent

FAMILY = "roster."
LONGEST_WAIT = timedelta(seconds=30)
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
        body = {
            **row.event.entry(),
            "id": str(row.envelope),
            "epoch": peer.own_epoch,
            "source": peer.platform,
            "audience": peer.peer,
        }
        room -= len(chain.canonical(body))
        if letters and room < 0:
            break
        letters.append(Letter(row, body))
    return letters


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
    held = _journal(letter.row.event).filter(number=receipt["number"]).values_list("hash", flat=True).first()
    return held is None or held == receipt["head"]


def _wait(row: RosterDelivery, receipt: dict[str, Any], at: datetime) -> None:
    """Try again later; where the peer lacks entries of ours before this one, tell it of those again."""
    pause = min(timedelta(seconds=2 ** min(row.attempts, 5)), LONGEST_WAIT)
    RosterDelivery.objects.filter(pk=row.pk).update(next_at=at + pause)
    lacking = _journal(row.event).filter(number__gt=receipt["number"], number__lt=row.event.number)
    RosterDelivery.objects.filter(event__in=lacking, state=RosterDelivery.APPLIED).update(
        state=RosterDelivery.WAITING, next_at=at
    )


def _journal(event: RosterEvent) -> Any:
    return RosterEvent.objects.filter(platform=event.platform, aggregate=event.aggregate, ref=event.ref)


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
    keys: dict[str, PublicKey] = dict(trusted)
    entry = envelope.entry_of(item)
    if entry["platform"] != source:
        raise moves.Illegal("author")
    if isinstance(row, Nowhere):
        raise moves.Illegal("kind")
    try:
        with transaction.atomic():
            door.replay(entry, hand=rosters.hand(platform), at=at, trusted=keys, row=row)
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


# For the people who run the post.


def waiting(platform: str) -> QuerySet[RosterDelivery]:
    """Return entries of the roster that the peer has not acknowledged, oldest first."""
    return _told(platform, RosterDelivery.WAITING)


def parked(platform: str) -> QuerySet[RosterDelivery]:
    """Return entries of the roster that the peer refused as a breach of protocol."""
    return _told(platform, RosterDelivery.PARKED)


def _told(platform: str, state: str) -> QuerySet[RosterDelivery]:
    return RosterDelivery.objects.filter(platform=platform, state=state).select_related("event").order_by("since", "id")


def frozen(platform: str) -> list[Any]:
    """Return rows of the roster in which nothing may happen until a human has looked."""
    return [
        row
        for table in door.TABLES.values()
        for row in table._default_manager.filter(platform=platform).exclude(frozen="").order_by("id")
    ]


def thaw(row: Any, *, by: Actor, at: datetime) -> int:
    """This function will let a frozen row of the roster go on, make what waits or is parked of it due now, note who did
    so, and return how much that is; should the cause remain, the next envelope freezes it again.
    """
    with transaction.atomic():
        locked = door.locked_row(row.platform, row.aggregate, row.ref)
        due = RosterDelivery.objects.filter(
            ~Q(state=RosterDelivery.APPLIED), platform=row.platform, event__aggregate=row.aggregate,
            event__ref=row.ref,
        )  # fmt: skip
        count = due.update(state=RosterDelivery.WAITING, next_at=at)
        facts = {"frozen": locked.frozen, "count": count}
        door.freeze(locked, "")
        log.note(row.platform, str(row.ref), "exchange.thaw", by=by, at=at, facts=facts)
    return count
