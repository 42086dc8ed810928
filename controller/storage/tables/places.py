"""Areas, zones and nodes: where the commune speaks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.storage.tables.base import Base


class SiteRow(Base):
    """The one row of this installation: its name on the wire and the epoch, which only an operator raises.

    `plans_held_at`: since when no plan is signed, because nodes were given newer ones than this database knows.
    `watched_at`: when somebody last looked for faults (every half minute); `linked`, `link_since`: whether the broker
    was reached then, and since when.
    """

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site: Mapped[str]
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    epoch_raised_at: Mapped[datetime | None]
    plans_held_at: Mapped[datetime | None]
    watched_at: Mapped[datetime | None]
    linked: Mapped[bool | None]
    link_since: Mapped[datetime | None]


class AreaRow(Base):
    """A place of the tree. What is None is inherited from the nearest ancestor that has it."""

    __tablename__ = "area"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    head_title: Mapped[str | None]
    time_zone: Mapped[str | None]
    hours: Mapped[list[Any] | None]
    sessions: Mapped[list[Any] | None]
    languages: Mapped[list[Any] | None]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class AreaPeriodRow(Base):
    """The name and the parent of an area from one day up to, not including, another."""

    __tablename__ = "area_period"

    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    from_day: Mapped[date] = mapped_column(primary_key=True)
    to_day: Mapped[date | None]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]


class NodeRow(Base):
    """A loudspeaker node. `public_key` is a JWK (OKP Ed25519); `settings` overrides the defaults of the wire."""

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    home_hamlet_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    public_key: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    enrolled_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ServesRow(Base):
    """Which hamlets hear a node, with their homes."""

    __tablename__ = "serves"

    node_id: Mapped[str] = mapped_column(ForeignKey("node.id"), primary_key=True)
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True, index=True)
    homes: Mapped[int]


class ZoneRow(Base):
    """A named set of nodes: of an area (`area_id`, follows the tree), or made by hand for an owner area."""

    __tablename__ = "zone"
    __table_args__ = (Index("uq_zone_area_id", "area_id", unique=True),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    owner_area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ZoneHamletRow(Base):
    """A hamlet of a hand-made zone: all nodes that serve it belong to the zone."""

    __tablename__ = "zone_hamlet"

    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
