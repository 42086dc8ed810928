"""How a demo ends, and goes on: by Ctrl-C, by kill -9 of itself, and a second time in the same folder."""

import socket

import pytest

from deploy.demo.office import Answer
from tests.support.demo import Demo, edges, heard, running_demo
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(120)


def tokens(demo: Demo) -> list[str]:
    """What is on record, of all nodes."""
    return sorted(recording.token for node in demo.described()["nodes"] for recording in heard(node))


def quiet_again(node: Answer) -> bool:
    """Whether a node's relay was closed, and is open."""
    log = edges(node)
    return bool(log) and not log[-1]["closed"]


def refused(port: int) -> bool:
    """Whether nobody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_ends_by_ctrl_c_goes_on_in_its_folder_and_leaves_nothing_when_it_is_killed(commune: Demo) -> None:
    wait_for(lambda: all(map(quiet_again, commune.described()["nodes"])), "every hamlet has heard a bulletin", 40)
    ports, pids = commune.ports(), commune.pids()
    assert len(pids) == 12
    assert commune.interrupt() == 0
    commune.leaves()
    assert all(map(refused, ports))
    assert all(map(quiet_again, commune.described()["nodes"]))
    before = tokens(commune)
    with running_demo(commune.folder) as again:
        described = again.opened()
        wait_for(lambda: all(edges(node)[-1]["closed"] for node in described["nodes"]), "every hamlet sounds", 60)
        wait_for(lambda: len(tokens(again)) > len(before), "it is on record", 10)
        assert len(described["nodes"]) == 3
        ports = again.ports()
        again.kill()
        again.leaves()
    assert all(map(refused, ports))
    played = {token.partition("/")[0] for token in before}
    new = [token for token in tokens(again) if token not in before]
    assert new
    assert not {token.partition("/")[0] for token in new} & played
    wait_for(lambda: all(map(quiet_again, described["nodes"])), "every relay is open", 5)
