"""What the mediator's form of a record or of undisputed facts begins with.

Called by: ``portal``, which shows the forms of moves. Does not live here: the texts (``mediation.meeting.records``).
"""

from __future__ import annotations

from typing import Any

from mediation.actor import Actor
from mediation.meeting import records
from mediation.models import Case
from mediation.vocabulary import Role
from mediation.windows.pages import Names


def drawn_up(case: Case, actor: Actor, move: str) -> dict[str, Any]:
    """Return the text that a mediator's form of this move begins with; empty for every other."""
    if actor.role is not Role.MEDIATOR:
        return {}
    if move == "confirm_undisputed" and (text := records.undisputed_of(case)):
        return {"undisputed": text}
    held = records.newest_held(case) if move == "confirm_record" else None
    if held is None:
        return {}
    held.case = case
    names = Names([case]).mediators
    return {"record": records.record_of(held, "、".join(names.get(ref, "") for ref in case.sheet.get("mediators", ())))}
