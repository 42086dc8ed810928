"""A figure keeps its promise or does not, and says so in one line of JSON."""

import json

import pytest

from tests.bench.figures import Figure, Measured
from tests.bench.registry import figures


def figure(goal: str) -> Figure:
    return Figure("skew_ms", "ms", goal, lambda: Measured(1.0, (1.0,)))


@pytest.mark.parametrize(
    ("goal", "value", "holds"),
    [("<= 5", 5.0, True), ("<= 5", 5.01, False), (">= 0.6", 0.6, True), (">= 0.6", 0.5, False), ("== 0", 0, True)],
)
def test_a_goal_names_its_comparison(goal: str, value: float, holds: bool) -> None:
    assert figure(goal).holds(Measured(value, (value,))) is holds


def test_the_line_carries_value_goal_limit_and_runs() -> None:
    line = figure("<= 5").line(Measured(2.0, (1.0, 2.0, 3.0), limit=4.0))
    assert json.loads(line) == {
        "figure": "skew_ms",
        "value": 2.0,
        "unit": "ms",
        "goal": "<= 5",
        "limit": 4.0,
        "runs": [1.0, 2.0, 3.0],
    }


def test_each_figure_stands_under_its_own_name() -> None:
    assert all(name == known.name for name, known in figures().items())
