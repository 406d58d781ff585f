"""The contents of a roster file in words, and words read back: for pages, forms, spreadsheets and differences.

Lives here: how each shape of fact is shown, written into a box or a cell, and read from there; refusals of the
roster's door in words. Does not live here: forms (``fileforms``), workbooks (``adminkit.fileimports``), what is lawful.
Called by: windows and desks of both platforms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import IdentityKind, Language
from mediation.windows.pages import citations
from mediation.windows.register import PROVINCES
from mediation.workdays import local_day
from roster import facts as f
from roster.identity import IdentityError, check_identity
from roster.moves import Refused

LANGUAGES: tuple[tuple[str, Any], ...] = tuple((one.value, _(one.label)) for one in Language)
"""Languages in which somebody may mediate, by ISO 639 code."""

NAMES: dict[str, Mapping[str, Any]] = {"region": dict(PROVINCES), "language": dict(LANGUAGES)}
EMPTY: dict[str, Any] = {"text": "", "many": [], "count": 0, "flag": False, "day": "", "code": "", "digest": ""}
"""What a fact of this shape holds when nothing stands in it."""

Pictured = Callable[[str], str]
"""Where a page finds the picture with this digest; empty where it shows none."""

_YES, _NO = ("是", "有", "Y", "YES", "TRUE", "1"), ("否", "无", "N", "NO", "FALSE", "0")
_BETWEEN = "、，,;；\n"
_FIELDS = re.compile(r"\s*[|｜]\s*")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


class Unreadable(ValueError):
    """这一项无法识别"""


def fields_of(aggregate: str) -> dict[str, f.Fact]:
    """Return what somebody fills in of a file: all of it but where it belongs and its pictures."""
    return {
        name: fact
        for name, fact in f.FILES[aggregate].items()
        if name not in ("organisation", "unit") and fact.shape != "digest"
    }


def pictures_of(aggregate: str) -> dict[str, f.Fact]:
    """Return the pictures of a file: an organisation's seal, a mediator's photograph."""
    return {name: fact for name, fact in f.FILES[aggregate].items() if fact.shape == "digest"}


def shows_picture(row: Any, digest: str) -> bool:
    """Tell whether a file says this picture: in force, proposed or suggested."""
    names = pictures_of(row.aggregate)
    return any(
        version.get(name) == digest for version in (row.contents(), row.proposed, row.suggested) for name in names
    )


def spoken(fact: f.Fact, value: Any) -> str:
    """Return a value as it stands on a page."""
    if value is None or value == "" or value == []:
        return ""
    if fact.shape == "flag":
        return gettext("是") if value else gettext("否")
    if fact.shape == "digest":
        return gettext("已上传")
    if fact.shape == "many":
        item = fact.item or fact
        between = "；" if item.shape == "record" else "、"
        return between.join(spoken(item, one) for one in value)
    if fact.shape == "record":
        named = (spoken(inner, value.get(name)) for name, inner in (fact.fields or {}).items())
        return " ".join(text for text in named if text)
    if fact.terms is not None:
        return gettext(_label(fact, value))
    return str(NAMES.get(fact.shape, {}).get(value, value))


def written(fact: f.Fact, value: Any) -> str:
    """Return a value as somebody would write it into a box or a cell; ``read`` gives it back."""
    if fact.shape == "many" and fact.item and value:
        between = "\n" if fact.item.shape in ("record", "text") else "、"
        return between.join(written(fact.item, one) for one in value)
    if fact.shape == "record" and value:
        return "|".join(str(value.get(name, "")) for name in fact.fields or {}).rstrip("|")
    if fact.shape == "count":
        return "" if value is None else str(value)
    return spoken(fact, value)


def read(name: str, fact: f.Fact, text: str, on: date) -> Any:
    """Return the value that a text means, or None for nothing where nothing cannot be held.

    ``on`` is the day on which a credit code is judged. Raises Unreadable saying why.
    """
    said = text.replace("\r\n", "\n").strip()
    if not said:
        if fact.required:
            raise Unreadable(gettext("这一项必填"))
        return EMPTY.get(fact.shape)
    value = _read(fact, said)
    if name == "credit_code":
        try:
            value = check_identity(IdentityKind.CREDIT_CODE, value, on=on).number
        except IdentityError as wrong:
            # Whoever shows it ends the sentence, as of every other reason here.
            raise Unreadable((gettext(wrong.message) % wrong.params).rstrip("。.")) from None
    if not fact.test(value):
        longest = fact.most if fact.shape == "text" else 0
        if longest and len(value) > longest:
            raise Unreadable(gettext("最多%(most)d字，现有%(now)d字") % {"most": longest, "now": len(value)})
        raise Unreadable(gettext("格式不正确，或者有重复的内容"))
    return value


def _read(fact: f.Fact, said: str) -> Any:
    match fact.shape:
        case "flag":
            if said.upper() in (*_YES, *_NO):
                return said.upper() in _YES
            raise Unreadable(gettext("请填写“是”或者“否”"))
        case "count":
            if re.fullmatch(r"[0-9]{1,7}", said) and int(said) <= fact.most:
                return int(said)
            raise Unreadable(gettext("请填写0至%(most)d的整数") % {"most": fact.most})
        case "day":
            return _read_day(said)
        case "many":
            item = fact.item or fact
            parts = said.split("\n") if item.shape in ("record", "text") else _split(item, said)
            return [_read(item, part.strip()) for part in parts if part.strip()]
        case "record":
            return _read_record(fact, said)
    known = _options(fact)
    if known and said not in known:
        raise Unreadable(gettext("没有“%(said)s”这一选项") % {"said": said[:30]})
    return known.get(said, said)


def _options(fact: f.Fact) -> dict[str, str]:
    """Return the codes of a closed list by everything that people may write for them; nothing of an open one."""
    if fact.terms is not None:
        return {key: term.value for term in fact.terms for key in (term.value, term.label, gettext(term.label))}
    return {key: code for code, label in NAMES.get(fact.shape, {}).items() for key in (code, str(label))}


def _split(item: f.Fact, said: str) -> list[str]:
    """Return the parts of a list; a term that has such a sign in itself (证券登记、存管、结算纠纷) stays whole."""
    whole = sorted((key for key in _options(item) if set(key) & set(_BETWEEN)), key=len, reverse=True)
    return re.findall(f"(?:{'|'.join([*map(re.escape, whole), f'[^{_BETWEEN}]'])})+", said)


def _read_day(said: str) -> str:
    found = _DAY.fullmatch(said)
    try:
        return date(*map(int, found.groups())).isoformat()  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise Unreadable(gettext("请按“2026-05-01”的格式填写日期")) from None


def _read_record(fact: f.Fact, said: str) -> dict[str, Any]:
    inner = fact.fields or {}
    parts = _FIELDS.split(said)
    if len(parts) > len(inner):
        raise Unreadable(gettext("每行只能填写%(shape)s") % {"shape": pattern_of(fact)})
    found = {}
    for (name, one), part in zip(inner.items(), [*parts, *[""] * (len(inner) - len(parts))], strict=True):
        if part:
            found[name] = _read(one, part)
        elif one.required:
            raise Unreadable(
                gettext("缺少“%(label)s”，请按%(shape)s填写") % {"label": gettext(one.label), "shape": pattern_of(fact)}
            )
    return found


def pattern_of(fact: f.Fact) -> str:
    """Return how the parts of a record are written in one line."""
    return "|".join(gettext(inner.label) for inner in (fact.fields or {}).values())


def compared(
    aggregate: str, before: Mapping[str, Any], after: Mapping[str, Any], pictured: Pictured | None = None
) -> list[dict[str, str]]:
    """Return the fields in which two versions differ, in the file's order: label, what stood, what shall stand, and of
    a picture where to find the old and the new one.
    """
    return [
        {
            "name": name,
            "label": gettext(fact.label),
            "old": spoken(fact, before.get(name)),
            "new": spoken(fact, after[name]),
            "old_picture": _picture(fact, before.get(name), pictured),
            "new_picture": _picture(fact, after[name], pictured),
        }
        for name, fact in f.FILES[aggregate].items()
        if name in after and after[name] != before.get(name, EMPTY.get(fact.shape))
    ]


def shown(aggregate: str, contents: Mapping[str, Any], pictured: Pictured | None = None) -> list[dict[str, str]]:
    """Return what a file says, field by field; what the reader sees elsewhere on the page is left out."""
    return [
        {
            "label": gettext(fact.label),
            "value": spoken(fact, contents.get(name)),
            "picture": _picture(fact, contents.get(name), pictured),
        }
        for name, fact in f.FILES[aggregate].items()
        if name not in ("organisation", "unit")
    ]


def _picture(fact: f.Fact, digest: Any, pictured: Pictured | None) -> str:
    return pictured(digest) if pictured and digest and fact.shape == "digest" else ""


def said(wrong: Refused | f.Malformed, at: datetime) -> str:
    """Return why the roster's door did not make a move: the reason, its article, what to do instead."""
    if isinstance(wrong, f.Malformed):
        return f"{gettext('提交的内容不完整或者格式不正确')}：{gettext(wrong.why)}"
    because = citations(wrong.law[:1], local_day(at))
    return gettext("%(reason)s%(law)s。%(remedy)s") % {
        "reason": gettext(wrong.reason),
        "law": gettext("（%(law)s）") % {"law": because} if because else "",
        "remedy": gettext(wrong.remedy) + gettext("。") if wrong.remedy else "",
    }


def _label(fact: f.Fact, value: str) -> str:
    try:
        return fact.terms(value).label if fact.terms else value
    except ValueError:
        return value
