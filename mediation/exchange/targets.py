"""Telling a receiver out there: one POST to an address that a client chose, and nowhere near our own network.

Lives here: the HTTP client of callbacks. Does not live here: what is told and when (``callbacks``).
Called by: ``callbacks``.

The address was chosen by somebody else, so nothing is believed of it: what the connection really reaches is looked at
after connecting and before a byte is sent, whatever its name stood for a moment ago; redirects are not followed, no
proxy is used, and of the answer no more than a line is read.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from mediation.subscriptions import is_public

CONNECT_SECONDS, READ_SECONDS = 3, 5
LARGEST_ANSWER = 200


class Unreached(Exception):
    """没有送到"""


@dataclass(frozen=True)
class Heard:
    """What a receiver answered."""

    status: int
    text: str


def _looked_at(connected: socket.socket) -> socket.socket:
    """Return a connection that reaches the public network; raises OSError for any other, and closes it."""
    if not settings.CALLBACKS_ANYWHERE and not is_public(connected.getpeername()[0]):
        connected.close()
        raise OSError("private")
    return connected


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _looked_at(super()._new_conn())


class _Secured(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _looked_at(super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecuredPool(HTTPSConnectionPool):
    ConnectionCls = _Secured


class _Outward(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecuredPool}


def post(url: str, headers: dict[str, str], body: bytes) -> Heard:
    """Return what a receiver answered; raises Unreached."""
    with requests.Session() as session:
        # No proxy of ours, no password file: the receiver sees what is signed and nothing else.
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Outward(max_retries=0))
        try:
            with session.post(
                url,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                said = response.raw.read(LARGEST_ANSWER, decode_content=False) or b""
                return Heard(response.status_code, said.decode("utf-8", "replace").replace("\x00", ""))
        except (requests.RequestException, HTTPError, OSError, ValueError) as broken:
            raise Unreached(type(broken).__name__) from broken
