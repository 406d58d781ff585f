"""Photographs go to the platform whose courts look at the file, and to nobody before the file is pushed; seals stay."""

from __future__ import annotations

import hashlib
import struct
import zlib
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from mediation import files, keyring, rosters
from mediation.exchange import attachments, calls, peers, pictures
from mediation.exchange.models import Peer
from mediation.models import Blob
from roster.models import Mediator
from tests.exchange.entrants import SUPERVISOR, administrator, pushed, settle, verified_mediator, verified_organisation
from tests.mediation.stories import COURT, NET, START, World


def point(grey: int) -> bytes:
    """Return a picture of one point."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(bytes([0, grey]))) + part(b"IEND", b"")


def keep(content: bytes) -> str:
    files.store(NET, files.judge("picture.png", content), content, START)
    return hashlib.sha256(content).hexdigest()


def test_a_photograph_follows_its_file_and_a_seal_never_does(world: World) -> None:
    organisation = verified_organisation()
    mediator = verified_mediator(organisation)
    photo, seal = keep(point(1)), keep(point(2))
    own = administrator(organisation.ref)
    for row, changes in ((mediator, {"photo": photo}), (organisation, {"seal": seal})):
        rosters.perform(row, "edit", by=own, at=START, facts={"changes": changes})
        rosters.perform(row, "submit", by=own, at=START)
        rosters.perform(row, "approve", by=SUPERVISOR, at=START)
    unpushed = [digest for digest in (photo, seal) if not _may_go(digest)]
    pushed(organisation)
    pushed(mediator, SUPERVISOR)
    settle()

    came = pictures.fetch(COURT, START)

    assert unpushed == [photo, seal]
    assert Mediator.objects.get(platform=COURT, ref=mediator.ref).photo == photo
    assert (came, files.fetch(COURT, photo)) == (1, point(1))
    assert pictures.fetch(COURT, START) == 0
    assert pictures.wanted(NET) == []
    assert not _may_go(seal)


def portrayed(*digests: str) -> None:
    """Push an organisation whose mediators' files say these photographs."""
    organisation = verified_organisation()
    pushed(organisation)
    own = administrator(organisation.ref)
    for digest in digests:
        mediator = verified_mediator(organisation)
        rosters.perform(mediator, "edit", by=own, at=START, facts={"changes": {"photo": digest}})
        rosters.perform(mediator, "submit", by=own, at=START)
        rosters.perform(mediator, "approve", by=SUPERVISOR, at=START)
        pushed(mediator, SUPERVISOR)
    settle()


def test_what_cannot_be_had_is_asked_for_again_later(world: World) -> None:
    missing = "0" * 64
    portrayed(missing)

    assert pictures.wanted(COURT) == [missing]
    assert pictures.fetch(COURT, START + timedelta(seconds=30)) == 0
    assert pictures.wanted(COURT) == []
    cache.clear()
    assert pictures.wanted(COURT) == [missing]


def test_a_peer_out_of_reach_is_asked_once_and_then_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    portrayed("0" * 64, "1" * 64)
    asked = []

    def broken(peer: Peer, digest: str, at: datetime) -> bytes:
        asked.append(digest)
        raise calls.Failed("ConnectionError")

    monkeypatch.setattr(calls, "fetch", broken)
    came = [pictures.fetch(COURT, START + timedelta(seconds=60)) for _time in range(2)]

    assert (came, len(asked)) == ([0, 0], 1)
    assert not peers.is_due(peers.standing(COURT), START + timedelta(seconds=60))


def test_another_content_or_another_type_than_was_said_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, photo = b"%PDF-1.7\n%%EOF\n", keep(point(1))
    portrayed(hashlib.sha256(film).hexdigest(), "1" * 64)
    key = keyring.sealer(COURT)
    assert key is not None
    answers = {hashlib.sha256(film).hexdigest(): film, "1" * 64: point(1)}

    def lying(peer: Peer, digest: str, at: datetime) -> bytes:
        return f"{key.id}.".encode() + key.seal(answers[digest], f"file|{digest}".encode())

    monkeypatch.setattr(calls, "fetch", lying)

    assert pictures.fetch(COURT, START) == 0
    assert not Blob.objects.filter(platform=COURT).exists()
    assert files.fetch(NET, photo) == point(1)


def _may_go(digest: str) -> bool:
    try:
        return bool(attachments.hand_out(NET, COURT, digest, START))
    except attachments.Missing:
        return False
