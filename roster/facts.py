"""The shape of what a roster move states, and the contents of a file field by field.

Lives here: descriptions of single facts, the two tables of a file, the check. Does not live here: whether they are
true or lawful (``guards``, ``conditions``).
Called by: ``lifecycle`` (declares), the door (checks), forms and spreadsheets (render and read the same tables).

What stands here is published by law (ZX-5) or read by a court when it looks for conflicts (TY-15); a complaint's text
never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mediation.vocabulary import Cause, LicenceKind, OrganisationKind, Term
from mediation.vocabulary import gettext_noop as _

_REF = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COURT = re.compile(r"最高法|[一-龥][0-9]{0,4}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Malformed(Exception):
    """提交的内容不完整或者格式不正确"""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.why = why


@dataclass(frozen=True)
class Fact:
    """One fact: its label, its shape (which drives forms and spreadsheets) and its test."""

    label: str
    shape: str
    test: Callable[[Any], bool]
    required: bool = True
    terms: type[Term] | None = None
    item: Fact | None = None
    fields: Mapping[str, Fact] | None = None
    most: int = 0


def text(label: str, most: int, *, required: bool = True) -> Fact:
    """Describe printable text of at most so many characters; required means not blank."""

    def test(value: Any) -> bool:
        fits = isinstance(value, str) and len(value) <= most and not _UNPRINTABLE.search(value)
        return fits and (bool(value.strip()) or not required)

    return Fact(label, "text", test, required, most=most)


def ref(label: str, of: str = "ref", *, required: bool = True) -> Fact:
    """Describe a reference; ``of`` names what it points at."""
    return Fact(label, of, lambda value: isinstance(value, str) and bool(_REF.fullmatch(value)), required)


def code(label: str, terms: type[Term], *, required: bool = True) -> Fact:
    """Describe a code out of one closed list."""
    values = frozenset(member.value for member in terms)
    return Fact(label, "code", lambda value: isinstance(value, str) and value in values, required, terms)


def matching(label: str, pattern: re.Pattern[str], shape: str, *, required: bool = True) -> Fact:
    """Describe a text that a pattern matches from end to end."""
    return Fact(label, shape, lambda value: isinstance(value, str) and bool(pattern.fullmatch(value)), required)


def court(label: str, *, required: bool = True) -> Fact:
    """Describe a court by its code (法院代字)."""
    return matching(label, _COURT, "court", required=required)


def digest(label: str, *, required: bool = True) -> Fact:
    """Describe a digest: 64 hexadecimal digits."""
    return matching(label, _DIGEST, "digest", required=required)


def day(label: str, *, required: bool = True) -> Fact:
    """Describe a calendar day, ISO 8601."""
    return Fact(label, "day", _is_day, required)


def count(label: str, *, most: int = 1_000_000, required: bool = True) -> Fact:
    """Describe a whole number from 0 to ``most``."""
    return Fact(label, "count", lambda value: type(value) is int and 0 <= value <= most, required, most=most)


def flag(label: str, *, required: bool = True) -> Fact:
    """Describe a yes or no."""
    return Fact(label, "flag", lambda value: type(value) is bool, required)


def many(item: Fact, *, required: bool = True, most: int = 500) -> Fact:
    """Describe a list of one kind of fact without repetition; required means at least one."""

    def test(value: Any) -> bool:
        if not isinstance(value, list) or len(value) > most or not (value or not required):
            return False
        return all(map(item.test, value)) and all(one not in value[:place] for place, one in enumerate(value))

    return Fact(item.label, "many", test, required, item=item, most=most)


def blankable(fact: Fact) -> Fact:
    """Describe the same fact that may also be emptied again, by a blank."""
    return replace(fact, test=lambda value: value == "" or fact.test(value))


def record(label: str, fields: Mapping[str, Fact], *, required: bool = True) -> Fact:
    """Describe a group of facts with fixed names."""
    return Fact(label, "record", lambda value: _fits(check, fields, value), required, fields=fields)


def some(label: str, fields: Mapping[str, Fact]) -> Fact:
    """Describe any of a group of facts, but at least one."""
    return Fact(label, "some", lambda value: _fits(check_some, fields, value), fields=fields)


def _fits(wanted: Callable[[Mapping[str, Fact], Any], None], fields: Mapping[str, Fact], value: Any) -> bool:
    try:
        wanted(fields, value)
    except Malformed:
        return False
    return True


def _is_day(value: Any) -> bool:
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return found is not None and found.isoformat() == value and 1900 <= found.year < 2200


def check(schema: Mapping[str, Fact], stated: Any) -> None:
    """Check that every required name is there, none is unknown, all are well-formed; raises Malformed."""
    _check_names(schema, stated)
    for name, fact in schema.items():
        if name not in stated:
            if fact.required:
                raise Malformed(name, _("缺少这一项"))
        else:
            _check_one(name, fact, stated[name])


def check_some(schema: Mapping[str, Fact], stated: Any) -> None:
    """Check that something is stated, no name is unknown and all are well-formed; raises Malformed."""
    _check_names(schema, stated)
    if not stated:
        raise Malformed("", _("没有需要变更的内容"))
    for name, value in stated.items():
        _check_one(name, schema[name], value)


def _check_names(schema: Mapping[str, Fact], stated: Any) -> None:
    if not isinstance(stated, dict):
        raise Malformed("", _("应当提交一组字段"))
    for name in stated:
        if name not in schema:
            raise Malformed(str(name)[:60], _("没有这个字段"))


def _check_one(name: str, fact: Fact, value: Any) -> None:
    if fact.fields is not None:
        # Whoever fills in a form is told which of its fields is wrong.
        (check if fact.shape == "record" else check_some)(fact.fields, value)
    elif not fact.test(value):
        raise Malformed(name, _("这一项的格式不正确"))


# The contents of a file: every name here is a column of the row of the same name.

_CAUSES = many(code(_("受理案由"), Cause), required=False, most=len(Cause))
_LANGUAGES = many(matching(_("服务语言"), _LANGUAGE, "language"), required=False, most=20)

ORGANISATION_FILE: dict[str, Fact] = {
    "name": text(_("组织名称"), 120),
    "kind": code(_("组织类别"), OrganisationKind),
    "credit_code": text(_("统一社会信用代码"), 18),
    "unit": text(_("监管单位代码"), 16, required=False),
    "regions": many(matching(_("受理地域"), re.compile(r"[0-9]{2}"), "region"), required=False, most=40),
    "causes": _CAUSES,
    "scope": text(_("受理范围"), 2000, required=False),
    "expertise": text(_("专业领域"), 2000, required=False),
    "charges_fee": flag(_("是否收费"), required=False),
    "tariff": text(_("收费标准"), 2000, required=False),
    "capacity": count(_("同时办理上限"), most=100_000, required=False),
    "languages": _LANGUAGES,
    "video": flag(_("支持音视频调解"), required=False),
    "phone": text(_("联系电话"), 40, required=False),
    "address": text(_("地址"), 200, required=False),
    "contacts": many(
        record(
            _("联系人"),
            {"name": text(_("姓名"), 60), "duty": text(_("职务"), 60, required=False), "phone": text(_("电话"), 40)},
        ),
        required=False,
        most=20,
    ),
    "licence_kind": blankable(code(_("执业证书类别"), LicenceKind, required=False)),
    "licence_number": text(_("执业证书编号"), 60, required=False),
    "licence_issued_on": blankable(day(_("发证日期"), required=False)),
    "licence_expires_on": blankable(day(_("执业证书有效期至"), required=False)),
    "seal": blankable(digest(_("印章图样"), required=False)),
}

MEDIATOR_FILE: dict[str, Fact] = {
    "organisation": ref(_("所属组织"), "organisation"),
    "unit": text(_("监管单位代码"), 16, required=False),
    "name": text(_("姓名"), 60),
    "expertise": text(_("专业领域"), 2000, required=False),
    "causes": replace(_CAUSES, label=_("擅长案由")),
    "languages": _LANGUAGES,
    "licence_number": text(_("证书编号"), 40, required=False),
    "licence_expires_on": blankable(day(_("证书有效期至"), required=False)),
    "experience_years": count(_("从业年限"), most=80, required=False),
    "employment": many(
        record(
            _("任职经历"),
            {
                "employer": text(_("单位"), 120),
                "from": day(_("起"), required=False),
                "until": day(_("止"), required=False),
            },
        ),
        required=False,
        most=60,
    ),
    "charges_fee": flag(_("是否收费"), required=False),
    "qualifications": many(text(_("资格"), 120), required=False, most=30),
    "training_hours": count(_("累计培训学时"), most=10_000, required=False),
    "certificate": text(_("培训合格证书"), 120, required=False),
    "groups": many(text(_("专业调解组"), 60), required=False, most=20),
    "photo": blankable(digest(_("照片"), required=False)),
}

FILES: dict[str, dict[str, Fact]] = {"organisation": ORGANISATION_FILE, "mediator": MEDIATOR_FILE}
