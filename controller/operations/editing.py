"""One airing edited: only this, from now on or all; a new version that asks for approval in the same act."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from controller.domain import broadcasts as life
from controller.domain.airings import Airing, decided
from controller.domain.broadcasts import Refused
from controller.domain.changing import Change, Ground, edited, todays_rest
from controller.domain.editing import Choice
from controller.domain.layout import Busy, Wanted, first_fit
from controller.domain.problems import Problem
from controller.domain.recurrence import moment
from controller.domain.sessions import book
from controller.domain.tree import named_areas, time_zone
from controller.domain.values import (
    Broadcast,
    BroadcastId,
    Content,
    InSession,
    Places,
    Scope,
    from_ms,
    to_ms,
)
from controller.operations.acting import Act, operation, query
from controller.operations.broadcasts import existing, require_base
from controller.operations.deciding import Look, look_of, problems_of
from controller.operations.errors import Conflict
from controller.operations.laid import laid_between
from controller.operations.rights import Right
from controller.operations.saving import Judged, asked, drafted, foreign, require, store
from playlists.models import Millis


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed of a broadcast whose newest version is `base`.

    `nominals`: the airings meant, first the one that was opened. `rest`: from a day on, what is still to come today is
    meant, too.
    """

    broadcast: BroadcastId
    base: int
    choice: Choice
    nominals: tuple[Millis, ...]
    change: Change
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Shifted:
    """Another airing that would start at another moment, because it flows around this one; no names where foreign."""

    broadcast: BroadcastId | None
    title: str | None
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class EditLook:
    """What saving an edit would give; `look` and `scope` are None where it makes no version.

    `today`: today's remaining starts, offered in the same act. `instead`: the number of a version that waits for
    approval, and could no more be approved.
    """

    problems: tuple[Problem, ...]
    look: Look | None = None
    scope: Scope | None = None
    shifted: tuple[Shifted, ...] = ()
    today: tuple[datetime, ...] = ()
    instead: int | None = None


@query(Right.SUBMIT)
def look_at_edit(act: Act, edit: Edit) -> EditLook:
    """What saving would give; what is wrong is said and not raised, unless the person may not do it at all."""
    found = _permitted(act, edit)
    ground, today = _ground(act, found), _offered(act, found, edit)
    try:
        require_base(found, edit.base)
        scope, content = _edited(act, found, edit, ground)
        judged = drafted(act, found, scope, content)
    except (Refused, Conflict) as refused:
        return EditLook(problems_of(refused), today=today)
    last = life.newest(found)
    return EditLook(
        judged.problems,
        look_of(act, found, content, judged, judged.problems),
        scope,
        tuple(_shifted(act, found, judged)) if judged.ahead else (),
        today,
        last.number if last is not None and life.waits(found) else None,
    )


@operation(Right.SUBMIT)
def edit_airing(act: Act, edit: Edit) -> dict[str, Any]:
    """Saves an edit and asks for approval: `{"broadcast", "version", "state"}`. Raises Invalid, Conflict."""
    found = _permitted(act, edit)
    require_base(found, edit.base)
    scope, content = _edited(act, found, edit, _ground(act, found))
    return _save(act, found, scope, content, edit)


def _save(act: Act, found: Broadcast, scope: Scope, content: Content, edit: Edit) -> dict[str, Any]:
    judged = drafted(act, found, scope, content)
    require(act, judged)
    number = judged.broadcast.versions[-1].number
    saved = asked(act, judged.broadcast, number)
    store(act, saved, number)
    version = saved.versions[-1]
    act.record(
        "edit_airing", "broadcast", saved.id, saved.owner, title=version.content.title, number=number,
        digest=version.digest, state=version.state.value, choice=edit.choice.value, nominals=list(edit.nominals),
    )  # fmt: skip
    return {"broadcast": saved.id, "version": number, "state": version.state.value}


def _permitted(act: Act, edit: Edit) -> Broadcast:
    """The broadcast, for a person who may make sound in all places that the new version names."""
    found = existing(act, edit.broadcast)
    act.permit_sound(found.owner, named_areas(edit.change.places or life.named_places(found)))
    return found


def _offered(act: Act, found: Broadcast, edit: Edit) -> tuple[datetime, ...]:
    if edit.choice is Choice.ONLY_THIS or not edit.nominals:
        return ()
    rest = todays_rest(found, edit.choice, edit.nominals[0], edit.change, _ground(act, found))
    return tuple(map(from_ms, rest))


def _ground(act: Act, found: Broadcast) -> Ground:
    return Ground(time_zone(act.tree, found.owner), act.now, book(act.tree))


def _edited(act: Act, found: Broadcast, edit: Edit, ground: Ground) -> tuple[Scope, Content]:
    """The version that it makes. Of a single airing another session is the first moment that is free there."""
    change = edit.change
    if edit.choice is Choice.ONLY_THIS and change.session is not None and edit.nominals:
        change = replace(change, **_into(act, found, edit, change, ground))
    scope, content = edited(found, edit.choice, edit.nominals, change, edit.rest, ground)
    act.permit_sound(found.owner, named_areas(content.places or Places()))
    return scope, content


def _into(act: Act, found: Broadcast, edit: Edit, change: Change, ground: Ground) -> dict[str, Any]:
    known = decided(found, edit.nominals[0], ground.book)
    home = known.beneath.content.session if known else None
    if known is None or known.airing is None:
        return {}
    day = (change.starts_at or from_ms(known.airing.starts_at)).astimezone(ground.zone).date()
    at_home = home is not None and home.session == change.session
    if at_home and day == from_ms(edit.nominals[0]).astimezone(ground.zone).date():
        return {"starts_at": None}
    assert change.session is not None
    held = ground.book.start(change.session, day)
    begin = None if held is None else moment(day, held, ground.zone)
    if begin is None:
        raise Refused(Problem("session", "no_start", "This session is not held on any of the days chosen."))
    free = _first_free(act, replace(known.airing, playlist=change.playlist or known.airing.playlist), change, begin)
    return {"session": None, "starts_at": from_ms(free)}


def _first_free(act: Act, airing: Airing, change: Change, begin: datetime) -> Millis:
    """After what stands in the session already."""
    assert change.session is not None
    day = laid_between(act, begin - timedelta(hours=12), begin + timedelta(hours=24))
    nodes = frozenset(day.reach.at(change.places or airing.places))
    others = [each for each in day.airings if each.occurrence != airing.occurrence]
    busy = [Busy(each.starts_at, day.reach.end(each), frozenset(day.reach.at(each.places))) for each in others]
    inside = [each for each in others if each.place is not None and each.place.session == change.session]
    last = max((day.reach.end(each) for each in inside if each.nominal == to_ms(begin)), default=0)
    at = Millis(max(to_ms(begin), last))
    return first_fit(Wanted(airing.occurrence, at, InSession(change.session), day.reach.length(airing), nodes), busy)


def _shifted(act: Act, found: Broadcast, judged: Judged) -> Iterator[Shifted]:
    """The first airing of each other broadcast that flows around the change."""
    after = judged.ahead
    assert after is not None
    before = after.instead(life.as_if_approved(found, act.now) if life.waits(found) else found)
    known = {each.id: each for each in after.others}
    for other, laid in after.laid.items():
        stood = {each.occurrence: each for each in before.laid.get(other, ())}
        moved = (each for each in laid if _moves(stood.get(each.occurrence), each))
        first = next(moved, None) if other != found.id else None
        if first is not None:
            hidden = foreign(act, known[other])
            yield Shifted(
                None if hidden else other, None if hidden else first.title,
                from_ms(stood[first.occurrence].starts_at), from_ms(first.starts_at),
            )  # fmt: skip


def _moves(before: Airing | None, after: Airing) -> bool:
    return before is not None and before.starts_at != after.starts_at
