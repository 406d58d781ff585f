"""The addresses of the REST windows, the same below each platform's ``api/v1/``.

Called by: each platform's ``api``.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls import URLPattern, path, re_path

from mediation.api import views
from mediation.api.schema import DocsPage, SchemaDocument
from mediation.rights import Rights

WINDOWS: tuple[tuple[str, type[views.Window], str], ...] = (
    ("me", views.WhoAmI, "api-me"),
    ("cases", views.Cases, "api-cases"),
    ("cases/<uuid:ref>", views.OneCase, "api-case"),
    ("cases/<uuid:ref>/journal", views.Journal, "api-journal"),
    ("cases/<uuid:ref>/moves", views.Moves, "api-moves"),
    ("cases/<uuid:ref>/moves/<slug:move>", views.MakeMove, "api-move"),
    ("cases/<uuid:ref>/documents", views.Documents, "api-documents"),
    ("requests/<uuid:ref>", views.OneRequest, "api-request"),
    ("uploads", views.Uploads, "api-uploads"),
    ("documents/<uuid:ref>/content", views.DocumentContent, "api-document"),
    ("law/rules", views.Rules, "api-rules"),
    ("calendar/<int:year>", views.CalendarYear, "api-calendar"),
    ("roster/organisations", views.Organisations, "api-organisations"),
    ("roster/mediators", views.Mediators, "api-mediators"),
    ("roster/courts", views.Courts, "api-courts"),
    ("schema", SchemaDocument, "api-schema"),
)


def routes(rights: Rights, ring: Callable[[], None]) -> list[URLPattern]:
    """Return the addresses of one platform, each view told whose rights it asks and whom it rings after a move."""
    found = [path(address, window.as_view(rights=rights, ring=ring), name=name) for address, window, name in WINDOWS]
    docs = path("docs", DocsPage.as_view(rights=rights), name="api-docs")
    return [*found, docs, re_path("", views.Missing.as_view(rights=rights))]
