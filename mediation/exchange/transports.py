"""Carrying signed bytes to the peer: over HTTP, or in process where both platforms share a deployment.

Lives here: the only HTTP client of the house. Does not live here: signing, what the bytes mean.
Called by: ``calls``, ``manage.py conformance``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import requests
from urllib3.exceptions import HTTPError

from mediation.exchange import inbox
from mediation.exchange.inbox import Answer
from mediation.platform import LOCAL, address_of

CONNECT_SECONDS, READ_SECONDS = 3, 20
_kept = threading.local()

Transport = Callable[[str, str, str, dict[str, str], bytes, datetime], Answer]


class Unreachable(Exception):
    """无法连接对方平台"""


def carry(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: datetime) -> Answer:
    """Return the peer's answer to these bytes; raises Unreachable."""
    address = address_of(peer)
    if address == LOCAL:
        return inbox.receive(peer, method, path, headers, body, at)
    return over_http(address + path.lstrip("/"), method, headers, body)


def over_http(url: str, method: str, headers: dict[str, str], body: bytes) -> Answer:
    """Return what an address answers, its body at most as large as a message may be; raises Unreachable."""
    try:
        with _session().request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = response.raw.read(inbox.LARGEST_BODY + 1, decode_content=True)
            if len(content) > inbox.LARGEST_BODY:
                raise Unreachable("size")
            return Answer(response.status_code, dict(response.headers), content)
    except (requests.RequestException, HTTPError, OSError, ValueError) as broken:
        raise Unreachable(type(broken).__name__) from broken


def _session() -> requests.Session:
    """Return this thread's own session: connections are kept, nothing is shared between threads."""
    session: requests.Session | None = getattr(_kept, "session", None)
    if session is None:
        session = _kept.session = requests.Session()
    return session
