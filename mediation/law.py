"""The law as dated data: every statutory number, the platform's own figures, codes, causes, fees and citations.

Lives here: what the law says on a given day, each row with its article and validity. Does not live here: counting days
(``workdays``), who may do what (``guards``, ``lifecycle``), settings (own figures come in as ``figures=``).
Called by: guards, clocks, notices, windows, ``law_page``.

A clock keeps the ``row`` it was started under: a new row never changes a clock that is already running.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

from mediation.vocabulary import Cause, ClockKind, CodePurpose, Gate, Procedure, Track, Unit
from mediation.vocabulary import gettext_noop as _

# ── Instruments and citations ─────────────────────────────────────────────────────────────────────────────────────────

CIVIL_PROCEDURE_2017 = date(2017, 7, 1)
NOTICE = date(2021, 8, 20)
CASE_NUMBERS = date(2016, 1, 1)
"""Since when case numbers have had today's grammar: a number that says it is older is read as one of that year."""
ONLINE_MEDIATION = date(2022, 1, 1)
CIVIL_PROCEDURE_2021 = date(2022, 1, 1)
INTERPRETATION_2022 = date(2022, 4, 10)
CIVIL_PROCEDURE_2023 = date(2024, 1, 1)
DOCKET_FIRST = date(2025, 1, 1)


class UnknownRule(ValueError):
    """没有这个规则编号。"""


class NoRule(LookupError):
    """该日期没有适用的期限规则。"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law, interpretation or policy document, under the prefix of its rule ids."""

    name: str
    since: date


INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        "N": Instrument(_("《关于建立“总对总”证券期货纠纷在线诉调对接机制的通知》（法办〔2021〕313号）"), NOTICE),
        "TY": Instrument(_("《最高人民法院关于人民法院特邀调解的规定》"), date(2016, 7, 1)),
        "ZX": Instrument(_("《人民法院在线调解规则》"), ONLINE_MEDIATION),
        "ZS": Instrument(_("《人民法院在线诉讼规则》"), date(2021, 8, 1)),
        "CPL": Instrument(_("《中华人民共和国民事诉讼法》"), CIVIL_PROCEDURE_2017),
        "JI": Instrument(_("《最高人民法院关于适用〈中华人民共和国民事诉讼法〉的解释》"), date(2015, 2, 4)),
        "SQ": Instrument(_("《最高人民法院关于人民调解协议司法确认程序的若干规定》"), date(2011, 3, 30)),
        "MT": Instrument(_("《最高人民法院关于人民法院民事调解工作若干问题的规定》"), date(2004, 11, 1)),
        "RT": Instrument(_("《中华人民共和国人民调解法》"), date(2011, 1, 1)),
        "ZQ": Instrument(_("《中华人民共和国证券法》"), date(2020, 3, 1)),
        "QH": Instrument(_("《中华人民共和国期货和衍生品法》"), date(2022, 8, 1)),
        "D305": Instrument(
            _("《关于全面推进证券期货纠纷多元化解机制建设的意见》（法〔2018〕305号）"), date(2018, 11, 13)
        ),
        "LT": Instrument(_("《最高人民法院关于严格依法规范民事案件立案与调解工作的意见》"), DOCKET_FIRST),
        "FEE": Instrument(_("《诉讼费用交纳办法》"), date(2007, 4, 1)),
    }
)

# Rule ids quote the 2023 numbers of the Civil Procedure Law: (2017, 2021, 2023); 0 = no such article yet.
CIVIL_PROCEDURE_ARTICLES: Mapping[int, tuple[int, int, int]] = MappingProxyType(
    {
        16: (0, 16, 16),
        **{number: (number - 1, number, number) for number in (18, 19, 20, 21, 22, 24, 29, 35)},
        **{number: (number - 3, number, number) for number in (61, 62, 85, 86, 90, 100, 101, 102)},
        **{number: (number - 3, number, number) for number in (124, 125, 126, 152, 164)},
        **{number: (number - 7, number, number) for number in (185, 187)},
        205: (194, 201, 205),
        206: (195, 202, 206),
        250: (239, 246, 250),
    }
)

# The 2022 revision of the interpretation dropped two articles before these.
_INTERPRETATION_MOVED = frozenset(range(351, 373))

TOPICS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "CONFIRMATION_COURT": ("CPL-205", _("司法确认的申请和管辖")),
        "CONFIRMATION_RULING": ("CPL-206", _("司法确认裁定及其效力")),
        "CONFIRMATION_REVIEW": ("CPL-187", _("特别程序审限")),
        "SINGLE_INSTANCE": ("CPL-185", _("特别程序一审终审")),
        "E_SERVICE": ("CPL-90", _("电子送达")),
        "PERIODS": ("CPL-85", _("期间计算")),
        "PERIOD_RESTORED": ("CPL-86", _("期间顺延")),
        "PRIOR_MEDIATION": ("CPL-125", _("先行调解")),
        "DOCKETING": ("CPL-126", _("立案期限")),
        "COMPLAINT": ("CPL-124", _("起诉状内容")),
        "AGENTS": ("CPL-61", _("诉讼代理人")),
        "AUTHORITY": ("CPL-62", _("授权委托和特别授权")),
        "DECREE": ("CPL-100", _("调解书")),
        "REPUDIATION": ("CPL-102", _("调解书送达前反悔")),
        "ENFORCEMENT": ("CPL-250", _("申请执行期间")),
    }
)

_NOTICE_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "2": "第二部分",
        "4.1": "第四部分（一）",
        "4.2a": "第四部分（二）第一款",
        "4.2b": "第四部分（二）第二款",
        "4.2c": "第四部分（二）第三款",
        "4.2d": "第四部分（二）第四款",
        "4.3": "第四部分（三）",
        "4.4a": "第四部分（四）第一款",
        "4.4b": "第四部分（四）第一款",
        "4.4c": "第四部分（四）第二款",
        "4.5a": "第四部分（五）第一款",
        "4.5b": "第四部分（五）第一款",
        "4.5c": "第四部分（五）第二款",
        "4.5d": "第四部分（五）第二款",
        "4.5e": "第四部分（五）第二款",
        "4.5f": "第四部分（五）第三款",
        "4.5g": "第四部分（五）第三款",
        "4.6": "第四部分（六）",
        "5.1": "第五部分（一）",
        "5.2": "第五部分（二）",
        "5.3": "第五部分（三）",
        "5.4": "第五部分（四）",
        "6": "末段",
    }
)

_ARTICLE = re.compile(r"(?P<prefix>[A-Z]+(?:305)?)-(?P<number>\d{1,3})(?:\((?P<item>\d{1,2})\))?")


def numeral(number: int) -> str:
    """Return a number from 1 to 999 in the Chinese form used for articles (205 → 二百零五)."""
    if not 1 <= number <= 999:
        raise ValueError(number)
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        words += f"{digits[tens] if tens > 1 or hundreds else ''}十"
    elif hundreds and ones:
        words += "零"
    return words + (digits[ones] if ones else "")


def cite(rule_id: str, on: date) -> str:
    """Return the Chinese citation of a rule id (ZX-12, ZX-25(7), N-4.5g, CPL-205) as numbered on that day.

    An instrument not yet in force on that day says so. Raises UnknownRule.
    """
    if rule_id.startswith("N-") and rule_id[2:] in _NOTICE_PARTS:
        prefix, place = "N", _NOTICE_PARTS[rule_id[2:]]
    elif (found := _ARTICLE.fullmatch(rule_id)) and found["prefix"] in INSTRUMENTS.keys() - {"N"}:
        prefix = found["prefix"]
        number, edition = _article_number(prefix, int(found["number"]), on)
        item = f"第{numeral(int(found['item']))}项" if found["item"] else ""
        place = f"{edition}第{numeral(number)}条{item}"
    else:
        raise UnknownRule(rule_id)
    instrument = INSTRUMENTS[prefix]
    later = "" if prefix == "CPL" or on >= instrument.since else f"（{instrument.since:%Y-%m-%d}起施行）"
    return f"{instrument.name}{place}{later}"


def _article_number(prefix: str, number: int, on: date) -> tuple[int, str]:
    if prefix == "CPL":
        if number not in CIVIL_PROCEDURE_ARTICLES:
            raise UnknownRule(f"CPL-{number}")
        edition = 2 if on >= CIVIL_PROCEDURE_2023 else 1 if on >= CIVIL_PROCEDURE_2021 else 0
        numbers = CIVIL_PROCEDURE_ARTICLES[number]
        edition = edition if numbers[edition] else 1
        return numbers[edition], f"（{(2017, 2021, 2023)[edition]}年修正）"
    if prefix == "JI" and on < INTERPRETATION_2022 and number in _INTERPRETATION_MOVED:
        return number + 2, ""
    if not number:
        raise UnknownRule(f"{prefix}-{number}")
    return number, ""


def article(topic: str, on: date) -> str:
    """Return where the Civil Procedure Law governs a topic of ``TOPICS`` on that day; raises UnknownRule."""
    if topic not in TOPICS:
        raise UnknownRule(topic)
    return cite(TOPICS[topic][0], on)


# ── Periods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Dated(Protocol):
    """Anything that is the law for a span of days."""

    @property
    def valid_from(self) -> date: ...

    @property
    def valid_until(self) -> date | None: ...


def in_force(row: Dated, on: date) -> bool:
    """Tell whether a dated row is the law on that day; ``valid_until`` is the first day on which it no longer is."""
    return row.valid_from <= on and (row.valid_until is None or on < row.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One period: how long, counted how and from what, where it stands, and when that was so.

    ``own_figure``: the law gives no number, the platform set one; never shown as law. ``flag`` and ``soft`` are shorter
    figures in the same unit. ``citation`` quotes the numbering of the row's last (or present) day; ``cited`` any other.
    """

    row: str
    clock: ClockKind
    tracks: frozenset[Track] | None
    procedure: Procedure | None
    value: int
    unit: Unit
    counted_from: str
    extension: str
    rule_ids: tuple[str, ...]
    citation: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    own_figure: bool
    flag: int | None
    soft: int | None
    settles: str | None
    note: str

    @property
    def key(self) -> str:
        """Return the row id without its date: the name under which ``figures`` may set the value."""
        return self.row.rpartition("/")[0]

    def cited(self, on: date) -> tuple[str, ...]:
        """Return the citations as the articles were numbered on that day."""
        return tuple(cite(rule_id, on) for rule_id in self.rule_ids)


_A, _B, _C, _D = Track.DELEGATED, Track.ENTRUSTED, Track.DIRECT, Track.OFFLINE
_COURT = (_A, _B)

_AGREED = _("各方当事人同意可以延长")
_FIXED = _("没有延长的规定")
_PRESIDENT = _("有特殊情况需要延长的，由本院院长批准")
_COURT_SET = _("由人民法院指定")
_OWN = _("法律未规定期限，由本平台设定")
_BEFORE_ZX = _("《人民法院在线调解规则》施行前没有明文，由本平台参照设定")


def _rule(
    row: str,
    value: int,
    unit: Unit,
    rule_ids: str,
    *,
    start: str,
    tracks: Iterable[Track] | None = None,
    procedure: Procedure | None = None,
    until: date | None = None,
    extension: str = _FIXED,
    own: bool = False,
    flag: int | None = None,
    soft: int | None = None,
    settles: str | None = None,
    note: str = "",
) -> Rule:
    kind, _variant, since = row.split("/")
    ids = tuple(rule_ids.split())
    last = until - timedelta(days=1) if until else date.max
    return Rule(
        row=row,
        clock=ClockKind(kind),
        tracks=None if tracks is None else frozenset(tracks),
        procedure=procedure,
        value=value,
        unit=unit,
        counted_from=start,
        extension=extension,
        rule_ids=ids,
        citation=tuple(cite(rule_id, last) for rule_id in ids),
        valid_from=date.fromisoformat(since),
        valid_until=until,
        own_figure=own,
        flag=flag,
        soft=soft,
        settles=settles,
        note=note,
    )


_WD, _DAY, _MONTH, _YEAR = Unit.WORKING_DAY, Unit.DAY, Unit.MONTH, Unit.YEAR

_READY_FROM = _("人民法院收到调解申请之日（待委派委托的，共同选择期限届满或者各方均交由法院指定之日）")
_APPLIED_FROM = _("调解组织收到当事人申请之日")
_ACCEPTED_FROM = _("调解组织在平台确认接受之日")
_SIGNED_FOR_FROM = _("调解组织或者调解员签字接收人民法院移交材料之日")
_BOTH_CONSENT_FROM = _("双方当事人同意调解，或者案件回到待委派委托状态之日")
_EFFECTIVE_FROM = _("调解协议生效之日")
_SOUGHT_FROM = _("人民法院收到司法确认申请之日")
_REGISTERED_FROM = _("司法确认案件立案之日")
_RULING_FROM = _("当事人收到确认裁定之日")
_KNOWN_FROM = _("利害关系人知道或者应当知道其民事权益受到侵害之日")
_PERFORMANCE_FROM = _("法律文书规定的履行期间最后一日；分期履行的，最后一期届满之日")
_HANDED_BACK_FROM = _("人民法院收到调解不成的案件材料之日")

_LAW_CHANGED = _("条文序号随修正变动，内容不变")
_WHY_REPLY = _(
    "通知专门规定本机制的答复期限，按五个工作日执行，第三个工作日提示；按效力位阶应为三个工作日；逾期不视为接受"
)
_WHY_CLOCK = _("在线调解的期限自平台确认接受起算，与先前司法解释不一致的以在线调解规则为准")
_WHY_REVIEW = _("以三十日为限，十五日为内部催办线")

RULES: tuple[Rule, ...] = (
    _rule("DESIGNATE/COURT/2021-08-20", 3, _WD, "TY-12", start=_READY_FROM, tracks=_COURT, until=ONLINE_MEDIATION,
          own=True, note=_BEFORE_ZX),
    _rule("DESIGNATE/COURT/2022-01-01", 3, _WD, "ZX-10", start=_READY_FROM, tracks=_COURT),
    _rule("ANSWER/COURT/2021-08-20", 5, _WD, "N-4.5f", start=_("人民法院向当事人征询意愿之日"), tracks=_COURT, own=True,
          extension=_("人民法院可以再次征询"), note=_OWN),
    _rule("CHOOSE/COURT/2021-08-20", 2, _WD, "TY-12", start=_BOTH_CONSENT_FROM, tracks=_COURT, until=ONLINE_MEDIATION,
          own=True, note=_BEFORE_ZX),
    _rule("CHOOSE/COURT/2022-01-01", 2, _WD, "ZX-10", start=_BOTH_CONSENT_FROM, tracks=_COURT,
          note=_("逾期未共同选定的，由人民法院指定")),
    _rule("REPLY/DELEGATED/2021-08-20", 5, _WD, "N-4.5g", start=_("调解组织收到委派、委托调解通知之日"), tracks=_COURT,
          until=ONLINE_MEDIATION, flag=3, note=_("逾期不视为接受，案件退回人民法院另行指定")),
    _rule("REPLY/DELEGATED/2022-01-01", 5, _WD, "N-4.5g ZX-12", start=_("调解组织收到委派、委托调解通知之日"),
          tracks=_COURT, flag=3, settles="C1", note=_WHY_REPLY),
    _rule("REPLY/DIRECT/2021-08-20", 3, _WD, "N-4.5b", start=_APPLIED_FROM, tracks=(_C,), until=ONLINE_MEDIATION,
          own=True, note=_BEFORE_ZX),
    _rule("REPLY/DIRECT/2022-01-01", 3, _WD, "ZX-12", start=_APPLIED_FROM, tracks=(_C,),
          note=_("逾期不视为受理，当事人可以另行选择")),
    _rule("RECEIPT/PLATFORM/2021-08-20", 1, _WD, "N-4.5a", start=_("本平台发出移送之日"), own=True, note=_OWN),
    _rule("CONTACT/MEDIATOR/2021-08-20", 3, _WD, "TY-14", start=_ACCEPTED_FROM, until=ONLINE_MEDIATION, own=True,
          note=_BEFORE_ZX),
    _rule("CONTACT/MEDIATOR/2022-01-01", 3, _WD, "ZX-15", start=_ACCEPTED_FROM,
          note=_("对方无法联系的，终结调解并告知申请人")),
    _rule("MEDIATE/DELEGATED/2016-07-01", 30, _DAY, "TY-27", start=_SIGNED_FOR_FROM, tracks=(_A,),
          until=ONLINE_MEDIATION, extension=_AGREED),
    _rule("MEDIATE/DELEGATED/2022-01-01", 30, _DAY, "ZX-24", start=_ACCEPTED_FROM, tracks=(_A,), extension=_AGREED,
          settles="C2", note=_WHY_CLOCK),
    _rule("MEDIATE/ORDINARY/2016-07-01", 15, _DAY, "TY-27", start=_SIGNED_FOR_FROM, tracks=(_B,),
          procedure=Procedure.ORDINARY, until=ONLINE_MEDIATION, extension=_AGREED),
    _rule("MEDIATE/ORDINARY/2022-01-01", 15, _DAY, "ZX-24", start=_ACCEPTED_FROM, tracks=(_B,),
          procedure=Procedure.ORDINARY, until=DOCKET_FIRST, extension=_AGREED, settles="C2", note=_WHY_CLOCK),
    _rule("MEDIATE/ORDINARY/2025-01-01", 15, _DAY, "ZX-24 LT-3", start=_ACCEPTED_FROM, tracks=(_B,),
          procedure=Procedure.ORDINARY, extension=_("双方当事人同意的，可以延长一次，不超过三十日"), settles="C2",
          note=_("平台确认接受即视为签收材料，两个时间都予记录")),
    _rule("MEDIATE/SUMMARY/2016-07-01", 7, _DAY, "TY-27", start=_SIGNED_FOR_FROM, tracks=(_B,),
          procedure=Procedure.SUMMARY, until=ONLINE_MEDIATION, extension=_AGREED),
    _rule("MEDIATE/SUMMARY/2022-01-01", 7, _DAY, "ZX-24", start=_ACCEPTED_FROM, tracks=(_B,),
          procedure=Procedure.SUMMARY, until=DOCKET_FIRST, extension=_AGREED, settles="C2", note=_WHY_CLOCK),
    _rule("MEDIATE/SUMMARY/2025-01-01", 7, _DAY, "ZX-24 LT-3", start=_ACCEPTED_FROM, tracks=(_B,),
          procedure=Procedure.SUMMARY, extension=_("双方当事人同意的，可以延长一次，不超过三十日"), settles="C2",
          note=_("平台确认接受即视为签收材料，两个时间都予记录")),
    _rule("MEDIATE/DIRECT/2021-08-20", 30, _DAY, "N-4.5b", start=_ACCEPTED_FROM, tracks=(_C, _D),
          until=ONLINE_MEDIATION, extension=_AGREED, own=True, note=_BEFORE_ZX),
    _rule("MEDIATE/DIRECT/2022-01-01", 30, _DAY, "ZX-24", start=_ACCEPTED_FROM, tracks=(_C, _D), extension=_AGREED,
          settles="C2", note=_WHY_CLOCK),
    _rule("REVIEW_SUSPICION/ORGANISATION/2021-08-20", 3, _WD, "TY-18", start=_("调解员中止调解并报告之日"), own=True,
          note=_("规定要求及时审查，未规定天数，由本平台设定")),
    _rule("APPRAISAL/ORGANISATION/2021-08-20", 60, _DAY, "ZX-26", start=_("因诉前委托鉴定中止调解之日"), own=True,
          extension=_("鉴定未完成的，可以再次跟进"), note=_("鉴定期间不计入调解期限；此为跟进提醒，由本平台设定")),
    _rule("COMPLETE/ORGANISATION/2021-08-20", 3, _WD, "TY-23 ZX-19", start=_EFFECTIVE_FROM, own=True, settles="C11",
          note=_("协议自最后一方当事人签章时生效；调解员签名、组织盖章后方为完备")),
    _rule("CONFIRM/PARTIES/2017-07-01", 30, _DAY, "CPL-205", start=_EFFECTIVE_FROM, tracks=(_A, _C, _D),
          until=CIVIL_PROCEDURE_2021, settles="C17"),
    _rule("CONFIRM/PARTIES/2022-01-01", 30, _DAY, "CPL-205", start=_EFFECTIVE_FROM, tracks=(_A, _C, _D),
          until=CIVIL_PROCEDURE_2023, settles="C17"),
    _rule("CONFIRM/PARTIES/2024-01-01", 30, _DAY, "CPL-205", start=_EFFECTIVE_FROM, tracks=(_A, _C, _D), settles="C17",
          note=_LAW_CHANGED),
    _rule("DECIDE/ENTRUSTED/2021-08-20", 7, _DAY, "TY-20 ZX-20", start=_("调解协议移送人民法院之日"), tracks=(_B,),
          own=True, note=_("申请出具调解书或者撤诉；法律未规定期限，由本平台设定")),
    _rule("DECIDE/REFUSED/2021-08-20", 30, _DAY, "CPL-206", start=_("裁定不予受理或者驳回申请之日"),
          tracks=(_A, _C, _D), own=True, note=_("重新调解、另行申请或者起诉；法律未规定期限，由本平台设定")),
    _rule("DOCKET/COURT/2017-07-01", 7, _DAY, "CPL-126", start=_HANDED_BACK_FROM, tracks=(_A, _C, _D),
          until=CIVIL_PROCEDURE_2021),
    _rule("DOCKET/COURT/2022-01-01", 7, _DAY, "CPL-126 ZX-21", start=_HANDED_BACK_FROM, tracks=(_A, _C, _D)),
    _rule("RESUME/COURT/2021-08-20", 3, _WD, "N-4.5d TY-21", start=_HANDED_BACK_FROM, tracks=(_B,), own=True,
          note=_OWN),
    _rule("TRANSFER/APPLICANT/2021-08-20", 15, _DAY, "N-4.5d ZX-21", start=_("告知申请人调解不成之日"),
          tracks=(_C, _D), own=True, note=_OWN),
    _rule("ACCEPT/COURT/2011-03-30", 3, _DAY, "SQ-4", start=_SOUGHT_FROM, settles="C17",
          note=_("按自然日计算；双方同时到场的，可以当即决定")),
    _rule("SUPPLEMENT/COURT/2021-08-20", 7, _DAY, "JI-354 JI-357", start=_("通知当事人补充材料之日"), own=True,
          extension=_COURT_SET, note=_("期限由人民法院指定，未指定时按此计算；逾期可按撤回申请处理")),
    _rule("REVIEW/COURT/2017-07-01", 30, _DAY, "CPL-187 SQ-5", start=_REGISTERED_FROM, until=CIVIL_PROCEDURE_2021,
          extension=_PRESIDENT, soft=15, settles="C6", note=_WHY_REVIEW),
    _rule("REVIEW/COURT/2022-01-01", 30, _DAY, "CPL-187 SQ-5", start=_REGISTERED_FROM, extension=_PRESIDENT, soft=15,
          settles="C6", note=_WHY_REVIEW),
    _rule("OBJECT/PARTIES/2015-02-04", 15, _DAY, "JI-372", start=_RULING_FROM, until=INTERPRETATION_2022, settles="C7"),
    _rule("OBJECT/PARTIES/2022-04-10", 15, _DAY, "JI-372", start=_RULING_FROM, settles="C7", note=_LAW_CHANGED),
    _rule("OUTSIDER_OBJECT/OUTSIDER/2015-02-04", 6, _MONTH, "JI-372", start=_KNOWN_FROM, until=INTERPRETATION_2022,
          settles="C7"),
    _rule("OUTSIDER_OBJECT/OUTSIDER/2022-04-10", 6, _MONTH, "JI-372", start=_KNOWN_FROM, settles="C7",
          note=_LAW_CHANGED),
    _rule("ENFORCE/PARTIES/2017-07-01", 2, _YEAR, "CPL-250", start=_PERFORMANCE_FROM, until=CIVIL_PROCEDURE_2021,
          extension=_("适用诉讼时效中止、中断的规定")),
    _rule("ENFORCE/PARTIES/2022-01-01", 2, _YEAR, "CPL-250", start=_PERFORMANCE_FROM, until=CIVIL_PROCEDURE_2023,
          extension=_("适用诉讼时效中止、中断的规定")),
    _rule("ENFORCE/PARTIES/2024-01-01", 2, _YEAR, "CPL-250", start=_PERFORMANCE_FROM,
          extension=_("适用诉讼时效中止、中断的规定"), note=_LAW_CHANGED),
    _rule("ISSUE/COURT/2021-08-20", 15, _DAY, "CPL-100", start=_("人民法院收到出具调解书申请之日"), own=True,
          note=_OWN),
    _rule("SERVE/PARTIES/2021-08-20", 30, _DAY, "CPL-100 JI-149", start=_("人民法院制作调解书之日"), own=True,
          note=_OWN),
    _rule("PROVE/ORGANISATION/2021-08-20", 5, _WD, "N-4.5e", start=_("调解组织收到人民法院询问之日"), tracks=(_D,),
          own=True, note=_("逾期未证明的，退回当事人；法律未规定期限，由本平台设定")),
    _rule("PERFORM/PARTIES/2021-08-20", 30, _DAY, "N-4.5c ZX-20", start=_("最后一期履行期限届满之日"),
          tracks=(_A, _C, _D), own=True, note=_("未申请司法确认的协议分期履行的，平台跟进至此；期满结案")),
)  # fmt: skip

_BY_ROW: Mapping[str, Rule] = MappingProxyType({rule.row: rule for rule in RULES})

GRACE = "GRACE/PEER"
"""For how many days the end of a person's period waits for a platform out of reach, where it may have been met."""

QUIET_FROM, QUIET_UNTIL = "QUIET/FROM", "QUIET/UNTIL"
"""The hours of the day in China between which nobody's telephone is disturbed."""

UNOPENED = "SERVICE/UNOPENED"
"""After how many days a document that was sent and neither opened nor answered is sent by the next channel."""

RETRIED = "MESSAGE/RETRIED"
"""For how many days a message that no gateway takes is tried again before people must look."""

HOURS = frozenset({QUIET_FROM, QUIET_UNTIL})
CAMPAIGN_OPENS = "CAMPAIGN/OPEN"
"""Within how many days of a quarter's beginning its consolidation opens by itself (N-4.3 gives no figure)."""

CAMPAIGN_REMINDS = ("CAMPAIGN/REMIND/1", "CAMPAIGN/REMIND/2", "CAMPAIGN/REMIND/3")
"""How many days before its last day a consolidation reminds by itself (N-4.3 gives no figure)."""

# What a deployment may set, with the default: figures the law leaves open, and the reply period of C1 (3 to 5).
SETTABLE: Mapping[str, int] = MappingProxyType(
    {rule.key: rule.value for rule in RULES if rule.valid_until is None and (rule.own_figure or rule.settles == "C1")}
    | {GRACE: 3, QUIET_FROM: 21, QUIET_UNTIL: 8, UNOPENED: 3, RETRIED: 2, CAMPAIGN_OPENS: 30}
    | dict(zip(CAMPAIGN_REMINDS, (15, 5, 1), strict=True))
)


def check_figures(figures: Mapping[str, int]) -> None:
    """Refuse, with a ValueError in Chinese, figures that name no settable row or are no whole numbers within bounds."""
    for key, value in figures.items():
        if key not in SETTABLE:
            raise ValueError(f"“{key}”不是可以设定的期限；可以设定的有：{'、'.join(SETTABLE)}")
        low, high = (3, 5) if key == "REPLY/DELEGATED" else (0, 23) if key in HOURS else (1, 365)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"“{key}”应当是{low}至{high}之间的整数，现为“{value}”")


def grace(figures: Mapping[str, int]) -> timedelta:
    """Return how long the end of a person's period waits for a platform out of reach."""
    return timedelta(days=figures.get(GRACE, SETTABLE[GRACE]))


def is_quiet(hour: int, figures: Mapping[str, int]) -> bool:
    """Tell whether messages to telephones wait at this hour of the day in China; equal hours leave no quiet time."""
    since, until = (figures.get(key, SETTABLE[key]) for key in (QUIET_FROM, QUIET_UNTIL))
    return since <= hour < until if since <= until else hour >= since or hour < until


def patience(key: str, figures: Mapping[str, int]) -> timedelta:
    """Return how long is waited by one of the figures ``UNOPENED`` and ``RETRIED``."""
    return timedelta(days=figures.get(key, SETTABLE[key]))


def opens_within(figures: Mapping[str, int]) -> timedelta:
    """Return how long after a quarter's beginning its consolidation still opens by itself."""
    return timedelta(days=figures.get(CAMPAIGN_OPENS, SETTABLE[CAMPAIGN_OPENS]))


def reminded_before(figures: Mapping[str, int]) -> list[int]:
    """Return on which days before its last one a consolidation reminds by itself, the earliest first."""
    return sorted({figures.get(key, SETTABLE[key]) for key in CAMPAIGN_REMINDS}, reverse=True)


def row(row_id: str, figures: Mapping[str, int] = MappingProxyType({})) -> Rule:
    """Return the rule a clock was started under, with the deployment's own figure if it has set one; raises NoRule."""
    if row_id not in _BY_ROW:
        raise NoRule(f"没有编号为“{row_id}”的期限规则")
    rule = _BY_ROW[row_id]
    settable = rule.own_figure or rule.settles == "C1"
    return replace(rule, value=figures[rule.key]) if settable and rule.key in figures else rule


def rule_for(
    clock: ClockKind,
    *,
    track: Track,
    on: date,
    procedure: Procedure | None = None,
    figures: Mapping[str, int] = MappingProxyType({}),
) -> Rule:
    """Return the period that governs a clock started on that day on that track.

    ``procedure`` matters for mediation after docketing only; ``figures`` (row key → value, see ``check_figures``)
    replaces the platform's own figures. Raises NoRule.
    """
    for rule in RULES:
        if (
            rule.clock is clock
            and (rule.tracks is None or track in rule.tracks)
            and (rule.procedure is None or rule.procedure is procedure)
            and in_force(rule, on)
        ):
            return row(rule.row, figures)
    raise NoRule(f"{on:%Y-%m-%d}没有适用于“{track.label}”的“{clock.label}”规则")


@dataclass(frozen=True, slots=True)
class Extension:
    """How far the mediation period may be prolonged by agreement (C3), by the day the case was filed.

    ``cap``: days of one extension, None = any agreed date; ``times``: how often; ``warn_total``: days of mediation in
    all beyond which the mediator is warned.
    """

    row: str
    tracks: frozenset[Track]
    cap: int | None
    times: int | None
    warn_total: int | None
    rule_ids: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    settles: str
    note: str


EXTENSIONS: tuple[Extension, ...] = (
    Extension(
        "EXTENSION/OPEN/2016-07-01", frozenset({_A, _C, _D}), None, None, 60, ("TY-27", "ZX-24"), date(2016, 7, 1),
        None, "C3", _("各方同意的任意日期；合计超过六十日时提示"),
    ),
    Extension(
        "EXTENSION/ENTRUSTED/2016-07-01", frozenset({_B}), None, None, 60, ("TY-27", "ZX-24"), date(2016, 7, 1),
        DOCKET_FIRST, "C3", _("各方同意的任意日期；延长期间不计入审限"),
    ),
    Extension(
        "EXTENSION/ENTRUSTED/2025-01-01", frozenset({_B}), 30, 1, None, ("LT-3", "ZX-24"), DOCKET_FIRST, None,
        "C3", _("2025年1月1日以后收到的案件，延长一次，不超过三十日，不计入审限"),
    ),
)  # fmt: skip


def extension_for(track: Track, filed_on: date) -> Extension:
    """Return the extension row for a case of that track filed on that day; raises NoRule."""
    for extension in EXTENSIONS:
        if track in extension.tracks and in_force(extension, filed_on):
            return extension
    raise NoRule(f"{filed_on:%Y-%m-%d}没有适用于“{track.label}”的延长规则")


def extension_cap(track: Track, filed_on: date) -> int | None:
    """Return the most days mediation may be extended by, None if the parties may agree on any date (ZX-24, LT-3)."""
    return extension_for(track, filed_on).cap


# ── Policies, codes, causes ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether disputes filed in a span of days may be delegated before docketing (C4)."""

    row: str
    gate: Gate
    rule_ids: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    settles: str
    note: str

    def cited(self, on: date) -> tuple[str, ...]:
        """Return the citations as the articles were numbered on that day."""
        return tuple(cite(rule_id, on) for rule_id in self.rule_ids)


POLICIES: tuple[Policy, ...] = (
    Policy(
        "DELEGATION/OPEN/2016-07-01", Gate.OPEN, ("TY-11", "N-4.5a"), date(2016, 7, 1), DOCKET_FIRST, "C4",
        _("经当事人同意，可以在立案前委派调解"),
    ),
    Policy(
        "DELEGATION/RESTRICTED/2025-01-01", Gate.RESTRICTED, ("LT-1", "LT-2", "N-4.5a", "ZX-10"), DOCKET_FIRST, None,
        "C4", _("起诉符合条件的应当登记立案；立案人员写明理由方可立案前委派，或者立案后再委托；不影响当事人自行申请"),
    ),
)  # fmt: skip


def delegation_policy(filed_on: date) -> Policy:
    """Return the policy on pre-docketing delegation for a case filed on that day; raises NoRule."""
    for policy in POLICIES:
        if in_force(policy, filed_on):
            return policy
    raise NoRule(f"{filed_on:%Y-%m-%d}没有立案前委派的规定")


@dataclass(frozen=True, slots=True)
class CaseCode:
    """The type code (类型代字) a purpose takes in a span of days (C8)."""

    purpose: CodePurpose
    code: str
    valid_from: date
    valid_until: date | None
    note: str


_UNVERIFIED = _("2025年意见施行后是否沿用未经核实，可按法院改设")

CASE_CODES: tuple[CaseCode, ...] = (
    CaseCode(CodePurpose.PRE_MEDIATION, "诉前调", date(2016, 1, 1), DOCKET_FIRST, _("立案前委派调解登记")),
    CaseCode(CodePurpose.PRE_MEDIATION, "诉前调", DOCKET_FIRST, None,
             _("有报道称已取消；仅用于写明理由的立案前委派，可按法院改设")),
    CaseCode(CodePurpose.CONFIRMATION, "民特", date(2016, 1, 1), date(2022, 1, 1), _("特别程序通用代字")),
    CaseCode(CodePurpose.CONFIRMATION, "诉前调确", date(2022, 1, 1), DOCKET_FIRST, _("代替民特")),
    CaseCode(CodePurpose.CONFIRMATION, "诉前调确", DOCKET_FIRST, None, _UNVERIFIED),
    CaseCode(CodePurpose.DECREE, "民初", date(2016, 1, 1), date(2022, 1, 1), _("先立案后出具调解书")),
    CaseCode(CodePurpose.DECREE, "诉前调书", date(2022, 1, 1), DOCKET_FIRST, _("代替民初")),
    CaseCode(CodePurpose.DECREE, "民初", DOCKET_FIRST, None, _("依2025年意见先行立案；可按法院改设")),
    CaseCode(CodePurpose.FIRST_INSTANCE, "民初", date(2016, 1, 1), None, ""),
)  # fmt: skip


def case_code(
    purpose: CodePurpose,
    on: date,
    court: str | None = None,
    overrides: Mapping[tuple[str, CodePurpose], str] = MappingProxyType({}),
) -> str:
    """Return the type code of a case number taken on that day.

    ``overrides`` holds what single courts (by court code) use instead. Raises NoRule before 2016, when the grammar of
    case numbers began.
    """
    if court is not None and (court, purpose) in overrides:
        return overrides[court, purpose]
    for code in CASE_CODES:
        if code.purpose is purpose and in_force(code, on):
            return code.code
    raise NoRule(f"{on:%Y-%m-%d}没有“{purpose.label}”的案件类型代字")


# Numbers of 《民事案件案由规定》 by edition; a bracket is the place below the number. Not listed = no number known.
_CAUSES_2020: Mapping[Cause, tuple[int, int]] = MappingProxyType(
    {
        Cause.OWNERSHIP: (302, 0),
        Cause.TRADING_CONTRACT: (303, 0),
        Cause.BOND: (303, 2),
        Cause.FUND: (303, 4),
        Cause.DERIVATIVES: (304, 0),
        Cause.UNDERWRITING: (305, 0),
        Cause.ADVISORY: (306, 0),
        Cause.RATING: (307, 0),
        Cause.REPO: (308, 0),
        Cause.LISTING: (309, 0),
        Cause.BROKERAGE: (310, 0),
        Cause.SPONSORSHIP: (311, 0),
        Cause.ISSUANCE: (312, 0),
        Cause.RESTITUTION: (313, 0),
        Cause.INSIDER_TRADING: (314, 1),
        Cause.MANIPULATION: (314, 2),
        Cause.MISSTATEMENT: (314, 3),
        Cause.CLIENT_FRAUD: (314, 4),
        Cause.CUSTODY: (315, 0),
        Cause.REGISTRATION: (316, 0),
        Cause.MARGIN: (317, 0),
        Cause.CLIENT_FUNDS: (318, 0),
        Cause.FUTURES_BROKERAGE: (319, 0),
        Cause.FUTURES_OVERDRAFT: (320, 0),
        Cause.FORCED_LIQUIDATION: (321, 0),
        Cause.FUTURES_DELIVERY: (322, 0),
        Cause.FUTURES_AGENCY: (324, 0),
        Cause.FUTURES_MARGIN: (325, 0),
        Cause.FUTURES_FRAUD: (326, 0),
        Cause.FUTURES_MANIPULATION: (327, 0),
        Cause.FUTURES_INSIDER: (328, 0),
    }
)


def _causes(shift: int) -> Mapping[Cause, str]:
    return MappingProxyType(
        {
            cause: f"{number + shift}" + (f"（{place}）" if place else "")
            for cause, (number, place) in _CAUSES_2020.items()
        }
    )


# Edition → numbers; the newer edition moved the whole block by 38.
CAUSE_NUMBERS: Mapping[int, Mapping[Cause, str]] = MappingProxyType({2020: _causes(0), 2026: _causes(38)})
_CAUSE_EDITIONS = ((date(2026, 1, 1), 2026), (date(2021, 1, 1), 2020))


def cause_number(cause: Cause, on: date) -> str | None:
    """Return the number of a cause in the edition in force that day (314（3）), None where none is known."""
    for since, edition in _CAUSE_EDITIONS:
        if on >= since:
            return CAUSE_NUMBERS[edition].get(cause)
    return None


# ── Fees ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

# (upper bound in fen, rate in thousandths) above the first ¥10,000, for which ¥50 is due; the last has no bound.
FEE_BASE_LIMIT, FEE_BASE = 10_000_00, 50_00
FEE_BANDS: tuple[tuple[int | None, int], ...] = (
    (100_000_00, 25),
    (200_000_00, 20),
    (500_000_00, 15),
    (1_000_000_00, 10),
    (2_000_000_00, 9),
    (5_000_000_00, 8),
    (10_000_000_00, 7),
    (20_000_000_00, 6),
    (None, 5),
)


def acceptance_fee(amount: int) -> int:
    """Return the acceptance fee in fen of a property claim in fen (诉讼费用交纳办法 art. 13), rounded to the fen.

    Raises ValueError for a negative amount. Judicial confirmation costs nothing (art. 8).
    """
    if amount < 0:
        raise ValueError("金额不能为负数")
    thousandths, lower = FEE_BASE * 1000, FEE_BASE_LIMIT
    for upper, rate in FEE_BANDS:
        within = (amount if upper is None else min(amount, upper)) - lower
        if within <= 0:
            break
        thousandths += within * rate
        lower = upper or lower
    return (thousandths + 500) // 1000


def half_fee(amount: int) -> int:
    """Return half the acceptance fee in fen: closed by mediation or withdrawal, or summary procedure (arts. 15, 16)."""
    return (acceptance_fee(amount) + 1) // 2
