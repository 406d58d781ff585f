"""Whose turn it is: mediators of an organisation in the order in which cases come to them.

Lives here: the order, which cases wait for somebody, and what the load board shows of everybody. Does not live here:
appointing (the move's page), who is away (``mediation.duty``), whose standing at a court is suspended (``portal``).
Called by: ``portal``, ``leaves``.

Whoever of a case's mediators stays goes on alone; a mediator whom the parties chose together comes first (ZX-10), and
where nobody can ask them, the appointment says so. Otherwise the turn goes to somebody who is not away now or within
three days, whom the court does not keep out: who is at home in the cause before the others, then whoever has the fewest
open cases, then whoever was appointed longest ago. A connection with somebody in the case is found when the button is
pressed, and whoever must not serve is refused there (TY-15).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from mediation import duty
from mediation.lifecycle import FINAL, MEDIATION_STATES
from mediation.models import Appointment, Case, CaseSet, Clock
from mediation.vocabulary import InsteadGround, Role, State
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Listing, Mediator

REACHED_WITHIN = timedelta(days=3)
"""Whoever is appointed has to reach the parties in three working days (ZX-15): nobody who is about to leave can."""


@dataclass(frozen=True)
class Turn:
    """Whom one press of a button appoints in a case; ``key`` makes a second press the same act."""

    seen: int
    key: str
    mediators: list[str]
    lead: str
    name: str
    chosen: bool = False
    """Whether this is whom the parties chose together (ZX-10)."""
    instead: str = ""
    """Why it is somebody else than whom they chose; empty if they chose nobody."""


@dataclass(frozen=True)
class Carried:
    """One mediator on the load board."""

    mediator: Mediator
    open: int
    new: int
    late: int
    leaves: tuple[object, ...]
    away: bool
    place: int
    """Whose turn comes first, counted from 1; 0 for whoever takes none now."""


def turns(
    platform: str, organisation: str, cases: Sequence[Case], at: datetime, *, gone: Collection[str] = ()
) -> dict[int, Turn]:
    """Return by primary key whom the turn names in each of an organisation's cases; five queries.

    ``gone`` are mediators who may not go on. A case for which nobody is left is not in the answer.
    """
    if not cases:
        return {}
    names = {str(one.ref): one for one in roster.mediators_of(platform, organisation).order_by("name", "pk")}
    today = local_day(at)
    absent = duty.away(platform, names, today, today + REACHED_WITHIN)
    load, last = _carried(platform, names)
    entries = Listing.objects.filter(platform=platform, status__in=roster.KEPT_OUT, mediator__in=list(names))
    kept_out = {(court, str(ref)) for court, ref in entries.values_list("court", "mediator")}
    found = {}
    for place, case in enumerate(cases):
        serving = case.sheet.get("mediators", ())
        stay = [ref for ref in serving if ref in names and ref not in gone and ref not in absent]
        able = [ref for ref in names if ref not in gone and ref not in absent and (case.court, ref) not in kept_out]
        foreign = {ref for ref in able if names[ref].causes and case.cause not in names[ref].causes}
        wanted = str(case.sheet.get("chosen_mediator", ""))
        able.sort(key=lambda ref: (ref != wanted, ref in foreign, load[ref], last.get(ref, 0)))
        named = stay or able[:1]
        if not named:
            continue
        fresh = set(named) - set(serving)
        load.update(fresh)
        # Within one list the turn passes on from case to case.
        last |= dict.fromkeys(fresh, max(last.values(), default=0) + place + 1)
        found[case.pk] = Turn(
            seen=case.entries,
            key=str(uuid.uuid4()),
            mediators=named,
            lead=case.sheet["lead"] if case.sheet.get("lead") in named else named[0],
            name="、".join(names[ref].name for ref in named),
            chosen=wanted in named,
            instead=InsteadGround.UNABLE.value if wanted and wanted not in named else "",
        )
    return found


def served_by(platform: str, organisation: str, mediators: Collection[str]) -> CaseSet:
    """Return the cases of an organisation in which something still waits for one of these mediators, oldest first.

    Who has signed an agreement has done all there was to do: the signature stands (ZX-19).
    """
    serving = Appointment.objects.filter(platform=platform, mediator__in=mediators)
    return _unfinished(platform, organisation).filter(pk__in=serving.values("case"))


def unserved(platform: str, organisation: str) -> CaseSet:
    """Return the cases of an organisation that nobody mediates: not appointed yet, or recused; oldest first."""
    return _unfinished(platform, organisation).filter(appointments__isnull=True)


def _unfinished(platform: str, organisation: str) -> CaseSet:
    ours = Case.objects.of(platform).filter(organisation=organisation)
    unsigned = Q(state=State.SETTLED) & ~Q(sheet__agreement__signatures__has_key=Role.MEDIATOR.value)
    return ours.filter(Q(state__in=MEDIATION_STATES) | unsigned).order_by("filed_at", "id")


def board(platform: str, organisation: str, at: datetime) -> list[Carried]:
    """Return what every mediator of an organisation carries, the next in turn first, whoever is away last."""
    people = list(roster.mediators_of(platform, organisation).order_by("name", "pk"))
    refs, today = [str(one.ref) for one in people], local_day(at)
    load, last = _carried(platform, refs)
    ours = Appointment.objects.filter(platform=platform, mediator__in=refs).exclude(case__state__in=FINAL)
    new = dict(ours.filter(case__state=State.ACCEPTED).values_list("mediator").annotate(count=Count("pk")))
    running = Q(case__clocks__state=Clock.RUNNING, case__clocks__due_at__lt=at, case__clocks__owned=True)
    late = dict(ours.filter(running).values_list("mediator").annotate(count=Count("case", distinct=True)))
    leaves: dict[str, list[object]] = {}
    for one in duty.absences(platform, refs, today):
        leaves.setdefault(str(one.who), []).append(one)
    soon = duty.away(platform, refs, today, today + REACHED_WITHIN)
    now = duty.away(platform, refs, today)
    ordered = sorted(people, key=lambda one: (str(one.ref) in soon, load[str(one.ref)], last.get(str(one.ref), 0)))
    return [
        Carried(
            mediator=one,
            open=load[ref],
            new=new.get(ref, 0),
            late=late.get(ref, 0),
            leaves=tuple(leaves.get(ref, ())),
            away=ref in now,
            place=0 if ref in soon else place,
        )
        for place, one in enumerate(ordered, 1)
        for ref in [str(one.ref)]
    ]


def _carried(platform: str, refs: Collection[str]) -> tuple[Counter[str], dict[str, int]]:
    """Return how many open cases each of these mediators has, and the last appointment of each."""
    serving = Appointment.objects.filter(platform=platform, mediator__in=list(refs))
    open_ones = serving.exclude(case__state__in=FINAL).values_list("mediator").annotate(count=Count("pk"))
    last = serving.values_list("mediator").annotate(last=Max("pk"))
    return Counter(dict(open_ones)), dict(last)
