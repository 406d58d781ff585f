"""Read-only questions about cases and the calendar, shared by both platforms and by everything below them.

Lives here: questions whose answer needs rows. Does not live here: who may ask (each platform's ``access``), writing.
Called by: the door, exchange, windows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count

from mediation.models import (
    Announcement,
    CalendarYear,
    Case,
    CaseEvent,
    CaseSet,
    Clock,
    Delivery,
    Enclosure,
    Party,
    Request,
)
from mediation.vocabulary import EnclosureKind, State
from mediation.workdays import Calendar

CARRIED = (State.DELEGATED, State.APPLIED, State.ACCEPTED, State.MEDIATING, State.SUSPENDED, State.SIGNING)
"""States in which an organisation has work with a case: neither what it gave back nor what the court has afterwards."""


def calendar() -> Calendar:
    """Return the working-day calendar in force: the library's years overlaid by those an administrator loaded."""
    loaded = CalendarYear.objects.order_by("year").values_list("year", "days", "notice")
    return _calendar_of(json.dumps(list(loaded)))


@lru_cache(maxsize=16)
def _calendar_of(loaded: str) -> Calendar:
    # Remembered by the very words of the notices, so that a year loaded anywhere counts from the next question on.
    years = {year: CalendarYear(days=days, notice=notice).as_year() for year, days, notice in json.loads(loaded)}
    return Calendar.standard().with_years(years)


def load_of(platform: str, organisation: str) -> int:
    """Return how many open cases the organisation has on this platform's copy."""
    return Case.objects.of(platform).filter(organisation=organisation, state__in=CARRIED).count()


def loads_of(platform: str, organisations: Iterable[str]) -> dict[str, int]:
    """Return how many open cases each of these organisations has on this platform's copy, in one query."""
    held = Case.objects.of(platform).filter(organisation__in=list(organisations), state__in=CARRIED)
    return dict(held.values_list("organisation").annotate(count=Count("pk")).order_by())


def history(case: Case) -> list[CaseEvent]:
    """Return the whole journal of a case, oldest first."""
    return list(CaseEvent.objects.filter(case=case).order_by("number"))


def texts(case: Case, kinds: Iterable[EnclosureKind] = tuple(EnclosureKind)) -> list[Enclosure]:
    """Return the case's enclosures of these kinds, in journal order."""
    return list(
        Enclosure.objects.filter(case=case, number__isnull=False, kind__in=[kind.value for kind in kinds]).order_by(
            "number", "id"
        )
    )


def latest_text(case: Case, kind: EnclosureKind) -> dict[str, Any]:
    """Return the content of the newest enclosure of one kind, or an empty dict."""
    found = Enclosure.objects.filter(case=case, number__isnull=False, kind=kind).order_by("-number", "-id").first()
    return found.content() if found else {}


def people(case: Case) -> list[Party]:
    """Return the parties and agents of a case, applicants first, agents last."""
    order = {"APPLICANT": 0, "RESPONDENT": 1, "": 2}
    return sorted(case.people.all(), key=lambda party: (order[party.side], party.pk))


def running_clocks(case: Case) -> list[Clock]:
    """Return what is being waited for, soonest first."""
    return list(case.clocks.filter(state=Clock.RUNNING).order_by("due_at", "id"))


def announcement(platform: str) -> Announcement | None:
    """Return what the peer of this platform last said of itself, or None where it has not spoken yet."""
    return Announcement.objects.filter(platform=platform).first()


def untold(case: Case) -> int:
    """Return how many entries of this copy the peer has not yet acknowledged."""
    return Delivery.objects.filter(case=case).exclude(state=Delivery.APPLIED).count()


def pending_requests(case: Case) -> list[Request]:
    """Return requests of this copy that still wait for the owner's answer, or were refused last."""
    return list(case.requests.exclude(state=Request.DONE).order_by("-at", "-pk")[:5])


def waiting_cases(platform: str, at: datetime) -> CaseSet:
    """Return the platform's cases with a clock still to end, whose due date a corrected calendar may move."""
    ahead = {"clocks__state": Clock.RUNNING, "clocks__owned": True, "clocks__due_at__gte": at}
    return Case.objects.of(platform).filter(**ahead).distinct()


def provisional_cases(platform: str) -> CaseSet:
    """Return the platform's cases with a clock whose due date rests on a calendar year not yet loaded."""
    return (
        Case.objects.of(platform)
        .filter(clocks__state=Clock.RUNNING, clocks__provisional=True, clocks__owned=True)
        .distinct()
    )


def overdue(platform: str, at: datetime) -> Iterable[Clock]:
    """Return the running clocks of this platform that have passed, soonest first."""
    return Clock.objects.filter(platform=platform, state=Clock.RUNNING, due_at__lt=at).order_by("due_at")
