"""What a page shows of a case: the ball, clocks, timeline, people, documents, moves, and the rows of a work list.

Lives here: plain values for the parts under ``templates/mediation``, each fetched once, so that a page costs a bounded
number of queries however long the journal. Does not live here: who may see the case (``rights`` is asked), HTML.
Called by: portal, admin and API of both platforms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Count, F, Value, Window, prefetch_related_objects
from django.db.models.functions import Cast, RowNumber
from django.utils.translation import gettext as _

from mediation import facts, files, guards, law, lifecycle, queries, scanning
from mediation.actor import Actor
from mediation.amounts import format_amount
from mediation.lifecycle import Move
from mediation.models import Case, CaseEvent, Document, Enclosure, Party, Request
from mediation.moves import ELSEWHERE, READ_BEFORE, Refused, move_of, options
from mediation.platform import home_of
from mediation.rights import Rights
from mediation.templatetags.mediation_tags import zhdate
from mediation.vocabulary import (
    Audience,
    Cause,
    ClockKind,
    Contact,
    DocumentKind,
    EnclosureKind,
    Institution,
    InvestorClass,
    ObligationKind,
    PartyKind,
    Power,
    RefusalGround,
    Role,
    Seat,
    ServiceSubject,
    Side,
    Stage,
    State,
    Term,
    Unit,
    gettext_noop,
)
from mediation.workdays import Calendar, local_day
from roster.identity import mask, mask_phone
from roster.models import Court, Mediator, Organisation

REFERENCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PEOPLE = (Role.PARTY, Role.AGENT)
NAMED_OF_A_SIDE = 2
"""How many of a side a case is called by; of the others only the number is said."""

_Led = tuple[list[tuple[str, str]], int]
"""Kind and name of the first of a side, and how many there are."""

NOTHING_TO_DO = "无需操作"
CHANCES = frozenset({ClockKind.OBJECT, ClockKind.CHOOSE})
"""Clocks that open a chance for people: once past they concern nobody and never stand as overdue."""

BESIDE = frozenset({"withdraw_evidence"})
"""Moves that are offered beside what they are about, and not in the list of moves."""

INSIDERS = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER, Role.ORGANISATION, Role.MEDIATOR, Role.OPERATOR})
"""Who sees what others have asked the other platform for; supervisors look on and handle nothing."""

GRAVE = frozenset(
    {"withdraw", "stop_mediation", "refuse_consent", "refuse_to_sign", "conclude_unsettled", "return_application"}
    | {"reject_confirmation", "refuse_confirmation", "revoke_confirmation", "repudiate", "refuse_seal", "refuse_decree"}
    | {"disown_offline"}
)
"""Moves that end or undo something: their buttons look it."""

MEANINGS: Mapping[str, str] = {
    "stop_mediation": gettext_noop(
        "提交后调解终止，不能撤回：诉前和审理中的案件交回法院处理，其他案件就此结束。不影响依法向人民法院起诉。"
    ),
    "withdraw": gettext_noop("提交后不能撤回；仍有争议的，需要另行申请调解或者起诉。"),
    "refuse_consent": gettext_noop("提交后这次调解不再进行；以后愿意调解的，可以另行申请。不影响依法向人民法院起诉。"),
    "refuse_to_sign": gettext_noop("提交后调解终止，不能撤回；已经有的签名不发生效力。不影响依法向人民法院起诉。"),
    "repudiate": gettext_noop(
        "调解书在最后一方签收以前不发生效力。反悔不能撤回：诉讼中委托调解的，案件恢复审理，由法院及时判决；其他案件交回法院处理。"
    ),
    "declare_due": gettext_noop(
        "提交后立即通知付款方，不能撤回：这一组分期款项全部到期，对方以后补付这一期也不再改变。"
    ),
}
"""What people are told of a move before they make it, where its name does not say what follows."""

CONSEQUENCES: Mapping[ClockKind, str] = {
    ClockKind.DESIGNATE: gettext_noop("期满不会自动转出；案件在法院工作台上标为逾期，由院领导督办。"),
    ClockKind.ANSWER: gettext_noop("无人答复的，案件交回法院处理，不视为同意调解。"),
    ClockKind.CHOOSE: gettext_noop("双方没有共同选定的，由法院指定调解组织。"),
    ClockKind.REPLY: gettext_noop("调解组织逾期未答复的，视为没有接受，案件退回，另行安排。"),
    ClockKind.RECEIPT: gettext_noop("对方平台仍未签收的，由平台运行人员核查。"),
    ClockKind.CONTACT: gettext_noop("期满案件标为逾期，由调解组织督促调解员联系当事人。"),
    ClockKind.MEDIATE: gettext_noop("到期没有达成协议、各方也没有同意延长的，调解终止。"),
    ClockKind.REVIEW_SUSPICION: gettext_noop("期满案件标为逾期，由调解组织尽快作出审查决定。"),
    ClockKind.APPRAISAL: gettext_noop("期满由调解员跟进鉴定进展。"),
    ClockKind.COMPLETE: gettext_noop("期满案件标为逾期；调解员签名、组织盖章之前不能申请司法确认。"),
    ClockKind.CONFIRM: gettext_noop("期满未共同申请司法确认的，案件结案；协议仍对各方有约束力。"),
    ClockKind.DECIDE: gettext_noop("期满未作选择的，案件按现有结果办结。"),
    ClockKind.DOCKET: gettext_noop("期满案件标为逾期，由院领导督办立案。"),
    ClockKind.RESUME: gettext_noop("期满案件标为逾期，由法院恢复审理。"),
    ClockKind.TRANSFER: gettext_noop("期满未请求转立案的，案件结案；仍可另行起诉。"),
    ClockKind.ACCEPT: gettext_noop("期满案件标为逾期，由法院尽快决定是否受理。"),
    ClockKind.SUPPLEMENT: gettext_noop("期满未补充的，按撤回申请处理。"),
    ClockKind.REVIEW: gettext_noop("期满案件标为逾期；确有需要的，由院长批准延长。"),
    ClockKind.OBJECT: gettext_noop("期满后，当事人不能再以程序内异议方式提出。"),
    ClockKind.ENFORCE: gettext_noop("期满未申请执行的，案件结案。"),
    ClockKind.ISSUE: gettext_noop("期满案件标为逾期，由法官尽快制作。"),
    ClockKind.SERVE: gettext_noop("期满案件标为逾期，由法院继续送达。"),
    ClockKind.PROVE: gettext_noop("调解组织逾期未证明的，申请退回；当事人可以另行提交或者起诉。"),
    ClockKind.PERFORM: gettext_noop("期满案件结案；尚未履行的义务仍有约束力，可以依据协议起诉。"),
}
"""What happens when a clock runs out, for people."""

CAME_BACK: Mapping[str, str] = {
    "decline": gettext_noop("%(organisation)s不接受，案件于%(day)s退回，待另行安排。"),
    "lapse_reply": gettext_noop("%(organisation)s逾期未答复，视为没有接受，案件于%(day)s退回，待另行安排。"),
    "recall": gettext_noop("已于%(day)s从%(organisation)s收回，待另行安排。"),
}
"""How an organisation let go of a case that now waits for another one, by move."""


@dataclass(frozen=True)
class Links:
    """Where a window's own pages are; an empty address means the window has no such page."""

    case: Callable[[Case], str] = lambda case: ""
    move: Callable[[Case, str], str] = lambda case, move: ""
    document: Callable[[Case, Document], str] = lambda case, document: ""
    look: Callable[[Case, Document], str] = lambda case, document: ""


@dataclass(frozen=True)
class Asked:
    """One thing asked of the other platform: still waiting, or refused with why and what to do; ``url`` leads to where
    it can be asked again.
    """

    label: str
    said: str
    refused: bool
    by_label: str = ""
    url: str = ""


@dataclass(frozen=True)
class Ball:
    """Who has the case now, until when, what happens at zero, and the one thing the reader can do next."""

    state: str
    state_label: str
    holder_label: str
    seat: str
    due: datetime | None
    days_left: int | None
    overdue: bool
    provisional: bool
    own_figure: bool
    clock_label: str
    article: str
    consequence: str
    next_label: str
    next_url: str
    next_hint: str
    synced: str
    waits_for: str = ""
    came_back: str = ""
    stopped: str = ""
    pending: list[Asked] = field(default_factory=list)


@dataclass(frozen=True)
class Running:
    """One clock as people read it."""

    kind: str
    label: str
    counted: str
    article: str
    due: datetime
    days_left: int
    overdue: bool
    own_figure: bool
    provisional: bool
    consequence: str
    stopped: bool = False


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: texts are those these readers may see."""

    number: int
    at: datetime
    platform: str
    move: str
    label: str
    actor_label: str
    text: str
    article: str
    digest: str
    badge: str
    clocks: list[str]


@dataclass(frozen=True)
class Offer:
    """One move of the reader's roles: available, or why not and what to do instead."""

    name: str
    label: str
    url: str
    available: bool
    primary: bool
    grave: bool
    code: str = ""
    reason: str = ""
    article: str = ""
    next_step: str = ""


def citations(rule_ids: Iterable[str], on: date) -> str:
    """Return the Chinese citations of rule ids as numbered on a day, joined; ids of no instrument are left out."""
    found = []
    for rule_id in rule_ids:
        try:
            found.append(law.cite(rule_id, on))
        except law.UnknownRule:
            continue
    return "；".join(found)


def days_left(due: datetime, at: datetime, calendar: Calendar) -> int:
    """Return the working days left until a due instant; negative once it has passed."""
    today, last = local_day(at), local_day(due)
    if due < at:
        return -max(calendar.working_days_until(last, today), 1)
    return calendar.working_days_until(today, last)


def people(case: Case) -> list[Party]:
    """Return the case's people, applicants first, agents last; uses rows fetched before."""
    prefetch_related_objects([case], "people")
    return queries.people(case)


def title(case: Case, *, named: bool = True) -> str:
    """Return the case's name: the parties and the cause; with surnames only where names may not be read."""
    return f"{sides(case, named=named)} {label_of(Cause(case.cause))}"


def sides(case: Case, *, named: bool = True) -> str:
    """Return who stands against whom."""
    everybody = [person for person in people(case) if person.name]
    held = {side: [(one.kind, one.name) for one in everybody if one.side == side] for side in Side}
    return _stand({side: (found[:NAMED_OF_A_SIDE], len(found)) for side, found in held.items()}, named=named)


def is_prefetched(case: Case, what: str) -> bool:
    """Tell whether related rows were fetched with the case."""
    return what in getattr(case, "_prefetched_objects_cache", {})


def sides_of(cases: Iterable[Case], *, named: bool = True) -> dict[int, str]:
    """Return the same of many cases by row, in one question that reads four people of each, however many there are;
    where everybody was fetched before, it uses those rows.
    """
    cases = list(cases)
    if all(is_prefetched(case, "people") for case in cases):
        return {case.pk: sides(case, named=named) for case in cases}
    within: dict[str, Any] = {"partition_by": [F("case"), F("side")]}
    ranked = Party.objects.order_by().filter(case__in=cases).exclude(side="").exclude(name="")
    first = ranked.annotate(place=Window(RowNumber(), order_by="pk", **within), among=Window(Count("*"), **within))
    held: dict[int, dict[Side, _Led]] = {case.pk: {} for case in cases}
    columns = ("case", "side", "kind", "name", "among")
    for case, side, kind, name, among in first.filter(place__lte=NAMED_OF_A_SIDE).order_by("pk").values_list(*columns):
        held[case].setdefault(Side(side), ([], among))[0].append((kind, name))
    return {case: _stand(found, named=named) for case, found in held.items()}


def _stand(held: Mapping[Side, _Led], *, named: bool) -> str:
    def known(side: Side) -> str:
        led, among = held.get(side, ([], 0))
        return _joined([name if named or kind != PartyKind.NATURAL else shortened(name) for kind, name in led], among)

    return _("%(applicants)s 与 %(respondents)s") % {
        "applicants": known(Side.APPLICANT) or _("申请人"),
        "respondents": known(Side.RESPONDENT) or _("被申请人"),
    }


def _joined(names: Sequence[str], among: int) -> str:
    """Return the first names, and where there are more how many in all."""
    text = _("、").join(names[:NAMED_OF_A_SIDE])
    return _("%(names)s等%(count)d人") % {"names": text, "count": among} if among > NAMED_OF_A_SIDE else text


def shortened(name: str) -> str:
    """Return a natural person's name of which only the first sign shows."""
    return name[:1] + "某" * min(max(len(name) - 1, 0), 2)


def label_of(term: Term) -> str:
    """Return a term in the reader's language."""
    return _(term.label)


class Names:
    """What courts, organisations and mediators of some cases are called, in one query."""

    def __init__(self, cases: Iterable[Case], mentioned: Iterable[str] = ()) -> None:
        self._cases, self._mentioned = list(cases), set(mentioned)

    @cached_property
    def _rows(self) -> list[tuple[str, str, str]]:
        """Ask for all names at once: (what, key, name)."""
        platform = self._cases[0].platform if self._cases else ""
        codes = {case.court for case in self._cases if case.court} | {ref for ref in self._mentioned if len(ref) <= 12}
        listed = {case.organisation for case in self._cases if case.organisation} | self._references()
        serving = {ref for case in self._cases for ref in case.sheet.get("mediators", ())} | self._references()
        known = Court.objects.order_by().filter(code__in=codes).annotate(what=Value("court"), key=F("code"))
        people = [
            model.objects.order_by()
            .filter(platform=platform, ref__in=wanted)
            .annotate(what=Value(what), key=Cast("ref", CharField(max_length=36)))
            for what, model, wanted in (("organisation", Organisation, listed), ("mediator", Mediator, serving))
        ]
        columns = ("what", "key", "name")
        return list(known.values_list(*columns).union(*(rows.values_list(*columns) for rows in people), all=True))

    def _of(self, what: str) -> dict[str, str]:
        # SQLite keeps a reference without its dashes.
        return {str(UUID(key)): name for kind, key, name in self._rows if kind == what}

    @cached_property
    def courts(self) -> dict[str, str]:
        """Return court code → name."""
        return {key: name for kind, key, name in self._rows if kind == "court"}

    @cached_property
    def organisations(self) -> dict[str, str]:
        """Return organisation reference → name."""
        return self._of("organisation")

    @cached_property
    def mediators(self) -> dict[str, str]:
        """Return mediator reference → name."""
        return self._of("mediator")

    def _references(self) -> set[str]:
        return {ref for ref in self._mentioned if REFERENCE.fullmatch(ref)}

    def court(self, case: Case) -> str:
        """Return the name of the case's court."""
        return self.courts.get(case.court, case.court or label_of(Seat.COURT))

    def organisation(self, case: Case) -> str:
        """Return the name of the case's organisation."""
        return self.organisations.get(case.organisation, label_of(Seat.ORGANISATION))

    def holder(self, case: Case) -> str:
        """Return who has the case now, for people."""
        if case.owner is None:
            return _("已办结")
        name = self.court(case) if case.owner is Seat.COURT else self.organisation(case)
        return _("%(holder)s（尚待签收）") % {"holder": name} if guards.is_awaiting_receipt(case) else name


def running(case: Case, at: datetime, calendar: Calendar) -> list[Running]:
    """Return the running clocks of a case, soonest first; read from its sheet, without a query."""
    today = local_day(at)
    found = []
    for clock in case.sheet.get("clocks", {}).values():
        kind = ClockKind(clock["kind"])
        rule = _rule_of(clock)
        due = datetime.fromisoformat(clock["due"])
        if kind in CHANCES and due < at:
            continue
        found.append(
            Running(
                kind=kind.value,
                label=label_of(kind),
                counted=_counted(rule) if rule else clock["rule"],
                article="；".join(rule.cited(today)) if rule else "",
                due=due,
                days_left=days_left(due, at, calendar),
                overdue=due < at,
                own_figure=bool(rule and rule.own_figure),
                provisional=clock["provisional"],
                consequence=_(CONSEQUENCES.get(kind, "")) if kind in CONSEQUENCES else "",
            )
        )
    return sorted(found, key=lambda one: one.due)


def _rule_of(clock: dict[str, Any]) -> law.Rule | None:
    """Return the rule a clock was started under; None for one of the peer's that this version does not know."""
    try:
        return law.row(clock["rule"], settings.OWN_FIGURES)
    except law.NoRule:
        return None


def _counted(rule: law.Rule) -> str:
    return _("%(value)d%(unit)s，自%(start)s起算") % {
        "value": rule.value,
        "unit": label_of(Unit(rule.unit)),
        "start": _(rule.counted_from),
    }


@dataclass(frozen=True)
class Chosen:
    """What one party has said about who is to mediate: an organisation and perhaps a mediator, or that the court may
    designate; nothing of it means that it has said nothing yet.
    """

    who: str
    side: str
    organisation: str
    name: str
    mediator: str
    left: bool


@dataclass(frozen=True)
class Choices:
    """What each party has said, and what that comes to: chosen together, or left to the court by all (ZX-10)."""

    said: list[Chosen]
    organisation: str
    mediator: str
    left: bool


class CaseView:
    """One case as one person sees it at one instant; every row is fetched once and only if asked for."""

    def __init__(
        self, case: Case, actors: Sequence[Actor], rights: Rights, at: datetime, links: Links | None = None
    ) -> None:
        self.case, self.actors, self.rights, self.at = case, list(actors), rights, at
        self.links = links or Links()
        self.audiences = rights.audiences(case, self.actors)
        self.today = local_day(at)

    # Rows, each once.

    @cached_property
    def calendar(self) -> Calendar:
        """The working-day calendar in force."""
        return queries.calendar()

    @cached_property
    def everybody(self) -> dict[str, Party]:
        """People of the case by reference."""
        return {str(person.ref): person for person in people(self.case)}

    @cached_property
    def events(self) -> list[CaseEvent]:
        """The journal, oldest first."""
        return queries.history(self.case)

    @cached_property
    def names(self) -> Names:
        """Names of every court, organisation and mediator that the journal mentions."""
        mentioned: set[str] = set()
        for event in self.events:
            mentioned |= {event.by["ref"], event.by["seat"]}
            for value in event.facts.values():
                mentioned |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
        return Names([self.case], mentioned - {""})

    @cached_property
    def texts(self) -> list[Enclosure]:
        """The texts these readers may read, in journal order."""
        return self.rights.texts(self.case, self.actors) if self.audiences else []

    @cached_property
    def filed(self) -> list[Document]:
        """The documents these readers may read."""
        return self.rights.documents(self.case, self.actors) if self.audiences else []

    @property
    def is_written_here(self) -> bool:
        """Tell whether this platform writes the journal now; elsewhere a move becomes a request."""
        return self.case.owner is None or home_of(self.case.owner) == self.case.platform

    @property
    def title(self) -> str:
        """The case's name for these readers."""
        return title(self.case, named=bool(self.audiences))

    # Parts of the page.

    @cached_property
    def clocks(self) -> list[Running]:
        """The running clocks, soonest first."""
        return running(self.case, self.at, self.calendar)

    @cached_property
    def ball(self) -> Ball:
        """Who has the case, until when, and what the reader can do."""
        clock = self.clocks[0] if self.clocks else None
        following = next((offer for offer in self.moves if offer.primary), None)
        label = following.label if following else ""
        hint = following.article if following else ""
        if following and not following.available:
            hint = following.next_step
        if following is None and (blocked := self._blocked):
            stated = {"reason": blocked.reason, "next": blocked.next_step}
            label, hint = blocked.label, _("%(reason)s；%(next)s") % stated
        if not following and any(offer.name == "reject_objection" and offer.available for offer in self.moves):
            # Which way is for the judge alone: neither is put forward.
            label = _("审查异议：驳回异议，或者撤销确认裁定")
        return Ball(
            state=self.case.state,
            state_label=label_of(State(self.case.state)),
            holder_label=self.names.holder(self.case),
            seat=self.case.owner.value if self.case.owner else "",
            due=clock.due if clock else None,
            days_left=clock.days_left if clock else None,
            overdue=bool(clock and clock.overdue),
            provisional=bool(clock and clock.provisional),
            own_figure=bool(clock and clock.own_figure),
            clock_label=clock.label if clock else "",
            article=clock.article if clock else "",
            consequence=clock.consequence if clock else "",
            next_label=label,
            next_url=following.url if following else "",
            next_hint=hint,
            synced=self._synced(),
            waits_for=self.waits_for,
            came_back=self.came_back,
            stopped=_("该案因对接异常暂停办理，平台运行人员正在核实。") if self.case.frozen else "",
            pending=[self._spoken_request(request) for request in self.asked],
        )

    @property
    def waits_for(self) -> str:
        """Name those without whose answer a case does not go on; empty where it waits for nobody in particular."""
        if self.case.state == State.SETTLED:
            return self._unsealed()
        move, missing = queries.lacking(self.case)
        absent = [self._name(ref) for ref in (str(one.ref) for one in people(self.case)) if ref in missing]
        names = _joined(list(filter(None, absent)), len(absent))
        return (
            _("等待%(names)s：%(move)s") % {"names": names, "move": _(lifecycle.MOVES[move].label)} if missing else ""
        )

    def _unsealed(self) -> str:
        """Name who is still to sign what the parties have signed: the mediator, then the organisation with its seal."""
        if guards.is_waiting_for_seal(self.case):
            who, what = self.names.organisation(self.case), _("审查后盖章")
        elif Role.MEDIATOR not in self.case.sheet.get("agreement", {}).get("signatures", {}):
            who = self.names.mediators.get(self.case.sheet.get("lead", ""), "") or label_of(Role.MEDIATOR)
            what = _(lifecycle.MOVES["sign"].label)
        else:
            return ""
        return _("等待%(names)s：%(move)s") % {"names": who, "move": what}

    @property
    def _blocked(self) -> Offer | None:
        """What a mediator works towards where others must do something first: opening the mediation."""
        if self.case.state != State.ACCEPTED or all(actor.role is not Role.MEDIATOR for actor in self.actors):
            return None
        return next((one for one in self.moves if one.name == "open_session" and not one.available), None)

    @property
    def came_back(self) -> str:
        """Say how the last organisation let go of a case that waits for another one (ZX-12); empty for any other."""
        if self.case.state != State.READY or not self.case.organisation:
            return ""
        last = next((event for event in reversed(self.events) if event.move in CAME_BACK), None)
        if last is None:
            return ""
        return _(CAME_BACK[last.move]) % {
            "organisation": self.names.organisation(self.case),
            "day": spoken_day(local_day(last.at)),
        }

    def _synced(self) -> str:
        """Say up to which entry this is shown and how far the other platform is known to be; a copy that the other
        platform writes can never know that there is nothing newer.
        """
        if not self.case.shared:
            return ""
        known = next((event.number - 1 for event in self.events if event.untold), self.case.entries)
        stated = {"number": self.case.entries, "known": known}
        if known == self.case.entries:
            same = _("截至 #%(number)d，两个平台一致") if self.is_written_here else ""
            return (same or _("截至 #%(number)d；由对方平台记录，有新的进展收到后在这里更新")) % stated
        if known:
            return _("截至 #%(number)d；对方平台确认收到 #%(known)d") % stated
        return _("截至 #%(number)d；对方平台还没有确认收到") % stated

    @cached_property
    def asked(self) -> list[Request]:
        """What was asked of the other platform and is not settled, newest first: for whoever asked, those who act for
        the same party, and this platform's staff.
        """
        found = queries.requests_of([self.case], self.at).get(self.case.pk, [])
        if any(actor.role in INSIDERS for actor in self.actors):
            return found
        mine = speakers(self.case, [actor.ref for actor in self.actors])
        return [request for request in found if request.by.get("ref") in mine]

    def _spoken_request(self, request: Request) -> Asked:
        label = _(lifecycle.MOVES[request.move].label)
        own = request.by.get("ref") in {actor.ref for actor in self.actors}
        by = "" if own else self.actor_label(request.by)
        at = spoken_instant(request.at)
        if request.state == Request.WAITING:
            said = _("%(at)s提交，等待对方平台办理。") % {"at": at}
            if request.attempts:
                said = _("%(at)s提交，对方平台还没有答复；系统会自动再次送出，以这一提交时间为准，不需要重复提交。") % {
                    "at": at
                }
            return Asked(label, said, refused=False, by_label=by)
        refusal = request.refusal
        because = citations(refusal.get("law", ()), self.today)
        said = _("%(at)s提交，对方平台没有办理：%(reason)s%(law)s。%(remedy)s") % {
            "at": at,
            "reason": _(refusal["reason"]) if refusal.get("reason") else "",
            "law": _("（%(law)s）") % {"law": because} if because else "",
            "remedy": _(refusal["remedy"]) + _("。") if refusal.get("remedy") else "",
        }
        again = next((offer.url for offer in self.moves if offer.name == request.move and offer.available), "")
        return Asked(label, said, refused=True, by_label=by, url=again)

    @cached_property
    def timeline(self) -> list[Entry]:
        """The journal as people read it, oldest first."""
        written: dict[int, list[str]] = {}
        for text in self.texts:
            if text.number is not None and (said := self._said(text)):
                written.setdefault(text.number, []).append(said)
        rows, before = [], ""
        for event in self.events:
            declared = move_of(event.kind)
            started = [self._started(clock) for clock in event.clocks]
            lines = [*self._stated(declared, event), *written.get(event.number, ()), *started]
            rows.append(
                Entry(
                    number=event.number,
                    at=event.at,
                    platform=event.author,
                    move=event.move,
                    label=_(declared.label),
                    actor_label=self.actor_label(event.by),
                    text="\n".join(lines),
                    article=citations(declared.law[:1], local_day(event.at)),
                    digest=event.hash,
                    badge=event.state if event.state != before else "",
                    clocks=started,
                )
            )
            before = event.state
        return rows

    def _said(self, text: Enclosure) -> str:
        content = text.content()
        if not content:
            return _("%(kind)s：内容已依法删除") % {"kind": label_of(EnclosureKind(text.kind))}
        told = [str(content[name]) for name in ("text", "claims") if content.get(name)]
        return _("%(kind)s：%(text)s") % {"kind": label_of(EnclosureKind(text.kind)), "text": "\n".join(told)}

    def _started(self, clock: Mapping[str, Any]) -> str:
        return _("开始计算%(kind)s，至%(due)s") % {
            "kind": label_of(ClockKind(clock["kind"])),
            "due": spoken_day(local_day(datetime.fromisoformat(clock["due"]))),
        }

    def _stated(self, declared: Move, event: CaseEvent) -> list[str]:
        told = []
        for name, fact in declared.facts.items():
            value = event.facts.get(name)
            if value not in (None, "", []) and (said := self.spoken(fact, value)):
                told.append(f"{_(fact.label)}{_('：')}{said}")
        return [_("；").join(told)] if told else []

    def spoken(self, fact: facts.Fact, value: Any) -> str:
        """Return the value of a fact in words; digests and references nobody knows by name say nothing."""
        match fact.shape:
            case "code":
                assert fact.terms is not None
                return label_of(fact.terms(value))
            case "flag":
                return _("是") if value else _("否")
            case "money":
                return format_amount(value)
            case "day":
                return spoken_day(date.fromisoformat(value))
            case "party" | "agent":
                return self._name(value)
            case "organisation":
                return self.names.organisations.get(value, "")
            case "mediator":
                return self.names.mediators.get(value, "")
            case "court":
                return self.names.courts.get(value, value)
            case "number" | "count":
                return str(value)
            case "many":
                assert fact.item is not None
                return _("、").join(filter(None, (self.spoken(fact.item, item) for item in value)))
            case _:
                return ""

    def _name(self, ref: str) -> str:
        person = self.everybody.get(ref)
        if person is None or not person.name:
            return _("当事人")
        return person.name if self.audiences or person.kind != PartyKind.NATURAL else shortened(person.name)

    def actor_label(self, by: Mapping[str, Any]) -> str:
        """Return who acted: parties and mediators by name, court staff and organisations by their seat and role."""
        role = Role(by["role"])
        match role:
            case Role.PARTY | Role.AGENT:
                return _("%(name)s（%(note)s）") % {"name": self._name(by["ref"]), "note": self._side(by["ref"], role)}
            case Role.MEDIATOR:
                return f"{label_of(role)} {self.names.mediators.get(by['ref'], '')}".strip()
            case Role.ORGANISATION:
                return self.names.organisations.get(by["seat"], label_of(Seat.ORGANISATION))
            case Role.CLERK | Role.JUDGE | Role.COURT_LEADER:
                return f"{self.names.courts.get(by['seat'], by['seat'])} {label_of(role)}"
            case Role.CLOCK:
                return _("期限届满，自动办理")
            case Role.PLATFORM:
                return _("平台自动办理")
            case _:
                return label_of(role)

    def _side(self, ref: str, role: Role) -> str:
        person = self.everybody.get(ref)
        return label_of(Side(person.side)) if person and person.side else label_of(role)

    @cached_property
    def people(self) -> list[dict[str, Any]]:
        """The parties with masked identifiers and their agents."""
        mine = {actor.ref for actor in self.actors}
        staff = any(actor.role not in PEOPLE for actor in self.actors) and bool(self.audiences)
        agents = self.case.sheet.get("agents", {})
        shown = []
        for ref, person in self.everybody.items():
            if not person.side:
                continue
            own = ref in mine or any(ref in guards.acts_for(self.case, actor) for actor in self.actors)
            details = json.loads(person.details) if person.details and (own or staff) else {}
            shown.append(
                {
                    "ref": ref,
                    "side": person.side,
                    "side_label": label_of(Side(person.side)),
                    "name": self._name(ref),
                    "kind_label": label_of(PartyKind(person.kind)) if person.kind else "",
                    "investor_class_label": self._class_of(person),
                    "identifier": mask(person.identity_kind, person.identity_number) if self.audiences else "",
                    "phone": mask_phone(person.phone) if self.audiences else "",
                    "address": details.get("address", ""),
                    "mine": own,
                    "agents": [
                        {"name": self._name(agent), "authority_label": label_of(Power(held["for"][ref]))}
                        for agent, held in agents.items()
                        if ref in held["for"]
                    ],
                }
            )
        return shown

    @cached_property
    def choices(self) -> Choices | None:
        """What the parties have said about who is to mediate; None once that is over and nothing was chosen."""
        return self.choices_by(self.names)

    def choices_by(self, names: Names | None = None) -> Choices | None:
        """Return the same with these names, or on a page without the journal with those of its own."""
        sheet = self.case.sheet
        chosen, mediator = sheet.get("chosen", ""), sheet.get("chosen_mediator", "")
        waits = self.case.state == State.READY
        if not (waits or chosen or mediator):
            return None
        said, named = sheet.get("choices", {}), sheet.get("chosen_mediators", {})
        names = names or Names([self.case], {chosen, mediator, *said.values(), *named.values()} - {""})
        bodies, people = names.organisations, names.mediators
        return Choices(
            [
                Chosen(
                    who=person["name"],
                    side=person["side_label"],
                    organisation=said.get(person["ref"], ""),
                    name=bodies.get(said.get(person["ref"], ""), ""),
                    mediator=people.get(named.get(person["ref"], ""), ""),
                    left=person["ref"] in sheet.get("left", ()),
                )
                for person in self.people
            ]
            if waits
            else [],
            bodies.get(chosen, ""),
            people.get(mediator, ""),
            waits and guards.all_left_choice(self.case),
        )

    def _class_of(self, person: Party) -> str:
        if person.institution and person.institution != Institution.NONE:
            return label_of(Institution(person.institution))
        if person.investor and person.investor != InvestorClass.NONE:
            return label_of(InvestorClass(person.investor))
        return ""

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """The documents these readers may read, with who handed each in."""
        entries = {event.number: event for event in self.events}
        scans = files.scans(self.case.platform, [one.sha256 for one in self.filed]) if scanning.is_on() else {}
        return [
            {
                "ref": str(document.ref),
                "name": document.name,
                "kind_label": label_of(DocumentKind(document.kind)),
                "size": document.size,
                "at": entries[document.number].at,
                "by_label": self.actor_label(entries[document.number].by),
                "audience_label": label_of(Audience(document.audience)),
                "digest": document.sha256,
                "present": document.present,
                "url": self.links.document(self.case, document) if document.present else "",
                "look_url": self.links.look(self.case, document),
                "scan": scans.get(document.sha256, ""),
            }
            for document in self.filed
        ]

    @cached_property
    def moves(self) -> list[Offer]:
        """What the reader may do now, and why not the rest; one line per move, the awaited one first."""
        found: dict[str, tuple[Move, Actor, Refused | None]] = {}
        for actor in self.actors:
            for declared, why in options(self.case, actor, self.at):
                if declared.name in BESIDE:
                    continue
                if why is None and is_elsewhere(self.case, actor, declared.name):
                    why = ELSEWHERE
                held = found.get(declared.name)
                if held is None or (held[2] is not None and why is None):
                    found[declared.name] = (declared, actor, why)
        able = [(name, actor) for name, (_move, actor, why) in found.items() if why in (None, ELSEWHERE)]
        asked = [] if self.is_written_here else self.asked
        awaited = next((name for name, actor in able if is_awaited(self.case, actor, name, asked)), "")
        rows = [self._offer(declared, why, awaited) for declared, _actor, why in found.values()]
        rows = [row for row in rows if row.available or row.next_step != _(NOTHING_TO_DO)]
        return sorted(rows, key=lambda row: (not row.available, not row.primary, row.grave))

    def _offer(self, declared: Move, why: Refused | None, awaited: str) -> Offer:
        return Offer(
            name=declared.name,
            label=_(declared.label),
            url="" if why else self.links.move(self.case, declared.name),
            available=why is None,
            primary=declared.name == awaited,
            grave=declared.name in GRAVE,
            code=why.code if why else "",
            reason=_(why.reason) if why else "",
            article=citations((why.law if why else declared.law)[:1], self.today),
            next_step=_(why.remedy) if why and why.remedy else "",
        )

    @cached_property
    def obligations(self) -> list[dict[str, Any]]:
        """What the agreement obliges whom to, soonest first, each paid, reported, late or open; for its readers."""
        late = {one["ref"] for one in guards.late_obligations(self.case, self.today)}
        return [
            {
                "ref": one["ref"],
                "label": label_of(ObligationKind(one["kind"])),
                "payer": self._name(one["payer"]),
                "payee": self._name(one["payee"]),
                "amount": one.get("amount"),
                "paid": one.get("paid", 0),
                "outstanding": guards.outstanding(one),
                "due_on": date.fromisoformat(one["due_on"]),
                "standing": _(standing_of(one, late)),
                "met": bool(one["met_at"]),
                "late": one["ref"] in late,
            }
            for one in sorted(guards.obligations(self.case), key=lambda one: str(one["due_on"]))
            if self.audiences
        ]

    @cached_property
    def linked(self) -> list[dict[str, str]]:
        """The cases split off from this one, and the one this was split off from."""
        sheet = self.case.sheet
        refs = [ref for ref in (sheet.get("origin"), *sheet.get("linked", ())) if ref]
        held = Case.objects.of(self.case.platform).filter(ref__in=refs) if refs else ()
        return [
            {
                "label": _("原案") if str(case.ref) == sheet.get("origin") else _("未达成部分"),
                "number": case.called,
                "state": case.state,
                "url": self.links.case(case),
            }
            for case in held
        ]

    def context(self) -> dict[str, Any]:
        """Return everything the parts of a case page take."""
        return {
            "case": self.case,
            "title": self.title,
            "ball": self.ball,
            "clocks": self.clocks,
            "entries": self.timeline,
            "parties": self.people,
            "choices": self.choices,
            "documents": self.documents,
            "moves": self.moves,
            "obligations": self.obligations,
            "linked": self.linked,
        }


def standing_of(obligation: Mapping[str, Any], late: Container[str]) -> str:
    """Return the source string for how an obligation stands."""
    if obligation["met_at"]:
        return gettext_noop("已履行")
    if obligation["reported_at"]:
        return gettext_noop("已报告，待确认")
    if obligation["ref"] in late:
        return gettext_noop("逾期")
    return gettext_noop("部分履行") if obligation.get("paid") else gettext_noop("未到期")


AWAITED = frozenset(
    (
        "accept",
        "appoint_mediator",
        "decide_recusal",
        "review_suspicion",
        "disclose",
        "record_contact",
        "open_session",
        "propose_agreement",
        "resume",
        "consent",
        "waive",
        "supplement",
        "confirm_address",
        "sign",
        "review_seal",
        "seek_confirmation",
        "seek_decree",
        "receive_decree",
        "receive_ruling",
        "docket_for_decree",
        "confirm_record",
        "confirm_undisputed",
        "choose_jointly",
        "seek_docketing",
        "consult",
        "delegate",
        "docket",
        "resume_trial",
        "accept_confirmation",
        "confirm",
        "issue_decree",
        "reapply",
        "remediate",
        "split",
        "prove_offline",
        "answer_performance",
        "report_performance",
        "serve",
    )
)
"""Moves somebody waits for, as against those that are merely open."""


def duty_to_take_part(case: Case, party: str, on: date) -> str:
    """Return the article under which a party may not refuse mediation (ZQ-94, QH-56), or an empty text."""
    if not guards.is_bound_to_take_part(case, party):
        return ""
    futures = case.sheet["parties"][party]["institution"] == Institution.FUTURES
    return citations(("QH-56",) if futures else ("ZQ-94",), on)


def is_elsewhere(case: Case, actor: Actor, name: str) -> bool:
    """Tell whether a move is about an exact text that this platform is not given (TY-2)."""
    return (
        actor.role in PEOPLE
        and name in READ_BEFORE
        and home_of(Seat.ORGANISATION) != case.platform
        and bool(case.sheet.get(READ_BEFORE[name], {}).get("digest"))
    )


def speakers(case: Case, refs: Iterable[str]) -> set[str]:
    """Return who speaks for the same parties as these people of a case: they, their principals, and those's agents."""
    agents, own = case.sheet.get("agents", {}), set(refs)
    own |= {ref for agent in own & {*agents} for ref in agents[agent]["for"]}
    return own | {agent for agent, held in agents.items() if own & {*held["for"]}}


def is_awaited(case: Case, actor: Actor, name: str, asked: Iterable[Request] = ()) -> bool:
    """Tell whether the case waits for this actor to make this available move; not again for what it has ``asked`` the
    other platform for already.
    """
    if name not in AWAITED:
        return False
    sheet = case.sheet
    ours = guards.acts_for(case, actor)
    waiting = [
        one.facts
        for one in asked
        if one.state == Request.WAITING and one.move == name and one.by["ref"] in speakers(case, [actor.ref])
    ]
    if waiting and name != "consent":
        ours = [ref for ref in ours if all(stated.get("party", ref) != ref for stated in waiting)]
        if not ours:
            return False
    proposal = sheet.get("proposals", {}).get(name)
    if proposal and ours and all(ref in proposal["yes"] for ref in ours):
        return False
    match name:
        case "consent":
            stages = (Stage.MEDIATION, Stage.ONLINE) if case.state == State.ACCEPTED else (Stage.MEDIATION,)
            said = {(stated.get("party"), stated.get("stage")) for stated in waiting}
            unheard = any(
                not guards.has_consented(case, ref, stage) and (ref, stage.value) not in said
                for ref in ours
                for stage in stages
            )
            return unheard and case.state in (State.CONSULTING, State.ACCEPTED)
        case "receive_ruling":
            return any(ref not in sheet.get("received", {}) for ref in ours)
        case "confirm_address":
            return case.state == State.ACCEPTED and any(ref not in sheet.get("addresses", ()) for ref in ours)
        case "confirm_record" | "confirm_undisputed":
            held = sheet.get("record" if name == "confirm_record" else "undisputed", {})
            return bool(held.get("digest")) and any(ref not in held.get("yes", ()) for ref in ours)
        case "remediate":
            # Where only the court was wrong, the way is to another court.
            return sheet.get("refusal") != RefusalGround.WRONG_COURT
        case "serve":
            return bool(unserved(case))
        case "report_performance":
            return any(not one["reported_at"] and one["payer"] in ours for one in guards.open_obligations(case))
        case "answer_performance":
            return any(one["reported_at"] and one["payee"] in ours for one in guards.open_obligations(case))
        case "appoint_mediator":
            return not sheet.get("mediators")
        case "disclose":
            return actor.ref not in sheet.get("disclosed", {})
        case "decide_recusal":
            # The court may; it is the organisation's to do first.
            return actor.role is Role.ORGANISATION
        case "record_contact":
            return any(sheet.get("contacts", {}).get(ref) != Contact.REACHED for ref in guards.remaining(case))
        case "choose_jointly":
            silent = any(ref not in sheet.get("left", ()) for ref in ours)
            return silent and ClockKind.CHOOSE in sheet.get("clocks", {})
        case _:
            return True


def unserved(case: Case) -> list[str]:
    """Return the parties on whom the present ruling or decree was neither served yet nor signed for by them."""
    if case.state not in (State.CONFIRMED, State.DECREE_ISSUED):
        return []
    sheet, confirmed = case.sheet, case.state == State.CONFIRMED
    subject = ServiceSubject.RULING if confirmed else ServiceSubject.DECREE
    since = datetime.fromisoformat(sheet["confirmed_at"]) if confirmed else case.filed_at
    served = {
        one["party"]
        for one in sheet.get("services", {}).values()
        if one["subject"] == subject and datetime.fromisoformat(one["at"]) >= since
    }
    signed = sheet.get("proposals", {}).get("receive_decree", {}).get("yes", {})
    known = served | {*sheet.get("received", {}), *signed}
    return [ref for ref in guards.parties(case) if ref not in known]


def spoken_day(day: date) -> str:
    """Return a day written out in the reader's language."""
    return zhdate(day)


def spoken_instant(at: datetime) -> str:
    """Return an instant in China to the minute, written out in the reader's language."""
    return zhdate(at)


def list_rows(
    cases: Sequence[Case],
    at: datetime,
    links: Links,
    *,
    named: bool = True,
    persons: Mapping[int, Container[str]] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of a work list in a fixed number of queries: people, courts, organisations, calendar, requests.

    ``persons`` says by case for whom the reader sees what was asked of the other platform; in a case it leaves out,
    for everybody.
    """
    cases = list(cases)
    titles = sides_of(cases, named=named)
    names, calendar, seen = Names(cases), queries.calendar(), persons or {}
    # What this platform writes itself nobody has to ask for.
    elsewhere = [case for case in cases if case.owner is None or home_of(case.owner) != case.platform]
    asked = queries.requests_of([case for case in elsewhere if seen.get(case.pk, True)], at)
    rows = []
    for case in cases:
        own = seen.get(case.pk)
        theirs = [one for one in asked.get(case.pk, ()) if own is None or one.by.get("ref") in own]
        clock = next(iter(running(case, at, calendar)), None)
        rows.append(
            {
                "url": links.case(case),
                "ref": str(case.ref),
                "number": case.called,
                "title": titles[case.pk],
                "cause": case.cause,
                "track": case.track,
                "state": case.state,
                "holder_label": names.holder(case),
                "let_go": names.organisation(case) if case.state == State.READY and case.organisation else "",
                "due": clock.due if clock else None,
                "clock_label": clock.label if clock else "",
                "days_left": clock.days_left if clock else None,
                "overdue": bool(clock and clock.overdue),
                "amount": case.amount,
                "filed_at": case.filed_at,
                "requests": theirs,
                "asked": [
                    {"label": _(lifecycle.MOVES[one.move].label), "refused": one.state == Request.REFUSED}
                    for one in theirs
                ],
            }
        )
    return rows
