"""The page ``docs/lifecycle.md``, rendered from the rule table: what people read is what the door does.

Lives here: the rendering, and the phases by which the page is ordered. Does not live here: any rule (``lifecycle``,
``guards``), any number of days (``law``), writing the file (a management command).
Called by: the command that generates the docs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import product
from types import SimpleNamespace

from mediation import law
from mediation.guards import Guard
from mediation.lifecycle import CLOCKS, FINAL, LAPSES, MOVES, OPEN, OWNERS, PRE_DOCKET, SPANS, Lifecycle, Move
from mediation.vocabulary import ClockKind, Institution, Role, Side, Stage, State, Track

S = State

# Chinese title, English title, the states whose moves stand there.
PHASES: tuple[tuple[str, str, tuple[State, ...]], ...] = (
    (
        "申请与委派",
        "Application and delegation",
        (S.FILED, S.CONSULTING, S.READY, S.DELEGATED, S.APPLIED, S.PROOF_SOUGHT),
    ),
    ("调解", "Mediation", (S.ACCEPTED, S.MEDIATING, S.SUSPENDED, S.SIGNING)),
    ("调解不成", "After failure", (S.UNSETTLED, S.HANDED_BACK)),
    (
        "达成协议与司法确认",
        "Agreement and confirmation",
        (S.SETTLED, S.CONFIRMATION_SOUGHT, S.CONFIRMATION_REVIEW, S.CONFIRMED, S.CONFIRMATION_REFUSED),
    ),
    ("调解书", "Decree", (S.AGREEMENT_RETURNED, S.DECREE_SOUGHT, S.DECREE_ISSUED, S.DECREED)),
)


def render_lifecycle() -> str:
    """Return the whole page in Markdown, Chinese and English side by side, ending in a newline."""
    return "\n".join(
        [
            "# 案件流程：状态、席位、操作、期限 · The case lifecycle",
            "",
            "本页由 `mediation/lifecycle.py`、`guards.py` 和 `law.py` 生成，请勿手工修改。",
            "This page is generated from the rule table; do not edit it.",
            "",
            "轨道 · Tracks: "
            + "；".join(f"{letter} = {track.label} `{track}`" for track, letter in _LETTERS.items())
            + "。",
            "",
            "## 状态 · States",
            "",
            "每个状态只有一个席位，案件停留期间只有该席位所在的平台可以写流水。",
            "Every state has one owner; only its platform writes while a case rests there.",
            "",
            *_table(
                ("状态", "State", "席位 Owner", "进入时起算的期限 Clocks started on entering"), map(_state_cells, State)
            ),
            "",
            "## 期限届满 · What the end of a clock does",
            "",
            "未列出的期限届满后只在工作台标为逾期。A clock not listed here only stands as overdue on the desks.",
            "",
            *_table(("期限", "Clock", "状态 State", "操作 Move", "依据 Law"), _lapse_rows()),
            "",
            "跨状态继续计算的期限 · Clocks that go on through states: "
            + "；".join(
                f"{kind.label} `{kind}`（{'、'.join(s.label for s in State if s in kept)}）"
                for kind, kept in SPANS.items()
            )
            + "。",
            "",
            *(line for phase in PHASES for line in _phase(*phase)),
            "## 各阶段通用 · In several phases",
            "",
            *_moves(move for move in MOVES.values() if _phase_of(move) is None),
            "## 条件 · Guards",
            "",
            "“写方”条件只由案件所在平台判断，结果记入流水，对方不再判断。",
            "A writer's guard is judged by the owner's platform alone, never again by the other copy.",
            "",
            *_table(
                ("条件 Guard", "不满足时的说明", "下一步", "依据 Law", "写方 Writer"), map(_guard_cells, _guards())
            ),
            "",
        ]
    )


_LETTERS: dict[Track, str] = dict(zip(Track, "ABCD", strict=True))

_BY_COURT = frozenset({Track.DELEGATED, Track.ENTRUSTED})

# States that not every track comes to.
_ONLY_ON: dict[State, frozenset[Track]] = {
    **dict.fromkeys((S.FILED, S.CONSULTING, S.READY, S.DELEGATED), _BY_COURT),
    S.UNSETTLED: frozenset({Track.DIRECT}),
    S.APPLIED: frozenset({Track.DIRECT}),
    S.PROOF_SOUGHT: frozenset({Track.OFFLINE}),
    S.AGREEMENT_RETURNED: frozenset({Track.ENTRUSTED}),
    S.CONFIRMATION_REFUSED: PRE_DOCKET,
}


def _phase(title: str, english: str, states: tuple[State, ...]) -> Iterable[str]:
    yield f"## {title} · {english}"
    yield ""
    yield from _diagram(states)
    yield ""
    yield from _moves(move for move in MOVES.values() if (found := _phase_of(move)) is not None and found == states)


def _phase_of(move: Move) -> tuple[State, ...] | None:
    """Return the states of the phase a move belongs to, or None if it can be made in more than one."""
    places = move.sources or move.targets
    return next((states for _, _, states in PHASES if set(places) <= set(states)), None)


def _diagram(states: tuple[State, ...]) -> Iterable[str]:
    edges: dict[tuple[str, str], list[str]] = {}
    for move in MOVES.values():
        for source, target in arrows(move):
            if source in states or (not source and target in states):
                edges.setdefault((source or "[*]", target.value), []).append(move.label)
    named = dict.fromkeys(name for edge in edges for name in edge if name != "[*]")
    yield "```mermaid"
    yield "stateDiagram-v2"
    for name in named:
        yield f"    {name}: {State(name).label}"
    for (before, after), labels in edges.items():
        yield f"    {before} --> {after}: {'／'.join(labels)}"
    for name in named:
        if State(name) in FINAL:
            yield f"    {name} --> [*]"
    yield "```"


def arrows(move: Move) -> list[tuple[State | None, State]]:
    """Return from where to where a move can really lead, found by asking its target for every state and track."""
    if move.creates:
        return [(None, target) for target in move.targets]
    found: dict[tuple[State | None, State], None] = {}
    for source in move.sources:
        target = getattr(Lifecycle, move.name)._django_fsm.transitions[source].target
        for track, upheld in product(Track, (True, False)) if move.targets and hasattr(target, "func") else ():
            if track in move.tracks & _ONLY_ON.get(source, move.tracks):
                asked = {"facts": {"upheld": upheld, "party": "applicant"}, "by": SimpleNamespace(ref="")}
                found[source, target.func(_willing_case(source, track, move.name), **asked)] = None
        if move.targets and not hasattr(target, "func"):
            found[source, S(target)] = None
    return [(source, target) for source, target in found if source != target]


def _willing_case(state: State, track: Track, move: str) -> SimpleNamespace:
    """Return a case in which everybody has said yes to a move, so that its target is where it leads in the end."""
    said = {"applicant": "YES"}
    sheet = {
        "parties": {"applicant": {"side": Side.APPLICANT, "institution": Institution.NONE}},
        "consents": {Stage.MEDIATION: said},
        "proposals": {move: {"terms": {}, "yes": said}},
        "agreement": {"signatures": said},
        "objections": {"applicant": {"replaced": 0}},
        "designations": 1,
    }
    return SimpleNamespace(state=state, track=track, sheet=sheet)


def _moves(moves: Iterable[Move]) -> Iterable[str]:
    heads = ("操作", "Move", "从 → 到 From → to", "由谁 By", "轨道", "条件 Guards", "依据 Law")
    yield from _table(heads, map(_move_cells, moves))
    yield ""


def _move_cells(move: Move) -> Sequence[str]:
    source = "（新案）" if move.creates else "任何未结状态" if set(move.sources) == set(OPEN) else _states(move.sources)
    moved = [target for target in move.targets if target not in move.sources]
    target = " / ".join(filter(None, (_states(moved), "=" if move.keeps_state else "")))
    each = "（每一方各一次，最后一方完成）" if move.each else ""
    return (
        f"{move.label}{each}",
        f"`{move.name}` {' '.join((getattr(Lifecycle, move.name).__doc__ or '').split())}",
        f"{source} → {target}",
        "、".join(role.label for role in Role if role in move.by),
        "".join(letter for track, letter in _LETTERS.items() if track in move.tracks),
        " ".join(f"`{guard.code}`" for guard in move.guards if guard.code != "can_write_here"),
        _cited(move.law),
    )


def _state_cells(state: State) -> Sequence[str]:
    owner = OWNERS[state].label if state in OWNERS else "（终结 final）"
    clocks = "；".join(_clock(kind, tracks, _ONLY_ON.get(state, tracks)) for kind, tracks in CLOCKS.get(state, ()))
    return state.label, f"`{state}`", owner, clocks


def _clock(kind: ClockKind, tracks: frozenset[Track], only_on: frozenset[Track]) -> str:
    figures: dict[str, None] = {}
    for rule in law.RULES:
        if rule.clock is kind and rule.valid_until is None and (rule.tracks is None or rule.tracks & tracks & only_on):
            mark = "（本平台期限）" if rule.own_figure else ""
            procedure = f"{rule.procedure.label}：" if rule.procedure else ""
            figures[f"{procedure}{rule.value}{rule.unit.label}{mark} {' '.join(rule.rule_ids)}"] = None
    only = (
        "" if tracks == frozenset(Track) else "".join(letter for track, letter in _LETTERS.items() if track in tracks)
    )
    return f"{f'{only}: ' if only else ''}{kind.label} `{kind}`：{'，'.join(figures)}"


def _lapse_rows() -> Iterable[Sequence[str]]:
    for kind, lapses in LAPSES.items():
        for state in (state for state in State if state in lapses):
            move = MOVES[lapses[state]]
            yield kind.label, f"`{kind}`", f"{state.label} `{state}`", f"{move.label} `{move.name}`", _cited(move.law)


def _guards() -> Iterable[Guard]:
    found = {guard.code: guard for move in MOVES.values() for guard in move.guards}
    return (found[code] for code in sorted(found))


def _guard_cells(guard: Guard) -> Sequence[str]:
    return f"`{guard.code}`", guard.reason, guard.remedy, _cited(guard.law), "是" if guard.writer else ""


def _states(states: Iterable[State]) -> str:
    return "、".join(f"{state.label} `{state}`" for state in states)


def _cited(rule_ids: Iterable[str]) -> str:
    return "；".join(law.cite(rule_id, date.max) for rule_id in rule_ids)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |"
