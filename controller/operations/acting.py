"""How every operation runs: one permission check, one transaction, one audit entry, then a nudge.

An operation is a function of an `Act`; the decorator makes of it a function of an `Office` and an `Actor`. The
permission is asked inside the transaction, so it holds when the act is committed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import update_wrapper, wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem
from controller.domain.values import AreaId, Grant, PersonId, Places, Tree
from controller.operations import rights
from controller.operations.errors import Busy, Conflict, Invalid, NotAllowed, not_found
from controller.operations.ports import Nudge
from controller.operations.rights import Reach, Right
from controller.storage import queries
from controller.storage.engine import DatabaseBusy, reading, transact
from controller.storage.tables import AuditRow, IdempotencyRow

P = ParamSpec("P")
R = TypeVar("R")

OPERATIONS: dict[str, Right] = {}
"""Every operation by `module.function`, with the right it asks for: what the matrix of routes and roles is made of."""


@dataclass(frozen=True, slots=True)
class Office:
    """What operations work with. `clock` gives aware moments, `new_id` random ids of `[a-z0-9]{10}`."""

    engine: Engine
    nudge: Nudge
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key with the keyed SHA-256 of the request that it came with."""

    key: str
    request_sha256: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and from where."""

    person: PersonId
    name: str
    address: str | None = None
    once: Once | None = None


@dataclass(slots=True)
class Act:
    """One operation under way: its session, moment and person, what was asked and what is to be recorded.

    An answer that is a secret is not kept for a repeated request (`keeps_answer`).
    """

    office: Office
    actor: Actor
    right: Right
    session: Session
    now: datetime
    grants: tuple[Grant, ...]
    tree: Tree
    asked: bool = False
    keeps_answer: bool = True
    entries: list[AuditRow] = field(default_factory=list)

    def permit(self, area: AreaId, where: str = "") -> None:
        """Demands the right in an area. What lies in none of the person's branches does not exist for them."""
        self.asked = True
        if not rights.may(self.tree, self.grants, Right.READ, area):
            raise not_found(where)
        if not rights.may(self.tree, self.grants, self.right, area):
            raise _not_allowed(where)

    def permit_sound(self, owner: AreaId, areas: Iterable[AreaId], where: str = "places") -> None:
        """Demands the right in the owner area and in every area named as a place."""
        self.permit(owner)
        foreign = [area for area in areas if not rights.may(self.tree, self.grants, self.right, area)]
        if foreign:
            raise not_found(where)

    def permit_quiet(self, owner: AreaId, places: Places) -> tuple[AreaId, ...] | None:
        """Demands the right to make quiet: None for everywhere (own), else the hamlets of the person's branches."""
        self.asked = True
        if rights.may(self.tree, self.grants, self.right, owner):
            return None
        if self.reach(owner, places) is Reach.FOREIGN:
            raise not_found()
        hamlets = rights.quiet_hamlets(self.tree, self.grants, self.right, places)
        if not hamlets:
            raise _not_allowed()
        return hamlets

    def permit_somewhere(self) -> tuple[AreaId, ...]:
        """Demands the right in any branch; gives the topmost areas."""
        self.asked = True
        tops = rights.branches(self.tree, self.grants, self.right)
        if not tops:
            raise _not_allowed()
        return tops

    def permit_self(self) -> None:
        """What concerns the person alone needs no more than being signed in."""
        self.asked = True

    def reach(self, owner: AreaId, places: Places) -> Reach:
        """How near something is to the person."""
        return rights.reach(self.tree, self.grants, owner, places)

    def record(self, act: str, kind: str, name: str, area: AreaId | None = None, /, **details: Any) -> None:
        """The one audit entry of the operation."""
        self.entries.append(
            AuditRow(
                at=self.now,
                person_id=self.actor.person,
                person_name=self.actor.name,
                address=self.actor.address,
                act=act,
                area_id=area,
                object_kind=kind,
                object_id=name,
                details=details,
            )
        )


def operation(right: Right) -> Callable[[Callable[Concatenate[Act, P], R]], Callable[Concatenate[Office, Actor, P], R]]:
    """Makes an operation that changes something of a function of an Act.

    Raises OperationError; an `Actor.once` seen before gives the former answer, which must be plain JSON.
    """

    def make(work: Callable[Concatenate[Act, P], R]) -> Callable[Concatenate[Office, Actor, P], R]:
        _register(work, right)

        @wraps(work)
        def run(office: Office, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            def unit(session: Session) -> R:
                act = _act(office, actor, right, session)
                known = _known_answer(act)
                if known is not None:
                    return cast(R, known.answer["value"])
                answer = work(act, *args, **kwargs)
                _finish(act, answer)
                return answer

            answer = _done(lambda: transact(office.engine, unit))
            office.nudge.nudge()
            return answer

        return run

    return make


class Query(Generic[P, R]):
    """An operation that only reads: one permission check, one consistent view, nothing recorded."""

    def __init__(self, work: Callable[Concatenate[Act, P], R], right: Right) -> None:
        update_wrapper(self, work)
        self._work, self._right = work, right

    def __call__(self, office: Office, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Answers from a view of its own. Raises OperationError."""

        def view() -> R:
            with reading(office.engine) as session:
                act = _act(office, actor, self._right, session)
                answer = self._work(act, *args, **kwargs)
                _require_asked(act)
                return answer

        return _done(view)

    def within(self, act: Act, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Answers as a part of another query of the same right, from the view of that."""
        if act.right is not self._right:
            raise AssertionError("a part of a query asks for the same right")
        return self._work(act, *args, **kwargs)


def query(right: Right) -> Callable[[Callable[Concatenate[Act, P], R]], Query[P, R]]:
    """Makes a query of a function of an Act."""

    def make(work: Callable[Concatenate[Act, P], R]) -> Query[P, R]:
        _register(work, right)
        return Query(work, right)

    return make


def _register(work: Callable[..., Any], right: Right) -> None:
    OPERATIONS[f"{work.__module__.rpartition('.')[2]}.{work.__name__}"] = right


def _act(office: Office, actor: Actor, right: Right, session: Session) -> Act:
    now = office.clock()
    return Act(
        office, actor, right, session, now, queries.grants_of(session, actor.person), queries.tree_at(session, now)
    )


def _known_answer(act: Act) -> IdempotencyRow | None:
    once = act.actor.once
    if once is None:
        return None
    row = act.session.get(IdempotencyRow, (act.actor.person, once.key))
    if row is not None and row.request_sha256 != once.request_sha256:
        raise Conflict(Problem("Idempotency-Key", "key_reused", "This key was used for another request."))
    return row


def _finish(act: Act, answer: object) -> None:
    _require_asked(act)
    if len(act.entries) != 1:
        raise AssertionError(f"an operation writes one audit entry, not {len(act.entries)}")
    act.session.add_all(act.entries)
    once = act.actor.once
    if once is not None and act.keeps_answer:
        act.session.add(
            IdempotencyRow(
                person_id=act.actor.person,
                key=once.key,
                request_sha256=once.request_sha256,
                answer={"value": answer},
                at=act.now,
            )
        )


def _require_asked(act: Act) -> None:
    if not act.asked:
        raise AssertionError("an operation asks for its right before it answers")


def _done(work: Callable[[], R]) -> R:
    try:
        return work()
    except Refused as refused:
        wrong = refused.problem.reason in _WRONG_INPUT
        raise (Invalid if wrong else Conflict)(refused.problem) from refused
    except DatabaseBusy as error:
        raise Busy(Problem("", "busy", "The office is busy. Nothing was changed; try again.")) from error


_WRONG_INPUT = ("empty", "not_later", "out_of_range", "twice")


def _not_allowed(where: str = "") -> NotAllowed:
    return NotAllowed(Problem(where, "not_allowed", "You may not do this here."))
