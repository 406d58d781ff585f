"""Lists of cases as pages of a desk: one page of rows, searching, filters kept by name, the list as a workbook.

Lives here: views over what ``worklist`` finds. Does not live here: one case (``casepages``), choosing many (``bulk``).
Called by: ``casepages``, which puts these pages into the section of cases; the first page for its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation.adminkit import advising, handouts, spreadsheets
from mediation.adminkit.site import ACT, DeskRequest, DeskSite, Page
from mediation.adminkit.worklist import CaseFilter, Queue, in_order, opened_search, page, reached, sealed_search
from mediation.models import Case, CaseSet, SavedFilter
from mediation.vocabulary import Cause, Outcome, State, Track
from mediation.windows import pages
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster

OWN_PLACES = {"delegate": "case_choose", "consult": "case_consents", "serve": "case_services"}
"""Moves of a clerk that start from a page of their own."""

CAME_BACK = "sent-back"
"""The queue of cases that an organisation gave back: a clerk sends each on with one click."""

MOST_SAVED = 20
COLUMNS = (
    (gettext_lazy("案号"), 26),
    (gettext_lazy("当事人"), 40),
    (gettext_lazy("案由"), 24),
    (gettext_lazy("途径"), 14),
    (gettext_lazy("状态"), 16),
    (gettext_lazy("现由谁办理"), 24),
    (gettext_lazy("期限"), 18),
    (gettext_lazy("到期日期"), 12),
    (gettext_lazy("剩余工作日"), 12),
    (gettext_lazy("请求金额（元）"), 16),
    (gettext_lazy("申请日期"), 12),
)


def list_pages(queues: Sequence[Queue]) -> tuple[Page, ...]:
    """Return the pages of a list that can be narrowed to these queues."""
    return (
        Page("cases/", partial(show_list, queues=queues), "cases"),
        Page("cases/find/", partial(search, queues=queues), "cases_find", ACT),
        Page("cases/export/", partial(export, queues=queues), "cases_export"),
        Page("cases/filters/", partial(save_filter, queues=queues), "filter_save", ACT),
        Page("cases/filters/<int:pk>/drop/", drop_filter, "filter_drop", ACT),
    )


def links(site: DeskSite) -> pages.Links:
    """Return where this site's pages of a case are."""
    return pages.Links(
        case=lambda case: site.url("case", case.ref),
        move=lambda case, move: (
            site.url(OWN_PLACES[move], case.ref) if move in OWN_PLACES else site.url("case_move", case.ref, move)
        ),
        document=lambda case, document: site.url("case_document", case.ref, document.ref),
    )


def names_people(site: DeskSite, request: DeskRequest) -> bool:
    """Tell whether some capacity of the visitor reads cases, and so people's names."""
    return any(site.rights.reads(role) for role in request.visitor.roles)


def rows_of(site: DeskSite, request: DeskRequest, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the rows of a list as this visitor may see them."""
    # Whoever only looks on is not told what handlers have asked for.
    hidden = {} if request.visitor.roles & pages.INSIDERS else {case.pk: () for case in cases}
    return pages.list_rows(cases, request.visitor.at, links(site), named=names_people(site, request), persons=hidden)


def narrowed(
    site: DeskSite, request: DeskRequest, query: QueryDict, queues: Sequence[Queue]
) -> tuple[CaseFilter, CaseSet]:
    """Return the filter that an address describes, and the cases it leaves of those the visitor reaches."""
    visitor, asked = request.visitor, query.copy()
    token = asked.get("found", "")
    asked["q"] = opened_search(token, visitor.account) if token else ""
    form = CaseFilter(asked, queues=queues, named=names_people(site, request))
    found = form.narrow(reached(site.rights, visitor.posts), site.rights.platform, visitor.at)
    if token and not asked["q"]:
        form.add_error("q", _("这次查找已经失效，请重新输入。"))
        found = found.none()
    return form, found


def show_list(site: DeskSite, request: DeskRequest, queues: Sequence[Queue]) -> HttpResponse:
    """Show one page of the cases this visitor reaches."""
    visitor = request.visitor
    form, found = narrowed(site, request, request.GET, queues)
    chosen = page(found, request.GET, order=form.order(site.rights.platform, visitor.at))
    queue = next((queue for queue in queues if queue.code == form.cleaned_data.get("queue")), None)
    reassigns = advising.offers(site, request, chosen.cases) if queue and queue.code == CAME_BACK else {}
    kept = {name: request.GET[name] for name in ("found",) if request.GET.get(name)}
    query = urlencode({**form.query, **kept})
    return site.show(
        request,
        "mediation/admin/cases.html",
        str(queue.label) if queue else _("案件"),
        crumbs=[(_("案件"), "")],
        filter=form,
        scope=_scope(site, form),
        page=chosen,
        rows=[row | {"reassign": reassigns.get(row["ref"])} for row in rows_of(site, request, chosen.cases)],
        reassigns=bool(reassigns),
        saved=saved_filters(site, request),
        query=query,
        saveable=bool(form.query),
        find_url=site.url("cases_find"),
        save_url=site.url("filter_save"),
        export_url=f"{site.url('cases_export')}?{query}",
        print_url=f"{site.url('cases_export')}?{urlencode({**form.query, **kept, 'form': handouts.PAPER})}",
        bulk_url=site.url("bulk") if visitor.roles & site.bulkers and chosen.cases else "",
        new_url=site.url("file") if visitor.roles & site.filers else "",
    )


def _scope(site: DeskSite, form: CaseFilter) -> list[str]:
    """Return in words what a report has narrowed the list to, beside what the filter shows itself."""
    wanted, platform = form.cleaned_data, site.rights.platform
    words = []
    if code := wanted.get("court"):
        court = roster.court(code)
        words.append(court.name if court else code)
    if ref := wanted.get("organisation"):
        organisation = roster.organisation(platform, ref)
        words.append(organisation.name if organisation else str(ref))
    if code := wanted.get("unit"):
        unit = roster.unit(code)
        words.append(unit.name if unit else code)
    if (outcome := wanted.get("outcome")) and (month := wanted.get("month")):
        stated = {"year": month.year, "month": month.month, "outcome": pages.label_of(Outcome(outcome))}
        words.append(_("%(year)d年%(month)d月%(outcome)s") % stated)
    return words


def search(site: DeskSite, request: DeskRequest, queues: Sequence[Queue]) -> HttpResponse:
    """Lead to the list that a filled-in filter describes; what was searched for travels sealed (docs/adr/0011)."""
    form = CaseFilter(request.POST, queues=queues, named=names_people(site, request))
    query = form.query
    if text := form.cleaned_data.get("q"):
        query["found"] = sealed_search(text, request.visitor.account)
    for error in form.errors.get("q", ()):
        messages.error(request, str(error))
    answer = HttpResponseRedirect(f"{site.url('cases')}?{urlencode(query)}" if query else site.url("cases"))
    answer.status_code = 303
    return answer


# Filters kept by name.


class SaveForm(WordedForm):
    """What a filter shall be called."""

    name = forms.CharField(
        max_length=30,
        error_messages={
            "required": gettext_lazy("请给筛选起一个名称。"),
            "max_length": gettext_lazy("名称最多30个字。"),
        },
    )
    query = forms.CharField(max_length=2000)


def saved_filters(site: DeskSite, request: DeskRequest) -> list[dict[str, str]]:
    """Return the visitor's own filters: name, address, and where to drop each."""
    kept = SavedFilter.objects.filter(account=request.visitor.account, platform=site.rights.platform)
    return [
        {
            "name": one.name,
            "url": f"{site.url('cases')}?{one.query}",
            "drop_url": site.url("filter_drop", one.pk),
        }
        for one in kept[:MOST_SAVED]
    ]


def save_filter(site: DeskSite, request: DeskRequest, queues: Sequence[Queue]) -> HttpResponse:
    """Keep a filter under a name; the same name again replaces it."""
    form, account, platform = SaveForm(request.POST), request.visitor.account, site.rights.platform
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return HttpResponseRedirect(site.url("cases"))
    asked = CaseFilter(QueryDict(form.cleaned_data["query"]), queues=queues, named=False).query
    asked.pop("found", None)
    query, name = urlencode(asked), form.cleaned_data["name"]
    others = SavedFilter.objects.filter(account=account, platform=platform).exclude(name=name)
    if others.count() >= MOST_SAVED:
        messages.error(request, _("最多保存%(most)d个常用筛选，请先删除不用的。") % {"most": MOST_SAVED})
    elif not query:
        messages.error(request, _("没有可以保存的筛选条件；查找的内容不会保存。"))
    else:
        SavedFilter.objects.update_or_create(account=account, platform=platform, name=name, defaults={"query": query})
        messages.success(request, _("已保存常用筛选：%(name)s") % {"name": name})
    return HttpResponseRedirect(f"{site.url('cases')}?{query}")


def drop_filter(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponse:
    """Forget one of the visitor's own filters."""
    own = SavedFilter.objects.filter(account=request.visitor.account, platform=site.rights.platform, pk=pk)
    if not own.delete()[0]:
        raise Http404
    return HttpResponseRedirect(site.url("cases"))


# The list handed out.


def export(site: DeskSite, request: DeskRequest, queues: Sequence[Queue]) -> HttpResponseBase:
    """Hand out the list in the order of its pages: as a workbook unless it is asked for on paper."""
    form, found = narrowed(site, request, request.GET, queues)
    handout = handouts.Handout(
        _("案件"),
        COLUMNS,
        in_order(found, form.order(site.rights.platform, request.visitor.at)),
        partial(_lines, site, request),
        {"filter": form.query, "searched": bool(form.cleaned_data.get("q"))},
        site.url("cases"),
    )
    answered = handouts.answer(site, request, handout, handouts.WORKBOOK)
    if answered is None:
        raise Http404
    return answered


def _lines(site: DeskSite, request: DeskRequest, cases: Sequence[Case]) -> Iterator[list[spreadsheets.Value]]:
    for row in rows_of(site, request, cases):
        yield [
            row["number"],
            row["title"],
            pages.label_of(Cause(row["cause"])),
            pages.label_of(Track(row["track"])),
            pages.label_of(State(row["state"])),
            row["holder_label"],
            row["clock_label"],
            local_day(row["due"]) if row["due"] else None,
            row["days_left"],
            row["amount"] / 100 if row["amount"] is not None else None,
            local_day(row["filed_at"]),
        ]
