"""The office's database is held by another process: nodes play on, no acknowledgement comes too early, all comes in."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from controller.domain.verdicts import Kind
from playlists.reports import Closed
from tests.support.agent import Enrolled
from tests.support.site import Site, running_site
from tests.support.speech import Speech
from tests.support.waiting import wait_for

LOCKED_S = 30
"""What the office's promise names: so long the database is held by another."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site", 1) as running:
        yield running


@contextmanager
def locked(site: Site) -> Iterator[None]:
    with closing(sqlite3.connect(site.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def acknowledged(node: Enrolled) -> int:
    """The number up to which the office has told the node that it has its events."""
    with closing(node.journal().connection()) as store:
        found = store.execute("SELECT max(acknowledged) FROM stream").fetchone()
    return int(found[0])


@pytest.mark.timeout(180)
def test_a_locked_database_and_a_gateway_killed_before_it_could_write_lose_nothing(site: Site, tmp_path: Path) -> None:
    (node,) = site.nodes
    speech = Speech(tmp_path, 4.0, 31)
    site.hold(speech)
    start = site.air("bulletin01", speech, time.time_ns() // 1_000_000 + 6000)
    site.planned(2)
    wait_for(lambda: acknowledged(node) == len(site.told(node)) == max(e.number for e in node.events()), "all is told")
    before = acknowledged(node)
    with locked(site):
        free_at = time.monotonic() + LOCKED_S
        wait_for(lambda: node.facts(Closed), "the node plays what it holds", 20)
        time.sleep(max(0.0, free_at - time.monotonic()))
        assert acknowledged(node) == before
        site.kill_gateway()
        site.start_gateway()
    assert len(site.told(node)) == before, "what the dead gateway had heard was not written"
    wait_for(lambda: site.knows_all(node), "the office knows all of it", 30)
    wait_for(lambda: acknowledged(node) == max(e.number for e in node.events()), "and says so")
    assert site.results("bulletin01", start)["n0"].verdict.kind is Kind.PLAYED
    assert abs(speech.heard_at(node) - start) <= 5
