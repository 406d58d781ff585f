"""Typed variables of clauses, and how each is written in the text of an agreement.

Lives here: the shapes, and ``Filled``: the values of one clause, which gives every value as legal text and a blank
where one is missing. Does not live here: which variables a clause has (``library``), forms (``windows.clauseforms``).
Called by: ``library``, ``agreement``, ``defects``, forms. Knows no framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mediation.amounts import LARGEST, in_capitals
from mediation.workdays import add_months

BLANK = "＿＿＿＿"
MOST_INSTALMENTS = 360
"""As many monthly instalments as the rule table takes: thirty years."""

_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")


@dataclass(frozen=True)
class Variable:
    """One variable of a clause: its label, shape, whether the clause is unclear without it, what it may be."""

    name: str
    label: str
    shape: str
    required: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    usual: Any = None


@dataclass(frozen=True)
class Someone:
    """A party as an agreement names it."""

    ref: str
    name: str
    standing: str
    is_applicant: bool

    @property
    def called(self) -> str:
        """The party with its standing: 申请人张晓慧."""
        return f"{self.standing}{in_one_line(self.name)}"


People = Mapping[str, Someone]
Instalment = tuple[str, int]


def in_one_line(text: str) -> str:
    """Return a value that stands within a sentence: line breaks would make a clause of their own."""
    return _BREAKS.sub(" ", text).strip()


def money(fen: int) -> str:
    """Return an amount as an agreement writes it: 12,345.67元（大写：人民币…）."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02}元（大写：{in_capitals(fen)}）"


def day(value: str) -> str:
    """Return a day as an agreement writes it."""
    on = date.fromisoformat(value)
    return f"{on.year}年{on.month}月{on.day}日"


def masked(number: str) -> str:
    """Return an account number of which only the last four signs show."""
    kept = re.sub(r"\s", "", number)
    return f"尾号{kept[-4:]}" if len(kept) > 4 else "尾号＿＿"


def even_plan(total: int, count: int, first: date, months: int = 1) -> list[Instalment]:
    """Return ``total`` fen in ``count`` instalments, ``months`` apart: whole yuan where possible, the rest in the last.

    Raises ValueError where an instalment would be nothing, or the last one lies more than thirty years ahead.
    """
    if not 0 < count <= MOST_INSTALMENTS or not 0 < (count - 1) * months + 1 <= MOST_INSTALMENTS:
        raise ValueError("an agreement reaches no further than thirty years")
    if not count <= total <= LARGEST or months < 1:
        raise ValueError("an amount cannot be divided in this way")
    each = total // count
    each = each // 100 * 100 or each
    days = (add_months(first, place * months).isoformat() for place in range(count))
    amounts = [each] * (count - 1) + [total - each * (count - 1)]
    return list(zip(days, amounts, strict=True))


def simple_interest(principal: int, rate: str, since: str, until: str) -> int:
    """Return simple interest in fen for the days from ``since`` to ``until`` at a yearly rate in per cent, 365 days a
    year, rounded half up.
    """
    days = (date.fromisoformat(until) - date.fromisoformat(since)).days
    exact = Decimal(principal) * Decimal(rate) * days / (100 * 365)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


class Filled:
    """The values of one clause among the people of its case."""

    def __init__(self, values: Mapping[str, Any], people: People) -> None:
        self.values, self.people = values, people

    def get(self, name: str) -> Any:
        """Return a bare value, or None where it is missing."""
        value = self.values.get(name)
        return None if value in ("", [], {}) else value

    def has(self, *names: str) -> bool:
        """Tell whether all of these are given."""
        return all(self.get(name) is not None for name in names)

    def party(self, name: str) -> str:
        """Return a party with its standing."""
        return self.called(self.get(name))

    def called(self, ref: Any) -> str:
        """Return somebody with their standing; a blank where nobody of the case is meant."""
        found = self.people.get(str(ref))
        return found.called if found else BLANK

    def money(self, name: str) -> str:
        """Return an amount in figures and in capitals."""
        return money(self.get(name)) if self.has(name) else f"{BLANK}元"

    def day(self, name: str) -> str:
        """Return a day."""
        return day(self.get(name)) if self.has(name) else f"{BLANK}年＿＿月＿＿日"

    def said(self, name: str, otherwise: str = BLANK) -> str:
        """Return words, in one line."""
        return in_one_line(str(self.get(name))) if self.has(name) else otherwise

    def written(self, name: str) -> str:
        """Return a longer text, without the mark it ends on and without empty lines."""
        lines = [line.strip() for line in str(self.get(name) or "").splitlines() if line.strip()]
        return "\n".join(lines).rstrip("。；;") or BLANK

    def choice(self, name: str, words: Mapping[str, str]) -> str:
        """Return what a chosen code stands for."""
        return words.get(str(self.get(name)), BLANK)

    def account(self, name: str) -> str:
        """Return the sentence about an account, its number masked; nothing where none was given."""
        held = self.get(name)
        if not held or not any(held.values()):
            return ""
        holder, bank = (in_one_line(held.get(key, "")) or BLANK for key in ("holder", "bank"))
        return f"款项付至以下账户：户名{holder}，开户行{bank}，账号{masked(held.get('number', ''))}。"

    def instalments(self, name: str) -> list[Instalment]:
        """Return dated amounts, as given."""
        return [(on, fen) for on, fen in self.get(name) or ()]

    def shares(self, name: str) -> list[tuple[str, int]]:
        """Return who gets how much."""
        given: Iterable[tuple[str, int]] = (self.get(name) or {}).items()
        return [(ref, fen) for ref, fen in given if fen]
