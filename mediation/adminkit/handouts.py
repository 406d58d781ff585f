"""A list of a desk handed out as it is filtered: as a workbook, or as one page for printing.

Lives here: the one way from a list's rows to either, how many at most, who took it. Does not live here: which rows a
visitor may have (each list), cells and files (``spreadsheets``).
Called by: every list of both desks, before it shows its own page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mediation import log
from mediation.adminkit import spreadsheets
from mediation.adminkit.site import DeskRequest, DeskSite
from mediation.adminkit.spreadsheets import Value
from mediation.windows.pages import spoken_day
from mediation.workdays import local_day

MOST_EXPORTED = 10_000
MOST_PRINTED = 500
AT_ONCE = 500
WORKBOOK, PAPER = "xlsx", "print"
PAGED = ("after", "before", "p", "tick", "form")
"""What an address says beside the filters: a list is handed out from its beginning."""


@dataclass(frozen=True)
class Handout:
    """One list: its title, its columns (heading, width), its rows in order, and what some of them say by column."""

    title: str
    columns: Sequence[tuple[str | Promise, int]]
    rows: QuerySet[Any] | Sequence[QuerySet[Any]]
    """One query, or several of different tables, one after the other."""
    lines: Callable[[Sequence[Any]], Iterable[Sequence[Value]]]
    stated: dict[str, Any] = field(default_factory=dict)
    """What the log is told of the filter."""
    home: str = ""
    """Where the list is, if not where it is handed out."""

    @property
    def tables(self) -> Sequence[QuerySet[Any]]:
        """The queries, of which most lists have one."""
        return [self.rows] if isinstance(self.rows, QuerySet) else self.rows


def addresses(request: DeskRequest, **more: str) -> dict[str, Any]:
    """Return where the list that is shown can be had as a workbook and for printing, with its filters and what
    ``more`` names it by.
    """
    query = request.GET.copy()
    for name, value in more.items():
        query[name] = value
    for name in PAGED:
        query.pop(name, None)
    found: dict[str, Any] = {}
    for name, form in (("export_url", WORKBOOK), ("print_url", PAPER)):
        query["form"] = form
        found[name] = f"{request.path}?{query.urlencode()}"
    return found


def answer(site: DeskSite, request: DeskRequest, handout: Handout, form: str = "") -> HttpResponseBase | None:
    """Return the list in the form that the address asks for, or ``form``, and log who took it; None if it asks for
    none.
    """
    form = request.GET.get("form", form)
    if form not in (WORKBOOK, PAPER):
        return None
    most, at = MOST_EXPORTED if form == WORKBOOK else MOST_PRINTED, request.visitor.at
    keys: list[tuple[QuerySet[Any], Any]] = []
    for rows in handout.tables:
        keys += [(rows, key) for key in rows.values_list("pk", flat=True)[: most + 1 - len(keys)]]
    more, keys = len(keys) > most, keys[:most]
    told = {"list": request.resolver_match.url_name if request.resolver_match else "", "rows": len(keys), "form": form}
    stated = {**told, **handout.stated}
    log.note(site.rights.platform, "", "export.v1", by=request.visitor.actors[0], at=at, facts=stated)
    note = _note(form, local_day(at), len(keys), most if more else 0)
    headings = [(str(label), width) for label, width in handout.columns]
    if form == WORKBOOK:
        return spreadsheets.answer(f"{handout.title}-{local_day(at)}", headings, _lines(handout, keys), note)
    return site.show(
        request,
        "mediation/admin/print.html",
        handout.title,
        note=note,
        headings=[heading for heading, _width in headings],
        lines=[[_printed(value) for value in line] for line in _lines(handout, keys)],
        back_url=f"{handout.home or request.path}?{_without(request, 'form')}",
    )


def _note(form: str, on: date, count: int, most: int) -> str:
    said = _("%(day)s导出，共%(rows)d条") if form == WORKBOOK else _("%(day)s打印，共%(rows)d条")
    note = said % {"day": spoken_day(on), "rows": count}
    if most:
        note += _("。符合条件的超过%(most)d条，只列出前%(most)d条；请缩小筛选范围后分次办理。") % {"most": most}
    return note


def _without(request: DeskRequest, name: str) -> str:
    query = request.GET.copy()
    query.pop(name, None)
    return query.urlencode()


def _lines(handout: Handout, keys: Sequence[tuple[QuerySet[Any], Any]]) -> Iterator[Sequence[Value]]:
    """Yield the lines, a few hundred rows held at a time; what has gone meanwhile is left out."""
    for start in range(0, len(keys), AT_ONCE):
        chunk = keys[start : start + AT_ONCE]
        for rows in handout.tables:
            wanted = [key for whose, key in chunk if whose is rows]
            held = rows.model._default_manager.in_bulk(wanted) if wanted else {}
            if found := [held[key] for key in wanted if key in held]:
                yield from handout.lines(found)


def _printed(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "—" if value is None or value == "" else str(value)
