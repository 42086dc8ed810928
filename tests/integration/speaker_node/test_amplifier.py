"""The guard as a real process, with gpiozero's mock pins: the relay opens whoever dies, hangs or lies."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from playlists.reports import AmplifierFault
from speaker_node.amplifier.client import AmplifierClient
from speaker_node.amplifier.messages import Hold, encode
from speaker_node.amplifier.relays import Relays, Wiring
from speaker_node.values import AmplifierState
from tests.support.waiting import wait_for

LEASE = 0.5


def guard(edges: Path, *more: str, pins: str = "17") -> list[str]:
    """The guard's command with a short lease."""
    command = [sys.executable, "-m", "speaker_node.amplifier", "--pins", pins, "--mock", str(edges)]
    return [*command, "--lease", str(LEASE), *more]


def edges_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in file.read_text().splitlines()] if file.exists() else []


def seen(file: Path) -> list[tuple[bool, str]]:
    return [(edge["closed"], edge["cause"]) for edge in edges_of(file)]


class Loop:
    """Stands for the agent's loop: calls `hold` every 0.1 s until told to hang."""

    def __init__(self, client: AmplifierClient) -> None:
        self.client, self.level, self._over = client, (False, "idle"), threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()

    def _turn(self) -> None:
        while not self._over.wait(0.1):
            self.client.hold(*self.level)

    def hang(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    return tmp_path / "relay.jsonl"


@pytest.fixture
def run() -> Iterator[Callable[..., tuple[AmplifierClient, Loop, list[AmplifierState]]]]:
    """Starts a client with its loop; stops both after the test."""
    started: list[tuple[AmplifierClient, Loop]] = []

    def start(command: list[str]) -> tuple[AmplifierClient, Loop, list[AmplifierState]]:
        states: list[AmplifierState] = []
        client = AmplifierClient(command, states.append)
        client.start()
        loop = Loop(client)
        started.append((client, loop))
        wait_for(lambda: client.state().alive, "the guard lives")
        return client, loop, states

    yield start
    for client, loop in started:
        loop.hang()
        client.stop()


Run = Callable[..., tuple[AmplifierClient, Loop, list[AmplifierState]]]


def test_the_relay_is_open_at_start_closes_when_held_and_opens_when_let_go(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    assert client.state().closed_since is None
    assert seen(edges) == []
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    loop.level = (False, "linger over")
    wait_for(lambda: client.state().closed_since is None, "the relay opens")
    assert seen(edges) == [(True, "b1"), (False, "linger over")]


def test_each_edge_is_recorded_with_both_clocks_and_its_pin(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges, pins="17,27"))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    rows = edges_of(edges)
    assert [(row["pin"], row["closed"]) for row in rows] == [(17, True), (27, True)]
    assert rows[0]["mono_ns"] == rows[1]["mono_ns"]
    assert 0 <= (client.state().closed_since or 0) - rows[0]["mono_ns"] < 100_000_000
    assert abs(rows[0]["wall_ms"] - time.time() * 1000) < 10_000


def test_a_closed_relay_stays_closed_while_the_loop_turns(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    since = client.state().closed_since
    wait_for(lambda: time.monotonic_ns() > (since or 0) + 4 * LEASE * 1e9, "time has passed")
    assert seen(edges) == [(True, "b1")]


def test_a_loop_that_hangs_opens_the_relay_within_the_lease(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    loop.hang()
    hung = time.monotonic_ns()
    wait_for(lambda: client.state().closed_since is None, "the relay opens")
    assert seen(edges)[-1] == (False, "lease")
    assert edges_of(edges)[-1]["mono_ns"] - hung < LEASE * 1e9 + 1e9


def test_an_open_relay_needs_no_words(run: Run, edges: Path) -> None:
    """Neither side writes while nothing changes, but for a look every three seconds: the guard sleeps."""
    client, _, states = run(guard(edges))
    wait_for(lambda: client.state().alive, "the guard lives")
    status = Path(f"/proc/{client.pid}/status")

    def switches() -> str:
        return next(row for row in status.read_text().splitlines() if row.startswith("voluntary"))

    def quiet_for_a_second() -> bool:
        before, told, end = switches(), len(states), time.monotonic() + 1
        wait_for(lambda: time.monotonic() > end, "time has passed")
        return (switches(), len(states)) == (before, told)

    wait_for(quiet_for_a_second, "the guard sleeps", 6)


def test_longest_on_opens_the_relay_under_a_loop_that_goes_on_renewing(run: Run, edges: Path) -> None:
    _, loop, _ = run(guard(edges, "--longest-on", "1"))
    loop.level = (True, "b1")
    wait_for(lambda: len(edges_of(edges)) == 2, "the edges are recorded")
    assert seen(edges) == [(True, "b1"), (False, "longest_on")]
    first, last = edges_of(edges)
    assert 0.99e9 < last["mono_ns"] - first["mono_ns"] < 2e9
    loop.level = (True, "b2")
    wait_for(lambda: len(edges_of(edges)) == 3, "a new cause closes")
    assert seen(edges)[2] == (True, "b2")


def test_a_guard_that_is_killed_is_followed_by_one_that_opens_and_takes_up_the_level(run: Run, edges: Path) -> None:
    client, loop, states = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    os.kill(client.pid or 0, signal.SIGKILL)
    wait_for(lambda: len(edges_of(edges)) == 3, "the edges are recorded")
    assert seen(edges) == [(True, "b1"), (False, "start"), (True, "b1")]
    assert edges_of(edges)[1]["mono_ns"] - edges_of(edges)[0]["mono_ns"] < 2_000_000_000
    dead = [state for state in states if not state.alive]
    assert [(state.closed_since, state.fault, state.because) for state in dead] == [(None, None, "killed by signal 9")]
    wait_for(lambda: client.state().generation == 2, "the new guard speaks")
    assert client.state().because == "killed by signal 9"


def test_a_guard_that_is_frozen_is_killed_and_replaced(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    frozen = client.pid
    os.kill(frozen or 0, signal.SIGSTOP)
    stopped = time.monotonic_ns()
    wait_for(lambda: (False, "start") in seen(edges), "the new guard opens")
    assert edges_of(edges)[1]["mono_ns"] - stopped < 3_000_000_000
    assert client.pid != frozen
    wait_for(lambda: client.state().alive, "the new guard lives")
    assert client.state().because == "hung"


def test_a_guard_that_is_frozen_while_nothing_sounds_is_replaced_before_it_is_needed(run: Run, edges: Path) -> None:
    client, _, _ = run(guard(edges))
    frozen = client.pid
    os.kill(frozen or 0, signal.SIGSTOP)
    wait_for(lambda: client.pid not in (None, frozen) and client.state().alive, "the new guard lives", 8)
    assert client.state().because == "hung"


def test_a_guard_that_hangs_again_and_again_is_opened_for_before_its_successor_may_come(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    for _ in range(3):
        wait_for(lambda: client.state().closed_since is not None, "the relay closes", 15)
        before = len(edges_of(edges))
        stopped = time.monotonic_ns()
        os.kill(client.pid or 0, signal.SIGSTOP)
        rows = wait_for(lambda n=before: edges_of(edges)[n:], "the relay opens", 10)  # type: ignore[misc]
        assert not rows[0]["closed"]
        assert rows[0]["mono_ns"] - stopped < 4_000_000_000
    assert [cause for closed, cause in seen(edges) if not closed] == ["start", "off", "off"]


def test_a_guard_that_hangs_while_the_agent_leaves_does_not_leave_the_relay_closed(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    loop.hang()
    os.kill(client.pid or 0, signal.SIGSTOP)
    client.stop()
    wait_for(lambda: seen(edges)[-1] == (False, "off"), "the relay opens", 3)


def test_restart_gives_a_new_guard_with_the_relay_open(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    loop.level = (False, "restart")
    client.restart()
    wait_for(lambda: client.state().generation == 2 and client.state().alive, "the new guard lives")
    assert client.state().closed_since is None
    assert seen(edges)[-1][0] is False


def test_stop_opens_the_relay_and_leaves_no_process(run: Run, edges: Path) -> None:
    client, loop, _ = run(guard(edges))
    loop.level = (True, "b1")
    wait_for(lambda: client.state().closed_since is not None, "the relay closes")
    pid = client.pid or 0
    loop.hang()
    client.stop()
    assert seen(edges)[-1] == (False, "agent gone")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_guard_that_cannot_hold_its_pins_says_why_and_is_not_alive(edges: Path) -> None:
    client = AmplifierClient(guard(edges, pins="17,17"), lambda _: None)
    client.start()
    wait_for(lambda: bool(client.fault), "the fault is told")
    assert "different pins" in client.fault
    wait_for(lambda: client.state().fault is AmplifierFault.PINS, "the fault stays though no guard lives")
    assert not client.state().alive
    client.stop()


def test_a_command_that_does_not_exist_is_a_fault_and_no_exception() -> None:
    client = AmplifierClient(["/does/not/exist"], lambda _: None)
    client.start()
    wait_for(lambda: "No such file" in client.fault, "the fault is told")
    client.hold(True, "b1")
    client.stop()


AGENT = """
import sys, time
from speaker_node.amplifier.client import AmplifierClient
client = AmplifierClient(sys.argv[1:], lambda _: None)
client.start()
while True:
    client.hold(True, "b1")
    time.sleep(0.1)
"""


@pytest.fixture
def agent(edges: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """An agent as a process of its own that holds the relay closed; with its guard's process id."""
    process = subprocess.Popen([sys.executable, "-c", AGENT, *guard(edges)])
    try:
        wait_for(lambda: seen(edges) == [(True, "b1")], "the relay closes")
        yield process, guard_of(process.pid)
    finally:
        process.kill()
        process.wait()


def guard_of(pid: int) -> int:
    """The one child of an agent, whichever of its threads started it."""
    found = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    assert len(found) == 1
    return found[0]


def gone(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    return True


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_death_of_the_agent_opens_the_relay_at_once(
    agent: tuple["subprocess.Popen[bytes]", int], edges: Path, how: signal.Signals
) -> None:
    process, pid = agent
    killed = time.monotonic_ns()
    process.send_signal(how)
    wait_for(lambda: seen(edges)[-1] == (False, "agent gone"), "the edge is recorded")
    assert edges_of(edges)[-1]["mono_ns"] - killed < 1_000_000_000
    wait_for(lambda: gone(pid), "the guard has ended")


def test_a_frozen_agent_loses_the_relay_with_the_lease(
    agent: tuple["subprocess.Popen[bytes]", int], edges: Path
) -> None:
    process, pid = agent
    process.send_signal(signal.SIGSTOP)
    frozen = time.monotonic_ns()
    wait_for(lambda: seen(edges)[-1] == (False, "lease"), "the edge is recorded")
    assert edges_of(edges)[-1]["mono_ns"] - frozen < LEASE * 1e9 + 1e9
    process.send_signal(signal.SIGCONT)
    wait_for(lambda: seen(edges)[-1] == (True, "b1"), "the edge is recorded")
    assert not gone(pid)


@pytest.fixture
def bare(edges: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A guard without a client, its pipes in the test's hands."""
    process = subprocess.Popen(guard(edges), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def say(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    assert process.stdin
    process.stdin.write(data)
    process.stdin.flush()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_opens_the_relay_and_ends_the_guard(
    bare: "subprocess.Popen[bytes]", edges: Path, how: signal.Signals
) -> None:
    say(bare, encode(Hold(True, "b1", time.monotonic_ns())))
    wait_for(lambda: seen(edges) == [(True, "b1")], "the edges are recorded")
    bare.send_signal(how)
    assert bare.wait(2) == 0
    assert seen(edges)[-1] == (False, "stop")


def test_rubbish_closes_nothing_and_the_next_hold_is_heard(bare: "subprocess.Popen[bytes]", edges: Path) -> None:
    say(bare, b"\xff\x00" * 9000 + b'\n{"relay": true}\n[[[[\n')
    say(bare, encode(Hold(True, "b1", time.monotonic_ns())))
    wait_for(lambda: bool(seen(edges)), "the relay closes")
    assert seen(edges)[0] == (True, "b1")


def test_holds_that_waited_while_the_guard_was_frozen_close_nothing(
    bare: "subprocess.Popen[bytes]", edges: Path
) -> None:
    assert bare.stdout
    bare.stdout.readline()
    bare.send_signal(signal.SIGSTOP)
    said = time.monotonic_ns()
    say(bare, encode(Hold(True, "b1", said)))
    wait_for(lambda: time.monotonic_ns() > said + LEASE * 1e9, "time has passed")
    bare.send_signal(signal.SIGCONT)
    assert json.loads(bare.stdout.readline())["closed"] is False
    assert seen(edges) == []


def test_an_agent_that_does_not_read_reports_cannot_keep_the_relay_closed(
    bare: "subprocess.Popen[bytes]", edges: Path
) -> None:
    for _ in range(2000):
        say(bare, encode(Hold(True, "b1", time.monotonic_ns())))
    wait_for(lambda: seen(edges)[-1:] == [(False, "lease")], "the edge is recorded")


def test_a_record_that_cannot_be_written_is_told_and_stops_no_relay(tmp_path: Path) -> None:
    command = guard(Path("/dev/full"))
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    say(process, encode(Hold(True, "b1", time.monotonic_ns())))
    told = json.loads(process.stdout.readline())
    assert told["closed"] is True
    assert "No space" in told["fault"]
    process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(("more", "high_when_closed"), [((), True), (("--active-low",), False)])
def test_an_active_low_board_is_driven_the_other_way_round(
    edges: Path, run: Run, more: tuple[str, ...], high_when_closed: bool
) -> None:
    _, loop, _ = run(guard(edges, *more))
    loop.level = (True, "b1")
    wait_for(lambda: len(edges_of(edges)) == 1, "the relay closes")
    loop.level = (False, "over")
    wait_for(lambda: len(edges_of(edges)) == 2, "the relay opens")
    assert [edge["high"] for edge in edges_of(edges)] == [high_when_closed, not high_when_closed]


@pytest.mark.parametrize("active_low", [False, True])
def test_the_lines_are_open_from_the_first_instant_and_stay_driven(edges: Path, active_low: bool) -> None:
    """A pin that floats would energise an active-low board: at the end it must still be an output."""
    relays = Relays(Wiring((17, 27), active_low, mock=edges), lambda: None, "start")
    pins = [device.pin for device in relays._devices]
    assert [(pin.function, pin.state) for pin in pins] == [("output", active_low)] * 2
    relays.switch(True, "b1")
    relays.off()
    assert [(pin.function, pin.state) for pin in pins] == [("output", active_low)] * 2


def test_mock_pins_leave_their_edges_to_the_file(edges: Path) -> None:
    relays = Relays(Wiring((17,), read_back=22, mock=edges), lambda: None, "start")
    for closed in (True, False) * 5:
        relays.switch(closed, "b1")
    assert len(edges_of(edges)) == 10
    assert [len(device.pin.states) for device in (*relays._devices, relays._contact)] == [1, 1]


def test_the_auxiliary_contact_is_read_back_and_a_change_of_it_is_told(edges: Path) -> None:
    changed = threading.Event()
    relays = Relays(Wiring((17,), read_back=22, mock=edges), changed.set, "start")
    assert relays.read_back() is False
    relays._contact.pin.drive_low()
    assert changed.wait(2)
    assert relays.read_back() is True


def test_the_agent_is_told_what_the_contact_says(edges: Path, run: Run) -> None:
    client, loop, _ = run(guard(edges, "--read-back", "22"))
    assert client.state().read_back is False
    loop.level = (True, "b1")
    wait_for(lambda: client.state().read_back, "the contact follows")
    assert client.state().fault is None


def test_a_relay_that_is_stuck_is_told_within_five_seconds_and_so_is_its_cure(edges: Path, run: Run) -> None:
    stands = edges.with_suffix(".contact")
    stands.write_text("open")
    client, loop, _ = run(guard(edges, "--read-back", "22", pins="17,27,5,6"))
    loop.level = (True, "b1")
    asked = time.monotonic()
    wait_for(lambda: client.state().fault is AmplifierFault.STUCK_OPEN, "it is stuck open", 5)
    assert time.monotonic() - asked > 0.9, "a contact has its time to settle"
    stands.unlink()
    loop.level = (False, "over")
    wait_for(lambda: client.state().fault is None, "it is well again", 5)
    loop.level = (True, "b2")
    wait_for(lambda: client.state().read_back, "the contact follows")
    stands.write_text("closed")
    loop.level = (False, "over")
    wait_for(lambda: client.state().fault is AmplifierFault.STUCK_CLOSED, "it is stuck closed", 5)
    assert {edge["pin"] for edge in edges_of(edges)[-4:]} == {17, 27, 5, 6}
    assert not any(edge["closed"] for edge in edges_of(edges)[-4:]), "all of them are open: one in series opens it"


def test_a_contact_that_closes_by_itself_is_told_though_nobody_asks(edges: Path, run: Run) -> None:
    client, _, _ = run(guard(edges, "--read-back", "22"))
    edges.with_suffix(".contact").write_text("closed")
    wait_for(lambda: client.state().fault is AmplifierFault.STUCK_CLOSED, "closed without command", 5)


def test_a_line_that_does_not_follow_is_seen(edges: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relays = Relays(Wiring((17, 27), mock=edges), lambda: None, "start")
    assert relays.follow()
    monkeypatch.setattr(relays._devices[1].pin, "_set_state", lambda value: None)
    relays.switch(True, "b1")
    assert not relays.follow()
    relays.switch(False, "over")
    assert relays.follow()


@pytest.mark.parametrize("more", [(), ("--active-low",)])
def test_the_last_act_opens_what_a_killed_guard_left_closed(edges: Path, more: tuple[str, ...]) -> None:
    process = subprocess.Popen(guard(edges, *more, pins="17,27"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    say(process, encode(Hold(True, "b1", time.monotonic_ns())))
    wait_for(lambda: len(seen(edges)) == 2, "the relays close")
    process.kill()
    process.communicate()
    ended = subprocess.run(guard(edges, "--off", *more, pins="17,27"), timeout=20, check=False)
    assert ended.returncode == 0
    assert seen(edges)[2:] == [(False, "off"), (False, "off")]
    subprocess.run(guard(edges, "--off", *more, pins="17,27"), timeout=20, check=True)
    assert len(seen(edges)) == 4


@pytest.mark.parametrize(("pins", "read_back"), [((), None), ((1, 2, 3, 4, 5), None), ((17,), 17), ((40,), None)])
def test_a_wiring_that_cannot_be_is_refused(pins: tuple[int, ...], read_back: int | None) -> None:
    with pytest.raises(ValueError):
        Wiring(pins, read_back=read_back)


def test_an_edge_that_a_power_cut_tore_does_not_spoil_the_record(edges: Path, run: Run) -> None:
    edges.write_text('{"pin": 17, "closed": true, "cause": "b0"}\n{"pin": 17, "clo')
    run(guard(edges))
    rows = edges.read_text().splitlines()
    assert rows[1] == '{"pin": 17, "clo'
    assert json.loads(rows[2])["closed"] is False
    assert json.loads(rows[2])["cause"] == "start"


def test_real_pins_without_gpio_end_the_guard_with_a_reason() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "speaker_node.amplifier", "--pins", "17"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert json.loads(ended.stdout.splitlines()[-1])["alive"] is False
