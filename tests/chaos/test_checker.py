"""The checker of the chaos tests sees each kind of fault: a tool that cannot see a fault proves nothing."""

from __future__ import annotations

import sqlite3
import uuid
from collections import Counter

import pytest

from tests.chaos import checker
from tests.chaos.checker import COURT, NET, Acknowledged

REF = str(uuid.UUID(int=1))
TABLES = """
CREATE TABLE mediation_case (id INTEGER, platform TEXT, ref TEXT, state TEXT, entries INTEGER, head TEXT, frozen TEXT);
CREATE TABLE mediation_caseevent
    (platform TEXT, case_id INTEGER, number INTEGER, hash TEXT, previous TEXT, kind TEXT, key TEXT);
CREATE TABLE mediation_delivery (platform TEXT, state TEXT);
CREATE TABLE mediation_request (platform TEXT, state TEXT, key TEXT);
CREATE TABLE exchange_inbound (platform TEXT, outcome TEXT);
"""
EXPECTED = Counter(file=1, consult=1)


@pytest.fixture
def books():
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    for case, platform in enumerate((COURT, NET), 1):
        connection.execute(
            "INSERT INTO mediation_case VALUES (?, ?, ?, 'CONSULTING', 2, 'b', '')", [case, platform, REF]
        )
        for number, digest, previous, move in ((1, "a", "", "file"), (2, "b", "a", "consult")):
            row = [platform, case, number, digest, previous, f"case.{move}.v1", f"{platform}-{number}"]
            connection.execute("INSERT INTO mediation_caseevent VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO mediation_delivery VALUES (?, 'APPLIED')", [platform])
    yield connection
    connection.close()


def faults(books):
    told = [Acknowledged(COURT, REF, f"{COURT}-2", asked=False)]
    return checker.check({COURT: books, NET: books}, [REF], told, EXPECTED)


def test_equal_books_have_no_fault(books):
    assert faults(books) == []


@pytest.mark.parametrize(
    ("harm", "seen"),
    [
        ("DELETE FROM mediation_case WHERE platform = 'investornet'", "has no copy"),
        ("DELETE FROM mediation_caseevent WHERE case_id = 2 AND number = 1", "gap"),
        ("UPDATE mediation_caseevent SET previous = 'x' WHERE case_id = 1 AND number = 2", "does not follow"),
        ("UPDATE mediation_case SET head = 'x' WHERE id = 2", "the head is not the last entry"),
        ("UPDATE mediation_case SET frozen = 'why' WHERE id = 2", "frozen"),
        ("UPDATE mediation_case SET state = 'READY' WHERE id = 2", "the copies differ"),
        ("UPDATE mediation_caseevent SET kind = 'case.file.v1' WHERE number = 2", "doubled: file"),
        ("UPDATE mediation_caseevent SET key = 'other' WHERE number = 2", "was acknowledged"),
        ("UPDATE mediation_delivery SET state = 'WAITING'", "not acknowledged by the peer"),
        ("INSERT INTO exchange_inbound VALUES ('courtplatform', 'PARKED')", "envelopes not applied"),
    ],
)
def test_each_fault_is_seen(books, harm, seen):
    books.execute(harm)

    found = faults(books)

    assert [fault for fault in found if seen in fault], found
