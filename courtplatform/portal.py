"""The court's portal for parties and agents: which rights, which steps, who receives an application.

Called by: ``urls``. The views are those of ``mediation.windows.portal``.
"""

from __future__ import annotations

from courtplatform.access import rights
from courtplatform.actions import file
from courtplatform.forms import PLAN
from mediation.exchange.tasks import ring
from mediation.windows.portal import Site
from mediation.windows.wizard import Application
from roster import queries as roster


def recipient(application: Application) -> str:
    """Return the name of the court applied to."""
    court = roster.court(application.of("addressee").get("court", ""))
    return court.name if court else ""


SITE = Site(
    code=rights.platform,
    rights=rights,
    roles=frozenset(),
    plan=PLAN,
    opening="file",
    send=file,
    recipient=recipient,
    ring=ring,
)
"""Court staff work in the admin site; here are parties and agents only."""
