"""The office's database and keys as a world begins: a commune, its hamlets and nodes, its staff, its audio."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from random import Random
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.domain.values import PersonId, Role, from_ms
from controller.operations.acting import Actor
from controller.signer import EMERGENCY, OFFICE, RIGHTS, ROOT
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import (
    AreaPeriodRow,
    AreaRow,
    AssetEntryRow,
    AssetRow,
    GrantRow,
    NodeRow,
    PersonRow,
    ProgrammeRow,
    ServesRow,
    SiteRow,
    ZoneRow,
)
from playlists import wire
from playlists.models import RATE, Key, KeySet, Number
from tests.simulation.office_rules import WatchedSigner
from tests.simulation.signatures import seeded_key
from tests.simulation.sounds import COMMUNE, audio, zone_of
from tests.simulation.types import NodeSpec

SITE, ZONE = "xa", "Asia/Ho_Chi_Minh"
PROGRAMMES = {"tin": "notice", "nhac": "music"}
"""The programmes by id, with their kind."""
LONGEST_BEAT_MS = 3_600_000
STAFF = {"bien-tap": Role.EDITOR, "duyet": Role.APPROVER, "truc": Role.DUTY_OFFICER}
EDITOR, APPROVER, OFFICER = (Actor(PersonId(name), name) for name in STAFF)


def memory() -> Engine:
    """An empty database in memory, of this thread."""
    return open_database("sqlite://")


@cache
def template() -> bytes:
    """A database with all tables, made once a process."""
    engine = memory()
    migrate(engine)
    image = image_of(engine)
    engine.dispose()
    return image


def image_of(engine: Engine) -> bytes:
    """All that is committed."""
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        connection.rollback()
        return bytes(driver.serialize())


def engine_of(image: bytes) -> Engine:
    """A database that holds what an image holds."""
    engine = memory()
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        connection.rollback()
        driver.deserialize(image)
        driver.execute("PRAGMA foreign_keys = ON")
    return engine


def signer_of(rng: Random) -> WatchedSigner:
    """The office's keys and the key set that root signed."""
    root = seeded_key(ROOT, rng)
    issuers = {name: seeded_key(name, rng) for name in (OFFICE, EMERGENCY)}
    keys = tuple(Key(kid=n, x=wire.public_x(key), issuer=n, rights=RIGHTS[n]) for n, key in issuers.items())
    key_set = KeySet(to=SITE, number=Number(epoch=1, sequence=1), keys=keys)
    return WatchedSigner(root, issuers, wire.sign(key_set, root))


def begin(engine: Engine, nodes: Sequence[NodeSpec], recordings: int, now: int) -> None:
    """Everything that stands before the first decision; `now` in ms UTC."""
    at = from_ms(now)
    hamlets = sorted({zone for node in nodes for zone in node.zones})

    def seed(session: Session) -> None:
        session.add(SiteRow(id=1, site=SITE, epoch=1, created_at=at))
        _areas(session, hamlets, at)
        session.flush()
        session.add_all(_node_row(node, at) for node in nodes)
        session.flush()
        session.add_all(ServesRow(node_id=node.id, hamlet_id=each, homes=50) for node in nodes for each in node.zones)
        _staff(session, at)
        session.flush()
        _library(session, recordings, at)

    transact(engine, seed)


def _areas(session: Session, hamlets: Sequence[str], at: datetime) -> None:
    session.add_all(
        AreaRow(id=area, kind="thôn" if area in hamlets else "xã", time_zone=ZONE, settings={}, created_at=at)
        for area in (COMMUNE, *hamlets)
    )
    session.flush()
    session.add_all(
        AreaPeriodRow(area_id=area, from_day=date(2020, 1, 1), parent_id=parent, name=area)
        for area, parent in ((COMMUNE, None), *((each, COMMUNE) for each in hamlets))
    )
    session.add_all(
        ZoneRow(id=zone_of(area), area_id=area, owner_area_id=area, created_at=at) for area in (COMMUNE, *hamlets)
    )


def _node_row(node: NodeSpec, at: datetime) -> NodeRow:
    return NodeRow(
        id=node.id,
        name=node.id,
        home_hamlet_id=node.zones[0],
        public_key={"kty": "OKP", "crv": "Ed25519", "x": node.public, "kid": str(node.key.kid)},
        settings={"heartbeat": LONGEST_BEAT_MS},
        enrolled_at=at,
    )


def _staff(session: Session, at: datetime) -> None:
    session.add_all(PersonRow(id=name, username=name, name=name, language="vi", created_at=at) for name in STAFF)
    session.flush()
    session.add_all(
        GrantRow(id=f"g-{name}", person_id=name, role=role.value, area_id=COMMUNE, granted_at=at)
        for name, role in STAFF.items()
    )


def _library(session: Session, recordings: int, at: datetime) -> None:
    session.add_all(
        ProgrammeRow(id=name, area_id=COMMUNE, name=name, kind=kind, field="general", defaults={}, created_at=at)
        for name, kind in PROGRAMMES.items()
    )
    files = [audio(number) for number in range(recordings)]
    session.add_all(
        AssetRow(sha256=sha256, bytes=size, frames=length * RATE // 1000, made_at=at) for sha256, length, size in files
    )
    session.flush()
    session.add_all(
        AssetEntryRow(sha256=sha256, area_id=COMMUNE, title=sha256[:8], added_by=EDITOR.person, added_at=at)
        for sha256, _, _ in files
    )
