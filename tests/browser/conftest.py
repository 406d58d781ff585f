"""Both platforms on a live server, the reference roster, the demonstration accounts, and browsers to look at them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser

from mediation import keyring, platform
from mediation.workdays import ZONE
from roster import reference
from roster.demonstration import load_demo_accounts
from tests.access.looking import held_against_picture
from tests.browser.people import SCREENS, Person

MORNING = datetime(2026, 3, 3, 9, 30, tzinfo=ZONE)
"""A Tuesday in a year whose calendar is published."""

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"

Enter = Callable[..., Person]


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Start on a known morning; the clock runs, and a test may push it on."""
    with time_machine.travel(MORNING, tick=True) as travelled:
        yield travelled


@pytest.fixture
def town(transactional_db: None, settings: Any, clock: time_machine.Coordinates) -> None:
    """Courts, organisations, mediators, accounts of every role, and keys on both platforms."""
    # Days pass within one sitting.
    settings.SESSION_COOKIE_AGE = 60 * 24 * 3600
    codes = [config.code for config in platform.installed()]
    reference.load(codes)
    load_demo_accounts(codes, MORNING)
    for code in codes:
        keyring.ensure(code, MORNING)


@pytest.fixture
def enter(browser: Browser, browser_context_args: dict[str, Any], live_server: Any, town: None) -> Iterator[Enter]:
    """Let somebody in, each with a browser context of their own; none may be given cause for complaint."""
    people: list[Person] = []

    def let_in(login: str = "", window: str = "", **context: Any) -> Person:
        size = {"viewport": {"width": 1280, "height": 900}}
        person = Person(browser.new_context(**{**browser_context_args, **size, **context}), live_server.url)
        people.append(person)
        if login:
            person.sign_in(login, window)
        return person

    yield let_in
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.context.close()
    assert complaints == []


@pytest.fixture
def picture() -> Callable[[Person, str], None]:
    """Show axe the pages that only a story comes to; keep pictures under ``docs/screens`` where SCREENS=1 asks."""

    def look(person: Person, name: str) -> None:
        assert held_against_picture(person.page, name) == [], name
        if os.environ.get("SCREENS") == "1":
            SCREENS.mkdir(parents=True, exist_ok=True)
            person.picture(name)

    return look


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Return a file to hand in."""
    found = tmp_path / "对账单.pdf"
    found.write_bytes(PDF)
    return found
