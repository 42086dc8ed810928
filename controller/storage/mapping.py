"""Rows become the domain's values and back: the one place that knows both."""

import json
from collections.abc import Iterable
from datetime import time
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from controller.domain.airings import until_day
from controller.domain.programmes import usual_late
from controller.domain.sheets import PlayNow, Times
from controller.domain.values import (
    Area,
    AreaId,
    Broadcast,
    BroadcastId,
    Content,
    Field,
    HamletShare,
    Hours,
    InSession,
    Lane,
    Language,
    Late,
    Node,
    NodeId,
    OccurrenceId,
    Owed,
    PersonId,
    Places,
    PlaylistItem,
    Programme,
    ProgrammeId,
    Recurrence,
    Scope,
    Serves,
    Start,
    Timetable,
    Version,
    VersionState,
    Zone,
    ZoneId,
)
from controller.storage.tables import (
    AreaPeriodRow,
    AreaRow,
    AssetRow,
    BroadcastRow,
    NodeRow,
    OwedRow,
    PlayNowRow,
    ProgrammeRow,
    ServesRow,
    VersionRow,
    ZoneHamletRow,
    ZoneRow,
)
from playlists.models import Asset, Kind, Millis, NodeSettings, Number, Priority

Read = TypeVar("Read")

_PLAYLIST = TypeAdapter(tuple[PlaylistItem, ...])
_PLACES = TypeAdapter(Places)
_RECURRENCE = TypeAdapter(Recurrence)
_LATE = TypeAdapter(Late)
_START = TypeAdapter(Start)
_IN_SESSION = TypeAdapter(InSession)
_TIMETABLES = TypeAdapter(tuple[Timetable, ...])
_HOURS = TypeAdapter(tuple[time, time])
_SCOPE: TypeAdapter[Scope] = TypeAdapter(Scope)
_HAMLETS = TypeAdapter(tuple[HamletShare, ...])
_PATH = TypeAdapter(tuple[tuple[AreaId, str], ...])


def area_value(row: AreaRow, period: AreaPeriodRow) -> Area:
    """An area as it stands in one period."""
    return Area(
        AreaId(row.id),
        None if period.parent_id is None else AreaId(period.parent_id),
        period.name,
        row.kind,
        row.head_title,
        row.time_zone,
        tuple(map(Language, row.languages or ())),
        row.settings,
        _TIMETABLES.validate_python(row.sessions or []),
        None if row.hours is None else Hours(*_HOURS.validate_python(row.hours)),
    )


def timetables_column(timetables: tuple[Timetable, ...]) -> list[Any] | None:
    """The sessions of an area as a column of its row; None where it inherits them."""
    return _TIMETABLES.dump_python(timetables, mode="json") if timetables else None


def hours_column(hours: Hours | None) -> list[Any] | None:
    """The hours of an area as a column of its row; None where it inherits them."""
    return None if hours is None else _HOURS.dump_python((hours.begin, hours.end), mode="json")


def node_value(row: NodeRow, serves: list[ServesRow]) -> Node:
    """A node with its hamlets."""
    return Node(
        NodeId(row.id),
        row.name,
        AreaId(row.home_hamlet_id),
        tuple(Serves(AreaId(each.hamlet_id), each.homes) for each in sorted(serves, key=lambda one: one.hamlet_id)),
        NodeSettings.model_validate(row.settings, strict=False),
    )


def zone_value(row: ZoneRow, name: str, hamlets: list[ZoneHamletRow]) -> Zone:
    """A zone; `name` is its own or its area's."""
    return Zone(
        ZoneId(row.id),
        name,
        AreaId(row.owner_area_id),
        None if row.area_id is None else AreaId(row.area_id),
        tuple(sorted(AreaId(each.hamlet_id) for each in hamlets)),
    )


def asset_value(row: AssetRow) -> Asset:
    """An asset as the wire names it."""
    return Asset(sha256=row.sha256, bytes=row.bytes, frames=row.frames)


@lru_cache(maxsize=4096)
def asset_read(row: AssetRow) -> Asset:
    """An asset of a row as `read_rows` gives it: understood once."""
    return asset_value(row)


def programme_value(row: ProgrammeRow) -> Programme:
    """A programme."""
    kind, defaults = Kind(row.kind), row.defaults
    said = (json.loads(defaults) if isinstance(defaults, str) else defaults).get("late")
    late = usual_late(kind) if said is None else _LATE.validate_python(said)
    return Programme(ProgrammeId(row.id), AreaId(row.area_id), row.name, kind, Field(row.field), late)


def defaults_column(late: Late | None) -> dict[str, Any]:
    """What comes with a programme as a column of its row; what is None is as usual."""
    return {} if late is None else {"late": _LATE.dump_python(late, mode="json")}


def broadcast_value(row: BroadcastRow, programme: ProgrammeRow, versions: Iterable[Version]) -> Broadcast:
    """A broadcast with all its versions."""
    return Broadcast(
        BroadcastId(row.id),
        programme_value(programme),
        AreaId(row.area_id),
        tuple(sorted(versions, key=lambda one: one.number)),
        Lane(row.lane),
        row.withdrawn_at,
    )


def version_value(row: VersionRow) -> Version:
    """A version with its content."""
    return Version(
        number=row.number,
        state=VersionState(row.state),
        scope=_read(_SCOPE, row.scope),
        content=_content(row),
        digest=row.digest,
        author=PersonId(row.author_id),
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        decided_by=None if row.decided_by is None else PersonId(row.decided_by),
        decided_at=row.decided_at,
        returned_why=row.returned_why,
        carried_from=row.approval_carried_from,
        approved_until=row.approved_until,
        approval_ended_at=row.approval_ended_at,
        paper_by=None if row.paper_by is None else PersonId(row.paper_by),
        paper_note=row.paper_note,
        paper_seen_at=row.paper_seen_at,
    )


def version_columns(version: Version) -> dict[str, Any]:
    """A version as columns of its row, without the broadcast's id."""
    return {
        "number": version.number,
        "state": version.state.value,
        "digest": version.digest,
        "scope": _SCOPE.dump_python(version.scope, mode="json"),
        **_content_columns(version.content),
        "author_id": version.author,
        "created_at": version.created_at,
        "submitted_at": version.submitted_at,
        "decided_by": version.decided_by,
        "decided_at": version.decided_at,
        "returned_why": version.returned_why,
        "approval_carried_from": version.carried_from,
        "approved_until": version.approved_until,
        "until_day": until_day(version),
        "approval_ended_at": version.approval_ended_at,
        "paper_by": version.paper_by,
        "paper_note": version.paper_note,
        "paper_seen_at": version.paper_seen_at,
        "own_approval": version.decided_by == version.author and version.state is VersionState.APPROVED,
    }


def play_now_value(row: PlayNowRow, version: VersionRow, tier: int) -> PlayNow:
    """A play now; its playlist is its version's."""
    times = None
    if row.starts_at_ms is not None and row.start_by_ms is not None and row.ends_at_ms is not None:
        times = Times(Millis(row.starts_at_ms), Millis(row.start_by_ms), Millis(row.ends_at_ms))
    return PlayNow(
        BroadcastId(row.broadcast_id),
        row.version,
        Millis(row.nominal_ms),
        Kind(row.kind),
        Priority[version.priority.upper()],
        version.rank,
        tier,
        _PLAYLIST.validate_python(version.playlist or []),
        times,
        row.stopped_at,
        row.message,
        tuple((name, value) for name, value in row.slots or ()),
        row.every_ms or 0,
        tuple(row.answers or ()),
        bool(row.out_of_hours),
    )


@lru_cache(maxsize=4096)
def _hamlets(text: str) -> tuple[HamletShare, ...]:
    return _HAMLETS.validate_json(text)


@lru_cache(maxsize=256)
def _path(text: str) -> tuple[tuple[AreaId, str], ...]:
    return _PATH.validate_json(text)


def words(said: Iterable[str]) -> tuple[str, ...]:
    """A list of a JSON column, as it is or as text."""
    return _words(said) if isinstance(said, str) else tuple(said)


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def owed_value(row: OwedRow) -> Owed:
    """An owed row as it was frozen.

    Its JSON may come as text: hamlets and path of a node are the same in all rows of a day.
    """
    hamlets, path = row.hamlets, row.area_path
    return Owed(
        node=NodeId(row.node_id),
        occurrence=OccurrenceId(row.occurrence_id),
        version=row.version,
        broadcast=BroadcastId(row.broadcast_id),
        nominal=Millis(row.nominal_ms),
        starts_at=Millis(row.starts_at_ms),
        start_by=Millis(row.start_by_ms),
        ends_at=Millis(row.ends_at_ms),
        day=row.day,
        due=row.due_ms,
        hashes=words(row.hashes),
        lane=Lane(row.lane),
        zone=None if row.zone_id is None else ZoneId(row.zone_id),
        issuer=row.issuer,
        document=Number(epoch=row.epoch, sequence=row.sequence),
        area=AreaId(row.area_id),
        hamlets=_hamlets(hamlets) if isinstance(hamlets, str) else _HAMLETS.validate_python(hamlets),
        area_path=_path(path) if isinstance(path, str) else _PATH.validate_python(path),
        node_name=row.node_name,
        title=row.title,
        programme=row.programme,
        programme_kind=Kind(row.programme_kind),
        field=Field(row.field),
        priority=Priority[row.priority.upper()],
    )


@lru_cache(maxsize=8192)
def owed_read(row: OwedRow) -> Owed:
    """What is owed by a row as `read_rows` gives it: understood once."""
    return owed_value(row)


def owed_columns(owed: Owed) -> dict[str, Any]:
    """An owed value as columns of a new row."""
    return {
        "node_id": owed.node,
        "occurrence_id": owed.occurrence,
        "version": owed.version,
        "broadcast_id": owed.broadcast,
        "nominal_ms": owed.nominal,
        "starts_at_ms": owed.starts_at,
        "start_by_ms": owed.start_by,
        "ends_at_ms": owed.ends_at,
        "day": owed.day,
        "due_ms": owed.due,
        "hashes": list(owed.hashes),
        "lane": owed.lane.value,
        "zone_id": owed.zone,
        "issuer": owed.issuer,
        "epoch": owed.document.epoch,
        "sequence": owed.document.sequence,
        "area_id": owed.area,
        "hamlets": _HAMLETS.dump_python(owed.hamlets, mode="json"),
        "area_path": _PATH.dump_python(owed.area_path, mode="json"),
        "node_name": owed.node_name,
        "title": owed.title,
        "programme": owed.programme,
        "programme_kind": owed.programme_kind.value,
        "field": owed.field.value,
        "priority": owed.priority.name.lower(),
    }


def _content(row: VersionRow) -> Content:
    return Content(
        title=row.title,
        time_zone=row.time_zone,
        playlist=None if row.playlist is None else _read(_PLAYLIST, row.playlist),
        places=None if row.places is None else _read(_PLACES, row.places),
        recurrence=None if row.recurrence is None else _read(_RECURRENCE, row.recurrence),
        start=None if row.start is None else _read(_START, row.start),
        priority=Priority[row.priority.upper()],
        rank=row.rank,
        late=_read(_LATE, row.late),
        last_true_day=row.last_true_day,
        session=None if row.session is None else _read(_IN_SESSION, row.session),
    )


def _read(adapter: TypeAdapter[Read], said: object) -> Read:
    """The value of a JSON column, as it is or as text."""
    return adapter.validate_json(said) if isinstance(said, str) else adapter.validate_python(said)


def _content_columns(content: Content) -> dict[str, Any]:
    return {
        "title": content.title,
        "time_zone": content.time_zone,
        "playlist": None if content.playlist is None else _PLAYLIST.dump_python(content.playlist, mode="json"),
        "places": None if content.places is None else _PLACES.dump_python(content.places, mode="json"),
        "recurrence": None if content.recurrence is None else _RECURRENCE.dump_python(content.recurrence, mode="json"),
        "start": None if content.start is None else _START.dump_python(content.start, mode="json"),
        "priority": content.priority.name.lower(),
        "rank": content.rank,
        "late": _LATE.dump_python(content.late, mode="json"),
        "last_true_day": content.last_true_day,
        "session": None if content.session is None else _IN_SESSION.dump_python(content.session, mode="json"),
    }
