"""Files that people hand in through a page: received, judged, kept, and described for the journal.

Lives here: the form field that takes several files, keeping them, the DOCUMENT enclosure that names one. Does not live
here: what may come in and how it is stored (``mediation.files``).
Called by: forms of both platforms.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import files
from mediation.moves import Enclosed
from mediation.vocabulary import Audience, DocumentKind, EnclosureKind

MOST_AT_ONCE = 20
ACCEPT = ".pdf,.png,.jpg,.jpeg,.webp,.docx,.xlsx,.txt,.mp4,.mov,.m4a,.mp3,.wav"


@dataclass(frozen=True)
class Kept:
    """A file that has been judged and stored, as its enclosure will describe it."""

    name: str
    sha256: str
    size: int
    media_type: str


class FilesInput(forms.ClearableFileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each judged by its content; cleans to pairs of what it is and its bytes."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        """Say which types are taken."""
        kwargs.setdefault("help_text", _("PDF、图片、docx、xlsx、txt或者录音录像，每份不超过20 MB；可以一次选择多份。"))
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("accept", ACCEPT)

    def clean(self, value: Any, initial: Any = None) -> list[tuple[files.Judged, bytes]]:
        """Return what each file is, with its bytes; every refused file is named with the reason."""
        received = [one for one in (value if isinstance(value, list | tuple) else [value]) if one]
        if not received:
            if self.required:
                raise ValidationError(_("请选择要提交的文件。"))
            return []
        if len(received) > MOST_AT_ONCE:
            raise ValidationError(gettext("一次最多提交%(most)d份文件，请分几次提交。") % {"most": MOST_AT_ONCE})
        taken: list[tuple[files.Judged, bytes]] = []
        refused: list[str] = []
        for one in received:
            try:
                taken.append(judge(one))
            except files.FileRefused as error:
                name = files.clean_name(one.name or "", "bin")
                refused.append(f"{name}：{gettext(error.message) % error.params}")
        if refused:
            raise ValidationError(refused)
        return taken


def limits(most: int) -> dict[str, int]:
    """Return what may be uploaded where ``most`` files are kept, as people are told beforehand; sizes in megabytes."""
    return {
        "largest": files.LARGEST_FILE // files.MEBIBYTE,
        "recording": files.largest_recording() // files.MEBIBYTE,
        "at_once": MOST_AT_ONCE,
        "together": settings.UPLOAD_MAX_BYTES // files.MEBIBYTE,
        "most": most,
    }


def judge(received: UploadedFile) -> tuple[files.Judged, bytes]:
    """Return what an uploaded file is, and its bytes; raises ``files.FileRefused``."""
    content = received.read(files.LARGEST_FILE + 1)
    return files.judge(received.name or "", content), content


def keep(platform: str, judged: Iterable[tuple[files.Judged, bytes]], at: datetime) -> list[Kept]:
    """This function will store judged files for a platform and return their descriptions."""
    kept = []
    for what, content in judged:
        files.store(platform, what, content, at)
        kept.append(Kept(what.name_safe, what.sha256, what.size, what.media_type))
    return kept


def enclose(kept: Kept, kind: DocumentKind | str, audience: Audience | str, *, seed: str, place: int) -> Enclosed:
    """Return the enclosure that hands in a kept file; ``seed`` and ``place`` make its reference the same on a retry."""
    ref = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{place}/{kept.sha256}"))
    content = {"ref": ref, "kind": DocumentKind(kind).value, **asdict(kept)}
    return Enclosed(EnclosureKind.DOCUMENT, content, Audience(audience))
