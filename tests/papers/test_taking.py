"""Taking papers: who finds which on the page, what is noted, and what happens when a character has no glyph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from mediation.management.plots import DELEGATED, FILE, MEDIATING
from mediation.management.story import Person, accounts
from mediation.models import Case, LocalEntry
from mediation.vocabulary import IdentityKind, InvestorClass, PaperKind, PartyKind
from roster.models import Account, Listing
from roster.reference import ref
from tests.papers.conftest import LATER, Tell
from tests.papers.reading import words

K = PaperKind
RARE = "\U0010fffd"
TO_PARTIES = {K.NOTIFICATION, K.CONSULTATION, K.RECEIPT, K.COPY}
LETTERS = {K.DELEGATION, K.HANDOVER}


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with time_machine.travel(LATER, tick=True):
        yield


def browser(login: str) -> Client:
    found = Client()
    found.force_login(Account.objects.get(login=login), backend="roster.backend.AccountBackend")
    return found


def at_desk(case: Case, kind: PaperKind, query: str = "") -> str:
    return f"/court/admin/cases/{case.ref}/papers/{kind}/{query}"


def at_portal(root: str, case: Case, kind: PaperKind) -> str:
    return f"/{root}/cases/{case.ref}/papers/{kind}/"


def offered(who: Client, url: str) -> set[str]:
    page = who.get(url).content.decode()
    return {kind.value for kind in K if f"/papers/{kind.value}/" in page}


def last_entry(chain: str) -> LocalEntry:
    return LocalEntry.objects.filter(chain=chain).order_by("-pk")[0]


def test_the_clerk_takes_a_letter_and_the_local_log_says_so(tell: Tell) -> None:
    case = tell(DELEGATED)

    answer = browser("clerk.sh74").get(at_desk(case, K.DELEGATION))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "attachment" in answer["Content-Disposition"]
    assert "委派调解函" in words(answer.content)
    entry = last_entry(str(case.ref))
    assert (entry.kind, entry.facts["paper"], entry.by["role"]) == ("paper.v1", "DELEGATION", "CLERK")


def test_the_case_page_at_the_desk_offers_what_can_be_made_and_says_why_not_the_rest(tell: Tell) -> None:
    case = tell(DELEGATED)

    page = browser("clerk.sh74").get(f"/court/admin/cases/{case.ref}/").content.decode()

    assert f"/papers/{K.DELEGATION}/" in page
    assert f"/papers/{K.RESUMPTION}/" not in page
    assert "案件尚未恢复审理" in page


@pytest.mark.parametrize(
    ("login", "root", "wanted"),
    [
        ("investor.zhang", "court", TO_PARTIES),
        ("investor.zhang", "net", TO_PARTIES),
        ("company.huaxin", "court", TO_PARTIES - {K.RECEIPT, K.COPY}),
        ("org.isc", "net", LETTERS),
        ("mediator.wang", "net", LETTERS | {K.NOTIFICATION}),
    ],
)
def test_people_find_and_get_the_papers_addressed_to_them_and_no_other(
    tell: Tell, login: str, root: str, wanted: set[PaperKind]
) -> None:
    case = tell(MEDIATING)
    who = browser(login)

    answers = {kind for kind in K if who.get(at_portal(root, case, kind)).status_code == 200}

    assert offered(who, f"/{root}/cases/{case.ref}/") == {kind.value for kind in wanted}
    assert answers == wanted


@pytest.mark.parametrize("login", ["judge.sz03", "spc.docketing", "operator.court"])
def test_nobody_else_gets_a_paper_at_the_desk(tell: Tell, login: str) -> None:
    case = tell(DELEGATED)

    statuses = {browser(login).get(at_desk(case, kind)).status_code for kind in K}

    assert statuses <= {403, 404}


@pytest.mark.parametrize("kind", ["NOTHING", "delegation", "ORGANISATION_CERTIFICATE"])
def test_what_is_no_paper_of_a_case_is_not_found(tell: Tell, kind: Any) -> None:
    case = tell(DELEGATED)

    assert browser("clerk.sh74").get(at_desk(case, kind)).status_code == 404


def test_a_paper_whose_time_has_not_come_says_why(tell: Tell) -> None:
    case = tell(FILE[:1])

    desk = browser("clerk.sh74").get(at_desk(case, K.RESUMPTION))
    portal = browser("investor.zhang").get(at_portal("court", case, K.CONSULTATION))

    assert (desk.status_code, portal.status_code) == (409, 409)
    assert "案件尚未恢复审理" in desk.content.decode()
    assert "尚未征询当事人意愿" in portal.content.decode()


@pytest.fixture
def rare(tell: Tell) -> Case:
    """Return a case whose applicant bears a character that no font has."""
    zhang = accounts()["investor.zhang"]
    named = Person(
        f"张{RARE}",
        PartyKind.NATURAL,
        IdentityKind.RESIDENT,
        zhang.identity_number,
        zhang.phone,
        InvestorClass.ORDINARY,
    )
    return tell(FILE[:1], applicants=[named])


def test_the_clerk_is_told_which_character_and_asked_for_a_substitute(rare: Case) -> None:
    answer = browser("clerk.sh74").get(at_desk(rare, K.NOTIFICATION))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "U+10FFFD" in page
    assert 'name="as-10FFFD"' in page
    assert not LocalEntry.objects.filter(kind="paper.v1").exists()


def test_with_the_substitute_the_paper_is_made_and_the_log_says_what_was_replaced(rare: Case) -> None:
    answer = browser("clerk.sh74").get(at_desk(rare, K.NOTIFICATION, "?as-10FFFD=龘&as-zz=x&as-110000=y&other=1"))

    assert answer.status_code == 200
    assert "张龘" in words(answer.content)
    assert "U+10FFFD" in last_entry(str(rare.ref)).facts["respelt"]


def test_a_party_is_told_but_cannot_put_in_a_spelling(rare: Case) -> None:
    answer = browser("investor.zhang").get(at_portal("court", rare, K.NOTIFICATION) + "?as-10FFFD=龘")

    assert answer.status_code == 409
    assert "U+10FFFD" in answer.content.decode()


# Certificates.


@pytest.mark.parametrize(
    ("login", "url", "status"),
    [
        ("clerk.sh74", "/court/admin/listings/{}/certificate/", 200),
        ("clerk.sz03", "/court/admin/listings/{}/certificate/", 404),
        ("org.isc", "/net/certificates/{}/", 200),
        ("org.shsa", "/net/certificates/{}/", 404),
        ("investor.zhang", "/net/certificates/{}/", 404),
        ("investor.zhang", "/court/certificates/{}/", 404),
    ],
)
def test_a_certificate_goes_to_the_court_and_to_whom_it_is_about(tell: Tell, login: str, url: str, status: int) -> None:
    tell(FILE[:1])
    listing = Listing.objects.get(platform="courtplatform", court="沪74", organisation=ref("organisation", "isc"))

    answer = browser(login).get(url.format(listing.ref))

    assert answer.status_code == status
    if status == 200:
        assert "特邀调解组织证书" in words(answer.content)
        assert last_entry("").kind == "certificate.v1"
