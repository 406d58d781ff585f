"""What this project asks of whoever issues certificates, and finding the one that the settings name.

Lives here: the interface. Does not live here: the built-in authority (``authority``); a licensed one is a class of the
deployment's own, named by ``CERTIFICATE_PROVIDER``.
Called by: ``assembling``, ``verification``, commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from mediation.vocabulary import Role


class CertificateRefused(Exception):
    """证书没有签发，或者证书服务暂时不可用"""

    def __init__(self, why: str = "") -> None:
        super().__init__(why or self.__doc__)


@dataclass(frozen=True)
class Subject:
    """Whom a certificate names: ``ref`` is opaque, ``entry`` the hash of the journal entry that is the signing."""

    ref: str
    name: str
    role: Role
    entry: str
    acting_for: str = ""


@dataclass(frozen=True)
class Credential:
    """A certificate for one act of signing; ``chain`` leads from its issuer up to a root, all DER.

    ``handle`` is the provider's own: a key in memory, or what a remote service calls the key it holds.
    """

    serial: str
    certificate: bytes
    chain: tuple[bytes, ...]
    expires_at: datetime
    handle: Any = None


@dataclass(frozen=True)
class Standing:
    """What a provider says of one of its certificates: known at all, and revoked since when."""

    known: bool
    revoked_at: datetime | None = None
    reason: str = ""


class CertificateProvider(Protocol):
    """Whoever issues certificates for signers of one platform. Each method may raise CertificateRefused."""

    def __init__(self, platform: str) -> None:
        """Serve one platform."""

    def issue(self, subject: Subject, at: datetime) -> Credential:
        """Issue a short-lived certificate for this act of signing, with a fresh key that serves nothing else."""

    def sign(self, credential: Credential, digest: bytes) -> bytes:
        """Return the signature over a SHA-256 digest by the credential's key: ECDSA in DER, or RSA by PKCS #1 v1.5 with
        a key of 2048 bits or more, whichever the certificate is for.
        """

    def revoke(self, serial: str, reason: str, at: datetime) -> None:
        """Have a certificate hold no longer from now on."""

    def standing(self, serial: str) -> Standing:
        """Return what is known of a certificate."""

    def roots(self) -> list[bytes]:
        """Return the certificates (DER) on which everything this provider ever issued rests."""


def provider(platform: str) -> CertificateProvider:
    """Return the provider that the settings name, for one platform."""
    found: CertificateProvider = import_string(settings.CERTIFICATE_PROVIDER)(platform)
    return found
