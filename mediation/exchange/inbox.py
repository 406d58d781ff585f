"""Hearing the peer: every message comes in here, over HTTP or in process, as the same signed bytes.

Lives here: ``receive`` (one signed request, one signed answer), judging envelopes one by one, what is owed when a
hand-over cannot be honoured. Does not live here: HTTP (``views``), the rules (the door).
Called by: ``views`` and the ``local:`` transport.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from mediation import chain, clocks, facts, keyring, law, moves
from mediation.actor import Actor, platform_itself
from mediation.chain import PublicKey
from mediation.exchange import (
    announcements,
    attachments,
    digests,
    envelope,
    keys,
    paths,
    peers,
    receipts,
    rosters,
    signing,
    vouching,
)
from mediation.exchange.models import Inbound, Outcome
from mediation.exchange.peers import RESTORING
from mediation.models import Case, CaseEvent, Request
from mediation.platform import is_local, peer_of
from mediation.rows import Rows
from mediation.vocabulary import EnclosureKind, SendBackGround, State, gettext_noop
from roster import queries as roster

MOST_ENVELOPES = 500
LARGEST_BODY = 32 * 1024 * 1024
CASES_AT_ONCE = 50
PARKING = (moves.Illegal, envelope.Unreadable)
OWN_MISTAKES = (
    DatabaseError,
    ObjectDoesNotExist,
    moves.Refused,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)

logger = logging.getLogger(__name__)


class BadMessage(Exception):
    """消息格式不正确"""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What goes back: status, headers (signed) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Judged:
    """What became of one envelope."""

    outcome: Outcome
    why: str = ""
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Hearing:
    """In which circumstances envelopes are judged together: where, whose, when, by which of the sender's keys, and by
    how much the sender's clock may go ahead.
    """

    platform: str
    source: str
    at: datetime
    read_only: bool
    trusted: Mapping[str, PublicKey]
    tolerance: timedelta


def receive(platform: str, method: str, path: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Answer:
    """This function will hear one signed request to a platform of this deployment and return the signed answer.

    Nothing is trusted before the signature holds; whatever is wrong with the message is answered, never raised,
    except a database that cannot be reached.
    """
    caller = signing.claimed(headers)
    try:
        if not is_local(platform):
            raise BadMessage("platform", 404)
        if len(body) > LARGEST_BODY:
            raise BadMessage("size", 413)
        caller = signing.verify_request(platform, method, path, headers, body, at)
        if caller.platform != peer_of(platform):
            raise BadMessage("source", 403)
        status, content_type, content = _perform(platform, caller, method, path, body, at)
    except (
        signing.Untrusted, BadMessage, digests.BadQuestion, keys.BadKeys, announcements.BadAnnouncement,
    ) as wrong:  # fmt: skip
        problem = {"code": wrong.code, "at": chain.stamp(at)}
        status, content_type, content = wrong.status, "application/json", chain.canonical(problem)
    except attachments.Missing:
        status, content_type, content = (
            404,
            "application/json",
            chain.canonical({"code": "file", "at": chain.stamp(at)}),
        )
    signed = (
        signing.sign_answer(platform, caller, status, content_type, content, at)
        if is_local(platform)
        else {"Content-Type": content_type}
    )
    return Answer(status, signed, content)


def _perform(
    platform: str, caller: signing.Caller, method: str, path: str, body: bytes, at: datetime
) -> tuple[int, str, bytes]:
    operation = path.removeprefix(paths.of(platform, ""))
    if method == "GET" and operation.startswith("files/"):
        content = attachments.hand_out(platform, caller.platform, operation.removeprefix("files/"), at)
        return 200, "application/octet-stream", content
    answer = OPERATIONS.get(operation) if method == "POST" else None
    if answer is None:
        raise BadMessage("operation", 404)
    return 200, "application/json", chain.canonical(answer(platform, caller.platform, _read(body), at))


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
        chain.canonical(content)
    except (ValueError, RecursionError) as wrong:
        raise BadMessage("body") from wrong
    if not isinstance(content, dict):
        raise BadMessage("body")
    return content


def hear_batch(platform: str, source: str, batch: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Judge a batch and return a receipt for each envelope, in the order they came."""
    envelopes, epoch = batch.get("envelopes"), batch.get("epoch")
    if not isinstance(envelopes, list) or len(envelopes) > MOST_ENVELOPES or type(epoch) is not int or epoch < 1:
        raise BadMessage("batch")
    if not peers.hear_epoch(platform, epoch):
        raise BadMessage("epoch", 409)
    for item in envelopes:
        _check_outside(platform, source, epoch, item)
    by_case: dict[tuple[str, str], list[dict[str, Any]]] = {}
    # The roster first and as it was told: a court lists who was pushed in that order, and cases name who is on it.
    for item in sorted(envelopes, key=lambda item: "" if rosters.is_one(item) else item["ref"]):
        shelf = item["kind"].split(".")[1] if rosters.is_one(item) else ""
        by_case.setdefault((shelf, item["ref"]), []).append(item)
    given: dict[str, dict[str, Any]] = {}
    waiting: list[list[dict[str, Any]]] = []
    for group in by_case.values():
        # A request or the roster may lock more rows (a series of numbers): alone, no two batches lock crosswise.
        alone = any(rosters.is_one(item) or item["kind"].startswith("request.") for item in group)
        if alone:
            given |= _hear(platform, source, [group], at)
        else:
            waiting.append(group)
            if len(waiting) == CASES_AT_ONCE:
                given |= _hear(platform, source, waiting, at)
                waiting = []
    given |= _hear(platform, source, waiting, at)
    return {"receipts": [given[item["id"]] for item in envelopes]}


def _check_outside(platform: str, source: str, epoch: int, item: Any) -> None:
    """Refuse the whole batch where an envelope cannot even be answered."""
    if not isinstance(item, dict) or (item.get("source"), item.get("audience"), item.get("epoch")) != (
        source,
        platform,
        epoch,
    ):
        raise BadMessage("envelope")
    texts = [item.get(name) for name in ("kind", "hash", "id", "ref")]
    if not all(isinstance(text, str) and len(text) <= 100 for text in texts):
        raise BadMessage("envelope")
    if not envelope.is_ref(item["id"]) or not envelope.is_ref(item["ref"]):
        raise BadMessage("envelope")
    if type(item.get("number")) is not int or not 0 <= item["number"] < 2**31:
        raise BadMessage("envelope")


def _hear(platform: str, source: str, groups: list[list[dict[str, Any]]], at: datetime) -> dict[str, dict[str, Any]]:
    """Judge the envelopes of some cases in one transaction; should two deliveries race, once more, case by case."""
    try:
        return _hear_together(platform, source, groups, at)
    except IntegrityError:
        given: dict[str, dict[str, Any]] = {}
        for group in groups:
            given |= _hear_together(platform, source, [group], at)
        return given


def _hear_together(
    platform: str, source: str, groups: list[list[dict[str, Any]]], at: datetime
) -> dict[str, dict[str, Any]]:
    """Judge the envelopes of some cases in one transaction: all at once if each can be applied, else one by one."""
    with transaction.atomic():
        standing = peers.standing(platform)
        tolerance = timedelta(seconds=max(standing.skew, 0) + signing.FRESH_SECONDS)
        hearing = Hearing(platform, source, at, standing.read_only, keyring.trusted(source, at), tolerance)
        heads = [group[0] for group in groups]
        items = [item for group in groups for item in group]
        try:
            with transaction.atomic():
                return _apply_all(hearing, items, _lock(platform, heads), _known(platform, items), standing.own_epoch)
        except (IntegrityError, OperationalError):
            raise
        except (OneByOne, moves.Early, *PARKING, *OWN_MISTAKES):
            # Rows are read anew, for those in memory say what has just been taken back.
            return _judge_each(hearing, items, _lock(platform, heads), _known(platform, items), standing.own_epoch)


def _known(platform: str, items: list[dict[str, Any]]) -> dict[str, Inbound]:
    """Return by envelope what has been heard of these before."""
    ids = [item["id"] for item in items]
    return {str(row.envelope): row for row in Inbound.objects.filter(platform=platform, envelope__in=ids)}


class OneByOne(Exception):
    """这一批信封需要逐个审核"""


def _apply_all(
    hearing: Hearing, items: list[dict[str, Any]], cases: dict[str, Any], known: dict[str, Inbound], epoch: int
) -> dict[str, dict[str, Any]]:
    """Apply entries and write set by set what they mean; raises, whatever speaks against any of them."""
    if hearing.read_only or any(rosters.is_one(item) or item["kind"].startswith("request.") for item in items):
        raise OneByOne
    given: dict[str, dict[str, Any]] = {}
    rows = Rows()
    for item in items:
        row, case = known.get(item["id"]), cases[item["ref"]]
        if row and row.outcome == Outcome.APPLIED:
            if row.digest != item["hash"]:
                raise OneByOne
            given[item["id"]] = row.receipt
            continue
        judged = _hear_entry(hearing, item, case, rows)
        given[item["id"]] = _receipt(hearing, item, judged, case, epoch)
        known[item["id"]] = _keep(hearing, item, judged, given[item["id"]], row)
    rows.send()
    Inbound.objects.bulk_create([row for row in known.values() if row.pk is None])
    return given


def _judge_each(
    hearing: Hearing, items: list[dict[str, Any]], cases: dict[str, Any], known: dict[str, Inbound], epoch: int
) -> dict[str, dict[str, Any]]:
    """Judge envelopes one by one, each in a savepoint of its own."""
    given: dict[str, dict[str, Any]] = {}
    for item in items:
        row, case = known.get(item["id"]), cases[item["ref"]]
        if row and row.outcome == Outcome.APPLIED and row.digest == item["hash"]:
            given[item["id"]] = row.receipt
            continue
        judged = _judge(hearing, item, case, row)
        if judged.outcome is not Outcome.APPLIED or item["kind"].startswith("request."):
            # What was taken back is still on the row in memory, and a request is written on another.
            case = cases[item["ref"]] = _lock(hearing.platform, [item])[item["ref"]]
        given[item["id"]] = _receipt(hearing, item, judged, case, epoch)
        known[item["id"]] = _keep(hearing, item, judged, given[item["id"]], row)
    Inbound.objects.bulk_create([row for row in known.values() if row.pk is None])
    return given


def _receipt(hearing: Hearing, item: dict[str, Any], judged: Judged, case: Case, epoch: int) -> dict[str, Any]:
    return receipts.make(
        hearing.platform,
        item,
        judged.outcome,
        why=judged.why,
        answer=judged.answer,
        number=case.entries,
        head=case.head,
        epoch=epoch,
        at=hearing.at,
    )


def _lock(platform: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows these envelopes are about by reference, locked in the order of references; an empty one where
    there is none yet.
    """
    if items and rosters.is_one(items[0]):
        return {item["ref"]: rosters.lock(platform, item) for item in items}
    refs = [item["ref"] for item in items]
    held = Case.objects.select_for_update().filter(platform=platform, ref__in=refs).order_by("ref")
    found = {str(case.ref): case for case in held}
    return {ref: found.get(ref) or Case(platform=platform, ref=uuid.UUID(ref)) for ref in refs}


def _judge(hearing: Hearing, item: dict[str, Any], case: Any, row: Inbound | None) -> Judged:
    if row and row.outcome == Outcome.APPLIED:
        return Judged(Outcome.PARKED, "envelope")
    if hearing.read_only:
        return Judged(Outcome.WAITING, RESTORING)
    family: Callable[[Hearing, dict[str, Any], Any], Judged] = _hear_entry
    if rosters.is_one(item):
        family = _hear_roster
    elif item["kind"].startswith("request."):
        family = _hear_request
    try:
        with transaction.atomic():
            return family(hearing, item, case)
    except moves.Early as early:
        return Judged(Outcome.WAITING, f"#{early.expected}")
    except PARKING as wrong:
        if family is _hear_entry:
            _freeze(hearing.platform, item, wrong.code)
        elif family is _hear_roster:
            rosters.note_breach(case, item["number"], wrong.code)
        return Judged(Outcome.PARKED, wrong.code)
    except (IntegrityError, OperationalError):
        raise
    except OWN_MISTAKES:
        # Our own mistake, not the peer's breach: it comes again, and meanwhile the others go on.
        logger.exception("envelope %s could not be judged", item["id"])
        return Judged(Outcome.WAITING, "error")


def _hear_entry(hearing: Hearing, item: dict[str, Any], case: Case, rows: Rows | None = None) -> Judged:
    entry = envelope.entry_of(item)
    if entry["platform"] != hearing.source:
        raise moves.Illegal("author")
    is_new = item["number"] > case.entries
    if is_new:
        vouching.check(hearing.platform, hearing.source, entry)
    carried = envelope.carried_in(item, hearing.platform)
    event = moves.replay(hearing.platform, entry, carried, at=hearing.at, case=case, trusted=hearing.trusted, rows=rows)
    if is_new and event.at > hearing.at + hearing.tolerance:
        peers.note_ahead(hearing.platform, item["ref"], item["number"], event.at - hearing.at)
    if is_new and case.entries > item["number"]:
        _answer_hand_over(case, hearing.at, rows or Rows())
    return Judged(Outcome.APPLIED)


def _hear_roster(hearing: Hearing, item: dict[str, Any], row: Any) -> Judged:
    rosters.hear(hearing.platform, hearing.source, item, row, hearing.at, hearing.trusted)
    return Judged(Outcome.APPLIED)


def _answer_hand_over(case: Case, at: datetime, rows: Rows) -> None:
    """Send back at once what this platform, having signed for it, finds that it cannot honour."""
    ground = ""
    if case.state == State.DELEGATED:
        organisation = roster.organisation(case.platform, case.organisation)
        ground = "" if organisation and organisation.active else SendBackGround.NOT_LISTED_HERE.value
    elif case.state in (State.HANDED_BACK, State.CONFIRMATION_SOUGHT, State.DECREE_SOUGHT):
        ground = "" if roster.court(case.court) else SendBackGround.WRONG_COURT.value
    if not ground or case.frozen:
        return
    rows.send()
    newest = case.events.order_by("-number").first()
    if newest is not None and newest.move == "receive":
        moves.perform(case, "send_back", by=platform_itself(case.platform), at=at, facts={"ground": ground})


def _hear_request(hearing: Hearing, item: dict[str, Any], case: Case) -> Judged:
    by, name = _check_request(hearing, item)
    if case.pk is None:
        return Judged(Outcome.WAITING, "#1")
    if name not in moves.MOVES or moves.MOVES[name].creates:
        raise moves.Illegal("kind")
    enclosed = []
    for part in envelope.carried_in(item, hearing.platform):
        digests = {chain.salted_digest(algorithm, part.salt, part.content) for algorithm in chain.DIGESTS}
        if not part.content or part.digest not in digests:
            raise moves.Illegal("enclosure")
        content = json.loads(part.content)
        if not isinstance(content, dict):
            raise moves.Illegal("enclosure")
        enclosed.append(moves.Enclosed(EnclosureKind(part.kind), content, moves.Audience(part.audience), part.about))
    submitted = min(envelope.instant(item["at"]), hearing.at)
    if earlier := _written_before(case, name, by, submitted, item["facts"]):
        return Judged(Outcome.APPLIED, answer={"state": Request.DONE, "number": earlier.number})
    try:
        with transaction.atomic():
            done = moves.perform(
                case,
                name,
                by=by,
                at=_believed(case, submitted, hearing.at),
                facts=item["facts"],
                enclosures=enclosed,
                key=f"request:{item['id']}",
                recorded_at=hearing.at,
            )
            if isinstance(done, Request):
                raise Elsewhere
    except Elsewhere:
        return _refused(Elsewhere.code, Elsewhere.reason, (), Elsewhere.remedy)
    except moves.Refused as refused:
        if refused.code in ("frozen", "held"):
            return Judged(Outcome.WAITING, refused.code)
        return _refused(refused.code, refused.reason, refused.law, refused.remedy)
    except facts.Malformed as wrong:
        return _refused(f"facts:{wrong.field}", wrong.why, (), gettext_noop("请更正后重新提交"))
    return Judged(Outcome.APPLIED, answer={"state": Request.DONE, "number": done.number})


def _believed(case: Case, submitted: datetime, at: datetime) -> datetime:
    """Return as of when a request is judged: its submission, but no earlier than the grace lets it be under way, nor
    than the last entry of the case, as far as that lies within every period still running (ADR 8).
    """
    last = CaseEvent.objects.filter(case=case).order_by("-number").values_list("at", flat=True)[0]
    due = clocks.first_due(case, last)
    last = min(last, datetime.fromisoformat(due["due"])) if due else last
    return min(max(submitted, at - law.grace(settings.OWN_FIGURES), last), at)


def _written_before(
    case: Case, name: str, by: Actor, submitted: datetime, stated: Mapping[str, Any]
) -> CaseEvent | None:
    """Return the entry that answered this request before a restore made this platform forget its id."""
    found = CaseEvent.objects.filter(
        case=case, author=case.platform, kind=moves.kind_of(name), at__gte=submitted, key=None
    )
    return next(
        (
            event
            for event in found.order_by("at", "number")
            if event.by == by.entry() and all(event.facts.get(key) == value for key, value in stated.items())
        ),
        None,
    )


class Elsewhere(Exception):
    """案件已经移交对方平台"""

    code = "moved"
    reason = gettext_noop("案件已经移交，现由您所在的平台办理")
    remedy = gettext_noop("请刷新页面后重新办理")


def _refused(code: str, reason: str, law: tuple[str, ...], remedy: str) -> Judged:
    refusal = {"code": code, "reason": reason, "law": list(law), "remedy": remedy}
    return Judged(Outcome.APPLIED, answer={"state": Request.REFUSED, "refusal": refusal})


def _check_request(hearing: Hearing, item: dict[str, Any]) -> tuple[Actor, str]:
    """Return who asks for which move, once the vouching platform's signature over it holds."""
    try:
        family, name, version = item["kind"].split(".")
        digest = envelope.request_digest(item)
        key = hearing.trusted.get(str(item["key"]))
        by = Actor.from_entry(item["by"])
    except (KeyError, ValueError, TypeError) as wrong:
        raise envelope.Unreadable("request") from wrong
    if (
        digest != item["hash"]
        or key is None
        or not key.verify(digest, str(item["signature"]), label=envelope.REQUEST_LABEL)
    ):
        raise moves.Illegal("signature")
    if family != "request" or version != f"v{moves.VERSION}" or item["number"] != 0:
        raise moves.Illegal("kind")
    if by.via != hearing.source or not vouching.can_ask(hearing.source, by, name):
        raise moves.Illegal("vouching")
    return by, name


def _freeze(platform: str, item: dict[str, Any], code: str) -> None:
    case = Case.objects.filter(platform=platform, ref=item["ref"]).first()
    if case and not case.frozen:
        moves.freeze(case, f"对方第 {item['number']} 条流水未通过校验：{code}")


def _keep(
    hearing: Hearing, item: dict[str, Any], judged: Judged, receipt: dict[str, Any], row: Inbound | None
) -> Inbound:
    """Note on the envelope's row what became of it; a row heard of for the first time is written with its chunk."""
    if row and row.outcome == Outcome.APPLIED:
        return row
    row = row or Inbound(
        platform=hearing.platform,
        envelope=uuid.UUID(item["id"]),
        source=hearing.source,
        ref=item["ref"],
        first_at=hearing.at,
    )
    row.number, row.kind, row.digest = item["number"], item["kind"][:60], item["hash"][:64]
    row.outcome, row.why, row.heard_at, row.receipt = judged.outcome.value, judged.why[:200], hearing.at, receipt
    row.body = None if judged.outcome is Outcome.APPLIED else item
    if row.pk is not None:
        row.save()
    return row


OPERATIONS: dict[str, Callable[[str, str, dict[str, Any], datetime], dict[str, Any]]] = {
    "envelopes": hear_batch,
    "digests": digests.answer_digests,
    "tails": digests.answer_tails,
    "keys": keys.hear,
    "standing": announcements.answer,
}
