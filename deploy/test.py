"""`./loa test`: runs the tests; a part that is missing, or a test that would skip, is a failure."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy import browser
from deploy.paths import ROOT

NO_TESTS = 5
"""What pytest says where it found none."""
IN_ORDER = ("--dist", "loadscope", "--no-loadscope-reorder")
"""In the order in which they were collected; what goes to one worker says `tests/conftest.py`."""
ROOM = 6 * 2**30
"""Bytes that tests may lay down, kept folders of earlier runs among them."""
PARTS = ("unit", "contract", "simulation", "integration", "fault", "end_to_end")


def parser() -> argparse.ArgumentParser:
    """The verb's arguments."""
    arguments = argparse.ArgumentParser(
        prog="./loa test",
        description="Run the tests of some parts, or of all. What stands after -- goes to pytest.",
    )
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    arguments.add_argument("--yes", action="store_true", help="install what is missing without asking")
    return arguments


def main(arguments: list[str]) -> int:
    """Run pytest over the parts; 0 only if each has tests and all of them pass."""
    ours, extra = split(arguments)
    wanted = parser().parse_args(ours).parts or list(PARTS)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    folders = [ROOT / "tests" / part for part in wanted]
    empty = [folder.name for folder in folders if not any(folder.rglob("test_*.py"))]
    if empty:
        print(f"a part without tests: {', '.join(empty)}", file=sys.stderr)
        return 1
    if "end_to_end" in wanted:
        browser.lay()
    return run([str(folder) for folder in folders], extra)


def run(folders: list[str], extra: list[str]) -> int:
    """Pytest in turns, each side by side; a turn may have nothing to do, not all of them."""
    cores = max(2, os.cpu_count() or 2)
    # What asks for a processor waits now and then as well; what keeps real time has one for itself.
    turns = (("not paced and not demo", cores + 1), ("paced", cores), ("demo", cores))
    ended = [_pytest(["-m", turn, "-n", str(workers), *IN_ORDER, *folders, *extra]) for turn, workers in turns]
    failed = [code for code in ended if code not in (0, NO_TESTS)]
    return failed[0] if failed else min(ended)


def _pytest(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **in_memory()}, check=False).returncode


def in_memory(memory: Path = Path("/dev/shm")) -> dict[str, str]:
    """Where tests lay their files: in memory if it has room, for no test is about the disk of this machine."""
    if "TMPDIR" in os.environ or not memory.is_dir() or shutil.disk_usage(memory).free < ROOM:
        return {}
    return {"TMPDIR": str(memory)}


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what stands after `--`."""
    if "--" not in arguments:
        return arguments, []
    border = arguments.index("--")
    return arguments[:border], arguments[border + 1 :]
