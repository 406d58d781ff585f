"""The document that was frozen when an agreement was put before the parties: what each of them signs.

Lives here: finding it by the digest its entry states, whichever way it came in: a file (drawn up from clauses, or a
scanned paper), or a text, which is typeset the same way each time. Does not live here: who may read it (pages).
Called by: ``assembling``, ``verification``, the pages on which people sign.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from mediation import files
from mediation.chain import SealBroken
from mediation.models import Blob, Case, CaseEvent, Enclosure
from mediation.moves import frozen_digest, text_digest
from mediation.papers.letters import text as paragraph
from mediation.papers.press import PaperRefused, Sheet, print_sheet
from mediation.vocabulary import EnclosureKind, gettext_noop
from roster import queries as roster

PDF = "application/pdf"
PROPOSING = "case.propose_agreement.v1"
NOT_HERE = gettext_noop("本平台没有保存这一版本的协议文件")


@dataclass(frozen=True)
class Frozen:
    """One version of an agreement: the entry that froze it, its digest, and the file or the text it is."""

    case: Case
    event: CaseEvent
    version: int
    digest: str
    text: str = ""
    nonce: str = ""
    sha256: str = ""
    media_type: str = PDF
    archival: str = ""
    """The profile of PDF/A that the file keeps, as it was found when it was put before the parties."""

    @property
    def is_file(self) -> bool:
        """Tell whether what was frozen is a file, and not a text of which only the typeset form is one."""
        return bool(self.sha256)

    @cached_property
    def content(self) -> bytes:
        """The file, byte for byte as it was frozen; a text as PDF/A. Raises PaperRefused where neither can be had."""
        if not self.is_file:
            return _typeset(self)
        try:
            content = files.fetch(self.case.platform, self.sha256)
        except (files.BlobMissing, SealBroken) as gone:
            raise PaperRefused(NOT_HERE) from gone
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise PaperRefused(NOT_HERE)
        return content

    @property
    def name(self) -> str:
        """What the file is called when it is handed out."""
        ending = PurePath(f"x.{self.media_type.rpartition('/')[2]}").suffix if self.media_type != PDF else ".pdf"
        return f"调解协议（第{self.version}版，待签）{ending}"


def versions(case: Case) -> list[Frozen]:
    """Return every version of the agreement that was ever put before the parties here, oldest first."""
    proposals = list(CaseEvent.objects.filter(case=case, kind=PROPOSING).order_by("number"))
    return [found for place, event in enumerate(proposals, 1) if (found := _read(case, event, place))]


def current(case: Case) -> Frozen | None:
    """Return the version on the table or agreed; None where there is none, or it is not held here (TY-2)."""
    digest = case.sheet.get("agreement", {}).get("digest", "")
    return next((one for one in reversed(versions(case)) if digest and one.digest == digest), None)


def _read(case: Case, event: CaseEvent, version: int) -> Frozen | None:
    digest, text, nonce, archival = str(event.facts["digest"]), "", "", ""
    for row in Enclosure.objects.filter(case=case, number=event.number, kind=EnclosureKind.AGREEMENT):
        content = row.content()
        if content.get("text") and frozen_digest(content) == digest:
            text, nonce = str(content["text"]), str(content.get("nonce", ""))
            archival = str(content.get("archival", ""))
    blob = Blob.objects.filter(platform=case.platform, sha256=digest).first()
    if blob:
        kept = {"sha256": blob.sha256, "media_type": blob.media_type, "archival": archival}
        return Frozen(case, event, version, digest, text, nonce, **kept)
    # Without the file, a text of which the digest is another's proves nothing.
    if text and text_digest(text, nonce) == digest:
        return Frozen(case, event, version, digest, text, nonce)
    return None


def _typeset(frozen: Frozen) -> bytes:
    organisation = roster.organisation(frozen.case.platform, frozen.case.organisation)
    sheet = Sheet(
        issuer=organisation.name if organisation else "",
        title="调解协议书",
        number=frozen.case.number,
        blocks=[paragraph(line) for line in frozen.text.splitlines() if line.strip()],
        seal=False,
        recipient="",
        after=[{"kind": "small", "text": f"第{frozen.version}版，文本校验值（SHA-256）：{frozen.digest}"}],
    )
    return print_sheet(sheet, frozen.event.at).content
