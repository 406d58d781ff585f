"""Post by hand: tell the peer what waits, try again, let a frozen case go on, compare the books."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import platform, present
from mediation.actor import platform_itself
from mediation.exchange import calls, desk, outbox
from mediation.exchange.reconcile import sound_and_reconcile


class Command(BaseCommand):
    """Tell the peer what waits."""

    help = (
        "Tell the peer what waits; --again makes everything due first, --thaw lets a frozen case or row of the roster "
        "go on first, --reconcile compares the books afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true")
        parser.add_argument("--thaw", type=uuid.UUID, metavar="REF")
        parser.add_argument("--reconcile", action="store_true")

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        codes = [config.code for config in platform.installed()]
        if again:
            for code in codes:
                outbox.try_again(code, present.now())
        if options["thaw"]:
            self._thaw(options["thaw"], codes)
        total = 0
        while told := sum(outbox.post(code, present.now()) for code in codes):
            total += told
        self.stdout.write(f"{total} acknowledged")
        for code in codes if options["reconcile"] else ():
            try:
                findings = sound_and_reconcile(code, present.now())
            except calls.Failed as failed:
                self.stdout.write(f"{code}: {failed}")
                continue
            self.stdout.write(f"{code}: {len(findings)} differences")
            for finding in findings:
                self.stdout.write(
                    f"  {finding.shelf or 'case'} {finding.ref} #{finding.number} {finding.kind} {finding.why}"
                )

    def _thaw(self, ref: uuid.UUID, codes: list[str]) -> None:
        frozen = [row for code in codes for row in desk.named(code, ref) if row.frozen]
        if not frozen:
            raise CommandError("No frozen case or row of the roster has this reference here.")
        for row in frozen:
            why, at = row.frozen, present.now()
            try:
                desk.thaw(row, by=platform_itself(row.platform), at=at)
            except desk.Restoring as restoring:
                raise CommandError(f"{row.platform}: {restoring}") from restoring
            self.stdout.write(f"{row.platform}: no longer frozen ({why})")
