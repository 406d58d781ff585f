"""Small true stories: a court, an organisation, people, and cases walked to any state by real moves through the door.

Both copies of a case stand in one database; ``Story.wire`` is the whole postal service of these tests.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from mediation import keyring, moves
from mediation.actor import Actor
from mediation.lifecycle import MOVES, OWNERS
from mediation.models import Case, CaseEvent, Clock, Delivery, Enclosure, Request
from mediation.moves import Carried, Enclosed
from mediation.platform import home_of
from mediation.vocabulary import (
    EnclosureKind,
    ListingStatus,
    Role,
    Stage,
    State,
    Track,
)
from roster.models import Court, Listing, Mediator, Organisation
from roster.sealed import open_bytes
from tests.proofs import REVIEWED, proved

COURT, NET = "courtplatform", "investornet"
COURT_CODE = "沪74"
START = datetime(2024, 3, 4, 2, 0, tzinfo=UTC)
CONSENTS = [stage.value for stage in Stage]
AGREEMENT = "被申请人于2024年12月31日以前向申请人支付人民币壹佰元。"
DIGEST = moves.text_digest(AGREEMENT)
LAST_DUE = datetime(2024, 12, 31, 16, tzinfo=UTC)


def new_ref() -> str:
    """Return a fresh reference."""
    return str(uuid.uuid4())


@dataclass
class World:
    """What surrounds the cases: one court, two organisations on its roster, mediators, staff."""

    organisation: str
    other_organisation: str
    mediator: str
    second: str

    @property
    def clerk(self) -> Actor:
        return Actor(Role.CLERK, "clerk-1", COURT_CODE, COURT)

    @property
    def judge(self) -> Actor:
        return Actor(Role.JUDGE, "judge-1", COURT_CODE, COURT)

    @property
    def leader(self) -> Actor:
        return Actor(Role.COURT_LEADER, "leader-1", COURT_CODE, COURT)

    @property
    def desk(self) -> Actor:
        return Actor(Role.ORGANISATION, "desk-1", self.organisation, NET)

    @property
    def lead(self) -> Actor:
        return Actor(Role.MEDIATOR, self.mediator, self.organisation, NET)


def build_world(at: datetime = START) -> World:
    """Write the rows that the writer's guards ask for, on both platforms, and make both platforms' keys."""
    for platform in (COURT, NET):
        keyring.ensure(platform, at)
    keyring.forget()
    Court.objects.get_or_create(
        code=COURT_CODE, defaults={"name": "上海金融法院", "level": "SPECIAL", "province": "31", "parent": "沪"}
    )
    Court.objects.get_or_create(
        code="京74", defaults={"name": "北京金融法院", "level": "SPECIAL", "province": "11", "parent": "京"}
    )
    world = World(*(new_ref() for _ in range(4)))
    for platform in (COURT, NET):
        for ref, name in ((world.organisation, "投资者服务中心"), (world.other_organisation, "证券业协会调解中心")):
            Organisation.objects.create(
                platform=platform, ref=ref, name=name, kind="INDUSTRY", unit="SH", capacity=10**6
            )
            Listing.objects.create(
                platform=platform,
                court=COURT_CODE,
                organisation=ref,
                status=ListingStatus.LISTED,
                listed_on=date(2021, 9, 1),
            )
        for ref, name in ((world.mediator, "王调解"), (world.second, "李调解")):
            Mediator.objects.create(platform=platform, ref=ref, organisation=world.organisation, name=name)
    return world


def enclosed(kind: EnclosureKind, text: str = "如题。") -> Enclosed:
    """Return a text to enclose."""
    return Enclosed(kind, {"text": text})


def document(name: str = "合同.pdf", kind: str = "CONTRACT") -> Enclosed:
    """Return the description of a file to enclose."""
    return Enclosed(
        EnclosureKind.DOCUMENT,
        {
            "ref": new_ref(),
            "kind": kind,
            "name": name,
            "sha256": "0" * 64,
            "size": 10,
            "media_type": "application/pdf",
        },
    )


@dataclass
class Story:
    """One dispute between an applicant and a respondent, with its copies and its own clock that only goes forward."""

    world: World
    track: Track = Track.DELEGATED
    at: datetime = START
    institution: str = "NONE"
    procedure: str = "ORDINARY"
    applicant: str = field(default_factory=new_ref)
    respondent: str = field(default_factory=new_ref)
    ref: uuid.UUID | None = None
    wired: bool = True

    # Copies and people.

    def copy(self, platform: str) -> Case:
        """Return one platform's copy as it now stands."""
        return Case.objects.get(platform=platform, ref=self.ref)

    @property
    def owner(self) -> str:
        """The platform that may write now; for a finished case the one that wrote last."""
        return self._owned()[0]

    @property
    def case(self) -> Case:
        """The owner's copy."""
        owner, copies = self._owned()
        return copies[owner]

    def _owned(self) -> tuple[str, dict[str, Case]]:
        copies = {case.platform: case for case in Case.objects.filter(ref=self.ref).order_by("entries")}
        newest = [*copies.values()][-1]
        seat = OWNERS.get(State(newest.state))
        owner = home_of(seat) if seat else str(CaseEvent.objects.filter(case=newest).latest("number").author)
        return owner, copies

    @property
    def state(self) -> State:
        """Where the case rests."""
        return State(self.case.state)

    def party(self, ref: str) -> Actor:
        """Return a party, signed in where the case now is."""
        return Actor(Role.PARTY, ref, "", self.owner if self.ref else COURT)

    @property
    def people(self) -> list[str]:
        """Both parties' references."""
        return [self.applicant, self.respondent]

    @property
    def scan(self) -> str:
        """The digest of the scan of an agreement these two have signed on paper."""
        return moves.text_digest(AGREEMENT, self.applicant)

    def parties(self) -> list[dict[str, str]]:
        """Return both parties as facts."""
        return [
            {
                "ref": self.applicant,
                "side": "APPLICANT",
                "kind": "NATURAL",
                "investor": "ORDINARY",
                "institution": "NONE",
            },
            {
                "ref": self.respondent,
                "side": "RESPONDENT",
                "kind": "COMPANY",
                "investor": "NONE",
                "institution": self.institution,
            },
        ]

    def particulars(self) -> list[Enclosed]:
        """Return both parties' personal particulars."""
        return [
            Enclosed(
                EnclosureKind.PARTY,
                {
                    "name": "张三",
                    "identity_kind": "RESIDENT",
                    "identity_number": "11010519491231002X",
                    "phone": "13800000000",
                },
                about=self.applicant,
            ),
            Enclosed(EnclosureKind.PARTY, {"name": "华信证券股份有限公司"}, about=self.respondent),
        ]

    # Acting.

    def go(self, move: str, by: Actor, *enclosures: Enclosed, **facts: Any) -> CaseEvent | Request:
        """Make a move on the owner's copy an hour later, and carry what it wrote to the other copy."""
        self.at += timedelta(hours=1)
        by = proved(by, move, facts)
        made = moves.perform(self.case, move, by=by, at=self.at, facts=facts, enclosures=enclosures)
        self.wire()
        return made

    def open(self, platform: str, move: str, by: Actor, facts: dict[str, Any], *enclosures: Enclosed) -> Case:
        """Open the case on a platform."""
        case = Case(platform=platform)
        moves.perform(case, move, by=by, at=self.at, facts=facts, enclosures=enclosures)
        self.ref = case.ref
        self.wire()
        return case

    def wire(self) -> None:
        """Carry every waiting entry to the other copy, in order, until nothing waits."""
        while self.wired and self.ref and carry(None, self.at, self.ref):
            pass

    def each(self, move: str, **facts: Any) -> None:
        """Have both parties say yes to the same."""
        for ref in self.people:
            self.go(move, self.party(ref), party=ref, **facts)

    # The steps of the tracks.

    def application(self) -> dict[str, Any]:
        """Return what an application to the court states."""
        return {
            "track": self.track.value,
            "court": COURT_CODE,
            "cause": "MISSTATEMENT",
            "amount": 10_000,
            "source": "ONLINE_COURT",
            "parties": self.parties(),
            "agents": [],
            "consents": CONSENTS,
        }

    def file(self) -> None:
        facts = self.application()
        if self.track is Track.ENTRUSTED:
            year = self.at.year
            serial = Case.objects.filter(platform=COURT).count() + 1
            facts |= {"docket_number": f"（{year}）沪74民初{serial}号", "procedure": self.procedure}
        entrusted = self.track is Track.ENTRUSTED
        by = self.world.clerk if entrusted else Actor(Role.PARTY, self.applicant, "", COURT)
        self.open(
            COURT, "file", by, facts, *self.particulars(), enclosed(EnclosureKind.NARRATIVE, "虚假陈述造成损失。")
        )

    def apply(self) -> None:
        facts = {
            "organisation": self.world.organisation,
            "cause": "BROKERAGE",
            "source": "ONLINE_NET",
            "parties": self.parties(),
            "agents": [],
            "consents": CONSENTS,
        }
        by = Actor(Role.PARTY, self.applicant, "", NET)
        self.open(NET, "apply", by, facts, *self.particulars(), enclosed(EnclosureKind.NARRATIVE, "交易代理纠纷。"))

    def record_offline(self) -> None:
        facts = {
            "organisation": self.world.organisation,
            "cause": "BROKERAGE",
            "source": "OFFLINE",
            "parties": self.parties(),
            "agents": [],
            "effective_on": (self.at.date() - timedelta(days=2)).isoformat(),
            "digest": self.scan,
            "mediators": [self.world.mediator],
        }
        self.open(NET, "record_offline", self.world.desk, facts, *self.particulars(), document("协议.pdf"))

    def file_offline(self, by: Actor | None = None, days_ago: int = 2, **stated: Any) -> None:
        facts = {
            "court": COURT_CODE,
            "organisation": self.world.organisation,
            "cause": "BROKERAGE",
            "source": "OFFLINE",
            "parties": self.parties(),
            "agents": [],
            "consents": CONSENTS,
            "effective_on": (self.at.date() - timedelta(days=days_ago)).isoformat(),
            "digest": self.scan,
        }
        by = by or Actor(Role.PARTY, self.applicant, "", COURT)
        paper = document("协议.pdf", "AGREEMENT")
        self.open(COURT, "file_offline", by, {**facts, **stated}, *self.particulars(), paper)

    def prove_offline(self, **facts: Any) -> None:
        paper = document("证明.pdf", "ORGANISATION_PROOF")
        self.go("prove_offline", self.world.desk, paper, mediators=[self.world.mediator], **facts)

    def disown_offline(self) -> None:
        self.go("disown_offline", self.world.desk, enclosed(EnclosureKind.REASON))

    def consult(self) -> None:
        self.go("consult", self.world.clerk, channel="SMS")

    def agree(self, stage: Stage = Stage.MEDIATION) -> None:
        self.go("consent", self.party(self.respondent), party=self.respondent, stage=stage.value, channel="ONLINE")

    def delegate(self) -> None:
        reason = {"reason_confirmed": True} if self.track is Track.DELEGATED else {}
        self.go("delegate", self.world.clerk, organisation=self.world.organisation, left_to_court=True, **reason)

    def accept(self) -> None:
        self.go("accept", self.world.desk, declared=True)

    def prepare(self) -> None:
        self.go("appoint_mediator", self.world.desk, mediators=[self.world.mediator], lead=self.world.mediator)
        self.go("disclose", self.world.lead, ground="NONE")
        for stage in (Stage.MEDIATION, Stage.ONLINE):
            if not moves.guards.has_consented(self.case, self.respondent, stage):
                self.agree(stage)
        for ref in self.people:
            self.go("record_contact", self.world.lead, party=ref, outcome="REACHED", channel="PHONE")
        self.go("confirm_address", self.party(self.respondent), party=self.respondent, e_service=True)

    def open_session(self) -> None:
        self.prepare()
        there = {"verified": self.people, "acknowledged": self.people, "informed": True, "warned": True}
        self.go("open_session", self.world.lead, mode="VIDEO", **there)

    def suspend(self, ground: str = "SUSPICION") -> None:
        self.go("suspend", self.world.lead, enclosed(EnclosureKind.REASON), ground=ground)

    def propose(self, **facts: Any) -> None:
        terms = {"digest": DIGEST, "full": True, "acknowledged": True, **facts}
        self.go("propose_agreement", self.world.lead, enclosed(EnclosureKind.AGREEMENT, AGREEMENT), **terms)

    def sign(self) -> None:
        self.each("sign", digest=DIGEST)

    def complete(self) -> None:
        if "MEDIATOR" not in self.case.sheet["agreement"]["signatures"]:
            self.go("sign", self.world.lead, digest=DIGEST, last_due=LAST_DUE.date().isoformat())
            self.seal()

    def seal(self, **stated: Any) -> None:
        """Have the organisation look the agreement over, and seal it."""
        self.go("review_seal", self.world.desk, digest=DIGEST, **REVIEWED)
        self.go("sign", self.world.desk, digest=DIGEST, **stated)

    def conclude(self) -> None:
        self.go("conclude_unsettled", self.world.lead, enclosed(EnclosureKind.REPORT), ground="WIDE_DIFFERENCES")

    def seek_docketing(self) -> None:
        self.go("seek_docketing", self.party(self.applicant), court=COURT_CODE)

    def end_unsettled(self) -> None:
        self.go("end_unsettled", self.party(self.applicant))

    def docket(self) -> None:
        self.go("docket", self.world.clerk)

    def not_sued(self) -> None:
        self.go("not_sued", self.world.clerk, enclosed(EnclosureKind.REASON))

    def resume_trial(self) -> None:
        self.go("resume_trial", self.world.clerk)

    def return_application(self) -> None:
        self.go("return_application", self.world.clerk, enclosed(EnclosureKind.ADVICE), ground="UNSUITABLE_ONLINE")

    def decline(self) -> None:
        self.go("decline", self.world.desk, enclosed(EnclosureKind.REASON), ground="UNSUITABLE")

    def withdraw(self) -> None:
        self.go("withdraw", self.party(self.applicant))

    def close_agreed(self) -> None:
        due = datetime.fromisoformat(self.case.sheet["clocks"]["CONFIRM"]["due"])
        self.sweep(due + timedelta(hours=1))

    def seek_confirmation(self) -> None:
        self.complete()
        self.each("seek_confirmation", court=COURT_CODE)

    def accept_confirmation(self) -> None:
        self.go("accept_confirmation", self.world.clerk)

    def refuse_confirmation(self) -> None:
        self.go("refuse_confirmation", self.world.judge, enclosed(EnclosureKind.RULING), ground="WRONG_COURT")

    def end_refused(self) -> None:
        due = datetime.fromisoformat(self.case.sheet["clocks"]["DECIDE"]["due"])
        self.sweep(due + timedelta(hours=1))

    def confirm(self) -> None:
        self.go("confirm", self.world.judge, enclosed(EnclosureKind.RULING), present=self.people)

    def seek_decree(self) -> None:
        self.each("seek_decree")

    def withdraw_suit(self) -> None:
        self.go("withdraw_suit", self.world.judge, enclosed(EnclosureKind.RULING))

    def issue_decree(self) -> None:
        self.go("issue_decree", self.world.judge, enclosed(EnclosureKind.DECREE), matches=True)

    def receive_decree(self) -> None:
        self.each("receive_decree")

    def perform(self) -> None:
        self.each("perform")

    def enforce(self) -> None:
        self.at = max(self.at, LAST_DUE + timedelta(days=1))
        self.go("enforce", self.party(self.applicant), party=self.applicant)

    def lapse_enforcement(self) -> None:
        due = datetime.fromisoformat(self.case.sheet["clocks"]["ENFORCE"]["due"])
        self.sweep(due + timedelta(hours=1))

    def sweep(self, at: datetime) -> int:
        """Let the clocks of both platforms run until an instant."""
        self.at = max(self.at, at)
        made = sum(moves.sweep(platform, self.at) for platform in (COURT, NET))
        self.wire()
        return made


S = State
_AGREED: dict[State, tuple[State, str]] = {
    S.SIGNING: (S.MEDIATING, "propose"),
    S.SETTLED: (S.SIGNING, "sign"),
    S.SUSPENDED: (S.MEDIATING, "suspend"),
    S.MEDIATING: (S.ACCEPTED, "open_session"),
}
_CONFIRMING: dict[State, tuple[State, str]] = {
    S.CONFIRMATION_SOUGHT: (S.SETTLED, "seek_confirmation"),
    S.CONFIRMATION_REVIEW: (S.CONFIRMATION_SOUGHT, "accept_confirmation"),
    S.CONFIRMATION_REFUSED: (S.CONFIRMATION_SOUGHT, "refuse_confirmation"),
    S.CONFIRMED: (S.CONFIRMATION_REVIEW, "confirm"),
    S.PERFORMED: (S.CONFIRMED, "perform"),
    S.ENFORCEMENT: (S.CONFIRMED, "enforce"),
    S.CLOSED: (S.SETTLED, "close_agreed"),
}
_COURT: dict[State, tuple[State | None, str]] = {
    S.FILED: (None, "file"),
    S.RETURNED: (S.FILED, "return_application"),
    S.CONSULTING: (S.FILED, "consult"),
    S.READY: (S.CONSULTING, "agree"),
    S.DELEGATED: (S.READY, "delegate"),
    S.ACCEPTED: (S.DELEGATED, "accept"),
    S.HANDED_BACK: (S.MEDIATING, "conclude"),
}
ROUTES: dict[Track, dict[State, tuple[State | None, str]]] = {
    Track.DELEGATED: {
        **_COURT,
        **_AGREED,
        **_CONFIRMING,
        S.DOCKETED: (S.HANDED_BACK, "docket"),
        S.WITHDRAWN: (S.READY, "withdraw"),
        S.ENDED: (S.HANDED_BACK, "not_sued"),
    },
    Track.ENTRUSTED: {
        **_COURT,
        **_AGREED,
        S.TRIAL_RESUMED: (S.HANDED_BACK, "resume_trial"),
        S.AGREEMENT_RETURNED: (S.SETTLED, "complete"),
        S.DECREE_SOUGHT: (S.AGREEMENT_RETURNED, "seek_decree"),
        S.WITHDRAWN: (S.AGREEMENT_RETURNED, "withdraw_suit"),
        S.DECREE_ISSUED: (S.DECREE_SOUGHT, "issue_decree"),
        S.DECREED: (S.DECREE_ISSUED, "receive_decree"),
        S.PERFORMED: (S.DECREED, "perform"),
        S.ENFORCEMENT: (S.DECREED, "enforce"),
        S.CLOSED: (S.DECREED, "lapse_enforcement"),
    },
    Track.DIRECT: {
        S.APPLIED: (None, "apply"),
        S.RETURNED: (S.APPLIED, "decline"),
        S.ACCEPTED: (S.APPLIED, "accept"),
        **_AGREED,
        **_CONFIRMING,
        S.UNSETTLED: (S.MEDIATING, "conclude"),
        S.ENDED: (S.UNSETTLED, "end_unsettled"),
        S.HANDED_BACK: (S.UNSETTLED, "seek_docketing"),
        S.DOCKETED: (S.HANDED_BACK, "docket"),
        S.WITHDRAWN: (S.MEDIATING, "withdraw"),
    },
    Track.OFFLINE: {
        S.SETTLED: (None, "record_offline"),
        S.PROOF_SOUGHT: (None, "file_offline"),
        S.RETURNED: (S.PROOF_SOUGHT, "disown_offline"),
        S.WITHDRAWN: (S.PROOF_SOUGHT, "withdraw"),
        **_CONFIRMING,
        S.ENDED: (S.CONFIRMATION_REFUSED, "end_refused"),
    },
}
"""For each track and state: from which state, and by which step of a story, it is reached."""


def walk(world: World, until: State, track: Track = Track.DELEGATED, **circumstances: Any) -> Story:
    """Return a story that has come to rest in a state of a track."""
    story = Story(world, track, **circumstances)
    steps: list[str] = []
    state: State | None = until
    while state is not None:
        state, step = ROUTES[track][state]
        steps.insert(0, step)
    for step in steps:
        getattr(story, step)()
    assert story.state is until, f"{track} came to rest in {story.state}, not in {until}"
    return story


def rests(world: World, track: Track) -> Iterator[tuple[State, Story]]:
    """Yield every state of a track with a story at rest in it; what several have in common is walked once.

    Whatever whoever looks at a story does to it, and all that is behind it, is undone before the next.
    """

    def onward(story: Story, here: State | None) -> Iterator[tuple[State, Story]]:
        for state, (before, step) in ROUTES[track].items():
            if before is not here:
                continue
            with transaction.atomic():
                told = copy.copy(story)
                getattr(told, step)()
                assert told.state is state, f"{track} came to rest in {told.state}, not in {state}"
                yield state, copy.copy(told)
                yield from onward(told, state)
                transaction.set_rollback(True)

    return onward(Story(world, track), None)


PLACES = [(track, state) for track, route in ROUTES.items() for state in route]
"""Every track with every state it can come to rest in."""


def carried(event: CaseEvent) -> list[Carried]:
    """Return an entry's enclosures as they would cross."""
    rows = Enclosure.objects.filter(case=event.case_id, number=event.number).order_by("id")
    return [
        Carried(
            row.kind,
            row.audience,
            row.about,
            row.digest,
            row.salt,
            open_bytes(bytes(row.sealed)) if row.sealed else b"",
        )
        for row in rows
    ]


def carry(frm: str | None, at: datetime, ref: uuid.UUID | None = None) -> int:
    """Carry the waiting entries (of one platform, of one case) to the other platform and return how many there were."""
    waiting = Delivery.objects.filter(state=Delivery.WAITING).order_by("platform", "case", "number")
    if frm:
        waiting = waiting.filter(platform=frm)
    rows = list(waiting.filter(case__ref=ref) if ref else waiting)
    for row in rows:
        event = CaseEvent.objects.select_related("case").get(case=row.case_id, number=row.number)
        moves.replay({COURT: NET, NET: COURT}[row.platform], event.entry(), carried(event), at=at)
        Delivery.objects.filter(pk=row.pk).update(state=Delivery.APPLIED)
    return len(rows)


def played(case: Case) -> Case:
    """Return the case that playing its journal gives."""
    return moves.fold(
        case.platform, [event.entry() for event in CaseEvent.objects.filter(case=case).order_by("number")]
    )


def assert_whole(case: Case) -> None:
    """Assert that row, journal and clock rows of a copy say the same."""
    case = Case.objects.get(pk=case.pk)
    assert moves.differences(case, played(case)) == []
    running = {clock.kind: clock for clock in Clock.objects.filter(case=case, state=Clock.RUNNING)}
    sheet = case.sheet["clocks"]
    assert running.keys() == sheet.keys()
    for kind, clock in running.items():
        assert clock.due_at == datetime.fromisoformat(sheet[kind]["due"])
        assert (clock.rule, clock.provisional) == (sheet[kind]["rule"], sheet[kind]["provisional"])


def snapshot(case: Case) -> tuple[Any, ...]:
    """Return everything a refused move must leave untouched."""
    return (
        Case.objects.filter(pk=case.pk).values().get(),
        list(CaseEvent.objects.filter(case=case).order_by("number").values_list("hash", flat=True)),
        list(Clock.objects.filter(case=case).order_by("pk").values()),
        list(Delivery.objects.filter(case=case).order_by("pk").values("number", "state")),
        Enclosure.objects.filter(case=case).count(),
        Request.objects.filter(case=case).count(),
    )


def refusal(make: Callable[[], Any]) -> moves.Refused:
    """Return the refusal that a call meets; fails if it is not refused."""
    try:
        make()
    except moves.Refused as refused:
        return refused
    raise AssertionError("the move was not refused")


def people_moves() -> Iterable[str]:
    """Return the names of the moves that people make on an open case."""
    return [name for name, move in MOVES.items() if move.by_people and not move.creates]
