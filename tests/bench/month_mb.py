"""`python -m tests.bench.month_mb --minutes 30`: the megabytes that one node of the 4G profile costs in a month.

A real node behind a line of its own, over TLS, a real broker and gateway; nft counts at the node's end, both ways, with
the headers of IP. Audio is not fetched. Calm time is measured for so many minutes and scaled; a connection, and a
broadcast that is decided, planned, aired and told, are measured apart, and as many of them added as a day may have.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from playlists.reports import Closed
from tests.support.apart import Apart, running_apart
from tests.support.netns import Line
from tests.support.speech import Speech
from tests.support.waiting import wait_for

NAME, GOAL_MB = "link_mb_per_month", 30.0
DAYS = 30
CONNECTIONS_A_DAY = 16
"""Ten, and the hourly question whether anybody hears us, which costs about a fifth of one."""
AIRINGS_A_DAY = 12
SETTLE_S = 10.0


def main(arguments: list[str]) -> int:
    """Print one JSON line; 0 only if the goal is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.month_mb", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args(arguments).minutes
    with tempfile.TemporaryDirectory() as folder:
        speech = Speech(Path(folder), 5.0, 1)
        with running_apart(Path(folder) / "site", [None], speech, mobile=True) as apart:
            found = measure(apart, speech, minutes * 60)
    print(json.dumps(found), flush=True)
    return 0 if float(str(found["value"])) <= GOAL_MB else 1


def measure(apart: Apart, speech: Speech, seconds: float) -> dict[str, object]:
    """What passes in so many seconds, and what one connection costs, scaled to a month."""
    line, node = apart.lines[0], apart.site.nodes[0]
    node.stop()
    line.count()
    node.start()
    node.ready()
    connection = _settled(line, 0)
    time.sleep(seconds)
    calm = _bytes(line) - connection
    apart.site.air("month00001", speech, time.time_ns() // 1_000_000 + 20_000)
    wait_for(lambda: node.facts(Closed) and apart.site.knows_all(node), "it came out, and the office knows", 60)
    airing = _settled(line, connection + calm)
    a_day = calm * 86_400 / seconds + connection * CONNECTIONS_A_DAY + airing * AIRINGS_A_DAY
    return {
        "figure": NAME,
        "value": round(a_day * DAYS / 1e6, 2),
        "unit": "MB",
        "goal": f"<= {GOAL_MB:.0f}",
        "minutes": seconds / 60,
        "bytes": {"calm": calm, "connection": connection, "airing": airing},
        "a_day": {"connections": CONNECTIONS_A_DAY, "airings": AIRINGS_A_DAY},
        "packets_and_bytes": line.counted(),
    }


def _bytes(line: Line) -> int:
    return sum(size for _, size in line.counted().values())


def _settled(line: Line, before: int) -> int:
    """Bytes beyond `before` once something passed and then nothing more for some seconds."""
    seen = [before]

    def calm() -> bool:
        seen.append(_bytes(line))
        time.sleep(SETTLE_S)
        return _bytes(line) == seen[-1] > before

    wait_for(calm, "the line is calm", 120)
    return seen[-1] - before


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
