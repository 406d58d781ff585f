"""Passports taken in from another installation: kept as they came, read by staff of the court they are about.

Lives here: taking in and handing out again. Does not live here: the checks (``opening``).
Called by: ``manage.py import_passport`` and ``export_passport``, ``adminkit.passports``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from mediation import files, log
from mediation.actor import platform_itself
from mediation.chain import PublicKey
from mediation.files import Judged
from mediation.models import ImportedPassport
from mediation.passport.opening import open_passport

MEDIA_TYPE = "application/zip"


def take_in(
    platform: str, raw: bytes, trusted: Mapping[str, Mapping[str, PublicKey]], at: datetime
) -> ImportedPassport:
    """This function will check a passport, keep it sealed and return its record; the same file twice is one record.

    Raises PassportRefused; then nothing has been written.
    """
    opened = open_passport(raw, trusted)
    told, case = opened.told, opened.told["case"]
    sha256 = hashlib.sha256(raw).hexdigest()
    with transaction.atomic():
        files.store(platform, Judged("ZIP", MEDIA_TYPE, len(raw), sha256, filename(case["ref"])), raw, at)
        record, made = ImportedPassport.objects.get_or_create(
            platform=platform,
            sha256=sha256,
            defaults={
                "ref": case["ref"],
                "issuer": told["issuer"]["platform"],
                "key_id": opened.key,
                "number": case["number"],
                "cause": case["cause"],
                "state": case["state"],
                "court": case["court"],
                "organisation": case["organisation"],
                "entries": told["as_of"]["number"],
                "head": told["as_of"]["head"],
                "as_of": datetime.fromisoformat(told["as_of"]["at"]),
                "size": len(raw),
                "imported_at": at,
            },
        )
        if made:
            stated = {"sha256": sha256, "issuer": record.issuer, "key": record.key_id, "entries": record.entries}
            log.note(platform, case["ref"], "passport.import", by=platform_itself(platform), at=at, facts=stated)
    return record


def content(record: ImportedPassport) -> bytes:
    """Return the passport exactly as it came; raises BlobMissing."""
    return files.fetch(record.platform, record.sha256)


def filename(ref: object) -> str:
    """Return what a passport taken in is saved under."""
    return f"案件护照{str(ref)[:8]}.zip"
