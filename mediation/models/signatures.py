"""Electronic signatures under agreements: the certificate authority's keys and register, signed files, signing links.

Lives here: storage only. Does not live here: issuing, signing, verifying (``mediation.signatures``). Who signed what
and when is the journal's to say; these rows hold the evidence made of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.models.journal import CaseEvent
from mediation.vocabulary import Role
from roster.sealed import SealedField


class Authority(models.Model):
    """One key of the built-in certificate authority of a platform: its root, or the issuing key that the root vouches
    for.

    A retired key issues nothing new; what it issued stays valid. ``private`` is sealed at rest.
    """

    ROOT, ISSUING = "ROOT", "ISSUING"

    platform = models.CharField(max_length=32)
    rank = models.CharField(max_length=8)
    serial = models.CharField(max_length=40, unique=True)
    certificate = models.TextField()
    private = SealedField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("证书签发密钥")
        verbose_name_plural = _("证书签发密钥")
        constraints: ClassVar = [
            # Two workers that find no key make one between them.
            models.UniqueConstraint(
                name="authority_one_in_force", fields=["platform", "rank"], condition=models.Q(retired_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.rank} {self.serial}"


class Certificate(models.Model):
    """One certificate that was issued for one act of signing; kept at least five years after it expires.

    ``subject`` is the signer's opaque reference; the name stands in the certificate, which is sealed at rest.
    """

    platform = models.CharField(max_length=32)
    serial = models.CharField(max_length=40)
    role = models.CharField(max_length=20, choices=Role.choices())
    subject = models.CharField(max_length=36)
    issuer = models.CharField(max_length=40)
    certificate = SealedField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("签名证书")
        verbose_name_plural = _("签名证书")
        constraints: ClassVar = [
            # A serial names one certificate for ever.
            models.UniqueConstraint(name="certificate_serial_once", fields=["platform", "serial"]),
        ]
        indexes: ClassVar = [
            # The list of revoked certificates is made of these rows alone.
            models.Index(
                name="certificate_revoked", fields=["platform", "issuer"], condition=models.Q(revoked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.serial}"


class SignedAgreement(models.Model):
    """The signed file of one version of a case's agreement, as far as it has been assembled; void once the version is.

    ``digest`` is what the parties signed (the journal's), ``original`` the SHA-256 of the unsigned file that the
    signed one begins with, ``sha256`` that of the file now; ``root`` the SHA-256 of the certificate everything rests
    on. On the platform that only received it, there are no ``signatures``. ``next_at`` is when somebody looks at it
    even though nobody has signed since; until ``held_until`` a worker has it, or it is left alone after a failure.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="signed_agreements")
    version = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=19)
    digest = models.CharField(max_length=64)
    original = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64, blank=True)
    assembled = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("已签调解协议")
        verbose_name_plural = _("已签调解协议")
        constraints: ClassVar = [
            # A version is assembled once, whoever comes first.
            models.UniqueConstraint(name="signed_version_once", fields=["case", "version"]),
            # Whoever types a verification code finds one agreement.
            models.UniqueConstraint(name="signed_code_once", fields=["platform", "code"]),
        ]
        indexes: ClassVar = [
            # An uploaded file is looked for by its SHA-256.
            models.Index(name="signed_by_sha256", fields=["platform", "sha256"]),
            models.Index(name="signed_by_original", fields=["platform", "original"]),
            # Workers ask for what is still to be done; finished files do not weigh on it.
            models.Index(name="signed_due", fields=["platform", "next_at"], condition=models.Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code


class Signature(models.Model):
    """One ``sign`` entry of the journal as a signature in the file: with which certificate, and the file after it."""

    agreement = models.ForeignKey(SignedAgreement, on_delete=models.CASCADE, related_name="signatures")
    event = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="signature_made")
    place = models.PositiveSmallIntegerField()
    serial = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = _("电子签名")
        verbose_name_plural = _("电子签名")
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            # Signatures stand one after another.
            models.UniqueConstraint(name="signature_place_once", fields=["agreement", "place"]),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} #{self.place}"


class SignedDecision(models.Model):
    """One ruling or decree of a court as a file that bears its electronic seal: which entry it is of, who is named.

    ``judge`` and ``clerk`` are as they stand in the document, ``serial`` the court's certificate, ``root`` the SHA-256
    of the certificate it rests on. ``sha256`` is empty until the file is made; ``next_at`` is when it is tried again.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="signed_decisions")
    event = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="decision_made")
    code = models.CharField(max_length=19)
    judge = models.CharField(max_length=120, blank=True)
    clerk = models.CharField(max_length=120, blank=True)
    serial = models.CharField(max_length=40, blank=True)
    root = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("已签裁判文书")
        verbose_name_plural = _("已签裁判文书")
        constraints: ClassVar = [
            # Whoever types a verification code finds one document.
            models.UniqueConstraint(name="decision_code_once", fields=["platform", "code"]),
        ]
        indexes: ClassVar = [
            # An uploaded file is looked for by its SHA-256.
            models.Index(name="decision_by_sha256", fields=["platform", "sha256"]),
        ]

    def __str__(self) -> str:
        return self.code


class SigningLink(models.Model):
    """One party of one copy of a case may sign one exact version of the agreement by a link to its telephone.

    Only the token's digest is kept. It dies with the version, like a consent link when it is revoked or replaced, past
    its time, when the party's number changes or after too many wrong codes.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="signing_links")
    party = models.UUIDField()
    version = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    phone_index = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("签名链接")
        verbose_name_plural = _("签名链接")
        constraints: ClassVar = [
            # Its codes go to a telephone, or nobody could ever open it.
            models.CheckConstraint(name="signing_link_has_phone", condition=~models.Q(phone_index="")),
        ]
        indexes: ClassVar = [
            # The links of a case, newest first; a new one ends the older ones of the same party.
            models.Index(name="signing_link_by_case", fields=["case", "party", "-issued_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"
