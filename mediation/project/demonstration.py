"""The page of the demonstration's settable clock: what time it is there, what comes due next, and going forward.

Lives here: the page, the code that a telephone would show. Does not live here: the clock (``mediation.present``), what
the lapsing clocks do (``moves``).
Called by: ``urls``, which mounts it only where ``DEMONSTRATION_CLOCK`` is on; ``context``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mediation import present, queries
from mediation.models import Clock, OutgoingMessage
from mediation.vocabulary import ClockKind, Errand
from mediation.windows.worded import WordedForm
from mediation.workdays import Calendar, end_of_day, local_day
from roster import codes
from roster.models import Account

MOMENT = timedelta(minutes=1)
SOON = 12
NOWHERE = frozenset({"console", "file"})
"""The gateways that reach nobody."""


class ForwardForm(WordedForm):
    """How far forward: to just after the next due instant, over so many working days, or to an instant."""

    NEXT, DAYS, INSTANT = "next", "days", "instant"

    how = forms.ChoiceField(
        label=_("拨到"),
        choices=[
            (NEXT, _("下一个期限届满之后")),
            (DAYS, _("若干个工作日之后（次日零时，期限均已届满）")),
            (INSTANT, _("指定的时间")),
        ],
        widget=forms.RadioSelect,
        initial=NEXT,
    )
    days = forms.IntegerField(
        label=_("工作日数"),
        required=False,
        min_value=1,
        max_value=250,
        initial=5,
        help_text=_("选择若干个工作日时填写。"),
    )
    instant = forms.DateTimeField(
        label=_("时间"),
        required=False,
        help_text=_("选择指定的时间时填写，北京时间。"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen way needs."""
        fields = self.cleaned_data
        needed = {self.DAYS: "days", self.INSTANT: "instant"}.get(fields.get("how", ""))
        if needed and fields.get(needed) is None and needed not in self.errors:
            self.add_error(needed, _("请填写这一项。"))
        return fields

    def wanted(self, at: datetime, upcoming: datetime | None, calendar: Calendar) -> datetime | None:
        """Return the instant asked for, or None where nothing will come due."""
        match self.cleaned_data["how"]:
            case self.NEXT:
                return upcoming + MOMENT if upcoming else None
            case self.DAYS:
                last = calendar.add_working_days(local_day(at), self.cleaned_data["days"])
                return end_of_day(last) + MOMENT
            case _:
                found: datetime = self.cleaned_data["instant"]
                return found


def code_of(account: Account, at: datetime) -> str:
    """Return the message with the newest code sent to an account that is still good, as its telephone would show it.

    Empty outside a demonstration, and wherever messages reach real telephones and mailboxes.
    """
    if not settings.DEMONSTRATION_CLOCK or not {settings.SMS_GATEWAY, settings.EMAIL_GATEWAY} <= NOWHERE:
        return ""
    sent = OutgoingMessage.objects.filter(account=account, errand=Errand.CODE, written_at__gt=at - codes.LIFETIME)
    newest = sent.order_by("-written_at", "-pk").first()
    return str(newest.text) if newest else ""


def _whence(request: HttpRequest) -> str:
    """Return the page of this deployment whence somebody came, if the address says one."""
    path = request.GET.get("from", "")
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and not path.startswith(request.path) else ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def clock(request: HttpRequest) -> HttpResponse:
    """Show the clock and what comes due next; a POST goes forward. The sweep then finds what lapsed by itself."""
    at, back = present.now(), _whence(request)
    # Anybody may look: what comes due is told without the cases it comes due in.
    running = Clock.objects.filter(state=Clock.RUNNING, owned=True, due_at__gt=at).order_by("due_at", "kind")
    soon = list(running.values("due_at", "kind").annotate(cases=Count("pk"))[:SOON])
    form = ForwardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted(at, soon[0]["due_at"] if soon else None, queries.calendar())
        try:
            if wanted is None:
                raise present.NotForward
            present.go_to(wanted)
        except present.NotForward:
            form.add_error(None, gettext("没有拨动：演示时钟只能向前拨，最多拨到十年以后。"))
        else:
            messages.success(request, gettext("已经拨动。届满的期限将在几秒钟内自动处理，请稍后查看案件。"))
            return HttpResponseRedirect(f"{request.path}?{urlencode({'from': back})}" if back else request.path)
    rows = [
        {"due": one["due_at"], "label": gettext(ClockKind(one["kind"]).label), "cases": one["cases"]} for one in soon
    ]
    # The address exists in a sandbox only.
    reset_url = reverse("sandbox_reset_page") if settings.SANDBOX else ""
    context = {"form": form, "at": at, "soon": rows, "back_url": back, "reset_url": reset_url}
    return render(request, "mediation/demonstration_clock.html", context, status=200 if not form.errors else 400)
