"""Who calls: a bearer token with scopes, or a signed-in person's session.

Lives here: recognising a token, demanding a scope, counting calls. Does not live here: issuing tokens
(``roster.tokens``).
Called by: every view of the REST windows.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, UserRateThrottle
from rest_framework.views import APIView

from mediation import present
from mediation.moves import Refused
from mediation.vocabulary import gettext_noop
from roster import tokens
from roster.models import Account
from roster.tokens import Access

READ, WRITE, DOCUMENTS = "cases:read", "cases:write", "documents"
MEDIATION, NOTICES, ROSTERS = "mediation", "notices", "rosters"
STATISTICS, WEBHOOKS, PERSONAL, CALENDAR = "statistics", "webhooks", "personal", "calendar"
SCOPES: dict[str, str] = {
    READ: gettext_noop("查询案件、流水、可以办理的操作和请求"),
    WRITE: gettext_noop("提交申请和办理操作"),
    DOCUMENTS: gettext_noop("上传和下载材料"),
    PERSONAL: gettext_noop("显示当事人完整的证件和账户号码"),
    MEDIATION: gettext_noop("调解中的留言、会议和协议草稿"),
    NOTICES: gettext_noop("读取通知、设定通知方式"),
    ROSTERS: gettext_noop("查看和办理名册档案、推送和确认入册"),
    STATISTICS: gettext_noop("读取统计数据"),
    WEBHOOKS: gettext_noop("订阅案件变更通知"),
    CALENDAR: gettext_noop("载入年度放假安排"),
}
LONGEST_TOKEN = 200


class BearerAuthentication(BaseAuthentication):
    """Recognises ``Authorization: Bearer …``; a request without it is left to the session."""

    def authenticate(self, request: Request) -> tuple[Account, Access] | None:
        """Return the account and its token; raises AuthenticationFailed for a token that opens nothing."""
        scheme, _space, plain = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        plain = plain.strip()
        access = None
        if _is_plausible(plain):
            here = request.parser_context["view"].rights.platform
            access = tokens.authenticate(plain.decode("ascii"), present.now(), here)
        if access is None:
            raise AuthenticationFailed(_("令牌无效、已过期或者已停用。"))
        return access.account, access

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
        check_scope(request.auth, wanted)
        return True


def check_scope(auth: Any, wanted: str | None) -> None:
    """Refuse a client that was not given a scope; raises Refused."""
    if isinstance(auth, Access) and wanted and wanted not in auth.scopes:
        raise Refused(
            "scope",
            gettext_noop("该令牌没有这一权限范围"),
            (),
            gettext_noop("请申领包含所需权限范围的令牌"),
        )


class CallRate(BaseThrottle):
    """Counts the calls of each client, each signed-in person and each address that nobody knows, by the minute.

    ``remaining`` and ``reset`` are told in every answer, so that a client can slow down before it is refused.
    """

    known, unknown = 3_000, 600
    remaining = reset = limit = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count one call and tell whether it is one too many."""
        access, who = request.auth, request.user
        if isinstance(access, Access):
            caller, self.limit = f"client:{access.client.pk}", self.known
        elif who and who.is_authenticated:
            caller, self.limit = f"account:{who.pk}", self.known
        else:
            caller, self.limit = f"address:{self.get_ident(request)}", self.unknown
        minute, second = divmod(int(time.time()), 60)
        count = f"rate:{caller}:{minute}"
        cache.add(count, 0, 120)
        try:
            used = cache.incr(count)
        except ValueError:  # It ran out between the two calls.
            used = 1
        self.remaining, self.reset = max(0, self.limit - used), 60 - second
        view.rate = self
        return used <= self.limit

    def wait(self) -> float:
        """Return in how many seconds the next minute begins."""
        return self.reset

    def headers(self) -> dict[str, str]:
        """Return what every answer says of the rate (IETF draft RateLimit header fields)."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w=60',
            "RateLimit": f'"minute";r={self.remaining};t={self.reset}',
        }


class UploadRate(UserRateThrottle):
    """Slows down uploads, which cost disk."""

    scope = "uploads"
    rate = "1200/hour"


def _is_plausible(plain: bytes) -> bool:
    return plain.isascii() and 0 < len(plain) <= LONGEST_TOKEN
