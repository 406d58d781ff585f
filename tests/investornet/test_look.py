"""The roster's pages in a real browser: nothing blocked by the content policy, nothing that runs off a narrow screen.

Pages are rendered by the test client and shown with the policy they were sent with. ``SCREENS=1`` keeps pictures under
``docs/screens``.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client as Browser
from playwright.sync_api import Page, Route

from mediation import keyring, rosters
from mediation.exchange import outbox
from mediation.management import rosterplots
from mediation.workdays import ZONE
from roster import reference
from roster.demonstration import load_demo_accounts
from roster.models import Account, Campaign, Mediator
from roster.reference import ref
from tests.access.looking import held_against_picture
from tests.investornet.test_roster_imports import book, send
from tests.investornet.test_roster_pages import DESK, FILES, NET, ticked

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZONE)
BOTH = ("courtplatform", NET)
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS = {320: 700, 390: 844, 1280: 900}


@pytest.fixture
def answers() -> dict[str, Any]:
    """Return the answers to show, by name, over the demonstration's roster."""
    with time_machine.travel(NOW, tick=False):
        reference.load(BOTH)
        load_demo_accounts(BOTH, NOW - timedelta(days=60))
        for code in BOTH:
            keyring.ensure(code, NOW - timedelta(days=60))
        rosters.open_books(BOTH, NOW - timedelta(days=60))
        rosterplots.tell(NOW)
        while sum(outbox.post(code, NOW) for code in BOTH):
            pass
        return _sent()


def _sent() -> dict[str, Any]:
    org, unit, bureau = (_enter(login) for login in ("org.shsa", "unit.shanghai", "bureau.ipb"))
    member, member_page = _enter("mediator.shsa"), f"{FILES}mediator/{ref('mediator', 'shsa-1')}/"
    own, new = ref("organisation", "shsa"), ref("organisation", "demo-pujiang")
    ready, untrained = (Mediator.objects.get(platform=NET, ref=ref("mediator", f"demo-{number}")) for number in (3, 2))
    campaign = f"{DESK}campaigns/{Campaign.objects.get().ref}/"
    changes = [str(ready.ref), ready.name, None, 50, "内幕交易", "浦江律师事务所（演示）|2009-07-01"]
    push = {"step": "preview", "entrant": [ticked(ready), ticked(untrained)], "court": ["沪74", "京74"]}
    return {
        "net-files": org.get(FILES),
        "net-file": org.get(f"{FILES}organisation/{own}/"),
        "net-file-edit": org.get(f"{FILES}mediator/{ready.ref}/edit/"),
        "net-file-suggested": org.get(member_page),
        "net-file-mediator": member.get(member_page),
        "net-file-suggest": member.get(f"{member_page}edit/"),
        "net-file-leave": org.get(f"{FILES}organisation/{own}/do/leave/"),
        "net-import-plan": send(org, book([None, "沈导入", "TY-91", 24, "虚假陈述", None], changes)),
        "net-import-wrong": send(org, book([None, "", "TY-91", "许多", "", "甲|乙"], ["x", "某", "", 1, "", ""])),
        "net-desk-files": unit.get(f"{DESK}files/?kind=mediator"),
        "net-desk-file": bureau.get(f"{DESK}files/organisation/{new}/"),
        "net-desk-reviews": unit.get(f"{DESK}reviews/"),
        "net-desk-push": unit.get(f"{DESK}push/"),
        "net-desk-push-preview": unit.post(f"{DESK}push/", push),
        "net-desk-push-answers": bureau.get(f"{DESK}push/answers/"),
        "net-desk-campaigns": bureau.get(f"{DESK}campaigns/"),
        "net-desk-campaign": bureau.get(campaign),
        "net-desk-campaign-late": bureau.get(f"{campaign}list/stale/"),
        "net-desk-nominate": bureau.get(f"{DESK}files/organisation/{new}/do/nominate/"),
        "net-desk-push-done": unit.post(f"{DESK}push/", push | {"step": "push"}),
    }


def _enter(login: str) -> Browser:
    browser = Browser()
    account = Account.objects.get(login=login)
    browser.force_login(account, backend="roster.backend.AccountBackend")
    return browser


def test_the_rosters_pages_fit_every_screen_and_break_no_policy(answers: dict[str, Any], page: Page) -> None:
    complaints: list[str] = []
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
    unnamed: dict[str, Any] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name, answer in answers.items():
            assert answer.status_code == (422 if name == "net-import-wrong" else 200), name
            page.goto(f"http://look.test/{name}")
            if os.environ.get("SCREENS") == "1" and width != 320:
                page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
                wider[name, width] = reach
            if width == 1280 and (held := held_against_picture(page, name)):
                barred[name] = held
            if found := page.evaluate(UNNAMED):
                unnamed[name] = found

    assert (wider, complaints, unnamed, barred) == ({}, [], {}, {})


UNNAMED = """() => [...document.querySelectorAll('main input, main select, main textarea, #content input')]
    .filter(one => one.type !== 'hidden' && !one.labels.length && !one.getAttribute('aria-label'))
    .map(one => one.name)"""
"""Controls that nothing names for whoever cannot see the page."""
