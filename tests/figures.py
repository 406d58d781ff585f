"""How much reliability tests try: a short profile in ``script/test``, the full figures in ``script/bench --long``."""

from __future__ import annotations

import os

SHARE = float(os.environ.get("CHAOS", "0"))
"""Which share of the full figures is wanted; ``script/benchmark/reliability.py`` sets it."""
LONG = SHARE > 0


def many(short: int, full: int) -> int:
    """Return how often to try: the wanted share of the full figure, never less than in the short profile."""
    return max(short, round(full * SHARE))
