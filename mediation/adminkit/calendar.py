"""Calendar and rules at the desk: which years are loaded, loading one by file or form, the law's periods to read.

Lives here: two pages and the form. Does not live here: reading the file (``workdays``), the act (``years``).
Called by: both admin sites, as the sections returned here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import law, queries, tasks, years
from mediation.adminkit import worklist
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.vocabulary import Role, Unit
from mediation.windows.worded import WordedForm
from mediation.workdays import LARGEST_FILE, BadCalendarFile, local_day


class YearForm(WordedForm):
    """One year's arrangement, as a file or as text."""

    file = forms.FileField(label=gettext_lazy("安排文件（CSV或者JSON）"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=gettext_lazy("或者直接填写"),
        required=False,
        max_length=LARGEST_FILE,
        widget=forms.Textarea(
            attrs={
                "rows": 12,
                "placeholder": "notice,国办发明电〔2026〕7号\n2027-01-01,REST\n2027-01-02,REST\n2027-01-03,WORK",
            }
        ),
        help_text=gettext_lazy(
            "第一行写通知文号；以后每行一个日期：REST为放假，WORK为周末补班。周末本来休息的不用写。"
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Return the one text that was given, whichever way."""
        given = self.cleaned_data
        received, text = given.get("file"), given.get("text", "")
        if received and text:
            raise ValidationError(_("文件和文字只能提供一种。"))
        if received:
            try:
                text = received.read(LARGEST_FILE + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                raise ValidationError(_("文件不是UTF-8编码的文字，请另存为UTF-8后再上传。")) from None
        if not text.strip() and not self.errors:
            raise ValidationError(_("请选择文件，或者填写安排。"))
        given["arrangement"] = text
        return given


def calendar_section(readers: frozenset[Role], *, editors: frozenset[Role]) -> Section:
    """Return the section that shows the loaded years to ``readers`` and lets ``editors`` load one."""

    def calendar(site: DeskSite, request: DeskRequest) -> HttpResponse:
        return show_calendar(site, request, editors)

    return Section(gettext_lazy("节假日安排"), "calendar", readers, (Page("calendar/", calendar, "calendar", FILL),))


def rules_section(readers: frozenset[Role]) -> Section:
    """Return the section in which the law's periods are read."""
    return Section(gettext_lazy("期限规则"), "rules", readers, (Page("rules/", show_rules, "rules"),))


def show_calendar(site: DeskSite, request: DeskRequest, editors: frozenset[Role]) -> HttpResponse:
    """Show the years, or load one."""
    may_load = bool(request.visitor.roles & editors)
    if request.method == "POST" and not may_load:
        raise PermissionDenied
    form = YearForm(request.POST, request.FILES) if request.method == "POST" else YearForm()
    if request.method == "POST" and form.is_valid():
        try:
            year, count = years.load_year(
                form.cleaned_data["arrangement"], by=request.visitor.actor(*editors), at=request.visitor.at
            )
        except BadCalendarFile as error:
            form.add_error(None, str(error))
        else:
            tasks.ring_reckon()
            said = _("已载入%(year)d年安排（%(notice)s）；已重新计算%(count)d件案件的期限，其余由系统继续重算。")
            messages.success(request, said % {"year": year.year, "notice": year.notice, "count": count})
            return HttpResponseRedirect(site.url("calendar"))
    calendar = queries.calendar()
    platform = site.rights.platform
    counted = worklist.counts({"provisional": queries.provisional_cases(platform)})
    today = local_day(request.visitor.at)
    rows = [
        {"year": number, "notice": year.notice, "rest": len(year.rest), "made_up": sorted(year.made_up)}
        for number, year in sorted(calendar.years.items(), reverse=True)
    ]
    return site.show(
        request,
        "mediation/admin/calendar.html",
        _("节假日安排"),
        crumbs=[(_("节假日安排"), "")],
        form=form if may_load else None,
        rows=rows,
        missing=[year for year in (today.year, today.year + 1) if calendar.is_provisional(date(year, 6, 1))],
        provisional=worklist.spoken(counted["provisional"]),
        status=400 if form.errors else 200,
    )


def show_rules(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Show every period of the law, in force or not, with its article as numbered today."""
    today = local_day(request.visitor.at)
    shown = [law.row(rule.row, settings.OWN_FIGURES) for rule in law.RULES]
    rows = [
        {
            "label": _(rule.clock.label),
            "value": f"{rule.value}{_(Unit(rule.unit).label)}",
            "flag": rule.flag,
            "soft": rule.soft,
            "start": _(rule.counted_from),
            "tracks": sorted(_(track.label) for track in rule.tracks or ()),
            "procedure": _(rule.procedure.label) if rule.procedure else "",
            "article": "；".join(rule.cited(today)),
            "extension": _(rule.extension),
            "since": rule.valid_from,
            "until": rule.valid_until,
            "in_force": law.in_force(rule, today),
            "own_figure": rule.own_figure,
            "note": _(rule.note) if rule.note else "",
            "row": rule.row,
        }
        for rule in shown
    ]
    rows.sort(key=lambda row: not row["in_force"])
    return site.show(
        request, "mediation/admin/rules.html", _("期限规则"), crumbs=[(_("期限规则"), "")], rows=rows, today=today
    )
