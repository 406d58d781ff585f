"""What a web worker does for a person, without the web: makes one move through the door per line of its input.

Run with the environment of one deployment, so that it can be killed like any of its processes; every order carries an
idempotency key, so whoever gave it may give it again. ``on-commit`` is the negative control: no delivery is written
down, the peer is told once the transaction is committed, as so many systems do.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from mediation import facts, moves, platform  # noqa: E402
from mediation.actor import Actor  # noqa: E402
from mediation.exchange import outbox  # noqa: E402
from mediation.models import Case, CaseEvent, Delivery, Request  # noqa: E402
from mediation.vocabulary import Audience, EnclosureKind, Role  # noqa: E402
from tests.proofs import proved  # noqa: E402


def make(order: dict[str, Any]) -> dict[str, Any]:
    """Make the move and say under which number it stands, or what it asked of the owner, or why not."""
    case = Case.objects.filter(platform=order["via"], ref=order["ref"]).first()
    case = case or Case(platform=order["via"], ref=uuid.UUID(order["ref"]))
    if case.pk is None and order["move"] != "file":
        return {"refused": "absent"}
    by = Actor(Role(order["role"]), order["who"], order["seat"], order["via"])
    by = proved(by, order["move"], order["facts"])
    enclosed = [
        moves.Enclosed(EnclosureKind(kind), content, Audience.ALL, about) for kind, content, about in order["enclosed"]
    ]
    try:
        done = moves.perform(
            case, order["move"], by=by, at=timezone.now(), facts=order["facts"], enclosures=enclosed, key=order["key"]
        )
    except (moves.Refused, facts.Malformed) as refused:
        return {"refused": getattr(refused, "code", f"{refused}")}
    return {"asked": str(done.ref)} if isinstance(done, Request) else {"number": done.number}


def send_on_commit(case: Case, event: CaseEvent, *, everything: bool) -> Iterable[Delivery]:
    """Tell the peer when the transaction is over and have nothing remembered."""

    def tell() -> None:
        numbers = range(1, event.number + 1) if everything else [event.number]
        rows = Delivery.objects.bulk_create(
            Delivery(
                platform=case.platform, case=case, number=number, since=event.recorded_at, next_at=event.recorded_at
            )
            for number in numbers
        )
        for config in platform.installed():
            outbox.post(config.code, timezone.now())
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state=Delivery.APPLIED)

    transaction.on_commit(tell)
    return ()


def serve(act: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(json.dumps(act(json.loads(line))), flush=True)


if __name__ == "__main__":
    if "on-commit" in sys.argv:
        moves._deliveries = send_on_commit
    serve(make)
