"""The published shape of a passport: a JSON Schema, from which ``docs/passport.schema.json`` is written.

Lives here: the schema of ``passport.json`` and the names and labels of the format. Does not live here: what is put in
(``contents``), the checks that no schema can state (``opening``).
Called by: ``contents``, ``packing``, ``opening``, ``manage.py docs``.
"""

from __future__ import annotations

import json
from typing import Any

from mediation.vocabulary import Audience, Cause, DocumentKind, EnclosureKind, Role, Side, State, Term, Track

FORMAT = "mediation-docking/passport"
VERSION = 1
LABEL = f"{FORMAT}/{VERSION}"
"""What the signature is over, so that it passes for no other paper's."""

CASE, COVER, VIEWER, MANIFEST, SIGNATURE = (
    "passport.json",
    "封面和目录.pdf",
    "查看.html",
    "manifest.json",
    "signature.json",
)
DOCUMENTS, PAPERS = "documents", "papers"


def _text(told: str, most: int = 400) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, "description": told}


def _pattern(told: str, pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "description": told}


def _whole(told: str, least: int = 0) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": 2**53 - 1, "description": told}


def _term(told: str, terms: type[Term], *, empty: bool = False) -> dict[str, Any]:
    return {"enum": [*([""] if empty else []), *(term.value for term in terms)], "description": told}


def _object(told: str, fields: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "description": told,
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _list(told: str, item: dict[str, Any], most: int = 100_000) -> dict[str, Any]:
    return {"type": "array", "description": told, "items": item, "maxItems": most}


REF = _pattern("编号（UUID）", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
DIGEST = _pattern("校验值，十六进制小写", "^[0-9a-f]{64}$")
INSTANT = _pattern("协调世界时，六位小数", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
PLATFORM = _pattern("平台代码", "^[a-z][a-z0-9_]{0,31}$")
KEY_ID = _pattern("密钥编号：公钥文本SHA-256的前16位", "^[0-9a-f]{16}$")
PATH = _pattern("包内路径；没有随包的为空", r"^$|^(documents|papers)/[^/\\]{1,160}$")
ACTOR = _object(
    "以什么身份",
    {
        "role": _term("角色", Role),
        "ref": _text("编号", 80),
        "seat": _text("席位", 80),
        "via": _text("核验身份的平台", 32),
    },
)
ENCLOSED = _object(
    "附件的说明：内容另见contents",
    {
        "kind": _term("种类", EnclosureKind),
        "audience": _term("可见范围", Audience),
        "about": _text("关于谁", 36),
        "digest": DIGEST,
    },
)
ENTRY = _object(
    "一条案件流水，与平台之间交换的完全相同（docs/exchange.md）",
    {
        "ref": REF,
        "number": _whole("第几条，从1起不间断", 1),
        "kind": _pattern("种类", r"^case\.[a-z_]{1,40}\.v[0-9]{1,3}$"),
        "at": INSTANT,
        "platform": PLATFORM,
        "by": {"type": "object", "description": "谁"},
        "facts": {"type": "object", "description": "所述事项：代码、编号、加盐校验值"},
        "clocks": _list("开始计算的期限", {"type": "object"}, 100),
        "enclosures": _list("附件的说明", ENCLOSED, 10_000),
        "previous": _text("前一条的校验值；第一条为空", 64),
        "algorithm": {"enum": ["sha256", "sm3"], "description": "校验算法"},
        "hash": DIGEST,
        "signature": _text("作者平台的签名", 200),
        "key": KEY_ID,
    },
)
PERSON = _object(
    "当事人或者代理人；号码是否遮盖见scope.revealed",
    {
        "ref": REF,
        "side": _term("哪一方；代理人为空", Side, empty=True),
        "kind": _text("主体类型", 16),
        "investor": _text("投资者类型", 16),
        "institution": _text("机构类型", 16),
        "name": _text("姓名或者名称"),
        "identity_kind": _text("证件类型", 24),
        "identity_number": _text("证件号码"),
        "phone": _text("联系电话"),
        "account_number": _text("证券、期货账户号码"),
    },
)
CONTENT = _object(
    "一份附件的内容和盐：盐与规范JSON合在一起的校验值应当等于流水所记",
    {
        "number": _whole("属于第几条流水", 1),
        **ENCLOSED["properties"],
        "salt": _pattern("盐，16字节的十六进制", "^[0-9a-f]{32}$"),
        "content": {"type": "object", "description": "内容"},
    },
)
DOCUMENT = _object(
    "一份材料",
    {
        "ref": REF,
        "number": _whole("由第几条流水提交", 1),
        "kind": _term("种类，按电子卷宗顺序", DocumentKind),
        "audience": _term("可见范围", Audience),
        "name": _text("文件名"),
        "sha256": DIGEST,
        "size": _whole("字节数"),
        "media_type": _text("类型", 100),
        "path": PATH,
    },
)
PAPER = _object(
    "一份由记录制作的文书或者回证",
    {"title": _text("名称"), "path": PATH, "sha256": DIGEST, "size": _whole("字节数")},
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"urn:{FORMAT.replace('/', ':')}:{VERSION}",
    "title": "案件护照",
    **_object(
        "一个案件在某一条流水之后、以某些身份可以看到的全部内容。",
        {
            "format": {"const": FORMAT, "description": "格式名称"},
            "version": {"const": VERSION, "description": "格式版本；其他版本不接收"},
            "issuer": _object("制作并签名的平台", {"platform": PLATFORM, "name": _text("名称"), "key": KEY_ID}),
            "scope": _object(
                "以什么身份制作、因此包含什么",
                {
                    "capacities": _list("身份", ACTOR, 100),
                    "audiences": _list("可以阅读的范围", _term("范围", Audience), 20),
                    "revealed": {"type": "boolean", "description": "号码是否完整"},
                },
            ),
            "as_of": _object("截至哪一条流水", {"number": _whole("第几条", 1), "head": DIGEST, "at": INSTANT}),
            "case": _object(
                "案件",
                {
                    "ref": REF,
                    "number": _text("案号", 80),
                    "state": _term("状态", State),
                    "state_text": _text("状态名称"),
                    "track": _term("轨道", Track),
                    "track_text": _text("轨道名称"),
                    "cause": _term("案由", Cause),
                    "cause_text": _text("案由名称"),
                    "court": _text("法院代字", 20),
                    "court_name": _text("法院"),
                    "organisation": _text("调解组织编号", 36),
                    "organisation_name": _text("调解组织"),
                    "mediators": _list("调解员姓名", _text("姓名"), 100),
                    "amount": {"anyOf": [_whole("请求金额，分"), {"type": "null"}]},
                    "filed_at": {"anyOf": [INSTANT, {"type": "null"}]},
                    "effective_at": {"anyOf": [INSTANT, {"type": "null"}]},
                },
            ),
            "people": _list("当事人和代理人", PERSON, 20_000),
            "clocks": _list("正在计算的期限", {"type": "object"}, 100),
            "journal": {**_list("案件流水，从第1条起", ENTRY), "minItems": 1},
            "labels": {
                "type": "object",
                "description": "代码的中文名称，供阅读：词表/代码；流水种类前为Move/",
                "additionalProperties": _text("名称"),
            },
            "contents": _list("可以阅读的附件内容", CONTENT),
            "documents": _list("材料，按电子卷宗顺序", DOCUMENT, 20_000),
            "papers": _list("裁判文书和送达回证", PAPER, 20_000),
            "receipts": _list("对方平台的签收回执（docs/exchange.md）", {"type": "object"}),
            "keys": {
                "type": "object",
                "description": "验证流水和回执用的公钥，按平台",
                "propertyNames": {"pattern": PLATFORM["pattern"]},
                "additionalProperties": _list("公钥", _text("公钥", 200), 1_000),
            },
        },
    ),
}


def render() -> str:
    """Return docs/passport.schema.json."""
    return json.dumps(SCHEMA, ensure_ascii=False, indent=2) + "\n"
