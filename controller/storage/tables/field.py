"""What is known of the nodes' health: faults, stretches without contact, telling facts, what was asked of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base


class FaultRow(Base):
    """A fault with its life: of a node, of an area, or (neither) of the whole site."""

    __tablename__ = "fault"
    __table_args__ = (Index("ix_fault_node", "node_id", "opened_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    node_id: Mapped[str | None] = mapped_column(ForeignKey("node.id"))
    area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    life: Mapped[str]
    what: Mapped[str]
    severity: Mapped[int]
    opened_at: Mapped[datetime]
    since_at: Mapped[datetime]
    known_at: Mapped[datetime]
    grounds: Mapped[dict[str, Any]]
    clear_since: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    times: Mapped[int]
    under: Mapped[str | None]
    members: Mapped[list[Any]]
    acknowledged_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    acknowledged_at: Mapped[datetime | None]
    note: Mapped[str]


class OutageRow(Base):
    """From when to when the office heard nothing of a node, as far as that was long enough to be called silence."""

    __tablename__ = "outage"

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    begin_at: Mapped[datetime] = mapped_column(primary_key=True)
    end_at: Mapped[datetime | None]


class SignRow(Base):
    """A fact of a node that tells of its health (why it began, what it refused, what a test read), out of its events.

    `at` is when it happened as the node tells it, or when it came where the node did not know the time.
    """

    __tablename__ = "sign"
    __table_args__ = (Index("ix_sign_node", "node_id", "at"),)

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    fact: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(index=True)


class RequestRow(Base):
    """What was asked of a node, when it was sent and taken, and what came of it; `uploaded_at`: its file is here."""

    __tablename__ = "request"
    __table_args__ = (Index("ix_request_node", "node_id", "asked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"))
    action: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    asked_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    detail: Mapped[str]
    level: Mapped[float | None]
    sha256: Mapped[str | None]
    bytes: Mapped[int | None]
    uploaded_at: Mapped[datetime | None]
