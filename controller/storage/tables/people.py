"""People, what they may, how they come in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base, Counter


class PersonRow(Base):
    """A person of the office. Without `password` (an argon2 hash) nobody signs in under this name.

    `pin` (argon2 too) starts alarms, on a device that knows the person.
    """

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    pen_name: Mapped[str | None]
    language: Mapped[str]
    password: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    pin: Mapped[str | None]


class GrantRow(Base):
    """A role in the branch below an area."""

    __tablename__ = "role_grant"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]


class SignInRow(Base):
    """A person's log-in in a browser. Only the SHA-256 of its secret is kept."""

    __tablename__ = "sign_in"

    secret_sha256: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("device.id"))
    address: Mapped[str | None]
    browser: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeviceRow(Base):
    """A browser in which a person signed in and that is to be remembered. Only the SHA-256 of its secret is kept."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("person_id", "secret_sha256"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    secret_sha256: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]


class TokenRow(Base):
    """A programme's key to the API, in the name of a person."""

    __tablename__ = "token"

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SetupCodeRow(Base):
    """The one-time code with which the first administrator comes in."""

    __tablename__ = "setup_code"

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    code_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailureRow(Base):
    """A wrong password or set-up code, counted by the throttle; of a known device by that device."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_username_at", "username", "at"),
        Index("ix_sign_in_failure_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    username: Mapped[str]
    address: Mapped[str | None]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("device.id"), index=True)
    at: Mapped[datetime]


class AuditRow(Base):
    """One act of one person; written in the transaction of the act."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    person_name: Mapped[str]
    address: Mapped[str | None]
    act: Mapped[str]
    area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"), index=True)
    object_kind: Mapped[str]
    object_id: Mapped[str]
    details: Mapped[dict[str, Any]]


class IdempotencyRow(Base):
    """The answer once given to a creation, repeated to whoever asks again with the same key.

    `request_sha256` is keyed with a secret outside the database: the request may have held a password.
    """

    __tablename__ = "idempotency"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[str]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)
