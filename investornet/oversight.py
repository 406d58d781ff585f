"""What supervisors are shown on InvestorNet: a unit its own organisations, the protection bureau all units.

Lives here: the figures and how each is counted. Does not live here: counting and drawing (``adminkit.board``).
Called by: ``admin``.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from investornet.queues import BREACHED, FLAGGED, LATE, OVERDUE, SUSPENDED, WAITING
from mediation.adminkit.board import Figure, Plan, Share, Text, weeks
from mediation.adminkit.worklist import AnswerQueue, Queue, in_states
from mediation.queries import CARRIED
from mediation.reports import Span, answers, came_out, quarter
from mediation.vocabulary import Outcome, Role, State


def _out(outcome: Outcome, platform: str, span: Span) -> Q:
    return came_out(platform, outcome, span)


def _this_quarter(outcome: Outcome, platform: str, at: datetime) -> Q:
    return came_out(platform, outcome, quarter(at))


def _answers(outcome: Outcome, platform: str, at: datetime) -> QuerySet[Any]:
    return answers(platform, outcome, quarter(at))


def _answered(code: str, label: Text, outcome: Outcome, tone: str = "") -> AnswerQueue:
    entries = partial(_answers, outcome)
    return AnswerQueue(code, label, partial(_this_quarter, outcome), tone, entries=entries)


OPEN = Queue("open", _("在办案件"), in_states(*CARRIED))
IN_MEDIATION = Queue("in-mediation", _("调解过程中"), in_states(State.ACCEPTED, State.MEDIATING, State.SIGNING))
LAPSED = _answered("lapsed", _("本季度逾期未答复"), Outcome.LAPSED, "bad")
DECLINED = _answered("declined", _("本季度书面不接受"), Outcome.DECLINED)
SETTLED = Queue("settled-quarter", _("本季度达成协议"), partial(_this_quarter, Outcome.SETTLED))
FAILED = Queue("failed-quarter", _("本季度调解不成"), partial(_this_quarter, Outcome.FAILED))

PLAN = Plan(
    "organisation",
    frozenset({Role.PROTECTION_BUREAU}),
    (
        Figure(OPEN, _("已委派、委托或者申请到组织，尚未结束调解的案件。")),
        Figure(WAITING, _("组织尚未答复是否接受的案件；答复期限为五个工作日。")),
        Figure(FLAGGED, _("其中已过第三个工作日、仍未答复的案件。")),
        Figure(LAPSED, _("本季度五个工作日内没有答复的案件，记在当时被委派的组织名下，不论后来由谁办理。")),
        Figure(DECLINED, _("本季度书面不接受的案件，记在当时被委派的组织名下。")),
        Figure(IN_MEDIATION, _("组织已经接受、正在调解或者签署协议的案件，不含中止的。")),
        Figure(SUSPENDED, _("调解中止的案件。")),
        Figure(OVERDUE, _("有任何一项办理期限已过的案件；供当事人选择的期限不计。")),
        Figure(SETTLED, _("本季度各方签署完毕调解协议的案件。")),
        Figure(FAILED, _("本季度已开始调解、未达成协议而结束的案件；撤回申请的不计入。")),
        Share(_("成功率"), SETTLED, (SETTLED, FAILED), _("本季度达成协议的案件，除以达成协议和调解不成的案件之和。")),
        Figure(
            BREACHED,
            _("证券公司、期货经营机构拒绝普通投资者调解请求的案件（证券法第九十四条、期货和衍生品法第五十六条）。"),
        ),
    ),
    (
        weeks("accepted", _("接受委派委托或者申请"), partial(_out, Outcome.ACCEPTED), _("按接受的时间。")),
        weeks("settled", _("达成调解协议"), partial(_out, Outcome.SETTLED), _("按各方签署完毕的时间。")),
        weeks("failed", _("调解不成"), partial(_out, Outcome.FAILED), _("按调解结束的时间；撤回申请的不计入。")),
        weeks("lapsed", _("逾期未答复"), partial(_out, Outcome.LAPSED), _("按答复期限届满的时间；一件案件计一次。")),
    ),
    LATE,
    stale_files=True,
)
