"""Only the REST windows, where the platforms mount them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("court/api/v1/", include(("courtplatform.api", "courtplatform"))),
    path("net/api/v1/", include(("investornet.api", "investornet"))),
]
