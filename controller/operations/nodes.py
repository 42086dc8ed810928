"""Loudspeaker nodes: enrolled with their public key, serving hamlets, set by technicians."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from controller.domain.problems import Problem
from controller.domain.values import AreaId, NodeId
from controller.operations.acting import Act, operation
from controller.operations.areas import require_room
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right
from controller.storage.tables import NodeRow, ServesRow
from playlists.models import NodeSettings

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@operation(Right.NODES)
def enrol_node(
    act: Act,
    name: str,
    home: AreaId,
    homes: Mapping[AreaId, int],
    public_key: str,
    node: NodeId | None = None,
    settings: Mapping[str, Any] | None = None,
) -> str:
    """A new node with its Ed25519 key (`x` of its JWK); gives its id, a new one unless `node` names it."""
    act.permit_sound(home, homes, "homes")
    _require(name, home, homes)
    _require_key(act, public_key)
    made = NodeRow(
        id=node or act.office.new_id(),
        name=name.strip(),
        home_hamlet_id=home,
        public_key={"kty": "OKP", "crv": "Ed25519", "x": public_key},
        settings=_checked(settings or {}),
        enrolled_at=act.now,
    )
    if act.session.get(NodeRow, made.id) is not None:
        raise Conflict(Problem("node", "taken", "There is a node of this name already."))
    act.session.add(made)
    act.session.flush()
    _serve(act, made.id, homes)
    act.record("enrol_node", "node", made.id, home, name=made.name, homes=dict(homes), key=public_key)
    return made.id


@operation(Right.NODES)
def change_node(act: Act, node: NodeId, name: str, home: AreaId, homes: Mapping[AreaId, int]) -> None:
    """Another name or other hamlets; what was owed before stays as it was frozen."""
    row = _existing(act, node)
    act.permit(AreaId(row.home_hamlet_id))
    act.permit_sound(home, homes, "homes")
    _require(name, home, homes)
    row.name, row.home_hamlet_id = name.strip(), home
    for each in act.session.scalars(select(ServesRow).where(ServesRow.node_id == node)):
        act.session.delete(each)
    act.session.flush()
    _serve(act, node, homes)
    act.record("change_node", "node", node, home, name=row.name, homes=dict(homes))


@operation(Right.NODES)
def replace_key(act: Act, node: NodeId, public_key: str) -> None:
    """A new key for a node whose card or board was swapped; the old key counts no longer."""
    row = _existing(act, node)
    act.permit(AreaId(row.home_hamlet_id))
    _require_key(act, public_key)
    row.public_key = {"kty": "OKP", "crv": "Ed25519", "x": public_key}
    act.record("replace_key", "node", node, AreaId(row.home_hamlet_id), key=public_key)


@operation(Right.NODES)
def remove_node(act: Act, node: NodeId) -> None:
    """Takes a node out of service; what it owed and proved stays."""
    row = _existing(act, node)
    act.permit(AreaId(row.home_hamlet_id))
    row.removed_at = act.now
    act.record("remove_node", "node", node, AreaId(row.home_hamlet_id))


@operation(Right.NODE_SETTINGS)
def set_node(act: Act, node: NodeId, settings: Mapping[str, Any]) -> None:
    """Gains, warm-up, linger and the like, all that are to differ from the defaults."""
    row = _existing(act, node)
    act.permit(AreaId(row.home_hamlet_id))
    row.settings = _checked(settings)
    act.record("set_node", "node", node, AreaId(row.home_hamlet_id), settings=row.settings)


def _existing(act: Act, node: NodeId) -> NodeRow:
    row = act.session.get(NodeRow, node)
    if row is None or row.removed_at is not None:
        raise not_found()
    return row


def _require(name: str, home: AreaId, homes: Mapping[AreaId, int]) -> None:
    problems = []
    if not name.strip():
        problems.append(Problem("name", "empty", "Give it a name."))
    if home not in homes:
        problems.append(Problem("home", "not_served", "A node serves its home hamlet."))
    if any(not 0 <= count <= 1_000_000 for count in homes.values()):
        problems.append(Problem("homes", "out_of_range", "The number of homes is not below 0."))
    if problems:
        raise Invalid(*problems)


def _require_key(act: Act, public_key: str) -> None:
    if not _KEY.fullmatch(public_key):
        raise Invalid(Problem("public_key", "bad_key", "This is no Ed25519 key."))
    keys = act.session.scalars(select(NodeRow.public_key).where(NodeRow.removed_at.is_(None)))
    if any(each["x"] == public_key for each in keys):
        raise Conflict(Problem("public_key", "taken", "Another node has this key."))


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(settings) - (set(NodeSettings.model_fields) - {"languages"}))
    if unknown:
        raise Invalid(*(Problem(f"settings.{each}", "unknown_field", "There is no such setting.") for each in unknown))
    try:
        NodeSettings.model_validate(dict(settings), strict=False)
    except ValidationError as error:
        wrong = sorted({str(each["loc"][0]) for each in error.errors()})
        found = [Problem(f"settings.{each}", "out_of_range", "This value is out of range.") for each in wrong]
        raise Invalid(*found) from error
    return dict(settings)


def _serve(act: Act, node: str, homes: Mapping[AreaId, int]) -> None:
    act.session.add_all(ServesRow(node_id=node, hamlet_id=hamlet, homes=count) for hamlet, count in homes.items())
    require_room(act)
