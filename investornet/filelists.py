"""Files, listings and campaigns as rows of a page: what portal and desk of this platform both show.

Lives here: pages by key, states in words with their tone, warnings. Does not live here: who may see which file
(``access``), addresses (the windows add theirs).
Called by: ``rosterpages``, ``rosterdesk``, ``campaigndesk``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from investornet.access import rights
from mediation.actor import Actor
from mediation.vocabulary import (
    ChangeState,
    ComplaintGround,
    Consequence,
    EntryCondition,
    FileState,
    ListingStatus,
    PauseGround,
    RecognitionState,
    gettext_noop,
)
from roster import queries as roster
from roster.models import Campaign, Court, Listing, Organisation, Recognition

PAGE = 50
MOST_STANDINGS = 200
SOON = timedelta(days=60)
"""How long before a licence ends its organisation is warned."""

TONES: dict[str, str] = {
    FileState.DRAFT: "waiting",
    FileState.SUBMITTED: "handed",
    FileState.VERIFIED: "good",
    FileState.SUSPENDED: "bad",
    FileState.LEFT: "ended",
    FileState.REMOVED: "ended",
    ChangeState.RETURNED: "bad",
    ListingStatus.PUSHED: "handed",
    ListingStatus.RECOGNISED: "handed",
    ListingStatus.LISTED: "good",
    ListingStatus.REFUSED: "bad",
    ListingStatus.SUSPENDED: "bad",
    ListingStatus.ASKED: "waiting",
}

KINDS = {"organisation": gettext_noop("调解组织"), "mediator": gettext_noop("调解员")}


def page(rows: QuerySet[Any], after: str) -> tuple[list[Any], str]:
    """Return one page of files by name behind the key ``after``, and the key the next page begins behind, if any."""
    if after.isascii() and after.isdecimal() and len(after) < 19 and (last := rows.filter(pk=int(after)).first()):
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(rows.order_by("name", "pk")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def picked(by: Actor, values: Iterable[str], kinds: Iterable[str]) -> list[tuple[Any, int]]:
    """Return the files that ticked boxes name, each with the entry number that stood before the reader.

    A box says ``kind:reference:number``. Raises Http404 for anything that is not the reader's to tick.
    """
    wanted: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for value in values:
        kind, _colon, rest = value.partition(":")
        ref, _colon, number = rest.partition(":")
        try:
            wanted[kind][str(uuid.UUID(ref))] = int(number[:9])
        except (KeyError, ValueError):
            raise Http404 from None
    found = [row for kind, refs in wanted.items() if refs for row in rights.files(by, kind).filter(ref__in=refs)]
    if len(found) < sum(map(len, wanted.values())):
        raise Http404
    return [(row, wanted[row.aggregate][str(row.ref)]) for row in found]


def described(row: Any, on: date, campaign: Campaign | None) -> dict[str, Any]:
    """Return a file as a line: state and change in words, when verified, what is to be seen to."""
    change = ChangeState(row.change) if row.change else None
    return {
        "ref": row.ref,
        "name": row.name,
        "aggregate": row.aggregate,
        "entries": row.entries,
        "value": f"{row.aggregate}:{row.ref}:{row.entries}",
        "state": gettext(FileState(row.state).label),
        "tone": TONES.get(row.state, "ended"),
        "change": gettext(change.label) if change else "",
        "change_tone": TONES.get(change or "", "waiting"),
        "reason": row.reason,
        "verified_on": row.verified_on,
        "asked": is_asked(row, campaign),
        "verifiable": is_asked(row, campaign) and change is not ChangeState.SUBMITTED,
        "warning": licence_warning(row, on),
        "suggested": bool(row.suggested),
    }


def is_asked(row: Any, campaign: Campaign | None) -> bool:
    """Tell whether the campaign still waits for this file to be verified."""
    return bool(
        campaign
        and campaign.begins_on
        and row.state == FileState.VERIFIED
        and (row.verified_on is None or row.verified_on < campaign.begins_on)
    )


def licence_warning(row: Any, on: date) -> str:
    """Return what is to be said of a licence that has ended or ends soon."""
    until = row.licence_expires_on
    if until is None or until > on + SOON:
        return ""
    said = gettext("证书已于%(day)s到期") if until < on else gettext("证书将于%(day)s到期")
    return said % {"day": until.isoformat()}


def ground_of(row: Any) -> str:
    """Return why a file is suspended, in words."""
    code = row.sheet.get("ground", "")
    return gettext(PauseGround(code).label) if code in PauseGround.__members__ else ""


def recognition_of(row: Any) -> str:
    """Return how far a nomination for joint recognition has come, in words (N-4.4c)."""
    if not row.sheet.get("nominated"):
        return ""
    found = Recognition.objects.filter(platform=row.platform, ref=row.sheet["nominated"]).first()
    return gettext(RecognitionState(found.state if found else RecognitionState.NOMINATED).label)


def complaints_of(row: Any) -> list[dict[str, Any]]:
    """Return what courts have decided on complaints about the file, the newest first."""
    names = court_names(note["court"] for note in row.sheet.get("complaints", {}).values())
    found = [
        {
            "ref": ref,
            "court": names.get(note["court"], note["court"]),
            "ground": gettext(ComplaintGround(note["ground"]).label),
            "upheld": note["upheld"],
            "consequence": gettext(Consequence(note["consequence"]).label) if note["consequence"] else "",
            "removal": note["consequence"] == Consequence.REMOVAL,
            "on": note["on"],
        }
        for ref, note in row.sheet.get("complaints", {}).items()
    ]
    return sorted(found, key=lambda note: str(note["on"]), reverse=True)


def standings(entries: Iterable[Listing], on: date) -> list[dict[str, Any]]:
    """Return entries of courts' rosters as lines."""
    held = list(entries)
    names = court_names(entry.court for entry in held)
    return [
        {
            "ref": entry.ref,
            "code": entry.court,
            "court": names.get(entry.court, entry.court),
            "status": entry.status,
            "label": gettext(ListingStatus(entry.status).label),
            "tone": TONES.get(entry.status, "ended"),
            "certificate": entry.certificate_number,
            "listed_on": entry.listed_on,
            "expires_on": entry.expires_on,
            "over": entry.expires_on is not None and entry.expires_on < on,
            "condition": gettext(EntryCondition(entry.condition).label) if entry.condition else "",
            "reason": entry.reason,
        }
        for entry in held
    ]


def standings_of(row: Any, on: date) -> list[dict[str, Any]]:
    """Return where a file stands on the rosters of courts."""
    held = Listing.objects.filter(**{"platform": row.platform, row.aggregate: row.ref})
    return standings(held.order_by("court")[:MOST_STANDINGS], on)


def court_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of courts by code, in one query."""
    return dict(Court.objects.filter(code__in=set(codes)).values_list("code", "name"))


def organisation_names(platform: str, refs: Iterable[Any]) -> dict[Any, str]:
    """Return the names of organisations by reference, in one query."""
    return dict(Organisation.objects.filter(platform=platform, ref__in=set(refs)).values_list("ref", "name"))


def confirmation_of(row: Any) -> str:
    """Return how far the courts' platform is known to hold the file's journal, in words."""
    if not row.shared:
        return gettext("尚未推送法院，法院平台没有这份档案")
    reached, whole = roster.confirmed(row)
    if whole:
        return gettext("法院平台已确认收到全部%(count)d号记录") % {"count": row.entries}
    return gettext("法院平台已确认至第%(reached)d号记录，共%(count)d号") % {"reached": reached, "count": row.entries}


def journal_of(row: Any, labels: dict[str, str], most: int = 30) -> Sequence[dict[str, Any]]:
    """Return the newest entries of a file's journal: what was done, when, by whom."""
    from_newest = roster.journal(row).order_by("-number")[:most]
    return [
        {
            "number": event.number,
            "label": gettext(labels[event.move]),
            "at": event.at,
            "by": event.by["role"],
            "reason": event.facts.get("reason", ""),
        }
        for event in from_newest
    ]
