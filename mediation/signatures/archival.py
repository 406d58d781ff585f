"""Whether a PDF keeps what PDF/A asks of it, above all after signatures were added behind it (ISO 19005-2, -3).

Lives here: the profile that a file claims, and what in its structure breaks the claim; each fault names the clause of
ISO 19005-2 it is about. Does not live here: making PDF/A (``papers.press``), signatures (``pades``). What needs a whole
validator (operators and colours in contents, glyphs and their widths, what is inside a picture) is not looked at: it
was made by typst, and an increment leaves it as it is (ADR 12).
Called by: tests of signed files, the page that takes in an agreement drawn up elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

MOST_OBJECTS = 200_000
PRINTED, UNSEEN = 4, 1 | 2 | 32 | 256
"""Flags of an annotation: Print; Invisible, Hidden, NoView, ToggleNoView."""

ACTIONS = frozenset(
    (
        "/Launch",
        "/Sound",
        "/Movie",
        "/ResetForm",
        "/ImportData",
        "/Hide",
        "/SetOCGState",
        "/Rendition",
        "/Trans",
        "/GoTo3DView",
        "/JavaScript",
    )
)
"""Actions that PDF/A forbids (6.5.1)."""

PAGES = frozenset(("/NextPage", "/PrevPage", "/FirstPage", "/LastPage"))
"""The only named actions it lets be (6.5.1)."""

FORBIDDEN = {
    "/OPI": "6.2.8, 6.2.9",
    "/Alternates": "6.2.8",
    "/HTO": "6.2.5",
    "/HTP": "6.2.5",
    "/FFilter": "6.1.7",
    "/FDecodeParms": "6.1.7",
    "/DestOutputProfileRef": "6.2.3",
    "/NeedsRendering": "6.4.2",
    "/AlternatePresentations": "6.10",
    "/PresSteps": "6.10",
    "/Requirements": "6.11",
}
"""Entries that no dictionary may have, and where it is said."""

INTENTS = frozenset(("/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"))
"""Rendering intents (6.2.6)."""

FOREIGN = frozenset(("/Movie", "/Sound", "/Screen", "/3D", "/RichMedia", "/TrapNet"))
"""Annotations whose contents need a player (6.3.1)."""

LONGEST_NAME, LONGEST_STRING = 127, 32_767
"""Bytes (6.1.13)."""

PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
BLENDING = frozenset(
    (
        "/Normal",
        "/Compatible",
        "/Multiply",
        "/Screen",
        "/Overlay",
        "/Darken",
        "/Lighten",
        "/ColorDodge",
        "/ColorBurn",
        "/HardLight",
        "/SoftLight",
        "/Difference",
        "/Exclusion",
        "/Hue",
        "/Saturation",
        "/Color",
        "/Luminosity",
    )
)
_PART = re.compile(rb"pdfaid:part(?:>|=[\"'])([1-4])")
_CONFORMANCE = re.compile(rb"pdfaid:conformance(?:>|=[\"'])([ABUEF])")


def profile(content: bytes) -> str:
    """Return the profile that a file claims in its metadata, ``PDF/A-2B``, or nothing; never raises."""
    try:
        return _claimed(PdfFileReader(BytesIO(content), strict=False).root)
    except Exception:
        # Whatever a strange file makes the parser do, it makes no claim that could be read.
        return ""


def faults(content: bytes) -> list[str]:
    """Return what in a file breaks PDF/A-2b or 3b, in technical words; never raises."""
    try:
        return list(dict.fromkeys(_faults(content)))
    except Exception as wrong:
        return [f"cannot be read: {type(wrong).__name__}"]


def _faults(content: bytes) -> Iterator[str]:
    reader = PdfFileReader(BytesIO(content), strict=False)
    root = reader.root
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", content):
        yield "header"
    if not content.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "something behind the last end mark"
    if reader.encrypted or "/Encrypt" in reader.trailer:
        yield "encrypted"
    if "/ID" not in reader.trailer:
        yield "no file identifier"
    if _claimed(root) not in ("PDF/A-2B", "PDF/A-2U", "PDF/A-2A", "PDF/A-3B", "PDF/A-3U", "PDF/A-3A"):
        yield "no claim to be PDF/A-2 or -3"
    yield from _of_metadata(root)
    intents = [one for one in _each(_at(root, "/OutputIntents", [])) if one["/S"] == "/GTS_PDFA1"]
    profiles = [one["/DestOutputProfile"].data for one in intents if "/DestOutputProfile" in one]
    if not profiles:
        yield "no output intent (6.2.3)"
    if not all(_is_profile(one) for one in profiles) or len(set(profiles)) > 1:
        yield "output intents without one profile of a printer or screen (6.2.3)"
    optional = _at(root, "/OCProperties", {})
    for config in (*_each(_at(optional, "/Configs", [])), *([optional["/D"]] if "/D" in optional else [])):
        if "/AS" in config or not _at(config, "/Name"):
            yield "layers that choose themselves or have no name (6.9)"
    form = _at(root, "/AcroForm", {})
    if _at(form, "/NeedAppearances") or "/XFA" in form:
        yield "form without fixed appearances"
    for place, item in enumerate(_everything(root)):
        if place > MOST_OBJECTS:
            yield "too many objects"
            return
        yield from _of_one(item)


def _of_metadata(root: generic.DictionaryObject) -> Iterator[str]:
    """Look at the metadata: XML whose packet says nothing of its own length or encoding (6.6.2)."""
    said = root["/Metadata"].data if "/Metadata" in root else b""
    packet = re.search(rb"<\?xpacket begin=(.*?)\?>", said)
    if not packet or re.search(rb"\b(bytes|encoding)=", packet[1]):
        yield "metadata that is no packet (6.6.2)"
    try:
        # Metadata declare nothing: whoever defines entities wants them expanded.
        if b"<!DOCTYPE" in said.upper():
            raise ParseError
        fromstring(said)  # noqa: S314 -- nothing is declared that could be expanded
    except ParseError:
        yield "metadata that is no XML (6.6.2)"


def _is_profile(data: bytes) -> bool:
    """Tell whether this is an ICC profile of version 2 to 4 of a printer or a screen (6.2.3)."""
    return data[36:40] == b"acsp" and data[8:9] in (b"\x02", b"\x04") and data[12:16] in (b"prtr", b"mntr")


def _claimed(root: generic.DictionaryObject) -> str:
    said = root["/Metadata"].data if "/Metadata" in root else b""
    part, conformance = _PART.search(said), _CONFORMANCE.search(said)
    return f"PDF/A-{part[1].decode()}{conformance[1].decode()}" if part and conformance else ""


def _everything(root: Any) -> Iterator[generic.DictionaryObject]:
    """Yield every dictionary and stream that can be reached from the catalog, each once."""
    seen, waiting = set(), [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, generic.IndirectObject):
            if item.reference in seen:
                continue
            seen.add(item.reference)
            item = item.get_object()
        if isinstance(item, generic.DictionaryObject):
            yield item
            waiting.extend(dict.__getitem__(item, key) for key in item)
        elif isinstance(item, generic.ArrayObject):
            waiting.extend(list.__iter__(item))


def _at(item: Any, key: str, default: Any = None) -> Any:
    """Return what stands under a key, wherever in the file it is: ``get`` would give the bare reference."""
    if key in item:
        return item[key]
    return default


def _each(items: Any) -> list[Any]:
    return [items[place] for place in range(len(items))]


def _of_one(item: generic.DictionaryObject) -> Iterator[str]:
    kind, subtype = _at(item, "/Type"), _at(item, "/Subtype")
    if kind == "/Font" and subtype not in ("/Type0", "/Type3") and not _is_embedded(item):
        yield f"font not embedded: {_at(item, '/BaseFont')}"
    if subtype == "/Widget" or kind == "/Annot":
        yield from _of_annotation(item)
    if _at(item, "/S") in ACTIONS or subtype in FOREIGN or (_at(item, "/S") == "/Named" and item["/N"] not in PAGES):
        yield f"forbidden: {_at(item, '/S') or subtype} (6.3.1, 6.5.1)"
    yield from (f"{name} ({clause})" for name, clause in FORBIDDEN.items() if name in item)
    if subtype == "/PS" or (subtype == "/Form" and ({"/Ref", "/PS"} & {*item} or _at(item, "/Subtype2") == "/PS")):
        yield "a program or another file's page drawn in (6.2.9)"
    if any(_at(item, name, "/Perceptual") not in INTENTS for name in ("/RI", "/Intent")) and subtype != "/OCG":
        yield "unknown rendering intent (6.2.6)"
    if subtype == "/CIDFontType2" and "/CIDToGIDMap" not in item:
        yield f"font without a map of its glyphs (6.2.11.3): {_at(item, '/BaseFont')}"
    if "/EF" in item and "/AFRelationship" not in item:
        yield "another file inside that nothing says the meaning of (6.8)"
    for name in item:
        value = dict.__getitem__(item, name)
        if len(name.encode()) > LONGEST_NAME + 1 or (
            isinstance(value, generic.ByteStringObject | generic.TextStringObject)
            and len(value) > LONGEST_STRING
            and name != "/Contents"
        ):
            yield "a name or text that is too long (6.1.13)"
    if "/AA" in item or "/JavaScript" in item or "/JS" in item:
        yield "additional actions or scripts"
    if _at(item, "/BM", "/Normal") not in BLENDING or "/TR" in item or _at(item, "/TR2", "/Default") != "/Default":
        yield "blending or transfer"
    if isinstance(item, generic.StreamObject):
        filters = _at(item, "/Filter", [])
        if {"/LZWDecode", "/Crypt"} & {*(_each(filters) if isinstance(filters, list) else [filters])} or "/F" in item:
            yield "forbidden filter or contents outside the file"
    if subtype == "/Image" and _at(item, "/Interpolate"):
        yield "interpolated image"


def _is_embedded(font: generic.DictionaryObject) -> bool:
    return any(name in _at(font, "/FontDescriptor", {}) for name in PROGRAMS)


def _of_annotation(item: generic.DictionaryObject) -> Iterator[str]:
    called = _at(item, "/T") or _at(item, "/Subtype")
    if "/Rect" not in item or _at(item, "/Subtype") == "/Popup":
        return
    flags = int(_at(item, "/F", 0))
    if not flags & PRINTED or flags & UNSEEN:
        yield f"annotation that does not print: {called}"
    left, bottom, right, top = (float(side) for side in _each(item["/Rect"]))
    if left != right and bottom != top and _at(item, "/Subtype") != "/Link":
        shown = _at(item, "/AP", {})
        if set(shown) != {"/N"} or not isinstance(shown["/N"], generic.StreamObject):
            yield f"annotation without an appearance: {called}"
    if _at(item, "/Subtype") == "/Widget" and "/A" in item:
        yield f"field with an action: {called}"
