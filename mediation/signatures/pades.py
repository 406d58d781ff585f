"""Signatures in a PDF: PAdES baseline signatures added one after another, and what a validator says of them (pyhanko).

Lives here: everything that speaks to pyhanko. Does not live here: who signs, with which certificate (``providers``).
Called by: ``assembling``, ``verification``.

Nothing already in the file is ever rewritten: the frozen document's bytes stay the beginning of the signed file.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import PublicKeyInfo
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PageObject
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from mediation.signatures.providers import CertificateRefused, Credential

T = TypeVar("T")
Box = tuple[float, float, float, float]
ROOM = 12_288
"""Bytes kept for one signature with its chain; what is not needed stays zero and is covered by the file's digest."""

LEAST_RSA = 2048
"""Bits of the shortest RSA key whose signature is put into a file."""

logging.getLogger("pyhanko_certvalidator").setLevel(logging.ERROR)
logging.getLogger("pyhanko.sign").setLevel(logging.CRITICAL)


class NotSignable(Exception):
    """这个PDF文件不能加签名"""


@dataclass(frozen=True)
class Found:
    """One signature in a file: the certificate's serial, when it says it was made, and whether it holds."""

    field: str
    serial: str
    at: datetime | None
    holds: bool
    root: str


def begin(document: bytes | None, sheet: bytes, fields: Sequence[tuple[str, int, Box]]) -> bytes:
    """This function will put the signature sheet behind a document and an empty signature field in each box.

    The result begins with the document's own bytes; without one the sheet stands alone. Raises NotSignable.
    """
    try:
        held = BytesIO(document if document is not None else sheet)
        writer = IncrementalPdfFileWriter(held, strict=False)
        before = 0
        if document is not None:
            before = int(writer.root["/Pages"]["/Count"])
            _add_pages(writer, PdfFileReader(BytesIO(sheet)))
        for name, page, box in fields:
            whole = (round(box[0]), round(box[1]), round(box[2]), round(box[3]))
            spec = SigFieldSpec(name, on_page=before + page, box=whole, empty_field_appearance=True)
            append_signature_field(writer, spec)
        written = BytesIO()
        writer.write(written)
    except (PdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as wrong:
        raise NotSignable(str(wrong)[:200]) from wrong
    content = written.getvalue()
    if document is not None and not content.startswith(document):
        raise NotSignable("the document was rewritten")
    return content


def sign(
    content: bytes,
    field: str,
    credential: Credential,
    sign_digest: Callable[[bytes], bytes],
    *,
    stamp: bytes,
    name: str,
    reason: str,
    contact: str,
    at: datetime,
) -> bytes:
    """This function will fill one empty signature field: a PAdES signature dated ``at``, with this stamp. Raises
    CertificateRefused for a key of a kind or length that no reader could rely on.
    """
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=name,
        reason=reason,
        contact_info=contact,
    )
    with tempfile.NamedTemporaryFile(suffix=".pdf") as held:
        held.write(stamp)
        held.flush()
        style = StaticStampStyle.from_pdf_file(held.name, border_width=0)
        writer = IncrementalPdfFileWriter(BytesIO(content), strict=False)
        signer = _DatedSigner(meta, _RemoteSigner(credential, sign_digest), stamp_style=style)
        signer.at = at
        signed: BytesIO = _run(lambda: signer.sign_pdf(writer, existing_fields_only=True, bytes_reserved=ROOM))
    return signed.getvalue()


def check(content: bytes, roots: Iterable[str]) -> list[Found]:
    """Return every signature in a file, in order, and whether it holds below one of these roots (SHA-256 of each).

    A certificate is judged as of the instant its signature gives. A file that cannot be read at all has no signature
    that holds; never raises.
    """
    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        return [_check_one(embedded, frozenset(roots)) for embedded in reader.embedded_regular_signatures]
    except Exception:
        # Whatever a hostile file makes the parser do, the answer is that it does not hold.
        return []


def _check_one(embedded: Any, roots: frozenset[str]) -> Found:
    field, serial, at, root = str(embedded.field_name), "", None, ""
    try:
        at = embedded.self_reported_timestamp
        serial = f"{embedded.signer_cert.serial_number:040x}"
        held = list(embedded.other_embedded_certs)
        trusted = [one for one in held if hashlib.sha256(one.dump()).hexdigest() in roots]
        root = hashlib.sha256(trusted[0].dump()).hexdigest() if trusted else ""
        context = ValidationContext(trust_roots=trusted, other_certs=held, moment=at, allow_fetching=False)
        holds = bool(trusted) and bool(_run(lambda: validate_pdf_signature(embedded, context)).bottom_line)
    except Exception:
        holds = False
    return Found(field, serial, at, holds, root)


def _run(work: Callable[[], T]) -> T:
    """Do something for which pyhanko starts an event loop, also where the caller is inside of one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(work).result()


class _RemoteSigner(CmsSigner):
    """A signer that has each digest signed by whoever holds the key."""

    def __init__(self, credential: Credential, sign_digest: Callable[[bytes], bytes]) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(x509.Certificate.load(one) for one in credential.chain)
        certificate = x509.Certificate.load(credential.certificate)
        super().__init__(
            signing_cert=certificate,
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": _mechanism(certificate.public_key)}),
        )
        self._sign_digest = sign_digest

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign the digest of the signed attributes."""
        return bytes(ROOM // 2) if dry_run else self._sign_digest(hashlib.sha256(data).digest())


def _mechanism(key: PublicKeyInfo) -> str:
    if key.algorithm == "ec":
        return "sha256_ecdsa"
    if key.algorithm == "rsa" and key.bit_size >= LEAST_RSA:
        return "sha256_rsa"
    raise CertificateRefused(f"a key for {key.algorithm} of {key.bit_size} bits")


class _DatedSigner(PdfSigner):
    """Signs as of an instant that is given, not of the machine's clock."""

    at: datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        """Date the session."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


def _add_pages(writer: IncrementalPdfFileWriter, sheet: PdfFileReader) -> None:
    """Copy every page of the sheet behind the last page, without its place in the sheet's own structure tree."""
    for place in range(int(sheet.root["/Pages"]["/Count"])):
        reference, resources = sheet.find_page_for_modification(place)
        page = reference.get_object()
        contents = writer.import_object(page.raw_get("/Contents"))
        if not isinstance(contents, generic.IndirectObject):
            contents = writer.add_object(contents)
        box = generic.ArrayObject([generic.FloatObject(float(side)) for side in page["/MediaBox"]])
        added = PageObject(contents=contents, media_box=box, resources=writer.import_object(resources))
        added.pop(pdf_name("/Parent"), None)
        writer.insert_page(added)
