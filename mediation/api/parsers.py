"""Reading what clients send: strict JSON, keyset cursors, conditional headers.

Lives here: turning bytes and header texts into values, or refusing them. Does not live here: what the values mean.
Called by: the views.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from mediation.facts import UNSEEN, Malformed, has_unseen
from mediation.vocabulary import gettext_noop

LARGEST_ID = 2**63 - 1
DEEPEST = 20
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_VERSION = re.compile(r'(W/)?"(\d{1,9})"')
NO_VERSION = -1
"""What no case ever has come to."""


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 and I-JSON want it: UTF-8, no doubled names, no NaN, nothing a database cannot keep."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the document; raises ParseError saying what is wrong with it."""
        largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(largest + 1)
        if len(raw) > largest:
            raise RequestDataTooBig
        try:
            value = json.loads(raw.decode("utf-8"), object_pairs_hook=_single_names, parse_constant=_no_constant)
        except UnicodeDecodeError:
            raise ParseError(_("内容应当是UTF-8编码的JSON。")) from None
        except _Doubled as doubled:
            raise ParseError(_("字段“%(name)s”重复出现。") % {"name": str(doubled)[:60]}) from None
        except (ValueError, RecursionError):
            raise ParseError(_("内容不是合格的JSON。")) from None
        _check_storable(value)
        return value


class _Doubled(Exception):
    """字段重复"""


def _single_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise _Doubled(next(name for name in names if names.count(name) > 1))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check_storable(value: Any) -> None:
    """Refuse signs that nobody sees, halves of surrogate pairs, which no database keeps, and documents nested too
    deep.
    """
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ParseError(_("内容嵌套过深。"))
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if has_unseen(item):
                    raise ParseError(_("%(why)s。") % {"why": _(UNSEEN)})
                if not _is_unicode(item):
                    raise ParseError(_("内容含有无法保存的字符。"))
            elif isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
        level = below


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cursor_of(at: datetime, pk: int) -> str:
    """Return the opaque mark of a row in a list ordered by instant and key."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{pk}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, int]:
    """Return instant and key of a mark; raises Malformed for anything ``cursor_of`` did not make."""
    try:
        at, bar, pk = base64.urlsafe_b64decode(text[:200] + "=" * (-len(text[:200]) % 4)).decode().partition("|")
        found = datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error):
        raise Malformed("cursor", gettext_noop("这一项的格式不正确")) from None
    if not bar or not 0 < found[1] <= LARGEST_ID or found[0].tzinfo is None or not 2000 < found[0].year < 2200:
        raise Malformed("cursor", gettext_noop("这一项的格式不正确"))
    return found


def read_limit(text: str | None, *, usual: int, most: int) -> int:
    """Return how many rows are asked for; raises Malformed unless from 1 to ``most``."""
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
        raise Malformed("limit", gettext_noop("这一项的格式不正确"))
    return int(text)


def read_version(header: str | None, name: str) -> int | None:
    """Return the entry number that If-Match names, None without one or for ``*``; raises Malformed.

    A weak ETag matches nothing there (RFC 9110 13.1.1).
    """
    if header is None or header.strip() == "*":
        return None
    found = _VERSION.fullmatch(header.strip())
    if not found:
        raise Malformed(name, gettext_noop("应当是查询案件时返回的ETag"))
    return NO_VERSION if found[1] else int(found[2])


def read_key(header: str | None) -> str:
    """Return the Idempotency-Key, or an empty text; raises Malformed unless 1 to 200 printable ASCII signs."""
    if header is None:
        return ""
    if not _KEY.fullmatch(header):
        raise Malformed("Idempotency-Key", gettext_noop("应当是1至200个可见的ASCII字符"))
    return header
