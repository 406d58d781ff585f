"""The docking as those who watch see it: which cases wait for the peer, are parked or frozen.

Lives here: conditions for lists of cases. Does not live here: the operators' desk (``desk``, ``admin``), drawing.
Called by: the court's admin site, which hands these to its windows of oversight.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from mediation.adminkit.board import Figure
from mediation.adminkit.worklist import Queue, undelivered
from mediation.exchange import desk
from mediation.models import CaseSet

MOST = 1000
"""Of how many envelopes parked here the cases are looked up; operators have the whole list."""


def unsent(platform: str, at: datetime) -> Q:
    """Return the condition for cases with an entry the peer has not acknowledged, however young."""
    return Q(pk__in=desk.waiting(platform).order_by().values("case"))


def parked(platform: str, at: datetime) -> Q:
    """Return the condition for cases of which something is parked, there or here."""
    here = [ref for ref in desk.parked_here(platform).values_list("ref", flat=True)[:MOST] if _is_reference(ref)]
    return Q(pk__in=desk.parked(platform).order_by().values("case")) | Q(ref__in=here)


def _is_reference(text: str) -> bool:
    # A stranger's envelope is parked under whatever it called its case.
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def frozen(platform: str, at: datetime) -> Q:
    """Return the condition for cases in which nothing may happen until a human has looked."""
    return ~Q(frozen="")


def oldest(cases: CaseSet, platform: str) -> datetime | None:
    """Return since when the oldest unacknowledged entry of these cases waits, or None where none does."""
    waiting = desk.waiting(platform).order_by().filter(case__in=cases.order_by().values("pk"))
    found: datetime | None = waiting.aggregate(oldest=Min("since"))["oldest"]
    return found


DOCKING = (
    Figure(Queue("unsent", _("待对方确认"), unsent), _("有流水尚未收到对方平台回执的案件，不论等待多久。")),
    Figure(
        Queue("undelivered", _("对方平台未确认"), undelivered, "bad"),
        _("有流水超过一分钟没有收到回执的案件，包括已搁置的。"),
    ),
    Figure(Queue("parked", _("已搁置"), parked, "bad"), _("有流水因不符合对接规则被任一平台搁置的案件。")),
    Figure(Queue("frozen", _("已冻结"), frozen, "bad"), _("需要人工核实后才能继续办理的案件。")),
)
