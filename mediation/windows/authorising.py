"""Consenting to a registered client: which programme asks, whose it is, what it may do in one's name, and yes or no;
later, which ones one has consented to, and taking it back.

Lives here: the two pages. Does not live here: the protocol (``api.oauth``), closing a whole client (``tokens.revoke``).
Called by: ``addresses``. What is wrong with the client or its address is said here and never sent on to that address;
every other error goes back to the client, as RFC 6749 §4.1.2.1 asks.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext
from oauthlib.oauth2 import FatalClientError, OAuth2Error

from mediation import log, subscriptions
from mediation.actor import Actor
from mediation.api.authentication import SCOPES
from mediation.api.oauth import METHOD, Endpoint
from mediation.vocabulary import Role
from mediation.windows.portal import Window
from roster import queries as roster
from roster import tokens
from roster.models import Client


class Refused(Exception):
    """这个授权请求不能办理"""


class Authorise(Window):
    """Asking the person who is signed in."""

    def get(self, request: Any) -> HttpResponse:
        """Show who asks for what."""
        return self._asked(request)

    def post(self, request: Any) -> HttpResponse:
        """Send a code to the client, or say to it that the person refused."""
        return self._asked(request, answered="allow" in request.POST)

    def _asked(self, request: Any, *, answered: bool | None = None) -> HttpResponse:
        endpoint, address = Endpoint(self.site.code, self.at), request.get_full_path()
        try:
            scopes, asked = endpoint.validate_authorization_request(address, "GET")
            if request.GET.get("code_challenge_method") != METHOD:
                return self._refused()
            client: Client = asked["request"].client.row
            if answered is None:
                return self._question(client, scopes, asked["redirect_uri"])
            if not answered:
                return _sent(_with_error(asked["redirect_uri"], asked.get("state")))
            headers, _body, _status = endpoint.create_authorization_response(
                address, "GET", scopes=scopes, credentials={"user": self.account}
            )
        except FatalClientError:
            return self._refused()
        except OAuth2Error as wrong:
            return _sent(wrong.in_uri(wrong.redirect_uri)) if wrong.redirect_uri else self._refused()
        told = {"client": client.pk, "scopes": list(scopes)}
        by = Actor(Role.PARTY, str(self.account.ref), "", self.site.code, self.account.name)
        log.note(self.site.code, "", "client.consent", by=by, at=self.at, facts=told)
        return _sent(headers["Location"])

    def _question(self, client: Client, scopes: list[str], redirect_uri: str) -> HttpResponse:
        target = urlsplit(redirect_uri)
        answer = self.page(
            "authorise",
            {
                "client": client,
                "whose": whose(client),
                "host": target.netloc,
                "scopes": [gettext(SCOPES[scope]) for scope in scopes],
            },
        )
        # The answer to the form is a redirect to the client, which the browser counts as part of the form's action.
        answer._csp_update = {"form-action": [SELF, f"{target.scheme}://{target.netloc}"]}  # type: ignore[attr-defined]
        return answer

    def _refused(self) -> HttpResponse:
        return self.page("authorise", {"wrong": gettext(Refused.__doc__ or "")}, status=HTTPStatus.BAD_REQUEST)


class Given(Window):
    """The programmes that the person who is signed in has consented to, each with what it may do; taking it back."""

    def get(self, request: Any) -> HttpResponse:
        """List them."""
        rows = [
            {"one": one, "whose": whose(one.client), "scopes": [gettext(SCOPES[scope]) for scope in one.scopes]}
            for one in tokens.consents(self.account, self.site.code, self.at)
        ]
        return self.page("consented", {"rows": rows})

    def post(self, request: Any) -> HttpResponse:
        """Take one consent back: its tokens open nothing from now on, and nothing more is told in the person's name."""
        key = request.POST.get("client", "")
        known = {str(one.client.pk): one.client for one in tokens.consents(self.account, self.site.code, self.at)}
        if key not in known:
            # Taken back before, in another window: what was wanted is so.
            return self.to("consented")
        client = known[key]
        with transaction.atomic():
            tokens.withdraw(self.account, client, self.at)
            subscriptions.close_all(client, self.account, self.at)
            by = Actor(Role.PARTY, str(self.account.ref), "", self.site.code, self.account.name)
            log.note(self.site.code, "", "client.withdraw", by=by, at=self.at, facts={"client": client.pk})
        messages.success(request, gettext("已撤回对“%(name)s”的授权，它不能再以您的名义办理。") % {"name": client.name})
        return self.to("consented")


def whose(client: Client) -> str:
    """Return the name of the court or organisation that answers for a client, or of its account."""
    court = roster.court(client.court) if client.court else None
    organisation = roster.organisation(client.platform, client.organisation) if client.organisation else None
    return str((court or organisation or client.account).name)


def _with_error(redirect_uri: str, state: str | None) -> str:
    return OAuth2ErrorRefused(state=state).in_uri(redirect_uri)


class OAuth2ErrorRefused(OAuth2Error):
    """The person said no."""

    error = "access_denied"


def _sent(address: str) -> HttpResponse:
    answer = HttpResponse(status=HTTPStatus.FOUND, headers={"Location": address})
    answer["Cache-Control"] = "no-store"
    return answer
