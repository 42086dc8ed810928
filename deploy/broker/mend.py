"""`python -m deploy.broker.mend FOLDER [-- COMMAND …]`: moves a broker's database aside that it cannot read.

mosquitto ends with an error where its database is broken, and then nobody hears anything. What it held is held by the
office too, which publishes it again: so the broken file is put aside and the broker begins with none. The last few are
kept for who wants to know why. Whether it can be read is asked of mosquitto itself, with a copy. Then COMMAND is run.
"""

from __future__ import annotations

import argparse
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

NAME = "mosquitto.db"
KEPT = 3
PATIENCE_S = 60.0
ALARM = "<2>loa: ALARM: the broker's database could not be read and was moved to {}; the office publishes all anew"
"""<2>: critical, in the journal of systemd."""

_SETTINGS = """user root
persistence true
persistence_location {folder}/
listener 0 {folder}/door
allow_anonymous true
log_dest stderr
"""


def main(arguments: list[str]) -> int:
    """0, or does not return where a command is to be run."""
    parser = argparse.ArgumentParser(prog="python -m deploy.broker.mend", description=__doc__)
    parser.add_argument("folder", type=Path, help="persistence_location of the broker's settings")
    parser.add_argument("command", nargs="*", help="what to run afterwards")
    asked = parser.parse_args(arguments)
    aside = mend(asked.folder)
    if aside is not None:
        print(ALARM.format(aside), file=sys.stderr, flush=True)
    if asked.command:
        os.execvp(asked.command[0], asked.command)
    return 0


def mend(folder: Path) -> Path | None:
    """Where the database was moved to; None where there is none, or it can be read."""
    database = folder / NAME
    if not database.exists() or loads(database):
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = database.rename(folder / f"{NAME}.broken-{stamp}")
    for old in sorted(folder.glob(f"{NAME}.broken-*"))[:-KEPT]:
        old.unlink()
    return aside


def loads(database: Path) -> bool:
    """Whether mosquitto starts with a copy of this database. One that starts too slowly is believed."""
    with tempfile.TemporaryDirectory(prefix="loa-broker-") as name:
        folder = Path(name)
        shutil.copyfile(database, folder / NAME)
        settings = folder / "mosquitto.conf"
        settings.write_text(_SETTINGS.format(folder=folder), encoding="utf-8")
        with subprocess.Popen(["mosquitto", "-c", str(settings)], stderr=subprocess.PIPE) as trial:
            try:
                return _runs(trial)
            finally:
                trial.kill()


def _runs(trial: subprocess.Popen[bytes]) -> bool:
    """Whether it says that it runs, before it ends."""
    assert trial.stderr is not None
    said, end = b"", time.monotonic() + PATIENCE_S
    while (rest := end - time.monotonic()) > 0:
        if not select.select([trial.stderr], [], [], rest)[0]:
            break
        more = os.read(trial.stderr.fileno(), 65_536)
        said += more
        if b" running" in said:
            return True
        if not more:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
