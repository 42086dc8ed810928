"""What a hamlet will hear: the plan of each of its nodes, resolved as the node itself will, with what it lacks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.tree import time_zone
from controller.domain.values import AreaId, Node, NodeId, Tree, to_ms
from playlists.models import AlertSheet, Millis, Plan, Silence
from playlists.rules import Resolved, resolve


@dataclass(frozen=True, slots=True)
class Heard:
    """One row: what becomes of an airing, and the audio of it that the node does not hold yet."""

    row: Resolved
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeDay:
    """A day of a node in the order of the starts."""

    node: Node
    rows: tuple[Heard, ...]

    @property
    def lacking(self) -> frozenset[str]:
        """All audio of the day that the node does not hold yet."""
        return frozenset(sha256 for row in self.rows for sha256 in row.lacking)


def day_of(
    plan: Plan, begin: Millis, end: Millis, ready: Collection[str], sheets: Iterable[AlertSheet] = ()
) -> tuple[Heard, ...]:
    """What one node sounds of its plan from `begin` to `end`, and why; `ready`: the audio that it holds."""
    known = list(sheets)
    mutes = tuple(Silence(start=0, end=each.mute_until, source="mute") for each in known if each.mute_until)
    withdrawn = {occurrence for each in known for occurrence in each.withdrawn}
    rows = resolve(plan.occurrences(), plan.settings, begin, end, withdrawn, (*plan.silences, *mutes))
    return tuple(Heard(row, _lacking(row, ready)) for row in rows)


def hamlet_day(
    tree: Tree,
    hamlet: AreaId,
    day: date,
    plans: Mapping[NodeId, Plan],
    ready: Mapping[NodeId, Collection[str]],
    sheets: Mapping[NodeId, Iterable[AlertSheet]] | None = None,
) -> tuple[NodeDay, ...]:
    """What a hamlet hears on a day from each of its nodes, by id; a node without a plan hears nothing."""
    begin, end = _bounds(day, time_zone(tree, hamlet))
    mine = [node for _, node in sorted(tree.nodes.items()) if hamlet in {each.hamlet for each in node.serves}]
    return tuple(
        NodeDay(node, day_of(plans[node.id], begin, end, ready.get(node.id, ()), (sheets or {}).get(node.id, ())))
        if node.id in plans
        else NodeDay(node, ())
        for node in mine
    )


def _bounds(day: date, zone: ZoneInfo) -> tuple[Millis, Millis]:
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    return to_ms(midnight), to_ms(datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone))


def _lacking(row: Resolved, ready: Collection[str]) -> tuple[str, ...]:
    hashes = (each.sha256 for item in row.occurrence.items for each in item.rows)
    return tuple(sha256 for sha256 in dict.fromkeys(hashes) if sha256 not in ready)
