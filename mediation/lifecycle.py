"""The rule table of a case: one django-fsm transition per move, with what it declares.

Lives here: states' owners, moves, the clocks each state starts, what each clock's lapse does.
Does not live here: whether a move may be made now (``moves`` judges), conditions (``guards``), numbers of days
(``law``).
Called by: the door, and everything that shows or documents the rules. ``docs/lifecycle.md`` is generated from this
file.

A move's body only notes its facts on the case, so that folding a journal gives the case again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django_fsm import GET_STATE, FSMField, FSMModelMixin, transition

from mediation import facts as f
from mediation import guards as g
from mediation.law import CodePurpose
from mediation.vocabulary import (
    Audience,
    Cause,
    Channel,
    ClockKind,
    ConflictKind,
    Contact,
    CourtLink,
    DeclineGround,
    DocumentKind,
    EnclosureKind,
    EndGround,
    InsteadGround,
    Institution,
    InvestorClass,
    ObligationKind,
    PartyKind,
    Power,
    Procedure,
    RecusalGround,
    RefusalGround,
    RejectGround,
    ReturnGround,
    Role,
    Seat,
    SendBackGround,
    ServiceBasis,
    ServiceChannel,
    ServiceSubject,
    SessionMode,
    Side,
    Source,
    Stage,
    State,
    SuspendGround,
    Track,
    Verification,
    gettext_noop,
)
from mediation.workdays import local_day

S, R, K = State, Role, ClockKind
PRE_DOCKET = frozenset({Track.DELEGATED, Track.DIRECT, Track.OFFLINE})

OWNERS: dict[State, Seat] = {
    S.FILED: Seat.COURT,
    S.CONSULTING: Seat.COURT,
    S.READY: Seat.COURT,
    S.DELEGATED: Seat.ORGANISATION,
    S.APPLIED: Seat.ORGANISATION,
    S.ACCEPTED: Seat.ORGANISATION,
    S.MEDIATING: Seat.ORGANISATION,
    S.SUSPENDED: Seat.ORGANISATION,
    S.SIGNING: Seat.ORGANISATION,
    S.SETTLED: Seat.ORGANISATION,
    S.UNSETTLED: Seat.ORGANISATION,
    S.PROOF_SOUGHT: Seat.ORGANISATION,
    S.CONFIRMATION_REFUSED: Seat.ORGANISATION,
    S.AGREEMENT_RETURNED: Seat.COURT,
    S.HANDED_BACK: Seat.COURT,
    S.CONFIRMATION_SOUGHT: Seat.COURT,
    S.CONFIRMATION_REVIEW: Seat.COURT,
    S.CONFIRMED: Seat.COURT,
    S.DECREE_SOUGHT: Seat.COURT,
    S.DECREE_ISSUED: Seat.COURT,
    S.DECREED: Seat.COURT,
}
"""Whose platform alone writes the journal while the case rests in the state."""

FINAL: frozenset[State] = frozenset(set(State) - set(OWNERS))
"""Where a case rests for good; nobody writes there."""

OPEN: tuple[State, ...] = tuple(OWNERS)

CLOCKS: dict[State, tuple[tuple[ClockKind, frozenset[Track]], ...]] = {
    S.FILED: ((K.DESIGNATE, frozenset({Track.DELEGATED, Track.ENTRUSTED})),),
    S.CONSULTING: ((K.ANSWER, frozenset(Track)),),
    S.READY: ((K.CHOOSE, frozenset(Track)), (K.DESIGNATE, frozenset(Track))),
    S.DELEGATED: ((K.REPLY, frozenset(Track)),),
    S.APPLIED: ((K.REPLY, frozenset(Track)),),
    S.ACCEPTED: ((K.MEDIATE, frozenset(Track)), (K.CONTACT, frozenset(Track))),
    S.MEDIATING: ((K.MEDIATE, frozenset(Track)),),
    S.SETTLED: ((K.COMPLETE, frozenset(Track)), (K.CONFIRM, PRE_DOCKET)),
    S.AGREEMENT_RETURNED: ((K.DECIDE, frozenset(Track)),),
    S.HANDED_BACK: ((K.DOCKET, PRE_DOCKET), (K.RESUME, frozenset({Track.ENTRUSTED}))),
    S.UNSETTLED: ((K.TRANSFER, frozenset({Track.DIRECT, Track.OFFLINE})),),
    S.PROOF_SOUGHT: ((K.PROVE, frozenset(Track)),),
    S.CONFIRMATION_SOUGHT: ((K.ACCEPT, frozenset(Track)),),
    S.CONFIRMATION_REVIEW: ((K.REVIEW, frozenset(Track)),),
    S.CONFIRMED: ((K.ENFORCE, frozenset(Track)),),
    S.CONFIRMATION_REFUSED: ((K.DECIDE, frozenset(Track)),),
    S.DECREE_SOUGHT: ((K.ISSUE, frozenset(Track)),),
    S.DECREE_ISSUED: ((K.SERVE, frozenset(Track)),),
    S.DECREED: ((K.ENFORCE, frozenset(Track)),),
}
"""Clocks started on entering a state, whichever move led there; after a hand-over, on the new owner's ``receive``."""

BEFORE_ORGANISATION = (S.FILED, S.CONSULTING, S.READY, S.RETURNED)
"""States in which no organisation has the case: one that declined or stayed silent sees it no longer."""

PERHAPS_UNACCEPTED = (S.WITHDRAWN, S.HANDED_BACK, S.DOCKETED, S.TRIAL_RESUMED, S.ENDED, S.CLOSED)
"""States that a case may also reach past an organisation that never accepted it."""

SPANS: dict[ClockKind, frozenset[State]] = {
    K.MEDIATE: frozenset({S.ACCEPTED, S.MEDIATING, S.SUSPENDED, S.SIGNING}),
    K.SUPPLEMENT: frozenset({S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW}),
}
"""States through which a running clock goes on; every other clock stops when its state is left."""

LAPSES: dict[ClockKind, dict[State, str]] = {
    K.ANSWER: {S.CONSULTING: "lapse_consent"},
    K.REPLY: {S.DELEGATED: "lapse_reply", S.APPLIED: "lapse_reply"},
    K.MEDIATE: dict.fromkeys(SPANS[K.MEDIATE], "lapse_mediation"),
    K.CONFIRM: {S.SETTLED: "close_agreed"},
    K.PERFORM: {S.SETTLED: "close_agreed"},
    K.PROVE: {S.PROOF_SOUGHT: "lapse_proof"},
    K.TRANSFER: {S.UNSETTLED: "end_unsettled"},
    K.DECIDE: {S.CONFIRMATION_REFUSED: "end_refused"},
    K.ENFORCE: {S.CONFIRMED: "lapse_enforcement", S.DECREED: "lapse_enforcement"},
}
"""What the sweep does when a clock runs out; a clock without a row here only stands as overdue on the desks."""


@dataclass(frozen=True)
class Forward:
    """A text of the case that goes to a wider audience with a move, once it may: the newest enclosure of its kind."""

    kind: EnclosureKind
    audience: Audience
    when: Callable[[Any, Any, dict[str, Any]], bool]


@dataclass(frozen=True)
class Move:
    """One line of the rule table, read from its transition."""

    name: str
    label: str
    sources: tuple[State, ...]
    targets: tuple[State, ...]
    by: frozenset[Role]
    law: tuple[str, ...]
    tracks: frozenset[Track]
    guards: tuple[g.Guard, ...]
    facts: Mapping[str, f.Fact]
    texts: Mapping[str, f.Text]
    documents: bool
    each: bool
    allocates: CodePurpose | None
    wants_document: bool = False
    forwards: tuple[Forward, ...] = ()
    paper: DocumentKind | None = None
    opens: str = ""
    by_request: tuple[Seat, ...] = ()

    @property
    def keeps_state(self) -> bool:
        """Tell whether the move can leave the state as it is."""
        return not self.targets or any(target in self.sources for target in self.targets)

    @property
    def creates(self) -> bool:
        """Tell whether the move opens a case."""
        return not self.sources

    @property
    def by_people(self) -> bool:
        """Tell whether a person can make the move (as against a clock or a platform)."""
        return bool(self.by - {Role.CLOCK, Role.PLATFORM})


MOVES: dict[str, Move] = {}
"""The declared moves by name: the only names that may ever come off the wire."""


def move(
    label: str,
    source: Iterable[State],
    target: State | tuple[Callable[..., State], tuple[State, ...]] | None,
    *,
    by: Iterable[Role],
    law: Iterable[str],
    tracks: Iterable[Track] = tuple(Track),
    guards: Iterable[g.Guard] = (),
    facts: Mapping[str, f.Fact] | None = None,
    texts: Mapping[str, f.Text] | None = None,
    documents: bool = False,
    wants_document: bool = False,
    each: bool = False,
    allocates: CodePurpose | None = None,
    forwards: tuple[Forward, ...] = (),
    paper: DocumentKind | None = None,
    opens: str = "",
    by_request: tuple[Seat, ...] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a move; a callable target is (function of the case after its body, the states it may give).

    ``paper`` is a kind of document without which the move cannot be made; ``opens`` the creating move of a linked case,
    which the door makes in the same transaction; ``by_request`` at which seats' platforms such an act of their own
    may be asked of the owner, where the case rests elsewhere.
    """

    def wrap(body: Callable[..., None]) -> Callable[..., None]:
        sources = tuple(source)
        targets = () if target is None else target[1] if isinstance(target, tuple) else (target,)
        known = dict(facts or {})
        if each:
            # Until the last party has said yes the case stays where it is.
            targets = tuple(dict.fromkeys((*targets, *sources))) if targets else ()
            known = {"party": PARTY_FACT, **known}
        MOVES[body.__name__] = Move(
            body.__name__,
            label,
            sources,
            targets,
            frozenset(by),
            tuple(law),
            frozenset(tracks),
            tuple(guards) if body.__name__ == "receive" else (g.can_write_here, *guards) if sources else tuple(guards),
            known,
            dict(texts or {}),
            documents or paper is not None,
            each,
            allocates,
            wants_document or paper is not None,
            forwards,
            paper,
            opens,
            by_request,
        )
        fsm_target = GET_STATE(target[0], states=list(targets)) if isinstance(target, tuple) else target
        return transition(field="state", source=list(sources) or "", target=fsm_target)(body)

    return wrap


# Targets that depend on the track or on who has said yes.


def _unsettled(case: Lifecycle, **_: Any) -> State:
    return S.UNSETTLED if case.track in (Track.DIRECT, Track.OFFLINE) else S.HANDED_BACK


def _unanswered(case: Lifecycle, **_: Any) -> State:
    return S.RETURNED if case.state == S.APPLIED else S.READY


def _withdrawn(case: Lifecycle, **_: Any) -> State:
    if not g.has_been_withdrawn(case):
        # An agreement that names who has withdrawn is drawn up anew.
        return S.MEDIATING if case.state == S.SIGNING else _consulted(case)
    if case.track == Track.ENTRUSTED:
        return S.HANDED_BACK
    early = case.track in (Track.DIRECT, Track.OFFLINE) or case.state in (S.FILED, S.CONSULTING, S.READY)
    return S.WITHDRAWN if early else S.HANDED_BACK


def _ended_unsettled(case: Lifecycle, **_: Any) -> State:
    return S.ENDED if g.all_left(case, "end_unsettled") else S.UNSETTLED


def _consulted(case: Lifecycle, **_: Any) -> State:
    if case.state != S.CONSULTING:
        return S(case.state)
    willing = all(g.has_consented(case, ref) or g.is_bound_to_take_part(case, ref) for ref in g.remaining(case))
    return S.READY if willing else S.CONSULTING


def _signed(case: Lifecycle, **_: Any) -> State:
    return S.SETTLED if g.all_signed(case) else S(case.state)


def _sent_back(case: Lifecycle, **_: Any) -> State:
    return {S.DELEGATED: S.READY, S.HANDED_BACK: S.UNSETTLED}.get(S(case.state), S.SETTLED)


def _reviewed(case: Lifecycle, *, facts: dict[str, Any], **_: Any) -> State:
    return _unsettled(case) if facts["upheld"] else S.MEDIATING


def _undecreed(case: Lifecycle, **_: Any) -> State:
    return S.TRIAL_RESUMED if case.track == Track.ENTRUSTED else S.HANDED_BACK


def _withdrawn_suit(case: Lifecycle, **_: Any) -> State:
    return S.WITHDRAWN


def _objected(case: Lifecycle, *, facts: dict[str, Any], **_: Any) -> State:
    return _unsettled(case) if g.refuses_by_objecting(case, facts) else S(case.state)


def _closed(case: Lifecycle, *, by: Any, **_: Any) -> State:
    return S.SETTLED if by.ref == K.CONFIRM and g.open_obligations(case) else S.CLOSED


def _performed(case: Lifecycle, **_: Any) -> State:
    return S(case.state) if g.open_obligations(case) else S.PERFORMED


def _signed_for(facts: dict[str, Any], at: datetime) -> str:
    """Return since when a party counts as having said yes or signed: the day on a paper receipt, or now."""
    return f"{facts['on']}T00:00:00+08:00" if "on" in facts else at.isoformat()


def _agreed(name: str, target: State) -> tuple[Callable[..., State], tuple[State, ...]]:
    """Give ``target`` once every party has said yes to ``name``, and the present state until then."""

    def resolve(case: Lifecycle, **_: Any) -> State:
        return target if g.all_agree(case, name) else S(case.state)

    return resolve, (target,)


# Facts that several moves state.

PARTY_FACT = f.ref(gettext_noop("为哪一方当事人"), "party")
PARTIES_FACT = f.many(
    f.record(
        gettext_noop("当事人"),
        {
            "ref": f.ref(gettext_noop("当事人"), "party"),
            "side": f.code(gettext_noop("诉讼地位"), Side),
            "kind": f.code(gettext_noop("类型"), PartyKind),
            "investor": f.code(gettext_noop("投资者类别"), InvestorClass),
            "institution": f.code(gettext_noop("机构类别"), Institution),
        },
    ),
    most=500,
)
AGENTS_FACT = f.many(
    f.record(
        gettext_noop("代理人"),
        {
            "ref": f.ref(gettext_noop("代理人"), "agent"),
            "for": f.many(f.ref(gettext_noop("被代理的当事人"), "party")),
            "power": f.code(gettext_noop("代理权限"), Power),
        },
    ),
    required=False,
    most=500,
)
ORGANISATION_FACT = f.ref(gettext_noop("调解组织"), "organisation")
QUOTED_NUMBER = (g.fits_own_number, g.fits_number_year, g.fits_number_code, g.fits_free_number)
"""What is asked of a case number that somebody quotes: whose it is, of which year and kind, and not another case's."""

COURT_FACT = f.court(gettext_noop("法院"))
CHANNEL_FACT = f.code(gettext_noop("方式"), Channel)
EFFECTIVE_FACT = f.day(gettext_noop("协议生效日期"))
LAST_DUE_FACT = f.day(gettext_noop("最后一期履行日期"), required=False)
SCAN_FACT = f.digest(gettext_noop("协议扫描件校验值"))
OBLIGATION_FACT = f.ref(gettext_noop("哪一项义务"), "obligation")
OBLIGATIONS_FACT = f.many(
    f.record(
        gettext_noop("履行义务"),
        {
            "ref": f.ref(gettext_noop("义务编号"), "obligation"),
            "payer": f.ref(gettext_noop("义务人"), "party"),
            "payee": f.ref(gettext_noop("权利人"), "party"),
            "kind": f.code(gettext_noop("义务内容"), ObligationKind),
            "amount": f.money(gettext_noop("金额"), required=False),
            "due_on": f.day(gettext_noop("履行期限")),
            "series": f.ref(gettext_noop("同时到期的一组"), "series", required=False),
            "daily": f.count(gettext_noop("违约金（每日万分之一的百分之几）"), most=1_000_000, required=False),
            "fixed": f.money(gettext_noop("固定违约金"), required=False),
        },
    ),
    required=False,
    most=360,
)
RECEIVED_ON = f.day(
    gettext_noop("纸质回证上的签收日期"),
    required=False,
    hint=gettext_noop("由法院工作人员按送达回证填写；期限从这一天起算"),
)
RECORDED_BY = {
    "clerk": f.ref(
        gettext_noop("书记员"),
        "clerk",
        required=False,
        hint=gettext_noop("在文书上署名；不选的，由本案最近办理的书记员署名"),
    )
}
"""Who is named beside the judge on what a court writes down."""

SERVICE_FACT = f.ref(gettext_noop("哪一次送达"), "service")
VERIFIED_FACT = f.code(gettext_noop("身份核实方式"), Verification, required=False)
OPENLY_FACT = f.count(
    gettext_noop("报告中的相同表述已在第几号记录中公开"),
    required=False,
    hint=gettext_noop("系统提示报告与调解中的话有相同的短语，而当事人已向法院这样写过的，填写该记录的编号"),
)
UNTIL_FACT = f.day(gettext_noop("延长至"))
DIGEST_FACT = f.digest(gettext_noop("所确认版本的校验值"))
REASON = {"reason": f.Text(gettext_noop("理由"), EnclosureKind.REASON)}
REASON_IF_ANY = {"reason": f.Text(gettext_noop("理由（可不填）"), EnclosureKind.REASON, required=False)}
CONFIDED = {"reason": f.Text(gettext_noop("理由"), EnclosureKind.REASON, Audience.PARTIES)}
CONFIDED_IF_ANY = {
    "reason": f.Text(gettext_noop("理由（可不填）"), EnclosureKind.REASON, Audience.PARTIES, required=False)
}
"""Reasons given inside mediation stay on the organisation's platform (TY-2, ZX-18)."""
UNDISPUTED = (Forward(EnclosureKind.UNDISPUTED, Audience.COURT, lambda case, by, facts: g.all_confirmed(case)),)
"""However mediation fails, the undisputed facts that every party has confirmed go to the court, and nothing else."""
ANSWER_RECORD = {"record": f.Text(gettext_noop("答复记录"), EnclosureKind.PROOF, Audience.COURT, required=False)}
"""Who was called when and what was said stays with the court: it names telephone numbers."""
STAFF = (R.CLERK, R.PLATFORM)
PEOPLE = (R.PARTY, R.AGENT)
DELIVERABLE = (
    S.SETTLED,
    S.AGREEMENT_RETURNED,
    S.CONFIRMATION_SOUGHT,
    S.CONFIRMATION_REVIEW,
    S.CONFIRMED,
    S.CONFIRMATION_REFUSED,
    S.DECREE_SOUGHT,
    S.DECREE_ISSUED,
    S.DECREED,
)
"""Where a case may be by the time its agreement has been made into one signed file: nothing waits for the file."""
WITHDRAWABLE = (
    S.FILED,
    S.CONSULTING,
    S.READY,
    S.DELEGATED,
    S.APPLIED,
    S.ACCEPTED,
    S.MEDIATING,
    S.SUSPENDED,
    S.SIGNING,
    S.PROOF_SOUGHT,
)
PERFORMABLE = (S.SETTLED, S.AGREEMENT_RETURNED, S.CONFIRMED, S.DECREED)
MEDIATION_STATES = (S.ACCEPTED, S.MEDIATING, S.SUSPENDED, S.SIGNING)
MEDIATED = (*MEDIATION_STATES, S.SETTLED)
"""Where something still waits for a mediator: to the end of the mediation, and until a mediator has signed."""


class Lifecycle(FSMModelMixin, models.Model):
    """The folded particulars of a case and the moves that change them.

    ``sheet`` holds what guards need and nobody searches: parties' sides, consents, proposals, signatures, running
    clocks.
    """

    ref = models.UUIDField(default=uuid.uuid4)
    state = FSMField(default="", protected=True, choices=[("", ""), *State.choices()], max_length=24)
    track = models.CharField(max_length=12, choices=Track.choices())
    court = models.CharField(max_length=12, blank=True)
    organisation = models.CharField(max_length=36, blank=True)
    cause = models.CharField(max_length=24, choices=Cause.choices())
    source = models.CharField(max_length=20, choices=Source.choices(), blank=True)
    amount = models.BigIntegerField(null=True)
    number = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True)
    sheet = models.JSONField(default=dict)

    class Meta:
        abstract = True

    # Notes that several bodies make.

    def _open(self, facts: dict[str, Any], at: datetime, track: str, by: Any) -> None:
        self.track, self.cause, self.amount = track, facts["cause"], facts.get("amount")
        self.court, self.organisation, self.filed_at = facts.get("court", ""), facts.get("organisation", ""), at
        self.source, self.sheet = (
            facts["source"],
            {"parties": {}, "agents": {}, "consents": {}, "proposals": {}, "addresses": []},
        )
        self._take_parties(facts)
        # Nobody consents for another: a filing party for itself, an agent for its principals, a clerk records for all.
        applicants = g.parties(self, Side.APPLICANT)
        givers = [ref for ref in applicants if ref in g.acts_for(self, by)] if by.role in PEOPLE else applicants
        for stage in facts.get("consents", ()):
            self.sheet["consents"][stage] = dict.fromkeys(givers, "YES")
        if Stage.E_SERVICE in facts.get("consents", ()):
            self.sheet["addresses"] = givers

    def _take_parties(self, facts: dict[str, Any]) -> None:
        for party in facts.get("parties", ()):
            self.sheet["parties"][party["ref"]] = {
                key: party[key] for key in ("side", "kind", "investor", "institution")
            }
        for agent in facts.get("agents", ()):
            known = self.sheet["agents"].get(agent["ref"], {"for": {}})["for"]
            self.sheet["agents"][agent["ref"]] = {"for": {**known, **dict.fromkeys(agent["for"], agent["power"])}}

    def _propose(self, name: str, facts: dict[str, Any], at: datetime) -> None:
        """Note one party's yes; different terms start the proposal anew."""
        terms = {key: value for key, value in facts.items() if key not in ("party", "on")}
        open_now = self.sheet["proposals"].get(name)
        if not open_now or open_now["terms"] != terms:
            open_now = {"terms": terms, "yes": {}}
        open_now["yes"][facts["party"]] = _signed_for(facts, at)
        self.sheet["proposals"][name] = open_now

    def _unchoose(self) -> None:
        """Note that nothing is chosen together (any more)."""
        self.sheet |= {"chosen": "", "chosen_mediator": ""}

    def _choose(self, organisation: str, mediator: str) -> None:
        """Note what all parties chose together, if all have named the same; the mediator too if all name one."""
        self._unchoose()
        if g.all_chose(self, organisation):
            self.sheet["chosen"] = organisation
            self.sheet["chosen_mediator"] = mediator if g.all_chose_mediator(self, mediator) else ""

    def _unchoose_mediator(self, passed_over: bool) -> None:
        """Note that the mediator whom the parties chose together, if any, is asked for no further once passed over."""
        if passed_over and self.sheet.get("chosen_mediator"):
            self.sheet["chosen_mediator"] = ""

    def _leave(self, name: str, facts: dict[str, Any], by: Any, at: datetime) -> None:
        """Note for which applicants somebody does not go on; the clock speaks for all."""
        known = self.sheet["proposals"].get(name, {"terms": {}, "yes": {}})
        leaving = dict.fromkeys(self._leaving(facts, by), at.isoformat())
        self.sheet["proposals"][name] = {**known, "yes": {**known["yes"], **leaving}}

    def _leaving(self, facts: dict[str, Any], by: Any) -> list[str]:
        """Return the applicants for whom somebody speaks: those named or all one acts for; the clock for everybody."""
        if by.role is R.CLOCK:
            return g.parties(self, Side.APPLICANT)
        if facts.get("party"):
            return [facts["party"]]
        return [ref for ref in g.acts_for(self, by) if ref in g.parties(self, Side.APPLICANT)]

    def _question(self, mediator: str) -> None:
        """Note that a mediator's part is questioned; waivers given before do not cover it."""
        self.sheet["recusals"] = [*self.sheet.get("recusals", []), mediator]
        self.sheet["proposals"].pop("waive", None)

    def _keep_conflicts(self, serving: Iterable[str]) -> None:
        """Forget what was found about mediators who serve no longer: it is looked for again if they come back."""
        if "conflicts" in self.sheet:
            self.sheet["conflicts"] = [one for one in self.sheet["conflicts"] if one["mediator"] in serving]

    def _settle(self, facts: dict[str, Any]) -> str:
        """Note that the question about the named mediator, or the only one open, is settled; returns whom it was
        about.
        """
        who = str(facts.get("mediator") or self.sheet["recusals"][0])
        self.sheet["recusals"] = [ref for ref in self.sheet["recusals"] if ref != who]
        for finding in self.sheet.get("conflicts", ()):
            finding["open"] = finding["open"] and finding["mediator"] != who
        self.sheet["proposals"].pop("waive", None)
        return who

    def _oblige(self, facts: dict[str, Any]) -> None:
        """Note what the agreement obliges whom to, and the day of its last instalment: never before one that is
        listed.
        """
        stated = facts.get("obligations", ())
        agreement = self.sheet["agreement"]
        if stated:
            agreement["obligations"] = [{**one, "reported_at": "", "met_at": ""} for one in stated]
        last = facts.get("last_due") or agreement["last_due"]
        agreement["last_due"] = max([last, *(one["due_on"] for one in g.obligations(self))])

    def _keep_days(self, at: datetime) -> None:
        """Note how many days for confirmation are left should the court send the case back: none once they are over."""
        self.sheet.pop("days_left", None)
        if K.CONFIRM in self.sheet["clocks"]:
            self.sheet["days_left"] = g.days_left(self, K.CONFIRM, at)

    def _count_part(self, ref: str, *, received: bool) -> tuple[bool, dict[str, int]]:
        """Return whether a yes to what was reported meets the whole obligation, and what was paid of it by then."""
        known = next(one for one in g.obligations(self) if one["ref"] == ref)
        part, paid = known.get("reported", 0), known.get("paid", 0)
        settled = not part or paid + part >= known["amount"]
        return settled, ({"reported": 0, "paid": paid + part * received} if part else {})

    def _obligation(self, ref: str, **changes: str | int) -> None:
        """Change what is known of one obligation."""
        agreement = self.sheet["agreement"]
        agreement["obligations"] = [
            {**one, **changes} if one["ref"] == ref else one for one in agreement["obligations"]
        ]

    def _serve(self, service: str, served_at: str, channel: str, basis: str) -> None:
        """Note when and why a document counts as served; of several dates the earliest (ZS-31)."""
        known = self.sheet["services"][service]
        if not known["served_at"] or datetime.fromisoformat(served_at) < datetime.fromisoformat(known["served_at"]):
            known |= {"served_at": served_at, "channel": channel, "basis": basis}

    def _sign_offline(self, facts: dict[str, Any], at: datetime, signatories: Iterable[str]) -> None:
        """Note an agreement that was signed on paper: its scan, its day, who has vouched for it so far."""
        self.sheet["agreement"] = {
            "digest": facts["digest"],
            "version": 1,
            "full": True,
            "last_due": "",
            "signatures": dict.fromkeys(signatories, at.isoformat()),
        }
        self.sheet["addresses"] = list(self.sheet["parties"])
        self.effective_at = datetime.fromisoformat(facts["effective_on"] + "T00:00:00+08:00")
        self._oblige(facts)

    def _note(self, section: str, key: str, value: Any) -> None:
        self.sheet.setdefault(section, {})[key] = value

    # Opening a case.

    @move(
        gettext_noop("提交调解申请"),
        (),
        S.FILED,
        by=(*PEOPLE, R.CLERK),
        law=("N-4.5a", "ZX-8"),
        tracks=(Track.DELEGATED, Track.ENTRUSTED),
        guards=(
            g.fits_two_sides,
            g.fits_agents,
            g.fits_track,
            g.fits_consents,
            g.fits_known_court,
            *QUOTED_NUMBER,
        ),
        facts={
            "track": f.code(gettext_noop("轨道"), Track),
            "court": COURT_FACT,
            "cause": f.code(gettext_noop("案由"), Cause),
            "amount": f.money(gettext_noop("请求金额"), required=False),
            "source": f.code(gettext_noop("来源"), Source),
            "parties": PARTIES_FACT,
            "agents": AGENTS_FACT,
            "consents": f.many(f.code(gettext_noop("同意事项"), Stage)),
            "organisation_wish": f.ref(gettext_noop("希望选择的调解组织"), "organisation", required=False),
            "number": f.number(gettext_noop("登记编号"), required=False),
            "docket_number": f.number(gettext_noop("民初案号"), required=False),
            "procedure": f.code(gettext_noop("审理程序"), Procedure, required=False),
        },
        texts={"narrative": f.Text(gettext_noop("事实和请求"), EnclosureKind.NARRATIVE, Audience.ALL)},
        documents=True,
        allocates=CodePurpose.PRE_MEDIATION,
    )
    def file(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """Apply to a court for mediation, before docketing (A) or on a docketed case (B)."""
        self._open(facts, at, facts["track"], by)
        self.sheet["procedure"] = facts.get("procedure", "")
        self.number = facts.get("docket_number") or facts.get("number", "")

    @move(
        gettext_noop("直接向调解组织申请"),
        (),
        S.APPLIED,
        by=PEOPLE,
        law=("N-4.5b", "ZX-12"),
        tracks=(Track.DIRECT,),
        guards=(g.fits_two_sides, g.fits_agents, g.fits_consents, g.fits_taken_dispute),
        facts={
            "organisation": ORGANISATION_FACT,
            "cause": f.code(gettext_noop("案由"), Cause),
            "amount": f.money(gettext_noop("请求金额"), required=False),
            "source": f.code(gettext_noop("来源"), Source),
            "parties": PARTIES_FACT,
            "agents": AGENTS_FACT,
            "consents": f.many(f.code(gettext_noop("同意事项"), Stage)),
        },
        texts={"narrative": f.Text(gettext_noop("事实和请求"), EnclosureKind.NARRATIVE, Audience.ALL)},
        documents=True,
    )
    def apply(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """Apply straight to a mediation organisation on InvestorNet."""
        self._open(facts, at, Track.DIRECT, by)

    @move(
        gettext_noop("登记线下调解成功"),
        (),
        S.SETTLED,
        by=(R.ORGANISATION,),
        law=("N-4.5e", "CPL-205"),
        tracks=(Track.OFFLINE,),
        guards=(
            g.fits_two_sides,
            g.fits_agents,
            g.fits_past_effect,
            g.fits_obligations,
            g.fits_foreseeable_due,
            g.fits_new_scan,
        ),
        facts={
            "organisation": ORGANISATION_FACT,
            "cause": f.code(gettext_noop("案由"), Cause),
            "amount": f.money(gettext_noop("协议金额"), required=False),
            "source": f.code(gettext_noop("来源"), Source),
            "parties": PARTIES_FACT,
            "agents": AGENTS_FACT,
            "effective_on": EFFECTIVE_FACT,
            "last_due": LAST_DUE_FACT,
            "obligations": OBLIGATIONS_FACT,
            "digest": SCAN_FACT,
            "mediators": f.many(f.ref(gettext_noop("调解员"), "mediator")),
        },
        documents=True,
        wants_document=True,
    )
    def record_offline(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """Record an agreement already reached off line, with the agreement signed by all and the organisation's
        proof.
        """
        self._open(facts, at, Track.OFFLINE, by)
        self.sheet["mediators"] = facts["mediators"]
        self._sign_offline(facts, at, [*self.sheet["parties"], R.MEDIATOR.value, R.ORGANISATION.value])

    @move(
        gettext_noop("向法院提交线下调解协议"),
        (),
        S.FILED,
        by=(*PEOPLE, R.CLERK),
        law=("N-4.5e", "CPL-205"),
        tracks=(Track.OFFLINE,),
        guards=(
            g.fits_two_sides,
            g.fits_agents,
            g.fits_past_effect,
            g.fits_foreseeable_due,
            g.fits_sharing_consents,
            g.fits_known_court,
            g.fits_known_organisation,
            g.fits_new_scan,
        ),
        facts={
            "court": COURT_FACT,
            "organisation": ORGANISATION_FACT,
            "cause": f.code(gettext_noop("案由"), Cause),
            "amount": f.money(gettext_noop("协议金额"), required=False),
            "source": f.code(gettext_noop("来源"), Source),
            "parties": PARTIES_FACT,
            "agents": AGENTS_FACT,
            "consents": f.many(f.code(gettext_noop("同意事项"), Stage)),
            "effective_on": EFFECTIVE_FACT,
            "last_due": LAST_DUE_FACT,
            "digest": SCAN_FACT,
        },
        paper=DocumentKind.AGREEMENT,
    )
    def file_offline(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """File an agreement reached off line at a court, which asks the organisation named in it for its proof.

        The thirty days for applying together stop here: what is left of them is left once the organisation has proved.
        """
        self._open(facts, at, Track.OFFLINE, by)
        self._sign_offline(facts, at, list(self.sheet["parties"]))
        left = g.days_to_confirm(self, at)
        if left >= 0:
            self.sheet["days_left"] = left

    @move(
        gettext_noop("请调解组织证明"),
        (S.FILED,),
        S.PROOF_SOUGHT,
        by=(R.PLATFORM,),
        law=("N-4.5e",),
        tracks=(Track.OFFLINE,),
    )
    def ask_proof(self, **_: Any) -> None:
        """Ask the organisation to prove that the agreement was reached before it."""

    @move(
        gettext_noop("证明协议由本组织调解达成"),
        (S.PROOF_SOUGHT,),
        S.SETTLED,
        by=(R.ORGANISATION,),
        law=("N-4.5e", "JI-354"),
        tracks=(Track.OFFLINE,),
        guards=(g.fits_own_mediators, g.fits_obligations, g.fits_foreseeable_due),
        facts={
            "mediators": f.many(f.ref(gettext_noop("调解员"), "mediator"), most=7),
            "last_due": LAST_DUE_FACT,
            "obligations": OBLIGATIONS_FACT,
        },
        paper=DocumentKind.ORGANISATION_PROOF,
    )
    def prove_offline(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Prove, with a document, that the organisation mediated the agreement filed at the court."""
        self.sheet["mediators"] = facts["mediators"]
        vouched = dict.fromkeys((R.MEDIATOR.value, R.ORGANISATION.value), at.isoformat())
        self.sheet["agreement"]["signatures"] |= vouched
        if facts.get("obligations"):
            # What the organisation lists takes the place of the last day that whoever filed has named.
            self.sheet["agreement"]["last_due"] = ""
        self._oblige(facts)

    @move(
        gettext_noop("否认主持过该调解"),
        (S.PROOF_SOUGHT,),
        S.RETURNED,
        by=(R.ORGANISATION,),
        law=("N-4.5e", "JI-354"),
        tracks=(Track.OFFLINE,),
        texts=REASON,
    )
    def disown_offline(self, **_: Any) -> None:
        """Say that the agreement was not reached before this organisation; the application is returned."""
        self.sheet["ground"] = ReturnGround.NOT_OURS.value

    @move(
        gettext_noop("逾期未证明"),
        (S.PROOF_SOUGHT,),
        S.RETURNED,
        by=(R.CLOCK,),
        law=("N-4.5e",),
        tracks=(Track.OFFLINE,),
    )
    def lapse_proof(self, **_: Any) -> None:
        """Return the application because the organisation stayed silent; never a proof."""
        self.sheet["ground"] = ReturnGround.SILENT.value

    @move(
        gettext_noop("未达成部分立为关联案件"),
        (),
        S.UNSETTLED,
        by=(R.PLATFORM,),
        law=("ZX-19", "ZX-21", "N-4.5d"),
        tracks=(Track.DELEGATED, Track.ENTRUSTED, Track.DIRECT),
        guards=(g.fits_two_sides,),
        facts={
            "origin": f.ref(gettext_noop("原案"), "case"),
            "track": f.code(gettext_noop("轨道"), Track),
            "court": f.court(gettext_noop("法院"), required=False),
            "organisation": ORGANISATION_FACT,
            "cause": f.code(gettext_noop("案由"), Cause),
            "amount": f.money(gettext_noop("其余请求金额"), required=False),
            "source": f.code(gettext_noop("来源"), Source),
            "parties": PARTIES_FACT,
            "agents": AGENTS_FACT,
            "mediators": f.many(f.ref(gettext_noop("调解员"), "mediator")),
            "ground": f.code(gettext_noop("未达成协议的理由"), EndGround),
            "filed_at": f.instant(gettext_noop("原案申请时间")),
            "number": f.number(gettext_noop("民初案号"), required=False),
            "procedure": f.code(gettext_noop("审理程序"), Procedure, required=False),
        },
        texts={"narrative": f.Text(gettext_noop("未达成协议的请求"), EnclosureKind.NARRATIVE, Audience.ALL)},
        documents=True,
    )
    def open_rest(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """Open the linked case of what a partial agreement left over; the day of the first application is kept."""
        self._open(facts, at, facts["track"], by)
        self.filed_at = datetime.fromisoformat(facts["filed_at"])
        self.number = facts.get("number", "")
        self.sheet |= {"origin": facts["origin"], "mediators": facts["mediators"], "ground": facts["ground"]}
        # The organisation had taken the dispute on: it goes on seeing what became of the rest.
        self.sheet |= {"procedure": facts.get("procedure", ""), "accepted_at": at.isoformat()}

    @move(
        gettext_noop("未达成部分交回法院"),
        (S.UNSETTLED,),
        S.HANDED_BACK,
        by=(R.PLATFORM,),
        law=("ZX-19", "ZX-21", "N-4.5d"),
        tracks=(Track.DELEGATED, Track.ENTRUSTED),
    )
    def hand_back_rest(self, **_: Any) -> None:
        """Hand what a partial agreement left over back to the court the case came from."""

    # Hand-overs.

    @move(
        gettext_noop("平台签收"),
        OPEN,
        None,
        by=(R.PLATFORM,),
        law=("N-4.5g",),
        guards=(g.can_receive,),
    )
    def receive(self, *, at: datetime, **_: Any) -> None:
        """Sign for a case that has just been handed over; starts the clocks that count from receipt."""
        self.sheet["handed_over"] = ""
        self.sheet["received_at"] = at.isoformat()

    @move(
        gettext_noop("退回移交"),
        (S.DELEGATED, S.HANDED_BACK, S.CONFIRMATION_SOUGHT, S.DECREE_SOUGHT),
        (_sent_back, (S.READY, S.UNSETTLED, S.SETTLED)),
        by=(R.PLATFORM, R.CLERK),
        law=("N-4.5a", "ZX-9"),
        guards=(g.can_send_back,),
        facts={"ground": f.code(gettext_noop("理由"), SendBackGround)},
        texts={"reason": f.Text(gettext_noop("说明"), EnclosureKind.REASON, required=False)},
    )
    def send_back(self, **_: Any) -> None:
        """Return a hand-over that cannot be honoured to the previous owner."""

    # The court, before delegation.

    @move(
        gettext_noop("退回申请"),
        (S.FILED,),
        S.RETURNED,
        by=(R.CLERK,),
        law=("ZX-9",),
        facts={"ground": f.code(gettext_noop("退回理由"), ReturnGround)},
        texts={"advice": f.Text(gettext_noop("告知事项和建议途径"), EnclosureKind.ADVICE)},
    )
    def return_application(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Return an application on one of the grounds of ZX-9, with advice where to go."""
        self.sheet["ground"] = facts["ground"]

    @move(
        gettext_noop("征询当事人意愿"),
        (S.FILED,),
        S.CONSULTING,
        by=(R.CLERK,),
        law=("N-4.5f", "ZX-7"),
        facts={"channel": CHANNEL_FACT},
    )
    def consult(self, **_: Any) -> None:
        """Ask the parties whether they agree to mediation, explaining its effects."""

    @move(
        gettext_noop("同意"),
        (S.CONSULTING, S.READY, S.DELEGATED, S.ACCEPTED, S.MEDIATING, S.SUSPENDED),
        (_consulted, (S.CONSULTING, S.READY, S.DELEGATED, S.ACCEPTED, S.MEDIATING, S.SUSPENDED)),
        by=(*PEOPLE, R.CLERK, R.MEDIATOR),
        law=("N-4.5f", "ZS-4"),
        guards=(g.fits_own_party, g.fits_attested_answer, g.fits_new_consent),
        facts={
            "party": PARTY_FACT,
            "stage": f.code(gettext_noop("同意事项"), Stage),
            "channel": CHANNEL_FACT,
            "verified": VERIFIED_FACT,
        },
        texts=ANSWER_RECORD,
        documents=True,
    )
    def consent(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Note one party's consent to one stage; the last consent to mediation makes the case ready."""
        self.sheet["consents"].setdefault(facts["stage"], {})[facts["party"]] = "YES"

    @move(
        gettext_noop("撤回同意"),
        (S.CONSULTING, S.READY, S.DELEGATED, S.ACCEPTED, S.MEDIATING),
        None,
        by=PEOPLE,
        law=("ZS-5",),
        guards=(g.fits_own_party, g.fits_standing_consent),
        facts={"party": PARTY_FACT, "stage": f.code(gettext_noop("同意事项"), Stage), "verified": VERIFIED_FACT},
    )
    def withdraw_consent(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Take a consent back before the step it was given for."""
        self.sheet["consents"][facts["stage"]][facts["party"]] = "WITHDRAWN"

    @move(
        gettext_noop("依申请人一方同意办理"),
        (S.CONSULTING,),
        S.READY,
        by=(R.CLERK,),
        law=("ZX-10", "ZX-15"),
        tracks=(Track.DELEGATED,),
        guards=(g.can_rely_on_applicant,),
    )
    def proceed_on_one_consent(self, **_: Any) -> None:
        """Go on with the applicant's consent alone; sessions still need the other side (law.md C10)."""
        self.sheet["one_sided"] = True

    @move(
        gettext_noop("不同意调解"),
        (S.CONSULTING, S.READY, S.ACCEPTED),
        (_unsettled, (S.HANDED_BACK, S.UNSETTLED)),
        by=(*PEOPLE, R.CLERK, R.MEDIATOR),
        law=("N-2", "ZX-15", "ZQ-94", "QH-56"),
        guards=(g.fits_own_party, g.fits_attested_answer),
        facts={"party": PARTY_FACT, "channel": CHANNEL_FACT, "verified": VERIFIED_FACT},
        texts={
            "reason": f.Text(gettext_noop("理由（可不填）"), EnclosureKind.REASON, required=False),
            **ANSWER_RECORD,
        },
        documents=True,
        forwards=UNDISPUTED,
    )
    def refuse_consent(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Refuse mediation; an institution's refusal of an ordinary investor is flagged for its supervising unit
        (law.md C16).
        """
        self.sheet["consents"].setdefault(Stage.MEDIATION.value, {})[facts["party"]] = "NO"
        self.sheet["breach"] = facts["party"] if g.is_bound_to_take_part(self, facts["party"]) else ""

    @move(
        gettext_noop("征询期满无人答复"),
        (S.CONSULTING,),
        S.HANDED_BACK,
        by=(R.CLOCK,),
        law=("N-4.5f", "ZX-15"),
    )
    def lapse_consent(self, **_: Any) -> None:
        """Hand the case back because nobody answered."""

    @move(
        gettext_noop("立案并委托"),
        (S.FILED, S.CONSULTING, S.READY),
        None,
        by=(R.CLERK,),
        law=("LT-2",),
        tracks=(Track.DELEGATED,),
        guards=(g.can_change_track, *QUOTED_NUMBER),
        facts={
            "number": f.number(gettext_noop("民初案号"), required=False, hint=gettext_noop("不填则由系统编立")),
            "procedure": f.code(gettext_noop("审理程序"), Procedure),
        },
        allocates=CodePurpose.FIRST_INSTANCE,
    )
    def docket_and_entrust(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Docket first and go on as an entrusted case with a 民初 number."""
        self.track = Track.ENTRUSTED
        self.number = facts["number"]
        self.sheet |= {"procedure": facts["procedure"], "one_sided": False}

    @move(
        gettext_noop("选择调解组织"),
        (S.READY,),
        None,
        by=(*PEOPLE, R.CLERK),
        law=("ZX-10", "TY-12"),
        guards=(g.fits_own_party, g.fits_listed_here, g.fits_chosen_entrant),
        facts={
            "organisation": ORGANISATION_FACT,
            "mediator": f.ref(
                gettext_noop("调解员"),
                "mediator",
                required=False,
                hint=gettext_noop("可以不选。各方选择同一名调解员的，由所选组织指定该调解员；不选的，由该组织指定"),
            ),
        },
        each=True,
    )
    def choose_jointly(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Note one party's choice; the same choice by all is the joint choice, of the mediator too if all name one."""
        self._propose("choose_jointly", facts, at)
        self._note("choices", facts["party"], facts["organisation"])
        self._note("chosen_mediators", facts["party"], facts.get("mediator", ""))
        self.sheet.get("left", {}).pop(facts["party"], None)
        self._choose(facts["organisation"], facts.get("mediator", ""))

    @move(
        gettext_noop("交由法院指定"),
        (S.READY,),
        None,
        by=(*PEOPLE, R.CLERK),
        law=("ZX-10", "TY-12"),
        guards=(g.can_leave_choice, g.fits_own_party),
        each=True,
    )
    def leave_to_court(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Note that one party leaves the choice to the court; once everybody does, the court's days to designate begin.

        What the party had chosen before no longer counts.
        """
        self._propose("leave_to_court", facts, at)
        self._note("left", facts["party"], at.isoformat())
        for section in ("choices", "chosen_mediators"):
            self.sheet.get(section, {}).pop(facts["party"], None)

    @move(
        gettext_noop("委派或者委托调解"),
        (S.READY,),
        S.DELEGATED,
        by=(R.CLERK,),
        law=("N-4.5a", "N-4.5f", "TY-11", "TY-12"),
        guards=(
            g.can_rely_on_consents,
            g.fits_delegation_policy,
            g.fits_joint_choice,
            g.fits_designation,
            g.fits_listed_here,
            g.fits_taken_dispute,
            g.fits_capacity,
            g.fits_no_conflict,
        ),
        facts={
            "organisation": ORGANISATION_FACT,
            "left_to_court": f.flag(
                gettext_noop("当事人交由法院指定"),
                required=False,
                hint=gettext_noop("双方尚未共同选定、共同选择的二个工作日也未届满的，必须确认"),
            ),
            "reason_confirmed": f.flag(
                gettext_noop("已确认立案前委派的理由"),
                required=False,
                hint=gettext_noop("2025年1月1日以后立案前委派的案件必须确认；也可以改用“立案并委托”"),
            ),
        },
    )
    def delegate(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Delegate (A) or entrust (B) the case to an organisation; the dossier travels."""
        self.organisation = facts["organisation"]
        self.sheet |= {"mediators": [], "choices": {}, "chosen_mediators": {}, "left": {}}

    # The organisation.

    @move(
        gettext_noop("接受"),
        (S.DELEGATED, S.APPLIED),
        S.ACCEPTED,
        by=(R.ORGANISATION,),
        law=("ZX-12", "ZX-24", "N-4.5g"),
        guards=(g.fits_disclosed_on_accepting,),
        facts={
            "declared": f.flag(
                gettext_noop("已审查利害关系"),
                hint=gettext_noop("本组织与当事人没有应当披露而未披露的利害关系"),
            )
        },
    )
    def accept(self, *, at: datetime, **_: Any) -> None:
        """Accept the case within the reply period; mediation days count from here."""
        self.sheet["accepted_at"] = at.isoformat()

    @move(
        gettext_noop("不接受"),
        (S.DELEGATED, S.APPLIED),
        (_unanswered, (S.READY, S.RETURNED)),
        by=(R.ORGANISATION,),
        law=("ZX-12",),
        facts={"ground": f.code(gettext_noop("理由"), DeclineGround)},
        texts=REASON,
    )
    def decline(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Decline in writing on a ground of ZX-12."""
        self.sheet["ground"] = facts["ground"]
        self._unchoose()

    @move(
        gettext_noop("逾期未答复"),
        (S.DELEGATED, S.APPLIED),
        (_unanswered, (S.READY, S.RETURNED)),
        by=(R.CLOCK,),
        law=("N-4.5g", "ZX-12"),
    )
    def lapse_reply(self, **_: Any) -> None:
        """Return the case because the organisation stayed silent; never an acceptance."""
        self.sheet["ground"] = ReturnGround.SILENT.value
        self._unchoose()

    @move(
        gettext_noop("收回委派或者委托"),
        (S.DELEGATED,),
        S.READY,
        by=(R.CLERK,),
        law=("TY-12",),
        texts=REASON,
    )
    def recall(self, **_: Any) -> None:
        """Take the case back before it is accepted."""
        self._unchoose()

    @move(
        gettext_noop("指定调解员"),
        MEDIATED,
        None,
        by=(R.ORGANISATION,),
        law=("TY-12", "TY-13", "ZX-11"),
        guards=(
            g.can_await_mediator,
            g.fits_lead,
            g.fits_chosen_mediator,
            g.fits_own_mediators,
            g.fits_no_mediator_conflict,
        ),
        facts={
            "mediators": f.many(f.ref(gettext_noop("调解员"), "mediator"), most=7),
            "lead": f.ref(gettext_noop("首席调解员"), "mediator"),
            "instead": f.code(
                gettext_noop("另行指定的理由"),
                InsteadGround,
                required=False,
                hint=gettext_noop("各方当事人已经共同选定调解员、而另行指定其他人的，必须选择"),
            ),
        },
    )
    def appoint_mediator(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Appoint one mediator, or several with a lead; a new appointment replaces the old one, starting no clock anew.

        Once somebody else than the one the parties chose has been appointed for a reason, no further one is asked for.
        """
        self._unchoose_mediator(passed_over=self.sheet.get("chosen_mediator", "") not in facts["mediators"])
        self.sheet |= {
            "mediators": facts["mediators"],
            "lead": facts["lead"],
            "designations": self.sheet.get("designations", 0) + 1,
            "disclosed": {
                ref: ground for ref, ground in self.sheet.get("disclosed", {}).items() if ref in facts["mediators"]
            },
        }
        self.sheet["recusals"] = [ref for ref in self.sheet.get("recusals", []) if ref in facts["mediators"]]
        self._keep_conflicts(facts["mediators"])

    @move(
        gettext_noop("核查发现利害关系"),
        MEDIATED,
        None,
        by=(R.PLATFORM,),
        law=("TY-15", "ZX-13"),
        facts={
            "findings": f.many(
                f.record(
                    gettext_noop("利害关系"),
                    {
                        "mediator": f.ref(gettext_noop("调解员"), "mediator"),
                        "kind": f.code(gettext_noop("关系"), ConflictKind),
                        "about": f.ref(gettext_noop("当事人或者代理人"), "party"),
                        "certain": f.flag(gettext_noop("可以确定")),
                    },
                )
            )
        },
    )
    def note_conflicts(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Put on record what connects a mediator with the people of the case; open until waived by all or decided."""
        found = [{**finding, "open": True} for finding in facts["findings"]]
        self.sheet["conflicts"] = [*self.sheet.get("conflicts", ()), *found]
        for mediator in dict.fromkeys(finding["mediator"] for finding in found):
            self._question(mediator)

    @move(
        gettext_noop("披露利害关系"),
        MEDIATED,
        None,
        by=(R.MEDIATOR,),
        law=("ZX-13", "TY-15"),
        guards=(g.can_await_mediator, g.fits_disclosed_findings),
        facts={"ground": f.code(gettext_noop("应当披露的情形"), RecusalGround)},
        texts={"reason": f.Text(gettext_noop("具体情况"), EnclosureKind.REASON, Audience.PARTIES, required=False)},
    )
    def disclose(self, *, facts: dict[str, Any], by: Any, **_: Any) -> None:
        """Disclose relations, or that there are none, before starting."""
        self._note("disclosed", by.ref, facts["ground"])
        if facts["ground"] != RecusalGround.NONE:
            self._question(by.ref)

    @move(
        gettext_noop("申请调解员回避或者更换"),
        MEDIATION_STATES,
        (_objected, (*MEDIATION_STATES, S.HANDED_BACK, S.UNSETTLED)),
        by=PEOPLE,
        law=("TY-12", "TY-15", "ZX-14"),
        guards=(g.fits_own_party, g.fits_serving_mediator, g.fits_preferred_mediator),
        facts={
            "party": PARTY_FACT,
            "mediator": f.ref(gettext_noop("调解员"), "mediator"),
            "ground": f.code(
                gettext_noop("法定回避情形"),
                RecusalGround,
                required=False,
                hint=gettext_noop("有下列情形之一的，由调解组织或者法院决定回避，不计入异议次数"),
            ),
            "prefers": f.ref(
                gettext_noop("愿意改选的调解员"),
                "mediator",
                required=False,
                hint=gettext_noop(
                    "调解组织已经按贵方异议更换过调解员的，再次提出异议而既无法定回避情形、又不另选调解员，"
                    "视为不同意调解，调解即告终止"
                ),
            ),
        },
        texts=CONFIDED,
        forwards=(
            Forward(
                EnclosureKind.UNDISPUTED,
                Audience.COURT,
                lambda case, by, facts: g.all_confirmed(case) and g.refuses_by_objecting(case, facts),
            ),
        ),
    )
    def object(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Object to a mediator; waivers given before do not cover it.

        A party that objects again after the mediator was changed, names no ground of recusal and chooses nobody else,
        refuses mediation (ZX-14); a recusal on one of the grounds of TY-15 is never counted, nor what others objected.
        """
        if g.refuses_by_objecting(self, facts):
            self.sheet["ground"] = EndGround.UNWILLING.value
            if self.state == S.ACCEPTED and g.is_bound_to_take_part(self, facts["party"]):
                self.sheet["breach"] = facts["party"]
        if g.is_counted_objection(facts):
            held = self.sheet.get("objections", {}).get(facts["party"], {})
            again = {**held, facts["mediator"]: self.sheet.get("designations", 0)}
            self._note("objections", facts["party"], again)
        self._question(facts["mediator"])

    @move(
        gettext_noop("同意由该调解员继续调解"),
        MEDIATED,
        None,
        by=PEOPLE,
        law=("ZX-13", "TY-15"),
        guards=(g.can_decide_recusal, g.fits_own_party, g.fits_open_recusal, g.fits_curable),
        facts={"mediator": f.ref(gettext_noop("调解员"), "mediator", required=False)},
        each=True,
    )
    def waive(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Waive the recusal; when all have waived, the same mediator goes on."""
        self._propose("waive", facts, at)
        if g.all_agree(self, "waive"):
            self._settle(facts)

    @move(
        gettext_noop("决定回避"),
        MEDIATED,
        None,
        by=(R.ORGANISATION, R.CLERK, R.JUDGE),
        law=("TY-15", "TY-16"),
        guards=(g.can_decide_recusal, g.fits_open_recusal, g.fits_curable),
        facts={
            "upheld": f.flag(gettext_noop("应当回避"), hint=gettext_noop("应当回避的，该调解员退出本案")),
            "mediator": f.ref(gettext_noop("调解员"), "mediator", required=False),
        },
        texts=CONFIDED,
    )
    def decide_recusal(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Decide on a recusal, the organisation or the court, whichever comes first; a mediator who has to stand aside
        leaves the case.
        """
        who = self._settle(facts)
        if facts["upheld"]:
            self.sheet["mediators"] = [ref for ref in self.sheet.get("mediators", []) if ref != who]
            self._unchoose_mediator(passed_over=self.sheet.get("chosen_mediator") == who)
            self._keep_conflicts(self.sheet["mediators"])

    @move(
        gettext_noop("登记联系情况"),
        (S.ACCEPTED,),
        None,
        by=(R.MEDIATOR,),
        law=("ZX-15",),
        guards=(g.fits_own_party,),
        facts={"party": PARTY_FACT, "outcome": f.code(gettext_noop("结果"), Contact), "channel": CHANNEL_FACT},
    )
    def record_contact(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Log an attempt to reach a party; reaching all of them stops the contact clock."""
        self._note("contacts", facts["party"], facts["outcome"])

    @move(
        gettext_noop("开始调解"),
        (S.ACCEPTED,),
        S.MEDIATING,
        by=(R.MEDIATOR,),
        law=("ZX-15", "ZX-16", "ZX-17", "TY-14"),
        guards=(
            g.can_lead,
            g.can_rely_on_mediators,
            g.can_ignore_recusal,
            g.can_hold_session,
            g.can_serve_all,
            g.fits_mode,
            g.fits_opening,
        ),
        facts={
            "mode": f.code(gettext_noop("调解方式"), SessionMode),
            "verified": f.many(f.ref(gettext_noop("已核实身份的当事人"), "party")),
            "acknowledged": f.many(f.ref(gettext_noop("本人已确认阅知调解须知的当事人"), "party")),
            "informed": f.flag(gettext_noop("已告知权利义务、调解规则、程序和协议效力")),
            "warned": f.flag(gettext_noop("已警示虚假调解的后果")),
        },
    )
    def open_session(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Open mediation: everybody identified, informed and warned, every party willing or duty-bound."""
        self.sheet["mode"] = facts["mode"]

    # Shared particulars.

    @move(
        gettext_noop("变更当事人信息"),
        tuple(state for state in OPEN if state not in (S.SIGNING, S.SETTLED, S.CONFIRMED, S.DECREED, S.DECREE_ISSUED)),
        None,
        by=(*PEOPLE, R.CLERK, R.MEDIATOR),
        law=("ZX-8",),
        guards=(g.fits_amended_parties,),
        facts={"parties": PARTIES_FACT},
    )
    def amend_parties(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Add a party or correct one; the particulars come as enclosures."""
        self._take_parties(facts)

    @move(
        gettext_noop("委托代理人"),
        tuple(state for state in OPEN),
        None,
        by=(*PEOPLE, R.CLERK),
        law=("CPL-61", "CPL-62"),
        guards=(g.can_dispose, g.fits_own_party, g.fits_agent_count),
        facts={
            "party": PARTY_FACT,
            "agent": f.ref(gettext_noop("代理人"), "agent"),
            "power": f.code(gettext_noop("代理权限"), Power),
        },
        documents=True,
        wants_document=True,
    )
    def appoint_agent(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Appoint an agent for one party, with the scope of authority."""
        known = self.sheet["agents"].get(facts["agent"], {"for": {}})
        self.sheet["agents"][facts["agent"]] = {"for": {**known["for"], facts["party"]: facts["power"]}}

    @move(
        gettext_noop("解除委托"),
        OPEN,
        None,
        by=PEOPLE,
        law=("CPL-61",),
        guards=(g.can_dismiss_agent, g.fits_own_party, g.fits_own_agent),
        facts={"party": PARTY_FACT, "agent": f.ref(gettext_noop("代理人"), "agent")},
    )
    def dismiss_agent(self, *, facts: dict[str, Any], **_: Any) -> None:
        """End an agent's authority for one party; whom nobody has appointed any more may do nothing."""
        known = self.sheet["agents"][facts["agent"]]["for"]
        self.sheet["agents"][facts["agent"]] = {
            "for": {ref: power for ref, power in known.items() if ref != facts["party"]}
        }

    @move(
        gettext_noop("确认送达地址"),
        OPEN,
        None,
        by=(*PEOPLE, R.CLERK, R.MEDIATOR),
        law=("ZX-17", "JI-136", "ZS-30"),
        guards=(g.fits_own_party,),
        facts={
            "party": PARTY_FACT,
            "e_service": f.flag(
                gettext_noop("同意电子送达"), hint=gettext_noop("调解书、裁定书也可以电子送达；可以要求纸质文书")
            ),
        },
    )
    def confirm_address(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Confirm a party's service address (送达地址确认书)."""
        self.sheet["addresses"] = sorted({*self.sheet["addresses"], facts["party"]})
        self.sheet["consents"].setdefault(Stage.E_SERVICE.value, {})[facts["party"]] = (
            "YES" if facts["e_service"] else "NO"
        )

    @move(
        gettext_noop("送达文书"),
        OPEN,
        None,
        by=(R.CLERK, R.JUDGE, R.ORGANISATION),
        law=("CPL-90", "ZS-29", "ZS-31"),
        guards=(g.fits_own_party, g.fits_new_service, g.fits_consent_to_e_service, g.fits_decree_in_person),
        facts={
            "service": SERVICE_FACT,
            "party": f.ref(gettext_noop("受送达人"), "party"),
            "document": f.ref(gettext_noop("送达的文书"), "document"),
            "digest": f.digest(gettext_noop("文书校验值")),
            "subject": f.code(gettext_noop("文书种类"), ServiceSubject),
            "channels": f.many(f.code(gettext_noop("送达方式，依次"), ServiceChannel), most=7),
        },
        documents=True,
    )
    def serve(self, *, facts: dict[str, Any], at: datetime, by: Any, **_: Any) -> None:
        """Serve one document on one party, by channels in this order."""
        kept = {name: facts[name] for name in ("party", "document", "digest", "subject", "channels")}
        known = {"served_at": "", "channel": "", "basis": "", "acknowledged_at": ""}
        self._note("services", facts["service"], {"via": by.via, "at": at.isoformat(), **kept, **known})

    @move(
        gettext_noop("认定送达日期"),
        OPEN,
        None,
        by=(R.PLATFORM,),
        law=("ZS-31", "JI-135"),
        guards=(g.fits_known_service, g.fits_serving_platform, g.fits_possible_service, g.fits_earlier_service),
        facts={
            "service": SERVICE_FACT,
            "channel": f.code(gettext_noop("送达方式"), ServiceChannel),
            "basis": f.code(gettext_noop("认定送达的依据"), ServiceBasis),
            "served_at": f.instant(gettext_noop("送达时间")),
        },
        by_request=(Seat.COURT, Seat.ORGANISATION),
    )
    def note_service(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Note that a document counts as served, with the trace it rests on; of several dates the earliest."""
        self._serve(facts["service"], facts["served_at"], facts["channel"], facts["basis"])

    @move(
        gettext_noop("登记纸质送达"),
        OPEN,
        None,
        by=(R.CLERK, R.ORGANISATION),
        law=("CPL-90", "JI-133"),
        guards=(
            g.can_record_service,
            g.fits_known_service,
            g.fits_paper_channel,
            g.fits_decree_in_person,
            g.fits_possible_service,
        ),
        facts={
            "service": SERVICE_FACT,
            "channel": f.code(gettext_noop("送达方式"), ServiceChannel),
            "on": f.day(gettext_noop("签收或者视为送达的日期")),
        },
        documents=True,
    )
    def record_paper_service(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Record service on paper, with its day and the signed proof of service."""
        self._serve(facts["service"], f"{facts['on']}T00:00:00+08:00", facts["channel"], ServiceBasis.PAPER.value)

    @move(
        gettext_noop("确认收到文书"),
        OPEN,
        None,
        by=PEOPLE,
        law=("ZS-31",),
        guards=(
            g.can_acknowledge_service,
            g.fits_own_party,
            g.fits_known_service,
            g.fits_addressee,
            g.fits_unacknowledged,
        ),
        facts={"party": PARTY_FACT, "service": SERVICE_FACT},
    )
    def acknowledge_service(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Confirm that a served document has been received; what was not served otherwise is served by this."""
        self._serve(facts["service"], at.isoformat(), ServiceChannel.INBOX.value, ServiceBasis.ACTED.value)
        self.sheet["services"][facts["service"]]["acknowledged_at"] = at.isoformat()

    @move(
        gettext_noop("提交材料"),
        OPEN,
        None,
        by=(*PEOPLE, R.CLERK, R.MEDIATOR, R.ORGANISATION),
        law=("ZX-8", "ZX-18"),
        facts={
            "vouched": f.flag(
                gettext_noop("所交文件不含调解中的陈述、让步、提出的数额和私人笔记"),
                required=False,
                hint=gettext_noop("调解员提交法院能看到的文件时必须确认；系统只核对文件名和txt文件的内容"),
            )
        },
        documents=True,
        wants_document=True,
    )
    def add_evidence(self, **_: Any) -> None:
        """File documents; who may see each is the document's audience."""

    @move(
        gettext_noop("撤回误交的材料"),
        OPEN,
        None,
        by=(*PEOPLE, R.CLERK, R.MEDIATOR, R.ORGANISATION),
        law=("ZX-8", "ZX-18"),
        guards=(g.fits_own_fresh_document,),
        facts={"document": f.ref(gettext_noop("材料"), "document")},
    )
    def withdraw_evidence(self, **_: Any) -> None:
        """Take back, within a quarter of an hour, a document handed in to the wrong case: its content is erased
        wherever it went, the entry with its digest stays.
        """

    @move(
        gettext_noop("确认调解笔录"),
        (S.MEDIATING, S.SUSPENDED, S.SIGNING),
        None,
        by=(*PEOPLE, R.MEDIATOR),
        law=("ZX-22",),
        guards=(g.has_record, g.fits_spoken_for, g.fits_current_record),
        facts={"digest": DIGEST_FACT, "party": f.ref(gettext_noop("为哪一方当事人"), "party", required=False)},
        texts={"record": f.Text(gettext_noop("调解笔录"), EnclosureKind.RECORD, Audience.PARTIES, required=False)},
    )
    def confirm_record(self, *, facts: dict[str, Any], by: Any, **_: Any) -> None:
        """Draw up (mediator) or confirm (each party) the record of a session."""
        known = self.sheet.get("record", {})
        fresh = {"digest": facts["digest"], "yes": []} if known.get("digest") != facts["digest"] else known
        self.sheet["record"] = {**fresh, "yes": sorted({*fresh["yes"], facts.get("party") or by.ref})}

    @move(
        gettext_noop("确认无争议事实"),
        (S.MEDIATING, S.SUSPENDED, S.SIGNING),
        None,
        by=(*PEOPLE, R.MEDIATOR),
        law=("ZX-18", "ZX-22", "D305-15"),
        guards=(g.has_undisputed, g.fits_spoken_for, g.fits_current_undisputed),
        facts={"digest": DIGEST_FACT, "party": f.ref(gettext_noop("为哪一方当事人"), "party", required=False)},
        texts={
            "undisputed": f.Text(gettext_noop("无争议事实"), EnclosureKind.UNDISPUTED, Audience.PARTIES, required=False)
        },
    )
    def confirm_undisputed(self, *, facts: dict[str, Any], by: Any, **_: Any) -> None:
        """Write down (mediator) or confirm (each party) undisputed facts; the only ones the court may later be sent."""
        known = self.sheet.get("undisputed", {})
        fresh = {"digest": facts["digest"], "yes": []} if known.get("digest") != facts["digest"] else known
        self.sheet["undisputed"] = {**fresh, "yes": sorted({*fresh["yes"], facts.get("party") or by.ref})}

    # Mediating.

    @move(
        gettext_noop("同意延长调解期限"),
        MEDIATION_STATES,
        None,
        by=PEOPLE,
        law=("ZX-24", "TY-27", "LT-3"),
        guards=(g.fits_own_party, g.fits_extension),
        facts={"until": UNTIL_FACT},
        each=True,
    )
    def extend(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Note one party's yes to a later end; the period moves when all have said yes to the same day."""
        self._propose("extend", facts, at)
        if g.all_agree(self, "extend"):
            self.sheet["extended"] = facts["until"]

    @move(
        gettext_noop("中止调解"),
        (S.MEDIATING,),
        S.SUSPENDED,
        by=(R.MEDIATOR,),
        law=("TY-18", "ZX-26"),
        facts={"ground": f.code(gettext_noop("理由"), SuspendGround)},
        texts={"reason": f.Text(gettext_noop("具体情况"), EnclosureKind.REASON, Audience.ORGANISATION)},
    )
    def suspend(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Suspend mediation; suspicion of false mediation is reported, appraisal days before docketing do not count."""
        self.sheet["suspension"] = {
            "ground": facts["ground"],
            "at": at.isoformat(),
            "mediate": self.sheet["clocks"].get(K.MEDIATE.value),
        }

    @move(
        gettext_noop("恢复调解"),
        (S.SUSPENDED,),
        S.MEDIATING,
        by=(R.MEDIATOR,),
        law=("ZX-26", "ZX-13"),
        guards=(g.can_resume, g.can_rely_on_mediators, g.can_ignore_recusal),
    )
    def resume(self, **_: Any) -> None:
        """Go on once the reason for the suspension is gone."""

    @move(
        gettext_noop("审查涉嫌虚假调解"),
        (S.SUSPENDED,),
        (_reviewed, (S.MEDIATING, S.HANDED_BACK, S.UNSETTLED)),
        by=(R.ORGANISATION,),
        law=("TY-18", "ZX-23"),
        guards=(g.can_review_suspicion,),
        facts={"upheld": f.flag(gettext_noop("属于虚假调解"))},
        texts={"reason": f.Text(gettext_noop("审查意见"), EnclosureKind.REASON, Audience.ORGANISATION)},
    )
    def review_suspicion(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Decide on a suspicion of false mediation: end it, or go on."""
        self.sheet["suspicion_upheld"] = facts["upheld"]

    @move(
        gettext_noop("提出调解协议"),
        (S.MEDIATING,),
        S.SIGNING,
        by=(R.MEDIATOR,),
        law=("ZX-19", "TY-23"),
        guards=(g.can_rely_on_mediators, g.can_ignore_recusal),
        facts={
            "digest": f.digest(gettext_noop("协议文本校验值")),
            "full": f.flag(
                gettext_noop("就全部请求达成协议"), hint=gettext_noop("仅部分达成协议的，签署后可以把其余请求分立")
            ),
            "acknowledged": f.flag(
                gettext_noop("已经逐项核对系统对协议文字的提示"),
                required=False,
                hint=gettext_noop("没有提示的不填；必须改正的问题不能以此代替改正"),
            ),
        },
        texts={"agreement": f.Text(gettext_noop("调解协议文本"), EnclosureKind.AGREEMENT, Audience.PARTIES)},
        documents=True,
    )
    def propose_agreement(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Put an agreement, full or partial, before the parties; this version is frozen by the digest of its file, or
        of its text where it has none.
        """
        earlier = self.sheet.get("agreement", {})
        self.sheet["agreement"] = {
            "digest": facts["digest"],
            "version": earlier.get("version", 0) + 1,
            "full": facts["full"],
            "last_due": "",
            "signatures": {},
        }
        if earlier.get("split"):
            # What an agreement since refused left over has its own case already.
            self.sheet["agreement"]["split"] = earlier["split"]

    @move(
        gettext_noop("修改调解协议"),
        (S.SIGNING,),
        S.MEDIATING,
        by=(R.MEDIATOR,),
        law=("ZX-19",),
        texts={"reason": f.Text(gettext_noop("修改原因"), EnclosureKind.REASON, Audience.PARTIES)},
    )
    def revise_agreement(self, **_: Any) -> None:
        """Withdraw the version on the table; signatures given to it are void."""
        self.sheet["agreement"] = {**self.sheet["agreement"], "digest": "", "signatures": {}}

    @move(
        gettext_noop("签署调解协议"),
        (S.SIGNING, S.SETTLED),
        (_signed, (S.SIGNING, S.SETTLED)),
        by=(*PEOPLE, R.MEDIATOR, R.ORGANISATION),
        law=("ZX-19", "TY-23", "TY-24"),
        guards=(
            g.can_dispose,
            g.can_sign_now,
            g.can_sign_impartially,
            g.can_seal_reviewed,
            g.can_leave_rest,
            g.fits_unsigned,
            g.fits_due_from_staff,
            g.fits_obligations,
            g.fits_foreseeable_due,
            g.fits_exact_version,
            g.fits_proved_signer,
        ),
        facts={
            "digest": f.digest(gettext_noop("协议文本校验值")),
            "party": f.ref(gettext_noop("为哪一方当事人"), "party", required=False),
            "last_due": f.day(
                gettext_noop("最后一期履行日期"), required=False, hint=gettext_noop("由调解员或者调解组织按协议填写")
            ),
            "obligations": OBLIGATIONS_FACT,
            "verified": VERIFIED_FACT,
        },
        forwards=(Forward(EnclosureKind.AGREEMENT, Audience.COURT, lambda case, by, facts: by.role is R.ORGANISATION),),
    )
    def sign(self, *, facts: dict[str, Any], by: Any, at: datetime, **_: Any) -> None:
        """Sign exactly this version: parties first, then mediator, then organisation; effective at the last party's
        signature.
        """
        who = by.role.value if by.role in (R.MEDIATOR, R.ORGANISATION) else facts.get("party") or by.ref
        self.sheet["agreement"]["signatures"][who] = at.isoformat()
        self._oblige(facts)
        if self.state == S.SIGNING and g.all_signed(self):
            self.effective_at = at

    @move(
        gettext_noop("拒绝签署"),
        (S.SIGNING,),
        (_unsettled, (S.HANDED_BACK, S.UNSETTLED)),
        by=PEOPLE,
        law=("ZX-25",),
        guards=(g.fits_own_party,),
        facts={"party": PARTY_FACT},
        texts=CONFIDED_IF_ANY,
        forwards=UNDISPUTED,
    )
    def refuse_to_sign(self, **_: Any) -> None:
        """Refuse to sign; mediation ends (ZX-25 item 7)."""
        self.sheet["ground"] = EndGround.REFUSED_TO_SIGN.value

    @move(
        gettext_noop("盖章前核对"),
        (S.SETTLED,),
        None,
        by=(R.ORGANISATION,),
        law=("TY-23", "ZX-19", "JI-358"),
        guards=(g.can_review_seal, g.fits_exact_version, g.fits_whole_review),
        facts={
            "digest": f.digest(gettext_noop("协议文本校验值")),
            "people": f.flag(gettext_noop("各方当事人身份、代理人权限已经核对，签名齐全")),
            "clear": f.flag(gettext_noop("付款人、收款人、金额、期限写明，能够履行")),
            "lawful": f.flag(gettext_noop("内容不违反法律强制性规定，不损害国家、社会公共利益和他人权益")),
            "genuine": f.flag(gettext_noop("没有虚假调解的迹象")),
        },
    )
    def review_seal(self, *, by: Any, at: datetime, **_: Any) -> None:
        """Note who looked over exactly this version for the organisation; without it there is no seal."""
        self._note("agreement", "review", {"by": by.ref, "at": at.isoformat()})

    @move(
        gettext_noop("拒绝盖章"),
        (S.SETTLED,),
        None,
        by=(R.ORGANISATION,),
        law=("ZX-19", "RT-29"),
        guards=(g.can_refuse_seal, g.can_leave_rest),
        texts=CONFIDED,
        forwards=(
            Forward(EnclosureKind.AGREEMENT, Audience.COURT, lambda case, by, facts: case.track == Track.ENTRUSTED),
        ),
    )
    def refuse_seal(self, *, at: datetime, **_: Any) -> None:
        """Withhold the organisation's seal with a reason; the parties' agreement stays binding between them."""
        self.sheet["seal_refused_at"] = at.isoformat()

    @move(
        gettext_noop("送交已签调解协议"),
        DELIVERABLE,
        None,
        by=(R.PLATFORM,),
        law=("TY-19", "ZX-19"),
        guards=(g.can_deliver_agreement, g.fits_exact_version),
        facts={
            "digest": f.digest(gettext_noop("协议文本校验值")),
            "signed": f.digest(gettext_noop("已签文件校验值")),
            "root": f.digest(gettext_noop("根证书校验值")),
        },
        paper=DocumentKind.AGREEMENT,
        by_request=(Seat.ORGANISATION,),
    )
    def deliver_agreement(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Hand the signed file to everybody and file it with the court, wherever the case has got to meanwhile."""
        self.sheet["agreement"] = {**self.sheet["agreement"], "signed": facts["signed"]}

    @move(
        gettext_noop("分立未达成部分"),
        (S.SETTLED,),
        None,
        by=(R.MEDIATOR, R.ORGANISATION, R.PLATFORM),
        law=("ZX-19", "ZX-25", "MT-14"),
        guards=(g.can_split, g.fits_end_ground),
        facts={
            "ground": f.code(gettext_noop("其余请求未达成协议的理由"), EndGround),
            "amount": f.money(gettext_noop("其余请求金额"), required=False),
            "linked": f.ref(gettext_noop("分立案件"), "case", required=False),
        },
        texts={"rest": f.Text(gettext_noop("未达成协议的请求"), EnclosureKind.REASON, Audience.ALL)},
        opens="open_rest",
    )
    def split(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Split off what a partial agreement left open: the platform opens the linked case and names it here.

        The mediator's task; the organisation may do it for a silent one, and the platform does before a case is closed.
        """
        self.sheet["agreement"]["split"] = facts["linked"]
        self.sheet["linked"] = [*self.sheet.get("linked", []), facts["linked"]]

    @move(
        gettext_noop("不愿继续调解"),
        (S.DELEGATED, S.ACCEPTED, S.MEDIATING, S.SUSPENDED, S.SIGNING),
        (_unsettled, (S.HANDED_BACK, S.UNSETTLED)),
        by=PEOPLE,
        law=("N-2", "ZX-25", "TY-26"),
        guards=(g.fits_own_party,),
        facts={"party": PARTY_FACT},
        texts=CONFIDED_IF_ANY,
        forwards=UNDISPUTED,
    )
    def stop_mediation(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Stop: any party, at any time, without giving a reason."""
        self.sheet["ground"] = EndGround.UNWILLING.value
        if self.state in (S.DELEGATED, S.ACCEPTED) and g.is_bound_to_take_part(self, facts["party"]):
            self.sheet["breach"] = facts["party"]

    @move(
        gettext_noop("终止调解"),
        MEDIATION_STATES,
        (_unsettled, (S.HANDED_BACK, S.UNSETTLED)),
        by=(R.MEDIATOR,),
        law=("ZX-21", "ZX-25", "N-4.5d", "TY-26"),
        guards=(g.fits_end_ground,),
        facts={
            "ground": f.code(gettext_noop("终止理由"), EndGround),
            "openly": OPENLY_FACT,
        },
        texts={"report": f.Text(gettext_noop("调解情况报告"), EnclosureKind.REPORT, Audience.COURT)},
        forwards=UNDISPUTED,
    )
    def conclude_unsettled(self, *, facts: dict[str, Any], **_: Any) -> None:
        """End mediation on a ground of ZX-25 with a report; only facts confirmed by all go along."""
        self.sheet["ground"] = facts["ground"]

    @move(
        gettext_noop("调解期限届满"),
        MEDIATION_STATES,
        (_unsettled, (S.HANDED_BACK, S.UNSETTLED)),
        by=(R.CLOCK,),
        law=("ZX-25", "ZX-24"),
        forwards=UNDISPUTED,
    )
    def lapse_mediation(self, **_: Any) -> None:
        """End mediation because its period is over and nobody agreed to extend it."""
        self.sheet["ground"] = EndGround.PERIOD_OVER.value

    @move(
        gettext_noop("撤回调解申请"),
        WITHDRAWABLE,
        (_withdrawn, (S.WITHDRAWN, S.HANDED_BACK, *WITHDRAWABLE)),
        by=PEOPLE,
        law=("ZX-25",),
        guards=(g.can_act_as_applicant, g.fits_own_applicant),
        facts={"party": f.ref(gettext_noop("为哪一方当事人"), "party", required=False)},
        texts=CONFIDED_IF_ANY,
        forwards=UNDISPUTED,
    )
    def withdraw(self, *, facts: dict[str, Any], by: Any, at: datetime, **_: Any) -> None:
        """Withdraw the application; never once an agreement is recorded. Of several applicants each speaks for
        itself.
        """
        leaving = self._leaving(facts, by)
        self.sheet["withdrawn"] = {**self.sheet.get("withdrawn", {}), **dict.fromkeys(leaving, at.isoformat())}
        if g.has_been_withdrawn(self):
            self.sheet["ground"] = EndGround.WITHDRAWN.value

    # After failure.

    @move(
        gettext_noop("请求转立案"),
        (S.UNSETTLED,),
        S.HANDED_BACK,
        by=PEOPLE,
        law=("ZX-21", "N-4.5d"),
        guards=(g.can_act_as_applicant, g.fits_docketing_court),
        facts={"court": COURT_FACT},
    )
    def seek_docketing(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Ask that the failed case go to the competent court for docketing."""
        self.court = facts["court"]

    @move(
        gettext_noop("未转立案，结案"),
        (S.UNSETTLED,),
        (_ended_unsettled, (S.ENDED, S.UNSETTLED)),
        by=(R.CLOCK, *PEOPLE),
        law=("ZX-21",),
        guards=(g.can_act_as_applicant, g.fits_own_applicant),
        facts={"party": f.ref(gettext_noop("为哪一方当事人"), "party", required=False)},
    )
    def end_unsettled(self, *, facts: dict[str, Any], by: Any, at: datetime, **_: Any) -> None:
        """End a failed case because no applicant asked for docketing, by the clock or when all of them say so."""
        self._leave("end_unsettled", facts, by, at)

    @move(
        gettext_noop("立案"),
        (S.HANDED_BACK,),
        S.DOCKETED,
        by=(R.CLERK,),
        law=("N-4.5d", "ZX-21", "CPL-126"),
        tracks=(Track.DELEGATED, Track.DIRECT, Track.OFFLINE),
        guards=QUOTED_NUMBER,
        facts={"number": f.number(gettext_noop("民初案号"), required=False, hint=gettext_noop("不填则由系统编立"))},
        allocates=CodePurpose.FIRST_INSTANCE,
    )
    def docket(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Docket the failed case under a 民初 number, allocated or quoted."""
        self.number = facts["number"]

    @move(
        gettext_noop("恢复审理"),
        (S.HANDED_BACK, S.AGREEMENT_RETURNED, S.DECREE_ISSUED),
        S.TRIAL_RESUMED,
        by=(R.CLERK, R.JUDGE),
        law=("N-4.5d", "ZX-21", "TY-21"),
        tracks=(Track.ENTRUSTED,),
        texts=REASON_IF_ANY,
    )
    def resume_trial(self, **_: Any) -> None:
        """Resume the trial of an entrusted case: mediation failed, or its agreement came to no decree (CPL-102,
        LT-5).
        """

    @move(
        gettext_noop("当事人不起诉，结案"),
        (S.HANDED_BACK,),
        S.ENDED,
        by=(R.CLERK, *PEOPLE),
        law=("ZX-21",),
        tracks=(Track.DELEGATED, Track.DIRECT, Track.OFFLINE),
        guards=(g.can_act_as_applicant,),
        texts=REASON,
    )
    def not_sued(self, **_: Any) -> None:
        """Close a handed-back case because its applicant says it does not sue; a clerk records where and how it said
        so.
        """

    @move(
        gettext_noop("补报调解情况"),
        (S.UNSETTLED, S.HANDED_BACK),
        None,
        by=(R.MEDIATOR,),
        law=("TY-26", "ZX-21"),
        facts={"openly": OPENLY_FACT},
        texts={"report": f.Text(gettext_noop("调解情况报告"), EnclosureKind.REPORT, Audience.COURT)},
    )
    def file_report(self, *, at: datetime, **_: Any) -> None:
        """Report to the court on a mediation that ended without the mediator's doing."""
        self.sheet["reported_at"] = at.isoformat()

    # After an agreement.

    @move(
        gettext_noop("向法院移送协议"),
        (S.SETTLED,),
        S.AGREEMENT_RETURNED,
        by=(R.PLATFORM,),
        law=("TY-20", "ZX-20"),
        tracks=(Track.ENTRUSTED,),
        guards=(g.can_return_agreement,),
    )
    def return_agreement(self, **_: Any) -> None:
        """Send the complete agreement of an entrusted case to the court."""

    @move(
        gettext_noop("协议达成，结案"),
        (S.SETTLED,),
        (_closed, (S.CLOSED, S.SETTLED)),
        by=(R.CLOCK,),
        law=("ZX-20", "N-4.5c"),
        tracks=PRE_DOCKET,
    )
    def close_agreed(self, **_: Any) -> None:
        """Close a settled case that nobody took further; while instalments are open the platform goes on following
        them.
        """
        # The days for confirmation are over: none that were left once may come back.
        self.sheet.pop("days_left", None)

    @move(
        gettext_noop("共同申请司法确认"),
        (S.SETTLED,),
        _agreed("seek_confirmation", S.CONFIRMATION_SOUGHT),
        by=PEOPLE,
        law=("CPL-205", "JI-354", "N-4.5c"),
        tracks=PRE_DOCKET,
        guards=(
            g.can_dispose,
            g.can_rely_on_complete_agreement,
            g.can_seek_in_time,
            g.fits_own_party,
            g.fits_competent_court,
        ),
        facts={
            "court": COURT_FACT,
            "link": f.code(gettext_noop("选择该法院的理由"), CourtLink, required=False),
        },
        each=True,
    )
    def seek_confirmation(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Apply together for judicial confirmation; the last party's yes submits the application."""
        self._propose("seek_confirmation", facts, at)
        if g.all_agree(self, "seek_confirmation"):
            self.court = facts["court"]
            self._keep_days(at)

    @move(
        gettext_noop("通知补充材料"),
        (S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW),
        None,
        by=(R.CLERK, R.JUDGE),
        law=("JI-354", "JI-356"),
        facts={"days": f.count(gettext_noop("补充期限（日）"), most=90)},
        texts={"advice": f.Text(gettext_noop("需要补充的材料"), EnclosureKind.ADVICE)},
    )
    def ask_supplement(self, **_: Any) -> None:
        """Ask for missing materials within a period the court sets."""

    @move(
        gettext_noop("补充材料"),
        (S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW),
        None,
        by=(*PEOPLE, R.ORGANISATION),
        law=("JI-354",),
        guards=(g.can_supplement,),
        documents=True,
        wants_document=True,
    )
    def supplement(self, **_: Any) -> None:
        """Hand in what was missing."""

    @move(
        gettext_noop("逾期未补充，按撤回处理"),
        (S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW),
        S.SETTLED,
        by=(R.CLERK, R.JUDGE),
        law=("JI-357",),
        guards=(g.can_deem_withdrawn,),
    )
    def deem_withdrawn(self, **_: Any) -> None:
        """Treat the application as withdrawn because nothing was handed in: the court may, it need not."""

    @move(
        gettext_noop("受理司法确认申请"),
        (S.CONFIRMATION_SOUGHT,),
        S.CONFIRMATION_REVIEW,
        by=(R.CLERK,),
        law=("SQ-4", "JI-354"),
        guards=(g.can_go_on_without_supplement, *QUOTED_NUMBER),
        facts={"number": f.number(gettext_noop("案号"), required=False, hint=gettext_noop("不填则由系统编立"))},
        allocates=CodePurpose.CONFIRMATION,
    )
    def accept_confirmation(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Accept the application and number it."""
        self.number = facts["number"]

    @move(
        gettext_noop("不予受理"),
        (S.CONFIRMATION_SOUGHT,),
        S.CONFIRMATION_REFUSED,
        by=(R.CLERK, R.JUDGE),
        law=("JI-355",),
        guards=(*QUOTED_NUMBER, g.fits_named_judge),
        facts={
            "ground": f.code(gettext_noop("理由"), RefusalGround),
            "number": f.number(gettext_noop("案号"), required=False, hint=gettext_noop("不填则由系统编立")),
            "judge": f.ref(gettext_noop("审判员"), "judge", required=False),
            **RECORDED_BY,
        },
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
        allocates=CodePurpose.CONFIRMATION,
    )
    def refuse_confirmation(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Rule not to accept the application on a ground of JI-355; the ruling has a number of its own."""
        self.sheet["refusal"] = facts["ground"]
        # Entries of earlier versions bear none.
        self.number = facts.get("number") or self.number

    @move(
        gettext_noop("驳回申请"),
        (S.CONFIRMATION_REVIEW,),
        S.CONFIRMATION_REFUSED,
        by=(R.JUDGE,),
        law=("JI-358", "CPL-206"),
        facts={"ground": f.code(gettext_noop("理由"), RejectGround), **RECORDED_BY},
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
    )
    def reject_confirmation(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Rule to reject the application on a ground of JI-358."""
        self.sheet["refusal"] = facts["ground"]

    @move(
        gettext_noop("延长审查期限"),
        (S.CONFIRMATION_REVIEW,),
        None,
        by=(R.COURT_LEADER,),
        law=("CPL-187",),
        guards=(g.fits_later_review,),
        facts={"until": UNTIL_FACT},
        texts=REASON,
    )
    def extend_review(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Let the review take longer, by the court president's approval."""
        self.sheet["review_extended"] = facts["until"]

    @move(
        gettext_noop("裁定调解协议有效"),
        (S.CONFIRMATION_REVIEW,),
        S.CONFIRMED,
        by=(R.JUDGE,),
        law=("CPL-206", "JI-356"),
        guards=(g.can_go_on_without_supplement, g.fits_presence),
        facts={
            "present": f.many(f.ref(gettext_noop("到场核实的当事人"), "party")),
            "suspicious": f.flag(gettext_noop("发现虚假调解线索"), required=False),
            **RECORDED_BY,
        },
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
    )
    def confirm(self, *, at: datetime, **_: Any) -> None:
        """Rule that the agreement is valid, both sides present."""
        self.sheet["confirmed_at"] = at.isoformat()
        # A ruling after a revoked one is received anew, and its days for objections count anew.
        self.sheet.pop("received", None)

    @move(
        gettext_noop("签收裁定书"),
        (S.CONFIRMED,),
        None,
        by=(*PEOPLE, R.CLERK),
        law=("JI-372", "CPL-90"),
        guards=(g.can_receive_ruling, g.fits_own_party, g.fits_unreceived, g.fits_receipt_day),
        facts={"party": PARTY_FACT, "on": RECEIVED_ON},
    )
    def receive_ruling(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Note that a party has received the ruling, one on paper on the day of its receipt; the fifteen days for
        objections count from the last one.
        """
        self._note("received", facts["party"], _signed_for(facts, at))

    @move(
        gettext_noop("撤回司法确认申请"),
        (S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW),
        _agreed("withdraw_confirmation", S.SETTLED),
        by=PEOPLE,
        law=("JI-357",),
        guards=(g.can_dispose, g.fits_own_party),
        each=True,
    )
    def withdraw_confirmation(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Withdraw the joint application before the ruling."""
        self._propose("withdraw_confirmation", facts, at)

    @move(
        gettext_noop("提出异议"),
        (S.CONFIRMED,),
        None,
        by=(*PEOPLE, R.OUTSIDER, R.CLERK),
        law=("JI-372",),
        guards=(g.fits_objection_period,),
        facts={
            "knew_on": f.day(gettext_noop("利害关系人知道之日"), required=False, hint=gettext_noop("当事人提出的不填"))
        },
        texts=REASON,
    )
    def object_confirmation(self, *, at: datetime, **_: Any) -> None:
        """Object to the ruling: parties within 15 days, interested outsiders within six months of knowing."""
        self.sheet["objection"] = at.isoformat()

    @move(
        gettext_noop("驳回异议"),
        (S.CONFIRMED,),
        None,
        by=(R.JUDGE,),
        law=("JI-372",),
        guards=(g.can_decide_objection,),
        facts=RECORDED_BY,
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
    )
    def reject_objection(self, **_: Any) -> None:
        """Reject an objection."""
        self.sheet["objection"] = ""

    @move(
        gettext_noop("撤销确认裁定"),
        (S.CONFIRMED,),
        S.CONFIRMATION_REFUSED,
        by=(R.JUDGE,),
        law=("JI-372",),
        guards=(g.can_decide_objection,),
        facts=RECORDED_BY,
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
    )
    def revoke_confirmation(self, **_: Any) -> None:
        """Revoke the ruling after a justified objection."""
        self.sheet |= {"objection": "", "refusal": "REVOKED"}

    @move(
        gettext_noop("重新调解"),
        (S.CONFIRMATION_REFUSED,),
        _agreed("remediate", S.MEDIATING),
        by=PEOPLE,
        law=("CPL-206",),
        guards=(g.fits_own_party,),
        each=True,
    )
    def remediate(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Go back to mediation to vary the agreement, which stands until another is signed."""
        self._propose("remediate", facts, at)

    @move(
        gettext_noop("向有管辖权的法院重新申请"),
        (S.CONFIRMATION_REFUSED,),
        _agreed("reapply", S.SETTLED),
        by=PEOPLE,
        law=("JI-352", "CPL-205"),
        guards=(g.can_dispose, g.can_reapply, g.fits_own_party),
        each=True,
    )
    def reapply(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Go back to the agreement because only the court was wrong."""
        self._propose("reapply", facts, at)

    @move(
        gettext_noop("未再申请，结案"),
        (S.CONFIRMATION_REFUSED,),
        S.ENDED,
        by=(R.CLOCK,),
        law=("CPL-206",),
    )
    def end_refused(self, **_: Any) -> None:
        """End a case whose confirmation was refused and that nobody took further."""

    # Decrees (B).

    @move(
        gettext_noop("申请制作调解书"),
        (S.SETTLED, S.AGREEMENT_RETURNED),
        _agreed("seek_decree", S.DECREE_SOUGHT),
        by=PEOPLE,
        law=("N-4.5c", "TY-20", "CPL-100"),
        guards=(g.can_dispose, g.can_seek_decree, g.fits_own_party, g.fits_decree_court),
        facts={
            "court": f.court(
                gettext_noop("法院"),
                required=False,
                hint=gettext_noop("立案前达成协议的必须选择；由该院先立案再制作调解书"),
            )
        },
        each=True,
    )
    def seek_decree(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Ask the court together to make a decree of the agreement; before docketing it dockets first (law.md C15)."""
        self._propose("seek_decree", facts, at)
        if g.all_agree(self, "seek_decree"):
            self.court = facts.get("court") or self.court
            self._keep_days(at)

    @move(
        gettext_noop("准予撤诉"),
        (S.AGREEMENT_RETURNED,),
        (_withdrawn_suit, (S.WITHDRAWN,)),
        by=(R.JUDGE,),
        law=("TY-20", "LT-4"),
        tracks=(Track.ENTRUSTED,),
        facts=RECORDED_BY,
        texts={"ruling": f.Text(gettext_noop("裁定内容"), EnclosureKind.RULING)},
    )
    def withdraw_suit(self, **_: Any) -> None:
        """Allow the suit to be withdrawn after an agreement."""

    @move(
        gettext_noop("为制作调解书立案"),
        (S.DECREE_SOUGHT,),
        None,
        by=(R.CLERK,),
        law=("N-4.5c", "LT-2"),
        tracks=PRE_DOCKET,
        guards=(g.can_docket_for_decree, *QUOTED_NUMBER),
        facts={"number": f.number(gettext_noop("案号"), required=False, hint=gettext_noop("不填则由系统编立"))},
        allocates=CodePurpose.DECREE,
    )
    def docket_for_decree(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Docket a case settled before docketing, so that a decree can be made (law.md C15)."""
        self.number = facts["number"]
        self.sheet["docketed_at"] = at.isoformat()

    @move(
        gettext_noop("制作调解书"),
        (S.DECREE_SOUGHT,),
        S.DECREE_ISSUED,
        by=(R.JUDGE,),
        law=("CPL-100", "MT-7"),
        guards=(g.can_issue_decree, g.fits_agreement_text),
        facts={"matches": f.flag(gettext_noop("调解书与调解协议一致")), **RECORDED_BY},
        texts={"decree": f.Text(gettext_noop("调解书内容"), EnclosureKind.DECREE)},
    )
    def issue_decree(self, **_: Any) -> None:
        """Issue the decree; it takes effect when all have signed for it."""
        self.sheet["receipts"] = {}

    @move(
        gettext_noop("不予制作调解书"),
        (S.DECREE_SOUGHT,),
        (_undecreed, (S.TRIAL_RESUMED, S.HANDED_BACK)),
        by=(R.JUDGE,),
        law=("ZX-23", "MT-7"),
        texts=REASON,
    )
    def refuse_decree(self, **_: Any) -> None:
        """Refuse a decree and resume the trial."""

    @move(
        gettext_noop("签收调解书"),
        (S.DECREE_ISSUED,),
        _agreed("receive_decree", S.DECREED),
        by=(*PEOPLE, R.CLERK),
        law=("JI-149", "CPL-100"),
        guards=(g.fits_own_party, g.fits_receipt_day),
        facts={"on": RECEIVED_ON},
        each=True,
    )
    def receive_decree(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Sign for the decree; effective with the last party's signature."""
        self._propose("receive_decree", facts, at)
        self._note("receipts", facts["party"], _signed_for(facts, at))

    @move(
        gettext_noop("签收前反悔"),
        (S.AGREEMENT_RETURNED, S.DECREE_SOUGHT, S.DECREE_ISSUED),
        (_undecreed, (S.TRIAL_RESUMED, S.HANDED_BACK)),
        by=PEOPLE,
        law=("CPL-102",),
        guards=(g.fits_own_party,),
        facts={"party": PARTY_FACT},
    )
    def repudiate(self, **_: Any) -> None:
        """Go back on the agreement before signing for the decree."""

    # Performance.

    @move(
        gettext_noop("确认履行完毕"),
        PERFORMABLE,
        _agreed("perform", S.PERFORMED),
        by=PEOPLE,
        law=("N-4.5c",),
        guards=(g.can_dispose, g.can_leave_rest, g.fits_own_party),
        documents=True,
        each=True,
    )
    def perform(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Confirm that the agreement has been performed; closed when every party has confirmed."""
        self._propose("perform", facts, at)

    @move(
        gettext_noop("报告已经履行"),
        PERFORMABLE,
        None,
        by=PEOPLE,
        law=("N-4.5c", "ZX-19"),
        guards=(g.can_report_performance, g.fits_own_party, g.fits_owed_by_party, g.fits_reported_amount),
        facts={
            "party": PARTY_FACT,
            "obligation": OBLIGATION_FACT,
            "amount": f.money(gettext_noop("本次支付金额（只付了一部分的填写）"), required=False),
        },
        paper=DocumentKind.PAYMENT,
    )
    def report_performance(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Report, with a proof, that one obligation has been met, or paid in part; whom it is owed confirms or
        denies.
        """
        part = {"reported": facts["amount"]} if facts.get("amount") else {}
        self._obligation(facts["obligation"], reported_at=at.isoformat(), **part)

    @move(
        gettext_noop("确认或者否认收到履行"),
        PERFORMABLE,
        (_performed, (S.PERFORMED, *PERFORMABLE)),
        by=PEOPLE,
        law=("N-4.5c", "ZX-19"),
        guards=(g.can_answer_performance, g.fits_own_party, g.fits_owed_to_party, g.fits_power_to_acquit),
        facts={
            "party": PARTY_FACT,
            "obligation": OBLIGATION_FACT,
            "received": f.flag(gettext_noop("已经收到"), hint=gettext_noop("全部义务都确认收到的，案件即告履行完毕")),
        },
        texts=REASON_IF_ANY,
    )
    def answer_performance(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Confirm that one obligation has been met, or say that it has not; the last yes closes the case.

        Of what was reported as a part only that part is confirmed: the rest stays owed.
        """
        settled, counted = self._count_part(facts["obligation"], received=facts["received"])
        met_at = at.isoformat() if facts["received"] and settled else ""
        self._obligation(facts["obligation"], reported_at="", met_at=met_at, **counted)

    @move(
        gettext_noop("宣布其余各期提前到期"),
        PERFORMABLE,
        None,
        by=PEOPLE,
        law=("MT-8", "ZX-19"),
        guards=(
            g.can_declare_under_the_agreement,
            g.can_declare_due,
            g.fits_own_party,
            g.fits_missed_instalment,
        ),
        facts={"party": PARTY_FACT, "obligation": OBLIGATION_FACT},
    )
    def declare_due(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Declare the rest due because an instalment was missed, where the agreement says so; paying the missed one
        afterwards does not undo it.
        """
        agreement = self.sheet["agreement"]
        missed = next(one for one in agreement["obligations"] if one["ref"] == facts["obligation"])
        agreement["declared"] = {**agreement.get("declared", {}), missed["series"]: missed["due_on"]}

    @move(
        gettext_noop("申请强制执行"),
        (S.CONFIRMED, S.DECREED),
        S.ENFORCEMENT,
        by=PEOPLE,
        law=("CPL-250", "CPL-206"),
        guards=(g.fits_own_party, g.can_enforce_in_time, g.can_enforce_yet),
        facts={"party": PARTY_FACT},
    )
    def enforce(self, **_: Any) -> None:
        """Apply for enforcement within two years of the last instalment."""

    @move(
        gettext_noop("申请执行期限届满，结案"),
        (S.CONFIRMED, S.DECREED),
        S.CLOSED,
        by=(R.CLOCK,),
        law=("CPL-250",),
    )
    def lapse_enforcement(self, **_: Any) -> None:
        """Close the case because the period for enforcement is over."""

    @move(
        gettext_noop("重算期限"),
        OPEN,
        None,
        by=(R.PLATFORM,),
        law=("CPL-85",),
        facts={"notice": f.digest(gettext_noop("节假日安排校验值"))},
    )
    def reckon(self, **_: Any) -> None:
        """Note due instants recomputed after the calendar changed."""


@dataclass(frozen=True)
class Order:
    """A clock to be started: counted from ``since`` by the law, or set to end on ``until``, or an old one moved by
    ``shift`` days.
    """

    kind: ClockKind
    since: datetime
    until: str = ""
    shift: int = 0
    days: int | None = None
    old: dict[str, Any] = field(default_factory=dict)
    after: ClockKind | None = None


def orders(
    case: Lifecycle, name: str, facts: dict[str, Any], at: datetime, *, entered: bool, handed: bool
) -> list[Order]:
    """Return the clocks a move starts on the case as it stands after the move.

    ``entered``: the state was changed, or a hand-over was just received; ``handed``: it now awaits the new owner's
    receipt.
    """
    if handed:
        return [Order(K.RECEIPT, at)]
    wanted = _state_orders(case, at) if entered else []
    match name:
        case "extend" if g.all_agree(case, "extend"):
            wanted.append(Order(K.MEDIATE, at, until=facts["until"], old=case.sheet["clocks"][K.MEDIATE]))
        case "extend_review":
            wanted.append(Order(K.REVIEW, at, until=facts["until"], old=case.sheet["clocks"][K.REVIEW]))
        case "leave_to_court" if g.all_left_choice(case):
            wanted.append(Order(K.DESIGNATE, at))
        case "close_agreed" if case.state == S.SETTLED:
            last = datetime.fromisoformat(case.sheet["agreement"]["last_due"] + "T00:00:00+08:00")
            wanted.append(Order(K.PERFORM, max(at, last)))
        case "receive_ruling" if set(g.remaining(case)) <= set(case.sheet["received"]):
            wanted.append(Order(K.OBJECT, max(map(datetime.fromisoformat, case.sheet["received"].values()))))
        case "ask_supplement":
            wanted.append(Order(K.SUPPLEMENT, at, days=facts["days"]))
        case "suspend" if facts["ground"] == SuspendGround.APPRAISAL:
            wanted.append(Order(K.APPRAISAL, at))
        case "suspend" if facts["ground"] == SuspendGround.SUSPICION:
            wanted.append(Order(K.REVIEW_SUSPICION, at))
        case "resume" if _pauses(case):
            began, paused = datetime.fromisoformat(case.sheet["suspension"]["at"]), case.sheet["suspension"]["mediate"]
            wanted = [Order(K.MEDIATE, at, shift=(local_day(at) - local_day(began)).days, old=paused)]
    return wanted


def _state_orders(case: Lifecycle, at: datetime) -> list[Order]:
    wanted = []
    for kind, tracks in CLOCKS.get(S(case.state), ()):
        running = kind in case.sheet.get("clocks", {})
        if case.track not in tracks or running or (kind is K.COMPLETE and g.is_complete(case)):
            continue
        since, after = at, None
        if kind is K.CONFIRM and case.effective_at:
            since = case.effective_at
            if case.sheet.get("entered_by") in ("send_back", "reapply", "prove_offline") and "days_left" in case.sheet:
                # The court was reached in time: what was left then is left now.
                until = (local_day(at) + timedelta(days=case.sheet["days_left"])).isoformat()
                wanted.append(Order(kind, since, until=until))
                continue
        elif kind is K.ENFORCE:
            if case.state == S.DECREED:
                # In force with the last receipt, which may be a paper's of some days ago (JI-149).
                since = max(map(datetime.fromisoformat, case.sheet["receipts"].values()))
            if last_due := case.sheet.get("agreement", {}).get("last_due"):
                since = max(since, datetime.fromisoformat(last_due + "T00:00:00+08:00"))
        elif kind is K.DESIGNATE and case.state == S.READY:
            after = K.CHOOSE
        wanted.append(Order(kind, since, after=after))
    return wanted


def _pauses(case: Lifecycle) -> bool:
    """Tell whether the suspension's days do not count: appraisal before docketing (ZX-26)."""
    suspension = case.sheet.get("suspension", {})
    return bool(
        suspension.get("ground") == SuspendGround.APPRAISAL and case.track in PRE_DOCKET and suspension.get("mediate")
    )


def stops(case: Lifecycle, name: str, *, changed: bool) -> set[str]:
    """Return the kinds of running clocks that end with this move, on the case as it stands after it."""
    running = set(case.sheet.get("clocks", {}))
    ended = {kind for kind in running if changed and case.state not in SPANS.get(K(kind), ())}
    if name == "receive":
        ended.add(K.RECEIPT.value)
    if name == "record_contact" and all(
        case.sheet["contacts"].get(ref) == Contact.REACHED for ref in g.remaining(case)
    ):
        ended.add(K.CONTACT.value)
    if name == "leave_to_court" and g.all_left_choice(case):
        ended.add(K.CHOOSE.value)
    if name == "close_agreed":
        ended.add(K.CONFIRM.value)
    if name == "supplement":
        ended.add(K.SUPPLEMENT.value)
    if name == "sign" and g.is_complete(case):
        ended.add(K.COMPLETE.value)
    if name == "suspend" and _pauses(case):
        ended.add(K.MEDIATE.value)
    return ended & running


def errand(case: Lifecycle) -> str:
    """Return the move the owner's platform owes the case of its own accord, or an empty string."""
    if g.is_awaiting_receipt(case):
        return "receive"
    if case.state == S.SETTLED and case.track == Track.ENTRUSTED and g.is_returnable(case):
        return "return_agreement"
    if case.state == S.FILED and case.track == Track.OFFLINE:
        return "ask_proof"
    if case.state == S.UNSETTLED and case.track in (Track.DELEGATED, Track.ENTRUSTED):
        return "hand_back_rest"
    return ""


def rest_of(case: Lifecycle, split: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the linked case of a partial agreement states, as ``open_rest`` wants it.

    ``split`` are the facts of the entry that split it off; the number of a docketed suit is quoted, no other is.
    """
    sheet = case.sheet
    powers = {(ref, power) for ref, held in sheet["agents"].items() for power in held["for"].values()}
    agents = [
        {"ref": ref, "power": power, "for": [p for p, held in sheet["agents"][ref]["for"].items() if held == power]}
        for ref, power in sorted(powers)
    ]
    known = {
        "court": case.court,
        "amount": split.get("amount"),
        "number": case.number if case.track == Track.ENTRUSTED else "",
        "procedure": sheet.get("procedure", ""),
    }
    return {
        "origin": str(case.ref),
        "track": str(case.track),
        "organisation": case.organisation,
        "cause": str(case.cause),
        "source": str(case.source),
        "parties": [{"ref": ref, **party} for ref, party in sheet["parties"].items()],
        "agents": agents,
        "mediators": sheet["mediators"],
        "ground": split["ground"],
        "filed_at": case.filed_at.astimezone(UTC).isoformat(),
        **{name: value for name, value in known.items() if value not in ("", None)},
    }
