"""Handing out the next case number: no gap, no double, whatever fails or races.

Lives here: ``allocate``. Does not live here: the grammar of a case number (``numbers``).
Called by: ``moves``, inside the move's own transaction.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import F
from django.db.transaction import TransactionManagementError

from mediation.models.series import NumberSeries
from mediation.numbers import CaseNumber


def allocate(platform: str, court: str, year: int, code: str) -> CaseNumber:
    """Return the next case number of a court, year and type code, from 1 every year (law.md §6.3).

    The series stays locked until the surrounding transaction ends, so a move that fails gives its number back.
    Raises TransactionManagementError outside a transaction, CaseNumberError for a court or code that is none.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a case number is allocated inside the transaction of its move")
    CaseNumber.parse(str(CaseNumber(year, court, "", code, 1)))
    series = NumberSeries.objects.filter(platform=platform, court=court, year=year, code=code)
    # The conditional update locks the row; only a series that does not exist yet needs the second try.
    if not series.update(last=F("last") + 1):
        first = NumberSeries(platform=platform, court=court, year=year, code=code)
        NumberSeries.objects.bulk_create([first], ignore_conflicts=True)
        series.update(last=F("last") + 1)
    return CaseNumber(year, court, "", code, series.values_list("last", flat=True).get())
