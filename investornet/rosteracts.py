"""What people do with the roster on InvestorNet: thin calls of its door, and the loops over many rows.

Called by: ``rosterpages``, ``rosterdesk``, ``campaigndesk``. Everything goes through ``mediation.rosters``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from investornet.access import rights
from mediation import files, rosters
from mediation.actor import Actor
from roster import facts as f
from roster import moves
from roster.models import Campaign, RosterEvent
from roster.moves import Outcome, Refused


def open_file(aggregate: str, ref: uuid.UUID, stated: Mapping[str, Any], by: Actor, at: datetime) -> RosterEvent:
    """This function will open a file under a reference that the form gave, once however often it is sent."""
    return rosters.perform(moves.new(aggregate, rights.platform, ref), "open", by=by, at=at, facts=stated)


def edit_file(row: Any, changes: Mapping[str, Any], by: Actor, at: datetime, seen: int | None) -> RosterEvent:
    """This function will change a draft, or propose changes beside the version in force."""
    return rosters.perform(row, "edit", by=by, at=at, facts={"changes": dict(changes)}, seen=seen)


def keep_pictures(pictures: Iterable[tuple[files.Judged, bytes]], at: datetime) -> None:
    """This function will store the pictures whose digests a move is about to name."""
    for judged, content in pictures:
        files.store(rights.platform, judged, content, at)


def act(
    row: Any, move: str, by: Actor, at: datetime, stated: Mapping[str, Any] | None = None, seen: int | None = None
) -> RosterEvent:
    """This function will make one move on a row."""
    return rosters.perform(row, move, by=by, at=at, facts=stated, seen=seen)


def act_on_each(
    rows: Iterable[tuple[Any, int]], move: str, by: Actor, at: datetime, stated: Mapping[str, Any] | None = None
) -> list[Outcome]:
    """This function will make the same move on rows, each with the entry number the actor had before them, each for
    itself, and say what became of each.
    """
    return [_tried(row, move, by, at, stated or {}, seen) for row, seen in rows]


def push(rows: Iterable[tuple[Any, int, Sequence[str]]], batch: uuid.UUID, by: Actor, at: datetime) -> list[Outcome]:
    """This function will push files as one batch, each to its own courts, and say what became of each (N-4.4a)."""
    return [
        _tried(row, "push", by, at, {"courts": list(courts), "batch": str(batch)}, seen) for row, seen, courts in rows
    ]


def _tried(row: Any, move: str, by: Actor, at: datetime, stated: Mapping[str, Any], seen: int) -> Outcome:
    try:
        return Outcome(row, rosters.perform(row, move, by=by, at=at, facts=stated, seen=seen))
    except (Refused, f.Malformed) as wrong:
        return Outcome(row, refused=wrong)


def open_campaign(ref: uuid.UUID, title: str, since: date, until: date, by: Actor, at: datetime) -> RosterEvent:
    """This function will open a consolidation that asks every organisation in force (N-4.3)."""
    campaign = moves.new("campaign", rights.platform, ref)
    stated: dict[str, Any] = {"title": title, "since": since.isoformat(), "until": until.isoformat()}
    stated |= rosters.counted(campaign, "open", since)
    return rosters.perform(campaign, "open", by=by, at=at, facts=stated)


def remind(campaign: Campaign, by: Actor, at: datetime, seen: int) -> RosterEvent:
    """This function will remind all who have not verified their file."""
    assert campaign.begins_on is not None
    stated = rosters.counted(campaign, "remind", campaign.begins_on)
    return rosters.perform(campaign, "remind", by=by, at=at, facts=stated, seen=seen)


def close_campaign(campaign: Campaign, by: Actor, at: datetime, seen: int) -> RosterEvent:
    """This function will close a consolidation with the figures of that instant."""
    assert campaign.begins_on is not None
    stated = rosters.counted(campaign, "close", campaign.begins_on)
    return rosters.perform(campaign, "close", by=by, at=at, facts=stated, seen=seen)
