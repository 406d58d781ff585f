"""Canonical bytes, digests, signatures and sealed boxes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation import chain

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-chain.LARGEST_INTEGER, chain.LARGEST_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_bytes_read_back_as_the_same_value_and_write_the_same_bytes(value):
    written = chain.canonical(value)

    assert json.loads(written) == value
    assert chain.canonical(json.loads(written)) == written


def test_canonical_bytes_do_not_depend_on_the_order_of_keys():
    assert chain.canonical({"b": 1, "a": {"d": None, "c": "案"}}) == '{"a":{"c":"案","d":null},"b":1}'.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        float("inf"),
        {"a": 0.0},
        "\ud800",
        {"\udfff": 1},
        "a\0b",
        {1: "a"},
        {None: 1},
        (1, 2),
        {1, 2},
        b"bytes",
        datetime(2026, 1, 1, tzinfo=UTC),
        2**53,
        -(2**53),
        [[["x"] * 3, frozenset()]],
    ],
    ids=repr,
)
def test_what_languages_read_differently_has_no_canonical_form(value):
    with pytest.raises(ValueError):
        chain.canonical(value)


def test_nesting_without_end_is_refused_and_not_followed():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="nested"):
        chain.canonical(deep)


def test_an_instant_is_written_in_utc_with_microseconds():
    shanghai = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))

    assert chain.stamp(shanghai) == "2026-01-01T00:00:00.000000Z"
    with pytest.raises(ValueError):
        chain.stamp(datetime(2026, 1, 1))  # noqa: DTZ001


def test_digests_agree_with_the_published_examples():
    assert chain.digest("sha256", b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
    assert chain.digest("sm3", b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    for weak in ("md5", "sha1", "SHA256", ""):
        with pytest.raises(ValueError):
            chain.digest(weak, b"abc")


def test_equal_contents_under_different_salts_do_not_show_that_they_are_equal():
    first, second = chain.new_salt(), chain.new_salt()

    assert chain.salted_digest("sha256", first, b"13800138000") != chain.salted_digest("sha256", second, b"13800138000")
    assert chain.salted_digest("sha256", first, b"x") == chain.digest("sha256", bytes.fromhex(first) + b"x")
    for short in ("", "00", "zz" * 16, first + "00"):
        with pytest.raises(ValueError):
            chain.salted_digest("sha256", short, b"x")


def test_a_signature_holds_for_its_hash_its_label_and_its_key_only():
    key, other = chain.SigningKey.generate(), chain.SigningKey.generate()

    signature = key.sign("ab" * 32)

    assert key.public.verify("ab" * 32, signature)
    assert not key.public.verify("ac" * 32, signature)
    assert not key.public.verify("ab" * 32, signature, label="mediation-docking/receipt/1")
    assert not key.public.verify_message(b"ab" * 32, signature)
    assert not other.public.verify("ab" * 32, signature)
    for broken in ("", "!", signature + "=", signature[:-1], signature + "AA", "案" * 20):
        assert not key.public.verify("ab" * 32, broken)


def test_keys_are_read_back_from_their_text_and_never_shown():
    signing, sealing = chain.SigningKey.generate(), chain.SealingKey.generate()

    assert chain.SigningKey.load(signing.text) == signing
    assert chain.PublicKey.load(signing.public.text) == signing.public
    assert chain.SealingKey.load(f" {sealing.text}\n") == sealing
    assert chain.SealingPublicKey.load(sealing.public.text) == sealing.public
    assert signing.text not in repr(signing)
    assert signing.text.split(":")[1] not in repr(signing)
    assert sealing.text.split(":")[1] not in repr(sealing)
    assert signing.public.id == chain.key_id(signing.public.text)
    assert len(signing.public.id) == 16


@pytest.mark.parametrize(
    "text", ["", "ed25519", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "x25519:" + "A" * 43, "ed25519:" + "A" * 44]
)
def test_what_is_no_key_is_not_loaded(text):
    for kind in (chain.SigningKey, chain.PublicKey):
        with pytest.raises(ValueError):
            kind.load(text)


def test_a_public_key_of_rfc_8032_verifies_its_published_signature():
    key = chain.SigningKey("ed25519", bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))

    assert key.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert chain.from_base64url(key.sign_message(b"")).hex().startswith("e5564300c360ac729086e2cc806e828a")


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_a_sealed_box_opens_for_its_owner_in_its_context_only(content, context):
    owner, stranger = chain.SealingKey.generate(), chain.SealingKey.generate()

    sealed = owner.public.seal(content, context)

    assert owner.open(sealed, context) == content
    assert owner.public.seal(content, context) != sealed
    for key, where in ((stranger, context), (owner, context + b"x")):
        with pytest.raises(chain.SealBroken):
            key.open(sealed, where)


@given(st.data())
def test_a_sealed_box_with_one_changed_or_missing_byte_does_not_open(data):
    owner = chain.SealingKey.generate()
    sealed = owner.public.seal(b"content", b"case")
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    # The last bit of the sender's key is ignored by X25519 itself, but bound by the derivation.
    changed[place] ^= data.draw(st.integers(1, 255))

    for broken in (bytes(changed), sealed[:place], b""):
        with pytest.raises(chain.SealBroken):
            owner.open(broken, b"case")
