"""The message book is bound of what its clips say, and anew only when they change."""

import hashlib
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem
from controller.domain.values import Role, Sha256
from controller.housekeeping import Binder, Bindery
from controller.operations import library, messages
from controller.operations.acting import Actor
from controller.operations.errors import Invalid, NotFound
from controller.operations.people import grant_role
from controller.storage.books import book_file, message_book
from controller.storage.engine import reading
from playlists import wire
from playlists.book import MessageBook
from playlists.models import Kind
from tests.support.commune import sha
from tests.support.staffed import Staffed, staffed_office


@dataclass
class Shop:
    """Speaks every text as its own hash, and keeps what it is given."""

    folder: Path
    spoken: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    refuses: str = ""

    def speak(self, text: str, voice: str, wav: Path) -> None:
        if text == self.refuses:
            raise Refused(Problem("text", "empty", "There is nothing to say in this text."))
        self.spoken.append(text)
        with wave.open(str(wav), "wb") as file:
            file.setparams((1, 2, 22_050, 0, "NONE", ""))
            file.writeframes(hashlib.sha256(text.encode()).digest() * 100)

    def make(self, wav: Path, name: str) -> "Thing":
        return Thing(hashlib.sha256(wav.read_bytes()).hexdigest())

    def keep(self, file: Path) -> "Thing":
        data = file.read_bytes()
        kept = Thing(hashlib.sha256(data).hexdigest())
        self.files[kept.sha256] = data
        return kept


@dataclass
class Thing:
    sha256: str
    bytes: int = 900
    frames: int = 48_000
    loudness: float = -16.0
    true_peak: float = -1.0


@dataclass
class Desk:
    staffed: Staffed
    shop: Shop
    binder: Binder

    def book(self) -> MessageBook:
        with reading(self.staffed.office.engine) as session:
            found = message_book(session)
        assert found is not None
        return found

    @property
    def admin(self) -> Actor:
        return self.staffed.by("admin")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_office(tmp_path) as staffed:
        shop = Shop(tmp_path)
        bindery = Bindery(shop.speak, shop.make, shop.keep, tmp_path, {"vi": "vi"})
        yield Desk(staffed, shop, Binder(staffed.office.engine, bindery, staffed.nudges, staffed.clock))


def test_the_first_book_says_every_message_in_vietnamese_with_the_places_of_the_tree(desk: Desk) -> None:
    desk.binder.round()
    book = desk.book()
    slots = {"place": "Thôn 1", "hour": "5", "level": "3", "number": "12"}
    for message in book.messages:
        assert book.lacks(message.name, message.kind, slots.items(), ["vi"]) == []
        assert book.items(message.name, message.kind, slots.items(), ["vi"])
    with reading(desk.staffed.office.engine) as session:
        file = book_file(session)
    assert file is not None
    assert desk.shop.files[file.sha256] == wire.dump(book)
    assert file.bytes == len(desk.shop.files[file.sha256])


def test_nothing_is_spoken_or_bound_twice(desk: Desk) -> None:
    desk.binder.round()
    spoken = len(desk.shop.spoken)
    desk.binder.round()
    assert len(desk.shop.spoken) == spoken
    assert not desk.binder.bind()


def test_other_words_are_spoken_and_give_another_book(desk: Desk) -> None:
    desk.binder.round()
    before = desk.book()
    messages.set_words(desk.staffed.office, desk.admin, "flood-1", "Nước lên! Nước lên tại")
    assert not desk.binder.bind(), "the old words sound until the new ones do"
    desk.binder.round()
    assert desk.shop.spoken[-1] == "Nước lên! Nước lên tại"
    assert desk.book() != before


def test_a_recording_of_another_language_stands_in_the_next_book(desk: Desk) -> None:
    office, root = desk.staffed.office, desk.staffed.areas["province"]
    desk.binder.round()
    audio = library.Made(Sha256(sha("d")), 900, 48_000, -16.0, -1.0, None, None, None)
    grant_role(office, desk.admin, desk.admin.person, Role.EDITOR, root)
    library.register_asset(office, desk.admin, root, audio, "Tày")
    with pytest.raises(NotFound):
        messages.put_clip(office, desk.admin, "closing", Sha256(sha("e")), "tay")
    messages.put_clip(office, desk.admin, "closing", Sha256(sha("d")), "tay")
    desk.binder.round()
    assert [each.sha256 for each in desk.book().clips if each.language == "tay"] == [sha("d")]
    message = desk.book().message("closing", Kind.ALARM)
    assert message is not None
    assert desk.book().languages(message) == ("vi", "tay")


def test_words_that_nobody_can_say_are_told_once_and_keep_no_other_from_the_book(desk: Desk) -> None:
    desk.binder.round()
    desk.shop.refuses = "một."
    messages.set_words(desk.staffed.office, desk.admin, "level", "một.", value="4")
    messages.set_words(desk.staffed.office, desk.admin, "place", "Chợ Mới", value="Chợ Mới")
    desk.binder.round()
    slots = {"place": "Chợ Mới", "level": "4"}
    assert desk.book().lacks("flood", Kind.ALARM, slots.items(), ["vi"]) == ["level"]


def test_a_clip_is_a_part_of_a_message_or_a_value_of_a_slot(desk: Desk) -> None:
    office = desk.staffed.office
    for name, value in (("hologram", ""), ("flood-1", "2")):
        with pytest.raises(NotFound):
            messages.set_words(office, desk.admin, name, "Lời", value=value)
    for value in ("", "x" * 41):
        with pytest.raises(Invalid):
            messages.set_words(office, desk.admin, "place", "Lời", value=value)
    for text in ("", "...", "a" * 401):
        with pytest.raises(Invalid):
            messages.set_words(office, desk.admin, "flood-1", text)
    with pytest.raises(NotFound):
        messages.set_words(office, desk.staffed.by("officer"), "flood-1", "Lời")


def test_the_view_names_the_messages_their_languages_and_who_holds_the_book(desk: Desk) -> None:
    desk.binder.round()
    seen = messages.book(desk.staffed.office, desk.staffed.by("officer"))
    flood = next(each for each in seen.messages if each.name == "flood")
    assert (flood.whole, flood.lacking, set(flood.slots)) == (("vi",), (), {"place", "level"})
    assert (seen.holding, seen.behind) == ((), ("n1", "n2", "n3"))
    values = {each.value for each in seen.clips if each.name == "place"}
    assert {"Thôn 1", "Xã B"} <= values
    assert "Xã C" not in values
