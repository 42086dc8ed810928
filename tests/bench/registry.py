"""Finds the figures: each module tests/bench/bench_*.py names its own in FIGURES."""

import importlib
import pkgutil

from tests import bench
from tests.bench.figures import Figure


def figures() -> dict[str, Figure]:
    """All figures by name, in the order of their modules."""
    found: dict[str, Figure] = {}
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name.startswith("bench_"):
            own: tuple[Figure, ...] = importlib.import_module(f"tests.bench.{module.name}").FIGURES
            found |= {figure.name: figure for figure in own}
    return found
