"""Days and instants as people read them, in the language that is in force.

Lives here: writing them out. Does not live here: counting (``workdays``), what the present is (``present``).
Called by: templates, pages, notices, records.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language

from mediation.workdays import ZONE


def written(value: date) -> str:
    """Return a day, or an instant as spoken in Shanghai to the minute."""
    if isinstance(value, datetime):
        moment = timezone.localtime(value, ZONE) if timezone.is_aware(value) else value
        return f"{_day(moment)} {moment:%H:%M}"
    return _day(value)


def _day(day: date) -> str:
    if (get_language() or "zh").startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B %Y}"
