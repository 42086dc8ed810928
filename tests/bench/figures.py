"""What a figure is: a name, a goal, and a measurement that brings its own limit."""

import json
import operator
from collections.abc import Callable
from dataclasses import dataclass

_COMPARE: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True)
class Measured:
    """One measurement: its value, the raw limit of the same run (None where the goal is absolute), each run's value."""

    value: float
    runs: tuple[float, ...]
    limit: float | None = None


@dataclass(frozen=True)
class Figure:
    """A promise with a number. `goal` is "<= 5", ">= 0.6" or "== 0", in `unit`."""

    name: str
    unit: str
    goal: str
    measure: Callable[[], Measured]

    def holds(self, measured: Measured) -> bool:
        """Whether the value keeps the goal."""
        comparison, bound = self.goal.split()
        return _COMPARE[comparison](measured.value, float(bound))

    def line(self, measured: Measured) -> str:
        """The figure as one line of JSON."""
        return json.dumps(
            {
                "figure": self.name,
                "value": round(measured.value, 4),
                "unit": self.unit,
                "goal": self.goal,
                "limit": measured.limit,
                "runs": [round(run, 4) for run in measured.runs],
            }
        )
