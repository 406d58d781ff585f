"""Printing: what goes in comes out as text, the same every time, and never as an empty box."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from mediation import checks
from mediation.papers import press
from mediation.papers.letters import facts, table, text
from mediation.papers.press import PaperRefused, Sheet, Unprintable, clean, print_sheet
from mediation.workdays import ZONE
from tests.papers.reading import boxes, fonts, words

AT = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)
PAGE_WIDTH, RIGHT_MARGIN, LEFT_MARGIN = 595.3, 73.7, 79.3
HAN, EXT_B, EXT_G, MISSING_B, MISSING_G, PRIVATE = "㐂", "𠮷", "𰻞", "\U0002a6a5", "\U00030000", "\ue000"


@pytest.fixture(autouse=True)
def _noto_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print with the fonts everybody has, whatever else is installed here."""
    monkeypatch.setattr(press, "SERIF", press.SERIF[:1])
    monkeypatch.setattr(press, "SANS", press.SANS[:2])


def sheet(said: str = "正文。", **more: Any) -> Sheet:
    return Sheet(issuer="上海金融法院", title="委派调解函", blocks=[text(said)], signed="上海金融法院", **more)


def test_a_paper_is_pdf_a_with_its_fonts_inside() -> None:
    paper = print_sheet(sheet(), AT)

    assert b"<pdfaid:part>2</pdfaid:part>" in paper.content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in paper.content
    assert all(line.split()[-5] == "yes" for line in fonts(paper.content).splitlines()[2:])
    assert paper.pages == 1


def test_the_same_sheet_gives_the_same_bytes() -> None:
    first = print_sheet(sheet(), AT)
    press._fonts.cache_clear()

    again = print_sheet(sheet(), AT)

    assert (first.content, first.sha256) == (again.content, again.sha256)


def test_threads_print_at_the_same_time_without_disturbing_each_other() -> None:
    with ThreadPoolExecutor(8) as pool:
        papers = list(pool.map(lambda number: print_sheet(sheet(f"第{number % 4}份。"), AT), range(24)))

    assert len({paper.sha256 for paper in papers}) == 4
    assert [f"第{number % 4}份" in words(paper.content) for number, paper in enumerate(papers)] == [True] * 24


def test_another_instant_shows_in_the_file() -> None:
    assert print_sheet(sheet(), AT).content != print_sheet(sheet(), AT.replace(year=2027)).content


@pytest.mark.parametrize("sign", [HAN, EXT_B, EXT_G])
def test_a_rare_character_that_the_font_has_is_printed(sign: str) -> None:
    paper = print_sheet(sheet(f"申请人张{sign}。"), AT)

    assert f"张{sign}" in words(paper.content)


@pytest.mark.parametrize("sign", [MISSING_B, MISSING_G, "😀", PRIVATE])
def test_a_character_without_a_glyph_is_refused_by_name(sign: str) -> None:
    with pytest.raises(Unprintable) as refused:
        print_sheet(sheet(f"申请人张{sign}。"), AT)

    assert refused.value.missing == [sign]
    assert f"“{sign}”（U+{ord(sign):04X}）" in str(refused.value)
    assert "代用写法" in refused.value.remedy


def test_the_font_package_for_rare_han_characters_is_named() -> None:
    with pytest.raises(Unprintable) as refused:
        print_sheet(sheet(MISSING_B), AT)

    assert "fonts-hanazono" in refused.value.remedy % refused.value.params


def test_every_character_without_a_glyph_is_named_at_once() -> None:
    with pytest.raises(Unprintable) as refused:
        print_sheet(sheet(MISSING_G, recipient=f"张{MISSING_B}"), AT)

    assert refused.value.missing == [MISSING_B, MISSING_G]


def test_a_substitute_spelling_is_printed_and_said_to_be_one() -> None:
    paper = print_sheet(sheet(f"申请人张{MISSING_B}。"), AT, spellings={MISSING_B: "龘（四龙）"})

    said = words(paper.content)
    assert "张龘（四龙）" in said
    assert "代替统一码U+2A6A5的字" in said


def test_a_substitute_for_a_character_that_does_not_occur_changes_nothing() -> None:
    assert print_sheet(sheet(), AT, spellings={"甲": "乙"}).content == print_sheet(sheet(), AT).content


def test_a_substitute_that_cannot_be_printed_either_is_refused() -> None:
    with pytest.raises(Unprintable) as refused:
        print_sheet(sheet(MISSING_B), AT, spellings={MISSING_B: MISSING_G})

    assert refused.value.missing == [MISSING_G]


def test_without_the_chinese_font_the_package_is_named(settings: Any, tmp_path: Any) -> None:
    settings.FONT_DIRS = [str(tmp_path)]

    with pytest.raises(PaperRefused) as refused:
        print_sheet(sheet(), AT)

    assert "Noto Serif CJK SC" in str(refused.value)
    assert "fonts-noto-cjk" in refused.value.remedy


def test_the_start_warns_of_each_typeface_that_is_missing(settings: Any, tmp_path: Any) -> None:
    sound = checks.check_typefaces(None)
    settings.FONT_DIRS = [str(tmp_path / "nowhere"), str(tmp_path)]
    (tmp_path / "opentype").mkdir()
    (tmp_path / "opentype" / "NotoSansCJK-Regular.ttc").touch()

    wanting = checks.check_typefaces(None)

    assert sound == []
    assert [(one.id, "Noto Serif CJK SC" in one.msg) for one in wanting] == [("mediation.W002", True)]


HOSTILE = [
    '#read("/etc/passwd")',
    "#panic(1) *b* _i_ `raw` @label <label> = heading",
    r"\u{41} \\ \n \# $x^2$ $ ~ -- --- //comment /* */",
    '"]}] #let x = 1; {{ }} </script>',
]


@pytest.mark.parametrize("said", HOSTILE)
def test_whatever_somebody_wrote_is_text_and_nothing_else(said: str) -> None:
    paper = print_sheet(sheet(said, recipient=said, number=said), AT)

    assert words(paper.content).count("".join(said.split())) == 3
    assert "root:" not in words(paper.content)


def test_signs_that_cannot_be_seen_are_left_out() -> None:
    assert clean("张\x00三\u202e四\u200f\ufeff\u0007\ud800五\ufe0f\r\n六\u2028七\t八") == "张三四五\n六\n七 八"


def test_direction_signs_and_nuls_do_not_stop_a_paper() -> None:
    paper = print_sheet(sheet("申请人\u202e张\x00三\u2066。", recipient="李\x00四"), AT)

    assert "申请人张三。" in words(paper.content)
    assert "李四：" in words(paper.content)


def test_fifty_thousand_characters_are_printed_to_the_last() -> None:
    paper = print_sheet(sheet("长" * 49_998 + "完了"), AT)

    said = words(paper.content)
    assert said.count("长") == 49_998
    assert "完了" in said
    assert paper.pages > 50


@pytest.mark.parametrize("run", ["W" * 400, "0123456789" * 40, "长" * 400])
def test_a_run_without_blanks_stays_on_the_page(run: str) -> None:
    blocks = [text(run), facts([("名称", run)]), table({"序号": 30, "名称": 0, "种类": 66}, [["1", run, run]])]

    paper = print_sheet(Sheet(issuer="上海金融法院", title="清单", recipient=run, blocks=blocks), AT)

    assert max(right for _left, right in boxes(paper.content)) <= PAGE_WIDTH - RIGHT_MARGIN + 8
    assert min(left for left, _right in boxes(paper.content)) >= LEFT_MARGIN - 8
