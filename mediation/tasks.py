"""What runs by itself on the rows of a case: the sweep of clocks that ran out.

Lives here: Celery tasks that carry no payload and say "look now". Does not live here: the lapse itself (``moves``).
Called by: Celery beat; a window may ring too.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from mediation import moves, platform

_BATCH = 500


@shared_task
def sweep() -> int:
    """Make every lapse that is due on the platforms of this deployment and return how many there were."""
    lapsed = 0
    for config in platform.installed():
        while made := moves.sweep(config.code, timezone.now(), most=_BATCH):
            lapsed += made
    return lapsed
