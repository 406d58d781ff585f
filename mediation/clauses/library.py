"""The clause library: what each kind of clause asks for, says and obliges, in dated editions.

Lives here: variables, Chinese wording (never translated: it is the agreement's own text), obligations. Does not live
here: a whole agreement (``agreement``), what is wrong with one (``defects``).
Called by: ``agreement``, ``defects``, forms. Knows no framework.

A clause keeps the edition it was written under: a new edition never changes what an older draft says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from mediation.clauses.variables import BLANK, Filled, Variable, day, money, simple_interest
from mediation.vocabulary import ClauseKind, ObligationKind
from mediation.vocabulary import gettext_noop as _

K, D = ClauseKind, ObligationKind


@dataclass(frozen=True)
class Duty:
    """One obligation a clause makes; an amount in fen where it is one of money."""

    payer: str
    payee: str
    kind: ObligationKind
    amount: int | None
    due_on: str


def _nothing(filled: Filled) -> list[Duty]:
    return []


@dataclass(frozen=True)
class Wording:
    """One edition of one kind of clause, in force from a day."""

    kind: ClauseKind
    edition: str
    since: date
    hint: str
    variables: tuple[Variable, ...]
    write: Callable[[Filled], str]
    oblige: Callable[[Filled], list[Duty]] = _nothing
    law: tuple[str, ...] = ("ZX-19",)


class UnknownClause(LookupError):
    """没有这种条款，或者没有这个版本。"""


PAYER = Variable("payer", _("付款方"), "party")
PAYEE = Variable("payee", _("收款方"), "party")
DUE = Variable("due_on", _("履行期限"), "day", hint=_("最晚在这一天履行，当日包含在内。"))
PURPOSE = Variable("purpose", _("款项名称"), "line", hint=_("例如：投资差额损失赔偿款。"), usual="赔偿款")
ACCOUNT = Variable(
    "account",
    _("收款账户"),
    "account",
    required=False,
    hint=_("协议文本只写账号尾号；完整账号只有付款方、收款方和调解员能看到。"),
)


def _pay(filled: Filled, payer: str = "payer", payee: str = "payee", amount: str = "amount") -> list[Duty]:
    if not filled.has(payer, payee, amount, "due_on"):
        return []
    return [Duty(filled.get(payer), filled.get(payee), D.PAYMENT, filled.get(amount), filled.get("due_on"))]


def _lump_sum(filled: Filled) -> str:
    return (
        f"{filled.party('payer')}于{filled.day('due_on')}前（含当日）一次性向{filled.party('payee')}支付"
        f"{filled.said('purpose')}{filled.money('amount')}。{filled.account('account')}"
    )


def _per_claimant(filled: Filled) -> str:
    shares = filled.shares("shares")
    lines = [f"向{filled.called(ref)}支付{money(fen)}" for ref, fen in shares]
    total = f"，合计{money(sum(fen for _ref, fen in shares))}" if shares else ""
    listed = "；\n".join(f"（{place}）{line}" for place, line in enumerate(lines, 1)) or "（1）＿＿＿＿"
    return (
        f"{filled.party('payer')}于{filled.day('due_on')}前（含当日）分别向以下申请人支付{filled.said('purpose')}{total}：\n"
        f"{listed}。"
    )


def _per_claimant_duties(filled: Filled) -> list[Duty]:
    if not filled.has("payer", "due_on"):
        return []
    payer, due_on = filled.get("payer"), filled.get("due_on")
    return [Duty(payer, ref, D.PAYMENT, fen, due_on) for ref, fen in filled.shares("shares")]


def _instalments(filled: Filled) -> str:
    plan = filled.instalments("plan")
    listed = "；\n".join(
        f"（{place}）第{place}期于{day(on)}前（含当日）支付{money(fen)}" for place, (on, fen) in enumerate(plan, 1)
    )
    hastened = (
        f"\n任何一期未按期足额支付的，其余各期视为全部到期，{filled.party('payee')}可以要求一次性付清全部未付款项。"
        if filled.get("hastened")
        else ""
    )
    return (
        f"{filled.party('payer')}向{filled.party('payee')}支付{filled.said('purpose')}共计{filled.money('amount')}，"
        f"分{len(plan) or '＿＿'}期支付：\n{listed or '（1）＿＿＿＿'}。{hastened}{filled.account('account')}"
    )


def _instalment_duties(filled: Filled) -> list[Duty]:
    if not filled.has("payer", "payee"):
        return []
    payer, payee = filled.get("payer"), filled.get("payee")
    return [Duty(payer, payee, D.PAYMENT, fen, on) for on, fen in filled.instalments("plan")]


def _interest_amount(filled: Filled) -> int | None:
    if not filled.has("principal", "rate", "since", "until") or filled.get("until") <= filled.get("since"):
        return None
    return simple_interest(filled.get("principal"), filled.get("rate"), filled.get("since"), filled.get("until"))


def _interest(filled: Filled) -> str:
    amount = _interest_amount(filled)
    total = money(amount) if amount is not None else f"{BLANK}元"
    return (
        f"{filled.party('payer')}以{filled.money('principal')}为基数，自{filled.day('since')}起至{filled.day('until')}止，"
        f"按年利率{filled.said('rate')}%（单利，一年按365日计算）向{filled.party('payee')}支付利息共计{total}，"
        f"于{filled.day('due_on')}前（含当日）付清。"
    )


def _interest_duties(filled: Filled) -> list[Duty]:
    amount = _interest_amount(filled)
    if not amount or not filled.has("payer", "payee", "due_on"):
        return []
    return [Duty(filled.get("payer"), filled.get("payee"), D.PAYMENT, amount, filled.get("due_on"))]


def _net(filled: Filled) -> tuple[str, str, int] | None:
    """Return who still owes whom how much after set-off; None where something is missing."""
    if not filled.has("first", "second", "first_amount", "second_amount"):
        return None
    first, second = filled.get("first"), filled.get("second")
    net = filled.get("first_amount") - filled.get("second_amount")
    return (first, second, net) if net >= 0 else (second, first, -net)


def _set_off(filled: Filled) -> str:
    net = _net(filled)
    if net is None:
        rest = "抵销后的余额＿＿＿＿元"
    elif net[2]:
        rest = (
            f"抵销后，{filled.called(net[0])}于{filled.day('due_on')}前（含当日）向{filled.called(net[1])}"
            f"支付余额{money(net[2])}"
        )
    else:
        rest = "抵销后，双方互不再支付"
    return (
        f"{filled.party('first')}应付{filled.party('second')}的{filled.money('first_amount')}，与{filled.party('second')}"
        f"应付{filled.party('first')}的{filled.money('second_amount')}，在对等额内抵销；{rest}。"
    )


def _set_off_duties(filled: Filled) -> list[Duty]:
    net = _net(filled)
    if net is None or not net[2] or not filled.has("due_on"):
        return []
    return [Duty(net[0], net[1], D.PAYMENT, net[2], filled.get("due_on"))]


BREACH_WAYS = (
    ("DAILY", _("按日计算违约金")),
    ("FIXED", _("固定数额违约金")),
    ("HASTENED", _("只约定全部到期，不另付违约金")),
)


def _breach(filled: Filled) -> str:
    owing, owed = filled.party("payer"), filled.party("payee")
    consequences = {
        "DAILY": f"自逾期之日起，以未付款项为基数，按日万分之{filled.said('rate')}向{owed}支付违约金，至实际付清之日止",
        "FIXED": f"另向{owed}支付违约金{filled.money('amount')}",
        "HASTENED": f"全部未付款项视为到期，{owed}可以要求一次性付清",
    }
    return f"{owing}未按本协议约定的期限足额履行付款义务的，{filled.choice('way', consequences)}。"


COST_KINDS = (
    ("MEDIATION", _("调解费用")),
    ("COURT", _("案件受理费")),
    ("LAWYER", _("律师费")),
    ("APPRAISAL", _("鉴定费和损失核定费")),
)
COST_WORDS = {"MEDIATION": "调解费用", "COURT": "案件受理费", "LAWYER": "律师费", "APPRAISAL": "鉴定费和损失核定费"}
COST_WAYS = (("OWN", _("各方各自负担")), ("PAID", _("一方支付给另一方")), ("FREE", _("调解不收费，无须负担")))


def _costs(filled: Filled) -> str:
    what = filled.choice("what", COST_WORDS)
    if filled.get("way") == "PAID":
        return (
            f"本案{what}{filled.money('amount')}由{filled.party('payer')}负担，于{filled.day('due_on')}前（含当日）"
            f"向{filled.party('payee')}支付。"
        )
    ways = {"OWN": f"本案{what}由各方各自负担，互不追偿。", "FREE": f"本次调解不收取费用，各方无须负担{what}。"}
    return filled.choice("way", ways)


def _costs_duties(filled: Filled) -> list[Duty]:
    return _pay(filled) if filled.get("way") == "PAID" else []


DUTY_WAYS = ((D.DELIVERY.value, D.DELIVERY.label), (D.OTHER.value, D.OTHER.label))


def _non_monetary(filled: Filled) -> str:
    return (
        f"{filled.party('payer')}于{filled.day('due_on')}前（含当日）为{filled.party('payee')}履行以下义务："
        f"{filled.written('what')}。"
    )


def _do(filled: Filled) -> list[Duty]:
    if not filled.has("payer", "payee", "due_on"):
        return []
    kind = D.DELIVERY if filled.get("way") == D.DELIVERY.value else D.OTHER
    return [Duty(filled.get("payer"), filled.get("payee"), kind, None, filled.get("due_on"))]


def _withdrawal(filled: Filled) -> str:
    number = f"（{filled.said('number')}）" if filled.has("number") else ""
    return (
        f"{filled.party('payer')}于{filled.day('due_on')}前（含当日）向{filled.said('body')}申请撤回其针对"
        f"{filled.party('payee')}提起的{filled.said('what')}{number}。"
    )


def _confidentiality(filled: Filled) -> str:
    return (
        "各方对调解过程和本协议的内容保密，未经其他各方同意不向他人披露；但依照法律、行政法规和证券期货监督管理机构的规定应当"
        "披露或者报告的，以及为履行本协议、申请司法确认或者申请强制执行而使用的除外。本条不限制任何一方依法举报、投诉或者配合"
        "监管部门、司法机关调查。"
    )


def _partial(filled: Filled) -> str:
    return (
        f"各方仅就以下请求达成协议：{filled.written('settled')}。其余请求（{filled.written('rest')}）未达成协议，"
        "不受本协议影响，当事人可以另行依法主张。"
    )


def _release(filled: Filled) -> str:
    return "本协议约定的义务全部履行完毕后，各方就本案所涉纠纷再无其他争议，不再就同一事实和理由相互提出请求。"


def _free(filled: Filled) -> str:
    return f"{filled.written('text')}。"


_FIRST = date(2022, 1, 1)
"""Online mediation rules in force; an agreement may be made online (ZX-19)."""

PARTY_OF_DUTY = (Variable("payer", _("义务人"), "party"), Variable("payee", _("权利人"), "party"))

LIBRARY: tuple[Wording, ...] = (
    Wording(
        K.LUMP_SUM, "2022-1", _FIRST, _("一方在约定日期前一次付清。"),
        (PAYER, PAYEE, PURPOSE, Variable("amount", _("金额"), "money"), DUE, ACCOUNT), _lump_sum, _pay,
    ),
    Wording(
        K.PER_CLAIMANT, "2022-1", _FIRST, _("一方向每名申请人各付一笔，自动合计。"),
        (PAYER, PURPOSE, Variable("shares", _("各申请人应得金额"), "shares"), DUE), _per_claimant, _per_claimant_duties,
    ),
    Wording(
        K.INSTALMENTS, "2022-1", _FIRST, _("分若干期支付；可以平均分期，也可以逐期填写。"),
        (
            PAYER, PAYEE, PURPOSE, Variable("amount", _("总金额"), "money"),
            Variable("plan", _("各期安排"), "plan", hint=_("每期一行：日期、金额（元），例如“2026-03-31 5000”。")),
            Variable("hastened", _("任何一期逾期的，其余各期视为全部到期"), "flag", required=False, usual=True),
            ACCOUNT,
        ), _instalments, _instalment_duties,
    ),
    Wording(
        K.INTEREST, "2022-1", _FIRST, _("按年利率计算一段时间的利息，金额自动算出。"),
        (
            PAYER, PAYEE, Variable("principal", _("计息本金"), "money"), Variable("rate", _("年利率（%）"), "rate"),
            Variable("since", _("自哪一天起算"), "day"), Variable("until", _("算到哪一天"), "day"), DUE,
        ), _interest, _interest_duties, ("ZX-19", "JI-358(1)"),
    ),
    Wording(
        K.SET_OFF, "2022-1", _FIRST, _("双方互负的债务相抵，余额由一方支付。"),
        (
            Variable("first", _("甲方"), "party"), Variable("first_amount", _("甲方应付乙方"), "money"),
            Variable("second", _("乙方"), "party"), Variable("second_amount", _("乙方应付甲方"), "money"), DUE,
        ), _set_off, _set_off_duties,
    ),
    Wording(
        K.BREACH, "2022-1", _FIRST, _("逾期付款的违约金，或者全部到期。"),
        (
            Variable("payer", _("违约责任由谁承担"), "party"), Variable("payee", _("向谁承担"), "party"),
            Variable("way", _("方式"), "choice", choices=BREACH_WAYS),
            Variable("rate", _("每日万分之几"), "rate", required=False, hint=_("按日计算的填写，例如“3”。")),
            Variable("amount", _("固定违约金"), "money", required=False, hint=_("固定数额的填写，以元为单位。")),
        ), _breach, law=("MT-8",),
    ),
    Wording(
        K.COSTS, "2022-1", _FIRST, _("调解费、律师费、鉴定费等由谁负担。"),
        (
            Variable("what", _("哪一种费用"), "choice", choices=COST_KINDS),
            Variable("way", _("怎样负担"), "choice", choices=COST_WAYS),
            Variable("payer", _("由谁支付"), "party", required=False, hint=_("一方支付给另一方的，填写以下四项。")),
            Variable("payee", _("支付给谁"), "party", required=False),
            Variable("amount", _("金额"), "money", required=False),
            Variable("due_on", _("支付期限"), "day", required=False),
        ), _costs, _costs_duties,
    ),
    Wording(
        K.NON_MONETARY, "2022-1", _FIRST, _("交付资料、更正信息、返还证券等。"),
        (
            *PARTY_OF_DUTY, Variable("way", _("性质"), "choice", choices=DUTY_WAYS, usual=D.OTHER.value),
            Variable("what", _("做什么"), "text", hint=_("写到可以判断是否做到的程度：什么、多少、交到哪里。")), DUE,
        ), _non_monetary, _do,
    ),
    Wording(
        K.WITHDRAWAL, "2022-1", _FIRST, _("撤回已经提起的诉讼、仲裁或者其他调解申请。"),
        (
            Variable("payer", _("由谁撤回"), "party"), Variable("payee", _("针对谁"), "party"),
            Variable("body", _("向哪个机构撤回"), "line"), Variable("what", _("撤回什么"), "line", usual="起诉"),
            Variable("number", _("案号"), "line", required=False), DUE,
        ), _withdrawal, _do,
    ),
    Wording(K.CONFIDENTIALITY, "2022-1", _FIRST, _("保密及其法定例外。"), (), _confidentiality, law=("TY-2", "ZX-18")),
    Wording(
        K.PARTIAL, "2022-1", _FIRST, _("写明就哪些请求达成协议，其余怎样处理。"),
        (Variable("settled", _("就哪些请求达成协议"), "text"), Variable("rest", _("其余请求"), "text")), _partial,
        law=("ZX-19", "MT-14"),
    ),
    Wording(K.RELEASE, "2022-1", _FIRST, _("履行完毕后再无其他争议。"), (), _release),
    Wording(
        K.FREE, "2022-1", _FIRST, _("以上条款都不合适时，自己写。"),
        (Variable("text", _("条款内容"), "text", hint=_("付款请用付款条款：这里写的款项不能逐笔报告和确认。")),), _free,
    ),
)  # fmt: skip
"""Every edition of every clause, in the order in which they are offered."""

PAYMENTS = frozenset({K.LUMP_SUM, K.PER_CLAIMANT, K.INSTALMENTS, K.INTEREST, K.SET_OFF})
SUBSTANCE = PAYMENTS | {K.COSTS, K.NON_MONETARY, K.WITHDRAWAL, K.RELEASE, K.FREE}
"""Kinds of clause that settle something by themselves."""


def in_force(on: date) -> list[Wording]:
    """Return the wording of every kind of clause that is in force on a day, the newest edition of each."""
    newest: dict[ClauseKind, Wording] = {}
    for one in LIBRARY:
        known = newest.get(one.kind)
        if one.since <= on and (known is None or known.since < one.since):
            newest[one.kind] = one
    return list(newest.values())


def wording(kind: str, edition: str) -> Wording:
    """Return one edition of one kind of clause; raises UnknownClause."""
    for one in LIBRARY:
        if (one.kind.value, one.edition) == (kind, edition):
            return one
    raise UnknownClause(kind, edition)


def needs(one: Wording, values: dict[str, Any]) -> list[Variable]:
    """Return the variables without which this clause is unclear, given how it is filled in."""
    needed = {variable.name for variable in one.variables if variable.required}
    if one.kind is K.COSTS and values.get("way") == "PAID":
        needed |= {"payer", "payee", "amount", "due_on"}
    if one.kind is K.BREACH:
        needed |= {"DAILY": {"rate"}, "FIXED": {"amount"}}.get(str(values.get("way")), set())
    if one.kind is K.SET_OFF and values.get("first_amount") == values.get("second_amount"):
        needed -= {"due_on"}
    return [variable for variable in one.variables if variable.name in needed]
