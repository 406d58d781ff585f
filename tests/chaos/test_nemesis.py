"""Two real deployments over HTTP while processes are killed with -9 and the network fails between them."""

from __future__ import annotations

import contextlib
import time
from collections import Counter

import pytest

from tests.chaos import checker
from tests.chaos.checker import COURT, NET
from tests.chaos.conftest import LONG
from tests.chaos.docking import Docking, Driver, Hands, Nemesis

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.xdist_group("chaos")]
CASES, KILLS, SECONDS = (2_000, 200, 3_600) if LONG else (60, 20, 120)
BROKEN = 0.1 if LONG else 0.25
"""Share of connections cut; more in the short profile, which has so few of them that a tenth might be none."""
PAUSE = (1.0, 5.0) if LONG else (0.5, 4.5)
PEER_IS_DEAD = 300 if LONG else 10
ALARM_A_MINUTE_LATER = """
from datetime import timedelta
from django.utils import timezone
from mediation.exchange import desk
print(desk.health("courtplatform", timezone.now() + timedelta(seconds=61)).alarm)
"""


def findings(docking: Docking, driver: Driver, expected: Counter[str] | None) -> list[str]:
    with contextlib.ExitStack() as stack:
        connections = {
            code: stack.enter_context(contextlib.closing(connection))
            for code, connection in docking.connections().items()
        }
        return checker.check(connections, driver.refs, driver.acknowledged, expected)


def test_nothing_is_lost_or_doubled_while_processes_are_killed_at_random(docking, record_property):
    driver, nemesis = Driver(docking, CASES), Nemesis(docking, seed=20261122, pause=PAUSE)
    driver.start(SECONDS)

    while sum(nemesis.kills.values()) < KILLS - 1 and driver.busy:
        nemesis.strike()
    driver.finish()
    while sum(nemesis.kills.values()) < KILLS:
        nemesis.strike()
    drained = docking.drain()
    record_property("kills", dict(nemesis.kills))
    record_property("seconds to drain after the last kill", round(drained, 1))
    print(f"R1: kills {dict(nemesis.kills)}, drained {drained:.1f} s after the last")

    assert findings(docking, driver, driver.walks[0].expected) == []


def test_nothing_is_lost_or_doubled_over_a_network_that_breaks_connections_at_a_random_byte(network):
    for proxy in network.proxies.values():
        proxy.broken = BROKEN
    driver = Driver(network, 200 if LONG else 8)
    driver.start(SECONDS)

    driver.finish()
    network.drain()
    cuts = sum(proxy.cuts for proxy in network.proxies.values())
    print(f"R4: {cuts} of {sum(len(proxy.knocks) for proxy in network.proxies.values())} connections cut")

    assert cuts > 0
    assert findings(network, driver, driver.walks[0].expected) == []


def test_an_outage_of_the_peer_fails_no_move_raises_an_alarm_and_does_not_storm_the_peer(network):
    driver, proxy, court = Driver(network, 4), network.proxies[NET], network.deployments[COURT]
    proxy.die()
    began = time.monotonic()
    driver.start(PEER_IS_DEAD + 120)

    # On a busy machine the first knock may come late: wait for it, then count over the whole span.
    while time.monotonic() < began + PEER_IS_DEAD or (not proxy.knocks and time.monotonic() < began + 120):
        time.sleep(0.2)
    knocks, seconds = len(proxy.knocks), time.monotonic() - began
    alarm = court.manage("shell", "--no-imports", "-c", ALARM_A_MINUTE_LATER).strip()
    proxy.revive()
    driver.finish()
    network.drain()
    print(f"R3: {knocks} requests in {seconds:.0f} s to a dead peer")

    assert alarm == "True"
    assert 1 <= knocks <= seconds + 1
    assert findings(network, driver, driver.walks[0].expected) == []


def test_the_checker_sees_what_is_lost_when_the_peer_is_told_only_on_commit(network):
    driver, court = Driver(network, 2, steps=6), network.deployments[COURT]
    honest, network.hands[COURT] = (
        network.hands[COURT],
        Hands(court.environment, court.state / "hands.log", "on-commit"),
    )
    network.proxies[NET].die()
    driver.start(60)

    driver.finish()
    network.proxies[NET].revive()
    network.drain()
    network.hands[COURT].kill()
    network.hands[COURT] = honest
    time.sleep(3)
    found = findings(network, driver, None)

    assert [fault for fault in found if f"lost, {NET} has no copy" in fault]
