"""Request examples of the OpenAPI document, and what the variables of its addresses stand for.

Lives here: examples that need words of their own, each platform's where they differ, and making those of moves out of
their facts. Does not live here: the document (``schema``); examples that stand beside their window.
Called by: ``schema``. Whatever is referred to has a made-up reference, the same for the same kind (``reference``).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from mediation.facts import Fact
from mediation.lifecycle import Move
from mediation.vocabulary import gettext_noop

COURT, NONCE = "沪74", "8f14e45fceea167a5a36dedd4bea2543"
WORDS = "各方对损失数额没有争议，分两期支付。"
VOUCHER = "上传接口返回的凭据"
CONSENTS = ["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"]


def reference(kind: str) -> str:
    """Return the made-up reference of a kind of thing."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:investor-mediation:example:{kind}"))


PEOPLE: list[dict[str, Any]] = [
    {
        "side": "APPLICANT",
        "kind": "NATURAL",
        "investor": "ORDINARY",
        "name": "张三",
        "identity_kind": "RESIDENT",
        "identity_number": "11010519491231002X",
        "phone": "13800000000",
        "account_number": "A123456789",
    },
    {
        "side": "RESPONDENT",
        "kind": "COMPANY",
        "investor": "NONE",
        "name": "华信股份有限公司",
        "identity_kind": "CREDIT_CODE",
        "identity_number": "91310115MJ0001010L",
    },
]
_STATED: dict[str, Any] = {"cause": "MISSTATEMENT", "amount": 1_000_000, "consents": CONSENTS}
_OF_BOTH: dict[str, Any] = {"parties": PEOPLE, "texts": {"narrative": "虚假陈述造成损失，请求赔偿。"}}

APPLICATIONS: dict[str, dict[str, Any]] = {
    "courtplatform": {
        "facts": {"track": "DELEGATED", "court": COURT, "source": "ONLINE_COURT", **_STATED},
        **_OF_BOTH,
    },
    "investornet": {
        "facts": {"organisation": reference("organisation"), "source": "ONLINE_NET", **_STATED},
        **_OF_BOTH,
    },
}
"""An application, as each platform takes it."""

EXAMPLES: dict[str, Any] = {
    "fetch_token": {
        "grant_type": "client_credentials",
        "client_id": "3f1c9a5be27d4c60a1b2c3d4",
        "client_secret": "登记时显示的密钥",
        "scope": "cases:read cases:write",
    },
    "revoke_token": {
        "token": "要交回的令牌",
        "client_id": "3f1c9a5be27d4c60a1b2c3d4",
        "client_secret": "登记时显示的密钥",
    },
    "say": {"channel": "PARTIES", "text": "请于周五前确认损失计算表。"},
    "propose_session": {
        "channel": "PARTIES",
        "mode": "ON_SITE",
        "place": "某路1号调解室",
        "times": ["2026-12-08T09:30:00+08:00", "2026-12-09T14:00:00+08:00"],
        "minutes": 90,
    },
    "act_on_session": {"time": 1},
    "keep_point": {"text": "损失怎样计算", "standing": "DISPUTED", "applicants_say": "全部", "respondents_say": "扣除"},
    "keep_note": {"text": "申请人希望尽快了结。"},
    "save_draft": {
        "revision": 1,
        "full": True,
        "summary": "因虚假陈述发生纠纷。",
        "clauses": [{"kind": "COSTS"}, {"kind": "RELEASE"}],
    },
    "share_draft": {"revision": 1},
    "propose_draft": {"revision": 1, "checked": True},
    "remark": {"text": "请提前一个月支付。"},
    "send_link": {"kind": "MEETING"},
    "assign_handler": {"handler": reference("colleague")},
    "complain": {
        "facts": {"organisation": reference("organisation"), "ground": "FORCING"},
        "text": "调解员催促签字，没有说明理由。",
    },
    "read_notices": {"ids": [1, 2]},
    "save_preferences": {
        "sms": True,
        "email": True,
        "digest": False,
        "mailbox": "a@example.com",
        "language": "zh-hans",
    },
    "push_files": {"aggregate": "organisation", "refs": [reference("organisation")], "courts": [COURT]},
    "plan_campaigns": {"automatic": True},
    "open_row": {
        "move": "open",
        "facts": {
            "organisation": reference("organisation"),
            "name": "李四",
            "causes": ["MISSTATEMENT"],
            "expertise": "证券虚假陈述",
        },
    },
    "move_row": {"facts": {"reason": "执业证书已过期，请补充"}},
    "replay": {"since": 0},
}
"""By operation."""

PATHS: Mapping[str, str] = {
    "digest": gettext_noop("图片的摘要，见档案"),
    "ref": gettext_noop("标识：地址中在它前面的一项的"),
    "party": gettext_noop("当事人或者代理人的标识，见查询案件的people"),
    "session": gettext_noop("会议的标识，见list_sessions"),
    "act": gettext_noop("choose、acknowledge由当事人办理；fix、cancel、record、hold由调解员办理"),
    "version": gettext_noop("协议草稿的版本，见list_drafts"),
    "complaint": gettext_noop("投诉的标识，见list_complaints"),
    "colleague": gettext_noop("同事的标识，见list_colleagues"),
    "leave": gettext_noop("请假的编号，见list_colleagues"),
    "aggregate": gettext_noop("organisation、mediator、listing、recognition、complaint或者campaign"),
    "move": gettext_noop("操作的名称，见该项可以办理的操作"),
    "kind": gettext_noop("种类"),
    "year": gettext_noop("年份，四位"),
}
"""What a variable of an address stands for."""

REFS: Mapping[str, str] = {
    "cases": gettext_noop("案件标识，见list_cases"),
    "requests": gettext_noop("请求标识，见办理操作时202的答复"),
    "documents": gettext_noop("材料标识，见list_documents"),
    "subscriptions": gettext_noop("订阅标识，见list_subscriptions"),
    "books": gettext_noop("名册档案、条目、认定、投诉或者集中核实的标识，见list_rows"),
}
"""What ``ref`` stands for, by the first part of the address."""

_VALUES: dict[str, Any] = {
    "day": "2026-03-16",
    "instant": "2026-03-16T09:30:00+08:00",
    "count": 1,
    "money": 1_000_000,
    "digest": hashlib.sha256((NONCE + WORDS).encode()).hexdigest(),
    "number": "（2026）沪74诉前调1号",
    "court": COURT,
    "flag": True,
}


def of_move(move: Move) -> dict[str, Any]:
    """Return the body of a move with all that it wants and nothing else: facts, texts, people, one document."""
    body: dict[str, Any] = {"facts": stated(move.facts)}
    if "vouched" in move.facts:
        body["facts"]["vouched"] = True
    if texts := {name: WORDS for name, text in move.texts.items() if text.required}:
        body |= {"texts": texts, "nonce": NONCE}
    if "parties" in move.facts:
        told = ("name", "identity_kind", "identity_number", "phone")
        body["people"] = [{"ref": reference("party"), **{name: PEOPLE[0][name] for name in told}}]
    if move.wants_document:
        body["documents"] = [{"upload": VOUCHER, "kind": "EVIDENCE"}]
    return body


def stated(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return a value for every required fact."""
    return {name: _value(fact) for name, fact in facts.items() if fact.required}


def _value(fact: Fact) -> Any:
    if fact.item is not None:
        return [_value(fact.item)]
    if fact.fields is not None:
        return stated(fact.fields)
    if fact.terms is not None:
        return next(iter(fact.terms)).value
    return _VALUES[fact.shape] if fact.shape in _VALUES else reference(fact.shape)
