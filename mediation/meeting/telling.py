"""Telling people of what the journal does not know. Called by: the other modules here. Never says what was said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mediation import guards
from mediation.models import Case, Notice
from mediation.vocabulary import Audience, Errand, Role, Side

SIDES = {Audience.APPLICANTS: Side.APPLICANT, Audience.RESPONDENTS: Side.RESPONDENT}
"""Which side a channel belongs to; PARTIES belongs to both."""


def members(case: Case, channel: str) -> list[str]:
    """Return the parties who take part in a channel."""
    return guards.parties(case, SIDES.get(Audience(channel)))


def tell_parties(
    case: Case, parties: Iterable[str], text: str, key: str, at: datetime, values: dict[str, Any] | None = None
) -> None:
    """Tell these parties, also by what leaves the platform; under one key each is told once."""
    for party in parties:
        _tell(case, Role.PARTY, party, text, f"{key}/{party}", at, values, loud=True)


def tell_mediators(case: Case, text: str, key: str, at: datetime, values: dict[str, Any] | None = None) -> None:
    """Tell whoever mediates the case now."""
    _tell(case, Role.MEDIATOR, "", text, key, at, values, loud=False)


def _tell(
    case: Case, role: Role, seat: str, text: str, key: str, at: datetime, values: dict[str, Any] | None, *, loud: bool
) -> None:
    told = {
        "case": case,
        "role": role,
        "seat": seat,
        "errand": Errand.NOTICE,
        "text": text,
        "values": values or {},
        "at": at,
        "loud": loud,
        "next_at": at,
    }
    Notice.objects.get_or_create(platform=case.platform, key=key, defaults=told)
