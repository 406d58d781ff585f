"""Verify a receipt off line, also years later: against keys from a file, or those this deployment has ever trusted."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import keyring
from mediation.chain import PublicKey
from mediation.exchange import keys, receipts
from mediation.models import PlatformKey


class Command(BaseCommand):
    """Say whether a receipt is genuine."""

    help = (
        "Say whether a receipt (JSON file) is genuine; --keys: its platform's keys.json, or what `keys export` "
        "there printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("receipt", type=Path)
        parser.add_argument("--keys", type=Path)

    def handle(self, *args: Any, receipt: Path, **options: Any) -> None:
        try:
            said = json.loads(receipt.read_text())
            platform = str(said["platform"])
            known = keys_in(options["keys"], platform) if options["keys"] else keyring.trusted(platform)
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CommandError(f"This cannot be read: {wrong!r}") from wrong
        if not receipts.is_genuine(said, known):
            raise CommandError(f"NOT genuine: it does not bear the signature of {platform}.")
        self.stdout.write(
            f"Genuine: {said['platform']} says at {said['at']} that {said['kind']} of {said['ref']} "
            f"is {said['outcome']}; its copy then stood at #{said['number']} {said['head']}."
        )


def keys_in(path: Path, platform: str) -> dict[str, PublicKey]:
    """Return a platform's signing keys out of a file of exported or published keys."""
    (document,) = [item for item in keys.documents_in(json.loads(path.read_text())) if item["platform"] == platform]
    return {
        item["key"]: PublicKey.load(item["public"]) for item in document["keys"] if item["purpose"] == PlatformKey.SIGN
    }
