"""What is refused before any view sees it: requests that are too large, guessing at passwords, registering in bulk.

Called by: Django, through ``settings`` and ``urls``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

REGISTRATIONS = 30
REGISTRATION_WINDOW = 3600
"""How often one address may submit the registration form, and within how many seconds: an office shares an address."""


def limit_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that answers 413 to a request longer than it may be, before a byte of it is read."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/exchange/"):
            # The post office reads batches of its own size and says so itself.
            return get_response(request)
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return refusal(request, 400, _("请求长度无效。"))
        carries_files = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
        largest = settings.UPLOAD_MAX_BYTES if carries_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length > largest:
            return refusal(request, 413, too_large(largest))
        return get_response(request)

    return respond


class RegistrationLimit:
    """A middleware that answers 429 once an address has tried to register too often within the hour.

    Registering says whether a login or a document is taken already: without a limit a list of numbers could be tried.
    Only what reaches the form is counted: a page elsewhere whose visitors post here must not use an office's tries up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand before ``get_response``."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let every request pass on to ``process_view``."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Count a submission and say whether it is one too many; Django asks after its check of the origin (CSRF)."""
        if request.method != "POST" or not request.path_info.endswith("/register/"):
            return None
        count = f"register:{client_address(request)}"
        cache.add(count, 0, REGISTRATION_WINDOW)
        try:
            tried = cache.incr(count)
        except ValueError:  # It ran out between the two calls.
            tried = 1
        if tried > REGISTRATIONS:
            answer = refusal(request, 429, _("从这个网络提交的注册次数过多，请一小时后再试。"))
            answer["Retry-After"] = str(REGISTRATION_WINDOW)
            return answer
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the answer to a request that Django itself refused to read."""
    if isinstance(exception, RequestDataTooBig):
        return refusal(request, 413, too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return refusal(request, 413, _("一次提交的栏目或文件过多，请分几次提交。"))
    return refusal(request, 400, _("请求无法识别。"))


def locked_out(
    request: HttpRequest, response: Any, credentials: dict[str, Any] | None, **_options: Any
) -> HttpResponse:
    """Return the answer to somebody who guessed too often (``AXES_FAILURE_LIMIT``)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    answer = refusal(request, 429, _("登录失败次数过多，请 %(minutes)d 分钟后再试。") % {"minutes": minutes})
    answer["Retry-After"] = str(minutes * 60)
    return answer


def client_address(request: HttpRequest) -> str:
    """Return the address the request came from: the one our own proxy noted, or the connection's."""
    if settings.BEHIND_PROXY:
        # The last entry is our proxy's own; those before it are whatever the client claimed.
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR", "") or "0.0.0.0"  # noqa: S104


def too_large(largest: int) -> str:
    """Return the sentence that says how much is allowed."""
    return _("提交的内容过大：一次最多 %(megabytes)d MB。请删减文字，材料请作为文件上传。") % {
        "megabytes": largest // 1024 // 1024
    }


def refusal(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return a page, or problem details (RFC 9457) where the client does not ask for HTML."""
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        return render(request, "refused.html", {"detail": detail}, status=status)
    return JsonResponse(
        {"type": "about:blank", "status": status, "title": detail, "detail": detail},
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
