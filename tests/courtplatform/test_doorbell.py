"""Whoever acts at a window rings the post: once for everything done, not at all for what was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mediation.exchange import tasks
from mediation.models import Case
from roster.models import Account
from tests.api.callers import caller
from tests.windows.applying import Applicant
from tests.windows.stage import Stage, file_case, walk

Heard = Callable[[Callable[[], Any]], tuple[int, int]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Heard:
    """Return the status of the answer to an act, and how often it rang."""

    def listen(act: Callable[[], Any]) -> tuple[int, int]:
        rings: list[dict[str, Any]] = []
        monkeypatch.setattr(tasks.post, "apply_async", lambda **how: rings.append(how))
        with django_capture_on_commit_callbacks(execute=True):
            answer = act()
        return answer.status_code, len(rings)

    return listen


def signed_in(account: Account) -> Client:
    browser = Client()
    browser.force_login(account, backend="roster.backend.AccountBackend")
    return browser


def fill(browser: Client, url: str, **answers: Any) -> Any:
    """Open a form, fill it in and send it."""
    hidden = re.findall(r'name="(seen|key)" value="([^"]*)"', browser.get(url).content.decode())
    return browser.post(url, dict(hidden) | answers)


def test_a_move_at_the_desk_rings_once_and_a_refused_one_does_not(stage: Stage, heard: Heard) -> None:
    story, clerk = file_case(stage), signed_in(stage.accounts["clerk"])
    url = f"/court/admin/cases/{story.ref}/do/consult/"

    refused = heard(lambda: fill(clerk, url, channel="PIGEON"))
    made = heard(lambda: fill(clerk, url, channel="PHONE"))

    assert (refused, made) == ((400, 0), (302, 1))


def test_an_application_rings_once(stage: Stage, heard: Heard) -> None:
    zhang = Applicant(signed_in(stage.accounts["zhang"]), "courtplatform", {"court": "沪74"})
    zhang.fill()

    sent = heard(zhang.send)

    assert sent == (302, 1)
    assert Case.objects.filter(platform="courtplatform").count() == 1


def test_a_move_at_the_portal_rings_once(stage: Stage, heard: Heard) -> None:
    story = walk(file_case(stage), "CONSULTING")
    zhang = signed_in(stage.accounts["zhang"])
    url = f"/court/cases/{story.ref}/moves/withdraw/"

    made = heard(lambda: fill(zhang, url, party=story.zhang, text="和解"))

    assert made == (302, 1)


def test_a_move_by_rest_rings_once(stage: Stage, heard: Heard) -> None:
    story, clerk = file_case(stage), caller(stage.accounts["clerk"], "courtplatform")

    refused = heard(lambda: clerk.make(story.ref, "consult", {"channel": "PIGEON"}))
    made = heard(lambda: clerk.make(story.ref, "consult", {"channel": "PHONE"}))

    assert (refused[1], made) == (0, (201, 1))


def test_a_broker_that_is_away_stops_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    story, clerk = file_case(stage), signed_in(stage.accounts["clerk"])

    def away(**how: Any) -> None:
        raise tasks.post.OperationalError

    monkeypatch.setattr(tasks.post, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        answer = fill(clerk, f"/court/admin/cases/{story.ref}/do/consult/", channel="PHONE")

    assert answer.status_code == 302
    assert Case.objects.get(ref=story.ref, platform="courtplatform").state == "CONSULTING"
