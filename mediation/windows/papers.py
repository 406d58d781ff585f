"""Handing papers out: which a reader finds on a case, making one, noting in the local log who took it.

Lives here: what desk and portal share, and the portal's own addresses. Does not live here: who may take which
(``rights``), what a paper says (``mediation.papers``).
Called by: ``adminkit.papers``, ``casepages``, ``portal``, ``addresses``, the REST window of papers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from mediation import files, log, papers
from mediation.actor import Actor
from mediation.models import Case
from mediation.papers import Paper, PaperRefused
from mediation.papers.press import code_point
from mediation.rights import Rights
from mediation.vocabulary import Audience, PaperKind
from mediation.windows.pages import CaseView, citations
from roster.models import Listing

PREFIX = "as-"
MOST_SPELLINGS = 20
LONGEST_SPELLING = 20


def offers(view: CaseView, url: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return the papers this reader finds on the case page: those that can be made with an address, the others with
    why not.
    """
    allowed = view.rights.papers(view.case, view.actors)
    if not allowed:
        return []
    return [
        {
            "label": _(kind.label),
            "article": citations(kind.law[:1], view.today),
            "why_not": _(kind.why_not) if kind.why_not else "",
            "url": "" if kind.why_not else url(kind.code.value),
        }
        for kind in papers.kinds_for(view.case, allowed, view.at, view.events)
    ]


def take(
    rights: Rights,
    case: Case,
    actors: Sequence[Actor],
    code: str,
    at: datetime,
    spellings: Mapping[str, str] | None = None,
) -> HttpResponse:
    """This function will make a paper for the first of these capacities that may take it, and write down who took it.

    Raises Http404 where nobody of them may, PaperRefused where it cannot be made.
    """
    by = next((actor for actor in actors if code in rights.papers(case, [actor])), None)
    if by is None:
        raise Http404
    confided = [one for one in rights.documents(case, [by]) if one.audience != Audience.ALL]
    paper = papers.make(PaperKind(code), case, at, spellings=spellings, confided=confided)
    note(case, code, paper, by, at, respelt=sorted(map(code_point, spellings or ())))
    return handed(paper)


def note(case: Case, code: str, paper: Paper, by: Actor, at: datetime, **more: Any) -> None:
    """This function will write down who took a paper of a case."""
    stated = {"paper": code, "sha256": paper.sha256, **more}
    log.note(case.platform, str(case.ref), "paper.v1", by=by, at=at, facts=stated)


def take_certificate(
    rights: Rights,
    listing: Listing | None,
    actors: Sequence[Actor],
    at: datetime,
    spellings: Mapping[str, str] | None = None,
) -> HttpResponse:
    """This function will make the certificate of a roster entry for whoever may take it, and write down who took it.

    Raises Http404 where nobody of them may, PaperRefused where the entry is not in force or a character has no glyph.
    """
    by = None if listing is None else next((one for one in actors if rights.may_take_certificate(one, listing)), None)
    if listing is None or by is None:
        raise Http404
    paper = papers.make_certificate(listing, at, spellings=spellings)
    stated = {"listing": str(listing.ref), "sha256": paper.sha256, "respelt": sorted(map(code_point, spellings or ()))}
    log.note(listing.platform, "", "certificate.v1", by=by, at=at, facts=stated)
    return handed(paper)


def handed(paper: Paper, media_type: str = "application/pdf") -> HttpResponse:
    """Return a paper as a file to be saved."""
    return HttpResponse(paper.content, headers=files.download_headers(paper.filename, media_type))


def spellings_in(query: Mapping[str, str]) -> dict[str, str]:
    """Return the substitute spellings that a query gives as ``as-20BB7=…``; what is no code point is left out."""
    found: dict[str, str] = {}
    for name, value in query.items():
        digits = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and value.strip() and len(found) < MOST_SPELLINGS:
            try:
                found[chr(int(digits[:6], 16))] = value.strip()[:LONGEST_SPELLING]
            except (ValueError, OverflowError):
                continue
    return found


def refusal(refused: PaperRefused) -> dict[str, str]:
    """Return why a paper is not made and what to do, in the reader's language."""
    return {
        "said": _(refused.message) % refused.params,
        "remedy": _(refused.remedy) % refused.params if refused.remedy else "",
    }
