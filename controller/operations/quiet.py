"""Making quiet: stop what sounds, take a broadcast back today, TẮT HẾT LOA and its lifting."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from controller.domain import broadcasts as life
from controller.domain.airings import airing_of
from controller.domain.alarms import CLOSING, EMERGENCY
from controller.domain.owed import OFFICE
from controller.domain.problems import Problem
from controller.domain.sessions import next_end
from controller.domain.sheets import LONGEST_MUTE, MOST_WITHDRAWN, WITHDRAW_AHEAD
from controller.domain.tree import path, within
from controller.domain.values import AreaId, Broadcast, BroadcastId, OccurrenceId, Places, Tree, ZoneId, to_ms
from controller.domain.verdicts import GoneCause
from controller.operations.acting import Act, operation
from controller.operations.errors import Conflict, Invalid, NotAllowed, not_found
from controller.operations.rights import Right, branches
from controller.storage import queries
from controller.storage.tables import MuteRow, OwedRow, PlayNowRow, WithdrawalRow
from playlists.models import Millis

MUTE_FOR = timedelta(hours=2)


class Span(StrEnum):
    """How long all is to be quiet; SESSION: until the present session ends, or else the next."""

    SESSION = "session"
    HOURS_2 = "2h"
    HOURS_24 = "24h"


@operation(Right.STOP)
def stop(act: Act, occurrence: OccurrenceId) -> None:
    """Stops an airing that sounds, or a play now at any time: everywhere if it is one's own, else in one's hamlets."""
    found = queries.broadcast(act.session, BroadcastId(occurrence.rpartition("-")[0]))
    if found is None:
        raise not_found()
    hamlets = act.permit_quiet(found.owner, life.all_places(found))
    now_row = act.session.get(PlayNowRow, occurrence)
    if now_row is not None and now_row.issuer == EMERGENCY and hamlets is not None:
        raise NotAllowed(Problem("", "not_allowed", "An alarm of those above is ended by them alone."))
    if now_row is not None and hamlets is None:
        stop_play_now(act, now_row)
    else:
        _stop_airing(act, found, occurrence, hamlets)
    act.record("stop", "occurrence", occurrence, found.owner, hamlets=hamlets)


@operation(Right.MUTE)
def mute(
    act: Act, until: datetime | None = None, areas: Iterable[AreaId] | None = None, span: Span | None = None
) -> list[str]:
    """TẮT HẾT LOA in the person's branches, or in `areas` of them; gives the zones.

    `until` or `span`: two hours ahead unless said, at most 24. It replaces the person's own former mute there, a longer
    one only where it is said; those of others add up.
    """
    tops = act.permit_somewhere()
    if areas is not None:
        tops = tuple(areas)
        if not tops or not all(_mine(act, area) for area in tops):
            raise not_found("areas")
    until = _end(act, span) if span else until
    end = until or act.now + MUTE_FOR
    if not act.now < end <= act.now + LONGEST_MUTE:
        raise Invalid(Problem("until", "out_of_range", "All can be made quiet for at most 24 hours."))
    zones = [zone_of_area(act.tree, area) for area in _topmost(act.tree, tops)]
    mine = [row for row in _live_mutes(act, zones) if row.by == act.actor.person]
    # A second press of the one button must not shorten what was chosen on the bar.
    longer = [] if until else [row for row in mine if row.until_ms >= to_ms(end)]
    for row in mine:
        if row not in longer:
            row.lifted_at, row.lifted_by = act.now, act.actor.person
    act.session.add_all(
        MuteRow(zone_id=zone, issuer=OFFICE, until_ms=to_ms(end), by=act.actor.person, at=act.now)
        for zone in zones
        if zone not in {row.zone_id for row in longer}
    )
    act.record("mute", "zone", ",".join(zones), tops[0], until=end.isoformat())
    return list(zones)


@operation(Right.MUTE)
def lift(act: Act) -> list[str]:
    """Lifts every mute in the person's own branches; gives the zones. Mutes above them stay."""
    act.permit_somewhere()
    zones = [zone.id for zone in act.tree.zones.values() if zone.area is not None and _mine(act, zone.area)]
    lifted = _live_mutes(act, zones)
    for row in lifted:
        row.lifted_at, row.lifted_by = act.now, act.actor.person
    named = sorted({row.zone_id for row in lifted})
    act.record("lift", "zone", ",".join(named), None)
    return named


def take_back(act: Act, broadcast: BroadcastId, cause: GoneCause) -> int:
    """All that is still to sound of a broadcast is wanted no longer; gives the number of airings.

    What sounds or starts within 24 h goes into the sheets, as far as they hold it; the plan withdraws all of it.
    """
    found = queries.broadcast(act.session, broadcast)
    if found is None:
        raise not_found()
    for row in act.session.scalars(select(PlayNowRow).where(PlayNowRow.broadcast_id == broadcast)):
        if row.stopped_at is None:
            row.stopped_at, row.stopped_by = act.now, act.actor.person
    rows = _still_owed(act, OwedRow.broadcast_id == broadcast)
    _mark_gone(act, rows, cause)
    soon = [row for row in rows if row.lane == "plan" and row.starts_at_ms <= to_ms(act.now + WITHDRAW_AHEAD)]
    _withdraw(act, found, soon, cause, None, all_or_nothing=False)
    return len({row.occurrence_id for row in rows})


def stop_play_now(act: Act, row: PlayNowRow) -> None:
    """Takes a play now, or an alarm with its closing words, out of its sheets. Raises Conflict where it is over."""
    if row.stopped_at is not None or (row.ends_at_ms is not None and row.ends_at_ms <= to_ms(act.now)):
        raise Conflict(Problem("", "not_running", "This does not sound any more."))
    for each in (row, *closing_of(act, row)):
        each.stopped_at, each.stopped_by = act.now, act.actor.person
        _mark_gone(act, _still_owed(act, OwedRow.occurrence_id == each.occurrence_id), GoneCause.STOPPED)


def closing_of(act: Act, row: PlayNowRow) -> list[PlayNowRow]:
    """The closing words of an alarm that still stand."""
    rows = select(PlayNowRow).where(PlayNowRow.message == CLOSING, PlayNowRow.stopped_at.is_(None))
    return [each for each in act.session.scalars(rows) if row.occurrence_id in (each.answers or ())]


def zone_of_area(tree: Tree, area: AreaId) -> ZoneId:
    """The zone that follows an area. Raises NotFound."""
    found = next((zone.id for zone in tree.zones.values() if zone.area == area), None)
    if found is None:
        raise not_found("places")
    return found


def session_end(act: Act) -> datetime | None:
    """When the present session of the person's branches ends, or else the next; None where that is too far."""
    tops = branches(act.tree, act.grants, Right.MUTE)
    ends = [end for top in tops if (end := next_end(act.tree, top, act.now)) is not None]
    return max((end for end in ends if end <= act.now + LONGEST_MUTE), default=None)


def live_mutes(act: Act) -> list[MuteRow]:
    """All mutes that are neither over nor lifted."""
    wanted = select(MuteRow).where(MuteRow.until_ms > to_ms(act.now), MuteRow.lifted_at.is_(None))
    return list(act.session.scalars(wanted.order_by(MuteRow.until_ms)))


def _end(act: Act, span: Span) -> datetime:
    if span is not Span.SESSION:
        return act.now + (MUTE_FOR if span is Span.HOURS_2 else LONGEST_MUTE)
    end = session_end(act)
    if end is None:
        raise Invalid(Problem("until", "no_session", "No session ends within the next 24 hours."))
    return end


def _live_mutes(act: Act, zones: Iterable[str]) -> list[MuteRow]:
    named = set(zones)
    return [row for row in live_mutes(act) if row.zone_id in named]


def _mine(act: Act, area: AreaId) -> bool:
    return any(within(act.tree, area, top) for top in act.permit_somewhere())


def _topmost(tree: Tree, areas: Iterable[AreaId]) -> list[AreaId]:
    named = set(areas)
    return sorted(area for area in named if not any(step.id in named for step in path(tree, area)[:-1]))


def _stop_airing(act: Act, found: Broadcast, occurrence: OccurrenceId, hamlets: tuple[AreaId, ...] | None) -> None:
    rows = [
        row
        for row in _still_owed(act, OwedRow.occurrence_id == occurrence)
        if row.starts_at_ms <= to_ms(act.now) < row.ends_at_ms and _heard_in(act.tree, row.node_id, hamlets)
    ]
    if not rows:
        raise Conflict(Problem("", "not_running", "This does not sound any more."))
    _mark_gone(act, rows, GoneCause.STOPPED)
    _withdraw(act, found, rows, GoneCause.STOPPED, hamlets, all_or_nothing=True)


def _heard_in(tree: Tree, node: str, hamlets: tuple[AreaId, ...] | None) -> bool:
    if hamlets is None:
        return True
    known = next((each for each in tree.nodes.values() if each.id == node), None)
    return known is not None and any(each.hamlet in hamlets for each in known.serves)


def _still_owed(act: Act, which: ColumnElement[bool]) -> list[OwedRow]:
    rows = act.session.scalars(select(OwedRow).where(which, OwedRow.gone_at.is_(None)))
    return [row for row in rows if row.ends_at_ms > to_ms(act.now)]


def _mark_gone(act: Act, rows: Iterable[OwedRow], cause: GoneCause) -> None:
    for row in rows:
        row.gone_at, row.gone_cause = act.now, cause.value


def _withdraw(
    act: Act,
    found: Broadcast,
    rows: list[OwedRow],
    cause: GoneCause,
    hamlets: tuple[AreaId, ...] | None,
    all_or_nothing: bool,
) -> None:
    until: dict[tuple[ZoneId, str], int] = {}
    for row in sorted(rows, key=lambda row: row.starts_at_ms):
        for zone in _zones(act, found, row, hamlets):
            key = (zone, row.occurrence_id)
            until[key] = max(row.ends_at_ms, until.get(key, 0))
    for (zone, occurrence), end in until.items():
        if _room(act, zone, occurrence):
            _take_into_sheet(act, zone, occurrence, cause, end)
        elif all_or_nothing:
            raise Conflict(Problem("", "sheet_full", "Too much was stopped here in the last hours. Mute the place."))


def _zones(act: Act, found: Broadcast, row: OwedRow, hamlets: tuple[AreaId, ...] | None) -> list[ZoneId]:
    airing = airing_of(found, row.version, Millis(row.nominal_ms))
    places = airing.places if airing else Places()
    named = hamlets if hamlets is not None else (*places.areas, *places.hamlets)
    return [zone.id for zone in act.tree.zones.values() if zone.area is not None and zone.area in named]


def _room(act: Act, zone: ZoneId, occurrence: str) -> bool:
    act.session.flush()
    live = {each.occurrence for each in queries.withdrawals(act.session, zone, OFFICE, to_ms(act.now))}
    return len(live | {OccurrenceId(occurrence)}) <= MOST_WITHDRAWN


def _take_into_sheet(act: Act, zone: ZoneId, occurrence: str, cause: GoneCause, until: int) -> None:
    row = act.session.get(WithdrawalRow, (zone, occurrence))
    if row is None:
        row = WithdrawalRow(zone_id=zone, occurrence_id=occurrence)
        act.session.add(row)
    row.issuer, row.cause, row.until_ms, row.by, row.at = OFFICE, cause.value, until, act.actor.person, act.now
    row.epoch = row.sequence = None
