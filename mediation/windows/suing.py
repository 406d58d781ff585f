"""Going to court without the other side: where to sue, with what, until when; one page to print and take along.

Lives here: the page. Does not live here: joint applications (``confirming``), enforcement (``performing``), which
courts are competent (``competence``). The platform files no suit: a suit is the party's own act (TY-25).
Called by: ``addresses``.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mediation import competence, guards
from mediation.lifecycle import FINAL
from mediation.papers.letters import receipt_code
from mediation.papers.performing import is_enforceable, limit
from mediation.papers.record import Record
from mediation.vocabulary import DocumentKind, PaperKind, State, Track
from mediation.windows.pages import PEOPLE, citations
from mediation.windows.portal import CaseWindow
from mediation.workdays import local_day

BROUGHT_ALONG = (DocumentKind.AGREEMENT, DocumentKind.ORGANISATION_PROOF, DocumentKind.CONTRACT, DocumentKind.TRADING)
"""Documents of the case that prove what a suit rests on, in this order."""

AT_COURT = (State.DOCKETED, State.TRIAL_RESUMED, State.DECREE_SOUGHT, State.DECREE_ISSUED)
"""States in which a court has the suit already."""


class Suing(CaseWindow):
    """Where and with what a party sues, over the agreement where there is one, otherwise over the dispute itself."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; raises Http404 for whoever is no party or agent of the case."""
        ours = {one for actor in self.actors if actor.role in PEOPLE for one in guards.acts_for(self.case, actor)}
        if not ours:
            raise Http404
        case, view = self.case, self.view
        record = Record(case, self.at, view.events)
        opened = view.events[0]
        agreed = guards.all_signed(case)
        stopped = next((one for one in reversed(view.events) if one.state != opened.state), opened)
        return self.page(
            "suing",
            {
                "title": view.title,
                "number": case.number,
                "agreed": agreed,
                "docketed": case.state in AT_COURT,
                "enforceable": is_enforceable(case, view.events) and bool(guards.open_obligations(case) or not agreed),
                "courts": self._courts(ours),
                "parties": [{"name": one["name"], "side": one["side_label"]} for one in view.people],
                "copies": len(view.people) - len(ours),
                "documents": [one for kind in BROUGHT_ALONG for one in view.filed if one.kind == kind and one.present],
                "case": case,
                "facts": bool(case.sheet.get("undisputed")) and guards.all_confirmed(case),
                "protection_at": opened.at,
                "code": receipt_code(opened.hash),
                "ended_at": stopped.at if case.state in FINAL or case.state == State.HANDED_BACK else None,
                "dues": sorted({date.fromisoformat(one["due_on"]) for one in guards.open_obligations(case)}),
                "until": limit(record),
                "over": (until := limit(record)) is not None and until < local_day(self.at),
                "article": citations(["TY-25"], view.today),
                "limit_article": citations(["CPL-250"], view.today),
                "copy_url": self._copy(),
                "performance_url": self.site.url("performance", ref=ref) if guards.obligations(case) else "",
                "case_url": self.site.url("case", ref=ref),
                "crumbs": self.crumbs(_("起诉")),
            },
        )

    def _courts(self, ours: set[str]) -> list[dict[str, Any]]:
        """Return where to sue: the court that has sent the case out, then those of the other side's domicile."""
        others = [one for ref, one in self.view.everybody.items() if one.side and ref not in ours]
        found = competence.at_domicile(self.case.cause, others)
        named = [{"name": one.name, "why": _("%(who)s住所地的法院") % {"who": one.who}} for one in found]
        if self.case.track in (Track.DELEGATED, Track.ENTRUSTED) and self.case.court:
            first = Record(self.case, self.at).court
            why = _("委派或者委托本次调解的法院，案件材料已在该院")
            named = [{"name": first, "why": why}, *(one for one in named if one["name"] != first)]
        return named

    def _copy(self) -> str:
        """Return the address of the copy of the application, for whoever may have it."""
        allowed = self.site.rights.papers(self.case, self.actors)
        filed = self.view.events[0].move in ("file", "apply")
        held = filed and PaperKind.COPY in allowed
        return self.site.url("paper", ref=self.case.ref, kind=PaperKind.COPY.value) if held else ""
