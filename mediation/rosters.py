"""The roster's door as the windows and commands use it: with this deployment's keys and a case's kind of actor.

Lives here: the hand with which a platform writes, and thin calls of ``roster.moves``. Does not live here: any rule of
the roster, sending (``exchange.rosters``).
Called by: platforms' actions, adminkit, windows, tasks, ``load_reference``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from mediation import keyring
from mediation.actor import Actor
from mediation.platform import installed, peer_of, seats_of
from roster import inventory, moves
from roster.models import RosterEvent
from roster.moves import Hand, Outcome


def hand(platform: str) -> Hand:
    """Return with what a platform of this deployment writes; raises ImproperlyConfigured if it has no key here."""
    return Hand(platform, seats_of(platform), keyring.signer(platform), settings.JOURNAL_ALGORITHM)


def perform(
    row: Any,
    move: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
    text: str = "",
) -> RosterEvent:
    """This function will make one move on a row of the roster and return the journal entry.

    Raises ``roster.moves.Refused`` (with code, reason, law and remedy), its Overtaken, or ``roster.facts.Malformed``;
    then nothing is written. ``seen`` is the entry number the actor had before them.
    """
    return moves.perform(row, move, by=by, at=at, hand=hand(row.platform), facts=facts, seen=seen, text=text)


def perform_each(
    platform: str,
    rows: Iterable[Any],
    move: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """This function will make the same move on up to a hundred rows, each for itself, and say what became of each."""
    return moves.perform_each(rows, move, by=by, at=at, hand=hand(platform), facts=facts)


def push_batch(
    platform: str, rows: Iterable[Any], courts: Sequence[str], *, by: Actor, at: datetime
) -> tuple[UUID, list[Outcome]]:
    """This function will push up to a hundred files to courts as one batch, and return its reference with what became
    of each (N-4.4a).
    """
    return moves.push_batch(rows, courts, by=by, at=at, hand=hand(platform))


def sweep(at: datetime) -> int:
    """This function will close ended terms and spread recognitions on every platform here; returns how many."""
    return sum(moves.sweep(config.code, at, hand(config.code)) for config in installed())


def open_books(platforms: Iterable[str], at: datetime) -> int:
    """This function will begin the journals of rows that were loaded bare on these platforms of this deployment and
    return how many; where both are named, each hears the other's at once, elsewhere the post tells.
    """
    hands = {code: hand(code) for code in platforms}
    begun = 0
    for code, writer in hands.items():
        events = inventory.open_books(at, writer)
        begun += len(events)
        if (peer := peer_of(code)) in hands:
            inventory.hear_books(events, hands[peer], keyring.trusted(code, at), at)
    return begun
