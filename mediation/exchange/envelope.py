"""What travels: an entry of the journal, or a request for one, with its enclosures sealed to the platforms they are
meant for.

Lives here: writing and reading envelopes, the table of audiences. Does not live here: sending, signing the message
that carries them, judging what they say.
Called by: outbox, inbox, digests.

An entry's envelope is the entry itself (``CaseEvent.entry``) with ``id``, ``epoch``, ``source`` and ``audience``
added and the contents put with its enclosures. A request's has number 0 and is signed by the platform that vouches
for the person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mediation import chain, facts, keyring
from mediation.chain import SealBroken, SealingPublicKey
from mediation.models import CaseEvent, Enclosure, Request
from mediation.moves import VERSION, Carried
from mediation.platform import seats_of
from mediation.vocabulary import Audience, Seat
from roster.sealed import open_bytes

REQUEST_LABEL = "mediation-docking/request/1"
BOTH = frozenset(Seat)
AUDIENCE_SEATS: dict[Audience, frozenset[Seat]] = {
    Audience.ALL: BOTH,
    Audience.COURT: frozenset({Seat.COURT}),
    Audience.JUDGE: frozenset({Seat.COURT}),
    Audience.PARTIES: frozenset({Seat.ORGANISATION}),
    Audience.APPLICANTS: frozenset({Seat.ORGANISATION}),
    Audience.RESPONDENTS: frozenset({Seat.ORGANISATION}),
    Audience.MEDIATOR: frozenset({Seat.ORGANISATION}),
    Audience.ORGANISATION: frozenset({Seat.ORGANISATION}),
}
"""On which platform the people sit who may read an enclosure; no other platform is given its content."""

ENTRY_KEYS = (*chain.BODY_KEYS, "hash", "signature", "key")
REFERENCE_KEYS = ("kind", "audience", "about", "digest")
REQUEST_KEYS = ("id", "source", "audience", "ref", "kind", "at", "by", "facts", "enclosures")


class Unreadable(ValueError):
    """信封内容无法读取"""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_meant_for(platform: str, audience: str) -> bool:
    """Tell whether people who may read this audience's enclosures sit on the platform."""
    return bool(AUDIENCE_SEATS[Audience(audience)] & seats_of(platform))


def audiences_of(platform: str) -> list[str]:
    """Return the audiences whose enclosures the platform may have."""
    return [audience.value for audience in Audience if is_meant_for(platform, audience.value)]


def of_entry(
    event: CaseEvent, enclosures: Iterable[Enclosure], envelope: uuid.UUID, epoch: int, peer: str, key: SealingPublicKey
) -> dict[str, Any]:
    """Return the envelope of a journal entry for the peer; ``event.case`` must be loaded."""
    ref = str(event.case.ref)
    held = {row.digest: row for row in enclosures}
    parts = [
        _sealed(item, held.get(item["digest"]), peer, key, _context(ref, event.number, item["digest"]))
        for item in event.enclosures
    ]
    return {
        **event.entry(),
        "enclosures": parts,
        "id": str(envelope),
        "epoch": epoch,
        "source": event.platform,
        "audience": peer,
    }


def of_request(
    request: Request, enclosures: Iterable[Enclosure], epoch: int, peer: str, key: SealingPublicKey
) -> dict[str, Any]:
    """Return the envelope of a request; the owner gets every content, because it is the owner who writes the entry."""
    ref, number = str(request.case.ref), 0
    rows = list(enclosures)
    stated = {
        "id": str(request.ref),
        "source": request.platform,
        "audience": peer,
        "ref": ref,
        "kind": f"request.{request.move}.v{VERSION}",
        "at": chain.stamp(request.at),
        "by": {**request.by, "via": request.platform},
        "facts": request.facts,
        "enclosures": [row.reference() for row in rows],
    }
    signer = keyring.signer(request.platform)
    digest = request_digest(stated)
    parts = [_sealed(row.reference(), row, peer, key, _context(ref, number, row.digest), whole=True) for row in rows]
    return {
        **stated,
        "enclosures": parts,
        "number": number,
        "epoch": epoch,
        "hash": digest,
        "signature": signer.sign(digest, label=REQUEST_LABEL),
        "key": signer.public.id,
    }


def request_digest(envelope: Mapping[str, Any]) -> str:
    """Return the digest over what a request says; raises ValueError or KeyError if it is malformed."""
    body = {key: envelope[key] for key in REQUEST_KEYS}
    body["enclosures"] = [{key: item[key] for key in REFERENCE_KEYS} for item in envelope["enclosures"]]
    return chain.digest("sha256", chain.canonical(body))


def entry_of(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the journal entry an envelope carries; raises Unreadable."""
    try:
        entry = {key: envelope[key] for key in ENTRY_KEYS}
        entry["enclosures"] = [{key: item[key] for key in REFERENCE_KEYS} for item in envelope["enclosures"]]
    except (KeyError, TypeError) as wrong:
        raise Unreadable("envelope") from wrong
    return entry


def carried_in(envelope: Mapping[str, Any], platform: str) -> list[Carried]:
    """Return the enclosures of an envelope, opened where they are meant for this platform; raises Unreadable."""
    found = []
    try:
        for item in envelope["enclosures"]:
            kind, audience, about, digest = (item[key] for key in REFERENCE_KEYS)
            if not all(isinstance(text, str) for text in (kind, audience, about, digest)):
                raise Unreadable("enclosures")
            salt, content = "", b""
            if "sealed" in item:
                context = _context(envelope["ref"], envelope["number"], item["digest"])
                salt, content = _opened(platform, str(item["to"]), chain.from_base64url(item["sealed"]), context)
            found.append(Carried(kind, audience, about, digest, salt, content))
    except (KeyError, TypeError, ValueError) as wrong:
        raise Unreadable("enclosures") from wrong
    return found


def is_ref(text: str) -> bool:
    """Tell whether a text is the reference of a case or an envelope, written in the one right way."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def instant(value: Any) -> datetime:
    """Return the instant written in an envelope; raises Unreadable."""
    try:
        found = datetime.fromisoformat(value)
        if chain.stamp(found) != value or not facts.is_near(found):
            raise Unreadable("at")
    except (TypeError, ValueError, OverflowError) as wrong:
        raise Unreadable("at") from wrong
    return found


def _context(ref: str, number: int, digest: str) -> bytes:
    return f"{ref}|{number}|{digest}".encode()


def _sealed(
    item: Mapping[str, str],
    row: Enclosure | None,
    peer: str,
    key: SealingPublicKey,
    context: bytes,
    *,
    whole: bool = False,
) -> dict[str, str]:
    reference = {name: item[name] for name in REFERENCE_KEYS}
    if row is None or row.erased_at or not row.sealed or not (whole or is_meant_for(peer, row.audience)):
        return reference
    content = bytes.fromhex(row.salt) + open_bytes(bytes(row.sealed))
    return {**reference, "to": key.id, "sealed": chain.to_base64url(key.seal(content, context))}


def _opened(platform: str, key_id: str, sealed: bytes, context: bytes) -> tuple[str, bytes]:
    key = keyring.opener(platform, key_id)
    if key is None:
        raise Unreadable("key")
    try:
        content = key.open(sealed, context)
    except SealBroken as broken:
        raise Unreadable("sealed") from broken
    return content[:16].hex(), content[16:]
