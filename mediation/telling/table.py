"""Who is told what: one row for every move of the rule table and for every clock, complete by test.

Lives here: the table and its words. Does not live here: who the people are at the moment (``people``), sending.
Called by: ``following``, ``reminding``.

Words are source strings in the law's own Chinese; what is written on the way out is translated for its reader. They
name no person and no sum: a message may be seen on a locked telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from mediation.vocabulary import ClockKind
from mediation.vocabulary import gettext_noop as _


class Whom(Enum):
    """A place in a case; whoever acts for a party is told with it."""

    PARTY = auto()
    """The party the entry names."""
    PARTIES = auto()
    """Every party."""
    OTHERS = auto()
    """Every party but those for whom the entry was made."""
    APPLICANTS = auto()
    AGENT = auto()
    """The agent the entry names."""
    MEDIATOR = auto()
    ORGANISATION = auto()
    CLERK = auto()
    JUDGE = auto()


@dataclass(frozen=True)
class Tell:
    """One line: who, in which words; ``loud`` also leaves the platform, by SMS and e-mail, as each person prefers."""

    whom: Whom
    text: str
    loud: bool = False


W = Whom
NOBODY: tuple[Tell, ...] = ()
"""Said expressly: what a platform does with itself, and what only the one who does it needs to know."""


def _quiet(text: str, *whom: Whom) -> tuple[Tell, ...]:
    return tuple(Tell(one, text) for one in whom)


def _loud(text: str, *whom: Whom) -> tuple[Tell, ...]:
    return tuple(Tell(one, text, loud=True) for one in whom)


TELLS: Mapping[str, tuple[Tell, ...]] = {
    "file": (
        *_quiet(_("申请已经提交法院，可以随时查看办理情况。"), W.APPLICANTS),
        *_quiet(_("收到新的调解申请，请在期限内办理。"), W.CLERK),
    ),
    "apply": (
        *_quiet(_("申请已经提交调解组织，可以随时查看办理情况。"), W.APPLICANTS),
        *_loud(_("收到新的调解申请，请在期限内答复是否受理。"), W.ORGANISATION),
    ),
    "record_offline": _loud(_("调解组织登记了线下达成的调解协议，请核对。"), W.PARTIES),
    "file_offline": (
        *_quiet(_("当事人提交了线下达成的调解协议，请办理。"), W.CLERK),
        *_loud(_("线下达成的调解协议已经提交法院，请核对。"), W.OTHERS),
    ),
    "ask_proof": _loud(_("法院请贵组织证明是否主持达成线下调解协议，请在期限内答复。"), W.ORGANISATION),
    "prove_offline": _quiet(_("调解组织已经证明主持达成该协议。"), W.PARTIES, W.CLERK),
    "disown_offline": (
        *_loud(_("调解组织未确认主持达成该协议，申请已经退回。"), W.PARTIES),
        *_quiet(_("调解组织未确认主持达成该协议，申请已经退回。"), W.CLERK),
    ),
    "lapse_proof": (
        *_loud(_("调解组织逾期没有证明，申请已经退回。"), W.PARTIES),
        *_quiet(_("调解组织逾期没有证明，申请已经退回。"), W.CLERK, W.ORGANISATION),
    ),
    "open_rest": _loud(_("未达成协议的部分已经另行编立一件，请查看如何处理。"), W.PARTIES),
    "hand_back_rest": _quiet(_("未达成协议的部分交回法院处理。"), W.PARTIES, W.CLERK),
    "receive": NOBODY,
    "send_back": _quiet(_("移交的案件被退回，请查看理由。"), W.CLERK, W.ORGANISATION, W.PARTIES),
    "return_application": _loud(_("申请被退回，请查看理由和建议。"), W.APPLICANTS),
    "consult": _loud(_("法院征询是否同意调解，请在期限内答复。"), W.PARTIES),
    "consent": _quiet(_("当事人答复了征询意见。"), W.CLERK),
    "withdraw_consent": _quiet(_("当事人撤回了一项同意，请查看。"), W.CLERK, W.ORGANISATION, W.MEDIATOR),
    "proceed_on_one_consent": _quiet(_("法院决定先行委派调解，由调解组织征询对方意见。"), W.PARTIES),
    "refuse_consent": (
        *_quiet(_("一方当事人不同意调解，请及时处理。"), W.CLERK, W.ORGANISATION, W.MEDIATOR),
        *_loud(_("对方当事人不同意调解，请查看下一步。"), W.OTHERS),
    ),
    "lapse_consent": (
        *_loud(_("征询期限届满，没有得到各方同意，案件交回法院处理。"), W.PARTIES),
        *_quiet(_("征询期限届满，没有得到各方同意，请及时处理。"), W.CLERK),
    ),
    "docket_and_entrust": _loud(_("法院已立案，并准备委托调解。"), W.PARTIES),
    "choose_jointly": _quiet(_("对方当事人选择了调解组织，请查看是否同意。"), W.OTHERS)
    + _quiet(_("当事人选择了调解组织。"), W.CLERK),
    "leave_to_court": _quiet(_("当事人把调解组织的选择交由法院决定。"), W.OTHERS, W.CLERK),
    "delegate": (
        *_loud(_("法院已把案件交由调解组织调解。"), W.PARTIES),
        *_loud(_("收到法院委派或者委托的案件，请在期限内答复是否接受。"), W.ORGANISATION),
    ),
    "accept": (
        *_loud(_("调解组织已接受案件。"), W.PARTIES),
        *_quiet(_("调解组织已接受案件。"), W.CLERK),
    ),
    "decline": (
        *_loud(_("调解组织没有接受案件。"), W.PARTIES),
        *_quiet(_("调解组织没有接受案件，请另行安排。"), W.CLERK),
    ),
    "lapse_reply": (
        *_loud(_("调解组织逾期没有答复，视为没有接受案件。"), W.PARTIES),
        *_quiet(_("调解组织逾期没有答复，请另行安排。"), W.CLERK),
        *_quiet(_("逾期没有答复，案件视为没有接受。"), W.ORGANISATION),
    ),
    "recall": _quiet(_("法院收回了案件，另行安排。"), W.ORGANISATION, W.PARTIES),
    "appoint_mediator": (
        *_loud(_("调解组织已指定调解员；调解期间认为应当回避的，可以提出。"), W.PARTIES),
        *_loud(_("已指定由您调解，请先披露，再按案件页的提示办理。"), W.MEDIATOR),
    ),
    "note_conflicts": _quiet(_("发现可能影响公正调解的关系，请核对并处理。"), W.MEDIATOR, W.ORGANISATION, W.PARTIES),
    "disclose": _quiet(_("调解员作出了披露，请查看；认为应当回避的，可以提出。"), W.PARTIES)
    + _quiet(_("调解员作出了披露。"), W.ORGANISATION),
    "object": _quiet(_("当事人对调解员提出异议，请及时处理。"), W.ORGANISATION, W.MEDIATOR)
    + _quiet(_("对方当事人对调解员提出异议。"), W.OTHERS)
    + _quiet(_("当事人对调解员提出异议，由调解组织或者法院决定。"), W.CLERK),
    "waive": _quiet(_("当事人书面同意调解员继续调解。"), W.ORGANISATION, W.MEDIATOR),
    "decide_recusal": _quiet(_("对回避作出了决定，请查看。"), W.PARTIES, W.MEDIATOR, W.ORGANISATION, W.CLERK),
    "record_contact": NOBODY,
    "open_session": _loud(_("调解已经开始，请查看调解安排。"), W.PARTIES),
    "amend_parties": _quiet(_("当事人信息有变更，请核对。"), W.OTHERS, W.CLERK, W.ORGANISATION, W.MEDIATOR),
    "appoint_agent": _quiet(_("您已被委托为本案代理人。"), W.AGENT)
    + _quiet(_("当事人委托了代理人。"), W.OTHERS, W.MEDIATOR, W.CLERK),
    "dismiss_agent": _quiet(_("您在本案的代理已经解除。"), W.AGENT)
    + _quiet(_("当事人解除了对代理人的委托。"), W.OTHERS, W.MEDIATOR, W.CLERK),
    "confirm_address": _quiet(_("当事人确认了送达地址。"), W.CLERK, W.MEDIATOR)
    + _quiet(_("您的送达地址已经登记；有变更的，请及时告知。"), W.PARTY),
    "serve": NOBODY,
    "note_service": _quiet(_("一份文书已经送达，请查看送达情况。"), W.CLERK, W.JUDGE),
    "record_paper_service": _quiet(_("一份纸质文书的送达已经登记。"), W.PARTY),
    "acknowledge_service": _quiet(_("当事人确认收到文书。"), W.CLERK, W.JUDGE, W.ORGANISATION),
    "add_evidence": _quiet(_("案件有新的材料。"), W.OTHERS, W.MEDIATOR, W.CLERK, W.ORGANISATION),
    "withdraw_evidence": _quiet(_("一份材料已经撤下。"), W.MEDIATOR),
    "confirm_record": _quiet(_("调解笔录有新的确认情况，请查看。"), W.OTHERS, W.MEDIATOR),
    "confirm_undisputed": _quiet(_("无争议事实有新的确认情况，请查看。"), W.OTHERS, W.MEDIATOR),
    "extend": _quiet(_("当事人提议或者同意延长调解期限，请查看。"), W.OTHERS, W.MEDIATOR, W.ORGANISATION),
    "suspend": _loud(_("调解中止，请查看原因。"), W.PARTIES) + _quiet(_("调解中止。"), W.ORGANISATION, W.CLERK),
    "resume": _loud(_("调解恢复进行。"), W.PARTIES),
    "review_suspicion": _quiet(_("虚假调解审查已有结论，请查看。"), W.PARTIES, W.MEDIATOR, W.CLERK),
    "propose_agreement": _loud(_("调解员提出了调解协议，请核对后决定是否签名。"), W.PARTIES),
    "revise_agreement": _loud(_("调解协议需要修改，请等待新的文本。"), W.PARTIES),
    "sign": _quiet(_("调解协议有新的签名，请查看是否需要您签名或者盖章。"), W.OTHERS, W.MEDIATOR, W.ORGANISATION),
    "deliver_agreement": _loud(_("调解协议的签署文件已经做成，请查看并妥善保存。"), W.PARTIES)
    + _quiet(_("调解协议的签署文件已经做成，并送交各方和法院。"), W.MEDIATOR, W.CLERK),
    "refuse_to_sign": _loud(_("一方当事人拒绝在调解协议上签名。"), W.OTHERS)
    + _quiet(_("一方当事人拒绝在调解协议上签名，请处理。"), W.MEDIATOR, W.ORGANISATION),
    "review_seal": NOBODY,
    "refuse_seal": _loud(_("调解组织没有在协议上盖章，请查看理由。"), W.PARTIES)
    + _quiet(_("协议没有盖章。"), W.MEDIATOR),
    "split": _quiet(_("部分达成协议，未达成的部分另行处理。"), W.PARTIES, W.CLERK),
    "stop_mediation": _loud(_("一方当事人不愿意继续调解，调解终止。"), W.OTHERS)
    + _quiet(_("一方当事人不愿意继续调解，调解终止。"), W.MEDIATOR, W.ORGANISATION, W.CLERK),
    "conclude_unsettled": _loud(_("调解没有成功，调解已经终止。"), W.PARTIES)
    + _quiet(_("调解没有成功，请及时处理。"), W.CLERK, W.ORGANISATION),
    "lapse_mediation": _loud(_("调解期限届满，没有达成协议，调解已经终止。"), W.PARTIES)
    + _quiet(_("调解期限届满，没有达成协议。"), W.CLERK, W.ORGANISATION, W.MEDIATOR),
    "withdraw": _loud(_("对方当事人撤回申请，请查看。"), W.OTHERS)
    + _quiet(_("当事人撤回申请。"), W.CLERK, W.ORGANISATION, W.MEDIATOR),
    "seek_docketing": _quiet(_("当事人请求转立案，请在期限内办理。"), W.CLERK)
    + _quiet(_("申请人请求转立案。"), W.OTHERS),
    "end_unsettled": _quiet(_("案件因未请求转立案而办结；仍可另行起诉。"), W.PARTIES, W.ORGANISATION),
    "docket": _loud(_("法院已立案，进入诉讼程序。"), W.PARTIES) + _quiet(_("法院已立案。"), W.ORGANISATION, W.MEDIATOR),
    "resume_trial": _loud(_("法院已恢复审理。"), W.PARTIES) + _quiet(_("法院已恢复审理。"), W.ORGANISATION),
    "not_sued": _quiet(_("案件因不起诉而办结。"), W.PARTIES, W.ORGANISATION),
    "file_report": _quiet(_("调解组织报送了调解情况。"), W.CLERK),
    "return_agreement": _quiet(_("调解协议已移送法院，请选择下一步。"), W.PARTIES)
    + _quiet(_("收到移送的调解协议。"), W.CLERK, W.JUDGE),
    "close_agreed": _quiet(_("期限届满未申请司法确认或者已经跟进完毕，案件按协议处理。"), W.PARTIES, W.ORGANISATION),
    "seek_confirmation": _loud(_("对方当事人提议共同申请司法确认，请决定是否同意。"), W.OTHERS)
    + _quiet(_("当事人申请司法确认，请在期限内决定是否受理。"), W.CLERK),
    "ask_supplement": _loud(_("法院要求补充材料，请在期限内补充。"), W.PARTIES),
    "supplement": _quiet(_("当事人补充了材料。"), W.CLERK, W.JUDGE),
    "deem_withdrawn": _loud(_("逾期没有补充材料，按撤回司法确认申请处理。"), W.PARTIES),
    "accept_confirmation": _loud(_("法院已受理司法确认申请。"), W.PARTIES)
    + _quiet(_("司法确认申请已经受理，请在期限内审查。"), W.JUDGE)
    + _quiet(_("法院已受理司法确认申请。"), W.ORGANISATION),
    "refuse_confirmation": _loud(_("法院没有受理司法确认申请，请查看理由。"), W.PARTIES)
    + _quiet(_("司法确认申请不予受理，请办理送达。"), W.CLERK)
    + _quiet(_("法院没有受理司法确认申请。"), W.ORGANISATION, W.MEDIATOR),
    "reject_confirmation": _loud(_("法院裁定驳回司法确认申请，请查看理由。"), W.PARTIES)
    + _quiet(_("司法确认申请被裁定驳回，请办理送达。"), W.CLERK)
    + _quiet(_("法院裁定驳回司法确认申请。"), W.ORGANISATION, W.MEDIATOR),
    "extend_review": _quiet(_("司法确认的审查期限延长。"), W.PARTIES, W.CLERK),
    "confirm": _loud(_("法院已裁定确认调解协议有效。"), W.PARTIES)
    + _quiet(_("已裁定确认调解协议有效，请办理送达。"), W.CLERK)
    + _quiet(_("法院已裁定确认调解协议有效。"), W.ORGANISATION, W.MEDIATOR),
    "receive_ruling": _quiet(_("当事人签收了裁定书。"), W.CLERK, W.JUDGE),
    "withdraw_confirmation": _loud(_("对方当事人提议撤回司法确认申请，请决定是否同意。"), W.OTHERS)
    + _quiet(_("当事人提议撤回司法确认申请。"), W.CLERK, W.JUDGE),
    "object_confirmation": _loud(_("有人对确认裁定提出异议。"), W.OTHERS)
    + _quiet(_("有人对确认裁定提出异议，请审查。"), W.JUDGE, W.CLERK),
    "reject_objection": _loud(_("法院驳回了对确认裁定的异议。"), W.PARTIES)
    + _quiet(_("异议已被驳回，请办理送达。"), W.CLERK),
    "revoke_confirmation": _loud(_("法院撤销了确认裁定，请查看理由和下一步。"), W.PARTIES)
    + _quiet(_("确认裁定已被撤销，请办理送达。"), W.CLERK)
    + _quiet(_("法院撤销了确认裁定。"), W.ORGANISATION),
    "remediate": _loud(_("对方当事人提议重新调解，请决定是否同意。"), W.OTHERS)
    + _quiet(_("当事人提议重新调解。"), W.ORGANISATION, W.MEDIATOR),
    "reapply": _loud(_("对方当事人提议向有管辖权的法院重新申请，请决定是否同意。"), W.OTHERS),
    "end_refused": _quiet(_("期限届满未再申请，案件办结。"), W.PARTIES, W.ORGANISATION),
    "seek_decree": _loud(_("对方当事人提议申请制作调解书，请决定是否同意。"), W.OTHERS)
    + _quiet(_("当事人申请制作调解书，请在期限内办理。"), W.CLERK, W.JUDGE),
    "withdraw_suit": _loud(_("法院准予撤诉。"), W.PARTIES) + _quiet(_("已准予撤诉，请办理送达。"), W.CLERK),
    "docket_for_decree": _quiet(_("法院已为制作调解书立案。"), W.PARTIES) + _quiet(_("请制作调解书。"), W.JUDGE),
    "issue_decree": _loud(_("法院已制作调解书，请签收。"), W.PARTIES)
    + _quiet(_("调解书已经制作，请办理送达。"), W.CLERK),
    "refuse_decree": _loud(_("法院没有制作调解书，请查看理由。"), W.PARTIES)
    + _quiet(_("法院没有制作调解书。"), W.ORGANISATION),
    "receive_decree": _quiet(_("当事人签收了调解书。"), W.CLERK, W.JUDGE, W.OTHERS),
    "repudiate": _loud(_("对方当事人在调解书送达前反悔。"), W.OTHERS)
    + _quiet(_("当事人在调解书送达前反悔，请及时处理。"), W.JUDGE, W.CLERK),
    "perform": _loud(_("对方当事人确认协议已经履行完毕，请核对。"), W.OTHERS),
    "report_performance": _loud(_("对方当事人报告已经履行，请核对是否收到。"), W.OTHERS),
    "answer_performance": _quiet(_("对方当事人答复了是否收到履行，请查看。"), W.OTHERS),
    "declare_due": _loud(_("收款方因一期没有按期足额支付，依照协议宣布其余各期提前到期，请查看。"), W.OTHERS),
    "enforce": _quiet(_("权利人已申请强制执行。"), W.OTHERS, W.CLERK),
    "lapse_enforcement": _quiet(_("申请执行期限届满，案件结案。"), W.PARTIES),
    "reckon": _quiet(_("节假日安排公布后，本案期限已经重新计算，请查看。"), W.PARTIES, W.MEDIATOR),
}
"""Every move of the rule table."""

K = ClockKind
REMINDS: Mapping[ClockKind, tuple[Whom, ...]] = {
    K.DESIGNATE: (W.CLERK,),
    K.ANSWER: (W.PARTIES, W.CLERK),
    K.CHOOSE: (W.PARTIES,),
    K.REPLY: (W.ORGANISATION,),
    K.RECEIPT: (W.CLERK, W.ORGANISATION),
    K.CONTACT: (W.MEDIATOR, W.ORGANISATION),
    K.MEDIATE: (W.MEDIATOR, W.ORGANISATION, W.PARTIES),
    K.REVIEW_SUSPICION: (W.ORGANISATION,),
    K.APPRAISAL: (W.MEDIATOR,),
    K.COMPLETE: (W.MEDIATOR, W.ORGANISATION),
    K.CONFIRM: (W.PARTIES,),
    K.DECIDE: (W.PARTIES,),
    K.DOCKET: (W.CLERK,),
    K.RESUME: (W.CLERK, W.JUDGE),
    K.TRANSFER: (W.APPLICANTS,),
    K.ACCEPT: (W.CLERK,),
    K.SUPPLEMENT: (W.PARTIES,),
    K.REVIEW: (W.JUDGE,),
    K.OBJECT: (W.PARTIES,),
    K.OUTSIDER_OBJECT: (W.JUDGE, W.CLERK, W.PARTIES),
    K.ENFORCE: (W.PARTIES,),
    K.ISSUE: (W.JUDGE,),
    K.SERVE: (W.CLERK,),
    K.PROVE: (W.ORGANISATION,),
    K.PERFORM: (W.PARTIES,),
}
"""Who is reminded that a period is about to end, for every clock. Of a hand-over that the other platform has not signed
for yet, whoever handed over and whoever is to have it; of an outsider's period, those who rely on the ruling, because
outsiders are not known."""

ASKS_WITHIN: Mapping[str, ClockKind] = {
    "choose_jointly": K.CHOOSE,
    "extend": K.MEDIATE,
    "propose_agreement": K.MEDIATE,
    "sign": K.MEDIATE,
    "seek_confirmation": K.CONFIRM,
    "remediate": K.DECIDE,
    "reapply": K.DECIDE,
}
"""What asks others for an answer within a period that was running before; of one that an entry starts, whoever is
reminded is told at once when it ends."""

SPARES: Mapping[ClockKind, str] = {
    K.ANSWER: "consent",
    K.CHOOSE: "choose_jointly",
    K.MEDIATE: "sign",
    K.CONFIRM: "seek_confirmation",
}
"""Of which period a party is not reminded that has made this move while others have not: it has nothing left to do."""

UNTIL = _("（%(clock)s：%(due)s截止）")
"""What is added to a notice that asks for something within a period."""

REMINDERS: Mapping[int, str] = {
    2: _("%(clock)s还有两天届满（%(due)s截止），请及时办理。"),
    1: _("%(clock)s还有一天届满（%(due)s截止），请及时办理。"),
    0: _("%(clock)s今天届满（%(due)s截止），请及时办理。"),
}
"""Before every clock: two days, one day, and the last day itself; counted as the clock counts."""

WORKING_REMINDERS: Mapping[int, str] = {
    2: _("%(clock)s还有两个工作日届满（%(due)s截止），请及时办理。"),
    1: _("%(clock)s还有一个工作日届满（%(due)s截止），请及时办理。"),
    0: REMINDERS[0],
}
"""The same where the clock counts working days."""

DUTY_REMINDERS: Mapping[int, str] = {
    7: _("一项协议义务还有七天到期（%(due)s前），可以提前履行。"),
    2: _("一项协议义务还有两天到期（%(due)s前），请按协议履行。"),
    1: _("一项协议义务还有一天到期（%(due)s前），请按协议履行。"),
    0: _("一项协议义务今天到期（%(due)s），请按协议履行并上传凭证。"),
}
"""Before every obligation of an agreement, by days left, for whoever owes it."""

DUTY_LATE = (
    _("一项协议义务已于%(due)s到期，还没有确认履行，请尽快履行。"),
    _("对方的一项协议义务已于%(due)s到期，还没有确认履行；收到的请确认，没有收到的可以查看下一步。"),
)
"""The day after: for whoever owes it, and for whom it is owed."""

ANSWERED: Mapping[bool, str] = {
    True: _("您提交的“%(move)s”，对方平台已经办理，记入案件。"),
    False: _("您提交的“%(move)s”，对方平台没有办理，请查看原因和下一步。"),
}
"""What somebody is told of the other platform's answer to what they asked for here: done, or refused."""

SERVED = _("有一份文书送达给您，请登录查看并确认收到。")
"""What the addressee of a document is told; the document itself never leaves the platform in a message."""
