"""The first page of a desk: counts that open lists, and what is due soonest.

Lives here: putting a role's groups of queues together. Does not live here: the queues themselves (each platform's
``admin``).
Called by: the index of both admin sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mediation.adminkit import worklist
from mediation.adminkit.casepages import names_people, rows_of
from mediation.adminkit.site import DeskSite
from mediation.adminkit.worklist import DUTIES, Queue, reached
from mediation.models import CaseSet, Clock
from mediation.vocabulary import Role
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Post

URGENT = 10


@dataclass(frozen=True)
class Group:
    """Queues that belong together under one heading."""

    label: str | Promise
    queues: tuple[Queue, ...]
    note: str | Promise = ""


def show_first_page(
    site: DeskSite, request: Any, pages: Mapping[Role, Sequence[Group]], *, urgent: frozenset[Role]
) -> HttpResponse:
    """Show the groups of the first role in ``pages`` the visitor has; ``urgent`` roles also see what is due first."""
    visitor = request.visitor
    role = next(role for role in pages if role in visitor.roles)
    cases, platform = reached(site.rights, visitor.posts), site.rights.platform
    queues = {queue.code: queue for group in pages[role] for queue in group.queues}
    found = worklist.counts(
        {code: cases.filter(queue.condition(platform, visitor.at)) for code, queue in queues.items()}
    )
    groups = [
        {
            "label": group.label,
            "note": group.note,
            "tiles": [_tile(site, queue, found[queue.code]) for queue in group.queues],
        }
        for group in pages[role]
    ]
    named = names_people(site, request)
    return site.show(
        request,
        "mediation/admin/desk.html",
        _("工作台"),
        groups=groups,
        urgent=rows_of(site, request, _soonest(cases)) if visitor.roles & urgent else None,
        today=local_day(visitor.at),
        seat_label=seat_of(visitor.posts[0]),
        search_url=site.url("cases"),
        search_hint=_("案号、姓名、证件号码、电话、调解组织") if named else _("案号、调解组织"),
    )


def _tile(site: DeskSite, queue: Queue, count: int) -> dict[str, Any]:
    return {
        "label": queue.label,
        "value": worklist.spoken(count),
        "url": f"{site.url('cases')}?queue={queue.code}",
        "tone": queue.tone if count else "",
    }


def _soonest(cases: CaseSet) -> list[Any]:
    """Return the cases whose next duty ends first."""
    running = cases.filter(clocks__state=Clock.RUNNING, clocks__kind__in=DUTIES)
    return list(running.annotate(first_due=Min("clocks__due_at")).order_by("first_due", "pk")[:URGENT])


def seat_of(post: Post) -> str:
    """Return the court or unit of a post, by name."""
    if post.court:
        court = roster.court(post.court)
        return court.name if court else post.court
    if post.unit:
        unit = roster.unit(post.unit)
        return unit.name if unit else post.unit
    return ""
