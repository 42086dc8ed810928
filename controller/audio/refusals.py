"""Why an upload does not become an asset."""

from __future__ import annotations


class AudioFailed(Exception):
    """The machine could not do the work (no tool, no space): the same upload may pass later."""


class AudioRefused(Exception):
    """The upload is refused. `reason` is a word for programs; `msgid` (English) and `params` make the sentence."""

    def __init__(self, reason: str, msgid: str, **params: str | int) -> None:
        super().__init__(msgid % params if params else msgid)
        self.reason = reason
        self.msgid = msgid
        self.params = params


def too_big(megabytes: int) -> AudioRefused:
    return AudioRefused("too_big", "The file is larger than %(megabytes)d MB.", megabytes=megabytes)


def empty() -> AudioRefused:
    return AudioRefused("empty", "The file is empty.")


def bad_name() -> AudioRefused:
    return AudioRefused("bad_name", "The file's name may not hold a slash, a backslash or a control character.")


def no_audio() -> AudioRefused:
    return AudioRefused(
        "no_audio", "There is no sound in this file that can be read (WAV, MP3, M4A, OGG, FLAC, AMR, WebM)."
    )


def truncated() -> AudioRefused:
    return AudioRefused("truncated", "The file is cut off or damaged: it holds less sound than it promises.")


def silent() -> AudioRefused:
    return AudioRefused("silent", "The file is silent: nothing in it can be heard.")


def too_short() -> AudioRefused:
    return AudioRefused("too_short", "The sound is shorter than half a second.")


def too_long(minutes: int) -> AudioRefused:
    return AudioRefused("too_long", "The sound is longer than %(minutes)d minutes.", minutes=minutes)


def too_slow() -> AudioRefused:
    return AudioRefused("too_slow", "The file takes too long to read; please convert it to MP3 or WAV and try again.")
