"""Messages on their way out: written, addressed to whoever holds the place now, handed to a gateway, tried again.

Lives here: the one outbox of short messages and e-mails. Does not live here: who is told (``table``, ``people``), the
gateways.
Called by: ``service``, ``tasks``, windows that send a link or a code.

Telephones are left in peace at night, except for a code that its owner waits for. A message that no gateway takes is
tried again, ever more rarely, until people have to look.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from mediation import law, platform
from mediation.dates import written
from mediation.lifecycle import MOVES
from mediation.models import Case, Notice, OutgoingMessage, SendingAttempt
from mediation.telling import gateways
from mediation.telling.people import Recipient, holders, inbox, preference_of, unread
from mediation.telling.table import UNTIL
from mediation.vocabulary import ClockKind, Errand, Medium, Role
from mediation.workdays import ZONE, Calendar, local_day
from roster import codes
from roster import queries as roster
from roster.models import Account, Post

M = OutgoingMessage
logger = logging.getLogger(__name__)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""How long is waited after each failure; the last one again and again."""

LEASE = timedelta(minutes=5)
"""How long a message that somebody is handing over is left to them, should they die over it."""

DIGEST_AT = time(8, 30)
DIGESTED = (Role.CLERK, Role.JUDGE, Role.ORGANISATION)
MOST_IN_A_DIGEST = 20


def write(
    code: str,
    medium: Medium,
    address: str,
    text: str,
    errand: Errand,
    at: datetime,
    **about: object,
) -> OutgoingMessage:
    """This function will write a message of platform ``code``, to be sent by the next look; ``about`` are its other
    fields: case, party, account, notice, sending, subject, key. A known key gives the message of the first time.
    """
    fields = {
        "medium": medium,
        "address": address,
        "text": text,
        "errand": errand,
        "written_at": at,
        "next_at": _wake_for(medium, errand, at),
        **about,
    }
    if key := about.get("key"):
        message, _made = M.objects.get_or_create(platform=code, key=key, defaults=fields)
        return message
    return M.objects.create(platform=code, **fields)


def _wake_for(medium: Medium, errand: Errand, at: datetime) -> datetime:
    return wake(at) if medium is Medium.SMS and errand is not Errand.CODE else at


def wake(at: datetime) -> datetime:
    """Return ``at``, or when the quiet hours that it falls into are over (an own figure of ``law``)."""
    local = at.astimezone(ZONE)
    if not law.is_quiet(local.hour, settings.OWN_FIGURES):
        return at
    until = settings.OWN_FIGURES.get(law.QUIET_UNTIL, law.SETTABLE[law.QUIET_UNTIL])
    morning = datetime.combine(local.date(), time(until), ZONE)
    return morning if morning > local else morning + timedelta(days=1)


# From a notice to messages.


def address(code: str, at: datetime, *, most: int = 500) -> int:
    """This function will write the messages of loud notices to whoever holds their place now; returns how many."""
    due = Notice.objects.filter(platform=code, loud=True, settled=False, next_at__lte=at).select_related("case")
    written, morning = 0, wake(at)
    for notice in due.order_by("next_at", "pk")[:most]:
        if morning > at:
            # Who is told is decided in the morning, when it is sent.
            Notice.objects.filter(pk=notice.pk).update(next_at=morning)
            continue
        try:
            with transaction.atomic():
                for recipient in holders(notice.case, Role(notice.role), notice.seat, at):
                    written += len(_messages(notice, recipient, at))
                Notice.objects.filter(pk=notice.pk).update(settled=True)
        except Exception:
            # It holds up no other.
            logger.exception("notice %s could not be addressed", notice.pk)
            Notice.objects.filter(pk=notice.pk).update(next_at=at + PAUSES[-1])
    return written


def _messages(notice: Notice, recipient: Recipient, at: datetime) -> list[OutgoingMessage]:
    digested = notice.role in DIGESTED and recipient.preference.digest
    media = [Medium.SMS] if digested else list(Medium)
    return [
        write(
            notice.platform,
            medium,
            where,
            said(notice, recipient.preference.language, has_account=recipient.account is not None),
            Errand(notice.errand),
            at,
            case=notice.case,
            party=recipient.party or None,
            account=recipient.account,
            notice=notice,
            subject=subject_of(notice, recipient.preference.language),
            key=f"{notice.key}/{medium}/{recipient.key}",
        )
        for medium in media
        if (where := recipient.address(medium))
    ]


def worded(notice: Notice) -> str:
    """Return what a notice says, in the language that is in force."""
    values, text = dict(notice.values), _(notice.text)
    if kind := values.pop("until", "") or values.get("clock", ""):
        due = datetime.fromisoformat(values["due"]).astimezone(ZONE)
        values |= {"clock": _(ClockKind(kind).label), "due": written(due.date())}
        text += _(UNTIL) if "until" in notice.values else ""
    if "when" in values:
        values |= {"when": written(datetime.fromisoformat(values["when"]))}
    if "move" in values:
        values |= {"move": _(MOVES[values["move"]].label)}
    return text % values if values else text


def said(notice: Notice, language: str, *, has_account: bool) -> str:
    """Return the whole message of a notice: who writes, about which case, what, until when, and where to act."""
    with translation.override(language):
        return _("【%(sender)s】%(case)s：%(text)s%(url)s") % {
            "sender": platform.config(notice.platform).title,
            "case": notice.case.called,
            "text": worded(notice),
            # A space, or telephones take the words before it for a part of the address.
            "url": f" {urljoin(settings.PUBLIC_URL, _where(notice, has_account=has_account))}",
        }


def _where(notice: Notice, *, has_account: bool) -> str:
    """Return the path at which a notice is opened, behind the sign-in; who cannot sign in yet begins at the front."""
    front = platform.config(notice.platform).url_prefix
    if not has_account:
        return front
    desk = "admin/" if notice.role in (Role.CLERK, Role.JUDGE) else ""
    return f"{front}{desk}notices/{notice.pk}/"


def subject_of(notice: Notice, language: str) -> str:
    """Return the subject of a notice's e-mail."""
    with translation.override(language):
        return _("%(errand)s：%(case)s") % {
            "errand": _(Errand(notice.errand).label),
            "case": notice.case.called,
        }


# Handing over.


def send(code: str, at: datetime, *, most: int = 200) -> int:
    """This function will hand the messages that are due to their gateways and return how many were taken.

    A gateway that cannot be used now is not asked again in the same look. Whatever made it late, an outage or an
    operator who tries again, no telephone is disturbed in the quiet hours.
    """
    due = M.objects.filter(platform=code, state=M.WAITING, next_at__lte=at).order_by("next_at", "pk")
    if (morning := wake(at)) > at:
        asleep = due.filter(medium=Medium.SMS.value).exclude(errand=Errand.CODE.value).order_by()
        M.objects.filter(pk__in=list(asleep.values_list("pk", flat=True)[:most])).update(next_at=morning)
    taken, closed = 0, set()
    for pk, medium, tried in list(due.values_list("pk", "medium", "attempts")[:most]):
        if medium in closed:
            continue
        try:
            taken += _send(pk, tried, at)
        except gateways.Unavailable:
            closed.add(medium)
    return taken


def _send(pk: int, tried: int, at: datetime) -> bool:
    """Hand one message over; raises Unavailable once it is noted when to try again."""
    mine = M.objects.filter(pk=pk, state=M.WAITING, attempts=tried, next_at__lte=at)
    if not mine.update(attempts=tried + 1, next_at=at + LEASE):
        return False  # Somebody else has it.
    message = M.objects.select_related("case", "notice__case", "sending").get(pk=pk)
    if message.notice is not None and not _is_still_for(message, message.notice, at):
        with transaction.atomic():
            _finish(message, M.DROPPED, at, "holder")
            Notice.objects.filter(pk=message.notice.pk).update(settled=False, next_at=at)
        return False
    if message.errand == Errand.CODE and at - message.written_at > codes.LIFETIME:
        _finish(message, M.DROPPED, at, "expired")
        return False
    try:
        message.handle = gateways.hand_over(message)
    except gateways.Bounced as bounced:
        _finish(message, M.BOUNCED, at, str(bounced))
        return False
    except gateways.Unavailable as broken:
        _put_off(message, tried, at, str(broken))
        raise
    except Exception as unforeseen:
        # One message that a gateway stumbles over holds up no other.
        logger.exception("message %s could not be handed over", message.ref)
        _put_off(message, tried, at, type(unforeseen).__name__)
        return False
    _finish(message, M.SENT, at)
    return True


def _put_off(message: OutgoingMessage, tried: int, at: datetime, why: str) -> None:
    """Note a failure, and when to try again; what has failed for long is left to people."""
    if at - message.written_at > law.patience(law.RETRIED, settings.OWN_FIGURES):
        _finish(message, M.PARKED, at, why)
        return
    later = at + PAUSES[min(tried, len(PAUSES) - 1)]
    _note(message, "FAILED", at, why)
    M.objects.filter(pk=message.pk).update(next_at=_wake_for(Medium(message.medium), Errand(message.errand), later))


def _is_still_for(message: OutgoingMessage, notice: Notice, at: datetime) -> bool:
    """Tell whether whom a message was written for still holds the place its notice tells; a new address is taken."""
    medium = Medium(message.medium)
    for one in holders(notice.case, Role(notice.role), notice.seat, at):
        if message.key == f"{notice.key}/{medium}/{one.key}" and (where := one.address(medium)):
            if where != message.address:
                message.address = where
                message.save(update_fields=["address"])
            return True
    return False


def _finish(message: OutgoingMessage, state: str, at: datetime, why: str = "") -> None:
    sent = at if state == M.SENT else None
    with transaction.atomic():
        M.objects.filter(pk=message.pk).update(state=state, sent_at=sent, handle=message.handle)
        _note(message, state, at, why)


def _note(message: OutgoingMessage, outcome: str, at: datetime, why: str = "") -> None:
    gateway = gateways.name_of(Medium(message.medium))
    SendingAttempt.objects.create(message=message, gateway=gateway, at=at, outcome=outcome, why=why[:200])


# The operators' desk.


def stuck(code: str) -> QuerySet[OutgoingMessage]:
    """Return the messages that people must look at, oldest first."""
    return M.objects.filter(platform=code, state__in=[M.PARKED, M.BOUNCED]).select_related("case").order_by("pk")


def waiting(code: str) -> QuerySet[OutgoingMessage]:
    """Return the messages that no gateway has taken yet, oldest first."""
    return M.objects.filter(platform=code, state=M.WAITING).select_related("case").order_by("next_at", "pk")


def try_again(code: str, at: datetime) -> int:
    """This function will make everything that waits or is stuck due now and return how much that is."""
    freed = stuck(code).update(state=M.WAITING, next_at=at)
    return freed + waiting(code).filter(next_at__gt=at, attempts__gt=0).update(next_at=at)


# The daily digest.


def digest(code: str, at: datetime, calendar: Calendar) -> int:
    """This function will write, on each working day from half past eight, one e-mail for every clerk, judge and
    organisation's administrator who has unread notices and a mailbox; returns how many were new.
    """
    local = at.astimezone(ZONE)
    if local.time() < DIGEST_AT or not calendar.is_working_day(local.date()):
        return 0
    day, written = local_day(at), 0
    for account, posts in _digested(code, at):
        wishes = preference_of(account)
        key = f"digest/{day}/{account.ref}"
        if not (wishes.digest and wishes.mailbox) or M.objects.filter(platform=code, key=key).exists():
            continue
        rows = list(unread(inbox(account, code, posts), account)[: MOST_IN_A_DIGEST + 1])
        if not rows:
            continue
        with translation.override(wishes.language):
            title = platform.config(code).title
            subject = _("%(title)s：%(day)s未读通知汇总") % {"title": title, "day": day}
            write(
                code, Medium.EMAIL, wishes.mailbox, _digest_text(rows, code), Errand.DIGEST, at,
                account=account, subject=subject, key=key,
            )  # fmt: skip
        written += 1
    return written


def _digested(code: str, at: datetime) -> Iterable[tuple[Account, list[Post]]]:
    posts: dict[int, tuple[Account, list[Post]]] = {}
    held = roster.posts_of_roles(code, DIGESTED, at).filter(account__preference__digest=True)
    for post in held.select_related("account__preference"):
        posts.setdefault(post.account_id, (post.account, []))[1].append(post)
    return posts.values()


def _digest_text(rows: list[Notice], code: str) -> str:
    lines = [f"{row.case.called}{_('：')}{worded(row)}" for row in rows[:MOST_IN_A_DIGEST]]
    if len(rows) > MOST_IN_A_DIGEST:
        lines.append(_("另有更多未读通知，请登录查看。"))
    return "\n".join([*lines, urljoin(settings.PUBLIC_URL, platform.config(code).url_prefix)])


def of_case(case: Case) -> QuerySet[OutgoingMessage]:
    """Return the messages of a case, newest first, each with its attempts."""
    return M.objects.filter(case=case).prefetch_related("tries")
