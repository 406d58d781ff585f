"""The list of groups of companies: put in by the protection bureau or the operator, whole or not at all, and named."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from openpyxl import Workbook, load_workbook

from mediation.models import LocalEntry
from mediation.vocabulary import Role
from roster import groups, reference
from roster.groups import body
from tests.mediation.stories import COURT, NET
from tests.windows.stage import AT, account, build, file_case, post


def workbook(where: Path, *rows: list[str]) -> Path:
    """Write a workbook of groups."""
    book = Workbook()
    assert book.active is not None
    for row in (["公司", "母公司", "起始日期"], *rows):
        book.active.append(row)
    book.save(where / "集团.xlsx")
    return where / "集团.xlsx"


def test_a_dated_list_of_groups_is_loaded_whole_or_not_at_all_and_named_where_it_is_searched(
    db: None, tmp_path: Path
) -> None:
    groups.load_shipped(reference.rows("affiliates"))
    stage = build()
    bureau = Browser()
    holder = post(account("bureau", "投保局"), NET, Role.PROTECTION_BUREAU)
    bureau.force_login(holder, backend="roster.backend.AccountBackend")
    page, day, source = "/net/admin/groups/", date(2024, 4, 1), "某交易所公布的实际控制人名单"
    good = ["海通期货股份有限公司", "海通证券股份有限公司", "2010-01-01"]
    bad = [good, ["", "海通证券股份有限公司", ""], ["甲公司", "甲 公司", "2024-13-01"], [*good[:2], "2999-01-01"]]

    def sent(*rows: list[str], **told: str) -> Any:
        with workbook(tmp_path, *rows).open("rb") as book:
            return bureau.post(page, {"as_of": day.isoformat(), "source": source, "workbook": book, **told})

    with time_machine.travel(AT, tick=False):
        shipped = bureau.get(page).content.decode()
        refused = sent(*bad)
        early, future = sent(good, source=""), sent(good, as_of="2024-05-01")
        broken = bureau.post(page, {"as_of": day.isoformat(), "source": source, "workbook": io.BytesIO(b"x")})
        with pytest.raises(CommandError, match="3 公司"):
            call_command("load_reference", groups=workbook(tmp_path, *bad[:2]), as_of=day, source=source)
        kept = groups.current()
        done = sent(good)
        shown = bureau.get(page).content.decode()
        taken = load_workbook(io.BytesIO(b"".join(bureau.get(f"{page}export/").streaming_content))).active  # type: ignore[attr-defined,arg-type]
        looked, missed = bureau.get(f"{page}?text=海通期货&form=print"), bureau.get(f"{page}?text=恒泰达")
        groups.load_shipped(reference.rows("affiliates"))
        case = file_case(stage)
        case.act(COURT, "consult", case.clerk, AT, channel="SMS")
        by = case.party(case.huaxin, COURT)
        case.act(COURT, "consent", by, AT, party=case.huaxin, stage="MEDIATION", channel="ONLINE")
        clerk = Browser()
        clerk.force_login(stage.accounts["clerk"], backend="roster.backend.AccountBackend")
        chosen = clerk.get(f"/court/admin/cases/{case.ref}/choose/").content.decode()

    assert "演示名单，不能用于办案" in shipped
    assert "公司及其关系均为虚构" in shipped
    assert [(one.row, one.column) for one in refused.context["problems"]] == [
        (3, "公司"),
        (4, "母公司"),
        (4, "起始日期"),
        (5, "公司"),
        (5, "起始日期"),
    ]
    assert [one.status_code for one in (refused, early, future, broken, done)] == [422, 422, 422, 422, 302]
    assert kept.is_demonstration
    known = groups.current()
    assert (known.as_of, known.source, known.joined(body(good[0]), body(good[1]))) == (day, source, True)
    assert known.joined(body("金穗期货有限公司"), body("恒泰达证券股份有限公司")) is None
    assert "演示名单" not in shown
    assert "截至2024年4月1日，1家公司" in shown
    assert taken is not None
    assert [cell.value for cell in taken[3]][:2] == good[:2]
    assert looked.context["lines"] == [good]
    assert "名单中没有这一公司" in missed.content.decode()
    assert f"集团内的关系按截至2024年4月1日的名单核查，来源：{source}。" in chosen
    assert LocalEntry.objects.filter(kind="groups.v1").count() == 1
