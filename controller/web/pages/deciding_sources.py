"""What the form of deciding is made of: places, programmes and audio, as one person has them at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controller.domain.tree import areas_of_node, within
from controller.domain.values import AreaId, Content, Node, Sha256, Tree, Zone, ZoneId
from controller.operations.drafting import Speech, Start
from controller.operations.muted import Surroundings


@dataclass(frozen=True)
class Sound:
    """Audio of a library; length in ms."""

    sha256: Sha256
    title: str
    length: int
    added_at: datetime
    speech: Speech | None = None


@dataclass(frozen=True)
class Desk:
    """What the form is made of: the reader's language and moment, their places, programmes and audio (newest first).

    `before`: what a broadcast that is written on says so far.
    """

    now: datetime
    language: str
    around: Surroundings
    start: Start
    sounds: Mapping[Sha256, Sound]
    before: Content | None = None

    @property
    def tree(self) -> Tree:
        """The places that the person sees."""
        return self.around.tree

    @cached_property
    def zones(self) -> Mapping[ZoneId, Zone]:
        """The zones in which the person may sound, all of each."""
        return {zone.id: zone for zone in self.tree.zones.values() if all(map(self.mine, named_areas(zone)))}

    @cached_property
    def heads(self) -> frozenset[AreaId]:
        """The areas below which others lie."""
        return frozenset(area.parent for area in self.tree.areas.values() if area.parent)

    @cached_property
    def served(self) -> tuple[tuple[Node, frozenset[AreaId]], ...]:
        """Each node with the areas in which it is heard."""
        return tuple((node, areas_of_node(self.tree, node)) for node in self.tree.nodes.values())

    def mine(self, area: AreaId) -> bool:
        """Whether an area lies where the person may sound."""
        return any(within(self.tree, area, top) for top in self.start.tops)


def named_areas(zone: Zone) -> tuple[AreaId, ...]:
    """The areas that a zone names."""
    return (zone.area,) if zone.area is not None else zone.hamlets
