"""Runs production's shape on this one machine: two deployments with two databases that dock over HTTP.

Lives here: private PostgreSQL and Redis, and for each deployment its secrets, keys, rows and three processes (web,
worker, beat), watched until Ctrl-C. A process that dies is started again, as a service manager would.
Called by: script/server --stack, and the tests and the bench that need two real deployments.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from script.make_secrets import make
from script.private_servers import PrivateServers, die_with_parent

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PREPARATION = """
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_reference")
call_command("collectstatic", interactive=False, verbosity=0)
call_command("keys", "ensure")
with open(settings.STATE_DIR / "published.keys", "w") as published:
    call_command("keys", "export", stdout=published)
"""


def free_port(first: int = 0) -> int:
    """Return a free loopback port: the first one if nobody has it, else any."""
    for port in (first, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("No free port on this machine.")


@dataclass
class Deployment:
    """One platform on its own: its settings, its folder and its processes."""

    platform: str
    peer: str
    port: int
    peer_port: int
    database_url: str
    redis_url: str
    state: Path
    host: str = "127.0.0.1"
    workers: int = 2
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address people see."""
        return f"http://localhost:{self.port}/"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of each of its processes."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "mediation.project.settings",
            "STATE_DIR": str(self.state),
            "PLATFORMS": self.platform,
            "PEERS": f"{self.peer}=http://127.0.0.1:{self.peer_port}/",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PUBLIC_URL": self.url,
            "MOCK_VERIFICATION": "yes",
            "ALLOWED_HOSTS": "" if self.host == "127.0.0.1" else "*",
            "STATIC_DIR": str(self.state / "static"),
        }

    def manage(self, *arguments: str) -> str:
        """Run one manage.py command and return what it says; raises CalledProcessError."""
        command = [PYTHON, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def prepare(self) -> None:
        """Bring secrets, tables, reference rows, static files and keys up to date, and write down what others trust."""
        make(self.state)
        # In one process: to start costs more than most of these do.
        self.manage("shell", "--no-imports", "-c", PREPARATION)

    def trust(self, other: Deployment) -> None:
        """Take the other's published keys."""
        self.manage("keys", "trust", str(other.state / "published.keys"))

    def commands(self) -> dict[str, list[str]]:
        """Return what each process runs."""
        celery = [PYTHON, "-m", "celery", "-A", "mediation.project", "--quiet"]
        gunicorn = [PYTHON, "-m", "gunicorn", "mediation.project.wsgi", "--bind", f"{self.host}:{self.port}"]
        return {
            "web": [*gunicorn, "--workers", str(self.workers), "--threads", "4", "--log-level", "warning"],
            "worker": [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", ""],
        }

    def start(self, *names: str) -> None:
        """Start the processes named, or all; each in a group of its own so that it can be killed whole."""
        for name in names or tuple(self.commands()):
            with open(self.state / f"{name}.log", "ab") as log:
                self.processes[name] = subprocess.Popen(
                    self.commands()[name],
                    env=self.environment,
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )

    def kill(self, name: str) -> None:
        """Kill a process and its children with -9."""
        process = self.processes[name]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def fallen(self) -> Iterator[str]:
        """Yield the names of processes that ended by themselves."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                yield name

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when the web process takes connections; raises RuntimeError with its log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.platform} did not start:\n" + (self.state / "web.log").read_text()[-2000:])

    def stop(self) -> None:
        """Ask all processes to end, and end those that do not."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for name, process in self.processes.items():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill(name)


@contextmanager
def stack(home: Path, servers: PrivateServers, *, port: int = 0, host: str = "127.0.0.1") -> Iterator[list[Deployment]]:
    """Prepare the two deployments on running servers, start them, and stop them at the end."""
    ports = [free_port(port), free_port(port + 1 if port else 0)]
    names = ["courtplatform", "investornet"]
    deployments = []
    for number, name in enumerate(names):
        servers.create_database(name)
        deployments.append(
            Deployment(
                platform=name,
                peer=names[1 - number],
                port=ports[number],
                peer_port=ports[1 - number],
                database_url=servers.database_url(name),
                redis_url=servers.redis_url(number),
                state=home / name,
                host=host,
            )
        )
    try:
        for deployment in deployments:
            deployment.prepare()
        for deployment, other in zip(deployments, reversed(deployments), strict=True):
            deployment.trust(other)
        for deployment in deployments:
            deployment.start()
        for deployment in deployments:
            deployment.wait_until_ready()
        yield deployments
    finally:
        for deployment in deployments:
            deployment.stop()


def home_of_cluster(state: Path) -> Path:
    """Return where the servers keep their files: in the checkout, or as root where the user postgres may go."""
    if os.geteuid() != 0:
        return state / "servers"
    return Path("/var/lib/postgresql") / f"mediation-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"


def leave(signum: int, frame: FrameType | None) -> None:
    """Leave the ordinary way, so that everything is stopped."""
    raise KeyboardInterrupt


def main() -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--reset", action="store_true")
    arguments = parser.parse_args()
    state = ROOT / ".state" / "stack"
    cluster = home_of_cluster(state)
    if arguments.reset:
        shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(cluster, ignore_errors=True)
    signal.signal(signal.SIGTERM, leave)
    try:
        with (
            PrivateServers(cluster, durable=True) as servers,
            stack(state, servers, port=arguments.port, host=arguments.host) as deployments,
        ):
            for deployment in deployments:
                stamp = deployment.state / "done.demo"
                if not stamp.exists():
                    deployment.manage("load_demo", "--sealed")
                    stamp.touch()
                print(f"\n    {deployment.url}\n\n{deployment.manage('demo_accounts')}", flush=True)
            print(f"Logs are in {state}/*/*.log. Ctrl-C stops everything.", flush=True)
            watch(deployments)
    except KeyboardInterrupt:
        print("\nStopped; the data is kept.")


def watch(deployments: list[Deployment]) -> None:
    """Start again what falls, once a second, until Ctrl-C."""
    while True:
        time.sleep(1)
        for deployment in deployments:
            for name in list(deployment.fallen()):
                print(f"{deployment.platform} {name} ended and is started again.", flush=True)
                deployment.start(name)


if __name__ == "__main__":
    main()
