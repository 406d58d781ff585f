"""What programmes are owed: answers kept for repeated submissions, the order of changes, subscriptions to them.

Lives here: storage only. Does not live here: who a programme is (``roster.models.Client``), reading in order
(``feed``), delivering (``exchange.callbacks``).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case


class KeptAnswer(models.Model):
    """The answer to a submission that came with a key, kept sealed so that a repetition gets the very same one.

    Written in the transaction of the act itself: there is never an act without its answer, nor the reverse.
    """

    platform = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    sealed = models.BinaryField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("已作出的答复")
        verbose_name_plural = _("已作出的答复")
        constraints: ClassVar = [
            # Two first submissions under one key cannot both be carried out: the second waits here for the first.
            models.UniqueConstraint(name="kept_answer_once", fields=["platform", "key"]),
        ]
        indexes: ClassVar = [
            # Old answers are swept.
            models.Index(name="kept_answer_age", fields=["made_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.status}"


class Change(models.Model):
    """One journal entry in the order in which readers learn of entries; ``position`` is given once it is committed.

    It is about a case, or about a row of the roster: then ``aggregate`` and ``row`` say which. ``seat`` is the
    organisation that had the case when the entry was made: it is told of what took the case from it.
    Keys of rows are given out before they can be read, so that a reader who goes by them may pass one by. Positions are
    given by one reader at a time (``feed.number``), to what has been committed: what is passed is passed for good.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="changes")
    aggregate = models.CharField(max_length=16, blank=True)
    row = models.UUIDField(null=True)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=24)
    seat = models.CharField(max_length=36, blank=True, default="")
    at = models.DateTimeField()
    position = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name = _("变更")
        verbose_name_plural = _("变更")
        constraints: ClassVar = [
            # Readers go on after the last position they have seen; no two entries share one.
            models.UniqueConstraint(name="change_position_once", fields=["platform", "position"]),
            # Every change is one of exactly one thing.
            models.CheckConstraint(
                name="change_of_case_or_row",
                condition=Q(case__isnull=False, row__isnull=True, aggregate="")
                | Q(case__isnull=True, row__isnull=False) & ~Q(aggregate=""),
            ),
        ]
        indexes: ClassVar = [
            # What has no position yet is asked for by every reader; what has one does not weigh on it.
            models.Index(name="change_unnumbered", fields=["platform", "id"], condition=Q(position__isnull=True)),
            # Readers of the roster's changes need not pass by those of all cases.
            models.Index(name="change_of_roster", fields=["platform", "position"], condition=Q(case__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.case_id or self.row} #{self.number}"


class FeedHead(models.Model):
    """The last position given on a platform; locked by whoever gives the next ones."""

    platform = models.CharField(max_length=32, unique=True)
    position = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("变更序号")
        verbose_name_plural = _("变更序号")

    def __str__(self) -> str:
        return f"{self.platform} {self.position}"


class Subscription(models.Model):
    """Where a client wants to be told of changes, of which kinds, and how far it has been told.

    ``reached`` is a position in the feed: the journal is the queue, and setting it back replays. A subscription that
    could not be served for long is disabled, and says why.
    """

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    client = models.ForeignKey("roster.Client", on_delete=models.CASCADE, related_name="subscriptions")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(_("接收地址"), max_length=500)
    kinds: models.JSONField[Any, Any] = models.JSONField(_("种类"), default=list)
    reached = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(_("创建时间"))
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(_("停用时间"), null=True)
    why = models.CharField(_("停用原因"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("变更通知订阅")
        verbose_name_plural = _("变更通知订阅")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            # The deliverer asks every few seconds for what is due.
            models.Index(
                name="subscription_due", fields=["platform", "next_at"], condition=Q(disabled_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.ref}"


class Callback(models.Model):
    """One attempt to tell a subscriber of one change, and what the receiver answered; swept after a while."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="callbacks")
    position = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    why = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("变更通知送达记录")
        verbose_name_plural = _("变更通知送达记录")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            # A subscriber reads its own deliveries, newest first.
            models.Index(name="callback_by_subscription", fields=["subscription", "-id"]),
            # Old attempts are swept.
            models.Index(name="callback_age", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.position} {self.status or self.why}"
