"""A text becomes speech: cleaned, spoken by espeak-ng under limits, left as a WAV file for the audio module to make."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from pathlib import Path

LONGEST_TEXT = 4000
_SECONDS = 20.0
_BREAKS = "\n\t"


class SpeechRefused(Exception):
    """The text is not spoken. `reason` is a word for programs; `msgid` (English) and `params` make the sentence."""

    def __init__(self, reason: str, msgid: str, **params: str | int) -> None:
        super().__init__(msgid % params if params else msgid)
        self.reason = reason
        self.msgid = msgid
        self.params = params


class SpeechFailed(Exception):
    """The machine could not speak (no espeak-ng, no space): the same text may pass later."""


@dataclass(frozen=True)
class Voice:
    """A voice by the name that people choose, its language, and the options that make espeak-ng speak so."""

    name: str
    language: str
    options: tuple[str, ...]


# Northern Vietnamese only: espeak-ng's central and southern voices flatten the tones into one another.
VOICES = {
    voice.name: voice
    for voice in (
        Voice("vi", "vi", ("-v", "vi", "-s", "140")),
        Voice("en", "en", ("-v", "en-gb", "-s", "150")),
    )
}


def require_tools() -> tuple[str, ...]:
    """Names of the tools that are missing on this machine."""
    return () if shutil.which("espeak-ng") else ("espeak-ng",)


def cleaned_text(text: str) -> str:
    """The text as it will be spoken: NFC, one kind of line break, no space around it.

    Raises SpeechRefused: nothing to say, too long, control characters.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co") and letter not in _BREAKS for letter in text):
        raise SpeechRefused("control_characters", "The text holds characters that cannot be written or spoken.")
    if not any(letter.isalnum() for letter in text):
        raise SpeechRefused("empty", "There is nothing to say in this text.")
    if len(text) > LONGEST_TEXT:
        raise SpeechRefused("too_long", "The text is longer than %(letters)d characters.", letters=LONGEST_TEXT)
    return text


def speak(text: str, voice: str, wav: Path) -> None:
    """Speak a text into the file `wav`. Raises SpeechRefused (text, voice), SpeechFailed (machine)."""
    spoken = cleaned_text(text)
    if voice not in VOICES:
        raise SpeechRefused("unknown_voice", "There is no voice named “%(voice)s”.", voice=voice[:40])
    # Doubled brackets would switch espeak-ng to phonemes.
    spoken = spoken.replace("[[", "[ [")
    command = ["espeak-ng", *VOICES[voice].options, "-b", "1", "--stdin", "-w", str(wav)]
    try:
        done = subprocess.run(command, input=spoken.encode(), capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechFailed(str(error)) from error
    if done.returncode != 0 or not wav.exists():
        raise SpeechFailed(done.stderr.decode(errors="replace").strip()[-300:])
