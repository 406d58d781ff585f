"""The page of promises names tests that exist: for each promise one that tries it and one that would see it broken."""

from __future__ import annotations

import ast
from functools import cache

from script.benchmark.reliability import PAGE, Promise, promises
from script.run_stack import ROOT

DEMANDED = {"R1", *(f"R{number}" for number in range(3, 16)), "S1", "S2", "S3"}


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file; none if there is no such file."""
    source = ROOT / path
    tree = ast.parse(source.read_text(encoding="utf-8")) if source.exists() else ast.Module([], [])
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def missing(rows: list[Promise]) -> list[str]:
    """Return the tests that are named and do not exist."""
    named = [test for row in rows for test in (*row.tests, *row.controls)]
    return [test for test in named if test.partition("::")[2] not in names_in(test.partition("::")[0])]


def test_every_promise_has_a_row_with_a_test_and_another_as_its_negative_control() -> None:
    rows = list(promises(PAGE.read_text(encoding="utf-8")))

    assert sorted(row.name for row in rows) == sorted(DEMANDED)
    assert [row.name for row in rows if not row.what or not row.tests or not row.controls] == []
    assert [row.name for row in rows if set(row.tests) & set(row.controls)] == []


def test_every_test_the_page_names_exists() -> None:
    assert missing(list(promises(PAGE.read_text(encoding="utf-8")))) == []


def test_a_name_that_is_not_there_is_seen() -> None:
    here = "tests/architecture/test_reliability.py::test_a_name_that_is_not_there_is_seen"
    page = f"| R1 | nothing is lost | `{here}` | `tests/nowhere.py::test_it`, `{here}_today` | – |"

    assert missing(list(promises(page))) == ["tests/nowhere.py::test_it", f"{here}_today"]
