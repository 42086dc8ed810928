"""The ALSA sink on real libasound, with plug-ins that need no card: what is lost is told, real time is believed."""

import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from deploy.listening import find
from speaker_node.sound.alsa import AlsaSink
from speaker_node.sound.messages import RATE
from speaker_node.sound.sinks import Device, SinkError
from speaker_node.values import Cue
from tests.support.sounding import Library, Samples, Speaker, soon, sound
from tests.support.waiting import wait_for

READER = textwrap.dedent(f"""
    import sys, time
    start, taken = time.monotonic(), 0
    while data := sys.stdin.buffer.read(1920):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        taken += len(data) // 2
        time.sleep(max(0, start + taken / {RATE} - time.monotonic()))
""")
"""Takes samples as a card does: 48,000 a second."""


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`nothing` takes all at once; `card` takes in real time what it writes to the tape that is returned."""
    (tmp_path / "reader.py").write_text(READER)
    tape = tmp_path / "tape"
    settings = f"""
        </usr/share/alsa/alsa.conf>
        pcm.nothing {{ type null }}
        pcm.card {{
            type file
            slave.pcm "nothing"
            file "|exec {sys.executable} {tmp_path}/reader.py > {tape}"
            format "raw"
        }}
    """
    (tmp_path / "asound.conf").write_text(textwrap.dedent(settings))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))
    return tape


def test_a_card_that_is_not_there_is_named_with_the_reason(devices: Path) -> None:
    with pytest.raises(SinkError, match="no_such_card: No such file or directory"):
        AlsaSink("no_such_card").open()


def test_a_device_that_swallows_samples_is_not_believed(devices: Path) -> None:
    sink, block = AlsaSink("nothing"), np.zeros(960, np.int16)
    sink.open()

    def swallow() -> None:
        for _ in range(5 * RATE // 960):
            sink.write(block, "")

    with pytest.raises(SinkError, match="faster than they can be heard"):
        swallow()
    sink.close()


def test_a_lost_device_is_tried_again_while_its_time_is_kept(devices: Path) -> None:
    device, block = Device(AlsaSink("nothing")), np.zeros(960, np.int16)
    seen = set()
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        instant = device.next_instant()
        assert instant is None or abs(instant - time.monotonic_ns()) < 500_000_000
        device.write(block, "")
        seen.add(device.ok)
    device.close()
    assert seen == {True, False}
    assert device.moves >= 3


def test_what_is_held_comes_out_of_the_card(
    devices: Path, tmp_path: Path, library: Library, asset: Cue, original: Samples
) -> None:
    with Speaker(tmp_path, library, sink="alsa:card") as speaker:
        # The pipe to the reader holds 0.7 s: until it is full the card is faster than time.
        wait_for(lambda: devices.exists() and devices.stat().st_size > 2 * RATE, "the card runs in real time")
        speaker.client.hold(sound("card", (asset,), soon(), until=soon(3.5)))
        report = speaker.ended("card")
        assert speaker.client.state().device_ok
    assert abs(report.taken - 3 * RATE) < RATE // 10
    tape = np.frombuffer(devices.read_bytes(), "<i2")
    # Not from the first second: a pipe's clock leaps, and the writer follows it.
    assert find(original[2 * RATE : 5 * RATE // 2], tape, RATE)[1] > 0.75
