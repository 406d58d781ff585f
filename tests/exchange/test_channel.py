"""Outages, clocks that disagree, requests, files, keys and the address of the post office."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courtplatform.access import rights as court_rights
from investornet.access import rights as net_rights
from mediation import files, keyring, moves
from mediation.actor import Actor
from mediation.exchange import calls, desk, envelope, inbox, outbox, paths, peers, reconcile, signing, transports
from mediation.exchange import keys as publishing
from mediation.exchange.models import Fetch, Receipt
from mediation.models import Delivery, Document, Enclosure, LocalEntry, PlatformKey, Request
from mediation.moves import Enclosed
from mediation.vocabulary import Audience, EnclosureKind, Role, State
from roster.models import Organisation
from tests.exchange.stories import assert_equal_copies, line, settle, walk
from tests.exchange.wire import Wire
from tests.mediation.stories import COURT, NET, World

TEXT = "转账记录一份。".encode() * 20


def test_a_dead_peer_is_asked_at_most_once_a_second_and_nothing_is_given_up(world: World) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()
    calls_made = 0

    def dead(*given: Any) -> inbox.Answer:
        nonlocal calls_made
        calls_made += 1
        raise outbox.calls.transports.Unreachable("refused")

    with line(dead):
        for tick in range(600):
            outbox.post(COURT, story.at + timedelta(seconds=tick / 2))
    later = story.at + timedelta(days=7)
    health = desk.health(COURT, later)
    settle(later)

    assert 35 <= calls_made <= 60
    assert (health.alarm, health.reachable, health.last_error) == (True, False, "refused")
    assert health.oldest_unsent >= timedelta(days=6)
    assert_equal_copies()
    assert not desk.health(COURT, later).alarm


def test_a_line_that_breaks_inside_an_answer_is_an_outage_like_any_other(world: World, settings: Any) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.PEERS = {COURT: "local:", NET: f"http://127.0.0.1:{listening.getsockname()[1]}/"}
        peer = threading.Thread(target=break_off, args=(listening,))
        peer.start()
        told = outbox.post(COURT, story.at)
        peer.join()
    standing = peers.standing(COURT)

    assert (told, standing.failures, standing.last_error) == (0, 1, "ProtocolError")
    assert standing.next_try_at is not None
    assert set(Delivery.objects.filter(platform=COURT).values_list("state", "attempts")) == {("WAITING", 1)}


def break_off(listening: socket.socket) -> None:
    """Promise a hundred bytes, say seven, and hang up."""
    line_in, _ = listening.accept()
    with line_in:
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += line_in.recv(65_536)
        head, _, body = heard.partition(b"\r\n\r\n")
        left = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) - len(body)  # type: ignore[index]
        while left > 0:
            left -= len(line_in.recv(65_536))
        line_in.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"recei')


@pytest.mark.parametrize("seconds", [-86_400, -600, 600, 86_400])
def test_clocks_that_disagree_lose_nothing(world: World, seconds: int) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()

    def skewed(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: Any) -> inbox.Answer:
        there = at + timedelta(seconds=seconds if peer == NET else -seconds)
        return inbox.receive(peer, method, path, headers, body, there)

    with line(skewed):
        for tick in range(20):
            at = story.at + timedelta(seconds=10 * tick)
            outbox.post(COURT, at)
            outbox.post(NET, at + timedelta(seconds=seconds))

    assert abs(peers.standing(COURT).skew - seconds) <= 1
    assert story.copy(NET).entries == story.copy(COURT).entries
    assert_equal_copies()


@pytest.mark.parametrize(("seconds", "named"), [(-60, []), (240, []), (3_600, [("AHEAD", True)])])
def test_an_entry_dated_ahead_is_applied_and_named_until_its_time_has_come(
    world: World, seconds: int, named: list[tuple[str, bool]]
) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()
    here = story.at - timedelta(seconds=seconds)
    Delivery.objects.update(next_at=here)

    outbox.post(COURT, here)
    after = [(row["kind"], row["ref"] == str(story.ref)) for row in desk.health(NET, here).findings]
    outbox.post_all(max(here, story.at))
    reconcile.reconcile(NET, here)
    kept = desk.health(NET, here).findings
    reconcile.reconcile(NET, story.at + timedelta(hours=1))

    assert after == named
    assert len(kept) == len(named)
    assert desk.health(NET, story.at).findings == []
    assert_equal_copies()


def test_a_request_is_done_by_the_owner_and_the_entry_is_the_answer(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    by = Actor(Role.PARTY, story.respondent, "", COURT)
    told = {"party": story.respondent, "e_service": True}

    asked = moves.perform(story.copy(COURT), "confirm_address", by=by, at=story.at, facts=told, key="k")
    again = moves.perform(story.copy(COURT), "confirm_address", by=by, at=story.at, facts=told, key="k")
    outbox.post_all(story.at)

    assert isinstance(asked, Request)
    assert again == asked
    assert Request.objects.get().state == Request.DONE
    assert story.copy(COURT).events.latest("number").by["via"] == COURT
    assert_equal_copies()


def test_a_request_the_owner_refuses_comes_back_with_guard_article_and_next_step(world: World) -> None:
    story = walk(world, State.DELEGATED)
    story.wired = False
    asked = moves.perform(
        story.copy(COURT),
        "stop_mediation",
        by=Actor(Role.PARTY, story.respondent, "", COURT),
        at=story.at,
        facts={"party": story.respondent},
    )
    story.go("decline", world.desk, Enclosed(EnclosureKind.REASON, {"text": "超出范围"}), ground="UNSUITABLE")

    outbox.post_all(story.at)

    answered = Request.objects.get(pk=asked.pk)
    assert answered.state == Request.REFUSED
    assert set(answered.refusal) == {"code", "reason", "law", "remedy"}
    assert answered.refusal["remedy"]
    assert_equal_copies()


def test_a_hand_over_to_an_organisation_closed_here_is_applied_and_sent_back(world: World) -> None:
    story = walk(world, State.READY)
    Organisation.objects.filter(platform=NET, ref=world.organisation).update(active=False)

    story.delegate()

    assert story.state is State.READY
    assert [event.move for event in story.case.events.order_by("-number")[:4]] == [
        "receive",
        "send_back",
        "receive",
        "delegate",
    ]
    assert_equal_copies()


def test_a_frozen_copy_signs_for_what_it_cannot_honour_and_leaves_the_rest_to_people(world: World) -> None:
    story = walk(world, State.READY)
    Organisation.objects.filter(platform=NET, ref=world.organisation).update(active=False)
    story.delegate()
    moves.freeze(story.copy(NET), "trial")

    story.delegate()

    assert [event.move for event in story.copy(NET).events.order_by("-number")[:2]] == ["receive", "delegate"]
    assert not Delivery.objects.filter(platform=COURT).exclude(state=Delivery.APPLIED).exists()


def document(content: bytes, audience: Audience = Audience.ALL) -> Enclosed:
    """Return the description of a text file."""
    told = {"ref": "11111111-1111-4111-8111-111111111111", "kind": "EVIDENCE", "name": "转账.txt", "size": len(content)}
    told |= {"sha256": hashlib.sha256(content).hexdigest(), "media_type": "text/plain"}
    return Enclosed(EnclosureKind.DOCUMENT, told, audience)


def test_a_file_follows_its_case_and_is_noted_at_both_ends(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    files.store(NET, files.judge("转账.txt", TEXT), TEXT, story.at)

    story.go("add_evidence", world.desk, document(TEXT))
    settle(story.at + timedelta(seconds=5))

    here = Document.objects.get(platform=COURT)
    assert here.present
    assert files.fetch(COURT, here.sha256) == TEXT
    kinds = set(LocalEntry.objects.filter(chain=str(story.ref)).values_list("platform", "kind"))
    assert {(COURT, "file.arrived"), (NET, "file.handed_out")} <= kinds


def test_what_is_confided_in_the_mediator_from_the_court_reaches_the_mediator_and_nobody_else(world: World) -> None:
    story = walk(world, State.MEDIATING)
    files.store(COURT, files.judge("转账.txt", TEXT), TEXT, story.at)
    by = Actor(Role.PARTY, story.applicant, "", COURT)

    moves.perform(story.copy(COURT), "add_evidence", by=by, at=story.at, enclosures=[document(TEXT, Audience.MEDIATOR)])
    settle(settle(story.at) + timedelta(seconds=31))

    here, there = (Document.objects.get(platform=code) for code in (COURT, NET))
    assert (there.audience, there.present, files.fetch(NET, there.sha256)) == ("MEDIATOR", True, TEXT)
    readers = {Role.CLERK: "沪74", Role.JUDGE: "沪74", Role.COURT_LEADER: "沪74", Role.INTEGRATOR: "沪74"}
    others = [Actor(role, "x", seat, COURT) for role, seat in readers.items()]
    others.append(Actor(Role.PARTY, story.respondent, "", COURT))
    assert [court_rights.documents(story.copy(COURT), [other]) for other in others] == [[]] * len(others)
    assert court_rights.documents(story.copy(COURT), [by]) == [here]
    organisation = Actor(Role.ORGANISATION, "x", world.organisation, NET)
    assert net_rights.documents(story.copy(NET), [organisation]) == []

    taken = {"document": str(here.ref)}
    moves.perform(story.copy(COURT), "withdraw_evidence", by=by, at=story.at + timedelta(minutes=5), facts=taken)
    settle(story.at + timedelta(minutes=6))
    assert not Document.objects.exists()
    assert not any(row.content() for row in Enclosure.objects.filter(kind="DOCUMENT"))


def test_a_recording_crosses_piece_by_piece_and_goes_on_where_it_stopped(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    content = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\0mdat" + b"film" * 5_500_000
    judged = files.judge_pieces("庭外.mp4", lambda: [content], len(content))
    files.store_pieces(NET, judged, lambda: [content], story.at)
    told = document(content)
    told.content.update(name="庭外.mp4", media_type="video/mp4")
    asked: list[str] = []

    def breaking(peer: Any, name: str, at: Any, whole: Any = calls.fetch) -> bytes:
        asked.append(name)
        if len(asked) == 3:
            raise calls.Failed("Unreachable")
        return whole(peer, name, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "fetch", breaking)
        story.go("add_evidence", world.desk, told)
        settle(story.at + timedelta(seconds=5))
        for minute in (1, 2, 3):
            outbox.post_all(story.at + timedelta(minutes=minute))

    assert Document.objects.get(platform=COURT).present
    assert b"".join(files.fetch_pieces(COURT, judged.sha256)) == content
    assert asked == [f"{judged.sha256}/{place}" for place in (0, 1, 2, 2, 3, 4, 5)]


def test_a_missing_file_holds_nothing_up_and_is_asked_for_ever_more_seldom(world: World) -> None:
    story = walk(world, State.ACCEPTED)

    story.go("add_evidence", world.desk, document(TEXT))
    for tick in range(0, 120, 3):
        outbox.post_all(story.at + timedelta(seconds=tick))

    assert_equal_copies()
    assert not Document.objects.get(platform=COURT).present
    assert 4 <= Fetch.objects.get(document__platform=COURT).attempts <= 8


def test_a_dead_peer_is_not_asked_for_files_more_often_than_for_anything_else(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    for number in range(3):
        paper = document(TEXT + bytes([65 + number]))
        paper.content["ref"] = f"11111111-1111-4111-8111-11111111111{number}"
        story.wired = False
        story.go("add_evidence", world.desk, paper)
    calls_made = 0

    def dying(*given: Any) -> inbox.Answer:
        nonlocal calls_made
        if given[1] != "GET":
            return inbox.receive(*given)
        calls_made += given[0] == NET
        raise outbox.calls.transports.Unreachable("refused")

    with line(dying):
        for tick in range(120):
            outbox.post_all(story.at + timedelta(seconds=tick / 2))
    health = desk.health(COURT, story.at + timedelta(minutes=1))

    assert 8 <= calls_made <= 14
    assert (health.reachable, health.last_error) == (False, "refused")


def test_a_peer_that_hangs_is_claimed_for_as_long_as_a_call_can_hang(world: World) -> None:
    at = walk(world, State.READY).at
    peer = peers.standing(COURT)
    healthy = [peers.lease(peer, at), peers.lease(peer, at + timedelta(seconds=7))]
    peers.release(peer)
    peers.note_failure(peer, "ReadTimeout", at)
    peer = peers.standing(COURT)

    hanging = [peers.lease(peer, at), peers.lease(peer, at + timedelta(seconds=24))]

    assert (healthy, hanging) == ([True, True], [True, False])
    assert peers.LONGEST_CALL.total_seconds() > transports.CONNECT_SECONDS + transports.READ_SECONDS


def test_a_platform_is_given_neither_content_nor_file_that_is_not_for_its_people(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    files.store(NET, files.judge("转账.txt", TEXT), TEXT, story.at)

    story.go("add_evidence", world.desk, document(TEXT, Audience.MEDIATOR))
    sha256 = hashlib.sha256(TEXT).hexdigest()

    row = Enclosure.objects.get(platform=COURT, kind="DOCUMENT")
    assert (bytes(row.sealed), row.salt) == (b"", "")
    assert not Document.objects.filter(platform=COURT).exists()
    with pytest.raises(calls.Failed, match="404"):
        calls.fetch(peers.standing(COURT), sha256, story.at)
    assert_equal_copies()


def test_every_audience_sits_on_some_platform() -> None:
    assert set(envelope.AUDIENCE_SEATS) == set(Audience)
    assert all(envelope.AUDIENCE_SEATS.values())


def test_nothing_personal_stands_in_what_crosses(world: World) -> None:
    crossed: list[bytes] = []

    def listening(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: Any) -> inbox.Answer:
        crossed.append(body)
        return inbox.receive(peer, method, path, headers, body, at)

    with line(listening):
        walk(world, State.ACCEPTED)

    whole = b"".join(crossed)
    assert whole
    assert not any(word.encode() in whole for word in ("张三", "11010519491231002X", "13800000000", "虚假陈述造成损失"))


def test_keys_rotate_without_downtime_and_old_receipts_still_verify(world: World, tmp_path: Path, capsys: Any) -> None:
    story = walk(world, State.ACCEPTED)
    receipt = Receipt.objects.filter(platform=COURT).latest("number")
    written, exported = tmp_path / "receipt.json", tmp_path / "keys.json"
    written.write_text(json.dumps(receipt.body))
    old = keyring.signer(NET).public.id

    call_command("keys", "rotate")
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    capsys.readouterr()
    call_command("keys", "export")
    exported.write_text(capsys.readouterr().out)
    call_command("verify_receipt", str(written), keys=exported)
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({**receipt.body, "number": 99}))

    assert keyring.signer(NET).public.id != old
    assert "Genuine" in capsys.readouterr().out
    with pytest.raises(CommandError, match="NOT genuine"):
        call_command("verify_receipt", str(forged), keys=exported)
    assert_equal_copies()


def test_published_keys_are_taken_for_a_distant_platform_only(world: World, settings: Any) -> None:
    settings.PEERS = {COURT: "local:", NET: "local:", "elsewhere": "https://elsewhere.example/"}
    document = publishing.published(NET)

    new = publishing.trust({**document, "platform": "elsewhere"})

    assert new == PlatformKey.objects.filter(platform="elsewhere", own=False).count() == 2
    for wrong in (
        {**document, "platform": NET},
        {"platform": "elsewhere"},
        {"platform": "elsewhere", "keys": [{"purpose": "SIGN"}]},
        7,
    ):
        with pytest.raises(publishing.BadKeys):
            publishing.trust(wrong)


def test_the_address_hears_the_same_bytes_over_http(world: World, client: Client) -> None:
    at = timezone.now()
    story = walk(world, State.READY, at=at)
    story.wired = False
    story.delegate()
    Delivery.objects.update(next_at=at)

    def over_http(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: Any) -> inbox.Answer:
        given = {name: value for name, value in headers.items() if name != "Content-Type"}
        response = client.generic(method, path, body, content_type=headers["Content-Type"], headers=given)
        return inbox.Answer(response.status_code, dict(response.headers), response.content)

    with line(over_http):
        told = outbox.post(COURT, timezone.now())

    assert told == Delivery.objects.filter(platform=COURT).count()
    assert client.get(f"/exchange/v1/{NET}/keys.json").json()["platform"] == NET
    assert client.get("/exchange/v1/nowhere/keys.json").status_code == 404
    assert client.post(paths.of(NET, "envelopes"), b"{}", content_type="application/json").status_code == 401
    assert client.get(paths.of(NET, "envelopes")).status_code == 401
    assert client.post(paths.of("nowhere", "envelopes"), b"{}", content_type="application/json").status_code == 404


def test_a_doubled_message_over_a_bad_line_is_answered_verbatim(world: World) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()
    wire = Wire("unanswered")
    with wire.connected():
        outbox.post(COURT, story.at)
        first = {str(row.envelope): row.receipt for row in inbox.Inbound.objects.filter(platform=NET)}
        outbox.post(COURT, story.at + timedelta(seconds=2))

    kept = {str(row.envelope): row.body for row in Receipt.objects.filter(platform=COURT)}
    assert first == kept
    assert signing.FRESH_SECONDS == 300


def test_the_post_command_says_what_it_did(world: World, capsys: Any) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()

    call_command("post", again=True, reconcile=True)

    said = capsys.readouterr().out
    assert f"{Delivery.objects.count()} acknowledged" in said
    assert f"{COURT}: 0 differences" in said


def test_a_batch_is_applied_with_four_statements_an_envelope(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.wired = False
    for party in (story.respondent, story.applicant) * 10:
        story.go("confirm_address", story.party(party), party=party, e_service=True)
    counted: list[list[str]] = []

    def counting(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: Any) -> inbox.Answer:
        with CaptureQueriesContext(connection) as queries:
            answer = inbox.receive(peer, method, path, headers, body, at)
        counted.append([query["sql"] for query in queries])
        return answer

    with line(counting):
        told = outbox.post(NET, story.at)

    assert told == 20
    assert len(counted[0]) <= 4 * told + 20, counted[0]
    assert_equal_copies()
