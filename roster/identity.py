"""Who somebody says they are: the numbers on their documents, checked and brought into one form.

Lives here: identity and credit codes (law.md §7.6), telephone, e-mail, licence and account numbers, age, masking.
Does not live here: whether the person is really the holder (verification), how numbers are kept (``sealed``).
Called by: forms, serializers and facts wherever a person or company is named. Knows no framework and reads no clock.

Every number is read as people type it: full-width letters and digits, blanks and invisible characters do no harm.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from mediation.vocabulary import IdentityKind
from mediation.vocabulary import gettext_noop as _

PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
"""First two digits of GB/T 2260; counties come and go, so nothing finer is looked up."""

CORPORATE = frozenset({IdentityKind.CREDIT_CODE.value, IdentityKind.FOREIGN_REGISTER.value})
"""Documents of companies and other bodies; all others are a person's."""

HMT_REGIONS = ("810000", "820000", "830000")
OLDEST_AGE = 120
ADULT_AGE = 18

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


class IdentityError(ValueError):
    """证件或联系方式有误，请核对后重新填写。"""

    def __init__(self, message: str, **params: object) -> None:
        """Keep the source string and its parameters apart, so that the edge can translate before filling in."""
        super().__init__(message % params)
        self.message, self.params = message, params


@dataclass(frozen=True)
class Identity:
    """A checked number in its one form; ``born_on`` and ``female`` where the number tells them."""

    kind: IdentityKind
    number: str
    born_on: date | None = None
    female: bool | None = None


def normalise(text: str) -> str:
    """Return a number as one form: half-width, upper-case, without blanks and invisible characters."""
    folded = unicodedata.normalize("NFKC", text).upper()
    visible = "".join(character for character in folded if unicodedata.category(character)[0] not in "ZC")
    return unicodedata.normalize("NFKC", visible)


def is_same_name(kind: str, stated: str, verified: str) -> bool:
    """Tell whether a name may be stated beside a number that was verified under another: a person's must be the same,
    while an account of a company bears the name of whoever handles its cases.
    """
    return kind in CORPORATE or normalise(stated) == normalise(verified)


def check_identity(kind: str, number: str, *, on: date) -> Identity:
    """Return the identity that a document number proves as of a day (GB 11643, GB 32100; law.md §7.6).

    Raises IdentityError, in Chinese, saying what is wrong and what to do.
    """
    try:
        chosen = IdentityKind(kind)
    except ValueError:
        raise IdentityError(_("不支持该证件类型，请从列表中选择证件类型。")) from None
    cleaned = normalise(number)
    if not cleaned:
        raise IdentityError(_("证件号码为空，请填写证件号码。"))
    return _CHECKS[chosen](cleaned, on)


def _check_resident(number: str, on: date) -> Identity:
    if len(number) == 15 and number.isdecimal():
        raise IdentityError(_("15位的第一代居民身份证已停止使用，请填写18位公民身份号码。"))
    if number.startswith(HMT_REGIONS):
        raise IdentityError(_("这是港澳台居民居住证号码，请把证件类型改为“港澳台居民居住证”。"))
    if re.fullmatch(r"9\d{16}[0-9X]", number):
        raise IdentityError(_("这是外国人永久居留身份证号码，请把证件类型改为“外国人永久居留身份证”。"))
    _check_eighteen(number)
    if not PROVINCE.match(number):
        raise IdentityError(_("身份证号码前两位不是有效的省级代码，请对照证件核对。"))
    return _born(IdentityKind.RESIDENT, number, on)


def _check_hmt_resident(number: str, on: date) -> Identity:
    _check_eighteen(number)
    if not number.startswith(HMT_REGIONS):
        raise IdentityError(_("港澳台居民居住证号码应以810000、820000或者830000开头，请核对号码或者证件类型。"))
    return _born(IdentityKind.HMT_RESIDENT, number, on)


def _check_eighteen(number: str) -> None:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise IdentityError(
            _("证件号码应为18位，前17位为数字，末位为数字或者字母X；现有%(length)d位，请核对。"), length=len(number)
        )
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number[:17], strict=True))
    if _RESIDENT_CHECKS[total % 11] != number[17]:
        raise IdentityError(_("证件号码的校验位不符，其中至少有一位填写有误，请对照证件逐位核对。"))


def _born(kind: IdentityKind, number: str, on: date) -> Identity:
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdentityError(_("证件号码第7至14位不是有效的出生日期，请对照证件核对。")) from None
    if born_on > on:
        raise IdentityError(_("证件号码中的出生日期晚于今天，请对照证件核对。"))
    if age(born_on, on) > OLDEST_AGE:
        raise IdentityError(_("按证件号码计算已超过%(age)d周岁，请对照证件核对出生日期。"), age=OLDEST_AGE)
    return Identity(kind, number, born_on, int(number[16]) % 2 == 0)


def _check_hk_macau_permit(number: str, on: date) -> Identity:
    if not re.fullmatch(r"[HM][0-9]{8}(?:[0-9]{2})?", number):
        raise IdentityError(_("港澳居民来往内地通行证号码应为字母H或者M加8位数字（旧证为10位数字），请核对。"))
    return Identity(IdentityKind.HK_MACAU_PERMIT, number)


def _check_taiwan_permit(number: str, on: date) -> Identity:
    if not re.fullmatch(r"[0-9]{8}(?:[0-9]{2})?", number):
        raise IdentityError(_("台湾居民来往大陆通行证号码应为8位数字（旧证为10位数字），请核对。"))
    return Identity(IdentityKind.TAIWAN_PERMIT, number)


def _check_passport(number: str, on: date) -> Identity:
    if not re.fullmatch(r"[A-Z0-9]{5,17}", number):
        raise IdentityError(_("护照号码应为5至17位字母或者数字，请对照护照资料页核对。"))
    return Identity(IdentityKind.PASSPORT, number)


def _check_permanent_resident(number: str, on: date) -> Identity:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return Identity(IdentityKind.PERMANENT_RESIDENT, number)
    if not re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        raise IdentityError(_("外国人永久居留身份证号码应为以9开头的18位号码，旧证为3位字母加12位数字，请核对。"))
    return _born(IdentityKind.PERMANENT_RESIDENT, number, on)


def _check_credit_code(number: str, on: date) -> Identity:
    if len(number) != 18:
        raise IdentityError(_("统一社会信用代码应为18位，现有%(length)d位，请对照营业执照核对。"), length=len(number))
    if strange := next((character for character in number if character not in _CREDIT_ALPHABET), None):
        raise IdentityError(
            _("统一社会信用代码中不会出现“%(character)s”（不使用字母I、O、S、V、Z），请对照营业执照核对。"),
            character=strange,
        )
    total = sum(weight * _CREDIT_ALPHABET.index(sign) for weight, sign in zip(_CREDIT_WEIGHTS, number, strict=False))
    if _CREDIT_ALPHABET[-total % 31] != number[17]:
        raise IdentityError(_("统一社会信用代码的校验位不符，其中至少有一位填写有误，请对照营业执照逐位核对。"))
    return Identity(IdentityKind.CREDIT_CODE, number)


def _check_foreign_register(number: str, on: date) -> Identity:
    if not 3 <= len(number) <= 40:
        raise IdentityError(_("境外登记证件号码应为3至40个字符，请对照登记证件核对。"))
    return Identity(IdentityKind.FOREIGN_REGISTER, number)


_CHECKS = {
    IdentityKind.RESIDENT: _check_resident,
    IdentityKind.HMT_RESIDENT: _check_hmt_resident,
    IdentityKind.HK_MACAU_PERMIT: _check_hk_macau_permit,
    IdentityKind.TAIWAN_PERMIT: _check_taiwan_permit,
    IdentityKind.PASSPORT: _check_passport,
    IdentityKind.PERMANENT_RESIDENT: _check_permanent_resident,
    IdentityKind.CREDIT_CODE: _check_credit_code,
    IdentityKind.FOREIGN_REGISTER: _check_foreign_register,
}


def age(born_on: date, on: date) -> int:
    """Return full years of age on a day; born on 29 February, one is a year older on 1 March of a common year."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def check_adult(born_on: date, *, on: date) -> None:
    """Raise IdentityError for somebody under 18, who takes part through a guardian (民法典 arts. 17, 23)."""
    if age(born_on, on) < ADULT_AGE:
        raise IdentityError(_("未满18周岁不能自行申请，请由法定代理人登录并以代理人身份办理。"))


# How to reach somebody


def check_phone(text: str) -> str:
    """Return a telephone number in one form: ``13800138000``, ``021-68870000转801`` or ``+85223456789``.

    Takes mainland mobile and fixed lines, 400/800 numbers and international ones; raises IdentityError otherwise.
    """
    number = re.sub(r"[‐‑–—−]", "-", normalise(text))
    number = re.sub(r"^(\(?0[0-9]{2,3}\)?-?[0-9]{7,8})-([0-9]{1,6})$", r"\1转\2", number)
    number = re.sub(r"[().-]", "", number)
    number = re.sub(r"^00", "+", number)
    number = re.sub(r"^(?:\+86|86(?=1[3-9][0-9]{9}$))", "", number)
    if re.fullmatch(r"1[3-9][0-9]{9}|[48]00[0-9]{7}", number):
        return number
    for pattern in (r"(010|02[0-9])([0-9]{8})", r"(0[3-9][0-9]{2})([0-9]{7,8})"):
        if line := re.fullmatch(pattern + r"(?:[转#,X]([0-9]{1,6}))?", number):
            area, local, extension = line.groups()
            return f"{area}-{local}" + (f"转{extension}" if extension else "")
    if number.startswith("+"):
        for prefix, shape in (("+852", r"[0-9]{8}"), ("+853", r"[0-9]{8}"), ("+886", r"[0-9]{8,10}")):
            if number.startswith(prefix) and not re.fullmatch(shape, number.removeprefix(prefix)):
                raise IdentityError(_("港澳台电话号码位数不符，请按“+852 12345678”的格式填写。"))
        if re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
            return number
    raise IdentityError(
        _("电话号码有误。请填写11位手机号、带区号的固定电话（如021-12345678），或者以+开头带国家和地区代码的号码。")
    )


def check_email(text: str) -> str:
    """Return an e-mail address with its domain in lower case; raises IdentityError if it is none."""
    address = unicodedata.normalize("NFKC", text).strip()
    local, _at, domain = address.rpartition("@")
    if len(address) > 254 or len(local) > 64 or not _EMAIL.fullmatch(address):
        raise IdentityError(_("电子邮箱格式有误，请按“name@example.com”的格式填写。"))
    return f"{local}@{domain.lower()}"


def check_lawyer_licence(text: str) -> str:
    """Return a lawyer's licence number, 17 digits; raises IdentityError otherwise."""
    number = normalise(text)
    if not re.fullmatch(r"[0-9]{17}", number):
        raise IdentityError(_("律师执业证号应为17位数字，请对照执业证核对。"))
    return number


def check_securities_account(text: str) -> tuple[str, str | None]:
    """Return an account number in one form and a warning, or None, if its shape is unusual; accounts are never refused
    for their shape (law.md §7.6). Raises IdentityError only when nothing is left or it is longer than 40.
    """
    number = normalise(text)
    if not 1 <= len(number) <= 40:
        raise IdentityError(_("证券账户号码应为1至40个字符，请对照开户资料核对。"))
    if re.fullmatch(r"[A-Z][0-9]{9}|[0-9]{10}|[0-9]{12}", number):
        return number, None
    return number, _(
        "号码不像沪市（字母加9位数字）、深市（10位数字）账户或者一码通（12位数字），请核对；如无误可以继续。"
    )


# Masking


def mask(kind: str, number: str) -> str:
    """Return a number fit for a list; credit codes and foreign registrations are public and stay as they are."""
    if kind in (IdentityKind.CREDIT_CODE, IdentityKind.FOREIGN_REGISTER):
        return number
    return _cover(number, 3, 4) if len(number) >= 15 else _cover(number, 1, 2)


def mask_phone(number: str) -> str:
    """Return a telephone number of which only the beginning and the last four digits show."""
    return _cover(number, 3, 4)


def mask_account(number: str) -> str:
    """Return an account number of which only the last four signs show."""
    return _cover(number, 0, 4)


def _cover(number: str, first: int, last: int) -> str:
    if len(number) < first + last + 4:
        return "*" * len(number)
    return number[:first] + "*" * (len(number) - first - last) + number[len(number) - last :]
