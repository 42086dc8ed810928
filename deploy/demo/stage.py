"""From what was asked of the demo to its last line: what is printed, when it ends, with which status."""

import argparse
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from deploy.demo.claim import FolderError, claim, set_up_before
from deploy.demo.commune import PEOPLE, Commune, hamlet_names, node_names, sign_in
from deploy.demo.folders import Home, free_port, unusable
from deploy.demo.office import Office, OfficeError
from deploy.demo.run import DemoError, Run, remove
from deploy.demo.verdicts import all_played, due, settled, table

HAMLETS = 3
SETTLE_S = 60.0
"""How long the end of --for waits for verdicts on what came due."""


class Ended(Exception):
    """The demo was told to end."""


def perform(asked: argparse.Namespace) -> int:
    """Run the demo until it is told to end, or --for is over; the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    folder = asked.data.absolute() if asked.data else Path(tempfile.mkdtemp(prefix="loa-demo-"))
    try:
        with claim(folder):
            return _go(folder, asked)
    except (FolderError, DemoError, OfficeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except Ended:
        return 0 if asked.seconds is None else 1
    finally:
        if not asked.data:
            remove(folder)


def _go(folder: Path, asked: argparse.Namespace) -> int:
    """One run in a folder that is ours."""
    why_not = unusable(asked.port) if asked.port else ""
    if why_not:
        raise DemoError(f"port {asked.port} cannot be used: {why_not}")
    before = set_up_before(folder)
    hamlets = len(before.hamlets) if before else asked.hamlets or HAMLETS
    if asked.hamlets not in (None, hamlets):
        _progress(f"{folder} was set up with {hamlets} hamlets, and goes on with these")
    home = Home(folder, asked.port or free_port(), free_port(), free_port())
    run = Run(home, hamlets, _progress, _listened(asked.listen, hamlets))
    try:
        return _run(run, asked.seconds)
    finally:
        run.stop()


def _run(run: Run, seconds: float | None) -> int:
    commune = run.start()
    opened = time.monotonic()
    _introduce(run)
    while seconds is None or time.monotonic() < opened + seconds:
        run.look(commune)
        time.sleep(0.2)
    return _verdicts(run, commune)


def _verdicts(run: Run, commune: Commune) -> int:
    """The table of what came due in this run; 0 if something did and all of it was played."""
    until, give_up = datetime.now(UTC), time.monotonic() + SETTLE_S
    with Office(run.home.page) as office:
        sign_in(office, run.kept, "editor")
        occurrences = due(office, run.began, until)
        while not settled(occurrences) and time.monotonic() < give_up:
            run.look(commune)
            time.sleep(0.5)
            occurrences = due(office, run.began, until)
        print("\n".join(table(run.home, office, occurrences)), flush=True)
    return 0 if all_played(occurrences) else 1


def _introduce(run: Run) -> None:
    print(f"\n  Hôm nay / today:  {run.home.page}\n", flush=True)
    for role, (username, _) in PEOPLE.items():
        print(f"    {role:14} {username:10} {run.kept.of(username)}")
    print(f"\n  folder:  {run.home.folder}\n  details: {run.home.description}\n  Ctrl-C ends it.\n", flush=True)


def _progress(line: str) -> None:
    print(f"demo: {line}", flush=True)


def _listened(hamlet: str | None, hamlets: int) -> str | None:
    """The node of a hamlet that is named by its number or its name."""
    if hamlet is None:
        return None
    names = hamlet_names(hamlets)
    for place, (node, name) in enumerate(zip(node_names(hamlets), names, strict=True), start=1):
        if hamlet in (str(place), name, name.removeprefix("Thôn ")):
            return node
    raise DemoError(f"no such hamlet: {hamlet}; there are {', '.join(names)}")


def _end(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not interrupt the ending of the children.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise Ended
