"""Applying to a court: saved as one goes, checked whole, filed once; bad answers are met with words."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediation.models import Case, CaseEvent, Document, Draft
from mediation.windows.wizard import RESPONDENTS
from roster.models import Account
from tests.windows.applying import AGENT, ANSWERS, Applicant, upload
from tests.windows.stage import ZHANG, Stage, day

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="roster.backend.AccountBackend")
    return client


@pytest.fixture
def zhang(stage: Stage) -> Applicant:
    return Applicant(client_of(stage.accounts["zhang"]), "courtplatform", {"court": "沪74"})


@pytest.fixture
def li(stage: Stage) -> Applicant:
    """An agent applying for somebody else."""
    return Applicant(client_of(stage.accounts["li"]), "courtplatform", {"court": "沪74"})


def test_an_application_is_filed_and_its_receipt_bears_the_instant_of_submission(zhang: Applicant) -> None:
    zhang.fill()
    zhang.client.post(
        zhang.url("step", step="evidence"), {"kind": "CONTRACT", "audience": "ALL", "uploads": upload("合同.pdf", PDF)}
    )

    answer = zhang.send()
    receipt = zhang.client.get(answer["Location"])

    case = Case.objects.get(platform="courtplatform")
    assert case.state == "FILED"
    assert case.amount == 1_200_000
    assert case.people.get(name="张晓慧").identity_number == ZHANG
    assert case.documents.get().name == "合同.pdf"
    assert receipt.context["receipt"]["protection_at"] == day(9)
    assert case.number in receipt.content.decode()
    assert "诉讼时效中断" in receipt.content.decode()


def test_the_copy_shows_what_was_filed(zhang: Applicant) -> None:
    zhang.fill()
    zhang.send()

    body = zhang.client.get(zhang.url("copy")).content.decode()

    assert "年报虚假记载" in body
    assert ZHANG not in body


def test_an_application_sent_twice_is_filed_once(zhang: Applicant) -> None:
    zhang.fill()

    first = zhang.send()
    Draft.objects.filter(pk=zhang.draft.pk).update(sent="")
    second = zhang.send()

    assert first["Location"] == second["Location"]
    assert CaseEvent.objects.filter(kind="case.file.v1").count() == 1


def test_a_draft_is_saved_as_one_goes_and_is_nobody_elses(stage: Stage, zhang: Applicant) -> None:
    zhang.answer("dispute")

    again = zhang.client.get(zhang.url("step", step="dispute-all")).content.decode()
    stranger = client_of(stage.accounts["stranger"])
    codes = {page: stranger.get(zhang.url(page)).status_code for page in ("tasks", "check", "receipt", "copy")}

    assert "年报虚假记载。" in again
    assert "年报虚假记载" not in Draft.objects.extra(select={"raw": "answers"}).values_list("raw", flat=True)[0]
    assert set(codes.values()) == {404}


def test_nothing_is_filed_before_every_step_is_done(zhang: Applicant) -> None:
    zhang.fill()
    draft = Draft.objects.get(pk=zhang.draft.pk)
    draft.answers = draft.answers.replace('"court"', '"nowhere"')
    draft.save()

    answer = zhang.send()

    assert answer.status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("step", "changes", "said"),
    [
        ("who", {"identity_number": "310101197801010004"}, "校验位不符"),
        ("who", {"identity_number": "110101195201010003"}, "与您账户已核验的身份不一致"),
        ("who", {"kind": "COMPANY"}, "证件类型与申请人类型不符"),
        ("who", {"phone": "12"}, "电话号码有误"),
        ("who", {"name": "张\u200b晓慧"}, "不可见字符"),
        ("who", {"acting": None}, "请选择“"),
        ("respondent", {"credit_code": "91310115MJ0001010M"}, "校验位不符"),
        ("dispute", {"occurred_on": "2030-01-01"}, "日期不能晚于今天"),
        ("dispute", {"occurred_on": "昨天"}, "日期有误"),
        ("dispute", {"text": "冤" * 20_001}, "最多20000字，现有20001字"),
        ("dispute", {"cause": "NOISE"}, "选择一个有效的选项"),
        ("claim", {"amount": "一大笔<钱>"}, "无法识别的内容"),
        ("claim", {"amount": "-5"}, "不能为负数"),
        ("claim", {"account_number": "1" * 41}, "1至40个字符"),
        ("addressee", {"court": "沪99"}, "选择一个有效的选项"),
        ("service", {"email": "x@"}, "电子邮箱格式有误"),
        ("consent", {"SENSITIVE_DATA": None}, "不能在线办理"),
        ("fit", {"earlier": "sued"}, "请向承办法官提出"),
    ],
)
def test_a_bad_answer_is_met_with_words_and_not_kept(
    zhang: Applicant, step: str, changes: dict[str, Any], said: str
) -> None:
    before = Draft.objects.get(pk=zhang.draft.pk).answers

    answer = zhang.answer(step, **changes)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Draft.objects.get(pk=zhang.draft.pk).answers == before


def test_the_respondent_cannot_be_the_applicant(zhang: Applicant) -> None:
    zhang.answer("who")

    answer = zhang.answer("respondent", kind="NATURAL", name="张 晓慧")

    assert "被申请人不能与申请人相同" in answer.content.decode()


COMPANIES = ("甲会计师事务所（演示）", "乙保荐证券（演示）", "丙控股（演示）", "丁评级（演示）")


def test_up_to_five_respondents_are_named_one_after_the_other_and_all_become_parties(zhang: Applicant) -> None:
    zhang.fill()
    other = ANSWERS["respondent"]
    asked = [zhang.answer("respondent_3", **other).status_code]

    for (step, _label, _hint), name in zip(RESPONDENTS[1:], COMPANIES, strict=True):
        asked.append(zhang.answer(step, **{**other, "name": name}).status_code)
    zhang.client.post(zhang.url("step", step="respondent_3"), {"skip": "1"})
    answer = zhang.send()
    receipt = zhang.client.get(answer["Location"]).content.decode()

    case = Case.objects.get(platform="courtplatform")
    wanted = {other["name"], *(name for name in COMPANIES if name != COMPANIES[1])}
    assert asked == [404, 302, 302, 302, 302]
    assert {one.name for one in case.people.filter(side="RESPONDENT")} == wanted
    assert all(name in receipt for name in wanted)
    assert COMPANIES[1] not in receipt


def test_the_same_respondent_is_not_named_twice(zhang: Applicant) -> None:
    zhang.fill()
    zhang.answer("co_respondent", **ANSWERS["respondent"])

    answer = zhang.send()

    assert answer.status_code == 422
    assert "这名被申请人前面已经填写过" in answer.content.decode()
    assert not Case.objects.exists()


def test_somebody_under_age_cannot_apply_for_themselves(li: Applicant, stage: Stage) -> None:
    child = "310101201001010004"
    stage.accounts["li"].identity_verified_at = None
    stage.accounts["li"].save()

    alone = li.answer("who", identity_number=child, name="小张")
    through_a_guardian = li.answer("who", identity_number=child, name="小张", acting="AGENT")

    assert "未满18周岁" in alone.content.decode()
    assert through_a_guardian.status_code == 302


def test_an_account_nobody_has_verified_cannot_apply(li: Applicant, stage: Stage) -> None:
    stage.accounts["li"].identity_verified_at = None
    stage.accounts["li"].save()

    answer = li.answer("who")

    assert answer.status_code == 422
    assert "身份尚未核验" in answer.content.decode()


def test_an_agent_needs_an_authority_and_acts_for_the_applicant(li: Applicant) -> None:
    li.answers["who"] = {**li.answers["who"], "acting": "AGENT"}
    li.fill()

    without = li.client.post(li.url("step", step="agent-all"), AGENT)
    with_one = li.client.post(li.url("step", step="agent-all"), {**AGENT, "uploads": upload("授权委托书.pdf", PDF)})
    li.send()

    assert "授权委托书" in without.content.decode()
    assert without.status_code == 422
    assert with_one.status_code == 302
    case = Case.objects.get()
    assert case.events.get().by["role"] == "AGENT"
    assert case.documents.get().kind == "AUTHORITY"


@pytest.mark.parametrize(
    ("kind", "number"),
    [("HK_MACAU_PERMIT", "H00000001"), ("TAIWAN_PERMIT", "12345678"), ("PASSPORT", "E12345678")],
)
def test_permits_and_passports_are_accepted_with_a_birth_date(
    li: Applicant, stage: Stage, kind: str, number: str
) -> None:
    stage.accounts["li"].identity_kind, stage.accounts["li"].identity_number = kind, number
    stage.accounts["li"].save()

    document = {"name": "李国栋", "identity_kind": kind, "identity_number": number}

    without = li.answer("who", **document)
    other_name = li.answer("who", **document | {"name": "李国梁"}, born_on="1980-02-03")
    with_date = li.answer("who", **document, born_on="1980-02-03")

    assert "请填写出生日期" in without.content.decode()
    assert "与您账户已核验的姓名“李国栋”不一致" in other_name.content.decode()
    assert with_date.status_code == 302


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", bytes(30_000_000))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("程序.exe", b"MZ" + bytes(100), "不接收程序"),
        ("图片.png", PDF, "扩展名与内容不符"),
        ("材料.docx", bomb(), "疑似压缩炸弹"),
        ("空.pdf", b"", "空"),
        ("脚本.pdf", PDF.replace(b"/Catalog", b"/Catalog /JavaScript"), "可执行内容"),
    ],
)
def test_hostile_files_are_refused_with_the_reason(zhang: Applicant, name: str, content: bytes, said: str) -> None:
    answer = zhang.client.post(
        zhang.url("step", step="evidence"), {"kind": "EVIDENCE", "audience": "ALL", "uploads": upload(name, content)}
    )

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Document.objects.exists()


def test_twenty_megabytes_of_text_are_refused_before_they_are_read(zhang: Applicant) -> None:
    answer = zhang.client.post(
        zhang.url("step", step="dispute-all"),
        "text=" + "a" * 20_000_000,
        content_type="application/x-www-form-urlencoded",
        headers={"accept": "text/html"},
    )

    assert answer.status_code == 413
    assert "提交的内容过大" in answer.content.decode()


def test_a_file_can_be_taken_out_again(zhang: Applicant) -> None:
    step = zhang.url("step", step="evidence")
    zhang.client.post(step, {"kind": "CONTRACT", "audience": "ALL", "uploads": upload("合同.pdf", PDF)})
    sha256 = zhang.client.get(step).context["files"][0]["sha256"]

    zhang.client.post(step, {"drop": sha256})

    assert zhang.client.get(step).context["files"] == []


def test_the_public_pages_are_open_to_everybody(stage: Stage) -> None:
    entry = reverse("courtplatform:roster_entry", kwargs={"ref": stage.organisation})
    pages = [reverse(f"courtplatform:{page}") for page in ("home", "roster", "sign_in", "register")]

    codes = [Client().get(page).status_code for page in [*pages, entry]]
    body = Client().get(entry).content.decode()

    assert codes == [200] * 5
    assert "王守信" in body
    assert "上海金融法院" in body
