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
from typing import Any

from mediation import guards
from mediation.amounts import format_amount, in_capitals
from mediation.models import Case, CaseEvent, Party
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
    rows = [_row(one, called, today) for one in sorted(guards.obligations(case), key=lambda one: str(one["due_on"]))]
    total, paid = sums(case)
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
    if person is None or case.state not in ENFORCEABLE:
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


def last_day(case: Case) -> date | None:
    """Return the last day for applying for enforcement: two years from the last instalment (CPL-250)."""
    clock = case.sheet.get("clocks", {}).get(ClockKind.ENFORCE)
    return local_day(datetime.fromisoformat(clock["due"])) if clock else None


def _application(record: Record, person: Party) -> Sheet:
    case, today = record.case, local_day(record.at)
    late = enforceable(case, str(person.ref), today)
    called = {str(one.ref): wording.called(one) for one in record.parties}
    owing = [one for one in record.parties if str(one.ref) in {each["payer"] for each in late}]
    if not owing:
        owing = [one for one in record.parties if one.side != person.side]
    total = sum(guards.outstanding(one) or 0 for one in late)
    decided = record.last("confirm", "receive_decree")
    what = "民事裁定书" if record.last("confirm") else "民事调解书"
    when = f"于{plain_day(record.day_of(decided))}" if decided else ""
    until = last_day(case)
    limit = (
        f"履行期间的最后一日为{plain_day(date.fromisoformat(case.sheet['agreement']['last_due']))}，"
        if case.sheet["agreement"].get("last_due")
        else ""
    )
    asks: list[Block] = [text(f"{place}、{_said(one, called)}") for place, one in enumerate(late, 1)] or [
        text("一、责令被执行人履行上述生效法律文书确定的义务。")
    ]
    if total:
        asks.append(text(f"以上款项合计{_money(total)}，以及法律规定的迟延履行期间的债务利息。"))
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
        text(
            f"{limit}申请执行的期间为二年，从履行期间的最后一日起计算，分期履行的从最后一期履行期限届满之日起计算"
            f"{by_law(['CPL-250'], today)}"
            + (f"，至{plain_day(until)}届满，本申请在期间之内。" if until else "，本申请在期间之内。")
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


def _row(one: Mapping[str, Any], called: Mapping[str, str], today: date) -> list[str]:
    due_on = date.fromisoformat(one["due_on"])
    amount = format_amount(one["amount"]) if one.get("amount") is not None else ""
    paid = one.get("paid", 0)
    if one["met_at"]:
        said = f"已履行\n{plain_day(local_day(datetime.fromisoformat(one['met_at'])))}"
    elif one["reported_at"]:
        said = "已报告，待确认"
    else:
        said = "逾期未履行" if due_on < today else "未到期"
    if paid and not one["met_at"]:
        said += f"\n已付{format_amount(paid)}"
    ends = f"{called.get(one['payer'], '')} → {called.get(one['payee'], '')}"
    return [plain_day(due_on), ObligationKind(one["kind"]).label, ends, amount, said]


def _said(one: Mapping[str, Any], called: Mapping[str, str]) -> str:
    left = guards.outstanding(one)
    what = f"支付{_money(left)}" if left is not None else ObligationKind(one["kind"]).label
    until = plain_day(date.fromisoformat(one["due_on"]))
    return f"{called.get(one['payer'], '被执行人')}向申请执行人{what}（应于{until}前履行）。"


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
    return record.case.number or f"（编号{str(record.case.ref)[:8]}）"
