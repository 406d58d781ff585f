"""Where a platform's inbox is found: one place, because both sides sign the path.

Called by: inbox, calls, views.
"""

from __future__ import annotations

PREFIX = "/exchange/v1/"


def of(platform: str, operation: str) -> str:
    """Return the path of one operation of a platform's inbox."""
    return f"{PREFIX}{platform}/{operation}"
