"""The pages in a real browser: nothing blocked by the content policy, nothing that runs off a narrow screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from tests.look.pages import pages

pytestmark = pytest.mark.browser

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
POLICY = {"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'"}


@pytest.fixture
def shown(page: Page) -> tuple[Page, list[str]]:
    """Return a browser page that serves every sample at its name, and what the browser complained about."""
    complaints: list[str] = []
    sources = pages()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            route.fulfill(path=found, content_type=TYPES[path.rpartition(".")[2]])
        else:
            route.fulfill(body=sources[path.strip("/")], content_type="text/html; charset=utf-8", headers=POLICY)

    page.route("**/*", answer)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_runs_off_the_screen_or_breaks_the_policy(shown: tuple[Page, list[str]], width: int) -> None:
    page, complaints = shown
    page.set_viewport_size({"width": width, "height": 800})

    wider: dict[str, Any] = {}
    for name in pages():
        page.goto(f"http://look.test/{name}")
        if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
            wider[name] = reach

    assert (wider, complaints) == ({}, [])


def test_what_is_pressed_on_a_phone_is_large_enough(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("http://look.test/case-net")

    heights = page.eval_on_selector_all(
        ".button:not(.compact), select, textarea", "found => found.map(one => one.getBoundingClientRect().height)"
    )

    assert heights
    assert min(heights) >= 44


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    page.goto("http://look.test/register")

    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("location.hash") == "#id_name"


def test_the_first_stop_of_the_keyboard_leads_to_the_content(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    page.goto("http://look.test/front")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_a_form_sent_twice_is_sent_once(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    page.goto("http://look.test/register")
    page.evaluate(
        "window.sent = 0; document.addEventListener('submit', event => {"
        " if (!event.defaultPrevented) { window.sent += 1; event.preventDefault(); } })"
    )

    page.click("main button.button")
    page.click("main button.button", force=True)

    assert page.evaluate("window.sent") == 1
