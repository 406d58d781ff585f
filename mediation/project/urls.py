"""Where everything is mounted: each installed platform at the prefix it asked for.

Called by: Django.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import import_string

from mediation import platform
from mediation.project import sandbox
from mediation.project.demonstration import clock
from mediation.project.front import front
from mediation.project.health import healthz, readyz

handler400 = "mediation.project.limits.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front, name="front"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("exchange/", include("mediation.exchange.urls")),
    # Where periods run by the real clock there is no such address.
    *([path("demonstration/clock/", clock, name="demonstration_clock")] if settings.DEMONSTRATION_CLOCK else []),
    *(sandbox.urlpatterns if settings.SANDBOX else []),
    # At the root, not inside a platform's names: Django's own admin templates ask for ``admin:index``.
    *(
        path(f"{config.url_prefix}admin/", import_string(f"{config.name}.admin.site").urls)
        for config in platform.installed()
    ),
    *(path(config.url_prefix, include((config.urls, config.code))) for config in platform.installed()),
]
