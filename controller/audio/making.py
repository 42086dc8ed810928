"""From a probed upload to an asset: one decode that also measures, one gain, one encode that measures what came out."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from controller.audio import refusals
from controller.audio.media import MediaFolder, Stored
from controller.audio.probing import falls_short, probe
from controller.audio.tools import INPUT_ONLY, Ran, ffmpeg

RATE = 48_000
_FRAME_BYTES = 4
_SHORTEST = RATE // 2
_SILENT_LUFS = -60.0
_BROKEN_OFF = "Input buffer exhausted before END element found"
_LOUDNESS = re.compile(r"^\s*I:\s+(\S+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s*Peak:\s+(\S+) dBFS", re.MULTILINE)


@dataclass(frozen=True)
class Profile:
    """What every asset is made to: loudness in LUFS, ceilings in dB, limits in seconds and bytes.

    Ogg Opus, mono, 48 kHz. The limiter, for peaks alone, never takes more than `most_limited`.
    """

    loudness: float = -16.0
    true_peak: float = -1.0
    ceiling: float = -2.0
    most_limited: float = 6.0
    most_gain: float = 40.0
    bit_rate: int = 48_000
    longest: float = 2 * 3600.0
    largest: int = 512 * 1024 * 1024
    seconds: float = 300.0


@dataclass(frozen=True)
class Measured:
    """Integrated loudness in LUFS and peak in dB full scale."""

    loudness: float
    peak: float


@dataclass(frozen=True)
class MadeAsset:
    """An asset in the media folder: its exact length in frames at 48 kHz, loudness (LUFS), true peak (dBTP), and the
    upload it was made from, kept as it was given."""

    sha256: str
    bytes: int
    frames: int
    loudness: float
    true_peak: float
    path: Path
    name: str
    original: Stored


def make_asset(upload: Path, name: str, media: MediaFolder, profile: Profile | None = None) -> MadeAsset:
    """Make the spooled file `upload`, which people call `name`, into an asset; the file moves into the media folder.

    Raises AudioRefused with the upload left where it was and nothing stored; AudioFailed when the machine could not.
    """
    profile = profile or Profile()
    title = checked_name(name)
    size = upload.stat().st_size
    if size == 0:
        raise refusals.empty()
    if size > profile.largest:
        raise refusals.too_big(profile.largest // 1_000_000)
    promised = probe(upload, profile.longest)
    with tempfile.TemporaryDirectory(dir=media.making) as folder:
        pcm, opus = Path(folder, "pcm"), Path(folder, "opus")
        measured = _decode(upload, pcm, profile)
        frames = _checked_frames(pcm, promised.promised, promised.packets, measured)
        made = _encode(pcm, opus, measured, profile)
        asset = media.keep_asset(opus)
    original = media.keep_original(upload)
    return MadeAsset(asset.sha256, asset.bytes, frames, made.loudness, made.peak, asset.path, title, original)


def cut_asset(
    source: Path, name: str, begin: float, end: float, media: MediaFolder, profile: Profile | None = None
) -> MadeAsset:
    """Make what `source`, a file of the media folder, holds from second `begin` to `end` an asset of its own.

    The source stays as it is, and is the new asset's original. Raises AudioRefused, AudioFailed.
    """
    profile = profile or Profile()
    whole = probe(source, profile.longest).packets
    if not 0 <= begin < end or begin >= whole:
        raise refusals.bad_cut(whole)
    with tempfile.TemporaryDirectory(dir=media.making) as folder:
        pcm, opus = Path(folder, "pcm"), Path(folder, "opus")
        measured = _decode(source, pcm, profile, (begin, end))
        frames = _checked_frames(pcm, None, 0, measured)
        made = _encode(pcm, opus, measured, profile)
        asset = media.keep_asset(opus)
    original = Stored(source.name, source.stat().st_size, source)
    return MadeAsset(asset.sha256, asset.bytes, frames, made.loudness, made.peak, asset.path, name, original)


def checked_name(name: str) -> str:
    """The upload's name as people may see it (NFC, at most 120 characters); never used as a path."""
    name = unicodedata.normalize("NFC", name).strip()
    if any(letter in "/\\" or unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise refusals.bad_name()
    return name[:120]


def gain_for(measured: Measured, profile: Profile) -> float:
    """The one gain in dB that brings a sound to the profile's loudness, held back where peaks would be crushed."""
    wanted = profile.loudness - measured.loudness
    room = profile.ceiling - measured.peak + profile.most_limited
    return round(min(wanted, room, profile.most_gain), 2)


def _decode(upload: Path, pcm: Path, profile: Profile, cut: tuple[float, float] | None = None) -> Measured:
    part = f"atrim=start={cut[0]:.3f}:end={cut[1]:.3f},asetpts=PTS-STARTPTS," if cut else ""
    most = int((profile.longest + 5) * RATE * _FRAME_BYTES)
    ran = ffmpeg(
        "-v", "info", *INPUT_ONLY, "-threads", "1", "-i", f"file:{upload}", "-map", "0:a:0", "-vn",
        "-af", f"{part}aresample={RATE},aformat=channel_layouts=mono,ebur128=peak=sample:framelog=verbose",
        "-c:a", "pcm_f32le", "-ar", str(RATE), "-f", "f32le", f"file:{pcm}",
        seconds=profile.seconds, output_bytes=most,
    )  # fmt: skip
    if _BROKEN_OFF in ran.log:
        raise refusals.truncated()
    if not pcm.exists() or pcm.stat().st_size == 0:
        raise refusals.no_audio()
    _require_done(ran)
    return _measured(ran)


def _checked_frames(pcm: Path, promised: float | None, packets: float, measured: Measured) -> int:
    frames = pcm.stat().st_size // _FRAME_BYTES
    if falls_short(frames / RATE, promised) or frames / RATE < packets * 0.9 - 0.5:
        raise refusals.truncated()
    if frames < _SHORTEST:
        raise refusals.too_short()
    if measured.loudness < _SILENT_LUFS:
        raise refusals.silent()
    return frames


def _encode(pcm: Path, opus: Path, measured: Measured, profile: Profile) -> Measured:
    gain = gain_for(measured, profile)
    filters = [f"volume={gain}dB"]
    if measured.peak + gain > profile.ceiling:
        limit = 10 ** (profile.ceiling / 20)
        filters.append(f"alimiter=limit={limit:.6f}:attack=5:release=50:level=false:latency=true")
    filters.append("ebur128=peak=true:framelog=verbose")
    ran = ffmpeg(
        "-v", "info", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", f"file:{pcm}", "-af", ",".join(filters),
        "-c:a", "libopus", "-b:a", str(profile.bit_rate), "-compression_level", "5", "-threads", "1",
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "ogg", f"file:{opus}",
        seconds=profile.seconds, output_bytes=int(profile.longest * profile.bit_rate / 4) + 1_000_000,
    )  # fmt: skip
    _require_done(ran)
    return _measured(ran)


def _require_done(ran: Ran) -> None:
    if ran.code != 0:
        raise refusals.AudioFailed(ran.log.strip()[-500:])


def _measured(ran: Ran) -> Measured:
    loudness, peak = _LOUDNESS.findall(ran.log), _PEAK.findall(ran.log)
    if not loudness or not peak:
        raise refusals.AudioFailed("ffmpeg gave no loudness: " + ran.log.strip()[-300:])
    return Measured(_number(loudness[-1]), _number(peak[-1]))


def _number(text: str) -> float:
    return -120.0 if text in ("-inf", "nan") else float(text)
