"""Check a passport from another installation and keep it as a read-only record."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mediation import keyring, platform, present
from mediation.chain import PublicKey
from mediation.exchange import keys
from mediation.management.commands.verify_receipt import keys_in
from mediation.passport.opening import LARGEST, PassportRefused, open_passport
from mediation.passport.records import take_in


class Command(BaseCommand):
    """Take in one passport, or only check it."""

    help = (
        "Check a case passport and keep it as a read-only record; --check only checks. "
        "--keys: its platform's keys.json, or what `manage.py keys export` there printed, received by a trusted way."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--platform", help="who keeps it; the first platform of this deployment otherwise")
        parser.add_argument("--keys", type=Path)
        parser.add_argument("--check", action="store_true", help="check and keep nothing")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        known = [config.code for config in platform.installed()]
        code = options["platform"] or known[0]
        if code not in known:
            raise CommandError(f"This deployment keeps the books of {', '.join(known)}, not of {code}.")
        try:
            with file.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
            trusted = _trusted(options["keys"])
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CommandError(f"This cannot be read: {wrong!r}") from wrong
        try:
            if options["check"]:
                told = open_passport(raw, trusted).told
                self.stdout.write(
                    f"Holds: {told['case']['ref']} up to #{told['as_of']['number']}, by {told['issuer']['platform']}."
                )
                return
            record = take_in(code, raw, trusted, present.now())
        except PassportRefused as refused:
            raise CommandError(_(refused.message) % refused.params) from refused
        self.stdout.write(
            f"{code} keeps {record.ref} up to #{record.entries}, made by {record.issuer} with key {record.key_id}."
        )


def _trusted(path: Path | None) -> dict[str, dict[str, PublicKey]]:
    """Return the signing keys by platform: those of a file, or all this deployment trusts."""
    if path is None:
        return {code: dict(keyring.trusted(code)) for code in platform.known()}
    named = [one["platform"] for one in keys.documents_in(json.loads(path.read_text()))]
    return {code: keys_in(path, code) for code in named}
