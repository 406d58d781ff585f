"""How two versions of an agreement differ, clause by clause and word by word.

Lives here: comparing. Does not live here: which versions somebody may read (``rights``), the look (templates).
Called by: pages. Knows no framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from mediation.clauses.agreement import Body
from mediation.clauses.variables import People

_TOKENS = re.compile(r"[0-9][0-9,.]*|[A-Za-z]+|\s+|.", re.S)


@dataclass(frozen=True)
class Passage:
    """A run of text that stayed (""), went ("old") or came ("new")."""

    change: str
    text: str


@dataclass(frozen=True)
class Line:
    """One clause of the newer version as compared with the older: "", "added", "removed", "changed" or "moved"."""

    key: str
    kind: str
    change: str
    passages: list[Passage] = field(default_factory=list)
    number: str = ""


def compare(old: Body | None, new: Body, people: People) -> list[Line]:
    """Return every clause of the newer version in its order, then those that went; without an older one nothing is
    marked.
    """
    held = {one.key: one for one in old.clauses} if old else {}
    kept = [one.key for one in new.clauses if one.key in held]
    before = [key for key in held if new.clause(key)]
    lines = []
    for clause, text in new.written(people):
        number, _mark, said = text.partition("、")
        earlier = held.get(clause.key)
        if old is None:
            change, passages = "", [Passage("", said)]
        elif earlier is None:
            change, passages = "added", [Passage("new", said)]
        elif (was := earlier.text(people)) != said:
            change, passages = "changed", list(words(was, said))
        else:
            moved = kept.index(clause.key) != before.index(clause.key)
            change, passages = "moved" if moved else "", [Passage("", said)]
        lines.append(Line(clause.key, clause.kind, change, passages, number))
    gone = [one for key, one in held.items() if not new.clause(key)]
    return lines + [Line(one.key, one.kind, "removed", [Passage("old", one.text(people))]) for one in gone]


def words(old: str, new: str) -> Iterator[Passage]:
    """Yield what stayed, went and came, amounts never torn apart."""
    was, now = _TOKENS.findall(old), _TOKENS.findall(new)
    for tag, first, last, start, end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Passage("", "".join(now[start:end]))
            continue
        if last > first:
            yield Passage("old", "".join(was[first:last]))
        if end > start:
            yield Passage("new", "".join(now[start:end]))
