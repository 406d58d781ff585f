"""The roster's door as the windows and commands use it: with this deployment's keys and a case's kind of actor.

Lives here: the hand with which a platform writes, thin calls of ``roster.moves``, what consolidations do by themselves.
Does not live here: any rule of the roster, sending (``exchange.rosters``).
Called by: platforms' actions, adminkit, windows, tasks, ``load_reference``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from mediation import feed, keyring, law, log
from mediation.actor import Actor
from mediation.platform import installed, peer_of, seats_of
from mediation.vocabulary import Role, Seat
from mediation.vocabulary import gettext_noop as _
from mediation.workdays import local_day
from roster import inventory, moves, queries
from roster.models import Campaign, CampaignPlan, RosterEvent
from roster.moves import Hand, Outcome

QUARTERLY = _("%(year)d年第%(quarter)d季度名册集中核实")
"""What the consolidation of a quarter is called."""

FIGURES: Mapping[str, Mapping[str, str]] = {
    "open": {"asked": "asked"},
    "remind": {"count": "stale"},
    "close": {"verified": "verified", "changed": "changed", "stale": "stale"},
}
"""What the moves of a consolidation state that nobody may state but the platform: the fact and the figure it is."""


def hand(platform: str) -> Hand:
    """Return with what a platform of this deployment writes; raises ImproperlyConfigured if it has no key here."""
    signer = keyring.signer(platform)
    return Hand(platform, seats_of(platform), signer, settings.JOURNAL_ALGORITHM, tell=feed.note_entries)


def perform(
    row: Any,
    move: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
    text: str = "",
) -> RosterEvent:
    """This function will make one move on a row of the roster and return the journal entry.

    Raises ``roster.moves.Refused`` (with code, reason, law and remedy), its Overtaken, or ``roster.facts.Malformed``;
    then nothing is written. ``seen`` is the entry number the actor had before them.
    """
    return moves.perform(row, move, by=by, at=at, hand=hand(row.platform), facts=facts, seen=seen, text=text)


def perform_each(
    platform: str,
    rows: Iterable[Any],
    move: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """This function will make the same move on up to a hundred rows, each for itself, and say what became of each."""
    return moves.perform_each(rows, move, by=by, at=at, hand=hand(platform), facts=facts)


def push_batch(
    platform: str, rows: Iterable[Any], courts: Sequence[str], *, by: Actor, at: datetime
) -> tuple[UUID, list[Outcome]]:
    """This function will push up to a hundred files to courts as one batch, and return its reference with what became
    of each (N-4.4a).
    """
    return moves.push_batch(rows, courts, by=by, at=at, hand=hand(platform))


def sweep(at: datetime) -> int:
    """This function will close ended terms and spread recognitions on every platform here; returns how many."""
    return sum(moves.sweep(config.code, at, hand(config.code)) for config in installed())


def open_books(platforms: Iterable[str], at: datetime) -> int:
    """This function will begin the journals of rows that were loaded bare on these platforms of this deployment and
    return how many; where both are named, each hears the other's at once, elsewhere the post tells.
    """
    hands = {code: hand(code) for code in platforms}
    begun = 0
    for code, writer in hands.items():
        events = inventory.open_books(at, writer)
        begun += len(events)
        if (peer := peer_of(code)) in hands:
            inventory.hear_books(events, hands[peer], keyring.trusted(code, at), at)
    return begun


# Consolidations (N-4.3): the figures and, where the bureau leaves it to them, the moves come by themselves.


def counted(campaign: Campaign, move: str, since: date) -> dict[str, int]:
    """Return the facts of a consolidation's move that this platform counts itself: those of ``FIGURES``."""
    found = queries.campaign_figures(campaign.platform, since)
    return {fact: found[figure] for fact, figure in FIGURES[move].items()}


def plan_campaigns(platform: str, by: Actor, at: datetime, *, automatic: bool) -> None:
    """This function will say whether consolidations open by themselves, and write down who said so (N-4.3)."""
    CampaignPlan.objects.update_or_create(platform=platform, defaults={"automatic": automatic})
    log.note(platform, "", "campaign.plan.v1", by=by, at=at, facts={"automatic": automatic})


def title_of(on: date) -> str:
    """Return what the consolidation of the quarter of a day is called, as its journal says."""
    return QUARTERLY % {"year": on.year, "quarter": (on.month + 2) // 3}


def tend_campaigns(at: datetime) -> int:
    """This function will open the quarter's consolidation where none has been held, and remind on the platform's own
    days, each once; on every platform here that keeps files. Returns how much was done.
    """
    done = 0
    for config in installed():
        if Seat.ORGANISATION in config.seats:
            clock = Actor(Role.CLOCK, "CAMPAIGN", config.code, config.code)
            going_on = queries.open_campaign(config.code)
            done += _remind(going_on, clock, at) if going_on else _open(config.code, clock, at)
    return done


def _open(platform: str, clock: Actor, at: datetime) -> int:
    today = local_day(at)
    since, until = queries.quarter(today)
    late = today > since + law.opens_within(settings.OWN_FIGURES)
    if late or not queries.opens_by_itself(platform) or queries.was_held(platform, since):
        return 0
    campaign = moves.new("campaign", platform)
    figures = counted(campaign, "open", since)
    if not figures["asked"]:
        return 0
    facts = {"title": title_of(today), "since": since.isoformat(), "until": until.isoformat(), **figures}
    return _made(campaign, "open", clock, at, facts)


def _remind(campaign: Campaign, clock: Actor, at: datetime) -> int:
    """Remind on the latest of the days that have come; a day missed while nothing ran is not made up for twice."""
    assert campaign.begins_on is not None
    assert campaign.ends_on is not None
    today = local_day(at)
    days = [campaign.ends_on - timedelta(days=before) for before in law.reminded_before(settings.OWN_FIGURES)]
    due = max((day for day in days if campaign.begins_on < day <= today <= campaign.ends_on), default=None)
    if due is None or due.isoformat() <= campaign.figures.get("due", ""):
        return 0
    figures = counted(campaign, "remind", campaign.begins_on)
    if not figures["count"]:
        return 0
    return _made(campaign, "remind", clock, at, {**figures, "due": due.isoformat()}, seen=campaign.entries)


def _made(row: Any, move: str, clock: Actor, at: datetime, facts: Mapping[str, Any], seen: int | None = None) -> int:
    try:
        perform(row, move, by=clock, at=at, facts=facts, seen=seen)
    except moves.Refused:
        # Somebody at the desk, or another look, was there first.
        return 0
    return 1
