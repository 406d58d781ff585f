"""Runs a bench: servers, two databases, web servers, rounds, the table.

Lives here: what is started, in which order, how often. Does not live here: the measures (``work``), HTTP (``clients``).
Called by: script/bench.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from script.benchmark.clients import CLIENTS, Spans, drive
from script.benchmark.table import Line, middle, rate, render, share, skipped, span
from script.make_secrets import make
from script.private_servers import PrivateServers, die_with_parent, program
from script.run_stack import PYTHON, ROOT, free_port

SERVE = "import django; django.setup(); from script.benchmark import work; work.serve()"
PREPARE_PLAIN = "import sys; from script.benchmark import plain; plain.prepare(int(sys.argv[1]), sys.argv[2])"
LATENCIES = 20
WARM = 8 * CLIENTS
GUNICORN = ("-m", "gunicorn", "--workers", "2", "--log-level", "error")
UVICORN = ("-m", "uvicorn", "--workers", "2", "--log-level", "error", "--lifespan", "off")
ROSTER_SMALL, ROSTER_LARGE = (400, 1_000), (40_000, 100_000)
"""Organisations and mediators on the public roster."""
ROSTER_MOST = 0.5
"""How long a page of it may take, in seconds."""

DESK_MOST, SEARCH_MOST, BULK_MOST = 0.5, 3.0, 30.0
"""How long a page of the clerk's desk may take, a search among all cases, and each half of a bulk of 500."""

CLAIMANTS, FEW_CLAIMANTS = 55_326, 499
"""Eligible investors of one listed company's case; how many of them the small database hears of."""


@dataclass(frozen=True)
class Profile:
    """How much is loaded and measured."""

    small: int
    large: int
    rounds: int
    moves: int
    due: int
    synced: int
    waiting: int
    seconds: int
    claimants: int

    @property
    def small_workable(self) -> int:
        """How many cases of the small database must be there to be moved: through the door, and for the latency."""
        return self.rounds * (self.moves + CLIENTS) + LATENCIES

    @property
    def workable(self) -> int:
        """The same of the large one: door, session, token, ASGI and sync take their own in each round."""
        round_ = 4 * self.moves + CLIENTS + self.synced + self.synced // 4
        return self.rounds * round_ + WARM + LATENCIES + self.waiting


PROFILES = {
    "quick": Profile(2_000, 8_000, 1, 160, 50, 100, 200, 1, 998),
    "usual": Profile(20_000, 200_000, 3, 600, 500, 500, 3_000, 3, 9_980),
    "long": Profile(10_000, 1_000_000, 3, 2_000, 10_000, 10_000, 100_000, 5, CLAIMANTS),
    "desk": Profile(10_000, 1_000_000, 1, 160, 50, 100, 200, 1, CLAIMANTS),
}


class Worker:
    """The Django side of one database, asked over a pipe."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.process = subprocess.Popen(
            [PYTHON, "-c", SERVE],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.DEVNULL if "BENCH_QUIET" in os.environ else None,
            preexec_fn=die_with_parent,
        )

    def ask(self, name: str, **arguments: Any) -> Any:
        """Return what the function of this name returned there; raises RuntimeError if the process fell."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the bench's process fell while it did {name}; what it said is above")
        return json.loads(answer)

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


class Bench:
    """One run."""

    def __init__(self, profile: Profile, servers: PrivateServers, home: Path, stack: ExitStack) -> None:
        self.profile, self.servers, self.home, self.stack = profile, servers, home, stack
        self.found: dict[str, list[float]] = defaultdict(list)
        self.why: dict[str, str] = {}
        self.next: dict[str, int] = {}
        self.first: dict[str, int] = {}

    # ── Preparing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def fill(self) -> None:
        """Fill both databases."""
        make(self.home)
        self.workers = {name: self._worker(name, number) for number, name in enumerate(("small", "large"), 1)}
        sizes = {
            "small": {"size": self.profile.small, "workable": self.profile.small_workable, "due": 10},
            "large": {"size": self.profile.large, "workable": self.profile.workable, "due": self.profile.due},
        }
        for name, size in sizes.items():
            worker = self.workers[name]
            worker.ask("prepare")
            done = worker.ask("load", cohorts=self.profile.rounds, **size)
            say(
                f"{name}: {done['cases']:,} cases loaded in {done['seconds']:.0f} s "
                f"({done['cases'] / done['seconds']:,.0f}/s); "
                f"{done['checked']} taken at random are exactly what their chains say"
            )
            self.first[name] = self.next[name] = done["first"]
        self.people = {name: worker.ask("people") for name, worker in self.workers.items()}

    def serve(self) -> None:
        """Start the web servers."""
        self.workers["large"].ask("reference", path=str(self.home / "large.sql"))
        self.ports = {
            name: self.stack.enter_context(self._gunicorn("mediation.project.wsgi", w.environment, "--threads", "4"))
            for name, w in self.workers.items()
        }
        environment = self.workers["large"].environment
        self.ports["asgi"] = self.stack.enter_context(self._uvicorn("mediation.project.asgi:application", environment))
        self._prepare_plain()
        # Every web process has loaded its pages and made a move before anything counts.
        for name, port in self.ports.items():
            token = self.people.get(name, self.people["large"])["org.isc"]["token"]
            drive(port, ["/net/api/v1/cases?limit=1"] * 4 * CLIENTS, token)
        self.move("session", "large", WARM // 2)
        self.move("session", "asgi", WARM // 2)
        drive(self.plain_port, ["/cases/1/"] * 4 * CLIENTS, self.plain_headers)

    def _worker(self, name: str, number: int) -> Worker:
        self.servers.create_database(name)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "mediation.project.settings",
            "STATE_DIR": str(self.home),
            "DATABASE_URL": self.servers.database_url(name),
            "REDIS_URL": self.servers.redis_url(number),
            "LOG_LEVEL": "ERROR",
            "MOCK_VERIFICATION": "yes",
        }
        worker = Worker(environment)
        self.stack.callback(worker.close)
        return worker

    def _prepare_plain(self) -> None:
        self.servers.create_database("plain")
        environment = os.environ | {"DATABASE_URL": self.servers.database_url("plain"), "LOG_LEVEL": "ERROR"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        rows = self.home / "rows.jsonl"
        with self.servers.connect("large") as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT ref::text, court, organisation, sheet, entries, head FROM mediation_case"
                " WHERE platform = 'investornet' AND id >= %s"
                " ORDER BY id LIMIT %s",
                [self.first["large"], self.profile.moves * self.profile.rounds],
            )
            names = ("ref", "court", "organisation", "sheet", "entries", "head")
            rows.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in cursor))
        command = [PYTHON, "-c", PREPARE_PLAIN, str(self.profile.moves * self.profile.rounds), str(rows)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        session = json.loads(done.stdout.splitlines()[-1])["sessionid"]
        token = "a" * 32
        self.plain_headers = {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}
        self.plain_port = self.stack.enter_context(
            self._gunicorn("script.benchmark.plain:application", environment, "--threads", "1")
        )

    def _gunicorn(self, application: str, environment: dict[str, str], *more: str) -> AbstractContextManager[int]:
        port = free_port()
        return self._serving([*GUNICORN, application, "--bind", f"127.0.0.1:{port}", *more], environment, port)

    def _uvicorn(self, application: str, environment: dict[str, str]) -> AbstractContextManager[int]:
        port = free_port()
        return self._serving([*UVICORN, application, "--port", str(port)], environment, port)

    @contextmanager
    def _serving(self, command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
        server = subprocess.Popen([PYTHON, *command], cwd=ROOT, env=environment, preexec_fn=die_with_parent)
        try:
            wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(15)

    # ── Rounds ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def round(self, number: int) -> None:
        """Measure everything once, the reference before and after."""
        profile, large = self.profile, self.workers["large"]
        self.note("R", self.pgbench)
        for name in self.workers:
            self.note(f"door {name}", partial(self.door, name))
        self.note("session", lambda: self.move("session"))
        self.note("token", lambda: self.move("token"))
        self.note("asgi", lambda: self.move("session", "asgi"))
        self.note("plain", lambda: self.plain(number))
        self.note("R", self.pgbench)
        for name in self.workers:
            self.note(f"page {name}", partial(self.page, name))
            self.note(f"case {name}", partial(self.case_page, name))
            for figure, question in (("sql page", "sql_page"), ("idle", "idle_sweep"), ("sql idle", "sql_idle_sweep")):
                self.note(f"{figure} {name}", partial(self.seconds, name, question))
        # The oldest cohort first: each sweep finds the lapsed ones of before gone.
        cohort = profile.rounds - 1 - number
        self.note("sql sweep", lambda: large.ask("sql_sweep", number=cohort)["seconds"])
        self.note("sweep", lambda: whole(large.ask("sweep", number=cohort), profile.due))
        one = profile.synced // 4
        self.note(
            "sync one", lambda: speed(large.ask("sync", first=self.take("large", one), count=one, most=1, seconds=20))
        )
        self.note(
            "sync",
            lambda: speed(
                large.ask("sync", first=self.take("large", profile.synced), count=profile.synced, most=500, seconds=120)
            ),
        )
        self.note("sql apply", lambda: speed(large.ask("sql_apply", count=min(profile.synced, 5_000))))

    def note(self, name: str, measure: Callable[[], float]) -> None:
        """Keep one figure; what cannot be measured keeps its reason and the run goes on."""
        if name in self.why:
            return
        try:
            self.found[name].append(measure())
        except NotMeasured as why:
            self.why[name] = str(why)

    def door(self, name: str) -> float:
        """Return moves a second through the door, eight clients."""
        count = self.profile.moves + CLIENTS
        return speed(self.workers[name].ask("door", first=self.take(name, count), count=count))

    def seconds(self, name: str, question: str) -> float:
        """Return the seconds one measure of the Django side took."""
        return float(self.workers[name].ask(question)["seconds"])

    def take(self, name: str, count: int) -> int:
        """Return the first of so many cases that nobody has moved yet."""
        first = self.next[name]
        self.next[name] += count
        return first

    def pgbench(self) -> float:
        """Return pure SQL transitions a second, eight clients."""
        command = [
            program("pgbench"),
            "-h",
            str(self.servers.sockets),
            "-U",
            "mediation",
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "2",
        ]
        command += ["-T", str(self.profile.seconds), "-f", str(self.home / "large.sql"), "large"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.search(r"tps = ([0-9.]+)", said)
        if found is None:
            raise NotMeasured(f"pgbench said {said[-200:]!r}")
        return float(found[1])

    def move(self, how: str, server: str = "large", count: int = 0) -> float:
        """Return moves a second through REST, eight clients, by session or by token."""
        count = count or self.profile.moves
        refs = self.workers["large"].ask("references", first=self.take("large", count), count=count)
        paths = [f"/net/api/v1/cases/{ref}/moves/accept" for ref in refs]
        return answered(
            drive(self.ports[server], paths, self.people["large"]["org.isc"][how], body={"facts": {"declared": True}})
        ).rate

    def plain(self, number: int) -> float:
        """Return moves a second through plain Django REST framework, eight clients."""
        first = 1 + number * self.profile.moves
        paths = [f"/cases/{pk}/accept/" for pk in range(first, first + self.profile.moves)]
        return answered(drive(self.plain_port, paths, self.plain_headers, body={"declared": True})).rate

    def page(self, name: str) -> float:
        """Return the 95th percentile of a work-list page of 50 over REST, one client."""
        return answered(
            drive(
                self.ports[name],
                ["/court/api/v1/cases?limit=50"] * 60,
                self.people[name]["clerk.sh74"]["session"],
                clients=1,
            )
        ).percentile(0.95)

    def case_page(self, name: str) -> float:
        """Return the median of one case over REST, one client."""
        (ref,) = self.workers[name].ask("references", first=self.first[name], count=1)
        path = f"/net/api/v1/cases/{ref}"
        return answered(
            drive(self.ports[name], [path] * 40, self.people[name]["org.isc"]["session"], clients=1)
        ).percentile(0.5)

    # ── The table ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def seen(self) -> list[Line]:
        """Return what people wait for in front of full tables: the public roster, the desk; no round is needed."""
        return [*self.roster_lines(), self.claimants_line(), *self.desk_lines()]

    def lines(self) -> list[Line]:
        """Return the whole table."""
        reference = self.middle("R")
        lines = [Line("R", f"pure SQL transition, {CLIENTS} clients", rate(reference), "", "", "", "")]
        lines.append(self.against("door", "door large", "a move through the door", reference, 0.0, "", ""))
        lines.append(
            self.against(
                "P1", "session", "move through REST, session", reference, 0.15, "≥ 15 % (tuned 25 %)", "≥ 32 %"
            )
        )
        lines.append(
            self.against("P2", "token", "move through REST, token", reference, 0.18, "≥ 18 % (tuned 33 %)", "≥ 40 %")
        )
        lines.append(self.against("", "asgi", "… session, the same under ASGI", reference, 0.0, "", ""))
        lines += self.list_lines()
        lines += self.page_lines()
        lines += self.sync_lines()
        lines += self.catching_up()
        for name in self.workers:
            self.note(f"message {name}", partial(self.latency, name))
        lines.append(self.idle_latency())
        lines += self.sweep_lines()
        lines.append(self.verified())
        lines += self.growth()
        lines.append(self.plain_line())
        lines += embedded(self.home)
        lines.append(kept_months(self.workers["large"]))
        return lines + self.seen()

    def middle(self, name: str) -> float:
        """Return the median of the rounds."""
        return middle(self.found[name])

    def against(self, goal: str, name: str, what: str, reference: float, least: float, must: str, aim: str) -> Line:
        """Return a line of a rate measured against R."""
        if name in self.why:
            return skipped(goal, what, self.why[name])
        value = self.middle(name)
        return Line(
            goal,
            what,
            rate(value),
            f"R {rate(reference)}",
            share(value / reference),
            must,
            aim,
            value / reference >= least if must else None,
        )

    def roster_lines(self) -> list[Line]:
        """The public roster: its pages at full size, against a hundredth."""
        small, large = self._roster_pages("small", *ROSTER_SMALL), self._roster_pages("large", *ROSTER_LARGE)
        size = f"{ROSTER_LARGE[0]:,} organisations, {ROSTER_LARGE[1]:,} mediators"
        return bounded("roster", size, small, large, ROSTER_MOST)

    def _roster_pages(self, name: str, organisations: int, mediators: int) -> dict[str, float]:
        self.workers[name].ask("load_roster", organisations=organisations, mediators=mediators)
        found: dict[str, float] = self.workers[name].ask("roster_pages")
        return found

    def claimants_line(self) -> Line:
        """P15."""
        done = self.workers["large"].ask("claimants", count=self.profile.claimants)
        whole_ = done["seconds"] / done["count"] * CLAIMANTS
        what = f"{CLAIMANTS:,} claimants filed in cases of 499, from {done['count']:,}"
        return Line("P15", what, span(whole_), f"CPU {span(done['cpu'])}", "", "≤ 60 s", "≤ 30 s", whole_ <= 60)

    def desk_lines(self) -> list[Line]:
        """The clerk's desk: its pages and searches over all cases, against the small database."""
        self.workers["small"].ask("claimants", count=FEW_CLAIMANTS)
        small, large = (self.workers[name].ask("desk") for name in ("small", "large"))
        few, many = (self.workers[name].ask("bulk") for name in ("small", "large"))
        size = f"{self.profile.large:,} cases"
        return [
            *bounded("bulk", size, few, many, BULK_MOST),
            *bounded("desk", size, small["pages"], large["pages"], DESK_MOST),
            *bounded("search", size, small["searches"], large["searches"], SEARCH_MOST),
        ]

    def list_lines(self) -> list[Line]:
        """P3."""
        what = "work-list page of 50, p95, large against small"
        if why := self.why.get("page large") or self.why.get("page small"):
            return [skipped("P3", what, why)]
        large, small, sql = self.middle("page large"), self.middle("page small"), self.middle("sql page large")
        return [
            Line("P3", what, span(large), span(small), f"{large / small:.2f} ×", "≤ 1.3 ×", "", large / small <= 1.3),
            Line("P3", "… against pure SQL by keyset", span(large), span(sql), share(sql / large), "", "≥ 12 %"),
        ]

    def page_lines(self) -> list[Line]:
        """P4."""
        lines = []
        for address, status, one, two in self.workers["large"].ask("pages", first=self.first["large"]):
            must, aim = ("≤ 3, constant", "") if "cases?" in address else ("≤ 12, constant", "≤ 6")
            most = 3 if "cases?" in address else 12
            if status >= 400:
                lines.append(skipped("P4", address, f"HTTP {status}"))
            else:
                lines.append(
                    Line("P4", f"queries of {address}", str(one), "", "", must, aim, one <= most and one == two)
                )
        return lines

    def sync_lines(self) -> list[Line]:
        """P5."""
        what = f"sync of {self.profile.synced:,} moves, signed, receipts at both ends"
        if why := self.why.get("sync") or self.why.get("sync one"):
            return [skipped("P5", what, why)]
        many, one, raw = self.middle("sync"), self.middle("sync one"), self.middle("sql apply")
        return [
            Line(
                "P5",
                what,
                rate(many),
                f"one a message {rate(one)}",
                f"{many / one:.1f} ×",
                "≥ 8 ×",
                "",
                many / one >= 8,
            ),
            Line(
                "P5",
                "… against raw batch apply",
                rate(many),
                rate(raw),
                share(many / raw),
                "≥ 20 %",
                "≥ 35 %",
                many / raw >= 0.2,
            ),
        ]

    def catching_up(self) -> list[Line]:
        """P7: messages that waited are told while somebody reads pages."""
        count, large = self.profile.waiting, self.workers["large"]
        what = f"catching up {count:,} waiting messages"
        large.ask("accept", first=self.take("large", count), count=count)
        done: dict[str, float] = {}
        post = threading.Thread(target=lambda: done.update(large.ask("tell", most=500, seconds=600)))
        quiet = self.page("large")
        post.start()
        busy = []
        while post.is_alive():
            busy.append(self.page("large"))
        post.join()
        if done.get("count") != count:
            return [skipped("P7", what, f"{done.get('count')} of {count} were told")]
        slower = middle(busy) / quiet
        return [
            Line("P7", what, rate(speed(done)), "", "", "≥ 1,000/s", "≥ 5,000/s", speed(done) >= 1_000),
            Line("P7", "… work-list page meanwhile", span(middle(busy)), span(quiet), f"{slower:.1f} ×", "≤ 2 ×", "",
                 slower <= 2),
        ]  # fmt: skip

    def latency(self, name: str) -> float:
        """Return the 95th percentile of what the post costs for one message."""
        spans = [
            self.workers[name].ask("sync", first=self.take(name, 1), count=1, most=1, seconds=5)["seconds"]
            for _ in range(LATENCIES)
        ]
        return sorted(spans)[int(LATENCIES * 0.95) - 1]

    def idle_latency(self) -> Line:
        """P8: the wait for beat's next tick comes on top where nobody rings."""
        late = self.middle("message large")
        what = f"one message, idle, post called at once, p95 of {LATENCIES}"
        return Line("P8", what, span(late), "", "", "≤ 1 s", "≤ 200 ms", late <= 1)

    def sweep_lines(self) -> list[Line]:
        """P9."""
        took, sql = self.middle("sweep"), self.middle("sql sweep")
        idle = self.middle("idle large")
        return [
            Line(
                "P9",
                f"sweep of {self.profile.due:,} due among {self.profile.large:,}",
                span(took),
                f"SQL {span(sql)}",
                f"{took / sql:.1f} ×",
                "≤ 3 ×",
                "≤ 1.3 ×",
                took / sql <= 3,
            ),
            Line(
                "P9",
                "sweep, nothing due",
                span(idle),
                f"SQL {span(self.middle('sql idle large'))}",
                "",
                "≤ 5 ms",
                "≤ 1 ms",
                idle <= 0.005,
            ),
        ]

    def verified(self) -> Line:
        """P12."""
        done = self.workers["large"].ask("verify")
        million = done["seconds"] / done["count"] * 1_000_000
        what = f"verify a journal, from {done['count']:,} entries to a million"
        return Line("P12", what, span(million), "", "", "≤ 60 s", "≤ 20 s", million <= 60)

    def growth(self) -> list[Line]:
        """P13."""
        lines = []
        for what, name, falls in (
            ("move", "door", True),
            ("list", "page", False),
            ("case", "case", False),
            ("message", "message", False),
            ("idle sweep", "idle", False),
        ):
            if why := self.why.get(f"{name} large") or self.why.get(f"{name} small"):
                lines.append(skipped("P13", f"growth of {what}", why))
                continue
            ratio = self.middle(f"{name} large") / self.middle(f"{name} small")
            slope = math.log(1 / ratio if falls else ratio) / math.log(self.profile.large / self.profile.small)
            lines.append(
                Line(
                    "P13", f"growth of {what}, log-log slope", f"{slope:.3f}", "", "", "≤ 0.06", "≤ 0.03", slope <= 0.06
                )
            )
        return lines

    def plain_line(self) -> Line:
        """P14."""
        what = "REST with session against plain DRF defaults"
        if why := self.why.get("plain") or self.why.get("session"):
            return skipped("P14", what, why)
        ours, plain = self.middle("session"), self.middle("plain")
        return Line(
            "P14",
            what,
            rate(ours),
            f"plain {rate(plain)} ({share(plain / self.middle('R'))} R)",
            f"{ours / plain:.1f} ×",
            "≥ 4 × (tuned 8 ×)",
            "≥ 12 ×",
            ours / plain >= 4,
        )


class NotMeasured(Exception):
    """This figure could not be had in this run."""


def answered(spans: Spans) -> Spans:
    """Return what was measured; raises NotMeasured with the first thing that went wrong."""
    if spans.wrong:
        raise NotMeasured(f"{len(spans.wrong)} requests failed, first: {spans.wrong[0]}")
    return spans


def speed(done: dict[str, float]) -> float:
    """Return how much was done a second."""
    return done["count"] / done["seconds"] if done["seconds"] else 0.0


def whole(done: dict[str, float], count: int) -> float:
    """Return the seconds, if all of it was done."""
    if done["count"] != count:
        raise NotMeasured(f"{done['count']} of {count} were done")
    return done["seconds"]


def wait_for(port: int, seconds: float = 60) -> float:
    """Return how long it took until somebody listened there; raises NotMeasured."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return time.perf_counter() - began
        except OSError:
            time.sleep(0.02)
    raise NotMeasured("nobody listened")


def embedded(home: Path) -> list[Line]:
    """P16: the second start of the embedded default, and its memory."""
    state = home / "embedded"
    make(state)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "PLATFORMS", "PEERS")
    }
    environment |= {
        "STATE_DIR": str(state),
        "DJANGO_SETTINGS_MODULE": "mediation.project.settings",
        "LOG_LEVEL": "ERROR",
    }
    for command in (["migrate", "--run-syncdb"], ["load_reference"], ["keys", "ensure"]):
        subprocess.run(
            [PYTHON, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
    spans, memory = [], 0
    for _ in range(3):
        port = free_port()
        server = subprocess.Popen(
            [PYTHON, "manage.py", "embedded", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            preexec_fn=die_with_parent,
        )
        try:
            began = time.perf_counter()
            wait_for(port)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30):
                spans.append(time.perf_counter() - began)
            status = Path(f"/proc/{server.pid}/status").read_text()
            memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]
        except (OSError, NotMeasured) as why:
            return [skipped("P16", "embedded default: start, memory", str(why))]
        finally:
            server.terminate()
            server.wait(30)
    start = middle(spans)
    return [
        Line("P16", "embedded default, start to ready", span(start), "", "", "≤ 5 s", "≤ 2 s", start <= 5),
        Line(
            "P16",
            "embedded default, memory",
            f"{memory / 1024:.0f} MB",
            "",
            "",
            "≤ 250 MB",
            "≤ 120 MB",
            memory / 1024 <= 250,
        ),
    ]


def kept_months(worker: Worker) -> Line:
    """P10."""
    found = worker.ask("statistics")
    what = f"statistics by organisation and month over {found['rows']:,}, equal to a recount"
    kept, direct = found["kept"], found["direct"]
    met = found["equal"] and kept <= 0.2 * direct
    return Line("P10", what, span(kept), span(direct), f"{kept / direct:.2f} ×", "≤ 0.2 ×", "≤ 0.12 ×", met)


def bounded(name: str, size: str, small: dict[str, float], large: dict[str, float], most: float) -> list[Line]:
    """Return a line for each page, whose must is a span and whose aim is to stay what it is with few rows."""
    return [
        Line(
            name,
            f"{what}, {size}",
            span(took),
            f"few: {span(small[what])}",
            f"{took / small[what]:.2f} ×",
            f"≤ {span(most)}",
            "≤ 1.3 ×",
            took <= most,
        )
        for what, took in large.items()
    ]


def say(line: str) -> None:
    """Tell how far the run is."""
    print(line, flush=True)


def main() -> None:
    """Run one profile and print its table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", dest="profile", action="store_const", const="long", default="usual")
    parser.add_argument("--quick", dest="profile", action="store_const", const="quick")
    parser.add_argument("--desk", action="store_true")
    chosen = parser.parse_args()
    profile = PROFILES["desk" if chosen.desk and chosen.profile == "usual" else chosen.profile]
    began, home = time.monotonic(), Path(tempfile.mkdtemp(prefix="mediation-bench-"))
    try:
        with PrivateServers(durable=True) as servers, ExitStack() as stack:
            bench = Bench(profile, servers, home, stack)
            bench.fill()
            rounds = 0 if chosen.desk else profile.rounds
            if rounds:
                bench.serve()
            for number in range(rounds):
                bench.round(number)
                say(f"round {number + 1} of {rounds} done after {time.monotonic() - began:.0f} s")
            print(f"\n{render(bench.lines() if rounds else bench.seen())}\n")
            print(
                f"Medians of {rounds or 'several'} rounds, {os.cpu_count()} cores, "
                f"Python {sys.version.split()[0]}, {time.monotonic() - began:.0f} s in all."
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
