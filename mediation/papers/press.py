"""Printing: a sheet of plain values becomes PDF/A, if the fonts have a glyph for every character of it.

Lives here: the fonts of this deployment, the check before printing, typst. Does not live here: what a paper says.
Called by: ``making``.

Values reach typst as one JSON text and never as markup, so that nothing in them is ever carried out. The same sheet and
instant give the same bytes with the same fonts.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont

from mediation.vocabulary import gettext_noop as _

TEMPLATES = Path(__file__).parent / "templates"
SERIF = ("Noto Serif CJK SC", "BabelStone Han", "HanaMinA", "HanaMinB")
"""In which fonts values are set, in this order: the first, and what people install beside it for rare characters."""

SANS = ("Noto Sans CJK SC", *SERIF)
"""In which fonts headings and labels are set: our own words only."""

UNBROKEN = re.compile(r"[!-~]{24,}")
REFERENCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WITHOUT_GLYPH = frozenset("\n \u00a0\u3000\u200b")
MOST_NAMED = 12
_PAGES = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)")


class PaperRefused(Exception):
    """现在不能制作该文书"""

    def __init__(self, message: str, remedy: str = "", **params: object) -> None:
        """Keep the source strings and their parameters apart, so that the edge can translate before filling in."""
        super().__init__(message % params)
        self.message, self.remedy, self.params = message, remedy, params


class Unprintable(PaperRefused):
    """文书中有字体里没有的字"""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        named = "、".join(f"“{sign}”（{code_point(sign)}）" for sign in missing[:MOST_NAMED])
        package = _("fonts-babelstone-han或者fonts-hanazono") if any(map(_is_han, missing)) else "fonts-noto-core"
        super().__init__(
            _("文书没有制作：内容中的字符%(characters)s在本系统的字体里没有字形，印出来会是空框。"),
            _(
                "请系统管理员安装Debian字体包%(package)s后重启服务；或者填写该字的代用写法，文书末尾会注明原字的统一码。"
            ),
            characters=named,
            package=package,
        )


@dataclass(frozen=True)
class Sheet:
    """Everything one paper says, in the order in which it is read; blocks are {"kind": …} with plain values."""

    issuer: str
    title: str
    number: str = ""
    recipient: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    signed: str = ""
    clerk: str = ""
    day: str = ""
    seal: bool = True
    mark: str = "（院印）"
    """What stands where the seal goes; an organisation's own is no court's."""
    after: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    footer: str = ""
    template: str = "paper.typ"

    @property
    def subject(self) -> str:
        """What the file calls itself."""
        about = f"（{self.recipient}）" if self.recipient else ""
        return self.title + (self.number if self.number.startswith(("（", "(")) else about)


@dataclass(frozen=True)
class Paper:
    """A finished document."""

    content: bytes
    filename: str
    sha256: str
    pages: int


def code_point(sign: str) -> str:
    """Return how a character is named in Unicode, U+20BB7."""
    return f"U+{ord(sign):04X}"


def clean(text: str) -> str:
    """Return a text without what cannot be seen: control, direction and format signs, halves of characters.

    Long unbroken runs get places at which a line may end.
    """
    text = re.sub(r"\r\n?|[\u2028\u2029\u000b\u000c\u0085]", "\n", text).replace("\t", " ")
    kept = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    kept = re.sub("[\ufe00-\ufe0f\U000e0100-\U000e01ef]", "", kept)
    return UNBROKEN.sub(_breakable, re.sub(r"\n{2,}", "\n", kept))


def _breakable(run: re.Match[str]) -> str:
    """Return a run with places to break; a reference breaks at its hyphens and is copied as it stands."""
    return run[0] if REFERENCE.fullmatch(run[0]) else "\u200b".join(re.findall(r".{1,4}", run[0]))


def print_sheet(sheet: Sheet, at: datetime, *, spellings: Mapping[str, str] | None = None) -> Paper:
    """This function will print a sheet as PDF/A-2b whose metadata say it was made at ``at``.

    ``spellings`` gives, for a character no font has, what is printed in its place; the paper says so at its end.
    Raises Unprintable naming every character without a glyph, PaperRefused where the fonts are not installed.
    """
    said = _map(asdict(sheet) | {"subject": sheet.subject, "keywords": [sheet.number] if sheet.number else []}, clean)
    said = _respelt(said, spellings or {})
    if missing := _missing(said):
        raise Unprintable(missing)
    said["fonts"] = {"serif": installed(SERIF), "sans": installed(SANS)}
    content = typst.compile(
        TEMPLATES / sheet.template,
        root=TEMPLATES,
        font_paths=_fonts(_folders()),
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(said, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=int(at.timestamp()),
    )
    found = _PAGES.search(content)
    return Paper(content, f"{said['subject']}.pdf", hashlib.sha256(content).hexdigest(), int(found[1]) if found else 0)


def place_of_seal(sheet: Sheet, at: datetime) -> tuple[int, float, float]:
    """Return where the middle of the seal belongs on a printed sheet: page from 0, points from its top left corner."""
    said = _map(asdict(sheet) | {"subject": sheet.subject, "keywords": []}, clean)
    said["fonts"] = {"serif": installed(SERIF), "sans": installed(SANS)}
    told = typst.query(
        TEMPLATES / sheet.template,
        "<seal>",
        field="value",
        one=True,
        root=TEMPLATES,
        font_paths=_fonts(_folders()),
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(said, ensure_ascii=False)},
    )
    found = json.loads(told)
    return int(found["page"]) - 1, float(found["x"]), float(found["y"])


def _map(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map(one, change) for one in value]
    return {key: _map(one, change) for key, one in value.items()} if isinstance(value, dict) else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _respelt(said: dict[str, Any], spellings: Mapping[str, str]) -> dict[str, Any]:
    present = set("".join(_strings(said)))
    known = {sign: clean(instead) for sign, instead in spellings.items() if sign in present and instead}
    if not known:
        return said
    changed = _map(said, lambda text: "".join(known.get(sign, sign) for sign in text))
    notes = [f"“{instead}”代替统一码{code_point(sign)}的字" for sign, instead in sorted(known.items())]
    said_so = {
        "kind": "small",
        "text": f"注：本文书中以{'，以'.join(notes)}，原字因字库缺字未能印出，以案件登记信息为准。",
    }
    return {**changed, "after": [*changed["after"], said_so]}


# Fonts.


def _folders() -> tuple[str, ...]:
    return tuple(settings.FONT_DIRS)


@cache
def _fonts(folders: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


@cache
def _coverage(folders: tuple[str, ...], family: str) -> frozenset[int]:
    """Return the code points for which a family of these folders has a glyph; empty where it is not installed."""
    covered: set[int] | None = None
    for face in _fonts(folders).fonts():
        if face.family == family and face.path and face.style == "normal":
            with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
                here = set(font.getBestCmap() or ())
            # A character is printable only if every weight in which it may be set has it.
            covered = here if covered is None else covered & here
    return frozenset(covered or ())


def installed(families: tuple[str, ...]) -> list[str]:
    """Return which of these families this deployment has; raises PaperRefused where the first is not among them."""
    known = _fonts(_folders()).families()
    found = [family for family in families if family in known]
    if families[0] not in found:
        raise PaperRefused(
            _("文书没有制作：本系统没有安装中文字体“%(family)s”。"),
            _("请系统管理员安装Debian字体包fonts-noto-cjk后重启服务。"),
            family=families[0],
        )
    return found


def _missing(said: dict[str, Any]) -> list[str]:
    """Return the characters for which no font has a glyph, in order; signs of private use mean nothing to others."""
    printed = set("".join(_strings(said))) - WITHOUT_GLYPH
    sets = [_coverage(_folders(), family) for family in installed(SERIF)]
    return sorted(
        sign
        for sign in printed
        if unicodedata.category(sign) == "Co" or not any(ord(sign) in covered for covered in sets)
    )


def _is_han(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith("CJK") or 0x20000 <= ord(sign) <= 0x3FFFF
