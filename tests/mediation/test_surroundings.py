"""What a writer asks about everything outside the case."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from mediation.vocabulary import ListingStatus, Track
from mediation.world import Surroundings
from roster.models import Listing, Mediator

pytestmark = pytest.mark.django_db
NET = "investornet"


def case(organisation: UUID, track: Track = Track.DELEGATED) -> SimpleNamespace:
    return SimpleNamespace(ref=str(uuid4()), track=track, court="沪74", organisation=str(organisation))


@pytest.fixture
def mediator() -> Mediator:
    return Mediator.objects.create(platform=NET, organisation=uuid4(), name="沈知远")


def enter(mediator: Mediator, status: ListingStatus, court: str = "沪74") -> None:
    Listing.objects.create(
        platform=NET, court=court, mediator=mediator.ref, status=status.value, listed_on="2026-01-05"
    )


@pytest.mark.parametrize("status", [ListingStatus.REFUSED, ListingStatus.SUSPENDED, ListingStatus.REMOVED])
def test_nobody_serves_in_a_case_of_a_court_that_keeps_them_out(mediator, status):
    enter(mediator, status)

    assert not Surroundings(NET).may_serve(case(mediator.organisation), [str(mediator.ref)])


@pytest.mark.parametrize("track", [Track.DIRECT, Track.OFFLINE])
def test_a_court_keeps_nobody_out_of_a_case_it_did_not_give(mediator, track):
    enter(mediator, ListingStatus.REFUSED)

    assert Surroundings(NET).may_serve(case(mediator.organisation, track), [str(mediator.ref)])


def test_another_courts_refusal_and_an_entry_that_stands_are_no_hindrance(mediator):
    enter(mediator, ListingStatus.REFUSED, court="京74")
    enter(mediator, ListingStatus.LISTED)

    assert Surroundings(NET).may_serve(case(mediator.organisation), [str(mediator.ref)])


def test_only_active_members_of_the_organisation_serve(mediator):
    assert not Surroundings(NET).may_serve(case(uuid4()), [str(mediator.ref)])
