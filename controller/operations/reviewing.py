"""What the pages of approval read, each in one view: the lists, and all that is to be known of one version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from controller.domain import broadcasts as life
from controller.domain.airings import Airing
from controller.domain.carrying import effective, own_allowed
from controller.domain.first_air import first_airs
from controller.domain.layout import Reach as Heard
from controller.domain.planning import outlook_between
from controller.domain.sessions import Book, book
from controller.domain.tree import named_areas, nodes_at, time_zone
from controller.domain.values import (
    Area,
    AreaId,
    Broadcast,
    BroadcastId,
    Content,
    Places,
    Session,
    Sha256,
    Version,
    VersionState,
    from_ms,
)
from controller.domain.who_hears import Audience, audience
from controller.operations import approving, muted, reading, standing
from controller.operations.acting import Act, query
from controller.operations.approvers import Approver, eligible, everyone
from controller.operations.broadcasts import existing
from controller.operations.muted import Surroundings
from controller.operations.rights import Right, may, may_sound
from controller.storage import queries
from controller.storage.tables import AssetEntryRow, PersonRow

SHOWN = 3
"""How many starts are shown."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What waits for the person, what those who write wait for, papers not seen, and what is approved and ends."""

    around: Surroundings
    waiting: tuple[approving.Waiting, ...]
    asked: tuple[approving.Asked, ...]
    papers: tuple[approving.Paper, ...]
    ending: tuple[standing.StandingView, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is approved beforehand, and of what a person may approve more: where, and which audio by its title."""

    around: Surroundings
    standing: tuple[standing.StandingView, ...]
    areas: tuple[Area, ...]
    audio: tuple[reading.AssetView, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A start as it would be, exact; `ends_at` None where the airing is left out."""

    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """All that a version decides, with its hamlets that hear and the sessions it names."""

    version: Version
    content: Content
    hamlets: frozenset[AreaId]
    session: Session | None


@dataclass(frozen=True, slots=True)
class Review:
    """A broadcast's newest version as it is to be judged.

    `before`: the last approved one below it. `asked`: who may decide it, in order. `late`: its first air since it was
    submitted is at most 60 minutes ahead, or past. `lengths`: of audio, in ms.
    """

    around: Surroundings
    broadcast: Broadcast
    after: Decision
    before: Decision | None
    airings: tuple[Seen, ...]
    late: bool
    audience: Audience
    asked: tuple[Approver, ...]
    areas: Mapping[AreaId, str]
    people: Mapping[str, str]
    titles: Mapping[Sha256, str]
    lengths: Mapping[Sha256, int]
    may_decide: bool
    may_record: bool
    may_write: bool
    wrote: bool
    signed: bool


@query(Right.READ)
def lists(act: Act) -> Lists:
    """All that concerns the person in approving."""
    return Lists(
        around=muted.surroundings.within(act),
        waiting=approving.waiting.within(act),
        asked=approving.asked.within(act),
        papers=approving.papers.within(act),
        ending=standing.standing_ending.within(act),
    )


@query(Right.READ)
def shelf(act: Act) -> Shelf:
    """What is approved beforehand where the person looks."""
    mine = tuple(area for area in act.tree.areas.values() if may(act.tree, act.grants, Right.APPROVE, area.id))
    return Shelf(
        around=muted.surroundings.within(act),
        standing=standing.standing.within(act),
        areas=mine,
        audio=reading.assets.within(act) if mine else (),
    )


@query(Right.READ)
def review(act: Act, broadcast: BroadcastId) -> Review:
    """The newest version of a broadcast with all that is to be known of it."""
    act.permit_somewhere()
    found = existing(act, broadcast)
    version, sessions = found.versions[-1], book(act.tree)
    after, before = decision_of(act, found, version, sessions), _before(act, found, sessions)
    hashes = life.hashes(found)
    asked = eligible(act, everyone(act), found) if version.state is VersionState.SUBMITTED else ()
    areas = named_areas(life.named_places(found))
    places = after.content.places or Places()
    return Review(
        around=muted.surroundings.within(act),
        broadcast=found,
        after=after,
        before=before,
        airings=_airings(act, found, sessions),
        late=version.state is VersionState.SUBMITTED and _late(act, found, sessions),
        audience=audience(act.tree, places, queries.silences(act.session, act.now), act.now, found.programme.kind),
        asked=asked,
        areas={area.id: area.name for area in act.tree.areas.values()},
        people=_people(act, found),
        titles=titles_of(act, hashes),
        lengths={Sha256(each.sha256): each.frames // 48 for each in queries.assets(act.session, hashes).values()},
        may_decide=any(each.person == act.actor.person for each in asked),
        may_record=may_sound(act.tree, act.grants, Right.PAPER_APPROVAL, (found.owner, *areas)),
        may_write=may(act.tree, act.grants, Right.SUBMIT, found.owner),
        wrote=version.author == act.actor.person and not own_allowed(act.tree, found.owner),
        signed=version.paper_by is not None and version.decided_by == act.actor.person,
    )


def _before(act: Act, found: Broadcast, sessions: Book) -> Decision | None:
    """The last approved version below the newest: what airs until that is approved."""
    older = [each for each in found.versions[:-1] if each.state is VersionState.APPROVED]
    return decision_of(act, found, older[-1], sessions) if older else None


def decision_of(act: Act, found: Broadcast, version: Version, sessions: Book) -> Decision:
    """All that a version decides, with what it leaves to the version beneath."""
    content = effective(life.as_if_approved(found, act.now), version) or version.content
    nodes = nodes_at(act.tree, content.places) if content.places else ()
    hamlets = frozenset(each.hamlet for node in nodes for each in node.serves)
    today = act.now.astimezone(time_zone(act.tree, found.owner)).date()
    day = max(content.recurrence.first_day, today) if content.recurrence else today
    session = sessions.on(content.session.session, day) if content.session else None
    return Decision(version, content, hamlets, session)


def _late(act: Act, found: Broadcast, sessions: Book) -> bool:
    since = found.versions[-1].submitted_at or act.now
    return any(from_ms(each.starts_at) - approving.SOON <= act.now for each in first_airs(found, since, sessions, 1))


def _airings(act: Act, found: Broadcast, sessions: Book) -> tuple[Seen, ...]:
    """The first starts, in a session where they stand beside the others."""
    coming = first_airs(found, act.now, sessions, SHOWN)
    airings = [each.airing for each in coming if each.airing]
    heard = Heard(act.tree, queries.assets(act.session, life.hashes(found)))
    laid = _laid(act, found, airings) if any(each.place for each in airings) else {}
    exact = ((each.starts_at, each.airing and laid.get(each.airing.occurrence, each.airing)) for each in coming)
    return tuple(
        Seen(from_ms(airing.starts_at), from_ms(heard.end(airing))) if airing else Seen(from_ms(at), None)
        for at, airing in exact
    )


def _laid(act: Act, found: Broadcast, airings: Iterable[Airing]) -> dict[str, Airing]:
    starts = [from_ms(each.nominal) for each in airings]
    span = (min(starts) - timedelta(days=1), max(starts) + timedelta(days=1))
    others = queries.broadcasts(act.session, since=span[0].date())
    known = [*(each for each in others if each.id != found.id), life.as_if_approved(found, act.now)]
    audio = queries.assets(act.session, frozenset[Sha256]().union(*map(life.hashes, known)))
    ahead = outlook_between(known, time_zone(act.tree, found.owner), span, act.now, act.tree, audio)
    return {each.occurrence: each for each in ahead.airings if each.broadcast == found.id}


def _people(act: Act, found: Broadcast) -> Mapping[str, str]:
    named = {each for version in found.versions for each in (version.author, version.decided_by, version.paper_by)}
    rows = act.session.scalars(select(PersonRow).where(PersonRow.id.in_({each for each in named if each})))
    return {row.id: row.name for row in rows}


def titles_of(act: Act, hashes: Iterable[Sha256]) -> Mapping[Sha256, str]:
    """What audio is called in the libraries."""
    rows = act.session.scalars(select(AssetEntryRow).where(AssetEntryRow.sha256.in_(list(hashes))))
    return {Sha256(row.sha256): row.title for row in rows}
