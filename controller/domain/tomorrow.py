"""What a hamlet will hear: the plan of each of its nodes, resolved as the node itself will, with what it lacks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.tree import time_zone
from controller.domain.values import AreaId, Node, NodeId, Tree, to_ms
from playlists.models import AlertSheet, Millis, Occurrence, Plan, Silence
from playlists.rules import Resolved, hushes, mute_end, resolve


@dataclass(frozen=True, slots=True)
class Heard:
    """One row: what becomes of an airing, and the audio of it that the node does not hold yet."""

    row: Resolved
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeDay:
    """A day of a node in the order of the starts; `withdrawn`: of its plan, what a sheet takes back."""

    node: Node
    rows: tuple[Heard, ...]
    withdrawn: tuple[Occurrence, ...] = ()

    @property
    def lacking(self) -> frozenset[str]:
        """All audio of the day that the node does not hold yet."""
        return frozenset(sha256 for row in self.rows for sha256 in row.lacking)


def day_of(
    plan: Plan, begin: Millis, end: Millis, ready: Collection[str], sheets: Iterable[AlertSheet] = ()
) -> tuple[Heard, ...]:
    """What one node sounds of its plan and sheets from `begin` to `end`, and why; `ready`: the audio that it holds."""
    known = list(sheets)
    mutes = tuple(Silence(start=0, end=mute_end(each), source="mute") for each in known if each.mute_until)
    # As the node holds them: each once, the plan's before a sheet's.
    every = {entry.id: entry.occurrence(each.source) for each in known for entry in each.occurrences}
    every |= {occurrence.id: occurrence for occurrence in plan.occurrences()}
    silences = (*hushes(plan), *mutes)
    rows = resolve(
        every.values(), plan.settings, begin, end, _taken_back(known), silences, plan.days, plan.minutes
    )  # fmt: skip
    # What sounded before midnight and could only have gone on after it belongs to the day before.
    mine = (row for row in rows if row.occurrence.starts_at >= begin or row.end > begin)
    return tuple(Heard(row, _lacking(row, ready)) for row in mine)


def hamlet_day(
    tree: Tree,
    hamlet: AreaId,
    day: date,
    plans: Mapping[NodeId, Plan],
    ready: Mapping[NodeId, Collection[str]],
    sheets: Mapping[NodeId, Iterable[AlertSheet]] | None = None,
) -> tuple[NodeDay, ...]:
    """What a hamlet hears on a day from each of its nodes, by id; a node without a plan hears nothing."""
    span = bounds(day, time_zone(tree, hamlet))
    known = {node: list(each) for node, each in (sheets or {}).items()}
    return tuple(
        _node_day(node, plans[node.id], span, ready.get(node.id, ()), known.get(node.id, []))
        if node.id in plans
        else NodeDay(node, ())
        for node in nodes_of(tree, hamlet)
    )


def nodes_of(tree: Tree, hamlet: AreaId) -> tuple[Node, ...]:
    """The nodes that a hamlet hears, by id."""
    return tuple(node for _, node in sorted(tree.nodes.items()) if hamlet in {each.hamlet for each in node.serves})


def bounds(day: date, zone: ZoneInfo) -> tuple[Millis, Millis]:
    """From midnight to midnight of a local day."""
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    return to_ms(midnight), to_ms(datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone))


def _node_day(
    node: Node, plan: Plan, span: tuple[Millis, Millis], ready: Collection[str], sheets: list[AlertSheet]
) -> NodeDay:
    gone = _taken_back(sheets)
    withdrawn = tuple(each for each in plan.occurrences() if each.id in gone and span[0] <= each.starts_at < span[1])
    return NodeDay(node, day_of(plan, *span, ready, sheets), withdrawn)


def _taken_back(sheets: Iterable[AlertSheet]) -> frozenset[str]:
    return frozenset(occurrence for each in sheets for occurrence in each.withdrawn)


def _lacking(row: Resolved, ready: Collection[str]) -> tuple[str, ...]:
    hashes = (each.sha256 for item in row.occurrence.items for each in item.rows)
    return tuple(sha256 for sha256 in dict.fromkeys(hashes) if sha256 not in ready)
