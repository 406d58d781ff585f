"""One sweeper: makes what is due on InvestorNet over and over until it is killed, in a deployment's environment."""

from __future__ import annotations

import django

django.setup()

from django.utils import timezone  # noqa: E402

from mediation import moves  # noqa: E402

if __name__ == "__main__":
    while True:
        # Small helpings, so that the four of them meet.
        moves.sweep("investornet", timezone.now(), most=20)
