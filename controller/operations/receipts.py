"""Silences as people see them: where they stand, whom they mean, and which nodes have received them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from controller.domain.owed import OFFICE
from controller.domain.silences import PlacedSilence, SilenceId, touches
from controller.domain.tree import within
from controller.domain.values import AreaId, NodeId, Tree
from controller.operations.acting import Act
from controller.operations.rights import Right, may
from controller.storage.heard import Heard, heard
from controller.storage.tables import PersonRow, SilenceToldRow
from playlists.models import Number

_Told = Mapping[tuple[SilenceId, NodeId, datetime], Number]


class Stage(StrEnum):
    """Where a silence stands."""

    NOW = "now"
    COMING = "coming"
    PAST = "past"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class SilenceView:
    """A silence as a person sees it. `nodes` of their branches that it means; those in `received` hold its plan.

    `mine`: the person may lift it. `others`: hamlets that fall silent too, because a node serves them as well.
    """

    silence: PlacedSilence
    stage: Stage
    places: tuple[str, ...]
    others: tuple[str, ...]
    by: str
    mine: bool
    nodes: frozenset[NodeId]
    received: frozenset[NodeId]


def seen(act: Act, silence: PlacedSilence, tree: Tree) -> bool:
    """Whether it lies in what the person sees, or a node there falls silent by it."""
    named = not tree.areas.keys().isdisjoint(silence.areas)
    return named or any(touches(act.tree, node, silence) for node in tree.nodes.values())


def views(act: Act, silences: Iterable[PlacedSilence], tree: Tree) -> tuple[SilenceView, ...]:
    """Silences with their receipts, as far as the person sees the nodes; `tree`: what they see."""
    every = list(silences)
    meant = {each.id: _nodes(act, each, tree) for each in every}
    known, told = heard(act.session, frozenset[NodeId]().union(*meant.values())), _told(act, every)
    people = _people(act, {each.by for each in every})
    return tuple(
        SilenceView(
            each,
            stage(each, act.now),
            tuple(act.tree.areas[area].name for area in standing_areas(act, each)),
            _others(act, each, meant[each.id]),
            people.get(each.by, each.by),
            _liftable(act, each),
            meant[each.id],
            frozenset(node for node in meant[each.id] if _received(each, node, known[node], told)),
        )
        for each in every
    )


def stage(silence: PlacedSilence, now: datetime) -> Stage:
    """Where a silence stands at a moment."""
    if silence.lifted_at is not None and silence.lifted_at < silence.end:
        return Stage.LIFTED
    if silence.end <= now:
        return Stage.PAST
    return Stage.NOW if silence.begin <= now else Stage.COMING


def standing_areas(act: Act, silence: PlacedSilence) -> tuple[AreaId, ...]:
    """The places of a silence that were not removed since."""
    return tuple(area for area in silence.areas if area in act.tree.areas)


def _liftable(act: Act, silence: PlacedSilence) -> bool:
    areas = standing_areas(act, silence)
    return bool(areas) and all(may(act.tree, act.grants, Right.MUTE, area) for area in areas)


def _nodes(act: Act, silence: PlacedSilence, tree: Tree) -> frozenset[NodeId]:
    return frozenset(node.id for node in tree.nodes.values() if touches(act.tree, node, silence))


def _received(silence: PlacedSilence, node: NodeId, last: Heard, told: _Told) -> bool:
    """A receipt is a status that holds the plan with which it went out, as it lasts now, or a later one."""
    number = told.get((silence.id, node, silence.until))
    return number is not None and last.holds("plan", node, OFFICE, number)


def _told(act: Act, silences: Iterable[PlacedSilence]) -> _Told:
    wanted = select(SilenceToldRow).where(SilenceToldRow.silence_id.in_(sorted(each.id for each in silences)))
    return {
        (SilenceId(row.silence_id), NodeId(row.node_id), row.until_at): Number(epoch=row.epoch, sequence=row.sequence)
        for row in act.session.scalars(wanted)
    }


def _others(act: Act, silence: PlacedSilence, nodes: Iterable[NodeId]) -> tuple[str, ...]:
    hamlets = {each.hamlet for node in nodes for each in act.tree.nodes[node].serves}
    return tuple(sorted(act.tree.areas[each].name for each in hamlets if not _meant(act, each, silence.areas)))


def _meant(act: Act, hamlet: AreaId, areas: Iterable[AreaId]) -> bool:
    return hamlet not in act.tree.areas or any(within(act.tree, hamlet, area) for area in areas)


def _people(act: Act, named: Iterable[str]) -> Mapping[str, str]:
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_(sorted(named))))
    return {row.id: row.name for row in rows}
