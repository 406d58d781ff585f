"""Comparing the two books, healing what is missing, naming what differs; and coming back from a backup.

Lives here: asking the peer for digests and tails and what follows from the answers, restore mode.
Does not live here: answering such questions (``digests``).
Called by: tasks, the desk, ``manage.py post`` and ``manage.py restore_mode``.

Who is behind fetches; what the peer lacks of this platform's own entries is told again. Altered entries and forks are
frozen and named, never healed by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from mediation import chain, guards, keyring, moves
from mediation.chain import PublicKey
from mediation.exchange import announcements, calls, digests, envelope, peers, receipts, soundings, vouching
from mediation.exchange.inbox import OWN_MISTAKES, PARKING, RESTORING
from mediation.exchange.models import Inbound, Outcome, Peer, Receipt
from mediation.lifecycle import MOVES
from mediation.models import Case, CaseEvent, Delivery, NumberSeries
from mediation.numbers import CaseNumber, CaseNumberError
from mediation.platform import home_of, peer_of

PATIENCE = timedelta(seconds=60)
MOST_ROUNDS = 1_000
GRAVE = ("FORKED", "CUT_OFF", "REFUSED")

Held = tuple[int, str]


@dataclass(frozen=True)
class Finding:
    """What was found about one case: HEALED (fetched), TOLD_AGAIN, BEHIND (the peer must fetch), FORKED, CUT_OFF,
    REFUSED; on the desk also AHEAD (``peers.note_ahead``).
    """

    ref: str
    kind: str
    number: int
    why: str = ""


def sound_and_reconcile(platform: str, at: datetime) -> list[Finding]:
    """This function will exchange announcements with the peer, read again what this version can read by now, and then
    ``reconcile``; raises ``calls.Failed``.
    """
    soundings.ask(peers.standing(platform), at)
    announcements.read_again(platform)
    return reconcile(platform, at)


def reconcile(platform: str, at: datetime) -> list[Finding]:
    """This function will compare this platform's book with the peer's and return what it found and did.

    Raises ``calls.Failed`` where the peer does not answer. In restore mode it ends that mode once nothing is missing.
    """
    peer = peers.standing(platform)
    findings = [_name_cut_off(case) for case in digests.cut_off(platform)]
    spoiled = {finding.ref for finding in findings}
    behind: dict[str, int] = _stuck(platform, at)
    for ref, mine, theirs in differing(peer, at):
        if ref in spoiled:
            continue
        if mine and theirs and mine[0] == theirs[0]:
            findings.append(_name_fork(peer, ref, at))
        elif theirs and (not mine or mine[0] < theirs[0]):
            behind[ref] = mine[0] if mine else 0
        elif mine:
            findings.append(_tell_again(platform, ref, mine, theirs, at))
    findings += _fetch_tails(peer, behind, at)
    if peer.read_only and not any(finding.kind in GRAVE for finding in findings):
        if any(finding.kind == "HEALED" for finding in findings):
            return findings + reconcile(platform, at)
        leave_restore_mode(platform, at)
    first = sorted(findings, key=lambda finding: finding.kind not in GRAVE)
    peers.note_findings(platform, [asdict(finding) for finding in first], at)
    return findings


def differing(peer: Peer, at: datetime) -> Iterator[tuple[str, Held | None, Held | None]]:
    """Yield (ref, own number and head, the peer's) of every shared case in which the two books differ."""
    mine_open = [] if peer.read_only else digests.in_flight(peer.platform)
    if len(mine_open) >= digests.MOST_IN_FLIGHT:
        return
    left_out, prefixes, rounds = set(mine_open), [""], 0
    while prefixes and rounds < MOST_ROUNDS:
        rounds += 1
        asked, prefixes = prefixes[: digests.MOST_PREFIXES], prefixes[digests.MOST_PREFIXES :]
        question = {"prefixes": asked, "except": sorted(left_out), "everything": peer.read_only}
        answer = calls.ask(peer, "digests", question, at)
        left_out |= _texts(answer.get("except"))
        buckets = answer.get("buckets")
        for prefix in asked:
            said = buckets.get(prefix) if isinstance(buckets, dict) else None
            if not isinstance(said, dict):
                raise calls.Failed("digests")
            own = digests.rows(peer.platform, prefix, left_out)
            if said.get("digest") == digests.digest(own):
                continue
            if "rows" in said:
                yield from _unlike(own, said["rows"], left_out)
            else:
                prefixes += _unlike_parts(prefix, own, said)


def _texts(listed: Any) -> set[str]:
    return {str(item) for item in listed} if isinstance(listed, list) else set()


def _unlike(own: list[digests.Row], said: Any, left_out: set[str]) -> Iterator[tuple[str, Held | None, Held | None]]:
    try:
        theirs = {str(ref): (int(number), str(head)) for ref, number, head in said if ref not in left_out}
    except (TypeError, ValueError) as wrong:
        raise calls.Failed("digests") from wrong
    if not all(map(envelope.is_ref, theirs)):
        raise calls.Failed("digests")
    mine = {ref: (number, head) for ref, number, head in own}
    for ref in sorted({*mine, *theirs}):
        if mine.get(ref) != theirs.get(ref):
            yield ref, mine.get(ref), theirs.get(ref)


def _unlike_parts(prefix: str, own: list[digests.Row], said: dict[str, Any]) -> list[str]:
    parts: dict[str, list[digests.Row]] = {}
    for row in own:
        parts.setdefault(row[0].replace("-", "")[: len(prefix) + 2], []).append(row)
    theirs = said.get("parts")
    if not isinstance(theirs, dict):
        raise calls.Failed("digests")
    known = {part for part in theirs if isinstance(part, str) and len(part) == len(prefix) + 2}
    return sorted(part for part in {*parts, *known} if digests.digest(parts.get(part, [])) != theirs.get(part))


# What follows.


def _stuck(platform: str, at: datetime) -> dict[str, int]:
    """Return the cases of which an entry has waited long for an earlier one, with the last number held here."""
    waiting = Inbound.objects.filter(
        platform=platform, outcome=Outcome.WAITING, first_at__lt=at - PATIENCE, number__gt=0
    )
    refs = set(waiting.values_list("ref", flat=True)[: digests.MOST_IN_FLIGHT])
    held = {
        str(ref): number for ref, number in Case.objects.of(platform).filter(ref__in=refs).values_list("ref", "entries")
    }
    return {ref: held.get(ref, 0) for ref in sorted(refs)}


def _name_cut_off(case: Case) -> Finding:
    last = case.events.order_by("-number").values_list("number", flat=True).first() or 0
    why = f"本平台第 {min(last, case.entries) + 1} 条流水缺失或者被改动"
    _freeze(case, why)
    return Finding(str(case.ref), "CUT_OFF", min(last, case.entries) + 1, why)


def _name_fork(peer: Peer, ref: str, at: datetime) -> Finding:
    """Find the first entry in which the two journals differ, freeze the case and name it."""
    case = Case.objects.of(peer.platform).get(ref=ref)
    lent = _tails(peer, {ref: 0}, at)[0].get(ref, [])
    theirs = {str(item.get("number")): item.get("hash") for item in lent if isinstance(item, dict)}
    mine = CaseEvent.objects.filter(case=case).order_by("number").values_list("number", "hash")
    number = next((number for number, head in mine if theirs.get(str(number)) != head), case.entries)
    why = f"第 {number} 条流水与对方不一致"
    _freeze(case, why)
    return Finding(ref, "FORKED", number, why)


def _tell_again(platform: str, ref: str, mine: Held, theirs: Held | None, at: datetime) -> Finding:
    """Tell the peer again what it lacks, if all of it is this platform's own; else it must fetch."""
    case = Case.objects.of(platform).get(ref=ref)
    after, head = theirs or (0, "")
    held = CaseEvent.objects.filter(case=case, number=after).values_list("hash", flat=True).first()
    if after and held != head:
        why = f"第 {after} 条流水与对方不一致"
        _freeze(case, why)
        return Finding(ref, "FORKED", after, why)
    missing = CaseEvent.objects.filter(case=case, number__gt=after)
    told = Receipt.objects.filter(case=case, number__gt=after, outcome=Outcome.APPLIED).exists()
    why = "对方曾确认收到，现又缺失" if told else ""
    if missing.exclude(author=platform).exists():
        return Finding(ref, "BEHIND", after + 1, why)
    deliveries = Delivery.objects.filter(case=case, number__gt=after)
    deliveries.exclude(state=Delivery.PARKED).update(state=Delivery.WAITING, next_at=at)
    return Finding(ref, "TOLD_AGAIN", after + 1, why)


def _fetch_tails(peer: Peer, behind: dict[str, int], at: datetime) -> list[Finding]:
    findings: list[Finding] = []
    left = dict(behind)
    for _round in range(MOST_ROUNDS):
        if not left:
            break
        some = dict(list(left.items())[: digests.MOST_TAILS])
        lent, proofs = _tails(peer, some, at)
        for ref, after in some.items():
            del left[ref]
            entries = lent.get(ref, [])
            if not entries:
                continue
            found = _take_tail(peer, ref, entries, at, proofs.get(ref, []))
            findings.append(found)
            # A long tail comes in several pieces.
            if found.kind == "HEALED" and found.number > after and sum(map(len, lent.values())) >= digests.MOST_LENT:
                left[ref] = found.number
    return findings


def _tails(peer: Peer, after: dict[str, int], at: datetime) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Return what the peer lends by case: entries, and the receipts that prove since when they stand."""
    said = calls.ask(peer, "tails", {"cases": after}, at)
    tails, proofs = said.get("tails"), said.get("receipts", {})
    if not isinstance(tails, dict) or not isinstance(proofs, dict):
        raise calls.Failed("tails")
    if not all(isinstance(listed, list) for listed in (*tails.values(), *proofs.values())):
        raise calls.Failed("tails")
    return tails, proofs


def _linked(entries: list[Any]) -> dict[int, str]:
    """Return number and hash of the entries that are lent as far as they are one chain: a receipt for the last of them
    speaks of all.
    """
    hashes: dict[int, str] = {}
    for item in entries:
        try:
            body = chain.body_of(envelope.entry_of(item))
            number, before = body["number"], body["previous"]
            if hashes and hashes.get(number - 1) != before:
                break
            hashes[number] = chain.entry_hash(body, body["algorithm"])
        except (envelope.Unreadable, KeyError, TypeError, ValueError):
            break
    return hashes


def _good_keys(
    author: str, ref: str, number: int, hashes: Mapping[int, str], proofs: Iterable[Any], at: datetime
) -> dict[str, PublicKey]:
    """Return the author's keys good for an entry that is lent: those in force, and a revoked one where the other
    platform's receipt proves that the entry stood before the revocation.

    A receipt the other platform signed before the revocation names the same or a later entry of this very chain, and
    so speaks of all before it.
    """
    good = dict(keyring.trusted(author, at))
    revoked = keyring.revoked(author)
    witness = peer_of(author)
    keys = keyring.trusted(witness)
    for receipt in proofs if revoked else ():
        if not receipts.is_genuine(receipt, keys):
            continue
        said = (receipt["platform"], receipt["to"], receipt["ref"], receipt["outcome"])
        if said != (witness, author, ref, Outcome.APPLIED) or hashes.get(receipt["number"]) != receipt["head"]:
            continue
        given = envelope.instant(receipt["at"])
        if receipt["number"] >= number:
            good |= {key_id: key for key_id, (key, since) in revoked.items() if given < since}
    return good


def _take_tail(peer: Peer, ref: str, entries: list[Any], at: datetime, proofs: list[Any]) -> Finding:
    """Apply entries the peer lent, its own and this platform's lost ones by this platform's own signature on them."""
    number = 0
    hashes = _linked(entries) if proofs else {}
    for item in entries:
        try:
            number = int(item["number"])
            entry = envelope.entry_of(item)
            if entry["ref"] != ref:
                raise moves.Illegal("ref")
            if entry["platform"] == peer.peer and not peer.read_only:
                vouching.check(peer.platform, peer.peer, entry)
            with transaction.atomic():
                trusted = _good_keys(str(entry["platform"]), ref, number, hashes, proofs, at)
                carried = envelope.carried_in(item, peer.platform)
                moves.replay(peer.platform, entry, carried, at=at, own=True, trusted=trusted)
                if entry["platform"] == peer.platform:
                    _take_number(peer.platform, entry)
        except (IntegrityError, OperationalError):
            raise
        except (moves.Early, *PARKING, *OWN_MISTAKES) as wrong:
            return _refuse_tail(peer, ref, number, wrong)
    case = Case.objects.of(peer.platform).get(ref=ref)
    if peer.read_only:
        _freeze(case, RESTORING)
    else:
        try:
            moves.run_errands(case, at)
        except (IntegrityError, OperationalError):
            raise
        except OWN_MISTAKES as wrong:
            return _refuse_tail(peer, ref, number, wrong)
    return Finding(ref, "HEALED", number)


def _refuse_tail(peer: Peer, ref: str, number: int, wrong: Exception) -> Finding:
    why = f"从对方取回的第 {number} 条流水未通过校验：{getattr(wrong, 'code', '')}"
    case = Case.objects.of(peer.platform).filter(ref=ref).first()
    if case:
        _freeze(case, why)
    return Finding(ref, "REFUSED", number, why)


def _take_number(platform: str, entry: dict[str, Any]) -> None:
    """Never hand out again a case number that a lost entry of ours had handed out."""
    declared = MOVES[str(entry["kind"]).split(".")[1]]
    text = entry["facts"].get("number")
    if not declared.allocates or not text:
        return
    try:
        number = CaseNumber.parse(text)
    except CaseNumberError:
        return
    run = {"platform": platform, "court": number.court, "year": number.year, "code": number.code}
    NumberSeries.objects.bulk_create([NumberSeries(**run)], ignore_conflicts=True)
    NumberSeries.objects.filter(**run, last__lt=number.serial).update(last=number.serial)


def _freeze(case: Case, why: str) -> None:
    if case.frozen in ("", RESTORING) and case.frozen != why:
        moves.freeze(case, why)


# Coming back from a backup.


def enter_restore_mode(platform: str, at: datetime) -> int:
    """This function will begin a new epoch and hold every shared case until it is reconciled; returns the epoch."""
    peer = peers.standing(platform)
    with transaction.atomic():
        Peer.objects.filter(pk=peer.pk).update(
            own_epoch=F("own_epoch") + 1, read_only=True, leased_until=None, next_try_at=None
        )
        Case.objects.of(platform).filter(shared=True, frozen="").update(frozen=RESTORING)
    peer.refresh_from_db()
    return peer.own_epoch


def leave_restore_mode(platform: str, at: datetime) -> None:
    """This function will let the cases go on that only waited for the comparison, and do what is then owed."""
    held = Case.objects.of(platform).filter(frozen=RESTORING)
    for case in list(held.filter(sheet__handed_over__gt="")):
        Case.objects.filter(pk=case.pk).update(frozen="")
        case.refresh_from_db()
        if case.owner is not None and home_of(case.owner) == platform and guards.is_awaiting_receipt(case):
            moves.run_errands(case, at)
    held.update(frozen="")
    Peer.objects.filter(platform=platform).update(read_only=False)
