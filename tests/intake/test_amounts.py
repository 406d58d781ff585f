"""Money in and out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.amounts import LARGEST, AmountError, format_amount, in_capitals, parse_amount


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12,345.67", 1234567),
        ("１２３４５", 1234500),
        ("12，345．6", 1234560),
        ("1.2万元", 1200000),
        ("1.23456万", 1234560),
        ("¥3,000", 300000),
        ("￥3000元", 300000),
        ("人民币 5000 元整", 500000),
        ("RMB 10", 1000),
        ("3亿元", 30_000_000_000),
        ("0", 0),
        ("0.01", 1),
        ("007", 700),
        ("1.100", 110),
        (" 88 ", 8800),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, fen):
    assert parse_amount(typed) == fen


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-1",
        "负五元",
        "abc",
        "12,34",
        "1,2345",
        "1.2.3",
        "0.001",
        "1e9",
        "NaN",
        "Infinity",
        "0x10",
        "三千",
        "12元万",
        "1 000 000.5五",
        "100美元",
        "¥¥1",
        "10000000000000",
        "9" * 5_000,
        "=1+1",
        "<b>1</b>",
        "1'--",
        "٣",
        ".5",
        "5.",
        "1_000",
        "\0",
        "1万亿",
    ],
)
def test_junk_is_refused_with_a_chinese_sentence(typed):
    with pytest.raises(AmountError, match="金额"):
        parse_amount(typed)


def test_a_limit_is_named_in_the_refusal():
    assert parse_amount("100", largest=10_000) == 10_000
    with pytest.raises(AmountError, match=r"¥100\.00"):
        parse_amount("100.01", largest=10_000)


@given(st.integers(0, LARGEST))
def test_what_is_shown_reads_back_as_the_same_amount(fen):
    assert parse_amount(format_amount(fen)) == fen


@given(st.text())
def test_whatever_is_typed_gives_an_amount_or_a_refusal(text):
    try:
        fen = parse_amount(text)
    except AmountError:
        return
    assert 0 <= fen <= LARGEST


def test_a_negative_difference_is_shown_with_its_sign():
    assert format_amount(-5) == "-¥0.05"


@pytest.mark.parametrize(
    ("fen", "capitals"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (55, "伍角伍分"),
        (100, "壹元整"),
        (102, "壹元零贰分"),
        (1000, "壹拾元整"),
        (1010, "壹拾元零壹角整"),
        (1234567, "壹万贰仟叁佰肆拾伍元陆角柒分"),
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元零叁角贰分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (10_000_000, "壹拾万元整"),
        (10_000_100, "壹拾万零壹元整"),
        (10_001_000_000, "壹亿零壹万元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_300_000_000, "壹亿零叁佰万元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (100_020_000_000_000, "壹万零贰亿元整"),
        (LARGEST, "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_the_capital_form(fen, capitals):
    assert in_capitals(fen) == f"人民币{capitals}"


def read_capitals(text: str) -> int:
    """Read a capital form back by another way than it is written: digit by digit, unit by unit."""
    fen = group = section = digit = 0
    for sign in text.removeprefix("人民币"):
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
        elif sign in "拾佰仟":
            group, digit = group + digit * {"拾": 10, "佰": 100, "仟": 1_000}[sign], 0
        elif sign == "万":
            section, group, digit = (section + group + digit) * 10_000, 0, 0
        elif sign == "亿":
            fen, section, group, digit = (section + group + digit) * 10**10, 0, 0, 0
        elif sign == "元":
            fen, section, group, digit = fen + (section + group + digit) * 100, 0, 0, 0
        elif sign in "角分":
            fen, digit = fen + digit * {"角": 10, "分": 1}[sign], 0
    return fen


@given(st.integers(0, LARGEST) | st.integers(0, 2_000_000) | st.integers(0, 10**11).map(lambda yuan: yuan * 1000))
def test_the_capital_form_means_the_amount(fen):
    capitals = in_capitals(fen)

    assert read_capitals(capitals) == fen
    assert "零零" not in capitals


def test_no_capital_form_beyond_the_limits():
    for fen in (-1, LARGEST + 1):
        with pytest.raises(ValueError):
            in_capitals(fen)
