"""The bytes of a passport: a ZIP that is the same wherever and whenever it is put together from the same files.

Lives here: the archive, its manifest and signature. Does not live here: what the files say.
Called by: ``contents`` (makes), ``opening`` (reads).

Nothing is compressed: compressors differ, most of what is inside is compressed already, and what is stored as it is can
be no bomb. Time stamps are fixed, entries carry no owner.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mediation import chain
from mediation.chain import SigningKey
from mediation.passport.shape import FORMAT, LABEL, MANIFEST, SIGNATURE, VERSION

DATED = (1980, 1, 1, 0, 0, 0)
"""The earliest instant that a ZIP can say: nobody takes it for a true one."""


@dataclass(frozen=True)
class Piece:
    """One file: where it stands in the archive, and its bytes."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def seal(pieces: list[Piece], platform: str, signer: SigningKey) -> bytes:
    """This function will return the archive of these files with a manifest of their digests and a detached signature.

    With an Ed25519 key the same files give the same bytes; an SM2 signature differs each time.
    """
    manifest = chain.canonical(manifest_of(pieces))
    signature = {
        "format": FORMAT,
        "version": VERSION,
        "platform": platform,
        "key": signer.public.id,
        "public": signer.public.text,
        "signature": signer.sign(chain.digest("sha256", manifest), label=LABEL),
    }
    return pack([*pieces, Piece(MANIFEST, manifest), Piece(SIGNATURE, chain.canonical(signature))])


def manifest_of(pieces: Iterable[Piece]) -> dict[str, Any]:
    """Return what the manifest says of these files, in their order."""
    files = [{"path": one.path, "size": len(one.content), "sha256": one.sha256} for one in pieces]
    return {"format": FORMAT, "version": VERSION, "files": files}


def pack(pieces: Iterable[Piece]) -> bytes:
    """Return these files as an archive, byte for byte the same each time."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for one in pieces:
            archive.writestr(zipfile.ZipInfo(one.path, DATED), one.content)
    return written.getvalue()
