"""Telling subscribers: in order, signed, tried again, given up with a word, replayed, never into our own network."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
import requests
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client as Browser
from http_message_signatures import HTTPMessageVerifier

from mediation import keyring
from mediation.exchange import callbacks, targets
from mediation.exchange.signing import CALLBACK_COVERS, CALLBACK_TAG, Keys, Message, OwnScheme, sign_callback
from mediation.models import Callback, LocalEntry, OutgoingMessage, Subscription
from mediation.rosters import hand
from mediation.vocabulary import State
from roster import moves, tokens
from roster.models import Account, Listing
from roster.models import Client as ClientRow
from script import example_client
from script.run_stack import free_port
from tests.api.callers import Caller, Cast
from tests.mediation.stories import COURT, START, Story, World, build_world, walk

AT = START + timedelta(days=1)


class Receiver:
    """A server out there that notes what it is told and answers as it is set to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes, str]] = []
        self.status, self.slow = 204, 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append((dict(self.headers), body, self.path))
                time.sleep(receiver.slow)
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it was told."""
        return [json.loads(body) for _headers, body, _path in self.heard]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver beside us, which the setting allows."""
    settings.CALLBACKS_ANYWHERE = True
    settings.ROOT_URLCONF = "tests.api.urls"
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def world(db: None) -> World:
    """Both platforms."""
    return build_world()


@pytest.fixture
def cast(world: World) -> Cast:
    """Everybody."""
    return Cast(world)


def system(cast: Cast, *more: str) -> Caller:
    """Return the court's own system, as a registered client with a token."""
    account = cast.integrator.account
    assert account is not None
    client, secret = tokens.register(
        account, "办案系统", platform=COURT, grants=[tokens.MACHINE], scopes=["webhooks", "cases:read", *more],
        by=account, at=START, court="沪74",
    )  # fmt: skip
    tokens.give("ACCESS", secret, client, account, client.scopes, datetime.now(tz=START.tzinfo))
    return Caller(account, COURT, secret)


def test_changes_are_told_in_order_signed_and_without_a_name(cast: Cast, receiver: Receiver) -> None:
    who, early = system(cast), walk(cast.world, State.FILED)
    made = who.post("subscriptions", {"url": receiver.url, "kinds": ["case.file.v1", "case.consult.v1"]})
    story, foreign = walk(cast.world, State.CONSULTING), Story(cast.world)
    foreign.file()

    taken = callbacks.tell(COURT, AT)
    again = callbacks.tell(COURT, AT)

    assert (made.status_code, taken, again) == (201, 3, 0)
    told = receiver.told
    assert [(one["subject"], one["type"]) for one in told] == [
        (str(story.ref), "case.file.v1"),
        (str(story.ref), "case.consult.v1"),
        (str(foreign.ref), "case.file.v1"),
    ]
    assert str(early.ref) not in str(told)
    assert "张三" not in str(told)
    assert {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"} == set(told[0])
    headers, body, _path = receiver.heard[0]
    verifier = HTTPMessageVerifier(signature_algorithm=OwnScheme, key_resolver=Keys(trusted=keyring.trusted(COURT, AT)))
    lower = {name.lower(): value for name, value in headers.items()}
    (result,) = verifier.verify(
        Message(lower, "POST", receiver.url),
        max_age=timedelta(days=99999),
        expect_tag=CALLBACK_TAG,
        require_components=CALLBACK_COVERS,
        body=body,
    )
    assert result.parameters["keyid"] == keyring.signer(COURT).public.id
    seen = who.get(f"subscriptions/{made.json()['ref']}/callbacks").json()["items"]
    assert [one["status"] for one in seen] == [204, 204, 204]
    assert cast.clerk.get(f"subscriptions/{made.json()['ref']}").status_code == 404

    # From any point again.
    who.post(f"subscriptions/{made.json()['ref']}/replay", {"since": 0})
    assert callbacks.tell(COURT, AT) == 4
    assert receiver.told[3]["subject"] == str(early.ref)


def test_the_example_clients_receiver_reads_keys_again_when_the_platform_takes_a_new_one(world: World) -> None:
    body, published, reads = b'{"id": "1"}', [keyring.trusted(COURT)], [0]
    url = f"http://127.0.0.1:{free_port()}/hook"

    def fetch() -> dict[str, Ed25519PublicKey]:
        reads[0] += 1
        return {key: Ed25519PublicKey.from_public_bytes(one.raw) for key, one in published[-1].items()}

    hook = example_client.Receiver(url, fetch, AT.timestamp)
    try:
        old = sign_callback(COURT, url, "application/json", body, AT)
        assert hook.verified(old, body) == {"id": "1"}
        keyring.rotate_signing(COURT, AT)
        keyring.forget()
        published.append(keyring.trusted(COURT))
        new = sign_callback(COURT, url, "application/json", body, AT)
        with pytest.raises(example_client.UnknownKey):
            hook.verified(new, body)
        assert reads == [1]
        hook.fetched -= 60
        assert requests.post(url, body, headers=new, timeout=5).status_code == 204
        assert requests.post(url, body, headers=new, timeout=5).status_code == 204
        assert requests.post(url, body + b" ", headers=new, timeout=5).status_code == 401
        strange = {**new, "Signature-Input": re.sub('keyid="[^"]*"', 'keyid="else"', new["Signature-Input"])}
        assert requests.post(url, body, headers=strange, timeout=5).status_code == 401
        assert (reads, hook.events.qsize()) == ([2], 1)
    finally:
        hook.close()


def test_a_push_is_told_to_the_courts_own_system_which_need_not_ask(cast: Cast, receiver: Receiver) -> None:
    kinds = ["roster.listing.receive_push.v1", "roster.listing.confirm.v1"]
    who, plain = system(cast, "rosters"), system(cast)
    for one in (who, plain):
        assert one.post("subscriptions", {"url": receiver.url}).status_code == 201
    narrow = plain.post("subscriptions", {"url": receiver.url, "kinds": kinds})
    made = who.post("subscriptions", {"url": receiver.url, "kinds": kinds})
    court, entrant = hand(COURT), {"organisation": str(uuid4()), "file": 1}
    for code in ("沪74", "京74"):
        entry = moves.new("listing", COURT)
        moves.perform(
            entry, "receive_push", by=moves.itself(court), at=AT, hand=court, facts={**entrant, "court": code}
        )

    taken = callbacks.tell(COURT, AT)
    feed = who.get("books/changes").json()
    elsewhere = cast.other_integrator.get("books/changes").json()["items"]

    assert (narrow.json()["code"], made.status_code, taken) == ("scope", 201, 1)
    (told,) = receiver.told
    own = Listing.objects.get(platform=COURT, court="沪74", organisation=entrant["organisation"])
    assert (told["type"], told["subject"], told["data"]["state"]) == (kinds[0], str(own.ref), "PUSHED")
    assert feed["items"][-1] == told["data"]
    assert entrant["organisation"] not in str(told)
    assert str(own.ref) not in str(elsewhere)
    assert [one["ref"] for one in elsewhere] == [str(entry.ref)]
    assert who.get("changes").json()["items"] == []
    assert who.get("books/changes?kind=case.file.v1").json()["field"] == "kind"
    assert plain.get("books/changes").json()["code"] == "scope"


def test_a_dead_receiver_is_left_alone_longer_and_longer_and_at_last_given_up_with_a_word(
    cast: Cast, receiver: Receiver
) -> None:
    who = system(cast)
    account = cast.integrator.account
    assert account is not None
    account.phone = "13900000000"
    account.save()
    dead = who.post("subscriptions", {"url": "http://127.0.0.1:9/dead"}).json()["ref"]
    sour = who.post("subscriptions", {"url": receiver.url}).json()["ref"]
    receiver.status = 500
    walk(cast.world, State.CONSULTING)
    at, pauses = AT, []

    for _turn in range(3):
        assert callbacks.tell(COURT, at) == 0
        due = Subscription.objects.get(ref=dead).next_at
        assert due is not None
        pauses.append((due - at).total_seconds())
        assert callbacks.tell(COURT, at) == 0
        at = due
    receiver.status = 301
    callbacks.tell(COURT, at)
    moved = len(receiver.heard)
    receiver.status = 200
    callbacks.tell(COURT, at + timedelta(hours=2))
    callbacks.tell(COURT, at + callbacks.GIVEN_UP)

    assert pauses == [10, 20, 40]
    # Nothing is followed to where an answer points, and what comes first is told first.
    assert {one["subject"] for one in receiver.told[:moved]} == {receiver.told[0]["subject"]}
    assert [one["data"]["number"] for one in receiver.told[moved:]] == [1, 2]
    assert Subscription.objects.get(ref=sour).failures == 0
    closed = who.get(f"subscriptions/{dead}").json()
    assert (closed["why"], closed["disabled_at"] is not None) == ("UNREACHABLE", True)
    assert Callback.objects.filter(subscription__ref=dead, status__isnull=True).exclude(why="").count() >= 4
    assert "已停止发送" in OutgoingMessage.objects.get().text
    assert LocalEntry.objects.filter(kind="callback.disabled").count() == 1
    assert who.post(f"subscriptions/{dead}/replay", {"since": 0}).json()["disabled_at"] is None
    who.post(f"subscriptions/{dead}/close", {})

    # Who may no longer be told is told no longer.
    tokens.revoke(Subscription.objects.get(ref=sour).client, at)
    walk(cast.world, State.FILED)
    assert callbacks.tell(COURT, at + timedelta(days=9)) == 0
    assert Subscription.objects.get(ref=sour).why == "ENDED"


def test_who_registered_a_programme_and_the_operators_learn_that_its_receiver_is_gone(
    cast: Cast, receiver: Receiver, settings: Any
) -> None:
    who, operator = system(cast), cast.operator.account
    assert operator is not None
    Account.objects.filter(pk=cast.integrator.account.pk).update(phone="")  # type: ignore[union-attr]
    dead = Subscription.objects.get(ref=who.post("subscriptions", {"url": "http://127.0.0.1:9/dead"}).json()["ref"])
    ClientRow.objects.filter(pk=dead.client.pk).update(created_by=operator)
    walk(cast.world, State.CONSULTING)
    settings.ROOT_URLCONF = "mediation.project.urls"

    with time_machine.travel(AT, tick=False) as clock:
        desk = Browser()
        desk.force_login(operator, "roster.backend.AccountBackend")
        before = desk.get("/court/admin/exchange/").content.decode()
        for at in (AT, AT + callbacks.GIVEN_UP):
            clock.move_to(at)
            callbacks.tell(COURT, at)
        desk.force_login(operator, "roster.backend.AccountBackend")
        pages = ("exchange", "clients", f"clients/{dead.client.pk}")
        first, listed, one = [desk.get(f"/court/admin/{page}/").content.decode() for page in pages]

    assert OutgoingMessage.objects.get().account == operator
    linked = 'href="/court/admin/clients/"'
    assert ("变更通知送不到的订阅" in first, first.count(linked) - before.count(linked)) == (True, 1)
    assert "有订阅送不到" in listed
    assert [words in one for words in ("全部种类", "连续三日未能送达", "最近的送达", "case.file.v1")] == [True] * 4


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://localhost/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://intranet/", "https://a.internal/",
        "https://user:pw@example.com/", "https://example.com:22/", "https://0x7f000001/", "ftp://example.com/",
        "https://example.com/#x", "", "https://", "https://[", "https://2130706433/",
    ],
)  # fmt: skip
def test_nobody_is_told_inside_our_own_network(cast: Cast, settings: Any, url: str) -> None:
    settings.ROOT_URLCONF = "tests.api.urls"

    assert system(cast).post("subscriptions", {"url": url}).status_code == 422


def test_a_name_that_turns_out_to_be_ours_is_not_sent_a_byte(receiver: Receiver, settings: Any) -> None:
    settings.CALLBACKS_ANYWHERE = False

    with pytest.raises(targets.Unreached):
        targets.post(receiver.url, {}, b"{}")

    assert receiver.heard == []
