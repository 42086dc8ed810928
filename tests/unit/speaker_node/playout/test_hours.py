"""When routine may sound, and how loud: the hours and volumes that a plan brings (rule 3)."""

from __future__ import annotations

from playlists.models import Interval, Kind, NodeSettings, PlannedBroadcast, Priority, Volume
from playlists.reports import Cause
from playlists.rules import Reason, hushes, resolve
from tests.unit.speaker_node.playout.scenes import (
    alarm,
    at,
    broadcast,
    documents,
    join,
    plan,
    play_now,
    sheet,
    silence,
    urgent,
    whole,
)
from tests.unit.speaker_node.playout.world import World

HOURS = (Interval(start=at("04:30:00"), end=at("05:02:00")), Interval(start=at("05:10:00"), end=at("06:00:00")))


def hamlet(*broadcasts: PlannedBroadcast) -> World:
    return World(documents(plan(*broadcasts, hours=HOURS)))


def test_no_routine_begins_outside_the_hours_and_its_closing_fact_says_why() -> None:
    world = hamlet(broadcast("a", "05:05:00", 10), broadcast("b", "05:10:00", 10))
    world.accept(None, sheet(play_now("now", "05:06:00", 10, late=10)))
    world.run_to("05:12:00")
    for name in ("a", "now"):
        assert (world.closed(name).cause, world.closed(name).hushed) == (Cause.QUIET, "hours")
    assert (world.closed("b").cause, world.closed("b").hushed) == (None, "")


def test_the_end_of_the_hours_ends_music_and_lets_a_notice_finish() -> None:
    for kind, sounded in ((Kind.NOTICE, 60_000), (Kind.MUSIC, 30_000), (Kind.REBROADCAST, 30_000)):
        world = hamlet(join("a", "05:01:30", 60, kind=kind))
        world.run_to("05:05:00")
        assert world.closed("a").sounded == sounded
    assert (world.closed("a").cause, world.closed("a").hushed) == (Cause.QUIET, "hours")


def test_what_would_go_on_outside_the_hours_does_not() -> None:
    world = hamlet(join("a", "05:01:00", 300))
    world.run_to("05:01:30")
    world.accept(None, sheet(play_now("now", "05:01:30", 40)))
    world.run_to("05:09:00")
    assert world.sounded("a") == [("05:01:00", 0, 30.3)]
    assert (world.closed("a").cause, world.closed("a").hushed) == (Cause.QUIET, "hours")


def test_out_of_hours_passes_the_hours_and_never_a_silence() -> None:
    for hushed, cause in ((), None), ((silence("05:04:00", "05:07:00"),), Cause.QUIET):
        planned = plan(broadcast("a", "05:05:00", 10, out_of_hours=True), hours=HOURS, silences=hushed)
        world = World(documents(planned))
        world.run_to("05:08:00")
        assert world.closed("a").cause is cause
        assert world.closed("a").hushed == ("plan" if hushed else "")


def test_an_emergency_passes_the_hours() -> None:
    world = hamlet()
    world.accept(None, urgent(alarm("flood", "05:05:00", 5, ends="05:06:00")))
    world.run_to("05:08:00")
    assert world.closed("flood").cause is None


def test_a_plan_without_hours_lets_everything_sound() -> None:
    world = World(documents(plan(whole("a", "05:05:00", 10))))
    world.run_to("05:08:00")
    assert world.closed("a").cause is None


def test_the_page_gives_the_same_reasons() -> None:
    planned = plan(
        broadcast("a", "05:05:00", 10), join("m", "05:01:30", 60, kind=Kind.MUSIC), hours=HOURS
    )  # fmt: skip
    rows = resolve(
        planned.occurrences(), planned.settings, at("04:00:00"), at("06:00:00"), silences=hushes(planned)
    )  # fmt: skip
    assert [(row.occurrence.broadcast, row.end - row.start, row.reason) for row in rows] == [
        ("m", 30_000, Reason.QUIET),
        ("a", 0, Reason.QUIET),
    ]


def test_a_mute_and_the_box_are_named_too() -> None:
    world = World(documents(plan(broadcast("a", "05:00:00", 60), broadcast("b", "05:10:00", 10))))
    world.run_to("05:00:10")
    world.press("silence")
    world.run_to("05:00:20")
    world.press("end_silence")
    world.accept(None, sheet(mute_until=at("05:11:00")))
    world.run_to("05:12:00")
    assert (world.closed("a").hushed, world.closed("b").hushed) == ("box", "mute")


def test_a_volume_of_its_priority_and_hour_stands_before_the_settings() -> None:
    volumes = (
        Volume(start=at("05:00:00"), end=at("05:05:00"), priority=Priority.NORMAL, gain=-12.0),
        Volume(start=at("05:00:00"), end=at("05:05:00"), priority=Priority.EMERGENCY, gain=-1.0),
    )
    settings = NodeSettings(gain_normal=-3.0, gain_emergency=-2.0)
    entries = (broadcast("a", "05:04:30", 60), broadcast("b", "05:05:30", 10))
    world = World(documents(plan(*entries, settings=settings, volumes=volumes)))
    gains = []
    for instant in ("05:04:40", "05:05:20", "05:05:35"):
        world.run_to(instant)
        now = world.decision.target.now
        gains.append(None if now is None else now.gain)
    assert gains == [-12.0, -12.0, -3.0]


MUSIC = (
    join("m", "05:00:00", 40, kind=Kind.MUSIC),
    join("n", "05:05:00", 40, kind=Kind.REBROADCAST),
    join("o", "05:10:00", 40, kind=Kind.MUSIC),
    join("p", "05:15:00", 40),
    join("q", "05:20:00", 40, kind=Kind.MUSIC),
)


def test_the_days_minutes_shorten_music_and_rebroadcasts_and_never_a_notice() -> None:
    planned = plan(*MUSIC, days=(at("00:00:00"), at("05:18:00")), minutes=60_000)
    world = World(documents(planned))
    world.run_to("05:05:30")
    world.agent_restart()
    world.run_to("05:25:00")
    said = {name: (world.closed(name).sounded, world.closed(name).hushed) for name in "mopq"}
    assert said == {"m": (40_000, ""), "o": (0, "minutes"), "p": (40_000, ""), "q": (40_000, "")}
    assert (world.closed("o").cause, world.closed("n").cause) == (Cause.QUIET, Cause.QUIET)


def test_the_page_shortens_them_as_the_node_does() -> None:
    planned = plan(*MUSIC, days=(at("00:00:00"), at("05:18:00")), minutes=60_000)
    world = World(documents(planned))
    world.run_to("05:25:00")
    rows = resolve(
        planned.occurrences(), planned.settings, at("04:00:00"), at("06:00:00"), days=planned.days, minutes=60_000
    )  # fmt: skip
    told = {row.occurrence.broadcast: row.end - row.start for row in rows}
    assert told == {name: world.closed(name).sounded for name in "mnopq"}
    assert told == {"m": 40_000, "n": 20_000, "o": 0, "p": 40_000, "q": 40_000}


def test_music_that_was_interrupted_goes_on_for_what_is_left_of_the_minutes() -> None:
    world = World(documents(plan(join("m", "05:00:00", 100, kind=Kind.MUSIC), days=(at("00:00:00"),), minutes=60_000)))
    world.run_to("05:00:29")
    world.accept(None, sheet(play_now("now", "05:00:30", 20)))
    world.run_to("05:05:00")
    assert world.sounded("m") == [("05:00:00", 0, 30), ("05:00:50", 30, 60)]
    assert (world.closed("m").cause, world.closed("m").hushed) == (Cause.QUIET, "minutes")
