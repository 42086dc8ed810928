"""Facts that tell of a node's health, and what became of Requests, out of the events of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from controller.domain.values import from_ms, to_ms
from controller.storage.ingest.told import Told, ToldEvents
from controller.storage.tables import RequestRow, SignRow
from controller.storage.writing import insert_new
from playlists.models import Millis
from playlists.reports import Boot, Event, Press, Refused, RequestDone, RequestTaken, Trust

KINDS = ("boot", "refused", "press", "request", "request_done")
"""Facts that are read as they come in; all others only when somebody asks."""
FUTURE = timedelta(hours=1)
PAST = timedelta(days=400)


def store(session: Session, told: Sequence[Told], now: datetime) -> None:
    """Write down what tells of health, once, and what became of what was asked."""
    found = list(_signs(told))
    rows = [_row(node, stream, event, now) for node, stream, event in found if _is_kept(event)]
    insert_new(session, SignRow, rows)
    for node, _, event in found:
        if isinstance(event.fact, RequestTaken):
            _taken(session, node, event.fact, now)
        elif isinstance(event.fact, RequestDone):
            _done(session, node, event.fact, now)


def _signs(told: Sequence[Told]) -> Iterator[tuple[str, str, Event]]:
    for each in told:
        if isinstance(each.what, ToldEvents):
            yield from ((each.node, each.what.stream, event.sign) for event in each.what.events if event.sign)


def _is_kept(event: Event) -> bool:
    return isinstance(event.fact, Boot | Refused | Press | RequestDone)


def _row(node: str, stream: str, event: Event, now: datetime) -> dict[str, Any]:
    return {
        "node_id": node,
        "stream": stream,
        "number": event.number,
        "kind": event.fact.kind,
        "at": _moment(event, now),
        "fact": event.fact.model_dump(mode="json"),
        "received_at": now,
    }


def _moment(event: Event, now: datetime) -> datetime:
    """When it happened; a node that did not know the time, or tells an impossible one, is taken by when it told."""
    sure = event.trust is not Trust.UNTRUSTED and to_ms(now - PAST) <= event.wall <= to_ms(now + FUTURE)
    return min(from_ms(Millis(event.wall)), now) if sure else now


def _taken(session: Session, node: str, fact: RequestTaken, now: datetime) -> None:
    mine = (RequestRow.id == fact.id, RequestRow.node_id == node)
    session.execute(update(RequestRow).where(*mine, RequestRow.taken_at.is_(None)).values(taken_at=now))


def _done(session: Session, node: str, fact: RequestDone, now: datetime) -> None:
    mine = (RequestRow.id == fact.id, RequestRow.node_id == node, RequestRow.outcome.is_(None))
    said = {"outcome": fact.outcome.value, "detail": fact.detail, "level": fact.level, "done_at": now}
    values = {**said, "sha256": func.coalesce(RequestRow.sha256, fact.sha256)}
    session.execute(update(RequestRow).where(*mine).values(values))
