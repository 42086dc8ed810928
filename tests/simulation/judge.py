"""At rest: what each box owed, what was heard of it, and whether journal and ledger say the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from playlists.models import Occurrence
from playlists.reports import Closed
from playlists.rules import millis_of
from tests.simulation.kernel import MS
from tests.simulation.oracle import HELD_MS, Ear, Oracle
from tests.simulation.types import LedgerRow

SURE_MS = 5_000
"""What came, went or was fetched so near to a start need not be known in time."""
ON_TIME_MS = (-200, 5_500)
ROUNDING_MS = 350
"""Between frames heard and frames told: the shares of a relay's edge, and a report that a death kept back."""


@dataclass(frozen=True)
class Owed:
    """One play that a box owed; `clear`: nothing stood in its way."""

    ear: Ear
    occurrence: Occurrence
    clear: bool


def owed(ear: Ear, until_ms: int) -> Iterator[Owed]:
    """All that stood in this box's documents from before its start to past its end."""
    rows = {o.id: o for shelf in (ear.memory, ear.disk) for o in shelf.all.values()}
    starts = sorted((o.starts_at, o.ends_at, o.id) for o in rows.values())
    for occurrence in rows.values():
        if occurrence.ends_at + 60_000 < until_ms and _stood(ear, occurrence):
            yield Owed(ear, occurrence, _clear(ear, occurrence, starts))


def _stood(ear: Ear, occurrence: Occurrence) -> bool:
    shelf = ear.disk
    since, gone = shelf.since.get(occurrence.id), shelf.gone.get(occurrence.id)
    known = since is not None and since < occurrence.starts_at - SURE_MS
    return known and (gone is None or gone > occurrence.ends_at + SURE_MS)


def _clear(ear: Ear, occurrence: Occurrence, starts: Sequence[tuple[int, int, str]]) -> bool:
    begin, end = occurrence.starts_at, occurrence.starts_at + millis_of(occurrence.frames)
    heard = ear.heard.get((occurrence.id, 1))
    if heard and heard[0].begun // MS < ear.disk.since[occurrence.id]:
        # It had sounded before it was moved.
        return False
    if ear.welcomed_at is None or ear.welcomed_at > begin - SURE_MS:
        return False
    if ear.is_disturbed((begin - 60_000) * MS, (end + SURE_MS) * MS):
        return False
    if any(s < end + 15_000 and e > begin - 15_000 and id_ != occurrence.id for s, e, id_ in starts):
        return False
    if any(s.start < end + SURE_MS and s.end > begin - SURE_MS for s in ear.all_silences):
        return False
    lack = ear.box.library.since
    rows = [row.sha256 for item in occurrence.items for row in item.rows]
    return all(sha256 in lack and lack[sha256] < (begin - SURE_MS) * MS for sha256 in rows)


def judge(oracle: Oracle, until_ms: int) -> None:
    """Count, and say what is wrong."""
    for ear in oracle.ears.values():
        for play in owed(ear, until_ms):
            oracle.counts["owed"] += 1
            _judge_one(oracle, play)
        for id_, facts in ear.closed.items():
            if len(facts) > 1:
                oracle.wrong(ear.box, f"{id_} is closed {len(facts)} times: {[f.cause for f in facts.values()]}")
        _fell_short(oracle, ear)


def _judge_one(oracle: Oracle, play: Owed) -> None:
    ear, occurrence = play.ear, play.occurrence
    audible = millis_of(ear.audible(occurrence.id))
    due, fact = millis_of(occurrence.frames), ear.closing(occurrence.id)
    oracle.counts["played"] += audible >= due * 0.95
    if fact is None and (occurrence.id in ear.half_told or _never_saw(ear, occurrence)):
        return
    if fact is None:
        oracle.counts["lost"] += 1
        oracle.wrong(ear.box, f"{occurrence.id} was owed and is not closed")
        return
    if play.clear:
        oracle.counts["clear"] += 1
        _on_time(oracle, play, audible, due, fact)


def _never_saw(ear: Ear, occurrence: Occurrence) -> bool:
    """The box was off, or knew no time, from its start until the office's word came that it is not for this box."""
    gone = ear.disk.gone.get(occurrence.id)
    if gone is None:
        return False
    begin, end = occurrence.starts_at * MS, gone * MS
    return any(since <= begin and until >= end for since, until in ear.disturbed)


def _on_time(oracle: Oracle, play: Owed, audible: int, due: int, fact: Closed) -> None:
    ear, occurrence = play.ear, play.occurrence
    rows = ear.heard.get((occurrence.id, 1), [])
    late = rows[0].begun // MS - occurrence.starts_at if rows else None
    slack = 0 if rows and rows[0].steered else HELD_MS
    early, latest = ON_TIME_MS[0] - slack, ON_TIME_MS[1] + slack
    if late is None or audible < due - ROUNDING_MS or not early <= late <= latest:
        oracle.counts["lost"] += 1
        oracle.wrong(ear.box, f"{occurrence.id}: {audible} of {due} ms heard, {late} ms late, with nothing in its way "
                              f"(closed: {fact.cause})")  # fmt: skip
    elif fact.cause is not None or abs(fact.sounded - audible) > ROUNDING_MS:
        oracle.wrong(ear.box, f"{occurrence.id} was heard for {audible} ms and is told as {fact.sounded}, {fact.cause}")


def _fell_short(oracle: Oracle, ear: Ear) -> None:
    """No proof says more than was heard."""
    for id_, facts in ear.closed.items():
        for fact in facts.values():
            heard = millis_of(ear.audible(id_))
            occurrence = ear.disk.all.get(id_) or ear.memory.all.get(id_)
            if fact.sounded > heard + ROUNDING_MS and occurrence and not ear.was_deaf(occurrence):
                oracle.wrong(ear.box, f"{id_} is told as {fact.sounded} ms, {heard} ms were heard")


def at_rest(oracle: Oracle) -> None:
    """All is mended for long: every box is up, has told everything and holds the newest documents."""
    for ear in oracle.ears.values():
        box = ear.box
        if not box.up or box.journal is None:
            oracle.wrong(box, "is not up again")
            continue
        if box.journal.depth():
            oracle.wrong(box, f"has {box.journal.depth()} events that are not acknowledged")
        held = {digest for _, digest in ear.disk.held.values()}
        for topic in sorted(box.loop_topics()):
            digest = oracle.registry.newest.get(topic)
            if digest is not None and digest not in held and digest in oracle.registry.known:
                oracle.wrong(box, f"does not hold what the office says last on {topic}")


def ledger(oracle: Oracle, rows: Sequence[LedgerRow], uncertain: Collection[str] = ()) -> None:
    """The office's verdicts are what the boxes' cards say, no more, no less; of what a restore left in doubt, nothing
    is asked."""
    told = {(row.node, row.occurrence): row for row in rows if row.occurrence not in uncertain}
    for ear in oracle.ears.values():
        for id_ in ear.closed:
            facts, row = ear.words(id_), told.pop((ear.box.id, id_), None)
            if not facts:
                continue
            if row is None and id_ in uncertain:
                continue
            if row is None:
                oracle.wrong(ear.box, f"the ledger has no verdict on {id_} ({facts[-1].cause})")
            elif not any(_same(row, fact) for fact in facts):
                words = ", ".join(f"{fact.sounded}/{fact.due}" for fact in facts)
                oracle.wrong(ear.box, f"the ledger says {row.sounded}/{row.due} of {id_}, the card {words}")
    for (node, id_), row in told.items():
        if row.sounded:
            oracle.wrong(oracle.ears[node].box, f"the ledger invents {row.sounded} ms of {id_}")


def _same(row: LedgerRow, fact: Closed) -> bool:
    """What never began is closed with what an older document owed, where no newer one came in time."""
    return row.sounded == fact.sounded and (row.other or row.due == fact.due or not fact.attempt)
