"""Files on their way: handing them out to the peer, and what this platform still lacks.

Lives here: who may have which file, sealing it for the way, keeping what arrived. Does not live here: asking
(``outbox``), what may come in at all (``mediation.files``).
Called by: inbox (hands out), outbox (takes in).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db.models import Q

from mediation import files, keyring, log
from mediation.actor import platform_itself
from mediation.chain import SealBroken
from mediation.exchange.envelope import audiences_of
from mediation.exchange.models import Fetch
from mediation.models import Document
from roster.models import Mediator

LONGEST_PAUSE = timedelta(hours=1)


class Missing(Exception):
    """没有可以提供的文件"""


class Unusable(Exception):
    """收到的文件与登记的不一致"""


def hand_out(platform: str, peer: str, sha256: str, at: datetime) -> bytes:
    """Return a file sealed for the peer; raises Missing unless a document of a shared case addresses it to people
    there, or it is the photograph in the file in force of a mediator the peer is told of.
    """
    document = Document.objects.filter(
        platform=platform, sha256=sha256, audience__in=audiences_of(peer), case__shared=True
    ).select_related("case").first()  # fmt: skip
    key = keyring.sealer(peer)
    portrayed = document is None and Mediator.objects.filter(platform=platform, photo=sha256, shared=True).exists()
    if (document is None and not portrayed) or key is None:
        raise Missing
    try:
        content = files.fetch(platform, sha256)
    except (files.BlobMissing, SealBroken) as gone:
        raise Missing from gone
    facts = {"sha256": sha256, "to": peer}
    about = str(document.case.ref) if document else ""
    log.note(platform, about, "file.handed_out", by=platform_itself(platform), at=at, facts=facts)
    return f"{key.id}.".encode() + key.seal(content, _context(sha256))


def wanted(platform: str, at: datetime, most: int) -> list[Document]:
    """Return documents announced to people of this platform whose file is not here and may be asked for now."""
    missing = Document.objects.filter(platform=platform, present=False, audience__in=audiences_of(platform))
    due = missing.filter(Q(fetch=None) | Q(fetch__next_at__lte=at)).select_related("case")
    return list(due.order_by("id")[:most])


def take_in(document: Document, sealed: bytes, at: datetime) -> None:
    """Keep a file that arrived, once it is the one that was announced; raises Unusable or ``files.FileRefused``."""
    content = opened(document.platform, document.sha256, sealed)
    if len(content) != document.size:
        raise Unusable("digest")
    files.store(document.platform, files.judge(document.name, content), content, at)
    Document.objects.filter(platform=document.platform, sha256=document.sha256).update(present=True)
    Fetch.objects.filter(document=document).delete()
    facts = {"sha256": document.sha256, "size": document.size}
    by = platform_itself(document.platform)
    log.note(document.platform, str(document.case.ref), "file.arrived", by=by, at=at, facts=facts)


def opened(platform: str, sha256: str, sealed: bytes) -> bytes:
    """Return what the peer sealed for this platform; raises Unusable for anything but the content of this digest."""
    key_id, _, rest = sealed.partition(b".")
    key = keyring.opener(platform, key_id.decode("ascii", "replace"))
    if key is None:
        raise Unusable("key")
    try:
        content = key.open(rest, _context(sha256))
    except SealBroken as broken:
        raise Unusable("sealed") from broken
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unusable("digest")
    return content


def put_off(document: Document, why: str, at: datetime) -> None:
    """Note that a file could not be had, and when to ask again: after 2, 4, 8 … seconds, at most an hour."""
    fetch, _ = Fetch.objects.get_or_create(document=document, defaults={"next_at": at})
    fetch.attempts += 1
    fetch.next_at = at + min(timedelta(seconds=2 ** min(fetch.attempts, 12)), LONGEST_PAUSE)
    fetch.why = why[:200]
    fetch.save()


def _context(sha256: str) -> bytes:
    return f"file|{sha256}".encode()
