"""An agreement before the court: the clerk's completeness check, the judge's checklist, what is served on whom.

Lives here: the panel of the case page, what forms of a court's decisions start from, a decree compared with the
agreement. Does not live here: deciding (the door), the wording of drafts (``papers.judging``), materials
(``windows.confirming``).
Called by: ``casepages``.

What is found here only asks a human to look: nothing is refused because of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import flaws, guards
from mediation.adminkit.site import DeskSite
from mediation.clauses.differences import Passage, words
from mediation.models import Case, Party
from mediation.papers import confirming, judging
from mediation.papers.record import Record
from mediation.vocabulary import (
    ClockKind,
    PaperKind,
    RefusalGround,
    RejectGround,
    ServiceSubject,
    Side,
    State,
    SuspendGround,
    Term,
)
from mediation.windows.confirming import MISSING, Material, Yes, agreed, materials, reckoned
from mediation.windows.pages import CaseView, label_of, spoken_day, spoken_instant
from mediation.workdays import local_day

BEFORE = (State.CONFIRMATION_SOUGHT, State.CONFIRMATION_REVIEW, State.AGREEMENT_RETURNED, State.DECREE_SOUGHT)
PERIOD = (State.CONFIRMATION_SOUGHT, State.CONFIRMATION_REVIEW)
"""Where the thirty days for an application matter; a decree has none."""

AFTER = (State.CONFIRMED, State.DECREE_ISSUED, State.CONFIRMATION_REFUSED)
DECIDED: Mapping[State, tuple[str, ...]] = {
    State.CONFIRMED: ("confirm",),
    State.DECREE_ISSUED: ("issue_decree",),
    State.CONFIRMATION_REFUSED: ("refuse_confirmation", "reject_confirmation", "revoke_confirmation"),
}
"""What was decided last, and is to be served."""

STEPS = (
    "accept_confirmation",
    "confirm",
    "docket_for_decree",
    "issue_decree",
    "reject_objection",
    "ask_supplement",
    "extend_review",
    "withdraw_suit",
    "refuse_confirmation",
    "reject_confirmation",
    "deem_withdrawn",
    "refuse_decree",
    "revoke_confirmation",
)
"""A court's acts about an agreement, in the order in which they are thought of."""

HINTED: Mapping[str, tuple[Term, ...]] = {
    "JI-355(1)": (RefusalGround.OUTSIDE_REMIT,),
    "JI-355(2)": (RefusalGround.WRONG_COURT,),
    "JI-355(3)": (RefusalGround.STATUS_RELATION,),
    "JI-355(4)": (RefusalGround.OTHER_PROCEDURE,),
    "JI-355(5)": (RefusalGround.OWNERSHIP,),
    "JI-358(1)": (RejectGround.UNLAWFUL,),
    "JI-358(2)": (RejectGround.HARMFUL,),
    "JI-358(3)": (RejectGround.PUBLIC_ORDER,),
    "JI-358(4)": (RejectGround.INVOLUNTARY,),
    "JI-358(5)": (RejectGround.UNCLEAR,),
}
"""Under which ground a hint stands, by the article it names first."""

SUPPLEMENT_DAYS = 7
"""What the form of a notice to supplement suggests; the court sets the period."""

OFTEN = 3
"""From how many cases between the same two sides a judge is told of it: this platform's own figure."""

ALIKE = 0.55
"""From which likeness on two passages are taken for the same clause."""


@dataclass(frozen=True)
class Check:
    """One line of a checklist: the ground, and what in the agreement hints at it."""

    label: str
    hints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Served:
    """One party, and when it was served with the decision and signed for it; empty texts mean not yet."""

    name: str
    served: str
    received: str


@dataclass(frozen=True)
class Review:
    """Everything the desk shows of an agreement before or after the court's decision."""

    heading: str
    why_court: str
    in_time: str
    materials: list[Material]
    missing: list[str]
    said: list[Yes]
    clauses: list[str]
    checks: list[Check]
    flags: list[str]
    served: list[Served]
    objection: str
    steps: list[dict[str, Any]]


@dataclass(frozen=True)
class Compared:
    """One clause of the agreement beside the passage of the decree that is likest to it: what went and what came."""

    same: bool
    passages: list[Passage]


HEADINGS: Mapping[State, Any] = {
    State.CONFIRMATION_SOUGHT: gettext_lazy("司法确认：受理前审核"),
    State.CONFIRMATION_REVIEW: gettext_lazy("司法确认：审查"),
    State.AGREEMENT_RETURNED: gettext_lazy("委托调解达成的协议"),
    State.DECREE_SOUGHT: gettext_lazy("制作调解书"),
    State.CONFIRMED: gettext_lazy("裁定送达和异议"),
    State.DECREE_ISSUED: gettext_lazy("调解书送达和签收"),
    State.CONFIRMATION_REFUSED: gettext_lazy("裁定送达"),
}


def review(site: DeskSite, view: CaseView) -> Review | None:
    """Return the panel of a case whose agreement is before the court; None for others and readers of no contents."""
    case = view.case
    state = State(case.state)
    if state not in (*BEFORE, *AFTER) or not view.audiences:
        return None
    record, before = Record(case, view.at, view.events), state in BEFORE
    sought = confirming.asked_together(record)
    needed = materials(view, lambda kind: _paper(site, view, kind)) if before else []
    offers = {offer.name: offer for offer in view.moves}
    return Review(
        heading=str(HEADINGS[state]),
        why_court=confirming.why_this_court(record, sought) if sought and before else "",
        in_time=_in_time(view) if state in PERIOD else "",
        materials=needed,
        missing=[one.label for one in needed if one.state == MISSING],
        said=_together(view) if before else [],
        clauses=judging.agreed(case) if before else [],
        checks=list(checks(case, state)),
        flags=list(flags(view)) if before else [],
        served=_served(view) if state in AFTER else [],
        objection=_objection(view) if state is State.CONFIRMED else "",
        steps=[
            {"label": offers[name].label, "url": offers[name].url, "reason": offers[name].reason}
            for name in STEPS
            if name in offers
        ],
    )


def started(site: DeskSite, view: CaseView, move: str) -> dict[str, Any]:
    """Return what the form of a court's move starts from: the draft of a ruling or decree, what to supplement."""
    if move != "ask_supplement":
        return judging.draft(view.case, move, view.at)
    panel = review(site, view)
    lacking = [f"{place}. {one}" for place, one in enumerate(panel.missing if panel else (), 1)]
    return {"days": SUPPLEMENT_DAYS, "advice": "\n".join([_("请补充下列材料："), *lacking])}


def compared(case: Case, decree: str) -> list[Compared]:
    """Return every clause of the agreement beside what the decree says of it (MT-7); empty without the agreement."""
    said = [line.strip() for line in decree.splitlines() if line.strip()]
    return [_beside(clause, said) for clause in judging.agreed(case)]


def _beside(clause: str, said: list[str]) -> Compared:
    if clause in said:
        return Compared(True, [Passage("", clause)])
    likest = max(said, key=lambda one: SequenceMatcher(None, clause, one, autojunk=False).ratio(), default="")
    if SequenceMatcher(None, clause, likest, autojunk=False).ratio() < ALIKE:
        return Compared(False, [Passage("old", clause)])
    return Compared(False, list(words(clause, likest)))


def checks(case: Case, state: State) -> Iterator[Check]:
    """Yield the grounds the law lists for refusing (JI-355) or rejecting (JI-358), each with what hints at it."""
    grounds: type[Term] | None = {
        State.CONFIRMATION_SOUGHT: RefusalGround,
        State.CONFIRMATION_REVIEW: RejectGround,
        State.DECREE_SOUGHT: RejectGround,
    }.get(state)
    if grounds is None:
        return
    found: dict[Term, list[str]] = {}
    for one in flaws.read("\n".join(judging.agreed(case))):
        for ground in HINTED.get(one.law[0], ()):
            found.setdefault(ground, []).append(_(one.said) % one.params)
    for ground in grounds:
        yield Check(label_of(ground), found.get(ground, []))


# Signs of false mediation (ZX-17, ZX-23).


def flags(view: CaseView) -> Iterator[str]:
    """Yield what may point to a mediation that was only feigned, for a judge to ask about."""
    case = view.case
    people = [person for person in view.everybody.values() if person.side]
    first, second = ([one for one in people if one.side == side] for side in Side)
    if {one.phone_index for one in first if one.phone_index} & {one.phone_index for one in second}:
        yield _("双方登记了同一个电话号码。")
    if {_address(one) for one in first if _address(one)} & {_address(one) for one in second}:
        yield _("双方登记了同一个地址。")
    if any(event.move == "suspend" and event.facts["ground"] == SuspendGround.SUSPICION for event in view.events):
        yield _("调解中曾因涉嫌虚假调解中止，请核对调解组织的审查结论。")
    if case.effective_at and local_day(case.effective_at) == local_day(case.filed_at):
        yield _("提出申请的当天就达成了协议。")
    owed = sum(int(one.get("amount") or 0) for one in guards.obligations(case))
    if case.amount and owed > case.amount:
        yield _("协议约定的金额高于请求的金额。")
    if (often := _between_the_same(case, first, second)) >= OFTEN:
        yield _("双方之间在本平台另有%(count)d件案件。") % {"count": often}


def _address(person: Party) -> str:
    return "".join(str(person.particulars().get("address", "")).split())


def _between_the_same(case: Case, first: list[Party], second: list[Party]) -> int:
    def of(side: list[Party]) -> Any:
        known = [one.identity_index for one in side if one.identity_index]
        rows = Party.objects.filter(platform=case.platform, identity_index__in=known).exclude(case=case.pk)
        return rows.exclude(side="").values("case")

    return Case.objects.of(case.platform).filter(pk__in=of(first)).filter(pk__in=of(second)).count()


# What the panel says.


def _paper(site: DeskSite, view: CaseView, kind: PaperKind) -> str:
    return (
        site.url("case_paper", view.case.ref, kind.value) if kind in view.rights.papers(view.case, view.actors) else ""
    )


def _together(view: CaseView) -> list[Yes]:
    if view.case.state == State.AGREEMENT_RETURNED:
        return agreed(view, "seek_decree")
    move = "seek_decree" if view.case.state == State.DECREE_SOUGHT else "seek_confirmation"
    return agreed(view, move, submitted=True)


def _in_time(view: CaseView) -> str:
    left = view.case.sheet.get("days_left")
    if counted := reckoned(view, ClockKind.CONFIRM):
        return counted
    if left is None or view.case.effective_at is None:
        return ""
    said = _("协议%(day)s生效，提出申请时三十日的期限还剩%(left)d日。")
    return said % {"day": spoken_day(local_day(view.case.effective_at)), "left": left}


def _served(view: CaseView) -> list[Served]:
    sheet, state = view.case.sheet, State(view.case.state)
    subject = ServiceSubject.DECREE if state is State.DECREE_ISSUED else ServiceSubject.RULING
    # An earlier ruling of the same case was served for itself.
    since = max(event.at for event in view.events if event.move in DECIDED[state])
    ours = [one for one in sheet.get("services", {}).values() if datetime.fromisoformat(one["at"]) >= since]
    signed = {
        State.CONFIRMED: sheet.get("received", {}),
        State.DECREE_ISSUED: sheet.get("proposals", {}).get("receive_decree", {}).get("yes", {}),
        State.CONFIRMATION_REFUSED: {
            one["party"]: one["acknowledged_at"] for one in ours if one["subject"] == subject and one["acknowledged_at"]
        },
    }[state]
    found = []
    for person in view.people:
        services = [one for one in ours if one["party"] == person["ref"] and one["subject"] == subject]
        dates = sorted(one["served_at"] for one in services if one["served_at"])
        at = signed.get(person["ref"])
        sent = _("已发出") if services else _("本人签收") if at else ""
        served = spoken_instant(datetime.fromisoformat(dates[0])) if dates else sent
        found.append(Served(person["name"], served, spoken_instant(datetime.fromisoformat(at)) if at else ""))
    return found


def _objection(view: CaseView) -> str:
    if view.case.sheet.get("objection"):
        return _("有异议待审查。")
    clock = next((one for one in view.clocks if one.kind == ClockKind.OBJECT), None)
    if clock is None:
        return _("各方都签收后，开始计算十五日的异议期。")
    return _("当事人提出异议的期限至%(day)s。") % {"day": spoken_day(local_day(clock.due))}
