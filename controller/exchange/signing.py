"""What goes down: sheets and plans computed, signed and written with what they make owed, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.exchange.commune import Commune, Map
from controller.exchange.documents import Current
from controller.exchange.office import Office
from controller.exchange.plans import Made, Planner
from controller.exchange.playing_now import release_waiting, wanted_soon
from controller.exchange.ports import Signer
from controller.exchange.sheets import owe_answers, owe_newcomers, sign_sheets
from controller.exchange.shelf import Shelf
from controller.storage.engine import transact
from controller.storage.tables import SiteRow

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(minutes=1)
"""How often the exchange looks by itself."""
TURN_S = 0.1
"""How long plans are computed in one transaction before others have their turn."""


class Signing:
    """Keeps the shelf as the database wants it. `jitter` spreads the daily roll of plans, `monotonic` ends turns."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        shelf: Shelf,
        clock: Callable[[], datetime],
        jitter: timedelta,
        monotonic: Callable[[], float],
        look_again: timedelta,
    ) -> None:
        self.commune = Commune.nowhere()
        self._engine, self._signer, self._shelf, self._clock = engine, signer, shelf, clock
        self._monotonic, self._look_again = monotonic, look_again
        self._planner, self._map = Planner(jitter), Map()
        self._held_said = False
        self.waiting = False
        """Whether a play now waits for nodes to hold its audio, or an alarm for a second person."""

    def look(self) -> datetime:
        """Sign every sheet that differs; when to look again by itself."""
        now = self._clock()

        def work(session: Session) -> tuple[Commune, list[Current], datetime | None]:
            office = self._office(session, now)
            waiting = release_waiting(session, office.commune, self._planner.given, now)
            signed = sign_sheets(session, office, self._shelf.standing, now)
            standing = {**self._shelf.standing, **{each.name: each for each in signed}}
            owe_answers(session, office, standing, now)
            if office.commune is not self.commune:
                owe_newcomers(session, office, standing, now)
            return office.commune, signed, waiting

        self.commune, signed, waiting = transact(self._engine, work)
        self._shelf.put(signed)
        self.waiting = waiting is not None
        return min(now + self._look_again, waiting or now + self._look_again)

    def plan(self) -> bool:
        """Compute and sign plans for a short while; whether more are waiting."""
        now = self._clock()

        def work(session: Session) -> tuple[list[Made], bool]:
            if self._held_back(session):
                return [], False
            tasks = self._planner.tasks(session, self._office(session, now), wanted_soon(session, now), now)
            made: list[Made] = []
            end = self._monotonic() + TURN_S
            while len(made) < len(tasks) and (not made or self._monotonic() < end):
                made.append(self._planner.make(session, tasks[len(made)], self._shelf.standing, now))
            return made, len(made) < len(tasks)

        made, more = transact(self._engine, work)
        for each in made:
            self._planner.done(each)
        self._shelf.put([each.signed for each in made if each.signed is not None])
        return more

    def _office(self, session: Session, now: datetime) -> Office:
        epoch = session.scalars(select(SiteRow.epoch)).one()
        return Office(self._signer, epoch, self._map.read(session, now))

    def _held_back(self, session: Session) -> bool:
        since = session.scalars(select(SiteRow.plans_held_at)).one()
        if since is not None and not self._held_said:
            log.error("plans are held back since %s: nodes were given newer ones; raise the epoch", since.isoformat())
        self._held_said = since is not None
        return self._held_said
