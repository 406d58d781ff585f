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
from investornet.campaigndesk import bureau_group, campaign_section
from investornet.groupdesk import groups_section
from investornet.oversight import PLAN
from investornet.queues import (
    ACCEPTED,
    BREACHED,
    CONFIRMING,
    FLAGGED,
    LATE,
    MEDIATING,
    OVERDUE,
    REFUSED,
    SETTLED,
    SUSPENDED,
    TODAY,
    UNSETTLED,
    WAITING,
)
from investornet.rosterdesk import UNIT_GROUP, UNIT_LISTS, roster_sections
from mediation.adminkit.board import with_queues
from mediation.adminkit.calendar import calendar_section, rules_section
from mediation.adminkit.casepages import cases_section
from mediation.adminkit.complaints import told_section
from mediation.adminkit.firstpage import Group, show_first_page
from mediation.adminkit.integrators import clients_section
from mediation.adminkit.oversight import oversight_section
from mediation.adminkit.passports import passports_section
from mediation.adminkit.registers import register_roster, tokens_section
from mediation.adminkit.site import DeskSite
from mediation.adminkit.telling import messages_section, notices_section
from mediation.adminkit.transfers import transfers_section
from mediation.api.authentication import SCOPES
from mediation.exchange.admin import exchange_section
from mediation.exchange.tasks import ring
from mediation.vocabulary import Role

SUPERVISORS = frozenset({Role.UNIT, Role.PROTECTION_BUREAU})
RUNNERS = frozenset({Role.OPERATOR, Role.SERVICE_CENTRE})

ATTENTION = (BREACHED, OVERDUE, TODAY, FLAGGED, SUSPENDED)
PROGRESS = (WAITING, ACCEPTED, MEDIATING, SETTLED, CONFIRMING, REFUSED, UNSETTLED)
DUTIES = Group(
    _("需要关注"),
    ATTENTION,
    _("普通投资者提出调解请求的，证券公司、期货经营机构不得拒绝（证券法第九十四条、期货和衍生品法第五十六条）。"),
)
COURSE = Group(_("办理情况"), PROGRESS)
AGEING = Group(_("超期分布"), LATE, _("以自然日计算；一件案件有几项期限超期的，分别计入。"))

FIRST_PAGES: dict[Role, tuple[Group, ...]] = {
    Role.UNIT: (DUTIES, UNIT_GROUP, COURSE),
    Role.PROTECTION_BUREAU: (DUTIES, bureau_group(UNIT_LISTS), AGEING, COURSE),
}
QUEUES = with_queues((*ATTENTION, *PROGRESS, *LATE), PLAN)


class NetSite(DeskSite):
    """中国投资者网证券期货纠纷在线调解平台: the desk."""

    site_header = _("中国投资者网证券期货纠纷在线调解平台")
    site_title = _("投资者网")
    rights = rights
    ring = staticmethod(ring)
    entrants = DESK
    sections = (
        cases_section(SUPERVISORS, QUEUES),
        *roster_sections(),
        groups_section(),
        campaign_section(),
        oversight_section(SUPERVISORS, PLAN),
        told_section(SUPERVISORS),
        transfers_section(frozenset({Role.SERVICE_CENTRE})),
        notices_section(DESK),
        messages_section(RUNNERS),
        exchange_section(RUNNERS),
        passports_section(RUNNERS),
        calendar_section(DESK, editors=frozenset({Role.OPERATOR})),
        clients_section(frozenset({Role.OPERATOR}), SCOPES),
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
