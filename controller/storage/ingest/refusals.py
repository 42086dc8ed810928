"""What was refused, counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.storage.ingest.told import NotTaken
from controller.storage.tables import RefusalRow
from playlists.reports import Refusal

COUNT_FOR = timedelta(days=1)
"""How long one row goes on counting refusals of the same topic and reason."""


def count(session: Session, refused: Iterable[NotTaken], now: datetime) -> None:
    """One row for each topic and reason a day, however much is refused."""
    for (topic, reason), group in groupby(sorted(refused, key=_kind), key=_kind):
        same = list(group)
        row = _row(session, topic, reason, now)
        row.count += len(same)
        row.details, row.last_at = same[-1].detail, now


def _kind(refused: NotTaken) -> tuple[str, Refusal]:
    return refused.topic, refused.reason


def _row(session: Session, topic: str, reason: Refusal, now: datetime) -> RefusalRow:
    chosen = select(RefusalRow).where(RefusalRow.topic == topic, RefusalRow.reason == reason.value)
    row = session.scalars(chosen.where(RefusalRow.first_at > now - COUNT_FOR).limit(1)).first()
    if row is None:
        row = RefusalRow(topic=topic, reason=reason.value, details="", count=0, first_at=now, last_at=now)
        session.add(row)
    return row
