"""InvestorNet's portal: parties and agents, organisations and mediators; its own pages for organisations.

Called by: ``urls``. The other views are those of ``mediation.windows.portal``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from investornet import rotation
from investornet.access import rights
from investornet.actions import apply, appoint_by_turn, record_offline
from investornet.filelists import is_asked
from investornet.forms import PLAN, OfflineForm
from mediation import facts, guards, queries
from mediation.actor import Actor
from mediation.exchange.tasks import ring
from mediation.lifecycle import MOVES
from mediation.models import Case
from mediation.moves import Refused
from mediation.vocabulary import ListingStatus, Role, State
from mediation.windows import actions
from mediation.windows.pages import list_rows, title
from mediation.windows.portal import Site, Window
from mediation.windows.wizard import Application
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Listing, Mediator

STOPPED = (ListingStatus.SUSPENDED, ListingStatus.REMOVED, ListingStatus.EXITED)
MOST_WAITING = 50


def recipient(application: Application) -> str:
    """Return the name of the organisation applied to."""
    found = roster.organisation(rights.platform, application.of("addressee").get("organisation", ""))
    return found.name if found else ""


SITE = Site(
    code=rights.platform,
    rights=rights,
    roles=frozenset({Role.ORGANISATION, Role.MEDIATOR}),
    plan=PLAN,
    opening="apply",
    send=apply,
    recipient=recipient,
    ring=ring,
    menu=(
        (Role.ORGANISATION, "inbox", gettext_lazy("待办事项")),
        (Role.ORGANISATION, "files", gettext_lazy("名册档案")),
        (Role.MEDIATOR, "files", gettext_lazy("我的档案")),
    ),
)


class OrganisationWindow(Window):
    """A page for an organisation's administrator; for everybody else it is not found."""

    found_by: tuple[Role, ...] = (Role.ORGANISATION,)
    """Whose page this is, in the order in which somebody who is several of them acts."""

    @property
    def actor(self) -> Actor:
        """The administrator; raises Http404."""
        posts = rights.posts(self.account, self.at)
        held = next((post for role in self.found_by for post in posts if post.role == role), None)
        if held is None:
            raise Http404
        found = rights.actor_of(held, self.account)
        self.request.actor = found  # type: ignore[attr-defined]
        return found


class Inbox(OrganisationWindow):
    """What waits for the organisation: replies first, then mediators to be appointed, then seals."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the three lists, most urgent first."""
        ours = Case.objects.of(SITE.code).filter(organisation=self.actor.seat)
        waiting = [State.DELEGATED, State.APPLIED, State.PROOF_SOUGHT]
        asked = list(ours.filter(state__in=waiting).order_by("filed_at", "id")[:MOST_WAITING])
        unassigned = list(rotation.unserved(SITE.code, self.actor.seat)[:MOST_WAITING])
        settled = ours.filter(state=State.SETTLED).order_by("filed_at", "id")[:MOST_WAITING]
        unsealed = [case for case in settled if guards.is_waiting_for_seal(case)]
        gone = self._gone()
        stranded = list(rotation.served_by(SITE.code, self.actor.seat, gone)[:MOST_WAITING])
        rows = list_rows([*asked, *unassigned, *stranded, *unsealed], self.at, SITE.links)
        first, second = len(asked), len(asked) + len(unassigned)
        third = second + len(stranded)
        turns = rotation.turns(SITE.code, self.actor.seat, unassigned, self.at, gone=gone)
        answered = [{**row, "answers": _answers(row)} for row in rows[:first]]
        named = [
            {
                **row,
                "appoint_url": SITE.url("move", ref=case.ref, move="appoint_mediator"),
                "turn": turns.get(case.pk),
                "waited": self._waited(case),
            }
            for case, row in zip(unassigned, rows[first:second], strict=True)
        ]
        sealed = [{**row, "url": SITE.url("seal", ref=row["ref"])} for row in rows[third:]]
        groups: list[dict[str, Any]] = [
            {"title": gettext("待答复"), "cases": sorted(answered, key=lambda row: str(row["due"])), "answers": True},
            {"title": gettext("待指定调解员"), "cases": named, "turns": True},
            {"title": gettext("待盖章"), "cases": sealed},
        ]
        if stranded:
            # Each offers somebody else with one click, and leads to choosing another.
            offered = rotation.turns(SITE.code, self.actor.seat, stranded, self.at, gone=gone)
            replaced = [
                {
                    **row,
                    "appoint_url": SITE.url("move", ref=case.ref, move="appoint_mediator"),
                    "turn": offered.get(case.pk),
                }
                for case, row in zip(stranded, rows[second:third], strict=True)
            ]
            title = gettext("调解员已暂停或者退出，待更换")
            groups.insert(0, {"title": title, "cases": replaced, "turns": True, "replaces": True})
        campaign, own = roster.open_campaign(SITE.code), roster.organisation(SITE.code, self.actor.seat)
        asks = campaign if own is not None and is_asked(own, campaign) else None
        suggested = rights.files(self.actor, "mediator").filter(sheet__has_key="suggested").order_by("name", "pk")
        corrections = [
            {"name": one.name, "url": SITE.url("file", aggregate="mediator", ref=one.ref)}
            for one in suggested[:MOST_WAITING]
        ]
        return self.page("inbox", {"groups": groups, "campaign": asks, "corrections": corrections})

    def _waited(self, case: Case) -> int:
        """Return for how many working days an accepted case has been without a mediator."""
        accepted = case.sheet.get("accepted_at")
        since = local_day(datetime.fromisoformat(accepted) if accepted else case.filed_at)
        return queries.calendar().working_days_until(since, local_day(self.at))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Appoint in every case that waits for a mediator whoever's turn it is."""
        by = self.actor
        cases = list(rotation.unserved(SITE.code, by.seat)[:MOST_WAITING])
        say_turns(request, cases, appoint_by_turn(cases, by, self.at, self._gone()), self.at)
        return self.to("inbox")

    def _gone(self) -> list[str]:
        """Return the references of the organisation's mediators who may not go on."""
        own = Mediator.objects.filter(platform=SITE.code, organisation=self.actor.seat)
        stopped = Listing.objects.filter(platform=SITE.code, status__in=STOPPED, mediator__in=own.values("ref"))
        gone = own.filter(Q(active=False) | Q(ref__in=stopped.values("mediator")))
        return [str(ref) for ref in gone.values_list("ref", flat=True)]


def _answers(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return the two answers an organisation can give to a case it is asked to take; none while a proof is asked."""
    if row["state"] == State.PROOF_SOUGHT:
        return []
    return [
        {"label": gettext(MOVES[name].label), "url": SITE.url("move", ref=row["ref"], move=name)}
        for name in ("accept", "decline")
    ]


def say_turns(request: HttpRequest, cases: Sequence[Case], refused: Mapping[int, Refused], at: datetime) -> None:
    """This function will say on the next page in how many cases somebody was appointed, and why not in the others."""
    messages.success(request, gettext("已按轮值为%(count)d件案件指定调解员。") % {"count": len(cases) - len(refused)})
    for case in cases:
        if case.pk in refused:
            said = {"case": case.number or title(case), "why": actions.spoken(refused[case.pk], at)}
            messages.warning(request, gettext("%(case)s没有指定：%(why)s") % said)


class Load(OrganisationWindow):
    """What each mediator of the organisation carries, whose turn is next, and how much more the organisation takes."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the board."""
        seat = self.actor.seat
        organisation = roster.organisation(SITE.code, seat)
        carried = queries.load_of(SITE.code, seat)
        tiles = [
            {"label": gettext("在办案件"), "value": carried, "url": SITE.url("work")},
            {
                "label": gettext("还可以接受"),
                "value": max(organisation.capacity - carried, 0) if organisation else 0,
                "url": "",
                "tone": "good",
            },
        ]
        people = rotation.board(SITE.code, seat, self.at)
        return self.page("load", {"mediators": people, "organisation": organisation, "tiles": tiles})


class RecordOffline(OrganisationWindow):
    """Record an agreement reached off line."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page("offline", {"form": OfflineForm(self.actor.seat, self.at)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Record it, or say why not; sent twice, it is recorded once."""
        by = self.actor
        form = OfflineForm(by.seat, self.at, request.POST, request.FILES)
        if form.is_valid():
            try:
                entry = record_offline(form, by, self.account)
            except Refused as refused:
                form.add_error(None, actions.spoken(refused, self.at))
            except facts.Malformed as wrong:
                actions.say_malformed(form, wrong)
            else:
                SITE.ring()
                messages.success(request, gettext("已登记线下调解成功的案件。"))
                return self.to("case", ref=entry.case.ref)
        return self.page("offline", {"form": form}, status=422)
