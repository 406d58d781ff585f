"""Counting days: the vectors of the State Council's notices, brute force, roll-over, provisional years."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.vocabulary import Unit
from mediation.workdays import (
    ZONE,
    Calendar,
    Year,
    add_months,
    due,
    end_of_day,
    explain,
    local_day,
    shift,
)

STANDARD = Calendar.standard()

# Typed from the State Council notices: rest days as first/last pairs, make-up days, working days in the year.
ARRANGEMENTS = {
    2021: (
        "1/1-1/3 2/11-2/17 4/3-4/5 5/1-5/5 6/12-6/14 9/19-9/21 10/1-10/7",
        "2/7 2/20 4/25 5/8 9/18 9/26 10/9",
        250,
    ),
    2022: (
        "1/1-1/3 1/31-2/6 4/3-4/5 4/30-5/4 6/3-6/5 9/10-9/12 10/1-10/7",
        "1/29 1/30 4/2 4/24 5/7 10/8 10/9",
        249,
    ),
    2023: (
        "1/1-1/2 1/21-1/27 4/5-4/5 4/29-5/3 6/22-6/24 9/29-10/6",
        "1/28 1/29 4/23 5/6 6/25 10/7 10/8",
        249,
    ),
    2024: (
        "1/1-1/1 2/10-2/17 4/4-4/6 5/1-5/5 6/10-6/10 9/15-9/17 10/1-10/7",
        "2/4 2/18 4/7 4/28 5/11 9/14 9/29 10/12",
        251,
    ),
    2025: ("1/1-1/1 1/28-2/4 4/4-4/6 5/1-5/5 5/31-6/2 10/1-10/8", "1/26 2/8 4/27 9/28 10/11", 248),
    2026: (
        "1/1-1/3 2/15-2/23 4/4-4/6 5/1-5/5 6/19-6/21 9/25-9/27 10/1-10/7",
        "1/4 2/14 2/28 5/9 9/20 10/10",
        248,
    ),
}


def _typed_day(year: int, text: str) -> date:
    month, day = text.split("/")
    return date(year, int(month), int(day))


def _typed_working_days() -> frozenset[date]:
    working = set()
    for year, (rest, made_up, _total) in ARRANGEMENTS.items():
        resting = set()
        for pair in rest.split():
            first, last = (_typed_day(year, text) for text in pair.split("-"))
            resting |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
        made = {_typed_day(year, text) for text in made_up.split()}
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        working |= {
            day for day in days if day.year == year and (day in made or (day.weekday() < 5 and day not in resting))
        }
    return frozenset(working)


TYPED = _typed_working_days()


@dataclass(frozen=True)
class Span:
    value: int
    unit: Unit
    flag: int | None = None
    soft: int | None = None


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZONE)


def iso(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("received", "three", "five"),
    [
        ("2021-08-20", "2021-08-25", "2021-08-27"),
        ("2021-09-28", "2021-10-08", "2021-10-11"),
        ("2021-09-30", "2021-10-11", "2021-10-13"),
        ("2022-01-28", "2022-02-07", "2022-02-09"),
        ("2023-01-20", "2023-01-30", "2023-02-01"),
        ("2024-02-09", "2024-02-20", "2024-02-22"),
        ("2024-04-30", "2024-05-08", "2024-05-10"),
        ("2025-01-27", "2025-02-07", "2025-02-10"),
        ("2025-09-26", "2025-09-30", "2025-10-10"),
        ("2026-02-13", "2026-02-25", "2026-02-27"),
        ("2026-09-18", "2026-09-22", "2026-09-24"),
        ("2026-09-30", "2026-10-10", "2026-10-13"),
    ],
)
def test_three_and_five_working_days_follow_the_notices(received: str, three: str, five: str) -> None:
    reckoned = due(Span(5, Unit.WORKING_DAY, flag=3), at(iso(received)), STANDARD)

    assert reckoned.flag_on == iso(three)
    assert reckoned.day == iso(five)
    assert not reckoned.provisional


@pytest.mark.parametrize(
    ("effective", "raw", "rolled"),
    [
        ("2021-09-01", "2021-10-01", "2021-10-08"),
        ("2022-01-05", "2022-02-04", "2022-02-07"),
        ("2026-01-16", "2026-02-15", "2026-02-24"),
    ],
)
def test_thirty_days_ending_in_a_holiday_roll_to_the_first_working_day(effective: str, raw: str, rolled: str) -> None:
    reckoned = due(Span(30, Unit.DAY), at(iso(effective)), STANDARD)

    assert (reckoned.last, reckoned.day) == (iso(raw), iso(rolled))


def test_a_make_up_sunday_does_not_roll_and_an_exchanged_weekday_does() -> None:
    assert STANDARD.roll(iso("2026-09-20")) == iso("2026-09-20")
    assert STANDARD.roll(iso("2026-02-23")) == iso("2026-02-24")
    assert STANDARD.roll(iso("2026-09-19")) == iso("2026-09-20")


@pytest.mark.parametrize("year", ARRANGEMENTS)
def test_working_days_in_a_year_match_the_published_figure(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]

    working = [day for day in days if day.year == year and STANDARD.is_working_day(day)]

    assert len(working) == ARRANGEMENTS[year][2]
    assert set(working) == {day for day in TYPED if day.year == year}


def test_every_day_from_2004_to_2026_agrees_with_the_library() -> None:
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2004, 1, 1)).days)]

    differing = [day for day in days if STANDARD.is_working_day(day) != chinese_calendar.is_workday(day)]

    assert differing == []


def _differences(calendar: Calendar, first: date, last: date) -> tuple[int, int]:
    """Compare 1 to 30 days of both kinds from every day with a count over the library: (compared, differing)."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    working = [n for n, day in enumerate(days) if chinese_calendar.is_workday(day)]
    compared = differing = 0
    for start, day in enumerate(days):
        after = bisect_right(working, start)
        for length in range(1, 31):
            if after + length <= len(working):
                compared += 1
                differing += calendar.add_working_days(day, length) != days[working[after + length - 1]]
            reach = bisect_right(working, start + length - 1)
            if reach < len(working):
                compared += 1
                differing += calendar.roll(day + timedelta(days=length)) != days[working[reach]]
    return compared, differing


def test_every_start_day_2007_to_2026_and_every_length_to_thirty_agrees_with_brute_force(
    record_property: Any,
) -> None:
    compared, differing = _differences(STANDARD, date(2007, 1, 1), date(2026, 12, 31))

    record_property("figure", f"{compared:,} due dates of 2007–2026, {differing} differences")
    assert differing == 0
    assert compared > 430_000


def test_brute_force_notices_a_calendar_that_forgets_the_make_up_days() -> None:
    blind = STANDARD.with_years({2026: Year(STANDARD.years[2026].rest, frozenset(), "没有补班日的安排")})

    compared, differing = _differences(blind, date(2026, 1, 1), date(2026, 12, 31))

    assert 0 < differing < compared


@given(st.dates(date(2021, 1, 1), date(2026, 10, 1)), st.integers(0, 60), st.integers(0, 23))
def test_working_day_periods_equal_a_count_over_the_typed_notices(start: date, length: int, hour: int) -> None:
    reckoned = due(Span(length, Unit.WORKING_DAY), at(start, hour), STANDARD)

    after = sorted(day for day in TYPED if day > start)
    assert reckoned.day == (after[length - 1] if length else start)
    assert STANDARD.working_days_until(start, reckoned.day) == length
    assert local_day(reckoned.at) == reckoned.day


@given(st.dates(date(2021, 1, 1), date(2026, 10, 1)), st.integers(0, 60))
def test_day_periods_end_on_the_first_typed_working_day_not_before_the_last(start: date, length: int) -> None:
    reckoned = due(Span(length, Unit.DAY), at(start), STANDARD)

    assert reckoned.day == min(day for day in TYPED if day >= start + timedelta(days=length))


@given(st.dates(date(2021, 1, 1), date(2026, 10, 1)), st.integers(1, 40), st.sampled_from(list(Unit)))
def test_an_explanation_ends_on_the_due_day_and_counts_as_many_as_the_period_has(
    start: date, length: int, unit: Unit
) -> None:
    span = Span(length, unit)
    reckoned = due(span, at(start), STANDARD)

    story = explain(span, at(start), STANDARD)

    assert (story[0].day, story[0].number) == (start, None)
    assert story[-1].day == reckoned.day
    assert max(counted.number for counted in story if counted.number is not None) == length


def test_a_due_instant_is_the_last_of_the_day_in_china() -> None:
    reckoned = due(Span(1, Unit.WORKING_DAY), datetime(2026, 11, 22, 20, 0, tzinfo=UTC), STANDARD)

    assert reckoned.at == datetime(2026, 11, 24, 15, 59, 59, 999999, tzinfo=UTC)


def test_the_starting_day_is_the_day_in_china_and_a_naive_instant_is_refused() -> None:
    assert local_day(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == iso("2026-11-22")
    assert local_day(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == iso("2026-11-23")

    with pytest.raises(ValueError, match="时区"):
        local_day(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2024-02-29", 24, "2026-02-28"),
        ("2025-12-31", 2, "2026-02-28"),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(start: str, months: int, end: str) -> None:
    assert add_months(iso(start), months) == iso(end)


def test_years_and_months_roll_over_like_days() -> None:
    assert due(Span(2, Unit.YEAR), at(iso("2024-10-01")), STANDARD).day == iso("2026-10-08")
    assert due(Span(6, Unit.MONTH), at(iso("2026-04-01")), STANDARD).day == iso("2026-10-08")


def test_a_soft_figure_is_reckoned_beside_the_hard_one() -> None:
    reckoned = due(Span(30, Unit.DAY, soft=15), at(iso("2026-06-05")), STANDARD)

    assert (reckoned.soft_on, reckoned.day) == (iso("2026-06-22"), iso("2026-07-06"))


def test_2027_uses_the_statutory_days_and_says_it_is_provisional() -> None:
    resting = ["01-01", "02-05", "02-08", "04-05", "06-09", "09-15", "10-01"]

    assert not any(STANDARD.is_working_day(iso(f"2027-{day}")) for day in resting)
    assert STANDARD.is_working_day(iso("2027-01-04"))
    assert due(Span(5, Unit.WORKING_DAY), at(iso("2026-12-29")), STANDARD).provisional
    assert not due(Span(2, Unit.WORKING_DAY), at(iso("2026-12-29")), STANDARD).provisional


def test_a_far_year_knows_only_the_fixed_days_and_is_provisional() -> None:
    assert not STANDARD.is_working_day(iso("2031-10-01"))
    assert STANDARD.is_working_day(iso("2031-10-08"))
    assert due(Span(2, Unit.YEAR), at(iso("2029-10-01")), STANDARD).provisional


def test_loading_a_year_makes_due_dates_firm_and_leaves_the_old_calendar_alone() -> None:
    start = at(iso("2026-12-30"))
    rest = frozenset({iso("2027-01-01"), iso("2027-01-04")})
    made_up = frozenset({iso("2027-01-09")})

    loaded = STANDARD.with_years({2027: Year(rest, made_up, "国办发明电〔2026〕9号")})

    before, after = due(Span(6, Unit.WORKING_DAY), start, STANDARD), due(Span(6, Unit.WORKING_DAY), start, loaded)
    assert (before.day, before.provisional) == (iso("2027-01-08"), True)
    assert (after.day, after.provisional) == (iso("2027-01-09"), False)
    assert STANDARD.is_provisional(iso("2027-01-04"))


def test_a_notice_may_rearrange_the_december_before_its_year() -> None:
    rest = frozenset({iso("2026-12-31"), iso("2027-01-01")})

    loaded = STANDARD.with_years({2027: Year(rest, frozenset({iso("2026-12-27")}), "国办发明电〔2026〕9号")})

    assert not loaded.is_working_day(iso("2026-12-31"))
    assert loaded.is_working_day(iso("2026-12-27"))


def test_days_of_appraisal_move_the_end_from_before_the_roll_over() -> None:
    saturday = due(Span(30, Unit.DAY), at(iso("2026-10-15")), STANDARD)

    moved = shift(saturday, 3, STANDARD)

    assert (saturday.last, saturday.day) == (iso("2026-11-14"), iso("2026-11-16"))
    assert (moved.last, moved.day, moved.at) == (iso("2026-11-17"), iso("2026-11-17"), end_of_day(iso("2026-11-17")))


def test_negative_lengths_are_refused() -> None:
    monday = at(iso("2026-01-05"))

    with pytest.raises(ValueError):
        STANDARD.add_working_days(iso("2026-01-05"), -1)
    with pytest.raises(ValueError):
        due(Span(-1, Unit.DAY), monday, STANDARD)
    with pytest.raises(ValueError):
        shift(due(Span(1, Unit.DAY), monday, STANDARD), -1, STANDARD)


def test_a_stored_year_reads_back_equal() -> None:
    year = STANDARD.years[2026]

    assert Year.from_days(year.days(), year.notice) == year


def test_kinds_of_days_are_explained_in_chinese() -> None:
    kinds = [STANDARD.why(iso(day)) for day in ("2026-10-09", "2026-10-10", "2026-10-11", "2026-10-01", "2027-10-01")]

    assert kinds == ["工作日", "周末补班，是工作日", "周末", "节假日放假或者调休", "节假日放假或者调休"]
