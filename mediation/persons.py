"""Keeping the rows about people and documents in step with the enclosures that describe them.

Lives here: reading PARTY, AGENT and DOCUMENT enclosures into ``Party`` and ``Document`` rows.
Does not live here: who may see them (each platform's ``access``).
Called by: the door, in the transaction of the entry.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from mediation import files
from mediation.models import (
    Appointment,
    Blob,
    Case,
    Claim,
    Document,
    Draft,
    Enclosure,
    Party,
    Request,
    SignedAgreement,
    SignedDecision,
    Upload,
)
from mediation.vocabulary import Audience, EnclosureKind
from roster.sealed import blind_index

PLAIN = ("name", "identity_kind")
SEALED = ("identity_number", "phone", "account_number")
BROUGHT_WITHIN = timedelta(days=2)
"""How old the content of a document can be that is taken back: an upload waits a day at most for its sender."""


def keep(case: Case, enclosures: list[Enclosure], number: int) -> None:
    """Write what these enclosures say about people and documents; parties whose particulars are not here stand
    nameless.
    """
    described = {row.about: row for row in enclosures if row.kind in (EnclosureKind.PARTY, EnclosureKind.AGENT)}
    standing = set(case.sheet.get("parties", {})) | set(case.sheet.get("agents", {}))
    held = {str(row.ref): row for row in case.people.all()} if described or number == 1 else {}
    if described or number == 1:
        wanted = sorted(ref for ref in standing if ref in described or ref not in held)
        rows = [_person(case, ref, held.get(ref), described.get(ref)) for ref in wanted]
        # A mass claim brings hundreds of people at once.
        Party.objects.bulk_create(row for row in rows if row.pk is None)
        for row in rows:
            if str(row.ref) in held:
                row.save()
    if number == 1 and case.sheet.get("origin"):
        _keep_claims(case, standing)
    documents = [row for row in enclosures if row.kind == EnclosureKind.DOCUMENT and row.sealed]
    if documents:
        _keep_documents(case, documents, number)


def standing_on_both_sides(
    case: Case, stated: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Return the references of one human being, known by the number of a document, who would stand on both sides after
    a move, as a party or as an agent; empty where nobody would (CPL-61). ``described`` holds the particulars of the
    people whom the move tells of, by reference.
    """
    parties = case.sheet.get("parties", {}) | {one["ref"]: one for one in stated.get("parties", ())}
    acting = {ref: [*held["for"]] for ref, held in case.sheet.get("agents", {}).items()}
    acting |= {one["ref"]: [*one["for"]] for one in stated.get("agents", ())}
    if stated.get("agent") in described:
        acting.setdefault(stated["agent"], []).append(stated["party"])
    acting |= {ref: [ref] for ref in parties}
    known = {str(row.ref): row.identity_index for row in case.people.all()} if case.pk else {}
    numbers = {ref: str(content.get("identity_number") or "") for ref, content in described.items()}
    known |= {ref: blind_index(number) if number else known.get(ref, "") for ref, number in numbers.items()}
    people: dict[str, set[str]] = {}
    for ref, index in known.items():
        people.setdefault(index or ref, set()).add(ref)
    for same in people.values():
        if same & set(described):
            standing = {parties[one]["side"] for each in same for one in acting.get(each, ()) if one in parties}
            if len(standing) > 1:
                return same
    return set()


def keep_handed_in(request: Request, number: int, audiences: Collection[str]) -> None:
    """Keep the documents that a request from here brought into an entry for people on the other platform only.

    Whoever handed one in goes on seeing it, and its bytes are here for the other platform to fetch. Documents for
    ``audiences`` come with the entry itself.
    """
    rows = request.enclosures.filter(kind=EnclosureKind.DOCUMENT).exclude(audience__in=audiences)
    if held := [row for row in rows if row.sealed]:
        _keep_documents(request.case, held, number)


def described(case: Case) -> list[tuple[EnclosureKind, str, dict[str, Any]]]:
    """Return everything this copy knows of the people of a case and of the papers open to all, to be enclosed anew:
    kind, whom it is about, content. Of people whose particulars are not here there is nothing.
    """
    found: list[tuple[EnclosureKind, str, dict[str, Any]]] = []
    for person in case.people.all():
        known = json.loads(person.details) if person.details else {}
        known |= {name: value for name in (*PLAIN, *SEALED) if (value := getattr(person, name))}
        if known:
            found.append((EnclosureKind.PARTY if person.side else EnclosureKind.AGENT, str(person.ref), known))
    papers = Enclosure.objects.filter(
        case=case, number__isnull=False, kind=EnclosureKind.DOCUMENT, audience=Audience.ALL
    )
    contents = (row.content() for row in papers.order_by("number", "id"))
    return found + [(EnclosureKind.DOCUMENT, "", content) for content in contents if content]


def keep_mediators(case: Case) -> None:
    """Bring the rows of who mediates in step with the sheet, when they differ."""
    serving = set(case.sheet.get("mediators", ()))
    held = set(case.appointments.values_list("mediator", flat=True))
    if serving != held:
        case.appointments.exclude(mediator__in=serving).delete()
        Appointment.objects.bulk_create(
            Appointment(case=case, platform=case.platform, mediator=ref) for ref in sorted(serving - held)
        )


def close_to_agent(case: Case, ref: str) -> None:
    """Take the case from an agent whom nobody has appointed any more; the name stays, for the timeline."""
    if not case.sheet["agents"][ref]["for"]:
        case.people.filter(ref=ref).update(identity_index="")
        Claim.objects.filter(case=case, party=ref).delete()


def withdraw_document(case: Case, ref: str, at: datetime) -> None:
    """Erase what the enclosure of a document says, the document and, unless something else needs them, its bytes.

    The entry keeps the digest, so the chain stays whole. Where the content never came nothing is there to erase.
    """
    document = Document.objects.filter(case=case, ref=ref).first()
    if document is None:
        return
    held = Enclosure.objects.filter(Q(number=document.number) | Q(number=None), case=case, kind=EnclosureKind.DOCUMENT)
    for row in held:
        if row.content().get("ref") == ref:
            Enclosure.objects.filter(pk=row.pk).update(salt="", sealed=b"", erased_at=at)
    document.delete()
    erase_unless_needed(case.platform, document.sha256, at - BROUGHT_WITHIN)


def erase_unless_needed(platform: str, sha256: str, since: datetime) -> None:
    """This function will remove a content once the present transaction is committed, unless something refers to it.

    What was stored before ``since`` came with something else, for instance a paper of the roster, and stays.
    """
    transaction.on_commit(partial(_erase_unless_needed, platform, sha256, since))


def _erase_unless_needed(platform: str, sha256: str, since: datetime) -> None:
    kept = {"platform": platform, "sha256": sha256}
    if not Blob.objects.filter(**kept, stored_at__gte=since).exists():
        return
    if any(model.objects.filter(**kept).exists() for model in (Document, Upload, SignedAgreement, SignedDecision)):
        return
    # What drafts say is sealed: there is no other way to find a file in them.
    if any(sha256 in answers for answers in Draft.objects.filter(platform=platform).values_list("answers", flat=True)):
        return
    files.erase(platform, sha256)


def _keep_claims(case: Case, standing: set[str]) -> None:
    """Let whoever acts as a party or agent of the case this one was split off from act as the same here.

    Each platform copies its own: claims are of its accounts and never travel.
    """
    held = Claim.objects.filter(case__platform=case.platform, case__ref=case.sheet["origin"], party__in=standing)
    Claim.objects.bulk_create(
        (Claim(case=case, party=one.party, account_id=one.account_id, claimed_at=one.claimed_at) for one in held),
        ignore_conflicts=True,
    )


def _person(case: Case, ref: str, row: Party | None, enclosure: Enclosure | None) -> Party:
    row = row or Party(case=case, platform=case.platform, ref=ref)
    for name, value in case.sheet["parties"].get(ref, {}).items():
        setattr(row, name, value)
    content = enclosure.content() if enclosure else {}
    for name in (*PLAIN, *SEALED):
        if name in content:
            setattr(row, name, str(content[name]))
    if content:
        rest = {name: value for name, value in content.items() if name not in (*PLAIN, *SEALED)}
        row.details = json.dumps(rest, ensure_ascii=False)
        # Numbers that are not stated again stand; so must the indexes by which people find their own case.
        row.identity_index = blind_index(row.identity_number) if row.identity_number else ""
        row.phone_index = blind_index(row.phone) if row.phone else ""
    return row


def _keep_documents(case: Case, enclosures: list[Enclosure], number: int) -> None:
    described = [(row, row.content()) for row in enclosures]
    held = set(
        Blob.objects.filter(
            platform=case.platform, sha256__in=[content["sha256"] for _, content in described]
        ).values_list("sha256", flat=True)
    )
    Document.objects.bulk_create(
        Document(
            case=case,
            platform=case.platform,
            ref=content["ref"],
            number=number,
            kind=content["kind"],
            audience=row.audience,
            name=content["name"],
            sha256=content["sha256"],
            size=content["size"],
            media_type=content["media_type"],
            present=content["sha256"] in held,
        )
        for row, content in described
    )
