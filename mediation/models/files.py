"""The register of stored files."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Blob(models.Model):
    """One content that a platform keeps, known by its SHA-256; the bytes lie sealed in the state directory.

    What the file is called, what it is for and who may read it belongs to the enclosure or draft that refers to it.
    """

    platform = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["platform", "sha256"], name="one_blob_per_content")]

    def __str__(self) -> str:
        return f"{self.platform}:{self.sha256[:12]}"
