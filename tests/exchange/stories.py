"""Cases that travel by the real post: the stories of ``tests.mediation`` without their short wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from mediation.exchange import outbox, transports
from mediation.exchange.inbox import Answer
from mediation.exchange.models import Inbound, Outcome
from mediation.models import Case, CaseEvent, Delivery, Request
from mediation.vocabulary import EnclosureKind, State, Track
from tests.mediation.stories import AGREEMENT, COURT, DIGEST, NET, ROUTES, Story, World, assert_whole, enclosed

Carry = Callable[[str, str, str, dict[str, str], bytes, datetime], Answer]


@dataclass
class Posted(Story):
    """A story whose entries and requests are carried by the post."""

    def propose(self, **facts: Any) -> None:
        terms = {"digest": DIGEST, "full": True, "acknowledged": True, **facts}
        self.go("propose_agreement", self.world.lead, enclosed(EnclosureKind.AGREEMENT, AGREEMENT), **terms)

    def wire(self) -> None:
        """Post until nothing moves."""
        if self.wired:
            outbox.post_all(self.at)


def walk(world: World, until: State, track: Track = Track.DELEGATED, **circumstances: Any) -> Posted:
    """Return a posted story that has come to rest in a state of a track."""
    story = Posted(world, track, **circumstances)
    steps: list[str] = []
    state: State | None = until
    while state is not None:
        state, step = ROUTES[track][state]
        steps.insert(0, step)
    for step in steps:
        getattr(story, step)()
    return story


def settle(at: datetime, rounds: int = 60) -> datetime:
    """Post with time passing until nothing waits any more; returns the instant reached."""
    for _ in range(rounds):
        outbox.post_all(at)
        if (
            not Delivery.objects.filter(state=Delivery.WAITING).exists()
            and not Request.objects.filter(state=Request.WAITING).exists()
        ):
            break
        at += timedelta(seconds=31)
    return at


def assert_equal_copies() -> None:
    """Assert that the post is empty, nothing is parked or frozen, and both copies of every shared case are equal."""
    left = [(row.platform, row.number, row.state, row.why) for row in Delivery.objects.exclude(state=Delivery.APPLIED)]
    unanswered = [(row.platform, row.move, row.why) for row in Request.objects.filter(state=Request.WAITING)]
    stopped = [
        (row.platform, row.kind, row.outcome, row.why) for row in Inbound.objects.exclude(outcome=Outcome.APPLIED)
    ]
    frozen = [(case.platform, case.frozen) for case in Case.objects.exclude(frozen="")]
    assert not any((left, unanswered, stopped, frozen)), f"{left=} {unanswered=} {stopped=} {frozen=}"
    for case in Case.objects.filter(platform=COURT, shared=True):
        other = Case.objects.get(platform=NET, ref=case.ref)
        assert journal(case) == journal(other)
        assert (case.state, case.head, case.entries, case.sheet) == (
            other.state,
            other.head,
            other.entries,
            other.sheet,
        )
        assert_whole(case)
        assert_whole(other)
    shared = {
        platform: set(Case.objects.filter(platform=platform, shared=True).values_list("ref", flat=True))
        for platform in (COURT, NET)
    }
    assert shared[COURT] == shared[NET]


def journal(case: Case) -> list[dict[str, Any]]:
    """Return a copy's journal as it would cross."""
    return [event.entry() for event in CaseEvent.objects.filter(case=case).order_by("number")]


@contextmanager
def line(carry: Carry) -> Iterator[None]:
    """Put something else in the place of the line between the platforms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transports, "carry", carry)
        yield


def direct(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: datetime) -> Answer:
    """The line as it is."""
    return transports.inbox.receive(peer, method, path, headers, body, at)
