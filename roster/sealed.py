"""Content that is unreadable at rest: sealed columns, sealed bytes and the blind index for exact search.

Lives here: AES-256-GCM under a ring of keys that rotate, and the keyed hash by which a sealed number is found again.
Does not live here: which fields are sensitive (the models say so by using ``SealedField``), the peers' sealing keys
(``mediation.keyring``). Called by: models that hold identity, telephone, bank and securities account numbers; the store
of files.

Settings: ``FIELD_KEYS``, a list of ``id:base64 key`` with the newest first (it seals; all of them open), and
``INDEX_KEY``, one base64 key that never rotates by itself, because every index would have to be written anew.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import re
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models.functions import Left

from mediation.chain import SealBroken, from_base64url, to_base64url
from roster.identity import normalise

KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_NONCE_BYTES = 12
_FIELD_KEYS_HELP = (
    "FIELD_KEYS must be a list of texts '<id>:<base64 of 32 bytes>', the newest first. Make a key with: "
    "python -c \"import base64, secrets; print('k1:' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)
_INDEX_KEY_HELP = (
    "INDEX_KEY must be the base64 of 32 bytes. Make one with: "
    'python -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
)


class UnknownFieldKey(ImproperlyConfigured):
    """FIELD_KEYS lacks the key under which this content was sealed; put the retired key back at the end of the list."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"Key {key_id!r}: {self.__doc__}")


def seal_bytes(content: bytes, context: bytes = b"") -> bytes:
    """Return content sealed under the newest key; it opens only with the same context."""
    key_id, key = next(iter(_ring().items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    prefix = key_id.encode() + b":"
    return prefix + nonce + AESGCM(key).encrypt(nonce, content, prefix + context)


def open_bytes(sealed: bytes, context: bytes = b"") -> bytes:
    """Return the content; raises UnknownFieldKey for a key not in the ring, SealBroken if anything was altered."""
    key_id, separator, rest = sealed.partition(b":")
    named = key_id.decode("ascii", "replace")
    if not separator or not KEY_ID.fullmatch(named) or len(rest) < _NONCE_BYTES + 16:
        raise SealBroken
    key = _ring().get(named)
    if key is None:
        raise UnknownFieldKey(named)
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], key_id + separator + context)
    except InvalidTag as broken:
        raise SealBroken from broken


def reseal(sealed: bytes, context: bytes = b"") -> bytes:
    """Return the same content under the newest key, or the very same bytes if they are under it already."""
    newest = next(iter(_ring()))
    return sealed if sealed.startswith(newest.encode() + b":") else seal_bytes(open_bytes(sealed, context), context)


def blind_index(text: str) -> str:
    """Return the keyed hash (HMAC-SHA256, hex) of a number in its one form, for exact search of sealed columns."""
    return hmac.new(_index_key(), normalise(text).encode(), hashlib.sha256).hexdigest()


class SealedField(models.TextField):
    """A text column sealed at rest; it opens when read and takes part in no search but ``isnull``.

    A value moved by hand into another column or table does not open there.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Seal the text on its way into the database; the empty text stays empty."""
        text = super().get_prep_value(value)
        if not isinstance(text, str) or not text:
            return text
        key_id, _separator, rest = seal_bytes(text.encode(), self._context()).partition(b":")
        return f"{key_id.decode()}:{to_base64url(rest)}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        """Open the text on its way out; raises UnknownFieldKey or SealBroken."""
        if not value:
            return value
        key_id, _separator, encoded = value.partition(":")
        try:
            rest = from_base64url(encoded)
        except ValueError as broken:
            raise SealBroken from broken
        return open_bytes(key_id.encode() + b":" + rest, self._context()).decode()

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every search but ``isnull``: equal texts are sealed differently each time."""
        if lookup_name != "isnull":
            raise FieldError(
                f"{self.name} is sealed: search the blind index beside it instead (roster.sealed.blind_index)"
            )
        return super().get_lookup(lookup_name)

    def _context(self) -> bytes:
        return f"{self.model._meta.label_lower}.{self.name}".encode()


def reseal_rows(model: type[models.Model], *, batch: int = 500) -> int:
    """Bring every sealed column of a model under the newest key and return how many rows were written.

    Runs after a rotation, may be stopped and run again; when it returns 0 the old key may leave the ring.
    """
    newest = next(iter(_ring())) + ":"
    written = 0
    for field in model._meta.concrete_fields:
        if not isinstance(field, SealedField):
            continue
        seal = Left(field.name, len(newest), output_field=models.CharField())
        stale = (
            model._base_manager.alias(_seal=seal)
            .exclude(_seal__in=(newest, ""))
            .exclude(**{f"{field.name}__isnull": True})
        )
        while rows := list(stale.only("pk", field.name)[:batch]):
            written += model._base_manager.bulk_update(rows, [field.name])
    return written


def _ring() -> dict[str, bytes]:
    return _read_ring(tuple(getattr(settings, "FIELD_KEYS", ())))


@functools.lru_cache(maxsize=8)
def _read_ring(texts: tuple[str, ...]) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for text in texts:
        key_id, _separator, encoded = text.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in ring:
            raise ImproperlyConfigured(_FIELD_KEYS_HELP)
        ring[key_id] = _read_key(encoded, _FIELD_KEYS_HELP)
    if not ring:
        raise ImproperlyConfigured(_FIELD_KEYS_HELP)
    return ring


def _index_key() -> bytes:
    return _read_key(getattr(settings, "INDEX_KEY", ""), _INDEX_KEY_HELP)


@functools.lru_cache(maxsize=32)
def _read_key(encoded: str, help_text: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as broken:
        raise ImproperlyConfigured(help_text) from broken
    if len(key) != 32:
        raise ImproperlyConfigured(help_text)
    return key
