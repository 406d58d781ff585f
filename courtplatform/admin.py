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
from courtplatform.oversight import PLAN
from courtplatform.queues import (
    ASKED,
    CONSULTING,
    DECREES,
    FLAGGED,
    HANDED_BACK,
    LATE,
    NEW,
    OBJECTED,
    OVERDUE,
    READY,
    RETURNED,
    REVIEW,
    SENT_BACK,
    SERVING,
    SOUGHT,
    TODAY,
    UNDELIVERED,
    WAITING,
)
from mediation.adminkit.adoption import adoption_pages
from mediation.adminkit.board import with_queues
from mediation.adminkit.bulk import bulk_section
from mediation.adminkit.calendar import calendar_section, rules_section
from mediation.adminkit.casepages import cases_section
from mediation.adminkit.choosing import choosing_pages
from mediation.adminkit.complaints import complaint_pages, undecided
from mediation.adminkit.consenting import consenting_pages
from mediation.adminkit.entrants import awaiting, ending, entrants_section
from mediation.adminkit.filing import FILERS, filing_section
from mediation.adminkit.firstpage import Group, show_first_page
from mediation.adminkit.integrators import clients_section
from mediation.adminkit.oversight import oversight_section
from mediation.adminkit.papers import PAPER_PAGES
from mediation.adminkit.passports import PASSPORT_PAGES, passports_section
from mediation.adminkit.reassigning import reassigning_pages, stranded
from mediation.adminkit.recognitions import nominated, recognitions_section
from mediation.adminkit.registers import register_roster, tokens_section
from mediation.adminkit.serving import serving_pages
from mediation.adminkit.site import DeskSite
from mediation.adminkit.telling import messages_section, notices_section
from mediation.adminkit.worklist import OtherList
from mediation.api.authentication import SCOPES
from mediation.exchange.admin import exchange_section
from mediation.exchange.tasks import ring
from mediation.vocabulary import Role

ENTRIES = OtherList("entries", _("名册待确认"), awaiting, lambda site: site.url("entrants"), "waiting")
ENDING = OtherList(
    "ending", _("名册即将期满"), ending, lambda site: f"{site.url('entrants_roster')}?status=soon", "waiting"
)
COMPLAINTS = OtherList(
    "complaints", _("投诉待查证"), undecided, lambda site: f"{site.url('complaints')}?state=FILED", "bad"
)
STRANDED = OtherList("stranded", _("需要重新安排的案件"), stranded, lambda site: site.url("reassigning"), "bad")
RECOGNITIONS = OtherList(
    "recognitions", _("待共同认定"), nominated, lambda site: f"{site.url('recognitions')}?state=NOMINATED", "waiting"
)
ALL = (
    NEW,
    CONSULTING,
    READY,
    WAITING,
    FLAGGED,
    SENT_BACK,
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
INTAKE = Group(_("收案和委派委托"), (NEW, CONSULTING, READY, WAITING, FLAGGED, SENT_BACK, HANDED_BACK))
PERIODS = Group(_("期限和对接"), (OVERDUE, TODAY, UNDELIVERED, ASKED))
BULKERS = frozenset({Role.CLERK})
LISTED = with_queues((*ALL, OBJECTED, UNDELIVERED, ASKED, *LATE), PLAN)
ROSTER = Group(_("特邀名册"), (ENTRIES, ENDING, COMPLAINTS, STRANDED))
RECOGNISING = Group(_("共同认定"), (RECOGNITIONS,))
AGEING = Group(_("超期分布"), LATE, _("以自然日计算；一件案件有几项期限超期的，分别计入。"))

FIRST_PAGES: dict[Role, tuple[Group, ...]] = {
    Role.JUDGE: (REVIEWING, PERIODS),
    Role.CLERK: (PERIODS, INTAKE, REVIEWING, ROSTER),
    Role.COURT_LEADER: (PERIODS, AGEING, INTAKE, REVIEWING, ROSTER),
    Role.SPC_DOCKETING: (PERIODS, RECOGNISING, AGEING, INTAKE, REVIEWING),
    Role.SPC_CIVIL2: (PERIODS, RECOGNISING, AGEING, REVIEWING, INTAKE),
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
    bulkers = BULKERS
    sections = (
        cases_section(
            COURT_STAFF | NATIONAL,
            LISTED,
            (*PAPER_PAGES, *PASSPORT_PAGES, *choosing_pages(), *consenting_pages(), *serving_pages()),
        ),
        bulk_section(BULKERS, LISTED),
        filing_section(),
        entrants_section((*adoption_pages(), *complaint_pages(), *reassigning_pages())),
        recognitions_section(),
        passports_section(COURT_STAFF | {Role.OPERATOR}),
        oversight_section(NATIONAL | {Role.COURT_LEADER}, PLAN),
        notices_section(DESK),
        messages_section(frozenset({Role.OPERATOR})),
        exchange_section(frozenset({Role.OPERATOR})),
        calendar_section(DESK, editors=frozenset({Role.OPERATOR})),
        clients_section(frozenset({Role.OPERATOR}), SCOPES),
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
