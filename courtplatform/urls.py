"""The addresses of the court platform below its prefix: portal and REST (the admin site is mounted by the roof)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from courtplatform.portal import SITE, FileOffline
from mediation.windows.addresses import portal_addresses
from mediation.windows.consentpages import consent_addresses
from mediation.windows.verifying import verifying_addresses

app_name = SITE.code
urlpatterns: list[URLPattern | URLResolver] = [
    *portal_addresses(SITE),
    *verifying_addresses(SITE),
    path("offline/", FileOffline.as_view(site=SITE), name="offline"),
    *consent_addresses(SITE),
    path("api/v1/", include("courtplatform.api")),
]
