"""Reviewing an agreement before the organisation's seal, and the log of seals (用印登记).

Lives here: the pages. Does not live here: the seal itself (the move ``sign`` of an organisation), what is wrong with an
agreement (``clauses.defects``), the signed file (``signatures``).
Called by: ``urls``. A review is the move ``review_seal``: of one exact version, by its digest, with who made it; the
door lets no organisation seal without one.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from investornet.portal import SITE, OrganisationWindow
from mediation import guards, moves
from mediation.actor import Actor
from mediation.clauses import drafts
from mediation.clauses.agreement import Body
from mediation.flaws import Defect
from mediation.lifecycle import MOVES
from mediation.models import AgreementDraft, Case, CaseEvent
from mediation.moves import Refused, kind_of
from mediation.signatures import frozen
from mediation.vocabulary import Role, State
from mediation.windows import actions
from mediation.windows.drafting import translated
from mediation.windows.pages import citations, list_rows, sides
from mediation.windows.portal import CaseWindow, MovePage
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster.models import Account

REVIEWING, SEALING = kind_of("review_seal"), kind_of("sign")
PAGE = 50
MOST_WAITING = 50
POINTS: dict[str, tuple[str, ...]] = {
    "people": ("CPL-62", "TY-23"),
    "clear": ("JI-358(5)",),
    "lawful": ("JI-358(1)",),
    "genuine": ("TY-18",),
}
"""What whoever reviews confirms, one by one, with its articles; the words are the rule table's."""


class ReviewForm(WordedForm):
    """What is confirmed before the seal."""

    def __init__(self, at: Any, *args: Any, **kwargs: Any) -> None:
        """Ask for every point, with its article."""
        super().__init__(*args, **kwargs)
        missing = {"required": _("请先核对并确认这一项。")}
        for name, law in POINTS.items():
            label, hint = _(MOVES["review_seal"].facts[name].label), citations(law, local_day(at))
            self.fields[name] = forms.BooleanField(label=label, help_text=hint, error_messages=missing)


class SealWindow(CaseWindow):
    """A page about the seal on one agreement, for the organisation of the case."""

    def keeper(self) -> Actor:
        """Return the organisation's capacity; raises Http404 for everybody else."""
        found = next((actor for actor in self.actors if actor.role is Role.ORGANISATION), None)
        if found is None:
            raise Http404
        return found


class SealReview(SealWindow):
    """Everything that is to be looked at before the seal on one page; the seal only after it was confirmed."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it."""
        self.keeper()
        return self._shown(ReviewForm(self.at))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Note the review and lead on to the seal."""
        by, form = self.keeper(), ReviewForm(self.at, request.POST)
        agreement = self.case.sheet.get("agreement", {})
        if not guards.is_waiting_for_seal(self.case) or agreement.get("review"):
            return self._shown(form, 409)
        if request.POST.get("digest") != agreement["digest"]:
            form.add_error(None, gettext("协议有了新的版本，请重新核对。"))
        if not form.is_valid():
            return self._shown(form, 422)
        stated = {"digest": agreement["digest"]} | {name: form.cleaned_data[name] for name in POINTS}
        try:
            moves.perform(self.case, "review_seal", by=by, at=self.at, facts=stated)
        except Refused as refused:
            form.add_error(None, actions.spoken(refused, self.at))
            return self._shown(form, 409)
        self.site.ring()
        messages.success(request, gettext("核对情况已登记，可以盖章。"))
        return self.to("move", ref=ref, move="sign")

    @cached_property
    def draft(self) -> AgreementDraft | None:
        """The version from which the agreement was printed; None for one that came as a text or a file."""
        digest = self.case.sheet.get("agreement", {}).get("digest", "")
        return AgreementDraft.objects.filter(case=self.case, digest=digest).first() if digest else None

    def _doubts(self) -> list[Defect]:
        """Return what the checks find in the version now agreed: clause by clause, or else in its words."""
        if self.draft is not None:
            return drafts.examine(self.case, Body.load(self.draft.body), self.at)
        held = frozen.current(self.case)
        full = self.case.sheet.get("agreement", {}).get("full", True)
        return moves.found_in(self.case, {"text": held.text}, self.at, full=full) if held is not None else []

    def _shown(self, form: ReviewForm, status: int = 200) -> HttpResponse:
        case, today = self.case, local_day(self.at)
        held, made = frozen.current(case), case.sheet.get("agreement", {}).get("review")
        signatures = case.sheet.get("agreement", {}).get("signatures", {})
        agents = [
            gettext("%(name)s：%(agent)s（%(authority)s）")
            % {"name": person["name"], "agent": agent["name"], "authority": agent["authority_label"]}
            for person in self.view.people
            for agent in person["agents"]
        ]
        context = {
            "title": self.view.title,
            "form": form,
            "waiting": guards.is_waiting_for_seal(case),
            "frozen": held,
            "frozen_url": SITE.url("frozen_agreement", ref=case.ref, version=held.version) if held else "",
            "digest": case.sheet.get("agreement", {}).get("digest", ""),
            "found": [
                {
                    "must": one.must,
                    "text": gettext(one.said) % translated(one.params),
                    "mend": gettext(one.mend),
                    "article": citations(one.law, today),
                }
                for one in self._doubts()
            ],
            "in_words": self.draft is None,
            "parties": [
                {"name": person["name"], "side": person["side_label"], "signed": person["ref"] in signatures}
                for person in self.view.people
            ],
            "agents": agents,
            "obligations": self.view.obligations,
            "review": _told(made) if made else None,
            "refuse_url": SITE.url("move", ref=case.ref, move="refuse_seal"),
            "sign_url": SITE.url("move", ref=case.ref, move="sign"),
            "case_url": SITE.url("case", ref=case.ref),
            "crumbs": self.crumbs(gettext("盖章前核对")),
        }
        return self.page("seal_review", context, status)


class SignPage(MovePage):
    """The form of the move ``sign``; an organisation comes to it only after it has reviewed this version."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead to the review first where none was made."""
        self.setup(request, *args, **kwargs)
        if request.user.is_authenticated and self._reviews_first():
            messages.info(request, gettext("盖章以前，请先逐项核对协议。"))
            return self.to("seal", ref=self.case.ref)
        return super().dispatch(request, *args, **kwargs)

    def _reviews_first(self) -> bool:
        seals = any(actor.role is Role.ORGANISATION for actor in self.actors)
        reviewed = self.case.sheet.get("agreement", {}).get("review")
        return seals and guards.is_waiting_for_seal(self.case) and not reviewed


class Seals(OrganisationWindow):
    """What waits for the seal, and every seal that was set or refused: which version, by whom, reviewed by whom."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the log."""
        seat = self.actor.seat
        ours = Case.objects.of(SITE.code).filter(organisation=seat)
        settled = ours.filter(state=State.SETTLED).order_by("filed_at", "id")[:MOST_WAITING]
        waiting = [case for case in settled if guards.is_waiting_for_seal(case)]
        rows = list_rows(waiting, self.at, SITE.links)
        made = CaseEvent.objects.filter(platform=SITE.code, kind=SEALING, by__role=Role.ORGANISATION, by__seat=seat)
        text = request.GET.get("before", "")
        if text.isdecimal() and len(text) < 19:
            made = made.filter(pk__lt=int(text))
        found = list(made.select_related("case").prefetch_related("case__people").order_by("-pk")[: PAGE + 1])
        refused = ours.filter(sheet__has_key="seal_refused_at").prefetch_related("people").order_by("-filed_at")
        context = {
            "waiting": [{**row, "url": SITE.url("seal", ref=row["ref"])} for row in rows],
            "rows": self._logged(found[:PAGE]),
            "refused": [
                {"number": case.called, "title": sides(case), "url": SITE.links.case(case)}
                for case in refused[:MOST_WAITING]
            ],
            "older_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
            "newer_url": SITE.url("seals") if text else "",
        }
        return self.page("seals", context)

    def _logged(self, events: list[CaseEvent]) -> list[dict[str, Any]]:
        made = CaseEvent.objects.filter(case__in=[event.case_id for event in events], kind=REVIEWING).order_by("number")
        reviews = {(one.case_id, one.facts["digest"]): one for one in made}
        names = _names([one.by["ref"] for one in (*events, *reviews.values())])
        rows = []
        for event in events:
            review = reviews.get((event.case_id, event.facts["digest"]))
            rows.append(
                {
                    "number": event.case.called,
                    "title": sides(event.case),
                    "url": SITE.links.case(event.case),
                    "entry": event.number,
                    "digest": event.facts["digest"],
                    "at": event.at,
                    "by": names.get(event.by["ref"], ""),
                    "reviewer": names.get(review.by["ref"], "") if review else "",
                    "reviewed_at": review.at if review else None,
                }
            )
        return rows


def _told(review: dict[str, str]) -> dict[str, Any]:
    """Return who made a review and when."""
    return {"who": _names([review["by"]]).get(review["by"], ""), "at": datetime.fromisoformat(review["at"])}


def _names(refs: list[str]) -> dict[str, str]:
    """Return what the accounts behind these references are called."""
    found = Account.objects.filter(ref__in=refs).values_list("ref", "name")
    return {str(ref): name for ref, name in found}
