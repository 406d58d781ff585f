"""The roster's door: the only place through which a file, listing, recognition, complaint or campaign changes.

Lives here: ``perform`` (somebody acts here), ``replay`` (the peer's entry is applied here), what this platform then
owes of its own accord, ``sweep`` (terms that ended), ``fold`` (a journal played from the beginning), ``freeze``.
Does not live here: the rules (``lifecycle``, ``guards``, ``conditions``), keys and sending (the caller hands in a
``Hand``; the post reads ``RosterDelivery``).
Called by: ``mediation.rosters`` for the windows, and the exchange.

Always in this order, in one transaction: lock the row · judge · make the move · append one entry with its delivery ·
do what is owed. Locks go from file, recognition or complaint to listing, never back.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django_fsm import can_proceed

from mediation import chain
from mediation.chain import PublicKey, SigningKey
from mediation.vocabulary import (
    ComplaintState,
    Consequence,
    FileState,
    ListingStatus,
    RecognitionState,
    Role,
    Seat,
)
from mediation.vocabulary import gettext_noop as _
from mediation.workdays import local_day
from roster import facts as f
from roster import guards, publication
from roster.lifecycle import (
    CAMPAIGN,
    CLOSED,
    COMPLAINT,
    FILE_KINDS,
    LISTING,
    MEDIATOR,
    MOVES,
    ORGANISATION,
    RECOGNITION,
    STAYS_HOME,
    Aggregate,
    Move,
)
from roster.models import (
    Campaign,
    CertificateSeries,
    Complaint,
    ComplaintText,
    Court,
    Listing,
    Mediator,
    Organisation,
    Recognition,
    RosterDelivery,
    RosterEvent,
)
from roster.sealed import open_bytes, seal_bytes
from roster.world import FILES, Surroundings

VERSION = 1
_NAMES_ITS_CAUSE = frozenset({"file", "complaint", "recognition"})
"""Facts by which an errand says after which entry it was done; other errands are known by their time."""

_NUMBERED = re.compile(r"（([0-9]{4})）.*?([0-9]+)(?:-[0-9]+)?号")
MOST_AT_ONCE = 100
"""How many files one batch pushes or confirms, and to how many courts one step of a recognition goes (N-4.4)."""

TABLES: dict[str, type[Aggregate]] = {
    ORGANISATION: Organisation,
    MEDIATOR: Mediator,
    LISTING: Listing,
    RECOGNITION: Recognition,
    COMPLAINT: Complaint,
    CAMPAIGN: Campaign,
}

Row = Organisation | Mediator | Listing | Recognition | Complaint | Campaign


class Refused(Exception):
    """该操作未被允许"""

    def __init__(self, code: str, reason: str, law_ids: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.law = tuple(law_ids)
        self.remedy = remedy


class Overtaken(Refused):
    """其他人已经办理"""

    def __init__(self) -> None:
        super().__init__("overtaken", _("其他人已经先办理了"), (), _("请查看最新情况后再决定"))


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


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a role, an opaque reference (a mediator's own file's for mediators), the seat it belongs to, and the
    platform that verified them.

    ``seat`` is a court code, an organisation's reference or a unit's code; empty for the national bodies.
    """

    role: Role
    ref: str
    seat: str = ""
    via: str = ""

    def entry(self) -> dict[str, str]:
        """Return what the journal keeps of this actor."""
        return {"role": self.role.value, "ref": self.ref, "seat": self.seat, "via": self.via}


@dataclass(frozen=True)
class Loss:
    """What is being made good: since when the entry stands whose errands are done now, and which entries are known to
    answer others.
    """

    since: datetime
    answers: set[int]


@dataclass(frozen=True)
class Hand:
    """With what a platform writes: its code, the seats that sit on it, its signing key and the digest it uses.

    With a ``loss`` an errand that some entry of the journals shows to be done is not done again. ``touched`` and
    ``written`` gather the rows and entries of one transaction (``_writing``); ``tell`` has readers told of the latter.
    """

    platform: str
    seats: frozenset[Seat]
    key: SigningKey
    algorithm: str = "sha256"
    loss: Loss | None = None
    touched: list[Any] = field(default_factory=list, compare=False)
    written: list[RosterEvent] = field(default_factory=list, compare=False)
    tell: Callable[[Sequence[RosterEvent]], None] = field(default=lambda events: None, compare=False)


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a batch: the entry, or why not."""

    row: Any
    event: RosterEvent | None = None
    refused: Refused | f.Malformed | None = None


@contextmanager
def _writing(hand: Hand, *, savepoint: bool = True) -> Iterator[Hand]:
    """Write in one transaction with a hand of its own. What is public follows at the end: its rows are locked after all
    others, and once, however many entries were written.
    """
    with transaction.atomic(savepoint=savepoint):
        own = replace(hand, touched=[], written=[])
        yield own
        publication.follow(hand.platform, own.touched)
        own.tell(own.written)


# Somebody acts here.


def new(aggregate: str, platform: str, ref: uuid.UUID | None = None) -> Any:
    """Return a row that is not written yet, for a move that creates; a form that names ``ref`` cannot create twice."""
    column = "status" if aggregate == LISTING else "state"
    return TABLES[aggregate](platform=platform, ref=ref or uuid.uuid4(), **{column: ""})


def listing_of(
    platform: str, court: str, *, organisation: uuid.UUID | None = None, mediator: uuid.UUID | None = None
) -> Listing:
    """Return the entry of an organisation or a mediator on a court's roster, or one that is not written yet."""
    about = {"organisation": organisation, "mediator": mediator}
    found = Listing.objects.filter(platform=platform, court=court, **about).first()
    return found or Listing(platform=platform, court=court, status="", **about)


def perform(
    row: Any,
    move: str,
    *,
    by: Any,
    at: datetime,
    hand: Hand,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
    text: str = "",
) -> RosterEvent:
    """This function will make one move on a row and return the journal entry.

    ``by`` has ``role``, ``ref``, ``seat`` and ``entry()``; ``seen`` is the entry number the actor had before them;
    ``text`` is sealed beside the row where the move takes one. Raises Refused (with guard, reason, law and next step),
    Overtaken, or ``facts.Malformed``; then nothing is written.
    """
    declared = resolve(row, move)
    try:
        with _writing(hand) as own:
            locked = _lock(row)
            if seen is not None and seen != locked.entries:
                raise Overtaken
            event = _make(locked, declared, by, at, dict(facts or {}), own, text)
            _do_what_is_owed(locked, event, at, own)
    except IntegrityError as raced:
        raise Overtaken from raced
    row.__dict__.update(locked.__dict__)
    return event


def perform_each(
    rows: Iterable[Any],
    move: str,
    *,
    by: Any,
    at: datetime,
    hand: Hand,
    facts: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """This function will make the same move on up to a hundred rows, each for itself, and say what became of each.

    Raises Refused for more than ``MOST_AT_ONCE`` rows.
    """
    wanted = list(rows)
    if len(wanted) > MOST_AT_ONCE:
        raise Refused("batch", _("一批最多一百个"), ("N-4.4a",), _("请分批办理"))
    outcomes = []
    for row in wanted:
        try:
            outcomes.append(Outcome(row, perform(row, move, by=by, at=at, hand=hand, facts=facts)))
        except (Refused, f.Malformed) as wrong:
            outcomes.append(Outcome(row, refused=wrong))
    return outcomes


def push_batch(
    rows: Iterable[Any], courts: Sequence[str], *, by: Any, at: datetime, hand: Hand
) -> tuple[uuid.UUID, list[Outcome]]:
    """This function will push up to a hundred files to courts as one batch, and return its reference with what became
    of each (N-4.4a).
    """
    batch = uuid.uuid4()
    facts = {"courts": list(courts), "batch": str(batch)}
    return batch, perform_each(rows, "push", by=by, at=at, hand=hand, facts=facts)


def kind_of(aggregate: str, move: str) -> str:
    """Return the kind of the entry that a move writes."""
    return f"roster.{aggregate}.{move}.v{VERSION}"


def resolve(row: Any, move: str) -> Move:
    """Return the declared move of the row's aggregate; raises Refused for a name that is not declared."""
    try:
        return MOVES[row.aggregate][move]
    except KeyError:
        raise Refused("move", _("没有这种操作"), (), _("请从列出的操作中选择")) from None


def options(row: Any, by: Any, at: datetime) -> list[tuple[Move, Refused | None]]:
    """Return the moves of this actor's role that exist in the row's state, each with why it is not available now."""
    found: list[tuple[Move, Refused | None]] = []
    for declared in MOVES[row.aggregate].values():
        if row.standing not in declared.sources or by.role not in declared.by:
            continue
        why: Refused | None = None
        try:
            check_standing(row, declared, by, {})
            question = guards.Judgement(row, by, at, {}, Surroundings(row.platform))
            failed = next((guard for guard in declared.guards if not guard.on_facts and not guard.test(question)), None)
            why = _refusal(failed) if failed else None
        except Refused as refused:
            why = refused
        found.append((declared, why))
    return found


def judge(row: Any, declared: Move, by: Any, at: datetime, stated: dict[str, Any], *, writing: bool) -> None:
    """Check everything that speaks against a move; ``writing`` also asks the owner's own guards. Raises Refused or
    Malformed.
    """
    check_standing(row, declared, by, stated)
    f.check(declared.facts, stated)
    question = guards.Judgement(row, by, at, stated, Surroundings(row.platform) if writing else None)
    for guard in declared.guards:
        if (writing or not guard.writer) and not guard.test(question):
            raise _refusal(guard)


def check_standing(row: Any, declared: Move, by: Any, stated: Mapping[str, Any]) -> None:
    """Check that the move exists in this state, and that the actor holds the part it needs here. Raises Refused."""
    if row.standing not in declared.sources:
        raise Refused("state", _("目前的状态下不能这样做"), declared.law, _("请查看最新情况"))
    if by.role not in declared.by or not _has_part(row, by, stated):
        raise Refused("actor", _("您没有办理这一步骤的权限"), declared.law, _("请由有权办理的人员操作"))


def _refusal(guard: guards.Guard) -> Refused:
    return Refused(guard.code, guard.reason, guard.law, guard.remedy)


def _has_part(row: Any, by: Any, stated: Mapping[str, Any]) -> bool:
    """Tell whether the actor's seat is the one that this row names, or that a creating move states."""

    def named(column: str) -> str:
        return str(stated.get(column, "") if not row.entries and column in stated else getattr(row, column) or "")

    match by.role:
        case Role.ORGANISATION:
            return bool(by.seat) and by.seat == (
                str(row.ref) if row.aggregate == ORGANISATION else named("organisation")
            )
        case Role.MEDIATOR:
            return by.ref == str(row.ref)
        case Role.UNIT:
            return bool(by.seat) and by.seat == named("unit")
        case Role.CLERK | Role.COURT_LEADER:
            return bool(by.seat) and by.seat == named("court")
        case Role.PLATFORM | Role.CLOCK:
            return bool(by.seat) and by.seat == by.via
        case _:
            return True


def _lock(row: Any) -> Any:
    if row.pk:
        return type(row).objects.select_for_update().get(pk=row.pk)
    fresh = type(row)(platform=row.platform, ref=row.ref, **{"status" if row.aggregate == LISTING else "state": ""})
    for column in ("court", "organisation", "mediator"):
        if row.aggregate == LISTING:
            setattr(fresh, column, getattr(row, column))
    return fresh


def _make(
    row: Any, declared: Move, by: Any, at: datetime, stated: dict[str, Any], hand: Hand, text: str = ""
) -> RosterEvent:
    if hand.platform != row.platform or row.owner not in hand.seats:
        raise Refused("owner", _("该事项由对方平台办理"), declared.law, _("请在对方平台办理"))
    if row.frozen:
        raise Refused("frozen", _("因对接异常已冻结"), (), _("请等待平台运行人员核实"))
    for name in ("certificate_number", "verification_code", "listed_on") if declared.certifies else ():
        if name in stated:
            raise f.Malformed(name, _("证书由系统编立"))
    salt = ""
    if declared.text:
        salt, stated["digest"] = _salted(text, hand.algorithm)
    if declared.certifies:
        # The number is allocated last: it locks the court's series for the rest of the transaction.
        judge(row, declared, by, at, {**stated, **_specimen(at)}, writing=True)
        stated |= _certificate(row, at)
    else:
        judge(row, declared, by, at, _about(row, declared, stated), writing=True)
    already_shared = row.shared
    event = _keep(row, compose(row, declared, by, at, stated, hand=hand), hand, first_told=not already_shared)
    if declared.text:
        ComplaintText.objects.create(
            complaint=row, number=event.number, salt=salt, sealed=seal_bytes(text.strip().encode())
        )
    return event


def _about(row: Any, declared: Move, stated: dict[str, Any]) -> dict[str, Any]:
    """Put what a creating move states of court and entrant on the new row, so that guards can look around it; a new
    mediator stands under the unit of the organisation.
    """
    if declared.name == "open" and row.aggregate == MEDIATOR:
        f.check(declared.facts, stated)
        found = Organisation.objects.filter(platform=row.platform, ref=stated["organisation"]).first()
        stated["unit"] = found.unit if found else ""
    if declared.creates and not row.entries and row.aggregate in (LISTING, COMPLAINT):
        f.check(declared.facts, stated)
        row.court = stated["court"]
        for kind in FILE_KINDS:
            setattr(row, kind, uuid.UUID(stated[kind]) if kind in stated else None)
    return stated


def _salted(text: str, algorithm: str) -> tuple[str, str]:
    if not text.strip():
        raise f.Malformed("text", _("请填写这一项"))
    if len(text) > 20_000:
        raise f.Malformed("text", _("内容过长，请控制在二万字以内"))
    salt = chain.new_salt()
    return salt, chain.salted_digest(algorithm, salt, text.strip().encode())


def text_of(complaint: Complaint, number: int) -> str:
    """Return what was written with one entry of a complaint; empty once erased or on the other platform."""
    found = ComplaintText.objects.filter(complaint=complaint, number=number, erased_at=None).first()
    return open_bytes(bytes(found.sealed)).decode() if found else ""


# Certificates.


def _specimen(at: datetime) -> dict[str, str]:
    return {"certificate_number": "-", "verification_code": "-", "listed_on": local_day(at).isoformat()}


def _certificate(row: Listing, at: datetime) -> dict[str, str]:
    """Allocate the next number of the court's series, and a code by which anybody can verify the certificate."""
    year, kind = local_day(at).year, row.entrant_kind
    place: dict[str, Any] = {"platform": row.platform, "court": row.court, "year": year, "entrant": kind}
    CertificateSeries.objects.get_or_create(**place)
    series = CertificateSeries.objects.select_for_update().get(**place)
    CertificateSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    word = "特邀组织" if kind == ORGANISATION else "特邀调解员"
    return {
        "certificate_number": f"（{year}）{row.court}{word}{series.last + 1}号",
        "verification_code": new_code(),
        "listed_on": local_day(at).isoformat(),
    }


def serial_of(row: Listing) -> tuple[int, int] | None:
    """Return year and number of a row's certificate in its court's series, or None where it has none."""
    found = _NUMBERED.fullmatch(row.certificate_number)
    return (int(found[1]), int(found[2])) if found else None


def _reach_serial(row: Listing) -> None:
    """Never hand out again a number that a lost entry had handed out."""
    if serial := serial_of(row):
        year, number = serial
        place: dict[str, Any] = {
            "platform": row.platform, "court": row.court, "year": year, "entrant": row.entrant_kind,
        }  # fmt: skip
        CertificateSeries.objects.get_or_create(**place)
        CertificateSeries.objects.filter(**place, last__lt=number).update(last=number)


def new_code() -> str:
    """Return a fresh verification code, three groups of four letters and digits that cannot be mistaken."""
    signs = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "-".join("".join(secrets.choice(signs) for _sign in range(4)) for _group in range(3))


# What this platform owes of its own accord.


def itself(hand: Hand) -> Actor:
    """Return the actor for what a platform does of its own accord."""
    return Actor(Role.PLATFORM, hand.platform, hand.platform, hand.platform)


def _do_what_is_owed(row: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    """Do what follows from an entry on rows this platform owns; what the rows' states do not allow is not owed."""
    for seat, errand in _ERRANDS.get((row.aggregate, event.move), ()):
        if seat in hand.seats:
            errand(row, event, at, hand)


def _own(row: Any, move: str, at: datetime, hand: Hand, facts: dict[str, Any]) -> RosterEvent | None:
    """Make a move of this platform's own if the row's state allows it."""
    if hand.loss and _is_done(row, move, hand.loss, facts):
        return None
    locked = _lock(row)
    declared = MOVES[row.aggregate][move]
    if locked.frozen or locked.standing not in declared.sources:
        return None
    event = _make(locked, declared, itself(hand), at, facts, hand)
    if hand.loss:
        hand.loss.answers.add(event.pk)
    row.__dict__.update(locked.__dict__)
    _do_what_is_owed(row, event, at, hand)
    return event


def _is_done(row: Any, move: str, loss: Loss, facts: dict[str, Any]) -> bool:
    """Tell whether the row's journal has this very move as an answer to what is being made good; each answers once."""
    kind = kind_of(row.aggregate, move)
    found = RosterEvent.objects.filter(platform=row.platform, aggregate=row.aggregate, ref=row.ref, kind=kind)
    if not _NAMES_ITS_CAUSE & facts.keys():
        found = found.filter(at__gte=loss.since)
    for event in found.exclude(pk__in=loss.answers).order_by("number"):
        if all(event.facts.get(name) == value for name, value in facts.items()):
            loss.answers.add(event.pk)
            return True
    return False


def make_up(event: RosterEvent, *, hand: Hand, at: datetime, answers: set[int]) -> None:
    """This function will do what this platform owes after an entry that came back after a loss, as far as no journal
    shows that it was done; ``answers`` gathers the entries that show it. Raises Refused, or ``facts.Malformed``.
    """
    with _writing(replace(hand, loss=Loss(event.at, answers))) as own:
        row = locked_row(event.platform, event.aggregate, event.ref)
        _do_what_is_owed(row, event, at, own)


def _entrant(row: Any) -> dict[str, str]:
    """Return the entrant as a move states it, of a file or of anything about one."""
    if row.aggregate in FILE_KINDS:
        return {row.aggregate: str(row.ref)}
    return {row.entrant_kind: str(row.entrant)}


def _listing_at(file: Any, court: str) -> Listing:
    return listing_of(file.platform, court, **{file.aggregate: file.ref})


def _enter_pushed(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    known = set(Court.objects.filter(code__in=event.facts["courts"]).values_list("code", flat=True))
    batch = {"batch": event.facts["batch"]} if "batch" in event.facts else {}
    for court in (code for code in event.facts["courts"] if code in known):
        facts = {**_entrant(file), "court": court, "file": event.number, **batch}
        _own(_listing_at(file, court), "receive_push", at, hand, facts)


def _withdraw_pushed(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    for court in event.facts["courts"]:
        _own(_listing_at(file, court), "withdraw", at, hand, {"reason": event.facts["reason"]})


def _exit(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    about = {"platform": hand.platform, file.aggregate: file.ref}
    listings = Listing.objects.filter(**about).order_by("pk")
    if event.facts.get("courts"):
        listings = listings.filter(court__in=event.facts["courts"])
    why = event.facts.get("reason", "") if event.move == "leave" else _("档案已除名")
    for listing in listings:
        _own(listing, "exit", at, hand, {"reason": why} if why else {})


def _lead_mediators_out(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    """Let mediators go where their organisation goes: they are on a roster on its recommendation (TY-6)."""
    if file.aggregate == ORGANISATION:
        courts = {"courts": event.facts["courts"]} if event.facts.get("courts") else {}
        facts = {**courts, "reason": _("所属调解组织已退出")}
        own = Mediator.objects.filter(platform=hand.platform, organisation=file.ref).order_by("pk")
        for mediator in own:
            _own(mediator, "leave", at, hand, dict(facts))


def _enter_nomination(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    ref = uuid.UUID(event.facts["recognition"])
    if not Recognition.objects.filter(platform=hand.platform, ref=ref).exists():
        facts = {**_entrant(file), "levels": event.facts["levels"]}
        _own(new(RECOGNITION, hand.platform, ref), "receive_nomination", at, hand, facts)


def _answer_ask(file: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    listing = _listing_at(file, event.facts["court"])
    if not event.facts["agreed"]:
        _own(listing, "decline", at, hand, {})
        return
    until = listing.sheet.get("expires_on", "")
    _own(listing, "adopt", at, hand, {"expires_on": until} if until > local_day(at).isoformat() else {})


def _spread(recognition: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    if recognition.state == RecognitionState.RECOGNISED and event.move == "approve":
        _spread_step(recognition, at, hand)


def _spread_step(recognition: Recognition, at: datetime, hand: Hand) -> None:
    about: dict[str, Any] = {"platform": hand.platform, recognition.entrant_kind: recognition.entrant}
    settled = Listing.objects.filter(**about).exclude(status__in=[*CLOSED, ListingStatus.PUSHED])
    refused_before = Listing.objects.filter(**about, sheet__recognition=str(recognition.ref))
    left = Court.objects.filter(level__in=recognition.levels).exclude(code__in=settled.values("court"))
    left = left.exclude(code__in=refused_before.values("court")).order_by("code")
    courts = list(left.values_list("code", flat=True)[: MOST_AT_ONCE + 1])
    reached = []
    for court in courts[:MOST_AT_ONCE]:
        facts = {**_entrant(recognition), "court": court, "recognition": str(recognition.ref)}
        if _own(listing_of(court=court, **about), "receive_recognised", at, hand, facts):
            reached.append(court)
    _own(recognition, "spread", at, hand, {"courts": reached, "done": len(courts) <= MOST_AT_ONCE})


def _apply_consequence(complaint: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    if complaint.state != ComplaintState.UPHELD:
        return
    listing = listing_of(
        hand.platform, complaint.court, organisation=complaint.organisation, mediator=complaint.mediator
    )
    if complaint.consequence == Consequence.REMOVAL:
        _own(listing, "remove", at, hand, {"complaint": str(complaint.ref)})
    else:
        facts = {"complaint": str(complaint.ref), "consequence": complaint.consequence}
        _own(listing, "note_consequence", at, hand, facts)


def _tell_unit(complaint: Any, event: RosterEvent, at: datetime, hand: Hand) -> None:
    file = FILES[complaint.entrant_kind].objects.filter(platform=hand.platform, ref=complaint.entrant).first()
    if file is not None:
        facts = {
            "complaint": str(complaint.ref),
            "court": complaint.court,
            "ground": complaint.ground,
            "upheld": event.facts["upheld"],
        }
        if complaint.consequence:
            facts["consequence"] = complaint.consequence
        _own(file, "note_complaint", at, hand, facts)


Errand = Callable[[Any, RosterEvent, datetime, Hand], None]
_FOR_FILES: dict[str, tuple[tuple[Seat, Errand], ...]] = {
    "push": ((Seat.COURT, _enter_pushed),),
    "withdraw_push": ((Seat.COURT, _withdraw_pushed),),
    "leave": ((Seat.COURT, _exit), (Seat.ORGANISATION, _lead_mediators_out)),
    "remove": ((Seat.COURT, _exit), (Seat.ORGANISATION, _lead_mediators_out)),
    "nominate": ((Seat.COURT, _enter_nomination),),
    "answer_adoption": ((Seat.COURT, _answer_ask),),
}
_ERRANDS: dict[tuple[str, str], tuple[tuple[Seat, Errand], ...]] = {
    **{(kind, move): errands for kind in FILE_KINDS for move, errands in _FOR_FILES.items()},
    (RECOGNITION, "approve"): ((Seat.COURT, _spread),),
    (COMPLAINT, "decide"): ((Seat.COURT, _apply_consequence), (Seat.ORGANISATION, _tell_unit)),
}
"""Who owes what after which entry, whether it was written here or heard from the peer."""


def sweep(platform: str, at: datetime, hand: Hand, *, most: int = 500) -> int:
    """This function will close the entries whose term has ended and take recognitions a step further; returns how many.

    Terms end with their last day in China. Rows somebody else holds wait their turn.
    """
    if Seat.COURT not in hand.seats:
        return 0
    done = 0
    over = Listing.objects.filter(
        platform=platform, status__in=guards.STANDING, expires_on__lt=local_day(at), frozen=""
    ).order_by("expires_on", "pk")
    clock = Actor(Role.CLOCK, "EXPIRE", platform, platform)
    for listing in over[:most]:
        try:
            perform(listing, "expire", by=clock, at=at, hand=hand)
        except Refused:
            continue
        done += 1
    for recognition in Recognition.objects.filter(platform=platform, state=RecognitionState.RECOGNISED, frozen=""):
        with _writing(hand) as own:
            locked = _lock(recognition)
            if locked.state == RecognitionState.RECOGNISED:
                _spread_step(locked, at, own)
                done += 1
    return done


# The peer's entry is applied here.


def replay(
    entry: Mapping[str, Any],
    *,
    hand: Hand,
    at: datetime,
    trusted: Mapping[str, PublicKey],
    row: Any = None,
    lent: bool = False,
) -> RosterEvent:
    """This function will apply one entry the peer wrote to the hand's platform's copy, exactly once, and return it;
    also what this platform then owes.

    The receiver judges what both can know: signature, chain, owner, a declared move, role and seat, facts. Raises Early
    (an entry before it is missing), Forked, or Illegal. ``row`` is this reference's, locked or not yet written.

    ``lent`` entries make a loss good: this platform's own come back by its own signature, and what is owed waits for
    ``make_up``, since the next lent entry may be just that.
    """
    with _writing(hand, savepoint=row is None) as own:
        declared, by, when, stated = read(entry)
        if row is None:
            row = locked_row(hand.platform, declared.aggregate, uuid.UUID(entry["ref"]))
        if row.aggregate != declared.aggregate:
            raise Illegal("kind")
        number = entry["number"]
        if number <= row.entries:
            held = RosterEvent.objects.get(platform=hand.platform, aggregate=row.aggregate, ref=row.ref, number=number)
            if held.hash != entry["hash"]:
                raise Forked
            return held
        if number > row.entries + 1:
            raise Early(row.entries + 1)
        declared, by, when, stated = check_entry(row, entry, hand, trusted, own=lent)
        already_shared = row.shared
        event = compose(row, declared, by, when, stated, given=entry, recorded_at=at)
        _keep(row, event, own, first_told=not already_shared)
        if not lent:
            _do_what_is_owed(row, event, at, own)
        elif declared.certifies:
            _reach_serial(row)
        return event


def check_entry(
    row: Any, entry: Mapping[str, Any], hand: Hand, trusted: Mapping[str, PublicKey], *, own: bool = False
) -> tuple[Move, Actor, datetime, dict[str, Any]]:
    """Return move, actor, instant and facts of the peer's next entry about a row, or with ``own`` of this platform's
    lost one; raises Illegal if it may not be.
    """
    declared, by, when, stated = read(entry)
    if entry["number"] == 1 and row.pk:
        # A row loaded bare gives way to its journal.
        row.__dict__.update(blank(row).__dict__)
    if entry["previous"] != row.head:
        raise Illegal("previous")
    is_own = entry["platform"] == hand.platform
    if (row.owner in hand.seats) != is_own or (is_own and not own):
        raise Illegal("owner")
    if by.via not in (entry["platform"], ""):
        raise Illegal("vouching")
    key = trusted.get(str(entry["key"]))
    if key is None or not key.verify(str(entry["hash"]), str(entry["signature"])):
        raise Illegal("signature")
    try:
        judge(row, declared, by, when, stated, writing=False)
    except (Refused, f.Malformed) as wrong:
        raise Illegal(getattr(wrong, "code", None) or f"facts:{getattr(wrong, 'field', '')}") from wrong
    return declared, by, when, stated


def locked_row(platform: str, aggregate: str, ref: uuid.UUID) -> Any:
    """Return the row of this reference, locked, or one not yet written."""
    table = TABLES[aggregate]
    found = table.objects.select_for_update().filter(platform=platform, ref=ref).first()  # type: ignore[attr-defined]
    return found or new(aggregate, platform, ref)


def blank(row: Any) -> Any:
    """Return a row without anything in it that stands in the place of this one."""
    fresh = new(row.aggregate, row.platform, row.ref)
    fresh.pk, fresh._state.adding = row.pk, row._state.adding
    return fresh


def read(entry: Mapping[str, Any]) -> tuple[Move, Actor, datetime, dict[str, Any]]:
    """Return move, actor, instant and facts of an entry whose hash holds; raises Illegal for anything malformed."""
    try:
        family, aggregate, name, version = str(entry["kind"]).split(".")
        if family != "roster" or version != f"v{VERSION}" or name not in MOVES.get(aggregate, {}):
            raise Illegal("kind")
        if type(entry["number"]) is not int or entry["number"] < 1:
            raise Illegal("number")
        uuid.UUID(entry["ref"])
        body = chain.body_of(entry)
        if chain.entry_hash(body, str(entry["algorithm"])) != entry["hash"]:
            raise Illegal("hash")
        at = datetime.fromisoformat(body["at"])
        if chain.stamp(at) != body["at"] or not isinstance(body["facts"], dict):
            raise Illegal("body")
        if body["clocks"] != [] or body["enclosures"] != []:
            raise Illegal("body")
        texts = {key: body["by"][key] for key in ("ref", "seat", "via")}
        if not all(isinstance(text, str) and len(text) <= 80 for text in texts.values()):
            raise Illegal("by")
        return MOVES[aggregate][name], Actor(Role(body["by"]["role"]), **texts), at, dict(body["facts"])
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as wrong:
        raise Illegal("body") from wrong


# The one transaction.


def compose(
    row: Any,
    declared: Move,
    by: Any,
    at: datetime,
    stated: dict[str, Any],
    *,
    hand: Hand | None = None,
    given: Mapping[str, Any] | None = None,
    recorded_at: datetime | None = None,
) -> RosterEvent:
    """Make a judged move on the row in memory and return its signed entry, neither of them saved."""
    advance(row, declared, by, at, stated)
    event = RosterEvent(
        platform=row.platform,
        aggregate=row.aggregate,
        ref=row.ref,
        number=row.entries + 1,
        kind=kind_of(row.aggregate, declared.name),
        author=given["platform"] if given else row.platform,
        at=at,
        by=by.entry(),
        facts=stated,
        previous=row.head,
        state=row.standing,
        recorded_at=recorded_at or at,
    )
    _sign(event, hand, given)
    row.entries, row.head = event.number, event.hash
    return event


def _keep(row: Any, event: RosterEvent, hand: Hand, *, first_told: bool = False) -> RosterEvent:
    row.save(update_fields=[*row.folded, "entries", "head"] if row.pk else None)
    event.save()
    hand.touched.append(row)
    hand.written.append(event)
    if row.shared and event.author == event.platform:
        _post(event, everything=first_told)
    return event


def _sign(event: RosterEvent, hand: Hand | None, given: Mapping[str, Any] | None) -> None:
    if given:
        event.algorithm, event.hash = given["algorithm"], given["hash"]
        event.signature, event.key_id = given["signature"], given["key"]
        if chain.entry_hash(event.body(), event.algorithm) != event.hash:
            raise Illegal("hash")
    else:
        assert hand is not None
        event.algorithm = hand.algorithm
        event.hash = chain.entry_hash(event.body(), hand.algorithm)
        event.signature, event.key_id = hand.key.sign(event.hash), hand.key.public.id


def advance(row: Any, declared: Move, by: Any, at: datetime, stated: dict[str, Any]) -> None:
    """Make the transition on the row in memory; the same for writing, replaying and playing a journal."""
    # A fold writes instants down: in one zone, whichever the caller spoke.
    at = at.astimezone(UTC)
    before = row.standing
    transition_ = getattr(row, declared.name)
    if not can_proceed(transition_, check_conditions=False):
        raise Refused("state", _("目前的状态下不能这样做"), declared.law, _("请查看最新情况"))
    transition_(by=by, at=at, facts=stated)
    if row.standing != before or row.since is None:
        row.since = at
    if row.aggregate in FILE_KINDS:
        row.active = row.state == FileState.VERIFIED
    row.shared = row.shared or (declared.shares and row.aggregate not in STAYS_HOME)


def _post(event: RosterEvent, *, everything: bool) -> None:
    """Write down that the peer is to be told of this entry; on first contact, of all before it too."""
    events = [event]
    if everything:
        events = list(
            RosterEvent.objects.filter(
                platform=event.platform, aggregate=event.aggregate, ref=event.ref, number__lte=event.number
            ).order_by("number")
        )
    RosterDelivery.objects.bulk_create(
        RosterDelivery(platform=event.platform, event=one, since=event.recorded_at, next_at=event.recorded_at)
        for one in events
    )


# Playing a journal.


def fold(platform: str, entries: Iterable[Mapping[str, Any]]) -> Any:
    """This function will play a journal from the beginning and return the row it gives, unsaved. Raises Illegal or
    Refused.
    """
    row: Any = None
    for entry in entries:
        declared, by, at, stated = read(entry)
        if row is None:
            row = new(declared.aggregate, platform, uuid.UUID(entry["ref"]))
        advance(row, declared, by, at, stated)
        row.entries, row.head = entry["number"], entry["hash"]
    if row is None:
        raise Illegal("empty")
    return row


def differences(row: Any, played: Any) -> list[str]:
    """Return the names of the columns in which a row differs from its played journal."""
    return [name for name in (*row.folded, "entries", "head") if getattr(row, name) != getattr(played, name)]


def freeze(row: Any, why: str) -> None:
    """This function will stop all moves on a copy until a human has looked; an empty ``why`` lets it go on."""
    type(row).objects.filter(pk=row.pk).update(frozen=why[:200])
    row.frozen = why[:200]
