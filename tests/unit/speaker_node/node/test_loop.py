"""One turn after another: durable before it acts, whatever the link, the office and the disk do."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playlists import wire
from playlists.models import RATE, Kind, Priority, SheetEntry
from playlists.reports import (
    Accepted,
    Birth,
    Boot,
    Cause,
    Checkpoint,
    Closed,
    Heartbeat,
    Refusal,
    Refused,
    Start,
    Trust,
    Welcomed,
)
from speaker_node.values import AmplifierState, LinkDown, PlayerReport, SoundState
from tests.support.examples import examples
from tests.support.office import Office, asset_item, broadcast
from tests.unit.speaker_node.node.stage import ALERT, ASSET, MSG, NOW, PLAN, SECOND, Disk, Stage

ITEMS = (asset_item(ASSET),)
OFFICE = Office()


def play_now(**fields: Any) -> SheetEntry:
    given: dict[str, Any] = {
        "broadcast": "now",
        "kind": Kind.PLAY_NOW,
        "priority": Priority.PRIORITY,
        "starts_at": NOW,
        "start_by": NOW + 600_000,
        "ends_at": NOW + 900_000,
        "items": ITEMS,
    }
    return SheetEntry(**given | fields)


def on_stage(**fields: Any) -> Stage:
    stage = Stage(**fields)
    stage.settle_in()
    return stage


def sounding(stage: Stage, frames: int) -> None:
    """The sound process says what it has output of what it holds."""
    now = stage.sound.held[-1][0]
    assert now is not None
    stage.sound.says = SoundState(True, 1, True, now=PlayerReport(now.token, frames, frames, frames, start_error=12))


def test_boot_is_the_first_row_of_each_start() -> None:
    stage = Stage()
    assert [fact.boot for fact in stage.facts(Boot)] == [1]
    assert stage.facts(Boot)[0].new_stream
    stage.boot()
    assert [fact.boot for fact in stage.facts(Boot)] == [1, 2]
    assert not stage.facts(Boot)[1].new_stream


def test_a_plan_plays_with_the_link_down_and_start_is_durable_before_the_relay_closes() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 60_000)))
    stage.boot()
    stage.advance(59_900)
    assert [kinds[-1] for kinds in stage.amplifier.seen] == ["start"]
    assert stage.amplifier.says.closed_since is not None
    stage.advance(200)
    now = stage.sound.held[-1][0]
    assert now is not None
    assert (now.at, now.first, now.until) == (60 * SECOND, 0, 70 * SECOND)
    stage.advance(9900)
    sounding(stage, ASSET.frames)
    stage.advance(5100)
    closed = stage.facts(Closed)
    assert [(c.occurrence, c.sounded, c.due, c.cause) for c in closed] == [
        (f"abc-{NOW + 60_000}", 10_000, 10_000, None)
    ]
    stage.advance(10_000)
    assert stage.amplifier.held[-1] == (False, "")
    assert stage.sound.held[-1] == (None, None)


def test_a_document_acts_only_after_it_is_stored() -> None:
    stage = on_stage()
    stage.give(ALERT, stage.office.sheet(NOW, play_now()))
    kinds = [event.fact.kind for event in stage.disk.events()]
    assert kinds.index("start") > len(kinds) - 1 - kinds[::-1].index("accepted")
    assert {d.held.kind for d in stage.disk.documents()} == {"keys", "plan", "sheet"}
    assert stage.amplifier.says.closed_since is not None


def test_what_left_the_card_while_the_guard_was_gone_is_not_said_to_have_sounded() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 60_000)))
    stage.advance(64_000)
    sounding(stage, 4 * RATE)
    stage.advance(10)
    stage.amplifier.dies()
    stage.advance(5990)
    sounding(stage, ASSET.frames)
    stage.advance(5000)
    assert [(c.sounded, c.cause) for c in stage.facts(Closed)] == [(4000, Cause.DEVICE)]


def test_a_newer_sheet_stops_what_the_older_one_began() -> None:
    stage = on_stage()
    stage.give(ALERT, stage.office.sheet(NOW, play_now()))
    stage.advance(3000)
    sounding(stage, 48_000)
    stage.advance(1000)
    stage.give(ALERT, stage.office.sheet(NOW))
    assert [c.cause for c in stage.facts(Closed)] == [Cause.STOPPED]
    assert stage.sound.held[-1] == (None, None)


def test_after_a_boot_the_node_goes_on_with_documents_and_state_of_the_disk() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 10_000)))
    stage.advance(10_100)
    sounding(stage, 4800)
    stage.advance(900)
    stage.boot()
    stage.advance(3000)
    now = stage.sound.held[-1][0]
    assert now is not None
    assert now.token == f"abc-{NOW + 10_000}/1/1/0"
    assert len(stage.facts(Start)) == 1


def test_an_asset_that_does_not_match_its_hash_is_never_given_to_the_sound() -> None:
    stage = on_stage()
    stage.library.damaged.add(ASSET.sha256)
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 10_000)))
    stage.advance(30_000)
    given = [cue.sha256 for pair in stage.sound.held for sound in pair if sound for cue in sound.cues]
    assert given
    assert ASSET.sha256 not in given
    assert [c.sounded for c in stage.facts(Closed)] == [0]


def test_the_library_is_asked_for_what_sheets_need_before_what_the_plan_needs() -> None:
    stage = on_stage()
    other = ASSET.model_copy(update={"sha256": "b" * 64})
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", (asset_item(other),), NOW + 10_000)))
    stage.give(ALERT, stage.office.sheet(NOW, play_now(starts_at=NOW + 60_000)))
    assert [asset.sha256[0] for asset in stage.library.wanted] == ["a", "b"]


def test_refusals_are_events_the_first_at_once_then_one_a_minute_with_their_count() -> None:
    stage = on_stage()
    for _ in range(1000):
        stage.bring(PLAN, b"rubbish")
    assert [(r.reason, r.times) for r in stage.facts(Refused)] == [(Refusal.MALFORMED, 1)]
    stage.bring(PLAN, stage.office.sign(stage.office.plan(NOW), wire.new_key("stranger")))
    assert [r.reason for r in stage.facts(Refused)] == [Refusal.MALFORMED, Refusal.UNKNOWN_KEY]
    stage.advance(61_000)
    assert [(r.reason, r.times) for r in stage.facts(Refused)][2:] == [(Refusal.MALFORMED, 999)]
    stage.advance(600_000)
    assert len(stage.facts(Refused)) == 3


def test_a_sheet_that_says_what_no_honest_one_does_is_obeyed_within_bounds_and_told_once() -> None:
    stage = on_stage()
    data = stage.give(ALERT, stage.office.sheet(NOW, play_now(ends_at=NOW + 10**12)))
    for _ in range(5):
        stage.bring(ALERT, data)
    assert [(fact.document, fact.reason) for fact in stage.facts(Refused)] == [("sheet", Refusal.CLAMPED)]
    assert [fact.occurrence for fact in stage.facts(Start)] == [f"now-{NOW}"]


def test_rubbish_on_every_topic_moves_neither_relay_nor_sound() -> None:
    stage = on_stage()
    before = (list(stage.amplifier.held), list(stage.sound.held), stage.disk.documents())
    for topic in (PLAN, MSG, ALERT):
        for data in (b"", b"\0" * 100_000, b"{}", b'{"kind":"plan"}', b"." * 300_000, b"a.b.c"):
            stage.bring(topic, data)
    assert set(stage.amplifier.held[len(before[0]) :]) <= {(False, "")}
    assert set(stage.sound.held[len(before[1]) :]) <= {(None, None)}
    assert stage.disk.documents() == before[2]


def test_an_empty_retained_message_means_nothing() -> None:
    stage = on_stage()
    for topic in (PLAN, MSG, ALERT, "loa/1/elsewhere/node/x/plan"):
        stage.bring(topic, b"")
    assert stage.facts(Refused) == []


def test_a_plan_of_a_key_not_yet_known_is_taken_when_the_key_set_comes() -> None:
    stage = Stage()
    stage.give(PLAN, stage.office.plan(NOW))
    assert [r.reason for r in stage.facts(Refused)] == [Refusal.UNKNOWN_KEY]
    stage.give(MSG, stage.office.key_set())
    assert [a.document for a in stage.facts(Accepted)] == ["keys", "plan"]


def test_a_new_stream_airs_nothing_routine_before_its_first_welcome_and_what_went_before_is_closed() -> None:
    stage = Stage()
    stage.give(MSG, stage.office.key_set())
    stage.give(
        PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW - 2000, NOW + 20_000), broadcast("x", ITEMS, NOW))
    )
    stage.advance(5000)
    assert stage.facts(Start) == []
    stage.connect()
    stage.welcome(elsewhere=(f"x-{NOW}",))
    assert stage.facts(Welcomed)[0].elsewhere == (f"x-{NOW}",)
    stage.advance(20_000)
    assert [s.occurrence for s in stage.facts(Start)] == [f"abc-{NOW + 20_000}"]
    assert {(c.occurrence, c.cause) for c in stage.facts(Closed)} == {(f"abc-{NOW - 2000}", Cause.JOURNAL_NEW)}


def test_a_welcome_is_journalled_only_when_it_says_something_new() -> None:
    stage = on_stage()
    for _ in range(3):
        stage.connect()
        stage.welcome()
    assert len(stage.facts(Welcomed)) == 1


def test_while_the_clock_is_doubted_nothing_routine_starts() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 3_600_000)))
    stage.host.step = 3_595_000
    stage.advance(20_000)
    assert stage.facts(Start) == []
    assert stage.told(Heartbeat)[-1].clock.trust is Trust.UNTRUSTED


def test_at_a_step_the_office_is_asked_at_once_and_what_it_denies_is_not_followed() -> None:
    stage = on_stage()
    stage.advance(20_000)
    births = len(stage.told(Birth))
    stage.host.step = 3_600_000
    stage.advance(12_000)
    assert len(stage.told(Birth)) > births
    stage.welcome(time=NOW + stage.host.mono // 1_000_000)
    stage.advance(2000)
    clock = stage.told(Heartbeat)[-1].clock
    assert (clock.trust, clock.disputed, clock.source) == (Trust.HELD, True, "host")
    assert abs(clock.wall - NOW - 34_000) <= 2000
    marks = [fact.mark for fact in stage.facts(Checkpoint) if fact.mark]
    assert marks[-1].agreed


def test_with_a_full_disk_the_node_plays_on_and_says_so() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, NOW + 20_000)))
    stage.disk.full = True
    stage.advance(20_100)
    assert stage.sound.held[-1][0] is not None
    assert not stage.told(Heartbeat)[-1].store_ok
    assert stage.told_facts()[-1].kind == "start"


def test_with_a_full_disk_sheets_are_obeyed_and_plans_refused() -> None:
    stage = on_stage()
    stage.disk.full = True
    stage.give(ALERT, stage.office.sheet(NOW, play_now()))
    stage.advance(3000)
    assert stage.sound.held[-1][0] is not None
    stage.give(PLAN, stage.office.plan(NOW))
    assert [f.reason for f in stage.told_facts() if isinstance(f, Refused)] == [Refusal.NOT_STORED]
    assert {d.held.kind for d in stage.disk.documents()} == {"keys", "plan"}


def test_when_the_disk_takes_again_all_that_lived_in_memory_is_on_it_and_waiting_plans_are_taken() -> None:
    stage = on_stage()
    stage.disk.full = True
    stage.give(ALERT, stage.office.sheet(NOW, play_now()))
    plan = stage.give(PLAN, stage.office.plan(NOW))
    spare = stage.journal.stream
    stage.disk.full = False
    stage.advance(11_000)
    assert stage.journal.ok
    assert stage.disk.stream == spare == stage.journal.stream
    assert len(stage.facts(Start)) == 1
    assert wire.digest(plan) in {d.held.digest for d in stage.disk.documents()}
    assert stage.told(Heartbeat)[-1].store_ok


def test_at_a_boot_into_a_full_disk_what_starts_after_it_is_aired_and_nothing_that_may_have_been() -> None:
    """What an earlier agent began while the disk was full is known to nobody: it is not begun again."""
    stage = on_stage()
    old = broadcast("old", ITEMS, NOW + 5000, late=600_000, whole=True)
    stage.give(PLAN, stage.office.plan(NOW, old, broadcast("new", ITEMS, NOW + 30_000)))
    stage.disk.full = True
    stage.advance(20_000)
    stage.boot()
    assert stage.facts(Closed) == []
    stage.advance(11_000)
    now = stage.sound.held[-1][0]
    assert now is not None
    assert now.token.startswith("new-")
    assert not any(sound and sound.token.startswith("old-") for pair in stage.sound.held for sound in pair)


def test_what_was_begun_before_a_boot_that_cannot_write_is_not_begun_again() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("old", ITEMS, NOW + 5000, late=600_000, whole=True)))
    stage.advance(6000)
    assert len(stage.facts(Start)) == 1
    stage.disk.full = True
    stage.boot()
    stage.advance(20_000)
    assert all(sound is None for pair in stage.sound.held for sound in pair)
    stage.disk.full = False
    stage.advance(20_000)
    assert [fact.cause for fact in stage.facts(Closed)] == [Cause.JOURNAL_NEW]
    assert len(stage.facts(Start)) == 1


def test_a_disk_that_could_not_be_read_at_boot_is_remembered_when_it_can_and_nothing_is_closed_twice() -> None:
    stage = on_stage()
    plan = stage.office.plan(NOW, broadcast("old", ITEMS, NOW + 5000), broadcast("new", ITEMS, NOW + 90_000))
    stage.give(PLAN, plan)
    stage.advance(20_000)
    stage.disk.away = True
    stage.boot()
    stage.advance(30_000)
    stage.disk.away = False
    stage.advance(30_000)
    assert [fact.occurrence.split("-")[0] for fact in stage.facts(Closed)] == ["old"]
    stage.advance(60_000)
    assert [fact.occurrence.split("-")[0] for fact in stage.facts(Closed)] == ["old", "new"]


def test_a_node_without_any_disk_still_hears_alarms() -> None:
    disk = Disk()
    disk.away = True
    stage = Stage(disk=disk)
    assert stage.amplifier.held == [(False, "")]
    stage.connect()
    assert not stage.told(Heartbeat)[-1].store_ok


def test_the_watchdog_starves_when_a_process_stays_away_for_two_minutes() -> None:
    stage = on_stage()
    assert stage.host.became_whole == 1
    stage.amplifier.hold = lambda closed, cause: None  # type: ignore[method-assign]
    stage.amplifier.says = AmplifierState(alive=False)
    stage.advance(119_000)
    fed = stage.host.fed
    assert fed > 3
    stage.advance(2000)
    stage.advance(10_000)
    assert stage.host.fed <= fed + 2
    stage.amplifier.says = AmplifierState(alive=True)
    stage.turn()
    assert stage.host.fed > fed


@examples(20)
@given(st.lists(st.sampled_from(["boot", "full", "room", "up", "down", "second", "minute"]), max_size=25))
def test_whatever_happens_to_power_disk_and_link_every_airing_ends_in_one_closed_and_is_told(steps: list[str]) -> None:
    stage = on_stage(office=OFFICE)
    ids = [f"abc-{NOW + 30_000 * n}" for n in range(1, 5)]
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", ITEMS, *(NOW + 30_000 * n for n in range(1, 5)))))
    for step in steps:
        if step in ("full", "room"):
            stage.disk.full = step == "full"
        elif step == "up":
            stage.connect()
        elif step == "down":
            stage.turn(LinkDown("gone"))
        elif step == "boot":
            stage.boot()
        stage.advance({"second": 1000, "minute": 60_000}.get(step, 10))
    stage.disk.full = False
    stage.advance(300_000)
    closed = [c.occurrence for c in stage.facts(Closed)]
    assert len(closed) == len(set(closed))
    assert "full" in steps or sorted(closed) == ids
