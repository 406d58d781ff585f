"""The stored year."""

from __future__ import annotations

from mediation.models.calendar import CalendarYear
from mediation.workdays import Calendar


def test_a_stored_year_is_the_value_the_calendar_takes() -> None:
    year = Calendar.standard().years[2026]

    stored = CalendarYear(year=2026, days=year.days(), notice=year.notice, loaded_by="staff:1")

    assert stored.as_year() == year
    assert str(stored) == f"2026 {year.notice}"
