"""Asking the parties at the desk: who has said what to which stage, links sent, messages written (N-4.5f, ZS-4).

Lives here: the page and its three acts. Does not live here: links (``windows.consentlink``), answers recorded by the
clerk (the forms of ``consent`` and ``refuse_consent``).
Called by: the court's admin site, which adds these pages to its section of cases.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from mediation import guards, moves
from mediation.actor import Actor
from mediation.adminkit.caselists import links
from mediation.adminkit.casepages import find
from mediation.adminkit.site import ACT, DeskRequest, DeskSite, Page
from mediation.models import Case, ConsentLink
from mediation.moves import Refused, options
from mediation.telling import dispatch
from mediation.vocabulary import Answer, Channel, Errand, Medium, MessageState, Role, Stage, State
from mediation.windows import actions, consentlink, pages
from mediation.windows.consentlink import LinkRefused
from roster.identity import mask_phone

MOST_SHOWN = 30
ASKABLE = (State.FILED, State.CONSULTING, State.READY, State.DELEGATED, State.ACCEPTED, State.MEDIATING)


def consenting_pages() -> tuple[Page, ...]:
    """Return the pages about asking the parties."""
    return (
        Page("cases/<uuid:ref>/consents/", show, "case_consents"),
        Page("cases/<uuid:ref>/consents/send/", send, "case_consents_send", ACT),
        Page("cases/<uuid:ref>/consents/<int:link>/revoke/", revoke, "case_consents_revoke", ACT),
    )


def _clerk(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> tuple[Case, list[Actor], Actor]:
    case, actors = find(site, request, ref)
    actor = next((one for one in actors if one.role is Role.CLERK), None)
    if actor is None:
        raise Http404
    return case, actors, actor


def show(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show every party with its answers, its link and what may be done next."""
    case, actors, actor = _clerk(site, request, ref)
    at = request.visitor.at
    view = pages.CaseView(case, actors, site.rights, at, links(site))
    able = {declared.name for declared, why in options(case, actor, at) if why is None}
    newest: dict[str, ConsentLink] = {}
    for link in ConsentLink.objects.filter(case=case).order_by("issued_at", "pk"):
        newest[str(link.party)] = link
    sent = dispatch.of_case(case).filter(medium=Medium.SMS)[:MOST_SHOWN]
    return site.show(
        request,
        "mediation/admin/consents.html",
        _("征求当事人意见"),
        crumbs=[
            (_("案件"), site.url("cases")),
            (case.called, site.url("case", case.ref)),
            (_("征求当事人意见"), ""),
        ],
        case=case,
        case_title=view.title,
        rows=[_row(site, case, person, newest.get(person["ref"]), at) for person in view.people],
        stages=[(stage.value, pages.label_of(stage), stage in (Stage.MEDIATION, Stage.ONLINE)) for stage in Stage],
        open=case.state in ASKABLE,
        recordable=[name for name in ("consult", "consent", "refuse_consent") if name in able],
        clocks=[clock for clock in view.clocks if clock.kind in ("ANSWER", "DESIGNATE")],
        sent=[
            {
                "at": one.written_at,
                "to": view.everybody[str(one.party)].name if str(one.party) in view.everybody else "",
                "phone": mask_phone(one.address),
                "label": pages.label_of(Errand(one.errand)),
                # A code is for the party's eyes only; in a demonstration there is no other telephone to look at.
                "state": pages.label_of(MessageState(one.state)),
                "text": one.text if one.errand != Errand.CODE or settings.DEMONSTRATION_CLOCK else "",
            }
            for one in sent
        ],
        case_url=site.url("case", case.ref),
        send_url=site.url("case_consents_send", case.ref),
    )


def _row(site: DeskSite, case: Case, person: dict[str, Any], link: ConsentLink | None, at: Any) -> dict[str, Any]:
    consents = case.sheet.get("consents", {})
    labels = {"YES": _("同意"), "NO": _("不同意"), "WITHDRAWN": _("已撤回")}
    said = [
        {"label": pages.label_of(stage), "code": code, "said": labels.get(code, _("未答复"))}
        for stage in Stage
        for code in [consents.get(stage, {}).get(person["ref"], "")]
    ]
    state = ""
    if link is not None:
        try:
            consentlink.check_alive(link, at)
            told = "、".join(
                f"{pages.label_of(Stage(code))}：{pages.label_of(Answer(value))}"
                for code, value in link.answers.items()
            )
            state = told or (_("已打开，尚未答复") if link.opened_at else _("已发送，尚未打开"))
        except LinkRefused as refused:
            state = str(refused)
    alive = link is not None and link.revoked_at is None and link.expires_at > at
    return {
        **person,
        "said": said,
        "asked": bool(person["phone"]) and not guards.has_consented(case, person["ref"]),
        "bound": guards.is_bound_to_take_part(case, person["ref"]),
        "link": link,
        "link_state": state,
        "revoke_url": site.url("case_consents_revoke", case.ref, link.pk) if link is not None and alive else "",
    }


def send(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Send links to the parties chosen; the first sending puts the case into consultation."""
    case, _actors, actor = _clerk(site, request, ref)
    at, back = request.visitor.at, HttpResponseRedirect(site.url("case_consents", case.ref))
    known = set(Stage.__members__)
    stages = [Stage(code) for code in request.POST.getlist("stage") if code in known]
    people = [one for one in case.people.all() if one.side and str(one.ref) in request.POST.getlist("party")]
    if not people or case.state not in ASKABLE or not stages:
        messages.error(request, _("请选择要征求意见的当事人和事项。"))
        return back
    address = reverse(f"{case.platform}:consent")
    for person in people:
        try:
            if case.state == State.FILED:
                moves.perform(case, Case.consult, by=actor, at=at, facts={"channel": Channel.SMS.value})
                site.ring()
            consentlink.ask(case, person, stages, by=actor, at=at, address=address)
            messages.success(request, _("已向%(name)s发送链接。") % {"name": person.name})
        except LinkRefused as refused:
            messages.error(request, f"{person.name}：{refused}")
        except Refused as refused:
            messages.error(request, actions.spoken(refused, at))
    return back


def revoke(site: DeskSite, request: DeskRequest, ref: uuid.UUID, link: int) -> HttpResponse:
    """End one link of the case."""
    case, _actors, actor = _clerk(site, request, ref)
    found = ConsentLink.objects.select_related("case").filter(case=case, pk=link).first()
    if found is None:
        raise Http404
    consentlink.revoke(found, by=actor, at=request.visitor.at)
    messages.success(request, _("链接已作废。"))
    return HttpResponseRedirect(site.url("case_consents", case.ref))
