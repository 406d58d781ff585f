"""The ear of the platform the kit plays: what the tested program sends by itself, heard and answered by a script.

Lives here: verifying what comes, receipts, the faults of the script, the HTTP listener. Does not live here: what is
tried (``deliveries``).
Called by: ``deliveries``, ``manage.py conformance --listen``.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mediation import chain
from mediation.exchange import paths, receipts, signing
from mediation.exchange.conformance.counterpart import Counterpart, Journal, expect
from mediation.exchange.inbox import Answer
from mediation.exchange.models import Outcome

ERROR, CUT, HALF, UNSIGNED, WAITING, FORK = "ERROR", "CUT", "HALF", "UNSIGNED", "WAITING", "FORK"
"""What the next call about a case meets: 503; no answer, or half of one, though it was taken; an unsigned answer; not
yet; a fork.
"""

JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """One call that was heard: its nonce, what was wrong with it, the envelopes in it, and how it was answered."""

    nonce: str
    wrong: str
    envelopes: list[dict[str, Any]]
    fault: str


@dataclass
class Ear:
    """What came, and what is to be answered; ``pause`` lets a moment pass of which ``step`` says how many seconds."""

    us: Counterpart
    pause: Callable[[], None] = lambda: time.sleep(0.5)
    step: float = 0.5
    patience: float = 120
    """For how many seconds the peer may be quiet where it owes something."""
    quiet: float = 20
    """For how many seconds nothing may come where nothing is owed."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The receipts by which envelopes were taken, by the envelopes' ids: who asks again is told the same."""
    lock: Any = field(default_factory=threading.Lock)

    # Hearing.

    def hear(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Return what is answered to a call, or None where the line is to be cut."""
        if (method, path) == ("GET", paths.of(self.us.code, "keys.json")):
            return Answer(200, {"Content-Type": JSON}, json.dumps(self.us.published()).encode())
        with self.lock:
            return self._heard(method, path, headers, body)

    def _heard(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        operation = path.removeprefix(paths.of(self.us.code, ""))
        caller, wrong = signing.claimed(headers), ""
        try:
            trusted = self.us.trusted
            signing.verify_request(self.us.code, method, path, headers, body, self.us.now(), trusted=trusted)
        except signing.Untrusted as untrusted:
            wrong = untrusted.code
        if not wrong and caller.nonce in {call.nonce for call in self.calls}:
            wrong = "replay"
        content = _read(body)
        items = content.get("envelopes") if operation == "envelopes" else None
        if items is not None:
            listed = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
            return self._batch(caller, wrong, listed)
        if operation == "standing" and not wrong:
            said = self.us.answered("standing", {"kinds": [], "keeps": [], "cases": []})
            return self._answer(caller, 200, {**said, "now": chain.stamp(self.us.now()), "open": {}})
        return self._answer(caller, 404, {"code": "operation", "at": chain.stamp(self.us.now())})

    def _batch(self, caller: signing.Caller, wrong: str, items: list[dict[str, Any]]) -> Answer | None:
        due = [self.faults[ref] for ref in {str(one.get("ref")) for one in items} if self.faults.get(ref)]
        fault = due[0].pop(0) if due and not wrong else ""
        self.calls.append(Call(caller.nonce, wrong, items, fault))
        if wrong:
            return self._answer(caller, 401, {"code": wrong, "at": chain.stamp(self.us.now())})
        if fault == ERROR:
            return Answer(503, {}, b"")
        said = {"receipts": [self._receipt(one, fault) for one in items]}
        if fault == UNSIGNED:
            return Answer(200, {"Content-Type": JSON}, chain.canonical(said))
        whole = self._answer(caller, 200, said)
        half = replace(whole, body=whole.body[: len(whole.body) // 2])
        return {CUT: None, HALF: half}.get(fault, whole)

    def _receipt(self, item: Mapping[str, Any], fault: str) -> dict[str, Any]:
        if (held := self.taken.get(str(item.get("id")))) is not None:
            return held
        number, head = int(item.get("number", 0)), str(item.get("hash", ""))
        outcome, why, answer = Outcome.APPLIED, "", {}
        if fault == WAITING:
            outcome, why = Outcome.WAITING, f"#{max(1, number - 1)}"
            number, head = number - 1, str(item.get("previous", ""))
        elif fault == FORK:
            outcome, why, head = Outcome.PARKED, "fork", "f" * 64
        elif str(item.get("kind", "")).startswith("request."):
            answer = {"state": "REFUSED", "refusal": {"code": "state", "reason": "一致性测试", "law": [], "remedy": ""}}
        made = receipts.make(
            self.us.code, item, outcome, why=why, answer=answer, number=number, head=head, epoch=self.us.epoch,
            at=self.us.now(), own=self.us.key,
        )  # fmt: skip
        if outcome is Outcome.APPLIED and fault != UNSIGNED:
            self.taken[str(item["id"])] = made
        return made

    def _answer(self, caller: signing.Caller, status: int, said: Mapping[str, Any]) -> Answer:
        body = chain.canonical(dict(said))
        signed = signing.sign_answer(self.us.code, caller, status, JSON, body, self.us.now(), own=self.us.key)
        return Answer(status, {**signed, "Content-Length": str(len(body))}, body)

    # What checks ask.

    def hand_over(self, *faults: str) -> Journal:
        """Hand a case to the peer, whose calls about it will meet these faults one after another."""
        journal = self.us.open_case()
        envelopes = journal.hand_over()
        self.faults[journal.ref] = list(faults)
        given = self.us.tell(*envelopes)
        wrong = next((f"{one['outcome']} {one['why']}" for one in given if one["outcome"] != "APPLIED"), "")
        expect(not wrong, f"正确的移交得到{wrong}，应当是APPLIED")
        return journal

    def sent(self, journal: Journal) -> list[tuple[Call, dict[str, Any]]]:
        """Return what came of a case, in the order in which it came."""
        calls = list(self.calls)
        return [(call, one) for call in calls for one in call.envelopes if one.get("ref") == journal.ref]

    def settled(self, journal: Journal) -> list[dict[str, Any]]:
        """Return what came of a case once the peer knows that we have something of it; raises Failed where that does
        not come in time.
        """

        def known() -> bool:
            found = self.sent(journal)
            return bool(found) and not (self.faults[journal.ref] or found[-1][0].fault or found[-1][0].wrong)

        self.until(known, "移交之后，对方没有在时限内送来自己的流水，或者遇到一次失败就不再送")
        self.rest()
        return [item for _call, item in self.sent(journal)]

    def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        """Wait for something; raises Failed once patience is over."""
        for _moment in range(int(self.patience / self.step)):
            if holds():
                return
            self.pause()
        expect(holds(), otherwise)

    def rest(self) -> None:
        """Wait as long as anything that is not owed could still come."""
        for _moment in range(int(self.quiet / self.step)):
            self.pause()

    @contextmanager
    def listening(self, host: str, port: int) -> Iterator[None]:
        """Hear over HTTP for the time being."""
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                answer = ear.hear(self.command, self.path, dict(self.headers), self.rfile.read(length))
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, text in answer.headers.items():
                    self.send_header(name, text)
                whole = str(len(answer.body))
                if "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", whole)
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = answer.headers.get("Content-Length", whole) != whole

            do_GET = do_POST

            def log_message(self, *_args: Any) -> None:
                """Say nothing: the report says what matters."""

        with ThreadingHTTPServer((host, port), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
