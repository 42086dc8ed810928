"""The node's present condition as a value: what the heartbeat says, and what of it is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from playlists.models import RATE
from playlists.reports import Because, Clock, Heartbeat, Held, Missing, OnAir, Restarts, StoreState
from speaker_node.node.ports import VitalsPort
from speaker_node.values import Inputs, LibraryState, LinkCounts, Moment, State, Target


@dataclass(frozen=True, slots=True)
class Condition:
    """What one turn of the loop knows: documents, what it observes and holds, whether events reach the disk, how many
    documents were refused, why it began, whether it has started (all processes were there, or are late), the message
    book by which it speaks, and what of the newest is not ready."""

    held: tuple[Held, ...]
    inputs: Inputs
    missing: Sequence[Missing]
    ready: int
    state: State
    target: Target
    store_ok: bool
    store: StoreState = StoreState.OK
    store_error: str = ""
    gone: int = 0
    library: LibraryState = field(default_factory=LibraryState)
    refused: int = 0
    because: Because = Because.UNKNOWN
    started: bool = True
    book: str | None = None
    book_lacks: int = 0


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it: node, stream, boot, its count of reports, connection; the machine's boot id, profile, versions."""

    node: str
    stream: str
    boot: int
    number: int
    connection: str
    machine: str = ""
    profile: str = ""
    versions: tuple[tuple[str, str], ...] = ()


def heartbeat(
    speaker: Speaker, now: Moment, condition: Condition, vitals: VitalsPort, outbox: int, counts: LinkCounts
) -> Heartbeat:
    """The condition at a moment, with the machine's vitals, the number of events not yet acknowledged, and what became
    of the connections."""
    inputs = condition.inputs
    return Heartbeat(
        node=speaker.node,
        stream=speaker.stream,
        boot=speaker.boot,
        number=speaker.number,
        connection=speaker.connection,
        clock=clock(now),
        held=condition.held,
        ready=condition.ready,
        missing=tuple(condition.missing)[:200],
        on_air=_on_air(condition, now),
        relay=inputs.amplifier.closed_since is not None if inputs.amplifier.alive else None,
        read_back=inputs.amplifier.read_back,
        sound_ok=_sound_ok(condition),
        sound_error=inputs.sound.error[:300],
        store_ok=condition.store_ok,
        store=condition.store,
        store_error=condition.store_error[:300],
        gone=condition.gone,
        library_error=condition.library.error[:300],
        quarantined=condition.library.quarantined,
        fetching=condition.library.fetching,
        outbox=outbox,
        temperature=vitals.temperature,
        under_voltage=vitals.under_voltage,
        disk_free=vitals.disk_free,
        uptime=vitals.uptime,
        signal=vitals.signal,
        level=inputs.sound.level,
        amplifier_fault=inputs.amplifier.fault,
        restarts=_restarts(inputs),
        under_voltage_since_boot=vitals.under_voltage_since_boot,
        memory_free=vitals.memory_free,
        load=vitals.load,
        disk_errors=vitals.disk_errors,
        line=vitals.line.model_copy(update=asdict(counts)),
        refused=condition.refused,
        because=condition.because,
        machine=speaker.machine,
        profile=speaker.profile,
        versions=speaker.versions,
        book=condition.book,
        book_lacks=condition.book_lacks,
    )


def _restarts(inputs: Inputs) -> Restarts:
    sound, guard = inputs.sound, inputs.amplifier
    newest = max((sound.because_at, "sound", sound.because), (guard.because_at, "guard", guard.because))
    return Restarts(
        sound=max(0, sound.generation - 1),
        guard=max(0, guard.generation - 1),
        because=f"{newest[1]}: {newest[2]}" if newest[2] else "",
    )


def clock(now: Moment) -> Clock:
    """The node's clock as it is told."""
    return Clock(
        wall=max(0, now.wall),
        trust=now.trust,
        bound=now.bound,
        source=now.source,
        disputed=now.disputed,
        rtc=now.rtc,
    )


def news(now: Moment, condition: Condition, vitals: VitalsPort) -> tuple[object, ...]:
    """What of the condition is worth a word before the next heartbeat, comparable. Of the machine: under-voltage,
    errors of the disk, another bearer; what only drifts waits."""
    inputs = condition.inputs
    on_air = _on_air(condition, now)
    return (
        condition.held,
        tuple(condition.missing),
        on_air and (on_air.occurrence, on_air.attempt),
        inputs.amplifier.alive,
        inputs.amplifier.closed_since is not None,
        inputs.amplifier.read_back,
        inputs.amplifier.fault,
        _restarts(inputs),
        _sound_ok(condition),
        inputs.sound.error,
        condition.store_ok,
        condition.store,
        condition.store_error,
        condition.library.error,
        condition.library.quarantined,
        condition.book,
        condition.book_lacks == 0,
        now.trust,
        now.disputed,
        vitals.under_voltage,
        vitals.under_voltage_since_boot,
        vitals.disk_errors,
        vitals.line.bearer,
    )


def _sound_ok(condition: Condition) -> bool | None:
    """Not known until the node has started: a process that is being loaded is no fault."""
    sound = condition.inputs.sound
    return sound.alive and sound.device_ok if condition.started or sound.alive else None


def _on_air(condition: Condition, now: Moment) -> OnAir | None:
    sound = condition.target.now
    airing = condition.state.airings.get(sound.token.split("/")[0]) if sound else None
    if sound is None or airing is None or sound.at > now.mono:
        return None
    report = condition.inputs.sound.report(sound.token)
    frames = sum(cue.frames for cue in sound.cues)
    return OnAir(
        occurrence=airing.start.occurrence,
        version=airing.start.version,
        attempt=airing.start.attempt,
        sounded=report.sounded * 1000 // RATE if report else 0,
        due=frames * 1000 // RATE,
        rung=airing.start.rung,
    )
