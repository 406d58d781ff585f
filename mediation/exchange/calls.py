"""Asking the peer: one signed request out, one verified answer back.

Lives here: signing, carrying and verifying one exchange of messages. Does not live here: what is asked and what
follows.
Called by: outbox, reconcile, ``manage.py keys``.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from mediation import chain
from mediation.exchange import paths, peers, signing, transports
from mediation.exchange.inbox import Answer
from mediation.exchange.models import Peer


class Failed(Exception):
    """对方平台没有给出有效的答复

    ``answered``: the peer was reached and refused, in an answer that is its own.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered

    @property
    def is_unknown_operation(self) -> bool:
        """Tell whether the peer does not know what it was asked: its version is older."""
        return self.answered and str(self) == "HTTP 404: operation"


def ask(peer: Peer, operation: str, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the peer's verified answer; raises Failed, whatever went wrong."""
    answer = _exchange(peer, "POST", operation, chain.canonical(content), at)
    found = json.loads(answer.body)
    if not isinstance(found, dict):
        raise Failed("answer")
    return found


def fetch(peer: Peer, name: str, at: datetime) -> bytes:
    """Return a file, by its digest, or a piece of one, by digest and place, as the peer sealed it for this platform;
    raises Failed.
    """
    return _exchange(peer, "GET", f"files/{name}", b"", at).body


def _exchange(peer: Peer, method: str, operation: str, body: bytes, at: datetime) -> Answer:
    path = paths.of(peer.peer, operation)
    dated = at + timedelta(seconds=peer.skew)
    headers, nonce = signing.sign_request(peer.platform, peer.peer, method, path, body, dated)
    try:
        answer = transports.carry(peer.peer, method, path, headers, body, at)
        signing.verify_answer(peer.platform, peer.peer, nonce, answer.status, answer.headers, answer.body, at)
    except transports.Unreachable as broken:
        raise Failed(f"{broken}") from broken
    except signing.Untrusted as wrong:
        raise Failed(f"HTTP {answer.status}: {wrong.code}") from wrong
    if answer.status != 200:
        raise Failed(_refusal(peer, answer, at), answered=True)
    return answer


def _refusal(peer: Peer, answer: Answer, at: datetime) -> str:
    """Return why the peer refused; if it is the clock, note by how much the two differ."""
    try:
        said = json.loads(answer.body)
        code, theirs = str(said["code"]), datetime.fromisoformat(said["at"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status}"
    if code == "stale":
        peers.note_skew(peer, round((theirs - at).total_seconds()))
    return f"HTTP {answer.status}: {code}"
