"""A double of the other platform with protocol bugs as switches: our own inbox behind a line that spoils one thing.

Lives here: the line and the bugs, each with the check that must name it. Does not live here: the kit.
Called by: ``test_kit``.

A bug changes what can be seen of the program, which is all the kit has to go by: what was refused is heard after all
(``lenient``), receipts or answers say something else (``lying``), or what arrives is not what was sent (``mangled``).
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mediation import chain, keyring
from mediation.chain import SigningKey
from mediation.exchange import inbox, keys, paths, receipts, signing, transports
from mediation.exchange.conformance.counterpart import Counterpart, Message
from mediation.exchange.conformance.ear import Ear
from mediation.exchange.inbox import Answer
from mediation.exchange.models import Outcome
from tests.mediation.stories import NET

Said = dict[str, Any]
Lie = Callable[[Said, Said], None]
"""Changes an answer, given what was asked."""


@dataclass(frozen=True)
class Bug:
    """One switch: which check must name it, and what it does."""

    check: str
    forgives: tuple[str, ...] = ()
    lies: Lie | None = None
    operation: str = ""
    statuses: tuple[int, ...] = (200,)
    unsigned: tuple[int, ...] = ()
    answers_anybody: bool = False
    mangles: Callable[[Said], None] | None = None
    publishes: Lie | None = None


@dataclass
class Double:
    """The line to our own inbox, with one bug or none."""

    us: Counterpart
    bug: Bug | None = None

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Carry one message."""
        if path == paths.of(self.us.peer, "keys.json"):
            return self._published()
        bug, at, nonce = self.bug, self.us.now(), headers.get(signing.NONCE, "")
        if bug and bug.mangles and path == paths.of(self.us.peer, "envelopes"):
            body, headers = self._mangled(method, path, headers, body)
        answer = inbox.receive(self.us.peer, method, path, headers, body, at)
        if bug is None:
            return answer
        if _code(answer) in bug.forgives:
            answer = self._heard_after_all(method, path, body)
        if bug.lies and answer.status in bug.statuses and bug.operation in ("", path.rpartition("/")[2]):
            said, asked = json.loads(answer.body), _read(body)
            bug.lies(said, asked)
            answer = replace(answer, body=chain.canonical(said))
        if answer.status in bug.unsigned:
            return replace(answer, headers={"Content-Type": "application/json"})
        named = "0" * 32 if bug.answers_anybody else nonce
        caller = signing.Caller(self.us.code, named)
        signed = signing.sign_answer(self.us.peer, caller, answer.status, "application/json", answer.body, at)
        return Answer(answer.status, signed, answer.body)

    def _published(self) -> Answer:
        said = keys.published(self.us.peer)
        if self.bug and self.bug.publishes:
            self.bug.publishes(said, {})
        return Answer(200, {}, json.dumps(said).encode())

    def _heard_after_all(self, method: str, path: str, body: bytes) -> Answer:
        """Sign in the kit's name what the inbox has refused, and hear it; what cannot be read at all passes as well."""
        message = self.us.message(path.rpartition("/")[2], body, method=method)
        answer = inbox.receive(self.us.peer, method, path, message.headers, body, self.us.now())
        return answer if answer.status == 200 else Answer(200, {}, b'{"receipts":[]}')

    def _mangled(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[bytes, dict[str, str]]:
        said = _read(body)
        self.bug.mangles(said)  # type: ignore[union-attr,misc]
        changed: Message = self.us.message("envelopes", said, method=method)
        headers |= changed.headers
        return changed.body, headers


# The other direction: what our own outbox sends, on its way to the kit's ear.


@dataclass
class Mouth:
    """The line from our outbox to the kit's ear, which may do what a bad outbox would."""

    ear: Ear
    clock: list[datetime]
    bug: Callable[[Mouth, dict[str, str], bytes], Answer | None] | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    def carry(self, _peer: str, method: str, path: str, headers: dict[str, str], body: bytes, _at: datetime) -> Answer:
        """Stand in for the transport."""
        self.path = path
        letters = path.endswith("/envelopes")
        answer = self.bug(self, headers, body) if self.bug and letters else self.ear.hear(method, path, headers, body)
        if answer is None:
            raise transports.Unreachable("cut")
        return answer

    def tell(self, headers: dict[str, str], body: bytes) -> Answer | None:
        """Go on to the ear."""
        return self.ear.hear("POST", self.path, headers, body)

    def tell_items(self, headers: dict[str, str], items: list[Said]) -> Answer | None:
        """Go on to the ear with other envelopes, signed anew; the answer is signed for whoever asked first."""
        body = chain.canonical({"epoch": 1, "envelopes": items})
        peer, us = self.ear.us.peer, self.ear.us
        changed, _nonce = signing.sign_request(peer, us.code, "POST", self.path, body, self.clock[0])
        return self.say(headers, self.tell(changed, body))

    def say(self, headers: dict[str, str], answer: Answer | None, receipts_: list[Said] | None = None) -> Answer | None:
        """Have the outbox believe an answer, or these receipts."""
        if answer is None and receipts_ is None:
            return None
        said = _read(answer.body) if answer else {}
        said |= {"receipts": receipts_} if receipts_ is not None else {}
        us, caller = self.ear.us, signing.claimed(headers)
        body, status = chain.canonical(said), answer.status if answer and receipts_ is None else 200
        signed = signing.sign_answer(us.code, caller, status, "application/json", body, self.clock[0], own=us.key)
        return Answer(status, signed, body)

    def believe(self, headers: dict[str, str], items: list[Said]) -> Answer | None:
        """Have the outbox believe that everything was taken."""
        us, made = self.ear.us, []
        for one in items:
            about = {"number": one.get("number", 0), "head": one.get("hash", ""), "epoch": 1, "at": self.clock[0]}
            made.append(receipts.make(us.code, one, Outcome.APPLIED, own=us.key, **about))
        return self.say(headers, None, made)


def _ours(mouth: Mouth, body: bytes) -> list[Said]:
    return [one for one in _read(body)["envelopes"] if one["kind"].startswith("case.")]


def _gives_up(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    """Take what failed three times for done."""
    items = _ours(mouth, body)
    if mouth.kept.get("failed", 0) >= 3:
        return mouth.believe(headers, items)
    answer = mouth.tell(headers, body)
    mouth.kept["failed"] = 0 if answer and answer.status == 200 else mouth.kept.get("failed", 0) + 1
    return answer


def _renames(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    return mouth.tell_items(headers, [{**one, "id": str(uuid.uuid4())} for one in _read(body)["envelopes"]])


def _repeats_bytes(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    first = mouth.kept.setdefault("first", (dict(headers), body))
    if mouth.kept.get("again"):
        return mouth.tell(headers, body)
    answer = mouth.tell(*first)
    if answer is not None and answer.status == 401:
        mouth.kept["again"] = True
    return mouth.say(headers, answer) if answer is not None and answer.status == 200 else answer


def _believes_anybody(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    answer = mouth.tell(headers, body)
    return mouth.say(headers, answer) if answer is not None and answer.status == 200 else answer


def _believes_half(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    answer = mouth.tell(headers, body)
    return mouth.believe(headers, _ours(mouth, body)) if answer is not None and not _read(answer.body) else answer


def _waiting_is_done(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    answer = mouth.tell(headers, body)
    said = _read(answer.body).get("receipts", []) if answer is not None else []
    return mouth.believe(headers, _ours(mouth, body)) if any(one["outcome"] == "WAITING" for one in said) else answer


def _last_first(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    return mouth.tell_items(headers, _read(body)["envelopes"][::-1])


def _skips_the_first(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    items = _read(body)["envelopes"]
    mouth.tell_items(headers, items[1:])
    return mouth.believe(headers, items)


def _wants_new_receipts(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    """Do not believe a receipt that is older than the question."""
    answer = mouth.tell(headers, body)
    said = _read(answer.body).get("receipts", []) if answer is not None and answer.status == 200 else []
    seen = mouth.kept.setdefault("seen", set())
    if any(one["at"] < chain.stamp(mouth.clock[0]) for one in said) and len(seen) < 2:
        seen.add(len(seen))
        return None
    return answer


def _tells_again(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    answer = mouth.tell(headers, body)
    if answer is not None and answer.status == 200:
        mouth.tell_items(headers, _read(body)["envelopes"])
    return answer


def _goes_on_after_a_fork(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    answer = mouth.tell(headers, body)
    said = _read(answer.body).get("receipts", []) if answer is not None and answer.status == 200 else []
    return None if any(one["outcome"] == "PARKED" for one in said) else answer


def _signs_wrongly(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    return mouth.tell({**headers, signing.NONCE: "0" * 32}, body.replace(b'"epoch":1', b'"epoch":2', 1))


def _stops_after_the_first(mouth: Mouth, headers: dict[str, str], body: bytes) -> Answer | None:
    """Fall silent about everything once a case was forked."""
    if mouth.kept.get("silent"):
        return None
    answer = mouth.tell(headers, body)
    said = _read(answer.body).get("receipts", []) if answer is not None and answer.status == 200 else []
    mouth.kept["silent"] = any(one["outcome"] == "PARKED" for one in said)
    return answer


MOUTHS: dict[str, tuple[str, Callable[[Mouth, dict[str, str], bytes], Answer | None]]] = {
    "signs for something else": ("outbox.sent", _signs_wrongly),
    "gives up after three failures": ("outbox.retried", _gives_up),
    "names an envelope anew each time": ("outbox.retried", _renames),
    "sends the same bytes again": ("outbox.retried", _repeats_bytes),
    "believes unsigned answers": ("outbox.unsigned", _believes_anybody),
    "believes half an answer": ("outbox.half", _believes_half),
    "takes not yet for done": ("outbox.waiting", _waiting_is_done),
    "sends the last first": ("outbox.order", _last_first),
    "skips an entry": ("outbox.order", _skips_the_first),
    "wants a new receipt": ("outbox.replayed", _wants_new_receipts),
    "sends what was taken again": ("outbox.settled", _tells_again),
    "goes on after a fork": ("outbox.forked", _goes_on_after_a_fork),
    "sends nothing at all after a fork": ("outbox.forked", _stops_after_the_first),
}


def _code(answer: Answer) -> str:
    said = _read(answer.body)
    return str(said.get("code", "")) if answer.status != 200 else ""


def _read(body: bytes) -> Said:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _signed(receipt: Said, key: SigningKey | None = None) -> None:
    body = {name: receipt[name] for name in receipts.BODY_KEYS}
    digest = chain.digest("sha256", chain.canonical(body))
    receipt["signature"] = (key or keyring.signer(NET)).sign(digest, label=receipts.LABEL)


def each(**changes: Any) -> Lie:
    """Return a lie about every receipt: these fields, given as values or made of the receipt."""

    def lie(said: Said, _asked: Said) -> None:
        for one in said["receipts"]:
            one |= {name: value(one) if callable(value) else value for name, value in changes.items()}
            _signed(one)

    return lie


def taken(*codes: str) -> Bug | Lie:
    """Return a lie that what was parked for one of these reasons was applied."""

    def lie(said: Said, _asked: Said) -> None:
        for one in said["receipts"]:
            if one["why"].split(":")[0] in codes or (not codes and one["outcome"] == "PARKED"):
                one |= {"outcome": "APPLIED", "why": ""}
                _signed(one)

    return lie


def _waiting_applied(said: Said, _asked: Said) -> None:
    for one in said["receipts"]:
        if one["outcome"] == "WAITING":
            one |= {"outcome": "APPLIED", "why": ""}
            _signed(one)


def _gap_parked(said: Said, _asked: Said) -> None:
    for one in said["receipts"]:
        if one["why"].startswith("#"):
            one |= {"outcome": "PARKED", "why": "previous"}
            _signed(one)


def _swapped(said: Said, _asked: Said) -> None:
    said["receipts"].reverse()


def _stranger_signs(said: Said, _asked: Said) -> None:
    for one in said["receipts"]:
        _signed(one, SigningKey.generate())


def _fresh_each_time() -> Lie:
    count = [0]

    def lie(said: Said, _asked: Said) -> None:
        count[0] += 1
        for one in said["receipts"]:
            one["at"] = one["at"][:-7] + f"{count[0]:06}Z"
            _signed(one)

    return lie


def _one_bad_spoils_all(said: Said, _asked: Said) -> None:
    if any(one["outcome"] == "PARKED" for one in said["receipts"]):
        each(outcome="PARKED", why="batch")(said, {})


def _twice(said: Said) -> None:
    """Hear each first envelope of a batch only."""
    seen: set[str] = set()
    for item in said.get("envelopes", []):
        if item["id"] in seen:
            item["id"] = item["id"][:-12] + "0" * 12
        seen.add(item["id"])


def _tail(change: Callable[[list[Said]], None]) -> Lie:
    def lie(said: Said, _asked: Said) -> None:
        for lent in said["tails"].values():
            change(lent)

    return lie


def _bucket(**changes: Any) -> Lie:
    def lie(said: Said, _asked: Said) -> None:
        for bucket in said["buckets"].values():
            bucket |= copy.deepcopy(changes)

    return lie


def _forget_received(lent: list[Said]) -> None:
    lent[:] = [one for one in lent if one["kind"] != "case.receive.v1"]


def _forget_sent_back(lent: list[Said]) -> None:
    lent[:] = [one for one in lent if one["kind"] != "case.send_back.v1"]


def _altered(lent: list[Said]) -> None:
    if lent:
        lent[-1]["at"] = "2024-01-01T00:00:00.000000Z"


def _from_the_start(said: Said, asked: Said) -> None:
    for ref, after in asked["cases"].items():
        said["tails"][ref] = said["tails"].get(ref, [])[1:] if after else said["tails"].get(ref, [])


def _invents(said: Said, asked: Said) -> None:
    for ref in asked["cases"]:
        said["tails"].setdefault(ref, [])


def _set(name: str, value: Any) -> Lie:
    def lie(said: Said, _asked: Said) -> None:
        said[name] = value

    return lie


def _wordless(said: Said, _asked: Said) -> None:
    for one in said["receipts"]:
        if one["answer"].get("refusal"):
            one["answer"]["refusal"] = {"code": one["answer"]["refusal"]["code"]}
            _signed(one)


def _renumbered_keys(said: Said, _asked: Said) -> None:
    for one in said["keys"]:
        one["key"] = one["key"][::-1]


BUGS: dict[str, Bug] = {
    # Messages.
    "hears replays": Bug("message.replayed", forgives=("replay",)),
    "hears stale signatures": Bug("message.stale", forgives=("stale",)),
    "hears signatures from the future": Bug("message.early", forgives=("stale",)),
    "does not look at the body's digest": Bug("message.altered", forgives=("signature",)),
    "takes messages without a digest": Bug("message.digest", forgives=("signature",)),
    "takes unsigned messages": Bug("message.unsigned", forgives=("signature",)),
    "takes any key": Bug("message.key", forgives=("signature",)),
    "takes signatures for other purposes": Bug("message.tag", forgives=("signature",)),
    "takes messages for others": Bug("message.audience", forgives=("audience",)),
    "does not bind the path": Bug("message.path", forgives=("signature",)),
    "does not sign answers": Bug("answer.signed", unsigned=(200,)),
    "does not say what it answers": Bug("answer.signed", answers_anybody=True),
    "does not sign refusals": Bug("answer.refusal", unsigned=(400,)),
    "tells no time in refusals": Bug("answer.refusal", lies=_set("at", "now"), statuses=(400,)),
    "reads loose JSON": Bug("body.strict", forgives=("body", "batch")),
    "takes batches of any size": Bug("batch.oversize", forgives=("batch",)),
    "takes bodies of any size": Bug("body.oversize", forgives=("size",)),
    "takes envelopes of anybody": Bug("batch.stranger", forgives=("envelope",)),
    "takes envelopes without a name": Bug("batch.unnamed", forgives=("envelope",)),
    "forgets epochs": Bug("epoch.old", forgives=("epoch",)),
    "publishes wrong key ids": Bug("keys.published", publishes=_renumbered_keys),
    "answers at addresses that do not exist": Bug("operation.unknown", forgives=("operation",)),
    # Receipts.
    "swaps receipts": Bug("envelopes.applied", lies=_swapped, operation="envelopes"),
    "lets a stranger sign receipts": Bug("envelopes.applied", lies=_stranger_signs, operation="envelopes"),
    "leaves receipts out": Bug("envelopes.applied", lies=lambda said, _: said["receipts"].pop(), operation="envelopes"),
    "addresses receipts to itself": Bug("envelopes.applied", lies=each(to=NET), operation="envelopes"),
    "gives receipts of another case": Bug("envelopes.applied", lies=each(ref="0" * 36), operation="envelopes"),
    "tells a wrong head": Bug("receipt.head", lies=each(head="0" * 64), operation="envelopes"),
    "tells the number before": Bug(
        "receipt.head", lies=each(number=lambda one: max(0, one["number"] - 1)), operation="envelopes"
    ),
    "tells no epoch": Bug("receipt.epoch", lies=each(epoch=0), operation="envelopes"),
    "dates receipts wrongly": Bug("receipt.epoch", lies=each(at="2020-01-01T00:00:00.000000Z"), operation="envelopes"),
    "answers a lost message anew": Bug("message.lost", lies=_fresh_each_time(), operation="envelopes"),
    "does not sign for a hand-over": Bug("handover.received", lies=_tail(_forget_received), operation="tails"),
    "keeps what it cannot handle": Bug("handover.sent_back", lies=_tail(_forget_sent_back), operation="tails"),
    "renames doubled envelopes": Bug("envelope.doubled", mangles=_twice),
    "takes a gap for done": Bug("envelope.gap", lies=_waiting_applied, operation="envelopes"),
    "parks what comes early": Bug("envelope.reordered", lies=_gap_parked, operation="envelopes"),
    "lets one bad envelope spoil the batch": Bug("envelope.apart", lies=_one_bad_spoils_all, operation="envelopes"),
    # Entries.
    "takes altered entries": Bug("entry.altered", lies=taken("hash"), operation="envelopes"),
    "takes entries signed by anybody": Bug("entry.signature", lies=taken("signature"), operation="envelopes"),
    "takes unknown keys of entries": Bug("entry.key", lies=taken("signature"), operation="envelopes"),
    "does not look at the chain": Bug("entry.previous", lies=taken("previous"), operation="envelopes"),
    "lets others write in its name": Bug("entry.author", lies=taken("author"), operation="envelopes"),
    "takes unknown moves": Bug("entry.kind", lies=taken("kind"), operation="envelopes"),
    "takes unknown versions": Bug("entry.version", lies=taken("kind"), operation="envelopes"),
    "does not look at facts": Bug("entry.facts", lies=taken("facts"), operation="envelopes"),
    "takes any spelling of instants": Bug("entry.instant", lies=taken("body"), operation="envelopes"),
    "believes any vouching": Bug("entry.vouching", lies=taken("vouching"), operation="envelopes"),
    "lets words be put into mouths": Bug("entry.mouth", lies=taken("vouching", "owner"), operation="envelopes"),
    "does not look at the state": Bug("entry.state", lies=taken(), operation="envelopes"),
    "lets the wrong owner write": Bug("entry.owner", lies=taken("owner"), operation="envelopes"),
    "does not look at clocks": Bug("entry.clocks", lies=taken("clocks"), operation="envelopes"),
    "does not look at enclosures": Bug("enclosure.digest", lies=taken("enclosure"), operation="envelopes"),
    "takes forks": Bug("entry.forked", lies=taken("fork"), operation="envelopes"),
    "takes a used id for another entry": Bug("envelope.reused", lies=taken("envelope"), operation="envelopes"),
    "parks with the wrong code": Bug("entry.forked", lies=each(why="hash"), operation="envelopes"),
    # Requests.
    "refuses requests without a reason": Bug("request.judged", lies=_wordless, operation="envelopes"),
    "takes requests signed by anybody": Bug("request.signature", lies=taken("signature"), operation="envelopes"),
    "takes requests for its own staff": Bug("request.vouching", lies=taken("vouching"), operation="envelopes"),
    # Comparing.
    "sums up wrongly": Bug("digests.rows", lies=_bucket(digest="0" * 64), operation="digests"),
    "leaves nothing out": Bug("digests.except", lies=_bucket(count=1), operation="digests"),
    "hides what is in flight": Bug("digests.flight", lies=_set("except", []), operation="digests"),
    "answers any question": Bug("digests.bounds", forgives=("prefixes",)),
    "lends altered entries": Bug("tails.chain", lies=_tail(_altered), operation="tails"),
    "lends from the wrong place": Bug("tails.after", lies=_from_the_start, operation="tails"),
    "lends what does not exist": Bug("tails.unknown", lies=_invents, operation="tails"),
    "lends without bounds": Bug("tails.bounds", forgives=("cases",)),
    "knows nothing": Bug("standing.told", lies=_set("kinds", []), operation="standing"),
    "answers for any number of cases": Bug("standing.bounds", forgives=("standing",)),
    "hands out any file": Bug("files.unknown", forgives=("file",)),
}
