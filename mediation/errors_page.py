"""The page ``docs/errors.md``: every error of the REST windows, when it comes, on which ground, and what to do.

Lives here: the rendering, and the errors that are no guard. Does not live here: any condition (``guards``,
``roster.guards``), which exception becomes which status (``problems``).
Called by: ``manage.py docs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from mediation import law, problems
from mediation.api.operations import ERRORS
from mediation.guards import Guard
from mediation.lifecycle import MOVES
from mediation.moves import Refused
from roster import guards as bookguards
from roster.lifecycle import MOVES as BOOKS

OTHERS: tuple[tuple[str, int | None, str, str, tuple[str, ...]], ...] = (
    ("move", None, "没有这种操作", "从可以办理的操作（list_moves）中选择", ()),
    ("actor", None, "不是有权办理的人，或者在该案中没有这一身份", "由有权办理的人授权程序", ()),
    ("scope", None, "令牌没有这一权限范围，或者案件不属于客户端所在的法院、调解组织", "申领所需的权限范围", ()),
    ("state", None, "案件目前的状态下不能这样做", "看案件流水的最新进展", ()),
    ("track", None, "这一轨道的案件没有这一步骤", "看可以办理的操作", ()),
    ("final", None, "该案已经办结", "新的纠纷另行申请", ()),
    ("frozen", None, "该案因对接异常已冻结", "等平台运行人员核实", ()),
    ("owner", None, "目前由对方平台办理，且这一操作不能转交", "在对方平台办理", ()),
    ("elsewhere", None, "协议、笔录、无争议事实只在保存文本的平台签署、确认", "在调解组织所在的平台办理", ("TY-2",)),
    ("held", None, "期限已过而对方平台尚未联通，期限内的申请可能还在途中", "联通后再办理", ()),
    ("kinds", None, "对方平台的版本尚不支持这一操作", "对方升级后再办理", ()),
    ("overtaken", None, "别人先办理了：If-Match、version或者revision已经过时", "重新读取后再决定", ()),
    ("key", None, "这个幂等键已经用于另一次提交", "换一个键；同一次提交则发同样的内容", ()),
    ("withdrawn", None, "这一方已经撤回调解申请，不再参加本案的调解", "需要继续的，另行申请调解或者起诉", ("ZX-25",)),
    ("clock", None, "该期限没有在计算，或者尚未届满；只有平台自己会遇到", "看案件流水的最新进展", ()),
    ("flawed", 422, "协议文字有findings所列的问题", "必须改正的改正；其余核对后注明acknowledged", ("JI-358",)),
    ("unfit", None, "协议草稿有必须改正的问题", "按defects改正", ("JI-358",)),
    ("unchecked", None, "协议草稿还有没有核对的提示", "核对defects后以checked提出", ("JI-358",)),
    ("now", None, "案件所处的阶段不能这样做", "看案件流水的最新进展", ()),
    ("lacking", None, "召开会议前应当登记的事项不全", "先补充登记", ("ZX-17",)),
    ("sign", None, "目前没有需要您签署的协议", "看案件流水的最新进展", ("ZX-17", "ZX-19")),
    ("proof", None, "签署验证码不正确、用过或者过期", "核对最近一条短信，或者重新获取", ("ZX-17", "ZX-19")),
    (
        "unreachable",
        None,
        "账户没有手机号码和邮箱，不能发送验证码",
        "登记邮箱，或者请调解组织发送链接",
        ("ZX-17", "ZX-19"),
    ),
    ("too_many_codes", None, "验证码发送过于频繁", "一小时后再试", ("ZX-17", "ZX-19")),
    ("paper", None, "文书不能印制", "核对内容", ()),
    ("passport", None, "案件护照的封面不能印制", "按next办理", ()),
    ("document_missing", 409, "材料尚未从对方平台送达，或者已被删除", "稍后再试", ()),
    ("many", None, "一个程序最多二十个订阅", "先停用不需要的", ()),
    ("batch", None, "一批最多一百个名册档案", "分批办理", ("N-4.4a",)),
    ("position", 410, "变更的位置不是现有的：平台没有给出过，或者从备份恢复过", "从答复的since重新读取", ()),
    ("malformed", 422, "field所指的一项不合格式", "按detail改正", ()),
    ("file", 422, "文件不能接收：类型、大小、内容", "按detail改正后重新上传", ()),
    ("identity", 422, "证件号码不合格", "核对证件类型和号码", ()),
)
"""Codes that are no guard: the code, its status where ``problems.status_of`` does not say it, when, what to do, the
law. Where the law is empty, ``rule`` names that of the refused move.
"""

SHAPE = """```json
{"type": "urn:investor-mediation:problem:can_seal_reviewed", "title": "与案件现状不符", "status": 409,
 "code": "can_seal_reviewed", "detail": "……", "rule": ["ZX-19"], "article": ["《人民法院在线调解规则》第十九条"],
 "next": "……"}
```"""


def render_errors() -> str:
    """Return the whole page in Markdown, ending in a newline."""
    usual = [
        (
            f"`{problems.CODES[status]}`",
            str(status),
            problems.TITLES[status],
            str(ERRORS.get(status, "该地址没有这种方法")),
            todo,
        )
        for status, todo in problems.USUAL.items()
    ]
    others = [
        (f"`{code}`", str(_status(code) if status is None else status), when, todo, _cited(rules))
        for code, status, when, todo, rules in OTHERS
    ]
    books = [move for moves in BOOKS.values() for move in moves.values()]
    head = ("code", "状态 Status", "何时 When", "怎样办 What to do", "依据 Law")
    return "\n".join(
        [
            "# 错误目录 · The error catalogue",
            "",
            "本页由 `mediation/problems.py`、`guards.py`、`roster/guards.py` 和 `errors_page.py` 生成，请勿手工修改。",
            "This page is generated; do not edit it. 怎样处理错误见 [integrators.md](integrators.md)。",
            "",
            f"错误一律为 `{problems.MEDIA_TYPE}`（RFC 9457），`type` 是 `{problems.TYPE}` 加上 `code`。程序看 `code` 和"
            "`status`，给人看 `detail` 和 `next`；文字会改进，`code` 不变。`oauth/` 下的错误按 RFC 6749 5.2。",
            "",
            SHAPE,
            "",
            "## 按状态 · By status",
            "",
            *_table(("code", "状态 Status", "题名 Title", "何时 When", "怎样办 What to do"), usual),
            "",
            "## 提交和案件状态 · Submissions and the state of a case",
            "",
            "依据栏为空的，`rule` 是被拒绝的操作自己的依据（见 [lifecycle.md](lifecycle.md)）。",
            "",
            *_table(head, others),
            "",
            "## 案件操作的条件 · Conditions of moves on cases",
            "",
            *_table(
                (*head, "操作 Moves"),
                _guards((move.name, move.guards) for move in MOVES.values() if move.by_people or move.guards),
            ),
            "",
            "## 名册操作的条件 · Conditions of roster moves",
            "",
            *_table((*head, "操作 Moves"), _guards((f"{move.aggregate}.{move.name}", move.guards) for move in books)),
            "",
        ]
    )


def _guards(moves: Iterable[tuple[str, Sequence[Guard | bookguards.Guard]]]) -> list[tuple[str, ...]]:
    """Return a row for each guard, by code, with the moves that ask it."""
    found: dict[str, tuple[Guard | bookguards.Guard, list[str]]] = {}
    for name, guards in moves:
        for one in guards:
            found.setdefault(one.code, (one, []))[1].append(f"`{name}`")
    return [
        (f"`{code}`", str(_status(code)), one.reason, one.remedy, _cited(one.law), " ".join(dict.fromkeys(names)))
        for code, (one, names) in sorted(found.items())
    ]


def _status(code: str) -> int:
    return problems.status_of(Refused(code, ""))


def _cited(rules: Iterable[str]) -> str:
    return "；".join(f"`{rule}` {law.cite(rule, date.max)}" for rule in rules)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '／') for cell in row)} |" for row in rows),
    ]
