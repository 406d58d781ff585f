"""One click on a case that came back: the organisation recommended first, by name, and what the clerk confirms by it.

Lives here: what the rows of a list offer, what delegating confirms. Does not live here: ranking (``mediation.choice``),
the page of choice and the act itself (``choosing``).
Called by: ``caselists`` for its rows, ``choosing``.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from mediation import bulks, guards, law
from mediation.adminkit.site import DeskRequest, DeskSite
from mediation.models import Case
from mediation.vocabulary import ClockKind, Role, State, Track
from mediation.windows.pages import spoken_instant
from mediation.workdays import local_day


@dataclass(frozen=True)
class Offer:
    """To whom a case that came back may go with one click; without an ``organisation`` only the page of choice is left.

    ``key`` makes a second click the same act.
    """

    ref: str
    organisation: str
    name: str
    seen: int
    key: str
    url: str
    choose_url: str


def offers(site: DeskSite, request: DeskRequest, cases: Sequence[Case]) -> dict[str, Offer]:
    """Return by reference what a clerk is offered for those of these cases that an organisation gave back."""
    on, seats = (
        local_day(request.visitor.at),
        {actor.seat for actor in request.visitor.actors if actor.role is Role.CLERK},
    )
    back = [case for case in cases if case.state == State.READY and case.organisation and case.court in seats]
    found = {}
    for court, own in groupby(sorted(back, key=lambda case: case.court), key=lambda case: case.court):
        held = list(own)
        world = bulks.Roster(site.rights.platform, court, on)
        advised = bulks.advise(world, held)
        for case in held:
            organisation = advised.get(case.pk, "")
            found[str(case.ref)] = Offer(
                ref=str(case.ref),
                organisation=organisation,
                name=world.listed[organisation].name if organisation in world.listed else "",
                seen=case.entries,
                key=str(uuid.uuid4()),
                url=site.url("case_reassign", case.ref),
                choose_url=site.url("case_choose", case.ref),
            )
    return found


def confirms(case: Case, at: datetime) -> list[tuple[str, str]]:
    """Return what the clerk has to confirm to delegate now: the name of the fact and the sentence, each for a tick of
    its own. What came back needs none: the court designates anew (ZX-12).
    """
    found, on = [], local_day(at)
    if guards.is_choosing(case, at):
        due = datetime.fromisoformat(case.sheet["clocks"][ClockKind.CHOOSE]["due"])
        left = _(
            "双方当事人都已向本院明确表示交由法院指定，我已核实（%(law)s）。"
            "共同选择的期限到%(due)s，期满以后不需要确认。"
        )
        found.append(("left_to_court", left % {"law": law.cite("ZX-10", on), "due": spoken_instant(due)}))
    gate = law.delegation_policy(local_day(case.filed_at)).gate
    if case.track == Track.DELEGATED and gate is not law.Gate.OPEN and not case.organisation:
        found.append(("reason_confirmed", _("立案前委派符合通知规定的情形，理由已经核对。")))
    return found
