"""The glossary: one legal term, one English word.

Lives here: the table of words that are not codes, and the page that joins it with the vocabulary.
Called by: ``manage.py docs``.
"""

from __future__ import annotations

import inspect

from mediation import vocabulary
from mediation.lifecycle import MOVES

WORDS: tuple[tuple[str, str, str], ...] = (
    ("诉调对接", "docking", "of litigation and mediation; also of the two platforms"),
    ("人民法院调解平台", "court platform", "`courtplatform`"),
    ("中国投资者网平台", "InvestorNet", "`investornet`"),
    ("调解", "mediation", "never conciliation"),
    ("委派", "delegate", "before docketing (track A)"),
    ("委托", "entrust", "after docketing (track B)"),
    ("立案", "docket", ""),
    ("转立案", "seek docketing", "of a failed direct case"),
    ("特邀调解名册", "roster", "per court; an entry on it is a listing"),
    ("列入名册", "listing", ""),
    ("特邀调解组织", "organisation", ""),
    ("特邀调解员", "mediator", ""),
    ("派出机构、会管单位", "unit", "the supervising unit of an organisation"),
    ("司法确认", "confirmation", "seek, accept, review, confirm, refuse, reject"),
    ("不予受理", "refuse", "before acceptance (JI-355)"),
    ("驳回", "reject", "after review (JI-358)"),
    ("调解书", "decree", "made by a court; never the agreement"),
    ("调解协议", "agreement", ""),
    ("裁定", "ruling", ""),
    ("笔录", "record", ""),
    ("无争议事实", "undisputed facts", ""),
    ("回避", "recusal", ""),
    ("披露", "disclosure", ""),
    ("中止", "suspend", ""),
    ("终止", "conclude", ""),
    ("期限", "clock", "a stored due instant"),
    ("工作日", "working day", "by the State Council's calendar with make-up days"),
    ("补班日", "make-up day", ""),
    ("案号", "case number", "`number`"),
    ("法院代字", "court code", ""),
    ("类型代字", "type code", ""),
    ("案由", "cause", ""),
    ("当事人", "party", ""),
    ("申请人", "applicant", ""),
    ("被申请人", "respondent", ""),
    ("代理人", "agent", ""),
    ("特别授权", "special power", ""),
    ("利害关系人", "outsider", ""),
    ("送达", "service", "of documents"),
    ("送达地址确认书", "service address", ""),
    ("签收", "receive", "by a platform; `receive_decree` by a party"),
    ("移交", "hand-over", "change of the owner of the state"),
    ("流水", "journal", "its lines are entries"),
    ("附件内容", "enclosure", "text, personal data or document bound to an entry"),
    ("信封", "envelope", "what carries an entry or a request"),
    ("回执", "receipt", "signed, after applying"),
    ("对账", "reconciliation", ""),
    ("冻结", "freeze", "until a human has looked"),
    ("暂存", "park", "an envelope that breaks the protocol"),
    ("履行", "perform", ""),
    ("强制执行", "enforcement", ""),
)


def render_glossary() -> str:
    """Return ``docs/glossary.md``."""
    lines = [
        "# Glossary",
        "",
        "One legal term, one English word. Generated from `mediation/glossary_page.py` and `mediation/vocabulary.py`.",
        "",
    ]
    lines += ["| 中文 | English | Note |", "|---|---|---|"]
    lines += [f"| {chinese} | {english} | {note} |" for chinese, english, note in WORDS]
    lines += ["", "## Moves", "", "| 中文 | Move |", "|---|---|"]
    lines += [f"| {declared.label} | `{name}` |" for name, declared in MOVES.items()]
    for name, terms in vars(vocabulary).items():
        if inspect.isclass(terms) and issubclass(terms, vocabulary.Term) and terms is not vocabulary.Term:
            summary = (terms.__doc__ or "").splitlines()[0]
            lines += ["", f"## {name}", "", summary, "", "| 中文 | Code |", "|---|---|"]
            lines += [f"| {term.label} | `{term.value}` |" for term in terms]
    return "\n".join(lines) + "\n"
