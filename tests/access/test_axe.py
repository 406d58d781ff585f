"""What axe holds against the pages (WCAG 2.2 AA): every address of the matrix as the first who is served sees it, and
what each role begins with, in one browser.

Lives here: fetching the pages and showing them to axe, at the width of those who use them. Does not live here: whose
an address is (``table``).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from tests.access.table import EVERYWHERE, GROUPS, Row
from tests.access.test_matrix import ROWS, address, ask
from tests.access.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
WIDTHS = {"portal": 390, "desk": 1280}
"""Parties read on a telephone, desks on a screen."""

NO_PAGES = ("<path:object_id>", "i18n/", "password_change/", "oversight/export/")
"""Django's own pages, and what is no page."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"reporter": "no-passes", "preload": False, "runOnly": {"type": "tag", "values": RULES}}

MORE = {
    "clerk": (
        "/court/admin/cases/?queue=sent-back",
        "/court/admin/cases/export/?form=print",
        "/court/admin/entrants/roster/?form=print",
    ),
    "zhang": ("/court/roster/?region=31", "/court/cases/", "/net/cases/"),
    "judge": ("/court/admin/",),
    "leader": ("/court/admin/",),
    "spc": ("/court/admin/",),
    "unit": ("/net/admin/", "/net/admin/files/?kind=mediator"),
    "bureau": ("/net/admin/", "/net/admin/cases/export/?form=print"),
    "org": ("/net/cases/",),
    "mediator": ("/net/cases/",),
}
"""What each role begins with, and pages with something in them that the bare address does not show."""


def first(row: Row) -> str:
    """Return who is asked to show a page: the first who is served with one; empty for none."""
    groups = {**EVERYWHERE, **GROUPS.get(row.platform, {})}
    for answer in row.cells["get"].split():
        names, _colon, status = answer.partition(":")
        name = names.split(",")[0]
        if status in ("200", "409"):
            return str(next(iter(groups.get(name, (name,))), ""))
    return ""


def sources(world: World) -> dict[tuple[int, str, str], str]:
    """Return the pages by width, by who sees them and address; a page that both platforms have once."""
    found: dict[tuple[int, str, str], Any] = {}
    seen: set[str] = set()
    for row in ROWS:
        who, page = first(row), row.route.partition("/")[2]
        if row.kind == "api" or who in ("", "nobody") or any(part in row.route for part in NO_PAGES) or page in seen:
            continue
        if page not in ("", "cases/<uuid:ref>/"):
            seen.add(page)
        url = address(world, row, "own")
        found[WIDTHS[row.kind], who, url] = ask(world, who, "get", url)
    for who, urls in MORE.items():
        for url in urls:
            width = WIDTHS["desk" if "/admin/" in url else "portal"]
            found[width, who, url] = answer = ask(world, who, "get", url)
            assert answer.status_code == 200, (who, url)
    return {
        key: answer.content.decode()
        for key, answer in found.items()
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
    }


def host(who: str) -> str:
    """Return where the browser finds what somebody sees."""
    return f"{who.replace('_', '-')}.axe.test"


def test_axe_holds_nothing_against_any_page(world: World, page: Page) -> None:
    shown = sources(world)
    by_address = {(host(who), url): source for (_width, who, url), source in shown.items()}

    def answer(route: Route) -> None:
        parts = urlsplit(unquote(route.request.url))
        asked = parts.path + (f"?{parts.query}" if parts.query else "")
        if parts.path.startswith("/static/"):
            file = finders.find(parts.path.removeprefix("/static/"))
            assert isinstance(file, str), parts.path
            route.fulfill(path=file, content_type=TYPES[parts.path.rpartition(".")[2]])
        elif (source := by_address.get((parts.netloc, asked))) is not None:
            route.fulfill(body=source, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404)

    page.route("**/*", answer)
    axe = Axe()
    wrong: dict[str, list[Any]] = {}
    for width, who, url in sorted(shown):
        page.set_viewport_size({"width": width, "height": 900})
        opened = page.goto(f"http://{host(who)}{url}")
        assert opened is not None
        assert opened.status == 200, url
        for one in axe.run(page, options=OPTIONS).response["violations"]:
            found = (who, url, one["nodes"][0]["html"][:160], one["nodes"][0]["target"])
            wrong.setdefault(one["id"], []).append(found)

    assert len(shown) > 60, len(shown)
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)
