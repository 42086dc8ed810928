"""What the nodes told of a year: plans taken, starts, closing facts; and the verdicts that were settled on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from random import Random
from typing import Any

from controller.domain.owed import OFFICE
from controller.domain.values import Owed, from_ms, to_ms
from controller.domain.verdicts import History, Kind, Lack, Proof, Verdict, judge
from controller.housekeeping.settling import AFTER
from controller.storage.mapping import owed_columns
from playlists import wire
from playlists.models import AssetItem, Number, Row
from playlists.reports import Accepted, Cause, Closed, Event, Evidence, Fact, Start, Trust
from tests.bench.year.owing import signed_on

STREAM = "s1"
LOUDNESS = -23.0
Columns = dict[str, Any]


@dataclass
class Told:
    """Rows of one month, ready to be inserted."""

    owed: list[Columns] = field(default_factory=list)
    events: list[Columns] = field(default_factory=list)
    proofs: list[Columns] = field(default_factory=list)


class Journals:
    """Numbers what each node tells, and remembers how far each is."""

    def __init__(self, now: datetime, seed: int) -> None:
        self.numbers: defaultdict[str, int] = defaultdict(int)
        self._now = now
        self._random = Random(seed)
        self._starts: dict[str, Start] = {}

    def month(self, owed: Iterable[Owed]) -> Told:
        """What is known of one month's airings."""
        told = Told()
        for (node, _), day in groupby(sorted(owed, key=_by_day), key=lambda each: (each.node, each.day)):
            airings = list(day)
            if airings[0].starts_at <= to_ms(self._now):
                self._take(told, node, signed_on(airings[0].day))
            away = self._random.random() < 0.015
            for each in airings:
                told.owed.append(self._aired(told, each, away))
        self._starts.clear()
        return told

    def _take(self, told: Told, node: str, at: datetime) -> None:
        number = Number(epoch=1, sequence=to_ms(at))
        fact = Accepted(document="plan", to=node, issuer=OFFICE, number=number, digest=f"{to_ms(at):064x}")
        self._journal(told, node, to_ms(at), fact, None)

    def _aired(self, told: Told, each: Owed, away: bool) -> Columns:
        columns = {**owed_columns(each), "verdict": None, "settled_at": None, **_GONE}
        if each.starts_at > to_ms(self._now):
            return columns
        proof = None if away else self._sounded(told, each)
        if from_ms(each.starts_at) < self._now - AFTER:
            verdict = judge(each, History((proof,)), to_ms(self._now)) if proof else _unheard(each)
            columns |= {"verdict": asdict(verdict), "settled_at": from_ms(each.starts_at) + AFTER}
        return columns

    def _sounded(self, told: Told, each: Owed) -> Proof:
        chance = self._random.random()
        cause = None if chance < 0.97 else self._random.choice((Cause.POWER, Cause.ASSET, Cause.PRE_EMPTED))
        sounded = each.due if cause is None else each.due * self._random.randrange(0, 90) // 100
        start = self._starts.get(each.occurrence) or self._starts.setdefault(each.occurrence, _start(each))
        self._journal(told, each.node, each.starts_at, start, each.occurrence)
        fact = Closed(
            occurrence=each.occurrence,
            version=each.version,
            attempt=1,
            sounded=sounded,
            due=each.due,
            loudness=LOUDNESS,
            start_error=self._random.randrange(-900, 900),
            evidence=(Evidence.FRAMES,),
            cause=cause,
            started_at=each.starts_at,
            assets=each.hashes,
        )
        number = self._journal(told, each.node, each.starts_at + sounded, fact, each.occurrence)
        told.proofs.append(_proof(each, number, fact))
        return Proof(STREAM, number, each.version, sounded, each.due, cause, (Evidence.FRAMES,), each.hashes, LOUDNESS)

    def _journal(self, told: Told, node: str, wall: int, fact: Fact, occurrence: str | None) -> int:
        self.numbers[node] += 1
        number = self.numbers[node]
        event = Event(number=number, wall=wall, mono=wall, boot=1, trust=Trust.SYNCHRONISED, fact=fact)
        told.events.append(
            {
                "node_id": node,
                "stream": STREAM,
                "number": number,
                "kind": fact.kind,
                "occurrence_id": occurrence,
                "body": wire.encode_event(event).encode(),
                "received_at": from_ms(wall + 700),
            }
        )
        return number


_GONE: Columns = dict.fromkeys(("gone_epoch", "gone_sequence", "gone_at", "gone_cause"))


def _by_day(each: Owed) -> tuple[str, object, int]:
    return each.node, each.day, each.starts_at


def _unheard(each: Owed) -> Verdict:
    return Verdict(Kind.MISSED, 0, each.due, True, Lack.LINK_OR_POWER)


def _start(each: Owed) -> Start:
    items = tuple(
        AssetItem(rows=(Row(sha256=sha256, bytes=1, frames=each.due * 48, language="vi"),)) for sha256 in each.hashes
    )
    return Start(
        occurrence=each.occurrence,
        version=each.version,
        source="plan",
        attempt=1,
        at_wall=each.starts_at,
        at_mono=each.starts_at * 1_000_000,
        first=0,
        items=items,
        starts_at=each.starts_at,
        ends_at=each.ends_at,
        start_by=each.start_by,
        whole=False,
        programme_kind=each.programme_kind,
        priority=each.priority,
        rank=0,
        tier=0,
    )


def _proof(each: Owed, number: int, fact: Closed) -> Columns:
    return {
        "node_id": each.node,
        "stream": STREAM,
        "number": number,
        "occurrence_id": each.occurrence,
        "version": fact.version,
        "attempt": fact.attempt,
        "sounded_ms": fact.sounded,
        "due_ms": fact.due,
        "loudness": fact.loudness,
        "start_error_us": fact.start_error,
        "evidence": list(fact.evidence),
        "cause": fact.cause,
        "started_at_ms": fact.started_at,
        "closed_at_ms": each.starts_at + fact.sounded,
        "assets": list(fact.assets),
    }
