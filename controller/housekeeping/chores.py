"""When the chores are done, by the `schedule` library in a thread of its own.

`schedule` forgets over a restart and never runs what it missed, so each chore looks for itself what is left to do, and
all are done once soon after the start. Plans are not among them: the exchange rolls each node's plan by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import schedule
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from controller.housekeeping.backups import back_up
from controller.housekeeping.pruning import Limits, prune, prune_files
from controller.housekeeping.settling import settle
from controller.housekeeping.threads import beside
from controller.storage.engine import StorageError

log = logging.getLogger(__name__)

SETTLE_AT, PRUNE_AT = "03:10", "03:40"
START_S = 60.0
"""How long after the start the first round begins: what people wait for goes first."""


class Housekeeping:
    """The chores of one controller; `backup_at` is a time of day of this machine, `copied` are folders beside it.

    `uploads`: where what nodes brought lies.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        backups: Path,
        copied: tuple[Path, ...],
        backup_at: str,
        backups_kept: int,
        limits: Limits,
        uploads: Path | None = None,
    ) -> None:
        self._chores: dict[str, tuple[str, Callable[[], object]]] = {
            "back up": (backup_at, lambda: back_up(engine, backups, copied, backups_kept, clock())),
            "settle": (SETTLE_AT, lambda: settle(engine, clock())),
            "prune": (PRUNE_AT, lambda: prune(engine, limits, clock())),
        }
        if uploads is not None:
            self._chores["prune files"] = (PRUNE_AT, lambda: prune_files(uploads, clock()))

    def round(self) -> None:
        """Every chore once."""
        for name in self._chores:
            self._do(name)

    def running(self) -> AbstractContextManager[None]:
        """The chores at their times, for the length of a `with`."""
        return beside("housekeeping", self._run)

    def _run(self, ended: threading.Event) -> None:
        if ended.wait(START_S):
            return
        self.round()
        scheduler = schedule.Scheduler()
        for name, (at, _) in self._chores.items():
            scheduler.every().day.at(at).do(self._do, name)
        while not ended.wait(max(0.0, min(60.0, scheduler.idle_seconds or 0.0))):
            scheduler.run_pending()

    def _do(self, name: str) -> None:
        try:
            self._chores[name][1]()
        except (StorageError, SQLAlchemyError, OSError) as error:
            log.error("housekeeping: %s: %s", name, error)
