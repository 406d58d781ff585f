"""The portal's pages of being told: the inbox, how somebody wants to be told, documents served and their proof.

Lives here: pages for parties, agents, mediators and organisations, the same on both platforms. Does not live here: who
holds a place (``telling.people``), what counts as served (``telling.service``), the desk (``adminkit``).
Called by: ``addresses``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from mediation import guards, log, moves, papers, queries
from mediation.actor import Actor
from mediation.models import Request
from mediation.moves import Refused
from mediation.papers import Paper, PaperRefused
from mediation.telling import service
from mediation.telling.people import inbox, unread
from mediation.vocabulary import Role, ServiceSubject, State
from mediation.windows import actions, serving
from mediation.windows import papers as taken
from mediation.windows.inboxes import leaf, preferences, read
from mediation.windows.pages import citations
from mediation.windows.portal import CaseWindow, Window

PAGE = 30
SERVERS = (Role.ORGANISATION,)
"""Who serves documents in a portal; courts do it at their desk."""

SIGNED_FOR = {
    ServiceSubject.RULING: ("receive_ruling", State.CONFIRMED),
    ServiceSubject.DECREE: ("receive_decree", State.DECREE_ISSUED),
}
"""Documents whose receipt is an act of its own: with the confirmation the party also signs for them."""


# The inbox.


class Inbox(Window):
    """Everything somebody has been told here, newest first; reading all at once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        mine = inbox(self.account, self.site.code, self.posts)
        found = leaf(request, self.account, mine, PAGE)
        return self.page(
            "notices_inbox",
            {
                "rows": found.rows,
                "older_url": found.older,
                "newer_url": "" if found.first else self.site.url("notices"),
                "open_name": f"{self.site.code}:notice",
            },
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark everything as read."""
        mine = unread(inbox(self.account, self.site.code, self.posts), self.account)
        read(self.account, list(mine[:1000]), self.at)
        return self.to("notices")


class OpenNotice(Inbox):
    """Open one notice: the reading is noted, and the case it is about shown."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, notice: int) -> HttpResponse:  # type: ignore[override]
        """Lead to what the notice is about."""
        found = inbox(self.account, self.site.code, self.posts).filter(pk=notice).first()
        if found is None:
            raise Http404
        read(self.account, [found], self.at)
        if not self.visible().filter(pk=found.case_id).exists():
            messages.info(request, gettext("您已不再办理这件案件，不能打开。"))
            return self.to("notices")
        if found.link:
            return self.to("service", ref=found.case.ref, service=found.link)
        return self.to("case", ref=found.case.ref)


class Preferences(Window):
    """How somebody wants to be told."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page("notices_preferences", {"form": preferences(request, self.account)[0]})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the wishes."""
        form, kept = preferences(request, self.account)
        if not kept:
            return self.page("notices_preferences", {"form": form}, status=422)
        messages.success(request, gettext("通知设置已经保存。"))
        return self.to("notices")


# Documents served.


class Services(CaseWindow):
    """The documents served in a case: a party sees its own, an organisation all, and serves."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show them."""
        return self._shown(serving.ServeForm(self.view) if self._server() else None)

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Serve a document."""
        server = self._server()
        if server is None:
            raise Http404
        form = serving.ServeForm(self.view, request.POST)
        if form.is_valid() and (said := serving.serve(form, server, self.at)):
            self.site.ring()
            messages.success(request, said)
            return self.to("services", ref=ref)
        return self._shown(form, status=422)

    def mine(self) -> set[str]:
        """Return the parties whose services these readers see."""
        return serving.shown_to(self.case, self.actors)

    def _server(self) -> Actor | None:
        return next((actor for actor in self.actors if actor.role in SERVERS), None)

    def _shown(self, form: serving.ServeForm | None, status: int = 200) -> HttpResponse:
        ref = self.case.ref
        return self.page(
            "services",
            {
                "title": self.view.title,
                "case": self.case,
                "services": serving.rows(
                    self.view,
                    lambda one: self.site.url("service_proof", ref=ref, service=one),
                    lambda one: self.site.url("service", ref=ref, service=one),
                    parties=self.mine(),
                ),
                "addresses": serving.addresses(
                    self.view, lambda one: self.site.url("address_paper", ref=ref, party=one), parties=self.mine()
                ),
                "form": form,
                "confirm_url": next(
                    (one.url for one in self.view.moves if one.name == "confirm_address" and one.available), ""
                ),
                "crumbs": self.crumbs(gettext("送达")),
            },
            status=status,
        )


class ServiceWindow(Services):
    """A page about one service that the reader may see; anything else is not found."""

    def known(self) -> dict[str, Any]:
        """Return the service; raises Http404."""
        found = guards.service_of(self.case, str(self.kwargs["service"]))
        if not found or found["party"] not in self.mine():
            raise Http404
        return found

    def addressee(self) -> Actor | None:
        """Return the capacity in which the reader is the addressee, or None."""
        party = self.known()["party"]
        return next((one for one in self.actors if party in guards.acts_for(self.case, one)), None)


class Service(ServiceWindow):
    """One document served: the addressee opens it, which leaves a trace, and confirms receipt."""

    def get(self, request: HttpRequest, ref: uuid.UUID, service: uuid.UUID) -> HttpResponse:  # type: ignore[override]
        """Show it; opened by its addressee, that is noted."""
        self.known()
        if by := self.addressee():
            self._note_opening(by)
        return self._page([])

    def post(self, request: HttpRequest, ref: uuid.UUID, service: uuid.UUID) -> HttpResponse:  # type: ignore[override]
        """Confirm receipt; what has to be signed for is signed for with it."""
        known, by = self.known(), self.addressee()
        if by is None:
            raise Http404
        done = []
        try:
            for move, facts in self._acts(known):
                key = str(uuid.uuid5(service, f"{move}/{by.ref}"))
                done.append(moves.perform(self.case, move, by=by, at=self.at, facts=facts, key=key))
        except Refused as refused:
            return self._page([actions.spoken(refused, self.at)], status=409)
        self.site.ring()
        asked = any(isinstance(one, Request) for one in done)
        messages.success(request, gettext("已提交确认，等待对方平台记入。") if asked else gettext("已确认收到。"))
        return self.to("service", ref=ref, service=service)

    def _note_opening(self, by: Actor) -> None:
        ref = str(self.kwargs["service"])
        log.note(self.site.code, str(self.case.ref), "service.opened", by=by, at=self.at, facts={"service": ref})
        service.opened(self.case, ref, by=by, at=self.at)
        self.case.refresh_from_db()

    def _acts(self, known: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        party = known["party"]
        acts: list[tuple[str, dict[str, Any]]] = []
        if not known["acknowledged_at"]:
            acts.append(("acknowledge_service", {"party": party, "service": str(self.kwargs["service"])}))
        move, state = SIGNED_FOR.get(ServiceSubject(known["subject"]), ("", ""))
        signed = {*self.case.sheet.get("received", {}), *self._signed_decree()}
        if move and self.case.state == state and party not in signed:
            acts.append((move, {"party": party}))
        asked = queries.requests_of([self.case], self.at).get(self.case.pk, ())
        waiting = [one for one in asked if one.state == Request.WAITING]
        return [act for act in acts if not any((one.move, one.facts) == act for one in waiting)]

    def _signed_decree(self) -> list[str]:
        return list(self.case.sheet["proposals"].get("receive_decree", {}).get("yes", ()))

    def _page(self, errors: list[str], status: int = 200) -> HttpResponse:
        ref, known = self.case.ref, self.known()
        (row,) = [
            one
            for one in serving.rows(
                self.view,
                lambda one: self.site.url("service_proof", ref=ref, service=one),
                lambda one: "",
                parties={known["party"]},
            )
            if one["ref"] == str(self.kwargs["service"])
        ]
        document = service.document_of(self.case, row["ref"])
        waits = self._acts(known) if self.addressee() else []
        return self.page(
            "service",
            {
                "title": self.view.title,
                "row": row,
                "services": [row],
                "document": document,
                "digest": known["digest"],
                "url": self.site.links.document(self.case, document) if document and document.present else "",
                "waits": bool(waits),
                "signs": any(move != "acknowledge_service" for move, _facts in waits),
                "article": citations(("CPL-90", "ZS-31"), self.view.today),
                "errors": errors,
                "crumbs": self.crumbs(row["name"]),
            },
            status=status,
        )


class ServiceProof(ServiceWindow):
    """The 送达回证 of one service, for its addressee and whoever served."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, ref: uuid.UUID, service: uuid.UUID) -> HttpResponse:  # type: ignore[override]
        """Hand it out; who took it stands in the local log."""
        self.known()
        return handed(self, "SERVICE_PROOF", lambda: serving.proof(self.case, str(service), self.at))


class AddressPaper(Services):
    """The 送达地址确认书 of one party."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:  # type: ignore[override]
        """Hand it out."""
        if str(party) not in self.mine():
            raise Http404
        return handed(self, "SERVICE_ADDRESS", lambda: papers.address_confirmation(self.case, str(party), self.at))


def handed(window: CaseWindow, kind: str, make: Callable[[], Paper]) -> HttpResponse:
    """Return a paper of service as a download, or the page that says why it cannot be made; who took it is noted."""
    case, by = window.case, window.actors[0]
    try:
        paper = make()
    except PaperRefused as refused:
        why = taken.refusal(refused)
        context = {
            "title": window.view.title,
            "label": gettext("下载文书"),
            "reason": why["said"],
            "next_step": why["remedy"],
            "case_url": window.site.url("case", ref=case.ref),
        }
        return window.page("closed", context, status=409)
    taken.note(case, kind, paper, by, window.at)
    return taken.handed(paper)
