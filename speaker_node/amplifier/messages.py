"""What the agent and the guard say to each other: one JSON object a line over the guard's stdin and stdout."""

import json
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_LINE = 4096
LONGEST_CAUSE = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """Agent to guard: the level it wants, renewed while closed. `at_ns` is the monotonic instant of asking, so that a
    renewal that waited in the pipe is as old as it is."""

    relay: bool
    cause: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class Report:
    """Guard to agent, after each Hold and each change.

    `since_ns`: monotonic instant of the last edge (or the start). `read_back`: what the auxiliary contact says, None
    where none is wired. `fault`: why the guard is not whole; not `alive`: the last word of one that cannot hold
    the lines. `stuck`: stuck_open or stuck_closed by the contact, pins where a line does not follow.
    """

    closed: bool
    since_ns: int
    cause: str
    edges: int
    read_back: bool | None = None
    fault: str | None = None
    alive: bool = True
    stuck: str = ""


def encode(message: Hold | Report) -> bytes:
    """One line with its end."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def decode_hold(line: bytes) -> Hold:
    """The Hold of one line; ValueError on anything else, and on closed contacts without a cause."""
    fields = _fields(line)
    relay, cause, at_ns = fields.get("relay"), fields.get("cause"), fields.get("at_ns")
    if not isinstance(relay, bool) or not isinstance(cause, str) or type(at_ns) is not int:
        raise ValueError("not a Hold")
    if len(cause) > LONGEST_CAUSE or (relay and not cause):
        raise ValueError("a Hold needs a cause of 1 to 200 characters")
    return Hold(relay, cause, at_ns)


def decode_report(line: bytes) -> Report:
    """The Report of one line; ValueError on anything else."""
    try:
        return Report(**_fields(line))
    except TypeError as error:
        raise ValueError("not a Report") from error


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    return fields


class Lines:
    """Cuts a byte stream into lines; a line that grows past LONGEST_LINE is dropped whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines and self._dropping:
            lines, self._dropping = lines[1:], False
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._dropping = b"", True
        return [line for line in lines if len(line) <= LONGEST_LINE]
