"""Figures for those who watch over courts and organisations: which cases, by whom, in which span, month by month.

Lives here: what a figure counts, counting it for every court or organisation in one query, the kept months.
Does not live here: the figures an organisation is chosen by (``tallies``), who sees which (``rights``), drawing.
Called by: the desks' work lists and ``adminkit.oversight``.

Nothing here reads all cases, and nothing is counted without end. What is open is found by state, what ran out by the
running clocks, what came out by the span's entries of a few kinds (index ``event_reported``), months from rows kept in
the entry's own transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from mediation import tallies
from mediation.models import CaseEvent, CaseSet, Clock, MonthlyTally
from mediation.vocabulary import ClockKind, Outcome
from mediation.workdays import ZONE, end_of_day, local_day

MOST = 10_000
"""Up to how many cases a question is counted exactly: more than a year of the whole country."""

Span = tuple[datetime, datetime]
"""From when to when, both included."""


# Spans, by Beijing's calendar.


def quarter(at: datetime) -> Span:
    """Return the quarter an instant lies in, as far as it has gone."""
    today = local_day(at)
    return _begins(today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)), at


def week(at: datetime, back: int = 0) -> Span:
    """Return the seven days that end today, or the seven that ended ``back`` times seven days before."""
    last = local_day(at) - timedelta(days=7 * back)
    return _begins(last - timedelta(days=6)), end_of_day(last)


def month(first: date) -> Span:
    """Return the month that begins on a day."""
    return _begins(first), end_of_day((first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def months(at: datetime, number: int = 12) -> list[date]:
    """Return the first days of the last months, this month last."""
    ahead = local_day(at).year * 12 + local_day(at).month - 1
    return [date((ahead - back) // 12, (ahead - back) % 12 + 1, 1) for back in reversed(range(number))]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


# Conditions: which cases a figure of a span counts.


def filed(span: Span) -> Q:
    """Return the condition for cases applied for in a span."""
    return Q(filed_at__gte=span[0], filed_at__lte=span[1])


def came_out(platform: str, outcome: Outcome, span: Span) -> Q:
    """Return the condition for cases that came out this way in a span."""
    return Q(pk__in=tallies.happened(platform, outcome, *span).values("case"))


def took_back_consent(platform: str, span: Span) -> Q:
    """Return the condition for cases in which a party took back a consent in a span (ZS-5)."""
    return Q(pk__in=_made(platform, "withdraw_consent", span).values("case"))


def docketed(platform: str, span: Span, *, late: bool = False) -> Q:
    """Return the condition for cases docketed in a span; only those docketed after the last clock for it ended."""
    made = _made(platform, "docket", span)
    if late:
        newest = Clock.objects.filter(case=OuterRef("case"), kind=ClockKind.DOCKET.value).order_by("-number")
        made = made.annotate(due=Subquery(newest.values("due_at")[:1])).filter(due__lt=F("at"))
    return Q(pk__in=made.values("case"))


def answers(platform: str, outcome: Outcome, span: Span) -> QuerySet[Any]:
    """Return the answers, or silences, of a span; ``organisation`` is who had been asked, whoever has the case now."""
    asked = CaseEvent.objects.filter(case=OuterRef("case"), kind="case.delegate.v1", number__lt=OuterRef("number"))
    newest = asked.order_by("-number").annotate(asked=KeyTextTransform("organisation", "facts")).values("asked")[:1]
    found = tallies.happened(platform, outcome, *span)
    return found.annotate(organisation=Coalesce(Subquery(newest), F("case__organisation"), output_field=CharField()))


def _made(platform: str, move: str, span: Span) -> QuerySet[CaseEvent]:
    made = CaseEvent.objects.filter(platform=platform, kind=f"case.{move}.v1", at__gte=span[0], at__lte=span[1])
    return made.order_by()


# Counting.


def by_place(asked: Mapping[str, CaseSet], place: str) -> dict[str, Counter[str]]:
    """Return how many cases each question finds for each value of a column: ``court``, ``organisation``, ``state``.

    One query, however many questions; none is counted further than ``MOST + 1``, which stands for more.
    """
    found: dict[str, Counter[str]] = {code: Counter() for code in asked}
    parts: list[str] = []
    values: list[Any] = []
    for number, (code, cases) in enumerate(asked.items()):
        with suppress(EmptyResultSet):
            sql, params = cases.order_by().values(place=F(place))[: MOST + 1].query.sql_with_params()
            # Only Django's own SQL is joined here; every value stays a parameter.
            parts.append(f"SELECT %s AS code, place, COUNT(*) FROM ({sql}) AS q{number} GROUP BY place")  # noqa: S608
            values += [code, *params]
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            for code, value, counted in cursor:
                found[code][value] += counted
    return found


def answered(questions: Mapping[str, QuerySet[Any]], cases: CaseSet) -> dict[str, dict[str, set[int]]]:
    """Return the cases among ``cases`` that each question finds, by who had been asked: as many as the span has."""
    found: dict[str, dict[str, set[int]]] = {code: {} for code in questions}
    parts = [
        entries.filter(case__in=cases.order_by().values("pk"))
        .annotate(code=Value(code, output_field=CharField()))
        .values_list("code", "organisation", "case")
        for code, entries in questions.items()
    ]
    if parts:
        for code, organisation, case in parts[0].union(*parts[1:]):
            found[code].setdefault(organisation, set()).add(case)
    return found


def monthly(
    platform: str, since: date, organisations: Collection[str] | None = None
) -> dict[tuple[str, date], Counter[Outcome]]:
    """Return how many cases came out which way, by organisation and month (its first day), from kept rows alone."""
    rows = MonthlyTally.objects.filter(platform=platform, month__gte=since)
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    # One row for an organisation's month, whose columns are the outcomes: what is read is what is shown.
    sums = {outcome.name: Sum("count", filter=Q(outcome=outcome.value), default=0) for outcome in Outcome}
    columns = rows.values_list("organisation", "month").annotate(**sums).order_by()
    outcomes = tuple(Outcome)
    return {(ref, first): Counter(dict(zip(outcomes, numbers, strict=True))) for ref, first, *numbers in columns}


def share(part: int, whole: int) -> float | None:
    """Return a share in per cent with one place, or None of nothing."""
    return round(100 * part / whole, 1) if whole else None
