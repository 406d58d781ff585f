"""The platform the kit plays: it signs, writes small journals of its own, and breaks the rules where it is told to.

Lives here: messages, entries, envelopes and what came back. Does not live here: what is tried with them
(``exchanges``).
Called by: ``exchanges``.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from mediation import chain, law, workdays
from mediation.chain import PublicKey, SealingKey, SealingPublicKey, SigningKey
from mediation.exchange import paths, receipts, signing
from mediation.exchange.envelope import REFERENCE_KEYS, REQUEST_KEYS, REQUEST_LABEL
from mediation.exchange.inbox import Answer
from mediation.vocabulary import ClockKind, Track

Line = Callable[[str, str, dict[str, str], bytes], Answer]
"""Carries method, path, headers and body to what is tested, and brings back its answer."""

COURT, NET = "courtplatform", "investornet"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


UNTRUSTED = (
    "。被测平台不信任本工具的密钥：把--new-keys所印的公钥在被测平台载入（manage.py keys trust 文件），"
    "代替其真正对方的公钥；被测平台与对方装在同一部署的不能这样做，见docs/exchange.md"
)
"""What to do where the first good message is not taken as signed."""


class Failed(AssertionError):
    """与约定不符"""


@dataclass(frozen=True)
class Message:
    """One request as it goes out, which may be sent again or spoilt on the way."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    nonce: str


@dataclass(frozen=True)
class Heard:
    """One answer: what it says, and whether it is the peer's own and to exactly this request."""

    status: int
    said: Any
    genuine: bool

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.said.get("code", "")) if isinstance(self.said, dict) else ""


@dataclass
class Counterpart:
    """Who the kit is, who is tested, and over which line."""

    code: str
    peer: str
    key: SigningKey
    sealing: SealingKey
    line: Line
    now: Callable[[], datetime]
    court: str = "沪74"
    epoch: int = 1
    trusted: Mapping[str, PublicKey] = field(default_factory=dict)
    sealer: SealingPublicKey | None = None

    def published(self) -> dict[str, Any]:
        """Return the kit's public keys as the peer is to trust them."""
        halves: dict[str, PublicKey | SealingPublicKey] = {"SIGN": self.key.public, "SEAL": self.sealing.public}
        since = chain.stamp(self.now() - DAY)
        told = [
            {"purpose": purpose, "key": half.id, "public": half.text}
            | {"created_at": since, "retired_at": "", "revoked_at": ""}
            for purpose, half in halves.items()
        ]
        return {"platform": self.code, "keys": told, "kinds": [], "keeps": []}

    def meet(self) -> dict[str, Any]:
        """Read what the peer publishes, and the epoch it has heard of this platform; raises Failed."""
        answer = self.line("GET", paths.of(self.peer, "keys.json"), {}, b"")
        expect(answer.status == 200, f"keys.json答复{answer.status}，应当是200")
        document: dict[str, Any] = json.loads(answer.body)
        expect(document.get("platform") == self.peer, "keys.json写的不是被测平台的代码")
        halves = [one for one in document["keys"] if not one["revoked_at"]]
        held = [PublicKey.load(one["public"]) for one in halves if one["purpose"] == "SIGN"]
        self.trusted = {key.id: key for key in held}
        sealing = [one for one in halves if one["purpose"] == "SEAL" and not one["retired_at"]]
        expect(bool(self.trusted) and bool(sealing), "keys.json中应当有签名密钥和加密密钥")
        self.sealer = SealingPublicKey.load(sealing[-1]["public"])
        return document

    def heard_epoch(self) -> int:
        """Return the highest epoch the peer has heard of this platform; raises Failed."""
        return int(self.answered("standing", {"kinds": [], "keeps": [], "cases": []})["epoch"])

    # Messages.

    def message(
        self,
        operation: str,
        content: Any,
        *,
        method: str = "POST",
        key: SigningKey | None = None,
        at: datetime | None = None,
        audience: str = "",
    ) -> Message:
        """Return a request signed as this platform signs, or with another key, date or addressee."""
        body = content if isinstance(content, bytes) else chain.canonical(content)
        path = paths.of(self.peer, operation)
        headers, nonce = signing.sign_request(
            self.code, audience or self.peer, method, path, body, at or self.now(), own=key or self.key
        )
        return Message(method, path, headers, body, nonce)

    def send(self, message: Message) -> Heard:
        """Send a message, the first time or again."""
        answer = self.line(message.method, message.path, dict(message.headers), message.body)
        try:
            signing.verify_answer(
                self.code,
                self.peer,
                message.nonce,
                answer.status,
                answer.headers,
                answer.body,
                self.now(),
                trusted=self.trusted,
            )
            genuine = True
        except signing.Untrusted:
            genuine = False
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        return Heard(answer.status, said, genuine)

    def ask(self, operation: str, content: Any, **how: Any) -> Heard:
        """Sign and send one request."""
        return self.send(self.message(operation, content, **how))

    def answered(self, operation: str, content: Any) -> dict[str, Any]:
        """Return what a good request is answered; raises Failed."""
        heard = self.ask(operation, content)
        unknown = UNTRUSTED if (heard.status, heard.code) == (401, "signature") else ""
        expect(heard.status == 200, f"{operation}答复{heard.status} {heard.code}，应当是200{unknown}")
        expect(heard.genuine, f"{operation}的答复没有经过被测平台有效签名，或者不是对这一请求的答复")
        expect(isinstance(heard.said, dict), f"{operation}的答复不是JSON对象")
        found: dict[str, Any] = heard.said
        return found

    def tell(self, *envelopes: dict[str, Any]) -> list[dict[str, Any]]:
        """Send envelopes in one batch and return their receipts, each checked to be genuine and about its own."""
        return self.receipts_in(self.answered("envelopes", self.batch(envelopes)), envelopes)

    def batch(self, envelopes: Any) -> dict[str, Any]:
        """Return a batch of envelopes."""
        return {"epoch": self.epoch, "envelopes": list(envelopes)}

    def receipts_in(self, said: Mapping[str, Any], envelopes: Any) -> list[dict[str, Any]]:
        """Return the receipts of an answer; raises Failed where one is not genuine, missing, or another's."""
        found = said.get("receipts")
        if not isinstance(found, list) or len(found) != len(envelopes):
            raise Failed(f"应当有{len(envelopes)}份回执，一份对应一个信封")
        for given, item in zip(found, envelopes, strict=True):
            expect(receipts.is_genuine(given, self.trusted), "回执缺少字段、多出字段，或者签名无效")
            about = {"envelope": item["id"], "ref": item["ref"], "kind": item["kind"]}
            ends = {"platform": self.peer, "to": self.code}
            for name, value in (about | ends).items():
                expect(given[name] == value, f"回执的{name}是{given[name]!r}，应当是{value!r}")
        return found

    # Books.

    def open_case(self) -> Journal:
        """Return an empty journal of a new case."""
        return Journal(self)


@dataclass
class Journal:
    """One case as this platform writes it; ``entries`` includes what the peer wrote, once it was read back."""

    us: Counterpart
    ref: str = field(default_factory=lambda: str(uuid.uuid4()))
    entries: list[dict[str, Any]] = field(default_factory=list)
    applicant: str = field(default_factory=lambda: str(uuid.uuid4()))
    respondent: str = field(default_factory=lambda: str(uuid.uuid4()))
    organisation: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def head(self) -> str:
        """The hash of the last entry."""
        return str(self.entries[-1]["hash"]) if self.entries else chain.GENESIS

    def story(self) -> list[dict[str, Any]]:
        """Write four good entries, the last of the court's being a hand-over, and return their envelopes."""
        steps = self._of_court() if self.us.code == COURT else self._of_net()
        return [self.envelope(self.write(*step)) for step in steps]

    def _of_court(self) -> list[tuple[Any, ...]]:
        clerk = self.by("CLERK", f"clerk-{self.ref[:8]}", self.us.court)
        answer = {"party": self.respondent, "stage": "MEDIATION", "channel": "ONLINE"}
        hand_over = {"organisation": self.organisation, "left_to_court": True, "reason_confirmed": True}
        year = workdays.local_day(self.at(1)).year
        number = f"（{year}）{self.us.court}诉前调{900_000 + secrets.randbelow(90_000)}号"
        opening = {"track": "DELEGATED", "court": self.us.court, "cause": "MISSTATEMENT", "amount": 10_000}
        opening |= {"source": "ONLINE_COURT", "number": number, **self._people()}
        return [
            ("file", self.by("PARTY", self.applicant), opening, ("DESIGNATE",), self._particulars()),
            ("consult", clerk, {"channel": "SMS"}, ("ANSWER",)),
            ("consent", self.by("PARTY", self.respondent), answer, ("CHOOSE", "DESIGNATE")),
            ("delegate", clerk, hand_over, ("RECEIPT",)),
        ]

    def _of_net(self) -> list[tuple[Any, ...]]:
        desk = self.by("ORGANISATION", f"desk-{self.ref[:8]}", self.organisation)
        mediator = str(uuid.uuid4())
        opening = {"organisation": self.organisation, "cause": "BROKERAGE", "source": "ONLINE_NET", **self._people()}
        return [
            ("apply", self.by("PARTY", self.applicant), opening, ("REPLY",), self._particulars()),
            ("accept", desk, {"declared": True}, ("MEDIATE", "CONTACT")),
            ("appoint_mediator", desk, {"mediators": [mediator], "lead": mediator}, ()),
            ("disclose", self.by("MEDIATOR", mediator, self.organisation), {"ground": "NONE"}, ()),
        ]

    def hand_over(self) -> list[dict[str, Any]]:
        """Write entries of which the last hands the case to the peer, and return their envelopes."""
        if self.us.code == COURT:
            return self.story()
        return [self.envelope(self.write(*step)) for step in self._of_offline()]

    def _of_offline(self) -> list[tuple[Any, ...]]:
        """Return an agreement reached off line, which both parties take to the court for confirmation."""
        desk = self.by("ORGANISATION", f"desk-{self.ref[:8]}", self.organisation)
        today = workdays.local_day(self.at(1))
        paper = {"ref": str(uuid.uuid4()), "kind": "AGREEMENT", "name": "调解协议.pdf", "size": 9}
        paper |= {"sha256": chain.digest("sha256", self.ref.encode()), "media_type": "application/pdf"}
        opening: dict[str, Any] = {"organisation": self.organisation, "cause": "BROKERAGE", "source": "OFFLINE"}
        opening |= {name: value for name, value in self._people().items() if name != "consents"}
        opening |= {"effective_on": today.isoformat(), "digest": paper["sha256"], "mediators": [str(uuid.uuid4())]}
        people = [*self._particulars()[:2], ("DOCUMENT", "ALL", "", paper)]
        both = [(ref, {"party": ref, "court": self.us.court}) for ref in (self.applicant, self.respondent)]
        (first, one), (second, other) = both
        return [
            ("record_offline", desk, opening, (("CONFIRM", datetime.combine(today, time(), workdays.ZONE)),), people),
            ("seek_confirmation", self.by("PARTY", first), one),
            ("seek_confirmation", self.by("PARTY", second), other, ("RECEIPT",)),
        ]

    def _people(self) -> dict[str, Any]:
        of_one = {"kind": "NATURAL", "investor": "ORDINARY", "institution": "NONE"}
        of_other = {"kind": "COMPANY", "investor": "NONE", "institution": "NONE"}
        return {
            "parties": [
                {"ref": self.applicant, "side": "APPLICANT", **of_one},
                {"ref": self.respondent, "side": "RESPONDENT", **of_other},
            ],
            "agents": [],
            "consents": ["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"],
        }

    def _particulars(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        return [
            ("PARTY", "ALL", self.applicant, {"name": "一致性测试申请人"}),
            ("PARTY", "ALL", self.respondent, {"name": "一致性测试被申请人"}),
            ("NARRATIVE", "ALL", "", {"text": "一致性测试，不是真实案件。"}),
        ]

    def by(self, role: str, ref: str, seat: str = "", via: str = "") -> dict[str, str]:
        """Return who acts, verified by this platform or as ``via`` claims."""
        return {"role": role, "ref": ref, "seat": seat, "via": via or self.us.code}

    def at(self, number: int) -> datetime:
        """Return when the entry of a number is made: all of it within the last hour."""
        return self.us.now() - 60 * MINUTE + number * MINUTE

    def clock(self, kind: str, since: datetime) -> dict[str, Any]:
        """Return a clock as the law has it."""
        track = Track.DELEGATED if self.us.code == COURT else Track.DIRECT
        rule = law.rule_for(ClockKind(kind), track=track, on=workdays.local_day(since), procedure=None, figures={})
        due = workdays.due(rule, since, workdays.Calendar.standard())
        return {
            "kind": kind,
            "rule": rule.row,
            "since": chain.stamp(since),
            "due": chain.stamp(due.at),
            "flag": chain.stamp(workdays.end_of_day(due.flag_on)) if due.flag_on else "",
            "provisional": due.provisional,
            "agreed": False,
        }

    def draft(
        self, move: str, by: Mapping[str, str], facts: Mapping[str, Any], clocks: Any = (), enclosed: Any = ()
    ) -> dict[str, Any]:
        """Return the next entry without keeping it; contents stand in it unsealed, under ``contents``. A clock counts
        from the entry, unless the instant is given with it.
        """
        number = len(self.entries) + 1
        contents = [_salted(*one) for one in enclosed]
        entry = {
            "ref": self.ref,
            "number": number,
            "kind": f"case.{move}.v1",
            "at": chain.stamp(self.at(number)),
            "platform": self.us.code,
            "by": dict(by),
            "facts": dict(facts),
            "clocks": [self.clock(*((one, self.at(number)) if isinstance(one, str) else one)) for one in clocks],
            "enclosures": [one["reference"] for one in contents],
            "previous": self.head,
            "algorithm": "sha256",
        }
        return {**self.sealed(entry), "contents": contents}

    def sealed(self, entry: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """Return an entry, changed, with the hash it gives and this platform's signature over it."""
        changed = {**entry, **changes}
        digest = chain.entry_hash(chain.body_of(changed), str(changed["algorithm"]))
        return {**changed, "hash": digest, "signature": self.us.key.sign(digest), "key": self.us.key.public.id}

    def write(self, *step: Any) -> dict[str, Any]:
        """Return the next entry, kept."""
        self.entries.append(self.draft(*step))
        return self.entries[-1]

    def envelope(self, entry: Mapping[str, Any], **outside: Any) -> dict[str, Any]:
        """Return the envelope of an entry, its contents sealed to the peer; ``outside`` replaces fields of it."""
        assert self.us.sealer is not None
        plain = {name: value for name, value in entry.items() if name != "contents"}
        parts = []
        for reference, one in zip(plain["enclosures"], entry.get("contents", ()), strict=False):
            context = f"{self.ref}|{entry['number']}|{reference['digest']}".encode()
            sealed = chain.to_base64url(self.us.sealer.seal(bytes.fromhex(one["salt"]) + one["content"], context))
            parts.append({**reference, "to": self.us.sealer.id, "sealed": sealed})
        ends = {"source": self.us.code, "audience": self.us.peer, "epoch": self.us.epoch}
        named = str(uuid.uuid5(uuid.UUID(self.ref), str(entry["number"])))
        return {**plain, "enclosures": parts or plain["enclosures"], "id": named, **ends, **outside}

    def request(self, move: str, by: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the envelope of a request for a move that the peer would have to write."""
        stated = {
            "id": str(uuid.uuid4()),
            "source": self.us.code,
            "audience": self.us.peer,
            "ref": self.ref,
            "kind": f"request.{move}.v1",
            "at": chain.stamp(self.us.now() - MINUTE),
            "by": dict(by),
            "facts": dict(facts),
            "enclosures": [],
        }
        digest = chain.digest("sha256", chain.canonical({key: stated[key] for key in REQUEST_KEYS}))
        signed = self.us.key.sign(digest, label=REQUEST_LABEL)
        about = {"number": 0, "epoch": self.us.epoch, "hash": digest}
        return {**stated, **about, "signature": signed, "key": self.us.key.public.id}

    def tail(self, after: int) -> list[dict[str, Any]]:
        """Return the entries the peer holds after a number, without what is added for the way."""
        said = self.us.answered("tails", {"cases": {self.ref: after}})
        lent = said["tails"].get(self.ref, [])
        keys = (*chain.BODY_KEYS, "hash", "signature", "key")
        plain = [{key: item[key] for key in keys} for item in lent]
        for entry in plain:
            entry["enclosures"] = [{key: part[key] for key in REFERENCE_KEYS} for part in entry["enclosures"]]
        return plain


def _salted(kind: str, audience: str, about: str, content: Mapping[str, Any]) -> dict[str, Any]:
    salt, said = chain.new_salt(), chain.canonical(dict(content))
    digest = chain.salted_digest("sha256", salt, said)
    return {
        "reference": {"kind": kind, "audience": audience, "about": about, "digest": digest},
        "salt": salt,
        "content": said,
    }


def expect(holds: bool, otherwise: str) -> None:
    """Raise Failed with what is wrong unless it holds."""
    if not holds:
        raise Failed(otherwise)
