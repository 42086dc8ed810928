"""The words in which a node tells: why, with what outcome, by what evidence."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    """How sure a node is of the wall time."""

    SYNCHRONISED = "synchronised"
    HELD = "held"
    UNTRUSTED = "untrusted"


class Cause(StrEnum):
    """Why seconds that were due did not sound."""

    PLAN_LATE = "plan_late"
    POWER = "power"
    CLOCK = "clock"
    ASSET = "asset"
    PLAYER = "player"
    DEVICE = "device"
    QUIET = "quiet"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    PRE_EMPTED = "pre_empted"
    ENDED = "ended"
    LONGEST_ON = "longest_on"
    NOT_CONCERNED = "not_concerned"
    JOURNAL_NEW = "journal_new"


class Evidence(StrEnum):
    """What a proof rests on, weakest first."""

    FRAMES = "frames"
    CURRENT = "current"
    EAR = "ear"
    PERSON = "person"


class Refusal(StrEnum):
    """Why a document was refused."""

    TOO_BIG = "too_big"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    NOT_PERMITTED = "not_permitted"
    BAD_SIGNATURE = "bad_signature"
    UNSUPPORTED = "unsupported"
    NOT_MINE = "not_mine"
    OLDER = "older"
    CONFLICT = "conflict"
    BAD_NONCE = "bad_nonce"
    EXPIRED = "expired"
    NOT_STORED = "not_stored"
    CLAMPED = "clamped"
    """It was taken, but for what no honest document says."""


class Rung(StrEnum):
    """What a node says of an emergency: what was to be said, a pinned message in its place, or the bare tone."""

    MESSAGE = "message"
    PINNED = "pinned"
    TONE = "tone"


class Because(StrEnum):
    """Why an agent began: the machine lost power or was rebooted, the agent died, was stopped, or was asked to."""

    UNKNOWN = "unknown"
    POWER = "power"
    CRASH = "crash"
    STOPPED = "stopped"
    WATCHDOG = "watchdog"
    REQUEST = "request"


class Outcome(StrEnum):
    """What became of a Request."""

    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"
    EXPIRED = "expired"
    UNSUPPORTED = "unsupported"


class Button(StrEnum):
    """What is used at a box: what sounds is closed; routine is silenced from the press on; that silence ends; the
    selector's prepared message is said; the node says its state; the hamlet's microphone takes or leaves the
    amplifier; the technician's switch keeps the relay open, or no more."""

    STOP = "stop"
    SILENCE = "silence"
    END_SILENCE = "end_silence"
    MESSAGE = "message"
    STATE = "state"
    BUSY = "busy"
    FREE = "free"
    TECHNICIAN = "technician"
    TECHNICIAN_OFF = "technician_off"


class StoreState(StrEnum):
    """How the journal's disk is: with any but `ok` events live in memory, or only some kinds are still written."""

    OK = "ok"
    LOW = "low"
    FULL = "full"
    READ_ONLY = "read_only"
    FAILED = "failed"


class AmplifierFault(StrEnum):
    """What is wrong between the guard and the amplifier: by read-back, or the pins themselves."""

    STUCK_OPEN = "stuck_open"
    STUCK_CLOSED = "stuck_closed"
    PINS = "pins"
