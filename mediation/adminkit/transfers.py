"""12386 transfers at the service centre's desk: entered one by one or from a workbook, and what became of each.

Lives here: the two pages and the import. Does not live here: what a transfer is and how it is taken over
(``windows.transfers``).
Called by: the admin site of the platform that receives them, as the section returned here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation.adminkit import handouts, spreadsheets, workbooks
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.workbooks import Problem, WorkbookForm, WorkbookRefused
from mediation.models import Transfer
from mediation.vocabulary import Cause, IdentityKind, Institution, Role
from mediation.windows import transfers
from mediation.windows.transfers import Duplicate, TransferForm
from mediation.workdays import local_day
from roster.identity import normalise

PAGE = 100
MOST_IMPORTED = 500
COLUMNS = (
    (gettext_lazy("编号"), 20),
    (gettext_lazy("投诉人"), 20),
    (gettext_lazy("被投诉机构"), 40),
    (gettext_lazy("登记"), 14),
    (gettext_lazy("进展"), 18),
)
CODED: dict[str, Any] = {"identity_kind": IdentityKind, "institution": Institution, "cause": Cause}


def transfers_section(roles: frozenset[Role]) -> Section:
    """Return the section in which these roles enter and follow transfers."""
    return Section(
        gettext_lazy("12386转办"),
        "transfers",
        roles,
        (
            Page("transfers/", show_transfers, "transfers"),
            Page("transfers/new/", enter_transfer, "transfer_new", FILL),
            Page("transfers/import/", import_transfers, "transfers_import", FILL),
            Page("transfers/template/", take_template, "transfers_template"),
        ),
    )


def show_transfers(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """List the transfers, the newest first, each with what became of it."""
    rows = Transfer.objects.filter(platform=site.rights.platform).order_by("-pk")
    if answered := handouts.answer(site, request, Handout(_("12386转办"), COLUMNS, rows, _lines)):
        return answered
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("draft")[: PAGE + 1])
    return site.show(
        request,
        "mediation/admin/transfers.html",
        _("12386转办"),
        crumbs=[(_("12386转办"), "")],
        rows=[{"row": row, **_state(row)} for row in found[:PAGE]],
        older_url=f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        **handouts.addresses(request),
    )


def _lines(rows: Sequence[Transfer]) -> Iterator[list[Value]]:
    prefetch_related_objects(rows, "draft")
    for row in rows:
        yield [row.number, row.name, row.respondent, local_day(row.entered_at), _state(row)["label"]]


def _state(row: Transfer) -> dict[str, str]:
    if row.draft is None:
        return {"label": _("待投诉人确认"), "tone": "waiting"}
    return (
        {"label": _("已提交申请"), "tone": "good"} if row.draft.sent else {"label": _("投诉人填写中"), "tone": "active"}
    )


def enter_transfer(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Enter one; the code is shown once, to be told to the investor."""
    form = TransferForm(request.visitor.at, *((request.POST,) if request.method == "POST" else ()))
    made = code = None
    if request.method == "POST" and form.is_valid():
        by = request.visitor.actor(Role.SERVICE_CENTRE)
        try:
            made, code = transfers.enter(site.rights.platform, form.cleaned_data, by=by, at=request.visitor.at)
        except Duplicate as known:
            form.add_error("number", str(known))
    return site.show(
        request,
        "mediation/admin/transfer.html",
        _("登记转办"),
        crumbs=[(_("12386转办"), site.url("transfers")), (_("登记转办"), "")],
        form=form,
        made=made,
        codes=[(made.number, made.name, code)] if made else [],
        status=400 if form.errors else 200,
    )


def import_transfers(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Enter all rows of a workbook, or none; the codes are shown once."""
    form = WorkbookForm([("transfers", "")], *((request.POST, request.FILES) if request.method == "POST" else ()))
    problems: list[Problem] = []
    codes: list[tuple[str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            codes = _imported(site, request, form.cleaned_data["workbook"], problems)
        except WorkbookRefused as wrong:
            form.add_error(None, str(wrong))
        if codes:
            messages.success(request, _("已登记%(count)d件转办。") % {"count": len(codes)})
    if request.method == "POST" and not (codes or problems or form.errors):
        return HttpResponseRedirect(site.url("transfers"))
    return site.show(
        request,
        "mediation/admin/transfer.html",
        _("导入转办"),
        crumbs=[(_("12386转办"), site.url("transfers")), (_("导入转办"), "")],
        form=form,
        made=bool(codes),
        codes=codes,
        problems=sorted(problems, key=lambda one: one.row),
        template_url=site.url("transfers_template"),
        status=400 if form.errors or problems else 200,
    )


def _imported(
    site: DeskSite, request: DeskRequest, content: bytes, problems: list[Problem]
) -> list[tuple[str, str, str]]:
    at, by = request.visitor.at, request.visitor.actor(Role.SERVICE_CENTRE)
    labels = _labels()
    lines, unreadable = workbooks.read(content, set(labels), key=_(str(TransferForm.base_fields["number"].label)))
    if len(lines) > MOST_IMPORTED:
        raise WorkbookRefused(_("一次最多导入%(most)d件，请分成几份。") % {"most": MOST_IMPORTED})
    problems += unreadable
    codes = []
    with transaction.atomic():
        for line in lines:
            stated = {labels[heading]: text for heading, text in line.cells.items()}
            stated |= {name: _code(CODED[name], stated.get(name, "")) for name in CODED}
            stated["agreed"] = "on" if stated.get("agreed") == _("是") else ""
            form = TransferForm(at, stated)
            if not form.is_valid():
                for name, texts in form.errors.items():
                    label = str(form.fields[name].label) if name in form.fields else ""
                    problems.append(Problem(line.number, label, " ".join(map(str, texts))))
                continue
            try:
                made, code = transfers.enter(site.rights.platform, form.cleaned_data, by=by, at=at)
                codes.append((made.number, made.name, code))
            except Duplicate as known:
                problems.append(Problem(line.number, str(form.fields["number"].label), str(known)))
        if problems:
            transaction.set_rollback(True)
    return [] if problems else codes


def _labels() -> dict[str, str]:
    return {str(field.label): name for name, field in TransferForm.base_fields.items()}


def _code(terms: Any, said: str) -> str:
    return next((term.value for term in terms if normalise(_(term.label)) == normalise(said)), "") if said else ""


def take_template(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Hand out the workbook to be filled in."""
    headings = [(label, 24) for label in _labels()]
    note = _("每行一件转办；最后一列填“是”。类型写系统中的名称，例如“证券公司”“证券交易代理合同纠纷”。")
    return spreadsheets.answer(_("12386转办"), headings, [], note)
