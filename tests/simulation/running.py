"""Seeds run one by one or over processes, added up, and kept where they fail."""

from __future__ import annotations

import gc
import json
import multiprocessing
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.simulation.bugs import BUGS, planted
from tests.simulation.world import Options, World, virtual

HERE = Path(__file__).parent
SEEDS = HERE / "seeds"
LAST_LINES = 40
COUNTED = ("owed", "played", "lost", "doubled", "faults", "forged", "edits", "edges")
RARELY = 100_000
"""Allocations between two looks for garbage: a world is thrown away whole."""


@dataclass(frozen=True)
class Outcome:
    """What became of one seed. `seconds` of processor time, `digest` of the trace."""

    options: Options
    counts: Counter[str]
    violations: tuple[str, ...]
    digest: str
    seconds: float
    lines: tuple[str, ...] = ()


def run(options: Options) -> Outcome:
    """One world from begin to judgement."""
    gc.collect()
    gc.set_threshold(RARELY)
    began = time.process_time()
    with virtual(options.seed), planted(options.bug) as plant:
        world = World(options)
        plant(world)
        world.run()
    oracle, kernel = world.oracle, world.kernel
    lines = tuple(kernel.lines)[-LAST_LINES:] if oracle.wrongs else ()
    seconds = time.process_time() - began
    return Outcome(options, oracle.counts, tuple(oracle.wrongs), kernel.digest, seconds, lines)


def run_all(options: Iterable[Options], jobs: int) -> Iterator[Outcome]:
    """All of them, in order."""
    if jobs <= 1:
        yield from map(run, options)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(run, options)


def seeds(first: int, last: int, like: Options) -> Iterator[Options]:
    """The same world with each seed of a range."""
    return (replace(like, seed=seed) for seed in range(first, last + 1))


def summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The one line that a run ends with."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts += outcome.counts
    days = sum(each.options.nodes * each.options.days for each in outcomes)
    failed = [each.options.seed for each in outcomes if each.violations]
    seconds = sum(each.seconds for each in outcomes)
    first = outcomes[0].options
    return {
        "seeds": [first.seed, outcomes[-1].options.seed],
        "nodes": first.nodes,
        "days": first.days,
        "node_days": days,
        **{name: counts[name] for name in COUNTED},
        "violations": sum(len(each.violations) for each in outcomes),
        "pace": round(days / seconds, 2) if seconds else 0,
        "failed": failed,
    }


def added(lines: Iterable[str]) -> dict[str, object]:
    """What the lines of many runs come to; ValueError where one seed of a world counts twice."""
    told = [json.loads(line) for line in lines if line.startswith("{")]
    ranges = sorted((each["nodes"], each["days"], *each["seeds"]) for each in told)
    for (*world, _, last), (*other, first, _) in pairwise(ranges):
        if world == other and first <= last:
            raise ValueError(f"seed {first} of {world[0]} nodes and {world[1]} days counts twice")
    sums = {name: sum(each[name] for each in told) for name in ("node_days", *COUNTED, "violations")}
    commits = sorted({str(each.get("commit", "")) for each in told})
    return {"lines": len(told), **sums, "commits": commits}


def commit() -> str:
    """The commit of this tree; empty where nobody knows."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE, check=False
    )
    return done.stdout.strip()


def keep(outcome: Outcome, folder: Path = SEEDS) -> Path:
    """A failing seed becomes a file, which is run for ever."""
    options = outcome.options
    file = folder / f"{options.seed}-{options.nodes}x{options.days}.json"
    folder.mkdir(exist_ok=True)
    told = {**asdict(options), "violations": outcome.violations[:10], "lines": outcome.lines}
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return file


def kept(folder: Path = SEEDS) -> list[Options]:
    """Every seed that once failed."""
    fields = (json.loads(file.read_text()) for file in sorted(folder.glob("*.json")))
    return [Options(each["seed"], each["nodes"], each["days"], scripted=each["scripted"]) for each in fields]


def hunt(name: str, jobs: int) -> tuple[int | None, str]:
    """The first of a planted bug's seeds that shows it by what it breaks, and how; None: it lives."""
    bug = BUGS[name]
    found = run_all(map(partial(_with_bug, name), range(1, bug.seeds + 1)), jobs)
    for outcome in found:
        for line in outcome.violations:
            if any(words in line for words in bug.shows):
                return outcome.options.seed, line
    return None, ""


def _with_bug(name: str, seed: int) -> Options:
    bug = BUGS[name]
    return Options(seed, bug.nodes, bug.days, name, scripted=bug.scripted)
