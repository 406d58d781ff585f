"""The world of these tests: two platforms, everybody's tokens, and a clock that stands where the stories begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.api.callers import Cast
from tests.mediation.stories import START, World, build_world


@pytest.fixture(autouse=True)
def _only_these_windows(settings: Any) -> None:
    """Mount nothing but the REST windows."""
    settings.ROOT_URLCONF = "tests.api.urls"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """Stand shortly after the stories begin; time goes on by itself."""
    with time_machine.travel(START + timedelta(minutes=5), tick=True) as travelled:
        yield travelled


@pytest.fixture
def world(db: None) -> World:
    """A court, organisations, mediators and keys on both platforms."""
    return build_world()


@pytest.fixture
def cast(world: World) -> Cast:
    """Everybody, with tokens."""
    return Cast(world)
