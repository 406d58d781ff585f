"""When the post looks: every second, when somebody rings, and for the comparison every ten minutes.

Lives here: Celery tasks without payload, and the doorbell. Does not live here: the post itself (``outbox``,
``reconcile``).
Called by: Celery beat; the windows of both platforms and the operators' desk ring.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from celery import shared_task
from django.db import transaction

from mediation import platform, present, rosters
from mediation.exchange import callbacks, calls, outbox, peers, pictures
from mediation.exchange import reconcile as comparison

MOST_BATCHES = 20
logger = logging.getLogger(__name__)


@shared_task
def post() -> int:
    """Tell the peers of this deployment's platforms what they do not know yet; returns how much they acknowledged."""
    total = 0
    for _round in range(MOST_BATCHES):
        told = sum(outbox.post(config.code, present.now()) for config in platform.installed())
        total += told
        if not told:
            break
    return total


@shared_task
def reconcile() -> int:
    """Compare the books of this deployment's platforms with their peers'; returns how many differences were found."""
    found = 0
    for config in platform.installed():
        at = present.now()
        peer = peers.standing(config.code)
        if not peers.is_due(peer, at):
            continue
        try:
            found += len(comparison.sound_and_reconcile(config.code, at))
        except calls.Failed as failed:
            peers.note_failure(peer, str(failed), at)
            logger.warning("%s could not be compared: %s", config.code, failed)
    return found


@shared_task
def sweep_rosters() -> int:
    """Close the roster entries whose term has ended and send the jointly recognised on; returns how many moved."""
    return rosters.sweep(present.now())


@shared_task
def fetch_pictures() -> int:
    """Fetch the photographs that this deployment's platforms lack; returns how many came."""
    return sum(pictures.fetch(config.code, present.now()) for config in platform.installed())


@shared_task
def tell_subscribers() -> int:
    """Tell the subscribers of this deployment's platforms what has changed; returns how many changes were taken."""
    return sum(callbacks.tell(config.code, present.now()) for config in platform.installed())


def ring() -> None:
    """Ring the post once the present transaction is committed; if nobody hears it, the next look is a second away."""
    transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    with suppress(post.OperationalError):
        post.apply_async(retry=False, expires=10)
