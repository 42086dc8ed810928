"""What the office asks of a node as an act: what can be said of it at once, and what was left unanswered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from playlists.reports import Event, Outcome, RequestDone, RequestTaken

SECOND: Final = 1_000_000_000
RESTART, UPLOAD_LOG = "restart", "upload_log"
BY_MACHINE = frozenset({RESTART, UPLOAD_LOG})
BY_CORE = frozenset({"test_tone", "self_test"})
"""Acts that the core begins and ends, as local occurrences."""
AGAIN_NS: Final = 600 * SECOND
"""A node is restarted by Request at most this often."""
LEAVE_NS: Final = 10 * SECOND
"""How long the last word of a node that is to restart may wait for the office's acknowledgement."""


def taken_of(request_id: str, action: str, expires_at: int, arguments: Iterable[tuple[str, str]]) -> RequestTaken:
    """The fact of a Request, its words bounded."""
    return RequestTaken(id=request_id, action=action[:40], expires_at=expires_at, arguments=tuple(arguments))


def answer(taken: RequestTaken, *, quiet: bool, restarted: int | None, errands: bool) -> RequestDone | None:
    """What is said of it at once; None: it begins, and its end is told later. `quiet`: nothing sounds; `restarted`:
    ns since this boot began, if a Request began it; `errands`: the machine takes some."""
    if taken.action == RESTART:
        if not quiet and dict(taken.arguments).get("now") != "1":
            return done(taken, Outcome.BUSY, "something sounds")
        if restarted is not None and restarted < AGAIN_NS:
            return done(taken, Outcome.BUSY, f"restarted {restarted // SECOND} s ago")
        return done(taken, Outcome.DONE)
    begins = taken.action in BY_CORE or (errands and taken.action == UPLOAD_LOG)
    return None if begins else done(taken, Outcome.UNSUPPORTED)


def done(taken: RequestTaken, outcome: Outcome, detail: str = "") -> RequestDone:
    """What became of it."""
    return RequestDone(id=taken.id, action=taken.action, outcome=outcome, detail=detail)


def unanswered(events: Iterable[Event]) -> tuple[RequestDone, ...]:
    """A word for each act of the machine that an earlier boot took and did not end: it ends with the agent."""
    open_: dict[str, RequestTaken] = {}
    for event in events:
        if isinstance(event.fact, RequestTaken) and event.fact.action in BY_MACHINE:
            open_[event.fact.id] = event.fact
        elif isinstance(event.fact, RequestDone):
            open_.pop(event.fact.id, None)
    return tuple(done(taken, Outcome.FAILED, "the agent ended meanwhile") for taken in open_.values())
