"""The page on which an alarm is raised, in words: tiles, slots, places, and what would be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.domain.alarms import USUAL_EVERY_S
from controller.domain.prepared import title_of
from controller.locale import N_, sentence
from controller.operations.alarm_desk import Desk, Spoken, Tile
from controller.web.formats import natural
from controller.web.pages.contact_view import ContactView, contact_views
from controller.web.pages.forms import Given
from playlists.models import Kind

REAL, DRILL = "real", "drill"
SLOT = "slot."
_CHIPS = 5
"""A slot of so few values, of one message alone, is chosen on the tile itself, by one tap."""
_SLOTS: Mapping[str, str] = {
    "place": N_("Place"),
    "hour": N_("At what hour"),
    "level": N_("Alarm level"),
    "number": N_("Number (years of age, …)"),
}
_LANGUAGES: Mapping[str, str] = {
    "vi": N_("Vietnamese"),
    "tay": "Tày",
    "nut": "Nùng",
    "tyz": "Tày",
    "hmn": "Mông",
    "mww": "Mông",
    "mnw": "Mường",
    "mtq": "Mường",
    "khm": "Khmer",
    "km": "Khmer",
    "cjm": "Chăm",
    "rad": "Ê Đê",
    "jra": "Gia Rai",
    "bdq": "Ba Na",
    "en": N_("English"),
}


@dataclass(frozen=True)
class SlotView:
    """A slot of messages: its values, and which stands there at first ("": none)."""

    name: str
    label: str
    values: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class WordsView:
    """What is said in a language: words, and slots by name."""

    language: str
    tongue: str
    parts: tuple[tuple[bool, str], ...]
    clips: str


@dataclass(frozen=True)
class TileView:
    """A tile. `chips`: the slot that is chosen on it, if it has few values; `lacks`: what it lacks, in words."""

    name: str
    title: str
    short: str
    words: tuple[WordsView, ...]
    slots: str
    chips: tuple[SlotView, ...]
    lacks: str
    chosen: bool


@dataclass(frozen=True)
class SpotView:
    """A place to tick."""

    zone: str
    name: str
    listening: bool
    ticked: bool


@dataclass(frozen=True)
class AlarmPage:
    """What the page shows. `slots` are shared by the tiles that have them."""

    drill: bool
    owner: str
    place: str
    whole: bool
    tiles: tuple[TileView, ...]
    slots: tuple[SlotView, ...]
    spots: tuple[SpotView, ...]
    listening: int
    silent: tuple[ContactView, ...]
    head: bool
    minutes: int
    every: int
    second: int


def alarm_page(desk: Desk, drill: bool, given: Given, language: str) -> AlarmPage:
    """The page of a person, with what they chose before."""
    kind = Kind.DRILL if drill else Kind.ALARM
    tiles = [tile for tile in desk.tiles if tile.kind is kind]
    spots = sorted(desk.spots, key=lambda spot: natural(spot.name))
    ticked = {value for name, value in given.typed.items() if name.startswith("zone.")}
    slots = {view.name: view for tile in tiles for view in _slots(desk, tile, given, language)}
    used = Counter(name for tile in tiles for name, _ in tile.slots)
    chips = {name for name, view in slots.items() if used[name] == 1 and len(view.values) <= _CHIPS}
    return AlarmPage(
        drill,
        desk.owner,
        desk.name,
        given.value("where", "all") == "all",
        tuple(_tile(tile, slots, chips, given, language) for tile in tiles),
        tuple(view for view in slots.values() if view.name not in chips),
        tuple(SpotView(spot.zone, spot.name, spot.listening, spot.zone in ticked) for spot in spots),
        sum(spot.listening for spot in spots),
        contact_views(desk.silent, desk.now, language),
        desk.head,
        desk.minutes,
        USUAL_EVERY_S,
        0 if desk.second is None else round((desk.second - desk.now).total_seconds()),
    )


def tongue(language: str, reader: str) -> str:
    """What a language is called."""
    return sentence(reader, _LANGUAGES.get(language, language))


def slot_label(slot: str, language: str) -> str:
    """What a slot asks for."""
    return sentence(language, _SLOTS.get(slot, slot))


def _tile(tile: Tile, slots: Mapping[str, SlotView], chips: Collection[str], given: Given, language: str) -> TileView:
    named = tuple(name for name, _ in tile.slots)
    return TileView(
        tile.name,
        tile.title,
        title_of(tile.name.removeprefix("drill-")),
        tuple(_words(each, language) for each in tile.spoken),
        " ".join(named),
        tuple(slots[name] for name in named if name in chips),
        " ".join(_lacks(tile, language)),
        given.value("message") == tile.name,
    )


def _words(spoken: Spoken, language: str) -> WordsView:
    unread = sentence(language, N_("(words that are spoken by a person)"))
    parts = tuple((slot, said or unread) for slot, said in spoken.parts)
    return WordsView(spoken.language, tongue(spoken.language, language), parts, " ".join(spoken.clips))


def _lacks(tile: Tile, language: str) -> Iterator[str]:
    if not tile.whole:
        yield sentence(language, N_("No words are recorded yet: loudspeakers sound the alarm tone."))
    elif tile.lacks:
        named = ", ".join(tongue(each, language) for each in tile.lacks)
        yield sentence(language, N_("Not recorded in: {languages}."), {"languages": named})
    empty = [slot_label(name, language) for name, values in tile.slots if not values]
    if empty:
        yield sentence(language, N_("Nothing is recorded for: {slots}."), {"slots": ", ".join(empty)})


def _slots(desk: Desk, tile: Tile, given: Given, language: str) -> Iterator[SlotView]:
    for name, values in tile.slots:
        ordered = tuple(sorted(values, key=natural))
        usual = _usual(desk, name)
        chosen = given.value(f"{SLOT}{name}", usual)
        yield SlotView(name, slot_label(name, language), ordered, chosen if chosen in ordered else "")


def _usual(desk: Desk, slot: str) -> str:
    """What stands in a slot at first: here, and now. What nobody can know stays empty."""
    hour = str(desk.now.astimezone(ZoneInfo(desk.zone)).hour)
    return {"place": desk.name, "hour": hour}.get(slot, "")
