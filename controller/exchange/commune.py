"""The tree of the commune, built anew only when its rows changed: a sheet must not wait for a thousand nodes."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Self

from sqlalchemy.orm import Session

from controller.domain.tree import nodes_of_zone, zones_of_node
from controller.domain.values import NodeId, Tree, ZoneId
from controller.storage.queries import tree_at


class Commune:
    """A tree, and who is in which zone."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._members: dict[str, tuple[NodeId, ...]] = {}

    @classmethod
    def nowhere(cls) -> Self:
        """A commune before it was first looked at."""
        return cls(Tree({}, {}, {}))

    def nodes_of(self, zone: str) -> tuple[NodeId, ...]:
        """The nodes of a zone, by id; none for a zone that is no more."""
        if zone not in self._members:
            known = ZoneId(zone) in self.tree.zones
            self._members[zone] = nodes_of_zone(self.tree, ZoneId(zone)) if known else ()
        return self._members[zone]

    @cached_property
    def zones(self) -> dict[str, tuple[str, ...]]:
        """The zones of each node."""
        return {node.id: zones_of_node(self.tree, node) for node in self.tree.nodes.values()}


class Map:
    """The commune as it stood when it was last looked at."""

    def __init__(self) -> None:
        self._commune = Commune.nowhere()

    def read(self, session: Session, now: datetime) -> Commune:
        """The commune; the same object as long as nothing changed (names and parents change with the day)."""
        tree = tree_at(session, now)
        if tree is not self._commune.tree:
            self._commune = Commune(tree)
        return self._commune
