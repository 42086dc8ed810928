"""What the operations of alarms read and write: the rows of an alarm, what lives in a zone, the policy of an area."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from controller.domain import alarms
from controller.domain import broadcasts as life
from controller.domain.alarms import CLOSING, EMERGENCY, Asked, Slots
from controller.domain.prepared import title_of
from controller.domain.problems import Problem
from controller.domain.sheets import Times
from controller.domain.sounding import longest_ms
from controller.domain.tree import languages, nodes_of_zone, path, places_of_zones, setting, time_zone
from controller.domain.values import (
    AreaId,
    BroadcastId,
    Content,
    Field,
    FromDay,
    Lane,
    NodeId,
    OccurrenceId,
    PlaylistItem,
    Tree,
    ZoneId,
    to_ms,
)
from controller.operations.acting import Act
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.saving import usable_assets
from controller.storage.books import message_book
from controller.storage.mapping import version_columns
from controller.storage.tables import BroadcastRow, PlayNowRow, PlayNowZoneRow, ProgrammeRow, VersionRow
from playlists.models import Kind, Millis, occurrence_id

MINUTES, SECOND_S = "alarm_minutes", "second_person_s"
"""Settings of areas: how long an alarm sounds; how long a second person is waited for (0: nobody is asked)."""
MOST_RECORDINGS = 8
"""Recordings that may follow the words of an alarm, so that its sheet stays small."""
_PROGRAMMES = {Kind.DRILL: "Diễn tập"}
_PROGRAMME = "Khẩn cấp"


@dataclass(frozen=True, slots=True)
class AlarmWish:
    """An alarm as somebody asks for it; what is None is as the area has it.

    `playlist` follows the prepared words in each pass. `pinned`: the person gave the own PIN.
    """

    area: AreaId
    message: str
    zones: tuple[ZoneId, ...]
    slots: Slots = field(default_factory=dict)
    playlist: tuple[PlaylistItem, ...] = ()
    minutes: int | None = None
    every_s: int | None = None
    pinned: bool = False


def alarm_row(act: Act, occurrence: OccurrenceId, where: str = "") -> PlayNowRow:
    """An alarm, or what answers one, that the person may act on. Raises NotFound, NotAllowed."""
    act.permit_somewhere()
    row = act.session.get(PlayNowRow, occurrence)
    if row is None or row.issuer != EMERGENCY or row.message == CLOSING:
        raise not_found(where)
    act.permit(owner_of(act, row), where)
    return row


def owner_of(act: Act, row: PlayNowRow) -> AreaId:
    """The area in whose name it was raised."""
    return AreaId(act.session.get_one(BroadcastRow, row.broadcast_id).area_id)


def zones_of(act: Act, row: PlayNowRow) -> tuple[ZoneId, ...]:
    """The zones in which it sounds, as far as they still are."""
    rows = act.session.scalars(select(PlayNowZoneRow.zone_id).where(PlayNowZoneRow.occurrence_id == row.occurrence_id))
    return tuple(sorted(ZoneId(zone) for zone in rows if zone in act.tree.zones))


def nodes_in(tree: Tree, zones: Iterable[ZoneId]) -> frozenset[NodeId]:
    """The nodes of some zones."""
    return frozenset(node for zone in zones if zone in tree.zones for node in nodes_of_zone(tree, zone))


def live_alarms(act: Act) -> list[PlayNowRow]:
    """Alarms and drills that wait, are about to sound or sound."""
    rows = select(PlayNowRow).where(PlayNowRow.issuer == EMERGENCY, PlayNowRow.stopped_at.is_(None))
    rows = rows.where(PlayNowRow.kind.in_([Kind.ALARM.value, Kind.DRILL.value]), PlayNowRow.message != CLOSING)
    rows = rows.where(or_(PlayNowRow.ends_at_ms.is_(None), PlayNowRow.ends_at_ms > to_ms(act.now)))
    return list(act.session.scalars(rows.order_by(PlayNowRow.nominal_ms)))


def waits(row: PlayNowRow) -> bool:
    """Whether it still waits for a second person."""
    return row.starts_at_ms is None and row.waits_until is not None and row.second_at is None and not row.stopped_at


def policy_minutes(act: Act, area: AreaId) -> int:
    """How long an alarm of an area sounds unless it is said."""
    found = setting(act.tree, area, MINUTES)
    usable = isinstance(found, int) and alarms.SHORTEST_MIN <= found <= alarms.LONGEST_MIN
    return found if isinstance(found, int) and usable else alarms.USUAL_MIN


def second_wait(act: Act, area: AreaId) -> datetime | None:
    """Until when a second person is waited for by the policy of an area; None: nobody is asked."""
    found = setting(act.tree, area, SECOND_S)
    if not isinstance(found, int) or found <= 0:
        return None
    return act.now + timedelta(seconds=min(found, alarms.LONGEST_SECOND_S))


def recorded_ms(act: Act, area: AreaId, playlist: tuple[PlaylistItem, ...]) -> int:
    """How long what follows the message takes. Raises Invalid for audio that is not in the area's libraries."""
    hashes = {each.asset for item in playlist for each in item.recordings}
    if sum(len(item.recordings) for item in playlist) > MOST_RECORDINGS:
        raise Invalid(Problem("playlist", "too_many", "At most eight recordings can follow the words of an alarm."))
    known = usable_assets(act, area, hashes)
    if not hashes <= known.keys() or not all(item.recordings for item in playlist):
        raise Invalid(Problem("playlist", "unknown_asset", "This audio is not in the library."))
    return longest_ms(playlist, known)


def require(act: Act, asked: Asked, zones: Sequence[ZoneId]) -> None:
    """Raises Invalid with everything that is wrong, Conflict where a zone has no room for it."""
    nodes = nodes_in(act.tree, zones)
    if not nodes:
        message = "No loudspeaker node stands there: nobody would hear it."
        raise Invalid(Problem("zones", "no_nodes", message))
    tongues = {tongue for node in nodes for tongue in languages(act.tree, act.tree.nodes[node])}
    wrong = tuple(alarms.problems(asked, message_book(act.session), sorted(tongues)))
    if wrong:
        raise Invalid(*wrong)


def require_room(act: Act, zones: Sequence[ZoneId]) -> None:
    """Raises Conflict where as many alarms sound as a sheet can carry with their closing words."""
    for zone in zones:
        there = [row for row in live_alarms(act) if zone in zones_of(act, row)]
        if len(there) >= alarms.MOST_ALARMS:
            raise Conflict(Problem("zones", "sheet_full", "Three alarms sound there already. End one of them first."))


def say(
    act: Act,
    asked: Asked,
    owner: AreaId,
    zones: Sequence[ZoneId],
    playlist: tuple[PlaylistItem, ...] = (),
    waits_until: datetime | None = None,
) -> OccurrenceId:
    """The rows that bring an alarm, and its closing words, into the sheets of its zones; gives its id."""
    made = _entry(act, asked, owner, zones, playlist, waits_until)
    if asked.kind is Kind.ALARM:
        closing = Asked(Kind.ALARM, CLOSING, {}, asked.minutes, asked.every_s, answers=(made,))
        _entry(act, closing, owner, zones, (), None)
    return made


def move(row: PlayNowRow, times: Times) -> None:
    """Other moments for what is in the sheets."""
    row.starts_at_ms, row.start_by_ms, row.ends_at_ms = times.starts_at, times.start_by, times.ends_at


def times_of(row: PlayNowRow) -> Times | None:
    """The moments of what was released."""
    if row.starts_at_ms is None or row.start_by_ms is None or row.ends_at_ms is None:
        return None
    return Times(Millis(row.starts_at_ms), Millis(row.start_by_ms), Millis(row.ends_at_ms))


def _entry(
    act: Act,
    asked: Asked,
    owner: AreaId,
    zones: Sequence[ZoneId],
    playlist: tuple[PlaylistItem, ...],
    waits_until: datetime | None,
) -> OccurrenceId:
    broadcast = _broadcast(act, asked, owner, zones, playlist)
    nominal = to_ms(act.now)
    occurrence = OccurrenceId(occurrence_id(broadcast, nominal))
    repeated = asked.kind in (Kind.ALARM, Kind.DRILL) and asked.message != CLOSING
    row = PlayNowRow(
        occurrence_id=occurrence,
        broadcast_id=broadcast,
        version=1,
        kind=asked.kind.value,
        issuer=EMERGENCY,
        asked_by=act.actor.person,
        asked_at=act.now,
        nominal_ms=nominal,
        message=asked.message,
        slots=[[name, value] for name, value in sorted(asked.slots.items())],
        every_ms=asked.every_s * 1000 if repeated else None,
        answers=list(asked.answers) or None,
        lasts_ms=asked.minutes * 60_000 if repeated else None,
        waits_until=waits_until,
    )
    act.session.add(row)
    act.session.flush()
    act.session.add_all(PlayNowZoneRow(occurrence_id=occurrence, zone_id=zone) for zone in zones)
    act.session.flush()
    return occurrence


def _broadcast(
    act: Act, asked: Asked, owner: AreaId, zones: Sequence[ZoneId], playlist: tuple[PlaylistItem, ...]
) -> BroadcastId:
    broadcast = BroadcastId(act.office.new_id())
    row = BroadcastRow(
        id=broadcast,
        programme_id=_programme(act, owner, asked.kind),
        area_id=owner,
        lane=Lane.SHEET.value,
        created_by=act.actor.person,
        created_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    content = Content(
        title=title_of(asked.message),
        time_zone=time_zone(act.tree, owner).key,
        playlist=playlist,
        places=places_of_zones(act.tree.zones[zone] for zone in zones),
        priority=alarms.priority_of(asked.kind),
    )
    first_day = FromDay(act.now.astimezone(time_zone(act.tree, owner)).date())
    version = life.approved_at_once(first_day, content, act.actor.person, act.actor.person, act.now)
    act.session.add(VersionRow(broadcast_id=broadcast, **version_columns(version)))
    act.session.flush()
    return broadcast


def _programme(act: Act, owner: AreaId, kind: Kind) -> str:
    """The programme of alarms or of drills, which is offered for nothing else."""
    root = path(act.tree, owner)[0].id
    said = Kind.DRILL if kind is Kind.DRILL else Kind.ALARM
    known = select(ProgrammeRow.id).where(ProgrammeRow.area_id == root, ProgrammeRow.kind == said.value)
    found = act.session.scalar(known)
    if found is not None:
        return found
    made = ProgrammeRow(
        id=act.office.new_id(),
        area_id=root,
        name=_PROGRAMMES.get(said, _PROGRAMME),
        kind=said.value,
        field=Field.SUDDEN.value,
        defaults={},
        created_at=act.now,
        removed_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    return made.id
