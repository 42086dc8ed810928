"""Play now: an approved one-off broadcast that lives in the alert sheets of its zones only.

Its moments are set at its release, when the reachable nodes hold the audio: that is the exchange's part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.checks import one_off_problems
from controller.domain.owed import OFFICE
from controller.domain.problems import Problem
from controller.domain.sheets import MOST_ENTRIES, PlayNow
from controller.domain.sounding import longest_ms
from controller.domain.tree import named_areas, nodes_at, nodes_of_zone, time_zone
from controller.domain.values import (
    AreaId,
    Assets,
    BroadcastId,
    Content,
    FromDay,
    Lane,
    NodeId,
    OccurrenceId,
    PersonId,
    Places,
    PlaylistItem,
    ProgrammeId,
    Sha256,
    Version,
    VersionState,
    ZoneId,
    to_ms,
)
from controller.operations.acting import Act, operation, query
from controller.operations.broadcasts import existing, places_named, programme_of
from controller.operations.errors import Conflict, Invalid, NotAllowed
from controller.operations.quiet import live_mutes
from controller.operations.rights import Right, may
from controller.operations.saving import usable_assets
from controller.storage import queries
from controller.storage.mapping import version_columns
from controller.storage.tables import BroadcastRow, PersonRow, PlayNowRow, PlayNowZoneRow, VersionRow
from playlists.models import Kind, Priority, occurrence_id

MOST_RECORDINGS = 32
"""Recordings that the sheet of a zone can name and still keep to its size."""
LONGEST_AT_NIGHT_MS = 180_000
ONE_AT_NIGHT, LISTED = timedelta(hours=12), timedelta(days=31)
AGAIN_MS = 60_000
"""Within so long the same recordings, by the same person in the same zone, are a second press from another tab."""


@dataclass(frozen=True, slots=True)
class OutOfHoursView:
    """A bulletin that was aired in quiet hours: by whom, when, and why."""

    occurrence: OccurrenceId
    area: AreaId
    title: str
    by: str
    asked_at: datetime
    reason: str


@operation(Right.PLAY_NOW)
def play_now(
    act: Act,
    owner: AreaId,
    programme: ProgrammeId,
    title: str,
    playlist: tuple[PlaylistItem, ...],
    zones: Sequence[ZoneId],
    after: bool = False,
) -> str:
    """Plays a playlist in zones at once; gives the occurrence's id. The act is the approval.

    `after`: as a normal airing, which waits for what is on air; else it is a priority and interrupts.
    """
    act.permit(owner)
    places = places_named(act, zones)
    act.permit_sound(owner, named_areas(places))
    programme_of(act, owner, programme)
    content = _content(act, owner, title, playlist, places, after)
    _require(act, content, places, usable_assets(act, owner, _hashes(playlist)))
    made = _one_off(act, owner, programme, content, places, act.actor.person)
    act.record("play_now", "occurrence", made, owner, title=title, zones=list(places.zones))
    return made


@operation(Right.PLAY_NOW_APPROVED)
def play_approved_now(act: Act, broadcast: BroadcastId, zones: Sequence[ZoneId], after: bool = False) -> str:
    """Plays at once what an approver approved, in places for which it was approved; gives the occurrence's id."""
    source = existing(act, broadcast)
    places = places_named(act, zones)
    act.permit_sound(source.owner, named_areas(places))
    version = _approved(source.versions)
    if source.withdrawn_at is not None or version is None or version.decided_by is None:
        raise NotAllowed(Problem("", "not_approved", "Nothing of this broadcast is approved."))
    if not _reached(act, places) <= _reached(act, version.content.places or Places()):
        raise Invalid(Problem("zones", "not_approved_there", "It was not approved for all of these places."))
    said = version.content
    content = _content(act, source.owner, said.title, said.playlist or (), places, after)
    _require(act, content, places, queries.assets(act.session, life.hashes(source)))
    made = _one_off(act, source.owner, source.programme.id, content, places, version.decided_by)
    act.record("play_approved_now", "occurrence", made, source.owner, source=broadcast, number=version.number)
    return made


@operation(Right.OUT_OF_HOURS)
def air_out_of_hours(
    act: Act,
    owner: AreaId,
    programme: ProgrammeId,
    title: str,
    playlist: tuple[PlaylistItem, ...],
    zones: Sequence[ZoneId],
    reason: str,
) -> str:
    """One priority bulletin of at most three minutes in quiet hours, with a reason that leaders see; gives its id.

    It passes the hours, never a silence. An area has one in twelve hours.
    """
    act.permit(owner)
    places = places_named(act, zones)
    act.permit_sound(owner, named_areas(places))
    programme_of(act, owner, programme)
    content, assets = _content(act, owner, title, playlist, places, False), usable_assets(act, owner, _hashes(playlist))
    _require(act, content, places, assets)
    if not reason.strip():
        raise Invalid(Problem("reason", "empty", "Say why it cannot wait: leaders see the reason."))
    if longest_ms(playlist, assets) > LONGEST_AT_NIGHT_MS:
        raise Invalid(Problem("playlist", "too_long", "In quiet hours a bulletin takes at most three minutes."))
    lately = select(PlayNowRow.occurrence_id).join(BroadcastRow, BroadcastRow.id == PlayNowRow.broadcast_id)
    lately = lately.where(PlayNowRow.out_of_hours.is_(True), PlayNowRow.asked_at > act.now - ONE_AT_NIGHT)
    if act.session.scalars(lately.where(BroadcastRow.area_id == owner)).first() is not None:
        raise Conflict(Problem("", "once", "One bulletin was aired in quiet hours already."))
    made = _one_off(act, owner, programme, content, places, act.actor.person)
    row = act.session.get_one(PlayNowRow, made)
    row.out_of_hours, row.reason = True, reason.strip()
    act.record("air_out_of_hours", "occurrence", made, owner, title=title, zones=list(places.zones), reason=row.reason)
    return made


@query(Right.READ)
def aired_out_of_hours(act: Act) -> tuple[OutOfHoursView, ...]:
    """What was aired in quiet hours of one's branches within a month, with the reasons, the newest first."""
    act.permit_somewhere()
    rows = act.session.execute(
        select(PlayNowRow, BroadcastRow.area_id, VersionRow.title, PersonRow.name)
        .join(BroadcastRow, BroadcastRow.id == PlayNowRow.broadcast_id)
        .join(VersionRow, (VersionRow.broadcast_id == PlayNowRow.broadcast_id) & (VersionRow.number == 1))
        .join(PersonRow, PersonRow.id == PlayNowRow.asked_by)
        .where(PlayNowRow.out_of_hours.is_(True), PlayNowRow.asked_at > act.now - LISTED)
        .order_by(PlayNowRow.asked_at.desc())
    )
    return tuple(
        OutOfHoursView(OccurrenceId(row.occurrence_id), AreaId(area), title, name, row.asked_at, row.reason or "")
        for row, area, title, name in rows
        if may(act.tree, act.grants, Right.READ, AreaId(area))
    )


def _approved(versions: Sequence[Version]) -> Version | None:
    """The newest approved version that says what and where by itself."""
    whole = [each for each in versions if isinstance(each.scope, FromDay) and each.state is VersionState.APPROVED]
    return max(whole, key=lambda version: version.number, default=None)


def _hashes(playlist: tuple[PlaylistItem, ...]) -> set[Sha256]:
    return {recording.asset for item in playlist for recording in item.recordings}


def _reached(act: Act, places: Places) -> set[NodeId]:
    return {node.id for node in nodes_at(act.tree, places)}


def _content(
    act: Act, owner: AreaId, title: str, playlist: tuple[PlaylistItem, ...], places: Places, after: bool
) -> Content:
    return Content(
        title=title,
        time_zone=time_zone(act.tree, owner).key,
        playlist=playlist,
        places=places,
        priority=Priority.NORMAL if after else Priority.PRIORITY,
    )


def _require(act: Act, content: Content, places: Places, assets: Assets) -> None:
    wrong = one_off_problems(content, act.tree, assets)
    if wrong:
        raise Invalid(*wrong)
    require_unmuted(act, _reached(act, places))
    for zone in places.zones:
        _require_room(act, zone, content)


def require_unmuted(act: Act, nodes: set[NodeId]) -> None:
    """A play now or a drill into a mute would not be heard: it is refused, naming who muted."""
    for row in live_mutes(act):
        zone = ZoneId(row.zone_id)
        if zone in act.tree.zones and nodes & set(nodes_of_zone(act.tree, zone)):
            person = act.session.get(PersonRow, row.by)
            params = {"person": person.name if person else row.by, "place": act.tree.zones[zone].name}
            raise Conflict(Problem("zones", "muted", "{person} has muted {place}. Lift that first.", params))


def _require_room(act: Act, zone: ZoneId, content: Content) -> None:
    live = queries.play_nows(act.session, zone, OFFICE, act.tree, to_ms(act.now))
    lately = (each for each in live if to_ms(act.now) - each.nominal < AGAIN_MS)
    if any(each.playlist == content.playlist and _asked_by(act, each) == act.actor.person for each in lately):
        message = "The same was asked for there a moment ago and is on its way. To hear it twice, ask in a minute."
        raise Conflict(Problem("zones", "asked_just_now", message))
    recordings = sum(_recordings(each.playlist) for each in live) + _recordings(content.playlist or ())
    if len(live) >= MOST_ENTRIES or recordings > MOST_RECORDINGS:
        raise Conflict(Problem("zones", "sheet_full", "Too much is being played there at once. Stop something first."))


def _asked_by(act: Act, live: PlayNow) -> str:
    return act.session.get_one(PlayNowRow, live.occurrence).asked_by


def _recordings(playlist: tuple[PlaylistItem, ...]) -> int:
    return sum(len(item.recordings) for item in playlist)


def _one_off(
    act: Act, owner: AreaId, programme: ProgrammeId, content: Content, places: Places, approver: PersonId
) -> str:
    broadcast = BroadcastId(act.office.new_id())
    row = BroadcastRow(
        id=broadcast,
        programme_id=programme,
        area_id=owner,
        lane=Lane.SHEET.value,
        created_by=act.actor.person,
        created_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    first_day = FromDay(act.now.astimezone(time_zone(act.tree, owner)).date())
    version = life.approved_at_once(first_day, content, act.actor.person, approver, act.now)
    act.session.add(VersionRow(broadcast_id=broadcast, **version_columns(version)))
    act.session.flush()
    return _ask(act, broadcast, version.number, places)


def _ask(act: Act, broadcast: BroadcastId, version: int, places: Places) -> str:
    """The rows that bring a broadcast into the sheets of its zones; gives the occurrence's id."""
    nominal = to_ms(act.now)
    occurrence = occurrence_id(broadcast, nominal)
    row = PlayNowRow(
        occurrence_id=occurrence,
        broadcast_id=broadcast,
        version=version,
        kind=Kind.PLAY_NOW.value,
        issuer=OFFICE,
        asked_by=act.actor.person,
        asked_at=act.now,
        nominal_ms=nominal,
    )
    act.session.add(row)
    act.session.flush()
    act.session.add_all(PlayNowZoneRow(occurrence_id=occurrence, zone_id=zone) for zone in places.zones)
    return occurrence
