"""Two real deployments that dock over HTTP, the hands that move cases in them, and the nemesis that kills processes.

Lives here: processes and what the driver of the cases does. Does not live here: judging the outcome (``checker``).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psutil

from roster import reference
from script.private_servers import PrivateServers, die_with_parent
from script.run_stack import ROOT, Deployment, free_port
from tests.chaos import checker
from tests.chaos.checker import COURT, NET, Acknowledged
from tests.chaos.proxy import Proxy
from tests.proofs import REVIEWED

ORGANISATION, MEDIATOR = str(reference.ref("organisation", "isc")), str(reference.ref("mediator", "isc-1"))
NOT_YET = {"absent", "state", "can_write_here"}
"""Why a move may be refused while the other platform's entry is still on its way."""
MOST_DEATHS = 40
"""So often in a row no nemesis strikes the same hands: then the order itself is what they die of."""
AGREEMENT = "被申请人于2099年12月31日以前向申请人支付人民币壹佰元。"
DIGEST = hashlib.sha256(AGREEMENT.encode()).hexdigest()


class Hands:
    """One process that makes moves on a deployment; it may be killed, and whoever gave it an order gives it again."""

    def __init__(self, environment: dict[str, str], log: Path, *arguments: str) -> None:
        self.environment, self.log, self.arguments = environment, log, arguments
        self.process: subprocess.Popen[str] | None = None

    def give(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to an order, given as often as it takes; raises RuntimeError where it never is answered."""
        for _turn in range(MOST_DEATHS):
            if self.process is None or self.process.poll() is not None:
                self._start()
            assert self.process is not None
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            with contextlib.suppress(BrokenPipeError, ValueError):
                self.process.stdin.write(json.dumps(order) + "\n")
                self.process.stdin.flush()
                if answer := self.process.stdout.readline():
                    return dict(json.loads(answer))
            self.process.wait()
        raise RuntimeError(f"{order['move']} ended {MOST_DEATHS} processes:\n{self.log.read_text()[-2000:]}")

    def _start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.hands", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=die_with_parent,
            )

    def kill(self) -> None:
        """Kill with -9."""
        if self.process is not None:
            self.process.kill()


@dataclass
class Docking:
    """Both deployments, each behind a proxy, with the servers they live on."""

    servers: PrivateServers
    deployments: dict[str, Deployment]
    proxies: dict[str, Proxy]
    hands: dict[str, Hands] = field(default_factory=dict)
    watching: threading.Event = field(default_factory=threading.Event)

    def connections(self) -> dict[str, Any]:
        """Return a bare connection to each book."""
        return {code: self.servers.connect(code) for code in self.deployments}

    def watch(self) -> None:
        """Start again what falls, as a service manager would."""
        while not self.watching.wait(0.3):
            for deployment in self.deployments.values():
                for name in list(deployment.fallen()):
                    deployment.start(name)
            if self.servers.redis is not None and self.servers.redis.poll() is not None:
                self.servers.start_redis()

    def kill_postgres(self) -> None:
        """Kill PostgreSQL and every process of it with -9 and start it again on the same files."""
        server = self.servers.postgres
        assert server is not None
        backends = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        server.wait()
        for backend in backends:
            with contextlib.suppress(psutil.NoSuchProcess):
                backend.kill()
        # The next one refuses to start while any of them still holds the shared memory.
        psutil.wait_procs(backends, timeout=5)
        self.servers.start_postgres()

    def drain(self, seconds: float = 300) -> float:
        """Wait until neither platform has anything left to tell; return how long that took. Raises TimeoutError."""
        began = time.monotonic()
        connections = self.connections()
        try:
            while sum(checker.unfinished(connection, code) for code, connection in connections.items()):
                if time.monotonic() - began > seconds:
                    raise TimeoutError("the post did not empty")
                time.sleep(0.1)
        finally:
            for connection in connections.values():
                connection.close()
        return time.monotonic() - began


@contextmanager
def docked(home: Path) -> Iterator[Docking]:
    """Prepare and start two deployments on servers of their own, and stop them at the end."""
    with PrivateServers() as servers:
        ports = {COURT: free_port(), NET: free_port()}
        proxies = {code: Proxy(port, seed=7) for code, port in ports.items()}
        deployments = {}
        for number, (code, other) in enumerate(((COURT, NET), (NET, COURT))):
            servers.create_database(code)
            deployments[code] = Deployment(
                platform=code,
                peer=other,
                port=ports[code],
                peer_port=proxies[other].port,
                database_url=servers.database_url(code),
                redis_url=servers.redis_url(number),
                state=home / code,
                workers=1,
            )
        docking = Docking(servers, deployments, proxies)
        try:
            for deployment in deployments.values():
                deployment.prepare()
            deployments[COURT].trust(deployments[NET])
            deployments[NET].trust(deployments[COURT])
            for code, deployment in deployments.items():
                deployment.start()
                docking.hands[code] = Hands(deployment.environment, deployment.state / "hands.log")
            for deployment in deployments.values():
                deployment.wait_until_ready()
            threading.Thread(target=docking.watch, daemon=True).start()
            yield docking
        finally:
            docking.watching.set()
            for hands in docking.hands.values():
                hands.kill()
            for deployment in deployments.values():
                deployment.stop()
            for proxy in proxies.values():
                proxy.close()


# The cases.


@dataclass
class Walk:
    """One delegated case on its way through both platforms, and which step is next."""

    ref: str = field(default_factory=lambda: str(uuid.uuid4()))
    applicant: str = field(default_factory=lambda: str(uuid.uuid4()))
    respondent: str = field(default_factory=lambda: str(uuid.uuid4()))
    step: int = 0
    refused: str = ""

    def __post_init__(self) -> None:
        self.orders = list(self._orders())

    @property
    def next(self) -> dict[str, Any] | None:
        """The order to be given next, or None when the case is through."""
        return self.orders[self.step] if self.step < len(self.orders) else None

    def _order(
        self, via: str, move: str, role: str, who: str, seat: str = "", enclosed: Any = (), **facts: Any
    ) -> dict[str, Any]:
        key = f"{self.ref}/{move}/{who}"
        return {
            "via": via,
            "ref": self.ref,
            "move": move,
            "role": role,
            "who": who,
            "seat": seat,
            "facts": facts,
            "key": key[:80],
            "enclosed": list(enclosed),
        }

    def _orders(self) -> Iterator[dict[str, Any]]:
        both = (self.applicant, self.respondent)
        parties = [
            {
                "ref": self.applicant,
                "side": "APPLICANT",
                "kind": "NATURAL",
                "investor": "ORDINARY",
                "institution": "NONE",
            },
            {
                "ref": self.respondent,
                "side": "RESPONDENT",
                "kind": "COMPANY",
                "investor": "NONE",
                "institution": "NONE",
            },
        ]
        opening = [
            ["PARTY", {"name": "申请人"}, self.applicant],
            ["PARTY", {"name": "被申请人"}, self.respondent],
            ["NARRATIVE", {"text": "年度报告存在虚假记载。"}, ""],
        ]
        clerk, judge = ("CLERK", "clerk", "沪74"), ("JUDGE", "judge", "沪74")
        house, lead = ("ORGANISATION", "house", ORGANISATION), ("MEDIATOR", MEDIATOR, ORGANISATION)
        yield self._order(
            COURT,
            "file",
            "PARTY",
            self.applicant,
            enclosed=opening,
            track="DELEGATED",
            court="沪74",
            cause="MISSTATEMENT",
            amount=1280000,
            source="ONLINE_COURT",
            parties=parties,
            agents=[],
            consents=["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"],
        )
        yield self._order(COURT, "consult", *clerk, channel="SMS")
        yield self._order(
            COURT, "consent", "PARTY", self.respondent, party=self.respondent, stage="MEDIATION", channel="ONLINE"
        )
        for party in both:
            yield self._order(COURT, "choose_jointly", "PARTY", party, party=party, organisation=ORGANISATION)
        yield self._order(COURT, "delegate", *clerk, organisation=ORGANISATION, reason_confirmed=True)
        yield self._order(NET, "accept", *house, declared=True)
        yield self._order(NET, "appoint_mediator", *house, mediators=[MEDIATOR], lead=MEDIATOR)
        yield self._order(NET, "disclose", *lead, ground="NONE")
        for party in both:
            order = self._order(NET, "record_contact", *lead, party=party, outcome="REACHED", channel="PHONE")
            yield {**order, "key": f"{self.ref}/reach/{party}"[:80]}
        yield self._order(NET, "confirm_address", "PARTY", self.respondent, party=self.respondent, e_service=True)
        opening = {"verified": list(both), "acknowledged": list(both), "informed": True, "warned": True}
        yield self._order(NET, "open_session", *lead, mode="ON_SITE", **opening)
        text = ["AGREEMENT", {"text": AGREEMENT}, ""]
        yield self._order(NET, "propose_agreement", *lead, [text], digest=DIGEST, full=True)
        for party in both:
            yield self._order(NET, "sign", "PARTY", party, party=party, digest=DIGEST)
        yield self._order(NET, "sign", *lead, digest=DIGEST)
        yield self._order(NET, "review_seal", *house, digest=DIGEST, **REVIEWED)
        yield self._order(NET, "sign", *house, digest=DIGEST)
        for party in both:
            yield self._order(NET, "seek_confirmation", "PARTY", party, party=party, court="沪74")
        yield self._order(COURT, "accept_confirmation", *clerk)
        yield self._order(COURT, "confirm", *judge, [["RULING", {"text": "裁定"}, ""]], present=list(both))
        for party in both:
            # Asked for on the platform that does not own the state: a request travels, the court's door answers it.
            yield self._order(NET, "perform", "PARTY", party, party=party)

    @property
    def expected(self) -> Counter[str]:
        """How often each move must stand in the journal: what was ordered, and a receipt for each hand-over."""
        ordered = Counter(order["move"] for order in self.orders)
        return ordered + Counter(receive=ordered["delegate"] + ordered["seek_confirmation"] // 2)


class Handy(Protocol):
    """Whatever has hands on both platforms."""

    hands: dict[str, Hands]


class Driver:
    """Walks cases to their end on both platforms and keeps what was acknowledged."""

    def __init__(self, docking: Handy, cases: int, *, steps: int | None = None) -> None:
        self.docking, self.walks = docking, [Walk() for _ in range(cases)]
        for walk in self.walks:
            walk.orders = walk.orders[:steps]
        self.acknowledged: list[Acknowledged] = []
        self.until = 0.0
        self.failed: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def start(self, seconds: float) -> None:
        """Begin, for so long at most."""
        self.until = time.monotonic() + seconds
        self.threads = [threading.Thread(target=self._run, args=(code,), daemon=True) for code in (COURT, NET)]
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Wait for the end; raises TimeoutError with what was refused where a case did not get through."""
        for thread in self.threads:
            thread.join()
        if self.failed:
            raise self.failed[0]
        stuck = [f"{walk.ref} before {walk.next['move']}: {walk.refused}" for walk in self.walks if walk.next]
        if stuck:
            raise TimeoutError(f"{len(stuck)} cases did not get through: {stuck[:3]}")

    @property
    def busy(self) -> bool:
        """Whether any case is still on its way."""
        return any(thread.is_alive() for thread in self.threads)

    @property
    def refs(self) -> list[str]:
        """The references of the cases."""
        return [walk.ref for walk in self.walks]

    def _run(self, code: str) -> None:
        try:
            while time.monotonic() < self.until and any(walk.next for walk in self.walks):
                if not sum(self._move(code, walk) for walk in self.walks):
                    time.sleep(0.1)
        except BaseException as error:
            self.failed.append(error)

    def _move(self, code: str, walk: Walk) -> bool:
        order = walk.next
        if order is None or order["via"] != code or time.monotonic() > self.until:
            return False
        answer = self.docking.hands[code].give(order)
        walk.refused = answer.get("refused", "")
        if walk.refused in NOT_YET:
            return False
        if walk.refused:
            raise RuntimeError(f"{order['move']} was refused: {walk.refused}")
        self.acknowledged.append(Acknowledged(code, walk.ref, order["key"], "asked" in answer))
        walk.step += 1
        return True


class Nemesis:
    """Kills processes with -9, each kind as often as any other, in an order and at intervals that its seed decides."""

    VICTIMS = ("web", "worker", "beat", "hands", "redis", "postgres")

    def __init__(self, docking: Docking, seed: int, pause: tuple[float, float] = (0.3, 1.5)) -> None:
        self.docking, self.chance, self.pause = docking, random.Random(seed), pause
        self.kills: Counter[str] = Counter()
        self.next: list[str] = []

    def strike(self) -> None:
        """Wait a little and kill one process."""
        time.sleep(self.chance.uniform(*self.pause))
        self.next = self.next or self.chance.sample(self.VICTIMS, len(self.VICTIMS))
        code, victim = self.chance.choice((COURT, NET)), self.next.pop()
        if victim == "redis":
            server = self.docking.servers.redis
            if server is not None and server.poll() is None:
                os.kill(server.pid, signal.SIGKILL)
        elif victim == "postgres":
            self.docking.kill_postgres()
        elif victim == "hands":
            self.docking.hands[code].kill()
        else:
            self.docking.deployments[code].kill(victim)
        self.kills[victim] += 1
