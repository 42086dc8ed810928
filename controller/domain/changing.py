"""An edit of airings becomes a version: only what changed for named ones, all that is decided from a day on."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.domain.airings import named_by
from controller.domain.broadcasts import Refused
from controller.domain.editing import Choice, rest_of_today, scope_of
from controller.domain.problems import Problem
from controller.domain.sessions import Book
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    InSession,
    Places,
    PlaylistItem,
    Recurrence,
    Repeat,
    Scope,
    SessionId,
    Start,
    Version,
    VersionState,
    from_ms,
    to_ms,
)
from playlists.models import Millis

_DAY = timedelta(days=1)
_ALIVE = (VersionState.APPROVED, VersionState.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit changes; None is left as it is.

    `starts_at`: another moment; from a day on only its time of day counts, and of weekdays its weekday. `session`:
    after what stands in it already; of a single airing the place that it has in its session by the version beneath.
    """

    title: str | None = None
    skip: bool | None = None
    starts_at: datetime | None = None
    session: SessionId | None = None
    places: Places | None = None
    playlist: tuple[PlaylistItem, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What an edit stands on: the zone of the owner, the moment, the sessions."""

    zone: ZoneInfo
    now: datetime
    book: Book


def edited(
    broadcast: Broadcast, choice: Choice, chosen: tuple[Millis, ...], change: Change, rest: bool, ground: Ground
) -> tuple[Scope, Content]:
    """The version that a change makes. `chosen`: the airings meant, first the one that was opened; `rest`: from a day
    on, what is still to come today is meant, too. Raises Refused.
    """
    base = whole_beneath(broadcast)
    if base is None or not chosen:
        raise Refused(Problem("scope", "no_start", "Name at least one airing."))
    if choice is Choice.ONLY_THIS:
        return _only(broadcast, base.content, chosen, change, ground)
    return _from_day(broadcast, base.content, choice, chosen[0], change, rest, ground)


def whole_beneath(broadcast: Broadcast) -> Version | None:
    """The newest version, approved or not, that says everything by itself: what an edit builds on."""
    whole = [each for each in broadcast.versions if isinstance(each.scope, FromDay)]
    return max(whole, key=lambda each: each.number, default=None)


def named_before(broadcast: Broadcast, nominal: Millis) -> Content | None:
    """What the newest version that counts or waits says of one airing by name."""
    for version in sorted(broadcast.versions, key=lambda each: -each.number):
        if version.state in _ALIVE and nominal in named_by(version.scope):
            return version.content
        if version.state in _ALIVE and isinstance(version.scope, FromDay) and version.scope.ends_named:
            return None
    return None


def todays_rest(
    broadcast: Broadcast, choice: Choice, opened: Millis, change: Change, ground: Ground
) -> tuple[Millis, ...]:
    """What of today's remaining starts a change from a day on would be for, too: of a time only those that have it."""
    found = rest_of_today(broadcast, ground.zone, ground.now, ground.book)
    if choice is not Choice.ALL:
        found = tuple(each for each in found if named_before(broadcast, each) is None)
    if change.session is not None:
        return ()
    if change.skip is None and change.starts_at is None:
        return found
    at = _local(opened, ground.zone).time()
    same = tuple(each for each in found if _local(each, ground.zone).time() == at)
    return tuple(each for each in same if _todays_start(each, change, ground) is not None)


def _only(
    broadcast: Broadcast, base: Content, chosen: tuple[Millis, ...], change: Change, ground: Ground
) -> tuple[Scope, Content]:
    scope = scope_of(Choice.ONLY_THIS, broadcast, chosen, ground.zone, ground.now, ground.book)
    said = {_said(named_before(broadcast, each), base) for each in chosen}
    if len(said) != 1:
        raise Refused(Problem("scope", "differ", "These airings differ already: change them one by one."))
    before = said.pop()
    content = replace(
        before,
        title=before.title if change.title is None else change.title,
        playlist=before.playlist if change.playlist is None else change.playlist,
        places=before.places if change.places is None else change.places,
        start=_start(before.start, base, chosen[0], change, ground),
    )
    _require_change(content, before)
    return scope, content


def _said(before: Content | None, base: Content) -> Content:
    """What was said by name, as a version of named starts says it."""
    said = Content(base.title, base.time_zone)
    if before is None:
        return said
    return replace(said, title=before.title, playlist=before.playlist, places=before.places, start=before.start)


def _start(before: Start | None, base: Content, nominal: Millis, change: Change, ground: Ground) -> Start | None:
    start = before or Start()
    if change.skip is not None:
        start = replace(start, skip=change.skip)
    if change.starts_at is not None:
        _require_coming(change.starts_at, ground)
        moved = to_ms(change.starts_at)
        own = base.session is None and moved == nominal
        start = replace(start, skip=False, starts_at=None if own else moved)
    elif change.session is not None:
        if base.session is None or base.session.session != change.session:
            raise Refused(Problem("session", "not_here", "Give the moment at which this one airing is to start."))
        start = replace(start, skip=False, starts_at=None)
    return start if before is not None or start != Start() else None


def _from_day(
    broadcast: Broadcast, base: Content, choice: Choice, opened: Millis, change: Change, rest: bool, ground: Ground
) -> tuple[Scope, Content]:
    scope = scope_of(choice, broadcast, (), ground.zone, ground.now, ground.book)
    assert isinstance(scope, FromDay)
    today = todays_rest(broadcast, choice, opened, change, ground) if rest else ()
    content = replace(
        base,
        title=base.title if change.title is None else change.title,
        playlist=base.playlist if change.playlist is None else change.playlist,
        places=base.places if change.places is None else change.places,
        start=_todays_start(today[0], change, ground) if today else None,
    )
    content = _when(content, opened, scope.day, change, ground)
    if not (choice is Choice.ALL and _names_any(broadcast)):
        _require_change(content, replace(base, start=content.start))
    return replace(scope, today=today), content


def _todays_start(nominal: Millis, change: Change, ground: Ground) -> Start | None:
    """The start of what is left of today; None where it would be past."""
    if change.skip:
        return Start(skip=True)
    if change.starts_at is None:
        return Start()
    local = _local(nominal, ground.zone)
    moved = datetime.combine(local.date(), change.starts_at.astimezone(ground.zone).time(), ground.zone)
    return Start(starts_at=to_ms(moved)) if moved > ground.now else None


def _when(content: Content, opened: Millis, day: date, change: Change, ground: Ground) -> Content:
    """Another time, session or weekday from a day on, or none any more."""
    recurrence = content.recurrence
    if recurrence is None:
        return content
    if change.skip:
        return replace(content, recurrence=_without(recurrence, opened, ground))
    if change.session is not None:
        if content.session is not None and content.session.session == change.session:
            return content
        return replace(content, session=InSession(change.session), recurrence=replace(recurrence, times=()))
    if change.starts_at is None:
        return content
    _require_coming(change.starts_at, ground)
    moved = _moved(recurrence, _local(opened, ground.zone), change.starts_at.astimezone(ground.zone), day)
    return replace(content, session=None, recurrence=moved)


def _moved(recurrence: Recurrence, old: datetime, new: datetime, day: date) -> Recurrence:
    others = {each for each in recurrence.times if each != old.time()}
    times = tuple(sorted({*others, new.time().replace(tzinfo=None)}))
    if new.date() == old.date():
        return replace(recurrence, times=times)
    if recurrence.repeat is Repeat.ONCE and new.date() >= day:
        return replace(recurrence, times=times, first_day=new.date())
    if recurrence.repeat is not Repeat.WEEKDAYS or abs(new.date() - old.date()) >= 7 * _DAY:
        raise Refused(Problem("starts_at", "another_day", "Only a single airing can be moved to another day."))
    weekdays = {new.weekday(), *recurrence.weekdays} - {old.weekday()}
    return replace(recurrence, times=times, weekdays=tuple(sorted(weekdays)))


def _without(recurrence: Recurrence, opened: Millis, ground: Ground) -> Recurrence:
    at: time = _local(opened, ground.zone).time()
    left = tuple(each for each in recurrence.times if each != at)
    if left:
        return replace(recurrence, times=left)
    raise Refused(Problem("skip", "nothing_left", "Nothing of it would be left: to end it, withdraw it."))


def _names_any(broadcast: Broadcast) -> bool:
    return any(each.state in _ALIVE and named_by(each.scope) for each in broadcast.versions)


def _require_coming(moment: datetime, ground: Ground) -> None:
    if moment <= ground.now:
        raise Refused(Problem("starts_at", "past", "This moment is past: choose one that is still to come."))


def _require_change(content: Content, before: Content) -> None:
    if content == before:
        raise Refused(Problem("", "unchanged", "Nothing was changed: it stays as it is."))


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return from_ms(ms).astimezone(zone)
