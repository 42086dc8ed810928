"""`./loa demo`: a commune on this machine, with a real broker, a real controller and nodes that really play."""

import argparse
import math
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The verb's arguments."""
    arguments = argparse.ArgumentParser(prog="./loa demo", description=__doc__)
    arguments.add_argument("--yes", action="store_true", help="install missing system packages without asking")
    arguments.add_argument("--hamlets", type=_count, metavar="N", help="so many hamlets, a node in each (3)")
    arguments.add_argument("--data", type=Path, metavar="DIR", help="keep everything here, and go on where it was left")
    ending = "end by itself so long after the page's first answer; 0 only if all that came due was played"
    arguments.add_argument("--for", type=_seconds, dest="seconds", metavar="SECONDS", help=ending)
    arguments.add_argument("--port", type=_port, default=0, metavar="P", help="the page's port (a free one)")
    arguments.add_argument("--listen", metavar="HAMLET", help="play this hamlet (its number or name) on the sound card")
    return arguments


def main(arguments: list[str]) -> int:
    """Run the demo until it is told to end, or --for is over."""
    asked = parser().parse_args(arguments)
    # --help is answered before the environment is there.
    from deploy.demo.stage import perform

    return perform(asked)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 30:
        raise argparse.ArgumentTypeError("from 1 to 30")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("from 1 to 65535")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError("more than 0")
    return number
