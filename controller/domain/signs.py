"""Which facts make a fault in a node that speaks: one row for each kind, a pure function of the facts.

A value that wavers opens at one threshold and closes at another (`open` says which one counts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from controller.domain.facts import LATELY, Counter, NodeFacts, Tested
from controller.domain.machines import Turn, returns
from controller.domain.values import from_ms, to_ms
from playlists.reports import AmplifierFault, Because, Cause, Heartbeat, Missing, Outcome, Refusal, StoreState, Trust


class Severity(IntEnum):
    """How much it matters: worth a look, something is at risk, nobody hears this node."""

    NOTE = 1
    WARNING = 2
    SERIOUS = 3


class FaultKind(StrEnum):
    """What is wrong. The first two are of many nodes at once, all others of one."""

    BROKER = "broker"
    TOGETHER = "together"
    SILENT = "silent"
    NEVER = "never"
    SOUND = "sound"
    SOUND_RESTARTS = "sound_restarts"
    GUARD_RESTARTS = "guard_restarts"
    AMPLIFIER = "amplifier"
    UNHEARD = "unheard"
    CLOCK = "clock"
    STORE = "store"
    QUARANTINE = "quarantine"
    ASSETS = "assets"
    DOCUMENTS = "documents"
    TWICE = "twice"
    RESTARTS = "restarts"
    VOLTAGE = "voltage"
    HEAT = "heat"
    MEMORY = "memory"
    SIGNAL = "signal"
    CARD = "card"
    DEAF = "deaf"


@dataclass(frozen=True, slots=True)
class Finding:
    """That something is wrong: since when, what exactly (a code), how much it matters, the facts that it rests on."""

    since: datetime
    what: str
    severity: Severity
    grounds: Mapping[str, str | int | float | bool] = field(default_factory=dict)


Holds = Callable[[NodeFacts, bool, datetime], Finding | None]
"""What the facts say; `open`: whether the fault is there already."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A row: what makes a fault of this kind, and for how long that must hold before it is told."""

    kind: FaultKind
    holds: Holds
    ripe: timedelta = timedelta()


MUTE = "mute"
"""How a node's word of its sound begins while what plays comes out silent."""
NEW_NODE = timedelta(minutes=10)
HOT, COOL = 80.0, 74.0
MEMORY_LOW, MEMORY_ENOUGH = 40 * 2**20, 60 * 2**20
WEAK, STRONG = 20, 30
BALANCE_LOW, EXPIRES_SOON = 5_000, timedelta(days=3)
MANY_BOOTS, MANY_RESTARTS = 3, 3
LOOP = timedelta(minutes=15)
BEATS = 4


def told(facts: NodeFacts) -> Heartbeat | None:
    """The last status, where there is one."""
    return facts.status if facts.status_at is not None else None


def _since(facts: NodeFacts) -> datetime:
    assert facts.status_at is not None
    return facts.status_at


def _never(facts: NodeFacts, _: bool, now: datetime) -> Finding | None:
    if facts.heard_at is not None or facts.enrolled_at is None or now < facts.enrolled_at + NEW_NODE:
        return None
    return Finding(facts.enrolled_at, "never", Severity.WARNING)


def _sound(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None or (status.sound_ok is not False and not status.sound_error.startswith(MUTE)):
        return None
    # A process that lives names what its device lacks; one that is gone names nothing.
    gone = "device" if status.sound_error else "process"
    what = gone if status.sound_ok is False else "mute"
    return Finding(_since(facts), what, Severity.SERIOUS, {"error": status.sound_error[:160]})


def _restarted(counter: Counter) -> Holds:
    """Once is worth a look, as it healed by itself; again and again is a fault."""

    def holds(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
        grown = facts.grown.get(counter)
        if grown is None:
            return None
        severity = Severity.WARNING if grown.by >= MANY_RESTARTS else Severity.NOTE
        because = facts.status.restarts.because if facts.status else ""
        # It tells of the last that was started anew, which may be the other one.
        if because.startswith(tuple(f"{other}: " for other in Counter if other is not counter)):
            because = ""
        return Finding(grown.at, counter.value, severity, {"times": grown.by, "because": because[:160]})

    return holds


def _amplifier(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None:
        return None
    if status.amplifier_fault is not None:
        return Finding(_since(facts), status.amplifier_fault.value, Severity.SERIOUS)
    # An older node names no fault but tells what it holds and what it reads back.
    if status.relay is not None and status.read_back is not None and status.relay is not status.read_back:
        stuck = AmplifierFault.STUCK_OPEN if status.relay else AmplifierFault.STUCK_CLOSED
        return Finding(_since(facts), stuck.value, Severity.SERIOUS)
    return None


_CUT_SHORT = (Cause.STOPPED.value, Cause.PRE_EMPTED.value, Cause.QUIET.value)


def _unheard(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    """The last self test that ended by itself: one that somebody stopped says nothing."""
    last = next((each for each in reversed(facts.tests) if _is_told(each)), None)
    if last is None or last.outcome is not Outcome.FAILED:
        return None
    grounds: dict[str, str | int | float | bool] = {} if last.level is None else {"level": last.level}
    return Finding(last.at, "self_test", Severity.SERIOUS, grounds)


def _is_told(test: Tested) -> bool:
    return test.outcome is Outcome.DONE or (test.outcome is Outcome.FAILED and test.detail not in _CUT_SHORT)


def _clock(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None:
        return None
    if status.clock.trust is Trust.UNTRUSTED:
        rtc = {} if status.clock.rtc is None else {"rtc": status.clock.rtc}
        return Finding(_since(facts), "untrusted", Severity.SERIOUS, {"wall": status.clock.wall, **rtc})
    if status.clock.disputed:
        return Finding(_since(facts), "disputed", Severity.WARNING, {"wall": status.clock.wall})
    return None


_STORE = {
    StoreState.LOW: Severity.WARNING,
    StoreState.FULL: Severity.SERIOUS,
    StoreState.READ_ONLY: Severity.SERIOUS,
    StoreState.FAILED: Severity.SERIOUS,
}
SET_ASIDE = "set aside"


def _store(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None:
        return None
    grounds: dict[str, str | int | float | bool] = {"error": status.store_error[:160]}
    if status.store is not StoreState.OK or not status.store_ok:
        state = status.store if status.store is not StoreState.OK else StoreState.FAILED
        return Finding(_since(facts), state.value, _STORE[state], grounds)
    if SET_ASIDE in status.store_error:
        foreign = status.store_error.startswith("a journal of node")
        return Finding(_since(facts), "foreign" if foreign else "mended", Severity.WARNING, grounds)
    return None


def _quarantine(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None or not (status.quarantined or status.library_error):
        return None
    grounds: dict[str, str | int | float | bool] = {"files": status.quarantined, "error": status.library_error[:160]}
    return Finding(_since(facts), "bytes" if status.quarantined else "library", Severity.WARNING, grounds)


def failed(missing: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """Those of the assets that are lacking of which a fetch failed; the others are on their way."""
    return tuple(each for each in missing if each.cause)


def _assets(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    lacking = failed(status.missing) if status else ()
    if not lacking:
        return None
    what = "space" if any("space" in each.cause for each in lacking) else "fetch"
    grounds: dict[str, str | int | float | bool] = {"files": len(lacking), "cause": lacking[0].cause[:160]}
    return Finding(_since(facts), what, Severity.WARNING, grounds)


_ABOUT_KEYS = (Refusal.UNKNOWN_KEY, Refusal.BAD_SIGNATURE, Refusal.NOT_PERMITTED)
_ABOUT_AGE = (Refusal.OLDER, Refusal.CONFLICT)
_ABOUT_FORM = (Refusal.UNSUPPORTED, Refusal.MALFORMED, Refusal.TOO_BIG)
REFUSED_FOR = timedelta(minutes=30)
"""A refusal without another after it is over."""


def _documents(facts: NodeFacts, _: bool, now: datetime) -> Finding | None:
    about = [
        each
        for each in facts.refusals
        if each.document == "plan" and each.reason not in (Refusal.NOT_MINE,) and now - each.at < REFUSED_FOR
    ]
    accepted = _held_at(facts)
    about = [each for each in about if accepted is None or each.at > accepted]
    if not about:
        return None
    last = about[-1]
    return Finding(about[0].at, _refused_as(last.reason), Severity.WARNING, {"reason": last.reason.value})


def _refused_as(reason: Refusal) -> str:
    kinds = {"keys": _ABOUT_KEYS, "age": _ABOUT_AGE, "form": _ABOUT_FORM}
    return next((what for what, reasons in kinds.items() if reason in reasons), "other")


def _held_at(facts: NodeFacts) -> datetime | None:
    """When the plan that it holds was signed: what was refused before that is over."""
    status = told(facts)
    plans = [each.number.sequence for each in status.held if each.kind == "plan"] if status else []
    return from_ms(max(plans)) if plans else None


def _twice(facts: NodeFacts, open_: bool, now: datetime) -> Finding | None:
    """They drive one another out, as each of them counts; or the office itself hears them by turns."""
    grown = facts.grown.get(Counter.TAKEOVERS)
    if grown is not None and grown.by >= (1 if open_ else 2):
        return Finding(grown.at, Counter.TAKEOVERS.value, Severity.SERIOUS, {"times": grown.by})
    begun = (Turn(each.machine, each.at) for each in facts.boots if each.machine and each.sure)
    by_turns = max(_lately(facts, returns(facts.turns), now), _lately(facts, returns(begun), now), key=len)
    return Finding(by_turns[0], "machines", Severity.SERIOUS, {"times": len(by_turns)}) if by_turns else None


def _lately(facts: NodeFacts, at: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Two machines that speak as seldom as they promised are heard by turns all the same."""
    lately = max(LATELY, BEATS * timedelta(milliseconds=facts.heartbeat))
    return tuple(each for each in at if now - each < lately)


def _restarts(facts: NodeFacts, open_: bool, now: datetime) -> Finding | None:
    lately = [each for each in facts.boots if now - each.at < LOOP]
    if len(lately) < (1 if open_ else MANY_BOOTS):
        return None
    return Finding(lately[0].at, lately[-1].because.value, Severity.WARNING, {"times": len(lately)})


def _voltage(facts: NodeFacts, _: bool, __: datetime) -> Finding | None:
    status = told(facts)
    if status is None or not status.under_voltage:
        return None
    return Finding(_since(facts), "low", Severity.WARNING)


def _heat(facts: NodeFacts, open_: bool, _: datetime) -> Finding | None:
    status = told(facts)
    if status is None or status.temperature is None or status.temperature < (COOL if open_ else HOT):
        return None
    return Finding(_since(facts), "hot", Severity.WARNING, {"degrees": status.temperature})


def _memory(facts: NodeFacts, open_: bool, _: datetime) -> Finding | None:
    status = told(facts)
    if status is None or status.memory_free is None:
        return None
    if status.memory_free >= (MEMORY_ENOUGH if open_ else MEMORY_LOW):
        return None
    return Finding(_since(facts), "low", Severity.WARNING, {"free": status.memory_free})


def strength(status: Heartbeat) -> int | None:
    """The signal in per cent, where the node knows it."""
    return status.line.quality


def _signal(facts: NodeFacts, open_: bool, _: datetime) -> Finding | None:
    status = told(facts)
    per_cent = strength(status) if status else None
    if per_cent is None or per_cent >= (STRONG if open_ else WEAK):
        return None
    return Finding(_since(facts), "weak", Severity.NOTE, {"per_cent": per_cent})


def _card(facts: NodeFacts, _: bool, now: datetime) -> Finding | None:
    status = told(facts)
    if status is None:
        return None
    line = status.line
    if line.expires is not None and line.expires <= to_ms(now + EXPIRES_SOON):
        over = line.expires <= to_ms(now)
        return Finding(_since(facts), "expired" if over else "expires", Severity.WARNING, {"expires": line.expires})
    if line.balance is not None and line.balance < BALANCE_LOW:
        return Finding(_since(facts), "balance", Severity.WARNING, {"balance": line.balance})
    return None


def _deaf(facts: NodeFacts, open_: bool, _: datetime) -> Finding | None:
    grown = facts.grown.get(Counter.DEAF)
    if grown is None or grown.by < (1 if open_ else 2):
        return None
    return Finding(grown.at, "deaf", Severity.NOTE, {"times": grown.by})


SIGNS: tuple[Sign, ...] = (
    Sign(FaultKind.NEVER, _never),
    Sign(FaultKind.SOUND, _sound),
    Sign(FaultKind.SOUND_RESTARTS, _restarted(Counter.SOUND)),
    Sign(FaultKind.GUARD_RESTARTS, _restarted(Counter.GUARD)),
    Sign(FaultKind.AMPLIFIER, _amplifier),
    Sign(FaultKind.UNHEARD, _unheard),
    # A node that has just begun waits a moment for its first sure time.
    Sign(FaultKind.CLOCK, _clock, ripe=timedelta(seconds=15)),
    Sign(FaultKind.STORE, _store),
    Sign(FaultKind.QUARANTINE, _quarantine),
    Sign(FaultKind.ASSETS, _assets),
    Sign(FaultKind.DOCUMENTS, _documents),
    Sign(FaultKind.TWICE, _twice),
    Sign(FaultKind.RESTARTS, _restarts),
    Sign(FaultKind.VOLTAGE, _voltage),
    Sign(FaultKind.HEAT, _heat),
    Sign(FaultKind.MEMORY, _memory),
    Sign(FaultKind.SIGNAL, _signal),
    Sign(FaultKind.CARD, _card),
    Sign(FaultKind.DEAF, _deaf),
)
COUNTED: Mapping[FaultKind, Counter] = {
    FaultKind.SOUND_RESTARTS: Counter.SOUND,
    FaultKind.GUARD_RESTARTS: Counter.GUARD,
    FaultKind.TWICE: Counter.TAKEOVERS,
    FaultKind.DEAF: Counter.DEAF,
}
"""Which counter each of these rests on."""
CRASHES = (Because.CRASH, Because.WATCHDOG)
