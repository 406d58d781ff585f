"""One world for each module of tests here; whatever a request changes is undone after it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
import typst
from django.conf import settings as project
from django.template import Template

from mediation.management.story import Person
from roster.backend import AccountBackend
from roster.models import Account
from tests.access.world import NOW, World, build
from tests.servers import count_rows

COOKIES = "django.contrib.sessions.backends.signed_cookies"
"""Sessions that need no query: a world is asked thousands of times by people who were signed in before it began."""


@pytest.fixture(scope="module")
def hostile() -> str:
    """Return what stands in every text of this module's cases; nothing means believable texts."""
    return ""


@pytest.fixture(scope="module")
def cast() -> dict[str, Person]:
    """Return the people who stand in place of the demonstration's, by login."""
    return {}


@pytest.fixture(scope="module")
def world(made_once: None, hostile: str, cast: dict[str, Person]) -> Iterator[World]:
    """Build the world once and stop the clock."""
    before, project.SESSION_ENGINE = project.SESSION_ENGINE, COOKIES
    with time_machine.travel(NOW, tick=True):
        built = build(text=hostile, people=cast)
        count_rows()
        yield built
    project.SESSION_ENGINE = before


@pytest.fixture
def _known_by_sight(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look once who somebody is: where all that is asked is undone, nobody's posts change. Nor does anybody ask here
    which templates were rendered with what, which Django's test client would keep, or what a paper looks like.
    """
    look = AccountBackend.get_user

    def get_user(backend: AccountBackend, key: Any) -> Account | None:
        if key not in world.accounts:
            world.accounts[key] = look(backend, key)
        return copy.copy(world.accounts[key])

    monkeypatch.setattr(AccountBackend, "get_user", get_user)
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    monkeypatch.setattr(typst, "compile", lambda *_given, **_more: b"%PDF-1.7")


@pytest.fixture(autouse=True)
def _same_state(_quick_passwords: None, settings: Any, state: Path) -> None:
    """Keep to this module's folder."""
    settings.STATE_DIR = state
