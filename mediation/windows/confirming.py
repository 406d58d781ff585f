"""Applying together, for judicial confirmation or for a decree: one page, one yes from each party (CPL-205, C15).

Lives here: the page, and what of it the court's desk shows as well: the materials of JI-354, the period as it was
counted, who has agreed. Does not live here: which courts are competent (``competence``), the moves, the desk.
Called by: ``addresses``; ``adminkit.reviewing``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from mediation import competence, guards, moves
from mediation.actor import Actor
from mediation.competence import Competent
from mediation.lifecycle import MOVES
from mediation.models import Request
from mediation.moves import Refused, options
from mediation.papers import confirming, wording
from mediation.papers.record import Record
from mediation.vocabulary import ClockKind, CourtLink, DocumentKind, PaperKind, Track
from mediation.windows import actions
from mediation.windows.pages import PEOPLE, CaseView, citations, label_of, spoken_instant
from mediation.windows.portal import CaseWindow, not_now
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster

OTHER = "other"
WHY_COURT = {
    CourtLink.DOMICILE: gettext_lazy("当事人%(who)s住所地的法院"),
    CourtLink.ORGANISATION: gettext_lazy("调解组织%(who)s所在地的法院"),
    CourtLink.SUBJECT: gettext_lazy("标的物所在地的法院"),
}
INVITED = gettext_lazy("邀请本次调解的法院，只能向它申请")
PROPOSED = gettext_lazy("对方已经选择的法院")
CHOSEN = gettext_lazy("您已经选择的法院")
READY, MISSING, OPTIONAL = "ready", "missing", "optional"


@dataclass(frozen=True)
class Material:
    """One of the materials that an application needs (JI-354): whether it is there, and where to look at it."""

    label: str
    state: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Yes:
    """One party, and when it agreed; an empty ``at`` means not yet."""

    who: str
    side: str
    at: str
    mine: bool


def materials(view: CaseView, paper: Callable[[PaperKind], str]) -> list[Material]:
    """Return the four materials of JI-354 with what is still missing; ``paper`` gives the address of a paper."""
    case, record = view.case, Record(view.case, view.at, view.events)
    signed = next((one for one in reversed(view.filed) if one.kind == DocumentKind.AGREEMENT), None)
    sealed = confirming.sealed_by_organisation(record)
    proof = next((one for one in view.filed if one.kind == DocumentKind.ORGANISATION_PROOF), None)
    property_ = [one for one in view.filed if one.kind == DocumentKind.PROPERTY]
    lacking = [
        person["name"]
        for person in view.people
        if not (view.everybody[person["ref"]].identity_number and view.everybody[person["ref"]].phone)
    ]
    agreement = Material(
        label_of(DocumentKind.AGREEMENT),
        READY if guards.all_signed(case) else MISSING,
        "" if signed else _("已签署的文件正在制作，做好后自动入卷"),
        view.links.document(case, signed) if signed and signed.present else "",
    )
    proved = Material(
        label_of(DocumentKind.ORGANISATION_PROOF),
        READY if sealed or proof else MISSING,
        _("由平台按调解过程的记录制作") if sealed else "" if proof else _("等待调解组织盖章或者证明"),
        paper(PaperKind.MEDIATION_PROOF)
        if sealed
        else view.links.document(case, proof)
        if proof and proof.present
        else "",
    )
    owned = Material(
        label_of(DocumentKind.PROPERTY),
        READY if property_ else OPTIONAL,
        _("%(count)d份") % {"count": len(property_)}
        if property_
        else _("协议处分的财产需要证明权属的，请提交；没有的不必提交"),
        view.links.document(case, property_[0]) if property_ and property_[0].present else "",
    )
    known = Material(
        _("各方的身份、住所、联系方式"),
        MISSING if lacking else READY,
        _("缺少证件号码或者电话：%(names)s") % {"names": _("、").join(lacking)} if lacking else _("已经登记，随案移送"),
        next((one.url for one in view.moves if one.name == "amend_parties" and one.available), "") if lacking else "",
    )
    return [agreement, proved, owned, known]


def agreed(view: CaseView, move: str, *, submitted: bool = False) -> list[Yes]:
    """Return every party with when it agreed to this proposal, or to the one that was ``submitted`` last."""
    said = view.case.sheet.get("proposals", {}).get(move, {}).get("yes", {})
    if submitted:
        said = {event.facts["party"]: event.at.isoformat() for event in view.events if event.move == move}
    return [
        Yes(
            person["name"],
            person["side_label"],
            spoken_instant(datetime.fromisoformat(said[person["ref"]])) if person["ref"] in said else "",
            person["mine"],
        )
        for person in view.people
    ]


def reckoned(view: CaseView, kind: ClockKind) -> str:
    """Return how the due day of a running clock came about; empty if none runs.

    In Chinese as papers word it, days of rest and the roll-over included; in other languages as the table of clocks.
    """
    if not (get_language() or "zh").startswith("zh"):
        return next((one.counted for one in view.clocks if one.kind == kind), "")
    clock = view.case.sheet.get("clocks", {}).get(kind)
    return wording.counted(clock, view.calendar) if clock else ""


def why_competent(one: Competent) -> str:
    """Return in words on which ground a court is competent (CPL-205)."""
    return str(WHY_COURT[one.link]) % {"who": one.who} if one.link else str(INVITED)


class JointForm(WordedForm):
    """One party's yes: at which court, where there is a choice."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(label=gettext_lazy("向哪一个法院申请"), widget=forms.RadioSelect)
    court = forms.ChoiceField(label=gettext_lazy("其他有管辖权的法院"), required=False)
    link = forms.ChoiceField(
        label=gettext_lazy("选择其他法院的理由"), required=False, help_text=gettext_lazy("只在选择其他法院时填写。")
    )

    def __init__(self, view: CaseView, move: str, *args: Any, **kwargs: Any) -> None:
        """Offer the courts the law points to; that of the other side's proposal comes first."""
        case = view.case
        self.asks_link = "link" in MOVES[move].facts
        self.terms: dict[str, dict[str, str]] = {}
        courts = [one for one in roster.courts() if one.level in competence.levels(case.cause)]
        names = {one.code: one.name for one in courts}
        shown: list[tuple[str, Any]] = []
        proposed = case.sheet.get("proposals", {}).get(move, {}).get("terms")
        known = CHOSEN if any(one.mine and one.at for one in agreed(view, move)) else PROPOSED
        for one in competence.find(case, view.everybody.values()):
            stated = {"court": one.code} | ({"link": one.link.value} if one.link and self.asks_link else {})
            said = known if stated == proposed and one.link else why_competent(one)
            shown.append((self._offer(stated), _("%(name)s（%(note)s）") % {"name": one.name, "note": said}))
        if proposed and proposed not in self.terms.values():
            called = names.get(proposed.get("court", ""), proposed.get("court", ""))
            shown.insert(0, (self._offer(proposed), _("%(name)s（%(note)s）") % {"name": called, "note": known}))
        if not competence.is_invited(case.track, case.sheet):
            shown.append((OTHER, _("其他有管辖权的法院")))
        first = next((code for code, stated in self.terms.items() if stated == proposed), shown[0][0])
        kwargs["initial"] = {"seen": case.entries, "key": str(uuid.uuid4()), "choice": first}
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = shown  # type: ignore[attr-defined]
        self.fields["court"].choices = [("", _("请选择")), *names.items()]  # type: ignore[attr-defined]
        links = [(one.value, label_of(one)) for one in CourtLink]
        self.fields["link"].choices = [("", _("请选择")), *links]  # type: ignore[attr-defined]
        if len(shown) == 1:
            self.fields["choice"].widget = forms.HiddenInput()
        if (OTHER, _("其他有管辖权的法院")) not in shown:
            del self.fields["court"], self.fields["link"]
        elif not self.asks_link:
            del self.fields["link"]

    def _offer(self, stated: dict[str, str]) -> str:
        code = f"court-{len(self.terms)}"
        self.terms[code] = stated
        return code

    @property
    def only(self) -> str:
        """The one court there is, with its reason; empty where there is a choice."""
        offered = self.fields["choice"].choices  # type: ignore[attr-defined]
        return str(offered[0][1]) if len(offered) == 1 else ""

    def clean(self) -> dict[str, Any]:
        """Check that another court is named with its reason."""
        given = super().clean() or {}
        if given.get("choice") == OTHER:
            for name in ("court", "link"):
                if name in self.fields and not given.get(name) and name not in self.errors:
                    self.add_error(name, _("请选择法院和选择它的理由。"))
        return given

    def stated(self) -> dict[str, str]:
        """Return the terms of the proposal."""
        given = self.cleaned_data
        if given["choice"] != OTHER:
            return self.terms[given["choice"]]
        return {"court": given["court"]} | ({"link": given["link"]} if self.asks_link else {})


class JointPage(CaseWindow):
    """Apply together: the period, the court with its reason, the materials, who has agreed, and one button."""

    move = "seek_confirmation"
    address = "confirmation"
    heading = gettext_lazy("共同申请司法确认")

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; raises Http404 for whoever is no party or agent."""
        return self._shown(JointForm(self.view, self.move) if self._open() is None else None)

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Say yes for everybody the reader acts for."""
        form = JointForm(self.view, self.move, request.POST)
        actor, before = self._actor(), self.case.state
        # A form sent twice is judged by the door, which knows its key.
        if not form.is_valid():
            return self._shown(form, 422)
        try:
            done = self._agree(form, actor)
        except Refused as refused:
            self.case.refresh_from_db()
            form.add_error(None, actions.spoken(refused, self.at))
            fresh = request.POST.copy()
            fresh["seen"] = str(self.case.entries)
            form.data = fresh
            return self._shown(form, 422)
        self.site.ring()
        waits = self.case.state == before
        messages.success(request, self._said(done, waits=waits))
        return self.to(self.address if waits else "case", ref=ref)

    def _actor(self) -> Actor:
        able = [actor for actor in self.actors if actor.role in PEOPLE]
        if not able:
            raise Http404
        return able[0]

    def _open(self) -> Refused | None:
        """Return why nobody can agree now, or None."""
        listed = {declared.name: why for declared, why in options(self.case, self._actor(), self.at)}
        return listed[self.move] if self.move in listed else not_now(self.move)

    def _agree(self, form: JointForm, actor: Actor) -> list[Any]:
        said = self.case.sheet.get("proposals", {}).get(self.move, {})
        stated, done = form.stated(), []
        given = set(said.get("yes", {})) if said.get("terms") == stated else set()
        seen: int | None = form.cleaned_data["seen"]
        with transaction.atomic():
            for party in guards.acts_for(self.case, actor):
                key = f"{self.account.ref.hex}/{form.cleaned_data['key']}/{party[:8]}"
                if party in given and not self._was_made(key):
                    continue
                facts = {"party": party, **stated}
                done.append(moves.perform(self.case, self.move, by=actor, at=self.at, facts=facts, seen=seen, key=key))
                seen = None
        return done

    def _was_made(self, key: str) -> bool:
        return self.case.events.filter(key=key).exists()

    def _said(self, done: list[Any], *, waits: bool) -> str:
        if any(isinstance(one, Request) for one in done):
            return _("已提交，等待对方平台记入。")
        if waits:
            return _("您已同意。各方都同意后，申请连同全部材料自动移送法院。")
        return _("各方都已同意，申请连同全部材料已经移送法院。")

    def _shown(self, form: JointForm | None, status: int = 200) -> HttpResponse:
        view, why = self.view, self._open()
        mine = [one for one in agreed(view, self.move) if one.mine]
        clock = next((one for one in view.clocks if one.kind == ClockKind.CONFIRM), None)
        return self.page(
            "confirmation",
            {
                "title": view.title,
                "heading": self.heading,
                "decree": self.move == "seek_decree",
                "form": form if why is None else None,
                "closed": actions.spoken(why, self.at) if why else "",
                "said": agreed(view, self.move),
                "done": bool(mine) and all(one.at for one in mine),
                "clock": clock if self.move == "seek_confirmation" else None,
                "reckoned": reckoned(view, ClockKind.CONFIRM),
                "materials": materials(view, lambda kind: self.site.url("paper", ref=self.case.ref, kind=kind.value)),
                "article": citations(MOVES[self.move].law, local_day(self.at)),
                "docket_first": self.move == "seek_decree" and self.case.track != Track.ENTRUSTED,
                "evidence_url": self.site.url("evidence", ref=self.case.ref),
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(str(self.heading)),
            },
            status,
        )


class DecreePage(JointPage):
    """Ask together for a decree: of an entrusted case at its court, otherwise at one that dockets first (C15)."""

    move = "seek_decree"
    address = "decree"
    heading = gettext_lazy("共同申请制作调解书")
