"""`./loa test`: runs the tests; a part that is missing, or a test that would skip, is a failure."""

import argparse
import subprocess
import sys

from deploy import browser
from deploy.paths import ROOT

PARTS = ("unit", "contract", "integration", "fault", "end_to_end")


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
    command = [sys.executable, "-m", "pytest", *map(str, folders), *extra]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what stands after `--`."""
    if "--" not in arguments:
        return arguments, []
    border = arguments.index("--")
    return arguments[:border], arguments[border + 1 :]
