"""The arithmetic of recommending: each weight does what the table says, and nothing favours a name or a place."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

import pytest

from mediation import choice
from mediation.choice import PRIORS, WEIGHTS, File, Question, rank
from mediation.conflicts import Finding
from mediation.tallies import Figures
from mediation.vocabulary import ConflictKind, Unfit

SPACE = UUID("5d1b0f7e-33a5-4f5b-9a5f-0c0ffee00001")
ASKED = Question(str(uuid5(SPACE, "case")), "MISSTATEMENT", "31", date(2024, 3, 4))
MIDDLING = {"accepted": 100, "declined": 5, "lapsed": 5, "settled": 50, "failed": 50}


def organisation(name: str, **known: Any) -> File:
    figures = Figures(**{**MIDDLING, "by_cause": {"MISSTATEMENT": 40}, **known.pop("figures", {})})
    return File(ref=str(uuid5(SPACE, name)), name=name, capacity=100, load=50, figures=figures, **known)


def order(*files: File, question: Question = ASKED) -> list[str]:
    return [one.file.name for one in rank(question, files).ranked]


def of(answer: choice.Recommendation, name: str) -> choice.Candidate:
    return next(one for one in (*answer.ranked, *answer.unfit) if one.file.name == name)


BETTER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SPECIALTY by its file": ({"causes": ("MISSTATEMENT",)}, {}),
    "SPECIALTY by its record": ({"figures": {"by_cause": {"MISSTATEMENT": 80}}}, {}),
    "CAPACITY": ({}, {"load": 51}),
    "SCOPE": ({"regions": ("31",)}, {}),
    "TIMELINESS": ({}, {"figures": {"lapsed": 6}}),
    "SETTLEMENT": ({"figures": {"settled": 51, "failed": 49}}, {}),
}


@pytest.mark.parametrize("factor", BETTER)
@pytest.mark.parametrize("first", ["better", "other"])
def test_being_better_in_one_thing_alone_leads(factor: str, first: str) -> None:
    good, bad = BETTER[factor]
    load = bad.get("load")
    better = organisation("better", **dict(good))
    other = organisation("other", **{name: value for name, value in bad.items() if name != "load"})
    other = replace(other, load=load) if load else other

    pair = (better, other) if first == "better" else (other, better)

    assert order(*pair) == ["better", "other"]


def test_the_weights_are_those_of_the_table_and_make_a_hundred() -> None:
    assert dict(WEIGHTS) == {"SPECIALTY": 35, "CAPACITY": 25, "SCOPE": 10, "TIMELINESS": 15, "SETTLEMENT": 15}
    assert sum(WEIGHTS.values()) == 100
    for factor, weight in WEIGHTS.items():
        assert f"{factor:<11} {weight} " in (choice.__doc__ or "")
    for factor, prior in PRIORS.items():
        assert f"{prior} × mean" in (choice.__doc__ or ""), factor


def test_full_marks_are_exactly_a_hundred_points() -> None:
    perfect = {"accepted": 10**9, "declined": 0, "lapsed": 0, "settled": 10**9, "failed": 0}
    one = organisation("one", causes=("MISSTATEMENT",), regions=("31",), figures=perfect)
    one = replace(one, load=0, figures=replace(one.figures, by_cause={"MISSTATEMENT": 10**9}))

    found = rank(ASKED, [one]).ranked[0]

    assert found.total == 100
    assert {factor: int(points) for factor, points in found.points.items()} == dict(WEIGHTS)


def test_two_lucky_cases_do_not_overtake_a_long_good_record() -> None:
    lucky = organisation("lucky", figures={"accepted": 2, "settled": 2, "failed": 0, "by_cause": {"MISSTATEMENT": 2}})
    solid = organisation("solid", figures={"settled": 70, "failed": 30})
    poor = organisation("poor", figures={"settled": 30, "failed": 70})

    answer = rank(ASKED, [lucky, solid, poor])
    settlement = {one.file.name: one.points["SETTLEMENT"] for one in answer.ranked}

    assert settlement["solid"] > settlement["lucky"] > settlement["poor"]


def test_an_organisation_without_a_record_stands_at_the_mean_of_the_roster() -> None:
    new = organisation("new", figures=dict.fromkeys(MIDDLING, 0) | {"by_cause": {}})
    old = organisation("old")

    answer = rank(ASKED, [new, old])

    mean = Fraction(50, 100)
    assert of(answer, "new").points["SETTLEMENT"] == WEIGHTS["SETTLEMENT"] * mean
    assert of(answer, "new").points["TIMELINESS"] == of(answer, "old").points["TIMELINESS"]


def test_where_nobody_has_a_record_everything_is_judged_by_the_file() -> None:
    nothing = dict.fromkeys(MIDDLING, 0) | {"by_cause": {}}

    answer = rank(ASKED, [organisation(name, figures=nothing) for name in "甲乙丙"])

    assert {one.points["SETTLEMENT"] for one in answer.ranked} == {Fraction(15, 2)}


@pytest.mark.parametrize("seed", range(40))
def test_the_order_in_which_organisations_are_given_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    files = [
        replace(
            organisation(f"组织{number}"), load=chance.randrange(100), regions=chance.choice([(), ("31",), ("11",)])
        )
        for number in range(12)
    ]
    shuffled = chance.sample(files, len(files))

    assert rank(ASKED, files) == rank(ASKED, shuffled)


def test_equal_points_go_to_whoever_was_chosen_longest_ago_and_first_to_whoever_never_was() -> None:
    def chosen(name: str, day: int | None) -> File:
        last = None if day is None else datetime(2024, 1, day, tzinfo=UTC)
        return organisation(name, figures={"last_chosen_at": last})

    assert order(chosen("recent", 20), chosen("never", None), chosen("old", 2)) == ["never", "old", "recent"]


def test_no_name_and_no_place_in_the_list_is_preferred_over_many_cases() -> None:
    files = [organisation(name) for name in ("甲", "乙", "丙", "丁", "戊")]
    first, led = Counter(), Counter()

    for number in range(5000):
        question = replace(ASKED, case=str(uuid5(SPACE, str(number))))
        ranked = rank(question, files).ranked
        first[ranked[0].file.name] += 1
        led[tuple(one.file.name for one in ranked).index("甲")] += 1

    # 5000 cases, five alike: 1000 expected, standard deviation 28; four of them are far beyond chance.
    assert all(abs(count - 1000) < 115 for count in (*first.values(), *led.values()))


def test_a_new_name_for_an_organisation_changes_nothing() -> None:
    files = [organisation(name) for name in ("甲", "乙", "丙")]
    renamed = [replace(one, name=f"{3 - place}号") for place, one in enumerate(files)]

    assert [one.file.ref for one in rank(ASKED, files).ranked] == [one.file.ref for one in rank(ASKED, renamed).ranked]


BARRED: dict[Unfit, dict[str, Any]] = {
    Unfit.NOT_LISTED: {"standing": (Unfit.NOT_LISTED,)},
    Unfit.SUSPENDED: {"standing": (Unfit.SUSPENDED,)},
    Unfit.LICENCE_EXPIRED: {"standing": (Unfit.LICENCE_EXPIRED,)},
    Unfit.CAUSE: {"causes": ("FUND",)},
    Unfit.REGION: {"regions": ("44",)},
    Unfit.CONFLICT: {"findings": (Finding("", ConflictKind.ORGANISATION, "x", "", True),)},
    Unfit.ASKED_BEFORE: {"asked_before": True},
}


@pytest.mark.parametrize("ground", BARRED)
def test_whoever_may_not_take_the_case_is_left_out_and_told_why(ground: Unfit) -> None:
    barred, other = organisation("barred", **BARRED[ground]), organisation("other")

    answer = rank(ASKED, [barred, other])

    assert [one.file.name for one in answer.ranked] == ["other"]
    assert answer.unfit[0].unfit == (ground,)
    assert choice.why_not(answer.unfit[0]) == [ground.label]


def test_a_full_house_is_left_out_with_its_figures() -> None:
    full = replace(organisation("full"), load=100)

    answer = rank(ASKED, [full])

    assert choice.why_not(answer.unfit[0]) == ["在办案件已达上限：上限100件，在办100件"]


def test_a_certain_tie_to_a_party_keeps_an_organisation_from_being_recommended_and_an_earlier_case_does_not() -> None:
    tied = organisation("tied", findings=(Finding("", ConflictKind.GROUP, "x", "", True),))
    known = organisation("known", findings=(Finding("", ConflictKind.EARLIER_CASE, "x", "", True),))

    answer = rank(ASKED, [tied, known])

    assert [one.file.name for one in answer.ranked] == ["known"]
    assert [(one.file.name, one.unfit) for one in answer.unfit] == [("tied", (Unfit.CONFLICT,))]


def test_a_possible_conflict_is_shown_but_does_not_bar() -> None:
    possible = Finding("", ConflictKind.ORGANISATION, "x", "", False)

    assert order(organisation("one", findings=(possible,))) == ["one"]


def test_reasons_say_the_figures_behind_every_factor() -> None:
    one = organisation("one", causes=("MISSTATEMENT",), regions=("31",))
    answer = rank(ASKED, [one])

    told = {reason.factor: reason.text for reason in choice.reasons(ASKED, answer.ranked[0])}

    assert told == {
        "SPECIALTY": "名册载明受理证券虚假陈述责任纠纷；已接受100件，其中这一案由40件（40%）。",
        "CAPACITY": "同时办理上限100件，在办50件，还可以接受50件。",
        "SCOPE": "专门受理本院所在地区的纠纷。",
        "TIMELINESS": "应当答复110次，按期答复105次（95%），逾期未答复5次；向本院名册平均95%折算后95%。",
        "SETTLEMENT": "调解结束100件，达成协议50件（50%）；向本院名册平均50%折算后50%。",
    }


def test_three_are_recommended_and_the_others_follow_in_order() -> None:
    files = [replace(organisation(f"组织{number}"), load=number * 10) for number in range(5)]

    answer = rank(ASKED, [*files, organisation("外地", regions=("44",))])

    assert [one.file.name for one in answer.best] == ["组织0", "组织1", "组织2"]
    assert [one.file.name for one in answer.others] == ["组织3", "组织4", "外地"]
