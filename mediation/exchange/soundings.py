"""Asking the peer how it stands: which kinds it knows, and whether something people asked for there is on its way.

Lives here: the question, letting clocks go for which nothing is on its way, an epoch the peer has already passed.
Does not live here: answering it (``announcements``), how long a clock waits (``clocks``, ADR 8).
Called by: outbox (before it sends, where a clock waits), tasks and commands (before the comparison).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from mediation import clocks
from mediation.exchange import announcements, calls, envelope
from mediation.exchange.models import Peer
from mediation.models import Announcement, Clock

LARGEST_EPOCH = 2**31 - 2
SETTLING = timedelta(seconds=5)
"""What was asked for a moment ago may still be being written there: the peer's word counts up to this long before."""


def ask(peer: Peer, at: datetime, refs: Iterable[str] = ()) -> None:
    """This function will exchange announcements with the peer and let the clocks of these cases go for which it has
    nothing on its way; raises ``calls.Failed``.

    A peer one version older, which does not know the question, is taken to read what this version reads, and no clock
    waits for it.
    """
    asked = set(refs)
    try:
        said = calls.ask(peer, "standing", {**announcements.kinds(), "cases": sorted(asked)}, at)
    except calls.Failed as failed:
        if not failed.is_unknown_operation:
            raise
        Announcement.objects.filter(platform=peer.platform).update(tells=False, kinds=[])
        return
    try:
        announcements.take(peer.platform, said, at, tells=True)
        on_the_way = {str(ref): envelope.instant(text) for ref, text in said["open"].items()}
        reached = min(envelope.instant(said["now"]), at) - SETTLING
        passed = int(said["epoch"])
        if not 0 < passed < LARGEST_EPOCH:
            raise calls.Failed("standing")
    except (announcements.BadAnnouncement, KeyError, ValueError, TypeError, AttributeError) as wrong:
        raise calls.Failed("standing") from wrong
    waiting = Clock.objects.filter(platform=peer.platform, state=Clock.RUNNING, kind__in=clocks.PERSONAL)
    waiting.filter(case__ref__in=asked - {*on_the_way}).update(asked_until=reached)
    for ref in asked & {*on_the_way}:
        waiting.filter(case__ref=ref).update(asked_until=min(on_the_way[ref], reached))
    if peer.read_only and passed >= peer.own_epoch:
        # This backup is older than an earlier restore: the peer has heard this epoch before.
        Peer.objects.filter(pk=peer.pk).update(own_epoch=passed + 1)
        peer.own_epoch = passed + 1


def ask_for_held(peer: Peer, at: datetime) -> None:
    """Ask what is on its way for the cases whose clocks wait for the peer, if any do; raises ``calls.Failed``."""
    held = clocks.held(peer.platform, at - SETTLING).order_by(F("asked_until").asc(nulls_first=True), "due_at")
    refs = held.values_list("case__ref", flat=True)[: announcements.MOST_CASES]
    if refs:
        ask(peer, at, map(str, refs))
