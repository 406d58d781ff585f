"""Who is on duty: which of a firm's people handles a case today, who is away, who stands in.

Lives here: these questions and writing their rows. Does not live here: who may open a case (``rights``), what a page
shows (``windows.firmdesk``, InvestorNet's ``leaves``).
Called by: ``telling.people``, which tells whoever is on duty; windows of firms and organisations.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from mediation import log
from mediation.actor import Actor
from mediation.models import Absence, Case, Handling
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Account


class NotLeave(ValueError):
    """请假的结束日期不能早于开始日期，也不能早于今天。"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def absences(platform: str, who: Iterable[Any], since: date) -> QuerySet[Absence]:
    """Return the absences of these people that reach to a day or beyond it, the earliest first."""
    return Absence.objects.filter(platform=platform, who__in=list(who), until__gte=since, ended_at__isnull=True)


def away(platform: str, who: Iterable[Any], first: date, last: date | None = None) -> frozenset[str]:
    """Return the references of those who are away on a day, or on some day up to ``last``."""
    found = absences(platform, who, first).filter(since__lte=last or first)
    return frozenset(str(ref) for ref in found.values_list("who", flat=True))


def note_leave(platform: str, who: str, since: date, until: date, *, by: Actor, at: datetime) -> Absence:
    """This function will note from when until when somebody is away, in the platform's log too. Raises NotLeave."""
    if until < since or until < local_day(at):
        raise NotLeave
    with transaction.atomic():
        made = Absence.objects.create(
            platform=platform, who=UUID(who), since=since, until=until, noted_at=at, noted_by=by.ref
        )
        told = {"who": who, "since": since.isoformat(), "until": until.isoformat()}
        log.note(platform, "", "leave.note", by=by, at=at, facts=told)
    return made


def end_leave(absence: Absence, *, by: Actor, at: datetime) -> None:
    """This function will take an absence back; taken back twice, the first time stands."""
    with transaction.atomic():
        if Absence.objects.filter(pk=absence.pk, ended_at__isnull=True).update(ended_at=at):
            log.note(absence.platform, "", "leave.end", by=by, at=at, facts={"who": str(absence.who)})


def on_duty(case: Case, party: str, at: datetime) -> Account | None:
    """Return who at a party's desk is told about a case now: the handler, while they are away the substitute.

    None where nobody was named, or whoever was has left the desk: then the firm itself is told.
    """
    held = Handling.objects.filter(case=case, party=party)
    row = held.select_related("handler__preference", "substitute__preference").first()
    if row is None:
        return None
    named = [one for one in (row.handler, row.substitute) if one is not None and one.is_active]
    firms = _firms_with_desk(case, party)
    there = [one for one in named if any(post.firm_id in firms for post in roster.desk_posts(one, case.platform))]
    if len(there) < 2:
        return next(iter(there), None)
    absent = away(case.platform, [one.ref for one in there], local_day(at))
    return next((one for one in there if str(one.ref) not in absent), there[0])


def _firms_with_desk(case: Case, party: str) -> set[int]:
    """Return the accounts verified as this party."""
    person = next((one for one in case.people.all() if str(one.ref) == party), None)
    if person is None or not person.identity_index:
        return set()
    same = Q(identity_kind=person.identity_kind, identity_index=person.identity_index)
    return set(Account.objects.filter(same, identity_verified_at__isnull=False).values_list("pk", flat=True))


def assign(case: Case, party: UUID, handler: Account, substitute: Account | None, *, by: Actor, at: datetime) -> None:
    """This function will name who handles a case for a party and who stands in; who did so before is told no more."""
    with transaction.atomic():
        Handling.objects.update_or_create(
            case=case,
            party=party,
            defaults={"handler": handler, "substitute": substitute, "assigned_at": at, "assigned_by": by.ref},
        )
        told = {"handler": str(handler.ref), "substitute": str(substitute.ref) if substitute else ""}
        log.note(case.platform, str(case.ref), "handling.assign", by=by, at=at, facts={"party": str(party), **told})
