"""The message book: what a prepared message says, in which languages, and what it lacks."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from playlists.book import NO_SPEECH, Clip, MessageBook, Part, PreparedMessage
from playlists.values import Kind

NUMBERS = count(1)


def clip(name: str, language: str, value: str = "") -> Clip:
    return Clip(name=name, value=value, language=language, sha256=f"{next(NUMBERS):064x}", bytes=100, frames=48_000)


FLOOD = PreparedMessage(
    name="flood", kind=Kind.ALARM, opening=("attention",), parts=(Part(name="rising"), Part(name="place", slot=True))
)
DRILL = PreparedMessage(name="drill", kind=Kind.DRILL, parts=(Part(name="practice"), Part(name="rising")))
BOOK = MessageBook(
    messages=(FLOOD, DRILL),
    clips=(
        clip("attention", NO_SPEECH),
        clip("rising", "vi"),
        clip("practice", "vi"),
        clip("place", "vi", "bridge"),
        clip("rising", "tay"),
        clip("place", "tay", "bridge"),
        clip("practice", "hmn"),
    ),
)


def said(*languages: str, place: str = "bridge", name: str = "flood", kind: Kind = Kind.ALARM) -> list[str]:
    """The clips of a message, by name and language."""
    names = {each.sha256: f"{each.name}:{each.language}" for each in BOOK.clips}
    return [names[row.sha256] for item in BOOK.items(name, kind, (("place", place),), languages) for row in item.rows]


def test_a_message_is_said_whole_in_one_language_before_the_next_and_its_opening_once() -> None:
    assert said("tay", "vi") == ["attention:zxx", "rising:tay", "place:tay", "rising:vi", "place:vi"]


def test_a_language_in_which_the_fixed_words_are_not_whole_is_left_out() -> None:
    assert said("hmn", "vi") == ["attention:zxx", "rising:vi", "place:vi"]


def test_where_no_language_of_the_node_is_whole_the_books_first_is_said() -> None:
    assert said("hmn") == ["attention:zxx", "rising:vi", "place:vi"]


def test_a_slot_without_its_clip_is_left_out_and_named_as_lacking() -> None:
    assert said("vi", place="moon") == ["attention:zxx", "rising:vi"]
    assert BOOK.lacks("flood", Kind.ALARM, (("place", "moon"),), ("vi",)) == ["place"]
    assert BOOK.lacks("flood", Kind.ALARM, (("place", "bridge"),), ("vi", "tay")) == []


def test_no_entry_of_another_kind_can_carry_a_message() -> None:
    assert said("vi", name="flood", kind=Kind.DRILL) == []
    assert said("vi", name="drill", kind=Kind.ALARM) == []
    assert BOOK.lacks("drill", Kind.ALARM, (), ("vi",)) == ["drill"]


def test_a_message_that_the_book_does_not_hold_says_nothing() -> None:
    assert said("vi", name="earthquake") == []


def test_the_books_assets_are_its_clips_each_once() -> None:
    assert {each.sha256 for each in BOOK.assets()} == {each.sha256 for each in BOOK.clips}
    twice = MessageBook(clips=BOOK.clips + BOOK.clips[:2])
    assert len(twice.assets()) == len(BOOK.clips)


def test_what_a_node_needs_of_it_are_all_words_that_it_may_ever_say_its_fixed_ones_first() -> None:
    names = {each.sha256: f"{each.name}:{each.language}" for each in BOOK.clips}

    def needed(*languages: str) -> list[str]:
        return [names[asset.sha256] for asset in BOOK.needed(languages)]

    assert needed("tay") == ["attention:zxx", "rising:tay", "practice:vi", "rising:vi", "place:tay"]
    assert needed("hmn") == ["attention:zxx", "rising:vi", "practice:vi", "place:vi"]


@given(st.lists(st.sampled_from(["vi", "tay", "hmn", "zxx", "en"])), st.text(max_size=40))
def test_a_node_that_holds_what_it_needs_says_every_message_whole(languages: list[str], place: str) -> None:
    held = {asset.sha256 for asset in BOOK.needed(languages)}
    for message in BOOK.messages:
        said = BOOK.items(message.name, message.kind, (("place", place),), languages)
        assert {row.sha256 for item in said for row in item.rows} <= held


@given(st.lists(st.sampled_from(["vi", "tay", "hmn", "zxx", "en"])), st.text(max_size=40))
def test_whatever_is_spoken_and_asked_for_a_known_message_says_something(languages: list[str], place: str) -> None:
    assert said(*languages, place=place)
