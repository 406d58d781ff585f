"""Post by hand: tell the peer what waits, try again, compare the books."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from mediation import platform
from mediation.exchange import calls, outbox
from mediation.exchange.reconcile import reconcile


class Command(BaseCommand):
    """Tell the peer what waits."""

    help = "Tell the peer what waits; --again makes everything due first, --reconcile compares the books afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true")
        parser.add_argument("--reconcile", action="store_true")

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        codes = [config.code for config in platform.installed()]
        if again:
            for code in codes:
                outbox.try_again(code, timezone.now())
        total = 0
        while told := sum(outbox.post(code, timezone.now()) for code in codes):
            total += told
        self.stdout.write(f"{total} acknowledged")
        for code in codes if options["reconcile"] else ():
            try:
                findings = reconcile(code, timezone.now())
            except calls.Failed as failed:
                self.stdout.write(f"{code}: {failed}")
                continue
            self.stdout.write(f"{code}: {len(findings)} differences")
            for finding in findings:
                self.stdout.write(f"  {finding.ref} #{finding.number} {finding.kind} {finding.why}")
