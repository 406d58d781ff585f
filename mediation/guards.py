"""Named predicates that decide whether a move may be made, each with its reason, its article and what to do next.

Lives here: every condition of the rule table. Does not live here: which move needs which (``lifecycle``), database
look-ups
(``world`` answers the writer's questions through the ``World`` protocol).
Called by: ``moves`` (judges), ``lifecycle`` (declares), pages and the API (explain).

``can_…`` guards need only the case and the actor and drive buttons; ``fits_…`` guards judge the facts as well.
Guards marked ``writer`` are the writer's alone: their outcome is recorded and never judged again by the other copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from mediation import law
from mediation.actor import Actor
from mediation.numbers import CaseNumber, CaseNumberError
from mediation.vocabulary import (
    Channel,
    ClockKind,
    CodePurpose,
    ConflictKind,
    EndGround,
    Institution,
    InvestorClass,
    ObligationKind,
    Power,
    RecusalGround,
    Role,
    ServiceChannel,
    ServiceSubject,
    SessionMode,
    Side,
    Stage,
    State,
    Track,
    gettext_noop,
)
from mediation.workdays import Calendar, add_months, local_day

LONGEST_AGREEMENT = 360
"""For how many months ahead an agreement may be due: as many monthly instalments as one agreement can list."""


class World(Protocol):
    """What a writer may ask about everything that is not in the case: roster, load, conflicts, courts, numbers."""

    def takes(self, organisation: str, cause: str) -> bool:
        """Tell whether the organisation takes disputes of this cause."""

    def is_listed(self, court: str, organisation: str, on: date) -> bool:
        """Tell whether the organisation stands on this court's roster on that day."""

    def has_capacity(self, organisation: str) -> bool:
        """Tell whether the organisation has room for one more open case."""

    def conflicts(self, case: CaseView, mediators: Iterable[str], organisation: str) -> bool:
        """Tell whether something bars these mediators or this organisation from the case that no consent cures."""

    def is_own_listed(self, court: str, organisation: str, mediator: str, on: date) -> bool:
        """Tell whether the mediator works under the organisation and stands on the court's roster on that day."""

    def may_serve(self, case: CaseView, mediators: Iterable[str]) -> bool:
        """Tell whether all these mediators work under the case's organisation and its court keeps none of them out."""

    def knows_court(self, court: str) -> bool:
        """Tell whether such a court exists."""

    def knows_organisation(self, organisation: str) -> bool:
        """Tell whether there is such an organisation, and it is active."""

    def is_number_free(self, number: str, case: CaseView) -> bool:
        """Tell whether no other case of this platform bears this number."""

    def case_code(self, purpose: CodePurpose, court: str, on: date) -> str:
        """Return the type code (类型代字) that this court's case numbers take for a purpose on that day."""

    def is_competent(self, court: str, case: CaseView) -> bool:
        """Tell whether the court may confirm this agreement (CPL-205)."""

    def is_scan_new(self, digest: str, organisation: str, case: CaseView) -> bool:
        """Tell whether no other open case of this platform rests on this scan of an agreement of this organisation."""

    def is_withdrawable(self, document: str, case: CaseView, by: Actor, at: datetime) -> bool:
        """Tell whether this actor handed the document in, a quarter of an hour ago at most."""


class CaseView(Protocol):
    """What guards read of a case: columns and the sheet that folding its journal gives."""

    ref: Any
    state: Any
    track: Any
    court: Any
    organisation: Any
    cause: Any
    filed_at: Any
    effective_at: Any
    sheet: Any


@dataclass(frozen=True)
class Judgement:
    """One question put to a guard: this case, this actor, this instant, these facts; ``world`` is None for the
    receiver, ``purpose`` is what the move needs a case number for.
    """

    case: CaseView
    by: Actor
    at: datetime
    facts: dict[str, Any]
    world: World | None = None
    purpose: CodePurpose | None = None

    @property
    def sheet(self) -> dict[str, Any]:
        """The folded particulars of the case."""
        return self.case.sheet

    @property
    def party(self) -> str:
        """The party for whom the act is done: named in the facts, or the acting party itself."""
        return str(self.facts.get("party") or (self.by.ref if self.by.role is Role.PARTY else ""))


@dataclass(frozen=True)
class Guard:
    """A named predicate with what a refused person is told."""

    code: str
    test: Callable[[Judgement], bool]
    reason: str
    law: tuple[str, ...]
    remedy: str
    writer: bool
    on_facts: bool


def guard(
    reason: str, *law_ids: str, remedy: str, writer: bool = False
) -> Callable[[Callable[[Judgement], bool]], Guard]:
    """Declare a guard; the function's name is its code."""

    def wrap(test: Callable[[Judgement], bool]) -> Guard:
        return Guard(test.__name__, test, reason, law_ids, remedy, writer, test.__name__.startswith("fits_"))

    return wrap


@guard(
    gettext_noop("只有提交人本人可以在提交后15分钟内撤回误交的材料"),
    "ZX-8",
    remedy=gettext_noop("请联系调解员或者法院说明情况"),
    writer=True,
)
def fits_own_fresh_document(question: Judgement) -> bool:
    """Only who handed a document in takes it back, and only before anybody has had time to rely on it."""
    world = question.world
    return world is None or world.is_withdrawable(question.facts["document"], question.case, question.by, question.at)


# What guards and the rule table both read off a case.


def parties(case: CaseView, side: Side | None = None) -> list[str]:
    """Return the references of the parties, of one side or of all."""
    return [ref for ref, party in case.sheet.get("parties", {}).items() if side is None or party["side"] == side]


def remaining(case: CaseView, side: Side | None = None) -> list[str]:
    """Return the parties who go on: not those of several applicants who have withdrawn while others go on (ZX-25).

    Once all have, the case itself has ended or gone back, and what follows concerns everybody again.
    """
    gone = {} if has_been_withdrawn(case) else case.sheet.get("withdrawn", {})
    return [ref for ref in parties(case, side) if ref not in gone]


def has_been_withdrawn(case: CaseView) -> bool:
    """Tell whether every applicant has withdrawn."""
    return set(parties(case, Side.APPLICANT)) <= set(case.sheet.get("withdrawn", {}))


def acts_for(case: CaseView, by: Actor) -> list[str]:
    """Return the parties for whom this person may act in this case: itself, or an agent's principals."""
    if by.role is Role.PARTY:
        return [by.ref] if by.ref in case.sheet.get("parties", {}) else []
    if by.role is Role.AGENT:
        return [ref for ref in case.sheet.get("agents", {}).get(by.ref, {}).get("for", []) if ref in parties(case)]
    return []


def is_bound_to_take_part(case: CaseView, party: str) -> bool:
    """Tell whether this party may not refuse mediation: an institution asked by an ordinary investor (ZQ-94, QH-56)."""
    ours = case.sheet["parties"][party]
    if ours["institution"] == Institution.NONE or ours["side"] != Side.RESPONDENT:
        return False
    others = (other for other in case.sheet["parties"].values() if other["side"] != ours["side"])
    return any(other["investor"] == InvestorClass.ORDINARY for other in others)


def has_consented(case: CaseView, party: str, stage: Stage = Stage.MEDIATION) -> bool:
    """Tell whether this party's consent to this stage stands (ZS-4, ZS-5)."""
    return bool(case.sheet.get("consents", {}).get(stage, {}).get(party) == "YES")


def all_agree(case: CaseView, move: str) -> bool:
    """Tell whether every party has said yes to the open proposal of this move."""
    proposal = case.sheet.get("proposals", {}).get(move)
    return bool(proposal) and set(remaining(case)) <= set(proposal["yes"])


def all_chose(case: CaseView, organisation: str) -> bool:
    """Tell whether every party has chosen this organisation, whatever some chose before (ZX-10)."""
    choices = case.sheet.get("choices", {})
    return all(choices.get(party) == organisation for party in remaining(case))


def all_chose_mediator(case: CaseView, mediator: str) -> bool:
    """Tell whether every party that has chosen has chosen this mediator as well (ZX-10)."""
    named = case.sheet.get("chosen_mediators", {})
    return all(named.get(party) == mediator for party in remaining(case))


def all_left_choice(case: CaseView) -> bool:
    """Tell whether everybody who is to choose, having consented, leaves the choice to the court (ZX-10)."""
    left = case.sheet.get("left", ())
    choosing = [party for party in remaining(case) if has_consented(case, party)]
    return bool(choosing) and all(party in left for party in choosing)


def all_signed(case: CaseView) -> bool:
    """Tell whether every party has signed the current version of the agreement (ZX-19)."""
    signatures = case.sheet.get("agreement", {}).get("signatures", {})
    return bool(parties(case)) and all(party in signatures for party in remaining(case))


def is_complete(case: CaseView) -> bool:
    """Tell whether the agreement bears every party's signature, the mediator's and the organisation's seal (law.md
    C11).
    """
    signatures = case.sheet.get("agreement", {}).get("signatures", {})
    return all_signed(case) and Role.MEDIATOR.value in signatures and Role.ORGANISATION.value in signatures


def is_waiting_for_seal(case: CaseView) -> bool:
    """Tell whether an agreement waits for the organisation's seal and for nobody else."""
    signatures = case.sheet.get("agreement", {}).get("signatures", {})
    signed = all_signed(case) and Role.MEDIATOR.value in signatures
    return case.state == State.SETTLED and signed and Role.ORGANISATION.value not in signatures


def is_whole(case: CaseView) -> bool:
    """Tell whether the agreement leaves nothing behind: it is full, or its rest has become a linked case (ZX-19)."""
    agreement = case.sheet.get("agreement", {})
    return bool(agreement.get("full", True) or agreement.get("split"))


def obligations(case: CaseView) -> list[dict[str, Any]]:
    """Return what the agreement obliges whom to, as stated, each with ``reported_at`` and ``met_at``."""
    return list(case.sheet.get("agreement", {}).get("obligations", []))


def open_obligations(case: CaseView) -> list[dict[str, Any]]:
    """Return the obligations of which nobody to whom they are owed has said that they are met."""
    return [one for one in obligations(case) if not one["met_at"]]


def outstanding(obligation: Mapping[str, Any]) -> int | None:
    """Return what is still owed on an obligation in fen; None where it is not about money."""
    amount = obligation.get("amount")
    if amount is None or obligation["met_at"]:
        return 0 if obligation["met_at"] else None
    return int(amount) - int(obligation.get("paid", 0))


def breaches(case: CaseView, on: date) -> dict[str, str]:
    """Return by series the first day that was missed: of payments that fall due together once one is late, as the
    agreement says. What is reported and not answered yet, or was made good since, is held against nobody; what was
    declared due stays due.
    """
    missed: dict[str, str] = dict(case.sheet.get("agreement", {}).get("declared", {}))
    for one in sorted(open_obligations(case), key=lambda one: str(one["due_on"])):
        if one.get("series") and not one["reported_at"] and date.fromisoformat(one["due_on"]) < on:
            missed[one["series"]] = min(missed.get(one["series"], one["due_on"]), one["due_on"])
    return missed


def fell_due(case: CaseView, obligation: Mapping[str, Any], on: date) -> date:
    """Return the last day of an obligation as of ``on``: its own, or the one whose breach made the whole fall due."""
    own = date.fromisoformat(obligation["due_on"])
    missed = breaches(case, on).get(obligation.get("series", ""))
    return min(own, date.fromisoformat(missed)) if missed else own


def late_obligations(case: CaseView, on: date) -> list[dict[str, Any]]:
    """Return the open obligations whose last day lies before ``on``, or that have fallen due by a breach."""
    missed = breaches(case, on)
    return [
        one
        for one in open_obligations(case)
        if date.fromisoformat(one["due_on"]) < on or one.get("series", "") in missed
    ]


def declarable_obligations(case: CaseView, on: date) -> list[dict[str, Any]]:
    """Return the missed payments on account of which whom they are owed may declare the rest of a series due: something
    of it is not due by itself yet, and nobody has declared it.
    """
    declared = case.sheet.get("agreement", {}).get("declared", {})
    series = [one for one in open_obligations(case) if one.get("series") and one["series"] not in declared]
    missed = [one for one in series if not one["reported_at"] and date.fromisoformat(one["due_on"]) < on]
    to_come = {one["series"] for one in series if date.fromisoformat(one["due_on"]) >= on}
    return [one for one in missed if one["series"] in to_come]


def is_counted_objection(stated: Mapping[str, Any]) -> bool:
    """Tell whether an objection is mere disagreement: no ground of recusal (TY-15) and nobody else chosen (ZX-14)."""
    return stated.get("ground", RecusalGround.NONE) == RecusalGround.NONE and not stated.get("prefers")


def answered_objections(case: CaseView, party: str) -> list[str]:
    """Return to which mediators, since replaced, this party has objected without ground or choice.

    One who serves still, or who left without another being designated, was not changed: ZX-14 counts from a change.
    """
    held = case.sheet.get("objections", {}).get(party, {})
    serving, latest = case.sheet.get("mediators", ()), case.sheet.get("designations", 0)
    return [ref for ref, number in held.items() if number < latest and ref not in serving]


def refuses_by_objecting(case: CaseView, stated: Mapping[str, Any]) -> bool:
    """Tell whether this objection is the party's second, after the mediator of its first was changed (TY-12, ZX-14)."""
    return is_counted_objection(stated) and bool(answered_objections(case, stated["party"]))


def days_to_confirm(case: CaseView, at: datetime) -> int:
    """Return how many of the days for applying together for confirmation are left (CPL-205); negative once over."""
    day = local_day(case.effective_at)
    rule = law.rule_for(ClockKind.CONFIRM, track=Track(case.track), on=local_day(at))
    last = Calendar.standard().roll(day + timedelta(days=rule.value))
    return (last - local_day(at)).days


def awaits_mediator(case: CaseView) -> bool:
    """Tell whether a mediator has anything left to do: a signature once given stands, whoever is replaced later."""
    signed = case.sheet.get("agreement", {}).get("signatures", {})
    return case.state != State.SETTLED or Role.MEDIATOR.value not in signed


def objects_standing(case: CaseView) -> bool:
    """Tell whether an objection or a disclosed relation has been neither waived by all nor decided (TY-15, ZX-13)."""
    return bool(case.sheet.get("recusals"))


def is_returnable(case: CaseView) -> bool:
    """Tell whether a signed agreement can go to the court: complete, or its seal refused (the parties are bound
    anyway).
    """
    return is_complete(case) or (all_signed(case) and bool(case.sheet.get("seal_refused_at")))


def all_left(case: CaseView, move: str) -> bool:
    """Tell whether every applicant has said that it does not go on."""
    said = case.sheet.get("proposals", {}).get(move, {}).get("yes", {})
    return set(remaining(case, Side.APPLICANT)) <= set(said)


def all_confirmed(case: CaseView) -> bool:
    """Tell whether every party has confirmed the undisputed facts as they stand (ZX-18)."""
    facts = case.sheet.get("undisputed", {})
    return bool(facts) and set(remaining(case)) <= set(facts.get("yes", []))


def days_left(case: CaseView, kind: ClockKind, at: datetime) -> int:
    """Return how many days a running clock has left, counted from the day of ``at``."""
    due = datetime.fromisoformat(case.sheet["clocks"][kind]["due"])
    return (local_day(due) - local_day(at)).days


def is_awaiting_receipt(case: CaseView) -> bool:
    """Tell whether the case has changed owner and its new owner has not yet signed for it."""
    return bool(case.sheet.get("handed_over"))


# Who and when: shared by both copies.


@guard(gettext_noop("本平台尚未签收该案"), "N-4.5a", remedy=gettext_noop("系统会自动签收；请稍后再试"))
def can_write_here(j: Judgement) -> bool:
    return not is_awaiting_receipt(j.case)


@guard(gettext_noop("该案没有待签收的移交"), "N-4.5g", remedy=gettext_noop("无需操作"))
def can_receive(j: Judgement) -> bool:
    return is_awaiting_receipt(j.case)


@guard(
    gettext_noop("该案不是对方移交的，或者不在您手中，不能退回"),
    "N-4.5a",
    remedy=gettext_noop("立案前委派和立案后委托的案件请在本院办理；尚未接受的可以收回"),
)
def can_send_back(j: Judgement) -> bool:
    if j.case.state == State.HANDED_BACK:
        return j.case.track in (Track.DIRECT, Track.OFFLINE)
    if j.case.state == State.DECREE_SOUGHT and j.case.track == Track.ENTRUSTED:
        return False
    return j.by.role is Role.PLATFORM


@guard(gettext_noop("您不能代表这一方当事人"), "CPL-61", remedy=gettext_noop("请选择您本人或者您代理的当事人"))
def fits_own_party(j: Judgement) -> bool:
    if j.by.role in (Role.PARTY, Role.AGENT):
        return j.party in acts_for(j.case, j.by) and j.party in remaining(j.case)
    return j.party in parties(j.case)


@guard(gettext_noop("您不能代表这一方当事人"), "CPL-61", remedy=gettext_noop("请选择您本人或者您代理的当事人"))
def fits_spoken_for(j: Judgement) -> bool:
    """Whoever names a party speaks for it; staff speak for nobody."""
    named = j.facts.get("party")
    return not named or (j.by.role in (Role.PARTY, Role.AGENT) and fits_own_party.test(j))


@guard(gettext_noop("您不能代表这一名申请人"), "CPL-61", "ZX-25", remedy=gettext_noop("请选择您本人或者您代理的申请人"))
def fits_own_applicant(j: Judgement) -> bool:
    named = j.facts.get("party")
    return not named or (fits_spoken_for.test(j) and named in parties(j.case, Side.APPLICANT))


@guard(
    gettext_noop("代理人没有特别授权，不能承认、放弃、变更请求或者签署调解协议"),
    "CPL-62",
    remedy=gettext_noop("请当事人本人办理，或者补充特别授权的委托书"),
)
def can_dispose(j: Judgement) -> bool:
    if j.by.role is not Role.AGENT:
        return j.by.power != Power.GENERAL
    powers = j.sheet.get("agents", {}).get(j.by.ref, {}).get("for", {})
    return powers.get(j.party) == Power.SPECIAL if j.facts.get("party") else Power.SPECIAL in powers.values()


@guard(
    gettext_noop("代理人没有特别授权，不能代为确认已经收到履行：这等于放弃相应的请求"),
    "CPL-62",
    remedy=gettext_noop("请当事人本人确认，或者补充特别授权的委托书；没有收到的，代理人可以直接否认"),
)
def fits_power_to_acquit(j: Judgement) -> bool:
    return not j.facts["received"] or can_dispose.test(j)


@guard(gettext_noop("只有申请人一方可以这样做"), "ZX-25", remedy=gettext_noop("被申请人可以随时表示不同意继续调解"))
def can_act_as_applicant(j: Judgement) -> bool:
    if j.by.role not in (Role.PARTY, Role.AGENT):
        return True
    return any(ref in parties(j.case, Side.APPLICANT) for ref in acts_for(j.case, j.by))


# Filing.


def _well_composed(value: list[dict[str, Any]]) -> bool:
    refs = [party["ref"] for party in value]
    sides = {party["side"] for party in value}
    return len(set(refs)) == len(refs) and sides == {Side.APPLICANT.value, Side.RESPONDENT.value}


@guard(
    gettext_noop("申请人和被申请人都应当至少有一名，且不能是同一人"),
    "ZX-8",
    remedy=gettext_noop("请核对双方当事人的信息"),
)
def fits_two_sides(j: Judgement) -> bool:
    return _well_composed(j.facts["parties"])


@guard(
    gettext_noop("代理人应当有授权，并且只能代理本案列明的当事人"),
    "CPL-61",
    remedy=gettext_noop("请上传授权委托书并选择被代理的当事人；每名当事人至多两名代理人"),
)
def fits_agents(j: Judgement) -> bool:
    named = {party["ref"] for party in j.facts["parties"]}
    agents = j.facts.get("agents", [])
    refs = [agent["ref"] for agent in agents]
    counted = [ref for agent in agents for ref in agent["for"]]
    # Were an agent known by a party's reference, its particulars would make it that party.
    distinct = len(set(refs)) == len(refs) and not named & set(refs)
    within = all(set(agent["for"]) <= named for agent in agents)
    return distinct and within and all(counted.count(ref) <= 2 for ref in counted)


@guard(
    gettext_noop("申请人应当逐项同意：先行调解、在线方式、处理敏感个人信息、向法院和调解组织提供个人信息"),
    "ZX-4",
    "ZS-4",
    remedy=gettext_noop("请逐项阅读并勾选；不同意的，可以到人民法院诉讼服务大厅线下办理"),
)
def fits_consents(j: Judgement) -> bool:
    given = set(j.facts["consents"])
    return {Stage.MEDIATION, Stage.ONLINE, Stage.SENSITIVE_DATA, Stage.DATA_SHARING} <= {Stage(code) for code in given}


@guard(
    gettext_noop("立案后委托由人民法院办理，应当写明民初案号和审理程序；立案前申请不应写民初案号"),
    "LT-2",
    "TY-27",
    remedy=gettext_noop("请核对案件轨道、案号和审理程序"),
)
def fits_track(j: Judgement) -> bool:
    entrusted = j.facts["track"] == Track.ENTRUSTED
    if j.facts["track"] not in (Track.DELEGATED, Track.ENTRUSTED):
        return False
    if entrusted and j.by.role is not Role.CLERK:
        return False
    return bool(j.facts.get("docket_number")) == entrusted and bool(j.facts.get("procedure")) == entrusted


@guard(
    gettext_noop("当事人只能更正本人或者所代理一方的信息，且变更后双方都应当至少有一名当事人"),
    "ZX-8",
    remedy=gettext_noop("需要增加或者变更其他当事人的，请联系立案人员或者调解员"),
)
def fits_amended_parties(j: Judgement) -> bool:
    refs = [party["ref"] for party in j.facts["parties"]]
    held = j.sheet["parties"]
    # Parties correct their own particulars; what the law classes them as is for the court and the mediator to correct.
    unchanged = all(held.get(p["ref"]) == {key: p[key] for key in p if key != "ref"} for p in j.facts["parties"])
    own = j.by.role not in (Role.PARTY, Role.AGENT) or (set(refs) <= set(acts_for(j.case, j.by)) and unchanged)
    sides = {ref: party["side"] for ref, party in held.items()}
    sides |= {party["ref"]: party["side"] for party in j.facts["parties"]}
    distinct = len(set(refs)) == len(refs) and not set(refs) & set(j.sheet["agents"])
    return own and distinct and set(sides.values()) == {Side.APPLICANT, Side.RESPONDENT}


@guard(gettext_noop("没有这个法院"), "ZX-9", remedy=gettext_noop("请从列表中选择法院"), writer=True)
def fits_known_court(j: Judgement) -> bool:
    return j.world is None or j.world.knows_court(j.facts["court"])


@guard(gettext_noop("没有这个调解组织，或者它已停止办理"), "N-4.5e", remedy=gettext_noop("请从列表中选择"), writer=True)
def fits_known_organisation(j: Judgement) -> bool:
    return j.world is None or j.world.knows_organisation(j.facts["organisation"])


@guard(
    gettext_noop("提交人应当同意处理敏感个人信息，并同意向法院和调解组织提供个人信息"),
    "ZS-4",
    "N-4.5e",
    remedy=gettext_noop("请逐项阅读并勾选；不同意的，可以到人民法院诉讼服务大厅线下办理"),
)
def fits_sharing_consents(j: Judgement) -> bool:
    return {Stage.SENSITIVE_DATA, Stage.DATA_SHARING} <= {Stage(code) for code in j.facts["consents"]}


@guard(
    gettext_noop("该调解组织不受理这一类纠纷"),
    "N-4.5b",
    remedy=gettext_noop("请选择受理这类纠纷的调解组织"),
    writer=True,
)
def fits_taken_dispute(j: Judgement) -> bool:
    return j.world is None or j.world.takes(j.facts["organisation"], j.facts.get("cause") or j.case.cause)


@guard(
    gettext_noop("协议生效日期不能晚于今天，也不能早于2017年7月1日"),
    "CPL-205",
    remedy=gettext_noop("请填写最后一方当事人签名的日期"),
)
def fits_past_effect(j: Judgement) -> bool:
    return law.CIVIL_PROCEDURE_2017 <= date.fromisoformat(j.facts["effective_on"]) <= local_day(j.at)


@guard(
    gettext_noop("这份调解协议已经登记在一件未结的案件中"),
    "N-4.5e",
    remedy=gettext_noop("请在原案件中办理，不必再次提交；扫描件选错的，请重新选择文件"),
    writer=True,
)
def fits_new_scan(j: Judgement) -> bool:
    return j.world is None or j.world.is_scan_new(j.facts["digest"], j.facts["organisation"], j.case)


@guard(gettext_noop("该案号已经用于另一案件"), "N-4.5d", remedy=gettext_noop("请核对案号"), writer=True)
def fits_free_number(j: Judgement) -> bool:
    number = j.facts.get("docket_number") or j.facts.get("number")
    return j.world is None or not number or j.world.is_number_free(number, j.case)


def quoted_number(j: Judgement) -> CaseNumber | None:
    """Return the case number that is quoted, taken apart; None where none is, or none can be read."""
    try:
        return CaseNumber.parse(str(j.facts.get("docket_number") or j.facts.get("number") or ""))
    except CaseNumberError:
        return None


@guard(
    gettext_noop("案号不是受理该案的法院编立的"),
    "N-4.5d",
    remedy=gettext_noop("请填写受理法院编立的案号，或者不填，由系统编立"),
    writer=True,
)
def fits_own_number(j: Judgement) -> bool:
    number = quoted_number(j)
    return j.world is None or number is None or number.court == (j.case.court or j.facts.get("court"))


@guard(
    gettext_noop("案号的年度晚于今年"),
    "N-4.5d",
    remedy=gettext_noop("请核对案号的年度"),
    writer=True,
)
def fits_number_year(j: Judgement) -> bool:
    # The grammar itself admits no year before 2000.
    number = quoted_number(j)
    return j.world is None or number is None or number.year <= local_day(j.at).year


@guard(
    gettext_noop("案号的类型代字不是这一步骤所用的"),
    "N-4.5d",
    remedy=gettext_noop("请核对案号：立案用“民初”，其他步骤用当年规定的类型代字；或者不填，由系统编立"),
    writer=True,
)
def fits_number_code(j: Judgement) -> bool:
    """A number quoted bears the code of its own year: one of 2021 keeps 民特 in 2022 (law.md C8)."""
    quoted = j.facts.get("docket_number") or j.facts.get("number")
    if j.world is None or not quoted:
        return True
    number, court = quoted_number(j), j.case.court or j.facts.get("court")
    purpose = CodePurpose.FIRST_INSTANCE if j.facts.get("docket_number") else j.purpose
    if number is None or purpose is None:
        return False
    last = min(local_day(j.at), date(number.year, 12, 31))
    return number.code == j.world.case_code(purpose, str(court), max(last, law.CASE_NUMBERS))


# Consent and choice.


@guard(
    gettext_noop("立案前委派自2025年1月1日起受到限制，应当写明理由，或者先立案再委托"),
    "LT-1",
    "LT-2",
    "N-4.5f",
    remedy=gettext_noop("请勾选“已确认立案前委派的理由”，或者使用“立案并委托”"),
    writer=True,
)
def fits_delegation_policy(j: Judgement) -> bool:
    if j.world is None or j.case.track != Track.DELEGATED:
        return True
    gate = law.delegation_policy(local_day(j.case.filed_at)).gate
    # Whoever delegates anew what came back relies on the reason that was confirmed the first time.
    return gate is law.Gate.OPEN or bool(j.facts.get("reason_confirmed") or j.case.organisation)


ATTESTED = (Channel.PHONE, Channel.PAPER, Channel.IN_PERSON)
"""By which channels staff take an answer down; what comes on line or by message the party gives itself."""


@guard(
    gettext_noop("在线、短信的答复由当事人本人作出，不能代为登记"),
    "ZS-7",
    "N-4.5f",
    remedy=gettext_noop("请向当事人发送征询链接；电话、书面、当面答复的，请选择相应的方式并记录或者上传"),
)
def fits_attested_answer(j: Judgement) -> bool:
    return j.by.role not in (Role.CLERK, Role.MEDIATOR) or j.facts["channel"] in ATTESTED


@guard(
    gettext_noop("双方当事人尚未都同意调解"),
    "N-4.5f",
    "TY-11",
    remedy=gettext_noop("请先征得当事人同意；立案前仅申请人同意的，可以依据其申请办理"),
)
def can_rely_on_consents(j: Judgement) -> bool:
    if "WITHDRAWN" in j.sheet["consents"].get(Stage.DATA_SHARING, {}).values():
        return False
    if j.sheet.get("one_sided"):
        return all(has_consented(j.case, ref) for ref in remaining(j.case, Side.APPLICANT))
    return all(has_consented(j.case, ref) or is_bound_to_take_part(j.case, ref) for ref in remaining(j.case))


@guard(
    gettext_noop("申请人一方的同意已经撤回或者尚未作出"),
    "ZX-10",
    remedy=gettext_noop("请先征得申请人同意"),
)
def can_rely_on_applicant(j: Judgement) -> bool:
    return all(has_consented(j.case, ref) for ref in remaining(j.case, Side.APPLICANT))


@guard(
    gettext_noop("这项同意已经作出，仍然有效"),
    "N-4.5f",
    "ZS-4",
    remedy=gettext_noop("不需要再次同意，请等待下一步；改变主意的，可以撤回同意"),
    writer=True,
)
def fits_new_consent(j: Judgement) -> bool:
    """Said again, it moves the case on only where nobody else is waited for any more: another party has withdrawn."""
    stage = Stage(j.facts["stage"])
    onward = j.case.state == State.CONSULTING and stage is Stage.MEDIATION and can_rely_on_consents.test(j)
    return j.world is None or onward or not has_consented(j.case, j.party, stage)


@guard(
    gettext_noop("没有可以撤回的同意"),
    "ZS-5",
    remedy=gettext_noop("无需操作"),
)
def fits_standing_consent(j: Judgement) -> bool:
    return has_consented(j.case, j.party, Stage(j.facts["stage"]))


@guard(
    gettext_noop("该调解组织不在本院特邀调解名册上"),
    "N-4.2c",
    "TY-5",
    remedy=gettext_noop("请从本院名册中选择，或者先办理入册确认"),
    writer=True,
)
def fits_listed_here(j: Judgement) -> bool:
    return j.world is None or j.world.is_listed(j.case.court, j.facts["organisation"], local_day(j.at))


@guard(
    gettext_noop("该调解组织在办案件已达上限"),
    "N-4.5f",
    remedy=gettext_noop("请选择有余力的调解组织"),
    writer=True,
)
def fits_capacity(j: Judgement) -> bool:
    return j.world is None or j.world.has_capacity(j.facts["organisation"])


@guard(
    gettext_noop("该调解组织与本案当事人有利害关系"),
    "TY-15",
    "ZX-13",
    remedy=gettext_noop("请选择无利害关系的调解组织"),
    writer=True,
)
def fits_no_conflict(j: Judgement) -> bool:
    return j.world is None or not j.world.conflicts(j.case, (), j.facts["organisation"])


@guard(
    gettext_noop("双方已经共同选定另一调解组织"),
    "ZX-10",
    "TY-12",
    remedy=gettext_noop("请委派双方共同选定的调解组织；该组织未接受的，再另行指定"),
)
def fits_joint_choice(j: Judgement) -> bool:
    return j.sheet.get("chosen", "") in ("", j.facts["organisation"])


@guard(
    gettext_noop("双方共同选择调解组织的二个工作日尚未届满"),
    "ZX-10",
    remedy=gettext_noop("请等待双方选择；双方交由法院指定的，请确认后办理"),
)
def fits_designation(j: Judgement) -> bool:
    return not is_choosing(j.case, j.at) or bool(j.facts.get("left_to_court"))


def is_choosing(case: CaseView, at: datetime) -> bool:
    """Tell whether the parties' days to choose together still keep the court from designating (ZX-10): not once they
    have chosen, and not where an organisation gave the case back, for which the court may designate anew (ZX-12).
    """
    clock = case.sheet.get("clocks", {}).get(ClockKind.CHOOSE)
    within = bool(clock) and at <= datetime.fromisoformat(clock["due"])
    return within and not (case.sheet.get("chosen") or case.sheet.get("one_sided") or case.organisation)


@guard(
    gettext_noop("所选调解员不属于所选的调解组织，或者不在本院特邀调解名册上"),
    "ZX-10",
    "TY-5",
    remedy=gettext_noop("请选择该组织在本院名册上的调解员，或者只选择调解组织"),
    writer=True,
)
def fits_chosen_entrant(j: Judgement) -> bool:
    organisation, mediator = j.facts["organisation"], j.facts.get("mediator")
    on = local_day(j.at)
    return j.world is None or not mediator or j.world.is_own_listed(j.case.court, organisation, mediator, on)


@guard(
    gettext_noop("共同选择的期限没有在进行，或者各方已经共同选定"),
    "ZX-10",
    remedy=gettext_noop("无需操作，由法院依法指定或者委派、委托"),
)
def can_leave_choice(j: Judgement) -> bool:
    return _is_within(j, ClockKind.CHOOSE) and not j.sheet.get("chosen")


# Accepting and preparing.


@guard(
    gettext_noop("应当先作利害关系披露"),
    "ZX-13",
    remedy=gettext_noop("请如实选择是否有应当披露的情形"),
)
def fits_disclosed_on_accepting(j: Judgement) -> bool:
    return bool(j.facts["declared"])


@guard(
    gettext_noop("所选调解员不是该调解组织的在册调解员，或者委派、委托的法院未将其列入名册"),
    "TY-6",
    "TY-13",
    remedy=gettext_noop("请从本组织在册调解员中选择"),
    writer=True,
)
def fits_own_mediators(j: Judgement) -> bool:
    return j.world is None or j.world.may_serve(j.case, j.facts["mediators"])


@guard(
    gettext_noop("调解员与当事人有利害关系，应当回避"),
    "TY-15",
    "ZX-13",
    remedy=gettext_noop("请另行指定调解员"),
    writer=True,
)
def fits_no_mediator_conflict(j: Judgement) -> bool:
    return j.world is None or not j.world.conflicts(j.case, j.facts["mediators"], j.case.organisation)


@guard(
    gettext_noop("调解员已经在协议上签名，签名继续有效，不再更换调解员"),
    "ZX-19",
    "TY-23",
    remedy=gettext_noop("尚未盖章或者还要分立其余请求的，由调解组织办理"),
)
def can_await_mediator(j: Judgement) -> bool:
    return awaits_mediator(j.case)


@guard(
    gettext_noop("首席调解员应当在所选调解员之中"),
    "TY-13",
    "ZX-11",
    remedy=gettext_noop("请把首席调解员列入调解员名单"),
)
def fits_lead(j: Judgement) -> bool:
    return j.facts["lead"] in j.facts["mediators"]


@guard(
    gettext_noop("各方当事人已经共同选定调解员，另行指定应当说明理由"),
    "ZX-10",
    "ZX-12",
    remedy=gettext_noop("请指定各方选定的调解员，或者选择另行指定的理由"),
)
def fits_chosen_mediator(j: Judgement) -> bool:
    return j.sheet.get("chosen_mediator", "") in ("", *j.facts["mediators"]) or bool(j.facts.get("instead"))


@guard(
    gettext_noop("只有首席调解员可以开始调解"),
    "ZX-16",
    remedy=gettext_noop("请由首席调解员操作"),
)
def can_lead(j: Judgement) -> bool:
    return bool(j.sheet.get("lead") == j.by.ref)


@guard(
    gettext_noop("尚未指定调解员，或者调解员尚未披露利害关系"),
    "TY-13",
    "ZX-13",
    remedy=gettext_noop("请先由调解组织指定调解员，并由调解员逐一披露"),
)
def can_rely_on_mediators(j: Judgement) -> bool:
    chosen = j.sheet.get("mediators", [])
    return bool(chosen) and all(ref in j.sheet.get("disclosed", {}) for ref in chosen)


@guard(
    gettext_noop("有尚未解决的回避问题"),
    "TY-15",
    "ZX-13",
    remedy=gettext_noop("请由各方当事人一致同意继续，或者由调解组织、法院作出回避决定"),
)
def can_ignore_recusal(j: Judgement) -> bool:
    return not objects_standing(j.case)


def open_findings(case: CaseView, mediator: str) -> list[dict[str, Any]]:
    """Return what was found to connect this mediator with the people of the case and is not settled yet."""
    return [one for one in case.sheet.get("conflicts", ()) if one["mediator"] == mediator and one["open"]]


@guard(
    gettext_noop("核查发现您与本案当事人或者代理人有应当披露的关系，不能选择“无应当披露的情形”"),
    "ZX-13",
    "TY-15",
    remedy=gettext_noop("请按核查结果选择相应的情形并说明具体情况；核查有误的，也请在说明中写明"),
)
def fits_disclosed_findings(j: Judgement) -> bool:
    return j.facts["ground"] != RecusalGround.NONE or not open_findings(j.case, j.by.ref)


@guard(
    gettext_noop("该调解员本人或者所在组织就是本案当事人或者代理人，不能因当事人同意而继续"),
    "TY-15",
    remedy=gettext_noop("请由调解组织或者法院决定回避，并由调解组织另行指定调解员"),
)
def fits_curable(j: Judgement) -> bool:
    if j.facts.get("upheld"):
        return True
    named = j.facts.get("mediator")
    held = [ref for ref in j.sheet.get("recusals", []) if not named or ref == named]
    found = (one for ref in held for one in open_findings(j.case, ref))
    return not any(one["certain"] and one["kind"] in (ConflictKind.SELF, ConflictKind.ORGANISATION) for one in found)


@guard(
    gettext_noop("没有待决定的回避问题"),
    "TY-15",
    remedy=gettext_noop("无需操作"),
)
def can_decide_recusal(j: Judgement) -> bool:
    return objects_standing(j.case)


@guard(
    gettext_noop("对方当事人尚未同意调解，也没有参加调解的法定义务"),
    "ZX-10",
    "ZX-15",
    "ZQ-94",
    "QH-56",
    remedy=gettext_noop("请先联系该当事人并记录其答复；明确拒绝或者无法联系的，应当终止调解"),
)
def can_hold_session(j: Judgement) -> bool:
    return all(has_consented(j.case, ref) or is_bound_to_take_part(j.case, ref) for ref in remaining(j.case))


@guard(
    gettext_noop("尚有当事人没有确认送达地址"),
    "ZX-17",
    remedy=gettext_noop("请引导当事人填写送达地址确认书"),
)
def can_serve_all(j: Judgement) -> bool:
    return set(remaining(j.case)) <= set(j.sheet.get("addresses", []))


@guard(
    gettext_noop("应当核实每一方当事人的身份，告知权利义务，警示虚假调解的后果，并由每一方本人或者代理人确认阅知"),
    "ZX-17",
    "TY-14",
    remedy=gettext_noop("请逐一核实，并请各方在账户、手机链接或者当面确认阅知调解须知"),
)
def fits_opening(j: Judgement) -> bool:
    each = set(j.facts["verified"]) & set(j.facts["acknowledged"])
    return set(remaining(j.case)) <= each and j.facts["informed"] and j.facts["warned"]


@guard(
    gettext_noop("尚有当事人没有同意在线方式"),
    "ZX-4",
    "ZX-16",
    remedy=gettext_noop("请先取得其对在线方式的同意，或者改为现场调解"),
)
def fits_mode(j: Judgement) -> bool:
    on_site = j.facts["mode"] == SessionMode.ON_SITE
    return on_site or all(has_consented(j.case, ref, Stage.ONLINE) for ref in remaining(j.case))


@guard(
    gettext_noop("改选的调解员应当是该调解组织的在册调解员，且不是被异议的这一位"),
    "ZX-14",
    "TY-12",
    remedy=gettext_noop("请另选一位调解员，或者不填"),
    writer=True,
)
def fits_preferred_mediator(j: Judgement) -> bool:
    named = j.facts.get("prefers")
    known = j.world is None or not named or j.world.may_serve(j.case, [named])
    return known and named != j.facts["mediator"]


@guard(gettext_noop("该调解员不在本案中"), "ZX-14", remedy=gettext_noop("请选择本案的调解员"))
def fits_serving_mediator(j: Judgement) -> bool:
    return j.facts["mediator"] in j.sheet.get("mediators", [])


@guard(
    gettext_noop("请指明是哪一位调解员的回避问题"),
    "TY-15",
    remedy=gettext_noop("请选择有回避问题的调解员"),
)
def fits_open_recusal(j: Judgement) -> bool:
    standing = j.sheet.get("recusals", [])
    named = j.facts.get("mediator")
    return named in standing if named else len(set(standing)) == 1


@guard(
    gettext_noop("每名当事人至多委托两名代理人，且代理人不能同时代理双方"),
    "CPL-61",
    remedy=gettext_noop("请先解除原来的委托"),
)
def fits_agent_count(j: Judgement) -> bool:
    agents, side = j.sheet["agents"], j.sheet["parties"][j.facts["party"]]["side"]
    others = [ref for ref, held in agents.items() if j.facts["party"] in held["for"] and ref != j.facts["agent"]]
    principals = agents.get(j.facts["agent"], {}).get("for", {})
    one_side = all(j.sheet["parties"][ref]["side"] == side for ref in principals)
    return len(others) < 2 and one_side and j.facts["agent"] not in j.sheet["parties"]


@guard(gettext_noop("您没有委托代理人"), "CPL-61", remedy=gettext_noop("无需操作"))
def can_dismiss_agent(j: Judgement) -> bool:
    ours = set(acts_for(j.case, j.by))
    return any(ours & set(held["for"]) for held in j.sheet.get("agents", {}).values())


@guard(gettext_noop("该代理人没有这一方的委托"), "CPL-61", remedy=gettext_noop("无需操作"))
def fits_own_agent(j: Judgement) -> bool:
    return j.facts["party"] in j.sheet["agents"].get(j.facts["agent"], {}).get("for", {})


# Mediating.


@guard(
    gettext_noop("2025年1月1日以后的委托案件只能延长一次，且不得超过三十日"),
    "LT-3",
    "ZX-24",
    remedy=gettext_noop("请选择原期限届满后三十日以内的日期"),
)
def fits_extension(j: Judgement) -> bool:
    clock = j.sheet.get("clocks", {}).get(ClockKind.MEDIATE)
    if not clock:
        return False
    until, due = date.fromisoformat(j.facts["until"]), local_day(datetime.fromisoformat(clock["due"]))
    cap = law.extension_cap(Track(j.case.track), local_day(j.case.filed_at))
    within = cap is None or ((until - due).days <= cap and not j.sheet.get("extended"))
    return due < until and within and (until - due).days <= 3650


@guard(
    gettext_noop("延长后的日期应当晚于现在的审查期限"),
    "CPL-187",
    remedy=gettext_noop("请选择更晚的日期"),
)
def fits_later_review(j: Judgement) -> bool:
    clock = j.sheet.get("clocks", {}).get(ClockKind.REVIEW)
    return bool(clock) and date.fromisoformat(j.facts["until"]) > local_day(datetime.fromisoformat(clock["due"]))


@guard(
    gettext_noop("只有涉嫌虚假调解而中止的案件需要审查"),
    "TY-18",
    remedy=gettext_noop("鉴定等其他原因消失后，由调解员恢复调解"),
)
def can_review_suspicion(j: Judgement) -> bool:
    return bool(j.sheet.get("suspension", {}).get("ground") == "SUSPICION")


@guard(
    gettext_noop("涉嫌虚假调解的，应当先由调解组织审查"),
    "TY-18",
    remedy=gettext_noop("请等待调解组织的审查决定"),
)
def can_resume(j: Judgement) -> bool:
    return not can_review_suspicion.test(j)


@guard(
    gettext_noop("这一理由由当事人的行为或者期限决定，不由调解员选择"),
    "ZX-25",
    remedy=gettext_noop("请选择无法联系、不愿继续、分歧较大或者其他情形"),
)
def fits_end_ground(j: Judgement) -> bool:
    return j.facts["ground"] in (
        EndGround.UNREACHABLE,
        EndGround.UNWILLING,
        EndGround.WIDE_DIFFERENCES,
        EndGround.OTHER,
    )


@guard(
    gettext_noop("调解员还没有写下调解笔录"),
    "ZX-22",
    remedy=gettext_noop("请等待调解员写好笔录；写好后会通知您确认"),
)
def has_record(j: Judgement) -> bool:
    return j.by.role is Role.MEDIATOR or bool(j.sheet.get("record", {}).get("digest"))


@guard(
    gettext_noop("调解员还没有写下无争议事实"),
    "ZX-18",
    remedy=gettext_noop("请等待调解员写好无争议事实；写好后会通知您确认"),
)
def has_undisputed(j: Judgement) -> bool:
    return j.by.role is Role.MEDIATOR or bool(j.sheet.get("undisputed", {}).get("digest"))


@guard(
    gettext_noop("确认的内容与当前版本不一致"),
    "ZX-22",
    remedy=gettext_noop("请重新打开最新版本后再确认"),
)
def fits_current_record(j: Judgement) -> bool:
    return j.by.role in (Role.MEDIATOR,) or j.sheet.get("record", {}).get("digest") == j.facts["digest"]


@guard(
    gettext_noop("确认的内容与当前版本不一致"),
    "ZX-18",
    remedy=gettext_noop("请重新打开最新版本后再确认"),
)
def fits_current_undisputed(j: Judgement) -> bool:
    return j.by.role in (Role.MEDIATOR,) or j.sheet.get("undisputed", {}).get("digest") == j.facts["digest"]


# Agreeing.


@guard(
    gettext_noop("所签的不是当前版本的协议"),
    "ZX-19",
    remedy=gettext_noop("请重新打开最新版本，核对后再签"),
)
def fits_exact_version(j: Judgement) -> bool:
    return bool(j.sheet.get("agreement", {}).get("digest") == j.facts["digest"])


@guard(
    gettext_noop("签名顺序为：各方当事人、调解员、调解组织盖章；已经签过的不必再签"),
    "ZX-19",
    "TY-23",
    remedy=gettext_noop("请等待前一顺序的人签完"),
)
def can_sign_now(j: Judgement) -> bool:
    signatures = j.sheet.get("agreement", {}).get("signatures", {})
    if j.by.role in (Role.PARTY, Role.AGENT):
        return j.case.state == State.SIGNING and any(ref not in signatures for ref in acts_for(j.case, j.by))
    if j.case.state != State.SETTLED or not all_signed(j.case):
        return False
    if j.by.role is Role.MEDIATOR:
        return Role.MEDIATOR.value not in signatures
    return Role.MEDIATOR.value in signatures and Role.ORGANISATION.value not in signatures


@guard(
    gettext_noop("调解员尚未披露利害关系，或者有尚未解决的回避问题，不能在协议上签名"),
    "ZX-13",
    "TY-15",
    remedy=gettext_noop("请先披露；有回避问题的，由各方当事人一致同意继续，或者由调解组织决定"),
)
def can_sign_impartially(j: Judgement) -> bool:
    # Whoever is put in after the parties have signed vouches for an agreement like any other mediator.
    settled = not objects_standing(j.case) and j.by.ref in j.sheet.get("disclosed", {})
    return j.by.role is not Role.MEDIATOR or settled


@guard(
    gettext_noop("现在不需要盖章前核对：各方和调解员还没有签完，或者这一版本已经核对、已经盖章"),
    "TY-23",
    remedy=gettext_noop("已经核对的，请直接盖章；没有签完的，请等待各方和调解员签名"),
)
def can_review_seal(j: Judgement) -> bool:
    return is_waiting_for_seal(j.case) and not j.sheet["agreement"].get("review")


@guard(
    gettext_noop("盖章以前应当逐项核对，每一项都要确认"),
    "TY-23",
    "JI-358",
    remedy=gettext_noop("有一项不能确认的，不要盖章：请写明理由拒绝盖章，或者请调解员处理"),
)
def fits_whole_review(j: Judgement) -> bool:
    return all(value is True for name, value in j.facts.items() if name != "digest")


@guard(
    gettext_noop("还没有登记盖章前的核对"),
    "TY-23",
    "ZX-19",
    remedy=gettext_noop("请先办理“盖章前核对”，逐项确认这一版本，再盖章"),
    writer=True,
)
def can_seal_reviewed(j: Judgement) -> bool:
    return j.by.role is not Role.ORGANISATION or bool(j.sheet.get("agreement", {}).get("review"))


@guard(
    gettext_noop("还没有以一次性验证码核实是签名人本人签署这一文件"),
    "ZX-17",
    "ZX-19",
    remedy=gettext_noop(
        "请先获取验证码：它发送到您本人的手机或者邮箱，只用于签署这一文件，10分钟内有效；签署时一并填写"
    ),
    writer=True,
)
def fits_proved_signer(j: Judgement) -> bool:
    return bool(j.by.proof) and j.by.proof == j.facts["digest"]


@guard(gettext_noop("这一方已经签过"), "ZX-19", remedy=gettext_noop("无需再签"))
def fits_unsigned(j: Judgement) -> bool:
    if j.by.role not in (Role.PARTY, Role.AGENT):
        return True
    return j.party in acts_for(j.case, j.by) and j.party not in j.sheet.get("agreement", {}).get("signatures", {})


@guard(
    gettext_noop("协议还缺调解员签名或者调解组织盖章"),
    "ZX-19",
    "RT-29",
    remedy=gettext_noop("请等待调解员签名和调解组织盖章"),
)
def can_rely_on_complete_agreement(j: Judgement) -> bool:
    return is_complete(j.case)


@guard(gettext_noop("协议已经完整，不能再拒绝盖章"), "ZX-19", remedy=gettext_noop("无需操作"))
def can_refuse_seal(j: Judgement) -> bool:
    return not is_complete(j.case)


@guard(
    gettext_noop("协议还没有签完，或者已签文件已经送交"),
    "TY-19",
    remedy=gettext_noop("无需操作"),
)
def can_deliver_agreement(j: Judgement) -> bool:
    return is_returnable(j.case) and not j.sheet["agreement"].get("signed")


@guard(gettext_noop("只有部分达成协议的案件可以分立"), "ZX-19", remedy=gettext_noop("无需操作"))
def can_split(j: Judgement) -> bool:
    agreement = j.sheet.get("agreement", {})
    return not agreement.get("full", True) and not agreement.get("split")


@guard(
    gettext_noop("部分达成协议的，应当先把未达成协议的请求分立为关联案件"),
    "ZX-19",
    remedy=gettext_noop("请由调解员或者调解组织先办理“分立未达成部分”；期限届满仍未办理的，由平台分立"),
)
def can_leave_rest(j: Judgement) -> bool:
    return j.case.state == State.SIGNING or is_whole(j.case)


@guard(
    gettext_noop("最后一期履行日期由调解员或者调解组织填写"),
    "ZX-19",
    remedy=gettext_noop("请只签名，不填日期"),
)
def fits_due_from_staff(j: Judgement) -> bool:
    return not {"last_due", "obligations"} & set(j.facts) or j.by.role in (Role.MEDIATOR, Role.ORGANISATION)


@guard(
    gettext_noop("履行义务应当写明不同的双方当事人，支付款项的应当写明金额；已经登记的不能改写"),
    "ZX-19",
    remedy=gettext_noop("请按协议核对义务人、权利人、金额和履行期限"),
)
def fits_obligations(j: Judgement) -> bool:
    stated = j.facts.get("obligations", [])
    named = {party["ref"] for party in j.facts.get("parties", ())} or set(parties(j.case))
    fresh = len({one["ref"] for one in stated}) == len(stated) and not (stated and obligations(j.case))
    return fresh and all(
        {one["payer"], one["payee"]} <= named
        and one["payer"] != one["payee"]
        and (one["kind"] != ObligationKind.PAYMENT or one.get("amount", 0) > 0)
        for one in stated
    )


@guard(
    gettext_noop("履行期限不能晚于今天起三十年：协议约定的期限届满以前，对方不能申请执行"),
    "CPL-250",
    remedy=gettext_noop("请按协议核对最后一期履行日期和各期履行期限"),
)
def fits_foreseeable_due(j: Judgement) -> bool:
    named = [j.facts.get("last_due", ""), *(one["due_on"] for one in j.facts.get("obligations", ()))]
    return max(named) <= add_months(local_day(j.at), LONGEST_AGREEMENT).isoformat()


@guard(
    gettext_noop("协议还缺调解员签名或者调解组织盖章"),
    "TY-20",
    remedy=gettext_noop("请等待签名和盖章；调解组织拒绝盖章的，系统会连同理由移送法院"),
)
def can_return_agreement(j: Judgement) -> bool:
    return is_returnable(j.case)


# Confirmation, decree, performance.


def _is_within(j: Judgement, kind: ClockKind) -> bool:
    clock = j.sheet.get("clocks", {}).get(kind)
    return bool(clock) and j.at <= datetime.fromisoformat(clock["due"])


@guard(
    gettext_noop("申请司法确认的三十日期限已过"),
    "CPL-205",
    remedy=gettext_noop("可以自动履行；一方不履行的，另一方可以依据协议起诉"),
)
def can_seek_in_time(j: Judgement) -> bool:
    return _is_within(j, ClockKind.CONFIRM)


@guard(
    gettext_noop("该法院对这一司法确认申请没有管辖权"),
    "CPL-205",
    remedy=gettext_noop(
        "法院委派的，向邀请调解的法院提出；自行调解的，向当事人住所地、标的物所在地或者调解组织所在地的法院提出"
    ),
    writer=True,
)
def fits_competent_court(j: Judgement) -> bool:
    return j.world is None or (j.world.knows_court(j.facts["court"]) and j.world.is_competent(j.facts["court"], j.case))


@guard(
    gettext_noop("补充材料的期限尚未届满"),
    "JI-357",
    remedy=gettext_noop("请等待期限届满；已补充的，请继续办理"),
)
def can_deem_withdrawn(j: Judgement) -> bool:
    return can_supplement.test(j) and not _is_within(j, ClockKind.SUPPLEMENT)


@guard(
    gettext_noop("立案后委托的案件应当先由平台把完整协议移送法院"),
    "TY-20",
    "CPL-100",
    remedy=gettext_noop("请等待调解员签名和调解组织盖章"),
)
def can_seek_decree(j: Judgement) -> bool:
    if j.case.track == Track.ENTRUSTED:
        return j.case.state == State.AGREEMENT_RETURNED
    return j.case.state == State.SETTLED and is_complete(j.case)


@guard(
    gettext_noop("立案前达成协议的，应当选择制作调解书的法院"),
    "N-4.5c",
    remedy=gettext_noop("请选择有管辖权的法院；该院先立案，再制作调解书"),
    writer=True,
)
def fits_decree_court(j: Judgement) -> bool:
    court = j.facts.get("court")
    if j.case.track == Track.ENTRUSTED:
        return court in (None, j.case.court)
    return bool(court) and (j.world is None or j.world.is_competent(str(court), j.case))


@guard(gettext_noop("该案已经立案"), "LT-2", remedy=gettext_noop("请制作调解书"))
def can_docket_for_decree(j: Judgement) -> bool:
    return not j.sheet.get("docketed_at")


@guard(
    gettext_noop("立案前达成协议的，应当先立案再制作调解书"),
    "LT-2",
    "TY-20",
    remedy=gettext_noop("请立案人员先办理“为制作调解书立案”"),
)
def can_issue_decree(j: Judgement) -> bool:
    return j.case.track == Track.ENTRUSTED or bool(j.sheet.get("docketed_at"))


@guard(gettext_noop("您已经签收裁定书"), "JI-372", remedy=gettext_noop("无需再签收"))
def can_receive_ruling(j: Judgement) -> bool:
    received = j.sheet.get("received", {})
    able = acts_for(j.case, j.by) if j.by.role in (Role.PARTY, Role.AGENT) else parties(j.case)
    return any(ref not in received for ref in able)


@guard(gettext_noop("这一方已经签收"), "JI-372", remedy=gettext_noop("无需再签收"))
def fits_unreceived(j: Judgement) -> bool:
    return j.party not in j.sheet.get("received", {})


@guard(
    gettext_noop(
        "由法院登记的签收，应当写明纸质回证上的签收日期，不能晚于今天，也不能早于文书作出和发出之日；在线签收的不填"
    ),
    "ZS-31",
    "JI-372",
    remedy=gettext_noop("请核对送达回证上的日期；还没有签收的，不要登记"),
    writer=True,
)
def fits_receipt_day(j: Judgement) -> bool:
    if j.by.role is not Role.CLERK:
        return "on" not in j.facts
    sent = sent_for_receipt(j.case, j.party)
    return "on" in j.facts and local_day(sent or j.at) <= date.fromisoformat(j.facts["on"]) <= local_day(j.at)


@guard(
    gettext_noop("协议约定的履行期限尚未届满"),
    "CPL-250",
    remedy=gettext_noop("请在履行期限届满后申请；对方明确表示不履行的，请联系法院"),
)
def can_enforce_yet(j: Judgement) -> bool:
    if obligations(j.case):
        return bool(late_obligations(j.case, local_day(j.at)))
    last_due = j.sheet.get("agreement", {}).get("last_due")
    return not last_due or date.fromisoformat(last_due) < local_day(j.at)


@guard(
    gettext_noop("没有需要您履行的、尚未报告的义务"),
    "N-4.5c",
    remedy=gettext_noop("已经报告的，请等待对方确认"),
)
def can_report_performance(j: Judgement) -> bool:
    ours = acts_for(j.case, j.by)
    return any(one["payer"] in ours and not one["reported_at"] for one in open_obligations(j.case))


@guard(gettext_noop("这一项义务不是由这一方履行，或者已经报告、已经确认"), "N-4.5c", remedy=gettext_noop("请重新选择"))
def fits_owed_by_party(j: Judgement) -> bool:
    return any(
        one["ref"] == j.facts["obligation"] and one["payer"] == j.party and not one["reported_at"]
        for one in open_obligations(j.case)
    )


@guard(
    gettext_noop("部分支付的金额应当大于零，不超过尚未支付的金额，并且只用于支付款项的义务"),
    "ZX-19",
    remedy=gettext_noop("请核对金额；已经全部付清的，不填金额"),
)
def fits_reported_amount(j: Judgement) -> bool:
    part = j.facts.get("amount")
    owed = next((one for one in obligations(j.case) if one["ref"] == j.facts["obligation"]), None)
    return part is None or (
        owed is not None and owed["kind"] == ObligationKind.PAYMENT and 0 < part <= (outstanding(owed) or 0)
    )


@guard(gettext_noop("没有等待您确认的义务"), "N-4.5c", remedy=gettext_noop("无需操作"))
def can_answer_performance(j: Judgement) -> bool:
    ours = acts_for(j.case, j.by)
    return any(one["payee"] in ours for one in open_obligations(j.case))


@guard(
    gettext_noop("这一项义务不是向这一方履行的，已经确认，或者对方尚未报告已经履行"),
    "N-4.5c",
    remedy=gettext_noop("请重新选择；对方到期没有履行的，可以依法申请执行或者起诉"),
)
def fits_owed_to_party(j: Judgement) -> bool:
    return any(
        one["ref"] == j.facts["obligation"]
        and one["payee"] == j.party
        and (j.facts["received"] or bool(one["reported_at"]))
        for one in open_obligations(j.case)
    )


@guard(
    gettext_noop("协议没有约定一期逾期的，其余各期提前到期"),
    "MT-8",
    "ZX-19",
    remedy=gettext_noop("到期未付的款项可以依法申请执行或者起诉；其余各期请等到各自的期限届满"),
)
def can_declare_under_the_agreement(j: Judgement) -> bool:
    ours = acts_for(j.case, j.by)
    return any(one["payee"] in ours and one.get("series") for one in obligations(j.case))


@guard(
    gettext_noop("宣布提前到期的条件没有成就：没有逾期未付的一期，或者已经宣布过、各期都已到期"),
    "MT-8",
    "ZX-19",
    remedy=gettext_noop("对方报告已经付款的，请先确认或者否认收到；已经全部到期的，可以依法申请执行或者起诉"),
)
def can_declare_due(j: Judgement) -> bool:
    ours = acts_for(j.case, j.by)
    return any(one["payee"] in ours for one in declarable_obligations(j.case, local_day(j.at)))


@guard(
    gettext_noop("这一期不是向这一方支付的，没有逾期，或者对方已经报告付款"),
    "MT-8",
    "ZX-19",
    remedy=gettext_noop("请选择逾期未付的一期；对方报告已经付款的，请先确认或者否认收到"),
)
def fits_missed_instalment(j: Judgement) -> bool:
    return any(
        (one["ref"], one["payee"]) == (j.facts["obligation"], j.party)
        for one in declarable_obligations(j.case, local_day(j.at))
    )


@guard(gettext_noop("没有待补充的材料"), "JI-354", remedy=gettext_noop("无需操作"))
def can_supplement(j: Judgement) -> bool:
    return ClockKind.SUPPLEMENT in j.sheet.get("clocks", {})


@guard(
    gettext_noop("裁定由审判员作出：立案人员登记的，应当写明审判员"),
    "CPL-205",
    "JI-355",
    remedy=gettext_noop("请选择作出裁定的审判员，或者由审判员本人办理"),
    writer=True,
)
def fits_named_judge(j: Judgement) -> bool:
    return (j.by.role is Role.JUDGE) == ("judge" not in j.facts)


@guard(
    gettext_noop("尚在等待当事人补充材料"),
    "JI-354",
    remedy=gettext_noop("请等待补充，或者期满后按撤回处理"),
)
def can_go_on_without_supplement(j: Judgement) -> bool:
    return not can_supplement.test(j)


@guard(
    gettext_noop("应当通知双方当事人同时到场核实"),
    "JI-356",
    remedy=gettext_noop("请核实并注明双方到场（在线到场视为到场）"),
)
def fits_presence(j: Judgement) -> bool:
    return set(remaining(j.case)) <= set(j.facts["present"])


@guard(gettext_noop("十五日异议期已过"), "JI-372", remedy=gettext_noop("利害关系人可以自知道之日起六个月内提出"))
def fits_objection_period(j: Judgement) -> bool:
    if j.by.role is Role.OUTSIDER or (j.by.role is Role.CLERK and j.facts.get("knew_on")):
        knew = date.fromisoformat(j.facts["knew_on"]) if j.facts.get("knew_on") else None
        rule = law.rule_for(ClockKind.OUTSIDER_OBJECT, track=Track(j.case.track), on=local_day(j.at))
        if knew is None or knew > local_day(j.at):
            return False
        return local_day(j.at) <= Calendar.standard().roll(add_months(knew, rule.value))
    # The fifteen days count from the last receipt of the ruling; before that nobody is late.
    return ClockKind.OBJECT not in j.sheet.get("clocks", {}) or _is_within(j, ClockKind.OBJECT)


@guard(gettext_noop("没有待处理的异议"), "JI-372", remedy=gettext_noop("无需操作"))
def can_decide_objection(j: Judgement) -> bool:
    return bool(j.sheet.get("objection"))


@guard(gettext_noop("调解书与调解协议内容不一致"), "MT-7", remedy=gettext_noop("请核对后重新制作"))
def fits_agreement_text(j: Judgement) -> bool:
    return j.facts["matches"] is True


@guard(
    gettext_noop("只有因管辖不予受理的，才能重新申请"),
    "JI-352",
    remedy=gettext_noop("可以变更协议后重新调解，或者起诉"),
)
def can_reapply(j: Judgement) -> bool:
    return bool(j.sheet.get("refusal") == "WRONG_COURT")


@guard(gettext_noop("只有立案前委派的案件可以这样做"), "LT-2", remedy=gettext_noop("无需操作"))
def can_change_track(j: Judgement) -> bool:
    return bool(j.case.track == Track.DELEGATED)


@guard(
    gettext_noop("向其他法院移送应当有申请人的选择"),
    "ZX-21",
    remedy=gettext_noop("请选择有管辖权的法院"),
    writer=True,
)
def fits_docketing_court(j: Judgement) -> bool:
    return j.world is None or j.world.knows_court(j.facts["court"])


@guard(gettext_noop("申请执行的二年期限已过"), "CPL-250", remedy=gettext_noop("请咨询人民法院"))
def can_enforce_in_time(j: Judgement) -> bool:
    return _is_within(j, ClockKind.ENFORCE)


# Service of documents.


def sent_for_receipt(case: CaseView, party: str) -> datetime | None:
    """Return when the ruling or decree that a party is to sign for was sent to it: served on it first, else made."""
    decree = case.state == State.DECREE_ISSUED
    begun = case.sheet.get("clocks", {}).get(ClockKind.SERVE, {}).get("since") if decree else None
    made = begun or case.sheet.get("confirmed_at")
    subject = ServiceSubject.DECREE if decree else ServiceSubject.RULING
    known = [
        datetime.fromisoformat(one["at"])
        for one in case.sheet.get("services", {}).values()
        if one["party"] == party and one["subject"] == subject
    ]
    since = datetime.fromisoformat(made) if made else None
    sent = [when for when in known if since is None or when >= since]
    return min(sent) if sent else since


ELECTRONIC = (ServiceChannel.INBOX, ServiceChannel.SMS, ServiceChannel.EMAIL)
"""Ways of service that need consent, and whose date is that of arrival (CPL-90, ZS-29, ZS-31)."""

ON_PAPER = tuple(channel for channel in ServiceChannel if channel not in ELECTRONIC)


def service_of(case: CaseView, service: str) -> dict[str, Any]:
    """Return what the case knows of one service: whom, what, by which channels, since when served; empty if none."""
    return case.sheet.get("services", {}).get(service, {})


@guard(
    gettext_noop("该当事人没有同意电子送达"),
    "CPL-90",
    "ZS-29",
    remedy=gettext_noop("请先取得送达地址确认书，或者选择纸质送达"),
)
def fits_consent_to_e_service(j: Judgement) -> bool:
    return not set(j.facts["channels"]) & set(ELECTRONIC) or has_consented(j.case, j.party, Stage.E_SERVICE)


@guard(
    gettext_noop("调解书应当直接送达当事人本人，不适用留置送达和公告送达"),
    "JI-133",
    remedy=gettext_noop("请选择直接送达、邮寄送达或者经同意的电子送达"),
)
def fits_decree_in_person(j: Judgement) -> bool:
    subject = j.facts.get("subject") or service_of(j.case, j.facts.get("service", "")).get("subject")
    ways = {*j.facts.get("channels", ()), j.facts.get("channel", "")}
    return subject != ServiceSubject.DECREE or not ways & {ServiceChannel.LEFT, ServiceChannel.PUBLIC}


@guard(gettext_noop("本案还没有送达过文书"), "CPL-90", remedy=gettext_noop("请先选择文书和受送达人，办理送达"))
def can_record_service(j: Judgement) -> bool:
    return bool(j.sheet.get("services"))


@guard(gettext_noop("没有等待您确认收到的文书"), "ZS-31", remedy=gettext_noop("收到文书后再确认"))
def can_acknowledge_service(j: Judgement) -> bool:
    waiting = [one for one in j.sheet.get("services", {}).values() if not one["acknowledged_at"]]
    return any(one["party"] in acts_for(j.case, j.by) for one in waiting)


@guard(gettext_noop("这次送达已经登记"), "ZS-31", remedy=gettext_noop("请查看案件的送达情况"))
def fits_new_service(j: Judgement) -> bool:
    return not service_of(j.case, j.facts["service"])


@guard(gettext_noop("没有这次送达"), "ZS-31", remedy=gettext_noop("请从案件的送达情况中选择"))
def fits_known_service(j: Judgement) -> bool:
    return bool(service_of(j.case, j.facts["service"]))


@guard(
    gettext_noop("送达日期由办理送达的平台认定"),
    "ZS-31",
    remedy=gettext_noop("请等待办理送达的平台记入送达日期"),
)
def fits_serving_platform(j: Judgement) -> bool:
    return service_of(j.case, j.facts["service"]).get("via") == j.by.via


@guard(gettext_noop("这份文书不是送达给这一方的"), "ZS-31", remedy=gettext_noop("请选择送达给您的文书"))
def fits_addressee(j: Judgement) -> bool:
    return service_of(j.case, j.facts["service"]).get("party") == j.party


@guard(gettext_noop("这份文书已经确认收到"), "ZS-31", remedy=gettext_noop("无需再确认"))
def fits_unacknowledged(j: Judgement) -> bool:
    return not service_of(j.case, j.facts["service"]).get("acknowledged_at")


@guard(
    gettext_noop("该送达已经以更早或者相同的日期生效"),
    "ZS-31",
    remedy=gettext_noop("多个途径送达的，以最先生效的日期为准"),
)
def fits_earlier_service(j: Judgement) -> bool:
    known = service_of(j.case, j.facts["service"]).get("served_at", "")
    return not known or datetime.fromisoformat(j.facts["served_at"]) < datetime.fromisoformat(known)


@guard(
    gettext_noop("送达的时间不能晚于现在，也不能早于发出之时"),
    "JI-135",
    remedy=gettext_noop("请核对日期"),
)
def fits_possible_service(j: Judgement) -> bool:
    sent = datetime.fromisoformat(service_of(j.case, j.facts["service"])["at"])
    if "on" in j.facts:
        return local_day(sent) <= date.fromisoformat(j.facts["on"]) <= local_day(j.at)
    return sent <= datetime.fromisoformat(j.facts["served_at"]) <= j.at


@guard(
    gettext_noop("纸质送达不能登记为电子途径"),
    "CPL-90",
    remedy=gettext_noop("请选择直接、邮寄、留置或者公告送达"),
)
def fits_paper_channel(j: Judgement) -> bool:
    return j.facts["channel"] in ON_PAPER
