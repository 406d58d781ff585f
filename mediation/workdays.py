"""Counting days: the State Council's working days, last-day roll-over, due instants, calendar files people load.

Lives here: arithmetic and parsing, no framework. Does not live here: how long a period is (``law``), stored calendar
years (``models.calendar``), recomputing clocks (``clocks``).
Called by: clocks, guards, windows that explain a due date.

Two calculators (law.md C17): working-day periods count working days only; day, month and year periods count the
calendar and roll over when the last day is a rest day (CPL-85). The starting day never counts.
"""

from __future__ import annotations

import csv
import json
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Protocol, Self
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from mediation.vocabulary import Unit
from mediation.vocabulary import gettext_noop as _

ZONE = ZoneInfo("Asia/Shanghai")
_ONE = timedelta(days=1)


class BadCalendarFile(ValueError):
    """无法读取节假日安排文件。"""


class Period(Protocol):
    """What counting needs to know of a rule: a length and, in the same unit, its shorter figures."""

    @property
    def value(self) -> int: ...

    @property
    def unit(self) -> Unit: ...

    @property
    def flag(self) -> int | None: ...

    @property
    def soft(self) -> int | None: ...


# ── The calendar ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Year:
    """The arrangement of one year as its notice gives it; a day or two may lie in the December before."""

    rest: frozenset[date]
    made_up: frozenset[date]
    notice: str
    provisional: bool = False

    @classmethod
    def from_days(cls, days: Mapping[str, Iterable[str]], notice: str) -> Self:
        """Read the stored form {"rest": [ISO dates], "made_up": [ISO dates]}; raises KeyError or ValueError."""
        rest, made_up = (frozenset(map(date.fromisoformat, days[key])) for key in ("rest", "made_up"))
        return cls(rest, made_up, notice)

    def days(self) -> dict[str, list[str]]:
        """Return the stored form: ISO dates in order."""
        return {key: [day.isoformat() for day in sorted(getattr(self, key))] for key in ("rest", "made_up")}


# 全国年节及纪念日放假办法 as revised in 2024, for years whose notice has not been published. Moon and sun move the
# other feasts, so only a year worked out beforehand has them.
_LUNAR_FEASTS = {2027: ((2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (6, 9), (9, 15))}


@cache
def statutory(year: int) -> Year:
    """Return the statutory days of a year without notice: no make-up days, marked provisional."""
    fixed = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
    rest = frozenset(date(year, month, day) for month, day in fixed + _LUNAR_FEASTS.get(year, ()))
    return Year(rest, frozenset(), _("《全国年节及纪念日放假办法》（当年放假安排尚未公布）"), provisional=True)


@dataclass(frozen=True)
class Calendar:
    """Working days of mainland China: Monday to Friday, less rest days, plus make-up days; an immutable value."""

    years: Mapping[int, Year]

    @classmethod
    def standard(cls) -> Calendar:
        """Return the calendar of all years the installed library knows (2004 to 2026 and on)."""
        return _standard()

    def with_years(self, years: Mapping[int, Year]) -> Calendar:
        """Return a calendar in which the given years replace, or come after, the known ones."""
        return Calendar(MappingProxyType({**self.years, **years})) if years else self

    @cached_property
    def _arranged(self) -> dict[date, bool]:
        # In order of years: a later notice has the last word on a December day of the year before.
        arranged: dict[date, bool] = {}
        for _number, year in sorted(self.years.items()):
            arranged.update(dict.fromkeys(year.rest, False))
            arranged.update(dict.fromkeys(year.made_up, True))
        return arranged

    def is_provisional(self, day: date) -> bool:
        """Tell whether the notice for that day's year has not been loaded yet."""
        year = self.years.get(day.year)
        return year is None or year.provisional

    def is_working_day(self, day: date) -> bool:
        """Tell whether courts and organisations work on that day."""
        arranged = self._arranged.get(day)
        if arranged is not None:
            return arranged
        return day.weekday() < 5 and (day.year in self.years or day not in statutory(day.year).rest)

    def why(self, day: date) -> str:
        """Return, as a source string, what kind of day it is."""
        weekend = day.weekday() >= 5
        if self.is_working_day(day):
            return _("周末补班，是工作日") if weekend else _("工作日")
        in_block = self._arranged.get(day) is False or (day.year not in self.years and day in statutory(day.year).rest)
        return _("节假日放假或者调休") if in_block else _("周末")

    def add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``, which itself does not count (CPL-85)."""
        if count < 0:
            raise ValueError(count)
        while count:
            day += _ONE
            count -= self.is_working_day(day)
        return day

    def working_days_until(self, day: date, last: date) -> int:
        """Return how many working days lie after ``day`` up to and including ``last``; 0 if it has passed."""
        return sum(self.is_working_day(day + timedelta(days=n)) for n in range(1, (last - day).days + 1))

    def roll(self, day: date) -> date:
        """Return ``day``, or the first working day after it if it is a rest day (CPL-85)."""
        while not self.is_working_day(day):
            day += _ONE
        return day


@cache
def _standard() -> Calendar:
    rest, made_up = (set(map(_plain, days)) for days in (constants.holidays, constants.workdays))
    notices = {2015: "及纪念抗战胜利70周年调休放假的通知", 2020: "及延长春节假期的通知"}
    return Calendar(
        MappingProxyType(
            {
                year: Year(
                    frozenset(day for day in rest if day.year == year),
                    frozenset(day for day in made_up if day.year == year),
                    f"国务院办公厅关于{year}年部分节假日安排的通知{notices.get(year, '')}",
                )
                for year in range(min(rest).year, max(rest).year + 1)
            }
        )
    )


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)


def add_months(day: date, months: int) -> date:
    """Return the corresponding day that many months on, or else the month's last day (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# ── Due instants ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends. ``last`` is the day before roll-over, ``day`` the day that counts, ``at`` its last instant.

    ``flag_on`` and ``soft_on`` are the last days of the shorter figures. ``provisional``: a year was consulted whose
    notice is not loaded.
    """

    at: datetime
    day: date
    last: date
    flag_on: date | None
    soft_on: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """One day of an explanation: its number in the period (None = not counted) and the reason, a source string."""

    day: date
    number: int | None
    reason: str
    provisional: bool


def local_day(at: datetime) -> date:
    """Return the day in China of an aware instant; raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("时间缺少时区")
    return at.astimezone(ZONE).date()


def end_of_day(day: date) -> datetime:
    """Return the last instant (23:59:59.999999) of a day in China."""
    return datetime.combine(day, time.max, ZONE)


def due(rule: Period, start: datetime, calendar: Calendar) -> Due:
    """Return when a period that starts at ``start`` ends; the starting day does not count (CPL-85)."""
    first = local_day(start)
    last, day = _ends(rule.value, rule.unit, first, calendar)
    return Due(
        at=end_of_day(day),
        day=day,
        last=last,
        flag_on=None if rule.flag is None else _ends(rule.flag, rule.unit, first, calendar)[1],
        soft_on=None if rule.soft is None else _ends(rule.soft, rule.unit, first, calendar)[1],
        provisional=_consulted_provisional(first + _ONE if rule.unit is Unit.WORKING_DAY else last, day, calendar),
    )


def _ends(value: int, unit: Unit, first: date, calendar: Calendar) -> tuple[date, date]:
    """Return the last day before and after roll-over."""
    if value < 0:
        raise ValueError(value)
    if unit is Unit.WORKING_DAY:
        day = calendar.add_working_days(first, value)
        return day, day
    if unit is Unit.DAY:
        last = first + timedelta(days=value)
    else:
        last = add_months(first, value * 12 if unit is Unit.YEAR else value)
    return last, calendar.roll(last)


def _consulted_provisional(first: date, last: date, calendar: Calendar) -> bool:
    # A year at a time is enough: what is provisional is a year.
    return any(calendar.is_provisional(date(year, 1, 1)) for year in range(first.year, last.year + 1))


def shift(due: Due, days: int, calendar: Calendar) -> Due:
    """Return the due instant moved on by days that were not counted (appraisal, ZX-26), counted before roll-over.

    Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError(days)
    last = due.last + timedelta(days=days)
    day = calendar.roll(last)
    soft_on = None if due.soft_on is None else calendar.roll(due.soft_on + timedelta(days=days))
    flag_on = None if due.flag_on is None else calendar.roll(due.flag_on + timedelta(days=days))
    return replace(
        due, at=end_of_day(day), day=day, last=last, flag_on=flag_on, soft_on=soft_on,
        provisional=_consulted_provisional(last, day, calendar),
    )  # fmt: skip


def explain(rule: Period, start: datetime, calendar: Calendar) -> tuple[Counted, ...]:
    """Return, day by day, how a due date came about; months and years show only their first and last days."""
    first = local_day(start)
    reckoned = due(rule, start, calendar)
    story = [Counted(first, None, _("起算当日不计入"), calendar.is_provisional(first))]
    number = 0
    day = first
    while day < reckoned.day:
        day += _ONE
        provisional = calendar.is_provisional(day)
        if rule.unit is Unit.WORKING_DAY:
            counts = calendar.is_working_day(day)
            number += counts
            story.append(Counted(day, number if counts else None, calendar.why(day), provisional))
        elif day > reckoned.last:
            rolled = _("顺延至期间届满后的第一个工作日") if day == reckoned.day else calendar.why(day)
            story.append(Counted(day, None, rolled, provisional))
        elif day == reckoned.last:
            ending = _("期间届满日") if day == reckoned.day else _("期间届满日是休息日，顺延")
            story.append(Counted(day, rule.value, ending, provisional))
        elif rule.unit is Unit.DAY:
            number += 1
            story.append(Counted(day, number, _("按自然日计算"), provisional))
    return tuple(story)


# ── Files an administrator loads ──────────────────────────────────────────────────────────────────────────────────────

LARGEST_FILE = 200_000
_KINDS = {"REST": False, "休": False, "放假": False, "WORK": True, "班": True, "补班": True}
_NOTICE_WORDS = ("notice", "文号", "通知")
_YEAR_WORDS = ("year", "年份")
_HEADINGS = ("date", "日期")


def parse_year(text: str) -> tuple[int, Year]:
    """Read one year's arrangement and return (year, Year).

    Takes CSV (a line ``notice,<number of the notice>``, then ``YYYY-MM-DD,REST`` or ``YYYY-MM-DD,WORK`` each on a line;
    文号, 休 and 班 are understood too) or JSON {year, papers, days: [{date, isOffDay}]}. Raises BadCalendarFile, in
    Chinese, naming the line or item.
    """
    text = text.lstrip("\ufeff").strip()
    if not text:
        raise BadCalendarFile("文件是空的")
    if len(text) > LARGEST_FILE:
        raise BadCalendarFile(f"文件过大：最多{LARGEST_FILE}个字符")
    year, notice, entries = _read_json(text) if text[0] in "{[" else _read_csv(text)
    return _checked(year, notice, entries)


_Entries = list[tuple[str, date, bool]]


def _read_csv(text: str) -> tuple[int | None, str, _Entries]:
    year, notice, entries = None, "", []
    reader = csv.reader(text.replace("，", ",").splitlines())
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise BadCalendarFile(f"第{reader.line_num}行：不是有效的CSV") from error
    for number, cells in lines:
        place = f"第{number}行"
        words = [cell.strip() for cell in cells]
        if not any(words) or words[0].startswith("#"):
            continue
        if len(words) < 2 or not words[1]:
            raise BadCalendarFile(f"{place}：应当有两栏，现为“{_short(','.join(words))}”")
        head = words[0].lower()
        if head in _NOTICE_WORDS:
            notice = words[1]
        elif head in _YEAR_WORDS:
            year = _year_number(words[1], place)
        elif head not in _HEADINGS:
            kind = words[1].upper()
            if kind not in _KINDS:
                raise BadCalendarFile(f"{place}：类型“{_short(words[1])}”无效，应当是REST（休）或者WORK（班）")
            entries.append((place, _day(words[0], place), _KINDS[kind]))
    return year, notice, entries


def _read_json(text: str) -> tuple[int | None, str, _Entries]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"第{error.lineno}行" if isinstance(error, json.JSONDecodeError) else "文件"
        raise BadCalendarFile(f"{where}：不是有效的JSON") from error
    if not isinstance(content, dict) or not isinstance(content.get("days"), list):
        raise BadCalendarFile("JSON应当有year、papers和days三项")
    papers = content.get("papers", [])
    if not isinstance(papers, list) or not all(isinstance(paper, str) for paper in papers):
        raise BadCalendarFile("papers应当是通知文号或者网址的列表")
    entries = [_json_day(item, f"days第{number}项") for number, item in enumerate(content["days"], start=1)]
    return _year_number(content.get("year"), "year"), " ".join(papers), entries


def _json_day(item: Any, place: str) -> tuple[str, date, bool]:
    match item:
        case {"date": str(day), "isOffDay": bool(rests)}:
            return place, _day(day, place), not rests
    raise BadCalendarFile(f"{place}：应当有date（日期文字）和isOffDay（true或者false）")


def _year_number(value: Any, place: str) -> int:
    text = str(value)
    if not re.fullmatch(r"20\d\d|2100", text, re.ASCII) or int(text) < 2004:
        raise BadCalendarFile(f"{place}：年份“{_short(text)}”无效，应当在2004至2100之间")
    return int(text)


def _day(text: str, place: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCalendarFile(f"{place}：日期“{_short(text)}”无效，应当写作2027-01-01") from error


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"


def _checked(year: int | None, notice: str, entries: _Entries) -> tuple[int, Year]:
    if not notice.strip():
        raise BadCalendarFile("缺少通知文号：请加一行“notice,国办发明电……号”")
    if len(notice) > 500:
        raise BadCalendarFile("通知文号过长：最多500个字")
    if not entries:
        raise BadCalendarFile("没有任何放假或者补班日期")
    year = year or Counter(day.year for _place, day, _works in entries).most_common(1)[0][0]
    _year_number(year, "年份")
    seen: dict[date, str] = {}
    for place, day, works in entries:
        if day in seen:
            raise BadCalendarFile(f"{place}：日期{day}与{seen[day]}重复")
        if not date(year - 1, 12, 1) <= day <= date(year + 1, 1, 31):
            raise BadCalendarFile(f"{place}：日期{day}不属于{year}年")
        if works and day.weekday() < 5:
            raise BadCalendarFile(f"{place}：{day}不是周末，不能是补班日")
        seen[day] = place
    rest = frozenset(day for _place, day, works in entries if not works)
    missing = sorted(day for day in (date(year, 1, 1), date(year, 5, 1), date(year, 10, 1)) if day not in rest)
    if missing:
        raise BadCalendarFile(f"安排不完整：缺少{'、'.join(map(str, missing))}的放假")
    return year, Year(rest, frozenset(day for _place, day, works in entries if works), notice.strip())
