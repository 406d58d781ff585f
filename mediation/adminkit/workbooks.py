"""A workbook from outside, read row by row as texts and never trusted.

Lives here: the upload's form, the limits, finding the headings, cells as texts. Does not live here: writing workbooks
(``spreadsheets``), what a row means and what is done with it (each platform's imports).
Called by: imports on portal and desk.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from mediation import files
from mediation.windows.uploads import judge
from mediation.windows.worded import WordedForm

MOST_ROWS = 10_000
MOST_COLUMNS = 60
MOST_UNPACKED = 30 * files.MEBIBYTE
LARGEST = 5 * files.MEBIBYTE
LONGEST_CELL = 5_000
HEADING_ROWS = 5
"""Among how many rows at the top the headings are looked for: a note may stand above them."""

_REMARK = re.compile(r"[（(].*[）)]\s*$")


class WorkbookRefused(ValueError):
    """表格无法读取"""


@dataclass(frozen=True)
class Line:
    """One row with something in it: its number in the workbook, and its texts by heading, blank ones too."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: the row's number in the workbook and the heading of the column."""

    row: int
    column: str
    why: str


class WorkbookForm(WordedForm):
    """Which workbook, and of what it is where there is a choice."""

    kind = forms.ChoiceField(label=_("表格内容"), widget=forms.RadioSelect)
    workbook = forms.FileField(
        label=_("Excel表格"),
        allow_empty_file=True,
        help_text=_("xlsx格式，不超过5 MB、10,000行；不能含有公式。请在导出的表格上修改，不要改动标题行。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
    submit = forms.BooleanField(label=_("导入后一并提交审核"), required=False)

    def __init__(self, kinds: Sequence[tuple[str, Any]], *args: Any, may_submit: bool = False, **kwargs: Any) -> None:
        """Offer these kinds; a single one is not asked for."""
        super().__init__(*args, **kwargs)
        if len(kinds) == 1:
            del self.fields["kind"]
        else:
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.only = kinds[0][0]
        if not may_submit:
            del self.fields["submit"]

    def clean_workbook(self) -> bytes:
        """Return the bytes of a workbook that may be opened; anything else is refused with the reason."""
        try:
            judged, content = judge(self.cleaned_data["workbook"])
        except files.FileRefused as wrong:
            raise ValidationError(gettext(wrong.message) % wrong.params) from None
        if judged.type != "XLSX":
            raise ValidationError(_("这里只接收xlsx表格，请另存为xlsx后上传。"))
        if len(content) > LARGEST:
            raise ValidationError(_("表格超过5 MB，请分成几份导入。"))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise ValidationError(_("表格解压后过大，请只保留需要导入的内容，或者分成几份导入。"))
        return content

    @property
    def chosen(self) -> str:
        """Of what the workbook is."""
        return str(self.cleaned_data.get("kind") or self.only)


def read(
    content: bytes, headings: Collection[str], *, key: str, passed: Collection[str] = ()
) -> tuple[list[Line], list[Problem]]:
    """Return the rows of the first sheet below its headings, and the cells that cannot be read.

    The headings stand in the first row that holds ``key``; remarks in brackets behind one do no harm, and columns in
    ``passed`` are for the reader only. Raises WorkbookRefused where the sheet as a whole is not what was asked for.
    """
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except Exception as broken:
        raise WorkbookRefused(gettext("表格已损坏或者不完整，请用Excel打开检查后另存再上传。")) from broken
    try:
        return _read(book, headings, key, passed)
    except WorkbookRefused:
        raise
    except Exception as broken:
        raise WorkbookRefused(gettext("表格内容无法读取，请用Excel打开检查后另存再上传。")) from broken
    finally:
        book.close()


def _read(book: Any, headings: Collection[str], key: str, passed: Collection[str]) -> tuple[list[Line], list[Problem]]:
    if not book.worksheets:
        raise WorkbookRefused(gettext("表格中没有工作表。"))
    rows = enumerate(_rows(book.worksheets[0]), start=1)
    columns: dict[int, str] = {}
    for number, row in rows:
        found = {place: _heading(cell) for place, cell in enumerate(row)}
        if key in found.values():
            columns = {place: heading for place, heading in found.items() if heading}
            break
        if number >= HEADING_ROWS:
            break
    if not columns:
        raise WorkbookRefused(gettext("没有找到标题行：应当有“%(key)s”一列。请使用导出的表格。") % {"key": key})
    _check_headings(list(columns.values()), {*headings, *passed})
    lines, problems = [], []
    for number, row in rows:
        cells = {heading: "" for heading in columns.values() if heading not in passed}
        for place, cell in enumerate(row):
            heading = columns.get(place, "")
            if cell.value is None or (heading and heading in passed):
                continue
            where = heading or gettext("第%(place)d列") % {"place": place + 1}
            if why := _why_not(cell, heading):
                problems.append(Problem(number, where, why))
            else:
                cells[heading] = _text(cell.value)
        if any(cells.values()):
            lines.append(Line(number, cells))
        if len(lines) > MOST_ROWS or number > MOST_ROWS + HEADING_ROWS:
            raise WorkbookRefused(gettext("表格超过%(most)d行，请分成几份导入。") % {"most": MOST_ROWS})
    if not lines and not problems:
        raise WorkbookRefused(gettext("标题行下面没有内容。"))
    return lines, problems


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    # The size that a sheet declares of itself is its author's word: it is not asked for.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_row=MOST_ROWS + HEADING_ROWS + 1, max_col=MOST_COLUMNS)


def _heading(cell: Any) -> str:
    return _REMARK.sub("", _text(cell.value)).strip() if cell.value is not None else ""


def _check_headings(found: list[str], known: Collection[str]) -> None:
    if unknown := [heading for heading in found if heading not in known]:
        raise WorkbookRefused(gettext("没有“%(heading)s”这一列，请使用导出的表格。") % {"heading": unknown[0][:30]})
    if twice := next((heading for heading in found if found.count(heading) > 1), ""):
        raise WorkbookRefused(gettext("“%(heading)s”一列出现了两次，请删去一列。") % {"heading": twice})


def _why_not(cell: Any, heading: str) -> str:
    if cell.data_type == "f":
        return gettext("不能使用公式，请改为数值或者文字")
    if cell.data_type == "e":
        return gettext("单元格是错误值，请改正")
    if not heading:
        return gettext("这一列没有标题")
    if isinstance(cell.value, str) and len(cell.value) > LONGEST_CELL:
        return gettext("内容过长，请控制在%(most)d字以内") % {"most": LONGEST_CELL}
    return ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").strip()
