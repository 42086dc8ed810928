"""The rules of what should sound: tables of one occurrence, stories of several."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playlists.models import RATE, AssetItem, Kind, NodeSettings, Occurrence, Priority, Row, Silence, UnknownItem
from playlists.rules import (
    Beginning,
    Reason,
    begin,
    due,
    frames_in,
    hushed_at,
    millis_of,
    over,
    permitted,
    precedence,
    resolve,
    spoken,
)

T = 1_790_546_400_000
MINUTE = 60_000


def item(seconds: float, *languages: str) -> AssetItem:
    return AssetItem(
        rows=tuple(
            Row(sha256="a" * 64, bytes=1, frames=round(seconds * RATE), language=x) for x in languages or ("vi",)
        )
    )


def airing(
    name: str = "a",
    start: int = 0,
    seconds: float = 60,
    *,
    late: int = 5,
    whole: bool = False,
    priority: Priority = Priority.NORMAL,
    rank: int = 0,
    tier: int = 0,
    every: int = 0,
    when_warm: bool = False,
    ends: int | None = None,
) -> Occurrence:
    """`start`, `late` and `ends` in seconds from T."""
    starts_at, start_by = T + start * 1000, T + (start + late) * 1000
    ends_at = start_by + round(seconds * 1000) if ends is None else T + ends * 1000
    return Occurrence(
        name, name, 1, starts_at, starts_at, start_by, ends_at, whole, Kind.NOTICE, priority, rank, tier,
        (item(seconds),) if seconds else (), "plan", every=every * 1000, when_warm=when_warm,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "begun", "expected"),
    [
        (-1, False, False),
        (0, False, True),
        (5_000, False, True),
        (5_001, False, False),
        (5_001, True, True),
        (64_999, True, True),
        (65_000, True, False),
        (-1, True, False),
    ],
)
def test_due_in_its_window_and_begun_or_within_start_by(now: int, begun: bool, expected: bool) -> None:
    assert due(airing(), T + now, begun) is expected


@pytest.mark.parametrize(
    ("now", "begun", "expected"),
    [(5_000, False, False), (5_001, False, True), (5_001, True, False), (65_000, True, True)],
)
def test_over_once_it_can_never_be_due_again(now: int, begun: bool, expected: bool) -> None:
    assert over(airing(), T + now, begun) is expected


@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        (airing(priority=Priority.EMERGENCY, tier=9), airing(priority=Priority.PRIORITY, rank=9)),
        (airing(priority=Priority.PRIORITY), airing(priority=Priority.NORMAL, rank=9)),
        (airing(priority=Priority.EMERGENCY, tier=1), airing(priority=Priority.EMERGENCY, tier=2, rank=9)),
        (airing(priority=Priority.EMERGENCY, rank=2), airing(priority=Priority.EMERGENCY, rank=1, start=5)),
        (airing(priority=Priority.EMERGENCY, start=5), airing(priority=Priority.EMERGENCY, start=1)),
        (airing(rank=1, start=5, tier=9), airing(rank=0)),
        (airing(start=0, tier=9), airing(start=1)),
        (airing("a"), airing("b")),
        (airing("a", priority=Priority.EMERGENCY), airing("b", priority=Priority.EMERGENCY)),
    ],
)
def test_precedence_by_priority_then_tier_or_rank_then_start_then_id(higher: Occurrence, lower: Occurrence) -> None:
    assert precedence(higher) < precedence(lower)


def test_what_has_a_start_goes_before_its_equals_but_not_before_a_higher_rank() -> None:
    assert precedence(airing(start=5), begun=True) < precedence(airing(start=0))
    assert precedence(airing(rank=1)) < precedence(airing(start=0), begun=True)
    emergency = airing(priority=Priority.EMERGENCY)
    assert precedence(emergency, begun=True) == precedence(emergency)


def hush(start: int, end: int, *kinds: Kind) -> Silence:
    return Silence(start=start, end=end, kinds=kinds)


def test_a_silence_forbids_routine_from_its_start_up_to_its_end_and_no_emergency() -> None:
    silences = [hush(0, 1), hush(T, T + 1)]
    assert [permitted(airing(), at, silences) for at in (T - 1, T, T + 1)] == [True, False, True]
    assert permitted(airing(priority=Priority.EMERGENCY), T, silences)
    assert permitted(airing(), T, [hush(T, T)])


def test_a_silence_of_kinds_forbids_those_only_and_out_of_hours_passes_none() -> None:
    silences = [hush(T, T + 1, Kind.MUSIC)]
    assert permitted(airing(), T, silences)
    assert not permitted(replace(airing(), kind=Kind.MUSIC), T, silences)
    assert not permitted(replace(airing(), out_of_hours=True), T, [hush(T, T + 1)])


def test_a_silence_that_begins_later_ends_what_it_means_the_first_of_several() -> None:
    music = replace(airing(), kind=Kind.MUSIC)
    silences = [hush(T + 9, T + 99), hush(T + 5, T + 99, Kind.MUSIC), hush(T + 1, T + 1), hush(T, T + 2)]
    assert [hushed_at(each, T, silences) for each in (music, airing())] == [T + 5, T + 9]
    assert hushed_at(airing(priority=Priority.EMERGENCY), T, silences) is None
    assert hushed_at(airing(), T + 9, silences) is None


JOIN = airing(seconds=600, late=600)
WHOLE = airing(seconds=600, late=1800, whole=True)
PLAY_NOW = airing(seconds=30, late=600, when_warm=True)
ALARM = airing(seconds=20, late=300, every=30, ends=300, priority=Priority.EMERGENCY)


@pytest.mark.parametrize(
    ("occurrence", "now", "lead", "held", "again", "expected"),
    [
        pytest.param(airing(), -2_000, 1_300, 0, False, (0, 0), id="on time"),
        pytest.param(airing(), 2_000, 1_300, 0, False, (3_300, 3.3), id="skip, a little late: in step"),
        pytest.param(airing(), 5_001, 1_300, 0, False, None, id="skip, too late"),
        pytest.param(airing(), 0, 300, 6_000, False, None, id="skip, held back too long"),
        pytest.param(JOIN, 130_000, 1_300, 0, False, (131_300, 131.3), id="join at the frame of now"),
        pytest.param(JOIN, 0, 300, 90_000, False, (90_000, 90), id="join at the planned end of what held it back"),
        pytest.param(JOIN, 599_000, 1_300, 0, False, None, id="join past its last frame"),
        pytest.param(WHOLE, 2_000, 1_300, 0, False, (3_300, 3.3), id="whole, a little late: in step"),
        pytest.param(WHOLE, 130_000, 1_300, 0, False, (140_000, 0), id="whole, late: the first full 10 s"),
        pytest.param(WHOLE, 138_900, 1_300, 0, False, (150_000, 0), id="whole, late: at which the relay is warm"),
        pytest.param(WHOLE, 0, 300, 93_000, False, (93_000, 0), id="whole, held back: at its planned end"),
        pytest.param(WHOLE, 1_799_000, 1_300, 0, False, None, id="whole, never past start_by"),
        pytest.param(WHOLE, 2_000, 1_300, 0, True, (10_000, 0), id="second attempt: the first full 10 s"),
        pytest.param(PLAY_NOW, 130_000, 1_300, 0, False, (131_300, 0), id="play now: when warm, from its first frame"),
        pytest.param(PLAY_NOW, -9_000, 1_300, 0, False, (0, 0), id="play now: not before its common start"),
        pytest.param(ALARM, 35_000, 1_300, 0, False, (60_000, 0), id="repeated: the next pass"),
        pytest.param(ALARM, 299_000, 1_300, 0, False, None, id="repeated: no pass begins at its end"),
        pytest.param(
            replace(ALARM, start_by=T + 50_000),
            45_000,
            1_300,
            0,
            False,
            None,
            id="repeated: no first pass past start_by",
        ),
        pytest.param(airing(seconds=0), 0, 0, 0, False, None, id="nothing to sound"),
        pytest.param(airing(seconds=1.5, whole=True), 0, 300, 2_000, False, (2_000, 0), id="shorter than its lateness"),
    ],
)
def test_when_and_where_it_begins(
    occurrence: Occurrence, now: int, lead: int, held: int, again: bool, expected: tuple[int, float] | None
) -> None:
    found = begin(occurrence, T + now, lead, T + held if held else 0, again)
    assert found == (None if expected is None else Beginning(T + expected[0], round(expected[1] * RATE)))


def test_an_item_sounds_in_the_languages_spoken_in_their_order_or_in_its_first() -> None:
    both = item(1, "vi", "mww", "en")
    assert [r.language for r in spoken((both,), ("mww", "vi"))[0].rows] == ["mww", "vi"]
    assert [r.language for r in spoken((both,), ("km",))[0].rows] == ["vi"]
    assert [r.language for r in spoken((both,), ("vi", "vi"))[0].rows] == ["vi"]
    assert spoken((UnknownItem(kind="stream"),), ("vi",)) == ()


def test_frames_and_milliseconds() -> None:
    assert frames_in(1) == 48
    assert millis_of(49) == 2


def told(
    *occurrences: Occurrence, silences: tuple[Silence, ...] = ()
) -> list[tuple[str, float, float, Reason, str | None]]:
    rows = resolve(occurrences, NodeSettings(), T - 3_600_000, T + 3_600_000, silences=silences)
    return [(r.occurrence.id, (r.start - T) / 1000, (r.end - T) / 1000, r.reason, r.by) for r in rows]


def test_resolve_on_time_held_back_and_pre_empted() -> None:
    assert told(airing("a"), airing("b", 30, late=600, whole=True), airing("c", 40)) == [
        ("a", 0, 60, Reason.ON_TIME, None),
        ("b", 60, 120, Reason.HELD_BACK, "a"),
        ("c", 40, 40, Reason.PRE_EMPTED, "a"),
    ]


def test_resolve_lets_an_answer_sound_only_where_what_it_answers_did() -> None:
    yes, no = replace(airing("yes", 70, 10), answers=("a",)), replace(airing("no", 90, 10), answers=("b",))
    assert [row[0] for row in told(airing("a"), yes, no)] == ["a", "yes"]


def test_resolve_shows_what_cuts_what() -> None:
    assert told(airing("a"), airing("b", 30, 10, rank=1)) == [
        ("a", 0, 30, Reason.CUT, "b"),
        ("a", 40, 65, Reason.RESUMED, "b"),
        ("b", 30, 40, Reason.ON_TIME, None),
    ]


def test_resolve_lets_nothing_cut_that_cannot_sound() -> None:
    ended_at_once = airing("x", 30, 10, late=600, rank=1, ends=30)
    assert told(airing("a"), ended_at_once, airing("b", 30, 10)) == [
        ("a", 0, 60, Reason.ON_TIME, None),
        ("b", 30, 30, Reason.PRE_EMPTED, "a"),
        ("x", 30, 30, Reason.PRE_EMPTED, "a"),
    ]
    music = replace(airing("m", 30, 10, late=600, rank=1), kind=Kind.MUSIC)
    assert told(airing("a"), music, silences=(hush(T + 29_500, T + 40_000, Kind.MUSIC),)) == [
        ("a", 0, 60, Reason.ON_TIME, None),
        ("m", 30, 30, Reason.QUIET, None),
    ]


def test_resolve_lets_what_waits_for_an_instant_that_a_silence_forbids_hold_nothing_back() -> None:
    passes = airing("y", 3, 10, every=30, late=600, rank=1, ends=80)
    assert told(
        airing("z", 0, 5, rank=1), airing("l", 2, late=5), passes, silences=(hush(T + 20_500, T + 90_000),)
    ) == [
        ("z", 0, 5, Reason.ON_TIME, None),
        ("l", 5, 20.5, Reason.QUIET, None),
        ("y", 3, 3, Reason.QUIET, None),
    ]


def test_resolve_knows_silences_withdrawals_and_hard_ends() -> None:
    assert told(airing("a"), airing("b", 90, ends=100), silences=(hush(0, T + 1000),)) == [
        ("a", 0, 0, Reason.QUIET, None),
        ("b", 90, 100, Reason.ON_TIME, None),
    ]
    assert resolve([airing()], NodeSettings(), T, T + MINUTE, withdrawn={"a"}) == ()
    assert resolve([airing()], NodeSettings(), T + MINUTE * 2, T + MINUTE * 3) == ()


def test_resolve_shows_what_a_silence_ends_and_what_it_leaves() -> None:
    music = replace(airing("a"), kind=Kind.MUSIC)
    waiting = airing("b", 20, 10, late=600, whole=True)
    assert told(music, waiting, silences=(hush(T + 33_000, T + 90_000, Kind.MUSIC),)) == [
        ("a", 0, 33, Reason.QUIET, None),
        ("b", 33, 43, Reason.HELD_BACK, "a"),
    ]
    assert told(music, waiting, silences=(hush(T + 33_000, T + 90_000),)) == [
        ("a", 0, 33, Reason.QUIET, None),
        ("b", 20, 20, Reason.QUIET, None),
    ]


def test_resolve_holds_the_floor_between_the_passes_of_an_alarm() -> None:
    alarm = replace(ALARM, id="alarm")
    assert told(alarm, airing("a", 25, 2), airing("b", 290, 5, late=60, whole=True)) == [
        ("alarm", 0, 300, Reason.ON_TIME, None),
        ("a", 25, 25, Reason.PRE_EMPTED, "alarm"),
        ("b", 300, 305, Reason.HELD_BACK, "alarm"),
    ]


def test_resolve_measures_a_sheet_in_the_nodes_languages() -> None:
    bilingual = replace(airing("a"), items=(item(10, "vi", "km"),))
    rows = resolve([bilingual], NodeSettings(languages=("km",)), T, T + MINUTE)
    assert [(row.start, row.end) for row in rows] == [(T, T + 10_000)]


@pytest.mark.parametrize(("late", "begins"), [(0, 0), (0.1, 0.1), (5, 5), (5.1, 60), (61, 120)])
def test_an_alarm_that_comes_a_little_late_begins_at_once_and_later_with_the_next_pass(
    late: float, begins: float
) -> None:
    alarm = replace(airing(seconds=10, every=60, late=600, ends=600, priority=Priority.EMERGENCY), kind=Kind.ALARM)
    assert begin(alarm, T + round(late * 1000)) == Beginning(T + round(begins * 1000), 0)
