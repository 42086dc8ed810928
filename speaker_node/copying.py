"""Frozen values with some fields changed: what is copied at each turn and for each event of a start."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def but(value: T, **changes: Any) -> T:
    """`dataclasses.replace` of a frozen dataclass without slots, at a tenth of its price. TypeError for a field that it
    does not have."""
    fields = value.__dict__
    if not changes.keys() <= fields.keys():
        raise TypeError(f"{type(value).__name__} has no {sorted(changes.keys() - fields.keys())}")
    copy = object.__new__(type(value))
    copy.__dict__.update(fields, **changes)
    return copy
