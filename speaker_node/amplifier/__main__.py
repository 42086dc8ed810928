"""`python -m speaker_node.amplifier`: the guard process. The agent starts it; it ends when the agent does."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from speaker_node.amplifier.guard import Guard
from speaker_node.amplifier.lease import OFF, START, Limits
from speaker_node.amplifier.messages import Report, encode
from speaker_node.amplifier.relays import Relays, Wiring

log = logging.getLogger("speaker_node.amplifier")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _nanoseconds(text: str) -> int:
    seconds = float(text)
    if not 0 < seconds < 1e6:
        raise ValueError
    return int(seconds * 1e9)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m speaker_node.amplifier", description=__doc__)
    parser.add_argument("--pins", type=_numbers, required=True, help="GPIO numbers switched together, as 17,27")
    parser.add_argument("--active-low", action="store_true", help="the relay board closes on a low level")
    parser.add_argument("--read-back", type=int, help="GPIO number of an auxiliary contact to ground")
    parser.add_argument("--mock", type=Path, help="no hardware: append each edge to this file")
    parser.add_argument("--off", action="store_true", help="open the relays and end: the last act after a guard")
    parser.add_argument("--lease", type=_nanoseconds, default="1.5", help="seconds that a Hold counts")
    parser.add_argument("--longest-on", type=_nanoseconds, default="21600", help="seconds that one cause may hold")
    return parser.parse_args(arguments)


def _wake_pipe() -> tuple[int, int]:
    """A signal to stop is a byte in this pipe, so that nothing interrupts the switching of a line."""
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return read_fd, write_fd


def _nudge(write_fd: int) -> None:
    with suppress(BlockingIOError):
        os.write(write_fd, b"\0")


def main(arguments: Sequence[str] | None = None) -> int:
    """The guard's life; 0 after an orderly end, 1 where the lines cannot be held."""
    asked = _arguments(arguments)
    read_fd, write_fd = _wake_pipe()
    relays: Relays | None = None
    try:
        wiring = Wiring(asked.pins, asked.active_low, asked.read_back, asked.mock)
        relays = Relays(wiring, lambda: _nudge(write_fd), OFF if asked.off else START)
        if not asked.off:
            Guard(relays, Limits(asked.lease, asked.longest_on), 0, 1, read_fd).run()
    except Exception as error:
        _end(relays, str(error) or type(error).__name__)
        log.exception("the guard cannot hold the relay")
        return 1
    _end(relays, None)
    return 0


def _end(relays: Relays | None, fault: str | None) -> None:
    if relays:
        relays.off()
    if fault:
        with suppress(OSError):
            os.write(1, encode(Report(False, 0, fault, 0, fault=fault, alive=False)))


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # gpiozero's exit handler would let the pins float
