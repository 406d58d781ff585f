"""The quick start of docs/integrators.md, carried out word for word against a server that really listens."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from django.db import OperationalError, connection
from django.test import Client

from mediation import keyring, platform, tasks
from mediation.exchange import signing
from mediation.exchange import tasks as exchange
from mediation.models import Callback
from mediation.passport.opening import open_passport
from mediation.project.environment import BASE_DIR
from mediation.workdays import ZONE
from roster import reference
from roster.demonstration import PASSWORD, load_demo_accounts
from roster.models import Account
from script import example_client
from script.run_stack import free_port

PAGE = (BASE_DIR / "docs" / "integrators.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
MORNING = datetime(2026, 3, 3, 9, 30, tzinfo=ZONE)
NET, HOOK = "investornet", "https://broker.example/hook"
SCOPES = ["cases:read", "cases:write", "documents", "webhooks"]


@pytest.fixture
def sandbox(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What a sandbox has: the roster, the accounts, keys, receivers beside it, and somebody who rings every moment."""
    settings.CALLBACKS_ANYWHERE = True
    monkeypatch.chdir(tmp_path)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            for task in (tasks.tell, exchange.tell_subscribers, tasks.seal):
                with suppress(OperationalError):  # What two waited for each other over is looked at again, as by beat.
                    task()
        connection.close()

    with time_machine.travel(MORNING, tick=True):
        codes = [config.code for config in platform.installed()]
        reference.load(codes)
        load_demo_accounts(codes, MORNING)
        for code in codes:
            keyring.ensure(code, MORNING)
        worker = threading.Thread(target=work)
        worker.start()
        yield
        stop.set()
        worker.join()


def registered(back: str) -> tuple[str, str]:
    """Register a client on the operator's page as the text says, and return what the page shows this once."""
    operator = Client()
    operator.force_login(Account.objects.get(login="centre.isc"), "roster.backend.AccountBackend")
    told = {
        "name": "业务系统",
        "account": "integrator.isc",
        "grants": ["client_credentials", "authorization_code"],
        "scopes": SCOPES,
        "redirect_uris": back,
    }
    shown = operator.post("/net/admin/clients/", told)
    made, secret = shown.context["made"], shown.context["plain"]
    assert {made.identifier, secret} <= {*re.findall(r"[\w-]+", shown.content.decode())}
    return made.identifier, secret


def consenting(logins: Iterator[str]) -> Callable[[str], bool]:
    """Return somebody at a browser, each time the next of these people: they sign in and consent."""

    def answer(session: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
        (form,) = [found for found in FORM.findall(page.text) if f'name="{next(iter(fields))}"' in found]
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(form)}
        return session.post(page.url, {**hidden, **fields}, headers={"Referer": page.url})

    def sit(address: str, login: str) -> None:
        with requests.Session() as session:
            asked = answer(session, session.get(address), username=login, password=PASSWORD)
            back = answer(session, asked, allow="1")
            assert back.text == "可以关闭这一页了。"

    def browse(address: str) -> bool:
        sit(address, next(logins))
        return True

    return browse


def reading(messages: Path) -> Callable[[str], str]:
    """Return somebody who reads one code after another off the file that the text names."""
    read = 0

    def type_in(_prompt: str) -> str:
        nonlocal read
        until = time.monotonic() + 30
        while time.monotonic() < until:
            lines = messages.read_text().splitlines() if messages.exists() else []
            codes = [line for line in lines if "验证码" in line]
            if len(codes) > read:
                read = len(codes)
                return re.search(r"[0-9]{6}", json.loads(codes[-1])["text"])[0]  # type: ignore[index]
            time.sleep(0.05)
        raise AssertionError("no code came")

    return type_in


@pytest.mark.django_db(transaction=True)
def test_the_quick_start_goes_from_a_client_to_the_signed_agreement_and_the_passport(
    sandbox: None, live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ports = {"8000": live_server.url.rpartition(":")[2], "8765": str(free_port()), "8766": str(free_port())}
    steps = "\n".join(BLOCKS)
    for written, real in ports.items():
        steps = steps.replace(f"localhost:{written}", f"localhost:{real}")
    client, secret = registered(f"http://localhost:{ports['8765']}/back")
    monkeypatch.setitem(os.environ, "CLIENT", client)
    monkeypatch.setitem(os.environ, "SECRET", secret)
    logins = iter(re.findall(r'consent_of\("([\w.]+)"\)', steps))
    monkeypatch.setattr(example_client.webbrowser, "open", consenting(logins))
    messages = tmp_path / "messages" / "sms.jsonl"
    names: dict[str, Any] = {"input": reading(messages)}

    exec(compile(steps, "docs/integrators.md", "exec"), names)

    assert (tmp_path / "agreement.pdf").read_bytes().startswith(b"%PDF")
    opened = open_passport((tmp_path / "passport.zip").read_bytes(), {NET: keyring.trusted(NET)})
    assert opened.told["case"]["ref"] == names["case"]
    # What the receiver took it had verified; what is altered, old or somebody else's it does not take. A machine that
    # is busy may keep it from answering in time, which is told again.
    assert {204} <= set(Callback.objects.values_list("status", flat=True)) <= {204, None}
    at, body, keys = datetime.now(tz=ZONE), b'{"id": "1"}', names["system"].keys()
    headers = signing.sign_callback(NET, HOOK, "application/cloudevents+json", body, at)
    assert example_client.verify(HOOK, headers, body, keys, at.timestamp()) == {"id": "1"}
    for wrong in (
        (HOOK + "2", headers, body, keys, at.timestamp()),
        (HOOK, headers, body + b" ", keys, at.timestamp()),
        (HOOK, headers, body, keys, at.timestamp() + 301),
        (HOOK, headers, body, {}, at.timestamp()),
        (HOOK, {**headers, "Content-Type": "text/plain"}, body, keys, at.timestamp()),
        (HOOK, signing.sign_request(NET, "courtplatform", "POST", "/hook", body, at)[0], body, keys, at.timestamp()),
        (HOOK, {}, body, keys, at.timestamp()),
    ):
        with pytest.raises(ValueError, match=r"^This|^The"):
            example_client.verify(*wrong)
    assert names["system"].call("list_subscriptions")["items"][0]["url"] == names["bell"].url
    with pytest.raises(example_client.Problem, match="state"):
        names["do"](names["zhang"], "accept", declared=True)
    for one in names.values():
        if isinstance(one, example_client.Api):
            one.http.close()  # Or the server's threads would wait for more, and hold the database.
    for said in (*SCOPES, "integrator.isc", "centre.isc", PASSWORD, ".state/sandbox/messages/sms.jsonl"):
        assert said in PAGE
