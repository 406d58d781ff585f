"""How often things came out which way with an organisation: the figures of its performance file (TY-10)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from mediation.vocabulary import Cause, Outcome


class Tally(models.Model):
    """So many cases of one cause had one outcome with one organisation, the last of them at ``last_at``.

    The door writes a row of one for each outcome, ``tallies.add_up`` melts rows of a kind into one now and then: a
    figure is the sum of its rows, and no two cases of an organisation wait for the same row.
    """

    platform = models.CharField(max_length=32)
    organisation = models.CharField(max_length=36)
    cause = models.CharField(max_length=24, choices=Cause.choices())
    outcome = models.CharField(max_length=12, choices=Outcome.choices())
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # A row that counts nothing would say that something happened at ``last_at``.
            models.CheckConstraint(name="tally_counts_something", condition=models.Q(count__gt=0)),
        ]
        indexes: ClassVar = [
            # The figures of the organisations on a court's roster, whatever the number of their cases; also what melts.
            models.Index(name="tally_by_organisation", fields=["platform", "organisation", "cause", "outcome"]),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.cause} {self.outcome} {self.count}"


class MonthlyTally(models.Model):
    """So many cases had one outcome with one organisation in one month (its first day), counted by Beijing's calendar.

    Written and melted as a ``Tally`` is. A case that ended twice in a month is one case of that month.
    """

    platform = models.CharField(max_length=32)
    organisation = models.CharField(max_length=36)
    month = models.DateField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices())
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            # A row that counts nothing would be a month in which something happened.
            models.CheckConstraint(name="monthly_tally_counts_something", condition=models.Q(count__gt=0)),
        ]
        indexes: ClassVar = [
            # The statistics of a span of months, read without touching a case; also what melts.
            models.Index(name="tally_by_month", fields=["platform", "month", "organisation", "outcome"]),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.month:%Y-%m} {self.outcome} {self.count}"
