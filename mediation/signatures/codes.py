"""The code by which anybody who holds a signed agreement finds it again, and where to type it.

Lives here: making and reading codes. Does not live here: what is told to whoever types one (``verification``).
Called by: ``assembling``, ``verification``.

A code is made from what both platforms' journals say of a version, so both know it without being told; its 80 bits
cannot be guessed, and nobody can make one from the outside, because the digest in it is not public.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from mediation.models import Case, CaseEvent

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: no I, L, O or U, which people take for others."""

_GROUP = rb"([0-9A-HJKMNP-TV-Z]{4})"
_PATTERN = re.compile((rb"(?:-|\\055)").join([_GROUP] * 4))


def code_of(case: Case, version: int, digest: str) -> str:
    """Return the verification code of one version of a case's agreement: XXXX-XXXX-XXXX-XXXX."""
    return _code(f"agreement\n{case.ref}\n{version}\n{digest}")


def code_of_decision(event: CaseEvent) -> str:
    """Return the verification code of a court's ruling or decree, made of the entry by which it was given."""
    return _code(f"decision\n{event.case.ref}\n{event.number}\n{event.hash}")


def _code(of: str) -> str:
    raw = hashlib.sha256(of.encode()).digest()
    number = int.from_bytes(raw[:10], "big")
    text = "".join(SIGNS[number >> 5 * place & 31] for place in range(16))
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def codes_in(content: bytes) -> set[str]:
    """Return what looks like a code in the bytes of a file, as it stands in a text or in a PDF's dictionaries."""
    return {b"-".join(groups).decode() for groups in _PATTERN.findall(content)}


def read_code(typed: str) -> str:
    """Return a code as people type it in its one form; an empty text for what cannot be one."""
    plain = re.sub(r"[\s\-—–]", "", typed.upper()).replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != 16 or not set(plain) <= set(SIGNS):
        return ""
    return "-".join(plain[start : start + 4] for start in range(0, 16, 4))


def address_of(platform: str) -> str:
    """Return where a platform's agreements are verified, as it is printed on paper."""
    return urljoin(settings.PUBLIC_URL, reverse(f"{platform}:verify"))
