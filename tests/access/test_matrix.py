"""Every role at every address: what is not theirs is not there, and looks exactly like what does not exist (S1)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from mediation.models import Case
from mediation.rights import Rights
from roster.reference import ref
from tests.access.table import EVERYWHERE, GROUPS, REGISTERS, Row, rows
from tests.access.world import CAST, CLAUSE, COURT, EVERYBODY, NET, Objects, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_known_by_sight")]

PLATFORMS = {"court": COURT, "net": NET}
ROWS = list(rows())
OWNERS = {"own": "zhang", "foreign": "li"}
ENTRIES = {"own": "沪74:shsa", "foreign": "粤03:szdrc"}
"""Whose entry on which court's roster a certificate is asked for."""

THOROUGH = ("anonymous", "stranger", "zhang", "clerk", "org", "unit")
"""Who asks for what does not exist at every address."""

FILES = {"own": "shsa", "foreign": "szdrc"}
"""Whose file in the roster is asked for."""


SETTLED = ("/performance/", "/enforcement/", "/signing/<int:version>/")
"""Addresses about an agreement that was made, which the cases in mediation have none of."""


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Yield every address of the project as it is declared."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, prefix + str(entry.pattern))
        else:
            assert isinstance(entry, URLPattern)
            yield prefix + str(entry.pattern)


def address(world: World, row: Row, whose: str) -> str:
    """Return an address with the objects of the first person's case, of the second's, or of nobody's."""
    code = PLATFORMS.get(row.platform, COURT)
    settled = any(part in row.route for part in SETTLED)
    held = world.cases.get(f"{whose}_settled" if settled else whose) or Objects(*(str(uuid.uuid4()) for _ in range(3)))
    case = held.ref
    if "/requests/" in row.route:
        case = held.request.get(code, case)
    elif row.route.endswith("/content"):
        case = held.document
    elif "/entrants/complaints/<uuid" in row.route:
        case = held.complaint or case
    elif "/roster/<uuid" in row.route:
        case = str(ref("organisation", "shsa"))
    elif "/roster/mediators/<uuid" in row.route:
        case = str(ref("mediator", "shsa-1"))
    elif ("certificate" in row.route or "/entrants/<uuid" in row.route) and whose in ENTRIES:
        case = str(ref("listing", ENTRIES[whose]))
    elif "/files/" in row.route and whose in FILES:
        case = str(ref("organisation", FILES[whose]))
    draft = world.drafts.get((OWNERS.get(whose, ""), code), str(uuid.uuid4()))
    names = {"ref": case, "party": held.party, "document": held.document, "draft": draft}
    names |= {"move": "add_evidence", "step": "fit", "platform": code, "year": "2026", "app_label": "roster"}
    names |= {"pk": str(world.tokens.get(code)), "operation": "envelopes", "url": "nowhere/", "object_id": "沪74"}
    names |= {"content_type_id": "1", "kind": "NOTIFICATION", "token": "t" * 32, "link": "1"}
    names |= {"aggregate": "organisation", "act": "leave", "campaign": str(uuid.uuid4())}
    names |= {"clause": CLAUSE, "version": "1", "complaint": held.complaint or str(uuid.uuid4()), "credential": "1"}
    names |= {"leave": "0", "colleague": str(uuid.uuid4()), "notice": "0", "service": held.service or str(uuid.uuid4())}
    names |= {"secret": "s" * 32, "upload": str(uuid.uuid4())}
    names |= {"channel": "all", "session": held.session or str(uuid.uuid4())}
    names |= {"which": "stale", "form": "pdf", "table": "places", "digest": "0" * 64}
    if "/sessions/" in row.route:
        names["act"] = "choose"
    if "/admin/roster/" in row.route and "object_id" in row.route:
        names["object_id"] = world.rows[row.route.split("/")[3], code]
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", row.route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: names[found[1]], plain)


def ask(world: World, who: str, method: str, url: str, kind: str = "") -> Any:
    """Ask, and undo whatever came of it."""
    browser = world.browser(who)
    kept = browser.cookies.copy()
    more = {"data": json.dumps({"facts": {}}), "content_type": "application/json"} if kind == "api" else {}
    with transaction.atomic():
        answer = getattr(browser, method)(url, **(more if method != "get" else {}))
        transaction.set_rollback(True)
    browser.cookies = kept
    return answer


def knows(who: str, row: Row, method: str) -> bool:
    """Tell whether somebody is served here, or sees the case at this counter anyway."""
    counter = {"portal": f"{row.platform}/cases/<uuid:ref>/", "desk": f"{row.platform}/admin/cases/<uuid:ref>/"}
    case = next((one for one in ROWS if one.route == counter.get(row.kind)), row)
    return row.served(who, method) is not None or ("/cases/" in row.route and case.served(who, "get") is not None)


def said(answer: Any, url: str) -> str:
    """Return what an answer says without what differs from one asking to the next: form tokens, the address asked."""
    text = answer.content.decode() + answer.get("Location", "")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text.replace(url, ""))


def said_of_missing(world: World, who: str, method: str, row: Row) -> tuple[int, str]:
    """Return what somebody is told of an object that does not exist, asking once: nothing is left of any asking."""
    asked = (who, method, row.route)
    if asked not in world.missing:
        url = address(world, row, "missing")
        answer = ask(world, who, method, url, row.kind)
        world.missing[asked] = answer.status_code, said(answer, url)
        world.absences.setdefault((who, method, row.platform, row.kind), set()).add(world.missing[asked])
    return world.missing[asked]


def looks_missing(world: World, who: str, method: str, row: Row, told: tuple[int, str]) -> bool:
    """Tell whether an answer is what somebody is told of what does not exist.

    What is said of a missing object does not depend on who asks: a few ask for one at every address; to the others it
    is enough that they hear what they have heard of another.
    """
    heard = world.absences.get((who, method, row.platform, row.kind), set())
    return (who not in THOROUGH and told in heard) or told == said_of_missing(world, who, method, row)


def test_every_address_of_the_project_stands_in_the_table() -> None:
    declared, told = sorted(patterns()), sorted(row.route for row in ROWS)

    assert told == declared


def test_everybody_named_in_the_table_stands_in_the_cast() -> None:
    groups = {**EVERYWHERE, **GROUPS["court"], **GROUPS["net"]}
    names = {name for members in groups.values() for name in members}
    for row in ROWS:
        for cell in row.cells.values():
            names |= {name for answer in cell.split() if ":" in answer for name in answer.partition(":")[0].split(",")}

    assert names - set(groups) - {"nobody"} == set(EVERYBODY)
    assert {register for registers in REGISTERS.values() for register in registers}


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_gets_what_the_table_says_and_a_refusal_says_no_more_than_a_missing_object(
    world: World, who: str
) -> None:
    wrong, telling = [], []

    for row in ROWS:
        for method in ("get", "post"):
            if who not in row.witnesses(method):
                continue
            own, nobodys = address(world, row, "own"), address(world, row, "missing")
            answer = ask(world, who, method, own, row.kind)
            if answer.status_code != row.expected(who, method):
                wrong.append((method, own, answer.status_code, row.expected(who, method)))
            turned_away = row.kind == "desk" and who not in GROUPS[row.platform]["desk"]
            if own == nobodys or not row.is_asked(method) or turned_away or knows(who, row, method):
                continue
            if not looks_missing(world, who, method, row, (answer.status_code, said(answer, own))):
                telling.append((method, own, answer.status_code))

    assert (wrong, telling) == ([], [])


@pytest.mark.parametrize("who", [who for who in CAST if who not in ("li", "hengtai")])
def test_a_foreign_object_looks_exactly_like_a_missing_one(world: World, who: str) -> None:
    telling = []

    for row in ROWS:
        for method in ("get", "post"):
            foreign, nobodys = address(world, row, "foreign"), address(world, row, "missing")
            sees = who in SEE_ALL.get(row.platform, ()) and row.served(who, method) is not None
            if foreign == nobodys or not row.is_asked(method) or sees or row.served(who, method) is None:
                continue
            theirs = ask(world, who, method, foreign, row.kind)
            if not looks_missing(world, who, method, row, (theirs.status_code, said(theirs, foreign))):
                telling.append((method, foreign, theirs.status_code))
            assert theirs.status_code == 404, (method, foreign)

    assert telling == []


SEE_ALL = {"court": ("spc", "civil2", "operator"), "net": ("bureau", "centre")}
"""Who sees the course of every case of their platform, or runs its post."""


@pytest.mark.parametrize(("held", "elsewhere"), [("court_only", "net"), ("net_only", "court")])
def test_a_case_of_one_platform_does_not_exist_on_the_other(world: World, held: str, elsewhere: str) -> None:
    found = []
    case = world.cases[held].ref

    for row in (
        row for row in ROWS if row.platform == elsewhere and "<uuid:ref>" in row.route and "cases/" in row.route
    ):
        for who in ("zhang", "huaxin", *GROUPS[elsewhere]["reach"], "org", "mediator"):
            for method in ("get", "post"):
                # Whoever is refused here is refused in the same words whatever the case, as the tests above say.
                if not row.is_asked(method) or row.served(who, method) is None:
                    continue
                url = address(world, row, held)
                answer = ask(world, who, method, url, row.kind)
                if answer.status_code not in (403, 404):
                    found.append((who, method, url, answer.status_code))
                assert said(answer, url) == said_of_missing(world, who, method, row)[1]

    assert found == []
    assert Case.objects.filter(ref=case).count() == 1


@pytest.mark.parametrize("who", [who for who in CAST if who not in ("li", "hengtai", "spc", "civil2", "bureau")])
def test_no_list_search_or_filter_shows_a_foreign_case(world: World, who: str) -> None:
    if who.startswith("other_"):
        pytest.skip("the foreign case is theirs")
    foreign = Case.objects.filter(ref=world.cases["foreign"].ref).first()
    assert foreign is not None
    wanted = ("李国栋", foreign.number, str(foreign.ref), "110101195201010003", "13800000002", "恒泰")
    lists = [
        *(f"/{root}/cases/?text={text}" for root in PLATFORMS for text in ("", *wanted)),
        *(f"/{root}/cases/?{extra}" for root in PLATFORMS for extra in ("state=MEDIATING", "late=late")),
        *(f"/{root}/admin/cases/?{extra}" for root in PLATFORMS for extra in ("state=MEDIATING", "queue=overdue")),
        *(f"/{root}/api/v1/cases?number={text}" for root in PLATFORMS for text in ("", foreign.number)),
        *(f"/{root}/api/v1/cases" for root in PLATFORMS),
        *(f"/{root}/admin/" for root in PLATFORMS),
        "/net/inbox/",
        "/net/load/",
        "/net/",
        "/court/",
    ]

    searches = [(f"/{root}/admin/cases/find/", text) for root in PLATFORMS for text in wanted]

    answers = {url: ask(world, who, "get", url) for url in lists}
    answers |= {(url, text): world.browser(who).post(url, {"q": text}, follow=True) for url, text in searches}

    shown = []
    for url, answer in answers.items():
        body = answer.content.decode().replace(str(url), "")
        links = re.sub(r'value="[^"]*"', "", body)
        if str(foreign.ref) in links or "恒泰达证券" in links:
            shown.append(url)

    assert shown == []


@pytest.mark.parametrize("who", ["zhang", "clerk", "org"])
def test_no_address_deletes_or_overwrites(world: World, who: str) -> None:
    answered = []

    for row, method in zip(ROWS, cycle(("put", "delete", "patch")), strict=False):
        if "/admin/roster/" in row.route or row.route in SAME_FOR_ALL_METHODS:
            continue
        url = address(world, row, "own")
        status = ask(world, who, method, url, row.kind).status_code
        if status not in (302, 401, 403, 404, 405):
            answered.append((method, url, status))

    assert answered == []


SAME_FOR_ALL_METHODS = {
    "healthz",
    "readyz",
    *(f"{root}{page}" for root in PLATFORMS for page in ("/sign-in/", "/register/", "/password/")),
    # A piece is added to one's own upload by PATCH, and nothing else is done in this way.
    *(f"{root}/uploads/<uuid:upload>/" for root in PLATFORMS),
    *(
        f"{root}/admin/{page}"
        for root in PLATFORMS
        for page in ("", "login/", "password_change/", "^(?P<app_label>roster)/$")
    ),
}
"""Pages that only show something, or ask again, whatever the method says."""


# Negative control.


def test_same_matrix_sees_a_window_that_does_not_ask_whose_a_case_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rights, "visible", lambda self, account, at: Case.objects.of(self.platform))

    with pytest.raises(AssertionError):
        test_a_foreign_object_looks_exactly_like_a_missing_one(world, "zhang")
