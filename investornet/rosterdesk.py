"""The roster at InvestorNet's desk: files to watch and to review, pushing to courts, what the courts answered.

Lives here: the sections of supervising units and of the protection bureau. Does not live here: consolidations
(``campaigndesk``), imports (``fileimports``), what is lawful (the roster's door).
Called by: ``admin``. Nothing is written here: every act goes through ``rosteracts``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from investornet import fileimports, filelists, rosteracts
from investornet.access import rights
from investornet.fileimports import SAME_NAME
from mediation.actor import Actor
from mediation.adminkit import handouts
from mediation.adminkit.complaints import decided_lately, told_url
from mediation.adminkit.entrants import described_others
from mediation.adminkit.firstpage import Group
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import OtherList
from mediation.vocabulary import ChangeState, Consequence, CourtLevel, FileState, ListingStatus, Role
from mediation.windows import filewords
from mediation.windows.fileforms import FactsForm, FileForm
from mediation.windows.pages import citations
from mediation.windows.pictures import picture
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import conditions as entry
from roster import facts as f
from roster import queries as roster
from roster.guards import STANDING
from roster.lifecycle import MOVES
from roster.models import Court, Listing, Organisation, Post
from roster.moves import MOST_AT_ONCE, Outcome, Refused, options
from roster.world import other_files

KEEPERS = frozenset({Role.UNIT, Role.PROTECTION_BUREAU})
PUSHED_BY = {Role.PROTECTION_BUREAU: "organisation", Role.UNIT: "mediator"}
"""Who pushes what (N-4.4a): the bureau organisations, a supervising unit its mediators."""

IMPORTED_BY = {Role.PROTECTION_BUREAU: ("organisation",), Role.UNIT: ("organisation", "mediator")}
ACTS = ("approve", "return_edit", "suspend", "resume", "withdraw_push", "nominate", "remove")
"""What can be done with one file at the desk, in the order in which it is offered."""

GRAVE = frozenset({"remove", "suspend", "return_edit"})
BLOCKED = frozenset({*STANDING, ListingStatus.REMOVED})
REVIEWED_AT_ONCE = 50
REVIEWED = {
    "organisation": gettext_lazy("待审核的组织档案"),
    "mediator": gettext_lazy("待审核的调解员档案"),
}
"""What the list of files that await review is called where it is narrowed to one kind."""

FILE_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("所属调解组织"), 36),
    (gettext_lazy("档案状态"), 14),
    (gettext_lazy("变更"), 16),
    (gettext_lazy("最近核实日期"), 14),
    (gettext_lazy("提示"), 30),
)
REVIEW_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("档案"), 12),
    (gettext_lazy("所属调解组织"), 36),
    (gettext_lazy("待审核的内容"), 80),
    (gettext_lazy("提示"), 30),
)
PUSH_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("所属调解组织"), 36),
    (gettext_lazy("最近核实日期"), 14),
    (gettext_lazy("已推送或者在册的法院"), 40),
    (gettext_lazy("提示"), 30),
)
ANSWER_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("法院"), 24),
    (gettext_lazy("状态"), 14),
    (gettext_lazy("证书编号"), 24),
    (gettext_lazy("列入日期"), 12),
    (gettext_lazy("有效期至"), 12),
    (gettext_lazy("不符合的条件"), 40),
    (gettext_lazy("说明"), 40),
)

NARROWINGS = (
    ("", gettext_lazy("全部")),
    ("review", gettext_lazy("待审核")),
    ("returned", gettext_lazy("已退回")),
    ("stale", gettext_lazy("本季度未核实")),
    ("suspended", gettext_lazy("暂停")),
    ("expiring", gettext_lazy("证书已到期或者即将到期")),
    ("complaint", gettext_lazy("有经查属实的投诉")),
    ("gone", gettext_lazy("已退出或者除名")),
)


class FileFilter(WordedForm):
    """What the list of files can be narrowed to."""

    kind = forms.ChoiceField(
        label=gettext_lazy("档案"),
        required=False,
        choices=[(code, gettext_lazy(label)) for code, label in filelists.KINDS.items()],
    )
    state = forms.ChoiceField(label=gettext_lazy("情形"), required=False, choices=NARROWINGS)
    text = forms.CharField(
        label=gettext_lazy("名称"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "accesskey": "s"}),
    )

    def narrow(self, by: Actor, on: date) -> tuple[str, QuerySet[Any]]:
        """Return which kind is listed, and those of the visitor's files that fit."""
        self.is_valid()
        wanted = self.cleaned_data
        kind = wanted.get("kind") or "organisation"
        found = rights.files(by, kind)
        if text := wanted.get("text", "").replace("\x00", " ").strip():
            found = found.filter(name__icontains=text)
        return kind, self._narrowed(found, wanted.get("state", ""), on)

    def _narrowed(self, found: QuerySet[Any], state: str, on: date) -> QuerySet[Any]:
        match state:
            case "review":
                return found.filter(Q(state=FileState.SUBMITTED) | Q(change=ChangeState.SUBMITTED))
            case "returned":
                return found.filter(Q(change=ChangeState.RETURNED) | Q(state=FileState.DRAFT) & ~Q(reason=""))
            case "stale":
                since = roster.quarter(on)[0]
                late = Q(verified_on__isnull=True) | Q(verified_on__lt=since)
                return found.filter(late, state__in=[FileState.VERIFIED, FileState.SUSPENDED])
            case "suspended":
                return found.filter(state=FileState.SUSPENDED)
            case "expiring":
                return found.filter(licence_expires_on__lte=on + filelists.SOON, state=FileState.VERIFIED)
            case "complaint":
                return found.filter(sheet__has_key="complaints")
            case "gone":
                return found.filter(state__in=[FileState.LEFT, FileState.REMOVED])
        return found


def keeper(request: DeskRequest) -> Actor:
    """Return the capacity in which the visitor keeps the roster; raises PermissionDenied."""
    return request.visitor.actor(*KEEPERS)


def find(request: DeskRequest, aggregate: str, ref: uuid.UUID) -> tuple[Any, Actor]:
    """Return a file the visitor watches, and in which capacity; raises Http404 for any other."""
    by = keeper(request)
    row = rights.files(by, aggregate).filter(ref=ref).first() if aggregate in filelists.KINDS else None
    if row is None:
        raise Http404
    return row, by


def url_of(site: DeskSite, row: Any) -> str:
    """Return the address of a file."""
    return site.url("file_one", row.aggregate, row.ref)


def pictured(site: DeskSite, row: Any) -> filewords.Pictured:
    """Return where this desk shows the pictures of a file."""
    return lambda digest: site.url("file_picture", row.aggregate, row.ref, digest)


def show_picture(site: DeskSite, request: DeskRequest, aggregate: str, ref: uuid.UUID, digest: str) -> HttpResponseBase:
    """Hand out a picture that a file says or is to say."""
    row, _by = find(request, aggregate, ref)
    if not filewords.shows_picture(row, digest):
        raise Http404
    return picture(rights.platform, digest)


# Files.


def show_files(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """List the files the visitor watches, by name."""
    by, today = keeper(request), local_day(request.visitor.at)
    form = FileFilter(request.GET)
    kind, found = form.narrow(by, today)
    handout = Handout(_("名册档案"), FILE_COLUMNS, found.order_by("name", "pk"), partial(_file_lines, today))
    if answered := handouts.answer(site, request, handout):
        return answered
    rows, after = filelists.page(found, request.GET.get("after", ""))
    campaign = roster.open_campaign(rights.platform)
    homes = filelists.organisation_names(
        rights.platform, [row.organisation for row in rows] if kind == "mediator" else []
    )
    query = request.GET.copy()
    query["after"] = after
    return site.show(
        request,
        "mediation/admin/files.html",
        _("名册档案"),
        crumbs=[(_("名册档案"), "")],
        form=form,
        rows=[
            {
                **filelists.described(row, today, campaign),
                "url": url_of(site, row),
                "home": homes.get(getattr(row, "organisation", None), ""),
            }
            for row in rows
        ],
        kind=kind,
        older_url=f"?{query.urlencode()}" if after else "",
        export_url=f"{site.url('files_export')}?{request.GET.urlencode()}",
        print_url=handouts.addresses(request)["print_url"],
        import_url=site.url("files_import"),
        new_url=site.url("file_new"),
    )


def _file_lines(today: date, rows: Sequence[Any]) -> Iterator[list[Value]]:
    campaign = roster.open_campaign(rights.platform)
    homes = filelists.organisation_names(rights.platform, [getattr(row, "organisation", None) for row in rows])
    for row in rows:
        said = filelists.described(row, today, campaign)
        home = homes.get(getattr(row, "organisation", None), "")
        yield [row.name, home, said["state"], said["change"], row.verified_on, said["warning"]]


def export_files(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Hand out the list as a workbook."""
    by = keeper(request)
    kind, found = FileFilter(request.GET).narrow(by, local_day(request.visitor.at))
    return fileimports.export(by, kind, found, request.visitor.at)


def import_files(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Take new files out of a workbook: look it through, show, then carry it out as a whole."""
    by = keeper(request)
    kinds = IMPORTED_BY[by.role]
    answer = fileimports.Answer(fileimports.blank(by, kinds))
    if request.method == "POST":
        answer = fileimports.go_on(request, by, kinds, request.visitor.account, request.visitor.at)
        if answer.done is not None:
            site.ring()
            messages.success(request, answer.done)
            return HttpResponseRedirect(site.url("files"))
    return site.show(
        request,
        "mediation/admin/files_import.html",
        _("导入名册档案"),
        crumbs=[(_("名册档案"), site.url("files")), (_("导入"), "")],
        form=answer.form,
        plan=answer.plan,
        templates=[(_(filelists.KINDS[kind]), f"{site.url('files_export')}?kind={kind}") for kind in kinds],
        status=answer.status,
    )


class OrganisationForm(FileForm):
    """A new organisation's file; the bureau also says which unit supervises it."""

    def __init__(self, by: Actor, on: date, *args: Any) -> None:
        """Offer the units to whoever has none of their own."""
        super().__init__("organisation", Organisation(platform=rights.platform), on, *args)
        # The organisation itself completes its file with its seal.
        del self.fields["seal"]
        if by.role is Role.PROTECTION_BUREAU:
            units = [("", _("请选择")), *((unit.code, unit.name) for unit in roster.units())]
            self.fields["unit"] = forms.ChoiceField(label=_("监管单位"), choices=units)
        self.by = by

    def clean(self) -> dict[str, Any]:
        """Refuse the name of another organisation: people could not tell the two apart."""
        given = super().clean()
        if roster.names_taken(rights.platform, [given.get("name") or ""], but=given.get("key")):
            self.add_error("name", _(SAME_NAME) + _("。"))
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What the form says, with the unit."""
        return super().values | {"unit": self.cleaned_data.get("unit") or self.by.seat}


def open_organisation(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Open the file of a new organisation, which its administrator completes and hands in; sent twice, once."""
    by, at = keeper(request), request.visitor.at
    form = OrganisationForm(by, local_day(at), *((request.POST,) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["key"]
        try:
            rosteracts.open_file("organisation", key, form.values, by, at)
            site.ring()
            messages.success(request, _("已建立组织档案，由该组织核对后提交审核。"))
        except (Refused, f.Malformed) as wrong:
            if not rights.files(by, "organisation").filter(ref=key).exists():
                form.add_error(None, filewords.said(wrong, at))
        if not form.errors:
            return HttpResponseRedirect(site.url("file_one", "organisation", key))
    title = _("新建组织档案")
    return site.show(
        request,
        "mediation/admin/file_act.html",
        title,
        crumbs=[(_("名册档案"), site.url("files")), (title, "")],
        form=form,
        article=citations(MOVES["organisation"]["open"].law, local_day(at)),
        cancel_url=site.url("files"),
        status=400 if form.errors else 200,
    )


def show_file(site: DeskSite, request: DeskRequest, aggregate: str, ref: uuid.UUID) -> HttpResponse:
    """Show one file: in force, proposed, where it stands, what can be done."""
    row, by = find(request, aggregate, ref)
    today = local_day(request.visitor.at)
    listed = {declared.name: why for declared, why in options(row, by, request.visitor.at)}
    standings = filelists.standings_of(row, today)
    home = roster.organisation(rights.platform, row.organisation) if aggregate == "mediator" else None
    unit = roster.unit(row.unit)
    offered = [name for name in ACTS if name in listed and listed[name] is None and _is_due(name, row, standings)]
    may_push = listed.get("push", True) is None and PUSHED_BY.get(by.role) == aggregate
    return site.show(
        request,
        "mediation/admin/file_one.html",
        row.name,
        crumbs=[(_("名册档案"), f"{site.url('files')}?kind={aggregate}"), (row.name, "")],
        file=filelists.described(row, today, roster.open_campaign(rights.platform)),
        kind=_(filelists.KINDS[aggregate]),
        home=home.name if home else "",
        home_url=url_of(site, home) if home and rights.files(by, "organisation").filter(pk=home.pk).exists() else "",
        unit=unit.name if unit else row.unit,
        differences=filewords.compared(aggregate, row.contents(), row.proposed, pictured(site, row)),
        contents=filewords.shown(aggregate, row.contents(), pictured(site, row)),
        ground=filelists.ground_of(row),
        recognition=filelists.recognition_of(row),
        complaints=filelists.complaints_of(row),
        others=described_others(other_files([row])[row.ref]),
        standings=standings,
        confirmation=filelists.confirmation_of(row),
        journal=filelists.journal_of(row, {name: move.label for name, move in MOVES[aggregate].items()}),
        acts=[
            {
                "label": _(MOVES[aggregate][name].label),
                "url": site.url("file_do", aggregate, ref, name),
                "grave": name in GRAVE,
                "primary": name in ("approve", "resume"),
            }
            for name in offered
        ],
        push_url=f"{site.url('push')}?entrant={ref}" if may_push else "",
    )


def _is_due(name: str, row: Any, standings: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether an act that needs something to act upon has it."""
    if name == "withdraw_push":
        return any(one["status"] == ListingStatus.PUSHED for one in standings)
    if name == "nominate":
        return not row.sheet.get("nominated")
    if name == "remove":
        return any(note["consequence"] == Consequence.REMOVAL for note in row.sheet.get("complaints", {}).values())
    return True


def do_file(site: DeskSite, request: DeskRequest, aggregate: str, ref: uuid.UUID, act: str) -> HttpResponse:
    """Make one move on a file: ask for what it states, then make it or say why not."""
    row, by = find(request, aggregate, ref)
    declared = MOVES[aggregate].get(act)
    if act not in ACTS or declared is None or by.role not in declared.by:
        raise Http404
    form = _form_of(row, act, request)
    if request.method == "POST" and form.is_valid():
        stated = form.facts | ({"recognition": str(uuid.uuid4())} if act == "nominate" else {})
        try:
            rosteracts.act(row, act, by, request.visitor.at, stated, form.cleaned_data["seen"])
        except (Refused, f.Malformed) as wrong:
            form.add_error(None, filewords.said(wrong, request.visitor.at))
        else:
            site.ring()
            messages.success(request, _("已办理：%(move)s") % {"move": _(declared.label)})
            return HttpResponseRedirect(url_of(site, row))
    return site.show(
        request,
        "mediation/admin/file_act.html",
        _(declared.label),
        crumbs=[
            (_("名册档案"), f"{site.url('files')}?kind={aggregate}"),
            (row.name, url_of(site, row)),
            (_(declared.label), ""),
        ],
        name=row.name,
        form=form,
        differences=filewords.compared(aggregate, row.contents(), row.proposed, pictured(site, row))
        if act == "approve"
        else [],
        article=citations(declared.law, local_day(request.visitor.at)),
        grave=act in GRAVE,
        cancel_url=url_of(site, row),
        status=400 if form.errors else 200,
    )


def _form_of(row: Any, act: str, request: DeskRequest) -> FactsForm:
    today = local_day(request.visitor.at)
    choices: dict[str, list[tuple[str, Any]]] = {}
    if act == "withdraw_push":
        held = filelists.standings_of(row, today)
        choices["courts"] = [(one["code"], one["court"]) for one in held if one["status"] == ListingStatus.PUSHED]
    if act == "remove":
        notes = [note for note in filelists.complaints_of(row) if note["removal"]]
        choices["complaint"] = [(note["ref"], f"{note['on']} {note['court']}：{note['ground']}") for note in notes]
    stated = {name: fact for name, fact in MOVES[row.aggregate][act].facts.items() if name != "recognition"}
    posted = (request.POST,) if request.method == "POST" else ()
    form = FactsForm(stated, today, *posted, choices=choices)
    form.fields["seen"].initial = row.entries
    return form


# Review.


def show_reviews(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show what awaits review with its differences; approve or return what was ticked, each for itself. The bureau
    reviews what no unit supervises.
    """
    by, at = keeper(request), request.visitor.at
    kinds = [kind for kind in filelists.KINDS if request.GET.get("kind") == kind] or list(filelists.KINDS)
    title = str(REVIEWED[kinds[0]]) if len(kinds) == 1 else _("待审核档案")
    books = [reviewed_by(by.role, [by.seat], kind) for kind in kinds]
    handout = Handout(title, REVIEW_COLUMNS, books, partial(_review_lines, at))
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    outcomes: list[Outcome] = []
    error = reason = ""
    if request.method == "POST":
        rows = filelists.picked(by, request.POST.getlist("file"), filelists.KINDS)
        returns, reason = request.POST.get("act") == "return_edit", request.POST.get("reason", "").strip()
        if not rows:
            error = _("请先勾选要办理的档案。")
        elif len(rows) > MOST_AT_ONCE:
            error = _("一批最多一百个，请分批办理。")
        elif returns and not reason:
            error = _("退回修改的，请写明理由。")
        elif returns and len(reason) > 500:
            error = _("理由最多500字。")
        else:
            stated = {"reason": reason} if returns else {}
            outcomes = rosteracts.act_on_each(rows, "return_edit" if returns else "approve", by, at, stated)
            site.ring()
            done = sum(one.event is not None for one in outcomes)
            if done == len(outcomes):
                said = _("已退回%(count)d份。") if returns else _("已审核通过%(count)d份。")
                messages.success(request, said % {"count": done})
                return HttpResponseRedirect(_reviews_url(kinds[0], site) if len(kinds) == 1 else site.url("reviews"))
    waiting = [row for rows in books for row in rows.all()[: REVIEWED_AT_ONCE + 1]]
    return site.show(
        request,
        "mediation/admin/reviews.html",
        title,
        crumbs=[(title, "")],
        all_url=site.url("reviews") if len(kinds) == 1 else "",
        rows=[_review_of(site, row, at) for row in waiting[:REVIEWED_AT_ONCE]],
        more=len(waiting) > REVIEWED_AT_ONCE,
        failures=[(one.row.name, filewords.said(one.refused, at)) for one in outcomes if one.refused],
        done=sum(one.event is not None for one in outcomes),
        error=error,
        reason=reason,
        status=400 if error else 200,
        **handouts.addresses(request),
    )


def _review_lines(at: datetime, rows: Sequence[Any]) -> Iterator[list[Value]]:
    homes = filelists.organisation_names(rights.platform, [getattr(row, "organisation", None) for row in rows])
    for row in rows:
        changed = filewords.compared(row.aggregate, row.contents(), row.proposed)
        said = "；".join(f"{one['label']}：{one['old'] or '—'} → {one['new'] or '—'}" for one in changed)
        yield [
            row.name,
            _(filelists.KINDS[row.aggregate]),
            homes.get(getattr(row, "organisation", None), ""),
            _("新建档案") if row.state == FileState.SUBMITTED else said,
            filelists.licence_warning(row, local_day(at)),
        ]


def reviewed_by(role: Role, units: Sequence[str], kind: str) -> QuerySet[Any]:
    """Return what awaits the review of these units, or for the bureau of whoever has none."""
    wanted = [""] if role is Role.PROTECTION_BUREAU else [unit for unit in units if unit]
    return roster.pending_reviews(rights.platform, kind).filter(unit__in=wanted)


def _review_of(site: DeskSite, row: Any, at: datetime) -> dict[str, Any]:
    is_new = row.state == FileState.SUBMITTED
    return {
        **filelists.described(row, local_day(at), None),
        "kind": _(filelists.KINDS[row.aggregate]),
        "url": url_of(site, row),
        "is_new": is_new,
        "since": row.since,
        "contents": [
            one
            for one in filewords.shown(row.aggregate, row.contents(), pictured(site, row))
            if is_new and one["value"]
        ],
        "differences": []
        if is_new
        else filewords.compared(row.aggregate, row.contents(), row.proposed, pictured(site, row)),
    }


# Pushing.


def show_push(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Choose who is pushed to which courts; look at the conditions; push."""
    by = request.visitor.actor(*PUSHED_BY)
    kind = PUSHED_BY[by.role]
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step in ("preview", "push"):
        error, rows, courts = _chosen(by, kind, request)
        if not error:
            return (_preview if step == "preview" else _push)(site, request, by, rows, courts)
        return _ask(site, request, by, kind, error)
    return _ask(site, request, by, kind, _("请先核对，再推送。") if request.method == "POST" else "")


def _chosen(by: Actor, kind: str, request: DeskRequest) -> tuple[str, list[tuple[Any, int]], list[Court]]:
    rows = filelists.picked(by, request.POST.getlist("entrant"), [kind])
    codes = request.POST.getlist("court")
    courts = list(Court.objects.filter(code__in=codes[: MOST_AT_ONCE * 4]))
    if not rows or not courts:
        return _("请选择要推送的对象和法院。"), [], []
    if len(rows) > MOST_AT_ONCE:
        return _("一批最多一百个，请分批推送。"), [], []
    return "", rows, courts


def _ask(site: DeskSite, request: DeskRequest, by: Actor, kind: str, error: str) -> HttpResponseBase:
    wanted = request.POST if request.method == "POST" else request.GET
    text = wanted.get("text", "").replace("\x00", " ").strip()[:60]
    found = rights.files(by, kind).filter(state=FileState.VERIFIED)
    ticked = {value.partition(":")[2].partition(":")[0] or value for value in wanted.getlist("entrant")}
    chosen = [value for value in ticked if _is_ref(value)]
    if chosen and not text:
        found = found.filter(ref__in=chosen) if request.method == "GET" else found
    if text:
        found = found.filter(name__icontains=text)
    today = local_day(request.visitor.at)
    handout = Handout(
        _("可以推送的档案"), PUSH_COLUMNS, found.order_by("name", "pk"), partial(_push_lines, kind, today)
    )
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    rows, after = filelists.page(found, wanted.get("after", ""))
    homes, courts = _around(kind, rows)
    refused = set(wanted.getlist("court"))
    if request.method == "GET" and chosen:
        held = Listing.objects.filter(**{"platform": rights.platform, f"{kind}__in": chosen})
        refused |= set(held.filter(status=ListingStatus.REFUSED).values_list("court", flat=True))
    return site.show(
        request,
        "mediation/admin/push.html",
        _("推送法院"),
        crumbs=[(_("推送法院"), "")],
        kind=_(filelists.KINDS[kind]),
        rows=[
            {
                **filelists.described(row, today, None),
                "ticked": str(row.ref) in ticked,
                "home": homes.get(getattr(row, "organisation", None), ""),
                "pushed": len(courts[row.ref]),
            }
            for row in rows
        ],
        courts=_grouped(refused),
        text=text,
        error=error,
        older_url=f"?{urlencode({'text': text, 'after': after})}" if after else "",
        answers_url=site.url("push_answers"),
        status=400 if error else 200,
        **handouts.addresses(request),
    )


def _around(kind: str, rows: Sequence[Any]) -> tuple[dict[Any, str], dict[Any, set[str]]]:
    """Return which organisations these files belong to and which courts know them, in two queries."""
    homes = (
        filelists.organisation_names(rights.platform, [row.organisation for row in rows]) if kind == "mediator" else {}
    )
    # Entries that were loaded bare were never pushed, and the court has them all the same.
    entered = Listing.objects.filter(**{"platform": rights.platform, f"{kind}__in": [row.ref for row in rows]})
    courts: dict[Any, set[str]] = {row.ref: set(row.sheet.get("pushed", {})) for row in rows}
    for ref, code in entered.filter(status__in=[*STANDING, ListingStatus.PUSHED]).values_list(kind, "court"):
        courts[ref].add(code)
    return homes, courts


def _push_lines(kind: str, today: date, rows: Sequence[Any]) -> Iterator[list[Value]]:
    homes, courts = _around(kind, rows)
    names = dict(Court.objects.filter(code__in=set().union(*courts.values())).values_list("code", "name"))
    for row in rows:
        yield [
            row.name,
            homes.get(getattr(row, "organisation", None), ""),
            row.verified_on,
            "、".join(names.get(code, code) for code in sorted(courts[row.ref])),
            filelists.licence_warning(row, today),
        ]


def _is_ref(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _grouped(ticked: Iterable[str]) -> list[dict[str, Any]]:
    """Return all courts by level, from the highest."""
    chosen = set(ticked)
    found: dict[str, list[dict[str, Any]]] = {level.value: [] for level in CourtLevel}
    for court in roster.courts():
        found[court.level].append({"code": court.code, "name": court.name, "ticked": court.code in chosen})
    return [
        {
            "label": _(CourtLevel(level).label),
            "courts": courts,
            # Most disputes of this kind go to the financial courts.
            "open": level == CourtLevel.SPECIAL or any(one["ticked"] for one in courts),
        }
        for level, courts in found.items()
        if courts
    ]


def _foresee(rows: Sequence[tuple[Any, int]], courts: Sequence[Court], on: date) -> list[dict[str, Any]]:
    """Return for each entrant its conditions, the courts it can be pushed to, and those it cannot with why."""
    kind = rows[0][0].aggregate
    codes, names = [court.code for court in courts], {court.code: court.name for court in courts}
    entries = Listing.objects.filter(platform=rights.platform, court__in=codes)
    statuses: dict[tuple[Any, str], str] = {
        (ref, code): status
        for ref, code, status in entries.filter(**{f"{kind}__in": [row.ref for row, _seen in rows]}).values_list(
            kind, "court", "status"
        )
    }
    recommending: set[tuple[Any, str]] = set()
    if kind == "mediator":
        homes = entries.filter(organisation__in={row.organisation for row, _seen in rows}, status__in=STANDING)
        recommending = set(homes.values_list("organisation", "court"))
    found, same = [], other_files([row for row, _seen in rows])
    for row, seen in rows:
        blocked = {code: statuses[row.ref, code] for code in codes if statuses.get((row.ref, code)) in BLOCKED}
        able = [code for code in codes if code not in blocked]
        unrecommended = [
            names[code] for code in able if kind == "mediator" and (row.organisation, code) not in recommending
        ]
        if kind == "organisation":
            judged = entry.of_organisation(row, on=on, others=same[row.ref])
        else:
            judged = entry.of_mediator(row, on=on, is_recommended=not unrecommended, others=same[row.ref])
        found.append(
            {
                "row": row,
                "seen": seen,
                "able": able,
                "courts": "、".join(names[code] for code in able),
                "again": "、".join(names[code] for code in able if (row.ref, code) in statuses),
                "blocked": [(names[code], _(ListingStatus(status).label)) for code, status in blocked.items()],
                "conditions": judged,
                "unmet": [
                    _(one.text) + (f"（{'、'.join(unrecommended)}）" if one.code == "RECOMMENDED" else "")
                    for one in entry.unmet(judged)
                ],
                "value": f"{kind}:{row.ref}:{seen}",
            }
        )
    return found


def _preview(
    site: DeskSite, request: DeskRequest, by: Actor, rows: list[tuple[Any, int]], courts: list[Court]
) -> HttpResponse:
    foreseen = _foresee(rows, courts, local_day(request.visitor.at))
    return site.show(
        request,
        "mediation/admin/push_preview.html",
        _("核对推送内容"),
        crumbs=[(_("推送法院"), site.url("push")), (_("核对"), "")],
        rows=foreseen,
        courts=courts,
        able=sum(bool(one["able"]) for one in foreseen),
        lacking=sum(bool(one["unmet"]) for one in foreseen),
        push_url=site.url("push"),
    )


def _push(
    site: DeskSite, request: DeskRequest, by: Actor, rows: list[tuple[Any, int]], courts: list[Court]
) -> HttpResponse:
    at = request.visitor.at
    foreseen = _foresee(rows, courts, local_day(at))
    outcomes = rosteracts.push(
        [(one["row"], one["seen"], one["able"]) for one in foreseen if one["able"]], uuid.uuid4(), by, at
    )
    site.ring()
    names = {court.code: court.name for court in courts}
    failures = [(one.row.name, filewords.said(one.refused, at)) for one in outcomes if one.refused]
    failures += [
        (one["row"].name, _("%(court)s：%(status)s，没有推送") % {"court": court, "status": status})
        for one in foreseen
        for court, status in one["blocked"]
    ]
    return site.show(
        request,
        "mediation/admin/push_done.html",
        _("推送结果"),
        crumbs=[(_("推送法院"), site.url("push")), (_("结果"), "")],
        done=[
            (one.row.name, url_of(site, one.row), "、".join(names[code] for code in one.event.facts["courts"]))
            for one in outcomes
            if one.event
        ],
        failures=failures,
        answers_url=site.url("push_answers"),
        push_url=site.url("push"),
    )


def entries_of(by: Actor) -> QuerySet[Listing]:
    """Return the entries on courts' rosters that are about files this capacity watches."""
    held = Listing.objects.filter(platform=rights.platform)
    if by.role is Role.PROTECTION_BUREAU:
        return held.filter(organisation__isnull=False)
    return held.filter(
        Q(mediator__in=rights.files(by, "mediator").values("ref"))
        | Q(organisation__in=rights.files(by, "organisation").values("ref"))
    )


def show_answers(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show what the courts answered, the latest entries first."""
    by, today = keeper(request), local_day(request.visitor.at)
    status = request.GET.get("status", "")
    found = entries_of(by)
    if status in ListingStatus.__members__:
        found = found.filter(status=status)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    handout = Handout(_("法院的答复"), ANSWER_COLUMNS, found.order_by("-pk"), partial(_answer_lines, by, today))
    if answered := handouts.answer(site, request, handout):
        return answered
    held = list(found.order_by("-pk")[: filelists.PAGE + 1])
    shown, more = held[: filelists.PAGE], len(held) > filelists.PAGE
    names = _answered(by, shown)
    lines = filelists.standings(shown, today)
    for one, line in zip(shown, lines, strict=True):
        row = names.get(str(one.entrant))
        line |= {"name": row.name if row else str(one.entrant), "url": url_of(site, row) if row else ""}
    return site.show(
        request,
        "mediation/admin/push_answers.html",
        _("法院的答复"),
        crumbs=[(_("推送法院"), site.url("push")), (_("法院的答复"), "")],
        rows=lines,
        statuses=[(code.value, _(code.label), code == status) for code in ListingStatus],
        status_chosen=status,
        older_url=f"?status={status}&before={shown[-1].pk}" if more else "",
        **handouts.addresses(request),
    )


def _answered(by: Actor, entries: Sequence[Listing]) -> dict[str, Any]:
    """Return the files behind entries that the reader watches, by reference."""
    return {
        str(row.ref): row
        for kind in filelists.KINDS
        for row in rights.files(by, kind).filter(ref__in=[one.entrant for one in entries if one.entrant_kind == kind])
    }


def _answer_lines(by: Actor, today: date, entries: Sequence[Listing]) -> Iterator[list[Value]]:
    names = _answered(by, entries)
    for one, line in zip(entries, filelists.standings(entries, today), strict=True):
        row = names.get(str(one.entrant))
        name = row.name if row else str(one.entrant)
        yield [
            name,
            line["court"],
            line["label"],
            line["certificate"],
            line["listed_on"],
            line["expires_on"],
            line["condition"],
            line["reason"],
        ]


# What the desk is put together from.


def _at_desk(roles: Iterable[Role], posts: Sequence[Post]) -> Iterable[Post]:
    wanted = frozenset(roles)
    return (post for post in posts if Role(post.role) in wanted)


def awaiting_review(kind: str, posts: Sequence[Post], at: datetime) -> QuerySet[Any]:
    """Return the files of one kind that await the review of whom these posts belong to: units, or the bureau."""
    held = list(_at_desk(KEEPERS, posts))
    units = [post.unit for post in held if post.role == Role.UNIT]
    role = Role.PROTECTION_BUREAU if held and not units else Role.UNIT
    return reviewed_by(role, units, kind)


def refused_by_courts(posts: Sequence[Post], at: datetime) -> QuerySet[Listing]:
    """Return the entries that courts refused, about files that these posts push."""
    for post in _at_desk(PUSHED_BY, posts):
        looking = Actor(Role(post.role), "", post.unit, rights.platform)
        return entries_of(looking).filter(status=ListingStatus.REFUSED)
    return Listing.objects.none()


def _reviews_url(kind: str, site: DeskSite) -> str:
    return f"{site.url('reviews')}?kind={kind}"


def _refusals_url(site: DeskSite) -> str:
    return f"{site.url('push_answers')}?status={ListingStatus.REFUSED}"


REVIEWING = tuple(
    OtherList(f"reviews-{kind}", label, partial(awaiting_review, kind), partial(_reviews_url, kind), "waiting")
    for kind, label in REVIEWED.items()
)
REFUSALS = OtherList("refusals", gettext_lazy("法院不予列入"), refused_by_courts, _refusals_url, "bad")
COMPLAINTS = OtherList("upheld", gettext_lazy("法院查实的投诉（近30日）"), decided_lately, told_url, "bad")
UNIT_LISTS = (*REVIEWING, REFUSALS, COMPLAINTS)
UNIT_GROUP = Group(gettext_lazy("名册"), UNIT_LISTS)


def roster_sections() -> tuple[Section, ...]:
    """Return the sections of the roster at this desk."""
    return (
        Section(
            gettext_lazy("名册档案"),
            "files",
            KEEPERS,
            (
                Page("files/", show_files, "files"),
                Page("files/new/", open_organisation, "file_new", FILL),
                Page("files/export/", export_files, "files_export"),
                Page("files/import/", import_files, "files_import", FILL),
                Page("files/<slug:aggregate>/<uuid:ref>/", show_file, "file_one"),
                Page("files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/", do_file, "file_do", FILL),
                Page("files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/", show_picture, "file_picture"),
            ),
        ),
        Section(
            gettext_lazy("待审核档案"),
            "reviews",
            KEEPERS,
            (Page("reviews/", show_reviews, "reviews", FILL),),
        ),
        Section(
            gettext_lazy("推送法院"),
            "push",
            KEEPERS,
            (Page("push/", show_push, "push", FILL), Page("push/answers/", show_answers, "push_answers")),
        ),
    )
