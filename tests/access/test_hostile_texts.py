"""A case whose every text is hostile: every page shows it as text to everybody, and nothing breaks (S7)."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
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
READERS = [
    who for who in EVERYBODY if not who.startswith("other_") and who not in ("civil2", "idle_mediator", "hengtai")
]


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


@pytest.mark.parametrize("who", READERS)
def test_no_page_lets_a_hostile_text_come_alive(world: World, who: str) -> None:
    found = []
    shown = 0

    for row in ROWS:
        about_case = "<uuid:ref>" in row.route or "<uuid:draft>" in row.route
        for whose in CASES if about_case else ("own",):
            for method in ("get", "post"):
                if method == "post" and whose != "own":
                    continue
                if row.is_asked(method) and row.served(who, method) is not None:
                    url = address(world, row, whose)
                    answer = ask(world, who, method, url, row.kind)
                    shown += not answer.streaming and "&lt;script&gt;alert" in answer.content.decode(errors="replace")
                    found += [(method, url, fault) for fault in faults(answer)]

    assert found == []
    assert shown or who not in ("zhang", "huaxin", "clerk", "judge", "org", "mediator")


@pytest.mark.parametrize("who", ["zhang", "huaxin", "clerk", "org", "mediator"])
def test_no_form_gives_hostile_answers_back_alive(world: World, who: str) -> None:
    found, tried = [], 0

    for row in (row for row in ROWS if row.route.endswith("cases/<uuid:ref>/")):
        for whose in CASES:
            for url in forms(world, who, row, whose):
                page = ask(world, who, "get", url)
                body = page.content.decode()
                names = set(re.findall(r'name="(\w+)"', body)) - {"csrfmiddlewaretoken", "seen", "key"}
                hidden = dict(re.findall(r'<input type="hidden" name="(seen|key)" value="([^"]*)"', body))
                answer = world.browser(who).post(url, hidden | dict.fromkeys(names, HOSTILE))
                found += [(url, fault) for one in (page, answer) for fault in faults(one)]
                tried += 1

    assert found == []
    assert tried


@pytest.mark.parametrize("who", ["anonymous", "zhang", "clerk", "org", "unit", "operator"])
def test_no_search_or_filter_lets_a_hostile_question_come_alive(world: World, who: str) -> None:
    found = []

    for page in ("cases/", "roster/", "admin/cases/", "admin/roster/organisation/", "sign-in/", "register/", ""):
        alone = ASKED if page in LISTS and who in ("zhang", "clerk", "unit") else ()
        for root in ("/court/", "/net/"):
            for names in (ASKED, *((name,) for name in alone)):
                answer = world.browser(who).get(root + page, dict.fromkeys(names, HOSTILE))
                found += [(root + page, names, fault) for fault in faults(answer)]

    assert found == []


LISTS = ("cases/", "roster/", "admin/cases/")
ASKED = ("text", "q", "state", "late", "before", "older", "newer", "queue", "track", "cause", "since", "next", "page")
