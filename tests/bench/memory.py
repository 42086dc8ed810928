"""`python -m tests.bench.memory --minutes 120`: whether a node's memory grows while it airs and takes plans.

A real node over a real broker airs ninety seconds every three minutes and takes a new plan after each. Every ten
seconds the memory of its three processes is read, as it were if nobody else ran: Pss itself rises by tens of MB when a
stranger ends who had mapped the same libraries. The last quarter's mean may be 2 MB above the first's, and no process
may be another than at the beginning.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from playlists.models import AssetItem
from tests.bench.bench_node import held
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import running_broker
from tests.support.office import Office, broadcast
from tests.support.processes import alone_mb, by_module, pss_mb

Items = tuple[AssetItem, ...]
Look = dict[str, float]
"""MB by part: `agent`, `sound` and `guard` for themselves, `files` that they map; `pss`: of all three."""
NAME, GOAL_MB = "node_memory_growth_mb", 2.0
EVERY_S, LOOK_S, SETTLE_S = 180, 10.0, 60.0
PARTS = ("agent", "sound", "guard", "files")
MODULES = {"sound": "speaker_node.sound", "guard": "speaker_node.amplifier"}


@dataclass(frozen=True, slots=True)
class Grown:
    """By how much the last quarter's mean is above the first's, both, and both of each part."""

    value: float
    quarters: tuple[float, float]
    parts: dict[str, tuple[float, float]]
    looks: int


def main(arguments: list[str]) -> int:
    """Print one JSON line; 0 only if the goal is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--looks", action="store_true", help="print each look to stderr")
    asked = parser.parse_args(arguments)
    looks = []
    for look in _watched(asked.minutes * 60):
        looks.append(look)
        if asked.looks:
            print(json.dumps(look), file=sys.stderr, flush=True)
    found = grown(looks)
    goal = {"figure": NAME, "unit": "MB", "goal": f"<= {GOAL_MB:.0f}", "minutes": asked.minutes}
    print(json.dumps(goal | asdict(found)), flush=True)
    return 0 if found.value <= GOAL_MB else 1


def grown(looks: Sequence[Look]) -> Grown:
    """What the looks say of growth; there are at least four."""
    quarter = len(looks) // 4
    first, last = looks[:quarter], looks[-quarter:]
    parts = {name: (_mean(first, name), _mean(last, name)) for name in (*PARTS, "pss")}
    quarters = _mean(first, *PARTS), _mean(last, *PARTS)
    return Grown(round(quarters[1] - quarters[0], 2), quarters, parts, len(looks))


def _mean(looks: Sequence[Look], *parts: str) -> float:
    return round(mean(sum(look[part] for part in parts) for look in looks), 2)


def _watched(seconds: float) -> Iterator[Look]:
    """A node at work, looked at."""
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder, "broker")) as broker:
        office = Office()
        agent = Agent(Path(folder, "node"), office, broker.port)
        items = held(agent, Path(folder))
        agent.hold_plan(office.plan(time.time_ns() // 1_000_000))
        with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
            yield from _looks(agent, there, items, seconds)


def _looks(agent: Agent, there: OfficeAtBroker, items: Items, seconds: float) -> Iterator[Look]:
    """What the three processes have, every so often; meanwhile plan after plan is given."""
    time.sleep(SETTLE_S)
    ends, planned, first = time.monotonic() + seconds, 0.0, _processes(agent)
    while time.monotonic() < ends:
        if time.monotonic() - planned > EVERY_S:
            planned = time.monotonic()
            _plan(there, items)
        assert _processes(agent) == first, "no process was started anew"
        yield _look(first)
        time.sleep(LOOK_S)


def _processes(agent: Agent) -> dict[str, int]:
    """Process ids of the node by the name of their part."""
    found = by_module(agent.pid)
    return {"agent": agent.pid, **{part: found[module] for part, module in MODULES.items() if module in found}}


def _look(processes: dict[str, int]) -> Look:
    own, files = alone_mb(processes.values())
    return {part: own[pid] for part, pid in processes.items()} | {"files": files, "pss": pss_mb(processes.values())}


def _plan(there: OfficeAtBroker, items: Items) -> None:
    """A new plan: an airing in a quarter of a minute."""
    now = time.time_ns() // 1_000_000
    there.give(there.office.plan(now, broadcast(f"b{now}"[:10], items, now + 15_000)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
