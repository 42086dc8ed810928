"""With which documents the airings of a broadcast were taken back, and which of them a node told to have begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.owed import OFFICE
from controller.domain.values import BroadcastId, Lane, NodeId, OccurrenceId
from controller.storage.heard import Heard
from controller.storage.tables import EventRow, OwedRow, WithdrawalRow
from playlists.models import Number

Key = tuple[NodeId, OccurrenceId]
Document = tuple[str, str, str, Number]
"""Kind, to, issuer and number."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The documents that took airings back: sheets by occurrence, and what each node itself was told."""

    sheets: Mapping[OccurrenceId, tuple[Document, ...]]
    told: Mapping[Key, tuple[Document, ...]]

    def known_to(self, node: NodeId, occurrence: OccurrenceId, heard: Heard) -> bool:
        """Whether a node's status names one of them, or a later one."""
        documents = (*self.sheets.get(occurrence, ()), *self.told.get((node, occurrence), ()))
        return any(heard.holds(*document) for document in documents)


def taken_back(session: Session, broadcast: BroadcastId) -> TakenBack:
    """What took the airings of a broadcast back."""
    sheets: defaultdict[OccurrenceId, list[Document]] = defaultdict(list)
    rows = session.scalars(select(WithdrawalRow).where(WithdrawalRow.occurrence_id.startswith(f"{broadcast}-")))
    for row in rows:
        if row.epoch is not None and row.sequence is not None:
            number = Number(epoch=row.epoch, sequence=row.sequence)
            sheets[OccurrenceId(row.occurrence_id)].append(("sheet", row.zone_id, row.issuer, number))
    told: defaultdict[Key, list[Document]] = defaultdict(list)
    gone = select(OwedRow).where(OwedRow.broadcast_id == broadcast, OwedRow.gone_sequence.is_not(None))
    for owed in session.scalars(gone):
        told[NodeId(owed.node_id), OccurrenceId(owed.occurrence_id)].append(_document(owed))
    return TakenBack(
        {occurrence: tuple(found) for occurrence, found in sheets.items()},
        {key: tuple(found) for key, found in told.items()},
    )


def begun(session: Session, occurrences: Iterable[OccurrenceId]) -> frozenset[Key]:
    """The airings of which a node told a START."""
    rows = session.execute(
        select(EventRow.node_id, EventRow.occurrence_id)
        .where(EventRow.kind == "start", EventRow.occurrence_id.in_(sorted(occurrences)))
        .distinct()
    )
    return frozenset((NodeId(node), OccurrenceId(str(occurrence))) for node, occurrence in rows)


def _document(row: OwedRow) -> Document:
    number = Number(epoch=row.gone_epoch or 1, sequence=row.gone_sequence or 0)
    if row.lane == Lane.PLAN.value:
        return "plan", row.node_id, OFFICE, number
    return "sheet", row.zone_id or "", row.issuer, number
