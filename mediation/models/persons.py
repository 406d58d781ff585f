"""The people of a case and what they hand in."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import Audience, DocumentKind, IdentityKind, Institution, InvestorClass, PartyKind, Side
from roster.sealed import SealedField


class Party(models.Model):
    """One party or agent of one copy of a case, as the latest enclosure about it says.

    An agent has ``side`` empty. Sensitive numbers are sealed; ``identity_index`` finds them exactly and matches
    accounts.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="people")
    platform = models.CharField(max_length=32)
    ref = models.UUIDField()
    side = models.CharField(max_length=12, choices=Side.choices(), blank=True)
    kind = models.CharField(max_length=16, choices=PartyKind.choices(), blank=True)
    investor = models.CharField(max_length=16, choices=InvestorClass.choices(), blank=True)
    institution = models.CharField(max_length=12, choices=Institution.choices(), blank=True)
    name = models.CharField(max_length=120, blank=True)
    identity_kind = models.CharField(max_length=24, choices=IdentityKind.choices(), blank=True)
    identity_number = SealedField(blank=True, default="")
    identity_index = models.CharField(max_length=64, blank=True)
    phone = SealedField(blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True)
    account_number = SealedField(blank=True, default="")
    details = SealedField(blank=True, default="")

    class Meta:
        verbose_name = _("当事人")
        verbose_name_plural = _("当事人")
        constraints: ClassVar = [
            # A person stands once in a copy of a case.
            models.UniqueConstraint(name="party_once_per_case", fields=["case", "ref"]),
        ]
        indexes: ClassVar = [
            # A signed-in person's own cases, and a clerk's exact search by identity number.
            models.Index(
                name="party_by_identity", fields=["platform", "identity_index"], condition=~models.Q(identity_index="")
            ),
            # A clerk's exact search by phone.
            models.Index(
                name="party_by_phone", fields=["platform", "phone_index"], condition=~models.Q(phone_index="")
            ),
            # A clerk's search by part of a name reads this index alone, never the wide rows (docs/adr/0011).
            models.Index(name="party_by_name", fields=["platform", "name", "case"]),
        ]

    def __str__(self) -> str:
        return self.name

    def particulars(self) -> dict[str, Any]:
        """Return what is known beyond the columns: postal address, mailbox, wishes about service."""
        known: dict[str, Any] = json.loads(self.details) if self.details else {}
        return known


class Document(models.Model):
    """One file handed in to a case, as its enclosure describes it; the bytes are a ``Blob`` that may still be on its
    way.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=DocumentKind.choices())
    audience = models.CharField(max_length=16, choices=Audience.choices())
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    present = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("材料")
        verbose_name_plural = _("材料")
        ordering: ClassVar = ["number", "id"]
        constraints: ClassVar = [
            # A document stands once in a copy of a case.
            models.UniqueConstraint(name="document_once_per_case", fields=["case", "ref"]),
        ]
        indexes: ClassVar = [
            # Files announced but not yet fetched from the other platform.
            models.Index(name="document_missing", fields=["platform"], condition=models.Q(present=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """A mediator now serves in this copy of a case; a projection of ``sheet["mediators"]`` that lists can search."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="appointments")
    platform = models.CharField(max_length=32)
    mediator = models.CharField(max_length=36)

    class Meta:
        constraints: ClassVar = [
            # A mediator serves once in a case.
            models.UniqueConstraint(name="appointment_once", fields=["case", "mediator"]),
        ]
        indexes: ClassVar = [
            # A mediator's own work list.
            models.Index(name="appointment_by_mediator", fields=["platform", "mediator"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.mediator}"


class Claim(models.Model):
    """An account acts as this party or agent here: matched by verified identity or by a one-time invitation."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="claims")
    party = models.UUIDField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    claimed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One account stands once for one party of one copy.
            models.UniqueConstraint(name="claim_once", fields=["case", "party", "account"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"


class Invitation(models.Model):
    """A one-time code that lets its bearer take the place of one party of a case; only its digest is kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="invitations")
    party = models.UUIDField()
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("参加邀请")
        verbose_name_plural = _("参加邀请")

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"


class Draft(models.Model):
    """An application that its author has not sent yet: answers so far, sealed, and the files uploaded."""

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=20)
    answers = SealedField(default="{}")
    updated_at = models.DateTimeField()
    sent = models.CharField(max_length=36, blank=True)

    class Meta:
        verbose_name = _("申请草稿")
        verbose_name_plural = _("申请草稿")
        indexes: ClassVar = [
            # A person's own drafts, latest first.
            models.Index(name="draft_by_account", fields=["account", "platform", "-updated_at"]),
        ]

    def __str__(self) -> str:
        return str(self.ref)
