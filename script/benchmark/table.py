"""The table a bench prints: each figure with its reference, ratio, must and aim.

Called by: ``__main__``.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

HEADER = ("", "what", "measured", "reference", "ratio", "must", "aim", "")


@dataclass
class Line:
    """One goal; ``must`` and ``aim`` are limits of ``ratio`` in words, ``met`` says whether the must holds."""

    name: str
    what: str
    measured: str
    reference: str
    ratio: str
    must: str
    aim: str
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the columns as printed."""
        verdict = {True: "ok", False: "BELOW", None: ""}[self.met]
        return self.name, self.what, self.measured, self.reference, self.ratio, self.must, self.aim, verdict


def skipped(name: str, what: str, why: str) -> Line:
    """Return the line of a goal that this run could not measure."""
    return Line(name, what, f"not measured: {why}", "", "", "", "")


def middle(values: list[float]) -> float:
    """Return the median of the rounds."""
    return median(values) if values else 0.0


def rate(value: float) -> str:
    """Write so many a second."""
    return f"{value:,.0f}/s"


def span(seconds: float) -> str:
    """Write a span."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def share(value: float) -> str:
    """Write a share of the reference."""
    return f"{value * 100:.1f} %"


def render(lines: list[Line]) -> str:
    """Return the table in plain text."""
    rows = [HEADER, *(line.cells() for line in lines)]
    whole = [row for row in rows if not row[2].startswith("not measured")]
    widths = [max(len(row[place]) for row in whole) for place in range(len(HEADER))]
    widths[1] = max(len(row[1]) for row in rows)
    text = []
    for row in rows:
        if row[2].startswith("not measured"):
            text.append(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")
        else:
            text.append("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    return "\n".join(text)
