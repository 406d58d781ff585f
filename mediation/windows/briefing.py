"""The brief on two printed pages: what of a case goes in, and how much is only counted.

Lives here: measuring and cutting. Does not live here: what the page shows (``meetings``), how it is set
(``meeting.css``: two columns, nine points).
Called by: ``meetings``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

WIDTH = 44
"""How many half-width characters a printed column holds, with room for what breaks early."""

PARTIES, TOLD, POINTS, OFFERS, CLOCKS, COURSE, PAPERS = 22, 28, 56, 8, 6, 16, 20
"""Lines each part may take: together 156 of some 220 on two pages of two columns; headings and gaps take the rest."""

MOST_OF_ONE = 3
"""Lines that one saying of one side may take."""


@dataclass(frozen=True)
class Part:
    """What is shown of a list, and of how many more it is only said that they are there."""

    rows: list[Any]
    left: int


def height(text: str) -> int:
    """Return how many lines a text takes."""
    return sum(max(1, -(-_width(line) // WIDTH)) for line in text.splitlines() or [""])


def shortened(text: str, most: int = MOST_OF_ONE) -> str:
    """Return a text cut to ``most`` lines, with an ellipsis where anything was cut."""
    if height(text) <= most:
        return text
    kept, room = [], most
    for line in text.splitlines():
        need = max(1, -(-_width(line) // WIDTH))
        if need >= room:
            kept.append(_start(line, room * WIDTH - 2) if room else "")
            break
        kept.append(line)
        room -= need
    return "\n".join(kept) + "…"


def fitting(rows: Iterable[Any], said: Callable[[Any], Iterable[str]], lines: int) -> Part:
    """Return the first rows that fit, each as tall as the paragraphs it says."""
    everything, used = list(rows), 0
    for place, row in enumerate(everything):
        used += sum(height(text) for text in said(row) if text)
        if used > lines:
            return Part(everything[:place], len(everything) - place)
    return Part(everything, 0)


def _start(line: str, width: int) -> str:
    kept = ""
    for sign in line:
        width -= _width(sign)
        if width < 0:
            break
        kept += sign
    return kept


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)
