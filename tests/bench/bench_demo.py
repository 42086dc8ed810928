"""How long somebody who starts the demo waits until a loudspeaker sounds."""

import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from deploy.demo.office import Answer
from speaker_node.sound.recordings import Recording
from tests.bench.figures import Figure, Measured
from tests.support.demo import Demo, heard, running_demo
from tests.support.waiting import wait_for

RUNS = 3
BULLETINS = ("Bản tin sáng", "Nhắc bà con ven suối")
"""What each run airs of its own."""
SECOND = 1_000_000_000


def first_sound() -> Measured:
    """Seconds from the command to the first sample that is not silence, in a folder where a demo ran before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "demo")
        with running_demo(folder) as demo:
            demo.opened()
            _clear(demo)
        took = tuple(_warm(folder) for _ in range(RUNS))
    return Measured(median(took), took)


def _warm(folder: Path) -> float:
    before = {recording.path for recording in _recorded(folder)}
    with running_demo(folder) as demo:
        demo.opened()
        first = wait_for(lambda: _first_sample(demo, before), "a node sounds", 60)
        _clear(demo)
    assert first is not None
    return (first - demo.began_ns) / SECOND


def _clear(demo: Demo) -> None:
    """Withdraw what this run leaves undue, so that the next begins with its own bulletin."""
    with demo.office("editor") as office:
        for broadcast in office.get("/broadcasts"):
            if not broadcast["withdrawn_at"] and broadcast["versions"][-1]["title"] in BULLETINS:
                office.post(f"/broadcasts/{broadcast['id']}/withdraw")


def _first_sample(demo: Demo, before: set[Path]) -> int | None:
    """Monotonic instant (ns) of the first sample that any node recorded and that is not silence."""
    new = [recording for recording in _recorded(demo.folder) if recording.path not in before]
    instants = [instant for instant in map(_instant, new) if instant is not None]
    return min(instants, default=None)


def _recorded(folder: Path) -> list[Recording]:
    nodes: list[Answer] = [{"recordings": path} for path in folder.glob("nodes/*/recordings")]
    return [recording for node in nodes for recording in heard(node)]


def _instant(recording: Recording) -> int | None:
    loud = np.flatnonzero(recording.samples())
    return recording.first_ns + int(loud[0]) * SECOND // recording.rate if len(loud) else None


FIGURES = (Figure("demo_first_sound_s", "s", "<= 15", first_sound),)
