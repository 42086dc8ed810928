"""A text becomes speech: cleaned, spoken by espeak-ng under limits, left as a WAV file for the audio module to make."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem

LONGEST_TEXT = 4000
_SECONDS = 20.0
_BREAKS = "\n\t"


class SpeechRefused(Refused):
    """The text is not spoken; `problem` says why."""


class SpeechFailed(OSError):
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
        message = "The text holds characters that cannot be written or spoken."
        raise SpeechRefused(Problem("text", "control_characters", message))
    if not any(letter.isalnum() for letter in text):
        raise SpeechRefused(Problem("text", "empty", "There is nothing to say in this text."))
    if len(text) > LONGEST_TEXT:
        params = {"letters": str(LONGEST_TEXT)}
        raise SpeechRefused(Problem("text", "too_long", "The text is longer than {letters} characters.", params))
    return text


def speak(text: str, voice: str, wav: Path) -> None:
    """Speak a text into the file `wav`. Raises SpeechRefused (text, voice), SpeechFailed (machine)."""
    spoken = cleaned_text(text)
    if voice not in VOICES:
        params = {"voice": voice[:40]}
        raise SpeechRefused(Problem("voice", "unknown_voice", "There is no voice named “{voice}”.", params))
    # Doubled brackets would switch espeak-ng to phonemes.
    spoken = spoken.replace("[[", "[ [")
    command = ["espeak-ng", *VOICES[voice].options, "-b", "1", "--stdin", "-w", str(wav)]
    try:
        done = subprocess.run(command, input=spoken.encode(), capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechFailed(str(error)) from error
    if done.returncode != 0 or not wav.exists():
        raise SpeechFailed(done.stderr.decode(errors="replace").strip()[-300:])
