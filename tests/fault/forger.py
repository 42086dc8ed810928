"""`python -m tests.fault.forger --messages 10000`: a broker whose owner is hostile, against a real node, paced.

The owner hears all that goes over his broker and writes to a node what he makes of it: forged, mutated, truncated,
spliced, documents of another node, old numbers, answers to questions that nobody asks any more, each on any topic. The
node itself counts what it refuses; its recordings and its relay say whether anything came of it. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

from controller.storage.engine import transact
from controller.storage.tables import NodeRow
from playlists.reports import Accepted, Welcomed
from playlists.topics import Lane, Topics
from tests.support.fleet import SITE
from tests.support.forging import Forger, sorted_out
from tests.support.site import Site, running_site
from tests.support.speech import Speech, seconds_heard
from tests.support.stranger import Stranger
from tests.support.waiting import wait_for

TOPICS = Topics(SITE)
ZONES = ("z-commune", "z-h-n0")
HOUR_MS = 3_600_000
HEARTBEAT_MS = 2_000
AHEAD, CHECKED = 600, 100


@dataclass(frozen=True)
class Poured:
    """How many were written, by the way in which they were made, and how many the node refused in that time."""

    ways: Counter[str]
    refused: int
    accepted: int


def pour(site: Site, stranger: Stranger, messages: int, rate: float, seed: int = 1) -> Poured:
    """So many forgeries for the first node, at most `rate` a second; waits until the node has counted them.

    Never more than AHEAD that it has not counted: what a broker cannot hold for a slow node it drops, uncounted.
    """
    node, before = site.nodes[0], _refused(site)
    accepted = len(node.facts(Accepted))
    heard = sorted_out(_documents(stranger), "n0", ZONES, SITE)
    forger = Forger(seed, heard, SITE, "n0", ZONES[0], site.key_names())
    ways: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(messages):
        made = forger.next()
        ways[made.way] += 1
        if number % CHECKED == 0:
            wait_for(lambda n=number: _refused(site) - before >= n - AHEAD, "the node keeps up", 60)  # type: ignore[misc]
        stranger.write(_topic(made.lane, number), made.data)
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
    wait_for(lambda: _refused(site) - before >= messages, "the node has counted them all", 60)
    return Poured(ways, _refused(site) - before, len(node.facts(Accepted)) - accepted)


def _documents(stranger: Stranger) -> list[bytes]:
    """What came down, in the order in which it was heard."""
    lanes = ("/plan", "/msg", "/office", "/office-emergency")
    genuine = [each for each in list(stranger.kept) if each.payload.count(b".") == 2 and len(each.payload) > 200]
    return [each.payload for each in genuine if each.topic.endswith(lanes) and each.payload.startswith(b"eyJ")]


def _topic(lane: Lane, number: int) -> str:
    if lane is not Lane.ALERT:
        return TOPICS.node("n0", lane)
    return TOPICS.alert(ZONES[number % 2], ("office", "office-emergency")[number // 2 % 2])


def _refused(site: Site) -> int:
    """What the node says of itself."""
    condition = site.condition(site.nodes[0])
    return int((condition.status or {}).get("refused", 0)) if condition is not None else 0


def scene(site: Site, stranger: Stranger, speech: Speech) -> None:
    """Some history for him to hear: plans that are old by now, a node that came back, and nothing that is due.

    The nodes speak often: what they refused is counted in their heartbeats, by default one a minute.
    """
    often = update(NodeRow).values(settings={"heartbeat": HEARTBEAT_MS})
    transact(site.engine, lambda session: session.execute(often))
    site.hold(speech)
    for number in range(2, 6):
        site.air(f"later{number:05}", speech, time.time_ns() // 1_000_000 + HOUR_MS)
        site.planned(number)
    node = site.nodes[0]
    node.stop()
    node.start()
    node.ready()
    wait_for(lambda: any(each.topic == TOPICS.node("n0", Lane.MSG) for each in list(stranger.kept)), "a Welcome", 20)
    assert node.facts(Welcomed)


def main(arguments: Sequence[str]) -> int:
    """Print one JSON line; 0 only if the node refused them all and nothing sounded."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault.forger", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, running_site(Path(name) / "site", 2) as site:
        stranger = Stranger(site.broker.port)
        try:
            scene(site, stranger, Speech(Path(name), 2.0, 61))
            began = time.monotonic()
            poured = pour(site, stranger, asked.messages, asked.rate, asked.seed)
            took = time.monotonic() - began
        finally:
            stranger.leave()
        edges = sum(len(node.relay()) for node in site.nodes)
        heard = sum(seconds_heard(node) for node in site.nodes)
    taken = poured.accepted + edges + heard
    said = {"figure": "forged_at_a_broker", "value": taken, "goal": "== 0", "messages": asked.messages,
            "refused_by_the_node": poured.refused, "accepted": poured.accepted, "relay_edges": edges,
            "seconds_heard": heard, "ways": dict(poured.ways.most_common()), "seconds": round(took, 1)}  # fmt: skip
    print(json.dumps(said), flush=True)
    return 0 if taken == 0 and poured.refused >= asked.messages else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
