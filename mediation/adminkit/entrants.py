"""A court's roster at its desk: what was pushed and waits for confirmation, who is on it, and what is done with each.

Lives here: lists, one entry's page, many entries at once. Does not live here: conditions and moves (``roster``), using
a higher court's roster (``adoption``), complaints (``complaints``), cases that lost their mediator (``reassigning``).
Called by: the court's admin site, as the section ``entrants_section`` returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import rosters
from mediation.actor import Actor
from mediation.adminkit import handouts
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.adminkit.worklist import WITHIN
from mediation.models import Blob
from mediation.vocabulary import (
    ComplaintGround,
    ComplaintState,
    Consequence,
    EntryCondition,
    FileState,
    ListingStatus,
    PauseGround,
    Role,
)
from mediation.windows import filewords
from mediation.windows.moveforms import CleanText, terms
from mediation.windows.pages import citations, label_of
from mediation.windows.pictures import picture
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import conditions as entry_conditions
from roster import moves
from roster import queries as roster
from roster.conditions import Condition
from roster.facts import Malformed
from roster.guards import STANDING
from roster.lifecycle import LISTING, MOVES
from roster.models import Complaint, Court, Listing, Mediator, Organisation, Post, RosterEvent
from roster.moves import MOST_AT_ONCE, Refused
from roster.world import other_files

STAFF = frozenset({Role.CLERK, Role.COURT_LEADER})
"""Who keeps a court's roster."""
WAITING = (ListingStatus.PUSHED.value, ListingStatus.RECOGNISED.value)
PAGE = 50
SOON = timedelta(days=60)
"""How long before its end a term is shown as ending soon."""
ARRIVALS = ("receive_push", "receive_recognised", "ask")
CERTIFYING = ("confirm", "renew", "adopt", "take_over")

TONES = {
    ListingStatus.PUSHED: "waiting",
    ListingStatus.RECOGNISED: "waiting",
    ListingStatus.ASKED: "handed",
    ListingStatus.LISTED: "good",
    ListingStatus.SUSPENDED: "bad",
    ListingStatus.REFUSED: "bad",
    ListingStatus.REMOVED: "bad",
}


ENTRANT_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("对象"), 12),
    (gettext_lazy("所属调解组织"), 36),
    (gettext_lazy("法院"), 24),
    (gettext_lazy("状态"), 14),
)
WAITING_COLUMNS = (
    *ENTRANT_COLUMNS,
    (gettext_lazy("不符合的条件"), 40),
    (gettext_lazy("由法院判断的条件"), 40),
    (gettext_lazy("等待自"), 12),
)
ROSTER_COLUMNS = (
    *ENTRANT_COLUMNS,
    (gettext_lazy("说明"), 24),
    (gettext_lazy("证书编号"), 24),
    (gettext_lazy("列入日期"), 12),
    (gettext_lazy("有效期至"), 12),
)


def entrants_section(more: Sequence[Page] = ()) -> Section:
    """Return the section in which a court keeps its roster, with further pages."""
    return Section(
        gettext_lazy("特邀名册"),
        "entrants",
        STAFF,
        (
            Page("entrants/", show_pending, "entrants"),
            Page("entrants/batch/", batch, "entrants_batch", FILL),
            Page("entrants/roster/", show_roster, "entrants_roster"),
            Page("entrants/<uuid:ref>/", one_entry, "entrant", FILL),
            Page("entrants/<uuid:ref>/pictures/<slug:digest>/", show_photo, "entrant_photo"),
            *more,
        ),
    )


def tabs(site: DeskSite, current: str) -> list[dict[str, Any]]:
    """Return the lists of this section, for the line above each of them."""
    lists = (
        ("entrants", _("待确认")),
        ("entrants_roster", _("本院名册")),
        ("adoption", _("使用上级法院名册")),
        ("complaints", _("投诉")),
        ("reassigning", _("需要重新安排的案件")),
    )
    return [{"label": label, "url": site.url(name), "current": name == current} for name, label in lists]


def seats(request: DeskRequest) -> list[str]:
    """Return the courts whose roster this visitor keeps."""
    return sorted({actor.seat for actor in request.visitor.actors if actor.role in STAFF})


def keeper(request: DeskRequest, court: str) -> Actor:
    """Return the capacity in which the visitor keeps this court's roster; raises Http404 without one."""
    found = next((one for one in request.visitor.actors if one.role in STAFF and one.seat == court), None)
    if found is None:
        raise Http404
    return found


def entries_of(site: DeskSite, request: DeskRequest) -> QuerySet[Listing]:
    """Return the entries of the visitor's courts."""
    return Listing.objects.filter(platform=site.rights.platform, court__in=seats(request))


# What the first page counts.


def _held(posts: Sequence[Post]) -> QuerySet[Listing]:
    """Return the entries of the courts whose roster these posts keep; they all belong to one platform."""
    keeping = [post for post in posts if post.role in STAFF]
    return Listing.objects.filter(
        platform__in={post.platform for post in keeping}, court__in={post.court for post in keeping}
    )


def awaiting(posts: Sequence[Post], at: datetime) -> QuerySet[Listing]:
    """Return the entries that wait for confirmation at the courts of these posts (N-4.4b)."""
    return _held(posts).filter(status__in=WAITING)


def ending(posts: Sequence[Post], at: datetime) -> QuerySet[Listing]:
    """Return the entries of the courts of these posts whose term ends soon (TY-5)."""
    return _held(posts).filter(status__in=STANDING, expires_on__lte=local_day(at) + SOON)


# What a row says.


@dataclass(frozen=True)
class Entrant:
    """One entry with the file behind it as a list shows it; ``conditions`` are judged on this platform's copy."""

    listing: Listing
    file: Organisation | Mediator | None
    member_of: str
    conditions: list[Condition]
    url: str
    others: Sequence[Organisation | Mediator] = ()
    """Other files about the same body or person."""

    @property
    def name(self) -> str:
        """What the entrant is called; the reference while the file has not arrived."""
        return self.file.name if self.file else str(self.listing.entrant)

    @property
    def kind_label(self) -> str:
        """Whether this is an organisation or a mediator."""
        return _("调解组织") if self.listing.organisation else _("调解员")

    @property
    def status_label(self) -> str:
        """The standing in words."""
        return label_of(ListingStatus(self.listing.status))

    @property
    def tone(self) -> str:
        """The look of the standing."""
        return TONES.get(ListingStatus(self.listing.status), "ended")

    @property
    def unmet(self) -> list[Condition]:
        """The conditions the file certainly does not fulfil."""
        return entry_conditions.unmet(self.conditions)

    @property
    def to_judge(self) -> list[Condition]:
        """The conditions a file cannot tell."""
        return [one for one in self.conditions if one.met is None]

    @property
    def confirmable(self) -> bool:
        """Tell whether nothing stands against confirming."""
        return self.file is not None and not self.unmet


def entrants(site: DeskSite, listings: Sequence[Listing], on: date) -> list[Entrant]:
    """Return entries with their files and conditions, in five queries for all of them."""
    platform = site.rights.platform
    people = {
        one.ref: one
        for one in Mediator.objects.filter(
            platform=platform, ref__in={row.mediator for row in listings if row.mediator}
        )
    }
    entered = {row.organisation for row in listings if row.organisation}
    wanted = entered | {one.organisation for one in people.values()}
    bodies = {one.ref: one for one in Organisation.objects.filter(platform=platform, ref__in=wanted)}
    standing = set(
        Listing.objects.filter(
            platform=platform,
            court__in={row.court for row in listings},
            organisation__in={one.organisation for one in people.values()},
            status__in=STANDING,
        ).values_list("court", "organisation")
    )

    same = other_files([*people.values(), *(bodies[ref] for ref in entered if ref in bodies)])

    def entrant(row: Listing) -> Entrant:
        url = site.url("entrant", row.ref)
        if row.organisation:
            body = bodies.get(row.organisation)
            others = same[body.ref] if body else []
            judged = entry_conditions.of_organisation(body, on=on, others=others) if body else []
            return Entrant(row, body, "", judged, url, others)
        person = people.get(row.mediator) if row.mediator else None
        if person is None:
            return Entrant(row, None, "", [], url)
        recommended = (row.court, person.organisation) in standing
        others = same[person.ref]
        judged = entry_conditions.of_mediator(person, on=on, is_recommended=recommended, others=others)
        member_of = bodies[person.organisation].name if person.organisation in bodies else ""
        return Entrant(row, person, member_of, judged, url, others)

    return [entrant(row) for row in listings]


def court_names(codes: Iterable[str]) -> dict[str, str]:
    """Return what courts are called, by code."""
    return dict(Court.objects.filter(code__in=set(codes)).values_list("code", "name"))


def spoken_conditions(conditions: Sequence[Condition], on: date) -> list[dict[str, Any]]:
    """Return conditions as a page shows them: met, unmet or to be judged, each with its article."""
    states = {
        True: ("good", _("符合")),
        False: ("bad", _("不符合")),
        None: ("waiting", _("由法院判断")),
    }
    return [
        {
            "tone": states[one.met][0],
            "state": states[one.met][1],
            "text": _(one.text),
            "article": citations(one.law, on),
        }
        for one in conditions
    ]


# What waits for confirmation.


class PendingFilter(WordedForm):
    """What the list of what waits may be narrowed to."""

    kind = forms.ChoiceField(
        label=gettext_lazy("对象"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("organisation", gettext_lazy("调解组织")),
            ("mediator", gettext_lazy("调解员")),
        ],
    )
    source = forms.ChoiceField(
        label=gettext_lazy("来源"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            (ListingStatus.PUSHED.value, gettext_lazy("推送")),
            (ListingStatus.RECOGNISED.value, gettext_lazy("共同认定")),
        ],
    )
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def narrow(self, rows: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the rows that fit what was understood."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("kind"):
            rows = rows.filter(**{f"{wanted['kind']}__isnull": False})
        if wanted.get("source"):
            rows = rows.filter(status=wanted["source"])
        if wanted.get("batch"):
            rows = rows.filter(sheet__batch=str(wanted["batch"]))
        return rows


def show_pending(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show what waits for confirmation, the longest waiting first."""
    on = local_day(request.visitor.at)
    form = PendingFilter(request.GET)
    rows = form.narrow(entries_of(site, request).filter(status__in=WAITING))
    handout = Handout(
        _("特邀名册：待确认"), WAITING_COLUMNS, rows.order_by("since", "pk"), partial(_waiting_lines, site, on)
    )
    if answered := handouts.answer(site, request, handout):
        return answered
    after = _cursor(request.GET.get("after", ""))
    if after:
        rows = rows.filter(since__gte=after[0]).filter(Q(since__gt=after[0]) | Q(pk__gt=after[1]))
    found = list(rows.order_by("since", "pk")[: PAGE + 1])
    shown = entrants(site, found[:PAGE], on)
    ticked = request.GET.get("tick") == "able"
    last = found[PAGE - 1] if len(found) > PAGE else None
    courts = court_names(row.court for row in found)
    return site.show(
        request,
        "mediation/admin/entrants.html",
        _("特邀名册：待确认"),
        crumbs=[(_("特邀名册"), "")],
        tabs=tabs(site, "entrants"),
        form=form,
        rows=[
            {
                "entrant": one,
                "court": courts.get(one.listing.court, one.listing.court),
                "unmet": [_(condition.text) for condition in one.unmet],
                "to_judge": [_(condition.text) for condition in one.to_judge],
                "batch_url": _with(request, batch=one.listing.sheet["batch"]) if one.listing.sheet.get("batch") else "",
                "ticked": ticked and one.confirmable,
            }
            for one in shown
        ],
        several=len(seats(request)) > 1,
        tick_url=_with(request, tick="able"),
        batch_url=site.url("entrants_batch"),
        older_url=_with(request, after=f"{last.since.isoformat()}~{last.pk}") if last and last.since else "",
        newer_url=_with(request, after="") if after else "",
        **handouts.addresses(request),
    )


def _waiting_lines(site: DeskSite, on: date, rows: Sequence[Listing]) -> Iterator[list[Value]]:
    courts = court_names(row.court for row in rows)
    for one in entrants(site, rows, on):
        row = one.listing
        yield [
            one.name,
            one.kind_label,
            one.member_of,
            courts.get(row.court, row.court),
            one.status_label,
            "；".join(_(condition.text) for condition in one.unmet),
            "；".join(_(condition.text) for condition in one.to_judge),
            local_day(row.since) if row.since else None,
        ]


def _with(request: DeskRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "tick", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _cursor(text: str) -> tuple[datetime, int] | None:
    instant, _tilde, key = text.partition("~")
    try:
        at = datetime.fromisoformat(instant)
        known = at.tzinfo is not None and 2000 < at.year < 2200 and 0 <= int(key) < 2**62
    except ValueError:
        return None
    return (at, int(key)) if known else None


# The court's roster.


class RosterFilter(WordedForm):
    """What the court's roster may be narrowed to."""

    status = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("对象"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("organisation", gettext_lazy("调解组织")),
            ("mediator", gettext_lazy("调解员")),
        ],
    )
    text = forms.CharField(
        label=gettext_lazy("名称或者证书编号"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = forms.ChoiceField(
            label=_("状态"),
            required=False,
            choices=[
                ("", _("在册和暂停")),
                ("soon", _("即将期满")),
                *terms(status for status in ListingStatus if status.value not in WAITING),
            ],
        )

    def narrow(self, rows: QuerySet[Listing], on: date) -> QuerySet[Listing]:
        """Return the rows that fit what was understood."""
        self.is_valid()
        wanted = self.cleaned_data
        status = wanted.get("status") or ""
        if status == "soon":
            rows = rows.filter(status__in=STANDING, expires_on__lte=on + SOON)
        else:
            rows = rows.filter(status__in=[status] if status else STANDING)
        if wanted.get("kind"):
            rows = rows.filter(**{f"{wanted['kind']}__isnull": False})
        if text := (wanted.get("text") or "").strip():
            named = {"platform": OuterRef("platform"), "name__icontains": text}
            rows = rows.filter(
                Q(certificate_number__icontains=text)
                | Q(Exists(Organisation.objects.filter(ref=OuterRef("organisation"), **named)))
                | Q(Exists(Mediator.objects.filter(ref=OuterRef("mediator"), **named)))
            )
        return rows


def show_roster(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show who is on the roster of the visitor's court, or was."""
    on = local_day(request.visitor.at)
    form = RosterFilter(request.GET)
    rows = form.narrow(entries_of(site, request), on)
    handout = Handout(_("特邀名册：本院名册"), ROSTER_COLUMNS, rows.order_by("pk"), partial(_roster_lines, site, on))
    if answered := handouts.answer(site, request, handout):
        return answered
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows.order_by("pk")[: PAGE + 1])
    courts = court_names(row.court for row in found)
    return site.show(
        request,
        "mediation/admin/entrants_roster.html",
        _("特邀名册：本院名册"),
        crumbs=[(_("特邀名册"), "")],
        tabs=tabs(site, "entrants_roster"),
        form=form,
        rows=[
            {
                "entrant": one,
                "court": courts.get(one.listing.court, one.listing.court),
                "ends_soon": bool(one.listing.expires_on and on <= one.listing.expires_on <= on + SOON),
                "stopped": _stopped(one, on),
                "certificate_url": _certificate_url(site, one.listing),
            }
            for one in entrants(site, found[:PAGE], on)
        ],
        several=len(seats(request)) > 1,
        older_url=_with(request, after=str(found[PAGE - 1].pk)) if len(found) > PAGE else "",
        newer_url=_with(request, after="") if after else "",
        **handouts.addresses(request),
    )


def _stopped(one: Entrant, on: date) -> str:
    """Return why an entrant gets no cases although it is on the roster, or an empty text."""
    if one.file is None:
        return ""
    if not one.file.active:
        return _("档案已暂停或者停止")
    until = one.file.licence_expires_on
    if until and entry_conditions.has_lapsed(one.file, on):
        return _("执业证书或者资格证书已于%(day)s到期") % {"day": until.isoformat()}
    return ""


def _roster_lines(site: DeskSite, on: date, rows: Sequence[Listing]) -> Iterator[list[Value]]:
    courts = court_names(row.court for row in rows)
    for one in entrants(site, rows, on):
        row = one.listing
        yield [
            one.name,
            one.kind_label,
            one.member_of,
            courts.get(row.court, row.court),
            one.status_label,
            _stopped(one, on),
            row.certificate_number,
            row.listed_on,
            row.expires_on,
        ]


def _certificate_url(site: DeskSite, listing: Listing) -> str:
    return site.url("certificate", listing.ref) if listing.status == ListingStatus.LISTED else ""


# One entry.

EXPIRY_HINT = gettext_lazy("不填则长期有效")


class _Dated(WordedForm):
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"),
        required=False,
        help_text=EXPIRY_HINT,
        validators=WITHIN,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def facts(self) -> dict[str, Any]:
        """Return what the move states."""
        until = self.cleaned_data["expires_on"]
        return {"expires_on": until.isoformat()} if until else {}


class _Plain(WordedForm):
    def facts(self) -> dict[str, Any]:
        """Return nothing: the move states nothing."""
        return {}


class _Reasoned(WordedForm):
    """A code out of a list, and a word on it."""

    code = ""
    reason = CleanText(label=gettext_lazy("说明"), required=False, longest=500, rows=2)

    def facts(self) -> dict[str, Any]:
        """Return what the move states."""
        said = " ".join(self.cleaned_data["reason"].split())
        return {self.code: self.cleaned_data[self.code]} | ({"reason": said} if said else {})


class RefuseForm(_Reasoned):
    """Which unmet condition the entrant is refused for."""

    code = "condition"
    condition = forms.ChoiceField(
        label=gettext_lazy("不符合的条件"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择确实不符合的条件。")},
    )
    field_order = ("condition", "reason")

    def __init__(self, *args: Any, unmet: Sequence[Condition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(one.code.value, _(one.text)) for one in unmet]
        self.fields["condition"].choices = found  # type: ignore[attr-defined]


class SuspendForm(_Reasoned):
    """Why an entrant is not chosen for a time."""

    code = "ground"
    ground = forms.ChoiceField(label=gettext_lazy("事由"), choices=lambda: terms(PauseGround))
    field_order = ("ground", "reason")


class RemoveForm(WordedForm):
    """After which upheld complaint an entrant is struck off."""

    complaint = forms.ChoiceField(label=gettext_lazy("经查属实并决定除名的投诉"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, upheld: Sequence[Complaint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["complaint"].choices = [  # type: ignore[attr-defined]
            (str(one.ref), f"{label_of(ComplaintGround(one.ground))}（{local_day(one.decided_at)}）")
            for one in upheld
            if one.decided_at
        ]

    def facts(self) -> dict[str, Any]:
        """Return what the move states."""
        return {"complaint": self.cleaned_data["complaint"]}


def one_entry(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Show one entry with its file, its conditions and its journal; make the move that is asked for."""
    listing = entries_of(site, request).filter(ref=ref).first()
    if listing is None:
        raise Http404
    actor, at = keeper(request, listing.court), request.visitor.at
    (entrant,) = entrants(site, [listing], local_day(at))
    posted = request.POST.get("move", "") if request.method == "POST" else ""
    forms_of = _forms(site, entrant, posted, request.POST)
    form = forms_of.get(posted)
    if form is not None and form.is_valid():
        try:
            seen = request.POST.get("seen", "")
            rosters.perform(
                listing, posted, by=actor, at=at, facts=form.facts(), seen=int(seen) if seen.isdecimal() else None
            )
        except (Refused, Malformed) as wrong:
            form.add_error(None, filewords.said(wrong, at))
        else:
            site.ring()
            messages.success(
                request,
                _("已办理“%(move)s”：%(name)s") % {"move": _(MOVES[LISTING][posted].label), "name": entrant.name},
            )
            return HttpResponseRedirect(_next_url(site, request, listing, posted))
    elif request.method == "POST" and form is None:
        messages.error(request, _("目前的状态下不能这样做，请查看最新情况。"))
    return _entry_page(site, request, entrant, forms_of, status=400 if request.method == "POST" else 200)


def _next_url(site: DeskSite, request: DeskRequest, listing: Listing, move: str) -> str:
    """Return where to go on: to the next that waits after a decision, else back to the entry."""
    if move in ("confirm", "refuse") and "next" in request.POST:
        waiting = entries_of(site, request).filter(status__in=WAITING).order_by("since", "pk")
        ref = waiting.values_list("ref", flat=True).first()
        return site.url("entrant", ref) if ref else site.url("entrants")
    return site.url("entrant", listing.ref)


def _forms(site: DeskSite, entrant: Entrant, posted: str, sent: QueryDict) -> dict[str, Any]:
    """Return a form for each move that this entry's standing knows, in the order a page shows them."""
    listing = entrant.listing

    def form(move: str, kind: Any, **more: Any) -> Any:
        return kind(sent if move == posted else None, auto_id=f"id_{move}_%s", **more)

    if listing.status in WAITING:
        return {
            "confirm": form("confirm", _Dated),
            "refuse": form("refuse", RefuseForm, unmet=entrant.unmet),
        }
    found: dict[str, Any] = {}
    if listing.status in (ListingStatus.LISTED, ListingStatus.EXPIRED):
        found["renew"] = form("renew", _Dated)
    if listing.status == ListingStatus.LISTED:
        found["suspend"] = form("suspend", SuspendForm)
    if listing.status == ListingStatus.SUSPENDED:
        found["resume"] = form("resume", _Plain)
    if listing.status in STANDING:
        upheld = list(
            Complaint.objects.filter(
                platform=listing.platform,
                court=listing.court,
                organisation=listing.organisation,
                mediator=listing.mediator,
                state=ComplaintState.UPHELD.value,
                consequence=Consequence.REMOVAL.value,
            )[:20]
        )
        found["remove"] = form("remove", RemoveForm, upheld=upheld)
    return found


def _entry_page(
    site: DeskSite, request: DeskRequest, entrant: Entrant, forms_of: Mapping[str, Any], *, status: int
) -> HttpResponse:
    listing, on = entrant.listing, local_day(request.visitor.at)
    events = list(roster.journal(listing))
    base, changes = _changes(entrant, events, _pictured(site, listing))
    return site.show(
        request,
        "mediation/admin/entrant.html",
        entrant.name,
        status=status,
        crumbs=[(_("特邀名册"), site.url("entrants")), (entrant.name, "")],
        entrant=entrant,
        court=court_names([listing.court]).get(listing.court, listing.court),
        conditions=spoken_conditions(entrant.conditions, on),
        waiting=listing.status in WAITING,
        confirm=forms_of.get("confirm"),
        refuse=forms_of.get("refuse"),
        acts=[
            {
                "name": name,
                "label": _(MOVES[LISTING][name].label),
                "article": citations(MOVES[LISTING][name].law, on),
                "form": form,
                "why_not": _why_not(name, form, entrant),
                "open": form.is_bound,
            }
            for name, form in forms_of.items()
            if name not in ("confirm", "refuse")
        ],
        file=filewords.shown(entrant.file.aggregate, entrant.file.contents(), _pictured(site, listing))
        if entrant.file
        else [],
        file_state=label_of(FileState(entrant.file.state)) if entrant.file and entrant.file.state else "",
        base=base,
        changes=changes,
        condition_label=label_of(EntryCondition(listing.condition)) if listing.condition else "",
        consequences=[label_of(Consequence(code)) for code in listing.sheet.get("consequences", {}).values()],
        ground_label=label_of(PauseGround(listing.sheet["ground"])) if listing.sheet.get("ground") else "",
        journal=[
            {
                "at": event.at,
                "label": _(MOVES[LISTING][event.move].label),
                "by": label_of(Role(event.by["role"])),
                "told": _told(event),
            }
            for event in reversed(events)
        ],
        certificate_url=_certificate_url(site, listing),
        complain_url=_complain_url(site, request, listing),
        ends_soon=bool(listing.expires_on and listing.expires_on <= on + SOON),
        others=described_others(entrant.others),
    )


def described_others(others: Sequence[Organisation | Mediator]) -> list[dict[str, Any]]:
    """Return other files about the same body or person: where each belongs, how it stands."""
    homes = {one.organisation for one in others if isinstance(one, Mediator)}
    held = Organisation.objects.filter(platform=others[0].platform, ref__in=homes) if homes else ()
    names = {one.ref: one.name for one in held}
    return [
        {
            "name": names.get(one.organisation, one.name) if isinstance(one, Mediator) else one.name,
            "state": label_of(FileState(one.state)) if one.state else "",
            "struck_off": entry_conditions.was_struck_off(one),
            "is_person": isinstance(one, Mediator),
        }
        for one in others
    ]


def _complain_url(site: DeskSite, request: DeskRequest, listing: Listing) -> str:
    takes = any(one.role is Role.CLERK and one.seat == listing.court for one in request.visitor.actors)
    return site.url("complain", listing.ref) if takes and listing.status in STANDING else ""


def _why_not(move: str, form: Any, entrant: Entrant) -> str:
    if move == "remove" and not form.fields["complaint"].choices:
        return _("只有经查属实并决定除名的投诉才能除名。请先在“投诉”中作出处理。")
    if move == "renew" and entrant.unmet:
        return _("尚有不符合的入册条件，不能续期。")
    return ""


def _told(event: RosterEvent) -> str:
    """Return whether the other platform has this entry of ours."""
    delivery = getattr(event, "delivery", None)
    if delivery is None:
        return ""
    return _("对方平台已收到") if delivery.state == "APPLIED" else _("正在告知对方平台")


def _pictured(site: DeskSite, listing: Listing) -> filewords.Pictured:
    """Return where this desk shows a mediator's photographs; an organisation's seal stays with those who keep it."""

    def address(digest: str) -> str:
        here = listing.mediator and Blob.objects.filter(platform=listing.platform, sha256=digest).exists()
        return site.url("entrant_photo", listing.ref, digest) if here else ""

    return address


def show_photo(site: DeskSite, request: DeskRequest, ref: uuid.UUID, digest: str) -> HttpResponse:
    """Hand out a photograph that the journal of the entry's mediator says."""
    listing = entries_of(site, request).filter(ref=ref, mediator__isnull=False).first()
    file = roster.file_of(listing) if listing else None
    if file is None:
        raise Http404
    said = (event.facts.get("changes", event.facts) for event in roster.journal(file))
    if digest != file.contents().get("photo") and all(facts.get("photo") != digest for facts in said):
        raise Http404
    return picture(site.rights.platform, digest)


def _changes(
    entrant: Entrant, events: Sequence[RosterEvent], pictured: filewords.Pictured
) -> tuple[RosterEvent | None, list[dict[str, str]]]:
    """Return since which step of this entry, and what has changed in the file since then; None if this is the first."""
    wanted = ARRIVALS if entrant.listing.status in WAITING else CERTIFYING
    steps = [event for event in events if event.move in (*ARRIVALS, *CERTIFYING)]
    if entrant.listing.status in WAITING:
        # The newest of them is the arrival itself.
        steps = steps[:-1]
    base = next((event for event in reversed(steps) if event.move in wanted or event.move in CERTIFYING), None)
    if base is None or entrant.file is None:
        return None, []
    held = [
        event
        for event in roster.journal(entrant.file)
        if event.number <= base.facts.get("file", event.number) and event.recorded_at <= base.recorded_at
    ]
    if not held:
        return None, []
    before = moves.fold(entrant.listing.platform, (event.entry() for event in held))
    after = {name: entrant.file.contents().get(name, "") for name in before.contents()} | entrant.file.contents()
    return base, filewords.compared(entrant.file.aggregate, before.contents(), after, pictured)


# Many entries at once.


class _BatchRefuse(_Reasoned):
    code = "condition"
    condition = forms.ChoiceField(
        label=gettext_lazy("不符合的条件"),
        choices=lambda: [("", _("请选择")), *terms(EntryCondition)],
        error_messages={"required": gettext_lazy("请选择确实不符合的条件。")},
    )
    field_order = ("condition", "reason")


BATCHED: dict[str, Any] = {"confirm": _Dated, "refuse": _BatchRefuse}


def batch(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Show what confirming or refusing many entries would do, or do it and list what could not be done."""
    sent = request.POST if request.method == "POST" else request.GET
    move = "refuse" if sent.get("do") == "refuse" else "confirm"
    wanted = [ref for text in sent.getlist("entry")[: MOST_AT_ONCE + 1] if (ref := _reference(text))]
    rows = list(entries_of(site, request).filter(ref__in=wanted, status__in=WAITING).order_by("since", "pk"))
    if not rows or len(wanted) > MOST_AT_ONCE:
        told = _("一批最多一百个，请分批办理。") if len(wanted) > MOST_AT_ONCE else _("没有选择待确认的名册条目。")
        messages.error(request, told)
        return HttpResponseRedirect(site.url("entrants"))
    if len({row.court for row in rows}) > 1:
        messages.error(request, _("所选条目属于不同法院，请分别办理。"))
        return HttpResponseRedirect(site.url("entrants"))
    judged = "judged" in sent
    form = BATCHED[move](sent if judged else None)
    found = entrants(site, rows, local_day(request.visitor.at))
    if request.method == "POST" and judged and form.is_valid():
        return _made(site, request, move, form.facts(), found)
    stated = form.facts() if judged and form.is_valid() else {}
    lines = [{"entrant": one, "why": _foreseen(one, move, stated)} for one in found]
    return site.show(
        request,
        "mediation/admin/entrants_batch.html",
        _("批量不予列入") if move == "refuse" else _("批量确认列入名册"),
        status=400 if request.method == "POST" else 200,
        crumbs=[(_("特邀名册"), site.url("entrants")), (_("批量办理"), "")],
        move=move,
        form=form,
        lines=sorted(lines, key=lambda line: not line["why"]),
        refs=[str(one.listing.ref) for one in found],
        total=len(lines),
        able=sum(not line["why"] for line in lines),
        judged=judged and form.is_valid(),
        back_url=site.url("entrants"),
    )


def _foreseen(one: Entrant, move: str, stated: Mapping[str, Any]) -> str:
    """Return what would stand against the move on this entry, judged on what is known now."""
    if one.file is None:
        return _("档案尚未到达")
    if move == "confirm":
        return "、".join(_(condition.text) for condition in one.unmet)
    codes = {condition.code.value for condition in one.unmet}
    if not codes:
        return _("没有不符合的条件，应当列入名册")
    if stated and stated["condition"] not in codes:
        return _("并非不符合这一条件")
    return ""


def _made(
    site: DeskSite, request: DeskRequest, move: str, facts: Mapping[str, Any], found: Sequence[Entrant]
) -> HttpResponse:
    at = request.visitor.at
    by = keeper(request, found[0].listing.court)
    outcomes = rosters.perform_each(
        site.rights.platform, [one.listing for one in found], move, by=by, at=at, facts=facts
    )
    site.ring()
    lines = [
        {"entrant": one, "why": filewords.said(outcome.refused, at) if outcome.refused else ""}
        for one, outcome in zip(found, outcomes, strict=True)
    ]
    done = sum(not line["why"] for line in lines)
    return site.show(
        request,
        "mediation/admin/entrants_done.html",
        _("批量办理的结果"),
        crumbs=[(_("特邀名册"), site.url("entrants")), (_("结果"), "")],
        label=_(MOVES[LISTING][move].label),
        refused=[line for line in lines if line["why"]],
        rest=[line for line in lines if not line["why"]],
        done=done,
        total=len(lines),
        back_url=site.url("entrants"),
    )


def _reference(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
