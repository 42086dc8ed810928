"""`python -m tests.bench.year`: fills a new data folder with the year of an office, ready for `loa-controller`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from controller import app
from controller.settings import load
from tests.bench.year.alarm import alarm
from tests.bench.year.filling import fill
from tests.bench.year.places import PASSWORD, STAFF

SITE = "tan-phu"
_SETTINGS = """
site = "{site}"
data = "data"
[web]
port = {port}
[broker]
port = {broker}
"""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    arguments = argparse.ArgumentParser(prog="python -m tests.bench.year", description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="the folder to make")
    arguments.add_argument("--nodes", type=int, default=60, help="hamlets, each with a node (default 60)")
    arguments.add_argument("--days", type=int, default=365, help="days of log (default 365)")
    arguments.add_argument("--port", type=int, default=8080, help="of the pages (default 8080)")
    arguments.add_argument("--broker", type=int, default=1883, help="port of the broker (default 1883)")
    return arguments


def make(folder: Path, nodes: int, days: int, port: int, broker: int) -> Path:
    """The year in a new folder; gives the settings' file."""
    folder.mkdir(parents=True)
    path = folder / "controller.toml"
    path.write_text(_SETTINGS.format(site=SITE, port=port, broker=broker), encoding="utf-8")
    settings = load(path)
    app.prepare(settings)
    with app.database(settings) as engine:
        fill(engine, app.signer_of(settings), SITE, nodes, days, app.now())
        alarm(engine, app.now())
    return path


def main(arguments: list[str]) -> int:
    """Make it and say how to come in."""
    wanted, began = parser().parse_args(arguments), time.monotonic()
    if wanted.data.exists():
        print(f"{wanted.data} is there already: name a new folder", file=sys.stderr)
        return 2
    path = make(wanted.data, wanted.nodes, wanted.days, wanted.port, wanted.broker)
    print(f"made in {time.monotonic() - began:.0f} s: loa-controller --settings {path} serve")
    print(f"sign in as {', '.join(STAFF)} or thon1 with “{PASSWORD}”")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
