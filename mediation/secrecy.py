"""What was said in confidence must not stand in a text that leaves the mediation (TY-2, ZX-18; law.md C12).

Lives here: finding passages and amounts of confidences in a text. Does not live here: who may read a confidence
(``rights``), which texts leave (the rule table).
Called by: the door, before a mediator's text is enclosed; the page of the mediator's report.

A long passage and an amount speak for themselves. A short one may be how everybody talks: the mediator mends it or
names the entry in which the same was said openly, and the journal keeps that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mediation.amounts import LARGEST, format_amount
from mediation.models import (
    AgreementDraft,
    Case,
    CaseEvent,
    DraftComment,
    Enclosure,
    MediationSession,
    MediatorNote,
    Party,
    Point,
    Talk,
)
from mediation.vocabulary import Audience, Cause, EnclosureKind, EndGround, Role

RUN = 10
"""So many signs in a row are nobody else's words."""

SHORTEST = 6
LEAST = 1_000_00
"""Below this many fen a figure without a unit is a count, a year or a number of shares."""

FIGURE = re.compile(
    r"(?P<digits>\d[\d,，]*(?:\.\d+)?)\s*(?P<scale>[十百千万亿]*)|(?P<words>[零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖十拾百佰千仟万亿]{2,})"
)
MONEY_AFTER = re.compile(r"\s*(?:多|余|来)?\s*(?:元|圆|块)")
COUNT_AFTER = re.compile(r"\s*(?:年|月|日|号|股|份|手|条|件|次|人|天|个|名|页|%|％|[:：时])")
COMMON = (
    "双方当事人", "各方当事人", "调解协议", "无争议事实", "损失金额", "损失计算", "计算方法", "分歧较大",
    "没有达成协议", "未达成协议", "申请人", "被申请人", "调解组织", "人民法院", "市场风险", "虚假陈述", "司法确认",
)  # fmt: skip
"""How everybody in such a case talks: counts as one sign."""

SCALES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000, "万": 10_000, "亿": 10**8}
NUMERALS = {sign: place for row in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖") for place, sign in enumerate(row)}
NUMERALS["两"] = 2
OPENLY = (EnclosureKind.NARRATIVE, EnclosureKind.UNDISPUTED)


@dataclass(frozen=True)
class Finding:
    """One repetition: what, in which line of the text from 1, and whether it may have been said openly as well."""

    what: str
    line: int
    is_certain: bool


def find(case: Case, text: str, *, joint: bool) -> list[Finding]:
    """Return what a text repeats of confidences: passages, and amounts that were offered, drafted or named.

    ``joint`` looks at what was said to all as well, drafts, comments, positions and records among it: a court may not
    be told of that either (ZX-18). What the parties told the court themselves, or wrote down as undisputed, is no
    confidence.
    """
    talks = list(Talk.objects.filter(case=case).order_by("id"))
    secret = [one.text for one in talks if joint or one.channel != Audience.PARTIES]
    confided = [*secret, *(one.text for one in MediatorNote.objects.filter(case=case).order_by("id"))]
    drafted: set[int] = set()
    if joint:
        texts, drafted = _drafted(case)
        confided += [*texts, *_before_all(case)]
    if not confided:
        return []
    names = [one for one in Party.objects.filter(case=case).values_list("name", flat=True) if one]
    known_texts = [str(told.get("text", "")) for told in _open_texts(case)]
    terms = [Cause(case.cause).label, *(ground.label for ground in EndGround)]
    known, said = _plain("。".join([*known_texts, *terms]), names), _lined(text, names)
    found = [one for told in confided if (one := _common(_plain(told, names), said, known, soft=joint))]
    if joint:
        public = {case.amount, *(fen for told in known_texts for fen, _line in amounts(told))}
        offered = drafted | {int(one.offer) for one in talks if one.offer}
        offered |= {fen for told in confided for fen, _line in amounts(told)}
        named = ((fen, line) for fen, line in amounts(text) if fen in offered - public)
        found += [Finding(format_amount(fen), line, True) for fen, line in named]
    return sorted(dict.fromkeys(found), key=lambda one: (one.line, not one.is_certain))


def betrays(case: Case, kind: EnclosureKind, audience: Audience, text: str, *, openly: int | None = None) -> bool:
    """Tell whether a mediator's text of a move would carry a confidence beyond those to whom it was told.

    ``openly`` is the entry in which, the mediator says, what short passages repeat was said to the court.
    """
    if kind is EnclosureKind.UNDISPUTED:
        return bool(find(case, text, joint=False))
    if audience not in (Audience.ALL, Audience.COURT, Audience.JUDGE):
        return False
    found = find(case, text, joint=True)
    return any(one.is_certain for one in found) or (bool(found) and not is_open(case, openly))


def is_open(case: Case, entry: int | None) -> bool:
    """Tell whether somebody else than the mediator wrote something in an entry that the court may read."""
    written = Enclosure.objects.filter(
        case=case, number=entry, audience__in=[Audience.ALL.value, Audience.COURT.value], kind__in=TEXTS
    )
    event = CaseEvent.objects.filter(case=case, number=entry).first() if entry else None
    return event is not None and event.by.get("role") != Role.MEDIATOR and written.exists()


TEXTS = [kind.value for kind in EnclosureKind if kind not in (EnclosureKind.PARTY, EnclosureKind.AGENT)]


def amounts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the amounts a text names in fen, each with its line: in figures, in 万元, in words and in capitals."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in FIGURE.finditer(line):
            after = line[found.end() :]
            value = _figure(found) if found["digits"] else _numeral(found["words"])
            with_unit = bool(MONEY_AFTER.match(after)) or line[: found.start()].rstrip().endswith(("¥", "￥", "人民币"))
            counted = COUNT_AFTER.match(after) and not with_unit
            fen = int(value * 100)
            if fen and fen <= LARGEST and (with_unit or (fen >= LEAST and not counted)):
                yield fen, number


def _figure(found: re.Match[str]) -> Decimal:
    value = Decimal(re.sub(r"[,，]", "", found["digits"])[:24])
    for sign in found["scale"]:
        value *= SCALES[sign]
    return value


def _numeral(words: str) -> Decimal:
    """Return what a number in words means; 八万八 is 88,000."""
    total = section = digit = last = 0
    for sign in words:
        if sign in NUMERALS:
            digit = NUMERALS[sign]
            last = 1 if digit == 0 else last
            continue
        scale = SCALES[sign]
        if scale >= 10_000:
            total, section = (total + section + digit) * scale, 0
        else:
            section += (digit or 1) * scale
        digit, last = 0, scale
    return Decimal(total + section + digit * (last // 10 if last >= 10 else 1))


def _drafted(case: Case) -> tuple[list[str], set[int]]:
    """Return the words and the amounts of every version of an agreement that was on the table."""
    leaves = [leaf for one in AgreementDraft.objects.filter(case=case) for leaf in _leaves(json.loads(one.body))]
    sums = {leaf for leaf in leaves if isinstance(leaf, int) and not isinstance(leaf, bool) and leaf >= LEAST}
    return [leaf for leaf in leaves if isinstance(leaf, str)], sums


def _leaves(told: Any) -> Iterator[Any]:
    if isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _leaves(one)
    else:
        yield told


def _before_all(case: Case) -> Iterator[str]:
    """Yield what the sides said before each other: positions, comments on drafts, records, who else was there."""
    for point in Point.objects.filter(case=case):
        yield from (point.applicants_say, point.respondents_say)
    yield from DraftComment.objects.filter(draft__case=case).values_list("text", flat=True)
    yield from MediationSession.objects.filter(case=case).values_list("others", flat=True)
    for row in Enclosure.objects.filter(case=case, number__isnull=False, kind=EnclosureKind.RECORD.value):
        yield str(row.content().get("text", ""))


def _open_texts(case: Case) -> Iterable[dict[str, str]]:
    rows = Enclosure.objects.filter(case=case, number__isnull=False, kind__in=[kind.value for kind in OPENLY])
    return [row.content() for row in rows]


def _plain(text: str, names: Iterable[str]) -> str:
    """Return letters, digits and characters alone; names and what everybody says count as one character."""
    return "".join(sign for sign, _line in _lined(text, names))


def _lined(text: str, names: Iterable[str]) -> list[tuple[str, int]]:
    """Return the same sign by sign, each with its line."""
    ordered = sorted({*names, *COMMON}, key=len, reverse=True)
    folded = re.compile("|".join(re.escape(one) for one in ordered))
    return [
        (sign, number)
        for number, line in enumerate(text.splitlines(), start=1)
        for sign in folded.sub("某", line)
        if sign.isalnum()
    ]


def _common(confided: str, said: list[tuple[str, int]], known: str, *, soft: bool) -> Finding | None:
    """Return the first long passage of a confidence that a text repeats, or else a short one, unless known anyway."""
    text = "".join(sign for sign, _line in said)
    for length in dict.fromkeys((RUN, SHORTEST) if soft else (RUN,)):
        run = min(length, len(confided))
        for start in range(len(confided) - run + 1) if run >= SHORTEST else ():
            passage = confided[start : start + run]
            if passage in text and passage not in known and passage.count("某") < run // 3:
                whole = run == len(confided) and run < RUN
                return Finding(passage, said[text.index(passage)][1], length == RUN and (run == RUN or whole))
    return None
