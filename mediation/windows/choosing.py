"""Choosing together on line (ZX-10, TY-12): the court's roster with what ZX-5 publishes, and who has chosen what.

Lives here: the parties' page, and the clocks that the clerk's page shows as well. Does not live here: ranking
(``mediation.choice``), the moves (``choose_jointly``, ``leave_to_court``), what was chosen (``pages.Choices``).
Called by: ``addresses``; ``adminkit.choosing``.

Parties are shown the organisations that may be chosen in an order drawn by lot for this case, not by name or by points.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mediation import choice, guards
from mediation.lifecycle import MOVES
from mediation.moves import options
from mediation.vocabulary import ClockKind
from mediation.windows import actions
from mediation.windows.moveforms import MOST_OFFERED, MoveForm
from mediation.windows.pages import PEOPLE, CaseView, Running
from mediation.windows.portal import CaseWindow, not_now
from mediation.windows.register import described
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Organisation

MOVE, LEAVE = "choose_jointly", "leave_to_court"
PERIODS = (ClockKind.CHOOSE, ClockKind.DESIGNATE)


def periods(view: CaseView) -> list[Running]:
    """Return the two clocks of choosing that still run: two working days to choose, three to designate."""
    return [clock for clock in view.clocks if clock.kind in PERIODS]


class Choose(CaseWindow):
    """One party's choice, with both sides' choices and the roster before their eyes."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the roster; raises Http404 for whoever is no party or agent."""
        return self._shown(self._form())

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Note the choice, or that it is left to the court."""
        leaves = "leave" in request.POST
        given = request.POST.copy()
        given["mediator"] = given.get(f"mediator_{given.get('organisation', '')}", "")
        form = self._form(given, move=LEAVE if leaves else MOVE)
        done = actions.submit(form, self.account, self.at)
        if done is None:
            return self._shown(form, 422)
        self.site.ring()
        self.case.refresh_from_db()
        messages.success(request, self._said(leaves))
        return self.to("case", ref=self.case.ref)

    def _said(self, leaves: bool) -> str:
        """Return what has come of it so far."""
        if not leaves and self.case.sheet.get("chosen"):
            return _("已办理“选择调解组织”：双方选择一致，已共同选定。")
        if not leaves:
            return _("已办理“选择调解组织”。各方选择一致时，共同选定。")
        if guards.all_left_choice(self.case):
            return _("已办理“交由法院指定”：各方均交由法院指定，法院应当在三个工作日内指定。")
        return _("已办理“交由法院指定”。各方均交由法院指定的，法院随即指定；否则等待共同选择期限届满。")

    def _form(self, *posted: Any, move: str = MOVE) -> MoveForm:
        able = [actor for actor in self.actors if actor.role in PEOPLE]
        if not able:
            raise Http404
        return MoveForm(MOVES[move], self.case, able[0], self.at, *posted)

    def _shown(self, form: MoveForm, status: int = 200) -> HttpResponse:
        why = {declared.name: why for declared, why in options(self.case, form.actor, self.at)}
        closed, kept = (why[name] if name in why else not_now(name) for name in (MOVE, LEAVE))
        answer = choice.recommend(self.case, self.at)
        drawn = sorted(answer.ranked, key=lambda one: choice.lot(answer.question, one.file.ref))
        refs = [one.file.ref for one in drawn]
        rows = {str(one.ref): one for one in Organisation.objects.filter(platform=self.site.code, ref__in=refs)}
        ours = {person["ref"] for person in self.view.people if person["mine"]}
        own, named = (
            next((said[ref] for ref in ours if said.get(ref)), "")
            for said in (self.case.sheet.get("choices", {}), self.case.sheet.get("chosen_mediators", {}))
        )
        mediators = self._mediators(refs)
        return self.page(
            "choose",
            {
                "title": self.view.title,
                "form": form,
                "closed": actions.spoken(closed, self.at) if closed else "",
                "organisations": [
                    described(rows[ref])
                    | {
                        "ref": ref,
                        "url": self.site.url("roster_entry", ref=ref),
                        "own": ref == own,
                        "mediators": [
                            {"ref": one, "name": name, "own": one == named} for one, name in mediators.get(ref, ())
                        ],
                    }
                    for ref in refs
                    if ref in rows
                ],
                "choices": self.view.choices_by(),
                "leavable": kept is None,
                "clocks": periods(self.view),
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(_("共同选择调解组织")),
            },
            status,
        )

    def _mediators(self, organisations: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return the mediators of these organisations on the court's roster, by organisation: reference and name."""
        listed = roster.listed_mediators(self.site.code, self.case.court, local_day(self.at))
        found: dict[str, list[tuple[str, str]]] = {}
        for one in listed.filter(organisation__in=organisations)[:MOST_OFFERED]:
            found.setdefault(str(one.organisation), []).append((str(one.ref), one.name))
        return found
