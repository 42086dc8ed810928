"""Lives of a controller and their ends: forked from a warm parent, or started anew as a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.fault.kills import child
from tests.fault.kills.book import Book
from tests.fault.kills.steps import ONCE, STEPS, Aim

ROUNDS = 12
LONGEST_S = 60.0


@dataclass(frozen=True)
class Life:
    """One start: its dice, and where it dies: at a step, or some seconds after it said its first word."""

    seed: int
    turn: int
    aim: Aim | None = None
    after: float | None = None
    rounds: int = ROUNDS


@dataclass(frozen=True)
class End:
    """How it ended: killed, or lived to the end (0); what it said."""

    killed: bool
    code: int
    said: bytes


def any_life(seed: int, turn: int) -> Life:
    """Half die at a step, half at any moment; steps of a site's first life are aimed at in it."""
    dice = Random(seed)
    if dice.random() < 0.5:
        return Life(seed, turn, after=dice.expovariate(1 / 0.15))
    steps = {**STEPS, **ONCE} if turn == 0 else STEPS
    unit = dice.choice(("", *steps))
    if not unit:
        return Life(seed, turn, Aim("", dice.choice(steps["create"]), dice.choice((1, 2, 3, 10))))
    point = dice.choice(steps[unit])
    return Life(seed, turn, Aim(unit, point, dice.choice((1, 2, 3, 10, 30) if point == "statement" else (1, 1, 2))))


def forked(book: Book, life: Life) -> End:
    """A child of this process, which has no database, socket or thread open."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        code = 1
        try:
            child.run(book.site, life.seed, life.turn, book.told, life.aim, into, life.rounds)
            code = 0
        finally:
            os._exit(code)
    os.close(into)
    said = _listen(out, life.after, lambda: os.kill(pid, signal.SIGKILL))
    _, status = os.waitpid(pid, 0)
    return End(os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status), said)


def fresh(book: Book, life: Life) -> End:
    """A process of its own, started anew."""
    order = {"folder": str(book.site.folder), "seed": life.seed, "turn": life.turn, "told": book.told,
             "aim": asdict(life.aim) if life.aim else None, "rounds": life.rounds}  # fmt: skip
    command = [sys.executable, "-m", "tests.fault.kills.child", json.dumps(order)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        said = _listen(os.dup(process.stdout.fileno()), life.after, process.kill)
        code = process.wait()
    return End(code == -signal.SIGKILL, code, said)


def _listen(out: int, after: float | None, kill: object) -> bytes:
    """All that it says until it ends; `after` so many seconds from its first word it is killed."""
    said, dies = b"", None
    ends = time.monotonic() + LONGEST_S
    with os.fdopen(out, "rb", buffering=0) as pipe:
        while True:
            rest = (min(dies, ends) if dies else ends) - time.monotonic()
            if rest <= 0:
                assert callable(kill)
                kill()
                dies, ends = None, time.monotonic() + LONGEST_S
                continue
            if not select.select([pipe], [], [], rest)[0]:
                continue
            part = pipe.read(65_536)
            if not part:
                return said
            if not said and after is not None:
                dies = time.monotonic() + after
            said += part
