"""The counters behind case numbers (案号)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class NumberSeries(models.Model):
    """One court's run of numbers for one year and type code on one platform; ``last`` is the last one handed out."""

    platform = models.CharField(max_length=32)
    court = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=8)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "court", "year", "code"], name="one_series_per_court_year_code")
        ]

    def __str__(self) -> str:
        return f"（{self.year}）{self.court}{self.code} → {self.last}"
