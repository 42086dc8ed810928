"""The agent's side of the sound process: it holds a level, the process makes it sound."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from speaker_node.sound import messages
from speaker_node.sound.messages import Hold, Progress, Report
from speaker_node.values import PlayerReport, Sound, SoundState

log = logging.getLogger(__name__)

FIRST_WORD, SILENT_TOO_LONG = 20.0, 2.5
"""Seconds without a report after which the process hangs, and is killed: while it loads libVLC, and later."""
HUNG, MUTE = "hung", "mute"
"""Why a process is killed: it says nothing; it gives silence in place of sound."""
LEAVE = 2.0
"""Seconds that an orderly end may take."""
FIRST_BACK_OFF, LONGEST_BACK_OFF, STEADY = 0.2, 10.0, 60.0
THRIFT = {"MALLOC_ARENA_MAX": "2"}
"""libVLC begins some threads for each file: with an arena for each, as libc would have it, memory is scattered over
them for weeks until all have been as full as ever."""


class SoundClient:
    """Keeps one sound process alive and tells it the level that the loop holds.

    `library`: the folder of assets, each at `{sha256[:2]}/{sha256}`. `on_state` is called on another thread after each
    report and at the death of the process; it may only post. `on_unread`: an asset could not be read, or gave less than
    it should, while it sounded; on that thread, too.
    """

    def __init__(
        self,
        command: Sequence[str],
        library: Path,
        on_state: Callable[[SoundState], None],
        on_unread: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._on_unread = on_unread
        self._unread: tuple[str, ...] = ()
        self._command, self._library, self._on_state = list(command), library.absolute(), on_state
        self._news = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._held: tuple[Sound | None, Sound | None] = (None, None)
        self._line: bytes | None = None
        self._state = SoundState()
        self._generation = 0
        self._because = ""
        self._because_at = 0
        self._mute = ""
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="sound", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process id of the present sound process."""
        process = self._process
        return process.pid if process else None

    def start(self) -> None:
        """Starts the process, and again whenever it dies."""
        self._keeper.start()

    def hold(self, now: Sound | None, next: Sound | None = None) -> None:  # noqa: A002 - the contract's word
        """The level to hold from now on; calling it again with the same does nothing. Never waits."""
        if _same(now, self._held[0]) and _same(next, self._held[1]):
            return
        with self._news:
            self._held = (now, next)
            self._line = self._encoded()
            self._news.notify()

    def state(self) -> SoundState:
        """What the process last said."""
        return self._state

    def alive(self) -> bool:
        """Whether the process runs and has said so."""
        return self._state.alive

    def restart(self) -> None:
        """Kills the process; its successor takes up the level held, each frame at its instant."""
        process = self._process
        if process:
            process.kill()

    def stop(self) -> None:
        """Fades out and ends the process; returns within some 3 s."""
        self._stopping.set()
        with self._news:
            self._news.notify()
        if self._keeper.is_alive():
            self._keeper.join(LEAVE)
            self.restart()
            self._keeper.join(1.0)

    def _encoded(self) -> bytes:
        return messages.encode(Hold(*map(self._message, self._held)))

    def _message(self, sound: Sound | None) -> messages.Sound | None:
        if sound is None:
            return None
        cues = tuple(messages.Cue(self._path(cue.sha256), cue.frames, cue.tone) for cue in sound.cues)
        return messages.Sound(sound.token, cues, sound.at, sound.first, sound.until, sound.gain)

    def _path(self, sha256: str | None) -> str | None:
        return None if sha256 is None else str(self._library / sha256[:2] / sha256)

    def _keep(self) -> None:
        back_off = FIRST_BACK_OFF
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                reason = self._live(self._spawn())
            except OSError as error:
                reason = f"not started: {error}"
            self._died(reason)
            back_off = FIRST_BACK_OFF if time.monotonic() - started > STEADY else back_off
            if not self._stopping.is_set():
                log.warning("the sound process ended (%s); again in %.1f s", reason, back_off)
            self._stopping.wait(back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF)

    def _spawn(self) -> subprocess.Popen[bytes]:
        """In a session of its own: what a terminal sends to the agent must not reach it first."""
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=os.environ | THRIFT,
        )
        with self._news:
            self._process = process
            self._generation += 1
            self._line = self._encoded() if any(self._held) else None
        return process

    def _live(self, process: subprocess.Popen[bytes]) -> str:
        """Until this process is dead; why it is."""
        sender = threading.Thread(target=self._send, args=(process,), name="sound-hold", daemon=True)
        sender.start()
        reason = ""
        try:
            reason = self._listen(process)
        finally:
            process.kill()
            self._become(replace(self._state, alive=False))  # at once: what the kernel cannot end is not alive
            process.wait()
            with self._news:
                self._process = None
                self._news.notify()
            sender.join()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe and pipe.close()
        return reason or ended_by(process.returncode)

    def _send(self, process: subprocess.Popen[bytes]) -> None:
        """Writes each new level; the latest only, if the process is slow. At the end closes its stdin: it leaves."""
        assert process.stdin
        with suppress(OSError):
            while (line := self._next_line(process)) is not None:
                process.stdin.write(line)
            process.stdin.close()

    def _next_line(self, process: subprocess.Popen[bytes]) -> bytes | None:
        with self._news:
            self._news.wait_for(lambda: self._line or self._stopping.is_set() or self._process is not process)
            if self._stopping.is_set() or self._process is not process:
                return None
            line, self._line = self._line, None
        return line

    def _listen(self, process: subprocess.Popen[bytes]) -> str:
        """Until the process is to be killed, and why; empty: it ended by itself."""
        assert process.stdout
        rest, patience = b"", FIRST_WORD
        while True:
            if not select.select([process.stdout], [], [], patience)[0]:
                return HUNG
            data = process.stdout.read(65_536)
            if not data:
                process.wait()
                return ""
            patience = SILENT_TOO_LONG
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if self._hear(line):
                    return MUTE

    def _hear(self, line: bytes) -> bool:
        """Takes a report; whether its decoder is to be tried anew because it gives silence in place of sound."""
        try:
            report = messages.decode_report(line)
        except ValueError as error:
            log.warning("the sound process said what is no report: %s", error)
            return False
        if report.refused:
            log.error("the sound process refused a line: %s", report.refused)
        self._become(self._state_of(report))
        for name in report.unread:
            if name not in self._unread:
                log.warning("asset %s could not be read while it sounded", name[:64])
                self._on_unread(name)
        self._unread = report.unread
        # Another process gives the same of the same file: once is enough.
        again = bool(report.mute) and report.mute != self._mute
        self._mute = report.mute or self._mute
        return again

    def _state_of(self, report: Report) -> SoundState:
        now, last = player_report(report.now), player_report(report.last)
        error = report.error or (f"{MUTE}: {report.mute}" if report.mute else "")
        return SoundState(
            True, self._generation, report.device_ok, error, now, last, report.level, report.device, self._because,
            self._because_at,
        )  # fmt: skip

    def _died(self, reason: str) -> None:
        was, self._because, self._because_at = self._state, reason, time.monotonic_ns()
        last = was.now or was.last
        self._become(
            SoundState(generation=self._generation, last=last, because=reason, because_at=self._because_at)
        )  # fmt: skip

    def _become(self, state: SoundState) -> None:
        self._state = state
        self._on_state(state)


def ended_by(code: int) -> str:
    """In a few words, how a process ended."""
    if code == messages.DECODER_HANGS:
        return "decoder hung"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _same(one: Sound | None, other: Sound | None) -> bool:
    return other is None if one is None else one.same_as(other)


def player_report(progress: Progress | None) -> PlayerReport | None:
    """A report in the node's own values."""
    if progress is None:
        return None
    return PlayerReport(
        progress.token,
        progress.position,
        progress.taken,
        progress.sounded,
        progress.missing,
        progress.by_cue,
        progress.loudness,
        progress.start_error,
        progress.ended,
    )
