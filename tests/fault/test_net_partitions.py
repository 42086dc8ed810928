"""Six nodes in network namespaces, each behind a line of its own, and on all lines something happens at once.

Real agents, a real gateway, a real broker. What was decided sounds all the same; both sides know of a dead line within
the bound that its profile states; afterwards everything is told, in order and once.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import select

from controller.storage.engine import reading
from controller.storage.tables import EventRow
from playlists import wire
from playlists.profiles import LAN, PROFILES
from playlists.reports import Closed, Start
from tests.support.agent import Enrolled
from tests.support.apart import Apart, running_apart
from tests.support.netns import Line, Slow
from tests.support.speech import Speech
from tests.support.waiting import wait_for

BOUND = PROFILES[LAN].lost_within
BAD_RADIO = Slow(delay=300, jitter=400, loss=5, twice=3, rate=32)
BOTH, DOWN, UP, RESET, LOSSY, SLOW = range(6)
CUT = (BOTH, DOWN, UP, RESET)


@dataclass
class Story:
    """What became of it: by node, seconds after the cut at which each side knew."""

    apart: Apart
    speech: Speech
    due: int = 0
    node_knew: dict[int, float] = field(default_factory=dict)
    office_knew: dict[int, float] = field(default_factory=dict)

    def node(self, number: int) -> Enrolled:
        """The node behind a line."""
        return self.apart.site.nodes[number]

    def told(self, number: int) -> list[tuple[str, int, datetime]]:
        """Stream, number and day of what the office wrote down, in the order in which it did."""
        chosen = select(EventRow.stream, EventRow.number, EventRow.received_at)
        chosen = chosen.where(EventRow.node_id == self.node(number).name).order_by(
            EventRow.received_at, EventRow.number
        )
        with reading(self.apart.site.engine) as session:
            return [(stream, each, at) for stream, each, at in session.execute(chosen)]


def cut(lines: list[Line]) -> None:
    """Both directions, one, the other; a firewall that says no; one packet of three."""
    lines[BOTH].up_is_lost()
    lines[BOTH].down_is_lost()
    lines[DOWN].down_is_lost()
    lines[UP].up_is_lost()
    lines[RESET].up_is_lost("meta l4proto tcp reject with tcp reset")
    for loses in (lines[LOSSY].up_is_lost, lines[LOSSY].down_is_lost):
        loses("numgen random mod 100 < 30 drop")


def knows(story: Story, began: float, lines_before: dict[int, int]) -> bool:
    """Note who knows by now; whether both sides of every line that was cut do."""
    site, now = story.apart.site, time.monotonic() - began
    for number in CUT:
        node = story.node(number)
        if number not in story.node_knew and any("no broker" in row for row in node.log()[lines_before[number] :]):
            story.node_knew[number] = now
        condition = site.condition(node)
        if number not in story.office_knew and condition is not None and not condition.online:
            story.office_knew[number] = now
    return story.node_knew.keys() == story.office_knew.keys() == set(CUT)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("apart")
    speech = Speech(folder, 4.0, 31)
    slow = [None] * 5 + [BAD_RADIO]
    with running_apart(folder / "site", slow, speech) as apart:
        told = Story(apart, speech)
        told.due = apart.site.air("cutoff0001", speech, time.time_ns() // 1_000_000 + 14_000)
        apart.site.planned(2)
        before = {number: len(told.node(number).log()) for number in CUT}
        assert time.time_ns() // 1_000_000 < told.due - 2000, "the nodes take longer for a plan than the scene has time"
        began = time.monotonic()
        cut(list(apart.lines))
        wait_for(
            lambda: knows(told, began, before) or time.monotonic() > began + BOUND + 5, "both sides know", BOUND + 10
        )
        wait_for(lambda: all(node.facts(Closed) for node in apart.site.nodes), "it came out everywhere", 20)
        wait_for(lambda: not any(node.relay()[-1]["closed"] for node in apart.site.nodes), "every relay opens", 10)
        for line in apart.lines:
            line.office.hears()
            line.field.hears()
        yield told


@pytest.mark.timeout(150)
def test_both_sides_notice_a_dead_line_in_either_direction_within_the_bound(story: Story) -> None:
    assert story.node_knew.keys() == set(CUT), story.node_knew
    assert story.office_knew.keys() == set(CUT), story.office_knew
    assert max(story.node_knew.values()) <= BOUND, story.node_knew
    assert max(story.office_knew.values()) <= BOUND, story.office_knew
    assert story.node_knew[RESET] < max(story.node_knew[each] for each in (BOTH, DOWN, UP))


def test_what_was_decided_sounds_on_time_whatever_the_line_does(story: Story) -> None:
    for node in story.apart.site.nodes:
        assert [fact.occurrence for fact in node.facts(Start)] == [f"cutoff0001-{story.due}"], node.name
        assert abs(story.speech.heard_at(node) - story.due) <= 5, node.name
        assert len(node.relay()) == 2, node.name


def test_after_it_heals_all_is_told_in_order_and_nothing_twice(story: Story) -> None:
    site = story.apart.site
    for number, node in enumerate(site.nodes):
        wait_for(lambda n=node: site.knows_all(n), f"{node.name}: the office knows all", 40)  # type: ignore[misc]
        told = story.told(number)
        assert [each for _, each, _ in told] == list(range(1, len(told) + 1)), node.name
        assert [at for *_, at in told] == sorted(at for *_, at in told), node.name
        assert site.told(node) == [wire.encode_event(event) for event in node.events() if event.number], node.name
        condition = site.condition(node)
        assert condition is not None, node.name
        assert condition.online, node.name


def test_the_heartbeat_says_how_often_the_node_came_back(story: Story) -> None:
    def reconnects(number: int) -> int:
        condition = story.apart.site.condition(story.node(number))
        return int((condition.status or {}).get("line", {}).get("reconnects", 0)) if condition else 0

    for number in CUT:
        wait_for(lambda n=number: reconnects(n) >= 1, f"n{number} says that it came back", 15)  # type: ignore[misc]
