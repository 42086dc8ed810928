"""What nodes last said of themselves: which documents they hold, what sounds, when they were heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.values import NodeId, OccurrenceId
from controller.storage.tables import ConditionRow
from playlists.models import Number
from playlists.reports import Heartbeat


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a node by its last words. `sounding`: what it said to sound; `untold`: reports that wait there.

    `held`: the number of each document that its last status names, by kind, to and issuer.
    """

    online: bool = False
    at: datetime | None = None
    held: Mapping[tuple[str, str, str], Number] = field(default_factory=dict)
    sounding: OccurrenceId | None = None
    untold: int = 0

    def holds(self, kind: str, to: str, issuer: str, number: Number) -> bool:
        """Whether its status names that document, or a later one under the name."""
        known = self.held.get((kind, to, issuer))
        return known is not None and number <= known


def heard(session: Session, nodes: Iterable[NodeId]) -> Mapping[NodeId, Heard]:
    """The last words of some nodes; each of them has an entry."""
    named = sorted(set(nodes))
    rows = {row.node_id: row for row in session.scalars(select(ConditionRow).where(ConditionRow.node_id.in_(named)))}
    return {node: _heard(rows[node]) if node in rows else Heard() for node in named}


def _heard(row: ConditionRow) -> Heard:
    at = max((moment for moment in (row.birth_at, row.status_at) if moment is not None), default=None)
    status = _status(row)
    if status is None:
        return Heard(row.online, at)
    on_air = status.on_air
    return Heard(
        row.online,
        at,
        {(each.kind, each.to, each.issuer): each.number for each in status.held},
        OccurrenceId(on_air.occurrence) if on_air is not None and on_air.sounded else None,
        status.outbox,
    )


def _status(row: ConditionRow) -> Heartbeat | None:
    try:
        return None if row.status is None else Heartbeat.model_validate(row.status, strict=False)
    except ValidationError:
        return None
