"""What went down and what came up: documents, keys, nodes' condition, events, proofs, what is owed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base, Counter


class KeyRow(Base):
    """What is public about a key; the private half stays with the signer."""

    __tablename__ = "key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    rights: Mapped[list[Any]]
    x: Mapped[str]
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class DocumentRow(Base):
    """A signed document as it went out.

    `content_sha256` is of what it says without its number and times of issue; `window_start_ms` is a plan's,
    `entries` are the occurrences that a sheet carries: what a node that accepted it was told.
    """

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_kind_to", "kind", "to", "issuer", "epoch", "sequence", unique=True),)

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    kind: Mapped[str]
    to: Mapped[str]
    issuer: Mapped[str]
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(index=True)
    content_sha256: Mapped[str]
    window_start_ms: Mapped[int | None] = mapped_column(BigInteger)
    entries: Mapped[list[Any] | None]
    signed_bytes: Mapped[bytes]
    signed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    adopted: Mapped[bool]


class ConditionRow(Base):
    """The last that is known of a node. `stream`, `boot`, `number` order births and statuses.

    `machines`: which machines spoke by its name lately, and until when by their own clocks.
    """

    __tablename__ = "condition"

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    online: Mapped[bool]
    connection_id: Mapped[str | None]
    connection_at: Mapped[datetime | None]
    stream: Mapped[str | None]
    boot: Mapped[int | None]
    number: Mapped[int | None] = mapped_column(BigInteger)
    birth: Mapped[dict[str, Any] | None]
    birth_at: Mapped[datetime | None]
    status: Mapped[dict[str, Any] | None]
    status_at: Mapped[datetime | None]
    machines: Mapped[dict[str, Any] | None]


class StreamRow(Base):
    """A journal of a node and how far it is acknowledged; `digest` is of the acknowledged event's bytes.

    `boot` and `told` are those of the newest birth or status: what is lower is refused.
    """

    __tablename__ = "stream"

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str | None]
    gone: Mapped[list[Any]]
    boot: Mapped[int] = mapped_column(BigInteger)
    told: Mapped[int] = mapped_column(BigInteger)
    begun_at: Mapped[datetime]
    received_at: Mapped[datetime]


class EventRow(Base):
    """A numbered fact of a node, as the exact bytes that were journalled."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_occurrence", "occurrence_id", "node_id"),)

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    occurrence_id: Mapped[str | None]
    body: Mapped[bytes]
    received_at: Mapped[datetime]


class ProofRow(Base):
    """A CLOSED: the one closing fact of an occurrence on a node, of a known occurrence or not."""

    __tablename__ = "proof"
    __table_args__ = (Index("ix_proof_occurrence", "occurrence_id", "node_id"),)

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    occurrence_id: Mapped[str]
    version: Mapped[int]
    attempt: Mapped[int]
    sounded_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger)
    loudness: Mapped[float | None]
    start_error_us: Mapped[int | None] = mapped_column(BigInteger)
    evidence: Mapped[list[Any]]
    cause: Mapped[str | None]
    started_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    closed_at_ms: Mapped[int] = mapped_column(BigInteger)
    assets: Mapped[list[Any]]


class OwedRow(Base):
    """An occurrence, of one version, that a node was told to sound; frozen at its start, reports read this."""

    __tablename__ = "owed"
    __table_args__ = (
        Index("ix_owed_starts_at", "starts_at_ms", "node_id"),
        Index("ix_owed_broadcast", "broadcast_id", "nominal_ms"),
    )

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    occurrence_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    broadcast_id: Mapped[str]
    nominal_ms: Mapped[int] = mapped_column(BigInteger)
    starts_at_ms: Mapped[int] = mapped_column(BigInteger)
    start_by_ms: Mapped[int] = mapped_column(BigInteger)
    ends_at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    day: Mapped[date] = mapped_column(index=True)
    due_ms: Mapped[int] = mapped_column(BigInteger)
    hashes: Mapped[list[Any]]
    lane: Mapped[str]
    zone_id: Mapped[str | None]
    issuer: Mapped[str]
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    gone_epoch: Mapped[int | None]
    gone_sequence: Mapped[int | None] = mapped_column(BigInteger)
    gone_at: Mapped[datetime | None]
    gone_cause: Mapped[str | None]
    area_id: Mapped[str]
    hamlets: Mapped[list[Any]]
    area_path: Mapped[list[Any]]
    node_name: Mapped[str]
    title: Mapped[str]
    programme: Mapped[str]
    programme_kind: Mapped[str]
    field: Mapped[str]
    priority: Mapped[str]
    verdict: Mapped[dict[str, Any] | None]
    settled_at: Mapped[datetime | None]


class RefusalRow(Base):
    """Something that came up and was refused, counted by topic and reason."""

    __tablename__ = "refusal"

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    topic: Mapped[str]
    reason: Mapped[str]
    details: Mapped[str]
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
