"""The cover of a passport: what case, as of which entry, for whom, and the index of everything inside in e-file order.

Lives here: its wording, always in Chinese. Does not live here: what goes in (``contents``), printing
(``papers.press``).
Called by: ``contents``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mediation.amounts import format_amount
from mediation.papers.letters import Block, facts, head, small, table
from mediation.papers.press import Paper, Sheet, print_sheet
from mediation.papers.wording import plain_instant, solemn_day
from mediation.passport.shape import CASE, VIEWER
from mediation.vocabulary import DocumentKind, Role, Side
from mediation.workdays import local_day

MOST_NAMED = 12
TITLE = "案件护照"
CHECKED_BY = (
    f"本包由制作平台签名。解压后打开“{VIEWER}”可以离线阅读；在其中选择本压缩包，可以验证签名、流水和每份文件的校验值。"
    f"供系统读取的内容在“{CASE}”。内容以制作平台的记录为准。"
)


def make(told: Mapping[str, Any], at: datetime, *, spellings: Mapping[str, str] | None = None) -> Paper:
    """This function will print the cover of what ``passport.json`` says, dated ``at``.

    Raises Unprintable where a character has no glyph, PaperRefused where the fonts are not installed.
    """
    case, issuer, as_of = told["case"], told["issuer"], told["as_of"]
    by_side = [(side.label, _named(told, side)) for side in Side]
    amount = format_amount(case["amount"]) if case["amount"] is not None else ""
    roles = "、".join(dict.fromkeys(Role(one["role"]).label for one in told["scope"]["capacities"]))
    blocks: list[Block] = [
        facts(
            [
                ("编号", case["ref"]),
                ("案由", case["cause_text"]),
                *by_side,
                ("请求金额", amount),
                ("法院", case["court_name"]),
                ("调解组织", case["organisation_name"]),
                ("调解员", "、".join(case["mediators"])),
                ("状态", case["state_text"]),
                ("截至", f"案件流水第{as_of['number']}条，{plain_instant(at)}，校验值{as_of['head'][:16]}"),
                ("制作平台", f"{issuer['name']}（签名密钥{issuer['key']}）"),
                ("阅读身份", f"{roles}；证件和账户号码{'完整' if told['scope']['revealed'] else '部分遮盖'}"),
            ]
        ),
        head("目录"),
        table({"序号": 30, "材料": 110, "文件": 0, "SHA-256校验值": 150}, _index(told)),
        small(CHECKED_BY),
    ]
    sheet = Sheet(
        issuer=issuer["name"],
        title=TITLE,
        number=case["number"] or f"（编号{case['ref'][:8]}）",
        blocks=blocks,
        day=solemn_day(local_day(at)),
        seal=False,
    )
    return print_sheet(sheet, at, spellings=spellings)


def _named(told: Mapping[str, Any], side: Side) -> str:
    names = [one["name"] for one in told["people"] if one["side"] == side and one["name"]]
    more = f"等{len(names)}人" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + more


def _index(told: Mapping[str, Any]) -> list[list[str]]:
    documents = [(DocumentKind(one["kind"]).label, one) for one in told["documents"]]
    rows = [*documents, *((one["title"], one) for one in told["papers"])]
    return [
        [
            str(place),
            label,
            one["path"] or f"{one['name']}（文件不在本平台，没有随包）",
            "\n".join(one["sha256"][cut : cut + 22] for cut in range(0, 64, 22)),
        ]
        for place, (label, one) in enumerate(rows, 1)
    ]
