"""A stage for tests of windows: the reference roster, accounts of every role, and one case walked as far as asked for.

Called by: tests of both platforms' portals. Every step goes through the door or through the peer's entries, as in life.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mediation import keyring, moves
from mediation.actor import Actor
from mediation.exchange.envelope import AUDIENCE_SEATS
from mediation.models import Case, CaseEvent, Delivery, Enclosure, Request
from mediation.moves import Carried, Enclosed
from mediation.platform import seats_of
from mediation.vocabulary import Audience, CourtLevel, EnclosureKind, ListingStatus, OrganisationKind, Role
from roster import publication
from roster.models import Account, Court, Listing, Mediator, Organisation, Post
from roster.sealed import blind_index, open_bytes
from tests.proofs import REVIEWED, proved

AT = datetime(2024, 4, 30, 2, 0, tzinfo=UTC)
"""A Tuesday before the labour-day holidays."""

TERMS = "协议：被申请人于2024年12月31日以前赔偿申请人一万元。"
"""An agreement in which the checks find nothing."""

PASSWORD = "correct horse 42"
ZHANG, LI = "310101197801010003", "110101195201010003"
CREDIT = "52310115MJ00000187"
XSS = '<script>alert("甲")</script>'


def day(number: int) -> datetime:
    return AT + timedelta(days=number)


def account(login: str, name: str, number: str = "", kind: str = "RESIDENT") -> Account:
    return Account.objects.create_user(
        login,
        PASSWORD,
        name=name,
        phone="13800000001",
        identity_kind=kind if number else "",
        identity_number=number,
        identity_index=blind_index(number) if number else "",
        identity_verified_at=AT if number else None,
    )


def post(holder: Account, platform: str, role: Role, **scope: Any) -> Account:
    Post.objects.create(account=holder, platform=platform, role=role, valid_from=AT - timedelta(days=400), **scope)
    return holder


@dataclass
class Stage:
    """Who and what there is."""

    organisation: uuid.UUID
    other_organisation: uuid.UUID
    mediator: uuid.UUID
    accounts: dict[str, Account]


def build() -> Stage:
    """Set up courts, organisations, mediators and one account of every role on both platforms."""
    for platform in ("courtplatform", "investornet"):
        keyring.ensure(platform, AT)
    Court.objects.create(code="沪", name="上海市高级人民法院", level=CourtLevel.HIGH, province="31", parent="最高法")
    Court.objects.create(code="沪74", name="上海金融法院", level=CourtLevel.SPECIAL, province="31", parent="沪")
    Court.objects.create(code="京74", name="北京金融法院", level=CourtLevel.SPECIAL, province="11", parent="京")
    ours, others, one, two = (uuid.uuid4() for _ in range(4))
    for platform in ("courtplatform", "investornet"):
        for ref, name in ((ours, "投服中心"), (others, "另一调解中心")):
            Organisation.objects.create(
                platform=platform,
                ref=ref,
                name=name,
                kind=OrganisationKind.INDUSTRY,
                unit="ISC",
                expertise="虚假陈述、基金销售",
                scope="证券期货纠纷",
            )
            Listing.objects.create(
                platform=platform,
                court="沪74",
                organisation=ref,
                status=ListingStatus.LISTED,
                listed_on=AT.date() - timedelta(days=900),
            )
        Mediator.objects.create(platform=platform, ref=one, organisation=ours, name="王守信", expertise="虚假陈述")
        Mediator.objects.create(platform=platform, ref=two, organisation=others, name="金国瑞")
        publication.renew_all(platform)
    accounts = {
        "zhang": account("zhang", "张晓慧", ZHANG),
        "huaxin": account("huaxin", "华信股份有限公司", CREDIT, "CREDIT_CODE"),
        "li": account("li", "李国栋", LI),
        "stranger": account("stranger", "陌生人"),
        "clerk": post(account("clerk", "林立安"), "courtplatform", Role.CLERK, court="沪74"),
        "org": post(account("org", "组织管理员"), "investornet", Role.ORGANISATION, organisation=ours),
        "mediator": post(account("med", "王守信"), "investornet", Role.MEDIATOR, organisation=ours, mediator=one),
        "other_org": post(account("org2", "另一管理员"), "investornet", Role.ORGANISATION, organisation=others),
        "other_mediator": post(
            account("med2", "金国瑞"), "investornet", Role.MEDIATOR, organisation=others, mediator=two
        ),
    }
    return Stage(ours, others, one, accounts)


def party(ref: str, side: str, **more: str) -> dict[str, str]:
    return {"ref": ref, "side": side, "kind": "NATURAL", "investor": "ORDINARY", "institution": "NONE"} | more


def carried(row: Enclosure, peer: str) -> Carried:
    """Return an enclosure as the peer is sent it: content and salt only if its audience sits there."""
    seats = AUDIENCE_SEATS[Audience(row.audience)] & seats_of(peer)
    content = open_bytes(bytes(row.sealed)) if row.sealed and seats else b""
    return Carried(row.kind, row.audience, row.about, row.digest, row.salt if content else "", content)


@dataclass
class Story:
    """One delegated case in both books, and who acts in it."""

    stage: Stage
    zhang: str
    huaxin: str
    ref: uuid.UUID

    def case(self, platform: str) -> Case:
        return Case.objects.get(platform=platform, ref=self.ref)

    def party(self, ref: str, platform: str) -> Actor:
        return Actor(Role.PARTY, ref, "", platform)

    @property
    def clerk(self) -> Actor:
        return Actor(Role.CLERK, str(self.stage.accounts["clerk"].ref), "沪74", "courtplatform")

    @property
    def org(self) -> Actor:
        seat = str(self.stage.organisation)
        return Actor(Role.ORGANISATION, str(self.stage.accounts["org"].ref), seat, "investornet")

    @property
    def mediator(self) -> Actor:
        return Actor(Role.MEDIATOR, str(self.stage.mediator), str(self.stage.organisation), "investornet")

    def act(self, platform: str, move: str, by: Actor, at: datetime, **facts: Any) -> Any:
        enclosures, by = facts.pop("enclosures", ()), proved(by, move, facts)
        return moves.perform(self.case(platform), move, by=by, at=at, facts=facts, enclosures=enclosures)

    def seal(self, at: datetime) -> None:
        """Have the organisation look the agreement over, and seal it."""
        digest = self.case("investornet").sheet["agreement"]["digest"]
        self.act("investornet", "review_seal", self.org, at, digest=digest, **REVIEWED)
        self.act("investornet", "sign", self.org, at, digest=digest)

    def wire(self, at: datetime) -> None:
        """Tell each platform what the other has written, until both have told everything."""
        while waiting := list(Delivery.objects.filter(state=Delivery.WAITING).order_by("case", "number")):
            for delivery in waiting:
                event = CaseEvent.objects.get(case=delivery.case, number=delivery.number)
                peer = {"courtplatform": "investornet", "investornet": "courtplatform"}[delivery.platform]
                rows = Enclosure.objects.filter(case=delivery.case, number=delivery.number).order_by("id")
                moves.replay(peer, event.entry(), [carried(row, peer) for row in rows], at=at)
                Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.APPLIED)

    def answer_requests(self, at: datetime) -> list[str]:
        """Let InvestorNet judge what the court asked for, and tell the court; returns the moves."""
        asked = list(Request.objects.filter(platform="courtplatform", state=Request.WAITING).order_by("pk"))
        for one in asked:
            enclosed = [
                Enclosed(EnclosureKind(row.kind), row.content(), Audience(row.audience)) for row in one.enclosures.all()
            ]
            by, case = Actor.from_entry(one.by), self.case("investornet")
            moves.perform(case, one.move, by=by, at=one.at, facts=one.facts, enclosures=enclosed)
            Request.objects.filter(pk=one.pk).update(state=Request.DONE)
        self.wire(at)
        return [one.move for one in asked]


def file_case(stage: Stage, *, applicant: str = "张晓慧", number: str = ZHANG, text: str = "公司虚假陈述。") -> Story:
    """Walk a case to FILED."""
    a, b = str(uuid.uuid4()), str(uuid.uuid4())
    case = Case(platform="courtplatform")
    moves.perform(
        case,
        Case.file,
        by=Actor(Role.PARTY, a, "", "courtplatform"),
        at=AT,
        facts={
            "track": "DELEGATED",
            "court": "沪74",
            "cause": "MISSTATEMENT",
            "amount": 12_345_600,
            "source": "ONLINE_COURT",
            "parties": [
                party(a, "APPLICANT"),
                party(b, "RESPONDENT", kind="COMPANY", investor="NONE"),
            ],
            "agents": [],
            "consents": ["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"],
        },
        enclosures=[
            Enclosed(
                EnclosureKind.PARTY,
                {"name": applicant, "identity_kind": "RESIDENT", "identity_number": number, "phone": "13800000001"},
                about=a,
            ),
            Enclosed(
                EnclosureKind.PARTY,
                {"name": "华信股份有限公司", "identity_kind": "CREDIT_CODE", "identity_number": CREDIT},
                about=b,
            ),
            Enclosed(EnclosureKind.NARRATIVE, {"text": text}),
        ],
    )
    return Story(stage, a, b, case.ref)


def walk(story: Story, until: str) -> Story:
    """Walk a filed case on: to CONSULTING, DELEGATED, ACCEPTED, MEDIATING, SIGNING, SETTLED or COMPLETE."""
    court, net = "courtplatform", "investornet"

    def parties(platform: str) -> tuple[Actor, Actor]:
        return story.party(story.zhang, platform), story.party(story.huaxin, platform)

    def consulting() -> None:
        story.act(court, "consult", story.clerk, day(0), channel="SMS")

    def delegated() -> None:
        answer = {"party": story.huaxin, "stage": "MEDIATION", "channel": "ONLINE"}
        for stage_ in ("MEDIATION", "ONLINE"):
            story.act(court, "consent", parties(court)[1], day(1), **(answer | {"stage": stage_}))
        chosen = str(story.stage.organisation)
        for by in parties(court):
            story.act(court, "choose_jointly", by, day(1), party=by.ref, organisation=chosen)
        story.act(court, "delegate", story.clerk, day(1), organisation=chosen)
        story.wire(day(1))

    def accepted() -> None:
        story.act(net, "accept", story.org, day(2), declared=True)

    def mediating() -> None:
        ref = str(story.stage.mediator)
        story.act(net, "appoint_mediator", story.org, day(2), mediators=[ref], lead=ref)
        story.act(net, "disclose", story.mediator, day(2), ground="NONE")
        for by in parties(net):
            story.act(net, "record_contact", story.mediator, day(3), party=by.ref, outcome="REACHED", channel="PHONE")
            if by.ref != story.zhang:
                story.act(net, "confirm_address", by, day(3), party=by.ref, e_service=True)
        everybody = [story.zhang, story.huaxin]
        opening: dict[str, Any] = {"mode": "VIDEO", "verified": everybody, "acknowledged": everybody}
        opening |= {"informed": True, "warned": True}
        story.act(net, "open_session", story.mediator, day(4), **opening)

    def signing() -> None:
        digest = moves.text_digest(TERMS)
        agreement = Enclosed(EnclosureKind.AGREEMENT, {"text": TERMS}, Audience.PARTIES)
        proposal = {"digest": digest, "full": True, "enclosures": [agreement]}
        story.act(net, "propose_agreement", story.mediator, day(6), **proposal)

    def settled() -> None:
        digest = story.case(net).sheet["agreement"]["digest"]
        for by in parties(net):
            story.act(net, "sign", by, day(7), digest=digest, party=by.ref)

    def complete() -> None:
        digest = story.case(net).sheet["agreement"]["digest"]
        story.act(net, "sign", story.mediator, day(7), digest=digest)
        story.seal(day(7))

    stages = [consulting, delegated, accepted, mediating, signing, settled, complete]
    for take in stages:
        take()
        if take.__name__.upper() == until:
            break
    story.wire(day(8))
    return story


REVIEW = dict.fromkeys(REVIEWED, "on")
"""What an organisation confirms before its seal, as the form states it."""


def add_document(story: Story, platform: str, by: Actor, at: datetime, *, sha256: str, audience: Audience) -> str:
    """Hand in a document whose bytes are stored already."""
    ref = str(uuid.uuid4())
    content = {
        "ref": ref,
        "kind": "EVIDENCE",
        "name": f"{XSS}.pdf",
        "sha256": sha256,
        "size": 10,
        "media_type": "application/pdf",
    }
    enclosed = Enclosed(EnclosureKind.DOCUMENT, content, audience)
    story.act(platform, "add_evidence", by, at, enclosures=[enclosed])
    return ref
