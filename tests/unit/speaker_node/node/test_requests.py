"""Requests on their way through the loop: journalled before they act, once each, and answered."""

from typing import Any

from playlists.models import Request
from playlists.reports import Because, Boot, Heartbeat, Line, Outcome, RequestDone, RequestTaken
from speaker_node.host import Vitals
from speaker_node.node.loop import LATE_NS
from speaker_node.node.requests import AGAIN_NS, LEAVE_NS
from speaker_node.values import Ended, Origin
from tests.support.office import NODE, asset_item, broadcast
from tests.unit.speaker_node.node.stage import ASSET, MSG, NOW, PLAN, Stage


def on_stage(**fields: Any) -> Stage:
    stage = Stage(**fields)
    stage.settle_in()
    return stage


def nonce(stage: Stage) -> str:
    """The nonce that this connection's Welcome answered."""
    return next(iter(stage.loop._inbox.book.welcomed))


def ask(stage: Stage, action: str, request_id: str = "r1", **fields: Any) -> None:
    given: dict[str, Any] = {"to": NODE, "nonce": nonce(stage), "id": request_id, "action": action}
    stage.give(MSG, Request(**given | {"expires_at": stage.wall + 60_000} | fields))


def done(stage: Stage) -> list[tuple[str, Outcome]]:
    return [(fact.id, fact.outcome) for fact in stage.facts(RequestDone)]


def test_a_request_is_journalled_before_it_acts() -> None:
    stage = on_stage()
    seen: list[int] = []
    stage.errands.upload_log = lambda taken: seen.append(len(stage.facts(RequestTaken)))  # type: ignore[method-assign]
    ask(stage, "upload_log", arguments=(("lines", "100"),))
    assert seen == [1]
    (taken,) = stage.facts(RequestTaken)
    assert (taken.id, taken.action, taken.arguments) == ("r1", "upload_log", (("lines", "100"),))
    assert done(stage) == []


def test_how_an_errand_ended_is_journalled_and_told() -> None:
    stage = on_stage()
    ask(stage, "upload_log")
    fact = RequestDone(id="r1", action="upload_log", outcome=Outcome.DONE, sha256="a" * 64)
    stage.turn(Ended(fact))
    assert stage.facts(RequestDone) == [fact]
    assert fact in stage.told_facts()


def test_the_same_request_acts_once_whatever_connection_brings_it_again() -> None:
    stage = on_stage()
    ask(stage, "upload_log")
    ask(stage, "upload_log")
    stage.connect()
    stage.welcome()
    ask(stage, "upload_log")
    assert len(stage.errands.asked) == 1
    stage.boot()
    stage.connect()
    stage.welcome()
    ask(stage, "upload_log")
    assert len(stage.errands.asked) == 1


def test_a_request_of_another_connection_or_past_its_expiry_is_dead_on_arrival() -> None:
    stage = on_stage()
    old = nonce(stage)
    ask(stage, "upload_log", "r0", expires_at=stage.wall)
    stage.connect()
    stage.welcome()
    ask(stage, "upload_log", nonce=old)
    assert stage.facts(RequestTaken) == []
    assert stage.errands.asked == []


def test_what_this_release_cannot_do_is_answered() -> None:
    stage = on_stage()
    ask(stage, "dance")
    assert done(stage) == [("r1", Outcome.UNSUPPORTED)]


def test_the_tones_are_the_core_s_own_and_are_answered_by_it() -> None:
    stage = on_stage()
    ask(stage, "self_test")
    stage.advance(10_000)
    assert [(f.id, f.action) for f in stage.facts(RequestDone)] == [("r1", "self_test")]
    assert any(sound is not None for pair in stage.sound.held for sound in pair)


def test_an_act_that_a_boot_left_open_is_said_to_have_failed() -> None:
    stage = on_stage()
    ask(stage, "upload_log")
    stage.boot()
    assert done(stage) == [("r1", Outcome.FAILED)]
    stage.boot()
    assert done(stage) == [("r1", Outcome.FAILED)]


def test_a_restart_is_told_and_then_the_agent_leaves() -> None:
    stage = on_stage()
    ask(stage, "restart")
    assert done(stage) == [("r1", Outcome.DONE)]
    assert not stage.loop.stopping
    stage.acknowledge()
    stage.turn()
    assert stage.loop.stopping


def test_a_restart_that_nobody_acknowledges_waits_ten_seconds() -> None:
    stage = on_stage()
    ask(stage, "restart")
    stage.advance(LEAVE_NS // 1_000_000 - 100)
    assert not stage.loop.stopping
    stage.advance(200)
    assert stage.loop.stopping


def test_nothing_is_restarted_while_something_sounds_but_on_demand() -> None:
    stage = on_stage()
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", (asset_item(ASSET),), NOW + 5000)))
    stage.advance(6000)
    assert stage.amplifier.says.closed_since is not None
    ask(stage, "restart")
    ask(stage, "restart", "r2", arguments=(("now", "1"),))
    assert done(stage) == [("r1", Outcome.BUSY), ("r2", Outcome.DONE)]


def test_a_node_is_restarted_by_request_at_most_every_ten_minutes() -> None:
    stage = on_stage()
    ask(stage, "restart")
    stage.boot()
    assert stage.facts(Boot)[-1].because is Because.REQUEST
    stage.connect()
    stage.welcome()
    ask(stage, "restart", "r2", arguments=(("now", "1"),))
    stage.advance(AGAIN_NS // 1_000_000)
    ask(stage, "restart", "r3")
    assert done(stage) == [("r1", Outcome.DONE), ("r2", Outcome.BUSY), ("r3", Outcome.DONE)]


def test_the_boot_and_the_heartbeat_say_why_it_began_and_how_the_machine_is() -> None:
    stage = on_stage()
    stage.advance(3000)
    stage.origin = Origin("m2", alive=stage.wall)
    line = Line(bearer="4g", operator="Viettel", used=1000)
    stage.host.says = Vitals(memory_free=5, load=0.5, disk_errors=2, under_voltage_since_boot=True, line=line)
    stage.boot()
    stage.connect()
    fact, told = stage.facts(Boot)[-1], stage.told(Heartbeat)[-1]
    assert (fact.because, fact.machine, fact.last_alive) == (Because.POWER, "m2", stage.wall)
    assert (told.because, told.machine, told.profile, told.versions) == (
        Because.POWER, "m2", "lan", (("loa", "1"),))  # fmt: skip
    assert (told.memory_free, told.load, told.disk_errors, told.under_voltage_since_boot) == (5, 0.5, 2, True)
    assert (told.line.bearer, told.line.operator, told.line.used) == ("4g", "Viettel", 1000)


def test_refusals_are_counted_for_the_heartbeat() -> None:
    stage = on_stage()
    stage.bring(PLAN, b"rubbish")
    stage.bring(PLAN, b"rubbish")
    stage.advance(60_000)
    assert stage.told(Heartbeat)[-1].refused == 2


def test_under_voltage_a_failing_disk_and_another_bearer_are_told_at_once_and_what_drifts_is_not() -> None:
    stage = on_stage()
    stage.advance(2000)
    before = len(stage.told(Heartbeat))
    stage.host.says = Vitals(temperature=50.0, load=2.0, memory_free=7, line=Line(used=5, signal=-70))
    stage.turn()
    assert len(stage.told(Heartbeat)) == before
    for says in (Vitals(under_voltage=True), Vitals(disk_errors=1), Vitals(line=Line(bearer="wifi"))):
        stage.host.says = says
        stage.advance(1000)
        before += 1
        assert len(stage.told(Heartbeat)) == before


def test_a_link_or_a_disk_that_hangs_starves_the_watchdog_and_systemd_is_told_why() -> None:
    stage = on_stage()
    stage.link.hangs = True
    stage.advance(119_000)
    assert stage.host.fed
    stage.advance(2000)
    fed = stage.host.fed
    stage.advance(30_000)
    assert stage.host.fed == fed
    assert stage.host.status == "does not advance: link"
    stage.link.hangs = False
    stage.host.disk_waits_since = stage.host.mono
    stage.advance(59_000)
    assert stage.host.fed > fed
    fed = stage.host.fed
    stage.advance(60_000)
    assert stage.host.fed <= fed + 1
    assert stage.host.status == "does not advance: disk"


def test_a_node_whose_sound_does_not_come_up_counts_as_started_soon_and_only_then_calls_it_a_fault() -> None:
    stage = Stage(silent=True)
    stage.connect()
    stage.advance(LATE_NS // 1_000_000 - 1000)
    assert (stage.host.became_whole, stage.host.late) == (0, 0)
    assert stage.told(Heartbeat)[-1].sound_ok is None
    stage.advance(12_000)
    assert (stage.host.became_whole, stage.host.late) == (0, 1)
    assert stage.told(Heartbeat)[-1].sound_ok is False


def test_the_watch_hears_whether_something_sounds() -> None:
    stage = on_stage()
    assert stage.host.quiet[-1]
    stage.give(PLAN, stage.office.plan(NOW, broadcast("abc", (asset_item(ASSET),), NOW + 5000)))
    stage.advance(6000)
    assert not stage.host.quiet[-1]


def test_the_last_request_is_remembered_though_it_was_acknowledged_and_booted_over() -> None:
    stage = on_stage()
    ask(stage, "upload_log")
    stage.turn(Ended(RequestDone(id="r1", action="upload_log", outcome=Outcome.DONE)))
    stage.acknowledge()
    for _ in range(3):
        stage.boot()
        stage.connect()
        stage.welcome()
        stage.acknowledge()
    ask(stage, "upload_log")
    assert len(stage.errands.asked) == 1
    assert done(stage) == [("r1", Outcome.DONE)]
