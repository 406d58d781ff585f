"""Signed messages: RFC 9421 over method, path, sender, addressee and body digest (RFC 9530), with time and nonce.

Lives here: signing and verifying requests and answers. Does not live here: keys (``keyring``), what a message means.
Called by: ``calls`` (the asking side), ``inbox`` (the answering side).

The key that is named decides the algorithm (``chain.SCHEMES``), so no message can talk the receiver into another one.
The path is the one the application sees; a proxy may mount it below another. An answer covers its status and the
nonce of the request it answers, which is what makes it fresh.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import HTTPSignatureAlgorithm

from mediation import chain, keyring
from mediation.chain import PublicKey, SigningKey
from mediation.exchange.models import Nonce

TAG = "mediation-docking"
FRESH_SECONDS = 300
SOURCE, AUDIENCE, NONCE, ANSWERS = "Docking-Source", "Docking-Audience", "Docking-Nonce", "Docking-Answers"
REQUEST_COVERS = ("@method", "@path", "content-type", "docking-source", "docking-audience", "content-digest")
ANSWER_COVERS = ("@status", "content-type", "docking-source", "docking-audience", "docking-answers", "content-digest")
CALLBACK_COVERS = ("@method", "@target-uri", "content-type", "content-digest")
CALLBACK_TAG = "mediation-callback"


class Untrusted(Exception):
    """消息未通过验证"""

    def __init__(self, code: str, status: int = 401) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass
class Message:
    """A request or an answer as the library wants to see it."""

    headers: dict[str, str]
    method: str = ""
    url: str = ""


@dataclass
class AnswerMessage:
    """An answer; its status is what tells the library that it is one."""

    headers: dict[str, str]
    status_code: int
    request: Any = field(default=None)


@dataclass(frozen=True)
class Caller:
    """Who asked, proven: the platform, and the nonce its answer must name."""

    platform: str
    nonce: str


class OwnScheme(HTTPSignatureAlgorithm):
    """Signs with the keys of ``chain``, whatever algorithm the key is of."""

    algorithm_id = "by-key"

    def __init__(self, public_key: PublicKey | None = None, private_key: SigningKey | None = None) -> None:
        self.public_key, self.private_key = public_key, private_key

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        if self.private_key is None:
            raise InvalidSignature("no private key")
        return chain.from_base64url(self.private_key.sign_message(message))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise InvalidSignature unless the signature is the key's own."""
        if self.public_key is None or not self.public_key.verify_message(message, chain.to_base64url(signature)):
            raise InvalidSignature("signature")


class Keys(HTTPSignatureKeyResolver):
    """The keys that may be used for one message."""

    def __init__(self, own: SigningKey | None = None, trusted: Mapping[str, PublicKey] | None = None) -> None:
        self.own, self.trusted = own, trusted or {}

    def resolve_public_key(self, key_id: str) -> PublicKey | None:
        """Return the trusted key of this id, if any."""
        return self.trusted.get(key_id)

    def resolve_private_key(self, key_id: str) -> SigningKey | None:
        """Return our own key."""
        return self.own


class Verifier(HTTPMessageVerifier):
    """Judges time by the instant that was given, never by the machine's clock."""

    at: datetime | None = None

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Raise Untrusted unless the message was signed within five minutes of ``at``."""
        created = sig_input.params.get("created")
        if type(created) is not int:
            raise Untrusted("created")
        if self.at is not None and abs(self.at.timestamp() - created) > FRESH_SECONDS:
            raise Untrusted("stale")


def sign_request(
    platform: str, audience: str, method: str, path: str, body: bytes, at: datetime, *, own: SigningKey | None = None
) -> tuple[dict[str, str], str]:
    """Return the headers that make a request this platform's own, and the nonce its answer must name; ``own`` signs
    where another key than the platform's present one is to.
    """
    nonce = secrets.token_hex(16)
    headers = {"Content-Type": "application/json", SOURCE: platform, AUDIENCE: audience, NONCE: nonce}
    message = Message(headers, method, f"https://{audience}{path}")
    _sign(message, own or keyring.signer(platform), REQUEST_COVERS, body, at, nonce)
    return headers, nonce


def sign_callback(platform: str, url: str, content_type: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers that make a callback this platform's own: method, whole address, type and body are covered."""
    headers = {"Content-Type": content_type, "User-Agent": f"{platform}-callbacks/1"}
    nonce = secrets.token_hex(16)
    _sign(Message(headers, "POST", url), keyring.signer(platform), CALLBACK_COVERS, body, at, nonce, tag=CALLBACK_TAG)
    return headers


def claimed(headers: Mapping[str, str]) -> Caller:
    """Return who a request says it is from, unproven: enough to address a refusal."""
    given = {name.lower(): value for name, value in headers.items()}
    texts = [
        text if text.isascii() and text.isprintable() and len(text) <= 64 else ""
        for text in (given.get(SOURCE.lower(), ""), given.get(NONCE.lower(), ""))
    ]
    return Caller(*texts)


def verify_request(
    platform: str, method: str, path: str, headers: Mapping[str, str], body: bytes, at: datetime,
    *, trusted: Mapping[str, PublicKey] | None = None,
) -> Caller:  # fmt: skip
    """Return who sent a request; raises Untrusted if it is altered, stale, meant for another, or heard before.

    ``trusted`` stands in for the keys this platform trusts; whoever gives them sees to it themselves that nothing is
    heard twice.
    """
    given = {name.lower(): value for name, value in headers.items()}
    source = given.get(SOURCE.lower(), "")
    if given.get(AUDIENCE.lower()) != platform:
        raise Untrusted("audience")
    keys = keyring.trusted(source, at) if trusted is None else trusted
    verifier = Verifier(signature_algorithm=OwnScheme, key_resolver=Keys(trusted=keys))
    verifier.at = at
    parameters = _verify(verifier, Message(given, method, f"https://{platform}{path}"), REQUEST_COVERS, body)
    nonce = parameters.get("nonce", "")
    if not isinstance(nonce, str) or not 16 <= len(nonce) <= 64:
        raise Untrusted("nonce")
    if trusted is None:
        _use_once(platform, source, nonce, at)
    return Caller(source, nonce)


def sign_answer(
    platform: str, caller: Caller, status: int, content_type: str, body: bytes, at: datetime,
    *, own: SigningKey | None = None,
) -> dict[str, str]:  # fmt: skip
    """Return the headers that make an answer this platform's own, to exactly this request; ``own`` signs where another
    key than the platform's present one is to.
    """
    headers = {"Content-Type": content_type, SOURCE: platform, AUDIENCE: caller.platform, ANSWERS: caller.nonce}
    _sign(AnswerMessage(headers, status), own or keyring.signer(platform), ANSWER_COVERS, body, at, None)
    return headers


def verify_answer(
    platform: str,
    peer: str,
    nonce: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
    *,
    trusted: Mapping[str, PublicKey] | None = None,
) -> None:
    """Raise Untrusted unless this is the peer's own answer to the request with this nonce; ``trusted`` stands in for
    the keys this platform trusts.
    """
    given = {name.lower(): value for name, value in headers.items()}
    said = (given.get(SOURCE.lower()), given.get(AUDIENCE.lower()), given.get(ANSWERS.lower()))
    if said != (peer, platform, nonce):
        raise Untrusted("answer")
    keys = keyring.trusted(peer, at) if trusted is None else trusted
    verifier = Verifier(signature_algorithm=OwnScheme, key_resolver=Keys(trusted=keys))
    _verify(verifier, AnswerMessage(given, status), ANSWER_COVERS, body)


def _sign(
    message: Any,
    own: SigningKey,
    covers: tuple[str, ...],
    body: bytes,
    at: datetime,
    nonce: str | None,
    tag: str = TAG,
) -> None:
    signer = HTTPMessageSigner(signature_algorithm=OwnScheme, key_resolver=Keys(own=own))
    signer.sign(
        message, key_id=own.public.id, created=at, nonce=nonce, label="docking", tag=tag, include_alg=False,
        covered_component_ids=covers, body=body,
    )  # fmt: skip


def _verify(verifier: HTTPMessageVerifier, message: Any, covers: tuple[str, ...], body: bytes) -> dict[str, Any]:
    try:
        (result,) = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=covers, body=body)
    except (HTTPMessageSignaturesException, ValueError) as wrong:
        raise Untrusted("signature") from wrong
    return dict(result.parameters)


def _use_once(platform: str, source: str, nonce: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            Nonce.objects.filter(expires_at__lt=at).delete()
            Nonce.objects.create(
                platform=platform, peer=source, nonce=nonce, expires_at=at + timedelta(seconds=2 * FRESH_SECONDS)
            )
    except IntegrityError as heard:
        raise Untrusted("replay", 409) from heard
