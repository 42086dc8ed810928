"""libVLC decodes a file into mono samples at 48 kHz, as fast as they are taken.

Not through its audio output: that keeps the time of a player and drops what comes late, so it cannot wait for a full
ring nor catch up. Its stream output to memory (`smem`) has no clock: it waits in our callback and loses nothing.
libVLC is never called from its own callbacks.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import vlc

from speaker_node.sound.formats import DecodeError, Way
from speaker_node.sound.messages import RATE
from speaker_node.sound.ring import Samples
from speaker_node.sound.source import Source

INSTANCE_OPTIONS = (
    "--quiet",
    "--no-video",
    "--no-spu",
    "--no-lua",
    "--no-interact",
    "--no-metadata-network-access",
    "--aout=dummy",
)
"""It decodes; it has no business with screen, card or network."""
PIPELINE = (
    ":sout=#transcode{{vcodec=none,scodec=none,acodec=s16l,aenc=araw,channels=1}}"
    ":smem{{audio-prerender-callback={prepare},audio-postrender-callback={deliver},audio-data={data},no-time-sync}}"
)
_PREPARE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t)
_DELIVER = ctypes.CFUNCTYPE(
    None,
    ctypes.c_void_p,  # data
    ctypes.c_void_p,  # samples
    ctypes.c_uint,  # channels
    ctypes.c_uint,  # rate
    ctypes.c_uint,  # samples a channel
    ctypes.c_uint,  # bits
    ctypes.c_size_t,  # bytes
    ctypes.c_int64,  # time
)
"""libVLC's callbacks of stream_out_smem."""


class Decoder:
    """One libVLC for the life of the process; several files at once, each from a thread of its own."""

    def __init__(self) -> None:
        self._vlc: Any = vlc.Instance(*INSTANCE_OPTIONS)
        if self._vlc is None:
            raise DecodeError("libVLC cannot be started: is the package libvlc5 with vlc-plugin-base installed?")

    def decode(self, way: Way, deliver: Callable[[Samples], bool]) -> None:
        """Gives all that comes that way to `deliver`, from another thread, until it answers False.

        Returns when the file has ended; DecodeError when libVLC cannot read it, OSError when it cannot be opened.
        """
        run = _Run(deliver)
        with Source(way.path, way.patches) as source:
            media = self._vlc.media_new_callbacks(*source.callbacks, None)
            for option in (*way.options, run.pipeline()):
                media.add_option(option)
            player = self._vlc.media_player_new()
            run.watch(player)
            try:
                player.set_media(media)
                if player.play() < 0:
                    raise DecodeError(f"libVLC does not play {way.path.name}")
                run.over.wait()
            finally:
                player.stop()
                run.leave()
                player.release()
                media.release()
        if run.failed:
            raise DecodeError(f"libVLC cannot decode {way.path.name}")


class _Run:
    """What one decoding run shares with libVLC's callbacks; it must live until the player is released."""

    def __init__(self, deliver: Callable[[Samples], bool]) -> None:
        self.over = threading.Event()
        self.failed = False
        self._deliver = deliver
        self._memory = ctypes.create_string_buffer(1 << 16)
        self._resample: Callable[[Samples], Samples] | None = None
        self._prepare = _PREPARE(self._on_prepare)
        self._finish = _DELIVER(self._on_deliver)

    def pipeline(self) -> str:
        """The option that sends decoded samples to our callbacks."""
        # A cast would make each of them hold itself.
        prepare, deliver = (ctypes.c_void_p.from_buffer(call).value for call in (self._prepare, self._finish))
        return PIPELINE.format(prepare=prepare, deliver=deliver, data=0)

    def watch(self, player: Any) -> None:
        """The end of the file, or of libVLC's hope for it, ends the run."""
        # Not player.event_manager(): python-vlc keeps what that gave, and all that hangs on it, for ever.
        self._events = vlc.libvlc_media_player_event_manager(player)
        self._events.event_attach(vlc.EventType.MediaPlayerEndReached, lambda _: self.over.set())
        self._events.event_attach(vlc.EventType.MediaPlayerEncounteredError, self._on_error)

    def leave(self) -> None:
        """The player has stopped: nothing calls any more, and what holds itself in a ring is let go at once."""
        self._events.event_detach(vlc.EventType.MediaPlayerEndReached)
        self._events.event_detach(vlc.EventType.MediaPlayerEncounteredError)
        del self._prepare, self._finish

    def _on_error(self, _: Any) -> None:
        self.failed = True
        self.over.set()

    def _on_prepare(self, _: Any, memory: Any, size: int) -> None:
        if size > len(self._memory):
            self._memory = ctypes.create_string_buffer(size)
        memory[0] = ctypes.addressof(self._memory)

    def _on_deliver(
        self, _: Any, memory: int, channels: int, rate: int, frames: int, bits: int, size: int, time: int
    ) -> None:
        if self.over.is_set():
            return
        samples = np.frombuffer(ctypes.string_at(memory, size), np.int16)
        if rate != RATE:
            samples = self._resampled(samples, rate)
        if not self._deliver(samples):
            self.over.set()

    def _resampled(self, samples: Samples, rate: int) -> Samples:
        """Only for files outside the delivery profile: libVLC's own resampler drifts by 70 ppm."""
        if self._resample is None:
            import soxr

            self._resample = soxr.ResampleStream(rate, RATE, 1, dtype="int16").resample_chunk
        return self._resample(samples)
