"""Why an upload does not become an asset."""

from __future__ import annotations

from controller.domain.broadcasts import Refused
from controller.domain.problems import Problem


class AudioFailed(OSError):
    """The machine could not do the work (no tool, no space): the same upload may pass later."""


class AudioRefused(Refused):
    """The upload is refused; `problem` says why."""

    @property
    def reason(self) -> str:
        """The reason in a word for programs."""
        return self.problem.reason


def too_big(megabytes: int) -> AudioRefused:
    params = {"megabytes": str(megabytes)}
    return AudioRefused(Problem("file", "too_big", "The file is larger than {megabytes} MB.", params))


def empty() -> AudioRefused:
    return AudioRefused(Problem("file", "empty", "The file is empty."))


def bad_name() -> AudioRefused:
    message = "The file's name may not hold a slash, a backslash or a control character."
    return AudioRefused(Problem("file", "bad_name", message))


def no_audio() -> AudioRefused:
    message = "There is no sound in this file that can be read (WAV, MP3, M4A, OGG, FLAC, AMR, WebM)."
    return AudioRefused(Problem("file", "no_audio", message))


def truncated() -> AudioRefused:
    message = "The file is cut off or damaged: it holds less sound than it promises."
    return AudioRefused(Problem("file", "truncated", message))


def silent() -> AudioRefused:
    return AudioRefused(Problem("file", "silent", "The file is silent: nothing in it can be heard."))


def too_short() -> AudioRefused:
    return AudioRefused(Problem("file", "too_short", "The sound is shorter than half a second."))


def too_long(minutes: int) -> AudioRefused:
    params = {"minutes": str(minutes)}
    return AudioRefused(Problem("file", "too_long", "The sound is longer than {minutes} minutes.", params))


def too_slow() -> AudioRefused:
    message = "The file takes too long to read; please convert it to MP3 or WAV and try again."
    return AudioRefused(Problem("file", "too_slow", message))


def bad_cut(seconds: float) -> AudioRefused:
    params = {"seconds": f"{seconds:.1f}"}
    message = "Give from which second to which of the {seconds} that there are; at least half a second must be left."
    return AudioRefused(Problem("cut", "out_of_range", message, params))
