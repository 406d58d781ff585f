"""SM2 against the worked example of the standard, and against a second implementation that shares no line with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation import chain, sm2
from mediation.project import environment
from tests.chain.test_journal_check import OFFLINE

# GM/T 0003.5, the recommended curve: private key, public key, r and s over "message digest".
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(
    "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
BOTH = [sm2.SM2().verify, OFFLINE.verify_sm2]


@pytest.mark.parametrize("verify", BOTH)
def test_the_worked_example_of_the_standard_verifies_and_nothing_beside_it(verify: Any) -> None:
    other_way = SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 1])
    long_way = bytes.fromhex("308146") + SIGNATURE[2:]

    assert verify(PUBLIC, MESSAGE, SIGNATURE)
    for message, signature in (
        (b"message digesT", SIGNATURE),
        (MESSAGE, other_way),
        (MESSAGE, long_way),
        (MESSAGE, SIGNATURE + b"\0"),
        (MESSAGE, SIGNATURE[:40]),
        (MESSAGE, b""),
        (MESSAGE, bytes.fromhex("3006020100020100")),
    ):
        assert not verify(PUBLIC, message, signature)


def test_the_public_key_of_the_worked_example_is_found_from_its_private_one() -> None:
    assert sm2.SM2().public_of(PRIVATE) == PUBLIC


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=80))
def test_both_implementations_take_what_was_signed_and_nothing_else(message: bytes) -> None:
    key = chain.SigningKey.generate("sm2")
    signature = chain.from_base64url(key.sign_message(message))

    for verify in BOTH:
        assert verify(key.public.raw, message, signature)
        assert not verify(key.public.raw, message + b"\0", signature)
        assert not verify(PUBLIC, message, signature)


def test_keys_are_written_and_read_like_those_of_any_other_algorithm() -> None:
    key = chain.SigningKey.generate("sm2")
    read = chain.SigningKey.load(key.text)
    public = chain.PublicKey.load(key.public.text)

    assert read == key
    assert public == key.public
    assert public.text.startswith("sm2:")
    assert public.verify("ab" * 32, key.sign("ab" * 32))


@pytest.mark.parametrize("raw", [b"", b"\0" * 32, b"\xff" * 32, PRIVATE + b"\0"])
def test_what_is_no_private_key_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="SM2"):
        sm2.SM2().public_of(raw)


@pytest.mark.parametrize("raw", [b"", b"\x04" + bytes(64), PUBLIC[:-1] + b"\0", b"\x02" + PUBLIC[1:33]])
def test_what_is_no_point_of_the_curve_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="SM2"):
        sm2.SM2().check_public(raw)
    assert not OFFLINE.verify_sm2(raw, MESSAGE, SIGNATURE)


def test_without_the_library_the_setting_is_refused_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError("libcrypto")

    sm2._library.cache_clear()
    monkeypatch.setattr(sm2.ctypes, "CDLL", absent)

    with pytest.raises(ValueError, match="OpenSSL 3"):
        environment.read_scheme("sm2")
    assert environment.read_scheme("ed25519") == "ed25519"
    with pytest.raises(ValueError, match="rsa"):
        environment.read_scheme("rsa")


def test_with_the_library_the_setting_is_taken() -> None:
    sm2._library.cache_clear()

    assert environment.read_scheme("sm2") == "sm2"
