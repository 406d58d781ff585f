"""Early pytest plugin: private PostgreSQL and Redis, and throwaway secrets, before Django reads its settings.

Started once, in the process that hands out the tests; the workers inherit the addresses through the environment.
``TEST_DATABASE=sqlite`` leaves both servers out.
"""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from script.private_servers import PrivateServers

PRIVATE = pytest.StashKey[PrivateServers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the whole environment: nothing of the developer's own may leak into the tests."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        if "REDIS_URL" in os.environ:
            # One numbered database for each worker: 0 is the controller's, there are sixteen.
            number = int(worker.removeprefix("gw")) % 15 + 1
            os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rpartition("=")[0] + f"={number}"
        return
    for name in (
        "PLATFORMS",
        "PEERS",
        "ALLOWED_HOSTS",
        "BEHIND_PROXY",
        "STATIC_DIR",
        "REDIS_URL",
        "DEBUG",
        "OWN_FIGURES",
        "COURT_CASE_CODES",
        "DEMONSTRATION_CLOCK",
        "SANDBOX",
        "SMS_GATEWAY",
        "EMAIL_GATEWAY",
    ):
        os.environ.pop(name, None)
    state = tempfile.TemporaryDirectory(prefix="mediation-tests-")
    early_config.add_cleanup(state.cleanup)
    os.environ.update(
        STATE_DIR=state.name,
        SECRET_KEY="only-for-tests-" * 5,
        FIELD_KEYS="1:" + base64.b64encode(b"fields-of-tests!" * 2).decode(),
        INDEX_KEY=base64.b64encode(b"indexes-of-tests" * 2).decode(),
        PUBLIC_URL="http://testserver/",
        DATABASE_URL=f"sqlite:///{Path(state.name) / 'database.sqlite3'}",
    )
    if os.environ.get("TEST_DATABASE") == "sqlite":
        return
    servers = PrivateServers()
    servers.start()
    early_config.add_cleanup(servers.stop)
    early_config.stash[PRIVATE] = servers
    servers.create_database("mediation")
    os.environ["DATABASE_URL"] = servers.database_url("mediation")
    os.environ["REDIS_URL"] = servers.redis_url()


def count_rows() -> None:
    """Have the database take its statistics: of rows that are never committed nobody else will, and plans made for
    empty tables are slow ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {own_tables()}" if connection.vendor == "postgresql" else "ANALYZE")


def clear_out() -> None:
    """Have PostgreSQL drop the rows of what was undone: they lie in the way of every later query until it does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {own_tables()}")


def own_tables() -> str:
    """Name our tables, and not the catalogs that all databases share: ANALYZE would keep these from the other workers
    for as long as its transaction lasts.
    """
    names = connection.introspection.django_table_names(only_existing=True)
    return ", ".join(map(connection.ops.quote_name, names))
