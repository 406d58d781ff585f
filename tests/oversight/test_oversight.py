"""The windows of supervisors: every number opens its cases, equals a recount, and stops at one's own jurisdiction; in a
real browser nothing is blocked by the content policy and nothing is wider than the screen.

``SCREENS=1`` keeps pictures under ``docs/screens``.
"""

from __future__ import annotations

import io
import json
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, Route

from mediation import reports, tallies, tasks
from mediation.adminkit.worklist import DUTIES
from mediation.lifecycle import FINAL
from mediation.models import Case, CaseEvent, Clock, Delivery, MonthlyTally, Request
from mediation.models.journal import REPORTED
from mediation.rows import Rows
from mediation.telling.people import inbox, unread
from mediation.vocabulary import ComplaintGround, ComplaintState, Outcome, Track
from roster import queries as roster
from roster.models import Account, Complaint, Court, Organisation, Post
from roster.reference import ref
from tests.oversight.conftest import NOW
from tests.oversight.pages import BASES, column, figures, fullest, length, oversight, table

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUARTER = datetime(2026, 1, 1, tzinfo=SHANGHAI)
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS = {320: 700, 390: 844, 1280: 900}
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _undone(told: None, db: None) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def isc(told: None) -> None:
    """Give the one who supervises the busiest organisation's unit a post there."""
    unit = Organisation.objects.get(platform="investornet", ref=ref("organisation", "isc")).unit
    Post.objects.filter(account__login="unit.shanghai").update(unit=unit)


@pytest.mark.browser
def test_the_windows_fit_every_screen_and_break_no_policy(sign_in: SignIn, page: Page) -> None:
    # The first test here: once a browser runs, Django holds another connection, and would not see what was told before.
    answers = {f"oversight-{login.partition('.')[0]}": sign_in(login).get(oversight(login)) for login in BASES}
    answers["oversight-roster"] = sign_in("bureau.ipb").get(oversight("bureau.ipb", "roster/"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    def show(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            route.fulfill(path=found, content_type=TYPES[path.rpartition(".")[2]])
        else:
            answer = answers[path.strip("/")]
            policy = {"Content-Security-Policy": answer["Content-Security-Policy"]}
            route.fulfill(body=answer.content.decode(), content_type="text/html; charset=utf-8", headers=policy)

    page.route("**/*", show)
    wider: dict[tuple[str, int], int] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name in answers:
            page.goto(f"http://look.test/{name}")
            if os.environ.get("SCREENS") == "1" and width != 320:
                page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
                wider[name, width] = reach

    assert (wider, complaints) == ({}, [])


def test_the_demonstration_is_loaded_by_real_moves_and_only_once(
    told: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, sealed = Case.objects.count(), list[bool]()
    monkeypatch.setattr(tasks, "seal_all", lambda: sealed.append(True))
    call_command("load_demo", stdout=io.StringIO())
    assert sealed == []
    call_command("load_demo", sealed=True, stdout=io.StringIO())

    assert (Case.objects.count(), sealed) == (loaded, [True])
    assert not Delivery.objects.exclude(state=Delivery.APPLIED).exclude(case__ref__in=told).exists()
    assert not Request.objects.filter(state=Request.WAITING).exists()
    assert not Case.objects.exclude(frozen="").exclude(ref__in=told).exists()
    assert len(set(Case.objects.values_list("state", flat=True))) >= 24
    running = Clock.objects.filter(state=Clock.RUNNING)
    assert running.filter(due_at__lt=NOW).exists()
    assert running.filter(due_at__gt=NOW).exists()
    assert not running.filter(owned=True, due_at__lt=NOW).exclude(lapse="").exists()
    for copy in Case.objects.filter(platform="courtplatform", shared=True):
        assert Case.objects.get(platform="investornet", ref=copy.ref).head == copy.head
    assert set(Case.objects.filter(state__in=FINAL).values_list("track", flat=True)) >= {Track.DELEGATED, Track.DIRECT}
    clerk = Account.objects.get(login="clerk.sh74")
    # The clock ran on while all was told, and the clerk took up the post in that time.
    mine = inbox(clerk, "courtplatform", roster.posts_held(clerk, "courtplatform", NOW + timedelta(hours=1)))
    assert mine.count() > unread(mine, clerk).count()
    assert not unread(mine, clerk).filter(at__lt=NOW - timedelta(days=5)).exists()


@pytest.mark.parametrize("login", ["bureau.ipb", "spc.docketing", "leader.sh74"])
def test_every_number_opens_exactly_the_cases_it_counts(sign_in: SignIn, login: str) -> None:
    browser = sign_in(login)

    stated = figures(browser.get(oversight(login)).content.decode())

    assert len(stated) > 40
    assert sum(number > 0 for number in stated.values()) > 25
    assert {address: length(browser, address) for address in stated} == stated


def test_the_numbers_of_one_unit_of_one_organisation_and_of_one_court_open_their_cases_too(
    sign_in: SignIn, isc: None
) -> None:
    unit = Organisation.objects.get(platform="investornet", ref=ref("organisation", "isc")).unit
    asked = [
        ("unit.shanghai", ""),
        ("bureau.ipb", f"?unit={unit}"),
        ("bureau.ipb", f"?organisation={ref('organisation', 'isc')}"),
        ("spc.docketing", "?court=沪74"),
    ]

    for login, query in asked:
        browser = sign_in(login)
        stated = figures(browser.get(oversight(login, query)).content.decode())
        assert sum(number > 0 for number in stated.values()) > 15
        tried = fullest(stated)
        assert {address: length(browser, address) for address in tried} == tried


# Recounts by plain SQL.


def sql(text: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())


def journals(platform: str) -> dict[int, list[tuple[str, str, str, datetime, dict[str, Any]]]]:
    """Return what happened in each case: move, state before and after, when, with what facts."""
    rows = sql(
        "SELECT case_id, kind, state, at, facts FROM mediation_caseevent WHERE platform = %s ORDER BY case_id, number",
        platform,
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for case, kind, state, at, facts in rows:
        before = found[case][-1][2] if found[case] else ""
        instant = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo("UTC"))
        stated = facts if isinstance(facts, dict) else json.loads(facts)
        found[case].append((kind.split(".")[1], before, state, instant, stated))
    return found


def names(platform: str) -> dict[str, str]:
    return {str(one.ref): one.name for one in Organisation.objects.filter(platform=platform)}


def test_open_cases_and_those_past_a_period_are_what_plain_sql_counts(sign_in: SignIn) -> None:
    answer = sign_in("bureau.ipb").get(oversight("bureau.ipb"))
    called = names("investornet")

    carried = ("DELEGATED", "APPLIED", "ACCEPTED", "MEDIATING", "SUSPENDED", "SIGNING")
    marks = ", ".join(["%s"] * len(carried))
    by_sql = sql(
        f"SELECT organisation, COUNT(*) FROM mediation_case WHERE platform = 'investornet' AND state IN ({marks})"
        " GROUP BY organisation",
        *carried,
    )
    duties = ", ".join(["%s"] * len(DUTIES))
    late = sql(
        "SELECT organisation, COUNT(DISTINCT c.id) FROM mediation_case c JOIN mediation_clock k ON k.case_id = c.id"
        f" WHERE c.platform = 'investornet' AND k.state = 'RUNNING' AND k.due_at < %s AND k.kind IN ({duties})"
        " GROUP BY organisation",
        NOW.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) if connection.vendor == "sqlite" else NOW,
        *DUTIES,
    )

    for one in answer.context["tables"]:
        assert len({one.first, one.bars, *one.headings}) == 2 + len(one.headings)
    stated, overdue = column(answer, "places", "在办案件"), column(answer, "places", "已超期")
    assert stated.pop("合计") == sum(number for _ref, number in by_sql)
    assert {name: number for name, number in stated.items() if number} == {called[one]: n for one, n in by_sql}
    assert overdue.pop("合计") == sum(number for _ref, number in late) > 0
    assert {name: number for name, number in overdue.items() if number} == {called[one]: n for one, n in late}


def test_what_came_out_this_quarter_is_what_the_journals_say(sign_in: SignIn) -> None:
    answer = sign_in("bureau.ipb").get(oversight("bureau.ipb"))
    called, counted = (
        names("investornet"),
        {code: Counter[str]() for code in ("settled", "failed", "lapsed", "declined")},
    )
    for entries in journals("investornet").values():
        seen = set()
        organisation = ""
        for move, before, after, at, facts in entries:
            organisation = facts.get("organisation", organisation) if move in ("delegate", "apply") else organisation
            begun = before in ("MEDIATING", "SUSPENDED", "SIGNING") and after in ("HANDED_BACK", "UNSETTLED")
            came = (
                ("settled" if move == "sign" and (before, after) == ("SIGNING", "SETTLED") else "")
                or ("failed" if begun and move not in ("withdraw", "review_suspicion") else "")
                or {"lapse_reply": "lapsed", "decline": "declined"}.get(move, "")
            )
            if came and at >= QUARTER and (came, organisation) not in seen:
                seen.add((came, organisation))
                counted[came][called[organisation]] += 1

    for code, heading in (
        ("settled", "本季度达成协议"),
        ("failed", "本季度调解不成"),
        ("lapsed", "本季度逾期未答复"),
        ("declined", "本季度书面不接受"),
    ):
        stated = column(answer, "places", heading)
        assert stated.pop("合计") == counted[code].total() > 0
        assert {name: number for name, number in stated.items() if number} == dict(counted[code])


def test_docketing_late_is_measured_against_the_clock_that_ran(sign_in: SignIn) -> None:
    late, timely = 0, 0
    for case, entries in journals("courtplatform").items():
        for move, _before, _after, at, _facts in entries:
            if move == "docket" and at >= QUARTER:
                clock = Clock.objects.filter(case=case, kind="DOCKET").order_by("number").last()
                assert clock is not None
                late, timely = (late + 1, timely) if clock.due_at < at else (late, timely + 1)
    one = CaseEvent.objects.filter(platform="courtplatform", kind="case.docket.v1", at__gte=QUARTER).first()
    assert one is not None
    # The same case once more, as if the clock had ended an hour before it was docketed.
    Clock.objects.filter(case=one.case, kind="DOCKET").update(due_at=one.at.replace(hour=0))

    answer = sign_in("spc.docketing").get(oversight("spc.docketing"))

    assert column(answer, "places", "本季度立案")["上海金融法院"] == late + timely > 1
    assert column(answer, "places", "本季度逾期立案")["上海金融法院"] == late + 1
    assert (
        column(answer, "places", "逾期立案率")["上海金融法院"]
        == f"{round(100 * (late + 1) / (late + timely), 1)}\u00a0%"
    )


@pytest.mark.parametrize("platform", ["courtplatform", "investornet"])
def test_the_kept_months_are_what_counting_anew_gives(platform: str, told: None) -> None:
    def kept() -> dict[tuple[Any, ...], int]:
        found: Counter[tuple[Any, ...]] = Counter()
        for row in MonthlyTally.objects.filter(platform=platform):
            found[row.organisation, row.month, row.outcome] += row.count
        return dict(found)

    before = kept()
    tallies.add_up(platform)
    added = kept()
    tallies.recount(platform)

    assert before == added == kept()
    assert len({month for _organisation, month, _outcome in before}) > 2


def test_the_months_are_what_the_journals_say(sign_in: SignIn) -> None:
    answer = sign_in("bureau.ipb").get(oversight("bureau.ipb"))
    counted: Counter[str] = Counter()
    for entries in journals("investornet").values():
        for move, before, after, at, _facts in entries:
            if move == "sign" and (before, after) == ("SIGNING", "SETTLED"):
                month = at.astimezone(SHANGHAI)
                counted[f"{month.year}年{month.month}月"] += 1

    stated = column(answer, "months", "达成调解协议")

    assert {month: number for month, number in stated.items() if number} == dict(counted)


def test_a_case_that_settles_twice_in_a_month_is_one_case_of_that_month(told: None) -> None:
    settled = tallies.happened("investornet", Outcome.SETTLED, QUARTER, NOW).filter(case__state="SETTLED").first()
    assert settled is not None
    case, before = settled.case, MonthlyTally.objects.count()
    case.entries += 1

    rows = Rows()
    tallies.note(case, "sign", "SIGNING", settled.at, rows)
    rows.send()

    assert MonthlyTally.objects.count() == before


# Jurisdiction.


def test_a_unit_sees_its_own_organisations_and_nothing_of_others(sign_in: SignIn) -> None:
    browser = sign_in("unit.shanghai")
    own = Post.objects.get(account__login="unit.shanghai").unit
    others = Organisation.objects.filter(platform="investornet").exclude(unit=own)
    foreign = Organisation.objects.get(platform="investornet", ref=ref("organisation", "szdrc"))

    page = browser.get(oversight("unit.shanghai")).content.decode()

    assert foreign in others
    assert not [one.name for one in others if one.name in page]
    for query in (f"?organisation={foreign.ref}", f"?unit={foreign.unit}", "?court=沪74", "?unit=nowhere"):
        assert browser.get(oversight("unit.shanghai", query)).status_code == 404
    listed = browser.get(f"/net/admin/cases/?queue=open&organisation={foreign.ref}")
    assert length(browser, listed.request["PATH_INFO"] + "?" + listed.request["QUERY_STRING"]) == 0


def test_a_leader_sees_the_own_court_and_no_other(sign_in: SignIn) -> None:
    browser = sign_in("leader.sh74")
    other = Court.objects.get(code="粤03")

    page = browser.get(oversight("leader.sh74")).content.decode()

    assert other.name not in page
    assert browser.get(oversight("leader.sh74", "?court=粤03")).status_code == 404
    assert browser.get(oversight("leader.sh74", "?court=沪74")).status_code == 200


def test_supervisors_read_no_names_in_the_lists_their_numbers_open(sign_in: SignIn) -> None:
    browser = sign_in("bureau.ipb")
    people = sql("SELECT DISTINCT name FROM mediation_party WHERE kind = 'NATURAL' AND name <> ''")

    page = browser.get("/net/admin/cases/?queue=open").content.decode()

    assert people
    assert not [name for (name,) in people if name in page]


# The rest of the page.


def test_the_docking_of_a_court_is_said_with_the_age_of_its_oldest_entry(sign_in: SignIn) -> None:
    answer = sign_in("spc.docketing").get(oversight("spc.docketing"))

    tiles = {str(tile["label"]): tile["value"] for tile in answer.context["docking"]}
    assert tiles == {"待对方确认": 1, "对方平台未确认": 2, "已搁置": 1, "已冻结": 1}
    assert answer.context["oldest"] == "3小时"


def test_complaints_and_stale_files_are_counted_within_the_jurisdiction(sign_in: SignIn) -> None:
    for key in ("shsa", "szdrc"):
        Complaint.objects.create(
            platform="investornet",
            ref=ref("complaint", key),
            court="沪74",
            organisation=ref("organisation", key),
            state=ComplaintState.FILED,
            ground=ComplaintGround.FORCING,
            complainant="x",
            filed_at=NOW,
        )

    def counted(login: str) -> dict[str, str]:
        return {str(tile["label"]): tile["value"] for tile in sign_in(login).get(oversight(login)).context["books"]}

    unit = sign_in("unit.shanghai")
    listed = unit.get("/net/admin/oversight/roster/").context["lists"]
    told, book = unit.get(listed[0]["print_url"]), unit.get(listed[-1]["export_url"])
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(book))).active

    assert counted("unit.shanghai")["未处理和本季度的投诉"] == "1"
    assert counted("bureau.ipb")["未处理和本季度的投诉"] == "2"
    assert [len(one["rows"]) for one in listed] == [int(value) for value in counted("unit.shanghai").values()]
    assert listed[0]["rows"][0]["what"] == "强迫调解"
    assert [line[1] for line in told.context["lines"]] == ["强迫调解"]
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [row["name"] for row in listed[-1]["rows"]]


def test_each_table_can_be_taken_along_as_a_workbook(sign_in: SignIn) -> None:
    browser = sign_in("bureau.ipb")
    answer = browser.get(oversight("bureau.ipb"))

    for shown in answer.context["tables"]:
        sent = browser.get(shown.export_url)
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(sent))).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
        assert [row[0] for row in rows] == list(table(answer, shown.code))
        assert [row[1:] for row in rows] == list(table(answer, shown.code).values())

    assert browser.get("/net/admin/oversight/export/nothing/").status_code == 404


@pytest.mark.parametrize("login", sorted(BASES))
def test_a_page_asks_at_most_twelve_questions_however_much_there_is(sign_in: SignIn, login: str) -> None:
    browser = sign_in(login)

    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(oversight(login))

    assert answer.status_code == 200
    assert len(asked) <= 12


def test_what_reports_ask_for_by_time_is_what_the_index_holds() -> None:
    asked = {*tallies.ANSWERS, "sign", *tallies.ENDS, "refuse_consent", "withdraw_consent", "docket"}
    # What signed files are made of is asked for by time as well.
    asked |= {"deliver_agreement"}

    assert {kind.split(".")[1] for kind in REPORTED} == asked
    assert all(str(tallies.happened("investornet", outcome, QUARTER, NOW).query) for outcome in Outcome)


def test_no_share_of_nothing_is_claimed(sign_in: SignIn) -> None:
    MonthlyTally.objects.all().delete()

    answer = sign_in("bureau.ipb").get(oversight("bureau.ipb"))

    assert set(column(answer, "months", "成功率").values()) == {"—"}


def test_beyond_what_is_counted_a_figure_says_that_there_are_more(sign_in: SignIn, monkeypatch: Any) -> None:
    monkeypatch.setattr(reports, "MOST", 3)

    answer = sign_in("spc.docketing").get(oversight("spc.docketing"))

    tiles = {str(tile["label"]): tile["value"] for tile in answer.context["headline"]}
    assert tiles["新收申请"] == "3+"
    assert tiles["司法确认审查中"] == 1
