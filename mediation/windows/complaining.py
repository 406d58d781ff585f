"""A party's complaint about the organisation or the mediators of its case (TY-28, ZX-29), filed with the court.

Lives here: the page of a case at which parties complain, take a complaint back and read the decision. Does not live
here: deciding (``adminkit.complaints``), what follows (the roster's door).
Called by: ``addresses``. The other platform only says where to complain; what is written never leaves the court.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import platform, rosters
from mediation.actor import Actor
from mediation.platform import seats_of
from mediation.vocabulary import ComplaintGround, ComplaintState, Consequence, Seat
from mediation.windows import filewords
from mediation.windows.moveforms import CleanText, terms
from mediation.windows.pages import PEOPLE, citations, label_of
from mediation.windows.portal import CaseWindow
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import moves
from roster import queries as roster
from roster.facts import Malformed
from roster.models import Complaint
from roster.moves import Refused


class ComplaintForm(WordedForm):
    """Whom the complaint is about, on what ground, and what happened."""

    about = forms.ChoiceField(
        label=gettext_lazy("投诉谁"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择被投诉的调解组织或者调解员。")},
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("投诉事由"),
        widget=forms.RadioSelect,
        choices=lambda: terms(ComplaintGround),
        error_messages={"required": gettext_lazy("请选择投诉事由。")},
    )
    text = CleanText(
        label=gettext_lazy("事实和理由"),
        help_text=gettext_lazy("写明时间、经过和证据线索。只有邀请法院看得到，对方当事人和调解组织看不到。"),
        error_messages={"required": gettext_lazy("请写明投诉的事实和理由。")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, whom: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer those who serve in the case."""
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = whom  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what the move states, save the court and the case."""
        kind, _colon, ref = self.cleaned_data["about"].partition(":")
        return {kind: ref, "ground": self.cleaned_data["ground"]}


class Complain(CaseWindow):
    """What a party has complained about in this case, and the form."""

    @property
    def is_court(self) -> bool:
        """Tell whether courts sit on this platform."""
        return Seat.COURT in seats_of(self.site.code)

    @property
    def actor(self) -> Actor:
        """The party or agent who complains; raises Http404 for anybody else."""
        found = next((actor for actor in self.actors if actor.role in PEOPLE), None)
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the page; on the organisations' platform, say where to complain."""
        actor = self.actor
        if not self.is_court:
            return self._elsewhere()
        return self._shown(actor, ComplaintForm(whom=self._whom(), initial={"key": uuid.uuid4()}))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """File a complaint, or take one back."""
        if not self.is_court:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        actor = self.actor
        if "withdraw" in request.POST:
            return self._withdraw(actor, request.POST["withdraw"])
        form = ComplaintForm(request.POST, whom=self._whom())
        if form.is_valid() and self._file(actor, form):
            messages.success(request, _("投诉已经送交邀请法院。处理结果在本页查看。"))
            return self.to("complain", ref=self.case.ref)
        return self._shown(actor, form, status=422)

    def _file(self, actor: Actor, form: ComplaintForm) -> bool:
        key = form.cleaned_data["key"]
        own = Complaint.objects.filter(platform=self.site.code, ref=key, complainant=actor.ref)
        facts = form.facts() | {"court": self.case.court, "case": str(self.case.ref)}
        try:
            rosters.perform(
                moves.new("complaint", self.site.code, key),
                "file",
                by=actor,
                at=self.at,
                facts=facts,
                text=form.cleaned_data["text"],
            )
        except (Refused, Malformed) as wrong:
            # A form that was sent twice answers as it did the first time.
            if own.exists():
                return True
            form.add_error(None, filewords.said(wrong, self.at))
            return False
        self.site.ring()
        return True

    def _withdraw(self, actor: Actor, ref: str) -> HttpResponse:
        row = next((one for one in self._own() if str(one.ref) == ref), None)
        if row is None:
            raise Http404
        try:
            rosters.perform(row, "withdraw", by=self._by(row, actor), at=self.at)
        except (Refused, Malformed) as wrong:
            messages.error(self.request, filewords.said(wrong, self.at))
        else:
            self.site.ring()
            messages.success(self.request, _("投诉已经撤回。"))
        return self.to("complain", ref=self.case.ref)

    def _by(self, row: Complaint, actor: Actor) -> Actor:
        return next((one for one in self.actors if one.ref == row.complainant), actor)

    def _own(self) -> list[Complaint]:
        """Return what this reader has complained about in this case; another party's complaints are not theirs."""
        refs = [actor.ref for actor in self.actors if actor.role in PEOPLE]
        rows = Complaint.objects.filter(platform=self.site.code, complainant__in=refs, case=str(self.case.ref))
        return list(rows.order_by("-pk")[:20])

    def _whom(self) -> list[tuple[str, str]]:
        """Return the organisation of the case and its mediators, with their names."""
        names = self.view.names
        found = []
        if ref := self.case.organisation:
            found.append((f"organisation:{ref}", names.organisations.get(ref, ref)))
        for ref in self.case.sheet.get("mediators", ()):
            found.append((f"mediator:{ref}", _("调解员 %(name)s") % {"name": names.mediators.get(ref, ref)}))
        return found

    def _shown(self, actor: Actor, form: ComplaintForm, status: int = 200) -> HttpResponse:
        rows = self._own()
        names: dict[str, str] = {}
        for value, label in self._whom():
            names[value.partition(":")[2]] = label
        court = roster.court(self.case.court)
        context = {
            "title": self.view.title,
            "form": form,
            "whom": form.fields["about"].choices,  # type: ignore[attr-defined]
            "court": court.name if court else self.case.court,
            "article": citations(["TY-28", "ZX-29"], local_day(self.at)),
            "complaints": [self._row(one, names) for one in rows],
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(_("投诉")),
        }
        return self.page("complain", context, status=status)

    def _row(self, one: Complaint, names: dict[str, str]) -> dict[str, Any]:
        file = None if str(one.entrant) in names else roster.file_of(one)
        state = ComplaintState(one.state)
        return {
            "ref": one.ref,
            "name": names.get(str(one.entrant)) or (file.name if file else ""),
            "ground": label_of(ComplaintGround(one.ground)),
            "state": label_of(state),
            "consequence": label_of(Consequence(one.consequence)) if one.consequence else "",
            "filed_at": one.filed_at,
            "decided_at": one.decided_at,
            "text": moves.text_of(one, 1),
            "decision": moves.text_of(one, one.entries) if one.decided_at else "",
            "open": state is ComplaintState.FILED,
        }

    def _elsewhere(self) -> HttpResponse:
        home = platform.home_of(Seat.COURT)
        court = roster.court(self.case.court)
        context = {
            "title": self.view.title,
            "court": court.name if court else "",
            "article": citations(["TY-28", "ZX-29"], local_day(self.at)),
            "court_url": reverse(f"{home}:work") if platform.is_local(home) else "",
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(_("投诉")),
        }
        return self.page("complain_elsewhere", context)
