"""The shape of what a move states: which facts, of which kind, under which Chinese label.

Lives here: descriptions of single facts and texts, and the check that facts are complete and well-formed.
Does not live here: whether they are true or lawful (``guards``).
Called by: ``lifecycle`` (declares), the door and the inbox (check), forms and the API document (render).

Facts are codes, references, numbers, dates and digests only; anything a person wrote is an enclosure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mediation.vocabulary import Audience, EnclosureKind, Term, gettext_noop

_REF = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_DIGEST = re.compile(r"^[0-9a-f]{64}$")
_COURT = re.compile(r"(最高法|[一-龥][0-9]{0,4})")
_NUMBER = re.compile(
    r"[(（]20[0-9]{2}[)）][一-龥]{1,3}[0-9]{0,4}[一-龥]{1,5}[1-9][0-9]{0,7}号(之[一二三四五六七八九十]{1,3})?"
)

_UNSEEN = re.compile(r"[\x00\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNSEEN = gettext_noop("文字中含有不可见字符（例如改变文字方向的控制符），请删除后重新填写")
"""What is said of a text with NUL or with signs that turn the direction of writing: it would be read otherwise than it
is written, and signed as something else."""

WRONG: Mapping[str, str] = {
    "code": gettext_noop("应当是所列的代码之一"),
    "day": gettext_noop("应当是日期，写作2026-03-31"),
    "instant": gettext_noop("应当是带时区的时间，写作2026-03-31T09:30:00+08:00"),
    "count": gettext_noop("应当是限度以内的整数"),
    "money": gettext_noop("应当是整数，单位为分"),
    "digest": gettext_noop("应当是64位小写十六进制的校验值"),
    "flag": gettext_noop("应当是true或者false"),
}
"""What is said of a fact that is not of its shape; of a list, a record or a reference nothing more can be said."""


class Malformed(Exception):
    """提交的内容不完整或者格式不正确"""

    def __init__(self, field: str, why: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.field = field
        self.why = why
        self.allowed = tuple(allowed)
        """What may stand there instead, where that is a closed list."""


@dataclass(frozen=True)
class Fact:
    """One fact: its label, its shape (which drives forms and the API document) and its test."""

    label: str
    shape: str
    test: Callable[[Any], bool]
    required: bool = True
    terms: type[Term] | None = None
    item: Fact | None = None
    fields: Mapping[str, Fact] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Text:
    """One piece of writing a move carries as an enclosure, with the audience it is addressed to."""

    label: str
    kind: EnclosureKind
    audience: Audience = Audience.ALL
    required: bool = True
    hint: str = ""


def has_unseen(value: Any) -> bool:
    """Tell whether a text, or a text anywhere in lists and records, has signs that nobody sees (``UNSEEN``)."""
    if isinstance(value, str):
        return bool(_UNSEEN.search(value))
    if isinstance(value, Mapping):
        return any(map(has_unseen, value.values()))
    return isinstance(value, list | tuple) and any(map(has_unseen, value))


def is_near(when: date) -> bool:
    """Tell whether a day or an instant lies in a year that calendars and time zones can reckon with: 1900 to 2199."""
    return 1900 <= when.year < 2200


def _is_day(value: Any) -> bool:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return day is not None and day.isoformat() == value and is_near(day)


def _is_instant(value: Any) -> bool:
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 32 else None
    except ValueError:
        return False
    return when is not None and when.tzinfo is not None and is_near(when)


def ref(label: str, of: str = "ref", *, required: bool = True, hint: str = "") -> Fact:
    """Describe a reference; ``of`` names what it points at (party, agent, organisation, mediator)."""
    return Fact(label, of, lambda value: isinstance(value, str) and bool(_REF.fullmatch(value)), required, hint=hint)


def code(label: str, terms: type[Term], *, required: bool = True, hint: str = "") -> Fact:
    """Describe a code out of one closed list."""
    values = frozenset(member.value for member in terms)
    return Fact(label, "code", lambda value: isinstance(value, str) and value in values, required, terms, hint=hint)


def day(label: str, *, required: bool = True, hint: str = "") -> Fact:
    """Describe a calendar day, ISO 8601."""
    return Fact(label, "day", _is_day, required, hint=hint)


def instant(label: str, *, required: bool = True) -> Fact:
    """Describe an instant, ISO 8601 with an offset."""
    return Fact(label, "instant", _is_instant, required)


def count(label: str, *, most: int = 10_000, required: bool = True, hint: str = "") -> Fact:
    """Describe a whole number from 0 to ``most``."""
    return Fact(label, "count", lambda value: type(value) is int and 0 <= value <= most, required, hint=hint)


def money(label: str, *, required: bool = True) -> Fact:
    """Describe an amount in fen."""
    return Fact(label, "money", lambda value: type(value) is int and 0 <= value <= 10**15, required)


def digest(label: str, *, required: bool = True) -> Fact:
    """Describe a digest: 64 hexadecimal digits."""
    return Fact(label, "digest", lambda value: isinstance(value, str) and bool(_DIGEST.fullmatch(value)), required)


def number(label: str, *, required: bool = True, hint: str = "") -> Fact:
    """Describe a case number (案号)."""
    return Fact(
        label, "number", lambda value: isinstance(value, str) and bool(_NUMBER.fullmatch(value)), required, hint=hint
    )


def court(label: str, *, required: bool = True, hint: str = "") -> Fact:
    """Describe a court by its code (法院代字)."""
    return Fact(
        label, "court", lambda value: isinstance(value, str) and bool(_COURT.fullmatch(value)), required, hint=hint
    )


def flag(label: str, *, required: bool = True, hint: str = "") -> Fact:
    """Describe a yes or no."""
    return Fact(label, "flag", lambda value: type(value) is bool, required, hint=hint)


def many(item: Fact, *, required: bool = True, most: int = 500) -> Fact:
    """Describe a list of one kind of fact; required means at least one."""

    def test(value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) <= most
            and (bool(value) or not required)
            and all(map(item.test, value))
        )

    return Fact(item.label, "many", test, required, item=item, hint=item.hint)


def record(label: str, fields: Mapping[str, Fact]) -> Fact:
    """Describe a group of facts with fixed names."""

    def test(value: Any) -> bool:
        try:
            check(fields, value)
        except Malformed:
            return False
        return True

    return Fact(label, "record", test, fields=fields)


def check(schema: Mapping[str, Fact], facts: Any) -> None:
    """Check that ``facts`` has every required name, no unknown name, and well-formed values; raises Malformed."""
    if not isinstance(facts, dict):
        raise Malformed("", gettext_noop("应当提交一组字段"))
    for name in facts:
        if name not in schema:
            raise Malformed(str(name)[:60], gettext_noop("没有这个字段"))
    for name, fact in schema.items():
        if name not in facts:
            if fact.required:
                raise Malformed(name, gettext_noop("缺少这一项"))
        elif not fact.test(facts[name]):
            raise Malformed(name, WRONG.get(fact.shape, gettext_noop("这一项的格式不正确")), _codes(fact))


def _codes(fact: Fact) -> list[str]:
    """Return the codes of the closed list that a fact, or each item of it, is out of."""
    terms = fact.terms or (fact.item.terms if fact.item else None)
    return [term.value for term in terms] if terms else []
