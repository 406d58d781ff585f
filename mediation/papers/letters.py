"""What each paper of a case says: one function for each kind, from the record and the entry it is about.

Lives here: the wording, in Chinese whatever the reader's language, each duty and period with its article. Does not
live here: whether the paper may be made (``kinds``), how it looks (``templates``), certificates.
Called by: ``making``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mediation import guards, law
from mediation.amounts import format_amount, in_capitals
from mediation.models import CaseEvent, Document, Party
from mediation.numbers import short
from mediation.papers import wording
from mediation.papers.press import Sheet
from mediation.papers.record import SENT_AWAY, Record
from mediation.papers.wording import by_law, length, plain_day, solemn_day
from mediation.vocabulary import (
    Audience,
    ClockKind,
    DeclineGround,
    DocumentKind,
    EnclosureKind,
    EndGround,
    Institution,
    PaperKind,
    Procedure,
    ReturnGround,
    SessionMode,
    Side,
    Stage,
    Track,
)
from mediation.workdays import local_day
from roster.identity import mask_account, mask_phone

Block = dict[str, Any]
LONGEST_CLAIM = 400


def text(said: str) -> Block:
    """Return a paragraph."""
    return {"kind": "text", "text": said}


def head(said: str) -> Block:
    """Return a heading."""
    return {"kind": "head", "text": said}


def flush(said: str) -> Block:
    """Return a line without indent."""
    return {"kind": "flush", "text": said}


def small(said: str) -> Block:
    """Return a note in small print."""
    return {"kind": "small", "text": said}


def facts(rows: Iterable[tuple[str, str]]) -> Block:
    """Return a table of labels and values; lines without a value are left out."""
    return {"kind": "facts", "rows": [[label, value] for label, value in rows if value]}


def table(columns: Mapping[str, int], rows: list[list[str]], *, tall: bool = False) -> Block:
    """Return a table; widths are in points, 0 takes what is left; ``tall`` leaves room to write by hand."""
    return {"kind": "table", "columns": list(columns), "widths": list(columns.values()), "rows": rows, "tall": tall}


def signatures(people: Iterable[Party]) -> Block:
    """Return a table in which parties sign by hand."""
    rows = [[wording.called(person), "", "　　年　月　日"] for person in people]
    return table({"当事人": 0, "签名或者盖章": 150, "日期": 110}, rows, tall=True)


RULE: Block = {"kind": "rule"}


# What several papers say.


def _parties(record: Record) -> list[tuple[str, str]]:
    rows = []
    for side in Side:
        for person in record.side(side):
            agents = record.agents(person)
            said = wording.particulars(person) + (f"\n代理人：{'、'.join(agents)}" if agents else "")
            rows.append((side.label, said))
    return rows


def _between(record: Record) -> str:
    applicants, respondents = (wording.joined(map(wording.called, record.side(side)), 2) for side in Side)
    return f"{applicants or '申请人'}与{respondents or '被申请人'}{record.cause}一案"


def _everybody(record: Record) -> str:
    return wording.joined(wording.called(person) for person in record.parties)


def _claims(record: Record) -> list[tuple[str, str]]:
    amount = record.case.amount
    said = wording.shortened(record.text(EnclosureKind.NARRATIVE), LONGEST_CLAIM)
    return [
        ("案由", record.cause),
        ("请求金额", f"{format_amount(amount)}（{in_capitals(amount)}）" if amount is not None else ""),
        ("事实和请求", said),
    ]


def _official(record: Record, kind: PaperKind, event: CaseEvent | None, recipient: str, blocks: list[Block]) -> Sheet:
    return Sheet(
        issuer=record.court,
        title=kind.label,
        number=record.number(event),
        recipient=recipient,
        blocks=blocks,
        signed=record.court,
        day=solemn_day(record.day_of(event)),
        note=wording.glossed(block.get("text", "") for block in blocks),
    )


def _bound(record: Record, on: date) -> str:
    held = [p for p in record.side(Side.RESPONDENT) if guards.is_bound_to_take_part(record.case, str(p.ref))]
    if not held:
        return ""
    rule = "ZQ-94" if any(person.institution == Institution.SECURITIES for person in held) else "QH-56"
    names = wording.joined(map(wording.called, held))
    return (
        f"普通投资者就证券期货业务纠纷提出调解请求的，{names}应当参加调解{by_law([rule], on)}，"
        "但是否达成协议、达成怎样的协议，仍由各方自愿决定。"
    )


def _mediation_days(record: Record, track: Track, on: date) -> str:
    rule = record.rule(ClockKind.MEDIATE, track, on)
    return f"调解期限为{length(rule)}，自{rule.counted_from}起算{by_law(rule.rule_ids, on)}"


# Before an organisation has the case.


def notification(record: Record, event: CaseEvent | None) -> Sheet:
    """Tell the parties what mediation is, their rights and duties, its effects and its end (TY-14, ZX-7, ZX-17)."""
    on = record.day_of(event)
    entrusted = record.case.track == Track.ENTRUSTED
    track = Track.ENTRUSTED if entrusted else Track.DELEGATED
    confirm = record.rule(ClockKind.CONFIRM, Track.DELEGATED, on)
    choose = record.rule(ClockKind.CHOOSE, track, on)
    reply = record.rule(ClockKind.REPLY, track, on)
    ending = (
        "转入审理，由本院依法继续办理" + by_law(["ZX-21(3)", "TY-21"], on)
        if entrusted
        else "由本院依法登记立案，不影响你方的诉讼权利" + by_law(["ZX-21(2)", "N-4.5d"], on)
    )
    effect = (
        "可以请求本院审查后出具调解书，或者申请撤诉" + by_law(["ZX-20", "TY-20"], on)
        if entrusted
        else f"各方可以自协议生效之日起{length(confirm)}内共同向有管辖权的人民法院申请司法确认，不交纳案件受理费；"
        f"经裁定有效的协议，一方不履行的，对方可以申请执行{by_law(['CPL-205', 'CPL-206', 'FEE-8'], on)}"
    )
    blocks = [
        text(
            f"{_between(record)}，本院拟通过人民法院调解平台与中国投资者网平台的在线对接组织调解。现将有关事项告知如下："
        ),
        head("一、调解自愿"),
        text(
            f"是否调解、由谁调解、以在线还是现场方式调解，由你方自己决定{by_law(['N-2', 'ZX-4', 'TY-11'], on)}。"
            "对一个环节的同意不视为对其他环节的同意；已经同意的，在该环节开始前的合理期间内可以撤回"
            f"{by_law(['ZS-4', 'ZS-5'], on)}。调解中随时可以表示不愿继续，调解即终止{by_law(['ZX-25(4)'], on)}。"
        ),
        *([text(_bound(record, on))] if _bound(record, on) else []),
        head("二、你方的权利"),
        text(
            f"（一）在本院名册中与对方共同选择调解组织或者调解员；同意调解之日起{length(choose)}内未能共同选定，"
            f"或者交由本院决定的，由本院指定{by_law(['ZX-10', 'TY-12'], on)}。"
        ),
        text(
            f"（二）知悉调解员的利害关系披露，申请其回避或者更换{by_law(['ZX-13', 'ZX-14', 'TY-15'], on)}；"
            "更换后仍有异议又不另行选择的，视为不同意调解。"
        ),
        text(f"（三）委托一至二名代理人；代为和解、承认、放弃请求的，须有特别授权{by_law(['CPL-61', 'CPL-62'], on)}。"),
        text(
            f"（四）调解过程和协议内容不公开{by_law(['TY-2'], on)}；为达成协议作出妥协而认可的事实，"
            f"除各方共同确认的无争议事实外，不得在诉讼中作为对其不利的根据{by_law(['ZX-18'], on)}。"
        ),
        text(f"（五）调解员强迫调解、索取财物或者泄露调解内容的，可以向本院投诉{by_law(['TY-28', 'ZX-29'], on)}。"),
        head("三、你方的义务"),
        text(
            "（一）如实填写身份信息、纠纷情况、可以接通的电话和电子送达地址，提交真实的材料，并确认送达地址"
            f"{by_law(['ZX-8', 'ZX-17'], on)}；变更的应当及时告知。"
        ),
        text(f"（二）开始前接受身份核验{by_law(['ZX-17'], on)}，遵守调解秩序，未经许可不得录音、录像、传播。"),
        text(
            "（三）不得恶意串通、伪造证据或者捏造事实进行虚假调解；查实的依法处罚，构成犯罪的移送追究刑事责任"
            f"{by_law(['ZX-17', 'ZX-23'], on)}。"
        ),
        head("四、程序和期限"),
        text(
            f"（一）调解组织收到{'委托' if entrusted else '委派'}后，应当在{length(reply)}内答复是否接受；"
            f"不接受或者逾期未答复的，另行选择或者指定{by_law(reply.rule_ids, on)}。"
        ),
        text(f"（二）{_mediation_days(record, track, on)}；各方同意的可以延长。"),
        text(
            "（三）各方具备条件的，同时登录进行音视频调解；经各方同意可以错时或者非同步进行；不具备条件的，由法院、"
            f"调解组织提供场所和设备，或者改为现场调解{by_law(['ZX-16', 'ZS-20'], on)}。"
        ),
        head("五、协议的效力"),
        text(
            "全部或者部分达成协议的，由各方和调解员在线签章，或者签署后上传；各方当事人全部签章时，协议对各方具有约束力"
            f"{by_law(['ZX-19'], on)}，应当自觉履行。达成协议后，{effect}。"
        ),
        head("六、调解不成"),
        text(
            f"未达成协议的，{ending}。参与调解的调解员不得在后续诉讼中担任人民陪审员、代理人、证人等"
            f"{by_law(['TY-16'], on)}。"
        ),
    ]
    blocks.append(text("以上事项，请阅读后签名确认，或者在平台上在线确认。"))
    sheet = _official(record, PaperKind.NOTIFICATION, event, _everybody(record), blocks)
    confirmed = [
        RULE,
        flush("当事人确认：已经阅读并了解以上告知事项。"),
        signatures(record.parties),
    ]
    return replace(sheet, after=confirmed)


def consultation(record: Record, event: CaseEvent) -> Sheet:
    """Ask the parties whether they agree to mediation, by when, and how to answer (N-4.5f, ZX-10, CPL-90)."""
    on = record.day_of(event)
    clock = record.clock(ClockKind.ANSWER, event)
    due = (
        f"请于{plain_day(local_day(datetime.fromisoformat(clock['due'])))}前（含当日）答复。"
        if clock
        else "请尽快答复。"
    )
    how = f"（答复期限为本院指定：{wording.counted(clock, record.calendar)}。）" if clock else ""
    blocks = [
        text(
            f"{_between(record)}，本院认为适宜先行调解。依照{wording.articles(['N-4.5f', 'ZX-10', 'TY-11'], on)}，"
            f"现征求你方意见。{due}{how}"
        ),
        facts([*_parties(record), *_claims(record)]),
        text(
            "可以登录平台在线答复，也可以填写下列意见后签名交回本院，或者由书记员电话记录。逾期没有答复的，不视为同意调解，"
            "由本院依法继续办理。"
        ),
        *([text(_bound(record, on))] if _bound(record, on) else []),
        text("不同意调解不影响你方的诉讼权利；调解的权利义务、程序和协议效力见《调解告知书》。"),
    ]
    sheet = _official(record, PaperKind.CONSULTATION, event, _everybody(record), blocks)
    answers = [
        RULE,
        head("答复意见（请在□中打“√”，逐项分别表示）"),
        table(
            {"事项": 210, "意见": 0},
            [
                *([stage.label, "□ 同意　　□ 不同意"] for stage in Stage),
                ["调解组织", "□ 与对方共同选择　□ 交由法院指定\n□ 希望选择："],
                ["电子送达地址（手机号码或者电子邮箱）", ""],
            ],
        ),
        small(
            f"同意电子送达的，判决书、裁定书、调解书也可以电子送达，以到达特定系统之日为送达日期，需要纸质文书的可以提出"
            f"{by_law(['CPL-90'], on)}。"
        ),
        signatures(record.parties),
    ]
    return replace(sheet, after=answers)


def returned(record: Record, event: CaseEvent) -> Sheet:
    """Say why an application is returned and where to go instead (ZX-9)."""
    on = record.day_of(event)
    ground = ReturnGround(event.facts["ground"])
    advice = record.text(EnclosureKind.ADVICE, event)
    applicants = wording.joined(map(wording.called, record.side(Side.APPLICANT)))
    blocks = [
        text(
            f"你方于{plain_day(record.day_of(record.events[0]))}提交的{_between(record)}的调解申请，本院收悉。经审查，"
            f"{ground.label}，依照{wording.articles(['ZX-9'], on)}，现将申请退回。"
        ),
        facts([*_claims(record)[:2], ("退回理由", ground.label), ("告知事项和建议途径", advice)]),
        text("你方提交的电子材料仍可在平台上查看和下载，需要时可以再次使用，不必重新上传。"),
        text(
            "退回调解申请不是对纠纷的处理结论，不影响你方依法起诉、申请仲裁或者另行申请调解。请注意诉讼时效；"
            "提交本次申请的时间以《案件材料收据》记载的时间为准。"
        ),
    ]
    return _official(record, PaperKind.RETURN, event, applicants, blocks)


# The letter to an organisation, and what goes with it.


def _how_chosen(record: Record, event: CaseEvent) -> str:
    before = record.last("delegate", before=event)
    choice = record.last("choose_jointly", before=event, after=before)
    if choice and choice.facts["organisation"] == event.facts["organisation"]:
        return "当事人共同选定"
    leaving = record.last("leave_to_court", before=event, after=before)
    left = event.facts.get("left_to_court") or (leaving and record.clock(ClockKind.DESIGNATE, leaving))
    if left:
        return "当事人交由本院指定"
    return "前次委派、委托的组织没有承办，由本院另行指定" if before else "当事人未在规定期限内共同选定，由本院指定"


def _answer_by(record: Record, event: CaseEvent) -> str:
    signed_for = record.following(event, "receive")
    clock = record.clock(ClockKind.REPLY, signed_for)
    if signed_for is None or clock is None:
        return ""
    return f"平台记载你组织已签收本函，答复期限{wording.counted(clock, record.calendar)}。"


def handing(kind: PaperKind) -> Callable[[Record, CaseEvent], Sheet]:
    """Return what writes the letter of delegation (before docketing) or of entrusting (after)."""

    def letter(record: Record, event: CaseEvent) -> Sheet:
        """Hand the case to an organisation: what it is, by when to answer, what to do, what to report."""
        on, entrusted = record.day_of(event), kind is PaperKind.ENTRUSTMENT
        track, verb = (Track.ENTRUSTED, "委托") if entrusted else (Track.DELEGATED, "委派")
        reply = record.rule(ClockKind.REPLY, track, on)
        organisation = record.organisation_name(event.facts["organisation"])
        one_sided = record.last("proceed_on_one_consent", before=event) is not None and not entrusted
        consent = (
            f"经征询，申请人同意调解，对方当事人的意愿请协助联系确认{by_law(['ZX-10', 'ZX-15'], on)}"
            if one_sided
            else "已征得当事人同意"
        )
        capped = entrusted and on >= law.DOCKET_FIRST
        longer = "各方同意的可以延长" + (f"一次，最长三十日{by_law(['LT-3'], on)}" if capped else "")
        procedure = Procedure(record.case.sheet["procedure"]).label if record.case.sheet.get("procedure") else ""
        success = (
            "达成协议的，将协议送交本院，由本院审查后出具调解书，或者由当事人申请撤诉" + by_law(["TY-20", "ZX-20"], on)
            if entrusted
            else "达成协议的，将协议送达各方并报本院备案；当事人共同申请司法确认的，由本院在线办理"
            + by_law(["TY-19", "N-4.5c", "CPL-205"], on)
        )
        failure = "由本院恢复审理" if entrusted else "由本院依法登记立案"
        blocks = [
            text(
                f"{_between(record)}，{consent}。依照"
                f"{wording.articles(['N-4.5a', 'N-4.5f', 'TY-11', *(['LT-2'] if entrusted else [])], on)}，"
                f"本院{verb}你组织进行调解，请依法办理。"
            ),
            facts(
                [
                    *_parties(record),
                    *_claims(record),
                    ("审理程序", procedure if entrusted else ""),
                    ("选定方式", _how_chosen(record, event)),
                    (f"{verb}时间", wording.plain_instant(event.at)),
                ]
            ),
            head("一、答复"),
            text(
                f"请自收到本函之日起{length(reply)}内在投资者网平台答复是否接受{by_law(['N-4.5g'], on)}；"
                f"{wording.SHORT['ZX']}第十二条规定的期限为三个工作日，请尽早答复，届时平台将提示。"
                "收到当日不计入，休息日不计入，调休补班日计入。"
                f"{_answer_by(record, event)}"
            ),
            text(
                "不接受的，应当写明理由：超出章程范围或者行业领域、明显超出专业能力，或者其他不适宜接受的情形。逾期未答复的，"
                "不视为接受，本院将收回案件另行指派，并记入你组织的履职记录。"
            ),
            head("二、调解"),
            text(
                "接受后请指定调解员并披露利害关系"
                f"{by_law(['ZX-11', 'ZX-13'], on)}，在三个工作日内联系各方当事人{by_law(['ZX-15'], on)}；"
                f"开始前核验身份、告知权利义务和协议效力、警示虚假调解的后果{by_law(['TY-14', 'ZX-17'], on)}。"
                f"{_mediation_days(record, track, on)}，{longer}。"
            ),
            text(f"调解过程和协议内容不得公开或者泄露{by_law(['TY-2', 'ZX-29'], on)}。"),
            head("三、结果"),
            text(f"{success}。"),
            text(
                "未达成协议的，写明基本情况、未达成的原因、当事人增加对方成本的行为和其他提示，连同各方书面确认的无争议事实，"
                f"通过平台移交本院，{failure}{by_law(['ZX-21', 'TY-26'], on)}。"
            ),
            text(f"附：《{PaperKind.HANDOVER.label}》及所列电子材料。"),
        ]
        return _official(record, kind, event, organisation, blocks)

    return letter


def handover(record: Record, event: CaseEvent) -> Sheet:
    """List the materials that travel with the case, each with its digest, and what signing for them means (ZX-24)."""
    on = record.day_of(event)
    rows = [
        [
            str(place),
            document.name,
            DocumentKind(document.kind).label,
            _size(document.size),
            f"{_filed_by(record, entry)}\n{record.day_of(entry):%Y-%m-%d}",
            _check_value(document),
        ]
        for place, (document, entry) in enumerate(record.materials(event), 1)
    ]
    columns = {"序号": 30, "材料名称": 0, "种类": 66, "大小": 48, "提交人和日期": 88, "校验值\n（前16位）": 66}
    listed = table(columns, rows) if rows else text("本案没有随案移送的电子材料，当事人信息和申请内容见平台。")
    signed_for = record.following(event, "receive")
    received = f"平台记载的签收时间：{wording.plain_instant(signed_for.at)}。" if signed_for else "尚待接收方平台签收。"
    blocks = [
        text(f"{_between(record)}，随案移送下列电子材料共{len(rows)}份："),
        listed,
        text(
            "以上材料在移送时逐件计算SHA-256校验值，接收方平台收到后逐件核对，不一致的不予签收。"
            f"{received}在线调解的期限自调解组织在平台确认接受之日起算{by_law(['ZX-24'], on)}。"
        ),
    ]
    return _official(record, PaperKind.HANDOVER, event, record.organisation_name(event.facts["organisation"]), blocks)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"


def _check_value(document: Document) -> str:
    return f"{document.sha256[:8]}\n{document.sha256[8:16]}"


def _filed_by(record: Record, entry: CaseEvent) -> str:
    people = {str(person.ref): person.name for person in record.people}
    return people.get(entry.by["ref"], "") or {"CLERK": "法院登记", "MEDIATOR": "调解员"}.get(
        entry.by["role"], "调解组织"
    )


def reassignment(record: Record, event: CaseEvent) -> Sheet:
    """Tell the parties that another organisation has the case now, why, and what they may do (ZX-12, TY-12, ZX-14)."""
    on = record.day_of(event)
    came_back = record.last(*SENT_AWAY, before=event)
    assert came_back is not None
    earlier = record.last("delegate", before=came_back)
    before = record.organisation_name(earlier.facts["organisation"]) if earlier else "原调解组织"
    now = record.organisation_name(event.facts["organisation"])
    entrusted = record.track(event) is Track.ENTRUSTED
    verb = "委托" if entrusted else "委派"
    match came_back.move:
        case "decline":
            told = f"{before}因{DeclineGround(came_back.facts['ground']).label}，没有接受本院的{verb}"
        case "lapse_reply":
            told = f"{before}在规定期限内没有答复本院的{verb}，依照规定不视为接受"
        case "recall":
            told = f"本院曾{verb}{before}调解，在其接受之前已收回"
        case _:
            told = f"{before}无法接收本院的{verb}"
    reply = record.rule(ClockKind.REPLY, record.track(event), on)
    blocks = [
        text(
            f"{_between(record)}，{told}。依照{wording.articles(['ZX-12', 'TY-12'], on)}，本院现重新指派{now}进行调解。"
        ),
        facts(
            [
                ("原调解组织", before),
                ("退回时间", wording.plain_instant(came_back.at)),
                ("现调解组织", now),
                ("选定方式", _how_chosen(record, event)),
                ("指派时间", wording.plain_instant(event.at)),
            ]
        ),
        text(f"{now}应当自收到之日起{length(reply)}内答复是否接受{by_law(reply.rule_ids, on)}。结果由平台通知你方。"),
        text(
            "对新指派的调解组织有异议的，可以向本院提出更换；更换后仍有异议又不另行选择的，视为不同意调解"
            f"{by_law(['ZX-14', 'TY-12'], on)}。"
        ),
        text("你方已经提交的材料随案移送，不必重新提交。"),
    ]
    return _official(record, PaperKind.REASSIGNMENT, event, _everybody(record), blocks)


# After mediation has failed.

ENDINGS: dict[str, str] = {
    "lapse_consent": "征询期满当事人没有答复",
    "refuse_consent": "当事人不同意调解",
    "lapse_mediation": EndGround.PERIOD_OVER.label,
    "stop_mediation": EndGround.UNWILLING.label,
    "refuse_to_sign": EndGround.REFUSED_TO_SIGN.label,
    "withdraw": EndGround.WITHDRAWN.label,
    "review_suspicion": "经审查属于虚假调解",
    "seek_docketing": "当事人请求转立案",
}
"""Why mediation ended, by the move that ended it; a mediator's own ending names its ground."""


def _why_ended(record: Record, event: CaseEvent) -> str:
    if event.move == "seek_docketing" and (earlier := record.last("conclude_unsettled", *ENDINGS, before=event)):
        return f"{_why_ended(record, earlier)}；{ENDINGS[event.move]}"
    if event.move == "conclude_unsettled":
        return EndGround(event.facts["ground"]).label
    return ENDINGS.get(event.move, EndGround.OTHER.label)


def resumption(record: Record, event: CaseEvent) -> Sheet:
    """Tell the parties that mediation has ended and the trial goes on (ZX-21, TY-21, LT-5)."""
    on = record.day_of(event)
    ended = record.failed
    why = f"，因{_why_ended(record, ended)}" if ended else ""
    docket_first = on >= law.DOCKET_FIRST
    blocks = [
        text(
            f"{_between(record)}，本院委托调解{why}，未达成调解协议。依照"
            f"{wording.articles(['ZX-21(3)', 'TY-21', *(['LT-5'] if docket_first else [])], on)}，"
            f"本院自{plain_day(on)}起恢复审理。"
        ),
        text(
            "各方在调解中书面共同确认的无争议事实，诉讼中不必再举证，但涉及国家利益、社会公共利益和他人合法权益的除外；"
            f"除此之外，为达成协议所作的让步不得作为对其不利的根据{by_law(['ZX-18', 'D305-15'], on)}。"
        ),
        text(
            "参与本案调解的调解员不得在后续诉讼中担任人民陪审员、诉讼代理人、证人、鉴定人、翻译人员"
            f"{by_law(['TY-16'], on)}。"
            "审理期间仍可以请求法院主持调解，或者自行和解。"
        ),
    ]
    if docket_first:
        blocks.append(
            text(f"尚未交纳案件受理费的，请按本院通知交纳；逾期不交纳的，按自动撤回起诉处理{by_law(['LT-6'], on)}。")
        )
    blocks.append(text("开庭时间、承办法官和举证期限另行通知。"))
    return _official(record, PaperKind.RESUMPTION, event, _everybody(record), blocks)


def docketing(record: Record, event: CaseEvent) -> Sheet:
    """Sum up a case that failed before docketing, for whoever dockets it (ZX-21, CPL-126)."""
    case = record.case
    delegated, accepted = record.last("delegate"), record.last("accept")
    docketed = record.last("docket")
    # The clock runs from the court's own receipt where the case came from the other platform.
    clock = record.clock(ClockKind.DOCKET, event) or record.clock(ClockKind.DOCKET, record.following(event, "receive"))
    number = record.number(docketed) if docketed else ""
    sent_to = sum(1 for person in record.parties if str(person.ref) in case.sheet.get("addresses", ()))
    organisation = record.organisation_name(delegated.facts["organisation"]) if delegated else ""
    if not organisation and case.organisation:
        organisation = record.organisation_name(case.organisation)
    due = (
        f"{plain_day(local_day(datetime.fromisoformat(clock['due'])))}（{wording.counted(clock, record.calendar)}）"
        if clock
        else ""
    )
    materials = record.materials()
    blocks = [
        facts(
            [
                ("登记编号", record.number(event) or short(case.ref)),
                ("民初案号", number or "待立案"),
                *_parties(record),
                *_claims(record)[:2],
                ("调解组织", organisation),
                ("调解员", "、".join(record.mediator_names())),
                ("委派时间", wording.plain_instant(delegated.at) if delegated else ""),
                ("接受时间", wording.plain_instant(accepted.at) if accepted else ""),
                ("交回法院", wording.plain_instant(event.at)),
                ("终止原因", _why_ended(record, event)),
                ("送达地址", f"{len(record.parties)}名当事人中{sent_to}名已确认"),
                ("立案期限", due),
            ]
        ),
        head("一、事实和请求"),
        text(record.text(EnclosureKind.NARRATIVE) or "见申请材料。"),
        head("二、调解情况"),
        text(record.text(EnclosureKind.REPORT) or "没有收到调解情况报告。"),
        head("三、各方确认的无争议事实"),
        text(record.text(EnclosureKind.UNDISPUTED) or "没有经各方书面确认的无争议事实。"),
        head("四、随案材料"),
        table(
            {"序号": 34, "材料名称": 0, "种类": 84, "提交日期": 76},
            [
                [str(place), document.name, DocumentKind(document.kind).label, f"{record.day_of(entry):%Y-%m-%d}"]
                for place, (document, entry) in enumerate(materials, 1)
            ],
        )
        if materials
        else text("没有随案材料。"),
        facts([("移送意见", "　\n　"), ("移送人", "　"), ("立案庭签收", "　")]),
        small(
            f"依据：{wording.articles(['N-4.5d', 'ZX-21(2)', 'CPL-126'], record.day_of(event))}。"
            "本表仅供法院内部办理立案使用。"
        ),
    ]
    sheet = _official(record, PaperKind.DOCKETING, event, "", blocks)
    return replace(sheet, number=number or record.number(event))


# To whoever has applied.


def receipt(record: Record, event: CaseEvent) -> Sheet:
    """Acknowledge an application: when it was received, what came with it, how it can be verified later."""
    case = record.case
    direct = event.move == "apply"
    issuer = record.organisation_name(event.facts["organisation"]) if direct else record.court
    code = receipt_code(event.hash)
    materials = [(document, entry) for document, entry in record.materials(event) if document.number == event.number]
    rows = [
        [str(place), document.name, DocumentKind(document.kind).label, _check_value(document)]
        for place, (document, _entry) in enumerate(materials, 1)
    ]
    listed = table({"序号": 34, "材料名称": 0, "种类": 84, "校验值\n（前16位）": 80}, rows)
    blocks = [
        text(f"今收到下列调解申请及电子材料{len(rows)}份。"),
        facts(
            [
                ("登记编号", record.number(event) or short(case.ref)),
                *_parties(record),
                *_claims(record)[:2],
                ("收到时间", wording.plain_instant(event.at)),
                ("收据核验码", code),
            ]
        ),
        *([listed] if rows else []),
        text(
            f"本收据证明申请人于{wording.plain_instant(event.at)}向本{'组织' if direct else '院'}"
            f"提出保护民事权利的请求。{_interruption()}"
        ),
        small("收据核验码是申请登记第1条流水校验值的前16位，可以与平台保存的流水核对；不一致的，以流水为准。"),
    ]
    return Sheet(
        issuer=issuer,
        title=PaperKind.RECEIPT.label,
        number=record.number(event),
        recipient=wording.joined(map(wording.called, record.side(Side.APPLICANT))),
        blocks=blocks,
        signed=issuer,
        day=solemn_day(record.day_of(event)),
        mark="（印章）" if direct else "（院印）",
    )


def copy(record: Record, event: CaseEvent) -> Sheet:
    """Return everything an application filed, word for word, with the day on which protection was asked for."""
    case, direct = record.case, event.move == "apply"
    told = next((content for _about, content in record.contents(EnclosureKind.NARRATIVE, event)), {})
    issuer = record.organisation_name(event.facts["organisation"]) if direct else record.court
    code = receipt_code(event.hash)
    at = wording.plain_instant(event.at)
    day = told.get("occurred_on", "")
    stages = "；".join(Stage(stage).label for stage in event.facts.get("consents", ()))
    amount = event.facts.get("amount")
    open_to_all = [document for document, _entry in record.materials(event)]
    filed = [document for document in [*open_to_all, *record.confided] if document.number == event.number]
    rows = [
        [
            str(place),
            document.name,
            f"{DocumentKind(document.kind).label}\n{Audience(document.audience).label}",
            _size(document.size),
            _whole(document.sha256),
        ]
        for place, document in enumerate(filed, 1)
    ]
    papers = [one for one in event.enclosures if one["kind"] == EnclosureKind.DOCUMENT]
    confided = len(papers) - len(filed)
    listed = table({"序号": 30, "材料名称": 0, "种类和查看范围": 92, "大小": 52, "SHA-256校验值": 150}, rows)
    blocks = [
        text(f"本副本是申请人于{at}向{issuer}提交的调解申请的全部内容，由平台按照申请登记第1条流水原样制作。"),
        head("一、当事人"),
        facts([*_parties(record), *_reached(record, event)]),
        head("二、纠纷"),
        facts(
            [
                ("登记编号", record.number(event) or short(case.ref)),
                ("收件方", issuer),
                ("案由", record.cause),
                ("涉及的产品", str(told.get("product", ""))),
                ("发生日期", plain_day(date.fromisoformat(day)) if day else ""),
                ("12386转办编号", str(told.get("transfer", ""))),
                ("投诉编号（申请人自述）", str(told.get("complaint", ""))),
                ("请求金额", f"{format_amount(amount)}（{in_capitals(amount)}）" if amount is not None else ""),
                ("希望的调解方式", SessionMode(told["mode"]).label if told.get("mode") else ""),
            ]
        ),
        head("三、事情经过"),
        text(str(told.get("text", ""))),
        head("四、请求"),
        text(str(told.get("claims", "")) or "见事情经过。"),
        head("五、同意事项"),
        text(f"申请人逐项单独同意：{stages}。" if stages else "没有在线作出的同意。"),
        head("六、材料"),
        listed if rows else text("提交申请时没有对案件全体公开的材料。" if confided > 0 else "提交申请时没有材料。"),
        *([text(f"另有{confided}份材料不对领取本副本的人公开，不在此列出。")] if confided > 0 else []),
        head("七、请求保护权利的时间"),
        text(f"{at}。{_interruption()}"),
        facts([("核验码", code)]),
        small("在平台“核验证书和收据”页面输入核验码，可以查到收到时间和收件方，与本副本核对。"),
    ]
    return Sheet(
        issuer=issuer,
        title=PaperKind.COPY.label,
        number=record.number(event),
        recipient=wording.joined(map(wording.called, record.side(Side.APPLICANT))),
        blocks=blocks,
        signed=issuer,
        day=solemn_day(record.day_of(event)),
        seal=False,
    )


def _reached(record: Record, event: CaseEvent) -> list[tuple[str, str]]:
    """Return where applicants said that they can be reached and which account is theirs, numbers masked."""
    own = {str(person.ref) for person in record.side(Side.APPLICANT)}
    rows = []
    for about, stated in record.contents(EnclosureKind.PARTY, event):
        if about in own:
            rows += [("联系电话", mask_phone(stated.get("phone", ""))), ("送达地址", str(stated.get("address", "")))]
            rows += [("电子邮箱", str(stated.get("email", "")))]
            number = str(stated.get("account_number", ""))
            branch = str(stated.get("account_branch", ""))
            rows += [("证券期货账户", "，".join(one for one in (branch, number and mask_account(number)) if one))]
    return rows


def receipt_code(digest: str) -> str:
    """Return the code by which anybody can check a receipt or a copy: the beginning of its entry's hash."""
    return "-".join(digest[place : place + 4].upper() for place in range(0, 16, 4))


def _interruption() -> str:
    return (
        "依照《最高人民法院关于审理民事案件适用诉讼时效制度若干问题的规定》第十二条，向依法有权解决相关民事纠纷的组织"
        "提出请求的，诉讼时效自提出请求之日起中断；是否中断由人民法院依法认定。"
    )


def _whole(digest: str) -> str:
    return "\n".join(digest[place : place + 22] for place in range(0, 64, 22))


LETTERS: dict[PaperKind, Callable[[Record, Any], Sheet]] = {
    PaperKind.RECEIPT: receipt,
    PaperKind.COPY: copy,
    PaperKind.RETURN: returned,
    PaperKind.NOTIFICATION: notification,
    PaperKind.CONSULTATION: consultation,
    PaperKind.DELEGATION: handing(PaperKind.DELEGATION),
    PaperKind.ENTRUSTMENT: handing(PaperKind.ENTRUSTMENT),
    PaperKind.HANDOVER: handover,
    PaperKind.REASSIGNMENT: reassignment,
    PaperKind.RESUMPTION: resumption,
    PaperKind.DOCKETING: docketing,
}
