"""What import-linter cannot see: signals, clocks read below the edge, inner imports, who uses the state machine."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediation import law, vocabulary
from mediation.lifecycle import MOVES, Lifecycle
from mediation.vocabulary import Term

ROOT = Path(__file__).parents[2]
ROOMS = ("mediation", "roster", "courtplatform", "investornet")
SOURCES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.relative_to(ROOT).parts
)
# The edge: what a request, a timer or an operator starts reads the clock; everything below is told the time.
EDGE = re.compile(
    r"(tasks|views|admin|health|urls|signin|sockets?|problems|present)\.py$|/(management|portal|api|adminkit|rooms|project|inbox)[/.]|portalkit"
)
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|managers?|handlers?)$")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Return the parsed source of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """Return a file's name inside the repository."""
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the modules a tree imports, with the statements."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def clock_readings(tree: ast.AST) -> list[int]:
    """Return the lines on which a tree asks what time it is."""
    asked = {
        ("timezone", "now"),
        ("present", "now"),
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("date", "today"),
        ("timezone", "localdate"),
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = node.func.value
            name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
            told = name == "timezone" and node.func.attr == "localdate" and bool(node.args)
            if (name, node.func.attr) in asked and not told:
                found.append(node.lineno)
    return found


def inner_imports(tree: ast.AST) -> list[int]:
    """Return the lines of imports inside functions."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return sorted({node.lineno for function in functions for _, node in imports(function)})


def test_scanners_see_what_they_are_for() -> None:
    tree = ast.parse("def f():\n    import os\n    return timezone.now(), datetime.datetime.now(), date.today()")

    assert clock_readings(tree) == [3, 3, 3]
    assert inner_imports(tree) == [2]


def test_nobody_asks_the_time_below_the_edge() -> None:
    assert {
        named(path): lines
        for path in SOURCES
        if not EDGE.search(named(path)) and (lines := clock_readings(tree_of(path)))
    } == {}


def test_no_import_stands_inside_a_function() -> None:
    assert {named(path): lines for path in SOURCES if (lines := inner_imports(tree_of(path)))} == {}


def test_nothing_is_signalled() -> None:
    signals = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django_fsm.signals")
    found = {named(path) for path in SOURCES for name, _ in imports(tree_of(path)) if name.startswith(signals)}

    assert found == set()


def test_the_state_machine_is_spoken_to_by_rule_tables_and_doors_only() -> None:
    users = {
        named(path) for path in SOURCES for name, _ in imports(tree_of(path)) if name.split(".")[0] == "django_fsm"
    }

    assert users <= {f"{room}/{module}.py" for room in ("mediation", "roster") for module in ("lifecycle", "moves")}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [named(path) for path in SOURCES if FORBIDDEN_NAMES.search(path.stem)] == []


def test_every_module_says_what_lives_in_it() -> None:
    assert [
        named(path)
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree_of(path))
    ] == []


@pytest.mark.parametrize("name", MOVES)
def test_body_of_a_move_is_short(name: str) -> None:
    (table,) = [
        node
        for node in tree_of(ROOT / "mediation" / "lifecycle.py").body
        if getattr(node, "name", "") == Lifecycle.__name__
    ]
    (body,) = [node for node in table.body if isinstance(node, ast.FunctionDef) and node.name == name]  # type: ignore[attr-defined]

    assert len(body.body) <= 6, "a docstring and a few notes; conditions belong in guards"


def test_every_rule_that_a_move_or_guard_cites_exists() -> None:
    ids = {
        rule for move in MOVES.values() for rule in (*move.law, *(rule for guard in move.guards for rule in guard.law))
    }

    assert all(law.cite(rule, law.DOCKET_FIRST) for rule in ids)


def test_every_term_stands_in_the_glossary() -> None:
    glossary = ROOT / "docs" / "glossary.md"
    if not glossary.exists():
        pytest.skip("the glossary is not written yet")
    text = glossary.read_text(encoding="utf-8")
    terms = [
        value
        for value in vars(vocabulary).values()
        if isinstance(value, type) and issubclass(value, Term) and value is not Term
    ]

    assert [term.label for kind in terms for term in kind if term.label not in text] == []


def test_lifecycle_page_says_what_the_rule_table_says() -> None:
    page = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")

    assert [name for name, move in MOVES.items() if f"`{name}`" not in page or move.label not in page] == []
