"""The journal of a node as it told it, a page at a time, the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select

from controller.domain.values import NodeId, from_ms
from controller.operations.acting import Act, query
from controller.operations.errors import not_found
from controller.operations.reading import visible_tree
from controller.operations.rights import Right
from controller.storage.tables import ConditionRow, EventRow, StreamRow
from playlists.models import Millis

PAGE = 50


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An event: its number, when it happened by the node's own clock, whether that was sure, what it says."""

    number: int
    at: datetime
    trust: str
    kind: str
    occurrence: str | None
    fact: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Events of one stream, the newest first; `before`: where the next page begins (None: there is none).

    `streams`: the node's streams, the one it speaks in first; `gone`: numbers that the node had no more (from, to).
    """

    stream: str
    streams: tuple[str, ...]
    entries: tuple[JournalEntry, ...]
    before: int | None
    gone: tuple[tuple[int, int], ...]


@query(Right.READ)
def journal(act: Act, node: NodeId, stream: str | None = None, before: int | None = None) -> JournalPage:
    """A page of the journal; of the stream that the node speaks in unless one is named."""
    if node not in visible_tree(act).nodes:
        raise not_found("node")
    rows = list(act.session.scalars(select(StreamRow).where(StreamRow.node_id == node)))
    condition = act.session.get(ConditionRow, node)
    now = condition.stream if condition is not None else None
    ordered = sorted(rows, key=lambda row: (row.stream != now, -row.received_at.timestamp(), row.stream))
    streams = tuple(row.stream for row in ordered)
    if stream is not None and stream not in streams:
        raise not_found("stream")
    chosen = stream or next(iter(streams), "")
    wanted = select(EventRow).where(EventRow.node_id == node, EventRow.stream == chosen)
    if before is not None:
        wanted = wanted.where(EventRow.number < before)
    found = list(act.session.scalars(wanted.order_by(EventRow.number.desc()).limit(PAGE + 1)))
    entries = tuple(_entry(row) for row in found[:PAGE])
    gone = next((row.gone for row in ordered if row.stream == chosen), [])
    more = entries[-1].number if len(found) > PAGE else None
    return JournalPage(chosen, streams, entries, more, tuple((int(a), int(b)) for a, b in gone))


def _entry(row: EventRow) -> JournalEntry:
    said = from_json(bytes(row.body))
    wall, fact = said.get("wall", 0), said.get("fact", {})
    return JournalEntry(
        row.number,
        from_ms(Millis(wall)),
        str(said.get("trust", "")),
        row.kind,
        row.occurrence_id,
        {name: value for name, value in fact.items() if name not in ("kind", "items")},
        row.received_at,
    )
