"""Opening a passport from elsewhere: nothing of it is believed before everything has been checked.

Lives here: every check, in the order in which they become safe to make. Does not live here: keeping it (``records``).
Called by: ``records``, ``manage.py import_passport``.

An archive that passes is, byte for byte, one that ``packing.pack`` makes: there is no room beside or between the files.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from mediation import chain
from mediation.chain import PublicKey
from mediation.passport.packing import Piece, manifest_of, pack
from mediation.passport.shape import CASE, FORMAT, LABEL, MANIFEST, SCHEMA, SIGNATURE, VERSION
from mediation.vocabulary import EnclosureKind
from mediation.vocabulary import gettext_noop as _

LARGEST = 256 * 1024 * 1024
MOST_FILES = 20_000
NAME = re.compile(r"(?:(?:documents|papers)/)?[^/\\:\x00-\x1f.][^/\\:\x00-\x1f]{0,170}")
_VALIDATOR = Draft202012Validator(SCHEMA)


class PassportRefused(ValueError):
    """案件护照没有通过校验，没有导入。"""

    def __init__(self, message: str, **params: object) -> None:
        """Keep the source string and its parameters apart, so that the edge can translate before filling in."""
        super().__init__(message % params)
        self.message, self.params = message, params


@dataclass(frozen=True)
class Opened:
    """A passport that holds: what it says, and the key it was signed with."""

    told: dict[str, Any]
    pieces: dict[str, bytes]
    key: str


def open_passport(raw: bytes, trusted: Mapping[str, Mapping[str, PublicKey]]) -> Opened:
    """Return what a passport says, once its bytes, signature, shape, journal, contents and files all hold.

    ``trusted``: signing keys by platform and id, received by a trusted way. Raises PassportRefused, in Chinese.
    """
    pieces = _unpacked(raw)
    by_path = {one.path: one.content for one in pieces}
    if len(by_path) < len(pieces) or pack(pieces) != raw:
        raise PassportRefused(_("压缩包不是按案件护照的格式制作的，或者制作后经过改动。请重新取得原文件。"))
    manifest, signature = _json(by_path, MANIFEST), _json(by_path, SIGNATURE)
    told = _json(by_path, CASE)
    for said in (manifest, signature, told):
        _check_version(said)
    key = _check_signature(by_path[MANIFEST], signature, trusted)
    if by_path[MANIFEST] != chain.canonical(manifest_of(pieces[:-2])):
        raise PassportRefused(_("文件与清单不符：有文件被改动、增加、删除或者调换。请重新取得原文件。"))
    _check_shape(told)
    if told["issuer"]["platform"] != signature["platform"] or told["issuer"]["key"] != key:
        raise PassportRefused(_("护照所写的制作平台与签名不符。"))
    _check_journal(told)
    _check_contents(told)
    _check_files(told, {one.path: one for one in pieces})
    return Opened(told, by_path, key)


def _unpacked(raw: bytes) -> list[Piece]:
    if len(raw) > LARGEST:
        raise PassportRefused(_("文件超过%(size)d MB，不能导入。"), size=LARGEST // 1024 // 1024)
    end = raw.rfind(b"PK\x05\x06", -65_557)
    if end < 0 or len(raw) < end + 22 or struct.unpack_from("<H", raw, end + 10)[0] > MOST_FILES:
        raise PassportRefused(_("文件不是完整的ZIP压缩包。请重新取得原文件。"))
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            for entry in entries:
                _check_entry(entry)
            if sum(entry.file_size for entry in entries) > len(raw):
                raise PassportRefused(_("压缩包声明的内容大于文件本身，疑似压缩炸弹，没有导入。"))
            return [Piece(entry.filename, archive.read(entry)) for entry in entries]
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, struct.error, RuntimeError) as broken:
        raise PassportRefused(_("压缩包已损坏，无法读取。请重新取得原文件。")) from broken


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if not NAME.fullmatch(entry.filename) or ".." in entry.filename.split("/"):
        raise PassportRefused(_("压缩包中有不允许的文件路径：%(name)s。没有导入。"), name=entry.filename[:80])
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & ~0x800 or entry.file_size > LARGEST:
        raise PassportRefused(_("压缩包中的文件经过压缩或者加密；案件护照不压缩。疑似压缩炸弹，没有导入。"))


def _json(pieces: Mapping[str, bytes], path: str) -> dict[str, Any]:
    try:
        said = json.loads(pieces[path])
        if isinstance(said, dict) and chain.canonical(said) == pieces[path]:
            return said
    except (KeyError, ValueError, RecursionError):
        pass
    raise PassportRefused(_("缺少“%(path)s”，或者其格式不正确。"), path=path)


def _check_version(said: Mapping[str, Any]) -> None:
    if said.get("format") != FORMAT:
        raise PassportRefused(_("这个文件不是案件护照。"))
    if said.get("version") != VERSION:
        raise PassportRefused(
            _("案件护照的格式版本是%(version)s，本系统只认识版本%(known)d。请升级后再导入。"),
            version=str(said.get("version"))[:20],
            known=VERSION,
        )


def _check_signature(
    manifest: bytes, signature: Mapping[str, Any], trusted: Mapping[str, Mapping[str, PublicKey]]
) -> str:
    platform, key_id, sealed = (str(signature.get(name, "")) for name in ("platform", "key", "signature"))
    key = trusted.get(platform, {}).get(key_id)
    if key is None:
        raise PassportRefused(
            _(
                "不认识签名密钥%(key)s（平台%(platform)s）。请通过可靠途径取得对方“manage.py keys export”的结果，"
                "用--keys指明后再导入。"
            ),
            key=key_id[:16],
            platform=platform[:32],
        )
    if signature.get("public") != key.text or not key.verify(chain.digest("sha256", manifest), sealed, label=LABEL):
        raise PassportRefused(_("签名无效：清单不是该平台签名的，或者签名后经过改动。"))
    return key_id


def _check_shape(told: Mapping[str, Any]) -> None:
    wrong = next(iter(_VALIDATOR.iter_errors(told)), None)
    if wrong is not None:
        raise PassportRefused(_("内容不符合案件护照的格式，位置：%(place)s。"), place=wrong.json_path[:120])


def _check_journal(told: Mapping[str, Any]) -> None:
    try:
        keys = {code: {key.id: key for key in map(PublicKey.load, texts)} for code, texts in told["keys"].items()}
    except ValueError as wrong:
        raise PassportRefused(_("护照中的公钥无法读取。")) from wrong
    journal, as_of = told["journal"], told["as_of"]
    fault = next(chain.check_chain(journal, chain.verifier(keys), head=(as_of["number"], as_of["head"])), None)
    if fault is not None:
        raise PassportRefused(
            _("案件流水第%(number)d条未通过校验（%(kind)s）。"), number=fault.number, kind=fault.kind.value
        )
    if len(journal) != as_of["number"] or any(entry["ref"] != told["case"]["ref"] for entry in journal):
        raise PassportRefused(_("案件流水与护照所述的案件或者截至的条数不符。"))


def _check_contents(told: Mapping[str, Any]) -> None:
    journal = told["journal"]
    for one in told["contents"]:
        entry = journal[one["number"] - 1] if one["number"] <= len(journal) else {}
        reference = {name: one[name] for name in ("kind", "audience", "about", "digest")}
        held = reference in entry.get("enclosures", ())
        if not held or one["digest"] != chain.salted_digest(
            entry["algorithm"], one["salt"], chain.canonical(one["content"])
        ):
            raise PassportRefused(_("第%(number)d条流水的附件内容与流水所记的校验值不符。"), number=one["number"])


def _check_files(told: Mapping[str, Any], pieces: Mapping[str, Piece]) -> None:
    described = {
        (one["number"], one["content"].get("ref"), one["content"].get("sha256"))
        for one in told["contents"]
        if one["kind"] == EnclosureKind.DOCUMENT
    }
    stray = {path for path in pieces if "/" in path}
    for one in (*told["documents"], *told["papers"]):
        piece = pieces.get(one["path"]) if one["path"] else None
        stray.discard(one["path"])
        if one["path"] and (piece is None or (piece.sha256, len(piece.content)) != (one["sha256"], one["size"])):
            raise PassportRefused(_("材料“%(name)s”与其校验值不符。"), name=one["path"][:120])
    if any((one["number"], one["ref"], one["sha256"]) not in described for one in told["documents"]):
        raise PassportRefused(_("有材料没有记载在案件流水中。"))
    if stray:
        raise PassportRefused(_("压缩包中有护照没有写明的文件：%(name)s。"), name=min(stray)[:120])
