"""Is this process alive, and can it work? For load balancers and service managers.

Called by: ``urls``.
"""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process lives; touches nothing."""
    return JsonResponse({"alive": True})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, migrations and Redis (where set) are there, else 503 with what is not."""
    missing = []
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            missing.append("migrations")
    except DatabaseError:
        missing.append("database")
    if settings.REDIS_URL:
        try:
            cache.get("readyz")
        except RedisError:
            missing.append("redis")
    response = JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)
    if missing:
        response["Retry-After"] = "5"
    return response
