"""What a signed document makes a node owe, and how that changes with the next document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.domain.planning import Listener, in_tongues, length_ms
from controller.domain.tree import path, time_zone
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    HamletShare,
    Lane,
    Node,
    NodeId,
    OccurrenceId,
    Owed,
    Tree,
    ZoneId,
    from_ms,
)
from playlists.models import AlertSheet, AssetItem, Millis, Number, Occurrence, Plan

OFFICE = "office"
"""The issuer of plans and of routine sheets."""

Key = tuple[NodeId, OccurrenceId, int]
"""Node, occurrence, version: what names an owed row."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What the next document of a node changes: rows that are new, and rows that it no longer holds."""

    added: tuple[Owed, ...]
    gone: tuple[Owed, ...]


def owed_of_plan(plan: Plan, listener: Listener, broadcasts: Mapping[BroadcastId, Broadcast]) -> tuple[Owed, ...]:
    """What a numbered plan makes its node owe."""
    return tuple(
        _owed(each, listener, broadcasts[BroadcastId(each.broadcast)], Lane.PLAN, None, OFFICE, plan.number)
        for each in plan.occurrences()
    )


def owed_of_sheet(
    sheet: AlertSheet, listener: Listener, broadcasts: Mapping[BroadcastId, Broadcast]
) -> tuple[Owed, ...]:
    """What a numbered sheet makes one node of its zone owe."""
    return tuple(
        _owed(
            entry.occurrence(sheet.source),
            listener,
            broadcasts[BroadcastId(entry.broadcast)],
            Lane.SHEET,
            ZoneId(sheet.to),
            sheet.issuer,
            sheet.number,
        )
        for entry in sheet.occurrences
    )


def changes(before: Iterable[Owed], after: Iterable[Owed], now: Millis) -> Changes:
    """What is new in `after`, and what is gone of `before` though its time has not passed."""
    known = {key(each): each for each in before}
    held = {key(each): each for each in after}
    return Changes(
        tuple(each for name, each in held.items() if name not in known),
        tuple(each for name, each in known.items() if name not in held and each.ends_at > now),
    )


def key(owed: Owed) -> Key:
    """What names an owed row."""
    return owed.node, owed.occurrence, owed.version


def hamlet_shares(node: Node, tree: Tree) -> tuple[HamletShare, ...]:
    """A node's hamlets with their homes and their areas from the root, as they stand."""
    return tuple(
        HamletShare(each.hamlet, area_path[-1][1], each.homes, area_path)
        for each in node.serves
        if (area_path := named_path(tree, each.hamlet))
    )


def named_path(tree: Tree, area: AreaId) -> tuple[tuple[AreaId, str], ...]:
    """The areas from the root to `area`, by id and name."""
    return tuple((step.id, step.name) for step in path(tree, area))


def _owed(
    each: Occurrence,
    listener: Listener,
    broadcast: Broadcast,
    lane: Lane,
    zone: ZoneId | None,
    issuer: str,
    document: Number,
) -> Owed:
    node, tree = listener.node, listener.tree
    sounded = _sounded(each, listener)
    return Owed(
        node=node.id,
        occurrence=OccurrenceId(each.id),
        version=each.version,
        broadcast=broadcast.id,
        nominal=Millis(each.nominal),
        starts_at=Millis(each.starts_at),
        start_by=Millis(each.start_by),
        ends_at=Millis(each.ends_at),
        day=from_ms(each.starts_at).astimezone(_zone(tree, node)).date(),
        due=length_ms(sounded),
        hashes=tuple(row.sha256 for item in sounded for row in item.rows),
        lane=lane,
        zone=zone,
        issuer=issuer,
        document=document,
        area=broadcast.owner,
        hamlets=hamlet_shares(node, tree),
        area_path=named_path(tree, broadcast.owner),
        node_name=node.name,
        title=_title(broadcast, each.version),
        programme=broadcast.programme.name,
        programme_kind=broadcast.programme.kind,
        field=broadcast.programme.field,
        priority=each.priority,
    )


def _sounded(each: Occurrence, listener: Listener) -> tuple[AssetItem, ...]:
    items = tuple(item for item in each.items if isinstance(item, AssetItem))
    if each.source == "plan":
        return items
    return tuple(in_tongues(item, listener.tongues) for item in items)


def _zone(tree: Tree, node: Node) -> ZoneInfo:
    return time_zone(tree, node.home)


def _title(broadcast: Broadcast, version: int) -> str:
    return next((each.content.title for each in broadcast.versions if each.number == version), "")
