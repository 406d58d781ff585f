"""Playing a journal gives exactly the row, whatever chance makes people try; a refused move leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation import moves
from mediation.facts import Malformed
from mediation.lifecycle import FINAL
from mediation.models import Case, CaseEvent, Request
from mediation.vocabulary import State, Track
from tests.figures import many
from tests.lifecycle.matrix import MATRIX
from tests.lifecycle.test_matrix import TRACKS
from tests.mediation.chance import Attempt, Chance
from tests.mediation.stories import PLACES, ROUTES, Story, World, assert_whole, played, snapshot, walk
from tests.proofs import proved

PLAYS, ATTEMPTS = many(5, 1_000), many(1_000, 1_000_000)
OPEN_PLACES = [place for place in PLACES if place[1] not in FINAL]
ENTRANCES = {
    Track.DELEGATED: State.FILED,
    Track.ENTRUSTED: State.FILED,
    Track.DIRECT: State.APPLIED,
    Track.OFFLINE: State.SETTLED,
}


def make(attempt: Attempt, story: Story) -> bool:
    """Make an attempt at the story's present instant; tell whether it was accepted. Anything but a refusal fails."""
    try:
        by = proved(attempt.by, attempt.move, attempt.facts)
        moves.perform(
            attempt.case, attempt.move, by=by, at=story.at, facts=attempt.facts, enclosures=attempt.enclosures
        )
    except (moves.Refused, Malformed):
        return False
    return True


def live(world: World, random: Random, place: tuple[Track, State]) -> Story:
    """Let chance act on a case for a while; every refusal must leave no trace."""
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
    return story


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 2**32 - 1), place=st.sampled_from(OPEN_PLACES))
def test_journal_played_from_the_start_gives_the_row(world: World, seed: int, place: tuple[Track, State]) -> None:
    story = live(world, Random(seed), place)

    for case in Case.objects.filter(ref=story.ref):
        assert_whole(case)
    heads = set(Case.objects.filter(ref=story.ref).values_list("head", "entries"))
    assert len(heads) == 1


def differing_rows() -> list[Case]:
    """Return every copy of a case that is not what its journal, played from nothing, gives."""
    return [case for case in Case.objects.all() if moves.differences(case, played(case))]


def test_all_journals_played_from_nothing_give_every_row(world: World, record_property: Any) -> None:
    random = Random(11)
    for _ in range(PLAYS):
        live(world, random, random.choice(OPEN_PLACES))

    wrong, entries = differing_rows(), CaseEvent.objects.count()

    record_property(
        "figure", f"{entries:,} entries of {Case.objects.count():,} copies played, {len(wrong)} rows differ"
    )
    assert wrong == []


def test_playing_sees_a_row_that_was_changed_past_the_door(world: World) -> None:
    stories = [walk(world, State.MEDIATING) for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mediation_case SET organisation = 'x' WHERE id = %s", [stories[1].case.pk])

    assert differing_rows() == [stories[1].case]


def is_wrong(attempt: Attempt) -> bool:
    """Tell by the literal matrix alone whether an attempt must be refused whatever its facts."""
    sources, _targets, roles, tracks = MATRIX[attempt.move]
    case = attempt.case
    return not (
        case.state in sources.split()
        and attempt.by.role.value in roles.split()
        and case.track in {TRACKS[letter] for letter in tracks}
    )


def accepted_wrongly(world: World, tries: int) -> tuple[list[Attempt], int]:
    """Try at least so often, in every state, what must be refused; return what was accepted nevertheless, and in how
    many cases anything had changed after it.
    """
    random, tried, touched = Random(20240304), 0, 0
    accepted: list[Attempt] = []
    while tried < tries:
        for state in State:
            with transaction.atomic():
                track = random.choice([track for track, route in ROUTES.items() if state in route])
                story = walk(world, state, track)
                chance, copies = Chance(story, random), list(Case.objects.filter(ref=story.ref))
                # Who there is stays the same as long as nothing is accepted.
                chance.actors = partial(list, chance.actors())
                before, wrong = [snapshot(case) for case in copies], 0
                while wrong < max(40, tries // 100):
                    attempt = chance.wild(copies)
                    if is_wrong(attempt):
                        wrong += 1
                        accepted += [attempt] if make(attempt, story) else []
                tried += wrong
                touched += [snapshot(case) for case in copies] != before
                transaction.set_rollback(True)
    return accepted, touched


def test_wrong_attempts_are_all_refused_and_leave_no_trace(world: World, record_property: Any) -> None:
    accepted, touched = accepted_wrongly(world, ATTEMPTS)

    record_property("figure", f"{ATTEMPTS:,} wrong attempts, {len(accepted)} accepted, {touched} rows touched")
    assert (accepted, touched) == ([], 0)


def test_same_attempts_see_a_door_that_does_not_ask_who_stands_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "check_standing", lambda case, declared, by, stated: None)

    with pytest.raises((AssertionError, TransitionNotAllowed, KeyError, ValueError)):
        assert accepted_wrongly(world, 500) == ([], 0)


def test_anything_at_all_may_be_stated_without_breaking_the_door(world: World) -> None:
    random = Random(7)
    answers = {True: 0, False: 0}
    places = iter(random.sample(OPEN_PLACES, 10))

    for _ in range(10):
        track, state = next(places)
        story = walk(world, state, track)
        chance = Chance(story, random)
        for _ in range(40):
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
