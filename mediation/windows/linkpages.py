"""What the pages behind every link to a telephone have in common: opening it, proving that one holds the telephone.

Lives here: the exchange of the token for a mark in the session, the page of the one-time code. Does not live here: what
a link lets its bearer do (``consentpages``, ``signpages``, ``meetpages``).
Called by: those three.

The token stands in the address once only: it is exchanged for a mark in the session at once, so that no later address,
referrer or log shows it. Who tries many tokens is shut out for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from mediation.models import Party
from mediation.windows.pages import Ball, CaseView
from mediation.windows.partylink import MOST_WRONG, LinkRefused, bearer
from mediation.windows.portal import Site
from roster.codes import TooManyCodes
from roster.identity import mask_phone

OPENED = timedelta(minutes=30)
MOST_TRIES = 20
SHUT_OUT = 3600


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class LinkPage(View):
    """A page for whoever holds a link; ``mark`` names its kind in addresses, templates and the session, ``links`` is
    the module that knows what is alive and which code is right.
    """

    site: Site = None  # type: ignore[assignment]  # every address gives one
    mark: str
    links: Any

    @property
    def held(self) -> int:
        """The key of the link that this browser has opened, or 0."""
        return int(self.request.session.get(f"{self.mark}_link", 0))

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Return a page of this portal."""
        return render(self.request, f"windows/{template}.html", {"site": self.site, **context}, status=status)

    def ball(self, link: Any, at: datetime, next_step: str) -> Ball:
        """Return who has the case now and until when, as far as its party may know; what it does next, it does here."""
        view = CaseView(link.case, [bearer(link)], self.site.rights, at)
        return replace(view.ball, next_label=next_step, next_url="", next_hint="")

    def dead(self, reason: str, status: int = 404) -> HttpResponse:
        """Say that there is nothing here to answer, and what to do."""
        return self.page(f"{self.mark}_dead", {"reason": reason}, status)

    def is_proved(self, at: datetime) -> bool:
        """Tell whether this browser has shown within the half hour that its user holds the telephone."""
        held = self.request.session.get(f"{self.mark}_proved", "")
        return bool(held) and datetime.fromisoformat(held) <= at < datetime.fromisoformat(held) + OPENED

    def forget(self) -> None:
        """Forget which codes were sent and proved in this browser: whoever comes back later is asked anew."""
        for name in ("proved", "code_sent", "second"):
            self.request.session.pop(f"{self.mark}_{name}", None)

    def prove(
        self, link: Any, person: Party, at: datetime, posted: Mapping[str, Any], context: dict[str, Any]
    ) -> HttpResponse:
        """Send a code, check a code, or ask for one."""
        session, wrong = self.request.session, ""
        if "send" in posted:
            try:
                self.links.send_code(link, at)
                session[f"{self.mark}_code_sent"] = True
                return HttpResponseRedirect(self.site.url(self.mark))
            except TooManyCodes as often:
                wrong = str(often)
        elif "code" in posted:
            if self.links.check_code(link, str(posted["code"])[:12], at):
                session.cycle_key()
                self.forget()
                session[f"{self.mark}_proved"] = at.isoformat()
                return HttpResponseRedirect(self.site.url(self.mark))
            if link.wrong >= MOST_WRONG:
                try:
                    self.links.check_alive(link, at)
                except LinkRefused as refused:
                    return self.dead(str(refused), 410)
            wrong = _("验证码不正确或者已经过期。请核对最近一条短信，或者重新发送。")
        elif posted:
            wrong = _("页面停留时间过长，请重新验证手机号码，再作答复。")
        known = {
            "phone": mask_phone(person.phone),
            "sent": bool(session.get(f"{self.mark}_code_sent")),
            "wrong": wrong,
        }
        return self.page(f"{self.mark}_prove", known | context, 422 if wrong else 200)


class LinkOpening(LinkPage):
    """The address in the message: remember the link and go on to a page without its token."""

    @property
    def unknown(self) -> str:
        """What is said of a token nobody was sent."""
        raise NotImplementedError

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Exchange the token for a mark in the session."""
        tries = f"{self.mark}/{get_client_ip_address(request)}"
        if cache.get(tries, 0) >= MOST_TRIES:
            return self.dead(_("尝试次数过多，请一小时后再试。"), 429)
        link = self.links.find(self.site.code, token)
        if link is None:
            cache.add(tries, 0, SHUT_OUT)
            cache.incr(tries)
            return self.dead(self.unknown)
        if request.session.get(f"{self.mark}_link") != link.pk:
            self.forget()
            request.session[f"{self.mark}_link"] = link.pk
        return HttpResponseRedirect(self.site.url(self.mark))
