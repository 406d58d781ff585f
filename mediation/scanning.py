"""Asking the virus scanner: one conversation with clamd over a socket.

Lives here: the protocol. Does not live here: what follows from the answer (``files``).
Called by: ``files``. The setting ``CLAMAV`` says where clamd listens; empty means that nothing is scanned.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from mediation.vocabulary import ScanState

SECONDS = 20.0
PIECE = 64 * 1024
_FOUND = re.compile(r"stream: (.+) FOUND")


@dataclass(frozen=True)
class Verdict:
    """What the scanner says; ``threat`` names what it found."""

    state: ScanState
    threat: str = ""


def is_on() -> bool:
    """Tell whether a scanner is configured."""
    return bool(settings.CLAMAV)


def examine(content: bytes | Iterable[bytes]) -> Verdict:
    """Return the scanner's word on a content, whole or in pieces (INSTREAM); one that cannot be reached leaves it
    unchecked.
    """
    try:
        answer = _converse(content)
    except (OSError, ValueError):
        return Verdict(ScanState.UNCHECKED)
    if answer == "stream: OK":
        return Verdict(ScanState.CLEAN)
    found = _FOUND.fullmatch(answer)
    return Verdict(ScanState.INFECTED, found[1][:120]) if found else Verdict(ScanState.UNCHECKED)


def _converse(content: bytes | Iterable[bytes]) -> str:
    with _connect() as line:
        line.sendall(b"zINSTREAM\0")
        for part in [content] if isinstance(content, bytes) else content:
            for start in range(0, len(part), PIECE):
                piece = part[start : start + PIECE]
                line.sendall(struct.pack("!L", len(piece)) + piece)
        line.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4_096 and (heard := line.recv(4_096)):
            answer += heard
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect() -> socket.socket:
    where = str(settings.CLAMAV)
    if where.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(SECONDS)
        try:
            line.connect(where.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
