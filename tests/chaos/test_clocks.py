"""The two platforms' clocks disagree, by a second or by a day: nothing is lost, the order is that of the numbers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from mediation import keyring, moves
from mediation.actor import Actor
from mediation.exchange import inbox, outbox, transports
from mediation.models import Case, Delivery, Request
from mediation.vocabulary import Audience, EnclosureKind, Role
from roster import reference
from tests.chaos.checker import COURT, NET
from tests.chaos.docking import NOT_YET, Walk
from tests.proofs import proved

STEP = timedelta(seconds=20)


@pytest.fixture
def now(db, monkeypatch) -> dict[str, datetime]:
    """What each platform's own clock shows; the inbox of a platform goes by its own."""
    at = timezone.now()
    reference.load([COURT, NET])
    for code in (COURT, NET):
        keyring.ensure(code, at)
    clocks, hear = {COURT: at, NET: at}, inbox.receive

    def hear_by_own_clock(platform: str, method: str, path: str, headers: Any, body: bytes, at: datetime) -> Any:
        return hear(platform, method, path, headers, body, clocks[platform])

    monkeypatch.setattr(transports.inbox, "receive", hear_by_own_clock)
    return clocks


def give(order: dict[str, Any], at: datetime) -> str:
    case = Case.objects.filter(platform=order["via"], ref=order["ref"]).first()
    if case is None and order["move"] != "file":
        return "absent"
    by = proved(Actor(Role(order["role"]), order["who"], order["seat"], order["via"]), order["move"], order["facts"])
    enclosed = [
        moves.Enclosed(EnclosureKind(kind), content, Audience.ALL, about) for kind, content, about in order["enclosed"]
    ]
    try:
        moves.perform(
            case or Case(platform=COURT, ref=uuid.UUID(order["ref"])),
            order["move"],
            by=by,
            at=at,
            facts=order["facts"],
            enclosures=enclosed,
            key=order["key"],
        )
    except moves.Refused as refused:
        return refused.code
    return ""


def dock(now: dict[str, datetime], looks: int = 400) -> tuple[Walk, list[str]]:
    """Walk one case through both platforms, each by its own clock; return it and what was refused for good."""
    walk, refusals = Walk(), []
    for _look in range(looks):
        for code in (COURT, NET):
            order = walk.next
            if order and order["via"] == code:
                refused = give(order, now[code])
                walk.step += not refused
                refusals += [refused] if refused not in (*NOT_YET, "") else []
            outbox.post(code, now[code])
            now[code] += STEP / 2
        if refusals or (walk.next is None and not Delivery.objects.exclude(state=Delivery.APPLIED).exists()):
            break
    return walk, refusals


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=1), -timedelta(days=1)], ids=str)
def test_nothing_is_lost_when_the_clocks_disagree(now, ahead):
    now[NET] += ahead

    walk, refusals = dock(now)
    court, net = (Case.objects.get(platform=code, ref=walk.ref) for code in (COURT, NET))

    assert refusals == []
    assert walk.next is None
    assert (
        (court.head, court.entries, court.state)
        == (net.head, net.entries, net.state)
        == (court.head, walk.expected.total(), "PERFORMED")
    )
    assert (court.frozen, net.frozen) == ("", "")
    assert not Delivery.objects.exclude(state=Delivery.APPLIED).exists()
    assert not Request.objects.exclude(state=Request.DONE).exists()


def test_a_receiver_that_goes_by_the_clock_loses_what_a_slow_clock_wrote(now, monkeypatch):
    replay, forgotten = moves.replay, []

    def replay_what_is_newer(platform: str, entry: Any, carried: Any, *, case: Case, **more: Any) -> Any:
        last = case.events.order_by("-at").first() if case.pk else None
        if last and datetime.fromisoformat(entry["at"]) < last.at:
            forgotten.append(entry["number"])
            return last
        return replay(platform, entry, carried, case=case, **more)

    monkeypatch.setattr(moves, "replay", replay_what_is_newer)
    now[NET] -= timedelta(days=1)

    walk, _refusals = dock(now, looks=80)
    court, net = (Case.objects.get(platform=code, ref=walk.ref) for code in (COURT, NET))

    assert forgotten
    assert court.entries < net.entries
    assert walk.next is not None
