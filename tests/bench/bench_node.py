"""What a node takes of its machine: memory in a programme, processor time while nothing sounds, time until it is there.

All three processes of a real node count: agent, sound and guard.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playlists.models import Asset, AssetItem
from tests.bench.figures import Figure, Measured
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import running_broker
from tests.support.office import Office, asset_item, broadcast
from tests.support.processes import cpu_seconds, family, pss_mb
from tests.support.sounding import OPUS, encode, speechlike
from tests.support.waiting import wait_for

WINDOW_S = 60.0
SETTLE_S = 5.0
"""Imports and the first connection are no idling."""
ITEM_S, ITEMS = 15, 6
BOOTS = 7
SECOND = 1000


def pss() -> Measured:
    """MB of the three, so many seconds into a programme."""
    with _node() as (agent, start), running(agent):
        wait_for(lambda: bool(agent.relay()), "the programme begins", 15)
        time.sleep(max(0.0, start / 1000 + WINDOW_S - time.time()))
        pids = family(agent.pid)
        each = tuple(pss_mb([pid]) for pid in pids)
        assert len(pids) == 3
        assert agent.relay()[-1]["closed"]
    return Measured(sum(each), each)


def idle_cpu() -> Measured:
    """Percent of one processor, over a minute: connected, welcomed, its plan far away, the device fed with silence."""
    with _node(3600) as (agent, _), running(agent):
        time.sleep(SETTLE_S)
        pids = family(agent.pid)
        assert len(pids) == 3
        before, began = [cpu_seconds([pid]) for pid in pids], time.monotonic()
        time.sleep(WINDOW_S)
        spent = time.monotonic() - began
        each = tuple((cpu_seconds([pid]) - was) * 100 / spent for pid, was in zip(pids, before, strict=True))
    return Measured(sum(each), each)


def ready() -> Measured:
    """Seconds from the start of the process until it says that it is whole, with documents held; the median boot."""
    with _node(3600) as (agent, _):
        took = tuple(_boot(agent) for _ in range(BOOTS))
    return Measured(median(took), took)


def _boot(agent: Agent) -> float:
    began = time.monotonic()
    agent.start()
    try:
        agent.ready()
        return time.monotonic() - began
    finally:
        agent.stop()


@contextmanager
def _node(ahead_s: int = 8) -> Iterator[tuple[Agent, int]]:
    """A node that holds a programme which begins so many seconds ahead (and its instant), with broker and office."""
    with tempfile.TemporaryDirectory() as name:
        folder, office = Path(name), Office()
        with running_broker(folder / "broker") as broker:
            agent, start = laid(folder, office, broker.port, ahead_s)
            with OfficeAtBroker(office, broker.port, agent.key):
                yield agent, start


def laid(folder: Path, office: Office, port: int, ahead_s: int) -> tuple[Agent, int]:
    """A node that holds ninety seconds of speech, to begin so many seconds ahead; the instant."""
    agent = Agent(folder / "node", office, port)
    row = held(agent, folder)
    now = time.time_ns() // 1_000_000
    start = now + ahead_s * SECOND
    agent.hold_plan(office.plan(now, broadcast("abc", row, start)))
    return agent, start


def held(agent: Agent, folder: Path) -> tuple[AssetItem, ...]:
    """Ninety seconds of speech that a node has on its disk."""
    row = []
    for seed in range(ITEMS):
        samples = speechlike(ITEM_S, seed)
        data = encode(samples, folder / "speech.ogg", *OPUS).read_bytes()
        asset = Asset(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), frames=len(samples))
        agent.hold_asset(asset, data)
        row.append(asset_item(asset))
    return tuple(row)


FIGURES = (
    Figure("node_pss_mb", "MB", "<= 140", pss),
    Figure("node_idle_cpu_percent", "%", "<= 1.5", idle_cpu),
    Figure("node_ready_s", "s", "<= 2", ready),
)
