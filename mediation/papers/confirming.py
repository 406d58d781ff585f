"""What parties hand to a court with a joint application for confirmation: the application, the organisation's proof.

Lives here: their wording, made from the journal (SQ-3, JI-354). Does not live here: the agreement itself, the court's
rulings (``judging``), who may take them.
Called by: ``making``.
"""

from __future__ import annotations

from datetime import date, datetime

from mediation.models import CaseEvent, Party
from mediation.numbers import short
from mediation.papers import wording
from mediation.papers.letters import Block, facts, flush, head, small, table, text
from mediation.papers.press import Sheet
from mediation.papers.record import Record
from mediation.papers.wording import by_law, plain_day, plain_instant, solemn_day
from mediation.vocabulary import CourtLink, PaperKind, Role, SessionMode, Side, Track
from mediation.workdays import local_day
from roster.identity import mask_phone

LINKS = {
    CourtLink.DOMICILE: "当事人住所地的人民法院",
    CourtLink.SUBJECT: "标的物所在地的人民法院",
    CourtLink.ORGANISATION: "调解组织所在地的人民法院",
}


def application(record: Record, event: CaseEvent) -> Sheet:
    """Apply together for judicial confirmation: who, which agreement, why this court, what is promised (SQ-3)."""
    case, on = record.case, record.day_of(event)
    entries = {one.facts["party"]: one for one in reversed(list(record.entries("seek_confirmation")))}
    rows = [
        [wording.called(person), Side(person.side).label, plain_instant(said.at) if said else ""]
        for person in record.parties
        for said in [entries.get(str(person.ref))]
    ]
    blocks = [
        facts(people(record)),
        head("一、请求"),
        text(
            f"请求确认各方当事人经{record.organisation_name(case.organisation)}主持调解，"
            f"于{plain_day(effective(record))}达成的调解协议有效。"
        ),
        head("二、事实和理由"),
        text(
            f"各方因{record.cause}申请调解，经{_by_whom(record)}主持，自愿达成调解协议，"
            f"协议自{plain_day(effective(record))}生效。各方在协议生效之日起三十日内共同提出申请"
            f"{by_law(['CPL-205'], on)}。"
        ),
        text(why_this_court(record, event)),
        head("三、承诺"),
        text(
            "各方出于解决纠纷的目的自愿达成协议，没有恶意串通、规避法律的行为；如果因为该协议内容给他人造成损害的，"
            f"愿意承担相应的民事责任和其他法律责任{by_law(['ZX-23'], on)}。"
        ),
        head("四、材料"),
        text(
            f"调解协议；调解组织主持调解的证明；与调解协议相关的财产权利证明；各方的身份、住所、联系方式等信息"
            f"{by_law(['JI-354'], on)}。均以电子材料随本申请移送。"
        ),
        facts([("协议校验值", str(case.sheet["agreement"]["digest"]))]),
        table({"申请人": 0, "在调解中的地位": 110, "在线确认申请的时间": 170}, rows),
    ]
    return Sheet(
        issuer=record.court,
        title=PaperKind.CONFIRMATION_APPLICATION.label,
        number=record.number(event) or _known_as(record),
        recipient=record.court,
        blocks=[*blocks, small(f"案件流水第{event.number}号，校验值{event.hash[:16]}")],
        note=wording.glossed(block.get("text", "") for block in blocks),
        day=solemn_day(on),
        seal=False,
    )


def proof(record: Record, event: CaseEvent) -> Sheet:
    """Prove that the organisation conducted the mediation, from the entries of the journal (JI-354)."""
    case, on = record.case, record.day_of(event)
    accepted, opened, signed = (record.last(move) for move in ("accept", "open_session", "sign"))
    house = record.organisation(case.organisation)
    asked = "受人民法院委派" if case.track == Track.DELEGATED else "依当事人申请"
    rows = [
        ("案由", record.cause),
        ("登记编号", case.number or short(case.ref)),
        *people(record),
        ("调解组织", record.organisation_name(case.organisation)),
        ("统一社会信用代码", house.credit_code if house else ""),
        ("调解员", "、".join(record.mediator_names())),
        ("接受时间", plain_instant(accepted.at) if accepted else ""),
        ("调解开始", plain_instant(opened.at) if opened else ""),
        ("调解方式", SessionMode(opened.facts["mode"]).label if opened else ""),
        ("协议生效", plain_instant(case.effective_at) if case.effective_at else ""),
        ("协议校验值", str(case.sheet["agreement"]["digest"])),
        ("盖章时间", plain_instant(signed.at) if signed else ""),
    ]
    blocks: list[Block] = [
        facts(rows),
        text(
            f"兹证明：{record.organisation_name(case.organisation)}{asked}，由上列调解员依法主持调解，"
            f"核实了各方身份，告知了权利义务和虚假调解的后果，各方自愿达成调解协议{by_law(['JI-354', 'ZX-17'], on)}。"
        ),
        flush(f"案件流水第{event.number}号，校验值{event.hash[:16]}"),
    ]
    return Sheet(
        issuer=record.organisation_name(case.organisation),
        title=PaperKind.MEDIATION_PROOF.label,
        number=_known_as(record),
        recipient=record.court if case.court else "",
        blocks=blocks,
        signed=record.organisation_name(case.organisation),
        day=solemn_day(on),
        note=wording.glossed(block.get("text", "") for block in blocks),
    )


def people(record: Record) -> list[tuple[str, str]]:
    """Return every party as applications state them, applicants first."""
    return [(side.label, described(record, person)) for side in Side for person in record.side(side)]


def described(record: Record, person: Party, *, own: bool = False) -> str:
    """Return a party with its particulars and agents; domicile and whole telephone only on papers that are its ``own``:
    the other side reads them too, and the court has them with the case (JI-354).
    """
    agents = record.agents(person)
    address = str(person.particulars().get("address", "")) if own else ""
    phone = (person.phone if own else mask_phone(person.phone)) if person.phone else ""
    said = [
        wording.particulars(person),
        f"住所：{address}" if address else "",
        f"联系电话：{phone}" if phone else "",
        f"代理人：{'、'.join(agents)}" if agents else "",
    ]
    return "\n".join(filter(None, said))


def effective(record: Record) -> date:
    """Return the day on which the agreement took effect."""
    at: datetime | None = record.case.effective_at
    return local_day(at or record.at)


def why_this_court(record: Record, event: CaseEvent) -> str:
    """Return in a sentence why this court is competent (CPL-205)."""
    on, link = record.day_of(event), event.facts.get("link")
    if record.case.track == Track.DELEGATED and not link:
        return f"{record.court}是邀请调解组织开展先行调解的人民法院，依法有管辖权{by_law(['CPL-205'], on)}。"
    ground = LINKS[CourtLink(link)] if link else "有管辖权的人民法院"
    return f"调解组织自行开展调解，{record.court}是{ground}，依法有管辖权{by_law(['CPL-205'], on)}。"


def _by_whom(record: Record) -> str:
    names = record.mediator_names()
    said = record.organisation_name(record.case.organisation)
    return f"{said}调解员{wording.joined(names)}" if names else said


def _known_as(record: Record) -> str:
    return record.case.number or f"（编号{short(record.case.ref)}）"


def sealed_by_organisation(record: Record) -> CaseEvent | None:
    """Return the entry by which the organisation put its seal, or None while it has not."""
    return next((one for one in record.entries("sign") if one.by["role"] == Role.ORGANISATION), None)


def asked_together(record: Record) -> CaseEvent | None:
    """Return the entry of the last yes to the joint application, or None where somebody's is still missing."""
    made = [one for one in record.entries("seek_confirmation") if one.state != record.events[one.number - 2].state]
    return made[0] if made else None
