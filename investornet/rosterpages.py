"""The organisation's own file and its mediators' on the portal: kept up, verified, answered for; a mediator's own file.

Lives here: these pages. Does not live here: forms of facts (``mediation.windows.fileforms``), what is lawful (the
roster's door). Called by: ``urls``. Files are found by their organisation's administrator, and a mediator finds the own
one and suggests corrections of it; everything else here is the administrator's alone.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from investornet import fileimports, filelists, rosteracts
from investornet.access import rights
from investornet.portal import SITE, OrganisationWindow
from mediation.adminkit.workbooks import WorkbookForm
from mediation.vocabulary import FileState, ListingStatus, Role, gettext_noop
from mediation.windows import filewords
from mediation.windows.fileforms import FactsForm, FileForm
from mediation.windows.pictures import picture
from mediation.workdays import local_day
from roster import facts as f
from roster import queries as roster
from roster.lifecycle import MOVES
from roster.models import Campaign
from roster.moves import MOST_AT_ONCE, Overtaken, Refused, options

WITH_FORM = ("leave", "turn_down")
"""Acts that have a page of their own; for the others a button is enough."""

DONE = {
    "submit": gettext_noop("已提交监管单位审核。"),
    "verify": gettext_noop("已确认档案属实。"),
    "leave": gettext_noop("已办理退出。"),
    "answer_adoption": gettext_noop("已答复法院的征询。"),
    "take_up": gettext_noop("已采纳，作为变更保存在档案中。请核对后提交监管单位审核。"),
    "turn_down": gettext_noop("已答复调解员。"),
}
OFFERED = ("submit", "verify", "leave", "take_up", "turn_down")
"""Acts for which a file's page has a button."""


class LeaveForm(FactsForm):
    """Which courts' rosters are left, or all of them: neither is taken for granted."""

    whole = forms.BooleanField(label=_lazy("退出全部法院的名册，并停止在本平台的工作（不能撤销）"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse neither and both."""
        given = self.cleaned_data
        if bool(given.get("whole")) == bool(given.get("courts")):
            self.add_error(None, _("请勾选要退出的法院，或者选择全部退出。"))
        return given


class FileWindow(OrganisationWindow):
    """A page about one file of the organisation, or the mediator's own; any other is not found."""

    found_by: tuple[Role, ...] = (Role.ORGANISATION, Role.MEDIATOR)

    def pictured(self, row: Any) -> filewords.Pictured:
        """Return where this portal shows the pictures of a file."""
        return lambda digest: self.url_of(row, "file_picture", digest=digest)

    def file(self, aggregate: str, ref: uuid.UUID) -> Any:
        """Return the file; raises Http404 where it is not the reader's."""
        if aggregate not in filelists.KINDS:
            raise Http404
        found = rights.files(self.actor, aggregate).filter(ref=ref).first()
        if found is None:
            raise Http404
        return found

    def crumbs(self, *trail: tuple[str, str]) -> list[dict[str, str]]:
        """Return where the reader is."""
        return [
            {"label": _("我的档案") if self.actor.role is Role.MEDIATOR else _("名册档案"), "url": SITE.url("files")},
            *({"label": label, "url": url} for label, url in trail),
        ]

    def url_of(self, row: Any, name: str = "file", **more: str) -> str:
        """Return the address of a page about a file."""
        return SITE.url(name, aggregate=row.aggregate, ref=row.ref, **more)

    def campaign(self) -> Campaign | None:
        """Return the consolidation that is going on."""
        return roster.open_campaign(rights.platform)

    def acts(self, row: Any) -> dict[str, Any]:
        """Return what the reader may do with a file now, by move, each with why not."""
        return {declared.name: why for declared, why in options(row, self.actor, self.at)}

    def file_page(self, row: Any, errors: list[dict[str, str]] | None = None) -> HttpResponse:
        """Return the page, with what went wrong."""
        today, acts = local_day(self.at), self.acts(row)
        may = {name for name, why in acts.items() if why is None}
        standings = filelists.standings_of(row, today)
        for entry in standings:
            listed = entry["status"] == ListingStatus.LISTED and not entry["over"]
            entry["certificate_url"] = SITE.url("certificate", ref=entry["ref"]) if listed else ""
            entry["asks"] = entry["status"] == ListingStatus.ASKED and "answer_adoption" in may
        labels = {name: move.label for name, move in MOVES[row.aggregate].items()}
        return self.page(
            "file",
            {
                "file": filelists.described(row, today, self.campaign()),
                "kind": _(filelists.KINDS[row.aggregate]),
                "own": self.actor.role is Role.MEDIATOR,
                "differences": filewords.compared(row.aggregate, row.contents(), row.proposed, self.pictured(row)),
                "suggested": filewords.compared(
                    row.aggregate, {**row.contents(), **row.proposed}, row.suggested, self.pictured(row)
                ),
                "contents": filewords.shown(row.aggregate, row.contents(), self.pictured(row)),
                "ground": filelists.ground_of(row),
                "complaints": filelists.complaints_of(row),
                "standings": standings,
                "confirmation": filelists.confirmation_of(row),
                "journal": filelists.journal_of(row, labels),
                "edit_url": self.url_of(row, "file_edit") if may & {"edit", "suggest"} else "",
                "do": {name: self.url_of(row, "file_do", act=name) for name in OFFERED if name in may},
                "answer_url": self.url_of(row, "file_do", act="answer_adoption"),
                "errors": errors or [],
                "crumbs": self.crumbs((row.name, "")),
            },
            422 if errors else 200,
        )


class Files(FileWindow):
    """The organisation's own file, and its mediators by name."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show both, and what the consolidation asks for; a mediator has one file, which is shown."""
        if self.actor.role is Role.MEDIATOR:
            return self.to("file", aggregate="mediator", ref=self.actor.ref)
        today, campaign = local_day(self.at), self.campaign()
        own = rights.files(self.actor, "organisation").first()
        if own is None:
            raise Http404
        people, after = filelists.page(rights.files(self.actor, "mediator"), request.GET.get("after", ""))
        lines = [{**filelists.described(row, today, campaign), "url": self.url_of(row)} for row in (own, *people)]
        return self.page(
            "files",
            {
                "own": lines[0],
                "mediators": lines[1:],
                "due": [line for line in lines[1:] if line["verifiable"]],
                "campaign": campaign,
                "older_url": f"?after={after}" if after else "",
                "verify_url": self.url_of(own, "file_do", act="verify"),
            },
        )


class VerifyFiles(FileWindow):
    """Confirm that several mediators' files are true, each for itself."""

    found_by = (Role.ORGANISATION,)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Verify them; those that were changed meanwhile are left, and named."""
        rows = filelists.picked(self.actor, request.POST.getlist("file")[:MOST_AT_ONCE], ["mediator"])
        campaign = self.campaign()
        stated = {"campaign": str(campaign.ref)} if campaign else {}
        outcomes = rosteracts.act_on_each(rows, "verify", self.actor, self.at, stated)
        SITE.ring()
        if done := sum(one.event is not None for one in outcomes):
            messages.success(request, _("已核实%(count)d份调解员档案。") % {"count": done})
        for one in outcomes:
            if one.refused:
                messages.error(request, f"{one.row.name}：{filewords.said(one.refused, self.at)}")
        return self.to("files")


class File(FileWindow):
    """One file: the version in force, what is proposed, where it stands, what can be done."""

    def get(self, request: HttpRequest, aggregate: str, ref: uuid.UUID) -> HttpResponse:
        """Show it."""
        return self.file_page(self.file(aggregate, ref))


class FilePicture(FileWindow):
    """A picture that a file says or is to say: an organisation's seal, a mediator's photograph."""

    def get(self, request: HttpRequest, aggregate: str, ref: uuid.UUID, digest: str) -> HttpResponse:
        """Hand it out."""
        if not filewords.shows_picture(self.file(aggregate, ref), digest):
            raise Http404
        return picture(rights.platform, digest)


class EditFile(FileWindow):
    """Change a draft, or propose changes beside the version in force; a mediator suggests them to the organisation."""

    def get(self, request: HttpRequest, aggregate: str, ref: uuid.UUID) -> HttpResponse:
        """Show the form."""
        row = self.file(aggregate, ref)
        return self.shown(row, self.form(row))

    def form(self, row: Any, *args: Any) -> FileForm:
        """Return the form; a mediator goes on with what they have suggested."""
        suggested = row.suggested if self.actor.role is Role.MEDIATOR else None
        return FileForm(row.aggregate, row, local_day(self.at), *args, suggested=suggested)

    def post(self, request: HttpRequest, aggregate: str, ref: uuid.UUID) -> HttpResponse:
        """Take the changes, and hand them in at once if asked to."""
        row = self.file(aggregate, ref)
        form = self.form(row, request.POST, request.FILES)
        if form.is_valid():
            changes = form.changes
            if not changes:
                form.add_error(None, _("没有变更：填写的内容与现有档案相同。"))
            elif self.done(form, row, changes, hand_in="submit" in request.POST):
                SITE.ring()
                return self.to("file", aggregate=aggregate, ref=ref)
        return self.shown(row, form, 422)

    def done(self, form: FileForm, row: Any, changes: dict[str, Any], *, hand_in: bool) -> bool:
        """Make the moves; what speaks against them is put on the form."""
        suggests = self.actor.role is Role.MEDIATOR
        try:
            rosteracts.keep_pictures(form.pictures, self.at)
            if suggests:
                rosteracts.act(row, "suggest", self.actor, self.at, {"changes": changes}, form.cleaned_data["seen"])
            else:
                rosteracts.edit_file(row, changes, self.actor, self.at, form.cleaned_data["seen"])
            if hand_in and not suggests:
                rosteracts.act(row, "submit", self.actor, self.at)
        except (Refused, f.Malformed) as wrong:
            field = wrong.field if isinstance(wrong, f.Malformed) and wrong.field in form.fields else None
            form.add_error(field, filewords.said(wrong, self.at))
            return False
        if suggests:
            said = _("已提交给所属组织。组织采纳并经监管单位审核后生效。")
        else:
            said = _("变更已保存并提交监管单位审核。") if hand_in else _("变更已保存，尚未提交审核。")
        messages.success(self.request, said)
        return True

    def shown(self, row: Any, form: FileForm, status: int = 200) -> HttpResponse:
        """Return the page."""
        suggests = self.actor.role is Role.MEDIATOR
        why = self.acts(row).get("suggest" if suggests else "edit")
        title = _("提出档案更正") if suggests else _("修改档案：%(name)s") % {"name": row.name}
        return self.page(
            "file_edit",
            {
                "title": title,
                "suggests": suggests,
                "form": form,
                "closed": filewords.said(why, self.at) if why else "",
                "is_draft": row.state == FileState.DRAFT,
                "cancel_url": self.url_of(row),
                "crumbs": self.crumbs((row.name, self.url_of(row)), (title if suggests else _("修改档案"), "")),
            },
            status,
        )


class OpenMediator(FileWindow):
    """Open the file of a new mediator under the organisation."""

    found_by = (Role.ORGANISATION,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        return self.shown(FileForm("mediator", self.blank(), local_day(self.at)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open it; sent twice, it is opened once."""
        by = self.actor
        form = FileForm("mediator", self.blank(), local_day(self.at), request.POST, request.FILES)
        if form.is_valid():
            key, stated = form.cleaned_data["key"], {**form.values, "organisation": by.seat}
            try:
                rosteracts.keep_pictures(form.pictures, self.at)
                opened = rosteracts.open_file("mediator", key, stated, by, self.at)
                if "submit" in request.POST:
                    row = self.file("mediator", opened.ref)
                    rosteracts.act(row, "submit", by, self.at)
            except Overtaken:
                if not rights.files(by, "mediator").filter(ref=key).exists():
                    raise Http404 from None
            except (Refused, f.Malformed) as wrong:
                form.add_error(None, filewords.said(wrong, self.at))
                return self.shown(form, 422)
            else:
                messages.success(request, _("已建立调解员档案。"))
                SITE.ring()
            return self.to("file", aggregate="mediator", ref=key)
        return self.shown(form, 422)

    def blank(self) -> Any:
        """Return a row that is not written, for the form; raises Http404 for a stranger."""
        return rights.files(self.actor, "mediator").model(platform=rights.platform, state="")

    def shown(self, form: FileForm, status: int = 200) -> HttpResponse:
        """Return the page."""
        title = _("新增调解员")
        context = {"title": title, "form": form, "is_draft": True, "cancel_url": SITE.url("files")}
        return self.page("file_edit", {**context, "crumbs": self.crumbs((title, ""))}, status)


class DoFile(FileWindow):
    """One act on a file: hand in, verify, answer a court, leave."""

    def get(self, request: HttpRequest, aggregate: str, ref: uuid.UUID, act: str) -> HttpResponse:
        """Show what an act that states something asks for; the others have no page."""
        row = self.file(aggregate, ref)
        if act not in WITH_FORM:
            return self.to("file", aggregate=aggregate, ref=ref)
        return self.asked(row, act, self.form(row, act))

    def post(self, request: HttpRequest, aggregate: str, ref: uuid.UUID, act: str) -> HttpResponse:
        """Do it, or say why not."""
        row = self.file(aggregate, ref)
        if act not in DONE:
            raise Http404
        form = self.form(row, act, request.POST)
        if not form.is_valid():
            return (
                self.asked(row, act, form, 422) if act in WITH_FORM else self.to("file", aggregate=aggregate, ref=ref)
            )
        stated = form.facts
        if act == "verify" and (campaign := self.campaign()):
            stated |= {"campaign": str(campaign.ref)}
        try:
            rosteracts.act(row, act, self.actor, self.at, stated, form.cleaned_data["seen"])
        except (Refused, f.Malformed) as wrong:
            if act in WITH_FORM:
                form.add_error(None, filewords.said(wrong, self.at))
                return self.asked(row, act, form, 422)
            row.refresh_from_db()
            return self.file_page(row, [{"text": filewords.said(wrong, self.at)}])
        SITE.ring()
        messages.success(request, _(DONE[act]))
        return self.to("file", aggregate=aggregate, ref=ref)

    def form(self, row: Any, act: str, *args: Any) -> FactsForm:
        """Return the form of an act: the courts it may name are those where the file stands."""
        declared = MOVES[row.aggregate].get(act)
        if declared is None:
            raise Http404
        held = {entry["code"]: entry["court"] for entry in filelists.standings_of(row, local_day(self.at))}
        stated = {name: fact for name, fact in declared.facts.items() if name != "campaign"}
        choices = {"courts": list(held.items()), "court": list(held.items())}
        kind = LeaveForm if act == "leave" else FactsForm
        form = kind(stated, local_day(self.at), *args, choices=choices)
        form.fields["seen"].initial = row.entries
        if act == "leave":
            form.fields["courts"].label = _("要退出的法院")
            form.order_fields(["seen", "courts", "whole", "reason"])
        return form

    def asked(self, row: Any, act: str, form: FactsForm, status: int = 200) -> HttpResponse:
        """Return the page of an act."""
        label = _(MOVES[row.aggregate][act].label)
        return self.page(
            "file_act",
            {
                "title": row.name,
                "label": label,
                "form": form,
                "cancel_url": self.url_of(row),
                "crumbs": self.crumbs((row.name, self.url_of(row)), (label, "")),
            },
            status,
        )


class ExportFiles(FileWindow):
    """The organisation's mediators as a workbook, which can be filled in and imported again."""

    found_by = (Role.ORGANISATION,)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Hand it out."""
        return fileimports.export(self.actor, "mediator", rights.files(self.actor, "mediator"), self.at)


class ImportFiles(FileWindow):
    """Mediators out of a workbook: looked through, shown, then carried out as a whole."""

    found_by = (Role.ORGANISATION,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the workbook."""
        return self.shown(fileimports.blank(self.actor, ("mediator",)), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what would change, or carry out what was shown."""
        answer = fileimports.go_on(request, self.actor, ("mediator",), self.account, self.at)
        if answer.done is not None:
            SITE.ring()
            messages.success(request, answer.done)
            return self.to("files")
        return self.shown(answer.form, answer.plan, answer.status)

    def shown(self, form: WorkbookForm, plan: Any, status: int = 200) -> HttpResponse:
        """Return the page."""
        context = {"form": form, "plan": plan, "template_url": SITE.url("files_export")}
        return self.page("files_import", {**context, "crumbs": self.crumbs((_("导入调解员"), ""))}, status)
