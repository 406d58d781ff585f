"""Whoever issues certificates: the same contract for the built-in authority and for one put in its place."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cache
from io import StringIO
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from django.core.management import call_command
from django.db import connection

from mediation.models import Authority, Certificate, SignedAgreement
from mediation.signatures import assembling, pades
from mediation.signatures.authority import LIFE, BuiltInAuthority
from mediation.signatures.providers import CertificateRefused, Credential, Standing, Subject, provider
from mediation.signatures.verification import signed_file, verify
from mediation.vocabulary import FileVerdict, Role
from tests.windows.stage import AT, Stage, day, file_case, walk

NET = "investornet"
WHO = Subject("0b7c", "张晓慧", Role.PARTY, "e" * 64)


class Licensed:
    """Stands for a licensed authority outside: RSA below a root of its own, and sometimes it is closed."""

    closed, bits = False, 2048
    register: ClassVar[dict[str, Standing]] = {}

    def __init__(self, platform: str) -> None:
        """Serve every platform alike."""

    def issue(self, subject: Subject, at: datetime) -> Credential:
        if self.closed:
            raise CertificateRefused
        root, key, serial = rsa_root(), rsa.generate_private_key(65537, self.bits), x509.random_serial_number()
        made = certified(key.public_key(), subject.name, root.subject, serial, at, authority=False)
        self.register[f"{serial:040x}"] = Standing(True)
        der = made.public_bytes(serialization.Encoding.DER)
        return Credential(f"{serial:040x}", der, tuple(self.roots()), at + LIFE, handle=key)

    def sign(self, credential: Credential, digest: bytes) -> bytes:
        signed: bytes = credential.handle.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        return signed

    def revoke(self, serial: str, reason: str, at: datetime) -> None:
        if serial not in self.register:
            raise CertificateRefused
        self.register[serial] = Standing(True, at, reason)

    def standing(self, serial: str) -> Standing:
        return self.register.get(serial, Standing(False))

    def roots(self) -> list[bytes]:
        return [rsa_root().public_bytes(serialization.Encoding.DER)]


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def rsa_root() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Licensed Root")])
    return certified(rsa_key().public_key(), "Licensed Root", name, 1, AT, authority=True)


def certified(
    public: rsa.RSAPublicKey, called: str, issuer: x509.Name, serial: int, at: datetime, *, authority: bool
) -> x509.Certificate:
    usage = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False)
    usage |= dict.fromkeys(("digital_signature", "content_commitment"), not authority)
    usage |= dict.fromkeys(("key_cert_sign", "crl_sign"), authority)
    builder = x509.CertificateBuilder(issuer, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)]), public)
    builder = (
        builder.serial_number(serial)
        .not_valid_before(at - LIFE)
        .not_valid_after(at + (99 * LIFE if authority else LIFE))
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(**usage, decipher_only=False), critical=True)
    return builder.sign(rsa_key(), hashes.SHA256())


@pytest.mark.parametrize("name", ["mediation.signatures.authority.BuiltInAuthority", f"{__name__}.Licensed"])
def test_a_provider_keeps_the_contract(db: None, settings: Any, name: str) -> None:
    settings.CERTIFICATE_PROVIDER = name
    held, digest = provider(NET), hashlib.sha256(b"agreement").digest()

    one, two = held.issue(WHO, AT), held.issue(WHO, AT)
    certificate = x509.load_der_x509_certificate(one.certificate)
    below = certificate
    for issuer in (x509.load_der_x509_certificate(each) for each in one.chain):
        below.verify_directly_issued_by(issuer)
        below = issuer
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(held.sign(one, digest), digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(held.sign(one, digest), digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert one.chain[-1] in held.roots()
    assert public != x509.load_der_x509_certificate(two.certificate).public_key()
    assert one.serial != two.serial
    assert certificate.not_valid_after_utc <= AT + LIFE
    assert "张晓慧" in certificate.subject.rfc4514_string()
    assert held.standing(one.serial).known
    held.revoke(one.serial, "登记有误", AT + timedelta(hours=1))
    assert held.standing(one.serial).revoked_at == AT + timedelta(hours=1)
    assert held.standing(two.serial).revoked_at is None
    assert not held.standing("00").known
    with pytest.raises(CertificateRefused):
        held.revoke("00", "", AT)


def test_keys_rotate_by_command_are_sealed_and_old_signatures_go_on_verifying(stage: Stage) -> None:
    story = walk(file_case(stage), "COMPLETE")
    assembling.assemble(NET, day(9))
    row = SignedAgreement.objects.get()
    content = signed_file(row)
    assert content

    call_command("signing_authority", "rotate", stdout=StringIO())
    call_command("signing_authority", "rotate-root", stdout=StringIO())
    kept = verify(NET, content)
    serial = Certificate.objects.order_by("pk")[0].serial
    call_command("signing_authority", "revoke", serial, reason="手机被盗", stdout=StringIO())
    gone = verify(NET, content)
    authority = BuiltInAuthority(NET)
    listed = x509.load_der_x509_crl(authority.revocations(day(9)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT private FROM {Authority._meta.db_table}")
        stored = [private for (private,) in cursor.fetchall()]

    assert kept.verdict is FileVerdict.VALID
    assert not kept.is_revoked
    assert gone.is_revoked
    assert gone.signatures[0].revoked_at
    in_force = Authority.objects.filter(retired_at=None).order_by("pk")
    assert list(in_force.values_list("rank", flat=True)) == ["ROOT", "ISSUING"]
    assert len(authority.roots()) == 2
    assert list(listed) == []  # The issuer that is in force now has revoked nothing.
    assert not [private for private in stored if "PRIVATE" in private]
    assert story.case(NET).sheet["agreement"]["signed"] == row.sha256


def test_signing_stands_while_no_certificate_can_be_had_and_the_file_follows_later(stage: Stage, settings: Any) -> None:
    settings.CERTIFICATE_PROVIDER = f"{__name__}.Licensed"
    Licensed.closed = True
    try:
        story = walk(file_case(stage), "COMPLETE")
        assembling.assemble(NET, day(8))
        waiting = SignedAgreement.objects.get()
        stands = story.case(NET)
        early = assembling.assemble(NET, day(8) + timedelta(seconds=5))
    finally:
        Licensed.closed = False
    Licensed.bits = 1024
    try:
        assembling.assemble(NET, day(8) + timedelta(minutes=5))
        short = SignedAgreement.objects.get()
    finally:
        Licensed.bits = 2048
    assembling.assemble(NET, day(9))

    assert stands.effective_at == day(7)
    assert stands.sheet["agreement"].get("signed") is None
    assert "证书没有签发" in waiting.why
    assert waiting.next_at
    assert early == 0
    row = SignedAgreement.objects.get()
    assert (row.assembled, row.why, row.next_at) == (4, "", None)
    assert story.case(NET).sheet["agreement"]["signed"] == row.sha256
    content = signed_file(row)
    assert content
    settings.CERTIFICATE_PROVIDER = "mediation.signatures.authority.BuiltInAuthority"
    # Another provider has taken over since: the root stands in the journal.
    assert verify(NET, content).verdict is FileVerdict.VALID
    assert (short.assembled, "rsa of 1024 bits" in short.why) == (0, True)
    assert all(one.holds for one in pades.check(content, [row.root]))
    # In what the last signature covers, and in the signatures themselves.
    for place in (*range(100, len(content), len(content) // 4), content.rfind(b"/Contents") + 200):
        altered = bytearray(content)
        altered[place] ^= 1
        assert verify(NET, bytes(altered)).verdict is FileVerdict.ALTERED
        assert [one.holds for one in pades.check(bytes(altered), [row.root])] != [True] * 4
