"""The addresses of the REST windows, the same below each platform's ``api/v1/``.

Called by: each platform's ``api``.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls import URLPattern, path, re_path

from mediation.adminkit.board import Plan
from mediation.api import (
    agreements,
    batches,
    books,
    calendars,
    changes,
    desks,
    figures,
    hooks,
    mediating,
    papers,
    passports,
    people,
    tokenviews,
    told,
    transfers,
    views,
)
from mediation.api.schema import DocsPage, SchemaDocument
from mediation.rights import Rights

WINDOWS: tuple[tuple[str, type[views.Window], str], ...] = (
    ("me", views.WhoAmI, "api-me"),
    ("cases", views.Cases, "api-cases"),
    ("cases/<uuid:ref>", views.OneCase, "api-case"),
    ("cases/<uuid:ref>/journal", views.Journal, "api-journal"),
    ("cases/<uuid:ref>/moves", views.Moves, "api-moves"),
    ("cases/<uuid:ref>/moves/<slug:move>", views.MakeMove, "api-move"),
    ("cases/<uuid:ref>/signing-code", views.SigningCode, "api-signing-code"),
    ("cases/<uuid:ref>/passport", passports.Passport, "api-passport"),
    ("cases/<uuid:ref>/papers", papers.Papers, "api-papers"),
    ("cases/<uuid:ref>/papers/<slug:kind>", papers.TakePaper, "api-paper"),
    ("cases/<uuid:ref>/documents", views.Documents, "api-documents"),
    ("cases/<uuid:ref>/choices", people.Choices, "api-choices"),
    ("cases/<uuid:ref>/people/<uuid:party>/links", people.Links, "api-links"),
    ("cases/<uuid:ref>/handler", desks.Handler, "api-handler"),
    ("cases/<uuid:ref>/talks", mediating.Talks, "api-talks"),
    ("cases/<uuid:ref>/sessions", mediating.Sessions, "api-sessions"),
    ("cases/<uuid:ref>/sessions/<uuid:session>/<slug:act>", mediating.ActOnSession, "api-session"),
    ("cases/<uuid:ref>/points", mediating.Points, "api-points"),
    ("cases/<uuid:ref>/notes", mediating.Notes, "api-notes"),
    ("cases/<uuid:ref>/drafts", agreements.Drafts, "api-drafts"),
    ("cases/<uuid:ref>/drafts/<int:version>", agreements.OneDraft, "api-draft"),
    ("cases/<uuid:ref>/drafts/<int:version>/share", agreements.ShareDraft, "api-draft-share"),
    ("cases/<uuid:ref>/drafts/<int:version>/propose", agreements.ProposeDraft, "api-draft-propose"),
    ("cases/<uuid:ref>/drafts/<int:version>/remarks", agreements.Remarks, "api-draft-remarks"),
    ("cases/<uuid:ref>/complaints", books.Complaints, "api-complaints"),
    ("cases/<uuid:ref>/complaints/<uuid:complaint>/withdraw", books.WithdrawComplaint, "api-complaint-withdraw"),
    ("colleagues", desks.Colleagues, "api-colleagues"),
    ("colleagues/invitations", desks.DeskInvitations, "api-desk-invitations"),
    ("colleagues/<uuid:colleague>/end", desks.EndPlace, "api-place-end"),
    ("colleagues/leaves", desks.Leaves, "api-leaves"),
    ("colleagues/leaves/<int:leave>/end", desks.EndLeave, "api-leave-end"),
    ("transfers", transfers.Transfers, "api-transfers"),
    ("notices", told.Notices, "api-notices"),
    ("notices/read", told.ReadNotices, "api-notices-read"),
    ("notices/preferences", told.Preferences, "api-preferences"),
    ("books/push", books.Push, "api-push"),
    ("books/changes", books.BookChanges, "api-row-changes"),
    ("books/campaign/plan", books.CampaignPlan, "api-campaign-plan"),
    ("books/<slug:aggregate>", books.BookList, "api-books"),
    ("books/<slug:aggregate>/<uuid:ref>", books.Book, "api-book"),
    ("books/listing/<uuid:ref>/certificate", papers.TakeCertificate, "api-certificate"),
    ("books/<slug:aggregate>/<uuid:ref>/moves/<slug:move>", books.MoveBook, "api-book-move"),
    ("books/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>", books.Picture, "api-picture"),
    ("statistics/outcomes", figures.Outcomes, "api-outcomes"),
    ("statistics/places", figures.Places, "api-places"),
    ("statistics/states", figures.States, "api-states"),
    ("subscriptions", hooks.Subscriptions, "api-subscriptions"),
    ("subscriptions/<uuid:ref>", hooks.OneSubscription, "api-subscription"),
    ("subscriptions/<uuid:ref>/replay", hooks.Replay, "api-replay"),
    ("subscriptions/<uuid:ref>/close", hooks.CloseSubscription, "api-subscription-close"),
    ("subscriptions/<uuid:ref>/callbacks", hooks.Callbacks, "api-callbacks"),
    ("moves", batches.Batch, "api-batch"),
    ("changes", changes.Changes, "api-changes"),
    ("requests/<uuid:ref>", views.OneRequest, "api-request"),
    ("uploads", views.Uploads, "api-uploads"),
    ("documents/<uuid:ref>/content", views.DocumentContent, "api-document"),
    ("law/rules", views.Rules, "api-rules"),
    ("calendar", calendars.Arrangements, "api-arrangements"),
    ("calendar/<int:year>", views.CalendarYear, "api-calendar"),
    ("roster/organisations", views.Organisations, "api-organisations"),
    ("roster/mediators", views.Mediators, "api-mediators"),
    ("roster/courts", views.Courts, "api-courts"),
    ("oauth/token", tokenviews.Tokens, "api-token"),
    ("oauth/revoke", tokenviews.Revocation, "api-revocation"),
    ("schema", SchemaDocument, "api-schema"),
)


def routes(rights: Rights, ring: Callable[[], None], plan: Plan) -> list[URLPattern]:
    """Return the addresses of one platform, each view told whose rights it asks and whom it rings after a move.

    ``plan`` says which figures those who watch are shown.
    """
    found = [path(address, window.as_view(rights=rights, ring=ring), name=name) for address, window, name in WINDOWS]
    tables = figures.Tables.as_view(rights=rights, ring=ring, plan=plan)
    found.append(path("statistics/tables", tables, name="api-tables"))
    docs = path("docs", DocsPage.as_view(rights=rights), name="api-docs")
    return [*found, docs, re_path("", views.Missing.as_view(rights=rights))]
