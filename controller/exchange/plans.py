"""The plans: computed anew where what they are made of changed, signed where they differ."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.domain.layout import Stood
from controller.domain.owed import OFFICE, owed_of_plan
from controller.domain.planning import DAYS_BACK, Listener, Outlook, listener_at, outlook, plan, window
from controller.domain.silences import PlacedSilence
from controller.domain.tree import local_day_start, time_zone
from controller.domain.values import Assets, Broadcast, BroadcastId, Lane, NodeId, Sha256, Tree, to_ms
from controller.exchange import first_told, owing
from controller.exchange.documents import (
    PLAN,
    Current,
    NoNumberLeft,
    content_of,
    differs,
    next_number,
    store,
    tell_once,
)
from controller.exchange.office import Office, Standing
from controller.exchange.playing_now import Given
from controller.storage import queries
from controller.storage.books import book_file
from playlists.models import BookFile, Plan, PlannedBroadcast

log = logging.getLogger(__name__)

_LOOK_BACK = timedelta(days=DAYS_BACK + 1)
"""How far back a silence may have ended that a plan still carries."""

Soon = Mapping[str, frozenset[Sha256]]
"""Audio that is or will be played now, by zone."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What all plans are made of."""

    office: Office
    broadcasts: tuple[Broadcast, ...]
    assets: Assets
    silences: tuple[PlacedSilence, ...]
    book: BookFile | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A plan to compute: the same task gives the same plan, but for what began meanwhile as it was owed."""

    node: NodeId
    sources: Sources
    zone: ZoneInfo
    day: datetime
    soon: frozenset[Sha256]


@dataclass(frozen=True, slots=True)
class Said:
    """A plan, and what of its sources is owed with it though the plan does not say it: names, homes, receipts."""

    content: str
    tree: Tree
    planned: Mapping[BroadcastId, tuple[Broadcast, tuple[PlannedBroadcast, ...]]]
    silences: tuple[PlacedSilence, ...]

    def touched(self, before: Said | None) -> frozenset[BroadcastId] | None:
        """The broadcasts of which something else is owed than `before`; None: of all, perhaps."""
        if before is None or before.tree is not self.tree:
            return None
        names = self.planned.keys() | before.planned.keys()
        return frozenset(each for each in names if self.planned.get(each) != before.planned.get(each))


@dataclass(frozen=True, slots=True)
class Made:
    """A task that is done: the document if one was signed, what the node is given to hold, and what was said."""

    task: Task
    signed: Current | None
    given: Given | None
    said: Said | None


class Planner:
    """Knows which plans are up to date. `jitter` spreads the daily roll over that time after local midnight."""

    def __init__(self, jitter: timedelta) -> None:
        self._jitter = jitter
        self._sources: Sources | None = None
        self._outlooks: dict[tuple[ZoneInfo, datetime], Outlook] = {}
        self._done: dict[str, Task] = {}
        self._said: dict[str, Said | None] = {}
        self.given: dict[str, Given] = {}

    def tasks(self, session: Session, office: Office, soon: Soon, now: datetime) -> list[Task]:
        """The plans to compute now, by node."""
        sources = self._read(session, office, now)
        found = (self._task(sources, node, soon, now) for node in sorted(office.commune.tree.nodes))
        return [task for task in found if task is not None and self._done.get(task.node) != task]

    def make(self, session: Session, task: Task, standing: Standing, now: datetime) -> Made:
        """Compute a node's plan and write what it makes owed; sign it if it says something else than the last."""
        try:
            return self._make(session, task, standing.get((PLAN, task.node, OFFICE)), now)
        except NoNumberLeft as error:
            tell_once((PLAN, task.node, OFFICE), str(error))
            return Made(task, None, None, None)
        except (ValueError, LookupError) as error:
            # One node that cannot be planned must not keep the others from their plan.
            log.error("no plan for %s: %s", task.node, error)
            return Made(task, None, None, None)

    def done(self, made: Made) -> None:
        """To be said after the commit: this plan is up to date."""
        self._done[made.task.node] = made.task
        self._said[made.task.node] = made.said
        if made.given is not None:
            self.given[made.task.node] = made.given

    def _read(self, session: Session, office: Office, now: datetime) -> Sources:
        since = _first_day(office, now - self._jitter)
        broadcasts = tuple(each for each in queries.broadcasts(session, since=since) if each.lane is Lane.PLAN)
        silences = queries.silences(session, now - _LOOK_BACK)
        found = Sources(office, broadcasts, queries.assets(session), silences, book_file(session))
        if found != self._sources:
            self._sources, self._outlooks = found, {}
        return self._sources or found

    def _task(self, sources: Sources, node: NodeId, soon: Soon, now: datetime) -> Task | None:
        commune = sources.office.commune
        try:
            zone = time_zone(commune.tree, commune.tree.nodes[node].home)
        except LookupError as error:
            log.error("no plan for %s: %s", node, error)
            return None
        share = int.from_bytes(hashlib.sha256(node.encode()).digest()[:4]) / 2**32
        day = local_day_start(now - self._jitter * share, zone)
        wanted = (soon.get(each, frozenset()) for each in commune.zones[node])
        return Task(node, sources, zone, day, frozenset().union(*wanted))

    def _make(self, session: Session, task: Task, last: Current | None, now: datetime) -> Made:
        office, silences, soon = task.sources.office, task.sources.silences, sorted(task.soon)
        ahead = self._outlook(session, task, now)
        listener = listener_at(office.commune.tree.nodes[task.node], office.commune.tree, task.sources.assets)
        begun = queries.begun(session, task.node, to_ms(ahead.begin), to_ms(now))
        said = plan(
            listener, ahead, begun, now, office.signer.key_set_digest, office.issuers, soon, silences, task.sources.book
        )
        content, hold = content_of(said), frozenset(asset.sha256 for asset in said.assets(to_ms(now)))
        whole = Said(content, listener.tree, _planned(said, ahead), silences)
        touched = whole.touched(self._said.get(task.node))
        if last is not None and not differs(last, content, office.epoch, office.kid(OFFICE)):
            if whole == self._said.get(task.node):
                return Made(task, None, Given(last.digest, hold), whole)
            first_told.note_plan(session, said, last.number, listener.tree, listener.node, silences)
            # Names and homes are owed, but not said to the node.
            self._owe(session, said.model_copy(update={"number": last.number}), listener, ahead, touched, now)
            first_told.note_absence(session, said, last.number, now)
            return Made(task, None, Given(last.digest, hold), whole)
        number = next_number(last.number if last else None, office.epoch, now)
        document = said.model_copy(update={"number": number})
        current = store(session, office.signer, document, OFFICE, content, now)
        first_told.note_plan(session, document, number, listener.tree, listener.node, silences)
        self._owe(session, document, listener, ahead, touched, now)
        first_told.note_absence(session, document, number, now)
        return Made(task, current, Given(current.digest, hold), whole)

    def _outlook(self, session: Session, task: Task, now: datetime) -> Outlook:
        key = (task.zone, task.day)
        if key not in self._outlooks:
            begin, _ = window(task.zone, task.day)
            stood = Stood(queries.stood(session, to_ms(begin), to_ms(now)), to_ms(now))
            tree, assets = task.sources.office.commune.tree, task.sources.assets
            self._outlooks[key] = outlook(task.sources.broadcasts, task.zone, task.day, tree, assets, stood)
        return self._outlooks[key]

    def _owe(
        self,
        session: Session,
        document: Plan,
        listener: Listener,
        ahead: Outlook,
        touched: frozenset[BroadcastId] | None,
        now: datetime,
    ) -> None:
        before = queries.owed_of(session, listener.node.id, to_ms(ahead.begin), touched)
        ours = document.broadcasts
        if touched is not None:
            document = document.model_copy(update={"broadcasts": tuple(each for each in ours if each.id in touched)})
        owing.update(session, before, owed_of_plan(document, listener, ahead.broadcasts), document.number, now)


def _planned(said: Plan, ahead: Outlook) -> Mapping[BroadcastId, tuple[Broadcast, tuple[PlannedBroadcast, ...]]]:
    """What a plan says of each broadcast, which may stand there with several priorities."""
    grouped = groupby(said.broadcasts, key=lambda each: BroadcastId(each.id))
    return {name: (ahead.broadcasts[name], tuple(same)) for name, same in grouped}


def _first_day(office: Office, moment: datetime) -> date:
    """The day on which the windows begin; it changes with the root's day, at night as the windows do."""
    areas = office.commune.tree.areas.values()
    zone = next((each.time_zone for each in areas if each.parent is None and each.time_zone), "UTC")
    return moment.astimezone(ZoneInfo(zone)).date() - timedelta(days=DAYS_BACK)
