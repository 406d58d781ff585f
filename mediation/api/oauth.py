"""How registered clients come by tokens: OAuth 2 with client credentials, or with somebody's consent and PKCE.

Lives here: what the protocol's library asks of us, and the endpoint it is put together from. Does not live here: the
rows (``roster.tokens``), the page of consent (``windows.authorising``), what a scope opens.
Called by: the token windows (``tokenviews``) and the page of consent.

What is judged by the library (RFC 6749, 7009, 7636) is not judged again here; we add only what it leaves open: PKCE for
everybody with S256 alone, secrets that overlap, tokens that turn, and families that close (RFC 9700).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest, token_urlsafe
from typing import Any
from urllib.parse import unquote_plus

from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)

from mediation.api.authentication import SCOPES
from roster import tokens
from roster.models import Account, Client, ClientToken

METHOD = "S256"


@dataclass(frozen=True)
class Known:
    """A client as the library wants to see it."""

    row: Client

    @property
    def client_id(self) -> str:
        """The identifier."""
        return str(self.row.identifier)


class Validator(RequestValidator):
    """Answers the library's questions out of the rows of one platform, at one instant."""

    def __init__(self, platform: str, at: datetime) -> None:
        super().__init__()
        self.platform, self.at = platform, at

    # Which client.

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Recognise a client by identifier and secret, from the header or the body, never from both."""
        identifier, secret = _basic(request.headers.get("Authorization", ""))
        if identifier and (request.client_secret or request.client_id not in (None, identifier)):
            return False
        row = tokens.prove(identifier or request.client_id or "", secret or request.client_secret or "", self.at)
        return self._take_in(request, row)

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Ask a secret of everybody but of who is registered as unable to keep one."""
        row = None if request.headers.get("Authorization") else tokens.client_of(request.client_id or "")
        return row is None or row.confidential

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Recognise a client that has no secret."""
        row = tokens.client_of(client_id or "")
        return row is not None and not row.confidential and self._take_in(request, row)

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Recognise the client that asks for somebody's consent."""
        return self._take_in(request, tokens.client_of(client_id or ""))

    def _take_in(self, request: Any, row: Client | None) -> bool:
        if row is None or row.platform not in ("", self.platform):
            return False
        request.client = Known(row)
        request.client_id = row.identifier
        return True

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Known, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Allow what the client is registered for; who had a person's consent may renew it."""
        wanted = tokens.PERSON if grant_type == "refresh_token" else grant_type
        return wanted in client.row.grants

    # For what.

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return all that the client is registered for."""
        return list(request.client.row.scopes)

    def validate_scopes(
        self, client_id: str, scopes: Sequence[str], client: Known, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Allow no scope that the client is not registered for."""
        return bool(scopes) and set(scopes) <= set(client.row.scopes) & SCOPES.keys()

    # The token of its own account.

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep the digests of what was given, and use up what it was given for."""
        row, taken = request.client.row, getattr(request, "taken", None)
        account: Account = taken.account if taken else row.account
        family = taken.family if taken else None
        given = tokens.give(
            ClientToken.ACCESS, token["access_token"], row, account, request.scopes, self.at, family=family
        )
        if taken:
            tokens.spend(taken, self.at)
        if "refresh_token" in token:
            tokens.give(
                ClientToken.REFRESH,
                token["refresh_token"],
                row,
                account,
                taken.scopes if taken else request.scopes,
                self.at,
                family=given.family,
            )

    # Somebody's consent.

    def validate_response_type(
        self, client_id: str, response_type: str, client: Known, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Allow codes to clients that act for people."""
        return response_type == "code" and tokens.PERSON in client.row.grants

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Allow exactly the addresses that are registered."""
        return redirect_uri in request.client.row.redirect_uris

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the one address that is registered; whoever has several must say which."""
        registered = request.client.row.redirect_uris
        return registered[0] if len(registered) == 1 else None

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Of everybody."""
        return True

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the digest of a code, with what it was asked for and how it will be proved."""
        tokens.give(
            ClientToken.CODE,
            code["code"],
            request.client.row,
            request.user,
            request.scopes,
            self.at,
            redirect_uri=request.redirect_uri,
            challenge=request.code_challenge,
        )

    def validate_code(self, client_id: str, code: str, client: Known, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Recognise a code of this client that nobody has used."""
        return self._take(ClientToken.CODE, code, client, request)

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Known, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Tell whether the code went to the same address."""
        return compare_digest(request.taken.redirect_uri, redirect_uri or request.taken.redirect_uri)

    def get_code_challenge(self, code: str, request: Any) -> str:
        """Return what the verifier is to match."""
        return str(request.taken.challenge)

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        """Return the one method there is."""
        return METHOD

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing is left to do: the code was used up when its token was kept."""

    # Renewing and handing back.

    def validate_refresh_token(
        self, refresh_token: str, client: Known, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Recognise a refresh token of this client that nobody has used."""
        return self._take(ClientToken.REFRESH, refresh_token, client, request)

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return what was consented to, as far as the client may still have it."""
        return [scope for scope in request.taken.scopes if scope in request.client.row.scopes]

    def rotate_refresh_token(self, request: Any) -> bool:
        """Always."""
        return True

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Close a token of this client, with all of its family."""
        tokens.give_back(token, request.client.row, self.at)

    def _take(self, kind: str, plain: str, client: Known, request: Any) -> bool:
        taken = tokens.take(kind, plain, client.row, self.at)
        if taken is None:
            return False
        request.taken, request.user, request.scopes = taken, taken.account, list(taken.scopes)
        return True


class Endpoint(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """Both sides of the protocol for one platform at one instant: codes for people, tokens for clients."""

    def __init__(self, platform: str, at: datetime) -> None:
        validator = Validator(platform, at)
        codes, machines = AuthorizationCodeGrant(validator), ClientCredentialsGrant(validator)
        renewals = RefreshTokenGrant(validator)
        lifetime = int(tokens.LIFETIMES[ClientToken.ACCESS].total_seconds())
        bearer = BearerToken(validator, _random, lifetime, _random)
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", response_types={"code": codes}, default_token_type=bearer
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type=tokens.MACHINE,
            grant_types={tokens.PERSON: codes, tokens.MACHINE: machines, "refresh_token": renewals},
            default_token_type=bearer,
        )
        RevocationEndpoint.__init__(self, validator)


def _random(request: Any) -> str:
    return token_urlsafe(32)


def _basic(header: str) -> tuple[str, str]:
    """Return identifier and secret of an Authorization header, or two empty texts."""
    scheme, _space, given = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        identifier, colon, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (unquote_plus(identifier), unquote_plus(secret)) if colon else ("", "")
