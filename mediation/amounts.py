"""Money as people type it, as it is kept (integer fen) and as it is shown.

Lives here: reading an amount, ¥12,345.67, and the capital form (大写) that agreements and payment papers carry.
Does not live here: fees and thresholds (``law``).
Called by: forms, serializers, templates, reports. Knows no framework.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from mediation.vocabulary import gettext_noop as _

LARGEST = 10**15 - 1
"""The largest amount in fen: just under ten trillion yuan, far above any dispute and safe in every language."""

_UNITS = {"元": 1, "圆": 1, "块": 1, "百元": 100, "百": 100, "千元": 1_000, "千": 1_000, "万元": 10_000, "万": 10_000}
_UNITS |= {"百万元": 10**6, "百万": 10**6, "千万元": 10**7, "千万": 10**7, "亿元": 10**8, "亿": 10**8, "": 1}
_AMOUNT = re.compile(r"(?:人民币|RMB|CNY|¥)?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?([元圆块百千万亿]*)整?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"


class AmountError(ValueError):
    """金额有误，请填写数字，例如12345.67或者1.2万元。"""

    def __init__(self, message: str, **params: object) -> None:
        """Keep the source string and its parameters apart, so that the edge can translate before filling in."""
        super().__init__(message % params)
        self.message, self.params = message, params


def parse_amount(text: str, *, largest: int = LARGEST) -> int:
    """Return the amount in fen that a text in yuan means; raises AmountError for junk, fractions of a fen, too much.

    Understands 12,345.67, full-width digits, 1.2万元, ¥3,000, 人民币5000元整. Zero is an amount, less than zero is not.
    """
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[:200]).upper()).replace("、", ",")
    if not folded:
        raise AmountError(_("金额为空，请填写以元为单位的数字。"))
    if folded.startswith(("-", "−", "负")):
        raise AmountError(_("金额不能为负数，请核对。"))
    found = _AMOUNT.fullmatch(folded)
    if found is None or found[3] not in _UNITS:
        raise AmountError(_("金额中有无法识别的内容，请只填写数字，例如12345.67、12,345.67或者1.2万元。"))
    fen = Decimal(found[1].replace(",", "") + (found[2] or "")) * _UNITS[found[3]] * 100
    if fen > largest:
        raise AmountError(_("金额超过上限%(largest)s，请核对小数点和单位。"), largest=format_amount(largest))
    if fen != int(fen):
        raise AmountError(_("金额最多精确到分（两位小数），请核对。"))
    return int(fen)


def format_amount(fen: int) -> str:
    """Return fen as ``¥12,345.67``."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02}"


def in_capitals(fen: int) -> str:
    """Return fen in capital numerals, ``人民币壹万贰仟叁佰肆拾伍元陆角柒分`` (支付结算办法, annex 1).

    Raises ValueError below zero and from ten trillion yuan.
    """
    if not 0 <= fen <= LARGEST:
        raise ValueError("only amounts from zero to under ten trillion yuan have a capital form here")
    yuan, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if not cents:
        return f"人民币{text or '零元'}整"
    if jiao:
        # A zero is written between yuan that end in 0 and the jiao, and where the jiao are missing.
        text += ("零" if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return f"人民币{text}{_DIGITS[rest] + '分' if rest else '整'}"


def _whole(number: int) -> str:
    """Return a whole number from 1 in capital numerals, in groups of four digits."""
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, unit)
        if high:
            return _whole(high) + name + (("零" if low < unit // 10 else "") + _whole(low) if low else "")
    return _group(number)


def _group(number: int) -> str:
    """Return 1 to 9999 in capital numerals."""
    text, gap = "", False
    for unit, name in ((1_000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap else "") + _DIGITS[digit] + name
            gap = False
        else:
            gap = bool(text)
    return text
