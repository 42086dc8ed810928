"""The only importer of gpiozero: up to four relays switched together, a read-back contact, mock pins on record."""

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gpiozero
from gpiozero.pins.mock import MockFactory

MOST_RELAYS = 4


@dataclass(frozen=True, slots=True)
class Wiring:
    """GPIO numbers (BCM); `active_low`: the relay board closes on a low level; `read_back`: an auxiliary contact to
    ground; `mock`: no hardware, mock pins whose edges are appended to this file. Beside it a file `*.contact` may say
    `open` or `closed`: so the contact of a mock relay stands, whatever the pins do."""

    pins: tuple[int, ...]
    active_low: bool = False
    read_back: int | None = None
    mock: Path | None = None

    def __post_init__(self) -> None:
        used = [*self.pins, *([] if self.read_back is None else [self.read_back])]
        if not 1 <= len(self.pins) <= MOST_RELAYS or len(set(used)) != len(used):
            raise ValueError(f"one to {MOST_RELAYS} different pins are needed")
        if not all(0 <= pin <= 27 for pin in used):
            raise ValueError("a pin is a GPIO number from 0 to 27")


class Level(NamedTuple):
    """How a pin stands, and what that means."""

    pin: int
    closed: bool
    high: bool


class EdgeFile:
    """The record of mock pins: one JSON line per edge and pin, on the disk before `append` returns.

    `high` is the pin's electrical level, `closed` what it means for the relay.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def left_closed(self) -> frozenset[int]:
        """Pins whose last edge in the file closed them: what a guard that was killed left behind."""
        size = os.fstat(self._fd).st_size
        closed: dict[int, bool] = {}
        for row in os.pread(self._fd, size, 0).split(b"\n"):
            with suppress(ValueError, KeyError, TypeError):
                edge = json.loads(row)
                closed[edge["pin"]] = edge["closed"]
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")
        return frozenset(pin for pin, is_closed in closed.items() if is_closed)

    def append(self, pins: Sequence["Level"], cause: str) -> None:
        """One edge of each pin, at this instant; OSError when the disk takes no more."""
        instant = {"mono_ns": time.monotonic_ns(), "wall_ms": time.time_ns() // 1_000_000}
        rows = [json.dumps({**instant, **pin._asdict(), "cause": cause}) for pin in pins]
        os.write(self._fd, "".join(row + "\n" for row in rows).encode())
        os.fsync(self._fd)


class Relays:
    """The lines themselves: open from the first instant, switched together.

    gpiozero's `close()` is never called: it lets a pin float, which energises an active-low board. Drive off, then end
    the process without its exit handlers.
    """

    def __init__(self, wiring: Wiring, on_read_back: Callable[[], None], cause: str) -> None:
        self._pins = wiring.pins
        self.fault: str | None = None
        self._closed = False
        self._stands = wiring.mock.with_suffix(".contact") if wiring.mock else None
        factory = MockFactory() if wiring.mock else None
        self._devices = [
            gpiozero.OutputDevice(pin, active_high=not wiring.active_low, initial_value=False, pin_factory=factory)
            for pin in wiring.pins
        ]
        self._contact = self._watch(wiring.read_back, factory, on_read_back)
        self._edges = EdgeFile(wiring.mock) if wiring.mock else None
        if self._edges:
            self._record([pin for pin in self._edges.left_closed() if pin in self._pins], cause)

    @staticmethod
    def _watch(pin: int | None, factory: Any, changed: Callable[[], None]) -> Any:
        if pin is None:
            return None
        contact = gpiozero.DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
        contact.when_activated = contact.when_deactivated = changed
        return contact

    def switch(self, closed: bool, cause: str) -> None:
        """All lines to one level, then their edges into the record."""
        self._closed = closed
        for device in self._devices:
            if closed:
                device.on()
            else:
                device.off()
        self._mock_contact(closed)
        self._record(self._pins, cause)

    def follow(self) -> bool:
        """Whether every line is at the level it was driven to."""
        return all(bool(device.value) is self._closed for device in self._devices)

    def off(self) -> None:
        """Every line open, whatever one of them says."""
        for device in self._devices:
            with suppress(Exception):
                device.off()

    def read_back(self) -> bool | None:
        """What the auxiliary contact says; None where none is wired."""
        if self._contact is None:
            return None
        if self._stands and self._stands.exists():
            self._mock_contact(self._closed)
        return bool(self._contact.value)

    def _mock_contact(self, closed: bool) -> None:
        """The contact of mock pins: it follows, unless the file beside the record says how it stands."""
        if self._contact is None or self._stands is None:
            return
        with suppress(OSError):
            closed = self._stands.read_text(encoding="utf-8").strip() == "closed"
        pin = self._contact.pin
        if closed is not bool(self._contact.value):
            pin.drive_low() if closed else pin.drive_high()

    def _record(self, pins: Sequence[int], cause: str) -> None:
        """A record that cannot be written is a fault to tell, and stops no relay."""
        if not self._edges or not pins:
            return
        devices = [(pin, self._devices[self._pins.index(pin)]) for pin in pins]
        levels = [Level(pin, bool(device.value), bool(device.pin.state)) for pin, device in devices]
        try:
            self._edges.append(levels, cause)
            self.fault = None
        except OSError as error:
            self.fault = f"edges are not recorded: {error.strerror}"
        for device in (*self._devices, *filter(None, [self._contact])):
            device.pin.clear_states()  # a mock pin keeps every edge for ever; the file has them
