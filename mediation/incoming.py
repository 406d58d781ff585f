"""Files that arrive by pieces: begun, gone on with after an interruption, judged when whole.

Lives here: the pieces and the rows that count them. Does not live here: the addresses (``windows.evidence``), what a
file may be (``files``).
Called by: windows that receive files; ``tasks``, which forgets what nobody finished.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum

from mediation import files, persons
from mediation.files import FileRefused
from mediation.models import Case, Draft, Upload
from mediation.vocabulary import Audience, DocumentKind
from mediation.vocabulary import gettext_noop as _
from roster.models import Account
from roster.sealed import open_bytes, seal_bytes

MOST_WAITING = 50
LARGEST_WAITING = 300 * files.MEBIBYTE
"""How many files, and how much of them beside one recording, one account may have on the way at once."""

LARGEST_PIECE = files.PIECE
KEPT_FOR = timedelta(days=1)


class WrongOffset(Exception):
    """这一段与已经收到的不相接"""


def begin(
    platform: str,
    account: Account,
    goal: Case | Draft,
    name: str,
    size: int,
    *,
    kind: DocumentKind | str,
    audience: Audience | str,
    at: datetime,
) -> Upload:
    """This function will note that a file of so many bytes is about to come. Raises FileRefused, before a byte of it is
    sent, for one that is too large or one too many.
    """
    largest = files.largest_recording() if files.may_be_recording(name) else files.LARGEST_FILE
    if not 0 < size <= largest:
        raise FileRefused(
            _("文件是空的，或者超过%(size)d MB，请压缩图片或者拆分后分别上传。"), size=largest // files.MEBIBYTE
        )
    held = Upload.objects.filter(platform=platform, account=account)
    waiting = (held.aggregate(sum=Sum("size"))["sum"] or 0) + size
    if held.count() >= MOST_WAITING or waiting > LARGEST_WAITING + files.largest_recording():
        raise FileRefused(_("还没有提交的文件过多，请先提交或者删除已经上传的文件。"))
    return Upload.objects.create(
        platform=platform,
        account=account,
        draft=goal if isinstance(goal, Draft) else None,
        case=goal if isinstance(goal, Case) else None,
        name=files.clean_name(name, "bin"),
        kind=DocumentKind(kind).value,
        audience=Audience(audience).value,
        size=size,
        started_at=at,
        touched_at=at,
    )


def append(upload: Upload, offset: int, piece: bytes, at: datetime) -> Upload:
    """This function will keep the next piece, and judge and store the whole once it is there.

    Raises WrongOffset if the piece does not follow on what is here, FileRefused (the upload is then forgotten). A
    breakdown while the whole is judged takes the last piece back, which then comes once more.
    """
    refused: FileRefused | None = None
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.sha256 or offset != held.received or held.received + len(piece) > held.size or not piece:
            raise WrongOffset
        folder = _folder(held)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / f"{offset:012d}").write_bytes(seal_bytes(piece, _context(held, offset)))
        held.received, held.touched_at = offset + len(piece), at
        held.save(update_fields=["received", "touched_at"])
        try:
            if not offset and held.size > files.LARGEST_FILE:
                files.check_beginning(piece)
            if held.received == held.size:
                _complete(held, at)
        except FileRefused as why:
            refused = why
    if refused:
        forget(held)
        raise refused
    if held.sha256:
        shutil.rmtree(_folder(held), ignore_errors=True)
    return held


def take_whole(upload: Upload, judged: files.Judged, content: bytes, at: datetime) -> Upload:
    """This function will store a file that came in one piece and was judged already, as the content of an upload."""
    files.store(upload.platform, judged, content, at)
    return _whole(upload, judged, at)


def _whole(upload: Upload, judged: files.Judged, at: datetime) -> Upload:
    upload.received, upload.touched_at = judged.size, at
    upload.name, upload.sha256, upload.media_type = judged.name_safe, judged.sha256, judged.media_type
    upload.save(update_fields=["received", "touched_at", "name", "sha256", "media_type"])
    return upload


def forget(upload: Upload) -> None:
    """This function will drop an upload with its pieces, and its content unless something else refers to it."""
    shutil.rmtree(_folder(upload), ignore_errors=True)
    upload.delete()
    if upload.sha256:
        persons.erase_unless_needed(upload.platform, upload.sha256, upload.started_at)


def forget_stale(platform: str, at: datetime, *, most: int = 200) -> int:
    """This function will forget uploads that nobody has touched for a day and return how many there were."""
    old = Upload.objects.filter(Q(platform=platform), touched_at__lt=at - KEPT_FOR).order_by("touched_at")
    stale = list(old[:most])
    for upload in stale:
        forget(upload)
    return len(stale)


def _complete(upload: Upload, at: datetime) -> None:
    stored = sorted(_folder(upload).iterdir())

    def pieces() -> Iterator[bytes]:
        return (open_bytes(piece.read_bytes(), _context(upload, int(piece.name))) for piece in stored)

    if upload.size > files.LARGEST_FILE:
        judged = files.judge_pieces(upload.name, pieces, upload.size)
        files.store_pieces(upload.platform, judged, pieces, at)
        _whole(upload, judged, at)
        return
    content = b"".join(pieces())
    take_whole(upload, files.judge(upload.name, content), content, at)


def _folder(upload: Upload) -> Path:
    return Path(settings.STATE_DIR) / "uploads" / upload.platform / str(upload.ref)


def _context(upload: Upload, offset: int) -> bytes:
    return f"upload:{upload.ref}:{offset}".encode()
