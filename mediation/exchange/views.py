"""The address of the post office: turns an HTTP request into ``inbox.receive`` and its answer into a response.

Called by: ``urls``. Reads the clock, because this is the edge.
"""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mediation import present
from mediation.exchange import inbox, keys, paths
from mediation.platform import is_local


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, platform: str, operation: str) -> HttpResponse:
    """Hear one signed request."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = inbox.LARGEST_BODY + 1
    if length > inbox.LARGEST_BODY:
        return HttpResponse(status=413)
    # Read from the stream: the limit of ordinary forms does not hold for a batch.
    body = request.read(length) if length else b""
    path = paths.of(platform, operation)
    try:
        answer = inbox.receive(platform, str(request.method), path, dict(request.headers), body, present.now())
    except (OperationalError, InterfaceError):
        return HttpResponse(status=503, headers={"Retry-After": "2"})
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


@require_http_methods(["GET"])
def published_keys(request: HttpRequest, platform: str) -> HttpResponse:
    """Publish the platform's public keys, for anybody who wants to verify a receipt or a journal."""
    if not is_local(platform):
        return HttpResponse(status=404)
    return JsonResponse(keys.published(platform))
