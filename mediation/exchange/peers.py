"""How this platform stands with its peer: epoch, failures, when to try again.

Lives here: reading and changing ``Peer`` rows. Does not live here: talking to the peer (``calls``).
Called by: inbox, outbox, reconcile, desk.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from mediation.exchange.models import Peer
from mediation.models import CaseEvent
from mediation.platform import peer_of

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
LEASE = timedelta(seconds=6)
LONGEST_CALL = timedelta(seconds=26)
MOST_FINDINGS = 200
MOST_AHEAD = 50
RESTORING = "恢复后核对中"
"""Why a copy is held, and a message left waiting, while this platform is being reconciled after a restore."""
_chance = secrets.SystemRandom()


def standing(platform: str) -> Peer:
    """Return how a platform stands with its peer; the first question makes the row."""
    return Peer.objects.get_or_create(platform=platform, peer=peer_of(platform))[0]


def pause_after(failures: int) -> timedelta:
    """Return how long to leave a peer alone after so many failures: 1, 2, 4, then 8 s, less up to a quarter."""
    capped = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return timedelta(seconds=max(FIRST_PAUSE, capped * _chance.uniform(0.75, 1.0)))


def is_due(peer: Peer, at: datetime) -> bool:
    """Tell whether the peer may be called now."""
    return peer.next_try_at is None or peer.next_try_at <= at


def lease(peer: Peer, at: datetime) -> bool:
    """Claim the line to the peer; False if another worker has it.

    For six seconds, so that the post goes on soon after a worker was killed; a peer that did not answer last time may
    hang, so that one is claimed for longer than a call can hang.
    """
    span = LONGEST_CALL if peer.failures else LEASE
    free = Q(leased_until=None) | Q(leased_until__lte=at) | Q(leased_until__gt=at + 2 * LONGEST_CALL)
    return bool(Peer.objects.filter(free, pk=peer.pk).update(leased_until=at + span))


def renew(peer: Peer, at: datetime) -> None:
    """Keep the line for one more call."""
    Peer.objects.filter(pk=peer.pk).update(leased_until=at + (LONGEST_CALL if peer.failures else LEASE))


def release(peer: Peer) -> None:
    """Give the line back."""
    Peer.objects.filter(pk=peer.pk).update(leased_until=None)


def note_success(peer: Peer, at: datetime) -> None:
    """Note that the peer answered properly."""
    Peer.objects.filter(pk=peer.pk).update(failures=0, next_try_at=None, last_ok_at=at)


def note_failure(peer: Peer, why: str, at: datetime) -> None:
    """Note that the peer could not be reached or answered improperly, and when to try again."""
    Peer.objects.filter(pk=peer.pk).update(
        failures=F("failures") + 1,
        next_try_at=at + pause_after(peer.failures + 1),
        last_error=why[:200],
        last_error_at=at,
    )


def note_ahead(platform: str, ref: str, number: int, by: timedelta) -> None:
    """Name an entry the peer dates later than its clock is known to go: it is applied, and people may look."""
    with transaction.atomic():
        peer = _locked(platform)
        why = f"该条流水的时间比本平台早到{int(by.total_seconds())}秒"
        named = {"ref": ref, "kind": "AHEAD", "number": number, "why": why}
        found, ahead = _parted(peer.findings)
        Peer.objects.filter(pk=peer.pk).update(findings=found + [named, *ahead][:MOST_AHEAD])


def note_findings(platform: str, found: list[dict[str, Any]], at: datetime) -> None:
    """Keep what a comparison found, what was named of entries dated ahead after it and capped apart, as long as this
    platform's clock has not come that far.
    """
    with transaction.atomic():
        peer = _locked(platform)
        entries = CaseEvent.objects.filter(platform=platform, at__gt=at)
        ahead = [
            row
            for row in _parted(peer.findings)[1]
            if entries.filter(case__ref=row["ref"], number=row["number"]).exists()
        ]
        Peer.objects.filter(pk=peer.pk).update(reconciled_at=at, findings=found[:MOST_FINDINGS] + ahead)


def _locked(platform: str) -> Peer:
    return Peer.objects.select_for_update().get(platform=platform, peer=peer_of(platform))


def _parted(findings: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what comparisons found, and what was named of entries dated ahead."""
    return [row for row in findings if row["kind"] != "AHEAD"], [row for row in findings if row["kind"] == "AHEAD"]


def note_skew(peer: Peer, seconds: int) -> None:
    """Note by how much the peer's clock is ahead, so that the next message is dated as the peer would."""
    Peer.objects.filter(pk=peer.pk).update(skew=seconds)


def hear_epoch(platform: str, epoch: int) -> bool:
    """Note the peer's epoch; False if it is older than one already seen."""
    peer = standing(platform)
    if epoch > peer.epoch:
        Peer.objects.filter(pk=peer.pk, epoch__lt=epoch).update(epoch=epoch)
    return epoch >= peer.epoch
