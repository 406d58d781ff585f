"""A bad line between the platforms: it loses, doubles, delays and reorders, and workers die at either end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from mediation.exchange import transports
from mediation.exchange.inbox import Answer
from mediation.exchange.transports import Unreachable
from tests.exchange.stories import direct

FAULTS = ("none", "lost", "unanswered", "twice", "late", "receiver killed", "garbled")


class Killed(BaseException):
    """The process ended here."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """End whatever runs inside at its n-th statement, as if by kill -9: nothing after it happens, nothing open is
    committed.
    """
    left = statement

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal left
        if sql.split(None, 1)[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            left -= 1
            if left == 0:
                raise Killed
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        try:
            yield
        except Killed:
            # The test's own transaction stands for the database, which outlives the process.
            connection.set_rollback(False)
            raise


@dataclass
class Wire:
    """The line, with the fault the next message meets and what it holds back."""

    fault: str = "none"
    statement: int = 1
    held: list[tuple[Any, ...]] = field(default_factory=list)
    carried: int = 0

    def carry(self, peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: datetime) -> Answer:
        """Carry one message, or fail to."""
        fault, self.fault = self.fault, "none"
        self.carried += 1
        message = (peer, method, path, headers, body)
        if fault == "lost":
            raise Unreachable("lost")
        if fault == "late":
            self.held.append(message)
            raise Unreachable("late")
        if fault == "garbled":
            return direct(peer, method, path, headers, body[:-2] + b" " + body[-2:], at)
        if fault == "receiver killed":
            try:
                with killed_at(self.statement):
                    return direct(*message, at)
            except Killed:
                raise Unreachable("killed") from None
        answer = direct(*message, at)
        if fault == "twice":
            direct(*message, at)
        if fault == "unanswered":
            raise Unreachable("unanswered")
        return answer

    def deliver_held(self, which: int, at: datetime) -> None:
        """Let a message that was held back arrive now, its answer going nowhere."""
        if self.held:
            direct(*self.held.pop(which % len(self.held)), at)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Put this line between the platforms."""
        kept = transports.carry
        transports.carry = self.carry  # type: ignore[assignment]
        try:
            yield
        finally:
            transports.carry = kept
