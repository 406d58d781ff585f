"""InvestorNet's desk: units see the course of their organisations' cases, the bureau of all, operators the docking."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from investornet.admin import site
from mediation.actor import Actor
from mediation.vocabulary import Institution, Role
from roster.models import Mediator, Organisation
from tests.courtplatform.test_handouts import pages
from tests.courtplatform.test_lists import FORMULA, rows
from tests.windows.stage import XSS, ZHANG, Stage, Story, account, day, file_case, post, walk

BASE = "/net/admin/"


@pytest.fixture
def at_desk(stage: Stage) -> Callable[[str], Browser]:
    """Sign somebody in, of everybody who may stand before InvestorNet's desk."""
    net = "investornet"
    everybody = stage.accounts | {
        "unit": post(account("unit", "投服监督"), net, Role.UNIT, unit="ISC"),
        "other_unit": post(account("unit2", "深监督"), net, Role.UNIT, unit="CSRC440300"),
        "bureau": post(account("bureau", "投保宁"), net, Role.PROTECTION_BUREAU, unit="IPB"),
        "centre": post(account("centre", "服运行"), net, Role.SERVICE_CENTRE, unit="ISC"),
        "operator": post(account("operator", "运维网"), net, Role.OPERATOR),
        "court_operator": post(account("operator2", "运维法"), "courtplatform", Role.OPERATOR),
    }

    def enter(who: str) -> Browser:
        browser = Browser()
        browser.force_login(everybody[who], backend="roster.backend.AccountBackend")
        return browser

    return enter


PAGES = {
    "": "unit other_unit bureau centre operator",
    "cases/": "unit other_unit bureau",
    "CASE": "unit bureau",
    "CASEdo/accept/": "",
    "file/": "",
    "files/": "unit other_unit bureau",
    "files/import/": "unit other_unit bureau",
    "reviews/": "unit other_unit bureau",
    "push/": "unit other_unit bureau",
    "push/answers/": "unit other_unit bureau",
    "campaigns/": "bureau",
    "exchange/": "centre operator",
    "calendar/": "unit other_unit bureau centre operator",
    "rules/": "unit other_unit bureau centre operator",
    "tokens/": "operator",
    "roster/organisation/": "unit other_unit bureau centre operator",
    "roster/unit/": "unit other_unit bureau centre operator",
    "roster/mediator/add/": "",
}


@pytest.mark.parametrize(
    "who",
    "unit other_unit bureau centre operator court_operator org mediator clerk zhang stranger".split(),  # noqa: SIM905
)
def test_each_role_finds_its_own_pages_and_no_others(who: str, stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    browser = at_desk(who)

    answers = {
        route: browser.get(BASE + route.replace("CASE", f"cases/{story.ref}/"), follow=True).status_code
        for route in PAGES
    }

    assert set(answers.values()) <= {200, 403, 404}
    assert {route for route, code in answers.items() if code == 200} == {
        route for route, roles in PAGES.items() if who in roles.split()
    }


def refused(stage: Stage) -> Story:
    """Walk a case in which a broker refuses an ordinary investor's request."""
    story = walk(file_case(stage), "ACCEPTED")
    case = story.case("investornet")
    case.sheet["parties"][story.huaxin]["institution"] = Institution.SECURITIES.value
    case.save(update_fields=["sheet"])
    by = Actor(Role.PARTY, story.huaxin, "", "investornet")
    story.act("investornet", "refuse_consent", by, day(5), party=story.huaxin, channel="ONLINE")
    return story


def test_a_unit_sees_which_firm_refused_and_the_course_but_no_contents(stage: Stage, at_desk: Any) -> None:
    story = refused(stage)
    browser = at_desk("unit")

    first = browser.get(BASE).content.decode()
    listed = browser.get(f"{BASE}cases/?queue=breached").content.decode()
    page = browser.get(f"{BASE}cases/{story.ref}/").content.decode()

    assert re.search(r'queue=breached"><b>1</b>', first)
    assert f"/cases/{story.ref}/" in listed
    assert "华信股份有限公司" in page
    assert "张某某" in page
    assert "不同意调解" in page
    for secret in ("张晓慧", "公司虚假陈述", ZHANG[:3] + "***", "138****", "/do/", "/reveal/"):
        assert secret not in page
    assert re.search(r'queue=breached"><b>0</b>', at_desk("other_unit").get(BASE).content.decode())


def test_lists_are_handed_out_with_what_the_reader_may_see_and_no_more(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    Mediator.objects.filter(platform="investornet", name="王守信").update(name=FORMULA, active=False)
    edited = {"change": "SUBMITTED", "proposed": {"phone": "021-60290000"}}
    Organisation.objects.filter(platform="investornet", name="投服中心").update(**edited)
    Organisation.objects.filter(platform="investornet", name="另一调解中心").update(unit="CSRC440300")
    number = story.case("investornet").number
    stated = {"key": str(uuid.uuid4()), "title": "春季核实", "since": "2024-04-01", "until": "2024-06-30"}
    at_desk("bureau").post(f"{BASE}campaigns/", stated)
    expected = {
        "unit": {
            "push/answers/": ["投服中心"],
            "complaints/": [],
            "push/": [],
            "reviews/": ["投服中心"],
        },
        "bureau": {
            "campaigns/": ["春季核实"],
            "push/?text=投服": ["投服中心"],
            "roster/mediator/?active__exact=0": [FORMULA],
            "roster/listing/?q=沪74": ["沪74", "沪74"],
            "roster/court/?level__exact=HIGH": ["上海市高级人民法院"],
        },
        "operator": {"tokens/": [], "passports/": [], "notices/": []},
    }

    seen = {}
    for who, lists in expected.items():
        for address, names in lists.items():
            _shown, book, paper = pages(at_desk(who), f"{BASE}{address}")
            assert [row[0] for row in book] == names, address
            assert all(name.replace('"', "&quot;") in paper for name in names), address
            seen[who, address] = (str(book), paper)
    for who, sees in (("unit", True), ("other_unit", False)):
        book, paper = (at_desk(who).get(f"{BASE}cases/export/?form={form}") for form in ("xlsx", "print"))
        seen[who, "cases/"] = (str(rows(book)), paper.content.decode())
        assert [number in said for said in seen[who, "cases/"]] == [sees, sees]
    own, others, people = (
        at_desk(who).get(f"{BASE}files/?form=print{more}").content.decode()
        for who, more in (("unit", ""), ("other_unit", ""), ("bureau", "&kind=mediator&text=HYPER"))
    )

    for said in seen["unit", "cases/"]:
        assert "张某某" in said
        assert "张晓慧" not in said
    assert ("投服中心" in own, "另一调解中心" in own) == (True, False)
    assert ("投服中心" in others, "另一调解中心" in others) == (False, True)
    assert FORMULA.replace('"', "&quot;") in people
    assert "→ 021-60290000" in seen["unit", "reviews/"][1]
    assert "否" in seen["bureau", "roster/mediator/?active__exact=0"][0]
    assert "已列入名册" in seen["bureau", "roster/listing/?q=沪74"][1]
    assert at_desk("unit").get(f"{BASE}campaigns/?form=xlsx").status_code == 403
    assert at_desk("unit").get(f"{BASE}roster/court/?guess=1&form=xlsx").status_code == 400


def test_the_bureau_counts_the_whole_country_and_a_unit_its_own(stage: Stage, at_desk: Any) -> None:
    walk(file_case(stage), "MEDIATING")
    Organisation.objects.filter(platform="investornet", name="另一调解中心").update(unit="CSRC440300")

    counted = {
        who: re.findall(r'queue=mediating"><b>(\d+)</b>', at_desk(who).get(BASE).content.decode())
        for who in ("unit", "other_unit", "bureau")
    }

    assert counted == {"unit": ["1"], "other_unit": ["0"], "bureau": ["1"]}


def test_supervisors_find_cases_by_number_and_organisation_but_not_by_person(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    number = story.case("investornet").number

    def found(text: str) -> bool:
        return (
            f"/cases/{story.ref}/"
            in at_desk("bureau").post(f"{BASE}cases/find/", {"q": text}, follow=True).content.decode()
        )

    assert found(number)
    assert found("投服")
    assert not found("张晓慧")
    assert not found(ZHANG)
    assert not found("13800000001")


def test_pages_ask_few_questions(stage: Stage, at_desk: Any) -> None:
    for _number in range(5):
        walk(file_case(stage), "ACCEPTED")

    for who, route in (("unit", ""), ("bureau", ""), ("unit", "cases/"), ("operator", "exchange/")):
        browser = at_desk(who)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(BASE + route).status_code == 200
        assert len(queries) <= 12, (who, route, len(queries))


def test_whoever_runs_the_platform_begins_with_the_docking_and_sees_no_case(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "ACCEPTED")

    for who in ("centre", "operator"):
        answer = at_desk(who).get(BASE)
        assert answer["Location"] == f"{BASE}exchange/"
        assert at_desk(who).get(f"{BASE}cases/{story.ref}/").status_code == 403
    assert at_desk("centre").post(f"{BASE}exchange/reconcile/").status_code == 302
    assert at_desk("unit").post(f"{BASE}exchange/reconcile/").status_code == 403
    assert at_desk("centre").post(f"{BASE}calendar/", {"text": "notice,甲"}).status_code == 403


def test_hostile_text_is_shown_as_text_and_nothing_can_be_written(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage, applicant=XSS, text=XSS), "ACCEPTED")
    Organisation.objects.update(name=XSS)

    for who in ("unit", "bureau", "operator"):
        for route in ("", "cases/", f"cases/{story.ref}/", "roster/organisation/", "exchange/"):
            assert "<script>alert" not in at_desk(who).get(BASE + route, follow=True).content.decode()
    assert at_desk("bureau").post(f"{BASE}cases/{story.ref}/", {"state": "CLOSED"}).status_code == 405
    assert not any(
        admin.has_add_permission(None) or admin.has_change_permission(None) or admin.has_delete_permission(None)
        for admin in site._registry.values()
    )
