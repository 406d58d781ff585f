"""Service at the desk: for each addressee the proof, serving a document, the papers of service.

Lives here: the pages of a case. Does not live here: what is served and how it goes on (``windows.serving``,
``telling.service``), paper recorded by the clerk (the form of ``record_paper_service``).
Called by: the court's admin site, which adds these pages to its section of cases.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from mediation import guards, papers
from mediation.actor import Actor
from mediation.adminkit.caselists import links
from mediation.adminkit.casepages import find
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page
from mediation.models import Case
from mediation.moves import options
from mediation.papers import Paper, PaperRefused
from mediation.vocabulary import Role
from mediation.windows import papers as taken
from mediation.windows import serving
from mediation.windows.pages import CaseView

SERVERS = (Role.CLERK, Role.JUDGE)
READERS = (*SERVERS, Role.COURT_LEADER)


def serving_pages() -> tuple[Page, ...]:
    """Return the pages about service."""
    return (
        Page("cases/<uuid:ref>/services/", show, "case_services", FILL),
        Page("cases/<uuid:ref>/services/<uuid:service>/proof/", take_proof, "case_service_proof"),
        Page("cases/<uuid:ref>/addresses/<uuid:party>/", take_address, "case_address_paper"),
    )


def _reader(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> tuple[Case, list[Actor], Actor]:
    case, actors = find(site, request, ref)
    reader = next((one for one in actors if one.role in READERS), None)
    if reader is None:
        raise Http404
    return case, actors, reader


def show(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show every service with its traces, and serve what is chosen."""
    case, actors, _who = _reader(site, request, ref)
    at = request.visitor.at
    view = CaseView(case, actors, site.rights, at, links(site))
    server = next((one for one in actors if one.role in SERVERS), None)
    able = {declared.name for declared, why in options(case, server, at) if why is None} if server else set()
    form = serving.ServeForm(view, request.POST if request.method == "POST" else None) if "serve" in able else None
    if request.method == "POST":
        if form is None or server is None:
            raise Http404
        if form.is_valid() and (said := serving.serve(form, server, at)):
            site.ring()
            messages.success(request, said)
            return HttpResponseRedirect(site.url("case_services", case.ref))
    everybody = set(guards.parties(case))
    return site.show(
        request,
        "mediation/admin/services.html",
        _("送达"),
        status=400 if form is not None and form.errors else 200,
        crumbs=[
            (_("案件"), site.url("cases")),
            (case.called, site.url("case", case.ref)),
            (_("送达"), ""),
        ],
        case=case,
        case_title=view.title,
        services=serving.rows(
            view, lambda one: site.url("case_service_proof", case.ref, one), lambda one: "", parties=everybody
        ),
        addresses=serving.addresses(view, lambda one: site.url("case_address_paper", case.ref, one), parties=everybody),
        form=form,
        recordable=[name for name in ("record_paper_service", "confirm_address") if name in able],
        case_url=site.url("case", case.ref),
    )


def take_proof(site: DeskSite, request: DeskRequest, ref: uuid.UUID, service: uuid.UUID) -> HttpResponse:
    """Hand out the 送达回证 of one service."""
    case, _actors, by = _reader(site, request, ref)
    if not guards.service_of(case, str(service)):
        raise Http404
    return _handed(
        site, request, case, by, "SERVICE_PROOF", lambda: serving.proof(case, str(service), request.visitor.at)
    )


def take_address(site: DeskSite, request: DeskRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
    """Hand out the 送达地址确认书 of one party."""
    case, _actors, by = _reader(site, request, ref)
    if str(party) not in guards.parties(case):
        raise Http404
    at = request.visitor.at
    return _handed(
        site, request, case, by, "SERVICE_ADDRESS", lambda: papers.address_confirmation(case, str(party), at)
    )


def _handed(
    site: DeskSite, request: DeskRequest, case: Case, by: Actor, kind: str, make: Callable[[], Paper]
) -> HttpResponse:
    try:
        paper = make()
    except PaperRefused as refused:
        return site.show(
            request,
            "mediation/admin/paper_refused.html",
            _("现在不能制作文书"),
            status=409,
            fields=[],
            back_url=site.url("case_services", case.ref),
            **taken.refusal(refused),
        )
    taken.note(case, kind, paper, by, request.visitor.at)
    return taken.handed(paper)
