"""The public roster: searched by anybody, walked by key, with what ZX-5 demands; certificates known by their code."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from roster import publication
from roster.models import Listing, Mediator, Organisation
from tests.windows.stage import XSS, Stage, day

COURT = "courtplatform"
ROSTERS = ("/court/roster/", "/net/roster/")
PAGES = ("/court/roster/", "/court/roster/mediators/", "/court/roster/certificate/")


def organisation(name: str, **more: Any) -> Organisation:
    facts = {"platform": COURT, "kind": "INDUSTRY", "unit": "ISC", "state": "VERIFIED"} | more
    return followed(Organisation.objects.create(ref=uuid.uuid4(), name=name, **facts))


def mediator(name: str, body: uuid.UUID, **more: Any) -> Mediator:
    facts = {"platform": COURT, "organisation": body, "state": "VERIFIED"} | more
    return followed(Mediator.objects.create(ref=uuid.uuid4(), name=name, **facts))


def entry(body: uuid.UUID, **more: Any) -> Listing:
    facts: dict[str, Any] = {
        "platform": COURT,
        "court": "沪74",
        "organisation": body,
        "status": "LISTED",
        "listed_on": day(-30).date(),
        "certificate_number": "（2024）沪74特邀组织1号",
        "verification_code": "7K2M-9QXA-4BRT",
    }
    return followed(Listing.objects.create(**(facts | more)))


def followed(row: Any) -> Any:
    publication.follow(COURT, [row])
    return row


def names(page: str, **query: str) -> list[str]:
    answer = Browser().get(page, query)
    assert answer.status_code == 200
    shown = answer.context["organisations"] if "organisations" in answer.context else answer.context["mediators"]
    return [one["name"] for one in shown]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"province": "44"}, ["乙中心", "投服中心", "另一调解中心"]),
        ({"cause": "FUND"}, None),
        ({"cause": "BOND"}, ["乙中心", "投服中心", "另一调解中心"]),
        ({"fee": "fee"}, ["甲中心"]),
        ({"fee": "free"}, ["乙中心", "投服中心", "另一调解中心"]),
        ({"language": "yue"}, ["乙中心"]),
        ({"language": "nan"}, ["甲中心"]),
        ({"text": "债券"}, ["乙中心"]),
        ({"court": "京74"}, ["甲中心"]),
        ({"court": "nowhere"}, ["乙中心", "另一调解中心", "投服中心", "甲中心"]),
    ],
)
def test_the_roster_is_narrowed_by_court_region_cause_fee_language_and_words(
    stage: Stage, query: dict[str, str], found: list[str] | None
) -> None:
    fee = organisation(
        "甲中心", charges_fee=True, tariff="每件五百元", regions=["31"], causes=["MISSTATEMENT"], languages=["nan"]
    )
    bond = organisation("乙中心", expertise="债券", languages=["zh", "yue"], causes=["BOND"])
    organisation("丙中心", expertise="债券", languages=["zh", "yue"], causes=["BOND"])
    entry(fee.ref, court="京74")
    entry(bond.ref, verification_code="")

    shown = names("/court/roster/", **query)

    if found is None:
        assert "甲中心" in shown or "投服中心" in shown
    else:
        assert sorted(shown) == sorted(found)


def test_mediators_are_searched_and_walked_to_the_last(stage: Stage) -> None:
    for number in range(45):
        mediator(f"调解员{number % 7}", stage.organisation, languages=["bo"] if number == 3 else [])
    seen: list[str] = []
    url = "/court/roster/mediators/"

    while url:
        answer = Browser().get(url)
        seen += [one["url"] for one in answer.context["mediators"]]
        url = f"/court/roster/mediators/{answer.context['older_url']}" if answer.context["older_url"] else ""

    assert len(seen) == len(set(seen)) == 47
    assert names("/court/roster/mediators/", language="bo") == ["调解员3"]
    assert set(names("/court/roster/mediators/", organisation=str(stage.other_organisation))) == {"金国瑞"}


def test_an_organisations_page_says_all_that_the_rules_demand(stage: Stage) -> None:
    body = organisation(
        "甲中心", charges_fee=True, tariff="每件五百元", scope="证券纠纷", expertise="虚假陈述",
        languages=["zh", "yue"], credit_code="52310115MJ00000187", phone="021-1", address="浦东",
        licence_kind="COMMERCIAL", licence_expires_on="2024-05-01",
    )  # fmt: skip
    entry(body.ref, expires_on=day(400).date())
    mediator("沈知远", body.ref)

    shown = Browser().get(f"/court/roster/{body.ref}/").content.decode()
    listed = Browser().get("/court/roster/?court=无此法院").content.decode()
    bare = Browser().get("/court/roster/?court=沪74&text=无此组织").content.decode()

    for said in (
        "证券纠纷",
        "虚假陈述",
        "每件五百元",
        "上海金融法院",
        "（2024）沪74特邀组织1号",
        "2025年6月4日",
        "沈知远",
        "粤语",
        "证书已到期",
    ):
        assert said in shown, said
    assert listed.count("证书已到期") == 1
    assert "无此法院 不在可用的选项中" in listed
    assert "拨打该法院诉讼服务热线12368询问" in bare


def test_a_mediators_page_keeps_what_is_for_conflict_checks_to_itself(stage: Stage) -> None:
    person = mediator(
        "沈知远", stage.organisation, expertise="虚假陈述", employment=[{"employer": "浦江律师事务所"}],
        employers=["浦江律师事务所"], qualifications=["律师"], experience_years=12,
    )  # fmt: skip
    entry(None, organisation=None, mediator=person.ref)  # type: ignore[arg-type]

    shown = Browser().get(f"/court/roster/mediators/{person.ref}/").content.decode()

    for said in ("虚假陈述", "律师", "投服中心", "上海金融法院", "不收费"):
        assert said in shown, said
    assert "浦江律师事务所" not in shown


@pytest.mark.parametrize("kind", ["organisation", "mediator"])
def test_who_does_not_work_is_not_on_the_public_roster(stage: Stage, kind: str) -> None:
    body = organisation("停", active=False)
    person = mediator("止", body.ref, active=False)
    page = f"/court/roster/{body.ref}/" if kind == "organisation" else f"/court/roster/mediators/{person.ref}/"

    missing = Browser().get(page)

    assert missing.status_code == 404
    assert "停" not in names("/court/roster/")
    assert "止" not in names("/court/roster/mediators/")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "有效"),
        ({"expires_on": day(9).date()}, "有效"),
        ({"expires_on": day(8).date()}, "已期满"),
        ({"status": "SUSPENDED"}, "已暂停"),
        ({"status": "SUSPENDED", "expires_on": day(8).date()}, "已期满"),
        ({"status": "REMOVED"}, "已除名"),
        ({"status": "EXITED"}, "已退出名册"),
        ({"status": "EXPIRED", "expires_on": day(8).date()}, "已期满"),
    ],
)
def test_a_certificate_is_verified_by_its_code(stage: Stage, changes: dict[str, Any], verdict: str) -> None:
    body = organisation("甲中心")
    entry(body.ref, **changes)

    shown = Browser().get("/court/roster/certificate/", {"code": " 7k2m-9qxa-4brt "})

    assert shown.context["verdict"].startswith(verdict)
    assert "甲中心" in shown.content.decode()
    assert "（2024）沪74特邀组织1号" in shown.content.decode()


@pytest.mark.parametrize(
    "code",
    [
        "7k2m 9qxa 4brt",
        "7k2m9qxa4brt",
        "７Ｋ２Ｍ－９ＱＸＡ－４ＢＲＴ",
        "7K2M—9QXA–4BRT",
        "7k2m－9qxa　4brt",
        "7K2M-9QXA4BRT",
    ],
)
def test_a_certificates_code_is_found_however_it_was_copied_from_paper(stage: Stage, code: str) -> None:
    body = organisation("甲中心")
    entry(body.ref)

    shown = Browser().get("/court/roster/certificate/", {"code": code})

    assert shown.context["verdict"] == "有效"


@pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA", XSS[:40], "x" * 40, "７Ｋ２Ｍ", "%", "'"])
def test_an_unknown_code_is_told_so(stage: Stage, code: str) -> None:
    entry(organisation("甲中心").ref)

    shown = Browser().get("/net/roster/certificate/", {"code": code})

    assert shown.status_code == 200
    assert shown.context["verdict"] == "没有这一核验码"
    assert "甲中心" not in shown.content.decode()
    assert XSS not in shown.content.decode()


@pytest.mark.parametrize("text", [XSS, "\x00", "%", "'; --", "甲" * 300, "9" * 30, "-1", "['31']"])
def test_hostile_words_find_nothing_and_break_nothing(stage: Stage, text: str) -> None:
    fields = ("court", "province", "cause", "fee", "language", "text", "after", "organisation", "code")

    answers = [Browser().get(page, dict.fromkeys(fields, text)) for page in PAGES]

    assert {answer.status_code for answer in answers} == {200}
    assert not any(XSS in answer.content.decode() for answer in answers)


def test_no_public_page_asks_more_the_more_there_is_and_none_counts(stage: Stage) -> None:
    body = organisation("甲中心")
    first = mediator("沈知远", body.ref)
    entry(body.ref)
    addresses = [
        *PAGES, f"/court/roster/{body.ref}/", f"/court/roster/mediators/{first.ref}/",
        "/court/roster/certificate/?code=7K2M-9QXA-4BRT", "/court/roster/?court=沪74&text=中心",
    ]  # fmt: skip

    def asked() -> dict[str, int]:
        found = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                Browser().get(address)
            assert not any("COUNT(" in query["sql"] for query in queries), address
            found[address] = len(queries)
        return found

    few = asked()
    for number in range(30):
        more = organisation(f"丙{number:02}")
        entry(more.ref, verification_code=f"{number}", listed_on=day(-30).date() + timedelta(days=number % 5))
        mediator(f"丁{number:02}", body.ref)
    many = asked()

    assert many == few
    assert max(many.values()) <= 12, many


@pytest.mark.parametrize("page", ROSTERS)
def test_both_platforms_show_the_roster_to_everybody(stage: Stage, page: str) -> None:
    assert set(names(page)) == {"投服中心", "另一调解中心"}
    assert names(f"{page}mediators/", text="守信") == ["王守信"]


def test_the_rest_window_lists_what_the_pages_list_and_finds_by_language_and_words(stage: Stage) -> None:
    entry(organisation("乙中心", languages=["zh", "yue"]).ref)
    organisation("丙中心", languages=["zh", "yue"])
    mediator("沈知远", stage.organisation, languages=["bo"], expertise="债券")
    base = "/court/api/v1/roster/"

    found = {
        query: [one["name"] for one in Browser().get(f"{base}{query}").json()["items"]]
        for query in ("organisations?language=yue", "mediators?language=bo", "mediators?q=债券", "mediators?q=守信")
    }

    assert list(found.values()) == [["乙中心"], ["沈知远"], ["沈知远"], ["王守信"]]
    assert [one["name"] for one in Browser().get(f"{base}organisations").json()["items"]] == names("/court/roster/")
    assert Browser().get(f"{base}mediators?cause=NONE").status_code == 422
