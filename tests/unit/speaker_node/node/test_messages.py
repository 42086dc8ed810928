"""The message book of a node: fetched, verified, and standing until a newer one is whole."""

from __future__ import annotations

import hashlib

import pytest

from playlists import wire
from playlists.book import NO_SPEECH, Clip, MessageBook, Part, PreparedMessage
from playlists.models import BookFile, NodeSettings
from playlists.reports import Checkpoint, Heartbeat, Refusal, Refused
from playlists.values import Kind
from tests.support.office import asset_item, broadcast
from tests.unit.speaker_node.node.stage import ASSET, NOW, PLAN, Stage


def clip(name: str, language: str = "vi", value: str = "") -> Clip:
    sha256 = hashlib.sha256(f"{name} {language} {value}".encode()).hexdigest()
    return Clip(name=name, language=language, value=value, sha256=sha256, bytes=100, frames=48_000)


def book(*words: str) -> MessageBook:
    """A flood message of these fixed words in two languages, and a place."""
    parts = (*(Part(name=word) for word in words), Part(name="place", slot=True))
    spoken = [clip(word, language) for word in words for language in ("vi", "tay")]
    return MessageBook(
        messages=(PreparedMessage(name="flood", kind=Kind.ALARM, opening=("siren",), parts=parts),),
        clips=(clip("siren", NO_SPEECH), *spoken, clip("place", "vi", "bridge"), clip("place", "tay", "bridge")),
    )


OLD, NEW = book("rising"), book("rising", "leave")


def file_of(value: MessageBook) -> BookFile:
    data = wire.dump(value)
    return BookFile(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


class Hamlet(Stage):
    """A node on its stage whose office names a book in the plan."""

    def name(self, value: MessageBook, *languages: str) -> None:
        """A plan that names this book, whose file has come."""
        self.name_file(file_of(value), wire.dump(value), *languages)

    def name_file(self, file: BookFile, data: bytes, *languages: str) -> None:
        self.library.files[file.sha256] = data
        self.library.holds.add(file.sha256)
        self.plan(file, *languages)

    def plan(self, file: BookFile | None, *languages: str) -> None:
        settings = NodeSettings(languages=languages or ("vi",))
        planned = broadcast("later", (asset_item(ASSET),), NOW + 3_600_000)
        self.give(PLAN, self.office.plan(self.wall, planned, book=file, settings=settings))

    def get(self, *values: MessageBook, language: str = "vi") -> None:
        """The clips of these books in one language have come."""
        clips = [each for value in values for each in value.clips if each.language in (language, NO_SPEECH)]
        self.library.holds |= {each.sha256 for each in clips}
        self.turn()

    @property
    def books(self) -> list[MessageBook]:
        return list(self.loop._inbox.documents.books)

    @property
    def status(self) -> Heartbeat:
        self.advance(2000)
        return self.told(Heartbeat)[-1]


@pytest.fixture
def hamlet() -> Hamlet:
    found = Hamlet()
    found.settle_in()
    return found


def test_the_books_file_and_the_clips_of_the_nodes_languages_are_wanted_before_all_else(hamlet: Hamlet) -> None:
    hamlet.name(OLD, "tay")
    clips = {each.sha256 for each in OLD.clips if each.language in ("tay", NO_SPEECH)}
    wanted = [asset.sha256 for asset in hamlet.library.wanted]
    assert wanted[0] == file_of(OLD).sha256
    assert set(wanted[1 : 1 + len(clips)]) == clips
    assert wanted[1 + len(clips) :] == [ASSET.sha256]


def test_a_first_book_stands_as_soon_as_its_file_is_here(hamlet: Hamlet) -> None:
    hamlet.plan(file_of(OLD))
    assert hamlet.books == []
    hamlet.name(OLD)
    assert hamlet.books == [OLD]
    assert hamlet.facts(Checkpoint)[-1].book == file_of(OLD)


def test_the_old_book_and_its_clips_stand_until_the_new_one_is_whole(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.get(OLD)
    hamlet.name(NEW)
    assert hamlet.books == [OLD, NEW]
    assert (hamlet.status.book, hamlet.status.book_lacks) == (file_of(OLD).sha256, 1)
    wanted = [asset.sha256 for asset in hamlet.library.wanted]
    assert wanted[0] == file_of(OLD).sha256
    assert {each.sha256 for each in (*OLD.clips, *NEW.clips) if each.language != "tay"} <= set(wanted)
    hamlet.get(NEW)
    assert hamlet.books == [NEW]
    assert (hamlet.status.book, hamlet.status.book_lacks) == (file_of(NEW).sha256, 0)
    assert file_of(OLD).sha256 not in {asset.sha256 for asset in hamlet.library.wanted}


def test_at_boot_the_book_that_stood_is_read_again_though_the_plan_names_another(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.get(OLD)
    hamlet.plan(file_of(NEW))
    hamlet.boot()
    assert hamlet.books == [OLD]
    hamlet.name(NEW)
    hamlet.get(NEW)
    hamlet.boot()
    assert hamlet.books == [NEW]


def test_a_hamlet_without_a_link_says_the_message_from_its_first_turn_on(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.get(OLD)
    hamlet.boot()
    assert hamlet.loop._inbox.documents.message("flood", Kind.ALARM, (("place", "bridge"),))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"kind":"plan"}', Refusal.UNSUPPORTED),
        (b'{"kind":"book","messages":7}', Refusal.MALFORMED),
        (b"\x00\xff audio", Refusal.MALFORMED),
    ],
)
def test_a_file_that_is_no_book_is_told_once_and_the_old_one_stands(
    hamlet: Hamlet, data: bytes, reason: Refusal
) -> None:
    hamlet.name(OLD)
    hamlet.get(OLD)
    hamlet.name_file(BookFile(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)), data)
    hamlet.advance(300_000)
    assert [(fact.document, fact.reason, fact.times) for fact in hamlet.facts(Refused)] == [("book", reason, 1)]
    assert hamlet.books == [OLD]
    hamlet.name(NEW)
    hamlet.get(NEW)
    assert hamlet.books == [NEW]


def test_a_file_whose_bytes_changed_on_the_disk_is_fetched_anew_and_the_old_book_stands(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.get(OLD)
    hamlet.library.damaged.add(file_of(NEW).sha256)
    hamlet.name(NEW)
    assert hamlet.books == [OLD]
    assert file_of(NEW).sha256 in {asset.sha256 for asset in hamlet.library.wanted}
    hamlet.library.damaged.clear()
    hamlet.library.holds.add(file_of(NEW).sha256)
    hamlet.get(NEW)
    assert hamlet.books == [NEW]


def test_where_the_book_that_stood_is_lost_the_new_one_stands_with_what_it_has(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.library.holds.discard(file_of(OLD).sha256)
    hamlet.plan(file_of(NEW))
    hamlet.boot()
    assert hamlet.books == []
    hamlet.name(NEW)
    assert hamlet.books == [NEW]


def test_a_plan_without_a_book_leaves_the_one_that_stands(hamlet: Hamlet) -> None:
    hamlet.name(OLD)
    hamlet.plan(None)
    hamlet.boot()
    assert hamlet.books == [OLD]
