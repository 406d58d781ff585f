"""Telling the peer: what stands in the journal and is not yet acknowledged, and what people asked for here.

Lives here: gathering a batch, sending it, reading the receipts, fetching files. Does not live here: when to look
(``tasks``).
Called by: tasks, ``manage.py post``, the desk.

The journal and its ``Delivery`` rows are the outbox: nothing is given up, nothing deleted. No transaction is open
while the peer is being asked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from mediation import files, keyring, moves, persons, platform
from mediation.chain import SealingPublicKey
from mediation.exchange import attachments, calls, envelope, peers, receipts, rosters, soundings
from mediation.exchange.models import Outcome, Peer, Receipt
from mediation.exchange.rosters import Letter
from mediation.models import Case, CaseEvent, Delivery, Enclosure, Request
from mediation.telling import answering
from mediation.vocabulary import gettext_noop
from roster.models import RosterDelivery

MOST_ENVELOPES = 500
PROBE_ENVELOPES = 20
LARGEST_BATCH = 4 * 1024 * 1024
MOST_FILES = 20
LONGEST_WAIT = timedelta(seconds=30)
UNVERIFIED, UNVERIFIED_REMEDY = gettext_noop("对方平台未能核验该请求"), gettext_noop("请联系平台运行人员核实")


@dataclass
class Item:
    """One envelope to be sent and the row it is sent for."""

    row: Delivery | Request
    body: dict[str, Any]

    @property
    def case(self) -> Case:
        """The case it is about."""
        return self.row.case


def post(code: str, at: datetime) -> int:
    """This function will tell the peer of one batch and return how many envelopes it acknowledged; 0 means nothing to
    do now.

    Call it again until it returns 0. Safe with any number of workers.
    """
    peer = peers.standing(code)
    if peer.read_only or not peers.is_due(peer, at) or not peers.lease(peer, at):
        return 0
    try:
        soundings.ask_for_held(peer, at)
        batch = gather(peer, at)
        return _tell(peer, batch, at) if batch else _fetch_files(peer, at)
    except calls.Failed as failed:
        peers.note_failure(peer, str(failed), at)
        return 0
    finally:
        peers.release(peer)


def post_all(at: datetime, *, most: int = 10_000) -> int:
    """This function will post for every platform of this deployment until nothing moves, and return how much did."""
    total = 0
    for _round in range(most):
        told = sum(post(config.code, at) for config in platform.installed())
        if not told:
            break
        total += told
    return total


def try_again(code: str, at: datetime) -> int:
    """This function will make everything that waits or is parked due now and return how much that is."""
    Peer.objects.filter(platform=code).update(next_try_at=None, leased_until=None)
    due = _make_due(Delivery.objects.filter(platform=code), Request.objects.filter(platform=code), at)
    return due + rosters.try_again(code, at)


def try_case_again(case: Case, at: datetime) -> int:
    """This function will make what waits or is parked of one case due now and return how much that is."""
    return _make_due(Delivery.objects.filter(case=case), Request.objects.filter(case=case), at)


def _make_due(told: QuerySet[Delivery], asked: QuerySet[Request], at: datetime) -> int:
    due = told.exclude(state=Delivery.APPLIED).update(state=Delivery.WAITING, next_at=at)
    return due + asked.filter(state=Request.WAITING).update(next_at=at)


# Gathering.


def gather(peer: Peer, at: datetime) -> list[Item | Letter]:
    """Return the next batch: the roster's letters, then deliveries in journal order per case, none overtaking an older
    one, then requests.
    """
    key = keyring.sealer(peer.peer)
    if key is None:
        peers.note_failure(peer, "没有对方平台的公钥：请运行 manage.py keys trust", at)
        return []
    most = PROBE_ENVELOPES if peer.failures else MOST_ENVELOPES
    letters = rosters.gather(peer, at, most, LARGEST_BATCH)
    items: list[Item | Letter] = [*letters, *_entries(peer, key, at, most - len(letters))]
    size = sum(_size(item) for item in items)
    asked = Request.objects.filter(platform=peer.platform, state=Request.WAITING, next_at__lte=at).select_related(
        "case"
    )
    for request in asked.order_by("attempts", "id")[: max(0, most - len(items))]:
        item = Item(
            request, envelope.of_request(request, request.enclosures.order_by("id"), peer.own_epoch, peer.peer, key)
        )
        size += _size(item)
        if items and size > LARGEST_BATCH:
            break
        items.append(item)
    return items


def _entries(peer: Peer, key: SealingPublicKey, at: datetime, most: int) -> list[Item]:
    due = _heads_of_line(peer.platform, at, most)
    cases = {row.case_id for row in due}
    numbers = {row.number for row in due}
    events = {
        (event.case_id, event.number): event
        for event in CaseEvent.objects.filter(case__in=cases, number__in=numbers).select_related("case")
    }
    held: dict[tuple[int, int | None], list[Enclosure]] = defaultdict(list)
    for row in Enclosure.objects.filter(case__in=cases, number__in=numbers):
        held[row.case_id, row.number].append(row)
    items: list[Item] = []
    size = 0
    for delivery in due:
        at_place = (delivery.case_id, delivery.number)
        item = Item(
            delivery,
            envelope.of_entry(events[at_place], held[at_place], delivery.envelope, peer.own_epoch, peer.peer, key),
        )
        size += _size(item)
        if items and size > LARGEST_BATCH:
            break
        items.append(item)
    return items


def _heads_of_line(code: str, at: datetime, most: int) -> list[Delivery]:
    """Return deliveries due now such that no older one of the same case is left behind."""
    due = Delivery.objects.filter(platform=code, state=Delivery.WAITING, next_at__lte=at)
    cases = list(dict.fromkeys(due.order_by("attempts", "next_at", "id").values_list("case_id", flat=True)[:most]))
    standing: dict[int, list[Delivery]] = defaultdict(list)
    still_open = Delivery.objects.filter(case__in=cases).exclude(state=Delivery.APPLIED).select_related("case")
    for row in still_open.order_by("case_id", "number"):
        standing[row.case_id].append(row)
    chosen: list[Delivery] = []
    for case in cases:
        for row in standing[case]:
            if row.state == Delivery.PARKED or row.next_at > at or len(chosen) == most:
                break
            chosen.append(row)
    return chosen


def _size(item: Item | Letter) -> int:
    return len(json.dumps(item.body, ensure_ascii=False))


# Sending and reading the answer.


def _tell(peer: Peer, batch: list[Item | Letter], at: datetime) -> int:
    content = {"epoch": peer.own_epoch, "envelopes": [item.body for item in batch]}
    try:
        answer = calls.ask(peer, "envelopes", content, at)
        given = _genuine(peer, batch, answer.get("receipts"), at)
    except calls.Failed as failed:
        why = str(failed)[:200]
        peers.note_failure(peer, why, at)
        for model in (Delivery, Request, RosterDelivery):
            rows = [item.row.pk for item in batch if isinstance(item.row, model)]
            model.objects.filter(pk__in=rows).update(attempts=F("attempts") + 1, why=why)
        return 0
    _read(peer, [item for item in batch if isinstance(item, Item)], given, at)
    rosters.read([item for item in batch if isinstance(item, Letter)], given, at)
    peers.note_success(peer, at)
    return sum(receipt["outcome"] == Outcome.APPLIED for receipt in given.values())


def _genuine(peer: Peer, batch: list[Item | Letter], listed: Any, at: datetime) -> dict[str, dict[str, Any]]:
    """Return the receipts by envelope; raises ``calls.Failed`` unless each was signed by the peer for what was sent."""
    sent = {item.body["id"]: item.body for item in batch}
    trusted = keyring.trusted(peer.peer)
    given: dict[str, dict[str, Any]] = {}
    for receipt in listed if isinstance(listed, list) else []:
        if not receipts.is_genuine(receipt, trusted) or receipt["envelope"] not in sent:
            raise calls.Failed("receipt")
        body = sent[receipt["envelope"]]
        said = (receipt["platform"], receipt["to"], receipt["ref"], receipt["kind"])
        if said != (peer.peer, peer.platform, body["ref"], body["kind"][:60]) or receipt["outcome"] not in list(
            Outcome
        ):
            raise calls.Failed("receipt")
        given[receipt["envelope"]] = receipt
    return given


def _read(peer: Peer, batch: list[Item], given: dict[str, dict[str, Any]], at: datetime) -> None:
    """Note what the receipts say, all in one transaction; what got none simply waits."""
    heard = [(item, given[item.body["id"]]) for item in batch if item.body["id"] in given]
    forked = _forked(heard)
    with transaction.atomic():
        _keep(peer, heard)
        done = [
            item.row.pk
            for item, receipt in heard
            if receipt["outcome"] == Outcome.APPLIED and isinstance(item.row, Delivery)
        ]
        Delivery.objects.filter(pk__in=done).update(state=Delivery.APPLIED, why="", attempts=F("attempts") + 1)
        for item, receipt in heard:
            if isinstance(item.row, Request):
                _read_answer(item.row, receipt, at)
            elif receipt["outcome"] == Outcome.WAITING:
                _wait(item.row, receipt, at)
            elif receipt["outcome"] == Outcome.PARKED:
                Delivery.objects.filter(pk=item.row.pk).update(
                    state=Delivery.PARKED, why=receipt["why"], attempts=F("attempts") + 1
                )
                moves.freeze(item.case, f"对方未接收第 {item.row.number} 条流水：{receipt['why']}")
        for case, number in forked:
            moves.freeze(case, f"第 {number} 条流水与对方不一致")


def _keep(peer: Peer, heard: Iterable[tuple[Item, dict[str, Any]]]) -> None:
    Receipt.objects.bulk_create(
        [
            Receipt(
                platform=peer.platform,
                envelope=receipt["envelope"],
                peer=peer.peer,
                case=item.case,
                number=item.body["number"],
                kind=item.body["kind"],
                outcome=receipt["outcome"],
                at=envelope.instant(receipt["at"]),
                body=receipt,
            )
            for item, receipt in heard
        ],
        update_conflicts=True,
        unique_fields=["platform", "envelope"],
        update_fields=["outcome", "at", "body"],
    )


def _forked(heard: Iterable[tuple[Item, dict[str, Any]]]) -> list[tuple[Case, int]]:
    """Return the cases of which the peer acknowledges another head than this journal has under the same number."""
    found = {}
    for item, receipt in heard:
        number, head = receipt["number"], receipt["head"]
        if number == item.body["number"]:
            held = item.body["hash"]
        else:
            held = (
                CaseEvent.objects.filter(case=item.case, number=number).values_list("hash", flat=True).first() or head
            )
        if held != head:
            found[item.case.pk] = (item.case, number)
    return list(found.values())


def _wait(row: Delivery, receipt: dict[str, Any], at: datetime) -> None:
    """Try again later; where the peer lacks entries of ours before this one, tell it of those again."""
    pause = min(timedelta(seconds=2 ** min(row.attempts, 5)), LONGEST_WAIT)
    Delivery.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, next_at=at + pause, why=receipt["why"])
    lacking = CaseEvent.objects.filter(case=row.case_id, number__gt=receipt["number"], number__lt=row.number)
    if not lacking.exclude(author=row.platform).exists():
        missing = Delivery.objects.filter(case=row.case_id, number__in=lacking.values("number"), state=Delivery.APPLIED)
        missing.update(state=Delivery.WAITING, next_at=at)


def _read_answer(row: Request, receipt: dict[str, Any], at: datetime) -> None:
    answer, waiting = receipt["answer"], Request.objects.filter(pk=row.pk, state=Request.WAITING)
    if receipt["outcome"] == Outcome.WAITING:
        pause = min(timedelta(seconds=2 ** min(row.attempts, 5)), LONGEST_WAIT)
        waiting.update(attempts=F("attempts") + 1, next_at=at + pause, why=receipt["why"])
        return
    if receipt["outcome"] == Outcome.PARKED:
        refusal = {"code": "parked", "reason": UNVERIFIED, "law": [], "remedy": UNVERIFIED_REMEDY}
        told = {"state": Request.REFUSED, "refusal": refusal, "why": receipt["why"]}
    elif answer.get("state") == Request.DONE:
        told = {"state": Request.DONE, "why": f"#{answer.get('number')}"}
    else:
        told = {"state": Request.REFUSED, "refusal": answer.get("refusal") or {}, "why": ""}
    if waiting.update(**told, answered_at=at):
        row.state = told["state"]
        if row.state == Request.DONE and isinstance(answer.get("number"), int):
            persons.keep_handed_in(row, answer["number"], envelope.audiences_of(row.platform))
        answering.tell(row, at)


# Files.


def _ask(peer: Peer, at: datetime, name: str) -> bytes:
    return calls.fetch(peer, name, at)


def _fetch_files(peer: Peer, at: datetime) -> int:
    """Fetch files that were announced and return how many came; one that cannot be had never holds anything up.

    A peer that does not answer is left alone as after any other call.
    """
    came = 0
    for document in attachments.wanted(peer.platform, at, MOST_FILES):
        peers.renew(peer, at)
        try:
            came += attachments.bring(document, partial(_ask, peer, at), at)
        except (attachments.Unusable, files.FileRefused) as wrong:
            attachments.put_off(document, str(wrong), at)
        except calls.Failed as failed:
            attachments.put_off(document, str(failed), at)
            if not failed.answered:
                peers.note_failure(peer, str(failed), at)
                return came
            peers.note_success(peer, at)
    return came
