"""Document, telephone and account numbers as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.vocabulary import IdentityKind
from roster import identity
from roster.identity import Identity, IdentityError, check_identity

TODAY = date(2026, 3, 2)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_check(seventeen: str) -> str:
    return seventeen + "10X98765432"[sum(a * int(b) for a, b in zip(WEIGHTS, seventeen, strict=True)) % 11]


def resident(region: str = "110105", born: str = "19491231", serial: str = "002") -> str:
    return with_check(region + born + serial)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("RESIDENT", "11010519491231002X", "11010519491231002X"),
        ("RESIDENT", "11010519491231002x", "11010519491231002X"),
        ("RESIDENT", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("RESIDENT", " 110105 19491231\u3000002X\u200b\n", "11010519491231002X"),
        ("RESIDENT", "360426199101010071", "360426199101010071"),
        ("RESIDENT", resident("330114", "20000229"), resident("330114", "20000229")),
        ("HMT_RESIDENT", resident("810000", "19900101"), resident("810000", "19900101")),
        ("HMT_RESIDENT", resident("820000", "19900101"), resident("820000", "19900101")),
        ("HMT_RESIDENT", resident("830000", "19900101"), resident("830000", "19900101")),
        ("HK_MACAU_PERMIT", "h12345678", "H12345678"),
        ("HK_MACAU_PERMIT", "M1234567801", "M1234567801"),
        ("TAIWAN_PERMIT", "12345678", "12345678"),
        ("TAIWAN_PERMIT", "1234567801", "1234567801"),
        ("PASSPORT", "e1234 5678", "E12345678"),
        ("PASSPORT", "12345", "12345"),
        ("PERMANENT_RESIDENT", "usa310080010112", "USA310080010112"),
        ("PERMANENT_RESIDENT", "911124199001010016", "911124199001010016"),
        ("CREDIT_CODE", "91110000600037341L", "91110000600037341L"),
        ("CREDIT_CODE", "91110000600037341l", "91110000600037341L"),
        ("FOREIGN_REGISTER", "HRB-12345/B", "HRB-12345/B"),
    ],
)
def test_a_right_number_is_kept_in_one_form(kind, typed, kept):
    assert check_identity(kind, typed, on=TODAY).number == kept


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("RESIDENT", "110105194912310021", "校验位"),
        ("RESIDENT", "1101051949123100", "18位"),
        ("RESIDENT", "110105491231002", "15位"),
        ("RESIDENT", "X10105194912310021", "18位"),
        ("RESIDENT", resident("000000"), "省级代码"),
        ("RESIDENT", resident("170101"), "省级代码"),
        ("RESIDENT", resident("910101"), "永久居留"),
        ("RESIDENT", resident("810000"), "港澳台居民居住证"),
        ("RESIDENT", resident(born="20990101"), "晚于今天"),
        ("RESIDENT", resident(born="20260303"), "晚于今天"),
        ("RESIDENT", resident(born="19050301"), "120周岁"),
        ("RESIDENT", resident(born="19000230"), "出生日期"),
        ("RESIDENT", resident(born="20230229"), "出生日期"),
        ("RESIDENT", resident(born="00000000"), "出生日期"),
        ("RESIDENT", "", "为空"),
        ("RESIDENT", "\u200b\u3000", "为空"),
        ("RESIDENT", "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "18位"),
        ("HMT_RESIDENT", "11010519491231002X", "810000"),
        ("HK_MACAU_PERMIT", "A12345678", "H或者M"),
        ("HK_MACAU_PERMIT", "H123456789", "H或者M"),
        ("TAIWAN_PERMIT", "1234567", "8位"),
        ("TAIWAN_PERMIT", "123456789", "8位"),
        ("PASSPORT", "1234", "5至17位"),
        ("PASSPORT", "E1234' OR 1=1", "5至17位"),
        ("PASSPORT", "E" * 18, "5至17位"),
        ("PERMANENT_RESIDENT", "811124199001010016", "以9开头"),
        ("PERMANENT_RESIDENT", "911124199013010016", "出生日期"),
        ("CREDIT_CODE", "91110000600037341M", "校验位"),
        ("CREDIT_CODE", "91110000600037341", "18位"),
        ("CREDIT_CODE", "9111000060003734IL", "“I”"),
        ("CREDIT_CODE", "<script>alert(1)</", "“<”"),
        ("FOREIGN_REGISTER", "AB", "3至40"),
        ("FOREIGN_REGISTER", "A" * 41, "3至40"),
        ("DRIVING_LICENCE", "1", "证件类型"),
    ],
)
def test_a_wrong_number_is_refused_with_what_is_wrong_and_what_to_do(kind, typed, said):
    with pytest.raises(IdentityError, match=said) as caught:
        check_identity(kind, typed, on=TODAY)

    assert str(caught.value) == caught.value.message % caught.value.params
    assert "请" in str(caught.value)


def test_a_resident_number_tells_birth_and_sex():
    assert check_identity("RESIDENT", "11010519491231002X", on=TODAY) == Identity(
        IdentityKind.RESIDENT, "11010519491231002X", date(1949, 12, 31), True
    )


@given(st.sampled_from(list(IdentityKind)), st.text())
def test_whatever_is_typed_gives_an_identity_or_a_chinese_refusal(kind, text):
    try:
        checked = check_identity(kind, text, on=TODAY)
    except IdentityError as refused:
        outcome = str(refused)
    else:
        outcome = "请" if check_identity(kind, checked.number, on=TODAY) == checked else "unstable"

    assert "请" in outcome


@given(st.dates(date(1910, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_resident_number_is_always_found(born, serial, place, more):
    number = resident("310115", f"{born:%Y%m%d}", f"{serial:03}")
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]

    assert check_identity("RESIDENT", number, on=TODAY).born_on == born
    with pytest.raises(IdentityError):
        check_identity("RESIDENT", wrong, on=TODAY)


@given(st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_sign_of_a_credit_code_is_always_found(place, sign):
    code = "91110000600037341L"
    wrong = code[:place] + sign + code[place + 1 :]

    if wrong != code:
        with pytest.raises(IdentityError):
            check_identity("CREDIT_CODE", wrong, on=TODAY)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_somebody_is_of_age_from_the_eighteenth_birthday(born, on, years):
    assert identity.age(born, on) == years
    if years < 18:
        with pytest.raises(IdentityError, match="法定代理人"):
            identity.check_adult(born, on=on)
    else:
        identity.check_adult(born, on=on)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86-138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("021-68870000", "021-68870000"),
        ("(010)66210182转1234", "010-66210182转1234"),
        ("021-68870000-801", "021-68870000转801"),
        ("0571-87054321", "0571-87054321"),
        ("0086 0755 8820 8820", "0755-88208820"),
        ("400-626-7800", "4006267800"),
        ("+852 2345 6789", "+85223456789"),
        ("00853-28123456", "+85328123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+1 (212) 555-0100", "+12125550100"),
    ],
)
def test_a_telephone_number_is_kept_in_one_form(typed, kept):
    assert identity.check_phone(typed) == kept
    assert identity.check_phone(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12800138000",
        "1380013800",
        "138001380001",
        "68870000",
        "+852123",
        "+0123456789",
        "abc",
        "١٣٨٠٠١٣٨٠٠٠",
        "13800138000;rm",
    ],
)
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(IdentityError, match="请"):
        identity.check_phone(typed)


def test_e_mail_licence_and_account_numbers_are_checked():
    assert identity.check_email(" Li.Na＠EXAMPLE.com ") == "Li.Na@example.com"
    for wrong in (
        "",
        "a@b",
        "a b@example.com",
        "a@example..com",
        "a\r\nBcc:x@example.com",
        "@example.com",
        "a" * 65 + "@e.cn",
        "张@例子",
    ):
        with pytest.raises(IdentityError, match="电子邮箱"):
            identity.check_email(wrong)
    assert identity.check_lawyer_licence("1310120081098 7654") == "13101200810987654"
    with pytest.raises(IdentityError, match="17位"):
        identity.check_lawyer_licence("1310120081098765")
    assert identity.check_securities_account("a123456789") == ("A123456789", None)
    assert identity.check_securities_account("180000000001") == ("180000000001", None)
    number, warning = identity.check_securities_account("12-34")
    assert number == "12-34"
    assert warning is not None
    with pytest.raises(IdentityError):
        identity.check_securities_account(" ")


@given(st.sampled_from(list(IdentityKind)), st.text(st.characters(categories=["L", "N"]), max_size=40))
def test_a_masked_personal_number_hides_at_least_four_signs_and_keeps_its_length(kind, number):
    masked = identity.mask(kind, number)

    assert len(masked) == len(number)
    if kind in (IdentityKind.CREDIT_CODE, IdentityKind.FOREIGN_REGISTER):
        assert masked == number
    else:
        assert masked.count("*") >= min(len(number), 4)


def test_masks_of_usual_numbers():
    assert identity.mask("RESIDENT", "11010519491231002X") == "110***********002X"
    assert identity.mask("HK_MACAU_PERMIT", "H12345678") == "H******78"
    assert identity.mask_phone("13800138000") == "138****8000"
    assert identity.mask_account("A123456789") == "******6789"
