"""Passports at the desk: taking that of a case, and the ones taken in from other installations.

Lives here: the desk's addresses. Does not live here: making and noting (``windows.passports``), taking in
(``passport.records``, by command).
Called by: a platform's admin site, among the pages of its ``cases_section`` and as a section.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import files, log
from mediation.actor import Actor
from mediation.adminkit import handouts
from mediation.adminkit.casepages import find
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.models import ImportedPassport
from mediation.papers import PaperRefused
from mediation.passport import records
from mediation.passport.contents import Made
from mediation.vocabulary import Cause, Role, State
from mediation.windows import passports
from mediation.windows.pages import label_of
from mediation.windows.papers import refusal
from mediation.workdays import local_day

PAGE = 100
COLUMNS = (
    (gettext_lazy("案件"), 36),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("制作平台"), 20),
    (gettext_lazy("流水"), 10),
    (gettext_lazy("截至"), 14),
    (gettext_lazy("导入时间"), 14),
)
READERS = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER})
"""Who reads what was taken in, if it is about their own court."""


def take_passport(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Hand out the passport of a case, or say why it cannot be made."""
    case, actors = find(site, request, ref)
    revealed = request.GET.get(passports.REVEAL) == "1"
    if revealed and not site.rights.may_reveal(actors):
        raise PermissionDenied
    try:
        return passports.handed(passports.take(site.rights, case, actors, request.visitor.at, revealed=revealed))
    except PaperRefused as refused:
        told: dict[str, Any] = {"fields": [], "back_url": site.url("case", ref), **refusal(refused)}
        return site.show(
            request, "mediation/admin/paper_refused.html", _("现在不能制作案件护照"), status=409, most=0, **told
        )


PASSPORT_PAGES = (Page("cases/<uuid:ref>/passport/", take_passport, "case_passport"),)


def passports_section(roles: frozenset[Role]) -> Section:
    """Return the section of passports taken in: everybody of these roles sees where they came from, staff of the court
    they are about opens them.
    """
    return Section(
        gettext_lazy("导入的案件护照"),
        "passports",
        roles,
        (
            Page("passports/", show_passports, "passports"),
            Page("passports/<int:pk>/", open_imported, "passport"),
        ),
    )


def show_passports(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """List what was taken in, newest first."""
    rows = ImportedPassport.objects.filter(platform=site.rights.platform).order_by("-pk")
    if answered := handouts.answer(site, request, Handout(_("导入的案件护照"), COLUMNS, rows, _lines)):
        return answered
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    return site.show(
        request,
        "mediation/admin/passports.html",
        _("导入的案件护照"),
        crumbs=[(_("导入的案件护照"), "")],
        rows=[_row(site, request, one) for one in found[:PAGE]],
        older_url=f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        **handouts.addresses(request),
    )


def _lines(rows: Sequence[ImportedPassport]) -> Iterator[list[Value]]:
    for one in rows:
        called = one.number or label_of(Cause(one.cause))
        days = local_day(one.as_of), local_day(one.imported_at)
        yield [called, label_of(State(one.state)), one.issuer, one.entries, *days]


def _row(site: DeskSite, request: DeskRequest, one: ImportedPassport) -> dict[str, Any]:
    return {
        "number": one.number,
        "ref": str(one.ref),
        "cause": label_of(Cause(one.cause)),
        "state": label_of(State(one.state)),
        "issuer": one.issuer,
        "key": one.key_id,
        "entries": one.entries,
        "as_of": one.as_of,
        "imported_at": one.imported_at,
        "url": site.url("passport", one.pk) if _reader(request, one) else "",
    }


def _reader(request: DeskRequest, one: ImportedPassport) -> Actor | None:
    return next(
        (actor for actor in request.visitor.actors if actor.role in READERS and one.court and actor.seat == one.court),
        None,
    )


def open_imported(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponse:
    """Hand out one exactly as it came to staff of the court it is about, and write down who took it."""
    found = ImportedPassport.objects.filter(platform=site.rights.platform, pk=pk).first()
    by = _reader(request, found) if found else None
    if found is None or by is None:
        raise Http404
    try:
        content = records.content(found)
    except files.BlobMissing:
        raise Http404 from None
    stated = {"sha256": found.sha256, "issuer": found.issuer}
    log.note(found.platform, str(found.ref), "passport.v1", by=by, at=request.visitor.at, facts=stated)
    return passports.handed(Made(content, records.filename(found.ref), found.entries))
