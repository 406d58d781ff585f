"""The stage of the windows' tests, the clock at the edge stopped on its ninth day, and a virus scanner of our own."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from roster import companies, reference
from tests.windows.stage import Stage, build, day


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel(day(9), tick=False):
        companies.load_shipped(reference.rows("companies"))
        yield build()


class _Scanner(socketserver.BaseRequestHandler):
    """Speaks clamd's INSTREAM: whatever holds the word WORM is infected."""

    def handle(self) -> None:
        assert self._read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self._read(4))[0]:
            content += self._read(size)
        said = b"stream: Test.Worm FOUND\0" if b"WORM" in content else b"stream: OK\0"
        self.request.sendall(said)

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            got += self.request.recv(size - len(got))
        return got


@pytest.fixture
def clamd(settings: Any) -> Iterator[None]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Scanner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMAV = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()
