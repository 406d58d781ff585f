"""Playing a journal gives exactly the row, whatever chance makes people try; a refused move leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation import moves
from mediation.facts import Malformed
from mediation.lifecycle import FINAL
from mediation.models import Case, Request
from mediation.vocabulary import State, Track
from tests.lifecycle.matrix import MATRIX
from tests.lifecycle.test_matrix import TRACKS
from tests.mediation.chance import Attempt, Chance
from tests.mediation.stories import PLACES, ROUTES, Story, World, assert_whole, snapshot, walk

ENTRANCES = {
    Track.DELEGATED: State.FILED,
    Track.ENTRUSTED: State.FILED,
    Track.DIRECT: State.APPLIED,
    Track.OFFLINE: State.SETTLED,
}


def make(attempt: Attempt, story: Story) -> bool:
    """Make an attempt at the story's present instant; tell whether it was accepted. Anything but a refusal fails."""
    try:
        moves.perform(
            attempt.case, attempt.move, by=attempt.by, at=story.at, facts=attempt.facts, enclosures=attempt.enclosures
        )
    except (moves.Refused, Malformed):
        return False
    return True


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 2**32 - 1), place=st.sampled_from([place for place in PLACES if place[1] not in FINAL]))
def test_journal_played_from_the_start_gives_the_row(world: World, seed: int, place: tuple[Track, State]) -> None:
    random = Random(seed)
    story = walk(world, place[1], place[0])
    chance = Chance(story, random)

    for _ in range(20):
        story.at += timedelta(hours=random.choice([1, 1, 1, 5, 30, 24 * 9]))
        story.sweep(story.at)
        if story.state in FINAL:
            break
        attempt = chance.sensible() if random.random() < 0.8 else chance.wild()
        before = snapshot(attempt.case)
        if make(attempt, story):
            story.wire()
        else:
            assert snapshot(attempt.case) == before

    for case in Case.objects.filter(ref=story.ref):
        assert_whole(case)
    heads = set(Case.objects.filter(ref=story.ref).values_list("head", "entries"))
    assert len(heads) == 1


def is_wrong(attempt: Attempt) -> bool:
    """Tell by the literal matrix alone whether an attempt must be refused whatever its facts."""
    sources, _targets, roles, tracks = MATRIX[attempt.move]
    case = attempt.case
    return not (
        case.state in sources.split()
        and attempt.by.role.value in roles.split()
        and case.track in {TRACKS[letter] for letter in tracks}
    )


def test_wrong_attempts_are_all_refused_and_leave_no_trace(world: World) -> None:
    random = Random(20240304)
    tried = 0

    for state in State:
        track = random.choice([track for track, route in ROUTES.items() if state in route])
        story = walk(world, state, track)
        chance = Chance(story, random)
        copies = list(Case.objects.filter(ref=story.ref))
        before = [snapshot(case) for case in copies]
        for _ in range(85):
            attempt = chance.wild()
            if is_wrong(attempt):
                tried += 1
                assert not make(attempt, story), attempt
        assert [snapshot(case) for case in copies] == before

    assert tried >= 2000


def test_anything_at_all_may_be_stated_without_breaking_the_door(world: World) -> None:
    random = Random(7)
    answers = {True: 0, False: 0}
    places = iter(random.sample([place for place in PLACES if place[1] not in FINAL], 14))

    for _ in range(14):
        track, state = next(places)
        story = walk(world, state, track)
        chance = Chance(story, random)
        for _ in range(50):
            attempt = chance.wild()
            answers[make(attempt, story)] += 1
        story.wire()
        for case in Case.objects.filter(ref=story.ref):
            assert_whole(case)

    assert answers[False] > answers[True]
    assert not Request.objects.filter(move="").exists()


@pytest.mark.parametrize("track", Track)
def test_every_entrance_starts_its_journal_with_entry_one(world: World, track: Track) -> None:
    story = walk(world, ENTRANCES[track], track)

    assert story.case.entries == 1
    assert story.case.events.get().previous == ""
