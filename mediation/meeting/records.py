"""Texts a mediator starts from: the record of a session (笔录), the undisputed facts, the report on a failure (ZX-21).

Lives here: what is known put into words, in Chinese like every document of the case. Does not live here: keeping them
(moves of the case), refusing what repeats a confidence (``secrecy``, asked by the door).
Called by: pages for mediators.
"""

from __future__ import annotations

from collections.abc import Mapping

from mediation import queries
from mediation.meeting import notebook, sessions
from mediation.models import Case, MediationSession, Party
from mediation.papers.wording import plain_instant
from mediation.vocabulary import Audience, SessionMode, SessionState, Side, Standing, Verification, gettext_noop

SECTIONS: Mapping[str, str] = {
    "facts": gettext_noop("基本案情"),
    "causes": gettext_noop("没有达成协议的原因"),
    "conduct": gettext_noop("一方行为增加对方诉讼成本的情况"),
    "hints": gettext_noop("对法院的其他提示"),
}
"""What a report on a failure says (ZX-21), by field, with its heading."""


def newest_held(case: Case) -> MediationSession | None:
    """Return the session of all parties that was held last."""
    held = MediationSession.objects.filter(case=case, state=SessionState.HELD, channel=Audience.PARTIES)
    return held.order_by("-held_at", "-id").first()


def record_of(session: MediationSession, mediators: str) -> str:
    """Return what a record begins with: when, where, how, who was there and identified how, what was told (ZX-22)."""
    people = {str(person.ref): person for person in queries.people(session.case)}
    known = sessions.attended(session)
    present = [ref for ref, one in known.items() if one.present and ref in people]
    absent = [ref for ref in people if people[ref].side and ref not in present]
    starts = session.starts_at or session.created_at
    lines = [
        f"调解时间：{plain_instant(starts)}",
        f"调解方式：{SessionMode(session.mode).label}",
        f"调解地点：{session.place or '线上'}",
        f"调解员：{mediators}",
        "出席人员：",
        *(f"  {_called(people[ref])}，身份已经核实（{_how(known[ref].verified)}）" for ref in present),
    ]
    lines += [f"  其他人员：{session.others}"] if session.others else []
    lines += [f"未出席：{'、'.join(_called(people[ref]) for ref in absent)}"] if absent else []
    if session.told_at:
        lines.append("调解开始前，调解员已告知权利义务、调解规则、调解程序、调解协议效力和申请司法确认等事项，")
        lines.append("并警示了虚假调解的法律后果。")
    told = [ref for ref in present if known[ref].acknowledged_at]
    if told:
        lines.append(f"本人确认已经阅知：{'、'.join(_called(people[ref]) for ref in told)}。")
    return "\n".join([*lines, "", "调解经过和结果：", ""])


def undisputed_of(case: Case) -> str:
    """Return the points the parties do not dispute, numbered, as a text for them to confirm."""
    found = [one.text for one in notebook.points_of(case) if one.standing == Standing.UNDISPUTED]
    return "\n".join(f"{place}．{text}" for place, text in enumerate(found, start=1))


def report_of(sections: Mapping[str, str]) -> str:
    """Return the report on a failure with its headings; sections left empty say so."""
    return "\n\n".join(f"{heading}：\n{sections.get(name, '').strip() or '无'}" for name, heading in SECTIONS.items())


def _called(person: Party) -> str:
    return f"{Side(person.side).label if person.side else '代理人'}{person.name}"


def _how(verified: str) -> str:
    return Verification(verified).label if verified else "未核实"
