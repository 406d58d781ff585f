"""One world for each module of tests here; whatever a request changes is undone after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as project
from django.db import transaction

from mediation.management.story import Person
from tests.access.world import NOW, World, build


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which this module's files are kept."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def hostile() -> str:
    """Return what stands in every text of this module's cases; nothing means believable texts."""
    return ""


@pytest.fixture(scope="module")
def cast() -> dict[str, Person]:
    """Return the people who stand in place of the demonstration's, by login."""
    return {}


@pytest.fixture(scope="module")
def world(
    state: Path, hostile: str, cast: dict[str, Person], django_db_setup: None, django_db_blocker: Any
) -> Iterator[World]:
    """Build the world once, in a transaction that is never committed, and stop the clock."""
    before, project.STATE_DIR = project.STATE_DIR, state
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=True), transaction.atomic():
        yield build(text=hostile, people=cast)
        transaction.set_rollback(True)
    project.STATE_DIR = before


@pytest.fixture(autouse=True)
def _same_state(_quick_passwords: None, settings: Any, state: Path) -> None:
    """Keep to this module's folder."""
    settings.STATE_DIR = state
