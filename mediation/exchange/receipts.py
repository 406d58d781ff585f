"""Receipts: what the receiver did with an envelope, signed, so that it can be shown years later.

Lives here: making and verifying receipts. Does not live here: keeping them (``Inbound`` here, ``Receipt`` at the
sender).
Called by: inbox (makes), outbox and ``manage.py verify_receipt`` (verify).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mediation import chain, keyring
from mediation.chain import PublicKey, SigningKey
from mediation.exchange.models import Outcome

LABEL = "mediation-docking/receipt/1"
BODY_KEYS = (
    "envelope",
    "kind",
    "outcome",
    "why",
    "at",
    "platform",
    "to",
    "ref",
    "number",
    "head",
    "epoch",
    "answer",
    "key",
)


def make(
    platform: str,
    envelope: Mapping[str, Any],
    outcome: Outcome,
    *,
    why: str = "",
    answer: Mapping[str, Any] | None = None,
    number: int,
    head: str,
    epoch: int,
    at: datetime,
    own: SigningKey | None = None,
) -> dict[str, Any]:
    """Return the signed receipt for an envelope; ``number`` and ``head`` are the receiver's own, after it; ``own``
    signs where another key than the platform's present one is to.
    """
    signer = own or keyring.signer(platform)
    body = {
        "envelope": str(envelope["id"]),
        "kind": str(envelope["kind"])[:60],
        "outcome": outcome.value,
        "why": why[:200],
        "at": chain.stamp(at),
        "platform": platform,
        "to": str(envelope["source"]),
        "ref": str(envelope["ref"]),
        "number": number,
        "head": head,
        "epoch": epoch,
        "answer": dict(answer or {}),
        "key": signer.public.id,
    }
    return {**body, "signature": signer.sign(_digest(body), label=LABEL)}


def is_genuine(receipt: Any, keys: Mapping[str, PublicKey]) -> bool:
    """Tell whether the receipt bears the signature of one of these public keys of its platform, over every field."""
    if not isinstance(receipt, dict) or set(receipt) != {*BODY_KEYS, "signature"}:
        return False
    key = keys.get(str(receipt["key"]))
    try:
        digest = _digest({name: receipt[name] for name in BODY_KEYS})
    except ValueError:
        return False
    return (
        key is not None
        and isinstance(receipt["signature"], str)
        and key.verify(digest, receipt["signature"], label=LABEL)
    )


def _digest(body: Mapping[str, Any]) -> str:
    return chain.digest("sha256", chain.canonical(dict(body)))
