"""Silences, and approvals that stand."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base


class SilenceRow(Base):
    """From when to when some places are quiet, of what (`kinds` empty: all routine) and why."""

    __tablename__ = "silence"

    id: Mapped[str] = mapped_column(primary_key=True)
    begin_at: Mapped[datetime]
    end_at: Mapped[datetime] = mapped_column(index=True)
    kinds: Mapped[list[Any]]
    why: Mapped[str]
    note: Mapped[str]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]


class SilenceAreaRow(Base):
    """An area that a silence is for."""

    __tablename__ = "silence_area"

    silence_id: Mapped[str] = mapped_column(ForeignKey("silence.id"), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True, index=True)


class SilenceToldRow(Base):
    """With which plan a silence, as it lasts until `until_at`, first went out to a node."""

    __tablename__ = "silence_told"

    silence_id: Mapped[str] = mapped_column(ForeignKey("silence.id"), primary_key=True)
    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    until_at: Mapped[datetime]
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)


class StandingApprovalRow(Base):
    """An asset that may be aired in an area up to a day, whoever plans it."""

    __tablename__ = "standing_approval"

    id: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("asset.sha256"))
    until: Mapped[date]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
