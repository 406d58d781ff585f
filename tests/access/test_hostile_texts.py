"""A case whose every text is hostile: every page shows it as text to everybody, and nothing breaks (S7)."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections import Counter
from typing import Any

import pytest

from mediation.management.story import Person, accounts
from mediation.passport.shape import VIEWER
from roster.models import Account, Court, Mediator, Organisation
from roster.reference import ref
from tests.access.table import Row, rows
from tests.access.test_matrix import address, ask
from tests.access.world import CAST, EVERYBODY, World

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=1>xy{{ 7*7 }}yx{% now 'Y' %}%s%(no)s{0}&#60;"
"""Markup, quotes that end an attribute, template tags, format marks."""

ROWS = [row for row in rows() if "/admin/roster/" not in row.route and row.route != "i18n/setlang/"]
CASES = ("own", "returned")
SEEING = (
    "anonymous", "zhang", "huaxin", "clerk", "judge", "spc", "operator", "integrator", "org", "mediator", "unit",
    "bureau", "net_integrator",
)  # fmt: skip
"""Who sees cases, or a desk, in a way of their own; of everybody else the first who is served asks for all."""

READERS = [*SEEING, *(who for who in EVERYBODY if who not in SEEING)]
OF_CASES = re.compile(r"<uuid:(ref|draft)>|/(cases|notices|calendar|inbox|load|seals|desk|changes)/?$|/admin/$")
"""Pages that each shows its own cases; what is the same page for all is asked for once."""


@pytest.fixture(scope="module")
def hostile() -> str:
    """Let every text of the cases be hostile."""
    return HOSTILE


@pytest.fixture(scope="module")
def cast() -> dict[str, Person]:
    """Let the parties be called so."""
    named = accounts()
    return {login: dataclasses.replace(named[login], name=HOSTILE) for login in (CAST["zhang"], CAST["huaxin"])}


@pytest.fixture(scope="module", autouse=True)
def _named(world: World) -> None:
    """Let the organisation, the mediator, the court and the accounts be called so too."""
    for rows_, fields in (
        (Organisation.objects.filter(ref=ref("organisation", "shsa")), ("name", "scope", "expertise")),
        (Mediator.objects.filter(ref=ref("mediator", "shsa-1")), ("name", "expertise")),
        (Court.objects.filter(code="沪74"), ("name",)),
        (Account.objects.all(), ("name",)),
    ):
        longest = {field: rows_.model._meta.get_field(field).max_length for field in fields}
        rows_.update(**{field: HOSTILE[:most] for field, most in longest.items()})


def faults(answer: Any) -> list[str]:
    """Return what of the hostile text came alive in an answer."""
    if answer.status_code >= 500:
        return [str(answer.status_code)]
    if answer["Content-Type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as passport:
            return _alive(passport.read(VIEWER).decode())
    if not answer["Content-Type"].startswith("text/html"):
        known = (
            "application/json",
            "application/problem+json",
            "application/pdf",
            "application/vnd.oai",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "text/calendar",
            "text/javascript",
            "text/plain",
        )
        return [] if answer["Content-Type"].startswith(known) else [answer["Content-Type"]]
    return _alive(answer.content.decode())


def _alive(body: str) -> list[str]:
    return [found for found in ("<script>alert", "<img src=x", "xy49yx", "'><img", "now 2026") if found in body]


def forms(world: World, who: str, row: Row, whose: str) -> list[str]:
    """Return the addresses of the forms that a case page leads to."""
    body = ask(world, who, "get", address(world, row, whose)).content.decode()
    return sorted(set(re.findall(r'href="(/[^"]+/(?:moves|do)/\w+/)"', body)))


def askers(row: Row, method: str) -> list[str]:
    """Return who asks for a page: one of each kind that sees something of its own there, a programme once."""
    served = [who for who in READERS if row.is_asked(method) and row.served(who, method) is not None]
    if OF_CASES.search(row.route):
        return [who for who in served if who in SEEING][: 3 if row.kind == "api" else None] or served[:1]
    return served[:1]


def test_no_page_lets_a_hostile_text_come_alive(world: World) -> None:
    found = []
    shown: Counter[str] = Counter()

    for row in ROWS:
        for whose in CASES if "<uuid:ref>" in row.route or "<uuid:draft>" in row.route else ("own",):
            url = address(world, row, whose)
            for method in ("get", "post") if whose == "own" else ("get",):
                for who in askers(row, method):
                    answer = ask(world, who, method, url, row.kind)
                    shown[who] += not answer.streaming and "&lt;script&gt;alert" in answer.content.decode(
                        errors="replace"
                    )
                    found += [(who, method, url, fault) for fault in faults(answer)]

    assert found == []
    assert all(shown[who] for who in ("zhang", "huaxin", "clerk", "judge", "org", "mediator"))


def test_no_form_gives_hostile_answers_back_alive(world: World) -> None:
    found, tried = [], set()

    for who, role in {"zhang": "party", "huaxin": "party", "clerk": "", "org": "", "mediator": ""}.items():
        for row in (row for row in ROWS if row.route.endswith("cases/<uuid:ref>/")):
            for url in (url for whose in CASES for url in forms(world, who, row, whose)):
                # Both sides fill in the same forms, and the same ones in each case.
                form = (role or who, row.route, url.split("/")[-2])
                if form in tried:
                    continue
                tried.add(form)
                page = ask(world, who, "get", url)
                body = page.content.decode()
                names = set(re.findall(r'name="(\w+)"', body)) - {"csrfmiddlewaretoken", "seen", "key"}
                hidden = dict(re.findall(r'<input type="hidden" name="(seen|key)" value="([^"]*)"', body))
                answer = world.browser(who).post(url, hidden | dict.fromkeys(names, HOSTILE))
                found += [(url, fault) for one in (page, answer) for fault in faults(one)]

    assert found == []
    assert {who for who, _route, _move in tried} == {"party", "clerk", "org", "mediator"}


def test_no_search_or_filter_lets_a_hostile_question_come_alive(world: World) -> None:
    found = []

    for who in ("anonymous", "zhang", "clerk", "org", "unit", "operator"):
        for page in ("cases/", "roster/", "admin/cases/", "admin/roster/organisation/", "sign-in/", "register/", ""):
            for root in ("/court/", "/net/"):
                for names in (ASKED, *((name,) for name in ASKED if LISTS.get(page) == who)):
                    answer = world.browser(who).get(root + page, dict.fromkeys(names, HOSTILE))
                    found += [(root + page, names, fault) for fault in faults(answer)]

    assert found == []


LISTS = {"cases/": "zhang", "roster/": "anonymous", "admin/cases/": "clerk"}
"""Where each question is asked by itself as well, by one of those who are served."""

ASKED = ("text", "q", "state", "late", "before", "older", "newer", "queue", "track", "cause", "since", "next", "page")
