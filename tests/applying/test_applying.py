"""Before a case: does mediation fit, the guided steps, what one gets at once, agents with many clients, transfers."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from mediation import incoming
from mediation.models import CalendarFeed, Case, CaseEvent, Document, Draft, Party, Transfer, Upload
from mediation.numbers import short
from mediation.vocabulary import Role
from mediation.windows.filing import COLUMNS
from roster import companies
from roster.models import Organisation
from tests.papers.reading import words
from tests.windows.applying import AGENT, ANSWERS, Applicant, upload, whole
from tests.windows.stage import LI, XSS, ZHANG, Stage, account, day, file_case, post, walk

pytestmark = pytest.mark.django_db
NET, COURT = "investornet", "courtplatform"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
CONSENTS = ("MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING")


def browser(stage: Stage, who: str) -> Client:
    found = Client()
    found.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return found


@pytest.mark.parametrize("platform", [NET, COURT])
def test_anybody_finds_out_whether_mediation_fits_and_each_no_says_why_and_what_instead(
    client: Client, stage: Stage, platform: str
) -> None:
    place = reverse(f"{platform}:fit")
    fits = {"subject": "yes", "aim": "civil", "earlier": "no", "arbitration": "no", "against": "SECURITIES"}
    stops = {"subject": ["no"], "aim": ["punish", "criminal"], "earlier": ["sued", "judged", "mediated"]}
    stops |= {"arbitration": ["yes"]}

    asked = client.get(place)
    unanswered = client.get(place, {"asked": "subject", "subject": XSS})
    following = client.get(place, {"asked": "subject", "subject": "yes"})
    result = client.get(place, fits)
    refusals = {
        code: client.get(place, fits | {question: code}).content.decode()
        for question, codes in stops.items()
        for code in codes
    }

    assert (asked.status_code, unanswered.status_code, result.status_code) == (200, 422, 200)
    assert (following.status_code, following.context["errors"]) == (200, [])
    assert XSS not in unanswered.content.decode()
    said = result.content.decode()
    assert all(text in said for text in ("第九十四条", "不收费", "个工作日", "起诉"))
    for said in refusals.values():
        assert "不适合在这里调解" in said
        assert "可以这样做" in said
    zhang = browser(stage, "zhang")
    begun = zhang.post(reverse(f"{platform}:apply"), {"fits": "1"}, follow=True)
    assert "已完成 1 项" in begun.content.decode()


def test_a_company_is_found_by_name_or_code_and_one_that_is_not_there_is_typed_in(client: Client, stage: Stage) -> None:
    zhang = browser(stage, "zhang")
    applicant = Applicant(zhang, NET, {"organisation": str(stage.organisation)})
    place = applicant.url("step", step="respondent-all")

    found = zhang.get(place, {"find": "600030"}).content.decode()
    picked = zhang.get(place, {"pick": "恒泰达证券股份有限公司（演示）"}).content.decode()
    nothing = zhang.get(place, {"find": XSS}).content.decode()

    assert "中信证券股份有限公司" in found
    assert 'value="91310115MJ0001029H"' in picked
    assert re.search(r'value="SECURITIES"[^>]*checked', picked)
    assert "没有找到" in nothing
    assert XSS not in nothing
    assert len({one.name for one in companies.search("证券")}) == companies.MOST_FOUND
    assert applicant.answer("respondent", name="不在表上的公司").status_code == 302


def test_the_operator_puts_a_dated_list_of_companies_in_the_place_of_the_sample(stage: Stage, tmp_path: Path) -> None:
    def listed(*rows: list[str]) -> Path:
        book = Workbook()
        assert book.active is not None
        for row in (["类别", "证券代码", "简称", "全称", "统一社会信用代码"], *rows):
            book.active.append(row)
        book.save(tmp_path / "名单.xlsx")
        return tmp_path / "名单.xlsx"

    told = {"as_of": date(2024, 1, 2), "source": "上海证券交易所上市公司名单"}
    broker = ["证券公司", "600999", "招商证券", "招商证券股份有限公司", "91310115MJ0001029H"]

    with pytest.raises(CommandError, match="来源"):
        call_command("load_reference", companies=listed(broker))
    with pytest.raises(CommandError, match="3"):
        call_command("load_reference", companies=listed(broker, ["银行", "", "", "某银行", "1"]), **told)
    assert companies.search("中信证券")
    call_command("load_reference", companies=listed(broker, ["上市公司", *broker[1:]]), **told)

    assert companies.search("中信证券") == []
    assert companies.load_shipped([]) == len(companies.search("600999")) == 2
    found = companies.by_name("招商证券股份有限公司")
    assert found is not None
    assert found.institution == "SECURITIES"
    applicant = Applicant(browser(stage, "zhang"), NET, {})
    said = applicant.client.get(applicant.url("step", step="respondent")).content.decode()
    assert "名单截至2024年1月2日，来源：上海证券交易所上市公司名单" in said


def test_a_step_is_asked_page_by_page_and_each_page_is_kept_and_led_back_to(stage: Stage) -> None:
    zhang = browser(stage, "zhang")
    applicant = Applicant(zhang, COURT, {"court": "沪74"})
    applicant.answer("fit")
    given = ANSWERS["who"]
    pages = [("who", ("acting", "kind", "investor")), ("who-2", ("name", "identity_kind", "identity_number"))]

    def send(page: str, names: Sequence[str], **changes: str) -> Any:
        return zhang.post(applicant.url("step", step=page), {name: given[name] for name in names} | changes)

    first = zhang.get(applicant.url("step", step="who")).content.decode()
    onward = [send(page, names)["Location"].rstrip("/").rpartition("/")[2] for page, names in pages]
    wrong = send("who-3", ("phone",), phone="12")
    begun = zhang.get(applicant.url("tasks")).context["tasks"]
    browser(stage, "zhang").post(
        applicant.url("step", step="respondent"), {"kind": "COMPANY", "name": "恒泰达证券股份有限公司（演示）"}
    )
    guessed = zhang.get(applicant.url("step", step="respondent-2")).content.decode()
    check = zhang.post(applicant.url("check"), {"truthful": "yes"})
    there = send("who-3", ("phone",))["Location"]

    assert "第 2 步，共 10 步 · 申请人 1/3" in re.sub(r"<[^>]+>", "", first)
    assert ("identity_number" in first, 'name="investor"' in first) == (False, True)
    assert onward == ["who-2", "who-3"]
    assert (wrong.status_code, "电话号码有误" in wrong.content.decode()) == (422, True)
    assert "← 上一页" in wrong.content.decode()
    assert {task["label"]: task["status"] for task in begun}["申请人"] == "todo"
    assert re.search(r'value="SECURITIES"[^>]*checked', guessed)
    places = [error["url"].rstrip("/").rpartition("/")[2] for error in check.context["errors"]]
    assert places[:3] == ["who-3", "respondent-2", "dispute"]
    assert there.endswith("/respondent-2/")
    assert zhang.get(applicant.url("step", step="who-4")).status_code == 404
    whole_page = zhang.get(applicant.url("step", step="who-all")).content.decode()
    assert ZHANG in whole_page
    assert "分页填写" in whole_page


def test_a_draft_is_named_and_asked_about_before_it_is_thrown_away(stage: Stage) -> None:
    zhang = browser(stage, "zhang")
    applicant = Applicant(zhang, COURT, {"court": "沪74"})
    for step in ("fit", "who", "respondent", "dispute"):
        applicant.answer(step)
    discard = applicant.url("discard")
    listed = zhang.get(reverse(f"{COURT}:apply")).content.decode()

    asked = zhang.get(discard).content.decode()
    kept = Draft.objects.count()
    stranger = browser(stage, "huaxin")
    others = [stranger.get(discard).status_code, stranger.post(discard).status_code]
    done = zhang.post(discard)

    assert f'<a class="button quiet compact" href="{discard}">删除草稿</a>' in listed
    assert f'action="{discard}"' not in listed
    assert ANSWERS["respondent"]["name"] in asked
    assert "要删除这份草稿吗" in asked
    assert (kept, others, done.status_code) == (1, [404, 404], 302)
    assert not Draft.objects.exists()


def test_a_complaint_number_that_somebody_types_is_their_word_and_no_transfer(stage: Stage) -> None:
    applicant = Applicant(browser(stage, "zhang"), NET, {"organisation": str(stage.organisation)})
    applicant.answers["claim"] = {**ANSWERS["claim"], "complaint": "12386-99"}
    applicant.fill()

    applicant.send()

    case = Case.objects.get(platform=NET)
    assert case.source == "ONLINE_NET"
    told = next(row.content() for row in case.enclosures.filter(kind="NARRATIVE"))
    assert (told["complaint"], "transfer" in told) == ("12386-99", False)


def test_files_of_a_draft_come_by_pieces_and_the_receipt_can_be_checked_by_anybody(stage: Stage) -> None:
    zhang, anybody = browser(stage, "zhang"), Client()
    applicant = Applicant(zhang, NET, {"organisation": str(stage.organisation)})
    applicant.answers["claim"] = {**ANSWERS["claim"], "account_branch": "某营业部", "account_number": "A123456789"}
    applicant.fill()

    def begin(kind: str, size: int) -> str:
        encoded = {"goal": f"draft:{applicant.draft.ref}", "filename": f"{kind}.pdf", "kind": kind}
        told = ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in encoded.items())
        headers = {"Upload-Length": str(size), "Upload-Metadata": told}
        return str(zhang.post(reverse(f"{NET}:uploads"), headers=headers)["Location"])

    kind = "application/offset+octet-stream"
    zhang.patch(begin("CONTRACT", len(PDF)), PDF, content_type=kind, headers={"Upload-Offset": "0"})
    broken_off = begin("ACCOUNT", len(PDF) + 1)
    incoming.append(Upload.objects.get(), 0, PDF + b"\n", day(9))
    gone_on = zhang.head(broken_off)
    evidence = applicant.url("step", step="evidence")
    answers = [
        zhang.post(evidence, {"kind": "TRADING", "audience": to, "uploads": upload("私下.pdf", PDF + b"%")})
        for to in ("COURT", "MEDIATOR", "APPLICANTS")
    ]
    elsewhere = browser(stage, "li").get(applicant.url("tasks")).status_code
    resumed = browser(stage, "zhang").get(reverse(f"{NET}:apply")).content.decode()
    checked = zhang.get(applicant.url("check")).content.decode()

    applicant.send()

    event = CaseEvent.objects.get(platform=NET, number=1)
    receipt = zhang.get(applicant.url("receipt")).content.decode()
    code = re.search(r'class="code">([0-9A-F-]{19})<', receipt)
    assert elsewhere == 404
    assert str(applicant.draft.ref) in resumed
    assert "私下.pdf（" in checked
    assert "申请人一方和调解员）" in checked
    held = Document.objects.filter(platform=NET, number=1)
    assert [answer.status_code for answer in answers] == [422, 302, 302]
    assert set(held.values_list("kind", "audience")) == {
        ("CONTRACT", "ALL"),
        ("ACCOUNT", "ALL"),
        ("TRADING", "APPLICANTS"),
    }
    assert (gone_on.status_code, Upload.objects.count()) == (204, 0)
    page = reverse(f"{NET}:case", kwargs={"ref": event.case.ref})
    assert "私下.pdf" not in browser(stage, "org").get(page).content.decode()
    assert "私下.pdf" in zhang.get(applicant.url("copy")).content.decode()
    paper = reverse(f"{NET}:paper", kwargs={"ref": event.case.ref, "kind": "COPY"})
    printed = words(zhang.get(paper).content)
    secret = held.get(audience="APPLICANTS")
    assert all(text in printed for text in ("私下.pdf", secret.sha256, "申请人一方和调解员", "某营业部", "6789"))
    assert "A123456789" not in printed
    assert "/papers/COPY/" in receipt
    assert short(event.case.ref) in receipt
    assert "答复期限：至" in receipt
    mark = words(zhang.get(reverse(f"{NET}:paper", kwargs={"ref": event.case.ref, "kind": "RECEIPT"})).content)
    assert ("（印章）" in mark, "（院印）" in mark) == (True, False)
    assert code is not None
    check = reverse(f"{NET}:roster_certificate")
    genuine = anybody.get(check, {"code": code[1]}).content.decode()
    wrong = anybody.get(check, {"code": "0000-0000-0000-0000"}).content.decode()
    assert "与平台的登记相符" in genuine
    for typed in (code[1].lower().replace("-", " "), code[1].replace("-", ""), code[1].replace("-", "—")):
        assert "与平台的登记相符" in anybody.get(check, {"code": typed}).content.decode()
    assert "张晓慧" not in genuine
    assert "华信" not in genuine
    assert "没有这一核验码" in wrong
    assert event.hash.upper().startswith(code[1].replace("-", ""))


# Agents.


@pytest.fixture
def agent(stage: Stage) -> Client:
    return browser(stage, "li")


def add_client(agent: Client, platform: str, name: str, number: str, **scope: str) -> Draft:
    agent.post(reverse(f"{platform}:clients"))
    draft = Draft.objects.filter(kind="client").latest("pk")
    steps: dict[str, dict[str, Any]] = {
        "who": {name: value for name, value in ANSWERS["who"].items() if name != "acting"}
        | {"name": name, "identity_number": number},
        "agent": AGENT | {"uploads": upload("委托书.pdf", PDF)},
        "scope": scope,
        "service": {"address": "上海市某路2号"},
    }
    for step, given in steps.items():
        place = reverse(f"{platform}:client_step", kwargs={"draft": draft.ref, "step": whole(step)})
        assert agent.post(place, given).status_code == 302, step
    return draft


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return list(sheet.iter_rows(values_only=True))


def workbook(*rows: dict[int, str]) -> SimpleUploadedFile:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([label for label, _width, _example in COLUMNS])
    for row in rows:
        sheet.append([row.get(place, "") for place in range(len(COLUMNS))])
    kept = io.BytesIO()
    book.save(kept)
    return SimpleUploadedFile("申请.xlsx", kept.getvalue())


def test_an_agent_enters_a_client_once_and_applies_with_that_authority_within_its_scope(
    stage: Stage, agent: Client
) -> None:
    kept = add_client(agent, NET, "张晓慧", ZHANG, against="华信股份有限公司", valid_until="2024-12-31")
    place = reverse(f"{NET}:client", kwargs={"draft": kept.ref})
    begun = agent.post(place)
    draft = Draft.objects.filter(kind="apply").latest("pk")

    def step(which: str, **changes: str) -> Any:
        target = reverse(f"{NET}:step", kwargs={"draft": draft.ref, "step": whole(which)})
        return agent.post(target, ANSWERS.get(which, {}) | changes)

    for name in ("fit", "dispute", "claim", "consent"):
        assert step(name).status_code == 302
    step("respondent", name="别的公司")
    step("addressee", organisation=str(stage.organisation))
    check = reverse(f"{NET}:check", kwargs={"draft": draft.ref})
    beyond = agent.post(check, {"truthful": "yes"})
    scope = reverse(f"{NET}:client_step", kwargs={"draft": kept.ref, "step": "scope"})
    agent.post(scope, {"against": "华信股份有限公司\n别的公司", "valid_until": "2024-12-31"})
    sent = agent.post(check, {"truthful": "yes"})

    assert begun.status_code == 302
    assert beyond.status_code == 422
    assert "不包括这一被申请人" in beyond.content.decode()
    assert sent.status_code == 302
    case = Case.objects.get(platform=NET)
    assert Document.objects.get(case=case).kind == "AUTHORITY"
    assert set(Party.objects.filter(case=case).values_list("name", flat=True)) == {
        "张晓慧",
        "别的公司",
        AGENT["name"],
    }
    dashboard = agent.get(reverse(f"{NET}:clients")).content.decode()
    assert "张晓慧" in dashboard
    assert "接受答复期限" in dashboard
    assert browser(stage, "zhang").get(place).status_code == 404
    assert agent.post(place, {"drop": "1"}).status_code == 302
    assert Case.objects.filter(platform=NET).count() == 1


@pytest.mark.parametrize("platform", [NET, COURT])
def test_a_workbook_files_for_many_clients_or_for_none(stage: Stage, agent: Client, platform: str) -> None:
    add_client(agent, platform, "张晓慧", ZHANG)
    add_client(agent, platform, "王小明", "310101197801010011")
    page = reverse(f"{platform}:filing")
    organisation = Organisation.objects.get(platform=NET, ref=stage.organisation)
    to = "上海金融法院" if platform == COURT else organisation.name
    template = rows_of(agent.get(reverse(f"{platform}:filing_template")))
    stated = {
        0: ZHANG, 1: "恒泰达证券股份有限公司（演示）", 3: "证券交易代理合同纠纷", 4: "2024-01-05", 5: "未经同意买卖。",
        6: "1.2万元", 7: "赔偿损失。", 8: "同时在线音视频", 9: to,
        **dict.fromkeys(range(10, 14), "是"),
    }  # fmt: skip

    bad = agent.post(
        page,
        {"workbook": workbook(stated, stated | {0: "999"}, stated | {0: "310101197801010011", 4: "昨天", 12: ""})},
    )
    none = Case.objects.filter(platform=platform).count()
    shown = agent.post(page, {"workbook": workbook(stated, stated | {0: "310101197801010011", 1: XSS})})
    still_none = Case.objects.filter(platform=platform).count()
    token = re.search(r'name="token" value="([0-9a-f]{64})"', shown.content.decode())
    assert token is not None, shown.content.decode()[-6000:]
    unticked = agent.post(page, {"token": token[1]})
    done = agent.post(page, {"token": token[1], "truthful": "yes"})
    again = agent.post(page, {"token": token[1], "truthful": "yes"})

    assert ZHANG in [row[0] for row in template]
    said = bad.content.decode()
    assert (bad.status_code, none, still_none) == (422, 0, 0)
    faults = ("第 3 行", "第 4 行", "没有这名委托人", "日期有误", "不同意这一项", "处理敏感个人信息")
    assert all(text in said for text in faults)
    assert (shown.status_code, unticked.status_code, done.status_code) == (200, 422, 302)
    assert XSS not in shown.content.decode()
    assert Case.objects.filter(platform=platform).count() == 2
    assert again.status_code == 422
    assert Draft.objects.exclude(sent="").count() == 2


def test_clocks_are_a_calendar_behind_a_secret_that_can_be_revoked(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    zhang, anybody = browser(stage, "zhang"), Client()
    page = reverse(f"{NET}:calendar")

    made = zhang.post(page).content.decode()
    address = re.search(r"http://testserver(\S+\.ics)", made)
    assert address is not None
    feed = anybody.get(address[1])
    text = feed.content.decode()
    zhang.post(page)
    replaced = anybody.get(address[1]).status_code
    fresh = CalendarFeed.objects.get(revoked_at__isnull=True)
    zhang.post(page, {"revoke": "1"})

    assert feed["Content-Type"].startswith("text/calendar")
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert "调解期限" in text
    assert f"UID:{story.ref}-MEDIATE@{NET}" in text.replace("\r\n ", "")
    assert "张晓慧" not in text
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert replaced == 404
    assert not CalendarFeed.objects.filter(pk=fresh.pk, revoked_at__isnull=True).exists()


# 12386.


def test_a_transfer_becomes_the_investors_own_draft_and_is_never_sent_for_them(stage: Stage) -> None:
    centre = post(account("centre", "服运行"), NET, Role.SERVICE_CENTRE)
    desk = Client()
    desk.force_login(centre, backend="roster.backend.AccountBackend")
    given = {
        "number": "12386-1", "name": "张晓慧", "phone": "13800000001", "identity_kind": "RESIDENT",
        "identity_number": ZHANG, "respondent": "恒泰达证券股份有限公司（演示）", "institution": "SECURITIES",
        "cause": "BROKERAGE", "occurred_on": "2024-01-05", "amount": "1.2万元", "told": "未经同意买卖。",
        "claims": "赔偿损失。", "agreed": "on",
    }  # fmt: skip
    page = "/net/admin/transfers/new/"

    unasked = desk.post(page, given | {"agreed": ""})
    entered = desk.post(page, given).content.decode()
    twice = desk.post(page, given)
    code = re.search(r"<code>([0-9A-Z-]{19})</code>", entered)
    assert code is not None
    place = reverse(f"{NET}:transfer")
    stranger = browser(stage, "li").post(place, {"code": code[1]})
    zhang = browser(stage, "zhang")
    own = zhang.get(place).content.decode()
    taken = zhang.post(place, {"transfer": str(Transfer.objects.get().ref)})
    again = zhang.post(place, {"code": code[1]})
    draft = Draft.objects.get(platform=NET, kind="apply")
    check = reverse(f"{NET}:check", kwargs={"draft": draft.ref})
    early = zhang.post(check, {"truthful": "yes"})

    assert (unasked.status_code, twice.status_code, stranger.status_code) == (400, 400, 422)
    assert "恒泰达证券" in own
    assert (taken.status_code, again.status_code, early.status_code) == (302, 422, 422)
    assert Case.objects.count() == 0
    for step in ("fit", "service", "consent"):
        zhang.post(reverse(f"{NET}:step", kwargs={"draft": draft.ref, "step": step}), ANSWERS[step])
    target = reverse(f"{NET}:step", kwargs={"draft": draft.ref, "step": "addressee"})
    zhang.post(target, {"organisation": str(stage.organisation)})
    assert zhang.post(check, {"truthful": "yes"}).status_code == 302
    assert Case.objects.get(platform=NET).source == "HOTLINE_12386"
    assert "已提交申请" in desk.get("/net/admin/transfers/").content.decode()
    assert [row[4] for row in desk.get("/net/admin/transfers/?form=print").context["lines"]] == ["已提交申请"]


def test_transfers_are_imported_as_a_whole_or_not_at_all(stage: Stage) -> None:
    centre = post(account("centre", "服运行"), NET, Role.SERVICE_CENTRE)
    desk = Client()
    desk.force_login(centre, backend="roster.backend.AccountBackend")
    headings = [str(cell) for cell in rows_of(desk.get("/net/admin/transfers/template/"))[1]]
    row = [
        "12386-7", "王小明", "13800000003", "居民身份证", LI, "恒泰达证券股份有限公司（演示）", "证券公司",
        "证券交易代理合同纠纷", "2024-01-05", "100", "说明", "赔偿", "是",
    ]  # fmt: skip

    def send(*lines: list[str]) -> Any:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for line in (headings, *lines):
            sheet.append(line)
        kept = io.BytesIO()
        book.save(kept)
        return desk.post("/net/admin/transfers/import/", {"workbook": SimpleUploadedFile("a.xlsx", kept.getvalue())})

    refused = send(row, ["12386-8", *row[1:7], "没有这种纠纷", *row[8:12], "否"])
    none = Transfer.objects.count()
    done = send(row)

    assert (refused.status_code, none) == (400, 0)
    assert "第 3 行" in refused.content.decode()
    assert done.status_code == 200
    assert Transfer.objects.get().identity_index
