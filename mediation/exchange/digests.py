"""What two platforms compare to know that their copies are equal, and the tails of journals they lend each other.

Lives here: digests of (ref, number, head) over shared cases in buckets, and answering questions about them.
Does not live here: asking and healing (``reconcile``).
Called by: inbox (answers), reconcile (compares with its own).

A bucket is a prefix of the case reference. A small one is answered with its rows, a larger one with the digests of
its 256 parts. What is in flight on either side is left out of both.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef

from mediation import keyring
from mediation.exchange import envelope, peers
from mediation.exchange.models import Inbound, Outcome, Receipt
from mediation.models import Case, CaseEvent, Delivery, Enclosure

SMALL = 64
MOST_PREFIXES = 256
MOST_IN_FLIGHT = 2_000
MOST_TAILS = 50
MOST_LENT = 200

Row = tuple[str, int, str]


class BadQuestion(Exception):
    """核对请求的格式不正确"""

    status = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def in_flight(platform: str) -> list[str]:
    """Return the references of cases with an entry the peer has not acknowledged, at most ``MOST_IN_FLIGHT``."""
    open_now = Delivery.objects.filter(platform=platform).exclude(state=Delivery.APPLIED)
    return [str(ref) for ref in open_now.values_list("case__ref", flat=True).distinct()[:MOST_IN_FLIGHT]]


def rows(platform: str, prefix: str, left_out: Iterable[str]) -> list[Row]:
    """Return (ref, number, head) of the shared cases in a bucket, by reference, as the journal itself says."""
    low, high = uuid.UUID(prefix.ljust(32, "0")), uuid.UUID(prefix.ljust(32, "f"))
    found = CaseEvent.objects.filter(
        platform=platform,
        case__platform=platform,
        case__shared=True,
        number=F("case__entries"),
        case__ref__gte=low,
        case__ref__lte=high,
    ).values_list("case__ref", "number", "hash")
    without = set(left_out)
    return sorted((str(ref), number, head) for ref, number, head in found.iterator() if str(ref) not in without)


def cut_off(platform: str) -> list[Case]:
    """Return shared cases whose own last entry is not in this platform's journal any more."""
    last = CaseEvent.objects.filter(case=OuterRef("pk"), number=OuterRef("entries"), hash=OuterRef("head"))
    return list(Case.objects.of(platform).filter(~Exists(last), shared=True)[:MOST_IN_FLIGHT])


def digest(bucket: Iterable[Row]) -> str:
    """Return the digest of a bucket."""
    running = hashlib.sha256()
    for ref, number, head in bucket:
        running.update(f"{ref}|{number}|{head}\n".encode())
    return running.hexdigest()


def describe(bucket: list[Row], prefix: str) -> dict[str, Any]:
    """Return what is said of a bucket: its digest, and its rows or the digests of its parts."""
    said: dict[str, Any] = {"count": len(bucket), "digest": digest(bucket)}
    if len(bucket) <= SMALL or len(prefix) >= 30:
        return said | {"rows": [list(row) for row in bucket]}
    parts: dict[str, list[Row]] = {}
    for row in bucket:
        parts.setdefault(row[0].replace("-", "")[: len(prefix) + 2], []).append(row)
    return said | {"parts": {part: digest(held) for part, held in parts.items()}}


def answer_digests(platform: str, source: str, question: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Answer with a description of each bucket asked for, and with what is in flight here."""
    prefixes, left_out, everything = question.get("prefixes"), question.get("except"), question.get("everything")
    if not isinstance(prefixes, list) or not 0 < len(prefixes) <= MOST_PREFIXES or not isinstance(left_out, list):
        raise BadQuestion("prefixes")
    if not all(isinstance(prefix, str) and re.fullmatch(r"[0-9a-f]{0,30}", prefix) for prefix in prefixes):
        raise BadQuestion("prefixes")
    mine = [] if everything else in_flight(platform)
    without = {*mine, *(str(ref) for ref in left_out[: 2 * MOST_IN_FLIGHT])}
    return {
        "except": mine,
        "buckets": {prefix: describe(rows(platform, prefix, without), prefix) for prefix in prefixes},
    }


def answer_tails(platform: str, source: str, question: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Answer with the entries of shared cases after a number, whoever wrote them, with what the asker may read, and
    with the receipts that prove since when they stand.
    """
    asked = question.get("cases")
    if not isinstance(asked, dict) or len(asked) > MOST_TAILS:
        raise BadQuestion("cases")
    key, epoch = keyring.sealer(source), peers.standing(platform).own_epoch
    if key is None:
        raise BadQuestion("keys")
    tails: dict[str, list[dict[str, Any]]] = {}
    proofs: dict[str, list[dict[str, Any]]] = {}
    left = MOST_LENT
    for ref, after in asked.items():
        try:
            case = Case.objects.of(platform).filter(ref=uuid.UUID(ref), shared=True).first()
        except (ValueError, AttributeError):
            raise BadQuestion("cases") from None
        if case is None or type(after) is not int:
            continue
        events = list(
            CaseEvent.objects.filter(case=case, number__gt=after).order_by("number").select_related("case")[:left]
        )
        left -= len(events)
        held: dict[int | None, list[Enclosure]] = {}
        for row in Enclosure.objects.filter(case=case, number__in=[event.number for event in events]):
            held.setdefault(row.number, []).append(row)
        tails[ref] = [
            envelope.of_entry(
                event, held.get(event.number, []), uuid.uuid5(case.ref, str(event.number)), epoch, source, key
            )
            for event in events
        ]
        proofs[ref] = _proofs(case, platform, source)
    return {"tails": tails, "receipts": proofs}


def _proofs(case: Case, platform: str, source: str) -> list[dict[str, Any]]:
    """Return receipts that prove since when the entries of a case stand, where a key that may have signed them was
    revoked: this platform's for the asker's entries and the asker's for its own.
    """
    if not keyring.revoked(source) and not keyring.revoked(platform):
        return []
    given = Inbound.objects.filter(platform=platform, ref=str(case.ref), outcome=Outcome.APPLIED, number__gt=0)
    held = Receipt.objects.filter(case=case, outcome=Outcome.APPLIED, number__gt=0)
    return [
        *given.order_by("number").values_list("receipt", flat=True),
        *held.order_by("number").values_list("body", flat=True),
    ][-MOST_LENT:]
