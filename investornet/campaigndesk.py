"""Periodic consolidations at the protection bureau's desk (N-4.3): opened, watched, reminded, closed with a report.

Lives here: these pages and the report's tables. Does not live here: printing (``mediation.papers.press``), what is
lawful (the roster's door). Called by: ``admin``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from investornet import filelists, rosteracts
from investornet.access import rights
from mediation import files, law, log, rosters
from mediation.adminkit import handouts, spreadsheets
from mediation.adminkit.firstpage import Group
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import ACT, FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.worklist import OtherList
from mediation.papers import letters, wording
from mediation.papers.press import PaperRefused, Sheet, print_sheet
from mediation.vocabulary import CampaignState, FileState, Role
from mediation.windows import filewords
from mediation.windows.fileforms import field_of
from mediation.windows.worded import WordedForm
from mediation.workdays import ZONE, local_day
from roster import facts as f
from roster import queries as roster
from roster.lifecycle import MOVES
from roster.models import Campaign, Organisation, Post, RosterEvent
from roster.moves import Refused

BUREAU = frozenset({Role.PROTECTION_BUREAU})
MOST_LISTED = 50
LIST_COLUMNS = (
    (gettext_lazy("组织名称"), 36),
    (gettext_lazy("统一社会信用代码"), 22),
    (gettext_lazy("监管单位"), 24),
    (gettext_lazy("档案状态"), 12),
    (gettext_lazy("最近核实日期"), 14),
    (gettext_lazy("联系电话"), 18),
)
MOST_REPORTED = 40_000
IN_FORCE = (FileState.VERIFIED, FileState.SUSPENDED)
LISTS = {
    "asked": gettext_lazy("应当核实"),
    "verified": gettext_lazy("已核实"),
    "changed": gettext_lazy("期间有变更"),
    "stale": gettext_lazy("尚未核实"),
}
COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("自"), 12),
    (gettext_lazy("至"), 12),
    (gettext_lazy("状态"), 12),
    *((label, 12) for label in LISTS.values()),
)
TONES = {"verified": "good", "stale": "bad"}


class CampaignForm(WordedForm):
    """A consolidation to be opened: by default that of the present quarter."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, on: date, *args: Any, **kwargs: Any) -> None:
        """Propose the quarter."""
        since, until = roster.quarter(on)
        initial = {
            "key": uuid.uuid4(),
            "title": rosters.title_of(on),
            "since": since.isoformat(),
            "until": until.isoformat(),
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name, fact in MOVES["campaign"]["open"].facts.items():
            if name != "asked":
                self.fields[name] = field_of(name, fact, on)


def find(ref: uuid.UUID) -> Campaign:
    """Return a consolidation; raises Http404."""
    found = Campaign.objects.filter(platform=rights.platform, ref=ref).first()
    if found is None:
        raise Http404
    return found


class PlanForm(WordedForm):
    """Whether consolidations open by themselves."""

    automatic = forms.BooleanField(label=gettext_lazy("每季度自动开始集中核实"), required=False)


def plan_campaigns(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Say whether consolidations open by themselves."""
    form = PlanForm(request.POST)
    form.is_valid()
    wanted = form.cleaned_data["automatic"]
    rosters.plan_campaigns(rights.platform, request.visitor.actor(*BUREAU), request.visitor.at, automatic=wanted)
    messages.success(request, _("今后每季度自动开始集中核实。") if wanted else _("今后不再自动开始集中核实。"))
    return HttpResponseRedirect(site.url("campaigns"))


def own_days() -> str:
    """Return on which days before the last one a consolidation reminds by itself, in words; the platform's own."""
    return "、".join(str(days) for days in law.reminded_before(settings.OWN_FIGURES))


def show_campaigns(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """List the consolidations, and open one."""
    by, at = request.visitor.actor(*BUREAU), request.visitor.at
    held = Campaign.objects.filter(platform=rights.platform).order_by("-begins_on", "-pk")
    handout = Handout(_("集中核实"), COLUMNS, held, _lines)
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    form = CampaignForm(local_day(at), *((request.POST,) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        since, until = date.fromisoformat(given["since"]), date.fromisoformat(given["until"])
        try:
            rosteracts.open_campaign(given["key"], given["title"], since, until, by, at)
            messages.success(request, _("已开始集中核实，各调解组织登录后即可看到。"))
        except (Refused, f.Malformed) as wrong:
            # Sent twice, the first has opened it.
            if not Campaign.objects.filter(platform=rights.platform, ref=given["key"]).exists():
                form.add_error(None, filewords.said(wrong, at))
        if not form.errors:
            return HttpResponseRedirect(site.url("campaign", given["key"]))
    rows = list(held[:MOST_LISTED])
    going_on = any(row.state == CampaignState.OPEN for row in rows)
    return site.show(
        request,
        "mediation/admin/campaigns.html",
        _("集中核实"),
        crumbs=[(_("集中核实"), "")],
        rows=[{"row": row, "url": site.url("campaign", row.ref), **_state(row)} for row in rows],
        form=None if going_on and not form.errors else form,
        plan=PlanForm(initial={"automatic": roster.opens_by_itself(rights.platform)}),
        plan_url=site.url("campaigns_plan"),
        opens_within=law.opens_within(settings.OWN_FIGURES).days,
        own_days=own_days(),
        status=400 if form.errors else 200,
        **handouts.addresses(request),
    )


def _lines(rows: Sequence[Campaign]) -> Iterator[list[spreadsheets.Value]]:
    for row in rows:
        figures = figures_of(row)
        yield [row.title, row.begins_on, row.ends_on, _state(row)["label"], *(figures[name] for name in LISTS)]


def _state(campaign: Campaign) -> dict[str, str]:
    is_open = campaign.state == CampaignState.OPEN
    return {"label": _(CampaignState(campaign.state).label), "tone": "active" if is_open else "ended"}


def figures_of(campaign: Campaign) -> dict[str, int]:
    """Return the figures of a consolidation: of now while it goes on, of its end once it is closed."""
    assert campaign.begins_on is not None
    if campaign.state == CampaignState.OPEN:
        return roster.campaign_figures(campaign.platform, campaign.begins_on)
    return {name: campaign.figures.get(name, 0) for name in LISTS}


def share_of(figures: dict[str, int]) -> int:
    """Return how many of a hundred have verified their file."""
    return 100 * figures["verified"] // figures["asked"] if figures["asked"] else 100


def show_campaign(site: DeskSite, request: DeskRequest, campaign: uuid.UUID, status: int = 200) -> HttpResponse:
    """Show how far a consolidation has come."""
    row = find(campaign)
    figures, today = figures_of(row), local_day(request.visitor.at)
    is_open = row.state == CampaignState.OPEN
    return site.show(
        request,
        "mediation/admin/campaign.html",
        row.title,
        crumbs=[(_("集中核实"), site.url("campaigns")), (row.title, "")],
        campaign=row,
        state=_state(row),
        is_open=is_open,
        late=bool(is_open and row.ends_on and row.ends_on < today),
        tiles=[
            {
                "label": label,
                "value": figures[name],
                "tone": TONES.get(name, "") if figures[name] else "",
                "url": site.url("campaign_list", row.ref, name),
            }
            for name, label in LISTS.items()
        ],
        stale=figures["stale"],
        own_days=own_days(),
        share=share_of(figures),
        remind_url=site.url("campaign_do", row.ref, "remind"),
        close_url=site.url("campaign_do", row.ref, "close"),
        reports=[
            (label, site.url("campaign_report", row.ref, form)) for form, label in (("pdf", "PDF"), ("xlsx", "Excel"))
        ],
        status=status,
    )


def rows_of(campaign: Campaign, which: str) -> QuerySet[Organisation]:
    """Return the organisations behind a figure of a consolidation, as they stand now."""
    assert campaign.begins_on is not None
    asked = Organisation.objects.filter(platform=campaign.platform, state__in=IN_FORCE)
    match which:
        case "asked":
            return asked
        case "verified":
            return asked.filter(verified_on__gte=campaign.begins_on)
        case "stale":
            return asked.filter(Q(verified_on__isnull=True) | Q(verified_on__lt=campaign.begins_on))
        case "changed":
            begun = datetime.combine(campaign.begins_on, time(), ZONE)
            ended = datetime.max.replace(tzinfo=ZONE) - timedelta(days=2)
            if campaign.state == CampaignState.CLOSED and campaign.since:
                ended = campaign.since
            changed = RosterEvent.objects.filter(
                platform=campaign.platform, aggregate="organisation", kind="roster.organisation.approve.v1",
                at__gte=begun, at__lte=ended,
            )  # fmt: skip
            return Organisation.objects.filter(platform=campaign.platform, ref__in=changed.values("ref"))
    raise Http404


def show_list(site: DeskSite, request: DeskRequest, campaign: uuid.UUID, which: str) -> HttpResponseBase:
    """Show who stands behind a figure, by name."""
    row, today = find(campaign), local_day(request.visitor.at)
    units = {unit.code: unit.name for unit in roster.units()}
    behind = rows_of(row, which)
    handout = Handout(
        f"{row.title}：{LISTS[which]}", LIST_COLUMNS, behind.order_by("name", "pk"), partial(_list_lines, units)
    )
    if answered := handouts.answer(site, request, handout):
        return answered
    found, after = filelists.page(behind, request.GET.get("after", ""))
    return site.show(
        request,
        "mediation/admin/campaign_list.html",
        str(LISTS[which]),
        crumbs=[
            (_("集中核实"), site.url("campaigns")),
            (row.title, site.url("campaign", row.ref)),
            (str(LISTS[which]), ""),
        ],
        rows=[
            {
                **filelists.described(one, today, row if row.state == CampaignState.OPEN else None),
                "url": site.url("file_one", "organisation", one.ref),
                "unit": units.get(one.unit, one.unit),
                "phone": one.phone,
            }
            for one in found
        ],
        is_closed=row.state == CampaignState.CLOSED,
        older_url=f"?after={after}" if after else "",
        **handouts.addresses(request),
    )


def _list_lines(units: Mapping[str, str], rows: Sequence[Organisation]) -> Iterator[list[spreadsheets.Value]]:
    for one in rows:
        state = _(FileState(one.state).label)
        yield [one.name, one.credit_code, units.get(one.unit, one.unit), state, one.verified_on, one.phone]


def do_campaign(site: DeskSite, request: DeskRequest, campaign: uuid.UUID, act: str) -> HttpResponse:
    """Remind everybody who is late, or close."""
    row, by, at = find(campaign), request.visitor.actor(*BUREAU), request.visitor.at
    acts = {"remind": rosteracts.remind, "close": rosteracts.close_campaign}
    if act not in acts:
        raise Http404
    seen = request.POST.get("seen", "")
    try:
        acts[act](row, by, at, int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1)
    except (Refused, f.Malformed) as wrong:
        messages.error(request, filewords.said(wrong, at))
    else:
        done = _("已催办，尚未核实的组织登录后会看到。") if act == "remind" else _("已结束集中核实，可以下载报告。")
        messages.success(request, done)
    return HttpResponseRedirect(site.url("campaign", campaign))


# The report.


def report(site: DeskSite, request: DeskRequest, campaign: uuid.UUID, form: str) -> HttpResponseBase:
    """Hand out the report of a consolidation, as a workbook or as PDF/A, and write down who took it."""
    row, at = find(campaign), request.visitor.at
    if form not in ("xlsx", "pdf"):
        raise Http404
    by = request.visitor.actor(*BUREAU)
    log.note(rights.platform, "", "export.v1", by=by, at=at, facts={"campaign": str(row.ref), "form": form})
    if form == "xlsx":
        note = f"{row.title}：" + "，".join(f"{LISTS[name]}{count}" for name, count in figures_of(row).items())
        headings = [
            (_("组织名称"), 36), (_("统一社会信用代码"), 22), (_("监管单位"), 24), (_("档案状态"), 12),
            (_("最近核实日期"), 14), (_("是否核实"), 12), (_("联系电话"), 18),
        ]  # fmt: skip
        return spreadsheets.answer(f"{row.title}", headings, _report_rows(row), note)
    try:
        paper = print_sheet(_sheet(row, at), at)
    except PaperRefused as wrong:
        messages.error(request, f"{_(wrong.message) % wrong.params}{_(wrong.remedy) % wrong.params}")
        return HttpResponseRedirect(site.url("campaign", campaign))
    return HttpResponse(paper.content, headers=files.download_headers(paper.filename, "application/pdf"))


def _report_rows(campaign: Campaign) -> Iterator[list[spreadsheets.Value]]:
    units = {unit.code: unit.name for unit in roster.units()}
    asked = rows_of(campaign, "asked").order_by(F("verified_on").asc(nulls_first=True), "pk")
    for one in asked[:MOST_REPORTED].iterator(chunk_size=1_000):
        assert campaign.begins_on is not None
        verified = one.verified_on is not None and one.verified_on >= campaign.begins_on
        yield [
            one.name,
            one.credit_code,
            units.get(one.unit, one.unit),
            _(FileState(one.state).label),
            one.verified_on,
            _("是") if verified else _("否"),
            one.phone,
        ]


def _sheet(campaign: Campaign, at: datetime) -> Sheet:
    figures, on = figures_of(campaign), local_day(at)
    assert campaign.begins_on is not None
    assert campaign.ends_on is not None
    units = {unit.code: unit.name for unit in roster.units()}
    late = list(rows_of(campaign, "stale").order_by("unit", "name")[:MOST_LATE])
    period = f"{wording.plain_day(campaign.begins_on)}至{wording.plain_day(campaign.ends_on)}"
    law = wording.articles(["N-4.3"], on)
    blocks = [
        letters.text(
            f"依照{law}，投资者保护局于{period}组织各调解组织核实名册档案。截至{wording.plain_day(on)}，情况如下。"
        ),
        letters.facts(
            [
                *((str(label), f"{figures[name]}家") for name, label in LISTS.items()),
                ("核实比例", f"{share_of(figures)}%"),
                ("催办次数", f"{campaign.figures.get('reminders', 0)}次"),
                ("状态", CampaignState(campaign.state).label),
            ]
        ),
    ]
    if late:
        rows = [
            [one.name, units.get(one.unit, one.unit), one.verified_on.isoformat() if one.verified_on else "从未核实"]
            for one in late
        ]
        blocks += [
            letters.head("尚未核实的调解组织"),
            letters.table({"调解组织": 0, "监管单位": 150, "最近核实日期": 90}, rows),
        ]
    if figures["stale"] > len(late):
        blocks.append(letters.small(f"以上列出{len(late)}家，其余见Excel报告。"))
    return Sheet(
        issuer="中国证监会投资者保护局",
        title="名册集中核实报告",
        number=campaign.title,
        blocks=blocks,
        signed="中国证监会投资者保护局",
        day=wording.solemn_day(on),
        seal=False,
    )


MOST_LATE = 300
"""How many organisations the printed report names; the workbook has all."""


# What the desk is put together from.


def late_files(posts: Any, at: datetime) -> QuerySet[Any]:
    """Return the organisations that the consolidation going on still waits for."""
    campaign = roster.open_campaign(rights.platform)
    held = any(isinstance(post, Post) and post.role == Role.PROTECTION_BUREAU for post in posts)
    return rows_of(campaign, "stale") if campaign and held else Organisation.objects.none()


def _late_url(site: DeskSite) -> str:
    campaign = roster.open_campaign(rights.platform)
    return site.url("campaign_list", campaign.ref, "stale") if campaign else site.url("campaigns")


LATE_FILES = OtherList("late-files", gettext_lazy("集中核实：尚未核实"), late_files, _late_url, "waiting")


def bureau_group(others: tuple[OtherList, ...]) -> Group:
    """Return the bureau's group of counts about the roster."""
    return Group(gettext_lazy("名册"), (LATE_FILES, *others))


def campaign_section() -> Section:
    """Return the section of consolidations."""
    return Section(
        gettext_lazy("集中核实"),
        "campaigns",
        BUREAU,
        (
            Page("campaigns/", show_campaigns, "campaigns", FILL),
            Page("campaigns/plan/", plan_campaigns, "campaigns_plan", ACT),
            Page("campaigns/<uuid:campaign>/", show_campaign, "campaign"),
            Page("campaigns/<uuid:campaign>/list/<slug:which>/", show_list, "campaign_list"),
            Page("campaigns/<uuid:campaign>/do/<slug:act>/", do_campaign, "campaign_do", ACT),
            Page("campaigns/<uuid:campaign>/report/<slug:form>/", report, "campaign_report"),
        ),
    )
