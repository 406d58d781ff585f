"""The dated rows: every clock has a rule where it occurs, both sides of every change, citations, codes, fees."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from mediation import law
from mediation.law_page import render_law
from mediation.vocabulary import Cause, ClockKind, CodePurpose, Gate, Procedure, Track, Unit

A, B, C, D = Track.DELEGATED, Track.ENTRUSTED, Track.DIRECT, Track.OFFLINE
ALL, COURT, CONFIRMABLE = (A, B, C, D), (A, B), (A, C, D)

# Where a clock can run (the table of states and clocks), and how long it then is today.
OCCURS = {
    ClockKind.DESIGNATE: (COURT, "3 WORKING_DAY"),
    ClockKind.ANSWER: (COURT, "5 WORKING_DAY"),
    ClockKind.CHOOSE: (COURT, "2 WORKING_DAY"),
    ClockKind.RECEIPT: (ALL, "1 WORKING_DAY"),
    ClockKind.CONTACT: ((A, B, C), "3 WORKING_DAY"),
    ClockKind.REVIEW_SUSPICION: (ALL, "3 WORKING_DAY"),
    ClockKind.APPRAISAL: (ALL, "60 DAY"),
    ClockKind.COMPLETE: (ALL, "3 WORKING_DAY"),
    ClockKind.CONFIRM: (CONFIRMABLE, "30 DAY"),
    ClockKind.DOCKET: (CONFIRMABLE, "7 DAY"),
    ClockKind.RESUME: ((B,), "3 WORKING_DAY"),
    ClockKind.TRANSFER: ((C, D), "15 DAY"),
    ClockKind.ACCEPT: (CONFIRMABLE, "3 DAY"),
    ClockKind.SUPPLEMENT: (CONFIRMABLE, "7 DAY"),
    ClockKind.REVIEW: (CONFIRMABLE, "30 DAY"),
    ClockKind.OBJECT: (CONFIRMABLE, "15 DAY"),
    ClockKind.OUTSIDER_OBJECT: (CONFIRMABLE, "6 MONTH"),
    ClockKind.ENFORCE: (ALL, "2 YEAR"),
    ClockKind.ISSUE: (ALL, "15 DAY"),
    ClockKind.SERVE: (ALL, "30 DAY"),
    ClockKind.PROVE: ((D,), "5 WORKING_DAY"),
    ClockKind.PERFORM: (CONFIRMABLE, "30 DAY"),
}
BY_TRACK = {
    (ClockKind.REPLY, A, None): "5 WORKING_DAY",
    (ClockKind.REPLY, B, None): "5 WORKING_DAY",
    (ClockKind.REPLY, C, None): "3 WORKING_DAY",
    (ClockKind.MEDIATE, A, None): "30 DAY",
    (ClockKind.MEDIATE, B, Procedure.ORDINARY): "15 DAY",
    (ClockKind.MEDIATE, B, Procedure.SUMMARY): "7 DAY",
    (ClockKind.MEDIATE, C, None): "30 DAY",
    (ClockKind.MEDIATE, D, None): "30 DAY",
    (ClockKind.DECIDE, A, None): "30 DAY",
    (ClockKind.DECIDE, B, None): "7 DAY",
    (ClockKind.DECIDE, C, None): "30 DAY",
    (ClockKind.DECIDE, D, None): "30 DAY",
} | {(clock, track, None): length for clock, (tracks, length) in OCCURS.items() for track in tracks}


@pytest.mark.parametrize("on", [date(2021, 9, 1), date(2022, 3, 1), date(2024, 6, 3), date(2026, 11, 22)])
@pytest.mark.parametrize(("clock", "track", "procedure"), BY_TRACK)
def test_every_clock_has_its_length_wherever_it_occurs(
    clock: ClockKind, track: Track, procedure: Procedure | None, on: date
) -> None:
    rule = law.rule_for(clock, track=track, procedure=procedure, on=on)

    assert f"{rule.value} {rule.unit}" == BY_TRACK[clock, track, procedure]
    assert law.row(rule.row) == rule
    assert law.in_force(rule, on)


def test_no_kind_of_clock_is_forgotten() -> None:
    assert {clock for clock, _track, _procedure in BY_TRACK} == set(ClockKind)


def test_at_most_one_row_governs_any_clock_on_any_day() -> None:
    for one in law.RULES:
        for other in law.RULES:
            together = one.clock is other.clock and one.row != other.row and one.procedure is other.procedure
            if together and set(one.tracks or Track) & set(other.tracks or Track):
                assert not law.in_force(one, other.valid_from)
                assert not law.in_force(other, one.valid_from)


def test_rows_of_one_key_follow_each_other_without_a_gap() -> None:
    chains: dict[str, list[law.Rule]] = {}
    for rule in law.RULES:
        chains.setdefault(rule.key, []).append(rule)

    for rules in chains.values():
        assert [rule.valid_until for rule in rules] == [rule.valid_from for rule in rules[1:]] + [None]


def test_row_ids_are_unique_and_every_row_says_from_when_and_why() -> None:
    assert len({rule.row for rule in law.RULES}) == len(law.RULES)
    for rule in law.RULES:
        assert rule.row.endswith(f"/{rule.valid_from}")
        assert rule.counted_from
        assert rule.extension
        assert len(rule.citation) == len(rule.rule_ids) > 0
        assert not rule.own_figure or rule.note


def test_the_court_assignment_is_flagged_at_three_and_cites_both_instruments() -> None:
    rule = law.rule_for(ClockKind.REPLY, track=A, on=date(2026, 11, 22))

    assert (rule.value, rule.flag, rule.settles) == (5, 3, "C1")
    assert rule.citation[0].endswith("（法办〔2021〕313号）第四部分（五）第三款")
    assert rule.citation[1] == "《人民法院在线调解规则》第十二条"


def test_the_online_mediation_rules_take_over_on_new_years_day_2022() -> None:
    before = law.rule_for(ClockKind.MEDIATE, track=A, on=date(2021, 12, 31))
    after = law.rule_for(ClockKind.MEDIATE, track=A, on=date(2022, 1, 1))

    assert (before.rule_ids, after.rule_ids) == (("TY-27",), ("ZX-24",))
    assert before.counted_from != after.counted_from
    assert law.rule_for(ClockKind.DESIGNATE, track=A, on=date(2021, 12, 31)).own_figure
    assert not law.rule_for(ClockKind.DESIGNATE, track=A, on=date(2022, 1, 1)).own_figure


def test_the_docketing_opinion_takes_over_on_new_years_day_2025() -> None:
    before, after = date(2024, 12, 31), date(2025, 1, 1)

    assert law.extension_cap(B, before) is None
    assert law.extension_cap(B, after) == 30
    assert law.extension_for(B, after).times == 1
    assert law.extension_cap(A, after) is None
    assert law.extension_cap(C, after) is None
    assert law.delegation_policy(before).gate is Gate.OPEN
    assert law.delegation_policy(after).gate is Gate.RESTRICTED
    assert any("第四部分（五）" in text for text in law.delegation_policy(after).cited(after))
    assert any("严格依法规范" in text for text in law.delegation_policy(after).cited(after))
    assert "LT-3" in law.rule_for(ClockKind.MEDIATE, track=B, procedure=Procedure.SUMMARY, on=after).rule_ids


@pytest.mark.parametrize(
    ("on", "court", "ruling", "limit"),
    [
        (
            date(2021, 12, 31),
            "（2017年修正）第一百九十四条",
            "（2017年修正）第一百九十五条",
            "（2017年修正）第一百八十条",
        ),
        (date(2022, 1, 1), "（2021年修正）第二百零一条", "（2021年修正）第二百零二条", "（2021年修正）第一百八十七条"),
        (
            date(2023, 12, 31),
            "（2021年修正）第二百零一条",
            "（2021年修正）第二百零二条",
            "（2021年修正）第一百八十七条",
        ),
        (date(2024, 1, 1), "（2023年修正）第二百零五条", "（2023年修正）第二百零六条", "（2023年修正）第一百八十七条"),
    ],
)
def test_articles_are_cited_by_the_numbers_of_their_day(on: date, court: str, ruling: str, limit: str) -> None:
    assert law.article("CONFIRMATION_COURT", on).endswith(court)
    assert law.article("CONFIRMATION_RULING", on).endswith(ruling)
    assert law.article("CONFIRMATION_REVIEW", on).endswith(limit)
    assert law.rule_for(ClockKind.CONFIRM, track=C, on=on).citation == (law.article("CONFIRMATION_COURT", on),)


@pytest.mark.parametrize(
    ("rule_id", "citation"),
    [
        ("N-2", "（法办〔2021〕313号）第二部分"),
        ("N-4.5g", "（法办〔2021〕313号）第四部分（五）第三款"),
        ("TY-15", "《最高人民法院关于人民法院特邀调解的规定》第十五条"),
        ("ZX-25(7)", "《人民法院在线调解规则》第二十五条第七项"),
        ("ZS-4", "《人民法院在线诉讼规则》第四条"),
        ("CPL-250", "（2023年修正）第二百五十条"),
        ("CPL-100", "（2023年修正）第一百条"),
        ("JI-372", "的解释》第三百七十二条"),
        ("SQ-4", "若干规定》第四条"),
        ("MT-10", "若干问题的规定》第十条"),
        ("RT-29", "人民调解法》第二十九条"),
        ("ZQ-94", "证券法》第九十四条"),
        ("QH-56", "期货和衍生品法》第五十六条"),
        ("D305-14", "（法〔2018〕305号）第十四条"),
        ("LT-3", "立案与调解工作的意见》第三条"),
    ],
)
def test_rule_ids_become_chinese_citations(rule_id: str, citation: str) -> None:
    assert law.cite(rule_id, date(2026, 11, 22)).endswith(citation)


def test_every_rule_id_of_the_rule_table_can_be_cited() -> None:
    notice = ["2", "4.1", *(f"4.2{part}" for part in "abcd"), "4.3", *(f"4.4{part}" for part in "abc"), "4.6", "6"]
    notice += [*(f"4.5{part}" for part in "abcdefg"), *(f"5.{part}" for part in "1234")]
    articles = {
        "TY": [11, 12, 13, 14, 15, 18, 20, 23, 27],
        "ZX": [8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 24, 25, "25(2)", "25(4)", "25(6)", "25(7)", 26],
        "ZS": [4, 5, 20],
        "CPL": [16, 61, 62, 85, 90, 100, 102, 126, 205, 206, 250],
        "JI": [149, 354, 355, 356, 357, 358, 372],
        "ZQ": [94],
        "QH": [56],
        "LT": [2, 3],
        "SQ": [4],
    }
    quoted = [f"N-{part}" for part in notice]
    quoted += [f"{prefix}-{number}" for prefix, numbers in articles.items() for number in numbers]

    for on in (date(2021, 9, 1), date(2026, 11, 22)):
        assert all(law.cite(rule_id, on) for rule_id in quoted)


def test_an_instrument_of_the_future_says_so() -> None:
    assert law.cite("ZX-12", date(2021, 9, 1)).endswith("第十二条（2022-01-01起施行）")
    assert law.cite("JI-372", date(2022, 4, 9)).endswith("第三百七十四条")
    assert law.cite("CPL-16", date(2021, 9, 1)).endswith("（2021年修正）第十六条")


@pytest.mark.parametrize("rule_id", ["", "ZX", "ZX-", "XX-1", "N-4.9", "N-5", "CPL-999", "ZX-0", "ZX-12 ", "zx-12"])
def test_an_unknown_rule_id_is_refused(rule_id: str) -> None:
    with pytest.raises(law.UnknownRule):
        law.cite(rule_id, date(2026, 1, 1))


def test_numerals_are_written_as_in_statutes() -> None:
    written = {
        1: "一",
        10: "十",
        12: "十二",
        20: "二十",
        100: "一百",
        101: "一百零一",
        110: "一百一十",
        205: "二百零五",
        372: "三百七十二",
    }

    assert {number: law.numeral(number) for number in written} == written


def test_own_figures_can_be_set_and_law_figures_cannot() -> None:
    on = date(2026, 11, 22)
    figures = {"ANSWER/COURT": 7, "REPLY/DELEGATED": 3, "CHOOSE/COURT": 99}

    assert law.rule_for(ClockKind.ANSWER, track=A, on=on, figures=figures).value == 7
    assert law.rule_for(ClockKind.REPLY, track=A, on=on, figures=figures).value == 3
    assert law.rule_for(ClockKind.REPLY, track=A, on=date(2021, 9, 1), figures=figures).value == 5
    assert law.rule_for(ClockKind.CHOOSE, track=A, on=on, figures=figures).value == 2
    assert law.row("ANSWER/COURT/2021-08-20", figures).value == 7


@pytest.mark.parametrize(
    "figures",
    [{"CHOOSE/COURT": 3}, {"ANSWER/COURT": 0}, {"ANSWER/COURT": True}, {"ANSWER/COURT": "5"}, {"REPLY/DELEGATED": 6}],
)
def test_figures_out_of_bounds_are_refused_in_chinese(figures: dict) -> None:
    with pytest.raises(ValueError, match="“"):
        law.check_figures(figures)


def test_the_defaults_are_within_their_own_bounds() -> None:
    law.check_figures(law.SETTABLE)

    beside = {"REPLY/DELEGATED", law.GRACE, law.CAMPAIGN_OPENS, *law.CAMPAIGN_REMINDS}
    beside |= {law.QUIET_FROM, law.QUIET_UNTIL, law.UNOPENED, law.RETRIED}
    assert set(law.SETTABLE) - beside == {
        rule.key for rule in law.RULES if rule.own_figure and rule.valid_until is None
    }


def test_a_clock_where_none_runs_is_refused_in_chinese() -> None:
    with pytest.raises(law.NoRule, match=r"立案后委托.*申请司法确认期限"):
        law.rule_for(ClockKind.CONFIRM, track=B, on=date(2026, 1, 1))
    with pytest.raises(law.NoRule):
        law.rule_for(ClockKind.MEDIATE, track=B, on=date(2026, 1, 1))
    with pytest.raises(law.NoRule):
        law.rule_for(ClockKind.REPLY, track=A, on=date(2021, 8, 19))
    with pytest.raises(law.NoRule, match="NOTHING"):
        law.row("NOTHING/HERE/2021-01-01")


@pytest.mark.parametrize(
    ("purpose", "on", "code"),
    [
        (CodePurpose.CONFIRMATION, date(2021, 12, 31), "民特"),
        (CodePurpose.CONFIRMATION, date(2022, 1, 1), "诉前调确"),
        (CodePurpose.CONFIRMATION, date(2026, 11, 22), "诉前调确"),
        (CodePurpose.DECREE, date(2021, 12, 31), "民初"),
        (CodePurpose.DECREE, date(2022, 1, 1), "诉前调书"),
        (CodePurpose.DECREE, date(2025, 1, 1), "民初"),
        (CodePurpose.PRE_MEDIATION, date(2024, 12, 31), "诉前调"),
        (CodePurpose.FIRST_INSTANCE, date(2026, 1, 1), "民初"),
    ],
)
def test_type_codes_follow_the_date(purpose: CodePurpose, on: date, code: str) -> None:
    assert law.case_code(purpose, on, "沪74") == code


def test_a_court_may_use_a_code_of_its_own() -> None:
    overrides = {("沪74", CodePurpose.CONFIRMATION): "民特"}

    assert law.case_code(CodePurpose.CONFIRMATION, date(2026, 1, 1), "沪74", overrides) == "民特"
    assert law.case_code(CodePurpose.CONFIRMATION, date(2026, 1, 1), "京74", overrides) == "诉前调确"
    with pytest.raises(law.NoRule):
        law.case_code(CodePurpose.CONFIRMATION, date(2015, 12, 31))


def test_cause_numbers_differ_by_edition_and_are_never_guessed() -> None:
    assert law.cause_number(Cause.MISSTATEMENT, date(2025, 12, 31)) == "314（3）"
    assert law.cause_number(Cause.MISSTATEMENT, date(2026, 1, 1)) == "352（3）"
    assert law.cause_number(Cause.FUTURES_INSIDER, date(2026, 1, 1)) == "366"
    assert law.cause_number(Cause.CLIENT_FUNDS, date(2021, 1, 1)) == "318"
    assert law.cause_number(Cause.BROKERAGE, date(2020, 12, 31)) is None
    assert law.cause_number(Cause.TRUST, date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("yuan", "fee"),
    [
        (0, 50),
        (5_000, 50),
        (10_000, 50),
        (100_000, 2_300),
        (200_000, 4_300),
        (500_000, 8_800),
        (1_000_000, 13_800),
        (2_000_000, 22_800),
        (5_000_000, 46_800),
        (20_000_000, 141_800),
        (30_000_000, 191_800),
    ],
)
def test_acceptance_fees_follow_the_scale(yuan: int, fee: int) -> None:
    assert law.acceptance_fee(yuan * 100) == fee * 100
    assert law.half_fee(yuan * 100) == fee * 50


def test_a_fee_is_rounded_to_the_fen_and_a_negative_claim_refused() -> None:
    assert law.acceptance_fee(10_000_20) == 50_01
    assert law.acceptance_fee(10_000_19) == 50_00
    assert law.half_fee(10_000_20) == 25_01
    with pytest.raises(ValueError, match="负数"):
        law.acceptance_fee(-1)


def test_every_unit_has_a_rule_and_own_figures_are_never_longer_than_a_year() -> None:
    assert {rule.unit for rule in law.RULES} == set(Unit)
    assert all(rule.value <= 365 for rule in law.RULES)
    assert all(
        rule.valid_until is None or rule.valid_until - rule.valid_from > timedelta(days=30) for rule in law.RULES
    )


def test_the_law_page_is_what_the_rows_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "law.md"

    assert page.read_text(encoding="utf-8") == render_law()


def test_the_law_page_names_all_eighteen_conflicts_and_admits_the_stricter_reading() -> None:
    page = render_law()

    assert all(f"| C{number} |" in page for number in range(1, 19))
    assert "严格按效力位阶应当适用三个工作日" in page


def test_law_and_calendar_load_no_framework() -> None:
    code = (
        "import sys, mediation.law, mediation.workdays, mediation.law_page;"
        "print([name for name in ('django', 'celery', 'rest_framework') if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
