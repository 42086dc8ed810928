"""What the agent and the sound process say to each other: one JSON object a line over the process's stdin and stdout.

Instants are CLOCK_MONOTONIC in ns, which both processes share; positions and lengths are frames at 48 kHz.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

RATE = 48_000
"""Frames a second, everywhere in the sound path."""
LONGEST_LINE = 1 << 21
LONGEST_TOKEN = 200
DECODER_HANGS = 3
"""The exit code of a process that cannot go on because its decoder does not."""
MOST_CUES = 3_200
MOST_FRAMES = RATE * 3600 * 48
LOUDEST_GAIN, SOFTEST_GAIN = 12.0, -96.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One stretch of a programme: a file and its exact length. No path: not ready, its time stays silent.

    `tone`: in place of a file a built-in sound, by its name.
    """

    path: str | None
    frames: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """Frame `first` of the cues in a row sounds at `at`, nothing from `until` on; `gain` in dB."""

    token: str
    cues: tuple[Cue, ...]
    at: int
    first: int
    until: int
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Agent to process: the level it wants. `next` takes over from `now` at its own instant, by itself."""

    now: Sound | None = None
    next: Sound | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What one token has done.

    Frames: `position` next to be heard; `taken` real ones that the device took; `sounded` those of blocks above
    SILENCE_DBFS; `missing` silent for want of file or decoder.
    `start_error` (µs): by how much the first frame missed its instant. `loudness`: dBFS (RMS) of what sounded.
    `ended`: all due frames are past, or `until` is; `final`: this token will not sound again.
    """

    token: str
    position: int
    taken: int = 0
    sounded: int = 0
    missing: int = 0
    by_cue: tuple[int, ...] = ()
    loudness: float | None = None
    start_error: int | None = None
    ended: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Process to agent, at each change and as a sign of life. `last` is the final word on the token before `now`.

    `underruns`: how often device or decoder ran dry. `refused`: why a line was not taken. `level`: dBFS (RMS) of what
    the device took of a sound in the last seconds. `device`: the one in use. `mute`: the token whose decoder gives
    silence though its file holds sound. `unread`: names of files that could not be read, or gave less than they should.
    """

    device_ok: bool
    error: str = ""
    now: Progress | None = None
    last: Progress | None = None
    underruns: int = 0
    refused: str = ""
    level: float | None = None
    device: str = ""
    mute: str = ""
    unread: tuple[str, ...] = ()


def encode(message: Hold | Report) -> bytes:
    """One line with its end."""
    return json.dumps(asdict(message), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decode_hold(line: bytes) -> Hold:
    """The Hold of one line; ValueError on anything else."""
    fields = _fields(line)
    _exactly(fields, {"now", "next"})
    hold = Hold(_sound(fields["now"]), _sound(fields["next"]))
    if hold.now and hold.next and hold.now.token == hold.next.token:
        raise ValueError("now and next have the same token")
    return hold


def decode_report(line: bytes) -> Report:
    """The Report of one line; ValueError on anything else."""
    fields = _fields(line)
    unread = tuple(map(str, fields.get("unread", ())))
    try:
        return Report(**(fields | {name: _progress(fields.get(name)) for name in ("now", "last")} | {"unread": unread}))
    except TypeError as error:
        raise ValueError("not a Report") from error


def _progress(fields: Any) -> Progress | None:
    return None if fields is None else Progress(**(fields | {"by_cue": tuple(fields["by_cue"])}))


def _sound(fields: Any) -> Sound | None:
    if fields is None:
        return None
    _exactly(fields, {"token", "cues", "at", "first", "until", "gain"})
    cues, token, gain = fields["cues"], fields["token"], fields["gain"]
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
        raise ValueError(f"a token has 1 to {LONGEST_TOKEN} characters")
    if not isinstance(cues, list) or len(cues) > MOST_CUES:
        raise ValueError(f"cues are a list of at most {MOST_CUES}")
    if type(gain) not in (int, float) or not math.isfinite(gain):
        raise ValueError("gain is a number of dB")
    at, first, until = (_whole(fields, name, 0, 2**63) for name in ("at", "first", "until"))
    return Sound(token, tuple(map(_cue, cues)), at, first, until, min(LOUDEST_GAIN, max(SOFTEST_GAIN, float(gain))))


def _cue(fields: Any) -> Cue:
    _exactly(fields, {"path", "frames", "tone"})
    path, tone = fields["path"], fields["tone"]
    if path is not None and (not isinstance(path, str) or not path.startswith("/") or "\0" in path):
        raise ValueError("a cue's path is absolute, or none")
    if not isinstance(tone, str) or (tone and path is not None):
        raise ValueError("a cue is a file or a tone")
    return Cue(path, _whole(fields, "frames", 0, MOST_FRAMES), tone)


def _whole(fields: dict[str, Any], name: str, low: int, high: int) -> int:
    value = fields[name]
    if type(value) is not int or not low <= value < high:
        raise ValueError(f"{name} is a whole number from {low} to {high}")
    return value


def _exactly(fields: Any, names: set[str]) -> None:
    if not isinstance(fields, dict) or fields.keys() != names:
        raise ValueError(f"an object with exactly {sorted(names)} is wanted")


def _fields(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise ValueError("line too long")
    try:
        fields = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    return fields
