"""One click on a case whose mediator may not go on: somebody else of the organisation, proposed by name.

Lives here: whom the row proposes. Does not live here: which cases these are (``portal``), appointing (the move's page).
Called by: ``portal``, for the organisation's list.

Whoever of the others still serves goes on alone. Otherwise it is somebody whom the court does not keep out: who is at
home in the cause before the others, then whoever has the fewest open cases. A connection with somebody in the case is
found when the button is pressed.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mediation.lifecycle import FINAL
from mediation.models import Appointment, Case
from mediation.vocabulary import InsteadGround
from roster import queries as roster
from roster.models import Listing


@dataclass(frozen=True)
class Replacement:
    """What one click appoints; ``key`` makes a second click the same act."""

    seen: int
    key: str
    mediators: list[str]
    lead: str
    name: str
    instead: str


def replacements(
    platform: str, organisation: str, cases: Sequence[Case], gone: Collection[str]
) -> dict[int, Replacement]:
    """Return by primary key whom an organisation may appoint in its cases instead of those who are gone; three queries.

    A case for which nobody is left is not in the answer.
    """
    if not cases:
        return {}
    names = {str(one.ref): one for one in roster.mediators_of(platform, organisation).order_by("name", "pk")}
    serving = Appointment.objects.filter(platform=platform, case__organisation=organisation)
    load = Counter(serving.exclude(case__state__in=FINAL).values_list("mediator", flat=True))
    entries = Listing.objects.filter(platform=platform, status__in=roster.KEPT_OUT, mediator__in=list(names))
    kept_out = {(court, str(ref)) for court, ref in entries.values_list("court", "mediator")}
    found = {}
    for case in cases:
        stay = [ref for ref in case.sheet.get("mediators", ()) if ref in names and ref not in gone]
        able = [ref for ref in names if ref not in gone and (case.court, ref) not in kept_out]
        foreign = {ref for ref in able if names[ref].causes and case.cause not in names[ref].causes}
        proposed = stay or sorted(able, key=lambda ref: (ref in foreign, load[ref]))[:1]
        if not proposed:
            continue
        load.update(set(proposed) - set(stay))
        found[case.pk] = Replacement(
            seen=case.entries,
            key=str(uuid.uuid4()),
            mediators=proposed,
            lead=case.sheet["lead"] if case.sheet.get("lead") in proposed else proposed[0],
            name="、".join(names[ref].name for ref in proposed),
            instead=_instead(case.sheet, proposed),
        )
    return found


def _instead(sheet: Mapping[str, object], proposed: Collection[str]) -> str:
    """Return why somebody else than the mediator the parties chose together is appointed (ZX-10); empty if none was."""
    chosen = sheet.get("chosen_mediator")
    return InsteadGround.UNABLE.value if chosen and chosen not in proposed else ""
