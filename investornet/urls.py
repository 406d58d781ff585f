"""The addresses of InvestorNet below its prefix: portal and REST (the admin site is mounted by the roof)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from investornet.portal import SITE, Inbox, Load, RecordOffline
from mediation.windows.addresses import portal_addresses

app_name = SITE.code
urlpatterns: list[URLPattern | URLResolver] = [
    *portal_addresses(SITE),
    path("inbox/", Inbox.as_view(site=SITE), name="inbox"),
    path("load/", Load.as_view(site=SITE), name="load"),
    path("offline/", RecordOffline.as_view(site=SITE), name="offline"),
    path("api/v1/", include("investornet.api")),
]
