"""What a node writes to its card in a standard day: a real node on an ext4 whose every write is logged, ext4's own too.

Three stretches are measured, each ended by a sync: a minute in which nothing happens, an airing of ninety seconds, and
ten new plans. A standard day is made of them: 24 hours of the first, two hours of sound, ten documents, and half an
hour of new audio as it is delivered (48 kbit/s). Recordings and the mock pins of `--no-hardware` lie elsewhere.
"""

import pickle
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from playlists.models import Plan
from playlists.reports import Accepted, Closed
from tests.bench.bench_node import laid
from tests.bench.figures import Figure, Measured
from tests.fault.powercuts.block import Entry
from tests.fault.powercuts.recording import disk, mounted
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import running_broker
from tests.support.office import Office
from tests.support.waiting import wait_for

MEGABYTES = 96
QUIET_S, DAY_S = 60.0, 86_400.0
SOUND_S, DOCUMENTS, NEW_AUDIO_S = 2 * 3600.0, 10, 1800.0
AIRING_S = 90.0
MB = 1_000_000
AUDIO = 48_000 / 8


def writes() -> Measured:
    """MB of a standard day; each: quiet day, its sound, its documents, its new audio."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        with disk(folder / "door", folder / "log", MEGABYTES), mounted(folder / "door/disk.img", folder / "card"):
            _live(folder)
            (folder / "door" / "ctl").write_text("dump")
        log: list[Entry] = pickle.loads((folder / "log").read_bytes())
    each = (
        _written(log, "settled", "quiet") / QUIET_S * DAY_S / MB,
        _written(log, "quiet", "aired") / AIRING_S * SOUND_S / MB,
        _written(log, "aired", "planned") / DOCUMENTS * DOCUMENTS / MB,
        NEW_AUDIO_S * AUDIO / MB,
    )
    return Measured(sum(each), each)


def _live(folder: Path) -> None:
    """The node's three stretches, each with a mark at its end."""
    office = Office()
    with running_broker(folder / "broker") as broker:
        agent, start = laid(folder, office, broker.port, round(QUIET_S) + 25)
        _move(agent, folder / "card")
        with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
            time.sleep(10.0)
            _mark(folder, "settled")
            time.sleep(QUIET_S)
            _mark(folder, "quiet")
            assert time.time() * 1000 < start
            wait_for(lambda: there.facts(Closed), "the airing is over", 60 + AIRING_S)
            _mark(folder, "aired")
            for _ in range(DOCUMENTS):
                _plan(agent, there, office)
            _mark(folder, "planned")


def _plan(agent: Agent, there: OfficeAtBroker, office: Office) -> None:
    plan: Plan = office.plan(time.time_ns() // MB)
    there.give(plan)
    wait_for(lambda: plan.number in [fact.number for fact in agent.facts(Accepted)], "the plan is taken")


def _move(agent: Agent, card: Path) -> None:
    """The node's folder lies on the card; what only stands in for hardware stays where it was."""
    shutil.copytree(agent.data, card / "data")
    agent.data = card / "data"
    stand_ins = '[sound]\nrecordings = "recordings"\n[amplifier]\npins = [17]\nmock = "relay.jsonl"\n'
    text = agent.settings.read_text(encoding="utf-8").replace('folder = "data"', f'folder = "{agent.data}"')
    agent.settings.write_text(text + stand_ins, encoding="utf-8")


def _mark(folder: Path, text: str) -> None:
    subprocess.run(["sync", "-f", str(folder / "card")], check=True)
    (folder / "door" / "ctl").write_text(text)


def _written(log: list[Entry], begin: str, end: str) -> int:
    """Bytes that reached the card between two marks."""
    places = {data.decode(): place for place, (kind, _, data) in enumerate(log) if kind == "mark"}
    return sum(len(data) for kind, _, data in log[places[begin] : places[end]] if kind == "write")


FIGURES = (Figure("node_writes_mb_per_day", "MB", "<= 50", writes),)
