"""What is asked of a node, and what came of it: test tone, self test, log, restart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from controller.domain.problems import Problem
from controller.domain.values import AreaId, NodeId
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Conflict, Invalid, not_found
from controller.operations.rights import Right
from controller.storage.tables import ConditionRow, NodeRow, PersonRow, RequestRow

EXPIRES = timedelta(seconds=60)
ANSWERS = timedelta(seconds=120)
"""How long after its end a Request that was taken may still be answered, before that counts as not known."""
MOST_REQUESTS = 20
MOST_ARGUMENTS = 8
LONGEST_ARGUMENT = 100
"""Letters."""


class Action(StrEnum):
    """What a node can be asked."""

    TEST_TONE = "test_tone"
    SELF_TEST = "self_test"
    UPLOAD_LOG = "upload_log"
    RESTART = "restart"


class Stage(StrEnum):
    """Where a Request stands; `unknown`: nothing was heard of it in its time."""

    ASKED = "asked"
    SENT = "sent"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"
    EXPIRED = "expired"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RequestView:
    """A Request: who asked what and when, where it stands, what came of it. `file`: the hash of what was brought."""

    id: str
    action: str
    by: str
    asked_at: datetime
    stage: Stage
    done_at: datetime | None
    detail: str
    level: float | None
    file: str | None


@dataclass(frozen=True, slots=True)
class BroughtView:
    """A file that a node brought for a Request."""

    sha256: str
    name: str


@operation(Right.REQUESTS)
def ask_node(act: Act, node: NodeId, action: Action, arguments: Mapping[str, str] | None = None) -> str:
    """Asks a node that is connected; gives the Request's id. It is dead after a minute, and on another connection."""
    row = act.session.get(NodeRow, node)
    if row is None or row.removed_at is not None:
        raise not_found()
    act.permit(AreaId(row.home_hamlet_id))
    given = dict(arguments or {})
    if len(given) > MOST_ARGUMENTS or any(len(text) > LONGEST_ARGUMENT for pair in given.items() for text in pair):
        raise Invalid(Problem("arguments", "out_of_range", "This value is out of range."))
    condition = act.session.get(ConditionRow, node)
    if condition is None or not condition.online or condition.birth is None:
        raise Conflict(Problem("node", "not_connected", "It is not connected now; ask it when it is back."))
    if _waiting(act, node, action):
        raise Conflict(Problem("action", "asked_already", "This was asked already; wait for the answer."))
    made = RequestRow(
        id=act.office.new_id(),
        node_id=node,
        action=action.value,
        arguments=given,
        asked_by=act.actor.person,
        asked_at=act.now,
        expires_at=act.now + EXPIRES,
        detail="",
    )
    act.session.add(made)
    act.session.flush()
    act.record("ask_node", "node", node, AreaId(row.home_hamlet_id), action=action.value, request=made.id)
    return made.id


@query(Right.REQUESTS)
def brought(act: Act, request: str) -> BroughtView:
    """The file that a node brought for a Request."""
    act.permit_somewhere()
    row = act.session.get(RequestRow, request)
    node = None if row is None else act.tree.nodes.get(NodeId(row.node_id))
    if row is None or node is None:
        raise not_found()
    act.permit(node.home)
    if row.uploaded_at is None or row.sha256 is None:
        raise not_found()
    return BroughtView(row.sha256, f"{node.id}-{row.asked_at:%Y%m%dT%H%M%SZ}.log.gz")


def requests_of(act: Act, node: NodeId) -> tuple[RequestView, ...]:
    """The last Requests of a node, the newest first."""
    rows = act.session.execute(
        select(RequestRow, PersonRow.name)
        .join(PersonRow, PersonRow.id == RequestRow.asked_by)
        .where(RequestRow.node_id == node)
        .order_by(RequestRow.asked_at.desc(), RequestRow.id)
        .limit(MOST_REQUESTS)
    )
    return tuple(_view(row, name, act.now) for row, name in rows)


def _view(row: RequestRow, name: str, now: datetime) -> RequestView:
    file = row.sha256 if row.uploaded_at is not None else None
    return RequestView(
        row.id, row.action, name, row.asked_at, stage(row, now), row.done_at, row.detail, row.level, file
    )


def stage(row: RequestRow, now: datetime) -> Stage:
    """Where a Request stands."""
    if row.outcome is not None:
        return Stage(row.outcome)
    if now > row.expires_at + (ANSWERS if row.taken_at is not None else timedelta()):
        return Stage.UNKNOWN if row.sent_at is not None else Stage.EXPIRED
    if row.taken_at is not None:
        return Stage.TAKEN
    return Stage.SENT if row.sent_at is not None else Stage.ASKED


def _waiting(act: Act, node: NodeId, action: Action) -> bool:
    asked = select(func.count()).where(RequestRow.node_id == node, RequestRow.action == action.value)
    return bool(act.session.scalar(asked.where(RequestRow.outcome.is_(None), RequestRow.expires_at > act.now)))
