"""Records what goes out, one WAV file a token, with the exact instant of its first frame beside it."""

from __future__ import annotations

import json
import logging
import re
import struct
import time
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path
from typing import Any

import numpy as np

from speaker_node.sound.messages import RATE
from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Samples
from speaker_node.sound.sinks import PacedSink, Sink

log = logging.getLogger(__name__)

AROUND = RATE // 2
"""Frames of silence kept before and after."""
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
KEEP_BYTES = 2_000_000_000


def header(frames: int) -> bytes:
    """The WAV header of so many mono frames of 16 bits."""
    size = frames * 2
    return HEADER.pack(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16, b"data", size)


class _Stretch:
    """One file being written; its header is right again every second."""

    def __init__(self, folder: Path, token: str, first_ns: int) -> None:
        self.token = token
        first_ms = time.time_ns() // 1_000_000 + (first_ns - time.monotonic_ns()) // 1_000_000
        start = datetime.fromtimestamp(first_ms / 1000, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
        path = folder / f"{start}Z-{re.sub(r'[^A-Za-z0-9._-]', '_', token)}.wav"
        about: dict[str, Any] = {"token": token, "first_ns": first_ns, "first_ms": first_ms, "rate": RATE}
        path.with_suffix(".json").write_text(json.dumps(about) + "\n", encoding="utf-8")
        self._file: BufferedRandom = path.open("w+b")
        self._file.write(header(0))
        self._frames = self._saved = 0

    def add(self, samples: Samples) -> None:
        """Appends a block."""
        self._file.write(samples.astype("<i2", copy=False).tobytes())
        self._frames += len(samples)
        if self._frames - self._saved >= RATE:
            self.save()

    def save(self) -> None:
        """Makes the header right and hands all to the system."""
        self._file.seek(0)
        self._file.write(header(self._frames))
        self._file.seek(0, 2)
        self._file.flush()
        self._saved = self._frames

    def close(self) -> None:
        """Ends the file."""
        self.save()
        self._file.close()


class Recorder:
    """Keeps what is not silence by plan: a stretch of one token, and half a second around it. A full disk ends a file,
    never the sound. The oldest files go when all pass `keep` bytes."""

    def __init__(self, folder: Path, keep: int = KEEP_BYTES) -> None:
        self._folder, self._keep = folder, keep
        self._stretch: _Stretch | None = None
        self._quiet = 0

    def add(self, first_ns: int, samples: Samples, token: str) -> None:
        """A block whose first frame is heard at `first_ns`, of a token or ("") of silence."""
        try:
            self._add(first_ns, samples, token)
        except OSError as error:
            log.warning("not recorded: %s", error)
            self._stretch = None

    def finish(self) -> None:
        """Ends the present file: the instants of what follows do not join on."""
        stretch, self._stretch, self._quiet = self._stretch, None, 0
        if stretch is not None:
            stretch.close()

    def _add(self, first_ns: int, samples: Samples, token: str) -> None:
        if token and (self._stretch is None or self._stretch.token != token):
            self._begin(first_ns, token)
        self._quiet = 0 if token else self._quiet + len(samples)
        if self._stretch is not None:
            self._stretch.add(samples)
            if self._quiet >= AROUND:
                quiet = self._quiet
                self.finish()
                self._quiet = quiet

    def _begin(self, first_ns: int, token: str) -> None:
        lead = 0 if self._stretch is not None else min(self._quiet, AROUND)
        self.finish()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._prune()
        self._stretch = _Stretch(self._folder, token, first_ns - nanoseconds(lead))
        self._stretch.add(np.zeros(lead, np.int16))

    def _prune(self) -> None:
        files = sorted(self._folder.glob("*.wav"))
        sizes = [file.stat().st_size for file in files]
        while files and sum(sizes) > self._keep:
            sizes.pop(0)
            oldest = files.pop(0)
            oldest.unlink()
            oldest.with_suffix(".json").unlink(missing_ok=True)


class RecordingSink:
    """Any sink, with a record of what it took; by itself in place of a card: real time kept exactly."""

    def __init__(self, folder: Path, sink: Sink | None = None, keep: int = KEEP_BYTES) -> None:
        self._sink: Sink = sink or PacedSink()
        self._recorder = Recorder(folder, keep)

    @property
    def name(self) -> str:
        """As the sink behind it."""
        return self._sink.name

    def open(self) -> None:
        """As the sink behind it."""
        self._sink.open()

    def next_instant(self) -> int | None:
        """As the sink behind it."""
        return self._sink.next_instant()

    def write(self, samples: Samples, token: str) -> bool:
        """As the sink behind it; then recorded."""
        went_on = self._sink.write(samples, token)
        if not went_on:
            self._recorder.finish()
        end = self._sink.next_instant()
        if end is not None:
            self._recorder.add(end - nanoseconds(len(samples)), samples, token)
        return went_on

    def close(self) -> None:
        """Ends file and sink."""
        self._recorder.finish()
        self._sink.close()
