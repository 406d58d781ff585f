"""The list of groups of companies out of an operator's workbook and into one.

Lives here: its columns, what is wrong with it row by row. Does not live here: opening workbooks (``workbooks``),
putting the list in the place of the one before (``roster.groups``).
Called by: the protection bureau's desk, ``manage.py load_reference --groups``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation.adminkit import workbooks
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.workbooks import Line, Problem, WorkbookForm
from mediation.vocabulary import gettext_noop
from mediation.windows.moveforms import DayField
from roster.groups import body
from roster.models import Affiliation

COMPANY, PARENT, SINCE = gettext_noop("公司"), gettext_noop("母公司"), gettext_noop("起始日期")
COLUMNS = ((COMPANY, 40), (PARENT, 40), (SINCE, 14))
LONGEST_NAME = 120


class GroupListForm(WorkbookForm):
    """The workbook, of which day it is and where it comes from."""

    as_of = DayField(label=gettext_lazy("名单日期"), past=True)
    source = forms.CharField(
        label=gettext_lazy("名单来源"),
        max_length=200,
        help_text=gettext_lazy("例如发布机构和名称；核查利害关系时写明。"),
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        """Take lists up to ``today``."""
        super().__init__([("groups", "")], *args, **kwargs)
        self.today = today

    def clean_as_of(self) -> date:
        """Return the day; a list of the future says nothing of today."""
        day: date = self.cleaned_data["as_of"]
        field = self.fields["as_of"]
        assert isinstance(field, DayField)
        field.check(day, self.today)
        return day


def read(content: bytes, on: date) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the rows of a workbook, and what is wrong with it row by row; raises WorkbookRefused."""
    lines, problems = workbooks.read(content, [_(heading) for heading, _width in COLUMNS], key=_(COMPANY))
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for line in lines:
        row: dict[str, Any] = {"company": line.cells[_(COMPANY)], "parent": line.cells.get(_(PARENT), "")}
        found = _names_wrong(line, row)
        named = body(row["company"]).full
        if named and named in seen:
            found.append(Problem(line.number, _(COMPANY), _("与第%(row)d行重复") % {"row": seen[named]}))
        seen.setdefault(named, line.number)
        row["since"], wrong = _day(line, on)
        problems += found + wrong
        rows.append(row)
    return rows, sorted(problems, key=lambda one: one.row)


def _names_wrong(line: Line, row: dict[str, str]) -> list[Problem]:
    found = []
    for heading, name in ((COMPANY, row["company"]), (PARENT, row["parent"])):
        if not body(name).full:
            found.append(Problem(line.number, _(heading), _("请填写公司全称")))
        elif len(name) > LONGEST_NAME:
            found.append(
                Problem(line.number, _(heading), _("内容过长，请控制在%(most)d字以内") % {"most": LONGEST_NAME})
            )
    if not found and body(row["company"]).full == body(row["parent"]).full:
        found.append(Problem(line.number, _(PARENT), _("与公司是同一家")))
    return found


def _day(line: Line, on: date) -> tuple[date | None, list[Problem]]:
    text = line.cells.get(_(SINCE), "")
    if not text:
        return None, []
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, [Problem(line.number, _(SINCE), _("请写成2026-01-31的形式"))]
    return day, [Problem(line.number, _(SINCE), _("不能晚于今天"))] if day > on else []


def lines(rows: Iterable[Affiliation]) -> Iterator[list[Value]]:
    """Yield rows of the list as a workbook has them."""
    for row in rows:
        yield [row.company, row.parent, row.since]
