"""Every clock of a case, running or ended, with its article and how it was counted, day by day.

Lives here: plain values for the case page. Does not live here: counting (``workdays``), which rule applies (``law``).
Called by: ``casepages``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import law, workdays
from mediation.models import Case, CaseEvent, Clock
from mediation.vocabulary import ClockKind, Role, Unit
from mediation.windows.pages import CHANCES, label_of
from mediation.workdays import Calendar, Counted, local_day

MOST = 40
"""How many clocks a page counts out; a case rarely has a dozen."""

RUNNING, STOPPED, LAPSED = Clock.RUNNING, Clock.STOPPED, Clock.LAPSED
STATES: dict[str, Any] = {
    RUNNING: gettext_lazy("正在计算"),
    STOPPED: gettext_lazy("已停止"),
    LAPSED: gettext_lazy("已届满"),
}


@dataclass(frozen=True)
class Day:
    """One day of a count: which of the period it is, or empty where it does not count, and why."""

    day: date
    weekday: str
    count: str
    reason: str
    tone: str


@dataclass(frozen=True)
class Reckoned:
    """One clock counted out; without ``days`` its due instant is not the law's plain figure."""

    label: str
    state: str
    state_label: str
    article: str
    counted: str
    since: datetime
    due: datetime
    overdue: bool
    own_figure: bool
    provisional: bool
    days: list[Day]


def reckonings(case: Case, events: Sequence[CaseEvent], at: datetime, calendar: Calendar) -> list[Reckoned]:
    """Return the clocks that the journal of a case started, running ones first and soonest first; no query."""
    started = [(event.number, clock) for event in events for clock in event.clocks]
    lapses = [(event.number, event.by["ref"]) for event in events if event.by["role"] == Role.CLOCK]
    running = case.sheet.get("clocks", {})
    found = []
    for number, clock in started[-MOST:]:
        lapsed = any(lapse > number and kind == clock["kind"] for lapse, kind in lapses)
        state = RUNNING if running.get(clock["kind"]) == clock else LAPSED if lapsed else STOPPED
        found.append(_reckoned(clock, state, at, calendar))
    return sorted(found, key=lambda one: (one.state != RUNNING, one.due))


def _reckoned(clock: Mapping[str, Any], state: str, at: datetime, calendar: Calendar) -> Reckoned:
    kind, rule = ClockKind(clock["kind"]), law.row(clock["rule"], settings.OWN_FIGURES)
    since, due = datetime.fromisoformat(clock["since"]), datetime.fromisoformat(clock["due"])
    plain = not clock["agreed"] and workdays.due(rule, since, calendar).at == due
    return Reckoned(
        label=label_of(kind),
        state=state,
        state_label=str(STATES[state]),
        article="；".join(rule.cited(local_day(at))),
        counted=_("%(value)d%(unit)s，自%(start)s起算")
        % {"value": rule.value, "unit": label_of(Unit(rule.unit)), "start": _(rule.counted_from)},
        since=since,
        due=due,
        overdue=state == RUNNING and kind not in CHANCES and due < at,
        own_figure=rule.own_figure,
        provisional=clock["provisional"],
        days=_days(workdays.explain(rule, since, calendar), rule.unit) if plain else [],
    )


COUNTS: dict[Unit, Any] = {
    Unit.WORKING_DAY: gettext_lazy("第 %(number)d 日"),
    Unit.DAY: gettext_lazy("第 %(number)d 日"),
    Unit.MONTH: gettext_lazy("满 %(number)d 个月"),
    Unit.YEAR: gettext_lazy("满 %(number)d 年"),
}


def _days(story: Sequence[Counted], unit: Unit) -> list[Day]:
    last, working = story[-1].day, unit is Unit.WORKING_DAY
    return [
        Day(
            day=one.day,
            weekday=str(WEEKDAYS[one.day.weekday()]),
            count=str(COUNTS[unit]) % {"number": one.number} if one.number else "",
            reason=_(one.reason),
            tone=_tone(one, last, working=working),
        )
        for one in story
    ]


def _tone(one: Counted, last: date, *, working: bool) -> str:
    if one.day == last:
        return "last"
    if one.number is None:
        return "rest"
    return "made-up" if working and one.day.weekday() >= 5 else "counted"
