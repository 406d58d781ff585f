"""The journal, what its entries enclose, and the local log that never crosses."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation import chain
from mediation.models.case import Case
from mediation.vocabulary import Audience, EnclosureKind
from roster.sealed import open_bytes, seal_bytes

REPORTED = (
    "case.delegate.v1",
    "case.accept.v1",
    "case.decline.v1",
    "case.lapse_reply.v1",
    "case.sign.v1",
    "case.deliver_agreement.v1",
    "case.refuse_to_sign.v1",
    "case.stop_mediation.v1",
    "case.conclude_unsettled.v1",
    "case.lapse_mediation.v1",
    "case.refuse_consent.v1",
    "case.withdraw_consent.v1",
    "case.docket.v1",
)
"""Entries that reports ask for by the time they were made."""


class AppendOnly(Exception):
    """流水只能追加，不能修改或者删除"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class AppendOnlySet(models.QuerySet[Any]):
    """Refuses to change or delete what has been written."""

    def update(self, **values: Any) -> int:
        """Refuse."""
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnly


class CaseEvent(models.Model):
    """One entry of a case's journal as this platform holds it; numbered from 1 without gaps, chained and signed by
    its author.

    The hashed part is exactly ``body()``; ``state`` (after the entry), ``recorded_at`` and ``key`` are local.
    """

    untold: bool
    """Whether the peer has not acknowledged it yet; only where ``queries.history`` has read it."""

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    author = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.JSONField()
    facts = models.JSONField()
    clocks = models.JSONField()
    enclosures = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)
    signature = models.CharField(max_length=200)
    key_id = models.CharField(max_length=16)
    state = models.CharField(max_length=24)
    recorded_at = models.DateTimeField()
    # NULL, not "": only entries that came with a key may collide.
    key = models.CharField(max_length=80, null=True)  # noqa: DJ001

    objects = AppendOnlySet.as_manager()

    class Meta:
        verbose_name = _("案件流水")
        verbose_name_plural = _("案件流水")
        ordering: ClassVar = ["case", "number"]
        constraints: ClassVar = [
            # Gapless numbering needs that no number can be given twice.
            models.UniqueConstraint(name="event_numbered_once", fields=["case", "number"]),
            # A repeated request finds the entry it made the first time.
            models.UniqueConstraint(name="event_key_once", fields=["platform", "key"]),
        ]
        indexes: ClassVar = [
            # Anybody may check the code on a receipt: the beginning of the hash of a case's first entry.
            models.Index(name="event_receipt", fields=["platform", "hash"], condition=models.Q(number=1)),
            # What came out in a week or a quarter: reports read that span of these kinds and nothing else.
            models.Index(
                name="event_reported", fields=["platform", "kind", "at"], condition=models.Q(kind__in=REPORTED)
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
        """The declared move this entry makes: ``case.<move>.v1``."""
        return self.kind.split(".")[1]

    def body(self) -> dict[str, Any]:
        """Return the hashed part."""
        return {
            "ref": str(self.case.ref),
            "number": self.number,
            "kind": self.kind,
            "at": chain.stamp(self.at),
            "platform": self.author,
            "by": self.by,
            "facts": self.facts,
            "clocks": self.clocks,
            "enclosures": self.enclosures,
            "previous": self.previous,
            "algorithm": self.algorithm,
        }

    def entry(self) -> dict[str, Any]:
        """Return the whole entry as it crosses the wire and as ``verify_journal`` checks it."""
        return {**self.body(), "hash": self.hash, "signature": self.signature, "key": self.key_id}

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise AppendOnly


class Enclosure(models.Model):
    """Text, personal data or the description of a document, bound to its entry by a salted digest and sealed at rest.

    Erasing clears content and salt; the entry's digest stays, so the chain stays whole. ``about`` names the party
    concerned.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="enclosures")
    number = models.PositiveIntegerField(null=True)
    request = models.ForeignKey("mediation.Request", on_delete=models.CASCADE, null=True, related_name="enclosures")
    kind = models.CharField(max_length=16, choices=EnclosureKind.choices())
    audience = models.CharField(max_length=16, choices=Audience.choices())
    about = models.CharField(max_length=36, blank=True)
    digest = models.CharField(max_length=64)
    salt = models.CharField(max_length=32, blank=True)
    sealed = models.BinaryField(blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("附件内容")
        verbose_name_plural = _("附件内容")
        indexes: ClassVar = [
            # A case page reads the texts of one case in journal order.
            models.Index(name="enclosure_by_entry", fields=["case", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"

    def content(self) -> dict[str, Any]:
        """Return what was enclosed; an empty dict once erased."""
        if self.erased_at or not self.sealed:
            return {}
        return json.loads(open_bytes(bytes(self.sealed)))

    def put(self, content: bytes) -> None:
        """Seal the canonical content for keeping."""
        self.sealed = seal_bytes(content)

    def reference(self) -> dict[str, str]:
        """Return what the journal entry says of this enclosure."""
        return {"kind": self.kind, "audience": self.audience, "about": self.about, "digest": self.digest}


class LocalEntry(models.Model):
    """One entry of a platform's own log: reveals, reads, delivery traces; a chain per case, which never crosses.

    ``chain`` is the case's reference, or empty for what concerns no case.
    """

    platform = models.CharField(max_length=32)
    chain = models.CharField(max_length=36, blank=True)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    by = models.JSONField()
    facts = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)

    objects = AppendOnlySet.as_manager()

    class Meta:
        verbose_name = _("本平台日志")
        verbose_name_plural = _("本平台日志")
        constraints: ClassVar = [
            # Gapless numbering within each chain.
            models.UniqueConstraint(name="local_entry_numbered_once", fields=["platform", "chain", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.chain or self.platform} #{self.number} {self.kind}"

    def body(self) -> dict[str, Any]:
        """Return the hashed part."""
        return {
            "chain": self.chain,
            "number": self.number,
            "kind": self.kind,
            "at": chain.stamp(self.at),
            "platform": self.platform,
            "by": self.by,
            "facts": self.facts,
            "previous": self.previous,
            "algorithm": self.algorithm,
        }
