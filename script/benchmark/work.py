"""The Django side of a bench: one process per database, told over its standard input what to measure.

Lives here: preparing a database, every measure that needs the application. Does not live here: servers, rounds,
the table.
Called by: ``__main__``, in a process of its own with the environment of one deployment.

Each line in is ``[name, {arguments}]``, each line out the JSON of what that function returned.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mediation import keyring, moves, platform
from mediation.exchange import outbox
from mediation.models import Case
from mediation.vocabulary import EnclosureKind
from roster import demonstration, tokens
from roster.models import Account
from script.benchmark import loader, roster
from script.benchmark.desk import bulk, desk
from script.benchmark.statistics import statistics

CLIENTS = 8
COHORT_DAYS = 7
fork = multiprocessing.get_context("fork")


def prepare() -> None:
    """Bring tables, reference rows and keys up to date."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("load_reference", verbosity=0)
    for config in platform.installed():
        keyring.ensure(config.code, timezone.now())


def load(size: int, workable: int, due: int, cohorts: int) -> dict[str, Any]:
    """This function will fill the database with ``size`` cases in all and say how fast, and how many were checked.

    ``workable`` are delegated cases on both platforms that moves are made on; ``due`` direct ones lapse per cohort.
    """
    began, now, who = time.perf_counter(), timezone.now(), loader.cast()
    for number in range(cohorts):
        loader.load(who.applied(cohort(now, number)), due)
    ids = loader.load(who.delegated(now - timedelta(hours=2)), workable, platforms=(who.net_code, who.court_code))
    rest = max(size - workable - due * cohorts, 0)
    for number, court in enumerate(("沪74", "京74", "粤03", "苏01", "浙01")):
        share = rest // 10
        loader.load(loader.cast(court).filed(now - timedelta(minutes=60 + number)), share)
        loader.load(who.applied(now - timedelta(minutes=30 + number)), share)
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*), count(DISTINCT ref) FROM mediation_case")
        rows, cases = cursor.fetchone()
    return {"first": ids[0], "rows": rows, "cases": cases, "seconds": seconds, "checked": loader.check_sample()}


def cohort(now: datetime, number: int) -> datetime:
    """Return when the direct cases of one cohort were filed: a week apart, so that each runs out by itself."""
    return now - timedelta(days=COHORT_DAYS * (number + 3))


# Work for several clients at once.


def together(work: Callable[[int], int], warm: Callable[[int], None], clients: int = CLIENTS) -> dict[str, float]:
    """Run one piece of work in so many warmed processes at once; return how much was done and how long it took."""
    connections.close_all()
    gate, done = fork.Barrier(clients + 1), fork.SimpleQueue()

    def run(client: int) -> None:
        warm(client)
        gate.wait()
        done.put(work(client))

    children = [fork.Process(target=run, args=(client,)) for client in range(clients)]
    for child in children:
        child.start()
    gate.wait()
    began = time.perf_counter()
    for child in children:
        child.join()
    seconds = time.perf_counter() - began
    if any(child.exitcode for child in children):
        raise RuntimeError("a client of the bench fell")
    return {"count": sum(done.get() for _ in children), "seconds": seconds}


def slices(first: int, count: int, client: int) -> range:
    """Return the row ids that are one client's own."""
    return range(first + client, first + count, CLIENTS)


# The measures.


def door(first: int, count: int) -> dict[str, float]:
    """Accept so many cases through the door, eight clients; the first of each client warms it and does not count."""
    by = loader.cast().administrator

    def accept_one(pk: int) -> None:
        moves.perform(Case.objects.get(pk=pk), "accept", by=by, at=timezone.now(), facts={"declared": True})

    def work(client: int) -> int:
        ids = slices(first, count, client)[1:]
        for pk in ids:
            accept_one(pk)
        return len(ids)

    return together(work, warm=lambda client: accept_one(first + client))


def sweep(number: int) -> dict[str, float]:
    """Make every lapse of one cohort, one worker."""
    code, due = platform_of_cohorts(), cohort_due(number)
    began, lapsed = time.perf_counter(), 0
    while made := moves.sweep(code, due):
        lapsed += made
    return {"count": lapsed, "seconds": time.perf_counter() - began}


def idle_sweep(times: int = 30) -> dict[str, float]:
    """Sweep with nothing due; the median in seconds."""
    code, before = platform_of_cohorts(), timezone.now() - timedelta(days=3650)
    return {"seconds": median_of(lambda: moves.sweep(code, before), times)}


def sql_idle_sweep(times: int = 30) -> dict[str, float]:
    """Ask in pure SQL what is due when nothing is."""
    query = (
        "SELECT case_id FROM mediation_clock"
        " WHERE platform = 'investornet' AND state = 'RUNNING' AND owned AND lapse <> ''"
        " AND due_at < '2000-01-01' ORDER BY due_at LIMIT 500"
    )
    with connection.cursor() as cursor:
        return {"seconds": median_of(lambda: cursor.execute(query), times)}


def platform_of_cohorts() -> str:
    """Return where the direct cases are."""
    return loader.cast().net_code


def cohort_due(number: int) -> datetime:
    """Return an instant at which this cohort has run out and no later one has; cohort 0 is the youngest."""
    filed = cohort(timezone.now(), number)
    return filed + timedelta(days=COHORT_DAYS - 0.01)


def median_of(call: Callable[[], object], times: int) -> float:
    """Return the median seconds of a call."""
    call()
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        spans.append(time.perf_counter() - began)
    return sorted(spans)[times // 2]


def verify() -> dict[str, float]:
    """Verify everything as ``manage.py verify_journal`` does; raises CommandError if anything is wrong."""
    said, began = io.StringIO(), time.perf_counter()
    call_command("verify_journal", stdout=said)
    return {"count": int(said.getvalue().split()[0]), "seconds": time.perf_counter() - began}


# What pure SQL makes of the same work.

REFERENCE_ROWS = 10_000
TABLES = {
    "reference_case": "mediation_case",
    "reference_event": "mediation_caseevent",
    "reference_delivery": "mediation_delivery",
}


def reference(path: str) -> dict[str, int]:
    """Make tables of the same shape with their own rows, and write the transition as a script for pgbench."""
    with connection.cursor() as cursor:
        for copy, original in TABLES.items():
            cursor.execute(f"CREATE TABLE {copy} (LIKE {original} INCLUDING ALL)")
        cursor.execute(
            "INSERT INTO reference_case OVERRIDING SYSTEM VALUE SELECT * FROM mediation_case ORDER BY id LIMIT %s",
            [REFERENCE_ROWS],
        )
        for copy in ("reference_event", "reference_delivery"):
            cursor.execute(
                f"ALTER TABLE {copy} ADD FOREIGN KEY (case_id) REFERENCES reference_case DEFERRABLE INITIALLY DEFERRED"
            )
        cursor.execute("ANALYZE reference_case")
        cursor.execute("SELECT min(id), max(id) FROM reference_case")
        least, most = cursor.fetchone()
    mould = loader.cast().delegated(timezone.now())
    body, parts, digest, signature = mould.bodies[-1], mould.parts[-1], "5" * 64, "s" * 86
    lines = [
        f"\\set id random({least}, {most})",
        "BEGIN;",
        "SELECT entries + 1 AS next FROM reference_case WHERE id = :id FOR UPDATE \\gset",
        f"UPDATE reference_case SET state = 'ACCEPTED', sheet = '{mould.sheet}', entries = :next,"  # noqa: S608
        f" head = '{digest}' WHERE id = :id;",
        "INSERT INTO reference_event (platform, case_id, number, kind, author, at, by, facts, clocks, enclosures,"  # noqa: S608
        f" previous, hash, algorithm, signature, key_id, state, recorded_at) VALUES ('{body['platform']}', :id, :next,"
        f" '{body['kind']}', '{body['platform']}', now(), '{parts['by']}', '{parts['facts']}', '{parts['clocks']}',"
        f" '[]', '{digest}', '{digest}', 'sha256',"
        f" '{signature}', '0123456789abcdef', 'ACCEPTED', now());",
        "INSERT INTO reference_delivery (platform, case_id, number, envelope, state, since, attempts, next_at, why)"  # noqa: S608
        f" VALUES ('{body['platform']}', :id, :next, gen_random_uuid(), 'WAITING', now(), 0, now(), '');",
        "COMMIT;",
    ]
    Path(path).write_text("\n".join(lines) + "\n")
    return {"rows": most - least + 1}


SQL_SWEEP = """
WITH due AS (
    SELECT id, case_id FROM mediation_clock
    WHERE platform = %s AND state = 'RUNNING' AND owned AND lapse <> '' AND due_at < %s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE mediation_clock SET state = 'LAPSED' FROM due WHERE mediation_clock.id = due.id RETURNING due.case_id
), moved AS (
    UPDATE mediation_case SET state = 'RETURNED', entries = entries + 1, sheet = sheet - 'clocks',
        head = md5(head) || md5(head)
    FROM claimed WHERE mediation_case.id = claimed.case_id RETURNING mediation_case.*
)
INSERT INTO mediation_caseevent (platform, case_id, number, kind, author, at, by, facts, clocks, enclosures, previous,
    hash, algorithm, signature, key_id, state, recorded_at)
SELECT platform, id, entries, 'case.lapse_reply.v1', platform, now(), '{}', '{}', '[]', '[]', head, head, 'sha256',
    head || left(head, 22), '0123456789abcdef', state, now() FROM moved
"""


def sql_sweep(number: int) -> dict[str, float]:
    """Lapse one cohort in one statement of pure SQL, and take it back."""
    with suppress(TakenBack), transaction.atomic(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(SQL_SWEEP, [platform_of_cohorts(), cohort_due(number)])
        found = {"count": cursor.rowcount, "seconds": time.perf_counter() - began}
        raise TakenBack
    return found


class TakenBack(Exception):
    """What was measured is not to stay."""


SQL_PAGE = (
    "SELECT id, ref, state, track, court, organisation, cause, amount, number, filed_at, entries FROM mediation_case"
    " WHERE platform = 'courtplatform' AND court = '沪74' AND (filed_at, id) < (%s, %s)"
    " ORDER BY filed_at DESC, id DESC LIMIT 50"
)


def sql_page(times: int = 200) -> dict[str, float]:
    """Read a page of 50 of one court's list by keyset, in pure SQL, one client."""
    with connection.cursor() as cursor:
        at = timezone.now() - timedelta(minutes=61)
        return {"seconds": median_of(lambda: (cursor.execute(SQL_PAGE, [at, 1 << 60]), cursor.fetchall()), times)}


# Many claimants at once.

CLAIMANTS_A_CASE = 499
"""With their one respondent as many parties as a case may have."""


def claimants(count: int) -> dict[str, float]:
    """File the cases of so many claimants against one company through the door, particulars sealed, one client."""
    who, began, cpu = loader.cast(), time.perf_counter(), time.process_time()
    for start in range(0, count, CLAIMANTS_A_CASE):
        numbers = range(start, min(start + CLAIMANTS_A_CASE, count))
        people = [(str(uuid.uuid4()), _claimant(number)) for number in numbers]
        company, sides = str(uuid.uuid4()), {"investor": "NONE", "institution": "NONE"}
        parties = [
            *(
                {"ref": ref, "side": "APPLICANT", "kind": "NATURAL", **sides, "investor": "ORDINARY"}
                for ref, _ in people
            ),
            {"ref": company, "side": "RESPONDENT", "kind": "COMPANY", **sides},
        ]
        moves.perform(
            Case(platform=who.court_code, ref=uuid.uuid4()),
            "file",
            by=who.clerk,
            at=timezone.now(),
            facts={**who.opening(track="DELEGATED", court=who.court), "parties": parties},
            enclosures=[
                moves.Enclosed(EnclosureKind.PARTY, content, about=ref)
                for ref, content in [*people, (company, {"name": "华信股份有限公司"})]
            ]
            + [moves.Enclosed(EnclosureKind.NARRATIVE, {"text": "年度报告虚增利润，各申请人请求赔偿投资差额损失。"})],
        )
    return {"count": count, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def _claimant(number: int) -> dict[str, str]:
    return {
        "name": f"投资者{number}",
        "identity_kind": "RESIDENT_ID",
        "identity_number": f"{number:018d}",
        "phone": f"{13_000_000_000 + number}",
    }


# The windows.

SCOPES = ["cases:read", "cases:write", "documents"]


def people() -> dict[str, Any]:
    """Return the headers with which the clerk and the organisation's administrator call: session and token of each."""
    accounts = {
        account.login: account
        for account in demonstration.load_demo_accounts([c.code for c in platform.installed()], timezone.now())
    }
    found = {}
    for login in ("clerk.sh74", "org.isc"):
        client = Client()
        client.force_login(accounts[login], backend="roster.backend.AccountBackend")
        token = "a" * 32
        session = client.cookies["sessionid"].value
        _row, plain = tokens.issue(accounts[login], "bench", SCOPES, timezone.now())
        found[login] = {
            "session": {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token},
            "token": {"Authorization": f"Bearer {plain}"},
        }
    return found


def references(first: int, count: int) -> list[str]:
    """Return the references of some cases by their row ids."""
    return [
        str(ref)
        for ref in Case.objects.filter(pk__gte=first, pk__lt=first + count).order_by("pk").values_list("ref", flat=True)
    ]


def pages(first: int) -> list[list[Any]]:
    """Return, of each main page and call, its name, status, queries, and queries with other rows to show."""
    cases = list(Case.objects.filter(pk__in=[first, first + 1]).order_by("pk"))
    shared = [str(case.ref) for case in cases]
    found = []
    for login, address in PAGES:
        client = Client(raise_request_exception=False, headers={"host": "localhost"})
        client.force_login(Account.objects.get(login=login), backend="roster.backend.AccountBackend")
        counted = []
        for ref in shared:
            client.get(address.format(ref=ref))
            with CaptureQueriesContext(connection) as queries_made:
                answer = client.get(address.format(ref=ref))
            counted.append(len(queries_made))
        found.append([address, answer.status_code, *counted])
    return found


PAGES = (
    ("clerk.sh74", "/court/api/v1/cases?limit=50"),
    ("clerk.sh74", "/court/api/v1/cases?limit=10"),
    ("clerk.sh74", "/court/api/v1/cases/{ref}"),
    ("clerk.sh74", "/court/api/v1/cases/{ref}/journal"),
    ("clerk.sh74", "/court/api/v1/cases/{ref}/moves"),
    ("org.isc", "/net/api/v1/cases?limit=50"),
    ("org.isc", "/net/api/v1/cases/{ref}"),
    ("org.isc", "/net/api/v1/cases/{ref}/moves"),
    ("clerk.sh74", "/court/admin/"),
    ("org.isc", "/net/"),
    ("org.isc", "/net/cases/{ref}/"),
)


# The post.


def accept(first: int, count: int) -> dict[str, float]:
    """Accept so many cases."""
    by = loader.cast().administrator
    for pk in range(first, first + count):
        moves.perform(Case.objects.get(pk=pk), "accept", by=by, at=timezone.now(), facts={"declared": True})
    return {"count": count}


def tell(most: int, seconds: float) -> dict[str, float]:
    """Tell the other book what waits, in batches of ``most``, signed, with receipts at both ends.

    Stops after ``seconds``; what is then untold is told without being measured.
    """
    usual, outbox.MOST_ENVELOPES = outbox.MOST_ENVELOPES, most
    began, told = time.perf_counter(), 0
    while time.perf_counter() - began < seconds and (made := outbox.post(loader.cast().net_code, timezone.now())):
        told += made
    spent = time.perf_counter() - began
    outbox.MOST_ENVELOPES = usual
    outbox.post_all(timezone.now())
    return {"count": told, "seconds": spent}


def sync(first: int, count: int, most: int, seconds: float) -> dict[str, float]:
    """Accept so many cases, then tell the other book; only the telling is measured."""
    accept(first, count)
    return tell(most, seconds)


SQL_APPLY = """
WITH told AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS t(id, head)), moved AS (
    UPDATE reference_case SET entries = entries + 1, head = told.head, state = 'ACCEPTED', sheet = %s
    FROM told WHERE reference_case.id = told.id RETURNING reference_case.*
)
INSERT INTO reference_event (platform, case_id, number, kind, author, at, by, facts, clocks, enclosures, previous, hash,
    algorithm, signature, key_id, state, recorded_at)
SELECT platform, id, entries, 'case.accept.v1', platform, now(), %s, %s, %s, '[]', head, head, 'sha256',
    head || left(head, 22),
    '0123456789abcdef', state, now() FROM moved
"""


def sql_apply(count: int) -> dict[str, float]:
    """Apply so many messages in pure SQL, a hundred in one statement, one client."""
    mould = loader.cast().delegated(timezone.now())
    parts = mould.parts[-1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM reference_case ORDER BY random() LIMIT %s", [count])
        ids = [row[0] for row in cursor.fetchall()]
        began = time.perf_counter()
        for start in range(0, len(ids), 100):
            some = ids[start : start + 100]
            cursor.execute(
                SQL_APPLY, [some, ["6" * 64] * len(some), mould.sheet, parts["by"], parts["facts"], parts["clocks"]]
            )
    return {"count": len(ids), "seconds": time.perf_counter() - began}


SERVED: dict[str, Callable[..., Any]] = {
    call.__name__: call
    for call in (
        prepare,
        load,
        door,
        sweep,
        idle_sweep,
        sql_idle_sweep,
        verify,
        accept,
        tell,
        reference,
        sql_sweep,
        sql_page,
        people,
        references,
        pages,
        sync,
        sql_apply,
        statistics,
        claimants,
        desk,
        bulk,
    )
} | {"load_roster": roster.load, "roster_pages": roster.pages}


def serve() -> None:
    """Answer until the input ends; whatever else is printed meanwhile goes to standard error."""
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            name, arguments = json.loads(line)
            print(json.dumps(SERVED[name](**arguments)), file=answers, flush=True)
