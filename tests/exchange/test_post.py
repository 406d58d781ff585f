"""The post in ordinary weather: whole cases over all tracks, first contact, requests, receipts."""

from __future__ import annotations

import pytest

from mediation.exchange import desk, outbox
from mediation.exchange.models import Receipt
from mediation.models import Delivery
from mediation.vocabulary import State, Track
from tests.exchange.stories import assert_equal_copies, walk
from tests.mediation.stories import COURT, NET, World

ENDS = [
    (Track.DELEGATED, State.CONFIRMED),
    (Track.DELEGATED, State.DOCKETED),
    (Track.ENTRUSTED, State.DECREED),
    (Track.ENTRUSTED, State.TRIAL_RESUMED),
    (Track.DIRECT, State.CONFIRMED),
    (Track.DIRECT, State.DOCKETED),
    (Track.OFFLINE, State.PERFORMED),
]


@pytest.mark.parametrize(("track", "state"), ENDS, ids=lambda value: str(value))
def test_a_case_walks_through_both_platforms_and_the_copies_are_equal(world: World, track: Track, state: State) -> None:
    story = walk(world, state, track)

    outbox.post_all(story.at)

    assert story.state is state
    assert_equal_copies()
    assert all(desk.confirmed(story.copy(platform))[1] for platform in (COURT, NET))
    assert Receipt.objects.count() == Delivery.objects.count()
