"""Comparing the two books, healing what is missing, naming what differs; and coming back from a backup.

Lives here: asking the peer for digests and tails and what follows from the answers, restore mode.
Does not live here: answering such questions (``digests``), in what cases and rosters differ (``shelves``).
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

from mediation import chain, feed, keyring, moves
from mediation.chain import PublicKey
from mediation.exchange import announcements, calls, digests, envelope, peers, receipts, rosters, shelves, soundings
from mediation.exchange.inbox import OWN_MISTAKES, PARKING
from mediation.exchange.models import Inbound, Outcome, Peer
from mediation.exchange.shelves import SHELVES, Shelf
from mediation.platform import peer_of

PATIENCE = timedelta(seconds=60)
MOST_ROUNDS = 1_000
GRAVE = ("FORKED", "CUT_OFF", "REFUSED")

Held = tuple[int, str]


@dataclass(frozen=True)
class Finding:
    """What was found about one copy: HEALED (fetched), TOLD_AGAIN, BEHIND (the peer must fetch), FORKED, CUT_OFF,
    REFUSED; on the desk also AHEAD (``peers.note_ahead``). ``shelf`` is the aggregate of the roster, empty for a case.
    """

    ref: str
    kind: str
    number: int
    why: str = ""
    shelf: str = ""


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
    cut_off = [(shelf, row) for shelf in SHELVES for row in shelf.cut_off(platform, digests.MOST_IN_FLIGHT)]
    findings = [_name_cut_off(shelf, row) for shelf, row in cut_off]
    spoiled = {shelf.key(row) for shelf, row in cut_off}
    behind: dict[str, int] = _stuck(platform, at)
    for key, mine, theirs in differing(peer, at):
        if key in spoiled:
            continue
        if mine and theirs and mine[0] == theirs[0]:
            findings.append(_name_fork(peer, key, at))
        elif theirs and (not mine or mine[0] < theirs[0]):
            behind[key] = mine[0] if mine else 0
        elif mine:
            findings.append(_tell_again(platform, key, mine, theirs, at))
    findings += _fetch_tails(peer, behind, at)
    if not peer.read_only:
        rosters.make_up(platform, at)
    elif not any(finding.kind in GRAVE for finding in findings):
        if any(finding.kind == "HEALED" for finding in findings):
            return findings + reconcile(platform, at)
        leave_restore_mode(platform, at)
    first = sorted(findings, key=lambda finding: finding.kind not in GRAVE)
    peers.note_findings(platform, [asdict(finding) for finding in first], at)
    return findings


def differing(peer: Peer, at: datetime) -> Iterator[tuple[str, Held | None, Held | None]]:
    """Yield (key, own number and head, the peer's) of every shared copy in which the two books differ.

    A shelf of which more is in flight here than can be said waits for the next comparison.
    """
    left_out, prefixes, rounds = set[str](), list[str](), 0
    for shelf in SHELVES:
        mine_open = [] if peer.read_only else shelf.in_flight(peer.platform, digests.MOST_IN_FLIGHT)
        if len(mine_open) < digests.MOST_IN_FLIGHT:
            left_out.update(mine_open)
            prefixes.append(shelf.prefix)
    while prefixes and rounds < MOST_ROUNDS:
        rounds += 1
        asked, prefixes = prefixes[: digests.MOST_PREFIXES], prefixes[digests.MOST_PREFIXES :]
        question = {
            "prefixes": [prefix for prefix in asked if "/" not in prefix],
            "rosters": [prefix for prefix in asked if "/" in prefix],
            "except": sorted(left_out),
            "everything": peer.read_only,
        }
        answer = calls.ask(peer, "digests", question, at)
        left_out |= _texts(answer.get("except"))
        buckets = answer.get("buckets")
        for prefix in asked:
            said = buckets.get(prefix) if isinstance(buckets, dict) else None
            if said is None and rounds == 1 and prefix.endswith("/"):
                # A peer one version older compares cases only.
                continue
            if not isinstance(said, dict):
                raise calls.Failed("digests")
            own = digests.rows(peer.platform, prefix, left_out)
            if said.get("digest") == digests.digest(own):
                continue
            if "rows" in said:
                yield from _unlike(prefix, own, said["rows"], left_out)
            else:
                prefixes += _unlike_parts(prefix, own, said)


def _texts(listed: Any) -> set[str]:
    return {str(item) for item in listed} if isinstance(listed, list) else set()


def _unlike(
    prefix: str, own: list[digests.Row], said: Any, left_out: set[str]
) -> Iterator[tuple[str, Held | None, Held | None]]:
    try:
        theirs = {str(key): (int(number), str(head)) for key, number, head in said if key not in left_out}
    except (TypeError, ValueError) as wrong:
        raise calls.Failed("digests") from wrong
    shelf = shelves.find(prefix)[0]
    places = [shelves.locate(key) for key in theirs]
    if not all(place and place[0] is shelf for place in places):
        raise calls.Failed("digests")
    mine = {key: (number, head) for key, number, head in own}
    for key in sorted({*mine, *theirs}):
        if mine.get(key) != theirs.get(key):
            yield key, mine.get(key), theirs.get(key)


def _unlike_parts(prefix: str, own: list[digests.Row], said: dict[str, Any]) -> list[str]:
    parts = digests.parted(own, prefix)
    theirs = said.get("parts")
    if not isinstance(theirs, dict):
        raise calls.Failed("digests")
    known = {part for part in theirs if isinstance(part, str) and len(part) == len(prefix) + 2}
    known = {part for part in known if part.startswith(prefix)}
    return sorted(part for part in {*parts, *known} if digests.digest(parts.get(part, [])) != theirs.get(part))


# What follows.


def _stuck(platform: str, at: datetime) -> dict[str, int]:
    """Return the copies of which an entry has waited long for an earlier one, with the last number held here."""
    waiting = Inbound.objects.filter(
        platform=platform, outcome=Outcome.WAITING, first_at__lt=at - PATIENCE, number__gt=0
    )
    named = waiting.values_list("kind", "ref")[: digests.MOST_IN_FLIGHT]
    keys = {key for kind, ref in named if shelves.locate(key := shelves.key_of(kind, ref))}
    held: dict[str, int] = {}
    for shelf in SHELVES:
        refs = [ref for place, ref in map(shelves.find, keys) if place is shelf]
        held |= shelf.reached(platform, refs) if refs else {}
    return {key: held.get(key, 0) for key in sorted(keys)}


def _found(shelf: Shelf, ref: Any, kind: str, number: int, why: str = "") -> Finding:
    return Finding(str(ref), kind, number, why, shelf.name)


def _name_cut_off(shelf: Shelf, row: Any) -> Finding:
    last = shelf.journal(row).reverse().values_list("number", flat=True).first() or 0
    number = min(last, row.entries) + 1
    why = f"本平台第 {number} 条流水缺失或者被改动"
    shelf.freeze(row, why)
    return _found(shelf, row.ref, "CUT_OFF", number, why)


def _own(platform: str, key: str) -> tuple[Shelf, Any]:
    """Return the shelf and this platform's copy behind a key that stands in its own book."""
    place = shelves.locate(key)
    row = place[0].row(platform, place[1]) if place else None
    if place is None or row is None:
        raise calls.Failed("digests")
    return place[0], row


def _name_fork(peer: Peer, key: str, at: datetime) -> Finding:
    """Find the first entry in which the two journals differ, freeze the copy and name it."""
    shelf, row = _own(peer.platform, key)
    lent = _tails(peer, {key: 0}, at)[0].get(key, [])
    theirs = {str(item.get("number")): item.get("hash") for item in lent if isinstance(item, dict)}
    mine = shelf.journal(row).values_list("number", "hash")
    number = next((number for number, head in mine if theirs.get(str(number)) != head), row.entries)
    why = f"第 {number} 条流水与对方不一致"
    shelf.freeze(row, why)
    return _found(shelf, row.ref, "FORKED", number, why)


def _tell_again(platform: str, key: str, mine: Held, theirs: Held | None, at: datetime) -> Finding:
    """Tell the peer again what it lacks, if all of it is this platform's own; else it must fetch."""
    shelf, row = _own(platform, key)
    after, head = theirs or (0, "")
    held = shelf.journal(row).filter(number=after).values_list("hash", flat=True).first()
    if after and held != head:
        why = f"第 {after} 条流水与对方不一致"
        shelf.freeze(row, why)
        return _found(shelf, row.ref, "FORKED", after, why)
    missing = shelf.journal(row).filter(number__gt=after)
    why = "对方曾确认收到，现又缺失" if shelf.was_told(row, after) else ""
    if missing.exclude(author=platform).exists():
        return _found(shelf, row.ref, "BEHIND", after + 1, why)
    shelf.tell_again(row, after, at)
    return _found(shelf, row.ref, "TOLD_AGAIN", after + 1, why)


def _fetch_tails(peer: Peer, behind: dict[str, int], at: datetime) -> list[Finding]:
    findings: list[Finding] = []
    left = dict(behind)
    for _round in range(MOST_ROUNDS):
        if not left:
            break
        some = dict(list(left.items())[: digests.MOST_TAILS])
        lent, proofs = _tails(peer, some, at)
        for key, after in some.items():
            del left[key]
            entries = lent.get(key, [])
            if not entries:
                continue
            found = _take_tail(peer, key, entries, at, proofs.get(key, []))
            findings.append(found)
            # A long tail comes in several pieces.
            if found.kind == "HEALED" and found.number > after and sum(map(len, lent.values())) >= digests.MOST_LENT:
                left[key] = found.number
    return findings


def _tails(peer: Peer, after: dict[str, int], at: datetime) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Return what the peer lends by key: entries, and the receipts that prove since when they stand."""
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


def _take_tail(peer: Peer, key: str, entries: list[Any], at: datetime, proofs: list[Any]) -> Finding:
    """Apply entries the peer lent, its own and this platform's lost ones by this platform's own signature on them."""
    place = shelves.locate(key)
    if place is None:
        raise calls.Failed("digests")
    (shelf, reference), number = place, 0
    ref = str(reference)
    hashes = _linked(entries) if proofs else {}
    try:
        for item in entries:
            number = int(item["number"])
            entry = envelope.entry_of(item)
            if entry["ref"] != ref:
                raise moves.Illegal("ref")
            with transaction.atomic():
                trusted = _good_keys(str(entry["platform"]), ref, number, hashes, proofs, at)
                shelf.take(peer, item, entry, trusted, at)
        shelf.settle(shelf.row(peer.platform, reference), at, read_only=peer.read_only)
    except (IntegrityError, OperationalError):
        raise
    except (moves.Early, *PARKING, *OWN_MISTAKES) as wrong:
        why = f"从对方取回的第 {number} 条流水未通过校验：{getattr(wrong, 'code', '')}"
        if (row := shelf.row(peer.platform, reference)) is not None:
            shelf.freeze(row, why)
        return _found(shelf, ref, "REFUSED", number, why)
    return _found(shelf, ref, "HEALED", number)


# Coming back from a backup.


def enter_restore_mode(platform: str, at: datetime) -> int:
    """This function will begin a new epoch and hold every shared copy until it is reconciled; returns the epoch.

    Whoever follows the changes learns that what came after the backup is lost (ADR 18).
    """
    peer = peers.standing(platform)
    with transaction.atomic():
        feed.begin_anew(platform, at)
        Peer.objects.filter(pk=peer.pk).update(
            own_epoch=F("own_epoch") + 1, read_only=True, leased_until=None, next_try_at=None
        )
        for shelf in SHELVES:
            shelf.hold(platform)
    peer.refresh_from_db()
    return peer.own_epoch


def leave_restore_mode(platform: str, at: datetime) -> None:
    """This function will let the copies go on that only waited for the comparison, and do what is then owed."""
    for shelf in SHELVES:
        shelf.release(platform, at)
    rosters.make_up(platform, at)
    Peer.objects.filter(platform=platform).update(read_only=False)
