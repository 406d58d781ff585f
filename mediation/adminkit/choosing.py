"""Choosing an organisation at the desk: three recommended with reasons, why not the others, and delegating in one step.

Lives here: the page and what it shows. Does not live here: ranking (``mediation.choice``), the move (the door).
Called by: the court's admin site, which adds these pages to its section of cases.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from mediation import choice
from mediation.actor import Actor
from mediation.adminkit import advising
from mediation.adminkit.caselists import links
from mediation.adminkit.casepages import find
from mediation.adminkit.site import ACT, FILL, DeskRequest, DeskSite, Page
from mediation.choice import Candidate, Question, Reason, Unfit
from mediation.lifecycle import MOVES
from mediation.models import Case, Party
from mediation.moves import Refused, options
from mediation.vocabulary import Role
from mediation.windows import actions, choosing, pages, relations
from mediation.windows.moveforms import MoveForm
from mediation.windows.portal import not_now
from roster.models import Organisation

MOVE = "delegate"
MOST_ASKED = 20
SHORTEST = 2


@dataclass(frozen=True)
class Card:
    """One organisation as the page shows it."""

    ref: str
    name: str
    total: str
    reasons: list[Reason]
    why_not: list[str]
    findings: list[str]
    fee: str
    chosen_by: list[str]
    recommended: bool


def choosing_pages() -> tuple[Page, ...]:
    """Return the page on which a clerk chooses, and the act of the list's one click."""
    return (
        Page("cases/<uuid:ref>/choose/", choose, "case_choose", FILL),
        Page("cases/<uuid:ref>/reassign/", reassign, "case_reassign", ACT),
    )


def choose(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show whom the case may be delegated to and why, or delegate it."""
    case, actors = find(site, request, ref)
    actor = next((one for one in actors if one.role is Role.CLERK), None)
    if actor is None:
        raise Http404
    prefetch_related_objects([case], "people")
    why = _why_not_now(case, actor, request)
    view = pages.CaseView(case, actors, site.rights, request.visitor.at, links(site))
    asked = _asked(case, request.GET.get("q", ""))
    answer = choice.recommend(case, request.visitor.at, asked=asked)
    form = MoveForm(
        MOVES[MOVE],
        case,
        actor,
        request.visitor.at,
        *((request.POST,) if request.method == "POST" else ()),
        organisations=choice.entered(answer),
    )
    if request.method == "POST":
        done = actions.submit(form, request.visitor.account, request.visitor.at)
        if done is not None:
            site.ring()
            messages.success(request, _("已办理：%(move)s") % {"move": _(MOVES[MOVE].label)})
            return HttpResponseRedirect(site.url("case", case.ref))
        case.refresh_from_db()
        why = why and (actions.overtaken(case, request.POST.get("seen", "")) or why)
    said = view.choices_by()
    choices = said.said if said else []
    cards = [
        _card(answer.question, one, view.everybody, choices, place < choice.BEST)
        for place, one in enumerate(answer.ranked)
    ]
    return site.show(
        request,
        "mediation/admin/choose.html",
        _("选择调解组织"),
        crumbs=[
            (_("案件"), site.url("cases")),
            (case.called, site.url("case", case.ref)),
            (_("选择调解组织"), ""),
        ],
        case=case,
        case_title=view.title,
        form=form,
        best=cards[: choice.BEST],
        further=cards[choice.BEST :],
        unfit=[_card(answer.question, one, view.everybody, choices, False) for one in answer.unfit],
        bare=not answer.ranked and all(Unfit.NOT_LISTED in one.unfit for one in answer.unfit),
        adoption_url=site.url("adoption"),
        entrants_url=site.url("entrants"),
        picked=str(form["organisation"].value() or ""),
        choices=said,
        came_back=view.came_back,
        clocks=choosing.periods(view),
        confirms=advising.confirms(case, request.visitor.at),
        ticked=set(request.POST),
        searched=relations.searched(MOVE, answer.known),
        weights="、".join(f"{label}{choice.WEIGHTS[factor]}" for factor, label in choice.factors().items()),
        asked=request.GET.get("q", "")[:80],
        stopped=actions.spoken(why, request.visitor.at) if why else "",
        article=pages.citations(MOVES[MOVE].law, view.today),
        case_url=site.url("case", case.ref),
        status=400 if form.errors else 409 if why else 200,
    )


def reassign(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Delegate a case that came back to the organisation its row recommended; where that fails, show all others."""
    case, actors = find(site, request, ref)
    actor = next((one for one in actors if one.role is Role.CLERK), None)
    if actor is None:
        raise Http404
    form = MoveForm(MOVES[MOVE], case, actor, request.visitor.at, request.POST)
    done = actions.submit(form, request.visitor.account, request.visitor.at)
    if done is None:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return HttpResponseRedirect(site.url("case_choose", case.ref))
    site.ring()
    name = dict(form.fields["organisation"].choices)[form.cleaned_data["organisation"]]  # type: ignore[attr-defined]
    said = _("已改派给%(name)s。《重新指派通知书》已经可以在本页“文书”中下载。")
    messages.success(request, said % {"name": name})
    return HttpResponseRedirect(site.url("case", case.ref))


def _why_not_now(case: Case, actor: Actor, request: DeskRequest) -> Refused | None:
    """Return why the case cannot be delegated now, or None if it can."""
    listed = {declared.name: why for declared, why in options(case, actor, request.visitor.at)}
    return listed[MOVE] if MOVE in listed else not_now(MOVE)


def _asked(case: Case, text: str) -> list[str]:
    """Return the organisations of this platform whose name holds what was asked, a few."""
    words = text.replace("\x00", " ").strip()[:80]
    if len(words) < SHORTEST:
        return []
    found = Organisation.objects.filter(platform=case.platform, name__icontains=words)
    return [str(ref) for ref in found.values_list("ref", flat=True)[:MOST_ASKED]]


def _card(
    question: Question, one: Candidate, people: dict[str, Party], choices: list[pages.Chosen], recommended: bool
) -> Card:
    file = one.file
    return Card(
        ref=file.ref,
        name=file.name,
        total=f"{float(one.total):.1f}",
        reasons=choice.reasons(question, one),
        why_not=choice.why_not(one),
        findings=relations.said(list(file.findings), people),
        fee=(file.tariff or _("收费")) if file.charges_fee else "",
        chosen_by=[f"{said.who}（{said.side}）" for said in choices if said.organisation == file.ref],
        recommended=recommended,
    )
