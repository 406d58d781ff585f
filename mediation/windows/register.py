"""What the public may know of an organisation or a mediator (ZX-5), in words.

Lives here: provinces, an organisation described, the courts that invited somebody. Does not live here: the public
pages (``publicroster``), questions about the roster (``roster.queries``).
Called by: ``publicroster``, ``choosing``, ``filewords``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import ListingStatus, OrganisationKind
from roster.models import Court, Listing, Organisation

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


def inviting_courts(platform: str, column: str, refs: Iterable[uuid.UUID], on: date) -> dict[uuid.UUID, list[str]]:
    """Return the names of the courts whose roster has each of these on a day, in two queries."""
    entries = list(in_force(platform, on).filter(**{f"{column}__in": refs}).values_list(column, "court"))
    names = dict(Court.objects.filter(code__in={code for _ref, code in entries}).values_list("code", "name"))
    found: dict[uuid.UUID, list[str]] = {}
    for ref, code in entries:
        found.setdefault(ref, []).append(names.get(code, code))
    return {ref: _few(courts) for ref, courts in found.items()}


def in_force(platform: str, on: date) -> QuerySet[Listing]:
    """Return the entries of all courts that are in force on a day (TY-5)."""
    return Listing.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        platform=platform,
        status=ListingStatus.LISTED,
        listed_on__lte=on,
    )


def _few(courts: list[str]) -> list[str]:
    if len(courts) <= MOST_COURTS:
        return courts
    return [*courts[: MOST_COURTS - 1], gettext("等%(count)d个法院") % {"count": len(courts)}]


def phrases(text: str) -> list[str]:
    """Return a text of phrases set off by 、 as a list."""
    return [phrase for phrase in text.split("、") if phrase]
