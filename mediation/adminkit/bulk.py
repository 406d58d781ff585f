"""One move on many cases at the desk: chosen from a list, looked at case by case, started once, and what came of it.

Lives here: the pages. Does not live here: planning and making the moves (``bulks``), lists (``caselists``).
Called by: the court's admin site, as the section ``bulk_section`` returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import bulks, tasks
from mediation.actor import Actor
from mediation.adminkit import handouts
from mediation.adminkit.caselists import narrowed, rows_of
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import Queue, reached
from mediation.lifecycle import MOVES
from mediation.models import Bulk, BulkItem
from mediation.moves import Refused
from mediation.vocabulary import Cause, Role, State, gettext_noop
from mediation.windows import pages
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Organisation, Post

MOVE = "delegate"
RECENT = 20
BULK_COLUMNS = (
    (gettext_lazy("事项"), 24),
    (gettext_lazy("状态"), 14),
    (gettext_lazy("选定"), 12),
    (gettext_lazy("办完"), 12),
)
COURSE_COLUMNS = (
    (gettext_lazy("案号"), 26),
    (gettext_lazy("当事人"), 40),
    (gettext_lazy("案由"), 24),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("调解组织"), 36),
    (gettext_lazy("结果"), 12),
    (gettext_lazy("未能办理的原因"), 60),
)
ADVISED = "advised"
"""The choice of taking for each case the organisation recommended for it."""

NO_ADVICE = Refused("advice", gettext_noop("没有可以推荐的调解组织"), ("N-4.5f",), gettext_noop("请逐件选择调解组织"))


def bulk_section(roles: frozenset[Role], queues: Sequence[Queue]) -> Section:
    """Return the section in which these roles delegate many cases, chosen from a list with these queues."""
    return Section(
        gettext_lazy("批量办理"),
        "bulk",
        roles,
        (
            Page("bulk/", partial(_list_or_plan, roles=roles, queues=queues), "bulk", FILL),
            Page("bulk/<uuid:ref>/", show_bulk, "bulk_one", FILL),
        ),
    )


def _list_or_plan(
    site: DeskSite, request: DeskRequest, roles: frozenset[Role], queues: Sequence[Queue]
) -> HttpResponseBase:
    if request.method == "POST":
        return _plan(site, request, roles, queues)
    own = Bulk.objects.filter(account=request.visitor.account, platform=site.rights.platform)
    handout = Handout(_("批量办理"), BULK_COLUMNS, own.order_by("-pk"), _bulk_lines)
    if answered := handouts.answer(site, request, handout):
        return answered
    rows = [
        {"bulk": one, "label": _(MOVES[one.move].label), "url": site.url("bulk_one", one.ref), "state": _state(one)}
        for one in own.order_by("-pk")[:RECENT]
    ]
    return site.show(
        request,
        "mediation/admin/bulks.html",
        _("批量办理"),
        crumbs=[(_("批量办理"), "")],
        rows=rows,
        cases_url=f"{site.url('cases')}?queue=ready",
        **handouts.addresses(request),
    )


def _bulk_lines(rows: Sequence[Bulk]) -> Iterator[list[Value]]:
    for one in rows:
        done = local_day(one.done_at) if one.done_at else None
        yield [_(MOVES[one.move].label), _state(one), local_day(one.planned_at), done]


def _state(bulk: Bulk) -> str:
    return {Bulk.PLANNED: _("尚未开始"), Bulk.RUNNING: _("办理中"), Bulk.DONE: _("已办完")}[bulk.state]


def _capacity(request: DeskRequest, roles: frozenset[Role]) -> tuple[Post, Actor]:
    visitor = request.visitor
    for post, actor in zip(visitor.posts, visitor.actors, strict=True):
        if actor.role in roles:
            return post, actor
    raise PermissionDenied


def _plan(site: DeskSite, request: DeskRequest, roles: frozenset[Role], queues: Sequence[Queue]) -> HttpResponse:
    """Keep the chosen cases as a plan: those ticked, or the newest of the list itself."""
    post, by = _capacity(request, roles)
    mine = reached(site.rights, [post])
    if "all" in request.POST:
        _form, listed = narrowed(site, request, QueryDict(request.POST.get("query", "")[:2000]), queues)
        # Two conditions side by side: a visitor with several posts plans for this one's court only.
        cases = list(listed.filter(pk__in=mine.values("pk")).order_by("-filed_at", "-pk")[: bulks.MOST])
    else:
        wanted = [ref for ref in map(_reference, request.POST.getlist("case")[: bulks.MOST + 1]) if ref]
        cases = list(mine.filter(ref__in=wanted).order_by("-filed_at", "-pk"))
    if not cases:
        messages.error(request, _("没有选择案件：请先在清单上勾选。"))
        return HttpResponseRedirect(site.url("cases"))
    try:
        bulk = bulks.plan(site.rights.platform, post, by, request.visitor.account, MOVE, cases, request.visitor.at)
    except bulks.TooMany:
        messages.error(request, _("一次最多批量办理%(most)d件案件，请分批选择。") % {"most": bulks.MOST})
        return HttpResponseRedirect(site.url("cases"))
    return HttpResponseRedirect(site.url("bulk_one", bulk.ref))


def _reference(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


# One bulk: the plan, then its course.


class PlanForm(WordedForm):
    """To whom the cases go, and what the clerk confirms for all of them."""

    organisation = forms.ChoiceField(
        label=gettext_lazy("调解组织"), error_messages={"required": gettext_lazy("请选择调解组织。")}
    )
    left_to_court = forms.BooleanField(
        label=gettext_lazy("当事人交由法院指定"),
        required=False,
        help_text=gettext_lazy("双方尚未共同选定、共同选择的二个工作日也未届满的，必须确认。"),
    )
    reason_confirmed = forms.BooleanField(
        label=gettext_lazy("已确认立案前委派的理由"),
        required=False,
        help_text=gettext_lazy("2025年1月1日以后立案前委派的案件必须确认。"),
    )

    def __init__(self, *args: Any, listed: Mapping[str, Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {ref: one.name for ref, one in listed.items()}
        chosen = self.fields["organisation"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("请选择")), (ADVISED, _("按每件案件推荐的组织")), *self.names.items()]

    @property
    def shared(self) -> dict[str, Any]:
        """What all cases have in common, as facts."""
        return {name: True for name in ("left_to_court", "reason_confirmed") if self.cleaned_data.get(name)}


@dataclass(frozen=True)
class Line:
    """One case of a bulk as the page shows it."""

    case: dict[str, Any]
    organisation: str
    can: bool
    waiting: bool
    why: str


def show_bulk(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponseBase:
    """Show the plan with what the door would say, start it, or show what has come of it."""
    held = [post.pk for post in request.visitor.posts]
    own = BulkItem.objects.filter(bulk__account=request.visitor.account, bulk__platform=site.rights.platform)
    items = list(own.filter(bulk__ref=ref, bulk__post__in=held).select_related("bulk", "case").order_by("id"))
    if not items:
        raise Http404
    bulk = items[0].bulk
    if request.method == "POST" and bulk.state != Bulk.PLANNED:
        return _go_on(site, request, bulk)
    if bulk.state == Bulk.PLANNED:
        return _show_plan(site, request, bulk, items)
    return _show_course(site, request, bulk, items)


def _show_plan(site: DeskSite, request: DeskRequest, bulk: Bulk, items: list[BulkItem]) -> HttpResponse:
    at = request.visitor.at
    world = bulks.Roster(bulk.platform, bulk.by["seat"], local_day(at))
    sent = request.POST if request.method == "POST" else request.GET if "organisation" in request.GET else None
    form = PlanForm(sent, listed=world.listed)
    chosen: dict[int, str] = {item.case_id: "" for item in items}
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data["organisation"]
        if wanted == ADVISED:
            chosen |= bulks.advise(world, [item.case for item in items])
        else:
            chosen = dict.fromkeys(chosen, wanted)
    if request.method == "POST" and form.is_valid():
        # Who comes second only looks on: the plan is started once.
        bulks.start(bulk, form.shared, chosen, at)
        bulk.refresh_from_db()
        return _go_on(site, request, bulk)
    judged = form.is_bound and form.is_valid()
    shared = form.shared if judged else {}
    stated = {key: {**shared, "organisation": ref} if ref else {} for key, ref in chosen.items()}
    foreseen = bulks.foresee(bulk, items, stated, world, at)
    if judged:
        foreseen = [
            why or (None if chosen[item.case_id] else NO_ADVICE) for item, why in zip(items, foreseen, strict=True)
        ]
    lines = _lines(site, request, items, form.names, chosen, foreseen)
    return site.show(
        request,
        "mediation/admin/bulk_plan.html",
        _("批量办理：%(move)s") % {"move": _(MOVES[bulk.move].label)},
        crumbs=[(_("批量办理"), site.url("bulk")), (_("核对"), "")],
        bulk=bulk,
        form=form,
        judged=judged,
        lines=sorted(lines, key=lambda line: line.can),
        total=len(lines),
        able=sum(line.can for line in lines),
        status=400 if request.method == "POST" else 200,
    )


def _lines(
    site: DeskSite,
    request: DeskRequest,
    items: Sequence[BulkItem],
    names: Mapping[str, str],
    chosen: Mapping[int, str],
    refusals: Sequence[Refused | None],
) -> list[Line]:
    rows = rows_of(site, request, [item.case for item in items])
    return [
        Line(
            case=row,
            organisation=names.get(chosen[item.case_id], ""),
            can=why is None,
            waiting=item.state == BulkItem.WAITING,
            why=_said(why, local_day(request.visitor.at)) if why else "",
        )
        for item, row, why in zip(items, rows, refusals, strict=True)
    ]


def _said(why: Refused, on: date) -> str:
    """Return a refusal in one line: why, the first article, what to do instead."""
    because = pages.citations(why.law[:1], on)
    return f"{_(why.reason)}{f'（{because}）' if because else ''}。{_(why.remedy)}"


def _go_on(site: DeskSite, request: DeskRequest, bulk: Bulk) -> HttpResponse:
    """Work through the next cases at once and leave the rest to the worker."""
    bulks.go_on(bulk, request.visitor.at)
    site.ring()
    if bulk.items.filter(state=BulkItem.WAITING).exists():
        tasks.ring_bulks()
    return HttpResponseRedirect(site.url("bulk_one", bulk.ref))


def _show_course(site: DeskSite, request: DeskRequest, bulk: Bulk, items: list[BulkItem]) -> HttpResponseBase:
    refusals = [Refused(**_refusal(item.why)) if item.state == BulkItem.REFUSED else None for item in items]
    names = {
        str(one.ref): one.name for one in roster.listed(bulk.platform, bulk.by["seat"], local_day(request.visitor.at))
    }
    lines = _lines(site, request, items, names, {item.case_id: item.organisation for item in items}, refusals)
    handout = Handout(
        _("批量办理：%(move)s") % {"move": _(MOVES[bulk.move].label)},
        COURSE_COLUMNS,
        BulkItem.objects.filter(bulk=bulk).order_by("id"),
        lambda rows: _course_lines(rows, dict(zip((item.pk for item in items), lines, strict=True))),
    )
    if answered := handouts.answer(site, request, handout):
        return answered
    return site.show(
        request,
        "mediation/admin/bulk.html",
        _("批量办理：%(move)s") % {"move": _(MOVES[bulk.move].label)},
        crumbs=[(_("批量办理"), site.url("bulk")), (_("结果"), "")],
        bulk=bulk,
        state=_state(bulk),
        refused=[line for line in lines if not line.can],
        rest=[line for line in lines if line.can],
        tiles=[
            {"label": _("已办理"), "value": sum(one.state == BulkItem.DONE for one in items), "url": ""},
            {"label": _("未能办理"), "value": sum(one.state == BulkItem.REFUSED for one in items), "url": ""},
            {"label": _("等待办理"), "value": sum(one.state == BulkItem.WAITING for one in items), "url": ""},
        ],
        plan_url=site.url("bulk"),
        **handouts.addresses(request),
    )


def _course_lines(rows: Sequence[BulkItem], lines: Mapping[int, Line]) -> Iterator[list[Value]]:
    for one in rows:
        line = lines[one.pk]
        state = _("等待办理") if line.waiting else _("已办理") if line.can else _("未能办理")
        yield [
            line.case["number"],
            line.case["title"],
            pages.label_of(Cause(line.case["cause"])),
            pages.label_of(State(line.case["state"])),
            line.organisation,
            state,
            line.why,
        ]


def _refusal(why: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": why["code"], "reason": why["reason"], "law_ids": why["law"], "remedy": why["remedy"]}
