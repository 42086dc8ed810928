"""libVLC decodes each format with a known, constant offset, and the delivery profile without losing a frame."""

import gc
import weakref
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from deploy.listening import frames_apart
from speaker_node.sound.decoder import Decoder
from speaker_node.sound.feed import EDGE
from speaker_node.sound.formats import DecodeError, Way, way_into
from speaker_node.sound.messages import RATE
from speaker_node.sound.ogg import read_opus
from tests.support.sounding import OPUS, Samples, encode, speechlike, write_wav


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    """One libVLC for all."""
    return Decoder()


def decoded(decoder: Decoder, way: Way) -> Samples:
    """All that comes that way."""
    parts: list[Samples] = []

    def deliver(samples: Samples) -> bool:
        parts.append(samples)
        return True

    decoder.decode(way, deliver)
    return np.concatenate(parts)


def error_at(original: Samples, samples: Samples, way: Way, frame: int, length: int = RATE // 2) -> float:
    """By how many frames what should be original[frame] is off."""
    came = samples[frame - way.frame : frame - way.frame + length]
    return frames_apart(original[frame : frame + len(came)], came)


def test_the_delivery_profile_gives_every_frame_at_its_place(
    decoder: Decoder, asset_path: Path, original: Samples
) -> None:
    way = way_into(asset_path, 0)
    samples = decoded(decoder, way)
    assert way.frame <= 0
    assert way.frame + len(samples) >= len(original)
    for frame in (0, 1000, RATE, 7 * RATE, len(original) - RATE // 2):
        assert abs(error_at(original, samples, way, frame)) < 4


@pytest.mark.parametrize("frames", [1, 312, 647, 648, 649, 960, 5 * RATE + 17, 11 * RATE + 648])
def test_no_length_of_the_delivery_profile_loses_its_tail(decoder: Decoder, tmp_path: Path, frames: int) -> None:
    way = way_into(encode(speechlike(12)[:frames], tmp_path / "asset", *OPUS), 0)
    assert way.frame + len(decoded(decoder, way)) >= frames


@pytest.mark.parametrize("second", [10, 10.5, 11.001, 15, 19.99, 22.2222, 28, 29.9])
def test_far_in_the_delivery_profile_is_entered_at_a_known_frame(
    decoder: Decoder, asset_path: Path, original: Samples, second: float
) -> None:
    wanted = int(second * RATE)
    way = way_into(asset_path, wanted)
    samples = decoded(decoder, way)
    assert wanted - 3 * RATE < way.frame <= wanted - RATE // 10 or way.frame < 0
    assert abs(error_at(original, samples, way, wanted)) < 4


def test_pages_and_pre_skip_are_those_of_the_file(asset_path: Path, original: Samples) -> None:
    opus = read_opus(asset_path)
    assert opus.pre_skip == 312
    assert opus.ends[-1] == len(original) + opus.pre_skip
    assert opus.ends == sorted(opus.ends)


@pytest.mark.parametrize(
    ("name", "options"),
    [("wav", ("-f", "wav")), ("flac", ("-f", "flac")), ("mp3", ("-b:a", "96k", "-f", "mp3"))],
)
def test_other_formats_have_a_constant_offset(
    decoder: Decoder, tmp_path: Path, original: Samples, name: str, options: tuple[str, ...]
) -> None:
    way = way_into(encode(original[: 6 * RATE], tmp_path / name, *options), 0)
    samples = decoded(decoder, way)
    assert way.frame + len(samples) >= 6 * RATE - EDGE
    for frame in (RATE, 3 * RATE, 5 * RATE):
        assert abs(error_at(original, samples, way, frame)) < 4


def test_another_rate_is_resampled_without_drift(decoder: Decoder, tmp_path: Path, original: Samples) -> None:
    way = way_into(encode(original, tmp_path / "low", "-ar", "44100", "-f", "wav"), 0)
    samples = decoded(decoder, way)
    assert abs(error_at(original, samples, way, RATE) - error_at(original, samples, way, 28 * RATE)) < 2


def test_decoding_stops_when_no_more_is_wanted(decoder: Decoder, asset_path: Path) -> None:
    parts: list[int] = []

    def deliver(samples: Samples) -> bool:
        parts.append(len(samples))
        return len(parts) < 3

    decoder.decode(way_into(asset_path, 0), deliver)
    assert len(parts) == 3


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"#EXTM3U\nhttp://127.0.0.1:9/a.mp3\n", b"\x89PNG\r\n\x1a\n" + bytes(500), b"OggS" + bytes(99)],
)
def test_what_is_no_audio_is_never_shown_to_libvlc(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "asset").write_bytes(data)
    with pytest.raises(DecodeError):
        way_into(tmp_path / "asset", 0)


@pytest.mark.parametrize("keep", [60, 200, 5000])
def test_a_file_cut_short_ends_early_and_does_no_harm(
    decoder: Decoder, tmp_path: Path, asset_path: Path, original: Samples, keep: int
) -> None:
    (tmp_path / "asset").write_bytes(asset_path.read_bytes()[:keep])
    got: list[Samples] = []

    def deliver(samples: Samples) -> bool:
        got.append(samples)
        return True

    with suppress(DecodeError):
        decoder.decode(way_into(tmp_path / "asset", 0), deliver)
    assert sum(map(len, got)) < len(original)


def test_a_wav_of_another_rate_than_ours_is_no_surprise(decoder: Decoder, tmp_path: Path) -> None:
    way = way_into(write_wav(tmp_path / "asset", speechlike(1)[:8000], 8000), 0)
    assert len(decoded(decoder, way)) >= RATE - EDGE


class Ear:
    """Takes what is decoded; it can be watched being let go."""

    def __call__(self, samples: Samples) -> bool:
        return True


def test_all_that_decoding_took_is_let_go_at_once(decoder: Decoder, tmp_path: Path) -> None:
    way = way_into(encode(speechlike(0.2), tmp_path / "asset", *OPUS), 0)
    gc.disable()  # a process that seldom makes objects seldom looks for rings of them
    try:
        ear = Ear()
        decoder.decode(way, ear)
        watched = weakref.ref(ear)
        del ear
        assert watched() is None
    finally:
        gc.enable()


def test_a_file_that_was_decoded_leaves_nothing_behind(decoder: Decoder, tmp_path: Path) -> None:
    way = way_into(encode(speechlike(0.2), tmp_path / "asset", *OPUS), 0)
    files = 15

    def objects() -> int:
        gc.collect()
        return len(gc.get_objects())

    decoder.decode(way, Ear())
    before = objects()
    for _ in range(files):
        decoder.decode(way, Ear())
    assert objects() - before < 3 * files
