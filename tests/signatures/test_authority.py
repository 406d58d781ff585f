"""Whoever issues certificates: the same contract for the built-in authority and for one put in its place."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from django.core.management import call_command
from django.db import connection

from mediation.models import Authority, Certificate, SignedAgreement
from mediation.signatures import assembling
from mediation.signatures.authority import LIFE, BuiltInAuthority
from mediation.signatures.providers import CertificateRefused, Subject, provider
from mediation.signatures.verification import signed_file, verify
from mediation.vocabulary import FileVerdict, Role
from tests.windows.stage import AT, Stage, day, file_case, walk

NET = "investornet"
WHO = Subject("0b7c", "张晓慧", Role.PARTY, "e" * 64)


class Licensed(BuiltInAuthority):
    """Stands for a licensed authority: keys of its own, and sometimes it is closed."""

    closed = False

    def __init__(self, platform: str) -> None:
        super().__init__("licensed")

    def issue(self, subject: Subject, at: Any) -> Any:
        if self.closed:
            raise CertificateRefused
        return super().issue(subject, at)


@pytest.mark.parametrize("name", ["mediation.signatures.authority.BuiltInAuthority", f"{__name__}.Licensed"])
def test_a_provider_keeps_the_contract(db: None, settings: Any, name: str) -> None:
    settings.CERTIFICATE_PROVIDER = name
    held, digest = provider(NET), hashlib.sha256(b"agreement").digest()

    one, two = held.issue(WHO, AT), held.issue(WHO, AT)
    certificate = x509.load_der_x509_certificate(one.certificate)
    issuing, root = (x509.load_der_x509_certificate(each) for each in one.chain)

    certificate.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    public = certificate.public_key()
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
    assembling.assemble(NET, day(8) + timedelta(minutes=5))

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
