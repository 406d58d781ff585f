"""The stage of the windows, and a case in mediation with somebody's browser for everybody in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.windows.stage import Stage, Story, build, day, file_case, walk

Walk = Callable[[], Any]


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel(day(9), tick=False):
        yield build()


@pytest.fixture
def story(stage: Stage) -> Story:
    return walk(file_case(stage), "MEDIATING")


@pytest.fixture
def clients(stage: Stage) -> dict[str, Client]:
    """A browser for everybody, by who they are."""
    found = {}
    for who, account in stage.accounts.items():
        found[who] = Client()
        found[who].force_login(account, backend="roster.backend.AccountBackend")
    return found
