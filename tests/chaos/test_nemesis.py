"""Two real deployments over HTTP while processes are killed with -9 and the network fails between them."""

from __future__ import annotations

import contextlib
import time
from collections import Counter

import pytest

from tests.chaos import checker
from tests.chaos.checker import COURT, NET
from tests.chaos.docking import Docking, Driver, Hands, Nemesis
from tests.figures import LONG

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]
CASES, STEPS, KILLS, SECONDS = (10_000, 7, 200, 7_200) if LONG else (5, None, 5, 120)
"""The first seven steps move a case on both platforms; the short profile walks its few cases to the end."""
BROKEN = 0.1 if LONG else 0.5
"""Share of connections cut; more in the short profile, which has so few of them that a tenth might be none."""
PAUSE = (1.0, 5.0) if LONG else (0.5, 2.5)
PEER_IS_DEAD = 300 if LONG else 5
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
    driver, nemesis = Driver(docking, CASES, steps=STEPS), Nemesis(docking, seed=20261122, pause=PAUSE)
    driver.start(SECONDS)

    while sum(nemesis.kills.values()) < KILLS - 1 and driver.busy:
        nemesis.strike()
    driver.finish()
    while sum(nemesis.kills.values()) < KILLS:
        nemesis.strike()
    drained = docking.drain()
    found = findings(docking, driver, driver.walks[0].expected)
    killed = ", ".join(f"{name} {times}" for name, times in sorted(nemesis.kills.items()))
    told = f"{len(driver.acknowledged):,} moves of {CASES:,} cases, {nemesis.kills.total()} kills ({killed})"
    record_property("figure", f"{told}, {len(found)} lost or doubled, drained in {drained:.1f} s")

    assert found == []
    assert nemesis.kills["postgres"] > 0
    assert drained <= 10 or not LONG


def test_nothing_is_lost_or_doubled_over_a_network_that_breaks_connections_at_a_random_byte(network, record_property):
    for proxy in network.proxies.values():
        proxy.broken = BROKEN
    found: list[str] = []
    # A busy machine tells much at once: where all went over a few whole connections, some more cases follow.
    for _round in range(5):
        driver = Driver(network, 200 if LONG else 4)
        driver.start(SECONDS)
        driver.finish()
        network.drain()
        cuts = sum(proxy.cuts for proxy in network.proxies.values())
        found += findings(network, driver, driver.walks[0].expected)
        if cuts:
            break
    knocks = sum(len(proxy.knocks) for proxy in network.proxies.values())
    record_property("figure", f"{cuts:,} of {knocks:,} connections cut, {len(found)} lost or doubled")

    assert cuts > 0
    assert found == []


def test_an_outage_of_the_peer_fails_no_move_raises_an_alarm_and_does_not_storm_the_peer(network, record_property):
    driver, proxy, court = Driver(network, 3), network.proxies[NET], network.deployments[COURT]
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
    record_property("figure", f"{knocks} requests in {seconds:.0f} s to a dead peer, 0 moves failed")

    assert alarm == "True"
    assert 1 <= knocks <= seconds + 1
    assert findings(network, driver, driver.walks[0].expected) == []


# Negative controls: a platform that tells its peer on commit, once and never again.


def lost_when_told_on_commit(network: Docking) -> list[str]:
    """Hand some cases over in that way, the network being as it is, mend it, and return which are lost."""
    driver, court = Driver(network, 4, steps=6), network.deployments[COURT]
    honest = network.hands[COURT]
    network.hands[COURT] = Hands(court.environment, court.state / "hands.log", "on-commit")
    driver.start(60)
    driver.finish()
    for proxy in network.proxies.values():
        proxy.broken = 0.0
        proxy.revive()
    network.drain()
    network.hands[COURT].kill()
    network.hands[COURT] = honest
    time.sleep(3)
    return [fault for fault in findings(network, driver, None) if f"lost, {NET} has no copy" in fault]


def test_the_checker_sees_what_an_outage_costs_when_the_peer_is_told_only_on_commit(network):
    network.proxies[NET].die()

    assert lost_when_told_on_commit(network)


def test_the_checker_sees_what_a_breaking_network_costs_when_nothing_is_told_again(network):
    network.proxies[NET].broken = 1.0

    assert lost_when_told_on_commit(network)
