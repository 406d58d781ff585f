"""Pages on which an agreement is looked at and signed: the frozen document, the signed file, those behind a link.

Lives here: handing out both documents to those who sign, sending links, signing on a telephone without an account. Does
not live here: signing in an account (the form of the move, ``portal``), what a link allows (``signlink``).
Called by: the ``urls`` of the platform on which agreements are signed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from mediation import files, log
from mediation.actor import Actor
from mediation.models import Party, SignedAgreement, SigningLink
from mediation.moves import Refused
from mediation.papers.press import PaperRefused
from mediation.present import now
from mediation.signatures.frozen import PDF, Frozen, current, versions
from mediation.signatures.verification import signed_file
from mediation.tasks import ring_seal
from mediation.vocabulary import Role
from mediation.windows import actions, papers, signlink
from mediation.windows.linkpages import LinkOpening, LinkPage
from mediation.windows.pages import PEOPLE, sides, spoken_instant
from mediation.windows.partylink import LinkRefused
from mediation.windows.portal import CaseWindow, Site
from roster.codes import TooManyCodes

SIGNERS = frozenset({*PEOPLE, Role.MEDIATOR, Role.ORGANISATION})
HOSTS = frozenset({Role.MEDIATOR, Role.ORGANISATION})


def signing_addresses(site: Site) -> list[URLPattern]:
    """Return the addresses of these pages."""
    return [
        path("cases/<uuid:ref>/signing/<int:version>/", FrozenFile.as_view(site=site), name="frozen_agreement"),
        path("cases/<uuid:ref>/signing/<int:version>/signed/", SignedFile.as_view(site=site), name="signed_agreement"),
        path("cases/<uuid:ref>/signing/link/<uuid:party>/", SendLink.as_view(site=site), name="signing_link"),
        path("signing/", Signing.as_view(site=site), name="signing"),
        path("signing/document/", LinkedFile.as_view(site=site), name="signing_document"),
        path("signing/signed/", LinkedSigned.as_view(site=site), name="signing_signed"),
        path("signing/<str:token>/", Opening.as_view(site=site), name="signing_open"),
    ]


# In an account.


class SignerWindow(CaseWindow):
    """A page for those who sign: parties, agents, the mediator, the organisation; not found for everybody else."""

    def signer(self) -> Actor:
        """Return the capacity in which the reader signs."""
        found = next((actor for actor in self.actors if actor.role in SIGNERS), None)
        if found is None:
            raise Http404
        return found


class FrozenFile(SignerWindow):
    """The document of one version as it was frozen, byte for byte, or its text typeset."""

    def get(self, request: HttpRequest, ref: uuid.UUID, version: int) -> HttpResponse:
        """Show it in the browser."""
        by = self.signer()
        found = next((one for one in versions(self.case) if one.version == version), None)
        if found is None:
            raise Http404
        facts = {"version": version, "digest": found.digest}
        log.note(self.site.code, str(ref), "agreement.read", by=by, at=self.at, facts=facts)
        try:
            return handed(found)
        except PaperRefused as refused:
            why = papers.refusal(refused)
            context = {
                "title": self.view.title,
                "label": _("查看调解协议"),
                "reason": why["said"],
                "next_step": why["remedy"],
                "case_url": self.site.url("case", ref=ref),
            }
            return self.page("closed", context, status=409)


class SignedFile(SignerWindow):
    """The signed file of one version, as far as it has been assembled."""

    def get(self, request: HttpRequest, ref: uuid.UUID, version: int) -> HttpResponse:
        """Hand it out."""
        by = self.signer()
        row = SignedAgreement.objects.filter(case=self.case, version=version).first()
        content = signed_file(row) if row else None
        if row is None or content is None:
            raise Http404
        return taken(row, content, by, self.at)


class SendLink(SignerWindow):
    """Send a party a link by which it signs on its telephone."""

    def post(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
        """Send it."""
        by = next((actor for actor in self.actors if actor.role in HOSTS), None)
        if by is None:
            raise Http404
        person = self.person(party)
        try:
            signlink.ask(self.case, person, by=by, at=self.at, address=self.site.url("signing"))
        except LinkRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("已向%(name)s发送签名链接。") % {"name": person.name})
        return self.to("case", ref=ref)


def handed(found: Frozen) -> HttpResponse:
    """Return the frozen document to be shown; raises PaperRefused."""
    return HttpResponse(found.content, headers=files.preview_headers(found.name, found.media_type))


def taken(row: SignedAgreement, content: bytes, by: Actor, at: datetime) -> HttpResponse:
    """Return the signed file to be saved, and note who took it."""
    facts = {"version": row.version, "sha256": row.sha256}
    log.note(row.platform, str(row.case.ref), "agreement.taken", by=by, at=at, facts=facts)
    return HttpResponse(content, headers=files.download_headers(f"调解协议（已签署，第{row.version}版）.pdf", PDF))


# Behind a link.


class Opening(LinkOpening):
    """The address in the message."""

    mark, links = "signing", signlink

    @property
    def unknown(self) -> str:
        """What is said of a token nobody was sent."""
        return _("没有这个链接。请完整复制短信中的地址，或者联系调解组织。")


class LinkedPage(LinkPage):
    """A page for whoever has opened a signing link."""

    mark, links = "signing", signlink

    def link(self, at: datetime) -> tuple[SigningLink, Party]:
        """Return the link this browser holds and whom it is for; raises LinkRefused."""
        found = SigningLink.objects.select_related("case").filter(pk=self.held, platform=self.site.code).first()
        if found is None:
            raise LinkRefused(_("请从发给您的短信中打开链接。"))
        return found, signlink.check_alive(found, at)


class LinkedFile(LinkedPage):
    """The frozen document, for whoever has proved the telephone."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        at = now()
        try:
            link, _person = self.link(at)
        except LinkRefused as refused:
            return self.dead(str(refused), 410)
        found = current(link.case)
        if not self.is_proved(at) or found is None:
            return HttpResponseRedirect(self.site.url("signing"))
        by = signlink.bearer(link)
        facts = {"version": found.version, "digest": found.digest}
        log.note(self.site.code, str(link.case.ref), "agreement.read", by=by, at=at, facts=facts)
        try:
            return handed(found)
        except PaperRefused as refused:
            return self.dead(papers.refusal(refused)["said"], 409)


class LinkedSigned(LinkedPage):
    """The signed file, for whoever has signed by this link."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Hand it out."""
        at = now()
        try:
            link, _person = self.link(at)
        except LinkRefused as refused:
            return self.dead(str(refused), 410)
        row = signlink.file_of(link)
        content = signed_file(row) if row and self.is_proved(at) else None
        if row is None or content is None:
            return HttpResponseRedirect(self.site.url("signing"))
        return taken(row, content, signlink.bearer(link), at)


class Signing(LinkedPage):
    """One page: first prove the telephone, then read the whole agreement, then sign with a second code, or refuse."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show where the bearer of the link stands."""
        return self._at(now(), {})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a code, check a code, sign, or refuse."""
        return self._at(now(), request.POST)

    def _at(self, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        try:
            link, person = self.link(at)
            if not self.is_proved(at):
                return self.prove(link, person, at, posted, {"house": signlink.sender(link.case)})
            return self._signed(link, person, at, posted)
        except LinkRefused as refused:
            return self.dead(str(refused), 410)

    def _signed(self, link: SigningLink, person: Party, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        wrong = ""
        if "sign" in posted or "refuse" in posted:
            wrong = self._act(link, at, posted)
            if not wrong:
                return HttpResponseRedirect(self.site.url("signing"))
        elif "send" in posted:
            try:
                signlink.send_code(link, at)
            except TooManyCodes as often:
                wrong = str(often)
            else:
                self.request.session["signing_second"] = True
                return HttpResponseRedirect(self.site.url("signing"))
        return self._shown(link, person, at, wrong)

    def _act(self, link: SigningLink, at: datetime, posted: Mapping[str, Any]) -> str:
        """Sign or refuse; returns what went wrong, or nothing."""
        if "refuse" in posted and not posted.get("sure"):
            return _("拒绝签署将终止调解。确实要拒绝的，请先勾选确认。")
        if "sign" in posted and not posted.get("read"):
            return _("请先打开协议全文核对，并勾选已经看过。")
        try:
            if "refuse" in posted:
                signlink.refuse(link, at)
                self.site.ring()
                self.request.session.pop("signing_link", None)
                messages.success(self.request, _("已记录您拒绝签署，调解终止。您在法院的权利不受影响。"))
                return ""
            signlink.sign(link, str(posted.get("code", ""))[:12], at)
        except LinkRefused as refused:
            return str(refused)
        except Refused as refused:
            return actions.spoken(refused, at)
        self.site.ring()
        ring_seal()
        messages.success(self.request, _("已签署，签名已记入案件。"))
        return ""

    def _shown(self, link: SigningLink, person: Party, at: datetime, wrong: str) -> HttpResponse:
        found = current(link.case)
        row = signlink.file_of(link)
        signed = link.case.sheet["agreement"]["signatures"].get(str(link.party), "")
        context = {
            "ball": self.ball(link, at, "" if signed else _("在本页核对协议，签署或者拒绝")),
            "house": signlink.sender(link.case),
            "person": person,
            "title": sides(link.case),
            "frozen": found,
            "text": found.text if found else "",
            "signed_at": spoken_instant(datetime.fromisoformat(signed)) if signed else "",
            "code": row.code if row else "",
            "is_filed": bool(row and row.sha256),
            "second": bool(self.request.session.get("signing_second")),
            "wrong": wrong,
            "expires": spoken_instant(link.expires_at),
        }
        return self.page("signing_sign", context, 422 if wrong else 200)
