"""The embedded default, one process over SQLite, killed with -9 while cases move through it."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from script.make_secrets import make
from script.private_servers import die_with_parent
from script.run_stack import ROOT, free_port
from tests.chaos import checker
from tests.chaos.checker import COURT, NET
from tests.chaos.docking import Driver, Hands
from tests.figures import LONG

pytestmark = [pytest.mark.slow]
CASES, KILLS, SECONDS = (200, 30, 1_800) if LONG else (3, 2, 110)
PREPARATION = """
from django.core.management import call_command
call_command("migrate", run_syncdb=True)
call_command("load_reference")
call_command("keys", "ensure")
"""


class Embedded:
    """The one process, and one pair of hands that works on its file as its web threads do."""

    def __init__(self, state: Path) -> None:
        make(state)
        unset = ("DATABASE_URL", "REDIS_URL", "PLATFORMS", "PEERS")
        self.environment = {name: value for name, value in os.environ.items() if name not in unset}
        self.environment |= {"STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "mediation.project.settings"}
        for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY"):
            self.environment.pop(name, None)
        self.state, self.port = state, free_port()
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", PREPARATION],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        both = Hands(self.environment, state / "hands.log")
        other = Hands(self.environment, state / "hands.log")
        self.hands = {COURT: both, NET: other}
        self.start()

    def start(self) -> None:
        """Start the process."""
        with open(self.state / "embedded.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "embedded", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    def kill(self) -> None:
        """Kill it with -9."""
        self.process.kill()
        self.process.wait()

    def connect(self) -> sqlite3.Connection:
        """Return a reader of the file."""
        return sqlite3.connect(f"file:{self.state / 'database.sqlite3'}?mode=ro", uri=True, timeout=30)


def test_the_embedded_server_killed_at_any_moment_loses_nothing(tmp_path, record_property):
    chance, server = random.Random(11), Embedded(tmp_path)
    driver, kills = Driver(server, CASES), 0
    try:
        driver.start(SECONDS)
        # However fast the cases move, every kill is made; a kill of an idle server must lose nothing either.
        while driver.busy or kills < KILLS:
            time.sleep(chance.uniform(2.0, 6.0))
            if kills < KILLS:
                server.kill()
                server.start()
                kills += 1
        driver.finish()
        with contextlib.closing(server.connect()) as connection:
            deadline = time.monotonic() + 60
            while (
                checker.unfinished(connection, COURT) + checker.unfinished(connection, NET)
                and time.monotonic() < deadline
            ):
                time.sleep(0.2)
            found = checker.check(
                {COURT: connection, NET: connection}, driver.refs, driver.acknowledged, driver.walks[0].expected
            )
    finally:
        server.kill()
        for hands in server.hands.values():
            hands.kill()
    record_property("figure", f"embedded: {CASES} cases, {kills} kills, {len(found)} lost or doubled")

    assert found == []
    assert kills == KILLS
