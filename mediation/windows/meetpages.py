"""The pages behind a meeting link: a party's telephone, no account, no JavaScript.

Lives here: opening a link, proving one holds the telephone, answering. Does not live here: what a link allows
(``meetlink``), what is asked (``meetacts``).
Called by: the ``urls`` of the platform on which mediators sit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from mediation.models import MeetingLink, Party
from mediation.moves import Refused
from mediation.present import now
from mediation.vocabulary import Audience, Side, Verification
from mediation.windows import actions, meetacts, meetlink
from mediation.windows.linkpages import LinkOpening, LinkPage
from mediation.windows.meetlink import LinkRefused
from mediation.windows.pages import sides, spoken_instant
from mediation.windows.portal import Site


def meeting_addresses(site: Site) -> list[URLPattern]:
    """Return the addresses of these pages."""
    return [
        path("meeting/", Meeting.as_view(site=site), name="meeting"),
        path("meeting/<str:token>/", Opening.as_view(site=site), name="meeting_open"),
    ]


class Opening(LinkOpening):
    """The address in the message."""

    mark, links = "meeting", meetlink

    @property
    def unknown(self) -> str:
        """What is said of a token nobody was sent."""
        return _("没有这个链接。请完整复制短信中的地址，或者联系调解组织。")


class Meeting(LinkPage):
    """One page: first prove the telephone, then see and answer what the mediation asks."""

    mark, links = "meeting", meetlink

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is asked."""
        return self._at(now(), {})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a code, check a code, or answer."""
        return self._at(now(), request.POST)

    def _at(self, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        try:
            link = MeetingLink.objects.select_related("case").filter(pk=self.held, platform=self.site.code).first()
            if link is None:
                raise LinkRefused(_("请从发给您的短信中打开链接。"))
            person = meetlink.check_alive(link, at)
            if not self.is_proved(at):
                return self.prove(link, person, at, posted, {"house": meetlink.sender(link.case)})
            return self._answered(link, person, at, posted)
        except LinkRefused as refused:
            return self.dead(str(refused), 410)

    def _answered(self, link: MeetingLink, person: Party, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        own = Audience.APPLICANTS if person.side == Side.APPLICANT else Audience.RESPONDENTS
        parties, channels = [str(person.ref)], (Audience.PARTIES, own)
        wrong = ""
        if "what" in posted:
            try:
                said = meetacts.answer(
                    link.case,
                    posted,
                    by=meetlink.bearer(link),
                    parties=parties,
                    channels=channels,
                    how=Verification.LINK_CODE,
                    at=at,
                    key=f"meeting-link/{link.pk}",
                    fits=self.request.POST.getlist("fits"),
                )
            except meetacts.Unanswerable as refused:
                wrong = str(refused)
            except Refused as refused:
                wrong = actions.spoken(refused, at)
            else:
                if said:
                    self.site.ring()
                    messages.success(self.request, said)
                    return HttpResponseRedirect(self.site.url("meeting"))
                wrong = _("请先阅读调解须知，并勾选确认。")
        asked = meetacts.asked(link.case, parties, channels)
        context = {
            "ball": self.ball(link, at, _("在本页办理调解事项") if asked else ""),
            "house": meetlink.sender(link.case),
            "person": person,
            "title": sides(link.case),
            "asked": asked,
            "notices": [(_(heading), _(text)) for heading, text in meetacts.NOTICES],
            "wrong": wrong,
            "expires": spoken_instant(link.expires_at),
            "answer_url": "",
        }
        return self.page("meeting", context, 422 if wrong else 200)
