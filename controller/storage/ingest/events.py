"""Events and proofs, stored once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.storage.ingest.told import NotTaken, Told, ToldEvent, ToldEvents
from controller.storage.tables import EventRow, ProofRow
from controller.storage.writing import insert_new
from playlists.reports import Refusal

Key = tuple[str, str, int]
"""Node, stream and number."""


def store(session: Session, told: Sequence[Told], now: datetime) -> list[NotTaken]:
    """Insert the events of a batch and their proofs; those that contradict stored bytes are refused."""
    news = {
        (each.node, each.what.stream, event.number): (each, event)
        for each in reversed(told)
        if isinstance(each.what, ToldEvents)
        for event in each.what.events
    }
    all_new = insert_new(session, EventRow, [_event_row(key, event, now) for key, (_, event) in news.items()])
    clashes = set() if all_new else _clashes(session, news)
    proofs = [_proof_row(key, event) for key, (_, event) in news.items() if event.closed and key not in clashes]
    insert_new(session, ProofRow, proofs)
    return [NotTaken(news[key][0].topic, Refusal.CONFLICT, f"event {key[2]} of {key[1]}") for key in sorted(clashes)]


def _clashes(session: Session, news: dict[Key, tuple[Told, ToldEvent]]) -> set[Key]:
    found = set()
    for node, stream in {key[:2] for key in news}:
        numbers = [key[2] for key in news if key[:2] == (node, stream)]
        chosen = select(EventRow.number, EventRow.body).where(EventRow.node_id == node, EventRow.stream == stream)
        for number, body in session.execute(chosen.where(EventRow.number.in_(numbers))):
            if bytes(body) != news[node, stream, number][1].text.encode():
                found.add((node, stream, number))
    return found


def _event_row(key: Key, event: ToldEvent, now: datetime) -> dict[str, Any]:
    return {
        "node_id": key[0],
        "stream": key[1],
        "number": key[2],
        "kind": event.kind,
        "occurrence_id": event.occurrence,
        "body": event.text.encode(),
        "received_at": now,
    }


def _proof_row(key: Key, event: ToldEvent) -> dict[str, Any]:
    closed = event.closed
    assert closed is not None
    return {
        "node_id": key[0],
        "stream": key[1],
        "number": key[2],
        "occurrence_id": closed.occurrence,
        "version": closed.version,
        "attempt": closed.attempt,
        "sounded_ms": closed.sounded,
        "due_ms": closed.due,
        "loudness": closed.loudness,
        "start_error_us": closed.start_error,
        "evidence": list(closed.evidence),
        "cause": closed.cause,
        "started_at_ms": closed.started_at,
        "closed_at_ms": event.wall,
        "assets": list(closed.assets),
    }
