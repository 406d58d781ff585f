"""A small world made by real moves: two disputes that never meet, one that only the court holds, one only InvestorNet.

Lives here: the cast, the cases, and who stands at which counter. Called by: the tests beside it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from mediation import files, keyring, moves, platform, rosters
from mediation.clauses import drafts, library
from mediation.clauses.agreement import Body, Clause
from mediation.management.plots import COMPLETE, DIRECT_ACCEPTED, FAILED, MEDIATING, s
from mediation.management.story import Person, Plot, Story, accounts
from mediation.meeting import sessions
from mediation.models import Case, Document, Draft, Request, SignedAgreement
from mediation.moves import Enclosed
from mediation.vocabulary import (
    Audience,
    Cause,
    ClauseKind,
    ComplaintGround,
    DocumentKind,
    EnclosureKind,
    Role,
    SessionMode,
    Track,
)
from mediation.workdays import ZONE
from roster import moves as roster_moves
from roster import reference, tokens
from roster.demonstration import load_demo_accounts
from roster.models import Account, Listing, Mediator, Organisation, Post, Unit
from roster.reference import ref

COURT, NET = "courtplatform", "investornet"
PREFIXES = {COURT: "court", NET: "net"}
OPENED = datetime(2026, 1, 5, 9, 30, tzinfo=ZONE)
STOPPED = [s(2, "suspend"), s(2, "resume")]
BY_INSTALMENTS = [*COMPLETE[:-1], s(20, "complete", instalments=2)]
NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZONE)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"

CAST = {
    "clerk": "clerk.sh74",
    "judge": "judge.sh74",
    "leader": "leader.sh74",
    "other_clerk": "clerk.sz03",
    "other_judge": "judge.sz03",
    "spc": "spc.docketing",
    "civil2": "spc.civil2",
    "operator": "operator.court",
    "integrator": "integrator.case",
    "org": "org.shsa",
    "mediator": "mediator.shsa",
    "idle_mediator": "mediator.idle",
    "other_org": "org.szdrc",
    "other_mediator": "mediator.szdrc",
    "unit": "unit.shanghai",
    "other_unit": "unit.shenzhen",
    "bureau": "bureau.ipb",
    "centre": "centre.isc",
    "net_integrator": "integrator.shsa",
    "zhang": "investor.zhang",
    "huaxin": "company.huaxin",
    "li": "investor.li",
    "hengtai": "broker.hengtai",
    "stranger": "investor.chan",
}
"""Everybody, by what they are to the first case; the others belong to the second or to none."""

EVERYBODY = (*CAST, "anonymous")
CLAUSE = "c1a05e00-0000-4000-8000-000000000001"
"""The one clause of the agreements that are drafted here."""


@dataclass
class Objects:
    """What the addresses of one case name."""

    ref: str
    party: str
    document: str
    request: dict[str, str] = field(default_factory=dict)
    session: str = ""
    service: str = ""
    complaint: str = ""


@dataclass
class World:
    """The cases, by whose they are, and everybody's browser."""

    cases: dict[str, Objects]
    drafts: dict[tuple[str, str], str]
    tokens: dict[str, int]
    browsers: dict[str, Client]
    rows: dict[tuple[str, str], str]
    missing: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    """What was answered to somebody who asked, in some way, at some address, for what does not exist."""
    absences: dict[tuple[str, str, str, str], set[tuple[int, str]]] = field(default_factory=dict)
    """All that somebody was answered, in some way, at the addresses of one kind, of what does not exist."""
    accounts: dict[Any, Account | None] = field(default_factory=dict)
    """Whom the sessions were found to belong to."""

    def browser(self, who: str) -> Client:
        """Return the browser of somebody."""
        return self.browsers[who]


def build(*, text: str = "", people: dict[str, Person] | None = None) -> World:
    """Walk the cases and sign everybody in; ``text`` and ``people`` stand in place of the believable ones."""
    codes = [config.code for config in platform.installed()]
    reference.load(codes)
    load_demo_accounts(codes, OPENED)
    _extra_accounts()
    for code in codes:
        keyring.ensure(code, OPENED)
    cast = accounts() | (people or {})
    zhang, huaxin, li, hengtai = (cast[CAST[who]] for who in ("zhang", "huaxin", "li", "hengtai"))
    told = {
        "own": _tell(Track.DELEGATED, zhang, huaxin, "沪74", "shsa", [*MEDIATING, s(2, "undisputed")], text),
        "foreign": _tell(Track.DELEGATED, li, hengtai, "粤03", "szdrc", MEDIATING, text),
        "returned": _tell(Track.DELEGATED, zhang, huaxin, "沪74", "shsa", [*FAILED[:-1], *STOPPED, FAILED[-1]], text),
        "foreign_returned": _tell(Track.DELEGATED, li, hengtai, "粤03", "szdrc", FAILED, text),
        "court_only": _tell(Track.DELEGATED, zhang, huaxin, "沪74", "shsa", [s(0, "file")], text),
        "net_only": _tell(Track.DIRECT, zhang, huaxin, "沪74", "shsa", DIRECT_ACCEPTED, text),
        "own_settled": _tell(Track.DELEGATED, zhang, huaxin, "沪74", "shsa", BY_INSTALMENTS, text),
        "foreign_settled": _tell(Track.DELEGATED, li, hengtai, "粤03", "szdrc", BY_INSTALMENTS, text),
    }
    cases = {name: Objects(str(story.ref), story.applicants[0], "") for name, story in told.items()}
    for name, story in told.items():
        cases[name].document = _hand_in(story, text)
    # What was asked of the other platform, about a case that rests there.
    for name in ("own", "foreign"):
        cases[name].request[COURT] = _ask(told[name], COURT)
    cases["own"].request[NET] = _ask(told["returned"], NET)
    cases["foreign"].request[NET] = _ask(told["foreign_returned"], NET)
    for name in ("own", "foreign"):
        _draft(told[name], text or "各方再无争议")
        cases[name].session = _invite(told[name], text or "第二调解室")
        cases[name].service = _serve(told[name], cases[name].document)
        cases[name].complaint = _complain(told[name], text or "调解员泄露调解过程。")
        _sign(told[f"{name}_settled"])
    return World(cases, _drafts(), _tokens(), _browsers(), _rows())


def _draft(story: Story, text: str) -> None:
    """Let the mediator show a version of the agreement to the parties, one of whom comments, and begin another."""
    case, by = story.case(NET), story.lead()
    known = next(one for one in library.LIBRARY if one.kind is ClauseKind.FREE)
    draft = drafts.begin(case, by=by, at=NOW)
    body = Body(True, text, (Clause(CLAUSE, known.kind.value, known.edition, {"text": f"尽快。{text}"}),))
    drafts.save(draft, body, seen=1, by=by, at=NOW)
    drafts.share(draft, seen=2, by=by, at=NOW)
    draft.refresh_from_db()
    drafts.comment(draft, CLAUSE, text, by=story.party(story.applicants[0], NET), at=NOW)
    drafts.begin(case, by=by, at=NOW)


def _invite(story: Story, text: str) -> str:
    """Let the mediator fix a session for both sides; return its reference."""
    how: dict[str, Any] = {"place": text[:40], "minutes": 60, "key": "invite", "by": story.lead(), "at": NOW}
    times = [NOW + timedelta(days=3)]
    session = sessions.propose(story.case(NET), Audience.PARTIES, SessionMode.ON_SITE, times, **how)
    sessions.fix(session, session.times.get().pk, NOW)
    return str(session.ref)


def _serve(story: Story, document: str) -> str:
    """Let the organisation serve a document on the applicant, on paper; return the reference of the service."""
    service, case = uuid.uuid4(), story.case(NET)
    held = Document.objects.get(case=case, ref=document)
    stated = {"service": str(service), "party": story.applicants[0], "document": document, "digest": held.sha256}
    story.act("serve", story.administrator(), stated | {"subject": "NOTICE", "channels": ["DIRECT"]})
    story.post()
    return str(service)


def _complain(story: Story, text: str) -> str:
    """Let the applicant complain to the court about the organisation; return the reference of the complaint."""
    complaint = roster_moves.new("complaint", COURT, uuid.uuid4())
    about = {"case": str(story.ref), "organisation": story.organisation}
    stated = about | {"court": story.plot.court, "ground": ComplaintGround.LEAKING.value}
    rosters.perform(complaint, "file", by=story.party(story.applicants[0], COURT), at=NOW, facts=stated, text=text)
    return str(complaint.ref)


def _sign(story: Story) -> None:
    """Let the signed file of an agreement be there; what is in it is nobody's question here."""
    case, judged = story.case(NET), files.judge("协议.pdf", PDF)
    files.store(NET, judged, PDF, NOW)
    signed = {"digest": case.sheet["agreement"]["digest"], "original": judged.sha256, "sha256": judged.sha256}
    SignedAgreement.objects.create(platform=NET, case=case, version=1, code=str(story.ref)[:19], **signed)


def _extra_accounts() -> None:
    idle = Account.objects.create(login="mediator.idle", name="闲调解", password="!")
    organisation = ref("organisation", "shsa")
    held: dict[str, Any] = {"platform": NET, "organisation": organisation, "valid_from": OPENED}
    Post.objects.create(account=idle, role=Role.MEDIATOR, mediator=uuid.uuid4(), **held)
    system = Account.objects.create(login="integrator.shsa", name="业务系统", password="!")
    Post.objects.create(account=system, role=Role.INTEGRATOR, **held)


class Worded(Story):
    """A story in which every text is the plot's."""

    def _text(self, kind: EnclosureKind, text: str, audience: Audience = Audience.ALL) -> list[Enclosed]:
        return super()._text(kind, self.plot.narrative, audience)

    def _statement(self, code: str) -> Enclosed:
        # What is in a file is judged before it is kept: markup does not get as far as a page.
        return self._paper(DocumentKind.TRADING, "对账单.txt", "对账单", code)


def _tell(
    track: Track, by: Person, against: Person, court: str, organisation: str, steps: list[Any], text: str
) -> Story:
    plot = Plot(
        track, Cause.MISSTATEMENT if track is Track.DELEGATED else Cause.BROKERAGE, 12_345_600, [by], [against],
        text or "年报虚假记载，请求赔偿。", steps, court=court, organisation=organisation, mediator=f"{organisation}-1",
    )  # fmt: skip
    story = Worded(plot, NOW - timedelta(days=30)) if text else Story(plot, NOW - timedelta(days=30))
    story.tell()
    return story


def _hand_in(story: Story, text: str) -> str:
    """Let the applicant hand in a document where the case rests; return its reference."""
    document = _document(text or "材料")
    by = story.party(story.applicants[0], story.case().platform)
    story.act("add_evidence", by, {}, [document])
    story.post()
    return str(document.content["ref"])


def _document(name: str) -> Enclosed:
    judged = files.judge("材料.pdf", PDF)
    for code in PREFIXES:
        files.store(code, judged, PDF, NOW)
    return Enclosed(
        EnclosureKind.DOCUMENT,
        {
            "ref": str(uuid.uuid4()),
            "kind": "EVIDENCE",
            "name": f"{name}.pdf",
            "sha256": judged.sha256,
            "size": len(PDF),
            "media_type": "application/pdf",
        },
        Audience.ALL,
    )


def _ask(story: Story, code: str) -> str:
    """Let the applicant hand in a document where the case does not rest; return the reference of the request."""
    case = Case.objects.get(platform=code, ref=story.ref)
    by = story.party(story.applicants[0], code)
    asked = moves.perform(case, "add_evidence", by=by, at=story.at, enclosures=[_document("补充材料")])
    assert isinstance(asked, Request)
    return str(asked.ref)


def _drafts() -> dict[tuple[str, str], str]:
    found = {}
    for who in ("zhang", "li"):
        account = Account.objects.get(login=CAST[who])
        for code, kind in ((COURT, "file"), (NET, "apply")):
            draft = Draft.objects.create(platform=code, account=account, kind=kind, updated_at=NOW)
            found[who, code] = str(draft.ref)
    return found


def _tokens() -> dict[str, int]:
    made = {}
    for code, who in ((COURT, "integrator"), (NET, "net_integrator")):
        client, _plain = tokens.issue(Account.objects.get(login=CAST[who]), "测试", ["cases:read"], NOW)
        made[code] = client.pk
    return made


def _rows() -> dict[tuple[str, str], str]:
    """Return the key of one row of each list of the roster, on each platform."""
    found = {}
    for code in PREFIXES:
        for model in (Organisation, Mediator, Listing):
            found[model._meta.model_name or "", code] = str(model.objects.filter(platform=code).values_list("pk")[0][0])
        found["court", code], found["unit", code] = "沪74", str(Unit.objects.values_list("pk")[0][0])
    return found


def _browsers() -> dict[str, Client]:
    found = {}
    first = Client()
    for who in EVERYBODY:
        browser = Client()
        # One for all: each new handler would load the middleware, and with it every static file, again.
        browser.handler = first.handler
        if who in CAST:
            account = Account.objects.get(login=CAST[who])
            browser.force_login(account, backend="roster.backend.AccountBackend")
        found[who] = browser
    return found
