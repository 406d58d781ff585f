"""The built-in certificate authority: a root, an issuing key below it, and a certificate for each act of signing.

Lives here: its keys, its register, its list of revoked certificates. Does not live here: who may have one (whoever has
made the move ``sign``). No licence stands behind it: between people who agreed on this platform's signatures it meets
article 13 of the 电子签名法, and where a licensed certificate is wanted the settings name another provider.
Called by: ``providers`` by name, ``manage.py signing_authority``, the public pages (root and list).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction

from mediation.models import Authority, Certificate
from mediation.signatures.providers import CertificateRefused, Credential, Standing, Subject

ROOT_LIFE = timedelta(days=20 * 365)
ISSUING_LIFE = timedelta(days=5 * 365)
LIFE = timedelta(hours=24)
BEFOREHAND = timedelta(minutes=5)
LIST_LIFE = timedelta(days=7)


class BuiltInAuthority:
    """The provider that needs nothing from outside."""

    def __init__(self, platform: str) -> None:
        """Serve one platform; its keys are made when they are first needed."""
        self.platform = platform

    def issue(self, subject: Subject, at: datetime) -> Credential:
        """Issue a certificate for 24 hours; its key exists in memory only and is gone with the credential."""
        issuing = self._in_force(Authority.ISSUING, at)
        key = ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        names = [
            x509.NameAttribute(NameOID.COMMON_NAME, subject.name[:64] or subject.ref),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, subject.ref[:64]),
            x509.NameAttribute(NameOID.TITLE, subject.role.value),
        ]
        if subject.acting_for:
            names.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, subject.acting_for[:64]))
        parent, parent_key = _certificate(issuing), _key(issuing)
        made = (
            _builder(x509.Name(names), parent.subject, key.public_key(), serial, at, LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectAlternativeName([_entry_name(subject.entry)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key()), critical=False)
            .sign(parent_key, hashes.SHA256())
        )
        Certificate.objects.create(
            platform=self.platform,
            serial=_hex(serial),
            role=subject.role.value,
            subject=subject.ref,
            issuer=issuing.serial,
            certificate=made.public_bytes(serialization.Encoding.PEM).decode(),
            issued_at=at,
            expires_at=at + LIFE,
        )
        return Credential(_hex(serial), _der(made), (_der(parent), self._root_of(parent)), at + LIFE, handle=key)

    def sign(self, credential: Credential, digest: bytes) -> bytes:
        """Sign with the key that was made for this act."""
        key = credential.handle
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise CertificateRefused("the key of this certificate is gone")
        return key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))

    def revoke(self, serial: str, reason: str, at: datetime) -> None:
        """Note that a certificate holds no longer; revoking twice changes nothing."""
        rows = Certificate.objects.filter(platform=self.platform, serial=serial)
        if not rows.exists():
            raise CertificateRefused(f"no certificate {serial}")
        rows.filter(revoked_at=None).update(revoked_at=at, reason=reason[:200])

    def standing(self, serial: str) -> Standing:
        """Return what the register says."""
        row = Certificate.objects.filter(platform=self.platform, serial=serial).first()
        return Standing(True, row.revoked_at, row.reason) if row else Standing(False)

    def roots(self) -> list[bytes]:
        """Return every root this platform ever had."""
        rows = Authority.objects.filter(platform=self.platform, rank=Authority.ROOT).order_by("created_at")
        return [_der(_certificate(row)) for row in rows]

    # What only this provider does.

    def rotate(self, at: datetime, *, root: bool = False) -> Authority:
        """This function will issue with a fresh key from now on, below a fresh root if asked for; what the old ones
        issued stays valid.
        """
        with transaction.atomic():
            ranks = (Authority.ROOT, Authority.ISSUING) if root else (Authority.ISSUING,)
            Authority.objects.filter(platform=self.platform, rank__in=ranks, retired_at=None).update(retired_at=at)
            return self._in_force(Authority.ISSUING, at)

    def revocations(self, at: datetime) -> bytes:
        """Return the list of revoked certificates (CRL, DER) of the issuing key in force, good for seven days."""
        issuing = self._in_force(Authority.ISSUING, at)
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_certificate(issuing).subject)
            .last_update(at)
            .next_update(at + LIST_LIFE)
        )
        rows = Certificate.objects.filter(
            platform=self.platform, issuer=issuing.serial, revoked_at__isnull=False
        ).order_by("serial")
        for row in rows:
            assert row.revoked_at is not None
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(row.serial, 16))
                .revocation_date(row.revoked_at)
                .build()
            )
        return made.sign(_key(issuing), hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _in_force(self, rank: str, at: datetime) -> Authority:
        """Return the key of this rank, made now if there is none or its own end is near."""
        found = self._find(rank)
        needed = LIFE if rank == Authority.ISSUING else ISSUING_LIFE
        if found and found.expires_at >= at + needed:
            return found
        try:
            with transaction.atomic():
                if found:
                    Authority.objects.filter(pk=found.pk).update(retired_at=at)
                return self._make(rank, at)
        except IntegrityError:
            made = self._find(rank)
            if made is None:
                raise
            return made

    def _root_of(self, issuing: x509.Certificate) -> bytes:
        """Return the root that vouched for an issuing certificate, in force still or not."""
        rows = Authority.objects.filter(platform=self.platform, rank=Authority.ROOT)
        return next(_der(root) for root in map(_certificate, rows) if root.subject == issuing.issuer)

    def _find(self, rank: str) -> Authority | None:
        return Authority.objects.filter(platform=self.platform, rank=rank, retired_at=None).first()

    def _make(self, rank: str, at: datetime) -> Authority:
        key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
        top = rank == Authority.ROOT
        life = ROOT_LIFE if top else ISSUING_LIFE
        called = f"{self.platform} {'Root' if top else 'Issuing'} CA {_hex(serial)[:8]}"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
        parent = None if top else self._in_force(Authority.ROOT, at)
        parent_key = key if parent is None else _key(parent)
        made = (
            _builder(name, name if parent is None else _certificate(parent).subject, key.public_key(), serial, at, life)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1 if top else 0), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key()), critical=False)
            .sign(parent_key, hashes.SHA256())
        )
        return Authority.objects.create(
            platform=self.platform,
            rank=rank,
            serial=_hex(serial),
            certificate=made.public_bytes(serialization.Encoding.PEM).decode(),
            private=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            created_at=at,
            expires_at=at + life,
        )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    serial: int,
    at: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(at - BEFOREHAND)
        .not_valid_after(at + life)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_cert_sign=not signs,
        crl_sign=not signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _entry_name(entry: str) -> x509.GeneralName:
    """Name the journal entry in the certificate: it serves this one act."""
    return x509.UniformResourceIdentifier(f"urn:journal-entry:{entry}")


def _hex(serial: int) -> str:
    return f"{serial:040x}"


def _certificate(row: Authority) -> x509.Certificate:
    return x509.load_pem_x509_certificate(row.certificate.encode())


def _key(row: Authority) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(row.private.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
