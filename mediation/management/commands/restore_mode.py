"""Come back from a backup: a new epoch, read-only until the books have been compared with the peer's."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mediation import platform, present
from mediation.exchange import calls, reconcile


class Command(BaseCommand):
    """Run this after restoring a database and before starting the processes."""

    help = "Begin a new epoch after a restore; cases and rosters rest until they have been compared with the peer's."

    def handle(self, *args: Any, **options: Any) -> None:
        for config in platform.installed():
            epoch = reconcile.enter_restore_mode(config.code, present.now())
            self.stdout.write(f"{config.code}: epoch {epoch}, read-only until reconciled")
            try:
                findings = reconcile.sound_and_reconcile(config.code, present.now())
            except calls.Failed as failed:
                self.stdout.write(f"{config.code}: the peer does not answer ({failed}); it will be asked again")
                continue
            self.stdout.write(f"{config.code}: {len(findings)} copies mended or named")
