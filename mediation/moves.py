"""The door: the only place through which a case changes.

Lives here: ``perform`` (a person, a clock or a platform acts here), ``replay`` (the peer's entry is applied here),
``sweep``
(clocks that ran out), ``fold`` (a journal played from the beginning), ``freeze``.
Does not live here: the rules (``lifecycle``, ``guards``, ``law``), sending anything (``exchange`` reads what is
written here).
Called by: windows, tasks, the inbox of the exchange.

Always in this order, in one transaction: lock the row · judge (platform owns the state, actor may, guards hold, a due
clock
lapses first) · make the move · stop and start clocks · append one journal entry with its deliveries.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django_fsm import TransitionNotAllowed, can_proceed

from mediation import (
    chain,
    clocks,
    conflicts,
    facts,
    files,
    flaws,
    guards,
    keyring,
    law,
    lifecycle,
    persons,
    queries,
    secrecy,
    series,
    tallies,
)
from mediation.actor import Actor, clock_itself, platform_itself
from mediation.chain import PublicKey
from mediation.flaws import Defect
from mediation.lifecycle import BEFORE_ORGANISATION, FINAL, MOVES, OWNERS, PERHAPS_UNACCEPTED, Move, Order
from mediation.models import Announcement, Case, CaseEvent, Clock, Delivery, Enclosure, Request
from mediation.models.case import FOLDED
from mediation.platform import home_of
from mediation.rows import Rows, lock
from mediation.vocabulary import (
    Audience,
    ClockKind,
    DocumentKind,
    EnclosureKind,
    EndGround,
    Role,
    Side,
    State,
    Track,
    gettext_noop,
)
from mediation.workdays import Calendar, local_day
from mediation.world import Surroundings

logger = logging.getLogger(__name__)

VERSION = 1
PEOPLE_ROLES = frozenset({Role.PARTY, Role.AGENT})
AUTHORITY = (guards.can_dispose, guards.fits_power_to_acquit)
"""What an authority that is not special does not cover (CPL-62)."""

UNREAD = gettext_noop("对方平台的新操作（本平台的版本尚不能读取）")
UNSPLIT = "调解协议只就部分请求达成，其余请求至申请司法确认的期限届满仍未分立，由平台分立；具体请求以原申请为准。"
"""What the linked case is told to be about where nobody has said it."""
SWEPT_TOGETHER = 50
LONGEST_RULE = 80
NUMBERED_SINCE = frozenset({"refuse_confirmation"})
"""Moves whose entries bore no number in earlier versions."""

CHANGES_MEDIATORS = frozenset(
    {"record_offline", "prove_offline", "open_rest", "delegate", "appoint_mediator", "decide_recusal"}
)
INSIDE = (Audience.PARTIES, Audience.APPLICANTS, Audience.RESPONDENTS, Audience.MEDIATOR)
"""Who reads what stays inside the mediation."""

CHANGES_PEOPLE = frozenset({"appoint_mediator", "amend_parties", "appoint_agent", "resume", "revise_agreement"})
"""After these conflicts of interest are looked for again (TY-15, ZX-13); the last two before a mediator goes on."""


class Refused(Exception):
    """该操作未被允许"""

    def __init__(self, code: str, reason: str, law_ids: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.law = tuple(law_ids)
        self.remedy = remedy

    def as_facts(self) -> dict[str, Any]:
        """Return what travels back to whoever asked."""
        return {"code": self.code, "reason": self.reason, "law": list(self.law), "remedy": self.remedy}


@contextmanager
def together(*refusals: type[Exception]) -> Iterator[None]:
    """Keep or undo as one what an act writes before and after its move, whatever breaks in between.

    A refusal undoes nothing of it: a wrong code stays counted, and a clock that ran out first has lapsed.
    """
    known: tuple[type[Exception], ...] = (Refused, facts.Malformed, *refusals)
    refused: Exception | None = None
    with transaction.atomic():
        try:
            yield
        except known as why:
            refused = why
    if refused is not None:
        raise refused


def _held() -> Refused:
    reason = gettext_noop("期限已经届满，但对方平台尚未联通，期限内在那里提交的申请可能还在途中")
    return Refused("held", reason, (), gettext_noop("请待对方平台恢复联通后再办理"))


def _unread_there() -> Refused:
    reason = gettext_noop("对方平台的版本尚不支持这一操作")
    return Refused("kinds", reason, (), gettext_noop("请待对方平台升级后再办理，或者联系平台运行人员"))


class Flawed(Refused):
    """协议的文字有问题"""

    def __init__(self, found: Sequence[Defect]) -> None:
        worst = [one for one in found if one.must] or list(found)
        must = worst[0].must
        super().__init__(
            "flawed",
            gettext_noop("协议有必须改正的问题，法院可能因此不予受理或者驳回司法确认申请")
            if must
            else gettext_noop("协议的文字有需要核对的地方，核对后才能提出"),
            tuple(dict.fromkeys(rule for one in worst for rule in one.law)),
            gettext_noop("请按列出的各项改正后再提出")
            if must
            else gettext_noop("请逐项核对；确认不影响协议效力的，注明已经核对（acknowledged）再提出"),
        )
        self.found = list(found)


READ_BEFORE = {"sign": "agreement", "confirm_record": "record", "confirm_undisputed": "undisputed"}
"""Moves about one exact text, and where its digest stands; only the platform on which mediators sit holds it (TY-2)."""

ELSEWHERE = Refused(
    "elsewhere",
    gettext_noop("调解内容保密，文本只保存在调解组织所在的平台：签署、确认的人应当看到所签署、所确认的文本"),
    ("TY-2", "ZX-19", "ZX-22"),
    gettext_noop("请登录投资者网平台，打开文本核对后再办理；收到短信链接的，也可以从链接办理"),
)
"""Why nobody's signature or confirmation is asked for through the other platform (ADR 19)."""


class Overtaken(Refused):
    """其他人已经办理了该案"""

    def __init__(self, event: CaseEvent | None, seen: int = 0) -> None:
        super().__init__(
            "overtaken", gettext_noop("其他人已经先办理了该案"), (), gettext_noop("请查看最新进展后再决定")
        )
        self.event = event
        self.seen = seen


class Early(Exception):
    """前一条流水尚未到达"""

    def __init__(self, expected: int) -> None:
        super().__init__(self.__doc__)
        self.expected = expected


class Illegal(Exception):
    """流水不符合对接规则"""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Forked(Illegal):
    """同一编号出现了另一条流水"""

    def __init__(self) -> None:
        super().__init__("fork")


@dataclass(frozen=True)
class Enclosed:
    """Something to enclose with a move: content is a JSON object; the door salts and digests it."""

    kind: EnclosureKind
    content: dict[str, Any]
    audience: Audience = Audience.ALL
    about: str = ""


@dataclass(frozen=True)
class Carried:
    """An enclosure as the peer sent it: content and salt are absent where it was erased or is not for this platform."""

    kind: str
    audience: str
    about: str
    digest: str
    salt: str = ""
    content: bytes = b""


# A person, a clock or a platform acts here.


def perform(
    case: Case,
    move: Callable[..., Any] | str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    enclosures: Iterable[Enclosed] = (),
    seen: int | None = None,
    key: str | None = None,
    recorded_at: datetime | None = None,
) -> CaseEvent | Request:
    """This function will make one move on a case, or ask its owner to, and return the journal entry or the request.

    ``at`` is the instant of submission, ``recorded_at`` the one at which it came here, if that was later; ``seen`` the
    entry number the actor had before them; ``key`` makes a repeated call return what the first one wrote. Raises
    Refused (with guard, article and next step), Overtaken, or ``facts.Malformed``. A clock that ran out before ``at``
    lapses first, and stays lapsed even if the move is refused.
    """
    declared = resolve(move)
    enclosed = list(enclosures)
    while True:
        # Anew on every turn: making the move adds the number it allocates.
        stated = dict(facts or {})
        try:
            with transaction.atomic():
                locked = _lock(case) if case.pk else Case(platform=case.platform, ref=case.ref)
                if key and (earlier := _earlier(locked, declared, by, stated, key)):
                    return earlier
                owner = _owner(locked, declared)
                here = owner is not None and home_of(owner) == locked.platform
                due = clocks.first_due(locked, at) if here and locked.pk and not locked.frozen else None
                if due and clocks.is_held(locked, due, at):
                    raise _held()
                if due:
                    _lapse(locked, due, recorded_at or at)
                    continue
                if seen is not None and seen != locked.entries:
                    raise Overtaken(locked.events.order_by("-number").first(), seen)
                if locked.frozen:
                    raise Refused(
                        "frozen", gettext_noop("该案因对接异常已冻结"), (), gettext_noop("请等待平台运行人员核实")
                    )
                if declared.name in unread_by_peer(locked, here=here):
                    raise _unread_there()
                if not here and owner is not None:
                    done: CaseEvent | Request = _ask(locked, declared, by, at, stated, enclosed, key)
                else:
                    done = _make(locked, declared, by, at, stated, enclosed, key, recorded_at)
                    _note_conflicts(locked, declared, at)
                    _run_errands(locked, at)
        except IntegrityError:
            # Two first submissions under one key raced: the other one has just been written.
            if not key or case.pk or not CaseEvent.objects.filter(platform=case.platform, key=key).exists():
                raise
            continue
        case.__dict__.update(locked.__dict__)
        return done


def resolve(move: Callable[..., Any] | str) -> Move:
    """Return the declared move; a name that is not declared is refused, wherever it came from."""
    name = move if isinstance(move, str) else getattr(move, "__name__", "")
    if name not in MOVES:
        raise Refused("move", gettext_noop("没有这种操作"), (), gettext_noop("请从列出的操作中选择"))
    return MOVES[name]


def kind_of(name: str) -> str:
    """Return the kind under which entries of a declared move travel."""
    return f"case.{name}.v{VERSION}"


KINDS: Mapping[str, Move] = {kind_of(name): declared for name, declared in MOVES.items()}
"""The kinds of entries this version can read."""


def move_of(kind: str) -> Move:
    """Return the move an entry of this kind makes; for a kind this version cannot read, one that changes nothing."""
    return KINDS.get(kind) or Move(
        name=kind,
        label=UNREAD,
        sources=tuple(OWNERS),
        targets=(),
        by=frozenset(Role),
        law=(),
        tracks=frozenset(Track),
        guards=(guards.can_write_here,),
        facts={},
        texts={},
        documents=False,
        each=False,
        allocates=None,
    )


def unread_by_peer(case: Case, *, here: bool) -> frozenset[str]:
    """Return the moves that are not to be made because the peer's version cannot read them; none while it has not
    spoken.

    Written ``here``, those that change the state, of a case the peer does not hold only those that hand it over; asked
    of the peer, all it lacks.
    """
    said = queries.announcement(case.platform)
    lacking = {*KINDS} - {*said.kinds} if said and said.kinds else set()
    reaches = bool if case.shared else partial(_can_hand_over, case.platform)
    return frozenset(KINDS[kind].name for kind in lacking if not here or reaches(KINDS[kind].targets))


def _can_hand_over(platform: str, targets: Iterable[State]) -> bool:
    owners = {OWNERS.get(state) for state in targets}
    return any(owner is not None and home_of(owner) != platform for owner in owners)


def judge(case: Case, declared: Move, by: Actor, at: datetime, stated: dict[str, Any], *, writing: bool) -> None:
    """Check everything that speaks against a move; ``writing`` also asks the writer's own guards. Raises Refused or
    Malformed.
    """
    check_standing(case, declared, by, stated)
    if by.role is Role.CLOCK:
        _check_lapse(case, declared, by, at)
    if declared.name in MOVES:
        facts.check(declared.facts, stated)
    world = Surroundings(case.platform) if writing else None
    question = guards.Judgement(case, by, at, stated, world, declared.allocates)
    for guard in declared.guards:
        if (writing or not guard.writer) and not guard.test(question):
            raise _refusal(guard)


def _check_lapse(case: Case, declared: Move, by: Actor, at: datetime) -> None:
    """Check that the clock runs, that its end makes this move, and that the move is dated by it (ADR 5)."""
    clock = case.sheet.get("clocks", {}).get(by.ref)
    if clock and clocks.lapse_of(case, by.ref) == declared.name and datetime.fromisoformat(clock["due"]) == at:
        return
    raise Refused(
        "clock", gettext_noop("该期限没有在计算，或者尚未届满"), declared.law, gettext_noop("请查看案件的最新进展")
    )


def check_standing(case: Case, declared: Move, by: Actor, stated: Mapping[str, Any]) -> None:
    """Check that the move exists in this state and track, and that the actor holds the part it needs in this case."""
    track = Track(case.track) if case.track else None
    if case.state and State(case.state) in FINAL:
        raise Refused("final", gettext_noop("该案已经办结"), (), gettext_noop("如有新的纠纷，请另行申请"))
    if (case.state or "") not in (declared.sources or ("",)):
        raise Refused(
            "state", gettext_noop("案件目前的状态下不能这样做"), declared.law, gettext_noop("请查看案件的最新进展")
        )
    if track and track not in declared.tracks:
        raise Refused("track", gettext_noop("这类案件没有这一步骤"), declared.law, gettext_noop("请查看可以办理的操作"))
    if by.role not in declared.by or not _takes_part(case, declared, by, stated):
        raise Refused(
            "actor", gettext_noop("您没有办理这一步骤的权限"), declared.law, gettext_noop("请由有权办理的人员操作")
        )
    if by.role in (Role.PARTY, Role.AGENT) and case.state and not _goes_on(case, by):
        raise Refused(
            "withdrawn",
            gettext_noop("这一方已经撤回调解申请，不再参加本案的调解"),
            ("ZX-25",),
            gettext_noop("需要继续解决纠纷的，可以另行申请调解或者起诉"),
        )


def _goes_on(case: Case, by: Actor) -> bool:
    return any(ref in guards.remaining(case) for ref in guards.acts_for(case, by))


def options(case: Case, by: Actor, at: datetime) -> list[tuple[Move, Refused | None]]:
    """Return the moves of this actor's role that exist in the case's state and track, each with why it is not
    available now.
    """
    found = []
    here = case.owner is not None and home_of(case.owner) == case.platform
    unread = unread_by_peer(case, here=here)
    due = clocks.first_due(case, at) if here and not case.frozen else None
    held = _held() if due and clocks.is_held(case, due, at) else None
    for declared in MOVES.values():
        if declared.creates or by.role not in declared.by or State(case.state) not in declared.sources:
            continue
        if Track(case.track) not in declared.tracks:
            continue
        found.append((declared, held or _objection(case, declared, by, at, unread)))
    return found


def _objection(case: Case, declared: Move, by: Actor, at: datetime, unread: frozenset[str]) -> Refused | None:
    """Return what speaks against a move before anybody has stated facts, or None."""
    try:
        check_standing(case, declared, by, {})
    except Refused as refused:
        return refused
    question = guards.Judgement(case, by, at, {})
    failed = next((g for g in declared.guards if not g.on_facts and not g.test(question)), None)
    return _refusal(failed) if failed else _unread_there() if declared.name in unread else None


def _refusal(guard: guards.Guard) -> Refused:
    return Refused(guard.code, guard.reason, guard.law, guard.remedy)


def _takes_part(case: Case, declared: Move, by: Actor, stated: Mapping[str, Any]) -> bool:
    sheet = case.sheet if case.state else {}
    match by.role:
        case Role.PARTY:
            if not case.state:
                return any(
                    p.get("ref") == by.ref and p.get("side") == Side.APPLICANT for p in _records(stated, "parties")
                )
            return by.ref in sheet["parties"]
        case Role.AGENT:
            if not case.state:
                applicants = {p.get("ref") for p in _records(stated, "parties") if p.get("side") == Side.APPLICANT}
                return any(
                    a.get("ref") == by.ref and isinstance(a.get("for"), list) and applicants & set(map(str, a["for"]))
                    for a in _records(stated, "agents")
                )
            return bool(guards.acts_for(case, by))
        case Role.CLERK | Role.JUDGE | Role.COURT_LEADER:
            return by.seat == (case.court if case.state else stated.get("court"))
        case Role.ORGANISATION:
            return by.seat == (case.organisation if case.state else stated.get("organisation"))
        case Role.MEDIATOR:
            return by.ref in sheet.get("mediators", ())
        case Role.PLATFORM | Role.CLOCK:
            owner = _owner(case, declared)
            seats = (owner, *declared.by_request) if owner is not None else ()
            return by.seat == by.via and by.via in map(home_of, seats)
        case Role.OUTSIDER:
            return bool(case.state)
        case _:
            return False


def _records(stated: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the records of a list not yet checked; nothing if it is none."""
    found = stated.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _owner(case: Case, declared: Move) -> Any:
    return OWNERS[declared.targets[0]] if declared.creates and not case.state else case.owner


def _lock(case: Case) -> Case:
    return lock(case.pk)


def _earlier(case: Case, declared: Move, by: Actor, stated: dict[str, Any], key: str) -> CaseEvent | Request | None:
    event = CaseEvent.objects.filter(platform=case.platform, key=key).first()
    if event:
        same = (
            event.move == declared.name
            and event.by == by.entry()
            and all(event.facts.get(name) == value for name, value in stated.items())
        )
        if not same or (case.pk and event.case_id != case.pk):
            raise Refused("key", gettext_noop("这个幂等键已经用于另一次提交"), (), gettext_noop("请换一个幂等键"))
        return event
    request = Request.objects.filter(platform=case.platform, key=key).first()
    if request and (
        request.case_id != case.pk
        or request.move != declared.name
        or request.by != by.entry()
        or request.facts != stated
    ):
        raise Refused("key", gettext_noop("这个幂等键已经用于另一次提交"), (), gettext_noop("请换一个幂等键"))
    return request


def _make(
    case: Case,
    declared: Move,
    by: Actor,
    at: datetime,
    stated: dict[str, Any],
    enclosed: list[Enclosed],
    key: str | None,
    recorded_at: datetime | None,
) -> CaseEvent:
    if by.role in PEOPLE_ROLES and "number" in stated:
        raise facts.Malformed("number", gettext_noop("案号由人民法院编立"))
    judge(case, declared, by, at, stated, writing=True)
    enclosed = _addressed(declared, stated, enclosed)
    _check_sides(case, stated, enclosed)
    _check_confidences(case, declared, by, enclosed, stated)
    _check_files(case, declared, by, enclosed, stated)
    _check_wording(case, declared, enclosed, stated, at)
    if declared.allocates and "number" not in stated and not stated.get("docket_number"):
        court = case.court or stated["court"]
        code = law.case_code(declared.allocates, local_day(at), court, settings.COURT_CASE_CODES)
        stated = {**stated, "number": str(series.allocate(case.platform, court, local_day(at).year, code))}
    if declared.opens:
        stated = {**stated, "linked": str(uuid.uuid4())}
    enclosed += _forwarded(case, declared, by, stated)
    sealed = [_sealed(item) for item in enclosed]
    event = _write(case, declared, by, at, stated, sealed, key=key, recorded_at=recorded_at)
    if declared.opens:
        _open_linked(case, declared, stated, enclosed, at)
    return event


def _open_linked(case: Case, declared: Move, stated: dict[str, Any], enclosed: list[Enclosed], at: datetime) -> None:
    """Open the case that an entry just written names: the platform's own act, with people and papers copied."""
    opened, by = MOVES[declared.opens], platform_itself(case.platform)
    linked = Case(platform=case.platform, ref=uuid.UUID(stated["linked"]))
    facts_ = lifecycle.rest_of(case, stated)
    judge(linked, opened, by, at, facts_, writing=True)
    told = [replace(item, kind=EnclosureKind.NARRATIVE) for item in enclosed if item.kind is EnclosureKind.REASON]
    known = [Enclosed(kind, content, about=about) for kind, about, content in persons.described(case)]
    _write(linked, opened, by, at, facts_, [_sealed(item) for item in (*known, *told)])
    _run_errands(linked, at)


def _forwarded(case: Case, declared: Move, by: Actor, stated: dict[str, Any]) -> list[Enclosed]:
    """Return the texts that now go to a wider audience: exactly what all have confirmed or signed, never a later
    draft.
    """
    found = []
    for forward in declared.forwards:
        section = "agreement" if forward.kind is EnclosureKind.AGREEMENT else "undisputed"
        digest = case.sheet.get(section, {}).get("digest", "")
        if digest and forward.when(case, by, stated):
            texts = (row.content() for row in queries.texts(case, (forward.kind,)))
            text = next((text for text in texts if text and frozen_digest(text) == digest), None)
            found += [Enclosed(forward.kind, text, forward.audience)] if text else []
    return found


def _addressed(declared: Move, stated: dict[str, Any], enclosed: list[Enclosed]) -> list[Enclosed]:
    """Check what is enclosed and return it addressed as the rule table says: only documents choose their own
    audience.
    """
    texts = {text.kind: text for text in declared.texts.values()}
    named = {text.kind: name for name, text in declared.texts.items()}
    people = _people_described(declared, stated)
    kinds = {item.kind for item in enclosed}
    if not kinds <= {*texts, *people} | ({EnclosureKind.DOCUMENT} if declared.documents else set()):
        raise facts.Malformed("enclosures", gettext_noop("这一步骤不接受这类附件"))
    for name, text in declared.texts.items():
        if text.required and text.kind not in kinds:
            raise facts.Malformed(name, gettext_noop("请填写这一项"))
    if declared.wants_document and EnclosureKind.DOCUMENT not in kinds:
        raise facts.Malformed("documents", gettext_noop("请至少上传一份材料"))
    papers = {item.content.get("kind") for item in enclosed if item.kind is EnclosureKind.DOCUMENT}
    if declared.paper and declared.paper not in papers:
        raise facts.Malformed("documents", gettext_noop("缺少这一步骤必需的材料，请核对材料种类"))
    if declared.creates and stated.get("agents") and DocumentKind.AUTHORITY not in papers:
        raise facts.Malformed("documents", gettext_noop("请上传代理人的授权委托书"))
    printed = {item.content.get("sha256") for item in enclosed if item.kind is EnclosureKind.DOCUMENT}
    about = {item.about for item in enclosed if item.kind is EnclosureKind.PARTY}
    if any(party["ref"] not in about for party in stated.get("parties", ())):
        raise facts.Malformed("parties", gettext_noop("请填写每一名当事人的信息"))
    for item in enclosed:
        if item.kind in people and item.about not in people[item.kind]:
            raise facts.Malformed("enclosures", gettext_noop("所附信息与本步骤的当事人不符"))
        if item.kind in texts and not (isinstance(item.content.get("text"), str) and item.content["text"].strip()):
            raise facts.Malformed("enclosures", gettext_noop("请填写文字内容"))
        if facts.has_unseen(item.content):
            raise facts.Malformed(named.get(item.kind, "enclosures"), facts.UNSEEN)
        signed = item.kind in texts and "digest" in stated
        if signed and frozen_digest(item.content) != stated["digest"]:
            raise facts.Malformed("digest", gettext_noop("校验值与文本不一致"))
        if signed and item.content.get("sha256", "") not in ("", *printed):
            raise facts.Malformed("documents", gettext_noop("缺少这一步骤必需的材料，请核对材料种类"))
    audiences = {kind: text.audience for kind, text in texts.items()}
    if texts and "digest" in declared.facts:
        # The file of a text that is frozen is for nobody who may not read the text.
        audiences[EnclosureKind.DOCUMENT] = next(iter(audiences.values()))
    return [replace(item, audience=audiences[item.kind]) if item.kind in audiences else item for item in enclosed]


def _check_sides(case: Case, stated: Mapping[str, Any], enclosed: Iterable[Enclosed]) -> None:
    """Refuse whoever would stand on both sides, under whatever reference (CPL-61, ZX-8)."""
    described = {
        item.about: item.content for item in enclosed if item.kind in (EnclosureKind.PARTY, EnclosureKind.AGENT)
    }
    if described and (same := persons.standing_on_both_sides(case, stated, described)):
        parties = {*case.sheet.get("parties", {}), *(one["ref"] for one in stated.get("parties", ()))}
        raise _refusal(guards.fits_two_sides if same <= parties else guards.fits_agent_count)


def _check_confidences(
    case: Case, declared: Move, by: Actor, enclosed: Iterable[Enclosed], stated: Mapping[str, Any]
) -> None:
    """Refuse a mediator's text that carries beyond the mediation what was told to the mediator (TY-2, ZX-18)."""
    if by.role is not Role.MEDIATOR:
        return
    for name, text in declared.texts.items():
        for item in enclosed:
            if item.kind is text.kind and secrecy.betrays(
                case, item.kind, item.audience, item.content["text"], openly=stated.get("openly")
            ):
                raise facts.Malformed(
                    name,
                    gettext_noop(
                        "文字重复了当事人在调解中说过的话、提出过的数额，或者您的私人笔记；除各方确认的无争议事实外，不能写入"
                    ),
                )


def _check_files(
    case: Case, declared: Move, by: Actor, enclosed: Iterable[Enclosed], stated: Mapping[str, Any]
) -> None:
    """Refuse a mediator's file for the court that repeats a confidence, or that the mediator does not answer for.

    Names and plain text are looked at; what a picture or a PDF says is the mediator's own responsibility (ZX-18).
    """
    if by.role is not Role.MEDIATOR or declared.name != "add_evidence":
        return
    for item in enclosed:
        if item.kind is not EnclosureKind.DOCUMENT or item.audience in (Audience.ORGANISATION, *INSIDE):
            continue
        said = f"{item.content['name']}\n{_words_of(case.platform, item.content)}"
        if secrecy.betrays(case, item.kind, item.audience, said):
            raise facts.Malformed(
                "vouched", gettext_noop("文件名或者文件内容重复了调解中的话、数额或者您的私人笔记，不能提交法院")
            )
        if not stated.get("vouched"):
            raise facts.Malformed(
                "vouched", gettext_noop("法院能看到这些文件，请先确认其中没有调解中的陈述、让步、提出的数额和私人笔记")
            )


def _words_of(code: str, document: Mapping[str, Any]) -> str:
    if document["media_type"] != "text/plain":
        return ""
    try:
        return files.fetch(code, document["sha256"]).decode(errors="replace")
    except files.BlobMissing:
        return ""


def _check_wording(
    case: Case, declared: Move, enclosed: Iterable[Enclosed], stated: Mapping[str, Any], at: datetime
) -> None:
    """Refuse an agreement for what a court would refuse or reject it for; a human must have looked at doubts."""
    if "acknowledged" not in declared.facts:
        return
    for item in enclosed:
        found = found_in(case, item.content, at, full=stated["full"]) if item.kind is EnclosureKind.AGREEMENT else []
        if any(one.must for one in found) or (found and not stated.get("acknowledged")):
            raise Flawed(found)


def found_in(case: Case, said: Mapping[str, Any], at: datetime, *, full: bool) -> list[Defect]:
    """Return what is wrong or doubtful in an agreement of a case: its ``text``, and its ``obligations`` if stated."""
    names: dict[Side, list[str]] = {side: [] for side in Side}
    for person in queries.people(case):
        if person.side:
            names[Side(person.side)].append(person.name)
    return flaws.of_agreement(said["text"], names, said.get("obligations", []), full=full, on=local_day(at))


def _people_described(declared: Move, stated: dict[str, Any]) -> dict[EnclosureKind, set[str]]:
    """Return about whom a move may carry particulars."""
    described: dict[EnclosureKind, set[str]] = {}
    if "parties" in declared.facts or "e_service" in declared.facts:
        named = {str(stated["party"])} if "party" in stated else set()
        described[EnclosureKind.PARTY] = named | {party["ref"] for party in stated.get("parties", ())}
    if "agents" in declared.facts or "agent" in declared.facts:
        named = {str(stated["agent"])} if "agent" in stated else set()
        described[EnclosureKind.AGENT] = named | {agent["ref"] for agent in stated.get("agents", ())}
    return described


def text_digest(text: str, nonce: str = "") -> str:
    """Return the digest that people sign and confirm: SHA-256 over a random nonce and the text, in UTF-8.

    The digest stands in the shared journal: without the nonce a short text could be guessed from it.
    """
    return chain.digest("sha256", (nonce + text).encode())


def frozen_digest(content: Mapping[str, Any]) -> str:
    """Return the digest under which an enclosed text is frozen: that of the file it was printed to, or its own."""
    return str(content.get("sha256") or text_digest(content["text"], content.get("nonce", "")))


def _sealed(item: Enclosed) -> Carried:
    content, salt = chain.canonical(item.content), chain.new_salt()
    digest = chain.salted_digest(settings.JOURNAL_ALGORITHM, salt, content)
    return Carried(item.kind.value, item.audience.value, item.about, digest, salt, content)


def _ask(
    case: Case,
    declared: Move,
    by: Actor,
    at: datetime,
    stated: dict[str, Any],
    enclosed: list[Enclosed],
    key: str | None,
) -> Request:
    """Store a request for the owner; what this copy knows to be impossible is refused at once."""
    of_itself = by.role in (Role.PLATFORM, Role.CLOCK) and not declared.by_request
    if of_itself or by.via not in ("", case.platform):
        raise Refused("owner", gettext_noop("该案目前由对方平台办理"), (), gettext_noop("请在对方平台办理"))
    check_standing(case, declared, by, stated)
    facts.check(declared.facts, stated)
    if by.power:
        # How far somebody at a party's desk may go is known here only.
        question = guards.Judgement(case, by, at, stated)
        for guard in declared.guards:
            if guard in AUTHORITY and not guard.test(question):
                raise _refusal(guard)
    if declared.name in READ_BEFORE:
        raise ELSEWHERE
    enclosed = _addressed(declared, stated, enclosed)
    _check_sides(case, stated, enclosed)
    _check_confidences(case, declared, by, enclosed, stated)
    _check_files(case, declared, by, enclosed, stated)
    same = Request.objects.filter(
        case=case, state=Request.WAITING, move=declared.name, by=by.entry(), facts=stated
    ).first()
    if same:
        return same
    request = Request.objects.create(
        platform=case.platform, case=case, move=declared.name, by=by.entry(), at=at, facts=stated, key=key, next_at=at
    )
    _keep_enclosures(case, [_sealed(item) for item in enclosed], request=request)
    return request


# Clocks.


def _lapse(
    case: Case, due: dict[str, Any], at: datetime, rows: Rows | None = None, calendar: Calendar | None = None
) -> CaseEvent:
    """Make the lapse a clock stands for, dated at its due instant.

    It can happen only once: ``due`` stands on the sheet of a row read under its lock, and the lapse takes it off.
    """
    declared, when = MOVES[clocks.lapse_of(case, due["kind"])], datetime.fromisoformat(due["due"])
    by = clock_itself(ClockKind(due["kind"]), case.platform)
    judge(case, declared, by, when, {}, writing=True)
    if declared.name == "close_agreed" and not guards.is_whole(case):
        _split_off(case, when, at, rows, calendar)
    forwarded = [_sealed(item) for item in _forwarded(case, declared, by, {})]
    event = _write(case, declared, by, when, {}, forwarded, recorded_at=at, rows=rows, calendar=calendar)
    _run_errands(case, at, rows)
    return event


def _split_off(case: Case, when: datetime, at: datetime, rows: Rows | None, calendar: Calendar | None) -> None:
    """Split off what a partial agreement left over and nobody did: a case is never closed over it (ZX-19, ADR 9)."""
    declared, by = MOVES["split"], platform_itself(case.platform)
    stated = {"ground": EndGround.OTHER.value, "linked": str(uuid.uuid4())}
    told = [Enclosed(EnclosureKind.REASON, {"text": UNSPLIT})]
    judge(case, declared, by, when, stated, writing=True)
    sealed = [_sealed(item) for item in told]
    _write(case, declared, by, when, stated, sealed, recorded_at=at, rows=rows, calendar=calendar)
    _open_linked(case, declared, stated, told, at)


def sweep(platform: str, at: datetime, *, most: int = 500) -> int:
    """This function will make every lapse that is due on this platform at ``at`` and return how many there were.

    Safe with any number of workers: each case is taken under its row lock, one that somebody else holds is left to
    them. Some cases share a transaction; where one of them cannot lapse, each gets its own.
    """
    due = clocks.overdue(platform, at).exclude(pk__in=clocks.held(platform, at).values("pk"))
    cases = list(dict.fromkeys(due.order_by("due_at").values_list("case_id", flat=True)[:most]))
    lapsed = 0
    for start in range(0, len(cases), SWEPT_TOGETHER):
        together = cases[start : start + SWEPT_TOGETHER]
        try:
            lapsed += _sweep_cases(platform, together, at)
        except OperationalError:
            raise
        except Exception:
            lapsed += sum(_sweep_case(platform, pk, at) for pk in together)
    return lapsed


def _sweep_case(platform: str, pk: int, at: datetime) -> int:
    try:
        return _sweep_cases(platform, [pk], at)
    except OperationalError:
        raise
    except Exception:
        # One case, whatever is wrong with it, must not hold up those behind it; it stands as overdue on the desks.
        logger.exception("a clock of case %s could not lapse", pk)
        return 0


def _sweep_cases(platform: str, pks: list[int], at: datetime) -> int:
    """Make the lapses due on some cases, but those that somebody else holds; returns how many."""
    lapsed, rows = 0, Rows()
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        calendar = queries.calendar()
        cases = list(
            Case.objects.select_for_update(skip_locked=skip).filter(pk__in=pks, frozen="").order_by("pk").iterator()
        )
        held = set(clocks.held(platform, at).filter(case__in=cases).values_list("case_id", "kind"))
        for case in cases:
            due = clocks.first_due(case, at)
            if due and (case.pk, due["kind"]) in held:
                continue
            while due:
                _lapse(case, due, at, rows, calendar)
                lapsed += 1
                due = clocks.first_due(case, at)
                if due:
                    rows.send()
                    due = None if clocks.is_held(case, due, at) else due
        rows.send()
    return lapsed


def reckon(case: Case, at: datetime) -> CaseEvent | None:
    """This function will note the due instants that a newly loaded calendar changes, as one entry, or do nothing."""
    with transaction.atomic():
        locked = _lock(case)
        owner = locked.owner
        mine = owner is not None and home_of(owner) == locked.platform
        if not mine or locked.frozen or guards.is_awaiting_receipt(locked):
            return None
        fresh = clocks.recomputed(locked, queries.calendar())
        if not fresh:
            return None
        notice = chain.digest("sha256", chain.canonical(sorted(clock["due"] for clock in fresh)))
        return _write(
            locked, MOVES["reckon"], platform_itself(locked.platform), at, {"notice": notice}, [], started=fresh
        )


def run_errands(case: Case, at: datetime) -> None:
    """This function will do what this platform owes the case of its own accord, once a lost tail is back or a freeze
    is lifted.
    """
    with transaction.atomic():
        _run_errands(_lock(case), at)


def _run_errands(case: Case, at: datetime, rows: Rows | None = None) -> None:
    """Do what this platform owes the case of its own accord: sign for it, return a complete agreement.

    While the case is frozen it is only signed for; the rest is owed until people have looked.
    """
    while name := lifecycle.errand(case):
        if case.owner is None or home_of(case.owner) != case.platform or (case.frozen and name != "receive"):
            return
        by = platform_itself(case.platform)
        judge(case, MOVES[name], by, at, {}, writing=True)
        _write(case, MOVES[name], by, at, {}, [], rows=rows)


def _note_conflicts(case: Case, declared: Move, at: datetime) -> None:
    """Put what now connects the serving mediators with the people of the case on its record, if anything new does."""
    concerned = case.state in MOVES["note_conflicts"].sources and guards.awaits_mediator(case)
    if declared.name in CHANGES_PEOPLE and concerned:
        found = conflicts.fresh(case)
        if found:
            by, stated = platform_itself(case.platform), {"findings": found}
            judge(case, MOVES["note_conflicts"], by, at, stated, writing=True)
            _write(case, MOVES["note_conflicts"], by, at, stated, [])


# The peer's entry is applied here.


def replay(
    platform: str,
    entry: Mapping[str, Any],
    carried: Sequence[Carried],
    *,
    at: datetime,
    own: bool = False,
    case: Case | None = None,
    trusted: Mapping[str, PublicKey] | None = None,
    rows: Rows | None = None,
) -> CaseEvent:
    """This function will apply one entry the peer wrote, exactly once, and return it; also what this platform then
    owes.

    The receiver judges what both can know: signature, chain, owner of the source state, a declared move, role, facts.
    Raises Early (an entry before it is missing), Forked, or Illegal. ``own`` accepts this platform's own lost entries
    back
    by its own signature (restore from a backup). Who hands over ``case``, the row of this reference, locked or not yet
    written, has a savepoint of its own and reads the row anew after a failure; ``trusted`` are the author's keys good
    at ``at``; what is gathered in ``rows`` its owner sends.
    """
    with transaction.atomic(savepoint=case is None):
        if case is None:
            found = Case.objects.select_for_update().filter(platform=platform, ref=_uuid(entry)).first()
            case = found or Case(platform=platform, ref=_uuid(entry))
        number = entry.get("number")
        if type(number) is not int or number < 1:
            raise Illegal("number")
        if number <= case.entries:
            held = CaseEvent.objects.get(case=case, number=number)
            if held.hash != entry.get("hash"):
                raise Forked
            return held
        if number > case.entries + 1:
            raise Early(case.entries + 1)
        event = _apply(case, entry, carried, at, own, trusted, rows)
        if not own:
            # What is owed after a restored entry is the next restored entry, until the whole tail is back.
            _run_errands(case, at, rows)
        return event


def _uuid(entry: Mapping[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(entry["ref"])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise Illegal("ref") from None


def _apply(
    case: Case,
    entry: Mapping[str, Any],
    carried: Sequence[Carried],
    at: datetime,
    own: bool,
    trusted: Mapping[str, PublicKey] | None,
    rows: Rows | None,
) -> CaseEvent:
    declared, by, when, stated = read(entry)
    if declared.name not in MOVES and not _keeps_state(case.platform, declared.name):
        raise Illegal("kind")
    if entry["previous"] != case.head:
        raise Illegal("previous")
    owner = _owner(case, declared)
    author = entry["platform"]
    if owner is None or home_of(owner) != author or (author == case.platform and not own):
        raise Illegal("owner")
    keys = keyring.trusted(author, at) if trusted is None else trusted
    key = keys.get(str(entry["key"]))
    if key is None or not key.verify(str(entry["hash"]), str(entry["signature"])):
        raise Illegal("signature")
    try:
        judge(case, declared, by, when, stated, writing=False)
    except (Refused, facts.Malformed) as wrong:
        raise Illegal(getattr(wrong, "code", None) or f"facts:{getattr(wrong, 'field', '')}") from wrong
    numbered = stated.get("number") or stated.get("docket_number") or declared.name in NUMBERED_SINCE
    if declared.allocates and not numbered:
        raise Illegal("number")
    if declared.opens and not stated.get("linked"):
        raise Illegal("linked")
    _check_carried(entry, carried)
    return _write(case, declared, by, when, stated, list(carried), given=entry, recorded_at=at, rows=rows)


def _keeps_state(platform: str, kind: str) -> bool:
    """Tell whether the peer has announced that entries of a kind this version cannot read keep the state; remembers
    that one was chained.
    """
    said = queries.announcement(platform)
    if said is None or kind not in said.keeps:
        return False
    if kind not in said.unread:
        locked = Announcement.objects.select_for_update().get(pk=said.pk)
        locked.unread = sorted({*locked.unread, kind})
        locked.save(update_fields=["unread"])
    return True


def read(entry: Mapping[str, Any], *, hashed: bool = False) -> tuple[Move, Actor, datetime, dict[str, Any]]:
    """Return move, actor, instant and facts of an entry whose hash holds; raises Illegal for anything malformed.

    ``hashed`` says that the hash has just been found to hold.

    Of a kind this version cannot read the move is named by the whole kind and changes nothing (``move_of``).
    """
    try:
        if not re.fullmatch(r"case\.[a-z_]{1,40}\.v[1-9][0-9]?", str(entry["kind"])):
            raise Illegal("kind")
        body = chain.body_of(entry)
        if not hashed and chain.entry_hash(body, str(entry["algorithm"])) != entry["hash"]:
            raise Illegal("hash")
        at = datetime.fromisoformat(body["at"])
        if chain.stamp(at) != body["at"] or not facts.is_near(at) or not isinstance(body["facts"], dict):
            raise Illegal("body")
        for clock in body["clocks"]:
            _check_clock(clock)
        return move_of(str(entry["kind"])), Actor.from_entry(body["by"]), at, dict(body["facts"])
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as wrong:
        raise Illegal("body") from wrong


def _check_clock(clock: Mapping[str, Any]) -> None:
    ClockKind(clock["kind"])
    if set(clock) != {"kind", "rule", "since", "due", "flag", "provisional", "agreed"}:
        raise Illegal("clocks")
    if type(clock["provisional"]) is not bool or type(clock["agreed"]) is not bool:
        raise Illegal("clocks")
    # A rule this version does not know may be a newer one: it is named as it is.
    if not isinstance(clock["rule"], str) or not 0 < len(clock["rule"]) <= LONGEST_RULE:
        raise Illegal("clocks")
    for text in (clock["since"], clock["due"], *([clock["flag"]] if clock["flag"] != "" else [])):
        when = datetime.fromisoformat(text)
        if chain.stamp(when) != text or not facts.is_near(when):
            raise Illegal("clocks")


def _check_carried(entry: Mapping[str, Any], carried: Sequence[Carried]) -> None:
    try:
        named = [(item["kind"], item["audience"], item["about"], item["digest"]) for item in entry["enclosures"]]
        for kind, audience, about, _ in named:
            EnclosureKind(kind), Audience(audience)
            if not isinstance(about, str) or len(about) > 36:
                raise Illegal("enclosures")
    except (KeyError, ValueError, TypeError) as wrong:
        raise Illegal("enclosures") from wrong
    if [(item.kind, item.audience, item.about, item.digest) for item in carried] != named:
        raise Illegal("enclosures")
    for item in carried:
        if item.content and chain.salted_digest(str(entry["algorithm"]), item.salt, item.content) != item.digest:
            raise Illegal("enclosure")


def with_organisation(case: Case) -> str:
    """Return the organisation that has a case or took it on; empty where none has, or one let it go unaccepted."""
    if not case.state or State(case.state) in BEFORE_ORGANISATION:
        return ""
    taken_on = case.track == Track.OFFLINE or "accepted_at" in case.sheet
    return case.organisation if taken_on or State(case.state) not in PERHAPS_UNACCEPTED else ""


# The one transaction.


def _write(
    case: Case,
    declared: Move,
    by: Actor,
    at: datetime,
    stated: dict[str, Any],
    carried: list[Carried],
    *,
    key: str | None = None,
    given: Mapping[str, Any] | None = None,
    started: list[dict[str, Any]] | None = None,
    recorded_at: datetime | None = None,
    rows: Rows | None = None,
    calendar: Calendar | None = None,
) -> CaseEvent:
    """Make the move and write everything it means, once judged; what is gathered in ``rows`` its owner sends."""
    gathered, rows = rows is not None, Rows() if rows is None else rows
    already_shared, before, had = case.shared, case.state, with_organisation(case)
    if given is not None:
        began, ended = advance(
            case, declared, by, at, stated, lambda wanted: _as_given(case, declared, wanted, given["clocks"])
        )
    elif started is not None:
        began, ended = advance(case, declared, by, at, stated, lambda wanted: started)
    else:
        began, ended = advance(
            case,
            declared,
            by,
            at,
            stated,
            lambda wanted: clocks.reckon(case, wanted, calendar or queries.calendar()) if wanted else [],
        )
    case.entries += 1
    event = _event(case, declared, by, at, stated, began, carried, given)
    event.state, event.key, event.recorded_at = case.state, key, recorded_at or at
    case.head = event.hash
    # A new row is inserted whole; an old one keeps what is not the journal's own, such as ``frozen``.
    if case.pk:
        rows.change(case)
    else:
        case.save()
    event.case = case
    rows.add_event(event, had or with_organisation(case))
    _keep_enclosures(case, carried, number=event.number)
    if declared.name in CHANGES_MEDIATORS:
        persons.keep_mediators(case)
    elif declared.name == "dismiss_agent":
        persons.close_to_agent(case, stated["agent"])
    elif declared.name == "withdraw_evidence":
        persons.withdraw_document(case, stated["document"], at)
    clocks.keep(case, began, ended, event.number, by.ref if by.role is Role.CLOCK else "", rows=rows)
    tallies.note(case, declared.name, before, at, rows)
    if case.shared and event.author == case.platform:
        rows.add_deliveries(_deliveries(case, event, everything=not already_shared))
    if not gathered:
        rows.send()
    return event


def advance(
    case: Case,
    declared: Move,
    by: Actor,
    at: datetime,
    stated: dict[str, Any],
    compute: Callable[[list[Order]], list[dict[str, Any]]],
) -> tuple[list[dict[str, Any]], set[str]]:
    """Make the transition on the row in memory and fold its consequences; returns the clocks it starts and those it
    ends.

    The same function serves writing, replaying and playing a journal: that is why a journal gives the case again.
    """
    # A fold writes instants down: in one zone, whichever the caller spoke.
    at = at.astimezone(UTC)
    before, owner = case.state, case.owner if case.state else None
    if declared.name in MOVES:
        _change_state(case, declared, by, at, stated)
    changed = case.state != before
    handed = changed and owner is not None and case.owner is not None and case.owner != owner
    if changed:
        case.sheet["proposals"] = {}
        case.sheet["entered_by"] = declared.name
        case.sheet["handed_over"] = str(owner) if handed else ""
        case.shared = case.shared or handed
    case.sheet.setdefault("clocks", {})
    ended = lifecycle.stops(case, declared.name, changed=changed)
    for kind in ended:
        del case.sheet["clocks"][kind]
    entered = (changed and not handed) or declared.name == "receive"
    began = compute(lifecycle.orders(case, declared.name, stated, at, entered=entered, handed=handed))
    for clock in began:
        case.sheet["clocks"][clock["kind"]] = clock
    return began, ended


def _change_state(case: Case, declared: Move, by: Actor, at: datetime, stated: dict[str, Any]) -> None:
    nowhere = Refused(
        "state", gettext_noop("案件目前的状态下不能这样做"), declared.law, gettext_noop("请查看案件的最新进展")
    )
    transition_ = getattr(case, declared.name)
    if not can_proceed(transition_, check_conditions=False):
        raise nowhere
    try:
        transition_(by=by, at=at, facts=stated)
    except TransitionNotAllowed:
        raise nowhere from None


def _as_given(case: Case, declared: Move, wanted: list[Order], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take the clocks the author computed, as they are, if they are the ones the rule table starts here; a reckoning
    and what cannot be read set anew only what is running.
    """
    kinds = [clock["kind"] for clock in given]
    if declared.name in MOVES and declared.name != "reckon":
        fits = kinds == list(dict.fromkeys(order.kind.value for order in wanted))
    else:
        fits = len(kinds) == len({*kinds}) and {*kinds} <= {*case.sheet["clocks"]}
    if not fits:
        raise Illegal("clocks")
    return given


def _event(
    case: Case,
    declared: Move,
    by: Actor,
    at: datetime,
    stated: dict[str, Any],
    began: list[dict[str, Any]],
    carried: list[Carried],
    given: Mapping[str, Any] | None,
) -> CaseEvent:
    event = CaseEvent(
        platform=case.platform,
        case=case,
        number=case.entries,
        kind=given["kind"] if given else kind_of(declared.name),
        author=given["platform"] if given else case.platform,
        at=at,
        by=by.entry(),
        facts=stated,
        clocks=began,
        enclosures=[
            {"kind": item.kind, "audience": item.audience, "about": item.about, "digest": item.digest}
            for item in carried
        ],
        previous=case.head,
        algorithm=given["algorithm"] if given else settings.JOURNAL_ALGORITHM,
    )
    if given:
        event.hash, event.signature, event.key_id = given["hash"], given["signature"], given["key"]
        # What ``read`` has hashed must be what is kept.
        if event.body() != chain.body_of(given):
            raise Illegal("hash")
    else:
        signer = keyring.signer(case.platform)
        event.hash = chain.entry_hash(event.body(), event.algorithm)
        event.signature, event.key_id = signer.sign(event.hash), signer.public.id
    return event


def _keep_enclosures(
    case: Case, carried: list[Carried], *, number: int | None = None, request: Request | None = None
) -> None:
    rows = []
    for item in carried:
        row = Enclosure(
            platform=case.platform, case=case, number=number, request=request, kind=item.kind, audience=item.audience,
            about=item.about, digest=item.digest, salt=item.salt,
        )  # fmt: skip
        if item.content:
            row.put(item.content)
        rows.append(row)
    Enclosure.objects.bulk_create(rows)
    if number is not None:
        persons.keep(case, rows, number)


def _deliveries(case: Case, event: CaseEvent, *, everything: bool) -> Iterable[Delivery]:
    """Return what says that the peer is to be told of this entry; on first contact, of all before it too."""
    numbers = range(1, event.number + 1) if everything else (event.number,)
    return (
        Delivery(platform=case.platform, case=case, number=number, since=event.recorded_at, next_at=event.recorded_at)
        for number in numbers
    )


# Playing a journal.


def fold(platform: str, entries: Iterable[Mapping[str, Any]], *, judging: Collection[str] = ()) -> Case:
    """This function will play a journal from the beginning and return the case it gives, unsaved; entries of the kinds
    named by ``judging``, which were chained unread, are judged as if they came now. Raises Illegal, Refused or
    ``facts.Malformed``.
    """
    case: Case | None = None
    for entry in entries:
        declared, by, at, stated = read(entry)
        case = case or Case(platform=platform, ref=_uuid(entry))
        given = list(entry["clocks"])
        if entry["kind"] in judging:
            if declared.targets:
                raise Illegal("kind")
            judge(case, declared, by, at, stated, writing=False)
            advance(case, declared, by, at, stated, partial(_as_given, case, declared, given=given))
        else:
            advance(case, declared, by, at, stated, lambda wanted, given=given: given)  # type: ignore[misc]
        case.entries, case.head = entry["number"], entry["hash"]
    if case is None:
        raise Illegal("empty")
    return case


def reread(case: Case, kinds: Collection[str]) -> None:
    """This function will play a journal anew that holds entries of kinds this version is the first to read, and bring
    row and clocks in step with it. Raises Illegal, Refused or ``facts.Malformed``.
    """
    with transaction.atomic():
        locked = _lock(case)
        played = fold(locked.platform, [event.entry() for event in queries.history(locked)], judging=kinds)
        played.pk = locked.pk
        played.save(update_fields=[*FOLDED])
        running = set(locked.clocks.filter(state=Clock.RUNNING).values_list("kind", flat=True))
        clocks.keep(played, [], running - {*played.sheet["clocks"]}, played.entries)


def differences(case: Case, played: Case) -> list[str]:
    """Return the names of the columns in which a row differs from its played journal."""
    return [name for name in (*FOLDED, "entries", "head") if getattr(case, name) != getattr(played, name)]


def freeze(case: Case, why: str) -> None:
    """This function will stop all moves on a copy until a human has looked; an empty ``why`` lets it go on."""
    with transaction.atomic():
        locked = _lock(case)
        Case.objects.filter(pk=locked.pk).update(frozen=why[:200])
        case.frozen = why[:200]
