"""Where everything stands in a span of time, laid out in its sessions."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.airings import Airing
from controller.domain.layout import Reach, Stood
from controller.domain.planning import outlook_between
from controller.domain.tree import time_zone
from controller.domain.values import OccurrenceId, to_ms
from controller.operations.acting import Act
from controller.storage import queries


@dataclass(frozen=True, slots=True)
class Laid:
    """The airings of all broadcasts of the plan, approved and waiting for approval."""

    airings: tuple[Airing, ...]
    reach: Reach

    def of(self, occurrence: OccurrenceId, version: int) -> Airing | None:
        """One airing as a version has it."""
        return next((each for each in self.airings if (each.occurrence, each.version) == (occurrence, version)), None)


def laid_between(act: Act, begin: datetime, end: datetime) -> Laid:
    """What starts from `begin` up to `end`; sessions that have begun stand as they are owed."""
    every = queries.broadcasts(act.session, since=begin.date())
    audio = queries.assets(act.session)
    zone = time_zone(act.tree, next(iter(act.tree.areas)))
    stood = Stood(queries.stood(act.session, to_ms(begin), to_ms(act.now)), to_ms(act.now))
    ahead = outlook_between(every, zone, (begin, end), act.now, act.tree, audio, stood)
    return Laid((*ahead.airings, *ahead.waiting), Reach(act.tree, audio))
