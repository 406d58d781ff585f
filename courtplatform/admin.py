"""The court's admin site: the desk of clerks, judges, court leaders, the SPC's divisions and operators.

Lives here: which lists each role works through, and which sections the site has. Does not live here: how they work
(``mediation.adminkit``), who may see which case (``access``).
Called by: ``mediation.project``, which mounts ``site``.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from courtplatform.access import COURT_STAFF, DESK, NATIONAL, rights
from mediation.adminkit.calendar import calendar_section, rules_section
from mediation.adminkit.casepages import cases_section
from mediation.adminkit.filing import FILERS, filing_section
from mediation.adminkit.firstpage import Group, show_first_page
from mediation.adminkit.registers import register_roster, tokens_section
from mediation.adminkit.site import DeskSite
from mediation.adminkit.worklist import Queue, due_today, flagged, in_states, late_by, objected, overdue, undelivered
from mediation.api.authentication import SCOPES
from mediation.exchange.admin import exchange_section
from mediation.exchange.tasks import ring
from mediation.vocabulary import Role, State

NEW = Queue("new", _("新收申请"), in_states(State.FILED), "waiting")
CONSULTING = Queue("consulting", _("征询意愿"), in_states(State.CONSULTING))
READY = Queue("ready", _("待委派委托"), in_states(State.READY), "waiting")
WAITING = Queue("waiting", _("等待组织答复"), in_states(State.DELEGATED, State.PROOF_SOUGHT), "handed")
FLAGGED = Queue("flagged", _("答复已过第三个工作日"), flagged(State.DELEGATED), "waiting")
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
LATE = (
    Queue("late-3", _("超期3日以内"), late_by(0, 3), "waiting"),
    Queue("late-10", _("超期4至10日"), late_by(3, 10), "bad"),
    Queue("late-30", _("超期11至30日"), late_by(10, 30), "bad"),
    Queue("late-more", _("超期30日以上"), late_by(30, None), "bad"),
)
ALL = (
    NEW,
    CONSULTING,
    READY,
    WAITING,
    FLAGGED,
    TODAY,
    OVERDUE,
    HANDED_BACK,
    SOUGHT,
    REVIEW,
    RETURNED,
    DECREES,
    SERVING,
)

REVIEWING = Group(_("司法确认和调解书"), (SOUGHT, REVIEW, RETURNED, DECREES, SERVING, OBJECTED))
INTAKE = Group(_("收案和委派委托"), (NEW, CONSULTING, READY, WAITING, FLAGGED, HANDED_BACK))
PERIODS = Group(_("期限和对接"), (TODAY, OVERDUE, UNDELIVERED))
AGEING = Group(_("超期分布"), LATE, _("以自然日计算；一件案件有几项期限超期的，分别计入。"))

FIRST_PAGES: dict[Role, tuple[Group, ...]] = {
    Role.JUDGE: (REVIEWING, PERIODS),
    Role.CLERK: (PERIODS, INTAKE, REVIEWING),
    Role.COURT_LEADER: (PERIODS, AGEING, INTAKE, REVIEWING),
    Role.SPC_DOCKETING: (PERIODS, AGEING, INTAKE, REVIEWING),
    Role.SPC_CIVIL2: (PERIODS, AGEING, REVIEWING, INTAKE),
}
"""What each role sees first; somebody with several posts sees the first of these that is theirs."""


class CourtSite(DeskSite):
    """人民法院调解平台: the desk."""

    site_header = _("人民法院调解平台")
    site_title = _("人民法院调解平台")
    rights = rights
    ring = staticmethod(ring)
    entrants = DESK
    filers = FILERS
    sections = (
        cases_section(COURT_STAFF | NATIONAL, (*ALL, OBJECTED, UNDELIVERED, *LATE)),
        filing_section(),
        exchange_section(frozenset({Role.OPERATOR})),
        calendar_section(DESK, editors=frozenset({Role.OPERATOR})),
        tokens_section(frozenset({Role.OPERATOR}), SCOPES),
        rules_section(DESK),
    )

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what waits for this visitor."""
        visitor = self.visitor(request)
        if visitor is None or not visitor.roles & FIRST_PAGES.keys():
            return HttpResponseRedirect(self.url("exchange"))
        return show_first_page(self, request, FIRST_PAGES, urgent=COURT_STAFF)


site = CourtSite(name="court_admin")
register_roster(site)
