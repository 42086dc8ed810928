"""When the newest version of a broadcast would be heard first, if it were approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain.airings import Airing, airing_of, airings
from controller.domain.broadcasts import as_if_approved, newest
from controller.domain.clashes import AHEAD
from controller.domain.sessions import Book
from controller.domain.values import Broadcast, NamedStarts, to_ms
from playlists.models import Millis

_SPANS = (timedelta(days=2), timedelta(days=40), AHEAD)


@dataclass(frozen=True, slots=True)
class Air:
    """A planned start, in a session the session's; `airing` None where the version leaves the airing out."""

    starts_at: Millis
    airing: Airing | None


def first_air(broadcast: Broadcast, since: datetime, book: Book) -> Air | None:
    """The first start that the newest version decides if it is approved at `since`; None where none is to come."""
    return next(iter(first_airs(broadcast, since, book, 1)), None)


def first_airs(broadcast: Broadcast, since: datetime, book: Book, most: int) -> tuple[Air, ...]:
    """The first starts, at most so many, in order."""
    known, version = as_if_approved(broadcast, since), newest(broadcast)
    if version is None:
        return ()
    if isinstance(version.scope, NamedStarts):
        coming = (each for each in version.scope.nominals if each >= to_ms(since))
        return _named(known, version.number, coming)[:most]
    found: tuple[Air, ...] = ()
    for span in _SPANS:
        mine = (each for each in airings(known, since, since + span, book) if each.version == version.number)
        found = tuple(Air(each.starts_at, each) for each in mine)
        if len(found) >= most:
            break
    return found[:most]


def _named(known: Broadcast, number: int, coming: Iterable[Millis]) -> tuple[Air, ...]:
    each = [(nominal, airing_of(known, number, nominal)) for nominal in coming]
    found = [Air(airing.starts_at if airing else nominal, airing) for nominal, airing in each]
    return tuple(sorted(found, key=lambda one: one.starts_at))
