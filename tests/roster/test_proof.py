"""R12 for the rosters: what a database superuser changes past the door is found, and the first bad entry is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from mediation import chain
from roster import moves, proof
from roster.models import ComplaintText, RosterDelivery, RosterEvent
from tests.figures import many
from tests.mediation.test_verify_journal import OFFLINE, altered, sql, undone
from tests.roster.people import COURT, NET, People, build_courts

pytestmark = pytest.mark.django_db
EDITS = many(120, 5_000)
HERE = "沪74"
HASHED = ("kind", "author", "at", "by", "facts", "previous", "hash", "algorithm", "signature", "key_id")
EVENT, TOLD, TEXT = (model._meta.db_table for model in (RosterEvent, RosterDelivery, ComplaintText))

Edit = tuple[Callable[[], Any], int | None]
"""How something is done to a copy, and the entry that must be named first (None: any)."""


@pytest.fixture
def people() -> People:
    """Rosters on both platforms with an organisation, a mediator, their entries, and a complaint that was upheld."""
    build_courts()
    people = People()
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    people.entered(organisation, HERE)
    people.entered(mediator, HERE)
    complaint = moves.new("complaint", COURT)
    about = {"court": HERE, "ground": "LEAKING", "mediator": str(mediator.ref)}
    people.go(complaint, "file", people.party, "他把协议告诉了别人", **about)
    people.go(complaint, "decide", people.clerk(HERE), "经查属实", upheld=True, consequence="WARNING")
    people.carry()
    for told in RosterDelivery.objects.select_related("event"):
        receipt = {"number": told.event.number, "head": told.event.hash}
        RosterDelivery.objects.filter(pk=told.pk).update(receipt=receipt)
    return people


def copies() -> list[Any]:
    return [row for table in moves.TABLES.values() for row in table._default_manager.order_by("pk")]


def journal(row: Any) -> list[RosterEvent]:
    held = RosterEvent.objects.filter(platform=row.platform, aggregate=row.aggregate, ref=row.ref)
    return list(held.order_by("number", "pk"))


def found(people: People, row: Any) -> list[tuple[int, str]]:
    """Return the number and kind of every fault in the copies of one reference."""
    verify = chain.verifier({code: {hand.key.public.id: hand.key.public} for code, hand in people.hands.items()})
    faults = [fault for book in proof.books(row.platform, row.ref) for fault in proof.faults(book, verify)]
    return faults + [(number, "STRAY") for _name, number in proof.strays(row.platform, row.ref)]


def offline(people: People, row: Any) -> list[tuple[int, str]]:
    keys = OFFLINE.read_keys({code: [hand.key.public.text] for code, hand in people.hands.items()})
    kept = type(row)._default_manager.get(pk=row.pk)
    return list(OFFLINE.find_faults([event.entry() for event in journal(row)], keys, [kept.entries, kept.head]))


def edit_entry(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    event, column = random.choice(events), random.choice((*HASHED, "platform", "aggregate", "state"))
    value = altered(getattr(event, column), random)
    return lambda: sql(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", value, event.pk), event.number


def renumber(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    event = random.choice(events)
    return lambda: sql(f"UPDATE {EVENT} SET number = 900 WHERE id = %s", event.pk), event.number


def remove(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    event = random.choice(events)
    return lambda: sql(f"DELETE FROM {EVENT} WHERE id = %s", event.pk), event.number


def truncate(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    kept = random.randrange(len(events))

    def change() -> None:
        for event in events[kept:]:
            sql(f"DELETE FROM {EVENT} WHERE id = %s", event.pk)

    return change, kept + 1


def insert(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    """Put in one entry more: one of its own again, or a stranger's."""
    event, last = (
        random.choice([random.choice(events), random.choice(list(RosterEvent.objects.order_by("pk")))]),
        events[-1],
    )
    fields = [one for one in RosterEvent._meta.concrete_fields if not one.primary_key]
    copied = RosterEvent(**{one.attname: getattr(event, one.attname) for one in fields})
    copied.platform, copied.aggregate, copied.ref, copied.number = row.platform, row.aggregate, row.ref, last.number + 1
    return copied.save, last.number + 1


def swap(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    place = random.randrange(len(events) - 1)
    first, second = events[place : place + 2]

    def change() -> None:
        for number, event in ((900, first), (first.number, second), (second.number, first)):
            sql(f"UPDATE {EVENT} SET number = %s WHERE id = %s", number, event.pk)

    return change, first.number


def edit_row(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    columns = {"entries", "head", "sheet", "since", "shared", "name", "ground"} & {one.name for one in row._meta.fields}
    column = random.choice(sorted(columns))
    value = altered(getattr(row, column), random)
    return lambda: sql(f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s", value, row.pk), None


def roll_back(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    """Bring the row alone back to an earlier truth."""
    kept = random.randrange(1, len(events))
    back = moves.fold(row.platform, [event.entry() for event in events[:kept]])
    back.pk, back._state.adding = row.pk, False
    return back.save, kept + 1


def edit_receipt(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    told = list(RosterDelivery.objects.filter(event__in=[event.pk for event in events]).order_by("pk"))
    if not told:
        return edit_row(row, events, random)
    one = random.choice(told)
    receipt = random.choice([{**one.receipt, "head": "0" * 64}, {**one.receipt, "number": 900}, {}, []])
    return lambda: sql(f"UPDATE {TOLD} SET receipt = %s WHERE id = %s", receipt, one.pk), one.event.number


def edit_text(row: Any, events: list[RosterEvent], random: Random) -> Edit:
    texts = list(ComplaintText.objects.filter(complaint__ref=row.ref, complaint__platform=row.platform).order_by("pk"))
    if not texts:
        return edit_entry(row, events, random)
    text, other = random.sample(texts, 2)
    column = random.choice(["salt", "sealed", "number", "erased_at", "delete"])
    if column == "delete":
        return lambda: sql(f"DELETE FROM {TEXT} WHERE id = %s", text.pk), text.number
    changed = {
        "sealed": bytes(other.sealed),
        "salt": other.salt,
        "number": 900,
        "erased_at": datetime(2026, 7, 1, tzinfo=UTC),
    }
    return lambda: sql(f"UPDATE {TEXT} SET {column} = %s WHERE id = %s", changed[column], text.pk), text.number


OF_JOURNAL = (edit_entry, renumber, remove, truncate, insert, swap)
KINDS = (*OF_JOURNAL, edit_entry, edit_row, roll_back, edit_receipt, edit_text)


def test_every_edit_of_the_rosters_is_found_and_the_first_bad_entry_named(people: People, record_property: Any) -> None:
    random, rows, missed, misnamed, at_odds = Random(415), copies(), [], [], []
    long = [row for row in rows if row.entries > 1]
    written = [row for row in rows if row.aggregate == "complaint" and row.platform == COURT]
    untouched = [fault for row in rows for fault in found(people, row)]

    for turn in range(EDITS):
        kind = KINDS[turn % len(KINDS)]
        row = random.choice(written if kind is edit_text else long)
        change, named = kind(row, journal(row), random)
        with undone():
            change()
            seen = found(people, row)
            if not seen:
                missed.append((kind.__name__, row.aggregate, named))
            elif named is not None and seen[0][0] != named:
                misnamed.append((kind.__name__, row.aggregate, named, seen))
            said = offline(people, row) if kind in OF_JOURNAL and turn % 8 == 0 else []
            if said and (said[0] != seen[0] or not set(said) <= set(seen)):
                at_odds.append((kind.__name__, said, seen))

    record_property("figure", f"{EDITS:,} edits of the rosters: {len(missed)} missed, {len(misnamed)} misnamed")
    assert {row.platform for row in long} == {COURT, NET}
    assert {row.aggregate for row in long} == {"organisation", "mediator", "listing", "complaint"}
    assert untouched == []
    assert (missed, misnamed, at_odds) == ([], [], [])


def test_an_altered_signature_is_not_found_where_nobody_looks_at_the_chain(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = copies()[0]
    event = journal(row)[1]
    with undone():
        sql(f"UPDATE {EVENT} SET signature = %s WHERE id = %s", "A" * 86, event.pk)
        seeing = found(people, row)
        monkeypatch.setattr(chain, "check_chain", lambda *_given, **_more: iter(()))
        blinded = found(people, row)

    assert seeing == [(2, "FORGED")]
    assert blinded == []


def test_an_erased_text_leaves_the_chain_whole_and_a_row_without_its_journal_does_not(people: People) -> None:
    complaint = next(row for row in copies() if row.aggregate == "complaint" and row.platform == COURT)
    ComplaintText.objects.filter(complaint=complaint).update(sealed=b"", salt="", erased_at=people.at)
    erased = found(people, complaint)

    with undone():
        sql(f"DELETE FROM {EVENT} WHERE platform = %s AND aggregate = 'complaint'", COURT)
        bare = found(people, complaint)
    with undone():
        sql(f"DELETE FROM {TEXT}")
        sql(f"DELETE FROM {complaint._meta.db_table} WHERE platform = %s", COURT)
        loose = found(people, complaint)

    assert erased == []
    assert bare == [(1, "TRUNCATED")]
    assert loose == [(1, "STRAY"), (2, "STRAY")]
