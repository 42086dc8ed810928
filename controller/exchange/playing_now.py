"""A play now is released when the reachable nodes hold its audio, or have had their time: its moments are set once.

An alarm waits for no download, since every node holds the message book; it may wait for a second person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.domain import alarms
from controller.domain.sheets import SILENT_AFTER, WAIT_FOR_AUDIO, Times, may_release, release
from controller.domain.sounding import longest_ms
from controller.domain.values import NodeId, PlaylistItem, Sha256, to_ms
from controller.exchange.commune import Commune
from controller.storage.field import promised_by
from controller.storage.mapping import version_value
from controller.storage.queries import assets
from controller.storage.tables import AuditRow, ConditionRow, PlayNowRow, PlayNowZoneRow, VersionRow
from playlists.models import Kind

MOST_MISSING = 200
"""How many missing assets a status names; with that many there may be more."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """What the newest plan gave a node to hold."""

    digest: str
    assets: frozenset[str]


def release_waiting(session: Session, commune: Commune, given: Mapping[str, Given], now: datetime) -> datetime | None:
    """Set the moments of every play now that may start; when to look again if one waits on, else None."""
    waiting = select(PlayNowRow).where(PlayNowRow.starts_at_ms.is_(None), PlayNowRow.stopped_at.is_(None))
    rows = list(session.scalars(waiting.order_by(PlayNowRow.nominal_ms, PlayNowRow.message == alarms.CLOSING)))
    kept = [row for row in rows if not _released(session, commune, given, row, now)]
    again = (_look_again(row) for row in kept)
    return min((at for at in again if at is not None), default=None)


def wanted_soon(session: Session, now: datetime) -> dict[str, frozenset[Sha256]]:
    """The audio of what is or will be played now, by zone."""
    rows = session.execute(
        select(PlayNowZoneRow.zone_id, VersionRow)
        .join(PlayNowRow, PlayNowRow.occurrence_id == PlayNowZoneRow.occurrence_id)
        .join(
            VersionRow, (VersionRow.broadcast_id == PlayNowRow.broadcast_id) & (VersionRow.number == PlayNowRow.version)
        )
        .where(PlayNowRow.stopped_at.is_(None))
        .where(or_(PlayNowRow.ends_at_ms.is_(None), PlayNowRow.ends_at_ms > to_ms(now)))
    )
    found: defaultdict[str, set[Sha256]] = defaultdict(set)
    for zone, version in rows:
        found[zone] |= _audio(_playlist(version))
    return {zone: frozenset(hashes) for zone, hashes in found.items()}


def _look_again(row: PlayNowRow) -> datetime | None:
    if row.issuer == alarms.EMERGENCY:
        return row.waits_until
    return row.asked_at + WAIT_FOR_AUDIO


def _released(session: Session, commune: Commune, given: Mapping[str, Given], row: PlayNowRow, now: datetime) -> bool:
    if row.issuer == alarms.EMERGENCY:
        return _alarm_released(session, commune, row, now)
    playlist = _playlist(session.get_one(VersionRow, (row.broadcast_id, row.version)))
    wanted = _audio(playlist)
    nodes = _nodes(session, commune, row)
    words = _last_words(session, commune, nodes, now)
    if not may_release(row.asked_at, now, all(_holds(given.get(node), word, wanted) for node, word in words.items())):
        return False
    times = release(now, _warm_up(commune, nodes), longest_ms(playlist, assets(session, wanted)))
    _set(row, times)
    return True


def _alarm_released(session: Session, commune: Commune, row: PlayNowRow, now: datetime) -> bool:
    """Whether an alarm, or what answers one, has its moments: closing words when their alarm has its end."""
    warm_up = _warm_up(commune, _nodes(session, commune, row)) + alarms.DELIVERY_MS
    times = _alarm_times(session, row, release(now, warm_up, 0).starts_at, now)
    if times is not None:
        _set(row, times)
    return times is not None


def _alarm_times(session: Session, row: PlayNowRow, starts_at: int, now: datetime) -> Times | None:
    if row.message == alarms.CLOSING:
        closed = session.get_one(PlayNowRow, (row.answers or [""])[0])
        return None if closed.ends_at_ms is None else alarms.closing_at(closed.ends_at_ms)
    if row.waits_until is not None and row.second_at is None:
        if now < row.waits_until:
            return None
        _went_out_alone(session, row, now)
    if Kind(row.kind) in (Kind.CORRECTION, Kind.ALL_CLEAR):
        return alarms.answering(starts_at)
    return alarms.sounding_until(starts_at, row.lasts_ms or alarms.USUAL_MIN * 60_000)


def _went_out_alone(session: Session, row: PlayNowRow, now: datetime) -> None:
    """Nobody answered in time: it goes out, and that is written down."""
    session.add(
        AuditRow(
            at=now, person_id=None, person_name="", address=None, act="alarm_unanswered", area_id=None,
            object_kind="occurrence", object_id=row.occurrence_id, details={"asked_by": row.asked_by},
        )
    )  # fmt: skip


def _warm_up(commune: Commune, nodes: Iterable[NodeId]) -> int:
    return max((commune.tree.nodes[node].settings.warm_up for node in nodes), default=0)


def _set(row: PlayNowRow, times: Times) -> None:
    row.starts_at_ms, row.start_by_ms, row.ends_at_ms = times.starts_at, times.start_by, times.ends_at


def _playlist(version: VersionRow) -> tuple[PlaylistItem, ...]:
    return version_value(version).content.playlist or ()


def _audio(playlist: Iterable[PlaylistItem]) -> set[Sha256]:
    return {each.asset for item in playlist for each in item.recordings}


def _nodes(session: Session, commune: Commune, row: PlayNowRow) -> set[NodeId]:
    zones = select(PlayNowZoneRow.zone_id).where(PlayNowZoneRow.occurrence_id == row.occurrence_id)
    return {node for zone in session.scalars(zones) for node in commune.nodes_of(zone)}


def _last_words(
    session: Session, commune: Commune, nodes: Collection[NodeId], now: datetime
) -> dict[str, Mapping[str, Any]]:
    """The last status of each reachable node: connected, and heard of lately."""
    connected = session.scalars(
        select(ConditionRow).where(ConditionRow.online.is_(True), ConditionRow.node_id.in_(sorted(nodes)))
    )
    return {row.node_id: row.status or {} for row in connected if now - _heard_at(row) <= _silence(row, commune)}


def _heard_at(row: ConditionRow) -> datetime:
    return max(at for at in (row.birth_at, row.status_at, NEVER) if at is not None)


def _silence(row: ConditionRow, commune: Commune) -> timedelta:
    wanted = commune.tree.nodes[NodeId(row.node_id)].settings.heartbeat
    return SILENT_AFTER * timedelta(milliseconds=promised_by(row.status, wanted))


def _holds(given: Given | None, status: Mapping[str, Any], wanted: Collection[str]) -> bool:
    """Whether a node says that it holds the plan that names the audio, and lacks none of it."""
    if given is None or not given.assets.issuperset(wanted):
        return False
    held = {each["digest"] for each in status.get("held", ()) if each["kind"] == "plan"}
    missing = {each["sha256"] for each in status.get("missing", ())}
    return given.digest in held and len(missing) < MOST_MISSING and missing.isdisjoint(wanted)
