"""What would make a court refuse or reject an agreement for what its text says, or does not say (JI-355, JI-358).

Lives here: the checks of a text, whichever way it came: drawn up from clauses, typed, sent by REST, on paper. Does not
live here: what only clauses with their variables tell (``clauses.defects``); the court's own judgement: words that only
hint at a ground warn a human, they never decide.
Called by: the door, before an agreement is put before the parties; pages. Knows no framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mediation.vocabulary import Side
from mediation.vocabulary import gettext_noop as _

UNCLEAR = ("JI-358(5)",)


@dataclass(frozen=True)
class Defect:
    """One thing found: ``must`` keeps the agreement from being proposed, otherwise a human decides."""

    must: bool
    said: str
    mend: str
    law: tuple[str, ...]
    clause: str = ""
    params: dict[str, Any] = field(default_factory=dict)


def of_agreement(
    text: str, people: Mapping[Side, Sequence[str]], duties: Sequence[Mapping[str, Any]], *, full: bool, on: date
) -> list[Defect]:
    """Return everything that is wrong or doubtful in the text of an agreement, what must be mended first.

    ``people`` are the parties' names by side, ``duties`` what was stated beside the text (payer, payee, amount, day):
    what stands there need not be found in words. ``full``: nothing of what was claimed is left open.
    """
    found = [*_who(text, {} if duties else people), *_what(text, duties), *_when(text, duties, on), *read(text)]
    if not full and NO_MORE.search(text):
        found.append(
            Defect(
                False,
                _("只就部分请求达成协议，却写了“再无其他争议”"),
                _("请核对：其余请求是否也不再主张"),
                ("JI-358(4)", *UNCLEAR),
            )
        )
    return sorted(found, key=lambda one: not one.must)


CALLED = {
    Side.APPLICANT: re.compile(r"(?<!被)申请人|甲方|原告|投资者"),
    Side.RESPONDENT: re.compile(r"被申请人|乙方|被告"),
}
"""What agreements call the parties instead of by name."""

OBLIGES = re.compile(
    r"支付|赔偿|付给|付清|返还|退还|偿还|补偿|退赔|交付|履行|办理|道歉|消除|恢复|撤回|撤诉|解除|承担|免除|放弃|抵销|转让|过户|"
    r"注销|协助|停止|配合|提供|保密|了结|无其他争议|无争议"
)
PAYS = re.compile(
    r"(支付|付给|付清|赔偿|返还|退还|偿还|补偿|退赔).{0,60}?(元|圆|款|金额|本金|利息|损失|费用|违约金|佣金)"
)
AMOUNT = re.compile(
    r"[0-9０-９][0-9０-９,，.．]*\s*[亿万千百]{0,2}元|[零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬两]+\s*[元圆]"
)
DAY = re.compile(r"(?P<year>20[0-9]{2})\s*[年\-./]\s*(?P<month>[01]?[0-9])\s*[月\-./]\s*(?P<day>[0-3]?[0-9])")
TERM = re.compile(
    r"20[0-9]{2}\s*年|[0-9０-９一二三四五六七八九十百]+\s*个?\s*(工作日|自然日|日|天|月|年)(之内|以内|内|以前|前|届满|后)|"
    r"当日|当场|即时|立即|同时|签(署|字|订)(之日|时|后|当)|生效(之日|时|后|当)|每月|每季|每年|"
    r"已(经)?[^，。；]{0,8}(支付|付清|履行|收到|赔偿|返还|交付)"
)
NO_MORE = re.compile(r"(再)?无(任何)?其他(任何)?(争议|纠纷)|互不追究|纠纷(全部|一次性)(了结|解决)")


def _who(text: str, people: Mapping[Side, Sequence[str]]) -> Iterator[Defect]:
    for side, names in people.items():
        if names and not any(name and name in text for name in names) and not CALLED[side].search(text):
            yield Defect(
                True,
                _("没有写明%(side)s是谁"),
                _("写明各方的姓名或者名称，谁是付款人、谁是收款人"),
                ("TY-23", *UNCLEAR),
                params={"side": side.label},
            )


def _what(text: str, duties: Sequence[Mapping[str, Any]]) -> Iterator[Defect]:
    if not duties and not OBLIGES.search(text):
        yield Defect(
            True, _("没有任何约定权利义务的内容"), _("写明谁向谁做什么，例如付款、撤回申请、争议了结"), UNCLEAR
        )
    elif not any(one.get("amount") for one in duties) and PAYS.search(text) and not AMOUNT.search(text):
        yield Defect(True, _("约定了付款，却没有写明金额"), _("写明确定的金额，单位为元"), UNCLEAR)


def _when(text: str, duties: Sequence[Mapping[str, Any]], on: date) -> Iterator[Defect]:
    if duties:
        return
    days = list(_days(text))
    if not days and not TERM.search(text) and OBLIGES.search(text):
        pays = bool(PAYS.search(text))
        yield Defect(
            pays,
            _("约定了付款，却没有写明付款期限") if pays else _("没有写明履行期限"),
            _("写明在哪一天以前履行，分期的写明每一期的日期和金额"),
            UNCLEAR,
        )
    elif days and max(days) < on and PAYS.search(text):
        yield Defect(False, _("写明的日期都已经过去"), _("请核对履行期限；已经履行的，写明已经履行"), UNCLEAR)


def _days(text: str) -> Iterator[date]:
    for found in DAY.finditer(text):
        try:
            yield date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            continue


def read(text: str, clause: str = "") -> Iterator[Defect]:
    """Yield what certain words of a text hint at."""
    for pattern, must, said, mend, law in WORDS:
        if found := re.search(pattern, text):
            yield Defect(must, said, mend, law, clause, {"words": found[0]})


WORDS: tuple[tuple[str, bool, str, str, tuple[str, ...]], ...] = (
    (
        r"(撤销|减轻|免除|免予|不予|从轻|代缴|退还).{0,8}(行政处罚|监管措施|市场禁入|罚款|税款|刑事责任)|行政许可|行政复议|谅解书",
        False,
        _("可能不属于人民法院受理民事纠纷的范围（“%(words)s”），这类内容法院不予受理"),
        _("请核对；属于监管、税务或者刑事事项的，删去这部分内容，告知当事人走相应的途径"),
        ("JI-355(1)",),
    ),
    (
        r"(向|由|在).{0,20}法院.{0,4}(司法确认|管辖)|约定管辖",
        False,
        _(
            "协议约定了法院（“%(words)s”），由哪个法院司法确认由法律规定，不由当事人约定，向没有管辖权的法院申请不予受理"
        ),
        _("删去法院的名称，平台在申请司法确认时按法律规定列出有管辖权的法院"),
        ("JI-355(2)", "CPL-205"),
    ),
    (
        r"(请求|申请|由)人民?法院(直接|依法|据此)?(作出)?(判决|裁判)|由法院(直接)?(判决|裁判)",
        True,
        _("条款约定不履行时请求法院作出裁判（“%(words)s”），法院不予准许"),
        _("改为约定违约金、全部到期或者担保；不履行的可以申请强制执行"),
        ("MT-8",),
    ),
    (
        r"离婚|婚姻关系|亲子关系|收养关系|解除收养",
        False,
        _("可能涉及婚姻、亲子、收养等身份关系（“%(words)s”），这类内容法院不予受理"),
        _("请核对；确实涉及的，删去这部分内容"),
        ("JI-355(3)",),
    ),
    (
        r"破产|重整计划|公示催告|宣告失踪|宣告死亡",
        False,
        _("可能应当适用其他特别程序、公示催告程序或者破产程序（“%(words)s”）"),
        _("请核对；确实涉及的，告知当事人走相应的程序"),
        ("JI-355(4)",),
    ),
    (
        r"(确认|归属?).{0,12}(所有权|产权|股权|专利权|商标权)|(所有权|产权|专利权|商标权|著作权).{0,8}(归|属于)",
        False,
        _("可能涉及物权、知识产权确权（“%(words)s”），这类内容法院不予受理"),
        _("请改为给付义务，例如“返还”“办理过户”，不写“确认归谁所有”"),
        ("JI-355(5)",),
    ),
    (
        r"保本|保证收益|承诺(最低)?收益|刚性兑付",
        False,
        _("可能违反证券法律的强制性规定（“%(words)s”）"),
        _("请核对；改为就已经发生的损失约定赔偿"),
        ("JI-358(1)",),
    ),
    (
        r"(不得|放弃|撤回).{0,6}(举报|投诉|信访|报案|配合调查)",
        False,
        _("可能损害公共利益或者妨碍监管（“%(words)s”）"),
        _("删去对举报、投诉和配合调查的限制；可以约定撤回本案的诉讼或者仲裁"),
        ("JI-358(1)", "JI-358(2)"),
    ),
    (
        r"(放弃|不得|无权|不再).{0,6}(起诉|提起诉讼|诉讼权利|申请(强制)?执行|申请司法确认)|被迫|无奈|不得已",
        False,
        _("可能违反自愿原则，或者限制当事人的诉讼权利（“%(words)s”）"),
        _("请向当事人核实是否自愿；不限制起诉和申请执行的权利，可以写“履行完毕后再无其他争议”"),
        ("JI-358(4)",),
    ),
    (
        r"案外人|第三人|关联公司|国有资产|国家利益|公共利益|债权人|担保|抵押|质押",
        False,
        _("提到了案件以外的人或者公共利益（“%(words)s”），可能损害他人合法权益"),
        _("请核对：没有参加调解的人不能为其设定义务，需要其参加的，先请其签字或者一并调解"),
        ("JI-358(2)",),
    ),
    (
        r"赌博|赌债|高利贷|回扣|串通|虚构|做账",
        False,
        _("可能违背公序良俗或者涉及虚假调解（“%(words)s”）"),
        _("请核对；有虚假调解嫌疑的，中止调解并报告"),
        ("JI-358(3)", "ZX-23"),
    ),
    (
        r"尽快|适当(补偿|赔偿|的)|合理期限|视情况|条件允许|力争|争取|大约|左右|若干|另行协商|协商(确定|解决)",
        False,
        _("用语不明确（“%(words)s”），法院可能以内容不明确驳回"),
        _("写明谁、在哪一天以前、做什么、做到什么程度"),
        UNCLEAR,
    ),
)
"""Words that hint at a ground: pattern, whether it is certain, what is said, how to mend it, article."""

PAYS_IN_WORDS = re.compile(r"(支付|赔偿|付给|返还|偿还).{0,20}[0-9０-９,，.]+\s*(万|千)?元")
