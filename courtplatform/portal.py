"""The court's portal for parties and agents: which rights, which steps, who receives an application.

Called by: ``urls``. The other views are those of ``mediation.windows.portal``.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from courtplatform.access import rights
from courtplatform.actions import file
from courtplatform.forms import PLAN
from mediation import facts
from mediation.exchange.tasks import ring
from mediation.moves import Refused
from mediation.windows import actions
from mediation.windows.agreements import CourtAgreementForm, file_offline
from mediation.windows.portal import Site, Window
from mediation.windows.wizard import Application
from roster import queries as roster


def recipient(application: Application) -> str:
    """Return the name of the court applied to."""
    court = roster.court(application.of("addressee").get("court", ""))
    return court.name if court else ""


SITE = Site(
    code=rights.platform,
    rights=rights,
    roles=frozenset(),
    plan=PLAN,
    opening="file",
    send=file,
    recipient=recipient,
    ring=ring,
)
"""Court staff work in the admin site; here are parties and agents only."""


class FileOffline(Window):
    """File an agreement reached off line, for the court to ask the organisation about."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page("offline_court", {"form": CourtAgreementForm(SITE.code, self.at, self.account)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """File it, or say why not; sent twice, it is filed once."""
        form = CourtAgreementForm(SITE.code, self.at, self.account, request.POST, request.FILES)
        if form.is_valid():
            try:
                entry = file_offline(form)
            except Refused as refused:
                form.add_error(None, actions.spoken(refused, self.at))
            except facts.Malformed as wrong:
                actions.say_malformed(form, wrong)
            else:
                SITE.ring()
                messages.success(request, gettext("已提交；法院正在请调解组织证明，结果会显示在案件页面上。"))
                return self.to("case", ref=entry.case.ref)
        return self.page("offline_court", {"form": form}, status=422)
