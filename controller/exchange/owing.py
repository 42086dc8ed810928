"""Owed rows, written in the transaction that signs the document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.owed import Known, changes, key
from controller.domain.values import Owed, to_ms
from controller.domain.verdicts import GoneCause
from controller.storage.mapping import owed_columns, owed_value
from controller.storage.tables import OwedRow
from controller.storage.writing import insert_new
from playlists.models import AlertSheet, Number

_NOT_GONE: dict[str, Any] = {"gone_epoch": None, "gone_sequence": None, "gone_at": None, "gone_cause": None}
_UNSETTLED: dict[str, Any] = {"verdict": None, "settled_at": None}


def update(session: Session, before: Iterable[Known], after: Iterable[Owed], number: Number, now: datetime) -> None:
    """Write what a signed document changes: rows that are new, altered, wanted again, or no longer wanted."""
    diff = changes(before, after, to_ms(now))
    insert_new(session, OwedRow, [{**owed_columns(each), **_NOT_GONE, **_UNSETTLED} for each in diff.added])
    for owed in diff.altered:
        row = _row(session, owed)
        for column, value in owed_columns(owed).items():
            setattr(row, column, value)
    for owed in diff.wanted_again:
        row = _row(session, owed)
        row.epoch, row.sequence = number.epoch, number.sequence
        row.gone_epoch = row.gone_sequence = row.gone_at = row.gone_cause = None
    for owed, cause in diff.gone:
        row = _row(session, owed)
        row.gone_epoch, row.gone_sequence = number.epoch, number.sequence
        row.gone_at, row.gone_cause = now, cause.value


def known_of_zone(session: Session, sheet: AlertSheet, told: set[str], gone: set[str]) -> list[Known]:
    """What a sheet's issuer made the nodes of its zone owe: occurrences it tells, and those gone nobody took back."""
    chosen = select(OwedRow).where(OwedRow.zone_id == sheet.to, OwedRow.issuer == sheet.issuer)
    wanted_still = OwedRow.occurrence_id.in_(gone) & OwedRow.gone_cause.is_(None)
    rows = session.scalars(chosen.where(OwedRow.occurrence_id.in_(told) | wanted_still))
    return [(owed_value(row), None if row.gone_cause is None else GoneCause(row.gone_cause)) for row in rows]


def _row(session: Session, owed: Owed) -> OwedRow:
    node, occurrence, version = key(owed)
    return session.get_one(OwedRow, (node, occurrence, version))
