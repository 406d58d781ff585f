"""Fixtures of the tests about choosing an organisation and about conflicts of interest."""

from __future__ import annotations

import pytest

from tests.mediation.stories import World, build_world


@pytest.fixture
def world(db: None) -> World:
    """One court, two organisations on its roster, two mediators, both platforms."""
    return build_world()
