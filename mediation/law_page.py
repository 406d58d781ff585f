"""The page ``docs/law.md``, rendered from the rows of ``law``: what people read is what the clocks run on.

Lives here: the rendering and the table of conflicts between instruments with the choice made. Does not live here: any
number (``law``), writing the file (a management command).
Called by: the command that generates the docs, and the test that compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from mediation import law
from mediation.vocabulary import Cause, Track

_EDITIONS = (date(2021, 12, 31), date(2023, 12, 31), date(2024, 1, 1))

# (number, the instruments that differ, the choice made)
CONFLICTS: tuple[tuple[str, str, str], ...] = (
    (
        "C1",
        "调解组织答复：通知第四部分（五）要求五个工作日；在线调解规则第十二条要求三个工作日",
        "法院委派、委托按五个工作日，因为通知专为本机制规定；第三个工作日提示。当事人自行申请按三个工作日。"
        "**须说明：通知是规范性文件，规则是在后的司法解释，严格按效力位阶应当适用三个工作日。**"
        "部署者可以将 `REPLY/DELEGATED` 设为3至5。逾期不视为接受，由法院另行指定",
    ),
    (
        "C2",
        "调解期限起算：特邀调解规定第二十七条、2025年意见自签收材料起；在线调解规则第二十四条自平台确认接受起",
        "在线案件自平台确认接受起算（规则第三十条）；确认接受即视为收到材料，两个时间都记录",
    ),
    (
        "C3",
        "延长调解期限：特邀调解规定、在线调解规则不设上限；2025年意见限三十日",
        "委派和自行申请可延至各方同意的任意日期，合计超过六十日提示；2025年起收到的委托案件延长一次，不超过三十日",
    ),
    (
        "C4",
        "立案前委派：通知、特邀调解规定、在线调解规则允许；2025年意见要求符合条件的先立案",
        "按收案日期适用两行政策：2025年以前开放；其后受限，立案人员写明理由后委派，或者立案后委托，并同时看到两项依据；"
        "当事人在投资者网自行申请不受影响",
    ),
    (
        "C5",
        "司法确认管辖：特邀调解规定第十九条、2011年规定指向基层法院；民事诉讼法分邀请法院与自行调解两种情形",
        "按民事诉讼法",
    ),
    (
        "C6",
        "司法确认审查：2011年规定十五日、可延十日；民事诉讼法三十日、院长可批准延长",
        "三十日为限，十五日为内部催办线",
    ),
    (
        "C7",
        "确认的形式和救济：2011年规定用决定书、案外人一年；民事诉讼法及其解释用裁定、当事人十五日、利害关系人六个月",
        "按裁定，十五日和六个月",
    ),
    ("C8", "案件类型代字：民特，2022年起诉前调确，2025年以后不明", "按日期的对照表，可按法院改设"),
    (
        "C9",
        "特邀调解规定第十五条规定回避、双方可以放弃；在线调解规则第十三条规定披露",
        "两者都要：必须披露；当事人全部同意的记录在案；否则由调解组织或者法院决定回避",
    ),
    (
        "C10",
        "在线调解规则第十条、第十五条允许一方申请启动；特邀调解规定第十一条、通知要求征得当事人同意",
        "仅一方同意时可以委派；开始调解须有另一方同意，或者另一方依法负有参加调解的义务",
    ),
    (
        "C11",
        "协议何时有约束力：在线调解规则自当事人全部签章；人民调解法另要求调解员签名、组织盖章",
        "最后一方当事人签章时生效；调解员签名、组织盖章后方为完备，申请司法确认须完备",
    ),
    (
        "C12",
        "让步中认可的事实：特邀调解规定须各方同意方可使用；在线调解规则将无争议事实除外",
        "按在线调解规则；无争议事实与让步意见分开存放，让步意见不送法院",
    ),
    ("C13", "调解终结：特邀调解规定四种情形；在线调解规则八种情形", "按八种情形"),
    ("C14", "调解员违规：特邀调解规定至除名；在线调解规则另有解聘并告知主管机关、无故多次拒绝接受", "合并适用"),
    (
        "C15",
        "调解书：特邀调解规定、在线调解规则限于立案后；通知允许调解成功后申请司法确认或者出具调解书",
        "立案前委派和自行申请以司法确认为主，申请调解书的先行立案；委托案件出具调解书或者撤诉",
    ),
    (
        "C16",
        "调解自愿；证券法第九十四条、期货和衍生品法第五十六条规定机构不得拒绝普通投资者的调解请求",
        "机构拒绝参加的，记录并告知其监管单位；不参加的案件仍以调解不成终结，绝不强制达成协议",
    ),
    (
        "C17",
        "以日计算和以工作日计算的期间并存",
        "两种算法：工作日期间只数工作日；日、月、年期间按自然日，届满日是休息日的顺延至其后第一个工作日。"
        "周末补班日不顺延，工作日调休的顺延。起算当日都不计入",
    ),
    (
        "C18",
        "民事诉讼法条文序号两次变动，民诉法解释仍引用旧序号",
        "引用时写明修正年份，按当日的序号引用",
    ),
)


def render_law() -> str:
    """Return the whole page in Chinese Markdown, ending in a newline."""
    return "\n".join(
        [
            "# 期限、政策与法律依据",
            "",
            "本页由 `mediation/law.py` 生成，请勿手工修改。每个期限按起算时的规则行计算，规则变动不影响已起算的期限。",
            "“本平台期限”是法律没有规定天数时平台自行设定的，不是法律规定，可以由部署者设定。",
            "",
            "## 期限",
            "",
            *_table(
                ("期限", "轨道", "数值", "起算", "延长", "依据", "有效期", "性质", "备注", "规则行"),
                map(_rule_cells, law.RULES),
            ),
            "",
            "## 延长上限（按收案日期）",
            "",
            *_table(("轨道", "上限", "依据", "有效期", "备注", "规则行"), map(_extension_cells, law.EXTENSIONS)),
            "",
            "## 立案前委派政策（按收案日期）",
            "",
            *_table(("政策", "依据", "有效期", "备注", "规则行"), map(_policy_cells, law.POLICIES)),
            "",
            "## 可以设定的期限",
            "",
            *_table(("名称", "默认值"), ((f"`{key}`", str(value)) for key, value in law.SETTABLE.items())),
            "",
            "## 民事诉讼法条文序号",
            "",
            *_table(
                ("事项", "2017年修正", "2021年修正（2022年起）", "2023年修正（2024年起）"),
                map(_topic_cells, law.TOPICS),
            ),
            "",
            "2017年的序号和2021年民诉法解释以前的序号未逐条核对原文，上线前应当核对。",
            "",
            "## 案件类型代字",
            "",
            *_table(("用途", "代字", "有效期", "备注"), map(_code_cells, law.CASE_CODES)),
            "",
            "## 案由编号",
            "",
            "案由以名称为准；编号随版本变动。2026年版的编号尚待核对官方文本；空白表示编号不详。",
            "",
            *_table(("案由", "2020年版（2021年起）", "2026年版（2026年起）"), map(_cause_cells, Cause)),
            "",
            "## 案件受理费",
            "",
            "依《诉讼费用交纳办法》第十三条，财产案件分段累计：不超过1万元的每件50元；其余各段如下。"
            "以调解方式结案或者申请撤诉的减半（第十五条），适用简易程序的减半（第十六条）；申请司法确认不收费（第八条）。",
            "",
            *_table(("超过", "至", "费率"), _fee_cells()),
            "",
            "## 规定之间的冲突与本系统的选择",
            "",
            *_table(("编号", "冲突", "选择"), CONFLICTS),
            "",
        ]
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '｜') for cell in cells)} |"


def _rule_cells(rule: law.Rule) -> Sequence[str]:
    marks = [f"{rule.value}{rule.unit.label}"]
    if rule.flag is not None:
        marks.append(f"第{rule.flag}{rule.unit.label}提示")
    if rule.soft is not None:
        marks.append(f"第{rule.soft}{rule.unit.label}催办")
    track = _tracks(rule.tracks) + (f"（{rule.procedure.label}）" if rule.procedure else "")
    note = f"{rule.note}（{rule.settles}）" if rule.settles else rule.note
    kind = "本平台期限" if rule.own_figure else "依规定"
    return (
        rule.clock.label, track, "，".join(marks), rule.counted_from, rule.extension, "；".join(rule.citation),
        _validity(rule), kind, note, f"`{rule.row}`",
    )  # fmt: skip


def _extension_cells(row: law.Extension) -> Sequence[str]:
    cap = f"不设上限，合计超过{row.warn_total}日提示" if row.cap is None else f"{row.cap}日，{row.times}次"
    return (
        _tracks(row.tracks),
        cap,
        _cited(row.rule_ids, row),
        _validity(row),
        f"{row.note}（{row.settles}）",
        f"`{row.row}`",
    )


def _policy_cells(row: law.Policy) -> Sequence[str]:
    return row.gate.label, _cited(row.rule_ids, row), _validity(row), f"{row.note}（{row.settles}）", f"`{row.row}`"


def _code_cells(row: law.CaseCode) -> Sequence[str]:
    return row.purpose.label, row.code, _validity(row), row.note


def _topic_cells(topic: str) -> Sequence[str]:
    rule_id, label = law.TOPICS[topic]
    return label, *(law.cite(rule_id, on).rpartition("）")[2] for on in _EDITIONS)


def _cause_cells(cause: Cause) -> Sequence[str]:
    return cause.label, *(numbers.get(cause, "") for numbers in law.CAUSE_NUMBERS.values())


def _fee_cells() -> Iterable[Sequence[str]]:
    lower = law.FEE_BASE_LIMIT
    for upper, rate in law.FEE_BANDS:
        yield _yuan(lower), _yuan(upper) if upper else "不限", f"{rate / 10:g}%"
        lower = upper or lower


def _yuan(fen: int) -> str:
    return f"{fen // 1_000_000}万元"


def _tracks(tracks: frozenset[Track] | None) -> str:
    return "各轨道" if tracks is None else "、".join(track.label for track in Track if track in tracks)


def _validity(row: law.Dated) -> str:
    until = f"{row.valid_until}以前" if row.valid_until else "现行"
    return f"{row.valid_from}起，{until}"


def _cited(rule_ids: Iterable[str], row: law.Dated) -> str:
    return "；".join(law.cite(rule_id, row.valid_until or date.max) for rule_id in rule_ids)
