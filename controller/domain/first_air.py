"""When the newest version of a broadcast would be heard first, if it were approved."""

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
class First:
    """A planned start, in a session the session's; `airing` None where the version leaves the airing out."""

    starts_at: Millis
    airing: Airing | None


def first_air(broadcast: Broadcast, since: datetime, book: Book) -> First | None:
    """The first start that the newest version decides if it is approved at `since`; None where none is to come."""
    known, version = as_if_approved(broadcast, since), newest(broadcast)
    if version is None:
        return None
    if isinstance(version.scope, NamedStarts):
        return _named(known, version.number, [each for each in version.scope.nominals if each >= to_ms(since)])
    for span in _SPANS:
        found = airings(known, since, since + span, book)
        mine = next((each for each in found if each.version == version.number), None)
        if mine is not None:
            return First(mine.starts_at, mine)
    return None


def _named(known: Broadcast, number: int, coming: list[Millis]) -> First | None:
    each = [(nominal, airing_of(known, number, nominal)) for nominal in coming]
    found = [First(airing.starts_at if airing else nominal, airing) for nominal, airing in each]
    return min(found, key=lambda one: one.starts_at, default=None)
