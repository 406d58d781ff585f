"""What axe holds against the pages (WCAG 2.2 AA): every address of the matrix as the first who is served sees it, and
what each role begins with, in one browser.

Lives here: fetching the pages and showing them to axe, at the width of those who use them. Does not live here: whose
an address is (``table``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, Route

from mediation.models import OutgoingMessage
from mediation.vocabulary import Stage
from mediation.windows.fitness import QUESTIONS
from roster import tokens
from roster.models import Account, Client
from tests.access.looking import PICTURED, held_against
from tests.access.table import EVERYWHERE, GROUPS, Row
from tests.access.test_matrix import ROWS, address, ask
from tests.access.world import CAST, COURT, NOW, World

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

TEMPLATES = Path(__file__).parents[2] / "mediation" / "templates"
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
WIDTHS = {"portal": 390, "desk": 1280}
"""Parties read on a telephone, desks on a screen."""

NO_PAGES = ("<path:object_id>", "i18n/", "password_change/", "oversight/export/")
"""Django's own pages, and what is no page."""

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


MOVES = {
    "zhang": ("object", "appoint_agent", "extend", "stop_mediation"),
    "mediator": ("suspend", "amend_parties", "confirm_address"),
    "org": ("appoint_mediator",),
}
"""Forms of moves in the first case: every kind of field once."""

STEPS = ("who", "dispute", "claim", "service", "consent")
"""Pages of the application, each with other fields."""

REFUSED = {404: ("zhang", "/court/cases/none/"), 403: ("zhang", "/court/admin/"), 409: ("clerk", "do/decide_recusal/")}
"""What is said where nothing is served."""

UNSEEN = {
    "400.html": "the same page as 404.html in other words",
    "403_csrf.html": "the same page as 403.html in other words",
    "429.html": "the same page as 404.html in other words",
    "refused.html": "the same page as 404.html in other words",
    "mediation/admin/register_row.html": "Django's own page of one row, which nobody may change",
    "windows/agreement_unprintable.html": "a sentence and a link",
    "windows/arriving.html": "a sentence and a link",
    "windows/client.html": "the task list of windows/apply_tasks.html above the list of windows/work.html",
    "windows/document_withdraw.html": "three sentences and a button",
    "windows/firm_invited.html": "windows/invited.html in other words",
    "windows/joint_done.html": "a message and a list, as windows/apply_tasks.html has them",
    "mediation/signed_out.html": "two lines, without a form",
    "windows/meeting_dead.html": "windows/consent_dead.html in other words",
    "windows/signing_dead.html": "windows/consent_dead.html in other words",
    "windows/meeting_prove.html": "the form of windows/consent_prove.html",
    "windows/signing_prove.html": "the form of windows/consent_prove.html",
}
"""Templates of pages that axe need not see, and why."""


def first(row: Row) -> str:
    """Return who is asked to show a page: the first who is served with one; empty for none."""
    groups = {**EVERYWHERE, **GROUPS.get(row.platform, {})}
    for answer in row.cells["get"].split():
        names, _colon, status = answer.partition(":")
        name = names.split(",")[0]
        if status in ("200", "409"):
            return str(next(iter(groups.get(name, (name,))), ""))
    return ""


def by_link(world: World) -> Iterator[tuple[str, str, Any]]:
    """Yield what somebody sees who is asked by link for consents: prove the telephone, answer, answered, dead."""
    held = world.cases["court_only"]
    stages = [Stage.MEDIATION.value, Stage.ONLINE.value]
    sent = f"/court/admin/cases/{held.ref}/consents/send/"
    world.browser("clerk").post(sent, {"party": [held.party], "stage": stages})
    phone, place = world.browser("anonymous"), "/court/consent/"
    yield "anonymous", f"{place}?dead", phone.get(place)
    token = message(held.party, "LINK", rf"{place}([\w-]+)/")
    yield "anonymous", f"{place}?prove", phone.get(f"{place}{token}/", follow=True)
    phone.post(place, {"send": "1"})
    phone.post(place, {"code": message(held.party, "CODE", r"(\d{6})")})
    yield "anonymous", f"{place}?answer", phone.get(place)
    yield "anonymous", f"{place}?answered", phone.post(place, dict.fromkeys(stages, "YES"), follow=True)


def message(party: str, errand: str, what: str) -> str:
    """Return what stands in the newest message of its kind to a party."""
    sent = OutgoingMessage.objects.filter(errand=errand, party=party).first()
    found = re.search(what, sent.text) if sent else None
    assert found is not None
    return found[1]


def further(world: World) -> Iterator[tuple[str, str, Any]]:
    """Yield pages beside the matrix, by who sees them and address: steps, forms of moves, refusals, links."""
    steps = f"/court/apply/{world.drafts['zhang', COURT]}/step"
    addresses = [("zhang", f"{steps}/{step}/") for step in STEPS]
    case = f"/net/cases/{world.cases['own'].ref}/moves"
    addresses += [(who, f"{case}/{move}/") for who, names in MOVES.items() for move in names]
    addresses.append(("clerk", f"/court/admin/cases/{world.cases['court_only'].ref}/do/return_application/"))
    addresses += [("zhang", "/court/offline/"), ("anonymous", f"/net/fit/?{unfit()}")]
    answering = f"/net/desk/answer/?case={world.cases['foreign'].ref}"
    addresses += [("hengtai", answering), ("hengtai", f"{answering}&move=stop_mediation")]
    addresses.append(("zhang", f"/court/authorise/?{programme()}"))
    addresses.append(("operator", f"/court/admin/clients/{Client.objects.latest('pk').pk}/"))
    evidence = f"/net/cases/{world.cases['own'].ref}/evidence/"
    chosen = {"kind": "TRADING", "audience": "ALL", "uploads": SimpleUploadedFile("对账单.txt", "对账单".encode())}
    world.browser("zhang").post(evidence, chosen)
    addresses.append(("zhang", f"{evidence}confirm/"))
    for who, url in addresses:
        yield who, url, ask(world, who, "get", url)
    person = f"/net/cases/{world.cases['own'].ref}/people/{world.cases['own'].party}"
    for act in ("reveal", "invite"):
        yield "org", f"{person}/{act}/", ask(world, "org", "post", f"{person}/{act}/")
    for status, (who, url) in REFUSED.items():
        full = url if url.startswith("/") else f"/court/admin/cases/{world.cases['own'].ref}/{url}"
        answer = ask(world, who, "get", full)
        assert answer.status_code == status, (full, answer.status_code)
        yield who, full, answer
    yield from by_link(world)


def programme() -> str:
    """Return what a programme asks a person for, once it is registered."""
    back = "https://programme.test/back"
    account = Account.objects.get(login=CAST["integrator"])
    told: dict[str, Any] = {"grants": [tokens.PERSON], "scopes": ["cases:read"], "redirect_uris": [back]}
    client, _none = tokens.register(account, "办案助手", platform=COURT, by=account, at=NOW, confidential=False, **told)
    asked = {"response_type": "code", "client_id": str(client.identifier), "redirect_uri": back, "state": "s"}
    return urlencode(asked | {"scope": "cases:read", "code_challenge": "c" * 43, "code_challenge_method": "S256"})


def unfit() -> str:
    """Return the first answer after which mediation does not fit."""
    given = []
    for question in QUESTIONS:
        if stop := next((answer for answer in question.answers if answer.stop), None):
            return "&".join([*given, f"{question.code}={stop.code}"])
        given.append(f"{question.code}={question.answers[0].code}")
    raise AssertionError


def pages() -> set[str]:
    """Return the templates that are a page of their own."""
    found = {file.relative_to(TEMPLATES).as_posix(): file.read_text() for file in TEMPLATES.rglob("*.html")}
    return {name for name, text in found.items() if "{% extends" in text}


def sources(world: World) -> tuple[dict[tuple[int, str, str], str], set[str]]:
    """Return the pages by width, by who sees them and address, a page that both platforms have once; and the templates
    they are made of.
    """
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
    for who, url, answer in further(world):
        found[WIDTHS["desk" if "/admin/" in url else "portal"], who, url] = answer
    html = {
        key: answer
        for key, answer in found.items()
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
    }
    made_of = {template.name or "" for answer in html.values() for template in answer.templates or ()}
    return {key: answer.content.decode() for key, answer in html.items()}, made_of


def host(who: str) -> str:
    """Return where the browser finds what somebody sees."""
    return f"{who.replace('_', '-')}.axe.test"


def test_axe_holds_nothing_against_any_page(world: World, page: Page) -> None:
    shown, made_of = sources(world)
    by_address = {(host(who), unquote(url)): source for (_width, who, url), source in shown.items()}

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
    wrong: dict[str, list[Any]] = {}
    coloured: set[tuple[int, str]] = set()
    for width, who, url in sorted(shown):
        # Colours come from classes alone: where a page has none that was not seen yet, contrast is not measured again.
        classes = {(width, names) for names in re.findall(r'class="([^"]*)"', shown[width, who, url])}
        fresh, coloured = not classes <= coloured, coloured | classes
        page.set_viewport_size({"width": width, "height": 900})
        opened = page.goto(f"http://{host(who)}{url}")
        assert opened is not None
        assert opened.status == 200, url
        for rule, place in held_against(page, framed=url in MORE.get(who, ()), contrast=fresh):
            wrong.setdefault(rule, []).append((who, url, place))

    unseen = pages() - made_of - {*PICTURED.values()}
    assert unseen == {*UNSEEN}
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)
