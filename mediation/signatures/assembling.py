"""Making the signed file: every ``sign`` entry of the journal becomes one signature in it, in the journal's order.

Lives here: finding what is still to be signed, adding it, delivering the finished file to all and to the court (TY-19).
Does not live here: whether somebody may sign (the move), what a signature is (``pades``).
Called by: ``mediation.tasks``. The journal is the queue: nothing is handed over, everything may be run again, any
number of workers may look at once. The slow work is done outside every transaction; whoever is second throws theirs
away.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext

from mediation import files, guards, moves, queries
from mediation.actor import platform_itself
from mediation.models import Case, CaseEvent, Signature, SignedAgreement
from mediation.moves import Enclosed
from mediation.papers.press import PaperRefused
from mediation.platform import home_of
from mediation.signatures import pades, sheets
from mediation.signatures.codes import address_of, code_of
from mediation.signatures.frozen import PDF, PROPOSING, Frozen, versions
from mediation.signatures.providers import CertificateProvider, CertificateRefused, Subject, provider
from mediation.signatures.sheets import Signer
from mediation.vocabulary import Audience, DocumentKind, EnclosureKind, Role, Seat, Side, State
from roster import queries as roster

SIGNING = moves.kind_of("sign")
DELIVERING = moves.kind_of("deliver_agreement")
LEASE = timedelta(minutes=2)
AGAIN = timedelta(hours=1)
MOST = 50

logger = logging.getLogger(__name__)


def assemble(platform: str, at: datetime, *, since: datetime | None = None) -> int:
    """This function will bring every signed file of a platform up to its journal and return how many cases were served.

    ``since`` leaves out entries before that instant, for the frequent look.
    """
    served = 0
    if home_of(Seat.ORGANISATION) == platform:
        for case in waiting(platform, at, since):
            served += assemble_case(case, at)
    else:
        served += take_note(platform, at, since)
    return served


def waiting(platform: str, at: datetime, since: datetime | None = None) -> list[Case]:
    """Return the cases with signings not yet in the file, or with a file not yet delivered, that may be tried now."""
    unsigned = CaseEvent.objects.filter(platform=platform, kind=SIGNING, **({"at__gte": since} if since else {}))
    unsigned = unsigned.filter(~Exists(Signature.objects.filter(event=OuterRef("pk"))))
    held = SignedAgreement.objects.filter(case=OuterRef("pk"), held_until__gt=at)
    due = SignedAgreement.objects.filter(platform=platform, next_at__lte=at)
    found = Case.objects.filter(Q(pk__in=unsigned.values("case")) | Q(pk__in=due.values("case")), platform=platform)
    return list(found.filter(~Exists(held)).order_by("pk")[:MOST])


def assemble_case(case: Case, at: datetime) -> bool:
    """This function will add what is missing to the signed files of one case and deliver a finished one."""
    worked = False
    for frozen, signings in signings_of(case):
        if not signings:
            continue
        row, _made = SignedAgreement.objects.get_or_create(
            case=case,
            version=frozen.version,
            defaults={
                "platform": case.platform,
                "code": code_of(case, frozen.version, frozen.digest),
                "digest": frozen.digest,
                "next_at": at,
            },
        )
        if not _claim(row, at):
            continue
        try:
            for event in signings[row.assembled :]:
                _add(row, frozen, event, at)
                worked = True
            _settle(row, case, frozen, at)
        except (PaperRefused, CertificateRefused, pades.NotSignable, moves.Refused, files.BlobMissing) as refused:
            _put_off(row, str(refused), at)
        except Overtaken:
            continue
        except Exception as wrong:
            # One file, whatever is wrong with it, must not hold up those of others; it stands on the case page.
            logger.exception("the signed file of case %s could not be assembled", case.pk)
            _put_off(row, type(wrong).__name__, at)
    return worked


def signings_of(case: Case) -> Iterator[tuple[Frozen, list[CaseEvent]]]:
    """Yield each version of the agreement that this copy holds, with the entries that signed it, in order."""
    kinds = (PROPOSING, SIGNING)
    events = list(CaseEvent.objects.filter(case=case, kind__in=kinds).order_by("number"))
    starts = [event.number for event in events if event.kind == PROPOSING]
    for frozen in versions(case):
        end = next((number for number in starts if number > frozen.event.number), float("inf"))
        yield (
            frozen,
            [event for event in events if event.kind == SIGNING and frozen.event.number < event.number < end],
        )


def signers_of(case: Case) -> list[Signer]:
    """Return everybody whose signature the agreement needs: the parties, the mediator, the organisation (TY-23)."""
    found = [
        Signer(str(one.ref), Role.PARTY, gettext(Side(one.side).label), one.name or gettext("当事人"))
        for one in queries.people(case)
        if one.side
    ]
    lead = roster.mediator(case.platform, case.sheet.get("lead", ""))
    house = roster.organisation(case.platform, case.organisation)
    return [
        *found,
        Signer(Role.MEDIATOR.value, Role.MEDIATOR, gettext(Role.MEDIATOR.label), lead.name if lead else ""),
        Signer(Role.ORGANISATION.value, Role.ORGANISATION, gettext("调解组织（盖章）"), house.name if house else ""),
    ]


class Overtaken(Exception):
    """另一个进程已经做完"""


def _claim(row: SignedAgreement, at: datetime) -> bool:
    """Take a file for a while, so that two workers do not do the same work; a crash gives it back."""
    free = SignedAgreement.objects.filter(pk=row.pk).filter(Q(held_until=None) | Q(held_until__lte=at))
    if not free.update(held_until=at + LEASE, next_at=at + LEASE):
        return False
    row.refresh_from_db()
    return True


def _add(row: SignedAgreement, frozen: Frozen, event: CaseEvent, at: datetime) -> None:
    signers = signers_of(frozen.case)
    signer, by = _who(frozen.case, signers, event)
    before = row.sha256
    content = files.fetch(row.platform, before) if before else _begin(row, frozen, signers)
    issuer = provider(row.platform)
    role = Role(event.by["role"])
    subject = Subject(str(event.by["ref"]), by or signer.name, role, event.hash, signer.name if by else "")
    credential = issuer.issue(subject, at)
    signed = pades.sign(
        content,
        f"Signature{signers.index(signer) + 1}",
        credential,
        lambda digest: issuer.sign(credential, digest),
        stamp=sheets.stamp(signer, event.at, by=by, serial=credential.serial, code=row.code, entry=event.number),
        name=by or signer.name,
        reason=f"签署调解协议第{row.version}版；平台流水第{event.number}号 {event.hash}",
        contact=row.code,
        at=at,
    )
    sha256 = hashlib.sha256(signed).hexdigest()
    judged = files.Judged("PDF", PDF, len(signed), sha256, "调解协议.pdf")
    with files.kept(row.platform, judged, signed, at), transaction.atomic():
        changes = {"assembled": F("assembled") + 1, "sha256": sha256, "root": root_of(issuer, credential.chain)}
        if not before:
            changes["original"] = hashlib.sha256(frozen.content).hexdigest()
        if not SignedAgreement.objects.filter(pk=row.pk, assembled=row.assembled).update(**changes):
            raise Overtaken
        Signature.objects.create(
            agreement=row, event=event, place=row.assembled, serial=credential.serial, made_at=at, sha256=sha256
        )
    row.refresh_from_db()
    if before:
        files.erase(row.platform, before)


def _begin(row: SignedAgreement, frozen: Frozen, signers: list[Signer]) -> bytes:
    """Return the frozen document with its signature sheet; what is no PDF to build on is named by its hash."""
    case = frozen.case
    house = roster.organisation(case.platform, case.organisation)
    sheet = sheets.signature_sheet(
        signers,
        frozen.event.at,
        issuer=house.name if house else "",
        number=case.number,
        version=row.version,
        digest=row.digest,
        code=row.code,
        address=address_of(row.platform),
        is_file=frozen.is_file,
    )
    boxes = [(f"Signature{place}", at.page, at.box) for place, at in enumerate(sheets.places(signers), 1)]
    if frozen.media_type == PDF:
        try:
            return pades.begin(frozen.content, sheet, boxes)
        except pades.NotSignable:
            logger.warning("the agreement of case %s cannot be built on; its sheet stands alone", case.pk)
    return pades.begin(None, sheet, boxes)


def _who(case: Case, signers: list[Signer], event: CaseEvent) -> tuple[Signer, str]:
    """Return whose signature an entry is, and the name of the agent who gave it, if one did."""
    role = Role(event.by["role"])
    staff = role in (Role.MEDIATOR, Role.ORGANISATION)
    ref = role.value if staff else str(event.facts.get("party") or event.by["ref"])
    signer = next(one for one in signers if one.ref == ref)
    if role is Role.MEDIATOR and (found := roster.mediator(case.platform, event.by["ref"])):
        place = signers.index(signer)
        signers[place] = signer = Signer(signer.ref, signer.role, signer.part, found.name)
    if role is not Role.AGENT:
        return signer, ""
    agent = next((one for one in case.people.all() if str(one.ref) == event.by["ref"]), None)
    return signer, (agent.name if agent else "") or gettext("代理人")


def root_of(issuer: CertificateProvider, chain: tuple[bytes, ...]) -> str:
    """Return the SHA-256 of the root on which a chain of certificates ends; empty where the provider has no such."""
    roots = {hashlib.sha256(one).hexdigest() for one in issuer.roots()}
    return next((found for one in chain if (found := hashlib.sha256(one).hexdigest()) in roots), "")


def _settle(row: SignedAgreement, case: Case, frozen: Frozen, at: datetime) -> None:
    """Deliver the file once it is whole; otherwise leave it until there is more to do.

    Where the parties have signed, it is looked at again now and then: the seal may be refused, another platform answer.
    """
    case.refresh_from_db()
    agreement = case.sheet.get("agreement", {})
    stands = agreement.get("digest") == row.digest and agreement.get("version") == row.version
    # Counted anew: while the others were being added, the last may have signed.
    signings = CaseEvent.objects.filter(case=case, kind=SIGNING, number__gt=frozen.event.number).count()
    if stands and not agreement.get("signed") and guards.is_returnable(case) and row.assembled >= signings:
        _deliver(row, case, at)
        case.refresh_from_db()
    sent = case.sheet.get("agreement", {}).get("signed")
    over = not stands or sent or case.state in ("", State.CLOSED, State.PERFORMED) or case.owner is None
    later = guards.all_signed(case) and not over
    SignedAgreement.objects.filter(pk=row.pk).update(
        held_until=None, next_at=at + AGAIN if later else None, attempts=0, why=""
    )


def _deliver(row: SignedAgreement, case: Case, at: datetime) -> None:
    content = {
        "ref": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{case.ref}/{row.code}")),
        "kind": DocumentKind.AGREEMENT.value,
        "name": f"调解协议（已签署，第{row.version}版）.pdf",
        "sha256": row.sha256,
        "size": len(files.fetch(row.platform, row.sha256)),
        "media_type": PDF,
    }
    moves.perform(
        case,
        "deliver_agreement",
        by=platform_itself(row.platform),
        at=at,
        facts={"digest": row.digest, "signed": row.sha256, "root": row.root},
        enclosures=[Enclosed(EnclosureKind.DOCUMENT, content, Audience.ALL)],
        key=f"signed/{row.code}/{row.assembled}",
    )


def _put_off(row: SignedAgreement, why: str, at: datetime) -> None:
    pause = min(timedelta(seconds=30 * 2 ** min(row.attempts, 12)), AGAIN)
    rows = SignedAgreement.objects.filter(pk=row.pk)
    rows.update(attempts=F("attempts") + 1, why=why[:300], held_until=at + pause, next_at=at + pause)


# Where the file was delivered to.


def take_note(platform: str, at: datetime, since: datetime | None = None) -> int:
    """This function will note the files that the organisation's platform has delivered here, so that they are found by
    code and by content; returns how many were new.
    """
    heard = CaseEvent.objects.filter(platform=platform, kind=DELIVERING, **({"at__gte": since} if since else {}))
    heard = heard.annotate(signed=KT("facts__signed"))
    held = SignedAgreement.objects.filter(case=OuterRef("case"), sha256=OuterRef("signed"))
    made = 0
    for event in heard.filter(~Exists(held)).select_related("case").order_by("pk")[: MOST * 10]:
        before = CaseEvent.objects.filter(case=event.case, kind=PROPOSING, number__lt=event.number).count()
        facts = event.facts
        _row, new = SignedAgreement.objects.update_or_create(
            case=event.case,
            version=before,
            defaults={
                "platform": platform,
                "code": code_of(event.case, before, facts["digest"]),
                "digest": facts["digest"],
                "sha256": facts["signed"],
                "root": facts["root"],
                "next_at": None,
            },
        )
        made += new
    return made
