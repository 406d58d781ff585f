"""The addresses of the post office, mounted once per deployment at ``exchange/``; the platform stands in the path."""

from __future__ import annotations

from django.urls import path, re_path

from mediation.exchange import views

app_name = "exchange"
urlpatterns = [
    path("v1/<slug:platform>/keys.json", views.published_keys, name="keys"),
    re_path(
        r"^v1/(?P<platform>[a-z0-9_]{1,32})/"
        r"(?P<operation>envelopes|digests|tails|standing|keys|files/[0-9a-f]{64}(?:/[0-9]{1,5})?)$",
        views.receive,
        name="receive",
    ),
]
