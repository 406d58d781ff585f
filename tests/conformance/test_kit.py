"""The kit passes our own server in everything, and names each bug seeded into a double."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from mediation import keyring
from mediation.chain import SealingKey, SigningKey
from mediation.exchange import outbox, paths, transports
from mediation.exchange.conformance import deliveries, exchanges, report
from mediation.exchange.conformance.counterpart import Counterpart
from mediation.exchange.conformance.ear import Ear
from mediation.exchange.conformance.report import FAILED
from mediation.exchange.inbox import Answer
from mediation.exchange.models import Peer
from mediation.models import Delivery, PlatformKey
from mediation.project.environment import BASE_DIR
from mediation.vocabulary import Role
from script.run_stack import free_port
from tests.api.callers import staff
from tests.conformance.double import BUGS, MOUTHS, Double, Mouth
from tests.figures import many
from tests.mediation.stories import COURT, COURT_CODE, NET, Story, World

NOW = datetime(2024, 3, 5, 2, 0, tzinfo=UTC)


def _no_line(*_message: Any) -> Answer:
    raise transports.Unreachable("no line")


@dataclass
class Spoil:
    """What happens to an answer of the REST windows on its way."""

    change: Callable[[str, Answer], Answer] = lambda _path, answer: answer


def _said(path: str, answer: Answer, part: str, **changes: Any) -> Answer:
    if part not in path or answer.status != 200:
        return answer
    return replace(answer, body=json.dumps({**json.loads(answer.body), **changes}).encode())


def _as_html(path: str, answer: Answer) -> Answer:
    return replace(answer, headers={"Content-Type": "text/html"}) if answer.status == 404 else answer


def _let_in(path: str, answer: Answer) -> Answer:
    return Answer(200, {}, b'{"items":[],"next":null}') if answer.status == 401 else answer


def _lenient(path: str, answer: Answer) -> Answer:
    return Answer(200, {}, b'{"items":[],"next":null}') if answer.status == 422 else answer


def _always_fresh(path: str, answer: Answer) -> Answer:
    return Answer(200, {}, b"{}") if answer.status == 304 else answer


def _one_page_for_ever(path: str, answer: Answer) -> Answer:
    return _said(path, answer, "cursor=", items=[])


def _broken_chain(path: str, answer: Answer) -> Answer:
    if "/journal" not in path or answer.status != 200:
        return answer
    items = json.loads(answer.body)["items"]
    items[-1]["previous"] = "0" * 64
    return _said(path, answer, "/journal", items=items)


def _forgets_keys(path: str, answer: Answer) -> Answer:
    return Answer(200, {}, b'{"items":[]}') if answer.status == 409 else answer


def _fails(path: str, answer: Answer) -> Answer:
    return replace(answer, status=500) if "since=" in path else answer


API_BUGS = {
    "api.missing": _as_html,
    "api.nobody": _let_in,
    "api.stranger": _let_in,
    "api.filter": _lenient,
    "api.cursor": _lenient,
    "api.version": _always_fresh,
    "api.page": _one_page_for_ever,
    "api.chain": _broken_chain,
    "api.odd": _fails,
    "api.key": _forgets_keys,
}


def kit(code: str = COURT, peer: str = NET) -> Counterpart:
    """Return the kit in the place of a platform, its keys trusted."""
    # Here both platforms share a deployment: what one kit was trusted with, the other would publish.
    PlatformKey.objects.filter(own=False).delete()
    us = Counterpart(code, peer, SigningKey.generate(), SealingKey.generate(), _no_line, lambda: NOW)
    for one in us.published()["keys"]:
        held = {"purpose": one["purpose"], "key_id": one["key"], "public": one["public"]}
        PlatformKey.objects.create(platform=code, own=False, created_at=NOW, **held)
    keyring.forget()
    us.line = Double(us)
    us.meet()
    return us


def failed(us: Counterpart, *names: str) -> dict[str, str]:
    """Return the checks that fail, with why."""
    wanted = [exchanges.CHECKS[name] for name in names] if names else list(exchanges.for_role(us.code))
    return {one.check: one.said for one in report.run(wanted, us) if one.outcome == FAILED}


def test_our_own_platforms_pass_in_everything(world: World) -> None:
    courts = kit()

    for _round in range(many(1, 200)):
        good = report.run(exchanges.for_role(COURT), courts)
        assert {one.check: one.said for one in good if one.outcome == FAILED} == {}
    signed = report.signed(good, {"platform": NET}, NOW, courts.key)
    promised = (BASE_DIR / "docs/exchange.md").read_text().replace("`", "")

    assert failed(kit(NET, COURT)) == {}
    assert len(good) >= 50
    assert [one.check for one in good if f"## {one.section}\n" not in promised] == []
    assert report.is_genuine(json.loads(json.dumps(signed)))
    assert not report.is_genuine({**signed, "failed": 1})
    assert "全部符合" in report.in_words(signed)


def test_each_bug_seeded_into_a_double_is_named(world: World) -> None:
    us, missed = kit(), {}

    for name, bug in BUGS.items():
        us.line = Double(us, bug)
        found = failed(us, bug.check)
        us.line = Double(us)
        us.meet()
        if list(found) != [bug.check] or "无法读取" in found[bug.check]:
            missed[name] = found

    assert missed == {}
    assert len(BUGS) >= 30


def ear_for(us: Counterpart, monkeypatch: pytest.MonkeyPatch, name: str = "") -> Ear:
    """Return the kit's ear at the other end of our own outbox, which has this bug or none; time passes as it waits."""
    clock = [NOW]
    us.now = lambda: clock[0]

    def pause() -> None:
        clock[0] += timedelta(seconds=9)
        outbox.post(us.peer, clock[0])

    ear = Ear(us, pause, step=9, patience=135, quiet=18)
    mouth = Mouth(ear, clock, MOUTHS[name][1] if name else None)
    monkeypatch.setattr(transports, "carry", mouth.carry)
    return ear


@pytest.mark.parametrize(("code", "peer"), [(COURT, NET), (NET, COURT)])
def test_our_own_outbox_keeps_every_promise(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, peer: str
) -> None:
    ear = ear_for(kit(code, peer), monkeypatch)
    promised = (BASE_DIR / "docs/exchange.md").read_text()

    results = report.run(deliveries.CHECKS.values(), ear)

    assert {one.check: one.said for one in results if one.outcome == FAILED} == {}
    assert [one.check for one in results if f"## {one.section}\n" not in promised] == []


def test_each_bug_seeded_into_an_outbox_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    us, missed = kit(), {}

    for name, (check, _bug) in MOUTHS.items():
        Delivery.objects.all().delete()
        Peer.objects.update(failures=0, next_try_at=None)
        ear = ear_for(us, monkeypatch, name)
        (found,) = report.run([deliveries.CHECKS[check]], ear)
        if found.outcome != FAILED or "无法读取" in found.said:
            missed[name] = found

    assert missed == {}


def test_the_ear_hears_over_http_and_cuts_the_line(world: World) -> None:
    us = kit()
    ear = Ear(us)
    port = free_port()
    keys = paths.of(us.code, "keys.json")
    with ear.listening("127.0.0.1", port):
        heard = transports.over_http(f"http://127.0.0.1:{port}{keys}", "GET", {}, b"")
        refused = transports.over_http(f"http://127.0.0.1:{port}/exchange/v1/{us.code}/envelopes", "POST", {}, b"{")
        half = Answer(200, {"Content-Length": str(len(heard.body))}, heard.body[:9])
        for broken in (half, None):
            ear.hear = lambda *_call, broken=broken: broken  # type: ignore[method-assign,misc]
            with pytest.raises(transports.Unreachable):
                transports.over_http(f"http://127.0.0.1:{port}{keys}", "GET", {}, b"")

    assert json.loads(heard.body)["platform"] == us.code
    assert refused.status == 404


@pytest.fixture
def over_http(monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Carry what the kit's command sends to our own addresses, as a server would hear it; may be spoilt on its way."""
    spoil = Spoil()

    def carry(url: str, method: str, headers: dict[str, str], body: bytes) -> Answer:
        kind = headers.get("Content-Type", "application/json")
        path = url.removeprefix("https://peer.example")
        answer = Browser().generic(method, path, body, content_type=kind, headers=headers)
        return spoil.change(path, Answer(answer.status_code, dict(answer.headers), answer.getvalue()))

    monkeypatch.setattr(transports, "over_http", carry)
    return spoil


def test_the_command_tries_exchange_and_client_over_http_and_signs_what_it_found(
    world: World, over_http: Spoil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(NOW, tick=False):
        for _case in range(2):
            Story(world).file()
        caller_ = staff("clerk", COURT, Role.CLERK, court=COURT_CODE)
        secret, told = tmp_path / "kit.json", tmp_path / "report.json"
        call_command("conformance", new_keys=secret, platform=COURT)
        (document,) = json.loads(capsys.readouterr().out)["platforms"]
        for one in document["keys"]:
            held = {"purpose": one["purpose"], "key_id": one["key"], "public": one["public"]}
            PlatformKey.objects.create(platform=NET, own=False, created_at=NOW, **held)
        how: dict[str, Any] = {"url": "https://peer.example/", "platform": COURT, "keys": secret, "report": told}
        client = {"api": "court/api/v1/", "token": caller_.token}

        call_command("conformance", **how, **client, only=["api", "standing", "message", "envelopes", "keys", "files"])
        good, words = json.loads(told.read_text()), told.with_suffix(".txt").read_text()
        missed = {}
        for check, change in API_BUGS.items():
            over_http.change = change
            with pytest.raises(CommandError, match="failed"):
                call_command("conformance", **how, **client, only=[check])
            missed[check] = [one["check"] for one in json.loads(told.read_text())["results"] if one["said"]]

    assert report.is_genuine(good)
    assert (good["failed"], good["passed"] >= 30) == (0, True)
    assert "全部符合" in words
    assert missed == {check: [check] for check in API_BUGS}
    assert secret.stat().st_mode & 0o077 == 0


def test_the_kit_needs_no_deployment_to_say_what_it_tries_and_to_make_its_keys(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "STATE_DIR": str(tmp_path / "state")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words], cwd=BASE_DIR, env=bare, capture_output=True, text=True, check=False
        )

    listed = run("conformance", "--list")
    made = run("conformance", "--new-keys", str(tmp_path / "kit.json"))
    another = run("keys", "export")

    assert (listed.returncode, "message.unsigned" in listed.stdout) == (0, True), listed.stderr
    assert (made.returncode, json.loads(made.stdout)["platforms"][0]["platform"]) == (0, COURT), made.stderr
    assert (another.returncode, "SECRET_KEY is not set" in another.stderr) == (1, True)


def test_a_platform_that_does_not_trust_the_kit_is_told_how_it_can(
    world: World, over_http: Spoil, tmp_path: Path
) -> None:
    call_command("conformance", new_keys=tmp_path / "kit.json", platform=COURT)

    with pytest.raises(CommandError, match=r"401 signature.*keys trust"):
        call_command("conformance", url="https://peer.example/", platform=COURT, keys=tmp_path / "kit.json")
