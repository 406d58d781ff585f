"""Lists at the court's desk: searching without leaving traces, filters kept by name, workbooks within one's rights."""

from __future__ import annotations

import io
import re
import uuid
from datetime import date, timedelta
from itertools import chain
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from courtplatform.queues import LATE, OVERDUE
from mediation.adminkit import handouts, worklist
from mediation.models import Case, Clock, LocalEntry, Party, SavedFilter
from mediation.moves import Enclosed
from mediation.numbers import short
from mediation.vocabulary import EnclosureKind
from roster.models import Listing, Organisation
from tests.courtplatform.desk import BASE, found
from tests.windows.stage import AT, LI, XSS, ZHANG, Stage, account, day, file_case, post, walk

LIST = f"{BASE}cases/"
FORMULA = '=HYPERLINK("http://evil","x")'


def rows(answer: Any) -> list[tuple[Any, ...]]:
    """Open a workbook and return its rows below the headings."""
    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet is not None
    return list(sheet.iter_rows(min_row=3, values_only=True))


# Searching.


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("condition", "index"),
    [(worklist.objected, "case_objected"), (worklist.sent_back, "case_sent_back")],
)
def test_what_few_among_many_are_is_counted_in_an_index_of_its_own(condition: Any, index: str) -> None:
    counted = Case.objects.of("courtplatform").filter(condition("courtplatform", AT), court="沪74").order_by()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert index in counted.values("pk")[: worklist.MOST + 1].explain()


def test_what_was_searched_for_stands_in_no_address(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser = at_desk("clerk")

    for text in (ZHANG, "13800000001", "张晓慧"):
        answer = browser.post(f"{LIST}find/", {"q": text})
        address = unquote(answer["Location"])
        shown = browser.get(answer["Location"]).content.decode()
        assert answer.status_code == 303
        assert text not in address
        assert text not in re.sub(r'<input type="search"[^>]*>', "", shown).replace("张晓慧 与", "")
        assert str(story.ref) in shown
    assert 'method="get"' not in browser.get(BASE).content.decode()
    assert 'method="get"' not in browser.get(LIST).content.decode()


def test_a_case_is_found_by_the_short_reference_people_say_while_it_has_no_number(stage: Stage, at_desk: Any) -> None:
    story, other = file_case(stage), file_case(stage, applicant="李国栋", number=LI)
    called = short(story.case("courtplatform").ref)

    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", called)
    for text in (f"编号{called}", called, called.replace("-", "").lower()):
        shown = found(at_desk("clerk"), text)
        assert str(story.ref) in shown
        assert str(other.ref) not in shown


def test_an_address_with_a_search_is_of_use_to_nobody_else(stage: Stage, at_desk: Any, staff: Any) -> None:
    file_case(stage)
    post(account("clerk4", "沪立案"), "courtplatform", "CLERK", court="沪74")
    address = at_desk("clerk").post(f"{LIST}find/", {"q": ZHANG})["Location"]

    for who, url in (("judge", address), ("clerk", f"{LIST}?found=junk"), ("clerk", f"{LIST}?found=%00")):
        answer = at_desk(who).get(url)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "已经失效" in text
        assert "row-link" not in text
        assert ZHANG not in text


def test_a_part_of_a_name_finds_the_courts_own_cases_only(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage, applicant="欧阳晓慧")
    file_case(stage, applicant="李国栋", number=LI)

    for part in ("欧阳", "阳晓", "慧", "欧阳晓慧"):
        assert str(story.ref) in found(at_desk("clerk"), part)
        assert found(at_desk("clerk"), part).count("row-link") == 1
        assert "row-link" not in found(at_desk("other_clerk"), part)
    for part in ("%", "_", "欧_", "欧%慧", "\\", XSS, "慧" * 100):
        assert "row-link" not in found(at_desk("clerk"), part)


def test_a_search_with_more_people_than_are_looked_up_first_walks_the_list(
    stage: Stage, at_desk: Any, monkeypatch: Any
) -> None:
    stories = [file_case(stage) for _number in range(4)]
    file_case(stage, applicant="李国栋", number=LI)
    monkeypatch.setattr(worklist, "FEW", 3)

    by_name, by_number = found(at_desk("clerk"), "晓慧"), found(at_desk("clerk"), ZHANG)

    assert by_name.count("row-link") == by_number.count("row-link") == len(stories)


def test_a_search_can_be_narrowed_and_turned_over(stage: Stage, at_desk: Any) -> None:
    for _number in range(60):
        file_case(stage)
    walk(file_case(stage), "CONSULTING")
    browser = at_desk("clerk")

    narrowed = found(browser, "晓慧", state="CONSULTING")
    first = found(browser, "晓慧")
    older = re.search(r'rel="next" class="[^"]*" href="([^"]+)"', first)
    assert older
    second = browser.get(LIST + older[1].replace("&amp;", "&")).content.decode()

    assert narrowed.count("row-link") == 1
    assert first.count("row-link") == 50
    assert second.count("row-link") == 11


def test_a_search_costs_the_same_few_queries_however_many_it_finds(stage: Stage, at_desk: Any) -> None:
    browser, asked = at_desk("clerk"), []

    for more in (2, 40):
        for _number in range(more):
            file_case(stage)
        address = browser.post(f"{LIST}find/", {"q": "13800000001"})["Location"]
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 12


# Counts.


def test_a_count_says_ninety_nine_and_more_without_counting_on(stage: Stage, at_desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(worklist, "MOST", 2)
    for _number in range(4):
        file_case(stage)

    first = at_desk("clerk").get(BASE).content.decode()

    assert re.search(r'queue=new"><b>2\+</b>', first)


def test_what_an_organisation_sent_back_and_what_waits_for_the_roster_is_counted(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "DELEGATED")
    reason = [Enclosed(EnclosureKind.REASON, {"text": "另行安排。"})]
    story.act("investornet", "decline", story.org, day(2), ground="UNSUITABLE", enclosures=reason)
    story.wire(day(3))
    for court in ("沪74", "京74"):
        Listing.objects.create(platform="courtplatform", court=court, organisation=uuid.uuid4(), status="PUSHED")

    first = at_desk("clerk").get(BASE).content.decode()
    sent_back = at_desk("clerk").get(f"{LIST}?queue=sent-back").content.decode()
    opened = at_desk("clerk").get(f"{BASE}entrants/")

    assert re.search(r'queue=sent-back"><b>1</b>', first)
    assert re.search(r'/court/admin/entrants/"><b>1</b>', first)
    assert str(story.ref) in sent_back
    assert "此前：投服中心" in sent_back
    assert opened.status_code == 200


# Lists that run by deadline.


def waiting(stage: Stage, days: list[int | None]) -> list[str]:
    """Make delegated cases, each later than the one before, whose only clock is due so many days from now; return
    their references in the order of their deadlines, at last those that wait for nothing.
    """
    made = []
    for place, ahead in enumerate(days):
        story = walk(file_case(stage), "DELEGATED")
        clocks = Clock.objects.filter(case=story.case("courtplatform"))
        if ahead is None:
            clocks.delete()
        else:
            clocks.exclude(kind="REPLY").delete()
            clocks.update(due_at=timezone.now() + timedelta(days=ahead, hours=6))
        made.append((ahead is None, ahead or 0, place, str(story.ref)))
    return [ref for *_place, ref in sorted(made)]


def walked(browser: Any, address: str, way: str = "next") -> list[list[str]]:
    """Return the references on each page, from one page to the next."""
    shown = []
    while address:
        page = browser.get(address).content.decode()
        refs = re.findall(r'class="row-link" href="/court/admin/cases/([0-9a-f-]{36})/"', page)
        shown.append(list(dict.fromkeys(refs)))
        link = re.search(rf'rel="{way}" class="[^"]*" href="([^"]+)"', page)
        address = LIST + link[1].replace("&amp;", "&") if link else ""
    return shown


def test_what_is_longest_overdue_stands_first_and_pages_and_workbooks_keep_that_order(
    stage: Stage, at_desk: Any, monkeypatch: Any
) -> None:
    Organisation.objects.update(capacity=10**6)
    ordered = waiting(stage, [-3, 5, -40, None, -3, -12, None, 2])
    # A case with two duties stands where the first of them ends, and only there.
    [first] = Clock.objects.filter(platform="courtplatform", case__ref=ordered[0], state=Clock.RUNNING)
    first.pk, first.kind, first.due_at = None, "CONTACT", first.due_at + timedelta(days=20)
    first.save()
    monkeypatch.setattr(worklist.page, "__kwdefaults__", {**worklist.page.__kwdefaults__, "size": 2})
    browser = at_desk("clerk")
    numbers = {str(case.ref): case.number for case in Case.objects.of("courtplatform")}

    forwards = walked(browser, f"{LIST}?queue=waiting")
    last = re.findall(r'rel="next" class="[^"]*" href="([^"]+)"', browser.get(f"{LIST}?queue=waiting").content.decode())
    for _page in range(2):
        page = browser.get(LIST + last[0].replace("&amp;", "&")).content.decode()
        last = re.findall(r'rel="next" class="[^"]*" href="([^"]+)"', page)
    backwards = walked(browser, LIST + last[0].replace("&amp;", "&"), "prev")
    overdue = [walked(browser, f"{LIST}?{query}") for query in ("queue=overdue", "due=overdue")]
    handed_out = [row[0] for row in rows(browser.get(f"{LIST}export/?queue=waiting"))]
    printed = browser.get(f"{LIST}export/?queue=overdue&form=print").content.decode()

    assert list(chain(*forwards)) == ordered
    assert [len(page) for page in forwards] == [2, 2, 2, 2]
    assert backwards == forwards[::-1]
    assert [list(chain(*pages)) for pages in overdue] == [ordered[:4]] * 2
    assert handed_out == [numbers[ref] for ref in ordered]
    assert re.findall("|".join(map(re.escape, numbers.values())), printed) == handed_out[:4]
    assert walked(browser, f"{LIST}?queue=late-more") == [[ordered[0]]]


def test_a_list_by_deadline_costs_the_same_few_queries_however_long_it_is(stage: Stage, at_desk: Any) -> None:
    Organisation.objects.update(capacity=10**6)
    browser, asked = at_desk("clerk"), []

    for more in (2, 8):
        waiting(stage, [-1] * more)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{LIST}?queue=overdue")
        asked.append(len(queries))
        assert not re.search(r"OFFSET|COUNT\(", " ".join(query["sql"] for query in queries if "clock" in query["sql"]))

    assert asked[0] == asked[1]


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("queue", [OVERDUE, *LATE])
def test_a_list_by_deadline_walks_the_clocks_in_the_order_of_their_index(queue: worklist.Queue) -> None:
    cases = Case.objects.of("courtplatform").filter(queue.condition("courtplatform", AT))
    assert queue.clocks

    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        worklist.page(cases, QueryDict(), order=worklist.Order(queue.clocks("courtplatform", AT), False))
        [walked] = [query["sql"] for query in asked if '"due_at", "mediation_clock"."id"' in query["sql"]]
        cursor.execute(f"EXPLAIN {walked}")
        plan = str(cursor.fetchall())

    assert "clock_soonest" in plan
    assert "Sort" not in plan


# Filters kept by name.


def test_a_filter_is_kept_by_name_for_its_owner_only_and_never_holds_a_search(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser = at_desk("clerk")
    address = browser.post(f"{LIST}find/", {"q": ZHANG, "state": "FILED", "cause": "MISSTATEMENT"})["Location"]
    query = address.partition("?")[2]

    browser.post(f"{LIST}filters/", {"name": "新收虚假陈述", "query": query})

    kept = SavedFilter.objects.get()
    shown = browser.get(BASE).content.decode()
    assert kept.query == "state=FILED&cause=MISSTATEMENT"
    assert f"{LIST}?state=FILED&amp;cause=MISSTATEMENT" in shown
    assert str(story.ref) in browser.get(f"{LIST}?{kept.query}").content.decode()
    assert "新收虚假陈述" not in at_desk("judge").get(BASE).content.decode()
    assert at_desk("judge").post(f"{LIST}filters/{kept.pk}/drop/").status_code == 404
    assert browser.post(f"{LIST}filters/{kept.pk}/drop/").status_code == 302
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "", "query": "state=FILED"}, "请给筛选起一个名称"),
        ({"name": "长" * 31, "query": "state=FILED"}, "名称最多30个字"),
        ({"name": "空", "query": "state=NOTHING&found=x"}, "没有可以保存的筛选条件"),
        ({"name": "甲\x00", "query": "state=FILED"}, ""),
    ],
)
def test_a_wrong_filter_is_told_and_not_kept(stage: Stage, at_desk: Any, sent: dict[str, str], said: str) -> None:
    answer = at_desk("clerk").post(f"{LIST}filters/", sent, follow=True)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_a_hostile_name_of_a_filter_is_shown_as_text(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("clerk")

    shown = browser.post(f"{LIST}filters/", {"name": XSS[:30], "query": "state=FILED"}, follow=True).content.decode()

    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown


# The list as a workbook.


def test_a_workbook_holds_the_list_with_its_filters(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    walk(file_case(stage, applicant="李国栋", number=LI), "CONSULTING")

    answer = at_desk("clerk").get(f"{LIST}export/?state=FILED")

    [row] = rows(answer)
    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert row[0] == case.number
    assert row[1] == "张晓慧 与 华信股份有限公司"
    assert row[9] == 123456
    assert row[10].date() == date(2024, 4, 30)
    noted = LocalEntry.objects.get(kind="export.v1")
    assert noted.facts == {
        "list": "cases_export",
        "rows": 1,
        "form": "xlsx",
        "filter": {"state": "FILED"},
        "searched": False,
    }


def test_a_workbook_holds_the_search_and_the_log_does_not(stage: Stage, at_desk: Any) -> None:
    file_case(stage)
    file_case(stage, applicant="李国栋", number=LI)
    browser = at_desk("clerk")
    query = browser.post(f"{LIST}find/", {"q": LI})["Location"].partition("?")[2]

    [row] = rows(browser.get(f"{LIST}export/?{query}"))

    assert "李国栋" in row[1]
    assert LI not in str(LocalEntry.objects.get(kind="export.v1").facts)


def test_a_workbook_holds_nothing_of_another_court_and_no_names_for_those_who_read_none(
    stage: Stage, at_desk: Any
) -> None:
    file_case(stage)

    assert rows(at_desk("other_clerk").get(f"{LIST}export/")) == []
    assert [row[1] for row in rows(at_desk("spc").get(f"{LIST}export/"))] == ["张某某 与 华信股份有限公司"]
    assert at_desk("operator").get(f"{LIST}export/").status_code == 403
    assert at_desk("zhang").get(f"{LIST}export/").status_code == 403


@pytest.mark.parametrize("name", [FORMULA, "+1", "-1+1", "@SUM(A1)", "\t=1", "甲\x0b\x00乙", XSS])
def test_no_text_becomes_a_formula(stage: Stage, at_desk: Any, name: str) -> None:
    story = file_case(stage)
    Party.objects.filter(case__ref=story.ref, side="APPLICANT").update(name=name.replace("\x00", ""))

    answer = at_desk("clerk").get(f"{LIST}export/")

    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    if name[0] in "=+-@":
        cell = sheet.cell(3, 2)
        assert cell.quotePrefix
        assert str(cell.value).startswith(name)


def test_a_long_list_is_cut_off_with_a_clear_word(stage: Stage, at_desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(handouts, "MOST_EXPORTED", 3)
    monkeypatch.setattr(handouts, "AT_ONCE", 2)
    for _number in range(5):
        file_case(stage)

    answer = at_desk("clerk").get(f"{LIST}export/")

    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet is not None
    assert sheet.max_row == 2 + 3
    assert "只列出前3条" in str(sheet.cell(1, 1).value)


def test_a_workbook_costs_the_same_few_queries_however_many_rows(stage: Stage, at_desk: Any) -> None:
    Organisation.objects.update(capacity=10**6)
    browser, asked = at_desk("clerk"), []

    for more in (3, 60):
        for _number in range(more):
            file_case(stage)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{LIST}export/").getvalue()
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 16
