"""R12 in short: what a database superuser changes past the door is found, and the first bad entry is named."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from mediation import chain, keyring, log, moves
from mediation.models import Case, CaseEvent, Clock, Delivery, Enclosure, LocalEntry
from mediation.models.case import FOLDED
from mediation.vocabulary import State, Track
from tests.figures import many
from tests.mediation.stories import COURT, NET, Story, World, walk

EDITS = many(104, 10_000)
SCRIPT = Path(__file__).parents[2] / "script" / "verify_journal_offline.py"
specification = importlib.util.spec_from_file_location("verify_journal_offline", SCRIPT)
assert specification is not None
assert specification.loader is not None
OFFLINE = importlib.util.module_from_spec(specification)
specification.loader.exec_module(OFFLINE)


class Undo(Exception):
    """Takes an edit back."""


@contextmanager
def undone() -> Iterator[None]:
    """Do something to the tables and take it back."""
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


def sql(statement: str, *values: Any) -> None:
    """Run one statement as a superuser would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(value) if isinstance(value, (dict, list)) else value for value in values])


def report(*arguments: Any) -> tuple[list[str], bool]:
    """Run the command; return its lines and whether it found everything well."""
    out = io.StringIO()
    try:
        call_command("verify_journal", *arguments, stdout=out)
    except CommandError:
        return out.getvalue().splitlines(), False
    return out.getvalue().splitlines(), True


def found(case: Case, *arguments: Any) -> list[tuple[int, str]]:
    """Return the number and kind of every fault the command finds in one copy of a case."""
    lines, well = report("--platform", case.platform, "--case", str(case.ref), *arguments)
    faults = [
        (int(number), kind) for line in lines if "#" in line for number, kind in [line.split("#")[1].split(" ", 1)]
    ]
    assert well is (not faults)
    return faults


PLACES = [
    (Track.DELEGATED, State.CONFIRMED),
    (Track.ENTRUSTED, State.DECREED),
    (Track.DIRECT, State.UNSETTLED),
    (Track.DELEGATED, State.CONSULTING),
    (Track.OFFLINE, State.CONFIRMATION_SOUGHT),
]


@pytest.fixture
def stories(world: World) -> list[Story]:
    """A small database of five cases on four tracks."""
    told = [walk(world, state, track) for track, state in PLACES]
    for story in told:
        log.note(COURT, str(story.ref), "reveal", by=world.clerk, at=story.at, facts={"party": story.applicant})
        log.note(COURT, str(story.ref), "read", by=world.clerk, at=story.at)
    return told


HASHED = (
    "kind",
    "author",
    "at",
    "by",
    "facts",
    "clocks",
    "enclosures",
    "previous",
    "hash",
    "algorithm",
    "signature",
    "key_id",
)
EVENT, CASE, CLOCK, ENCLOSURE = (model._meta.db_table for model in (CaseEvent, Case, Clock, Enclosure))

Edit = tuple[str, Case, Callable[[], None], int | None]
"""What is done, to which copy, how, and the entry that must be named first (None: any)."""


def altered(value: Any, random: Random) -> Any:
    """Return something else of the same type."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=random.choice([1, 10**6, -(10**9)]))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice([1, -1, 1000])
    if isinstance(value, dict):
        return {**value, "ref": "changed"} if random.random() < 0.5 or not value else {}
    if isinstance(value, list):
        return [*value, {}] if random.random() < 0.5 or not value else value[1:]
    return (value[:-1] + ("0" if value[-1:] != "0" else "1")) if value else "x"


def edit_entry(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    event = random.choice(events)
    column = random.choice(HASHED)
    value = altered(getattr(event, column), random)
    return (
        f"entry.{column}",
        case,
        lambda: sql(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", value, event.pk),
        event.number,
    )


def edit_local_column(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    event = random.choice(events)
    column, value = random.choice(
        [("state", "CLOSED" if event.state != "CLOSED" else "FILED"), ("platform", "elsewhere")]
    )
    return (
        f"entry.{column}",
        case,
        lambda: sql(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", value, event.pk),
        event.number,
    )


def renumber(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    event = random.choice(events)
    return "renumber", case, lambda: sql(f"UPDATE {EVENT} SET number = 900 WHERE id = %s", event.pk), event.number


def remove(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    event = random.choice(events)
    return "remove", case, lambda: sql(f"DELETE FROM {EVENT} WHERE id = %s", event.pk), event.number


def truncate(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    keep = random.randrange(len(events))
    return (
        "truncate",
        case,
        lambda: sql(f"DELETE FROM {EVENT} WHERE case_id = %s AND number > %s", case.pk, keep),
        keep + 1,
    )


def copied(event: CaseEvent, **changes: Any) -> Callable[[], None]:
    """Return the insertion of a changed copy of an entry."""
    row = (
        {f.column: getattr(event, f.attname) for f in CaseEvent._meta.concrete_fields if not f.primary_key}
        | {"key": None}
        | changes
    )
    names = ", ".join(f'"{name}"' for name in row)
    return lambda: sql(f"INSERT INTO {EVENT} ({names}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())


def insert(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    last = events[-1].number
    return "insert", case, copied(random.choice(events), number=last + 1), last + 1


def adopt(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    """Take an entry over from another case."""
    stranger = random.choice(list(CaseEvent.objects.exclude(case__ref=case.ref)))
    last = events[-1].number
    return "adopt", case, copied(stranger, case_id=case.pk, number=last + 1, platform=case.platform), last + 1


def swap(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    place = random.randrange(len(events) - 1)
    first, second = events[place : place + 2]

    def change() -> None:
        sql(f"UPDATE {EVENT} SET number = 900 WHERE id = %s", first.pk)
        sql(f"UPDATE {EVENT} SET number = %s WHERE id = %s", first.number, second.pk)
        sql(f"UPDATE {EVENT} SET number = %s WHERE id = %s", second.number, first.pk)

    return "swap", case, change, first.number


def edit_row(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    column = random.choice([name for name in (*FOLDED, "entries", "head") if getattr(case, name) is not None])
    value = {"state": "CLOSED", "track": "OFFLINE" if case.track != "OFFLINE" else "DIRECT", "cause": "TRUST"}.get(
        column
    )
    value = altered(getattr(case, column), random) if value is None else value
    return f"row.{column}", case, lambda: sql(f"UPDATE {CASE} SET {column} = %s WHERE id = %s", value, case.pk), None


def edit_clock(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    clock = random.choice(list(Clock.objects.filter(case=case)))
    column = random.choice(["kind", "rule", "since", "due_at", "provisional", "number"])
    value = altered(getattr(clock, column), random)
    if random.random() < 0.3 and clock.state == Clock.RUNNING:
        return "clock.delete", case, lambda: sql(f"DELETE FROM {CLOCK} WHERE id = %s", clock.pk), None
    return (
        f"clock.{column}",
        case,
        lambda: sql(f"UPDATE {CLOCK} SET {column} = %s WHERE id = %s", value, clock.pk),
        None,
    )


def edit_enclosure(case: Case, events: list[CaseEvent], random: Random) -> Edit:
    rows = list(Enclosure.objects.filter(case=case, number__isnull=False))
    row, other = random.choice(rows), random.choice(rows)
    column = random.choice(["kind", "audience", "about", "digest", "salt", "sealed", "delete"])
    if column == "delete":
        return "enclosure.delete", case, lambda: sql(f"DELETE FROM {ENCLOSURE} WHERE id = %s", row.pk), row.number
    value: Any = bytes(other.sealed) if column == "sealed" else altered(getattr(row, column), random)
    if column == "sealed" and other.content() == row.content():
        # The same text sealed twice: to exchange the two would change nothing.
        value += b"\x00"
    return (
        f"enclosure.{column}",
        case,
        lambda: sql(f"UPDATE {ENCLOSURE} SET {column} = %s WHERE id = %s", value, row.pk),
        row.number,
    )


KINDS = [
    edit_entry,
    edit_entry,
    edit_entry,
    edit_local_column,
    renumber,
    remove,
    truncate,
    insert,
    adopt,
    swap,
    edit_row,
    edit_clock,
    edit_enclosure,
]
OF_JOURNAL = {edit_entry, renumber, remove, truncate, insert, adopt, swap}


def offline_faults(case: Case) -> list[tuple[int, str]]:
    """Return what the offline verifier says of a copy's entries as they now stand."""
    entries = [event.entry() for event in CaseEvent.objects.filter(case=case).order_by("number", "pk")]
    keys = OFFLINE.read_keys({code: [key.text for key in keyring.trusted(code).values()] for code in (COURT, NET)})
    return [(number, kind) for number, kind in OFFLINE.find_faults(entries, keys, [case.entries, case.head])]


def test_every_edit_past_the_door_is_found_and_the_first_bad_entry_named(
    stories: list[Story], record_property: Any
) -> None:
    random = Random(313)
    copies = [case for story in stories for case in Case.objects.filter(ref=story.ref)]
    missed, misnamed, at_odds = [], [], []

    for turn in range(EDITS):
        kind = KINDS[turn % len(KINDS)]
        case = random.choice(copies)
        what, case, change, named = kind(case, list(CaseEvent.objects.filter(case=case).order_by("number")), random)
        with undone():
            change()
            seen = found(Case.objects.get(pk=case.pk))
            if not seen:
                missed.append((what, case.platform, named))
            elif named is not None and seen[0][0] != named:
                misnamed.append((what, case.platform, named, seen))
            if kind in OF_JOURNAL and turn % 8 == 0:
                said = offline_faults(case)
                if not set(said) <= set(seen) or said[0] != seen[0]:
                    at_odds.append((what, said, seen))

    record_property(
        "figure",
        f"{EDITS:,} edits: {len(missed)} missed, {len(misnamed)} misnamed, {len(at_odds)} seen otherwise by the offline"
        " verifier",
    )
    assert (missed, misnamed, at_odds) == ([], [], [])
    assert report()[1]


def test_entry_written_anew_with_a_good_key_is_not_found_where_nobody_looks_at_the_one_before(
    stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stories[0].copy(COURT)
    event, check, signer = case.events.get(number=2), chain.check_chain, keyring.signer(COURT)
    by = {**event.by, "ref": "clerk-2"}
    digest = chain.entry_hash(chain.body_of({**event.entry(), "by": by}), event.algorithm)

    def check_unlinked(*given: Any, **more: Any) -> Iterator[chain.Fault]:
        return (fault for fault in check(*given, **more) if fault.kind is not chain.FaultKind.UNLINKED)

    with undone():
        columns = (by, digest, signer.sign(digest), signer.public.id)
        sql(f"UPDATE {EVENT} SET by = %s, hash = %s, signature = %s, key_id = %s WHERE id = %s", *columns, event.pk)
        linked, offline = found(case), offline_faults(case)
        monkeypatch.setattr(chain, "check_chain", check_unlinked)
        unlinked = found(case)

    assert linked == offline == [(3, "UNLINKED")]
    assert unlinked == []


def test_untouched_tables_show_no_fault_and_a_blinded_check_shows_none_either(
    stories: list[Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stories[0].copy(COURT)
    event = case.events.get(number=2)

    lines, well = report()
    with undone():
        sql(f"UPDATE {EVENT} SET by = %s WHERE id = %s", {**event.by, "ref": "clerk-2"}, event.pk)
        seeing = found(case)
        monkeypatch.setattr(chain, "_flaw_of", lambda entry, verify: None)
        monkeypatch.setattr(moves.chain, "entry_hash", lambda body, algorithm: event.hash)
        blinded = list(
            chain.check_chain(
                [e.entry() for e in case.events.order_by("number")], lambda entry: True, head=(case.entries, case.head)
            )
        )

    assert well
    assert lines[-1].endswith("no fault")
    assert seeing[0] == (2, "ALTERED")
    assert blinded == []


def test_whole_case_rolled_back_to_an_earlier_truth_is_found_by_deliveries_and_by_known_heads(
    stories: list[Story], tmp_path: Path
) -> None:
    case = stories[0].copy(NET)
    report("--platform", NET, "--export", tmp_path / "journal")
    events = list(CaseEvent.objects.filter(case=case).order_by("number"))
    keep = len(events) - 1

    with undone():
        old = moves.fold(NET, [event.entry() for event in events[:keep]])
        sql(f"DELETE FROM {EVENT} WHERE case_id = %s AND number > %s", case.pk, keep)
        sql(f"DELETE FROM {ENCLOSURE} WHERE case_id = %s AND number > %s", case.pk, keep)
        sql(f"DELETE FROM {CLOCK} WHERE case_id = %s AND number > %s", case.pk, keep)
        for name in (*FOLDED, "entries", "head"):
            sql(f"UPDATE {CASE} SET {name} = %s WHERE id = %s", getattr(old, name), case.pk)
        for clock in Clock.objects.filter(case=case):
            state = (
                "RUNNING"
                if clock.kind in old.sheet["clocks"] and clock.number == _started(events, keep, clock.kind)
                else "STOPPED"
            )
            sql(f"UPDATE {CLOCK} SET state = %s WHERE id = %s", state, clock.pk)
        Delivery.objects.filter(case=case, number__gt=keep).delete()
        unanchored = found(case)
        anchored = found(case, "--heads", tmp_path / "journal.heads.json")

    assert unanchored == []
    assert anchored[0] == (keep + 1, "TRUNCATED")


def _started(events: list[CaseEvent], keep: int, kind: str) -> int:
    return max(event.number for event in events[:keep] for clock in event.clocks if clock["kind"] == kind)


def test_case_removed_altogether_is_found_by_known_heads(stories: list[Story], tmp_path: Path) -> None:
    story = stories[3]
    case = story.copy(COURT)
    report("--platform", COURT, "--export", tmp_path / "journal")

    with undone():
        for table in (Enclosure, Clock, Delivery):
            table.objects.filter(case=case).delete()
        case.people.all().delete()
        sql(f"DELETE FROM {EVENT} WHERE case_id = %s", case.pk)
        sql(f"DELETE FROM {CASE} WHERE id = %s", case.pk)
        lines, well = report("--platform", COURT, "--heads", tmp_path / "journal.heads.json")

    assert not well
    assert any(str(story.ref) in line and "REMOVED" in line for line in lines)


def test_edits_of_the_local_log_are_found(stories: list[Story]) -> None:
    entry = LocalEntry.objects.filter(chain=str(stories[0].ref)).order_by("number")[0]
    table = LocalEntry._meta.db_table

    for column in ("kind", "at", "by", "facts", "previous", "hash", "number"):
        value = altered(getattr(entry, column), Random(1)) if column != "number" else 7
        with undone():
            sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, entry.pk)
            lines, well = report("--platform", COURT, "--case", str(stories[0].ref))
        assert not well, column
        assert " #1 LOG" in lines[0], column


def test_erased_enclosure_leaves_the_chain_whole(stories: list[Story]) -> None:
    case = stories[0].copy(COURT)
    row = Enclosure.objects.filter(case=case, kind="PARTY").first()
    assert row is not None

    Enclosure.objects.filter(pk=row.pk).update(sealed=b"", salt="", erased_at=datetime(2025, 1, 1, tzinfo=UTC))

    assert found(case) == []
    assert Enclosure.objects.get(pk=row.pk).content() == {}
    Enclosure.objects.filter(pk=row.pk).update(erased_at=None)
    assert found(case) == [(row.number, "MISSING")]


def test_exported_journal_satisfies_the_offline_verifier_and_a_spoiled_one_does_not(
    stories: list[Story], tmp_path: Path
) -> None:
    journal = tmp_path / "court.jsonl"
    report("--platform", COURT, "--export", journal)
    command = [sys.executable, str(SCRIPT), str(journal), f"{journal}.keys.json", "--heads", f"{journal}.heads.json"]

    clean = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines).replace('"SMS"', '"PHONE"', 1))
    spoiled = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (clean.returncode, clean.stdout) == (0, "")
    assert spoiled.returncode == 1
    assert "#2 ALTERED" in spoiled.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--platform", "elsewhere"), ("--case", "no-uuid"), ("--export", "x"), ("--heads", "/nowhere/at/all.json")],
)
def test_command_says_what_it_cannot_do(world: World, arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("verify_journal", *arguments)


def test_offline_verifier_reports_a_signature_of_any_length_and_nesting_of_any_depth() -> None:
    public, numbers = bytes([4]) + bytes(64), bytes([2, 1, 1, 2, 1, 1])

    told = [OFFLINE.verify_sm2(public, b"", bytes([0x30, 6]) + numbers + bytes(length)) for length in (0, 64, 300)]

    assert told == [False] * 3
    nested: Any = []
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(ValueError, match="depth"):
        OFFLINE.check_value(nested)
