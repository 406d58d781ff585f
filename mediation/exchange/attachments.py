"""Files on their way: handing them out to the peer, and what this platform still lacks.

Lives here: who may have which file, sealing it for the way, keeping what arrived. Does not live here: asking
(``outbox``), what may come in at all (``mediation.files``).
Called by: inbox (hands out), outbox (takes in).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from mediation import files, keyring, log
from mediation.actor import platform_itself
from mediation.chain import SealBroken
from mediation.exchange.envelope import audiences_of
from mediation.exchange.models import Fetch
from mediation.models import Document
from roster.models import Mediator
from roster.sealed import open_bytes, seal_bytes

LONGEST_PAUSE = timedelta(hours=1)
MOST_PIECES = 16
"""How many pieces of one recording are asked for in one round: other post waits no longer."""


class Missing(Exception):
    """没有可以提供的文件"""


class Unusable(Exception):
    """收到的文件与登记的不一致"""


def hand_out(platform: str, peer: str, name: str, at: datetime) -> bytes:
    """Return a file sealed for the peer, by its digest, or a piece of a recording, by digest and place; raises Missing
    unless a document of a shared case addresses it to people there, or it is the photograph in the file in force of a
    mediator the peer is told of.
    """
    sha256, _slash, place = name.partition("/")
    document = Document.objects.filter(
        platform=platform, sha256=sha256, audience__in=audiences_of(peer), case__shared=True
    ).select_related("case").first()  # fmt: skip
    key = keyring.sealer(peer)
    portrayed = document is None and Mediator.objects.filter(platform=platform, photo=sha256, shared=True).exists()
    if (document is None and not portrayed) or key is None:
        raise Missing
    try:
        content = files.fetch_piece(platform, sha256, int(place)) if place else files.fetch(platform, sha256)
    except (files.BlobMissing, SealBroken) as gone:
        raise Missing from gone
    if place in ("", "0"):
        facts = {"sha256": sha256, "to": peer}
        about = str(document.case.ref) if document else ""
        log.note(platform, about, "file.handed_out", by=platform_itself(platform), at=at, facts=facts)
    return f"{key.id}.".encode() + key.seal(content, _context(name))


def wanted(platform: str, at: datetime, most: int) -> list[Document]:
    """Return documents announced to people of this platform whose file is not here and may be asked for now."""
    missing = Document.objects.filter(platform=platform, present=False, audience__in=audiences_of(platform))
    due = missing.filter(Q(fetch=None) | Q(fetch__next_at__lte=at)).select_related("case")
    return list(due.order_by("id")[:most])


def bring(document: Document, ask: Callable[[str], bytes], at: datetime) -> bool:
    """This function will ask for an announced file and keep it; tell whether all of it is here now.

    A recording comes piece by piece, some in each round, and goes on where it stopped. Raises Unusable,
    ``files.FileRefused``, and whatever ``ask`` raises.
    """
    if document.size <= files.LARGEST_FILE:
        content = opened(document.platform, document.sha256, ask(document.sha256))
        if len(content) != document.size:
            raise Unusable("digest")
        files.store(document.platform, files.judge(document.name, content), content, at)
    elif not _bring_pieces(document, ask, at):
        return False
    _note_arrival(document, at)
    return True


def _bring_pieces(document: Document, ask: Callable[[str], bytes], at: datetime) -> bool:
    folder = Path(settings.STATE_DIR) / "uploads" / document.platform / f"fetch-{document.sha256}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = -(-document.size // files.PIECE)
    lacking = [place for place in range(count) if not (folder / f"{place:06d}").exists()]
    for place in lacking[:MOST_PIECES]:
        piece = _unsealed(document.platform, f"{document.sha256}/{place}", ask(f"{document.sha256}/{place}"))
        beside = folder / f".{place:06d}"
        beside.write_bytes(seal_bytes(piece, _context(f"{document.sha256}/{place}")))
        beside.rename(folder / f"{place:06d}")
    if len(lacking) > MOST_PIECES:
        return False

    def pieces() -> Iterator[bytes]:
        for place in range(count):
            yield open_bytes((folder / f"{place:06d}").read_bytes(), _context(f"{document.sha256}/{place}"))

    try:
        judged = files.judge_pieces(document.name, pieces, document.size)
        if judged.sha256 != document.sha256:
            raise Unusable("digest")
        files.store_pieces(document.platform, judged, pieces, at)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _note_arrival(document: Document, at: datetime) -> None:
    Document.objects.filter(platform=document.platform, sha256=document.sha256).update(present=True)
    Fetch.objects.filter(document=document).delete()
    facts = {"sha256": document.sha256, "size": document.size}
    by = platform_itself(document.platform)
    log.note(document.platform, str(document.case.ref), "file.arrived", by=by, at=at, facts=facts)


def opened(platform: str, sha256: str, sealed: bytes) -> bytes:
    """Return what the peer sealed for this platform; raises Unusable for anything but the content of this digest."""
    content = _unsealed(platform, sha256, sealed)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unusable("digest")
    return content


def _unsealed(platform: str, name: str, sealed: bytes) -> bytes:
    key_id, _, rest = sealed.partition(b".")
    key = keyring.opener(platform, key_id.decode("ascii", "replace"))
    if key is None:
        raise Unusable("key")
    try:
        return key.open(rest, _context(name))
    except SealBroken as broken:
        raise Unusable("sealed") from broken


def put_off(document: Document, why: str, at: datetime) -> None:
    """Note that a file could not be had, and when to ask again: after 2, 4, 8 … seconds, at most an hour."""
    fetch, _ = Fetch.objects.get_or_create(document=document, defaults={"next_at": at})
    fetch.attempts += 1
    fetch.next_at = at + min(timedelta(seconds=2 ** min(fetch.attempts, 12)), LONGEST_PAUSE)
    fetch.why = why[:200]
    fetch.save()


def _context(name: str) -> bytes:
    return f"file|{name}".encode()
