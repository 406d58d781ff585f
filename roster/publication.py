"""What of the rosters is public, kept narrow for searching: one row for each file (``PublicEntry``).

Lives here: the only rule of who is shown (ZX-5, TY-6), and writing those rows anew. Does not live here: searching them
(``queries``).
Called by: the door and the taking over of bare rows, in the transaction that changes a file or an entry; the loading of
reference rows.

An organisation is shown while some court's roster has it. A mediator is shown by entries of their own; who has none,
refused and suspended ones included, is shown with the organisation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, Q, Value
from django.db.models.functions import Coalesce

from mediation.vocabulary import ListingStatus
from roster.lifecycle import FILE_KINDS, LISTING, MEDIATOR, ORGANISATION
from roster.models import Listing, Mediator, PublicEntry
from roster.world import FILES

Span = tuple[date, date]
WRITTEN = ("organisation", "name", "words", "regions", "causes", "languages", "charges_fee", "since", "until")
SEARCHED = {ORGANISATION: ("name", "scope", "expertise"), MEDIATOR: ("name", "expertise")}
_BATCH = 500


def follow(platform: str, rows: Iterable[Any]) -> None:
    """This function will bring the public rows in step with files and entries that were just written; other rows of the
    rosters have none.
    """
    files: dict[str, set[UUID]] = {aggregate: set() for aggregate in FILE_KINDS}
    entered: dict[str, set[UUID]] = {aggregate: set() for aggregate in FILE_KINDS}
    for row in rows:
        if row.aggregate in FILE_KINDS:
            files[row.aggregate].add(row.ref)
        elif row.aggregate == LISTING:
            entered[row.entrant_kind].add(row.entrant)
    people, bodies = files[MEDIATOR] | entered[MEDIATOR], files[ORGANISATION] | entered[ORGANISATION]
    mediators = Mediator.objects.filter(platform=platform)
    homes = mediators.filter(ref__in=people).values_list("organisation", flat=True)
    led = mediators.filter(organisation__in=entered[ORGANISATION]).values_list("ref", flat=True)
    # Organisations first, those of single mediators too, and who is led is asked behind them: of two who write about
    # one organisation and its mediators at once, the later waits there and sees what the earlier wrote.
    renew(platform, ORGANISATION, {*bodies, *homes})
    renew(platform, MEDIATOR, {*people, *led})


def renew_all(platform: str) -> None:
    """This function will write the public rows of all files of a platform anew."""
    for aggregate, table in FILES.items():
        renew(platform, aggregate, table.objects.filter(platform=platform).values_list("ref", flat=True))


def renew(platform: str, aggregate: str, refs: Iterable[UUID]) -> None:
    """This function will write the public rows of these files anew, those that changed."""
    wanted = sorted({*refs})
    for start in range(0, len(wanted), _BATCH):
        _renew_some(platform, aggregate, wanted[start : start + _BATCH])


def _renew_some(platform: str, aggregate: str, refs: list[UUID]) -> None:
    kept = PublicEntry.objects.filter(platform=platform, aggregate=aggregate, ref__in=refs)
    with transaction.atomic():
        missing = {*refs} - {*kept.values_list("ref", flat=True)}
        PublicEntry.objects.bulk_create(
            (PublicEntry(platform=platform, aggregate=aggregate, ref=ref) for ref in sorted(missing)),
            ignore_conflicts=True,
        )
        # Locked before anything is read: of two courts that enter one organisation at once, the later sees both.
        rows = list(kept.select_for_update().order_by("ref"))
        files = {file.ref: file for file in FILES[aggregate].objects.filter(platform=platform, ref__in=refs)}
        own = _spans(platform, aggregate, refs)
        bodies = {file.organisation for file in files.values() if isinstance(file, Mediator)}
        led = _spans(platform, ORGANISATION, bodies)
        changed = []
        for row in rows:
            file = files.get(row.ref)
            span = own[row.ref] if row.ref in own else led.get(getattr(file, "organisation", None))
            before = [getattr(row, name) for name in WRITTEN]
            _describe(row, file, span)
            if [getattr(row, name) for name in WRITTEN] != before:
                # Written as if new: an upsert of hundreds costs a hundredth of as many cases in one UPDATE.
                row.pk = None
                changed.append(row)
        PublicEntry.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["platform", "aggregate", "ref"], update_fields=WRITTEN
        )


def _spans(platform: str, aggregate: str, refs: Collection[UUID]) -> dict[UUID | None, Span | None]:
    """Return from the first to the last day on which courts' rosters have each entrant; None where entries say that
    none has it now.
    """
    listed = Q(status=ListingStatus.LISTED.value)
    entries = Listing.objects.filter(**{"platform": platform, f"{aggregate}__in": refs}).order_by()
    spans = entries.values_list(aggregate).annotate(
        first=Min("listed_on", filter=listed), last=Max(Coalesce("expires_on", Value(date.max)), filter=listed)
    )
    return {ref: (since, until) if since else None for ref, since, until in spans}


def _describe(row: PublicEntry, file: Any, span: Span | None) -> None:
    if file is None or not file.active or span is None:
        row.since = row.until = None
        return
    row.since, row.until = span
    row.organisation = file.organisation if row.aggregate == MEDIATOR else None
    row.name = file.name
    row.words = "\n".join(getattr(file, name) for name in SEARCHED[row.aggregate]).lower()
    row.regions = barred(file.regions) if row.aggregate == ORGANISATION else ""
    row.causes, row.languages = barred(file.causes), barred(file.languages)
    row.charges_fee = file.charges_fee


def barred(codes: Collection[str]) -> str:
    """Return codes between bars, as they are searched for."""
    return "".join(f"|{code}" for code in codes) + "|" if codes else ""
