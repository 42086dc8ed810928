"""Deciding in one act: what saving would give, and saving that asks for approval."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.domain import broadcasts as life
from controller.domain.broadcasts import Refused
from controller.domain.calendar import Holiday, Lacking
from controller.domain.carrying import effective
from controller.domain.clashes import AHEAD, Prospect
from controller.domain.problems import Problem
from controller.domain.recurrence import lacking, on_holidays
from controller.domain.tree import named_areas, time_zone
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    Content,
    OccurrenceId,
    Places,
    ProgrammeId,
    Scope,
    VersionState,
    from_ms,
)
from controller.domain.who_hears import Audience, audience
from controller.operations.acting import Act, operation, query
from controller.operations.broadcasts import begin, begun, existing, require_base
from controller.operations.errors import Conflict, Invalid
from controller.operations.rights import Right
from controller.operations.saving import Judged, asked, drafted, editable, foreign, require, store
from controller.storage import queries

SHOWN = 10
"""How many airings are shown back."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be heard: a new broadcast, or a new version on top of version `base` of one."""

    owner: AreaId
    programme: ProgrammeId
    scope: Scope
    content: Content
    broadcast: BroadcastId | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An airing as it would be: exact moments."""

    occurrence: OccurrenceId
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Another airing that has the place: when and at which node; `other` and `title` None where foreign.

    `mine`: the person may replace it.
    """

    starts_at: datetime
    ends_at: datetime
    node_name: str
    other: BroadcastId | None
    title: str | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What saving would give. `beside`: what stands in the same session on the first day; `carried`: approved at once.

    `lacking`: days of the month that months lack, so that there it is not heard. `holidays` are offered as exceptions.
    """

    airings: tuple[Shown, ...]
    problems: tuple[Problem, ...]
    clashes: tuple[Taken, ...]
    audience: Audience
    lacking: tuple[Lacking, ...]
    holidays: tuple[Holiday, ...]
    carried: bool
    beside: tuple[Taken, ...] = ()


@query(Right.DRAFT)
def look(act: Act, wish: Wish) -> Look:
    """What saving would give; what is wrong is said and not raised, unless the person may not do it at all."""
    before = _before(act, wish)
    try:
        if wish.broadcast is not None:
            require_base(before, wish.base)
        found = drafted(act, before, wish.scope, wish.content)
        problems = found.problems
    except (Refused, Conflict) as refused:
        found, problems = Judged(before, ()), problems_of(refused)
    return look_of(act, before, wish.content, found, problems)


def look_of(act: Act, before: Broadcast, content: Content, found: Judged, problems: tuple[Problem, ...]) -> Look:
    """A judged version as it is shown before it is saved."""
    recurrence = content.recurrence
    today = act.now.astimezone(time_zone(act.tree, before.owner)).date()
    days = (today, today + AHEAD)
    return Look(
        airings=_shown(found.ahead, found.broadcast) if found.ahead else (),
        problems=problems,
        clashes=tuple(_clashing(act, found)),
        audience=_audience(act, found.broadcast, content),
        lacking=lacking(recurrence, *days) if recurrence else (),
        holidays=on_holidays(recurrence, *days) if recurrence else (),
        carried=found.ahead is not None and not problems and _carried(act, found.broadcast),
        beside=tuple(_beside(act, found.ahead)) if found.ahead else (),
    )


@operation(Right.SUBMIT)
def decide(act: Act, wish: Wish, submit: bool = True, replace: tuple[BroadcastId, ...] = ()) -> dict[str, Any]:
    """Saves and, unless it stays a draft, asks for approval: `{"broadcast", "version", "state"}`.

    `replace`: others whose airings in the way are left out. Raises Invalid, Conflict.
    """
    before = _before(act, wish)
    if wish.broadcast is not None:
        require_base(before, wish.base)
    if replace and not submit:
        raise Invalid(Problem("replace", "not_here", "A draft does not take the place of another."))
    found = drafted(act, before, wish.scope, wish.content, replace)
    require(act, found)
    number = found.broadcast.versions[-1].number
    saved = asked(act, found.broadcast, number) if submit else found.broadcast
    if wish.broadcast is None:
        begin(act, saved)
    store(act, saved, number)
    for other in found.replaced:
        store(act, other, other.versions[-1].number)
    version = saved.versions[-1]
    act.record(
        "decide", "broadcast", saved.id, saved.owner,
        title=version.content.title, number=number, digest=version.digest, state=version.state.value,
        replaced={other.id: other.versions[-1].number for other in found.replaced},
    )  # fmt: skip
    return {"broadcast": saved.id, "version": number, "state": version.state.value}


def _before(act: Act, wish: Wish) -> Broadcast:
    """The broadcast as it is, or a new one without a version, for a person who may make sound where they want to."""
    found = existing(act, wish.broadcast) if wish.broadcast is not None else None
    act.permit_sound(found.owner if found else wish.owner, named_areas(wish.content.places or Places()))
    return found or begun(act, wish.owner, wish.programme)


def _shown(ahead: Prospect, broadcast: Broadcast) -> tuple[Shown, ...]:
    """The first airings that the newest version decides."""
    number = broadcast.versions[-1].number
    mine = [each for each in ahead.airings if each.version == number][:SHOWN]
    return tuple(Shown(each.occurrence, from_ms(each.starts_at), from_ms(ahead.reach.end(each))) for each in mine)


def _clashing(act: Act, found: Judged) -> Iterator[Taken]:
    known = {each.id: each for each in found.ahead.others} if found.ahead else {}
    for clash in found.clashes:
        span = from_ms(clash.other_starts_at), from_ms(clash.other_ends_at)
        yield _taken(act, known[clash.other], span, clash.node_name, clash.title)


def _beside(act: Act, ahead: Prospect) -> Iterator[Taken]:
    known = {each.id: each for each in ahead.others}
    first = next((each.nominal for each in ahead.airings if each.place), None)
    for airing in ahead.beside():
        if airing.nominal == first:
            node = next(iter(ahead.reach.at(airing.places).values()), None)
            span = from_ms(airing.starts_at), from_ms(ahead.reach.end(airing))
            yield _taken(act, known[airing.broadcast], span, node.name if node else "", airing.title)


def _taken(act: Act, other: Broadcast, span: tuple[datetime, datetime], node: str, title: str) -> Taken:
    if foreign(act, other):
        return Taken(*span, node, None, None, mine=False)
    return Taken(*span, node, other.id, title, editable(act, other))


def _audience(act: Act, broadcast: Broadcast, content: Content) -> Audience:
    newest = life.newest(broadcast)
    beneath = effective(broadcast, newest) if newest else None
    places = content.places or (beneath.places if beneath else None) or Places()
    silences = queries.silences(act.session, act.now)
    return audience(act.tree, places, silences, act.now, broadcast.programme.kind)


def _carried(act: Act, broadcast: Broadcast) -> bool:
    last = broadcast.versions[-1]
    return asked(act, broadcast, last.number).versions[-1].state is VersionState.APPROVED


def problems_of(refused: Refused | Conflict) -> tuple[Problem, ...]:
    """Why an act is not possible."""
    return (refused.problem,) if isinstance(refused, Refused) else refused.problems
