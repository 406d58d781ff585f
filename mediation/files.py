"""Files from outside: judged by what they contain, kept sealed, handed out so that no browser runs them.

Lives here: ``judge`` (what may come in), ``store``, ``fetch``, ``rescan``, ``erase``, ``sweep`` (where it stays), the
same for recordings, which lie in pieces because they are too large for memory, and the headers under which a file
leaves. Does not live here: which document is what and who may read it (enclosures), the forms that receive it.
Called by: forms and REST views on upload, the exchange when a file arrives from the peer, views that hand a file out.

Nothing here trusts a name, a declared type or a declared size. Contents lie in ``documents/<platform>/`` below the
setting ``STATE_DIR``, to be backed up together with the database.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from mediation import scanning
from mediation.chain import SealBroken
from mediation.models import Blob, Scan
from mediation.scanning import Verdict
from mediation.vocabulary import ScanState
from mediation.vocabulary import gettext_noop as _
from roster.sealed import open_bytes, seal_bytes

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 20 * MEBIBYTE
LARGEST_TEXT = 2 * MEBIBYTE
PIECE = 4 * MEBIBYTE
"""In pieces of how many bytes a recording is kept and carried that is too large to be held in memory."""

LARGEST_UNPACKED = 100 * MEBIBYTE
LARGEST_RATIO = 150
MOST_ENTRIES = 2_000
MOST_PIXELS = 250_000_000
MOST_PARTS = 50_000
MOST_ESCAPES = 500_000
LONGEST_NAME = 100
LEFT = timedelta(days=30)
"""How long a content is left that no register row names: one that is restored from a backup may still come to do so."""

_EICAR = b"$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!"
_CHUNK = 64 * 1024


class FileRefused(ValueError):
    """文件无法接收，请更换文件后重新上传。"""

    def __init__(self, message: str, **params: object) -> None:
        """Keep the source string and its parameters apart, so that the edge can translate before filling in."""
        super().__init__(message % params)
        self.message, self.params = message, params


class BlobMissing(LookupError):
    """本平台没有保存该文件，或者文件已被删除。"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class FileInfected(BlobMissing):
    """查毒发现该文件含有病毒，已经封存，不能打开。请提交人重新上传。"""


@dataclass(frozen=True)
class Judged:
    """A file that may come in: its type by content, its digest, and a name that is safe to show and to save under;
    ``verdict`` is the virus scanner's, where there is one.
    """

    type: str
    media_type: str
    size: int
    sha256: str
    name_safe: str
    verdict: Verdict | None = None


@dataclass(frozen=True)
class FileType:
    """One kind of file that is taken: its name on the wire, its extensions, how large it may be, how it is read."""

    media_type: str
    extensions: tuple[str, ...]
    largest: int
    inspect: Callable[[bytes], None]


# Judging


def largest_recording() -> int:
    """Return how many bytes an audio or video recording may have that arrives by pieces."""
    return max(LARGEST_FILE, int(settings.RECORDING_MAX_BYTES))


def may_be_recording(name: str) -> bool:
    """Tell whether a name says audio or video: nothing else may be larger than ``LARGEST_FILE``."""
    return name.rpartition(".")[2].lower() in {one for kind in RECORDINGS for one in TYPES[kind].extensions}


def check_beginning(raw: bytes) -> None:
    """Raise FileRefused unless a content begins as a recording does: before hundreds of megabytes have come."""
    if _recording_type(raw) is None:
        raise FileRefused(
            _("超过%(size)d MB的只接收录音录像（mp4、mov、m4a、mp3、wav）。"), size=LARGEST_FILE // MEBIBYTE
        )


def judge_pieces(name: str, pieces: Callable[[], Iterable[bytes]], size: int) -> Judged:
    """Return what a recording is that lies in pieces, of which one at a time is in memory; raises FileRefused.

    ``pieces`` gives the content from its beginning each time it is called.
    """
    digest, tail, kind, walk, read = hashlib.sha256(), b"", "", _Boxes(), 0
    for piece in pieces():
        if not read:
            check_beginning(piece)
            kind = _recording_type(piece) or ""
        _check_virus(tail[-len(_EICAR) :] + piece)
        if kind == "MP4":
            walk.feed(piece)
        digest.update(piece)
        tail, read = (tail + piece)[-65_557:], read + len(piece)
    if not read or read != size or (kind == "MP4" and not walk.is_whole):
        raise _damaged()
    if read > largest_recording():
        raise FileRefused(
            _("录音录像超过%(size)d MB，请分段录制或者压缩后上传。"), size=largest_recording() // MEBIBYTE
        )
    _check_no_directory(tail)
    taken = TYPES[kind]
    name_safe = clean_name(name, taken.extensions[0])
    if name_safe.rpartition(".")[2].lower() not in taken.extensions:
        raise FileRefused(
            _("文件扩展名与内容不符：内容是%(type)s。请用原来的软件重新保存，不要自行修改扩展名。"), type=kind
        )
    verdict = scanning.examine(pieces()) if scanning.is_on() else None
    if verdict and verdict.state is ScanState.INFECTED:
        raise _infected(verdict)
    return Judged(kind, taken.media_type, read, digest.hexdigest(), name_safe, verdict)


def judge(name: str, content: bytes | BinaryIO, *, allowed: Iterable[str] | None = None) -> Judged:
    """Return what an uploaded file is, judged by its content; ``allowed`` holds names from ``TYPES``, all if None.

    Raises FileRefused, in Chinese, saying what is wrong and what to do. Reads no more than the limit and one byte.
    """
    raw = content if isinstance(content, bytes) else content.read(LARGEST_FILE + 1)
    if not raw:
        raise FileRefused(_("文件是空的，请检查后重新上传。"))
    _check_size(raw, LARGEST_FILE)
    _check_virus(raw)
    kind = _type_of(raw)
    taken = TYPES[kind]
    name_safe = clean_name(name, taken.extensions[0])
    if name_safe.rpartition(".")[2].lower() not in taken.extensions:
        raise FileRefused(
            _("文件扩展名与内容不符：内容是%(type)s。请用原来的软件重新保存，不要自行修改扩展名。"), type=kind
        )
    if kind not in (TYPES if allowed is None else set(allowed)):
        names = "、".join(TYPES if allowed is None else allowed)
        raise FileRefused(_("此处不接收%(type)s文件，请上传以下类型之一：%(allowed)s。"), type=kind, allowed=names)
    _check_size(raw, taken.largest)
    taken.inspect(raw)
    verdict = scanning.examine(raw) if scanning.is_on() else None
    if verdict and verdict.state is ScanState.INFECTED:
        raise _infected(verdict)
    return Judged(kind, taken.media_type, len(raw), hashlib.sha256(raw).hexdigest(), name_safe, verdict)


def clean_name(name: str, extension: str) -> str:
    """Return a file name without path, control and direction signs, at most 100 characters, with an extension."""
    text = unicodedata.normalize("NFC", name[-1_000:]).replace("\\", "/").rpartition("/")[2]
    text = "".join(
        sign for sign in text if unicodedata.category(sign)[0] != "C" and unicodedata.category(sign) not in ("Zl", "Zp")
    )
    text = re.sub(r'[<>:"|?*%;`$&\']', "_", re.sub(r"\s+", " ", text)).strip().rstrip(" .")
    stem, dot, ending = text.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,8}", ending):
        stem, ending = text, extension
    stem = stem.strip(" .")[: LONGEST_NAME - 1 - len(ending)].strip(" .") or "材料"
    if re.fullmatch(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", stem, re.IGNORECASE):
        stem = f"_{stem}"
    return f"{stem}.{ending}"


def _check_size(raw: bytes, largest: int) -> None:
    if len(raw) > largest:
        raise FileRefused(_("文件超过%(size)d MB，请压缩图片或者拆分后分别上传。"), size=largest // MEBIBYTE)


def _check_virus(raw: bytes) -> None:
    if _EICAR in raw:
        raise FileRefused(_("文件含有病毒特征，已拒绝接收。请查杀病毒后重新上传。"))


def _infected(verdict: Verdict) -> FileRefused:
    return FileRefused(
        _("文件含有病毒（%(threat)s），已拒绝接收。请用杀毒软件清除，或者换一台设备重新导出后上传。"),
        threat=verdict.threat,
    )


def _type_of(raw: bytes) -> str:
    """Return the name of the type that the content shows, by its first bytes."""
    if raw.startswith(b"%PDF-"):
        return "PDF"
    if recording := _recording_type(raw):
        return recording
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WebP"
    if raw.startswith(b"PK\x03\x04"):
        return _office_type(raw)
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise FileRefused(_("不接收旧版或者加密的Office文件，请取消密码并另存为docx、xlsx或者PDF后上传。"))
    if raw.startswith((b"PK", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise FileRefused(_("不接收压缩包，请解压后逐个上传其中的文件。"))
    if raw.startswith(
        (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"\x00asm", b"L\x00\x00\x00\x01\x14\x02")
    ):
        raise FileRefused(_("不接收程序和快捷方式，请上传PDF、图片或者Office文档。"))
    _check_text(raw)
    return "TXT"


def _office_type(raw: bytes) -> str:
    with _directory(raw) as archive:
        names = set(archive.namelist())
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return "DOCX"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "XLSX"
    raise FileRefused(_("不接收压缩包，请解压后逐个上传其中的文件。"))


def _directory(raw: bytes) -> zipfile.ZipFile:
    """Return the archive with its directory read and counted, nothing unpacked."""
    # The count in the end record bounds the work before the directory is read.
    end = raw.rfind(b"PK\x05\x06", -65_557)
    if end >= 0 and len(raw) >= end + 12 and struct.unpack_from("<H", raw, end + 10)[0] > MOST_ENTRIES:
        raise _bomb()
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as broken:
        raise _damaged() from broken
    if len(archive.infolist()) > MOST_ENTRIES:
        raise _bomb()
    return archive


def _bomb() -> FileRefused:
    return FileRefused(_("文件解压后过大，疑似压缩炸弹，已拒绝接收。请重新导出文件后上传。"))


def _damaged() -> FileRefused:
    return FileRefused(_("文件已损坏或者不完整，无法读取。请打开检查后重新保存再上传。"))


def _double_natured() -> FileRefused:
    return FileRefused(_("文件中夹带了其他格式的内容，已拒绝接收。请用原来的软件重新导出后上传。"))


def _active() -> FileRefused:
    return FileRefused(_("文件含有宏、脚本、附件或者其他可执行内容，已拒绝接收。请另存为不含这些内容的PDF后上传。"))


def _locked() -> FileRefused:
    return FileRefused(_("文件已加密，平台和法院无法查阅。请取消密码后重新上传。"))


def _unreadable() -> FileRefused:
    return FileRefused(_("PDF的内部编码无法检查，已拒绝接收。请用打印为PDF的方式重新生成后上传。"))


def _check_no_archive(raw: bytes) -> None:
    """Refuse a file at whose end an archive can be opened as well."""
    if b"PK\x05\x06" in raw[-65_557:]:
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                hidden = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
            return
        if hidden:
            raise _double_natured()


# PDF. The names of active things are looked for in every byte, because a reader may see an object where we see a
# stream, and in every object stream, unpacked, because they hide there.

_PDF_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|Rendition)(?![A-Za-z])"
    rb"|/XFA\s*(?:\[|[0-9]+\s+[0-9]+\s+R)"
)
_PDF_ENCRYPT = re.compile(rb"/Encrypt(?![A-Za-z])")
_PDF_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_PDF_FILTER = re.compile(rb"/Filter\s*(?:/(?:FlateDecode|Fl)(?![A-Za-z])|\[\s*/(?:FlateDecode|Fl)\s*\])")


def _inspect_pdf(raw: bytes) -> None:
    if b"%%EOF" not in raw[-2_048:]:
        raise _damaged()
    _check_no_archive(raw)
    _check_pdf_names(raw)
    budget = LARGEST_UNPACKED
    for count, found in enumerate(_PDF_STREAM.finditer(raw)):
        if count > MOST_PARTS:
            raise _unreadable()
        dictionary = raw[max(0, found.start() - 8_192) : found.start()]
        dictionary = _plain_names(dictionary[dictionary.rfind(b"obj") + 3 :])
        if not re.search(rb"/First(?![A-Za-z])|/ObjStm(?![A-Za-z])", dictionary):
            continue
        if b"/Filter" not in dictionary:
            continue
        if not _PDF_FILTER.search(dictionary) or re.search(rb"/(?:DecodeParms|DP|F)(?![A-Za-z])", dictionary):
            raise _unreadable()
        unpacked = _inflate(raw, found.end(), min(budget, 16 * MEBIBYTE))
        budget -= len(unpacked)
        _check_pdf_names(unpacked)


def _inflate(raw: bytes, start: int, largest: int) -> bytes:
    """Unpack one stream in small bites: the library would copy all that follows it each time."""
    unpacker, unpacked = zlib.decompressobj(), bytearray()
    while not unpacker.eof and start < len(raw):
        try:
            unpacked += unpacker.decompress(raw[start : start + _CHUNK])
        except zlib.error as broken:
            raise _damaged() from broken
        if len(unpacked) > largest:
            raise _bomb()
        start += _CHUNK
    return bytes(unpacked)


def _plain_names(raw: bytes) -> bytes:
    """Return PDF bytes with #xx escapes resolved: /J#61vaScript is the same name as /JavaScript."""
    if raw.count(b"#") > MOST_ESCAPES:
        raise _unreadable()
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw) if b"#" in raw else raw


def _check_pdf_names(raw: bytes) -> None:
    plain = _plain_names(raw)
    if _PDF_ENCRYPT.search(plain):
        raise _locked()
    if _PDF_ACTIVE.search(plain):
        raise _active()
    _check_virus(plain)


# Images


def _inspect_png(raw: bytes) -> None:
    at, width, height, last, parts = 8, 0, 0, b"", 0
    while at + 12 <= len(raw) and last != b"IEND" and parts < MOST_PARTS:
        parts += 1
        length, last = struct.unpack_from(">I4s", raw, at)
        if at + 12 + length > len(raw):
            raise _damaged()
        chunk = raw[at + 4 : at + 8 + length]
        if zlib.crc32(chunk) != struct.unpack_from(">I", raw, at + 8 + length)[0]:
            raise _damaged()
        if at == 8:
            if last != b"IHDR" or length != 13:
                raise _damaged()
            width, height = struct.unpack_from(">II", chunk, 4)
        at += 12 + length
    if last != b"IEND":
        raise _damaged()
    if at != len(raw):
        raise _double_natured()
    _check_pixels(width, height)


def _inspect_jpeg(raw: bytes) -> None:
    _check_no_archive(raw)
    at, framed, parts = 2, False, 0
    while at + 4 <= len(raw) and parts < MOST_PARTS:
        parts += 1
        marker, length = struct.unpack_from(">HH", raw, at)
        if marker < 0xFF01 or length < 2 or at + 2 + length > len(raw):
            raise _damaged()
        if marker in range(0xFFC0, 0xFFD0) and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            if length < 8:
                raise _damaged()
            height, width = struct.unpack_from(">HH", raw, at + 5)
            _check_pixels(width, height)
            framed = True
        at += 2 + length
        if marker == 0xFFDA:
            break
    else:
        raise _damaged()
    # Telephones append previews and films after the picture, so an end marker anywhere behind the scan will do.
    if not framed or raw.find(b"\xff\xd9", at) < 0:
        raise _damaged()


def _inspect_webp(raw: bytes) -> None:
    _check_no_archive(raw)
    declared = struct.unpack_from("<I", raw, 4)[0] + 8
    if declared > len(raw) or raw[12:16] not in (b"VP8 ", b"VP8L", b"VP8X"):
        raise _damaged()
    if declared != len(raw):
        raise _double_natured()


def _check_pixels(width: int, height: int) -> None:
    if not width or not height:
        raise _damaged()
    if width * height > MOST_PIXELS:
        raise FileRefused(_("图片尺寸过大（%(width)d×%(height)d像素），请缩小后上传。"), width=width, height=height)


# Office documents

_OFFICE_FORBIDDEN = re.compile(
    r"(?:^|/)(?:vbaproject|vbadata)[^/]*$|(?:^|/)(?:activex|macrosheets|dialogsheets|embeddings|externallinks)/"
    r"|\.(?:exe|dll|js|vbs|bat|cmd|ps1|scr|jar|zip|rar|7z|docx|xlsx|docm|xlsm|html?|svg|swf|lnk|hta|ole)$"
)
_OFFICE_ACTIVE = re.compile(rb"macroenabled|vbaproject|ms-office\.activex|oleobject", re.IGNORECASE)
# The kinds of relationship that fetch when opened; a document that also has any outside target is refused as a whole,
# which needs no parsing that a clever attribute could lead astray.
_OFFICE_FETCHING = re.compile(rb"/(?:attachedtemplate|frame|subdocument|oleobject|externallink|package)", re.IGNORECASE)
_OFFICE_OUTSIDE = re.compile(rb"targetmode\s*=\s*[\"']\s*external", re.IGNORECASE)


def _inspect_office(raw: bytes) -> None:
    if b"%PDF-" in raw[:1_024]:
        raise _double_natured()
    with _directory(raw) as archive:
        entries = archive.infolist()
        _check_entries(entries, archive.start_dir)
        total = 0
        for entry in entries:
            total += _read_entry(archive, entry, LARGEST_UNPACKED - total)


def _check_entries(entries: list[zipfile.ZipInfo], directory_at: int) -> None:
    """Judge an archive by its directory alone: names, locks, declared sizes, entries that share their bytes."""
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise _double_natured()
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise _double_natured()
        if _OFFICE_FORBIDDEN.search(name):
            raise _active()
    if any(entry.flag_bits & 0x41 for entry in entries):
        raise _locked()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _damaged()
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > LARGEST_UNPACKED or (unpacked > MEBIBYTE and unpacked > LARGEST_RATIO * max(packed, 1)):
        raise _bomb()
    free_from = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < free_from or (not free_from and entry.header_offset):
            raise _bomb() if entry.header_offset < free_from else _double_natured()
        free_from = entry.header_offset + 30 + entry.compress_size
    if free_from > directory_at:
        raise _bomb()


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    """Unpack one entry within the budget, look at it, and return its real size."""
    try:
        with archive.open(entry) as reader:
            inner = reader.read(min(budget, entry.file_size) + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as broken:
        raise _damaged() from broken
    if len(inner) > min(budget, entry.file_size):
        raise _bomb()
    _check_virus(inner)
    if inner.startswith((b"MZ", b"\x7fELF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _active()
    if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
        # A part may be written in UTF-16; without its zero bytes it reads the same.
        plain = inner.replace(b"\0", b"")
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise _bomb()
        if entry.filename == "[Content_Types].xml" and _OFFICE_ACTIVE.search(plain):
            raise _active()
        if entry.filename.lower().endswith(".rels") and _fetches(plain):
            raise _active()
    return len(inner)


def _fetches(relationships: bytes) -> bool:
    """Tell whether relationships hide a word behind a character reference, run something or fetch from outside."""
    if b"&#" in relationships or _OFFICE_ACTIVE.search(relationships):
        return True
    return bool(_OFFICE_OUTSIDE.search(relationships) and _OFFICE_FETCHING.search(relationships))


# Recordings. Nothing here plays them; that they are what they say, and nothing else beside it, is what is looked at.

_BRANDS = (*b"isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 3gp4 3gp5 3gp6 MSNV dash".split(), b"M4A ", b"M4V ", b"qt  ")


def _recording_type(raw: bytes) -> str | None:
    """Return which kind of recording a content begins as, or None."""
    if raw[4:8] == b"ftyp" and raw[8:12] in _BRANDS:
        return "MP4"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        return "WAV"
    # A frame of MPEG audio, layer 3, of a known rate; or a label before it.
    frame = len(raw) > 3 and raw[0] == 0xFF and raw[1] & 0xE6 == 0xE2 and raw[2] & 0xF0 not in (0xF0, 0)
    return "MP3" if frame or (raw[:3] == b"ID3" and len(raw) > 10 and raw[3] < 5) else None


class _Boxes:
    """Walks along the boxes of an MP4 as they come, without their contents; they must fill the file."""

    def __init__(self) -> None:
        self._at, self._next, self._head, self._open_ended = 0, 0, b"", False

    @property
    def is_whole(self) -> bool:
        """Tell whether the last box ended with the file."""
        return self._open_ended or (self._at == self._next and not self._head)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; raises FileRefused for what is no box."""
        place = 0
        while place < len(piece) and not self._open_ended:
            if self._at + place < self._next:
                place = min(len(piece), self._next - self._at)
                continue
            wanted = 16 if self._head[:4] == b"\0\0\0\x01" else 8
            taken = piece[place : place + wanted - len(self._head)]
            self._head, place = self._head + taken, place + len(taken)
            if len(self._head) == wanted and not (wanted == 8 and self._head[:4] == b"\0\0\0\x01"):
                self._open(self._at + place - wanted, wanted)
        self._at += len(piece)

    def _open(self, start: int, head: int) -> None:
        size = int.from_bytes(self._head[8:16] if head == 16 else self._head[:4], "big")
        name, self._head = self._head[4:8], b""
        if (size and size < head) or not all(0x20 <= sign < 0x7F or sign == 0xA9 for sign in name):
            raise _damaged()
        self._open_ended, self._next = not size, start + size


def _inspect_recording(raw: bytes) -> None:
    if _recording_type(raw) == "MP4":
        walk = _Boxes()
        walk.feed(raw)
        if not walk.is_whole:
            raise _damaged()
    _check_no_directory(raw[-65_557:])


def _check_no_directory(tail: bytes) -> None:
    """Refuse a content that ends as an archive does."""
    found = tail.rfind(b"PK\x05\x06")
    left = len(tail) - found - 22
    if found >= 0 and left >= 0 and struct.unpack_from("<H", tail, found + 20)[0] == left:
        raise _double_natured()


# Text

_MARKUP = re.compile(
    r"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|meta|link|style|img|form|a\s|\?php|\?xml|%)|^\s*(?:\{\\rtf|%!ps|from:.*\n)",
    re.IGNORECASE,
)


def _check_text(raw: bytes) -> None:
    """Refuse what is neither a known format nor plain text in UTF-8 or GB 18030."""
    for encoding in ("utf-8-sig", "gb18030") if len(raw) <= LARGEST_TEXT else ():
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", text):
            break
        if _MARKUP.search(text):
            raise FileRefused(_("不接收网页、SVG和其他带标记的文件，请另存为PDF后上传。"))
        return
    raise FileRefused(_("无法识别文件类型。请上传PDF、图片、docx、xlsx、录音录像，或者2 MB以内UTF-8编码的txt文件。"))


TYPES = {
    "PDF": FileType("application/pdf", ("pdf",), LARGEST_FILE, _inspect_pdf),
    "JPEG": FileType("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), LARGEST_FILE, _inspect_jpeg),
    "PNG": FileType("image/png", ("png",), LARGEST_FILE, _inspect_png),
    "WebP": FileType("image/webp", ("webp",), LARGEST_FILE, _inspect_webp),
    "DOCX": FileType(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ("docx",),
        LARGEST_FILE,
        _inspect_office,
    ),
    "XLSX": FileType(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), LARGEST_FILE, _inspect_office
    ),
    "TXT": FileType("text/plain", ("txt",), LARGEST_TEXT, _check_text),
    "MP4": FileType("video/mp4", ("mp4", "m4v", "mov", "m4a", "3gp"), LARGEST_FILE, _inspect_recording),
    "MP3": FileType("audio/mpeg", ("mp3",), LARGEST_FILE, _inspect_recording),
    "WAV": FileType("audio/wav", ("wav",), LARGEST_FILE, _inspect_recording),
}
"""Every type that is taken, with its limit; the one table of limits."""

RECORDINGS = ("MP4", "MP3", "WAV")
"""Types that may be larger, up to ``largest_recording``, where they arrive by pieces."""

# Keeping


def store(platform: str, judged: Judged, content: bytes, at: datetime) -> Blob:
    """Keep a judged file for a platform, sealed, and return its register row; storing it again changes nothing.

    Raises ValueError if the content is not the one that was judged. A crash leaves at most a sealed file without a row.
    """
    if hashlib.sha256(content).hexdigest() != judged.sha256:
        raise ValueError("the content is not the one that was judged")
    path = _path(platform, judged.sha256)
    context = _context(platform, judged.sha256)
    if _opens(path, context):
        path.touch()
    else:
        _write(path, seal_bytes(content, context))
    blob, _created = Blob.objects.get_or_create(
        platform=platform,
        sha256=judged.sha256,
        defaults={"size": judged.size, "media_type": judged.media_type, "stored_at": at},
    )
    if judged.verdict:
        _note_scan(platform, judged.sha256, judged.verdict, at)
    return blob


@contextmanager
def kept(platform: str, judged: Judged, content: bytes, at: datetime) -> Iterator[None]:
    """Keep a file that nothing else refers to for the row that is about to name it, or nothing where that fails."""
    try:
        store(platform, judged, content, at)
        yield
    except Exception:
        erase(platform, judged.sha256)
        raise


def store_pieces(platform: str, judged: Judged, pieces: Callable[[], Iterable[bytes]], at: datetime) -> Blob:
    """Keep a judged recording for a platform in sealed pieces of equal size, of which one at a time is in memory.

    Raises ValueError if the content is not the one that was judged. At every instant all of it is there or nothing.
    """
    folder = _pieces_of(platform, judged.sha256)
    if folder.is_dir():
        folder.touch()
    else:
        beside = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
        beside.mkdir(parents=True, mode=0o700)
        try:
            digest = hashlib.sha256()
            for place, piece in enumerate(_evenly(pieces())):
                digest.update(piece)
                _write(beside / f"{place:06d}", seal_bytes(piece, _context(platform, judged.sha256, place)))
            if digest.hexdigest() != judged.sha256:
                raise ValueError("the content is not the one that was judged")
            beside.rename(folder)
        except FileExistsError:
            pass  # The same recording came twice at one moment.
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    blob, _created = Blob.objects.get_or_create(
        platform=platform,
        sha256=judged.sha256,
        defaults={"size": judged.size, "media_type": judged.media_type, "stored_at": at},
    )
    if judged.verdict:
        _note_scan(platform, judged.sha256, judged.verdict, at)
    return blob


def _evenly(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Yield the same content in pieces of ``PIECE`` bytes, the last one shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)


def fetch_pieces(platform: str, sha256: str) -> Iterable[bytes]:
    """Return a platform's stored content piece by piece; raises as ``fetch`` does, before the first piece."""
    _check_not_infected(platform, sha256)
    if not _pieces_of(platform, sha256).is_dir():
        return [_content(platform, sha256)]
    return _stored_pieces(platform, sha256)


def fetch_piece(platform: str, sha256: str, place: int) -> bytes:
    """Return one piece of a stored recording; raises as ``fetch`` does."""
    _check_not_infected(platform, sha256)
    return _piece(platform, sha256, place)


def _stored_pieces(platform: str, sha256: str) -> Iterable[bytes]:
    size = Blob.objects.filter(platform=platform, sha256=sha256).values_list("size", flat=True).first()
    if size is None:
        raise BlobMissing
    return (_piece(platform, sha256, place) for place in range(-(-size // PIECE)))


def _piece(platform: str, sha256: str, place: int) -> bytes:
    try:
        sealed = (_pieces_of(platform, sha256) / f"{place:06d}").read_bytes()
    except FileNotFoundError as missing:
        raise BlobMissing from missing
    return open_bytes(sealed, _context(platform, sha256, place))


def _check_not_infected(platform: str, sha256: str) -> None:
    if Scan.objects.filter(platform=platform, sha256=sha256, state=ScanState.INFECTED).exists():
        raise FileInfected


def fetch(platform: str, sha256: str) -> bytes:
    """Return a platform's stored content; raises BlobMissing if there is none or it lies in pieces, FileInfected if the
    scanner has found a virus in it since, SealBroken if it was altered.
    """
    _check_not_infected(platform, sha256)
    return _content(platform, sha256)


def _content(platform: str, sha256: str) -> bytes:
    if not Blob.objects.filter(platform=platform, sha256=sha256).exists():
        raise BlobMissing
    try:
        sealed = _path(platform, sha256).read_bytes()
    except FileNotFoundError as missing:
        raise BlobMissing from missing
    content = open_bytes(sealed, _context(platform, sha256))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SealBroken
    return content


def scans(platform: str, digests: Iterable[str]) -> dict[str, ScanState]:
    """Return what the scanner has said of these contents; those it was never asked about are left out."""
    found = Scan.objects.filter(platform=platform, sha256__in=list(digests))
    return {sha256: ScanState(state) for sha256, state in found.values_list("sha256", "state")}


def rescan(platform: str, at: datetime, *, most: int = 50) -> int:
    """This function will ask the scanner again about contents it could not be asked about, and return how many it has
    answered for. It stops at the first that is not answered.
    """
    answered = 0
    waiting = (
        Scan.objects.filter(platform=platform, state=ScanState.UNCHECKED) if scanning.is_on() else Scan.objects.none()
    )
    for row in waiting.order_by("checked_at", "id")[:most]:
        try:
            in_pieces = _pieces_of(platform, row.sha256).is_dir()
            content = _stored_pieces(platform, row.sha256) if in_pieces else [_content(platform, row.sha256)]
        except BlobMissing:
            row.delete()
            continue
        verdict = scanning.examine(content)
        if verdict.state is ScanState.UNCHECKED:
            # What the scanner cannot swallow goes to the end of the queue: the next run begins with another.
            Scan.objects.filter(pk=row.pk).update(checked_at=at)
            break
        _note_scan(platform, row.sha256, verdict, at)
        answered += 1
    return answered


def _note_scan(platform: str, sha256: str, verdict: Verdict, at: datetime) -> None:
    said = {"state": verdict.state, "threat": verdict.threat, "checked_at": at}
    row, created = Scan.objects.get_or_create(platform=platform, sha256=sha256, defaults=said)
    if not created and verdict.state is not ScanState.UNCHECKED:
        Scan.objects.filter(pk=row.pk).update(**said)


def erase(platform: str, sha256: str) -> None:
    """Remove a platform's stored content and its register row; nothing happens if there is none.

    Only for content that no enclosure or draft of this platform refers to any more.
    """
    Blob.objects.filter(platform=platform, sha256=sha256).delete()
    _path(platform, sha256).unlink(missing_ok=True)
    shutil.rmtree(_pieces_of(platform, sha256), ignore_errors=True)


def sweep(platform: str, now: datetime) -> int:
    """This function will remove what faults left of files in one of the folders, each minute another: contents that no
    register row names and halves of writes, where nobody has touched them for ``LEFT``; returns how many there were.

    ``now`` is the time of the files' own clock, whatever a demonstration's clock says.
    """
    folder = Path(settings.STATE_DIR) / "documents" / platform / f"{int(now.timestamp()) // 60 % 256:02x}"
    if not folder.is_dir():
        return 0
    before = (now - LEFT).timestamp()
    old = {one.name: one for one in folder.iterdir() if _touched(one) < before}
    rows = Blob.objects.filter(platform=platform, sha256__startswith=folder.name) if old else Blob.objects.none()
    known = set(rows.values_list("sha256", flat=True))
    gone = [one for name, one in old.items() if name.partition(".")[0] not in known]
    for one in gone:
        shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
    return len(gone)


def _touched(path: Path) -> float:
    """Return when a file was touched; one that was renamed or removed in between is of now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _context(platform: str, sha256: str, place: int | None = None) -> bytes:
    return f"file:{platform}:{sha256}{'' if place is None else f':{place}'}".encode()


def _pieces_of(platform: str, sha256: str) -> Path:
    path = _path(platform, sha256)
    return path.with_name(f"{path.name}.pieces")


def _path(platform: str, sha256: str) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", platform) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise BlobMissing
    return Path(settings.STATE_DIR) / "documents" / platform / sha256[:2] / sha256


def _opens(path: Path, context: bytes) -> bool:
    try:
        open_bytes(path.read_bytes(), context)
    except (FileNotFoundError, SealBroken):
        return False
    return True


def _write(path: Path, sealed: bytes) -> None:
    """Write beside, then rename: at every instant the file is whole or absent, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as writer:
            writer.write(sealed)
            writer.flush()
            os.fsync(writer.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# Handing out


def hand_out(platform: str, sha256: str, headers: dict[str, str]) -> HttpResponseBase:
    """Return a stored content as an answer, a recording piece by piece; raises as ``fetch`` does."""
    _check_not_infected(platform, sha256)
    if not _pieces_of(platform, sha256).is_dir():
        return HttpResponse(_content(platform, sha256), headers=headers)
    blob = Blob.objects.filter(platform=platform, sha256=sha256).first()
    if blob is None:
        raise BlobMissing
    length = {"Content-Length": str(blob.size)}
    return StreamingHttpResponse(_stored_pieces(platform, sha256), headers={**headers, **length})


PREVIEWED = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})
"""Types that a browser shows by itself."""


def preview_headers(name: str, media_type: str) -> dict[str, str]:
    """Return the headers under which a stored image or PDF is shown in a tab of its own: nothing in it runs or fetches.

    A PDF is not put into a sandbox, in which browsers show none; what is active in one was refused on its way in.
    Anything else leaves to be saved.
    """
    headers = download_headers(name, media_type)
    if media_type not in PREVIEWED:
        return headers
    policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'"
    policy += "; frame-ancestors 'none'"
    if media_type != "application/pdf":
        policy += "; sandbox"
    shown = content_disposition_header(False, clean_name(name, "bin")) or "inline"
    return {**headers, "Content-Disposition": shown, "Content-Security-Policy": policy}


def download_headers(name: str, media_type: str) -> dict[str, str]:
    """Return the headers under which a stored file leaves: saved, never shown or run inside our pages."""
    safe = clean_name(name, "bin")
    known = {taken.media_type for taken in TYPES.values()}
    return {
        "Content-Type": media_type if media_type in known else "application/octet-stream",
        "Content-Disposition": content_disposition_header(True, safe) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }
