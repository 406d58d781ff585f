"""A person's own time limit is met by the instant of submission, whatever the line does meanwhile (ADR 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from mediation import law, moves
from mediation.actor import Actor
from mediation.exchange import calls, inbox, outbox, peers, reconcile, soundings
from mediation.exchange.models import Peer
from mediation.models import Announcement, CaseEvent, Request
from mediation.vocabulary import Role, State, Track
from tests.exchange.stories import Posted, assert_equal_copies, direct, line, settle, walk
from tests.mediation.stories import COURT, COURT_CODE, NET, World

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
GRACE = law.grace({})


def dead(*given: Any) -> inbox.Answer:
    raise outbox.calls.transports.Unreachable("outage")


def settled(world: World) -> tuple[Posted, datetime]:
    """Return a settled case of which one party has applied for confirmation, and when the period for it ends; both
    platforms know that the other tells what was asked for there.
    """
    story = walk(world, State.SETTLED, Track.DELEGATED)
    story.complete()
    story.go("seek_confirmation", story.party(story.applicant), party=story.applicant, court=COURT_CODE)
    for platform in (COURT, NET):
        soundings.ask(peers.standing(platform), story.at)
    return story, datetime.fromisoformat(story.case.sheet["clocks"]["CONFIRM"]["due"])


def apply_at_court(story: Posted, at: datetime) -> Request:
    """The other party applies too, signed in on the platform that does not own the case."""
    by = Actor(Role.PARTY, story.respondent, "", COURT)
    facts = {"party": story.respondent, "court": COURT_CODE}
    asked = moves.perform(story.copy(COURT), "seek_confirmation", by=by, at=at, facts=facts)
    assert isinstance(asked, Request)
    return asked


def lapses(story: Posted) -> list[CaseEvent]:
    return list(story.copy(NET).events.filter(kind="case.close_agreed.v1"))


def test_an_application_made_in_time_is_met_though_it_arrives_after_an_outage(world: World) -> None:
    story, due = settled(world)
    asked = apply_at_court(story, due - SECOND)

    with line(dead):
        for hours in range(1, 48, 4):
            outbox.post_all(due + timedelta(hours=hours))
            assert moves.sweep(NET, due + timedelta(hours=hours)) == 0
    back = settle(due + timedelta(hours=48))

    entry = story.copy(COURT).events.filter(kind="case.seek_confirmation.v1").latest("number")
    assert (entry.at, entry.by["ref"]) == (due - SECOND, story.respondent)
    assert Request.objects.get(pk=asked.pk).state == Request.DONE
    assert story.state is State.CONFIRMATION_SOUGHT
    assert moves.sweep(NET, back) == 0
    assert not lapses(story)
    assert_equal_copies()


def test_with_the_peer_in_reach_the_clock_lapses_within_seconds(world: World) -> None:
    story, due = settled(world)
    moments = [due + tick * SECOND for tick in range(1, 11)]

    made = []
    for at in moments:
        outbox.post_all(at)
        made += [at] * moves.sweep(NET, at)

    (lapse,) = lapses(story)
    assert len(made) == 1
    assert made[0] - due <= soundings.SETTLING + 2 * SECOND
    assert (lapse.at, lapse.recorded_at) == (due, made[0])
    settle(made[0])
    assert_equal_copies()


def test_a_peer_gone_for_longer_than_the_grace_no_longer_holds_the_clock(world: World) -> None:
    story, due = settled(world)
    asked = apply_at_court(story, due - SECOND)

    with line(dead):
        held = moves.sweep(NET, due + GRACE)
        made = moves.sweep(NET, due + GRACE + SECOND)
    settle(due + GRACE + DAY)

    (lapse,) = lapses(story)
    answered = Request.objects.get(pk=asked.pk)
    assert (held, made, lapse.at) == (0, 1, due)
    assert (answered.state, answered.refusal["code"]) == (Request.REFUSED, "final")
    assert answered.refusal["remedy"]
    assert_equal_copies()


def test_an_application_made_after_the_end_waits_for_the_lapse_and_is_refused(world: World) -> None:
    story, due = settled(world)
    asked = apply_at_court(story, due + SECOND)

    told = outbox.post(COURT, due + 2 * SECOND)
    waiting = Request.objects.get(pk=asked.pk)
    at = due + 3 * SECOND
    for _ in range(20):
        at += SECOND
        outbox.post_all(at)
        moves.sweep(NET, at)

    assert (told, waiting.state, waiting.why) == (0, Request.WAITING, "held")
    assert Request.objects.get(pk=asked.pk).state == Request.REFUSED
    assert len(lapses(story)) == 1
    assert_equal_copies()


def test_who_acts_here_after_the_end_is_told_what_is_waited_for(world: World) -> None:
    story, due = settled(world)
    by = story.party(story.respondent)
    facts = {"party": story.respondent, "court": COURT_CODE}

    with pytest.raises(moves.Refused, match="在途中") as late:
        moves.perform(story.copy(NET), "seek_confirmation", by=by, at=due + SECOND, facts=facts)
    moves.perform(story.copy(NET), "seek_confirmation", by=by, at=due, facts=facts)

    assert (late.value.code, bool(late.value.remedy)) == ("held", True)
    assert story.copy(NET).state == State.CONFIRMATION_SOUGHT


def test_what_is_on_its_way_holds_its_own_case_only(world: World) -> None:
    story, due = settled(world)
    other, other_due = settled(world)
    apply_at_court(story, due - SECOND)
    Request.objects.update(next_at=due + DAY)
    at = max(due, other_due) + 10 * SECOND

    outbox.post_all(at)
    moves.sweep(NET, at)

    assert (len(lapses(story)), len(lapses(other))) == (0, 1)


def test_the_end_of_the_organisations_own_period_waits_for_nobody(world: World) -> None:
    story = walk(world, State.DELEGATED)
    soundings.ask(peers.standing(NET), story.at)
    due = datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["due"])

    assert moves.sweep(NET, due + SECOND) == 1


@pytest.mark.parametrize("hours", [-24, 24])
def test_the_instant_of_submission_is_the_one_of_the_platform_where_it_was_made(world: World, hours: int) -> None:
    story, due = settled(world)
    fast = timedelta(hours=hours)
    apply_at_court(story, due - SECOND)

    def skewed(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: datetime) -> inbox.Answer:
        return direct(peer, method, path, headers, body, at + (fast if peer == COURT else -fast))

    # The submission falls on this instant of the owner's clock.
    at = max(due - SECOND - fast, due)
    with line(skewed):
        for tick in (*range(1, 12), *range(12, 90, 6)):
            outbox.post(NET, at + tick * SECOND)
            outbox.post(COURT, at + tick * SECOND + fast)
            moves.sweep(NET, at + tick * SECOND)

    assert story.state is State.CONFIRMATION_SOUGHT
    assert not lapses(story)


def test_a_peer_one_version_older_holds_no_clock_and_hides_no_move(world: World, monkeypatch: Any) -> None:
    story, due = settled(world)
    monkeypatch.delitem(inbox.OPERATIONS, "standing")

    soundings.ask(peers.standing(NET), story.at)

    said = Announcement.objects.get(platform=NET)
    assert (said.tells, said.kinds) == (False, [])
    assert moves.sweep(NET, due + SECOND) == 1


MALFORMED: tuple[dict[str, Any], ...] = (
    {},
    {"open": [], "now": "2024-03-04T05:00:00.000000Z", "epoch": 1},
    {"open": {}, "now": "yesterday", "epoch": 1},
    {"open": {}, "now": "2024-03-04T05:00:00.000000Z", "epoch": None},
    {"open": {}, "now": "2024-03-04T05:00:00.000000Z", "epoch": 1, "kinds": [7]},
)


def test_a_malformed_word_of_the_peer_lets_no_clock_go(world: World, monkeypatch: Any) -> None:
    story, due = settled(world)
    at = due + 10 * SECOND

    for said in MALFORMED:
        known = {"kinds": [], "keeps": []} if said else {}
        monkeypatch.setitem(inbox.OPERATIONS, "standing", lambda *given, whole={**known, **said}: whole)
        with transaction.atomic():
            with pytest.raises(calls.Failed, match="standing"):
                soundings.ask(peers.standing(NET), at, [str(story.ref)])
            outbox.post(NET, at)

            assert moves.sweep(NET, at) == 0, said
            assert Peer.objects.get(platform=NET).failures == 1, said
            transaction.set_rollback(True)


def test_a_malformed_question_is_refused_with_a_code(world: World) -> None:
    at = walk(world, State.READY).at

    for question in ({}, {"cases": "x"}, {"cases": ["x"]}, {"cases": [], "kinds": 1}):
        with pytest.raises(calls.Failed, match="HTTP 400: standing"):
            calls.ask(peers.standing(NET), "standing", question, at)


def test_a_backup_older_than_an_earlier_restore_takes_an_epoch_the_peer_has_not_passed(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    Peer.objects.filter(platform=COURT).update(epoch=5)

    reconcile.enter_restore_mode(NET, story.at)
    reconcile.sound_and_reconcile(NET, story.at)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert Peer.objects.get(platform=NET).own_epoch == Peer.objects.get(platform=COURT).epoch == 6
    assert_equal_copies()
