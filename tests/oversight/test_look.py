"""The windows of oversight in a real browser: nothing blocked by the content policy, nothing wider than the screen.

``SCREENS=1`` keeps pictures under ``docs/screens``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route

from tests.oversight.pages import BASES, oversight

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS = {320: 700, 390: 844, 1280: 900}


def test_the_windows_fit_every_screen_and_break_no_policy(sign_in: Callable[[str], Client], page: Page) -> None:
    answers = {f"oversight-{login.partition('.')[0]}": sign_in(login).get(oversight(login)) for login in BASES}
    answers["oversight-roster"] = sign_in("bureau.ipb").get(oversight("bureau.ipb", "roster/"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

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
    wider: dict[tuple[str, int], int] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name in answers:
            page.goto(f"http://look.test/{name}")
            if os.environ.get("SCREENS") == "1" and width != 320:
                page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
                wider[name, width] = reach

    assert (wider, complaints) == ({}, [])
