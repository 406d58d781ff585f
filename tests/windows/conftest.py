"""The stage, and the clock at the edge stopped on the ninth day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.windows.stage import Stage, build, day


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    with time_machine.travel(day(9), tick=False):
        yield build()
