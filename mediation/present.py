"""What time it is, for the edges of the house.

Lives here: ``now``, and the demonstration's settable clock, which only ever goes forward. Does not live here: anything
that counts days (``workdays``); below the edge time comes in as ``at``.
Called by: views, tasks and commands.

The settable clock exists only where ``DEMONSTRATION_CLOCK`` is on, and ``project.environment`` refuses that setting
for anything but the embedded demonstration: with PostgreSQL, Redis, an https:// address or a distant peer the
deployment does not start.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediation.models import ClockShift

FURTHEST = timedelta(days=3660)
"""How far ahead the demonstration may go in all: beyond it no working day is known by any notice."""


class NotForward(ValueError):
    """演示时钟只能向前拨，最多拨到十年以后"""


def now() -> datetime:
    """This function will return the present instant, in UTC; in a demonstration, that of its settable clock."""
    if not settings.DEMONSTRATION_CLOCK:
        return timezone.now()
    seconds = ClockShift.objects.values_list("seconds", flat=True).first() or 0
    return timezone.now() + timedelta(seconds=seconds)


def go_to(wanted: datetime) -> datetime:
    """This function will move the demonstration's clock forward to an instant and return it.

    Raises NotForward for an instant that is not ahead of the clock or more than ``FURTHEST`` ahead of the real one,
    and RuntimeError where there is no settable clock.
    """
    if not settings.DEMONSTRATION_CLOCK:
        raise RuntimeError("This deployment has no settable clock.")
    with transaction.atomic():
        shift, _made = ClockShift.objects.select_for_update().get_or_create(pk=1)
        real = timezone.now()
        if not real + timedelta(seconds=shift.seconds) < wanted <= real + FURTHEST:
            raise NotForward
        shift.seconds = int((wanted - real).total_seconds())
        shift.save(update_fields=["seconds"])
    return wanted
