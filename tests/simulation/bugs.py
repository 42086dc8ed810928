"""Bugs that are planted on purpose: a world that does not notice them would not notice others either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from playlists import rules, wire
from playlists.reports import Refusal
from playlists.rules import Beginning
from speaker_node import acceptance, timekeeping
from speaker_node.node import loop
from speaker_node.node.loop import Loop
from speaker_node.node.telling import Telling
from speaker_node.playout import closing, observe, starting
from speaker_node.values import Documents
from tests.simulation import guard, office_bugs, signatures
from tests.simulation.disk import Rows
from tests.simulation.office import SimOffice

if TYPE_CHECKING:
    from tests.simulation.world import World

Plant = Callable[["World"], None]
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Bug:
    """A mistake, and the seeds (from 1 on) within which it must be caught. `patches`: (where, name, what).

    `shows`: words of the violations that it leads to: one that shows by others alone was not caught, but stumbled over.
    """

    what: str
    shows: tuple[str, ...]
    patches: tuple[tuple[Any, str, Any], ...] = ()
    plant: Plant = lambda _world: None
    seeds: int = 20
    nodes: int = 3
    days: int = 3
    scripted: bool = True
    inside: Callable[[], AbstractContextManager[None]] = nullcontext


@contextmanager
def planted(name: str) -> Iterator[Plant]:
    """Inside, the bug of that name is there; what it yields is done to the world once it is built."""
    bug = BUGS.get(name, NONE)
    patches = [patch.object(where, what, new) for where, what, new in bug.patches]
    with ExitStack() as stack:
        for each in (*patches, bug.inside()):
            stack.enter_context(each)
        yield bug.plant


def _unsynced(kind: str) -> Plant:
    def plant(world: World) -> None:
        def lost(events: Rows, documents: Rows) -> bool:
            return not documents and any(row[2] == kind for row in events)

        for box in world.boxes:
            box.disk.unsynced = lost

    return plant


def _line_stays(world: World) -> None:
    for box in world.boxes:
        box.guard.leaves_line = True


_begin, _over = rules.begin, rules.over


def _late(occurrence: Any) -> Any:
    return replace(occurrence, start_by=occurrence.start_by + DAY_MS, ends_at=occurrence.ends_at + DAY_MS)


def _begin_late(occurrence: Any, *arguments: Any, **named: Any) -> Any:
    return _begin(_late(occurrence), *arguments, **named)


def _over_late(occurrence: Any, *arguments: Any) -> bool:
    return _over(_late(occurrence), *arguments)


_numbered = acceptance._numbered


def _any_number(document: Any, key: Any, data: bytes, book: Any) -> Any:
    verdict = _numbered(document, key, data, book)
    older = isinstance(verdict, acceptance.Refused) and verdict.reason is Refusal.OLDER
    return _numbered(document, key, data, replace(book, holdings={})) if older else verdict


_going_on = starting._going_on


def _from_the_start(*arguments: Any) -> Any:
    found = _going_on(*arguments)
    return found and Beginning(found.at, 0)


def _believes(clock: Any, reading: Any, *limits: Any) -> Any:
    heard = _hear_host(clock, reading, *limits)
    return replace(heard, own=heard.host, source="host", host_since=-(2**62)) if heard.counts else heard


_hear_host = timekeeping.hear_host
_tell_batch = Telling._tell_batch


def _forgets(self: Telling, stream: str, batch: Any) -> bool:
    said = _tell_batch(self, stream, batch)
    if said:
        self._journal.acknowledge(stream, batch.last)
    return said


def _unsigned(envelope: wire.Envelope, key: Any) -> wire.Opened:
    try:
        return signatures.verify(envelope, key)
    except wire.WireError:
        return wire.Opened(envelope.kid, signatures.payload_of(envelope.signed))


def _believes_the_player(witness: Any, at: int, sound: Any, amplifier: Any) -> Any:
    always = replace(amplifier, closed_since=0)
    return observe(replace(witness, at=at, closed_since=0, sure_since=0), at, sound, always)


_ledger = SimOffice.ledger


def _invents(self: SimOffice) -> list[Any]:
    return [replace(row, sounded=row.due) for row in _ledger(self)]


NONE = Bug("nothing", ())
BUGS: Mapping[str, Bug] = {
    "start_not_synced": Bug(
        "a START is not on the card when the relay closes",
        ("written anew", "twice", "in attempt"),
        plant=_unsynced("start"),
    ),
    "proof_not_synced": Bug(
        "a CLOSED is told before it is on the card",
        ("written anew", " times: "),
        plant=_unsynced("closed"),
    ),
    "line_left_on": Bug("a dead agent's relay line stays as it was", ("the relay is closed",), plant=_line_stays),
    "lease_ignored": Bug(
        "the guard holds the relay for an agent that hangs",
        ("the relay is closed",),
        ((guard, "LIMITS", replace(guard.LIMITS, lease_ns=3600 * 10**9)),),
    ),
    "catch_up": Bug(
        "what was missed is played when it can be",
        ("after its last moment",),
        ((starting, "begin", _begin_late), (closing, "over", _over_late)),
    ),
    "older_plan": Bug("an older document is taken", ("goes from",), ((acceptance, "_numbered", _any_number),)),
    "audience_ignored": Bug(
        "a document for another node is taken", ("took a plan for",), ((acceptance, "_audience", lambda *_: None),)
    ),
    "signature_ignored": Bug(
        "a document is taken whoever signed it", ("that nobody signed",), ((wire, "verify", _unsigned),)
    ),
    "silence_ignored": Bug(
        "a silence is not asked at a start or resumption",
        ("in a silence",),
        ((starting, "_may", lambda *_: True), (closing, "ended_by", lambda *_: None)),
    ),
    "withdrawal_ignored": Bug(
        "a withdrawal is not obeyed",
        ("no document holds any more",),
        ((Documents, "withdrawn", property(lambda _: frozenset())),),
        scripted=False,
    ),
    "resumed_at_zero": Bug(
        "after a power cut it begins again", ("twice",), ((starting, "_going_on", _from_the_start),)
    ),
    "step_believed": Bug(
        "a clock that steps is believed at once",
        ("too early", "its window is"),
        ((timekeeping, "hear_host", _believes),),
    ),
    "forgets_on_publish": Bug(
        "what was told counts as acknowledged", ("the ledger has no verdict",), ((Telling, "_tell_batch", _forgets),)
    ),
    "disk_not_remembered": Bug(
        "a disk that can be read again is not read",
        ("twice", "in attempt", "closed 2 times"),
        ((Loop, "_remember", lambda _self: None),),
        seeds=60,
    ),
    "player_believed": Bug(
        "frames count that no closed relay let through", ("is told as",), ((loop, "observe", _believes_the_player),)
    ),
    "ledger_invents": Bug(
        "the ledger says that all was heard", ("the ledger",), ((SimOffice, "ledger", _invents),), scripted=False
    ),
    **{
        name: Bug(
            (bug.__doc__ or "").strip(), office_bugs.SHOWS[name], seeds=20, nodes=3, days=4, scripted=False, inside=bug
        )
        for name, bug in office_bugs.BUGS.items()
    },
}
