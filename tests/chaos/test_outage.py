"""Seven days without the peer, the clock moved: no move fails, somebody is told within a minute, nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from mediation.exchange import desk, outbox, transports
from mediation.models import Case, CaseEvent, Delivery
from mediation.vocabulary import State, Track
from tests.chaos.checker import COURT, NET
from tests.exchange.stories import Posted, assert_equal_copies, line, settle
from tests.figures import LONG
from tests.mediation.stories import START, World

OUTAGE = timedelta(days=7)
MOVES, LOOK = (1_500, timedelta(seconds=10)) if LONG else (15, timedelta(hours=1))
"""How many moves are made meanwhile, and how often the worker looks."""
STEPS = ("file", "consult", "agree", "delegate")


def be_silent(world: World) -> tuple[datetime, list[datetime], bool]:
    """Move cases on the court's side while nobody answers; return the end, when the peer was called, and whether
    somebody was told when the first entry had waited a minute.
    """
    called: list[datetime] = []

    def nobody(peer: str, method: str, path: str, headers: Any, body: bytes, at: datetime) -> Any:
        called.append(at)
        raise transports.Unreachable("refused")

    at, cases, alarm = START, 0, False
    with line(nobody):
        while at < START + OUTAGE:
            # Evenly over the whole outage.
            if CaseEvent.objects.count() < MOVES * (at - START) / OUTAGE + 1:
                story = Posted(world, Track.DELEGATED, at=at)
                story.wired = False
                for step in STEPS:
                    getattr(story, step)()
                assert story.copy(COURT).state == State.DELEGATED
                cases += 1
                if cases == 1:
                    alarm = desk.health(COURT, story.at + timedelta(seconds=61)).alarm
            outbox.post(COURT, at)
            at += LOOK
    return at, called, alarm


def test_seven_days_of_silence_fail_no_move_and_lose_nothing(world: World, record_property: Any) -> None:
    at, called, alarm = be_silent(world)
    made = CaseEvent.objects.filter(platform=COURT).count()
    waiting = Delivery.objects.filter(platform=COURT, state=Delivery.WAITING).count()

    settle(at)

    record_property("figure", f"7 days, {made:,} moves, {len(called):,} calls to the dead peer, 0 failed, 0 lost")
    assert made >= MOVES
    assert waiting == made
    assert alarm
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(called))
    assert Case.objects.filter(platform=NET).count() == Case.objects.filter(platform=COURT).count()
    assert_equal_copies()


def test_the_same_silence_loses_cases_when_an_outbox_gives_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = outbox._tell

    def tell_thrice(peer: Any, batch: list[outbox.Item], at: datetime) -> int:
        told = tell(peer, batch, at)
        Delivery.objects.filter(platform=COURT, attempts__gte=3).update(state=Delivery.APPLIED)
        return told

    monkeypatch.setattr(outbox, "_tell", tell_thrice)
    at, _called, _alarm = be_silent(world)
    monkeypatch.undo()

    settle(at)

    with pytest.raises((AssertionError, Case.DoesNotExist)):
        assert_equal_copies()
