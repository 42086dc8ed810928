"""Verdicts that nothing is expected to change are written down: they outlive the facts that were pruned."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.values import to_ms
from controller.storage.engine import transact
from controller.storage.results import NodeResult, occurrences
from controller.storage.tables import OwedRow
from playlists.models import Millis

AFTER = timedelta(days=35)
"""How long a node may still tell what it did."""
LOOK_BACK = timedelta(days=120)
DAY_MS = 86_400_000


def settle(engine: Engine, now: datetime) -> int:
    """Settle what is final and old enough; how many rows that was. One transaction for each day."""
    begin, end = to_ms(now - LOOK_BACK), to_ms(now - AFTER)
    days = transact(engine, lambda session: _open_days(session, begin, end))
    return sum(transact(engine, partial(_settle_day, day, end, now)) for day in days)


def _open_days(session: Session, begin: Millis, end: Millis) -> list[int]:
    day = OwedRow.starts_at_ms - OwedRow.starts_at_ms % DAY_MS
    chosen = select(day).where(OwedRow.settled_at.is_(None), OwedRow.starts_at_ms >= begin, OwedRow.starts_at_ms < end)
    return sorted(session.scalars(chosen.distinct()))


def _settle_day(day: int, end: Millis, now: datetime, session: Session) -> int:
    found = occurrences(session, Millis(day), Millis(min(day + DAY_MS, end)), to_ms(now))
    results = [node for each in found for node in each.nodes if node.verdict.final]
    return sum(_settle(session, result, now) for result in results)


def _settle(session: Session, result: NodeResult, now: datetime) -> int:
    row = session.get_one(OwedRow, (result.owed.node, result.owed.occurrence, result.owed.version))
    if row.settled_at is not None:
        return 0
    row.verdict, row.settled_at = asdict(result.verdict), now
    return 1
