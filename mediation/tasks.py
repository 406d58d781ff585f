"""What runs by itself on the rows of a case and of the rosters: the sweep of clocks, due instants after a new calendar,
bulks, consolidations.

Lives here: Celery tasks that carry no payload and say "look now". Does not live here: the lapse itself (``moves``),
recomputing (``years``).
Called by: Celery beat; a window may ring too.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction

from mediation import bulks, moves, platform, present, rosters, tallies, years

_BATCH = 500


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
