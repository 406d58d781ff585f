"""Two versions of the system talk: a peer one version older, and one that knows moves this version does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from mediation import chain, keyring, moves
from mediation.actor import Actor
from mediation.exchange import announcements, inbox, keys, outbox, peers, reconcile, soundings
from mediation.exchange.models import Inbound, Outcome
from mediation.models import Announcement, Case, CaseEvent, Delivery, Request
from mediation.vocabulary import Role, State
from tests.exchange.stories import Posted, assert_equal_copies, journal, walk
from tests.mediation.stories import COURT, NET, World

NEW = "case.note_progress.v1"


def says(monkeypatch: Any, *, lacks: tuple[str, ...] = (), knows: tuple[str, ...] = (), keeps: bool = True) -> None:
    """Have both platforms announce a version without some kinds, or with one more."""
    own = announcements.kinds()
    said = {
        "kinds": sorted({*own["kinds"], *knows} - {*lacks}),
        "keeps": sorted({*own["keeps"], *(knows if keeps else ())} - {*lacks}),
    }
    monkeypatch.setattr(announcements, "kinds", lambda: said)


def exchange(story: Posted) -> None:
    for platform in (COURT, NET):
        soundings.ask(peers.standing(platform), story.at)


def reason(story: Posted, by: Actor, name: str) -> str:
    """Return why a move is not offered to somebody, by code; empty if it is."""
    offers = {declared.name: why for declared, why in moves.options(story.copy(by.via), by, story.at)}
    why = offers[name]
    return why.code if why else ""


def newer_entry(story: Posted, platform: str, **changes: Any) -> dict[str, Any]:
    """Return an entry that only a newer version of this platform can have written."""
    case, key = story.copy(platform), keyring.signer(platform)
    body = {
        "ref": str(case.ref),
        "number": case.entries + 1,
        "kind": NEW,
        "at": chain.stamp(story.at),
        "platform": platform,
        "by": story.world.desk.entry(),
        "facts": {"progress": 7},
        "clocks": [],
        "enclosures": [],
        "previous": case.head,
        "algorithm": "sha256",
        **changes,
    }
    digest = chain.entry_hash(body, "sha256")
    return {**body, "hash": digest, "signature": key.sign(digest), "key": key.public.id}


def write(story: Posted, entry: dict[str, Any]) -> None:
    """Put the entry into its author's journal and on the way to the peer, as the newer version did."""
    case = story.copy(entry["platform"])
    event = moves.replay(case.platform, entry, [], at=story.at, own=True)
    assert Delivery.objects.filter(case=case, number=event.number).exists()
    outbox.post_all(story.at)


def test_a_move_the_peer_could_not_read_is_refused_and_shown_with_its_reason(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    before = reason(story, world.lead, "open_session")
    facts = {"mode": "VIDEO", "verified": story.people, "acknowledged": story.people, "informed": True, "warned": True}

    says(monkeypatch, lacks=("case.open_session.v1",))
    exchange(story)

    assert (before, reason(story, world.lead, "open_session")) == ("", "kinds")
    with pytest.raises(moves.Refused, match="尚不支持") as refused:
        moves.perform(story.copy(NET), "open_session", by=world.lead, at=story.at, facts=facts)
    assert refused.value.remedy
    assert_equal_copies()


def test_a_move_that_keeps_the_state_goes_to_an_older_peer_all_the_same(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)

    says(monkeypatch, lacks=("case.appoint_mediator.v1",))
    exchange(story)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert_equal_copies()


def test_a_move_the_owner_does_not_know_is_not_asked_of_it(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    by = Actor(Role.PARTY, story.respondent, "", COURT)
    facts = {"party": story.respondent, "e_service": True}

    says(monkeypatch, lacks=("case.confirm_address.v1",))
    exchange(story)

    assert reason(story, by, "confirm_address") == "kinds"
    with pytest.raises(moves.Refused, match="尚不支持"):
        moves.perform(story.copy(COURT), "confirm_address", by=by, at=story.at, facts=facts)
    assert not Request.objects.exists()


def test_once_the_peer_has_been_upgraded_the_move_is_offered_again(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    with monkeypatch.context() as older:
        says(older, lacks=("case.open_session.v1",))
        exchange(story)

    call_command("post", "--reconcile")

    assert reason(story, world.lead, "open_session") == ""


def test_an_unknown_entry_that_keeps_the_state_is_chained_as_it_is(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    says(monkeypatch, knows=(NEW,))
    exchange(story)
    sheet = story.copy(COURT).sheet

    write(story, newer_entry(story, NET))
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    copy = story.copy(COURT)
    kept = CaseEvent.objects.get(case=copy, kind=NEW)
    assert (kept.facts, kept.author, kept.state) == ({"progress": 7}, NET, State.ACCEPTED)
    assert {**copy.sheet, "mediators": sheet.get("mediators")}.items() >= sheet.items()
    assert Announcement.objects.get(platform=COURT).unread == [NEW]
    assert moves.move_of(kept.kind).label == moves.UNREAD
    assert_equal_copies()
    call_command("verify_journal")


@pytest.mark.parametrize(
    ("announced", "changes", "why"),
    [
        (None, {}, "kind"),
        (False, {}, "kind"),
        (True, {"kind": "case.accept.v2"}, "kind"),
        (True, {"kind": "case.NOTE.v1"}, "kind"),
        (True, {"by": {"role": "CLERK", "ref": "c", "seat": "沪74", "via": NET}}, "vouching"),
        (True, {"clocks": [{"kind": "NEVER"}]}, "body"),
        (True, {"enclosures": [{"kind": "NEVER", "audience": "ALL", "about": "", "digest": "ab" * 32}]}, "enclosures"),
    ],
)
def test_an_unknown_entry_that_may_change_the_state_or_is_malformed_parks(
    world: World, monkeypatch: Any, announced: bool | None, changes: dict[str, Any], why: str
) -> None:
    story = walk(world, State.ACCEPTED)
    if announced is not None:
        says(monkeypatch, knows=(NEW,), keeps=announced)
    exchange(story)
    entry = newer_entry(story, NET, **changes)
    before = journal(story.copy(COURT))
    item = {**entry, "id": "0e2b4cf6-6d0a-4b8e-9a0e-111111111111", "epoch": 1, "source": NET, "audience": COURT}

    inbox.hear_batch(COURT, NET, {"epoch": 1, "envelopes": [item]}, story.at)

    heard = Inbound.objects.get(envelope=item["id"])
    assert (heard.outcome, heard.why) == (Outcome.PARKED, why)
    assert journal(story.copy(COURT)) == before
    assert story.copy(COURT).frozen


def test_only_the_owner_of_the_state_may_write_what_cannot_be_read(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    says(monkeypatch, knows=(NEW,))
    exchange(story)
    by = {"role": "CLERK", "ref": "clerk-1", "seat": "沪74", "via": COURT}

    with pytest.raises(moves.Illegal, match="owner"):
        moves.replay(NET, newer_entry(story, COURT, by=by), [], at=story.at)


def test_after_an_upgrade_what_was_chained_unread_is_read(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.ACCEPTED)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    known = "case.disclose.v1"
    declared = moves.KINDS[known]
    with monkeypatch.context() as older:
        older.delitem(moves.KINDS, known)
        older.setattr(moves, "MOVES", {name: move for name, move in moves.MOVES.items() if name != "disclose"})
        says(older, knows=(known,))
        exchange(story)
        write(story, newer_entry(story, NET, kind=known, by=world.lead.entry(), facts={"ground": "NONE"}))
        unread = [story.copy(platform).sheet.get("disclosed") for platform in (COURT, NET)]

    read = [announcements.read_again(platform) for platform in (COURT, NET)]
    again = announcements.read_again(COURT)

    assert declared.name == "disclose"
    assert (unread, read, again) == ([{}, {}], [1, 1], 0)
    assert all(story.copy(platform).sheet["disclosed"] == {world.mediator: "NONE"} for platform in (COURT, NET))
    assert Announcement.objects.get(platform=COURT).unread == []
    assert_equal_copies()


def test_what_keys_json_publishes_says_which_kinds_keep_the_state(world: World) -> None:
    published = keys.published(NET)

    assert {"case.accept.v1", "case.add_evidence.v1"} <= {*published["kinds"]}
    assert "case.add_evidence.v1" in published["keeps"]
    assert "case.accept.v1" not in published["keeps"]
    assert {*published["keeps"]} < {*published["kinds"]}


def test_kinds_are_exchanged_with_every_comparison(world: World) -> None:
    story = walk(world, State.ACCEPTED)

    reconcile.sound_and_reconcile(COURT, story.at + timedelta(minutes=10))

    said = {row.platform: row for row in Announcement.objects.all()}
    assert said[COURT].kinds == said[NET].kinds == announcements.kinds()["kinds"]
    assert (said[COURT].tells, said[NET].tells) == (True, False)
    assert Case.objects.filter(frozen="").count() == 2
