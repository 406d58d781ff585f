"""The journal of the roster's aggregates, what the peer is still to be told of it, and the series of certificates."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation import chain


class AppendOnly(Exception):
    """流水只能追加，不能修改或者删除"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class AppendOnlySet(models.QuerySet["RosterEvent"]):
    """Refuses to change or delete what has been written."""

    def update(self, **values: Any) -> int:
        """Refuse."""
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnly


class RosterEvent(models.Model):
    """One entry of an aggregate's journal as this platform holds it; numbered from 1 without gaps, chained and signed.

    The hashed part is exactly ``body()``, of the same shape as a case's entry; ``state`` (after it) and ``recorded_at``
    are local.
    """

    platform = models.CharField(max_length=32)
    aggregate = models.CharField(max_length=16)
    ref = models.UUIDField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    author = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.JSONField()
    facts = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)
    signature = models.CharField(max_length=200)
    key_id = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()

    objects = AppendOnlySet.as_manager()

    class Meta:
        verbose_name = _("名册流水")
        verbose_name_plural = _("名册流水")
        ordering: ClassVar = ["ref", "number"]
        constraints: ClassVar = [
            # Gapless numbering needs that no number can be given twice.
            models.UniqueConstraint(
                name="roster_event_numbered_once", fields=["platform", "aggregate", "ref", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse to change an entry that is written."""
        if self.pk:
            raise AppendOnly
        super().save(*args, **kwargs)

    @property
    def move(self) -> str:
        """The declared move this entry makes: ``roster.<aggregate>.<move>.v1``."""
        return self.kind.split(".")[2]

    def body(self) -> dict[str, Any]:
        """Return the hashed part."""
        return {
            "ref": str(self.ref),
            "number": self.number,
            "kind": self.kind,
            "at": chain.stamp(self.at),
            "platform": self.author,
            "by": self.by,
            "facts": self.facts,
            "clocks": [],
            "enclosures": [],
            "previous": self.previous,
            "algorithm": self.algorithm,
        }

    def entry(self) -> dict[str, Any]:
        """Return the whole entry as it crosses the wire and as ``verify_journal`` checks it."""
        return {**self.body(), "hash": self.hash, "signature": self.signature, "key": self.key_id}

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnly


class RosterDelivery(models.Model):
    """One entry that the peer is to be told; written with the entry itself, so journal and deliveries are the outbox.

    ``WAITING`` until ``receipt``, the peer's latest signed word on it, says that it was applied; ``PARKED`` if the peer
    refused it as a breach of protocol.
    """

    WAITING, APPLIED, PARKED = "WAITING", "APPLIED", "PARKED"

    platform = models.CharField(max_length=32)
    event = models.OneToOneField(RosterEvent, on_delete=models.PROTECT, related_name="delivery")
    envelope = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=8, default=WAITING)
    since = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    receipt: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        verbose_name = _("待送名册流水")
        verbose_name_plural = _("待送名册流水")
        indexes: ClassVar = [
            # The post asks every second for what is not yet told; what is done does not weigh on it.
            models.Index(
                name="roster_delivery_waiting", fields=["platform", "next_at"], condition=~models.Q(state="APPLIED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"


class CertificateSeries(models.Model):
    """The last certificate number given out by a court in a year, for organisations and for mediators."""

    platform = models.CharField(max_length=32)
    court = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    entrant = models.CharField(max_length=12)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("证书编号序列")
        verbose_name_plural = _("证书编号序列")
        constraints: ClassVar = [
            # One series for each court, year and kind of entrant.
            models.UniqueConstraint(name="certificate_series_once", fields=["platform", "court", "year", "entrant"]),
        ]

    def __str__(self) -> str:
        return f"{self.court} {self.year} {self.last}"
