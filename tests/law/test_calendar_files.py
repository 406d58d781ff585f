"""Files an administrator loads: both shapes, and a clear Chinese message for every mistake."""

from __future__ import annotations

import json
from datetime import date

import pytest

from mediation.workdays import LARGEST_FILE, BadCalendarFile, Calendar, parse_year

CSV = """notice,国办发明电〔2026〕9号
date,kind
2027-01-01,REST
2027-05-01,REST
2027-10-01,REST
2027-10-09,WORK
"""

HEAD = "notice,国办发明电〔2026〕9号\n"


def _json(**changes: object) -> str:
    days = [
        {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "劳动节", "date": "2027-05-01", "isOffDay": True},
        {"name": "国庆节", "date": "2027-10-01", "isOffDay": True},
        {"name": "国庆节", "date": "2027-10-09", "isOffDay": False},
    ]
    return json.dumps({"year": 2027, "papers": ["https://www.gov.cn/notice"], "days": days, **changes})


def test_a_csv_file_becomes_a_firm_year() -> None:
    number, year = parse_year(CSV)

    assert number == 2027
    assert year.notice == "国办发明电〔2026〕9号"
    assert year.made_up == {date(2027, 10, 9)}
    assert year.rest == {date(2027, 1, 1), date(2027, 5, 1), date(2027, 10, 1)}
    assert not Calendar.standard().with_years({number: year}).is_provisional(date(2027, 3, 1))


def test_chinese_words_a_mark_at_the_start_comments_and_wide_commas_are_understood() -> None:
    text = (
        "\ufeff# 国务院办公厅\r\n文号，国办发明电〔2026〕9号\r\n年份，2027\r\n日期，类型\r\n\r\n"
        "2027-01-01，休\r\n2027-05-01，休\r\n2027-10-01，休\r\n2027-10-09，班\r\n"
    )

    assert parse_year(text) == parse_year(CSV)


def test_the_holiday_cn_shape_becomes_a_year_with_a_december_day() -> None:
    number, year = parse_year(_json())

    assert number == 2027
    assert date(2026, 12, 31) in year.rest
    assert year.made_up == {date(2027, 10, 9)}
    assert year.notice == "https://www.gov.cn/notice"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "空的"),
        (" \n ", "空的"),
        ("x" * (LARGEST_FILE + 1), "过大"),
        (HEAD, "没有任何"),
        (CSV.partition("\n")[2], "缺少通知文号"),
        (CSV + "2027-02-30,REST\n", "第7行：日期“2027-02-30”"),
        (CSV + "20270301,REST\n", "第7行：日期“20270301”"),
        (CSV + "2027-03-01,HOLIDAY\n", "第7行：类型“HOLIDAY”"),
        (CSV + "2027-03-01\n", "第7行：应当有两栏"),
        (CSV + "2027-10-09,REST\n", "第7行：日期2027-10-09与第6行重复"),
        (CSV + "2029-10-08,REST\n", "第7行：日期2029-10-08不属于2027年"),
        (CSV + "2027-10-11,WORK\n", "第7行：2027-10-11不是周末"),
        (CSV.replace("2027-10-01,REST\n", ""), "缺少2027-10-01"),
        (CSV + "year,27\n", "第7行：年份“27”"),
        (CSV + "<script>alert(1)</script>,REST\n", "第7行：日期“<script>"),
        (HEAD + 'a"b\x00,"', "第2行|CSV"),
        ("{", "第1行：不是有效的JSON"),
        ("[" * 100_000, "不是有效的JSON"),
        ("[]", "year、papers和days"),
        (_json(days=None), "year、papers和days"),
        (_json(days=[]), "没有任何"),
        (_json(days=[1]), "days第1项"),
        (_json(days=[{"date": "2027-01-01", "isOffDay": "yes"}]), "days第1项"),
        (_json(days=[{"date": "2027-13-01", "isOffDay": True}]), "days第1项：日期“2027-13-01”"),
        (_json(papers=[]), "缺少通知文号"),
        (_json(papers="one"), "papers"),
        (_json(papers=["x" * 501]), "文号过长"),
        (_json(year="二〇二七"), "年份“二〇二七”"),
        (_json(year=True), "年份“True”"),
        (_json(year=1999), "年份“1999”"),
        ('{"days": [], "year": ' + "9" * 5000 + "}", "不是有效的JSON"),
        (CSV + "2027-03-01," + "x" * 150_000 + "\n", "第7行：类型|CSV"),
    ],
)
def test_a_mistaken_file_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadCalendarFile, match=message):
        parse_year(text)
