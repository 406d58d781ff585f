"""The literal matrix against the door: every state, move, role and track."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mediation import moves
from mediation.actor import Actor
from mediation.lifecycle import FINAL as FINAL_STATES
from mediation.lifecycle import MOVES, OWNERS
from mediation.lifecycle_page import arrows
from mediation.models import Case
from mediation.platform import home_of
from mediation.vocabulary import Role, State, Track
from tests.lifecycle.matrix import ADDED, FINAL, MATRIX, OPEN, PLANNED

TRACKS = dict(zip("ABCD", Track, strict=True))
REF = "11111111-1111-4111-8111-111111111111"
ORGANISATION = "22222222-2222-4222-8222-222222222222"
ACTING = {
    Role.PARTY: Actor(Role.PARTY, REF, "", "courtplatform"),
    Role.AGENT: Actor(Role.AGENT, REF, "", "courtplatform"),
    Role.MEDIATOR: Actor(Role.MEDIATOR, REF, ORGANISATION, "investornet"),
    Role.ORGANISATION: Actor(Role.ORGANISATION, "desk", ORGANISATION, "investornet"),
}
STATED: dict[str, Any] = {
    "court": "沪74",
    "organisation": ORGANISATION,
    "parties": [{"ref": REF, "side": "APPLICANT"}],
    "agents": [{"ref": REF, "for": [REF]}],
}


def case_in(state: str, track: Track) -> Case:
    """Return an unsaved case in a state, in which ``REF`` holds every part a person can hold."""
    case = Case(platform="courtplatform", track=track.value, court="沪74", organisation=ORGANISATION)
    case.__dict__["state"] = state
    case.sheet = {
        "parties": {REF: {"side": "APPLICANT"}},
        "agents": {REF: {"for": {REF: "SPECIAL"}}},
        "mediators": [REF],
    }
    return case


def acting(role: Role, state: str, move: moves.Move) -> Actor:
    """Return somebody who holds this role in the case: the platform and its clocks on the side that owns the state, or
    that a creating move leads to.
    """
    if role in (Role.PLATFORM, Role.CLOCK):
        owned = state or (move.targets[0] if move.creates else "")
        home = home_of(OWNERS[State(owned)]) if owned in OWNERS else "courtplatform"
        return Actor(role, home, home, home)
    return ACTING.get(role, Actor(role, "staff", "沪74", "courtplatform"))


def is_refused(case: Case, move: moves.Move, by: Actor) -> bool:
    """Tell whether the door refuses this move by this actor before it even looks at facts."""
    try:
        moves.check_standing(case, move, by, STATED)
    except moves.Refused:
        return True
    return False


def test_every_move_has_a_row_in_the_matrix() -> None:
    assert set(MATRIX) == set(MOVES)


def test_every_planned_move_exists_and_every_other_was_added_on_purpose() -> None:
    assert set(PLANNED.split()) | set(ADDED.split()) == set(MOVES)
    assert not set(PLANNED.split()) & set(ADDED.split())


def test_matrix_names_every_state_once() -> None:
    assert sorted((*OPEN.split(), *FINAL.split())) == sorted(State)
    assert set(FINAL.split()) == FINAL_STATES


def differing_from_the_matrix(name: str) -> list[tuple[str, str, str]]:
    """Return every state, track and role in which the door does otherwise than the matrix says of a move."""
    sources, _targets, roles, tracks = MATRIX[name]
    allowed_tracks = {TRACKS[letter] for letter in tracks}
    creates = sources == ""
    wrong = []

    for state, track, role in product(("", *State), Track, Role):
        expected = (
            state in (sources.split() or [""]) and role.value in roles.split() and (creates or track in allowed_tracks)
        )
        case = case_in(state, track)
        if creates:
            case.track = ""
        if is_refused(case, MOVES[name], acting(role, state, MOVES[name])) == expected:
            wrong.append((state, track.value, role.value))
    return wrong


@pytest.mark.parametrize("name", MATRIX)
def test_door_allows_exactly_what_the_matrix_says(name: str) -> None:
    assert differing_from_the_matrix(name) == []


def test_same_comparison_sees_a_rule_table_with_one_state_or_one_role_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    recall = MOVES["recall"]

    monkeypatch.setitem(MOVES, "recall", replace(recall, sources=(*recall.sources, State.ACCEPTED)))
    wider = differing_from_the_matrix("recall")
    monkeypatch.setitem(MOVES, "recall", replace(recall, by=frozenset({*recall.by, Role.JUDGE})))
    laxer = differing_from_the_matrix("recall")

    assert {(state, role) for state, _track, role in wider} == {("ACCEPTED", "CLERK")}
    assert {(state, role) for state, _track, role in laxer} == {("DELEGATED", "JUDGE")}


@pytest.mark.parametrize("name", MATRIX)
def test_move_leads_exactly_where_the_matrix_says(name: str) -> None:
    targets = MATRIX[name][1]

    assert {target.value for target in MOVES[name].targets} == (set() if targets == "=" else set(targets.split()))


@pytest.mark.parametrize("name", MATRIX)
def test_page_draws_no_arrow_that_the_matrix_does_not_have(name: str) -> None:
    sources, targets, _roles, _tracks = MATRIX[name]

    drawn = arrows(MOVES[name])

    assert {source or "" for source, _ in drawn} <= set(sources.split() or [""])
    assert {target for _, target in drawn} <= set(targets.split())
    assert drawn or set(targets.split()) <= {"=", *sources.split()}


def test_page_draws_only_what_really_happens() -> None:
    assert arrows(MOVES["consent"]) == [(State.CONSULTING, State.READY)]
    assert arrows(MOVES["sign"]) == [(State.SIGNING, State.SETTLED)]
    assert arrows(MOVES["lapse_reply"]) == [(State.DELEGATED, State.READY), (State.APPLIED, State.RETURNED)]


@pytest.mark.parametrize("name", [name for name in MATRIX if not MOVES[name].creates])
def test_nobody_who_has_no_part_in_the_case_makes_any_move(name: str) -> None:
    stranger = "33333333-3333-4333-8333-333333333333"
    outsiders = [Actor(role, stranger, "京74", "elsewhere") for role in Role if role is not Role.OUTSIDER]

    for state, track, by in product(MATRIX[name][0].split(), Track, outsiders):
        assert is_refused(case_in(state, track), MOVES[name], by), (state, track, by.role)


def test_every_move_cites_law_and_every_guard_says_what_to_do() -> None:
    for move in MOVES.values():
        assert move.law, move.name
        for guard in move.guards:
            assert guard.reason, guard.code
            assert guard.remedy, guard.code
            assert guard.law, guard.code
