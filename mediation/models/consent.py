"""Being asked by link; the messages that carry links and codes are those of ``telling``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case


class ConsentLink(models.Model):
    """One party of one copy of a case is asked, by a link to its telephone, what it says to these stages.

    Only the token's digest is kept; ``phone_index`` is the number the link and its codes went to. ``answers`` maps
    stage to YES, NO, LATER or WITHDRAWN; ``wrong`` counts codes mistyped, and too many kill the link.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consent_links")
    party = models.UUIDField()
    stages = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    phone_index = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("征求意见链接")
        verbose_name_plural = _("征求意见链接")
        constraints: ClassVar = [
            # A link that asks nothing could only confuse.
            models.CheckConstraint(name="consent_link_asks", condition=~models.Q(stages=[])),
            # Its codes go to a telephone, or nobody could ever open it.
            models.CheckConstraint(name="consent_link_has_phone", condition=~models.Q(phone_index="")),
        ]
        indexes: ClassVar = [
            # A clerk sees the links of a case, newest first; a new one ends the older ones of the same party.
            models.Index(name="consent_link_by_case", fields=["case", "party", "-issued_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"
