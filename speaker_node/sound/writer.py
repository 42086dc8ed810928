"""The one thread that writes to the device: it keeps it open and fed, puts each frame at its instant, and reports."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from speaker_node.sound.levels import Level
from speaker_node.sound.messages import DECODER_HANGS, RATE, Hold, Report
from speaker_node.sound.sinks import Device
from speaker_node.sound.stage import Stage

log = logging.getLogger(__name__)

IDLE_BLOCK = RATE // 20
BLOCK = RATE // 50
"""Frames: silence is fed in blocks of 50 ms, a programme in blocks of 20 ms."""
WHILE_SOUNDING, WHILE_SILENT = 500_000_000, 1_500_000_000
"""ns between two reports without a change."""
REAL_TIME_PRIORITY = 10


class DecoderHangs(Exception):
    """Nothing has come for seconds, and no end either. It cannot be cured from within: the agent starts another."""


class Writer:
    """Holds a level on a device. `on_report` is called on its thread and must not wait."""

    def __init__(self, device: Device, stage: Stage, on_report: Callable[[Report], None]) -> None:
        self._device, self._stage, self._on_report = device, stage, on_report
        self._wanted = self._taken = Hold()
        self._moves = 0
        self._level = Level()
        self._reported_at = 0
        self._reported: tuple[object, ...] = ()
        self._stopping = False
        self._silence = np.zeros(IDLE_BLOCK, np.int16)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Opens the device and feeds it from now on."""
        self._thread.start()

    def hold(self, hold: Hold) -> None:
        """The level wanted from now on; never waits."""
        self._wanted = hold

    def stop(self, within: float) -> None:
        """Fades out what sounds, ends the device and the thread; waits at most so many seconds."""
        self._wanted = Hold()
        self._stopping = True
        self._thread.join(within)

    def _run(self) -> None:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME_PRIORITY))
        try:
            while not (self._stopping and self._wanted is self._taken and self._stage.is_silent()):
                self.turn()
        except DecoderHangs as error:
            log.error("the decoder gives nothing for %s", error)
            os._exit(DECODER_HANGS)
        except Exception:
            # Without its writer the process is of no use: the agent starts another.
            log.exception("the writer failed")
            os._exit(1)
        self._device.close()

    def turn(self) -> None:
        """Writes one block."""
        instant = self._device.next_instant()
        if self._moves != self._device.moves:
            self._moves = self._device.moves
            self._stage.realign()
        if instant is None:
            self._device.write(self._silence, "")
        else:
            self._sound(instant)
        self._tell(instant)

    def _sound(self, instant: int) -> None:
        if self._wanted is not self._taken:
            self._taken = self._wanted
            self._stage.converge(self._taken, instant)
        most = BLOCK if self._stage.is_sounding() else IDLE_BLOCK
        voice, frames = self._stage.block(instant, most)
        if voice is None:
            self._device.write(self._silence[:frames], "")
        else:
            samples = voice.render(instant, frames, heard=self._device.ok)
            if self._device.ok:
                self._level.add(instant, samples)
            self._device.write(samples, voice.token)
            if voice.starves(instant):
                raise DecoderHangs(voice.token)

    def _tell(self, instant: int | None) -> None:
        now = time.monotonic_ns()
        self._stage.settle(now, instant)
        progress = self._stage.progress(now, instant)
        stands = progress and (progress.token, progress.final, progress.ended)
        mute = self._stage.mute()
        unread = self._stage.unread()
        about = (stands, self._stage.last, self._device.ok, self._device.error, mute, unread)
        news = about != self._reported
        if news or now - self._reported_at >= (WHILE_SOUNDING if self._stage.is_sounding() else WHILE_SILENT):
            self._reported_at, self._reported = now, about
            device = self._device
            underruns = device.underruns + self._stage.underruns()
            level = None if instant is None else self._level.read(instant)
            self._on_report(
                Report(
                    device.ok,
                    device.error,
                    progress,
                    self._stage.last,
                    underruns,
                    level=level,
                    device=device.name,
                    mute=mute,
                    unread=unread,
                )
            )
