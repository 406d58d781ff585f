"""Comparing the two books: equal copies cost little, what is missing comes back, what was altered is named."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mediation import moves
from mediation.exchange import desk, digests, outbox, reconcile
from mediation.exchange.models import Inbound, Peer, Receipt
from mediation.exchange.peers import RESTORING
from mediation.models import Appointment, Case, CaseEvent, Change, Clock, Delivery, Document, Enclosure, Party, Request
from mediation.vocabulary import State, Track
from tests.exchange.stories import Posted, assert_equal_copies, journal, settle, walk
from tests.exchange.wire import Wire
from tests.mediation.stories import COURT, NET, World


def found(platform: str, story: Posted) -> list[tuple[str, int]]:
    """Reconcile and return what was found."""
    return [(finding.kind, finding.number) for finding in reconcile.reconcile(platform, story.at)]


def test_equal_copies_compare_in_one_message(world: World) -> None:
    stories = [walk(world, State.ACCEPTED) for _ in range(3)]
    wire = Wire()

    with wire.connected():
        findings = found(COURT, stories[-1])

    assert (findings, wire.carried) == ([], 1)


def test_buckets_narrow_down_to_the_case_that_differs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = [walk(world, State.DELEGATED) for _ in range(4)]
    monkeypatch.setattr(digests, "SMALL", 1)
    rewrite(stories[2].copy(NET), hash="f" * 64)

    findings = reconcile.reconcile(COURT, stories[-1].at)

    assert [finding.ref for finding in findings] == [str(stories[2].ref)]
    assert findings[0].kind == "FORKED"


def rewrite(case: Case, **columns: Any) -> None:
    """Do what only somebody with the database's password can: change the last entry behind the door's back."""
    names = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE mediation_caseevent SET {names} WHERE case_id = %s AND number = %s",
            [*columns.values(), case.pk, case.entries],
        )
        if "hash" in columns:
            cursor.execute("UPDATE mediation_case SET head = %s WHERE id = %s", [columns["hash"], case.pk])


def test_what_is_in_flight_is_left_out(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.wired = False
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert found(NET, story) == []
    assert found(COURT, story) == []


def test_a_tail_the_peer_lost_is_told_again(world: World) -> None:
    story = walk(world, State.MEDIATING)
    lose_tail(story.copy(COURT), 2)

    findings = found(NET, story)
    settle(story.at)

    assert [kind for kind, _ in findings] == ["TOLD_AGAIN"]
    assert_equal_copies()


def test_a_tail_lost_here_is_fetched(world: World) -> None:
    story = walk(world, State.MEDIATING)
    lose_tail(story.copy(COURT), 2)

    findings = found(COURT, story)

    assert [kind for kind, _ in findings] == ["HEALED"]
    assert_equal_copies()


def test_an_entry_cut_off_behind_the_doors_back_is_named_and_frozen(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    case = story.copy(NET)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mediation_caseevent WHERE case_id = %s AND number = %s", [case.pk, case.entries])

    findings = found(NET, story)

    assert ("CUT_OFF", case.entries) in findings
    assert story.copy(NET).frozen


def lose_tail(case: Case, entries: int) -> None:
    """Bring one copy back to where it stood some entries ago, as a restored backup would."""
    kept = journal(case)[: case.entries - entries]
    back = moves.fold(case.platform, kept)
    with connection.cursor() as cursor:
        for table in ("caseevent", "change", "enclosure", "delivery", "document", "clock"):
            cursor.execute(f"DELETE FROM mediation_{table} WHERE case_id = %s AND number > %s", [case.pk, len(kept)])
    back.pk, back.frozen = case.pk, ""
    back.save()
    Clock.objects.filter(case=case).delete()
    moves.clocks.keep(back, list(back.sheet["clocks"].values()), (), len(kept))
    Inbound.objects.filter(platform=case.platform, ref=case.ref, number__gt=len(kept)).delete()
    Receipt.objects.filter(case=case, number__gt=len(kept)).delete()


LOST = [
    (Track.DELEGATED, State.CONFIRMATION_REVIEW, COURT, 4),
    (Track.DELEGATED, State.MEDIATING, NET, 1),
    (Track.DELEGATED, State.MEDIATING, NET, 4),
    (Track.ENTRUSTED, State.DECREE_SOUGHT, NET, 1),
    (Track.DIRECT, State.CONFIRMATION_SOUGHT, COURT, 4),
    (Track.DELEGATED, State.HANDED_BACK, COURT, 1),
]


@pytest.mark.parametrize(("track", "state", "platform", "entries"), LOST)
def test_a_platform_restored_from_a_backup_gets_its_own_entries_back(
    world: World, track: Track, state: State, platform: str, entries: int
) -> None:
    story = walk(world, state, track)
    before = journal(story.copy(platform))
    lose_tail(story.copy(platform), min(entries, len(before) - 1))

    epoch = reconcile.enter_restore_mode(platform, story.at)
    held = story.copy(platform)
    reconcile.reconcile(platform, story.at)
    settle(story.at)

    assert (epoch, held.frozen) == (2, RESTORING if held.shared else "")
    assert journal(story.copy(platform)) == before
    assert not Peer.objects.filter(read_only=True).exists()
    assert_equal_copies()


def test_a_platform_in_restore_mode_neither_writes_nor_applies_but_loses_nothing(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    reconcile.enter_restore_mode(COURT, story.at)
    with pytest.raises(moves.Refused, match="冻结"):
        moves.perform(story.copy(COURT), "recall", by=world.clerk, at=story.at, facts={})
    with pytest.raises(desk.Restoring):
        desk.thaw(story.copy(COURT), by=world.clerk, at=story.at)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    waiting = Delivery.objects.get(platform=NET, case=story.copy(NET), number=story.copy(NET).entries)

    reconcile.reconcile(COURT, story.at)
    settle(story.at + timedelta(seconds=40))

    assert (waiting.state, waiting.why) == ("WAITING", RESTORING)
    assert_equal_copies()


def test_the_whole_copy_lost_comes_back_with_people_and_texts(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    case = story.copy(NET)
    names = set(Party.objects.filter(case=case).values_list("name", flat=True))
    texts = Enclosure.objects.filter(case=case).exclude(sealed=b"").count()
    wipe(case)

    reconcile.enter_restore_mode(NET, story.at)
    reconcile.reconcile(NET, story.at)
    outbox.post_all(story.at)

    assert set(Party.objects.filter(case=story.copy(NET)).values_list("name", flat=True)) == names
    assert Enclosure.objects.filter(case=story.copy(NET)).exclude(sealed=b"").count() == texts
    assert_equal_copies()


def wipe(case: Case) -> None:
    """Lose a copy altogether."""
    for model in (Appointment, Change, Clock, Delivery, Document, Enclosure, Party, Request, Receipt):
        model.objects.filter(case=case).delete()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mediation_caseevent WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM mediation_case WHERE id = %s", [case.pk])
    Inbound.objects.filter(platform=case.platform, ref=case.ref).delete()
    assert CaseEvent.objects.filter(case__ref=case.ref).exists()


@pytest.fixture(autouse=True)
def _no_files(settings: Any) -> Any:
    """Leave no files behind."""
    yield
    shutil.rmtree(Path(settings.STATE_DIR) / "documents", ignore_errors=True)
