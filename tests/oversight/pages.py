"""Reading the pages of oversight as a browser does. Called by: the tests beside it."""

from __future__ import annotations

import re
from collections import defaultdict
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

from django.test import Client

BASES = {"unit.shanghai": "net", "bureau.ipb": "net", "spc.docketing": "court", "leader.sh74": "court"}
OF_ROWS = ("unit", "organisation", "court", "state", "month")
LINK = re.compile(r'<a[^>]*href="([^"]*/admin/cases/\?[^"]*)"[^>]*>(.*?)</a>', re.S)


def oversight(login: str, query: str = "") -> str:
    """Return the address of somebody's page."""
    return f"/{BASES[login]}/admin/oversight/{query}"


def figures(page: str) -> dict[str, int]:
    """Return what every link to a list of cases says there is; shares of them are no numbers of cases."""
    found: dict[str, int] = {}
    for address, inside in LINK.findall(page):
        said = re.match(r"\s*(?:<b>)?\s*(\d+)\s*(?:</b>|$)", re.sub(r"<span.*", "", inside, flags=re.S))
        if said:
            address, number = unescape(address), int(said[1])
            assert found.setdefault(address, number) == number, address
    return found


def fullest(stated: dict[str, int]) -> dict[str, int]:
    """Return of each kind of figure (the same question, of another row) the two greatest and the smallest."""
    kinds: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for address in sorted(stated, key=lambda one: -stated[one]):
        asked = parse_qsl(address.partition("?")[2])
        kinds[tuple((name, "" if name in OF_ROWS else value) for name, value in asked)].append(address)
    chosen = {address for ranked in kinds.values() for address in (*ranked[:2], ranked[-1])}
    return {address: number for address, number in stated.items() if address in chosen}


def length(browser: Client, address: str) -> int:
    """Return how many cases a list has, page by page."""
    number, answer = 0, browser.get(address)
    while True:
        assert answer.status_code == 200, address
        number += answer.content.decode().count('class="row-link"')
        older = answer.context["page"].older_url
        if not older:
            return number
        answer = browser.get(address.partition("?")[0] + older)


def table(answer: Any, code: str) -> dict[str, list[Any]]:
    """Return the values of one table by line."""
    found = next(one for one in answer.context["tables"] if one.code == code)
    return {row.label: [cell.value for cell in row.cells] for row in found.rows}


def column(answer: Any, code: str, heading: str) -> dict[str, Any]:
    """Return one column of a table by line."""
    found = next(one for one in answer.context["tables"] if one.code == code)
    return {row.label: row.cells[found.headings.index(heading)].value for row in found.rows}
