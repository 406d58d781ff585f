"""Groups of companies at the protection bureau's desk: which list is in force, a new one in its place.

Lives here: the pages. Does not live here: the workbook (``mediation.adminkit.grouplists``), the list
(``roster.groups``), what a connection means (``mediation.conflicts``).
Called by: ``admin``.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from investornet.access import rights
from mediation import log
from mediation.adminkit import grouplists, handouts, spreadsheets
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.workbooks import Problem, WorkbookRefused
from mediation.vocabulary import Role
from mediation.workdays import local_day
from roster import groups

BUREAU = frozenset({Role.PROTECTION_BUREAU})
MOST_PROBLEMS = 200
MOST_SHOWN = 200


def show_groups(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show the list in force or what it says of a company; put a new one in its place, as a whole or not at all."""
    by, today = request.visitor.actor(*BUREAU), local_day(request.visitor.at)
    text = request.GET.get("text", "").replace("\x00", " ").strip()[:60]
    rows = groups.find(text)
    columns = [(_(heading), width) for heading, width in grouplists.COLUMNS]
    handout = Handout(_("集团公司名单"), columns, rows, grouplists.lines)
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    form = grouplists.GroupListForm(today, *((request.POST, request.FILES) if request.method == "POST" else ()))
    problems: list[Problem] = []
    if form.is_bound and form.is_valid():
        try:
            read, problems = grouplists.read(form.cleaned_data["workbook"], today)
        except WorkbookRefused as wrong:
            form.add_error("workbook", str(wrong))
        if not problems and not form.errors:
            stated = {"as_of": form.cleaned_data["as_of"], "source": form.cleaned_data["source"]}
            count = groups.load(read, **stated)
            told = {"rows": count, "as_of": stated["as_of"].isoformat(), "source": stated["source"]}
            log.note(rights.platform, "", "groups.v1", by=by, at=request.visitor.at, facts=told)
            messages.success(request, _("已载入集团公司名单：%(count)d家公司。") % {"count": count})
            return HttpResponseRedirect(site.url("groups"))
    known, shown = groups.current(), list(rows[: MOST_SHOWN + 1])
    return site.show(
        request,
        "mediation/admin/groups.html",
        _("集团公司名单"),
        crumbs=[(_("集团公司名单"), "")],
        form=form,
        problems=problems[:MOST_PROBLEMS],
        wrong=len(problems),
        known=known,
        count=len(known.parents),
        rows=shown[:MOST_SHOWN],
        more=len(shown) > MOST_SHOWN,
        text=text,
        print_url=handouts.addresses(request)["print_url"],
        workbook_url=site.url("groups_export"),
        status=422 if problems or form.errors else 200,
    )


def export_groups(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Hand out the list in force as a workbook that can be loaded again."""
    known, today = groups.current(), local_day(request.visitor.at)
    by = request.visitor.actor(*BUREAU)
    log.note(rights.platform, "", "export.v1", by=by, at=request.visitor.at, facts={"rows": len(known.parents)})
    headings = [(_(heading), width) for heading, width in grouplists.COLUMNS]
    note = _("名单截至%(day)s，来源：%(source)s") % {"day": known.as_of or "—", "source": _(known.source) or "—"}
    return spreadsheets.answer(
        f"{_('集团公司名单')}-{today}", headings, grouplists.lines(groups.find().iterator()), note
    )


def groups_section() -> Section:
    """Return the section of groups of companies."""
    return Section(
        gettext_lazy("集团公司名单"),
        "groups",
        BUREAU,
        (Page("groups/", show_groups, "groups", FILL), Page("groups/export/", export_groups, "groups_export")),
    )
