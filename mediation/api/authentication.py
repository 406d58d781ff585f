"""Who calls: a bearer token with scopes, or a signed-in person's session.

Lives here: recognising a token, demanding a scope. Does not live here: issuing tokens (``roster.tokens``).
Called by: every view of the REST windows.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from mediation import present
from mediation.moves import Refused
from mediation.vocabulary import gettext_noop
from roster import tokens
from roster.models import Account, Client

READ, WRITE, DOCUMENTS = "cases:read", "cases:write", "documents"
SCOPES: dict[str, str] = {
    READ: gettext_noop("查询案件、流水、可以办理的操作和请求"),
    WRITE: gettext_noop("提交申请和办理操作"),
    DOCUMENTS: gettext_noop("上传和下载材料"),
}
LONGEST_TOKEN = 200


class BearerAuthentication(BaseAuthentication):
    """Recognises ``Authorization: Bearer …``; a request without it is left to the session."""

    def authenticate(self, request: Request) -> tuple[Account, Client] | None:
        """Return the account and its token; raises AuthenticationFailed for a token that opens nothing."""
        scheme, _space, plain = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        plain = plain.strip()
        client = tokens.authenticate(plain.decode("ascii"), present.now()) if _is_plausible(plain) else None
        if client is None:
            raise AuthenticationFailed(_("令牌无效或者已停用。"))
        return client.account, client

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge, which makes an unrecognised caller's answer 401."""
        return "Bearer"


class Session(SessionAuthentication):
    """The browser's session, with its CSRF check; it carries every scope."""


class HasScope(BasePermission):
    """Demands a recognised caller, and of a token the scope that the view names for this method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer whether somebody is signed in; raises Refused where their token is too narrow."""
        if not request.user.is_authenticated:
            return False
        wanted = getattr(view, "scopes", {}).get(request.method)
        if isinstance(request.auth, Client) and wanted and wanted not in request.auth.scopes:
            raise Refused(
                "scope",
                gettext_noop("该令牌没有这一权限范围"),
                (),
                gettext_noop("请申领包含所需权限范围的令牌"),
            )
        return True


class VisitorRate(AnonRateThrottle):
    """Slows down callers whom nobody knows."""

    rate = "600/min"


class UploadRate(UserRateThrottle):
    """Slows down uploads, which cost disk."""

    scope = "uploads"
    rate = "1200/hour"


def _is_plausible(plain: bytes) -> bool:
    return plain.isascii() and 0 < len(plain) <= LONGEST_TOKEN
