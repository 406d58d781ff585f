"""Loads cases by the hundred thousand: chains hashed and signed as the door would, rows as folding them would give.

Lives here: composing a journal once through the rule table, stamping copies of it, COPY. Nothing is walked, so texts
and particulars are missing as if they had been erased; chains, folds and clocks are whole (``check_sample`` proves it).
Called by: ``rounds``.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from mediation import chain, clocks, keyring, law, moves, queries
from mediation.actor import Actor, platform_itself
from mediation.law import CodePurpose
from mediation.lifecycle import MOVES
from mediation.models import Case, CaseEvent, NumberSeries
from mediation.models.case import FOLDED
from mediation.numbers import CaseNumber
from mediation.platform import home_of
from mediation.vocabulary import Role, Seat
from mediation.workdays import local_day
from roster import reference

REF, PARTY, RIVAL = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "123")
PREVIOUS, PARTICULARS, NARRATIVE = "1" * 64, "2" * 64, "3" * 64
SERIAL = "8" * 16
"""Stands where a case number will: registered cases get theirs from the court's own series."""
CHUNK = 2000
CASE_COLUMNS = ("id", "platform", "ref", *FOLDED, "entries", "head", "frozen")
EVENT_COLUMNS = (
    "platform",
    "case_id",
    "number",
    "kind",
    "author",
    "at",
    "by",
    "facts",
    "clocks",
    "enclosures",
    "previous",
    "hash",
    "algorithm",
    "signature",
    "key_id",
    "state",
    "recorded_at",
)
CLOCK_COLUMNS = (
    "platform",
    "case_id",
    "kind",
    "rule",
    "since",
    "due_at",
    "flag_at",
    "provisional",
    "owned",
    "lapse",
    "state",
    "number",
)
ENCLOSURE_COLUMNS = (
    "platform",
    "case_id",
    "number",
    "kind",
    "audience",
    "about",
    "digest",
    "salt",
    "sealed",
    "erased_at",
)
DELIVERY_COLUMNS = ("platform", "case_id", "number", "envelope", "state", "since", "attempts", "next_at", "why")
PARTY_COLUMNS = (
    "case_id",
    "platform",
    "ref",
    "side",
    "kind",
    "investor",
    "institution",
    "name",
    "identity_kind",
    "identity_number",
    "identity_index",
    "phone",
    "phone_index",
    "account_number",
    "details",
)


@dataclass(frozen=True)
class Step:
    """One entry to be composed: which platform writes it, which move, by whom, with what facts."""

    author: str
    move: str
    by: Actor
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Mould:
    """One journal composed through the rule table, with placeholders where its copies differ."""

    case: Case
    bodies: list[dict[str, Any]]
    states: list[str]
    at: datetime

    def __post_init__(self) -> None:
        self.texts = [chain.canonical(body).decode() for body in self.bodies]
        self.parts = [
            {name: json.dumps(body[name], ensure_ascii=False) for name in ("by", "facts", "clocks", "enclosures")}
            for body in self.bodies
        ]
        self.folded = {name: getattr(self.case, name) for name in FOLDED if name != "sheet"}
        self.sheet = json.dumps(self.case.sheet, ensure_ascii=False)


def compose(platform: str, steps: list[Step], at: datetime) -> Mould:
    """Return the journal these steps give on a copy of ``platform``, all made at ``at``."""
    case, bodies, states, calendar = Case(platform=platform, ref=uuid.UUID(REF)), [], [], queries.calendar()
    for number, step in enumerate(steps, 1):
        began, _ = moves.advance(
            case, MOVES[step.move], step.by, at, step.facts, lambda wanted: clocks.reckon(case, wanted, calendar)
        )
        enclosures = []
        if number == 1:
            enclosures = [
                {"kind": "PARTY", "audience": "ALL", "about": PARTY, "digest": PARTICULARS},
                {"kind": "NARRATIVE", "audience": "ALL", "about": "", "digest": NARRATIVE},
            ]
        bodies.append(
            {
                "ref": REF,
                "number": number,
                "kind": f"case.{step.move}.v{moves.VERSION}",
                "at": chain.stamp(at),
                "platform": step.author,
                "by": step.by.entry(),
                "facts": step.facts,
                "clocks": began,
                "enclosures": enclosures,
                "previous": chain.GENESIS if number == 1 else PREVIOUS,
                "algorithm": settings.JOURNAL_ALGORITHM,
            }
        )
        states.append(case.state)
    return Mould(case, bodies, states, at)


class Copies:
    """The rows of one chunk, as COPY wants them."""

    def __init__(self) -> None:
        self.rows: dict[str, io.StringIO] = {}

    def add(self, table: str, *values: object) -> None:
        """Add one row; no text here may need escaping."""
        written = (
            "\\N" if value is None else "t" if value is True else "f" if value is False else str(value)
            for value in values
        )
        self.rows.setdefault(table, io.StringIO()).write("\t".join(written) + "\n")

    def send(self) -> None:
        """Send all rows to PostgreSQL."""
        columns = {
            "mediation_case": CASE_COLUMNS,
            "mediation_caseevent": EVENT_COLUMNS,
            "mediation_clock": CLOCK_COLUMNS,
            "mediation_enclosure": ENCLOSURE_COLUMNS,
            "mediation_delivery": DELIVERY_COLUMNS,
            "mediation_party": PARTY_COLUMNS,
        }
        with connection.cursor() as cursor:
            for table, rows in self.rows.items():
                rows.seek(0)
                quoted = ", ".join(f'"{name}"' for name in columns[table])
                cursor.copy_expert(f'COPY "{table}" ({quoted}) FROM STDIN', rows)


def load(mould: Mould, count: int, *, platforms: tuple[str, ...] = (), names: str = "案件") -> list[int]:
    """This function will write ``count`` cases after one mould on each platform and return the first one's row ids.

    A mould of one entry is given a different microsecond in each copy, so that a list has an order.
    """
    platforms = platforms or (mould.case.platform,)
    keys = {code: keyring.signer(code) for code in {body["platform"] for body in mould.bodies}}
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM mediation_case")
        first = cursor.fetchone()[0] + 1
    ids = list(range(first, first + count))
    numbers = _numbers(mould, count)
    for start in range(0, count, CHUNK):
        copies = Copies()
        for place in range(start, min(start + CHUNK, count)):
            _stamp(
                mould,
                copies,
                keys,
                [first + place + count * turn for turn in range(len(platforms))],
                platforms,
                place,
                names,
                next(numbers),
            )
        copies.send()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('mediation_case', 'id'), (SELECT max(id) FROM mediation_case))"
        )
    return ids


def _numbers(mould: Mould, count: int) -> Iterator[str]:
    """Take so many case numbers out of the court's series at once; cases that no court has numbered get none."""
    if mould.case.number != SERIAL:
        yield from [""] * count
        return
    court, year = mould.case.court, local_day(mould.at).year
    code = law.case_code(CodePurpose.PRE_MEDIATION, local_day(mould.at), court)
    series, _ = NumberSeries.objects.get_or_create(platform=home_of(Seat.COURT), court=court, year=year, code=code)
    NumberSeries.objects.filter(pk=series.pk).update(last=series.last + count)
    for serial in range(series.last + 1, series.last + 1 + count):
        yield str(CaseNumber(year, court, "", code, serial))


def _stamp(
    mould: Mould,
    copies: Copies,
    keys: dict[str, chain.SigningKey],
    ids: list[int],
    platforms: tuple[str, ...],
    place: int,
    names: str,
    number: str,
) -> None:
    ref, party, rival = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    stamp = chain.stamp(mould.at)
    at = mould.at + timedelta(microseconds=place % 1_000_000) if len(mould.bodies) == 1 else mould.at
    fresh = chain.stamp(at)
    swaps = [
        (REF, ref),
        (PARTY, party),
        (RIVAL, rival),
        (stamp, fresh),
        (PARTICULARS, secrets.token_hex(32)),
        (NARRATIVE, secrets.token_hex(32)),
        (SERIAL, number),
    ]

    def swapped(text: str, head: str = "") -> str:
        for old, new in swaps:
            text = text.replace(old, new)
        return text.replace(PREVIOUS, head)

    head, lines = "", []
    for body, text, parts in zip(mould.bodies, mould.texts, mould.parts, strict=True):
        previous, key = head, keys[body["platform"]]
        head = hashlib.new(body["algorithm"], swapped(text, previous).encode()).hexdigest()
        held = {name: swapped(part) for name, part in parts.items()}
        lines.append((body, held, previous, head, key.sign(head), key.public.id))
    sheet = swapped(mould.sheet)
    running = json.loads(sheet)["clocks"].values()
    owner = home_of(mould.case.owner) if mould.case.owner else ""
    for row, code in zip(ids, platforms, strict=True):
        folded = mould.folded | {"filed_at": at, "sheet": sheet, "number": number}
        copies.add("mediation_case", row, code, ref, *(folded[name] for name in FOLDED), len(lines), head, "")
        for (body, held, previous, own, signature, key_id), state in zip(lines, mould.states, strict=True):
            copies.add(
                "mediation_caseevent",
                code,
                row,
                body["number"],
                body["kind"],
                body["platform"],
                at,
                held["by"],
                held["facts"],
                held["clocks"],
                held["enclosures"],
                previous,
                own,
                body["algorithm"],
                signature,
                key_id,
                state,
                at,
            )
            for enclosure in json.loads(held["enclosures"]):
                named = (enclosure[name] for name in ("kind", "audience", "about", "digest"))
                copies.add("mediation_enclosure", code, row, body["number"], *named, "", "", at)
            if mould.case.shared and body["platform"] == code:
                copies.add("mediation_delivery", code, row, body["number"], uuid.uuid4(), "APPLIED", at, 1, at, "")
        for clock in running:
            copies.add(
                "mediation_clock",
                code,
                row,
                clock["kind"],
                clock["rule"],
                clock["since"],
                clock["due"],
                clock["flag"] or None,
                clock["provisional"],
                owner == code,
                clocks.lapse_of(mould.case, clock["kind"]),
                "RUNNING",
                len(lines),
            )
        for who, side, kind in ((party, "APPLICANT", "NATURAL"), (rival, "RESPONDENT", "COMPANY")):
            investor = "ORDINARY" if side == "APPLICANT" else "NONE"
            copies.add(
                "mediation_party",
                row,
                code,
                who,
                side,
                kind,
                investor,
                "NONE",
                f"{names}{row}",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
            )


# The three sorts of cases a bench needs.


@dataclass(frozen=True)
class Cast:
    """Who acts in the cases that are loaded."""

    court: str
    organisation: str
    court_code: str
    net_code: str

    @property
    def clerk(self) -> Actor:
        """The court's clerk."""
        return Actor(Role.CLERK, "bench-clerk", self.court, self.court_code)

    @property
    def administrator(self) -> Actor:
        """The organisation's administrator."""
        return Actor(Role.ORGANISATION, "bench-organisation", self.organisation, self.net_code)

    def opening(self, **more: Any) -> dict[str, Any]:
        """Return the facts every case opens with."""
        parties = [
            {"ref": PARTY, "side": "APPLICANT", "kind": "NATURAL", "investor": "ORDINARY", "institution": "NONE"},
            {"ref": RIVAL, "side": "RESPONDENT", "kind": "COMPANY", "investor": "NONE", "institution": "NONE"},
        ]
        consents = ["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"]
        return {
            "cause": "MISSTATEMENT",
            "amount": 1280000,
            "source": "ONLINE_COURT",
            "parties": parties,
            "agents": [],
            "consents": consents,
            **more,
        }

    def filed(self, at: datetime) -> Mould:
        """A case that waits at the court: one entry."""
        party = Actor(Role.PARTY, PARTY, "", self.court_code)
        return compose(
            self.court_code,
            [Step(self.court_code, "file", party, self.opening(track="DELEGATED", court=self.court, number=SERIAL))],
            at,
        )

    def ready(self, at: datetime) -> Mould:
        """A case that the court may delegate: three entries."""
        party, rival = (Actor(Role.PARTY, ref, "", self.court_code) for ref in (PARTY, RIVAL))
        steps = [
            Step(self.court_code, "file", party, self.opening(track="DELEGATED", court=self.court, number=SERIAL)),
            Step(self.court_code, "consult", self.clerk, {"channel": "SMS"}),
            Step(self.court_code, "consent", rival, {"party": RIVAL, "stage": "MEDIATION", "channel": "ONLINE"}),
        ]
        return compose(self.court_code, steps, at)

    def applied(self, at: datetime) -> Mould:
        """A direct application that waits at the organisation: one entry, one clock that lapses."""
        party = Actor(Role.PARTY, PARTY, "", self.net_code)
        return compose(
            self.net_code, [Step(self.net_code, "apply", party, self.opening(organisation=self.organisation))], at
        )

    def delegated(self, at: datetime) -> Mould:
        """A case that the court delegated and the organisation received: seven entries, told to both sides."""
        party, rival = (Actor(Role.PARTY, ref, "", self.court_code) for ref in (PARTY, RIVAL))
        steps = [
            Step(self.court_code, "file", party, self.opening(track="DELEGATED", court=self.court, number=SERIAL)),
            Step(self.court_code, "consult", self.clerk, {"channel": "SMS"}),
            Step(self.court_code, "consent", rival, {"party": RIVAL, "stage": "MEDIATION", "channel": "ONLINE"}),
            *(
                Step(self.court_code, "choose_jointly", by, {"party": by.ref, "organisation": self.organisation})
                for by in (party, rival)
            ),
            Step(
                self.court_code, "delegate", self.clerk, {"organisation": self.organisation, "reason_confirmed": True}
            ),
            Step(self.net_code, "receive", platform_itself(self.net_code)),
        ]
        return compose(self.net_code, steps, at)


def cast(court: str = "沪74") -> Cast:
    """Return who acts: the demonstration's investor service centre, and one court that lists it."""
    return Cast(court, str(reference.ref("organisation", "isc")), home_of(Seat.COURT), home_of(Seat.ORGANISATION))


def check_sample(most: int = 200) -> int:
    """Return how many cases, taken at random, were found to be exactly their chain's fold; raises RuntimeError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM mediation_case ORDER BY md5(id::text) LIMIT %s", [most])
        ids = [row[0] for row in cursor.fetchall()]
    verify = chain.verifier(
        {code: keyring.trusted(code) for code in Case.objects.values_list("platform", flat=True).distinct()}
    )
    for case in Case.objects.filter(pk__in=ids):
        entries = [event.entry() for event in journal(case)]
        faults = [str(fault) for fault in chain.check_chain(entries, verify, head=(case.entries, case.head))]
        faults += moves.differences(case, moves.fold(case.platform, entries))
        if faults:
            raise RuntimeError(f"a loaded case is not what its chain says: {faults}")
    return len(ids)


def journal(case: Case) -> Iterator[CaseEvent]:
    """Yield the entries of a case with the case itself at hand."""
    for event in CaseEvent.objects.filter(case=case).order_by("number"):
        event.case = case
        yield event
