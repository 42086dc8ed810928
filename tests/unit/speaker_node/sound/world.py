"""A device in virtual time, with a clock of its own, and sounds whose samples say which frame they are."""

import numpy as np
import numpy.typing as npt

from speaker_node.sound.messages import RATE, Cue, Hold, Sound
from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.ring import Ring, Samples, Stretch
from speaker_node.sound.stage import Stage
from speaker_node.sound.voice import Voice

SECOND = 1_000_000_000
START = 1_000 * SECOND


def sound(token: str, at: int, frames: int, *, first: int = 0, until: int = 2**62, gain: float = 0.0) -> Sound:
    """A sound of one cue."""
    return Sound(token, (Cue("/asset", frames),), at, first, until, gain)


def ramp(frames: int, start: int = 1) -> Samples:
    """Frame k of it is k + start, turning round at 20,000: loud, and each sample tells its place."""
    return ((np.arange(frames) + start) % 20_000).astype(np.int16)


def full_ring(frames: int) -> Ring:
    """A ring with a whole ramp in it."""
    ring = Ring(frames + 1)
    ring.put(Stretch(0, frames, 0, ramp(frames)))
    ring.complete()
    return ring


class World:
    """A stage and a device whose crystal is off by `ppm`. `heard` is (instant of its first frame, samples, token)."""

    def __init__(self, ppm: float = 0.0, ring: Ring | None = None) -> None:
        """`ring`: of every sound; without it each is decoded whole at once."""
        self.now = START
        self.error = 1 + ppm * 1e-6
        self.written = 0
        self.heard: list[tuple[int, Samples, str]] = []
        self.stage = Stage(lambda sound, given: Voice(sound, ring or _decoded(sound), given))

    def next_instant(self) -> int:
        """When the next written frame is heard, by true time."""
        return START + round(nanoseconds(self.written) / self.error)

    def hold(self, now: Sound | None, then: Sound | None = None) -> None:
        """As the writer takes it."""
        self.stage.converge(Hold(now, then), self.next_instant())

    def run(self, seconds: float) -> None:
        """Writes blocks for so long."""
        end = self.written + round(seconds * RATE)
        while self.written < end:
            self.turn(end)

    def turn(self, end: int) -> None:
        """One block."""
        instant = self.next_instant()
        voice, frames = self.stage.block(instant, min(960, end - self.written))
        block = np.zeros(frames, np.int16) if voice is None else voice.render(instant, frames)
        assert len(block) == frames
        self.heard.append((instant, block, voice.token if voice else ""))
        self.written += frames
        self.stage.settle(self.next_instant(), self.next_instant())

    def samples(self) -> Samples:
        """All that was heard, from START on."""
        return np.concatenate([block for _, block, _ in self.heard])

    def instants(self) -> npt.NDArray[np.float64]:
        """The true instant of each frame heard, ns after START."""
        return np.arange(self.written, dtype=np.float64) * (1e9 / RATE / self.error)


def _decoded(sound: Sound) -> Ring:
    return full_ring(sum(cue.frames for cue in sound.cues))
