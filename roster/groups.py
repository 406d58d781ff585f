"""Bodies by name, in the one form in which they are compared, and which of them belong to one group of companies.

Lives here: comparable names, looking up who owns whom, putting a new list in the place of the one before. Does not live
here: what a connection means for a mediation (``mediation.conflicts``); reading an operator's workbook
(``mediation.adminkit.grouplists``).
Called by: ``mediation.conflicts``, ``reference``, the protection bureau's desk, ``manage.py load_reference --groups``.

The list is reference data with a day and a source, both of which are said wherever it was searched.
``reference/affiliates.csv`` is what a deployment begins with: pairs of the demonstration, every company invented.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from mediation.vocabulary import gettext_noop
from roster.models import Affiliation

SHIPPED, SHIPPED_ON = gettext_noop("随系统提供的演示名单，公司及其关系均为虚构"), date(2026, 1, 1)
"""Where the list comes from that a deployment begins with, and of which day it is."""

_NOISE = re.compile(r"[\s·•・．.,，、“”\"'()（）\[\]【】《》<>〈〉—\-_/]+")
_REMARK = re.compile(r"[（(](?:演示|退休|原|现|已更名|曾用名)[^（）()]*[）)]")
_FORMS = (
    "股份有限责任公司", "集团股份有限公司", "集团有限责任公司", "控股集团有限公司", "股份有限公司", "有限责任公司",
    "集团有限公司", "集团公司", "有限公司", "股份公司", "公司", "集团",
)  # fmt: skip
_BRANCH = re.compile(r"(.{4,}?(?:公司|事务所|中心|银行))(.*(?:分公司|营业部|分所|分行|支行|分中心|办事处))$")
_FIRM = re.compile(r"(?:律师事务所|律所)$")


@dataclass(frozen=True)
class Known:
    """A body by name: in full and short, both in comparable form; ``since`` is a day or a year, or empty."""

    full: str
    short: str
    since: str = ""


def plain(name: str) -> str:
    """Return a name in its one form: half width, no spaces or punctuation, no remark in brackets, lower case."""
    text = unicodedata.normalize("NFKC", _REMARK.sub("", name))
    return _NOISE.sub("", _REMARK.sub("", text)).casefold()


def body(name: str, since: str = "") -> Known:
    """Return a company, firm or organisation as it is compared: a branch is its head office (民法典 art. 74)."""
    full = plain(name)
    branch = _BRANCH.match(full)
    full = branch.group(1) if branch else full
    short = full = _FIRM.sub("律师事务所", full)
    for form in _FORMS:
        if short.endswith(form) and len(short) - len(form) >= 2:
            short = short.removesuffix(form)
            break
    return Known(full, short, since)


def matches(ours: Known, theirs: Known) -> bool | None:
    """Tell whether two bodies are the same: True for the same full name, False for the same short one, else None."""
    if not ours.full or not theirs.full:
        return None
    if ours.full == theirs.full:
        return True
    return False if len(ours.short) >= 2 and ours.short == theirs.short else None


# Who owns whom.


@dataclass(frozen=True)
class Owned:
    """One row of a list as it stands there: a company, its parent, since when if the list says it."""

    company: str
    parent: str
    since: date | None


@dataclass(frozen=True)
class Groups:
    """A list of groups: company → its parent and its row, and short name → full names, in comparable form; of which day
    and from where it is. Without ``as_of`` no list was loaded.
    """

    parents: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Owned] = field(default_factory=dict)
    shorts: Mapping[str, list[str]] = field(default_factory=dict)
    as_of: date | None = None
    source: str = ""

    @property
    def is_demonstration(self) -> bool:
        """Tell whether these are the invented pairs that come with the system."""
        return self.source == SHIPPED

    def joined(self, ours: Known, theirs: Known) -> bool | None:
        """Tell whether one owns the other or both have one owner: True by full names, False by a short one, else
        None.
        """
        (a, sure), (b, sure_too) = self._full(ours), self._full(theirs)
        above, above_too = self.parents.get(a), self.parents.get(b)
        related = a != b and (above == b or above_too == a or (above is not None and above == above_too))
        return (sure and sure_too) if related else None

    def between(self, ours: Known, theirs: Known) -> tuple[Owned, ...]:
        """Return the rows that join two bodies, as they stand in the list: one where either owns the other."""
        (a, _sure), (b, _sure_too) = self._full(ours), self._full(theirs)
        above, above_too = self.parents.get(a), self.parents.get(b)
        if above == b or above_too == a:
            return (self.rows[a if above == b else b],)
        return (self.rows[a], self.rows[b]) if above is not None and above == above_too else ()

    def _full(self, one: Known) -> tuple[str, bool]:
        called = self.shorts.get(one.short, ())
        return (one.full, True) if one.full in called or not called else (called[0], False)


LATEST = Affiliation.objects.order_by("pk").values("load")[:1]
"""Which list is in force, to be asked for within another question."""


def current() -> Groups:
    """Return the list in force; one query, and another when it has just been loaded."""
    return known(LATEST.values_list("load", flat=True).first())


def known(latest: UUID | None) -> Groups:
    """Return the list that ``LATEST`` named."""
    return _read(latest) if latest else Groups()


@lru_cache(maxsize=2)
def _read(latest: UUID) -> Groups:
    # Remembered by the loading it came with, so that a list loaded anywhere counts from the next question on.
    owners: dict[str, str] = {}
    said: dict[str, Owned] = {}
    names: dict[str, list[str]] = defaultdict(list)
    rows = list(Affiliation.objects.filter(load=latest).order_by("pk"))
    for row in rows:
        company, parent = body(row.company), body(row.parent)
        owners[company.full] = parent.full
        said[company.full] = Owned(row.company, row.parent, row.since)
        for one in (company, parent):
            names[one.short].append(one.full)
    return Groups(owners, said, dict(names), rows[0].as_of, rows[0].source) if rows else Groups()


def find(text: str = "") -> QuerySet[Affiliation]:
    """Return the rows of the list in force, or those that name a company or parent with this text."""
    rows = Affiliation.objects.order_by("pk")
    return rows.filter(Q(company__icontains=text) | Q(parent__icontains=text)) if text else rows


def load(rows: Iterable[Mapping[str, Any]], *, as_of: date, source: str) -> int:
    """This function will put a list of groups in the place of the one before and return how many companies it names;
    each row has ``company``, ``parent`` and perhaps ``since``.
    """
    latest = uuid4()
    made = [
        Affiliation(
            company=row["company"],
            parent=row["parent"],
            since=row.get("since") or None,
            load=latest,
            as_of=as_of,
            source=source,
        )
        for row in rows
    ]
    with transaction.atomic():
        Affiliation.objects.all().delete()
        Affiliation.objects.bulk_create(made, batch_size=1_000)
    return len(made)


def load_shipped(rows: Iterable[Mapping[str, Any]]) -> int:
    """This function will load the pairs of the demonstration, unless the operator has loaded a real list."""
    if Affiliation.objects.exclude(source=SHIPPED).exists():
        return Affiliation.objects.count()
    return load(rows, as_of=SHIPPED_ON, source=SHIPPED)
