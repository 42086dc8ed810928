"""Named steps at which a controller dies: what it was doing (a unit) and how far the effect was (a point)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

UNIT = ("begin", "statement", "commit", "committed")
FILES = ("sync", "rename", "renamed")
STEPS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("create", "submit", "approve", "play_now", "mute", "lift", "silence", "withdraw"), UNIT),
    **dict.fromkeys(("look", "plan", "published", "receive", "settle", "prune"), UNIT),
    "publish": ("hand over",), "audio": FILES,
}  # fmt: skip
"""Of each unit of work the points that it passes: before a transaction, a statement, its commit; after the commit;
around files; before the broker gets a message."""
ONCE: dict[str, tuple[str, ...]] = {"keys": FILES, "migration": ("begin", "statement"), "backup": FILES}
"""Those of a site's first life alone."""


@dataclass(frozen=True)
class Aim:
    """Die the `count`-th time that a point is passed within a unit ("" is any)."""

    unit: str
    point: str
    count: int = 1


class Steps:
    """Counts the points that this process passes; at the one that was aimed at it dies on the spot."""

    def __init__(self, aim: Aim | None = None) -> None:
        self._aim, self._left, self._unit = aim, aim.count if aim else 0, ""
        self.passed: dict[tuple[str, str], int] = {}

    @contextmanager
    def unit(self, name: str) -> Iterator[None]:
        """What is being done meanwhile."""
        self._unit = name
        try:
            yield
        finally:
            self._unit = ""

    def pass_(self, point: str) -> None:
        """A point is passed."""
        self.passed[self._unit, point] = self.passed.get((self._unit, point), 0) + 1
        if self._aim is None or self._aim.point != point or self._aim.unit not in ("", self._unit):
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_files(self) -> None:
        """Every rename, sync and opening for writing through `os` from now on."""
        for name, before, after in (("replace", "rename", "renamed"), ("rename", "rename", "renamed"),
                                    ("fsync", "sync", ""), ("write", "write", "")):  # fmt: skip
            setattr(os, name, self._around(getattr(os, name), before, after))

    def watch(self, engine: Engine) -> None:
        """Every transaction of an engine."""
        event.listen(engine, "begin", lambda _: self.pass_("begin"))
        event.listen(engine, "before_cursor_execute", lambda *_: self.pass_("statement"))
        event.listen(engine, "commit", lambda _: self.pass_("commit"))
        event.listen(Session, "after_commit", lambda _: self.pass_("committed"))

    def _around(self, work: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if self._unit:
                self.pass_(before)
            answer = work(*args, **kwargs)
            if self._unit and after:
                self.pass_(after)
            return answer

        return run
