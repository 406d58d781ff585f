"""The grammar of a case number (案号): （年度）法院代字[专门审判代字]类型代字编号号.

Lives here: reading and writing case numbers (law.md §6.3), and the short reference said before there is one. Does not
live here: handing out the next one (``series``).
Called by: forms, searches, ``series``. Knows no framework.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Self

from mediation.vocabulary import gettext_noop as _

CODES = ("诉前调确", "诉前调书", "诉前调", "民初", "民终", "民特", "民申", "民督", "财保", "调确", "执")
"""Type codes read here, longest first; an unknown one would make the optional 专门审判代字 ambiguous."""

_NUMBER = re.compile(
    r"\((?P<year>20[0-9]{2})\)(?P<court>最高法|军[0-9]{0,4}|[一-龥](?:[0-9]{4}|[0-9]{2})?)(?P<special>[一-龥]?)"
    rf"(?P<code>{'|'.join(CODES)})(?P<serial>[0-9]{{1,9}})号(?P<suffix>之[一二三四五六七八九十]{{1,3}})?"
)


_SHORT = re.compile(r"(?:编号|NO\.?)?([0-9A-F]{4})-?([0-9A-F]{4})")
"""The beginning of a reference as people read it out; the word before it is what pages print."""


def short(ref: uuid.UUID) -> str:
    """Return what people say of a reference where a case has no number yet."""
    return f"{ref.hex[:4]}-{ref.hex[4:8]}".upper()


def within(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the first and the last reference that begin with what somebody typed, or None for anything else."""
    found = _SHORT.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper())
    if found is None:
        return None
    begun = found[1] + found[2]
    return uuid.UUID(f"{begun:0<32}"), uuid.UUID(f"{begun:F<32}")


class CaseNumberError(ValueError):
    """案号格式有误，请按“（2026）沪74诉前调确1号”的格式填写。"""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, order=True)
class CaseNumber:
    """A case number taken apart; ``special`` is the one-character 专门审判代字, ``suffix`` a trailing 之一."""

    year: int
    court: str
    special: str
    code: str
    serial: int
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the case number in a text, brackets and digits of either width; raises CaseNumberError otherwise."""
        folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).translate(str.maketrans("〔〕[]", "()()"))
        found = _NUMBER.fullmatch(folded)
        if found is None:
            raise CaseNumberError(_("案号格式有误，请按“（2026）沪74诉前调确1号”的格式填写。"))
        if found["serial"].startswith("0"):
            raise CaseNumberError(_("案号中的编号是自然数，前面不加0，请核对。"))
        return cls(
            year=int(found["year"]),
            court=found["court"],
            special=found["special"],
            code=found["code"],
            serial=int(found["serial"]),
            suffix=found["suffix"] or "",
        )

    def __str__(self) -> str:
        """Write the number with full-width brackets, as the rules on case numbers do."""
        return f"（{self.year}）{self.court}{self.special}{self.code}{self.serial}号{self.suffix}"
