"""P10: statistics by organisation and month from the kept rows, against counting the entries themselves.

Lives here: a million outcomes, or as many as there are cases, spread over organisations and ten years; both ways of
asking; whether they agree. Does not live here: rounds, the table.
Called by: ``work``, in the process that holds the database, for ``__main__``.

The reference reads a table that holds nothing but what the question needs: the entries themselves are wider, so that
counting them would be slower still.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from statistics import median
from typing import Any

from django.db import connection

from mediation import reports
from mediation.models import MonthlyTally
from mediation.vocabulary import Outcome

PLATFORM = "benchmark"
SINCE = date(2016, 1, 1)
TIMES = 3
LEAST = 1_000_000
"""Of fewer, ten years have hardly more than one outcome for each row that is kept of them."""
FILL = """
CREATE TABLE benchmark_outcome AS
SELECT 'organisation-' || (random() * 53)::int AS organisation,
       timestamptz '2016-01-01 00:00+08' + random() * interval '3650 days' AS at,
       (ARRAY['CHOSEN', 'ACCEPTED', 'DECLINED', 'LAPSED', 'SETTLED', 'FAILED'])[1 + (random() * 5)::int] AS outcome
FROM generate_series(1, %s)
"""
COUNT = """
SELECT organisation, date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date AS month, outcome, count(*) AS number
FROM benchmark_outcome GROUP BY 1, 2, 3
"""


def statistics() -> dict[str, Any]:
    """Return the median seconds of both ways, and whether they find the same; what was filled in goes again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mediation_case")
        (cases,) = cursor.fetchone()
        rows = max(cases, LEAST)
        cursor.execute(FILL, [rows])
        cursor.execute(
            "INSERT INTO mediation_monthlytally (platform, organisation, month, outcome, count) "  # noqa: S608
            f"SELECT '{PLATFORM}', organisation, month, outcome, number FROM ({COUNT}) AS counted"
        )
        cursor.execute("ANALYZE mediation_monthlytally, benchmark_outcome")
    try:
        kept, from_rows = _timed(lambda: reports.monthly(PLATFORM, SINCE))
        direct, counted = _timed(_counted)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE benchmark_outcome")
        MonthlyTally.objects.filter(platform=PLATFORM).delete()
    return {
        "kept": kept,
        "direct": direct,
        "rows": rows,
        "equal": {place: +found for place, found in from_rows.items()} == counted,
    }


def _counted() -> dict[tuple[str, date], Counter[Outcome]]:
    found: dict[tuple[str, date], Counter[Outcome]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        for organisation, month, outcome, number in cursor:
            found.setdefault((organisation, month), Counter())[Outcome(outcome)] = number
    return found


def _timed(call: Any) -> tuple[float, Any]:
    spans, found = [], None
    for _turn in range(TIMES):
        began = time.perf_counter()
        found = call()
        spans.append(time.perf_counter() - began)
    return median(spans), found
