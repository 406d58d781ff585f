"""What would make a court refuse or reject an agreement (JI-355, JI-358), found before anybody signs.

Lives here: the checks of what is drawn up from clauses, each with its article and how to mend it. Does not live here:
the checks of words, which hold for every text (``flaws``); the court's own judgement.
Called by: ``drafts``, pages. Knows no framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mediation.amounts import format_amount
from mediation.clauses.agreement import Body, Clause
from mediation.clauses.library import PAYMENTS, SUBSTANCE, needs
from mediation.clauses.variables import MOST_INSTALMENTS, Filled, People
from mediation.flaws import PAYS_IN_WORDS, UNCLEAR, Defect, read
from mediation.guards import LONGEST_AGREEMENT
from mediation.vocabulary import ClauseKind, ObligationKind
from mediation.vocabulary import gettext_noop as _
from mediation.workdays import add_months

K = ClauseKind
HIGH_RATE = Decimal(15)
"""Above this yearly rate in per cent a human is asked to look: this platform's own figure, no ceiling of any law."""

HIGH_DAILY_RATE = Decimal(5)
"""The same for a penalty, in ten-thousandths a day."""


@dataclass(frozen=True)
class Sight:
    """What the checks look at: the agreement, who is in the case, the day, and what was claimed (fen)."""

    body: Body
    people: People
    on: date
    claimed: int | None = None
    weak_agents: tuple[str, ...] = ()
    """Agents by name who have no special authority (CPL-62)."""


def find(sight: Sight) -> list[Defect]:
    """Return everything that is wrong or doubtful, what must be mended first, then in the order of the clauses."""
    found = [*_of_whole(sight), *(one for clause in sight.body.clauses for one in _of_clause(sight, clause))]
    return sorted(found, key=lambda one: not one.must)


def _of_whole(sight: Sight) -> Iterator[Defect]:
    body = sight.body
    kinds = {one.kind for one in body.clauses}
    if not body.summary.strip():
        yield Defect(True, _("没有写主要事实和争议事项"), _("在“基本情况”里写明"), ("TY-23",))
    else:
        # The dispute itself decides whether a court takes it; a misstatement may well tell of invented figures.
        yield from (one for one in read(body.summary) if one.law[0].startswith("JI-355"))
    if not kinds & {one.value for one in SUBSTANCE}:
        yield Defect(True, _("没有任何约定权利义务的条款"), _("至少增加一条付款、非金钱义务或者争议了结条款"), UNCLEAR)
    if body.full and K.PARTIAL in kinds:
        yield Defect(
            True,
            _("写明是就全部请求达成协议，却有“部分达成协议”的条款"),
            _("在“基本情况”里改为部分，或者删去该条"),
            ("ZX-19", *UNCLEAR),
            next(one.key for one in body.clauses if one.kind == K.PARTIAL),
        )
    if not body.full and K.PARTIAL not in kinds:
        yield Defect(
            True,
            _("只就部分请求达成协议，却没有写明是哪些请求"),
            _("增加“部分达成协议”条款"),
            ("ZX-19", "MT-14", *UNCLEAR),
        )
    if not body.full and K.RELEASE in kinds:
        yield Defect(
            False,
            _("只就部分请求达成协议，却写了“再无其他争议”"),
            _("请核对：其余请求是否也不再主张"),
            ("JI-358(4)", *UNCLEAR),
            next(one.key for one in body.clauses if one.kind == K.RELEASE),
        )
    texts = [one.text(sight.people) for one in body.clauses]
    for place, one in enumerate(body.clauses):
        if texts[place] in texts[:place]:
            yield Defect(
                True,
                _("这一条与前面的一条完全相同，义务会重复登记"),
                _("删去其中一条"),
                UNCLEAR,
                one.key,
            )
    yield from _of_duties(sight)
    if not any(one.kind != K.FREE for one in body.clauses):
        named: set[str] = set()
    else:
        named = {ref for one in body.clauses for ref in _named(one)}
    for person in sight.people.values():
        if person.ref not in named and named:
            yield Defect(
                False,
                _("%(who)s没有出现在任何条款里"),
                _("请核对是否遗漏；不涉及该方的，可以不改"),
                ("JI-358(4)", *UNCLEAR),
                params={"who": person.called},
            )
    for name in sight.weak_agents:
        yield Defect(
            False,
            _("代理人%(who)s没有特别授权，不能代为签署协议"),
            _("请当事人本人签署，或者补交写明特别授权的委托书"),
            ("CPL-62",),
            params={"who": name},
        )


def _of_duties(sight: Sight) -> Iterator[Defect]:
    duties = sight.body.obligations(sight.people)
    if len(duties) > MOST_INSTALMENTS:
        yield Defect(
            True,
            _("履行义务共%(count)d项，超过一份协议可以列明的360项"),
            _("合并付款或者减少期数"),
            UNCLEAR,
            params={"count": len(duties)},
        )
    total = sum(one["amount"] for one in duties if one["kind"] == ObligationKind.PAYMENT)
    if sight.claimed is not None and total > sight.claimed > 0:
        yield Defect(
            False,
            _("付款合计%(total)s，超过申请时的请求金额%(claimed)s"),
            _("超出请求的协议法律允许；请核对是否填写有误"),
            ("MT-7",),
            params={"total": format_amount(total), "claimed": format_amount(sight.claimed)},
        )


def _named(clause: Clause) -> set[str]:
    variables = clause.wording.variables
    refs = {clause.values.get(one.name) for one in variables if one.shape == "party"}
    shares = {ref for one in variables if one.shape == "shares" for ref in clause.values.get(one.name) or ()}
    return {str(ref) for ref in refs | shares if ref}


def _of_clause(sight: Sight, clause: Clause) -> Iterator[Defect]:
    wording, values = clause.wording, clause.values
    for variable in needs(wording, values):
        if Filled(values, sight.people).get(variable.name) is None:
            yield Defect(True, _("缺少“%(what)s”"), _("打开这一条补填"), UNCLEAR, clause.key, {"what": variable.label})
    for variable in wording.variables:
        if (check := BY_SHAPE.get(variable.shape)) and values.get(variable.name):
            for said, mend, law, params in check(sight, values[variable.name]):
                yield Defect(True, said, mend, law, clause.key, {"what": variable.label, **params})
        if variable.shape in ("text", "line") and values.get(variable.name):
            yield from read(str(values[variable.name]), clause.key)
    ends = [values.get(name) for name in (("first", "second") if wording.kind is K.SET_OFF else ("payer", "payee"))]
    if ends[0] and ends[0] == ends[1]:
        yield Defect(True, _("双方是同一个人"), _("重新选择其中一方"), UNCLEAR, clause.key)
    if special := SPECIAL.get(wording.kind):
        yield from special(sight, clause)


Wrong = tuple[str, str, tuple[str, ...], dict[str, Any]]


def _party(sight: Sight, ref: Any) -> Iterator[Wrong]:
    if ref not in sight.people:
        yield _("“%(what)s”选的人已经不是本案当事人"), _("重新选择"), UNCLEAR, {}


def _day(sight: Sight, value: Any) -> Iterator[Wrong]:
    if date.fromisoformat(value) > add_months(sight.on, LONGEST_AGREEMENT):
        yield _("“%(what)s”晚于今天起三十年"), _("改为三十年以内的日期"), ("CPL-250",), {}


def _shares(sight: Sight, shares: Any) -> Iterator[Wrong]:
    if not set(shares) <= set(sight.people):
        yield _("“%(what)s”里有人已经不是本案当事人"), _("重新填写各人的金额"), UNCLEAR, {}


BY_SHAPE: dict[str, Callable[[Sight, Any], Iterator[Wrong]]] = {"party": _party, "day": _day, "shares": _shares}


def _past(sight: Sight, clause: Clause) -> Iterator[Defect]:
    due = clause.values.get("due_on")
    if due and date.fromisoformat(due) < sight.on:
        yield Defect(True, _("履行期限已经过去"), _("改为今天或者以后的日期"), UNCLEAR, clause.key)


def _plan(sight: Sight, clause: Clause) -> Iterator[Defect]:
    plan = Filled(clause.values, sight.people).instalments("plan")
    days, total = [on for on, _fen in plan], clause.values.get("amount")
    summed = sum(fen for _on, fen in plan)
    if plan and total and summed != total:
        yield Defect(
            True,
            _("各期合计%(summed)s，与总金额%(total)s不符，差%(gap)s"),
            _("改正某一期的金额，或者改正总金额"),
            UNCLEAR,
            clause.key,
            {"summed": format_amount(summed), "total": format_amount(total), "gap": format_amount(abs(summed - total))},
        )
    if days and date.fromisoformat(days[0]) < sight.on:
        yield Defect(True, _("第一期的履行期限已经过去"), _("改为今天或者以后的日期"), UNCLEAR, clause.key)
    if days and max(map(date.fromisoformat, days)) > add_months(sight.on, LONGEST_AGREEMENT):
        yield Defect(
            True,
            _("最后一期晚于今天起三十年"),
            _("减少期数或者提前日期：期限届满以前对方不能申请执行"),
            ("CPL-250",),
            clause.key,
        )
    if days != sorted(set(days)):
        yield Defect(True, _("各期日期不是先后相继的"), _("按日期先后排列，同一天的合并为一期"), UNCLEAR, clause.key)


def _interest(sight: Sight, clause: Clause) -> Iterator[Defect]:
    yield from _past(sight, clause)
    values = clause.values
    if values.get("since") and values.get("until") and values["until"] <= values["since"]:
        yield Defect(True, _("计息的终止日不晚于起始日"), _("核对两个日期"), UNCLEAR, clause.key)
    if values.get("rate") and Decimal(values["rate"]) > HIGH_RATE:
        yield Defect(
            False,
            _("年利率%(rate)s%%偏高（超过本平台的提示线%(line)s%%，这不是法定上限）"),
            _("请核对是否违反法律关于利率的强制性规定"),
            ("JI-358(1)",),
            clause.key,
            {"rate": values["rate"], "line": str(HIGH_RATE)},
        )


def _breach(sight: Sight, clause: Clause) -> Iterator[Defect]:
    values = clause.values
    if values.get("way") == "DAILY" and values.get("rate") and Decimal(values["rate"]) > HIGH_DAILY_RATE:
        yield Defect(
            False,
            _("违约金每日万分之%(rate)s偏高（超过本平台的提示线万分之%(line)s，这不是法定上限）"),
            _("请核对是否过分高于损失"),
            ("JI-358(1)",),
            clause.key,
            {"rate": values["rate"], "line": str(HIGH_DAILY_RATE)},
        )
    kinds = {one.kind for one in sight.body.clauses}
    if not kinds & {kind.value for kind in PAYMENTS}:
        yield Defect(False, _("没有付款条款，违约责任没有对象"), _("增加付款条款，或者删去这一条"), UNCLEAR, clause.key)
    elif values.get("way") == "HASTENED" and K.INSTALMENTS not in kinds:
        yield Defect(
            False,
            _("没有分期付款，“全部到期”没有对象"),
            _("改为按日计算或者固定数额的违约金，或者删去这一条"),
            UNCLEAR,
            clause.key,
        )


def _free(sight: Sight, clause: Clause) -> Iterator[Defect]:
    if PAYS_IN_WORDS.search(str(clause.values.get("text") or "")):
        yield Defect(
            False,
            _("自拟条款里写了付款"),
            _("改用付款条款：付款方、收款方、金额、期限才能逐笔登记和确认"),
            UNCLEAR,
            clause.key,
        )


SPECIAL: dict[ClauseKind, Callable[[Sight, Clause], Iterator[Defect]]] = {
    K.LUMP_SUM: _past,
    K.PER_CLAIMANT: _past,
    K.INSTALMENTS: _plan,
    K.INTEREST: _interest,
    K.SET_OFF: _past,
    K.BREACH: _breach,
    K.COSTS: _past,
    K.NON_MONETARY: _past,
    K.WITHDRAWAL: _past,
    K.FREE: _free,
}
