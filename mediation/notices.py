"""What people are told about their cases: the entries of the journal that somebody who waits has to know, in words.

Lives here: which entries are news for parties, and how each is said. Does not live here: who may see which case
(``rights``), the whole history (``windows.pages``). Nothing is written: what the journal holds has been told as soon as
its reader looks, and cannot be lost on the way.
Called by: the portals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mediation.models import Case, CaseEvent, CaseSet
from mediation.vocabulary import gettext_noop

MOST = 10

TOLD: Mapping[str, str] = {
    "return_application": gettext_noop("申请被退回，请查看理由和建议。"),
    "consult": gettext_noop("法院征询是否同意调解，请在期限内答复。"),
    "docket_and_entrust": gettext_noop("法院已立案，并准备委托调解。"),
    "delegate": gettext_noop("法院已把案件交由调解组织调解。"),
    "accept": gettext_noop("调解组织已接受案件。"),
    "decline": gettext_noop("调解组织没有接受案件。"),
    "lapse_reply": gettext_noop("调解组织逾期没有答复，视为没有接受案件。"),
    "appoint_mediator": gettext_noop("调解组织已指定调解员；认为应当回避的，可以提出。"),
    "propose_agreement": gettext_noop("调解员提出了调解协议，请核对后决定是否签名。"),
    "conclude_unsettled": gettext_noop("调解没有成功，调解已经终止。"),
    "lapse_mediation": gettext_noop("调解期限届满，没有达成协议，调解已经终止。"),
    "docket": gettext_noop("法院已立案，进入诉讼程序。"),
    "resume_trial": gettext_noop("法院已恢复审理。"),
    "not_sued": gettext_noop("案件因不起诉而办结。"),
    "accept_confirmation": gettext_noop("法院已受理司法确认申请。"),
    "refuse_confirmation": gettext_noop("法院没有受理司法确认申请，请查看理由。"),
    "ask_supplement": gettext_noop("法院要求补充材料，请在期限内补充。"),
    "confirm": gettext_noop("法院已裁定确认调解协议有效。"),
    "reject_confirmation": gettext_noop("法院裁定驳回司法确认申请，请查看理由。"),
    "issue_decree": gettext_noop("法院已制作调解书，请签收。"),
    "refuse_decree": gettext_noop("法院没有制作调解书，请查看理由。"),
}
"""News for the parties, by move; what they do themselves is none."""

KINDS = {f"case.{move}.v1": text for move, text in TOLD.items()}


@dataclass(frozen=True)
class Notice:
    """One piece of news: of which case, when, what (a source string), and the case number it brought."""

    case: Case
    at: datetime
    text: str
    number: str


def newest(cases: CaseSet, *, most: int = MOST) -> list[Notice]:
    """Return the newest pieces of news of these cases, newest first; one query."""
    events = CaseEvent.objects.filter(case__in=cases.order_by().values("pk"), kind__in=KINDS).select_related("case")
    return [
        Notice(event.case, event.at, KINDS[event.kind], str(event.facts.get("number", "")))
        for event in events.order_by("-at", "-pk")[:most]
    ]
