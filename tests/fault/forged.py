"""`python -m tests.fault.forged --messages 1000000`: forgeries through the node's acceptance code, none may be taken.

Every signature is made and verified with real Ed25519. The node judges at three wall times: without a clock, now, and
in 2099; on a connection that was answered and on one that waits for its answer. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from playlists import wire
from playlists.models import Acknowledgement, Number, Request, Right, Welcome
from speaker_node.acceptance import Book, Holding, Refused, Repeat, follows, judge
from tests.support.forging import Forger, Heard
from tests.support.office import NODE, SITE, ZONE, Office

NOW = 1_800_000_000_000
WALLS = (0, NOW, 4_070_908_800_000)
NAMES = {"root": "root", "office": "office", "office-emergency": "office-emergency"}
CHUNK = 20_000


def scene() -> tuple[Book, Heard]:
    """What a node holds, and all that was ever said in its hearing."""
    office = Office()
    plans = [office.sign(office.plan(NOW)) for _ in range(6)]
    sheets = [office.sign(office.sheet(NOW, mute_until=NOW + 1000 * number)) for number in range(6)]
    keys = [office.sign(office.key_set()) for _ in range(3)]
    others = [office.sign(office.plan(NOW, to=f"node-{number}")) for number in range(2, 8)]
    others += [office.sign(office.sheet(NOW, to=f"thon-{number}")) for number in range(2, 8)]
    others.append(office.sign(office.key_set(to="another-site")))
    answers = [office.sign(Welcome(to=NODE, nonce=f"gone{number}", time=NOW, stream="s1")) for number in range(6)]
    answers += [office.sign(_tone(number)) for number in range(6)]
    # Keys of ours that have not this right: another issuer's plan, the office's alarm.
    number = Number(epoch=9, sequence=2**52)
    others.append(office.sign(office.plan(NOW, number=number), office.emergency))
    others.append(office.sign(office.sheet(NOW, issuer="office-emergency", number=number)))
    book = Book(NODE, SITE, office.root_key, asked=frozenset({"open"}), welcomed=frozenset({"answered"}))
    for data in (keys[-1], plans[-1], sheets[-1]):
        verdict = judge(data, wire.PLAN_LIMIT, book, NOW)
        assert isinstance(verdict, Holding)
        book = book.with_holding(verdict)
        book = replace(book, follows=follows(book.holdings.values(), NOW))
    assert any(Right.PLAN in key.rights for key in book.keys.values())
    heard = Heard((keys[-1], plans[-1], sheets[-1]), (*plans[:-1], *sheets[:-1], *keys[:-1]), others, answers)
    return book, heard


def _tone(number: int) -> Request:
    return Request(to=NODE, nonce=f"gone{number}", id=f"r{number}", expires_at=NOW + 60_000, action="test_tone")


def attack(seed: int, messages: int) -> tuple[Counter[str], Counter[str]]:
    """What became of so many, and how they were made."""
    book, heard = scene()
    forger = Forger(seed, heard, SITE, NODE, ZONE, NAMES, repeats=True)
    verdicts: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    for number in range(messages):
        made = forger.next()
        asked = book if number % 2 else replace(book, asked=frozenset(), welcomed=frozenset())
        verdict = judge(made.data, wire.PLAN_LIMIT, asked, WALLS[number % len(WALLS)])
        ways[made.way] += 1
        if isinstance(verdict, Refused):
            verdicts[str(verdict.reason)] += 1
        elif isinstance(verdict, Repeat):
            verdicts["repeat"] += 1
        else:
            assert isinstance(verdict, Holding | Welcome | Acknowledgement | Request)
            verdicts["taken"] += 1
    return verdicts, ways


def main(arguments: list[str]) -> int:
    """Print one JSON line; 0 only if none was taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault.forged", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    sizes = [min(CHUNK, asked.messages - at) for at in range(0, asked.messages, CHUNK)]
    verdicts: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    with ProcessPoolExecutor(asked.processes) as pool:
        for found, made in pool.map(attack, range(asked.seed, asked.seed + len(sizes)), sizes):
            verdicts += found
            ways += made
    said = {
        "figure": "forged_taken",
        "value": verdicts["taken"],
        "goal": "== 0",
        "messages": sum(verdicts.values()),
        "seeds": [asked.seed, asked.seed + len(sizes) - 1],
        "verdicts": dict(verdicts.most_common()),
        "ways": dict(ways.most_common()),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(said), flush=True)
    return 0 if verdicts["taken"] == 0 and sum(verdicts.values()) == asked.messages else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
