"""Devices that go and come back under a running sound: another takes its place, and each frame keeps its instant."""

import itertools
import os
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speaker_node.sound.alsa import AlsaSink
from speaker_node.sound.messages import RATE, Hold, Report, Sound
from speaker_node.sound.ring import Samples
from speaker_node.sound.sinks import Device, Ladder, PacedSink, Sink, SinkError
from speaker_node.sound.stage import Stage
from speaker_node.sound.voice import Voice
from speaker_node.sound.writer import Writer
from tests.support.waiting import wait_for
from tests.unit.speaker_node.sound.world import SECOND, full_ring, sound

LENGTH = 20 * RATE


class Card(PacedSink):
    """A card that can be pulled out; it keeps what was heard: the instant of each block's first frame, and itself."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.gone = False
        self.heard: list[tuple[int, Samples]] = []

    def open(self) -> None:
        self._there()
        super().open()

    def write(self, samples: Samples, token: str) -> bool:
        self._there()
        went_on = super().write(samples, token)
        if token:
            self.heard.append((self.next_instant() - len(samples) * SECOND // RATE, samples.copy()))
        return went_on

    def _there(self) -> None:
        if self.gone:
            raise SinkError(f"{self.name}: No such device")


class Stand:
    """A writer on these devices."""

    def __init__(self, sink: Sink) -> None:
        self.reports: list[Report] = []
        stage = Stage(lambda wanted, given: Voice(wanted, full_ring(LENGTH), given))
        self.writer = Writer(Device(sink), stage, self.reports.append)
        self.writer.start()

    @property
    def last(self) -> Report:
        return self.reports[-1]

    def on(self, device: str, within: float = 3) -> None:
        wait_for(lambda: self.reports and self.last.device == device, f"it sounds on {device or 'nothing'}", within)


def right_frames(wanted: Sound, heard: list[tuple[int, Samples]]) -> int:
    """How many blocks were heard; each sample of the ramp tells which frame it is, and where it belongs. What a device
    that was lost had taken is not given again: the next begins with that much silence."""
    sounding = [(instant, samples) for instant, samples in heard if samples.any()]
    assert len(heard) - len(sounding) < 0.3 * RATE / 960
    # The first block fades in.
    for instant, samples in sounding[1:]:
        middle = len(samples) // 2
        due = round((instant - wanted.at) * RATE / SECOND) + middle
        assert samples[middle] == pytest.approx(due % 20_000 + 1, abs=25), due / RATE
    return len(sounding)


@pytest.fixture
def horns() -> tuple[Card, Card]:
    return Card("hat"), Card("usb")


@pytest.fixture
def stand(horns: tuple[Card, Card]) -> Iterator[Stand]:
    running = Stand(Ladder(horns))
    yield running
    running.writer.stop(1)


def test_the_next_device_of_the_ladder_takes_over_and_each_frame_is_where_it_belongs(
    stand: Stand, horns: tuple[Card, Card]
) -> None:
    hat, usb = horns
    stand.on("hat")
    wanted = sound("a", time.monotonic_ns() + SECOND // 5, LENGTH)
    stand.writer.hold(Hold(wanted))
    wait_for(lambda: len(hat.heard) > 30, "it sounds")
    hat.gone = True
    pulled = time.monotonic_ns()
    stand.on("usb")
    wait_for(lambda: len(usb.heard) > 30, "the other sounds")
    assert usb.heard[0][0] - pulled < 3 * SECOND
    usb.gone = True
    stand.on("")
    both = "hat: No such device; usb: No such device"
    wait_for(lambda: stand.last.error == both, "both are named")
    hat.gone = False
    before = len(hat.heard)
    stand.on("hat")
    wait_for(lambda: len(hat.heard) > before + 30, "the first sounds again")
    assert right_frames(wanted, hat.heard[:before]) > 20
    assert right_frames(wanted, usb.heard) > 10
    assert right_frames(wanted, hat.heard[before:]) > 10
    assert stand.last.device_ok
    assert stand.last.error == ""


def test_the_better_device_is_used_again_once_nothing_sounds(
    horns: tuple[Card, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaker_node.sound.sinks.CLIMB", SECOND // 2)
    hat, _ = horns
    hat.gone = True
    stand = Stand(Ladder(horns))
    stand.on("usb")
    stand.writer.hold(Hold(sound("a", time.monotonic_ns(), LENGTH)))
    wait_for(lambda: stand.last.now, "it sounds")
    hat.gone = False
    end = time.monotonic() + 1
    wait_for(lambda: time.monotonic() > end, "time has passed")
    assert stand.last.device == "usb"
    stand.writer.hold(Hold())
    stand.on("hat")
    stand.writer.stop(1)


def test_a_name_that_comes_back_behind_another_card_is_the_same_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a card's stable name stands for is looked up at each opening, not remembered."""
    settings, ages = tmp_path / "asound.conf", itertools.count(1)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))

    def plugged_in(text: str) -> None:
        settings.write_text(textwrap.dedent(f"</usr/share/alsa/alsa.conf>\npcm.nothing {{ type null }}\n{text}\n"))
        # libasound looks at whole seconds of the file's age.
        os.utime(settings, (next(ages), next(ages)))

    sink, block = AlsaSink("horn"), np.ones(960, np.int16)
    for index in ("card1", "card2"):
        plugged_in(f'pcm.horn {{ type file slave.pcm "nothing" file "{tmp_path}/{index}" format "raw" }}')
        sink.open()
        sink.write(block, "")
        sink.close()
        plugged_in("")
        with pytest.raises(SinkError, match="horn"):
            sink.open()
    assert all((tmp_path / index).stat().st_size == 2 * len(block) for index in ("card1", "card2"))
