"""Agreements while they are being drafted, and what the parties say about them.

Lives here: storage only. Does not live here: what clauses say and whether an agreement may be proposed
(``mediation.clauses``), the proposed text and file (an entry of the journal with its enclosures). Nothing here crosses.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import Role
from roster.sealed import SealedField


class AgreementDraft(models.Model):
    """One version of the agreement a mediator drafts in a case: worked on, then shown to the parties, then proposed.

    ``body`` is the clauses with their variables (JSON, sealed); it never changes once ``shared_at`` stands.
    ``revision`` counts savings, so that nobody overwrites what somebody else has just written. ``digest`` is the
    SHA-256 of the file under which the version was proposed.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="agreement_drafts")
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    version = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    body = SealedField(default="{}")
    author = models.CharField(max_length=36)
    updated_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("调解协议草稿")
        verbose_name_plural = _("调解协议草稿")
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            # Versions are numbered without doubles; it also finds the versions of a case in order.
            models.UniqueConstraint(name="draft_version_once", fields=["case", "version"]),
            # One version at a time is worked on.
            models.UniqueConstraint(name="draft_one_open", fields=["case"], condition=models.Q(shared_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class DraftComment(models.Model):
    """What a party, an agent or the mediator says about one clause of a version, or about the whole (``clause`` empty).

    All parties and the mediator read it; it never leaves this platform and never enters the agreement.
    """

    draft = models.ForeignKey(AgreementDraft, on_delete=models.CASCADE, related_name="comments")
    clause = models.CharField(max_length=36, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices())
    author = models.CharField(max_length=36)
    text = SealedField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("对协议草稿的意见")
        verbose_name_plural = _("对协议草稿的意见")
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.role}"
