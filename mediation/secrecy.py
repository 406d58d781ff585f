"""What was said in confidence must not stand in a text that leaves the mediation (TY-2, ZX-18; law.md C12).

Lives here: finding passages and amounts of confidences in a text. Does not live here: who may read a confidence
(``rights``), which texts leave (the rule table).
Called by: the door, before a mediator's text is enclosed; the page of the mediator's report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mediation.amounts import AmountError, format_amount, parse_amount
from mediation.models import Case, Enclosure, MediatorNote, Party, Talk
from mediation.vocabulary import Audience, Cause, EnclosureKind, EndGround

RUN = 10
SHORTEST = 6
AMOUNT = re.compile(r"(?:[¥￥]\s*(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s*(亿元|万元|元))")
OPEN = (EnclosureKind.NARRATIVE, EnclosureKind.UNDISPUTED)


def repeated(case: Case, text: str, *, joint: bool) -> list[str]:
    """Return what a text repeats of confidences: passages of ten characters or more, amounts that were offered.

    ``joint`` looks at what was said to all as well: a court may not be told of that either (ZX-18). What the parties
    told the court themselves, or wrote down as undisputed, is no confidence.
    """
    talks = list(Talk.objects.filter(case=case).order_by("id"))
    notes = list(MediatorNote.objects.filter(case=case).order_by("id"))
    if not talks and not notes:
        return []
    names = [one for one in Party.objects.filter(case=case).values_list("name", flat=True) if one]
    known_texts = [str(told.get("text", "")) for told in _open_texts(case)]
    terms = [Cause(case.cause).label, *(ground.label for ground in EndGround)]
    known, said = _plain("。".join([*known_texts, *terms]), names), _plain(text, names)
    secret = [one for one in talks if joint or one.channel != Audience.PARTIES]
    confided = [*(one.text for one in secret), *(one.text for one in notes)]
    found = [run for one in confided if (run := _common(_plain(one, names), said, known))]
    if joint:
        public = {case.amount, *(fen for told in known_texts for fen in _amounts(told))}
        offered = {int(one.offer) for one in talks if one.offer}
        found += [format_amount(fen) for fen in sorted(offered & set(_amounts(text)) - public)]
    return list(dict.fromkeys(found))


def betrays(case: Case, kind: EnclosureKind, audience: Audience, text: str) -> bool:
    """Tell whether a mediator's text of a move would carry a confidence beyond those to whom it was told."""
    if kind is EnclosureKind.UNDISPUTED:
        return bool(repeated(case, text, joint=False))
    return audience in (Audience.ALL, Audience.COURT, Audience.JUDGE) and bool(repeated(case, text, joint=True))


def _open_texts(case: Case) -> Iterable[dict[str, str]]:
    rows = Enclosure.objects.filter(case=case, number__isnull=False, kind__in=[kind.value for kind in OPEN])
    return [row.content() for row in rows]


def _plain(text: str, names: Iterable[str]) -> str:
    """Return letters, digits and characters alone; parties' names, which stand everywhere, count as one character."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "某")
    return "".join(sign for sign in text if sign.isalnum())


def _common(confided: str, said: str, known: str) -> str:
    """Return the first passage of a confidence that a text repeats, unless it was known anyway."""
    length = min(RUN, len(confided))
    if length < SHORTEST:
        return ""
    for start in range(len(confided) - length + 1):
        run = confided[start : start + length]
        if run in said and run not in known:
            return run
    return ""


def _amounts(text: str) -> list[int]:
    found = []
    for bare, figure, unit in AMOUNT.findall(text):
        try:
            fen = parse_amount(f"{figure}{unit}" if figure else bare)
        except AmountError:
            continue
        if fen:
            found.append(fen)
    return found
