"""An upload becomes an asset, or is refused in a sentence with nothing stored: real ffmpeg, real files."""

from __future__ import annotations

import re
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.audio import AudioFailed, AudioRefused, MediaFolder, Profile, cut_asset, make_asset
from controller.audio.tools import run_limited

pytestmark = pytest.mark.integration

SPEECH = "aevalsrc='0.2*sin(2*PI*220*t)*(1+sin(2*PI*3*t))':d=6"
ENCODERS = {
    "wav": (), "mp3": (), "flac": (), "m4a": (), "aac": (), "opus": ("-c:a", "libopus"),
    "ogg": ("-c:a", "libvorbis"), "webm": ("-c:a", "libopus"),
}  # fmt: skip


def render(path: Path, source: str = SPEECH, *options: str) -> Path:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(path)], check=True, timeout=50
    )
    return path


def decoded(path: Path) -> NDArray[np.float32]:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ar", "48000", "-ac", "1", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)


def cut(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def wav_header(promised: int, rate: int = 48_000) -> bytes:
    form = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    return b"RIFF" + struct.pack("<I", promised + 36) + b"WAVEfmt " + form + b"data" + struct.pack("<I", promised)


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def stored(media: MediaFolder) -> list[Path]:
    return [path for path in media.root.rglob("*") if path.is_file()]


def lag(given: NDArray[np.float32], made: NDArray[np.float32]) -> int:
    size = 1 << (len(given) + len(made)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(made, size) * np.conj(np.fft.rfft(given, size)), size)
    best = int(np.argmax(np.abs(correlation)))
    return best - size if best > size // 2 else best


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_upload_of_each_kind_becomes_an_asset_of_its_exact_length(
    kind: str, tmp_path: Path, media: MediaFolder
) -> None:
    upload = render(tmp_path / f"upload.{kind}", SPEECH, *ENCODERS[kind])
    given, original = decoded(upload), upload.read_bytes()
    made = make_asset(upload, f"Bản tin.{kind}", media)
    assert made.frames == len(given) == len(decoded(made.path))
    assert made.path == media.asset(made.sha256)
    assert made.bytes == made.path.stat().st_size
    assert (media.original(made.original.sha256) or Path()).read_bytes() == original
    assert made.name == f"Bản tin.{kind}"
    assert not upload.exists()
    assert not list(media.making.iterdir())


def test_an_amr_recording_in_3gp_of_an_old_phone_becomes_an_asset(tmp_path: Path, media: MediaFolder) -> None:
    # Debian's ffmpeg cannot write AMR: these are mode-7 frames of comfort noise and speech bits, made by hand.
    frames = b"".join(bytes([0x3C]) + bytes((n * 37 + k * 11) % 256 for k in range(31)) for n in range(150))
    upload = tmp_path / "upload.amr"
    upload.write_bytes(b"#!AMR\n" + frames)
    made = make_asset(upload, "ghi âm.amr", media)
    assert made.frames == 3 * 48_000


def test_the_asset_is_ogg_opus_mono_48_khz_without_what_the_upload_told(tmp_path: Path, media: MediaFolder) -> None:
    upload = render(tmp_path / "upload.mp3", SPEECH, "-metadata", "title=Secret", "-ac", "2")
    made = make_asset(upload, "a.mp3", media)
    entries = "format=format_name:format_tags:stream=codec_name,channels,sample_rate:stream_tags"
    command = ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "compact", str(made.path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "codec_name=opus|sample_rate=48000|channels=1" in told
    assert "format_name=ogg" in told
    assert "Secret" not in told


@pytest.mark.parametrize("level", [-40, -20, -6, 0])
def test_loudness_is_brought_to_the_target_whatever_the_upload_had(
    level: int, tmp_path: Path, media: MediaFolder
) -> None:
    upload = render(tmp_path / "upload.wav", SPEECH, "-af", f"volume={level}dB")
    made = make_asset(upload, "a.wav", media)
    assert made.loudness == pytest.approx(-16.0, abs=0.6)
    assert measured_loudness(made.path) == pytest.approx(-16.0, abs=1.0)


def measured_loudness(path: Path) -> float:
    command = ["ffmpeg", "-v", "info", "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=framelog=verbose", "-f", "null", "-"]
    log = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"I:\s+(\S+) LUFS", log)[-1])


def test_peaks_stay_below_the_true_peak_and_the_start_stays_where_it_was(tmp_path: Path, media: MediaFolder) -> None:
    clicks = "aevalsrc='if(lt(mod(t,0.7),0.004),0.99*sin(2*PI*900*t),0.05*sin(2*PI*300*t))':d=6"
    upload = render(tmp_path / "upload.wav", clicks)
    given = decoded(upload)
    made = make_asset(upload, "a.wav", media)
    assert made.true_peak <= Profile().true_peak
    assert lag(given, decoded(made.path)) == 0


def test_the_same_upload_makes_the_same_bytes(tmp_path: Path, media: MediaFolder) -> None:
    first = make_asset(render(tmp_path / "a.flac"), "a.flac", media)
    again = make_asset(render(tmp_path / "b.flac"), "b.flac", media)
    assert (first.sha256, first.original.sha256) == (again.sha256, again.original.sha256)


def _png(path: Path) -> Path:
    return render(path.with_suffix(".png"), "testsrc=s=320x200", "-frames:v", "1").rename(path)


def _write(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def _ten_hours_wav(path: Path) -> Path:
    size = 36_000 * 8000
    with path.open("wb") as file:
        file.write(wav_header(size, rate=4000))
        file.truncate(44 + size)
    return path


def _ten_hours_mp3(path: Path) -> Path:
    one_second = render(path, "sine=300:d=10:r=8000", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0")
    path.write_bytes(one_second.read_bytes() * 3600)
    return path


def _cut(kind: str) -> Callable[[Path], Path]:
    options = ENCODERS[kind] + (("-movflags", "+faststart") if kind == "m4a" else ())
    return lambda path: cut(render(path.with_suffix(f".{kind}"), SPEECH, *options), 0.6)


REFUSED: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "empty": ("empty", _write(b"")),
    "text": ("no_audio", _write("Kính gửi bà con".encode() * 500)),
    "rubbish": ("no_audio", _write(bytes(hash((n, 7)) % 251 for n in range(200_000)))),
    "image renamed .mp3": ("no_audio", _png),
    "video without sound": ("no_audio", lambda p: render(p.with_suffix(".mp4"), "testsrc=s=160x120:d=1")),
    "playlist": ("no_audio", _write(b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n")),
    "list of files": ("no_audio", _write(b"ffconcat version 1.0\nfile /etc/passwd\n")),
    "header without sound": ("no_audio", _write(wav_header(0))),
    "header that promises 2 GB": ("truncated", _write(wav_header(0x7FFF_0000) + b"\1\2" * 4000)),
    "10 h of WAV": ("too_long", _ten_hours_wav),
    "10 h of MP3": ("too_long", _ten_hours_mp3),
    "silent": ("silent", lambda p: render(p.with_suffix(".wav"), "anullsrc=r=48000:cl=mono", "-t", "300")),
    "silent MP3": ("silent", lambda p: render(p.with_suffix(".mp3"), "anullsrc=r=44100", "-t", "60")),
    "a click": ("too_short", lambda p: render(p.with_suffix(".wav"), "sine=d=0.2")),
    **{f"truncated {kind}": ("truncated", _cut(kind)) for kind in ENCODERS},
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_upload_that_is_no_sound_is_refused_within_5_s_and_nothing_is_stored(
    case: str, tmp_path: Path, media: MediaFolder
) -> None:
    reason, make = REFUSED[case]
    upload = make(tmp_path / "upload.mp3")
    begun = time.monotonic()
    with pytest.raises(AudioRefused) as refused:
        make_asset(upload, "bản tin.mp3", media)
    assert time.monotonic() - begun < 5
    assert refused.value.reason == reason
    assert stored(media) == []


@pytest.mark.parametrize("name", ["../../x", "a/b.mp3", "C:\\tin.mp3", "tin\x00.mp3", "tin\n.mp3"])
def test_a_name_that_could_be_a_path_is_refused(name: str, tmp_path: Path, media: MediaFolder) -> None:
    with pytest.raises(AudioRefused) as refused:
        make_asset(render(tmp_path / "upload.wav"), name, media)
    assert refused.value.reason == "bad_name"
    assert stored(media) == []


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(tmp_path: Path, media: MediaFolder) -> None:
    upload = tmp_path / "upload.wav"
    with upload.open("wb") as file:
        file.truncate(2_000_000)
    with pytest.raises(AudioRefused) as refused:
        make_asset(upload, "a.wav", media, Profile(largest=1_000_000))
    assert refused.value.reason == "too_big"


def test_a_tool_has_no_more_time_memory_or_file_size_than_given(tmp_path: Path) -> None:
    with pytest.raises(AudioRefused, match="too long to read"):
        run_limited(["sleep", "30"], seconds=0.2)
    hungry = "import sys; bytearray(3 << 30)"
    assert "MemoryError" in run_limited(["python3", "-c", hungry], seconds=10).log
    big = tmp_path / "big"
    assert run_limited(["dd", "if=/dev/zero", f"of={big}", "bs=64k", "count=100"], 10, output_bytes=100_000).code != 0
    assert big.stat().st_size <= 100_000 + 512
    with pytest.raises(AudioFailed):
        run_limited(["no-such-tool"], seconds=1)


def test_seconds_cut_out_are_an_asset_of_their_own_and_the_source_stays(media: MediaFolder, tmp_path: Path) -> None:
    steps = "aevalsrc='0.2*sin(2*PI*(200+200*floor(t))*t)':d=6"
    whole = make_asset(render(tmp_path / "tin.wav", steps), "tin.wav", media)
    before = whole.original.path.read_bytes()
    made = cut_asset(whole.original.path, "tin, cắt", 2.0, 4.5, media)
    assert made.frames == 120_000
    assert (made.original.sha256, whole.original.path.read_bytes()) == (whole.original.sha256, before)
    sound = decoded(made.path)
    pitches = [int(np.argmax(np.abs(np.fft.rfft(sound[at : at + 24_000]))) * 2) for at in (12_000, 60_000, 96_000)]
    assert pitches == [600, 800, 1000]
    assert cut_asset(whole.original.path, "lần nữa", 2.0, 4.5, media).sha256 == made.sha256


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [(3, 2, "out_of_range"), (6.5, 9, "out_of_range"), (-1, 2, "out_of_range"), (1, 1.2, "too_short")],
)
def test_a_cut_that_leaves_nothing_is_refused_and_stores_nothing(
    begin: float, end: float, reason: str, media: MediaFolder, tmp_path: Path
) -> None:
    whole = make_asset(render(tmp_path / "tin.wav"), "tin.wav", media)
    before = stored(media)
    with pytest.raises(AudioRefused) as refused:
        cut_asset(whole.original.path, "cắt", begin, end, media)
    assert refused.value.reason == reason
    assert stored(media) == before
