"""Alarms: which message says what, how long it sounds, what answers it, and what is refused before it is sent.

An alarm sounds in passes until its hard end, unless somebody extends it. With it goes a second entry, its closing
words, which start when it ends: a node that has lost the link by then says them too. A correction and an all-clear
answer alarms: nodes say them where the alarm sounded, and for 12 hours wherever such a node comes back.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain.problems import Problem
from controller.domain.sheets import Times
from controller.domain.values import Language
from playlists.book import MessageBook
from playlists.models import Kind, Millis, Priority, playlist_frames
from playlists.rules import millis_of

EMERGENCY = "office-emergency"
"""The issuer of alarms, of what answers them, and of drills."""
CLOSING, CORRECTION, ALL_CLEAR, DRILL = "closing", "correction", "all-clear", "drill-"
"""The messages that are no alarm by themselves; a drill's begins with DRILL."""

SHORTEST_MIN, USUAL_MIN, LONGEST_MIN = 5, 30, 120
"""How many minutes an alarm sounds unless it is extended: the least, the usual, the most."""
STAYS = timedelta(hours=12)
"""The longest that an entry may stand in a sheet: nodes end there what would sound longer."""
SHORTEST_EVERY_S, USUAL_EVERY_S, LONGEST_EVERY_S = 10, 60, 300
WARNINGS_MIN = (10, 3)
"""How many minutes before its hard end the officer is told."""
MOST_ALARMS = 3
"""How many alarms and drills can sound in a zone at once: each takes two entries of its sheet, what ends them one."""
MOST_ANSWERED = 8
LONGEST_SECOND_S = 600
"""The longest that a second person may be waited for."""
DELIVERY_MS = 150
"""How long the sheet of an alarm may be on its way and every horn still begins at once: nodes need the rest."""
CLOSING_WITHIN_MS = 600_000
LAST_START_MS = 300_000
"""So long before its end nothing that answers an alarm begins any more."""

Slots = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """An alarm as it was asked for. `recorded`: how long what follows the message takes, ms."""

    kind: Kind
    message: str
    slots: Slots
    minutes: int
    every_s: int
    recorded: int = 0
    answers: tuple[str, ...] = ()


def priority_of(kind: Kind) -> Priority:
    """A drill passes over routine, never through a silence; all else of this lane is an emergency."""
    return Priority.PRIORITY if kind is Kind.DRILL else Priority.EMERGENCY


def kind_of(message: str) -> Kind:
    """The one kind that may say a prepared message of the office."""
    fixed = {CORRECTION: Kind.CORRECTION, ALL_CLEAR: Kind.ALL_CLEAR}
    return Kind.DRILL if message.startswith(DRILL) else fixed.get(message, Kind.ALARM)


def sounding_until(starts_at: int, lasts_ms: int) -> Times:
    """The moments of what sounds in passes for so long."""
    ends_at = starts_at + lasts_ms
    return Times(Millis(starts_at), Millis(ends_at), Millis(ends_at))


def closing_at(ends_at: int) -> Times:
    """The moments of the closing words of an alarm that ends then."""
    return Times(
        Millis(ends_at), Millis(ends_at + CLOSING_WITHIN_MS), Millis(ends_at + CLOSING_WITHIN_MS + LAST_START_MS)
    )


def answering(starts_at: int) -> Times:
    """The moments of a correction or an all-clear: said once, by whoever comes back within 12 hours too."""
    ends_at = starts_at + STAYS // timedelta(milliseconds=1)
    return Times(Millis(starts_at), Millis(ends_at - LAST_START_MS), Millis(ends_at))


def extended(times: Times, now: int, lasts_ms: int) -> Times | None:
    """The moments of an alarm that sounds on for so long from now; None past what nodes would follow."""
    ends_at = now + lasts_ms
    if ends_at - times.starts_at > STAYS // timedelta(milliseconds=1):
        return None
    return sounding_until(times.starts_at, max(ends_at, times.ends_at) - times.starts_at)


def warning(ends_at: datetime, now: datetime) -> int | None:
    """Which mark before its hard end an alarm has passed: 10 or 3 minutes."""
    left = ends_at - now
    passed = [minutes for minutes in WARNINGS_MIN if timedelta() < left <= timedelta(minutes=minutes)]
    return min(passed, default=None)


def same_words(kind: Kind, message: str, slots: Slots, other: tuple[Kind, str | None, Slots]) -> bool:
    """Whether two alarms say the same: two people who press at once mean one alarm."""
    return other == (kind, message, dict(slots))


def problems(asked: Asked, book: MessageBook | None, tongues: Collection[Language]) -> Iterator[Problem]:
    """All that is wrong with an alarm before it is sent; a book that was never built refuses nothing."""
    if kind_of(asked.message) is not asked.kind or asked.message == CLOSING:
        yield Problem("message", "wrong_kind", "This message is not one of these: a drill is never an alarm.")
    yield from _limits(asked)
    if asked.kind in (Kind.CORRECTION, Kind.ALL_CLEAR):
        if not 1 <= len(asked.answers) <= MOST_ANSWERED:
            yield Problem("occurrences", "empty", "Say which alarms are meant, at most eight.")
    elif asked.answers:
        yield Problem("occurrences", "not_here", "Only a correction or an all-clear answers an alarm.")
    if book is not None:
        yield from _said(asked, book, tongues)


def _limits(asked: Asked) -> Iterator[Problem]:
    if not SHORTEST_MIN <= asked.minutes <= LONGEST_MIN:
        yield Problem("minutes", "out_of_range", "An alarm sounds for 5 to 120 minutes; it can be extended.")
    if not SHORTEST_EVERY_S <= asked.every_s <= LONGEST_EVERY_S:
        yield Problem("every_s", "out_of_range", "It is repeated every 10 to 300 seconds.")


def _said(asked: Asked, book: MessageBook, tongues: Collection[Language]) -> Iterator[Problem]:
    spoken = languages(book, asked.kind, asked.message, tongues)
    if not spoken:
        yield Problem("message", "not_in_book", "There is no such message in the book.")
        return
    for lacking in book.lacks(asked.message, asked.kind, asked.slots.items(), spoken):
        params = {"slot": lacking, "value": asked.slots.get(lacking, "")}
        yield Problem(f"slots.{lacking}", "no_clip", "No clip says “{value}” for {slot}.", params)
    unknown = sorted(set(asked.slots) - set(slots_of(book, asked.kind, asked.message)))
    yield from (Problem(f"slots.{name}", "not_here", "This message has no such slot.") for name in unknown)
    length = length_ms(book, asked, tongues)
    if asked.kind in (Kind.ALARM, Kind.DRILL) and length >= asked.every_s * 1000:
        params = {"seconds": str(-(-length // 1000))}
        yield Problem("every_s", "too_short", "It takes {seconds} seconds to say: repeat it less often.", params)


def languages(book: MessageBook, kind: Kind, message: str, tongues: Iterable[Language]) -> tuple[str, ...]:
    """Of these languages those in which a message is whole; of none, the book's first that is."""
    found = book.message(message, kind)
    whole = book.languages(found) if found else ()
    return tuple(each for each in dict.fromkeys(tongues) if each in whole) or whole[:1]


def slots_of(book: MessageBook, kind: Kind, message: str) -> tuple[str, ...]:
    """The slots of a message, in the order in which they are said."""
    found = book.message(message, kind)
    return tuple(part.name for part in found.parts if part.slot) if found else ()


def length_ms(book: MessageBook, asked: Asked, tongues: Collection[Language]) -> int:
    """How long a pass takes where all of these languages are spoken, with what follows."""
    items = book.items(asked.message, asked.kind, asked.slots.items(), tongues)
    return millis_of(playlist_frames(items)) + asked.recorded
