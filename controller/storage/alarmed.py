"""How far an alarm has come on each node: who took its sheet, where it began, where it has closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.alarms import EMERGENCY
from controller.domain.values import NodeId, OccurrenceId, ZoneId, from_ms
from controller.storage.heard import heard
from controller.storage.tables import DocumentRow, EventRow, OwedRow, ProofRow
from playlists.models import Number
from playlists.reports import Accepted, Event, Start


@dataclass(frozen=True, slots=True)
class Reached:
    """What a node has told of an occurrence. `sounded_at`: its first START; `sounded`: a sound without a closing fact
    of nothing."""

    online: bool = False
    owed: bool = False
    accepted: bool = False
    sounded_at: datetime | None = None
    sounded: bool = False
    closed: bool = False


def reached(
    session: Session, occurrence: OccurrenceId, zones: Sequence[ZoneId], nodes: Sequence[NodeId], since: datetime
) -> dict[NodeId, Reached]:
    """What each of these nodes has told of an occurrence that was asked for at `since`."""
    first = _first_sheets(session, occurrence, zones)
    conditions, took = heard(session, nodes), _accepted(session, first, nodes, since)
    starts, proofs = _starts(session, occurrence, nodes), _proofs(session, occurrence, nodes)
    owed = select(OwedRow.node_id).where(OwedRow.occurrence_id == occurrence, OwedRow.node_id.in_(nodes))
    owing = set(session.scalars(owed))
    found = {}
    for node in nodes:
        held = any(conditions[node].holds("sheet", zone, EMERGENCY, number) for zone, number in first.items())
        began, sounded = starts.get(node), proofs.get(node)
        found[node] = Reached(
            conditions[node].online, node in owing, held or node in took, began,
            began is not None if sounded is None else sounded > 0, sounded is not None,
        )  # fmt: skip
    return found


def _first_sheets(session: Session, occurrence: OccurrenceId, zones: Sequence[ZoneId]) -> dict[ZoneId, Number]:
    """The first sheet of each zone that carries it."""
    rows = session.scalars(
        select(DocumentRow)
        .where(DocumentRow.kind == "sheet", DocumentRow.issuer == EMERGENCY, DocumentRow.to.in_(zones))
        .order_by(DocumentRow.id.desc())
    )
    return {
        ZoneId(row.to): Number(epoch=row.epoch, sequence=row.sequence)
        for row in rows
        if occurrence in (row.entries or ())
    }


def _accepted(
    session: Session, first: dict[ZoneId, Number], nodes: Sequence[NodeId], since: datetime
) -> frozenset[NodeId]:
    """Who said that it took such a sheet, or a later one."""
    rows = session.execute(
        select(EventRow.node_id, EventRow.body).where(
            EventRow.kind == "accepted", EventRow.node_id.in_(nodes), EventRow.received_at >= since
        )
    )
    return frozenset(NodeId(node) for node, body in rows if _took(body, first))


def _took(body: bytes, first: dict[ZoneId, Number]) -> bool:
    said = _fact(body)
    if not isinstance(said, Accepted) or said.document != "sheet" or said.issuer != EMERGENCY:
        return False
    number = first.get(ZoneId(said.to))
    return number is not None and number <= said.number


def _starts(session: Session, occurrence: OccurrenceId, nodes: Iterable[NodeId]) -> dict[NodeId, datetime]:
    rows = session.execute(
        select(EventRow.node_id, EventRow.body).where(
            EventRow.kind == "start", EventRow.occurrence_id == occurrence, EventRow.node_id.in_(list(nodes))
        )
    )
    found: dict[NodeId, datetime] = {}
    for node, body in rows:
        at = _began(body)
        if at is not None:
            found[NodeId(node)] = min(at, found.get(NodeId(node), at))
    return found


def _began(body: bytes) -> datetime | None:
    said = _fact(body)
    return from_ms(said.at_wall) if isinstance(said, Start) else None


def _fact(body: bytes) -> object:
    try:
        return Event.model_validate_json(body).fact
    except ValidationError:
        return None


def _proofs(session: Session, occurrence: OccurrenceId, nodes: Iterable[NodeId]) -> dict[NodeId, int]:
    rows = session.execute(
        select(ProofRow.node_id, ProofRow.sounded_ms).where(
            ProofRow.occurrence_id == occurrence, ProofRow.node_id.in_(list(nodes))
        )
    )
    found: dict[NodeId, int] = {}
    for node, sounded in rows:
        found[NodeId(node)] = max(sounded, found.get(NodeId(node), 0))
    return found
