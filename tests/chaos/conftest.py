"""The two deployments of the chaos tests, started once for all tests that break something between them; one world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.docking import Docking, docked
from tests.mediation.stories import World, build_world


@pytest.fixture(scope="module")
def docking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docking]:
    with docked(tmp_path_factory.mktemp("docking")) as running:
        yield running


@pytest.fixture
def network(docking: Docking) -> Iterator[Docking]:
    """The same, whose network is mended afterwards."""
    yield docking
    for proxy in docking.proxies.values():
        proxy.broken = 0.0
        proxy.revive()


@pytest.fixture
def world(db: None) -> World:
    """A court, organisations, mediators and keys on both platforms, in one process."""
    return build_world()
