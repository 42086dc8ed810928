"""Exactness of the sound: three sound processes play assets in the delivery profile, their recordings are compared with
the original upload."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np

from deploy.listening import frames_apart
from speaker_node.sound.messages import RATE
from speaker_node.sound.recordings import Recording, recordings
from speaker_node.values import Cue, Sound
from tests.bench.figures import Figure, Measured
from tests.support.sounding import SECOND, Library, Samples, Speaker, heard, soon, sound, speechlike
from tests.support.waiting import wait_for

STARTS = 100
NODES = 3
LENGTH = RATE * 6 // 10
SPACING = SECOND * 75 // 100
ASSETS = 5
AHEAD = 600_000_000
"""ns before its start at which the agent names what comes next."""
ITEMS = 20
AROUND = RATE // 100
QUIET = 3


def start_error() -> Measured:
    """Every start on every node: by how many ms frame 0 of the original misses T."""
    errors = [abs(error) for start in _starts() for error in start]
    return Measured(float(np.percentile(errors, 99)), tuple(_summary(errors)))


def start_skew() -> Measured:
    """Every start: between the first and the last of the nodes."""
    skews = [max(start) - min(start) for start in _starts()]
    return Measured(float(np.percentile(skews, 99)), tuple(_summary(skews)))


def gap_between_items() -> Measured:
    """Every seam of one row of items: the longest silence around it, or the step in time across it; the worst one."""
    original = speechlike(ITEMS * LENGTH / RATE, seed=9)
    seams = [number * LENGTH + 7 * number for number in range(ITEMS)]
    with _speakers(1) as (library, [speaker]):
        cues = tuple(library.add(original[start:end]) for start, end in pairwise(seams))
        at = soon(1)
        speaker.client.hold(sound("row", cues, at))
        speaker.ended("row", ITEMS * LENGTH / RATE + 10)
        came = heard(speaker.recording("row"), at, seams[-1])
    gaps = [_gap(original, came, seam) for seam in seams[1:-1]]
    return Measured(max(gaps), tuple(_summary(gaps)))


@cache
def _starts() -> list[list[float]]:
    """By start and node: ms by which the original's first frame came late."""
    originals = [speechlike(LENGTH / RATE, seed) for seed in range(ASSETS)]
    with _speakers(NODES) as (library, speakers):
        cues = [library.add(original) for original in originals]
        instants = _play(speakers, cues)
        found = [{row.token: row for row in recordings(speaker.recordings)} for speaker in speakers]
        return [
            [_late(originals[number % ASSETS], rows[f"start-{number}"], at) for rows in found]
            for number, at in enumerate(instants)
        ]


def _play(speakers: Sequence[Speaker], cues: Sequence[Cue]) -> list[int]:
    """Each start is named a little ahead, as the agent does; between frames, not on them."""
    chance, base = Random(7), soon(1)
    instants = [base + number * SPACING + chance.randrange(10_000_000) for number in range(STARTS)]
    previous: Sound | None = None
    for number, at in enumerate(instants):
        time.sleep(max(0, at - AHEAD - time.monotonic_ns()) / SECOND)
        then = sound(f"start-{number}", (cues[number % len(cues)],), at)
        for speaker in speakers:
            speaker.client.hold(previous, then)
        previous = then
    for speaker in speakers:
        speaker.ended(f"start-{STARTS - 1}")
        wait_for(lambda s=speaker: len(recordings(s.recordings)) == STARTS, "all is recorded")  # type: ignore[misc]
    return instants


def _late(original: Samples, recording: Recording, at: int) -> float:
    frame = round((at - recording.first_ns) * RATE / SECOND)
    grid = recording.first_ns + frame * SECOND // RATE - at
    return frames_apart(original, heard(recording, at, len(original))) * 1000 / RATE + grid / 1e6


def _gap(original: Samples, came: Samples, seam: int) -> float:
    window = came[seam - AROUND : seam + AROUND].astype(int)
    loud = np.flatnonzero(np.abs(window) > QUIET)
    silence = int(np.diff(np.concatenate(([-1], loud, [len(window)]))).max()) - 1
    before, after = slice(seam - RATE // 5, seam), slice(seam, seam + RATE // 5)
    step = abs(frames_apart(original[after], came[after]) - frames_apart(original[before], came[before]))
    return max(float(silence), step) * 1000 / RATE


def _summary(values: Sequence[float]) -> list[float]:
    """Median, 95th, 99th percentile and worst."""
    return [float(np.percentile(values, share)) for share in (50, 95, 99, 100)]


@contextmanager
def _speakers(count: int) -> Iterator[tuple[Library, list[Speaker]]]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        library = Library(Path(folder) / "library")
        yield library, [stack.enter_context(Speaker(Path(folder), library, f"node{n}")) for n in range(count)]


FIGURES = (
    Figure("start_error_p99_ms", "ms", "<= 5", start_error),
    Figure("start_skew_p99_ms", "ms", "<= 1", start_skew),
    Figure("gap_between_items_ms", "ms", "<= 1", gap_between_items),
)
