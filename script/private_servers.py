"""PostgreSQL and Redis of our own: private processes on Unix sockets, never the machine's services.

Lives here: starting, stopping and killing them, as root (PostgreSQL then runs as the user postgres) or as anybody.
Called by: script/run_stack.py, tests/servers.py, script/bench.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import redis

USER = "mediation"


class ServerMissing(RuntimeError):
    """A program that script/setup installs is not on this machine."""


def die_with_parent() -> None:
    """Have the kernel interrupt this process when the one that started it is gone, however it went."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def program(name: str) -> str:
    """Return the path of a PostgreSQL or Redis program; raises ServerMissing."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/bin"]))
    if found is None:
        raise ServerMissing(f"{name} is not installed: run script/setup --stack.")
    return found


class PrivateServers:
    """One PostgreSQL and one Redis that belong to this process and end with it.

    ``home`` keeps the rows between two runs; without it they live in a temporary folder and go when stopped.
    ``durable`` has every commit reach the disk; without it only a fall of the whole machine could lose one.
    """

    def __init__(self, home: Path | None = None, *, postgres: bool = True, durable: bool = False) -> None:
        self.wants_postgres = postgres
        self.durable = durable
        self.postgres: subprocess.Popen[bytes] | None = None
        self.redis: subprocess.Popen[bytes] | None = None
        # The path of a socket may have 107 bytes at most, and the user postgres must be able to walk to it.
        self.sockets = Path(tempfile.mkdtemp(prefix="mediation-", dir="/tmp"))
        self.kept = home is not None
        self.home = home or self.sockets / "home"
        self.owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres") if postgres else pwd.getpwuid(0)
            self.owner = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self.make(self.home)
        if self.owner:
            os.chown(self.sockets, self.owner["user"], self.owner["group"])

    def make(self, folder: Path) -> Path:
        """Create a folder that the servers own and nobody else may read."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.owner:
            os.chown(folder, self.owner["user"], self.owner["group"])
        return folder

    def __enter__(self) -> PrivateServers:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    # ── Addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def database_url(self, name: str = USER) -> str:
        """Return the DATABASE_URL of one database."""
        return f"postgres://{USER}@/{name}?host={self.sockets}"

    def redis_url(self, number: int = 0) -> str:
        """Return the REDIS_URL of one of Redis's sixteen numbered databases."""
        return f"unix://{self.sockets}/redis.sock?db={number}"

    def connect(self, name: str = "postgres") -> Any:
        """Return a bare connection to a database, in autocommit."""
        connection = psycopg2.connect(host=str(self.sockets), user=USER, dbname=name)
        connection.autocommit = True
        return connection

    def create_database(self, name: str) -> None:
        """Create the database where it is missing."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")

    # ── Starting and stopping ─────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start both; returns when both answer."""
        try:
            if self.wants_postgres:
                self.start_postgres()
            self.start_redis()
        except BaseException:
            self.stop()
            raise

    def start_postgres(self) -> None:
        """Start PostgreSQL, with a fresh cluster where there is none; returns when it answers."""
        cluster = self.home / "postgres"
        if not (cluster / "PG_VERSION").exists():
            shutil.rmtree(cluster, ignore_errors=True)
            self.make(cluster)
            subprocess.run(
                [
                    program("initdb"),
                    "-D",
                    cluster,
                    "-U",
                    USER,
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd="/",
                **self.owner,
            )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "200",
            "fsync": "on" if self.durable else "off",
            # Compiling costs more than it saves where every query is small.
            "jit": "off",
            "full_page_writes": "on" if self.durable else "off",
            # What lives an hour is cleared by whoever made it: the server's own cleaning, which takes its time, holds
            # tables that a test's ANALYZE or VACUUM then waits for.
            "autovacuum": "on" if self.durable else "off",
        }
        arguments = [program("postgres"), "-D", str(cluster)]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        self.postgres = self.launch(arguments, "postgres.log")
        self.wait(self.postgres, "postgres.log", lambda: self.connect().close(), psycopg2.OperationalError)

    def start_redis(self) -> None:
        """Start Redis; returns when it answers."""
        folder = self.make(self.home / "redis")
        socket = self.sockets / "redis.sock"
        arguments = [program("redis-server"), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
        arguments += ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
        self.redis = self.launch(arguments, "redis.log")
        client = redis.Redis(unix_socket_path=str(socket))
        self.wait(self.redis, "redis.log", client.ping, redis.ConnectionError)
        client.close()

    def launch(self, arguments: list[str], log: str) -> subprocess.Popen[bytes]:
        """Start a server in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        with open(self.home / log, "ab") as output:
            return subprocess.Popen(
                arguments,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent,
                **self.owner,
            )

    def wait(
        self, server: subprocess.Popen[bytes], log: str, knock: Callable[[], object], closed: type[Exception]
    ) -> None:
        """Knock until the server answers; raises RuntimeError with its log when it ends or 30 seconds pass."""
        deadline = time.monotonic() + 30
        while True:
            try:
                knock()
                return
            except closed as error:
                if server.poll() is not None or time.monotonic() > deadline:
                    said = (self.home / log).read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"{log} of {self.home} says why a server did not start:\n{said}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop both and remove what is not to be kept."""
        for server in (self.redis, self.postgres):
            if server is not None and server.poll() is None:
                server.send_signal(signal.SIGINT)
        for server in (self.redis, self.postgres):
            if server is not None:
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)
