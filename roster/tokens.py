"""Who may call the REST windows: bearer tokens, registered clients, their secrets, and the tokens these are given.

Lives here: issuing, recognising, exchanging and revoking. Does not live here: what a scope opens (each platform's
``access``), the protocol by which clients ask (``mediation.api.oauth``).
Called by: the API's authentication class and OAuth2 endpoints, the integrators' pages, the demonstration.

Nothing that opens a door is kept in plain: every token and secret carries 256 random bits and is kept as its digest.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from roster.models import Account, Client, ClientSecret, ClientToken

# Usage is noted once a minute: a read request must not become a write on every call.
USAGE_STEP = timedelta(minutes=1)
LIFETIMES = {
    ClientToken.CODE: timedelta(minutes=1),
    ClientToken.ACCESS: timedelta(minutes=30),
    ClientToken.REFRESH: timedelta(days=30),
}
OVERLAP = timedelta(days=7)
"""How long the old secret stays good after a new one was made, so that nobody has to change both ends at once."""

MACHINE, PERSON = "client_credentials", "authorization_code"
"""A client acts for its own account, or for whoever consents to it."""


@dataclass(frozen=True)
class Access:
    """What a recognised caller may do: as whom, through which client, within which scopes."""

    client: Client
    account: Account
    scopes: frozenset[str]


def issue(
    account: Account, name: str, scopes: Sequence[str], at: datetime, by: Account | None = None
) -> tuple[Client, str]:
    """Create a token for an account and return (row, plain token); the plain token is shown once and kept nowhere."""
    plain = secrets.token_urlsafe(32)
    client = Client.objects.create(
        account=account,
        name=name,
        token_digest=digest(plain),
        scopes=sorted(set(scopes)),
        created_at=at,
        created_by=by,
    )
    return client, plain


def authenticate(plain: str, at: datetime, platform: str = "") -> Access | None:
    """Return what this token opens, its account loaded with the posts it may use; None if unknown, run out, revoked, of
    a closed account, or of a client registered with another platform than the one asked.
    """
    known = digest(plain)
    client = Client.objects.select_related("account").filter(token_digest=known).first()
    if client is not None:
        found = Access(client, client.account, frozenset(client.scopes))
    else:
        token = (
            ClientToken.objects.select_related("client", "account")
            .filter(kind=ClientToken.ACCESS, digest=known, spent_at__isnull=True, expires_at__gt=at)
            .first()
        )
        if token is None:
            return None
        # What the client was allowed since it was given the token counts, not what it was allowed then.
        scopes = frozenset(token.scopes) & frozenset(token.client.scopes)
        found = Access(token.client, token.account, scopes)
    # Consent is given to a platform and taken back there; a plain token without a platform is good on both.
    if platform and found.client.platform not in ("", platform):
        return None
    if standing(found.client, found.account) is None:
        return None
    _note_usage(Client, found.client, at)
    return found


def standing(client: Client, account: Account) -> Access | None:
    """Return what a client may do now for an account it acts for; None where either is closed."""
    if client.revoked_at is not None or not account.is_active:
        return None
    found = Access(client, account, frozenset(client.scopes))
    account.__dict__["loaded_posts"] = _posts_within(found)
    return found


def _posts_within(access: Access) -> list[Any]:
    """Return the posts of the account that its client may act by: those of the court or organisation it belongs to."""
    client, posts = access.client, access.account.posts.select_related("firm")
    return [
        post
        for post in posts
        if (not client.platform or post.platform == client.platform)
        and (not client.court or post.court == client.court)
        and (not client.organisation or post.organisation == client.organisation)
    ]


def _note_usage(rows: Any, row: Any, at: datetime) -> None:
    if row.last_used_at is None or row.last_used_at < at - USAGE_STEP:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - USAGE_STEP)
        rows.objects.filter(stale, pk=row.pk).update(last_used_at=at)


def revoke(client: Client, at: datetime) -> None:
    """Close a client, or a token of its own, from this instant with all it was given; a closed one stays closed."""
    Client.objects.filter(pk=client.pk, revoked_at__isnull=True).update(revoked_at=at)
    client.tokens.filter(spent_at__isnull=True).update(spent_at=at)


# Registered clients.


def register(
    account: Account,
    name: str,
    *,
    platform: str,
    grants: Sequence[str],
    scopes: Sequence[str],
    by: Account,
    at: datetime,
    court: str = "",
    organisation: uuid.UUID | None = None,
    redirect_uris: Sequence[str] = (),
    confidential: bool = True,
) -> tuple[Client, str]:
    """Register a client that acts for an account, and return (row, plain secret); one that cannot keep a secret has
    none, and must use PKCE alone.
    """
    client = Client.objects.create(
        account=account,
        name=name,
        identifier=secrets.token_hex(12),
        platform=platform,
        court=court,
        organisation=organisation,
        grants=sorted(set(grants)),
        redirect_uris=list(redirect_uris),
        confidential=confidential,
        scopes=sorted(set(scopes)),
        created_at=at,
        created_by=by,
    )
    return client, add_secret(client, by, at) if confidential else ""


def add_secret(client: Client, by: Account, at: datetime) -> str:
    """Give a client a new secret and return it plain, this once; older ones stay good for ``OVERLAP``."""
    ends = at + OVERLAP
    client.secrets.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=ends)).update(expires_at=ends)
    plain = secrets.token_urlsafe(32)
    ClientSecret.objects.create(client=client, digest=digest(plain), created_at=at, created_by=by)
    return plain


def close_secret(client: Client, pk: int, at: datetime) -> bool:
    """Close one secret of a client from this instant; False if there is no such secret that is still good."""
    good = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    return bool(client.secrets.filter(good, pk=pk).update(expires_at=at))


def client_of(identifier: str) -> Client | None:
    """Return the registered client with this identifier, or None if there is none that is open."""
    return (
        Client.objects.select_related("account")
        .filter(identifier=identifier, revoked_at__isnull=True, account__is_active=True)
        .first()
    )


def prove(identifier: str, plain: str, at: datetime) -> Client | None:
    """Return the registered client whose secret this is; None unless both are good now."""
    client = client_of(identifier)
    if client is None or not client.confidential:
        return None
    good = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    secret = client.secrets.filter(good, digest=digest(plain)).first()
    if secret is None:
        return None
    _note_usage(ClientSecret, secret, at)
    return client


# What they are given.


def give(
    kind: str,
    plain: str,
    client: Client,
    account: Account,
    scopes: Sequence[str],
    at: datetime,
    *,
    family: uuid.UUID | None = None,
    redirect_uri: str = "",
    challenge: str = "",
) -> ClientToken:
    """Keep the digest of what a client is given now."""
    return ClientToken.objects.create(
        client=client,
        account=account,
        kind=kind,
        digest=digest(plain),
        family=family or uuid.uuid4(),
        scopes=sorted(set(scopes)),
        redirect_uri=redirect_uri,
        challenge=challenge,
        issued_at=at,
        expires_at=at + LIFETIMES[kind],
    )


def take(kind: str, plain: str, client: Client, at: datetime) -> ClientToken | None:
    """Return the code or refresh token that a client brings, locked until the transaction ends; one that was brought
    before closes all that came of it.
    """
    rows = ClientToken.objects.select_for_update(of=("self",)).select_related("account", "client")
    token = rows.filter(kind=kind, digest=digest(plain), client=client).first()
    if token is None or token.expires_at <= at or not token.account.is_active:
        return None
    if token.spent_at is not None:
        close_family(token, at)
        return None
    return token


def spend(token: ClientToken, at: datetime) -> None:
    """Use a code or refresh token up."""
    ClientToken.objects.filter(pk=token.pk).update(spent_at=at)


def close_family(token: ClientToken, at: datetime) -> None:
    """Close everything that came of one consent."""
    ClientToken.objects.filter(family=token.family, spent_at__isnull=True).update(spent_at=at)


def give_back(plain: str, client: Client, at: datetime) -> None:
    """Close the token that a client hands back (RFC 7009), with all that came of the same consent."""
    token = ClientToken.objects.filter(client=client, digest=digest(plain)).first()
    if token is not None:
        close_family(token, at)


@dataclass(frozen=True)
class Consent:
    """What a person lets a client do in their name: within which scopes, since when, when it last fetched a token."""

    client: Client
    scopes: tuple[str, ...]
    since: datetime
    last_used_at: datetime


def consents(account: Account, platform: str, at: datetime) -> list[Consent]:
    """Return what a person's consents on a platform still open, by the names of the clients.

    A consent stands as long as something is left that can be exchanged: a refresh token, or a code.
    """
    left = ClientToken.objects.select_related("client__account").filter(
        account=account, client__platform=platform, client__revoked_at__isnull=True,
        spent_at__isnull=True, expires_at__gt=at,
    )  # fmt: skip
    held: dict[Client, list[ClientToken]] = {}
    for token in left.exclude(kind=ClientToken.ACCESS):
        held.setdefault(token.client, []).append(token)
    found = []
    for client, some in held.items():
        came = ClientToken.objects.filter(family__in={token.family for token in some}).order_by("issued_at")
        issued = list(came.values_list("issued_at", flat=True))
        scopes = {scope for token in some for scope in token.scopes} & set(client.scopes)
        found.append(Consent(client, tuple(sorted(scopes)), issued[0], issued[-1]))
    return sorted(found, key=lambda one: (one.client.name, one.client.pk))


def withdraw(account: Account, client: Client, at: datetime) -> int:
    """Close everything that a client was given for a person from this instant, and return how much that was."""
    return client.tokens.filter(account=account, spent_at__isnull=True).update(spent_at=at)


def sweep(at: datetime) -> int:
    """Forget tokens that ran out a while ago, and return how many."""
    return ClientToken.objects.filter(expires_at__lt=at - LIFETIMES[ClientToken.REFRESH]).delete()[0]


def digest(plain: str) -> str:
    """Return under which digest a token is kept: with 256 random bits a plain hash cannot be searched."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
