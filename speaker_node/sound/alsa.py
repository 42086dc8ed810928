"""A sound card through libasound: opened by a stable name, fed with silence, asked for its delay."""

from __future__ import annotations

import ctypes
import time
from collections import deque
from statistics import median

import numpy as np

from speaker_node.sound.messages import RATE
from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Samples
from speaker_node.sound.sinks import BUFFER, SinkError

PLAYBACK, NOT_BLOCKING, S16_LE, INTERLEAVED, PREPARED, RUNNING = 0, 1, 2, 3, 2, 3
"""libasound's numbers."""
READINGS = 9
"""The device's clock is the median of so many readings of its delay: one alone may be late by a period."""
TOO_FAST = 1_000_000_000
"""ns by which a device may take more than real time: `null` and files take all at once and prove nothing."""


_UNHEARD = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
    lambda *_: None
)
"""libasound would print each failed attempt; the reason is told once, by the code it returns."""


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise SinkError("libasound is missing: is the package libasound2 installed?") from error
    library.snd_strerror.restype = ctypes.c_char_p
    library.snd_pcm_writei.restype = ctypes.c_long
    library.snd_pcm_writei.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
    library.snd_lib_error_set_handler(_UNHEARD)
    return library


class AlsaSink:
    """One ALSA device, as mono where it can, else with the same samples on both channels."""

    def __init__(self, device: str) -> None:
        self.name = device
        self._alsa: ctypes.CDLL | None = None
        self._pcm = ctypes.c_void_p()
        self._channels = 1
        self._begin()

    def open(self) -> None:
        """Opens and prepares the device; it runs once its buffer is full."""
        self._alsa = self._alsa or _library()
        # A device that somebody else holds must say so: a blocking open would wait for it, for ever.
        self._check(self._alsa.snd_pcm_open(ctypes.byref(self._pcm), self.name.encode(), PLAYBACK, NOT_BLOCKING))
        self._alsa.snd_pcm_nonblock(self._pcm, 0)
        for self._channels in (1, 2):
            answer = self._alsa.snd_pcm_set_params(
                self._pcm, S16_LE, INTERLEAVED, self._channels, RATE, 1, BUFFER // 1000
            )
            if answer == 0:
                break
        else:
            self.close()
            self._check(answer)
        self._begin()

    def next_instant(self) -> int | None:
        """By the device's own delay; None until it runs."""
        if self._library.snd_pcm_state(self._pcm) != RUNNING:
            return None
        delay = ctypes.c_long()
        before = time.monotonic_ns()
        if self._library.snd_pcm_delay(self._pcm, ctypes.byref(delay)) < 0:
            return None
        now = (before + time.monotonic_ns()) // 2
        self._readings.append(now + nanoseconds(delay.value) - nanoseconds(self._written))
        return int(median(self._readings)) + nanoseconds(self._written)

    def write(self, samples: Samples, token: str) -> bool:
        """Waits for room in the device's buffer."""
        block = np.ascontiguousarray(samples if self._channels == 1 else np.repeat(samples, self._channels))
        done = 0
        while done < len(samples):
            start = block.ctypes.data + done * self._channels * block.itemsize
            answer = self._library.snd_pcm_writei(self._pcm, start, len(samples) - done)
            if answer < 0:
                self._check(self._library.snd_pcm_recover(self._pcm, int(answer), 1))
                self._begin()
                return False
            done += answer
        self._written += done
        self._runs()
        self._keeps_time()
        return True

    def close(self) -> None:
        """Lets go of the device, with what waits in its buffer."""
        if self._pcm:
            self._library.snd_pcm_close(self._pcm)
            self._pcm = ctypes.c_void_p()

    @property
    def _library(self) -> ctypes.CDLL:
        assert self._alsa is not None
        return self._alsa

    def _begin(self) -> None:
        self._written = 0
        self._began = time.monotonic_ns()
        self._readings: deque[int] = deque(maxlen=READINGS)

    def _runs(self) -> None:
        """A card starts by itself when its buffer is full; some plug-ins must be told."""
        full = nanoseconds(self._written) >= BUFFER
        if full and self._library.snd_pcm_state(self._pcm) == PREPARED:
            self._check(self._library.snd_pcm_start(self._pcm))

    def _keeps_time(self) -> None:
        if nanoseconds(self._written) - (time.monotonic_ns() - self._began) > BUFFER + TOO_FAST:
            raise SinkError(f"{self.name}: takes samples faster than they can be heard")

    def _check(self, answer: int) -> None:
        if answer < 0:
            words: bytes = self._library.snd_strerror(answer)
            raise SinkError(f"{self.name}: {words.decode(errors='replace')}")
