"""What a hostile line or a compromised peer may try: nothing of it is accepted, and what is refused leaves no trace."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mediation import chain, keyring, moves
from mediation.actor import Actor
from mediation.chain import SigningKey
from mediation.exchange import desk, envelope, inbox, outbox, paths, peers, receipts, signing
from mediation.exchange.models import Inbound, Nonce, Outcome
from mediation.models import Case, CaseEvent, Delivery, LocalEntry, PlatformKey
from mediation.vocabulary import Role, State
from tests.exchange.stories import Posted, assert_equal_copies, direct, journal, walk
from tests.exchange.wire import Wire
from tests.mediation.stories import COURT, NET, World

PATH = paths.of(NET, "envelopes")


def handed_over(world: World) -> Posted:
    """Return a case that has just been delegated, nothing of it being told yet."""
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()
    return story


def waiting(platform: str, at: datetime) -> list[dict[str, Any]]:
    """Return the envelopes a platform would send."""
    return [item.body for item in outbox.gather(peers.standing(platform), at)]


def send(batch: dict[str, Any], at: datetime, source: str = COURT, audience: str = NET) -> inbox.Answer:
    """Send a batch properly signed by its source."""
    body, path = chain.canonical(batch), paths.of(audience, "envelopes")
    headers, _ = signing.sign_request(source, audience, "POST", path, body, at)
    return inbox.receive(audience, "POST", path, headers, body, at)


def outcomes(answer: inbox.Answer) -> list[tuple[str, str]]:
    """Return outcome and reason of each receipt."""
    assert answer.status == 200, answer.body
    return [(receipt["outcome"], receipt["why"]) for receipt in json.loads(answer.body)["receipts"]]


def message(world: World) -> tuple[datetime, dict[str, str], bytes]:
    """Return a good signed message that nobody has heard yet."""
    story = handed_over(world)
    body = chain.canonical({"epoch": 1, "envelopes": waiting(COURT, story.at)})
    headers, _ = signing.sign_request(COURT, NET, "POST", PATH, body, story.at)
    return story.at, headers, body


def altered_headers(name: str, change: Callable[[str], str]) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {**headers, name: change(headers[name])}


def test_a_good_message_is_heard_once_and_its_replay_is_refused(world: World) -> None:
    at, headers, body = message(world)

    first = inbox.receive(NET, "POST", PATH, headers, body, at)
    again = inbox.receive(NET, "POST", PATH, headers, body, at)

    assert {outcome for outcome, _ in outcomes(first)} == {"APPLIED"}
    assert (again.status, json.loads(again.body)["code"]) == (409, "replay")
    assert Nonce.objects.filter(platform=NET).count() == 1


def test_a_message_altered_in_any_byte_is_refused(world: World) -> None:
    at, headers, body = message(world)
    step = max(1, len(body) // 60)

    answers = [
        inbox.receive(NET, "POST", PATH, headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], at)
        for place in range(0, len(body), step)
    ]

    assert {answer.status for answer in answers} == {401}
    assert not Case.objects.filter(platform=NET).exists()


CHANGES: list[Callable[[dict[str, str]], dict[str, str]]] = [
    lambda headers: {**headers, "Docking-Source": "somebody"},
    lambda headers: {**headers, "Docking-Audience": COURT},
    lambda headers: {name: value for name, value in headers.items() if name != "Signature"},
    lambda headers: {name: value for name, value in headers.items() if name != "Content-Digest"},
    altered_headers("Signature-Input", lambda text: text.replace(";created=", ";created=1")),
    altered_headers("Signature-Input", lambda text: text.replace(' "content-digest"', "")),
    altered_headers("Signature-Input", lambda text: text.replace('nonce="', 'nonce="0')),
    altered_headers("Signature-Input", lambda text: text.replace("mediation-docking", "other")),
    altered_headers("Signature", lambda text: text.replace(text[12:16], "AAAA")),
    altered_headers("Content-Type", lambda text: "text/plain"),
]


def test_altered_or_missing_headers_are_refused(world: World) -> None:
    at, headers, body = message(world)

    answers = [inbox.receive(NET, "POST", PATH, change(headers), body, at) for change in CHANGES]

    assert {answer.status for answer in answers} == {401}
    assert not Case.objects.filter(platform=NET).exists()


def test_a_stale_or_postdated_message_is_refused(world: World) -> None:
    at, headers, body = message(world)

    for seconds in (-86_400, -301, 301, 86_400):
        answer = inbox.receive(NET, "POST", PATH, headers, body, at + timedelta(seconds=seconds))
        assert (answer.status, json.loads(answer.body)["code"]) == (401, "stale")


def test_another_path_or_method_is_refused(world: World) -> None:
    at, headers, body = message(world)

    statuses = {
        inbox.receive(NET, "PUT", PATH, headers, body, at).status,
        inbox.receive(NET, "POST", paths.of(NET, "digests"), headers, body, at).status,
    }

    assert statuses == {401}


def test_an_untrusted_or_revoked_key_is_refused(world: World) -> None:
    at, headers, body = message(world)
    PlatformKey.objects.filter(platform=COURT, purpose="SIGN").update(revoked_at=at - timedelta(seconds=1))

    answer = inbox.receive(NET, "POST", PATH, headers, body, at)

    assert answer.status == 401
    assert not Case.objects.filter(platform=NET).exists()


def test_a_platform_cannot_send_in_the_name_of_the_other(world: World) -> None:
    story = handed_over(world)
    batch = {"epoch": 1, "envelopes": [{**item, "source": NET} for item in waiting(COURT, story.at)]}

    assert send(batch, story.at).status == 400
    assert not Case.objects.filter(platform=NET).exists()


def test_a_splice_of_two_batches_parks_or_waits_and_applies_nothing_foreign(world: World) -> None:
    first, second = handed_over(world), handed_over(world)
    both = waiting(COURT, max(first.at, second.at))
    ones = [item for item in both if item["ref"] == str(first.ref)]
    others = [item for item in both if item["ref"] == str(second.ref)]
    spliced = [{**other, "id": one["id"], "ref": one["ref"]} for one, other in zip(ones, others, strict=True)]

    answer = send({"epoch": 1, "envelopes": spliced}, max(first.at, second.at))

    assert {outcome for outcome, _ in outcomes(answer)} <= {"PARKED", "WAITING"}
    assert not Case.objects.filter(platform=NET).exists()


def test_a_stale_epoch_is_refused(world: World) -> None:
    story = handed_over(world)
    peers.hear_epoch(NET, 3)

    answer = send({"epoch": 1, "envelopes": waiting(COURT, story.at)}, story.at)

    assert (answer.status, json.loads(answer.body)["code"]) == (409, "epoch")
    assert not Case.objects.filter(platform=NET).exists()


def resigned(entry: dict[str, Any], signing_platform: str, /, **changes: Any) -> dict[str, Any]:
    """Return an entry as a compromised platform would write it: changed, and signed with its own good key."""
    changed = {**entry, **changes}
    plain = {
        **changed,
        "enclosures": [{key: item[key] for key in envelope.REFERENCE_KEYS} for item in changed["enclosures"]],
    }
    digest = chain.entry_hash(chain.body_of(plain), plain["algorithm"])
    signer = keyring.signer(signing_platform)
    return {**changed, "hash": digest, "signature": signer.sign(digest), "key": signer.public.id}


FORGED: dict[str, Callable[[Posted, dict[str, Any]], dict[str, Any]]] = {
    "an illegal move": lambda story, entry: resigned(
        entry, COURT, kind="case.confirm.v1", facts={"present": story.people}
    ),
    "an unknown move": lambda story, entry: resigned(entry, COURT, kind="case.save.v1"),
    "malformed facts": lambda story, entry: resigned(entry, COURT, facts={"organisation": 7}),
    "a role that may not": lambda story, entry: resigned(entry, COURT, by={**entry["by"], "role": "JUDGE"}),
    "a clerk of another court": lambda story, entry: resigned(entry, COURT, by={**entry["by"], "seat": "京74"}),
    "the other side's mediator": lambda story, entry: resigned(entry, COURT, by=story.world.lead.entry()),
    "the receiver's own platform": lambda story, entry: resigned(entry, COURT, platform=NET),
    "another entry before it": lambda story, entry: resigned(entry, COURT, previous="0" * 64),
    "another clock": lambda story, entry: resigned(entry, COURT, clocks=[]),
    "the hash of another": lambda story, entry: {**entry, "hash": "0" * 64},
    "a wrong key": lambda story, entry: {**entry, "signature": SigningKey.generate().sign(entry["hash"])},
}


def test_a_forged_entry_is_parked_and_never_applied(world: World) -> None:
    story = handed_over(world)
    *dossier, last = waiting(COURT, story.at)
    send({"epoch": 1, "envelopes": dossier}, story.at)

    for what, forge in FORGED.items():
        moves.freeze(story.copy(NET), "")
        answer = send({"epoch": 1, "envelopes": [forge(story, last)]}, story.at)
        assert outcomes(answer)[0][0] == "PARKED", what
        assert story.copy(NET).frozen, what

    assert story.copy(NET).entries == len(dossier)


def test_words_put_into_the_mouth_of_somebody_signed_in_here_are_parked(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.wired = False
    story.go("confirm_address", story.party(story.respondent), party=story.respondent, e_service=True)
    (last,) = waiting(NET, story.at)
    forged = resigned(last, NET, by={**last["by"], "via": COURT})

    answer = send({"epoch": 1, "envelopes": [forged]}, story.at, NET, COURT)

    assert outcomes(answer) == [("PARKED", "vouching")]


def test_a_request_vouching_for_the_owners_own_staff_is_parked(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    item = request_of(story, {**world.desk.entry(), "via": COURT}, "accept", {"declared": True})

    answer = send({"epoch": 1, "envelopes": [item]}, story.at)

    assert outcomes(answer) == [("PARKED", "vouching")]
    assert story.copy(NET).entries == story.copy(COURT).entries


def request_of(story: Posted, by: dict[str, Any], move: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return a request of the court's as its own good key signs it."""
    stated = {
        "id": str(story.ref), "source": COURT, "audience": NET, "ref": str(story.ref), "kind": f"request.{move}.v1",
        "at": chain.stamp(story.at), "by": by, "facts": facts, "enclosures": [],
    }  # fmt: skip
    digest, signer = envelope.request_digest(stated), keyring.signer(COURT)
    signature = signer.sign(digest, label=envelope.REQUEST_LABEL)
    return {**stated, "number": 0, "epoch": 1, "hash": digest, "signature": signature, "key": signer.public.id}


def test_another_entry_under_a_taken_number_is_a_fork_and_both_desks_are_told(world: World) -> None:
    story = walk(world, State.READY)
    before = journal(story.copy(COURT))
    story.delegate()
    entry = CaseEvent.objects.get(case=story.copy(COURT), number=len(before) + 1).entry()
    other = resigned(entry, COURT, at=chain.stamp(story.at + timedelta(seconds=1)))
    item = {**other, "id": str(story.ref), "epoch": 1, "source": COURT, "audience": NET}

    answer = send({"epoch": 1, "envelopes": [item]}, story.at)

    assert outcomes(answer) == [("PARKED", "fork")]
    assert "fork" in story.copy(NET).frozen
    assert journal(story.copy(NET)) == journal(story.copy(COURT))


def test_a_parked_entry_freezes_both_copies_and_may_be_tried_again(world: World) -> None:
    story = handed_over(world)
    good, wire = moves.replay, Wire()
    with wire.connected(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "replay", lambda *given, **more: (_ for _ in ()).throw(moves.Illegal("trial")))
        outbox.post(COURT, story.at)
    parked = set(Delivery.objects.filter(platform=COURT).values_list("state", flat=True))
    frozen = story.copy(COURT).frozen
    assert moves.replay is good

    operator = Actor(Role.OPERATOR, "operator-1", "", COURT)
    count = desk.thaw(story.copy(COURT), by=operator, at=story.at)
    again = desk.thaw(story.copy(COURT), by=operator, at=story.at)
    outbox.post_all(story.at)
    noted = LocalEntry.objects.get(platform=COURT, chain=str(story.ref), kind="exchange.thaw")

    assert parked == {"PARKED"}
    assert "trial" in frozen
    assert (count, again) == (Delivery.objects.filter(platform=COURT).count(), None)
    assert (noted.by, noted.facts) == (operator.entry(), {"frozen": frozen, "count": count})
    assert_equal_copies()


def test_an_entry_that_cannot_be_judged_here_waits_and_holds_up_no_other(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    other = handed_over(world)
    story.wired = False
    held = CaseEvent.objects.get(case=story.copy(COURT), number=3).entry()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mediation_caseevent WHERE case_id = %s AND number = 3", [story.copy(NET).pk])
    item = {**held, "id": str(story.ref), "epoch": 1, "source": COURT, "audience": NET}
    dossier = waiting(COURT, other.at)

    answer = send({"epoch": 1, "envelopes": [item, *dossier]}, other.at)

    assert outcomes(answer) == [("WAITING", "error"), *[("APPLIED", "")] * len(dossier)]


def test_the_post_command_lets_a_frozen_case_go_on(world: World, capsys: Any) -> None:
    story = handed_over(world)
    Delivery.objects.update(state=Delivery.PARKED)
    moves.freeze(story.copy(COURT), "trial")

    call_command("post", "--thaw", str(story.ref))

    assert f"{COURT}: no longer frozen (trial)" in capsys.readouterr().out
    assert_equal_copies()
    with pytest.raises(CommandError, match="No frozen case"):
        call_command("post", "--thaw", str(story.ref))


BODIES = [
    b"",
    b"{",
    b"[]",
    b'{"epoch":1}',
    b'{"epoch":1.5,"envelopes":[]}',
    b"[" * 5000,
    b'{"a":"\\ud800"}',
    b"9" * 5000,
]


def test_a_malformed_body_is_answered_and_never_raised(world: World) -> None:
    at = datetime.fromisoformat("2024-03-04T02:00:00+00:00")

    for body in BODIES:
        headers, _ = signing.sign_request(COURT, NET, "POST", PATH, body, at)
        assert inbox.receive(NET, "POST", PATH, headers, body, at).status == 400


FIELDS = ("ref", "kind", "number", "by", "facts", "enclosures", "at", "clocks", "hash", "algorithm")
JUNK: list[Any] = [None, 7, -1, "", "x\0", {}, [[]], {"id": "x"}, "00000000-0000-0000-0000-000000000000"]


def test_a_malformed_envelope_is_refused_or_parked(world: World) -> None:
    story = handed_over(world)
    first = waiting(COURT, story.at)[0]

    for item in [*JUNK, *({**first, field: junk} for field in FIELDS for junk in JUNK if first[field] != junk)]:
        answer = send({"epoch": 1, "envelopes": [item]}, story.at) if is_sendable(item) else None
        assert answer is None or answer.status == 400 or outcomes(answer)[0][0] in ("PARKED", "WAITING"), item

    assert not Case.objects.filter(platform=NET).exists()


def is_sendable(item: Any) -> bool:
    """Tell whether canonical JSON can say it at all."""
    try:
        chain.canonical(item)
    except ValueError:
        return False
    return True


def test_a_receipt_altered_in_any_field_is_not_genuine(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    receipt = Inbound.objects.filter(platform=NET, outcome=Outcome.APPLIED).first().receipt  # type: ignore[union-attr]
    keys = keyring.trusted(NET)

    altered = [{**receipt, name: f"{value}0" if isinstance(value, str) else 9} for name, value in receipt.items()]

    assert receipts.is_genuine(receipt, keys)
    assert not any(receipts.is_genuine(other, keys) for other in altered)
    assert story.state is State.ACCEPTED


def test_an_answer_that_is_not_the_peers_own_counts_as_no_answer(world: World) -> None:
    story = handed_over(world)

    def tampered(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: datetime) -> inbox.Answer:
        answer = direct(peer, method, path, headers, body, at)
        said = copy.deepcopy(json.loads(answer.body))
        for receipt in said["receipts"]:
            receipt["outcome"] = "PARKED"
        return inbox.Answer(answer.status, answer.headers, chain.canonical(said))

    wire = Wire()
    wire.carry = tampered  # type: ignore[method-assign]
    with wire.connected():
        told = outbox.post(COURT, story.at)

    assert told == 0
    assert set(Delivery.objects.filter(platform=COURT).values_list("state", flat=True)) == {"WAITING"}
    assert peers.standing(COURT).failures == 1
