"""`python -m deploy VERB`: what `./loa` hands over to once the machine is ready."""

import importlib
import sys

VERBS = {
    "demo": "deploy.demo.command",
    "test": "deploy.test",
    "check": "deploy.check",
    "simulate": "tests.simulation.__main__",
    "bench": "tests.bench.__main__",
}


def main() -> int:
    """Run one verb with the rest of the arguments; its exit status."""
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print(f"usage: ./loa {{{','.join(VERBS)}}} …", file=sys.stderr)
        return 2
    status: int = importlib.import_module(VERBS[sys.argv[1]]).main(sys.argv[2:])
    return status


if __name__ == "__main__":
    sys.exit(main())
