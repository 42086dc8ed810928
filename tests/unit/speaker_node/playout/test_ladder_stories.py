"""What an emergency says, by the message book and what of it lies on the disk (rule 6)."""

from __future__ import annotations

import pytest

from playlists.book import NO_SPEECH, MessageBook
from playlists.models import Kind, NodeSettings, Priority, SheetEntry
from playlists.reports import Cause, Resumed, Rung
from speaker_node.values import Cue, Documents
from tests.unit.speaker_node.playout.scenes import alarm, at, clip, item, message, plan, sha, urgent
from tests.unit.speaker_node.playout.world import World

BOOK = MessageBook(
    messages=(
        message("flood", "rising", "{place}", opening=("siren",)),
        message("fire", "burning", "{place}", opening=("siren",)),
        message("end", "over"),
        message("calm", "safe", kind=Kind.ALL_CLEAR),
        message("practice", "drill", "rising", "drill", kind=Kind.DRILL),
    ),
    clips=(
        clip("siren", 2, NO_SPEECH),
        clip("rising", 6),
        clip("burning", 5),
        clip("place bridge", 1, value="bridge"),
        clip("over", 3),
        clip("safe", 4),
        clip("drill", 1),
        clip("rising tay", 7, "tay"),
    ),
)
AT_BRIDGE = (("place", "bridge"),)
ALL = ("siren", "rising", "burning", "place bridge", "over", "safe", "drill", "rising tay")


def hamlet(*ready: str, languages: tuple[str, ...] = ("vi",), start: str = "05:00:00") -> World:
    planned = plan(settings=NodeSettings(languages=languages))
    return World(Documents(planned, {}, (BOOK,)), start, frozenset(map(sha, ready or ALL)))


def raised(world: World, entry: SheetEntry, until: str = "05:04:00") -> World:
    world.accept(None, urgent(entry))
    world.run_to(until)
    return world


def flood(**more: object) -> SheetEntry:
    given: dict[str, object] = {"ends": "05:03:00", "message": "flood", "slots": AT_BRIDGE, **more}
    return alarm("flood", "05:00:02", **given)  # type: ignore[arg-type]


def said(world: World) -> tuple[Cue, ...]:
    """The cues of what sounds now."""
    now = world.decision.target.now
    return () if now is None else now.cues


def test_a_prepared_message_is_said_whole_in_each_language_of_the_node_and_the_entrys_own_items_follow() -> None:
    world = hamlet(languages=("tay", "vi"))
    world.ready = None
    raised(world, flood(playlist=(item("voice", 9),)), "05:00:05")
    assert [(cue.sha256, cue.language) for cue in said(world)] == [
        (sha("siren"), NO_SPEECH),
        (sha("rising tay"), "tay"),
        (sha("rising"), "vi"),
        (sha("place bridge"), "vi"),
        (sha("voice"), "vi"),
    ]
    world.run_to("05:04:00")
    assert (world.closed("flood").sounded, world.closed("flood").rung) == (25_000, Rung.MESSAGE)


def test_a_part_that_is_not_here_yet_is_left_out_while_the_prepared_part_repeats_and_joins_a_later_pass() -> None:
    world = raised(hamlet(), flood(every=30, playlist=(item("voice", 9),)), "05:00:40")
    assert [cue.sha256 for cue in said(world)] == [sha("siren"), sha("rising"), sha("place bridge"), None]
    world.get(*ALL, "voice")
    world.run_to("05:01:10")
    assert said(world)[-1].sha256 == sha("voice")
    world.run_to("05:04:00")
    assert (world.closed("flood").sounded, world.closed("flood").cause) == (18_000, None)


MISSING: dict[str, tuple[tuple[str, ...], str, Rung, int]] = {
    "not in the book": (ALL, "quake", Rung.PINNED, 9_000),
    "its words are not here": (("siren", "burning", "place bridge"), "flood", Rung.PINNED, 8_000),
    "only its siren and a place are here": (("siren", "place bridge"), "flood", Rung.TONE, 15_000),
    "nothing is here": (("over",), "flood", Rung.PINNED, 3_000),
    "nothing at all is here": (("safe",), "flood", Rung.TONE, 15_000),
}


@pytest.mark.parametrize("story", MISSING)
def test_an_alarm_that_cannot_be_said_is_the_first_whole_message_of_its_kind_else_the_tone(story: str) -> None:
    ready, name, rung, sounded = MISSING[story]
    world = raised(hamlet(*ready), flood(message=name, every=60))
    assert (world.closed("flood").rung, world.closed("flood").sounded) == (rung, sounded)
    assert [wall for wall, _, _ in world.sounded("flood")] == ["05:00:02", "05:01:02", "05:02:02"]
    assert world.starts("flood")[0].rung is rung


def test_the_closing_words_of_an_alarm_are_never_replaced_by_another_alarm() -> None:
    world = hamlet("rising", "siren", "place bridge")
    closing = alarm("end", "05:03:00", ends="05:10:00", message="end", answers=(f"flood-{at('05:00:02')}",))
    world.accept(None, urgent(flood(), closing))
    world.run_to("05:12:00")
    assert world.closed("end").rung is Rung.TONE


def test_an_all_clear_falls_back_to_an_all_clear() -> None:
    entry = alarm("ok", "05:00:02", ends="05:10:00", message="lost", kind=Kind.ALL_CLEAR)
    world = raised(hamlet(), entry, "05:12:00")
    assert (world.closed("ok").rung, world.closed("ok").sounded) == (Rung.PINNED, 4_000)


def test_a_drill_that_cannot_be_said_is_silent_and_never_an_alarm() -> None:
    entry = alarm("try", "05:00:02", ends="05:10:00", message="lost", kind=Kind.DRILL, priority=Priority.PRIORITY)
    world = raised(hamlet(), entry, "05:12:00")
    assert (world.heard, world.closed("try").cause) == ([], Cause.ASSET)


@pytest.mark.parametrize("lacking", ["drill", "rising"])
def test_a_drill_that_is_not_whole_says_nothing_as_it_would_sound_real(lacking: str) -> None:
    entry = alarm("try", "05:00:02", ends="05:10:00", message="practice", kind=Kind.DRILL, priority=Priority.PRIORITY)
    world = raised(hamlet(*(name for name in ALL if name != lacking)), entry, "05:12:00")
    assert (world.heard, world.closed("try").cause) == ([], Cause.ASSET)


def test_a_drill_whose_own_words_are_lost_while_it_is_repeated_is_silent_from_the_next_pass_on() -> None:
    entry = alarm(
        "try", "05:00:02", ends="05:03:00", message="practice", kind=Kind.DRILL, priority=Priority.PRIORITY, every=60
    )  # fmt: skip
    world = raised(hamlet(), entry, "05:00:40")
    world.ready = frozenset(map(sha, ALL)) - {sha("drill")}
    world.run_to("05:04:00")
    assert [wall for wall, _, _ in world.sounded("try")] == ["05:00:02"]


def test_a_drill_says_its_own_words_before_and_after() -> None:
    entry = alarm("try", "05:00:02", ends="05:10:00", message="practice", kind=Kind.DRILL, priority=Priority.PRIORITY)
    world = raised(hamlet(), entry, "05:00:05")
    assert [cue.sha256 for cue in said(world)] == [sha("drill"), sha("rising"), sha("drill")]


def test_what_stands_on_a_lower_rung_climbs_with_the_next_pass_once_its_words_are_here() -> None:
    world = raised(hamlet("safe"), flood(every=60), "05:01:10")
    world.get(*ALL)
    world.run_to("05:01:16")
    assert [cue.tone for cue in said(world)] == ["attention"], "the tone is not cut"
    world.run_to("05:04:00")
    assert world.sounded("flood") == [("05:00:02", 0, 15), ("05:01:02", 0, 15), ("05:02:02", 0, 9)]
    assert len(world.starts("flood")) == 1
    assert [fact.rung for fact in world.facts(Resumed)] == [Rung.MESSAGE]
    assert (world.closed("flood").rung, world.closed("flood").sounded, world.closed("flood").due) == (
        Rung.MESSAGE, 9_000, 9_000)  # fmt: skip


def test_a_single_pass_on_the_tone_is_said_as_soon_as_its_words_are_here() -> None:
    world = raised(hamlet("safe"), flood(), "05:00:10")
    world.get(*ALL)
    world.run_to("05:04:00")
    assert [length for _, _, length in world.sounded("flood")] == [8, 9]
    assert (world.closed("flood").rung, world.closed("flood").cause) == (Rung.MESSAGE, None)


def test_an_alarm_whose_words_were_lost_before_a_boot_goes_on_with_the_tone() -> None:
    world = raised(hamlet(), flood(every=30), "05:00:20")
    world.ready = frozenset()
    world.power_cut(20)
    world.run_to("05:04:00")
    assert (world.closed("flood").rung, world.closed("flood").sounded) == (Rung.TONE, 15_000)


def test_a_single_pass_emergency_begins_again_at_each_boot_until_one_pass_is_whole() -> None:
    world = raised(hamlet(), flood(ends="05:30:00"), "05:00:08")
    for seconds in (10, 20):
        world.power_cut(seconds)
        world.run(5)
    world.power_cut(30)
    world.run(120)
    assert [(first, last) for _, first, last in world.sounded("flood")][-1] == (0, 9)
    assert all(first == 0 for _, first, _ in world.sounded("flood"))
    heard = len(world.sounded("flood"))
    world.power_cut(30)
    world.run(120)
    assert len(world.sounded("flood")) == heard
    assert (world.closed("flood").sounded, world.closed("flood").cause) == (9_000, None)


def test_passes_that_would_overlap_follow_each_other_after_two_seconds() -> None:
    world = raised(hamlet(), flood(every=5), "05:04:00")
    assert world.sounded("flood")[:3] == [("05:00:02", 0, 9), ("05:00:13", 0, 9), ("05:00:24", 0, 9)]


def test_an_alarm_without_end_ends_after_twelve_hours() -> None:
    world = raised(hamlet(), flood(every=300, ends="99:00:00"), "17:30:00")
    assert world.sounded("flood")[-1][0] == "16:55:02"
    assert not world.open("flood")


def test_an_alarm_whose_end_was_past_when_it_came_sounds_nothing_and_says_so() -> None:
    world = raised(hamlet(start="05:05:00"), flood(every=60), "05:06:00")
    assert (world.heard, world.closed("flood").cause) == ([], Cause.PLAN_LATE)
