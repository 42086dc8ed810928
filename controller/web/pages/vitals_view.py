"""What a node told of itself, a row for each thing, in words and units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from controller.domain.values import from_ms
from controller.locale import N_
from controller.web.formats import day, number
from controller.web.pages.eye import Eye
from controller.web.pages.loudspeakers_view import lasted
from playlists.models import Millis
from playlists.reports import AmplifierFault, Because, Heartbeat, Line, StoreState, Trust

Row = tuple[str, str]

_LONGEST_UP = 10**9
"""Seconds: longer than any machine lives, as a node may say any number."""
_STORES = {
    StoreState.OK: N_("well"),
    StoreState.LOW: N_("nearly full"),
    StoreState.FULL: N_("full: it writes only proofs, or keeps them in memory"),
    StoreState.READ_ONLY: N_("cannot be written: the card may be dying"),
    StoreState.FAILED: N_("fails: the card may be dying"),
}
_AMPLIFIERS = {
    AmplifierFault.STUCK_OPEN: N_("switched on, yet the contact stays open"),
    AmplifierFault.STUCK_CLOSED: N_("switched off, yet the contact stays closed"),
    AmplifierFault.PINS: N_("the pins cannot be driven"),
}
_BECAUSE = {
    Because.UNKNOWN: N_("not known why"),
    Because.POWER: N_("the power came back"),
    Because.CRASH: N_("its program had died"),
    Because.STOPPED: N_("it had been stopped"),
    Because.WATCHDOG: N_("the watchdog started it anew"),
    Because.REQUEST: N_("somebody asked for it"),
}


def vitals_rows(status: Heartbeat, online: bool, eye: Eye) -> Iterator[Row]:
    """What is known; what a node does not say has no row."""
    yield from _sound(status, online, eye)
    yield eye.say(N_("Clock")), _clock(status, eye)
    yield from _machine(status, eye)
    yield from _line(status.line, status, eye)
    yield eye.say(N_("Disk")), _disk(status, eye)
    if status.outbox:
        yield eye.say(N_("To be told")), eye.say(N_("{count} reports wait to be told"), count=status.outbox)
    if status.gone:
        yield eye.say(N_("Dropped")), eye.say(N_("{count} readings for want of space; no proof"), count=status.gone)
    if status.refused:
        yield eye.say(N_("Refused")), eye.say(N_("{count} documents since it began"), count=status.refused)
    yield from _starts(status, eye)
    if status.versions:
        yield eye.say(N_("Versions")), ", ".join(f"{name} {version}" for name, version in status.versions)


def _sound(status: Heartbeat, online: bool, eye: Eye) -> Iterator[Row]:
    if status.sound_ok is not None:
        said = eye.say(N_("works")) if status.sound_ok else status.sound_error or eye.say(N_("does not work"))
        level = "" if status.level is None else level_words(status.level, eye)
        yield eye.say(N_("Sound device")), " · ".join(part for part in (said, level) if part)
    if status.relay is not None and online:
        yield eye.say(N_("Amplifier")), eye.say(N_("switched on")) if status.relay else eye.say(N_("switched off"))
    if status.amplifier_fault is not None:
        yield eye.say(N_("Relay")), eye.say(_AMPLIFIERS[status.amplifier_fault])
    elif status.read_back is not None:
        yield eye.say(N_("Relay")), eye.say(N_("the contact follows"))


def _clock(status: Heartbeat, eye: Eye) -> str:
    clock = status.clock
    if clock.trust is Trust.UNTRUSTED:
        said = eye.say(N_("not sure of the time"))
    else:
        said = eye.say(N_("right to {seconds} s"), seconds=number(clock.bound / 1000, 2, eye.language))
    more = [clock.source, eye.say(N_("two sources differ")) if clock.disputed else ""]
    if clock.rtc is not None:
        more.append(
            eye.say(N_("hardware clock keeps time")) if clock.rtc else eye.say(N_("no hardware clock that works"))
        )
    return " · ".join(part for part in (said, *more) if part)


def _machine(status: Heartbeat, eye: Eye) -> Iterator[Row]:
    if status.temperature is not None:
        yield eye.say(N_("Temperature")), f"{number(status.temperature, 0, eye.language)} °C"
    if status.under_voltage is not None:
        since = status.under_voltage_since_boot
        words = (
            N_("too low now") if status.under_voltage else N_("was too low since it began") if since else N_("enough")
        )
        yield eye.say(N_("Voltage")), eye.say(words)
    if status.memory_free is not None:
        yield eye.say(N_("Memory")), eye.say(N_("{size} free"), size=size(status.memory_free, eye))


def _line(line: Line, status: Heartbeat, eye: Eye) -> Iterator[Row]:
    signal = line.signal if line.signal is not None else status.signal
    strength = [f"{signal} dBm" if signal is not None else "", f"{line.quality} %" if line.quality is not None else ""]
    said = [line.bearer.upper(), line.operator, *strength]
    if any(said):
        yield eye.say(N_("Line")), " · ".join(part for part in said if part)
    if line.used is not None:
        yield eye.say(N_("Data this month")), size(line.used, eye)
    if line.balance is not None or line.expires is not None:
        until = day(from_ms(Millis(line.expires)).astimezone(eye.zone).date()) if line.expires else ""
        money = f"{number(line.balance, 0, eye.language)} đ" if line.balance is not None else ""
        words = eye.say(N_("until {day}"), day=until) if until else ""
        yield eye.say(N_("Card")), " · ".join(part for part in (money, words) if part)
    lost = [(N_("{count} reconnections"), line.reconnects), (N_("{count} times taken over"), line.takeovers),
            (N_("{count} times deaf"), line.deaf)]  # fmt: skip
    if any(count for _, count in lost):
        yield eye.say(N_("Since it began")), ", ".join(eye.say(words, count=count) for words, count in lost if count)


def _disk(status: Heartbeat, eye: Eye) -> str:
    free = eye.say(N_("{size} free"), size=size(status.disk_free, eye)) if status.disk_free is not None else ""
    spoilt = eye.say(N_("{count} files damaged"), count=status.quarantined) if status.quarantined else ""
    parts = (eye.say(_STORES[status.store]), free, status.store_error, status.library_error, spoilt)
    return " · ".join(part for part in parts if part)


def _starts(status: Heartbeat, eye: Eye) -> Iterator[Row]:
    up = lasted(timedelta(seconds=min(status.uptime, _LONGEST_UP)), eye) if status.uptime is not None else ""
    said = [eye.say(N_("machine up for {length}"), length=up) if up else "", eye.say(_BECAUSE[status.because])]
    yield eye.say(N_("Last start")), " · ".join(part for part in said if part)
    restarts = status.restarts
    if restarts.sound or restarts.guard:
        counted = eye.say(N_("sound {sound}, guard {guard}"), sound=restarts.sound, guard=restarts.guard)
        yield eye.say(N_("Started anew")), " · ".join(part for part in (counted, restarts.because) if part)


def level_words(level: float, eye: Eye) -> str:
    """How loud, as it was measured."""
    return eye.say(N_("level {level} dBFS"), level=number(level, 1, eye.language))


def size(count: int, eye: Eye) -> str:
    """Bytes in the unit that people read."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{number(count / factor, 1, eye.language)} {unit}"
    return f"{count} B"
