"""What runs by itself on the rows of a case and of the rosters: the sweep of clocks, due instants after a new calendar,
bulks, consolidations.

Lives here: Celery tasks that carry no payload and say "look now". Does not live here: the lapse itself (``moves``),
recomputing (``years``).
Called by: Celery beat; a window may ring too.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from mediation import bulks, files, incoming, moves, platform, present, queries, rosters, subscriptions, tallies, years
from mediation.api import answers
from mediation.signatures import assembling, decisions
from mediation.telling import authority, dispatch, following, reminding, service
from roster import tokens

_BATCH = 500
RECENT = timedelta(days=1)


@shared_task
def sweep() -> int:
    """Make every lapse that is due on the platforms of this deployment and return how many there were."""
    lapsed = 0
    for config in platform.installed():
        while made := moves.sweep(config.code, present.now(), most=_BATCH):
            lapsed += made
    return lapsed


@shared_task
def add_up() -> int:
    """Add up the figures of organisations on the platforms of this deployment; return how many rows went."""
    return sum(tallies.add_up(config.code) for config in platform.installed())


@shared_task
def reckon() -> int:
    """Journal what a newly loaded calendar changes on the platforms of this deployment; return of how many cases."""
    return sum(years.recompute(config.code, present.now()) for config in platform.installed())


@shared_task
def go_on() -> int:
    """Go on with what desks have started on many cases at once, and return how many cases were worked through."""
    return sum(bulks.work(config.code, present.now()) for config in platform.installed())


@shared_task
def tidy() -> int:
    """Scan what the virus scanner could not be asked about, and forget uploads that nobody finished, files that faults
    left, answers that nobody will ask for again and tokens that ran out; return how much was dealt with.
    """
    at = present.now()
    return (
        answers.sweep(at)
        + tokens.sweep(at)
        + subscriptions.sweep(at)
        + sum(files.rescan(one.code, at) + incoming.forget_stale(one.code, at) for one in platform.installed())
        + sum(files.sweep(one.code, timezone.now()) for one in platform.installed())
    )


@shared_task
def seal() -> int:
    """Add to the signed files what was signed within the last day, make those of what courts decided, and return how
    many were served.
    """
    at, since = present.now(), present.now() - RECENT
    made = sum(assembling.assemble(one.code, at, since=since) for one in platform.installed())
    return made + sum(decisions.sign_all(one.code, at, since=since) for one in platform.installed())


@shared_task
def seal_all() -> int:
    """Do the same for whatever was ever signed or decided, and return how many were served."""
    at = present.now()
    return sum(assembling.assemble(one.code, at) + decisions.sign_all(one.code, at) for one in platform.installed())


def ring_seal() -> None:
    """Ring ``seal`` once the present transaction is committed; unheard, beat rings within seconds."""
    transaction.on_commit(partial(_ring, seal), robust=True)


@shared_task
def tell() -> int:
    """Write the notices of what the journal has gained, go on with services and hand messages to their gateways;
    return how many entries were read.
    """
    read, at = 0, present.now()
    while made := following.follow(at, most=_BATCH):
        read += made
    for config in platform.installed():
        service.advance(config.code, at)
        authority.tell_authorities(config.code, at)
        dispatch.address(config.code, at)
        dispatch.send(config.code, at)
    return read


@shared_task
def remind() -> int:
    """Remind people before their clocks run out, and gather what desks have not read; return how much was written."""
    at, calendar = present.now(), queries.calendar()
    return sum(
        reminding.remind(config.code, at)
        + reminding.remind_of_duties(config.code, at)
        + dispatch.digest(config.code, at, calendar)
        for config in platform.installed()
    )


def ring_tell() -> None:
    """Ring ``tell`` once the present transaction is committed; unheard, beat rings within seconds."""
    transaction.on_commit(partial(_ring, tell), robust=True)


@shared_task
def tend_campaigns() -> int:
    """Open the quarter's consolidation and remind on the platform's own days; return how much was done (N-4.3)."""
    return rosters.tend_campaigns(present.now())


def ring_reckon() -> None:
    """Ring ``reckon`` once the present transaction is committed; unheard, beat rings within the hour."""
    transaction.on_commit(partial(_ring, reckon), robust=True)


def ring_bulks() -> None:
    """Ring ``go_on`` once the present transaction is committed; unheard, beat rings within the minute."""
    transaction.on_commit(partial(_ring, go_on), robust=True)


def _ring(task: Any) -> None:
    with suppress(task.OperationalError):
        task.apply_async(retry=False)
