"""The two windows in which registered clients fetch and hand back tokens.

Lives here: carrying a request to the protocol's library and its answer back. Does not live here: the protocol
(``oauth``).
Called by: Django, through ``routes``. Their errors are those of RFC 6749 §5.2, as every OAuth2 client expects them.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse
from rest_framework.parsers import FormParser
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present
from mediation.api import operations, shapes
from mediation.api.oauth import Endpoint
from mediation.api.views import Public

TAG = gettext_lazy("授权")
WRONG = OpenApiResponse(shapes.OAuthError, description=gettext_lazy("授权请求有误（RFC 6749 5.2）"))
UNKNOWN = OpenApiResponse(shapes.OAuthError, description=gettext_lazy("客户端编号或者密钥不正确，或者已停用"))


class TokenWindow(Public):
    """What both share: a form instead of JSON, and a client that proves itself instead of a signed-in account."""

    authentication_classes = []
    parser_classes = [FormParser]

    def answered(self, call: Any, ask: str) -> Response:
        """Return the library's answer; a code is used up in the same transaction in which its token is kept."""
        # Where neither a body nor its type was sent, the framework gives a plain empty mapping.
        sent = call.data if isinstance(call.data, QueryDict) else QueryDict()
        pairs = [(name, value) for name, values in sent.lists() for value in values]
        with transaction.atomic():
            endpoint = Endpoint(self.rights.platform, present.now())
            headers, body, status = getattr(endpoint, ask)(call.path, "POST", pairs, dict(call.headers))
        kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        answer = Response(
            json.loads(body) if body else {"active": False},
            status=status,
            headers={"Cache-Control": "no-store", **kept},
        )
        if status == 401:
            answer.setdefault("WWW-Authenticate", "Basic")
        return answer


class Tokens(TokenWindow):
    """Fetching a token."""

    @operations.operation(
        "fetch_token",
        gettext_lazy("领取访问令牌"),
        {200: shapes.TokenOut, 400: WRONG, 401: UNKNOWN},
        request={"application/x-www-form-urlencoded": shapes.TokenIn},
        errors=(400, 413, 415, 422),
        description=gettext_lazy(
            "OAuth 2.0。客户端凭证方式（client_credentials）以客户端自己的账户办理；授权码方式"
            "（authorization_code，须用PKCE，方法S256）以同意授权的人办理；refresh_token续期，用过即换新。"
            "客户端编号和密钥放在Authorization: Basic或者请求体中。访问令牌三十分钟内有效。"
        ),
        tag=TAG,
        public=True,
    )
    def post(self, request: Call) -> Response:
        """Give a client a token."""
        return self.answered(request, "create_token_response")


class Revocation(TokenWindow):
    """Handing a token back."""

    @operations.operation(
        "revoke_token",
        gettext_lazy("交回令牌"),
        {200: shapes.RevokedOut, 400: WRONG, 401: UNKNOWN},
        request={"application/x-www-form-urlencoded": shapes.RevocationIn},
        errors=(400, 413, 415, 422),
        description=gettext_lazy("交回的令牌和由同一次授权得到的令牌一并停用；不认识的令牌也答复200（RFC 7009）。"),
        tag=TAG,
        public=True,
    )
    def post(self, request: Call) -> Response:
        """Close a token."""
        return self.answered(request, "create_revocation_response")
