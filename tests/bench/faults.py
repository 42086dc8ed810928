"""`python -m tests.bench.faults`: how long after it happened a fault is known at the office.

A real broker, the gateway's own process, many light nodes of the LAN profile (a heartbeat every ten seconds) that fall
ill at random moments of six causes, many at a time. A fault counts as known when a reader of the database sees it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playlists.reports import AmplifierFault, Clock, StoreState, Trust
from tests.support.broker import running_broker
from tests.support.watched import Watched, watched_site

GOAL_S = 30.0
HEARTBEAT_MS = 10_000
TRIALS, OVER_S = 240, 120.0
LATEST_S = 90.0
"""How long a fault may take until it counts as never known."""
LOOK_S = 0.25

_UNTRUSTED = Clock(wall=1000, trust=Trust.UNTRUSTED, bound=90_000)
CAUSES: Mapping[str, tuple[str, Callable[[Watched, str], None]]] = {
    "killed": ("silent", lambda site, node: site.lights.kill(node)),
    "partition": ("silent", lambda site, node: site.lights.cut_off(node)),
    "sound dead": ("sound", lambda site, node: site.lights.ail(node, sound_ok=False, sound_error="it hangs")),
    "disk full": ("store", lambda site, node: site.lights.ail(node, store=StoreState.FULL)),
    "relay stuck": (
        "amplifier", lambda site, node: site.lights.ail(node, amplifier_fault=AmplifierFault.STUCK_OPEN)
    ),
    "clock untrusted": ("clock", lambda site, node: site.lights.ail(node, clock=_UNTRUSTED)),
}  # fmt: skip


@dataclass
class Trial:
    """One node, one cause: when it is to happen, happened and was known (monotonic s)."""

    node: str
    cause: str
    at: float
    began: float | None = None
    known: float | None = None

    @property
    def took(self) -> float:
        """Seconds; without end if it was never known."""
        return math.inf if self.began is None or self.known is None else self.known - self.began


def main(arguments: list[str]) -> int:
    """Print one JSON line; 0 only if the goal is kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--over", type=float, default=OVER_S, help="seconds within which they happen")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    dice = random.Random(wanted.seed)
    with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder) / "broker") as broker:  # noqa: SIM117
        with watched_site(Path(folder) / "office", broker, wanted.trials, HEARTBEAT_MS) as site:
            trials = run(site, _planned(wanted.trials, wanted.over, dice))
    print(json.dumps(measured(trials)), flush=True)
    return 0 if percentile(trials) <= GOAL_S else 1


def _planned(count: int, over: float, dice: random.Random) -> list[Trial]:
    causes = list(CAUSES)
    return [Trial(f"n{each}", causes[each % len(causes)], dice.uniform(0, over)) for each in range(count)]


def run(site: Watched, trials: list[Trial]) -> list[Trial]:
    """Let them happen, and look until all are known or too late."""
    start = time.monotonic()
    while any(trial.known is None for trial in trials):
        now = time.monotonic() - start
        for trial in trials:
            if trial.began is None and trial.at <= now:
                CAUSES[trial.cause][1](site, trial.node)
                trial.began = now
        _look(site, trials, time.monotonic() - start)
        if now > max(trial.at for trial in trials) + LATEST_S:
            break
        time.sleep(LOOK_S)
    return trials


def _look(site: Watched, trials: list[Trial], now: float) -> None:
    rows = [row for row in site.faults() if row.life in ("new", "acknowledged")]
    own = {(row.kind, row.node_id) for row in rows}
    together = {("silent", node) for row in rows if row.kind == "together" for node in row.members}
    for trial in trials:
        if trial.began is not None and trial.known is None and (CAUSES[trial.cause][0], trial.node) in own | together:
            trial.known = now


def percentile(trials: list[Trial]) -> float:
    """The 99th percentile in seconds."""
    took = sorted(trial.took for trial in trials)
    return took[math.ceil(0.99 * len(took)) - 1]


def measured(trials: list[Trial]) -> dict[str, object]:
    """The figure: the 99th percentile, the worst, and the worst of each cause."""
    worst = max(trial.took for trial in trials)
    by_cause = {cause: _shown(max(each.took for each in trials if each.cause == cause)) for cause in CAUSES}
    return {
        "figure": "fault_known_p99_s", "value": _shown(percentile(trials)), "unit": "s", "goal": f"<= {GOAL_S:g}",
        "worst": _shown(worst), "trials": len(trials), "worst_by_cause": by_cause,
    }  # fmt: skip


def _shown(seconds: float) -> float | None:
    return round(seconds, 2) if math.isfinite(seconds) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
