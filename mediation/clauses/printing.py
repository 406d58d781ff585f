"""A draft as the document it will be: parties, clauses, effect, the way on, as PDF/A and as plain text.

Lives here: what stands around the clauses. Does not live here: the clauses' wording (``library``), typst (``papers``),
the sheet behind it on which people sign (``signatures``).
Called by: ``drafts`` (the proposed file), pages (preview).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mediation.clauses.agreement import Body
from mediation.clauses.variables import People, Someone
from mediation.models import Case
from mediation.papers import Paper, wording
from mediation.papers.letters import facts, small, text
from mediation.papers.press import Sheet, clean, print_sheet
from mediation.papers.record import Record
from mediation.papers.wording import by_law, length
from mediation.vocabulary import ClockKind, Side, Track
from mediation.workdays import local_day

TITLE = "调解协议书"
SIGNING = "各方当事人、调解员和调解组织的签名、盖章，见附在本文件之后的签署页。"


@dataclass(frozen=True)
class Printed:
    """An agreement as a sheet to be printed, and what it says as plain text."""

    sheet: Sheet
    text: str


def people_of(case: Case) -> dict[str, Someone]:
    """Return the parties of a case as an agreement names them, applicants first."""
    return {
        str(person.ref): Someone(
            str(person.ref), wording.called(person), Side(person.side).label, person.side == Side.APPLICANT
        )
        for person in Record(case, case.filed_at).parties
    }


def mark_of(seed: str) -> str:
    """Return the random mark printed in the footer: without it the digest of a short agreement could be guessed."""
    digest = hashlib.sha256(f"agreement/{seed}".encode()).hexdigest().upper()
    return "-".join(digest[place : place + 5] for place in range(0, 25, 5))


def compose(case: Case, body: Body, at: datetime, mark: str, *, draft: int = 0) -> Printed:
    """Return the agreement as it is printed at ``at``; ``draft`` is the number of a version that is only a draft."""
    record, people = Record(case, at), people_of(case)
    on = local_day(at)
    names = record.mediator_names()
    organisation = record.organisation_name(case.organisation)
    mediators = f"，由调解员{wording.joined(names)}" if names else "，"
    sides = [wording.joined([wording.called(one) for one in record.side(side)], 3) for side in Side]
    extent = "全部" if body.full else "部分"
    blocks = [
        facts(_particulars(record)),
        text(f"{sides[0]}与{sides[1]}{record.cause}一案，{organisation}接受后{mediators}主持调解。主要事实和争议事项如下："),
        text(body.summary.strip() or "＿＿＿＿"),
        text(f"经调解，各方当事人自愿就{extent}请求达成如下协议："),
        *_clauses(body, people),
        text(_effect(record)),
        text(_way_on(record)),
        text("各方确认：已经阅读并理解以上全部内容，系自愿达成，没有恶意串通或者虚构事实"
             f"{by_law(['ZX-23'], on)}。本协议以电子文本签署，各方和调解组织所持的文本内容一致。"),
    ]  # fmt: skip
    sheet = Sheet(
        issuer=organisation,
        title=TITLE,
        number=record.number(None),
        recipient="",
        blocks=blocks,
        after=[small(SIGNING)],
        note=wording.glossed(block.get("text", "") for block in blocks),
        footer=f"文本编号 {mark}",
    )
    if draft:
        sheet = replace(sheet, title=f"{TITLE}（草稿）", footer=f"草稿第{draft}版，仅供核对，不能签署")
    said = [
        sheet.title,
        *(line for block in blocks for line in ([f"{row[0]}：{row[1]}" for row in block["rows"]] if "rows" in block else
                                                [block["text"]])),
        SIGNING,
        *([sheet.note] if sheet.note else []),
        sheet.footer,
    ]  # fmt: skip
    # On pages as on paper: without signs that turn or hide what is beside them.
    return Printed(sheet, clean("\n".join(said)).replace("\u200b", ""))


def print_agreement(printed: Printed, at: datetime) -> Paper:
    """This function will print an agreement as PDF/A. Raises what ``print_sheet`` raises."""
    return print_sheet(printed.sheet, at)


def _particulars(record: Record) -> list[tuple[str, str]]:
    rows = []
    for side in Side:
        for person in record.side(side):
            agents = record.agents(person)
            said = wording.particulars(person) + (f"\n代理人：{'、'.join(agents)}" if agents else "")
            rows.append((side.label, said))
    return rows


def _clauses(body: Body, people: People) -> list[dict[str, str]]:
    return [text(said) for _clause, said in body.written(people)] or [text("一、＿＿＿＿")]


def _effect(record: Record) -> str:
    day = local_day(record.at)
    return (
        "本协议自各方当事人全部签名或者盖章之日起对各方具有约束力；在线签署的，自最后一方当事人完成电子签章时起具有约束力"
        f"{by_law(['ZX-19', 'TY-24'], day)}。各方应当自觉履行。"
    )


def _way_on(record: Record) -> str:
    day = local_day(record.at)
    if record.case.track == Track.ENTRUSTED:
        return f"各方可以请求人民法院审查后制作调解书，或者申请撤诉{by_law(['TY-20', 'ZX-20'], day)}。"
    confirm = record.rule(ClockKind.CONFIRM, Track(record.case.track), day)
    return (
        f"各方可以自本协议生效之日起{length(confirm)}内共同向有管辖权的人民法院申请司法确认；经裁定有效，一方不履行或者未全部"
        f"履行的，对方可以向人民法院申请执行{by_law(['CPL-205', 'CPL-206'], day)}。"
    )
