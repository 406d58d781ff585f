"""Telling a case as a story: real moves by real roles at given instants, in both books, with the post between them.

Lives here: a cast, the steps, the plots. Does not live here: any rule; a step that the rules refuse ends the story
with an error.
Called by: ``manage.py walk`` (one case, told aloud) and ``manage.py load_demo`` (about sixty, silently).
Every person and company is invented.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mediation import amounts, files, law, moves, platform, queries
from mediation.actor import Actor
from mediation.clauses import drafts, library
from mediation.clauses.agreement import Body, fresh
from mediation.clauses.printing import people_of
from mediation.clauses.variables import even_plan
from mediation.exchange import outbox
from mediation.exchange.models import Receipt
from mediation.lifecycle import MOVES
from mediation.meeting import notebook, sessions, talks
from mediation.models import Case, CaseEvent, Delivery, Request
from mediation.moves import Enclosed
from mediation.vocabulary import (
    Audience,
    Cause,
    ClauseKind,
    ClockKind,
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    ObligationKind,
    PartyKind,
    Role,
    Seat,
    SessionMode,
    Side,
    Source,
    Stage,
    Standing,
    State,
    Track,
    Verification,
)
from mediation.workdays import ZONE, local_day
from roster.reference import ref, rows

SEAL_POINTS = MOVES["review_seal"].facts.keys() - {"digest"}
ALL_CONSENTS = [Stage.MEDIATION, Stage.ONLINE, Stage.E_SERVICE, Stage.SENSITIVE_DATA, Stage.DATA_SHARING]


@dataclass(frozen=True)
class Person:
    """One invented party: who they are, and how the law classes them."""

    name: str
    kind: PartyKind
    identity_kind: IdentityKind
    identity_number: str
    phone: str
    investor: InvestorClass = InvestorClass.NONE
    institution: Institution = Institution.NONE
    address: str = ""


@dataclass
class Plot:
    """What happens: the dispute and its steps, each after so many hours."""

    track: Track
    cause: Cause
    amount: int
    applicants: list[Person]
    respondents: list[Person]
    narrative: str
    steps: list[tuple[float, str, dict[str, Any]]]
    court: str = "沪74"
    organisation: str = "isc"
    mediator: str = "isc-1"
    source: Source = Source.ONLINE_COURT
    rest_hours: float = 0

    @property
    def hours(self) -> float:
        """How long the story takes from its first step to its last."""
        return sum(hours for hours, _, _ in self.steps[1:])


def accounts() -> dict[str, Person]:
    """Return the demonstration parties that can sign in, by login."""
    cast = {}
    for line in rows("accounts"):
        if line["role"] != Role.PARTY:
            continue
        company = line["identity_kind"] == IdentityKind.CREDIT_CODE
        institution = {"broker": Institution.SECURITIES, "futures": Institution.FUTURES}.get(
            line["login"].split(".")[0], Institution.NONE
        )
        cast[line["login"]] = Person(
            line["name"],
            PartyKind.COMPANY if company else PartyKind.NATURAL,
            IdentityKind(line["identity_kind"]),
            line["identity_number"],
            line["phone"],
            InvestorClass.NONE if company else InvestorClass.ORDINARY,
            institution,
        )
    return cast


def investor(name: str, serial: int) -> Person:
    """Return an invented ordinary investor whose identity number has a valid checksum and a serial that is never
    issued.
    """
    body = f"310104{1950 + serial % 45}{1 + serial % 12:02d}{1 + serial % 28:02d}000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return Person(
        name, PartyKind.NATURAL, IdentityKind.RESIDENT, body + check, f"1380001{serial:04d}", InvestorClass.ORDINARY
    )


def in_office_hours(at: datetime) -> datetime:
    """Move an instant back into the office hours of a working day, so that a told case looks like one."""
    calendar, local = queries.calendar(), at.astimezone(ZONE)
    if local.hour < 9:
        local = local.replace(hour=17, minute=20) - timedelta(days=1)
    elif local.hour >= 18:
        local = local.replace(hour=17, minute=35)
    while not calendar.is_working_day(local.date()):
        local = local.replace(hour=16, minute=10) - timedelta(days=1)
    return local


@dataclass
class Story:
    """One case being told. ``say`` receives each line; ``at`` is the story's own clock."""

    plot: Plot
    at: datetime
    say: Callable[[str], None] = lambda line: None
    ref: uuid.UUID = field(default_factory=uuid.uuid4)
    text: str = ""
    digest: str = ""
    told: int = 0
    receipts: int = 0
    linked: list[uuid.UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.court_code, self.net_code = platform.home_of(Seat.COURT), platform.home_of(Seat.ORGANISATION)
        self.organisation, self.mediator = (
            str(ref("organisation", self.plot.organisation)),
            str(ref("mediator", self.plot.mediator)),
        )
        self.people = {str(uuid.uuid4()): person for person in (*self.plot.applicants, *self.plot.respondents)}
        refs = list(self.people)
        self.applicants, self.respondents = refs[: len(self.plot.applicants)], refs[len(self.plot.applicants) :]

    def tell(self) -> Case:
        """Tell the whole plot and return the copy of the platform that now has the case."""
        planned = self.at
        for number, (hours, step, more) in enumerate(self.plot.steps):
            planned += timedelta(hours=hours if number else 0)
            at = in_office_hours(planned)
            self.at = max(at, self.at + timedelta(minutes=7)) if number else at
            getattr(self, f"step_{step}")(**more)
            self.post()
        return self.case()

    # The books.

    def case(self, code: str = "") -> Case:
        """Return a platform's copy; without a code, that of the owner of the present state."""
        copies = {copy.platform: copy for copy in Case.objects.filter(ref=self.ref)}
        if code:
            return copies[code]
        first = next(iter(copies.values()))
        newest = max(copies.values(), key=lambda copy: copy.entries)
        owner = newest.owner
        return copies.get(platform.home_of(owner), first) if owner else newest

    def post(self) -> None:
        """Carry the post until nothing moves, and say what both books then hold."""
        for _ in range(20):
            senders = self.senders()
            if not senders:
                break
            for code in senders:
                outbox.post(code, self.at)
        self.tell_new()
        copies = list(Case.objects.filter(ref=self.ref).order_by("platform"))
        if len(copies) == 2:
            held = Receipt.objects.filter(case__in=copies).count()
            fresh, self.receipts = held - self.receipts, held
            signed = f"；新回执 {fresh} 份，均已验签" if fresh else ""
            same = "两本账一致" if copies[0].head == copies[1].head else "两本账尚未一致"
            books = "；".join(
                f"{platform.config(copy.platform).title} #{copy.entries} {copy.head[:12]}" for copy in copies
            )
            self.say(f"      ⇄ {same}：{books}{signed}")

    def senders(self) -> list[str]:
        """Return the platforms whose book still has something of this case, or of its linked one, for the other."""
        refs = [self.ref, *self.linked]
        untold, asked = (
            kind.objects.filter(case__ref__in=refs, state=kind.WAITING).order_by().values_list("case__platform")
            for kind in (Delivery, Request)
        )
        return sorted(code for (code,) in untold.union(asked))

    def act(
        self, move: str, by: Actor, facts: dict[str, Any] | None = None, enclosures: list[Enclosed] | None = None
    ) -> None:
        """Make one move where its actor is signed in, and say what came of it."""
        case = self.case(by.via)
        if move == "sign":
            # Nobody is there to type a code.
            by = replace(by, proof=self.digest)
        done = moves.perform(case, move, by=by, at=self.at, facts=facts, enclosures=enclosures or [])
        if isinstance(done, Request):
            asked = f"{self.who(done.by)}：{MOVES[done.move].label}（已提交，等待对方平台处理）"
            self.say(f"{self.when(self.at)} 【{platform.config(by.via).title}】{asked}")
        self.tell_new()

    def when(self, at: datetime) -> str:
        """Write an instant as people in China do."""
        return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")

    def who(self, by: dict[str, str]) -> str:
        """Name whoever acted: parties by name, everybody else by role."""
        return self.people[by["ref"]].name if by["ref"] in self.people else Role(by["role"]).label

    def tell_new(self) -> None:
        """Say every entry not yet told, each in one line, with the clocks it started."""
        newest = max(Case.objects.filter(ref=self.ref), key=lambda copy: copy.entries)
        for event in CaseEvent.objects.filter(case=newest, number__gt=self.told).order_by("number"):
            self.told = event.number
            title = platform.config(event.author).title
            self.say(
                f"{self.when(event.at)} 【{title}】#{event.number} {self.who(event.by)}：{MOVES[event.move].label}"
                f" → {State(event.state).label}"
            )
            for clock in event.clocks:
                rule = law.row(clock["rule"])
                due = local_day(datetime.fromisoformat(clock["due"]))
                basis = "本平台期限" if rule.own_figure else "、".join(rule.cited(due))
                self.say(f"      ⏱ {ClockKind(clock['kind']).label}：至 {due:%Y-%m-%d}（{basis}）")

    # The cast.

    def clerk(self) -> Actor:
        """The court's clerk."""
        return Actor(Role.CLERK, str(ref("account", "clerk.sh74")), self.plot.court, self.court_code)

    def judge(self) -> Actor:
        """The court's judge."""
        return Actor(Role.JUDGE, str(ref("account", "judge.sh74")), self.plot.court, self.court_code)

    def administrator(self) -> Actor:
        """The organisation's administrator."""
        return Actor(
            Role.ORGANISATION, str(ref("account", f"org.{self.plot.organisation}")), self.organisation, self.net_code
        )

    def lead(self) -> Actor:
        """The lead mediator."""
        return Actor(Role.MEDIATOR, self.mediator, self.organisation, self.net_code)

    def party(self, party: str, code: str) -> Actor:
        """One party, signed in on one platform."""
        return Actor(Role.PARTY, party, "", code)

    # What is stated and enclosed.

    def _party_facts(self) -> list[dict[str, str]]:
        return [
            {
                "ref": party,
                "side": Side.APPLICANT if party in self.applicants else Side.RESPONDENT,
                "kind": person.kind,
                "investor": person.investor,
                "institution": person.institution,
            }
            for party, person in self.people.items()
        ]

    def _opening(self) -> list[Enclosed]:
        described = [
            Enclosed(
                EnclosureKind.PARTY,
                {
                    "name": person.name,
                    "identity_kind": person.identity_kind,
                    "identity_number": person.identity_number,
                    "phone": person.phone,
                    "address": person.address or "上海市浦东新区世纪大道（演示地址）",
                },
                about=party,
            )
            for party, person in self.people.items()
        ]
        return [*described, Enclosed(EnclosureKind.NARRATIVE, {"text": self.plot.narrative})]

    def _common(self) -> dict[str, Any]:
        return {
            "cause": self.plot.cause,
            "amount": self.plot.amount,
            "source": self.plot.source,
            "parties": self._party_facts(),
            "agents": [],
        }

    def _open(self, move: str, by: Actor, facts: dict[str, Any], enclosures: list[Enclosed]) -> None:
        case = Case(platform=by.via, ref=self.ref)
        moves.perform(case, move, by=by, at=self.at, facts=facts, enclosures=enclosures)
        self.tell_new()

    def _paper(self, kind: DocumentKind, name: str, text: str, code: str) -> Enclosed:
        """Store a small file on a platform and describe it."""
        content = text.encode()
        judged = files.judge(name, content)
        files.store(code, judged, content, self.at)
        described = {
            "ref": str(uuid.uuid4()),
            "kind": kind,
            "name": judged.name_safe,
            "sha256": judged.sha256,
            "size": judged.size,
            "media_type": judged.media_type,
        }
        return Enclosed(EnclosureKind.DOCUMENT, described)

    def _statement(self, code: str) -> Enclosed:
        """The applicant's trading record, as evidence."""
        person = self.people[self.applicants[0]]
        lines = [f"{person.name} 证券账户交易对账单（演示）", "日期,代码,方向,数量,成交金额"]
        lines += [f"2026-0{month}-15,600000,买入,{month}00,{month * 1234}.00" for month in range(1, 7)]
        return self._paper(DocumentKind.TRADING, "交易对账单.txt", "\n".join(lines), code)

    def _text(self, kind: EnclosureKind, text: str, audience: Audience = Audience.ALL) -> list[Enclosed]:
        return [Enclosed(kind, {"text": text}, audience)]

    def _each(self, move: str, code: str, facts: dict[str, Any] | None = None) -> None:
        for party in self.people:
            self.act(move, self.party(party, code), {"party": party, **(facts or {})})

    # The steps.

    def step_file(self, *, docket_number: str = "", procedure: str = "") -> None:
        """A party applies to the court, or its clerk opens an entrusted case."""
        facts = {**self._common(), "track": self.plot.track, "court": self.plot.court, "consents": ALL_CONSENTS}
        if docket_number:
            facts |= {"docket_number": docket_number, "procedure": procedure}
        by = self.clerk() if docket_number else self.party(self.applicants[0], self.court_code)
        self._open("file", by, facts, [*self._opening(), self._statement(self.court_code)])

    def step_apply(self) -> None:
        """A party applies straight to an organisation."""
        facts = {**self._common(), "organisation": self.organisation, "consents": ALL_CONSENTS}
        papers = [*self._opening(), self._statement(self.net_code)]
        self._open("apply", self.party(self.applicants[0], self.net_code), facts, papers)

    def step_record_offline(self, *, days_ago: int = 2) -> None:
        """The organisation records an agreement reached off line."""
        self.text = self.agreement()
        signed = local_day(self.at) - timedelta(days=days_ago)
        facts = {
            **self._common(),
            "organisation": self.organisation,
            "effective_on": signed.isoformat(),
            "last_due": (signed + timedelta(days=60)).isoformat(),
            "digest": moves.text_digest(self.text),
            "mediators": [self.mediator],
        }
        paper = self._paper(DocumentKind.AGREEMENT, "调解协议书（各方已签章）.txt", self.text, self.net_code)
        enclosures = [item for item in self._opening() if item.kind is EnclosureKind.PARTY]
        self._open("record_offline", self.administrator(), facts, [*enclosures, paper])

    def step_file_offline(self, *, days_ago: int = 2) -> None:
        """A party files at the court an agreement reached off line; the court asks the organisation."""
        self.text = self.agreement()
        signed = local_day(self.at) - timedelta(days=days_ago)
        facts = {
            **self._common(),
            "court": self.plot.court,
            "organisation": self.organisation,
            "consents": [Stage.SENSITIVE_DATA, Stage.DATA_SHARING],
            "effective_on": signed.isoformat(),
            "digest": moves.text_digest(self.text),
        }
        paper = self._paper(DocumentKind.AGREEMENT, "调解协议书（各方已签章）.txt", self.text, self.court_code)
        enclosures = [item for item in self._opening() if item.kind is EnclosureKind.PARTY]
        by = self.party(self.applicants[0], self.court_code)
        self._open("file_offline", by, facts, [*enclosures, paper])

    def step_prove(self) -> None:
        """The organisation proves that it mediated the agreement."""
        text = f"兹证明{self.plot.applicants[0].name}与{self.plot.respondents[0].name}的调解协议由本组织主持达成。"
        paper = self._paper(DocumentKind.ORGANISATION_PROOF, "调解证明.txt", text, self.net_code)
        self.act("prove_offline", self.administrator(), {"mediators": [self.mediator]}, [paper])

    def step_disown(self) -> None:
        """The organisation says that the agreement was not reached before it."""
        reason = "经查，本组织没有受理过该纠纷，协议上的印章不是本组织印章。"
        self.act("disown_offline", self.administrator(), {}, self._text(EnclosureKind.REASON, reason))

    def step_return(self, *, ground: str = "OUTSIDE_REMIT") -> None:
        """The clerk returns the application."""
        advice = "该请求属于行政监管事项，请向中国证监会派出机构反映，或者拨打12386。"
        self.act("return_application", self.clerk(), {"ground": ground}, self._text(EnclosureKind.ADVICE, advice))

    def step_consult(self) -> None:
        """The clerk asks the parties."""
        self.act("consult", self.clerk(), {"channel": "SMS"})

    def step_consent(self, *, only: str = "") -> None:
        """The respondents agree to mediation."""
        for party in self.respondents:
            self.act(
                "consent",
                self.party(party, self.court_code),
                {"party": party, "stage": "MEDIATION", "channel": "ONLINE"},
            )

    def step_refuse(self) -> None:
        """The first respondent refuses mediation."""
        party = self.respondents[0]
        self.act("refuse_consent", self.party(party, self.court_code), {"party": party, "channel": "ONLINE"})

    def step_proceed(self) -> None:
        """The clerk goes on with the applicant's consent alone."""
        self.act("proceed_on_one_consent", self.clerk())

    def step_docket_and_entrust(self) -> None:
        """The clerk dockets first."""
        self.act("docket_and_entrust", self.clerk(), {"procedure": "ORDINARY"})

    def step_choose(self) -> None:
        """Both sides choose the same organisation."""
        self._each("choose_jointly", self.court_code, {"organisation": self.organisation})

    def step_delegate(self, *, organisation: str = "", mediator: str = "") -> None:
        """The clerk delegates or entrusts the case."""
        if organisation:
            self.plot.organisation, self.plot.mediator = organisation, mediator
            self.organisation, self.mediator = str(ref("organisation", organisation)), str(ref("mediator", mediator))
        facts: dict[str, Any] = {"organisation": self.organisation}
        case = self.case(self.court_code)
        if not case.sheet.get("chosen"):
            facts["left_to_court"] = True
        if (
            case.track == Track.DELEGATED
            and law.delegation_policy(local_day(case.filed_at)).gate is law.Gate.RESTRICTED
        ):
            facts["reason_confirmed"] = True
        self.act("delegate", self.clerk(), facts)

    def step_accept(self) -> None:
        """The organisation accepts."""
        self.act("accept", self.administrator(), {"declared": True})

    def step_decline(self) -> None:
        """The organisation declines."""
        reason = "该纠纷涉及跨境结构化票据估值，本组织缺少相应专家。"
        self.act(
            "decline", self.administrator(), {"ground": "BEYOND_EXPERTISE"}, self._text(EnclosureKind.REASON, reason)
        )

    def step_silence(self) -> None:
        """Nobody replies; the sweep finds the clock that ran out."""
        for config in platform.installed():
            moves.sweep(config.code, self.at)
        self.tell_new()

    def step_prepare(self) -> None:
        """The organisation appoints; the mediator discloses and reaches everybody; addresses are confirmed."""
        self.act("appoint_mediator", self.administrator(), {"mediators": [self.mediator], "lead": self.mediator})
        self.act("disclose", self.lead(), {"ground": "NONE"})
        case = self.case(self.net_code)
        for party in self.people:
            self.act("record_contact", self.lead(), {"party": party, "outcome": "REACHED", "channel": "PHONE"})
            for stage in (Stage.MEDIATION, Stage.ONLINE):
                if case.sheet["consents"].get(stage, {}).get(party) != "YES":
                    self.act("consent", self.lead(), {"party": party, "stage": stage, "channel": "PHONE"})
            if party not in case.sheet["addresses"]:
                self.act("confirm_address", self.party(party, self.net_code), {"party": party, "e_service": True})

    def step_open(self) -> None:
        """The mediator holds the session that was agreed on, everybody identified and told; it opens the mediation."""
        case, by = self.case(self.net_code), self.lead()
        agreed: dict[str, Any] = {"place": "", "minutes": 60, "by": by, "at": self.at, "key": f"{self.ref}/first"}
        session = sessions.propose(case, Audience.PARTIES, SessionMode.VIDEO, [self.at], **agreed)
        sessions.choose(session, self.people, [time.pk for time in session.times.all()], self.at)
        sessions.fix(session, session.times.get().pk, self.at)
        sessions.acknowledge(session, self.people, Verification.ACCOUNT, self.at)
        seen = [sessions.Seen(party, present=True, verified=Verification.ACCOUNT.value) for party in self.people]
        sessions.keep(session, seen, others="", told=True, place="", at=self.at)
        sessions.hold(session, by=by, at=self.at, key=f"{self.ref}/opened")
        self.tell_new()

    def step_talk(self) -> None:
        """They talk, openly and with the mediator alone, who notes what is disputed and asks for another session."""
        case, by = self.case(self.net_code), self.lead()
        applicant, respondent = (self.party(side[0], self.net_code) for side in (self.applicants, self.respondents))
        said = (
            (Audience.PARTIES, by, "请双方在下次调解前各自核对交易记录，并说明能够接受的方案。", None),
            (
                Audience.APPLICANTS,
                applicant,
                "一次付清的话可以少要一些，请先不要告诉对方。",
                self.plot.amount * 8 // 10,
            ),
            (Audience.RESPONDENTS, respondent, "需要报公司批准，目前的授权到六成。", self.plot.amount * 6 // 10),
            (Audience.PARTIES, applicant, "已经上传对账单，请对方核对。", None),
        )
        for place, (channel, who, text, offer) in enumerate(said):
            talks.say(case, channel, text, offer=offer, by=who, at=self.at, key=f"{self.ref}/{place}")
        points = (
            ("交易账户、成交时间和成交数量", Standing.UNDISPUTED, ("以对账单为准", "没有异议")),
            ("损失的计算方法和金额", Standing.DISPUTED, ("按买卖差价计算", "应当扣除市场风险")),
        )
        for text, standing, sides in points:
            notebook.keep_point(case, None, text, standing, sides, by=by, at=self.at)
        notebook.write(case, "双方差距在损失计算，下次先谈市场风险的比例。", by=by, at=self.at, key=f"{self.ref}/note")
        times = [in_office_hours(self.at + timedelta(days=days)) + timedelta(days=14) for days in (0, 1)]
        asked: dict[str, Any] = {"place": "", "minutes": 90, "by": by, "at": self.at, "key": f"{self.ref}/second"}
        sessions.propose(case, Audience.PARTIES, SessionMode.VIDEO, times, **asked)

    def step_undisputed(self) -> None:
        """Undisputed facts are written down and confirmed by everybody."""
        text = "双方对交易账户、成交时间和成交数量没有争议。"
        nonce = secrets.token_hex(16)
        digest = moves.text_digest(text, nonce)
        enclosed = [Enclosed(EnclosureKind.UNDISPUTED, {"text": text, "nonce": nonce})]
        self.act("confirm_undisputed", self.lead(), {"digest": digest}, enclosed)
        for party in self.people:
            self.act("confirm_undisputed", self.party(party, self.net_code), {"digest": digest, "party": party})

    def step_extend(self, *, days: int = 15) -> None:
        """All agree to extend the period."""
        due = datetime.fromisoformat(self.case(self.net_code).sheet["clocks"]["MEDIATE"]["due"])
        until = local_day(due) + timedelta(days=days)
        self._each("extend", self.net_code, {"until": until.isoformat()})

    def step_suspend(self, *, ground: str = "APPRAISAL") -> None:
        """The mediator suspends."""
        reason = (
            "双方同意委托中证资本市场法律服务中心核定损失。" if ground == "APPRAISAL" else "协议内容与证据明显不符。"
        )
        self.act(
            "suspend", self.lead(), {"ground": ground}, self._text(EnclosureKind.REASON, reason, Audience.ORGANISATION)
        )

    def step_resume(self) -> None:
        """The mediator goes on."""
        self.act("resume", self.lead())

    def agreement(self) -> str:
        """Return the text of an agreement that fits the plot."""
        payer, payee = self.plot.respondents[0].name, "、".join(person.name for person in self.plot.applicants)
        total = self.plot.amount * 7 // 10
        day = local_day(self.at) + timedelta(days=60)
        return (
            f"调解协议书\n\n一、{payer}于{day.year}年{day.month}月{day.day}日前向{payee}支付人民币"
            f"{amounts.format_amount(total)}（大写：{amounts.in_capitals(total)}）。\n"
            "二、上述款项付清后，双方就本纠纷再无其他争议。\n"
            "三、双方对调解过程和本协议内容负有保密义务。\n"
            "四、本协议自各方当事人签名或者盖章之日起生效；各方可以自生效之日起三十日内共同申请司法确认。"
        )

    def step_draft(self, *, instalments: int = 1) -> None:
        """The mediator draws the agreement up from clauses and shows it; a party asks for a change."""
        case, by, at = self.case(self.net_code), self.lead(), self.at
        self.draft = drafts.begin(case, by=by, at=at)
        people, known = people_of(case), {one.kind: one for one in library.in_force(local_day(at))}
        total, day = self.plot.amount * 7 // 10, local_day(at) + timedelta(days=30)
        if instalments > 1:
            payment = fresh(known[ClauseKind.INSTALMENTS], people)
            payment.values["plan"] = even_plan(total, instalments, day)
        else:
            payment = fresh(known[ClauseKind.LUMP_SUM], people)
            payment.values["due_on"] = day.isoformat()
        payment.values["amount"] = total
        others = [fresh(known[kind], people) for kind in (ClauseKind.CONFIDENTIALITY, ClauseKind.RELEASE)]
        body = Body(full=True, summary=self.plot.narrative, clauses=(payment, *others))
        drafts.save(self.draft, body, seen=self.draft.revision, by=by, at=at)
        self.draft.refresh_from_db()
        drafts.share(self.draft, seen=self.draft.revision, by=by, at=at)
        self.draft.refresh_from_db()
        asks = self.party(self.applicants[0], self.net_code)
        drafts.comment(self.draft, payment.key, "请写明收款账户，并尽量提前付款日期。", by=asks, at=at)

    def step_propose_draft(self) -> None:
        """The mediator puts what was drawn up before the parties, as a file."""
        entry = drafts.propose(
            self.draft, seen=self.draft.revision, by=self.lead(), owner=self.plot.mediator, at=self.at
        )
        self.digest = entry.facts["digest"]
        self.text = queries.texts(self.case(self.net_code), (EnclosureKind.AGREEMENT,))[-1].content()["text"]
        self.tell_new()

    def step_propose(self, *, full: bool = True) -> None:
        """The mediator puts the agreement before the parties."""
        self.text, nonce = self.agreement(), secrets.token_hex(16)
        self.digest = moves.text_digest(self.text, nonce)
        enclosed = [Enclosed(EnclosureKind.AGREEMENT, {"text": self.text, "nonce": nonce})]
        stated = {"digest": self.digest, "full": full, "acknowledged": True}
        self.act("propose_agreement", self.lead(), stated, enclosed)

    def step_sign(self, *, parties: int = 99) -> None:
        """Parties sign this exact version."""
        for party in list(self.people)[:parties]:
            self.act("sign", self.party(party, self.net_code), {"digest": self.digest, "party": party})

    def step_split(self) -> None:
        """The mediator splits off what the partial agreement leaves open; the platform opens the linked case."""
        facts = {"ground": "WIDE_DIFFERENCES", "amount": self.plot.amount * 3 // 10}
        rest = "佣金、印花税和利息损失，双方未达成协议。"
        self.act("split", self.lead(), facts, self._text(EnclosureKind.REASON, rest))
        self.linked = [uuid.UUID(ref) for ref in self.case(self.net_code).sheet["linked"]]
        self.post()
        self.say_rest()

    def step_end_rest(self, *, move: str = "docket") -> None:
        """The clerk dockets the linked case, or resumes its trial."""
        rest = Case.objects.get(ref=self.linked[-1], platform=self.court_code)
        moves.perform(rest, move, by=self.clerk(), at=self.at)
        self.say_rest()

    def say_rest(self) -> None:
        """Say where the linked case now rests."""
        copies = Case.objects.filter(ref=self.linked[-1]).order_by("-entries", "platform")
        self.say(f"      ↳ 关联案件 {copies[0].number or copies[0].ref}：{State(copies[0].state).label}")

    def step_complete(self, *, instalments: int = 0) -> None:
        """The mediator signs, stating the instalments if there are any, and the organisation seals."""
        stated: dict[str, Any] = {"last_due": (local_day(self.at) + timedelta(days=58)).isoformat()}
        if agreed := queries.agreed_obligations(self.case(self.net_code)):
            stated = {"obligations": agreed}
        elif instalments:
            stated = {"obligations": [self._instalment(place, instalments) for place in range(instalments)]}
        self.act("sign", self.lead(), {"digest": self.digest, **stated})
        self.act("review_seal", self.administrator(), {"digest": self.digest, **dict.fromkeys(SEAL_POINTS, True)})
        self.act("sign", self.administrator(), {"digest": self.digest})

    def _instalment(self, place: int, most: int) -> dict[str, Any]:
        return {
            "ref": str(uuid.uuid5(self.ref, f"obligation-{place}")),
            "payer": self.respondents[0],
            "payee": self.applicants[0],
            "kind": ObligationKind.PAYMENT,
            "amount": self.plot.amount * 7 // 10 // most,
            "due_on": (local_day(self.at) + timedelta(days=20 * (place + 1))).isoformat(),
        }

    def step_pay(self, *, place: int, answered: bool = True) -> None:
        """The respondent reports one instalment paid, with the bank's slip; the applicant says that it arrived."""
        code = self.case().platform
        owed = self.case().sheet["agreement"]["obligations"][place]
        text = f"网上银行电子回单（演示）\n金额：{amounts.format_amount(owed['amount'])}"
        slip = self._paper(DocumentKind.PAYMENT, f"第{place + 1}期付款回单.txt", text, code)
        stated = {"obligation": owed["ref"]}
        payer, payee = self.party(owed["payer"], code), self.party(owed["payee"], code)
        self.act("report_performance", payer, {**stated, "party": owed["payer"]}, [slip])
        if answered:
            self.act("answer_performance", payee, {**stated, "party": owed["payee"], "received": True})

    def step_seek_confirmation(self) -> None:
        """All parties apply for judicial confirmation."""
        self._each("seek_confirmation", self.net_code, {"court": self.plot.court})

    def step_accept_confirmation(self) -> None:
        """The clerk accepts and numbers the application."""
        self.act("accept_confirmation", self.clerk())

    def step_confirm(self) -> None:
        """The judge rules."""
        text = "申请人与被申请人经调解达成的协议，符合法律规定，裁定有效。当事人应当按照调解协议的约定自觉履行义务。"
        self.act("confirm", self.judge(), {"present": list(self.people)}, self._text(EnclosureKind.RULING, text))

    def step_receive_ruling(self) -> None:
        """Every party signs for the ruling, where it is signed in."""
        self._each("receive_ruling", self.net_code)
        self.post()

    def step_reject_confirmation(self) -> None:
        """The judge rejects."""
        text = "协议约定的给付时间和金额不明确，驳回申请。"
        self.act("reject_confirmation", self.judge(), {"ground": "UNCLEAR"}, self._text(EnclosureKind.RULING, text))

    def step_seek_decree(self) -> None:
        """All parties ask for a decree on InvestorNet; the owner of the state is asked where that is the court."""
        before_docketing = self.plot.track != Track.ENTRUSTED
        self._each("seek_decree", self.net_code, {"court": self.plot.court} if before_docketing else {})
        self.post()

    def step_docket_for_decree(self) -> None:
        """The clerk dockets a case settled before docketing, so that a decree can be made."""
        self.act("docket_for_decree", self.clerk())

    def step_issue_decree(self) -> None:
        """The judge issues the decree."""
        self.act("issue_decree", self.judge(), {"matches": True}, self._text(EnclosureKind.DECREE, self.text))

    def step_receive_decree(self, *, parties: int = 99) -> None:
        """Parties sign for the decree."""
        for party in list(self.people)[:parties]:
            self.act("receive_decree", self.party(party, self.court_code), {"party": party})

    def step_repudiate(self) -> None:
        """The last party goes back on it before signing."""
        party = self.respondents[0]
        self.act("repudiate", self.party(party, self.court_code), {"party": party})

    def step_stop(self) -> None:
        """A party does not want to go on."""
        party = self.respondents[0]
        self.act("stop_mediation", self.party(party, self.net_code), {"party": party})

    def step_conclude(self, *, ground: str = "WIDE_DIFFERENCES") -> None:
        """The mediator ends it with a report."""
        facts: dict[str, Any] = {"ground": ground}
        report = "经三次调解，双方对损失计算方法分歧较大，未达成协议。"
        self.act("conclude_unsettled", self.lead(), facts, self._text(EnclosureKind.REPORT, report, Audience.COURT))

    def step_seek_docketing(self) -> None:
        """The applicant of a failed direct case asks for docketing."""
        self.act("seek_docketing", self.party(self.applicants[0], self.net_code), {"court": self.plot.court})

    def step_docket(self) -> None:
        """The clerk dockets the failed case."""
        self.act("docket", self.clerk())

    def step_resume_trial(self) -> None:
        """The clerk resumes the trial."""
        self.act("resume_trial", self.clerk())

    def step_perform(self) -> None:
        """All parties confirm that the agreement has been performed."""
        owner = self.case().platform
        self._each("perform", owner)

    def step_withdraw(self) -> None:
        """The applicant withdraws."""
        self.act("withdraw", self.party(self.applicants[0], self.case().platform))

    def step_enforce(self) -> None:
        """The applicant applies for enforcement."""
        party = self.applicants[0]
        self.act("enforce", self.party(party, self.court_code), {"party": party})
