"""A list as an Excel workbook, written row by row and safe to open.

Lives here: cells and the file. Does not live here: which rows somebody may have (``caselists``).
Called by: the desk's lists.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO, Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
LONGEST = 32_000

Value = str | int | float | date | None


def answer(name: str, headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]], note: str) -> FileResponse:
    """Return a workbook for download: a note, the headings (text, width), the rows; memory does not grow with them."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    _write(file, headings, rows, note)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=MEDIA_TYPE)


def _write(file: IO[bytes], headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]], note: str) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A3"
    for place, (_heading, width) in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([_cell(sheet, note)])
    sheet.append([_cell(sheet, heading, bold=True) for heading, _width in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    book.save(file)


def _cell(sheet: Any, value: Value, *, bold: bool = False) -> Any:
    """Return a cell; a text stays a text whatever it starts with, here and in a file saved from it as CSV."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA)
    if bold:
        cell.font = Font(bold=True)
    return cell
