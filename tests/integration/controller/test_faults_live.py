"""Faults as they are known in the real thing: a broker, the gateway's process, nodes that speak every second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.domain.facts import silent_after
from tests.support.broker import Broker
from tests.support.waiting import wait_for
from tests.support.watched import Watched, watched_site

HEARTBEAT_MS = 1000
BOUND = silent_after(HEARTBEAT_MS) + timedelta(seconds=2)
SLACK = 12.0
"""Seconds for a machine that does much besides."""


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Iterator[Watched]:
    """Eight nodes."""
    with watched_site(tmp_path / "office", broker, 8, HEARTBEAT_MS) as made:
        wait_for(lambda: made.alarms() == [], "all is well")
        yield made


def known(site: Watched, *alarms: tuple[str, str | None]) -> datetime:
    """When these alarms are known."""
    wait_for(lambda: set(alarms) <= set(site.alarms()), f"{alarms}", BOUND.total_seconds() + SLACK)
    return datetime.now(UTC)


@pytest.mark.timeout(180)
def test_each_fault_is_known_within_its_bound_grouped_where_many_have_one_cause_and_heals(site: Watched) -> None:
    begun = datetime.now(UTC)
    site.lights.kill("n0")
    site.lights.ail("n1", sound_ok=False)
    assert known(site, ("silent", "n0"), ("sound", "n1")) - begun <= BOUND + timedelta(seconds=SLACK)
    for node in ("n0", "n1"):
        site.lights.heal(node)

    site.broker.kill()
    known(site, ("broker", None))
    site.broker.start()
    wait_for(lambda: ("broker", None) not in site.alarms(), "the broker is back, and all nodes", 60.0)

    crowd = ("n2", "n3", "n4", "n5")
    for node in crowd:
        site.lights.cut_off(node)
    known(site, ("together", None))
    assert not [node for kind, node in site.alarms() if kind == "silent" and node in crowd]
    for node in crowd:
        site.lights.heal(node)
    wait_for(lambda: site.alarms() == [], "all have healed", 60.0)
    told = [(row.kind, row.life) for row in site.faults()]
    assert [kind for kind, _ in told if kind in ("broker", "together")] == ["broker", "together"]
    assert {life for _, life in told} == {"resolved"}
