"""All running clocks of an account as a calendar that telephones and desktops subscribe to (iCalendar, RFC 5545).

Lives here: the secret address, its page, the calendar. Does not live here: when something is due (``clocks``).
Called by: ``addresses``. A calendar lies with whoever runs the subscriber's telephone: it names case numbers and what
is due, never people.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from mediation.models import CalendarFeed, Case, CaseSet, Clock, MediationSession
from mediation.vocabulary import ClockKind, SessionState, State
from mediation.windows.pages import label_of
from mediation.windows.portal import Window
from roster.models import Account

MOST_CLOCKS = 1_000


class Calendar(Window):
    """The page of the secret address: made, made anew, revoked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show whether there is an address."""
        return self._shown("")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a new address, shown once; ``revoke`` only ends the old one."""
        secret = secrets.token_urlsafe(24)
        with transaction.atomic():
            held = CalendarFeed.objects.filter(
                platform=self.site.code, account=self.account, revoked_at__isnull=True
            ).update(revoked_at=self.at)
            if not request.POST.get("revoke"):
                CalendarFeed.objects.create(
                    platform=self.site.code,
                    account=self.account,
                    digest=_digest(self.site.code, secret),
                    created_at=self.at,
                )
        if request.POST.get("revoke"):
            if held:
                messages.success(request, gettext("订阅地址已停用，原来的日历不再更新。"))
            return self.to("calendar")
        return self._shown(request.build_absolute_uri(self.site.url("calendar_feed", secret=secret)))

    def _shown(self, address: str) -> HttpResponse:
        held = CalendarFeed.objects.filter(platform=self.site.code, account=self.account, revoked_at__isnull=True)
        return self.page("calendar", {"address": address, "feed": held.first()})


class Feed(Window):
    """The calendar itself, for whoever knows the secret."""

    public = True

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Return it; a secret that is unknown or revoked is not found."""
        held = CalendarFeed.objects.filter(
            platform=self.site.code, digest=_digest(self.site.code, secret), revoked_at__isnull=True
        )
        feed = held.select_related("account").first()
        if feed is None or not feed.account.is_active:
            raise Http404
        cases = self._cases(feed.account)
        meetings = self._meetings(feed.account, cases)
        text = calendar_of(cases, self.at, lambda case: self._address(request, case), meetings)
        return HttpResponse(text, content_type="text/calendar; charset=utf-8")

    def _cases(self, account: Account) -> CaseSet:
        """Return the cases that the account sees in this portal."""
        rights = self.site.rights
        held = (post for post in rights.posts(account, self.at) if post.role in self.site.roles)
        allowed = Q(pk__in=rights.own_cases(account).values("pk"))
        for reach in filter(None, map(rights.reach, held)):
            allowed |= reach
        return Case.objects.of(self.site.code).filter(allowed)

    def _meetings(self, account: Account, cases: CaseSet) -> list[MediationSession]:
        """Return the sessions to come of which the account may know: what is held with the other side alone is not."""
        rights = self.site.rights
        coming = MediationSession.objects.filter(case__in=cases.values("pk"), state=SessionState.FIXED)
        rows = coming.filter(starts_at__gte=self.at).select_related("case").order_by("starts_at", "id")[:MOST_CLOCKS]
        return [
            one for one in rows if one.channel in rights.channels(one.case, rights.actors(account, one.case, self.at))
        ]

    def _address(self, request: HttpRequest, case: Case) -> str:
        return request.build_absolute_uri(self.site.links.case(case))


def calendar_of(cases: CaseSet, at: datetime, address: Any, meetings: Iterable[MediationSession] = ()) -> str:
    """Return the running clocks of cases and these sessions as one calendar, each with a reminder a day before."""
    running = Clock.objects.filter(case__in=cases.values("pk"), state=Clock.RUNNING).select_related("case")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mediation-docking//clocks//ZH", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{_text(gettext('调解期限'))}", "REFRESH-INTERVAL;VALUE=DURATION:PT4H"]
    for clock in running.order_by("due_at", "id")[:MOST_CLOCKS]:
        case, kind = clock.case, label_of(ClockKind(clock.kind))
        named = case.called
        lines += [
            "BEGIN:VEVENT",
            f"UID:{case.ref}-{clock.kind}@{case.platform}",
            f"DTSTAMP:{_instant(at)}",
            f"DTSTART:{_instant(clock.due_at)}",
            f"SUMMARY:{_text(f'{kind} {named}')}",
            f"DESCRIPTION:{_text(label_of(State(case.state)))}",
            f"URL:{address(case)}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(kind)}",
            "TRIGGER:-P1D",
            "END:VALARM",
            "END:VEVENT",
        ]
    for session in meetings:
        lines += _event(session, at, address(session.case))
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def meeting(session: MediationSession, at: datetime, address: str) -> str:
    """Return one session that has its time as a calendar file; called off, it takes the event out again."""
    cancelled = session.state == SessionState.CANCELLED
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mediation-docking//meetings//ZH"]
    lines = [*head, f"METHOD:{'CANCEL' if cancelled else 'PUBLISH'}", *_event(session, at, address), "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(session: MediationSession, at: datetime, address: str) -> list[str]:
    """Return a session as an event with reminders a day and an hour before."""
    assert session.starts_at is not None
    cancelled = session.state == SessionState.CANCELLED
    label = _text(gettext("调解 %(number)s") % {"number": session.case.called})
    alarms = [
        ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{label}", f"TRIGGER:-{before}", "END:VALARM")
        for before in ("P1D", "PT1H")
    ]
    return [
        "BEGIN:VEVENT",
        f"UID:{session.ref}@meetings",
        f"SEQUENCE:{int(cancelled)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"DTSTAMP:{_instant(at)}",
        f"DTSTART:{_instant(session.starts_at)}",
        f"DTEND:{_instant(session.starts_at + timedelta(minutes=session.minutes))}",
        f"SUMMARY:{label}",
        f"LOCATION:{_text(session.place)}",
        f"URL:{address}",
        *(line for alarm in alarms for line in alarm),
        "END:VEVENT",
    ]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    return said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, as the format wants it, no character torn."""
    pieces, piece = [], ""
    for sign in line:
        if len((piece + sign).encode()) > 74:
            pieces.append(piece)
            piece = ""
        piece += sign
    return "\r\n ".join([*pieces, piece])


def _digest(platform: str, secret: str) -> str:
    return salted_hmac("mediation.calendars", f"{platform}\n{secret}", algorithm="sha256").hexdigest()
