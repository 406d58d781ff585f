"""Bearer tokens for the REST windows.

Lives here: issuing, recognising and revoking a token.
Does not live here: what a scope opens (each platform's ``access``).
Called by: the API's authentication class, the integrator's page, the demonstration.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from roster.models import Account, Client

# Usage is noted once a minute: a read request must not become a write on every call.
USAGE_STEP = timedelta(minutes=1)


def issue(account: Account, name: str, scopes: Sequence[str], at: datetime) -> tuple[Client, str]:
    """Create a token for an account and return (row, plain token); the plain token is shown once and kept nowhere."""
    plain = secrets.token_urlsafe(32)
    client = Client.objects.create(
        account=account, name=name, token_digest=_digest(plain), scopes=sorted(set(scopes)), created_at=at
    )
    return client, plain


def authenticate(plain: str, at: datetime) -> Client | None:
    """Return the client whose token this is, its account loaded with its posts; None if unknown, revoked or of a closed
    account.
    """
    client = (
        Client.objects.select_related("account")
        .filter(token_digest=_digest(plain), revoked_at__isnull=True, account__is_active=True)
        .first()
    )
    if client is not None:
        client.account.__dict__["loaded_posts"] = list(client.account.posts.select_related("firm"))
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - USAGE_STEP)
        if client.last_used_at is None or client.last_used_at < at - USAGE_STEP:
            Client.objects.filter(stale, pk=client.pk).update(last_used_at=at)
    return client


def revoke(client: Client, at: datetime) -> None:
    """Close a token from this instant; a closed one stays closed."""
    Client.objects.filter(pk=client.pk, revoked_at__isnull=True).update(revoked_at=at)


def _digest(plain: str) -> str:
    # A token carries 256 random bits, so a plain hash cannot be searched; and equality is decided by the index.
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
