"""What a hamlet will hear on a day: the plan that the exchange would publish now, resolved as the node will."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.layout import Stood
from controller.domain.owed import OFFICE
from controller.domain.planning import DAYS_AHEAD, DAYS_BACK, Outlook, listener_at, outlook_between, plan
from controller.domain.problems import Problem
from controller.domain.sessions import book
from controller.domain.sheets import sheet
from controller.domain.silences import PlacedSilence, touches
from controller.domain.tomorrow import NodeDay, bounds, hamlet_day, nodes_of
from controller.domain.tree import hears, time_zone, zones_of_node
from controller.domain.values import (
    Area,
    AreaId,
    Assets,
    Broadcast,
    BroadcastId,
    Lane,
    Node,
    NodeId,
    SessionId,
    Sha256,
    ZoneId,
    from_ms,
    to_ms,
)
from controller.domain.week import AiringState, Seen, seen
from controller.operations.acting import Act, query
from controller.operations.errors import Invalid
from controller.operations.holding import NOTHING, Holding, holdings
from controller.operations.rights import Right
from controller.storage import queries
from controller.storage.tables import ConditionRow, MuteRow, OwedRow, PersonRow
from playlists.models import AlertSheet, Kind, Millis, Plan

_BESIDE = timedelta(days=1)
"""How much before and after a day is planned with it: what reaches into it."""
_NO_KEYS = "0" * 64
FROM_PLAN = "plan"
"""The source of what a plan brings, not a sheet."""
_SAID = (AiringState.WAITING, AiringState.SKIPPED, AiringState.WITHDRAWN, AiringState.LAPSED)


@dataclass(frozen=True, slots=True)
class Hush:
    """Who made it quiet from when to when: by a silence, or a mute (`silence` None)."""

    by: str
    begin: datetime
    until: datetime
    silence: PlacedSilence | None = None

    def holds(self, at: datetime, kind: Kind) -> bool:
        """Whether it silences that kind at a moment."""
        kinds = self.silence.kinds if self.silence else ()
        return self.begin <= at < self.until and (not kinds or kind in kinds)


@dataclass(frozen=True, slots=True)
class NodeTomorrow:
    """A node's day. `others`: what is not in its plan, and why; `current`: it says that it holds all that is planned.

    `hushes`: the silences and mutes that count there on that day.
    """

    day: NodeDay
    others: tuple[Seen, ...]
    current: bool
    online: bool
    heard_at: datetime | None
    hushes: tuple[Hush, ...]


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """What a hamlet hears on a day, node by node, with the broadcasts that its rows name and the sessions' names."""

    hamlet: Area
    day: date
    nodes: tuple[NodeTomorrow, ...]
    broadcasts: Mapping[BroadcastId, Broadcast]
    sessions: Mapping[SessionId, str]


@query(Right.READ)
def hamlet_tomorrow(act: Act, hamlet: AreaId, day: date | None = None) -> Tomorrow:
    """What a hamlet of one's branches will hear on a day (tomorrow unless said), from each of its nodes."""
    act.permit(hamlet, "area")
    zone = time_zone(act.tree, hamlet)
    today = act.now.astimezone(zone).date()
    wanted = day or today + timedelta(days=1)
    if not -DAYS_BACK < (wanted - today).days < DAYS_AHEAD:
        raise Invalid(Problem("day", "out_of_range", "Plans reach from yesterday to 30 days ahead."))
    known, nodes = _known(act, bounds(wanted, zone)), nodes_of(act.tree, hamlet)
    plans = {node.id: _plan(act, node, known) for node in nodes}
    told = {node.id: _told(act, node, known) for node in nodes}
    sheets = _sheets(act, nodes)
    ready = {each.id: _ready(plans[each.id], told[each.id], sheets[each.id], known.holding(each)) for each in nodes}
    days = hamlet_day(act.tree, hamlet, wanted, plans, ready, sheets)
    shown = tuple(_node(act, each, known, told[each.node.id]) for each in days)
    broadcasts, sessions = known.broadcasts | _played_now(act, days), _session_names(act, wanted)
    return Tomorrow(act.tree.areas[hamlet], wanted, shown, broadcasts, sessions)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the days of nodes are made of."""

    bounds: tuple[Millis, Millis]
    broadcasts: dict[BroadcastId, Broadcast]
    assets: Assets
    silences: tuple[PlacedSilence, ...]
    ahead: Outlook
    seen: tuple[Seen, ...]
    holdings: Mapping[str, Holding]

    def holding(self, node: Node) -> Holding:
        return self.holdings.get(node.id, NOTHING)


def _known(act: Act, bounds: tuple[Millis, Millis]) -> _Known:
    begin, end = from_ms(bounds[0]) - _BESIDE, from_ms(bounds[1]) + _BESIDE
    every = queries.broadcasts(act.session, since=begin.date() - _BESIDE)
    assets = queries.assets(act.session, frozenset[Sha256]().union(*map(life.hashes, every)))
    stood = Stood(queries.stood(act.session, to_ms(begin), to_ms(act.now)), to_ms(act.now))
    zone = time_zone(act.tree, next(iter(act.tree.areas)))
    ahead = outlook_between(every, zone, (begin, end), act.now, act.tree, assets, stood)
    return _Known(
        bounds,
        {each.id: each for each in every},
        assets,
        queries.silences(act.session, begin),
        ahead,
        seen(ahead, (), book(act.tree), to_ms(act.now)),
        holdings(act.session),
    )


def _plan(act: Act, node: Node, known: _Known) -> Plan:
    """The node's plan, as far as it concerns the day: what the exchange makes of the same rows."""
    begun = queries.begun(act.session, node.id, to_ms(known.ahead.begin), to_ms(act.now))
    listener = listener_at(node, act.tree, known.assets)
    planned = [each for each in begun if each.broadcast in known.ahead.broadcasts]
    return plan(listener, known.ahead, planned, act.now, _NO_KEYS, silences=known.silences)


def _told(act: Act, node: Node, known: _Known) -> frozenset[tuple[str, int]]:
    """The airings (occurrence and version) that the plan which the node holds already says."""
    rows = act.session.execute(
        select(OwedRow.occurrence_id, OwedRow.version, OwedRow.epoch, OwedRow.sequence)
        .where(OwedRow.node_id == node.id, OwedRow.lane == Lane.PLAN.value, OwedRow.gone_at.is_(None))
        .where(OwedRow.starts_at_ms >= to_ms(known.ahead.begin), OwedRow.starts_at_ms < to_ms(known.ahead.end))
    )
    held = known.holding(node)
    return frozenset((name, version) for name, version, *document in rows if held.has((document[0], document[1])))


def _ready(
    plan: Plan, told: Collection[tuple[str, int]], sheets: Iterable[AlertSheet], held: Holding
) -> frozenset[str]:
    """The audio of a plan and of sheets of which a node says that it holds it."""
    said = [each.items for each in plan.occurrences() if (each.id, each.version) in told]
    said += [entry.items for each in sheets for entry in each.occurrences if held.all_named]
    return frozenset(row.sha256 for items in said for item in items for row in item.rows) - held.missing


def _sheets(act: Act, nodes: Iterable[Node]) -> dict[NodeId, list[AlertSheet]]:
    """What the sheets of their zones say now."""
    zones = {node.id: zones_of_node(act.tree, node) for node in nodes}
    said = {zone: _sheet(act, zone) for zone in sorted({each for of in zones.values() for each in of})}
    return {node: [said[zone] for zone in of] for node, of in zones.items()}


def _sheet(act: Act, zone: ZoneId) -> AlertSheet:
    now = to_ms(act.now)
    played = queries.play_nows(act.session, zone, OFFICE, act.tree, now)
    hashes = {each.asset for one in played for item in one.playlist for each in item.recordings}
    return sheet(
        zone,
        OFFICE,
        played,
        queries.withdrawals(act.session, zone, OFFICE, now),
        queries.mutes(act.session, zone, OFFICE, now),
        queries.assets(act.session, hashes) if hashes else {},
        act.now,
    )


def _played_now(act: Act, days: Iterable[NodeDay]) -> dict[BroadcastId, Broadcast]:
    """The broadcasts of sheets that stand among the rows."""
    every = (row.row.occurrence for day in days for row in day.rows)
    names = {BroadcastId(each.broadcast) for each in every if each.source != FROM_PLAN}
    return {each.id: each for each in queries.broadcasts(act.session, sorted(names))} if names else {}


def _session_names(act: Act, day: date) -> dict[SessionId, str]:
    every = book(act.tree)
    return {name: session.name for name in every.timetables if (session := every.on(name, day)) is not None}


def _node(act: Act, day: NodeDay, known: _Known, told: Collection[tuple[str, int]]) -> NodeTomorrow:
    row = act.session.get(ConditionRow, day.node.id)
    every = [each.row.occurrence for each in day.rows]
    planned = {(each.id, each.version) for each in every if each.source == FROM_PLAN}
    return NodeTomorrow(
        day,
        tuple(each for each in known.seen if _is_other(act, each, day, known)),
        planned <= set(told),
        row is not None and row.online,
        None if row is None else max((at for at in (row.birth_at, row.status_at) if at), default=None),
        tuple(_hushes(act, day.node, known)),
    )


def _is_other(act: Act, one: Seen, day: NodeDay, known: _Known) -> bool:
    """Whether it would be heard at the node on the day, but is not in its plan for a reason worth saying."""
    if one.airing is None or one.state not in _SAID:
        return False
    inside = known.bounds[0] <= one.airing.starts_at < known.bounds[1]
    return inside and hears(act.tree, day.node, one.airing.places)


def _hushes(act: Act, node: Node, known: _Known) -> Iterator[Hush]:
    begin, end = map(from_ms, known.bounds)
    silences = [each for each in known.silences if each.begin < end and begin < each.until]
    mine = [each for each in silences if touches(act.tree, node, each)]
    names = _names(act, {each.by for each in mine})
    yield from (Hush(names.get(each.by, each.by), each.begin, each.until, each) for each in mine)
    muted = select(MuteRow.until_ms, MuteRow.at, PersonRow.name).join(PersonRow, PersonRow.id == MuteRow.by)
    muted = muted.where(MuteRow.until_ms > to_ms(act.now), MuteRow.lifted_at.is_(None))
    rows = act.session.execute(muted.where(MuteRow.zone_id.in_(zones_of_node(act.tree, node))))
    yield from (Hush(name, at, from_ms(until)) for until, at, name in rows)


def _names(act: Act, people: Collection[str]) -> dict[str, str]:
    rows = act.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(sorted(people))))
    return {row.id: row.name for row in rows}
