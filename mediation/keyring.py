"""The keys this deployment signs and opens with, and the public keys it trusts.

Lives here: finding, making and trusting keys. Does not live here: the mathematics (``chain``).
Called by: the door (signs entries), the exchange (envelopes, receipts, sealed enclosures), ``verify_journal``,
``manage.py keys``.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from mediation.chain import PublicKey, SealingKey, SealingPublicKey, SigningKey
from mediation.models import PlatformKey

_KEPT_SECONDS = 30
_kept: dict[str, tuple[float, SigningKey]] = {}


def ensure(platform: str, at: datetime) -> None:
    """Make this platform's own signing and sealing keys unless it has them."""
    held = set(
        PlatformKey.objects.filter(platform=platform, own=True, retired_at=None).values_list("purpose", flat=True)
    )
    if PlatformKey.SIGN not in held:
        rotate_signing(platform, at)
    if PlatformKey.SEAL not in held:
        rotate_sealing(platform, at)


def fresh_signing() -> SigningKey:
    """Return a new signing key of the algorithm the settings name, not yet in use."""
    return SigningKey.generate(settings.SIGNING_ALGORITHM)


def rotate_signing(platform: str, at: datetime, fresh: SigningKey | None = None) -> SigningKey:
    """Sign with a fresh key from now on; the old ones are retired but go on verifying."""
    fresh = fresh or fresh_signing()
    _replace(platform, PlatformKey.SIGN, fresh, at)
    return fresh


def rotate_sealing(platform: str, at: datetime) -> SealingKey:
    """Have new content sealed to a fresh key from now on; the old ones are retired but go on opening."""
    fresh = SealingKey.generate()
    _replace(platform, PlatformKey.SEAL, fresh, at)
    return fresh


def _replace(platform: str, purpose: str, fresh: SigningKey | SealingKey, at: datetime) -> None:
    with transaction.atomic():
        PlatformKey.objects.filter(platform=platform, purpose=purpose, own=True, retired_at=None).update(retired_at=at)
        PlatformKey.objects.create(
            platform=platform,
            purpose=purpose,
            key_id=fresh.public.id,
            public=fresh.public.text,
            own=True,
            private=fresh.text,
            created_at=at,
        )
    forget()


def forget() -> None:
    """Drop keys kept in memory, so that the next use reads them anew."""
    _kept.clear()


def signer(platform: str) -> SigningKey:
    """Return the platform's present signing key; raises ImproperlyConfigured if it has none here."""
    kept = _kept.get(platform)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    found = (
        PlatformKey.objects.filter(
            platform=platform, purpose=PlatformKey.SIGN, own=True, retired_at=None, revoked_at=None
        )
        .order_by("-created_at", "-pk")
        .first()
    )
    if found is None:
        raise ImproperlyConfigured(f"平台 {platform} 没有签名密钥：请运行 manage.py keys ensure。")
    key = SigningKey.load(found.private)
    _kept[platform] = (time.monotonic() + _KEPT_SECONDS, key)
    return key


def opener(platform: str, key_id: str) -> SealingKey | None:
    """Return the platform's own sealing key with this id, or None."""
    found = PlatformKey.objects.filter(platform=platform, purpose=PlatformKey.SEAL, key_id=key_id, own=True).first()
    return SealingKey.load(found.private) if found else None


def sealer(platform: str) -> SealingPublicKey | None:
    """Return the key to which content for this platform is sealed, or None if none is trusted."""
    found = (
        PlatformKey.objects.filter(platform=platform, purpose=PlatformKey.SEAL, retired_at=None, revoked_at=None)
        .order_by("-created_at", "-pk")
        .first()
    )
    return SealingPublicKey.load(found.public) if found else None


def trusted(platform: str, at: datetime | None = None) -> Mapping[str, PublicKey]:
    """Return the platform's public signing keys by id: all ever trusted, or those good for something new at ``at``."""
    rows = PlatformKey.objects.filter(platform=platform, purpose=PlatformKey.SIGN)
    if at is not None:
        rows = rows.exclude(revoked_at__lte=at)
    return {row.key_id: _public(row.public) for row in rows}


def revoked(platform: str) -> Mapping[str, tuple[PublicKey, datetime]]:
    """Return the platform's revoked signing keys by id, each with the instant since when nothing new by it is taken."""
    rows = PlatformKey.objects.filter(platform=platform, purpose=PlatformKey.SIGN, revoked_at__isnull=False)
    return {row.key_id: (_public(row.public), row.revoked_at) for row in rows if row.revoked_at}


@functools.lru_cache(maxsize=256)
def _public(text: str) -> PublicKey:
    # Only the reading is remembered: whether the key is trusted is asked anew each time.
    return PublicKey.load(text)
