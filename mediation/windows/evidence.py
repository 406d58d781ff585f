"""Handing materials in to a case, looking at them, taking back what went to the wrong one.

Lives here: choosing files and who may see them, confirming the case by its parties, the preview, the withdrawal, and
the addresses to which large files come by pieces (the creation and core parts of the tus protocol, version 1.0.0). Does
not live here: the pieces (``incoming``), what a file may be (``files``), who may read what (``rights``).
Called by: ``addresses``. Without JavaScript the plain form does the same.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import facts, files, incoming, log, moves, queries
from mediation.actor import Actor
from mediation.lifecycle import MOVES
from mediation.models import Case, Document, Draft, Request, Upload
from mediation.moves import Refused
from mediation.vocabulary import Audience, DocumentKind, Role
from mediation.windows import actions
from mediation.windows.moveforms import audiences_for, choice, terms
from mediation.windows.pages import citations, label_of
from mediation.windows.portal import CaseWindow, Window, not_now
from mediation.windows.uploads import FilesField, Kept, enclose, limits
from mediation.windows.wizard import FIRST_AUDIENCES, MOST_FILES, Application
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day

KINDS = (
    DocumentKind.EVIDENCE,
    DocumentKind.CONTRACT,
    DocumentKind.TRADING,
    DocumentKind.ACCOUNT,
    DocumentKind.IDENTITY,
    DocumentKind.AUTHORITY,
    DocumentKind.PAYMENT,
    DocumentKind.PROPERTY,
    DocumentKind.ORGANISATION_PROOF,
)
SEEN_BY = {
    Audience.ALL: _("对方当事人、调解员、调解组织和法院都能看到"),
    Audience.PARTIES: _("对方当事人和调解员能看到，法院看不到"),
    Audience.APPLICANTS: _("您这一方和调解员能看到，对方和法院看不到"),
    Audience.RESPONDENTS: _("您这一方和调解员能看到，对方和法院看不到"),
    Audience.MEDIATOR: _("只有调解员和提交人能看到"),
    Audience.ORGANISATION: _("只有调解组织能看到"),
    Audience.COURT: _("只有法院能看到"),
    Audience.JUDGE: _("只有法官能看到"),
}
PROTOCOL = "1.0.0"


class EvidenceForm(WordedForm):
    """Which files, what they are and who may see them."""

    kind = forms.ChoiceField(label=_("材料种类"), choices=terms(KINDS), initial=DocumentKind.EVIDENCE.value)
    uploads = FilesField(label=_("选择文件"), required=False, help_text=_("可以一次选择多份。"))

    def __init__(self, case: Case, actor: Actor, *args: Any, **kwargs: Any) -> None:
        """Offer the audiences that include the sender."""
        super().__init__(*args, **kwargs)
        offered = audiences_for(case, actor)
        self.fields["audience"] = choice(
            _("谁能看到"), [(one.value, f"{label_of(one)}{gettext('：')}{SEEN_BY[one]}") for one in offered]
        )
        self.fields["audience"].initial = Audience.ALL.value
        self.order_fields(["kind", "audience", "uploads"])


class EvidenceWindow(CaseWindow):
    """A page about materials of a case, for those who may hand some in."""

    @cached_property
    def sender(self) -> Actor:
        """In which capacity the reader hands in; raises Http404 for who never does."""
        found = next((actor for actor in self.actors if actor.role in MOVES["add_evidence"].by), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def ready(self) -> list[Upload]:
        """What the reader has uploaded for this case and not confirmed yet."""
        held = Upload.objects.filter(platform=self.site.code, account=self.account, case=self.case)
        return list(held.exclude(sha256=""))

    def refused(self, why: Refused, label: str) -> HttpResponse:
        """Return the page that says why something cannot be done now."""
        context = {
            "title": self.view.title,
            "label": label,
            "reason": gettext(why.reason),
            "article": citations(why.law, local_day(self.at)),
            "next_step": gettext(why.remedy) if why.remedy else "",
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(label),
        }
        return self.page("closed", context, status=409)

    def objection(self, move: str) -> Refused | None:
        """Return why the sender may not make this move now, or None."""
        listed = {declared.name: why for declared, why in moves.options(self.case, self.sender, self.at)}
        return listed[move] if move in listed else not_now(move)


class HandIn(EvidenceWindow):
    """Choose files for a case; nothing reaches the case before it is confirmed on the next page."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the form, or why nothing can be handed in."""
        why = self.objection("add_evidence")
        if why is not None:
            return self.refused(why, gettext(MOVES["add_evidence"].label))
        return self._shown(EvidenceForm(self.case, self.sender))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Keep the files and lead on to the confirmation."""
        form = EvidenceForm(self.case, self.sender, request.POST, request.FILES)
        if form.is_valid():
            given, chosen = form.cleaned_data, form.cleaned_data["uploads"]
            if not chosen and not self.ready:
                form.add_error("uploads", gettext("请选择要提交的文件。"))
            try:
                with transaction.atomic():
                    for judged, content in chosen:
                        begun = incoming.begin(
                            self.site.code,
                            self.account,
                            self.case,
                            judged.name_safe,
                            judged.size,
                            kind=given["kind"],
                            audience=given["audience"],
                            at=self.at,
                        )
                        incoming.take_whole(begun, judged, content, self.at)
            except files.FileRefused as error:
                form.add_error("uploads", gettext(error.message) % error.params)
            if not form.errors:
                return self.to("evidence_confirm", ref=ref)
        return self._shown(form, status=422)

    def _shown(self, form: EvidenceForm, status: int = 200) -> HttpResponse:
        context = {
            "title": self.view.title,
            "form": form,
            "ready": len(self.ready),
            "limits": limits(incoming.MOST_WAITING),
            "goal": f"case:{self.case.ref}",
            "uploads_url": self.site.url("uploads"),
            "done_url": self.site.url("evidence_confirm", ref=self.case.ref),
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(gettext(MOVES["add_evidence"].label)),
        }
        return self.page("evidence", context, status=status)


class Confirm(EvidenceWindow):
    """Name the case by its parties before anything is added to it."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show what will go where."""
        return self._shown([]) if self.ready else self.to("evidence", ref=ref)

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Hand in, or take one file out with ``drop``; sent twice, it is handed in once."""
        if not self.ready:
            return self.to("evidence", ref=ref)
        if dropped := request.POST.get("drop"):
            for upload in self.ready:
                if str(upload.ref) == dropped:
                    incoming.forget(upload)
            return self.to("evidence_confirm", ref=ref)
        if not request.POST.get("right_case"):
            said = gettext("请核对双方当事人，确认材料属于本案。")
            return self._shown([{"text": said, "url": "#id_right_case"}], status=422)
        try:
            with moves.together():
                made = self._hand_in(self.ready, vouched=bool(request.POST.get("vouched")))
                Upload.objects.filter(pk__in=[upload.pk for upload in self.ready]).delete()
        except Refused as refused:
            return self._shown([{"text": actions.spoken(refused, self.at), "url": ""}], status=422)
        except facts.Malformed as wrong:
            return self._shown([{"text": gettext(wrong.why), "url": "#id_vouched"}], status=422)
        self.site.ring()
        if isinstance(made, Request):
            messages.success(request, gettext("材料已提交，等待对方平台处理。"))
        else:
            messages.success(request, gettext("材料已提交到本案。交错了的，15分钟内可以在材料页面撤回。"))
        return self.to("case", ref=ref)

    @property
    def is_for_court(self) -> bool:
        """Tell whether a mediator hands in what the court reads, and has to answer for it."""
        return self.sender.role is Role.MEDIATOR and any(one.audience == Audience.ALL for one in self.ready)

    def _hand_in(self, ready: Sequence[Upload], *, vouched: bool) -> Any:
        seed = str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(str(upload.ref) for upload in ready)))
        papers = [
            enclose(
                Kept(one.name, one.sha256, one.size, one.media_type), one.kind, one.audience, seed=seed, place=place
            )
            for place, one in enumerate(ready)
        ]
        key = f"{self.account.ref.hex}/{seed}"
        stated = {"vouched": vouched} if self.is_for_court else {}
        how: dict[str, Any] = {"by": self.sender, "at": self.at, "facts": stated, "enclosures": papers, "key": key}
        return moves.perform(self.case, "add_evidence", **how)

    def _shown(self, errors: list[dict[str, str]], status: int = 200) -> HttpResponse:
        scans = files.scans(self.site.code, [upload.sha256 for upload in self.ready])
        context = {
            "title": self.view.title,
            "case": self.case,
            "parties": self.view.people,
            "rows": [
                {
                    "upload": upload,
                    "kind_label": label_of(DocumentKind(upload.kind)),
                    "seen_by": SEEN_BY[Audience(upload.audience)],
                    "scan": scans.get(upload.sha256, ""),
                }
                for upload in self.ready
            ],
            "errors": errors,
            "for_court": self.is_for_court,
            "more_url": self.site.url("evidence", ref=self.case.ref),
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(gettext("核对后提交")),
        }
        return self.page("evidence_confirm", context, status=status)


# Looking at one, taking one back.


class DocumentWindow(EvidenceWindow):
    """A page about one document that the reader may read; anything else is not found."""

    @cached_property
    def document(self) -> Document:
        """The document; raises Http404."""
        found = self.site.rights.document(self.case, self.actors, self.kwargs["document"])
        if found is None:
            raise Http404
        return found

    @cached_property
    def withdrawable_until(self) -> datetime | None:
        """Until when the reader may take the document back; None if not."""
        return queries.withdrawable(self.case, self.actors, self.at).get(str(self.document.ref))

    def url(self, name: str) -> str:
        """Return one of the document's own addresses."""
        return self.site.url(name, ref=self.case.ref, document=self.document.ref)


class Look(DocumentWindow):
    """One document with what is known of it, shown in the page where it is an image."""

    def get(self, request: HttpRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponse:
        """Show the page."""
        held = self.document
        row = next(one for one in self.view.documents if one["ref"] == str(held.ref))
        context = {
            "document": row,
            "is_image": held.present and held.media_type in files.PREVIEWED - {"application/pdf"},
            "is_pdf": held.present and held.media_type == "application/pdf",
            "inline_url": self.url("document_inline"),
            "seen_by": SEEN_BY[Audience(held.audience)],
            "withdrawable_until": self.withdrawable_until,
            "withdraw_url": self.url("document_withdraw"),
            "case_url": self.site.url("case", ref=self.case.ref),
            "crumbs": self.crumbs(held.name),
        }
        return self.page("document", context)


class Inline(DocumentWindow):
    """The bytes of an image or a PDF, for a tab of their own; who looked stands in the local log."""

    def get(self, request: HttpRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponseBase:
        """Return the file."""
        held = self.document
        try:
            answer = files.hand_out(self.site.code, held.sha256, files.preview_headers(held.name, held.media_type))
        except files.BlobMissing as missing:
            raise Http404 from missing
        told = {"document": str(held.ref)}
        log.note(self.site.code, str(self.case.ref), "preview", by=self.actors[0], at=self.at, facts=told)
        return answer


class TakeBack(DocumentWindow):
    """Take a document back that went to the wrong case (ZX-8)."""

    def get(self, request: HttpRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponse:
        """Ask whether it is meant."""
        if self.withdrawable_until is None:
            return self._too_late()
        context = {
            "title": self.view.title,
            "document": self.document,
            "until": self.withdrawable_until,
            "case_url": self.url("document_view"),
            "crumbs": self.crumbs(gettext(MOVES["withdraw_evidence"].label)),
        }
        return self.page("document_withdraw", context)

    def post(self, request: HttpRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponse:
        """Make the move."""
        if self.withdrawable_until is None:
            return self._too_late()
        stated = {"document": str(self.document.ref)}
        key = f"{self.account.ref.hex}/{self.document.ref}"
        able = [
            actor
            for actor in self.actors
            if str(self.document.ref) in queries.withdrawable(self.case, [actor], self.at)
        ]
        try:
            made = moves.perform(self.case, "withdraw_evidence", by=able[0], at=self.at, facts=stated, key=key)
        except Refused as refused:
            return self.refused(refused, gettext(MOVES["withdraw_evidence"].label))
        self.site.ring()
        said = (
            gettext("已请对方平台撤回这份材料。") if isinstance(made, Request) else gettext("材料已撤回，内容已删除。")
        )
        messages.success(request, said)
        return self.to("case", ref=ref)

    def _too_late(self) -> HttpResponse:
        guard = MOVES["withdraw_evidence"].guards[-1]
        why = Refused(guard.code, guard.reason, guard.law, guard.remedy)
        return self.refused(why, gettext(MOVES["withdraw_evidence"].label))


# By pieces.


class Malformed(ValueError):
    """上传请求的格式不正确。"""


class Receive(Window):
    """Begin to send a file by pieces: ``Upload-Length``, and in ``Upload-Metadata`` goal, filename, kind, audience."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Return where the pieces go."""
        try:
            told = _metadata(request.headers.get("Upload-Metadata", ""))
            size = int(request.headers.get("Upload-Length", ""))
            goal = self._goal(told["goal"])
            kind, audience = DocumentKind(told.get("kind", "EVIDENCE")), Audience(told.get("audience", "ALL"))
        except (KeyError, ValueError):
            return _said(400, gettext("上传请求的格式不正确。"))
        if goal is None:
            raise Http404
        offered = audiences_for(goal, self._sender(goal)) if isinstance(goal, Case) else list(FIRST_AUDIENCES)
        if audience not in offered:
            return _said(422, gettext("不能选择这一范围，请重新选择谁能看到。"))
        try:
            begun = incoming.begin(
                self.site.code, self.account, goal, told["filename"], size, kind=kind, audience=audience, at=self.at
            )
        except files.FileRefused as error:
            return _said(422, gettext(error.message) % error.params)
        return _said(201, Location=self.site.url("upload", upload=begun.ref), Upload_Offset="0")

    def _goal(self, text: str) -> Case | Draft | None:
        """Return the case or draft the file is for, if it is the sender's to hand in to."""
        what, _colon, name = text.partition(":")
        ref = uuid.UUID(name)
        if what == "draft":
            return Draft.objects.filter(platform=self.site.code, account=self.account, ref=ref, sent="").first()
        case = self.visible().filter(ref=ref).prefetch_related("people").first() if what == "case" else None
        return case if case and self._sender(case) else None

    def _sender(self, case: Case) -> Any:
        able = self.site.rights.actors(self.account, case, self.at)
        roles = self.site.roles | {Role.PARTY, Role.AGENT}
        return next((one for one in able if one.role in roles and one.role in MOVES["add_evidence"].by), None)


class Piece(Window):
    """One file on its way: how much is here (HEAD), and the next piece (PATCH)."""

    http_method_names = ["head", "patch"]

    @cached_property
    def upload(self) -> Upload:
        """The upload; raises Http404 where it is not the sender's."""
        found = Upload.objects.filter(platform=self.site.code, account=self.account, ref=self.kwargs["upload"]).first()
        if found is None:
            raise Http404
        return found

    def head(self, request: HttpRequest, upload: uuid.UUID) -> HttpResponse:
        """Say how much has been received."""
        held = self.upload
        if held.sha256 and held.draft_id:
            # The file is whole, but nobody lived to put it into the application.
            return self._into_draft(held, held.draft_id)
        return _said(200, Upload_Offset=str(held.received), Upload_Length=str(held.size))

    def patch(self, request: HttpRequest, upload: uuid.UUID) -> HttpResponse:
        """Take the next piece in; the last one completes the file."""
        if request.content_type != "application/offset+octet-stream":
            return _said(415, gettext("上传请求的格式不正确。"))
        held, offset = self.upload, request.headers.get("Upload-Offset", "")
        if int(request.headers.get("Content-Length") or 0) > incoming.LARGEST_PIECE:
            return _said(413, gettext("一次发送的内容过大。"))
        try:
            held = incoming.append(
                held, int(offset) if re.fullmatch("[0-9]{1,12}", offset) else -1, request.body, self.at
            )
        except Upload.DoesNotExist as gone:
            raise Http404 from gone
        except incoming.WrongOffset:
            held.refresh_from_db()
            return _said(409, gettext("这一段与已经收到的不相接。"), Upload_Offset=str(held.received))
        except files.FileRefused as error:
            return _said(422, gettext(error.message) % error.params)
        if held.sha256 and held.draft_id:
            return self._into_draft(held, held.draft_id)
        return _said(204, Upload_Offset=str(held.received))

    def _into_draft(self, held: Upload, key: int) -> HttpResponse:
        kept = Kept(held.name, held.sha256, held.size, held.media_type)
        with transaction.atomic():
            # Answers are one text: a file that comes at the same moment on another device must not be lost.
            draft = Draft.objects.select_for_update().get(pk=key)
            application = Application(draft, self.account, self.site.plan, self.at)
            fits = len(application.files) < MOST_FILES
            if fits:
                application.add_files([kept], held.kind, held.audience)
                held.delete()
        if not fits:
            incoming.forget(held)
            return _said(422, gettext("申请时最多提交50份材料；其余的可以在申请后补充。"))
        return _said(204, Upload_Offset=str(held.received))


def _metadata(text: str) -> dict[str, str]:
    """Return what ``Upload-Metadata`` says: names, each with a value in base64; raises Malformed."""
    told = {}
    for pair in text.split(","):
        name, _space, encoded = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(encoded, validate=True).decode()
        except ValueError as broken:
            raise Malformed from broken
    return told


def _said(status: int, text: str = "", **headers: str) -> HttpResponse:
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    for name, value in {"Tus-Resumable": PROTOCOL, "Cache-Control": "no-store", **headers}.items():
        answer[name.replace("_", "-")] = value
    return answer
