"""What the signed plans of a year made the nodes owe: computed month by month as the exchange computes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from controller.domain.owed import owed_of_plan
from controller.domain.planning import listener_at, outlook, plan
from controller.domain.values import Owed, to_ms
from playlists.models import Number, Plan
from tests.bench.year.decided import HERE, Decided
from tests.bench.year.places import Commune

MONTH = timedelta(days=30)


def owed(commune: Commune, decided: Decided, begin: datetime, end: datetime) -> Iterator[list[Owed]]:
    """All that starts from `begin` up to `end`, a month at a time."""
    while begin < end:
        span = range(to_ms(begin), to_ms(min(begin + MONTH, end)))
        yield [each for _, found in plans(commune, decided, begin) for each in found if each.starts_at in span]
        begin += MONTH


def signed_on(day: date) -> datetime:
    """When the plan of a day is signed: soon after midnight."""
    return datetime.combine(day, time(0, 20), HERE)


def plans(commune: Commune, decided: Decided, now: datetime) -> Iterator[tuple[Plan, tuple[Owed, ...]]]:
    """The plan of each node at a moment, and what it makes owed."""
    ahead = outlook(decided.broadcasts, HERE, now, commune.tree, decided.assets)
    number = Number(epoch=1, sequence=to_ms(now))
    for node in commune.tree.nodes.values():
        listener = listener_at(node, commune.tree, decided.assets)
        said = plan(listener, ahead, (), now, "0" * 64).model_copy(update={"number": number})
        yield said, owed_of_plan(said, listener, ahead.broadcasts)
