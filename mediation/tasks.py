"""What runs by itself on the rows of a case: the sweep of clocks that ran out, and due instants after a new calendar.

Lives here: Celery tasks that carry no payload and say "look now". Does not live here: the lapse itself (``moves``),
recomputing (``years``).
Called by: Celery beat; a window may ring too.
"""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from mediation import moves, platform, years

_BATCH = 500


@shared_task
def sweep() -> int:
    """Make every lapse that is due on the platforms of this deployment and return how many there were."""
    lapsed = 0
    for config in platform.installed():
        while made := moves.sweep(config.code, timezone.now(), most=_BATCH):
            lapsed += made
    return lapsed


@shared_task
def reckon() -> int:
    """Journal what a newly loaded calendar changes on the platforms of this deployment; return of how many cases."""
    return sum(years.recompute(config.code, timezone.now()) for config in platform.installed())


def ring_reckon() -> None:
    """Ring ``reckon`` once the present transaction is committed; unheard, beat rings within the hour."""
    transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    with suppress(reckon.OperationalError):
        reckon.apply_async(retry=False)
