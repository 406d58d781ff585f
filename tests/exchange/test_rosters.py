"""The roster in the post: files, listings, recognitions and complaints in the cases' envelopes, with their promises."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from mediation import rosters
from mediation.actor import Actor
from mediation.exchange import outbox, peers, receipts
from mediation.exchange import rosters as carriage
from mediation.exchange.models import Inbound, Outcome
from mediation.keyring import trusted
from mediation.vocabulary import Role
from roster import moves, queries
from roster.models import Listing, Organisation, RosterDelivery, RosterEvent
from tests.exchange.entrants import (
    BUREAU,
    CLERK,
    HERE,
    SUPERVISOR,
    administrator,
    assert_equal_rosters,
    credit_code,
    pushed,
    settle,
    verified_mediator,
    verified_organisation,
)
from tests.exchange.test_roster_reconcile import lose
from tests.exchange.wire import Wire
from tests.mediation.stories import COURT, NET, START, World
from tests.mediation.test_verify_journal import SCRIPT, undone
from tests.roster.people import UNIT


def test_a_pushed_organisation_and_its_mediator_are_confirmed_and_the_certificate_comes_back(world: World) -> None:
    organisation = verified_organisation()
    mediator = verified_mediator(organisation)
    pushed(organisation)
    pushed(mediator, SUPERVISOR)
    before = Organisation.objects.filter(platform=COURT, ref=organisation.ref).exists()
    settle()

    for entry in queries.pending_confirmations(COURT, HERE):
        rosters.perform(entry, "confirm", by=CLERK, at=START)
    unaware = Listing.objects.filter(platform=NET, court=HERE, status="LISTED", organisation=organisation.ref).exists()
    settle()

    assert not before
    assert not unaware
    known = Listing.objects.get(platform=NET, organisation=organisation.ref)
    assert known.status == "LISTED"
    assert queries.by_verification_code(NET, known.verification_code) == known
    assert queries.is_listed(COURT, HERE, organisation.ref, known.listed_on)
    assert mediator.ref in queries.listed_mediators(COURT, HERE, known.listed_on).values_list("ref", flat=True)
    assert_equal_rosters()


def test_every_entry_told_has_the_peers_genuine_receipt(world: World) -> None:
    pushed(verified_organisation())

    settle()

    held = RosterDelivery.objects.filter(platform=NET)
    assert held.count() == 4
    for row in held.select_related("event"):
        assert receipts.is_genuine(row.receipt, trusted(COURT))
        assert (row.receipt["number"], row.receipt["head"]) == (row.event.number, row.event.hash)


@pytest.mark.parametrize("fault", ["lost", "unanswered", "twice", "late", "garbled"])
def test_a_bad_line_neither_loses_nor_doubles_an_entry(world: World, fault: str) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    wire = Wire(fault=fault)

    with wire.connected():
        at = settle()
        wire.deliver_held(0, at)
        settle(at)

    assert Listing.objects.filter(platform=COURT, organisation=organisation.ref).count() == 1
    assert_equal_rosters()


@pytest.mark.parametrize("statement", [3, 9, 16, 25, 40])
def test_a_receiver_that_dies_between_two_statements_loses_nothing(world: World, statement: int) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    wire = Wire(fault="receiver killed", statement=statement)

    with wire.connected():
        settle()

    assert Listing.objects.filter(platform=COURT, organisation=organisation.ref).count() == 1
    assert_equal_rosters()


def test_an_applied_entry_is_answered_verbatim_when_it_comes_again(world: World) -> None:
    pushed(verified_organisation())
    settle()
    first = {str(row.envelope): row.receipt for row in Inbound.objects.filter(platform=COURT)}
    RosterDelivery.objects.filter(platform=NET).update(state=RosterDelivery.WAITING)

    settle()

    assert {str(row.envelope): row.receipt for row in RosterDelivery.objects.filter(platform=NET)} == first
    assert_equal_rosters()


def test_an_entry_that_comes_early_waits_and_what_is_missing_is_told_again(world: World) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    RosterDelivery.objects.filter(platform=NET, event__number=2).update(state=RosterDelivery.APPLIED)

    outbox.post(NET, START)
    waiting = set(Inbound.objects.filter(outcome=Outcome.WAITING).values_list("number", "why"))
    settle(START + timedelta(seconds=31))

    assert waiting == {(3, "#2"), (4, "#2")}
    assert_equal_rosters()


def test_a_fork_is_parked_and_both_copies_are_frozen(world: World) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    settle()
    kept = Organisation.objects.get(platform=COURT, ref=organisation.ref)
    RosterEvent.objects.filter(platform=COURT, ref=organisation.ref, number=4)._raw_delete(using="default")
    forged = RosterEvent.objects.get(platform=NET, ref=organisation.ref, number=4)
    forged.pk, forged.platform, forged.hash = None, COURT, "0" * 64
    RosterEvent.objects.bulk_create([forged])
    RosterDelivery.objects.filter(platform=NET, event__number=4).update(
        state=RosterDelivery.WAITING, envelope="6d1b1f7e-7d5c-4c58-8f75-0c1d7c0a1234"
    )

    outbox.post(NET, START + timedelta(minutes=1))

    kept.refresh_from_db()
    organisation.refresh_from_db()
    assert "fork" in kept.frozen
    assert "fork" in organisation.frozen
    assert [row.event.number for row in carriage.parked(NET)] == [4]
    assert list(carriage.frozen(NET)["organisation"]) == [organisation]
    with pytest.raises(moves.Refused) as refused:
        rosters.perform(organisation, "verify", by=administrator(organisation.ref), at=START)
    assert refused.value.code == "frozen"


def test_a_row_goes_on_once_a_human_has_looked(world: World) -> None:
    organisation = verified_organisation()
    moves.freeze(organisation, "核实中")
    operator = Actor(Role.OPERATOR, "operator", "", NET)

    carriage.thaw(organisation, by=operator, at=START)

    organisation.refresh_from_db()
    assert organisation.frozen == ""
    assert carriage.thaw(organisation, by=operator, at=START) is None


@pytest.mark.parametrize(
    ("move", "by", "facts", "why"),
    [
        ("remove", BUREAU, {"complaint": "6d1b1f7e-7d5c-4c58-8f75-0c1d7c0a1234"}, "fits_removal"),
        ("push", SUPERVISOR, {"courts": [HERE]}, "actor"),
        ("push", BUREAU, {"courts": []}, "facts:courts"),
        ("suspend", Actor(Role.UNIT, "unit", "CSRC110000", NET), {"ground": "OTHER"}, "actor"),
        ("suspend", Actor(Role.UNIT, "unit", UNIT, COURT), {"ground": "OTHER"}, "vouching"),
    ],
)
def test_what_a_compromised_peer_may_not_write_is_parked_and_changes_nothing(
    world: World, move: str, by: Actor, facts: dict[str, Any], why: str
) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    settle()
    row = Organisation.objects.get(pk=organisation.pk)
    event = moves.compose(row, moves.MOVES["organisation"][move], by, START, facts, hand=rosters.hand(NET))
    event.save()
    RosterDelivery.objects.create(platform=NET, event=event, since=START, next_at=START)

    settle(START + timedelta(minutes=1))

    kept = Organisation.objects.get(platform=COURT, ref=organisation.ref)
    assert (kept.state, kept.entries, why in kept.frozen) == ("VERIFIED", 4, True)
    assert RosterDelivery.objects.get(event=event).state == RosterDelivery.PARKED


def test_the_court_takes_no_file_and_investornet_no_listing_from_the_other(world: World) -> None:
    """Each owner's seat is the only author: an entry of the other's aggregate is a breach."""
    organisation = verified_organisation()
    pushed(organisation)
    settle()
    copy = Organisation.objects.get(platform=COURT, ref=organisation.ref)
    by = Actor(Role.UNIT, "unit", UNIT, COURT)
    with pytest.raises(moves.Refused) as refused:
        rosters.perform(copy, "suspend", by=by, at=START, facts={"ground": "OTHER"})
    declared = moves.MOVES["organisation"]["suspend"]
    event = moves.compose(copy, declared, by, START, {"ground": "OTHER"}, hand=rosters.hand(COURT))
    event.save()
    RosterDelivery.objects.create(platform=COURT, event=event, since=START, next_at=START)

    settle(START + timedelta(minutes=1))

    organisation.refresh_from_db()
    assert refused.value.code == "owner"
    assert (organisation.state, "owner" in organisation.frozen) == ("VERIFIED", True)


def test_a_hundred_at_most_leave_in_one_batch_before_the_cases(world: World) -> None:
    for number in range(30):
        pushed(verified_organisation(name=f"组织{number}", credit_code=credit_code(number)))

    batch = outbox.gather(peers.standing(NET), START)

    assert len(batch) == moves.MOST_AT_ONCE


def verified(*arguments: Any) -> list[str]:
    """Run the command; return the faults it names."""
    out = io.StringIO()
    with suppress(CommandError):
        call_command("verify_journal", *arguments, stdout=out)
    return [line for line in out.getvalue().splitlines() if "#" in line]


def test_verify_journal_covers_the_rosters_with_known_heads_and_its_export_satisfies_the_offline_verifier(
    world: World, tmp_path: Path
) -> None:
    organisation = verified_organisation()
    pushed(organisation)
    settle()
    name, journal = f"organisation/{organisation.ref}", tmp_path / "journal"
    anchored = ["--platform", NET, "--heads", f"{journal}.heads.json"]
    whole = verified("--platform", NET, "--export", journal)
    command = [sys.executable, str(SCRIPT), str(journal), f"{journal}.keys.json", "--heads", f"{journal}.heads.json"]

    clean = subprocess.run(command, capture_output=True, text=True, check=False)
    journal.write_text(journal.read_text().replace(f'"courts": ["{HERE}"]', '"courts": ["沪01"]'))
    spoiled = subprocess.run(command, capture_output=True, text=True, check=False)
    with undone():
        Organisation.objects.filter(platform=COURT, ref=organisation.ref).update(name="改名")
        renamed = verified()
    with undone():
        lose(organisation, after=3)
        rolled_back = verified(*anchored)
    with undone():
        lose(organisation)
        removed = verified(*anchored)

    assert whole == verified(*anchored) == verified() == []
    assert (clean.returncode, clean.stdout) == (0, "")
    assert (spoiled.returncode, spoiled.stdout) == (1, f"{name} #4 ALTERED\n")
    assert renamed == [f"{COURT} {name} #4 ROW name"]
    assert rolled_back == [f"{NET} {name} #4 TRUNCATED"]
    assert removed == [f"{NET} {name} #1 REMOVED, known until #4"]
