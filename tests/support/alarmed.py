"""A staffed office whose sheets are signed: what an alarm says on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.values import OccurrenceId, to_ms
from controller.exchange import Exchange
from controller.operations import alarming
from controller.operations.alarm_rows import AlarmWish
from controller.operations.alarms_now import AlarmView, alarm
from controller.signer import Signer, open_signer
from controller.storage.engine import transact
from controller.storage.tables import AreaRow, EventRow, OwedRow
from playlists import wire
from playlists.models import AlertSheet, SheetEntry
from tests.support.staffed import Staffed, staffed_office


@dataclass
class Alarmed:
    """The office with its exchange; `told`: a node's events are written as ingest writes them."""

    staffed: Staffed
    exchange: Exchange
    signer: Signer
    numbers: dict[str, int] = field(default_factory=dict)

    def wish(self, message: str = "flood", zones: tuple[str, ...] = ("commune",), **more: Any) -> AlarmWish:
        """An alarm in the zones of areas, in the name of the commune unless said."""
        area = self.staffed.areas[more.pop("area", "commune")]
        return AlarmWish(area, message, tuple(self.staffed.zone(each) for each in zones), **more)

    def press(self, who: str = "officer", message: str = "flood", **more: Any) -> OccurrenceId:
        """An alarm, as somebody raises it."""
        return OccurrenceId(alarming.raise_alarm(self.staffed.office, self.staffed.by(who), self.wish(message, **more)))

    def view(self, occurrence: OccurrenceId, who: str = "officer") -> AlarmView:
        """How it stands."""
        return alarm(self.staffed.office, self.staffed.by(who), occurrence)

    def look(self) -> dict[str, AlertSheet]:
        """What the exchange would publish now of sheets, by zone and issuer; the broker takes it."""
        self.exchange.look()
        taken = self.exchange.to_publish()
        for message in taken:
            self.exchange.handed_over(message)
        found = [self._sheet(message.payload) for message in taken if message.urgent]
        return {sheet.source: sheet for sheet in found}

    def entries(self, area: str = "commune") -> tuple[SheetEntry, ...]:
        """What the emergency sheet of an area's zone says after a look."""
        self.look()
        current = self.exchange.standing.get(("sheet", self.staffed.zone(area), "office-emergency"))
        return () if current is None else self._sheet(current.signed).occurrences

    def _sheet(self, signed: bytes) -> AlertSheet:
        sheet = wire.decode_document(wire.open_signed(signed, self.signer.public, wire.SHEET_LIMIT).payload)
        assert isinstance(sheet, AlertSheet)
        return sheet

    def setting(self, area: str, **said: Any) -> None:
        """Settings of an area."""

        def work(session: Session) -> None:
            row = session.get_one(AreaRow, self.staffed.areas[area])
            row.settings = {**row.settings, **said}

        transact(self.staffed.office.engine, work)

    def began(self, node: str, entry: SheetEntry, after_ms: int = 0) -> None:
        """A node tells the START of an entry."""
        at = to_ms(self.staffed.clock.now) + after_ms
        start = {
            "kind": "start", "occurrence": entry.id, "version": 1, "source": "z/office-emergency", "attempt": 1,
            "at_wall": at, "at_mono": 1, "first": 0, "items": [], "starts_at": entry.starts_at,
            "ends_at": entry.ends_at, "start_by": entry.start_by, "whole": False, "programme_kind": "alarm",
            "priority": 3, "rank": 0, "tier": 0,
        }  # fmt: skip
        self._event(node, "start", entry.id, start)

    def _event(self, node: str, kind: str, occurrence: str, fact: dict[str, Any]) -> None:
        number = self.numbers[node] = self.numbers.get(node, 0) + 1
        at = to_ms(self.staffed.clock.now)
        event = {"number": number, "wall": at, "mono": 1, "boot": 1, "trust": "synchronised", "fact": fact}
        body = json.dumps(event).encode()
        row = EventRow(
            node_id=node, stream=f"s-{node}", number=number, kind=kind, occurrence_id=occurrence,
            body=body, received_at=self.staffed.clock.now,
        )  # fmt: skip
        transact(self.staffed.office.engine, lambda session: session.add(row))

    def owed(self, occurrence: str) -> dict[str, OwedRow]:
        """Who owes it."""
        return transact(
            self.staffed.office.engine,
            lambda session: {
                row.node_id: row for row in session.scalars(select(OwedRow).where(OwedRow.occurrence_id == occurrence))
            },
        )


@contextmanager
def alarmed_office(folder: Path) -> Iterator[Alarmed]:
    """A staffed office and its exchange, which has read an empty broker."""
    with staffed_office(folder) as staffed:
        signer = open_signer(folder / "keys", "xa-b", to_ms(staffed.clock.now))
        exchange = Exchange(staffed.office.engine, signer, "xa-b", staffed.clock)
        exchange.connected()
        exchange.reading_done()
        yield Alarmed(staffed, exchange, signer)
