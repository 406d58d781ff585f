"""The keys of this platform and the public keys of its peer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from roster.sealed import SealedField


class PlatformKey(models.Model):
    """One key pair of ``platform``: for signing entries, receipts and requests, or for sealing enclosures to it.

    ``own``: this deployment is that platform and holds ``private``, sealed at rest. A retired key signs nothing new
    but still verifies;
    a revoked one verifies only what was received before ``revoked_at``.
    """

    SIGN, SEAL = "SIGN", "SEAL"

    platform = models.CharField(max_length=32)
    purpose = models.CharField(max_length=4)
    key_id = models.CharField(max_length=16)
    public = models.CharField(max_length=200)
    own = models.BooleanField(default=False)
    private = SealedField(blank=True, default="")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("平台密钥")
        verbose_name_plural = _("平台密钥")
        constraints: ClassVar = [
            # An entry names its key by platform and id.
            models.UniqueConstraint(name="key_once_per_platform", fields=["platform", "key_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.purpose} {self.key_id}"
