"""Eight HTTP clients with connections kept open, in one process of threads.

Called by: ``__main__``.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CLIENTS = 8


@dataclass
class Spans:
    """How long each request took and what was wrong."""

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second over all clients."""
        return len(self.each) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the seconds below which this share of requests stayed."""
        return sorted(self.each)[min(int(len(self.each) * share), len(self.each) - 1)] if self.each else 0.0


def drive(
    port: int,
    paths: list[str],
    headers: dict[str, str],
    *,
    body: dict[str, object] | None = None,
    clients: int = CLIENTS,
) -> Spans:
    """Send one request to each path, spread over the clients; POST where there is a body."""
    found, turn = Spans(), iter(paths)
    gate = threading.Lock()
    content = json.dumps(body) if body is not None else None
    sent = {**headers, "Content-Type": "application/json"} if content else headers

    def take() -> str | None:
        with gate:
            return next(turn, None)

    threads = [threading.Thread(target=_one, args=(port, take, sent, content, found)) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.seconds = time.perf_counter() - began
    return found


def _one(port: int, take: Callable[[], str | None], headers: dict[str, str], content: str | None, found: Spans) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while (path := take()) is not None:
        began = time.perf_counter()
        try:
            connection.request("POST" if content else "GET", path, content, headers)
            response = connection.getresponse()
            said = response.read()
        except (OSError, http.client.HTTPException) as error:
            found.wrong.append(type(error).__name__)
            connection.close()
            continue
        found.each.append(time.perf_counter() - began)
        if response.status >= 400:
            found.wrong.append(f"{response.status} {said[:200].decode(errors='replace')}")
    connection.close()
