"""The desk of a firm with many cases: one inbox for all its people, who handles what, who stands in, who is away.

Lives here: the pages. Does not live here: answering many cases at once (``jointanswer``), codes (``deskcodes``), who is
told (``mediation.duty``), what a place opens (``rights``).
Called by: ``addresses``, the REST windows of desks. For whoever neither is a firm nor works at the desk of one these
pages are not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import duty
from mediation.actor import Actor
from mediation.lifecycle import FINAL
from mediation.models import Absence, Case, CaseSet, Clock, Handling, Party
from mediation.moves import ELSEWHERE
from mediation.rights import same_person
from mediation.vocabulary import Cause, Power, Role, State
from mediation.windows import deskcodes
from mediation.windows.invitations import LIFETIME, CodeRefused
from mediation.windows.jointanswer import IN_STATE, awaited, is_reference
from mediation.windows.moveforms import DayField, choice, terms
from mediation.windows.pages import is_elsewhere, label_of
from mediation.windows.portal import CodeForm, Window, is_firm
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Account, Post

PAGE = 50
LAST_PAGE = 200
FEWEST_PARALLEL = 2


# The desk of an account, for pages and REST alike.


def firms_of(account: Account, platform: str) -> list[Account]:
    """Return the firms for which an account answers: those at whose desks it sits, and itself; raises Http404."""
    places = roster.desk_posts(account, platform)
    found = [post.firm for post in places if post.firm is not None and post.firm.identity_verified_at]
    found += [account] if is_firm(account) else []
    if not found:
        raise Http404
    return found


def people_of(firms: Iterable[Account], platform: str) -> list[Post]:
    """Return everybody at these desks, each person once."""
    every = (post for firm in firms for post in roster.desk_of(firm, platform))
    return list({post.account_id: post for post in every}.values())


def answering(account: Account, platform: str) -> Actor:
    """Return somebody at a desk, for the log."""
    return Actor(Role.PARTY, str(account.ref), "", platform, account.name)


def of_firms(firms: Iterable[Account]) -> Q:
    """Return the condition for the rows of these firms in cases."""
    return same_person([(firm.identity_kind, firm.identity_index) for firm in firms])


def cases_of(firms: Iterable[Account], platform: str) -> CaseSet:
    """Return the open cases in which one of these firms is a party."""
    parties = Party.objects.filter(of_firms(firms), case=OuterRef("pk"), platform=platform).exclude(side="")
    return Case.objects.of(platform).filter(Exists(parties)).exclude(state__in=FINAL)


def assign(
    cases: Iterable[Case],
    firms: Iterable[Account],
    handler: Account,
    substitute: Account | None,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """This function will name who handles these cases for these firms, and who stands in."""
    ours = Party.objects.filter(of_firms(firms), case__in=list(cases)).exclude(side="").select_related("case")
    with transaction.atomic():
        for person in ours:
            duty.assign(person.case, person.ref, handler, substitute, by=by, at=at)


# Pages.


class FirmWindow(Window):
    """A page of the desks at which the reader sits; raises Http404 where there is none."""

    @cached_property
    def own(self) -> bool:
        """Tell whether the reader is a firm itself."""
        return is_firm(self.account)

    @cached_property
    def firms(self) -> list[Account]:
        """The firms for which the reader answers."""
        return firms_of(self.account, self.site.code)

    @cached_property
    def people(self) -> list[Post]:
        """Everybody at these desks, each person once."""
        return people_of(self.firms, self.site.code)

    @property
    def actor(self) -> Actor:
        """The reader, for the log."""
        return answering(self.account, self.site.code)

    def cases(self) -> CaseSet:
        """Return the open cases in which one of these firms is a party."""
        return cases_of(self.firms, self.site.code)

    def crumbs(self, last: str = "") -> list[dict[str, str]]:
        """Return where the reader is."""
        trail = [{"label": gettext("应诉工作台"), "url": self.site.url("desk") if last else ""}]
        return [*trail, *([{"label": last, "url": ""}] if last else [])]


class DeskFilter(WordedForm):
    """What the desk can be narrowed to."""

    whose = forms.ChoiceField(
        label=_("经办"),
        required=False,
        choices=[("", _("全部")), ("mine", _("由我经办或者代办")), ("nobody", _("尚未指定"))],
    )
    cause = forms.ChoiceField(label=_("案由"), required=False, choices=[("", _("全部")), *terms(Cause)])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *terms(State)])


class AssignForm(WordedForm):
    """Who is to handle the cases ticked, and who stands in."""

    def __init__(self, people: Iterable[Post], *args: Any, **kwargs: Any) -> None:
        """Offer the people of the desk."""
        super().__init__(*args, **kwargs)
        options = [(str(post.account.ref), post.account.name) for post in people]
        self.fields["handler"] = forms.ChoiceField(label=_("经办人"), choices=[("", _("请选择")), *options])
        self.fields["substitute"] = forms.ChoiceField(
            label=_("代办人"), required=False, choices=[("", _("不指定")), *options]
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a person as their own substitute."""
        given = self.cleaned_data
        if given.get("handler") and given.get("handler") == given.get("substitute"):
            self.add_error("substitute", _("代办人不能是经办人本人。"))
        return given


class FirmDesk(FirmWindow):
    """One inbox for all: what waits for the firm first, parallel cases that can be answered together, who handles."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of it, what is due soonest first."""
        return self._shown(AssignForm(self.people))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Name who handles the cases ticked, or go on to answer them together."""
        ticked = list(self.cases().filter(ref__in=_refs(request.POST.getlist("case"))).order_by("pk")[:PAGE])
        form = AssignForm(self.people, request.POST if "assign" in request.POST else None)
        if not ticked:
            messages.error(request, gettext("请先勾选案件。"))
            return self._shown(form, 422)
        if "answer" in request.POST:
            query = "&".join(f"case={case.ref}" for case in ticked)
            answer = self.to("desk_answer")
            answer["Location"] += f"?{query}"
            return answer
        if not form.is_valid():
            return self._shown(form, 422)
        self._assign(ticked, form.cleaned_data)
        messages.success(request, gettext("已为%(count)d件案件指定经办人。") % {"count": len(ticked)})
        return self.to("desk")

    def _assign(self, cases: Iterable[Case], given: dict[str, Any]) -> None:
        people = {str(post.account.ref): post.account for post in self.people}
        handler, substitute = people[given["handler"]], people.get(given["substitute"])
        assign(cases, self.firms, handler, substitute, by=self.actor, at=self.at)

    def _shown(self, form: AssignForm, status: int = 200) -> HttpResponse:
        narrow = DeskFilter(self.request.GET)
        wanted = narrow.cleaned_data if narrow.is_valid() else {}
        found = self._narrowed(wanted)
        page = _page(self.request.GET.get("page", ""))
        soonest = found.annotate(due=Min("clocks__due_at", filter=Q(clocks__state=Clock.RUNNING)))
        start = (page - 1) * PAGE
        ordered = soonest.order_by(F("due").asc(nulls_last=True), "pk")
        cases = list(
            ordered.prefetch_related("people", "handlings__handler", "handlings__substitute")[start : start + PAGE + 1]
        )
        query = self.request.GET.copy()

        def numbered(number: int) -> str:
            query["page"] = str(number)
            return f"?{query.urlencode()}"

        context = {
            "rows": self._rows(cases[:PAGE]),
            "older_url": numbered(page + 1) if len(cases) > PAGE else "",
            "newer_url": numbered(page - 1) if page > 1 else "",
            "form": narrow,
            "assign": form,
            "people": self.people,
            "own": self.own,
            "groups": self._groups(),
            "tiles": self._tiles(),
            "firms": self.firms,
            "crumbs": self.crumbs(),
        }
        return self.page("firm_desk", context, status)

    def _narrowed(self, wanted: dict[str, Any]) -> CaseSet:
        found = self.cases()
        for column in ("cause", "state"):
            if wanted.get(column):
                found = found.filter(**{column: wanted[column]})
        named = Handling.objects.filter(case=OuterRef("pk"))
        if wanted.get("whose") == "mine":
            found = found.filter(Exists(named.filter(Q(handler=self.account) | Q(substitute=self.account))))
        elif wanted.get("whose") == "nobody":
            found = found.filter(~Exists(named))
        return found

    def _rows(self, cases: Sequence[Case]) -> list[dict[str, Any]]:
        known = {(firm.identity_kind, firm.identity_index) for firm in self.firms}
        absent = duty.away(self.site.code, [post.account.ref for post in self.people], local_day(self.at))
        rows = self.rows(cases)
        for case, row in zip(cases, rows, strict=True):
            ours = [one for one in case.people.all() if one.side and (one.identity_kind, one.identity_index) in known]
            asked = row["requests"]
            waits = next((move for one in ours if (move := awaited(case, self._speaker(one), self.at, asked))), None)
            elsewhere = waits and any(is_elsewhere(case, self._speaker(one), waits.name) for one in ours)
            named = next((one for one in case.handlings.all() if one.party in {mine.ref for mine in ours}), None)
            row |= {
                "waits_label": gettext(waits.label) if waits else "",
                "waits_url": self.site.links.move(case, waits.name) if waits and not elsewhere else "",
                "waits_where": gettext(ELSEWHERE.remedy) if elsewhere else "",
                "handler": named.handler.name if named else "",
                "substitute": named.substitute.name if named and named.substitute else "",
                "handler_away": bool(named and str(named.handler.ref) in absent),
            }
        return rows

    def _speaker(self, person: Party) -> Actor:
        return Actor(Role.PARTY, str(person.ref), "", self.site.code)

    def _groups(self) -> list[dict[str, Any]]:
        """Return cases of one cause in one state that can be answered together, the most numerous first."""
        counted = self.cases().filter(state__in=IN_STATE).values("cause", "state").annotate(count=Count("pk"))
        return [
            {
                "cause": label_of(Cause(one["cause"])),
                "state": one["state"],
                "count": one["count"],
                "url": f"{self.site.url('desk_answer')}?cause={one['cause']}&state={one['state']}",
            }
            for one in counted.filter(count__gte=FEWEST_PARALLEL).order_by("-count", "cause", "state")
        ]

    def _tiles(self) -> list[dict[str, Any]]:
        here, cases = self.site.url("desk"), self.cases()
        late = Clock.objects.filter(case=OuterRef("pk"), state=Clock.RUNNING, due_at__lt=self.at)
        return [
            {"label": gettext("在办案件"), "value": cases.count(), "url": here},
            {
                "label": gettext("由我经办或者代办"),
                "value": self._narrowed({"whose": "mine"}).count(),
                "url": f"{here}?whose=mine",
            },
            {
                "label": gettext("尚未指定经办人"),
                "value": self._narrowed({"whose": "nobody"}).count(),
                "url": f"{here}?whose=nobody",
                "tone": "waiting",
            },
            {"label": gettext("已逾期"), "value": cases.filter(Exists(late)).count(), "url": "", "tone": "bad"},
        ]


def _refs(given: Iterable[str]) -> list[str]:
    """Return what may be references of cases."""
    return [text for text in given if is_reference(text)]


def _page(text: str) -> int:
    return min(int(text), LAST_PAGE) if text.isdecimal() and 0 < len(text) < 4 and int(text) else 1


# The people of a desk.


class PersonForm(WordedForm):
    """Whom a firm lets in, and how far they may go in its name."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    power = choice(
        _("代理权限"),
        terms(Power),
        hint=_("一般代理可以答复、提交材料、办理程序事项；签署协议、承认或者放弃请求，必须特别授权。"),
    )


class LeaveForm(WordedForm):
    """From when until when somebody is away."""

    since = DayField(label=_("开始日期"))
    until = DayField(label=_("结束日期"), help_text=_("包括这一天。"))

    def days(self) -> tuple[date, date]:
        """Return both days of a valid form."""
        return self.cleaned_data["since"], self.cleaned_data["until"]


class DeskPeople(FirmWindow):
    """Who sits at the desk: the firm itself lets people in and out; everybody says when they are away."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self._shown(PersonForm(), LeaveForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let somebody in or out, or note or take back an absence."""
        person, leave = PersonForm(), LeaveForm()
        if "invite" in request.POST and self.own:
            person = PersonForm(request.POST)
            if person.is_valid():
                return self._invited(person.cleaned_data)
        elif "end" in request.POST and self.own:
            place = next((one for one in self._places() if str(one.pk) == request.POST["end"]), None)
            if place is None:
                raise Http404
            deskcodes.leave(place, self.at)
            messages.success(request, gettext("%(name)s已不再经办本单位案件。") % {"name": place.account.name})
            return self.to("desk_people")
        elif "leave" in request.POST:
            leave = LeaveForm(request.POST)
            if leave.is_valid() and self._noted(leave):
                return self.to("desk_people")
        elif "back" in request.POST:
            self._end_leave(request.POST["back"])
            return self.to("desk_people")
        return self._shown(person, leave, 422)

    def _places(self) -> list[Post]:
        return list(roster.desk_of(self.account, self.site.code)) if self.own else []

    def _invited(self, given: dict[str, Any]) -> HttpResponse:
        code = deskcodes.invite(self.site.code, self.account, given["name"], Power(given["power"]), self.at)
        address = self.request.build_absolute_uri(self.site.url("desk_join"))
        context = {
            "code": code,
            "name": given["name"],
            "until": self.at + LIFETIME,
            "address": address,
            "crumbs": self.crumbs(gettext("经办人")),
        }
        return self.page("firm_invited", context)

    def _noted(self, form: LeaveForm) -> bool:
        try:
            duty.note_leave(self.site.code, str(self.account.ref), *form.days(), by=self.actor, at=self.at)
        except duty.NotLeave as wrong:
            form.add_error("until", gettext(str(wrong)))
            return False
        messages.success(self.request, gettext("已登记。这段时间里，案件通知发给代办人。"))
        return True

    def _end_leave(self, key: str) -> None:
        mine = Absence.objects.filter(
            platform=self.site.code, who=self.account.ref, pk=int(key) if key.isdecimal() else 0
        )
        held = mine.first()
        if held is None:
            raise Http404
        duty.end_leave(held, by=self.actor, at=self.at)

    def _shown(self, person: PersonForm, leave: LeaveForm, status: int = 200) -> HttpResponse:
        today = local_day(self.at)
        gone = duty.absences(self.site.code, [post.account.ref for post in self.people], today)
        leaves: dict[Any, list[Absence]] = {}
        for one in gone:
            leaves.setdefault(one.who, []).append(one)
        carried = Handling.objects.filter(handler__in=[post.account_id for post in self.people])
        open_ones = carried.exclude(case__state__in=FINAL).filter(case__platform=self.site.code)
        loads = dict(open_ones.values_list("handler").annotate(count=Count("pk")).order_by())
        rows = [
            {
                "post": post,
                "power": label_of(Power(post.power)),
                "cases": loads.get(post.account_id, 0),
                "leaves": leaves.get(post.account.ref, []),
                "me": post.account_id == self.account.pk,
                "ends": self.own and post.firm_id == self.account.pk,
            }
            for post in self.people
        ]
        context = {
            "rows": rows,
            "own": self.own,
            "person": person,
            "leave": leave,
            "me": any(row["me"] for row in rows),
            "crumbs": self.crumbs(gettext("经办人")),
        }
        return self.page("firm_people", context, status)


class JoinDesk(Window):
    """Take a place at a firm's desk by the code the firm has given."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code."""
        return self.page("firm_join", {"form": CodeForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the place, or say why not."""
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                firm = deskcodes.join(self.site.code, form.cleaned_data["code"], self.account, self.at)
            except CodeRefused as refused:
                form.add_error("code", str(refused))
            else:
                messages.success(request, gettext("您已加入%(firm)s的应诉工作台。") % {"firm": firm.name})
                return self.to("desk")
        return self.page("firm_join", {"form": form}, 422)
