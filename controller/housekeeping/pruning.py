"""What nobody asks for any more is removed. Owed rows, proofs, verdicts and the audit stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Engine, delete, func, select
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import (
    DeviceRow,
    DocumentRow,
    EventRow,
    FaultRow,
    IdempotencyRow,
    OutageRow,
    OwedRow,
    RefusalRow,
    RequestRow,
    SetupCodeRow,
    SignInFailureRow,
    SignInRow,
    SignRow,
)

SIGN_INS, FAILURES, REQUESTS = timedelta(days=90), timedelta(days=30), timedelta(days=2)
SIGNS = timedelta(days=62)
"""How long facts are kept beside their events: habits look back for weeks."""
UNTOLD = timedelta(hours=2)
"""How long a fault is kept that was over before it was told."""
UPLOADS = timedelta(days=30)
"""How long what nodes brought is kept."""


@dataclass(frozen=True)
class Limits:
    """How long documents that were replaced, and events, are kept."""

    documents: timedelta
    events: timedelta


def prune(engine: Engine, limits: Limits, now: datetime) -> int:
    """Remove what is old enough; how many rows that was. One transaction for each kind."""
    return sum(transact(engine, partial(_remove, each)) for each in _old(limits, now))


def prune_files(folder: Path, now: datetime) -> int:
    """Remove what nodes brought long ago; how many files that was."""
    files = list(folder.iterdir()) if folder.is_dir() else []
    old = [each for each in files if each.stat().st_mtime < (now - UPLOADS).timestamp()]
    for each in old:
        each.unlink()
    return len(old)


def _old(limits: Limits, now: datetime) -> list[Delete]:
    newest = select(func.max(DocumentRow.id)).group_by(DocumentRow.kind, DocumentRow.to, DocumentRow.issuer)
    unsettled = select(OwedRow.occurrence_id).where(OwedRow.settled_at.is_(None))
    return [
        delete(DocumentRow).where(DocumentRow.signed_at < now - limits.documents, DocumentRow.id.not_in(newest)),
        delete(EventRow).where(
            EventRow.received_at < now - limits.events,
            EventRow.occurrence_id.is_(None) | EventRow.occurrence_id.not_in(unsettled),
        ),
        delete(FaultRow).where(FaultRow.resolved_at < now - limits.events),
        delete(FaultRow).where(FaultRow.resolved_at < now - UNTOLD, FaultRow.times == 0),
        delete(OutageRow).where(OutageRow.end_at < now - limits.events),
        delete(SignRow).where(SignRow.at < now - SIGNS),
        delete(RequestRow).where(RequestRow.expires_at < now - limits.events),
        delete(RefusalRow).where(RefusalRow.last_at < now - limits.events),
        delete(SignInRow).where(SignInRow.expires_at < now - SIGN_INS),
        delete(SignInFailureRow).where(SignInFailureRow.at < now - FAILURES),
        delete(DeviceRow).where(DeviceRow.expires_at < now - SIGN_INS),
        delete(SetupCodeRow).where(SetupCodeRow.expires_at < now - FAILURES),
        delete(IdempotencyRow).where(IdempotencyRow.at < now - REQUESTS),
    ]


def _remove(old: Delete, session: Session) -> int:
    return cast(CursorResult[Any], session.execute(old)).rowcount
