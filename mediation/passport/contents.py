"""What goes into the passport of a case: exactly what its reader may see anyway, as of the last entry.

Lives here: choosing and describing. Does not live here: who may see what (``rights``), bytes and signature
(``packing``), the cover's wording (``cover``).
Called by: ``windows.passports``, ``manage.py export_passport``.

Nothing depends on when it is made: the cover and all papers are dated by the last entry, so that the same case and
reader give the same bytes. Talks, offers, notes and drafts are rows this file never reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import translation

from mediation import chain, files, guards, keyring, moves, papers, platform, queries
from mediation.actor import Actor
from mediation.models import Case, Document, Enclosure, Party
from mediation.papers import Paper, PaperRefused
from mediation.papers.press import Unprintable
from mediation.papers.record import Record
from mediation.passport import cover
from mediation.passport.packing import Piece, seal
from mediation.passport.shape import CASE, COVER, DOCUMENTS, FORMAT, PAPERS, VERSION, VIEWER
from mediation.rights import HANDLERS, PERSONAL, Rights
from mediation.vocabulary import (
    Audience,
    ClockKind,
    DocumentKind,
    EnclosureKind,
    Role,
    ServiceSubject,
    Side,
    State,
    Track,
)
from mediation.windows import serving
from roster.identity import mask, mask_account, mask_phone

MISSING_GLYPH = "〓"
"""What is printed for a character no font has: one rare character in a name must not keep a whole case back."""

KEPT = re.compile(r"[^0-9A-Za-z一-鿿（）()_.-]+")
EMBEDDED = "/*passport*/null"
"""The place in the viewer where the case is written, so that it shows without anything being chosen."""

LABELS = {
    f"{terms.__name__}/{term.value}": term.label
    for terms in (Role, Side, DocumentKind, EnclosureKind, ClockKind, Audience)
    for term in terms
}


@dataclass(frozen=True)
class Made:
    """A finished passport: its bytes, its name, and as of which entry it speaks."""

    content: bytes
    filename: str
    number: int


def make(case: Case, rights: Rights, actors: Sequence[Actor], *, revealed: bool = False) -> Made:
    """This function will make the signed passport of a case as these capacities may see it.

    ``revealed``: with whole numbers instead of covered ones; the caller has asked ``rights.may_reveal``. Raises
    PaperRefused where the fonts are not installed.
    """
    told, pieces = describe(case, rights, actors, revealed=revealed)
    signer = keyring.signer(case.platform)
    told["issuer"]["key"] = signer.public.id
    as_of = datetime.fromisoformat(told["as_of"]["at"])
    front = _printed(lambda **how: cover.make(told, as_of, **how))
    viewer = _viewer(told)
    packed = [Piece(COVER, front.content), Piece(VIEWER, viewer), Piece(CASE, chain.canonical(told)), *pieces]
    name = f"案件护照{case.number or str(case.ref)[:8]}.zip"
    return Made(seal(packed, case.platform, signer), name, case.entries)


def describe(
    case: Case, rights: Rights, actors: Sequence[Actor], *, revealed: bool
) -> tuple[dict[str, Any], list[Piece]]:
    """Return what ``passport.json`` says, the issuer's key left open, and the files that go with it."""
    events = queries.history(case)
    last, record = events[-1], Record(case, events[-1].at, events)
    reads = rights.audiences(case, actors)
    documents, held = _documents(case, rights.documents(case, actors))
    texts = rights.texts(case, actors)
    made, printed = _papers(case, {row.kind for row in texts}, actors, last.at)
    told = {
        "format": FORMAT,
        "version": VERSION,
        "issuer": {"platform": case.platform, "name": _name_of(case.platform), "key": ""},
        "scope": {
            "capacities": [actor.entry() for actor in actors],
            "audiences": sorted(audience.value for audience in reads),
            "revealed": revealed,
        },
        "as_of": {"number": last.number, "head": last.hash, "at": chain.stamp(last.at)},
        "case": _case(record),
        "people": [_person(one, named=Audience.ALL in reads, revealed=revealed) for one in record.people],
        "clocks": list(case.sheet.get("clocks", {}).values()),
        "journal": [event.entry() for event in events],
        "labels": {f"Move/{event.kind}": str(moves.move_of(event.kind).label) for event in events} | LABELS,
        "contents": _contents(case, texts, {one["ref"] for one in documents}, reads, revealed=revealed),
        "documents": documents,
        "papers": made,
        "receipts": [
            row.body for row in case.receipts.filter(number__gt=0, outcome="APPLIED").order_by("number", "pk")
        ],
        "keys": {
            code: sorted(key.text for key in keyring.trusted(code).values())
            for code in sorted({case.platform, *(event.author for event in events)})
        },
    }
    return told, [*held, *printed]


def _name_of(code: str) -> str:
    with translation.override("zh-hans"):
        return str(platform.config(code).title)


def _case(record: Record) -> dict[str, Any]:
    case = record.case
    return {
        "ref": str(case.ref),
        "number": case.number,
        "state": case.state,
        "state_text": State(case.state).label,
        "track": case.track,
        "track_text": Track(case.track).label,
        "cause": case.cause,
        "cause_text": record.cause,
        "court": case.court,
        "court_name": record.court if case.court else "",
        "organisation": case.organisation,
        "organisation_name": record.organisation_name(case.organisation) if case.organisation else "",
        "mediators": record.mediator_names(),
        "amount": case.amount,
        "filed_at": chain.stamp(case.filed_at) if case.filed_at else None,
        "effective_at": chain.stamp(case.effective_at) if case.effective_at else None,
    }


def _person(person: Party, *, named: bool, revealed: bool) -> dict[str, Any]:
    number, phone, account = person.identity_number, person.phone, person.account_number
    known = {
        "ref": str(person.ref),
        "side": person.side,
        "kind": person.kind,
        "investor": person.investor,
        "institution": person.institution,
        "name": person.name,
        "identity_kind": person.identity_kind,
        "identity_number": number if revealed else mask(person.identity_kind, number),
        "phone": phone if revealed else mask_phone(phone),
        "account_number": account if revealed else mask_account(account),
    }
    private = () if named else ("name", "identity_kind", "identity_number", "phone", "account_number")
    return known | dict.fromkeys(private, "")


def _contents(
    case: Case, texts: Iterable[Enclosure], documents: set[str], reads: Iterable[Audience], *, revealed: bool
) -> list[dict[str, Any]]:
    rows = Enclosure.objects.filter(case=case, number__isnull=False)
    described = [
        row for row in rows.filter(kind=EnclosureKind.DOCUMENT) if str(row.content().get("ref", "")) in documents
    ]
    personal = rows.filter(kind__in=PERSONAL, audience__in=list(reads)) if revealed else ()
    found = sorted((*texts, *described, *personal), key=lambda row: (row.number or 0, row.pk))
    return [
        {"number": row.number, **row.reference(), "salt": row.salt, "content": content}
        for row in found
        if row.salt and (content := row.content())
    ]


def _documents(case: Case, rows: Iterable[Document]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Return the documents in e-file order, each with its place in the archive, and those whose bytes are here."""
    order = [kind.value for kind in DocumentKind]
    told, pieces = [], []
    for place, row in enumerate(sorted(rows, key=lambda row: (order.index(row.kind), row.number, row.pk)), 1):
        content = _held(case.platform, row)
        path = f"{DOCUMENTS}/{place:03} {_safe(row.name)}" if content is not None else ""
        told.append(
            {
                "ref": str(row.ref),
                "number": row.number,
                "kind": row.kind,
                "audience": row.audience,
                "name": row.name,
                "sha256": row.sha256,
                "size": row.size if content is None else len(content),
                "media_type": row.media_type,
                "path": path,
            }
        )
        if content is not None:
            pieces.append(Piece(path, content))
    return told, pieces


def _held(code: str, row: Document) -> bytes | None:
    try:
        return files.fetch(code, row.sha256) if row.present else None
    except files.BlobMissing:
        return None


def _papers(
    case: Case, kinds: set[str], actors: Sequence[Actor], at: datetime
) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Return the judgments whose text these capacities may read, and the proofs of the services they see."""
    wanted: list[tuple[str, Any]] = [
        (title, lambda subject=subject, **how: papers.judgment(case, ServiceSubject(subject), at, **how))
        for subject, (kind, title, _moves) in papers.JUDGED.items()
        if kind in kinds
    ]
    handling = any(actor.role in HANDLERS for actor in actors)
    ours = {ref for actor in actors for ref in guards.acts_for(case, actor)}
    for ref, known in case.sheet.get("services", {}).items():
        if handling or known["party"] in ours:
            wanted.append(("送达回证", lambda ref=ref, **how: serving.proof(case, ref, at, **how)))
    told: list[dict[str, Any]] = []
    pieces: list[Piece] = []
    for title, print_one in wanted:
        try:
            content = _printed(print_one).content
        except PaperRefused:
            continue
        piece = Piece(f"{PAPERS}/{len(pieces) + 1:03} {title}.pdf", content)
        told.append({"title": title, "path": piece.path, "sha256": piece.sha256, "size": len(content)})
        pieces.append(piece)
    return told, pieces


def _printed(print_one: Any) -> Paper:
    """Return a paper, with a sign in the place of every character no font has."""
    try:
        paper: Paper = print_one()
    except Unprintable as refused:
        paper = print_one(spellings=dict.fromkeys(refused.missing, MISSING_GLYPH))
    return paper


def _safe(name: str) -> str:
    cleaned = files.clean_name(name, "bin")
    return KEPT.sub("_", cleaned).strip("._") or "材料"


def _viewer(told: dict[str, Any]) -> bytes:
    """Return the viewer with this case in it; no sign in the case can end the script it stands in."""
    page = (Path(__file__).parent / "viewer.html").read_text(encoding="utf-8")
    said = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return page.replace(EMBEDDED, said, 1).encode()
