"""Which of the sounds held is heard at an instant, and when it changes. Pure but for the rings that it closes."""

from __future__ import annotations

from collections.abc import Callable

from speaker_node.sound.messages import Hold, Progress, Sound
from speaker_node.sound.pace import frames_between
from speaker_node.sound.voice import FADE_OUT, NEVER, Voice


class Stage:
    """The voices of the level held. A voice that is no longer held fades out; `next` takes over at its own instant."""

    def __init__(self, voice_of: Callable[[Sound, int], Voice]) -> None:
        self.last: Progress | None = None
        self._voice_of = voice_of
        self._voices: list[Voice] = []
        self._current: Voice | None = None
        self._latest: Voice | None = None
        self._past_underruns = 0

    def converge(self, hold: Hold, instant: int) -> None:
        """Takes the level held; the next frame to be written is heard at `instant`."""
        wanted = [sound for sound in (hold.now, hold.next) if sound is not None]
        self._drop({sound.token for sound in wanted}, instant)
        held = [self._held(sound, instant) for sound in wanted]
        for voice in held:
            voice.yields = NEVER
        if len(held) == 2:
            held[0].yields = max(held[1].at, instant + FADE_OUT if held[0].begun else 0)

    def block(self, instant: int, most: int) -> tuple[Voice | None, int]:
        """Who is heard from `instant` on (None: silence), and for how many frames, at most `most`, that stays so."""
        for voice in self._voices:
            self._end_if_over(voice, instant)
        if self._current not in self._voices or self._current.is_over(instant):
            self._current = self._beginning(instant)
        if self._current is not None:
            return self._current, min(most, self._current.frames_left(instant))
        ahead = [frames_between(instant, voice.at) for voice in self._voices]
        return None, min([most, *(frames for frames in ahead if frames > 0)])

    def settle(self, now: int, next_instant: int | None) -> None:
        """Keeps the last word of each voice whose last frame has been heard by `now`, and lets go of it."""
        for voice in [voice for voice in self._voices if voice.is_past(now)]:
            if voice.begun and (voice.dropped or voice is not self._latest):
                self.last = voice.progress(now, next_instant)
            if voice.dropped:
                self._voices.remove(voice)
                self._past_underruns += voice.underruns
                self._latest = None if voice is self._latest else self._latest

    def progress(self, now: int, next_instant: int | None) -> Progress | None:
        """How far the voice is that began last and is still held or fading."""
        return self._latest.progress(now, next_instant) if self._latest else None

    def is_silent(self) -> bool:
        """Whether no voice is left at all, not even a fading one."""
        return not self._voices

    def is_sounding(self) -> bool:
        """Whether a voice is being heard."""
        return self._current is not None

    def realign(self) -> None:
        """The device lost its place."""
        for voice in self._voices:
            voice.realign()

    def underruns(self) -> int:
        """How often decoders were late."""
        return self._past_underruns + sum(voice.underruns for voice in self._voices)

    def mute(self) -> str:
        """The token of a voice whose decoder gives silence though its file holds sound; empty: none."""
        return next((voice.token for voice in self._voices if voice.ring.mute and not voice.dropped), "")

    def unread(self) -> tuple[str, ...]:
        """The files that could not be read, or gave less than they should, of what sounds or is about to."""
        return tuple(dict.fromkeys(name for voice in self._voices for name in voice.ring.unread))

    def _drop(self, held: set[str], instant: int) -> None:
        for voice in self._voices:
            if voice.token not in held and not voice.dropped:
                voice.dropped = True
                voice.yields = min(voice.yields, instant + FADE_OUT if voice is self._current else instant)

    def _held(self, sound: Sound, instant: int) -> Voice:
        for voice in self._voices:
            if voice.token == sound.token and not voice.dropped:
                voice.follow(sound)
                return voice
        self._voices.append(self._voice_of(sound, instant))
        return self._voices[-1]

    def _end_if_over(self, voice: Voice, instant: int) -> None:
        if voice.is_over(instant):
            # A sound given after its end is told of as well, or the agent would wait for it.
            if not voice.begun and not voice.dropped:
                voice.begun, self._latest = True, voice
            voice.end(instant)

    def _beginning(self, instant: int) -> Voice | None:
        due = [v for v in self._voices if frames_between(instant, v.at) <= 0 and not v.is_over(instant)]
        ready = [v for v in due if v.begun or v.is_ready(instant)]
        voice = max(ready, key=lambda v: v.at, default=None)
        self._latest = voice or self._latest
        return voice
