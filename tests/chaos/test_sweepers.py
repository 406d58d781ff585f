"""Clocks that ran out while four sweepers race and are killed with -9."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from script.make_secrets import make
from script.private_servers import PrivateServers, die_with_parent
from script.run_stack import ROOT
from tests.chaos.checker import ask
from tests.figures import LONG

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
DUE, KILLS, SWEEPERS, SECONDS = (10_000, 50, 4, 1_800) if LONG else (300, 5, 4, 100)
LOAD = """
import sys
from datetime import timedelta
from django.utils import timezone
from script.benchmark import loader, work
work.prepare()
loader.load(loader.cast().applied(timezone.now() - timedelta(days=30)), int(sys.argv[1]))
loader.load(loader.cast().applied(timezone.now()), 50)
"""
LAPSES = "SELECT case_id, at, recorded_at FROM mediation_caseevent WHERE kind = 'case.lapse_reply.v1'"
FIRST_LAPSES = "SELECT case_id, count(*) FROM mediation_caseevent WHERE kind = 'case.lapse_reply.v1' GROUP BY case_id"


def open_nest(environment: dict[str, str], log: Path) -> subprocess.Popen[str]:
    """Start the process that sweepers come from."""
    with open(log, "ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.sweeper"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            preexec_fn=die_with_parent,
        )


def start(nest: subprocess.Popen[str]) -> psutil.Process:
    """Have one more sweeper."""
    assert nest.stdin is not None
    assert nest.stdout is not None
    nest.stdin.write("\n")
    nest.stdin.flush()
    return psutil.Process(int(nest.stdout.readline()))


def test_each_clock_lapses_once_whoever_sweeps_and_whoever_dies(tmp_path, record_property):
    chance = random.Random(7)
    make(tmp_path)
    with PrivateServers() as servers:
        servers.create_database("lapses")
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "mediation.project.settings",
            "STATE_DIR": str(tmp_path),
            "DATABASE_URL": servers.database_url("lapses"),
            "REDIS_URL": servers.redis_url(),
        }
        load = [sys.executable, "-c", f"import django; django.setup()\n{LOAD}", str(DUE)]
        subprocess.run(
            load, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        nest = open_nest(environment, tmp_path / "sweeper.log")
        sweepers = [start(nest) for _ in range(SWEEPERS)]
        with contextlib.closing(servers.connect("lapses")) as connection:
            kills, deadline = 0, time.monotonic() + SECONDS
            while time.monotonic() < deadline:
                left = DUE - len(ask(connection, FIRST_LAPSES))
                if kills < KILLS and left < DUE:
                    time.sleep(chance.uniform(0.1, 0.6))
                    place = chance.randrange(SWEEPERS)
                    sweepers[place].kill()
                    sweepers[place].wait()
                    sweepers[place] = start(nest)
                    kills += 1
                elif not left:
                    break
                time.sleep(0.2)
            for sweeper in sweepers:
                sweeper.kill()
                sweeper.wait()
            nest.kill()
            nest.wait()

            lapses = ask(connection, FIRST_LAPSES)
            clocks = dict(ask(connection, "SELECT case_id, due_at FROM mediation_clock WHERE state = 'LAPSED'"))
            early = [
                case for case, at, recorded in ask(connection, LAPSES) if at != clocks[case] or recorded <= clocks[case]
            ]
            running = ask(
                connection,
                "SELECT count(*) FROM mediation_clock WHERE state = 'RUNNING' AND due_at < now() AND lapse <> ''",
            )
    twice = sum(times > 1 for _case, times in lapses)
    record_property(
        "figure",
        f"{DUE:,} due, {SWEEPERS} sweepers, {kills} kills: {len(lapses):,} lapsed, {twice} twice, {len(early)} early",
    )

    assert len(lapses) == DUE
    assert {times for _case, times in lapses} == {1}
    assert early == []
    assert running[0][0] == 0
    assert kills > 0
