"""Drafts of what a court decides about an agreement: rulings on confirmation, the decree, each to be read and changed.

Lives here: the wording of drafts, and the clauses an agreement consists of. Does not live here: deciding, printing
(``serving.judgment``).
Called by: the desk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from mediation import queries
from mediation.models import Case
from mediation.papers import confirming, wording
from mediation.papers.record import Record
from mediation.papers.wording import articles, plain_day
from mediation.vocabulary import EnclosureKind, Side, Track
from mediation.workdays import local_day

BLANK = "＿＿＿＿"
"""What a draft cannot know: a text that still has one is not accepted."""

_BEGIN = re.compile(r"达成如下协议：\s*$", re.M)
_END = re.compile(r"^(本协议自各方当事人|各方可以自本协议|各方可以请求人民法院|各方确认：)", re.M)


def clauses(text: str) -> list[str]:
    """Return the operative clauses of an agreement's text; the whole of one that was not drawn up here."""
    begin = _BEGIN.search(text)
    rest = text[begin.end() :] if begin else text
    end = _END.search(rest) if begin else None
    return [line.strip() for line in rest[: end.start() if end else None].splitlines() if line.strip()]


def agreed(case: Case) -> list[str]:
    """Return the clauses of the agreement as this platform holds it; empty where it holds no text."""
    return clauses(str(queries.latest_text(case, EnclosureKind.AGREEMENT).get("text", "")))


def draft(case: Case, move: str, at: datetime) -> dict[str, str]:
    """Return what the form of a court's move starts from, by the name of its text; empty for other moves."""
    found = DRAFTS.get(move)
    if found is None:
        return {}
    name, write = found
    return {name: write(Record(case, at))}


def _between(record: Record) -> str:
    applicants, respondents = (wording.joined(map(wording.called, record.side(side))) for side in Side)
    return f"{applicants or '申请人'}与{respondents or '被申请人'}"


def _on_agreement(record: Record) -> str:
    return (
        f"{_between(record)}因{record.cause}，经{record.organisation_name(record.case.organisation)}主持调解，"
        f"于{plain_day(confirming.effective(record))}达成调解协议"
    )


def _heading(record: Record) -> str:
    accepted = record.last("accept_confirmation")
    when = f"于{plain_day(record.day_of(accepted))}" if accepted else ""
    return f"{_between(record)}申请司法确认调解协议一案，本院{when}立案后，依法进行审查。现已审查终结。"


def _valid(record: Record) -> str:
    on = local_day(record.at)
    lines = [
        _heading(record),
        f"{_on_agreement(record)}如下：",
        *(agreed(record.case) or [BLANK]),
        "本院通知各方当事人共同到场，对调解协议进行了核实。本院经审查认为，各方达成的调解协议，符合司法确认调解协议的"
        f"法定条件。依照{articles(['CPL-205', 'CPL-206', 'JI-356'], on)}规定，裁定如下：",
        f"{_on_agreement(record)}有效。",
        "当事人应当按照调解协议的约定自觉履行义务。一方当事人拒绝履行或者未全部履行的，对方当事人可以向人民法院申请执行。",
        f"当事人对本裁定有异议的，可以自收到裁定之日起十五日内向本院提出（{articles(['JI-372'], on)}）。",
    ]
    return "\n".join(lines)


def _rejected(record: Record) -> str:
    on = local_day(record.at)
    return "\n".join(
        [
            _heading(record),
            f"{_on_agreement(record)}。",
            f"本院经审查认为，{BLANK}，不符合确认调解协议的条件。"
            f"依照{articles(['CPL-206', 'JI-358'], on)}规定，裁定如下：",
            f"驳回{_between(record)}的申请。",
            "当事人可以通过调解方式变更原调解协议或者达成新的调解协议，也可以向人民法院提起诉讼。",
        ]
    )


def _refused(record: Record) -> str:
    on = local_day(record.at)
    return "\n".join(
        [
            f"{_between(record)}向本院申请司法确认调解协议。",
            f"{_on_agreement(record)}。",
            f"本院经审查认为，{BLANK}。依照{articles(['JI-355'], on)}规定，裁定如下：",
            f"对{_between(record)}的申请，本院不予受理。",
            "属于其他人民法院管辖的，当事人可以向有管辖权的人民法院申请；其他情形，当事人可以变更原调解协议后再次申请，"
            "也可以提起诉讼。",
        ]
    )


def _objection_rejected(record: Record) -> str:
    on = local_day(record.at)
    return "\n".join(
        [
            f"异议人对本院确认{_between(record)}调解协议有效的裁定提出异议。本院依法进行了审查，现已审查终结。",
            f"异议人称：{BLANK}",
            f"本院经审查认为，异议不成立。依照{articles(['JI-372'], on)}规定，裁定如下：",
            "驳回异议人的异议。",
        ]
    )


def _revoked(record: Record) -> str:
    on = local_day(record.at)
    number = record.case.number or BLANK
    return "\n".join(
        [
            f"异议人对本院确认{_between(record)}调解协议有效的裁定提出异议。本院依法进行了审查，现已审查终结。",
            f"本院经审查认为，{BLANK}，异议成立。依照{articles(['JI-372'], on)}规定，裁定如下：",
            f"撤销本院{number}民事裁定。",
        ]
    )


def _withdrawn_suit(record: Record) -> str:
    on = local_day(record.at)
    return "\n".join(
        [
            f"{_between(record)}{record.cause}一案，经本院委托调解，各方达成调解协议，原告申请撤回起诉。",
            f"本院认为，申请撤回起诉是当事人对自己诉讼权利的处分，符合法律规定。依照{articles(['TY-20'], on)}规定，"
            "裁定如下：",
            "准许撤回起诉。",
        ]
    )


def _decree(record: Record) -> str:
    on = local_day(record.at)
    number = f"，案号{record.case.number}" if record.case.number else ""
    how = "本院委托" if record.last("delegate") and record.case.track == Track.ENTRUSTED else ""
    lines = [
        f"{_between(record)}{record.cause}一案{number}，本院立案后依法进行了审查。",
        f"本案经{how}{record.organisation_name(record.case.organisation)}主持调解，各方当事人自愿达成如下协议：",
        *(agreed(record.case) or [BLANK]),
        "上述协议，不违反法律规定，本院予以确认。",
        f"本调解书经各方当事人签收后，即具有法律效力（{articles(['CPL-100'], on)}）。",
    ]
    return "\n".join(lines)


DRAFTS: Mapping[str, tuple[str, Callable[[Record], str]]] = {
    "confirm": ("ruling", _valid),
    "reject_confirmation": ("ruling", _rejected),
    "refuse_confirmation": ("ruling", _refused),
    "reject_objection": ("ruling", _objection_rejected),
    "revoke_confirmation": ("ruling", _revoked),
    "withdraw_suit": ("ruling", _withdrawn_suit),
    "issue_decree": ("decree", _decree),
}
"""Which text of which move is drafted, and how."""
