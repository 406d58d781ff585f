"""InvestorNet's admin site: the desk of supervising units, the protection bureau, the service centre and operators.

Lives here: which lists each role looks at, and which sections the site has. Does not live here: how they work
(``mediation.adminkit``), who may see which case (``access``).
Called by: ``mediation.project``, which mounts ``site``.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from investornet.access import DESK, rights
from mediation.adminkit.calendar import calendar_section, rules_section
from mediation.adminkit.casepages import cases_section
from mediation.adminkit.firstpage import Group, show_first_page
from mediation.adminkit.registers import register_roster, tokens_section
from mediation.adminkit.site import DeskSite
from mediation.adminkit.worklist import Queue, breached, due_today, flagged, in_states, late_by, overdue
from mediation.api.authentication import SCOPES
from mediation.exchange.admin import exchange_section
from mediation.exchange.tasks import ring
from mediation.vocabulary import Role, State

SUPERVISORS = frozenset({Role.UNIT, Role.PROTECTION_BUREAU})
RUNNERS = frozenset({Role.OPERATOR, Role.SERVICE_CENTRE})

WAITING = Queue("waiting", _("等待组织答复"), in_states(State.DELEGATED, State.APPLIED, State.PROOF_SOUGHT), "handed")
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

DUTIES = Group(
    _("需要关注"),
    (BREACHED, OVERDUE, TODAY, FLAGGED, SUSPENDED),
    _("普通投资者提出调解请求的，证券公司、期货经营机构不得拒绝（证券法第九十四条、期货和衍生品法第五十六条）。"),
)
COURSE = Group(_("办理情况"), (WAITING, ACCEPTED, MEDIATING, SETTLED, CONFIRMING, REFUSED, UNSETTLED))
AGEING = Group(_("超期分布"), LATE, _("以自然日计算；一件案件有几项期限超期的，分别计入。"))

FIRST_PAGES: dict[Role, tuple[Group, ...]] = {
    Role.UNIT: (DUTIES, COURSE),
    Role.PROTECTION_BUREAU: (DUTIES, AGEING, COURSE),
}
QUEUES = (*DUTIES.queues, *COURSE.queues, *LATE)


class NetSite(DeskSite):
    """中国投资者网证券期货纠纷在线调解平台: the desk."""

    site_header = _("中国投资者网证券期货纠纷在线调解平台")
    site_title = _("投资者网")
    rights = rights
    ring = staticmethod(ring)
    entrants = DESK
    sections = (
        cases_section(SUPERVISORS, QUEUES),
        exchange_section(RUNNERS),
        calendar_section(DESK, editors=frozenset({Role.OPERATOR})),
        tokens_section(frozenset({Role.OPERATOR}), SCOPES),
        rules_section(DESK),
    )

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what this visitor should know first; who runs the platform begins with the docking."""
        visitor = self.visitor(request)
        if visitor is None or not visitor.roles & FIRST_PAGES.keys():
            return HttpResponseRedirect(self.url("exchange"))
        return show_first_page(self, request, FIRST_PAGES, urgent=frozenset({Role.UNIT}))


site = NetSite(name="net_admin")
register_roster(site, units=True)
