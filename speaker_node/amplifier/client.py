"""The agent's side of the guard: it holds a level, the guard holds the relay."""

import logging
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from playlists.reports import AmplifierFault
from speaker_node.amplifier.messages import Hold, Lines, Report, decode_report, encode
from speaker_node.values import AmplifierState

log = logging.getLogger(__name__)

RENEW_NS = 200_000_000
"""A closed relay is renewed at most this often, however fast the loop turns."""
ANSWER_NS = 1_000_000_000
"""A guard that does not answer a Hold for so long hangs: it is killed, and its successor opens the relay."""
FRESH_NS = 1_000_000_000
LOOK_NS = 3_000_000_000
"""How often a guard with an open relay is asked whether it is there: one that hangs could close nothing."""
HUNG = "hung"
LAST_ACT = 5.0
"""Seconds that the opening of the relay may take after a guard has died."""
FIRST_BACK_OFF, LONGEST_BACK_OFF, STEADY = 0.2, 30.0, 60.0


class AmplifierClient:
    """Keeps one guard process alive and tells it the level that the loop holds.

    `hold` is itself the renewal: while closed, the loop calls it at least every 0.5 s; a loop that hangs stops renewing
    and the guard opens the relay. `on_state` is called on another thread after each change; it may only post.
    """

    def __init__(self, command: Sequence[str], on_state: Callable[[AmplifierState], None]) -> None:
        self._command, self._on_state = list(command), on_state
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._hold = Hold(False, "", 0)
        self._sent: Hold | None = None
        self._awaited_ns: int | None = None
        self._state, self._fault = AmplifierState(), ""
        self._generation, self._because, self._because_at = 0, "", 0
        self._cannot_hold = False
        self._stopping = threading.Event()
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._keeper = threading.Thread(target=self._keep, name="amplifier", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process id of the present guard."""
        process = self._process
        return process.pid if process else None

    @property
    def fault(self) -> str:
        """Why the guard is not whole, in its own words; empty when it is."""
        return self._fault

    def start(self) -> None:
        """Starts the guard, and again whenever it dies."""
        self._keeper.start()

    def hold(self, closed: bool, cause: str) -> None:
        """The level to hold now, and the token that caused it. Never waits."""
        hold = Hold(closed, cause[:200], time.monotonic_ns())
        with self._lock:
            self._hold = hold
            if self._is_news(hold):
                self._send(hold)

    def state(self) -> AmplifierState:
        """What the guard last said."""
        return self._state

    def restart(self) -> None:
        """Kills the guard; its successor starts with the relay open and takes up the level held."""
        with self._lock:
            if self._process:
                self._process.kill()

    def stop(self) -> None:
        """Opens the relay and ends the guard; returns within some 3 s."""
        self._stopping.set()
        with self._lock:
            if self._process and self._process.stdin:
                self._process.stdin.close()
        if self._keeper.is_alive():
            self._keeper.join(1.0)
            self.restart()
            self._keeper.join(2.0)

    def _is_news(self, hold: Hold) -> bool:
        sent = self._sent
        if sent is None:
            return hold.relay
        if (sent.relay, sent.cause) != (hold.relay, hold.cause):
            return sent.relay or hold.relay
        return hold.relay and hold.at_ns - sent.at_ns >= RENEW_NS

    def _send(self, hold: Hold) -> None:
        """With the lock held. A full pipe is a guard that hangs (the keeper sees to it), a broken one a dead guard."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.closed:
            return
        with suppress(OSError):
            os.write(process.stdin.fileno(), encode(hold))
            self._sent = hold
        if self._awaited_ns is None:
            self._awaited_ns = hold.at_ns
            with suppress(BlockingIOError):
                os.write(self._wake_w, b"\0")

    def _keep(self) -> None:
        back_off = FIRST_BACK_OFF
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                reason = self._live(self._spawn())
            except OSError as error:
                reason = self._fault = str(error)
            self._died(reason or "ended")
            steady = time.monotonic() - started > STEADY
            back_off = FIRST_BACK_OFF if steady else back_off
            if reason and (self._stopping.is_set() or back_off > FIRST_BACK_OFF):
                self._open()
            if not self._stopping.is_set():
                log.warning("the guard of the relay ended (%s); again in %.1f s", self._fault or reason, back_off)
            self._stopping.wait(back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF)
        os.close(self._wake_r)
        os.close(self._wake_w)

    def _spawn(self) -> subprocess.Popen[bytes]:
        """In a session of its own: a terminal's Ctrl-Z must not freeze it with the relay closed."""
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        assert process.stdin
        os.set_blocking(process.stdin.fileno(), False)
        with self._lock:
            self._process, self._sent, self._awaited_ns = process, None, None
            self._generation += 1
            self._cannot_hold = False
            if self._hold.relay and time.monotonic_ns() - self._hold.at_ns < FRESH_NS:
                self._send(self._hold)
        return process

    def _live(self, process: subprocess.Popen[bytes]) -> str:
        """Until this guard is dead, or was killed because it does not answer; why it ended."""
        reason = ""
        assert process.stdout
        assert process.stdin
        lines, stdout = Lines(), process.stdout.fileno()
        while True:
            patience = self._patience()
            ready, _, _ = select.select([stdout, self._wake_r], [], [], LOOK_NS / 1e9 if patience is None else patience)
            if self._wake_r in ready:
                os.read(self._wake_r, 4096)
            if stdout in ready:
                data = os.read(stdout, 65_536)
                if not data:
                    break
                self._hear(lines.feed(data))
            elif self._patience() == 0:
                log.error("the guard of the relay does not answer; killed")
                process.kill()
                reason = HUNG
                self._answered()
                self._become(AmplifierState())  # at once: what the kernel cannot end would be called alive for ever
            elif patience is None and not ready:
                self._ask()
        code = process.wait()
        process.stdout.close()
        with self._lock:
            process.stdin.close()
        return reason or (f"killed by signal {-code}" if code < 0 else f"exit code {code}" if code else "")

    def _ask(self) -> None:
        """For a word of a guard with an open relay; a closed one only the loop may renew."""
        with self._lock:
            if self._awaited_ns is None and not self._hold.relay and not (self._sent and self._sent.relay):
                self._send(replace(self._hold, at_ns=time.monotonic_ns()))

    def _open(self) -> None:
        """What a guard that did not end by itself left closed is opened before its successor comes, or if none does."""
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                [*self._command, "--off"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                timeout=LAST_ACT,
                check=False,
            )

    def _died(self, reason: str) -> None:
        self._because, self._because_at = reason, time.monotonic_ns()
        self._become(self._state_of(AmplifierState(fault=AmplifierFault.PINS if self._cannot_hold else None)))

    def _state_of(self, state: AmplifierState) -> AmplifierState:
        return replace(
            state, generation=self._generation, because=self._because, because_at=self._because_at
        )  # fmt: skip

    def _answered(self) -> None:
        with self._lock:
            self._awaited_ns = None

    def _patience(self) -> float | None:
        with self._lock:
            awaited = self._awaited_ns
        return None if awaited is None else max(0, awaited + ANSWER_NS - time.monotonic_ns()) / 1e9

    def _hear(self, rows: Sequence[bytes]) -> None:
        for row in rows:
            with suppress(ValueError):
                report = decode_report(row)
                self._answered()
                self._learn(report)

    def _learn(self, report: Report) -> None:
        self._fault = report.fault or ""
        self._cannot_hold = not report.alive
        fault = AmplifierFault(report.stuck) if report.stuck in set(AmplifierFault) else None
        state = AmplifierState(report.alive, report.since_ns if report.closed else None, report.read_back, fault)
        if state.closed_since != self._state.closed_since:
            log.info("relay %s: %s", "closed" if report.closed else "open", report.cause)
        if fault != self._state.fault:
            log.error("the relay is %s", fault or "well again")
        self._become(self._state_of(state))

    def _become(self, state: AmplifierState) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
