"""Sweepers: each makes what is due on InvestorNet over and over until it is killed, in a deployment's environment.

One start of Django serves them all: each line of input is one more of them, a process of its own, and its number is
the answer.
"""

from __future__ import annotations

import os
import signal
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from mediation import moves  # noqa: E402
from script.private_servers import die_with_parent  # noqa: E402


def sweep() -> None:
    """Sweep for ever, in small helpings, so that the four of them meet."""
    while True:
        moves.sweep("investornet", timezone.now(), most=20)


if __name__ == "__main__":
    # Whoever was killed is buried at once, and the number is seen to be gone.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        if not (number := os.fork()):
            die_with_parent()
            sweep()
        print(number, flush=True)
