"""The sandbox: its clock moves every statutory clock by API, its reset puts everything back, and nobody else has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, path, reverse

from mediation import moves, present
from mediation.models import Case, ClockShift
from mediation.project import sandbox, urls
from mediation.project.demonstration import clock
from mediation.vocabulary import State
from roster import tokens
from roster.models import Account, ClientToken
from roster.models import Client as ClientRow
from tests.exchange.stories import walk
from tests.mediation.stories import NET, build_world

NOW = datetime(2024, 3, 5, 2, 0, tzinfo=UTC)
CLOCK, RESET = "/sandbox/clock", "/sandbox/reset"
urlpatterns = [
    *urls.urlpatterns,
    *sandbox.urlpatterns,
    path("demonstration/clock/", clock, name="demonstration_clock"),
]
"""The addresses of a sandbox."""


@pytest.fixture
def in_sandbox(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.SANDBOX = settings.DEMONSTRATION_CLOCK = True
    settings.STATE_DIR = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield


def post(address: str, body: Any) -> Any:
    return Client().post(address, body if isinstance(body, str) else json.dumps(body), content_type="application/json")


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a sandbox is embedded")
def test_the_clock_moves_every_period_and_the_reset_puts_everything_back(in_sandbox: None) -> None:
    story = walk(build_world(), State.DELEGATED)
    sandbox.keep()
    first = Client().get(CLOCK).json()

    by_days = post(CLOCK, {"working_days": 1}).json()
    upcoming = post(CLOCK, {"next": True}).json()
    post(CLOCK, {"to": "2024-04-01T10:00:00+08:00"})
    moves.sweep(NET, present.now())
    lapsed = story.copy(NET).state
    page = Client().get("/demonstration/clock/").content.decode()
    again = post(RESET, {})

    assert (first["now"], first["can_reset"]) == ("2024-03-05T02:00:00.000000Z", True)
    assert by_days["now"] == "2024-03-06T16:00:59.000000Z"
    assert upcoming["now"] > by_days["next_due"]
    assert lapsed != State.DELEGATED
    assert "重置沙箱" in page
    assert (again.status_code, again.json()["now"]) == (200, first["now"])
    assert Case.objects.get(platform=NET, ref=story.ref).state == State.DELEGATED
    assert not ClockShift.objects.exists()


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a sandbox is embedded")
def test_a_registered_programme_and_its_secrets_survive_the_reset(in_sandbox: None) -> None:
    account = Account.objects.create(login="integrator", name="办案系统", password="!")
    told: dict[str, Any] = {"platform": NET, "grants": [tokens.MACHINE], "scopes": ["cases:read"], "by": account}
    old, first = tokens.register(account, "以前登记的", at=NOW, **told)
    sandbox.keep()
    late = Account.objects.create(login="late", name="后来的", password="!")
    new, second = tokens.register(account, "后来登记的", at=NOW, **told)
    tokens.register(late, "账户不在最初数据里的", at=NOW, **{**told, "by": late})
    newer = tokens.add_secret(old, account, NOW)
    tokens.give(ClientToken.ACCESS, "token", new, account, ["cases:read"], NOW)
    post(CLOCK, {"working_days": 5})

    assert post(RESET, {}).status_code == 200

    found = {one.identifier: one for one in ClientRow.objects.all()}
    assert found.keys() == {old.identifier, new.identifier}
    for client, secret in ((old, first), (old, newer), (new, second)):
        assert tokens.prove(str(client.identifier), secret, present.now()) == found[client.identifier]
    assert (found[new.identifier].scopes, found[new.identifier].created_by) == (["cases:read"], account)
    assert tokens.authenticate("token", present.now()) is None


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_nonsense_is_told_and_no_other_site_can_ask(in_sandbox: None) -> None:
    wrong = [{}, {"to": "2024-04-01T10:00:00"}, {"to": 7}, {"working_days": 0}, {"working_days": True}, {"next": 1}]
    wrong += [
        {"next": True, "working_days": 1},
        "{",
        "[]",
        {"to": "2024-03-05T01:00:00Z"},
        {"to": "2099-01-01T00:00:00Z"},
    ]

    answers = [post(CLOCK, one) for one in wrong]
    form = Client().post(CLOCK, {"working_days": "1"})
    plain = Client().post(RESET)
    unkept = post(RESET, {}) if connection.vendor == "sqlite" else None
    forged = Client(enforce_csrf_checks=True).post("/demonstration/reset/")

    assert {(one.status_code, one["Content-Type"]) for one in answers} == {(422, "application/problem+json")}
    assert (form.status_code, plain.status_code, forged.status_code) == (415, 415, 403)
    assert unkept is None or unkept.status_code == 409
    assert present.now() == NOW


@pytest.mark.django_db
def test_outside_a_sandbox_there_is_neither() -> None:
    told = [Client().get(CLOCK).status_code, post(CLOCK, {"next": True}).status_code, post(RESET, {}).status_code]
    with pytest.raises(sandbox.NoSandbox):
        sandbox.put_back()
    with pytest.raises(sandbox.NoSandbox):
        sandbox.keep()
    with pytest.raises(NoReverseMatch):
        reverse("sandbox_reset")

    assert told == [404, 404, 404]
