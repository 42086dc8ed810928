"""How far a stream is held, given what came; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """A stream: the highest number up to which all is held or gone and that is held itself, and its digest."""

    number: int = 0
    digest: str | None = None
    gone: Ranges = ()


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges (from, to) without overlap, in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(each for each in ranges if each[0] <= each[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def reached(number: int, held: Iterable[int], gone: Ranges) -> int:
    """The highest of `held` (rising, all above `number`) to which nothing is lacking from `number` on."""
    for each in held:
        if not _bridged(number + 1, each - 1, gone):
            break
        number = each
    return number


def _bridged(first: int, last: int, gone: Ranges) -> bool:
    return first > last or any(begin <= first and last <= end for begin, end in gone)
