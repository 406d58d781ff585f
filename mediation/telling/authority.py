"""The supervising authority told of what a court decided about an entrant of its roster: by message, once each (ZX-29).

Lives here: which decisions, to whom, in which words. Does not live here: the decision and what follows from it on the
rosters (``roster``), the list at the authority's desk (``adminkit.complaints``), sending (``dispatch``).
Called by: ``tasks``.

A message names the court, the entrant, the ground and the consequence: what was complained of and by whom stays with
the court.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from mediation.dates import written
from mediation.models import OutgoingMessage
from mediation.platform import home_of
from mediation.telling.dispatch import write
from mediation.telling.people import preference_of
from mediation.vocabulary import ComplaintGround, Consequence, Errand, Medium, Role, Seat
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Account, Complaint, Mediator, Organisation

LOOKED_BACK = timedelta(days=30)
"""How long after a decision its envelope may arrive and still be told of."""

KEY = "complaint/"


def tell_authorities(code: str, at: datetime) -> int:
    """This function will write to the people of each supervising unit, or where it has nobody to those of the
    protection bureau, what courts decided about whom it supervises; returns how many messages were new.
    """
    if code != home_of(Seat.ORGANISATION):
        return 0
    since = at - LOOKED_BACK
    decided = list(Complaint.objects.filter(platform=code, decided_at__gte=since).exclude(consequence=""))
    if not decided:
        return 0
    written = OutgoingMessage.objects.filter(platform=code, written_at__gte=since, key__startswith=KEY)
    told = {key.split("/")[1] for key in written.values_list("key", flat=True) if key}
    return sum(_tell(one, at) for one in decided if str(one.ref) not in told)


def _tell(one: Complaint, at: datetime) -> int:
    file: Organisation | Mediator | None = (
        Organisation.objects.filter(platform=one.platform, ref=one.organisation).first()
        if one.organisation
        else Mediator.objects.filter(platform=one.platform, ref=str(one.mediator)).first()
    )
    if file is None or one.decided_at is None:
        return 0
    people = _people(one.platform, file.unit, at)
    for account, medium, address in people:
        with override(preference_of(account).language):
            text = _said(one, file.name, local_day(one.decided_at))
        key = f"{KEY}{one.ref}/{account.ref}"
        write(one.platform, medium, address, text, Errand.NOTICE, at, account=account, key=key)
    return len(people)


def _people(code: str, unit: str, at: datetime) -> list[tuple[Account, Medium, str]]:
    """Return who is told and where: by e-mail, or by SMS where no mailbox is known."""
    supervisors = [post.account for post in roster.posts_of_roles(code, [Role.UNIT], at).filter(unit=unit)]
    bureau = [post.account for post in roster.posts_of_roles(code, [Role.PROTECTION_BUREAU], at)]
    return _addressed(supervisors) or _addressed(bureau)


def _addressed(accounts: Iterable[Account]) -> list[tuple[Account, Medium, str]]:
    found = []
    for account in dict.fromkeys(accounts):
        wishes = preference_of(account)
        if wishes.mailbox and wishes.email:
            found.append((account, Medium.EMAIL, wishes.mailbox))
        elif account.phone and wishes.sms:
            found.append((account, Medium.SMS, account.phone))
    return found


def _said(one: Complaint, name: str, day: date) -> str:
    court = roster.court(one.court)
    return _(
        "%(court)s查实对%(name)s的投诉（%(ground)s），%(day)s决定：%(consequence)s。"
        "请登录投资者网工作台“投诉”查看，依法处理。"
    ) % {
        "court": court.name if court else one.court,
        "name": name,
        "ground": _(ComplaintGround(one.ground).label),
        "day": written(day),
        "consequence": _(Consequence(one.consequence).label),
    }
