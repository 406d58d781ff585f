"""The papers of service: 送达地址确认书, 送达回证, and the sheet in which a ruling or a decree is served.

Lives here: their wording, always in Chinese. Does not live here: when something counts as served (``telling.service``),
who may take them (windows).
Called by: windows and desk, with what the traces say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mediation import guards
from mediation.models import Case, CaseEvent
from mediation.numbers import short
from mediation.papers import wording
from mediation.papers.letters import Block, facts, flush, head, small, table, text
from mediation.papers.press import Paper, PaperRefused, Sheet, print_sheet
from mediation.papers.record import Record
from mediation.papers.wording import by_law, plain_day, plain_instant, solemn_day
from mediation.vocabulary import (
    EnclosureKind,
    Role,
    Seat,
    ServiceBasis,
    ServiceChannel,
    ServiceSubject,
    Side,
    Stage,
    gettext_noop,
)
from mediation.workdays import local_day

JUDGED: Mapping[ServiceSubject, tuple[EnclosureKind, str, tuple[str, ...]]] = {
    ServiceSubject.RULING: (
        EnclosureKind.RULING,
        "民事裁定书",
        (
            "confirm",
            "refuse_confirmation",
            "reject_confirmation",
            "reject_objection",
            "revoke_confirmation",
            "withdraw_suit",
        ),
    ),
    ServiceSubject.DECREE: (EnclosureKind.DECREE, "民事调解书", ("issue_decree",)),
}
"""What a court writes down as a text: which enclosure, under which title, by which moves."""

NOT_CONFIRMED = gettext_noop("这一方还没有确认送达地址")
NOT_WRITTEN = gettext_noop("本案还没有这种文书")
LOOK = gettext_noop("请查看案件的最新进展")


@dataclass(frozen=True)
class Trail:
    """One line of the traces of a service."""

    at: datetime
    channel: ServiceChannel
    what: str
    note: str = ""


def address_confirmation(case: Case, party: str, at: datetime) -> Paper:
    """This function will make the 送达地址确认书 of one party as it last confirmed it (JI-136, ZX-17, ZS-30).

    Raises PaperRefused where it has not, Unprintable where a character has no glyph.
    """
    record = Record(case, at)
    person = next((one for one in record.parties if str(one.ref) == party), None)
    event = next((one for one in record.entries("confirm_address") if one.facts.get("party") == party), None)
    if person is None or event is None:
        raise PaperRefused(NOT_CONFIRMED, gettext_noop("请当事人在线确认，或者由工作人员登记"))
    known = person.particulars()
    on = local_day(event.at)
    agreed = guards.has_consented(case, party, Stage.E_SERVICE)
    ways = "、".join(
        f"{place}. {ServiceChannel(code).label}" for place, code in enumerate(known.get("channels", ()), 1)
    )
    blocks: list[Block] = [
        facts(
            [
                ("案由", record.cause),
                ("受送达人", wording.particulars(person)),
                ("诉讼地位", Side(person.side).label),
                ("代理人", "、".join(record.agents(person))),
                ("联系电话", person.phone),
                ("电子邮箱", str(known.get("email", ""))),
                ("邮寄地址", str(known.get("address", ""))),
                ("电子送达", "同意" if agreed else "不同意"),
                ("送达次序", (ways or "平台站内、短信、电子邮件") if agreed else "纸质送达"),
                ("纸质文书", "除电子送达外，另行要求纸质文书" if known.get("paper") else ""),
                ("确认方式", _confirmed_by(event)),
                ("确认时间", plain_instant(event.at)),
            ]
        ),
        head("告知事项"),
        text(
            "一、电子送达的范围：本案调解、司法确认、出具调解书以及后续程序中的各类文书，包括裁定书和调解书；"
            f"需要纸质文书的，可以提出，人民法院应当提供{by_law(['CPL-90', 'ZS-29'], on)}。"
        ),
        text(
            "二、电子送达的效力：文书到达上述经确认的电子地址所在系统的日期为送达日期；"
            f"通过多个途径送达的，以最先生效的日期为准{by_law(['ZS-31', 'JI-135'], on)}。"
        ),
        text(
            "三、地址变更：上述地址有变更的，应当及时书面或者通过平台告知；未告知的，向原地址送达，"
            f"由此产生的后果由受送达人承担{by_law(['ZS-30', 'JI-136'], on)}。"
        ),
        text("受送达人已经阅读并理解上述告知事项，确认所填内容真实、准确。"),
    ]
    signed = flush(f"受送达人：{wording.called(person)}（{_confirmed_by(event)}）")
    sheet = Sheet(
        issuer=_issuer(record),
        title="送达地址确认书",
        number=_number(record, event),
        blocks=[*blocks, signed, flush(f"案件流水第{event.number}号，校验值{event.hash[:16]}")],
        note=wording.glossed(block.get("text", "") for block in blocks),
    )
    return print_sheet(sheet, event.at)


def proof_of_service(
    case: Case,
    service: str,
    trails: Iterable[Trail],
    document: str,
    at: datetime,
    *,
    spellings: Mapping[str, str] | None = None,
) -> Paper:
    """This function will make the 送达回证 of one service: what, to whom, by which way, each trace, since when served
    (ZS-31: the certificate of electronic service is the proof).

    ``document`` is what the served file is called. Raises PaperRefused for a service the case does not know.
    """
    record = Record(case, at)
    known = guards.service_of(case, service)
    person = next((one for one in record.parties if str(one.ref) == known.get("party")), None)
    event = next((one for one in record.entries("serve") if one.facts.get("service") == service), None)
    if person is None or event is None:
        raise PaperRefused(NOT_WRITTEN, LOOK)
    blocks = [
        facts(
            [
                ("案由", record.cause),
                ("送达文书", f"{ServiceSubject(known['subject']).label}：{document}"),
                ("文书校验值", known["digest"]),
                ("受送达人", f"{wording.called(person)}（{Side(person.side).label}）"),
                ("送达方式", "、".join(ServiceChannel(code).label for code in known["channels"])),
                ("送达日期", _since(known)),
                ("认定依据", _ground(known, local_day(event.at))),
                ("受送达人签收", _signed(known)),
            ]
        ),
        head("送达过程"),
        table(
            {"时间": 152, "途径": 84, "记录": 72, "备注": 0},
            [[plain_instant(one.at), one.channel.label, one.what, one.note] for one in trails]
            or [[plain_instant(event.at), "", "已登记送达", ""]],
        ),
        small(
            f"案件流水第{event.number}号起记载，该条校验值{event.hash[:16]}；送达过程取自平台日志，逐条连续校验。"
            "本回证由平台根据上述记录生成。"
        ),
    ]
    sheet = Sheet(
        issuer=_issuer(record, event),
        title="送达回证",
        number=_number(record, event),
        blocks=blocks,
        signed=_issuer(record, event),
        day=solemn_day(local_day(at)),
    )
    return print_sheet(sheet, at, spellings=spellings)


@dataclass(frozen=True)
class Officers:
    """Who is named in what a court writes down."""

    judge: str
    clerk: str


def judgment(case: Case, subject: ServiceSubject, at: datetime, *, spellings: Mapping[str, str] | None = None) -> Paper:
    """This function will print the newest ruling or decree of a case as it was written, without the court's seal.

    Raises PaperRefused where there is none, Unprintable where a character has no glyph.
    """
    record = Record(case, at)
    event = record.last(*JUDGED[subject][2])
    if event is None:
        raise PaperRefused(NOT_WRITTEN, LOOK)
    return print_sheet(decision(record, subject, event), event.at, spellings=spellings)


def decision(
    record: Record, subject: ServiceSubject, event: CaseEvent, officers: Officers | None = None, *, proof: str = ""
) -> Sheet:
    """Return the sheet of one ruling or decree; with ``officers``, it awaits the court's electronic seal, and ``proof``
    says where that is verified. Raises PaperRefused where nothing was written.
    """
    kind, title, _moves = JUDGED[subject]
    if not (said := record.text(kind, event)):
        raise PaperRefused(NOT_WRITTEN, LOOK)
    rows = [(side.label, "\n".join(map(wording.particulars, record.side(side)))) for side in Side]
    blocks = [facts([*rows, ("案由", record.cause)]), *(text(line) for line in said.split("\n") if line.strip())]
    return Sheet(
        issuer=record.court,
        title=title,
        number=_number(record, event),
        blocks=blocks,
        signed=f"审判员　{officers.judge}" if officers else record.court,
        clerk=f"书记员　{officers.clerk}" if officers else "",
        day=solemn_day(local_day(event.at)),
        seal=officers is None,
        after=[small(proof)] if proof else [],
    )


def _number(record: Record, event: CaseEvent) -> str:
    """Return the case number, or what the case is known by where it has none."""
    return record.number(event) or record.case.number or f"（编号{short(record.case.ref)}）"


def _confirmed_by(event: CaseEvent) -> str:
    role = Role(event.by["role"])
    if role in (Role.PARTY, Role.AGENT):
        return "本人登录平台在线确认" if role is Role.PARTY else "代理人登录平台在线确认"
    return f"{role.label}登记"


def _issuer(record: Record, event: CaseEvent | None = None) -> str:
    by_organisation = event is not None and event.by["role"] == Role.ORGANISATION
    if record.case.court and not by_organisation:
        return record.court
    return record.organisation_name(record.case.organisation) if record.case.organisation else Seat.ORGANISATION.label


def _since(known: Mapping[str, Any]) -> str:
    if not known["served_at"]:
        return "尚未送达"
    at = datetime.fromisoformat(known["served_at"])
    on_paper = known["basis"] == ServiceBasis.PAPER
    when = plain_day(local_day(at)) if on_paper else plain_instant(at)
    return f"{when}（{ServiceChannel(known['channel']).label}）"


def _ground(known: Mapping[str, Any], on: Any) -> str:
    if not known["served_at"]:
        return ""
    rules = ["CPL-90"] if known["basis"] == ServiceBasis.PAPER else ["ZS-31", "JI-135"]
    return f"{ServiceBasis(known['basis']).label}{by_law(rules, on)}"


def _signed(known: Mapping[str, Any]) -> str:
    said = known["acknowledged_at"]
    return f"受送达人于{plain_instant(datetime.fromisoformat(said))}在平台确认收到" if said else ""
