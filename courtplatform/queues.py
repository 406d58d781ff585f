"""The lists of cases that people work through at the court's desk, and that its watchers count.

Lives here: name, condition and tone of each. Does not live here: the conditions themselves (``worklist``), who works
through which (``admin``), who counts which (``oversight``).
Called by: ``admin``, ``oversight``.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mediation.adminkit.worklist import (
    Queue,
    asked,
    due_today,
    duties,
    flagged,
    in_states,
    late_by,
    objected,
    overdue,
    sent_back,
    undelivered,
)
from mediation.vocabulary import State

NEW = Queue("new", _("新收申请"), in_states(State.FILED), "waiting")
CONSULTING = Queue("consulting", _("征询意愿"), in_states(State.CONSULTING))
READY = Queue("ready", _("待委派委托"), in_states(State.READY), "waiting")
WAITING = Queue("waiting", _("等待组织答复"), in_states(State.DELEGATED, State.PROOF_SOUGHT), "handed", duties)
FLAGGED = Queue("flagged", _("答复已过第三个工作日"), flagged(State.DELEGATED), "waiting")
SENT_BACK = Queue("sent-back", _("组织退回、待另行安排"), sent_back, "bad", duties)
TODAY = Queue("today", _("今天到期"), due_today, "waiting")
OVERDUE = Queue("overdue", _("已超期"), overdue, "bad")
HANDED_BACK = Queue("handed-back", _("调解不成退回"), in_states(State.HANDED_BACK), "handed")
SOUGHT = Queue("sought", _("司法确认待受理"), in_states(State.CONFIRMATION_SOUGHT), "handed")
REVIEW = Queue("review", _("司法确认审查中"), in_states(State.CONFIRMATION_REVIEW), "active")
RETURNED = Queue("agreements", _("协议已移送法院"), in_states(State.AGREEMENT_RETURNED), "handed")
DECREES = Queue("decrees", _("待制作调解书"), in_states(State.DECREE_SOUGHT), "active")
SERVING = Queue("serving", _("调解书待签收"), in_states(State.DECREE_ISSUED), "sign")
OBJECTED = Queue("objected", _("裁定后有异议"), objected, "bad")
UNDELIVERED = Queue("undelivered", _("对方平台未确认"), undelivered, "bad")
ASKED = Queue("asked", _("已请求对方平台办理"), asked, "handed")
LATE = (
    Queue("late-3", _("超期3日以内"), late_by(0, 3), "waiting"),
    Queue("late-10", _("超期4至10日"), late_by(3, 10), "bad"),
    Queue("late-30", _("超期11至30日"), late_by(10, 30), "bad"),
    Queue("late-more", _("超期30日以上"), late_by(30, None), "bad"),
)
