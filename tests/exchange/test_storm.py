"""Random legal moves and requests on both copies over a bad line: once the post is empty the copies are equal.

The negative controls at the end take one promise out of the post each; the same storm must then find it.
"""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from mediation import facts, moves
from mediation.actor import Actor
from mediation.exchange import inbox, outbox
from mediation.models import Case, Delivery, Request
from mediation.platform import home_of
from mediation.vocabulary import Role, State, Track
from tests.exchange.stories import Posted, assert_equal_copies, settle
from tests.exchange.wire import FAULTS, Killed, Wire, killed_at
from tests.mediation.chance import Chance
from tests.mediation.stories import COURT, NET, World

CALM = settings(
    max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
PLACES = st.sampled_from([COURT, NET])
STARTS = st.sampled_from(
    [
        (Track.DELEGATED, "file consult agree delegate"),
        (Track.DELEGATED, "file consult agree delegate accept open_session"),
        (Track.ENTRUSTED, "file consult agree delegate accept open_session propose sign"),
        (Track.DIRECT, "apply accept open_session"),
        (Track.OFFLINE, "record_offline seek_confirmation"),
    ]
)


class Storm(RuleBasedStateMachine):
    """Two platforms, one or two cases, one bad line."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        # References are drawn the same way each time, or no storm could be blown again.
        self.draws = pytest.MonkeyPatch()
        self.draws.setattr(os, "urandom", Random(7).randbytes)
        self.wire = Wire()
        self.line = self.wire.connected()
        self.line.__enter__()
        self.stories: list[Posted] = []

    @initialize(start=STARTS)
    def begin(self, start: tuple[Track, str]) -> None:
        """Open a case and bring it to where both platforms may have a hand in it."""
        track, steps = start
        story = Posted(self.world, track)
        for step in steps.split():
            getattr(story, step)()
        story.wired = False
        self.stories.append(story)

    @property
    def at(self) -> Any:
        """The latest instant of any story."""
        return max(story.at for story in self.stories)

    @rule(seed=st.integers(0, 10**6), which=st.integers(0, 3))
    def act(self, seed: int, which: int) -> None:
        """Somebody does something sensible where the case may be written."""
        story = self.stories[which % len(self.stories)]
        story.at += timedelta(minutes=7)
        # A lagging copy may not know yet that it owns the case: nobody there could do anything.
        case = Case.objects.filter(platform=story.owner, ref=story.ref).first()
        if case is None or case.owner is None or home_of(case.owner) != case.platform:
            return
        attempt = Chance(story, Random(seed)).sensible()
        if attempt.by.via == case.platform:
            self.make(attempt.case, attempt.move, attempt.by, story, attempt.facts, attempt.enclosures)

    @rule(seed=st.integers(0, 10**6), which=st.integers(0, 3))
    def ask(self, seed: int, which: int) -> None:
        """Somebody does something sensible where the case cannot be written."""
        story, random = self.stories[which % len(self.stories)], Random(seed)
        story.at += timedelta(minutes=3)
        other = NET if story.owner == COURT else COURT
        case = Case.objects.filter(platform=other, ref=story.ref).first()
        if case is None or case.owner is None:
            return
        chance = Chance(story, random)
        staff = {COURT: (Role.CLERK, Role.JUDGE, Role.COURT_LEADER), NET: (Role.ORGANISATION, Role.MEDIATOR)}[other]
        here = [by for by in chance.actors() if by.role in (Role.PARTY, Role.AGENT, *staff)]
        options = [(by, move) for by in here for move, why in moves.options(case, by, story.at) if why is None]
        if not options:
            return
        by, move = random.choice(options)
        by = Actor(by.role, by.ref, by.seat, other)
        stated = chance.facts(move, by)
        self.make(case, move.name, by, story, stated, chance.enclosures(move, stated))

    def make(
        self, case: Case, move: str, by: Actor, story: Posted, stated: dict[str, Any], enclosures: list[Any]
    ) -> None:
        """Try; a refusal is an ordinary answer."""
        try:
            moves.perform(case, move, by=by, at=story.at, facts=stated, enclosures=enclosures)
        except (moves.Refused, facts.Malformed):
            pass

    @rule(place=PLACES, fault=st.sampled_from(FAULTS), statement=st.integers(1, 60))
    def post(self, place: str, fault: str, statement: int) -> None:
        """One platform posts; the line does something to it."""
        self.wire.fault, self.wire.statement = fault, statement
        outbox.post(place, self.at)
        self.pass_time(seconds=9)

    @rule(place=PLACES, statement=st.integers(1, 40))
    def post_and_die(self, place: str, statement: int) -> None:
        """One platform posts and its worker is killed somewhere on the way."""
        self.wire.fault = "none"
        try:
            with killed_at(statement):
                outbox.post(place, self.at)
        except Killed:
            self.pass_time(seconds=9)

    @rule(which=st.integers(0, 9))
    def late_arrival(self, which: int) -> None:
        """What was held back arrives, out of turn."""
        self.wire.deliver_held(which, self.at)

    @rule(hours=st.integers(1, 60))
    def sweep(self, hours: int) -> None:
        """Time goes by and clocks run out."""
        self.pass_time(seconds=3600 * hours)
        for place in (COURT, NET):
            moves.sweep(place, self.at)

    @rule(start=STARTS)
    def second(self, start: tuple[Track, str]) -> None:
        """A second case begins while the first is under way, the line being good for a while."""
        if len(self.stories) == 2:
            return
        at = self.at
        self.wire.fault = "none"
        story = Posted(self.world, start[0], at=at)
        self.stories.append(story)
        for step in start[1].split():
            getattr(story, step)()
        story.wired = False

    def pass_time(self, seconds: int) -> None:
        """Let time pass in every story."""
        at = self.at + timedelta(seconds=seconds)
        for story in self.stories:
            story.at = at

    def teardown(self) -> None:
        """Let the line be good and look at what has become of the two books."""
        try:
            if self.stories:
                self.wire.fault = "none"
                settle(self.at + timedelta(seconds=30))
                assert_equal_copies()
        finally:
            self.line.__exit__(None, None, None)
            self.draws.undo()
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)


def blow(world: World, calm: settings = CALM) -> None:
    """Let one storm blow."""
    run_state_machine_as_test(type("Storm", (Storm,), {"world": world}), settings=calm)


@pytest.mark.slow
def test_after_any_storm_the_copies_are_equal_and_nothing_is_parked(world: World) -> None:
    blow(world)

    assert not Case.objects.exists()


# Negative controls.

ROUGH = settings(
    CALM, max_examples=40, phases=[Phase.generate], verbosity=Verbosity.quiet, print_blob=False, derandomize=True
)
"""The same storms each time: whether they find what was taken out of the post is not left to luck."""


def test_the_storm_finds_an_outbox_that_forgets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = outbox._tell

    def tell_and_forget(peer: Any, batch: list[outbox.Item], at: Any) -> int:
        Delivery.objects.filter(pk__in=[item.row.pk for item in batch if isinstance(item.row, Delivery)]).update(
            state=Delivery.APPLIED
        )
        return tell(peer, batch, at)

    monkeypatch.setattr(outbox, "_tell", tell_and_forget)

    with pytest.raises(AssertionError):
        blow(world, ROUGH)


def test_a_receiver_that_does_not_know_its_letters_again_does_a_request_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Posted(world, Track.DELEGATED)
    for step in ["file", "consult", "agree", "delegate", "accept"]:
        getattr(story, step)()
    asked = Actor(Role.PARTY, story.respondent, "", COURT)
    told = {"party": story.respondent, "e_service": True}
    moves.perform(story.copy(COURT), "confirm_address", by=asked, at=story.at, facts=told)
    wire = Wire("unanswered")

    def times_confirmed() -> int:
        with wire.connected():
            outbox.post(COURT, story.at)
            settle(story.at + timedelta(seconds=30))
        return sum(event.move == "confirm_address" for event in story.copy(NET).events.all())

    with transaction.atomic():
        once = times_confirmed()
        transaction.set_rollback(True)
    wire.fault = "unanswered"
    perform = moves.perform
    monkeypatch.setattr(inbox, "_written_before", lambda *given: None)
    monkeypatch.setattr(inbox.Inbound.objects, "filter", lambda **given: [])
    monkeypatch.setattr(inbox.Inbound.objects, "bulk_create", lambda rows: None)
    monkeypatch.setattr(moves, "perform", lambda *given, key=None, **more: perform(*given, **more))
    with transaction.atomic():
        twice = times_confirmed()
        transaction.set_rollback(True)

    assert (once, twice) == (1, 2)
    assert Request.objects.get().state == Request.WAITING
    assert story.state is State.ACCEPTED
