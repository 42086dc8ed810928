"""Bytes that came up become what a registered node said, or a refusal. The topic carries no authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from joserfc.jwk import OKPKey
from pydantic_core import from_json
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.storage.ingest import SIGNS, NotTaken, Told, ToldEvent, ToldEvents
from controller.storage.tables import NodeRow
from playlists import wire
from playlists.reports import Closed, Event, EventBatch, Refusal
from playlists.topics import Lane, Topics


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as the broker brought it."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Registry:
    """The nodes that belong to this office: node → its public key, key id → node."""

    keys: Mapping[str, OKPKey]
    nodes: Mapping[str, str]

    def key(self, kid: str) -> OKPKey | None:
        """The public key that a signature names."""
        node = self.nodes.get(kid)
        return None if node is None else self.keys[node]


NOBODY = Registry({}, {})


def load_registry(session: Session, known: Registry = NOBODY) -> Registry:
    """The registry as it stands; `known` keys are used again. A key without an id of its own goes by its node's."""
    chosen = select(NodeRow.id, NodeRow.public_key).where(NodeRow.removed_at.is_(None))
    rows = [(str(node), str(jwk["x"]), str(jwk.get("kid", node))) for node, jwk in session.execute(chosen)]
    keys = {node: _key(known.keys.get(node), kid, x) for node, x, kid in rows}
    return Registry(keys, {kid: node for node, _, kid in rows})


def _key(known: OKPKey | None, kid: str, x: str) -> OKPKey:
    same = known is not None and (known.kid, wire.public_x(known)) == (kid, x)
    return known if known is not None and same else wire.public_key(kid, x)


def read(arrived: Sequence[Arrived], topics: Topics, registry: Registry) -> tuple[list[Told], list[NotTaken]]:
    """What nodes said, in order, and what is refused."""
    told: list[Told] = []
    refused: list[NotTaken] = []
    for each in arrived:
        try:
            told.append(_read(each, topics, registry))
        except wire.WireError as error:
            refused.append(NotTaken(_counted_as(each.topic, topics, registry), error.reason, error.detail))
    return told, refused


def _read(arrived: Arrived, topics: Topics, registry: Registry) -> Told:
    topic = topics.parse(arrived.topic)
    if topic is not None and topic.lane is Lane.CONN:
        if topic.name not in registry.keys:
            raise wire.WireError(Refusal.UNKNOWN_KEY, topic.name)
        return Told(topic.name, arrived.topic, wire.decode_connection(arrived.payload))
    opened = wire.open_signed(arrived.payload, registry.key, wire.REPORT_LIMIT)
    report = wire.decode_report(opened.payload)
    if report.node != registry.nodes[opened.kid]:
        raise wire.WireError(Refusal.NOT_PERMITTED, f"{opened.kid} speaks for {report.node}"[:160])
    if isinstance(report, EventBatch):
        return Told(report.node, arrived.topic, _events(report))
    return Told(report.node, arrived.topic, report)


def _events(batch: EventBatch) -> ToldEvents:
    events = tuple(_event(text) for text in batch.events)
    numbers = [event.number for event in events]
    rising = all(earlier < later for earlier, later in pairwise(numbers))
    if not rising or (numbers and not 1 <= batch.first <= numbers[0] <= numbers[-1] <= batch.last):
        raise wire.WireError(Refusal.MALFORMED, "events out of order", "events")
    return ToldEvents(batch.stream, events, batch.gone)


def _event(text: str) -> ToldEvent:
    """An event by its number and kind alone; one that this release cannot read is kept all the same."""
    try:
        fields: Any = from_json(text)
        number, fact = fields["number"], fields["fact"]
        kind, occurrence, wall = fact["kind"], fact.get("occurrence"), fields.get("wall", 0)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise wire.WireError(Refusal.MALFORMED, "not an event", "events") from error
    if not (_is_number(number) and _is_number(wall) and isinstance(kind, str)):
        raise wire.WireError(Refusal.MALFORMED, "not an event", "events")
    known = occurrence[:128] if isinstance(occurrence, str) else None
    read = _whole(text) if kind == "closed" or kind in SIGNS else None
    closed = read.fact if read is not None and isinstance(read.fact, Closed) else None
    return ToldEvent(number, text, kind[:64], wall, known, closed, read if kind in SIGNS else None)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _whole(text: str) -> Event | None:
    try:
        return wire.decode_event(text)
    except wire.WireError:
        return None


def _counted_as(topic: str, topics: Topics, registry: Registry) -> str:
    """The topic under which a refusal is counted: strangers' names are one, so that they cannot fill the table."""
    parsed = topics.parse(topic)
    if parsed is None:
        return "elsewhere"
    return topic if parsed.name in registry.keys else topics.node("+", parsed.lane)
