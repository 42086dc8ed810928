"""`loa-node --check`: says in words what this machine lacks. The probes ask, the sentences tell."""

import os
import sys

from speaker_node.checks.probes import gather
from speaker_node.checks.sentences import Verdict, render, rows
from speaker_node.settings import Settings


def main(settings: Settings, *, english: bool = False) -> int:
    """Prints a row for each thing a node needs; 1 where something is missing, else 0. Vietnamese, unless `english` is
    asked for or the machine's own language is English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    told = rows(gather(settings), english=english or locale.startswith("en"))
    sys.stdout.write(render(told) + "\n")
    return 1 if any(row.verdict is Verdict.MISSING for row in told) else 0
