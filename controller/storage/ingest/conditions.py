"""The condition of nodes in the database: read what decides, write what a batch changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from controller.storage.ingest.marks import (
    NEVER,
    Condition,
    Known,
    Mark,
    Stream,
    machines_json,
    machines_read,
    older,
    report_columns,
)
from controller.storage.ingest.told import NotTaken, Told, ToldEvents
from controller.storage.tables import ConditionRow, StreamRow
from controller.storage.writing import put, table
from playlists.reports import Birth, Heartbeat

_CONDITIONS = select(
    ConditionRow.node_id,
    ConditionRow.online,
    ConditionRow.connection_id,
    ConditionRow.connection_at,
    ConditionRow.stream,
    ConditionRow.boot,
    ConditionRow.number,
    ConditionRow.machines,
).where(ConditionRow.node_id.in_(bindparam("nodes", expanding=True)))
_MARKS = select(StreamRow.node_id, StreamRow.stream, StreamRow.boot, StreamRow.told).where(
    StreamRow.node_id.in_(bindparam("nodes", expanding=True))
)
_CONDITION, _STREAM = table(ConditionRow), table(StreamRow)
_ABSENT = (
    update(_CONDITION)
    .where(_CONDITION.c.node_id == bindparam("node"))
    .values(online=False, connection_at=bindparam("at"))
)
_BY_TURNS = update(_CONDITION).where(_CONDITION.c.node_id == bindparam("node")).values(machines=bindparam("spoke"))
_LEFT = (
    update(_STREAM)
    .where(_STREAM.c.node_id == bindparam("node"), _STREAM.c.stream == bindparam("left"))
    .values(boot=bindparam("mark_boot"), told=bindparam("mark_told"))
)


def load(session: Session, told: Sequence[Told]) -> Known:
    """What is known of the nodes that speak in a batch."""
    nodes = sorted({each.node for each in told if not isinstance(each.what, ToldEvents)})
    found = session.connection().execute(_CONDITIONS, {"nodes": nodes}) if nodes else ()
    conditions = {
        node: Condition(online, connection, at, stream, _mark(boot, number), machines_read(machines))
        for node, online, connection, at, stream, boot, number, machines in found
    }
    return Known(conditions, _marks(session, _elsewhere(told, conditions)))


def write(session: Session, known: Known, now: datetime) -> None:
    """Write what a batch changed."""
    births = [report_columns(known.conditions[node], birth, now) for node, birth in sorted(known.births.items())]
    statuses = [report_columns(known.conditions[node], status, now) for node, status in sorted(known.statuses.items())]
    put(session, ConditionRow, births)
    put(session, ConditionRow, statuses)
    absent = [{"node": node, "at": now} for node in sorted(known.absent)]
    if absent:
        session.connection().execute(_ABSENT, absent)
    turns = [{"node": node, "spoke": machines_json(known.conditions[node].machines)} for node in sorted(known.by_turns)]
    if turns:
        session.connection().execute(_BY_TURNS, turns)
    left = [_left(stream, known.marks[stream]) for stream in sorted(known.left)]
    if left:
        session.connection().execute(_LEFT, left)


def told_again(session: Session, known: Known) -> tuple[list[Birth], list[NotTaken]]:
    """Of the births that came again: those to be answered again, and those that are simply old."""
    if not known.repeated:
        return [], []
    nodes = {birth.node for _, birth, _ in known.repeated}
    chosen = select(ConditionRow.node_id, ConditionRow.birth).where(ConditionRow.node_id.in_(nodes))
    last = {row.node_id: row.birth for row in session.execute(chosen)}
    again = {
        birth.node: birth for _, birth, _ in known.repeated if last.get(birth.node) == birth.model_dump(mode="json")
    }
    old = [older(told, birth, mark) for told, birth, mark in known.repeated if again.get(birth.node) != birth]
    return list(again.values()), old


def _mark(boot: int | None, number: int | None) -> Mark:
    return NEVER if boot is None or number is None else (boot, number)


def _elsewhere(told: Iterable[Told], conditions: dict[str, Condition]) -> list[str]:
    """Nodes that speak in another stream than the one they last spoke in."""
    return sorted(
        {
            each.node
            for each in told
            if isinstance(each.what, Birth | Heartbeat)
            and conditions.get(each.node, Condition()).stream != each.what.stream
        }
    )


def _marks(session: Session, nodes: list[str]) -> dict[Stream, Mark]:
    found = session.connection().execute(_MARKS, {"nodes": nodes}) if nodes else ()
    return {(node, stream): (boot, told) for node, stream, boot, told in found}


def _left(stream: Stream, mark: Mark) -> dict[str, object]:
    return {"node": stream[0], "left": stream[1], "mark_boot": mark[0], "mark_told": mark[1]}
