"""The demonstration's cases, told once for all tests here, with the clock stopped."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from mediation import moves, platform
from mediation.exchange import outbox
from mediation.management.plots import demonstration
from mediation.management.story import Story
from mediation.models import Case, Delivery
from mediation.workdays import ZONE
from roster.models import Account
from tests.servers import count_rows

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZONE)
"""A Thursday late enough in its quarter for something to have come out in it."""


@pytest.fixture(scope="module")
def told(made_once: None) -> Iterator[list[uuid.UUID]]:
    """Load the demonstration; yield the cases whose post is then stopped."""
    with time_machine.travel(NOW, tick=True):
        call_command("load_reference", stdout=io.StringIO())
        call_command("load_demo", stdout=io.StringIO())
        _tell_of_long_ago()
        court = Case.objects.filter(platform="courtplatform", shared=True).order_by("pk")
        unsent, parked, frozen = court[:3]
        Delivery.objects.filter(case=unsent).update(state=Delivery.WAITING, since=NOW - timedelta(hours=3))
        Delivery.objects.filter(case=parked).update(state=Delivery.PARKED, since=NOW - timedelta(days=2))
        Case.objects.filter(pk=frozen.pk).update(frozen="两边记录不一致")
        count_rows()
        yield [unsent.ref, parked.ref, frozen.ref]


def _tell_of_long_ago() -> None:
    """Tell some of the same again, earlier: what a quarter leaves out, and what has become very late."""
    for plot in demonstration()[::7]:
        # Here it matters what was told, not that all of it can be: a plot that a conflict stops is left out.
        with suppress(moves.Refused), transaction.atomic():
            Story(plot, NOW - timedelta(days=80, hours=plot.hours + plot.rest_hours)).tell()
    codes = [config.code for config in platform.installed()]
    for code in codes:
        moves.sweep(code, NOW)
    while sum(outbox.post(code, NOW) for code in codes):
        pass


@pytest.fixture(autouse=True)
def _same_state(_quick_passwords: None, settings: Any, state: Path) -> None:
    """Keep to this module's folder."""
    settings.STATE_DIR = state


@pytest.fixture
def sign_in(told: None, db: None) -> Callable[[str], Client]:
    """Return the browser of somebody of the demonstration, by login."""

    def enter(login: str) -> Client:
        browser = Client()
        account = Account.objects.get(login=login)
        browser.force_login(account, backend="roster.backend.AccountBackend")
        return browser

    return enter
