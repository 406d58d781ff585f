"""How far the demonstration's clock stands ahead of the real one.

Lives here: storage only. Read and moved by ``mediation.present``; without ``DEMONSTRATION_CLOCK`` there is never a row.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClockShift(models.Model):
    """The one row: by how many seconds this deployment's statutory clocks are ahead of the real clock."""

    seconds = models.PositiveBigIntegerField(_("提前的秒数"), default=0)

    class Meta:
        verbose_name = _("演示时钟")
        verbose_name_plural = _("演示时钟")
        constraints: ClassVar = [
            # There is one clock, so there is one row.
            models.CheckConstraint(name="clock_shift_is_one_row", condition=models.Q(pk=1)),
        ]

    def __str__(self) -> str:
        return f"+{self.seconds}s"
