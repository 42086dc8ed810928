"""A broker that lost its memory, or cannot read it any more: the office feeds it again, the nodes are told again."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.exchange.documents import load_current
from controller.storage.engine import reading
from deploy.broker.mend import NAME, mend
from playlists.reports import Accepted
from playlists.topics import Topics
from tests.support.ears import retained
from tests.support.fleet import SITE
from tests.support.site import Site, running_site
from tests.support.speech import Speech
from tests.support.waiting import wait_for

TOPICS = Topics(SITE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site", 1) as running:
        yield running


def wiped(folder: Path) -> None:
    """The disk was changed, or a kill came before anything was written."""
    (folder / NAME).unlink(missing_ok=True)


def broken(folder: Path) -> None:
    """Random bytes, as `dd` writes them."""
    (folder / NAME).write_bytes(random.Random(1).randbytes(8192))
    assert mend(folder) is not None


def standing(site: Site) -> set[bytes]:
    """All that the office has signed and that is to lie at the broker."""
    with reading(site.engine) as session:
        return {each.signed for each in load_current(session).values()}


def held(site: Site) -> set[bytes]:
    """What lies at the broker on the office's own topics."""
    found = retained(site.broker)
    return {payload for topic, payload in found.items() if topic.endswith("/plan") or "/alert/" in topic}


def test_what_the_office_signed_lies_there_again_and_the_node_is_told_what_was_decided_meanwhile(
    site: Site, tmp_path: Path
) -> None:
    speech, node = Speech(tmp_path, 2.0, 41), site.nodes[0]
    site.hold(speech)
    losses: tuple[Callable[[Path], None], ...] = (wiped, broken)
    for number, lose in enumerate(losses, 1):
        site.broker.kill()
        lose(site.broker.log.parent)
        site.air(f"meanwhile{number}", speech, time.time_ns() // 1_000_000 + 3_600_000)
        site.broker.start()
        wait_for(lambda n=number: len(node.facts(Accepted)) > n + 1, "the node holds the newer plan", 30)  # type: ignore[misc]
        assert wait_for(lambda: held(site) == standing(site) != set(), "all lies there again", 20)
    condition = site.condition(node)
    assert condition is not None
    assert condition.online
    assert "nothing is published" not in site.gateway_log()
