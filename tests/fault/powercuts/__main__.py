"""`python -m tests.fault.powercuts --cuts N`: power cuts on both stores, half on each; prints one JSON line."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fault.powercuts import node, office
from tests.fault.powercuts.recording import record
from tests.fault.powercuts.replay import Check, Outcome, replay

CHECKS: dict[str, Check] = {"node": node.lost_and_torn, "office": office.lost_and_torn}
CUTS_OF_ONE = 250
"""Cuts of one recording; the next has another seed."""


def cut(store: str, cuts: int, seed: int, commits: int, memory: Path = Path("/dev/shm")) -> Outcome:
    """So many cuts on one store, from as many recordings as they want."""
    outcome = Outcome()
    while outcome.cuts < cuts:
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            log = record(store, Path(folder), seed, commits)
            few = min(CUTS_OF_ONE, cuts - outcome.cuts)
            outcome.add(replay(log, few, random.Random(seed), CHECKS[store], Path(folder)))
        seed += 1
    return outcome


def main() -> int:
    """0 only if nothing was lost and nothing torn."""
    arguments = argparse.ArgumentParser(prog="python -m tests.fault.powercuts", description=__doc__)
    arguments.add_argument("--cuts", type=int, default=2000, help="in all, as many on each store")
    arguments.add_argument("--store", choices=CHECKS, help="this one only")
    arguments.add_argument("--seed", type=int, default=1, help="of the first recording")
    arguments.add_argument("--commits", type=int, default=150, help="of each recording")
    asked = arguments.parse_args()
    began = time.monotonic()
    stores = [asked.store] if asked.store else list(CHECKS)
    found = {store: cut(store, -(-asked.cuts // len(stores)), asked.seed, asked.commits) for store in stores}
    line = {
        "figure": "power_cuts",
        "cuts": sum(each.cuts for each in found.values()),
        "acknowledged_lost": sum(len(each.lost) for each in found.values()),
        "torn": sum(len(each.torn) for each in found.values()),
        "stores": {store: {"cuts": each.cuts, "acknowledgements": each.marks} for store, each in found.items()},
        "seed": asked.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(line))
    for each in found.values():
        for what in (*each.lost, *each.torn):
            print(what, file=sys.stderr)
    return 1 if line["acknowledged_lost"] or line["torn"] else 0


if __name__ == "__main__":
    sys.exit(main())
