"""The figures of organisations: chosen, accepted, declined, silent, settled, failed; by cause (TY-10, N-5.2).

Lives here: what counts as which outcome, writing it down in the transaction of the entry, adding up, reading for any
number of organisations in one query, finding the entries behind a figure, counting anew from the journal.
Does not live here: what the figures are good for (``choice``, ``reports``).
Called by: the door, ``tasks``, ``choice``, ``reports``.

Only what the organisation itself can answer for counts. Settled: all parties signed. Failed: mediation had begun and
ended without an agreement, unless the application was withdrawn or false mediation was found. Who never got as far as
a session, because the other side refused or could not be reached, has neither settled nor failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Model, OuterRef, QuerySet, Sum

from mediation.models import Case, CaseEvent, MonthlyTally, Tally
from mediation.rows import Rows
from mediation.vocabulary import Outcome, State
from mediation.workdays import ZONE, local_day

ANSWERS = {
    "delegate": Outcome.CHOSEN,
    "accept": Outcome.ACCEPTED,
    "decline": Outcome.DECLINED,
    "lapse_reply": Outcome.LAPSED,
}
BEGUN = frozenset({State.MEDIATING, State.SUSPENDED, State.SIGNING})
UNSETTLED = frozenset({State.HANDED_BACK, State.UNSETTLED})
BLAMELESS = frozenset({"withdraw", "review_suspicion"})
KEY = ("platform", "organisation", "cause", "outcome")
MONTHLY_KEY = ("platform", "organisation", "month", "outcome")
ENDS = ("refuse_to_sign", "stop_mediation", "conclude_unsettled", "lapse_mediation")
"""The moves by which mediation that had begun ends without an agreement, and which are nobody's withdrawal."""


@dataclass
class Figures:
    """What one organisation has done so far; ``by_cause`` counts acceptances."""

    chosen: int = 0
    accepted: int = 0
    declined: int = 0
    lapsed: int = 0
    settled: int = 0
    failed: int = 0
    by_cause: dict[str, int] = field(default_factory=dict)
    last_chosen_at: datetime | None = None


def outcome_of(move: str, before: str, after: str) -> Outcome | None:
    """Return what a move that led from one state to another counts as, or None for most."""
    if move in ANSWERS:
        return ANSWERS[move]
    if move == "sign" and before == State.SIGNING and after == State.SETTLED:
        return Outcome.SETTLED
    if before in BEGUN and after in UNSETTLED and move not in BLAMELESS:
        return Outcome.FAILED
    return None


def note(case: Case, move: str, before: str, at: datetime, rows: Rows) -> None:
    """Have the outcome of a move that has just been made written with its entry, if it has one."""
    outcome = outcome_of(move, before, case.state)
    if outcome and case.organisation:
        held = {"platform": case.platform, "organisation": case.organisation, "outcome": outcome}
        month = month_of(at)
        # Mediation may be taken up again after a refused confirmation, and then end a second time.
        ended = outcome in (Outcome.SETTLED, Outcome.FAILED)
        earlier = happened(case.platform, outcome, _begins(month), at).filter(case=case, number__lt=case.entries)
        counts = not (ended and earlier.exists())
        rows.count(Tally(**held, cause=case.cause, last_at=at), MonthlyTally(**held, month=month) if counts else None)


def month_of(at: datetime) -> date:
    """Return the first day of the month an instant lies in, by Beijing's calendar."""
    return local_day(at).replace(day=1)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def happened(platform: str, outcome: Outcome, since: datetime, until: datetime) -> QuerySet[CaseEvent]:
    """Return the entries that were an outcome, from ``since`` to ``until``, both included."""
    span = CaseEvent.objects.filter(platform=platform, at__gte=since, at__lte=until).order_by()
    simple = next((move for move, known in ANSWERS.items() if known is outcome), "")
    if simple:
        return span.filter(kind=f"case.{simple}.v1")
    before = CaseEvent.objects.filter(case=OuterRef("case"), number=OuterRef("number") - 1)
    if outcome is Outcome.SETTLED:
        signed = span.filter(kind="case.sign.v1", state=State.SETTLED.value)
        return signed.filter(Exists(before.filter(state=State.SIGNING.value)))
    ended = span.filter(kind__in=[f"case.{move}.v1" for move in ENDS], state__in=[one.value for one in UNSETTLED])
    return ended.filter(Exists(before.filter(state__in=[one.value for one in BEGUN])))


def figures(platform: str, organisations: Iterable[str]) -> dict[str, Figures]:
    """Return the figures of each of these organisations, in one query over as many rows as there are causes."""
    wanted = list(organisations)
    found = {ref: Figures() for ref in wanted}
    rows = Tally.objects.filter(platform=platform, organisation__in=wanted)
    kinds = rows.values_list("organisation", "cause", "outcome").annotate(number=Sum("count"), last=Max("last_at"))
    for ref, cause, outcome, number, last in kinds.order_by():
        held, name = found[ref], Outcome(outcome).name.lower()
        setattr(held, name, getattr(held, name) + number)
        if outcome == Outcome.ACCEPTED:
            held.by_cause[cause] = number
        if outcome == Outcome.CHOSEN and (held.last_chosen_at is None or last > held.last_chosen_at):
            held.last_chosen_at = last
    return found


def add_up(platform: str) -> int:
    """This function will melt rows of a kind into one and return how many rows that did away with.

    Safe with any number of workers: rows are melted under their locks, and a reader sees either all of them or the sum.
    """
    return _melt(Tally, KEY, platform) + _melt(MonthlyTally, MONTHLY_KEY, platform)


def _melt(model: type[Model], key: tuple[str, ...], platform: str) -> int:
    held: Any = model._default_manager.filter(platform=platform)
    kinds = held.values(*key[1:]).annotate(rows=Count("pk")).filter(rows__gt=1)
    gone = 0
    for kind in list(kinds.order_by().values(*key[1:])):
        with transaction.atomic():
            skip = connection.features.has_select_for_update_skip_locked
            rows = list(held.select_for_update(skip_locked=skip).filter(**kind))
            if len(rows) < 2:
                continue
            kept = {"platform": platform, **kind, "count": sum(row.count for row in rows)}
            if model is Tally:
                kept["last_at"] = max(row.last_at for row in rows)
            held.filter(pk__in=[row.pk for row in rows]).delete()
            held.create(**kept)
            gone += len(rows) - 1
    return gone


def recount(platform: str) -> int:
    """This function will count a platform's figures anew from its journals and return how many rows they now take.

    Reads the whole journal once: for a first start on an old book and for checking, while nobody makes a move.
    """
    counted: dict[tuple[str, str, str], tuple[int, datetime]] = {}
    monthly = Counter[tuple[str, date, str]]()
    organisation, before, current, ended = "", "", None, set[tuple[date, str]]()
    columns = ("case", "kind", "state", "at", "facts", "case__cause")
    events = CaseEvent.objects.filter(platform=platform).order_by("case", "number").values_list(*columns)
    for case, kind, after, at, facts, cause in events.iterator(chunk_size=5000):
        if case != current:
            organisation, before, current, ended = "", "", case, set()
        organisation = facts.get("organisation", organisation) if kind in _NAMES_ORGANISATION else organisation
        outcome = outcome_of(kind.split(".")[1], before, after)
        before = after
        if outcome and organisation:
            number, last = counted.get((organisation, cause, outcome.value), (0, at))
            counted[organisation, cause, outcome.value] = (number + 1, max(last, at))
            month, ends = month_of(at), outcome in (Outcome.SETTLED, Outcome.FAILED)
            if not ends or (month, outcome.value) not in ended:
                monthly[organisation, month, outcome.value] += 1
            if ends:
                ended.add((month, outcome.value))
    with transaction.atomic():
        Tally.objects.filter(platform=platform).delete()
        MonthlyTally.objects.filter(platform=platform).delete()
        rows = [
            Tally(platform=platform, organisation=ref, cause=cause, outcome=outcome, count=number, last_at=last)
            for (ref, cause, outcome), (number, last) in counted.items()
        ]
        months = [
            MonthlyTally(platform=platform, organisation=ref, month=month, outcome=outcome, count=number)
            for (ref, month, outcome), number in monthly.items()
        ]
        Tally.objects.bulk_create(rows, batch_size=1000)
        MonthlyTally.objects.bulk_create(months, batch_size=1000)
    return len(rows) + len(months)


_NAMES_ORGANISATION = frozenset(f"case.{move}.v1" for move in ("delegate", "apply", "record_offline"))


def totals(found: Iterable[Figures]) -> Figures:
    """Return the figures of several organisations together."""
    total, by_cause = Figures(), Counter[str]()
    for one in found:
        for name in ("chosen", "accepted", "declined", "lapsed", "settled", "failed"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        by_cause.update(one.by_cause)
    total.by_cause = dict(by_cause)
    return total
