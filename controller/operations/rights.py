"""Who may do what: the one table of rights. What does not stand here is refused.

A role counts in the branch below the area for which it was granted. *Own*: the owner area lies in such a branch.
*Touching*: one of the nodes serves a hamlet of it; it may be read, heard and made quiet there only. All else is
foreign, and answered like what does not exist.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from controller.domain.tree import branch, nodes_at, path, within
from controller.domain.values import AreaId, Grant, Places, Role, Tree


class Right(StrEnum):
    """What an operation asks for."""

    READ = "read"
    UPLOAD = "upload"
    DRAFT = "draft"
    SUBMIT = "submit"
    HAND_MADE_ZONE = "hand_made_zone"
    PROGRAMME = "programme"
    WITHDRAW = "withdraw"
    STOP = "stop"
    MUTE = "mute"
    APPROVE = "approve"
    PAPER_APPROVAL = "paper_approval"
    PLAY_NOW = "play_now"
    PLAY_NOW_APPROVED = "play_now_approved"
    ALARM = "alarm"
    OUT_OF_HOURS = "out_of_hours"
    BOOK = "book"
    NODE_SETTINGS = "node_settings"
    REQUESTS = "requests"
    AUDIT = "audit"
    AREAS = "areas"
    NODES = "nodes"
    PEOPLE = "people"
    OWN_ACCOUNT = "own_account"


class Reach(StrEnum):
    """How near something is to a person's branches."""

    OWN = "own"
    TOUCHING = "touching"
    FOREIGN = "foreign"


_WRITERS = frozenset({Role.EDITOR, Role.DUTY_OFFICER})
_QUIETENERS = frozenset({Role.EDITOR, Role.APPROVER, Role.DUTY_OFFICER})
_EVERYBODY = frozenset(Role)

RIGHTS: Mapping[Right, frozenset[Role]] = {
    Right.READ: _EVERYBODY,
    Right.OWN_ACCOUNT: _EVERYBODY,
    Right.UPLOAD: _WRITERS,
    Right.DRAFT: _WRITERS,
    Right.SUBMIT: _WRITERS,
    Right.HAND_MADE_ZONE: _WRITERS,
    Right.PROGRAMME: _WRITERS,
    Right.WITHDRAW: _QUIETENERS,
    Right.STOP: _QUIETENERS,
    Right.MUTE: _QUIETENERS,
    Right.APPROVE: frozenset({Role.APPROVER}),
    Right.PAPER_APPROVAL: frozenset({Role.EDITOR}),
    Right.PLAY_NOW: frozenset({Role.APPROVER, Role.DUTY_OFFICER}),
    Right.PLAY_NOW_APPROVED: _QUIETENERS,
    Right.ALARM: frozenset({Role.APPROVER, Role.DUTY_OFFICER}),
    Right.OUT_OF_HOURS: frozenset({Role.DUTY_OFFICER}),
    Right.BOOK: frozenset({Role.DUTY_OFFICER, Role.ADMINISTRATOR}),
    Right.NODE_SETTINGS: frozenset({Role.TECHNICIAN}),
    Right.REQUESTS: frozenset({Role.TECHNICIAN}),
    Right.AUDIT: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Right.AREAS: frozenset({Role.ADMINISTRATOR}),
    Right.NODES: frozenset({Role.ADMINISTRATOR}),
    Right.PEOPLE: frozenset({Role.ADMINISTRATOR}),
}


def branches(tree: Tree, grants: Iterable[Grant], right: Right) -> tuple[AreaId, ...]:
    """The topmost areas below which a person has a right."""
    roles = RIGHTS.get(right, frozenset())
    found = {grant.area for grant in grants if grant.role in roles and grant.area in tree.areas}
    return tuple(sorted(area for area in found if not any(step.id in found for step in path(tree, area)[:-1])))


def may(tree: Tree, grants: Iterable[Grant], right: Right, area: AreaId) -> bool:
    """Whether a person has a right in an area."""
    return any(within(tree, area, top) for top in branches(tree, grants, right))


def may_sound(tree: Tree, grants: Iterable[Grant], right: Right, areas: Iterable[AreaId]) -> bool:
    """Whether every area named lies in a branch in which the person has the right to make sound."""
    held = list(grants)
    return all(may(tree, held, right, area) for area in areas)


def only_as_head(tree: Tree, grants: Iterable[Grant], right: Right, areas: Iterable[AreaId]) -> bool:
    """Whether a person has the right in some of these areas as the head of a hamlet alone: its duty officer."""
    held = [grant for grant in grants if grant.role in RIGHTS.get(right, frozenset())]
    tops = [grant.area for grant in held if not _is_head(tree, grant)]
    return not all(any(within(tree, area, top) for top in tops) for area in areas)


def _is_head(tree: Tree, grant: Grant) -> bool:
    return grant.role is Role.DUTY_OFFICER and all(each.parent != grant.area for each in tree.areas.values())


def reach(tree: Tree, grants: Iterable[Grant], owner: AreaId, places: Places) -> Reach:
    """How near something of an owner area, heard at places, is to a person."""
    held = list(grants)
    if may(tree, held, Right.READ, owner):
        return Reach.OWN
    return Reach.TOUCHING if quiet_hamlets(tree, held, Right.READ, places) else Reach.FOREIGN


def quiet_hamlets(tree: Tree, grants: Iterable[Grant], right: Right, places: Places) -> tuple[AreaId, ...]:
    """The hamlets of a person's branches that hear these places: where it may be read, heard and made quiet."""
    tops = branches(tree, grants, right)
    mine = frozenset[AreaId]().union(*(branch(tree, top) for top in tops))
    heard = {each.hamlet for node in nodes_at(tree, places) for each in node.serves}
    return tuple(sorted(heard & mine))
