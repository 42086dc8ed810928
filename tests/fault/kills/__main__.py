"""`python -m tests.fault.kills`: so many controllers are killed, and nothing acknowledged may be lost."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.fault.kills.book import Book
from tests.fault.kills.lives import End, Life, any_life, forked, fresh
from tests.fault.kills.site import make_site

LIVES_A_SITE = 40
"""Then a new site begins: an old one has thousands of broadcasts, and each start reads them."""


def main() -> int:
    """Kill, look, say a JSON line; 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault.kills", description=__doc__)
    parser.add_argument("--forked", type=int, default=0, help="kills of children of a warm parent")
    parser.add_argument("--fresh", type=int, default=0, help="kills of processes started anew")
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each has the next")
    asked = parser.parse_args()
    done: Counter[str] = Counter()
    lost: list[str] = []
    seed = asked.seed
    for kind, wanted, live in (("forked", asked.forked, forked), ("fresh", asked.fresh, fresh)):
        while done[kind] < wanted and not lost:
            seed, lost = one_site(seed, kind, wanted, live, done)
    print(json.dumps({"seeds": [asked.seed, seed - 1], **done, "lost": len(lost)}))
    for each in lost:
        print(each, file=sys.stderr)
    return 1 if lost else 0


def one_site(
    seed: int, kind: str, wanted: int, live: Callable[[Book, Life], End], done: Counter[str]
) -> tuple[int, list[str]]:
    """Some lives of one site; the next seed, and what was lost."""
    with tempfile.TemporaryDirectory() as folder:
        book = Book(make_site(Path(folder, "site")))
        for turn in range(LIVES_A_SITE):
            end = live(book, any_life(seed, turn))
            wrong = [*book.add(end.said), *book.lost()]
            wrong += [f"it failed by itself ({end.code})"] if not end.killed and end.code else []
            done[kind] += end.killed
            done["lived on"] += not end.killed
            done["acknowledged"] = done["acknowledged"] + end.said.count(b"\n")
            if wrong:
                return seed + 1, [f"seed {seed}, life {turn}: {each}" for each in wrong]
            seed += 1
            if done[kind] >= wanted:
                break
    return seed, []


if __name__ == "__main__":
    sys.exit(main())
