"""The form in which an airing is edited: what stands in it at first, and what change was typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from controller.domain.changing import Change
from controller.domain.editing import Choice
from controller.domain.problems import Problem
from controller.domain.recurrence import moment
from controller.domain.sessions import book, sessions_of
from controller.domain.tree import nodes_at, path, places_of_zones
from controller.domain.values import (
    Language,
    Places,
    PlaylistItem,
    Recording,
    Session,
    SessionId,
    Sha256,
    Tree,
    Zone,
    ZoneId,
    to_ms,
)
from controller.locale import N_
from controller.operations.airing import Opened
from controller.operations.drafting import Speech
from controller.operations.editing import Edit
from controller.operations.errors import Invalid
from controller.web.api.fields import Body, Line, Version
from controller.web.formats import natural
from controller.web.pages.deciding_typed import Typed, day_of, time_of
from controller.web.pages.forms import read

MOST_ROWS = 200
_LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,5}(?:\.\d{1,3})?)", re.ASCII)


class Texts(Body):
    """What is read as it stands."""

    base: Version
    choice: Choice
    title: Line


@dataclass(frozen=True)
class Sound:
    """Audio that may be chosen; length in ms."""

    sha256: Sha256
    title: str
    length: int
    speech: Speech | None = None


@dataclass(frozen=True)
class Sheet:
    """What the form is made of: the airing as it is, the places and sessions of its owner, the audio at hand."""

    seen: Opened
    tree: Tree
    sounds: Mapping[Sha256, Sound]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the owner."""
        return self.seen.zone

    @property
    def local(self) -> datetime:
        """When it starts, in that zone."""
        return self.seen.starts_at.astimezone(self.zone)

    def sessions(self) -> tuple[Session, ...]:
        """The sessions of the owner on the airing's day."""
        return sessions_of(self.tree, self.seen.broadcast.owner, self.local.date())

    def home(self) -> SessionId | None:
        """The session in which it stands now."""
        shown = self.seen.airing
        return shown.place.session if shown is not None and shown.place is not None else None

    def places(self) -> tuple[Zone, ...]:
        """The hamlets of the owner in which somebody hears something, as zones by their name."""
        heard = {each.hamlet for node in self.tree.nodes.values() for each in node.serves}
        below = [zone for zone in self.tree.zones.values() if zone.area in heard and self._inside(zone)]
        return tuple(sorted(below, key=lambda zone: natural(zone.name)))

    def reached(self) -> frozenset[str]:
        """The nodes that it reaches now."""
        shown = self.seen.airing
        return nodes_of(self.tree, shown.places if shown else Places())

    def _inside(self, zone: Zone) -> bool:
        steps = {step.id for step in path(self.tree, zone.area)} if zone.area else set()
        return self.seen.broadcast.owner in steps


def nodes_of(tree: Tree, places: Places) -> frozenset[str]:
    """The nodes that places reach."""
    return frozenset(node.id for node in nodes_at(tree, places))


def first_typed(sheet: Sheet) -> Typed:
    """The form as it stands before anything is typed."""
    seen, reached = sheet.seen, sheet.reached()
    playlist = seen.airing.playlist if seen.airing else ()
    hears = {number: zone for number, zone in enumerate(sheet.places()) if _hears(sheet, zone, reached)}
    return {
        "base": str(seen.base),
        "choice": Choice.ONLY_THIS.value,
        "title": seen.title,
        "when": "slot" if sheet.home() else "keep",
        "was": sheet.local.isoformat(),
        "day": f"{sheet.local:%d/%m/%Y}",
        "time": written(sheet.local.time()),
        "slot": sheet.home() or "",
        **{f"place.{number}": zone.id for number, zone in hears.items()},
        **{f"item.{number}": item.recordings[0].asset for number, item in enumerate(playlist) if item.recordings},
        **{f"order.{number}": str(number + 1) for number in range(len(playlist))},
    }


def written(at: time) -> str:
    """`17:00`, or `17:00:05` where there are seconds."""
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


@dataclass(frozen=True)
class Row:
    """An item of the playlist as it was typed."""

    number: int
    sha256: Sha256
    order: str
    dropped: bool
    begin: str
    end: str


def item_rows(typed: Typed) -> tuple[Row, ...]:
    """The items in the order that was typed; what has no number keeps its place."""
    found = [_row(typed, number) for number in range(MOST_ROWS) if typed.get(f"item.{number}")]
    return tuple(sorted(found, key=lambda row: (_number(row.order, row.number + 1), row.number)))


def _row(typed: Typed, number: int) -> Row:
    sha256 = Sha256(typed[f"item.{number}"][:64])
    return Row(
        number, sha256, typed.get(f"order.{number}", ""), f"drop.{number}" in typed,
        typed.get(f"begin.{number}", ""), typed.get(f"end.{number}", ""),
    )  # fmt: skip


def _number(text: str, usual: int) -> float:
    text = text.strip().replace(",", ".")
    try:
        return float(text) if len(text) < 8 else usual
    except ValueError:
        return usual


def seconds_of(text: str) -> float | None:
    """`75`, `12,5`, `1:15`: seconds; None for what is no length."""
    found = _LENGTH.fullmatch(text.strip().replace(",", "."))
    return None if found is None else 60 * int(found[1] or 0) + float(found[2])


def edit_of(typed: Typed, sheet: Sheet) -> Edit:
    """What is to be changed. Raises Invalid, each problem naming its field."""
    said = read(Texts, {name: typed.get(name, "") for name in ("base", "choice", "title")})
    wrong = [*_when_problems(typed, sheet), *_place_problems(typed, sheet), *_item_problems(typed)]
    if wrong:
        raise Invalid(*wrong)
    seen = sheet.seen
    change = Change(
        title=said.title if said.title != seen.title else None,
        starts_at=_starts_at(typed, sheet),
        session=_session(typed, sheet),
        places=_places(typed, sheet),
        playlist=_playlist(typed, sheet),
    )
    nominal = to_ms(seen.nominal)
    return Edit(seen.broadcast.id, said.base, said.choice, (nominal,), change, "rest" in typed)


def _own_time(typed: Typed, sheet: Sheet) -> tuple[date | None, time | None] | None:
    """The day and time that were typed; None where they are to stay. Who types another time means it."""
    if _other_slot(typed, sheet):
        return None
    day, at = day_of(typed.get("day", ""), sheet.local.date()), time_of(typed.get("time", ""))
    was = _was(typed) or sheet.local
    pinned = typed.get("when") != "slot" and sheet.home() is not None
    same = day == was.date() and at is not None and written(at) == written(was.time())
    return None if same and not pinned else (day, at)


def _other_slot(typed: Typed, sheet: Sheet) -> bool:
    """Whether it is to stand in a session in which it does not stand."""
    return typed.get("when") == "slot" and (typed.get("slot") != sheet.home() or _day_moved(typed, sheet))


def _day_moved(typed: Typed, sheet: Sheet) -> bool:
    day, was = day_of(typed.get("day", ""), sheet.local.date()), _was(typed) or sheet.local
    at = time_of(typed.get("time", ""))
    return day is not None and day != was.date() and at is not None and written(at) == written(was.time())


def _was(typed: Typed) -> datetime | None:
    try:
        return datetime.fromisoformat(typed.get("was", ""))
    except ValueError:
        return None


def _when_problems(typed: Typed, sheet: Sheet) -> Iterator[Problem]:
    own = _own_time(typed, sheet)
    if own is None and day_of(typed.get("day", ""), sheet.local.date()) is None:
        yield Problem("day", "no_date", N_("There is no such date."))
    if own is not None and own[0] is None:
        yield Problem("day", "no_date", N_("There is no such date."))
    if own is not None and own[1] is None:
        yield Problem("time", "no_time", N_("There is no such time."))
    if _other_slot(typed, sheet) and typed.get("slot") not in book(sheet.tree).timetables:
        yield Problem("when", "not_found", N_("There is no such session."))


def _place_problems(typed: Typed, sheet: Sheet) -> Iterator[Problem]:
    chosen = _zones(typed)
    if not chosen:
        yield Problem("place", "no_place", N_("Say where it is to be heard: choose at least one zone."))
    elif not set(chosen) <= set(sheet.tree.zones):
        yield Problem("place", "not_found", N_("There is no such place."))


def _item_problems(typed: Typed) -> Iterator[Problem]:
    if all(row.dropped for row in item_rows(typed)) and not typed.get("add"):
        yield Problem("item", "empty_playlist", N_("The playlist is empty: choose what is to be heard."))


def _starts_at(typed: Typed, sheet: Sheet) -> datetime | None:
    if _other_slot(typed, sheet):
        day = day_of(typed.get("day", ""), sheet.local.date()) if _day_moved(typed, sheet) else None
        return None if day is None else moment(day, sheet.local.time(), sheet.zone)
    own = _own_time(typed, sheet)
    if own is None or own[0] is None or own[1] is None:
        return None
    return moment(own[0], own[1], sheet.zone)


def _session(typed: Typed, sheet: Sheet) -> SessionId | None:
    return SessionId(typed.get("slot", "")) if _other_slot(typed, sheet) else None


def _zones(typed: Typed) -> tuple[ZoneId, ...]:
    return tuple(ZoneId(value) for name, value in typed.items() if name.startswith("place.") and value)


def _places(typed: Typed, sheet: Sheet) -> Places | None:
    """None where the same nodes are reached. All hamlets of the owner are the owner's own zone."""
    chosen = set(_zones(typed))
    every = {zone.id for zone in sheet.places()}
    whole = next((each for each in sheet.tree.zones.values() if each.area == sheet.seen.broadcast.owner), None)
    named = {whole.id} if whole is not None and len(every) > 1 and chosen >= every else chosen
    wanted = places_of_zones(sheet.tree.zones[each] for each in sorted(named))
    return None if nodes_of(sheet.tree, wanted) == sheet.reached() else wanted


def _playlist(typed: Typed, sheet: Sheet) -> tuple[PlaylistItem, ...] | None:
    held = sheet.seen.airing.playlist if sheet.seen.airing else ()
    known = {item.recordings[0].asset: item for item in held if item.recordings}
    kept = [row.sha256 for row in item_rows(typed) if not row.dropped]
    added = [Sha256(typed["add"][:64])] if typed.get("add") else []
    wanted = tuple(known.get(each) or new_item(each, sheet) for each in (*kept, *added))
    return None if wanted == held else wanted


def new_item(sha256: Sha256, sheet: Sheet) -> PlaylistItem:
    """Audio of the library as an item, with the words that a voice spoke in it."""
    sound = sheet.sounds.get(sha256)
    spoken = sound.speech if sound else None
    language = spoken.language if spoken else Language("vi")
    words, voice = (spoken.text, spoken.voice) if spoken else (None, None)
    return PlaylistItem((Recording(language, sha256, words, voice),), sound.title if sound else "")


def _hears(sheet: Sheet, zone: Zone, reached: frozenset[str]) -> bool:
    """Whether all nodes of a hamlet are reached."""
    mine = nodes_of(sheet.tree, places_of_zones([zone]))
    return bool(mine) and mine <= reached
