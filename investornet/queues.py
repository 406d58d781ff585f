"""The lists of cases that supervisors look at on InvestorNet, and count.

Lives here: name, condition and tone of each. Does not live here: the conditions themselves (``worklist``), who looks at
which (``admin``), who counts which (``oversight``).
Called by: ``admin``, ``oversight``.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mediation.adminkit.worklist import Queue, breached, due_today, duties, flagged, in_states, late_by, overdue
from mediation.vocabulary import State

WAITING = Queue(
    "waiting", _("等待组织答复"), in_states(State.DELEGATED, State.APPLIED, State.PROOF_SOUGHT), "handed", duties
)
FLAGGED = Queue("flagged", _("答复已近期限"), flagged(State.DELEGATED, State.APPLIED, State.PROOF_SOUGHT), "waiting")
ACCEPTED = Queue("accepted", _("已接受、待开始"), in_states(State.ACCEPTED), "waiting")
MEDIATING = Queue("mediating", _("调解中"), in_states(State.MEDIATING, State.SIGNING), "active")
SUSPENDED = Queue("suspended", _("中止"), in_states(State.SUSPENDED), "bad")
SETTLED = Queue("settled", _("已达成协议"), in_states(State.SETTLED), "good")
UNSETTLED = Queue("unsettled", _("调解不成，征询转立案"), in_states(State.UNSETTLED), "waiting")
CONFIRMING = Queue(
    "confirming", _("司法确认中"), in_states(State.CONFIRMATION_SOUGHT, State.CONFIRMATION_REVIEW), "active"
)
REFUSED = Queue("refused", _("司法确认未获准许"), in_states(State.CONFIRMATION_REFUSED), "bad")
TODAY = Queue("today", _("今天到期"), due_today, "waiting")
OVERDUE = Queue("overdue", _("已超期"), overdue, "bad")
BREACHED = Queue("breached", _("机构拒绝普通投资者的调解请求"), breached, "bad")
LATE = (
    Queue("late-3", _("超期3日以内"), late_by(0, 3), "waiting"),
    Queue("late-10", _("超期4至10日"), late_by(3, 10), "bad"),
    Queue("late-30", _("超期11至30日"), late_by(10, 30), "bad"),
    Queue("late-more", _("超期30日以上"), late_by(30, None), "bad"),
)
