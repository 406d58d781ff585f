"""The public roster (ZX-5): organisations and mediators, what they take, whether they charge, who invited them.

Lives here: the two public pages. Does not live here: questions about the roster (``roster.queries``).
Called by: ``addresses``. Open to everybody.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import Cause, ListingStatus, OrganisationKind
from mediation.windows.moveforms import terms
from mediation.windows.portal import Window
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Court, Listing, Mediator, Organisation

PAGE = 20
MOST_COURTS = 6

PROVINCES: tuple[tuple[str, Any], ...] = (
    ("11", _("北京")), ("12", _("天津")), ("13", _("河北")), ("14", _("山西")), ("15", _("内蒙古")), ("21", _("辽宁")),
    ("22", _("吉林")), ("23", _("黑龙江")), ("31", _("上海")), ("32", _("江苏")), ("33", _("浙江")), ("34", _("安徽")),
    ("35", _("福建")), ("36", _("江西")), ("37", _("山东")), ("41", _("河南")), ("42", _("湖北")), ("43", _("湖南")),
    ("44", _("广东")), ("45", _("广西")), ("46", _("海南")), ("50", _("重庆")), ("51", _("四川")), ("52", _("贵州")),
    ("53", _("云南")), ("54", _("西藏")), ("61", _("陕西")), ("62", _("甘肃")), ("63", _("青海")), ("64", _("宁夏")),
    ("65", _("新疆")),
)  # fmt: skip
"""Provinces by their division code (GB/T 2260)."""


class RosterFilter(forms.Form):
    """What a visitor may narrow the roster to."""

    court = forms.ChoiceField(label=_("邀请法院"), required=False)
    province = forms.ChoiceField(label=_("地区"), required=False, choices=[("", _("全部")), *PROVINCES])
    cause = forms.ChoiceField(label=_("纠纷类型"), required=False, choices=[("", _("全部")), *terms(Cause)])
    fee = forms.ChoiceField(
        label=_("收费"), required=False, choices=[("", _("不限")), ("free", _("不收费")), ("fee", _("收费"))]
    )
    text = forms.CharField(
        label=_("名称或者领域"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer all courts."""
        super().__init__(*args, **kwargs)
        courts = list(roster.courts().values_list("code", "name"))
        self.fields["court"] = forms.ChoiceField(
            label=_("邀请法院"), required=False, choices=[("", _("全部")), *courts]
        )


class RosterList(Window):
    """The organisations, by name, with a filter."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the roster."""
        form = RosterFilter(request.GET)
        form.is_valid()
        wanted = form.cleaned_data
        found = roster.find_public(
            self.site.code,
            on=local_day(self.at),
            court=wanted.get("court", ""),
            region=wanted.get("province", ""),
            cause=wanted.get("cause", ""),
            fee={"free": False, "fee": True}.get(wanted.get("fee", "")),
            text=wanted.get("text", ""),
        )
        page = _page_number(request.GET.get("page", ""))
        shown = list(found[(page - 1) * PAGE : page * PAGE + 1])
        organisations = shown[:PAGE]
        refs = [one.ref for one in organisations]
        courts = inviting_courts(self, "organisation", refs)
        serving = Mediator.objects.filter(platform=self.site.code, active=True, organisation__in=refs)
        counts = Counter(serving.values_list("organisation", flat=True))
        rows = [
            {**described(one), "url": self.site.url("roster_entry", ref=one.ref), "mediator_count": counts[one.ref]}
            | {"courts": courts.get(one.ref, [])}
            for one in organisations
        ]
        context = {
            "form": form,
            "organisations": rows,
            "newer_url": _turned(request, page - 1) if page > 1 else "",
            "older_url": _turned(request, page + 1) if len(shown) > PAGE else "",
        }
        return render(request, "mediation/roster_list.html", context)


class RosterEntry(Window):
    """One organisation with its mediators."""

    public = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; one that does not work is not found."""
        found = roster.organisation(self.site.code, ref)
        if found is None or not found.active:
            raise Http404
        mediators = list(roster.mediators_of(self.site.code, ref))
        courts = inviting_courts(self, "organisation", [ref])
        invited = inviting_courts(self, "mediator", [one.ref for one in mediators])
        unit = roster.unit(found.unit)
        shown = described(found) | {
            "courts": courts.get(ref, []),
            "unit_label": unit.name if unit else "",
            "phone": found.phone,
            "address": found.address,
            "verified_on": found.verified_on,
            "apply_url": self.site.url("apply") if self.site.opening == "apply" else "",
        }
        people = [
            {
                "name": one.name,
                "certificate": one.licence_number,
                "expertise": phrases(one.expertise),
                "charges_fee": one.charges_fee,
                "courts": invited.get(one.ref) or courts.get(ref, [])[:MOST_COURTS],
            }
            for one in mediators
        ]
        return render(request, "mediation/roster_organisation.html", {"organisation": shown, "mediators": people})


def described(one: Organisation) -> dict[str, Any]:
    """Return what ZX-5 publishes of an organisation."""
    provinces = dict(PROVINCES)
    return {
        "name": one.name,
        "kind_label": gettext(OrganisationKind(one.kind).label),
        "province_label": "、".join(str(provinces.get(code, code)) for code in one.regions) or gettext("全国"),
        "scope": one.scope,
        "expertise": phrases(one.expertise),
        "charges_fee": one.charges_fee,
        "tariff": one.tariff,
    }


def inviting_courts(window: Window, column: str, refs: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Return the names of the courts whose roster has each of these today, in two queries."""
    today = local_day(window.at)
    in_force = Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    entries = list(
        Listing.objects.filter(
            in_force,
            platform=window.site.code,
            status=ListingStatus.LISTED,
            listed_on__lte=today,
            **{f"{column}__in": refs},
        ).values_list(column, "court")
    )
    names = dict(Court.objects.filter(code__in={code for _ref, code in entries}).values_list("code", "name"))
    found: dict[uuid.UUID, list[str]] = {}
    for ref, code in entries:
        found.setdefault(ref, []).append(names.get(code, code))
    return {ref: _few(courts) for ref, courts in found.items()}


def _few(courts: list[str]) -> list[str]:
    if len(courts) <= MOST_COURTS:
        return courts
    return [*courts[: MOST_COURTS - 1], gettext("等%(count)d个法院") % {"count": len(courts)}]


def phrases(text: str) -> list[str]:
    """Return a text of phrases set off by 、 as a list."""
    return [phrase for phrase in text.split("、") if phrase]


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 1 <= int(text) <= 1_000 else 1


def _turned(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"
