"""Bugs that are planted in the office, each by its name: what must be caught, or the world is not worth much.

Each is a context inside which the real code has that bug. Classes and functions are bent where they are looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.owed import Changes, Known, changes
from controller.domain.values import Owed, to_ms
from controller.domain.verdicts import Kind, Verdict
from controller.exchange.playing_now import release_waiting
from controller.exchange.receiving import Receiver
from controller.operations import acting
from controller.storage.engine import transact
from controller.storage.ingest.journals import Ranges
from controller.storage.tables import PlayNowRow
from playlists.models import Millis, Number

Bug = Callable[[], AbstractContextManager[None]]


@contextmanager
def ack_before_commit() -> Iterator[None]:
    """A batch is answered first and written down with the next one: a death between loses what was acknowledged."""
    real = Receiver._store
    late: dict[Receiver, tuple[Any, Any]] = {}

    class _Undone(Exception):
        pass

    def store(self: Receiver, told: Any, refused: Any) -> Any:
        if self in late:
            real(self, *late.pop(self))
        answer: list[Any] = []

        def dry(engine: Any, work: Callable[[Session], Any]) -> Any:
            def undone(session: Session) -> None:
                answer.append(work(session))
                raise _Undone

            try:
                transact(engine, undone)
            except _Undone:
                late[self] = (told, refused)
            return answer[0]

        with patch("controller.exchange.receiving.transact", dry):
            return real(self, told, refused)

    with patch.object(Receiver, "_store", store):
        yield


@contextmanager
def acknowledged_over_a_gap() -> Iterator[None]:
    """What was told is acknowledged up to its last number, whatever is lacking before it."""

    def reached(number: int, held: Any, gone: Ranges) -> int:
        del gone
        return max(held, default=number)

    with patch("controller.storage.ingest.streams.reached", reached):
        yield


@contextmanager
def owed_rewritten() -> Iterator[None]:
    """What is owed follows the newest lengths, also after its start."""

    def rewriting(before: Iterable[Known], after: Iterable[Owed], now: Millis) -> Changes:
        known = list(before)
        found = changes(known, after, now)
        begun = (each for each, cause in known if cause is None and each.starts_at <= now)
        return replace(found, altered=(*found.altered, *(replace(each, due=each.due + 1000) for each in begun)))

    with patch("controller.exchange.owing.changes", rewriting):
        yield


@contextmanager
def number_used_twice() -> Iterator[None]:
    """Numbers are counted from the last that the database knows; neither epoch nor broker is asked."""

    def following(last: Number | None, epoch: int, now: datetime) -> Number:
        del epoch, now
        return Number(epoch=1, sequence=1 if last is None else last.sequence + 1)

    def adopt(*_: Any) -> list[Any]:
        return []

    with (
        patch("controller.exchange.plans.next_number", following),
        patch("controller.exchange.sheets.next_number", following),
        patch("controller.exchange.restoring.adopt", adopt),
    ):
        yield


@contextmanager
def verdict_invents_played() -> Iterator[None]:
    """An airing of which nothing was told counts as played when its time is over."""

    def judged(owed: Any, history: Any, now: int, taken_back: Any) -> Verdict:
        del history, taken_back
        over = now >= owed.ends_at
        return Verdict(Kind.PLAYED if over else Kind.PENDING, owed.due if over else 0, owed.due, over)

    with patch("controller.domain.verdicts._unproved", judged):
        yield


@contextmanager
def withdrawn_still_planned() -> Iterator[None]:
    """A broadcast that was withdrawn stays in the plans."""
    with (
        patch("controller.domain.planning._withdrawn", lambda *_: False),
        patch("controller.domain.planning._gone", lambda *_: False),
    ):
        yield


@contextmanager
def stopped_untold() -> Iterator[None]:
    """What is stopped or taken back does not come into the sheets."""
    with patch("controller.storage.queries.withdrawals", lambda *_: ()):
        yield


@contextmanager
def act_unrecorded() -> Iterator[None]:
    """A stop leaves no trace in the audit."""
    real = acting._finish

    def finish(act: acting.Act, answer: object) -> None:
        if [each.act for each in act.entries] != ["stop"]:
            real(act, answer)

    with patch("controller.operations.acting._finish", finish):
        yield


@contextmanager
def played_again_after_a_restart() -> Iterator[None]:
    """A play now gets new moments at each look, though it was released before."""
    real = release_waiting

    def again(session: Session, commune: Any, given: Mapping[str, Any], now: datetime) -> datetime | None:
        for row in session.scalars(select(PlayNowRow).where(PlayNowRow.ends_at_ms > to_ms(now))):
            row.starts_at_ms = row.start_by_ms = row.ends_at_ms = None
        return real(session, commune, given, now)

    with patch("controller.exchange.signing.release_waiting", again):
        yield


@contextmanager
def elsewhere_forgotten() -> Iterator[None]:
    """A node with a new journal is not told what it began in the old one."""

    def nothing(session: Session, birth: Any, now: datetime) -> Sequence[str]:
        del session, birth, now
        return ()

    with patch("controller.exchange.answers._elsewhere", nothing):
        yield


BUGS: Mapping[str, Bug] = {
    "ack_before_commit": ack_before_commit,
    "acknowledged_over_a_gap": acknowledged_over_a_gap,
    "owed_rewritten": owed_rewritten,
    "number_used_twice": number_used_twice,
    "verdict_invents_played": verdict_invents_played,
    "withdrawn_still_planned": withdrawn_still_planned,
    "stopped_untold": stopped_untold,
    "act_unrecorded": act_unrecorded,
    "played_again": played_again_after_a_restart,
    "elsewhere_forgotten": elsewhere_forgotten,
}
SHOWS: Mapping[str, tuple[str, ...]] = {
    "ack_before_commit": ("was told that",),
    "acknowledged_over_a_gap": ("was told that",),
    "owed_rewritten": ("changed after its start",),
    "number_used_twice": ("was used twice",),
    "verdict_invents_played": ("the ledger",),
    "withdrawn_still_planned": ("the plan of",),
    "stopped_untold": ("is taken back",),
    "act_unrecorded": ("the audit has",),
    "played_again": ("is told to play", "twice"),
    "elsewhere_forgotten": ("twice", "closed 2 times", "in attempt"),
}
"""Words of the violations that each leads to."""
