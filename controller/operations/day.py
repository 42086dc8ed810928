"""The day of the person who looks: what was due and is to come, what may go wrong, and what they are to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from controller.domain.risk import CONTACT_BEFORE, Danger, Due, in_contact, threats
from controller.domain.sessions import sessions_of
from controller.domain.tree import local_day_start, time_zone
from controller.domain.values import (
    NodeId,
    OccurrenceId,
    Session,
    from_ms,
    to_ms,
)
from controller.domain.who_hears import homes_once
from controller.operations import approving, muted, reading, silencing, standing
from controller.operations.acting import Act, query
from controller.operations.calling import Contact, contacts
from controller.operations.holding import NOTHING, Holding, holdings
from controller.operations.muted import Surroundings
from controller.operations.own_work import OwnWork, own_work
from controller.operations.reading import NodeView
from controller.operations.rights import Right, branches
from controller.storage.heard import Heard
from controller.storage.results import OccurrenceResult
from controller.storage.tables import OwedRow
from playlists.models import Millis

_NEXT_WITHIN = timedelta(days=7)
_SESSION_AT_MOST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Risk:
    """A danger to an airing: the nodes concerned with whom to call about them, and the homes that they reach."""

    danger: Danger
    title: str
    starts_at: datetime
    nodes: tuple[Contact, ...]
    homes: int


@dataclass(frozen=True, slots=True)
class Day:
    """All that the page *Hôm nay* says.

    `results`: the airings of the local day; `later`: those of the next session, where nothing is left today. `ready`:
    on which nodes an airing to come is held, as far as they said. `sessions`: of the day.
    """

    around: Surroundings
    zone: ZoneInfo
    sessions: tuple[Session, ...]
    results: tuple[OccurrenceResult, ...]
    later: tuple[OccurrenceResult, ...]
    ready: frozenset[tuple[OccurrenceId, NodeId]]
    nodes: tuple[NodeView, ...]
    risks: tuple[Risk, ...]
    unreceived: tuple[silencing.Unreceived, ...]
    own: tuple[OwnWork, ...]
    waiting: tuple[approving.Waiting, ...]
    papers: tuple[approving.Paper, ...]
    ending: tuple[standing.StandingView, ...]


@query(Right.READ)
def day(act: Act) -> Day:
    """The local day in the person's branches."""
    top = act.permit_somewhere()[0]
    zone = time_zone(act.tree, top)
    begin = local_day_start(act.now, zone)
    end = local_day_start(begin + timedelta(hours=36), zone)
    results = reading.occurrences.within(act, begin, end)
    later = () if any(one.starts_at > to_ms(act.now) for one in results) else _later(act, end)
    nodes, held = reading.nodes.within(act), holdings(act.session)
    ready = frozenset(_ready((*results, *later), held, to_ms(act.now)))
    approves = bool(branches(act.tree, act.grants, Right.APPROVE))
    return Day(
        around=muted.surroundings.within(act),
        zone=zone,
        sessions=sessions_of(act.tree, top, begin.date()),
        results=results,
        later=later,
        ready=ready,
        nodes=nodes,
        risks=_risks(act, (*results, *later), ready, nodes),
        unreceived=silencing.unreceived.within(act),
        own=own_work(act),
        waiting=approving.waiting.within(act) if approves else (),
        papers=approving.papers.within(act) if approves else (),
        ending=standing.standing_ending.within(act),
    )


def _later(act: Act, since: datetime) -> tuple[OccurrenceResult, ...]:
    """The next session after a moment, as far as it is owed already."""
    first = act.session.scalar(
        select(func.min(OwedRow.starts_at_ms))
        .where(OwedRow.starts_at_ms >= to_ms(since), OwedRow.starts_at_ms < to_ms(since + _NEXT_WITHIN))
        .where(OwedRow.gone_at.is_(None))
    )
    if first is None:
        return ()
    return reading.occurrences.within(act, from_ms(first), from_ms(first) + _SESSION_AT_MOST)


def _ready(
    coming: Iterable[OccurrenceResult], held: Mapping[str, Holding], now: Millis
) -> Iterable[tuple[OccurrenceId, NodeId]]:
    for one in coming:
        for each in one.nodes if one.starts_at > now else ():
            document = (each.owed.document.epoch, each.owed.document.sequence)
            if held.get(each.owed.node, NOTHING).has(document, each.owed.hashes):
                yield one.id, each.owed.node


def _risks(
    act: Act,
    coming: Iterable[OccurrenceResult],
    ready: frozenset[tuple[OccurrenceId, NodeId]],
    nodes: Iterable[NodeView],
) -> tuple[Risk, ...]:
    views = {view.node.id: view for view in nodes}
    reached = {node for node, view in views.items() if _reached(view, act.now)}
    soon = [one for one in coming if one.starts_at <= to_ms(act.now + CONTACT_BEFORE)]
    titles = {one.id: one.title for one in soon}
    due = (
        Due(
            each.owed.node,
            one.id,
            from_ms(one.starts_at),
            (one.id, each.owed.node) in ready,
            each.owed.node in reached,
        )
        for one in soon
        for each in one.nodes
        if each.gone is None
    )
    found = threats(due, act.now)
    called = _contacts(act, {node for each in found for node in each.nodes}, views)
    return tuple(
        Risk(
            each.danger,
            titles[each.occurrence],
            each.starts_at,
            tuple(called[node] for node in each.nodes if node in called),
            sum(homes_once(views[node].node for node in each.nodes if node in views).values()),
        )
        for each in found
    )


def _reached(view: NodeView, now: datetime) -> bool:
    return in_contact(view.online, view.heard_at, view.heartbeat, now)


def _contacts(act: Act, nodes: set[NodeId], views: Mapping[NodeId, NodeView]) -> Mapping[NodeId, Contact]:
    if not nodes:
        return {}
    known = {node: Heard(views[node].online, views[node].heard_at) for node in nodes if node in views}
    return {each.node: each for each in contacts(act, nodes, known)}
