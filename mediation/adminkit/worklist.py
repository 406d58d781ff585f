"""Lists of cases at the desk: the queues that are worked through, their bounded counts, filters, search, pages by key.

Most lists run newest first; those whose point is a deadline run by it, what is longest overdue first.

Lives here: every question that a desk asks over many cases. No list counts its rows, none uses OFFSET.
Does not live here: which queues a role works through (each platform's ``admin``), how a row looks (``windows.pages``).
Called by: the case section of both admin sites, and their first pages.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation import chain, queries, reports
from mediation.models import Case, CaseEvent, CaseSet, Clock, Delivery, Party
from mediation.models.case import OBJECTED, SENT_BACK
from mediation.numbers import CaseNumber, CaseNumberError, within
from mediation.rights import Rights
from mediation.vocabulary import Cause, ClockKind, Outcome, State, Term, Track
from mediation.windows.worded import WordedForm
from mediation.workdays import ZONE, end_of_day, local_day
from roster.identity import IdentityError, check_phone
from roster.models import Account, Organisation, Post
from roster.sealed import UnknownFieldKey, blind_index, open_bytes, seal_bytes

PAGE = 50
MOST = 99
"""Up to how many a count says exactly; nobody works through more, and nothing is counted further."""

FEW = 1000
"""Up to how many people found by a search are looked up first; beyond that the list is walked instead."""

LATE_POST = timedelta(seconds=60)
WITHIN = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31)))
"""Days that any zone can still count from."""

CHANCES = frozenset(
    {
        ClockKind.CHOOSE,
        ClockKind.CONFIRM,
        ClockKind.TRANSFER,
        ClockKind.OBJECT,
        ClockKind.OUTSIDER_OBJECT,
        ClockKind.ENFORCE,
        ClockKind.APPRAISAL,
    }
)
"""Periods that give people a chance and nobody a duty: letting one pass is no delay."""

DUTIES = tuple(kind.value for kind in ClockKind if kind not in CHANCES)

NEVER = datetime(2199, 12, 31, tzinfo=ZONE)
"""Where a case stands in an order by deadline that waits for nothing at all: behind all others."""

Clocks = Callable[[str, datetime], QuerySet[Clock]]
"""Which running clocks of a platform a list is about, at an instant."""


@dataclass(frozen=True)
class Deadline:
    """The condition for cases with one of these clocks running, and in one of these states where any are named."""

    clocks: Clocks
    states: tuple[State, ...] = ()

    def __call__(self, platform: str, at: datetime) -> Q:
        """Return the condition at an instant."""
        running = Q(Exists(self.clocks(platform, at).filter(case=OuterRef("pk"))))
        return in_states(*self.states)(platform, at) & running if self.states else running


@dataclass(frozen=True)
class Queue:
    """One list that somebody works through: its name, and which cases stand in it at an instant."""

    code: str
    label: str | Promise
    condition: Callable[[str, datetime], Q]
    tone: str = ""
    order: Clocks | None = None
    """By which clocks the list runs, soonest first, if not by those of its condition."""

    @property
    def clocks(self) -> Clocks | None:
        """By which clocks the list runs; None for a list that runs newest first."""
        return self.condition.clocks if isinstance(self.condition, Deadline) else self.order


@dataclass(frozen=True)
class AnswerQueue(Queue):
    """A queue of what organisations did earlier: ``entries`` name in ``organisation`` who it was, whoever is next."""

    entries: Callable[[str, datetime], QuerySet[Any]] = field(kw_only=True)


@dataclass(frozen=True)
class OtherList:
    """A count on the first page that opens another list than that of cases.

    ``rows`` is asked for the posts of the visitor; it and ``url`` belong to whoever owns that list.
    """

    code: str
    label: str | Promise
    rows: Callable[[Sequence[Post], datetime], QuerySet[Any]]
    url: Callable[[Any], str]
    tone: str = ""


def in_states(*states: State) -> Callable[[str, datetime], Q]:
    """Return the condition for cases resting in one of these states."""
    codes = [state.value for state in states]
    return lambda platform, at: Q(state__in=codes)


def duties(platform: str, at: datetime, **conditions: Any) -> QuerySet[Clock]:
    """Return the running clocks that are somebody's duty."""
    return Clock.objects.filter(platform=platform, state=Clock.RUNNING, kind__in=DUTIES, **conditions)


overdue = Deadline(lambda platform, at: duties(platform, at, due_at__lt=at))
"""The condition for cases in which somebody's duty is past its due instant."""

due_today = Deadline(lambda platform, at: duties(platform, at, due_at__gte=at, due_at__lte=end_of_day(local_day(at))))
"""The condition for cases in which a duty ends today."""


def late(*kinds: ClockKind) -> Deadline:
    """Return the condition for cases in which one of these clocks is past its due instant."""
    codes = [kind.value for kind in kinds]
    return Deadline(
        lambda platform, at: Clock.objects.filter(platform=platform, state=Clock.RUNNING, kind__in=codes, due_at__lt=at)
    )


def late_by(more: int, most: int | None) -> Deadline:
    """Return the condition for cases with a duty that ended more than ``more`` and at most ``most`` days ago."""

    def clocks(platform: str, at: datetime) -> QuerySet[Clock]:
        newest = {"due_at__lt": at - timedelta(days=more)}
        oldest = {} if most is None else {"due_at__gte": at - timedelta(days=most)}
        return duties(platform, at, **newest, **oldest)

    return Deadline(clocks)


def flagged(*states: State) -> Deadline:
    """Return the condition for cases in these states whose early-warning day has passed (N-4.5g: the third of five)."""
    return Deadline(lambda platform, at: duties(platform, at, flag_at__lt=at), states)


def sent_back(platform: str, at: datetime) -> Q:
    """Return the condition for cases that an organisation declined, left unanswered, or lost by recall (N-4.5g)."""
    return SENT_BACK


def objected(platform: str, at: datetime) -> Q:
    """Return the condition for confirmed cases with an objection that nobody has decided (JI-372)."""
    return OBJECTED


def undelivered(platform: str, at: datetime) -> Q:
    """Return the condition for cases with an entry that the peer has not confirmed within a minute."""
    late = Delivery.objects.filter(platform=platform, since__lt=at - LATE_POST).exclude(state=Delivery.APPLIED)
    return Q(pk__in=late.values("case"))


def asked(platform: str, at: datetime) -> Q:
    """Return the condition for cases in which something asked of the other platform waits or was refused of late."""
    return Q(pk__in=queries.open_requests(platform, at).values("case"))


def breached(platform: str, at: datetime) -> Q:
    """Return the condition for cases in which an institution bound to take part refused (ZQ-94, QH-56; C16)."""
    # Found by the refusals, which are few: every case would have to be opened to look for the mark alone.
    refusals = CaseEvent.objects.filter(
        platform=platform, kind__in=("case.refuse_consent.v1", "case.stop_mediation.v1")
    )
    return Q(pk__in=refusals.order_by().values("case"), sheet__has_key="breach") & ~Q(sheet__breach="")


def reached(rights: Rights, posts: Iterable[Post]) -> CaseSet:
    """Return the cases these posts reach: never those in which the person is a party, which belong to the portal."""
    conditions: list[Q] = []
    for post in posts:
        reach = rights.reach(post)
        if reach is not None and reach not in conditions:
            conditions.append(reach)
    cases = Case.objects.of(rights.platform)
    if not conditions:
        return cases.none()
    if not all(conditions):
        return cases
    allowed = conditions[0]
    for condition in conditions[1:]:
        allowed |= condition
    return cases.filter(allowed)


def counts(asked: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Return how many rows each question finds, ``MOST + 1`` standing for more: one query that never counts further."""
    if not asked:
        return {}
    parts: list[str] = []
    values: list[Any] = []
    for place, rows in enumerate(asked.values()):
        try:
            sql, params = rows.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
        else:
            # Only Django's own SQL is joined here; every value stays a parameter.
            parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS q{place})")  # noqa: S608
            values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(asked, cursor.fetchone(), strict=True))


def spoken(count: int) -> str:
    """Return a bounded count for people."""
    return f"{MOST}+" if count > MOST else str(count)


# Filters.


def _choices(terms: type[Term], empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((value, _(label)) for value, label in terms.choices())]


class CaseFilter(WordedForm):
    """What a desk's list may be narrowed by; wrong values are named and narrow nothing."""

    q = forms.CharField(
        label=_("查找"),
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("案号、姓名、证件号码、电话、调解组织"),
                "autocomplete": "off",
                "accesskey": "s",
            }
        ),
    )
    queue = forms.ChoiceField(label=_("工作清单"), required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=lambda: _choices(State, _("全部状态")))
    track = forms.ChoiceField(label=_("途径"), required=False, choices=lambda: _choices(Track, _("全部途径")))
    cause = forms.ChoiceField(label=_("案由"), required=False, choices=lambda: _choices(Cause, _("全部案由")))
    due = forms.ChoiceField(
        label=_("期限"),
        required=False,
        choices=[("", _("不限")), ("overdue", _("已超期")), ("today", _("今天到期"))],
    )
    since = forms.DateField(
        label=_("申请日期自"),
        required=False,
        validators=WITHIN,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("至"), required=False, validators=WITHIN, widget=forms.DateInput(attrs={"type": "date"})
    )
    # What the figures of a report narrow their lists by; said above the list, never typed.
    court = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)
    unit = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=lambda: _choices(Outcome, ""))
    month = forms.DateField(required=False, validators=WITHIN, input_formats=["%Y-%m-%d"], widget=forms.HiddenInput)

    def __init__(self, *args: Any, queues: Sequence[Queue], named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queues = {queue.code: queue for queue in queues}
        self._named = named
        chosen = self.fields["queue"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("全部案件")), *((queue.code, queue.label) for queue in queues)]
        if not named:
            self.fields["q"].widget.attrs["placeholder"] = _("案号、调解组织")

    def clean_q(self) -> str:
        """Return the text without what a database would choke on."""
        text = self.cleaned_data["q"]
        if "\x00" in text:
            raise ValidationError(_("查找内容含有无法识别的字符"))
        return str(text).strip()

    def narrow(self, cases: CaseSet, platform: str, at: datetime) -> CaseSet:
        """Return the cases that fit what was understood."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("q"):
            cases = self._found(cases, platform, wanted["q"])
        queue, asked = self._queues.get(wanted.get("queue") or ""), self._organisations(platform)
        if isinstance(queue, AnswerQueue) and asked is not None:
            cases = cases.filter(pk__in=queue.entries(platform, at).filter(organisation__in=asked).values("case"))
        else:
            cases = cases.filter(queue.condition(platform, at)) if queue else cases
            cases = cases if asked is None else cases.filter(organisation__in=asked)
        if wanted.get("court"):
            cases = cases.filter(court=wanted["court"])
        if wanted.get("outcome") and wanted.get("month"):
            outcome, span = Outcome(wanted["outcome"]), reports.month(wanted["month"].replace(day=1))
            cases = cases.filter(reports.came_out(platform, outcome, span))
        for name in ("state", "track", "cause"):
            if wanted.get(name):
                cases = cases.filter(**{name: wanted[name]})
        if wanted.get("due"):
            cases = cases.filter((overdue if wanted["due"] == "overdue" else due_today)(platform, at))
        if wanted.get("since"):
            cases = cases.filter(filed_at__gte=_starts(wanted["since"]))
        if wanted.get("until"):
            cases = cases.filter(filed_at__lte=end_of_day(wanted["until"]))
        return cases

    def order(self, platform: str, at: datetime) -> Order | None:
        """Return how the list runs that was asked for; None where it runs newest first."""
        self.is_valid()
        queue, due = self._queues.get(self.cleaned_data.get("queue") or ""), self.cleaned_data.get("due")
        if queue and queue.clocks:
            return Order(queue.clocks(platform, at), idle=queue.order is not None)
        if due:
            return Order((overdue if due == "overdue" else due_today).clocks(platform, at), idle=False)
        return None

    def _organisations(self, platform: str) -> list[str] | None:
        """Return the organisations a report narrows to, or None where it narrows to none."""
        wanted = self.cleaned_data
        if wanted.get("organisation"):
            return [str(wanted["organisation"])]
        if not wanted.get("unit"):
            return None
        held = Organisation.objects.filter(platform=platform, unit=wanted["unit"])
        return [str(ref) for ref in held.values_list("ref", flat=True)]

    def _found(self, cases: CaseSet, platform: str, text: str) -> CaseSet:
        """Return those of the cases that a case number, a reference, an organisation, a number or a name finds."""
        try:
            return cases.filter(number=str(CaseNumber.parse(text)))
        except CaseNumberError:
            pass
        try:
            return cases.filter(ref=uuid.UUID(text))
        except ValueError:
            pass
        organisations = Organisation.objects.filter(platform=platform, name__contains=text).values_list(
            "ref", flat=True
        )
        found = Q(organisation__in=[str(ref) for ref in organisations[:PAGE]])
        if between := within(text):
            found |= Q(ref__range=between)
        for described in self._described(text) if self._named else ():
            found |= _having(cases, Party.objects.filter(described, platform=platform))
        return cases.filter(found)

    def _described(self, text: str) -> Iterator[Q]:
        """Yield how people are searched for: exactly by a sealed number, by any part of a name."""
        if any(letter.isdigit() for letter in text):
            yield Q(identity_index=blind_index(text))
            yield Q(phone_index=blind_index(_phone(text)))
        yield Q(name__contains=text)

    @property
    def query(self) -> dict[str, str]:
        """What was understood, as an address may carry it: never what was searched for."""
        self.is_valid()
        return {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in self.cleaned_data.items()
            if name != "q" and value
        }


def _having(cases: CaseSet, people: QuerySet[Party]) -> Q:
    """Return the condition for cases with one of these people.

    Few are looked up first, so that a rare name does not walk the court's whole list; of many, the walk meets a page
    of cases soon.
    """
    few = list(people.filter(case__in=cases.order_by().values("pk")).values_list("case", flat=True)[: FEW + 1])
    return Q(pk__in=set(few)) if len(few) <= FEW else Q(Exists(people.filter(case=OuterRef("pk"))))


def sealed_search(text: str, account: Account) -> str:
    """Return what was searched for as an address may carry it: readable for nobody, and of use to this account only.

    Names and numbers so stay out of addresses, access logs, histories and referrers.
    """
    return chain.to_base64url(seal_bytes(text.encode(), _searcher(account)))


def opened_search(token: str, account: Account) -> str:
    """Return what was searched for; an empty text for a token that is none, or somebody else's."""
    try:
        return open_bytes(chain.from_base64url(token), _searcher(account)).decode()
    except (ValueError, chain.SealBroken, UnknownFieldKey):
        return ""


def _searcher(account: Account) -> bytes:
    return f"worklist.search {account.ref}".encode()


def _starts(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def _phone(text: str) -> str:
    try:
        return check_phone(text)
    except IdentityError:
        return text


# Pages.


Key = tuple[datetime, int]
"""Where a list goes on: behind this instant, and of several at one instant behind this row."""


@dataclass(frozen=True)
class Order:
    """How a list runs by deadline: by which clocks, and whether cases without any of them stand in it too."""

    clocks: QuerySet[Clock]
    idle: bool


@dataclass(frozen=True)
class Page:
    """One page of a list and the addresses of its neighbours; an empty one does not exist.

    ``newer_url`` is the page before this one and ``older_url`` the one behind it; ``by_due`` tells that the list runs
    by deadline.
    """

    cases: list[Case]
    newer_url: str
    older_url: str
    by_due: bool = False


def page(cases: CaseSet, query: QueryDict, *, order: Order | None = None, size: int = PAGE) -> Page:
    """Return the page that ``older`` or ``newer`` of the query asks for; a key that is none gives the first page.

    Newest first; with an ``order`` by the first of its clocks that a case has, soonest first, then the cases without.
    """
    older, newer = _key(query.get("older", "")), _key(query.get("newer", ""))
    walk = _by_age if order is None else partial(_by_due, order)
    found = walk(cases, newer or older, size + 1, bool(newer))
    before = len(found) > size if newer else older is not None
    behind = len(found) > size if not newer else True
    found = found[:size][::-1] if newer else found[:size]
    return Page(
        [case for _key, case in found],
        _address(query, "newer", found[0][0]) if before and found else "",
        _address(query, "older", found[-1][0]) if behind and found else "",
        order is not None,
    )


def in_order(cases: CaseSet, order: Order | None) -> CaseSet:
    """Return a whole list in the order of its pages: for handing it out, since all of it is sorted by deadline."""
    if order is None:
        return cases.order_by("-filed_at", "-pk")
    first = order.clocks.filter(case=OuterRef("pk")).order_by("due_at", "pk")
    placed = cases.annotate(due=Subquery(first.values("due_at")[:1]), place=Subquery(first.values("pk")[:1]))
    return placed.order_by(F("due").asc(nulls_last=True), "place", "pk")


def _by_age(cases: CaseSet, start: Key | None, most: int, back: bool) -> list[tuple[Key, Case]]:
    if start:
        cases = cases.filter(_beyond("filed_at", start, up=back))
    ordered = cases.order_by("filed_at", "pk") if back else cases.order_by("-filed_at", "-pk")
    return [((case.filed_at, case.pk), case) for case in ordered[:most]]


def _by_due(order: Order, cases: CaseSet, start: Key | None, most: int, back: bool) -> list[tuple[Key, Case]]:
    """Return cases by their first clock, and behind the last of them those without one, from a key onwards or back.

    The clocks are walked in the order of their own index until the page is full, so that a page costs the same however
    many wait; a case has one place, since all but its first clock are passed over.
    """
    sooner = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    clocks = order.clocks
    firsts = clocks.filter(~Exists(clocks.filter(sooner, case=OuterRef("case"))))
    firsts = firsts.filter(case__in=cases.order_by().values("pk"))
    # Where every case has one of the clocks, nothing needs to be asked for the others.
    idle = cases.filter(~Exists(clocks.filter(case=OuterRef("pk")))) if order.idle else cases.none()
    sign, way = ("-", "lt") if back else ("", "gt")
    among_idle = start is not None and start[0] >= NEVER
    if start:
        idle, firsts = (
            (idle.filter(**{f"pk__{way}": start[1]}), firsts)
            if among_idle
            else (idle, firsts.filter(_beyond("due_at", start, up=not back)))
        )
    waiting = firsts.order_by(f"{sign}due_at", f"{sign}pk").values_list("due_at", "pk", "case")
    others = idle.order_by(f"{sign}pk").values_list("pk", flat=True)
    places: list[tuple[Key, int]] = []
    if back and among_idle:
        places += [((NEVER, key), key) for key in others[:most]]
    if (back or not among_idle) and len(places) < most:
        places += [((due, key), case) for due, key, case in waiting[: most - len(places)]]
    if not back and len(places) < most:
        places += [((NEVER, key), key) for key in others[: most - len(places)]]
    known = Case.objects.in_bulk([case for _place, case in places])
    return [(place, known[case]) for place, case in places if case in known]


def _beyond(name: str, start: Key, *, up: bool) -> Q:
    """Return the condition for what lies behind a key in rising or falling order."""
    at, pk = start
    way = "gt" if up else "lt"
    return Q(**{f"{name}__{way}e": at}) & (Q(**{f"{name}__{way}": at}) | Q(**{f"pk__{way}": pk}))


def _address(query: QueryDict, way: str, key: Key) -> str:
    kept = [(name, value) for name, value in query.items() if name not in ("older", "newer") and value]
    return "?" + urlencode([*kept, (way, f"{key[0].isoformat()}~{key[1]}")])


def _key(text: Any) -> Key | None:
    at, _tilde, pk = str(text).partition("~")
    try:
        instant = datetime.fromisoformat(at)
        known = instant.tzinfo and 2000 < instant.year < 2200 and 0 < int(pk) < 2**63
        return (instant, int(pk)) if known else None
    except ValueError:
        return None
