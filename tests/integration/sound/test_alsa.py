"""The ALSA sink on real libasound, with plug-ins that need no card: what is lost is told, real time is believed."""

import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from speaker_node.sound.alsa import AlsaSink
from speaker_node.sound.messages import RATE
from speaker_node.sound.sinks import Device, SinkError
from tests.support.sounding import speechlike


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`nothing` takes all at once; `mono` and `stereo`, which refuses one channel, write what they take to files of
    their name in the folder that is returned."""
    settings = f"""
        </usr/share/alsa/alsa.conf>
        pcm.nothing {{ type null }}
        pcm.mono {{ type file slave.pcm "nothing" file "{tmp_path}/mono" format "raw" }}
        pcm.two {{
            type multi
            slaves.a {{ pcm "nothing" channels 2 }}
            bindings {{ 0 {{ slave a channel 0 }} 1 {{ slave a channel 1 }} }}
        }}
        pcm.stereo {{ type file slave.pcm "two" file "{tmp_path}/stereo" format "raw" }}
    """
    (tmp_path / "asound.conf").write_text(textwrap.dedent(settings))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))
    return tmp_path


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


@pytest.mark.parametrize(("device", "channels"), [("mono", 1), ("stereo", 2)])
def test_every_sample_reaches_every_channel_in_order(devices: Path, device: str, channels: int) -> None:
    sink, samples = AlsaSink(device), speechlike(0.14)
    sink.open()
    for start in range(0, len(samples), 960):
        assert sink.write(samples[start : start + 960], "")
    sink.close()
    taken = np.frombuffer((devices / device).read_bytes(), "<i2").reshape(-1, channels)
    for channel in range(channels):
        assert np.array_equal(taken[:, channel], samples)


def test_a_device_is_started_once_its_buffer_is_full(devices: Path) -> None:
    sink = AlsaSink("mono")
    sink.open()
    assert sink.next_instant() is None
    sink.write(np.zeros(RATE // 2, np.int16), "")
    instant = sink.next_instant()
    sink.close()
    assert instant is not None
    assert abs(instant - time.monotonic_ns()) < 500_000_000
