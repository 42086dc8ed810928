"""`./loa simulate`: a seeded commune under a virtual clock, broken at every turn, and an oracle that hears."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.running import Outcome
    from tests.simulation.world import Options


def parser() -> argparse.ArgumentParser:
    """The verb's arguments."""
    arguments = argparse.ArgumentParser(prog="./loa simulate", description=__doc__)
    arguments.add_argument("--seeds", default="1..10", metavar="A..B", help="these seeds, both included")
    arguments.add_argument("--nodes", type=int, default=5, metavar="N")
    arguments.add_argument("--days", type=int, default=7, metavar="D")
    arguments.add_argument("--jobs", type=int, default=1, metavar="N", help="over so many processes")
    arguments.add_argument("--bug", default="", metavar="NAME", help="with a planted bug")
    arguments.add_argument("--scripted", action="store_true", help="a small office without a database")
    arguments.add_argument("--bugs", action="store_true", help="list the planted bugs")
    arguments.add_argument(
        "--catch", nargs="*", metavar="NAME", help="run planted bugs, all without a NAME, over seeds"
    )
    arguments.add_argument("--each", type=int, default=0, metavar="N", help="a line of its own for every N seeds")
    arguments.add_argument("--add", nargs="+", metavar="FILE", help="add up the lines of runs over disjoint seeds")
    arguments.add_argument("--trace", action="store_true", help="tell a hash of all that happened")
    arguments.add_argument("--kept", action="store_true", help="run every seed that once failed")
    arguments.add_argument("--yes", action="store_true", help="install what is missing without asking")
    return arguments


def main(arguments: Sequence[str]) -> int:
    """0 only if nothing that must never be was seen; with a planted bug, if nothing was seen of it."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *arguments])
    asked = parser().parse_args(arguments)
    from tests.simulation.bugs import BUGS
    from tests.simulation.running import kept, seeds
    from tests.simulation.world import Options

    if asked.bug and asked.bug not in BUGS:
        print(f"no such bug: {asked.bug}; --bugs lists them", file=sys.stderr)
        return 2
    if asked.bugs:
        return _list()
    if asked.catch is not None:
        return _catch(asked.catch or list(BUGS), asked.jobs)
    if asked.add:
        return _add(asked.add)
    first, last = map(int, asked.seeds.split(".."))
    like = Options(0, asked.nodes, asked.days, asked.bug, scripted=asked.scripted)
    options = kept() if asked.kept else list(seeds(first, last, like))
    return _run(options, asked.jobs, asked.each or len(options), trace=asked.trace)


def _run(options: Sequence[Options], jobs: int, each: int, *, trace: bool) -> int:
    """Seeds in order, and a line for so many of each: what ended before a run was broken off counts."""
    from tests.simulation.running import commit, run_all, summary

    if not options:
        print("no seed is kept", flush=True)
    violations, outcomes, of = 0, [], commit()
    for done, outcome in enumerate(run_all(options, jobs), 1):
        outcomes.append(outcome)
        if outcome.violations:
            _tell(outcome)
        violations += len(outcome.violations)
        if len(outcomes) == each or done == len(options):
            told = {**summary(outcomes), "commit": of}
            if trace:
                told["trace"] = [one.digest for one in outcomes]
            print(json.dumps(told), flush=True)
            outcomes = []
    return 1 if violations else 0


def _add(files: Sequence[str]) -> int:
    from tests.simulation.running import added

    told = added(line for file in files for line in Path(file).read_text().splitlines())
    print(json.dumps(told), flush=True)
    return 1 if told["violations"] else 0


def _tell(outcome: Outcome) -> None:
    from tests.simulation.running import keep

    print(f"seed {outcome.options.seed}: {len(outcome.violations)} violations", flush=True)
    for line in outcome.violations[:5]:
        print(f"  {line}", flush=True)
    if not outcome.options.bug:
        print(f"  kept in {keep(outcome)}", flush=True)


def _list() -> int:
    from tests.simulation.bugs import BUGS

    for name, bug in BUGS.items():
        print(f"{name:22} {bug.what} (within {bug.seeds} seeds of {bug.nodes} nodes, {bug.days} days)")
    return 0


def _catch(names: Sequence[str], jobs: int) -> int:
    from tests.simulation.running import hunt

    caught = {}
    for name in names:
        seed, how = hunt(name, jobs)
        caught[name] = seed
        print(f"{name}: {f'seed {seed}: {how}' if seed else 'NOT CAUGHT'}", flush=True)
    print(json.dumps({"bugs": len(caught), "caught": sum(seed is not None for seed in caught.values())}), flush=True)
    return 0 if all(caught.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
