"""Approval that a version carries: from the last version that a person approved, or from standing approvals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

from controller.domain.airings import Airing, airing_of, local_day, named_by, nominals
from controller.domain.broadcasts import as_if_approved, newest, submit
from controller.domain.clashes import AHEAD
from controller.domain.recurrence import final_day
from controller.domain.sessions import Book, book
from controller.domain.tree import named_areas, nodes_at, setting, within
from controller.domain.values import (
    AreaId,
    Broadcast,
    Content,
    FromDay,
    NamedStarts,
    PersonId,
    Places,
    Recurrence,
    Sha256,
    Tree,
    Version,
    VersionState,
    to_ms,
)

MOVED_AT_MOST = timedelta(minutes=15)
"""How far a start of its own may move on its day without a new approval."""
WARNED_BEFORE = timedelta(days=7)
"""How long before its end a standing approval is spoken of."""

OWN_APPROVAL = "own_approval"
"""The setting of an area that lets an approver approve a version of their own; it is marked in reports."""

StandingId = NewType("StandingId", str)

_Sound = tuple[tuple[tuple[str, str, str | None], ...], ...]


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """An asset that may be aired in an area up to a day, whoever plans it.

    What comes from elsewhere as it sounds is no asset: a rebroadcast's source has its standing approval with it.
    """

    id: StandingId
    area: AreaId
    asset: Sha256
    until: date
    by: PersonId
    revoked_at: datetime | None = None


def submitted(
    broadcast: Broadcast, number: int, tree: Tree, standing: Iterable[StandingApproval], now: datetime
) -> Broadcast:
    """The newest version asks for approval, and has it at once where it carries one. Raises Refused like `submit`."""
    asked = submit(broadcast, number, now)
    base = carried_from(broadcast, tree, now)
    until = None if base else standing_until(broadcast, tree, standing, now)
    if base is None and until is None:
        return asked

    def decided(version: Version) -> Version:
        if version.number != number:
            return version
        return replace(version, state=VersionState.APPROVED, decided_at=now, carried_from=base, approved_until=until)

    return replace(asked, versions=tuple(map(decided, asked.versions)))


def last_by_a_person(broadcast: Broadcast) -> Version | None:
    """The last version that a person approved; what was carried to others does not count."""
    approved = [each for each in broadcast.versions if each.state is VersionState.APPROVED]
    own = [each for each in approved if each.carried_from is None and each.approved_until is None]
    return max(own, key=lambda each: each.number, default=None)


def carried_from(broadcast: Broadcast, tree: Tree, now: datetime) -> int | None:
    """The number of the version whose approval the newest one carries; None where it must be submitted."""
    before, after = last_by_a_person(broadcast), newest(broadcast)
    if before is None or after is None or before is after:
        return None
    known = _Comparison(as_if_approved(broadcast, now), tree, book(tree), now)
    return before.number if known.carries(before, after) else None


def standing_until(
    broadcast: Broadcast, tree: Tree, standing: Iterable[StandingApproval], now: datetime
) -> date | None:
    """The day to which standing approvals cover all audio of the newest version in all its places; None: they do not.

    Later starts are not planned. What an author approved themselves covers their versions only where the owner area
    lets them.
    """
    after = newest(broadcast)
    content = effective(as_if_approved(broadcast, now), after) if after else None
    if after is None or content is None or not content.playlist or content.places is None:
        return None
    zone, places = ZoneInfo(content.time_zone), content.places
    usable = [each for each in standing if each.by != after.author or own_allowed(tree, broadcast.owner)]
    lives = [each for each in usable if each.revoked_at is None and each.until >= now.astimezone(zone).date()]
    wide = [each for each in lives if all(within(tree, area, each.area) for area in named_areas(places))]
    assets = {recording.asset for item in content.playlist for recording in item.recordings}
    each = [max((one.until for one in wide if one.asset == asset), default=None) for asset in assets]
    known = [until for until in each if until is not None]
    return min(known) if len(known) == len(each) else None


def own_allowed(tree: Tree, owner: AreaId) -> bool:
    """Whether an approver may approve a version of their own."""
    return setting(tree, owner, OWN_APPROVAL) is True


def ending(standing: Iterable[StandingApproval], today: date) -> tuple[StandingApproval, ...]:
    """The standing approvals that end within 7 days, the next to end first."""
    soon = [each for each in standing if each.revoked_at is None and today <= each.until <= today + WARNED_BEFORE]
    return tuple(sorted(soon, key=lambda each: (each.until, each.id)))


def effective(broadcast: Broadcast, version: Version) -> Content | None:
    """All that a version decides, with what named starts leave as it is; None where nothing lies beneath them."""
    said = version.content
    if isinstance(version.scope, FromDay):
        return said
    base = _beneath(broadcast, version)
    if base is None:
        return None
    return replace(base, playlist=said.playlist or base.playlist, places=said.places or base.places)


def _beneath(broadcast: Broadcast, version: Version) -> Content | None:
    older = [each for each in broadcast.versions if each.number < version.number and isinstance(each.scope, FromDay)]
    approved = [each for each in older if each.state is VersionState.APPROVED]
    return max(approved, key=lambda each: each.number).content if approved else None


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two versions of one broadcast by what would be heard: the airings that each decides, from now on."""

    broadcast: Broadcast
    tree: Tree
    book: Book
    now: datetime

    def carries(self, before: Version, after: Version) -> bool:
        old, new = effective(self.broadcast, before), effective(self.broadcast, after)
        if old is None or new is None or new.priority > old.priority or not _no_later(new, old):
            return False
        end = _horizon(old, self.now)
        if isinstance(after.scope, FromDay) and not _ends_no_later(new.recurrence, old.recurrence, end):
            return False
        earlier = {day: list(each) for day, each in self._by_day(before, self.now - timedelta(days=1), end).items()}
        itself = isinstance(after.scope, NamedStarts)
        return all(
            self._among(airing, earlier.get(day, []), itself)
            for day, each in self._by_day(after, self.now, end).items()
            for airing in each
        )

    def _by_day(self, version: Version, begin: datetime, end: datetime) -> dict[date, list[Airing]]:
        found: dict[date, list[Airing]] = {}
        for airing in sorted(self._airings(version, begin, end), key=lambda each: each.starts_at):
            found.setdefault(local_day(airing.starts_at, airing.time_zone), []).append(airing)
        return found

    def _airings(self, version: Version, begin: datetime, end: datetime) -> Iterator[Airing]:
        scope = version.scope
        starts = named_by(scope)
        if isinstance(scope, FromDay):
            every = map(to_ms, nominals(version.content, begin, end, self.book))
            starts += tuple(each for each in every if local_day(each, version.content.time_zone) >= scope.day)
        for nominal in starts:
            airing = airing_of(self.broadcast, version.number, nominal)
            yield from () if airing is None else (airing,)

    def _among(self, airing: Airing, earlier: list[Airing], itself: bool) -> bool:
        """Whether one of the day's airings covers it (a named one only `itself`); each covers one only, so there are
        the same or fewer."""
        for other in earlier:
            if self._covers(other, airing) and (not itself or other.nominal == airing.nominal):
                earlier.remove(other)
                return True
        return False

    def _covers(self, before: Airing, after: Airing) -> bool:
        return (
            _sound(before) == _sound(after)
            and _same_time(before, after)
            and (before.places == after.places or self._hamlets(after.places) <= self._hamlets(before.places))
        )

    def _hamlets(self, places: Places) -> frozenset[AreaId]:
        return frozenset(each.hamlet for node in nodes_at(self.tree, places) for each in node.serves)


def _sound(airing: Airing) -> _Sound:
    return tuple(tuple((each.language, each.asset, each.text) for each in item.recordings) for item in airing.playlist)


def _same_time(before: Airing, after: Airing) -> bool:
    if before.place or after.place:
        return before.place is not None and after.place is not None and before.place.session == after.place.session
    return abs(before.starts_at - after.starts_at) <= MOVED_AT_MOST // timedelta(milliseconds=1)


def _no_later(new: Content, old: Content) -> bool:
    return old.last_true_day is None or (new.last_true_day is not None and new.last_true_day <= old.last_true_day)


def _horizon(old: Content, now: datetime) -> datetime:
    """As far as clashes are judged, and past the last day that the old version excepts."""
    excepted = max(old.recurrence.except_days, default=None) if old.recurrence else None
    if excepted is None:
        return now + AHEAD
    after = datetime(excepted.year, excepted.month, excepted.day, tzinfo=now.tzinfo) + timedelta(days=2)
    return max(now + AHEAD, after)


def _ends_no_later(new: Recurrence | None, old: Recurrence | None, end: datetime) -> bool:
    """Beyond the horizon only the last day tells; within it the starts do."""
    last, allowed = (final_day(each) if each else None for each in (new, old))
    return allowed is None or (last is not None and last <= max(allowed, end.date()))
