"""What two platforms compare to know that their copies are equal, and the tails of journals they lend each other.

Lives here: digests of (key, number, head) over shared copies in buckets, and answering questions about them.
Does not live here: asking and healing (``reconcile``), in what cases and rosters differ (``shelves``).
Called by: inbox (answers), reconcile (compares with its own).

A bucket is a prefix of the key: of a case's reference, or of the reference behind ``<aggregate>/`` in the roster. A
small one is answered with its rows, a larger one with the digests of its 256 parts. What is in flight on either side is
left out of both.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mediation import keyring
from mediation.exchange import peers, shelves
from mediation.exchange.shelves import SHELVES, Row

SMALL = 64
MOST_PREFIXES = 256
MOST_IN_FLIGHT = 2_000
"""Of how many copies on one shelf it is said that they are in flight."""

MOST_TAILS = 50
MOST_LENT = 200


class BadQuestion(Exception):
    """核对请求的格式不正确"""

    status = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def in_flight(platform: str) -> list[str]:
    """Return the keys of copies with an entry the peer has not acknowledged, at most ``MOST_IN_FLIGHT`` a shelf."""
    return [key for shelf in SHELVES for key in shelf.in_flight(platform, MOST_IN_FLIGHT)]


def rows(platform: str, prefix: str, left_out: Iterable[str]) -> list[Row]:
    """Return (key, number, head) of the shared copies in a bucket, by key, as the journal itself says."""
    shelf, digits = shelves.find(prefix)
    if shelf is None:
        return []
    low, high = uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
    without = set(left_out)
    return sorted(row for row in shelf.heads(platform, low, high) if row[0] not in without)


def digest(bucket: Iterable[Row]) -> str:
    """Return the digest of a bucket."""
    running = hashlib.sha256()
    for ref, number, head in bucket:
        running.update(f"{ref}|{number}|{head}\n".encode())
    return running.hexdigest()


def describe(bucket: list[Row], prefix: str) -> dict[str, Any]:
    """Return what is said of a bucket: its digest, and its rows or the digests of its parts."""
    said: dict[str, Any] = {"count": len(bucket), "digest": digest(bucket)}
    if len(bucket) <= SMALL or len(shelves.find(prefix)[1]) >= 30:
        return said | {"rows": [list(row) for row in bucket]}
    return said | {"parts": {part: digest(held) for part, held in parted(bucket, prefix).items()}}


def parted(bucket: Iterable[Row], prefix: str) -> dict[str, list[Row]]:
    """Return the parts of a bucket by their prefix, two digits longer."""
    parts: dict[str, list[Row]] = {}
    for row in bucket:
        parts.setdefault(row[0].replace("-", "")[: len(prefix) + 2], []).append(row)
    return parts


def answer_digests(platform: str, source: str, question: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Answer with a description of each bucket asked for, and with what is in flight here.

    Buckets of the roster are asked for apart, in ``rosters``: a peer one version older passes them over.
    """
    prefixes, rosters = question.get("prefixes"), question.get("rosters", [])
    left_out, everything = question.get("except"), question.get("everything")
    if not isinstance(prefixes, list) or not isinstance(rosters, list) or not isinstance(left_out, list):
        raise BadQuestion("prefixes")
    if not 0 < len(prefixes) + len(rosters) <= MOST_PREFIXES:
        raise BadQuestion("prefixes")
    if not all(_is_prefix(prefix, "") for prefix in prefixes) or not all(
        _is_prefix(prefix, "[a-z]{1,16}/") for prefix in rosters
    ):
        raise BadQuestion("prefixes")
    mine = [] if everything else in_flight(platform)
    without = {*mine, *(str(key) for key in left_out[: 2 * MOST_IN_FLIGHT * len(SHELVES)])}
    return {
        "except": mine,
        "buckets": {prefix: describe(rows(platform, prefix, without), prefix) for prefix in [*prefixes, *rosters]},
    }


def _is_prefix(text: Any, shelf: str) -> bool:
    return isinstance(text, str) and re.fullmatch(shelf + r"[0-9a-f]{0,30}", text) is not None


def answer_tails(platform: str, source: str, question: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Answer with the entries of shared copies after a number, whoever wrote them, with what the asker may read, and
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
    for name, after in asked.items():
        place = shelves.locate(name)
        if place is None:
            raise BadQuestion("cases")
        shelf, ref = place
        row = shelf.row(platform, ref)
        if row is None or not row.shared or type(after) is not int:
            continue
        events = list(shelf.journal(row).filter(number__gt=after)[:left])
        left -= len(events)
        tails[name] = shelf.lend(row, events, epoch, source, key)
        # Receipts prove since when entries stand where a key that may have signed them was revoked.
        is_doubtful = keyring.revoked(source) or keyring.revoked(platform)
        proofs[name] = shelf.proofs(row)[-MOST_LENT:] if is_doubtful else []
    return {"tails": tails, "receipts": proofs}
