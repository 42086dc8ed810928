"""Everything into one database, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine

from controller.domain.values import Broadcast, VersionState
from controller.operations.acting import Actor, Office
from controller.operations.broadcasts import withdraw_broadcast
from controller.operations.secrets import random_id
from controller.signer import Signer
from controller.storage.engine import transact
from controller.storage.mapping import version_columns
from controller.storage.tables import (
    AssetEntryRow,
    AssetRow,
    AuditRow,
    Base,
    BroadcastRow,
    ConditionRow,
    DocumentRow,
    EventRow,
    OwedRow,
    ProofRow,
    SilenceAreaRow,
    SilenceRow,
    StreamRow,
    VersionRow,
)
from controller.storage.writing import insert_new
from tests.bench.year import condition, owing
from tests.bench.year.decided import HERE, Decided, decide
from tests.bench.year.places import STAFF, Commune, found
from tests.bench.year.told import Journals

AHEAD = timedelta(days=31)
SILENCE_EVERY = 9
"""A silence in some hamlet every so many days."""
Columns = dict[str, Any]


class Unheard:
    """Nobody listens yet when the rows are made."""

    def nudge(self) -> None:
        """Nothing to wake."""


def fill(engine: Engine, signer: Signer, site: str, hamlets: int, days: int, now: datetime, seed: int = 4) -> Commune:
    """An office as it stands at `now` after so many days with so many hamlets."""
    today = now.astimezone(HERE).date()
    first = today - timedelta(days=days)
    begin = datetime.combine(first, time(0), HERE)
    office = Office(engine, Unheard(), lambda: begin - timedelta(days=3), random_id)
    commune = found(office, site, hamlets, first - timedelta(days=2))
    decided = decide(commune, first, today, today + AHEAD, seed)
    _decisions(engine, commune, decided, today)
    journals = Journals(now, seed)
    owed = owing.owed(commune, decided, begin, datetime.combine(today, time(0), HERE) + AHEAD)
    for month in owed:
        told = journals.month(month)
        for row, rows in ((OwedRow, told.owed), (EventRow, told.events), (ProofRow, told.proofs)):
            _insert(engine, row, rows)
    _insert(engine, StreamRow, condition.streams(journals.numbers, now))
    _plans(engine, signer, commune, decided, now)
    officer = Actor(commune.people["officer"], STAFF["officer"][0])
    withdraw_broadcast(Office(engine, Unheard(), lambda: now, random_id), officer, decided.mistaken, "Sai giờ.")
    return commune


def _insert(engine: Engine, row: type[Base], rows: Iterable[Columns]) -> None:
    transact(engine, lambda session: insert_new(session, row, list(rows)))


def _plans(engine: Engine, signer: Signer, commune: Commune, decided: Decided, now: datetime) -> None:
    today = now.astimezone(HERE).date()
    plans = {plan.to: plan for plan, _ in owing.plans(commune, decided, owing.signed_on(today))}
    for plan in plans.values():
        _insert(engine, DocumentRow, condition.documents(plan, signer, today))
    _insert(engine, ConditionRow, condition.conditions(plans, len(decided.assets), now))


def _decisions(engine: Engine, commune: Commune, decided: Decided, today: date) -> None:
    editor, root = commune.people["editor"], commune.root
    at = {asset: each.versions[0].created_at for each in decided.broadcasts for asset in _hashes(each)}
    assets = [{**each.model_dump(), **_MADE, "made_at": at[sha256]} for sha256, each in decided.assets.items()]
    entries = [
        {"sha256": sha256, "area_id": root, "title": title, "added_by": editor, "added_at": at[sha256], **_ENTRY}
        for sha256, title in decided.titles.items()
    ]
    _insert(engine, AssetRow, assets)
    _insert(engine, AssetEntryRow, entries)
    _insert(engine, BroadcastRow, (_broadcast(each, commune) for each in decided.broadcasts))
    versions = [(each.id, version) for each in decided.broadcasts for version in each.versions]
    _insert(engine, VersionRow, ({"broadcast_id": name, **version_columns(version)} for name, version in versions))
    _insert(engine, AuditRow, (act for each in decided.broadcasts for act in _acts(each, commune)))
    silences = list(_silences(commune, today))
    _insert(engine, SilenceRow, (row for row, _ in silences))
    _insert(engine, SilenceAreaRow, (area for _, area in silences))


_MADE: Columns = dict.fromkeys(("original_sha256", "original_path"), None) | {"loudness_lufs": -23.0, "peak_dbtp": -1.0}
_ENTRY: Columns = {"original_name": "tin.mp3", "removed_at": None}


def _hashes(broadcast: Broadcast) -> Iterator[str]:
    for item in broadcast.versions[0].content.playlist or ():
        yield from (recording.asset for recording in item.recordings)


def _broadcast(each: Broadcast, commune: Commune) -> Columns:
    return {
        "id": each.id,
        "programme_id": each.programme.id,
        "area_id": each.owner,
        "lane": each.lane.value,
        "created_by": commune.people["editor"],
        "created_at": each.versions[0].created_at,
        "withdrawn_at": None,
        "withdrawn_by": None,
        "withdrawn_why": None,
    }


def _acts(each: Broadcast, commune: Commune) -> Iterator[Columns]:
    """What the log says of a broadcast: written, submitted, approved or returned."""
    version = each.versions[0]
    yield _act("create_broadcast", "editor", each, commune, version.created_at)
    if version.submitted_at is not None:
        yield _act("submit_version", "editor", each, commune, version.submitted_at)
    if version.decided_at is not None:
        act = "approve_version" if version.state is VersionState.APPROVED else "return_version"
        yield _act(act, "approver", each, commune, version.decided_at)


def _act(act: str, who: str, each: Broadcast, commune: Commune, at: datetime) -> Columns:
    return {
        "at": at,
        "person_id": commune.people[who],
        "person_name": STAFF[who][0],
        "address": "10.0.0.7",
        "act": act,
        "area_id": each.owner,
        "object_kind": "broadcast",
        "object_id": each.id,
        "details": {"number": 1},
    }


def _silences(commune: Commune, today: date) -> Iterator[tuple[Columns, Columns]]:
    for number in range(40):
        area = commune.hamlets[number * 7 % len(commune.hamlets)]
        begin = datetime.combine(today, time(13), HERE) - timedelta(days=SILENCE_EVERY * (number - 1))
        silence = {
            "id": f"silence{number:03}",
            "begin_at": begin,
            "end_at": begin + timedelta(hours=30),
            "kinds": [],
            "why": "funeral",
            "note": "",
            "by": commune.people["officer"],
            "at": begin - timedelta(hours=5),
            "lifted_by": None,
            "lifted_at": None,
        }
        yield silence, {"silence_id": f"silence{number:03}", "area_id": area}
