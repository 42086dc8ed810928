"""A real sound process, real libVLC, and a sink that is recorded and listened to."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from deploy.listening import find, frames_apart
from speaker_node.sound.messages import RATE, Report, decode_report
from speaker_node.values import Cue
from tests.support.sounding import OPUS, SECOND, Library, Samples, Speaker, encode, heard, soon, sound
from tests.support.waiting import wait_for

MILLISECOND = RATE // 1000
FADE = RATE // 40
ARENA = 1 << 26


@pytest.fixture
def running(tmp_path: Path, library: Library) -> Iterator[Speaker]:
    """A sound process that is ready."""
    with Speaker(tmp_path, library) as speaker:
        yield speaker


def part(library: Library, original: Samples, start: float, end: float) -> Cue:
    """Some seconds of the original as an asset."""
    return library.add(original[int(start * RATE) : int(end * RATE)])


def apart(original: Samples, came: Samples, start: int, frames: int = RATE // 4) -> float:
    """By how many frames a stretch came late."""
    return frames_apart(original[start : start + frames], came[start : start + frames])


def test_frame_0_of_the_original_is_heard_at_t(running: Speaker, library: Library, original: Samples) -> None:
    cue = part(library, original, 0, 2)
    at = soon()
    running.client.hold(sound("one", (cue,), at))
    report = running.ended("one")
    came = heard(running.recording("one"), at, 2 * RATE)
    for start in (0, RATE, 2 * RATE - RATE // 4):
        assert abs(apart(original, came, start)) < MILLISECOND // 4
    assert (report.taken, report.missing, report.by_cue) == (2 * RATE, 0, (report.sounded,))
    assert report.sounded > 1.9 * RATE
    assert report.start_error is not None
    assert abs(report.start_error) < 1000
    assert report.loudness is not None
    assert -30 < report.loudness < -5


def test_items_follow_one_another_without_a_gap(running: Speaker, library: Library, original: Samples) -> None:
    seams = (0, 0.7003, 1.4441, 2)
    cues = tuple(part(library, original, a, b) for a, b in pairwise(seams))
    at = soon()
    running.client.hold(sound("row", cues, at))
    report = running.ended("row")
    came = heard(running.recording("row"), at, 2 * RATE)
    assert find(original[: 2 * RATE], came, RATE)[1] > 0.9
    for seam in seams[1:-1]:
        around = came[int(seam * RATE) - 10 * MILLISECOND : int(seam * RATE) + 10 * MILLISECOND]
        assert longest_silence(around) < MILLISECOND
        for start in (int(seam * RATE) - RATE // 4, int(seam * RATE)):
            assert abs(apart(original, came, start)) < MILLISECOND // 4
    assert report.taken == sum(cue.frames for cue in cues)


def longest_silence(samples: Samples) -> int:
    """The longest run of frames that are (nearly) 0."""
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 3)
    return int(np.diff(np.concatenate(([-1], loud, [len(samples)]))).max()) - 1


def test_files_that_cannot_be_read_or_give_too_little_are_named_once_and_the_others_not(
    running: Speaker, library: Library, original: Samples
) -> None:
    whole, cut, gone = (part(library, original, at, at + 1) for at in (0, 1, 2))
    for cue in (cut, gone):
        path = library.folder / str(cue.sha256)[:2] / str(cue.sha256)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]) if cue is cut else path.unlink()
    running.client.hold(sound("some", (whole, cut, gone, whole), soon()))
    report = running.ended("some")
    assert running.unread == [cut.sha256, gone.sha256]
    assert report.missing > 1.2 * RATE
    assert report.by_cue[0] == report.by_cue[3] > 0.9 * RATE


def test_a_sound_that_is_stopped_or_followed_by_another_accuses_no_file(
    running: Speaker, library: Library, asset: Cue
) -> None:
    running.client.hold(sound("one", (asset,), soon()))
    running.position("one", RATE // 2)
    running.client.hold(sound("two", (asset,), soon(0.2)))
    running.position("two", RATE // 2)
    running.client.hold(None)
    wait_for(lambda: running.client.state().now is None, "it is over")
    assert running.unread == []


def test_next_begins_at_its_instant_by_itself(running: Speaker, library: Library, original: Samples) -> None:
    one, two = part(library, original, 0, 1), part(library, original, 1, 2)
    at = soon()
    running.client.hold(sound("first", (one,), at), sound("second", (two,), at + SECOND))
    running.ended("second")
    came = heard(running.recording("second"), at + SECOND, RATE)
    assert abs(apart(original[RATE:], came, 0)) < MILLISECOND // 4
    assert running.client.state().last == running.report("first")
    first = running.report("first")
    assert first is not None
    assert (first.ended, first.taken) == (True, RATE)


@pytest.mark.parametrize("late", [1.5, 17.25])
def test_a_late_start_skips_to_where_the_others_are(
    running: Speaker, asset: Cue, original: Samples, late: float
) -> None:
    at = soon(-late)
    running.client.hold(sound("late", (asset,), at))
    running.position("late", RATE)
    running.client.hold(None)
    wait_for(lambda: running.client.state().now is None, "it is over")
    recording = running.recording("late")
    skipped = int((late + 0.6) * RATE)
    came = heard(recording, at + int((late + 0.6) * SECOND), RATE // 2)
    assert abs(frames_apart(original[skipped : skipped + RATE // 2], came)) < MILLISECOND // 4


def test_what_is_dropped_fades_out_within_a_third_of_a_second(running: Speaker, asset: Cue, original: Samples) -> None:
    at = soon()
    running.client.hold(sound("cut", (asset,), at))
    running.position("cut", RATE)
    dropped = time.monotonic_ns()
    running.client.hold(None)
    wait_for(lambda: running.client.state().now is None, "it is over")
    recording = running.recording("cut")
    wait_for(lambda: not recording.samples()[-RATE // 2 :].any(), "half a second of silence is kept")
    samples = recording.samples()
    last = int(np.flatnonzero(samples)[-1])
    assert recording.first_ns + last * SECOND // RATE < dropped + 300_000_000
    before, tail = samples[last - 5 * FADE : last - 3 * FADE], samples[last - FADE // 4 : last]
    assert np.abs(tail.astype(int)).max() < np.abs(before.astype(int)).max() / 2
    final = running.report("cut")
    assert final is not None
    assert not final.ended
    assert RATE <= final.taken < 3 * RATE


def test_until_ends_it_at_its_instant(running: Speaker, asset: Cue) -> None:
    at = soon()
    running.client.hold(sound("hard", (asset,), at, until=at + SECOND))
    assert abs(running.ended("hard").taken - RATE) <= 1
    came = heard(running.recording("hard"), at, 2 * RATE)
    assert came[RATE - FADE * 2 : RATE - FADE].any()
    assert not came[RATE:].any()


def test_a_missing_cue_is_silent_and_the_rest_is_in_its_place(
    running: Speaker, library: Library, original: Samples
) -> None:
    cues = (Cue(None, RATE), part(library, original, 1, 2), Cue("0" * 64, RATE // 2))
    at = soon()
    running.client.hold(sound("hole", cues, at))
    report = running.ended("hole")
    came = heard(running.recording("hole"), at, 3 * RATE)
    assert not came[: RATE - 1].any()
    assert not came[2 * RATE :].any()
    assert abs(apart(original, came, RATE)) < MILLISECOND // 4
    assert (report.missing, report.taken) == (RATE + RATE // 2, RATE)
    assert report.by_cue[0] == report.by_cue[2] == 0


def test_a_file_that_is_no_audio_is_missing_and_harms_nothing(
    running: Speaker, library: Library, original: Samples
) -> None:
    pid = running.client.pid
    cues = (library.add_bytes(b"no audio" * 500, RATE // 2), part(library, original, 0, 1))
    running.client.hold(sound("odd", cues, soon()))
    report = running.ended("odd")
    assert (report.missing, report.taken) == (RATE // 2, RATE)
    assert running.client.pid == pid


def test_another_token_takes_over_and_the_first_ones_last_word_stays(running: Speaker, asset: Cue) -> None:
    running.client.hold(sound("one", (asset,), soon()))
    running.position("one", RATE // 2)
    running.client.hold(sound("two", (asset,), soon(0.3)))
    running.position("two", RATE // 2)
    state = running.client.state()
    assert state.now is not None
    assert state.now.token == "two"
    assert state.last is not None
    assert (state.last.token, state.last.ended) == ("one", False)


def test_the_same_level_held_again_and_again_is_one_sound(
    running: Speaker, library: Library, original: Samples
) -> None:
    at, cue = soon(), part(library, original, 0, 1)
    for _ in range(100):
        running.client.hold(sound("same", (cue,), at))
        time.sleep(0.01)
    assert running.ended("same").taken == RATE
    assert abs(apart(original, heard(running.recording("same"), at, RATE), 0)) < MILLISECOND // 4


def test_a_killed_process_comes_back_and_goes_on_at_the_right_frame(
    running: Speaker, asset: Cue, original: Samples
) -> None:
    at = soon()
    running.client.hold(sound("on", (asset,), at))
    running.position("on", RATE)
    before = running.report("on")
    running.client.restart()
    wait_for(lambda: not running.client.alive(), "its death is told")
    wait_for(lambda: running.client.state().last is not None, "its last word is kept")
    wait_for(lambda: running.client.alive() and running.client.state().generation == 2, "it is back")
    running.position("on", RATE)
    running.client.hold(None)
    wait_for(lambda: running.client.state().now is None, "it is over")
    torn, after = running.all_recordings("on")
    assert before is not None
    assert len(torn.samples()) > RATE // 2, "a recording of a killed process can be read"
    start = after.first_ns + SECOND
    frame = round((start - at) * RATE / SECOND)
    came = heard(after, start, RATE // 4)
    assert abs(frames_apart(original[frame : frame + RATE // 4], came)) < MILLISECOND // 4


def test_a_frozen_process_is_seen_within_three_seconds_killed_and_replaced(running: Speaker) -> None:
    pid = running.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    frozen = time.monotonic()
    wait_for(lambda: not running.client.alive(), "it is seen", 6)
    assert time.monotonic() - frozen < 3.2
    wait_for(lambda: running.client.pid not in (None, pid) and running.client.alive(), "another process runs", 15)
    assert running.client.state().because == "hung"


def test_a_decoder_that_gives_silence_in_place_of_sound_is_tried_anew_once_and_then_told(
    running: Speaker, library: Library
) -> None:
    """A file as full as speech of which nothing but zeros comes: silence at a constant rate stands in for a libVLC that
    fell silent."""
    constant = (*OPUS[:-2], "-vbr", "off", *OPUS[-2:])
    data = encode(np.zeros(20 * RATE, np.int16), library.folder / "new", *constant).read_bytes()
    running.client.hold(sound("dumb", (library.add_bytes(data, 20 * RATE),), soon()))
    wait_for(lambda: running.client.state().generation == 2, "another process", 10)
    assert running.client.state().because == "mute"
    wait_for(lambda: running.client.state().error == "mute: dumb", "it is told", 10)
    running.position("dumb", 2 * RATE)
    assert running.client.state().generation == 2


def test_true_silence_and_soft_speech_are_not_taken_for_a_broken_decoder(
    running: Speaker, library: Library, original: Samples
) -> None:
    soft = (original[: 3 * RATE // 2] * 0.01).astype(np.int16)
    quiet = (library.add(np.zeros(3 * RATE // 2, np.int16)), library.add(soft))
    running.client.hold(sound("soft", quiet, soon()))
    running.ended("soft")
    assert running.client.state().generation == 1
    assert running.client.state().error == ""


def test_a_tone_needs_no_file_and_its_level_is_read_from_what_went_out(running: Speaker) -> None:
    at = soon()
    running.client.hold(replace(sound("local/r1", (Cue(None, RATE, tone="test"),), at), gain=-20.0))
    report = running.ended("local/r1")
    assert (report.taken, report.missing) == (RATE, 0)
    assert report.loudness == pytest.approx(-40, abs=0.2)
    came = heard(running.recording("local/r1"), at, RATE)
    assert int(np.abs(np.fft.rfft(came)).argmax()) == 1000


def test_the_level_of_what_sounds_is_told_and_none_before_anything_does(running: Speaker, asset: Cue) -> None:
    assert running.client.state().level is None
    running.client.hold(sound("on", (asset,), soon()))
    running.position("on", RATE)
    level = wait_for(lambda: running.client.state().level, "a level")
    assert level is not None
    assert -30 < level < -5


def test_a_decoder_that_hangs_ends_the_process_and_another_takes_over(
    running: Speaker, library: Library, original: Samples
) -> None:
    stuck = library.add_bytes(b"a file whose opening never returns", RATE)
    assert stuck.sha256
    path = library.folder / stuck.sha256[:2] / stuck.sha256
    path.unlink()
    os.mkfifo(path)
    running.client.hold(sound("stuck", (Cue(stuck.sha256, 20 * RATE),), soon()))
    wait_for(lambda: running.client.state().generation == 2, "another process", 15)
    assert running.client.state().because == "decoder hung"
    at = soon(1.5)
    running.client.hold(sound("fine", (part(library, original, 0, 1),), at))
    assert running.ended("fine").taken == RATE


def start_process(folder: Path) -> subprocess.Popen[bytes]:
    """The bare process, without its client."""
    command = [sys.executable, "-m", "speaker_node.sound", "--sink", f"recording:{folder}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def reports(process: subprocess.Popen[bytes]) -> Iterator[Report]:
    """What it says."""
    assert process.stdout
    for line in process.stdout:
        yield decode_report(line)


def test_rubbish_on_stdin_is_answered_and_changes_nothing(tmp_path: Path) -> None:
    process = start_process(tmp_path)
    assert process.stdin
    process.stdin.write(b"rubbish\n" + b"x" * 3_000_000 + b"\n" + b'{"now":1,"next":null}\n' + b"\xff\xfe\n")
    process.stdin.flush()
    said = reports(process)
    refused = 0
    while refused < 4:
        refused += bool(next(said).refused)
    assert next(said).device_ok
    process.stdin.close()
    assert process.wait(5) == 0
    process.stdout and process.stdout.close()


@pytest.mark.parametrize("how", ["its stdin ends", "SIGTERM"])
def test_it_leaves_at_once_when(how: str, tmp_path: Path) -> None:
    process = start_process(tmp_path)
    assert process.stdin
    next(reports(process))
    started = time.monotonic()
    if how == "SIGTERM":
        process.terminate()
    else:
        process.stdin.close()
    assert process.wait(5) == 0
    assert time.monotonic() - started < 2
    process.stdin.close()
    process.stdout and process.stdout.close()


def test_a_killed_agent_leaves_no_sound_process(tmp_path: Path, library: Library) -> None:
    agent = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from speaker_node.sound.client import SoundClient
        command = [sys.executable, "-m", "speaker_node.sound", "--sink", "recording:{tmp_path}"]
        client = SoundClient(command, Path({str(library.folder)!r}), lambda state: None)
        client.start()
        while not client.alive(): time.sleep(0.01)
        print(client.pid, flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", agent], stdout=subprocess.PIPE)
    assert process.stdout
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    wait_for(lambda: not alive(child), "the sound process is gone", 3)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_card_that_is_not_there_is_told_in_words_and_time_goes_on(
    tmp_path: Path, library: Library, asset: Cue
) -> None:
    speaker = Speaker(tmp_path, library, sink="alsa:no_such_card")
    speaker.client.start()
    try:
        wait_for(lambda: speaker.client.state().error, "the reason")
        assert "no_such_card" in speaker.client.state().error
        assert not speaker.client.state().device_ok
        at = soon()
        speaker.client.hold(sound("mute", (asset,), at, until=at + SECOND))
        report = speaker.ended("mute")
        assert (report.taken, report.sounded) == (0, 0)
    finally:
        speaker.client.stop()


def test_memory_is_not_scattered_over_an_arena_for_each_thread(
    running: Speaker, library: Library, original: Samples
) -> None:
    cues = tuple(part(library, original, second, second + 0.3) for second in range(4))
    running.client.hold(sound("one", cues, soon(0.5)))
    running.ended("one")
    assert running.client.pid
    assert arenas(running.client.pid) <= 1  # besides the main one, which is the heap


def arenas(pid: int) -> int:
    """How many arenas libc made for threads: each begins a stretch of 64 MB of which the rest is reserved."""
    rows = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    places = [tuple(int(end, 16) for end in row.split()[0].split("-")) for row in rows]
    open_to = [row.split()[1] for row in rows]
    return sum(
        (may, may_not) == ("rw-p", "---p") and until - start == ARENA
        for ((start, _), (_, until)), (may, may_not) in zip(pairwise(places), pairwise(open_to), strict=True)
    )
