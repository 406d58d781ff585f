"""How court documents write things: days in Chinese numerals, periods and how they were counted, articles, people.

Lives here: phrases made of values. Does not live here: what a paper says (``letters``, ``certificates``).
Called by: those two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from mediation import law, workdays
from mediation.models import Party
from mediation.vocabulary import IdentityKind, Institution, InvestorClass, PartyKind, Unit
from mediation.workdays import Calendar, local_day
from roster.identity import mask

_DIGITS = "〇一二三四五六七八九"
_EDITION = re.compile(r"(（[0-9]{4}年修正）)?(.+)")
MOST_NAMED_DAYS = 8

SHORT = {
    "N": "《对接通知》",
    "TY": "《特邀调解规定》",
    "ZX": "《在线调解规则》",
    "ZS": "《在线诉讼规则》",
    "CPL": "《民事诉讼法》",
    "D305": "《多元化解意见》",
    "LT": "《立案调解意见》",
    "ZQ": "《证券法》",
    "QH": "《期货和衍生品法》",
}
"""What instruments are called in brackets; each paper says at its end what the names stand for."""


def solemn_day(day: date) -> str:
    """Return a day as documents are dated: 二〇二六年十一月二十二日."""
    year = "".join(_DIGITS[int(digit)] for digit in f"{day.year:04}")
    return f"{year}年{law.numeral(day.month)}月{law.numeral(day.day)}日"


def plain_day(day: date) -> str:
    """Return a day as documents mention it: 2026年11月22日."""
    return f"{day.year}年{day.month}月{day.day}日"


def plain_instant(at: datetime) -> str:
    """Return an instant in China to the second."""
    local = at.astimezone(workdays.ZONE)
    return f"{plain_day(local.date())}{local.hour}时{local.minute}分{local.second}秒"


def articles(rule_ids: Iterable[str], on: date) -> str:
    """Return rule ids as they are cited on a day, each instrument named once and in full: 《…》第十条、第十四条."""
    return _cited(rule_ids, on, {})


def by_law(rule_ids: Iterable[str], on: date) -> str:
    """Return the same in brackets, to stand behind a sentence, under the short names that ``glossed`` explains."""
    return f"（{_cited(rule_ids, on, SHORT)}）"


def _cited(rule_ids: Iterable[str], on: date, names: Mapping[str, str]) -> str:
    held: dict[str, list[str]] = {}
    for rule_id in rule_ids:
        prefix = rule_id.partition("-")[0]
        name = law.INSTRUMENTS[prefix].name
        edition, place = _EDITION.fullmatch(law.cite(rule_id, on).removeprefix(name)).groups("")  # type: ignore[union-attr]
        held.setdefault(names.get(prefix, name) + edition, []).append(place)
    return "、".join(name + "、".join(places) for name, places in held.items())


def glossed(texts: Iterable[str]) -> str:
    """Return what the short names in these texts stand for, or nothing where there are none."""
    said = "".join(texts)
    used = [f"{short}指{law.INSTRUMENTS[prefix].name}" for prefix, short in SHORT.items() if short in said]
    return f"注：{'；'.join(used)}。" if used else ""


def length(rule: law.Rule) -> str:
    """Return how long a period is: 五个工作日, 三十日."""
    return f"{law.numeral(rule.value)}{Unit(rule.unit).label}"


def counted(clock: Mapping[str, Any], calendar: Calendar) -> str:
    """Return how a due day came about: from which day, which days in between did not count, which were made up."""
    rule = law.row(str(clock["rule"]), settings.OWN_FIGURES)
    since, due = (datetime.fromisoformat(clock[name]) for name in ("since", "due"))
    first, last = local_day(since), local_day(due)
    told = f"自{plain_day(first)}起算（当日不计入），至{plain_day(last)}届满"
    if clock["agreed"]:
        told += "，届满日由当事人约定或者人民法院指定"
    elif rule.unit is Unit.WORKING_DAY:
        told += f"，共{length(rule)}{_exceptions(first, last, calendar)}"
    else:
        raw = workdays.due(rule, since, calendar).last
        rolled = f"；{plain_day(raw)}为休息日，顺延至其后第一个工作日" if raw != last else ""
        told += f"，共{length(rule)}，按自然日计算{rolled}"
    if clock["provisional"]:
        told += "；届满日所在年度的放假安排尚未公布，公布后按公布的安排重新计算"
    return told


def _exceptions(first: date, last: date, calendar: Calendar) -> str:
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    resting = [day for day in days if not calendar.is_working_day(day)]
    made_up = [day for day in days if calendar.is_working_day(day) and day.weekday() >= 5]
    told = f"，其间{_days(resting)}为休息日，不计入" if resting else ""
    return told + (f"，{_days(made_up)}为调休补班日，计入" if made_up else "")


def _days(days: list[date]) -> str:
    if len(days) > MOST_NAMED_DAYS:
        return f"{plain_day(days[0])}至{plain_day(days[-1])}中的{len(days)}日"
    return "、".join(f"{day.month}月{day.day}日" for day in days)


def called(person: Party) -> str:
    """Return what a person is called where no particulars are known here."""
    return person.name or "（未登记姓名）"


def particulars(person: Party) -> str:
    """Return one party with what identifies it, numbers masked."""
    said = [called(person)]
    if person.identity_number:
        kind = IdentityKind(person.identity_kind).label if person.identity_kind else "证件"
        said.append(f"{kind}{mask(person.identity_kind, person.identity_number)}")
    elif person.kind:
        said.append(PartyKind(person.kind).label)
    if person.institution and person.institution != Institution.NONE:
        said.append(Institution(person.institution).label)
    elif person.investor and person.investor != InvestorClass.NONE:
        said.append(InvestorClass(person.investor).label)
    return "，".join(said)


def joined(names: Iterable[str], most: int = 4) -> str:
    """Return names one after another; of more than a few the first and how many there are."""
    known = list(names)
    return "、".join(known) if len(known) <= most else f"{'、'.join(known[: most - 1])}等{len(known)}人"


def shortened(text: str, most: int) -> str:
    """Return a text, or its beginning and where the rest stands."""
    return text if len(text) <= most else f"{text[:most]}……（全文见移送的电子材料）"
