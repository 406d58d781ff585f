"""The two deployments of the chaos tests, started once for all tests that break something between them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.chaos.docking import Docking, docked

LONG = os.environ.get("CHAOS") == "long"
"""``script/bench --long`` sets it: the full figures of the reliability tests instead of the short ones."""


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
