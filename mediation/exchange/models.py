"""The rows of the post office.

Lives here: storage only. Does not live here: what is still to be told or asked (``Delivery``, ``Request`` of
``mediation``).
Called by: the modules of this room.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models import Case, Document
from mediation.vocabulary import Term, gettext_noop


class Outcome(Term):
    """What a receipt says of an envelope."""

    APPLIED = "APPLIED", gettext_noop("已办理")
    WAITING = "WAITING", gettext_noop("等待")
    PARKED = "PARKED", gettext_noop("搁置待查")


class Inbound(models.Model):
    """One envelope this platform has heard, under its id, with the receipt it last gave.

    ``APPLIED`` is repeated verbatim; ``WAITING`` and ``PARKED`` are judged again at each hearing and keep the
    envelope, whose contents are still sealed, for a human to look at. ``digest`` is the hash it carried and tells
    whether the same id brings the same thing.
    """

    platform = models.CharField(max_length=32)
    envelope = models.UUIDField()
    source = models.CharField(max_length=32)
    ref = models.CharField(max_length=36)
    number = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome.choices())
    why = models.CharField(max_length=200, blank=True)
    first_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    receipt: models.JSONField[Any, Any] = models.JSONField()
    body: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        verbose_name = _("收到的信封")
        verbose_name_plural = _("收到的信封")
        constraints: ClassVar = [
            # Nothing happens twice: an envelope is known by its id.
            models.UniqueConstraint(name="inbound_once", fields=["platform", "envelope"]),
        ]
        indexes: ClassVar = [
            # The desk lists what waits or is parked; what is done does not weigh on it.
            models.Index(
                name="inbound_open", fields=["platform", "outcome", "heard_at"], condition=~models.Q(outcome="APPLIED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} #{self.number} {self.outcome}"


class Receipt(models.Model):
    """The latest receipt the peer signed for one envelope of this platform: the proof that it did what it says."""

    platform = models.CharField(max_length=32)
    envelope = models.UUIDField()
    peer = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="receipts")
    number = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=60)
    outcome = models.CharField(max_length=8, choices=Outcome.choices())
    at = models.DateTimeField()
    body: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        verbose_name = _("对方回执")
        verbose_name_plural = _("对方回执")
        constraints: ClassVar = [
            # One envelope, one latest receipt.
            models.UniqueConstraint(name="receipt_once", fields=["platform", "envelope"]),
        ]
        indexes: ClassVar = [
            # A case page shows how far the peer has confirmed.
            models.Index(name="receipt_by_case", fields=["case", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.number} {self.outcome}"


class Peer(models.Model):
    """How this platform stands with its peer.

    ``own_epoch`` counts this platform's restores, ``epoch`` is the highest the peer has shown; ``read_only`` while this
    platform is being reconciled after a restore; ``skew`` is by how many seconds the peer's clock is ahead;
    ``leased_until`` keeps two workers from telling the same thing at once (were it to fail, they only tell it twice).
    """

    platform = models.CharField(max_length=32)
    peer = models.CharField(max_length=32)
    own_epoch = models.PositiveIntegerField(default=1)
    epoch = models.PositiveIntegerField(default=1)
    read_only = models.BooleanField(default=False)
    skew = models.IntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    last_error_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        verbose_name = _("对方平台")
        verbose_name_plural = _("对方平台")
        constraints: ClassVar = [
            # One standing for each pair.
            models.UniqueConstraint(name="peer_once", fields=["platform", "peer"]),
        ]

    def __str__(self) -> str:
        return f"{self.platform} → {self.peer}"


class Nonce(models.Model):
    """One signed request already heard; kept as long as its time stamp would still be taken for fresh."""

    platform = models.CharField(max_length=32)
    peer = models.CharField(max_length=32)
    nonce = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # A signed request is heard once.
            models.UniqueConstraint(name="nonce_once", fields=["platform", "peer", "nonce"]),
        ]
        indexes: ClassVar = [
            # Old ones are cleared away.
            models.Index(name="nonce_by_expiry", fields=["expires_at"]),
        ]

    def __str__(self) -> str:
        return self.nonce


class Fetch(models.Model):
    """A file that was announced and could not be had yet: how often it was asked for and when next."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="fetch")
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("待取文件")
        verbose_name_plural = _("待取文件")

    def __str__(self) -> str:
        return f"{self.document_id} {self.attempts}"
