"""What a desk keeps for the person who works at it: saved filters, and moves made on many cases at once.

Lives here: storage only. Does not live here: judging and making the moves (``bulks``), the lists (``adminkit``).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case


class SavedFilter(models.Model):
    """Somebody's own name for a way of narrowing the list of cases; ``query`` never holds what was searched for."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    platform = models.CharField(max_length=32)
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("常用筛选")
        verbose_name_plural = _("常用筛选")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            # Saving under a known name replaces; it also finds a person's own filters.
            models.UniqueConstraint(name="saved_filter_once", fields=["account", "platform", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Bulk(models.Model):
    """One move that somebody makes on many cases: a plan that can be looked at, then started once.

    ``by`` is the actor as the journal will know them; ``facts`` what all its cases share. The rows are the truth: any
    worker may go on where another stopped.
    """

    PLANNED, RUNNING, DONE = "PLANNED", "RUNNING", "DONE"

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bulks")
    post = models.ForeignKey("roster.Post", on_delete=models.CASCADE, related_name="+")
    by = models.JSONField()
    move = models.CharField(max_length=40)
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=PLANNED)
    planned_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("批量办理")
        verbose_name_plural = _("批量办理")
        indexes: ClassVar = [
            # Workers ask for what is under way; what is done does not weigh on it.
            models.Index(name="bulk_running", fields=["platform", "started_at"], condition=models.Q(state="RUNNING")),
        ]

    def __str__(self) -> str:
        return f"{self.move} {self.state}"


class BulkItem(models.Model):
    """One case of a bulk: ``seen`` is the entry that the planner had before them, ``why`` the refusal it met."""

    WAITING, DONE, REFUSED = "WAITING", "DONE", "REFUSED"

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    seen = models.PositiveIntegerField()
    organisation = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=8, default=WAITING)
    why: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            # A case stands once in a bulk.
            models.UniqueConstraint(name="bulk_item_once", fields=["bulk", "case"]),
        ]
        indexes: ClassVar = [
            # What is left to do, in the order of the list.
            models.Index(name="bulk_item_waiting", fields=["bulk", "id"], condition=models.Q(state="WAITING")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"
