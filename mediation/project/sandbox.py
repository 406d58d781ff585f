"""The sandbox of integrators: its clock and its reset, by API and on the clock's page.

Lives here: the addresses, keeping the data as they were at first and putting them back. Does not live here: the clock
(``mediation.present``), which moves every statutory clock because nothing else says what time it is.
Called by: ``urls``, which mounts them only where ``SANDBOX`` is on (``environment`` refuses that for anything but the
embedded default); ``manage.py keep_sandbox``.

Anybody who reaches a sandbox may use them. Only JSON is taken, which no page of another site can send in a visitor's
name without being asked for leave first; the page sends its form's token.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mediation import chain, keyring, present, problems, queries
from mediation.models import Case, Clock
from mediation.project.demonstration import MOMENT
from mediation.workdays import end_of_day, local_day
from roster.models import Account, Client, ClientSecret

KEPT = "first.sqlite3"
MOST_DAYS = 250
WAYS = ("to", "working_days", "next")


class NoSandbox(RuntimeError):
    """这里不是沙箱，或者没有保存最初的数据"""


# Keeping and putting back.


def keep() -> Path:
    """This function will keep the data as they are now, to be put back by every reset; raises NoSandbox elsewhere."""
    kept = _kept()
    kept.unlink(missing_ok=True)
    connection.ensure_connection()
    with closing(sqlite3.connect(kept)) as target:
        connection.connection.backup(target)
    if _documents().exists():
        shutil.copytree(_documents(), kept.with_suffix(".documents"), dirs_exist_ok=True)
    return kept


def put_back() -> None:
    """This function will put the data back as they were kept, the clock with them; raises NoSandbox.

    All of it happens in one transaction of the database: who reads meanwhile sees the old or the new. Files are known
    by their content, so that those handed in since are merely referred to by nothing. Registered programmes stay, with
    their secrets and without their tokens: whoever begins anew should not have to register again.
    """
    kept = _kept()
    if not kept.exists():
        raise NoSandbox
    if kept.with_suffix(".documents").exists():
        shutil.copytree(kept.with_suffix(".documents"), _documents(), dirs_exist_ok=True)
    programmes = [_Programme.of(one) for one in Client.objects.filter(identifier__isnull=False, revoked_at=None)]
    connection.ensure_connection()
    with closing(sqlite3.connect(kept)) as source:
        source.backup(connection.connection, sleep=0.05)
    with transaction.atomic():
        for one in programmes:
            one.register_again(present.now())
    keyring.forget()
    cache.clear()


@dataclass(frozen=True)
class _Programme:
    """A registered programme, with what is needed to have it again where only the accounts are the same."""

    row: Client
    secrets: list[ClientSecret]
    account: uuid.UUID
    registrar: uuid.UUID | None

    @classmethod
    def of(cls, row: Client) -> _Programme:
        """Return what a programme is now."""
        by = row.created_by
        return cls(row, list(row.secrets.all()), row.account.ref, by.ref if by else None)

    def register_again(self, at: datetime) -> None:
        """Write it anew, known to have been registered by now; one whose account is gone with the reset is gone too."""
        people = {one.ref: one for one in Account.objects.filter(ref__in=[self.account, self.registrar])}
        if self.account not in people:
            return
        Client.objects.filter(identifier=self.row.identifier).delete()
        row, registrar = self.row, people.get(self.registrar) if self.registrar else None
        row.pk, row.account, row.created_by, row.last_used_at = None, people[self.account], registrar, None
        row.created_at = min(row.created_at, at)
        row.save(force_insert=True)
        for secret in self.secrets:
            secret.pk, secret.client, secret.created_by, secret.last_used_at = None, row, registrar, None
            secret.created_at = min(secret.created_at, at)
            secret.save(force_insert=True)


def _kept() -> Path:
    if not settings.SANDBOX or connection.vendor != "sqlite":
        raise NoSandbox
    return Path(settings.STATE_DIR) / KEPT


def _documents() -> Path:
    return Path(settings.STATE_DIR) / "documents"


# The addresses.


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def clock(request: HttpRequest) -> HttpResponse:
    """Tell what time it is and what comes due next; a POST goes forward, to an instant, over working days, or to just
    after the next due instant.
    """
    if request.method == "GET":
        return _told()
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    wanted = _wanted(asked) if len(asked) == 1 and {*asked} <= {*WAYS} else None
    if wanted is None:
        return _wrong(_("请写明to（带时区的时间）、working_days（1至250）或者next（true）三者之一。"))
    try:
        present.go_to(wanted)
    except present.NotForward:
        return _wrong(_("没有拨动：时钟只能向前拨，最多拨到十年以后。"))
    return _told()


def _wanted(asked: dict[str, Any]) -> datetime | None:
    ((way, value),) = asked.items()
    now = present.now()
    if way == "to" and isinstance(value, str):
        try:
            found = parse_datetime(value)
        except ValueError:
            return None
        return found if found and found.tzinfo else None
    if way == "working_days" and type(value) is int and 1 <= value <= MOST_DAYS:
        return end_of_day(queries.calendar().add_working_days(local_day(now), value)) + MOMENT
    if way == "next" and value is True:
        upcoming = _upcoming(now)
        return upcoming + MOMENT if upcoming else now
    return None


@never_cache
@csrf_exempt
@require_http_methods(["POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Put everything back as it was at first."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        put_back()
    except NoSandbox:
        return _plain(problems.problem(409, detail=_("没有保存最初的数据，不能重置。"), code="sandbox"))
    return _told()


@never_cache
@require_http_methods(["POST"])
def reset_page(request: HttpRequest) -> HttpResponse:
    """Put everything back, asked from the clock's page; everybody has then been signed out."""
    try:
        put_back()
    except NoSandbox:
        messages.error(request, _("没有保存最初的数据，不能重置。"))
    return HttpResponseRedirect(reverse("demonstration_clock"))


def _asked(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Return the JSON object sent, or why there is none."""
    if request.content_type != "application/json":
        return _plain(problems.problem(415, detail=_("只接受application/json。"), code="media-type"))
    try:
        said = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else _wrong(_("应当提交一个JSON对象。"))


def _told() -> JsonResponse:
    now = present.now()
    upcoming = _upcoming(now)
    told = {
        "now": chain.stamp(now),
        "next_due": chain.stamp(upcoming) if upcoming else None,
        "cases": Case.objects.count(),
        "can_reset": connection.vendor == "sqlite" and _kept().exists(),
    }
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


def _upcoming(now: datetime) -> datetime | None:
    running = Clock.objects.filter(state=Clock.RUNNING, owned=True, due_at__gt=now)
    return running.order_by("due_at").values_list("due_at", flat=True).first()


def _wrong(said: str) -> HttpResponse:
    return _plain(problems.problem(422, detail=said, code="invalid"))


def _plain(told: Any) -> HttpResponse:
    """Return a problem outside the REST windows."""
    how: dict[str, Any] = {"status": told.status_code, "content_type": problems.MEDIA_TYPE}
    return JsonResponse(told.data, json_dumps_params={"ensure_ascii": False}, **how)


urlpatterns = [
    path("sandbox/clock", clock, name="sandbox_clock"),
    path("sandbox/reset", reset, name="sandbox_reset"),
    path("demonstration/reset/", reset_page, name="sandbox_reset_page"),
]
