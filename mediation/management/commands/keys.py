"""The platform's keys: make, export, trust, rotate, revoke."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import keyring, platform, present
from mediation.exchange import calls, peers
from mediation.exchange import keys as publishing


class Command(BaseCommand):
    """One word says what is to be done."""

    help = (
        "ensure: make this deployment's keys unless it has them. export: print its public keys. "
        "trust FILE: take the peer's, exported or its keys.json (- reads standard input). "
        "rotate: introduce a new signing key to the peer, then use it. rotate-sealing: make a new sealing key and tell "
        "the peer; the old ones go on opening. revoke ID: trust a key no more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["ensure", "export", "trust", "rotate", "rotate-sealing", "revoke"])
        parser.add_argument("what", nargs="?", default="")

    def handle(self, *args: Any, act: str, what: str, **options: Any) -> None:
        getattr(self, act.replace("-", "_"))(what)

    def ensure(self, what: str) -> None:
        for config in platform.installed():
            keyring.ensure(config.code, present.now())

    def export(self, what: str) -> None:
        documents = [publishing.published(config.code) for config in platform.installed()]
        self.stdout.write(json.dumps({"platforms": documents}, ensure_ascii=False, indent=2))

    def trust(self, what: str) -> None:
        try:
            content = sys.stdin.read() if what == "-" else Path(what).read_text()
            documents = publishing.documents_in(json.loads(content))
            distant = [document for document in documents if not platform.is_local(document["platform"])]
            new = sum(publishing.trust(document) for document in distant)
        except (OSError, ValueError, KeyError, TypeError, publishing.BadKeys) as wrong:
            raise CommandError(f"{what} is not what `manage.py keys export` of the peer prints: {wrong}") from wrong
        self.stdout.write(f"{new} new keys{'' if new else self._why_none(documents, distant)}")

    def _why_none(self, documents: list[dict[str, Any]], distant: list[dict[str, Any]]) -> str:
        """Return why nothing was new: the keys were known, or are of a platform that this deployment is itself."""
        own = ", ".join(one["platform"] for one in documents if one not in distant)
        if own and not distant:
            return (
                f": this deployment is {own} itself and knows its own keys. Trust a peer's keys where it is not "
                "installed: see PLATFORMS and PEERS in docs/operations.md."
            )
        told = sum(len(one["keys"]) for one in distant)
        return f": all {told} were known already." if told else ": the file names none."

    def rotate(self, what: str) -> None:
        for config in platform.installed():
            at = present.now()
            fresh, document = publishing.successor(config.code, at)
            try:
                calls.ask(peers.standing(config.code), "keys", document, at)
            except calls.Failed as failed:
                raise CommandError(
                    f"{config.code}: the peer did not take the new key ({failed}); the old one stays."
                ) from failed
            publishing.adopt(config.code, fresh, at)
            self.stdout.write(f"{config.code}: {fresh.public.id}")

    def rotate_sealing(self, what: str) -> None:
        for config in platform.installed():
            # Held before the peer hears of it: what the peer seals to it at once can be opened.
            fresh = keyring.rotate_sealing(config.code, present.now())
            self.stdout.write(f"{config.code}: {fresh.public.id}")
        self._tell()

    def revoke(self, what: str) -> None:
        if not sum(publishing.revoke(code, what, present.now()) for code in platform.known()):
            raise CommandError(f"There is no key {what!r} in force; see `manage.py keys export`.")
        self._tell()

    def _tell(self) -> None:
        for config in platform.installed():
            try:
                calls.ask(peers.standing(config.code), "keys", publishing.published(config.code), present.now())
            except calls.Failed as failed:
                self.stdout.write(f"{config.code}: the peer was not told ({failed}): send it `manage.py keys export`.")
