"""A nudge arrives, and nobody who nudges ever waits or fails."""

import threading
from pathlib import Path

from controller.nudges import SocketNudge, listening


def test_a_nudge_arrives_in_another_part_of_the_machine(tmp_path: Path) -> None:
    heard = threading.Semaphore(0)
    with listening(tmp_path / "nudge.sock", heard.release):
        SocketNudge(tmp_path / "nudge.sock").nudge()
        assert heard.acquire(timeout=5)
    assert not (tmp_path / "nudge.sock").exists()


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    heard = threading.Semaphore(0)
    with listening(folder / "nudge.sock", heard.release):
        SocketNudge(folder / "nudge.sock").nudge()
        assert heard.acquire(timeout=5)


def test_a_nudge_that_nobody_hears_is_no_error(tmp_path: Path) -> None:
    SocketNudge(tmp_path / "nudge.sock").nudge()
    SocketNudge(tmp_path / "none" / "nudge.sock").nudge()


def test_a_nudge_never_waits_for_a_listener_that_sleeps(tmp_path: Path) -> None:
    asleep = threading.Event()
    with listening(tmp_path / "nudge.sock", lambda: (asleep.wait(), None)[1]):
        for _ in range(2_000):
            SocketNudge(tmp_path / "nudge.sock").nudge()
        asleep.set()


def test_a_listener_takes_the_place_of_one_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "nudge.sock").touch()
    heard = threading.Semaphore(0)
    with listening(tmp_path / "nudge.sock", heard.release):
        SocketNudge(tmp_path / "nudge.sock").nudge()
        assert heard.acquire(timeout=5)
