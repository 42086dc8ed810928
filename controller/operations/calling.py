"""Whom to call about a node: the heads of its hamlets, with the last that was heard of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.tree import path
from controller.domain.values import AreaId, Node, NodeId, Role
from controller.operations.acting import Act
from controller.storage.heard import Heard
from controller.storage.tables import GrantRow, PersonRow

PHONE = "phone"
"""The setting of a hamlet with the telephone number of its head."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a hamlet: what such a head is called there, the name, the telephone number; "" where not known."""

    title: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A node, its hamlets, when it was last heard, and whom to call about it."""

    node: NodeId
    name: str
    hamlets: tuple[str, ...]
    heard_at: datetime | None
    online: bool
    heads: tuple[Head, ...]


def contacts(act: Act, nodes: Iterable[NodeId], heard: Mapping[NodeId, Heard]) -> tuple[Contact, ...]:
    """Some nodes with the heads of their hamlets, by name."""
    known = [act.tree.nodes[node] for node in set(nodes) if node in act.tree.nodes]
    heads = heads_of(act, {each.hamlet for node in known for each in node.serves})
    found = (_contact(act, node, heard.get(node.id, Heard()), heads) for node in known)
    return tuple(sorted(found, key=lambda each: (each.name, each.node)))


def _contact(act: Act, node: Node, heard: Heard, heads: Mapping[AreaId, list[Head]]) -> Contact:
    hamlets = [each.hamlet for each in node.serves if each.hamlet in act.tree.areas]
    called = tuple(head for hamlet in hamlets for head in heads.get(hamlet, []))
    names = tuple(act.tree.areas[hamlet].name for hamlet in hamlets)
    return Contact(node.id, node.name, names, heard.at, heard.online, called)


def heads_of(act: Act, hamlets: set[AreaId]) -> Mapping[AreaId, list[Head]]:
    """The heads of some hamlets; a hamlet of which neither name nor number is known has none."""
    rows = act.session.execute(
        select(GrantRow.area_id, PersonRow.name)
        .join(PersonRow, PersonRow.id == GrantRow.person_id)
        .where(GrantRow.area_id.in_(sorted(hamlets)), GrantRow.role == Role.DUTY_OFFICER.value)
        .where(GrantRow.revoked_at.is_(None), PersonRow.disabled_at.is_(None))
        .order_by(PersonRow.name)
    )
    found: defaultdict[AreaId, list[Head]] = defaultdict(list)
    for area, name in rows:
        found[AreaId(area)].append(_head(act, AreaId(area), name))
    numbered = (hamlet for hamlet in hamlets if hamlet in act.tree.areas and hamlet not in found)
    for hamlet in numbered:
        head = _head(act, hamlet, "")
        if head.phone:
            found[hamlet].append(head)
    return found


def _head(act: Act, hamlet: AreaId, name: str) -> Head:
    steps = reversed(path(act.tree, hamlet))
    title = next((step.head_title for step in steps if step.head_title), None) or ""
    phone = act.tree.areas[hamlet].settings.get(PHONE)
    return Head(title, name, phone if isinstance(phone, str) else "")
