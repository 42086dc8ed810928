"""A broadcast's versions become airings: which version governs which start, whatever the node.

Named starts go first and hold only what they change; the rest comes from the from-date version beneath, the newest that
was approved before the planned start. So the past of a broadcast never changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from controller.domain.recurrence import days_around, final_day, moment, starts
from controller.domain.sessions import Book
from controller.domain.values import (
    Broadcast,
    BroadcastId,
    Content,
    FromDay,
    InSession,
    Late,
    NamedStarts,
    OccurrenceId,
    Places,
    PlaylistItem,
    Scope,
    Start,
    Version,
    VersionState,
    from_ms,
    to_ms,
)
from playlists.models import Millis, Priority, occurrence_id

_INSTANT = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_Given = Mapping[int, frozenset[Millis]]
_NO_SESSIONS = Book()


@dataclass(frozen=True, slots=True)
class Airing:
    """One airing of a broadcast, before any node: what is planned, by which version.

    `place`: in which session it looks for its start (`layout` gives it); None for a start of its own.
    """

    broadcast: BroadcastId
    version: int
    title: str
    nominal: Millis
    starts_at: Millis
    playlist: tuple[PlaylistItem, ...]
    places: Places
    priority: Priority
    rank: int
    late: Late
    time_zone: str
    place: InSession | None = None

    @property
    def occurrence(self) -> OccurrenceId:
        """The occurrence's id."""
        return OccurrenceId(occurrence_id(self.broadcast, self.nominal))


def airings(broadcast: Broadcast, begin: datetime, end: datetime, book: Book = _NO_SESSIONS) -> tuple[Airing, ...]:
    """The approved airings that start from `begin` up to `end`, in order of their start. Withdrawal is not applied.

    What stands in a session starts with it here, until it is laid out.
    """
    approved = _approved(broadcast)
    given = _given(approved, begin, end, book)
    every = sorted(frozenset[Millis]().union(*given.values()))
    found = (_airing(broadcast, approved, nominal, given) for nominal in every)
    inside = (airing for airing in found if airing and to_ms(begin) <= airing.starts_at < to_ms(end))
    return tuple(sorted(inside, key=lambda airing: (airing.starts_at, airing.nominal)))


def nominals(content: Content, begin: datetime, end: datetime, book: Book = _NO_SESSIONS) -> tuple[datetime, ...]:
    """The nominal starts that a recurrence gives, in a session the session's, each once and rising."""
    zone, recurrence = ZoneInfo(content.time_zone), content.recurrence
    if recurrence is None:
        return ()
    if content.session is None:
        return starts(recurrence, zone, begin, end)
    days = days_around(recurrence, zone, begin, end)
    held = ((day, at) for day in days if (at := book.start(content.session.session, day)) is not None)
    found = (start for day, at in held if (start := moment(day, at, zone)) is not None)
    return tuple(start for start in found if begin <= start < end)


def gives(broadcast: Broadcast, nominal: Millis, book: Book = _NO_SESSIONS) -> bool:
    """Whether the approved from-date version that governs a nominal start gives it, skipped or not."""
    at = from_ms(nominal)
    beneath = _governing(_approved(broadcast), at)
    return beneath is not None and bool(nominals(beneath.content, at, at + _INSTANT, book))


@dataclass(frozen=True, slots=True)
class Decided:
    """What approved versions decide for one nominal start: all of `beneath` but what `named` changes.

    `airing`: None where it is skipped, or past the last day on which it is true.
    """

    beneath: Version
    named: Version | None
    airing: Airing | None

    @property
    def version(self) -> Version:
        """The version whose number the airing has."""
        return self.named or self.beneath


def decided(broadcast: Broadcast, nominal: Millis, book: Book = _NO_SESSIONS) -> Decided | None:
    """What is decided for a nominal start; None where nothing gives it."""
    if not gives(broadcast, nominal, book):
        return None
    approved = _approved(broadcast)
    beneath, named = _governing(approved, from_ms(nominal)), _named(approved, nominal)
    return None if beneath is None else Decided(beneath, named, _made(broadcast, beneath, named, nominal))


def airing_of(broadcast: Broadcast, version: int, nominal: Millis, starts_at: Millis | None = None) -> Airing | None:
    """The airing that an approved version decided for a nominal start, as it was owed; None where it decides none.

    `starts_at`: where it stood in its session.
    """
    found = _decided(broadcast, version, nominal)
    return found if found is None or starts_at is None else replace(found, starts_at=starts_at, place=None)


def _decided(broadcast: Broadcast, version: int, nominal: Millis) -> Airing | None:
    chosen = next((each for each in _approved(broadcast) if each.number == version), None)
    if chosen is None:
        return None
    if nominal not in named_by(chosen.scope):
        return _made(broadcast, chosen, None, nominal) if isinstance(chosen.scope, FromDay) else None
    beneath = _governing([each for each in _approved(broadcast) if each.number != version], from_ms(nominal))
    return None if beneath is None else _made(broadcast, beneath, chosen, nominal)


def until_day(version: Version) -> date | None:
    """The last local day on which an airing that a version decides can start; None: there is no end.

    In a session an airing may be laid out past midnight.
    """
    last = min((day for day in _ends(version.scope, version.content, version.approved_until) if day), default=None)
    return last + _DAY if last is not None and version.content.session and last < date.max else last


def _ends(scope: Scope, content: Content, approved_until: date | None) -> tuple[date | None, ...]:
    moved = content.start.starts_at if content.start else None
    named = (*named_by(scope), *((moved,) if moved else ()))
    last_named = local_day(max(named), content.time_zone) if named else None
    if isinstance(scope, NamedStarts):
        return last_named, approved_until
    final = scope.day if content.recurrence is None else final_day(content.recurrence)
    return max(final, last_named) if final and last_named else final, content.last_true_day, approved_until


def named_by(scope: Scope) -> tuple[Millis, ...]:
    """The airings that a scope names one by one."""
    return scope.nominals if isinstance(scope, NamedStarts) else scope.today


def means(version: Version, nominal: Millis) -> bool:
    """Whether a version is for an airing: it names it, or counts on its day."""
    if nominal in named_by(version.scope):
        return True
    day = local_day(nominal, version.content.time_zone)
    return isinstance(version.scope, FromDay) and version.scope.day <= day


def local_day(ms: int, zone: str) -> date:
    """The local date of a moment."""
    return from_ms(ms).astimezone(ZoneInfo(zone)).date()


def _approved(broadcast: Broadcast) -> list[Version]:
    found = [version for version in broadcast.versions if version.state is VersionState.APPROVED]
    return sorted(found, key=lambda version: version.number)


def _given(approved: list[Version], begin: datetime, end: datetime, book: Book) -> dict[int, frozenset[Millis]]:
    """The starts that each from-date version gives in the window, and those named elsewhere that may move into it."""
    named = {from_ms(n) for each in approved for n in named_by(each.scope)}
    outside = [at for at in named if not begin <= at < end]
    spans = [(begin, end), *((at, at + _INSTANT) for at in outside)]
    return {
        version.number: frozenset(
            to_ms(start) for first, last in spans for start in nominals(version.content, first, last, book)
        )
        for version in approved
        if version.content.recurrence is not None and isinstance(version.scope, FromDay)
    }


def _airing(broadcast: Broadcast, approved: list[Version], nominal: Millis, given: _Given) -> Airing | None:
    beneath = _governing(approved, from_ms(nominal))
    if beneath is None or nominal not in given.get(beneath.number, ()):
        return None
    return _made(broadcast, beneath, _named(approved, nominal), nominal)


def _governing(approved: list[Version], nominal: datetime) -> Version | None:
    """The newest from-date version that was approved before the planned start."""
    for version in reversed(approved):
        if isinstance(version.scope, FromDay) and _counts(version, nominal):
            return version
    return None


def _counts(version: Version, nominal: datetime) -> bool:
    if not isinstance(version.scope, FromDay):
        return _in_time(version, nominal)
    day = nominal.astimezone(ZoneInfo(version.content.time_zone)).date()
    return _in_time(version, nominal) and version.scope.day <= day


def _in_time(version: Version, nominal: datetime) -> bool:
    return version.decided_at is not None and version.decided_at <= nominal


def _named(approved: list[Version], nominal: Millis) -> Version | None:
    for version in reversed(approved):
        if nominal in named_by(version.scope) and _in_time(version, from_ms(nominal)):
            return version
        if not _counts(version, from_ms(nominal)):
            continue
        if isinstance(version.scope, FromDay) and version.scope.ends_named:
            return None
    return None


def _made(broadcast: Broadcast, beneath: Version, named: Version | None, nominal: Millis) -> Airing | None:
    base, change = beneath.content, named.content if named else None
    start = (change.start if change else None) or Start()
    playlist = (change.playlist if change else None) or base.playlist
    places = (change.places if change else None) or base.places
    starts_at = start.starts_at if start.starts_at is not None else nominal
    last_days = (base.last_true_day, beneath.approved_until, named.approved_until if named else None)
    if start.skip or not playlist or places is None or _past(last_days, local_day(starts_at, base.time_zone)):
        return None
    if _ended(beneath, starts_at) or (named and _ended(named, starts_at)):
        return None
    return Airing(
        broadcast.id,
        (named or beneath).number,
        (change or base).title,
        nominal,
        starts_at,
        playlist,
        places,
        base.priority,
        base.rank,
        base.late,
        base.time_zone,
        base.session if start.starts_at is None else None,
    )


def _ended(version: Version, starts_at: Millis) -> bool:
    """Whether its standing approval had been revoked by then."""
    return version.approval_ended_at is not None and from_ms(starts_at) >= version.approval_ended_at


def _past(last_days: Iterable[date | None], day: date) -> bool:
    return any(last is not None and day > last for last in last_days)
