"""Using a higher court's roster with the entrants' consent (TY-5, ZX-27): whom a court may ask, and what came of it.

Lives here: the page and its one act. Does not live here: the answer, which the organisation gives on its own platform.
Called by: the court's admin site, among the pages of ``entrants_section``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import rosters
from mediation.actor import Actor
from mediation.adminkit import handouts
from mediation.adminkit.entrants import ENTRANT_COLUMNS, Entrant, court_names, entrants, keeper, seats, tabs
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import WITHIN
from mediation.vocabulary import ListingStatus
from mediation.windows import filewords
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import moves
from roster import queries as roster
from roster.facts import Malformed
from roster.models import Listing, Mediator, Organisation
from roster.moves import MOST_AT_ONCE, Refused

PAGE = 50
MOST_ASKED = 50


def adoption_pages() -> tuple[Page, ...]:
    """Return the page about a higher court's roster."""
    return (Page("entrants/adoption/", adoption, "adoption", FILL),)


class AskForm(WordedForm):
    """Until when the entries shall be valid."""

    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"),
        required=False,
        help_text=gettext_lazy("不填则长期有效"),
        validators=WITHIN,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def adoption(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show whom this court may ask and what those asked have said; ask those who are ticked."""
    held = seats(request)
    court = request.POST.get("court") or request.GET.get("court", "")
    court = court if court in held else held[0]
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _ask(site, request, keeper(request, court), form)
    return _shown(site, request, court, form)


def _shown(site: DeskSite, request: DeskRequest, court: str, form: AskForm) -> HttpResponseBase:
    platform, on = site.rights.platform, local_day(request.visitor.at)
    found = roster.adoptable(platform, court, on)
    text = request.GET.get("text", "").replace("\x00", " ").strip()[:60]
    if text:
        named = {"platform": OuterRef("platform"), "name__icontains": text}
        found = found.filter(
            Q(Exists(Organisation.objects.filter(ref=OuterRef("organisation"), **named)))
            | Q(Exists(Mediator.objects.filter(ref=OuterRef("mediator"), **named)))
        )
    handout = Handout(
        _("特邀名册：使用上级法院名册"),
        (*ENTRANT_COLUMNS, (_("有效期至"), 12)),
        found.order_by("pk"),
        partial(_lines, site, on),
    )
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__gt=int(after))
    rows = list(found.order_by("pk")[: PAGE + 1])
    asked = Listing.objects.filter(
        platform=platform, court=court, status__in=[ListingStatus.ASKED.value, ListingStatus.DECLINED.value]
    )
    told = list(asked.order_by("-since", "-pk")[:MOST_ASKED])
    names = court_names([court, *(row.court for row in rows), *seats(request)])
    everybody = entrants(site, [*rows[:PAGE], *told], on)
    query = request.GET.copy()
    query["after"] = str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
    return site.show(
        request,
        "mediation/admin/adoption.html",
        _("特邀名册：使用上级法院名册"),
        status=400 if form.errors else 200,
        crumbs=[(_("特邀名册"), site.url("entrants")), (_("使用上级法院名册"), "")],
        tabs=tabs(site, "adoption"),
        form=form,
        court=court,
        courts=[(code, names.get(code, code)) for code in seats(request)],
        text=text,
        rows=[
            {
                "entrant": one,
                "court": names.get(one.listing.court, one.listing.court),
                "public_url": _public_url(platform, one),
            }
            for one in everybody[: len(rows[:PAGE])]
        ],
        told=everybody[len(rows[:PAGE]) :],
        older_url=f"?{query.urlencode()}" if len(rows) > PAGE else "",
        **handouts.addresses(request),
    )


def _lines(site: DeskSite, on: date, rows: Sequence[Listing]) -> Iterator[list[Value]]:
    names = court_names(row.court for row in rows)
    for one in entrants(site, rows, on):
        row = one.listing
        yield [
            one.name,
            one.kind_label,
            one.member_of,
            names.get(row.court, row.court),
            one.status_label,
            row.expires_on,
        ]


def _public_url(platform: str, one: Entrant) -> str:
    page = "roster_entry" if one.listing.organisation else "roster_mediator"
    return reverse(f"{platform}:{page}", kwargs={"ref": one.listing.entrant})


def _ask(site: DeskSite, request: DeskRequest, by: Actor, form: AskForm) -> HttpResponse:
    at, platform = request.visitor.at, site.rights.platform
    wanted = [text for text in request.POST.getlist("entry")[:MOST_AT_ONCE] if len(text) == 36]
    sources = _sources(platform, by, wanted, request)
    if not sources:
        messages.error(request, _("没有选择上级法院名册中的调解组织或者调解员。"))
        return HttpResponseRedirect(site.url("adoption"))
    until = form.cleaned_data["expires_on"]
    term: dict[str, Any] = {"expires_on": until.isoformat()} if until else {}
    lines = []
    for one in entrants(site, sources, local_day(at)):
        about = {one.listing.entrant_kind: one.listing.entrant}
        facts = {
            "court": by.seat,
            "source": str(one.listing.ref),
            **{kind: str(ref) for kind, ref in about.items()},
            **term,
        }
        try:
            rosters.perform(moves.listing_of(platform, by.seat, **about), "ask", by=by, at=at, facts=facts)
            why = ""
        except (Refused, Malformed) as wrong:
            why = filewords.said(wrong, at)
        lines.append({"entrant": one, "why": why})
    site.ring()
    return site.show(
        request,
        "mediation/admin/entrants_done.html",
        _("征询使用上级法院名册"),
        crumbs=[(_("特邀名册"), site.url("entrants")), (_("结果"), "")],
        label=_("征询使用上级法院名册"),
        refused=[line for line in lines if line["why"]],
        rest=[line for line in lines if not line["why"]],
        done=sum(not line["why"] for line in lines),
        total=len(lines),
        back_url=site.url("adoption"),
    )


def _sources(platform: str, by: Actor, wanted: Sequence[str], request: DeskRequest) -> list[Listing]:
    refs = []
    for text in wanted:
        try:
            refs.append(forms.UUIDField().clean(text))
        except forms.ValidationError:
            continue
    on = local_day(request.visitor.at)
    return list(roster.adoptable(platform, by.seat, on).filter(ref__in=refs).order_by("pk"))
