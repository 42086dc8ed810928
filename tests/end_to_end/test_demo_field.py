"""A demo in which hamlet 2 is cut off, its sound process hangs and all of it is killed: what its page then says."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from deploy.demo.office import Answer
from playlists.models import RATE
from tests.support.browsing import CHROME, enter
from tests.support.demo import Demo, decided, heard, running_demo
from tests.support.processes import by_module
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(300)
NODE = "cum-02"
KNOWN_S = 30.0
"""Within this time the page says what is the matter."""
CUT, HUNG, KILLED = "Mất liên lạc từ", "Gần đây phần phát tiếng phải chạy lại 1 lần", "Máy tự dừng rồi chạy lại lúc"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running_demo(tmp_path / "demo") as running:
        running.opened()
        yield running


@pytest.fixture
def says(demo: Demo) -> Iterator[Callable[[], str]]:
    """The sentence of the page of hamlet 2, with what stands below it, as the technician reads it."""
    described = demo.described()
    headers = {"Origin": described["page"], "Accept-Language": "vi", "User-Agent": CHROME}
    with httpx.Client(
        base_url=described["page"], headers=headers, follow_redirects=True, trust_env=False, timeout=30
    ) as browser:
        enter(browser, **described["log_ins"]["technician"])

        def read() -> str:
            page = browser.get(f"/loudspeakers/{NODE}").text
            found = re.search(r'<section class="card sentence .*?</section>', page, re.S)
            assert found
            return unescape(re.sub(r"<[^>]+>", " ", found[0].split('<ul class="checks"')[0]))

        yield read


@contextmanager
def cut_off(demo: Demo) -> Iterator[None]:
    """All three processes of hamlet 2 stand still: nothing comes from it, and no connection ends."""
    pids = demo.node(NODE)["processes"]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def recorded_ms(demo: Demo, airing: str) -> float:
    """How much of an airing hamlet 2 has recorded."""
    found = [each for each in heard(demo.node(NODE)) if each.token.startswith(airing)]
    return sum(len(each.samples()) for each in found) * 1000 / RATE


def _end(airing: Answer) -> datetime:
    return datetime.fromisoformat(airing["starts_at"]) + timedelta(milliseconds=airing["due_ms"])


def test_the_page_names_a_cut_a_hang_and_a_kill_in_time_all_of_it_heals_and_the_verdicts_are_true(
    demo: Demo, says: Callable[[], str]
) -> None:
    wait_for(lambda: "Đang phát" in says(), "the first bulletin sounds at hamlet 2", KNOWN_S)
    cut = datetime.now(UTC)
    with cut_off(demo):
        wait_for(lambda: CUT in says(), "the page says that contact is lost", KNOWN_S)
    wait_for(lambda: CUT not in says(), "it is in contact again", KNOWN_S)

    os.kill(by_module(demo.node(NODE)["processes"][0])["speaker_node.sound"], signal.SIGSTOP)
    wait_for(lambda: HUNG in says(), "the page says that the sound process was replaced", KNOWN_S)

    for pid in demo.node(NODE)["processes"]:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: KILLED in says(), "the page says that it stopped and started anew", KNOWN_S)

    demo.all_closed()
    for each in demo.airings():
        told = {node["node"]: node["verdict"] for node in demo.closed(each["id"])["nodes"]}
        sounding = datetime.fromisoformat(each["starts_at"]) < cut < _end(each)
        if NODE in told:
            hurt = told.pop(NODE)
            assert not sounding or hurt["kind"] == "partly", f"what was cut short is not called played: {each}"
            assert hurt["sounded_ms"] <= recorded_ms(demo, each["id"]) + 100, "what is proved was heard"
        assert {verdict["kind"] for verdict in told.values()} == {"played"}
    asset = next(iter(demo.commune.spoken.values()))
    healed = demo.closed(decided(demo, "Đã lành", [asset]))
    assert {node["verdict"]["kind"] for node in healed["nodes"]} == {"played"}
