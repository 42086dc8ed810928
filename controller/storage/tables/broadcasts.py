"""Audio, programmes, broadcasts with their versions, and what the alert sheets are to say."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base, Counter


class AssetRow(Base):
    """An audio file in the delivery profile, named by its SHA-256; the original is kept for listening."""

    __tablename__ = "asset"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    frames: Mapped[int] = mapped_column(BigInteger)
    loudness_lufs: Mapped[float | None]
    peak_dbtp: Mapped[float | None]
    original_sha256: Mapped[str | None]
    original_path: Mapped[str | None]
    made_at: Mapped[datetime]


class AssetEntryRow(Base):
    """An asset in the library of an area: the same audio may stand in two libraries under two titles."""

    __tablename__ = "asset_entry"

    sha256: Mapped[str] = mapped_column(ForeignKey("asset.sha256"), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True, index=True)
    title: Mapped[str]
    original_name: Mapped[str | None]
    added_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class SpeechRow(Base):
    """A text that a voice has already spoken; `key` is the SHA-256 of voice, language and text."""

    __tablename__ = "speech"

    key: Mapped[str] = mapped_column(primary_key=True)
    voice: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("asset.sha256"))
    rendered_at: Mapped[datetime]


class ProgrammeRow(Base):
    """An editorial strand with its kind, field and defaults."""

    __tablename__ = "programme"

    id: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    field: Mapped[str]
    defaults: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class BroadcastRow(Base):
    """A decision of one owner area in one programme; withdrawn as a whole. `lane` is plan or sheet (a play now)."""

    __tablename__ = "broadcast"

    id: Mapped[str] = mapped_column(primary_key=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programme.id"), index=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    lane: Mapped[str]
    created_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_why: Mapped[str | None]


class VersionRow(Base):
    """All that is decided, numbered. Of a version with named starts only what it changes is not None.

    `until_day`: the last local day on which it can air; None: there is no end.
    """

    __tablename__ = "version"

    broadcast_id: Mapped[str] = mapped_column(ForeignKey("broadcast.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str]
    scope: Mapped[dict[str, Any]]
    title: Mapped[str]
    playlist: Mapped[list[Any] | None]
    places: Mapped[dict[str, Any] | None]
    recurrence: Mapped[dict[str, Any] | None]
    session: Mapped[dict[str, Any] | None]
    start: Mapped[dict[str, Any] | None]
    time_zone: Mapped[str]
    priority: Mapped[str]
    rank: Mapped[int]
    late: Mapped[dict[str, Any]]
    last_true_day: Mapped[date | None]
    author_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    returned_why: Mapped[str | None]
    approval_carried_from: Mapped[int | None]
    own_approval: Mapped[bool]
    approved_until: Mapped[date | None]
    until_day: Mapped[date | None] = mapped_column(index=True)
    approval_ended_at: Mapped[datetime | None]
    paper_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    paper_note: Mapped[str | None]
    paper_seen_at: Mapped[datetime | None]


class PlayNowRow(Base):
    """A one-off airing that lives in the sheets of its zones only; `starts_at_ms` is set once, at its release.

    An alarm has a prepared `message` with what fills its slots, and `lasts_ms` until its hard end; `answers` are the
    occurrences that it corrects, ends or closes. Until `waits_until` it waits for a second person.
    """

    __tablename__ = "play_now"
    __table_args__ = (ForeignKeyConstraint(["broadcast_id", "version"], ["version.broadcast_id", "version.number"]),)

    occurrence_id: Mapped[str] = mapped_column(primary_key=True)
    broadcast_id: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    kind: Mapped[str]
    issuer: Mapped[str]
    asked_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    nominal_ms: Mapped[int] = mapped_column(BigInteger)
    starts_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    start_by_ms: Mapped[int | None] = mapped_column(BigInteger)
    ends_at_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    message: Mapped[str | None]
    slots: Mapped[list[Any] | None]
    every_ms: Mapped[int | None]
    answers: Mapped[list[Any] | None]
    lasts_ms: Mapped[int | None] = mapped_column(BigInteger)
    waits_until: Mapped[datetime | None]
    out_of_hours: Mapped[bool | None]
    reason: Mapped[str | None]
    second_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    second_at: Mapped[datetime | None]


class PlayNowZoneRow(Base):
    """A zone whose sheet carries a play now."""

    __tablename__ = "play_now_zone"

    occurrence_id: Mapped[str] = mapped_column(ForeignKey("play_now.occurrence_id"), primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.id"), primary_key=True, index=True)


class WithdrawalRow(Base):
    """An occurrence that the sheet of a zone takes back until it would have ended: a stop, or a withdrawal today.

    `epoch` and `sequence` are of the sheet with which it first went out.
    """

    __tablename__ = "withdrawal"
    __table_args__ = (Index("ix_withdrawal_zone_until", "zone_id", "until_ms"),)

    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    occurrence_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    issuer: Mapped[str]
    cause: Mapped[str]
    until_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    epoch: Mapped[int | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)


class MuteRow(Base):
    """TẮT HẾT LOA in one zone. Mutes add up: each ends by its time or by its own lifting.

    `epoch` and `sequence` are of the sheet with which it first went out.
    """

    __tablename__ = "mute"
    __table_args__ = (Index("ix_mute_zone_until", "zone_id", "until_ms"),)

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.id"))
    issuer: Mapped[str]
    until_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    epoch: Mapped[int | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
