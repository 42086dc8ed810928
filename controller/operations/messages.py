"""The message book as people keep it: its words, its recordings, what lacks in which language, and who holds it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from controller.domain.alarms import slots_of
from controller.domain.prepared import PLACE, SLOTS, messages, title_of
from controller.domain.problems import Problem
from controller.domain.tree import languages
from controller.domain.values import AreaId, NodeId, Sha256
from controller.operations.acting import Act, operation, query
from controller.operations.errors import Invalid, not_found
from controller.operations.reading import visible_tree
from controller.operations.rights import Right
from controller.operations.saving import usable_assets
from controller.storage.books import book_file, message_book
from controller.storage.tables import ConditionRow, MessageClipRow
from playlists.book import MessageBook
from playlists.models import Kind

LONGEST_WORDS, LONGEST_VALUE, MOST_CLIPS = 400, 40, 1900


@dataclass(frozen=True, slots=True)
class ClipView:
    """A clip: its words, or None for a recording; `ready`: it sounds as these words say."""

    name: str
    value: str
    language: str
    text: str | None
    asset: Sha256 | None
    ready: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """A prepared message: its parts in order (a slot as `{name}`), the languages in which it is whole and those of the
    person's nodes in which it is not."""

    name: str
    kind: Kind
    title: str
    parts: tuple[str, ...]
    slots: tuple[str, ...]
    whole: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookView:
    """The book. `holding`: nodes of the person's branches that say they speak by it, whole; `behind`: the others."""

    sha256: Sha256 | None
    messages: tuple[MessageView, ...]
    clips: tuple[ClipView, ...]
    holding: tuple[NodeId, ...]
    behind: tuple[NodeId, ...]


@query(Right.READ)
def book(act: Act) -> BookView:
    """The message book of the office."""
    tree = visible_tree(act)
    file, built = book_file(act.session), message_book(act.session) or MessageBook()
    tongues = sorted({tongue for node in tree.nodes.values() for tongue in languages(act.tree, node)})
    rows = act.session.scalars(
        select(MessageClipRow).order_by(MessageClipRow.name, MessageClipRow.value, MessageClipRow.language)
    )
    names = frozenset(area.name.strip() for area in tree.areas.values())
    holding = _holding(act, tree.nodes, None if file is None else file.sha256)
    return BookView(
        None if file is None else Sha256(file.sha256),
        tuple(_message(each.name, each.kind, built, tongues) for each in messages()),
        tuple(_clip(row) for row in rows if _seen(row, names)),
        tuple(sorted(holding)),
        tuple(sorted(tree.nodes.keys() - holding)),
    )


@operation(Right.BOOK)
def set_words(act: Act, name: str, text: str, language: str = "vi", value: str = "") -> None:
    """Other words for a clip, or a new value of a slot: a voice speaks them, the old ones sound until it has."""
    row = _row(act, name, value, language)
    said = " ".join(text.split())
    if not any(letter.isalnum() for letter in said) or len(said) > LONGEST_WORDS:
        raise Invalid(Problem("text", "bad_text", "Give words of at most 400 letters."))
    row.text, row.by, row.at = said, act.actor.person, act.now
    act.record("set_words", "clip", name, _root(act), value=value, language=language, text=said)


@operation(Right.BOOK)
def put_clip(act: Act, name: str, asset: Sha256, language: str, value: str = "") -> None:
    """A recording from the library as a clip, in any language."""
    row = _row(act, name, value, language)
    if asset not in usable_assets(act, _root(act), {asset}):
        raise not_found("asset")
    row.text = row.spoken = None
    row.sha256, row.by, row.at = asset, act.actor.person, act.now
    act.record("put_clip", "clip", name, _root(act), value=value, language=language, asset=asset)


@operation(Right.BOOK)
def remove_clip(act: Act, name: str, language: str, value: str = "") -> None:
    """Takes a value of a slot, or another language's clip, out of the book; what the book begins with comes back."""
    act.permit(_root(act))
    row = act.session.get(MessageClipRow, (name, value, language))
    if row is None:
        raise not_found()
    act.session.delete(row)
    act.record("remove_clip", "clip", name, _root(act), value=value, language=language)


def _row(act: Act, name: str, value: str, language: str) -> MessageClipRow:
    act.permit(_root(act))
    fixed = {part.name for each in messages() for part in each.parts if not part.slot}
    if name in SLOTS and not 0 < len(value) <= LONGEST_VALUE:
        raise Invalid(Problem("value", "out_of_range", "Give the slot a value of at most 40 letters."))
    if name not in SLOTS and (name not in fixed or value):
        raise not_found("clip")
    row = act.session.get(MessageClipRow, (name, value, language))
    if row is None:
        if len(act.session.scalars(select(MessageClipRow.name)).all()) >= MOST_CLIPS:
            raise Invalid(Problem("value", "too_many", "The message book is full."))
        row = MessageClipRow(name=name, value=value, language=language, at=act.now)
        act.session.add(row)
    return row


def _root(act: Act) -> AreaId:
    return next(area.id for area in act.tree.areas.values() if area.parent is None)


def _message(name: str, kind: Kind, built: MessageBook, tongues: Iterable[str]) -> MessageView:
    said = next(each for each in messages() if each.name == name)
    found = built.message(name, kind)
    whole = built.languages(found) if found else ()
    parts = tuple(f"{{{part.name}}}" if part.slot else part.name for part in said.parts)
    lacking = tuple(tongue for tongue in tongues if tongue not in whole)
    return MessageView(name, kind, title_of(name), parts, slots_of(built, kind, name), whole, lacking)


def _seen(row: MessageClipRow, names: frozenset[str]) -> bool:
    """The names of other people's places are in the book, but not for everybody to read."""
    return row.name != PLACE or row.by is not None or row.value in names


def _clip(row: MessageClipRow) -> ClipView:
    ready = row.sha256 is not None and row.spoken == row.text
    asset = None if row.sha256 is None else Sha256(row.sha256)
    return ClipView(row.name, row.value, row.language, row.text, asset, ready)


def _holding(act: Act, nodes: Iterable[NodeId], sha256: str | None) -> frozenset[NodeId]:
    rows = act.session.scalars(select(ConditionRow).where(ConditionRow.node_id.in_(sorted(nodes))))
    said = {row.node_id: row.status or {} for row in rows}
    return frozenset(
        NodeId(node)
        for node, status in said.items()
        if sha256 is not None and status.get("book") == sha256 and not status.get("book_lacks")
    )
