"""Joint recognition at the Supreme People's Court (N-4.4c): what awaits approval, approving, how far it has spread.

Lives here: the list, the page of one recognition. Does not live here: nominating (InvestorNet), spreading (the door).
Called by: the court's admin site, as the section ``recognitions_section`` returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import rosters
from mediation.adminkit import handouts
from mediation.adminkit.entrants import court_names, spoken_conditions
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.vocabulary import CourtLevel, ListingStatus, RecognitionState, Role
from mediation.windows import filewords
from mediation.windows.moveforms import CleanText, terms
from mediation.windows.pages import citations, label_of
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import conditions as entry_conditions
from roster import queries as roster
from roster.facts import Malformed
from roster.lifecycle import MOVES, RECOGNITION
from roster.models import Listing, Mediator, Organisation, Post, Recognition
from roster.moves import Refused
from roster.world import other_files

DIVISIONS = frozenset({Role.SPC_DOCKETING, Role.SPC_CIVIL2})
PAGE = 50
MOST_COURTS = 100
COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("对象"), 12),
    (gettext_lazy("状态"), 14),
    (gettext_lazy("立案庭同意"), 14),
    (gettext_lazy("民二庭同意"), 14),
    (gettext_lazy("法院层级"), 30),
)
TONES = {
    RecognitionState.NOMINATED: "waiting",
    RecognitionState.RECOGNISED: "active",
    RecognitionState.SPREAD: "good",
    RecognitionState.DECLINED: "bad",
}


def recognitions_section() -> Section:
    """Return the section in which the two divisions of the SPC approve."""
    return Section(
        gettext_lazy("共同认定"),
        "recognitions",
        DIVISIONS,
        (
            Page("recognitions/", show_recognitions, "recognitions"),
            Page("recognitions/<uuid:ref>/", one_recognition, "recognition", FILL),
        ),
    )


def nominated(posts: Sequence[Post], at: datetime) -> QuerySet[Recognition]:
    """Return what awaits the approval of a division of these posts, for the first page."""
    held = [post for post in posts if post.role in DIVISIONS]
    waiting = Recognition.objects.filter(
        platform__in={post.platform for post in held}, state=RecognitionState.NOMINATED.value
    )
    for role in {post.role for post in held}:
        waiting = waiting.filter(**{f"sheet__approvals__{role}__isnull": True})
    return waiting


class StateFilter(WordedForm):
    """What the list may be narrowed to."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=lambda: [("", _("全部")), *terms(RecognitionState)],
    )


def show_recognitions(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show recognitions, the newest first, with who has approved."""
    form = StateFilter(request.GET)
    rows = Recognition.objects.filter(platform=site.rights.platform)
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    handout = Handout(_("共同认定"), COLUMNS, rows.order_by("-pk"), _lines)
    if answered := handouts.answer(site, request, handout):
        return answered
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    names = entrant_names(found)
    own = {role.value for role in request.visitor.roles & DIVISIONS}
    query = request.GET.copy()
    query["before"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return site.show(
        request,
        "mediation/admin/recognitions.html",
        _("共同认定"),
        crumbs=[(_("共同认定"), "")],
        form=form,
        rows=[
            {
                "name": names.get(one.entrant, str(one.entrant)),
                "url": site.url("recognition", one.ref),
                "awaits": one.state == RecognitionState.NOMINATED and not own <= set(one.sheet.get("approvals", {})),
                **_spoken(one),
            }
            for one in found[:PAGE]
        ],
        older_url=f"?{query.urlencode()}" if len(found) > PAGE else "",
        **handouts.addresses(request),
    )


def entrant_names(rows: Iterable[Recognition]) -> dict[Any, str]:
    """Return what the nominated are called, by reference, in two queries."""
    held = list(rows)
    platform = held[0].platform if held else ""
    names: dict[Any, str] = {}
    for table, kind in ((Organisation, "organisation"), (Mediator, "mediator")):
        refs = [getattr(one, kind) for one in held]
        names |= dict(table.objects.filter(platform=platform, ref__in=refs).values_list("ref", "name"))
    return names


def _lines(rows: Sequence[Recognition]) -> Iterator[list[Value]]:
    names = entrant_names(rows)
    for one in rows:
        said = _spoken(one)
        approved = [str(approval["on"]) for approval in said["approvals"]]
        name = names.get(one.entrant, str(one.entrant))
        yield [name, said["kind_label"], said["state_label"], *approved, said["levels"]]


def _spoken(one: Recognition) -> dict[str, Any]:
    state = RecognitionState(one.state)
    said = one.sheet.get("approvals", {})
    return {
        "row": one,
        "kind_label": _("调解组织") if one.organisation else _("调解员"),
        "state_label": label_of(state),
        "tone": TONES[state],
        "levels": "、".join(label_of(CourtLevel(level)) for level in one.levels),
        "approvals": [
            {"label": label_of(role), "on": said.get(role.value, "")} for role in (Role.SPC_DOCKETING, Role.SPC_CIVIL2)
        ],
    }


class DeclineForm(WordedForm):
    """Why a nomination is declined."""

    reason = CleanText(label=gettext_lazy("不予共同认定的理由"), longest=500, rows=3)


def one_recognition(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show one recognition with the file behind it; approve or decline it."""
    row = Recognition.objects.filter(platform=site.rights.platform, ref=ref).first()
    if row is None:
        raise Http404
    by, at = request.visitor.actor(*DIVISIONS), request.visitor.at
    move = request.POST.get("move", "") if request.method == "POST" else ""
    form = DeclineForm(request.POST if move == "decline" else None)
    wrong = ""
    if move == "approve" or (move == "decline" and form.is_valid()):
        facts = {"reason": form.cleaned_data["reason"]} if move == "decline" else {}
        seen = request.POST.get("seen", "")
        try:
            rosters.perform(
                row,
                move,
                by=by,
                at=at,
                facts=facts,
                seen=int(seen) if seen.isascii() and seen.isdecimal() else None,
            )
        except (Refused, Malformed) as refused:
            wrong = filewords.said(refused, at)
        else:
            site.ring()
            messages.success(request, _("已办理“%(move)s”。") % {"move": _(MOVES[RECOGNITION][move].label)})
            return HttpResponseRedirect(site.url("recognition", row.ref))
    elif request.method == "POST" and move != "decline":
        wrong = _("没有这种操作，请从列出的操作中选择。")
    return _page(site, request, row, form, wrong, by.role)


def _page(
    site: DeskSite, request: DeskRequest, row: Recognition, form: DeclineForm, wrong: str, role: Role
) -> HttpResponse:
    on, file = local_day(request.visitor.at), roster.file_of(row)
    spread = Listing.objects.filter(
        **{"platform": row.platform, row.entrant_kind: row.entrant}, sheet__recognition=str(row.ref)
    )
    counted = dict(spread.order_by().values_list("status").annotate(Count("pk")))
    chosen = request.GET.get("status", "")
    shown = spread.filter(status=chosen) if chosen in ListingStatus.__members__ else spread
    places = list(shown.order_by("court").values_list("court", "status", "since")[: MOST_COURTS + 1])
    names = court_names(code for code, _status, _since in places)
    judged: list[Any] = []
    others = other_files([file])[file.ref] if file else []
    if isinstance(file, Organisation):
        judged = entry_conditions.of_organisation(file, on=on, others=others)
    elif isinstance(file, Mediator):
        judged = entry_conditions.of_mediator(file, on=on, is_recommended=None, others=others)
    return site.show(
        request,
        "mediation/admin/recognition.html",
        file.name if file else str(row.entrant),
        status=400 if request.method == "POST" else 200,
        crumbs=[(_("共同认定"), site.url("recognitions")), (file.name if file else str(row.entrant), "")],
        **_spoken(row),
        reason=row.reason,
        form=form,
        wrong=wrong,
        open=row.state == RecognitionState.NOMINATED and role.value not in row.sheet.get("approvals", {}),
        article=citations(["N-4.4c"], on),
        conditions=spoken_conditions(judged, on),
        file=filewords.shown(file.aggregate, file.contents()) if file else [],
        tiles=[
            {"label": label_of(ListingStatus(code)), "value": count, "url": f"?status={code}"}
            for code, count in sorted(counted.items())
        ],
        places=[
            {"court": names.get(code, code), "status": label_of(ListingStatus(status)), "since": since}
            for code, status, since in places[:MOST_COURTS]
        ],
        more=len(places) > MOST_COURTS,
    )
