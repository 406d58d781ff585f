"""What people see of signatures: the sheet that is put behind the frozen document, and the stamp of each signer.

Lives here: who signs where on the sheet, and the words. Does not live here: how it looks (``papers/templates``),
signing. Called by: ``assembling``.

Places are points from the top left corner of an A4 page, as typst counts; ``Place.box`` counts from the bottom left, as
PDF does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mediation.papers.press import Sheet, print_sheet
from mediation.papers.wording import plain_instant
from mediation.vocabulary import Role

HEIGHT = 841.89
LEFT, WIDTH = 300, 232
TALL = {Role.ORGANISATION: 104}
USUAL = 58
GAP = 12
FIRST_TOP, TOP, BOTTOM = 336, 90, 780


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature the agreement needs: ``ref`` as the journal's fold names them, the part they have."""

    ref: str
    role: Role
    part: str
    name: str


@dataclass(frozen=True)
class Place:
    """Where a signer's stamp goes: the page of the sheet, counted from 0, and the box in points."""

    page: int
    top: int
    height: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The box as PDF counts it."""
        bottom = HEIGHT - self.top - self.height
        return (LEFT, bottom, LEFT + WIDTH, bottom + self.height)


def places(signers: Sequence[Signer]) -> list[Place]:
    """Return where each signer's stamp goes, in order."""
    found, page, top = [], 0, FIRST_TOP
    for signer in signers:
        height = TALL.get(signer.role, USUAL)
        if top + height > BOTTOM:
            page, top = page + 1, TOP
        found.append(Place(page, top, height))
        top += height + GAP
    return found


def signature_sheet(
    signers: Sequence[Signer],
    at: datetime,
    *,
    issuer: str,
    number: str,
    version: int,
    digest: str,
    code: str,
    address: str,
    is_file: bool,
) -> bytes:
    """Return the sheet on which all sign, as PDF/A; it names the exact document it belongs to."""
    rows = [
        {"page": place.page, "top": place.top, "height": place.height, "part": signer.part, "name": signer.name}
        for signer, place in zip(signers, places(signers), strict=True)
    ]
    called = "前附调解协议文件的校验值（SHA-256）" if is_file else "前附调解协议文本的校验值（SHA-256）"
    facts = [
        ["协议版本", f"第{version}版"],
        [called, f"{digest[:32]}\n{digest[32:]}"],
        ["核验码", code],
        ["核验地址", address],
    ]
    sheet = Sheet(
        issuer=issuer,
        title="调解协议签署页",
        number=number,
        blocks=[{"kind": "facts", "rows": facts}, {"kind": "rows", "rows": rows, "left": LEFT, "width": WIDTH}],
        note="各方签署的是校验值相符的同一份文件。协议自最后一方当事人签名时生效；调解员签名、调解组织盖章后文件完整。",
        template="signatures.typ",
    )
    return print_sheet(sheet, at).content


def stamp(signer: Signer, signed_at: datetime, *, by: str, serial: str, code: str, entry: int) -> bytes:
    """Return one signer's stamp as PDF; ``by`` names the agent who signed, empty where the signer did."""
    who = f"由代理人{by}签署（特别授权）" if by else ""
    height = TALL.get(signer.role, USUAL)
    lines = [
        who,
        plain_instant(signed_at),
        f"流水第{entry}号　证书{serial[:12]}",
        f"核验码 {code}",
    ]
    sheet = Sheet(
        issuer="",
        title=signer.part,
        recipient=signer.name,
        blocks=[{"kind": "line", "text": line} for line in lines if line],
        seal=signer.role is Role.ORGANISATION,
        note=f"{WIDTH}x{height}",
        template="stamp.typ",
    )
    return print_sheet(sheet, signed_at).content
