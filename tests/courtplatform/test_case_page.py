"""The page of one case at the court's desk: clocks counted out, a failed case handed back, budgets for large cases."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import moves, queries
from mediation.actor import Actor
from mediation.adminkit.reckoning import reckonings
from mediation.models import Case, Document, Party
from mediation.moves import Enclosed
from mediation.telling import following
from mediation.vocabulary import ClockKind, EnclosureKind, Role, State
from tests.courtplatform.desk import BASE, page_of
from tests.windows.stage import AT, XSS, ZHANG, Stage, Story, day, file_case, party, walk


def failed(stage: Stage, report: str = "双方差距较大。", **more: Any) -> Story:
    """Walk a case through mediation and back to the court."""
    story = walk(file_case(stage, **more), "MEDIATING")
    told = [Enclosed(EnclosureKind.REPORT, {"text": report})]
    story.act("investornet", "conclude_unsettled", story.mediator, day(8), ground="WIDE_DIFFERENCES", enclosures=told)
    story.wire(day(8))
    return story


# A failed case.


def test_a_failed_case_shows_report_file_and_the_docketing_deadline(stage: Stage, at_desk: Any) -> None:
    story = failed(stage)

    clerk = at_desk("clerk").get(page_of(story)).content.decode()
    national = at_desk("spc").get(page_of(story)).content.decode()

    panel = clerk[clerk.index('class="card handback"') :]
    panel = panel[: panel.index("</section>")]
    assert "双方差距较大。" in panel
    assert "当事人分歧较大且难以达成协议" in panel
    assert "各方没有共同确认的无争议事实" in panel
    assert f"{page_of(story)}do/docket/" in panel
    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    assert ClockKind.DOCKET in case.sheet["clocks"]
    assert "立案" in panel
    assert "handback" not in national


@pytest.mark.parametrize(("number", "told"), [("", "民初"), ("（2024）沪74民初88号", "（2024）沪74民初88号")])
def test_one_click_dockets_under_a_number_allocated_or_quoted_and_the_parties_are_told(
    stage: Stage, at_desk: Any, number: str, told: str
) -> None:
    story = failed(stage)
    browser = at_desk("clerk")
    panel = browser.get(page_of(story)).content.decode()
    panel = panel[panel.index('class="card handback"') :]
    hidden = dict(re.findall(r'name="(seen|key)" value="([^"]*)"', panel[: panel.index("</section>")]))

    answers = [browser.post(f"{page_of(story)}do/docket/", hidden | {"number": number}) for _time in range(2)]

    following.follow(day(9))
    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    read = at_desk("zhang").get("/court/notices/").content.decode()
    stranger = at_desk("li").get("/court/notices/").content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert case.state == State.DOCKETED
    assert told in case.number
    assert case.events.filter(kind="case.docket.v1").count() == 1
    assert "法院已立案" in read
    assert case.number in read
    assert "法院已立案" not in stranger


def test_a_quoted_number_that_is_taken_is_refused_in_words(stage: Stage, at_desk: Any) -> None:
    one, two = failed(stage), failed(stage)
    browser = at_desk("clerk")
    case = Case.objects.get(platform="courtplatform", ref=one.ref)
    sent = {"seen": case.entries, "key": str(uuid.uuid4()), "number": "（2024）沪74民初5号"}
    browser.post(f"{page_of(one)}do/docket/", sent)

    again = {"seen": Case.objects.get(platform="courtplatform", ref=two.ref).entries, "key": str(uuid.uuid4())}
    answer = browser.post(f"{page_of(two)}do/docket/", again | {"number": "（2024）沪74民初5号"})

    assert answer.status_code == 400
    assert "该案号已经用于另一案件" in answer.content.decode()


def test_hostile_texts_of_a_failed_case_are_shown_as_text(stage: Stage, at_desk: Any) -> None:
    story = failed(stage, report=XSS, applicant=XSS)

    text = at_desk("clerk").get(page_of(story)).content.decode()

    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;") >= 2


# Clocks.


def test_a_clock_is_counted_out_day_by_day_with_holidays_and_make_up_days(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "DELEGATED")
    case = Case.objects.get(platform="courtplatform", ref=story.ref)

    counted = reckonings(case, queries.history(case), day(3), queries.calendar())
    page = at_desk("clerk").get(page_of(story)).content.decode()

    [reply] = [clock for clock in counted if clock.label == ClockKind.REPLY.label]
    assert reply.state == "RUNNING"
    assert reply.days[0].count == ""
    assert [one.count for one in reply.days if one.count] == [f"第 {day} 日" for day in range(1, 6)]
    assert reply.days[-1].tone == "last"
    assert "rest" in {one.tone for one in reply.days[1:]}
    assert any(clock.state != "RUNNING" for clock in counted)
    assert "起算当日不计入" in page
    assert "周末" in page or "节假日放假或者调休" in page
    assert reply.article in page or "第" in reply.article


def test_a_make_up_day_is_marked(stage: Stage) -> None:
    case = Case(platform="courtplatform")
    a, b = party(str(uuid.uuid4()), "APPLICANT"), party(str(uuid.uuid4()), "RESPONDENT")
    moves.perform(
        case,
        "file",
        by=Actor(Role.PARTY, a["ref"], "", "courtplatform"),
        at=datetime(2024, 4, 26, 2, tzinfo=UTC),
        facts={
            "track": "DELEGATED", "court": "沪74", "cause": "FUND", "source": "ONLINE_COURT", "parties": [a, b],
            "agents": [], "consents": ["MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING"],
        },
        enclosures=[
            Enclosed(EnclosureKind.PARTY, {"name": "甲"}, about=a["ref"]),
            Enclosed(EnclosureKind.PARTY, {"name": "乙"}, about=b["ref"]),
            Enclosed(EnclosureKind.NARRATIVE, {"text": "基金"}),
        ],
    )  # fmt: skip

    [clock] = [one for one in reckonings(case, queries.history(case), AT, queries.calendar()) if one.days]

    by_day = {one.day.isoformat(): one for one in clock.days}
    assert by_day["2024-04-28"].tone in ("made-up", "last")
    assert "补班" in by_day["2024-04-28"].reason
    assert by_day["2024-04-27"].tone == "rest"


# Large cases.


def test_a_case_with_five_hundred_documents_and_sixty_parties_asks_no_more_than_any_other(
    stage: Stage, at_desk: Any
) -> None:
    story = file_case(stage)
    browser, asked = at_desk("clerk"), []

    for documents, people in ((0, 0), (500, 58)):
        case = Case.objects.get(platform="courtplatform", ref=story.ref)
        Document.objects.bulk_create(
            Document(
                case=case, platform=case.platform, ref=uuid.uuid4(), number=1, kind="EVIDENCE", audience="ALL",
                name=f"{XSS}{place}.pdf", sha256="0" * 64, size=10, media_type="application/pdf",
            )
            for place in range(documents)
        )  # fmt: skip
        Party.objects.bulk_create(
            Party(
                case=case, platform=case.platform, ref=uuid.uuid4(), side="APPLICANT", kind="NATURAL",
                name=f"投资者{place}", identity_kind="RESIDENT", identity_number=ZHANG, phone="13800000001",
                details='{"address": "某路1号"}',
            )
            for place in range(people)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as made:
            page = browser.get(page_of(story))
        assert page.status_code == 200
        asked.append(len(made))

    text = page.content.decode()
    assert asked[0] == asked[1] <= 12
    assert text.count("<h3><span") >= 60
    assert "投资者57" in text
    assert text.count(".pdf") >= 500
    assert ZHANG not in text
    assert "<script>alert" not in text


def test_every_page_of_the_desk_keeps_to_its_budget(stage: Stage, at_desk: Any) -> None:
    story = failed(stage)
    browser, spent = at_desk("clerk"), {}

    for route in (
        "",
        "cases/",
        f"cases/{story.ref}/",
        f"cases/{story.ref}/do/docket/",
        "bulk/",
        "cases/?queue=overdue",
    ):
        with CaptureQueriesContext(connection) as made:
            assert browser.get(BASE + route).status_code == 200
        spent[route] = len(made)

    assert {route: count for route, count in spent.items() if count > 12} == {}
