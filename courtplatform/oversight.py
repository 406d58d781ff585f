"""What those who watch over courts are shown: the SPC's divisions all courts, a court's leader that court.

Lives here: the figures and how each is counted. Does not live here: counting and drawing (``adminkit.board``).
Called by: ``admin``.
"""

from __future__ import annotations

from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courtplatform.access import NATIONAL
from courtplatform.queues import (
    CONSULTING,
    FLAGGED,
    HANDED_BACK,
    LATE,
    NEW,
    OVERDUE,
    READY,
    REVIEW,
    SENT_BACK,
    SOUGHT,
    WAITING,
)
from mediation.adminkit.board import Figure, Plan, Share, weeks
from mediation.adminkit.worklist import Queue, late
from mediation.exchange import watch
from mediation.reports import Span, came_out, docketed, filed, quarter, took_back_consent
from mediation.vocabulary import ClockKind, Outcome

DOCKET_LATE = Queue("docket-late", _("退回已过立案期限"), late(ClockKind.DOCKET, ClockKind.RESUME), "bad")
REVIEW_LATE = Queue(
    "review-late", _("司法确认超期"), late(ClockKind.ACCEPT, ClockKind.SUPPLEMENT, ClockKind.REVIEW), "bad"
)
OVER_PERIOD = Queue("over-period", _("调解已过期限"), late(ClockKind.MEDIATE), "bad")
DOCKETED = Queue("docketed", _("本季度立案"), lambda platform, at: docketed(platform, quarter(at)))
DOCKETED_LATE = Queue(
    "docketed-late", _("本季度逾期立案"), lambda platform, at: docketed(platform, quarter(at), late=True), "bad"
)
CONSENT_BACK = Queue(
    "consent-back", _("本季度撤回同意"), lambda platform, at: took_back_consent(platform, quarter(at)), "bad"
)


def _out(outcome: Outcome, platform: str, span: Span) -> Q:
    return came_out(platform, outcome, span)


PLAN = Plan(
    "court",
    NATIONAL,
    (
        Figure(NEW, _("已申请、法院尚未处理的案件。")),
        Figure(CONSULTING, _("正在征询当事人调解意愿的案件。")),
        Figure(READY, _("待委派或者委托调解的案件，包括组织退回的。")),
        Figure(WAITING, _("已委派或者委托、组织尚未答复的案件。")),
        Figure(FLAGGED, _("其中答复期限（五个工作日）已过第三个工作日的案件。")),
        Figure(SENT_BACK, _("组织不接受、逾期未答复或者被收回，待另行安排的案件。")),
        Figure(HANDED_BACK, _("调解不成退回法院、尚未立案或者恢复审理的案件。")),
        Figure(DOCKET_LATE, _("其中立案期限（七日）或者恢复审理期限已过的案件。")),
        Figure(SOUGHT, _("已申请司法确认、法院尚未决定受理的案件。")),
        Figure(REVIEW, _("司法确认申请已受理、正在审查的案件。")),
        Figure(REVIEW_LATE, _("司法确认的受理、补充材料或者审查期限已过的案件。")),
        Figure(OVERDUE, _("有任何一项办理期限已过的案件，不论由法院还是调解组织经办；供当事人选择的期限不计。")),
        Figure(OVER_PERIOD, _("调解期限已过、仍未结束的案件：久调不决的迹象。")),
        Figure(CONSENT_BACK, _("本季度有当事人撤回同意的案件：强迫调解的迹象。")),
        Figure(DOCKETED, _("本季度由调解转立案的案件。")),
        Figure(DOCKETED_LATE, _("其中立案时立案期限已过的案件。")),
        Share(_("逾期立案率"), DOCKETED_LATE, (DOCKETED,), _("本季度逾期立案的案件，除以本季度由调解转立案的案件。")),
    ),
    (
        weeks("filed", _("新收申请"), lambda platform, span: filed(span), _("按申请时间。")),
        weeks("delegated", _("委派委托"), partial(_out, Outcome.CHOSEN), _("按委派或者委托的时间；一件案件计一次。")),
        weeks("settled", _("达成调解协议"), partial(_out, Outcome.SETTLED), _("按各方签署完毕的时间。")),
        weeks(
            "failed",
            _("调解不成"),
            partial(_out, Outcome.FAILED),
            _("已开始调解、未达成协议而结束的；撤回申请的不计入。"),
        ),
        weeks("docketed", _("立案"), docketed, _("按立案时间。")),
    ),
    LATE,
    stale_files=False,
    docking=watch.DOCKING,
    oldest=watch.oldest,
)
