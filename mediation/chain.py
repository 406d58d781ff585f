"""The seal on what is written down: canonical bytes, digests, signatures, sealed boxes and chains of entries.

Lives here: how a journal entry becomes bytes, a hash and a signature, and how a chain of entries is checked.
Does not live here: where keys are kept or when they are valid (``keyring``), what an entry means (``moves``).
Called by: the journal, the exchange, ``verify_journal`` and ``verify_receipt``. No framework inside, so that a court
expert can read this one file. ``script/verify_journal_offline.py`` says the same again with the standard library only.

Canonical JSON here: objects with string keys sorted by code point, no spaces, UTF-8 without escapes beyond those JSON
requires, integers within ±(2^53 − 1) so that every language reads the same number, no fractions at all (money is fen).
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mediation.sm2 import SM2

VERSION = 1
ENTRY_LABEL = f"mediation-docking/entry/{VERSION}"
SEALING_LABEL = f"mediation-docking/sealed/{VERSION}"
DIGESTS = ("sha256", "sm3")
GENESIS = ""
"""What the first entry of a chain names as the hash before it."""

BODY_KEYS = (
    "ref",
    "number",
    "kind",
    "at",
    "platform",
    "by",
    "facts",
    "clocks",
    "enclosures",
    "previous",
    "algorithm",
)
LARGEST_INTEGER = 2**53 - 1
DEEPEST_NESTING = 32


class SealBroken(ValueError):
    """密封内容无法打开：密钥不符或内容已被改动。"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


# Canonical bytes and digests


def canonical(value: object) -> bytes:
    """Return the one byte string that stands for a value of dicts, lists, strings, integers, booleans and None.

    Raises ValueError for anything else: fractions, other types, keys that are not strings, lone surrogates, NUL (which
    PostgreSQL cannot store), integers that not every language can read, nesting deeper than 32.
    """
    _check(value, 0)
    # What UTF-8 cannot encode is a lone surrogate; the error it then raises is a ValueError.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _check(value: object, depth: int) -> None:
    if depth > DEEPEST_NESTING:
        raise ValueError("canonical JSON is nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise ValueError("canonical JSON takes integers within ±(2^53 − 1)")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("canonical JSON takes string keys only")
            _check_text(key)
            if isinstance(item, str):
                _check_text(item)
            else:
                _check(item, depth + 1)
    else:
        raise ValueError(f"canonical JSON does not take {type(value).__name__}")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("canonical JSON does not take NUL")


def stamp(at: datetime) -> str:
    """Return an aware instant as UTC text with microseconds and Z; raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(algorithm: str, content: bytes) -> str:
    """Return the lower-case hex digest of bytes by ``sha256`` or ``sm3``; raises ValueError for another name."""
    if algorithm not in DIGESTS:
        raise ValueError(f"unknown digest algorithm {algorithm!r}")
    return hashlib.new(algorithm, content).hexdigest()


def new_salt() -> str:
    """Return 16 fresh random bytes as hex, the salt of one enclosure."""
    return secrets.token_hex(16)


def salted_digest(algorithm: str, salt: str, content: bytes) -> str:
    """Return the hex digest of the 16 salt bytes followed by the content.

    The salt is kept and erased with the content: without it nobody can guess a short content from its digest.
    """
    raw = bytes.fromhex(salt)
    if len(raw) != 16:
        raise ValueError("a salt is 16 bytes in hex")
    return digest(algorithm, raw + content)


def body_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return exactly the hashed part of an entry; raises KeyError if a key is missing."""
    return {key: entry[key] for key in BODY_KEYS}


def entry_hash(body: Mapping[str, Any], algorithm: str) -> str:
    """Return the hex hash of an entry's body, which names the hash before it under ``previous``."""
    if "previous" not in body:
        raise ValueError("an entry names the hash before it")
    return digest(algorithm, canonical(dict(body)))


# Signing keys


class Scheme(Protocol):
    """A signature algorithm over raw keys; add one to ``SCHEMES`` to make it available everywhere."""

    def generate(self) -> bytes:
        """Return a fresh private key."""

    def public_of(self, private: bytes) -> bytes:
        """Return the public key of a private one; raises ValueError if it is none."""

    def check_public(self, public: bytes) -> None:
        """Raise ValueError if the bytes are no public key."""

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Return the signature of a message."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is the key's own over this message."""


@functools.lru_cache(maxsize=64)
def _private_key(raw: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(raw)


@functools.lru_cache(maxsize=64)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


class Ed25519:
    """RFC 8032 Ed25519; private and public keys are 32 raw bytes."""

    def generate(self) -> bytes:
        """Return a fresh private key."""
        return Ed25519PrivateKey.generate().private_bytes_raw()

    def public_of(self, private: bytes) -> bytes:
        """Return the public key of a private one; raises ValueError if it is none."""
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def check_public(self, public: bytes) -> None:
        """Raise ValueError if the bytes are no public key."""
        Ed25519PublicKey.from_public_bytes(public)

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return _private_key(private).sign(message)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is the key's own over this message."""
        try:
            _public_key(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


SCHEMES: dict[str, Scheme] = {"ed25519": Ed25519(), "sm2": SM2()}


@dataclass(frozen=True)
class PublicKey:
    """The public half of a platform's signing key, written ``<algorithm>:<base64url>``."""

    algorithm: str
    raw: bytes

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the key written in the text; raises ValueError if it is none."""
        algorithm, raw = _read_key(text, SCHEMES)
        SCHEMES[algorithm].check_public(raw)
        return cls(algorithm, raw)

    @property
    def text(self) -> str:
        """The key as it is published."""
        return f"{self.algorithm}:{to_base64url(self.raw)}"

    @property
    def id(self) -> str:
        """The short id by which entries and messages name this key."""
        return key_id(self.text)

    def verify(self, hash_hex: str, signature: str, *, label: str = ENTRY_LABEL) -> bool:
        """Tell whether a base64url signature is this key's own over a hash under a label; never raises on bad text."""
        try:
            message = f"{label}:{hash_hex}".encode("ascii")
        except UnicodeEncodeError:
            return False
        return self.verify_message(message, signature)

    def verify_message(self, message: bytes, signature: str) -> bool:
        """Tell whether a base64url signature is this key's own over the bare bytes of a message (RFC 9421)."""
        try:
            raw = from_base64url(signature)
        except ValueError:
            return False
        return SCHEMES[self.algorithm].verify(self.raw, message, raw)


@dataclass(frozen=True)
class SigningKey:
    """A platform's private signing key, written ``<algorithm>:<base64url>``; never shown."""

    algorithm: str
    raw: bytes

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"SigningKey({self.public.id})"

    @classmethod
    def generate(cls, algorithm: str = "ed25519") -> Self:
        """Return a fresh key."""
        return cls(algorithm, SCHEMES[algorithm].generate())

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the key written in the text; raises ValueError if it is none."""
        algorithm, raw = _read_key(text, SCHEMES)
        SCHEMES[algorithm].public_of(raw)
        return cls(algorithm, raw)

    @property
    def text(self) -> str:
        """The key as it is kept in the settings."""
        return f"{self.algorithm}:{to_base64url(self.raw)}"

    @functools.cached_property
    def public(self) -> PublicKey:
        """The half that may be published."""
        return PublicKey(self.algorithm, SCHEMES[self.algorithm].public_of(self.raw))

    def sign(self, hash_hex: str, *, label: str = ENTRY_LABEL) -> str:
        """Return the base64url signature over a hash; the label keeps it from passing for any other kind of paper."""
        return self.sign_message(f"{label}:{hash_hex}".encode("ascii"))

    def sign_message(self, message: bytes) -> str:
        """Return the base64url signature over the bare bytes of a message (RFC 9421)."""
        return to_base64url(SCHEMES[self.algorithm].sign(self.raw, message))


def key_id(public_text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a public key's text."""
    return hashlib.sha256(public_text.encode()).hexdigest()[:16]


# Sealed boxes


@dataclass(frozen=True)
class SealingPublicKey:
    """The public half of a platform's sealing key: whoever has it can write to that platform only."""

    raw: bytes

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the key written in the text; raises ValueError if it is none."""
        _, raw = _read_key(text, ("x25519",))
        X25519PublicKey.from_public_bytes(raw)
        return cls(raw)

    @property
    def text(self) -> str:
        """The key as it is published."""
        return f"x25519:{to_base64url(self.raw)}"

    @property
    def id(self) -> str:
        """The short id by which sealed content names this key."""
        return key_id(self.text)

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Return content that only the key's owner can open, and only in the same context (X25519, HKDF, AES-GCM)."""
        sender = X25519PrivateKey.generate()
        ephemeral = sender.public_key().public_bytes_raw()
        shared = sender.exchange(X25519PublicKey.from_public_bytes(self.raw))
        return bytes([VERSION]) + ephemeral + _box(shared, ephemeral, self.raw).encrypt(bytes(12), content, context)


@dataclass(frozen=True)
class SealingKey:
    """A platform's private sealing key, written ``x25519:<base64url>``; never shown."""

    raw: bytes

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"SealingKey({self.public.id})"

    @classmethod
    def generate(cls) -> Self:
        """Return a fresh key."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the key written in the text; raises ValueError if it is none."""
        _, raw = _read_key(text, ("x25519",))
        X25519PrivateKey.from_private_bytes(raw)
        return cls(raw)

    @property
    def text(self) -> str:
        """The key as it is kept in the settings."""
        return f"x25519:{to_base64url(self.raw)}"

    @functools.cached_property
    def public(self) -> SealingPublicKey:
        """The half that may be published."""
        return SealingPublicKey(X25519PrivateKey.from_private_bytes(self.raw).public_key().public_bytes_raw())

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the content sealed to this key in this context; raises SealBroken otherwise."""
        ephemeral = sealed[1:33]
        if sealed[:1] != bytes([VERSION]) or len(sealed) < 49:
            raise SealBroken
        try:
            shared = X25519PrivateKey.from_private_bytes(self.raw).exchange(
                X25519PublicKey.from_public_bytes(ephemeral)
            )
            return _box(shared, ephemeral, self.public.raw).decrypt(bytes(12), sealed[33:], context)
        except (InvalidTag, ValueError) as broken:
            raise SealBroken from broken


def _box(shared: bytes, ephemeral: bytes, recipient: bytes) -> AESGCM:
    # The key serves one message only, which is why its nonce may be constant.
    info = SEALING_LABEL.encode() + ephemeral + recipient
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared))


# Checking a chain


class FaultKind(StrEnum):
    """What is wrong at a place in a chain."""

    MALFORMED = "MALFORMED"
    ALTERED = "ALTERED"
    FORGED = "FORGED"
    UNLINKED = "UNLINKED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    TRUNCATED = "TRUNCATED"
    FORKED = "FORKED"


@dataclass(frozen=True)
class Fault:
    """The number of an entry and what is wrong there.

    MALFORMED: not an entry. ALTERED: the body does not give the hash. FORGED: the signature is not the platform's own.
    UNLINKED: names another entry before it. REMOVED, TRUNCATED: this number is missing, inside or at the end.
    INSERTED: a number a second time, or an entry of another case. REORDERED: stands out of its place.
    FORKED: the entry differs from the one the other platform has acknowledged.
    """

    number: int
    kind: FaultKind


def verifier(keys: Mapping[str, Mapping[str, PublicKey]]) -> Callable[[Mapping[str, Any]], bool]:
    """Return the check of an entry's signature against public keys by platform and key id."""

    def verify(entry: Mapping[str, Any]) -> bool:
        key = keys.get(entry["platform"], {}).get(entry["key"])
        return key is not None and key.verify(entry["hash"], entry["signature"])

    return verify


def check_chain(
    entries: Iterable[Mapping[str, Any]],
    verify: Callable[[Mapping[str, Any]], bool],
    *,
    head: tuple[int, str] | None = None,
) -> Iterator[Fault]:
    """Yield what is wrong with one case's entries in the order given, the first bad one first; nothing if all is well.

    ``head`` is a number and hash known from elsewhere (the peer's receipt), by which a cut-off tail is found.
    """
    chain = list(entries)
    flaws = [_flaw_of(entry, verify) for entry in chain]
    refs = Counter(entry["ref"] for entry, flaw in zip(chain, flaws, strict=True) if flaw is None)
    ref = max(refs, key=refs.__getitem__, default=None)
    hashes: dict[int, str] = {}
    for flaw in (None, FaultKind.FORGED, FaultKind.ALTERED):
        for entry, found in zip(chain, flaws, strict=True):
            if found is flaw and (flaw or entry["ref"] == ref):
                hashes.setdefault(entry["number"], entry["hash"])
    for entry, found in zip(chain, flaws, strict=True):
        if found is None:
            hashes.setdefault(entry["number"], entry["hash"])
    order, place, reached = sorted(hashes), 0, 0
    seen: set[int] = set()
    for entry, flaw in zip(chain, flaws, strict=True):
        while place < len(order) and order[place] in seen:
            reached, place = order[place], place + 1
        if flaw is FaultKind.MALFORMED:
            yield Fault(reached + 1, flaw)
            continue
        if place < len(order) and order[place] > reached + 1:
            yield Fault(reached + 1, FaultKind.REMOVED)
            reached = order[place] - 1
        number = entry["number"]
        if flaw is not None:
            yield Fault(number, flaw)
        elif number in seen or entry["ref"] != ref:
            yield Fault(number, FaultKind.INSERTED)
        elif number != order[place]:
            yield Fault(number, FaultKind.REORDERED)
        elif entry["previous"] != (GENESIS if number == 1 else hashes.get(number - 1, entry["previous"])):
            yield Fault(number, FaultKind.UNLINKED)
        seen.add(number)
    if head is not None:
        last = order[-1] if order else 0
        if head[0] > last:
            yield Fault(last + 1, FaultKind.TRUNCATED)
        elif hashes.get(head[0], head[1]) != head[1]:
            yield Fault(head[0], FaultKind.FORKED)


def _flaw_of(entry: Mapping[str, Any], verify: Callable[[Mapping[str, Any]], bool]) -> FaultKind | None:
    """Return what is wrong with an entry looked at alone."""
    texts = ("ref", "platform", "previous", "algorithm", "hash", "signature", "key")
    if any(not isinstance(entry.get(key), str) for key in texts):
        return FaultKind.MALFORMED
    if type(entry.get("number")) is not int or entry["number"] < 1:
        return FaultKind.MALFORMED
    try:
        expected = entry_hash(body_of(entry), entry["algorithm"])
    except (KeyError, ValueError):
        return FaultKind.MALFORMED
    if expected != entry["hash"]:
        return FaultKind.ALTERED
    return None if verify(entry) else FaultKind.FORGED


# Text of keys and signatures


def to_base64url(raw: bytes) -> str:
    """Return bytes as base64url text without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url text; raises ValueError unless it is exactly how ``to_base64url`` writes them."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise ValueError("not base64url") from broken
    if to_base64url(raw) != text:
        raise ValueError("not base64url")
    return raw


def _read_key(text: str, algorithms: Iterable[str]) -> tuple[str, bytes]:
    algorithm, separator, encoded = text.strip().partition(":")
    if not separator or algorithm not in algorithms:
        raise ValueError(f"a key is written <algorithm>:<base64url>; algorithms known here: {', '.join(algorithms)}")
    return algorithm, from_base64url(encoded)
