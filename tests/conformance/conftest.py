"""The world in which letters travel."""

from __future__ import annotations

import pytest

from tests.mediation.stories import World, build_world


@pytest.fixture
def world(db: None) -> World:
    """A court, organisations, mediators and keys on both platforms."""
    return build_world()
