"""What the controller acknowledged before it died, and whether the database still has it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.fault.kills.site import NODES, STREAM, Site, event_text

Fact = Mapping[str, Any]


@dataclass
class Book:
    """Grows over the lives of one site; `told` is how far each node knows itself acknowledged."""

    site: Site
    told: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NODES, 0))
    facts: list[Fact] = field(default_factory=list)
    keys: str | None = None
    numbers: dict[str, str] = field(default_factory=dict)

    def add(self, lines: bytes) -> list[str]:
        """The facts of one life; what contradicts an earlier one."""
        wrong: list[str] = []
        for fact in self.said(lines):
            if "acknowledged" in fact:
                self.told[fact["acknowledged"]] = max(self.told[fact["acknowledged"]], fact["number"])
            if "keys" in fact:
                wrong += [] if self.keys in (None, fact["keys"]) else ["the keys changed"]
                self.keys = fact["keys"]
            self.facts.append(fact)
        return wrong

    @staticmethod
    def said(lines: bytes) -> list[Fact]:
        """What a life said, without a line that it did not end."""
        return list(_facts(lines))

    def lost(self) -> list[str]:
        """What was acknowledged since the last look and is not there, or what is torn."""
        facts, self.facts = self.facts, []
        with closing(sqlite3.connect(self.site.database, timeout=30)) as database:
            torn = [row[0] for row in database.execute("PRAGMA quick_check") if row[0] != "ok"]
            broken = [str(row) for row in database.execute("PRAGMA foreign_key_check")]
            acts = [*_lost_acts(database, facts), *self._lost_documents(database, facts), *self._lost_events(database)]
        return [*torn, *broken, *acts, *self._lost_files(facts)]

    def _lost_documents(self, database: sqlite3.Connection, facts: list[Fact]) -> Iterator[str]:
        for fact in facts:
            if fact.get("row") is None:
                continue
            found = database.execute("SELECT signed_bytes FROM document WHERE id = ?", (fact["row"],)).fetchone()
            if found is None or hashlib.sha256(found[0]).hexdigest() != fact["payload"]:
                yield f"{fact['published']} went out and is not in the database"
        names = 'kind || "/" || "to" || "/" || issuer || "/" || epoch || "/" || sequence'
        for name, digest in database.execute(f"SELECT {names}, digest FROM document"):
            if self.numbers.setdefault(name, digest) != digest:
                yield f"{name} was used twice"

    def _lost_events(self, database: sqlite3.Connection) -> Iterator[str]:
        for node, told in self.told.items():
            chosen = "SELECT number, body FROM event WHERE node_id = ? AND stream = ? ORDER BY number"
            rows = list(database.execute(chosen, (node, STREAM)))
            if [number for number, _ in rows] != list(range(1, len(rows) + 1)) or len(rows) < told:
                yield f"{node}: {told} events were acknowledged, {len(rows)} are there"
            if any(body.decode() != event_text(number) for number, body in rows[-5:]):
                yield f"{node}: an event is not what was told"

    def _lost_files(self, facts: list[Fact]) -> Iterator[str]:
        for fact in facts:
            if "audio" in fact:
                path = self.site.folder / "media" / "assets" / fact["audio"][:2] / fact["audio"]
                if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != fact["audio"]:
                    yield f"audio {fact['audio']} was kept and is not there"
            if "backup" in fact:
                with closing(sqlite3.connect(self.site.folder / "backups" / fact["backup"] / "loa.db")) as copy:
                    if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                        yield f"backup {fact['backup']} is damaged"


def _lost_acts(database: sqlite3.Connection, facts: list[Fact]) -> Iterator[str]:
    for fact in facts:
        act, check = fact.get("act"), _CHECKS.get(fact.get("act", ""))
        if check is not None and not check(database, fact):
            yield f"{dict(fact)} was answered and is not there"
        name = next((fact[key] for key in ("broadcast", "occurrence", "silence") if key in fact), None)
        if act and name and not _any(database, "audit", "act = ? AND object_id = ?", act, name):
            yield f"{dict(fact)} has no audit entry"


def _any(database: sqlite3.Connection, table: str, where: str, *values: object) -> bool:
    return database.execute(f"SELECT 1 FROM {table} WHERE {where}", values).fetchone() is not None


_CHECKS: dict[str, Callable[[sqlite3.Connection, Fact], bool]] = {
    "create_broadcast": lambda db, fact: _any(db, "broadcast", "id = ?", fact["broadcast"]),
    "submit_version": lambda db, fact: _any(
        db, "version", "broadcast_id = ? AND submitted_at IS NOT NULL", fact["broadcast"]
    ),
    "approve_version": lambda db, fact: _any(
        db, "version", "broadcast_id = ? AND state = 'approved'", fact["broadcast"]
    ),
    "withdraw_broadcast": lambda db, fact: _any(
        db, "broadcast", "id = ? AND withdrawn_at IS NOT NULL", fact["broadcast"]
    ),
    "play_now": lambda db, fact: _any(db, "play_now", "occurrence_id = ?", fact["occurrence"]),
    "place_silence": lambda db, fact: _any(db, "silence", "id = ?", fact["silence"]),
    "mute": lambda db, fact: all(_any(db, "mute", "zone_id = ?", zone) for zone in fact["zones"]),
}


def _facts(lines: bytes) -> Iterator[Fact]:
    for line in lines.split(b"\n"):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            yield said
