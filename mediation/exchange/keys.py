"""Publishing this platform's keys and taking the peer's.

Lives here: the published form of keys, taking them from a file or from a message signed by a key already trusted,
rotation.
Does not live here: the mathematics (``chain``), finding a key for use (``keyring``).
Called by: ``manage.py keys``, the keys page, inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mediation import chain, keyring
from mediation.chain import PublicKey, SealingPublicKey, SigningKey
from mediation.exchange import announcements
from mediation.exchange.envelope import instant
from mediation.models import PlatformKey
from mediation.platform import is_local, known

MOST_KEYS = 200


class BadKeys(Exception):
    """公钥文件的格式不正确"""

    status = 400

    def __init__(self, code: str = "keys") -> None:
        super().__init__(code)
        self.code = code


def published(platform: str) -> dict[str, Any]:
    """Return a platform's public keys, and the kinds of entries this version of it knows."""
    return {
        "platform": platform,
        "keys": [_published(key) for key in PlatformKey.objects.filter(platform=platform).order_by("created_at", "id")],
        **announcements.kinds(),
    }


def _published(key: PlatformKey) -> dict[str, str]:
    return {
        "purpose": key.purpose,
        "key": key.key_id,
        "public": key.public,
        "created_at": chain.stamp(key.created_at),
        "retired_at": chain.stamp(key.retired_at) if key.retired_at else "",
        "revoked_at": chain.stamp(key.revoked_at) if key.revoked_at else "",
    }


def documents_in(content: Any) -> list[dict[str, Any]]:
    """Return the published keys of each platform out of what ``manage.py keys export`` prints for all of a deployment,
    or out of what one platform publishes (keys.json); raises KeyError or TypeError for anything else.
    """
    found = [content] if "keys" in content else content["platforms"]
    return [{**one, "platform": str(one["platform"]), "keys": [*one["keys"]]} for one in found]


def trust(document: Any) -> int:
    """This function will take the published keys of one distant platform and return how many are new; raises BadKeys.

    A key once taken is never changed or dropped, only retired or revoked; this deployment's own keys are left alone.
    """
    try:
        platform, listed = document["platform"], document["keys"]
        if platform not in known() or is_local(platform):
            raise BadKeys("platform")
        if not isinstance(listed, list) or len(listed) > MOST_KEYS:
            raise BadKeys
        rows = [_row(platform, item) for item in listed]
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadKeys from wrong
    held = {row.key_id: row for row in PlatformKey.objects.filter(platform=platform)}
    for row in rows:
        if old := held.get(row.key_id):
            for name in ("retired_at", "revoked_at"):
                setattr(old, name, getattr(old, name) or getattr(row, name))
            old.save(update_fields=["retired_at", "revoked_at"])
        else:
            row.save()
    return len([row for row in rows if row.key_id not in held])


def _row(platform: str, item: Mapping[str, str]) -> PlatformKey:
    public: PublicKey | SealingPublicKey
    if item["purpose"] == PlatformKey.SIGN:
        public = PublicKey.load(item["public"])
    elif item["purpose"] == PlatformKey.SEAL:
        public = SealingPublicKey.load(item["public"])
    else:
        raise BadKeys
    if public.id != item["key"]:
        raise BadKeys
    moments = {name: instant(item[name]) if item[name] else None for name in ("created_at", "retired_at", "revoked_at")}
    if moments["created_at"] is None:
        raise BadKeys
    return PlatformKey(platform=platform, purpose=item["purpose"], key_id=public.id, public=public.text, **moments)


def hear(platform: str, source: str, document: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Take the keys the peer publishes in a message that a key already trusted has signed."""
    if document.get("platform") != source:
        raise BadKeys("platform")
    return {"new": 0 if is_local(source) else trust(document)}


def successor(platform: str, at: datetime) -> tuple[SigningKey, dict[str, Any]]:
    """Return a fresh signing key, not yet in use, and the document that introduces it."""
    fresh = keyring.fresh_signing()
    document = published(platform)
    introduced = {"purpose": PlatformKey.SIGN, "key": fresh.public.id, "public": fresh.public.text}
    document["keys"].append({**introduced, "created_at": chain.stamp(at), "retired_at": "", "revoked_at": ""})
    return fresh, document


def adopt(platform: str, fresh: SigningKey, at: datetime) -> None:
    """Sign with the fresh key from now on; the former ones are retired and go on verifying."""
    keyring.rotate_signing(platform, at, fresh)


def revoke(platform: str, key_id: str, at: datetime) -> bool:
    """Trust nothing new that this key signs; False if there is no such key."""
    changed = PlatformKey.objects.filter(platform=platform, key_id=key_id, revoked_at=None).update(revoked_at=at)
    keyring.forget()
    return bool(changed)
