"""Papers at the desk: taking one of a case, taking a certificate, giving a substitute for a character no font has.

Lives here: the desk's addresses. Does not live here: who may take which (``rights``), making and noting
(``windows.papers``).
Called by: a platform's admin site, among the pages of its ``cases_section``.
"""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _

from mediation.adminkit.casepages import find
from mediation.adminkit.site import DeskRequest, DeskSite, Page
from mediation.papers import PaperRefused, Unprintable
from mediation.papers.press import code_point
from mediation.windows import papers
from roster.models import Listing


def take_paper(site: DeskSite, request: DeskRequest, ref: uuid.UUID, kind: str) -> HttpResponse:
    """Hand out one paper of a case, or say why it cannot be made."""
    case, actors = find(site, request, ref)
    try:
        return papers.take(site.rights, case, actors, kind, request.visitor.at, papers.spellings_in(request.GET))
    except PaperRefused as refused:
        return _refused(site, request, refused, site.url("case", ref))


def take_certificate(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Hand out the certificate of a roster entry, or say why it cannot be made."""
    listing = Listing.objects.filter(platform=site.rights.platform, ref=ref).first()
    visitor, spellings = request.visitor, papers.spellings_in(request.GET)
    try:
        return papers.take_certificate(site.rights, listing, visitor.actors, visitor.at, spellings)
    except PaperRefused as refused:
        return _refused(site, request, refused, site.url("roster_listing_changelist"))


def _refused(site: DeskSite, request: DeskRequest, refused: PaperRefused, back_url: str) -> HttpResponse:
    missing = refused.missing[: papers.MOST_SPELLINGS] if isinstance(refused, Unprintable) else []
    given = papers.spellings_in(request.GET)
    fields = [
        {"name": f"{papers.PREFIX}{ord(sign):X}", "code": code_point(sign), "sign": sign, "value": given.get(sign, "")}
        for sign in dict.fromkeys([*missing, *given])
    ]
    return site.show(
        request,
        "mediation/admin/paper_refused.html",
        _("现在不能制作文书"),
        status=409,
        fields=fields,
        most=papers.LONGEST_SPELLING,
        back_url=back_url,
        **papers.refusal(refused),
    )


PAPER_PAGES = (
    Page("cases/<uuid:ref>/papers/<slug:kind>/", take_paper, "case_paper"),
    Page("listings/<uuid:ref>/certificate/", take_certificate, "certificate"),
)
