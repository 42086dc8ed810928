"""`python -m speaker_node.sound --sink alsa:DEVICE|recording:FOLDER`: the sound process, a child of the agent."""

from __future__ import annotations

import argparse
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from speaker_node.sound.alsa import AlsaSink
from speaker_node.sound.decoder import Decoder
from speaker_node.sound.feed import Feed
from speaker_node.sound.formats import DecodeError, way_into
from speaker_node.sound.messages import LONGEST_LINE, Report, Sound, decode_hold, encode
from speaker_node.sound.pace import frames_between
from speaker_node.sound.recording import KEEP_BYTES, RecordingSink
from speaker_node.sound.sinks import Device, Ladder, Sink
from speaker_node.sound.stage import Stage
from speaker_node.sound.voice import Voice
from speaker_node.sound.writer import Writer

log = logging.getLogger("speaker_node.sound")

MOST_WAITING = 100
"""Reports kept for an agent that does not read them; each repeats what matters."""
LAST_BREATH = 1.0
"""Seconds for the last fade."""
WARM_UP = Path(__file__).with_name("warm_up.opus")


def sink_of(names: Sequence[str], keep: int) -> Sink:
    """The sink of some names: `alsa:DEVICE`, in the order of preference, and `recording:FOLDER`; both: the card,
    recorded. ValueError else."""
    kinds = [name.partition(":")[::2] for name in names]
    cards = [AlsaSink(name) for kind, name in kinds if kind == "alsa" and name]
    folders = [name for kind, name in kinds if kind == "recording" and name]
    if not kinds or len(cards) + len(folders) < len(kinds) or len(folders) > 1 or len(set(names)) < len(names):
        raise ValueError("--sink is alsa:DEVICE, in the order of preference, or recording:FOLDER, once")
    card: Sink | None = Ladder(cards) if len(cards) > 1 else cards[0] if cards else None
    if folders:
        return RecordingSink(Path(folders[0]), card, keep)
    assert card is not None
    return card


class Mouth:
    """Tells the agent, in a thread of its own: one that does not read must not hold up the writer."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._waiting: queue.Queue[Report] = queue.Queue(MOST_WAITING)
        self._latest = Report(False)
        threading.Thread(target=self._run, name="mouth", daemon=True).start()

    def tell(self, report: Report) -> None:
        """Never waits."""
        self._latest = report
        with suppress(queue.Full):
            self._waiting.put_nowait(report)

    def refuse(self, reason: str) -> None:
        """Says that a line was not taken."""
        log.warning("a line was refused: %s", reason)
        with suppress(queue.Full):
            self._waiting.put_nowait(replace(self._latest, refused=reason))

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                self._out.write(encode(self._waiting.get()))
                self._out.flush()


def listen(lines: BinaryIO, writer: Writer, mouth: Mouth) -> None:
    """Takes each line as the level to hold, until the agent is gone."""
    while line := lines.readline(LONGEST_LINE + 1):
        try:
            writer.hold(decode_hold(line))
        except ValueError as error:
            mouth.refuse(str(error)[:200])
        while not line.endswith(b"\n") and line:
            line = lines.readline(LONGEST_LINE + 1)


def warm_up(decoder: Decoder) -> None:
    """Lets libVLC load what it needs for the delivery profile, so that the first sound does not wait for the disk."""
    try:
        decoder.decode(way_into(WARM_UP, 0), lambda _: True)
    except (DecodeError, OSError) as error:
        log.error("libVLC cannot decode the delivery profile: %s", error)


def main(arguments: Sequence[str] | None = None) -> int:
    """The life of the process: until its stdin ends or it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m speaker_node.sound", description=__doc__)
    parser.add_argument("--sink", action="append", required=True, help="alsa:DEVICE, recording:FOLDER")
    parser.add_argument("--keep", type=int, default=KEEP_BYTES, help="bytes of recordings kept")
    asked = parser.parse_args(arguments)
    try:
        sink = sink_of(asked.sink, asked.keep)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    decoder, mouth = Decoder(), Mouth(sys.stdout.buffer)
    writer = Writer(Device(sink), Stage(lambda sound, instant: _voice(decoder, sound, instant)), mouth.tell)
    writer.start()
    threading.Thread(target=warm_up, args=(decoder,), name="warm-up", daemon=True).start()
    try:
        listen(sys.stdin.buffer, writer, mouth)
    except SystemExit:
        log.info("told to stop")
    writer.stop(LAST_BREATH)
    return 0


def _voice(decoder: Decoder, sound: Sound, instant: int) -> Voice:
    begin = sound.first + max(0, frames_between(sound.at, instant))
    feed = Feed(decoder, sound.cues, begin)
    feed.start()
    return Voice(sound, feed.ring, instant)


def _leave(*_: object) -> None:
    raise SystemExit


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.INFO)
    code = main()
    sys.stderr.flush()
    os._exit(code)  # libVLC may hang at its end; nothing of ours is left to save
