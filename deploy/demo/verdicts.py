"""What came out: the verdict on every due occurrence in every hamlet, and the programme found in each recording."""

import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from deploy.demo.folders import Home
from deploy.demo.office import Answer, Office, OfficeError
from deploy.listening import Signal, find
from playlists.models import RATE
from speaker_node.sound.recordings import Recording, recordings

PLAYED = ("played", "heard")
UNDECIDED = ("pending", "unreported")


@dataclass(frozen=True)
class Heard:
    """Where a programme was found in a recording: how alike (0..1), and its first frame's instant against the plan."""

    alike: float
    late_ms: float


def due(office: Office, since: datetime, until: datetime) -> list[Answer]:
    """The occurrences that came due in a stretch of time, with their verdicts."""
    found = office.get("/occurrences", begin=since.isoformat(), end=until.isoformat())
    return [each for each in found if since <= datetime.fromisoformat(each["starts_at"]) <= until]


def settled(occurrences: list[Answer]) -> bool:
    """Whether the office knows of each airing on each node, or the time is over in which it would be told."""
    over = datetime.now(UTC) - timedelta(seconds=15)
    return all(
        node["verdict"]["kind"] not in UNDECIDED or datetime.fromisoformat(each["ends_at"]) < over
        for each in occurrences
        for node in each["nodes"]
    )


def all_played(occurrences: list[Answer]) -> bool:
    """At least one came due, and each was played on each node that owed it."""
    kinds = [node["verdict"]["kind"] for each in occurrences for node in each["nodes"]]
    return bool(kinds) and all(kind in PLAYED for kind in kinds)


def table(home: Home, office: Office, occurrences: list[Answer]) -> list[str]:
    """One line for each due occurrence in each hamlet."""
    lines = [f"{'starts':10}{'bulletin':24}{'hamlet':20}{'verdict':12}{'seconds':>14}  recording"]
    for each in sorted(occurrences, key=lambda occurrence: str(occurrence["starts_at"])):
        programme = programme_of(office, each)
        for node in each["nodes"]:
            lines.append(_line(home, each, node, programme))
    return lines


def _line(home: Home, occurrence: Answer, node: Answer, programme: Signal) -> str:
    verdict = node["verdict"]
    starts_at = datetime.fromisoformat(occurrence["starts_at"])
    seconds = f"{verdict['sounded_ms'] / 1000:.2f}/{verdict['due_ms'] / 1000:.2f}"
    cause = f" ({verdict['cause']})" if verdict["cause"] else ""
    heard = [listen(programme, each, starts_at) for each in _recorded(home, node["node"], occurrence["id"])]
    said = "; ".join(f"alike {each.alike:.3f}, first frame {each.late_ms:+.2f} ms" for each in heard)
    return (
        f"{starts_at.astimezone():%H:%M:%S}  {occurrence['title']:24}{', '.join(node['hamlets']):20}"
        f"{verdict['kind'] + cause:12}{seconds:>14}  {said or 'none kept'}"
    )


def _recorded(home: Home, node: str, occurrence: str) -> list[Recording]:
    name = re.compile(rf".*Z-{re.escape(occurrence)}_.*\.wav")
    return [each for each in recordings(home.recordings(node)) if name.fullmatch(each.path.name)]


def listen(programme: Signal, recording: Recording, starts_at: datetime) -> Heard:
    """Where the programme, or the part of it that sounded, is in a recording of this boot of the machine."""
    samples = recording.samples()
    if len(samples) < len(programme):
        # Of an airing that was cut, the part is looked for in the whole, without the silence around it.
        first, part = _sounding(samples)
        place, alike = find(part, programme, recording.rate)
        offset = first - place
    else:
        offset, alike = find(programme, samples, recording.rate)
    wall_ns = recording.first_ns + time.time_ns() - time.monotonic_ns() + offset * 1_000_000_000 // recording.rate
    return Heard(alike, (wall_ns - starts_at.timestamp() * 1_000_000_000) / 1_000_000)


def _sounding(samples: Signal) -> tuple[int, Signal]:
    """Where sound begins, and all from there to the end of it."""
    sounds = np.flatnonzero(samples)
    return (int(sounds[0]), samples[sounds[0] : sounds[-1] + 1]) if len(sounds) else (0, samples)


def programme_of(office: Office, occurrence: Answer) -> Signal:
    """The original uploads of an occurrence's playlist, one after another, as the plan counts them."""
    versions = office.get(f"/broadcasts/{occurrence['broadcast']}")["versions"]
    playlist = next(each["playlist"] for each in versions if each["number"] == occurrence["version"])
    frames: Mapping[str, int] = {each["sha256"]: each["frames"] for each in office.get("/assets")}
    parts = [original(office, item["recordings"][0]["asset"], frames) for item in playlist]
    return np.concatenate(parts)


def original(office: Office, asset: str, frames: Mapping[str, int]) -> Signal:
    """An upload as it came, at 48 kHz and mono."""
    command = ["ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-"]
    original = office.fetch(f"/api/v1/assets/{asset}/original")
    done = subprocess.run(command, input=original, capture_output=True, check=False)
    if done.returncode:
        raise OfficeError(f"the original of {asset} cannot be decoded: {done.stderr.decode(errors='replace')}")
    samples: np.ndarray[Any, Any] = np.frombuffer(done.stdout, "<i2")
    return np.pad(samples, (0, max(0, frames[asset] - len(samples))))[: frames[asset]]
