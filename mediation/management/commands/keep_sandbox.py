"""Keep the data of a sandbox as they are now: every reset puts them back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.project.sandbox import NoSandbox, keep


class Command(BaseCommand):
    """Keep them."""

    help = "Keep the data of a sandbox (SANDBOX=yes) as they are now; sandbox/reset puts them back."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            kept = keep()
        except NoSandbox as refused:
            raise CommandError("This is no sandbox: SANDBOX=yes, with the embedded database.") from refused
        self.stdout.write(f"kept in {kept}")
