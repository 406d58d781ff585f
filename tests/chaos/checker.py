"""Reads both books with plain SQL and says what is wrong between them. Imports nothing of the application.

Works on any DB-API connection: PostgreSQL's two databases, or twice the one SQLite file of the embedded default.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

COURT, NET = "courtplatform", "investornet"


@dataclass(frozen=True)
class Acknowledged:
    """What the driver was told: this order of this case was written down, or asked of the owner, on this platform."""

    platform: str
    ref: str
    key: str
    asked: bool


@dataclass
class Copy:
    """One platform's copy of a case as the rows say."""

    state: str
    entries: int
    head: str
    frozen: str
    events: list[tuple[int, str, str, str]] = field(default_factory=list)


def ask(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of one question."""
    cursor = connection.cursor()
    cursor.execute(sql)
    found = list(cursor.fetchall())
    cursor.close()
    return found


def read(connection: Any, platform: str) -> dict[str, Copy]:
    """Return the platform's whole book by case reference."""
    cases = ask(
        connection, f"SELECT id, ref, state, entries, head, frozen FROM mediation_case WHERE platform = '{platform}'"
    )
    book = {row[0]: Copy(*row[2:]) for row in cases}
    refs = {row[0]: str(uuid.UUID(str(row[1]))) for row in cases}
    for case, *event in ask(
        connection,
        "SELECT case_id, number, hash, previous, kind FROM mediation_caseevent"
        f" WHERE platform = '{platform}' ORDER BY case_id, number",
    ):
        if case in book:
            book[case].events.append((event[0], event[1], event[2], event[3]))
    return {refs[case]: copy for case, copy in book.items()}


OF_ITSELF = {("deliver_agreement", 1)}
"""What a platform writes by itself once it comes to it: nobody orders it, and it stands in a journal once at most."""


def unfinished(connection: Any, platform: str) -> int:
    """Return how much the peer has not acknowledged yet."""
    told = ask(
        connection, f"SELECT count(*) FROM mediation_delivery WHERE platform = '{platform}' AND state <> 'APPLIED'"
    )
    asked = ask(
        connection, f"SELECT count(*) FROM mediation_request WHERE platform = '{platform}' AND state = 'WAITING'"
    )
    return int(told[0][0] + asked[0][0])


def check(
    connections: Mapping[str, Any],
    refs: Iterable[str],
    acknowledged: Iterable[Acknowledged],
    expected: Counter[str] | None,
) -> list[str]:
    """Return everything that is lost, doubled, out of order or different; empty when both books are as they must be.

    ``expected`` is how often each kind of entry must stand in each case, no matter how often anybody tried.
    """
    books = {platform: read(connection, platform) for platform, connection in connections.items()}
    wrong: list[str] = []
    for ref in refs:
        copies = {platform: book.get(ref) for platform, book in books.items()}
        for platform, copy in copies.items():
            if copy is None:
                wrong.append(f"{ref}: lost, {platform} has no copy")
            else:
                wrong += [f"{ref} on {platform}: {fault}" for fault in _faults(copy, expected)]
        mine, theirs = copies[COURT], copies[NET]
        if mine and theirs and (mine.head, mine.entries, mine.state) != (theirs.head, theirs.entries, theirs.state):
            wrong.append(f"{ref}: the copies differ, #{mine.entries} {mine.state} and #{theirs.entries} {theirs.state}")
        if mine and theirs and mine.events != theirs.events:
            wrong.append(f"{ref}: the journals differ")
    return wrong + _lost(connections, acknowledged) + _open(connections)


def _faults(copy: Copy, expected: Counter[str] | None) -> list[str]:
    faults = []
    numbers = [event[0] for event in copy.events]
    if numbers != list(range(1, copy.entries + 1)):
        faults.append(f"gap: {copy.entries} entries, numbers {numbers}")
    previous = ""
    for number, digest, before, _kind in copy.events:
        if before != previous:
            faults.append(f"entry {number} does not follow the one before it")
        previous = digest
    if previous != copy.head:
        faults.append("the head is not the last entry")
    if copy.frozen:
        faults.append(f"frozen: {copy.frozen}")
    found = Counter(event[3].split(".")[1] for event in copy.events)
    for kind in sorted({*(expected or found), *found}):
        if expected is not None and found[kind] != expected[kind] and (kind, found[kind]) not in OF_ITSELF:
            faults.append(
                f"{'doubled' if found[kind] > expected[kind] else 'lost'}: {kind} {found[kind]} times,"
                f" not {expected[kind]}"
            )
    return faults


def _lost(connections: Mapping[str, Any], acknowledged: Iterable[Acknowledged]) -> list[str]:
    held: dict[tuple[str, bool], Counter[str]] = {}
    for platform, connection in connections.items():
        for asked, table in ((False, "mediation_caseevent"), (True, "mediation_request")):
            rows = ask(connection, f"SELECT key FROM {table} WHERE platform = '{platform}' AND key IS NOT NULL")
            held[platform, asked] = Counter(row[0] for row in rows)
    wrong = []
    for told in acknowledged:
        times = held[told.platform, told.asked][told.key]
        if times != 1:
            wrong.append(f"{told.ref}: {told.key} was acknowledged by {told.platform} and stands there {times} times")
    return wrong


def _open(connections: Mapping[str, Any]) -> list[str]:
    wrong = []
    for platform, connection in connections.items():
        if left := unfinished(connection, platform):
            wrong.append(f"{platform}: {left} not acknowledged by the peer")
        parked = ask(
            connection, f"SELECT count(*) FROM exchange_inbound WHERE platform = '{platform}' AND outcome <> 'APPLIED'"
        )
        if parked[0][0]:
            wrong.append(f"{platform}: {parked[0][0]} envelopes not applied")
    return wrong
