"""How many days of a node the simulated world passes in a second of one core, office, broker and oracle with it."""

from tests.bench.figures import Figure, Measured
from tests.simulation.running import run
from tests.simulation.world import Options

SEEDS = (1, 2, 3)
NODES, DAYS = 10, 7
LEAST_A_DAY, MOST_EDITS_A_DAY = 10, 2


def pace() -> Measured:
    """Node-days a second in the standard world; its plays, faults and edits are what the promise says."""
    paces = []
    for seed in SEEDS:
        outcome = run(Options(seed, NODES, DAYS))
        days, counts = NODES * DAYS, outcome.counts
        assert not outcome.violations
        assert min(counts["owed"], counts["faults"]) >= LEAST_A_DAY * days
        assert counts["edits"] <= MOST_EDITS_A_DAY * days
        paces.append(days / outcome.seconds)
    return Measured(sum(paces) / len(paces), tuple(paces))


FIGURES = (Figure("simulation_pace", "node-days/s", ">= 10", pace),)
