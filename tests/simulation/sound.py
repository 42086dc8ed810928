"""The sound process: it decodes nothing and counts frames in virtual time, as the writer would put them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from playlists.models import RATE
from speaker_node.values import PlayerReport, Sound, SoundState
from tests.simulation.clocks import SimClock
from tests.simulation.kernel import MS, SECOND, Kernel

NEWS_NS = 20 * MS
"""How long a report takes to the agent."""
LOUDNESS = -20.0

Heard = Callable[[str, int, int, int], None]
"""Token, first and last frame of what went to a live amplifier input, and the monotonic instant of the last."""


class SimSound:
    """The agent's side and the process itself: a port of the loop. `heard` is the ear, `wake` wakes the agent."""

    def __init__(
        self,
        kernel: Kernel,
        clock: SimClock,
        effect: Callable[[str], None],
        heard: Heard,
        wake: Callable[[], None],
    ) -> None:
        self._kernel, self._clock, self._effect, self._heard, self._wake = kernel, clock, effect, heard, wake
        self.alive, self.generation, self.device_ok, self.mute, self.hung = False, 0, True, False, False
        self._asked: tuple[Sound | None, Sound | None] = (None, None)
        self._now: Sound | None = None
        self._next: Sound | None = None
        self._at = 0
        self._report: PlayerReport | None = None
        self._last: PlayerReport | None = None
        self._said = SoundState()
        self.silent_until = 0
        """The last true instant up to which it was silent by intent: an asset or the card was lacking."""

    # the port

    def hold(self, now: Sound | None, next: Sound | None = None) -> None:  # noqa: A002 - the contract's word
        """The level that the loop wants."""
        if _same(now, self._asked[0]) and _same(next, self._asked[1]):
            return
        self._effect("sound")
        self._asked = (now, next)
        if self.alive and not self.hung:
            self.advance()
            self._take_up()

    def state(self) -> SoundState:
        """As the agent last heard it."""
        if self.alive and not self.hung:
            self.advance()
            said = self._said
            same = said.alive and said.now is self._report and said.last is self._last
            if not same or (said.generation, said.device_ok) != (self.generation, self.device_ok):
                error = "" if self.device_ok else "no such device"
                self._said = SoundState(True, self.generation, self.device_ok, error, self._report, self._last)
        return self._said

    # its life

    def start(self) -> None:
        """A process begins, and takes up the level held."""
        self.alive, self.hung = True, False
        self.generation += 1
        self._report = self._last = self._now = self._next = None
        self._at = self._clock.mono
        self._take_up()

    def dies(self) -> None:
        """The process is gone."""
        if self.alive:
            was = self.state()
            self.alive = False
            self._said = SoundState(generation=self.generation, last=was.now or was.last)

    def hangs(self) -> None:
        """It neither sounds nor speaks."""
        if self.alive:
            self.state()
            self.hung = True

    def forget(self) -> None:
        """The agent that asked is gone, and so is the process."""
        self.dies()
        self._asked, self._said, self.generation = (None, None), SoundState(), 0

    def device(self, *, ok: bool) -> None:
        """The card goes, or comes back."""
        self.advance()
        self.device_ok = ok
        self._wake()

    def mutes(self, *, mute: bool) -> None:
        """The card takes frames and gives out nothing, or gives out again."""
        self.advance()
        self.mute = mute

    # sound

    def advance(self) -> None:
        """Put out all that is due up to this instant."""
        now = self._clock.mono
        if not self.alive or self.hung:
            return
        coming = self._next
        if coming is not None and self._at <= coming.at <= now:
            self._put_out(self._at, coming.at)
            self._begin(coming)
            self._next, self._at = None, coming.at
        self._put_out(self._at, now)
        self._at = now

    def _take_up(self) -> None:
        now, self._next = self._asked
        if not _same(now, self._now):
            self._begin(now)
        for sound in self._asked:
            if sound is not None:
                self._wake_at(sound.at)
                self._wake_at(end_of(sound))

    def _begin(self, sound: Sound | None) -> None:
        if sound is None or self._report is None or sound.token != self._report.token:
            self._last, self._report = self._report or self._last, None
        if sound is not None and self._report is None:
            self._report = PlayerReport(sound.token, sound.first, 0, 0, by_cue=(0,) * len(sound.cues))
        self._now = sound

    def _wake_at(self, mono: int) -> None:
        generation = self.generation
        if mono + NEWS_NS > self._clock.mono:
            self._kernel.at(self._clock.true_of(mono + NEWS_NS), lambda: self._tell(generation))

    def _tell(self, generation: int) -> None:
        if self.alive and not self.hung and generation == self.generation:
            self._wake()

    def _put_out(self, since: int, until: int) -> None:
        sound, report = self._now, self._report
        if sound is None or report is None or until < sound.at:
            return
        first, last = frame_of(sound, max(since, sound.at)), frame_of(sound, until)
        ended = until >= end_of(sound)
        if last > first:
            report = self._count(sound, report, first, last)
        if last > first or ended != report.ended:
            self._report = replace(report, ended=ended)

    def _count(self, sound: Sound, report: PlayerReport, first: int, last: int) -> PlayerReport:
        by_cue, missing, start = list(report.by_cue), 0, 0
        for place, cue in enumerate(sound.cues):
            begin, end = max(first, start), min(last, start + cue.frames)
            start += cue.frames
            if begin >= end:
                continue
            if cue.sha256 is None or not self.device_ok:
                missing += end - begin
                self.silent_until = self._kernel.now
                continue
            by_cue[place] += end - begin
            if not self.mute:
                self._heard(sound.token, begin, end, sound.at + (end - sound.first) * SECOND // RATE)
        taken = sum(by_cue)
        new = taken - report.taken
        return replace(
            report,
            position=last,
            taken=taken,
            sounded=report.sounded + (0 if self.mute else new),
            missing=report.missing + missing,
            by_cue=tuple(by_cue),
            loudness=LOUDNESS if taken and not self.mute else report.loudness,
            start_error=0 if taken and report.start_error is None else report.start_error,
        )


def frame_of(sound: Sound, mono: int) -> int:
    """The frame due at an instant."""
    return max(sound.first, sound.first + (min(mono, end_of(sound)) - sound.at) * RATE // SECOND)


def end_of(sound: Sound) -> int:
    """The instant (monotonic ns) from which nothing of it is heard."""
    frames = sum(cue.frames for cue in sound.cues) - sound.first
    return min(sound.until, sound.at + -(-frames * SECOND // RATE))


def _same(one: Sound | None, other: Sound | None) -> bool:
    return other is None if one is None else one.same_as(other)
