"""The alarms of now: who has received them, where they sound, who was not reached and whom to call."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select

from controller.domain import alarms
from controller.domain.alarms import CLOSING, EMERGENCY
from controller.domain.tree import named_areas, places_of_zones
from controller.domain.values import AreaId, NodeId, OccurrenceId, PlaylistItem, Tree, ZoneId, from_ms, to_ms
from controller.operations.acting import Act, query
from controller.operations.alarm_rows import nodes_in, owner_of, waits, zones_of
from controller.operations.calling import Head, heads_of
from controller.operations.errors import not_found
from controller.operations.reading import visible_tree
from controller.operations.rights import Right, may
from controller.storage.alarmed import Reached, reached
from controller.storage.mapping import version_value
from controller.storage.tables import PersonRow, PlayNowRow, VersionRow
from playlists.models import Kind

KEPT = alarms.STAYS
"""How long an alarm that is over is listed."""


class Stage(StrEnum):
    """Where an alarm stands: with a second person, on its way, sounding, over by itself, ended by somebody."""

    WAITING = "waiting"
    GOING_OUT = "going_out"
    SOUNDING = "sounding"
    OVER = "over"
    STOPPED = "stopped"


class State(StrEnum):
    """How far an alarm has come in a hamlet, by its worst node."""

    NOT_REACHED = "not_reached"
    SENT = "sent"
    ACCEPTED = "accepted"
    SOUNDING = "sounding"
    SOUNDED = "sounded"


@dataclass(frozen=True, slots=True)
class HamletRow:
    """A hamlet that is to hear it. `seconds`: from the press to the sound, of the slowest node that has told it."""

    area: AreaId
    name: str
    state: State
    seconds: float | None
    nodes: tuple[NodeId, ...]
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm, a drill, or what answers one, with a row for each hamlet of the person's branches.

    `warn`: the mark of minutes before its hard end that has passed. `own`: the person may act on it. `ended_by`: who
    ended it; `second_by`: who agreed to it, or refused it.
    """

    occurrence: OccurrenceId
    kind: Kind
    message: str
    title: str
    slots: tuple[tuple[str, str], ...]
    playlist: tuple[PlaylistItem, ...]
    area: AreaId
    zones: tuple[ZoneId, ...]
    by: str
    asked_at: datetime
    stage: Stage
    waits_until: datetime | None
    second_by: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    stopped_at: datetime | None
    ended_by: str | None
    warn: int | None
    own: bool
    answers: tuple[OccurrenceId, ...]
    hamlets: tuple[HamletRow, ...]


@query(Right.READ)
def alarms_now(act: Act) -> tuple[AlarmView, ...]:
    """The alarms that touch the person's branches and live, wait, or were over within 12 hours; the newest first."""
    tree = visible_tree(act)
    rows = select(PlayNowRow).where(PlayNowRow.issuer == EMERGENCY, PlayNowRow.message != CLOSING)
    lately = PlayNowRow.asked_at > act.now - KEPT
    rows = rows.where(or_(lately, PlayNowRow.ends_at_ms > to_ms(act.now - KEPT)))
    found = [row for row in act.session.scalars(rows) if _touches(act, row, tree)]
    return tuple(_view(act, row, tree) for row in sorted(found, key=lambda row: row.asked_at, reverse=True))


@query(Right.READ)
def alarm(act: Act, occurrence: OccurrenceId) -> AlarmView:
    """One alarm, however long it is over."""
    tree = visible_tree(act)
    row = act.session.get(PlayNowRow, occurrence)
    if row is None or row.issuer != EMERGENCY or row.message == CLOSING or not _touches(act, row, tree):
        raise not_found()
    return _view(act, row, tree)


def _touches(act: Act, row: PlayNowRow, tree: Tree) -> bool:
    owner = owner_of(act, row)
    nodes = nodes_in(act.tree, zones_of(act, row)) & tree.nodes.keys()
    return bool(nodes) or may(act.tree, act.grants, Right.READ, owner)


def _view(act: Act, row: PlayNowRow, tree: Tree) -> AlarmView:
    owner, zones = owner_of(act, row), zones_of(act, row)
    names = _names(act, (row.asked_by, row.second_by, row.stopped_by))
    version = version_value(act.session.get_one(VersionRow, (row.broadcast_id, row.version)))
    ends_at = None if row.ends_at_ms is None else from_ms(row.ends_at_ms)
    stage = _stage(act, row)
    repeated = stage is Stage.SOUNDING and bool(row.every_ms) and ends_at is not None
    return AlarmView(
        occurrence=OccurrenceId(row.occurrence_id),
        kind=Kind(row.kind),
        message=row.message or "",
        title=version.content.title,
        slots=tuple((name, value) for name, value in row.slots or ()),
        playlist=version.content.playlist or (),
        area=owner,
        zones=tuple(zone for zone in zones if zone in tree.zones),
        by=names[row.asked_by],
        asked_at=row.asked_at,
        stage=stage,
        waits_until=row.waits_until,
        second_by=names.get(row.second_by or ""),
        starts_at=None if row.starts_at_ms is None else from_ms(row.starts_at_ms),
        ends_at=ends_at,
        stopped_at=row.stopped_at,
        ended_by=names.get(row.stopped_by or ""),
        warn=alarms.warning(ends_at, act.now) if repeated and ends_at else None,
        own=may(act.tree, act.grants, Right.ALARM, owner),
        answers=tuple(map(OccurrenceId, row.answers or ())),
        hamlets=_hamlets(act, row, zones, tree, stage),
    )


def _stage(act: Act, row: PlayNowRow) -> Stage:
    if row.stopped_at is not None:
        return Stage.STOPPED
    if waits(row):
        return Stage.WAITING
    if row.starts_at_ms is None or row.starts_at_ms > to_ms(act.now):
        return Stage.GOING_OUT
    return Stage.OVER if row.ends_at_ms is not None and row.ends_at_ms <= to_ms(act.now) else Stage.SOUNDING


def _hamlets(act: Act, row: PlayNowRow, zones: tuple[ZoneId, ...], tree: Tree, stage: Stage) -> tuple[HamletRow, ...]:
    nodes = sorted(nodes_in(act.tree, zones) & tree.nodes.keys())
    named = set(named_areas(places_of_zones(act.tree.zones[zone] for zone in zones)))
    told = reached(act.session, OccurrenceId(row.occurrence_id), zones, nodes, row.asked_at)
    if row.answers:
        nodes = [node for node in nodes if told[node].owed]
    of: defaultdict[AreaId, list[NodeId]] = defaultdict(list)
    for node in nodes:
        for each in act.tree.nodes[node].serves:
            if each.hamlet in tree.areas and _inside(act.tree, each.hamlet, named):
                of[each.hamlet].append(node)
    heads = heads_of(act, set(of))
    rows = (_hamlet(act, row, hamlet, own, told, stage, tuple(heads.get(hamlet, ()))) for hamlet, own in of.items())
    return tuple(sorted(rows, key=lambda each: (each.name, each.area)))


def _inside(tree: Tree, hamlet: AreaId, named: set[AreaId]) -> bool:
    here = tree.areas.get(hamlet)
    while here is not None:
        if here.id in named:
            return True
        here = tree.areas.get(here.parent) if here.parent else None
    return False


def _hamlet(
    act: Act,
    row: PlayNowRow,
    hamlet: AreaId,
    nodes: list[NodeId],
    told: Mapping[NodeId, Reached],
    stage: Stage,
    heads: tuple[Head, ...],
) -> HamletRow:
    states = [_state(told[node], stage) for node in nodes]
    began = [at for node in nodes if (at := told[node].sounded_at) is not None]
    seconds = max(((at - row.asked_at).total_seconds() for at in began), default=None)
    worst = min(states, key=list(State).index)
    return HamletRow(hamlet, act.tree.areas[hamlet].name, worst, seconds, tuple(nodes), heads)


def _state(told: Reached, stage: Stage) -> State:
    if told.closed or (told.sounded_at is not None and stage in (Stage.OVER, Stage.STOPPED)):
        return State.SOUNDED if told.sounded else State.NOT_REACHED
    if told.sounded_at is not None:
        return State.SOUNDING
    if told.accepted:
        return State.ACCEPTED
    over = stage in (Stage.OVER, Stage.STOPPED)
    return State.NOT_REACHED if over or not told.online else State.SENT


def _names(act: Act, people: Iterable[str | None]) -> Mapping[str, str]:
    wanted = sorted({each for each in people if each})
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_(wanted)))
    return {row.id: row.name for row in rows}
