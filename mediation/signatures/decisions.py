"""Rulings and decrees as files under the court's electronic seal: one file for each entry that gave one.

Lives here: who is named (审判员, 书记员), the seal, finding what is still to be made. Does not live here: deciding (the
move), what the document says (``papers.serving``), serving it (``windows.serving``), signatures in a PDF (``pades``).
Called by: ``tasks``, and whoever serves or hands out a decision that is not made yet.

The journal is the queue, as for agreements (``assembling``): a file is made of an entry, outside every transaction, and
kept with one conditional update; whoever comes second throws theirs away. The certificate is the court's, issued for
this one file by the provider of the court's platform.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from mediation import files
from mediation.models import CaseEvent, SignedDecision
from mediation.moves import kind_of
from mediation.papers import Paper, PaperRefused
from mediation.papers.press import Sheet, place_of_seal, print_sheet
from mediation.papers.record import Record
from mediation.papers.serving import JUDGED, Officers, decision
from mediation.platform import home_of
from mediation.signatures import pades
from mediation.signatures.assembling import root_of
from mediation.signatures.codes import address_of, code_of_decision
from mediation.signatures.providers import CertificateRefused, Subject, provider
from mediation.signatures.sheets import HEIGHT
from mediation.vocabulary import Role, Seat, ServiceSubject, gettext_noop
from roster.models import Account

KINDS = {kind_of(name): subject for subject, (_kind, _title, names) in JUDGED.items() for name in names}
SEAL = 118.0
"""How wide the seal is, in points: 42 millimetres."""

FIELD = "CourtSeal"
AGAIN = timedelta(minutes=10)
MOST = 50
UNSEALED = gettext_noop("文书现在不能加盖电子签章")
UNNAMED = gettext_noop("文书应当由审判员、书记员署名，但是没有找到他们的账户")
NAME_THEM = gettext_noop("请核对审判员、书记员的任职账户；书记员可以在办理时选择")

logger = logging.getLogger(__name__)


def sign_all(platform: str, at: datetime, *, since: datetime | None = None) -> int:
    """This function will make the files of the decisions of a platform's court that have none, and return how many."""
    if home_of(Seat.COURT) != platform:
        return 0
    given = CaseEvent.objects.filter(platform=platform, kind__in=KINDS, **({"at__gte": since} if since else {}))
    rows = SignedDecision.objects.filter(event=OuterRef("pk"))
    waiting = given.filter(~Exists(rows) | Exists(rows.filter(sha256="", next_at__lte=at))).select_related("case")
    made = 0
    for event in waiting.order_by("pk")[:MOST]:
        try:
            made += bool(sign(event, at).sha256)
        except (PaperRefused, CertificateRefused, pades.NotSignable) as refused:
            _put_off(event, str(refused), at)
        except Exception as wrong:
            # One decision, whatever is wrong with it, must not hold up those of others.
            logger.exception("the decision of entry %s could not be signed", event.pk)
            _put_off(event, type(wrong).__name__, at)
    return made


def sign(event: CaseEvent, at: datetime) -> SignedDecision:
    """This function will return the file of one ruling or decree, made now if there is none yet.

    Raises PaperRefused, Unprintable, CertificateRefused, ``pades.NotSignable``.
    """
    row = _row(event)
    if row.sha256:
        return row
    record, subject = Record(event.case, event.at), KINDS[event.kind]
    officers = named(record, event)
    proof = f"本文书以人民法院电子签章签发。核验码 {row.code}；核验地址 {address_of(event.platform)}"
    sheet = decision(record, subject, event, officers, proof=proof)
    printed = print_sheet(sheet, event.at).content
    page, middle, down = place_of_seal(sheet, event.at)
    box = (middle - SEAL / 2, HEIGHT - down - SEAL / 2, middle + SEAL / 2, HEIGHT - down + SEAL / 2)
    issuer = provider(event.platform)
    ref = f"court-{event.case.court.encode().hex()}"
    subject_ = Subject(ref, record.court, Role(event.by["role"]), event.hash, officers.judge)
    credential = issuer.issue(subject_, at)
    content = pades.sign(
        pades.begin(None, printed, [(FIELD, page, box)]),
        FIELD,
        credential,
        lambda digest: issuer.sign(credential, digest),
        stamp=_seal(record.court, event.at),
        name=record.court,
        reason=f"{JUDGED[subject][1]}；平台流水第{event.number}号 {event.hash}",
        contact=row.code,
        at=at,
    )
    sha256 = hashlib.sha256(content).hexdigest()
    changes = {
        "judge": officers.judge,
        "clerk": officers.clerk,
        "serial": credential.serial,
        "root": root_of(issuer, credential.chain),
        "sha256": sha256,
        "made_at": at,
        "next_at": None,
        "why": "",
    }
    judged = files.Judged("PDF", "application/pdf", len(content), sha256, _name(subject))
    with files.kept(event.platform, judged, content, at):
        overtaken = not SignedDecision.objects.filter(pk=row.pk, sha256="").update(**changes)
    if overtaken:
        files.erase(event.platform, sha256)
    row.refresh_from_db()
    return row


@dataclass(frozen=True)
class Given:
    """A decision as a finished file."""

    row: SignedDecision
    paper: Paper


def newest(record: Record, subject: ServiceSubject, at: datetime) -> Given | None:
    """Return the file of a case's newest ruling or decree; None where there is none, or its court is elsewhere.

    Raises what ``sign`` raises, as PaperRefused.
    """
    event = record.last(*JUDGED[subject][2])
    if event is None or home_of(Seat.COURT) != event.platform:
        return None
    try:
        row = sign(event, at)
        content = files.fetch(row.platform, row.sha256)
    except (CertificateRefused, pades.NotSignable, files.BlobMissing) as refused:
        raise PaperRefused(UNSEALED, gettext_noop("请稍后再试；仍然不行的，请联系平台运行人员")) from refused
    return Given(row, Paper(content, _name(subject), row.sha256, 0))


def named(record: Record, event: CaseEvent) -> Officers:
    """Return who is named in a decision: the judge who made it, the clerk chosen or the last who acted in the case.

    Raises PaperRefused where one of them has no account.
    """
    by_judge = event.by["role"] == Role.JUDGE
    judge = event.by["ref"] if by_judge else str(event.facts.get("judge", ""))
    acted = (one for one in reversed(record.events[: event.number]) if one.by["role"] == Role.CLERK)
    clerk = str(event.facts.get("clerk", "")) or next((str(one.by["ref"]) for one in acted), "")
    names = {str(one.ref): one.name for one in Account.objects.filter(ref__in=_uuids(judge, clerk))}
    if not names.get(judge) or not names.get(clerk):
        raise PaperRefused(UNNAMED, NAME_THEM)
    return Officers(names[judge], names[clerk])


def _uuids(*refs: str) -> list[str]:
    return [ref for ref in refs if len(ref) == 36]


def _row(event: CaseEvent) -> SignedDecision:
    known = {"platform": event.platform, "case": event.case, "code": code_of_decision(event)}
    return SignedDecision.objects.get_or_create(event=event, defaults=known)[0]


def _seal(court: str, at: datetime) -> bytes:
    sheet = Sheet(issuer="", title="电子签章", recipient=court, note=str(SEAL), template="courtseal.typ")
    return print_sheet(sheet, at).content


def _name(subject: ServiceSubject) -> str:
    return f"{JUDGED[subject][1]}.pdf"


def _put_off(event: CaseEvent, why: str, at: datetime) -> None:
    row = _row(event)
    changes = {"attempts": F("attempts") + 1, "why": why[:300], "next_at": at + AGAIN}
    SignedDecision.objects.filter(pk=row.pk, sha256="").update(**changes)
