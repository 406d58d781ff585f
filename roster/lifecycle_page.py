"""The page ``docs/roster.md``, rendered from the roster's rule table: what people read is what the door does.

Lives here: the rendering. Does not live here: any rule (``lifecycle``, ``guards``, ``conditions``).
Called by: the command that generates the docs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import product
from types import SimpleNamespace

from mediation import law
from mediation.vocabulary import EntryCondition, Role
from roster.guards import Guard
from roster.lifecycle import (
    CAMPAIGN,
    COMPLAINT,
    FILE_KINDS,
    LISTING,
    MEDIATOR,
    MOVES,
    ORGANISATION,
    OWNERS,
    RECOGNITION,
    STATES,
    Move,
)
from roster.moves import TABLES

# Aggregates shown together, Chinese title, English title.
BOOKS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (FILE_KINDS, "档案（调解组织、调解员）", "Files of organisations and mediators"),
    ((LISTING,), "特邀名册条目", "Listings"),
    ((RECOGNITION,), "共同认定", "Joint recognition"),
    ((COMPLAINT,), "投诉", "Complaints"),
    ((CAMPAIGN,), "集中核实", "Consolidation campaigns"),
)
_NAMES = {ORGANISATION: "调解组织", MEDIATOR: "调解员"}


def render_roster() -> str:
    """Return the whole page in Markdown, Chinese and English side by side, ending in a newline."""
    return "\n".join(
        [
            "# 名册：档案、名册条目、共同认定、投诉、集中核实 · The rosters",
            "",
            "本页由 `roster/lifecycle.py`、`guards.py` 和 `conditions.py` 生成，请勿手工修改。",
            "This page is generated from the rule table; do not edit it.",
            "",
            "每个对象只归一个平台：档案和集中核实归投资者网平台，名册条目、共同认定和投诉归人民法院调解平台；"
            "只有所归的平台写流水，对方收到并核验信封以后才看到变化。",
            "Each aggregate has one owner for life, whose platform alone writes its journal; the other copy changes "
            "only when an envelope has been applied. Moves by 平台 are errands, owed in answer to an entry.",
            "",
            *(line for book in BOOKS for line in _book(*book)),
            "## 入册条件 · Conditions of entry",
            "",
            "法院只能以档案确实不符合的条件不予列入（N-4.4b）；档案不能判断的条件，既不能据以不予列入，也不妨碍确认。",
            "A court may refuse only for one of these, and only if the file really does not meet it.",
            "",
            *_table(("条件", "Condition"), ((term.label, f"`{term}`") for term in EntryCondition)),
            "",
            "## 条件 · Guards",
            "",
            "“写方”条件只由所归的平台判断。A writer's guard is judged by the owner's platform alone.",
            "",
            *_table(
                ("条件 Guard", "不满足时的说明", "下一步", "依据 Law", "写方 Writer"), map(_guard_cells, _guards())
            ),
            "",
        ]
    )


def _book(aggregates: tuple[str, ...], title: str, english: str) -> Iterable[str]:
    aggregate = aggregates[0]
    yield f"## {title} · {english}"
    yield ""
    yield f"归属 Owner：{OWNERS[aggregate].label} `{OWNERS[aggregate]}`"
    yield ""
    yield from _diagram(aggregate)
    yield ""
    heads = ("操作", "Move", "从 → 到 From → to", "由谁 By", "条件 Guards", "依据 Law")
    yield from _table(heads, (_move_cells(move, aggregates) for move in _moves(aggregates)))
    yield ""


def _moves(aggregates: tuple[str, ...]) -> Iterable[Move]:
    """Return the moves of aggregates shown together, each once, those of the first before what others have besides."""
    found: dict[str, Move] = {}
    for aggregate in aggregates:
        for name, move in MOVES[aggregate].items():
            found.setdefault(name, move)
    return found.values()


def _diagram(aggregate: str) -> Iterable[str]:
    terms = STATES[aggregate]
    edges: dict[tuple[str, str], list[str]] = {}
    for move in MOVES[aggregate].values():
        for source, target in _arrows(move):
            edges.setdefault((source or "[*]", target), []).append(move.label)
    yield "```mermaid"
    yield "stateDiagram-v2"
    for name in dict.fromkeys(name for edge in edges for name in edge if name != "[*]"):
        yield f"    {name}: {terms(name).label}"
    for (before, after), labels in edges.items():
        yield f"    {before} --> {after}: {'／'.join(labels)}"
    yield "```"


def _arrows(move: Move) -> list[tuple[str, str]]:
    """Return from where to where a move can really lead, found by asking its target with a willing row and any facts;
    what is only taken over from before is drawn where it mostly rests.
    """
    found: dict[tuple[str, str], None] = {}
    for source in move.sources:
        target = getattr(TABLES[move.aggregate], move.name)._django_fsm.transitions[source].target
        if not hasattr(target, "func"):
            found[source, target or source] = None
            continue
        row = SimpleNamespace(state=source, sheet={"approvals": dict.fromkeys(Role, "")})
        for said, courts in product((True, False), ([], ["沪"])):
            facts = {"upheld": said, "done": said, "courts": courts, "status": "LISTED"}
            found[source, target.func(row, facts=facts)] = None
    return [(source, str(target)) for source, target in found if source != target]


def _move_cells(move: Move, aggregates: tuple[str, ...]) -> Sequence[str]:
    terms = STATES[move.aggregate]
    every = [state for state in move.sources if state]
    source = "任何状态" if len(every) == len(terms) else "、".join(terms(state).label for state in every)
    source = "、".join(filter(None, ("（新）" if move.creates else "", source)))
    target = "、".join(terms(state).label for state in move.targets) if move.targets else "="
    theirs = {kind: MOVES[kind][move.name] for kind in aggregates if move.name in MOVES[kind]}
    if len(theirs) == len(aggregates) and len({one.by for one in theirs.values()}) == 1:
        who = _roles(move)
    else:
        who = "；".join(f"{_NAMES[kind]}：{_roles(one)}" for kind, one in theirs.items())
    return (
        move.label,
        f"`{move.name}` {move.note}",
        f"{source} → {target}",
        who,
        " ".join(f"`{guard.code}`" for guard in move.guards),
        _cited(move.law),
    )


def _roles(move: Move) -> str:
    return "、".join(role.label for role in Role if role in move.by)


def _guards() -> Iterable[Guard]:
    found = {guard.code: guard for moves in MOVES.values() for move in moves.values() for guard in move.guards}
    return (found[code] for code in sorted(found))


def _guard_cells(guard: Guard) -> Sequence[str]:
    return f"`{guard.code}`", guard.reason, guard.remedy, _cited(guard.law), "是" if guard.writer else ""


def _cited(rule_ids: Iterable[str]) -> str:
    return "；".join(law.cite(rule_id, date.max) for rule_id in rule_ids)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |"
