"""Rows that were kept before there were journals: reference rows, and those of the first release.

Lives here: beginning a journal for each of them, and hearing such beginnings from a platform of the same deployment.
Does not live here: the moves themselves (``moves``).
Called by: ``mediation.rosters.open_books`` for ``load_reference``. Set-wise, because there are thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mediation.chain import PublicKey
from roster import moves, publication
from roster.lifecycle import FILE_KINDS, LISTING, MEDIATOR, MOVES, ORGANISATION, OWNERS
from roster.models import CertificateSeries, Listing, RosterDelivery, RosterEvent
from roster.moves import TABLES, Hand

TAKEN_OVER = (ORGANISATION, MEDIATOR, LISTING)
_BATCH = 500


def open_books(at: datetime, hand: Hand) -> list[RosterEvent]:
    """This function will begin a journal for every row of the hand's platform's own that has none, and return the
    entries: one each, with everything the row says, for the peer to be told. May be repeated.
    """
    begun: list[RosterEvent] = []
    by = moves.itself(hand)
    with transaction.atomic():
        for aggregate in (kind for kind in TAKEN_OVER if OWNERS[kind] in hand.seats):
            bare = TABLES[aggregate]._default_manager.filter(platform=hand.platform, entries=0)
            declared, rows, events = MOVES[aggregate]["take_over"], [], []
            for held in bare.select_for_update().order_by("pk"):
                row, stated = moves.blank(held), _contents(held)
                moves.judge(row, declared, by, at, stated, writing=True)
                events.append(moves.compose(row, declared, by, at, stated, hand=hand))
                rows.append(row)
            begun += _keep(aggregate, rows, events)
            if aggregate == LISTING:
                _raise_series(rows)
        RosterDelivery.objects.bulk_create(
            (
                RosterDelivery(platform=hand.platform, event=event, since=event.recorded_at, next_at=event.recorded_at)
                for event in begun
            ),
            batch_size=_BATCH,
        )
    return begun


def hear_books(events: Iterable[RosterEvent], hand: Hand, trusted: Mapping[str, PublicKey], at: datetime) -> int:
    """This function will apply such beginnings to the other platform's copies in the same database, judged as any
    other entry of the peer, and note them as told; returns how many. What that copy has already heard is left to the
    post.
    """
    heard = 0
    by_kind: dict[str, list[RosterEvent]] = {kind: [] for kind in TAKEN_OVER}
    for event in events:
        by_kind[event.aggregate].append(event)
    with transaction.atomic():
        for aggregate, told in by_kind.items():
            copies = TABLES[aggregate]._default_manager.filter(platform=hand.platform)
            held = {row.ref: row for row in copies.filter(ref__in=[event.ref for event in told]).select_for_update()}
            rows, events_here, done = [], [], []
            for event in told:
                row = held.get(event.ref) or moves.new(aggregate, hand.platform, event.ref)
                if row.entries:
                    continue
                entry = event.entry()
                declared, by, when, stated = moves.check_entry(row, entry, hand, trusted)
                events_here.append(moves.compose(row, declared, by, when, stated, given=entry, recorded_at=at))
                rows.append(row)
                done.append(event.pk)
            heard += len(_keep(aggregate, rows, events_here))
            RosterDelivery.objects.filter(event__in=done).update(state=RosterDelivery.APPLIED)
    return heard


def _keep(aggregate: str, rows: list[Any], events: list[RosterEvent]) -> list[RosterEvent]:
    table = TABLES[aggregate]
    # A bare row gives way as a whole, under its own key: an UPDATE of every column of thousands takes half a minute.
    table._default_manager.filter(pk__in=[row.pk for row in rows if row.pk]).delete()
    table._default_manager.bulk_create(rows, batch_size=_BATCH)
    if rows:
        publication.follow(rows[0].platform, rows)
    return RosterEvent.objects.bulk_create(events, batch_size=_BATCH)


def _contents(row: Any) -> dict[str, Any]:
    """Return everything a bare row says, as the creating move states it."""
    if row.aggregate in FILE_KINDS:
        stated = row.contents()
        if row.aggregate == MEDIATOR and row.employers and not row.employment:
            stated["employment"] = [{"employer": name} for name in dict.fromkeys(row.employers)]
        return stated | ({"verified_on": row.verified_on.isoformat()} if row.verified_on else {})
    stated = {row.entrant_kind: str(row.entrant), "court": row.court, "status": row.status}
    if row.certificate_number:
        code = row.verification_code or moves.new_code()
        stated |= {"certificate_number": row.certificate_number, "verification_code": code}
    days = {name: getattr(row, name) for name in ("listed_on", "expires_on")}
    return stated | {name: day.isoformat() for name, day in days.items() if day}


def _raise_series(rows: Iterable[Listing]) -> None:
    """Keep the courts' series clear of the numbers given out before."""
    last: dict[tuple[str, str, int, str], int] = {}
    for row in rows:
        if serial := moves.serial_of(row):
            place = (row.platform, row.court, serial[0], row.entrant_kind)
            last[place] = max(last.get(place, 0), serial[1])
    CertificateSeries.objects.bulk_create(
        [CertificateSeries(platform=p, court=c, year=y, entrant=e, last=n) for (p, c, y, e), n in last.items()],
        update_conflicts=True,
        unique_fields=["platform", "court", "year", "entrant"],
        update_fields=["last"],
    )
