"""Cases carried in from another installation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import State


class ImportedPassport(models.Model):
    """One passport that was checked and taken in: a record to be read, no case that anything can be done in.

    ``platform`` holds it, ``issuer`` made and signed it (``key_id``). Its bytes are the ``Blob`` with ``sha256``, so
    that it leaves exactly as it came; what stands here is for the list. ``court`` says whose staff opens it.
    """

    platform = models.CharField(max_length=32)
    ref = models.UUIDField()
    issuer = models.CharField(max_length=32)
    key_id = models.CharField(max_length=16)
    number = models.CharField(max_length=80, blank=True)
    cause = models.CharField(max_length=24)
    state = models.CharField(max_length=24, choices=State.choices())
    court = models.CharField(max_length=20, blank=True)
    organisation = models.CharField(max_length=36, blank=True)
    entries = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    imported_at = models.DateTimeField()

    class Meta:
        verbose_name = _("导入的案件护照")
        verbose_name_plural = _("导入的案件护照")
        constraints: ClassVar = [
            # The same file taken in twice is one record.
            models.UniqueConstraint(name="passport_once", fields=["platform", "sha256"]),
        ]
        indexes: ClassVar = [
            # The desk's list, newest first.
            models.Index(name="passport_by_age", fields=["platform", "-imported_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number or str(self.ref)
