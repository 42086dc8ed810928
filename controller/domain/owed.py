"""What a signed document makes a node owe, and how that changes with the next document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from controller.domain.planning import Listener
from controller.domain.sounding import length_ms
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
from controller.domain.verdicts import GoneCause
from playlists.book import MessageBook
from playlists.models import AlertSheet, Millis, Number, Occurrence, Plan, SheetEntry
from playlists.rules import spoken

OFFICE = "office"
"""The issuer of plans and of routine sheets."""

_BY_DOCUMENT = (GoneCause.REPLACED, GoneCause.DROPPED)

Key = tuple[NodeId, OccurrenceId, int]
"""Node, occurrence, version: what names an owed row."""


Known = tuple[Owed, GoneCause | None]
"""An owed row and, if the office no longer wants it, why."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What the next document changes.

    Rows that are new, wanted again, not begun and now with other hamlets, names, sound or moments (all that is frozen
    at the start), or no longer held before their time is over.
    """

    added: tuple[Owed, ...]
    wanted_again: tuple[Owed, ...]
    altered: tuple[Owed, ...]
    gone: tuple[tuple[Owed, GoneCause], ...]


def owed_of_plan(plan: Plan, listener: Listener, broadcasts: Mapping[BroadcastId, Broadcast]) -> tuple[Owed, ...]:
    """What a numbered plan makes its node owe."""
    return tuple(
        _owed(each, listener, broadcasts[BroadcastId(each.broadcast)], Lane.PLAN, None, OFFICE, plan.number)
        for each in plan.occurrences()
    )


def owed_of_sheet(
    sheet: AlertSheet,
    listener: Listener,
    broadcasts: Mapping[BroadcastId, Broadcast],
    book: MessageBook | None = None,
) -> tuple[Owed, ...]:
    """What a numbered sheet makes one node of its zone owe; of what is repeated, one whole pass."""
    return tuple(
        _owed(
            _said(entry, sheet, listener, book),
            listener,
            broadcasts[BroadcastId(entry.broadcast)],
            Lane.SHEET,
            ZoneId(sheet.to),
            sheet.issuer,
            sheet.number,
        )
        for entry in sheet.occurrences
    )


def _said(entry: SheetEntry, sheet: AlertSheet, listener: Listener, book: MessageBook | None) -> Occurrence:
    """An entry as the node says it: its prepared message in the node's languages, then what follows."""
    occurrence = entry.occurrence(sheet.source)
    if entry.message is None or book is None:
        return occurrence
    return replace(
        occurrence, items=(*book.items(entry.message, entry.kind, entry.slots, listener.tongues), *occurrence.items)
    )


def changes(before: Iterable[Known], after: Iterable[Owed], now: Millis) -> Changes:
    """What a document that makes owe `after` changes in the rows of `before`.

    What a person took back (withdrawn, stopped) stays so, whatever the document still holds.
    """
    known = {key(each): (each, cause) for each, cause in before}
    held = {key(each): each for each in after}
    occurrences = {(each.node, each.occurrence) for each in held.values()}
    return Changes(
        tuple(each for name, each in held.items() if name not in known),
        tuple(each for name, each in held.items() if name in known and known[name][1] in _BY_DOCUMENT),
        tuple(each for name, each in held.items() if name in known and _alters(known[name][0], each, now)),
        tuple(
            (each, GoneCause.REPLACED if (each.node, each.occurrence) in occurrences else GoneCause.DROPPED)
            for name, (each, cause) in known.items()
            if name not in held and cause is None and each.ends_at > now
        ),
    )


def _alters(before: Owed, after: Owed, now: Millis) -> bool:
    return before.starts_at > now and replace(before, document=after.document) != after


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
    sounded = spoken(each.items, listener.tongues)
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


def _zone(tree: Tree, node: Node) -> ZoneInfo:
    return time_zone(tree, node.home)


def _title(broadcast: Broadcast, version: int) -> str:
    return next((each.content.title for each in broadcast.versions if each.number == version), "")
