"""Every state has exactly one owner, can be reached, and is waited for while a case rests there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from mediation import clocks, moves
from mediation.actor import Actor
from mediation.lifecycle import CLOCKS, FINAL, LAPSES, MOVES, OWNERS, SPANS
from mediation.models import Case, Clock
from mediation.platform import home_of
from mediation.vocabulary import Role, Seat, State, Track
from tests.mediation.stories import ROUTES, Story, World, assert_whole, rests, walk


@pytest.mark.parametrize("state", State)
def test_state_is_owned_or_final_and_never_both(state: State) -> None:
    assert (state in OWNERS) != (state in FINAL)


def test_every_seat_owns_states_and_sits_on_one_platform() -> None:
    homes = {seat: home_of(seat) for seat in Seat}

    assert set(OWNERS.values()) == set(Seat)
    assert homes == {Seat.COURT: "courtplatform", Seat.ORGANISATION: "investornet"}


def test_every_state_is_reached_by_some_walk() -> None:
    assert {state for route in ROUTES.values() for state in route} == set(State)


def assert_owner_is_waited_for(story: Story, track: Track, state: State) -> None:
    """Check both copies of a case that rests in a state, its clocks, and that somebody may lead it on."""
    case = story.case
    assert_whole(case)
    if case.shared:
        assert story.copy("courtplatform").head == story.copy("investornet").head
        for platform in ("courtplatform", "investornet"):
            assert_whole(story.copy(platform))
    clocks = list(Clock.objects.filter(case=case, state=Clock.RUNNING))
    next_moves = [
        move for move in MOVES.values() if state in move.sources and track in move.tracks and move.name != "receive"
    ]
    if state in FINAL:
        assert clocks == []
        assert next_moves == []
    else:
        assert all(clock.due_at > story.at and clock.owned for clock in clocks)
        assert clocks, "nothing is waited for"
        assert any(target != state for move in next_moves if move.by_people for target in move.targets)


def partly_settled(world: World, track: Track) -> Story:
    """Return a story whose parties have signed an agreement on part of the dispute."""
    story = walk(world, State.MEDIATING, track)
    story.propose(full=False)
    story.sign()
    return story


def is_waited_for(case: Case, everybody: list[Actor], at: datetime) -> bool:
    """Tell whether the case goes on: its clock lapses, or somebody may now, all conditions judged, lead it elsewhere or
    do what it waits for.
    """
    if any(clocks.lapse_of(case, kind) for kind in case.sheet["clocks"]):
        return True
    able = [move for by in everybody for move, why in moves.options(case, by, at) if why is None]
    return any(move.opens or set(move.targets) - {State(case.state)} for move in able)


@pytest.mark.parametrize("track", ROUTES)
def test_case_can_rest_in_every_state_is_then_waited_for_and_never_by_its_mediator_alone(
    world: World, track: Track
) -> None:
    rested = []

    for state, told in rests(world, track):
        rested.append(state)
        partial = state is State.SETTLED and track is not Track.OFFLINE
        assert_owner_is_waited_for(told, track, state)
        for story in (told, *([partly_settled(world, track)] if partial else [])) if state in OWNERS else ():
            people = [story.party(ref) for ref in story.people]
            everybody = [*people, world.clerk, world.judge, world.leader, world.desk]
            assert is_waited_for(story.case, everybody, story.at), state

    assert sorted(rested) == sorted(ROUTES[track])


def test_same_question_finds_a_case_that_only_its_mediator_could_lead_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = partly_settled(world, Track.ENTRUSTED)
    everybody = [*(story.party(ref) for ref in story.people), world.clerk, world.judge, world.desk]

    monkeypatch.setitem(MOVES, "split", replace(MOVES["split"], by=frozenset({Role.MEDIATOR})))

    assert not is_waited_for(story.case, everybody, story.at)


def test_every_clock_of_a_state_is_reckoned_somewhere() -> None:
    started = {kind for clocks in CLOCKS.values() for kind, _ in clocks}

    assert set(SPANS) <= started | {"SUPPLEMENT"}
    assert set(CLOCKS) <= set(OWNERS)
    for kind, lapses in LAPSES.items():
        for state, move in lapses.items():
            assert Role.CLOCK in MOVES[move].by, (kind, move)
            assert state in MOVES[move].sources, (kind, state, move)


@pytest.mark.parametrize("move", [move for move in MOVES.values() if Role.CLOCK in move.by], ids=lambda move: move.name)
def test_every_move_of_a_clock_is_some_clocks_lapse(move: object) -> None:
    assert move.name in {name for lapses in LAPSES.values() for name in lapses.values()}  # type: ignore[attr-defined]
