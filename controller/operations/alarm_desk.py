"""What somebody needs who is about to raise an alarm: the messages, the places, and who can hear it now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from controller.domain.alarms import ALL_CLEAR, CLOSING, CORRECTION, DRILL
from controller.domain.prepared import TITLES, title_of
from controller.domain.tree import languages, nodes_of_zone, time_zone
from controller.domain.values import AreaId, NodeId, OccurrenceId, Tree, Zone, ZoneId, from_ms
from controller.operations.acting import Act, query
from controller.operations.alarm_rows import (
    live_alarms,
    nodes_in,
    owner_of,
    policy_minutes,
    second_wait,
    waits,
    zones_of,
)
from controller.operations.calling import Contact, contacts
from controller.operations.reading import visible_tree
from controller.operations.rights import Right, branches, may, only_as_head
from controller.storage.books import message_book
from controller.storage.heard import Heard, heard
from controller.storage.tables import MessageClipRow
from playlists.book import MessageBook, PreparedMessage
from playlists.models import Kind, Millis

Words = Mapping[tuple[str, str], str]
"""Fixed words by clip and language."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message in a language: its parts in order, a slot by its name, words by their text ("": nobody wrote it down).

    `clips`: the assets of the fixed words in the order in which they are said.
    """

    language: str
    parts: tuple[tuple[bool, str], ...]
    clips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A message that can be raised. `slots` with the values that its clips give; `lacks`: languages that are spoken
    there in which it is not whole; `whole`: some language says it."""

    name: str
    kind: Kind
    title: str
    spoken: tuple[Spoken, ...]
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    lacks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nodes have words for it."""
        return bool(self.spoken)


@dataclass(frozen=True, slots=True)
class Spot:
    """A hamlet and its zone; `listening`: some node of it is connected."""

    zone: ZoneId
    area: AreaId
    name: str
    listening: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person can raise and where. `owner`: in whose name; `whole`: the zones of all of their branches.

    `head`: they act as a hamlet's head, prepared messages by PIN. `second`: until when a second person is waited for.
    """

    owner: AreaId
    name: str
    whole: tuple[ZoneId, ...]
    spots: tuple[Spot, ...]
    silent: tuple[Contact, ...]
    tiles: tuple[Tile, ...]
    head: bool
    minutes: int
    second: datetime | None
    zone: str
    now: datetime


@dataclass(frozen=True, slots=True)
class LiveAlarm:
    """An alarm or a drill that waits or sounds, as the bar of every page says it. `own`: the person may act on it."""

    occurrence: OccurrenceId
    kind: Kind
    title: str
    waits_until: datetime | None
    ends_at: datetime | None
    own: bool


@query(Right.ALARM)
def desk(act: Act) -> Desk:
    """Everything of the page on which alarms are raised."""
    tops = act.permit_somewhere()
    tree = visible_tree(act)
    zones = _zones_of(act, tops)
    nodes = nodes_in(act.tree, zones)
    known = heard(act.session, nodes)
    tongues = sorted({tongue for node in nodes for tongue in languages(act.tree, act.tree.nodes[node])})
    silent = contacts(act, (node for node in nodes if not known[node].online), known)
    owner = tops[0]
    return Desk(
        owner=owner,
        name=", ".join(act.tree.areas[top].name for top in tops),
        whole=zones,
        spots=_spots(act, tree, nodes, known),
        silent=silent,
        tiles=tuple(_tiles(act, tree, tongues)),
        head=all(only_as_head(act.tree, act.grants, Right.ALARM, (top,)) for top in tops),
        minutes=policy_minutes(act, owner),
        second=second_wait(act, owner),
        zone=time_zone(act.tree, owner).key,
        now=act.now,
    )


def live(act: Act, tree: Tree) -> tuple[LiveAlarm, ...]:
    """The alarms and drills that live or wait and touch a person's branches, the newest first."""
    found = [row for row in live_alarms(act) if nodes_in(act.tree, zones_of(act, row)) & tree.nodes.keys()]
    return tuple(
        LiveAlarm(
            OccurrenceId(row.occurrence_id),
            Kind(row.kind),
            title_of(row.message or ""),
            row.waits_until if waits(row) else None,
            None if row.ends_at_ms is None else from_ms(Millis(row.ends_at_ms)),
            may(act.tree, act.grants, Right.ALARM, owner_of(act, row)),
        )
        for row in reversed(found)
    )


def _zones_of(act: Act, tops: Sequence[AreaId]) -> tuple[ZoneId, ...]:
    of = {zone.area: zone.id for zone in act.tree.zones.values() if zone.area}
    return tuple(of[top] for top in tops if top in of)


def _spots(act: Act, tree: Tree, nodes: Iterable[NodeId], known: Mapping[NodeId, Heard]) -> tuple[Spot, ...]:
    """The hamlets of the branches that have a node."""
    zones: dict[AreaId, Zone] = {zone.area: zone for zone in act.tree.zones.values() if zone.area}
    tops = branches(act.tree, act.grants, Right.ALARM)
    mine = {node for top in tops if top in zones for node in nodes_of_zone(act.tree, zones[top].id)}
    of: dict[AreaId, bool] = {}
    for node in sorted(set(nodes) & mine):
        for each in act.tree.nodes[node].serves:
            if each.hamlet in zones and may(act.tree, act.grants, Right.ALARM, each.hamlet):
                of[each.hamlet] = of.get(each.hamlet, False) or known[node].online
    return tuple(Spot(zones[area].id, area, tree.areas[area].name, online) for area, online in of.items())


def _tiles(act: Act, tree: Tree, tongues: Sequence[str]) -> Iterator[Tile]:
    book = message_book(act.session)
    if book is None or not book.messages:
        bare = [name for name in TITLES if name not in (CLOSING, CORRECTION, ALL_CLEAR)]
        for name in [*bare, *(f"{DRILL}{each}" for each in bare)]:
            kind = Kind.DRILL if name.startswith(DRILL) else Kind.ALARM
            yield Tile(name, kind, title_of(name), (), (), tuple(tongues))
        return
    words = _words(act)
    names = {area.name for area in tree.areas.values()}
    foreign = {area.name for area in act.tree.areas.values()} - names
    for message in book.messages:
        if message.kind in (Kind.ALARM, Kind.DRILL) and message.name != CLOSING:
            yield _tile(book, message, tongues, words, foreign)


def _words(act: Act) -> Words:
    rows = act.session.execute(
        select(MessageClipRow.name, MessageClipRow.language, MessageClipRow.text).where(MessageClipRow.value == "")
    )
    return {(name, language): text or "" for name, language, text in rows}


def _tile(book: MessageBook, message: PreparedMessage, tongues: Sequence[str], words: Words, foreign: set[str]) -> Tile:
    whole = book.languages(message)
    said = tuple(each for each in tongues if each in whole) or whole[:1]
    return Tile(
        message.name,
        message.kind,
        title_of(message.name),
        tuple(_spoken(book, message, each, words) for each in said),
        tuple((part, _values(book, part, said, foreign)) for part in dict.fromkeys(_slots(message))),
        tuple(each for each in tongues if each not in whole),
    )


def _slots(message: PreparedMessage) -> Iterator[str]:
    return (part.name for part in message.parts if part.slot)


def _spoken(book: MessageBook, message: PreparedMessage, language: str, words: Words) -> Spoken:
    parts = tuple(
        (part.slot, part.name if part.slot else words.get((part.name, language), "")) for part in message.parts
    )
    rows = (item.rows[0] for item in book.items(message.name, message.kind, (), [language]))
    return Spoken(language, parts, tuple(row.sha256 for row in rows))


def _values(book: MessageBook, slot: str, said: Sequence[str], foreign: set[str]) -> tuple[str, ...]:
    """What a slot can be filled with in every language in which the message is said; no place of others' branches."""
    found: dict[str, set[str]] = {}
    for clip in book.clips:
        if clip.name == slot and clip.value and clip.value not in foreign:
            found.setdefault(clip.value, set()).add(clip.language)
    return tuple(value for value, spoken in found.items() if spoken >= set(said))
