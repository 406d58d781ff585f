"""What clauses say, oblige and lack: sums that add up, blanks, hostile words, the grounds on which a court refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation import law
from mediation.amounts import LARGEST, in_capitals
from mediation.clauses import defects, differences, library
from mediation.clauses.agreement import MOST_CLAUSES, SETS, Body, Clause, TooManyClauses, fresh
from mediation.clauses.variables import BLANK, MOST_INSTALMENTS, Someone, even_plan, simple_interest
from mediation.facts import check
from mediation.lifecycle import MOVES
from mediation.vocabulary import ClauseKind

K = ClauseKind
TODAY = date(2026, 3, 3)
A, B, C = (f"{letter * 8}-{letter * 4}-{letter * 4}-{letter * 4}-{letter * 12}" for letter in "abc")
PEOPLE = {
    A: Someone(A, "张晓慧", "申请人", True),
    C: Someone(C, "李国栋", "申请人", True),
    B: Someone(B, "华信股份有限公司", "被申请人", False),
}
HOSTILE = '</article><script>alert(1)</script>\n二、被申请人不承担任何责任。\u2028#panic("x") $x$ \\ @a %(who)s %'


def made(kind: ClauseKind, key: str = "", **values: Any) -> Clause:
    one = next(each for each in library.in_force(TODAY) if each.kind is kind)
    return Clause(key or kind.value, kind.value, one.edition, values)


def lump(**values: Any) -> Clause:
    whole = {"payer": B, "payee": A, "purpose": "赔偿款", "amount": 1_000_000, "due_on": "2026-06-30"}
    return made(K.LUMP_SUM, **{**whole, **values})


def body(*clauses: Clause, full: bool = True, summary: str = "双方对损失金额有争议。") -> Body:
    return Body(full, summary, clauses)


def found(held: Body, **more: Any) -> list[tuple[bool, str, tuple[str, ...], str]]:
    sight = defects.Sight(held, PEOPLE, TODAY, **more)
    return [(one.must, one.said % one.params, one.law, one.clause) for one in defects.find(sight)]


def musts(held: Body) -> list[str]:
    return [said for must, said, _law, _clause in found(held) if must]


@settings(max_examples=120, deadline=None)
@given(
    total=st.integers(1, LARGEST),
    count=st.integers(1, MOST_INSTALMENTS),
    first=st.dates(date(2026, 3, 3), date(2030, 12, 31)),
    months=st.sampled_from([1, 3, 6, 12]),
)
def test_every_even_plan_sums_up_is_read_back_and_is_stated_as_obligations(
    total: int, count: int, first: date, months: int
) -> None:
    if total < count or (count - 1) * months >= MOST_INSTALMENTS:
        with pytest.raises(ValueError, match=r"divided|thirty"):
            even_plan(total, count, first, months)
        return

    plan = even_plan(total, count, first, months)
    clause = made(K.INSTALMENTS, payer=B, payee=A, purpose="赔偿款", amount=total, plan=plan)
    held = Body.load(body(clause).dump())
    owed, said = held.obligations(PEOPLE), held.written(PEOPLE)[0][1]

    days = [on for on, _fen in plan]
    assert sum(fen for _on, fen in plan) == total == sum(one["amount"] for one in owed)
    assert min(fen for _on, fen in plan) > 0
    assert (len(plan), days) == (count, sorted(set(days)))
    assert [one["due_on"] for one in owed] == days
    assert len({one["ref"] for one in owed}) == count
    assert said.count("大写：人民币") == count + 1
    assert in_capitals(total) in said
    check({"obligations": MOVES["sign"].facts["obligations"]}, {"obligations": owed})
    assert not any("不符" in one for one in musts(held))


def test_amounts_are_computed_for_several_claimants_interest_and_set_off() -> None:
    shares = made(K.PER_CLAIMANT, payer=B, purpose="赔偿款", shares={A: 100_001, C: 250_000}, due_on="2026-06-30")
    interest = made(
        K.INTEREST, payer=B, payee=A, principal=10_000_000, rate="3.65", since="2025-01-01", until="2026-01-01",
        due_on="2026-06-30",
    )  # fmt: skip
    off = made(K.SET_OFF, first=A, first_amount=100, second=B, second_amount=350, due_on="2026-06-30")
    even = replace(off, key="even", values={**off.values, "second_amount": 100})
    held = body(shares, interest, off, even)

    texts = [text for _clause, text in held.written(PEOPLE)]
    owed = [(one["payer"], one["payee"], one["amount"]) for one in held.obligations(PEOPLE)]

    assert "合计3,500.01元（大写：人民币叁仟伍佰元零壹分）" in texts[0]
    assert "利息共计3,650.00元" in texts[1]
    assert "被申请人华信股份有限公司于2026年6月30日前（含当日）向申请人张晓慧支付余额2.50元" in texts[2]
    assert "双方互不再支付" in texts[3]
    assert owed == [(B, A, 100_001), (B, C, 250_000), (B, A, 365_000), (B, A, 250)]
    assert simple_interest(1, "0.01", "2025-01-01", "2025-01-02") == 0


def test_every_clause_can_be_written_empty_half_full_and_by_the_hostile_and_its_gaps_are_named() -> None:
    assert {one.kind for one in library.in_force(TODAY)} == set(K)
    assert library.in_force(date(2021, 12, 31)) == []
    with pytest.raises(library.UnknownClause):
        library.wording("LUMP_SUM", "1999-1")
    for one in library.in_force(TODAY):
        empty = Clause("k", one.kind.value, one.edition)
        words = {v.name: HOSTILE for v in one.variables if v.shape in ("line", "text")}
        started, hostile = fresh(one, PEOPLE), replace(empty, values=words)
        for clause in (empty, started, hostile):
            held = Body.load(body(clause).dump())
            said = held.written(PEOPLE)[0][1]
            assert said.startswith("一、")
            assert held.clauses == (clause,)
            # Nothing typed into one line begins a clause of its own.
            lines = [v for v in one.variables if v.shape == "line"]
            assert not lines or "\n二、" not in said
            for must, text, ids, _key in found(held):
                assert text
                assert must in (True, False)
                assert all(law.cite(rule, TODAY) for rule in ids)
        needed = [v.label for v in library.needs(one, {})]
        assert all(any(f"“{label}”" in said for said in musts(body(empty))) for label in needed)
        assert BLANK in empty.text(PEOPLE) or not needed
    for kinds in SETS.values():
        assert set(kinds) <= set(K)
    full = body(*[replace(lump(), key=str(place)) for place in range(MOST_CLAUSES)])
    with pytest.raises(TooManyClauses):
        full.put(lump())


ENDS: dict[str, Any] = {"payer": B, "payee": A}
OTHER = made(K.PER_CLAIMANT, payer=B, purpose="赔", shares={C: 1}, due_on="2026-06-30")
GOOD = [lump(), made(K.CONFIDENTIALITY), made(K.RELEASE), OTHER]
VAGUE = made(K.NON_MONETARY, what="尽快更正", due_on="2026-06-30", **ENDS)
DEAR = made(K.BREACH, way="DAILY", rate="20", **ENDS)
HASTENED = made(K.BREACH, way="HASTENED", **ENDS)
SHORT = made(K.INSTALMENTS, purpose="赔", amount=3, plan=[["2026-04-01", 1], ["2026-04-01", 1]], **ENDS)
SPAN = {"since": "2026-01-01", "until": "2026-01-01", "due_on": "2026-06-30"}
BACKWARDS = made(K.INTEREST, principal=1, rate="36", **ENDS, **SPAN)


def test_an_agreement_with_nothing_wrong_passes() -> None:
    told = "公司虚构利润约五百万元左右，已被行政处罚；双方对损失金额有争议。"

    assert found(body(*GOOD, summary=told)) == []


@pytest.mark.parametrize(
    ("held", "must", "rule", "said", "clause"),
    [
        (body(summary="  "), True, "TY-23", "没有写主要事实", ""),
        (body(made(K.CONFIDENTIALITY)), True, "JI-358(5)", "没有任何约定权利义务", ""),
        (body(lump(amount=None)), True, "JI-358(5)", "缺少“金额”", "LUMP_SUM"),
        (body(lump(payer="")), True, "JI-358(5)", "缺少“付款方”", "LUMP_SUM"),
        (body(lump(due_on="2026-03-02")), True, "JI-358(5)", "履行期限已经过去", "LUMP_SUM"),
        (body(lump(due_on="2056-03-04")), True, "CPL-250", "晚于今天起三十年", "LUMP_SUM"),
        (body(lump(payer=A)), True, "JI-358(5)", "同一个人", "LUMP_SUM"),
        (body(lump(payee="d" * 36)), True, "JI-358(5)", "已经不是本案当事人", "LUMP_SUM"),
        (body(lump(), full=False), True, "MT-14", "没有写明是哪些请求", ""),
        (body(lump(), made(K.PARTIAL, settled="佣金", rest="利息")), True, "ZX-19", "却有“部分达成协议”", "PARTIAL"),
        (body(made(K.FREE, text="不履行的，请求人民法院判决。")), True, "MT-8", "请求法院作出裁判", "FREE"),
        (body(made(K.FREE, text="确认该房屋归甲方所有权")), False, "JI-355(5)", "确权", "FREE"),
        (body(made(K.FREE, text="双方同意离婚")), False, "JI-355(3)", "身份关系", "FREE"),
        (body(made(K.FREE, text="申请人不得向监管部门举报")), False, "JI-358(2)", "公共利益", "FREE"),
        (body(made(K.FREE, text="由案外人王五承担")), False, "JI-358(2)", "他人合法权益", "FREE"),
        (body(made(K.FREE, text="请求撤销对公司的行政处罚")), False, "JI-355(1)", "受理民事纠纷的范围", "FREE"),
        (body(lump(), summary="请求减轻刑事责任。"), False, "JI-355(1)", "受理民事纠纷的范围", ""),
        (body(made(K.FREE, text="双方向沪上法院申请司法确认")), False, "JI-355(2)", "由法律规定", "FREE"),
        (body(made(K.FREE, text="公司正在破产重整")), False, "JI-355(4)", "破产程序", "FREE"),
        (body(made(K.FREE, text="双方共同串通")), False, "JI-358(3)", "公序良俗", "FREE"),
        (body(made(K.FREE, text="申请人放弃诉讼权利")), False, "JI-358(4)", "自愿原则", "FREE"),
        (body(made(K.FREE, text="支付赔偿5万元")), False, "JI-358(5)", "自拟条款里写了付款", "FREE"),
        (body(VAGUE), False, "JI-358(5)", "尽快", "NON_MONETARY"),
        (body(lump(), replace(lump(), key="again")), True, "JI-358(5)", "完全相同", "again"),
        (body(lump(), HASTENED), False, "JI-358(5)", "没有分期付款", "BREACH"),
        (body(lump(), DEAR), False, "JI-358(1)", "万分之20偏高", "BREACH"),
        (body(SHORT), True, "JI-358(5)", "差¥0.01", "INSTALMENTS"),
        (body(SHORT), True, "JI-358(5)", "不是先后相继", "INSTALMENTS"),
        (body(BACKWARDS), True, "JI-358(5)", "不晚于起始日", "INTEREST"),
        (body(BACKWARDS), False, "JI-358(1)", "年利率36%偏高", "INTEREST"),
        (body(lump()), False, "JI-358(4)", "申请人李国栋没有出现", ""),
    ],
)  # fmt: skip
def test_each_ground_is_found_with_its_article_and_its_clause(
    held: Body, must: bool, rule: str, said: str, clause: str
) -> None:
    matching = [one for one in found(held) if said in one[1]]

    assert [(one[0], rule in one[2], one[3]) for one in matching] == [(must, True, clause)]


def test_claims_exceeded_and_agents_without_special_authority_are_pointed_out() -> None:
    said = [text for _must, text, _law, _clause in found(body(*GOOD), claimed=100, weak_agents=("赵律师",))]

    assert any("超过申请时的请求金额¥1.00" in one for one in said)
    assert any("代理人赵律师没有特别授权" in one for one in said)


def test_versions_differ_by_clause_and_by_word_with_amounts_whole() -> None:
    old = body(lump(), made(K.CONFIDENTIALITY), made(K.RELEASE), made(K.FREE, text="甲"))
    new = body(made(K.RELEASE), lump(amount=2_000_000), made(K.CONFIDENTIALITY), made(K.COSTS, what="COURT", way="OWN"))

    lines = {one.kind: one for one in differences.compare(old, new, PEOPLE)}

    assert {kind: one.change for kind, one in lines.items()} == {
        "RELEASE": "moved", "LUMP_SUM": "changed", "CONFIDENTIALITY": "moved", "COSTS": "added", "FREE": "removed",
    }  # fmt: skip
    parts = [(one.change, one.text) for one in lines["LUMP_SUM"].passages]
    assert ("old", "10,000.00") in parts
    assert ("new", "20,000.00") in parts
    assert differences.compare(None, new, PEOPLE)[0].change == ""
    assert json.loads(new.dump())["clauses"][0]["kind"] == "RELEASE"
