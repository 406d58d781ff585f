"""Choosing together on line (ZX-10, TY-12): the court's roster with what ZX-5 publishes, and who has chosen what.

Lives here: the parties' page, and the two values that the clerk's page shows as well. Does not live here: ranking
(``mediation.choice``), the move (``choose_jointly``).
Called by: ``addresses``; ``adminkit.choosing``.

Parties are shown the organisations that may be chosen in an order drawn by lot for this case, not by name or by points.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mediation import choice
from mediation.lifecycle import MOVES
from mediation.moves import options
from mediation.vocabulary import ClockKind
from mediation.windows import actions
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import PEOPLE, CaseView, Running
from mediation.windows.portal import CaseWindow, not_now
from mediation.windows.register import described
from roster.models import Organisation

MOVE = "choose_jointly"
PERIODS = (ClockKind.CHOOSE, ClockKind.DESIGNATE)


@dataclass(frozen=True)
class Chosen:
    """What one party has chosen so far; an empty ``organisation`` means nothing yet."""

    who: str
    side: str
    organisation: str
    name: str


def choices_of(view: CaseView, names: dict[str, str]) -> list[Chosen]:
    """Return every party with what it has chosen; ``names`` are those of the organisations."""
    said = view.case.sheet.get("choices", {})
    return [
        Chosen(
            person["name"], person["side_label"], said.get(person["ref"], ""), names.get(said.get(person["ref"]), "")
        )
        for person in view.people
    ]


def periods(view: CaseView) -> list[Running]:
    """Return the two clocks of choosing that still run: two working days to choose, three to designate."""
    return [clock for clock in view.clocks if clock.kind in PERIODS]


class Choose(CaseWindow):
    """One party's choice, with both sides' choices and the roster before their eyes."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the roster; raises Http404 for whoever is no party or agent."""
        return self._shown(self._form())

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Note the choice."""
        form = self._form(request.POST)
        done = actions.submit(form, request, self.account, self.at)
        if done is None:
            return self._shown(form, 422)
        self.site.ring()
        self.case.refresh_from_db()
        if self.case.sheet.get("chosen"):
            messages.success(request, _("已办理“选择调解组织”：双方选择一致，已共同选定。"))
        else:
            messages.success(request, _("已办理“选择调解组织”。各方选择一致时，共同选定。"))
        return self.to("case", ref=self.case.ref)

    def _form(self, *posted: Any) -> MoveForm:
        able = [actor for actor in self.actors if actor.role in PEOPLE]
        if not able:
            raise Http404
        return MoveForm(MOVES[MOVE], self.case, able[0], self.at, *posted)

    def _shown(self, form: MoveForm, status: int = 200) -> HttpResponse:
        why = {declared.name: why for declared, why in options(self.case, form.actor, self.at)}
        closed = why[MOVE] if MOVE in why else not_now(MOVE)
        answer = choice.recommend(self.case, self.at)
        drawn = sorted(answer.ranked, key=lambda one: choice.lot(answer.question, one.file.ref))
        refs = [one.file.ref for one in drawn]
        rows = {str(one.ref): one for one in Organisation.objects.filter(platform=self.site.code, ref__in=refs)}
        names = {one.file.ref: one.file.name for one in (*answer.ranked, *answer.unfit)}
        ours = {person["ref"] for person in self.view.people if person["mine"]}
        own = next((self.case.sheet.get("choices", {}).get(ref, "") for ref in ours), "")
        return self.page(
            "choose",
            {
                "title": self.view.title,
                "form": form,
                "closed": actions.spoken(closed, self.at) if closed else "",
                "organisations": [
                    described(rows[ref])
                    | {"ref": ref, "url": self.site.url("roster_entry", ref=ref), "own": ref == own}
                    for ref in refs
                    if ref in rows
                ],
                "choices": choices_of(self.view, names),
                "clocks": periods(self.view),
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(_("共同选择调解组织")),
            },
            status,
        )
