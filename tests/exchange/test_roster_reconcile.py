"""The promises of comparing and restoring, kept for the rosters: what differs is found, mended or named."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client as Browser

from mediation import rosters
from mediation.exchange import desk, digests, inbox, outbox, reconcile
from mediation.exchange import rosters as carriage
from mediation.exchange.models import Inbound, Peer
from mediation.exchange.peers import RESTORING
from mediation.vocabulary import Role
from roster import moves, queries
from roster.models import CertificateSeries, Listing, Mediator, Organisation, RosterDelivery, RosterEvent
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
from tests.exchange.wire import Wire
from tests.mediation.stories import COURT, NET, START, World
from tests.windows.stage import account, day, post

LATER = START + timedelta(minutes=5)
TABLES = {"organisation": Organisation, "mediator": Mediator, "listing": Listing}


def copy(platform: str, row: Any) -> Any:
    return type(row)._default_manager.get(platform=platform, ref=row.ref)


def entries(row: Any) -> list[dict[str, Any]]:
    return [event.entry() for event in queries.journal(row)]


def listing(platform: str, file: Any) -> Listing:
    return Listing.objects.get(**{"platform": platform, "court": HERE, file.aggregate: file.ref})


def harm(sql: str, *values: Any) -> None:
    """Do what only somebody with the database's password can."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [value.hex if isinstance(value, uuid.UUID) and _is_sqlite() else value for value in values])


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def lose(row: Any, after: int = 0) -> None:
    """Bring one copy back to where it stood after an entry, as a restored backup would; to nothing by default."""
    kept = entries(row)[:after]
    back = moves.fold(row.platform, kept) if kept else None
    place = "platform = %s AND aggregate = %s AND ref = %s AND number > %s"
    of_row = (row.platform, row.aggregate, row.ref)
    told = f"SELECT id FROM roster_rosterevent WHERE {place}"
    harm(f"DELETE FROM roster_rosterdelivery WHERE event_id IN ({told})", *of_row, after if back and back.shared else 0)
    harm(f"DELETE FROM roster_rosterevent WHERE {place}", *of_row, after)
    heard = Inbound.objects.filter(platform=row.platform, ref=row.ref, kind__startswith=f"roster.{row.aggregate}.")
    heard.filter(number__gt=after).delete()
    if back:
        back.pk, back._state.adding = row.pk, False
        back.save()
    else:
        harm(f"DELETE FROM roster_{row.aggregate} WHERE id = %s", row.pk)


def forge(row: Any) -> None:
    """Give one copy another last entry under the same number."""
    place = "platform = %s AND aggregate = %s AND ref = %s AND number = %s"
    of_row = (row.platform, row.aggregate, row.ref, row.entries)
    harm(f"UPDATE roster_rosterevent SET hash = %s WHERE {place}", "f" * 64, *of_row)
    harm(f"UPDATE roster_{row.aggregate} SET head = %s WHERE id = %s", "f" * 64, row.pk)


def reconciled() -> list[reconcile.Finding]:
    found = reconcile.reconcile(COURT, LATER) + reconcile.reconcile(NET, LATER)
    outbox.post_all(LATER)
    return found


def differing() -> set[str]:
    """Return the references of shared rows of which the two copies are not the same."""
    unequal = set()
    for table in TABLES.values():
        held = table._default_manager.filter(shared=True)
        court, net = (dict(held.filter(platform=code).values_list("ref", "head")) for code in (COURT, NET))
        unequal |= {str(ref) for ref in {*court, *net} if court.get(ref) != net.get(ref)}
    return unequal


@pytest.fixture
def files(world: World) -> list[Organisation]:
    """Organisations that were pushed, each with the entry the court has made of it."""
    made = [verified_organisation(name=f"组织{number}", credit_code=credit_code(number)) for number in range(8)]
    for file in made:
        pushed(file)
    settle()
    return made


def planted(files: list[Organisation]) -> tuple[set[str], set[str]]:
    """Plant differences of every kind; return the references of what can be healed and of what was forged."""
    lose(copy(COURT, files[0]), after=3)
    lose(copy(COURT, files[1]))
    lose(listing(NET, files[2]))
    lose(listing(COURT, files[3]))
    forge(copy(COURT, files[4]))
    forge(listing(NET, files[5]))
    healing = {files[0].ref, files[1].ref, *(listing(p, f).ref for p, f in ((COURT, files[2]), (NET, files[3])))}
    return {str(ref) for ref in healing}, {str(files[4].ref), str(listing(COURT, files[5]).ref)}


def test_exactly_the_differences_planted_in_rosters_are_found_and_healed_or_named(files: list[Organisation]) -> None:
    wire = Wire()
    with wire.connected():
        equal = reconcile.reconcile(COURT, LATER)
    messages = wire.carried
    healing, forged = planted(files)
    before = differing()

    found = reconciled()
    again = reconciled()

    assert (equal, messages) == ([], 1)
    assert before == healing | forged == {finding.ref for finding in found}
    assert {finding.ref for finding in again if finding.kind == "FORKED"} == forged
    assert {finding.ref for finding in again} <= forged
    assert differing() == forged
    assert {finding.shelf for finding in found} == {"organisation", "listing"}
    named = {str(row.ref) for code in (COURT, NET) for rows in carriage.frozen(code).values() for row in rows}
    assert named == forged
    assert RosterEvent.objects.filter(platform=COURT, aggregate="listing").count() == len(files)


def test_a_comparison_that_only_counts_entries_does_not_find_a_forged_row(
    files: list[Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = digests.digest
    monkeypatch.setattr(digests, "digest", lambda bucket: digest((key, number, "") for key, number, _head in bucket))
    forge(copy(COURT, files[4]))
    forge(listing(NET, files[5]))

    found = reconciled()

    assert differing() == {str(files[4].ref), str(listing(COURT, files[5]).ref)}
    assert found == []


def test_buckets_narrow_down_to_the_row_that_differs_and_ask_a_bounded_number_of_questions(
    files: list[Organisation], monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(digests, "SMALL", 1)
    forge(copy(COURT, files[3]))
    wire = Wire()

    with wire.connected(), django_assert_max_num_queries(120):
        found = reconcile.reconcile(NET, LATER)

    assert [(finding.shelf, finding.ref, finding.kind) for finding in found] == [
        ("organisation", str(files[3].ref), "FORKED")
    ]
    assert wire.carried <= 4


def test_a_peer_one_version_older_is_compared_in_cases_only(files: list[Organisation]) -> None:
    answer = digests.answer_digests(COURT, NET, {"prefixes": [""], "except": [], "everything": False}, LATER)
    forge(copy(COURT, files[0]))

    with pytest.MonkeyPatch.context() as older:
        older.setitem(inbox.OPERATIONS, "digests", lambda *given: answer)
        found = reconcile.reconcile(NET, LATER)

    assert set(answer["buckets"]) == {""}
    assert found == []


def confirmed() -> None:
    for entry in queries.pending_confirmations(COURT, HERE):
        rosters.perform(entry, "confirm", by=CLERK, at=START)


def test_a_court_restored_from_a_backup_gets_its_own_listings_back(files: list[Organisation]) -> None:
    confirmed()
    settle()
    journals = {row.ref: entries(row) for row in [copy(COURT, file) for file in files] + list(Listing.objects.all())}
    for file in files[:4]:
        lose(listing(COURT, file))
        lose(copy(COURT, file), after=3)
    for file in files[4:]:
        lose(listing(COURT, file), after=1)
    CertificateSeries.objects.all().delete()

    reconcile.enter_restore_mode(COURT, LATER)
    held = listing(COURT, files[5]).frozen
    with pytest.raises(moves.Refused) as refused:
        rosters.perform(listing(COURT, files[5]), "confirm", by=CLERK, at=LATER)
    with pytest.raises(desk.Restoring):
        desk.thaw(listing(COURT, files[5]), by=CLERK, at=LATER)
    reconcile.reconcile(COURT, LATER)
    settle(LATER)

    assert (held, refused.value.code) == (RESTORING, "frozen")
    assert {row.ref: entries(row) for row in [copy(COURT, f) for f in files] + list(Listing.objects.all())} == journals
    assert CertificateSeries.objects.get(platform=COURT, entrant="organisation").last == len(files)
    assert not Peer.objects.filter(read_only=True).exists()
    assert_equal_rosters()


def test_what_the_court_owed_is_done_once_wherever_the_backup_and_the_post_were_cut_off(world: World) -> None:
    """Everything the court writes here follows from the file alone, so what comes out can be told beforehand."""
    file = verified_organisation()
    taken_back = {"courts": [HERE], "reason": "误推"}
    steps = [("push", {"courts": [HERE]}), ("withdraw_push", taken_back)] * 2
    for minute, (move, facts) in enumerate(steps):
        at = START + timedelta(seconds=30 * minute)
        rosters.perform(file, move, by=BUREAU, at=at, facts=facts)
        settle(at)
    written = ["receive_push", "withdraw"] * 2
    tried = 0

    for kept in range(len(written) + 1):
        for told in range(kept, len(written) + 1):
            with transaction.atomic():
                lose(listing(COURT, file), after=kept)
                lose(listing(NET, file), after=told)
                lose(copy(COURT, file), after=kept and 3 + kept)
                reconcile.enter_restore_mode(COURT, LATER)
                reconcile.reconcile(COURT, LATER)
                settle(LATER)
                done = [event.move for event in queries.journal(listing(COURT, file))]
                assert done == written, (kept, told)
                assert_equal_rosters()
                tried += 1
                transaction.set_rollback(True)

    assert tried == 15


def test_a_court_that_forgets_what_came_back_answers_a_push_twice(
    files: list[Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the two tests above sees a platform that does what it owed without looking."""
    monkeypatch.setattr(moves, "_is_done", lambda *_given: False)
    lose(listing(COURT, files[0]))
    lose(copy(COURT, files[0]), after=3)

    reconcile.enter_restore_mode(COURT, LATER)
    reconcile.reconcile(COURT, LATER)

    assert [event.move for event in queries.journal(listing(COURT, files[0]))] == ["receive_push", "receive_push"]


def test_an_owner_of_files_restored_from_before_a_push_gets_it_back_and_what_the_court_answered(world: World) -> None:
    organisation = verified_organisation()
    mediator = verified_mediator(organisation)
    pushed(organisation)
    pushed(mediator, SUPERVISOR)
    settle()
    confirmed()
    rosters.perform(organisation, "leave", by=administrator(organisation.ref), at=START, facts={"reason": "停办"})
    settle()
    rows = (copy(NET, organisation), copy(NET, mediator), listing(NET, organisation), listing(NET, mediator))
    journals = [entries(row) for row in rows]
    for row in rows[:2]:
        lose(row, after=3)
    for row in rows[2:]:
        lose(row)

    reconcile.enter_restore_mode(NET, LATER)
    held = [copy(NET, row).frozen for row in rows[:2]]
    reconcile.reconcile(NET, LATER)
    settle(LATER)

    assert held == [RESTORING, RESTORING]
    assert [entries(copy(NET, row)) for row in rows] == journals
    assert_equal_rosters()


def test_a_lost_entry_is_not_taken_back_without_this_platforms_own_signature(files: list[Organisation]) -> None:
    own = listing(COURT, files[0])
    lose(own)
    harm("UPDATE roster_rosterevent SET signature = %s WHERE platform = %s AND ref = %s", "A" * 86, NET, own.ref)

    reconcile.enter_restore_mode(COURT, LATER)
    found = reconcile.reconcile(COURT, LATER)

    assert [(finding.kind, finding.ref) for finding in found] == [("REFUSED", str(own.ref))]
    assert not Listing.objects.filter(platform=COURT, ref=own.ref).exists()
    assert Peer.objects.get(platform=COURT).read_only


def test_an_entry_stuck_behind_a_missing_one_is_fetched_and_what_is_owed_is_done(world: World) -> None:
    file = verified_organisation()
    pushed(file)
    RosterDelivery.objects.filter(event__number__lt=4).update(state=RosterDelivery.APPLIED)
    outbox.post(NET, START)
    RosterDelivery.objects.update(state=RosterDelivery.APPLIED)

    found = reconcile.reconcile(COURT, LATER)
    settle(LATER)

    assert [(finding.kind, finding.number, finding.shelf) for finding in found] == [("HEALED", 4, "organisation")]
    assert listing(NET, file).status == "PUSHED"
    assert copy(COURT, file).frozen == ""


def test_the_operators_see_and_retry_what_the_rosters_wait_for_and_what_is_frozen(files: list[Organisation]) -> None:
    operator = post(account("operator", "运维法"), COURT, Role.OPERATOR)
    browser = Browser()
    browser.force_login(operator, backend="roster.backend.AccountBackend")
    rosters.perform(listing(COURT, files[0]), "confirm", by=CLERK, at=START)
    waiting = RosterDelivery.objects.get(platform=COURT, state=RosterDelivery.WAITING)
    parked = RosterDelivery.objects.filter(platform=COURT, event__ref=listing(COURT, files[1]).ref).get()
    RosterDelivery.objects.filter(pk=waiting.pk).update(attempts=3, next_at=day(300))
    RosterDelivery.objects.filter(pk=parked.pk).update(state=RosterDelivery.PARKED, why="signature")
    forge(copy(COURT, files[2]))
    reconcile.reconcile(COURT, LATER)
    frozen = copy(COURT, files[2])
    health = desk.health(COURT, LATER)

    with time_machine.travel(LATER, tick=False):
        page = browser.get("/court/admin/exchange/").content.decode()
        names = ("waiting_roster", "parked_roster", "frozen_roster")
        papers = [browser.get(f"/court/admin/exchange/?list={one}&form=print").content.decode() for one in names]
        again = browser.post("/court/admin/exchange/again/", follow=True).content.decode()
        thawed = browser.post(f"/court/admin/exchange/thaw/{frozen.ref}/", follow=True).content.decode()
        unknown = browser.post(f"/court/admin/exchange/thaw/{uuid.uuid4()}/")

    for said in (
        "待对方确认的名册记录",
        "被对方搁置的名册记录",
        "已冻结的名册记录",
        "名册条目",
        "组织2",
        "确认列入名册 #2",
    ):
        assert said in page
    assert "两边记录不一致，已冻结" in page
    assert str(frozen.ref) in page
    told = (str(listing(COURT, files[0]).ref), str(listing(COURT, files[1]).ref), str(frozen.ref))
    assert [ref in paper for ref, paper in zip(told, papers, strict=True)] == [True] * 3
    assert told[2] not in papers[0] + papers[1]
    assert (health.waiting, health.parked, health.frozen, health.alarm) == (1, 1, 1, True)
    assert "2条待送内容将立即重试" in again
    due = RosterDelivery.objects.filter(pk__in=(waiting.pk, parked.pk), state="WAITING", next_at=LATER)
    assert due.count() == 2
    assert "已解除冻结" in thawed
    assert copy(COURT, frozen).frozen == ""
    assert unknown.status_code == 404
