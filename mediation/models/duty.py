"""Who answers for a firm that has many cases, and who is away: a firm's desk, and the leave of mediators.

Lives here: storage only. Does not live here: who may open the firm's cases (``roster`` posts, ``rights``), who is on
duty at an instant (``duty``).
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import Power


class DeskInvitation(models.Model):
    """A one-time code by which one person takes a place at a firm's desk; only its digest is kept.

    ``name`` is what the firm calls the person, ``power`` what it lets them do in its name (CPL-62).
    """

    platform = models.CharField(max_length=32)
    firm = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_invitations")
    name = models.CharField(max_length=60)
    power = models.CharField(max_length=12, choices=Power.choices())
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("经办人邀请")
        verbose_name_plural = _("经办人邀请")
        ordering: ClassVar = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.firm_id} {self.name}"


class Handling(models.Model):
    """Who at a firm's desk handles one case for it, and who does so while the first is away.

    Without a row the whole desk does. Each platform keeps its own: it says who is told, never who may act.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handlings")
    party = models.UUIDField()
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="handlings")
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="substitutions"
    )
    assigned_at = models.DateTimeField()
    assigned_by = models.CharField(max_length=36)

    class Meta:
        verbose_name = _("案件经办")
        verbose_name_plural = _("案件经办")
        constraints: ClassVar = [
            # A party's case is handled by one person at a time.
            models.UniqueConstraint(name="handling_once", fields=["case", "party"]),
            # Nobody stands in for themselves.
            models.CheckConstraint(
                name="handling_substitute_is_another",
                condition=models.Q(substitute__isnull=True) | ~models.Q(substitute=models.F("handler")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.handler_id}"


class Absence(models.Model):
    """Days on which somebody is away, both ends included: a mediator by their file's reference, or somebody at a firm's
    desk by their account's.

    Taken back by ``ended_at``, never deleted: who was told what then can be explained later.
    """

    platform = models.CharField(max_length=32)
    who = models.UUIDField()
    since = models.DateField()
    until = models.DateField()
    noted_at = models.DateTimeField()
    noted_by = models.CharField(max_length=36)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("请假")
        verbose_name_plural = _("请假")
        ordering: ClassVar = ["since", "pk"]
        constraints: ClassVar = [
            # Nobody comes back before they have left.
            models.CheckConstraint(name="absence_ends_after_start", condition=models.Q(until__gte=models.F("since"))),
        ]
        indexes: ClassVar = [
            # Whoever is told something, or takes a turn, is asked about by day.
            models.Index(
                name="absence_by_person",
                fields=["platform", "who", "until"],
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.since}–{self.until}"
