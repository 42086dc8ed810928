"""`./loa bench`: measures figures and prints one JSON line each."""

import argparse
import sys
import traceback

from tests.bench.figures import Figure
from tests.bench.registry import figures


def parser() -> argparse.ArgumentParser:
    """The verb's arguments."""
    arguments = argparse.ArgumentParser(prog="./loa bench", description=__doc__)
    arguments.add_argument("figures", nargs="*", metavar="FIGURE", help="measure only these; all without one")
    arguments.add_argument("--list", action="store_true", help="name the figures with their goals")
    arguments.add_argument("--yes", action="store_true", help="install what is missing without asking")
    return arguments


def main(arguments: list[str]) -> int:
    """Measure what is asked for; 0 only if each figure keeps its goal."""
    wanted = parser().parse_args(arguments)
    known = figures()
    if wanted.list:
        for figure in known.values():
            print(f"{figure.name:28} {figure.goal:>10} {figure.unit}")
        return 0
    unknown = [name for name in wanted.figures if name not in known]
    if unknown:
        print(f"no such figure: {', '.join(unknown)}; --list names them", file=sys.stderr)
        return 2
    kept = [_measure(known[name]) for name in wanted.figures or known]
    return 0 if all(kept) else 1


def _measure(figure: Figure) -> bool:
    try:
        measured = figure.measure()
    except Exception:  # noqa: BLE001 - one figure that cannot be measured must not hide the others
        traceback.print_exc()
        print(f"{figure.name}: could not be measured", file=sys.stderr)
        return False
    print(figure.line(measured), flush=True)
    kept = figure.holds(measured)
    if not kept:
        print(f"{figure.name}: {measured.value:.4g} {figure.unit} falls short of {figure.goal}", file=sys.stderr)
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
