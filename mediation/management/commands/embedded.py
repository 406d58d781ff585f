"""Serves both platforms, the Celery worker and beat in one process: the embedded default.

The broker is in memory, so a killed process forgets what it was told; the rows remember, and beat asks them again.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
import warnings
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import uvicorn
from celery.beat import Scheduler, Service
from django.core.management.base import BaseCommand, CommandError

from mediation.project.asgi import application
from mediation.project.celery import app


class Command(BaseCommand):
    """Serve everything from one process until Ctrl-C."""

    help = "Serve both platforms, worker and beat in one process until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        listener = listen(host, port)
        # Static files are read synchronously under ASGI, and Celery dislikes root; both are meant.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        warnings.filterwarnings("ignore", message="You're running the worker with superuser")
        worker = app.Worker(
            pool="threads", concurrency=2, quiet=True, without_heartbeat=True, without_mingle=True, without_gossip=True
        )
        beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        server = uvicorn.Server(
            uvicorn.Config(application, log_config=None, access_log=False, lifespan="off", ws="none")
        )
        signal.signal(signal.SIGTERM, leave)
        threading.Thread(target=worker.start, name="worker", daemon=True).start()
        threading.Thread(target=beat.start, name="beat", daemon=True).start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            beat.stop()
            worker.stop()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises CommandError that names another way when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise CommandError(f"Cannot serve on {host}:{port}: {error.strerror}. Choose another with --port.") from error
    return listener


def leave(signum: int, frame: FrameType | None) -> None:
    """End the process the ordinary way, so that worker and beat are stopped too."""
    sys.exit(0)
