"""Making a paper: its basis is looked for, its sheet written, its file printed.

Lives here: ``make`` and ``make_certificate``. Does not live here: who may take it, noting that it was taken (windows).
Called by: windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from mediation.models import Case, Document
from mediation.papers import confirming, performing
from mediation.papers.certificates import certificate
from mediation.papers.kinds import KINDS
from mediation.papers.letters import LETTERS
from mediation.papers.press import Paper, PaperRefused, Sheet, print_sheet
from mediation.papers.record import Record
from mediation.vocabulary import ListingStatus, PaperKind, gettext_noop
from mediation.workdays import ZONE, local_day
from roster import queries as roster
from roster.models import Listing, Mediator, Organisation

SHEETS: dict[PaperKind, Callable[[Record, Any], Sheet]] = {
    **LETTERS,
    PaperKind.MEDIATION_PROOF: confirming.proof,
    PaperKind.CONFIRMATION_APPLICATION: confirming.application,
    PaperKind.PERFORMANCE: performing.performance,
}
NOT_LISTED = gettext_noop("没有列入名册，或者已经暂停、除名、退出、期满，不能制作证书")


def make(
    kind: PaperKind,
    case: Case,
    at: datetime,
    *,
    spellings: Mapping[str, str] | None = None,
    confided: Sequence[Document] = (),
) -> Paper:
    """This function will make one paper of a case as it stands at ``at``, dated the day of the entry it is about.

    ``spellings``: character without a glyph → what is printed instead. ``confided``: documents not open to everybody
    that whoever takes it may read. Raises PaperRefused where there is nothing for such a paper to rest on, Unprintable
    where a character has no glyph.
    """
    record = Record(case, at, confided=confided)
    basis = KINDS[kind].find(record)
    if isinstance(basis, str):
        raise PaperRefused(basis, gettext_noop("请查看案件的最新进展"))
    sheet = SHEETS[kind](record, basis.event)
    return print_sheet(sheet, basis.event.at if basis.event else at, spellings=spellings)


def make_certificate(listing: Listing, at: datetime, *, spellings: Mapping[str, str] | None = None) -> Paper:
    """This function will make the certificate of one entry of a roster, dated the day of entry (TY-5).

    Raises PaperRefused for an entry that is not in force, Unprintable where a character has no glyph.
    """
    entrant: Organisation | Mediator | None
    member_of = ""
    if listing.organisation:
        entrant = roster.organisation(listing.platform, listing.organisation)
    else:
        entrant = roster.mediator(listing.platform, listing.mediator or "")
        home = roster.organisation(listing.platform, entrant.organisation) if entrant else None
        member_of = home.name if home else ""
    over = listing.expires_on is not None and listing.expires_on < local_day(at)
    if entrant is None or listing.listed_on is None or listing.status != ListingStatus.LISTED or over:
        raise PaperRefused(NOT_LISTED, gettext_noop("请查看名册的最新状态"))
    court = roster.court(listing.court)
    sheet = certificate(court.name if court else listing.court, listing, entrant, member_of)
    return print_sheet(sheet, datetime.combine(listing.listed_on, time(), ZONE), spellings=spellings)
