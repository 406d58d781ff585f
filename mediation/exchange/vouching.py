"""Who may vouch for whom: a platform speaks for the people it verified, in the capacities that sit on it.

Lives here: the table, and the check that keeps a compromised peer from doing what a clerk could not.
Does not live here: whether the person may make the move (the door judges).
Called by: inbox and reconcile, before the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mediation import moves
from mediation.actor import Actor, platform_itself
from mediation.models import Request
from mediation.platform import home_of, seats_of
from mediation.vocabulary import Role, Seat

ANYWHERE = frozenset({Role.PARTY, Role.AGENT, Role.OUTSIDER})
BY_SEAT = {
    Seat.COURT: frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER}),
    Seat.ORGANISATION: frozenset({Role.ORGANISATION, Role.MEDIATOR}),
}
OF_ITSELF = frozenset({Role.PLATFORM, Role.CLOCK})


def can_vouch(platform: str, by: Actor) -> bool:
    """Tell whether this platform may say that it verified this person in this capacity."""
    staff = {role for seat in seats_of(platform) for role in BY_SEAT[seat]}
    return by.role in ANYWHERE or by.role in staff


def can_ask(source: str, by: Actor, move: str) -> bool:
    """Tell whether a platform may ask for this move in this name: people it verified, itself only where declared so."""
    if by.role in OF_ITSELF:
        declared = moves.MOVES.get(move)
        asking = declared.by_request if declared is not None else ()
        return by == platform_itself(source) and source in map(home_of, asking)
    return can_vouch(source, by)


def check(platform: str, source: str, entry: Mapping[str, Any]) -> None:
    """Refuse (``moves.Illegal``) an actor whom the author could not have verified; one verified here must have asked
    here.

    An actor that names no platform is the author's own word.
    """
    try:
        by = Actor.from_entry(entry["by"])
    except (KeyError, ValueError, TypeError) as wrong:
        raise moves.Illegal("by") from wrong
    if by.role in OF_ITSELF:
        if by.seat == by.via == source or (by == platform_itself(platform) and _asked_here(platform, entry)):
            return
    elif by.via in (source, ""):
        if can_vouch(source, by):
            return
    elif by.via == platform and can_vouch(platform, by) and _asked_here(platform, entry):
        return
    raise moves.Illegal("vouching")


def _asked_here(platform: str, entry: Mapping[str, Any]) -> bool:
    name, facts = str(entry["kind"]).split(".")[1:2], entry["facts"]
    asked = Request.objects.filter(platform=platform, case__ref=entry["ref"], move__in=name)
    return isinstance(facts, dict) and any(
        {**request.by, "via": platform} == entry["by"]
        and all(facts.get(key) == value for key, value in request.facts.items())
        for request in asked
    )
