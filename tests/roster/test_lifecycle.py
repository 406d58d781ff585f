"""The roster's rule table against a table written by hand; and that no state is a trap or cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from mediation import law
from mediation.vocabulary import ListingStatus, Role
from roster import guards, moves
from roster.lifecycle import LISTING, MOVES, STATES
from roster.lifecycle_page import render_roster
from tests.roster.matrix import TABLE
from tests.roster.people import START

SEAT = "沪74"


def places() -> Iterator[tuple[str, str]]:
    for aggregate, states in STATES.items():
        for state in ("", *states):
            yield aggregate, str(state)


def row_in(aggregate: str, state: str) -> Any:
    ref = uuid4()
    about: dict[str, Any] = {"organisation": {"unit": SEAT}, "mediator": {"unit": SEAT, "organisation": ref}}.get(
        aggregate, {} if aggregate in ("campaign", "recognition") else {"court": SEAT}
    )
    column = "status" if aggregate == LISTING else "state"
    return moves.TABLES[aggregate](platform="p", ref=ref, entries=1, **about, **{column: state})


def somebody(role: Role, row: Any) -> moves.Actor:
    if role in (Role.ORGANISATION, Role.MEDIATOR):
        return moves.Actor(role, str(row.ref), str(row.ref))
    return moves.Actor(role, "somebody", SEAT, SEAT)


def test_the_table_names_every_move() -> None:
    assert {aggregate: list(table) for aggregate, table in TABLE.items()} == {
        aggregate: list(table) for aggregate, table in MOVES.items()
    }


@pytest.mark.parametrize(("aggregate", "state"), list(places()))
def test_a_move_exists_exactly_where_and_for_whom_the_table_says(aggregate: str, state: str) -> None:
    row = row_in(aggregate, state)

    for name, (sources, roles) in TABLE[aggregate].items():
        here = bool(state) if sources == "*" else (state or "-") in sources.split()
        for role in Role:
            try:
                moves.check_standing(row, MOVES[aggregate][name], somebody(role, row), {})
                allowed = True
            except moves.Refused:
                allowed = False
            assert allowed == (here and role.value in roles.split()), (name, role)


@pytest.mark.parametrize(
    ("aggregate", "state", "move", "role"),
    [
        ("organisation", "VERIFIED", "edit", Role.ORGANISATION),
        ("organisation", "SUBMITTED", "approve", Role.UNIT),
        ("mediator", "VERIFIED", "verify", Role.MEDIATOR),
        ("mediator", "VERIFIED", "push", Role.UNIT),
        ("listing", "PUSHED", "confirm", Role.CLERK),
        ("complaint", "FILED", "decide", Role.COURT_LEADER),
    ],
)
def test_somebody_of_the_same_role_elsewhere_may_not(aggregate: str, state: str, move: str, role: Role) -> None:
    row = row_in(aggregate, state)
    stranger = moves.Actor(role, str(uuid4()), "elsewhere")

    with pytest.raises(moves.Refused) as refused:
        moves.check_standing(row, MOVES[aggregate][move], stranger, {})

    assert refused.value.code == "actor"


@pytest.mark.parametrize("aggregate", list(STATES))
def test_every_state_can_be_reached(aggregate: str) -> None:
    reached = {""}
    for _round in STATES[aggregate]:
        for move in MOVES[aggregate].values():
            if move.name != "take_over" and reached & set(move.sources):
                reached |= set(move.targets)

    assert reached - {""} == set(STATES[aggregate])


def test_after_removal_nobody_comes_back_by_themselves() -> None:
    leaving = [move.name for move in MOVES[LISTING].values() if ListingStatus.REMOVED in move.sources]

    assert leaving == []


def test_every_move_and_guard_cites_law_that_exists() -> None:
    for table in MOVES.values():
        for move in table.values():
            assert move.law
            assert all(law.cite(rule, START.date()) for rule in (*move.law, *(r for g in move.guards for r in g.law)))


def test_every_guard_says_why_and_what_next_in_chinese() -> None:
    found = {guard for table in MOVES.values() for move in table.values() for guard in move.guards}

    assert found
    assert {guard.code for guard in found} == {
        name for name, value in vars(guards).items() if isinstance(value, guards.Guard)
    }
    assert all(guard.reason and guard.remedy and guard.law for guard in found)


def test_the_generated_page_names_every_move() -> None:
    page = render_roster()

    assert all(f"`{name}`" in page for table in MOVES.values() for name in table)
