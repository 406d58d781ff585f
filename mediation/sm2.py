"""SM2 signatures with SM3 (GB/T 32918.2, GM/T 0003.2, GM/T 0009) by the libcrypto of OpenSSL 3, through ctypes.

Lives here: one ``Scheme`` of ``chain``. Does not live here: which scheme a deployment signs with (``keyring``).
Called by: ``chain.SCHEMES``; the check of settings asks ``missing``.

A private key is 32 bytes, a public one the 65 bytes of the uncompressed point, a signature the DER of GM/T 0009. The
signer's identity is the default one of GM/T 0009, because the key id already says whose key it is. The library is
opened when the first SM2 key is used, so that a deployment without it loses nothing but SM2.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

IDENTITY = b"1234567812345678"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
LONGEST_SIGNATURE = 72
# What DER puts before the point (SubjectPublicKeyInfo) and around the number (ECPrivateKey): curve sm2p256v1.
_CURVE = bytes.fromhex("06082a811ccf5501822d")
_PUBLIC = bytes.fromhex("3059301306072a8648ce3d0201") + _CURVE + bytes.fromhex("034200")
_PRIVATE, _PRIVATE_END = bytes.fromhex("30310201010420"), bytes.fromhex("a00a") + _CURVE
_EC = 408

# Name, number of pointer arguments; every one of these returns a pointer.
_MAKERS = {
    "EVP_MD_CTX_new": 0,
    "EVP_PKEY_CTX_new": 2,
    "EVP_sm3": 0,
    "d2i_PUBKEY": 3,
    "d2i_PrivateKey": 4,
}


class Unavailable(RuntimeError):
    """本机的 libcrypto 不支持 SM2：需要 OpenSSL 3 以上版本，且未停用 SM2、SM3"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class SM2:
    """SM2 over the curve sm2p256v1 with SM3."""

    def generate(self) -> bytes:
        """Return a fresh private key."""
        return (1 + secrets.randbelow(ORDER - 2)).to_bytes(32)

    def public_of(self, private: bytes) -> bytes:
        """Return the public key of a private one; raises ValueError if it is none."""
        with _private(private) as key:
            written = ctypes.c_void_p()
            length = _library().i2d_PUBKEY(key, ctypes.byref(written))
            if length != len(_PUBLIC) + 65 or not written.value:
                raise ValueError("not an SM2 private key")
            encoded = ctypes.string_at(written.value, length)
            _library().CRYPTO_free(written, b"", 0)
        return encoded[len(_PUBLIC) :]

    def check_public(self, public: bytes) -> None:
        """Raise ValueError if the bytes are no public key."""
        with _public(public):
            pass

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Return the signature of a message, DER."""
        with _private(private) as key, _context(key) as context:
            signature, length = ctypes.create_string_buffer(LONGEST_SIGNATURE), ctypes.c_size_t(LONGEST_SIGNATURE)
            _must(_library().EVP_DigestSignInit(context, None, _library().EVP_sm3(), None, key))
            _must(_library().EVP_DigestSign(context, signature, ctypes.byref(length), message, len(message)))
            return signature.raw[: length.value]

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is the key's own over this message."""
        with _public(public) as key, _context(key) as context:
            _must(_library().EVP_DigestVerifyInit(context, None, _library().EVP_sm3(), None, key))
            good = _library().EVP_DigestVerify(context, signature, len(signature), message, len(message)) == 1
            _library().ERR_clear_error()
            return good


def missing() -> str:
    """Return why SM2 cannot be used on this machine, or an empty string."""
    try:
        scheme = SM2()
        private = scheme.generate()
        if scheme.verify(scheme.public_of(private), b"trial", scheme.sign(private, b"trial")):
            return ""
    except (OSError, AttributeError, ValueError, RuntimeError) as wrong:
        return f"{Unavailable.__doc__}（{wrong}）"
    return str(Unavailable.__doc__)


@functools.cache
def _library() -> Any:
    name = ctypes.util.find_library("crypto")
    try:
        library = ctypes.CDLL(name or "libcrypto.so.3")
        for maker, arguments in _MAKERS.items():
            getattr(library, maker).restype = ctypes.c_void_p
            getattr(library, maker).argtypes = [ctypes.c_void_p] * arguments
        library.d2i_PUBKEY.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
        library.d2i_PrivateKey.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
        library.i2d_PUBKEY.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        library.CRYPTO_free.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        library.EVP_PKEY_is_a.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        library.EVP_PKEY_CTX_set1_id.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        library.EVP_MD_CTX_set_pkey_ctx.argtypes = [ctypes.c_void_p] * 2
        library.EVP_MD_CTX_set_pkey_ctx.restype = None
        for name in ("EVP_DigestSignInit", "EVP_DigestVerifyInit"):
            getattr(library, name).argtypes = [ctypes.c_void_p] * 5
        sized: list[Any] = [ctypes.c_char_p, ctypes.c_size_t]
        library.EVP_DigestSign.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, *sized]
        library.EVP_DigestVerify.argtypes = [ctypes.c_void_p, *sized, *sized]
        for name in ("EVP_PKEY_free", "EVP_PKEY_CTX_free", "EVP_MD_CTX_free"):
            getattr(library, name).argtypes = [ctypes.c_void_p]
            getattr(library, name).restype = None
    except (OSError, AttributeError) as absent:
        raise Unavailable from absent
    return library


@contextmanager
def _public(raw: bytes) -> Iterator[int]:
    with _key("d2i_PUBKEY", _PUBLIC + raw if len(raw) == 65 and raw[:1] == b"\x04" else b"") as key:
        yield key


@contextmanager
def _private(raw: bytes) -> Iterator[int]:
    well = len(raw) == 32 and 0 < int.from_bytes(raw) < ORDER - 1
    with _key("d2i_PrivateKey", _PRIVATE + raw + _PRIVATE_END if well else b"", _EC) as key:
        yield key


@contextmanager
def _key(reader: str, encoded: bytes, *kind: int) -> Iterator[int]:
    """Give the library's own form of a key for as long as it is used; raises ValueError if it is none."""
    held = ctypes.c_char_p(encoded)
    key = getattr(_library(), reader)(*kind, None, ctypes.byref(held), len(encoded)) if encoded else None
    if not key:
        _library().ERR_clear_error()
        raise ValueError("not an SM2 key")
    try:
        if _library().EVP_PKEY_is_a(key, b"SM2") != 1:
            raise Unavailable
        yield key
    finally:
        _library().EVP_PKEY_free(key)


@contextmanager
def _context(key: int) -> Iterator[int]:
    context, parameters = _library().EVP_MD_CTX_new(), _library().EVP_PKEY_CTX_new(key, None)
    try:
        _must(_library().EVP_PKEY_CTX_set1_id(parameters, IDENTITY, len(IDENTITY)))
        _library().EVP_MD_CTX_set_pkey_ctx(context, parameters)
        yield context
    finally:
        _library().EVP_MD_CTX_free(context)
        _library().EVP_PKEY_CTX_free(parameters)


def _must(result: int) -> None:
    if result != 1:
        _library().ERR_clear_error()
        raise Unavailable
