"""A bad network in front of one deployment: a TCP proxy that breaks connections at a random byte, or answers nobody."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time

LONGEST = 20_000
"""A connection that is to break does so before this many bytes."""
IDLE_SECONDS = 0.5
"""A bad network also drops what is idle, so that there are many connections to break; whoever is still waiting for an
answer is not idle, however slow the machine."""


class Proxy:
    """Forwards connections to ``target``; ``broken`` of them are cut somewhere, and while ``dead`` all are refused.

    Where in a connection is chance, how many is not: among few, chance alone sometimes cut none. One that ended before
    its byte leaves its turn to the next.
    """

    def __init__(self, target: int, seed: int) -> None:
        self.target, self.chance = target, random.Random(seed)
        self.broken, self.dead = 0.0, False
        self.due = 0.0
        self.knocks: list[float] = []
        self.cuts = 0
        self.open: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def die(self) -> None:
        """Refuse everybody from now on and cut what is open."""
        self.dead = True
        self.knocks.clear()
        for side in list(self.open):
            cut(side)

    def revive(self) -> None:
        """Forward again."""
        self.dead = False

    def close(self) -> None:
        """End the proxy."""
        self.listener.close()
        for side in list(self.open):
            cut(side)

    def _listen(self) -> None:
        while True:
            try:
                caller, _address = self.listener.accept()
            except OSError:
                return
            self.knocks.append(time.monotonic())
            if self.dead:
                cut(caller)
                continue
            self.due += self.broken
            left = self.chance.randrange(1, LONGEST) if self.due >= 1 else None
            threading.Thread(target=self._forward, args=(caller, left), daemon=True).start()

    def _forward(self, caller: socket.socket, left: int | None) -> None:
        try:
            answerer = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            cut(caller)
            return
        for side in (caller, answerer):
            side.settimeout(IDLE_SECONDS if self.broken else None)
        both = (caller, answerer)
        self.open.update(both)
        budget, last = [left], [caller]
        for one, other in (both, both[::-1]):
            threading.Thread(target=self._pump, args=(one, other, budget, last, caller), daemon=True).start()

    def _pump(
        self,
        one: socket.socket,
        other: socket.socket,
        budget: list[int | None],
        last: list[socket.socket],
        caller: socket.socket,
    ) -> None:
        """Forward what ``one`` says; ``last`` is who spoke last on this connection."""
        with contextlib.suppress(OSError):
            while chunk := self._heard(one, last, caller):
                last[0] = one
                if budget[0] is not None and budget[0] < len(chunk):
                    other.sendall(chunk[: budget[0]])
                    self.cuts += 1
                    self.due -= 1
                    break
                if budget[0] is not None:
                    budget[0] -= len(chunk)
                other.sendall(chunk)
        for side in (one, other):
            self.open.discard(side)
            cut(side)

    def _heard(self, one: socket.socket, last: list[socket.socket], caller: socket.socket) -> bytes:
        """Return what comes next from one side; raises OSError once nothing does and nobody waits for an answer."""
        while True:
            try:
                return one.recv(4096)
            except TimeoutError:
                if last[0] is not caller:
                    raise


def cut(side: socket.socket) -> None:
    """Close at once, with a reset."""
    with contextlib.suppress(OSError):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        side.shutdown(socket.SHUT_RDWR)
    side.close()
