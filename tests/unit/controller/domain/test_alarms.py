"""What an alarm may say, for how long, and what is refused before it is sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.domain import alarms, prepared
from controller.domain.alarms import Asked
from controller.domain.values import Language
from playlists.book import NO_SPEECH, Clip, MessageBook
from playlists.models import Kind
from tests.support.commune import NOON, sha

VI = (Language("vi"),)


def book(seconds: int = 2, without: str = "") -> MessageBook:
    """A book in which every clip takes so long."""
    words = [each for each in prepared.default_words(()) if each.name != without]
    words.append(prepared.ClipText("place", "Thôn 1", "vi", "Thôn 1"))
    clips = tuple(
        Clip(
            name=each.name, value=each.value, language=each.language, sha256=sha("a"), bytes=9, frames=48_000 * seconds
        )
        for each in words
    )
    return MessageBook(messages=prepared.messages(), clips=clips)


def asked(message: str = "flood", kind: Kind = Kind.ALARM, **changes: object) -> Asked:
    return replace(Asked(kind, message, {"place": "Thôn 1", "level": "2"}, 30, 60), **changes)  # type: ignore[arg-type]


def reasons(said: Asked, of: MessageBook | None) -> set[str]:
    return {each.reason for each in alarms.problems(said, of, VI)}


def test_a_whole_message_with_its_slots_is_sent() -> None:
    assert reasons(asked(), book()) == set()
    assert reasons(asked("drill-flood", Kind.DRILL), book()) == set()


def test_a_slot_without_its_clip_is_refused() -> None:
    assert reasons(asked(slots={"place": "Thôn 99", "level": "2"}), book()) == {"no_clip"}
    assert reasons(asked(slots={"level": "2"}), book()) == {"no_clip"}
    assert reasons(asked(slots={"place": "Thôn 1", "level": "2", "hour": "5"}), book()) == {"not_here"}


def test_a_pinned_message_that_is_missing_is_refused_and_a_book_never_built_refuses_nothing() -> None:
    assert reasons(asked("tsunami"), book()) == {"not_in_book"}
    assert reasons(asked(), None) == set()


def test_passes_that_would_overlap_are_refused() -> None:
    assert reasons(asked(), book(seconds=20)) == {"too_short"}
    assert reasons(asked(recorded=60_000), book()) == {"too_short"}


def test_an_answer_names_what_it_answers_and_an_alarm_answers_nothing() -> None:
    assert reasons(asked("all-clear", Kind.ALL_CLEAR, slots={}), book()) == {"empty"}
    assert reasons(asked("all-clear", Kind.ALL_CLEAR, slots={}, answers=("a-1",)), book()) == set()
    assert reasons(asked(answers=("a-1",)), book()) == {"not_here"}


def test_every_drill_says_so_before_and_after_and_no_alarm_does() -> None:
    for each in prepared.messages():
        names = [part.name for part in each.parts]
        drill = each.kind is Kind.DRILL
        assert (names[0] == "drill-before", names[-1] == "drill-after") == (drill, drill)
        assert each.name.startswith("drill-") is drill
        assert alarms.kind_of(each.name) is each.kind


def test_every_part_has_words_to_begin_with_and_each_clip_is_named_once() -> None:
    words = [each.key for each in prepared.default_words(())]
    assert len(words) == len(set(words))
    fixed = {part.name for each in prepared.messages() for part in each.parts if not part.slot}
    opening = {name for each in prepared.messages() for name in each.opening}
    assert fixed == {name for name, value, language in words if not value and language != NO_SPEECH}
    assert opening == {name for name, _, language in words if language == NO_SPEECH}


@pytest.mark.parametrize(("left", "mark"), [(11, None), (10, 10), (4, 10), (3, 3), (1, 3), (0, None)])
def test_the_officer_is_told_ten_and_three_minutes_before(left: int, mark: int | None) -> None:
    assert alarms.warning(NOON + timedelta(minutes=left), NOON) == mark
