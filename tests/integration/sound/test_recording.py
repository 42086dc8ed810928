"""What the recording sink keeps: what went out, at its exact instant, and no days of silence."""

import wave
from pathlib import Path

import numpy as np

from speaker_node.sound.messages import RATE
from speaker_node.sound.pace import nanoseconds
from speaker_node.sound.recording import AROUND, Recorder
from speaker_node.sound.recordings import recordings
from tests.support.sounding import Samples, speechlike

BLOCK = 960
START = 10**12


class Tape:
    """A recorder that is fed block by block."""

    def __init__(self, folder: Path, keep: int = 10**9) -> None:
        self.recorder, self.frames = Recorder(folder, keep), 0

    def feed(self, samples: Samples, token: str) -> None:
        """Blocks of a token."""
        for start in range(0, len(samples), BLOCK):
            block = samples[start : start + BLOCK]
            self.recorder.add(START + nanoseconds(self.frames), block, token)
            self.frames += len(block)


SILENCE = np.zeros(2 * RATE, np.int16)


def test_silence_alone_leaves_no_file(tmp_path: Path) -> None:
    Tape(tmp_path / "none").feed(SILENCE, "")
    assert not (tmp_path / "none").exists()


def test_a_sound_is_kept_with_half_a_second_around_it_and_its_instant(tmp_path: Path) -> None:
    tape, sound = Tape(tmp_path), speechlike(1)
    tape.feed(SILENCE, "")
    tape.feed(sound, "occ/1 a")
    tape.feed(SILENCE, "")
    [recording] = recordings(tmp_path)
    samples = recording.samples()
    assert recording.token == "occ/1 a"
    assert recording.first_ns == START + nanoseconds(2 * RATE - AROUND)
    assert np.array_equal(samples[AROUND : AROUND + RATE], sound)
    assert not samples[:AROUND].any()
    assert AROUND <= len(samples) - AROUND - RATE < AROUND + BLOCK
    assert recording.path.name.endswith("Z-occ_1_a.wav")


def test_each_token_has_its_file_and_they_join_without_a_gap(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.feed(speechlike(1), "a")
    tape.feed(speechlike(1, 2), "b")
    tape.recorder.finish()
    one, two = sorted(recordings(tmp_path), key=lambda recording: recording.first_ns)
    assert (one.token, two.token) == ("a", "b")
    assert two.first_ns == one.first_ns + nanoseconds(len(one.samples()))


def test_a_file_that_was_never_closed_is_read_up_to_its_last_second(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.feed(speechlike(2.5), "torn")
    [recording] = recordings(tmp_path)
    assert len(recording.samples()) >= 2 * RATE
    with wave.open(str(recording.path)) as file:
        assert file.getnframes() >= 2 * RATE
    tape.recorder.finish()


def test_the_oldest_go_when_the_folder_is_full(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep=250_000)
    for number in range(6):
        tape.feed(speechlike(1), f"t{number}")
        tape.feed(SILENCE, "")
    kept = {recording.token for recording in recordings(tmp_path)}
    assert "t5" in kept
    assert "t0" not in kept
    assert len(list(tmp_path.glob("*.json"))) == len(kept)


def test_a_disk_that_takes_nothing_costs_the_record_and_not_the_sound(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    tape = Tape(tmp_path / "file")
    tape.feed(speechlike(1), "a")
    assert recordings(tmp_path / "file") == []
