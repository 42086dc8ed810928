"""`./loa demo`: a commune on this machine, with a real broker, a real controller and nodes that really play."""

import argparse
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from deploy.demo.commune import PEOPLE, Commune, hamlet_names, node_names, sign_in
from deploy.demo.folders import Home, free_port
from deploy.demo.office import Office, OfficeError
from deploy.demo.run import DemoError, Run, remove
from deploy.demo.verdicts import all_played, due, settled, table

SETTLE_S = 60.0
"""How long the end of --for waits for verdicts on what came due."""


class Ended(Exception):
    """The demo was told to end."""


def parser() -> argparse.ArgumentParser:
    """The verb's arguments."""
    arguments = argparse.ArgumentParser(prog="./loa demo", description=__doc__)
    arguments.add_argument("--yes", action="store_true", help="install missing system packages without asking")
    arguments.add_argument("--hamlets", type=_count, default=3, metavar="N", help="so many hamlets, a node in each (3)")
    arguments.add_argument("--data", type=Path, metavar="DIR", help="keep everything here, and go on where it was left")
    ending = "end by itself so long after the page's first answer; 0 only if all that came due was played"
    arguments.add_argument("--for", type=float, dest="seconds", metavar="SECONDS", help=ending)
    arguments.add_argument("--port", type=int, default=0, metavar="P", help="the page's port (a free one)")
    arguments.add_argument("--listen", metavar="HAMLET", help="play this hamlet (its number or name) on the sound card")
    return arguments


def main(arguments: list[str]) -> int:
    """Run the demo until it is told to end, or --for is over."""
    asked = parser().parse_args(arguments)
    listen = _listened(asked.listen, asked.hamlets)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    folder = asked.data.absolute() if asked.data else Path(tempfile.mkdtemp(prefix="loa-demo-"))
    home = Home(folder, asked.port or free_port(), free_port(), free_port())
    run = Run(home, asked.hamlets, _progress, listen)
    try:
        return _run(run, asked.seconds)
    except Ended:
        return 0 if asked.seconds is None else 1
    except (DemoError, OfficeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        run.stop()
        if not asked.data:
            remove(folder)


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
        print("\n".join(table(run.home, office, commune, occurrences)), flush=True)
    return 0 if all_played(occurrences) else 1


def _introduce(run: Run) -> None:
    print(f"\n  Hôm nay / today:  {run.home.page}\n", flush=True)
    for role, (username, _) in PEOPLE.items():
        print(f"    {role:14} {username:10} {run.kept.of(username)}")
    print(f"\n  folder:  {run.home.folder}\n  details: {run.home.description}\n  Ctrl-C ends it.\n", flush=True)


def _progress(line: str) -> None:
    print(f"demo: {line}", flush=True)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 30:
        raise argparse.ArgumentTypeError("from 1 to 30")
    return number


def _listened(hamlet: str | None, hamlets: int) -> str | None:
    """The node of a hamlet that is named by its number or its name."""
    if hamlet is None:
        return None
    names = hamlet_names(hamlets)
    for place, (node, name) in enumerate(zip(node_names(hamlets), names, strict=True), start=1):
        if hamlet in (str(place), name, name.removeprefix("Thôn ")):
            return node
    print(f"demo: no such hamlet: {hamlet}; there are {', '.join(names)}", file=sys.stderr)
    raise SystemExit(2)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended
