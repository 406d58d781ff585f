"""What a writer's guard may ask about other rows of its platform.

Lives here: those readings. Does not live here: the guards (``guards``), questions of windows (``queries``).
Called by: the door.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from mediation.vocabulary import CampaignState, ComplaintState, Consequence, FileState, ListingStatus
from roster import conditions as entry
from roster.conditions import Condition
from roster.guards import RESTING, STANDING
from roster.models import Campaign, Complaint, Court, Listing, Mediator, Organisation

FILES: dict[str, type[Organisation] | type[Mediator]] = {"organisation": Organisation, "mediator": Mediator}


@dataclass(frozen=True)
class Surroundings:
    """The rows of one platform around the row that is judged."""

    platform: str

    def is_court(self, code: str) -> bool:
        """Tell whether there is such a court."""
        return Court.objects.filter(code=code).exists()

    def is_file(self, organisation: str) -> bool:
        """Tell whether this platform holds an organisation's file that is in force."""
        return Organisation.objects.filter(
            platform=self.platform, ref=organisation, state=FileState.VERIFIED.value
        ).exists()

    def holds_credit_code(self, row: Any, credit_code: str) -> bool:
        """Tell whether another organisation in force has the same credit code."""
        held = Organisation.objects.filter(platform=self.platform, credit_code=credit_code, state__in=RESTING)
        return bool(credit_code) and held.exclude(ref=row.ref).exists()

    def statuses(self, row: Any) -> dict[str, str]:
        """Return the standing of a file on the rosters of courts, by court code."""
        found = Listing.objects.filter(**{"platform": self.platform, row.aggregate: row.ref})
        return dict(found.values_list("court", "status"))

    def conditions(self, listing: Any, on: date) -> list[Condition]:
        """Return the entry conditions of whoever a listing is about; none where the file has not arrived."""
        return conditions(listing, on)

    def may_adopt(self, listing: Any, source: str, on: date) -> bool:
        """Tell whether the source is an entry in force of a higher court's roster."""
        found = Listing.objects.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=on),
            platform=self.platform, ref=source, status=ListingStatus.LISTED.value, listed_on__lte=on,
        ).first()  # fmt: skip
        return found is not None and found.court in self._above(listing.court)

    def has_removal(self, listing: Any, complaint: str) -> bool:
        """Tell whether this complaint about the entrant was upheld with removal, at the same court."""
        return Complaint.objects.filter(
            platform=self.platform,
            ref=complaint,
            court=listing.court,
            organisation=listing.organisation,
            mediator=listing.mediator,
            state=ComplaintState.UPHELD.value,
            consequence=Consequence.REMOVAL.value,
        ).exists()

    def has_open_campaign(self) -> bool:
        """Tell whether a consolidation is going on."""
        return Campaign.objects.filter(platform=self.platform, state=CampaignState.OPEN.value).exists()

    def is_entered(self, complaint: Any) -> bool:
        """Tell whether whoever the complaint is about is on the roster of its court."""
        return Listing.objects.filter(
            platform=self.platform,
            court=complaint.court,
            organisation=complaint.organisation,
            mediator=complaint.mediator,
            status__in=STANDING,
        ).exists()

    def _above(self, code: str) -> set[str]:
        found: set[str] = set()
        while (
            parent := Court.objects.filter(code=code).values_list("parent", flat=True).first()
        ) and parent not in found:
            found.add(parent)
            code = parent
        return found


def conditions(listing: Any, on: date) -> list[Condition]:
    """Return the entry conditions of whoever a listing is about, judged on this platform's copy of the file."""
    file = FILES[listing.entrant_kind].objects.filter(platform=listing.platform, ref=listing.entrant).first()
    if file is None:
        return []
    others = other_files([file])[file.ref]
    if isinstance(file, Organisation):
        return entry.of_organisation(file, on=on, others=others)
    recommended = Listing.objects.filter(
        platform=listing.platform, court=listing.court, organisation=file.organisation, status__in=STANDING
    ).exists()
    return entry.of_mediator(file, on=on, is_recommended=recommended, others=others)


def other_files(rows: Sequence[Any]) -> dict[UUID, list[Any]]:
    """Return the other files of a platform about the same body or person, by reference: those with an organisation's
    credit code, those with a mediator's name and number of certificate at whichever organisation. Two queries at most.
    """
    keys = {row.ref: _identity(row) for row in rows if all(_identity(row))}
    bodies = {row.credit_code for row in rows if row.ref in keys and isinstance(row, Organisation)}
    people = [row for row in rows if row.ref in keys and isinstance(row, Mediator)]
    platform = rows[0].platform if rows else ""
    same: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    if bodies:
        for one in Organisation.objects.filter(platform=platform, credit_code__in=bodies):
            same[_identity(one)].append(one)
    if people:
        # Both values of ``active``, or the index of names is of no use.
        named = Mediator.objects.filter(
            platform=platform, active__in=(True, False), name__in={person.name for person in people}
        )
        for person in named.filter(licence_number__in={person.licence_number for person in people}):
            same[_identity(person)].append(person)
    return {
        row.ref: [one for one in same[keys[row.ref]] if one.ref != row.ref] if row.ref in keys else [] for row in rows
    }


def _identity(row: Any) -> tuple[str, ...]:
    return (row.credit_code,) if isinstance(row, Organisation) else (row.name, row.licence_number)
