"""Companies that people have disputes with: listed companies, brokers, fund and futures firms, found by name or code.

Lives here: searching the list of companies, putting a new list in its place. Does not live here: whom somebody applies
against (the application states it; a company that is not in the list is typed in); reading an operator's workbook
(``manage.py load_reference --companies``).
Called by: the application's step about the respondent, ``reference``, the command.

The list is reference data with a day and a source, both of which every reader is told. ``reference/companies.csv`` is
what a deployment begins with: public names and codes written down by hand, which the operator replaces with the lists
that the exchanges and the associations publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from roster.identity import normalise
from roster.models import Company

MOST_FOUND = 8
SHIPPED, SHIPPED_ON = "随系统提供的示例名单，手工整理", date(2026, 1, 1)
"""Where the list comes from that a deployment begins with, and of which day it is."""


def search(text: str) -> list[Company]:
    """Return companies whose code begins with a text or whose name holds it, the closest first."""
    wanted = normalise(text)
    if len(wanted) < 2:
        return []
    closest = Case(
        When(code__startswith=wanted, then=Value(0)),
        When(folded__startswith=wanted, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = Company.objects.filter(Q(code__startswith=wanted) | Q(folded__contains=wanted))
    return list(found.order_by(closest, Length("name"), "name", "sort")[:MOST_FOUND])


def by_name(name: str) -> Company | None:
    """Return the company of exactly this name; of several businesses, the one that has a duty to take part."""
    wanted = normalise(name)
    found = Company.objects.filter(folded__endswith=f"\n{wanted}") if wanted else Company.objects.none()
    return min(found, key=lambda one: one.institution == "NONE", default=None)


def origin() -> Company | None:
    """Return one row of the list, which bears its day and source, or None where no list was loaded."""
    return Company.objects.order_by("pk").first()


def load(rows: Iterable[Mapping[str, str]], *, as_of: date, source: str) -> int:
    """This function will put a list of companies in the place of the one before and return how many it names."""
    made = [
        Company(**row, folded=f"{normalise(row['short'])}\n{normalise(row['name'])}", as_of=as_of, source=source)
        for row in rows
    ]
    with transaction.atomic():
        Company.objects.all().delete()
        Company.objects.bulk_create(made, batch_size=1_000)
    return len(made)


def load_shipped(rows: Iterable[Mapping[str, str]]) -> int:
    """This function will load the list that comes with the system, unless the operator has loaded a real one."""
    if Company.objects.exclude(source=SHIPPED).exists():
        return Company.objects.count()
    return load(rows, as_of=SHIPPED_ON, source=SHIPPED)
