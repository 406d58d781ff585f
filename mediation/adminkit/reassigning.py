"""Open cases of organisations and mediators who are suspended, struck off or gone: shown until they are reassigned.

Lives here: finding those cases for one court, and taking one back so that another organisation can be chosen. Does not
live here: choosing (``choosing``), replacing a mediator, which the organisation does on its own platform.
Called by: the court's admin site, among the pages of ``entrants_section``; its first page counts the same cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Q, Value
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import facts, moves
from mediation.adminkit import handouts, spreadsheets
from mediation.adminkit.caselists import rows_of
from mediation.adminkit.entrants import STAFF, keeper, seats, tabs
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page
from mediation.models import Appointment, Case, CaseSet, Request
from mediation.moves import Enclosed
from mediation.vocabulary import EnclosureKind, ListingStatus, Role, State
from mediation.windows import actions
from mediation.windows.pages import label_of
from roster.guards import STANDING
from roster.models import Listing, Mediator, Organisation, Post

OPEN = tuple(
    state.value for state in (State.DELEGATED, State.ACCEPTED, State.MEDIATING, State.SUSPENDED, State.SIGNING)
)
STOPPED = (
    ListingStatus.SUSPENDED.value,
    ListingStatus.REMOVED.value,
    ListingStatus.EXITED.value,
    ListingStatus.EXPIRED.value,
)
COLUMNS = (
    (gettext_lazy("案号"), 26),
    (gettext_lazy("当事人"), 40),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("调解组织"), 36),
    (gettext_lazy("不能继续的"), 40),
)
MOST = 200
"""How many cases the page shows."""


def reassigning_pages() -> tuple[Page, ...]:
    """Return the page of cases to be reassigned."""
    return (Page("entrants/cases/", reassigning, "reassigning", FILL),)


@dataclass(frozen=True)
class Stopped:
    """Who may not go on at a court, by reference, each with why."""

    organisations: dict[str, str]
    mediators: dict[str, str]


def stopped(platforms: Collection[str], courts: Collection[str]) -> Stopped:
    """Return the organisations and mediators who were on these courts' rosters and may not go on, in one query."""
    rows = Listing.objects.filter(platform__in=platforms, court__in=courts)
    entered = rows.filter(status__in=STANDING)
    inactive: dict[str, Any] = {"platform__in": platforms, "active": False}
    bodies = Organisation.objects.filter(**inactive, ref__in=entered.exclude(organisation=None).values("organisation"))
    people = Mediator.objects.filter(**inactive, ref__in=entered.exclude(mediator=None).values("mediator"))
    listed = rows.filter(status__in=STOPPED).order_by()
    every = [
        files.annotate(who=F(ref), is_body=Value(is_body), what=what).values_list("who", "is_body", "what")
        for files, ref, is_body, what in (
            (bodies.order_by(), "ref", 1, Value("")),
            (people.order_by(), "ref", 0, Value("")),
            (listed.exclude(organisation=None), "organisation", 1, F("status")),
            (listed.exclude(mediator=None), "mediator", 0, F("status")),
        )
    ]
    found = Stopped({}, {})
    # What a court's own roster says of somebody goes before what the file says: statuses sort behind none.
    for who, is_body, status in sorted(every[0].union(*every[1:], all=True), key=itemgetter(2)):
        said = label_of(ListingStatus(status)) if status else _("档案已暂停或者停止")
        (found.organisations if is_body else found.mediators)[str(who)] = said
    return found


def open_cases(platforms: Collection[str], courts: Collection[str], found: Stopped) -> CaseSet:
    """Return the open cases of these courts in which somebody serves who may not go on."""
    serving = Appointment.objects.filter(platform__in=platforms, mediator__in=list(found.mediators))
    return Case.objects.filter(
        Q(organisation__in=list(found.organisations)) | Q(pk__in=serving.values("case")),
        platform__in=platforms,
        court__in=courts,
        state__in=OPEN,
    )


def stranded(posts: Sequence[Post], at: datetime) -> CaseSet:
    """Return the cases to be reassigned at the courts of these posts, for the first page."""
    keeping = [post for post in posts if post.role in STAFF]
    courts, platforms = {post.court for post in keeping}, {post.platform for post in keeping}
    return open_cases(platforms, courts, stopped(platforms, courts))


def reassigning(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show the cases; take one back that its organisation has not accepted yet."""
    platform, courts = site.rights.platform, seats(request)
    found = stopped([platform], courts)
    concerned = open_cases([platform], courts, found)
    if request.method == "POST":
        return _take_back(site, request, concerned)
    handout = Handout(
        _("需要重新安排的案件"),
        COLUMNS,
        concerned.order_by("-filed_at", "-pk"),
        partial(_lines, site, request, found),
    )
    if answered := handouts.answer(site, request, handout):
        return answered
    cases = list(concerned.order_by("-filed_at", "-pk")[:MOST])
    rows, names = rows_of(site, request, cases), _names(platform, cases)
    return site.show(
        request,
        "mediation/admin/reassigning.html",
        _("特邀名册：需要重新安排的案件"),
        crumbs=[(_("特邀名册"), site.url("entrants")), (_("需要重新安排的案件"), "")],
        tabs=tabs(site, "reassigning"),
        rows=[
            {
                "case": row,
                "organisation": names.get(case.organisation, ""),
                "who": _who(case, found, names),
                "recallable": case.state == State.DELEGATED and Role.CLERK in request.visitor.roles,
            }
            for case, row in zip(cases, rows, strict=True)
        ],
        more=len(cases) == MOST,
        **handouts.addresses(request),
    )


def _names(platform: str, cases: Sequence[Case]) -> dict[str, str]:
    """Return what the organisations and mediators of cases are called, by reference, in two queries."""
    bodies = {UUID(case.organisation) for case in cases if case.organisation}
    people = {UUID(ref) for case in cases for ref in case.sheet.get("mediators", ())}
    named: tuple[tuple[type[Organisation] | type[Mediator], set[UUID]], ...]
    named = ((Organisation, bodies), (Mediator, people))
    return {
        str(ref): name
        for table, refs in named
        for ref, name in table.objects.filter(platform=platform, ref__in=refs).values_list("ref", "name")
    }


def _who(case: Case, found: Stopped, names: dict[str, str]) -> str:
    return "、".join(f"{names.get(ref, ref)}（{state}）" for ref, state in _why(case, found).items())


def _lines(
    site: DeskSite, request: DeskRequest, found: Stopped, cases: Sequence[Case]
) -> Iterator[list[spreadsheets.Value]]:
    names = _names(site.rights.platform, cases)
    for case, row in zip(cases, rows_of(site, request, cases), strict=True):
        yield [
            row["number"],
            row["title"],
            label_of(State(row["state"])),
            names.get(case.organisation, ""),
            _who(case, found, names),
        ]


def _why(case: Case, found: Stopped) -> dict[str, str]:
    """Return who of a case may not go on, by reference, each with why."""
    if case.organisation in found.organisations:
        return {case.organisation: found.organisations[case.organisation]}
    serving = case.sheet.get("mediators", ())
    return {ref: found.mediators[ref] for ref in serving if ref in found.mediators}


def _take_back(site: DeskSite, request: DeskRequest, cases: CaseSet) -> HttpResponse:
    ref = request.POST.get("case", "")
    case = cases.filter(ref=ref, state=State.DELEGATED).first() if _is_reference(ref) else None
    if case is None:
        raise Http404
    by = keeper(request, case.court)
    reason = Enclosed(EnclosureKind.REASON, {"text": "调解组织已被暂停、除名、退出名册或者名册期满，收回后另行指派。"})
    try:
        done = moves.perform(case, "recall", by=by, at=request.visitor.at, enclosures=[reason])
    except (moves.Refused, facts.Malformed) as wrong:
        said = actions.spoken(wrong, request.visitor.at) if isinstance(wrong, moves.Refused) else str(wrong)
        messages.error(request, said)
        return HttpResponseRedirect(site.url("reassigning"))
    site.ring()
    if isinstance(done, Request):
        # The case lies with the organisation's platform: it is back as soon as that has heard of it.
        messages.success(request, _("已要求收回，对方平台确认后即可另选调解组织；期间请不要重复办理。"))
        return HttpResponseRedirect(site.url("case", case.ref))
    messages.success(request, _("已收回，请选择另一个调解组织。"))
    return HttpResponseRedirect(site.url("case_choose", case.ref))


def _is_reference(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
