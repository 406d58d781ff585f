"""An agent's clients: who they are, by what authority, their cases and clocks; an application for each in two taps.

Lives here: the dashboard and the pages of one client. Does not live here: the steps (``wizard.CLIENT_PLAN``), filing
for many at once (``filing``), the calendar (``calendars``).
Called by: ``addresses``. A client is a ``Draft`` of its own kind that is never sent; only its agent sees it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from mediation.lifecycle import FINAL
from mediation.models import Case, Clock, Draft, Party
from mediation.vocabulary import ClockKind, Power, State
from mediation.windows.pages import label_of
from mediation.windows.portal import DraftWindow, Site, StepPage, Tasks, Window, own_drafts
from mediation.windows.wizard import AGENT_KNOWN, AUTHORITY_STEPS, CLIENT_PLAN, Application, Step
from mediation.workdays import local_day
from roster.models import Account
from roster.sealed import blind_index

CLIENT = "client"
MOST_CLIENTS = 500
MOST_CASES = 100
MOST_CLOCKS = 15
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Client:
    """One client as the pages show it."""

    application: Application
    name: str
    number: str
    power: str
    valid_until: date | None
    complete: bool

    @property
    def ref(self) -> uuid.UUID:
        """The reference under which the agent keeps the client."""
        return self.application.draft.ref

    @property
    def index(self) -> str:
        """What finds the client's own rows in cases."""
        return blind_index(self.number) if self.number else ""


def clients_of(site: Site, account: Account, at: datetime) -> list[Client]:
    """Return the clients an agent keeps on this platform, by name."""
    held = Draft.objects.filter(account=account, platform=site.code, kind=CLIENT).order_by("-updated_at")
    found = [_client(Application(draft, account, CLIENT_PLAN, at)) for draft in held[:MOST_CLIENTS]]
    return sorted(found, key=lambda one: one.name)


def _client(application: Application) -> Client:
    who, agent, scope = (application.of(name) for name in ("who", "agent", "scope"))
    until = scope.get("valid_until")
    return Client(
        application,
        who.get("name", ""),
        who.get("identity_number", ""),
        label_of(Power(agent["power"])) if agent.get("power") else "",
        date.fromisoformat(until) if until else None,
        not any(step.name not in application.answers for step in CLIENT_PLAN),
    )


class Clients(Window):
    """The dashboard: clients with their cases and soonest clocks, what runs out next."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        clients = clients_of(self.site, self.account, self.at)
        own = self.site.rights.own_cases(self.account)
        running = Clock.objects.filter(case__in=own.values("pk"), state=Clock.RUNNING)
        cases = self._cases([one.index for one in clients], own)
        soonest = dict(running.values_list("case").annotate(due=Min("due_at")))
        rows = []
        for one in clients:
            held = cases.get(one.index, [])
            dues = [soonest[pk] for pk in held if pk in soonest]
            rows.append(
                {
                    "client": one,
                    "url": self.site.url("client", draft=one.ref),
                    "cases": len(held),
                    "due": min(dues, default=None),
                    "expired": one.valid_until is not None and one.valid_until < local_day(self.at),
                    "expiring": one.valid_until is not None and one.valid_until < local_day(self.at + timedelta(30)),
                }
            )
        open_cases = {pk for held in cases.values() for pk in held}
        near = running.filter(due_at__lt=self.at + SOON)
        tiles = [
            {"label": gettext("委托人"), "value": len(clients), "url": ""},
            {"label": gettext("在办案件"), "value": len(open_cases), "url": self.site.url("work")},
            {
                "label": gettext("七日内到期"),
                "value": near.filter(due_at__gte=self.at).count(),
                "url": "",
                "tone": "waiting",
            },
            {
                "label": gettext("已逾期"),
                "value": near.filter(due_at__lt=self.at).count(),
                "url": f"{self.site.url('work')}?late=late",
                "tone": "bad",
            },
        ]
        context = {"rows": rows, "tiles": tiles, "clocks": self._next(running), "crumbs": crumbs(self.site)}
        return self.page("clients", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin to enter a client; an agent says who they themselves are only once."""
        if Draft.objects.filter(account=self.account, platform=self.site.code, kind=CLIENT).count() >= MOST_CLIENTS:
            messages.error(request, gettext("委托人已达500名，请先删除不再代理的。"))
            return self.to("clients")
        known = next(iter(clients_of(self.site, self.account, self.at)), None)
        draft = Draft.objects.create(platform=self.site.code, account=self.account, kind=CLIENT, updated_at=self.at)
        if known is not None and (agent := known.application.of("agent")):
            made = Application(draft, self.account, CLIENT_PLAN, self.at)
            kept = {name: agent[name] for name in agent if name != "power"}
            made.answers[AGENT_KNOWN] = kept
            made.save()
        return self.to("client_step", draft=draft.ref, step="who")

    def _cases(self, indexes: Iterable[str], own: Any) -> dict[str, list[int]]:
        """Return the open cases of each client in which this agent acts, by the client's index."""
        wanted = [index for index in indexes if index]
        people = Party.objects.filter(
            platform=self.site.code, identity_index__in=wanted, case__in=own.values("pk")
        ).exclude(Q(side="") | Q(case__state__in=FINAL))
        found: dict[str, list[int]] = {}
        for index, case in people.values_list("identity_index", "case").distinct():
            found.setdefault(index, []).append(case)
        return found

    def _next(self, running: Any) -> list[dict[str, Any]]:
        """Return the clocks that run out next, with the case each belongs to."""
        return [
            {
                "due": clock.due_at,
                "label": label_of(ClockKind(clock.kind)),
                "number": clock.case.called,
                "state": label_of(State(clock.case.state)),
                "url": self.site.links.case(clock.case),
                "overdue": clock.due_at < self.at,
            }
            for clock in running.select_related("case").order_by("due_at")[:MOST_CLOCKS]
        ]


def crumbs(site: Site, *more: tuple[str, str]) -> list[dict[str, str]]:
    """Return where the reader is below the dashboard."""
    trail = [(gettext("我的委托人"), site.url("clients") if more else ""), *more]
    return [{"label": label, "url": url} for label, url in trail]


class ClientWindow(DraftWindow):
    """A page about one client; for everybody but its agent it is not found."""

    step_page, tasks_page = "client_step", "client"

    @property
    def kind(self) -> str:
        """Clients, not applications."""
        return CLIENT

    @property
    def plan(self) -> tuple[Step, ...]:
        """What is asked of a client."""
        return CLIENT_PLAN

    def crumbs(self, last: str) -> list[dict[str, str]]:
        """Return where the reader is."""
        name = self.application.of("who").get("name", "") or gettext("新委托人")
        return crumbs(self.site, (name, self.site.url("client", draft=self.draft.ref)), (last, ""))


class ClientPage(ClientWindow, Tasks):
    """One client: what is known, the authority, the cases; applying for them."""

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Show the page."""
        held = self.application
        one = _client(held)
        missing = {step.name: why for step, why in held.faults()}
        tasks = [
            {
                "label": step.label,
                "hint": step.hint,
                "url": self.site.url("client_step", draft=draft, step=step.name),
                "status": "todo" if step.name in missing else "done",
            }
            for step in CLIENT_PLAN
        ]
        people = Party.objects.filter(platform=self.site.code, identity_index=one.index).exclude(identity_index="")
        own = self.site.rights.own_cases(self.account).filter(pk__in=people.values("case"))
        cases: list[Case] = list(own.order_by("-filed_at", "-id")[:MOST_CASES])
        context = {
            "client": one,
            "tasks": tasks,
            "ready": not missing,
            "cases": self.rows(cases),
            "crumbs": crumbs(self.site, (one.name or gettext("新委托人"), "")),
        }
        return self.page("client", context)

    def post(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Begin an application for the client, or take the client off one's list with ``drop``."""
        if request.POST.get("drop"):
            with transaction.atomic():
                self.application.discard()
            messages.success(request, gettext("委托人已从您的列表中删除，案件不受影响。"))
            return self.to("clients")
        if self.application.faults():
            messages.error(request, gettext("请先完成委托人的各项信息。"))
            return self.to("client", draft=draft)
        begun = Draft.objects.create(
            platform=self.site.code, account=self.account, kind=self.site.opening, updated_at=self.at
        )
        application = Application(begun, self.account, self.site.plan, self.at)
        application.take_client(self.application)
        application.save()
        return self.to("tasks", draft=begun.ref)


class ClientStep(ClientWindow, StepPage):
    """One step of what is asked of a client."""

    def post(self, request: HttpRequest, draft: uuid.UUID, step: str) -> HttpResponse:
        """Save the step; applications begun for the client and not sent yet rest on its new authority at once."""
        answer = super().post(request, draft, step)
        if self.step.name in AUTHORITY_STEPS and answer.status_code == HTTPStatus.FOUND:
            for begun in own_drafts(self.account, self.site):
                application = Application(begun, self.account, self.site.plan, self.at)
                if application.client == str(draft):
                    application.take_authority(self.application)
                    application.save()
        return answer
