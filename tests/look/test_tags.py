"""Values are spoken as people speak them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils.translation import override

from mediation.templatetags import mediation_tags as tags
from mediation.vocabulary import State, Track


@pytest.mark.parametrize(
    ("fen", "spoken"),
    [(0, "¥0.00"), (5, "¥0.05"), (123456789, "¥1,234,567.89"), (-150, "-¥1.50"), (None, ""), ("12", "")],
)
def test_money_is_counted_in_fen_and_shown_in_yuan(fen: object, spoken: str) -> None:
    assert tags.money(fen) == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (date(2026, 2, 3), "2026年2月3日"),
        (datetime(2026, 11, 22, 6, 5, tzinfo=UTC), "2026年11月22日 14:05"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026年11月23日 00:00"),
        ("2026-11-22", "2026年11月22日"),
        ("2026-11-22T06:05:00+00:00", "2026年11月22日 14:05"),
        ("mañana", ""),
        (None, ""),
    ],
)
def test_dates_are_spoken_in_shanghai(value: object, spoken: str) -> None:
    assert tags.zhdate(value) == spoken


def test_dates_are_spoken_in_english_to_an_english_reader() -> None:
    with override("en"):
        assert tags.zhdate(date(2026, 11, 22)) == "22 November 2026"


def test_a_term_is_spoken_by_its_label_and_an_unknown_code_by_itself() -> None:
    assert tags.term(State.SIGNING) == "协议待签"
    assert tags.term("MISSTATEMENT", "Cause") == "证券虚假陈述责任纠纷"
    assert tags.term("LATER_ADDED", "Cause") == "LATER_ADDED"
    assert tags.term("X", "gettext_noop") == "X"
    assert tags.term("") == ""


def test_days_left_are_told_from_days_past() -> None:
    assert [tags.days_left(days) for days in (5, 0, -2, None)] == [
        "还有 5 个工作日",
        "今天到期",
        "已超过 2 个工作日",
        "",
    ]


def test_a_state_that_nobody_knows_is_shown_quietly() -> None:
    assert tags.tone("NOT_A_STATE") == "ended"


def test_each_track_has_its_letter() -> None:
    assert [tags.track(track)["letter"] for track in Track] == ["A", "B", "C", "D"]


def test_a_platform_is_known_by_the_seat_it_holds() -> None:
    assert [tags.identity(code) for code in ("courtplatform", "investornet", "court", "nobody")] == [
        "court",
        "net",
        "court",
        "public",
    ]


def test_a_citation_is_text_and_never_markup() -> None:
    assert tags.article("<b>") == '<span class="article">&lt;b&gt;</span>'
    assert tags.article("") == ""
