"""The figures of organisations: written by the door, added up, the same as counted anew; asked for in few queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import choice, tallies
from mediation.models import Tally
from mediation.vocabulary import EnclosureKind, State, Track, Unfit
from roster.models import Court, Listing, Organisation
from tests.mediation.stories import COURT, COURT_CODE, NET, World, enclosed, new_ref, walk


def figures(world: World, platform: str = COURT) -> tallies.Figures:
    return tallies.figures(platform, [world.organisation])[world.organisation]


def told(found: tallies.Figures) -> tuple[int, ...]:
    return found.chosen, found.accepted, found.declined, found.lapsed, found.settled, found.failed


def ended(world: World) -> None:
    """Walk some cases to different ends."""
    walk(world, State.SETTLED)
    walk(world, State.SETTLED, Track.ENTRUSTED)
    walk(world, State.HANDED_BACK)
    declined = walk(world, State.DELEGATED)
    declined.decline()
    stopped = walk(world, State.MEDIATING)
    stopped.withdraw()


def test_both_books_count_what_the_organisation_did(world: World) -> None:
    ended(world)

    assert told(figures(world)) == told(figures(world, NET))
    found = figures(world)
    assert found.chosen == 5
    assert found.declined == 1
    assert found.accepted == found.by_cause["MISSTATEMENT"] == 4
    assert found.settled == 2
    assert found.last_chosen_at is not None


def test_a_silent_organisation_has_a_lapse_in_its_record(world: World) -> None:
    story = walk(world, State.DELEGATED)

    story.sweep(story.at + timedelta(days=30))

    assert story.state is State.READY
    assert figures(world).lapsed == figures(world, NET).lapsed == 1


def test_a_withdrawn_application_is_no_failure_of_the_organisation(world: World) -> None:
    story = walk(world, State.MEDIATING)
    story.withdraw()

    assert figures(world).failed == 0


def test_adding_up_changes_no_figure_and_leaves_one_row_of_a_kind(world: World) -> None:
    ended(world)
    before = told(figures(world)), figures(world).last_chosen_at

    gone = tallies.add_up(COURT)

    assert gone > 0
    assert (told(figures(world)), figures(world).last_chosen_at) == before
    assert tallies.add_up(COURT) == 0
    keys = list(Tally.objects.filter(platform=COURT).values_list("organisation", "cause", "outcome"))
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("platform", [COURT, NET])
def test_counting_anew_from_the_journal_gives_the_same_figures(world: World, platform: str) -> None:
    ended(world)
    before = told(figures(world, platform)), figures(world, platform).last_chosen_at

    tallies.recount(platform)

    assert (told(figures(world, platform)), figures(world, platform).last_chosen_at) == before


def test_a_recommendation_asks_few_questions_however_many_organisations_there_are(world: World) -> None:
    story = walk(world, State.READY)
    case = story.copy(COURT)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            choice.recommend(case, story.at)
        return len(queries)

    few = asked()
    for number in range(40):
        ref = new_ref()
        Organisation.objects.create(platform=COURT, ref=ref, name=f"组织{number}", kind="INDUSTRY")
        Listing.objects.create(
            platform=COURT, court=COURT_CODE, organisation=ref, status="LISTED", listed_on=story.at.date()
        )

    assert asked() == few <= 6
    assert len(choice.recommend(case, story.at).ranked) == 42


def test_only_the_roster_of_this_court_on_this_day_is_recommended_and_others_are_told_why(world: World) -> None:
    story = walk(world, State.READY)
    Court.objects.filter(code=COURT_CODE).update(province="31")
    strange, expired, paused, idle, unlicensed = (new_ref() for _ in range(5))
    for ref in (strange, expired, paused, idle, unlicensed):
        Organisation.objects.create(platform=COURT, ref=ref, name=ref, kind="INDUSTRY", active=ref != idle)
    Organisation.objects.filter(ref=unlicensed).update(licence_expires_on=story.at.date() - timedelta(days=1))
    listing = {"platform": COURT, "court": COURT_CODE, "listed_on": story.at.date() - timedelta(days=400)}
    Listing.objects.create(
        **listing, organisation=expired, status="LISTED", expires_on=story.at.date() - timedelta(days=1)
    )
    Listing.objects.create(**listing, organisation=paused, status="SUSPENDED")
    Listing.objects.create(**listing, organisation=idle, status="LISTED")
    Listing.objects.create(**listing, organisation=unlicensed, status="LISTED")

    answer = choice.recommend(story.copy(COURT), story.at, asked=[strange])

    assert {one.file.ref for one in answer.ranked} == {world.organisation, world.other_organisation}
    assert {one.file.ref: one.unfit for one in answer.unfit} == {
        strange: (Unfit.NOT_LISTED,),
        expired: (Unfit.NOT_IN_FORCE,),
        paused: (Unfit.SUSPENDED,),
        idle: (Unfit.INACTIVE,),
        unlicensed: (Unfit.LICENCE_EXPIRED,),
    }


def test_who_declined_a_case_is_not_recommended_for_it_again_but_who_was_recalled_is(world: World) -> None:
    declined, recalled = walk(world, State.DELEGATED), walk(world, State.DELEGATED)
    declined.decline()
    recalled.go("recall", world.clerk, enclosed(EnclosureKind.REASON))

    answer = choice.recommend(declined.copy(COURT), declined.at)
    again = choice.recommend(recalled.copy(COURT), recalled.at)

    assert {one.file.ref: one.unfit for one in answer.unfit} == {world.organisation: (Unfit.ASKED_BEFORE,)}
    assert not again.unfit
