"""Complaints about organisations and mediators at the desk (TY-28, ZX-29): the court that invited them decides.

Lives here: the court's list and the page of one complaint, and what InvestorNet's supervisors are told of decisions.
Does not live here: filing (``windows.complaining``), what follows from a decision (the door).
Called by: the court's admin site, among the pages of ``entrants_section``; InvestorNet's, as ``told_section``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import rosters
from mediation.adminkit import handouts
from mediation.adminkit.entrants import STAFF, court_names, entrants, keeper, seats, tabs
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import reached
from mediation.models import Case, Party
from mediation.vocabulary import ComplaintGround, ComplaintState, Consequence, Role, Side
from mediation.windows import filewords
from mediation.windows.moveforms import CleanText, terms
from mediation.windows.pages import citations, label_of
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import moves
from roster.facts import Malformed
from roster.models import Complaint, Listing, Mediator, Organisation, Post
from roster.moves import Refused

PAGE = 50
COLUMNS = (
    (gettext_lazy("被投诉的调解组织或者调解员"), 36),
    (gettext_lazy("对象"), 12),
    (gettext_lazy("事由"), 30),
    (gettext_lazy("邀请法院"), 24),
    (gettext_lazy("状态"), 14),
    (gettext_lazy("处理"), 20),
    (gettext_lazy("投诉日期"), 12),
    (gettext_lazy("决定日期"), 12),
)
TONES = {ComplaintState.FILED: "waiting", ComplaintState.UPHELD: "bad", ComplaintState.NOT_UPHELD: "good"}


LATELY = timedelta(days=30)
"""How long the authority's first page shows what a court has decided."""


def complaint_pages() -> tuple[Page, ...]:
    """Return the court's pages about complaints."""
    return (
        Page("entrants/complaints/", show_complaints, "complaints"),
        Page("entrants/complaints/<uuid:ref>/", one_complaint, "complaint", FILL),
        Page("entrants/<uuid:ref>/complain/", take_down, "complain", FILL),
    )


def told_section(roles: frozenset[Role]) -> Section:
    """Return the section in which supervisors read what courts were complained to and have decided."""
    return Section(gettext_lazy("投诉"), "complaints_told", roles, (Page("complaints/", show_told, "complaints_told"),))


def undecided(posts: Sequence[Post], at: datetime) -> QuerySet[Complaint]:
    """Return the complaints that the courts of these posts have to decide, for the first page."""
    keeping = [post for post in posts if post.role in STAFF]
    return Complaint.objects.filter(
        platform__in={post.platform for post in keeping},
        court__in={post.court for post in keeping},
        state=ComplaintState.FILED.value,
    )


class StateFilter(WordedForm):
    """What the list may be narrowed to."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=lambda: [("", _("全部")), *terms(ComplaintState)],
    )
    lately = forms.BooleanField(label=gettext_lazy("近30日处理的"), required=False)


def show_complaints(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show the complaints to the visitor's courts, the undecided first."""
    rows = Complaint.objects.filter(platform=site.rights.platform, court__in=seats(request))
    return _list(site, request, rows, _("特邀名册：投诉"), tabs=tabs(site, "complaints"), decides=True)


def show_told(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show a supervising unit the complaints about those it supervises, and the bureau all; never a text."""
    rows = _supervised(request.visitor.posts)
    return _list(site, request, rows, _("法院受理和处理的投诉"), tabs=[], decides=False)


def _supervised(posts: Sequence[Post]) -> QuerySet[Complaint]:
    """Return the complaints about whom these posts supervise: the bureau everybody."""
    rows = Complaint.objects.filter(platform__in={post.platform for post in posts})
    if any(post.role == Role.PROTECTION_BUREAU for post in posts):
        return rows
    units = {post.unit for post in posts if post.role == Role.UNIT}
    about = {"platform__in": {post.platform for post in posts}, "unit__in": units}
    return rows.filter(
        Q(organisation__in=Organisation.objects.filter(**about).values("ref"))
        | Q(mediator__in=Mediator.objects.filter(**about).values("ref"))
    )


def decided_lately(posts: Sequence[Post], at: datetime) -> QuerySet[Complaint]:
    """Return the complaints that courts upheld of late, of which the authority is told (ZX-29), for the first page."""
    return _supervised(posts).filter(state=ComplaintState.UPHELD.value, decided_at__gte=at - LATELY)


def told_url(site: DeskSite) -> str:
    """Return where that list is."""
    return f"{site.url('complaints_told')}?state={ComplaintState.UPHELD.value}&lately=on"


def _list(
    site: DeskSite,
    request: DeskRequest,
    rows: QuerySet[Complaint],
    title: str,
    *,
    tabs: Sequence[dict[str, Any]],
    decides: bool,
) -> HttpResponseBase:
    form = StateFilter(request.GET)
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    if form.is_valid() and form.cleaned_data["lately"]:
        rows = rows.filter(decided_at__gte=request.visitor.at - LATELY)
    handout = Handout(title, COLUMNS, rows.order_by("-pk"), _lines)
    if answered := handouts.answer(site, request, handout):
        return answered
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    names, courts = entrant_names(found), court_names(row.court for row in found)
    query = request.GET.copy()
    query["before"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return site.show(
        request,
        "mediation/admin/complaints.html",
        title,
        crumbs=[(_("投诉"), "")],
        tabs=tabs,
        form=form,
        decides=decides,
        rows=[
            spoken(one, names)
            | {
                "url": site.url("complaint", one.ref) if decides else "",
                "court": courts.get(one.court, one.court),
            }
            for one in found[:PAGE]
        ],
        older_url=f"?{query.urlencode()}" if len(found) > PAGE else "",
        **handouts.addresses(request),
    )


def _lines(rows: Sequence[Complaint]) -> Iterator[list[Value]]:
    names, courts = entrant_names(rows), court_names(row.court for row in rows)
    for one in rows:
        said = spoken(one, names)
        yield [
            said["name"],
            said["kind_label"],
            said["ground_label"],
            courts.get(one.court, one.court),
            said["state_label"],
            said["consequence_label"],
            local_day(one.filed_at) if one.filed_at else None,
            local_day(one.decided_at) if one.decided_at else None,
        ]


def entrant_names(complaints: Iterable[Complaint]) -> dict[Any, str]:
    """Return what those complained about are called, by reference, in two queries."""
    rows = list(complaints)
    platform = rows[0].platform if rows else ""
    bodies = Organisation.objects.filter(platform=platform, ref__in=[one.organisation for one in rows])
    people = Mediator.objects.filter(platform=platform, ref__in=[one.mediator for one in rows])
    return {**dict(bodies.values_list("ref", "name")), **dict(people.values_list("ref", "name"))}


def spoken(one: Complaint, names: dict[Any, str]) -> dict[str, Any]:
    """Return what a list says of a complaint: never its text, never who complained."""
    state = ComplaintState(one.state)
    return {
        "row": one,
        "name": names.get(one.entrant, str(one.entrant)),
        "kind_label": _("调解组织") if one.organisation else _("调解员"),
        "ground_label": label_of(ComplaintGround(one.ground)),
        "state_label": label_of(state),
        "tone": TONES.get(state, "ended"),
        "consequence_label": label_of(Consequence(one.consequence)) if one.consequence else "",
    }


class DecideForm(WordedForm):
    """Whether a complaint is true, what follows, and why."""

    upheld = forms.ChoiceField(
        label=gettext_lazy("查证结论"),
        widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("经查属实")), ("no", gettext_lazy("经查不属实"))],
        error_messages={"required": gettext_lazy("请选择查证结论。")},
    )
    consequence = forms.ChoiceField(
        label=gettext_lazy("处理结果"),
        required=False,
        help_text=gettext_lazy("经查属实的必须选择；除名的，同时从本院名册除名，并告知监管单位。"),
        choices=lambda: [("", _("经查不属实的不选")), *terms(Consequence)],
    )
    text = CleanText(
        label=gettext_lazy("查证情况和处理理由"),
        rows=6,
        help_text=gettext_lazy("投诉人可以看到；加密保存在本平台，不送对方平台。"),
    )

    def clean(self) -> dict[str, Any]:
        """Say on the field what does not go together."""
        wanted = super().clean() or self.cleaned_data
        if wanted.get("upheld") == "yes" and not wanted.get("consequence"):
            self.add_error("consequence", _("经查属实的，请选择处理结果。"))
        if wanted.get("upheld") == "no" and wanted.get("consequence"):
            self.add_error("consequence", _("经查不属实的，不能选择处理结果。"))
        return wanted

    def facts(self) -> dict[str, Any]:
        """Return what the move states."""
        consequence = self.cleaned_data["consequence"]
        return {"upheld": self.cleaned_data["upheld"] == "yes"} | ({"consequence": consequence} if consequence else {})


def one_complaint(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show one complaint with its text, and decide it."""
    platform, at = site.rights.platform, request.visitor.at
    row = Complaint.objects.filter(platform=platform, court__in=seats(request), ref=ref).first()
    if row is None:
        raise Http404
    by = keeper(request, row.court)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            rosters.perform(
                row,
                "decide",
                by=by,
                at=at,
                facts=form.facts(),
                text=form.cleaned_data["text"],
                seen=int(seen) if seen.isascii() and seen.isdecimal() else None,
            )
        except (Refused, Malformed) as wrong:
            form.add_error(None, filewords.said(wrong, at))
        else:
            site.ring()
            messages.success(request, _("投诉已经处理，处理结果已记入名册并告知监管单位。"))
            return HttpResponseRedirect(site.url("complaint", row.ref))
    return _page(site, request, row, form)


def _page(site: DeskSite, request: DeskRequest, row: Complaint, form: DecideForm) -> HttpResponse:
    case = reached(site.rights, request.visitor.posts).filter(ref=row.case).first() if row.case else None
    on = local_day(request.visitor.at)
    return site.show(
        request,
        "mediation/admin/complaint.html",
        _("投诉：%(name)s") % {"name": entrant_names([row]).get(row.entrant, str(row.entrant))},
        status=400 if form.errors else 200,
        crumbs=[(_("投诉"), site.url("complaints")), (_("查证和处理"), "")],
        **spoken(row, {}),
        complainant=_complainant(case, row),
        case=case,
        case_url=site.url("case", case.ref) if case else "",
        text=moves.text_of(row, 1),
        # Deciding is a complaint's last entry.
        decision=moves.text_of(row, row.entries) if row.decided_at else "",
        article=citations(["TY-28", "ZX-29"], on),
        form=form if row.state == ComplaintState.FILED else None,
    )


def _complainant(case: Case | None, row: Complaint) -> str:
    found = Party.objects.filter(case=case, ref=row.complainant).first() if case else None
    if found is None:
        return ""
    return f"{label_of(Side(found.side))} {found.name}" if found.side else found.name


class PaperForm(WordedForm):
    """A complaint that came in on paper or by word of mouth."""

    ground = forms.ChoiceField(
        label=gettext_lazy("投诉事由"), choices=lambda: [("", _("请选择")), *terms(ComplaintGround)]
    )
    text = CleanText(
        label=gettext_lazy("投诉的事实和理由"),
        help_text=gettext_lazy("写明投诉人、联系方式、时间、经过；加密保存在本平台。"),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


def take_down(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Take down a complaint about an entrant of this court's roster for somebody who does not file it on line."""
    platform, at = site.rights.platform, request.visitor.at
    entry = Listing.objects.filter(platform=platform, court__in=seats(request), ref=ref).first()
    by = next((one for one in request.visitor.actors if one.role is Role.CLERK), None)
    if entry is None or by is None or by.seat != entry.court:
        raise Http404
    form = PaperForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        facts = {
            "court": entry.court,
            entry.entrant_kind: str(entry.entrant),
            "ground": form.cleaned_data["ground"],
        }
        row = moves.new("complaint", platform, form.cleaned_data["key"])
        try:
            rosters.perform(row, "file", by=by, at=at, facts=facts, text=form.cleaned_data["text"])
        except (Refused, Malformed) as wrong:
            form.add_error(None, filewords.said(wrong, at))
        else:
            site.ring()
            messages.success(request, _("投诉已经登记，请查证后作出处理。"))
            return HttpResponseRedirect(site.url("complaint", row.ref))
    (entrant,) = entrants(site, [entry], local_day(at))
    return site.show(
        request,
        "mediation/admin/complain.html",
        _("登记投诉：%(name)s") % {"name": entrant.name},
        status=400 if form.errors else 200,
        crumbs=[(_("特邀名册"), site.url("entrants")), (entrant.name, entrant.url), (_("登记投诉"), "")],
        form=form,
        back_url=entrant.url,
        article=citations(["TY-28", "ZX-29"], local_day(at)),
    )
