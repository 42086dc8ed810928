"""Silences: from–to, by place and kind, with a reason. The strictest counts for a node that serves two hamlets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from controller.domain.airings import Airing
from controller.domain.layout import Reach
from controller.domain.problems import Problem
from controller.domain.tree import areas_of_node
from controller.domain.values import AreaId, BroadcastId, Node, PersonId, Programme, Tree, to_ms
from playlists.models import Interval, Kind, Priority, Silence

SilenceId = NewType("SilenceId", str)

OF_A_HEAD = timedelta(hours=72)
"""How long a hamlet's head may make it quiet."""
LONGEST = timedelta(days=31)
"""How long any silence may be."""
MOST_IN_PLAN = 400
"""How many stretches a plan can carry."""
KINDS = (Kind.MUSIC, Kind.REBROADCAST)
"""The kinds that can be silenced alone; none chosen means all routine."""


class Why(StrEnum):
    """The reason of a silence."""

    FUNERAL = "funeral"
    EXAMS = "exams"
    MOURNING = "mourning"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PlacedSilence:
    """A silence as it was set: where, from when to when, of what, why; `lifted_at`: when it was ended early."""

    id: SilenceId
    areas: tuple[AreaId, ...]
    begin: datetime
    end: datetime
    kinds: tuple[Kind, ...]
    why: Why
    note: str
    by: PersonId
    lifted_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """When it really ends."""
        return self.end if self.lifted_at is None else max(self.begin, min(self.end, self.lifted_at))


@dataclass(frozen=True, slots=True)
class Fallen:
    """An airing that a silence takes away, offered for airing again: all of it, or what was not heard of it."""

    airing: Airing
    silence: SilenceId
    nodes: tuple[str, ...]


def problems(silence: PlacedSilence, tree: Tree, now: datetime, longest: timedelta = LONGEST) -> tuple[Problem, ...]:
    """All that is wrong with a silence that is to be set; `longest`: how long the person's role allows."""
    return tuple(_wrong(silence, tree, now, longest))


def is_quiet(tree: Tree, node: Node, silences: Iterable[PlacedSilence], at: datetime, kind: Kind | None = None) -> bool:
    """Whether a node is silent at a moment: for all routine, or for a kind of it."""
    return any(in_force(each, at, kind) for each in silences if touches(tree, node, each))


def in_force(silence: PlacedSilence, at: datetime, kind: Kind | None = None) -> bool:
    """Whether a silence means that moment: all routine, or that kind of it."""
    return silence.begin <= at < silence.until and (not silence.kinds or kind in silence.kinds)


def touches(tree: Tree, node: Node, silence: PlacedSilence) -> bool:
    """Whether a silence counts for a node: it lies in one of the areas of one of its hamlets."""
    return not areas_of_node(tree, node).isdisjoint(silence.areas)


def in_plan(tree: Tree, node: Node, silences: Iterable[PlacedSilence], window: Interval) -> tuple[Silence, ...]:
    """The silences of a node as its plan carries them: within the window, what overlaps made one, in order."""
    mine = [each for each in silences if touches(tree, node, each)]
    kinds = sorted({tuple(sorted(set(each.kinds))) for each in mine})
    found = [
        Silence(start=begin, end=end, kinds=of)
        for of in kinds
        for begin, end in _joined(_spans([each for each in mine if tuple(sorted(set(each.kinds))) == of], window))
    ]
    # The first are the nearest: what is left out comes with a later plan.
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.kinds))[:MOST_IN_PLAN])


def told_by(said: tuple[Silence, ...], window: Interval, tree: Tree, node: Node, silence: PlacedSilence) -> bool:
    """Whether a node's plan that was made with a silence says it: it lies in the window, and there was room for it."""
    if not touches(tree, node, silence) or not to_ms(silence.begin) < window.end or to_ms(silence.end) <= window.start:
        return False
    return len(said) < MOST_IN_PLAN or to_ms(silence.begin) <= said[-1].start


def fallen(
    airings: Iterable[Airing], silence: PlacedSilence, programmes: dict[BroadcastId, Programme], reach: Reach
) -> tuple[Fallen, ...]:
    """What falls silent on some node because of a silence, in order of its start. An emergency does not."""
    routine = (each for each in airings if each.priority is not Priority.EMERGENCY)
    lost = [each for each in routine if _meant(programmes[each.broadcast], silence) and _within(each, silence, reach)]
    found = (Fallen(each, silence.id, _nodes(each, silence, reach)) for each in lost)
    return tuple(sorted((each for each in found if each.nodes), key=lambda each: each.airing.starts_at))


def _wrong(silence: PlacedSilence, tree: Tree, now: datetime, longest: timedelta) -> Iterator[Problem]:
    if not silence.areas:
        yield Problem("areas", "no_place", "Say where it is to be quiet.")
    elif not set(silence.areas) <= set(tree.areas):
        yield Problem("areas", "not_found", "There is no such place.")
    if to_ms(silence.end) <= to_ms(silence.begin):  # as instants: a change of the clock may turn local times around
        yield Problem("end", "end_before_start", "The silence ends before it begins.")
    elif silence.end <= now:
        yield Problem("end", "past", "This silence would be over already.")
    elif silence.end - silence.begin > longest:
        params = {"hours": str(longest // timedelta(hours=1))}
        yield Problem("end", "too_long", "A silence lasts at most {hours} hours.", params)
    if not set(silence.kinds) <= set(KINDS):
        yield Problem("kinds", "bad_kind", "Only music or rebroadcasts can be silenced by themselves.")
    if silence.why is Why.OTHER and not silence.note.strip():
        yield Problem("note", "empty", "Say why it is to be quiet.")


def _spans(silences: Iterable[PlacedSilence], window: Interval) -> list[tuple[int, int]]:
    each = ((max(to_ms(one.begin), window.start), min(to_ms(one.until), window.end)) for one in silences)
    return sorted((begin, end) for begin, end in each if begin < end)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _meant(programme: Programme, silence: PlacedSilence) -> bool:
    return not silence.kinds or programme.kind in silence.kinds


def _within(airing: Airing, silence: PlacedSilence, reach: Reach) -> bool:
    return airing.starts_at < to_ms(silence.until) and reach.end(airing) > to_ms(silence.begin)


def _nodes(airing: Airing, silence: PlacedSilence, reach: Reach) -> tuple[str, ...]:
    return tuple(sorted(node.id for node in reach.at(airing.places).values() if touches(reach.tree, node, silence)))
