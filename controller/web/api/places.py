"""Areas, zones and nodes: changing them. Reading stands in reading.py."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from controller.domain.values import AreaId, NodeId, ZoneId
from controller.operations import areas, nodes
from controller.web.api.fields import Body, Id, IdPath, Line, Made, Tongues
from controller.web.identity import WebPort, Writer

router = APIRouter(tags=["places"])

Ids = Annotated[tuple[Id, ...], Field(max_length=500)]
Key = Annotated[str, StringConstraints(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]+$")]
Homes = Annotated[int, Field(ge=0, le=1_000_000)]
Value = str | int | float | bool | None
Settings = Annotated[dict[Annotated[str, StringConstraints(max_length=64)], Value], Field(max_length=50)]


class NewArea(Body):
    """An area below `parent`; what is left out is inherited."""

    parent: Id
    name: Line
    kind: Line
    head_title: Line | None = None
    time_zone: Line | None = None
    languages: Tongues = ()
    settings: Settings = Field(default_factory=dict)


class AreaChange(Body):
    """Another name or parent from today on."""

    name: Line | None = None
    parent: Id | None = None


class AreaSays(Body):
    """What an area says itself; what is left out is inherited."""

    head_title: Line | None = None
    time_zone: Line | None = None
    languages: Tongues = ()
    settings: Settings = Field(default_factory=dict)


class ZoneBody(Body):
    """A zone made by hand of hamlets."""

    name: Line
    hamlets: Ids


class NewZone(ZoneBody):
    """A zone made by hand, for an owner area."""

    owner: Id


class Served(Body):
    """A hamlet that hears a node, with its homes."""

    hamlet: Id
    homes: Homes = 0


class NodeBody(Body):
    """A node's name, its home hamlet, all hamlets that hear it."""

    name: Line
    home: Id
    serves: Annotated[tuple[Served, ...], Field(max_length=100)] = ()

    def homes(self) -> dict[AreaId, int]:
        """Hamlet → homes; the home hamlet is served in any case."""
        return {AreaId(self.home): 0, **{AreaId(each.hamlet): each.homes for each in self.serves}}


class NewNode(NodeBody):
    """A node with its public key (`x` of its Ed25519 JWK)."""

    public_key: Key
    id: Id | None = None
    settings: Settings = Field(default_factory=dict)


class NodeKey(Body):
    """A node's new public key."""

    public_key: Key


class NodeSays(Body):
    """A node's settings, all that differ from the defaults."""

    settings: Settings


@router.post("/areas", status_code=201)
def add_area(body: NewArea, actor: Writer, web: WebPort) -> Made:
    """A new area, with its zone."""
    made = areas.add_area(
        web.office, actor, AreaId(body.parent), body.name, body.kind, body.head_title, body.time_zone,
        body.languages, body.settings,
    )  # fmt: skip
    return Made(id=made)


@router.patch("/areas/{area}", status_code=204)
def change_area(area: IdPath, body: AreaChange, actor: Writer, web: WebPort) -> None:
    """Another name or parent from today on."""
    parent = AreaId(body.parent) if body.parent is not None else None
    areas.change_area(web.office, actor, AreaId(area), body.name, parent)


@router.put("/areas/{area}/settings", status_code=204)
def set_area(area: IdPath, body: AreaSays, actor: Writer, web: WebPort) -> None:
    """What an area says itself."""
    areas.set_area(
        web.office, actor, AreaId(area), body.head_title, body.time_zone, body.languages, body.settings
    )  # fmt: skip


@router.delete("/areas/{area}", status_code=204)
def remove_area(area: IdPath, actor: Writer, web: WebPort) -> None:
    """Takes an empty area out of the tree."""
    areas.remove_area(web.office, actor, AreaId(area))


@router.post("/zones", status_code=201)
def add_zone(body: NewZone, actor: Writer, web: WebPort) -> Made:
    """A zone made by hand."""
    return Made(id=areas.add_zone(web.office, actor, AreaId(body.owner), body.name, _areas(body.hamlets)))


@router.put("/zones/{zone}", status_code=204)
def change_zone(zone: IdPath, body: ZoneBody, actor: Writer, web: WebPort) -> None:
    """Another name or other hamlets for a zone made by hand."""
    areas.change_zone(web.office, actor, ZoneId(zone), body.name, _areas(body.hamlets))


@router.delete("/zones/{zone}", status_code=204)
def remove_zone(zone: IdPath, actor: Writer, web: WebPort) -> None:
    """Takes a zone made by hand away."""
    areas.remove_zone(web.office, actor, ZoneId(zone))


@router.post("/nodes", status_code=201)
def enrol_node(body: NewNode, actor: Writer, web: WebPort) -> Made:
    """A new node."""
    node = NodeId(body.id) if body.id is not None else None
    made = nodes.enrol_node(
        web.office, actor, body.name, AreaId(body.home), body.homes(), body.public_key, node, body.settings
    )  # fmt: skip
    return Made(id=made)


@router.put("/nodes/{node}", status_code=204)
def change_node(node: IdPath, body: NodeBody, actor: Writer, web: WebPort) -> None:
    """Another name or other hamlets."""
    nodes.change_node(web.office, actor, NodeId(node), body.name, AreaId(body.home), body.homes())


@router.put("/nodes/{node}/key", status_code=204)
def replace_key(node: IdPath, body: NodeKey, actor: Writer, web: WebPort) -> None:
    """The key of a swapped board."""
    nodes.replace_key(web.office, actor, NodeId(node), body.public_key)


@router.put("/nodes/{node}/settings", status_code=204)
def set_node(node: IdPath, body: NodeSays, actor: Writer, web: WebPort) -> None:
    """Gains, warm-up, linger and the like."""
    settings: dict[str, Any] = dict(body.settings)
    nodes.set_node(web.office, actor, NodeId(node), settings)


@router.delete("/nodes/{node}", status_code=204)
def remove_node(node: IdPath, actor: Writer, web: WebPort) -> None:
    """Takes a node out of service."""
    nodes.remove_node(web.office, actor, NodeId(node))


def _areas(names: tuple[str, ...]) -> list[AreaId]:
    return [AreaId(name) for name in names]
