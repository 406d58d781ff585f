"""Walls: the same two disputes told with other secrets give everybody else the same bytes (TY-2, ZX-18).

One case fails, one is settled and confirmed. In both each side confides in the mediator alone (messages, offers,
sessions, documents), and the mediator keeps notes, points and an unshown draft. Three tellings: as it was, with other
secrets of the applicant, with other secrets of the respondent; the mediator's own are other ones each time. Whoever is
not of that side must get the same at every address of the table of rights, for everything an address can name, signed
in, by token and by code, and whatever they search for; so does the other platform, byte by byte, and so do the messages
and the callbacks that leave. Between the second and the third both sides' secrets differ: those two are compared for
everybody who is of no side. Of a confided file neither content nor digest may be in anything that others get.

What is random in itself (references, digests, tokens) is masked: it is drawn anew and depends on no secret. A refusal
says no more than a missing object does (``test_matrix``), so only those are asked whom the table serves. Papers are
compared by what is given to the press, which sets the same sheet always alike.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import itertools
import json
import random
import re
import struct
import uuid
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as project
from django.core.cache import cache
from django.db import transaction
from django.template import Template
from django.test import Client
from django.utils.module_loading import import_string

from investornet.access import TO_ORGANISATION
from mediation import files, keyring, platform, queries, subscriptions
from mediation.api.authentication import SCOPES
from mediation.clauses import drafts, printing
from mediation.clauses.agreement import Body
from mediation.exchange import callbacks, signing, targets, transports
from mediation.management.plots import DRAWN_UP, MEDIATING, s
from mediation.management.story import Plot, Story, accounts
from mediation.meeting import notebook, sessions, talks
from mediation.models import (
    Case,
    CaseEvent,
    Claim,
    Document,
    Enclosure,
    LocalEntry,
    MediationSession,
    Notice,
    OutgoingMessage,
    Preference,
    Request,
    SignedAgreement,
    Subscription,
)
from mediation.moves import Enclosed
from mediation.papers import making, performing, press, serving
from mediation.passport import cover
from mediation.rights import TO_PARTIES, Rights
from mediation.signatures import assembling, frozen
from mediation.telling import dispatch, following
from mediation.vocabulary import (
    Audience,
    Cause,
    EnclosureKind,
    Medium,
    PaperKind,
    Role,
    SessionMode,
    Standing,
    Track,
    Verification,
)
from mediation.windows.meetings import SLUGS
from roster import reference, tokens
from roster.demonstration import load_demo_accounts
from roster.models import Account, Post
from tests.access import world as stage
from tests.access.table import Row
from tests.access.test_matrix import ROWS, address
from tests.access.world import CAST, COURT, NET, NOW, OPENED, PREFIXES, Objects, World
from tests.intake.test_files import chunk
from tests.papers.reading import words
from tests.servers import count_rows

pytestmark = pytest.mark.django_db

FAILED = [*MEDIATING, s(2, "represent"), s(20, "talk"), s(30, "undisputed"), s(24, "conclude")]
CONFIRMED = [
    *DRAWN_UP,
    s(2, "represent"),
    s(20, "sign"),
    s(20, "complete"),
    s(24, "seek_confirmation"),
    s(28, "accept_confirmation"),
    s(48, "confirm"),
    s(20, "receive_ruling"),
]
SECRETS: dict[str, tuple[dict[str, Any], ...]] = {
    "zhang": (
        {"text": "只要还本就行，利息可以全部放弃，请不要告诉对方", "offer": 8_000_000, "place": "甲路一号"},
        {
            "text": "一分钱都不能少，否则马上去起诉并且公开此事，这是最后底线",
            "offer": 12_345_000,
            "place": "乙街二百号三楼",
        },
    ),
    "huaxin": (
        {"text": "董事会已经授权到八成，仍然先从三成谈起", "offer": 3_000_000, "place": "丙座九层"},
        {
            "text": "账上没有钱，最多赔一成，再多就只能破产清算了，务必保密",
            "offer": 1_100_000,
            "place": "丁巷十七号后院",
        },
    ),
    "mediator": (
        {"text": "申请人急于用钱"},
        {"text": "被申请人的律师私下说可以谈到一半以上，先不要写进任何材料"},
        {"text": "双方的差距其实只有一成"},
    ),
}
TELLINGS = {
    "as it was": ("", ("zhang", "huaxin")),
    "another applicant": ("zhang", ("huaxin", "")),
    "another respondent": ("huaxin", ("zhang", "")),
}
"""Whose secrets are other ones, and who looks: the other side, and everybody who is of none."""

ALIKE = {
    "zhang": "zhang",
    "agent_of_zhang": "zhang",
    "huaxin": "huaxin",
    "agent_of_huaxin": "huaxin",
    "handler": "huaxin",
}
"""Who belongs to which side, and is served like whom."""

TOKENED = ("zhang", "huaxin", "org", "clerk", "integrator", "net_integrator")
RANDOM = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}|[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}"
    r'|csrfmiddlewaretoken" value="\w+|/(?:clients|passports|notices|tokens)/\d+|~\d+"|/signing/\d+|nonce-[\w+/=]+'
    r'|"(?:id|pk)": ?\d+|(?:[0-9a-f]{22}\\+n){2}[0-9a-f]{20}'
    r"|(?:[0-9A-F]{5}-){4}[0-9A-F]{5}"
    r'|(?<=<code>)[0-9a-f]{12,16}(?=</code>)|"[\w-]{86}"|校验值[0-9a-f]{16}|证书[0-9a-f]{12}|[\w-]{43}\.ics|found=[\w%-]+'
)


WORDS = (SECRETS["zhang"][0]["text"][:6], SECRETS["huaxin"][0]["text"][:6], SECRETS["mediator"][1]["text"][:6])
"""What is searched for: words that stand in what was confided in one telling, and not in the other."""

SEARCHES = {
    "{}/admin/cases/find/": ("clerk", "judge", "spc", "unit", "bureau"),
    "{}/cases/": ("zhang", "huaxin", "org"),
    "{}/api/v1/cases": ("zhang", "huaxin", "org", "clerk"),
}
LOOKERS = (
    "anonymous", "zhang", "huaxin", "other_mediator", "clerk", "judge", "leader", "spc", "operator", "integrator",
    "org", "unit", "bureau", "centre", "net_integrator",
)  # fmt: skip
"""Who looks: one of each kind, for two of a kind differ in which cases they see (``test_matrix``) and in nothing else.
A page that is about nobody is asked for once.
"""

PAPERS = sorted(TO_PARTIES | TO_ORGANISATION)
FAILED_PAPERS = (PaperKind.DELEGATION, PaperKind.NOTIFICATION, PaperKind.HANDOVER)
"""What a failed mediation leaves of papers; of a confirmed one all kinds that anybody but the court may be handed."""

READERS = ("zhang", "huaxin", "clerk", "org", "unit", "integrator", "net_integrator")
"""Who tries everything that one address of a case can name."""

LISTS = re.compile(
    r"^(court|net)/(admin/)?(|cases/.*|notices/|calendar/|inbox/|load/|seals/|desk/)$|oversight/(export/.*)?$"
    r"|/api/v1/(cases|changes|notices|subscriptions)$"
)
PRODUCTS = {"move", "kind", "session", "document", "version", "party"}
CONFIDING = re.compile(
    r"^net/cases/<uuid:ref>/(|mediation/|mediation/talk/.*|documents/<uuid:document>/inline/|evidence/|agreement/)$"
    r"|^court/cases/<uuid:ref>/$|^net/api/v1/cases/<uuid:ref>/(journal|documents|talks)$"
)
"""Where what a side confides is shown, to whoever reads for it: that its stand-ins read for it and for nobody else is
tried by itself.
"""

KEYS = ("net/verify/root.crt", "net/verify/revoked.crl")
"""What follows from the platform's own keys, which are drawn anew in each telling."""

SIZES = re.compile(r'"size": ?8[56]\d{3}\b|\b8[345]\.\d\xa0KB')
"""A signature takes some bytes more or less; no confidence is that long."""


SEALED = re.compile(r'"sealed": ?"[\w-]+"')
"""What is sealed for the peer with a fresh key: of that the length; what it says is compared where it was opened."""


@functools.lru_cache(maxsize=10_000)
def masked(text: str) -> str:
    return SEALED.sub(lambda found: f'"sealed" {len(found[0])}', SIZES.sub("*", RANDOM.sub("*", text)))


@dataclass
class Confiding(Story):
    """A dispute in which everybody confides something in the mediator alone."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=lambda: {"zhang": [], "huaxin": []})
    """What each side handed in for the mediator and itself alone."""

    def step_talk(self) -> None:
        """Say everything that is between one side and the mediator, and what the mediator thinks of it."""
        case, med, at = self.case(self.net_code), self.lead(), self.at
        mind = self.secrets["mediator"]["text"]
        talks.say(case, Audience.PARTIES, "请双方核对交易记录。", offer=None, by=med, at=at, key=f"{self.ref}/open")
        sides = (("zhang", Audience.APPLICANTS, self.applicants), ("huaxin", Audience.RESPONDENTS, self.respondents))
        for who, channel, parties in sides:
            secret, by = self.secrets[who], self.party(parties[0], self.net_code)
            said: dict[str, Any] = {"at": at, "key": f"{self.ref}/{who}"}
            talks.say(case, channel, secret["text"], offer=secret["offer"], by=by, **said)
            talks.say(case, channel, f"回复：{secret['text']}", offer=None, by=med, at=at, key=f"{self.ref}/m/{who}")
            if self.plot.steps == FAILED:
                self._meet(case, channel, parties[0], secret)
                for audience, ending in ((Audience.MEDIATOR, "png"), (channel, "txt")):
                    self.files[who].append(self._hand_in(by, secret["text"], audience, ending))
        notebook.write(case, mind, by=med, at=at, key=f"{self.ref}/note")
        notebook.keep_point(case, None, mind, Standing.DISPUTED, (mind, mind), by=med, at=at)
        draft = drafts.begin(case, by=med, at=at)
        drafts.save(draft, Body(True, mind, ()), seen=draft.revision, by=med, at=at)
        following.follow(at)
        for code in PREFIXES:
            dispatch.address(code, at)

    def _meet(self, case: Case, channel: Audience, party: str, secret: dict[str, Any]) -> None:
        med, at = self.lead(), self.at
        how = {"place": secret["place"], "minutes": 60, "by": med, "at": at, "key": f"{self.ref}/{channel}"}
        for fixed in (False, True):
            session = sessions.propose(
                case, channel, SessionMode.ON_SITE, [at], **how | {"key": f"{how['key']}{fixed}"}
            )
            if fixed:
                sessions.fix(session, session.times.get().pk, at)
                sessions.acknowledge(session, [party], Verification.IN_PERSON, at)
                seen = [sessions.Seen(party, present=True, verified=Verification.IN_PERSON.value)]
                sessions.keep(session, seen, others=secret["text"], told=True, place=secret["place"], at=at)
                sessions.hold(session, by=med, at=at, key=f"{how['key']}/held")

    def _hand_in(self, by: Any, text: str, audience: Audience, ending: str) -> bytes:
        content = picture(text) if ending == "png" else text.encode()
        judged = files.judge(f"{text[:9]}.{ending}", content)
        files.store(self.net_code, judged, content, self.at)
        told: dict[str, Any] = {
            "ref": str(uuid.uuid4()),
            "kind": "EVIDENCE",
            "name": f"{text[:9]}.{ending}",
            "sha256": judged.sha256,
        }
        told |= {"size": len(content), "media_type": judged.media_type}
        self.act("add_evidence", by, {}, [Enclosed(EnclosureKind.DOCUMENT, told, audience)])
        return content

    def step_represent(self) -> None:
        """Each side appoints an agent, whose account claims the place on both platforms."""
        for who, parties in (("zhang", self.applicants), ("huaxin", self.respondents)):
            agent, account = str(uuid.uuid4()), Account.objects.get(login=f"agent_of_{who}")
            person = {"name": account.name, "phone": "13800000077"}
            paper: dict[str, Any] = {
                "ref": str(uuid.uuid4()),
                "kind": "AUTHORITY",
                "name": "授权委托书.pdf",
                "sha256": "0" * 64,
            }
            paper |= {"size": 1, "media_type": "application/pdf"}
            enclosed = [Enclosed(EnclosureKind.DOCUMENT, paper), Enclosed(EnclosureKind.AGENT, person, about=agent)]
            named = {"party": parties[0], "agent": agent, "power": "GENERAL"}
            self.act("appoint_agent", self.party(parties[0], self.net_code), named, enclosed)
            self.post()
            for copy in Case.objects.filter(ref=self.ref):
                Claim.objects.create(case=copy, party=agent, account=account, claimed_at=self.at)


def picture(text: str) -> bytes:
    """Return a picture that looks different for each text."""
    drawn = hashlib.sha256(text.encode()).digest()
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 16, 2, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0%s\0%s" % (drawn[:16], drawn[16:]))),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in (*parts, (b"IEND", b"")))


@dataclass
class Told:
    """What one telling left: its cases, everybody's browser, and what crossed."""

    cases: list[Confiding]
    world: World
    bearers: dict[str, str]
    crossed: list[str]
    named: dict[uuid.UUID, dict[str, list[Any]]] = field(default_factory=dict)

    def values(self, case: Confiding) -> dict[str, list[Any]]:
        """Return everything an address about a case can name, found out once."""
        return self.named.setdefault(case.ref, self.named.get(case.ref) or self._values(case)).copy()

    def confided_by_others(self, who: str) -> list[bytes]:
        """Return the files that somebody may not get, in every spelling of what names their content."""
        found = [one for case in self.cases for side, held in case.files.items() if side != of(who) for one in held]
        digests = [hashlib.sha256(one) for one in found]
        named = [one.hexdigest().encode() for one in digests]
        named += [base64.b64encode(one.digest())[:43] for one in digests]
        return [*found, *named, *(base64.urlsafe_b64encode(one.digest())[:43] for one in digests)]

    def _values(self, case: Confiding) -> dict[str, list[Any]]:
        # What is not the asker's to know is among it.
        meant = Case.objects.filter(ref=case.ref)
        sheet, held = meant[0].sheet, Document.objects.filter(case__in=meant).order_by("-number", "pk")
        shown, hidden = held.filter(audience=Audience.ALL), held.exclude(audience=Audience.ALL)
        return {
            "ref": [case.ref],
            "document": list(dict.fromkeys(one.ref for one in (*hidden, *shown[:1]))),
            "party": list(case.people),
            "channel": list(SLUGS.values()),
            "session": list(MediationSession.objects.filter(case__in=meant).values_list("ref", flat=True)),
            "version": [1],
            "kind": [one.value for one in (PAPERS if case.plot.steps == CONFIRMED else FAILED_PAPERS)],
            "service": list(sheet.get("services", {})),
            "clause": [uuid.UUID(int=0)],
            "link": [1],
            "move": ["conclude_unsettled", "propose_agreement", "sign"],
        }


def begin(monkeypatch: pytest.MonkeyPatch, teller: str) -> Told:
    """Tell both disputes, with other secrets of whoever is named."""
    drawn = random.Random(7)
    # Parties are shown in the order of their references: all tellings draw the same.
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=drawn.getrandbits(128), version=4))
    crossed, carry = [], transports.carry

    def copying(peer: str, method: str, path: str, headers: dict[str, str], body: bytes, at: Any) -> Any:
        crossed.append(f"{peer} {method} {path} {body.decode(errors='replace')}")
        return carry(peer, method, path, headers, body, at)

    monkeypatch.setattr(transports, "carry", copying)
    cast = accounts()
    zhang, huaxin = (cast[CAST[who]] for who in ("zhang", "huaxin"))
    number = [who for who, _sides in TELLINGS.values()].index(teller)
    own: dict[str, dict[str, Any]] = {who: told[who == teller] for who, told in SECRETS.items()} | {
        "mediator": SECRETS["mediator"][number]
    }
    cases = []
    for place, steps in enumerate((FAILED, CONFIRMED)):
        held: dict[str, Any] = {"court": "沪74", "organisation": "shsa", "mediator": "shsa-1"}
        plot = Plot(
            Track.DELEGATED,
            Cause.MISSTATEMENT,
            12_345_600,
            [zhang],
            [huaxin],
            "年报虚假记载，请求赔偿。",
            steps,
            **held,
        )
        ref = uuid.UUID(int=drawn.getrandbits(128), version=4)
        case = Confiding(plot, NOW - timedelta(days=30 + place), ref=ref, secrets=own)
        case.tell()
        cases.append(case)
    assembling.assemble(NET, NOW)
    for case in cases:
        case.post()
    following.follow(NOW)
    for code in PREFIXES:
        dispatch.address(code, NOW)
        dispatch.digest(code, NOW, queries.calendar())
        dispatch.send(code, NOW)
    told = Told(cases, _world(cases), {}, crossed)
    for who in TOKENED:
        account = told.world.browsers[who].account  # type: ignore[attr-defined]
        client, told.bearers[who] = tokens.issue(account, "测试", list(SCOPES), NOW)
        for code in PREFIXES:
            subscriptions.subscribe(client, account, code, f"https://{who}.example.cn/", [], NOW, since=0)
    return told


def _world(cases: list[Confiding]) -> World:
    documents = [Document.objects.filter(case__ref=one.ref).order_by("pk")[0] for one in cases]
    held = {
        "own": Objects(str(cases[0].ref), cases[0].applicants[0], str(documents[0].ref)),
    }
    logins = CAST | {who: who for who in ALIKE if who not in CAST}
    first, browsers = Client(), {"anonymous": Client()}
    for who, login in logins.items():
        browsers[who] = Client()
        browsers[who].handler = first.handler
        account = Account.objects.get(login=login)
        browsers[who].account = account  # type: ignore[attr-defined]
        browsers[who].force_login(account, backend="roster.backend.AccountBackend")
    browsers["anonymous"].handler = first.handler
    return World(held, stage._drafts(), stage._tokens(), browsers, stage._rows())


def askers(row: Row) -> list[str]:
    """Return who of those who look is served at an address; where that depends on the case, whoever sees the case at
    that counter.
    """
    counter = {"portal": f"{row.platform}/cases/<uuid:ref>/", "desk": f"{row.platform}/admin/cases/<uuid:ref>/"}
    case = next((one for one in ROWS if one.route == counter.get(row.kind)), row)
    asked = [who for who in row.witnesses("get") if who in LOOKERS]
    if not ({"ref", "document"} & {*_named(row)} or LISTS.search(row.route)):
        served = [who for who in asked if row.served(who, "get") is not None]
        return sorted(served, key=lambda who: (bool(of(who)), LOOKERS.index(who)))[:1]
    served = [who for who in asked if row.served(who, "get") is not None]
    if "/cases/<uuid:ref>/" in row.route and row.is_asked("get"):
        served += [who for who in asked if case.served(who, "get") is not None]
    everybody = dict.fromkeys(served)
    stand_ins = [who for who, like in ALIKE.items() if like in everybody and who not in CAST]
    if PRODUCTS & {*_named(row)} or "/documents/<uuid:ref>" in row.route:
        everybody = dict.fromkeys(who for who in everybody if who in READERS)
    if row.kind == "api" and row.route.endswith(("/passport", "/papers", "/papers/<slug:kind>")):
        # People take the same at their own counter.
        everybody = dict.fromkeys(who for who in everybody if "integrator" in who)
    return [*everybody, *(stand_ins if CONFIDING.search(row.route) else [])]


def _named(row: Row) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", row.route)


def addresses(told: Told, row: Row) -> Iterator[str]:
    """Yield a row's address with everything of both cases it can name."""
    named = _named(row)
    if not ("/cases/<uuid:ref>" in row.route or "/documents/<uuid:ref>" in row.route):
        yield address(told.world, row, "own")
        return
    for case in told.cases:
        values = told.values(case)
        if "/documents/<uuid:ref>" in row.route:
            values["ref"] = values["document"]
        if row.kind == "api":
            # The same papers as at the counters; of all kinds this one lists what was handed in, by who may read it.
            values["kind"] = [PaperKind.HANDOVER.value]
        for chosen in itertools.product(*(values[name] for name in named)):
            given = iter(chosen)
            yield "/" + re.sub(r"<(?:\w+:)?\w+>", lambda _found: str(next(given)), row.route)  # noqa: B023


@functools.lru_cache(maxsize=64)
def _words(body: bytes) -> str:
    return words(body)


def parts(body: bytes) -> Iterator[bytes]:
    """Yield a body, or what a spreadsheet or another archive holds."""
    if not body.startswith(b"PK"):
        yield body
        return
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        for name in sorted(packed.namelist()):
            yield name.encode()
            yield from parts(packed.read(name))


def legible(part: bytes) -> str:
    """Return a part as text: a paper by what it says."""
    return _words(part) if part.startswith(b"%PDF") else part.decode(errors="backslashreplace")


def crawled(told: Told, sides: Collection[str]) -> dict[str, str]:
    """Return what everybody of some sides gets at every address and of every search, by who asked and where.

    Nothing in it may be, or name, a file that the other side confided.
    """
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    kept = {who: told.confided_by_others(who) for who in told.world.browsers}
    for who, method, url, asked in questions(told):
        if of(who) not in sides:
            continue
        browser, more = told.world.browsers[who], {}
        if "/api/" in url and who in told.bearers:
            more, browser = {"headers": {"Authorization": f"Bearer {told.bearers[who]}"}}, Client()
            browser.handler = told.world.browsers["anonymous"].handler
        cookies = browser.cookies.copy()
        with transaction.atomic():
            answer = getattr(browser, method)(url, asked, follow=method == "post", **more)
            transaction.set_rollback(True)
        browser.cookies = cookies
        got = [*parts(answer.getvalue()), answer.get("Location", "").encode()]
        times[where := masked(f"{who} {url} {asked or ''}")] += 1
        assert not [one for one in kept[who] for part in got if one in part], where
        found[f"{where} #{times[where]}"] = f"{answer.status_code} {''.join(legible(part) for part in got)}"
    return found


def questions(told: Told) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield who asks in which way at which address for what."""
    for row in ROWS:
        who_ask = [] if row.route in KEYS else askers(row)
        yield from ((who, "get", url, {}) for url in (addresses(told, row) if who_ask else ()) for who in who_ask)
    for page, who_search in SEARCHES.items():
        method = "post" if page.endswith("/find/") else "get"
        for prefix, who, word in itertools.product(PREFIXES.values(), who_search, WORDS):
            yield who, method, "/" + page.format(prefix), {"q": word}


def hooked(told: Told, sides: Collection[str], patching: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what every programme is told of changes, by whose it is; each comes signed, which hides nothing."""
    heard: dict[str, list[str]] = {}

    def hear(url: str, _headers: dict[str, str], body: bytes) -> targets.Heard:
        heard.setdefault(url.partition("//")[2].partition(".")[0], []).append(body.decode())
        return targets.Heard(204, "")

    patching.setattr(targets, "post", hear)
    patching.setattr(signing, "sign_callback", lambda *_args: {})
    Subscription.objects.exclude(account__login__in=[CAST[who] for who in TOKENED if of(who) in sides]).delete()
    for code in PREFIXES:
        callbacks.tell(code, NOW)
    return {f"{who} is called back": "\n".join(bodies) for who, bodies in heard.items()}


def own(told: Told) -> dict[str, str]:
    """Return what each side is shown of what it said to the mediator alone."""
    urls = {"zhang": "applicants", "huaxin": "respondents"}
    asked = [
        (who, f"/net/cases/{one.ref}/mediation/talk/{channel}/") for one in told.cases for who, channel in urls.items()
    ]
    return {f"{who} {url} own": told.world.browsers[who].get(url).content.decode() for who, url in asked}


def of(who: str) -> str:
    """Return the side somebody belongs to, or an empty string."""
    return ALIKE.get(who, "")


def books(told: Told, side: str) -> dict[str, str]:
    """Return every row that leaves the mediation without being for one side: the court's book, what is told and sent,
    and what crossed between the platforms.
    """
    refs = [one.ref for one in told.cases]
    own = [(one.applicants if side == "zhang" else one.respondents)[0] for one in told.cases]
    texts = Enclosure.objects.filter(platform=COURT).order_by("case", "number", "kind", "audience", "pk")
    entries = CaseEvent.objects.filter(case__ref__in=refs).order_by("platform", "case", "number")
    notices = Notice.objects.exclude(seat__in=own).exclude(role=Role.MEDIATOR.value).order_by("pk")
    sent = OutgoingMessage.objects.exclude(party__in=own).order_by("pk")
    rows: list[Any] = [*(one.content() for one in texts), *(one.entry() for one in entries)]
    assert {one.medium for one in sent} == {*Medium}
    rows += [[one.role, one.text, one.values] for one in notices]
    rows += [[one.medium, one.address, one.subject, one.text, one.state] for one in sent]
    rows += [one.facts for one in Request.objects.order_by("pk")]
    rows += [[one.kind, one.facts] for one in LocalEntry.objects.order_by("pk")]
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True, default=str) for row in rows]
    return {f"{side}'s row {place}": line for place, line in enumerate([*lines, *told.crossed])}


def reading(told: Told) -> dict[str, str]:
    """Return for whom everybody of a side reads in each case of each platform."""
    found = {}
    for config, one, who in itertools.product(platform.installed(), told.cases, ALIKE):
        rights: Rights = import_string(f"{config.name}.access.rights")
        account, case = told.world.browsers[who].account, one.case(config.code)  # type: ignore[attr-defined]
        audiences = rights.audiences(case, rights.actors(account, case, NOW))
        found[f"{who} reads {config.code} {one.plot.steps == FAILED}"] = " ".join(sorted(audiences))
    return found


def by_code(told: Told) -> dict[str, str]:
    """Return what somebody who never signed in is told of an agreement by its code, and by its file."""
    found = {}
    for place, one in enumerate(SignedAgreement.objects.filter(platform=NET).order_by("pk")):
        file = io.BytesIO(files.fetch(NET, one.sha256))
        for asked in ({"code": one.code}, {"file": file}):
            answer = told.world.browsers["anonymous"].post("/net/verify/", asked)
            text = f"{answer.status_code} {answer.content.decode()}"
            found[f"anonymous verifies {place} by {[*asked]}"] = masked(text)
    assert found
    return found


@pytest.fixture(scope="module")
def tellings(made_once: None) -> Iterator[dict[str, dict[str, str]]]:
    """Tell the story three times, each undone, and keep what others could see."""
    seen: dict[str, dict[str, str]] = {}
    with time_machine.travel(NOW, tick=False):
        codes = [config.code for config in platform.installed()]
        reference.load(codes)
        load_demo_accounts(codes, OPENED)
        stage._extra_accounts()
        _more_people()
        for code in codes:
            keyring.ensure(code, OPENED)
        count_rows()
        for name, (teller, sides) in TELLINGS.items():
            with pytest.MonkeyPatch.context() as patching, transaction.atomic():
                # Who is signed in stands in the cookie: each request would ask the database for it.
                patching.setattr(project, "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies")
                # Nobody asks which templates were rendered with what: keeping it costs more than some pages.
                patching.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
                cache.clear()
                seen[name] = looked_at(begin(patching, teller), sides, patching)
                transaction.set_rollback(True)
        yield seen


def looked_at(told: Told, sides: Collection[str], patching: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what people of these sides are shown, and what leaves the mediation."""
    for house in (making, serving, performing, cover, frozen, printing):
        patching.setattr(house, "print_sheet", as_given)
    left = books(told, "zhang") | books(told, "huaxin") | reading(told)
    return crawled(told, sides) | own(told) | by_code(told) | hooked(told, sides, patching) | left


def as_given(sheet: press.Sheet, at: Any, **_spellings: Any) -> press.Paper:
    """Return what the press would be given."""
    content = json.dumps([asdict(sheet), str(at)], ensure_ascii=False, default=str).encode()
    return press.Paper(content, "paper.pdf", hashlib.sha256(content).hexdigest(), 1)


def _more_people() -> None:
    """Give each side an agent, the firm somebody at its desk, and one of each kind a mailbox."""
    for who in ("zhang", "huaxin"):
        Account.objects.create(login=f"agent_of_{who}", name=f"代理人{who}", password="!")
    for who in ("zhang", "huaxin", "clerk", "org"):
        Preference.objects.create(account=Account.objects.get(login=CAST[who]), mailbox=f"{who}@example.cn")
    desk = Account.objects.create(login="handler", name="法务专员", password="!")
    firm = Account.objects.get(login=CAST["huaxin"])
    for code in PREFIXES:
        Post.objects.create(account=desk, platform=code, role=Role.PARTY, firm=firm, power="GENERAL", valid_from=OPENED)


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return where two tellings differ among what was looked at in both, with the lines that do."""
    found = []
    for where in sorted(one.keys() & other.keys()):
        first, second = one[where].split("\n"), other[where].split("\n")
        pairs = itertools.zip_longest(first, second, fillvalue="")
        lines = [pair for pair in pairs if pair[0] != pair[1] and masked(pair[0]) != masked(pair[1])]
        if lines:
            found.append(f"{where}: {lines[0][0][:200]!r} {lines[0][1][:200]!r}")
    return found


PAIRS = {
    "zhang": ("as it was", "another applicant"),
    "huaxin": ("as it was", "another respondent"),
    "": ("another applicant", "another respondent"),
}
"""Which tellings differ in a side's secrets alone; for everybody of no side, in both."""


@pytest.mark.parametrize("side", PAIRS)
def test_what_one_side_confides_changes_no_byte_that_anybody_else_can_fetch(
    tellings: dict[str, dict[str, str]], side: str
) -> None:
    first, second = (tellings[name] for name in PAIRS[side])
    other = {"zhang": "huaxin", "huaxin": "zhang"}.get(side, "")
    ours = {where for where in first if "'s row" not in where and of(where.partition(" ")[0]) == other}
    ours |= {where for where in first if side and where.startswith(f"{side}'s row")}

    assert differing({where: first[where] for where in ours}, {where: second.get(where, "") for where in ours}) == []
    assert len(ours) > (100 if side else 500)
    seen = "".join(first[where] + second[where] for where in ours)
    told = [one for who in ([side] if side else ["zhang", "huaxin"]) for one in SECRETS[who]]
    assert not [one[name] for one in told for name in ("text", "place") if one[name] in seen]
    assert not [one["text"] for one in SECRETS["mediator"] if one["text"] in seen]
    assert "双方对交易账户、成交时间和成交数量没有争议" in seen


def test_each_side_does_see_its_own(tellings: dict[str, dict[str, str]]) -> None:
    seen = tellings["as it was"]

    for side, channel in (("zhang", "applicants"), ("huaxin", "respondents")):
        pages = [text for where, text in seen.items() if where.startswith(f"{side} /net/") and f"/{channel}/" in where]
        text = SECRETS[side][0]["text"]
        assert [one for one in pages if text in one]
        mine = [told for where, told in seen.items() if where.startswith(f"{side} /net/")]
        for content in (picture(text), text.encode()):
            assert [one for one in mine if hashlib.sha256(content).hexdigest() in one]
            assert [one for one in mine if legible(content) in one]


def test_who_stands_in_for_a_side_reads_for_it_and_for_nobody_else(tellings: dict[str, dict[str, str]]) -> None:
    told = {where: text for seen in tellings.values() for where, text in seen.items() if " reads " in where}

    assert len(told) == 4 * len(ALIKE)
    for where, audiences in told.items():
        who, _reads, rest = where.partition(" ")
        assert audiences == told[f"{ALIKE[who]} {rest}"] != ""


def test_the_comparison_does_see_what_differs_where_it_may_be_seen(tellings: dict[str, dict[str, str]]) -> None:
    for side, other in (("zhang", "another applicant"), ("huaxin", "another respondent")):
        first, second = (
            {where: text for where, text in tellings[name].items() if where.startswith(side) and where.endswith("own")}
            for name in ("as it was", other)
        )

        assert len(differing(first, second)) == len(first) > 0
