"""What the operators' desk shows and the three things it can do.

Lives here: plain questions about the post, ``try_again``, ``reconcile_now`` and ``thaw``. Does not live here: drawing,
who may look, the same questions about the roster alone (``rosters``).
Called by: each platform's windows, ``manage.py post``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min, QuerySet

from mediation import log, moves, queries
from mediation.actor import Actor
from mediation.exchange import calls, outbox, peers, reconcile, rosters
from mediation.exchange.models import Fetch, Inbound, Outcome, Receipt
from mediation.models import Case, Delivery, Document, Request

ALARM_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Health:
    """How the post of one platform stands, cases and roster together: counts, the peer, whether somebody must look."""

    peer: str
    reachable: bool
    failures: int
    last_ok_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    next_try_at: datetime | None
    skew: int
    epoch: int
    peer_epoch: int
    read_only: bool
    waiting: int
    asked: int
    parked: int
    frozen: int
    files_missing: int
    oldest_unsent: timedelta
    alarm: bool
    reconciled_at: datetime | None
    findings: list[dict[str, Any]]


def health(platform: str, at: datetime) -> Health:
    """Return how the post of a platform stands; ``alarm`` once anything has waited a minute, or is parked or frozen."""
    peer = peers.standing(platform)
    told = (waiting(platform), rosters.waiting(platform))
    since = [oldest for unsent in told if (oldest := unsent.aggregate(oldest=Min("since"))["oldest"])]
    age = max(at - min(since), timedelta()) if since else timedelta()
    stopped = parked(platform).count() + rosters.parked(platform).count() + parked_here(platform).count()
    held = frozen(platform).count() + sum(rows.count() for rows in rosters.frozen(platform).values())
    return Health(
        peer=peer.peer,
        reachable=peer.failures == 0,
        failures=peer.failures,
        last_ok_at=peer.last_ok_at,
        last_error=peer.last_error,
        last_error_at=peer.last_error_at,
        next_try_at=peer.next_try_at,
        skew=peer.skew,
        epoch=peer.own_epoch,
        peer_epoch=peer.epoch,
        read_only=peer.read_only,
        waiting=sum(unsent.count() for unsent in told),
        asked=asked(platform).count(),
        parked=stopped,
        frozen=held,
        files_missing=Document.objects.filter(platform=platform, present=False).count(),
        oldest_unsent=age,
        alarm=age > ALARM_AFTER or bool(stopped) or bool(held),
        reconciled_at=peer.reconciled_at,
        findings=list(peer.findings),
    )


def waiting(platform: str) -> QuerySet[Delivery]:
    """Return entries the peer has not acknowledged, oldest first."""
    return (
        Delivery.objects.filter(platform=platform, state=Delivery.WAITING)
        .select_related("case")
        .order_by("since", "id")
    )


def retried(platform: str) -> QuerySet[Delivery]:
    """Return waiting entries that have been told more than once, most often first."""
    return waiting(platform).filter(attempts__gt=1).order_by("-attempts", "id")


def asked(platform: str) -> QuerySet[Request]:
    """Return requests the peer has not answered, oldest first."""
    return Request.objects.filter(platform=platform, state=Request.WAITING).select_related("case").order_by("at", "id")


def parked(platform: str) -> QuerySet[Delivery]:
    """Return entries the peer refused as a breach of protocol."""
    return (
        Delivery.objects.filter(platform=platform, state=Delivery.PARKED).select_related("case").order_by("since", "id")
    )


def parked_here(platform: str) -> QuerySet[Inbound]:
    """Return what this platform refused of the peer's."""
    return Inbound.objects.filter(platform=platform, outcome=Outcome.PARKED).order_by("heard_at", "id")


def early_here(platform: str) -> QuerySet[Inbound]:
    """Return what came before something that is still missing."""
    return Inbound.objects.filter(platform=platform, outcome=Outcome.WAITING).order_by("heard_at", "id")


def frozen(platform: str) -> QuerySet[Case]:
    """Return cases in which nothing may happen until a human has looked."""
    return Case.objects.of(platform).exclude(frozen="").order_by("id")


def files_put_off(platform: str) -> QuerySet[Fetch]:
    """Return files that could not be fetched yet, with the reason."""
    return Fetch.objects.filter(document__platform=platform).select_related("document__case").order_by("next_at", "id")


def confirmed(case: Case) -> tuple[int, bool]:
    """Return up to which number the peer is known to hold this case, and whether that is all of it."""
    if not case.shared:
        return 0, False
    reached = queries.confirmed(case)
    return reached, reached == case.entries


def receipts_of(case: Case) -> QuerySet[Receipt]:
    """Return the peer's receipts for a case in journal order; ``body`` is what ``manage.py verify_receipt`` reads."""
    return Receipt.objects.filter(case=case, number__gt=0).order_by("number")


def try_again(platform: str, at: datetime) -> int:
    """This function will make everything that waits or is parked due now and return how much that is."""
    return outbox.try_again(platform, at)


class Restoring(Exception):
    """本平台正在恢复，核对完成后自动解冻"""


def named(platform: str, ref: uuid.UUID) -> list[Any]:
    """Return what bears a reference here: the case, or else rows of the roster."""
    case = Case.objects.of(platform).filter(ref=ref).first()
    return [case] if case else rosters.named(platform, ref)


def thaw(row: Any, *, by: Actor, at: datetime) -> int | None:
    """This function will let a frozen case or row of the roster go on, make what waits or is parked of it due now, and
    return how much that is; None where it was not frozen.

    People have looked first: should the cause remain, the next envelope or comparison freezes it again. Raises
    Restoring, for what is held after a restore may be behind its own lost entries, and what came back is still to be
    made up for.
    """
    if peers.standing(row.platform).read_only or row.frozen.startswith(rosters.RETURNED):
        raise Restoring(Restoring.__doc__)
    return _thaw_case(row, by, at) if isinstance(row, Case) else rosters.thaw(row, by=by, at=at)


def _thaw_case(case: Case, by: Actor, at: datetime) -> int | None:
    with transaction.atomic():
        why = Case.objects.select_for_update().get(pk=case.pk).frozen
        if not why:
            return None
        moves.freeze(case, "")
        moves.run_errands(case, at)
        count = outbox.try_case_again(case, at)
        facts = {"frozen": why, "count": count}
        log.note(case.platform, str(case.ref), "exchange.thaw", by=by, at=at, facts=facts)
    return count


def reconcile_now(platform: str, at: datetime) -> list[reconcile.Finding] | None:
    """This function will compare the two books now; None where the peer does not answer."""
    try:
        return reconcile.sound_and_reconcile(platform, at)
    except calls.Failed:
        return None
