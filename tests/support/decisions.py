"""Decisions of an office, written straight into its database: what the exchange turns into documents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.values import (
    AreaId,
    Content,
    Language,
    NamedStarts,
    PersonId,
    Places,
    PlaylistItem,
    Recording,
    Recurrence,
    Repeat,
    Sha256,
    Version,
    VersionState,
    to_ms,
)
from controller.domain.values import FromDay as FromDayOn
from controller.storage.engine import transact
from controller.storage.mapping import version_columns
from controller.storage.tables import (
    AssetRow,
    BroadcastRow,
    MuteRow,
    PersonRow,
    PlayNowRow,
    PlayNowZoneRow,
    ProgrammeRow,
    VersionRow,
    WithdrawalRow,
)
from playlists.models import RATE, Priority, occurrence_id
from tests.support.fleet import T0

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CLERK = PersonId("clerk")


def begin(engine: Engine) -> None:
    """A person and a programme."""

    def work(session: Session) -> None:
        session.add(PersonRow(id=CLERK, username="lan", name="Lan", language="vi", created_at=T0))
        session.add(
            ProgrammeRow(
                id="news",
                area_id="commune",
                name="Bản tin",
                kind="notice",
                field="general",
                defaults={},
                created_at=T0,
            )
        )

    transact(engine, work)


def sha(word: str) -> Sha256:
    """A hash that looks like one; what is a hash stays what it is."""
    return Sha256(word) if len(word) == 64 else Sha256(hashlib.sha256(word.encode()).hexdigest())


def add_assets(session: Session, words: Iterable[str], seconds: int = 60) -> None:
    """Assets named by words, where they are not there yet."""
    for word in words:
        if session.get(AssetRow, sha(word)) is None:
            session.add(AssetRow(sha256=sha(word), bytes=seconds * 6000, frames=seconds * RATE, made_at=T0))


def broadcast(
    engine: Engine,
    name: str,
    times: Iterable[time],
    words: Iterable[str] = ("bulletin",),
    area: str = "commune",
    first_day: date = date(2020, 1, 1),
    lane: str = "plan",
    priority: Priority = Priority.NORMAL,
) -> None:
    """An approved daily broadcast."""

    def work(session: Session) -> None:
        session.add(
            BroadcastRow(
                id=name,
                programme_id="news",
                area_id=area,
                lane=lane,
                created_by=CLERK,
                created_at=T0 - timedelta(days=9),
            )
        )
        session.flush()
        _add_version(session, name, 1, tuple(times), tuple(words), area, first_day, T0 - timedelta(days=8), priority)

    transact(engine, work)


def edit(
    engine: Engine, name: str, times: Iterable[time], words: Iterable[str], at: datetime, area: str = "commune"
) -> None:
    """A newer version of a broadcast, approved at `at`."""

    def work(session: Session) -> None:
        number = len(list(session.scalars(select(VersionRow).where(VersionRow.broadcast_id == name)))) + 1
        day = at.astimezone(ZONE).date()
        _add_version(session, name, number, tuple(times), tuple(words), area, day, at)

    transact(engine, work)


def replace(engine: Engine, name: str, recordings: Mapping[datetime, str], at: datetime) -> None:
    """For single airings of a broadcast another recording: a version of each named start, approved at `at`."""

    def work(session: Session) -> None:
        add_assets(session, recordings.values())
        session.flush()
        for number, (start, word) in enumerate(sorted(recordings.items()), 2):
            playlist = (PlaylistItem((Recording(Language("vi"), sha(word)),)),)
            content = Content(title=f"Tin {number}", time_zone=ZONE.key, playlist=playlist)
            scope = NamedStarts((to_ms(start),))
            version = Version(number, VersionState.APPROVED, scope, content, "d", CLERK, at, at, CLERK, at)
            session.add(VersionRow(broadcast_id=name, **version_columns(version)))

    transact(engine, work)


def _add_version(
    session: Session,
    name: str,
    number: int,
    times: tuple[time, ...],
    words: tuple[str, ...],
    area: str,
    day: date,
    at: datetime,
    priority: Priority = Priority.NORMAL,
) -> None:
    add_assets(session, words)
    session.flush()
    content = Content(
        title=f"Tin {number}",
        time_zone=ZONE.key,
        playlist=tuple(PlaylistItem((Recording(Language("vi"), sha(word)),)) for word in words),
        places=Places(areas=(AreaId(area),)),
        recurrence=Recurrence(Repeat.DAILY, day, times) if times else None,
        priority=priority,
    )
    version = Version(number, VersionState.APPROVED, FromDayOn(day), content, "d", CLERK, at, at, CLERK, at)
    session.add(VersionRow(broadcast_id=name, **version_columns(version)))


def play_now(
    engine: Engine,
    name: str,
    zone: str,
    at: datetime,
    words: Iterable[str] = ("urgent",),
    *,
    kind: str = "play_now",
    issuer: str = "office",
    priority: Priority = Priority.NORMAL,
) -> str:
    """Ask for a play now in a zone, or for an alarm; its occurrence's id."""
    broadcast(engine, name, (), words, lane="sheet", priority=priority)
    occurrence = occurrence_id(name, to_ms(at))

    def work(session: Session) -> None:
        session.add(
            PlayNowRow(
                occurrence_id=occurrence,
                broadcast_id=name,
                version=1,
                kind=kind,
                issuer=issuer,
                asked_by=CLERK,
                asked_at=at,
                nominal_ms=to_ms(at),
            )
        )
        session.flush()
        session.add(PlayNowZoneRow(occurrence_id=occurrence, zone_id=zone))

    transact(engine, work)
    return occurrence


def stop(engine: Engine, occurrence: str, at: datetime) -> None:
    """End a play now."""

    def work(session: Session) -> None:
        session.get_one(PlayNowRow, occurrence).stopped_at = at

    transact(engine, work)


def mute(engine: Engine, zone: str, at: datetime, hours: float = 2, issuer: str = "office") -> None:
    """TẮT HẾT LOA."""
    until = to_ms(at + timedelta(hours=hours))
    transact(engine, lambda s: s.add(MuteRow(zone_id=zone, issuer=issuer, until_ms=until, by=CLERK, at=at)))


def lift_mutes(engine: Engine, at: datetime) -> None:
    """Mở lại."""

    def work(session: Session) -> None:
        for row in session.scalars(select(MuteRow)):
            row.lifted_at, row.lifted_by = at, CLERK

    transact(engine, work)


def withdraw(engine: Engine, zone: str, occurrence: str, at: datetime) -> None:
    """Take an occurrence back by the zone's sheet."""
    row = WithdrawalRow(
        zone_id=zone,
        occurrence_id=occurrence,
        issuer="office",
        cause="withdrawn",
        until_ms=to_ms(at + timedelta(hours=3)),
        by=CLERK,
        at=at,
    )
    transact(engine, lambda session: session.add(row))
