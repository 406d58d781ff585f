"""The pages of one case at the desk: the case itself, one move, a document, revealing a number.

Lives here: views that fetch, show and hand over to the door. Does not live here: what a page shows of a case
(``windows.pages``), forms of moves (``windows.moveforms``), lists (``caselists``), filing (``filing``).
Called by: each platform's admin site, as the section ``cases_section`` returns.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import files, log, moves
from mediation.actor import Actor
from mediation.adminkit.caselists import links, list_pages
from mediation.adminkit.handback import hand_back
from mediation.adminkit.reckoning import RUNNING, reckonings
from mediation.adminkit.reviewing import compared, review, started
from mediation.adminkit.site import ACT, FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.worklist import Queue, reached
from mediation.lifecycle import Move
from mediation.models import Case, CaseEvent, Document, Request
from mediation.vocabulary import Role
from mediation.windows import actions, pages, relations
from mediation.windows.invitations import invite
from mediation.windows.moveforms import OWN_PAGES, MoveForm
from mediation.windows.papers import offers

COURT = (Role.CLERK, Role.JUDGE, Role.COURT_LEADER)
REVEALED = (
    ("identity_number", gettext_lazy("证件号码")),
    ("phone", gettext_lazy("联系电话")),
    ("account_number", gettext_lazy("账户号码")),
)


def cases_section(roles: frozenset[Role], queues: Sequence[Queue], more: Sequence[Page] = ()) -> Section:
    """Return the section of cases for these roles, whose list can be narrowed to these queues, with further pages."""
    return Section(
        gettext_lazy("案件"),
        "cases",
        roles,
        (
            *list_pages(queues),
            Page("cases/<uuid:ref>/", show_case, "case"),
            Page("cases/<uuid:ref>/do/<str:move>/", make_move, "case_move", FILL),
            Page("cases/<uuid:ref>/documents/<uuid:document>/", show_document, "case_document"),
            Page("cases/<uuid:ref>/people/<uuid:party>/reveal/", reveal, "case_reveal", ACT),
            Page("cases/<uuid:ref>/people/<uuid:party>/invite/", invite_party, "case_invite", ACT),
            *more,
        ),
    )


def find(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> tuple[Case, list[Actor]]:
    """Return a case the visitor reaches and the capacities that reach it; anything else does not exist."""
    visitor = request.visitor
    case = reached(site.rights, visitor.posts).filter(ref=ref).first()
    if case is None:
        raise Http404
    if len(visitor.posts) == 1:
        return case, list(visitor.actors)
    able = [
        actor
        for post, actor in zip(visitor.posts, visitor.actors, strict=True)
        if reached(site.rights, [post]).filter(pk=case.pk).exists()
    ]
    return case, able


def show_case(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show one case."""
    case, actors = find(site, request, ref)
    return _case_page(site, request, case, actors)


def _case_page(
    site: DeskSite,
    request: DeskRequest,
    case: Case,
    actors: list[Actor],
    *,
    revealed: str = "",
    **context: Any,
) -> HttpResponse:
    view = pages.CaseView(case, actors, site.rights, request.visitor.at, links(site))
    may_reveal, may_invite = site.rights.may_reveal(actors), any(actor.role is Role.CLERK for actor in actors)
    for person in view.people:
        ref = person["ref"]
        if may_reveal:
            person["reveal_url"] = site.url("case_reveal", case.ref, ref)
        if may_invite:
            person["invite_url"] = site.url("case_invite", case.ref, ref)
        if ref == revealed:
            held = view.everybody[ref]
            person["revealed"] = [(label, getattr(held, name)) for name, label in REVEALED if getattr(held, name)]
            address = json.loads(held.details).get("address", "") if held.details else ""
            person["revealed"] += [(_("送达地址"), address)] if address else []
    crumbs = [(_("案件"), site.url("cases")), (case.called, "")]
    shown = view.context()
    counted = reckonings(case, view.events, view.at, view.calendar)
    shown["clocks"] = [clock for clock in counted if clock.state == RUNNING]
    shown["ended_clocks"] = [clock for clock in counted if clock.state != RUNNING]
    return site.show(
        request,
        "mediation/admin/case.html",
        shown.pop("title"),
        crumbs=crumbs,
        reads=bool(view.audiences),
        handback=hand_back(site, view),
        reviewing=review(site, view),
        papers=offers(view, lambda kind: site.url("case_paper", case.ref, kind)),
        services_url=site.url("case_services", case.ref) if serves(site, actors) else "",
        passport_url=site.url("case_passport", case.ref) if view.audiences else "",
        reveals=may_reveal,
        **shown,
        **context,
    )


def serves(site: DeskSite, actors: Sequence[Actor]) -> bool:
    """Tell whether this site has pages about service and these capacities find them."""
    return any(page.name == "case_services" for one in site.sections for page in one.pages) and any(
        actor.role in COURT for actor in actors
    )


# Acts.


def make_move(site: DeskSite, request: DeskRequest, ref: uuid.UUID, move: str) -> HttpResponse:
    """Show the form of one move, or make the move."""
    case, actors = find(site, request, ref)
    declared, actor, why = _offered(site, request, case, actors, move)
    view = pages.CaseView(case, actors, site.rights, request.visitor.at, links(site))
    if request.method == "POST" and (answer := _settled_before(site, request, view, declared)):
        return answer
    if why is not None:
        return _refused(site, request, view, declared, why)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    comparing = "compare" in request.POST
    initial = request.POST.dict() if comparing else started(site, view, move) if not posted else {}
    posted = () if comparing else posted
    form = MoveForm(declared, case, actor, request.visitor.at, *posted, initial=initial)
    if posted:
        done = actions.submit(form, request.visitor.account, request.visitor.at)
        if done is not None:
            site.ring()
            return _done(site, request, case, declared, waiting=isinstance(done, Request))
    return site.show(
        request,
        "mediation/admin/move.html",
        _(declared.label),
        crumbs=[
            (_("案件"), site.url("cases")),
            (case.called, site.url("case", case.ref)),
            (_(declared.label), ""),
        ],
        case=case,
        case_title=view.title,
        article=pages.citations(declared.law, view.today),
        grave=declared.name in pages.GRAVE,
        form=form,
        hints=relations.hints(form),
        searched=relations.searched(move),
        elsewhere=not view.is_written_here,
        compared=compared(case, str(form["decree"].value() or "")) if "decree" in form.fields else None,
        cancel_url=site.url("case", case.ref),
        status=400 if form.errors else 200,
    )


def _done(
    site: DeskSite, request: DeskRequest, case: Case, declared: Move, *, waiting: bool = False
) -> HttpResponseRedirect:
    said = _("已提交，等待对方平台处理：%(move)s") if waiting else _("已办理：%(move)s")
    messages.success(request, said % {"move": _(declared.label)})
    return HttpResponseRedirect(site.url("case", case.ref))


def _settled_before(site: DeskSite, request: DeskRequest, view: pages.CaseView, declared: Move) -> HttpResponse | None:
    """Answer a submission that was made already, or that somebody else was quicker than; None if it is neither."""
    key, seen = request.POST.get("key", ""), request.POST.get("seen", "")
    if key and any(
        event.key and event.key.endswith(f"/{key}") and event.move == declared.name for event in view.events
    ):
        return _done(site, request, view.case, declared)
    if seen.isdecimal() and seen != str(view.case.entries):
        return _overtaken(site, request, view, actions.faster(view.events[-1], int(seen)))
    return None


def _offered(
    site: DeskSite, request: DeskRequest, case: Case, actors: list[Actor], name: str
) -> tuple[Move, Actor, moves.Refused | None]:
    """Return the move, who of these would make it, and why not; what none of their roles ever makes does not exist."""
    found: tuple[Move, Actor, moves.Refused | None] | None = None
    for actor in actors:
        for declared, why in moves.options(case, actor, request.visitor.at):
            if declared.name == name and declared.name not in OWN_PAGES and (found is None or why is None):
                found = declared, actor, why
    if found is None:
        able = next((actor for actor in actors if name in moves.MOVES and actor.role in moves.MOVES[name].by), None)
        if able is None or name in OWN_PAGES:
            raise Http404
        try:
            moves.check_standing(case, moves.MOVES[name], able, {})
        except moves.Refused as refused:
            return moves.MOVES[name], able, refused
        raise Http404
    return found


def _refused(
    site: DeskSite, request: DeskRequest, view: pages.CaseView, declared: Move, why: moves.Refused
) -> HttpResponse:
    return site.show(
        request,
        "mediation/admin/stopped.html",
        _("现在不能办理：%(move)s") % {"move": _(declared.label)},
        status=409,
        said=_(why.reason),
        article=pages.citations(why.law, view.today),
        remedy=_(why.remedy) if why.remedy else "",
        case_url=site.url("case", view.case.ref),
    )


def _overtaken(site: DeskSite, request: DeskRequest, view: pages.CaseView, event: CaseEvent | None) -> HttpResponse:
    return site.show(
        request,
        "mediation/admin/stopped.html",
        _("其他人已经先办理了该案"),
        status=409,
        said=_("您打开页面之后，案件有了新的进展。您的办理没有保存。"),
        event=event,
        event_label=_(moves.move_of(event.kind).label) if event else "",
        event_by=view.actor_label(event.by) if event else "",
        remedy=_("请查看最新进展后再决定"),
        case_url=site.url("case", view.case.ref),
    )


def reveal(site: DeskSite, request: DeskRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
    """Show one party's full numbers once, and write down who asked."""
    case, actors = find(site, request, ref)
    if not site.rights.may_reveal(actors):
        raise PermissionDenied
    if str(party) not in case.sheet["parties"]:
        raise Http404
    held = case.people.get(ref=party)
    shown = [name for name, _label in REVEALED if getattr(held, name)] + (["details"] if held.details else [])
    stated = {"party": str(party), "shown": shown}
    log.note(case.platform, str(case.ref), "reveal.v1", by=actors[0], at=request.visitor.at, facts=stated)
    return _case_page(site, request, case, actors, revealed=str(party))


def invite_party(site: DeskSite, request: DeskRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
    """Make a one-time code by which a party takes its place in the case, shown this once."""
    case, actors = find(site, request, ref)
    by = next((actor for actor in actors if actor.role is Role.CLERK), None)
    if by is None:
        raise PermissionDenied
    person = case.people.filter(ref=party).exclude(side="").first()
    if person is None:
        raise Http404
    code = invite(case, person, by=by, at=request.visitor.at)
    return _case_page(site, request, case, actors, code=code, code_for=person.name)


def show_document(site: DeskSite, request: DeskRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponseBase:
    """Hand out one document this visitor may read, and write down who took it."""
    case, actors = find(site, request, ref)
    found = site.rights.document(case, actors, document)
    if found is None or not found.present:
        raise Http404
    log.note(
        case.platform, str(case.ref), "read.v1", by=actors[0], at=request.visitor.at, facts={"document": str(found.ref)}
    )
    return _file(case, found)


def _file(case: Case, document: Document) -> HttpResponseBase:
    try:
        return files.hand_out(
            case.platform, document.sha256, files.download_headers(document.name, document.media_type)
        )
    except files.BlobMissing:
        raise Http404 from None
