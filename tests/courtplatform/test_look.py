"""The desk in a real browser: nothing blocked by the content policy, nothing that runs off a narrow screen.

Pages are rendered by the test client and shown with the policy they were sent with. ``SCREENS=1`` keeps pictures under
``docs/screens``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from mediation.models import SavedFilter
from tests.access.looking import held_against_picture
from tests.courtplatform.desk import BASE, page_of
from tests.courtplatform.test_bulk import GO, plan, ready
from tests.courtplatform.test_case_page import failed
from tests.windows.stage import LI, Stage, file_case, walk

pytestmark = pytest.mark.browser

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
PLACES = {"desk-reveal": "#people-title"}
"""Where on its page the browser comes to rest."""

WIDTHS = {320: 700, 390: 844, 1280: 900}


def sent(stage: Stage, at_desk: Any) -> dict[str, Any]:
    """Return the answers to show, by name."""
    browser = at_desk("clerk")
    for number in range(6):
        file_case(stage, applicant=f"投资者{number}")
    walk(file_case(stage, applicant="李国栋", number=LI), "DELEGATED")
    handed, early = failed(stage), file_case(stage)
    stories = [ready(stage) for _number in range(3)]
    for name in ("本周新收", "虚假陈述待委派"):
        SavedFilter.objects.create(
            account=stage.accounts["clerk"], platform="courtplatform", name=name, query="state=READY"
        )
    address = plan(browser, *stories, early)
    choice = {"organisation": str(stage.organisation), **GO}
    revealed = browser.post(f"{page_of(handed)}people/{handed.zhang}/reveal/")
    return {
        "desk-first": browser.get(BASE),
        "desk-list": browser.get(f"{BASE}cases/?state=FILED"),
        "desk-search": browser.post(f"{BASE}cases/find/", {"q": "晓慧"}, follow=True),
        "desk-handback": browser.get(page_of(handed)),
        "desk-reveal": revealed,
        "desk-bulk": browser.get(address),
        "desk-bulk-plan": browser.get(address, choice),
        "desk-bulk-course": browser.post(address, choice, follow=True),
        "desk-bulks": browser.get(f"{BASE}bulk/"),
    }


def test_the_desk_fits_every_screen_and_breaks_no_policy(stage: Stage, at_desk: Any, page: Page) -> None:
    answers, complaints = sent(stage, at_desk), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def show(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            route.fulfill(path=found, content_type=TYPES[path.rpartition(".")[2]])
        else:
            answer = answers[path.strip("/")]
            policy = {"Content-Security-Policy": answer["Content-Security-Policy"]}
            route.fulfill(body=answer.content.decode(), content_type="text/html; charset=utf-8", headers=policy)

    page.route("**/*", show)
    wider: dict[tuple[str, int], Any] = {}
    barred: dict[str, Any] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name, answer in answers.items():
            assert answer.status_code == 200
            page.goto(f"http://look.test/{name}{PLACES.get(name, '')}")
            if os.environ.get("SCREENS") == "1" and width != 320:
                page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
                wider[name, width] = reach
            if width == 1280 and (held := held_against_picture(page, name)):
                barred[name] = held

    assert (wider, complaints, barred) == ({}, [], {})
