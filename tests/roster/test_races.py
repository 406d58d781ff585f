"""Two at once: each certificate has its own number, one of two decisions stands, one entry is heard once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from mediation.workdays import local_day
from roster import moves, queries
from roster.models import Listing, RosterDelivery, RosterEvent
from tests.roster.people import COURT, NET, People, build_courts, mediator_facts

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HERE = "沪74"
CREDIT_CODES = ("52310115MJ00000187", "52110102MJ0000026R", "52110102MJ0000034L")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make the calls in threads of their own and return what each returned or raised."""

    def one(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (moves.Refused, moves.Early) as wrong:
            return wrong
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_clerks_who_confirm_at_once_give_out_different_numbers_and_nobody_confirms_twice() -> None:
    build_courts()
    people = People()
    files = [people.organisation(credit_code=code) for code in CREDIT_CODES]
    for file in files:
        people.go(file, "push", people.bureau, courts=[HERE])
    people.carry()
    entries = [people.listing(file, HERE) for file in files]
    hand, by = people.hands[COURT], people.clerk(HERE)

    def confirm(entry: Listing) -> Callable[[], Any]:
        return lambda: moves.perform(entry, "confirm", by=by, at=people.at, hand=hand)

    said = at_once(*(confirm(entry) for entry in (*entries, *entries)))

    assert sum(isinstance(one, RosterEvent) for one in said) == len(files)
    assert {one.code for one in said if isinstance(one, moves.Refused)} == {"state"}
    numbers = Listing.objects.filter(platform=COURT).values_list("certificate_number", flat=True)
    assert set(numbers) == {f"（2026）沪74特邀组织{number}号" for number in (1, 2, 3)}


def test_an_entry_heard_twice_at_once_is_applied_once() -> None:
    build_courts()
    people = People()
    row = people.organisation()
    people.go(row, "push", people.bureau, courts=[HERE])
    entries = [one.event.entry() for one in RosterDelivery.objects.select_related("event").order_by("event__number")]
    for entry in entries[:-1]:
        people.hear(entry)

    said = at_once(*(lambda: people.hear(entries[-1]) for _time in range(4)))

    assert {one.hash for one in said} == {entries[-1]["hash"]}
    assert Listing.objects.filter(platform=COURT).count() == 1
    assert RosterEvent.objects.filter(platform=COURT, aggregate="listing").count() == 1


def test_a_mediator_approved_while_a_court_enters_the_organisation_is_shown_with_it() -> None:
    build_courts()
    people = People()
    body = people.organisation()
    own = people.administrator(body.ref)
    mediator = moves.new("mediator", NET)
    people.go(mediator, "open", own, **mediator_facts(body.ref))
    people.go(mediator, "submit", own)
    people.go(body, "push", people.bureau, courts=[HERE])
    people.carry()
    entered = people.go(people.listing(body, HERE), "confirm", people.clerk(HERE)).entry()
    heard, approved = Event(), Event()

    def hear_slowly() -> None:
        with transaction.atomic():
            people.hear(entered)
            heard.set()
            # The other ends in this time, or is found waiting for what this one holds.
            approved.wait(0.5)

    def approve() -> None:
        heard.wait(10)
        people.go(mediator, "approve", people.unit)
        approved.set()

    at_once(hear_slowly, approve)

    shown = queries.find_public_mediators(NET, queries.Wanted(), on=local_day(people.at))
    assert [one.ref for one in shown] == [mediator.ref]
