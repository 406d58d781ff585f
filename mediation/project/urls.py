"""Where everything is mounted: each installed platform at the prefix it asked for.

Called by: Django.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from mediation import platform
from mediation.project.front import front
from mediation.project.health import healthz, readyz

handler400 = "mediation.project.limits.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front, name="front"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("exchange/", include("mediation.exchange.urls")),
    *(path(config.url_prefix, include((config.urls, config.code))) for config in platform.installed()),
]
