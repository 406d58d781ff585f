"""What is made of an agreement's performance: the table of who owes what still, and the package for enforcement.

Lives here: the table, the application for enforcement, the index, the archive. Does not live here: obligations
themselves (``guards``, ``lifecycle``), who may take them.
Called by: ``making``, windows.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mediation import guards
from mediation.amounts import format_amount, in_capitals
from mediation.models import Case, CaseEvent, Party
from mediation.numbers import short
from mediation.papers import wording
from mediation.papers.confirming import described
from mediation.papers.letters import Block, facts, head, small, table, text
from mediation.papers.press import Paper, PaperRefused, Sheet, print_sheet
from mediation.papers.record import Record
from mediation.papers.wording import articles, by_law, plain_day, plain_instant, solemn_day
from mediation.vocabulary import ClockKind, ObligationKind, PaperKind, State, gettext_noop
from mediation.workdays import ZONE, local_day

ENFORCEABLE = (State.CONFIRMED, State.DECREED, State.ENFORCEMENT)
NOT_ENFORCEABLE = gettext_noop("只有经裁定确认的调解协议和已经生效的调解书可以申请强制执行")
NOTHING_LATE = gettext_noop("没有到期而未履行的义务，不能申请强制执行")


@dataclass(frozen=True)
class Piece:
    """One file of the package: what it is, what it is called, its bytes."""

    what: str
    name: str
    content: bytes


def performance(record: Record, _event: CaseEvent | None = None) -> Sheet:
    """List every obligation with what was paid, reported, confirmed, and what is late as of today."""
    case, today = record.case, local_day(record.at)
    called = {str(person.ref): wording.called(person) for person in record.parties}
    missed = guards.breaches(case, today)
    owed = sorted(guards.obligations(case), key=lambda one: str(one["due_on"]))
    rows = [_row(one, called, today, missed) for one in owed]
    total, paid = sums(case)
    extra = [
        [f"{called.get(one.payer, '')} → {called.get(one.payee, '')}", format_amount(one.amount), one.formula]
        for one in penalties(record, today)
    ]
    blocks = [
        facts(
            [
                ("案由", record.cause),
                ("调解组织", record.organisation_name(case.organisation)),
                ("协议生效", plain_instant(case.effective_at) if case.effective_at else ""),
                ("约定支付总额", _money(total)),
                ("已经确认收到", _money(paid)),
                ("尚未支付", _money(total - paid)),
            ]
        ),
        table({"履行期限": 70, "义务": 70, "义务人和权利人": 0, "金额": 82, "情况": 96}, rows),
        *([head("违约金"), table({"由谁付给谁": 130, "金额": 82, "计算方法": 0}, extra)] if extra else []),
        small("本表由平台根据各方在线报告和确认的记录生成；以当事人实际收付为准。"),
    ]
    return Sheet(
        issuer=record.court if case.court else record.organisation_name(case.organisation),
        title=PaperKind.PERFORMANCE.label,
        number=_known_as(record),
        blocks=blocks,
        day=solemn_day(today),
        seal=False,
    )


def sums(case: Case) -> tuple[int, int]:
    """Return the total of all payments agreed, and how much of it was confirmed as received, in fen."""
    owed = [one for one in guards.obligations(case) if one["kind"] == ObligationKind.PAYMENT]
    total = sum(int(one["amount"]) for one in owed)
    return total, total - sum(guards.outstanding(one) or 0 for one in owed)


def enforceable(case: Case, party: str, today: date) -> list[dict[str, Any]]:
    """Return what is owed to a party, due and not met."""
    return [one for one in guards.late_obligations(case, today) if one["payee"] == party]


def package(case: Case, party: str, at: datetime, held: Iterable[Piece]) -> Paper:
    """This function will make the ZIP a party hands to the court of enforcement: index, application, table, and the
    files ``held`` (ruling or decree, agreement, proofs), each listed with its digest (CPL-250).

    Raises PaperRefused where nothing can be enforced. The same case, instant and files give the same bytes.
    """
    record = Record(case, at)
    person = next((one for one in record.parties if str(one.ref) == party), None)
    if person is None or not is_enforceable(case, record.events):
        raise PaperRefused(NOT_ENFORCEABLE, gettext_noop("协议没有经过司法确认的，可以依据协议起诉"))
    if guards.obligations(case) and not enforceable(case, party, local_day(at)):
        raise PaperRefused(NOTHING_LATE, gettext_noop("请在履行期限届满后再申请"))
    made = [
        Piece("强制执行申请书", "强制执行申请书.pdf", print_sheet(_application(record, person), at).content),
        Piece("履行情况表", "履行情况表.pdf", print_sheet(performance(record), at).content),
        *held,
    ]
    pieces = [Piece(one.what, f"{place:02} {one.name}", one.content) for place, one in enumerate(made, 1)]
    index = print_sheet(_index(record, person, pieces), at)
    whole = _zipped([Piece("目录", "00 目录.pdf", index.content), *pieces], at)
    return Paper(whole, f"强制执行申请材料{_known_as(record)}.zip", _digest(whole), index.pages)


@dataclass(frozen=True)
class Penalty:
    """What is owed in addition for being late: between whom, how much in fen, and how it was reckoned."""

    payer: str
    payee: str
    amount: int
    formula: str


def penalties(record: Record, today: date) -> list[Penalty]:
    """Return the default penalties the agreement's clauses give as of a day: those by the day for every payment that is
    or was late, and each fixed one once (MT-8).

    By the day: on what was unpaid each day, from the day after the last one up to and with today or the day of payment.
    """
    found, fixed, named = [], {}, guards.late_obligations(record.case, today)
    for one in sorted(guards.obligations(record.case), key=lambda one: str(one["due_on"])):
        if one.get("daily"):
            spans = _unpaid_spans(record, one, guards.fell_due(record.case, one, today), today)
            exact = sum(Decimal(owed) * days for owed, days in spans) * one["daily"] / 1_000_000
            amount = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
            rate = f"万分之{Decimal(one['daily']) / 100:f}"
            said = "＋".join(f"{format_amount(owed)}×{days}日×{rate}" for owed, days in spans)
            found += [Penalty(one["payer"], one["payee"], amount, f"{said}＝{format_amount(amount)}")] if amount else []
        if one.get("fixed") and one in named:
            fixed[one["payer"], one["payee"]] = one["fixed"]
    return found + [
        Penalty(payer, payee, amount, f"约定固定数额{format_amount(amount)}")
        for (payer, payee), amount in fixed.items()
    ]


def _unpaid_spans(record: Record, one: Mapping[str, Any], due_on: date, today: date) -> list[tuple[int, int]]:
    """Return what was unpaid of a payment after its last day, and for how many days each."""
    owed, since, spans = int(one["amount"]), due_on, []
    for day, paid in [*_payments(record, one), (today, 0)]:
        if owed and day > since:
            spans.append((owed, (day - since).days))
            since = day
        owed -= min(paid, owed)
    return spans


def _payments(record: Record, one: Mapping[str, Any]) -> list[tuple[date, int]]:
    """Return what was paid on which day, of what was confirmed as received; a payment counts from its report."""
    found: list[tuple[date, int]] = []
    reported: tuple[date, int] | None = None
    for event in record.events:
        if event.facts.get("obligation") != one["ref"]:
            continue
        if event.move == "report_performance":
            reported = record.day_of(event), int(event.facts.get("amount") or one["amount"])
        elif event.move == "answer_performance":
            if event.facts["received"]:
                found.append(reported or (record.day_of(event), int(one["amount"])))
            reported = None
    return found


def is_enforceable(case: Case, events: Iterable[CaseEvent]) -> bool:
    """Tell whether a court has made the agreement enforceable; a period that is over since does not take that away, the
    other side has to plead it.
    """
    return case.state in ENFORCEABLE or any(event.move == "lapse_enforcement" for event in events)


def limit(record: Record) -> date | None:
    """Return the last day for applying for enforcement as the journal has reckoned it, or None (CPL-250)."""
    clocks = [clock for event in record.events for clock in event.clocks if clock["kind"] == ClockKind.ENFORCE]
    return local_day(datetime.fromisoformat(clocks[-1]["due"])) if clocks else None


def _application(record: Record, person: Party) -> Sheet:
    case, today = record.case, local_day(record.at)
    late = enforceable(case, str(person.ref), today)
    called = {str(one.ref): wording.called(one) for one in record.parties}
    owing = [one for one in record.parties if str(one.ref) in {each["payer"] for each in late}]
    if not owing:
        owing = [one for one in record.parties if one.side != person.side]
    total = sum(guards.outstanding(one) or 0 for one in late)
    extra = [one for one in penalties(record, today) if one.payee == str(person.ref)]
    decided = record.last("confirm", "receive_decree")
    what = "民事裁定书" if record.last("confirm") else "民事调解书"
    when = f"于{plain_day(record.day_of(decided))}" if decided else ""
    counted = (
        f"履行期间的最后一日为{plain_day(date.fromisoformat(case.sheet['agreement']['last_due']))}，"
        if case.sheet["agreement"].get("last_due")
        else ""
    )
    missed = guards.breaches(case, today)
    asks: list[Block] = [text(f"{place}、{_said(one, called, missed)}") for place, one in enumerate(late, 1)] or [
        text("一、责令被执行人履行上述生效法律文书确定的义务。")
    ]
    asks += [
        text(
            f"{place}、{called.get(one.payer, '被执行人')}向申请执行人支付违约金{_money(one.amount)}，计算方法："
            f"{one.formula}（按日计算的，计至{plain_day(today)}，此后计至实际付清之日）。"
        )
        for place, one in enumerate(extra, len(late) + 1)
    ]
    if total:
        whole = total + sum(one.amount for one in extra)
        asks.append(text(f"以上款项合计{_money(whole)}，以及法律规定的迟延履行期间的债务利息。"))
    hastened = sorted(
        {plain_day(date.fromisoformat(missed[one["series"]])) for one in late if one.get("series") in missed}
    )
    declared = [
        plain_day(record.day_of(event))
        for event in record.events
        if event.move == "declare_due" and event.facts["party"] == str(person.ref)
    ]
    told = f"，申请执行人已于{'、'.join(declared)}宣布提前到期，并通知被执行人" if declared else ""
    blocks = [
        facts(
            [
                ("申请执行人", described(record, person, own=True)),
                *(("被执行人", described(record, one)) for one in owing),
            ]
        ),
        head("一、执行依据"),
        text(f"{record.court}{when}作出的{_known_as(record)}{what}，已经发生法律效力。"),
        head("二、请求"),
        *asks,
        head("三、事实和理由"),
        text(
            f"各方经{record.organisation_name(case.organisation)}主持调解达成协议，被执行人没有按照约定履行，履行情况见所附"
            f"《{PaperKind.PERFORMANCE.label}》。"
        ),
        *(
            [
                text(
                    f"应于{'、'.join(hastened)}前支付的款项没有按期足额支付，依照协议约定，其余未付款项已经全部到期{told}。"
                )
            ]
            if hastened
            else []
        ),
        text(
            f"{counted}申请执行的期间为二年，从履行期间的最后一日起计算，分期履行的从最后一期履行期限届满之日起计算"
            f"{by_law(['CPL-250'], today)}{_in_time(record, today)}"
        ),
    ]
    return Sheet(
        issuer="",
        title="强制执行申请书",
        number=_known_as(record),
        recipient=record.court,
        blocks=blocks,
        after=[
            table({"申请执行人": 0, "签名或者盖章": 150, "日期": 110}, [[wording.called(person), "", ""]], tall=True)
        ],
        note=wording.glossed(block.get("text", "") for block in blocks),
        day=solemn_day(today),
        seal=False,
    )


def _in_time(record: Record, today: date) -> str:
    """Return whether the application comes within the two years, and what to do where it does not (CPL-250)."""
    until, asked = limit(record), record.last("enforce")
    made = record.day_of(asked) if asked else today
    if until is None:
        return "。期间的起算日请按生效法律文书写明：＿＿＿＿年＿＿月＿＿日。"
    if made <= until:
        said = f"申请人已于{plain_day(made)}提出申请，" if asked else "本申请"
        return f"，至{plain_day(until)}届满，{said}在期间之内。"
    return (
        f"，已于{plain_day(until)}届满。申请执行时效的中止、中断适用诉讼时效的规定；有下列情形的，期间重新计算或者暂停计算，"
        "请写明并附证据：＿＿＿＿＿＿＿＿（例如对方部分履行、书面同意履行、申请人曾经书面催收）。没有这些情形的，"
        "被执行人可以以期间届满为由提出异议；仍可以请求对方自愿履行。"
    )


def _index(record: Record, person: Party, pieces: list[Piece]) -> Sheet:
    on = local_day(record.at)
    rows = [
        [str(place), one.what, one.name, "\n".join(_digest(one.content)[cut : cut + 22] for cut in range(0, 64, 22))]
        for place, one in enumerate(pieces, 1)
    ]
    return Sheet(
        issuer="",
        title="强制执行申请材料目录",
        number=_known_as(record),
        recipient=record.court,
        blocks=[
            facts([("申请执行人", wording.called(person)), ("制作时间", plain_instant(record.at))]),
            table({"序号": 30, "材料": 92, "文件": 0, "SHA-256校验值": 150}, rows),
            small(f"依据：{articles(['CPL-250'], on)}。文件与目录所列校验值不一致的，以平台保存的为准。"),
        ],
        day=solemn_day(on),
        seal=False,
    )


def _row(one: Mapping[str, Any], called: Mapping[str, str], today: date, missed: Mapping[str, str]) -> list[str]:
    due_on = date.fromisoformat(one["due_on"])
    amount = format_amount(one["amount"]) if one.get("amount") is not None else ""
    paid = one.get("paid", 0)
    if one["met_at"]:
        said = f"已履行\n{plain_day(local_day(datetime.fromisoformat(one['met_at'])))}"
    elif one["reported_at"]:
        said = "已报告，待确认"
    elif due_on < today:
        said = "逾期未履行"
    else:
        said = "依约提前到期" if one.get("series", "") in missed else "未到期"
    if paid and not one["met_at"]:
        said += f"\n已付{format_amount(paid)}"
    ends = f"{called.get(one['payer'], '')} → {called.get(one['payee'], '')}"
    return [plain_day(due_on), ObligationKind(one["kind"]).label, ends, amount, said]


def _said(one: Mapping[str, Any], called: Mapping[str, str], missed: Mapping[str, str]) -> str:
    left = guards.outstanding(one)
    what = f"支付{_money(left)}" if left is not None else ObligationKind(one["kind"]).label
    until = plain_day(date.fromisoformat(one["due_on"]))
    hastened = "，因逾期依约提前到期" if missed.get(one.get("series", ""), one["due_on"]) < one["due_on"] else ""
    return f"{called.get(one['payer'], '被执行人')}向申请执行人{what}（应于{until}前履行{hastened}）。"


def _zipped(pieces: Iterable[Piece], at: datetime) -> bytes:
    written = io.BytesIO()
    stamped = at.astimezone(ZONE).timetuple()[:6]
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in pieces:
            # Names are flagged as UTF-8; a fixed time and no owner keep the bytes the same.
            archive.writestr(zipfile.ZipInfo(one.name, stamped), one.content)
    return written.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _money(fen: int) -> str:
    return f"{format_amount(fen)}（{in_capitals(fen)}）" if fen else format_amount(fen)


def _known_as(record: Record) -> str:
    return record.case.number or f"（编号{short(record.case.ref)}）"
