"""Lists of cases at the desk: the queues that are worked through, their bounded counts, filters, search, pages by key.

Lives here: every question that a desk asks over many cases. No list counts its rows, none uses OFFSET.
Does not live here: which queues a role works through (each platform's ``admin``), how a row looks (``windows.pages``).
Called by: the case section of both admin sites, and their first pages.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation import chain, queries, reports
from mediation.models import Case, CaseEvent, CaseSet, Clock, Delivery, Party
from mediation.models.case import OBJECTED, SENT_BACK
from mediation.numbers import CaseNumber, CaseNumberError
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


@dataclass(frozen=True)
class Queue:
    """One list that somebody works through: its name, and which cases stand in it at an instant."""

    code: str
    label: str | Promise
    condition: Callable[[str, datetime], Q]
    tone: str = ""


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


def _running(platform: str, **conditions: Any) -> Q:
    clocks = Clock.objects.filter(
        case=OuterRef("pk"), platform=platform, state=Clock.RUNNING, kind__in=DUTIES, **conditions
    )
    return Q(Exists(clocks))


def overdue(platform: str, at: datetime) -> Q:
    """Return the condition for cases in which somebody's duty is past its due instant."""
    return _running(platform, due_at__lt=at)


def late(*kinds: ClockKind) -> Callable[[str, datetime], Q]:
    """Return the condition for cases in which one of these clocks is past its due instant."""
    codes = [kind.value for kind in kinds]

    def condition(platform: str, at: datetime) -> Q:
        running = {"case": OuterRef("pk"), "platform": platform, "state": Clock.RUNNING}
        return Q(Exists(Clock.objects.filter(**running, kind__in=codes, due_at__lt=at)))

    return condition


def due_today(platform: str, at: datetime) -> Q:
    """Return the condition for cases in which a duty ends today."""
    return _running(platform, due_at__gte=at, due_at__lte=end_of_day(local_day(at)))


def late_by(more: int, most: int | None) -> Callable[[str, datetime], Q]:
    """Return the condition for cases with a duty that ended more than ``more`` and at most ``most`` days ago."""

    def condition(platform: str, at: datetime) -> Q:
        newest = {"due_at__lt": at - timedelta(days=more)}
        oldest = {} if most is None else {"due_at__gte": at - timedelta(days=most)}
        return _running(platform, **newest, **oldest)

    return condition


def flagged(*states: State) -> Callable[[str, datetime], Q]:
    """Return the condition for cases in these states whose early-warning day has passed (N-4.5g: the third of five)."""
    return lambda platform, at: in_states(*states)(platform, at) & _running(platform, flag_at__lt=at)


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


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first, and the addresses of its neighbours; an empty one does not exist."""

    cases: list[Case]
    newer_url: str
    older_url: str


def page(cases: CaseSet, query: QueryDict, *, size: int = PAGE) -> Page:
    """Return the page that ``older`` or ``newer`` of the query asks for; a key that is none gives the first page."""
    older, newer = _key(query.get("older", "")), _key(query.get("newer", ""))
    if newer:
        at, pk = newer
        ahead = cases.filter(filed_at__gte=at).filter(Q(filed_at__gt=at) | Q(pk__gt=pk))
        found = list(ahead.order_by("filed_at", "pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        if older:
            at, pk = older
            cases = cases.filter(filed_at__lte=at).filter(Q(filed_at__lt=at) | Q(pk__lt=pk))
        found = list(cases.order_by("-filed_at", "-pk")[: size + 1])
        more_newer, more_older = older is not None, len(found) > size
        found = found[:size]
    return Page(
        found,
        _address(query, "newer", found[0]) if more_newer and found else "",
        _address(query, "older", found[-1]) if more_older and found else "",
    )


def _address(query: QueryDict, way: str, case: Case) -> str:
    kept = [(name, value) for name, value in query.items() if name not in ("older", "newer") and value]
    return "?" + urlencode([*kept, (way, f"{case.filed_at.isoformat()}~{case.pk}")])


def _key(text: Any) -> tuple[datetime, int] | None:
    at, _tilde, pk = str(text).partition("~")
    try:
        instant = datetime.fromisoformat(at)
        known = instant.tzinfo and 2000 < instant.year < 2200 and 0 < int(pk) < 2**63
        return (instant, int(pk)) if known else None
    except ValueError:
        return None
