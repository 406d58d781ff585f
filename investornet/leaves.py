"""Planned absence of an organisation's mediators, and passing their cases on meanwhile.

Lives here: the page of one organisation. Does not live here: who is away (``mediation.duty``), whose turn it is
(``rotation``), the appointment itself (the move's page: whoever is appointed is told from then on, whoever was before
is told no more).
Called by: ``urls``.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from investornet import rotation
from investornet.actions import appoint_by_turn
from investornet.portal import MOST_WAITING, SITE, OrganisationWindow, say_turns
from mediation import duty
from mediation.models import Absence, CaseSet
from mediation.windows.moveforms import DayField
from mediation.windows.pages import list_rows
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster

APPOINT = "appoint_mediator"


class LeaveForm(WordedForm):
    """Which mediator is away, from when until when."""

    since = DayField(label=_("开始日期"))
    until = DayField(label=_("结束日期"), help_text=_("包括这一天。"))
    field_order = ("mediator", "since", "until")

    def __init__(self, organisation: str, *args: Any, **kwargs: Any) -> None:
        """Offer the organisation's own mediators."""
        super().__init__(*args, **kwargs)
        options = [(str(one.ref), one.name) for one in roster.mediators_of(SITE.code, organisation)]
        self.fields["mediator"] = forms.ChoiceField(label=_("调解员"), choices=[("", _("请选择")), *options])
        self.order_fields(self.field_order)


class Leaves(OrganisationWindow):
    """Who is or will be away, the cases of whoever is, and who takes them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._shown(LeaveForm(self.actor.seat))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note an absence, or take one back."""
        by = self.actor
        if "pass_on" in request.POST:
            return self._passed_on(request.POST["pass_on"])
        if "back" in request.POST:
            key = request.POST["back"]
            held = self._absences().filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
            if held is None:
                raise Http404
            duty.end_leave(held, by=by, at=self.at)
            messages.success(request, gettext("已销假。"))
            return self.to("leaves")
        form = LeaveForm(by.seat, request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                duty.note_leave(SITE.code, given["mediator"], given["since"], given["until"], by=by, at=self.at)
            except duty.NotLeave as wrong:
                form.add_error("until", gettext(str(wrong)))
            else:
                messages.success(request, gettext("已登记请假。请把需要办理的案件交给其他调解员。"))
                return self.to("leaves")
        return self._shown(form, 422)

    def _passed_on(self, mediator: str) -> HttpResponse:
        """Appoint somebody else by turn in every case of a mediator who is away."""
        if mediator not in {str(one.who) for one in self._absences()}:
            raise Http404
        cases = list(self._of(mediator)[:MOST_WAITING])
        say_turns(self.request, cases, appoint_by_turn(cases, self.actor, self.at, [mediator]), self.at)
        return self.to("leaves")

    def _of(self, mediator: str) -> CaseSet:
        """Return the cases of the organisation in which something waits for somebody, the oldest first."""
        return rotation.served_by(SITE.code, self.actor.seat, [mediator])

    def _names(self) -> dict[str, str]:
        return {str(one.ref): one.name for one in roster.mediators_of(SITE.code, self.actor.seat)}

    def _absences(self) -> Any:
        return duty.absences(SITE.code, self._names(), local_day(self.at))

    def _shown(self, form: LeaveForm, status: int = 200) -> HttpResponse:
        names = self._names()
        gone: list[Absence] = list(self._absences())
        carried = {ref: rows for ref in {str(one.who) for one in gone} if (rows := self._cases(ref))}
        context = {
            "form": form,
            "leaves": [{"row": one, "name": names[str(one.who)]} for one in gone],
            "groups": [{"mediator": ref, "name": names[ref], "rows": rows} for ref, rows in carried.items()],
        }
        return self.page("leaves", context, status)

    def _cases(self, mediator: str) -> list[dict[str, Any]]:
        """Return the rows of a mediator's cases, each with whom one press of a button appoints instead."""
        cases = list(self._of(mediator)[:MOST_WAITING])
        offered = rotation.turns(SITE.code, self.actor.seat, cases, self.at, gone=[mediator])
        return [
            {**row, "appoint_url": SITE.url("move", ref=case.ref, move=APPOINT), "turn": offered.get(case.pk)}
            for case, row in zip(cases, list_rows(cases, self.at, SITE.links), strict=True)
        ]
