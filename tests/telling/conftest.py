"""The stage of the windows, with a telephone for everybody and gateways that only remember."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine

from mediation.models import OutgoingMessage
from mediation.telling import gateways
from tests.windows.stage import Stage, build, day


@dataclass
class Post:
    """A gateway that keeps what it is handed; ``failing`` is what it raises instead."""

    taken: list[tuple[str, str, str]] = field(default_factory=list)
    failing: Exception | None = None

    def __call__(self, message: OutgoingMessage) -> str:
        if self.failing is not None:
            raise self.failing
        self.taken.append((message.medium, message.address, message.text))
        return "handle"


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel(day(9), tick=False):
        yield build()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Post:
    settings.SMS_GATEWAY = settings.EMAIL_GATEWAY = "file"
    remembering = Post()
    monkeypatch.setitem(gateways.GATEWAYS, "file", remembering)  # type: ignore[arg-type]
    return remembering
