"""The windows of those who watch: figures by court or organisation, ageing, weeks, months, complaints, stale files.

Lives here: the pages, their tables as workbooks. Does not live here: counting (``board``), which figures a platform's
watchers have (each platform's ``oversight``), who reaches which case (``rights``).
Called by: each platform's admin site, as the section ``oversight_section`` returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log, reports
from mediation.adminkit import handouts, spreadsheets, worklist
from mediation.adminkit.board import Board, Plan, Unreached, Watcher
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import reached
from mediation.vocabulary import ComplaintGround, ComplaintState, FileState, Role
from mediation.windows.pages import label_of
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Complaint, Mediator, Organisation

STALE = timedelta(days=90)
SHOWN = 200
STALE_COLUMNS = (
    (gettext_lazy("组织或者调解员"), 36),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("最近核实日期"), 16),
)
COMPLAINT_COLUMNS = (
    (gettext_lazy("组织或者调解员"), 36),
    (gettext_lazy("投诉事由"), 30),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("投诉日期"), 16),
)


def oversight_section(roles: frozenset[Role], plan: Plan) -> Section:
    """Return the section in which these roles watch over what they reach."""
    return Section(
        gettext_lazy("监督"),
        "oversight",
        roles,
        (
            Page("oversight/", partial(show_oversight, plan=plan), "oversight"),
            Page("oversight/roster/", partial(show_roster, plan=plan), "oversight_roster"),
            Page("oversight/export/<slug:table>/", partial(export, plan=plan), "oversight_export"),
        ),
    )


def show_oversight(site: DeskSite, request: DeskRequest, plan: Plan) -> HttpResponse:
    """Show how things stand for what the visitor reaches, or for one court, unit or organisation of it."""
    board = _counted(site, request, plan)
    crumbs = [(_("监督"), site.url("oversight") if board.scope else "")]
    if board.scope:
        crumbs.append((board.scope_label, ""))
    books = _books(board)
    entries = worklist.counts({code: rows for code, (_label, rows) in books.items()})
    return site.show(
        request,
        "mediation/admin/oversight.html",
        _("监督：%(scope)s") % {"scope": board.scope_label} if board.scope else _("监督"),
        crumbs=crumbs,
        today=local_day(board.at),
        headline=[
            {"label": label, "value": cell.value, "url": cell.url, "tone": cell.tone}
            for label, cell in zip(board.columns(), board.values(), strict=True)
        ],
        methods=board.methods(),
        books=[
            {
                "label": label,
                "value": worklist.spoken(entries[code]),
                "url": f"{site.url('oversight_roster')}?{urlencode(board.scope)}#{code}",
                "tone": "waiting" if entries[code] else "",
            }
            for code, (label, _rows) in books.items()
        ],
        tables=board.tables(),
        docking=board.docking(),
        oldest=board.oldest(),
        docking_methods=[(str(one.queue.label), str(one.method)) for one in plan.docking],
    )


def _counted(site: DeskSite, request: DeskRequest, plan: Plan) -> Board:
    board = _board(site, request, plan)
    board.count()
    return board


def _board(site: DeskSite, request: DeskRequest, plan: Plan) -> Board:
    """Return the figures of whoever asks, uncounted; raises Http404 for what they do not reach."""
    visitor = request.visitor
    reach = reached(site.rights, visitor.posts)
    watcher = Watcher(site.rights.platform, visitor.at, visitor.posts, visitor.roles, reach)

    def link(page: str, query: Mapping[str, str], *about: str) -> str:
        return f"{site.url(page, *about)}?{urlencode(query)}"

    try:
        return Board(plan, watcher, request.GET, link)
    except Unreached:
        raise Http404 from None


def export(site: DeskSite, request: DeskRequest, table: str, plan: Plan) -> HttpResponseBase:
    """Hand out one table as a workbook, and write down who took it."""
    board = _counted(site, request, plan)
    found = next((one for one in board.tables() if one.code == table), None)
    if found is None:
        raise Http404
    stated = {"rows": len(found.rows), "table": table, "scope": board.scope}
    log.note(board.platform, "", "export.v1", by=request.visitor.actors[0], at=board.at, facts=stated)
    headings = [(found.first, 30), *((label, 16) for label in found.headings)]
    rows = ([row.label, *(cell.value for cell in row.cells)] for row in found.rows)
    note = " · ".join(filter(None, [str(local_day(board.at)), board.scope_label, found.note]))
    return spreadsheets.answer(f"{found.caption}-{local_day(board.at)}", headings, rows, note)


# Complaints and files, which are no cases.


def _books(board: Board) -> dict[str, tuple[str, Any]]:
    """Return the complaints of this quarter or still open, and the files long unverified, each with its heading."""
    refs, scoped = list(board.organisations), bool(board.scope) or not board.nationwide
    told = Complaint.objects.filter(platform=board.platform).filter(
        Q(state=ComplaintState.FILED.value) | Q(filed_at__gte=reports.quarter(board.at)[0])
    )
    if scoped and board.plan.place == "court":
        told = told.filter(court__in=[board.scope["court"]] if board.scope else sorted(board.courts))
    elif scoped:
        ours = Mediator.objects.filter(platform=board.platform, organisation__in=refs)
        told = told.filter(Q(organisation__in=refs) | Q(mediator__in=ours.values("ref")))
    books: dict[str, tuple[str, Any]] = {"complaints": (_("未处理和本季度的投诉"), told.order_by("-filed_at", "-pk"))}
    if board.plan.stale_files:
        since = local_day(board.at) - STALE
        stated = {"days": STALE.days}
        files = roster.stale(board.platform, "organisation", since)
        people = roster.stale(board.platform, "mediator", since)
        if scoped:
            files, people = files.filter(ref__in=refs), people.filter(organisation__in=refs)
        books["organisations"] = (_("超过%(days)d日未核实的组织档案") % stated, files)
        books["mediators"] = (_("超过%(days)d日未核实的调解员档案") % stated, people)
    return books


def show_roster(site: DeskSite, request: DeskRequest, plan: Plan) -> HttpResponseBase:
    """Show the complaints and the stale files behind the page's figures, the first of each; all of them on paper or in
    a workbook.
    """
    board = _board(site, request, plan)
    books, wanted = _books(board), request.GET.get("list", "")
    if wanted in books:
        label, rows = books[wanted]
        columns = COMPLAINT_COLUMNS if wanted == "complaints" else STALE_COLUMNS
        stated = {"book": wanted, "scope": board.scope}
        if answered := handouts.answer(
            site, request, Handout(label, columns, rows, partial(_book_lines, board), stated)
        ):
            return answered
    lists = []
    for code, (label, rows) in books.items():
        found = list(rows[: SHOWN + 1])
        handed = handouts.addresses(request, list=code) if found else {}
        shown = _entries(board, found[:SHOWN])
        lists.append({"code": code, "label": label, "more": len(found) > SHOWN, "rows": shown, **handed})
    return site.show(
        request,
        "mediation/admin/oversight_roster.html",
        _("投诉和档案"),
        crumbs=[(_("监督"), site.url("oversight")), (_("投诉和档案"), "")],
        scope=board.scope_label,
        lists=lists,
        shown=SHOWN,
    )


def _entries(board: Board, rows: Sequence[Complaint | Organisation | Mediator]) -> list[dict[str, Any]]:
    """Return complaints or files as lines, with what is complained about in two queries at most."""
    about = [one.entrant for one in rows if isinstance(one, Complaint) and one.entrant]
    names: dict[Any, str] = {}
    for model in (Organisation, Mediator) if about else ():
        names |= dict(model.objects.filter(platform=board.platform, ref__in=about).values_list("ref", "name"))
    return [_complaint(one, names) if isinstance(one, Complaint) else _file(one) for one in rows]


def _book_lines(board: Board, rows: Sequence[Any]) -> Iterator[list[Value]]:
    for one, row in zip(rows, _entries(board, rows), strict=True):
        what = [row["what"]] if isinstance(one, Complaint) else []
        yield [row["name"], *what, row["state"], row["day"]]


def _complaint(one: Complaint, names: dict[Any, str]) -> dict[str, Any]:
    ground, state = ComplaintGround(one.ground), ComplaintState(one.state)
    return {
        "name": names.get(one.entrant, str(one.entrant)),
        "what": label_of(ground),
        "state": label_of(state),
        "day": local_day(one.filed_at) if one.filed_at else None,
    }


def _file(one: Organisation | Mediator) -> dict[str, Any]:
    return {"name": one.name, "what": "", "state": label_of(FileState(one.state)), "day": one.verified_on}
