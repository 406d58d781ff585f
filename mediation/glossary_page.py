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
    ("现由谁办理", "ball", "who has the case, until when, what then; not a word for people"),
    ("通知", "notice", "told to whoever holds a place; also the instrument of 2021"),
    ("途径", "route", "of a case, or of service"),
    ("受送达人", "addressee", "of service; a message has a recipient"),
    ("送达回证", "proof of service", ""),
    ("电子送达", "electronic service", "needs consent"),
    ("直接送达", "personal service", ""),
    ("留置送达", "leaving at the address", ""),
    ("公告送达", "public notice", ""),
    ("材料", "document", "submitted by somebody; 文书 is an official document, or a paper"),
    ("查毒", "virus scan", "what it finds is quarantined"),
    ("收据", "receipt", "for documents of a case"),
    ("校验值", "digest", "SHA-256 or SM3; 汇总 is a summary"),
    ("条款", "clause", "of an agreement; the library has editions"),
    ("自拟条款", "free-text clause", ""),
    ("起草", "draft", "a version of an agreement before it is proposed"),
    ("提出（协议）", "propose", "for signature; `propose_agreement`"),
    ("意见", "comment", "on a draft"),
    ("义务", "obligation", "of an agreement; each is reported and confirmed by itself"),
    ("义务人", "obligor", "of a payment the payer, `payer`"),
    ("权利人", "obligee", "of a payment the payee, `payee`"),
    ("违约金", "liquidated damages", ""),
    ("全部到期", "acceleration", ""),
    ("抵销", "set-off", ""),
    ("签署、签名", "sign, signature", "of a person, on one frozen version"),
    ("盖章", "seal", "of an organisation"),
    ("签发机构", "certificate authority", "what it issues is a certificate; so is the proof of a listing"),
    ("吊销", "revoke", "a certificate, a token"),
    ("核验", "verify", "an identity, a file, a certificate; 核验码 is a verification code"),
    ("调解会议", "session", "mediation held at one time; 调解时间 is a session time"),
    ("背对背", "separate session", "with one side only"),
    ("单独沟通的内容", "confidence", "what one side tells the mediator; the wall keeps it from everybody else"),
    ("让步", "concession", "never sent to the court"),
    ("争议点", "issue", ""),
    ("私人笔记", "private note", "the mediator's alone"),
    ("调解须知", "guide to mediation", "acknowledged before a session"),
    ("虚假调解", "sham mediation", ""),
    ("经办人", "handler", "who handles a case for an institution"),
    ("代办人", "substitute", "of a handler on leave"),
    ("请假", "leave", "销假 ends it"),
    ("轮值", "turn", "by which a mediator is appointed"),
    ("委托人", "client", "of a lawyer or other agent"),
    ("12386转办", "referral", "of a complaint, with a referral code; `transfer`"),
    ("应诉工作台", "respondent's workbench", "of an institution; 工作台 of a court is a dashboard"),
    ("异议", "objection", "to a ruling, or to a mediator"),
    ("反悔", "repudiate", "before service of a decree"),
    ("总对总", "headquarters-to-headquarters", ""),
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
