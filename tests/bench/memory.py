"""`python -m tests.bench.memory --minutes 120`: whether a node's memory grows while it airs and takes plans.

A real node over a real broker airs ninety seconds every three minutes and takes a new plan after each. Every ten
seconds the memory (Pss) of its three processes is read; the last quarter's mean may be 2 MB above the first's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from playlists.models import AssetItem
from tests.bench.bench_node import held
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import running_broker
from tests.support.office import Office, broadcast
from tests.support.processes import family, pss_mb

Items = tuple[AssetItem, ...]
NAME, GOAL_MB = "node_memory_growth_mb", 2.0
EVERY_S, LOOK_S, SETTLE_S = 180, 10.0, 60.0


def main(arguments: list[str]) -> int:
    """Print one JSON line; 0 only if the goal is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    minutes = parser.parse_args(arguments).minutes
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder, "broker")) as broker:
        office = Office()
        agent = Agent(Path(folder, "node"), office, broker.port)
        items = held(agent, Path(folder))
        agent.hold_plan(office.plan(time.time_ns() // 1_000_000))
        with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
            looks = list(_looks(agent, there, items, minutes * 60))
    quarter = len(looks) // 4
    first, last = mean(looks[:quarter]), mean(looks[-quarter:])
    found = {"figure": NAME, "value": round(last - first, 2), "unit": "MB", "goal": f"<= {GOAL_MB:.0f}",
             "minutes": minutes, "quarters": [round(first, 2), round(last, 2)], "looks": len(looks)}  # fmt: skip
    print(json.dumps(found), flush=True)
    return 0 if last - first <= GOAL_MB else 1


def _looks(agent: Agent, there: OfficeAtBroker, items: Items, seconds: float) -> Iterator[float]:
    """The memory of the three processes in MB, every so often; meanwhile plan after plan is given."""
    time.sleep(SETTLE_S)
    ends, planned = time.monotonic() + seconds, 0.0
    while time.monotonic() < ends:
        if time.monotonic() - planned > EVERY_S:
            planned = time.monotonic()
            _plan(there, items)
        pids = family(agent.pid)
        assert len(pids) == 3, "agent, sound and guard live"
        yield pss_mb(pids)
        time.sleep(LOOK_S)


def _plan(there: OfficeAtBroker, items: Items) -> None:
    """A new plan: an airing in a quarter of a minute."""
    now = time.time_ns() // 1_000_000
    there.give(there.office.plan(now, broadcast(f"b{now}"[:10], items, now + 15_000)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
