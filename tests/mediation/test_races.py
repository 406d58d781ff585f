"""Several people, sweepers and clerks at the same instant: one winner, nothing twice (R7 and R9 in short)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from mediation import moves
from mediation.actor import Actor
from mediation.models import Case, CaseEvent, Clock, LocalEntry, NumberSeries
from mediation.vocabulary import EnclosureKind, Role, State, Track
from tests.mediation.stories import (
    COURT,
    COURT_CODE,
    NET,
    START,
    Story,
    World,
    assert_whole,
    build_world,
    enclosed,
    walk,
)
from tests.proofs import proved

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 8


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, with every write really committed."""
    return build_world()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls in as many threads, all starting together; return what each gave or raised."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            results[place] = call()
        except Exception as raised:
            results[place] = raised
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def refusals(results: list[Any]) -> list[moves.Refused]:
    """Return the refusals; anything else that was raised fails the test."""
    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, moves.Refused), repr(result)
    return [result for result in results if isinstance(result, moves.Refused)]


def test_clock_lapses_once_however_many_sweepers_find_it(world: World) -> None:
    stories = [walk(world, State.CONSULTING) for _ in range(6)]
    late = max(datetime.fromisoformat(s.case.sheet["clocks"]["ANSWER"]["due"]) for s in stories) + timedelta(seconds=1)

    results = at_once(*[lambda: moves.sweep(COURT, late)] * THREADS)

    assert sum(results) + moves.sweep(COURT, late) == len(stories)
    for story in stories:
        assert story.copy(COURT).events.filter(kind="case.lapse_consent.v1").count() == 1
        assert Clock.objects.filter(case=story.copy(COURT), state=Clock.LAPSED).count() == 1
        assert_whole(story.copy(COURT))


def test_same_harness_sees_an_unguarded_sweep_lapse_the_same_clock_twice(world: World) -> None:
    story = walk(world, State.CONSULTING)
    case = story.copy(COURT)
    looked = threading.Barrier(THREADS)
    number = threading.local()

    def unguarded() -> None:
        running = list(Clock.objects.filter(case=case, state=Clock.RUNNING))
        looked.wait(timeout=30)
        for clock in running:
            number.value = threading.get_ident() % 1_000_000
            LocalEntry.objects.create(
                platform=COURT,
                chain="lapses",
                number=number.value,
                at=clock.due_at,
                kind="lapse",
                by={},
                facts={},
                hash=str(number.value),
                algorithm="sha256",
            )
            Clock.objects.filter(pk=clock.pk).update(state=Clock.LAPSED)

    at_once(*[unguarded] * THREADS)

    assert LocalEntry.objects.filter(chain="lapses").count() > 1


@pytest.mark.parametrize("seen", [1, None])
def test_of_several_clerks_with_the_same_move_one_wins_and_the_others_are_told(world: World, seen: int | None) -> None:
    story = walk(world, State.FILED)
    case = story.copy(COURT)
    clerks = [Actor(Role.CLERK, f"clerk-{place}", COURT_CODE, COURT) for place in range(THREADS)]

    results = at_once(
        *[
            lambda by=by: moves.perform(
                Case.objects.get(pk=case.pk), "consult", by=by, at=story.at, facts={"channel": "SMS"}, seen=seen
            )
            for by in clerks
        ]
    )

    refused = refusals(results)
    (won,) = [result for result in results if isinstance(result, CaseEvent)]
    assert len(refused) == THREADS - 1
    if seen:
        assert {type(refusal) for refusal in refused} == {moves.Overtaken}
        assert {refusal.event.by["ref"] for refusal in refused} == {won.by["ref"]}  # type: ignore[attr-defined, union-attr]
    else:
        assert {refusal.code for refusal in refused} == {"state"}
    assert story.copy(COURT).entries == 2


def test_same_harness_sees_clerks_overtake_each_other_where_no_row_is_locked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = walk(world, State.FILED).copy(COURT)
    clerks = [Actor(Role.CLERK, f"clerk-{place}", COURT_CODE, COURT) for place in range(THREADS)]
    looked = threading.Barrier(THREADS)

    def look(wanted: Case) -> Case:
        found = Case.objects.get(pk=wanted.pk)
        looked.wait(timeout=30)
        return found

    monkeypatch.setattr(moves, "_lock", look)

    results = at_once(
        *[lambda by=by: moves.perform(case, "consult", by=by, at=START, facts={"channel": "SMS"}) for by in clerks]
    )

    with pytest.raises(AssertionError):
        refusals(results)


def test_acceptance_and_its_lapse_never_both_happen(world: World) -> None:
    for _ in range(4):
        story = walk(world, State.DELEGATED)
        due = datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["due"])
        case = story.copy(NET)

        results = at_once(
            lambda case=case, due=due: moves.perform(case, "accept", by=world.desk, at=due, facts={"declared": True}),
            lambda due=due: moves.sweep(NET, due + timedelta(seconds=1)),
            lambda due=due: moves.sweep(NET, due + timedelta(seconds=1)),
        )

        after = story.copy(NET)
        lapses = after.events.filter(kind="case.lapse_reply.v1").count()
        accepted = after.events.filter(kind="case.accept.v1").count()
        assert (lapses, accepted) in ((1, 0), (0, 1))
        assert bool(refusals(results)) == bool(lapses)
        assert after.state == (State.READY if lapses else State.ACCEPTED)
        assert_whole(after)


def test_last_signature_and_withdrawal_at_once_leave_one_of_them(world: World) -> None:
    for _ in range(4):
        story = walk(world, State.SIGNING)
        story.wired = False
        digest = story.case.sheet["agreement"]["digest"]
        signing = story.party(story.respondent)
        story.go("sign", story.party(story.applicant), digest=digest, party=story.applicant)
        seen = story.case.entries
        facts = {"digest": digest, "party": story.respondent}
        signing = proved(signing, "sign", facts)

        results = at_once(
            lambda s=story, by=signing, f=facts, n=seen: moves.perform(
                s.copy(NET), "sign", by=by, at=s.at, facts=f, seen=n
            ),
            lambda s=story, n=seen: moves.perform(s.copy(NET), "withdraw", by=s.party(s.applicant), at=s.at, seen=n),
        )

        (refused,) = refusals(results)
        assert isinstance(refused, moves.Overtaken)
        assert story.copy(NET).state in (State.SETTLED, State.HANDED_BACK)
        assert_whole(story.copy(NET))


def filing(story: Story, *, breaks: bool = False, key: str | None = None) -> Callable[[], Any]:
    """Return the filing of a story's case; one that breaks does so after its number was allocated."""
    facts = story.application()
    narrative = enclosed(EnclosureKind.NARRATIVE)
    if breaks:
        narrative.content["amount"] = 0.5
    by = Actor(Role.PARTY, story.applicant, "", COURT)
    texts = [*story.particulars(), narrative]
    return lambda: moves.perform(Case(platform=COURT), "file", by=by, at=START, facts=facts, enclosures=texts, key=key)


def test_case_numbers_have_no_gap_and_no_double_though_filings_race_and_some_fail(world: World) -> None:
    def file_several(place: int) -> list[Any]:
        made = []
        for turn in range(6):
            try:
                made.append(filing(Story(world), breaks=(turn + place) % 3 == 0)())
            except ValueError as broken:
                made.append(broken)
        return made

    results = at_once(*[lambda place=place: file_several(place) for place in range(THREADS)])

    failed = [made for several in results for made in several if isinstance(made, ValueError)]
    numbers = sorted(
        int(number[len("（2024）沪74诉前调") : -1]) for number in Case.objects.values_list("number", flat=True)
    )
    assert len(failed) == THREADS * 2
    assert numbers == list(range(1, THREADS * 4 + 1))
    assert NumberSeries.objects.get().last == THREADS * 4


def test_one_form_sent_several_times_at_once_opens_one_case(world: World) -> None:
    story = Story(world)

    results = at_once(*[filing(story, key="form-1")] * THREADS)

    assert refusals(results) == []
    assert len({result.pk for result in results}) == 1
    assert Case.objects.count() == 1
    assert NumberSeries.objects.get().last == 1


def test_both_parties_last_yes_at_once_submits_one_application(world: World) -> None:
    story = walk(world, State.SETTLED, Track.DIRECT)
    story.complete()

    results = at_once(
        *[
            lambda ref=ref: moves.perform(
                story.copy(NET),
                "seek_confirmation",
                by=story.party(ref),
                at=story.at,
                facts={"party": ref, "court": COURT_CODE},
            )
            for ref in story.people * 3
        ]
    )

    refusals(results)
    assert story.copy(NET).state == State.CONFIRMATION_SOUGHT
    assert story.copy(NET).events.filter(state="CONFIRMATION_SOUGHT").count() == 1
    assert_whole(story.copy(NET))
