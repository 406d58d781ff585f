"""Calendar years that an administrator has loaded.

Lives here: the stored arrangement of one year. Does not live here: counting (``workdays``), the calendar in force
(``queries``), recomputing what is due (``clocks``).
Called by: queries, and the act that loads a year.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.workdays import Year


class CalendarYear(models.Model):
    """A row means: for this year the named notice is followed, whatever the installed library says of it.

    ``days`` is ``Year.days()``; ``loaded_by`` an opaque staff reference.
    """

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    days = models.JSONField(_("放假和补班日期"))
    notice = models.CharField(_("通知文号"), max_length=500)
    loaded_at = models.DateTimeField(_("载入时间"))
    loaded_by = models.CharField(_("载入人员"), max_length=80)

    class Meta:
        app_label = "mediation"
        ordering = ["year"]
        verbose_name = _("年度放假安排")
        verbose_name_plural = _("年度放假安排")

    def __str__(self) -> str:
        return f"{self.year} {self.notice}"

    def as_year(self) -> Year:
        """Return the arrangement as the value that ``Calendar.with_years`` takes."""
        return Year.from_days(self.days, self.notice)
