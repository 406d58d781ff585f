"""Files out of a workbook and into one: nothing half-imported, everything wrong named row by row."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from openpyxl import Workbook, load_workbook

from mediation.adminkit import workbooks
from mediation.windows import filewords
from roster import reference
from roster.models import Mediator, Organisation, RosterEvent
from tests.investornet.test_roster_pages import DESK, FILES, NET, enter, people, propose, row_of
from tests.windows.stage import AT, Stage

__all__ = ["enter", "people"]

IMPORT = f"{FILES}import/"
DESK_IMPORT = f"{DESK}files/import/"
HEADINGS = ["档案标识", "姓名", "证书编号", "累计培训学时", "专业领域", "任职经历"]


def book(*rows: list[Any], headings: list[str] | None = None) -> bytes:
    """Return a workbook with these rows below the headings."""
    made = Workbook()
    made.active.append(headings or HEADINGS)
    for row in rows:
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def send(browser: Browser, content: bytes, url: str = IMPORT, name: str = "名册.xlsx", **more: str) -> Any:
    return browser.post(url, {"workbook": SimpleUploadedFile(name, content), **more})


def confirm(browser: Browser, answer: Any, url: str = IMPORT) -> Any:
    plan = answer.context["plan"]
    sent = {"token": plan.token, "kind": plan.aggregate, "submit": "1" if plan.submits else ""}
    return browser.post(url, sent)


def cells(answer: Any) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_what_would_change_is_shown_before_anything_is_written(stage: Stage, enter: Any) -> None:
    browser, held = enter("org"), row_of(stage, "mediator")
    content = book(
        [None, "沈知远", "TY-1", 24, "虚假陈述", "浦江律师事务所|2001-07-01\n东方公司"],
        [str(held.ref), "王守信", None, 30, "内幕交易", None],
    )

    preview = send(browser, content)
    events = RosterEvent.objects.count()
    text = preview.content.decode()
    done = confirm(browser, preview)

    held.refresh_from_db()
    made = Mediator.objects.get(platform=NET, name="沈知远")
    assert preview.status_code == 200
    assert "将新建 <strong>1</strong> 份，变更 <strong>1</strong> 份" in text
    assert "<del>虚假陈述</del> → <ins>内幕交易</ins>" in text
    assert events == RosterEvent.objects.count() - 2
    assert done.status_code == 302
    assert (made.state, made.training_hours, made.unit) == ("DRAFT", 24, "ISC")
    assert made.employment[0] == {"employer": "浦江律师事务所", "from": "2001-07-01"}
    assert held.proposed == {"expertise": "内幕交易", "training_hours": 30}
    assert (held.expertise, held.languages) == ("虚假陈述", [])


def test_imported_files_may_be_handed_in_at_once(stage: Stage, enter: Any) -> None:
    browser = enter("org")

    confirm(browser, send(browser, book([None, "沈知远", "TY-1", 24, "", ""]), submit="on"))

    assert Mediator.objects.get(platform=NET, name="沈知远").state == "SUBMITTED"


def test_every_mistake_is_named_with_row_and_column_and_nothing_is_imported(stage: Stage, enter: Any) -> None:
    browser, foreign = enter("org"), row_of(stage, "mediator", other=True)
    before = RosterEvent.objects.count()

    answer = send(
        browser,
        book(
            [None, "沈知远", "TY-1", 24, "", ""],
            [None, "", "TY-2", "许多", "", "甲|乙"],
            [str(foreign.ref), "金国瑞", "", 1, "", ""],
            ["不是标识", "某人", "", 1, "", ""],
            [None, "=1+1", "", 1, "", ""],
            [None, "王守信", "", 1, "", ""],
        ),
    )

    found = {(one.row, one.column) for one in answer.context["plan"].problems}
    text = answer.content.decode()
    assert answer.status_code == 422
    assert found == {
        (3, "姓名"), (3, "累计培训学时"), (3, "任职经历"), (4, "档案标识"), (5, "档案标识"), (6, "姓名"),
        (7, "档案标识"),
    }  # fmt: skip
    assert "没有导入任何内容" in text
    assert "第 6 行" in text
    assert "不能使用公式" in text
    assert not Mediator.objects.filter(name="沈知远").exists()
    assert RosterEvent.objects.count() == before


def test_one_row_that_the_door_refuses_stops_all(stage: Stage, enter: Any) -> None:
    browser, held = enter("org"), row_of(stage, "mediator")
    propose(browser, held, expertise="基金销售")

    answer = send(
        browser, book([None, "沈知远", "TY-1", 24, "", ""], [str(held.ref), "王守信", None, 30, "内幕交易", None])
    )

    assert answer.status_code == 422
    assert "变更已提交审核，暂时不能再改" in answer.content.decode()
    assert not Mediator.objects.filter(name="沈知远").exists()


def test_what_changed_between_preview_and_import_stops_all(stage: Stage, enter: Any) -> None:
    browser, held = enter("org"), row_of(stage, "mediator")
    preview = send(
        browser, book([None, "沈知远", "TY-1", 24, "", ""], [str(held.ref), "王守信", None, 30, "内幕交易", None])
    )
    propose(browser, held, expertise="基金销售")

    answer = confirm(browser, preview)

    assert answer.status_code == 422
    assert not Mediator.objects.filter(name="沈知远").exists()


def test_the_same_workbook_sent_again_imports_nothing_twice(stage: Stage, enter: Any) -> None:
    browser, content = enter("org"), book([None, "沈知远", "TY-1", 24, "", ""])
    preview = send(browser, content)

    confirm(browser, preview)
    late = confirm(browser, preview)
    again = send(browser, content)
    longer = send(browser, book([None, "沈知远", "TY-1", 24, "", ""], [None, "新人", "TY-2", 1, "", ""]))

    assert late.status_code == 422
    assert "没有需要导入的" in again.content.decode()
    assert "已有同名、同证书编号的档案" in longer.content.decode()
    assert Mediator.objects.filter(platform=NET, name="沈知远").count() == 1


def test_somebody_elses_upload_cannot_be_carried_out(stage: Stage, enter: Any) -> None:
    preview = send(enter("org"), book([None, "沈知远", "TY-1", 24, "", ""]))

    answer = confirm(enter("other_org"), preview)

    assert answer.status_code == 422
    assert "请重新上传" in answer.content.decode()


def test_an_export_can_be_imported_again_and_changes_nothing(stage: Stage, enter: Any) -> None:
    browser = enter("org")
    Mediator.objects.filter(platform=NET, organisation=stage.organisation).update(
        causes=["MISSTATEMENT"], languages=["zh", "en"], qualifications=["法律职业资格"], name='=HYPERLINK("x")'
    )
    exported = browser.get(f"{FILES}export/")
    content = b"".join(exported.streaming_content)
    sheet = load_workbook(io.BytesIO(content)).active

    answer = send(browser, content)

    assert sheet["C3"].data_type == "s"
    assert sheet["C3"].quotePrefix
    assert answer.status_code == 200
    assert "没有需要导入的" in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "kind", "url"),
    [
        ("bureau", "organisation", f"{DESK}files/export/?kind=organisation"),
        ("unit", "mediator", f"{DESK}files/export/?kind=mediator"),
        ("org", "mediator", f"{FILES}export/"),
    ],
)
def test_the_whole_reference_roster_goes_out_and_comes_back_unchanged(
    stage: Stage, enter: Any, who: str, kind: str, url: str
) -> None:
    browser = enter(who)
    if who == "bureau":
        # The stage's organisations bear codes of the reference ones.
        Organisation.objects.filter(platform=NET).delete()
    reference.load([NET])
    if who != "bureau":
        # All of it is this visitor's, so that all of it is tried.
        Mediator.objects.filter(platform=NET).update(unit="ISC", organisation=stage.organisation)
    content = b"".join(browser.get(url).streaming_content)
    rows = (Organisation if kind == "organisation" else Mediator).objects.filter(platform=NET)

    answer = send(browser, content, IMPORT if who == "org" else DESK_IMPORT, kind=kind)

    plan = answer.context["plan"]
    assert any("REGISTRATION" in row.causes for row in rows)
    assert (plan.problems, plan.steps, plan.same) == ([], [], rows.count())


@pytest.mark.parametrize("between", ["、", "；", ";", "，", ", ", "\n", "、\n"])
def test_a_cause_with_signs_of_lists_in_its_name_is_read_as_one(between: str) -> None:
    fact, day = filewords.fields_of("organisation")["causes"], AT.date()
    causes = ["证券托管纠纷", "证券登记、存管、结算纠纷", "REGISTRATION", "其他证券期货纠纷"]

    assert filewords.read("causes", fact, between.join(causes[:2] + causes[3:]), day) == [
        "CUSTODY", "REGISTRATION", "OTHER"
    ]  # fmt: skip
    with pytest.raises(filewords.Unreadable, match="重复"):
        filewords.read("causes", fact, between.join(causes), day)
    with pytest.raises(filewords.Unreadable, match="没有“存管”"):
        filewords.read("causes", fact, "证券托管纠纷、存管", day)


def test_exports_keep_to_the_rights(stage: Stage, enter: Any) -> None:
    own, unit, bureau = (
        str(cells(enter(who).get(url)))
        for who, url in (
            ("org", f"{FILES}export/"),
            ("unit", f"{DESK}files/export/?kind=mediator"),
            ("bureau", f"{DESK}files/export/"),
        )
    )

    assert "王守信" in own
    assert "金国瑞" not in own + unit
    assert "投服中心" in bureau
    assert "另一调解中心" in bureau


def test_the_desk_opens_new_organisations_and_changes_none(stage: Stage, enter: Any) -> None:
    browser, held = enter("unit"), row_of(stage)
    headings = ["档案标识", "组织名称", "组织类别", "统一社会信用代码", "受理案由", "是否收费"]
    new = [None, "新调解中心", "行业调解组织", "52440304MJ00000502", "证券虚假陈述责任纠纷", "否"]
    taken = [None, "另一家", "INDUSTRY", held.credit_code, None, None]
    changed = [str(held.ref), "改名", "INDUSTRY", held.credit_code, None, None]

    refused = send(browser, book(new, taken, headings=headings), DESK_IMPORT, kind="organisation")
    foreign = send(browser, book(changed, headings=headings), DESK_IMPORT, kind="organisation")
    new[4] = None
    preview = send(browser, book(new, headings=headings), DESK_IMPORT, kind="organisation")
    done = confirm(browser, preview, DESK_IMPORT)

    made = Organisation.objects.get(platform=NET, name="新调解中心")
    assert "该统一社会信用代码已有调解组织使用" in refused.content.decode() or refused.status_code == 422
    assert "变更由调解组织自己办理" in foreign.content.decode()
    assert done.status_code == 302
    assert (made.unit, made.state, made.capacity) == ("ISC", "DRAFT", 50)


def test_a_workbook_opens_no_second_organisation_of_a_name(stage: Stage, enter: Any) -> None:
    browser, foreign = enter("unit"), row_of(stage, other=True)
    headings = ["档案标识", "组织名称", "组织类别", "统一社会信用代码"]
    # Kept by another unit, and all the same a name that is taken.
    taken = [None, foreign.name, "行业调解组织", "52440304MJ00000502"]
    twice = [[None, "新调解中心", "行业调解组织", code] for code in ("52440304MJ00000502", "52310115MJ00000187")]

    refused = send(browser, book(taken, headings=headings), DESK_IMPORT, kind="organisation")
    doubled = send(browser, book(*twice, headings=headings), DESK_IMPORT, kind="organisation")

    assert "已有同名的调解组织" in refused.content.decode()
    assert "与第2行重复" in doubled.content.decode()
    assert not Organisation.objects.filter(platform=NET, name="新调解中心").exists()


def bomb() -> bytes:
    """Return a small archive that unpacks into very much."""
    file = io.BytesIO(book(["x"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"0" * 60_000_000)
    return file.getvalue()


def large() -> bytes:
    """Return a workbook that packs badly enough to pass as honest, but unpacks into too much."""
    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    sheet.append(HEADINGS)
    for number in range(9_000):
        sheet.append([None, f"甲{number}", "", 1, f"{number:05} " + "内容" * 600, ""])
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "空.xlsx", "空的"),
        (b"name,age\n1,2\n", "名册.csv", "扩展名与内容不符"),
        (b"name,age\n1,2\n", "名册.txt", "只接收xlsx"),
        (b"%PDF-1.7\n%%EOF\n", "名册.pdf", "xlsx"),
        (b"PK\x03\x04broken", "名册.xlsx", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "名册.xls", "旧版"),
        (bomb, "名册.xlsx", "压缩炸弹"),
        (large, "名册.xlsx", "过大"),
        (lambda: book(*([None, f"甲{n}"] for n in range(10_001))), "名册.xlsx", "超过10000行"),
        (lambda: book(*([None, f"甲{n}"] for n in range(501))), "名册.xlsx", "一次最多新建或者变更500份"),
        (lambda: book(["x"], headings=["名字", "年龄"]), "名册.xlsx", "没有找到标题行"),
        (lambda: book(["x"], headings=["姓名", "年龄"]), "名册.xlsx", "没有“年龄”这一列"),
        (lambda: book(["x"], headings=["姓名", "姓名"]), "名册.xlsx", "出现了两次"),
        (lambda: book(), "名册.xlsx", "没有内容"),
    ],
)
def test_hostile_workbooks_are_refused_with_the_reason(
    stage: Stage, enter: Any, content: Any, name: str, why: str
) -> None:
    answer = send(enter("org"), content() if callable(content) else content, name=name)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Mediator.objects.filter(platform=NET).count() == 2


def test_a_sheet_that_lies_about_its_size_is_read_no_further(stage: Stage) -> None:
    made = Workbook()
    made.active.append(["姓名"])
    made.active["A1048576"] = "甲"
    file = io.BytesIO()
    made.save(file)

    with pytest.raises(workbooks.WorkbookRefused):
        workbooks.read(file.getvalue(), ["姓名"], key="姓名")
