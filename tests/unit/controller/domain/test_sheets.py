"""What an alert sheet says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.sheets import Mute, PlayNow, Times, Withdrawal, may_release, release, sheet
from controller.domain.sounding import longest_ms
from controller.domain.values import BroadcastId, OccurrenceId, ZoneId, to_ms
from playlists.models import AlertSheet, Kind, Millis, Priority
from tests.support.commune import NOON, assets, item, sha

NOW = to_ms(NOON)
ZONE = ZoneId("z-commune")


def play(name: str = "now0000001", starts_in: int = 0, **changes: object) -> PlayNow:
    at = NOW + starts_in
    times = Times(Millis(at), Millis(at + 600_000), Millis(at + 1_260_000))
    made = PlayNow(
        BroadcastId(name), 1, Millis(NOW), Kind.PLAY_NOW, Priority.PRIORITY, 0, 1, (item("a", tyz="b"),), times
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def said(
    *entries: PlayNow, withdrawn: tuple[Withdrawal, ...] = (), mutes: tuple[Mute, ...] = (), now: int = 0
) -> AlertSheet:
    return sheet(ZONE, "office", entries, withdrawn, mutes, assets(), NOON + timedelta(milliseconds=now))


def test_a_play_now_is_whole_and_names_every_language_of_its_items() -> None:
    (entry,) = said(play()).occurrences
    assert (entry.id, entry.kind, entry.whole, entry.priority) == (
        f"now0000001-{NOW}",
        Kind.PLAY_NOW,
        True,
        Priority.PRIORITY,
    )
    assert [row.sha256 for row in entry.items[0].rows] == [sha("a"), sha("b")]


def test_an_entry_stays_until_its_ends_at() -> None:
    assert said(play(), now=1_259_999).occurrences
    assert not said(play(), now=1_260_000).occurrences


def test_what_is_stopped_or_not_released_is_not_in_the_sheet() -> None:
    assert not said(play(stopped_at=NOON)).occurrences
    assert not said(play(times=None)).occurrences


def test_a_sheet_holds_eight_entries_the_newest() -> None:
    found = said(*(play(f"now{n:07d}", starts_in=n) for n in range(10))).occurrences
    assert [entry.broadcast for entry in found] == [f"now{n:07d}" for n in range(2, 10)]


def test_what_is_taken_back_stays_until_it_would_have_ended() -> None:
    gone = Withdrawal(OccurrenceId("x-1"), Millis(NOW + 1000))
    assert said(withdrawn=(gone,), now=999).withdrawn == ("x-1",)
    assert said(withdrawn=(gone,), now=1000).withdrawn == ()


@pytest.mark.parametrize(
    ("mutes", "until"),
    [
        ((), 0),
        ((Mute(Millis(NOW + 1000)), Mute(Millis(NOW + 5000))), NOW + 5000),
        ((Mute(Millis(NOW + 1000)), Mute(Millis(NOW + 5000), lifted=True)), NOW + 1000),
        ((Mute(Millis(NOW - 1)),), 0),
        ((Mute(Millis(NOW + 90_000_000)),), NOW + 86_400_000),
    ],
)
def test_mutes_add_up_to_the_latest_that_was_not_lifted_at_most_24_hours(mutes: tuple[Mute, ...], until: int) -> None:
    assert said(mutes=mutes).mute_until == until


def test_a_play_now_has_the_id_of_its_entry() -> None:
    assert said(play()).occurrences[0].id == play().occurrence


def test_a_release_starts_when_the_slowest_amplifier_is_warm_and_may_be_ten_minutes_late() -> None:
    times = release(NOON, 2000, 60_000)
    assert (times.starts_at, times.start_by) == (NOW + 2300, NOW + 602_300)
    assert times.ends_at == times.start_by + 60_000 + 600_000


def test_a_play_now_waits_twenty_seconds_at_most_for_its_audio() -> None:
    assert may_release(NOON, NOON, True)
    assert not may_release(NOON, NOON + timedelta(seconds=19), False)
    assert may_release(NOON, NOON + timedelta(seconds=20), False)


def test_the_longest_that_any_node_sounds_counts_every_language() -> None:
    assert longest_ms((item("a", tyz="b"), item("c")), assets()) == 100_000


@given(st.lists(st.integers(-5000, 5000), max_size=40), st.lists(st.integers(-10, 10_000), max_size=40))
def test_a_sheet_never_passes_its_bounds_and_the_order_does_not_matter(at: list[int], until: list[int]) -> None:
    plays = [play(f"now{n:07d}", starts_in=each) for n, each in enumerate(at)]
    gone = [Withdrawal(OccurrenceId(f"x-{n}"), Millis(NOW + each)) for n, each in enumerate(until)]
    found = said(*plays, withdrawn=tuple(gone))
    assert len(found.occurrences) <= 8
    assert len(found.withdrawn) <= 32
    assert said(*reversed(plays), withdrawn=tuple(reversed(gone))) == found
