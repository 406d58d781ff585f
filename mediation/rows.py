"""The rows of a move, gathered and sent to the database in one breath.

Lives here: locking a case, writing what moves change. Does not live here: what is written (``moves``, ``clocks``).
Called by: the door, inside its transaction. The statements are made once per process, not once per move: composing
them anew costs Django more than the database needs to carry them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from mediation.models import Case, CaseEvent, Change, Clock, Delivery, MonthlyTally, Tally
from mediation.models.case import FOLDED

Fields = tuple["Field[Any, Any]", ...]

LARGEST_INSERT = 200
"""Rows in one statement: SQLite takes 32,766 parameters, and the widest table has 19 columns."""


def lock(pk: int) -> Case:
    """Return a case as it stands, locked until the transaction ends; raises Case.DoesNotExist."""
    for case in Case.objects.raw(_lock_statement(connection.features.has_select_for_update), [pk]):
        return case
    raise Case.DoesNotExist


@cache
def _lock_statement(locks: bool) -> str:
    columns = ", ".join(f'"{field.column}"' for field in Case._meta.concrete_fields)
    return f'SELECT {columns} FROM "{Case._meta.db_table}" WHERE "id" = %s{" FOR UPDATE" if locks else ""}'  # noqa: S608


class Rows:
    """What moves write, until ``send``: each case once, clocks that end before those that start, entries last."""

    def __init__(self) -> None:
        self._changed: dict[int, Case] = {}
        self._ended: dict[str, list[Any]] = {}
        self._events: list[CaseEvent] = []
        self._changes: list[Change] = []
        self._clocks: list[Clock] = []
        self._deliveries: list[Delivery] = []
        self._tallies: list[Tally] = []
        self._months: list[MonthlyTally] = []

    def change(self, case: Case) -> None:
        """Have the columns of a case written that its journal gives, as they stand when they are sent."""
        if self._changed.get(case.pk, case) is not case:
            self.send()
        self._changed[case.pk] = case

    def add_event(self, event: CaseEvent, seat: str) -> None:
        """Have a journal entry written, and readers of changes told of it; ``seat`` is the organisation that had the
        case when it was made.
        """
        self._events.append(event)
        told = Change(platform=event.platform, case_id=event.case_id, number=event.number, kind=event.kind)
        told.seat, told.state, told.at = seat, event.state, event.recorded_at
        self._changes.append(told)

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Have deliveries written."""
        self._deliveries += deliveries

    def count(self, tally: Tally, month: MonthlyTally | None) -> None:
        """Have an outcome written, as one of a month too where it counts there."""
        self._tallies.append(tally)
        self._months += [month] if month else []

    def start(self, clocks: Iterable[Clock]) -> None:
        """Have clocks written that begin to run."""
        self._clocks += clocks

    def end(self, case: Case, kinds: Iterable[str], state: str) -> None:
        """Have running clocks of a case come into another state."""
        for kind in kinds:
            unsent = [clock for clock in self._clocks if (clock.case_id, clock.kind) == (case.pk, kind)]
            for clock in unsent:
                clock.state = state if clock.state == Clock.RUNNING else clock.state
            if not unsent:
                self._ended.setdefault(state, []).extend((case.pk, kind))

    def send(self) -> None:
        """Write everything, and begin anew."""
        statements = [_ending(state, pairs) for state, pairs in self._ended.items()]
        inserted: tuple[Sequence[Model], ...] = (
            self._clocks,
            self._deliveries,
            self._tallies,
            self._months,
            self._changes,
        )
        statements += [_insertion(part) for rows in inserted for part in _parts(rows)]
        statements += [_change(case) for case in self._changed.values()]
        events = self._events
        Rows.__init__(self)
        with connection.cursor() as cursor:
            if not events:
                _execute(cursor, statements)
                return
            insertion, values = _insertion(events)
            _execute(cursor, [*statements, (f"{insertion} RETURNING id", values)])
            for event, (pk,) in zip(events, cursor.fetchall(), strict=True):
                event.pk = pk
                event._state.adding = False


Statement = tuple[str, Sequence[Any]]


def _execute(cursor: Any, statements: Sequence[Statement]) -> None:
    """Carry statements out: in one round trip where the database takes several at once."""
    if connection.vendor == "postgresql" and statements:
        texts, values = zip(*statements, strict=True)
        cursor.execute("; ".join(texts), [value for several in values for value in several])
        return
    for text, several in statements:
        cursor.execute(text, several)


def _ending(state: str, pairs: list[Any]) -> Statement:
    places = ", ".join(["(%s, %s)"] * (len(pairs) // 2))
    text = (
        f'UPDATE "{Clock._meta.db_table}" SET "state" = %s'  # noqa: S608
        f' WHERE "state" = %s AND ("case_id", "kind") IN (VALUES {places})'
    )
    return text, [state, Clock.RUNNING, *pairs]


def _change(case: Case) -> Statement:
    text, fields = _change_statement()
    return text, [*_values(case, fields), case.pk]


@cache
def _change_statement() -> tuple[str, Fields]:
    fields = tuple(field for field in Case._meta.concrete_fields if field.name in {*FOLDED, "entries", "head"})
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{Case._meta.db_table}" SET {columns} WHERE "id" = %s', fields  # noqa: S608


def _insertion(rows: Sequence[Model]) -> Statement:
    text, places, fields = _insertion_statement(type(rows[0]))
    return text + ", ".join([places] * len(rows)), [value for row in rows for value in _values(row, fields)]


@cache
def _insertion_statement(model: type[Model]) -> tuple[str, str, Fields]:
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ', places, fields  # noqa: S608


def _values(row: Model, fields: Fields) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def _parts(rows: Sequence[Model]) -> list[Sequence[Model]]:
    return [rows[start : start + LARGEST_INSERT] for start in range(0, len(rows), LARGEST_INSERT)]
