"""Read-only questions about cases and the calendar, shared by both platforms and by everything below them.

Lives here: questions whose answer needs rows. Does not live here: who may ask (each platform's ``access``), writing.
Called by: the door, exchange, windows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from mediation import guards
from mediation.actor import Actor
from mediation.lifecycle import MOVES
from mediation.models import (
    Announcement,
    CalendarYear,
    Case,
    CaseEvent,
    CaseSet,
    Clock,
    Delivery,
    Document,
    Enclosure,
    Party,
    Request,
)
from mediation.vocabulary import ClockKind, Contact, EnclosureKind, State
from mediation.workdays import Calendar

CARRIED = (State.DELEGATED, State.APPLIED, State.ACCEPTED, State.MEDIATING, State.SUSPENDED, State.SIGNING)
"""States in which an organisation has work with a case: neither what it gave back nor what the court has afterwards."""


WITHDRAWABLE_FOR = timedelta(minutes=15)
"""For how long somebody may take back a document handed in to the wrong case."""

REFUSAL_SHOWN_FOR = timedelta(days=15)
"""For how long a refused request stands on pages; the notice of it stays in the inbox."""

JOINT = frozenset(
    (
        "extend",
        "waive",
        "seek_confirmation",
        "seek_decree",
        "withdraw_confirmation",
        "remediate",
        "reapply",
        "perform",
    )
)
"""Moves that take effect when every party has said yes to what one has proposed."""

HANDED_IN_BY = ("case.add_evidence.v1", "case.supplement.v1")


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
    """Return the whole journal of a case, oldest first; ``untold`` says which entries the peer has not acknowledged."""
    same = Delivery.objects.filter(case=OuterRef("case"), number=OuterRef("number"))
    # By its name as text: the types take an attribute that is declared for one that is defined twice.
    untold = {"untold": Exists(same.exclude(state=Delivery.APPLIED))}
    return list(CaseEvent.objects.filter(case=case).annotate(**untold).order_by("number"))


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


def confirmed(case: Case) -> int:
    """Return up to which entry the peer has acknowledged what this copy wrote; all of it where nothing waits."""
    told = Delivery.objects.filter(case=case).exclude(state=Delivery.APPLIED)
    first_open = told.aggregate(first=Min("number"))["first"]
    return case.entries if first_open is None else first_open - 1


def open_requests(platform: str, at: datetime) -> QuerySet[Request]:
    """Return what people asked the peer for and is not settled: what waits for an answer, and what was refused of late
    and has not been asked for again, nor been done since, by the same person.
    """
    mine = {"case": OuterRef("case"), "by__ref": OuterRef("by__ref")}
    again = Request.objects.filter(**mine, move=OuterRef("move"), pk__gt=OuterRef("pk"))
    kind = Concat(Value("case."), OuterRef("move"), Value(".v1"))
    done = CaseEvent.objects.filter(**mine, kind=kind, recorded_at__gte=OuterRef("answered_at"))
    refused = Q(state=Request.REFUSED, answered_at__gte=at - REFUSAL_SHOWN_FOR) & ~Exists(again) & ~Exists(done)
    return Request.objects.filter(Q(state=Request.WAITING) | refused, platform=platform)


def requests_of(cases: Collection[Case], at: datetime) -> dict[int, list[Request]]:
    """Return the unsettled requests of some cases of one platform by case, newest first, in one query."""
    found: dict[int, list[Request]] = {}
    if cases:
        platform = next(iter(cases)).platform
        for one in open_requests(platform, at).filter(case__in=cases).order_by("-at", "-pk"):
            found.setdefault(one.case_id, []).append(one)
    return found


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


def withdrawable(case: Case, actors: Iterable[Actor], at: datetime) -> dict[str, datetime]:
    """Return until when these actors may take back which documents of the case, by the documents' references."""
    own = {actor.ref for actor in actors}
    since = at - WITHDRAWABLE_FOR
    entries = CaseEvent.objects.filter(case=case, kind__in=HANDED_IN_BY, at__gte=since, at__lte=at)
    fresh = {event.number: event.at for event in entries if event.by["ref"] in own}
    if not fresh:
        return {}
    held = Document.objects.filter(case=case, number__in=fresh).values_list("ref", "number")
    return {str(ref): fresh[number] + WITHDRAWABLE_FOR for ref, number in held}


def agreed_obligations(case: Case) -> list[dict[str, Any]]:
    """Return the obligations that the agreement now before the parties, or signed, was drawn up with, as ``sign``
    states them; empty where it was not made of clauses or is not held here.
    """
    digest = case.sheet.get("agreement", {}).get("digest", "")
    for row in reversed(texts(case, (EnclosureKind.AGREEMENT,)) if digest else []):
        content = row.content()
        if content.get("sha256") == digest:
            return list(content.get("obligations", ()))
    return []


def lacking(case: Case) -> tuple[str, list[str]]:
    """Return the move that every party must make for a case to go on, and who has not made it yet; nobody where it
    waits for no such move, or where none of them has begun what they may also leave.
    """
    sheet, everybody = case.sheet, guards.remaining(case)
    match case.state:
        case State.CONSULTING:
            willing = {
                ref for ref in everybody if guards.has_consented(case, ref) or guards.is_bound_to_take_part(case, ref)
            }
            return "consent", [ref for ref in everybody if ref not in willing]
        case State.READY if ClockKind.CHOOSE in sheet.get("clocks", {}):
            chosen = {*sheet.get("choices", {}), *sheet.get("left", ())}
            return "choose_jointly", [ref for ref in everybody if ref not in chosen]
        case State.ACCEPTED if all(sheet.get("contacts", {}).get(ref) == Contact.REACHED for ref in everybody):
            if unknown := [ref for ref in everybody if ref not in sheet.get("addresses", ())]:
                return "confirm_address", unknown
        case State.SIGNING:
            return "sign", [ref for ref in everybody if ref not in sheet["agreement"]["signatures"]]
        case State.CONFIRMED:
            return "receive_ruling", [ref for ref in everybody if ref not in sheet.get("received", {})]
        case State.DECREE_ISSUED:
            signed = sheet.get("proposals", {}).get("receive_decree", {}).get("yes", {})
            return "receive_decree", [ref for ref in everybody if ref not in signed]
    over = () if ClockKind.CONFIRM in sheet.get("clocks", {}) else ("seek_confirmation",)
    for name, proposal in sheet.get("proposals", {}).items():
        can_go_on = name in JOINT and name not in over and State(case.state) in MOVES[name].sources
        missing = [ref for ref in everybody if ref not in proposal["yes"]]
        if can_go_on and proposal["yes"] and missing:
            return name, missing
    return "", []
