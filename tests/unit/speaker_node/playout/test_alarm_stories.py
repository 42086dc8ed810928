"""A flood at night: who says what, whenever it heard of it, and whatever it heard of its end (rules 3, 4, 8)."""

from __future__ import annotations

import pytest

from playlists.models import Kind
from playlists.reports import Cause
from tests.unit.speaker_node.playout.scenes import alarm, at, documents, plan, urgent
from tests.unit.speaker_node.playout.world import World

FLOOD_ID = f"flood-{at('05:00:20')}"
FLOOD = alarm("flood", "05:00:20", 5, ends="05:02:00", every=30)
CLOSING = alarm("over", "05:02:00", 4, ends="05:12:00", answers=(FLOOD_ID,))
CALM = alarm("calm", "05:20:00", 6, ends="17:20:00", kind=Kind.ALL_CLEAR, answers=(FLOOD_ID,))
MENDED = alarm("mended", "05:20:00", 6, ends="17:20:00", kind=Kind.CORRECTION, answers=(FLOOD_ID,))
PASSES = [("05:00:20", 0, 5), ("05:00:50", 0, 5), ("05:01:20", 0, 5), ("05:01:50", 0, 5)]


def hamlet(start: str = "05:00:00") -> World:
    return World(documents(plan()), start)


def test_cut_off_after_the_alarm_it_ends_by_itself_with_its_closing_words() -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD, CLOSING))
    world.run_to("05:30:00")
    assert world.sounded("flood") == PASSES
    assert world.sounded("over") == [("05:02:00", 0, 4)]
    assert len(world.starts("flood")) == 1
    assert world.relay is None


@pytest.mark.parametrize("answer", [CALM, MENDED], ids=["all-clear", "correction"])
def test_the_link_back_it_says_what_it_owes_to_those_who_heard_the_alarm(answer: object) -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD, CLOSING))
    world.run_to("06:00:00")
    world.power_cut(60)
    world.accept(None, urgent(answer))  # type: ignore[arg-type]
    world.run_to("06:10:00")
    name = answer.broadcast  # type: ignore[attr-defined]
    assert [length for _, _, length in world.sounded(name)] == [6]
    assert world.closed(name).cause is None


def test_a_node_that_did_not_sound_the_alarm_says_neither_closing_words_nor_all_clear() -> None:
    world = hamlet("05:05:00")
    world.accept(None, urgent(FLOOD, CLOSING))
    world.accept(None, urgent(CALM))
    world.run_to("18:00:00")
    assert world.heard == []
    assert world.closed("calm").cause is Cause.NOT_CONCERNED


def test_who_joins_late_waits_for_the_next_pass() -> None:
    world = hamlet("05:00:57")
    world.accept(None, urgent(FLOOD))
    world.run_to("05:03:00")
    assert world.sounded("flood") == PASSES[2:]


def test_after_a_boot_in_the_middle_it_goes_on_with_the_next_pass() -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD))
    world.run_to("05:00:23")
    world.power_cut(10)
    world.run_to("05:03:00")
    assert world.sounded("flood") == [("05:00:20", 0, 3), *PASSES[1:]]
    assert (world.closed("flood").sounded, world.closed("flood").cause) == (5000, None)


def test_a_node_in_two_zones_says_it_once_and_stops_when_no_zone_holds_it() -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD), urgent(FLOOD, zone="z2"))
    world.run_to("05:00:30")
    world.accept(None, urgent())
    world.run_to("05:01:00")
    assert world.sounded("flood") == PASSES[:2]
    world.accept(None, urgent(zone="z2"))
    world.run_to("05:03:00")
    assert world.sounded("flood") == PASSES[:2]
    assert len(world.starts("flood")) == 1


def test_two_issuers_at_once_are_merged_and_each_stops_only_its_own() -> None:
    province = alarm("storm", "05:00:40", 5, ends="05:02:00", every=30, tier=0)
    own = FLOOD.model_copy(update={"tier": 2})
    duty = urgent(province).model_copy(update={"issuer": "duty"})
    world = hamlet()
    world.accept(None, urgent(own), duty)
    world.run_to("05:01:00")
    assert world.sounded("storm") == [("05:00:40", 0, 5)]
    world.accept(None, duty.model_copy(update={"occurrences": (), "issued_at": at("05:01:00")}))
    world.run_to("05:03:00")
    assert world.sounded("flood") == [PASSES[0], *PASSES[2:]]
    assert world.closed("flood").cause is None


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        ({"tier": 1}, {"tier": 2}, "one"),
        ({"rank": 1}, {"rank": 5}, "other"),
        ({}, {}, "other"),
    ],
    ids=["the higher authority", "the higher rank", "the later start"],
)
def test_of_several_emergencies_one_has_the_floor_by_level(
    one: dict[str, int], other: dict[str, int], first: str
) -> None:
    pair = (
        alarm("one", "05:00:20", 5, ends="05:02:00", every=30, **one),
        alarm("other", "05:00:21", 5, ends="05:02:00", every=30, **other),
    )
    world = hamlet()
    world.accept(None, urgent(*pair))
    world.run_to("05:03:00")
    passes = {name: [wall for wall, _, length in world.sounded(name) if length == 5] for name in ("one", "other")}
    assert len(passes[first]) == 4
    assert not passes["one" if first == "other" else "other"]


def test_an_extension_is_a_newer_sheet_and_goes_on_without_a_break() -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD, CLOSING))
    world.run_to("05:01:55")
    longer = FLOOD.model_copy(update={"ends_at": at("05:03:00"), "start_by": at("05:03:00")})
    later = CLOSING.model_copy(update={"broadcast": "over2", "starts_at": at("05:03:00")})
    world.accept(None, urgent(longer, later))
    world.run_to("05:05:00")
    assert world.sounded("flood") == [*PASSES, ("05:02:20", 0, 5), ("05:02:50", 0, 5)]
    assert (world.sounded("over"), world.sounded("over2")) == ([], [("05:03:00", 0, 4)])
    assert len(world.starts("flood")) == 1


def test_an_all_clear_in_place_of_the_closing_words_ends_the_alarm() -> None:
    world = hamlet()
    world.accept(None, urgent(FLOOD, CLOSING))
    world.run_to("05:01:00")
    calm = CALM.model_copy(update={"starts_at": at("05:01:05")})
    world.accept(None, urgent(calm))
    world.run_to("05:30:00")
    assert world.sounded("flood") == PASSES[:2]
    assert world.sounded("calm") == [("05:01:05", 0, 6)]
    assert world.sounded("over") == []
