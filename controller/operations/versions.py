"""A broadcast with all its versions: what each changed, who wrote and decided it, when it airs next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain import broadcasts as life
from controller.domain.airings import airings
from controller.domain.sessions import Book, book
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    OccurrenceId,
    PersonId,
    Sha256,
    VersionState,
    from_ms,
)
from controller.operations import muted
from controller.operations.acting import Act, query
from controller.operations.airing import names_of, rights_over
from controller.operations.broadcasts import existing
from controller.operations.reviewing import Decision, decision_of, titles_of
from controller.operations.rights import Right, may
from controller.storage import queries
from controller.storage.tables import BroadcastRow

COMING = 6
"""How many airings to come are named."""
_AHEAD = timedelta(days=35)
_OWN_ONLY = (VersionState.DRAFT, VersionState.RETURNED)


@dataclass(frozen=True, slots=True)
class Step:
    """A version beside the last approved one below it."""

    decision: Decision
    before: Decision | None


@dataclass(frozen=True, slots=True)
class History:
    """A broadcast, its versions with the newest first, and its next airings by their nominal start."""

    broadcast: Broadcast
    steps: tuple[Step, ...]
    coming: tuple[tuple[OccurrenceId, datetime], ...]
    names: Mapping[PersonId, str]
    areas: Mapping[AreaId, str]
    titles: Mapping[Sha256, str]
    lengths: Mapping[Sha256, int]
    may: frozenset[Right]
    withdrawn_by: str
    withdrawn_why: str
    around: muted.Surroundings


@query(Right.READ)
def history(act: Act, broadcast: BroadcastId) -> History:
    """A broadcast's versions; drafts and what was returned only of one's own."""
    act.permit_somewhere()
    found, sessions = existing(act, broadcast), book(act.tree)
    own = may(act.tree, act.grants, Right.READ, found.owner)
    audio = queries.assets(act.session, life.hashes(found))
    row = act.session.get_one(BroadcastRow, broadcast)
    names = names_of(act, found, row.withdrawn_by)
    return History(
        broadcast=found,
        steps=tuple(_steps(act, found, sessions, own)),
        coming=tuple(_coming(act, found, sessions)),
        names=names,
        areas={area.id: area.name for area in act.tree.areas.values()},
        titles=titles_of(act, life.hashes(found)),
        lengths={sha256: each.frames // 48 for sha256, each in audio.items()},
        may=rights_over(act, found),
        withdrawn_by=names.get(PersonId(row.withdrawn_by or ""), ""),
        withdrawn_why=row.withdrawn_why or "",
        around=muted.surroundings.within(act),
    )


def _steps(act: Act, found: Broadcast, sessions: Book, own: bool) -> Iterator[Step]:
    below: Decision | None = None
    steps = []
    for version in found.versions:
        decision = decision_of(act, found, version, sessions)
        if own or version.state not in _OWN_ONLY:
            steps.append(Step(decision, below))
        below = decision if version.state is VersionState.APPROVED else below
    yield from reversed(steps)


def _coming(act: Act, found: Broadcast, sessions: Book) -> Iterator[tuple[OccurrenceId, datetime]]:
    if found.withdrawn_at is None:
        for each in airings(found, act.now, act.now + _AHEAD, sessions)[:COMING]:
            yield each.occurrence, from_ms(each.starts_at)
