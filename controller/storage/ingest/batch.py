"""One batch, one transaction: load what is known of its nodes, fold the messages in, write what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from controller.storage.ingest import conditions, events, refusals, signs, streams
from controller.storage.ingest.marks import Known, Stream
from controller.storage.ingest.told import Acknowledged, NotTaken, Taken, Told, ToldEvents


def ingest(session: Session, told: Sequence[Told], not_taken: Sequence[NotTaken], now: datetime) -> Taken:
    """Write a batch down in this transaction; acknowledge and answer what comes back only after its commit."""
    known = conditions.load(session, told)
    before = {node: condition.stream for node, condition in known.conditions.items()}
    for each in told:
        known.take(each, now)
    streams.begin(session, _new_streams(told, known, before), now)
    clashes = events.store(session, told, now)
    signs.store(session, told, now)
    journals = streams.advance(session, told, now)
    again, old = conditions.told_again(session, known)
    conditions.write(session, known, now)
    refused = (*not_taken, *known.not_taken, *old, *clashes)
    refusals.count(session, refused, now)
    acknowledged = (
        Acknowledged(node, stream, journal.number, journal.digest)
        for (node, stream), journal in journals
        if journal.digest is not None
    )
    births = {birth.node: birth for birth in (*again, *known.births.values())}
    return Taken(tuple(births.values()), tuple(known.statuses.values()), tuple(acknowledged), refused)


def _new_streams(told: Sequence[Told], known: Known, before: dict[str, str | None]) -> set[Stream]:
    """Streams that may have no row yet: those of events, and those to which a node changed."""
    spoken = {(each.node, each.what.stream) for each in told if isinstance(each.what, ToldEvents)}
    changed = {
        (node, condition.stream)
        for node, condition in known.conditions.items()
        if condition.stream is not None and condition.stream != before.get(node)
    }
    return spoken | changed | known.left
