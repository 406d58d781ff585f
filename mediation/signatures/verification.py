"""Telling whether a file is an agreement, ruling or decree signed here: valid, altered, or unknown; by whom, and when.

Lives here: the judgement, for whoever asks. Does not live here: which names the public sees (pages).
Called by: the public pages of both platforms, ``manage.py verify_document``.

Valid is only what is, byte for byte, a file this platform made or was given by the other, and whose signatures all
hold: so a change of any byte is found, also one that a signature does not cover. A file that is not ours but carries
one of our codes, or begins with a document of ours, is altered; of anything else nothing is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from mediation import guards
from mediation.chain import SealBroken
from mediation.files import BlobMissing, fetch
from mediation.models import Blob, Case, CaseEvent, Document, SignedAgreement, SignedDecision
from mediation.moves import kind_of
from mediation.signatures import pades
from mediation.signatures.codes import codes_in, read_code
from mediation.signatures.frozen import PROPOSING
from mediation.signatures.providers import provider
from mediation.vocabulary import DocumentKind, FileVerdict, PartyKind, Role, Side
from roster import queries as roster

LARGEST = 30 * 1024 * 1024
MOST_STARTS = 60
SIGNING = kind_of("sign")
OFFLINE = ("case.record_offline.v1", "case.file_offline.v1")


@dataclass(frozen=True)
class SignedBy:
    """One signature: whose, in which part, who gave it where an agent did, and when; ``natural`` names are masked for
    the public.
    """

    part: str
    name: str
    natural: bool
    by: str
    at: datetime
    serial: str = ""
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Verification:
    """What is known of a file or a code. ``void``: a newer version took its place, or the version was withdrawn; of a
    ruling, that the court revoked it.
    """

    verdict: FileVerdict
    agreement: SignedAgreement | None = None
    case: Case | None = None
    version: int = 0
    void: bool = False
    complete: bool = False
    earlier: bool = False
    paper: bool = False
    served: bool = False
    decision: SignedDecision | None = None
    effective_at: datetime | None = None
    signatures: Sequence[SignedBy] = field(default_factory=list)

    @property
    def is_revoked(self) -> bool:
        """Tell whether a certificate of one of the signatures holds no longer."""
        return any(one.revoked_at for one in self.signatures)


UNKNOWN = Verification(FileVerdict.UNKNOWN)


def verify(platform: str, content: bytes) -> Verification:
    """Return what a file is; never raises, whatever the file."""
    sha256 = hashlib.sha256(content).hexdigest()
    given = SignedDecision.objects.filter(platform=platform, sha256=sha256).select_related("case", "event").first()
    if given is not None:
        found = pades.check(content, _roots(given))
        sound = bool(found) and all(one.holds for one in found)
        return _decided(given, FileVerdict.VALID if sound else FileVerdict.ALTERED)
    row = SignedAgreement.objects.filter(platform=platform).filter(
        Q(sha256=sha256) | Q(signatures__sha256=sha256)
    ).select_related("case").first()  # fmt: skip
    if row is not None:
        held = row.signatures.filter(sha256=sha256).values_list("place", flat=True).first()
        count = row.assembled if held is None else held + 1
        found = pades.check(content, _roots(row))
        sound = bool(found) and all(one.holds for one in found) and (not row.assembled or len(found) == count)
        verdict = FileVerdict.VALID if sound else FileVerdict.ALTERED
        return _told(row, verdict, count or len(found), earlier=sha256 != row.sha256)
    if unsigned := _unsigned(platform, sha256):
        return unsigned
    if row := _claimed(platform, content):
        return _told(row, FileVerdict.ALTERED, 0)
    if given := _claimed_decision(platform, content):
        return _decided(given, FileVerdict.ALTERED)
    return UNKNOWN


def look_up(platform: str, typed: str) -> Verification:
    """Return what is known of a verification code: the agreement as it stands, without a file having been seen."""
    code = read_code(typed)
    given = SignedDecision.objects.filter(platform=platform, code=code).exclude(sha256="") if code else None
    if given is not None and (one := given.select_related("case", "event").first()):
        return _decided(one, FileVerdict.VALID)
    row = SignedAgreement.objects.filter(platform=platform, code=code).select_related("case").first() if code else None
    return _told(row, FileVerdict.VALID, None) if row else UNKNOWN


def _decided(row: SignedDecision, verdict: FileVerdict) -> Verification:
    """Return what is told of a court's ruling or decree; void once the court itself revoked it (JI-372)."""
    case, event = row.case, row.event
    revoking = CaseEvent.objects.filter(case=case, kind=kind_of("revoke_confirmation"), number__gt=event.number)
    court = roster.court(case.court)
    standing = provider(row.platform).standing(row.serial)
    named = [(gettext("审判员"), row.judge), (gettext("书记员"), row.clerk)]
    sealed = SignedBy(
        gettext("人民法院（盖章）"),
        court.name if court else case.court,
        False,
        "",
        event.at,
        row.serial,
        standing.revoked_at,
    )
    officers = [SignedBy(part, name, False, "", event.at) for part, name in named]
    return Verification(
        verdict,
        decision=row,
        case=case,
        void=event.kind == kind_of("confirm") and revoking.exists(),
        complete=True,
        signatures=[] if verdict is FileVerdict.ALTERED else [*officers, sealed],
    )


def _told(row: SignedAgreement, verdict: FileVerdict, count: int | None, *, earlier: bool = False) -> Verification:
    case = row.case
    agreement = case.sheet.get("agreement", {})
    stands = agreement.get("digest") == row.digest and agreement.get("version") == row.version
    signed = signed_by(row)
    return Verification(
        verdict,
        row,
        case,
        row.version,
        void=not stands,
        complete=stands and guards.is_complete(case),
        earlier=earlier,
        effective_at=case.effective_at if stands and guards.all_signed(case) else None,
        signatures=[] if verdict is FileVerdict.ALTERED else signed[: len(signed) if count is None else count],
    )


def signed_by(row: SignedAgreement) -> list[SignedBy]:
    """Return who signed one version and when, as this platform's copy of the journal has it."""
    case = row.case
    events = list(CaseEvent.objects.filter(case=case, kind__in=(PROPOSING, SIGNING)).order_by("number"))
    version, found = 0, []
    serials = dict(row.signatures.values_list("event", "serial"))
    issuer = provider(row.platform)
    for event in events:
        version += event.kind == PROPOSING
        if event.kind == SIGNING and version == row.version:
            serial = serials.get(event.pk, "")
            found.append(_one(case, event, serial, issuer.standing(serial).revoked_at if serial else None))
    return found


def _one(case: Case, event: CaseEvent, serial: str, revoked_at: datetime | None) -> SignedBy:
    role, ref = Role(event.by["role"]), str(event.by["ref"])
    if role is Role.MEDIATOR:
        mediator = roster.mediator(case.platform, ref)
        return SignedBy(gettext(role.label), mediator.name if mediator else "", False, "", event.at, serial, revoked_at)
    if role is Role.ORGANISATION:
        house = roster.organisation(case.platform, event.by["seat"])
        part = gettext("调解组织（盖章）")
        return SignedBy(part, house.name if house else "", False, "", event.at, serial, revoked_at)
    people = {str(one.ref): one for one in case.people.all()}
    person, agent = people.get(str(event.facts.get("party") or ref)), people.get(ref)
    part = gettext(Side(person.side).label) if person and person.side else gettext("当事人")
    natural = person is None or person.kind == PartyKind.NATURAL
    by = agent.name if role is Role.AGENT and agent else ""
    return SignedBy(part, person.name if person else "", natural, by, event.at, serial, revoked_at)


def _roots(row: SignedAgreement | SignedDecision) -> set[str]:
    """Return on what a file's signatures may rest: the root that the journal names, and the provider's own."""
    own = {hashlib.sha256(one).hexdigest() for one in provider(row.platform).roots()}
    return own | ({row.root} if row.root else set())


def _unsigned(platform: str, sha256: str) -> Verification | None:
    """Return what is known of a file that was put before the parties, or of a paper agreement recorded off line."""
    row = SignedAgreement.objects.filter(platform=platform, original=sha256).select_related("case").first()
    if row:
        return _told(row, FileVerdict.UNSIGNED, 0)
    served = Document.objects.filter(platform=platform, sha256=sha256, kind=DocumentKind.SERVED)
    if document := served.select_related("case").first():
        return Verification(FileVerdict.VALID, case=document.case, complete=True, served=True)
    papers = Document.objects.filter(platform=platform, sha256=sha256, kind=DocumentKind.AGREEMENT)
    for document in papers.select_related("case")[:5]:
        case = document.case
        agreement = case.sheet.get("agreement", {})
        if agreement.get("digest") != sha256:
            continue
        offline = CaseEvent.objects.filter(case=case, number=document.number, kind__in=OFFLINE).exists()
        return Verification(
            FileVerdict.VALID if offline else FileVerdict.UNSIGNED,
            case=case,
            version=agreement.get("version", 1),
            paper=offline,
            complete=guards.is_complete(case),
            effective_at=case.effective_at,
        )
    return None


def _claimed(platform: str, content: bytes) -> SignedAgreement | None:
    """Return the agreement that a file passes itself off as: by a code in it, or by beginning with its document."""
    codes = codes_in(content)
    rows = SignedAgreement.objects.filter(platform=platform).select_related("case")
    if codes and (row := rows.filter(code__in=list(codes)[:50]).first()):
        return row
    starts = _starts(content)
    return rows.filter(Q(original__in=starts) | Q(sha256__in=starts)).first()


def _claimed_decision(platform: str, content: bytes) -> SignedDecision | None:
    """Return the ruling or decree that a file passes itself off as."""
    rows = SignedDecision.objects.filter(platform=platform).exclude(sha256="").select_related("case", "event")
    codes = list(codes_in(content))[:50]
    return rows.filter(Q(code__in=codes) | Q(sha256__in=_starts(content))).first()


def _starts(content: bytes) -> set[str]:
    """Return the digests of what a PDF may have been before it was added to: up to each end mark, with and without a
    line break behind it.
    """
    found: set[str] = set()
    so_far, done, mark = hashlib.sha256(), 0, content.find(b"%%EOF")
    while mark >= 0 and len(found) < MOST_STARTS:
        for end in (mark + 5, mark + 6, mark + 7):
            so_far.update(content[done:end])
            found.add(so_far.hexdigest())
            done = end
        mark = content.find(b"%%EOF", done)
    return found


def signed_file(row: SignedAgreement) -> bytes | None:
    """Return the signed file as it stands, or None where it is not here (yet)."""
    if not row.sha256 or not Blob.objects.filter(platform=row.platform, sha256=row.sha256).exists():
        return None
    try:
        return fetch(row.platform, row.sha256)
    except (BlobMissing, SealBroken):
        return None
