"""What sound tests and figures share: originals, assets as the office makes them, a sound process that is heard."""

import hashlib
import subprocess
import sys
import time
import wave
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from speaker_node.sound.client import SoundClient
from speaker_node.sound.messages import RATE
from speaker_node.sound.recordings import Recording, recordings
from speaker_node.values import Cue, PlayerReport, Sound, SoundState
from tests.support.waiting import wait_for

Samples = NDArray[np.int16]
SECOND = 1_000_000_000
FAR = 3600 * SECOND
OPUS = ("-c:a", "libopus", "-b:a", "48k", "-ac", "1", "-ar", "48000", "-f", "ogg")


def speechlike(seconds: float, seed: int = 1) -> Samples:
    """Noise in the band and with the swell of a voice: loud, and like nothing else."""
    chance = np.random.default_rng(seed)
    frames = int(seconds * RATE)
    spectrum = np.fft.rfft(chance.standard_normal(frames))
    pitch = np.fft.rfftfreq(frames, 1 / RATE)
    spectrum[(pitch < 200) | (pitch > 6000)] = 0
    tone = np.fft.irfft(spectrum, frames)
    steps = np.arange(0, frames + 4800, 4800)
    swell = np.interp(np.arange(frames), steps, chance.uniform(0.3, 1, len(steps)))
    loud = tone * swell
    samples: Samples = (loud / np.abs(loud).max() * 20_000).astype(np.int16)
    return samples


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """A mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, len(samples), "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def encode(samples: Samples, path: Path, *options: str) -> Path:
    """The samples in another format; the delivery profile by OPUS."""
    ran = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", *options, str(path)]
    subprocess.run(ran, input=samples.astype("<i2").tobytes(), check=True)
    return path


class Library:
    """A folder of assets by hash, as the agent keeps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, samples: Samples) -> Cue:
        """The samples as an asset in the delivery profile."""
        path = encode(samples, self.folder / "new", *OPUS)
        cue = self.add_bytes(path.read_bytes(), len(samples))
        path.unlink()
        return cue

    def add_bytes(self, data: bytes, frames: int) -> Cue:
        """Any bytes as an asset that claims so many frames."""
        name = hashlib.sha256(data).hexdigest()
        path = self.folder / name[:2] / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return Cue(name, frames)


class Speaker:
    """A real sound process with a recording sink, and what the agent heard of it."""

    def __init__(self, folder: Path, library: Library, name: str = "node", sink: str = "") -> None:
        self.recordings = folder / f"{name}-recordings"
        command = [sys.executable, "-m", "speaker_node.sound", "--sink", sink or f"recording:{self.recordings}"]
        self.states: list[SoundState] = []
        self.unread: list[str] = []
        self.client = SoundClient(command, library.folder, self.states.append, self.unread.append)

    def __enter__(self) -> "Speaker":
        self.client.start()
        wait_for(lambda: self.client.state().device_ok, "the sound process runs")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.stop()

    def report(self, token: str) -> PlayerReport | None:
        """The newest word on a token."""
        return self.client.state().report(token)

    def ended(self, token: str, within: float = 10) -> PlayerReport:
        """Waits for the end of a token."""

        def end() -> PlayerReport | None:
            report = self.report(token)
            return report if report is not None and report.ended else None

        return wait_for(end, f"{token} ends", within) or PlayerReport(token, 0, 0, 0)

    def position(self, token: str, frames: int, within: float = 10) -> None:
        """Waits until so many frames of a token have been taken."""
        wait_for(
            lambda: (r := self.report(token)) is not None and r.taken >= frames, f"{token} reaches {frames}", within
        )

    def recording(self, token: str) -> Recording:
        """The one recording of a token, complete."""
        [found] = self.all_recordings(token)
        return found

    def all_recordings(self, token: str) -> list[Recording]:
        """All recordings of a token, oldest first."""
        return [recording for recording in recordings(self.recordings) if recording.token == token]


def soon(seconds: float = 1.0) -> int:
    """A monotonic instant a little ahead, for a busy machine too."""
    return time.monotonic_ns() + int(seconds * SECOND)


def sound(token: str, cues: tuple[Cue, ...], at: int, *, first: int = 0, until: int | None = None) -> Sound:
    """A sound without a hard end, unless it is named."""
    return Sound(token, cues, at, first, at + FAR if until is None else until)


def heard(recording: Recording, start: int, frames: int) -> Samples:
    """The frames heard from a monotonic instant (ns) on; silence where the recording holds none."""
    samples = recording.samples()
    offset = round((start - recording.first_ns) * RATE / SECOND)
    found = np.zeros(frames, np.int16)
    low, high = max(0, -offset), min(frames, len(samples) - offset)
    if high > low:
        found[low:high] = samples[offset + low : offset + high]
    return found
