"""The first page of a desk: counts that open lists, and what is due soonest.

Lives here: putting a role's groups of queues together. Does not live here: the queues themselves (each platform's
``admin``).
Called by: the index of both admin sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mediation.adminkit import worklist
from mediation.adminkit.caselists import names_people, rows_of, saved_filters
from mediation.adminkit.site import DeskSite
from mediation.adminkit.worklist import DUTIES, OtherList, Queue, reached
from mediation.models import Case, CaseSet, Clock
from mediation.vocabulary import Role
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Post

URGENT = 10
AHEAD = timedelta(days=10)


@dataclass(frozen=True)
class Group:
    """Queues, and other lists, that belong together under one heading."""

    label: str | Promise
    queues: tuple[Queue | OtherList, ...]
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
        {
            code: cases.filter(queue.condition(platform, visitor.at))
            if isinstance(queue, Queue)
            else queue.rows(visitor.posts, visitor.at)
            for code, queue in queues.items()
        }
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
        urgent=rows_of(site, request, _soonest(cases, platform, visitor.at)) if visitor.roles & urgent else None,
        saved=saved_filters(site, request),
        today=local_day(visitor.at),
        seat_label=seat_of(visitor.posts[0]),
        search_url=site.url("cases_find"),
        search_hint=_("案号、姓名、证件号码、电话、调解组织") if named else _("案号、调解组织"),
    )


def _tile(site: DeskSite, queue: Queue | OtherList, count: int) -> dict[str, Any]:
    return {
        "label": queue.label,
        "value": worklist.spoken(count),
        "url": f"{site.url('cases')}?queue={queue.code}" if isinstance(queue, Queue) else queue.url(site),
        "tone": queue.tone if count else "",
    }


def _soonest(cases: CaseSet, platform: str, at: datetime) -> list[Case]:
    """Return the cases whose next duty ends first, overdue ones before all others.

    Only clocks that end within ``AHEAD`` are looked at: what lies further off is not urgent, and sorting all of them
    would cost the more the more cases a court has.
    """
    near = Clock.objects.filter(platform=platform, state=Clock.RUNNING, kind__in=DUTIES, due_at__lte=at + AHEAD)
    found = near.filter(case__in=cases.order_by().values("pk")).order_by("due_at", "pk")
    keys = list(dict.fromkeys(found.values_list("case", flat=True)[: URGENT * 3]))[:URGENT]
    known = Case.objects.in_bulk(keys)
    return [known[key] for key in keys]


def seat_of(post: Post) -> str:
    """Return the court or unit of a post, by name."""
    if post.court:
        court = roster.court(post.court)
        return court.name if court else post.court
    if post.unit:
        unit = roster.unit(post.unit)
        return unit.name if unit else post.unit
    return ""
