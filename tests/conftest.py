"""Fixtures every test may use."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from hypothesis import settings as trials

from tests.servers import clear_out

# Playwright leaves an event loop in the thread, and Django would then refuse the ORM in the same test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# How long an example takes says how busy the machine is, and nothing about what is tried.
trials.register_profile("unhurried", deadline=None)
trials.load_profile("unhurried")

CHROMIUM = "/usr/lib/chromium/chromium-headless-shell"
"""Chromium without the windows, menus and extensions of a desktop, which nobody would see: a third of the work."""

LONGEST = (
    "tests/access/test_matrix.py",
    "tests/chaos/test_nemesis.py",
    "tests/access/",
    "tests/oversight/",
    "tests/browser/",
    "tests/journeys/",
    "tests/chaos/",
)
"""What takes longest begins first, or one worker would sit alone over it at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the leg on SQLite try each test with one value: databases differ in what is done, not in what with."""
    parser.addoption("--one-of-each", action="store_true", help="run each test with the first of its values only")


def pytest_collection_finish() -> None:
    """Let the collector pass over what was imported, and come less often: requests leave few cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files by how long they take; each is one worker's, who makes the world of its tests once."""
    if config.getoption("--one-of-each"):
        items[:] = {item.nodeid.partition("[")[0]: item for item in reversed(items)}.values()
        items.reverse()
    items.sort(key=lambda item: next((place for place, path in enumerate(LONGEST) if item.nodeid.startswith(path)), 99))


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Drop no database at the end: it goes with the server, or the file, that was started for this run alone."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite's test database in a file: threads lock each other out of a shared one in memory."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the files of a module that makes its world once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def made_once(state: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep what a module makes for all of its tests, in a transaction that is never committed.

    Each of them must keep to the same files: ``settings.STATE_DIR = state``.
    """
    before, settings.STATE_DIR = settings.STATE_DIR, state
    with django_db_blocker.unblock():
        clear_out()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        clear_out()
    settings.STATE_DIR = before


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Start each test without what an earlier one left in the cache."""
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any, tmp_path: Path) -> None:
    """Hash passwords cheaply, list no static files for each new client, and keep files in the test's own folder."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATE_DIR = tmp_path


@pytest.fixture(scope="session", autouse=True)
def _kept_by_browsers() -> Iterator[None]:
    """Let browsers keep style sheets and scripts, as they do where their names hold a digest; not ask at each page."""
    serve = StaticFilesHandler.serve

    def serve_to_keep(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer = serve(handler, request)
        # Ten years: by the clock of a test the answer may be as old as that.
        answer["Cache-Control"] = "max-age=315360000, immutable"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", serve_to_keep)
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive Debian's Chromium, which keeps its background traffic to itself."""
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync"
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": flags.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Browse as a Chinese reader does."""
    return browser_context_args | {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
