"""Serving documents: one channel after another, the traces of each, and when a document counts as served.

Lives here: following a service through its channels, the date of service. Does not live here: choosing what to serve
(``windows``), the entries of legal weight themselves (``lifecycle``: serve, note_service, record_paper_service,
acknowledge_service), sending messages (``dispatch``).
Called by: ``following``, ``tasks``, windows.

The rule (ZS-31): to an address that the addressee gave or confirmed a document is served when it arrives; to another
one when the addressee answers or acts on it, or is proved to have read it. Of several dates the earliest counts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from mediation import chain, guards, law, log, moves
from mediation.actor import Actor, platform_itself
from mediation.models import Case, CaseEvent, Document, Notice, OutgoingMessage, ServiceMark, ServiceSending
from mediation.telling import dispatch
from mediation.telling.people import accounts_of, language_of
from mediation.telling.table import SERVED
from mediation.vocabulary import Errand, Medium, Role, ServiceBasis, ServiceChannel, ServiceSubject, ServiceTrace, Stage

C, T, B = ServiceChannel, ServiceTrace, ServiceBasis
MEDIA: Mapping[ServiceChannel, Medium] = {C.SMS: Medium.SMS, C.EMAIL: Medium.EMAIL}
PUT_OFF = timedelta(minutes=15)
logger = logging.getLogger(__name__)
KNOWN = frozenset({T.OPENED, T.REPLIED})
"""Traces after which no other channel is needed."""

HEEDED = frozenset({"serve", "acknowledge_service", "record_paper_service"})
"""Moves that mean something for a service."""

PASSING = frozenset({"frozen", "held", "kinds"})
"""Refusals of the door that end by themselves."""


@dataclass(frozen=True)
class Mark:
    """What happened on a channel, and when."""

    channel: ServiceChannel
    trace: ServiceTrace
    at: datetime


@dataclass(frozen=True)
class Served:
    """Since when a document counts as served, by which channel and why."""

    at: datetime
    channel: ServiceChannel
    basis: ServiceBasis


def served(marks: Iterable[Mark], *, confirmed: bool) -> Served | None:
    """Return when a document counts as served (ZS-31), or None while it does not.

    ``confirmed``: the addressee gave or confirmed these addresses, so that arrival is enough.
    """
    grounds = {T.OPENED: B.PRESUMED, T.REPLIED: B.ACTED} | ({T.ARRIVED: B.ARRIVED} if confirmed else {})
    counting = [Served(mark.at, mark.channel, grounds[mark.trace]) for mark in marks if mark.trace in grounds]
    return min(counting, key=lambda one: one.at, default=None)


# Beginning.


def channels_for(case: Case, party: str) -> list[ServiceChannel]:
    """Return by which channels a party is served, in its own order: what it confirmed, or the platform, SMS, e-mail;
    without consent only paper.
    """
    if not guards.has_consented(case, party, Stage.E_SERVICE):
        return [C.DIRECT, C.MAIL]
    person = next((one for one in case.people.all() if str(one.ref) == party), None)
    known = person.particulars() if person is not None else {}
    wanted = [C(code) for code in known.get("channels", ()) if code in guards.ELECTRONIC] or [C.INBOX, C.SMS, C.EMAIL]
    able = {C.INBOX: True, C.SMS: bool(person and person.phone), C.EMAIL: bool(known.get("email"))}
    return [channel for channel in wanted if able[channel]] or [C.INBOX]


def serve(
    case: Case,
    party: str,
    subject: ServiceSubject,
    document: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    service: UUID,
    channels: Iterable[ServiceChannel] = (),
    enclosures: Iterable[moves.Enclosed] = (),
) -> CaseEvent | Any:
    """This function will serve a document on a party through the door; ``document`` has its ``ref`` and ``sha256``.

    Without ``channels`` those of the party's own order are taken. Raises what the door raises.
    """
    facts = {
        "service": str(service),
        "party": party,
        "document": str(document["ref"]),
        "digest": document["sha256"],
        "subject": subject.value,
        "channels": [channel.value for channel in (list(channels) or channels_for(case, party))],
    }
    return moves.perform(case, "serve", by=by, at=at, facts=facts, enclosures=enclosures, key=f"serve/{service}")


def heed(event: CaseEvent, at: datetime) -> None:
    """This function will take from an entry what it means for a service, on the platform whose staff serve."""
    facts = event.facts
    if event.move == "serve" and event.by["via"] == event.platform:
        ServiceSending.objects.get_or_create(
            platform=event.platform,
            service=facts["service"],
            place=0,
            defaults={"case": event.case, "channel": facts["channels"][0], "next_at": at},
        )
    elif event.move == "acknowledge_service":
        _known(event.case, facts["service"], T.REPLIED, by=Actor.from_entry(event.by), at=event.at)
    elif event.move == "record_paper_service":
        event.case.sendings.filter(service=facts["service"]).update(next_at=None)


# Going on.


def advance(code: str, at: datetime, *, most: int = 200) -> int:
    """This function will take every step of service that is due and read what gateways say of the messages sent;
    returns how many steps.
    """
    _hear(code, at)
    due = ServiceSending.objects.filter(platform=code, next_at__lte=at).order_by("next_at", "pk")
    return sum(_tried(pk, at) for pk in list(due.values_list("pk", flat=True)[:most]))


def _tried(pk: int, at: datetime) -> bool:
    """Take one step; one that cannot be taken waits a while and holds up no other."""
    try:
        return _step(pk, at)
    except Exception:
        logger.exception("step %s of a service could not be taken", pk)
        ServiceSending.objects.filter(pk=pk, next_at__lte=at).update(next_at=at + PUT_OFF)
        return False


def _step(pk: int, at: datetime) -> bool:
    with transaction.atomic():
        sending = ServiceSending.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
        if sending.next_at is None or sending.next_at > at:
            return False  # Somebody else took it.
        if not sending.state:
            ServiceSending.objects.filter(pk=pk).update(next_at=None)
            _take(sending, at)
            return True
        settled = settle(sending.case, str(sending.service), at)
        due = _due(sending)
        over = due is None or due <= at
        ServiceSending.objects.filter(pk=pk).update(next_at=(None if over else due) if settled else at + PUT_OFF)
        return over and due is not None and _next(sending, at)


def _due(sending: ServiceSending) -> datetime | None:
    """Return when the channel after this one is to be taken, None where none is needed."""
    marks = ServiceMark.objects.filter(sending__platform=sending.platform, sending__service=sending.service)
    known = guards.service_of(sending.case, str(sending.service))
    if known["basis"] == B.PAPER or marks.filter(trace__in=KNOWN).exists():
        return None
    newest = marks.filter(sending=sending).latest("at", "pk")
    return _wait(T(newest.trace), newest.at)


def _next(sending: ServiceSending, at: datetime) -> bool:
    """Take the next channel of a service, if it has one that can be taken by itself."""
    channels, place = guards.service_of(sending.case, str(sending.service))["channels"], sending.place + 1
    if place >= len(channels):
        return False
    ServiceSending.objects.get_or_create(
        platform=sending.platform,
        service=sending.service,
        place=place,
        defaults={"case": sending.case, "channel": channels[place], "next_at": at},
    )
    return True


def _take(sending: ServiceSending, at: datetime) -> None:
    """Send by one channel; what is on paper waits for the clerk's record."""
    case, channel = sending.case, C(sending.channel)
    party = guards.service_of(case, str(sending.service))["party"]
    person = next((one for one in case.people.all() if str(one.ref) == party), None)
    mark(sending, T.SENT, at)
    if channel in guards.ON_PAPER:
        return
    accounts = accounts_of(person) if person is not None else []
    if channel is C.INBOX:
        _announce(sending, party, at, loud=bool(accounts))
        if accounts:
            mark(sending, T.ARRIVED, at)
        else:
            mark(sending, T.BOUNCED, at, why="no account")
        return
    medium = MEDIA[channel]
    known = person.particulars() if person is not None else {}
    where = (person.phone if person else "") if medium is Medium.SMS else str(known.get("email", ""))
    if not where:
        mark(sending, T.BOUNCED, at, why="no address")
        return
    notice = _announce(sending, party, at, loud=False)
    language = language_of(case, party, at)
    dispatch.write(
        case.platform,
        medium,
        where,
        dispatch.said(notice, language, has_account=bool(accounts)),
        Errand.SERVICE,
        at,
        case=case,
        party=party,
        sending=sending,
        subject=dispatch.subject_of(notice, language),
        key=f"service/{sending.service}/{sending.place}",
    )


def _announce(sending: ServiceSending, party: str, at: datetime, *, loud: bool) -> Notice:
    """Put the document into the addressee's inbox; ``loud`` also reminds by SMS and e-mail in parallel (ZS-32)."""
    notice, _made = Notice.objects.get_or_create(
        platform=sending.platform,
        key=f"service/{sending.service}",
        defaults={
            "case": sending.case,
            "role": Role.PARTY,
            "seat": party,
            "errand": Errand.SERVICE,
            "text": SERVED,
            "link": str(sending.service),
            "at": at,
            "loud": loud,
            "next_at": at,
        },
    )
    return notice


def _hear(code: str, at: datetime) -> None:
    """Turn what gateways answered into traces: taken means arrived (JI-135), refused or given up means not."""
    under_way = ServiceSending.objects.filter(platform=code, state=T.SENT, channel__in=MEDIA).select_related("case")
    for sending in under_way.order_by("pk"):
        message = sending.messages.exclude(state=OutgoingMessage.WAITING).first()
        try:
            if message is not None and message.state == OutgoingMessage.SENT:
                mark(sending, T.ARRIVED, message.sent_at or at)
            elif message is not None:
                mark(sending, T.BOUNCED, at, why=message.state)
        except Exception:
            logger.exception("what came of service %s could not be noted", sending)


# Traces.


def mark(sending: ServiceSending, trace: ServiceTrace, at: datetime, *, by: Actor | None = None, why: str = "") -> None:
    """This function will write one trace down, in the platform's local log as well, and see what follows from it."""
    with transaction.atomic():
        held = ServiceSending.objects.select_for_update().get(pk=sending.pk)
        if held.marks.filter(trace=trace).exists():
            return
        ServiceMark.objects.create(sending=held, trace=trace, at=at, by=by.ref if by else "", why=why)
        held.state, held.next_at = trace.value, _wait(trace, at)
        held.save(update_fields=["state", "next_at"])
        facts = {"service": str(held.service), "channel": held.channel, "trace": trace.value, "why": why}
        who = by or platform_itself(held.platform)
        log.note(held.platform, str(held.case.ref), "service.trace", by=who, at=at, facts=facts)
        if trace in KNOWN:
            held.case.sendings.filter(service=held.service).update(next_at=None)
        sending.state = held.state
    if not settle(held.case, str(held.service), at):
        ServiceSending.objects.filter(pk=held.pk).update(next_at=at + PUT_OFF)


def _wait(trace: ServiceTrace, at: datetime) -> datetime | None:
    if trace is T.BOUNCED:
        return at
    return at + law.patience(law.UNOPENED, settings.OWN_FIGURES) if trace is T.ARRIVED else None


def settle(case: Case, service: str, at: datetime) -> bool:
    """This function will journal the date of service, if the traces give one that is earlier than what is known; of a
    case that rests elsewhere it asks the owner to. False where that has to be tried again.

    A closed case keeps the date in the local log alone.
    """
    fresh = Case.objects.get(pk=case.pk)
    known = guards.service_of(fresh, service)
    rows = ServiceMark.objects.filter(sending__platform=case.platform, sending__service=service)
    marks = [
        Mark(C(channel), T(trace), when) for channel, trace, when in rows.values_list("sending__channel", "trace", "at")
    ]
    found = served(marks, confirmed=known.get("party") in fresh.sheet.get("addresses", ()))
    earlier = found is not None and (not known["served_at"] or found.at < datetime.fromisoformat(known["served_at"]))
    if found is None or not earlier:
        return True
    facts = {
        "service": service,
        "channel": found.channel.value,
        "basis": found.basis.value,
        "served_at": chain.stamp(found.at),
    }
    itself, key = platform_itself(case.platform), f"served/{service}/{facts['served_at']}"
    try:
        moves.perform(fresh, "note_service", by=itself, at=at, facts=facts, key=key)
    except moves.Refused as refused:
        if refused.code in PASSING:
            return False
        log.note(case.platform, str(case.ref), "service.served", by=itself, at=at, facts=facts | {"kept": refused.code})
    return True


def opened(case: Case, service: str, *, by: Actor, at: datetime) -> None:
    """This function will note that the addressee has opened a document in the portal."""
    _known(case, service, T.OPENED, by=by, at=at)


def _known(case: Case, service: str, trace: ServiceTrace, *, by: Actor, at: datetime) -> None:
    """Note a trace of knowledge on the first channel taken here; a service of the other platform has none here."""
    first = case.sendings.filter(service=service).exclude(state="").order_by("place").first()
    if first is not None:
        mark(first, trace, at, by=by)


# Reading.


def steps(case: Case, service: str) -> list[ServiceSending]:
    """Return the channels taken so far, in order, with their traces."""
    return list(case.sendings.filter(service=service).prefetch_related("marks").order_by("place"))


def document_of(case: Case, service: str) -> Document | None:
    """Return the document that was served, or None where this copy does not hold it."""
    known = guards.service_of(case, service)
    return Document.objects.filter(case=case, ref=known["document"]).first() if known else None
