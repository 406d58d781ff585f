"""Telling somebody what the other platform answered to what they asked for here.

Lives here: the notice of one answer. Does not live here: asking (``moves``), carrying it there and back (``exchange``).
Called by: ``exchange.outbox``, in the transaction that notes the answer.
"""

from __future__ import annotations

from datetime import datetime

from mediation.actor import Actor
from mediation.models import Notice, Request
from mediation.telling.people import Place
from mediation.telling.table import ANSWERED
from mediation.vocabulary import Errand, Role


def tell(request: Request, at: datetime) -> None:
    """This function will tell whoever asked that their request was done or refused, once; a refusal also leaves the
    platform by SMS and e-mail. What a platform asks by itself is told to nobody.
    """
    place = _place(Actor.from_entry(request.by))
    if place is None:
        return
    (role, seat), done = place, request.state == Request.DONE
    Notice.objects.get_or_create(
        platform=request.platform,
        key=f"request/{request.ref}",
        defaults={
            "case": request.case,
            "role": role,
            "seat": seat,
            "errand": Errand.NOTICE,
            "text": ANSWERED[done],
            "values": {"move": request.move},
            "at": at,
            "loud": not done,
            "next_at": at,
        },
    )


def _place(by: Actor) -> Place | None:
    """Return the place in the case whose inbox hears of it."""
    match by.role:
        case Role.PARTY | Role.AGENT:
            return by.role, by.ref
        case Role.CLERK | Role.JUDGE | Role.ORGANISATION:
            return by.role, by.seat
        case Role.COURT_LEADER:
            return Role.CLERK, by.seat
        case Role.MEDIATOR:
            return by.role, ""
        case _:
            return None
