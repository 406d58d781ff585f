"""Files of organisations and mediators that travel by the real post, and the people who act on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mediation import rosters
from mediation.actor import Actor
from mediation.exchange import outbox
from mediation.exchange.models import Inbound, Outcome
from mediation.vocabulary import Role
from roster import moves, queries
from roster.models import Mediator, Organisation, RosterDelivery
from tests.mediation.stories import COURT, NET, START
from tests.roster.people import ORGANISATION_FACTS, UNIT, mediator_facts

HERE = "沪74"
BUREAU = Actor(Role.PROTECTION_BUREAU, "bureau", "", NET)
SUPERVISOR = Actor(Role.UNIT, "unit", UNIT, NET)
CLERK = Actor(Role.CLERK, "clerk", HERE, COURT)


def administrator(organisation: Any) -> Actor:
    return Actor(Role.ORGANISATION, "administrator", str(organisation), NET)


def verified_organisation(**facts: str) -> Organisation:
    row: Organisation = moves.new("organisation", NET)
    rosters.perform(row, "open", by=BUREAU, at=START, facts=ORGANISATION_FACTS | facts)
    rosters.perform(row, "submit", by=administrator(row.ref), at=START)
    rosters.perform(row, "approve", by=SUPERVISOR, at=START)
    return row


def verified_mediator(organisation: Organisation) -> Mediator:
    row: Mediator = moves.new("mediator", NET)
    own = administrator(organisation.ref)
    rosters.perform(row, "open", by=own, at=START, facts=mediator_facts(organisation.ref))
    rosters.perform(row, "submit", by=own, at=START)
    rosters.perform(row, "approve", by=SUPERVISOR, at=START)
    return row


def pushed(file: Any, by: Actor = BUREAU) -> None:
    rosters.perform(file, "push", by=by, at=START, facts={"courts": [HERE]})


def settle(at: Any = START, rounds: int = 40) -> Any:
    for _round in range(rounds):
        outbox.post_all(at)
        if not RosterDelivery.objects.filter(state=RosterDelivery.WAITING).exists():
            break
        at += timedelta(seconds=31)
    return at


def assert_equal_rosters() -> None:
    """Assert that the post is empty, nothing is parked or frozen, and both journals of every shared row are equal."""
    assert not RosterDelivery.objects.exclude(state=RosterDelivery.APPLIED).exists()
    assert not Inbound.objects.exclude(outcome=Outcome.APPLIED).exists()
    for table in moves.TABLES.values():
        for row in table._default_manager.filter(platform=NET, shared=True):
            other = table._default_manager.get(platform=COURT, ref=row.ref)
            assert [event.entry() for event in queries.journal(row)] == [
                event.entry() for event in queries.journal(other)
            ]
            assert (row.standing, row.head, row.frozen, other.frozen) == (other.standing, other.head, "", "")
            assert not moves.differences(other, moves.fold(COURT, (e.entry() for e in queries.journal(other))))


def credit_code(number: int) -> str:
    """Return a well-formed credit code, another for each number."""
    stem = f"52310115MJ{number:07d}"
    digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return stem + digits[-sum(pow(3, place, 31) * digits.index(sign) for place, sign in enumerate(stem)) % 31]
