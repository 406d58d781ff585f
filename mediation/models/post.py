"""What the other platform is still to be told or asked."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case


class Announcement(models.Model):
    """What the peer of one platform last said of itself.

    ``kinds`` are the kinds of entries its version can read, ``keeps`` those of them that never change the state;
    ``tells`` whether it says what people asked for there, so that clocks may wait for it (ADR 8); ``unread`` the kinds
    this platform chained without being able to read them.
    """

    platform = models.CharField(max_length=32, unique=True)
    kinds: models.JSONField[Any, Any] = models.JSONField(default=list)
    keeps: models.JSONField[Any, Any] = models.JSONField(default=list)
    unread: models.JSONField[Any, Any] = models.JSONField(default=list)
    tells = models.BooleanField(default=False)
    heard_at = models.DateTimeField()

    class Meta:
        verbose_name = _("对方平台的声明")
        verbose_name_plural = _("对方平台的声明")

    def __str__(self) -> str:
        return f"{self.platform} {self.heard_at:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """One entry that the peer is to be told; written with the entry itself, so journal and deliveries are the outbox.

    ``WAITING`` until a receipt says the peer has applied it; ``PARKED`` if the peer refused it as a breach of protocol.
    """

    WAITING, APPLIED, PARKED = "WAITING", "APPLIED", "PARKED"

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deliveries")
    number = models.PositiveIntegerField()
    envelope = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=8, default=WAITING)
    since = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("待送流水")
        verbose_name_plural = _("待送流水")
        constraints: ClassVar = [
            # An entry is told once.
            models.UniqueConstraint(name="delivery_once_per_entry", fields=["case", "number"]),
        ]
        indexes: ClassVar = [
            # The post asks every second for what is not yet told; what is done does not weigh on it.
            models.Index(name="delivery_waiting", fields=["platform", "next_at"], condition=~models.Q(state="APPLIED")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} #{self.number} {self.state}"


class Request(models.Model):
    """A move a person asked for here that only the other platform may write.

    ``WAITING`` until the owner has judged it: ``DONE`` (the entry itself is the answer) or ``REFUSED`` with guard,
    article
    and next step in ``refusal``.
    """

    WAITING, DONE, REFUSED = "WAITING", "DONE", "REFUSED"

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requests")
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    move = models.CharField(max_length=40)
    by = models.JSONField()
    at = models.DateTimeField()
    facts = models.JSONField()
    # NULL, not "": only requests that came with a key may collide.
    key = models.CharField(max_length=80, null=True)  # noqa: DJ001
    state = models.CharField(max_length=8, default=WAITING)
    refusal: models.JSONField[Any, Any] = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("待答请求")
        verbose_name_plural = _("待答请求")
        constraints: ClassVar = [
            # A repeated submission finds the request it made the first time.
            models.UniqueConstraint(name="request_key_once", fields=["platform", "key"]),
        ]
        indexes: ClassVar = [
            # The post asks every second for what is not yet answered.
            models.Index(name="request_waiting", fields=["platform", "next_at"], condition=models.Q(state="WAITING")),
            # Desks and lists look for what was refused of late.
            models.Index(
                name="request_refused", fields=["platform", "answered_at"], condition=models.Q(state="REFUSED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.move} {self.state}"
