"""The due instants of a case."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import ClockKind


class Clock(models.Model):
    """Something is being waited for until ``due_at``; a projection of ``sheet["clocks"]`` that a sweep can search.

    ``rule`` is the row of ``law`` it was started under; ``lapse`` the move its end makes, empty where it only stands as
    overdue; ``owned`` whether this platform is the one to make it; ``asked_until`` up to which instant of submission
    everything that people asked for at the peer is known to have come.
    """

    RUNNING, STOPPED, LAPSED = "RUNNING", "STOPPED", "LAPSED"

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=20, choices=ClockKind.choices())
    rule = models.CharField(max_length=80)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    flag_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    owned = models.BooleanField()
    lapse = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, default=RUNNING)
    asked_until = models.DateTimeField(null=True)
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("期限")
        verbose_name_plural = _("期限")
        constraints: ClassVar = [
            # One thing is waited for once at a time.
            models.UniqueConstraint(
                name="clock_once_running", fields=["case", "kind"], condition=models.Q(state="RUNNING")
            ),
        ]
        indexes: ClassVar = [
            # The sweep asks every few seconds for what is due here; finished clocks do not weigh on it.
            models.Index(
                name="clock_due",
                fields=["platform", "due_at"],
                condition=models.Q(state="RUNNING", owned=True) & ~models.Q(lapse=""),
            ),
            # Desks list what is due soon or overdue.
            models.Index(
                name="clock_running", fields=["platform", "kind", "due_at"], condition=models.Q(state="RUNNING")
            ),
            # The first page shows what ends soonest, whatever it is; without this it would sort all that is near.
            models.Index(
                name="clock_soonest", fields=["platform", "due_at", "id"], condition=models.Q(state="RUNNING")
            ),
            # What is to be looked at before it is due is counted on every first page (N-4.5g).
            models.Index(
                name="clock_flagged",
                fields=["platform", "flag_at"],
                condition=models.Q(state="RUNNING", flag_at__isnull=False),
            ),
            # Loading a calendar recomputes provisional due dates only.
            models.Index(
                name="clock_provisional", fields=["platform"], condition=models.Q(state="RUNNING", provisional=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d}"
