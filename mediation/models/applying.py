"""What people bring along before a case has it: files on their way in, transfers from the hotline, calendar feeds.

The clients of an agent and applications not yet sent are ``Draft`` rows (``persons``).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.models.persons import Draft
from mediation.vocabulary import Audience, Cause, DocumentKind, IdentityKind, Institution, ScanState
from roster.sealed import SealedField


class Upload(models.Model):
    """One file on its way into a draft or a case, by pieces or whole; complete once it has a digest.

    Pieces lie sealed in the state directory. What is meant for a case waits here until its sender has confirmed the
    case; what was never confirmed is forgotten after a day.
    """

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="uploads")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="uploads")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=DocumentKind.choices())
    audience = models.CharField(max_length=16, choices=Audience.choices())
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        verbose_name = _("上传中的材料")
        verbose_name_plural = _("上传中的材料")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            # A file that belongs nowhere could never be handed in.
            models.CheckConstraint(
                name="upload_has_one_goal", condition=models.Q(draft__isnull=True) ^ models.Q(case__isnull=True)
            ),
        ]
        indexes: ClassVar = [
            # What somebody has ready for one case.
            models.Index(name="upload_by_account", fields=["account", "case"]),
            # What nobody has touched for a day is forgotten.
            models.Index(name="upload_by_age", fields=["platform", "touched_at"]),
            # Bytes that something still needs are not erased.
            models.Index(name="upload_by_content", fields=["platform", "sha256"], condition=~models.Q(sha256="")),
        ]

    def __str__(self) -> str:
        return self.name


class Scan(models.Model):
    """What the virus scanner has said of one stored content; there is a row only where a scanner is configured."""

    platform = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=ScanState.choices())
    threat = models.CharField(max_length=120, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("查毒结果")
        verbose_name_plural = _("查毒结果")
        constraints: ClassVar = [
            # One content has one result.
            models.UniqueConstraint(name="scan_once_per_content", fields=["platform", "sha256"]),
        ]
        indexes: ClassVar = [
            # What is still to be scanned.
            models.Index(name="scan_waiting", fields=["platform", "checked_at"], condition=models.Q(state="UNCHECKED")),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.state}"


class Transfer(models.Model):
    """A complaint that the 12386 hotline passes on with the investor's consent (投诉直转调解, law.md §5.4).

    It becomes an application only when the investor takes it over and sends it: consents are nobody else's to give
    (ZS-4; PIPL arts. 23, 29). Only the digest of the code by which it is taken over is kept.
    """

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    phone = SealedField(blank=True, default="")
    identity_kind = models.CharField(max_length=24, choices=IdentityKind.choices(), blank=True)
    identity_number = SealedField(blank=True, default="")
    identity_index = models.CharField(max_length=64, blank=True)
    respondent = models.CharField(max_length=120)
    institution = models.CharField(max_length=12, choices=Institution.choices())
    cause = models.CharField(max_length=24, choices=Cause.choices())
    amount = models.BigIntegerField(null=True)
    occurred_on = models.DateField(null=True)
    told = SealedField(default="")
    claims = SealedField(blank=True, default="")
    digest = models.CharField(max_length=64, unique=True)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=80)
    draft = models.OneToOneField(Draft, on_delete=models.SET_NULL, null=True, related_name="transfer")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("12386转办")
        verbose_name_plural = _("12386转办")
        constraints: ClassVar = [
            # A complaint is passed on once.
            models.UniqueConstraint(name="transfer_once", fields=["platform", "number"]),
        ]
        indexes: ClassVar = [
            # An investor whose identity is verified finds their own.
            models.Index(
                name="transfer_by_identity",
                fields=["platform", "identity_index"],
                condition=~models.Q(identity_index=""),
            ),
            # The service centre's list, newest first.
            models.Index(name="transfer_by_age", fields=["platform", "-entered_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number


class CalendarFeed(models.Model):
    """A secret address at which an account's clocks can be subscribed to; only the digest of the secret is kept."""

    platform = models.CharField(max_length=32)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("日历订阅")
        verbose_name_plural = _("日历订阅")
        constraints: ClassVar = [
            # A new address ends the old one.
            models.UniqueConstraint(
                name="calendar_feed_one_open",
                fields=["platform", "account"],
                condition=models.Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.account_id}"
